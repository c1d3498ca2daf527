//! Many runs over all cores, with results in order.

use std::collections::BTreeMap;
use std::ops::{ControlFlow, Range};
use std::sync::{Condvar, Mutex, mpsc};
use std::time::{Duration, Instant};

/// How far a worker may be ahead of the first result that is still missing, per thread: bounds the memory.
const AHEAD: usize = 64;

/// A thread takes as many short jobs at once as fill this time, so that handing over results costs little.
const CLAIM: Duration = Duration::from_millis(1);

/// But no more than this.
const MOST_AT_ONCE: usize = AHEAD / 4;

/// Runs jobs `0..count` on `threads` threads and hands their results to `sink` in order, on the calling thread.
///
/// Each thread makes itself one `worker` and uses it for all its jobs, one after the other. If `sink` breaks, the jobs
/// under way and those few that a thread took together with them are waited for, no further one is begun, and the
/// break's value is returned. A panic in a job is passed on.
pub fn in_order<W, R: Send, B>(
    count: usize,
    threads: usize,
    worker: impl Fn() -> W + Sync,
    job: impl Fn(&mut W, usize) -> R + Sync,
    mut sink: impl FnMut(usize, R) -> ControlFlow<B>,
) -> ControlFlow<B> {
    let threads = threads.clamp(1, count.max(1));
    let queue = Queue { state: Mutex::new(State { next: 0, delivered: 0, count }), room: Condvar::new(), threads };
    let (results, inbox) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            let (results, queue, worker, job) = (results.clone(), &queue, &worker, &job);
            scope.spawn(move || {
                let mut worker = worker();
                let mut at_once = 1;
                while let Some(jobs) = queue.take(at_once) {
                    let begin = Instant::now();
                    let of_jobs = || jobs.clone().map(|index| job(&mut worker, index)).collect::<Vec<R>>();
                    let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(of_jobs));
                    let each = begin.elapsed().as_secs_f64() / jobs.len() as f64;
                    at_once = ((CLAIM.as_secs_f64() / each) as usize).clamp(1, MOST_AT_ONCE);
                    if results.send((jobs.start, done)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(results);
        let mut early = BTreeMap::new();
        let mut wanted = 0;
        for (start, done) in inbox {
            match done {
                Ok(done) => early.insert(start, done),
                Err(panic) => {
                    queue.close();
                    std::panic::resume_unwind(panic);
                }
            };
            while let Some(done) = early.remove(&wanted) {
                for result in done {
                    if let broken @ ControlFlow::Break(_) = sink(wanted, result) {
                        queue.close();
                        return broken;
                    }
                    wanted += 1;
                }
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
    threads: usize,
}

struct State {
    next: usize,
    delivered: usize,
    count: usize,
}

impl Queue {
    /// The next jobs, at most so many, once they are not too far in front of the first one not delivered. Towards the
    /// end fewer, so that no thread is left with more than the others.
    fn take(&self, at_most: usize) -> Option<Range<usize>> {
        let ahead = self.threads * AHEAD;
        let wait = |state: &mut State| state.next < state.count && state.next >= state.delivered + ahead;
        let mut state = self.room.wait_while(self.lock(), wait).unwrap_or_else(std::sync::PoisonError::into_inner);
        let left = state.count.saturating_sub(state.next);
        if left == 0 {
            return None;
        }
        let room = state.delivered + ahead - state.next;
        let begin = state.next;
        state.next += at_most.min(room).min((left / (4 * self.threads)).max(1));
        Some(begin..state.next)
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
    fn breaking_off_begins_hardly_any_further_job() {
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
