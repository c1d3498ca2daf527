//! Asking: what a command is asked with, and what comes of it.

use crate::answer::Answer;
use crate::flags::data::DataFlags;
use crate::flags::output::Format;
use crate::flags::page::PageFlags;
use headstart::engine::watch::Watch;
use headstart::error::Error;
use headstart::events::Event;
use headstart::executor::{Device, Executor};
use headstart::host::{Host, Listener};
use headstart::pulse::Pulse;
use headstart::run::Run;
use headstart::task::Task;

/// The flags of a command, which can be asked what they ask for.
pub trait Ask {
    /// Does what is asked for, and writes the files that are asked for.
    ///
    /// # Errors
    /// If what is asked for makes no sense, or cannot be done.
    fn ask(&self, front: &Front<'_>, heard: &mut dyn Hearer) -> Result<Asked, Error>;

    /// The configuration file that would do the same, if that is all that is asked for.
    fn config(&self, _front: &Front<'_>) -> Option<Result<String, Error>> {
        None
    }

    /// How the terminal shows the answer.
    fn format(&self) -> Format;

    /// The flags that say where samples are.
    fn data(&mut self) -> Option<&mut DataFlags> {
        None
    }
}

/// Who asks: who hears what happens on the way, whose hand stops it, and who does the runs.
#[derive(Clone, Copy)]
pub struct Front<'a> {
    watch: &'a Watch,
    listener: &'a Listener<'a>,
    pulse: Option<&'a Pulse>,
    executor: Option<&'a dyn Executor>,
    command: &'a str,
}

impl<'a> Front<'a> {
    /// Somebody with a hand to stop the work, who listens.
    pub fn new(watch: &'a Watch, listener: &'a Listener<'a>) -> Self {
        Self { watch, listener, pulse: None, executor: None, command: "" }
    }

    /// The same, whose runs are done by this executor in the place of threads of this process.
    #[must_use]
    pub fn by(self, executor: Option<&'a dyn Executor>) -> Self {
        Self { executor, ..self }
    }

    /// The same, who asks how far the work is in the place of being told.
    #[must_use]
    pub fn asking(self, pulse: &'a Pulse) -> Self {
        Self { pulse: Some(pulse), ..self }
    }

    /// The same, who asked in these words: a line for a shell that asks again.
    #[must_use]
    pub fn with(self, command: &'a str) -> Self {
        Self { command, ..self }
    }

    /// Who does the runs in the place of threads of this process, if there is anybody.
    pub(crate) fn executor(&self) -> Option<&'a dyn Executor> {
        self.executor
    }

    /// The command line that asks the same again; empty where there is none.
    pub(crate) fn command(&self) -> &'a str {
        self.command
    }

    /// Writes what was found as a page, if one was asked for.
    pub(crate) fn page(&self, flags: &PageFlags, answer: &dyn Answer) -> Result<(), Error> {
        flags.write(answer, self.command)
    }

    /// Whose hand stops it.
    pub fn watch(&self) -> &'a Watch {
        self.watch
    }

    /// Works on so many threads, or with the executor that there is.
    pub(crate) fn work<R>(&self, threads: usize, work: impl FnOnce(&Host<'_>) -> R) -> R {
        let host = self.executor.map_or_else(|| Host::here(threads), |executor| Host::of(executor, threads));
        let host = host.watched_by(self.watch).heard_by(self.listener);
        match self.pulse {
            Some(pulse) => host.asked_by(pulse).work(work),
            None => host.work(work),
        }
    }

    /// Says what a person should know.
    pub(crate) fn warn(&self, text: &str) {
        (self.listener)(Event::Warning { text });
    }

    /// Says what was taken where a name has several meanings, for commands whose answer has no place for it.
    pub(crate) fn notes(&self, notes: &[String]) {
        for note in notes {
            self.warn(&format!("note: {note}"));
        }
    }
}

/// Who hears of runs when they end, and not only at the end of all.
pub trait Hearer {
    /// The task whose runs come, and what computes them, where that is not the processor.
    fn begin(&mut self, task: &Task, device: Option<&Device>);
    /// A run. Tells whether anybody heard it.
    fn run(&mut self, run: &Run) -> bool;
    /// Whether what is heard is all that is wanted of traces: then they are not kept.
    fn has_traces(&self) -> bool;
    /// Whether the answer is kept with all that belongs to it: every trace, and what a single training ended with.
    fn keeps_answer(&self) -> bool;
}

/// Nobody.
impl Hearer for () {
    fn begin(&mut self, _task: &Task, _device: Option<&Device>) {}

    fn run(&mut self, _run: &Run) -> bool {
        true
    }

    fn has_traces(&self) -> bool {
        false
    }

    fn keeps_answer(&self) -> bool {
        true
    }
}

/// What came of asking.
pub struct Asked {
    /// What was found; none where nothing was to be found, or there was no time.
    pub answer: Option<Box<dyn Answer>>,
    /// How it ended.
    pub outcome: Outcome,
    /// What there is to say after the answer.
    pub after: Option<String>,
}

impl Asked {
    /// All that was asked for.
    pub fn done(answer: impl Answer + 'static) -> Self {
        Self { answer: Some(Box::new(answer)), outcome: Outcome::Done, after: None }
    }

    /// It was stopped before there was anything.
    pub fn abandoned() -> Self {
        Self { answer: None, outcome: Outcome::Abandoned, after: None }
    }

    /// All was done, and there is nothing to tell of it.
    pub fn nothing() -> Self {
        Self { answer: None, outcome: Outcome::Done, after: None }
    }

    /// The same, ended like this.
    #[must_use]
    pub fn ended(self, outcome: Outcome) -> Self {
        Self { outcome, ..self }
    }
}

/// How a command ended that did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All was done.
    Done,
    /// It was stopped: the answer is what there was until then.
    Interrupted,
    /// It was stopped before there was an answer.
    Abandoned,
    /// It was stopped, and what to do then is said after the answer.
    Stopped,
    /// The figures of a replication are not the published ones.
    Disagrees,
}
