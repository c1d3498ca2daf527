//! What is wrong with a file.

use crate::data::DataError;

/// The format's name.
pub const NAME: &str = "Arrow";

/// What is wrong with a file.
pub enum Problem {
    /// It is cut off or damaged.
    Damaged,
    /// It is what is not read.
    Unsupported(String),
    Refused(DataError),
}

impl From<DataError> for Problem {
    fn from(error: DataError) -> Self {
        Self::Refused(error)
    }
}
