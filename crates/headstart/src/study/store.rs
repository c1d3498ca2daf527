//! What was done of a study, in one `SQLite` file that nothing is lost from.
//!
//! Rows are committed in batches: a process that is killed, or a disk that is full, loses the last batch and nothing else, and
//! the study goes on from there. A lock beside the file keeps a second process from working on it; looking at it is always
//! possible. The table `study` has the specification, the version and the data's fingerprint; `runs` has a row for each run,
//! by its number (see [`super::Study::runs`]); columns are those of [`super::export`].

use super::{Row, Study, StudySpec};
use crate::data::{Samples, Targets};
use crate::error::Error;
use crate::report::temporary_beside;
use crate::run::{Figures, Record};
use crate::task::Task;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, params};
use std::fs::{File, TryLockError};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::{Duration, Instant};
use twox_hash::XxHash3_128;

/// The program's version, which a study is finished with.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Says in the file's header that it is a store of ours: "Hdst".
const APPLICATION: u32 = 0x4864_7374;

/// The version of the tables.
const FORMAT: u32 = 1;

/// Results wait for no longer than this before they are committed, and no more of them.
const PATIENCE: Duration = Duration::from_secs(1);
const BATCH: usize = 10_000;

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
    connection: Connection,
}

/// A store that can be added to, by this process alone.
#[derive(Debug)]
pub struct Writer {
    store: Store,
    waiting: Vec<Row>,
    last: Instant,
    /// Held as long as this lives; the system lets go of it however the process ends.
    _lock: File,
}

const TABLES: &str = "
    CREATE TABLE study (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE runs (
        run INTEGER PRIMARY KEY, seed INTEGER NOT NULL, finished INTEGER NOT NULL, steps INTEGER NOT NULL,
        train_loss REAL, train_accuracy REAL, test_loss REAL, test_accuracy REAL,
        reached INTEGER, convergence REAL, trace BLOB
    ) STRICT;";

const INSERT: &str = "INSERT INTO runs VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";

const ROW: &str =
    "run, seed, finished, steps, train_loss, train_accuracy, test_loss, test_accuracy, reached, convergence";

impl Store {
    /// Opens a store to look at it.
    ///
    /// # Errors
    /// If there is none, it is none of ours, or of another version of the tables. The file is not touched.
    pub fn open(path: &Path) -> Result<Self, Error> {
        check_header(path)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(|error| failed(path, &error))?;
        Self::with(path, connection)
    }

    fn with(path: &Path, connection: Connection) -> Result<Self, Error> {
        let waits = connection.busy_timeout(Duration::from_secs(10));
        waits.map_err(|error| failed(path, &error))?;
        let value = |key: &str| {
            let query = connection.query_row("SELECT value FROM study WHERE key = ?1", [key], |row| row.get(0));
            let value: Option<String> = query.optional().map_err(|error| failed(path, &error))?;
            value.ok_or_else(|| problem(path, format!("it is damaged: it has no {key}; use a copy, or begin anew")))
        };
        let spec = StudySpec::from_toml(&value("spec")?)
            .map_err(|error| problem(path, format!("its study cannot be read by this version, {VERSION}: {error}")))?;
        let shard = value("shard")?.parse().map_err(|error: String| problem(path, error))?;
        let about =
            About { spec, shard, version: value("version")?, data: value("data")?, tested: value("tested")? == "true" };
        Ok(Self { path: path.to_owned(), about, connection })
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
        let count = self.connection.query_row("SELECT count(*) FROM runs", [], |row| row.get::<_, i64>(0));
        Ok(count.map_err(|error| failed(&self.path, &error))?.cast_unsigned())
    }

    /// Looks through the whole file for damage.
    ///
    /// # Errors
    /// If there is any.
    pub fn check(&self) -> Result<(), Error> {
        let found = self.connection.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0));
        match found.map_err(|error| failed(&self.path, &error))?.as_str() {
            "ok" => Ok(()),
            damage => Err(problem(&self.path, format!("it is damaged ({damage}); use a copy, or begin anew"))),
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
            Some(run) => Err(problem(&self.path, format!("it is damaged: it has a run {run} that its study has not"))),
        }
    }

    /// Shows all rows of some runs, in order.
    ///
    /// # Errors
    /// If the store cannot be read, or the first one of `each`.
    pub fn rows(
        &self,
        runs: std::ops::Range<u64>,
        traces: bool,
        mut each: impl FnMut(Row) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let failed = |error| failed(&self.path, &error);
        let trace = if traces { "trace" } else { "NULL" };
        let query = format!("SELECT {ROW}, {trace} FROM runs WHERE run >= ?1 AND run < ?2 ORDER BY run");
        let mut statement = self.connection.prepare(&query).map_err(failed)?;
        let ends = [runs.start, runs.end].map(|end| i64::try_from(end).unwrap_or(i64::MAX));
        let mut rows = statement.query(ends).map_err(failed)?;
        while let Some(row) = rows.next().map_err(failed)? {
            let run = row.get::<_, i64>(0).map_err(failed)?.cast_unsigned();
            each(self.read(run, row).map_err(failed)?)?;
        }
        Ok(())
    }

    fn read(&self, run: u64, row: &rusqlite::Row) -> rusqlite::Result<Row> {
        let loss = |column| row.get::<_, Option<f64>>(column).map(|loss| loss.unwrap_or(f64::NAN));
        let trace: Option<Vec<u8>> = row.get(10)?;
        Ok(Row {
            run,
            cell: run / self.about.spec.init.seeds as u64,
            seed: row.get::<_, i64>(1)?.cast_unsigned(),
            finished: row.get(2)?,
            steps: row.get::<_, i64>(3)?.cast_unsigned(),
            train: Figures { loss: loss(4)?, accuracy: row.get(5)? },
            test: if self.about.tested { Some(Figures { loss: loss(6)?, accuracy: row.get(7)? }) } else { None },
            reached: row.get::<_, Option<i64>>(8)?.map(i64::cast_unsigned),
            convergence: loss(9)?,
            trace: trace.map(|bytes| read_trace(&bytes)).unwrap_or_default(),
        })
    }
}

