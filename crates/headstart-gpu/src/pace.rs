//! How much is asked of a device at once: no more than takes a moment, so that screens are drawn and work can be stopped.

use std::time::Duration;

/// What one dispatch is to take, at most about: displays wait for it, and drivers end what takes seconds.
const MOMENT: f64 = 0.05;

/// Multiply-adds a second that are taken for granted: those of software.
const AT_FIRST: f64 = 5e8;

/// What is learned of a device by one measurement, at most.
const FASTER: f64 = 8.0;

/// Multiply-adds a second of a device with networks of a kind, as far as they are known.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    rate: f64,
    /// With so many networks at once.
    count: usize,
}

impl Default for Pace {
    fn default() -> Self {
        Self { rate: AT_FIRST, count: 1 }
    }
}

impl Pace {
    /// So many networks are trained next: fewer do not fill a device, and are slower together.
    pub fn begin(&mut self, count: usize) {
        if count < self.count {
            let slower = self.rate * count as f64 / self.count as f64;
            self.rate = slower.max(AT_FIRST.min(self.rate));
        }
        self.count = count;
    }

    /// Multiply-adds that may be asked for at once.
    pub fn moment(self) -> f64 {
        self.rate * MOMENT
    }

    /// Multiply-adds of so many seconds.
    pub fn work(self, seconds: f64) -> f64 {
        self.rate * seconds
    }

    /// So much took so long.
    pub fn learn(&mut self, work: f64, took: Duration) {
        let seconds = took.as_secs_f64().max(1e-6);
        // What is over in no time says only that it was not long.
        let measured = work / seconds;
        let is_short = seconds < MOMENT / 20.0;
        let next = if is_short { measured.max(self.rate * 2.0) } else { measured };
        self.rate = next.min(self.rate * FASTER).max(AT_FIRST / 1e4);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_asked_for_what_takes_it_a_moment() {
        // A device of a trillion multiply-adds a second that takes a tenth of a millisecond to begin.
        let mut pace = Pace::default();
        let takes = |work: f64| Duration::from_secs_f64(1e-4 + work / 1e12);
        for _ in 0..20 {
            pace.learn(pace.moment(), takes(pace.moment()));
        }
        let seconds = takes(pace.moment()).as_secs_f64();
        assert!((0.03..0.1).contains(&seconds), "{seconds}");
        // It has become a hundred times slower, as where somebody else uses it.
        let slow = |work: f64| Duration::from_secs_f64(work / 1e10);
        pace.learn(pace.moment(), slow(pace.moment()));
        assert!(slow(pace.moment()).as_secs_f64() < 0.1);
    }
}
