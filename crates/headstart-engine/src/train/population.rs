//! Many runs over all cores, with results in order.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{Condvar, Mutex, mpsc};

/// How far a worker may be ahead of the first result that is still missing, per thread: bounds the memory.
const AHEAD: usize = 64;

/// Runs jobs `0..count` on `threads` threads and hands their results to `sink` in order, on the calling thread.
///
/// Each thread makes itself one `worker` and uses it for all its jobs; there is never more than one job per thread at a
/// time. If `sink` breaks, no further job is begun, the ones under way are waited for, and the break's value is
/// returned. A panic in a job is passed on.
pub fn in_order<W, R: Send, B>(
    count: usize,
    threads: usize,
    worker: impl Fn() -> W + Sync,
    job: impl Fn(&mut W, usize) -> R + Sync,
    mut sink: impl FnMut(usize, R) -> ControlFlow<B>,
) -> ControlFlow<B> {
    let threads = threads.clamp(1, count.max(1));
    let queue = Queue { state: Mutex::new(State { next: 0, delivered: 0, count }), room: Condvar::new() };
    let (results, inbox) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            let (results, queue, worker, job) = (results.clone(), &queue, &worker, &job);
            scope.spawn(move || {
                let mut worker = worker();
                while let Some(index) = queue.take(threads * AHEAD) {
                    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| job(&mut worker, index)));
                    if results.send((index, result)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(results);
        let mut early = BTreeMap::new();
        let mut wanted = 0;
        for (index, result) in inbox {
            let result = match result {
                Ok(result) => result,
                Err(panic) => {
                    queue.close();
                    std::panic::resume_unwind(panic);
                }
            };
            early.insert(index, result);
            while let Some(result) = early.remove(&wanted) {
                if let broken @ ControlFlow::Break(_) = sink(wanted, result) {
                    queue.close();
                    return broken;
                }
                wanted += 1;
            }
            queue.delivered(wanted);
        }
        ControlFlow::Continue(())
    })
}

/// The jobs that are still to do.
struct Queue {
    state: Mutex<State>,
    room: Condvar,
}

struct State {
    next: usize,
    delivered: usize,
    count: usize,
}

impl Queue {
    /// The next job, once it is at most `ahead` jobs in front of the first one not delivered.
    fn take(&self, ahead: usize) -> Option<usize> {
        let state = self.lock();
        let wait = |state: &mut State| state.next < state.count && state.next >= state.delivered + ahead;
        let mut state = self.room.wait_while(state, wait).unwrap_or_else(std::sync::PoisonError::into_inner);
        if state.next >= state.count {
            return None;
        }
        state.next += 1;
        Some(state.next - 1)
    }

    fn delivered(&self, delivered: usize) {
        self.lock().delivered = delivered;
        self.room.notify_all();
    }

    /// No more jobs.
    fn close(&self) {
        self.lock().count = 0;
        self.room.notify_all();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        // Nothing panics while it holds the lock.
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn results_come_in_order_whatever_the_number_of_threads() {
        for threads in [1, 2, 7] {
            let mut seen = Vec::new();
            let square = |(): &mut (), i: usize| {
                // Jobs that take longer the earlier they come.
                std::thread::sleep(std::time::Duration::from_micros(300 / (i as u64 + 1)));
                i * i
            };
            let end = in_order(
                500,
                threads,
                || (),
                square,
                |i, result| {
                    seen.push((i, result));
                    ControlFlow::<()>::Continue(())
                },
            );
            assert_eq!(end, ControlFlow::Continue(()));
            assert_eq!(seen, (0..500).map(|i| (i, i * i)).collect::<Vec<_>>());
        }
    }

    #[test]
    fn breaking_off_begins_no_further_job() {
        let begun = AtomicUsize::new(0);
        let job = |(): &mut (), i: usize| {
            begun.fetch_add(1, Ordering::Relaxed);
            i
        };
        let end = in_order(
            1_000_000,
            2,
            || (),
            job,
            |i, _| if i == 10 { ControlFlow::Break(i) } else { ControlFlow::Continue(()) },
        );
        assert_eq!(end, ControlFlow::Break(10));
        assert!(begun.load(Ordering::Relaxed) <= 11 + 2 * 2 * AHEAD);
    }

    #[test]
    fn no_jobs_are_no_work() {
        assert_eq!(in_order(0, 4, || (), |(), i| i, |_, _| ControlFlow::Break(())), ControlFlow::Continue(()));
    }

    #[test]
    #[should_panic(expected = "job 3")]
    fn a_panic_in_a_job_reaches_the_caller() {
        let job = |(): &mut (), i: usize| assert!(i != 3, "job 3");
        let _ = in_order(10, 2, || (), job, |_, ()| ControlFlow::<()>::Continue(()));
    }
}
