//! Large kernels on several threads.
//!
//! What is shared is rows of a result, never a sum, so bits do not depend on the number of threads.

use crate::simd::{InstructionSet, Kernel};
use crate::watch::Watch;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Multiply-adds of vectors that are worth a thread: a microsecond or two.
const WORTH: usize = 1 << 13;

/// How many threads work of this size is worth.
pub fn worth(work: usize) -> usize {
    work / WORTH
}

/// Rows of work in one thread come in multiples of this, so that the tiles of a product stay whole.
const TILE: usize = 4;

/// Multiply-adds of vectors that one thread may do between two looks at a watch: some hundredths of a second.
const UNWATCHED: usize = 1 << 25;

/// Work of which so much is done at once that nobody looks at a watch for it.
const TRIFLE: usize = 1 << 16;

/// What is cut for a watch comes in multiples of so many rows where it can: a product goes over as many at once anyway.
const CUT: usize = 128;

/// How often an idle thread looks for work before it begins to sleep in between: longer than the parts of a step that are
/// not shared.
const LOOKS: usize = 5_000;

/// How long it then sleeps.
const NAP: Duration = Duration::from_micros(200);

/// Threads for the kernels of one run.
#[derive(Debug)]
pub struct Pool(rayon::ThreadPool);

impl Pool {
    /// So many threads; none if the system does not let us have them.
    pub fn new(threads: usize) -> Option<Self> {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().ok().map(Self)
    }

    /// How many threads there are.
    pub fn threads(&self) -> usize {
        self.0.current_num_threads()
    }

    /// Does work in which kernels are shared, on one of the threads.
    ///
    /// The others look for their share all the time: rayon would put them to sleep, and to wake one takes longer than
    /// most products.
    pub fn awake<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        let working = &AtomicBool::new(true);
        self.0.scope(|scope| {
            let own = rayon::current_thread_index();
            scope.spawn_broadcast(move |_, thread| {
                if Some(thread.index()) != own {
                    look_for_work(working);
                }
            });
            // Dropped when work panics, too: the scope waits for those who look.
            let _end = End(working);
            work()
        })
    }
}

/// Says that the work is over.
struct End<'a>(&'a AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

fn look_for_work(working: &AtomicBool) {
    let mut idle = 0;
    while working.load(Ordering::Acquire) {
        match rayon::yield_now() {
            Some(rayon::Yield::Executed) => idle = 0,
            _ if idle < LOOKS => {
                idle += 1;
                // Where there are more threads than cores, somebody else may have something to do.
                std::thread::yield_now();
            }
            _ => std::thread::sleep(NAP),
        }
    }
}

/// Work that fills rows, each on its own.
pub trait Rows: Kernel<Output = ()> + Send + Sized {
    /// How many rows.
    fn rows(&self) -> usize;
    /// About how many multiply-adds of vectors, or what takes as long.
    fn work(&self) -> usize;
    /// The rows before `row`, and the rest.
    fn split(self, row: usize) -> (Self, Self);
}

/// Runs a kernel on at most so many threads of the pool that the caller is in; on the caller's alone where the work is
/// too small for more.
pub fn share<K: Rows>(set: InstructionSet, threads: usize, kernel: K) {
    if threads < 2 {
        return set.run(kernel);
    }
    let threads = threads.min(worth(kernel.work())).min(kernel.rows() / TILE);
    if threads < 2 {
        return set.run(kernel);
    }
    let half = threads / 2;
    let row = (kernel.rows() * half / threads).next_multiple_of(TILE);
    let (before, after) = kernel.split(row);
    rayon::join(|| share(set, half, before), || share(set, threads - half, after));
}

/// The same of work that may be long: in pieces, until the watch is stopped. Then the rows that are left are as they were.
pub fn share_while<K: Rows>(set: InstructionSet, threads: usize, watch: &Watch, mut kernel: K) {
    let most = UNWATCHED * threads.max(1);
    while kernel.work() > TRIFLE {
        if watch.is_stopped() {
            return;
        }
        let rows = most / (kernel.work() / kernel.rows()).max(1);
        let multiple = if rows >= CUT { CUT } else { TILE };
        let rows = (rows / multiple * multiple).max(TILE);
        if rows >= kernel.rows() {
            break;
        }
        let (now, rest) = kernel.split(rows);
        share(set, threads, now);
        kernel = rest;
    }
    share(set, threads, kernel);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_done_on_the_pool_and_its_panic_reaches_the_caller() {
        let pool = Pool::new(3).unwrap();
        assert_eq!(pool.awake(|| rayon::join(|| 1, || 2)), (1, 2));
        let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| pool.awake(|| panic!("at work"))));
        assert_eq!(panic.unwrap_err().downcast_ref(), Some(&"at work"));
        assert_eq!(pool.awake(rayon::current_num_threads), 3);
    }
}
