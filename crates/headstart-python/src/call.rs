//! A call: done on a thread of its own, while Python's own thread listens, and can be interrupted.

use crate::answer::Answer;
use crate::data::Source;
use crate::errors::{Class, bug, raised};
use crate::words::in_python;
use crate::workers::{self, soon, within};
use clap::FromArgMatches;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use headstart::data::given::Given;
use headstart::engine::watch::Watch;
use headstart::error::Error;
use headstart::events::Event;
use headstart::io::json;
use headstart::pulse::Pulse;
use headstart_cli::ask::{Asked, Front, Outcome};
use headstart_cli::commands::{self, Cli};
use headstart_cli::{files, synonyms};
use pyo3::exceptions::PyKeyboardInterrupt;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::any::Any;
use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How often Python may interrupt.
const TICK: Duration = Duration::from_millis(40);

/// How often listeners hear how far the work is.
const EVERY: Duration = Duration::from_millis(200);

/// How long a call that is interrupted may take to say what there is so far.
const PATIENCE: Duration = Duration::from_millis(100);

/// What comes from the thread that works.
enum Message {
    /// An event, as JSON.
    Event(String),
    /// The end.
    End(Box<End>),
}

/// What came of the work: something, an error or a panic; and how long it took.
struct End {
    came: Result<Result<Asked, Error>, Box<dyn Any + Send>>,
    took: Duration,
}

/// The end of a channel that the caller's thread listens at, and no other one.
struct Messages(Mutex<Receiver<Message>>);

impl Messages {
    fn next(&self, within: Duration) -> Result<Message, RecvTimeoutError> {
        let messages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        soon(|| messages.try_recv()).map_or_else(|| messages.recv_timeout(within), Ok)
    }
}

/// Does what these words of a command line ask for, with what is `given` in the place of the files of these names.
///
/// `listener` is called with warnings and with how far the work is, as JSON, or with every event but those of single runs (`hears_all`); what
/// it raises ends the call. `KeyboardInterrupt` does, too: its `answer` is what there was until then, or None.
#[pyfunction]
pub fn call<'py>(
    py: Python<'py>,
    words: Vec<OsString>,
    given: &Bound<'py, PyDict>,
    listener: Option<&Bound<'py, PyAny>>,
    hears_all: bool,
) -> PyResult<Option<Answer>> {
    let mut cli = read(py, words)?;
    if let Some(data) = cli.command.data() {
        data.given = in_memory(given)?;
    }
    let watch = Watch::default();
    let pulse = Pulse::default();
    let (is_heard, heeded, beat) = (listener.is_some(), watch.clone(), pulse.clone());
    let messages = begin(move |sender| {
        let listener = |event: Event<'_>| {
            if let (true, Some(event)) = (is_heard, as_json(&event, hears_all)) {
                // Nobody may be there any more.
                let _ = sender.send(Message::Event(event));
            }
        };
        cli.command.asks().ask(&Front::new(&heeded, &listener).asking(&beat), &mut ())
    });
    wait(py, &messages, (&watch, &pulse), listener)
}

/// Panics with these words where calls are done, so that tests see what becomes of it.
#[pyfunction]
pub fn fail(py: Python<'_>, words: String) -> PyResult<Option<Answer>> {
    wait(py, &begin(move |_| panic!("{words}")), (&Watch::default(), &Pulse::default()), None)
}

/// Listens until there is an end.
fn wait(
    py: Python<'_>,
    messages: &Messages,
    (watch, pulse): (&Watch, &Pulse),
    listener: Option<&Bound<'_, PyAny>>,
) -> PyResult<Option<Answer>> {
    let tell = |event: String| listener.map_or(Ok(()), |listener| listener.call1((event,)).map(drop));
    let mut told_at = Instant::now();
    loop {
        let message = py.detach(|| messages.next(TICK));
        let ended = match message {
            Ok(Message::Event(event)) => tell(event),
            Ok(Message::End(end)) => return told(py, *end),
            Err(RecvTimeoutError::Timeout) => py.check_signals().and_then(|()| {
                let progress = (told_at.elapsed() >= EVERY).then(|| pulse.progress()).flatten();
                progress.map_or(Ok(()), |progress| {
                    told_at = Instant::now();
                    tell(json::text(&Event::Progress(progress)))
                })
            }),
            Err(RecvTimeoutError::Disconnected) => Err(Class::Bug.saying(py, "the work ended without a word")),
        };
        if let Err(error) = ended {
            watch.stop();
            let so_far = py.detach(|| end(messages, PATIENCE)).map(|end| told(py, end));
            if error.is_instance_of::<PyKeyboardInterrupt>(py) {
                error.value(py).setattr("answer", so_far.and_then(Result::ok).flatten())?;
            }
            return Err(error);
        }
    }
}

