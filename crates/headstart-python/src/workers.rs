//! Threads that calls are done on. They are kept for the next call: to begin one takes longer than a small training.
//!
//! A process that was forked from one that had such threads has none of them, and neither those of the pool that columns are looked at
//! on: what there was is forgotten there, and made anew.

use rayon::{ThreadPool, ThreadPoolBuilder};
use std::sync::atomic::{AtomicPtr, AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};
use std::{hint, process, ptr, thread};

/// Work for a thread.
type Work = Box<dyn FnOnce() + Send>;

/// A thread without work looks all the time for so long before it sleeps: to be woken takes as long as half a small call.
const PATIENCE: Duration = Duration::from_micros(200);

/// What there is of threads in a process.
struct Threads {
    process: u32,
    /// Those that wait for work.
    idle: Mutex<Vec<Sender<Work>>>,
    /// The pool of a process that was forked; that of the first one is rayon's own.
    pool: OnceLock<Option<ThreadPool>>,
}

/// The process that this was loaded into.
static FIRST: AtomicU32 = AtomicU32::new(0);

/// Those of the process that asked last.
static THREADS: AtomicPtr<Threads> = AtomicPtr::new(ptr::null_mut());

/// Remembers which process this is: to be done when it is loaded.
pub fn remember() {
    FIRST.store(process::id(), Ordering::SeqCst);
}

/// The threads of this process. Those of a parent, whose locks may be held by threads that there are not here, are left as they are.
fn threads() -> &'static Threads {
    let here = process::id();
    loop {
        let known = THREADS.load(Ordering::Acquire);
        // SAFETY: what was put there once is never taken away.
        if let Some(threads) = unsafe { known.as_ref() }
            && threads.process == here
        {
            return threads;
        }
        let new = Box::into_raw(Box::new(Threads { process: here, idle: Mutex::default(), pool: OnceLock::new() }));
        if THREADS.compare_exchange(known, new, Ordering::AcqRel, Ordering::Acquire).is_err() {
            // SAFETY: another thread was faster, and nobody has seen this one.
            drop(unsafe { Box::from_raw(new) });
        }
    }
}

fn idle() -> MutexGuard<'static, Vec<Sender<Work>>> {
    threads().idle.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Works on a thread of its own.
///
/// # Errors
/// If none can be begun.
pub fn begin(work: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
    let mut work: Work = Box::new(work);
    while let Some(waiting) = { idle().pop() } {
        match waiting.send(work) {
            Ok(()) => return Ok(()),
            // Its thread is gone.
            Err(refused) => work = refused.0,
        }
    }
    let (sender, receiver) = channel();
    let worker = move || {
        work();
        // Behind it, so that it is idle when it is found here.
        loop {
            idle().push(sender.clone());
            match next(&receiver) {
                Some(work) => work(),
                None => return,
            }
        }
    };
    thread::Builder::new().name("headstart".to_owned()).spawn(worker).map(drop)
}

fn next(receiver: &Receiver<Work>) -> Option<Work> {
    soon(PATIENCE, || receiver.try_recv()).or_else(|| receiver.recv().ok())
}

/// What comes so soon that it is not worth sleeping.
pub fn soon<T>(patience: Duration, mut look: impl FnMut() -> Result<T, TryRecvError>) -> Option<T> {
    let begin = Instant::now();
    loop {
        match look() {
            Ok(came) => return Some(came),
            Err(TryRecvError::Empty) if begin.elapsed() < patience => hint::spin_loop(),
            Err(_) => return None,
        }
    }
}

/// Works within a pool that has its threads.
pub fn within<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    if process::id() == FIRST.load(Ordering::SeqCst) {
        return work();
    }
    match threads().pool.get_or_init(|| ThreadPoolBuilder::new().build().ok()) {
        Some(pool) => pool.install(work),
        None => work(),
    }
}
