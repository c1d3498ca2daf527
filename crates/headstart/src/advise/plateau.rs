//! Gains that do as well as the best, and the middle of them.

use super::belief::Belief;
use serde::Serialize;
use std::cmp::Ordering;

/// Gains within noise of the best.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Plateau {
    /// The smallest.
    pub low: f64,
    /// The largest.
    pub high: f64,
    /// The one that is expected to be the best.
    pub peak: f64,
}

/// The plateau of a family whose gains rise, each the number of a start and the gain: from the best one of those that were
/// trained on to both sides, as long as no more than the tolerance, or the standard error, is given away. None if nothing was
/// trained.
pub fn plateau(
    gains: &[(usize, f64)],
    is_trained: impl Fn(usize) -> bool,
    belief: &Belief,
    tolerance: f64,
) -> Option<Plateau> {
    let trained = (0..gains.len()).filter(|i| is_trained(gains[*i].0));
    let peak = trained.max_by(|a, b| belief.score(gains[*a].0).total_cmp(&belief.score(gains[*b].0)))?;
    let is_in = |i: &usize| {
        let [by, error] = belief.difference(gains[*i].0, gains[peak].0);
        by >= -error.max(tolerance)
    };
    let low = (0..peak).rev().take_while(is_in).last().unwrap_or(peak);
    let high = (peak + 1..gains.len()).take_while(is_in).last().unwrap_or(peak);
    Some(Plateau { low: gains[low].1, high: gains[high].1, peak: gains[peak].1 })
}

/// Gains are written with few digits: distances that differ by less than this, in natural logarithms, are the same.
const ROUND: f64 = 0.1;

impl Plateau {
    /// The gain nearest to its middle on a logarithmic scale, of two that are as near the one nearer to the peak; but the scheme's
    /// own where that lies in the middle half.
    pub fn middle(&self, own: Option<f64>, gains: &[f64]) -> f64 {
        let center = (self.low * self.high).sqrt();
        let reach = (self.high / self.low).sqrt().sqrt();
        if let Some(own) = own.filter(|own| (center / reach..=center * reach).contains(own)) {
            return own;
        }
        let distance = |gain: f64, to: f64| libm::log(gain / to).abs();
        let rank = |gain: f64| ((distance(gain, center) / ROUND).round(), distance(gain, self.peak));
        gains
            .iter()
            .copied()
            .min_by(|a, b| rank(*a).partial_cmp(&rank(*b)).unwrap_or(Ordering::Equal))
            .unwrap_or(center)
    }
}

#[cfg(test)]
mod tests {
    use super::super::belief::{Place, Prior};
    use super::*;

    const GAINS: [f64; 5] = [0.25, 0.5, 1.0, 2.0, 4.0];

    /// Of gains from 0.25 to 4, by their scores.
    fn found(scores: [&[f64]; 5]) -> Option<Plateau> {
        let place = |i: usize| Place { family: 0, gain: 2.0 * i as f64, size: None, is_expected: false };
        let places: Vec<Place> = (0..5).map(place).collect();
        let scores = scores.map(<[f64]>::to_vec);
        let belief = Belief::new(&Prior::new(2, 1.0), &places, &scores)?;
        let gains: Vec<(usize, f64)> = GAINS.into_iter().enumerate().collect();
        plateau(&gains, |i| !scores[i].is_empty(), &belief, 0.005)
    }

    #[test]
    fn the_middle_of_a_plateau_is_taken_and_not_its_peak() {
        let found = found([
            &[0.5, 0.52, 0.51, 0.5],
            &[0.937, 0.938, 0.939, 0.938],
            &[0.94, 0.938, 0.939, 0.94],
            &[0.941, 0.94, 0.94, 0.941],
            &[0.7, 0.75, 0.72, 0.7],
        ])
        .unwrap();
        assert_eq!((found.low, found.high, found.peak), (0.5, 2.0, 2.0));
        assert_eq!((found.middle(Some(1.0), &GAINS), found.middle(None, &GAINS)), (1.0, 1.0));
        let other = |low, high| Plateau { low, high, ..found };
        assert_eq!(other(1.0, 16.0).middle(Some(1.0), &GAINS), 4.0);
        assert_eq!(other(1.0, 2.0).middle(Some(1.0), &[1.0, 1.4, 2.0]), 1.4);
        assert_eq!(other(0.5, 4.0).middle(Some(1.0), &[1.0, 1.4, 2.0]), 1.0);
    }

    #[test]
    fn of_two_gains_as_near_to_the_middle_the_better_one_is_taken() {
        let middle = |peak| Plateau { low: 2.8, high: 4.0, peak }.middle(Some(1.0), &[2.0, 2.8, 4.0, 5.6]);
        assert_eq!((middle(2.8), middle(4.0)), (2.8, 4.0));
    }

    #[test]
    fn the_peak_was_trained_and_where_nothing_was_there_is_none() {
        let found = |scores| found(scores).map(|found| (found.low, found.high));
        assert_eq!(found([&[], &[], &[0.9, 0.9], &[], &[]]), Some((1.0, 1.0)));
        assert_eq!(found([&[], &[], &[], &[], &[]]), None);
    }
}
