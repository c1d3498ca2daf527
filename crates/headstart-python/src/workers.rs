//! Threads that calls are done on. They are kept for the next call: to begin one takes longer than a small training.
//!
//! A process that was forked from one that had such threads has none of them, and neither those of the pool that columns are looked at
//! on: what there was is forgotten there, and made anew.

use rayon::{ThreadPool, ThreadPoolBuilder};
use std::process;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use std::{hint, thread};

/// Work for a thread.
type Work = Box<dyn FnOnce() + Send>;

/// A thread without work, and a caller, look all the time for so long before they sleep: to be woken takes longer than a small call.
const PATIENCE: Duration = Duration::from_micros(200);

/// What there is of threads in a process.
struct Threads {
    process: u32,
    /// Those that wait for work.
    idle: Vec<Sender<Work>>,
    /// The pool of a process that was forked; that of the first one is rayon's own.
    pool: Option<Arc<ThreadPool>>,
}

/// The process that this was loaded into.
static FIRST: LazyLock<u32> = LazyLock::new(process::id);

static THREADS: LazyLock<Mutex<Threads>> =
    LazyLock::new(|| Mutex::new(Threads { process: process::id(), idle: Vec::new(), pool: None }));

/// Remembers which process this is: to be done when it is loaded.
pub fn remember() {
    LazyLock::force(&FIRST);
    LazyLock::force(&THREADS);
}

fn threads() -> MutexGuard<'static, Threads> {
    let mut threads = THREADS.lock().unwrap_or_else(PoisonError::into_inner);
    let here = process::id();
    if threads.process != here {
        // Nobody can end the threads of a parent, or wait for them.
        std::mem::forget(std::mem::take(&mut threads.idle));
        std::mem::forget(threads.pool.take());
        threads.process = here;
    }
    threads
}

/// Works on a thread of its own.
pub fn begin(work: impl FnOnce() + Send + 'static) {
    let mut work: Work = Box::new(work);
    while let Some(idle) = { threads().idle.pop() } {
        match idle.send(work) {
            Ok(()) => return,
            // Its thread is gone.
            Err(refused) => work = refused.0,
        }
    }
    let (sender, receiver) = channel();
    thread::spawn(move || {
        work();
        // Behind it, so that it is idle when it is found here.
        loop {
            threads().idle.push(sender.clone());
            match next(&receiver) {
                Some(work) => work(),
                None => return,
            }
        }
    });
}

fn next(receiver: &Receiver<Work>) -> Option<Work> {
    soon(|| receiver.try_recv()).or_else(|| receiver.recv().ok())
}

/// What comes so soon that it is not worth sleeping.
pub fn soon<T>(mut look: impl FnMut() -> Result<T, TryRecvError>) -> Option<T> {
    let begin = Instant::now();
    loop {
        match look() {
            Ok(came) => return Some(came),
            Err(TryRecvError::Empty) if begin.elapsed() < PATIENCE => hint::spin_loop(),
            Err(_) => return None,
        }
    }
}

/// Works within a pool that has its threads.
pub fn within<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    if process::id() == *FIRST {
        return work();
    }
    let pool = {
        let mut threads = threads();
        if threads.pool.is_none() {
            threads.pool = ThreadPoolBuilder::new().build().ok().map(Arc::new);
        }
        threads.pool.clone()
    };
    match pool {
        Some(pool) => pool.install(work),
        None => work(),
    }
}
