//! The race: all candidates for a part of the training, the better ones for all of it, and then seed by seed those that may be
//! the best.

use super::belief::{Belief, Place, Prior};
use super::candidates::{self, Family, families, obstacle};
use super::judge::{DECADES, Judge, POINTS, Seen, mean_of};
use super::layers::{OF_LAYERS, TriedLayers};
use super::plateau::{Plateau, plateau};
use super::{Question, usual};
use crate::budget::Budget;
use crate::data::{Kind, Targets};
use crate::error::Error;
use crate::executor::{self, Checkpoint};
use crate::spec::{Inits, Precision, TaskSpec};
use crate::stats::{deviation, mean};
use crate::task::Job;
use crate::task::Task;
use crate::words::count;
use headstart_engine::init::Initialization;
use headstart_engine::network::{Loss, Network};
use headstart_engine::rng::Rng;
use headstart_engine::watch::Watch;
use ndarray::Axis;
use std::sync::Arc;
use std::time::Instant;

/// Trainings' worth of steps for each start that may be tried: the most that is spent unless a budget says otherwise.
const RUNS_EACH: f64 = 2.84;

/// With less than this nothing can be said.
const LEAST_RUNS: f64 = 12.0;

/// Half decades around the usual learning rate that are tried where it is searched, and how many more on the side where the best
/// one is the last; gains, and for how many seeds and for which share of the steps.
const RATES: [i32; 7] = [-3, -2, -1, 0, 1, 2, 3];
const BEYOND: i32 = 6;
const RATE_GAINS: [f64; 3] = [0.5, 1.0, 2.0];
const RATE_SEEDS: usize = 2;
const RATE_SHARE: f64 = 0.5;

/// What the search of a learning rate costs, in trainings: of one rate, and of those that are always tried.
const OF_RATE: f64 = RATE_SHARE * (RATE_GAINS.len() * RATE_SEEDS) as f64;
const OF_RATES: f64 = OF_RATE * RATES.len() as f64;

/// The share of all trainings that is for the race; the evidence has the others.
const OF_RACE: f64 = 0.6;

/// A difference of accuracy that is no reason to choose, and the one below which the better known of two starts is preferred.
const TOLERANCE: f64 = 0.005;
const EQUAL: f64 = 0.0015;

/// The difference of accuracy in the end, within noise, up to which the usual start is preferred.
pub(super) const PREFERRED: f64 = 0.015;

/// Standard errors behind up to which the usual start stays in the race.
const STAYS: f64 = 2.0;

/// The share of the training samples that is held out, and how many different parts.
const HELD_OUT: f64 = 0.25;
const PARTS: usize = 8;

/// The loss of guessing of a part, in those of the whole, below which its targets are taken to be all the same.
const OF_PART: f64 = 1e-9;

/// The part of the training that all candidates are given at the most, and the share of the race for that.
const EARLY: f64 = 0.25;
const OF_EARLY: f64 = 0.2;

/// Bytes that trainings may take which were paused after that part, to go on later.
const PAUSED: usize = 1 << 28;

/// Standard errors that a start is given the benefit of, when the next to be trained are chosen.
const OPTIMISM: f64 = 0.3;

/// The race is over when no start is expected to turn out better than the one that would be recommended by more than this: in
/// accuracy, and in decades of loss. With a budget above the usual one it is less, in proportion.
const SETTLED: [f64; 2] = [0.006, 0.003];

/// Trainings of one start that are the least to recommend it, where any has as many.
const LEAST_SEEDS: usize = 3;

/// A training of one of some starts, with the held-out part of a repeat. In classification starts have seeds of their own: with
/// those of its neighbour a start would share its luck, and neighbours are to tell of each other.
#[derive(Clone, Copy)]
pub(super) struct Trial {
    pub start: usize,
    pub stream: usize,
    pub repeat: usize,
}

/// A budget in time, and how many trainings there are to a second.
#[derive(Clone, Copy)]
struct Clock {
    seconds: f64,
    rate: f64,
}

/// Seeds of different starts are this far apart.
const APART: u64 = 1 << 20;

/// A start and what is known of it.
pub(super) struct Candidate {
    pub family: usize,
    pub gain: f64,
    pub init: Initialization,
    /// Why it is not trained at all.
    pub out: Option<String>,
    /// What became of it after a part of the training, by repeat.
    pub early: Vec<Seen>,
    /// Where these stand, to go on from there.
    paused: Vec<Option<Checkpoint>>,
    /// The same after all of it; none of what was out before.
    pub full: Vec<Seen>,
}

