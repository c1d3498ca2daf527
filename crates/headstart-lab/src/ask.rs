//! Commands that a page asks for: what they say, or the files that they write.

use crate::flags::{line, map, task};
use crate::lab::Shared;
use crate::map::at;
use crate::messages::{Answer, Bytes, Content, Flags, Form, Told};
use crate::outbox::Outbox;
use headstart::engine::watch::Watch;
use headstart::error::Error;
use headstart::events::Event;
use headstart::io::json;
use headstart::map::{Atlas, View};
use headstart::report::page;
use serde::Serialize;

/// What is asked.
pub struct Question {
    pub id: u64,
    pub command: String,
    pub flags: Flags,
    pub form: Form,
    /// Of a map, the window.
    pub view: View,
}

/// What happens on the way.
#[derive(Serialize)]
struct Heard<'a> {
    told: &'static str,
    id: u64,
    event: &'a Event<'a>,
}

/// Does what is asked, and tells what came of it.
pub fn ask(shared: &Shared, question: &Question, watch: &Watch, outbox: &Outbox) -> Result<(), Error> {
    let Question { id, command, flags, form, view } = question;
    let (commands, id) = (&*shared.commands, *id);
    let mut asked = line(&shared.lab, command, flags)?;
    if command == "map" {
        let atlas = Atlas::new(map(commands, &asked)?)?;
        asked = line(&shared.lab, command, &at(flags, &atlas, *view))?;
    } else {
        let mut of_task = flags.clone();
        of_task.retain(|flag, _| !["x", "y", "value", "budget"].contains(&flag.as_str()));
        task(commands, &line(&shared.lab, "train", &of_task)?)?;
    }
    let listener = |event: Event<'_>| {
        // Of thousands of runs nobody reads each.
        if !matches!(event, Event::Run(_) | Event::Row(_)) {
            outbox.mention(json::text(&Heard { told: "event", id, event: &event }));
        }
    };
    let shown = asked.command();
    let mut words = asked.words;
    let file = form.file().map(|(flag, ending, kind)| (flag, format!("{command}.{ending}"), kind));
    let folder =
        tempfile::tempdir().map_err(|error| Error::Usage(format!("no file can be made to be sent: {error}")))?;
    let mut as_written = shown.clone();
    if let Some((flag, name, _)) = &file {
        as_written = format!("{as_written} {flag} {name}");
        words.extend([(*flag).to_owned(), folder.path().join(name).to_string_lossy().into_owned()]);
    }
    let Some(document) = commands.ask(&words, &as_written, watch, &listener)? else {
        // Whoever asked is told that there will be no answer.
        return Err(Error::Usage("stopped before there was anything".to_owned()));
    };
    if watch.is_stopped() {
        listener(Event::Warning { text: "stopped: this is what there was until then" });
    }
    let content = match file {
        None => Content::Part { html: page::part(&document) },
        Some((_, name, kind)) => {
            let read = std::fs::read(folder.path().join(&name));
            let bytes = read.map_err(|error| Error::Usage(format!("{name} cannot be read again: {error}")))?;
            Content::File { name, kind, base64: Bytes(bytes) }
        }
    };
    outbox.say(&Told::Answer(Answer { id, form: *form, command: shown, content }));
    Ok(())
}

impl Form {
    /// The flag that writes it, how such files end, and what browsers call them.
    fn file(self) -> Option<(&'static str, &'static str, &'static str)> {
        match self {
            Self::Html => None,
            Self::Png => Some(("--png", "png", "image/png")),
            Self::Svg => Some(("--png", "svg", "image/svg+xml")),
            Self::Csv => Some(("--csv", "csv", "text/csv")),
            Self::Page => Some(("--html", "html", "text/html")),
        }
    }
}
