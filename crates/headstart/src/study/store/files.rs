//! The files of a store: the one that it is, and those that `SQLite` keeps beside it while it is written.
//!
//! They are read as bytes here, before `SQLite` sees them: it trusts whatever has their names, and would take a file that an
//! older store has left, or that is somebody's notes, for a part of this one.

use super::connection;
use super::lock::Lock;
use super::names::beside;
use super::problem::{failed, problem};
use crate::error::Error;
use crate::io::resolved;
use std::fs::File;
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Says in the file's header that it is a store of ours: "Hdst".
pub const APPLICATION: u32 = 0x4864_7374;

/// Says there that its deletion was begun: "Hdel".
const DELETED: u32 = 0x4864_656c;

/// Where the header says so, and where it has the version of the tables.
const APPLICATION_AT: usize = 68;
const VERSION_AT: usize = 60;

/// The newest rows, what a change can be undone with, and the index of the first.
const HELPERS: [&str; 3] = ["-wal", "-journal", "-shm"];

/// What the first bytes of a store say of it.
#[derive(Clone, Copy, Debug)]
pub struct Header {
    /// The version of its tables.
    pub version: u32,
    /// Whether its deletion was begun, and not finished.
    pub is_deleted: bool,
    /// Whether its newest rows may be in another file.
    writes_ahead: bool,
}

/// The file that a path leads to: a store and what lies beside it have the name of the file, and not of a link to it.
///
/// # Errors
/// If it is a link that leads to itself.
pub fn led(path: &Path) -> Result<PathBuf, Error> {
    let led = if path.is_symlink() { resolved(path) } else { path.to_owned() };
    if led.is_symlink() {
        return Err(problem(path, "it is a link that leads to no file, but to itself".to_owned()));
    }
    Ok(led)
}

/// The header of a file that says of itself that it is a store, of whatever version.
///
/// # Errors
/// If there is none, or it is none.
pub fn header(path: &Path) -> Result<Header, Error> {
    let bytes = match path.metadata() {
        // To open a pipe would wait for whoever writes into it.
        Ok(there) if !there.is_file() => {
            return Err(problem(
                path,
                "it is a folder, a pipe or a device, and no store; give a file that headstart sweep or map made"
                    .to_owned(),
            ));
        }
        Ok(_) => first_bytes::<100>(path),
        Err(error) => Err(error),
    };
    let bytes = match bytes {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Err(problem(path, "there is no such file; headstart sweep and headstart map make one".to_owned()));
        }
        Err(error) => return Err(problem(path, format!("cannot be read: {error}"))),
        Ok(bytes) => bytes,
    };
    let application = number(&bytes, APPLICATION_AT);
    if &bytes[..16] != b"SQLite format 3\0" || ![APPLICATION, DELETED].contains(&application) {
        return Err(problem(
            path,
            "it is not a study's store; give a file that headstart sweep or map made".to_owned(),
        ));
    }
    let version = number(&bytes, VERSION_AT);
    Ok(Header { version, is_deleted: application == DELETED, writes_ahead: bytes[18] == 2 })
}

/// The first bytes of a file; zeros where it ends before.
fn first_bytes<const N: usize>(path: &Path) -> std::io::Result<[u8; N]> {
    let mut bytes = Vec::with_capacity(N);
    File::open(path)?.take(N as u64).read_to_end(&mut bytes)?;
    bytes.resize(N, 0);
    Ok(bytes.try_into().unwrap_or([0; N]))
}

fn number(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).map_or(0, |four| u32::from_be_bytes([four[0], four[1], four[2], four[3]]))
}

/// What lies under the name of a helper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Helper {
    Absent,
    /// Nothing that `SQLite` would read: it was made, and then its process was killed, or it is an index.
    Idle,
    /// A part of the store.
    Live,
}

