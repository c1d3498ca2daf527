//! Files that are written: what may be written where, and that nothing is lost on the way. Files that are read: as far as
//! there is room for them, and nothing that would wait without a word.

mod outputs;
mod read;
mod whole;

pub use outputs::check_outputs;
pub(crate) use read::read_stream;
pub use read::{Unread, read_at_most};
pub(crate) use whole::temporary_beside;
pub use whole::{write_through, write_whole};

use crate::error::Error;
use std::path::Path;

fn cannot_write(path: &Path, source: std::io::Error) -> Error {
    Error::Write { path: path.display().to_string(), source }
}
