//! A map that one wanders over: what is known of a window is sent at once, and the rest as it comes.

use crate::flags::{is_of_task, line, map};
use crate::lab::{Shared, Stamp};
use crate::messages::Flags;
use crate::outbox::{Outbox, lock};
use headstart::engine::watch::Watch;
use headstart::error::Error;
use headstart::flags;
use headstart::host::Host;
use headstart::io::json;
use headstart::map::{Atlas, Mapping, View};
use headstart::report::map_page::{self, Commands};
use serde::Serialize;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// The least time between two pictures of a map that grows.
const PICTURE: Duration = Duration::from_millis(120);

/// A map with what is known of it: by its flags, and by the files that it was made of.
pub type Kept = ((Flags, Stamp), Atlas);

/// A picture of a map, but for the map.
#[derive(Serialize)]
struct Shown<'a> {
    told: &'static str,
    view: View,
    deepest: [u32; 2],
    size: [u64; 2],
    done: usize,
    wanted: usize,
    over: bool,
    seconds: f64,
    command: &'a str,
}

/// Shows a window of a map, and runs what is missing of it.
pub fn show(
    shared: &Shared,
    flags: &Flags,
    view: View,
    kept: &Mutex<Option<Kept>>,
    watch: &Watch,
    outbox: &Outbox,
) -> Result<(), Error> {
    let begin = Instant::now();
    // Whoever was stopped lets go of it in a moment.
    let mut kept = lock(kept);
    if watch.is_stopped() {
        return Ok(());
    }
    // What is shown of cells is no matter of the cells.
    let (mut of_cells, asked) =
        ((flags.clone(), shared.lab.stamp()), map(&*shared.commands, &line(&shared.lab, "map", flags)?)?);
    of_cells.0.remove("value");
    let atlas = match kept.as_mut() {
        Some((of, atlas)) if *of == of_cells => atlas,
        _ => &mut kept.insert((of_cells, Atlas::new(asked.clone())?)).1,
    };
    atlas.show(asked.map)?;
    let view = atlas.nearest(view);
    let command = command(shared, flags, atlas, view)?;
    let (deepest, size) = (atlas.deepest(), atlas.size());
    let mut commands: Option<Commands> = None;
    let mut last: Option<Instant> = None;
    let mut tell = |mapping: &Mapping<'_>, over: bool| -> Result<(), Error> {
        let commands = match &mut commands {
            Some(commands) => commands,
            none => none.insert(Commands::of(mapping)?),
        };
        let [done, wanted] = mapping.progress();
        let seconds = begin.elapsed().as_secs_f64();
        let shown = Shown { told: "map", view, deepest, size, done, wanted, over, seconds, command: &command };
        // The map is JSON already, and goes in as it is.
        let mut text = json::text(&shown);
        text.pop();
        text += ",\"map\":";
        text += &map_page::so_far(mapping, commands);
        text.push('}');
        if over {
            outbox.say_json(text);
        } else {
            outbox.mention(text);
        }
        Ok(())
    };
    let host = Host::here(shared.lab.threads).watched_by(watch);
    host.work(|host| {
        atlas.run(view, host, |mapping| {
            let [done, wanted] = mapping.progress();
            let is_whole = done >= wanted;
            let is_due = last.is_none_or(|last| last.elapsed() >= PICTURE);
            if is_whole || is_due && (done > 0 || last.is_none()) {
                tell(mapping, is_whole)?;
                last = Some(Instant::now());
            }
            Ok(())
        })
    })
}

/// The flags of a cell's race: a map's, with its own values in their place.
pub fn cell(shared: &Shared, flags: &Flags, view: View, cell: u64) -> Result<Flags, Error> {
    let atlas = atlas(shared, flags)?;
    let study = atlas.study(view)?;
    if cell >= study.cells() {
        return Err(Error::Usage(format!("the map has no cell {cell}")));
    }
    let mut of_cell: Flags = flags::flags(&study.cell(cell)?).into_iter().collect();
    // What belongs to data that was given is added again when its race is asked for.
    of_cell.retain(|flag, _| is_of_task(flag));
    Ok(of_cell)
}

fn atlas(shared: &Shared, flags: &Flags) -> Result<Atlas, Error> {
    Atlas::new(map(&*shared.commands, &line(&shared.lab, "map", flags)?)?)
}

/// The command that draws a window.
fn command(shared: &Shared, flags: &Flags, atlas: &Atlas, view: View) -> Result<String, Error> {
    Ok(line(&shared.lab, "map", &at(flags, atlas, view))?.command())
}

/// A map's flags with its axes as they are seen through a window.
pub fn at(flags: &Flags, atlas: &Atlas, view: View) -> Flags {
    let axes = atlas.spec(view).study.axes;
    let mut flags = flags.clone();
    flags.extend([("y".to_owned(), axes[0].to_string()), ("x".to_owned(), axes[1].to_string())]);
    flags
}
