//! Progress on standard error, for work that takes more than a moment.

use crate::output;
use headstart::budget::Budget;
use headstart::engine::watch::Watch;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Nothing is shown of work that is done sooner.
const PATIENCE: Duration = Duration::from_millis(1500);

/// Work of known length, or a part of work of which only that is known.
#[derive(Debug, Default)]
pub struct Stretch(Mutex<Part>);

#[derive(Clone, Debug, Default)]
struct Part {
    /// What it is, if there are others.
    what: String,
    /// What the watch said when it began.
    begin: u64,
    /// About so many.
    steps: u64,
    /// When it began and how long it may take, if that is what is known of it.
    time: Option<(Instant, Duration)>,
}

impl Part {
    /// The share that is done, and the time that is left, in words. What takes longer than was thought is never quite done.
    fn standing(&self, steps: u64, rate: f64) -> (f64, String) {
        let made = steps.saturating_sub(self.begin) as f64;
        let (share, left) = match self.time {
            Some((begin, time)) => {
                let took = begin.elapsed().as_secs_f64();
                (took / time.as_secs_f64(), time.as_secs_f64() - took)
            }
            None => (made / self.steps.max(1) as f64, (self.steps as f64 - made) / rate),
        };
        (share.clamp(0.0, MOST), if share < MOST { duration(left) } else { "a little".to_owned() })
    }
}

/// No more than this is said to be done while work goes on.
const MOST: f64 = 0.99;

/// Of a bar.
const LENGTH: u64 = 1000;

impl Stretch {
    /// The next part begins.
    pub fn begin(&self, watch: &Watch, steps: u64, what: &str) {
        self.begin_within(watch, steps, what, None);
    }

    /// The same of work that has a budget with all that is before and behind it: where that is a time, it is known of the whole only.
    pub fn begin_within(&self, watch: &Watch, steps: u64, what: &str, budget: Option<Budget>) {
        let mut part = self.lock();
        let time = match budget {
            Some(Budget::Time(time)) => Some(part.time.unwrap_or((Instant::now(), time))),
            _ => None,
        };
        *part = Part { what: what.to_owned(), begin: watch.steps(), steps, time };
    }

    fn lock(&self) -> MutexGuard<'_, Part> {
        // Nothing panics while it holds the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Does the work while showing how far the watch says it is: a bar at a terminal, a line now and then elsewhere. `what` says what
/// the work is where there is other work before or behind it.
pub fn showing<R>(watch: &Watch, what: &str, steps: u64, work: impl FnOnce() -> R) -> R {
    let stretch = Stretch::default();
    stretch.begin(watch, steps, what);
    showing_stretches(watch, &stretch, work)
}

/// The same of work that may take so long, if that is what limits it.
pub fn showing_within<R>(watch: &Watch, budget: Option<Budget>, steps: u64, work: impl FnOnce() -> R) -> R {
    let stretch = Stretch::default();
    stretch.begin(watch, steps, "");
    if let Some(Budget::Time(time)) = budget {
        stretch.lock().time = Some((Instant::now(), time));
    }
    showing_stretches(watch, &stretch, work)
}

/// The same of work that goes on in parts and says when each begins: what is shown is how far its part is.
pub fn showing_stretches<R>(watch: &Watch, stretch: &Stretch, work: impl FnOnce() -> R) -> R {
    std::thread::scope(|scope| {
        // Dropping the sender ends the display, also where the work panics.
        let (working, done) = channel::<()>();
        scope.spawn(move || {
            let terminal = std::io::stderr().is_terminal();
            if done.recv_timeout(PATIENCE) != Err(RecvTimeoutError::Timeout) {
                return;
            }
            let begin = Instant::now();
            let before = watch.steps();
            let rate = || (watch.steps() - before) as f64 / begin.elapsed().as_secs_f64();
            if terminal {
                let bar = ProgressBar::with_draw_target(Some(LENGTH), ProgressDrawTarget::stderr());
                let style = ProgressStyle::with_template("{prefix}{wide_bar} {percent:>3}%  {msg}");
                bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
                while done.recv_timeout(Duration::from_millis(200)) == Err(RecvTimeoutError::Timeout) {
                    let part = stretch.lock().clone();
                    let (share, left) = part.standing(watch.steps(), rate());
                    bar.set_prefix(part.what);
                    bar.set_position((share * LENGTH as f64) as u64);
                    bar.set_message(format!("{} steps/s  {left} left", short(rate())));
                }
                bar.finish_and_clear();
            } else {
                while done.recv_timeout(Duration::from_secs(10)) == Err(RecvTimeoutError::Timeout) {
                    let part = stretch.lock().clone();
                    let (share, left) = part.standing(watch.steps(), rate());
                    let of = if part.time.is_some() {
                        String::new()
                    } else {
                        format!(" of {} steps", short(part.steps as f64))
                    };
                    let (what, rate) = (part.what, short(rate()));
                    output::line(&format!("{what}{:.0}%{of}, {rate} steps/s, {left} left", 100.0 * share));
                }
            }
        });
        let result = work();
        drop(working);
        result
    })
}

/// Seconds as people say them.
fn duration(seconds: f64) -> String {
    match seconds {
        s if !s.is_finite() => "some time".to_owned(),
        s if s < 100.0 => format!("{s:.0} s"),
        s if s < 6000.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.1} h", s / 3600.0),
    }
}

/// A number with three digits and a letter for its size.
fn short(x: f64) -> String {
    match x {
        x if x >= 1e9 => format!("{:.2}G", x / 1e9),
        x if x >= 1e6 => format!("{:.2}M", x / 1e6),
        x if x >= 1e3 => format!("{:.1}k", x / 1e3),
        x => format!("{x:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_than_all_is_done_and_no_huge_number_is_too_much() {
        let part = |steps| Part { steps, begin: 10, ..Part::default() };
        assert_eq!(part(100).standing(60, 10.0), (0.5, "5 s".to_owned()));
        assert_eq!(part(100).standing(5, 0.0), (0.0, "some time".to_owned()));
        assert_eq!(part(100).standing(1_209, 10.0), (MOST, "a little".to_owned()));
        assert_eq!(part(0).standing(10, 1.0), (0.0, "0 s".to_owned()));
        assert_eq!(part(u64::MAX).standing(u64::MAX, 1e300).0, MOST);
        let time = Some((Instant::now(), Duration::MAX));
        assert!(Part { time, ..part(1) }.standing(u64::MAX, 1.0).0 < 0.01);
    }
}
