//! Files into content, one module per format.

mod csv;
#[cfg(test)]
mod fuzz;
mod guard;
mod gzip;
mod hdf5;
mod idx;
mod npy;
mod npz;
mod parquet;
mod scalar;

use std::fmt::Display;
use std::path::Path;

pub(crate) use idx::labels_beside;

use super::DataError;
use super::content::{Content, Input};
use super::memory::Budget;
use crate::io::{Unread, read_at_most};

/// A file format.
struct Format {
    /// As messages call it.
    name: &'static str,
    /// File endings, without the dot.
    endings: &'static [&'static str],
    /// Whether a file that begins like this is of this format.
    recognises: fn(&[u8]) -> bool,
    read: fn(Input) -> Result<Content, DataError>,
}

/// Every format; a new one is registered here.
const FORMATS: [Format; 6] = [npy::FORMAT, npz::FORMAT, idx::FORMAT, hdf5::FORMAT, parquet::FORMAT, csv::FORMAT];

/// Reads a file of whatever format: by its content, else by its ending, else as CSV if it is text.
pub(super) fn read(path: &Path, budget: &Budget) -> Result<Content, DataError> {
    let file = path.display().to_string();
    let bytes = match read_at_most(path, budget.left()) {
        Ok(bytes) => bytes,
        Err(Unread::Folder) => return Err(DataError::Directory { file }),
        Err(Unread::Io(source)) => return Err(DataError::Io { file, source }),
        Err(Unread::TooLarge { size, .. }) => {
            budget.take(&file, size)?;
            return Err(DataError::content(file, "it grows while it is read"));
        }
        Err(other) => return Err(DataError::NoFile { file, problem: other.to_string() }),
    };
    budget.take(&file, Some(bytes.len() as u64))?;
    read_bytes(file, bytes, budget)
}

/// Reads a file's bytes, which the budget knows of; `file` is its name, which counts where the content does not tell the format.
pub(super) fn read_bytes(file: String, bytes: Vec<u8>, budget: &Budget) -> Result<Content, DataError> {
    if bytes.is_empty() {
        return Err(DataError::content(file, "the file is empty"));
    }
    let bytes = if gzip::recognises(&bytes) {
        let whole = gzip::decompress(&file, &bytes, budget)?;
        budget.give_back(bytes.len() as u64);
        whole
    } else {
        bytes
    };
    let format = format_of(&file, &bytes)?;
    let size = bytes.len() as u64;
    let content = (format.read)(Input { file, bytes, budget })?;
    if !matches!(content, Content::Archive(_)) {
        budget.give_back(size);
    }
    Ok(content)
}

fn format_of(file: &str, bytes: &[u8]) -> Result<&'static Format, DataError> {
    let name = file.to_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    FORMATS
        .iter()
        .find(|format| (format.recognises)(bytes))
        .or_else(|| FORMATS.iter().find(|format| format.endings.contains(&ending)))
        .or_else(|| looks_like_text(bytes).then_some(&csv::FORMAT))
        .ok_or_else(|| DataError::UnknownFormat {
            file: file.to_owned(),
            known: FORMATS.each_ref().map(|format| format.name).join(", "),
        })
}

fn looks_like_text(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(4096)];
    let text = match std::str::from_utf8(head) {
        Ok(_) => true,
        // The head may end within a character.
        Err(error) => error.error_len().is_none() && bytes.len() > head.len(),
    };
    text && !head.contains(&0)
}

/// The error of a reader that cannot go on.
fn unreadable(file: &str, format: &'static str, reason: &dyn Display) -> DataError {
    DataError::Unreadable { file: file.to_owned(), format, reason: reason.to_string() }
}

/// What tests of whole loads need to write files.
#[cfg(test)]
pub(super) mod testing {
    pub(in crate::data) use super::hdf5::tests::hdf5;
    pub(in crate::data) use super::npy::tests::{f64s, npy};
    pub(in crate::data) use super::npz::tests::npz;
    pub(in crate::data) use super::parquet::tests::parquet;
}