pub(super) struct Race<'a> {
    pub whole: &'a Task,
    /// The same with a part of the training samples in the place of the test samples.
    parts: Vec<Task>,
    pub families: Vec<Family>,
    pub candidates: Vec<Candidate>,
    places: Vec<Place>,
    prior: Prior,
    /// What may be spent, what the race has spent and what the evidence has, in trainings; what may be, of a budget in time, is said by the clock.
    units: f64,
    pub spent: f64,
    shown: f64,
    clock: Option<Clock>,
    /// The part of the steps after which trainings were paused.
    pub early: f64,
    /// Trainings that may be spent on what might help, beside what is left: some where nobody said how many.
    extra: f64,
    pub repeatable: bool,
    pub classify: bool,
    /// The training loss with which nothing has been learned.
    blind: Option<f64>,
    /// The common logarithm of the loss of guessing on each held-out part; of squared errors only.
    guesses: Vec<Option<f64>>,
    pub learned: bool,
    /// Starts whose first or last layer has a gain of its own, and the best of them, if it is worth more than a look.
    pub tried_layers: Vec<TriedLayers>,
    pub layered: Option<Initialization>,
    begin: Instant,
    pub threads: usize,
    pub watch: &'a Watch,
}

impl<'a> Race<'a> {
    pub(super) fn new(whole: &'a Task, question: &Question, threads: usize, watch: &'a Watch) -> Result<Self, Error> {
        let dataset = &whole.dataset;
        let held = |part: usize| dataset.holding_out(HELD_OUT, part as u64);
        let classify = matches!(dataset.kind, Kind::Classes(_));
        let narrow = |mut spec: TaskSpec| {
            spec.training.precision = Precision::F32;
            spec
        };
        let part = |part: usize| {
            let data = Arc::new(held(part)?);
            // Half the digits are enough to see who is ahead in accuracy, and take half the time; but not all numbers are any there.
            let narrow = classify.then(|| Task::of(Arc::clone(&data), narrow(whole.spec.clone())));
            Some(narrow.and_then(Result::ok).map_or_else(|| Task::of(data, whole.spec.clone()), Ok))
        };
        let parts: Vec<Task> = (0..PARTS).filter_map(part).collect::<Result<_, _>>()?;
        if parts.is_empty() {
            return Err(Error::Usage(format!(
                "{}: too few training samples to hold any out, and without that nothing can be said; use a known start, as \
                 in headstart train --init {}",
                dataset.name,
                usual(whole)
            )));
        }
        let steps = whole.steps() as f64;
        let units = match question.budget {
            None => usual_runs(whole.network()),
            Some(Budget::Steps(budget)) => budget as f64 / steps,
            // What a second holds is found out on the way.
            Some(Budget::Time(_)) => f64::INFINITY,
        };
        let least = LEAST_RUNS + if question.search_lr { OF_RATES } else { 0.0 };
        if units < least {
            return Err(Error::Usage(format!(
                "--budget {}: that is less than {least} trainings of {} steps, of which nothing could be said; give at \
                 least {}steps, or use fewer --steps",
                question.budget.map_or_else(String::new, |budget| budget.to_string()),
                count(whole.steps() as u64),
                least * steps
            )));
        }
        let blind = blind_loss(whole)?;
        // By the targets themselves: their mean is rounded, and squares of small ones are nothing.
        let all_same = match &dataset.train.y {
            Targets::Values(y) => y.columns().into_iter().all(|y| y.iter().all(|value| *value == y[0])),
            Targets::Classes(_) => blind.is_some_and(|blind| blind <= 0.0),
        };
        if all_same {
            return Err(Error::Usage(format!(
                "{}: all targets of the training samples are the same; there is nothing to learn, and any start will do",
                dataset.name
            )));
        }
        let guesses = (0..PARTS).map(|part| guess(&parts[part % parts.len()])).collect();
        let families = families(whole.network());
        let (candidates, places) = entrants(whole, &families);
        let mut race = Self {
            whole,
            parts,
            families,
            candidates,
            places,
            prior: Prior::new(whole.network().activations().len(), if classify { 1.0 } else { DECADES }),
            units,
            spent: 0.0,
            shown: 0.0,
            early: EARLY,
            extra: if question.budget.is_none() { usual_runs(whole.network()) } else { 0.0 },
            clock: None,
            repeatable: true,
            classify,
            blind,
            guesses,
            learned: false,
            tried_layers: Vec::new(),
            layered: None,
            begin: Instant::now(),
            threads,
            watch,
        };
        if let Some(Budget::Time(time)) = question.budget {
            race.measure_time(time.as_secs_f64(), least)?;
        }
        Ok(race)
    }

