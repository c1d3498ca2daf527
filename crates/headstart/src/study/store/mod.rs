//! What was done of a study, in one `SQLite` file that nothing is lost from.
//!
//! Rows are committed in batches: a process that is killed, a disk that is full, or a power cut costs the last batch and
//! nothing else, and the study goes on from there. A lock beside the file keeps a second process from working on it; looking at
//! it is always possible. The table `study` has the specification, the version and the data's fingerprint; `runs` has a row for
//! each run, by its number (see [`super::Study::runs`]); columns are those of [`super::export`]. Every row has a checksum, so
//! that nothing is read that was not written.
//!
//! While it is written the newest rows are in a file beside it (`-wal`, with its index `-shm`): the three belong together.
//! When a sitting ends, and be it by Ctrl-C, everything is in the one file again.

mod connection;
mod encode;
mod files;
mod lock;

use super::summary::{Progress, summary};
use super::{Row, Study, StudySpec};
use crate::data::builtin::BuiltIn;
use crate::data::{Preprocess, ScaleTargets};
use crate::error::Error;
use crate::io::json;
use crate::io::{Unwritten, temporary_beside};
use crate::run::Figures;
use crate::units::LossUnits;
use crate::words::foreign;
use connection::Access;
use encode::{checksum, checksum_of_texts, fingerprint, read_trace, write_trace};
use files::beside;
use headstart_engine::watch::Watch;
use lock::{Identity, Lock};
use rusqlite::{Connection, ErrorCode, OptionalExtension, Statement, params};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::{Duration, Instant};

/// The program's version, which a study is finished with.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The version of the tables.
const FORMAT: u32 = 1;

/// Results wait for no longer than this before they are committed, and no more of them.
const PATIENCE: Duration = Duration::from_millis(250);
const BATCH: usize = 10_000;

/// No more records of traces than this, of all runs, wait while stores are joined.
const MOST_RECORDS: usize = 1 << 22;

/// No text of a store has more letters: a study's axes may have long lists, but not that long.
const MOST_TEXT: i64 = 1 << 22;

/// So many bytes a run takes at least: of its numbers two are there always that have eight bytes, or nearly.
const LEAST_ROW: u64 = 16;

/// Runs of one store, at most: the numbers of those that are missing are held in memory.
const MOST_RUNS: u64 = 100_000_000;

/// A part of a study's cells: those whose number, divided by `of`, leaves `index` - 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// From 1 to `of`.
    pub index: u64,
    /// The number of parts.
    pub of: u64,
}

impl Shard {
    /// All of it.
    pub const WHOLE: Self = Self { index: 1, of: 1 };

    /// Whether it has a cell.
    pub fn has(self, cell: u64) -> bool {
        cell % self.of == self.index - 1
    }

    /// How many of so many cells it has.
    pub fn share(self, cells: u64) -> u64 {
        cells.saturating_sub(self.index - 1).div_ceil(self.of)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers = text.split_once('/').and_then(|(i, n)| Some((i.trim().parse().ok()?, n.trim().parse().ok()?)));
        match numbers {
            Some((index, of)) if 1 <= index && index <= of => Ok(Self { index, of }),
            _ => Err("a part and the number of parts are needed, as in 3/16".to_owned()),
        }
    }
}

impl std::fmt::Display for Shard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.index, self.of)
    }
}

/// What a store says of itself.
#[derive(Clone, Debug, PartialEq)]
pub struct About {
    /// The study, as it was asked for.
    pub spec: StudySpec,
    /// The part of it that is kept here.
    pub shard: Shard,
    /// The version of the program that made it.
    pub version: String,
    /// The folder it was begun in: where relative paths of its data start from.
    pub folder: PathBuf,
    /// What the losses of a regression are told in and beside, so that they can be read without the data.
    pub units: Option<LossUnits>,
    /// The data's fingerprint.
    data: String,
    /// Whether there is a test set.
    tested: bool,
}

