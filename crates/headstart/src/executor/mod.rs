//! Trainings, one and many: a [`Batch`] says which, an [`Executor`] does them, and each is told in the order of the batch.
//!
//! [`Threads`] of this process are an executor. One that is elsewhere packs a part of a batch as a [`parcel`], which can travel, and puts
//! what comes back [`InOrder`]. A run depends on nothing but its job, so every executor gives the same bits.

mod batch;
pub mod parcel;
mod threads;

pub use batch::{Batch, InOrder};
pub(crate) use threads::{Checkpoint, first_steps, go_on};
pub use threads::{Threads, train};

use crate::error::Error;
use crate::run::Run;
use headstart_engine::watch::Watch;
use std::ops::ControlFlow;

/// Whoever can do a batch of runs: threads, a cluster, a GPU.
pub trait Executor: Sync {
    /// Does the runs of a batch. `each` sees them in the order of the batch, on the calling thread, until it breaks.
    ///
    /// The watch counts steps as they are done, or when a run is. After [`Watch::stop`] no further run begins, and this returns within a
    /// tenth of a second; runs that were under way may come as `stopped`, those before them first.
    ///
    /// # Errors
    /// If a job cannot be made, after the runs before it; or if the executor fails: then the runs that it told so far stand.
    fn run(&self, batch: &Batch<'_>, watch: &Watch, each: &mut dyn FnMut(Run) -> ControlFlow<()>) -> Result<(), Error>;

    /// How many threads of this process it is, if that is what it is: a training that pauses then goes on where it stood. Elsewhere it
    /// begins anew.
    fn threads(&self) -> Option<usize> {
        None
    }
}
