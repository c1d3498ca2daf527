//! By how much one start is better than another.

use crate::stats::paired::{sign_test, t_interval};
use crate::stats::{LEVEL, mean};
use std::cmp::Ordering;

/// What is as rare by chance is none.
const RARE: f64 = 0.01;

/// How a start did.
#[derive(Clone, Debug)]
pub(super) struct Standing {
    pub init: String,
    /// By seed, more being better: the accuracy, or minus the loss; none of a loss that diverged.
    pub scores: Vec<Option<f64>>,
    /// Whether it was put beside the others later on, of a few seeds: what is told of those does not change by that.
    pub is_added: bool,
}

impl Standing {
    /// The scores of the trainings that did not diverge.
    pub fn there(&self) -> Vec<f64> {
        self.scores.iter().copied().flatten().collect()
    }
}

/// By how much one start is better than another, over the seeds that both have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::advise) struct Gap {
    /// In the mean; infinite where the other one has diverged more often.
    pub mean: f64,
    /// Where that lies over all seeds, one that goes as badly as any start's did included at either end: a start that fails in
    /// one seed of twenty looks perfect in ten. None of few.
    pub interval: Option<[f64; 2]>,
    /// Seeds that both have.
    pub seeds: usize,
    /// Whether there is no difference in any seed.
    pub is_none: bool,
    /// Seeds in which it is better.
    pub wins: usize,
    /// How likely it is that it is better in so many seeds, or in so few, by chance.
    pub p: f64,
}

impl Gap {
    /// Whether the first is better beyond chance: by its mean, or by more than a margin and in nearly all seeds.
    pub fn stands(&self, margin: f64) -> bool {
        let in_most = self.mean > margin && self.p <= RARE;
        self.mean == f64::INFINITY || in_most || self.interval.is_some_and(|[low, _]| low > 0.0)
    }

    /// Whether the first may be better by more than a margin.
    pub fn may_be_beyond(&self, margin: f64) -> bool {
        !self.is_none && self.at_most() > margin
    }

    /// By how much the first may be better; infinite where that is not known.
    pub fn at_most(self) -> f64 {
        let unknown = if self.mean == f64::NEG_INFINITY { self.mean } else { f64::INFINITY };
        self.interval.map_or(unknown, |[_, high]| high)
    }

    /// `unseen` is how far one more seed may go against either.
    pub(super) fn of(first: &Standing, second: &Standing, unseen: f64) -> Self {
        let pairs: Vec<(Option<f64>, Option<f64>)> =
            first.scores.iter().copied().zip(second.scores.iter().copied()).collect();
        let failed = |of: fn(&(Option<f64>, Option<f64>)) -> bool| pairs.iter().filter(|pair| of(pair)).count();
        let (own, others) = (failed(|pair| pair.0.is_none()), failed(|pair| pair.1.is_none()));
        let differences: Vec<f64> = pairs.iter().filter_map(|(a, b)| Some((*a)? - (*b)?)).collect();
        let seeds = pairs.len();
        if own != others || differences.is_empty() {
            let mean = match own.cmp(&others) {
                Ordering::Less => f64::INFINITY,
                Ordering::Equal => 0.0,
                Ordering::Greater => f64::NEG_INFINITY,
            };
            return Self { mean, interval: None, seeds, is_none: false, wins: 0, p: 1.0 };
        }
        let with = |unseen: f64| [&differences[..], &[unseen]].concat();
        let (below, above) = (with(-unseen), with(unseen));
        let interval =
            t_interval(&below, LEVEL).zip(t_interval(&above, LEVEL)).map(|([low, _], [_, high])| [low, high]);
        let is_none = differences.iter().all(|difference| *difference == 0.0);
        let count = |wins: fn(&f64) -> bool| differences.iter().filter(|difference| wins(difference)).count();
        let (wins, losses) = (count(|difference| *difference > 0.0), count(|difference| *difference < 0.0));
        Self { mean: mean(&differences), interval, seeds, is_none, wins, p: sign_test(wins, losses) }
    }
}
