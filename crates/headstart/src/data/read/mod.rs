//! Files into content, one module per format.

mod arff;
mod arrow;
mod blanks;
mod cells;
mod csv;
mod encoding;
#[cfg(feature = "excel")]
mod excel;
mod foreign;
#[cfg(test)]
mod fuzz;
mod guard;
mod gzip;
mod hdf5;
mod header;
mod idx;
mod json;
mod mat;
mod npy;
mod npz;
mod parquet;
mod points;
mod scalar;
mod svmlight;
mod zipped;

use std::fmt::Display;
use std::path::Path;

pub(super) use cells::is_missing;
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
    read: fn(Input) -> Result<Content<'static>, DataError>,
}

/// Every format that is not text; a new one is registered here. One that looks like another one goes before it.
const BINARY: &[Format] = &[
    npy::FORMAT,
    #[cfg(feature = "excel")]
    excel::FORMAT,
    npz::FORMAT,
    idx::FORMAT,
    mat::FORMAT,
    hdf5::FORMAT,
    parquet::FORMAT,
    arrow::FORMAT,
];

/// Every format that is text.
const TEXT: &[Format] = &[arff::FORMAT, svmlight::FORMAT, json::FORMAT, blanks::FORMAT, csv::FORMAT];

/// Reads a file of whatever format: by its content, else by its ending, else as CSV if it is text.
pub(super) fn read(path: &Path, budget: &Budget) -> Result<Content<'static>, DataError> {
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
pub(super) fn read_bytes(file: String, bytes: Vec<u8>, budget: &Budget) -> Result<Content<'static>, DataError> {
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
    let (file, bytes) = match zipped::only_member(&file, &bytes, budget)? {
        Some(member) => {
            budget.give_back(bytes.len() as u64);
            (member.file, member.bytes)
        }
        None => (file, bytes),
    };
    let (format, is_text) = format_of(&file, &bytes)?;
    let (bytes, note) = if is_text { encoding::to_utf8(&file, bytes, budget)? } else { (bytes, None) };
    // UTF-16 shows only now what is in it.
    let format = if note.is_some() { text_format(&ending(&file), &bytes).unwrap_or(format) } else { format };
    let size = bytes.len() as u64;
    let mut content = (format.read)(Input { file, bytes, budget })?;
    if !matches!(content, Content::Archive(_)) {
        budget.give_back(size);
    }
    if let Content::Table(table) = &mut content {
        table.notes.splice(0..0, note);
    }
    Ok(content)
}

/// The ending of a file's name, in lower case, without that of gzip.
fn ending(file: &str) -> String {
    let name = file.to_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    name.rsplit_once('.').map_or("", |(_, ending)| ending).to_owned()
}

/// The format of bytes, and whether it is text: by content before ending, and what is not read is told from what is.
fn format_of(file: &str, bytes: &[u8]) -> Result<(&'static Format, bool), DataError> {
    let ending = ending(file);
    let is_text = encoding::is_text(bytes);
    if let Some(format) = BINARY.iter().find(|format| (format.recognises)(bytes)) {
        return Ok((format, false));
    }
    if let Some(refusal) = foreign::by_content(file, bytes) {
        return Err(refusal);
    }
    if let Some(format) = BINARY.iter().find(|format| format.endings.contains(&ending.as_str())) {
        return Ok((format, false));
    }
    let text = text_format(&ending, bytes).or_else(|| is_text.then_some(&csv::FORMAT));
    if let Some(format) = text {
        return Ok((format, true));
    }
    Err(foreign::by_ending(file, &ending).unwrap_or_else(|| DataError::UnknownFormat {
        file: file.to_owned(),
        known: BINARY.iter().chain(TEXT).map(|format| format.name).collect::<Vec<_>>().join(", "),
    }))
}

/// The format of a text, by its content, else by its ending.
fn text_format(ending: &str, bytes: &[u8]) -> Option<&'static Format> {
    let bytes = bytes.strip_prefix(encoding::BOM).unwrap_or(bytes);
    let by_content = TEXT.iter().find(|format| (format.recognises)(bytes));
    by_content.or_else(|| TEXT.iter().find(|format| format.endings.contains(&ending)))
}

/// The error of a reader that cannot go on.
fn unreadable(file: &str, format: &'static str, reason: &dyn Display) -> DataError {
    DataError::Unreadable { file: file.to_owned(), format, reason: reason.to_string() }
}

/// The same where the file itself may be the reason.
fn damaged(file: &str, format: &'static str, what: &dyn Display) -> DataError {
    unreadable(file, format, &format!("{what} (is it cut off or damaged?)"))
}

/// What tests of whole loads need to write files.
#[cfg(test)]
pub(super) mod testing {
    pub(in crate::data) use super::hdf5::tests::hdf5;
    pub(in crate::data) use super::npy::tests::{f64s, npy};
    pub(in crate::data) use super::npz::tests::npz;
    pub(in crate::data) use super::parquet::tests::parquet;
    pub(in crate::data) use super::zipped::tests::zip;
}
