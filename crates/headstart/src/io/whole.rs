//! Files that are written whole or not at all.

use super::place::folder;
use super::{Unwritten, check_regular, given_up, resolved};
use std::ffi::{OsStr, OsString};
use std::fs::{File, TryLockError};
use std::io::Write;
use std::path::Path;
use twox_hash::XxHash3_64;

/// Writes a file whole or not at all: under a temporary name in the same folder, then renamed.
///
/// # Errors
/// If the file cannot be written; what was there before is then still there.
pub fn write_whole(path: &Path, contents: &[u8]) -> Result<(), Unwritten> {
    write_through(path, |file| file.write_all(contents).map_err(|source| Unwritten::new(path, source)))
}

/// The same for what is too large to be held in memory, or what another library writes.
///
/// # Errors
/// If the file cannot be written, or `write` fails; what was there before is then still there.
pub fn write_through<E: From<Unwritten>>(
    path: &Path,
    write: impl FnOnce(&mut std::fs::File) -> Result<(), E>,
) -> Result<(), E> {
    check_regular(path)?;
    // A link stays one, and what it leads to is written.
    let path = &if path.is_symlink() { resolved(path) } else { path.to_owned() };
    let failed = |source| Unwritten::new(path, source);
    let mut file = temporary_beside(path)?;
    write(file.as_file_mut())?;
    file.as_file().sync_all().map_err(failed)?;
    given_up::check().map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}

/// A new file under a temporary name in the folder of another.
///
/// The name says whose it is, and the file is locked as long as its process lives: what one that was killed has left of the same
/// file is removed, and nothing else is.
pub(crate) fn temporary_beside(path: &Path) -> Result<tempfile::NamedTempFile, Unwritten> {
    let prefix = prefix(path.file_name().unwrap_or_default());
    remove_leftovers(folder(path), &prefix);
    loop {
        let mut builder = tempfile::Builder::new();
        builder.prefix(&prefix).rand_bytes(RANDOM).permissions_of_new_files();
        let file = builder.tempfile_in(folder(path)).map_err(|source| Unwritten::new(path, source))?;
        if !LOCKS {
            return Ok(file);
        }
        let is_safe = match file.as_file().try_lock() {
            // Somebody who cleans up may have been faster than the lock.
            Ok(()) => file.path().symlink_metadata().is_ok(),
            Err(TryLockError::WouldBlock) => false,
            // Where there are no locks, nothing is removed.
            Err(TryLockError::Error(_)) => true,
        };
        if is_safe {
            return Ok(file);
        }
    }
}

/// Letters behind the name of what it will be.
const RANDOM: usize = 6;

/// A lock is advice; where it is an order, others could not write the file by its name.
const LOCKS: bool = cfg!(unix);

/// What `SQLite` keeps beside a database, and nothing beside any other file.
const HELPERS: [&str; 4] = ["", "-journal", "-wal", "-shm"];

/// The beginning of the temporary names of a file. Of a name that is long its hash, as there is a limit.
fn prefix(name: &OsStr) -> OsString {
    let mut prefix = OsString::from(".headstart-");
    if name.len() <= 180 {
        prefix.push(name);
    } else {
        prefix.push(format!("{:016x}", XxHash3_64::oneshot(name.as_encoded_bytes())));
    }
    prefix.push("-");
    prefix
}

/// Removes what a process has left that no longer runs. What cannot be removed does no harm.
fn remove_leftovers(folder: &Path, prefix: &OsStr) {
    if !LOCKS {
        return;
    }
    // The file that a name belongs to, if it is a temporary one.
    let belongs_to = |name: &OsStr| {
        let rest = std::str::from_utf8(name.as_encoded_bytes().strip_prefix(prefix.as_encoded_bytes())?).ok()?;
        let (random, helper) = rest.split_at_checked(RANDOM)?;
        let is_ours = random.bytes().all(|letter| letter.is_ascii_alphanumeric()) && HELPERS.contains(&helper);
        let mut whose = prefix.to_owned();
        whose.push(random);
        is_ours.then(|| folder.join(whose))
    };
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        let Some(whose) = belongs_to(&entry.file_name()).filter(|_| is_file) else {
            continue;
        };
        // Held until it is removed, so that nobody takes it up meanwhile.
        let held = File::open(whose);
        let is_abandoned = match &held {
            Ok(file) => file.try_lock().is_ok(),
            Err(error) => error.kind() == std::io::ErrorKind::NotFound,
        };
        if is_abandoned {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// Temporary files are private, results are not.
trait Permissions {
    fn permissions_of_new_files(&mut self) -> &mut Self;
}

impl Permissions for tempfile::Builder<'_, '_> {
    fn permissions_of_new_files(&mut self) -> &mut Self {
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // What the umask leaves of it, as for any new file.
            self.permissions(std::fs::Permissions::from_mode(0o666));
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_written_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        write_whole(&path, b"one").unwrap();
        write_whole(&path, b"two").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        let nowhere = folder.path().join("missing").join("a.txt");
        assert!(write_whole(&nowhere, b"x").unwrap_err().to_string().contains("cannot be written"));
    }

    /// A kill leaves the file, and lets go of the lock.
    fn killed(file: tempfile::NamedTempFile) -> std::path::PathBuf {
        file.keep().unwrap().1
    }

    #[cfg(unix)]
    #[test]
    fn what_a_kill_has_left_is_removed_by_the_next_one_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let left = killed(temporary_beside(&at("a.db")).unwrap());
        let journal = |of: &Path| std::path::PathBuf::from(format!("{}-journal", of.display()));
        std::fs::write(journal(&left), "").unwrap();
        // One that lives, and its journal.
        let alive = temporary_beside(&at("a.db")).unwrap();
        assert!(!left.exists() && !journal(&left).exists());
        std::fs::write(journal(alive.path()), "").unwrap();
        // Of another file, and what only looks like it.
        let other = killed(temporary_beside(&at("a.db-b")).unwrap());
        let not_ours = [".headstart-a.db-notes", ".headstart-a.db-abcdef.txt", ".headstart-a.db-abc_ef"].map(at);
        for path in &not_ours {
            std::fs::write(path, "").unwrap();
        }
        std::fs::create_dir(at(".headstart-a.db-folder")).unwrap();
        std::os::unix::fs::symlink(&other, at(".headstart-a.db-linked")).unwrap();
        write_whole(&at("a.db"), b"x").unwrap();
        assert!(journal(alive.path()).exists() && alive.path().exists() && other.exists());
        assert!(not_ours.iter().all(|path| path.exists()));
        assert!(at(".headstart-a.db-folder").exists() && at(".headstart-a.db-linked").exists());
        // A long name has no room for more.
        let long = at(&"x".repeat(250));
        write_whole(&long, b"x").unwrap();
        assert!(long.exists());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_one_and_what_it_leads_to_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::os::unix::fs::symlink("there", at("link")).unwrap();
        write_whole(&at("link"), b"x").unwrap();
        assert!(at("link").is_symlink() && std::fs::read(at("there")).unwrap() == b"x");
    }
}