    /// Finds out how many trainings fit into so many seconds, by some of the usual start on all training samples, as those of the
    /// evidence are.
    fn measure_time(&mut self, seconds: f64, least: f64) -> Result<(), Error> {
        self.repeatable = false;
        let jobs: Vec<Trial> = (0..self.threads.max(1)).map(|repeat| Trial { start: 0, stream: 0, repeat }).collect();
        let mut share = 1.0 / 64.0;
        let rate = loop {
            let mut spec = self.whole.spec.clone();
            spec.training.epochs = None;
            spec.training.steps = Some(((share * self.whole.steps() as f64).ceil() as usize).max(1));
            let task = self.whole.vary(spec)?;
            let before = self.begin.elapsed().as_secs_f64();
            self.seen(&[task], &jobs, Vec::new(), usize::MAX);
            let took = self.begin.elapsed().as_secs_f64() - before;
            if took > 0.02 * seconds || share >= 1.0 || self.watch.is_stopped() {
                break share * jobs.len() as f64 / took.max(1e-9);
            }
            share = (share * 4.0).min(1.0);
        };
        self.clock = Some(Clock { seconds, rate });
        if self.left() < least && !self.watch.is_stopped() {
            return Err(Error::Usage(format!(
                "--budget {seconds}s: that is time for about {:.1} trainings here, of which nothing could be said; {least} \
                 are the least: give more time, or use fewer --steps",
                self.left()
            )));
        }
        Ok(())
    }

    /// Trainings that are left.
    pub(super) fn left(&self) -> f64 {
        match self.clock {
            None => self.units - self.spent - self.shown,
            Some(Clock { seconds, rate }) => (seconds - self.begin.elapsed().as_secs_f64()).max(0.0) * rate,
        }
    }

    /// The trainings of the race, those that are done among them.
    pub(super) fn of_race(&self) -> f64 {
        OF_RACE * (self.spent + self.left())
    }

    /// The trainings that the evidence may still take: less where the race was over soon, because starts were soon told apart.
    pub(super) fn of_evidence(&self) -> f64 {
        ((1.0 - OF_RACE) / OF_RACE * self.spent - self.shown).min(self.left()).max(0.0)
    }

    /// The trainings that may be spent on what might help, where no start does: what is left, and as many again where nobody said how
    /// many.
    pub(super) fn for_remedies(&self) -> f64 {
        (self.left() + self.extra).max(0.0)
    }

    /// So many trainings of the evidence were done.
    pub(super) fn spend(&mut self, trainings: f64) {
        self.shown += trainings;
    }

    /// A share of the steps of a training.
    fn steps_of(&self, share: f64) -> usize {
        ((share * self.whole.steps() as f64).ceil() as usize).max(1)
    }

    /// The tasks on the parts, from some starts, with a share of the steps; of losses there are a few up to a part of them.
    fn part_tasks(&self, inits: &[Initialization], share: f64, part: f64) -> Result<Vec<Task>, Error> {
        let vary = |task: &Task| {
            let mut spec = task.spec.clone();
            spec.init.init = Inits(inits.to_vec());
            spec.training.epochs = None;
            spec.training.steps = Some(self.steps_of(share));
            spec.training.record_every = Some(self.steps_of(part).div_ceil(POINTS));
            task.vary(spec)
        };
        self.parts.iter().map(vary).collect()
    }

    /// A seed so far from the task's; what is beyond the last one is counted from 0 on.
    pub(super) fn seed(&self, far: u64) -> u64 {
        let end = match self.whole.spec.init.rng {
            Rng::Numpy => u64::from(u32::MAX),
            Rng::Native => i64::MAX as u64,
        };
        // Room for as many seeds as are ever asked for from here on.
        (self.whole.spec.init.seed % end + far) % (end - APART)
    }

