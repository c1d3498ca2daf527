//! Of which versions a store may be.

use super::files;
use super::problem::problem;
use crate::error::Error;
use std::path::Path;

/// The program's version, which a study is finished with.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The version of the tables.
pub const FORMAT: u32 = 1;

/// Whether a file says of itself that it is a store that can be read, or one that is deleted.
pub fn check_readable(path: &Path) -> Result<(), Error> {
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
pub fn check_header(path: &Path) -> Result<(), Error> {
    if files::header(path)?.is_deleted {
        return Err(problem(path, "its deletion was interrupted; headstart study delete finishes it".to_owned()));
    }
    check_readable(path)
}