/// A store that can be read.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    about: About,
    /// The runs of its whole study.
    runs: u64,
    connection: Connection,
}

/// A store that can be added to, by this process alone.
#[derive(Debug)]
pub struct Writer {
    store: Store,
    waiting: Vec<Row>,
    /// Since when the first of them waits.
    since: Option<Instant>,
    /// The store's file, to see whether it is still where it was.
    file: Identity,
    lock: Lock,
}

const INSERT: &str = "INSERT INTO runs VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";

const ROW: &str =
    "run, seed, finished, steps, train_loss, train_accuracy, test_loss, test_accuracy, reached, convergence, checksum";

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

    fn open_led(path: &Path, lock: Option<&Lock>) -> Result<Self, Error> {
        check_header(path)?;
        files::settle(path, lock)?;
        let connection = connection::open(path, Access::Read).map_err(|error| failed(path, &error))?;
        Self::with(path, connection)
    }

    fn with(path: &Path, mut connection: Connection) -> Result<Self, Error> {
        let read = |connection: &Connection| {
            if !connection::has_our_tables(connection)? {
                return Ok(None);
            }
            let mut statement = connection.prepare("SELECT value FROM study WHERE key = ?1 AND length(value) <= ?2")?;
            let mut value = |key: &str| statement.query_row(params![key, MOST_TEXT], |row| row.get(0)).optional();
            let keys = KEYS.into_iter().chain(["checksum", "version", UNITS]);
            keys.map(|key| value(key).map(|value| (key, value))).collect::<rusqlite::Result<Vec<_>>>().map(Some)
        };
        let read = connection::impatiently(&mut connection, read).map_err(|error| match error.sqlite_error_code() {
            Some(ErrorCode::OperationInterrupted) => damaged(path, "there is no end to what it says of its tables"),
            _ => failed(path, &error),
        })?;
        let Some(mut read) = read else {
            return Err(damaged(path, "it has other tables than a store, or more"));
        };
        let value =
            |(key, value): (&str, Option<String>)| value.ok_or_else(|| damaged(path, &format!("it has no {key}")));
        let units = read.pop().and_then(|(_, units)| units);
        let mut values = read.into_iter().map(value).collect::<Result<Vec<String>, _>>()?;
        let others = values.split_off(KEYS.len());
        if others[0] != checksum_of_texts(&values) {
            return Err(damaged(path, "what it says of its study is not what was written"));
        }
        let version = others[1].clone();
        let [spec, shard, folder, data, tested] = &values[..] else {
            return Err(damaged(path, "it does not say what it is of"));
        };
        // The seeds of a cell, and the runs of all of them.
        let read = |spec: StudySpec| {
            let (cells, seeds) = (spec.design()?.points(), spec.init.seeds.count()? as u64);
            Ok((spec, cells.saturating_mul(seeds)))
        };
        let unread = |error: Error| {
            let whose = foreign(&version);
            // The last line says what is wrong, those before where.
            let text = error.to_string();
            let what = foreign(text.lines().last().unwrap_or_default());
            problem(
                path,
                format!(
                    "it was made by headstart {whose}, and this is headstart {VERSION}, which cannot read its study: {what}"
                ),
            )
        };
        let (spec, runs) = as_it_was_meant(spec).and_then(read).map_err(unread)?;
        if runs == 0 {
            return Err(damaged(path, "its study has no runs"));
        }
        let about = About {
            spec,
            shard: shard.parse().map_err(|error: String| damaged(path, &error))?,
            version,
            folder: folder.into(),
            // Whatever it is, no figure depends on it.
            units: units.and_then(|units| serde_json::from_str(&units).ok()),
            data: data.clone(),
            tested: tested == "true",
        };
        Ok(Self { path: path.to_owned(), about, runs, connection })
    }

    /// Gives up on whatever takes long when the watch is stopped.
    ///
    /// # Errors
    /// If it cannot be told so.
    pub fn heed(&mut self, watch: &'static Watch) -> Result<(), Error> {
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
    fn statement(&self, traces: bool) -> Result<Statement<'_>, Error> {
        let trace = if traces { "trace" } else { "NULL" };
        let query = format!("SELECT {ROW}, {trace} FROM runs WHERE run >= ?1 AND run < ?2 ORDER BY run");
        self.connection.prepare(&query).map_err(|error| failed(&self.path, &error))
    }

    /// Whether it may have a run.
    fn may_have(&self, run: u64) -> bool {
        run < self.runs && self.about.shard.has(run / self.about.spec.init.seeds.most() as u64)
    }

    /// A row; none if it is not what was written.
    fn read(&self, run: u64, row: &rusqlite::Row) -> rusqlite::Result<Option<Row>> {
        let loss = |column| row.get::<_, Option<f64>>(column).map(|loss| loss.unwrap_or(f64::NAN));
        let trace = row.get_ref(11)?.as_blob_or_null()?.map_or(Some(Vec::new()), read_trace);
        let of_row = Row {
            run,
            cell: run / self.about.spec.init.seeds.most() as u64,
            seed: row.get::<_, i64>(1)?.cast_unsigned(),
            finished: row.get(2)?,
            steps: row.get::<_, i64>(3)?.cast_unsigned(),
            train: Figures { loss: loss(4)?, accuracy: row.get(5)?, classes: None },
            test: if self.about.tested {
                Some(Figures { loss: loss(6)?, accuracy: row.get(7)?, classes: None })
            } else {
                None
            },
            reached: row.get::<_, Option<i64>>(8)?.map(i64::cast_unsigned),
            convergence: loss(9)?,
            trace: Vec::new(),
        };
        let is_written = row.get::<_, i64>(10)? == checksum(&of_row);
        Ok(trace.filter(|_| is_written).map(|trace| Row { trace, ..of_row }))
    }
}

