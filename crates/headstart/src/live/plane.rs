//! The plane that decisions are drawn on: two features, or the two directions in which samples differ most.

use crate::data::{Dataset, Kind, Targets};
use crate::task::Task;
use crate::words::percent;
use headstart_engine::rng::{Native, Stream};
use ndarray::{Array1, Array2, ArrayView2, Axis};
use serde::Serialize;

/// Cells along each side of the plane, if there is room.
const SIDE: usize = 48;
/// Numbers that the features of all cells together may be, and multiply-adds of all that is said of them.
const MOST_NUMBERS: usize = 3_000_000;
const MOST_WORK: usize = 400_000_000;
/// Samples that are drawn of each set, and that directions are found from.
const MOST_POINTS: usize = 400;
const MOST_FOR_DIRECTIONS: usize = 1000;

/// A square grid of points in the space of the features, as the network gets them.
#[derive(Clone, Debug)]
pub struct Plane {
    /// What its axes are called.
    pub axes: [String; 2],
    /// What is to be said of them; empty where they are the features themselves.
    pub note: String,
    /// From where to where each axis goes.
    pub ranges: [[f64; 2]; 2],
    /// Cells along each side.
    pub side: usize,
    /// What colours mean.
    pub colour: Colour,
    /// Samples on it: some, evenly from the whole sets.
    pub points: Vec<Point>,
    /// The features of its cells, `side * side x features`, row by row from the lowest one.
    pub(super) cells: Array2<f64>,
}

/// What a colour says of a point.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Colour {
    /// How far the single output is on the way from what stands for the first class to what stands for the second.
    Probability {
        /// The names of the two.
        classes: Vec<String>,
    },
    /// The class with the largest output.
    Class {
        /// Their names.
        classes: Vec<String>,
    },
    /// The first output.
    Value {
        /// From the smallest to the largest target, as training has them.
        range: [f64; 2],
        /// The same two as they are in the data.
        told: [f64; 2],
    },
}

/// A sample on the plane.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Where.
    pub at: [f64; 2],
    /// The number of its class, or its first target.
    pub label: f64,
    /// Whether it is one of the test set.
    pub is_test: bool,
}

impl Plane {
    /// Of a task's samples.
    pub fn of(task: &Task) -> Self {
        let dataset = &task.dataset;
        let features = dataset.train.x.ncols();
        let directions = Directions::of(&dataset.train.x.view());
        let mut points = Vec::new();
        let sets = [(Some(&dataset.train), false), (dataset.test.as_ref(), true)];
        for (samples, is_test) in sets.into_iter().filter_map(|(samples, is_test)| Some((samples?, is_test))) {
            for i in evenly(samples.x.nrows(), MOST_POINTS) {
                let label = match &samples.y {
                    Targets::Classes(classes) => classes[i] as f64,
                    Targets::Values(values) => values[[i, 0]],
                };
                points.push(Point { at: directions.place(&samples.x.row(i).to_owned()), label, is_test });
            }
        }
        let ranges = [0, 1].map(|axis| range(points.iter().map(|point| point.at[axis])));
        let most = (MOST_NUMBERS / features).min(MOST_WORK / task.network().parameter_count().max(1));
        let side = (most as f64).sqrt().clamp(8.0, SIDE as f64) as usize;
        let middle = |[low, high]: [f64; 2], i: usize| low + (high - low) * (i as f64 + 0.5) / side as f64;
        let mut cells = Array2::zeros((side * side, features));
        for (i, mut cell) in cells.outer_iter_mut().enumerate() {
            let at = [middle(ranges[0], i % side), middle(ranges[1], i / side)];
            cell.assign(&directions.features(at));
        }
        Self {
            axes: directions.names(dataset),
            note: directions.note(dataset),
            ranges,
            side,
            colour: colour(task),
            points,
            cells,
        }
    }
}

fn colour(task: &Task) -> Colour {
    let dataset = &task.dataset;
    match &dataset.kind {
        Kind::Classes(names) if task.network().outputs() == 1 => Colour::Probability { classes: names.clone() },
        Kind::Classes(names) => Colour::Class { classes: names.clone() },
        Kind::Regression { .. } => {
            let values = match &dataset.train.y {
                Targets::Values(values) => values.column(0).to_vec(),
                Targets::Classes(classes) => classes.iter().map(|class| *class as f64).collect(),
            };
            let ends = |[low, high]: [f64; 2], x: f64| [low.min(x), high.max(x)];
            let range = values.into_iter().fold([f64::INFINITY, f64::NEG_INFINITY], ends);
            Colour::Value { range, told: range.map(|end| dataset.scaling.targets.undo(0, end)) }
        }
    }
}

/// At most so many of `count` places, evenly spread.
pub(super) fn evenly(count: usize, most: usize) -> impl Iterator<Item = usize> {
    let taken = count.min(most);
    (0..taken).map(move |i| i * count / taken)
}

/// The smallest and the largest, with a margin.
fn range(numbers: impl Iterator<Item = f64>) -> [f64; 2] {
    let ends = |[low, high]: [f64; 2], x: f64| [low.min(x), high.max(x)];
    let [low, high] = numbers.fold([f64::INFINITY, f64::NEG_INFINITY], ends);
    let margin = if high > low { 0.08 * (high - low) } else { 1.0 };
    [low - margin, high + margin]
}

/// Two directions in the space of features, and where they cross.
struct Directions {
    middle: Array1<f64>,
    /// Of length 1, and at right angles; the second one is missing of a single feature.
    axes: Vec<Array1<f64>>,
    /// The share of the variance that they have; none where they are the features.
    share: Option<f64>,
}

