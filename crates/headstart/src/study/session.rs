//! One sitting's work on a store.

use super::store::Writer;
use super::{Ended, Study};
use crate::budget::Budget;
use crate::error::Error;
use crate::host::Host;
use std::collections::HashSet;
use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};

/// What a sitting will do: the runs that are missing.
#[derive(Debug)]
pub struct Session<'a> {
    study: &'a Study,
    writer: Writer,
    missing: Vec<u64>,
}

/// How a sitting ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sitting {
    /// Runs that were done.
    pub done: u64,
    /// Runs that no machine could do: they are missing, too, and the store says why.
    pub failed: u64,
    /// Runs that are still to be done.
    pub left: u64,
    /// Whether it ended because the budget was spent.
    pub is_spent: bool,
}

impl<'a> Session<'a> {
    /// Looks what is missing.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn new(study: &'a Study, writer: Writer) -> Result<Self, Error> {
        let mut missing = writer.store().missing(study)?;
        // What no machine could do comes last: it may be that it never can be done, and holds nobody up.
        let failed: HashSet<u64> = writer.store().failures(usize::MAX)?.into_iter().map(|failed| failed.run).collect();
        missing.sort_by_key(|run| failed.contains(run));
        Ok(Self { study, writer, missing })
    }

    /// Updates that are to be done, if no run diverges.
    pub fn steps(&self) -> u64 {
        let seeds = self.study.seeds();
        let runs = self.missing.len() as u64;
        // The missing runs of a cell stand together.
        let cells = self.missing.chunk_by(|a, b| a / seeds == b / seeds).map(|runs| runs[0] / seeds);
        let (steps, whole) = (self.study.steps(cells.clone()), cells.count() as u64 * seeds);
        if whole == runs { steps } else { (steps as f64 * runs as f64 / whole.max(1) as f64) as u64 }
    }

    /// Does what is missing, until the budget is spent or somebody stops it.
    ///
    /// # Errors
    /// If a cell makes no sense, the store is of another device than the host's, or cannot be written: what was committed before is
    /// kept.
    pub fn run(self, budget: Option<Budget>, host: &Host<'_>) -> Result<Sitting, Error> {
        self.writer.check_device(host.device(&self.study.spec().training))?;
        host.begin("", self.steps());
        let Self { study, writer, missing } = self;
        let (mut done, mut failed) = (0, 0);
        let ((worked, is_spent), kept) = keeping(Some(writer), |keep| {
            let work = || {
                study.run(&missing, host, |ended| {
                    match &ended {
                        Ok(_) => done += 1,
                        Err(_) => failed += 1,
                    }
                    keep(ended)
                })
            };
            Budget::spend(budget, host.watch(), work)
        });
        // If nothing more can be kept, that is why the work ended; what was done before something else went wrong is kept.
        kept.and(worked)?;
        Ok(Sitting { done, failed, left: missing.len() as u64 - done - failed, is_spent })
    }
}

/// Works with something that keeps rows, in a store if there is one. On a thread of its own the disk holds nobody up, and
/// rows are committed in time however long the next one takes. Returns what the work did, and whether all was kept.
pub(crate) fn keeping<R>(
    writer: Option<Writer>,
    work: impl FnOnce(&mut dyn FnMut(Ended) -> Result<(), Error>) -> R,
) -> (R, Result<(), Error>) {
    let Some(writer) = writer else {
        return (work(&mut |_| Ok(())), Ok(()));
    };
    let (rows, inbox) = sync_channel(WAITING);
    std::thread::scope(|scope| {
        // The inbox goes with the thread: when nothing more can be kept, the work notices.
        let keeper = scope.spawn(move || keep(writer, &inbox));
        let done = work(&mut |row| rows.send(row).map_err(|_| Error::Usage("the store takes no more".to_owned())));
        drop(rows);
        (done, keeper.join().unwrap_or_else(|panic| resume_unwind(panic)))
    })
}

/// So many rows may wait for the disk before the work waits too.
const WAITING: usize = 10_000;

/// Keeps rows until no more will come.
fn keep(mut writer: Writer, rows: &Receiver<Ended>) -> Result<(), Error> {
    loop {
        match rows.recv_timeout(writer.time_left()) {
            Ok(ended) => writer.add(ended)?,
            Err(RecvTimeoutError::Timeout) => writer.commit()?,
            Err(RecvTimeoutError::Disconnected) => return writer.close(),
        }
    }
}
