//! What may be written where.

use super::cannot_write;
use crate::error::Error;
use std::path::Path;

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
pub(super) fn check_regular(path: &Path) -> Result<(), Error> {
    match std::fs::metadata(path) {
        Ok(there) if !there.is_file() => {
            let problem = "it is no file, but a folder or a device";
            Err(cannot_write(path, std::io::Error::new(std::io::ErrorKind::InvalidInput, problem)))
        }
        _ => Ok(()),
    }
}
