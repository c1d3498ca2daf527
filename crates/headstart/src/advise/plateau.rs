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

/// Standard errors within which a gain is on the plateau: what belongs to it is rarely left out.
const ON_PLATEAU: f64 = 2.0;

/// What is no reason to choose.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Noise {
    /// Differences of scores that do not matter to anybody.
    pub tolerance: f64,
    /// The standard deviation of a score over the seeds.
    pub sd: f64,
}

/// On a plateau noise excuses a difference of so many tolerances at the most.
const MOST: f64 = 3.0;

impl Noise {
    /// Of starts that do well, and so of the seeds of those that are chosen from: the median over them.
    pub fn of<'a>(all: impl Iterator<Item = &'a Measured>, tolerance: f64) -> Self {
        let all: Vec<&Measured> = all.filter(|each| !each.full.is_empty()).collect();
        let best = all.iter().map(|each| mean(&each.full)).fold(f64::NEG_INFINITY, f64::max);
        let near = all.iter().filter(|each| mean(&each.full) >= best - 10.0 * tolerance);
        let sds: Vec<f64> = near.filter_map(|each| deviation(&each.full)).collect();
        Self { tolerance, sd: median(&sds).unwrap_or(0.0) }
    }

    /// Whether one does as well as another by the scores of the same seeds: so many standard errors are no difference, up to
    /// a difference of so many tolerances.
    pub fn is_as_good(&self, one: &[f64], other: &[f64], errors: f64, most: f64) -> bool {
        let differences: Vec<f64> = one.iter().zip(other).map(|(a, b)| a - b).collect();
        let error = errors * std::f64::consts::SQRT_2 * self.sd / (differences.len() as f64).sqrt();
        !differences.is_empty() && mean(&differences) >= -error.clamp(self.tolerance, most * self.tolerance)
    }
}

/// The plateau of a family whose gains rise: from the best one on to both sides, as long as they are as good. None if nothing
/// was trained to the end.
pub fn plateau(gains: &[Measured], noise: Noise) -> Option<Plateau> {
    // A mean of few seeds is high by luck more often: it has to be higher by what luck makes of it.
    let score = |i: usize| mean(&gains[i].full) - noise.sd / (gains[i].full.len() as f64).sqrt();
    let known = (0..gains.len()).filter(|i| !gains[*i].full.is_empty());
    let peak = known.max_by(|a, b| score(*a).total_cmp(&score(*b)))?;
    let is_in = |i: &usize| noise.is_as_good(&gains[*i].full, &gains[peak].full, ON_PLATEAU, MOST);
    let low = (0..peak).rev().take_while(is_in).last().unwrap_or(peak);
    let high = (peak + 1..gains.len()).take_while(is_in).last().unwrap_or(peak);
    let scores: Vec<f64> = gains[low..=high].iter().flat_map(|gain| gain.full.iter().copied()).collect();
    Some(Plateau { low: gains[low].gain, high: gains[high].gain, peak: gains[peak].gain, score: mean(&scores) })
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

    const NOISE: Noise = Noise { tolerance: 0.005, sd: 0.01 };

    #[test]
    fn the_middle_of_a_plateau_is_taken_and_not_its_peak() {
        let gains = measured(&[
            (0.25, &[0.5, 0.52, 0.51, 0.5]),
            (0.5, &[0.93, 0.95, 0.94, 0.94]),
            (1.0, &[0.94, 0.93, 0.95, 0.94]),
            (2.0, &[0.95, 0.95, 0.94, 0.95]),
            (4.0, &[0.7, 0.75, 0.72, 0.7]),
        ]);
        let found = plateau(&gains, NOISE).unwrap();
        assert_eq!((found.low, found.high, found.peak, found.middle(Some(1.0))), (0.5, 2.0, 2.0, 1.0));
        assert_eq!(found.middle(None), 1.0);
        assert_eq!(Plateau { low: 4.0, high: 16.0, ..found }.middle(Some(1.0)), 8.0);
        assert_eq!(Plateau { low: 1.0, high: 2.0, ..found }.middle(None), 1.4);
        assert_eq!(plateau(&[], NOISE), None);
    }

    #[test]
    fn nothing_is_known_of_what_was_not_trained_to_the_end() {
        let early = Measured { gain: 0.5, early: vec![0.9], full: Vec::new() };
        let gains = [early, measured(&[(1.0, &[0.9, 0.9])]).remove(0)];
        let found = plateau(&gains, NOISE).unwrap();
        assert_eq!((found.low, found.high), (1.0, 1.0));
    }

    /// A gain that is worse by a tenth is left out, and one that is not worse is on the plateau, nearly always.
    #[test]
    fn noise_neither_widens_nor_narrows_the_plateau_much() {
        let mut stream = Native::new(1, 1);
        let mut draw = |center: f64| -> Vec<f64> { (0..8).map(|_| center + 0.01 * stream.normal()).collect() };
        let (mut kept, mut wrong) = (0, 0);
        for _ in 0..500 {
            let [worse, best, equal] = [0.85, 0.95, 0.95].map(&mut draw);
            let gains = measured(&[(0.5, &worse), (1.0, &best), (2.0, &equal)]);
            let found = plateau(&gains, Noise::of(gains.iter(), 0.005)).unwrap();
            kept += usize::from(found.high == 2.0 && found.low <= 1.0);
            wrong += usize::from(found.low == 0.5);
        }
        assert!(kept > 400 && wrong == 0, "{kept} {wrong}");
    }
}