    /// What became of runs after so many steps, in their order, and where they stand if they may go on. Those that stand somewhere
    /// begin there. Shorter if it was stopped.
    fn seen(
        &self,
        tasks: &[Task],
        jobs: &[Trial],
        mut from: Vec<Option<Checkpoint>>,
        until: usize,
    ) -> Vec<(Seen, Option<Checkpoint>)> {
        // Losses change smoothly with the start: the same seeds take their luck out of the differences. Accuracies jump.
        let stream = |trial: &Trial| if self.classify { trial.stream as u64 } else { 0 };
        let seed = |trial: &Trial| self.seed(APART * (stream(trial) + 1) + trial.repeat as u64);
        let seeds: Vec<u64> = jobs.iter().map(seed).collect();
        let job = |i: usize| Job { seed: seeds[i], ..tasks[jobs[i].repeat % tasks.len()].job(jobs[i].start) };
        let steps = tasks[0].steps().min(until);
        from.resize_with(jobs.len(), || None);
        let mut seen = Vec::with_capacity(jobs.len());
        executor::go_on(job, from, until, self.threads, self.watch, |run, next| {
            if run.status != "stopped" {
                // Numbers vary from part to part by more than what tells a network that has learned from one that guesses.
                let part = &tasks[jobs[seen.len()].repeat % tasks.len()];
                let blind = part.units().guessing().map(|guessing| guessing.train);
                // A part may have one target only, of which guessing has no loss.
                let is_some = |blind: &f64| self.blind.is_none_or(|whole| *blind > OF_PART * whole);
                let blind = blind.filter(is_some).or(self.blind);
                seen.push((Seen::of(&run, steps, blind), next));
            }
        });
        seen
    }

    /// What is shown of several, as people read it: the accuracy, or the loss.
    pub(super) fn figure(&self, seen: &[Seen]) -> Option<f64> {
        let shown = mean_of(seen, |seen| self.judge().shown(seen));
        (!seen.is_empty()).then(|| if self.classify { shown } else { libm::pow(10.0, -shown) })
    }

    /// Trains candidates to the end, or for the first part of the steps, each from so many seeds more; what was trained for that part
    /// goes on from there. False if it was stopped.
    pub(super) fn train(&mut self, which: &[(usize, usize)], is_full: bool) -> Result<bool, Error> {
        let inits: Vec<Initialization> = which.iter().map(|(i, _)| self.candidates[*i].init.clone()).collect();
        let known = |i: usize| {
            let candidate = &self.candidates[i];
            if is_full { candidate.full.len() } else { candidate.early.len() }
        };
        let of_one = |(start, (stream, more)): (usize, &(usize, usize))| {
            let (stream, first) = (*stream, known(*stream));
            (first..first + more).map(move |repeat| Trial { start, stream, repeat }).collect::<Vec<_>>()
        };
        let jobs: Vec<Trial> = which.iter().enumerate().flat_map(of_one).collect();
        let mut paused =
            |trial: &Trial| self.candidates[trial.stream].paused.get_mut(trial.repeat).and_then(Option::take);
        let from = jobs.iter().map(|trial| if is_full { paused(trial) } else { None }).collect();
        let done = self.part_of(&inits, &jobs, from, is_full)?;
        // What was done before it was stopped counts.
        let is_whole = done.len() == jobs.len();
        for (trial, (seen, next)) in jobs.into_iter().zip(done) {
            let candidate = &mut self.candidates[trial.stream];
            if is_full {
                candidate.full.push(seen);
            } else {
                candidate.early.push(seen);
                candidate.paused.push(next);
            }
            self.learned |= seen.learned;
        }
        Ok(is_whole)
    }

    /// What became of trials of some starts at the end, or after the first part of the steps, and where they stand then if there is
    /// room for that; those that stand somewhere go on from there.
    pub(super) fn part_of(
        &mut self,
        inits: &[Initialization],
        trials: &[Trial],
        from: Vec<Option<Checkpoint>>,
        is_full: bool,
    ) -> Result<Vec<(Seen, Option<Checkpoint>)>, Error> {
        let tasks = self.part_tasks(inits, 1.0, self.early)?;
        let part = self.steps_of(self.early) as f64 / self.whole.steps() as f64;
        let saved = part * from.iter().flatten().count() as f64;
        self.spent += if is_full { trials.len() as f64 - saved } else { part * trials.len() as f64 };
        let until = if is_full { usize::MAX } else { self.steps_of(self.early) };
        let has_room = trials.len().saturating_mul(Checkpoint::bytes(&tasks[0])) <= PAUSED;
        let seen = self.seen(&tasks, trials, from, until).into_iter();
        Ok(seen.map(|(seen, next)| (seen, next.filter(|_| has_room))).collect())
    }

