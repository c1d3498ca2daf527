//! Who takes part in a comparison, how they stand, and who is out.

use super::settled::{End, Gap, Settled, Standing};
use crate::budget::Budget;
use crate::events::{self, Partial};
use crate::run::Run;
use crate::stats::paired::{holm, sign_test, t_interval, t_test};
use crate::stats::{LEVEL, mean};
use std::cmp::Ordering;
use std::ops::Range;
use std::sync::Arc;

/// Seeds of the first round.
pub(super) const FIRST: usize = 20;

/// Accuracies nearer than this are as good as equal: half a point.
const POINT: f64 = 0.005;

/// Losses nearer than this part of the leader's are as good as equal.
const PART: f64 = 0.01;

/// An initialization and how it did.
pub(super) struct Entrant {
    pub(super) init: Arc<str>,
    /// For each seed, more being better: the accuracy, or the loss with a minus before it; none where there is none.
    scores: Vec<Option<f64>>,
    /// The training loss of each seed, which decides between equal accuracies; infinite where there is none.
    losses: Vec<f64>,
    behind: Option<Gap>,
}

/// Who is left, who is out, and what each did.
pub(super) struct Race {
    most: usize,
    pub(super) classify: bool,
    pub(super) entrants: Vec<Entrant>,
    /// Best first, as it was last looked.
    pub(super) left: Vec<usize>,
    /// The best of them first.
    out: Vec<usize>,
    looks: usize,
}

/// Two that are left, the first against the second.
struct Pair {
    mean: Option<f64>,
    interval: Option<[f64; 2]>,
    p: f64,
    first_is_better: bool,
    /// In no seed is there any difference.
    are_same: bool,
}

impl Race {
    pub(super) fn new(most: usize, classify: bool) -> Self {
        Self { most, classify, entrants: Vec::new(), left: Vec::new(), out: Vec::new(), looks: 0 }
    }

    pub(super) fn enter(&mut self, init: &Arc<str>) {
        self.left.push(self.entrants.len());
        let init = Arc::clone(init);
        self.entrants.push(Entrant { init, scores: Vec::new(), losses: Vec::new(), behind: None });
    }

