//! Files that are written whole or not at all.

use super::cannot_write;
use super::outputs::check_regular;
use crate::error::Error;
use std::io::Write;
use std::path::Path;

/// Writes a file whole or not at all: under a temporary name in the same folder, then renamed.
///
/// # Errors
/// If the file cannot be written; what was there before is then still there.
pub fn write_whole(path: &Path, contents: &[u8]) -> Result<(), Error> {
    write_through(path, |file| file.write_all(contents).map_err(|source| cannot_write(path, source)))
}

/// The same for what is too large to be held in memory, or what another library writes.
///
/// # Errors
/// If the file cannot be written, or `write` fails; what was there before is then still there.
pub fn write_through(path: &Path, write: impl FnOnce(&mut std::fs::File) -> Result<(), Error>) -> Result<(), Error> {
    let failed = |source| cannot_write(path, source);
    check_regular(path)?;
    // A link stays one, and what it leads to is written.
    let path = &if path.is_symlink() { path.canonicalize().map_err(failed)? } else { path.to_owned() };
    let failed = |source| cannot_write(path, source);
    let mut file = temporary_beside(path)?;
    write(file.as_file_mut())?;
    file.as_file().sync_all().map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}

/// A new file under a temporary name in the folder of another.
pub(crate) fn temporary_beside(path: &Path) -> Result<tempfile::NamedTempFile, Error> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    let file = builder.prefix(".headstart-").permissions_of_new_files().tempfile_in(folder);
    file.map_err(|source| cannot_write(path, source))
}

/// Temporary files are private, results are not.
trait Permissions {
    fn permissions_of_new_files(&mut self) -> &mut Self;
}

impl Permissions for tempfile::Builder<'_, '_> {
    fn permissions_of_new_files(&mut self) -> &mut Self {
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // What the umask leaves of it, as for any new file.
            self.permissions(std::fs::Permissions::from_mode(0o666));
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_written_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        write_whole(&path, b"one").unwrap();
        write_whole(&path, b"two").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        let nowhere = folder.path().join("missing").join("a.txt");
        assert!(write_whole(&nowhere, b"x").unwrap_err().to_string().contains("cannot be written"));
    }
}
