//! Figures as the cells of a table have them.

use crate::report::document::{Cell, Interval};
use crate::words::{count, number, percent, rough};

/// A number as it stands there; what is none is sorted as nothing.
pub fn figure(text: String, x: f64) -> Cell {
    Cell { text, value: (!x.is_nan()).then_some(x), ..Cell::default() }
}

/// A number with enough digits to tell it from its neighbours.
pub fn measured(x: f64) -> Cell {
    figure(number(x), x)
}

/// The same, if there is one.
pub fn measured_or_nothing(x: Option<f64>) -> Cell {
    x.map_or_else(nothing, measured)
}

/// A number of three digits.
pub fn roughly(x: f64) -> Cell {
    figure(rough(x), x)
}

/// How many there are.
pub fn counted(n: u64) -> Cell {
    Cell::number(count(n), n as f64)
}

/// A number of its own, as of a seed: without commas.
pub fn numbered(n: u64) -> Cell {
    Cell::number(n.to_string(), n as f64)
}

/// An R^2: of what is far worse than guessing nobody wants the digits.
pub fn r2(r2: Option<f64>) -> Cell {
    let text = match r2 {
        None => return nothing(),
        Some(r2) if r2 <= -100.0 => rough(r2),
        // No minus in front of nothing.
        Some(r2) if r2.abs() < 5e-4 => "0.000".to_owned(),
        Some(r2) => format!("{r2:.3}"),
    };
    figure(text, r2.unwrap_or(f64::NAN))
}

/// The number of a cell with an interval around it.
pub fn with_interval(cell: Cell, interval: Option<[f64; 2]>, digits: impl Fn(f64) -> String) -> Cell {
    let of = |ends: [f64; 2]| Interval { ends, text: ends.map(digits).join(", ") };
    Cell { interval: interval.map(of), ..cell }
}

/// A share to four digits, as accuracies are published.
pub fn share(share: Option<f64>) -> Cell {
    share.map_or_else(nothing, |share| figure(format!("{share:.4}"), share))
}

/// A share in per cent.
pub fn in_percent(share: Option<f64>) -> Cell {
    share.map_or_else(nothing, |share| figure(percent(share, 0), 100.0 * share))
}

/// What stands where there is nothing.
pub fn nothing() -> Cell {
    Cell::text("-")
}

/// `e` to a power, which as a number would be 0 or beyond all numbers.
pub fn exponential(ln: f64) -> String {
    if !ln.is_finite() {
        return "-".to_owned();
    }
    let tens = ln / std::f64::consts::LN_10;
    // 9.999 is 10.00, and that is 1.00 of the next power.
    let (digits, power) = match (100.0 * libm::exp10(tens - tens.floor())).round() / 100.0 {
        digits if digits < 10.0 => (digits, tens.floor()),
        digits => (digits / 10.0, tens.floor() + 1.0),
    };
    format!("{digits:.2}e{power:.0}")
}