/// Rows of a store, one after the other, each as it was written.
struct Cursor<'a> {
    store: &'a Store,
    rows: rusqlite::Rows<'a>,
    last: Option<u64>,
}

impl<'a> Cursor<'a> {
    fn new(store: &'a Store, statement: &'a mut Statement, runs: Range<u64>) -> Result<Self, Error> {
        let ends = [runs.start, runs.end].map(|end| i64::try_from(end).unwrap_or(i64::MAX));
        let rows = statement.query(ends).map_err(|error| failed(&store.path, &error))?;
        Ok(Self { store, rows, last: None })
    }

    fn next(&mut self) -> Result<Option<Row>, Error> {
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
        let read = self.store.read(run, row).map_err(failed)?;
        read.map(Some).ok_or_else(|| damaged(path, &format!("run {run} is not what was written")))
    }
}

impl Writer {
    /// Opens the store of a study, and makes it if there is none. As long as it is open, this process looks at it through
    /// [`Writer::store`]: to open and close a file once more takes away the locks that a process has on it.
    ///
    /// # Errors
    /// If another process has it, it is of another study, part, data or version, or damaged: then the file is not touched. If
    /// it would have too many runs.
    pub fn open(path: &Path, study: &Study, shard: Shard) -> Result<Self, Error> {
        check_runs(study, shard)?;
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
        Ok(Self { store, waiting: Vec::new(), since: None, file, lock })
    }