    /// Learning rates around the usual one, each with its best score from gains around 1, and beyond as long as the best is at the
    /// end of what was tried; the best one is used from here on. `None` if it was stopped.
    pub(super) fn search_rate(&mut self, wanted: bool) -> Result<Option<Vec<(f64, f64)>>, Error> {
        if !wanted {
            return Ok(Some(Vec::new()));
        }
        let usual_rate = self.whole.training().lr;
        let rate = |half_decades: i32| -> f64 {
            let rate = usual_rate * libm::pow(10.0, f64::from(half_decades) / 2.0);
            format!("{rate:.0e}").parse().unwrap_or(rate)
        };
        let judge = self.judge();
        let end = |seen: &[Seen]| mean_of(seen, |seen| judge.end(seen));
        let mut found: Vec<(i32, Vec<Seen>)> = Vec::new();
        let mut next: Vec<i32> = RATES.to_vec();
        while !next.is_empty() {
            for half_decades in next.drain(..) {
                let Some(best) = self.try_rate(rate(half_decades), end)? else { return Ok(None) };
                found.push((half_decades, best));
                self.units -= OF_RATE;
            }
            found.sort_by_key(|(half_decades, _)| *half_decades);
            // Of equals, as where all diverge, the smallest.
            let best = found.iter().rev().max_by(|a, b| end(&a.1).total_cmp(&end(&b.1))).map_or(0, |(best, _)| *best);
            let (first, last) = (found[0].0, found[found.len() - 1].0);
            let beyond = match best {
                best if best == first => first - 1,
                best if best == last => last + 1,
                _ => break,
            };
            let (may_go, is_number) = (beyond.abs() <= RATES[RATES.len() - 1] + BEYOND, rate(beyond) > 0.0);
            // What is left has to be enough for the starts.
            if may_go && is_number && rate(beyond).is_finite() && self.left() >= 2.0 * LEAST_RUNS + OF_RATE {
                next.push(beyond);
            }
        }
        let best =
            found.iter().max_by(|a, b| end(&a.1).total_cmp(&end(&b.1))).map_or(usual_rate, |(best, _)| rate(*best));
        for task in &mut self.parts {
            let mut spec = task.spec.clone();
            spec.training.lr = Some(best);
            *task = task.vary(spec)?;
        }
        // What was chosen by.
        let told = |seen: &[Seen]| if self.classify { end(seen) } else { libm::pow(10.0, -end(seen)) };
        Ok(Some(found.iter().map(|(half_decades, seen)| (rate(*half_decades), told(seen))).collect()))
    }

    /// What became of the best of some gains with a learning rate, by how they end. `None` if it was stopped.
    fn try_rate(&self, rate: f64, end: impl Fn(&[Seen]) -> f64) -> Result<Option<Vec<Seen>>, Error> {
        let inits: Vec<Initialization> = RATE_GAINS.map(|gain| self.families[0].init(gain)).to_vec();
        let with_rate = |mut spec: TaskSpec| {
            spec.training.lr = Some(rate);
            spec
        };
        let tasks = self.part_tasks(&inits, RATE_SHARE, RATE_SHARE)?;
        let tasks: Vec<Task> =
            tasks.iter().map(|task| task.vary(with_rate(task.spec.clone()))).collect::<Result<_, _>>()?;
        let of_one = |start| (0..RATE_SEEDS).map(move |repeat| Trial { start, stream: start, repeat });
        let jobs: Vec<Trial> = (0..inits.len()).flat_map(of_one).collect();
        let seen: Vec<Seen> =
            self.seen(&tasks, &jobs, Vec::new(), usize::MAX).into_iter().map(|(seen, _)| seen).collect();
        if seen.len() < jobs.len() {
            return Ok(None);
        }
        let best = seen.chunks(RATE_SEEDS).max_by(|a, b| end(a).total_cmp(&end(b)));
        Ok(best.map(<[Seen]>::to_vec))
    }

    /// The learning rate that is used.
    pub(super) fn lr(&self) -> f64 {
        self.parts[0].training().lr
    }

    /// Screens all candidates, trains the better ones to the end, and then, a few at a time, those that may be the best.
    /// `None` if it was stopped.
    pub(super) fn run(&mut self) -> Result<Option<()>, Error> {
        let units = self.of_race();
        let Some(mut go_on) = self.screen(units)? else { return Ok(None) };
        // Of few trainings a second seed is a luxury.
        let new = if units < 42.0 { 1 } else { 2 };
        go_on.truncate((units / 5.6).clamp(3.0, 24.0) as usize);
        // The usual start is what everything is compared with.
        go_on.extend(self.usual().filter(|usual| !go_on.contains(usual)));
        if !self.train(&go_on.iter().map(|i| (*i, new)).collect::<Vec<_>>(), true)? {
            return Ok(None);
        }
        let at_once = (units / 16.0).clamp(4.0, 64.0);
        let kept = if self.asks_layers() { OF_LAYERS * units } else { 0.0 };
        while let Some(belief) = self.belief().filter(|_| self.of_race() - self.spent - kept >= at_once) {
            let Some(leader) = self.in_order(|i| belief.score(i)).first().copied() else { break };
            if self.is_settled(&belief) {
                return Ok(Some(()));
            }
            let mut next = self.in_order(|i| belief.score(i) + OPTIMISM * belief.error(i));
            next.truncate(at_once as usize);
            if let Some(usual) = self.usual().filter(|usual| !next.contains(usual) && stays(&belief, *usual, leader)) {
                next.pop();
                next.push(usual);
            }
            let more = |i: usize| (i, if self.candidates[i].full.is_empty() { new } else { 1 });
            let next: Vec<(usize, usize)> = next.into_iter().map(more).collect();
            if !self.train(&next, true)? {
                return Ok(None);
            }
        }
        Ok(Some(()))
    }

