//! The race itself: who is trained next, and for how long.

use super::batch::{Done, Wanted};
use super::belief::Belief;
use super::judge::Judge;
use super::layers::OF_LAYERS;
use super::standing::PARTS;
use super::{Candidate, Race, Stage};
use crate::advise::trainer::{POINTS, Start, Trial};

/// The part of the training that all candidates are given at the most.
pub(super) const EARLY: f64 = 0.25;

/// The share of the race for the part of the training that all candidates are given.
const OF_EARLY: f64 = 0.2;

/// Standard errors that a start is given the benefit of, when the next to be trained are chosen.
const OPTIMISM: f64 = 0.3;

/// Standard errors behind up to which the usual start stays in the race.
pub(super) const STAYS: f64 = 2.0;

/// The race is over when no start is expected to turn out better than the one that would be recommended by more than this: in
/// accuracy, and in decades of loss. With a budget above the usual one it is less, in proportion.
const SETTLED: [f64; 2] = [0.006, 0.003];

/// What was laid out when the race began.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// Trainings of a start that is new.
    new: usize,
    /// Trainings at a time, and those that are kept for single layers.
    at_once: f64,
    kept: f64,
    /// All that may be spent.
    units: f64,
}

impl Race {
    /// Every other gain of every scheme for a part of the steps.
    pub(super) fn begin_race(&mut self) -> Vec<Wanted> {
        let units = self.purse.of_race();
        // Of few trainings a second seed is a luxury.
        let plan = Plan {
            new: if units < 42.0 { 1 } else { 2 },
            at_once: (units / 16.0).clamp(4.0, 64.0),
            kept: if self.asks_layers() { OF_LAYERS * units } else { 0.0 },
            units,
        };
        let first = self.first();
        let each = OF_EARLY * units / first.len().max(1) as f64;
        self.early = EARLY.min(each);
        let seeds = ((each / self.early).floor() as usize).clamp(1, 4);
        self.stage = Stage::Screen(plan);
        self.of_candidates(&first.iter().map(|i| (*i, seeds)).collect::<Vec<_>>(), false)
    }

    /// Every other gain of every scheme, but for those that are out.
    fn first(&self) -> Vec<usize> {
        let is_first = |i: &usize| {
            let candidate = &self.candidates[*i];
            let mut first = self.setting.schemes[candidate.scheme].first();
            candidate.out.is_none() && first.any(|gain| gain == candidate.gain)
        };
        (0..self.candidates.len()).filter(is_first).collect()
    }

    /// The better ones to the end.
    pub(super) fn end_screen(&mut self, plan: Plan, done: &[Done]) -> Vec<Wanted> {
        self.take_early(done);
        let judge = self.judge();
        let early: Vec<Vec<f64>> = self
            .candidates
            .iter()
            .map(|candidate| candidate.early.iter().map(|seen| judge.score(seen)).collect())
            .collect();
        let mut go_on = self.first();
        if let Some(belief) = Belief::new(&self.prior, &self.places, &early) {
            go_on.sort_by(|a, b| belief.score(*b).total_cmp(&belief.score(*a)));
        }
        go_on.truncate((plan.units / 5.6).clamp(3.0, 24.0) as usize);
        // The usual start is what everything is compared with.
        go_on.extend(self.usual().filter(|usual| !go_on.contains(usual)));
        let which: Vec<(usize, usize)> = go_on.into_iter().map(|i| (i, plan.new)).collect();
        self.stage = Stage::Rounds(plan);
        self.of_candidates(&which, true)
    }

