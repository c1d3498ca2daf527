//! How much may be spent: time, or steps.

use crate::words::count;
use headstart_engine::watch::Watch;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// What may be spent. Of steps the same number is spent everywhere; what is done in a time depends on the machine.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Budget {
    /// Time by the clock.
    Time(Duration),
    /// Updates of the parameters, of all networks together.
    Steps(u64),
}

/// How often it is looked whether the time is over.
const LOOK: Duration = Duration::from_millis(20);

impl Budget {
    /// Works until it is done or the budget is spent, whichever comes first: then the watch is stopped. Tells whether it was.
    pub fn spend<R>(budget: Option<Self>, watch: &Watch, work: impl FnOnce() -> R) -> (R, bool) {
        let Some(budget) = budget else {
            return (work(), false);
        };
        let (begin, before) = (Instant::now(), watch.steps());
        if let Self::Steps(steps) = budget {
            watch.expect(steps);
        }
        let is_spent = || match budget {
            Self::Time(time) => begin.elapsed() >= time,
            Self::Steps(steps) => watch.steps().saturating_sub(before) >= steps,
        };
        std::thread::scope(|scope| {
            let (working, done) = channel::<()>();
            let guard = scope.spawn(move || {
                while done.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
                    if is_spent() {
                        watch.stop();
                        return true;
                    }
                }
                false
            });
            let result = work();
            drop(working);
            watch.expect(u64::MAX);
            (result, guard.join().unwrap_or(false))
        })
    }
}

impl Budget {
    /// As people say it.
    pub fn in_words(self) -> String {
        match self {
            Self::Time(_) => self.to_string(),
            Self::Steps(steps) => format!("{} steps", count(steps)),
        }
    }
}

impl FromStr for Budget {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "\"{text}\" is no budget; give a time, as in 90s, 10m or 2h, or steps, as in 5000000steps or 5Msteps"
            )
        };
        let number = |text: &str, factor: f64| {
            let x = text.trim().parse::<f64>().map_err(|_| wrong())? * factor;
            if x > 0.0 && x < 1e18 { Ok(x) } else { Err(wrong()) }
        };
        let text = text.trim();
        if let Some(steps) = text.strip_suffix("steps").map(str::trim_end) {
            let (steps, factor) = match steps.strip_suffix(['k', 'M', 'G']) {
                Some(rest) if steps.ends_with('k') => (rest, 1e3),
                Some(rest) if steps.ends_with('M') => (rest, 1e6),
                Some(rest) => (rest, 1e9),
                None => (steps, 1.0),
            };
            return Ok(Self::Steps(number(steps, factor)?.ceil() as u64));
        }
        let seconds = match text.strip_suffix(['s', 'm', 'h']) {
            Some(rest) if text.ends_with('s') => number(rest, 1.0)?,
            Some(rest) if text.ends_with('m') => number(rest, 60.0)?,
            Some(rest) => number(rest, 3600.0)?,
            None => return Err(wrong()),
        };
        // Less than a nanosecond is one: no budget is nothing.
        Duration::try_from_secs_f64(seconds.max(1e-9)).map(Self::Time).map_err(|_| wrong())
    }
}

impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Time(time) => write!(f, "{}s", time.as_secs_f64()),
            Self::Steps(steps) => write!(f, "{steps}steps"),
        }
    }
}

impl Serialize for Budget {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Budget {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn budgets_are_written_as_people_write_them() {
        let time = |seconds| Ok(Budget::Time(Duration::from_secs_f64(seconds)));
        for (text, budget) in [("90s", time(90.0)), ("0.5m", time(30.0)), (" 2h ", time(7200.0))] {
            assert_eq!(text.parse(), budget);
        }
        for (text, steps) in [("5000steps", 5_000), ("2.5Msteps", 2_500_000), ("1e3 steps", 1_000), ("7k steps", 7_000)]
        {
            assert_eq!(text.parse(), Ok(Budget::Steps(steps)));
        }
        for text in ["", "5", "s", "-1s", "0steps", "infs", "nan h", "1d", "1e300h", "5M"] {
            assert!(text.parse::<Budget>().unwrap_err().contains("as in 90s"), "{text}");
        }
        for text in ["90s", "2500000steps"] {
            assert_eq!(text.parse::<Budget>().unwrap().to_string(), text);
        }
        assert_eq!(Budget::Steps(2_500_000).in_words(), "2,500,000 steps");
    }

    #[test]
    fn work_is_stopped_when_the_budget_is_spent_and_not_before() {
        let watch = Watch::default();
        let until_stopped = || {
            while !watch.is_stopped() {
                watch.add(10);
                std::thread::sleep(Duration::from_millis(1));
            }
        };
        assert_eq!(Budget::spend(Some(Budget::Steps(100)), &watch, until_stopped), ((), true));
        assert!(watch.steps() >= 100);
        let watch = Watch::default();
        assert_eq!(Budget::spend(Some(Budget::Time(Duration::from_secs(1000))), &watch, || 7), (7, false));
        assert_eq!(Budget::spend(None, &watch, || 7), (7, false));
        assert!(!watch.is_stopped());
    }
}