impl Directions {
    /// Of samples x features.
    fn of(x: &ArrayView2<f64>) -> Self {
        let features = x.ncols();
        if features <= 2 {
            let unit = |i: usize| Array1::from_shape_fn(features, |j| f64::from(u8::from(i == j)));
            return Self { middle: Array1::zeros(features), axes: (0..features).map(unit).collect(), share: None };
        }
        let some: Vec<usize> = evenly(x.nrows(), MOST_FOR_DIRECTIONS).collect();
        let mut x = x.select(Axis(0), &some);
        let middle = x.mean_axis(Axis(0)).expect("there are samples");
        x -= &middle;
        let (axes, share) = principal(&x);
        Self { middle, axes, share: Some(share) }
    }

    fn place(&self, features: &Array1<f64>) -> [f64; 2] {
        let from = features - &self.middle;
        [0, 1].map(|i| self.axes.get(i).map_or(0.0, |axis| axis.dot(&from)))
    }

    fn features(&self, at: [f64; 2]) -> Array1<f64> {
        self.axes.iter().zip(at).fold(self.middle.clone(), |sum, (axis, x)| sum + axis * x)
    }

    fn names(&self, dataset: &Dataset) -> [String; 2] {
        let name = |i: usize| match self.share {
            Some(_) => format!("component {}", i + 1),
            None => dataset.features.get(i).cloned().unwrap_or_else(|| format!("x{}", i + 1)),
        };
        [name(0), if self.axes.len() < 2 { String::new() } else { name(1) }]
    }

    fn note(&self, dataset: &Dataset) -> String {
        let features = dataset.train.x.ncols();
        match self.share {
            Some(share) => format!(
                "drawn on the first two principal components, which have {} of the variance of the {features} features; along all others \
                 samples are taken to be average",
                percent(share, 0)
            ),
            None if self.axes.len() < 2 => "there is one feature, from left to right".to_owned(),
            None => String::new(),
        }
    }
}

/// The first two principal components of centred samples (samples x features), by orthogonal iteration (Golub and Van Loan 2013,
/// section 8.2.4), and their share of the variance. Each begins with its largest element above 0.
fn principal(x: &Array2<f64>) -> (Vec<Array1<f64>>, f64) {
    const ROUNDS: usize = 60;
    let mut stream = Native::new(0, 0);
    let mut axes: Vec<Array1<f64>> = (0..2).map(|_| (0..x.ncols()).map(|_| stream.normal()).collect()).collect();
    orthonormal(&mut axes);
    for _ in 0..ROUNDS {
        for axis in &mut axes {
            *axis = x.t().dot(&x.dot(axis));
        }
        orthonormal(&mut axes);
    }
    for axis in &mut axes {
        let largest = axis.iter().fold(0.0_f64, |largest, a| if a.abs() > largest.abs() { *a } else { largest });
        if largest < 0.0 {
            *axis *= -1.0;
        }
    }
    let all = x.iter().map(|a| a * a).sum::<f64>();
    let theirs = axes.iter().map(|axis| x.dot(axis).mapv(|a| a * a).sum()).sum::<f64>();
    (axes, if all > 0.0 { theirs / all } else { 0.0 })
}

/// Makes directions orthonormal, first to last. One in which nothing is left becomes 0.
fn orthonormal(axes: &mut [Array1<f64>]) {
    for i in 0..axes.len() {
        let (before, rest) = axes.split_at_mut(i);
        let axis = &mut rest[0];
        for other in before.iter() {
            let along = other.dot(axis);
            axis.scaled_add(-along, other);
        }
        let length = axis.dot(axis).sqrt();
        *axis *= if length > 0.0 && length.is_finite() { 1.0 / length } else { 0.0 };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn principal_components_are_those_of_a_stretched_cloud() {
        let mut stream = Native::new(3, 0);
        let mut x = Array2::from_shape_fn((200, 5), |(_, j)| stream.normal() * [0.1, 5.0, 0.1, 2.0, 0.1][j]);
        let mean = x.mean_axis(Axis(0)).unwrap();
        x -= &mean;
        let (axes, share) = principal(&x);
        assert!(axes[0][1] > 0.999 && axes[1][3] > 0.99, "{axes:?}");
        assert!(axes[0].dot(&axes[1]).abs() < 1e-12 && share > 0.99);
    }

    #[test]
    fn a_place_on_the_plane_has_the_features_that_lie_there() {
        let x = array![[1.0, 2.0, 3.0], [2.0, 4.5, 6.0], [0.0, 0.5, 1.0], [5.0, 1.0, 2.0]];
        let directions = Directions::of(&x.view());
        let there = directions.features([0.3, -0.2]);
        let back = directions.place(&there);
        assert!((back[0] - 0.3).abs() < 1e-12 && (back[1] + 0.2).abs() < 1e-12);
    }

    #[test]
    fn samples_that_are_all_equal_have_a_plane() {
        let (axes, share) = principal(&Array2::zeros((4, 3)));
        assert!(share == 0.0 && axes.iter().flatten().all(|a| *a == 0.0));
    }

    #[test]
    fn places_are_spread_evenly_and_none_is_taken_twice() {
        assert_eq!(evenly(10, 5).collect::<Vec<_>>(), [0, 2, 4, 6, 8]);
        assert_eq!(evenly(3, 5).collect::<Vec<_>>(), [0, 1, 2]);
        assert_eq!(evenly(0, 5).count(), 0);
    }
}