    /// Those that may be the best, a few at a time, until it is settled or what the race has is spent.
    pub(super) fn end_round(&mut self, plan: Plan, done: &[Done]) -> Vec<Wanted> {
        self.take_full(done);
        let has_room = self.purse.of_race() - self.purse.spent - plan.kept >= plan.at_once;
        let Some(belief) = self.belief().filter(|_| has_room) else { return self.begin_layers() };
        let leader = self.in_order(|i| belief.score(i)).first().copied();
        let Some(leader) = leader.filter(|_| !self.is_settled(&belief)) else { return self.begin_layers() };
        let mut next = self.in_order(|i| belief.score(i) + OPTIMISM * belief.error(i));
        next.truncate(plan.at_once as usize);
        let stays = |usual: usize| {
            let [by, error] = belief.difference(usual, leader);
            by >= -STAYS * error
        };
        if let Some(usual) = self.usual().filter(|usual| !next.contains(usual) && stays(*usual)) {
            next.pop();
            next.push(usual);
        }
        let more = |i: usize| (i, if self.candidates[i].full.is_empty() { plan.new } else { 1 });
        let which: Vec<(usize, usize)> = next.into_iter().map(more).collect();
        self.stage = Stage::Rounds(plan);
        self.of_candidates(&which, true)
    }

    /// Whether no start is expected to turn out better than the one that would be recommended by more than it is worth, and that
    /// one was tried on every held-out part: before, it may be the luckiest. Where nothing does better than guessing on those, half
    /// of the race is enough: more of it will not tell more.
    fn is_settled(&self, belief: &Belief) -> bool {
        let Some((winner, _)) = self.belief_of_end().and_then(|ends| self.winner(belief, &ends)) else { return false };
        if self.candidates[winner].full.len() < PARTS {
            return false;
        }
        let hope = self.in_order(|i| belief.score(i)).into_iter().map(|i| belief.improvement(i, winner));
        let is_classification = self.setting.classify();
        hope.fold(0.0, f64::max) < SETTLED[usize::from(!is_classification)] * self.purse.usual_share().min(1.0)
            || self.judge() == Judge::Training && self.purse.spent >= 0.5 * self.purse.of_race()
    }

    /// Candidates to the end, or for the first part of the steps, each from so many seeds more; what was paused goes on from there.
    pub(super) fn of_candidates(&mut self, which: &[(usize, usize)], is_full: bool) -> Vec<Wanted> {
        let mut wanted = Vec::new();
        for &(start, more) in which {
            let Candidate { scheme, gain, early, full, .. } = &self.candidates[start];
            let which = self.setting.schemes[*scheme].start(*gain);
            let known = if is_full { full.len() } else { early.len() };
            for repeat in known..known + more {
                let paused = self.candidates[start].paused.get_mut(repeat).filter(|_| is_full).and_then(Option::take);
                let trial = self.on_part(which.clone(), [start, repeat], is_full, paused);
                wanted.push(Wanted { trial, start, repeat });
            }
        }
        self.pay(&wanted, is_full);
        wanted
    }

    /// A training of the race, of a stream of seeds and a repeat.
    pub(super) fn on_part(
        &mut self,
        start: Start,
        [stream, repeat]: [usize; 2],
        is_full: bool,
        goes_on: Option<u64>,
    ) -> Trial {
        let part = self.setting.steps_of(self.early);
        let mut trial = self.trial(start, self.seed(stream, repeat), self.without(repeat));
        trial.until = if is_full { trial.length } else { part };
        trial.record = Some(part.div_ceil(POINTS as u64));
        trial.goes_on = goes_on;
        trial
    }

    /// Trainings are paid for when they are asked for: those that go on for what is left of them.
    pub(super) fn pay(&mut self, wanted: &[Wanted], is_full: bool) {
        let part = self.setting.steps_of(self.early) as f64 / self.setting.steps as f64;
        let saved = part * wanted.iter().filter(|wanted| wanted.trial.goes_on.is_some()).count() as f64;
        self.purse.spent += if is_full { wanted.len() as f64 - saved } else { part * wanted.len() as f64 };
    }

    /// What became of candidates after the first part of the steps.
    pub(super) fn take_early(&mut self, done: &[Done]) {
        for one in done {
            let seen = self.seen(one);
            let candidate = &mut self.candidates[one.start];
            candidate.early.push(seen);
            candidate.paused.push(one.paused());
            self.learned |= seen.learned;
        }
    }

    /// What became of candidates in the end.
    pub(super) fn take_full(&mut self, done: &[Done]) {
        for one in done {
            let seen = self.seen(one);
            self.candidates[one.start].full.push(seen);
            self.learned |= seen.learned;
        }
    }
}
