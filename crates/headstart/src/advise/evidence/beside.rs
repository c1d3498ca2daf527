//! How the starts of the evidence stand beside one another.

use super::Evidence;
use super::gap::{Gap, Standing};
use crate::compare::Cell;
use crate::stats::interval::Groups;
use crate::stats::{deviation, mean};
use std::cmp::Ordering;

/// Accuracies nearer than this are as good as equal: half a point; losses, those nearer than this part of the best one's.
const POINT: f64 = 0.005;
const PART: f64 = 0.01;

/// The farthest that what is as good as equal may turn out to be apart, in those: of accuracies and of losses.
const MAY_BE: [f64; 2] = [3.0, 2.0];

/// Groups of accuracies that are nearer than this are not told.
const APART: f64 = 0.05;

/// Starts that are within so many of that in a few seeds end alike.
const ALIKE: f64 = 3.0;

/// Of losses that are within noise in a few seeds, how far they may be apart, in as many of that.
const LOSSES_ALIKE: f64 = 5.0;

impl Evidence {
    /// Those that are not known to be worse than the best.
    pub(super) fn may_be_best_beside(&self, best: usize) -> Vec<usize> {
        let margin = self.margin_of(&self.standings[best]);
        let may_be = |i: &usize| {
            let gap = self.gap_of(&self.standings[best], &self.standings[*i]);
            // What is the same in all of a few seeds need not be looked at, unless it is what is to be kept.
            let is_default = self.setting.is_default(&self.standings[*i].init);
            *i == best || !(gap.stands(margin) || gap.is_none && !is_default)
        };
        (0..self.standings.len()).filter(may_be).collect()
    }

    /// Of some starts those whose order is still open, the best one first: not those that are worse beyond chance, nor those that
    /// are as good as equal to it as far as is seen.
    pub(super) fn open(&self, mut which: Vec<usize>) -> Vec<usize> {
        which.sort_by(|a, b| self.better(*a, *b));
        let best = which[0];
        let is_open = |other: &usize| {
            let [best, other] = [best, *other].map(|i| &self.standings[i]);
            let (margin, seen) = (self.margin_of(best), Gap::of(best, other, 0.0));
            let is_equal = seen.is_none || seen.interval.is_some_and(|[low, high]| low >= -margin && high <= margin);
            !(self.gap_of(best, other).stands(margin) || is_equal)
        };
        which.retain(|i| *i == best || is_open(i));
        which
    }

    /// Better first: fewer diverged, then the mean.
    fn better(&self, a: usize, b: usize) -> Ordering {
        let rank = |i: usize| {
            let there = self.standings[i].there();
            let all = self.standings[i].scores.len().max(1);
            let failed = (all - there.len()) as f64 / all as f64;
            (failed, if there.is_empty() { f64::INFINITY } else { -mean(&there) })
        };
        rank(a).partial_cmp(&rank(b)).unwrap_or(Ordering::Equal)
    }

    /// Whether some default may be worth keeping.
    pub(super) fn may_keep(&self, best: usize) -> bool {
        let margin = self.margin_of(&self.standings[best]);
        let mut defaults = self.standings.iter().filter(|standing| self.setting.is_default(&standing.init));
        defaults.any(|default| {
            let mut others = self.standings.iter().filter(|other| other.init != default.init);
            others.all(|other| self.is_no_better(self.gap_of(other, default), margin))
        })
    }

    /// Whether a start that is ahead of another by so much is no better, nor may turn out to be far better.
    fn is_no_better(&self, gap: Gap, margin: f64) -> bool {
        let may_be = MAY_BE[usize::from(!self.setting.classify())] * margin;
        !gap.stands(margin) && gap.mean <= margin && !gap.may_be_beyond(may_be)
    }

    /// What is as good as no difference from the best start.
    pub fn margin(&self) -> f64 {
        self.standings.first().map_or(0.0, |best| self.margin_of(best))
    }

    /// What is as good as no difference from a start.
    fn margin_of(&self, best: &Standing) -> f64 {
        if self.setting.classify() {
            return POINT;
        }
        let there = best.there();
        if there.is_empty() { 0.0 } else { PART * mean(&there).abs() }
    }

    /// Whether other starts end like the best one, within what is noise in a few seeds: the means are near each other, and none is
    /// below it beyond chance.
    pub fn ends_like(&self, others: &Self) -> bool {
        let Some(best) = self.standings.first() else { return false };
        let margin = ALIKE * if self.setting.classify() { POINT } else { LOSSES_ALIKE * self.margin_of(best) };
        let all = self.standings.iter().chain(&others.standings);
        all.into_iter().all(|other| {
            let gap = self.gap_of(best, other);
            gap.is_none || gap.mean <= margin && gap.interval.is_none_or(|[low, _]| low <= margin)
        })
    }

