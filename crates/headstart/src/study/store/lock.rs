//! Who works on a store.

use super::names::folder;
use super::problem::problem;
use crate::error::Error;
use crate::io::Unwritten;
use std::fs::{File, Metadata, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// A store's lock: held as long as this lives. The system lets go of it however the process ends; the file, which is empty,
/// may then stay, and is taken again by the next one.
#[derive(Debug)]
pub struct Lock {
    path: PathBuf,
    file: Identity,
    held: File,
}

/// How often other processes may have made or deleted a lock between two looks at it, one after the other.
const TRIES: usize = 1000;

impl Lock {
    /// Takes it.
    ///
    /// # Errors
    /// If another process has it, or it cannot be made.
    pub fn take(path: &Path) -> Result<Self, Error> {
        Self::take_if_free(path)?.ok_or_else(|| {
            problem(path, "another process works on it; wait for that one, or stop it: what it did is kept".to_owned())
        })
    }

    /// Takes it, unless another process has it.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn take_if_free(path: &Path) -> Result<Option<Self>, Error> {
        let name = name(path);
        let failed = |source| Error::from(Unwritten::new(&name, source));
        let mut tries = 0;
        loop {
            tries += 1;
            let held = match name.symlink_metadata() {
                // Nothing is ever written into one: what is not empty is somebody else's.
                Ok(there) if !there.is_file() || there.len() > 0 => {
                    let whose = "headstart would lock the store with a file of this name, and this is none of its own; \
                                 move it, or give the store another name";
                    return Err(problem(&name, whose.to_owned()));
                }
                Ok(_) => File::options().append(true).open(&name),
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    File::options().create_new(true).append(true).open(&name)
                }
                Err(error) => return Err(failed(error)),
            };
            let held = match held {
                Ok(held) => held,
                // Another process made or deleted it between these two lines.
                Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::AlreadyExists) => {
                    // But not where there is no such folder, or none that files are made in, as /proc.
                    if tries < TRIES && folder(path).is_dir() {
                        continue;
                    }
                    return Err(failed(error));
                }
                Err(error) => return Err(failed(error)),
            };
            match held.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(error)) => {
                    return Err(problem(&name, format!("cannot be locked: {error}")));
                }
            }
            let file = held.metadata().map(|about| Identity::new(&about)).map_err(failed)?;
            // Whoever had it may have deleted it before it was taken: then it keeps nobody else out.
            if file.is_at(&name) {
                return Ok(Some(Self { path: name, file, held }));
            }
        }
    }

    /// Whether its file is still there.
    pub fn is_there(&self) -> bool {
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

/// Hidden, and of a name that nothing else has: `.study.db.headstart-lock`.
fn name(path: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".headstart-lock");
    path.with_file_name(name)
}

/// What tells a file from another one of the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity([u64; 2]);

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

    /// Of the file under a name; a link is itself.
    ///
    /// # Errors
    /// If there is none.
    pub fn of(path: &Path) -> std::io::Result<Self> {
        path.symlink_metadata().map(|about| Self::new(&about))
    }

    /// Whether it is still under a name.
    pub fn is_at(self, path: &Path) -> bool {
        Self::of(path).is_ok_and(|there| there == self)
    }
}