/// What `SQLite` would find under the name of a helper.
///
/// # Errors
/// If it is not of `SQLite`'s making, which would replace or delete it.
fn helper(path: &Path, ending: &str) -> Result<Helper, Error> {
    let name = beside(path, ending);
    let is_file = match name.symlink_metadata() {
        Ok(there) => there.is_file(),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Helper::Absent),
        Err(error) => return Err(problem(&name, format!("cannot be read: {error}"))),
    };
    if is_file {
        let first = match first_bytes::<28>(&name) {
            Ok(first) => first,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Helper::Absent),
            Err(error) => return Err(problem(&name, format!("cannot be read: {error}"))),
        };
        let is_live = match ending {
            "-wal" => [0x377f_0682, 0x377f_0683].contains(&number(&first, 0)),
            "-journal" => first[..8] == JOURNAL,
            _ => false,
        };
        if is_live {
            return Ok(Helper::Live);
        }
        let is_idle = match ending {
            // The version of the index's format, in the order of bytes of the machine.
            "-shm" => u32::from_ne_bytes([first[0], first[1], first[2], first[3]]) == 3_007_000,
            // A journal that does not count yet has its sizes, but not its beginning.
            "-journal" => first[..8] == [0; 8] && [20, 24].iter().all(|&at| number(&first, at).is_power_of_two()),
            _ => false,
        };
        if is_idle || first == [0; 28] {
            return Ok(Helper::Idle);
        }
    }
    let whose = format!(
        "SQLite keeps a part of the store {} under this name, and this is none of its files; move it, or give the store \
         another name",
        path.display()
    );
    Err(problem(&name, whose))
}

/// What the journal of `SQLite` begins with once it counts.
const JOURNAL: [u8; 8] = [0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];

/// Makes a store one that can be opened by whoever may only read it, whenever its process was killed: a change that was not
/// finished is undone. Where another process works on it, that is its business.
///
/// # Errors
/// If that cannot be done here, or what lies beside it is not its own: then nothing is touched.
pub fn settle(path: &Path, lock: Option<&Lock>) -> Result<(), Error> {
    let [wal, journal, _] = HELPERS.map(|ending| helper(path, ending));
    let (wal, journal) = (wal?, journal?);
    helper(path, "-shm")?;
    // It says so before it has such a file, and until it has none.
    let is_stale = wal == Helper::Live && !header(path)?.writes_ahead;
    if journal != Helper::Live && !is_stale {
        return Ok(());
    }
    let Some(_) = lock else {
        return match Lock::take_if_free(path) {
            Ok(Some(lock)) => settle(path, Some(&lock)),
            Ok(None) => Ok(()),
            Err(_) if is_over(path)? => Ok(()),
            Err(error) => Err(problem(
                path,
                format!(
                    "the process that wrote it was killed in the middle of a change, and nothing can be written in its \
                     folder to undo that ({error}); copy it and its -journal file to another folder, and look at it there"
                ),
            )),
        };
    };
    if is_stale {
        return Err(not_of(path, "-wal"));
    }
    check_journal(path)?;
    let undone = connection::open(path, connection::Access::Write).and_then(|connection| {
        connection.query_row("SELECT count(*) FROM sqlite_master", [], |_| Ok(()))?;
        connection.close().map_err(|(_, error)| error)
    });
    undone.map_err(|error| failed(path, &error))
}

/// Whether what a process that lives was in the middle of is over soon: for those who may not look at its lock.
fn is_over(path: &Path) -> Result<bool, Error> {
    for _ in 0..20 {
        std::thread::sleep(Duration::from_millis(10));
        let is_stale = helper(path, "-wal")? == Helper::Live && !header(path)?.writes_ahead;
        if helper(path, "-journal")? != Helper::Live && !is_stale {
            return Ok(true);
        }
    }
    Ok(false)
}

fn not_of(path: &Path, ending: &str) -> Error {
    let of = format!(
        "it is not of the store {} beside it, but of one that had its name before; move it, or delete it",
        path.display()
    );
    problem(&beside(path, ending), of)
}

/// Whether a journal is of the store beside it, and of nothing else: `SQLite` would write any other one into it, too.
fn check_journal(path: &Path) -> Result<(), Error> {
    let journal = Journal::read(path)?;
    let mut page = vec![0; journal.page.len()];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut page));
    let is_same = |range: std::ops::Range<usize>| journal.page.get(range.clone()) == page.get(range);
    // Page 1 as it was is page 1 as it is, but for the way of writing and counters of changes. All changes of ours outside
    // of the file that rows are first written to are of this page alone; of others no more is known than that.
    let is_whole = |&(from, to): &(usize, usize)| is_same(from..to);
    let parts = [(0, 18), (20, 24), (40, 92), (100, journal.page.len())];
    let is_ours = !journal.names_another
        && read.is_ok()
        && (journal.page.is_empty() || parts.iter().all(is_whole))
        && (journal.records > 1 || is_same(28..40));
    if is_ours { Ok(()) } else { Err(not_of(path, "-journal")) }
}

