//! A figure over two axes: what [`crate::report::pictures::map`] draws as colours.

use crate::words::rough;
use serde::Serialize;

/// A figure over two axes, in one or several panels side by side.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Map {
    /// Columns, first to last from left to right.
    pub x: Axis,
    /// Rows, first to last from bottom to top.
    pub y: Axis,
    /// What the colours mean.
    pub value: String,
    /// The figures at the two ends of the colours; what lies beyond has the end's colour.
    pub range: [f64; 2],
    /// Which colours.
    pub colours: Colours,
    /// Whether small figures are the better ones: the best is bright.
    pub small_is_best: bool,
    /// The figure from which on cells are outlined together, if they are.
    pub outline: Option<f64>,
    /// Lines over all panels; what of them lies within a panel is drawn there.
    pub lines: Vec<Line>,
    /// The panels.
    pub panels: Vec<Panel>,
}

/// How figures become colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Colours {
    /// From dark to bright, the best.
    Sequential,
    /// The same by the logarithm, for figures above 0.
    Logarithmic,
    /// Blue below 0, white at 0, red above: for figures whose sign matters.
    Divergent,
}

/// Names and positions of rows or columns.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Axis {
    /// What it is.
    pub name: String,
    /// The numbers, rising; cells are of equal size whatever lies between them.
    pub values: Vec<f64>,
}

/// A line over the panels of a map.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Line {
    /// Its name, written at its end; may be empty.
    pub name: String,
    /// Its corners: a number of the x axis and one of the y axis each. It is broken where one is not a number; what is
    /// infinite lies beyond the panel.
    pub points: Vec<[f64; 2]>,
}

/// One panel of a map.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Panel {
    /// What tells it from the others.
    pub title: String,
    /// Its own columns and rows, where they are not those of the map: another view of the same plane.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub axes: Option<[Axis; 2]>,
    /// `rows x columns`; what is not a number stays grey.
    pub cells: Vec<Vec<f64>>,
}

impl Map {
    /// The columns and the rows of a panel.
    pub fn axes<'a>(&'a self, panel: &'a Panel) -> [&'a Axis; 2] {
        match &panel.axes {
            Some([x, y]) => [x, y],
            None => [&self.x, &self.y],
        }
    }
}

impl Line {
    /// The pieces of it that lie within a panel of these columns and rows, in cells from the lower left corner.
    pub fn pieces(&self, x: &Axis, y: &Axis) -> Vec<Vec<[f64; 2]>> {
        let at = |[px, py]: &[f64; 2]| [x.position(*px), y.position(*py)];
        let points: Vec<[f64; 2]> = self.points.iter().map(at).collect();
        let size = [x.values.len() as f64, y.values.len() as f64];
        let mut pieces: Vec<Vec<[f64; 2]>> = Vec::new();
        for pair in points.windows(2) {
            let Some([from, to]) = clipped([pair[0], pair[1]], size) else { continue };
            match pieces.last_mut() {
                Some(piece) if piece.last() == Some(&from) => piece.push(to),
                _ => pieces.push(vec![from, to]),
            }
        }
        pieces
    }
}

/// The part of a segment within the rectangle from the origin to `size` (Liang and Barsky 1984); none if it is outside, or
/// an end is not a number.
fn clipped([from, to]: [[f64; 2]; 2], size: [f64; 2]) -> Option<[[f64; 2]; 2]> {
    if from.iter().chain(&to).any(|x| x.is_nan()) {
        return None;
    }
    let (mut enters, mut leaves) = (0.0_f64, 1.0_f64);
    for axis in 0..2 {
        let step = to[axis] - from[axis];
        // How far it is to the lower and to the upper edge, and how fast they come nearer.
        for (distance, speed) in [(from[axis], -step), (size[axis] - from[axis], step)] {
            if speed == 0.0 && distance < 0.0 {
                return None;
            } else if speed < 0.0 {
                enters = enters.max(distance / speed);
            } else if speed > 0.0 {
                leaves = leaves.min(distance / speed);
            }
        }
    }
    // An end that is inside stays as it is, to the last bit: the next segment begins with it.
    let at = |t: f64| match t {
        0.0 => from,
        1.0 => to,
        t => [from[0] + t * (to[0] - from[0]), from[1] + t * (to[1] - from[1])],
    };
    (enters <= leaves).then(|| [at(enters), at(leaves)])
}

