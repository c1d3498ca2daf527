//! Work that nobody waits for any more writes no files.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

thread_local! {
    /// Whether what this thread works on was given up.
    static GIVEN_UP: RefCell<Option<Arc<AtomicBool>>> = const { RefCell::new(None) };
}

/// Works, and from when the flag is set on this thread puts no file in its place.
pub fn unless_given_up<R>(flag: Arc<AtomicBool>, work: impl FnOnce() -> R) -> R {
    /// Takes the flag away, also where the work panics.
    struct Taken(Option<Arc<AtomicBool>>);
    impl Drop for Taken {
        fn drop(&mut self) {
            GIVEN_UP.set(self.0.take());
        }
    }
    let _before = Taken(GIVEN_UP.replace(Some(flag)));
    work()
}

/// Refuses to go on where that is so.
pub(super) fn check() -> std::io::Result<()> {
    let is_given_up = GIVEN_UP.with_borrow(|flag| flag.as_ref().is_some_and(|flag| flag.load(Ordering::SeqCst)));
    if is_given_up { Err(std::io::Error::other("nobody waits for it any more")) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::write_whole;

    #[test]
    fn what_was_given_up_leaves_files_as_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("runs.csv");
        let flag = Arc::new(AtomicBool::new(false));
        unless_given_up(Arc::clone(&flag), || {
            write_whole(&path, b"first").unwrap();
            flag.store(true, Ordering::SeqCst);
            assert!(write_whole(&path, b"second").is_err());
        });
        assert_eq!(std::fs::read(&path).unwrap(), b"first");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        write_whole(&path, b"third").unwrap();
    }
}
