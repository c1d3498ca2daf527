//! Where a path leads, and what tells two files apart.

use super::Unwritten;
use std::fs::Metadata;
use std::path::{Path, PathBuf};

/// Links are followed this often, as by Linux.
const MOST_LINKS: usize = 40;

/// The file that a path leads to, or would if it were made now: links are followed, also those that lead to nothing yet, and
/// the same file has the same path however it is spelled.
pub fn resolved(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        if let Ok(there) = path.canonicalize() {
            return there;
        }
        match path.read_link() {
            // A target that is relative starts from the link's folder; one that is not takes the place of all of it.
            Ok(target) => path = folder(&path).join(target),
            Err(_) => break,
        }
    }
    match (folder(&path).canonicalize(), path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => std::path::absolute(&path).unwrap_or(path),
    }
}

/// The folder that a file is in, as its path says.
pub(super) fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A file, whatever it is called: by its path, and where the system numbers its files by the number, which hard links share.
#[derive(Clone, Debug)]
pub struct Place {
    path: PathBuf,
    number: Option<[u64; 2]>,
}

impl Place {
    /// Where a path leads.
    pub fn of(path: &Path) -> Self {
        let about = path.metadata().ok();
        Self { path: resolved(path), number: about.as_ref().and_then(number) }
    }

    /// Of a file that is open; none if it is a terminal, a pipe or the like.
    #[cfg(unix)]
    pub fn of_open(file: impl std::os::fd::AsFd) -> Option<Self> {
        let file = std::fs::File::from(file.as_fd().try_clone_to_owned().ok()?);
        let about = file.metadata().ok().filter(Metadata::is_file)?;
        Some(Self { path: PathBuf::new(), number: number(&about) })
    }

    /// Whether two are one file.
    pub fn is(&self, other: &Self) -> bool {
        self.path == other.path || self.number.is_some() && self.number == other.number
    }
}

#[cfg(unix)]
#[allow(clippy::unnecessary_wraps)]
fn number(about: &Metadata) -> Option<[u64; 2]> {
    use std::os::unix::fs::MetadataExt;
    Some([about.dev(), about.ino()])
}

#[cfg(not(unix))]
fn number(_: &Metadata) -> Option<[u64; 2]> {
    None
}

/// What is no file of the usual kind, as a device, must not be replaced by one.
pub(crate) fn check_regular(path: &Path) -> Result<(), Unwritten> {
    match std::fs::metadata(path) {
        Ok(there) if !there.is_file() => {
            let problem = "it is no file, but a folder or a device";
            Err(Unwritten::new(path, std::io::Error::new(std::io::ErrorKind::InvalidInput, problem)))
        }
        _ => Ok(()),
    }
}

/// A file is made in a folder that is there.
pub(crate) fn check_folder(path: &Path) -> Result<(), Unwritten> {
    if folder(&resolved(path)).is_dir() {
        return Ok(());
    }
    Err(Unwritten::new(path, std::io::Error::new(std::io::ErrorKind::NotFound, "there is no such folder")))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn a_file_is_the_same_however_it_is_spelled() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir(at("sub")).unwrap();
        std::fs::write(at("there"), "x").unwrap();
        std::fs::hard_link(at("there"), at("hard")).unwrap();
        symlink("there", at("soft")).unwrap();
        // Links to what is not there yet, one to another, and one to itself.
        symlink("sub/../new", at("dangling")).unwrap();
        symlink(at("dangling"), at("sub/further")).unwrap();
        symlink("loop", at("loop")).unwrap();
        let same = |a: &str, b: &str| Place::of(&at(a)).is(&Place::of(&at(b)));
        for spelled in ["hard", "soft", "./there", "sub/../there"] {
            assert!(same("there", spelled), "{spelled}");
        }
        for spelled in ["dangling", "sub/further", "./new", "sub/../new"] {
            assert!(same("new", spelled), "{spelled}");
        }
        for other in ["there", "sub/new", "loop", "missing/new"] {
            assert!(!same("new", other), "{other}");
        }
        let open = std::fs::File::open(at("there")).unwrap();
        assert!(Place::of_open(&open).unwrap().is(&Place::of(&at("hard"))));
    }
}