impl Writer {
    /// Opens the store of a study, and makes it if there is none.
    ///
    /// # Errors
    /// If another process has it, it is of another study, part, data or version, or damaged: then the file is not touched.
    pub fn open(path: &Path, study: &Study, shard: Shard) -> Result<Self, Error> {
        if path.exists() {
            check_header(path)?;
        }
        let lock = lock(path)?;
        let about = About {
            spec: study.spec().clone(),
            shard,
            version: VERSION.to_owned(),
            data: fingerprint(study.base()),
            tested: study.base().dataset.test.is_some(),
        };
        if !path.exists() {
            create(path, &about)?;
        }
        let store = Store::open(path)?;
        store.about.is_same(&about).map_err(|other| problem(path, other))?;
        store.check()?;
        drop(store);
        let failed = |error| failed(path, &error);
        let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(failed)?;
        connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL").map_err(failed)?;
        let store = Store::with(path, connection)?;
        Ok(Self { store, waiting: Vec::new(), last: Instant::now(), _lock: lock })
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
        if self.waiting.len() >= BATCH || self.last.elapsed() >= PATIENCE {
            self.commit()?;
        }
        Ok(())
    }

    /// Commits all runs that wait.
    ///
    /// # Errors
    /// As [`Writer::add`].
    pub fn commit(&mut self) -> Result<(), Error> {
        let waiting = std::mem::take(&mut self.waiting);
        insert(&mut self.store.connection, &waiting).map_err(|error| failed(&self.store.path, &error))?;
        self.last = Instant::now();
        Ok(())
    }

