//! Files that are looked at where they lie on the disk.

use super::Unread;
use super::read::refuse_what_waits;
use memmap2::Mmap;
use std::fs::File;
use std::ops::Deref;
use std::path::Path;

/// The bytes of a file, which the system reads where they are touched and forgets where there is need of memory.
///
/// Whoever cuts the file off while it is looked at ends the program: the system has no other answer to a byte that is gone.
pub(crate) struct Mapped(Option<Mmap>);

impl Mapped {
    /// Opens a file.
    ///
    /// # Errors
    /// If it is no file, or cannot be read. Pipes have no place on a disk.
    pub fn open(path: &Path) -> Result<Self, Unread> {
        let about = std::fs::metadata(path)?;
        if about.is_dir() {
            return Err(Unread::Folder);
        }
        refuse_what_waits(&about)?;
        if !about.is_file() {
            return Err(Unread::Io(std::io::Error::other("it is no file on a disk, which this has to be")));
        }
        if about.len() == 0 {
            return Ok(Self(None));
        }
        let file = File::open(path)?;
        // SAFETY: nothing here writes into the file; programs that do so meanwhile give figures of something in between.
        Ok(Self(Some(unsafe { Mmap::map(&file) }?)))
    }

    /// Says that nobody looks at these bytes, which are some of the file's, any more soon: the memory they took is free again.
    #[cfg(unix)]
    pub fn forget(&self, bytes: &[u8]) {
        let Some(map) = &self.0 else { return };
        let Some(begin) = (bytes.as_ptr() as usize).checked_sub(map.as_ptr() as usize) else { return };
        if begin + bytes.len() <= map.len() {
            // SAFETY: the map is of a file and is only read, so what is touched again is read again. That nothing is freed is no error.
            let _ = unsafe { map.unchecked_advise_range(memmap2::UncheckedAdvice::DontNeed, begin, bytes.len()) };
        }
    }

    /// Elsewhere the system does so by itself.
    #[cfg(not(unix))]
    pub fn forget(&self, _: &[u8]) {}
}

impl Deref for Mapped {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.0.as_deref().unwrap_or_default()
    }
}