    /// The store, to be looked at.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Takes a run, and commits those that wait if it is time.
    ///
    /// # Errors
    /// If they cannot be written: those that were committed are kept.
    pub fn add(&mut self, row: Row) -> Result<(), Error> {
        let trace = if self.store.about.spec.study.traces { row.trace } else { Vec::new() };
        self.waiting.push(Row { trace, ..row });
        self.since.get_or_insert_with(Instant::now);
        if self.waiting.len() >= BATCH || self.time_left() == Duration::ZERO {
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
        if self.waiting.is_empty() {
            return Ok(());
        }
        let waiting = std::mem::take(&mut self.waiting);
        if !self.file.is_at(&self.store.path) || !self.lock.is_there() {
            return Err(problem(
                &self.store.path,
                "it, or its lock, was deleted, moved or replaced while it was written; put it back together with its \
                 -wal file, and go on with headstart study resume, or begin anew"
                    .to_owned(),
            ));
        }
        insert(&mut self.store.connection, &waiting).map_err(|error| failed(&self.store.path, &error))
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

fn insert(connection: &mut Connection, rows: &[Row]) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    {
        let mut statement = transaction.prepare_cached(INSERT)?;
        for row in rows {
            statement.execute(params![
                row.run.cast_signed(),
                row.seed.cast_signed(),
                row.finished,
                row.steps.cast_signed(),
                row.train.loss,
                row.train.accuracy,
                row.test.map(|test| test.loss),
                row.test.and_then(|test| test.accuracy),
                row.reached.map(u64::cast_signed),
                row.convergence,
                checksum(row),
                (!row.trace.is_empty()).then(|| write_trace(&row.trace)),
            ])?;
        }
    }
    transaction.commit()
}

/// Joins the stores of a study's parts: the runs of all of them, in one store of the whole. What is still missing can be done
/// by going on with it. Returns how many runs there are.
///
/// # Errors
/// If there are none, `out` is there already, they are not of the same study, data and version, or two of them have the same
/// run with different results.
pub fn merge(out: &Path, parts: &[PathBuf]) -> Result<u64, Error> {
    let out = &files::led(out)?;
    let lock = Lock::take(out)?;
    finish_deletion(out, &lock)?;
    let stores = parts.iter().map(|part| Store::open(part)).collect::<Result<Vec<_>, _>>()?;
    let Some(first) = stores.first() else {
        return Err(Error::Usage("study merge: at least one store is needed to be joined".to_owned()));
    };
    let about = About { shard: Shard::WHOLE, ..first.about.clone() };
    for store in &stores {
        store.check()?;
        let as_whole = About { shard: Shard::WHOLE, ..store.about.clone() };
        as_whole.is_same(&about).map_err(|other| problem(&store.path, other))?;
    }
    if out.exists() {
        // The same command again is right, whatever happened to it the first time.
        return is_joined(out, &lock, &about, &stores)?
            .ok_or_else(|| problem(out, "it is there already; give another name, or delete it first".to_owned()));
    }
    files::clear_leftovers(out)?;
    let work = temporary_beside(out)?;
    let failed_out = |error| failed(out, &error);
    let mut connection = fill(work.path(), &about).map_err(failed_out)?;
    let (mut count, mut batch, mut records) = (0, Vec::new(), 0);
    join(out, &stores, |row| {
        count += 1;
        records += row.trace.len();
        batch.push(row);
        if batch.len() == BATCH || records >= MOST_RECORDS {
            insert(&mut connection, &batch).map_err(failed_out)?;
            batch.clear();
            records = 0;
        }
        Ok(())
    })?;
    insert(&mut connection, &batch).map_err(failed_out)?;
    finish(connection, work, out)?;
    Ok(count)
}

/// Shows the rows of all stores together in order, so that a file is filled with them as one machine would have done.
fn join(out: &Path, stores: &[Store], mut each: impl FnMut(Row) -> Result<(), Error>) -> Result<(), Error> {
    let mut statements = stores.iter().map(|store| store.statement(true)).collect::<Result<Vec<_>, _>>()?;
    let with_statements = stores.iter().zip(&mut statements);
    let cursors = with_statements.map(|(store, statement)| Cursor::new(store, statement, 0..u64::MAX));
    let mut cursors = cursors.collect::<Result<Vec<_>, _>>()?;
    let mut heads = cursors.iter_mut().map(Cursor::next).collect::<Result<Vec<_>, _>>()?;
    loop {
        let of_run = |head: &Option<Row>| head.as_ref().map(|row| row.run);
        let Some(run) = heads.iter().filter_map(of_run).min() else {
            return Ok(());
        };
        let mut found: Option<Row> = None;
        for (head, cursor) in heads.iter_mut().zip(&mut cursors) {
            if of_run(head) != Some(run) {
                continue;
            }
            let row = std::mem::replace(head, cursor.next()?);
            if let (Some(one), Some(other)) = (&found, &row)
                && !is_equal(one, other)
            {
                let what = format!("two parts have different results of run {run}: they cannot be of the same study");
                return Err(problem(out, what));
            }
            found = found.or(row);
        }
        found.map_or(Ok(()), &mut each)?;
    }
}

/// To the bit.
fn is_equal(one: &Row, other: &Row) -> bool {
    checksum(one) == checksum(other) && write_trace(&one.trace) == write_trace(&other.trace)
}

/// How many runs a store has that is what some others make when they are joined; none if it is anything else.
fn is_joined(path: &Path, lock: &Lock, about: &About, stores: &[Store]) -> Result<Option<u64>, Error> {
    let Ok(joined) = Store::open_led(path, Some(lock)) else {
        return Ok(None);
    };
    if joined.about.is_same(about).is_err() {
        return Ok(None);
    }
    let mut statement = joined.statement(true)?;
    let mut there = Cursor::new(&joined, &mut statement, 0..u64::MAX)?;
    let (mut count, mut is_same) = (0, true);
    join(path, stores, |row| {
        count += 1;
        is_same = is_same && there.next()?.is_some_and(|other| is_equal(&row, &other));
        Ok(())
    })?;
    is_same = is_same && there.next()?.is_none();
    Ok(is_same.then_some(count))
}

/// Refuses more runs than can be kept, here and in memory.
///
/// # Errors
/// If there are.
pub(crate) fn check_runs(study: &Study, shard: Shard) -> Result<(), Error> {
    let runs = shard.share(study.cells()).saturating_mul(study.seeds());
    if runs > MOST_RUNS {
        return Err(Error::Usage(format!(
            "{runs} runs are more than the {MOST_RUNS} of one store; use fewer values or seeds, or more parts (as in \
             --shard 1/{})",
            (shard.of as f64 * (runs as f64 / MOST_RUNS as f64)).ceil()
        )));
    }
    Ok(())
}

/// Whether a file is a store, of whatever version.
///
/// # Errors
/// If it is none, or cannot be read.
pub fn check_is_store(path: &Path) -> Result<(), Error> {
    files::header(path).map(|_| ())
}

/// Looks at all of a store, as far as anybody ever does.
///
/// # Errors
/// If there is none, or it is damaged.
pub fn check_file(path: &Path) -> Result<(), Error> {
    let store = Store::open(path)?;
    Progress::of(&store)?;
    store.check()?;
    store.rows(0..u64::MAX, true, |_| Ok(()))?;
    summary(&store).map(|_| ())
}

/// Deletes a store and what lies beside it.
///
/// # Errors
/// If it is none of ours, another process has it, or it cannot be deleted.
pub fn delete(path: &Path) -> Result<(), Error> {
    let file = &files::led(path)?;
    // Of whatever version.
    files::header(file)?;
    files::delete(file, &Lock::take(file)?)?;
    // A link that leads nowhere is of no use.
    if path.is_symlink() { files::remove(path) } else { Ok(()) }
}

/// Deletes what is left of a store whose deletion was interrupted.
fn finish_deletion(path: &Path, lock: &Lock) -> Result<(), Error> {
    if files::header(path).is_ok_and(|header| header.is_deleted) { files::delete(path, lock) } else { Ok(()) }
}

impl About {
    /// Whether two are of the same study, part, data and version; otherwise what differs.
    fn is_same(&self, wanted: &Self) -> Result<(), String> {
        if self.version != wanted.version {
            return Err(format!(
                "it was made by headstart {}, whose numbers may differ from those of this version, {}; go on with that \
                 version, or begin anew in another file",
                foreign(&self.version),
                wanted.version
            ));
        }
        let (ours, theirs) = (what_it_comes_to(&wanted.spec), what_it_comes_to(&self.spec));
        if ours != theirs {
            let only =
                |a: &str, b: &str| a.lines().find(|line| !b.lines().any(|other| other == *line)).map(str::to_owned);
            let (has, asked) = (only(&theirs, &ours), only(&ours, &theirs));
            let [has, asked] = difference(&has.unwrap_or_default(), &asked.unwrap_or_default());
            return Err(format!(
                "it is of another study: it has {has}, and asked for is {asked}; give another file, or delete this one first \
                 (headstart study delete)"
            ));
        }
        if self.data != wanted.data {
            return Err(format!(
                "the data, {}, has changed since it was begun; begin anew in another file",
                self.spec.data.data
            ));
        }
        if self.shard != wanted.shard {
            return Err(format!("it is of part {}, and asked for is part {}", self.shard, wanted.shard));
        }
        Ok(())
    }
}

/// The study that a store says it is of. What it was made before there were words for is nothing that was done.
fn as_it_was_meant(text: &str) -> Result<StudySpec, Error> {
    let mut spec = StudySpec::from_toml(text)?;
    let table: toml::Table = text.parse().unwrap_or_default();
    let says = |key: &str| table.get("data").and_then(|data| data.get(key)).is_some();
    if !says("preprocess") {
        spec.data.preprocess = Preprocess::None;
    }
    if !says("scale-targets") {
        spec.data.scale_targets = ScaleTargets::None;
    }
    Ok(spec)
}

/// A study's text, the same for whatever does the same: to drawn data nothing is done by itself, but to targets with units.
fn what_it_comes_to(spec: &StudySpec) -> String {
    let mut spec = StudySpec { data: spec.data.as_asked(), ..spec.clone() };
    if let Some(set) = BuiltIn::from_name(&spec.data.data).filter(|set| !set.is_table()) {
        if spec.data.preprocess == Preprocess::Auto {
            spec.data.preprocess = Preprocess::None;
        }
        if spec.data.scale_targets == ScaleTargets::Auto && !set.has_own_units() {
            spec.data.scale_targets = ScaleTargets::None;
        }
    }
    spec.to_toml()
}

/// What losses are told in; of regressions only, and not of those that were begun before it was kept.
const UNITS: &str = "units";

/// What a store says of itself besides the version, in the order in which its checksum has it.
const KEYS: [&str; 5] = ["spec", "shard", "folder", "data", "tested"];

/// Two lines from a little before where they differ, so that they are short enough to be shown.
fn difference(one: &str, other: &str) -> [String; 2] {
    let same = one.chars().zip(other.chars()).take_while(|(a, b)| a == b).count();
    let skipped = if one.chars().count().max(other.chars().count()) <= 60 { 0 } else { same.saturating_sub(20) };
    [one, other].map(|line| match line.chars().skip(skipped).collect::<String>() {
        rest if rest.is_empty() => "nothing of it".to_owned(),
        rest if skipped > 0 => format!("...{}", foreign(&rest)),
        rest => foreign(&rest),
    })
}

/// Makes an empty store, whole or not at all.
fn create(path: &Path, about: &About) -> Result<(), Error> {
    files::clear_leftovers(path)?;
    let work = temporary_beside(path)?;
    let connection = fill(work.path(), about).map_err(|error| failed(path, &error))?;
    finish(connection, work, path)
}

/// Makes a store in an empty file.
fn fill(path: &Path, about: &About) -> rusqlite::Result<Connection> {
    let mut connection = connection::create(path, files::APPLICATION, FORMAT)?;
    let transaction = connection.transaction()?;
    let values = [
        about.spec.to_toml(),
        about.shard.to_string(),
        about.folder.display().to_string(),
        about.data.clone(),
        about.tested.to_string(),
    ];
    let others = [("checksum", checksum_of_texts(&values)), ("version", about.version.clone())];
    let units = about.units.as_ref().map(|units| (UNITS, json::text(units)));
    for (key, value) in KEYS.into_iter().zip(values).chain(others).chain(units) {
        transaction.execute("INSERT INTO study VALUES (?1, ?2)", [key, &value])?;
    }
    transaction.commit()?;
    Ok(connection)
}

/// Gives a file that is whole and on the disk the store's name, which nothing has.
fn finish(connection: Connection, work: tempfile::NamedTempFile, path: &Path) -> Result<(), Error> {
    connection.close().map_err(|(_, error)| failed(path, &error))?;
    let failed = |source| Error::from(Unwritten::new(path, source));
    work.as_file().sync_all().map_err(failed)?;
    work.persist_noclobber(path).map_err(|error| failed(error.error))?;
    Ok(())
}

/// Whether a file says of itself that it is a store that can be read, or one that is deleted.
fn check_readable(path: &Path) -> Result<(), Error> {
    match files::header(path)?.version {
        FORMAT => Ok(()),
        other => Err(problem(
            path,
            format!(
                "its tables are of version {other}, and this is headstart {VERSION}, which knows version {FORMAT}; use \
                 the version of headstart that made it"
            ),
        )),
    }
}

/// Whether a file says of itself that it is a store that can be read.
fn check_header(path: &Path) -> Result<(), Error> {
    if files::header(path)?.is_deleted {
        return Err(problem(path, "its deletion was interrupted; headstart study delete finishes it".to_owned()));
    }
    check_readable(path)
}

fn problem(path: &Path, problem: String) -> Error {
    Error::Store { path: path.display().to_string(), problem }
}

fn damaged(path: &Path, how: &str) -> Error {
    problem(path, format!("it is damaged: {how}; use a copy, or begin anew"))
}

fn failed(path: &Path, error: &rusqlite::Error) -> Error {
    let text = match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => {
            "the disk is full; what was committed before is kept: make room, then go on with headstart study resume"
                .to_owned()
        }
        Some(ErrorCode::SystemIoFailure) => format!(
            "it cannot be written or read ({error}); what was committed before is kept: mend that, then go on with \
             headstart study resume"
        ),
        // What is none of SQLite's own is a value that is not what it has to be.
        None | Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            return damaged(path, &foreign(&error.to_string()));
        }
        Some(ErrorCode::TooBig) => format!(
            "a value of it is longer than the {} MiB that one may have; if it is a trace, use a larger --record-every",
            connection::MOST_BYTES >> 20
        ),
        Some(ErrorCode::OperationInterrupted) => "interrupted".to_owned(),
        Some(ErrorCode::DatabaseBusy) => "another process is reading it; wait for that one, and try again".to_owned(),
        Some(ErrorCode::CannotOpen) if beside(path, "-wal").exists() => format!(
            "it cannot be opened ({error}): the process that wrote it was killed, and nothing can be written in its folder; \
             copy it and its -wal file to another folder, and look at it there"
        ),
        _ => error.to_string(),
    };
    problem(path, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_old_store_does_not_say_was_not_done() {
        let old = as_it_was_meant("[data]\ndata = 'wages.csv'\n").unwrap().data;
        assert_eq!((old.preprocess, old.scale_targets), (Preprocess::None, ScaleTargets::None));
        let spec = |name: &str| StudySpec::from_toml(&format!("[data]\ndata = '{name}'\n")).unwrap();
        let new = as_it_was_meant(&spec("wages.csv").to_toml()).unwrap();
        assert_eq!(new, spec("wages.csv"));
        assert_eq!((new.data.preprocess, new.data.scale_targets), (Preprocess::Auto, ScaleTargets::Auto));
        // To what is drawn nothing is done either way, and to a file there is.
        let old = |name: &str| as_it_was_meant(&format!("[data]\ndata = '{name}'\n")).unwrap();
        assert_eq!(what_it_comes_to(&old("circles")), what_it_comes_to(&spec("circles")));
        assert_ne!(what_it_comes_to(&old("wages.csv")), what_it_comes_to(&spec("wages.csv")));
    }
}
