//! The evidence: some starts, trained on all training samples from fresh seeds until they are told apart, or what may be spent is
//! spent. What is advised, and how it is said, is what this says.

mod beside;
mod gap;
pub(super) mod words;

use super::setting::Setting;
use super::trainer::{Answer, Start, Trial};
use crate::compare::{self, Comparison};
use crate::run::Run;
pub(super) use gap::Gap;
use gap::Standing;
use std::mem;
use std::sync::Arc;
use words::as_told;

/// Seeds of each start when it is first looked, and the most; in between it is looked after twice as many each time.
const FIRST: usize = 10;
pub(super) const MOST: usize = 192;

/// Seeds of a default that is to be kept, and of what may be better, as far as anything is left for it: who is told to change nothing
/// looks no further.
const KEPT: usize = 40;

/// Seeds of a start that is only looked at.
pub(super) const LOOK: usize = 6;

/// Seeds of each start at least, as far as a small budget allows it: before there are fewer, there are fewer starts.
const FEW: f64 = 3.0;

/// A loss of so many of guessing is one of a training that was thrown away: it counts as diverged.
const THROWN: f64 = 1e4;

/// Some starts, trained side by side.
#[derive(Clone, Debug)]
pub(super) struct Evidence {
    pub setting: Arc<Setting>,
    /// All of them, in the order in which they were chosen.
    pub starts: Vec<Start>,
    pub runs: Vec<Run>,
    /// The starts in figures, best first.
    pub comparison: Comparison,
    /// Of each start: in the order of the comparison, once there is one.
    standings: Vec<Standing>,
    phase: Phase,
}

/// How far it is.
#[derive(Clone, Debug)]
enum Phase {
    /// Those whose order is open have so many seeds, and are looked at next when they have so many.
    Open {
        left: Vec<usize>,
        done: usize,
        next: usize,
    },
    /// What may be the best has as many seeds as a default takes that is to be kept.
    Sure,
    Over,
}

/// What may be spent on it, in trainings.
#[derive(Clone, Copy, Debug)]
pub(super) struct Funds {
    /// As long as the order is open.
    pub of_evidence: f64,
    /// Where a default is to be kept.
    pub left: f64,
}

impl Evidence {
    /// Of some starts, none of which was trained.
    pub fn new(setting: &Arc<Setting>, starts: Vec<Start>) -> Self {
        let standing = |start: &Start| Standing { init: start.init.clone(), scores: Vec::new(), is_added: false };
        Self {
            setting: Arc::clone(setting),
            standings: starts.iter().map(standing).collect(),
            phase: Phase::Open { left: (0..starts.len()).collect(), done: 0, next: FIRST },
            starts,
            runs: Vec::new(),
            comparison: Comparison { cells: Vec::new(), differences: Vec::new(), settled: None },
        }
    }

    /// Of the first starts only, as many as so many trainings are enough for.
    pub fn within(mut self, trainings: f64) -> Self {
        self.starts.truncate(((trainings / FEW) as usize).max(1));
        let setting = Arc::clone(&self.setting);
        Self::new(&setting, self.starts)
    }

    /// The trainings that are wanted next, each a start and the number of its seed: of those whose order is open, seed by seed, as long
    /// as something may be spent. None when it is settled.
    pub fn next(&mut self, funds: Funds) -> Vec<(usize, usize)> {
        let best = match mem::replace(&mut self.phase, Phase::Over) {
            Phase::Open { mut left, done, next } => {
                if done > 0 {
                    left = self.open(left);
                }
                let affordable = (funds.of_evidence / left.len() as f64) as usize;
                let until = next.min(done + affordable).min(MOST).max(usize::from(done == 0));
                if until > done && (done == 0 || left.len() > 1) {
                    let which = (done..until).flat_map(|seed| left.iter().map(move |start| (*start, seed))).collect();
                    self.phase = Phase::Open { left, done: until, next: 2 * until };
                    return which;
                }
                let best = left[0];
                if self.may_keep(best) {
                    self.phase = Phase::Sure;
                    return self.make_sure(best, funds);
                }
                best
            }
            Phase::Sure => self.best_of_all(),
            Phase::Over => return Vec::new(),
        };
        self.settle(best);
        Vec::new()
    }

