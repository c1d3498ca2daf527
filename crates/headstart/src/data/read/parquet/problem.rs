//! Why a column cannot be read.

use crate::data::DataError;
use parquet::errors::ParquetError;

/// Why a column cannot be read.
pub enum Problem {
    Refused(DataError),
    Unsupported(String),
    Damaged(ParquetError),
}
