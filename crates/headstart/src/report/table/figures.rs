//! Figures as the cells of a table have them.

use crate::words::rough;

/// An R^2: of what is far worse than guessing nobody wants the digits.
pub fn r2(r2: Option<f64>) -> String {
    match r2 {
        None => nothing(),
        Some(r2) if r2 <= -100.0 => rough(r2),
        // No minus in front of nothing.
        Some(r2) if r2.abs() < 5e-4 => "0.000".to_owned(),
        Some(r2) => format!("{r2:.3}"),
    }
}

pub fn with_interval(mean: &str, interval: Option<[f64; 2]>, digits: impl Fn(f64) -> String) -> String {
    interval.map_or(mean.to_owned(), |[low, high]| format!("{mean} [{}, {}]", digits(low), digits(high)))
}

/// A share to four digits, as accuracies are published.
pub fn share(share: Option<f64>) -> String {
    share.map_or_else(nothing, |share| format!("{share:.4}"))
}

pub fn nothing() -> String {
    "-".to_owned()
}

/// `e` to a power, which as a number would be 0 or beyond all numbers.
pub fn exponential(ln: f64) -> String {
    if !ln.is_finite() {
        return nothing();
    }
    let tens = ln / std::f64::consts::LN_10;
    // 9.999 is 10.00, and that is 1.00 of the next power.
    let (digits, power) = match (100.0 * libm::exp10(tens - tens.floor())).round() / 100.0 {
        digits if digits < 10.0 => (digits, tens.floor()),
        digits => (digits / 10.0, tens.floor() + 1.0),
    };
    format!("{digits:.2}e{power:.0}")
}
