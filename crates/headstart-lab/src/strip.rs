//! What becomes of each start all along its slider: trainings at many gains and two seeds, one start after the other.

use crate::flags::{line, map, task};
use crate::lab::Shared;
use crate::messages::Flags;
use crate::outbox::Outbox;
use headstart::engine::watch::Watch;
use headstart::error::Error;
use headstart::host::Host;
use headstart::io::json;
use headstart::live;
use headstart::map::{Atlas, Mapping, View};
use headstart::report::map_page::{self, Commands};
use headstart::task::Task;
use serde::Serialize;
use std::time::{Duration, Instant};

/// The gains of a slider.
const GAINS: &str = "gain=0.001..30:log:33";

/// Multiply-adds of the trainings of a strip; what takes more is no matter of a moment, and is left out.
const MOST: f64 = 3e11;

/// The least time between two pictures of a strip.
const PICTURE: Duration = Duration::from_millis(200);

/// A strip, but for its cells, which are those of a map.
#[derive(Serialize)]
struct Shown<'a> {
    told: &'static str,
    /// The starts that have it: where the slider is makes no difference.
    starts: &'a [usize],
    scheme: &'a str,
    over: bool,
}

/// Tells the strips of all starts of a race that have a slider.
pub fn strips(shared: &Shared, flags: &Flags, watch: &Watch, outbox: &Outbox) -> Result<(), Error> {
    let commands = &*shared.commands;
    let spec = task(commands, &line(&shared.lab, "train", flags)?)?;
    // The race has the other cores.
    let host = Host::here(shared.lab.threads.div_ceil(2)).watched_by(watch);
    let schemes: Vec<Option<String>> =
        spec.init.init.0.iter().map(|init| live::gain(init).map(|(scheme, _)| scheme)).collect();
    for (i, scheme) in schemes.iter().enumerate() {
        let Some(name) = scheme else { continue };
        if schemes[..i].contains(scheme) {
            continue;
        }
        let starts: Vec<usize> = (i..schemes.len()).filter(|start| schemes[*start] == *scheme).collect();
        let seeds = format!("seed={},{}", spec.init.seed, spec.init.seed.saturating_add(1));
        let mut of_start = flags.clone();
        for (flag, value) in [("init", format!("{name}:1")), ("x", GAINS.to_owned()), ("y", seeds)] {
            of_start.insert(flag.to_owned(), value);
        }
        let mut atlas = Atlas::new(map(commands, &line(&shared.lab, "map", &of_start)?)?)?;
        let cells = atlas.size().iter().product::<u64>() as f64;
        if cells * work(atlas.base()) > MOST || watch.is_stopped() {
            return Ok(());
        }
        let (mut known, mut last): (Option<Commands>, Option<Instant>) = (None, None);
        let mut tell = |mapping: &Mapping<'_>| -> Result<(), Error> {
            let [done, wanted] = mapping.progress();
            let over = done >= wanted;
            if !over && (done == 0 || last.is_some_and(|last| last.elapsed() < PICTURE)) {
                return Ok(());
            }
            last = Some(Instant::now());
            let known = match &mut known {
                Some(known) => known,
                none => none.insert(Commands::of(mapping)?),
            };
            let text = json::text(&Shown { told: "strip", starts: &starts, scheme: name, over });
            let text = format!("{},\"map\":{}}}", text.trim_end_matches('}'), map_page::so_far(mapping, known));
            if over {
                outbox.say_json(text);
            } else {
                outbox.mention(text);
            }
            Ok(())
        };
        host.work(|host| atlas.run(View::default(), host, &mut tell))?;
    }
    Ok(())
}

/// Multiply-adds of a training.
fn work(task: &Task) -> f64 {
    let samples = task.dataset.train.x.nrows();
    let at_once = task.training().batch.unwrap_or(samples).min(samples);
    3.0 * task.network().parameter_count() as f64 * at_once as f64 * task.steps() as f64
}
