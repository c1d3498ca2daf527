//! What was done of a study, in one `SQLite` file that nothing is lost from.
//!
//! Rows are committed in batches: a process that is killed, a disk that is full, or a power cut costs the last batch and
//! nothing else, and the study goes on from there. A lock beside the file keeps a second process from working on it; looking at
//! it is always possible. The table `study` has the specification, the version and the data's fingerprint; `runs` has a row for
//! each run, by its number (see [`super::Study::runs`]); columns are those of [`super::export`]. Where machines could not do a run the
//! table `failed` says why. Every row has a checksum, so
//! that nothing is read that was not written.
//!
//! While it is written the newest rows are in a file beside it (`-wal`, with its index `-shm`): the three belong together.
//! When a sitting ends, and be it by Ctrl-C, everything is in the one file again.

mod about;
mod check;
mod connection;
mod create;
mod delete;
mod encode;
mod failures;
mod files;
mod lock;
mod merge;
mod names;
mod problem;
mod reader;
mod rows;
mod shard;
mod version;
mod writer;

pub use about::About;
pub use check::{check_file, check_is_store};
pub use delete::delete;
pub use merge::merge;
pub use reader::Store;
pub use shard::Shard;
pub(crate) use shard::check_runs;
pub use writer::Writer;
