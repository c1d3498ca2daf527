//! Threads that columns are looked at on, also in processes that were forked from one that had them.

use rayon::{ThreadPool, ThreadPoolBuilder};
use std::process;
use std::sync::{LazyLock, Mutex, PoisonError};

/// The process that this was loaded into.
static FIRST: LazyLock<u32> = LazyLock::new(process::id);

/// The pool of a process that was forked from it. That of the first one is rayon's own.
static FORKED: Mutex<Option<(u32, &'static ThreadPool)>> = Mutex::new(None);

/// Remembers which process this is: to be done when it is loaded.
pub fn remember() {
    LazyLock::force(&FIRST);
}

/// Works within a pool that has its threads: a fork has those of its parent's pool in name only, and would wait for them for ever.
pub fn within<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    let here = process::id();
    if here == *FIRST {
        return work();
    }
    let pool = {
        let mut forked = FORKED.lock().unwrap_or_else(PoisonError::into_inner);
        match *forked {
            Some((process, pool)) if process == here => Some(pool),
            // That of a parent is left as it is: nobody can end its threads.
            _ => {
                let made = ThreadPoolBuilder::new().build().ok().map(|pool| &*Box::leak(Box::new(pool)));
                *forked = made.map(|pool| (here, pool));
                made
            }
        }
    };
    match pool {
        Some(pool) => pool.install(work),
        None => work(),
    }
}
