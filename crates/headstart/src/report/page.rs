//! Results as one HTML page that needs nothing else: it works offline.

mod code;
mod marks;
mod room;
pub(super) mod sheet;
mod table;

pub(super) use room::Room;

use super::document::Document;
use crate::error::Error;
use crate::io::write_whole;
use std::path::Path;

/// A document as a page.
pub fn html(document: &Document) -> String {
    sheet::of(document).into_string()
}

/// Writes a document as a page.
///
/// # Errors
/// If the file cannot be written.
pub fn save(path: &Path, document: &Document) -> Result<(), Error> {
    Ok(write_whole(path, html(document).as_bytes())?)
}
