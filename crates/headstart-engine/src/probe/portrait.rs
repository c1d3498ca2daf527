//! A network while it trains, unit by unit: what pictures of it show, for one pass forward and one back.

use super::{SATURATED, blocks, second_moment};
use crate::landscape::Landscape;
use crate::landscape::tape::{Rows, Tape};
use crate::network::{Layer, Parameters};
use crate::simd::numbers;

/// Bars of a [`Histogram`].
pub const BARS: usize = 24;

/// A network at a point of its parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Portrait {
    /// The loss on the training set.
    pub loss: f64,
    /// The layers, first to last; the last one is that of the logits.
    pub layers: Vec<LayerPortrait>,
}

/// A layer of it. Second moments are means over its units and the training samples.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerPortrait {
    /// The second moment of the pre-activations.
    pub signal: f64,
    /// The second moment of the gradient of one sample's loss with respect to its pre-activations.
    pub gradient: f64,
    /// How the pre-activations are spread, over units and samples.
    pub inputs: Histogram,
    /// How the weights are spread.
    pub weights: Histogram,
    /// What each unit does; none of the last layer, which has no activation.
    pub units: Vec<UnitPortrait>,
}

/// A unit of a hidden layer; of a convolution a channel, over all places.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct UnitPortrait {
    /// Whether its activation is 0 for every sample.
    pub dead: bool,
    /// The share of samples where its slope is below [`SATURATED`] of the activation's largest.
    pub saturated: f64,
}

/// How many numbers are in each of [`BARS`] equal parts of a range; what is not finite is in none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Histogram {
    /// The smallest and the largest number; `[0, 0]` of none.
    pub range: [f64; 2],
    /// The numbers in each part, first to last.
    pub counts: [u32; BARS],
}

impl Histogram {
    /// Of these numbers. Where all are equal they are in the middle part.
    pub fn of(numbers: &[f64]) -> Self {
        let finite = || numbers.iter().copied().filter(|x| x.is_finite());
        let ends = |[low, high]: [f64; 2], x: f64| [low.min(x), high.max(x)];
        let [low, high] = finite().fold([f64::INFINITY, f64::NEG_INFINITY], ends);
        let mut counts = [0; BARS];
        if low > high {
            return Self { range: [0.0; 2], counts };
        }
        // Halves, whose distance no number is too large for.
        let width = high / 2.0 - low / 2.0;
        for x in finite() {
            let share = if width > 0.0 { (x / 2.0 - low / 2.0) / width } else { 0.5 };
            counts[((share * BARS as f64) as usize).min(BARS - 1)] += 1;
        }
        Self { range: [low, high], counts }
    }
}

/// Looks at a network at these parameters, on the whole training set.
///
/// Memory is that of five numbers for every unit and sample. Figures that [`probe`](super::probe) has too are the same to the bit.
///
/// # Panics
/// If the parameters are not those of the landscape's network.
pub fn portrait(landscape: &Landscape, parameters: &Parameters) -> Portrait {
    let flat: Vec<f64> = parameters.flat().collect();
    if let Some(program) = landscape.network().program() {
        return blocks::portrait(landscape, program, &flat);
    }
    let tapes = landscape.tapes(&flat);
    let network = landscape.network();
    let of_layer = |(l, layer): (usize, Layer)| {
        let rows = |of: fn(&Tape) -> &[crate::matrix::SampleMatrix<f64>]| -> Vec<Rows> {
            landscape.rows(&tapes, move |tape| &of(tape)[l]).collect()
        };
        let (signals, deltas) = (rows(|tape| &tape.signals), rows(|tape| &tape.deltas));
        let samples = landscape.samples() as f64;
        LayerPortrait {
            signal: second_moment(&signals),
            gradient: second_moment(&deltas) * samples * samples,
            inputs: Histogram::of(&signals.iter().flat_map(|part| part.each()).flatten().copied().collect::<Vec<_>>()),
            weights: Histogram::of(&flat[layer.weights.clone()]),
            units: network.activations().get(l).map_or_else(Vec::new, |activation| {
                let activation = activation.with_slope(flat[layer.slope.clone()].first().copied());
                units(landscape, &tapes, l, activation.steepest())
            }),
        }
    };
    Portrait {
        loss: tapes.iter().map(|tape| tape.loss).sum(),
        layers: network.layers().enumerate().map(of_layer).collect(),
    }
}

/// What the units of a hidden layer do.
fn units(landscape: &Landscape, tapes: &[Tape], l: usize, steepest: f64) -> Vec<UnitPortrait> {
    let values: Vec<Rows> = landscape.rows(tapes, |tape| &tape.values[l]).collect();
    let slopes: Vec<&[f64]> = tapes.iter().map(|tape| numbers::<f64>(&tape.slopes[l])).collect();
    let count = values.first().map_or(0, |part| part.each().count());
    let mut units = vec![(true, 0_usize); count];
    for (part, slopes) in values.iter().zip(slopes) {
        for ((silent, flat), (row, slopes)) in units.iter_mut().zip(part.each().zip(part.of(slopes))) {
            *silent = *silent && row.iter().all(|a| *a == 0.0);
            *flat += slopes.iter().filter(|slope| slope.abs() < SATURATED * steepest).count();
        }
    }
    let samples = landscape.samples() as f64;
    units.into_iter().map(|(dead, flat)| UnitPortrait { dead, saturated: flat as f64 / samples }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_finite_number_is_in_a_bar(numbers in prop::collection::vec(prop::num::f64::ANY, 0..60)) {
            let histogram = Histogram::of(&numbers);
            let finite = numbers.iter().filter(|x| x.is_finite()).count();
            prop_assert_eq!(histogram.counts.iter().sum::<u32>() as usize, finite);
            prop_assert!(histogram.range[0] <= histogram.range[1]);
        }
    }

    #[test]
    fn bars_are_where_their_numbers_are() {
        let histogram = Histogram::of(&(0..BARS).map(|i| i as f64 + 0.5).collect::<Vec<_>>());
        assert_eq!((histogram.range, histogram.counts[1]), ([0.5, 23.5], 1));
        let equal = Histogram::of(&[3.0; 5]);
        assert_eq!((equal.range, equal.counts[BARS / 2]), ([3.0, 3.0], 5));
    }
}
