//! Gains that do as well as the best, and the middle of them.

use crate::stats::{deviation, mean, median};
use serde::Serialize;

/// What is known of one gain: scores by seed, larger is better; the seeds of all gains come in the same order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measured {
    /// The gain.
    pub gain: f64,
    /// After a part of the training.
    pub early: Vec<f64>,
    /// After all of it; none of what was out before.
    pub full: Vec<f64>,
}

/// Gains within noise of the best.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Plateau {
    /// The smallest.
    pub low: f64,
    /// The largest.
    pub high: f64,
    /// The best one by what was measured, which may be a lucky peak.
    pub peak: f64,
    /// The mean score over the plateau.
    #[serde(skip)]
    pub score: f64,
}

/// So many standard errors are noise: the two-sided 90% point, for a choice among equals does no harm.
const NOISE: f64 = 1.645;

/// Whether one does as well as another: within noise of it, or within `tolerance` anyway. By the seeds that both have, after
/// all of the training if both were trained so long.
pub fn is_as_good(one: &Measured, other: &Measured, tolerance: f64) -> bool {
    let both_full = !one.full.is_empty() && !other.full.is_empty();
    let (ours, theirs) = if both_full { (&one.full, &other.full) } else { (&one.early, &other.early) };
    let differences: Vec<f64> = ours.iter().zip(theirs).map(|(a, b)| a - b).collect();
    if differences.is_empty() {
        return false;
    }
    let error = deviation(&differences).map_or(0.0, |sd| sd / (differences.len() as f64).sqrt());
    // A few seeds that happen to agree say less than they seem to.
    let small = 1.0 + 2.0 / differences.len() as f64;
    mean(&differences) >= -tolerance.max(NOISE * small * error)
}

/// The plateau of a family whose gains rise: from the best one on to both sides, as long as they are as good. None if nothing
/// was measured.
pub fn plateau(gains: &[Measured], tolerance: f64) -> Option<Plateau> {
    // A mean of few seeds is high by luck more often: it has to be higher by what luck makes of it.
    let score = |i: usize| mean(&gains[i].full) - spread(gains) / (gains[i].full.len() as f64).sqrt();
    let known = (0..gains.len()).filter(|i| !gains[*i].full.is_empty());
    let peak = known.max_by(|a, b| score(*a).total_cmp(&score(*b)))?;
    let is_in = |i: &usize| is_as_good(&gains[*i], &gains[peak], tolerance);
    let low = (0..peak).rev().take_while(is_in).last().unwrap_or(peak);
    let high = (peak + 1..gains.len()).take_while(is_in).last().unwrap_or(peak);
    let scores: Vec<f64> = gains[low..=high].iter().flat_map(|gain| gain.full.iter().copied()).collect();
    Some(Plateau { low: gains[low].gain, high: gains[high].gain, peak: gains[peak].gain, score: mean(&scores) })
}

/// How far the seeds of a gain are apart, in the middle of the gains: of those that do well, not of one that fails at times.
fn spread(gains: &[Measured]) -> f64 {
    median(&gains.iter().filter_map(|gain| deviation(&gain.full)).collect::<Vec<_>>()).unwrap_or(0.0)
}

impl Plateau {
    /// Its middle on a logarithmic scale, in two digits; but the scheme's own gain where that lies well within.
    pub fn middle(&self, own: Option<f64>) -> f64 {
        let center = (self.low * self.high).sqrt();
        // The half around the middle.
        let reach = (self.high / self.low).powf(0.25);
        match own {
            Some(own) if own >= center / reach * (1.0 - 1e-9) && own <= center * reach * (1.0 + 1e-9) => own,
            _ => format!("{center:.1e}").parse().unwrap_or(center),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use headstart_engine::rng::{Native, Stream};

    fn measured(scores: &[(f64, &[f64])]) -> Vec<Measured> {
        scores.iter().map(|(gain, full)| Measured { gain: *gain, early: Vec::new(), full: full.to_vec() }).collect()
    }

    #[test]
    fn the_middle_of_a_plateau_is_taken_and_not_its_peak() {
        let gains = measured(&[
            (0.25, &[0.5, 0.52, 0.51, 0.5]),
            (0.5, &[0.93, 0.95, 0.94, 0.94]),
            (1.0, &[0.94, 0.93, 0.95, 0.94]),
            (2.0, &[0.95, 0.95, 0.94, 0.95]),
            (4.0, &[0.7, 0.75, 0.72, 0.7]),
        ]);
        let found = plateau(&gains, 0.005).unwrap();
        assert_eq!((found.low, found.high, found.peak, found.middle(Some(1.0))), (0.5, 2.0, 2.0, 1.0));
        assert_eq!(found.middle(None), 1.0);
        assert_eq!(Plateau { low: 4.0, high: 16.0, ..found }.middle(Some(1.0)), 8.0);
        assert_eq!(Plateau { low: 1.0, high: 2.0, ..found }.middle(None), 1.4);
        assert_eq!(plateau(&[], 0.005), None);
    }

    /// What was out after a part of the training only because others were a little better is on the plateau all the same.
    #[test]
    fn a_gain_that_was_out_early_is_judged_by_what_it_did_until_then() {
        let one = |gain, early: &[f64], full: &[f64]| Measured { gain, early: early.to_vec(), full: full.to_vec() };
        let gains = [one(0.5, &[0.5, 0.6], &[]), one(1.0, &[0.80, 0.80], &[]), one(2.0, &[0.80, 0.81], &[0.9, 0.9])];
        let found = plateau(&gains, 0.005).unwrap();
        assert_eq!((found.low, found.high), (1.0, 2.0));
    }

    /// A gain that is a tenth worse is left out nearly always, one that is not worse is left out rarely.
    #[test]
    fn noise_neither_widens_nor_narrows_the_plateau_much() {
        let mut stream = Native::new(1, 1);
        let mut draw = |center: f64| -> Vec<f64> { (0..8).map(|_| center + 0.03 * stream.normal()).collect() };
        let (mut kept, mut wrong) = (0, 0);
        for _ in 0..500 {
            let [worse, best, equal] = [0.85, 0.95, 0.95].map(&mut draw);
            let gains = measured(&[(0.5, &worse), (1.0, &best), (2.0, &equal)]);
            let found = plateau(&gains, 0.005).unwrap();
            kept += usize::from(found.high == 2.0);
            wrong += usize::from(found.low == 0.5);
        }
        assert!(kept > 475 && wrong < 10, "{kept} {wrong}");
    }
}
