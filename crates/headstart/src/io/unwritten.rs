//! Why a file could not be written.

use crate::words::in_a_line;
use std::path::Path;
use thiserror::Error;

/// A file that could not be written, and why.
#[derive(Debug, Error)]
#[error("{}: cannot be written: {source}", in_a_line(path))]
pub struct Unwritten {
    /// The file.
    pub path: String,
    /// Why.
    pub source: std::io::Error,
}

impl Unwritten {
    /// This file, for this reason.
    pub fn new(path: &Path, source: std::io::Error) -> Self {
        Self { path: path.display().to_string(), source }
    }
}