    /// Nothing goes on any more from where it was paused.
    pub(super) fn forget(&mut self) {
        self.candidates.iter_mut().for_each(|candidate| candidate.paused = Vec::new());
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
        let usual = usual_runs(self.whole.network()) / (self.spent + self.left());
        hope.fold(0.0, f64::max) < SETTLED[usize::from(!self.classify)] * usual.min(1.0)
            || self.judge() == Judge::Training && self.spent >= 0.5 * self.of_race()
    }

    /// Trains every other gain of every scheme for a part of the steps. All of these, the better ones first; `None` if it was
    /// stopped.
    fn screen(&mut self, units: f64) -> Result<Option<Vec<usize>>, Error> {
        let is_first =
            |candidate: &Candidate| self.families[candidate.family].first().any(|gain| gain == candidate.gain);
        let first: Vec<usize> = (0..self.candidates.len())
            .filter(|i| self.candidates[*i].out.is_none() && is_first(&self.candidates[*i]))
            .collect();
        let each = OF_EARLY * units / first.len().max(1) as f64;
        self.early = EARLY.min(each);
        let seeds = ((each / self.early).floor() as usize).clamp(1, 4);
        if !self.train(&first.iter().map(|i| (*i, seeds)).collect::<Vec<_>>(), false)? {
            return Ok(None);
        }
        let judge = self.judge();
        let score = |candidate: &Candidate| candidate.early.iter().map(|seen| judge.score(seen)).collect();
        let early: Vec<Vec<f64>> = self.candidates.iter().map(score).collect();
        let belief = Belief::new(&self.prior, &self.places, &early);
        let mut first = first;
        if let Some(belief) = belief {
            first.sort_by(|a, b| belief.score(*b).total_cmp(&belief.score(*a)));
        }
        Ok(Some(first))
    }

    /// By what trainings are told apart.
    pub(super) fn judge(&self) -> Judge {
        match (self.classify, self.generalizes()) {
            (true, true) => Judge::HeldOut,
            (true, false) => Judge::Training,
            (false, _) => Judge::Loss,
        }
    }

    /// What is believed of the scores of all candidates by those that were trained to the end.
    pub(super) fn belief(&self) -> Option<Belief> {
        let judge = self.judge();
        self.belief_of(|seen| judge.score(seen))
    }

    /// The same of how they end, however fast it goes.
    pub(super) fn belief_of_end(&self) -> Option<Belief> {
        let judge = self.judge();
        self.belief_of(|seen| judge.end(seen))
    }

    fn belief_of(&self, what: impl Fn(&Seen) -> f64) -> Option<Belief> {
        let full = |candidate: &Candidate| candidate.full.iter().map(&what).collect();
        let full: Vec<Vec<f64>> = self.candidates.iter().map(full).collect();
        Belief::new(&self.prior, &self.places, &full)
    }

    /// A difference of accuracy in the units of scores.
    pub(super) fn in_units(&self, accuracy: f64) -> f64 {
        self.judge().in_units(accuracy)
    }

    /// Differences of scores that do not matter to anybody.
    pub(super) fn tolerance(&self) -> f64 {
        self.in_units(TOLERANCE)
    }

