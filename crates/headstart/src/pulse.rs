//! How far work is, for whoever asks.

use crate::budget::Budget;
use crate::events::Progress;
use headstart_engine::watch::Watch;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How far work is. Copies are of the same work.
#[derive(Clone, Debug, Default)]
pub struct Pulse(Arc<Mutex<Beat>>);

#[derive(Debug, Default)]
struct Beat {
    stage: Stage,
    /// When the work began, whose it is, and what its watch said then.
    start: Option<(Instant, Watch, u64)>,
}

impl Pulse {
    /// How far the work is now; none before it begins.
    pub fn progress(&self) -> Option<Progress> {
        let beat = self.beat();
        let (begin, watch, before) = beat.start.as_ref()?;
        let steps = watch.steps();
        let rate = (steps - before) as f64 / begin.elapsed().as_secs_f64();
        Some(beat.stage.progress(steps, rate))
    }

    /// Work begins that this watch counts.
    pub(crate) fn start(&self, watch: &Watch) {
        self.beat().start = Some((Instant::now(), watch.clone(), watch.steps()));
    }

    /// A stage begins when the watch says so many steps.
    pub(crate) fn begin(&self, name: &str, at: u64, steps: u64, budget: Option<Budget>) {
        let mut beat = self.beat();
        beat.stage = beat.stage.next(name, at, steps, budget);
    }

    fn beat(&self) -> MutexGuard<'_, Beat> {
        // Nothing panics while it holds the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// No more than this is said to be done while work goes on.
const MOST: f64 = 0.99;

/// The stage that work is in, and how to tell how far it is.
#[derive(Clone, Debug, Default)]
struct Stage {
    name: String,
    /// What the watch said when it began.
    begin: u64,
    steps: u64,
    /// When the work began and how long it may take, if that is what is known of it.
    time: Option<(Instant, Duration)>,
}

impl Stage {
    /// The stage after this one, which begins when the watch says so many steps. Where the budget is a time, that is known of the whole
    /// work only.
    fn next(&self, name: &str, begin: u64, steps: u64, budget: Option<Budget>) -> Self {
        let time = match budget {
            Some(Budget::Time(time)) => Some(self.time.unwrap_or((Instant::now(), time))),
            _ => None,
        };
        Self { name: name.to_owned(), begin, steps, time }
    }

    /// How far it is when the watch says so many steps.
    fn progress(&self, steps: u64, rate: f64) -> Progress {
        let made = steps.saturating_sub(self.begin) as f64;
        let (share, left) = match self.time {
            Some((begin, time)) => {
                let took = begin.elapsed().as_secs_f64();
                (took / time.as_secs_f64(), time.as_secs_f64() - took)
            }
            None => (made / self.steps.max(1) as f64, (self.steps as f64 - made) / rate),
        };
        Progress {
            stage: self.name.clone(),
            share: share.clamp(0.0, MOST),
            steps: self.time.is_none().then_some(self.steps),
            rate,
            left: Some(left).filter(|left| share < MOST && left.is_finite()),
            crew: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_than_all_is_done_and_no_huge_number_is_too_much() {
        let stage = |steps| Stage { steps, begin: 10, ..Stage::default() };
        let told = |steps, at, rate| {
            let Progress { share, left, .. } = stage(steps).progress(at, rate);
            (share, left)
        };
        assert_eq!(told(100, 60, 10.0), (0.5, Some(5.0)));
        assert_eq!(told(100, 5, 0.0), (0.0, None));
        assert_eq!(told(100, 1_209, 10.0), (MOST, None));
        assert_eq!(told(0, 10, 1.0), (0.0, Some(0.0)));
        assert_eq!(told(u64::MAX, u64::MAX, 1e300).0, MOST);
        let time = Some((Instant::now(), Duration::MAX));
        assert!(Stage { time, ..stage(1) }.progress(u64::MAX, 1.0).share < 0.01);
    }
}
