//! Files that are written: where a path leads, and that nothing is lost on the way. Files that are read: as far as there is room
//! for them, and nothing that would wait without a word.

mod place;
mod read;
mod whole;

pub use place::{Place, resolved};
pub(crate) use place::{check_folder, check_regular};
pub(crate) use read::read_stream;
pub use read::{Unread, read_at_most};
pub(crate) use whole::temporary_beside;
pub use whole::{write_through, write_whole};

use crate::error::Error;
use std::path::Path;

pub(crate) fn cannot_write(path: &Path, source: std::io::Error) -> Error {
    Error::Write { path: path.display().to_string(), source }
}