/// So many cells away a point is as far as infinity.
const FAR: f64 = 1e4;

impl Axis {
    /// An axis of this name.
    pub fn new(name: impl Into<String>, values: Vec<f64>) -> Self {
        Self { name: name.into(), values }
    }

    /// Whether it is read on a logarithmic scale: its numbers are above 0, and their ratios are more alike than their
    /// differences.
    pub fn is_logarithmic(&self) -> bool {
        let uneven = |step: fn(f64, f64) -> f64| {
            let steps = self.values.windows(2).map(|pair| step(pair[0], pair[1]));
            let (low, high) = steps.fold((f64::INFINITY, 0.0_f64), |(low, high), x| (low.min(x), high.max(x)));
            high / low
        };
        // Rounding makes even steps uneven in the last digits; where both are even, as of two numbers, ratios count.
        self.values.first().is_some_and(|first| *first > 0.0)
            && uneven(|a, b| (b / a).ln()) <= uneven(|a, b| b - a) * (1.0 + 1e-9)
    }

    /// Where a number lies along the axis, in cells: the middle of the first is at 0.5.
    pub fn position(&self, value: f64) -> f64 {
        let values = &self.values;
        if values.len() < 2 {
            return 0.5;
        }
        let next = values.partition_point(|v| *v < value).clamp(1, values.len() - 1);
        let (low, high) = (values[next - 1], values[next]);
        let share = match self.is_logarithmic() {
            true if value <= 0.0 => f64::NEG_INFINITY,
            true => (value / low).ln() / (high / low).ln(),
            false => (value - low) / (high - low),
        };
        (next as f64 - 0.5 + share).clamp(-FAR, FAR + values.len() as f64)
    }