    /// Candidates that are not out, best first.
    fn in_order(&self, by: impl Fn(usize) -> f64) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.candidates.len()).filter(|i| self.candidates[*i].out.is_none()).collect();
        order.sort_by(|a, b| by(*b).total_cmp(&by(*a)));
        order
    }

    /// The usual start, if it is not out.
    pub(super) fn usual(&self) -> Option<usize> {
        let is_usual = |candidate: &Candidate| candidate.family == 0 && candidate.gain == 1.0;
        self.candidates.iter().position(|candidate| is_usual(candidate) && candidate.out.is_none())
    }

    /// The plateau of a family, by what is believed of how trainings end; none if it has no start that was trained often enough.
    pub(super) fn plateau(&self, family: usize, ends: &Belief) -> Option<Plateau> {
        self.plateau_around(family, None, ends)
    }

    /// The plateau that a start is on: its family's, or the gains around it where that is elsewhere.
    pub(super) fn plateau_of(&self, start: usize, ends: &Belief) -> Plateau {
        let Candidate { family, gain, .. } = self.candidates[start];
        let plateau = self.plateau(family, ends).filter(|plateau| (plateau.low..=plateau.high).contains(&gain));
        let around = || self.plateau_around(family, Some(start), ends);
        plateau.or_else(around).unwrap_or(Plateau { low: gain, high: gain, peak: gain })
    }

    fn plateau_around(&self, family: usize, start: Option<usize>, ends: &Belief) -> Option<Plateau> {
        let of = |i: &usize| self.candidates[*i].family == family && self.candidates[*i].out.is_none();
        let gains: Vec<(usize, f64)> =
            (0..self.candidates.len()).filter(of).map(|i| (i, self.candidates[i].gain)).collect();
        let trained = |least: usize| move |i: usize| self.candidates[i].full.len() >= least;
        plateau(&gains, start, [trained(1), trained(self.often())], ends, self.tolerance())
    }

    /// Trainings of one start that are many.
    fn often(&self) -> usize {
        let most = self.candidates.iter().map(|candidate| candidate.full.len()).max().unwrap_or(0);
        LEAST_SEEDS.min(most).max(1)
    }

    /// The best of the others that were trained often: of another scheme, or off the plateau.
    pub(super) fn rival(&self, winner: usize, plateau: Plateau, ends: &Belief) -> Option<usize> {
        let family = self.candidates[winner].family;
        let is_other = |i: &usize| {
            let candidate = &self.candidates[*i];
            let is_off = candidate.family != family || !(plateau.low..=plateau.high).contains(&candidate.gain);
            is_off && candidate.full.len() >= self.often()
        };
        self.in_order(|i| ends.score(i)).into_iter().find(is_other)
    }

    /// Whether a start leads to something: in regression, where a few seeds of many may have left the loss of guessing for once,
    /// whether half of its trainings have.
    pub(super) fn works(&self, start: usize) -> bool {
        let full = &self.candidates[start].full;
        let learned = full.iter().filter(|seen| seen.learned).count();
        self.learned && (self.classify || 2 * learned >= full.len())
    }

    /// Whether some start does better than guessing on held-out samples, by three standard errors, because the best of many is
    /// told.
    pub(super) fn generalizes(&self) -> bool {
        let mut often = self.candidates.iter().filter(|candidate| candidate.full.len() >= LEAST_SEEDS).peekable();
        often.peek().is_none() || often.any(|candidate| self.beats_guessing(&candidate.full))
    }

    fn beats_guessing(&self, full: &[Seen]) -> bool {
        let Kind::Classes(names) = &self.whole.dataset.kind else {
            // How many decades below guessing, repeat by repeat.
            let below = |(repeat, seen): (usize, &Seen)| Some(Judge::Loss.shown(seen) + self.guesses[repeat % PARTS]?);
            let Some(below) = full.iter().enumerate().map(below).collect::<Option<Vec<f64>>>() else { return true };
            let error = deviation(&below).unwrap_or(0.0) / (below.len() as f64).sqrt();
            return mean(&below) > 3.0 * error;
        };
        // There are as many held-out samples of every class, and parts that come again tell nothing new.
        let guess = 1.0 / names.len().max(1) as f64;
        let held = self.parts[0].dataset.test.as_ref().map_or(1, |test| test.y.len());
        let error = (guess * (1.0 - guess) / (held * full.len().min(PARTS)) as f64).sqrt();
        mean_of(full, |seen| seen.held_out) > guess + 3.0 * error
    }

    /// Who is recommended, and the best of the others. The middles of the families' plateaus, by what is believed of how trainings
    /// end, and the usual start are chosen from, by what is believed of the scores. Of those that are as good as the best it is
    /// the best known.
    pub(super) fn winner(&self, belief: &Belief, ends: &Belief) -> Option<(usize, Option<usize>)> {
        let middle = |family: usize| {
            let Family { gains, .. } = &self.families[family];
            let gain = self.plateau(family, ends)?.middle(self.families[family].own_gain(), gains);
            self.candidates.iter().position(|candidate| candidate.family == family && candidate.gain == gain)
        };
        let mut from: Vec<usize> = (0..self.families.len()).filter_map(middle).collect();
        from.extend(self.usual().filter(|usual| !from.contains(usual)));
        from.sort_by(|a, b| belief.score(*b).total_cmp(&belief.score(*a)));
        let best = *from.first()?;
        // What everybody takes is left for a reason only.
        let is_as_good = |usual: &usize| {
            let [by, error] = ends.difference(*usual, best);
            by >= -error.min(self.in_units(PREFERRED)) && !self.candidates[*usual].full.is_empty()
        };
        if let Some(usual) = self.usual().filter(is_as_good) {
            return Some((usual, from.into_iter().find(|i| *i != usual)));
        }
        let is_equal = |i: &&usize| belief.score(**i) >= belief.score(best) - self.in_units(EQUAL);
        // Families are in the order of how well they are known, and a scheme's own gain is better known than any other.
        let winner = *from.iter().filter(is_equal).min_by_key(|i| {
            let Candidate { family, gain, .. } = self.candidates[**i];
            (family, gain != 1.0)
        })?;
        Some((winner, from.into_iter().find(|i| *i != winner)))
    }
}