    /// Commits what waits and puts everything into the one file.
    ///
    /// # Errors
    /// As [`Writer::add`].
    pub fn close(mut self) -> Result<(), Error> {
        self.commit()?;
        let Self { store: Store { path, connection, .. }, .. } = self;
        connection.close().map_err(|(_, error)| failed(&path, &error))
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
    let _lock = lock(out)?;
    if out.exists() {
        return Err(problem(out, "it is there already; give another name, or delete it first".to_owned()));
    }
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
    let work = temporary_beside(out)?;
    create(work.path(), &about)?;
    let failed_out = |error| failed(out, &error);
    let mut connection = Connection::open(work.path()).map_err(failed_out)?;
    // Cells come in order, from whichever part has them, so that the file is as one machine would have made it.
    let mut heads: Vec<u64> = vec![0; stores.len()];
    let mut count = 0;
    loop {
        let mut batch: Vec<Row> = Vec::new();
        let begin = heads.iter().copied().min().unwrap_or(u64::MAX);
        if begin == u64::MAX {
            break;
        }
        let end = begin.saturating_add(BATCH as u64);
        for (store, head) in stores.iter().zip(&mut heads) {
            if *head < end {
                store.rows(begin..end, true, |row| {
                    batch.push(row);
                    Ok(())
                })?;
                *head = store.next_from(end)?.unwrap_or(u64::MAX);
            }
        }
        batch.sort_by_key(|row| row.run);
        for pair in batch.windows(2) {
            if pair[0].run == pair[1].run && write_row(&pair[0]) != write_row(&pair[1]) {
                return Err(problem(
                    out,
                    format!(
                        "two parts have different results of run {}: they cannot be of the same study",
                        pair[0].run
                    ),
                ));
            }
        }
        batch.dedup_by_key(|row| row.run);
        count += batch.len() as u64;
        insert(&mut connection, &batch).map_err(failed_out)?;
    }
    connection.close().map_err(|(_, error)| failed(out, &error))?;
    work.persist(out).map_err(|error| Error::Write { path: out.display().to_string(), source: error.error })?;
    Ok(count)
}

/// Deletes a store and what lies beside it.
///
/// # Errors
/// If it is none of ours, another process has it, or it cannot be deleted.
pub fn delete(path: &Path) -> Result<(), Error> {
    check_header(path)?;
    let _lock = lock(path)?;
    for file in [beside(path, "-wal"), beside(path, "-shm"), path.to_owned(), beside(path, ".lock")] {
        match std::fs::remove_file(&file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(problem(&file, format!("cannot be deleted: {error}")));
            }
            _ => {}
        }
    }
    Ok(())
}

impl Store {
    /// The first run from a number on.
    fn next_from(&self, run: u64) -> Result<Option<u64>, Error> {
        let run = i64::try_from(run).unwrap_or(i64::MAX);
        let query = "SELECT run FROM runs WHERE run >= ?1 ORDER BY run LIMIT 1";
        let next = self.connection.query_row(query, [run], |row| row.get::<_, i64>(0)).optional();
        Ok(next.map_err(|error| failed(&self.path, &error))?.map(i64::cast_unsigned))
    }
}

