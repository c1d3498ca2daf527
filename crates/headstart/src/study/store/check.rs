//! Whether a file is a store, and whether all of it can be read.

use super::files;
use super::reader::Store;
use crate::error::Error;
use crate::study::summary::{Progress, summary};
use std::path::Path;

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
