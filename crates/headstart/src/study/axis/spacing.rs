//! Numbers between two others.

use std::ops::Range;

/// A number at a share of the way between two.
pub fn between([low, high]: [f64; 2], log: bool, share: f64) -> f64 {
    match share {
        0.0 => low,
        1.0 => high,
        _ if log && (high / low).is_finite() => low * libm::exp(share * libm::log(high / low)),
        _ if !log && (high - low).is_finite() => low + share * (high - low),
        // So far apart that floats have no number for it.
        _ if log => libm::exp((1.0 - share) * libm::log(low) + share * libm::log(high)),
        _ => (1.0 - share) * low + share * high,
    }
}

/// A number rounded to so many significant digits: short enough to be typed.
pub fn digits(x: f64, count: usize) -> f64 {
    let rounded = format!("{x:.*e}", count.saturating_sub(1)).parse().unwrap_or(x);
    // The largest numbers have none above them to be rounded to.
    if rounded.is_finite() { rounded } else { x }
}

/// So many numbers from one end to the other, rounded to a thousandth of their distance: of them those in a window, counted from 0. A
/// number does not depend on the window that it is seen through.
pub fn spaced(ends: [f64; 2], log: bool, count: usize, window: Range<usize>) -> Vec<f64> {
    let [low, high] = ends;
    let share = |i: usize| i as f64 / (count - 1).max(1) as f64;
    let most = low.abs().max(high.abs());
    let width = match (log, (high / low).is_finite(), (high - low).is_finite()) {
        (true, true, _) => libm::log(high / low),
        (true, false, _) => libm::log(high) - libm::log(low),
        (false, _, true) => (high - low) / most,
        (false, _, false) => high / most - low / most,
    };
    let step = width.abs() / count as f64;
    let keep = (4.0 - libm::log10(step.max(1e-13))).ceil().clamp(4.0, 17.0) as usize;
    window
        .map(|i| match between(ends, log, share(i)) {
            end if i == 0 || i == count - 1 => end,
            x => digits(x, keep),
        })
        .collect()
}