impl About {
    /// Whether two are of the same study, part, data and version; otherwise what differs.
    fn is_same(&self, wanted: &Self) -> Result<(), String> {
        if self.version != wanted.version {
            return Err(format!(
                "it was made by headstart {}, whose numbers may differ from those of this version, {}; go on with that \
                 version, or begin anew in another file",
                self.version, wanted.version
            ));
        }
        let (ours, theirs) = (wanted.spec.to_toml(), self.spec.to_toml());
        if ours != theirs {
            let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
            let (ours, theirs) = (lines(&ours), lines(&theirs));
            let only = |a: &[String], b: &[String]| a.iter().find(|line| !b.contains(line)).cloned();
            let (has, asked) = (only(&theirs, &ours), only(&ours, &theirs));
            let none = || "nothing of it".to_owned();
            return Err(format!(
                "it is of another study: it has {}, and asked for is {}; give another file, or delete this one first \
                 (headstart study delete)",
                has.unwrap_or_else(none),
                asked.unwrap_or_else(none)
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

/// Makes an empty store, whole or not at all.
fn create(path: &Path, about: &About) -> Result<(), Error> {
    let work = temporary_beside(path)?;
    let fill = |connection: &mut Connection| {
        connection.pragma_update(None, "application_id", APPLICATION)?;
        connection.pragma_update(None, "user_version", FORMAT)?;
        let transaction = connection.transaction()?;
        transaction.execute_batch(TABLES)?;
        for (key, value) in [
            ("spec", about.spec.to_toml()),
            ("shard", about.shard.to_string()),
            ("version", about.version.clone()),
            ("data", about.data.clone()),
            ("tested", about.tested.to_string()),
        ] {
            transaction.execute("INSERT INTO study VALUES (?1, ?2)", [key, &value])?;
        }
        transaction.commit()
    };
    let mut connection = Connection::open(work.path()).map_err(|error| failed(path, &error))?;
    fill(&mut connection).map_err(|error| failed(path, &error))?;
    connection.close().map_err(|(_, error)| failed(path, &error))?;
    work.persist(path).map_err(|error| Error::Write { path: path.display().to_string(), source: error.error })?;
    Ok(())
}

/// Whether a file says of itself that it is a store of ours; read as bytes, so that it is not touched.
fn check_header(path: &Path) -> Result<(), Error> {
    let mut header = [0; 100];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut header));
    match read {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(problem(path, "there is no such file; headstart sweep and headstart map make one".to_owned()));
        }
        Err(error) if error.kind() != std::io::ErrorKind::UnexpectedEof => {
            return Err(problem(path, format!("cannot be read: {error}")));
        }
        _ => {}
    }
    let number = |at: usize| u32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
    if &header[..16] != b"SQLite format 3\0" || number(68) != APPLICATION {
        return Err(problem(
            path,
            "it is not a study's store; give a file that headstart sweep or map made".to_owned(),
        ));
    }
    match number(60) {
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

/// Takes the lock of a store.
fn lock(path: &Path) -> Result<File, Error> {
    let name = beside(path, ".lock");
    let file = File::options().create(true).append(true).open(&name);
    let file = file.map_err(|source| Error::Write { path: name.display().to_string(), source })?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(problem(
            path,
            "another process works on it; wait for that one, or stop it: what it did is kept".to_owned(),
        )),
        Err(TryLockError::Error(error)) => Err(problem(&name, format!("cannot be locked: {error}"))),
    }
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

fn problem(path: &Path, problem: String) -> Error {
    Error::Store { path: path.display().to_string(), problem }
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
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            format!("it is damaged ({error}); use a copy, or begin anew")
        }
        _ => error.to_string(),
    };
    problem(path, text)
}

/// What tells one data set from another: 128 bits of its shapes, features and targets (`XXH3`).
fn fingerprint(task: &Task) -> String {
    let mut hash = XxHash3_128::new();
    let mut add = |samples: &Samples| {
        hash.write(&(samples.x.nrows() as u64).to_le_bytes());
        hash.write(&(samples.x.ncols() as u64).to_le_bytes());
        samples.x.iter().for_each(|x| hash.write(&x.to_bits().to_le_bytes()));
        match &samples.y {
            Targets::Classes(classes) => classes.iter().for_each(|class| hash.write(&(*class as u64).to_le_bytes())),
            Targets::Values(values) => values.iter().for_each(|y| hash.write(&y.to_bits().to_le_bytes())),
        }
    };
    add(&task.dataset.train);
    task.dataset.test.iter().for_each(&mut add);
    format!("{:032x}", hash.finish_128())
}

/// A row as bytes, to tell two apart.
fn write_row(row: &Row) -> Vec<u8> {
    let figures = |figures: Figures| (figures.loss.to_bits(), figures.accuracy.map(f64::to_bits));
    let numbers = (row.cell, row.seed, row.finished, row.steps, row.reached, row.convergence.to_bits());
    let mut bytes = format!("{numbers:?} {:?} {:?}", figures(row.train), row.test.map(figures)).into_bytes();
    bytes.extend(write_trace(&row.trace));
    bytes
}

/// Step and loss of every record, 8 bytes each, low byte first.
fn write_trace(trace: &[Record]) -> Vec<u8> {
    trace.iter().flat_map(|record| [(record.step as u64).to_le_bytes(), record.loss.to_le_bytes()]).flatten().collect()
}

fn read_trace(bytes: &[u8]) -> Vec<Record> {
    let (pairs, _) = bytes.as_chunks::<16>();
    let of = |pair: &[u8; 16]| {
        let (step, loss) = pair.split_at(8);
        let bytes = |half: &[u8]| <[u8; 8]>::try_from(half).unwrap_or_default();
        Record { step: u64::from_le_bytes(bytes(step)) as usize, loss: f64::from_le_bytes(bytes(loss)) }
    };
    pairs.iter().map(of).collect()
}
