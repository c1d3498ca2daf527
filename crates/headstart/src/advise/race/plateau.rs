//! Gains that do as well as the best, and the middle of them.

use super::belief::Belief;
use serde::Serialize;

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

/// The plateau of a family whose gains rise, each the number of a start and the gain: around the best of those that were trained
/// often, or around one that is given. To both sides it goes on as long as no more than the tolerance, or the standard error, is
/// given away, and ends with a gain that was trained. None if nothing was trained often.
pub fn plateau(
    gains: &[(usize, f64)],
    around: Option<usize>,
    trained: [impl Fn(usize) -> bool; 2],
    ends: &Belief,
    tolerance: f64,
) -> Option<Plateau> {
    let [is_trained, is_trained_often] = trained;
    let better = |a: &usize, b: &usize| ends.score(gains[*a].0).total_cmp(&ends.score(gains[*b].0));
    let best = (0..gains.len()).filter(|i| is_trained_often(gains[*i].0)).max_by(better)?;
    let center = around.and_then(|start| gains.iter().position(|(i, _)| *i == start)).unwrap_or(best);
    let is_in = |i: &usize| {
        let [by, error] = ends.difference(gains[*i].0, gains[center].0);
        by >= -error.max(tolerance)
    };
    let ends_with = |i: &usize| is_trained(gains[*i].0);
    let low = (0..center).rev().take_while(is_in).filter(ends_with).last().unwrap_or(center);
    let high = (center + 1..gains.len()).take_while(is_in).filter(ends_with).last().unwrap_or(center);
    let peak = (low..=high).filter(|i| is_trained_often(gains[*i].0)).max_by(better).unwrap_or(center);
    Some(Plateau { low: gains[low].1, high: gains[high].1, peak: gains[peak].1 })
}

impl Plateau {
    /// The middle one of its gains, of two the one nearer to the peak; but the scheme's own where that lies in the middle half on a
    /// logarithmic scale.
    ///
    /// # Panics
    /// If its gains are not among these, which rise.
    pub fn middle(&self, own: Option<f64>, gains: &[f64]) -> f64 {
        let center = (self.low * self.high).sqrt();
        let reach = (self.high / self.low).sqrt().sqrt();
        if let Some(own) = own.filter(|own| (center / reach..=center * reach).contains(own)) {
            return own;
        }
        let position = |gain: f64| gains.iter().position(|each| *each == gain).expect("a gain of the family");
        let [low, high, peak] = [self.low, self.high, self.peak].map(position);
        let lower = usize::midpoint(low, high);
        gains[if peak > lower { (low + high).div_ceil(2) } else { lower }]
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
        let is_trained = |i: usize| !scores[i].is_empty();
        plateau(&gains, None, [is_trained, is_trained], &belief, 0.005)
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
        assert_eq!(other(1.0, 16.0).middle(Some(1.0), &[1.0, 2.0, 4.0, 8.0, 16.0]), 4.0);
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