    /// A start in figures; none if it was not trained.
    pub fn cell(&self, init: &str) -> Option<&Cell> {
        self.comparison.cells.iter().find(|cell| cell.init == init)
    }

    /// By how much one start is better than another.
    pub fn gap(&self, first: &str, second: &str) -> Option<Gap> {
        let of = |init: &str| self.standings.iter().find(|standing| standing.init == init);
        Some(self.gap_of(of(first)?, of(second)?))
    }

    /// By how much one start ends better than another, and the standard error of that: in accuracy, or in decades of loss. None where
    /// that cannot be told.
    pub fn difference(&self, first: &str, second: &str) -> Option<[f64; 2]> {
        let of = |init: &str| self.standings.iter().find(|standing| standing.init == init);
        let in_units =
            |score: f64| if self.setting.classify() { score } else { -libm::log10((-score).max(f64::MIN_POSITIVE)) };
        let pairs = of(first)?.scores.iter().zip(&of(second)?.scores);
        let differences: Vec<f64> =
            pairs.map(|(a, b)| Some(in_units((*a)?) - in_units((*b)?))).collect::<Option<_>>()?;
        // A start that never fails in a few seeds may do so in others.
        let unseen = if self.setting.classify() { self.unseen() } else { 0.0 };
        let spread = deviation(&[&differences[..], &[unseen]].concat())?
            .max(deviation(&[&differences[..], &[-unseen]].concat())?);
        Some([mean(&differences), spread / (differences.len() as f64).sqrt()])
    }

    pub(super) fn gap_of(&self, first: &Standing, second: &Standing) -> Gap {
        Gap::of(first, second, self.unseen())
    }

    /// How far below its mean the worst seed of any start is.
    fn unseen(&self) -> f64 {
        let below = |standing: &Standing| {
            let there = standing.there();
            there.iter().map(|score| mean(&there) - score).fold(0.0, f64::max)
        };
        self.standings.iter().filter(|standing| !standing.is_added).map(below).fold(0.0, f64::max)
    }

    /// By how much some other start may be better than this one at the most, as far as the seeds tell: infinite where that is not
    /// known, minus that where there is no other. What is the same in all seeds may be better in the next one.
    pub fn at_most(&self, init: &str) -> f64 {
        let others = self.comparison.cells.iter().filter(|cell| cell.init != init);
        others.filter_map(|cell| self.gap(&cell.init, init)).map(Gap::at_most).fold(f64::NEG_INFINITY, f64::max)
    }

    /// The best one.
    pub fn best(&self) -> &str {
        self.comparison.cells.first().map_or("", |cell| &cell.init)
    }

    /// Whether no other start is better by more than is as good as nothing, nor may turn out to be far better.
    pub fn is_as_good(&self, init: &str) -> bool {
        let margin = self.margin();
        self.beside_all(init, |gap| self.is_no_better(gap, margin))
    }

    /// Whether no other start is known to be better.
    pub fn may_be_best(&self, init: &str) -> bool {
        self.beside_all(init, |gap| !gap.stands(self.margin()))
    }

    /// Whether something holds of how far every other start is ahead of one.
    fn beside_all(&self, init: &str, holds: impl Fn(Gap) -> bool) -> bool {
        let mut others = self.comparison.cells.iter().filter(|cell| cell.init != init);
        self.cell(init).is_some() && others.all(|other| self.gap(&other.init, init).is_none_or(&holds))
    }

    /// The frameworks' defaults of which something holds, the better one first.
    pub fn defaults(&self, holds: impl Fn(&Self, &str) -> bool) -> Vec<String> {
        let cells = self.comparison.cells.iter().map(|cell| cell.init.as_str());
        cells.filter(|init| self.setting.is_default(init) && holds(self, init)).map(str::to_owned).collect()
    }

    /// The two groups that a start's seeds fall into, as where some learn and others do not; none if they do not.
    pub fn groups(&self, init: &str) -> Option<Groups> {
        let standing = self.standings.iter().find(|standing| standing.init == init)?;
        let scores: Vec<f64> = standing.scores.iter().copied().collect::<Option<_>>()?;
        // As figures are told: losses without their minus.
        let told: Vec<f64> =
            scores.into_iter().map(|score| if self.setting.classify() { score } else { -score }).collect();
        Groups::of(&told).filter(|groups| !self.setting.classify() || groups.high - groups.low > APART)
    }
}
