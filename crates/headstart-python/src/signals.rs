//! Signals, which are whose they were before somebody else's library begins its work.

use pyo3::prelude::*;

/// Calls something, after which interrupts, termination and hang-ups are handled as before: Ray takes termination for a crash.
#[pyfunction]
pub fn keeping_signals<'py>(work: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let kept = Kept::now();
    let done = work.call0();
    kept.restore();
    done
}

#[cfg(unix)]
struct Kept(Vec<(libc::c_int, libc::sigaction)>);

#[cfg(unix)]
impl Kept {
    fn now() -> Self {
        let handled = |signal| {
            let mut action = std::mem::MaybeUninit::<libc::sigaction>::zeroed();
            // SAFETY: there is room for an action, which is read and not changed; all zeros are one, too.
            unsafe {
                let is_read = libc::sigaction(signal, std::ptr::null(), action.as_mut_ptr()) == 0;
                is_read.then(|| (signal, action.assume_init()))
            }
        };
        Self([libc::SIGINT, libc::SIGTERM, libc::SIGHUP].into_iter().filter_map(handled).collect())
    }

    fn restore(self) {
        for (signal, action) in self.0 {
            // SAFETY: it is what was set before.
            unsafe { libc::sigaction(signal, &raw const action, std::ptr::null_mut()) };
        }
    }
}

#[cfg(not(unix))]
struct Kept;

#[cfg(not(unix))]
impl Kept {
    fn now() -> Self {
        Self
    }

    fn restore(self) {}
}