    /// At most so many numbers to be read along it, each with its position: all of them, or else round ones.
    pub fn ticks(&self, most: usize) -> Vec<(f64, String)> {
        let values = &self.values;
        let (Some(&low), Some(&high)) = (values.first(), values.last()) else { return Vec::new() };
        if values.len() <= most {
            return values.iter().enumerate().map(|(i, value)| (i as f64 + 0.5, rough(*value))).collect();
        }
        let round = |of: Vec<f64>, name: &dyn Fn(f64) -> String| -> Vec<(f64, String)> {
            of.into_iter().map(|value| (self.position(value), name(value))).collect()
        };
        if self.is_logarithmic() && high / low >= 100.0 {
            let (first, last) = (low.log10().ceil() as i32, high.log10().floor() as i32);
            let every = ((last - first) as usize / most + 1) as i32;
            let power = |e: i32| format!("1e{e}").parse().unwrap_or(f64::NAN);
            return round((first..=last).filter(|e| e % every == 0).map(power).collect(), &rough);
        }
        if self.is_logarithmic() && high / low >= 5.0 {
            let exponents = low.log10().floor() as i32..=high.log10().ceil() as i32;
            for mantissas in [&[1.0, 2.0, 5.0][..], &[1.0, 3.0], &[1.0]] {
                let all = exponents.clone().flat_map(|e| mantissas.iter().map(move |m| format!("{m}e{e}")));
                let of: Vec<f64> =
                    all.filter_map(|text| text.parse().ok()).filter(|x| (low..=high).contains(x)).collect();
                if (2..=most).contains(&of.len()) {
                    return round(of, &rough);
                }
            }
        }
        // 1, 2 or 5 and zeros; the last digits that two of them differ in are written.
        let least = (high - low) / most.saturating_sub(1).max(1) as f64;
        let unit = 10_f64.powi(least.log10().floor() as i32);
        let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|m| m * unit).find(|step| *step >= least).unwrap_or(least);
        let digits = (-step.log10().floor()).max(0.0) as usize;
        let (first, last) = ((low / step).ceil() as i64, (high / step).floor() as i64);
        round((first..=last).map(|i| i as f64 * step).collect(), &|value| format!("{value:.digits$}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(values: &[f64]) -> Axis {
        Axis::new("axis", values.to_vec())
    }

    #[test]
    fn a_number_lies_between_the_cells_next_to_it() {
        let rows = axis(&[0.1, 1.0, 10.0]);
        assert!((rows.position(1.0) - 1.5).abs() < 1e-12);
        assert!((rows.position(0.1_f64.sqrt()) - 1.0).abs() < 1e-12);
        // Beyond the cells it goes on, but not for ever.
        assert!((rows.position(100.0) - 3.5).abs() < 1e-12);
        assert_eq!((rows.position(0.0), rows.position(f64::INFINITY)), (-FAR, FAR + 3.0));
        assert_eq!(axis(&[0.1]).position(7.0), 0.5);
        let even = axis(&[1.0, 1.5, 2.0, 2.5]);
        assert!(!even.is_logarithmic() && rows.is_logarithmic() && !axis(&[0.0, 1.0]).is_logarithmic());
        assert!((even.position(1.25) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn labels_stay_few_and_round() {
        let names = |axis: &Axis| axis.ticks(8).into_iter().map(|(_, name)| name).collect::<Vec<_>>();
        assert_eq!(names(&axis(&[1.0, 2.5, 4.0])), ["1", "2.5", "4"]);
        let many = |low: f64, high: f64, log: bool| {
            let at = |i: i32| f64::from(i) / 511.0;
            axis(
                &(0..512)
                    .map(|i| if log { low * (high / low).powf(at(i)) } else { low + (high - low) * at(i) })
                    .collect::<Vec<_>>(),
            )
        };
        assert_eq!(names(&many(0.05, 2000.0, true)), ["0.1", "1", "10", "100", "1000"]);
        // The last of ten powers and more are left out evenly.
        assert!(names(&many(1e-9, 1e9, true)).len() <= 8);
        assert_eq!(names(&many(0.0, 100.0, false)), ["0", "20", "40", "60", "80", "100"]);
        assert_eq!(names(&many(0.1, 7.0, true)), ["0.1", "0.2", "0.5", "1", "2", "5"]);
        // A view so close that only the last digits differ.
        assert_eq!(names(&many(7.2415, 7.2419, true)), ["7.2415", "7.2416", "7.2417", "7.2418", "7.2419"]);
        let ticks = many(0.05, 2000.0, true).ticks(8);
        assert!((ticks[1].0 - 0.5 - 511.0 * (1.0_f64 / 0.05).ln() / (2000.0_f64 / 0.05).ln()).abs() < 1e-9);
    }

    #[test]
    fn a_line_is_cut_at_the_panel() {
        let (x, y) = (axis(&[0.0, 1.0, 2.0]), axis(&[0.0, 1.0]));
        let pieces = |points: &[[f64; 2]]| Line { name: String::new(), points: points.to_vec() }.pieces(&x, &y);
        // Through all of it.
        assert_eq!(pieces(&[[-5.0, 0.5], [5.0, 0.5]]), [[[0.0, 1.0], [3.0, 1.0]]]);
        // From within upwards, to infinity.
        let up = pieces(&[[1.0, 0.0], [1.0, f64::INFINITY]]);
        assert_eq!(up, [[[1.5, 0.5], [1.5, 2.0]]]);
        // Corners within it hold together; outside there is nothing; what is not a number breaks the line.
        assert_eq!(pieces(&[[0.0, 0.0], [1.0, 1.0], [2.0, 0.0]]).len(), 1);
        assert!(pieces(&[[0.0, 5.0], [2.0, 5.0]]).is_empty() && pieces(&[[-9.0, 0.0], [0.0, 9.0]]).is_empty());
        assert_eq!(pieces(&[[0.0, 0.0], [1.0, 0.0], [f64::NAN, 0.0], [1.0, 0.5], [2.0, 0.5]]).len(), 2);
        // Out and in again.
        assert_eq!(pieces(&[[0.0, 0.0], [1.0, 9.0], [2.0, 0.0]]).len(), 2);
    }
}
