//! Progress on standard error, for work that takes more than a moment.

use crate::output;
use headstart::engine::train::Watch;
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
    steps: u64,
}

impl Stretch {
    /// The next part begins.
    pub fn begin(&self, watch: &Watch, steps: u64, what: &str) {
        *self.lock() = Part { what: what.to_owned(), begin: watch.steps(), steps };
    }

    fn lock(&self) -> MutexGuard<'_, Part> {
        // Nothing panics while it holds the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Does the work while showing how far the watch says it is: a bar at a terminal, a line now and then elsewhere.
pub fn showing<R>(watch: &Watch, steps: u64, work: impl FnOnce() -> R) -> R {
    showing_stretches(watch, &Stretch(Mutex::new(Part { begin: watch.steps(), steps, ..Part::default() })), work)
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
                let mut part = stretch.lock().clone();
                let bar = ProgressBar::with_draw_target(Some(part.steps), ProgressDrawTarget::stderr());
                let style = ProgressStyle::with_template("{prefix}{wide_bar} {percent:>3}%  {msg}");
                bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
                bar.set_prefix(part.what.clone());
                while done.recv_timeout(Duration::from_millis(200)) == Err(RecvTimeoutError::Timeout) {
                    let now = stretch.lock().clone();
                    if now.begin != part.begin {
                        bar.set_length(now.steps);
                        bar.set_prefix(now.what.clone());
                    }
                    part = now;
                    bar.set_position(watch.steps().saturating_sub(part.begin));
                    // By the rate over all of it: the bar's own looks at the last moments.
                    let left = part.steps.saturating_sub(bar.position()) as f64 / rate();
                    bar.set_message(format!("{} steps/s  {} left", short(rate()), duration(left)));
                }
                bar.finish_and_clear();
            } else {
                while done.recv_timeout(Duration::from_secs(10)) == Err(RecvTimeoutError::Timeout) {
                    let (rate, Part { what, begin, steps }) = (rate(), stretch.lock().clone());
                    let made = watch.steps().saturating_sub(begin);
                    let left = duration(steps.saturating_sub(made) as f64 / rate);
                    let share = 100.0 * made as f64 / steps as f64;
                    output::line(&format!(
                        "{what}{share:.0}% of {} steps, {} steps/s, {left} left",
                        short(steps as f64),
                        short(rate)
                    ));
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
