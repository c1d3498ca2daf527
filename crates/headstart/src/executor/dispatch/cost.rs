//! How large a part of the work is: so large that what it costs besides is little, and so small that little is lost with it.

use crate::task::Job;
use std::time::Duration;

/// A part takes about so long, if it is not the last ones', and one with many workers up to so long: whoever gives out the work has a
/// millisecond or so to do for each.
const USUAL: [f64; 2] = [4.0, 10.0];

/// What is done for each part where it is given out, with as much again to spare.
const OF_PART: f64 = 0.002;

/// The first parts, as long as it is not known what anything costs; and the last ones.
const SMALL: f64 = 0.1;

/// Multiplications and additions in a second, before anything was measured.
const SPEED: f64 = 1e9;

/// What a step costs besides, in multiplications.
const OF_STEP: f64 = 1_000.0;

/// What was measured counts so much less than what was measured after it.
const FADING: f64 = 0.8;

/// What runs cost, as far as it was measured.
#[derive(Debug, Default)]
pub struct Cost {
    /// Work that was done and seconds that it took on one thread, the latest most.
    work: f64,
    seconds: f64,
    runs: f64,
    /// Seconds of all.
    total: f64,
}

impl Cost {
    /// Whether anything was measured.
    pub fn is_known(&self) -> bool {
        self.total > 0.0
    }

    /// So much work, of so many runs, took so many seconds of one thread.
    pub fn learn(&mut self, work: f64, seconds: f64, runs: usize) {
        self.work = FADING * self.work + work;
        self.seconds = FADING * self.seconds + seconds;
        self.runs = FADING * self.runs + runs as f64;
        self.total += seconds;
    }

    /// The seconds that so much work will take on one thread.
    pub fn seconds(&self, work: f64) -> f64 {
        if self.work > 0.0 { work * self.seconds / self.work } else { work / SPEED }
    }

    /// How long the next part shall take, where so many runs are left and so many threads work on them.
    pub fn target(&self, left: usize, threads: usize) -> Duration {
        let threads = threads.max(1) as f64;
        let usual = (OF_PART * threads).clamp(USUAL[0], USUAL[1]);
        // Twice as long each time, until it is known what they cost.
        let grown = SMALL + self.total / threads;
        // The last ones are smaller, so that nobody waits long for another one.
        let share = if self.runs > 0.0 { left as f64 * self.seconds / self.runs / threads / 2.0 } else { usual };
        Duration::from_secs_f64(usual.min(grown).min(share.max(SMALL)))
    }
}

/// After how long a part that should take so long is brought back as far as it is, should it take longer.
pub fn patience(target: Duration) -> Duration {
    target.mul_f64(2.5).max(Duration::from_secs(1))
}

/// The work of a run of which so many steps are done at the most: multiplications, about.
pub fn work(job: &Job<'_>, until: usize) -> f64 {
    let task = &*job.task;
    let samples = task.dataset.train.x.nrows();
    let batch = task.training().batch.unwrap_or(samples).min(samples);
    let of_step = batch as f64 * task.network().products() as f64 + OF_STEP;
    task.steps().min(until) as f64 * of_step
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_grow_to_a_few_seconds_and_shrink_at_the_end() {
        let mut cost = Cost::default();
        let (mut sizes, mut left) = (Vec::new(), 1_000_000);
        // Runs of a millisecond, though a tenth of that was thought; two threads.
        while left > 0 {
            let target = cost.target(left, 2).as_secs_f64();
            let runs = ((target / cost.seconds(1e5)) as usize).clamp(1, left);
            sizes.push(runs as f64 * 1e-3);
            cost.learn(runs as f64 * 1e5, runs as f64 * 1e-3, runs);
            left -= runs;
        }
        assert!(sizes[0] <= 1.0 && sizes[1..8].is_sorted(), "{sizes:?}");
        let usual = sizes.iter().filter(|seconds| (3.9..4.1).contains(*seconds)).count();
        assert!(usual > 200 && usual + 30 > sizes.len(), "{usual} of {}", sizes.len());
        assert!(*sizes.last().unwrap() <= 0.1 + 1e-9, "{sizes:?}");
        // Ten thousand threads get parts that whoever gives them out can keep up with.
        assert_eq!(cost.target(usize::MAX, 10_000).as_secs_f64(), 0.1 + 0.1);
        cost.learn(1e12, 1e6, 1);
        assert_eq!(cost.target(usize::MAX, 10_000), Duration::from_secs(10));
    }
}
