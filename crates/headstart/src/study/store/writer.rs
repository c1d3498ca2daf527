//! A store that is written.

use super::about::{About, MOST_TEXT, is_by};
use super::connection::{self, Access};
use super::create::create;
use super::delete::finish_deletion;
use super::encode::fingerprint;
use super::files;
use super::lock::{Identity, Lock};
use super::problem::{failed, problem};
use super::reader::Store;
use super::shard::{Shard, check_runs};
use super::version::{VERSION, check_readable};
use super::{failures, rows};
use crate::error::Error;
use crate::executor::Device;
use crate::spec;
use crate::study::{Ended, FailedRun, Row, Study};
use rusqlite::ErrorCode;
use std::path::Path;
use std::time::{Duration, Instant};

/// Results wait for no longer than this before they are committed, and no more of them.
const PATIENCE: Duration = Duration::from_millis(250);
pub const BATCH: usize = 10_000;

/// A store that can be added to, by this process alone.
#[derive(Debug)]
pub struct Writer {
    store: Store,
    waiting: Vec<Row>,
    /// Runs that could not be done, which wait with them.
    failed: Vec<FailedRun>,
    /// Since when the first of them waits.
    since: Option<Instant>,
    /// The store's file, to see whether it is still where it was.
    file: Identity,
    lock: Lock,
}

impl Writer {
    /// Opens the store of a study, and makes it if there is none. As long as it is open, this process looks at it through
    /// [`Writer::store`]: to open and close a file once more takes away the locks that a process has on it.
    ///
    /// # Errors
    /// If another process has it, it is of another study, part, data or version, or damaged: then the file is not touched. If
    /// it would have too many runs.
    pub fn open(path: &Path, study: &Study, shard: Shard) -> Result<Self, Error> {
        Self::open_by(path, study, shard, None)
    }

    /// The same of a study whose runs are done by this device: [`Host::device`](crate::host::Host::device).
    ///
    /// # Errors
    /// As [`Writer::open`]; and if a device does what a processor should, or another one did the runs that are there.
    pub fn open_by(path: &Path, study: &Study, shard: Shard, device: Option<&Device>) -> Result<Self, Error> {
        check_runs(study, shard)?;
        if device.is_some() != (study.spec().training.device == spec::Device::Gpu) {
            let asked = study.spec().training.device;
            let there = device.map_or("none".to_owned(), ToString::to_string);
            return Err(Error::Usage(format!(
                "the study is for device = \"{asked}\", and the device that is there is {there}"
            )));
        }
        if study.settled().to_toml().len() as u64 > MOST_TEXT.cast_unsigned() {
            let problem = "it is too long to be kept with its runs: give ranges where its axes list values, and leave out columns \
                           by --drop where its table has very many";
            return Err(Error::Usage(problem.to_owned()));
        }
        let path = &files::led(path)?;
        if path.exists() {
            check_readable(path)?;
        }
        let lock = Lock::take(path)?;
        finish_deletion(path, &lock)?;
        let about = About {
            spec: study.settled(),
            shard,
            version: VERSION.to_owned(),
            folder: std::env::current_dir().unwrap_or_default(),
            units: study.units(),
            device: device.cloned(),
            data: fingerprint(study.base()),
            tested: study.base().dataset.test.is_some(),
        };
        if !path.exists() {
            create(path, &about)?;
        }
        let store = Store::open_led(path, Some(&lock))?;
        store.about.is_same(&about).map_err(|other| problem(path, other))?;
        store.check()?;
        store.rows(0..u64::MAX, true, |_| Ok(()))?;
        drop(store);
        let failed = |error| failed(path, &error);
        let file = Identity::of(path).map_err(|error| problem(path, format!("cannot be read: {error}")))?;
        let connection = connection::open(path, Access::Write).map_err(failed)?;
        // A commit is on the disk when it is done, and not only with the system: a power cut is as good as a kill.
        connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL").map_err(failed)?;
        let store = Store::with(path, connection)?;
        Ok(Self { store, waiting: Vec::new(), failed: Vec::new(), since: None, file, lock })
    }

    /// The store, to be looked at.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Whether what its runs are done by is what does them now.
    ///
    /// # Errors
    /// If it is another device.
    pub(crate) fn check_device(&self, does: Option<&Device>) -> Result<(), Error> {
        is_by(self.store.about.device.as_ref(), does).map_err(|other| problem(&self.store.path, other))
    }

    /// Takes a run, or why there is none, and commits those that wait if it is time.
    ///
    /// # Errors
    /// If they cannot be written: those that were committed are kept.
    pub fn add(&mut self, ended: Ended) -> Result<(), Error> {
        match ended {
            Ok(row) => {
                let trace = if self.store.about.spec.study.traces { row.trace } else { Vec::new() };
                self.waiting.push(Row { trace, ..row });
            }
            Err(failed) => self.failed.push(failed),
        }
        self.since.get_or_insert_with(Instant::now);
        if self.waiting.len() + self.failed.len() >= BATCH || self.time_left() == Duration::ZERO {
            self.commit()?;
        }
        Ok(())
    }

    /// How long the runs that wait may still do so; if no other comes before, [`Writer::commit`] is due then.
    pub fn time_left(&self) -> Duration {
        self.since.map_or(PATIENCE, |since| PATIENCE.saturating_sub(since.elapsed()))
    }

    /// Commits all runs that wait.
    ///
    /// # Errors
    /// As [`Writer::add`]; and if the file was deleted or moved meanwhile.
    pub fn commit(&mut self) -> Result<(), Error> {
        self.since = None;
        if self.waiting.is_empty() && self.failed.is_empty() {
            return Ok(());
        }
        let (waiting, failed_runs) = (std::mem::take(&mut self.waiting), std::mem::take(&mut self.failed));
        if !self.file.is_at(&self.store.path) || !self.lock.is_there() {
            return Err(problem(
                &self.store.path,
                "it, or its lock, was deleted, moved or replaced while it was written; put it back together with its \
                 -wal file, and go on with headstart study resume, or begin anew"
                    .to_owned(),
            ));
        }
        let mut insert = || {
            let transaction = self.store.connection.transaction()?;
            rows::insert(&transaction, &waiting)?;
            failures::forget(&transaction, &waiting)?;
            failures::insert(&transaction, &failed_runs)?;
            transaction.commit()
        };
        insert().map_err(|error| failed(&self.store.path, &error))
    }

    /// Commits what waits and puts everything into the one file.
    ///
    /// # Errors
    /// As [`Writer::add`].
    pub fn close(mut self) -> Result<(), Error> {
        self.commit()?;
        let Self { store: Store { path, connection, .. }, lock, .. } = self;
        // A file that is not being written needs no others beside it, wherever it is copied, and whoever may only read it.
        match connection.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(())) {
            // Somebody looks at it: then the others stay until the next time.
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {}
            other => {
                other.map_err(|error| failed(&path, &error))?;
                files::empty_wal(&path)?;
            }
        }
        connection.close().map_err(|(_, error)| failed(&path, &error))?;
        drop(lock);
        Ok(())
    }
}
