//! What happens while work goes on, at the terminal: progress of work that takes more than a moment, and warnings.

use crate::ask::Front;
use crate::interrupts::watch;
use crate::output;
use headstart::events::{Event, Progress};
use headstart::executor::{Crew, Executor};
use headstart::words::many;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Nothing is shown of work that is done sooner.
const PATIENCE: Duration = Duration::from_millis(1500);

/// How often there is a line where there is no terminal.
const EVERY: Duration = Duration::from_secs(10);

/// Of a bar.
const LENGTH: u64 = 1000;

/// Asks from the terminal, until Ctrl-C, and shows how far the work is: a bar at a terminal, a line now and then elsewhere.
pub fn at_the_terminal<R>(executor: Option<&dyn Executor>, ask: impl FnOnce(&Front<'_>) -> R) -> R {
    let shown = Mutex::new(Shown::new());
    let listener = |event: Event<'_>| shown.lock().unwrap_or_else(PoisonError::into_inner).hear(&event);
    ask(&Front::new(watch(), &listener).by(executor))
}

/// What is shown.
struct Shown {
    is_terminal: bool,
    begin: Instant,
    bar: Option<ProgressBar>,
    /// When there was a line; the first one is late by as much as the bar is.
    line: Instant,
}

impl Shown {
    fn new() -> Self {
        let begin = Instant::now();
        Self { is_terminal: std::io::stderr().is_terminal(), begin, bar: None, line: begin + PATIENCE }
    }

    fn hear(&mut self, event: &Event<'_>) {
        match event {
            Event::Progress(progress) if self.begin.elapsed() >= PATIENCE && self.is_terminal => self.draw(progress),
            Event::Progress(progress) if !self.is_terminal && self.line.elapsed() >= EVERY => {
                self.line = Instant::now();
                output::line(&line(progress));
            }
            Event::Warning { text } => {
                self.clear();
                output::say(text);
            }
            Event::Done { .. } => self.clear(),
            _ => {}
        }
    }

    fn draw(&mut self, progress: &Progress) {
        let bar = self.bar.get_or_insert_with(|| {
            let bar = ProgressBar::with_draw_target(Some(LENGTH), ProgressDrawTarget::stderr());
            let style = ProgressStyle::with_template("{prefix}{wide_bar} {percent:>3}%  {msg}");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar
        });
        bar.set_prefix(progress.stage.clone());
        bar.set_position((progress.share * LENGTH as f64) as u64);
        bar.set_message(format!("{} steps/s{}  {} left", short(progress.rate), by_whom(progress), left(progress)));
    }

    fn clear(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

fn line(progress: &Progress) -> String {
    let of = progress.steps.map_or_else(String::new, |steps| format!(" of {} steps", short(steps as f64)));
    let (share, rate) = (100.0 * progress.share, short(progress.rate));
    format!("{}{share:.0}%{of}, {rate} steps/s{}, {} left", progress.stage, by_whom(progress), left(progress))
}

/// Where the work is done, if that is elsewhere.
fn by_whom(progress: &Progress) -> String {
    match progress.crew {
        None => String::new(),
        Some(Crew { workers: 0, .. }) => " (waiting for workers)".to_owned(),
        Some(Crew { nodes, workers }) => {
            format!(" by {} on {}", many(workers as u64, "worker"), many(nodes as u64, "node"))
        }
    }
}

/// The time that is left, as people say it.
fn left(progress: &Progress) -> String {
    match progress.left {
        None if progress.rate > 0.0 => "a little".to_owned(),
        None => "some time".to_owned(),
        Some(s) if s < 100.0 => format!("{s:.0} s"),
        Some(s) if s < 6000.0 => format!("{:.0} min", s / 60.0),
        Some(s) => format!("{:.1} h", s / 3600.0),
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
    fn how_far_it_is_stands_in_a_line() {
        let progress =
            |steps, rate, left| Progress { stage: "race: ".to_owned(), share: 0.5, steps, rate, left, crew: None };
        assert_eq!(
            line(&progress(Some(1_500_000), 2e4, Some(37.4))),
            "race: 50% of 1.50M steps, 20.0k steps/s, 37 s left"
        );
        assert_eq!(line(&progress(None, 3.0, Some(600.0))), "race: 50%, 3 steps/s, 10 min left");
        assert_eq!(line(&progress(Some(10), 0.0, None)), "race: 50% of 10 steps, 0 steps/s, some time left");
        assert_eq!(line(&progress(Some(10), 5.0, None)), "race: 50% of 10 steps, 5 steps/s, a little left");
        let by = |nodes, workers| line(&progress(None, 5.0, Some(9.0)).by(Some(Crew { nodes, workers })));
        assert_eq!(by(1, 12), "race: 50%, 5 steps/s by 12 workers on 1 node, 9 s left");
        assert_eq!(by(0, 0), "race: 50%, 5 steps/s (waiting for workers), 9 s left");
    }
}
