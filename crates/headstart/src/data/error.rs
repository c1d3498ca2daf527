//! What can be wrong with data, said to a person: what, where, and what to do.
//!
//! Rows are counted as a person sees them: in text files (CSV) the line of the file, so the header is row 1, as in an
//! editor or a spreadsheet; in binary files the sample, the first one being row 1. Columns go by their name, or, where
//! they have none, by their position counted from 0, as `--label` takes it.

use std::io;

use thiserror::Error;

use super::builtin::BuiltIn;
use super::memory::human_bytes;
use crate::words::{self, printable};

/// Why data could not be loaded.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DataError {
    /// The name is neither a file nor a built-in data set.
    #[error(
        "there is no file \"{}\", and no built-in data of that name{}; built in are {}",
        words::in_a_line(name),
        nearest.map(|near| format!(" (did you mean {near}?)")).unwrap_or_default(),
        BuiltIn::list()
    )]
    UnknownName {
        /// What was asked for.
        name: String,
        /// The built-in name closest to it, when one is close.
        nearest: Option<BuiltIn>,
    },
    /// The options do not fit one another, or do not fit this data.
    #[error("{0}")]
    Usage(String),
    /// The path is a directory.
    #[error("{} is a directory, not a file: name the file in it", words::in_a_line(file))]
    Directory {
        /// The path as given.
        file: String,
    },
    /// The path is that of something that is not read, as a named pipe.
    #[error("{} cannot be read: {problem}", words::in_a_line(file))]
    NoFile {
        /// The path as given.
        file: String,
        /// What it is, and what to do.
        problem: String,
    },
    /// The operating system would not read the file.
    #[error("{} cannot be read: {source}", words::in_a_line(file))]
    Io {
        /// The path as given.
        file: String,
        /// The operating system's reason.
        source: io::Error,
    },
    /// No reader knows the content.
    #[error("{} is in no format known here; known are {known}", words::in_a_line(file))]
    UnknownFormat {
        /// The file.
        file: String,
        /// Names of the formats.
        known: String,
    },
    /// The file is cut off, damaged, or uses what the reader does not support.
    #[error("{} cannot be read as {format}: {}", words::in_a_line(file), printable(reason))]
    Unreadable {
        /// The file.
        file: String,
        /// Name of the format it was taken for.
        format: &'static str,
        /// What the reader stumbled over.
        reason: String,
    },
    /// One cell is not what it has to be.
    #[error("{}, row {row}, column {column}: {problem}", words::in_a_line(file))]
    Cell {
        /// The file, and the array in it when it holds several.
        file: String,
        /// The row, see the module's notes on counting.
        row: usize,
        /// The column's quoted name, or its position.
        column: String,
        /// What is wrong, and what to do.
        problem: String,
    },
    /// One row is not what it has to be.
    #[error("{}, row {row}: {problem}", words::in_a_line(file))]
    Row {
        /// The file.
        file: String,
        /// The row, see the module's notes on counting.
        row: usize,
        /// What is wrong, and what to do.
        problem: String,
    },
    /// The file can be read, but what it holds cannot be used.
    #[error("{}: {problem}", words::in_a_line(file))]
    Content {
        /// The file, and the array in it when it holds several.
        file: String,
        /// What is wrong, and what to do.
        problem: String,
    },
    /// The data would not fit in this program's share of the memory.
    #[error(
        "{} needs {} may be used here; take fewer rows or columns",
        words::in_a_line(file),
        match needs {
            Some(needs) => format!("about {} of memory as float64, and {}", human_bytes(*needs), human_bytes(*limit)),
            None => format!("more memory than the {} that", human_bytes(*limit)),
        }
    )]
    TooLarge {
        /// The file.
        file: String,
        /// Bytes needed; none if nobody knows, as of a stream without an end.
        needs: Option<u64>,
        /// Bytes allowed.
        limit: u64,
    },
}

impl DataError {
    /// Whether the way the data was asked for is at fault (exit code 2) and not the data itself (exit code 1).
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::UnknownName { .. } | Self::Usage(_))
    }

    pub(crate) fn content(file: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Content { file: file.into(), problem: problem.into() }
    }
}