/// What `SQLite` would undo: see its "Database File Format", section 3.
struct Journal {
    records: u32,
    /// The first page of the store, if that was the first to be changed.
    page: Vec<u8>,
    /// Whether it belongs together with journals of other databases.
    names_another: bool,
}

impl Journal {
    fn read(path: &Path) -> Result<Self, Error> {
        let name = beside(path, "-journal");
        let read = || -> std::io::Result<Self> {
            let header = first_bytes::<28>(&name)?;
            let (sector, size) = (number(&header, 20), number(&header, 24));
            let mut file = File::open(&name)?;
            let length = file.metadata()?.len();
            let mut last = [0; 8];
            file.seek(SeekFrom::Start(length.saturating_sub(8)))?;
            file.read_exact(&mut last)?;
            file.seek(SeekFrom::Start(sector.into()))?;
            let mut record = Vec::new();
            file.take(4 + u64::from(size.min(1 << 16))).read_to_end(&mut record)?;
            let is_first = number(&record, 0) == 1 && record.len() == 4 + size as usize;
            let page = if is_first { record.split_off(4) } else { Vec::new() };
            Ok(Self { records: number(&header, 8), page, names_another: last == JOURNAL && length > sector.into() })
        };
        read().map_err(|error| problem(&name, format!("cannot be read: {error}")))
    }
}

/// Where there is no store, nothing of one may be left: `SQLite` would take it for a part of the new one. What is of no use
/// without the old one is cleared away.
///
/// # Errors
/// If there is something that is, or is none of ours.
pub fn clear_leftovers(path: &Path) -> Result<(), Error> {
    let found = HELPERS.map(|ending| helper(path, ending));
    let mut here = Vec::new();
    for (found, ending) in found.into_iter().zip(HELPERS) {
        let found = found?;
        if ending == "-wal" && found == Helper::Live {
            return Err(problem(
                &beside(path, ending),
                format!(
                    "it has runs of a store {} that is not there any more; put that back, or delete this file too",
                    path.display()
                ),
            ));
        }
        if ending == "-journal" && found == Helper::Live {
            let page = Journal::read(path)?.page;
            if number(&page, APPLICATION_AT) != APPLICATION {
                return Err(not_of(path, ending));
            }
        }
        here.extend((found != Helper::Absent).then_some(ending));
    }
    here.into_iter().try_for_each(|ending| remove(&beside(path, ending)))
}

/// Deletes a store with all that `SQLite` keeps beside it, whoever put it there. If that is interrupted, the store says so:
/// with some of its files gone it must never be read again.
///
/// # Errors
/// If something cannot be deleted.
pub fn delete(path: &Path, _: &Lock) -> Result<(), Error> {
    for name in HELPERS.map(|ending| beside(path, ending)) {
        if name.symlink_metadata().is_ok_and(|there| there.is_dir()) {
            return Err(problem(&name, "cannot be deleted: it is a folder".to_owned()));
        }
    }
    let marked = File::options().write(true).open(path).and_then(|mut file| {
        file.seek(SeekFrom::Start(APPLICATION_AT as u64))?;
        file.write_all(&DELETED.to_be_bytes())?;
        file.sync_all()
    });
    marked.map_err(|error| problem(path, format!("cannot be deleted: {error}")))?;
    HELPERS.iter().try_for_each(|ending| remove(&beside(path, ending)))?;
    remove(path)
}

/// Where the file of the newest rows is still there when all of them are in the store, it is emptied. That it cannot be removed
/// `SQLite` tells nobody, and the next to open the store would take it for another's.
///
/// # Errors
/// If it can be neither.
pub fn empty_wal(path: &Path) -> Result<(), Error> {
    let name = beside(path, "-wal");
    match File::options().write(true).open(&name).and_then(|file| file.set_len(0)) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            let problem_is = format!(
                "all of it is in the store {} now, but it can be neither deleted nor emptied ({error}); delete it",
                path.display()
            );
            Err(problem(&name, problem_is))
        }
        _ => Ok(()),
    }
}

/// Deletes a file, if there is one.
///
/// # Errors
/// If it cannot be deleted.
pub fn remove(file: &Path) -> Result<(), Error> {
    match std::fs::remove_file(file) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(problem(file, format!("cannot be deleted: {error}"))),
        _ => Ok(()),
    }
}

/// How many bytes a store takes, with those that are not in its own file yet.
pub fn size(path: &Path) -> u64 {
    let length = |file: &Path| file.metadata().map_or(0, |about| about.len());
    length(path).saturating_add(length(&beside(path, "-wal")))
}
