//! What is drawn of results: the losses and where every seed ended, starts layer by layer, explanations, the gains that were tried, maps.

mod coordinates;
mod curves;
mod gains;
mod losses;
mod map;
mod profiles;
mod story;

pub use coordinates::coordinates;
pub use curves::Drawn;
pub use gains::gains;
pub use losses::{losses, outcomes, runs};
pub use map::map;
pub use profiles::{gradients, profiles, signals};
pub use story::{plateaus, story};

use crate::plot::{Axis, Kind};

/// The height of a chart that is seen alone, and of one of several.
const TALL: f64 = 300.0;
const LOW: f64 = 190.0;

/// A range on a logarithmic axis that shows all numbers down to `floor` of the largest, and at least a factor of two.
fn log_range(numbers: impl Iterator<Item = f64>, floor: f64) -> [f64; 2] {
    let numbers = numbers.filter(|x| x.is_finite() && *x > 0.0);
    let (low, high) = numbers.fold((f64::INFINITY, 0.0_f64), |(low, high), x| (low.min(x), high.max(x)));
    // Nothing but losses of 0 is still a picture.
    let (low, high) = if high > 0.0 { (low.max(high * floor), high) } else { (0.5, 1.0) };
    let margin = (high / low).powf(0.05).max((2.0 * low / high).sqrt().max(1.0));
    [(low / margin).max(f64::MIN_POSITIVE), (high * margin).min(f64::MAX)]
}

/// An axis.
fn axis(title: &str, kind: Kind, range: [f64; 2]) -> Axis {
    Axis { title: title.to_owned(), kind, range }
}

/// Steps, from 0 to the last one.
fn steps_axis(last: usize) -> Axis {
    axis("step", Kind::Whole, [0.0, last.max(1) as f64])
}
