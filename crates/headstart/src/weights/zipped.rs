//! ZIP archives, as Keras and `PyTorch` keep weights in.

use crate::data::memory::Budget;
use crate::io::{Unread, read_stream};
use crate::words::{foreign, printable};
use std::fmt::Display;
use std::io::Cursor;
use zip::ZipArchive;

/// An archive whose files are read one by one, each as far as there is room for it.
pub(super) struct Zipped<'a>(ZipArchive<Cursor<&'a [u8]>>);

impl<'a> Zipped<'a> {
    pub fn open(bytes: &'a [u8]) -> Result<Self, String> {
        let unreadable = |error: &dyn Display| {
            format!("it is a ZIP archive that cannot be read: {} (is it cut off?)", printable(&error.to_string()))
        };
        Ok(Self(ZipArchive::new(Cursor::new(bytes)).map_err(|error| unreadable(&error))?))
    }

    /// The names of the files.
    pub fn names(&self) -> Vec<String> {
        self.0.file_names().filter_map(Result::ok).map(Into::into).collect()
    }

    /// The bytes of a file, which stay taken from the budget; no more than so many.
    pub fn read(&mut self, name: &str, most: u64, budget: &Budget) -> Result<Vec<u8>, String> {
        let unreadable =
            |error: &dyn Display| format!("{} in it cannot be read: {}", foreign(name), printable(&error.to_string()));
        let entry = self.0.by_name(name).map_err(|error| unreadable(&error))?;
        let bytes = read_stream(entry, 0, most.min(budget.left())).map_err(|unread| match unread {
            Unread::TooLarge { .. } => {
                format!("{} in it is larger than the weights of such a network need", foreign(name))
            }
            other => unreadable(&other),
        })?;
        budget.take(name, Some(bytes.len() as u64)).map_err(|error| error.to_string())?;
        Ok(bytes)
    }
}
