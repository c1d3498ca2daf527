//! Ctrl-C and its kin: the first one stops the work, which then shows what there is; a second one ends the program at once.

use crate::output;
use headstart::engine::watch::Watch;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{LazyLock, OnceLock};
use std::time::{Duration, Instant};

static WATCH: LazyLock<Watch> = LazyLock::new(Watch::default);

/// When there was one.
static CAME: OnceLock<Instant> = OnceLock::new();

/// Two that follow each other this closely are one: `timeout` and the like tell a program and its group.
const ONE: Duration = Duration::from_millis(200);

/// Whether nothing would be lost now by ending at once.
static NOTHING_YET: AtomicBool = AtomicBool::new(false);

/// From here on nothing is cut off at a bad moment. To be done before anything else.
pub fn install() {
    let outlives_terminal = ignores_hangup();
    // The only error is that there is a handler already, and there is none.
    let _ = ctrlc::set_handler(|| {
        if CAME.get_or_init(Instant::now).elapsed() > ONE {
            std::process::exit(130);
        }
        WATCH.stop();
        if NOTHING_YET.load(Ordering::SeqCst) {
            abandon();
        }
    });
    if outlives_terminal {
        ignore_hangup();
    }
}

/// Whether whoever began this program wants it to outlive its terminal, as `nohup` does.
#[cfg(unix)]
fn ignores_hangup() -> bool {
    let mut action = std::mem::MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: all zeros are an action, and there is room for one; nothing is changed.
    unsafe {
        libc::sigaction(libc::SIGHUP, std::ptr::null(), action.as_mut_ptr()) == 0
            && action.assume_init().sa_sigaction == libc::SIG_IGN
    }
}

#[cfg(unix)]
fn ignore_hangup() {
    // SAFETY: to ignore a signal runs no code.
    unsafe { libc::signal(libc::SIGHUP, libc::SIG_IGN) };
}

#[cfg(not(unix))]
fn ignores_hangup() -> bool {
    false
}

#[cfg(not(unix))]
fn ignore_hangup() {}

/// The watch that is stopped.
pub fn watch() -> &'static Watch {
    &WATCH
}

/// Does work of which nothing remains, as to read or to draw, and that does not look at the watch: the first signal ends the
/// program.
pub fn before_anything<R>(work: impl FnOnce() -> R) -> R {
    NOTHING_YET.store(true, Ordering::SeqCst);
    if CAME.get().is_some() {
        abandon();
    }
    let result = work();
    NOTHING_YET.store(false, Ordering::SeqCst);
    result
}

fn abandon() -> ! {
    output::clear_line();
    output::say("interrupted before there was a result");
    std::process::exit(1)
}
