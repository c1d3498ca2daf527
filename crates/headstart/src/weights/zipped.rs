//! ZIP archives, as Keras and `PyTorch` keep weights in.

use crate::data::memory::Budget;
use crate::io::{Unread, read_stream};
use crate::words::{foreign, printable};
use std::fmt::Display;
use std::io::Cursor;
use zip::{CompressionMethod, ZipArchive};

/// An archive whose files are read one by one, each as far as there is room for it.
pub(super) struct Zipped<'a> {
    archive: ZipArchive<Cursor<&'a [u8]>>,
    bytes: &'a [u8],
}

impl<'a> Zipped<'a> {
    pub fn open(bytes: &'a [u8]) -> Result<Self, String> {
        let unreadable = |error: &dyn Display| {
            format!("it is a ZIP archive that cannot be read: {} (is it cut off?)", printable(&error.to_string()))
        };
        let archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| unreadable(&error))?;
        Ok(Self { archive, bytes })
    }

    /// The names of the files.
    pub fn names(&self) -> Vec<String> {
        self.archive.file_names().filter_map(Result::ok).map(Into::into).collect()
    }

    /// The bytes of a file, which stay taken from the budget; no more than so many.
    pub fn read(&mut self, name: &str, most: u64, budget: &Budget) -> Result<Vec<u8>, String> {
        let unreadable =
            |error: &dyn Display| format!("{} in it cannot be read: {}", foreign(name), printable(&error.to_string()));
        let entry = self.archive.by_name(name).map_err(|error| unreadable(&error))?;
        let bytes = read_stream(entry, 0, most.min(budget.left())).map_err(|unread| match unread {
            Unread::TooLarge { .. } => {
                format!("{} in it is larger than the weights of such a network need", foreign(name))
            }
            other => unreadable(&other),
        })?;
        budget.take(name, Some(bytes.len() as u64)).map_err(|error| error.to_string())?;
        Ok(bytes)
    }

    /// The bytes of a file where they lie in the archive, if it was put there as it is; its checksum is not looked at.
    pub fn stored(&mut self, name: &str) -> Option<&'a [u8]> {
        let entry = self.archive.by_name(name).ok().filter(|entry| entry.compression() == CompressionMethod::Stored)?;
        let begin = usize::try_from(entry.data_start()?).ok()?;
        self.bytes.get(begin..begin.checked_add(usize::try_from(entry.size()).ok()?)?)
    }
}