    /// How they stand, best first; who is out comes last.
    pub(super) fn standings(&self, figure: &'static str) -> Partial<'static> {
        let standing = |entrant: usize, is_out: bool| {
            let Entrant { init, scores, .. } = &self.entrants[entrant];
            let there: Vec<f64> = scores.iter().copied().flatten().collect();
            let sign = if self.classify { 1.0 } else { -1.0 };
            let mean = (!there.is_empty()).then(|| sign * mean(&there));
            events::Standing { init: init.to_string(), runs: scores.len(), mean, is_out }
        };
        let left = self.left.iter().map(|&entrant| standing(entrant, false));
        Partial::Standings { figure, starts: left.chain(self.out.iter().map(|&out| standing(out, true))).collect() }
    }

    /// The seeds to be run next.
    pub(super) fn next_round(&self) -> Range<usize> {
        let begin = self.seeds();
        begin..(2 * begin).clamp(FIRST, FIRST.max(self.most)).min(self.most)
    }

    /// The seeds that all that are left have.
    pub(super) fn seeds(&self) -> usize {
        self.left.iter().map(|&i| self.entrants[i].scores.len()).min().unwrap_or(0)
    }

    pub(super) fn add(&mut self, entrant: usize, run: &Run) {
        let judged = run.judged();
        let score = if self.classify {
            Some(judged.accuracy.filter(|_| run.is_finished()).unwrap_or(0.0))
        } else {
            Some(-judged.loss).filter(|score| score.is_finite() && run.is_finished())
        };
        let loss = if run.train.loss.is_finite() { run.train.loss } else { f64::INFINITY };
        self.score(entrant, score, loss);
    }

    pub(super) fn score(&mut self, entrant: usize, score: Option<f64>, loss: f64) {
        self.entrants[entrant].scores.push(score);
        self.entrants[entrant].losses.push(loss);
    }

    /// Looks who is out, and whether it is settled.
    pub(super) fn look(&mut self) -> Option<End> {
        self.looks += 1;
        let level = (1.0 - LEVEL) / (self.looks * (self.looks + 1)) as f64;
        let loses = self.judge();
        let is_out = |&(_, is_worse, adjusted): &(usize, bool, f64)| is_worse && adjusted <= level;
        let fallen: Vec<usize> = loses.iter().filter(|other| is_out(other)).map(|other| other.0).collect();
        self.left.retain(|entrant| !fallen.contains(entrant));
        self.out.splice(0..0, fallen);
        let mut others = self.left.iter().skip(1).map(|&other| &self.entrants[other].behind);
        match self.left.len() {
            1 => Some(End::Best),
            _ if others.all(|behind| behind.as_ref().is_some_and(|gap| gap.is_equal)) => Some(End::Equal),
            _ if self.seeds() >= self.most => Some(End::Seeds),
            _ => None,
        }
    }

    /// Puts those that are left in order, and each behind the leader. Of each but the leader: who it is, whether the
    /// leader is better, and the adjusted p-value of that.
    pub(super) fn judge(&mut self) -> Vec<(usize, bool, f64)> {
        let seeds = self.seeds();
        if seeds == 0 {
            return Vec::new();
        }
        let mut left = self.left.clone();
        left.sort_by(|&a, &b| self.order(a, b, seeds));
        self.left.clone_from(&left);
        let pairs: Vec<Pair> = (0..left.len())
            .flat_map(|i| (i + 1..left.len()).map(move |j| [i, j]))
            .map(|[i, j]| self.pair(left[i], left[j], seeds))
            .collect();
        let adjusted = holm(&pairs.iter().map(|pair| pair.p).collect::<Vec<_>>());
        let (leader, margin) = (Arc::clone(&self.entrants[left[0]].init), self.margin());
        self.entrants[left[0]].behind = None;
        let mut found = Vec::new();
        // The leader's pairs come first.
        for ((&other, pair), &adjusted) in self.left[1..].iter().zip(&pairs).zip(&adjusted) {
            let is_within = |[low, high]: [f64; 2]| margin.is_some_and(|margin| -margin <= low && high <= margin);
            let is_equal = pair.interval.is_some_and(is_within) || (pair.interval.is_none() && pair.are_same);
            let (mean, interval, leader) = (pair.mean, pair.interval, Arc::clone(&leader));
            self.entrants[other].behind = Some(Gap { leader, mean, interval, adjusted, is_equal });
            found.push((other, pair.first_is_better, adjusted));
        }
        found
    }

    /// Better first.
    fn order(&self, a: usize, b: usize, seeds: usize) -> Ordering {
        let rank = |entrant: usize| {
            let Entrant { scores, losses, .. } = &self.entrants[entrant];
            let there: Vec<f64> = scores[..seeds].iter().copied().flatten().collect();
            let score = if there.is_empty() { f64::NEG_INFINITY } else { mean(&there) };
            (there.len() < seeds, -score, mean(&losses[..seeds]))
        };
        rank(a).partial_cmp(&rank(b)).unwrap_or(Ordering::Equal)
    }

    /// What is as good as no difference.
    fn margin(&self) -> Option<f64> {
        if self.classify {
            return Some(POINT);
        }
        let scores: Option<Vec<f64>> = self.entrants[self.left[0]].scores[..self.seeds()].iter().copied().collect();
        scores.filter(|scores| !scores.is_empty()).map(|scores| PART * mean(&scores).abs())
    }

    fn pair(&self, first: usize, second: usize, seeds: usize) -> Pair {
        let scores = |entrant: usize| self.entrants[entrant].scores[..seeds].iter().copied();
        let pairs: Vec<[Option<f64>; 2]> = scores(first).zip(scores(second)).map(|(a, b)| [a, b]).collect();
        let Some(differences) = pairs.iter().map(|[a, b]| Some((*a)? - (*b)?)).collect::<Option<Vec<f64>>>() else {
            // None is less than anything.
            let wins = pairs.iter().filter(|[a, b]| a > b).count();
            let losses = pairs.iter().filter(|[a, b]| a < b).count();
            let (p, first_is_better) = (sign_test(wins, losses), wins > losses);
            return Pair { mean: None, interval: None, p, first_is_better, are_same: wins + losses == 0 };
        };
        let center = mean(&differences);
        let and =
            |unseen: f64| if self.classify { [&differences[..], &[unseen]].concat() } else { differences.clone() };
        let (below, above) = (and(-1.0), and(1.0));
        let against = if center > 0.0 { &below } else { &above };
        // What one more seed can turn round is nothing.
        let p = if mean(against) * center > 0.0 { t_test(against) } else { 1.0 };
        let end = |differences: &[f64], end: usize| t_interval(differences, LEVEL).map(|interval| interval[end]);
        let interval = end(&below, 0).zip(end(&above, 1)).map(|(low, high)| [low, high]);
        let are_same = differences.iter().all(|difference| *difference == 0.0);
        Pair { mean: Some(center), interval, p, first_is_better: center > 0.0, are_same }
    }

    pub(super) fn end(mut self, because: End, budget: Option<Budget>, steps: u64, figure: &'static str) -> Settled {
        let is_settled = matches!(because, End::Best | End::Equal);
        if !is_settled {
            // Of a round that was not done to its end there may be more seeds than were looked at.
            self.judge();
        }
        let standing = |entrant: usize, is_out: bool| {
            let Entrant { init, scores, behind, .. } = &self.entrants[entrant];
            let seeds = if is_out { scores.len() } else { self.seeds() };
            Standing { init: Arc::clone(init), is_out, seeds, behind: behind.clone() }
        };
        let left = self.left.iter().map(|&entrant| standing(entrant, false));
        Settled {
            is_settled,
            because,
            budget,
            repeatable: match because {
                End::Interrupted => false,
                End::Budget => matches!(budget, Some(Budget::Steps(_))),
                End::Best | End::Equal | End::Seeds => true,
            },
            figure,
            margin: self.margin(),
            seeds: self.seeds(),
            looks: self.looks,
            steps,
            inits: left.chain(self.out.iter().map(|&entrant| standing(entrant, true))).collect(),
        }
    }
}
