//! What some trainings say of all starts: a Gaussian process over the sizes of the starts (Rasmussen and Williams 2006,
//! algorithm 2.1).
//!
//! Few seeds of one start say little, but neighbours know of each other: a curve over the logarithm of the gain is smooth, and
//! he, glorot, orthogonal and plain weights of the same size do nearly the same. So each training counts for all starts that
//! are near, by any of two measures: the size of the weights, for schemes that set it by the widths alone, and the gain within
//! a scheme. What is near nothing that did well is believed to do badly: it is not worth a training.

use crate::stats::mean;
use nalgebra::{Cholesky, DMatrix, DVector, Dyn};

/// What is believed of starts before any is trained, and how what is seen of one counts for the others.
///
/// Lengths are in octaves of the gain; heights in units in which a difference of accuracy is 1.
#[derive(Clone, Copy, Debug)]
pub struct Prior {
    /// Standard deviation of a score over the starts; as many noises, if that is more: where seeds differ much, starts do.
    height: f64,
    noises: f64,
    /// Distance over which scores change.
    length: f64,
    /// By how much a start of which nothing is known is believed to be worse than the best, in heights.
    worse: f64,
    /// By how much one is believed to be better of which theory or custom says so, in heights.
    bonus: f64,
    /// No score counts as more heights than this below the best: how bad a bad one is says nothing of the others.
    floor: f64,
    /// Scores that are at most this far below the best tell the noise.
    near: f64,
    /// The least standard deviation over seeds that is believed, and the one that is believed where nothing is known.
    noise: [f64; 2],
}

/// Of a start's covariance the part that is by the size of its weights, whatever the scheme; the rest is by gain, within a
/// scheme.
const BY_SIZE: f64 = 0.65;

/// Hidden layers from which on a score changes over shorter distances: sizes multiply through layers.
const SHALLOW: f64 = 4.0;

impl Prior {
    /// For a network of so many hidden layers. `unit` is the difference of scores that counts as much as one of accuracy
    /// from 0 to 1.
    pub fn new(hidden: usize, unit: f64) -> Self {
        Self {
            height: 0.04 * unit,
            noises: 1.4,
            length: (SHALLOW / hidden.max(1) as f64).min(1.0),
            worse: 3.25,
            bonus: 0.2,
            floor: 2.5,
            near: 0.3 * unit,
            noise: [0.005 * unit, 0.02 * unit],
        }
    }
}

/// Where a start lies among the others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// Its scheme.
    pub family: usize,
    /// The gain, in octaves.
    pub gain: f64,
    /// The size of its weights, in octaves; none of a scheme that looks at the data.
    pub size: Option<f64>,
    /// Whether theory or custom says that it is good.
    pub is_expected: bool,
}

/// What is believed of all starts.
#[derive(Clone, Debug)]
pub struct Belief {
    mean: Vec<f64>,
    /// Before anything was seen, for each pair.
    prior: DMatrix<f64>,
    /// A column for each start: the covariance of two is the one of before without the product of their columns.
    known: DMatrix<f64>,
}

impl Belief {
    /// From the scores of each start by repeat, larger being better; repeats of all come in the same order, each with its held-out
    /// part, and what has no score was not trained. None if nothing was.
    pub fn new(prior: &Prior, places: &[Place], scores: &[Vec<f64>]) -> Option<Self> {
        let seen: Vec<usize> = (0..places.len()).filter(|i| !scores[*i].is_empty()).collect();
        let fit = Additive::new(prior, scores);
        let best = seen.iter().map(|i| fit.starts[*i]).max_by(f64::total_cmp)?;
        let height = prior.height.max(prior.noises * fit.noise);
        let covariance = DMatrix::from_fn(places.len(), places.len(), |i, j| {
            height * height * prior.correlation(&places[i], &places[j])
        });
        let before = |i: usize| best - height * (prior.worse - if places[i].is_expected { prior.bonus } else { 0.0 });
        let noise = |i: usize| (fit.noise * fit.noise) / scores[i].len() as f64;
        let of_seen = DMatrix::from_fn(seen.len(), seen.len(), |i, j| {
            covariance[(seen[i], seen[j])] + if i == j { noise(seen[i]) } else { 0.0 }
        });
        let surprise = DVector::from_iterator(
            seen.len(),
            seen.iter().map(|i| fit.starts[*i].max(best - prior.floor * height) - before(*i)),
        );
        let root: Cholesky<f64, Dyn> = of_seen.cholesky()?;
        let weights = root.solve(&surprise);
        let to_seen = DMatrix::from_fn(seen.len(), places.len(), |i, j| covariance[(seen[i], j)]);
        let mean = (0..places.len()).map(|j| before(j) + to_seen.column(j).dot(&weights)).collect();
        let known = root.l().solve_lower_triangular(&to_seen)?;
        Some(Self { mean, prior: covariance, known })
    }

