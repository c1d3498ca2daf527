//! How a store is deleted.

use super::files;
use super::lock::Lock;
use crate::error::Error;
use std::path::Path;

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
pub fn finish_deletion(path: &Path, lock: &Lock) -> Result<(), Error> {
    if files::header(path).is_ok_and(|header| header.is_deleted) { files::delete(path, lock) } else { Ok(()) }
}