/// What the words ask for; the definition is made once.
fn read(py: Python<'_>, words: Vec<OsString>) -> PyResult<Cli> {
    static DEFINITION: LazyLock<Mutex<clap::Command>> = LazyLock::new(|| Mutex::new(commands::definition(&[])));
    let words = synonyms::spelled(std::iter::once("headstart".into()).chain(words));
    // While others wait for it, nobody may wait for Python.
    let read = py.detach(|| {
        let mut definition = DEFINITION.lock().unwrap_or_else(PoisonError::into_inner);
        let matches = definition.try_get_matches_from_mut(&words).map_err(synonyms::explained)?;
        Ok((Cli::from_arg_matches(&matches)?, files::check(&definition, &matches)))
    });
    let refused = |error: clap::Error| {
        let text = error.render().to_string();
        let text = match error.get(ContextKind::InvalidArg) {
            Some(ContextValue::String(flag)) if error.kind() == ErrorKind::UnknownArgument => {
                let name = flag.trim_start_matches('-').replace('-', "_");
                text.replacen(&format!("unexpected argument '{flag}' found"), &format!("there is no keyword {name}"), 1)
            }
            _ => text,
        };
        // The first paragraph says what is wrong; how the command is used is said by its help.
        let usage = text.find("\n\nUsage:").or_else(|| text.find("\n\nFor more information"));
        let text = text[..usage.unwrap_or(text.len())].trim_start_matches("error: ").trim();
        Class::Usage.saying(py, &in_python(text))
    };
    let (cli, checked) = read.map_err(refused)?;
    checked.map_err(|error| raised(py, &error))?;
    Ok(cli)
}

fn in_memory(given: &Bound<'_, PyDict>) -> PyResult<Given> {
    let source = |name: &str| {
        let source = given.get_item(name)?;
        source.map(|source| Ok::<_, PyErr>(source.cast::<Source>()?.get().0.clone())).transpose()
    };
    Ok(Given {
        data: source("data")?,
        labels: source("labels")?,
        test_data: source("test_data")?,
        test_labels: source("test_labels")?,
    })
}

/// Begins the work, on a thread of its own.
fn begin(work: impl FnOnce(&Sender<Message>) -> Result<Asked, Error> + Send + 'static) -> Messages {
    let (sender, messages) = channel();
    workers::begin(move || {
        let begin = Instant::now();
        let came = catch_unwind(AssertUnwindSafe(|| within(|| work(&sender))));
        let _ = sender.send(Message::End(Box::new(End { came, took: begin.elapsed() })));
    });
    Messages(Mutex::new(messages))
}

/// An event that is heard.
fn as_json(event: &Event<'_>, hears_all: bool) -> Option<String> {
    match event {
        Event::Run(_) | Event::Row(_) => None,
        Event::Warning { .. } => Some(json::text(event)),
        event => hears_all.then(|| json::text(event)),
    }
}

/// The end, if it comes soon.
fn end(messages: &Messages, within: Duration) -> Option<End> {
    let begin = Instant::now();
    loop {
        match messages.next(within.checked_sub(begin.elapsed())?) {
            Ok(Message::End(end)) => return Some(*end),
            Ok(Message::Event(_)) => {}
            Err(_) => return None,
        }
    }
}

fn told(py: Python<'_>, End { came, took }: End) -> PyResult<Option<Answer>> {
    let asked = came.map_err(|panic| bug(py, &*panic))?.map_err(|error| raised(py, &error))?;
    let outcome = match asked.outcome {
        Outcome::Done => "done",
        Outcome::Interrupted | Outcome::Abandoned => "interrupted",
        Outcome::Stopped => "stopped",
        Outcome::Disagrees => "disagrees",
    };
    let after = asked.after.map(|after| in_python(&after));
    Ok(asked.answer.map(|answer| Answer::new(answer, outcome, after, took.as_secs_f64())))
}