    /// The score that is expected of a start.
    pub fn score(&self, i: usize) -> f64 {
        self.mean[i]
    }

    /// The standard deviation of that.
    pub fn error(&self, i: usize) -> f64 {
        self.covariance(i, i).max(0.0).sqrt()
    }

    /// By how much one start is expected to be better than another, and the standard deviation of that.
    pub fn difference(&self, i: usize, j: usize) -> [f64; 2] {
        let variance = self.covariance(i, i) + self.covariance(j, j) - 2.0 * self.covariance(i, j);
        [self.mean[i] - self.mean[j], variance.max(0.0).sqrt()]
    }

    /// How much better than another a start is expected to turn out, counting nothing where it turns out worse (expected
    /// improvement: Mockus 1975).
    pub fn improvement(&self, i: usize, over: usize) -> f64 {
        let [by, error] = self.difference(i, over);
        if error <= 0.0 {
            return by.max(0.0);
        }
        let z = by / error;
        let density = libm::exp(-0.5 * z * z) / (2.0 * std::f64::consts::PI).sqrt();
        let below = 0.5 * libm::erfc(-z / std::f64::consts::SQRT_2);
        error * density + by * below
    }

    fn covariance(&self, i: usize, j: usize) -> f64 {
        self.prior[(i, j)] - self.known.column(i).dot(&self.known.column(j))
    }
}

impl Prior {
    fn correlation(&self, one: &Place, other: &Place) -> f64 {
        let near = |a: f64, b: f64| {
            let distance = (a - b) / self.length;
            libm::exp(-0.5 * distance * distance)
        };
        let is_same = one.family == other.family;
        let by_size = match (one.size, other.size) {
            (Some(a), Some(b)) => near(a, b),
            (None, None) if is_same => near(one.gain, other.gain),
            _ => 0.0,
        };
        let by_gain = if is_same { near(one.gain, other.gain) } else { 0.0 };
        BY_SIZE * by_size + (1.0 - BY_SIZE) * by_gain
    }
}

/// Scores as the sum of what the start does, what the repeat does (what was held out, above all) and noise.
struct Additive {
    /// Of each start; NaN if it has no score.
    starts: Vec<f64>,
    /// The standard deviation of the noise.
    noise: f64,
}

impl Additive {
    fn new(prior: &Prior, scores: &[Vec<f64>]) -> Self {
        const ROUNDS: usize = 6;
        let seeds = scores.iter().map(Vec::len).max().unwrap_or(0);
        let mut starts: Vec<f64> = scores.iter().map(|scores| mean(scores)).collect();
        let mut by_seed = vec![0.0; seeds];
        let within = |starts: &[f64], reach: f64| {
            let best = starts.iter().copied().filter(|start| !start.is_nan()).fold(f64::NEG_INFINITY, f64::max);
            (0..scores.len()).filter(|i| starts[*i] >= best - reach).collect::<Vec<_>>()
        };
        for _ in 0..ROUNDS {
            // Where many fail, a seed does something else.
            let good = within(&starts, prior.near / 3.0);
            for (k, effect) in by_seed.iter_mut().enumerate() {
                let left: Vec<f64> =
                    good.iter().filter_map(|i| scores[*i].get(k).map(|score| score - starts[*i])).collect();
                // One more that sees nothing: an effect that one start shows alone may be its own.
                *effect = left.iter().sum::<f64>() / (left.len() + 1) as f64;
            }
            for (start, scores) in starts.iter_mut().zip(scores).filter(|(_, scores)| !scores.is_empty()) {
                *start =
                    scores.iter().zip(&by_seed).map(|(score, seed)| score - seed).sum::<f64>() / scores.len() as f64;
            }
        }
        let (mut squares, mut free) = (0.0, 1.0 - seeds as f64);
        for i in within(&starts, prior.near).into_iter().filter(|i| scores[*i].len() > 1) {
            let left = scores[i].iter().zip(&by_seed).map(|(score, seed)| score - seed - starts[i]);
            squares += left.map(|left| left * left).sum::<f64>();
            free += scores[i].len() as f64 - 1.0;
        }
        let [least, unknown] = prior.noise;
        let noise = if free > 0.0 { (squares / free).sqrt().max(least) } else { unknown };
        Self { starts, noise }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use headstart_engine::rng::{Native, Stream};

    fn places(gains: &[f64]) -> Vec<Place> {
        gains.iter().map(|gain| Place { family: 0, gain: *gain, size: Some(*gain), is_expected: false }).collect()
    }

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-12
    }

