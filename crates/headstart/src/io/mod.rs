//! Files that are written: where a path leads, and that nothing is lost on the way; JSON, and tables as CSV and Parquet. Files that are read: as far as there is room
//! for them, and nothing that would wait without a word.

pub mod columns;
mod given_up;
pub mod json;
mod map;
mod place;
mod read;
mod unwritten;
mod whole;
mod zeros;

pub use given_up::unless_given_up;
pub(crate) use map::Mapped;
pub use place::{Place, resolved};
pub(crate) use place::{check_folder, check_regular};
pub(crate) use read::read_stream;
pub use read::{Unread, read_at_most};
pub use unwritten::Unwritten;
pub(crate) use whole::temporary_beside;
pub use whole::{write_through, write_whole};
pub(crate) use zeros::zeros;
