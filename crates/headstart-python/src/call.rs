//! A call: what the words of a command line ask for, with what is in memory in the place of files.

use crate::answer::Answer;
use crate::cluster::Executor;
use crate::data::Source;
use crate::errors::{Class, bug, raised};
use crate::interruptible::{Ear, interruptible};
use crate::words::{in_python, keyword};
use clap::FromArgMatches;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use headstart::data::given::Given;
use headstart::engine::watch::Watch;
use headstart::events::Event;
use headstart::flags;
use headstart::io::json;
use headstart::pulse::Pulse;
use headstart_cli::ask::{Asked, Front, Outcome};
use headstart_cli::commands::{self, Cli};
use headstart_cli::{files, synonyms};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::cell::RefCell;
use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

/// Does what these words of a command line ask for, with what is `given` in the place of the files of these names.
///
/// `listener` is called with warnings and with how far the work is, as JSON, or with every event but those of single runs
/// (`hears_all`); what it raises ends the call. Runs are done by `executor`, if there is one.
#[pyfunction]
#[pyo3(signature = (words, given, listener, hears_all, executor=None))]
pub fn call<'py>(
    py: Python<'py>,
    words: Vec<OsString>,
    given: &Bound<'py, PyDict>,
    listener: Option<&Bound<'py, PyAny>>,
    hears_all: bool,
    executor: Option<&Bound<'py, Executor>>,
) -> PyResult<Option<Answer>> {
    let is_in_memory = !given.is_empty();
    let said = words.iter().map(|word| word.to_string_lossy().into_owned());
    // What is in memory has no name that another run could read it by.
    let command =
        if is_in_memory { String::new() } else { flags::shell(std::iter::once("headstart".to_owned()).chain(said)) };
    let mut cli = read(py, words)?;
    if let Some(data) = cli.command.data() {
        data.given = in_memory(given)?;
    }
    let (watch, pulse) = (Watch::default(), Pulse::default());
    let (heeded, beat, is_heard) = (watch.clone(), pulse.clone(), listener.is_some());
    let executor = executor.map(|executor| executor.get().shared());
    let crew = executor.clone();
    let progress = || {
        let crew = crew.as_ref().and_then(|executor| executor.crew());
        pulse.progress().map(|progress| progress.by(crew))
    };
    let work = move |ear: &Ear<'_, Asked>| {
        let listener = |event: Event<'_>| {
            if is_heard && is_of_interest(&event, hears_all) {
                ear.tell(json::text(&event));
            }
        };
        let executor = executor.as_deref().map(|executor| executor as &dyn headstart::executor::Executor);
        cli.command.asks().ask(&Front::new(&heeded, &listener).asking(&beat).by(executor).with(&command), &mut ())
    };
    interruptible(py, listener, (&watch, &progress), work, told)
}

/// Panics with these words where calls are done, so that tests see what becomes of it.
#[pyfunction]
pub fn fail(py: Python<'_>, words: String) -> PyResult<()> {
    let work = move |_: &Ear<'_, ()>| panic!("{words}");
    interruptible(py, None, (&Watch::default(), &|| None), work, |(), _| ())
}

fn is_of_interest(event: &Event<'_>, hears_all: bool) -> bool {
    match event {
        Event::Run(_) | Event::Row(_) => false,
        Event::Warning { .. } => true,
        _ => hears_all,
    }
}

thread_local! {
    /// The definition of all flags, made once for each thread: nobody waits for it, and no fork of this process finds it locked.
    static DEFINITION: RefCell<clap::Command> = RefCell::new(commands::definition(&[]));
}

/// What the words ask for.
fn read(py: Python<'_>, words: Vec<OsString>) -> PyResult<Cli> {
    let words = synonyms::spelled(std::iter::once("headstart".into()).chain(words));
    let read = || {
        DEFINITION.with_borrow_mut(|definition| {
            let matches = definition.try_get_matches_from_mut(&words).map_err(synonyms::explained)?;
            Ok((Cli::from_arg_matches(&matches)?, files::check_written(definition, &matches)))
        })
    };
    let read = catch_unwind(AssertUnwindSafe(read)).map_err(|panic| bug(py, &*panic))?;
    let (cli, checked) = read.map_err(|error: clap::Error| Class::Usage.saying(py, &refusal(&error)))?;
    checked.map_err(|error| raised(py, &error))?;
    Ok(cli)
}

/// What is wrong with the words, as it is said of keywords.
fn refusal(error: &clap::Error) -> String {
    let named = |text: &str| keyword(text.split([' ', '=']).next().unwrap_or(text));
    let told = match (error.kind(), error.get(ContextKind::InvalidArg)) {
        (ErrorKind::UnknownArgument, Some(ContextValue::String(flag))) => {
            let what = if flag.starts_with('-') {
                format!("there is no keyword {}", named(flag))
            } else {
                format!("{flag} is one more than is taken")
            };
            let similar = match error.get(ContextKind::SuggestedArg) {
                Some(ContextValue::String(similar)) => format!("; did you mean {}?", named(similar)),
                _ => String::new(),
            };
            let tip = match error.get(ContextKind::Suggested) {
                // The one of clap is about what stands behind a flag.
                Some(ContextValue::StyledStrs(tips)) => {
                    let ours = tips.iter().map(ToString::to_string).find(|tip| !tip.contains("as a value"));
                    ours.map_or_else(String::new, |tip| format!("; {tip}"))
                }
                _ => String::new(),
            };
            format!("{what}{similar}{tip}")
        }
        (ErrorKind::MissingRequiredArgument, Some(ContextValue::Strings(missing))) => {
            let missing: Vec<String> = missing.iter().map(|flag| named(flag)).collect();
            format!("{} is needed", missing.join(", "))
        }
        _ => {
            // The first paragraph says what is wrong; how the command is used is said by its help.
            let text = error.render().to_string();
            let usage = text.find("\n\nUsage:").or_else(|| text.find("\n\nFor more information"));
            text[..usage.unwrap_or(text.len())].trim_start_matches("error: ").trim().to_owned()
        }
    };
    in_python(&told)
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

fn told(asked: Asked, took: Duration) -> Option<Answer> {
    let outcome = match asked.outcome {
        Outcome::Done => "done",
        Outcome::Interrupted | Outcome::Abandoned => "interrupted",
        Outcome::Stopped => "stopped",
        Outcome::Disagrees => "disagrees",
    };
    let after = asked.after.map(|after| in_python(&after));
    asked.answer.map(|answer| Answer::new(answer, outcome, after, took.as_secs_f64()))
}
