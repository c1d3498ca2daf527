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

use super::{Row, Study, StudySpec};
use crate::data::{Samples, Targets};
use crate::error::Error;
use crate::io::temporary_beside;
use crate::run::{Figures, Record};
use crate::task::Task;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, params};
use std::fs::{File, Metadata, TryLockError};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::{Duration, Instant};
use twox_hash::{XxHash3_64, XxHash3_128};

/// The program's version, which a study is finished with.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Says in the file's header that it is a store of ours: "Hdst".
const APPLICATION: u32 = 0x4864_7374;

/// The version of the tables.
const FORMAT: u32 = 1;

/// Results wait for no longer than this before they are committed, and no more of them.
const PATIENCE: Duration = Duration::from_millis(250);
const BATCH: usize = 10_000;

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
    /// Since when the first of them waits.
    since: Option<Instant>,
    /// The store's file, to see whether it is still where it was.
    file: Identity,
    lock: Lock,
}

const TABLES: &str = "
    CREATE TABLE study (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE runs (
        run INTEGER PRIMARY KEY, seed INTEGER NOT NULL, finished INTEGER NOT NULL, steps INTEGER NOT NULL,
        train_loss REAL, train_accuracy REAL, test_loss REAL, test_accuracy REAL,
        reached INTEGER, convergence REAL, checksum INTEGER NOT NULL, trace BLOB
    ) STRICT;";

const INSERT: &str = "INSERT INTO runs VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";

const ROW: &str =
    "run, seed, finished, steps, train_loss, train_accuracy, test_loss, test_accuracy, reached, convergence, checksum";

impl Store {
    /// Whether a file is a store, of whatever version and in whatever state.
    pub fn is_one(path: &Path) -> bool {
        tables_version(path).is_ok()
    }

    /// Opens a store to look at it.
    ///
    /// # Errors
    /// If there is none, it is none of ours, damaged, or of another version of the tables. The file is not touched.
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
            value.ok_or_else(|| damaged(path, &format!("it has no {key}")))
        };
        let values = KEYS.iter().map(|key| value(key)).collect::<Result<Vec<_>, _>>()?;
        if value("checksum")? != checksum_of_texts(&values) {
            return Err(damaged(path, "what it says of its study is not what was written"));
        }
        let version = value("version")?;
        let [spec, shard, folder, data, tested] = &values[..] else {
            return Err(damaged(path, "it does not say what it is of"));
        };
        let about = About {
            spec: StudySpec::from_toml(spec).map_err(|error| {
                let problem = format!(
                    "it was made by headstart {version}, and this is headstart {VERSION}, which cannot read its study: \
                     {error}"
                );
                self::problem(path, problem)
            })?,
            shard: shard.parse().map_err(|error: String| problem(path, error))?,
            version,
            folder: folder.into(),
            data: data.clone(),
            tested: tested == "true",
        };
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
            damage => Err(damaged(&self.path, &damage.replace('\n', " "))),
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
            let (row, checksum, trace) = self.read(run, row).map_err(failed)?;
            let trace = trace.map_or(Some(Vec::new()), |bytes| read_trace(&bytes));
            let Some(trace) = trace.filter(|_| checksum == self::checksum(&row)) else {
                return Err(damaged(&self.path, &format!("run {run} is not what was written")));
            };
            each(Row { trace, ..row })?;
        }
        Ok(())
    }

    /// A row, its checksum, and its trace's bytes.
    fn read(&self, run: u64, row: &rusqlite::Row) -> rusqlite::Result<(Row, i64, Option<Vec<u8>>)> {
        let loss = |column| row.get::<_, Option<f64>>(column).map(|loss| loss.unwrap_or(f64::NAN));
        let of_row = Row {
            run,
            cell: run / self.about.spec.init.seeds.most() as u64,
            seed: row.get::<_, i64>(1)?.cast_unsigned(),
            finished: row.get(2)?,
            steps: row.get::<_, i64>(3)?.cast_unsigned(),
            train: Figures { loss: loss(4)?, accuracy: row.get(5)? },
            test: if self.about.tested { Some(Figures { loss: loss(6)?, accuracy: row.get(7)? }) } else { None },
            reached: row.get::<_, Option<i64>>(8)?.map(i64::cast_unsigned),
            convergence: loss(9)?,
            trace: Vec::new(),
        };
        Ok((of_row, row.get(10)?, row.get(11)?))
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
        let runs = shard.share(study.cells()).saturating_mul(study.seeds());
        if runs > MOST_RUNS {
            return Err(Error::Usage(format!(
                "{runs} runs are more than the {MOST_RUNS} of one store; use fewer values or seeds, or more parts (as in \
                 --shard 1/{})",
                (shard.of as f64 * (runs as f64 / MOST_RUNS as f64)).ceil()
            )));
        }
        if path.exists() {
            check_header(path)?;
        }
        let lock = Lock::take(path)?;
        let about = About {
            spec: study.spec().clone(),
            shard,
            version: VERSION.to_owned(),
            folder: std::env::current_dir().unwrap_or_default(),
            data: fingerprint(study.base()),
            tested: study.base().dataset.test.is_some(),
        };
        if !path.exists() {
            create(path, &about)?;
        }
        let store = Store::open(path)?;
        store.about.is_same(&about).map_err(|other| problem(path, other))?;
        store.check()?;
        store.rows(0..u64::MAX, true, |_| Ok(()))?;
        drop(store);
        let failed = |error| failed(path, &error);
        let file = Identity::of(path).map_err(|error| problem(path, format!("cannot be read: {error}")))?;
        let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(failed)?;
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
                "it, or its .lock, was deleted, moved or replaced while it was written; put it back together with its \
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
            other => other.map_err(|error| failed(&path, &error))?,
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
    let _lock = Lock::take(out)?;
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
    check_leftovers(out)?;
    let work = temporary_beside(out)?;
    fill(work.path(), &about).map_err(|error| failed(out, &error))?;
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
            let [bytes, others] = [&pair[0], &pair[1]].map(|row| (checksum(row), write_trace(&row.trace)));
            if pair[0].run == pair[1].run && bytes != others {
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

/// Whether a file is a store, of whatever version.
///
/// # Errors
/// If it is none, or cannot be read.
pub fn check_is_store(path: &Path) -> Result<(), Error> {
    tables_version(path).map(|_| ())
}

/// Deletes a store and what lies beside it.
///
/// # Errors
/// If it is none of ours, another process has it, or it cannot be deleted.
pub fn delete(path: &Path) -> Result<(), Error> {
    // Of whatever version.
    tables_version(path)?;
    let _lock = Lock::take(path)?;
    for file in [beside(path, "-wal"), beside(path, "-shm"), path.to_owned()] {
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

/// What a store says of itself besides the version, in the order in which its checksum has it.
const KEYS: [&str; 5] = ["spec", "shard", "folder", "data", "tested"];

/// Makes an empty store, whole or not at all.
fn create(path: &Path, about: &About) -> Result<(), Error> {
    check_leftovers(path)?;
    let work = temporary_beside(path)?;
    fill(work.path(), about).map_err(|error| failed(path, &error))?;
    work.persist(path).map_err(|error| Error::Write { path: path.display().to_string(), source: error.error })?;
    Ok(())
}

/// Makes the tables in an empty file.
fn fill(path: &Path, about: &About) -> rusqlite::Result<()> {
    let mut connection = Connection::open(path)?;
    connection.pragma_update(None, "application_id", APPLICATION)?;
    connection.pragma_update(None, "user_version", FORMAT)?;
    let transaction = connection.transaction()?;
    transaction.execute_batch(TABLES)?;
    let values = [
        about.spec.to_toml(),
        about.shard.to_string(),
        about.folder.display().to_string(),
        about.data.clone(),
        about.tested.to_string(),
    ];
    let others = [("checksum", checksum_of_texts(&values)), ("version", about.version.clone())];
    for (key, value) in KEYS.into_iter().zip(values).chain(others) {
        transaction.execute("INSERT INTO study VALUES (?1, ?2)", [key, &value])?;
    }
    transaction.commit()?;
    connection.close().map_err(|(_, error)| error)
}

/// Where there is no store, nothing of one may be left: `SQLite` would take it for a part of the new one.
fn check_leftovers(path: &Path) -> Result<(), Error> {
    let wal = beside(path, "-wal");
    if wal.metadata().is_ok_and(|about| about.len() > 0) {
        return Err(problem(
            &wal,
            format!(
                "it has runs of a store {} that is not there any more; put that back, or delete this file too",
                path.display()
            ),
        ));
    }
    for empty in [wal, beside(path, "-shm")] {
        match std::fs::remove_file(&empty) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(problem(&empty, format!("cannot be deleted: {error}")));
            }
            _ => {}
        }
    }
    Ok(())
}

/// The version of the tables of a file that says of itself that it is a store; read as bytes, so that nothing is touched.
fn tables_version(path: &Path) -> Result<u32, Error> {
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
    Ok(number(60))
}

/// Whether a file says of itself that it is a store that can be read.
fn check_header(path: &Path) -> Result<(), Error> {
    match tables_version(path)? {
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

/// A store's lock: held as long as this lives. The system lets go of it however the process ends; the file may then stay.
#[derive(Debug)]
struct Lock {
    path: PathBuf,
    file: Identity,
    held: File,
}

impl Lock {
    fn take(path: &Path) -> Result<Self, Error> {
        let name = beside(path, ".lock");
        loop {
            let held = File::options().create(true).append(true).open(&name);
            let held = held.map_err(|source| Error::Write { path: name.display().to_string(), source })?;
            match held.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    return Err(problem(
                        path,
                        "another process works on it; wait for that one, or stop it: what it did is kept".to_owned(),
                    ));
                }
                Err(TryLockError::Error(error)) => return Err(problem(&name, format!("cannot be locked: {error}"))),
            }
            let file = held.metadata().map(|about| Identity::new(&about));
            let file = file.map_err(|error| problem(&name, format!("cannot be read: {error}")))?;
            // Whoever had it may have deleted it between these two lines: then it keeps nobody else out.
            if file.is_at(&name) {
                return Ok(Self { path: name, file, held });
            }
        }
    }

    fn is_there(&self) -> bool {
        self.file.is_at(&self.path)
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        if self.is_there() {
            // If it stays, nothing comes of it.
            let _ = std::fs::remove_file(&self.path);
        }
        let _ = self.held.unlock();
    }
}

/// What tells a file from another one of the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Identity([u64; 2]);

impl Identity {
    #[cfg(unix)]
    fn new(about: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        Self([about.dev(), about.ino()])
    }

    /// Elsewhere a file that is open cannot be replaced.
    #[cfg(not(unix))]
    fn new(_: &Metadata) -> Self {
        Self([0, 0])
    }

    fn of(path: &Path) -> std::io::Result<Self> {
        path.metadata().map(|about| Self::new(&about))
    }

    fn is_at(self, path: &Path) -> bool {
        Self::of(path).is_ok_and(|there| there == self)
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
        None | Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => return damaged(path, &error.to_string()),
        Some(ErrorCode::DatabaseBusy) => "another process is reading it; wait for that one, and try again".to_owned(),
        Some(ErrorCode::CannotOpen) if beside(path, "-wal").exists() => format!(
            "it cannot be opened ({error}): the process that wrote it was killed, and nothing can be written in its folder; \
             copy it and its -wal file to another folder, and look at it there"
        ),
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

/// What tells whether a row is read as it was written: all of it but the trace, as the file has it.
fn checksum(row: &Row) -> i64 {
    // No number is the same as any other no number, and SQLite knows no negative zero.
    let bits = |x: f64| if x.is_nan() { f64::NAN.to_bits() } else { (x + 0.0).to_bits() };
    let or_none = |x: Option<u64>| [u64::from(x.is_some()), x.unwrap_or(0)];
    let of = |figures: Option<Figures>| {
        let [there, accuracy] = or_none(figures.and_then(|figures| figures.accuracy).map(bits));
        [bits(figures.map_or(f64::NAN, |figures| figures.loss)), there, accuracy]
    };
    let [reached, at] = or_none(row.reached);
    let (train, test) = (of(Some(row.train)), of(row.test));
    let numbers = [
        [row.run, row.seed, u64::from(row.finished)],
        [row.steps, reached, at],
        train,
        test,
        [bits(row.convergence), u64::from(row.test.is_some()), 0],
    ];
    let mut bytes = [0; 8 * 15];
    for (to, number) in bytes.chunks_exact_mut(8).zip(numbers.into_iter().flatten()) {
        to.copy_from_slice(&number.to_le_bytes());
    }
    XxHash3_64::oneshot(&bytes).cast_signed()
}

fn checksum_of_texts(texts: &[String]) -> String {
    format!("{:016x}", XxHash3_64::oneshot(texts.join("\0").as_bytes()))
}

/// Step and loss of every record, 8 bytes each, low byte first; and a checksum.
fn write_trace(trace: &[Record]) -> Vec<u8> {
    let pairs = trace.iter().flat_map(|record| [(record.step as u64).to_le_bytes(), record.loss.to_le_bytes()]);
    let mut bytes: Vec<u8> = pairs.flatten().collect();
    bytes.extend(XxHash3_64::oneshot(&bytes).to_le_bytes());
    bytes
}

/// The trace; none if it is not what was written.
fn read_trace(bytes: &[u8]) -> Option<Vec<Record>> {
    let (bytes, checksum) = bytes.split_last_chunk::<8>()?;
    if XxHash3_64::oneshot(bytes) != u64::from_le_bytes(*checksum) {
        return None;
    }
    let (numbers, _) = bytes.as_chunks::<8>();
    let (pairs, _) = numbers.as_chunks::<2>();
    let of = |[step, loss]: &[[u8; 8]; 2]| Record {
        step: u64::from_le_bytes(*step) as usize,
        loss: f64::from_le_bytes(*loss),
    };
    Some(pairs.iter().map(of).collect())
}
