//! One training to do.

use super::Task;
use crate::run::{Figures, Record, Run};
use headstart_engine::init::{InitError, Initialization, Start};
use headstart_engine::train::{self, Status};
use headstart_engine::watch::Watch;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

/// One training to do: made by [`Task::job`].
#[derive(Clone, Debug)]
pub struct Job<'a> {
    /// Of which task.
    pub task: Held<'a>,
    /// Where it starts: the place in [`Task::inits`].
    pub init: usize,
    /// With which seed.
    pub seed: u64,
}

/// A task that somebody else has, or that is shared by all that need it.
#[derive(Clone, Debug)]
pub enum Held<'a> {
    /// Somebody else's.
    Lent(&'a Task),
    /// Shared.
    Shared(Arc<Task>),
}

impl Deref for Held<'_> {
    type Target = Task;

    fn deref(&self) -> &Task {
        match self {
            Self::Lent(task) => task,
            Self::Shared(task) => task,
        }
    }
}

impl Job<'_> {
    /// Where it starts, and what that is called.
    pub fn start(&self) -> &NamedInit {
        &self.task.inits[self.init]
    }

    /// Weights and biases that it starts from, fitted to the task's data where the initialization asks for it, and the stream
    /// of its minibatches. None if it was stopped: large matrices take a while.
    ///
    /// # Panics
    /// If the initialization is not one that the task was made with, and does not fit its network.
    pub fn draw(&self, watch: &Watch) -> Option<Start> {
        let task = &*self.task;
        let data = task.dataset.train.x.view();
        match self.start().init.draw_on(task.network(), task.spec.init.rng, self.seed, &data, watch) {
            Err(InitError::Stopped) => None,
            drawn => Some(drawn.expect("checked when the task was made")),
        }
    }
}

impl Run {
    /// What came of a job, as it is told. It took so long.
    pub fn of(job: &Job<'_>, run: &train::Run, took: Duration) -> Self {
        let units = job.task.units();
        let (status, step) = match run.status {
            Status::Finished => ("finished", None),
            Status::Diverged { step } => ("diverged", Some(step)),
            Status::Stopped { step } => ("stopped", Some(step)),
        };
        Self {
            case: None,
            init: Arc::clone(&job.start().name),
            seed: job.seed,
            status,
            step,
            train: Figures::told(run.train, units),
            test: run.test.map(|test| Figures::told(test, units)),
            targets: units.fits(run.train.loss, run.test.map(|test| test.loss), &run.errors),
            trace: run.trace.iter().map(|it| Record { step: it.step, loss: units.told(it.loss) }).collect(),
            steps: run.steps,
            best: run.best.map(|best| Record { step: best.step, loss: units.told(best.loss) }),
            reached: run.reached,
            seconds: took.as_secs_f64(),
        }
    }
}

/// An initialization and its name in the grammar, which all its runs share.
#[derive(Clone, Debug)]
pub struct NamedInit {
    /// How weights and biases are drawn.
    pub init: Initialization,
    /// The name.
    pub name: Arc<str>,
}
