//! What is drawn within cells: intervals on a scale that a column has in common, and traces.

use crate::words::rough;
use maud::{Markup, html};
use std::fmt::Write;

const WIDTH: f64 = 88.0;
const HEIGHT: f64 = 14.0;
/// Room for what is drawn at the ends.
const EDGE: f64 = 4.0;
/// Beyond this ratio numbers above 0 are placed by their logarithms.
const WIDE: f64 = 100.0;
/// More points than these nobody sees.
const POINTS: usize = 40;

/// From which number to which one a column of intervals reaches.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    low: f64,
    high: f64,
    is_log: bool,
}

impl Scale {
    /// The scale that has room for all of these.
    pub fn of(numbers: impl Iterator<Item = f64>) -> Self {
        let (low, high) = numbers.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
        Self { low, high, is_log: low > 0.0 && high / low > WIDE }
    }

    /// Where a number lies, in pixels; what is beyond is at the end.
    fn at(&self, x: f64) -> f64 {
        let place = |x: f64| if self.is_log { x.max(f64::MIN_POSITIVE).ln() } else { x };
        let (low, high) = (place(self.low), place(self.high));
        let share = if high > low { ((place(x) - low) / (high - low)).clamp(0.0, 1.0) } else { 0.5 };
        EDGE + share * (WIDTH - 2.0 * EDGE)
    }
}

/// An interval as a bar, and the number in it as a dot; the text beside it says the same.
pub fn interval(ends: Option<[f64; 2]>, value: Option<f64>, scale: &Scale) -> Markup {
    let middle = HEIGHT / 2.0;
    html! {
        svg.bar viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } aria-hidden="true" {
            @if let Some([low, high]) = ends.filter(|ends| ends.iter().all(|end| !end.is_nan())) {
                path d={ "M" (short(scale.at(low))) " " (middle) "H" (short(scale.at(high))) } {}
            }
            @if let Some(value) = value.filter(|value| value.is_finite()) {
                circle cx=(short(scale.at(value))) cy=(middle) r="3" {}
            }
        }
    }
}

/// Losses along the way as a small curve by their logarithms, as in a terminal; where they are not finite it is broken.
pub fn trace(trace: &[f64]) -> Markup {
    let scale = Scale::of(trace.iter().copied().filter(|x| x.is_finite()));
    let scale = Scale { is_log: scale.low > 0.0, ..scale };
    let count = trace.len().min(POINTS);
    let mut path = String::new();
    let mut is_down = false;
    for i in 0..count {
        let x = trace[if count < 2 { 0 } else { i * (trace.len() - 1) / (count - 1) }];
        if !x.is_finite() {
            is_down = false;
            continue;
        }
        let across = EDGE + (WIDTH - 2.0 * EDGE) * i as f64 / (count.max(2) - 1) as f64;
        let share = (scale.at(x) - EDGE) / (WIDTH - 2.0 * EDGE);
        let up = HEIGHT - 2.0 - (HEIGHT - 4.0) * share;
        let _ = write!(path, "{}{} {}", if is_down { 'L' } else { 'M' }, short(across), short(up));
        is_down = true;
    }
    let (first, last) = (trace[0], trace[trace.len() - 1]);
    html! {
        svg.trace viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img" aria-label={ "from " (rough(first)) " to " (rough(last)) } {
            path d=(path) {}
        }
    }
}

/// A tenth of a pixel is enough.
fn short(x: f64) -> f64 {
    (x * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_is_that_of_all_its_intervals() {
        let scale = Scale::of([0.5, 1.0, 0.75].into_iter());
        assert_eq!([scale.at(0.5), scale.at(0.75), scale.at(1.0), scale.at(9.0)], [4.0, 44.0, 84.0, 84.0]);
        let scale = Scale::of([1e-4, 1.0].into_iter());
        assert!((scale.at(1e-2) - 44.0).abs() < 1e-9);
        assert_eq!(Scale::of([].into_iter()).at(1.0), 44.0);
    }

    #[test]
    fn a_trace_is_broken_where_there_is_no_number() {
        let html = trace(&[1.0, 0.5, f64::NAN, 0.1]).into_string();
        assert_eq!(html.matches('M').count(), 2, "{html}");
        assert!(html.contains("from 1 to 0.1"), "{html}");
        assert!(trace(&[0.5]).into_string().contains("M4 7"));
    }
}