    /// What it takes until whatever may be the best has as many seeds as a default takes that is to be kept: here all may be spent that
    /// is left.
    fn make_sure(&mut self, best: usize, funds: Funds) -> Vec<(usize, usize)> {
        let which = self.may_be_best_beside(best);
        let until = |seeds: usize| -> usize {
            which.iter().map(|i| seeds.saturating_sub(self.standings[*i].scores.len())).sum()
        };
        let affordable = (0..=KEPT).rev().find(|seeds| until(*seeds) as f64 <= funds.left).unwrap_or(0);
        let more = |start: usize| (self.standings[start].scores.len()..affordable).map(move |seed| (start, seed));
        let more: Vec<(usize, usize)> =
            if which.len() < 2 { Vec::new() } else { which.into_iter().flat_map(more).collect() };
        if more.is_empty() { self.next(funds) } else { more }
    }

    /// A few trainings of each, seed by seed.
    pub fn look(&self) -> Vec<(usize, usize)> {
        (0..LOOK).flat_map(|seed| (0..self.starts.len()).map(move |start| (start, seed))).collect()
    }

    /// Takes what became of trainings: of each start its number, and the answer.
    pub fn take(&mut self, done: impl IntoIterator<Item = (usize, Trial, Answer)>) {
        let guessing = self.setting.ground.guessing.map(|guessing| guessing.train.max(guessing.test.unwrap_or(0.0)));
        for (start, trial, answer) in done {
            let run = answer.into_run(&trial);
            let loss = run.train.loss.max(run.judged().loss);
            let is_thrown = run.is_finished() && guessing.is_some_and(|guessing| loss > THROWN * guessing);
            let run = if is_thrown { Run { status: "diverged", ..run } } else { run };
            self.standings[start].scores.push(score(&run, self.setting.classify()));
            self.runs.push(run);
        }
    }

    /// What there is of it where it was stopped, with what was still done; none if there is nothing.
    pub fn cut_short(mut self, done: impl IntoIterator<Item = (usize, Trial, Answer)>) -> Option<Self> {
        self.take(done);
        self.settle_all();
        (!self.comparison.cells.is_empty()).then_some(self)
    }

    /// All in figures, in the order that they have now.
    pub fn settle_all(&mut self) {
        let best = self.best_of_all();
        self.settle(best);
    }

    fn best_of_all(&self) -> usize {
        self.open((0..self.standings.len()).collect())[0]
    }

    /// All in figures and in an order: the best one, and the others by how far they are behind it in the seeds that both have.
    pub(super) fn settle(&mut self, best: usize) {
        let behind = |i: usize| {
            if i == best { f64::NEG_INFINITY } else { self.gap_of(&self.standings[best], &self.standings[i]).mean }
        };
        let mut order: Vec<(f64, String)> =
            (0..self.standings.len()).map(|i| (behind(i), self.standings[i].init.clone())).collect();
        order.sort_by(|a, b| a.0.total_cmp(&b.0));
        let place = |init: &str| order.iter().position(|(_, name)| name == init);
        let mut cells = compare::cells(&self.runs, self.setting.ground.target);
        cells.sort_by_key(|cell| place(&cell.init));
        self.standings.sort_by_key(|standing| place(&standing.init));
        let differences = compare::differences(&cells, &self.runs);
        self.comparison = Comparison { cells, differences: Vec::new(), settled: None };
        // Once there are cells to tell of.
        let told = differences.into_iter().map(|difference| as_told(self, difference));
        self.comparison.differences = told.collect();
    }

    /// Puts other starts, of the same seeds, beside these.
    pub fn add(&mut self, others: Self) {
        let known = |init: &str| self.standings.iter().any(|standing| standing.init == init);
        let new: Vec<Run> = others.runs.into_iter().filter(|run| !known(&run.init)).collect();
        self.runs.extend(new);
        let new = others.standings.into_iter().filter(|standing| !known(&standing.init));
        let standings: Vec<Standing> = new.map(|standing| Standing { is_added: true, ..standing }).collect();
        self.standings.extend(standings);
        self.settle(0);
    }
}

/// More is better.
fn score(run: &Run, classify: bool) -> Option<f64> {
    let judged = run.judged();
    if classify {
        return Some(judged.accuracy.filter(|_| run.is_finished()).unwrap_or(0.0));
    }
    Some(-judged.loss).filter(|score| score.is_finite() && run.is_finished())
}

#[cfg(test)]
mod tests;