    /// One start with one score: closed forms.
    #[test]
    fn one_score_moves_its_neighbours_as_far_as_they_are_like_it() {
        let prior = Prior::new(2, 1.0);
        let belief = Belief::new(&prior, &places(&[0.0, 1.0, 40.0]), &[vec![0.9], vec![], vec![]]).unwrap();
        let (k, n) = (prior.height * prior.height, prior.noise[1] * prior.noise[1]);
        let before = 0.9 - prior.worse * prior.height;
        let of =
            |like: f64| (before + k * like / (k + n) * prior.worse * prior.height, k - k * like * k * like / (k + n));
        for (i, like) in [(0, 1.0), (1, (-0.5_f64).exp()), (2, 0.0)] {
            let (mean, variance) = of(like);
            assert!(near(belief.score(i), mean) && near(belief.error(i), variance.sqrt()), "{i}");
        }
        let [by, error] = belief.difference(0, 2);
        assert!(near(by, belief.score(0) - belief.score(2)) && near(error, belief.error(0).hypot(belief.error(2))));
        assert!(Belief::new(&prior, &places(&[0.0]), &[vec![]]).is_none());
    }

    #[test]
    fn schemes_know_of_each_other_by_the_size_of_their_weights_and_only_so() {
        let prior = Prior::new(2, 1.0);
        let place = |family, gain, size| Place { family, gain, size, is_expected: false };
        let places = [
            place(0, 0.0, Some(0.0)),
            place(1, 1.0, Some(0.0)),
            place(1, 0.0, Some(-9.0)),
            place(2, 0.0, None),
            Place { is_expected: true, ..place(3, 0.0, Some(50.0)) },
        ];
        let belief = Belief::new(&prior, &places, &[vec![0.9; 9], vec![], vec![], vec![], vec![]]).unwrap();
        let worst = belief.score(3);
        assert!(belief.score(1) > worst + 0.5 * BY_SIZE * (belief.score(0) - worst));
        assert!(near(belief.score(2), worst) && near(belief.score(4), worst + prior.bonus * prior.height));
    }

    /// The expected improvement against its integral.
    #[test]
    fn the_expected_improvement_is_the_mean_of_what_is_above() {
        let prior = Prior::new(2, 1.0);
        let belief = Belief::new(&prior, &places(&[0.0, 1.0]), &[vec![0.9, 0.92], vec![0.91]]).unwrap();
        let [by, error] = belief.difference(1, 0);
        let steps = 200_000;
        let integral: f64 = (0..steps)
            .map(|i| {
                let z = -10.0 + 20.0 * (f64::from(i) + 0.5) / f64::from(steps);
                let density = (-0.5 * z * z).exp() / (2.0 * std::f64::consts::PI).sqrt();
                (by + error * z).max(0.0) * density * 20.0 / f64::from(steps)
            })
            .sum();
        assert!((belief.improvement(1, 0) - integral).abs() < 1e-8);
    }

    #[test]
    fn what_a_seed_does_to_all_is_not_taken_for_a_difference_of_starts() {
        let prior = Prior::new(2, 1.0);
        let seeds = [0.05, -0.04, 0.02, -0.03];
        let of = |center: f64, n: usize| seeds[..n].iter().map(|seed| center + seed).collect::<Vec<_>>();
        let scores = [of(0.80, 4), of(0.81, 4), of(0.82, 2)];
        let fit = Additive::new(&prior, &scores);
        assert!(fit.starts[2] > fit.starts[1] && fit.starts[1] > fit.starts[0], "{:?}", fit.starts);
        assert!(fit.noise < 0.03, "{}", fit.noise);
    }

    /// Bumps drawn at random: the best one by belief is nearer to the best there is than the best one by its own mean.
    #[test]
    fn neighbours_make_a_better_choice_than_each_start_alone() {
        let prior = Prior::new(2, 1.0);
        let gains: Vec<f64> = (-8..=8).map(|i| f64::from(i) / 2.0).collect();
        let mut stream = Native::new(3, 3);
        let (mut alone, mut together) = (0.0, 0.0);
        for _ in 0..200 {
            let top = 2.0 * stream.normal();
            let truth = |i: usize| 0.9 - 0.01 * (gains[i] - top) * (gains[i] - top);
            let scores: Vec<Vec<f64>> =
                (0..gains.len()).map(|i| (0..2).map(|_| truth(i) + 0.02 * stream.normal()).collect()).collect();
            let belief = Belief::new(&prior, &places(&gains), &scores).unwrap();
            let best =
                |score: &dyn Fn(usize) -> f64| (0..gains.len()).max_by(|a, b| score(*a).total_cmp(&score(*b))).unwrap();
            let most = truth(best(&truth));
            alone += most - truth(best(&|i| mean(&scores[i])));
            together += most - truth(best(&|i| belief.score(i)));
        }
        assert!(together < 0.8 * alone, "{together} {alone}");
    }
}
