//! Files that are written: what may be written where, and that nothing is lost on the way.

mod outputs;
mod whole;

pub use outputs::check_outputs;
pub(crate) use whole::temporary_beside;
pub use whole::{write_through, write_whole};

use crate::error::Error;
use std::path::Path;

fn cannot_write(path: &Path, source: std::io::Error) -> Error {
    Error::Write { path: path.display().to_string(), source }
}
