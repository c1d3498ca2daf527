//! A store that is read.

use super::about::About;
use super::connection::{self, Access};
use super::files;
use super::lock::Lock;
use super::problem::{damaged, failed};
use super::rows::{self, ROW};
use super::version::check_header;
use crate::error::Error;
use crate::study::{Row, Study};
use crate::words::foreign;
use headstart_engine::watch::Watch;
use rusqlite::{Connection, Statement};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// So many bytes a run takes at least: of its numbers two are there always that have eight bytes, or nearly.
const LEAST_ROW: u64 = 16;

/// A store that can be read.
#[derive(Debug)]
pub struct Store {
    pub(super) path: PathBuf,
    pub(super) about: About,
    /// The runs of its whole study.
    runs: u64,
    pub(super) connection: Connection,
}

impl Store {
    /// Whether a file is a store, of whatever version and in whatever state.
    pub fn is_one(path: &Path) -> bool {
        files::header(path).is_ok_and(|header| !header.is_deleted)
    }

    /// Opens a store to look at it. If the process that wrote it was killed in the middle of a change, that is undone first;
    /// otherwise the file is not touched.
    ///
    /// # Errors
    /// If there is none, it is none of ours, damaged, or of another version of the tables.
    pub fn open(path: &Path) -> Result<Self, Error> {
        Self::open_led(&files::led(path)?, None)
    }

    pub(super) fn open_led(path: &Path, lock: Option<&Lock>) -> Result<Self, Error> {
        check_header(path)?;
        files::settle(path, lock)?;
        let connection = connection::open(path, Access::Read).map_err(|error| failed(path, &error))?;
        Self::with(path, connection)
    }

    pub(super) fn with(path: &Path, mut connection: Connection) -> Result<Self, Error> {
        let (about, runs) = About::read(path, &mut connection)?;
        Ok(Self { path: path.to_owned(), about, runs, connection })
    }

    /// Gives up on whatever takes long when the watch is stopped.
    ///
    /// # Errors
    /// If it cannot be told so.
    pub fn heed(&mut self, watch: &Watch) -> Result<(), Error> {
        let watch = watch.clone();
        let heeded = self.connection.progress_handler(10_000, Some(move || watch.is_stopped()));
        heeded.map_err(|error| failed(&self.path, &error))
    }

    /// What it says of itself.
    pub fn about(&self) -> &About {
        &self.about
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How many runs it has.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn count(&self) -> Result<u64, Error> {
        // A tree that goes in circles has no end, but a file can have no more rows than it has room for.
        let most = files::size(&self.path) / LEAST_ROW + 1;
        let query = "SELECT count(*) FROM (SELECT 1 FROM runs WHERE run >= 0 LIMIT ?1)";
        let count = self.connection.query_row(query, [most.cast_signed()], |row| row.get::<_, i64>(0));
        match count.map_err(|error| failed(&self.path, &error))?.cast_unsigned() {
            count if count < most => Ok(count),
            _ => Err(damaged(&self.path, "it has more runs than there is room for in it")),
        }
    }

    /// Looks through the whole file for damage.
    ///
    /// # Errors
    /// If there is any.
    pub fn check(&self) -> Result<(), Error> {
        let found = self.connection.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0));
        match found.map_err(|error| failed(&self.path, &error))?.as_str() {
            "ok" => Ok(()),
            damage => Err(damaged(&self.path, &foreign(damage))),
        }
    }

    /// The runs that are still to be done, in order.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn missing(&self, study: &Study) -> Result<Vec<u64>, Error> {
        let failed = |error| failed(&self.path, &error);
        let mut statement = self.connection.prepare("SELECT run FROM runs ORDER BY run").map_err(failed)?;
        let mut done = statement.query([]).map_err(failed)?;
        let mut next_done = || -> Result<Option<u64>, Error> {
            let row = done.next().map_err(failed)?;
            row.map(|row| row.get::<_, i64>(0).map(i64::cast_unsigned)).transpose().map_err(failed)
        };
        let mut next = next_done()?;
        let mut missing = Vec::new();
        let cells = (self.about.shard.index - 1..study.cells()).step_by(self.about.shard.of as usize);
        for run in cells.flat_map(|cell| cell * study.seeds()..(cell + 1) * study.seeds()) {
            if next == Some(run) {
                next = next_done()?;
            } else {
                missing.push(run);
            }
        }
        match next {
            None => Ok(missing),
            Some(run) => Err(damaged(&self.path, &format!("it has a run {run} that its study has not"))),
        }
    }

    /// Shows all rows of some runs, in order.
    ///
    /// # Errors
    /// If the store cannot be read, or the first one of `each`.
    pub fn rows(
        &self,
        runs: Range<u64>,
        traces: bool,
        mut each: impl FnMut(Row) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut statement = self.statement(traces)?;
        let mut cursor = Cursor::new(self, &mut statement, runs)?;
        while let Some(row) = cursor.next()? {
            each(row)?;
        }
        Ok(())
    }

    /// What [`Cursor`] reads with.
    pub(super) fn statement(&self, traces: bool) -> Result<Statement<'_>, Error> {
        let trace = if traces { "trace" } else { "NULL" };
        let query = format!("SELECT {ROW}, {trace} FROM runs WHERE run >= ?1 AND run < ?2 ORDER BY run");
        self.connection.prepare(&query).map_err(|error| failed(&self.path, &error))
    }

    /// Whether it may have a run.
    pub(super) fn may_have(&self, run: u64) -> bool {
        run < self.runs && self.about.shard.has(run / self.about.spec.init.seeds.most() as u64)
    }
}

/// Rows of a store, one after the other, each as it was written.
pub struct Cursor<'a> {
    store: &'a Store,
    rows: rusqlite::Rows<'a>,
    last: Option<u64>,
}

impl<'a> Cursor<'a> {
    pub fn new(store: &'a Store, statement: &'a mut Statement, runs: Range<u64>) -> Result<Self, Error> {
        let ends = [runs.start, runs.end].map(|end| i64::try_from(end).unwrap_or(i64::MAX));
        let rows = statement.query(ends).map_err(|error| failed(&store.path, &error))?;
        Ok(Self { store, rows, last: None })
    }

    pub fn next(&mut self) -> Result<Option<Row>, Error> {
        let Store { path, .. } = self.store;
        let failed = |error| failed(path, &error);
        let Some(row) = self.rows.next().map_err(failed)? else {
            return Ok(None);
        };
        let run = row.get::<_, i64>(0).map_err(failed)?.cast_unsigned();
        if !self.store.may_have(run) {
            return Err(damaged(path, &format!("it has a run {run} that its study has not")));
        }
        // In a tree that goes in circles the same rows come again and again.
        if self.last.replace(run).is_some_and(|last| last >= run) {
            return Err(damaged(path, "its runs are not in order"));
        }
        let read = rows::read(&self.store.about, run, row).map_err(failed)?;
        read.map(Some).ok_or_else(|| damaged(path, &format!("run {run} is not what was written")))
    }
}
