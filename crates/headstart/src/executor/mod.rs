//! Trainings, one and many: a [`Batch`] says which, an [`Executor`] does them, and each is told in the order of the batch.
//!
//! [`Threads`] of this process are an executor. [`Dispatch`](dispatch::Dispatch) is one for workers that are elsewhere, whatever takes them
//! their work: parts of a batch travel as a [`parcel`], and what comes back is put [`InOrder`]. A run depends on nothing but its job, so
//! every executor gives the same bits.

mod batch;
pub mod dispatch;
pub mod parcel;
mod settle;
mod threads;

pub use batch::{Batch, InOrder};
pub use settle::settle;
pub(crate) use threads::{Checkpoint, first_steps, go_on};
pub use threads::{Threads, train};

use crate::error::Error;
use crate::run::Run;
use headstart_engine::watch::Watch;
use serde::{Deserialize, Serialize};
use std::ops::ControlFlow;
use std::sync::Arc;
use thiserror::Error;

/// Whoever can do a batch of runs: threads, a cluster, a GPU.
pub trait Executor: Sync {
    /// Does the runs of a batch. `each` sees them in the order of the batch, on the calling thread, until it breaks.
    ///
    /// The watch counts steps as they are done, or when a run is. After [`Watch::stop`] no further run begins, and this returns within a
    /// tenth of a second; runs that were under way may come as `stopped`, those before them first.
    ///
    /// # Errors
    /// If a job cannot be made, after the runs before it; or if the executor fails: then the runs that it told so far stand.
    fn run(&self, batch: &Batch<'_>, watch: &Watch, each: &mut Each<'_>) -> Result<(), Error>;

    /// How many threads of this process it is, if that is what it is: a training that pauses then goes on where it stood. Elsewhere it
    /// begins anew.
    fn threads(&self) -> Option<usize> {
        None
    }

    /// Whether it is a part of this program. What others tell is held against what they were asked for.
    fn is_own(&self) -> bool {
        self.threads().is_some()
    }

    /// How many there are that work, if that changes.
    fn crew(&self) -> Option<Crew> {
        None
    }

    /// What computes, where its figures are not the processor's bits.
    fn device(&self) -> Option<&Device> {
        None
    }

    /// What a person should know of the runs that were done since this was asked last: each sentence once.
    fn remarks(&self) -> Vec<String> {
        Vec::new()
    }
}

/// What computes in the place of processors, whose bits are the same everywhere. Those of a device are the same wherever all of this is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// What it calls itself.
    pub name: String,
    /// What drives it, with its version.
    pub driver: String,
    /// The numbers that it computes with: `float32`.
    pub precision: String,
}

impl Device {
    /// It in a sentence, as it stands beside figures.
    pub fn in_words(&self) -> String {
        format!("Trained on {self}, but for what it has no kernel for: figures are not the processor's bits.")
    }
}

impl std::fmt::Display for Device {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { name, driver, precision } = self;
        write!(f, "{name} ({driver}, {precision})")
    }
}

/// Whoever sees how runs end, and may have enough.
pub type Each<'a> = dyn FnMut(Ended) -> ControlFlow<()> + 'a;

/// How a run ended: with figures, or with none, as no machine could do it.
pub type Ended = Result<Run, Failure>;

/// A run that machines failed to do, one after the other.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the run of {init} with seed {seed} could not be done: {reason}")]
pub struct Failure {
    /// Its initialization, in the grammar.
    pub init: Arc<str>,
    /// Its seed.
    pub seed: u64,
    /// Why, and where.
    pub reason: String,
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Self::Cluster(failure.to_string())
    }
}

/// Who works, on machines that come and go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Crew {
    /// Machines.
    pub nodes: usize,
    /// Workers on them.
    pub workers: usize,
}

impl<E: Executor + ?Sized> Executor for &E {
    fn run(&self, batch: &Batch<'_>, watch: &Watch, each: &mut Each<'_>) -> Result<(), Error> {
        (**self).run(batch, watch, each)
    }

    fn threads(&self) -> Option<usize> {
        (**self).threads()
    }

    fn is_own(&self) -> bool {
        (**self).is_own()
    }

    fn crew(&self) -> Option<Crew> {
        (**self).crew()
    }

    fn device(&self) -> Option<&Device> {
        (**self).device()
    }

    fn remarks(&self) -> Vec<String> {
        (**self).remarks()
    }
}
