//! How stores are opened: as files that anybody may have made.
//!
//! `SQLite` files can have views, triggers and expressions that run when they are looked at, and trees that go in circles.
//! Only files with our tables and nothing else are read, and nothing of them is run (see `SQLite`'s "Defense Against The Dark
//! Arts").

use super::failures;
use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{Connection, OpenFlags};
use std::path::Path;
use std::time::Duration;

/// The tables of a store.
pub const TABLES: &str = "
    CREATE TABLE study (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE runs (
        run INTEGER PRIMARY KEY, seed INTEGER NOT NULL, finished INTEGER NOT NULL, steps INTEGER NOT NULL,
        train_loss REAL, train_accuracy REAL, test_loss REAL, test_accuracy REAL,
        reached INTEGER, convergence REAL, checksum INTEGER NOT NULL, trace BLOB
    ) STRICT;";

/// No value of a store is longer: 8 million records of a trace.
pub const MOST_BYTES: i32 = 1 << 27;

/// So many instructions are enough to see what a file is, by far.
const PATIENCE: [i32; 2] = [1_000, 2_000];

/// What a store is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// To look at it.
    Read,
    /// To add to it.
    Write,
}

/// Opens a file that is there.
///
/// # Errors
/// If it cannot be opened; its content is not looked at yet.
pub fn open(path: &Path, access: Access) -> rusqlite::Result<Connection> {
    let access = match access {
        Access::Read => OpenFlags::SQLITE_OPEN_READ_ONLY,
        Access::Write => OpenFlags::SQLITE_OPEN_READ_WRITE,
    };
    // Some names mean something else than a file, unless they begin with a folder.
    let path = Path::new(".").join(path);
    let connection = Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(Duration::from_secs(10))?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    for off in [
        DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA,
        DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW,
        DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER,
    ] {
        connection.set_db_config(off, false)?;
    }
    for (limit, most) in [
        (Limit::SQLITE_LIMIT_LENGTH, MOST_BYTES),
        (Limit::SQLITE_LIMIT_SQL_LENGTH, 10_000),
        (Limit::SQLITE_LIMIT_ATTACHED, 0),
        (Limit::SQLITE_LIMIT_EXPR_DEPTH, 20),
    ] {
        connection.set_limit(limit, most)?;
    }
    connection.pragma_update(None, "cell_size_check", true)?;
    Ok(connection)
}

/// Makes the tables in an empty file of another name, which takes the store's when it is whole: until then nothing of it is
/// worth a journal.
///
/// # Errors
/// If it cannot be written.
pub fn create(path: &Path, application: u32, version: u32) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(Path::new(".").join(path), flags)?;
    connection.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF")?;
    connection.pragma_update(None, "application_id", application)?;
    connection.pragma_update(None, "user_version", version)?;
    connection.execute_batch(TABLES)?;
    Ok(connection)
}

/// Looks at a file, and gives up on one that would keep it busy without end.
///
/// # Errors
/// As `look`; or that it was interrupted.
pub fn impatiently<T>(
    connection: &mut Connection,
    look: impl FnOnce(&Connection) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    let [every, mut left] = PATIENCE;
    let is_over = move || {
        left -= 1;
        left < 0
    };
    connection.progress_handler(every, Some(is_over))?;
    let seen = look(connection);
    connection.progress_handler(0, None::<fn() -> bool>)?;
    seen
}

/// Whether a file has the tables of a store, and nothing else that could be meant by their names or run when they are used.
///
/// # Errors
/// If it cannot be read.
pub fn has_our_tables(connection: &Connection) -> rusqlite::Result<bool> {
    let ours = Connection::open_in_memory()?;
    ours.execute_batch(TABLES)?;
    let theirs = schema(connection)?;
    if theirs == schema(&ours)? {
        return Ok(true);
    }
    ours.execute_batch(failures::TABLE)?;
    Ok(theirs == schema(&ours)?)
}

/// Whether a file with our tables has that of runs that could not be done.
///
/// # Errors
/// If it cannot be read.
pub fn has_failures(connection: &Connection) -> rusqlite::Result<bool> {
    let mut statement = connection.prepare_cached("SELECT 1 FROM sqlite_master WHERE name = 'failed'")?;
    statement.exists([])
}

fn schema(connection: &Connection) -> rusqlite::Result<Vec<[Option<String>; 4]>> {
    let mut statement = connection.prepare("SELECT type, name, tbl_name, sql FROM sqlite_master LIMIT 9")?;
    let rows = statement.query_map([], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?]))?;
    rows.collect()
}