/// The trainings' worth of steps that is spent on a network unless a budget says otherwise.
pub(super) fn usual_runs(network: &Network) -> f64 {
    let starts: usize = families(network).iter().map(|family| family.gains.len()).sum();
    RUNS_EACH * starts as f64
}

/// Whether a start may be as good as another.
fn stays(belief: &Belief, start: usize, other: usize) -> bool {
    let [by, error] = belief.difference(start, other);
    by >= -STAYS * error
}

/// The training loss with which nothing has been learned, whatever the task's precision.
fn blind_loss(whole: &Task) -> Result<Option<f64>, Error> {
    let mut spec = whole.spec.clone();
    spec.training.precision = Precision::F64;
    Ok(whole.vary(spec)?.blind_loss())
}

/// The common logarithm of the loss of always answering with the mean of the training targets, or what is best by another loss than the
/// squared error, on what is held out.
fn guess(part: &Task) -> Option<f64> {
    let (Targets::Values(seen), Targets::Values(held)) = (&part.dataset.train.y, &part.dataset.test.as_ref()?.y) else {
        return None;
    };
    if part.network().loss() != Loss::MeanSquaredError {
        // Whatever constant is best by another loss.
        return part.units().guessing()?.test.map(|loss| libm::log10(loss.max(f64::MIN_POSITIVE)));
    }
    let mean = seen.mean_axis(Axis(0))?;
    let error = (held - &mean).mapv(|error| error * error).mean()?;
    Some(libm::log10(part.units().told(error).max(f64::MIN_POSITIVE)))
}

/// All candidates, family by family with rising gains, and where they lie.
fn entrants(whole: &Task, families: &[Family]) -> (Vec<Candidate>, Vec<Place>) {
    let (network, x) = (whole.network(), &whole.dataset.train.x);
    let moment = x.iter().map(|x| x * x).sum::<f64>() / x.len().max(1) as f64;
    let mut candidates = Vec::new();
    let mut places = Vec::new();
    for (i, family) in families.iter().enumerate() {
        for gain in family.gains.iter().copied() {
            let init = family.init(gain);
            let fits = init.check(network).map_err(|error| error.to_string()).err();
            let out = fits.or_else(|| obstacle(network, &init, moment));
            places.push(Place {
                family: i,
                gain: libm::log2(gain),
                size: candidates::size(network, &init),
                is_expected: family.is_expected && gain == 1.0,
            });
            candidates.push(Candidate {
                family: i,
                gain,
                init,
                out,
                early: Vec::new(),
                paused: Vec::new(),
                full: Vec::new(),
            });
        }
    }
    (candidates, places)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_paused_goes_on_to_the_end_that_it_would_have_had_at_once() {
        for more in ["optimizer = 'adam'\nlr = 0.01", "optimizer = 'sgd'\nbatch = 16\nlr = 0.1\nlr-schedule = 'cosine'"]
        {
            let spec = TaskSpec::from_toml(&format!(
                "[data]\ndata = 'moons'\nsamples = [64, 32]\n[network]\nlayers = '_,6,_'\n[training]\nsteps = 40\n{more}\n"
            ));
            let question = Question { spec: spec.unwrap(), search_lr: false, budget: None };
            let task = super::super::task(&question).unwrap();
            let watch = Watch::default();
            let [mut paused, mut at_once] = [(); 2].map(|()| Race::new(&task, &question, 2, &watch).unwrap());
            let which = [(0, 3), (8, 3)];
            paused.train(&[(0, 2), (8, 2)], false).unwrap();
            assert_eq!(paused.spent, 1.0);
            paused.train(&which, true).unwrap();
            at_once.train(&which, true).unwrap();
            assert_eq!([paused.spent, at_once.spent], [6.0, 6.0]);
            for start in [0, 8] {
                assert_eq!(paused.candidates[start].full, at_once.candidates[start].full, "{more}");
            }
        }
    }
}
