//! Results for people and for programs: tables, pictures, pages, JSON, CSV, Parquet.

pub mod advice;
pub mod columns;
mod curves;
pub mod explanation;
pub mod files;
pub mod heatmap;
pub mod json;
pub mod map_files;
pub mod map_page;
pub mod map_text;
pub mod page;
pub mod picture;
pub mod story;
pub mod table;

use crate::error::Error;
use crate::probe::Profile;
use heatmap::Map;
use std::io::Write;
use std::path::Path;

/// What pictures and pages show of runs.
#[derive(Clone, Copy, Debug)]
pub enum Shown<'a> {
    /// Their losses, and where they ended.
    Runs,
    /// A figure of each, which says more than the losses of hundreds of runs.
    Map(&'a Map),
    /// Their starts, layer by layer, and their losses.
    Profiles(&'a [Profile]),
}

/// Refuses files that could not be written, or that would take the place of one another or of what is read: said before a long
/// training, not after it.
///
/// # Errors
/// If there is one.
pub fn check_outputs(files: &[&Path], read: &[&Path]) -> Result<(), Error> {
    let usage = |message: String| Err(Error::Usage(message));
    let same = |a: &Path, b: &Path| a == b || matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b);
    for (i, file) in files.iter().enumerate() {
        let name = file.display();
        if *file == Path::new("-") {
            return usage("-: a file is needed; standard output has --format json".to_owned());
        }
        if files[..i].iter().any(|other| same(other, file)) {
            return usage(format!("{name}: two files are to be written there; give each its own name"));
        }
        if read.iter().any(|input| same(input, file)) {
            return usage(format!("{name}: that is what is read, and would be lost; give another name"));
        }
        if file.parent().is_some_and(|at| !at.as_os_str().is_empty() && !at.is_dir()) {
            return Err(cannot_write(
                file,
                std::io::Error::new(std::io::ErrorKind::NotFound, "there is no such folder"),
            ));
        }
        check_regular(file)?;
    }
    Ok(())
}

/// What is no file of the usual kind, as a device, must not be replaced by one.
fn check_regular(path: &Path) -> Result<(), Error> {
    match std::fs::metadata(path) {
        Ok(there) if !there.is_file() => {
            let problem = "it is no file, but a folder or a device";
            Err(cannot_write(path, std::io::Error::new(std::io::ErrorKind::InvalidInput, problem)))
        }
        _ => Ok(()),
    }
}

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

fn cannot_write(path: &Path, source: std::io::Error) -> Error {
    Error::Write { path: path.display().to_string(), source }
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
