//! The race: all starts for a part of the training, the better ones for all of it, then seed by seed those that may be the best; and
//! then, from fresh seeds, the one that was found beside those that need no search.
//!
//! It is driven from outside: it [asks](Race::ask) for trainings and is [told](Race::tell) what became of them, by whoever can train.
//! What it asks next depends on what it was told and on nothing else, so that the order in which answers come does not matter; but for
//! a budget in time, by which it looks at the clock.

mod batch;
pub(super) mod belief;
pub(super) mod judge;
mod last;
mod layers;
mod plateau;
mod purse;
mod rates;
mod rounds;
mod standing;
mod verdict;

use super::evidence::Evidence;
use super::setting::{APART, Setting};
use super::trainer::{Answer, Ask, Purpose, Samples, Start, Trial};
use crate::budget::Budget;
use crate::error::Error;
pub(super) use batch::Done;
use batch::{Batch, Wanted};
use belief::{Place, Prior};
use judge::{DECADES, Seen};
pub(super) use last::FRESH;
pub use layers::TriedLayers;
pub use plateau::Plateau;
use purse::Purse;
pub(super) use standing::PREFERRED;
use std::mem;
use std::sync::Arc;
pub(super) use verdict::{Found, WhyNot};

/// The part of the steps that is trained first by those who measure how fast it goes, and how much more the next time.
const LEAST_SHARE: f64 = 1.0 / 64.0;
const LONGER: f64 = 4.0;

/// A start and what is known of it.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    /// The number of its scheme.
    pub scheme: usize,
    pub gain: f64,
    pub init: String,
    /// Why it is not trained at all.
    pub out: Option<String>,
    /// What became of it after a part of the training, by repeat.
    pub early: Vec<Seen>,
    /// The trials by which it is known, of those that can go on from there.
    paused: Vec<Option<u64>>,
    /// The same after all of it; none of what was out before.
    pub full: Vec<Seen>,
}

/// What is being asked for.
#[derive(Clone, Debug)]
enum Stage {
    /// Some trainings with this share of the steps, to see how long they take.
    Speed(f64),
    Rates(rates::Search),
    Screen(rounds::Plan),
    Rounds(rounds::Plan),
    Layers(layers::Asking),
    Evidence,
    Range,
    Over,
}

/// The search for the start of a problem.
#[derive(Clone, Debug)]
pub struct Race {
    pub(super) setting: Arc<Setting>,
    pub(super) candidates: Vec<Candidate>,
    places: Vec<Place>,
    prior: Prior,
    purse: Purse,
    searches_lr: bool,
    /// The learning rate that is used, and those that were tried, each with the figure of its best start.
    pub(super) lr: f64,
    pub(super) rates: Vec<(f64, f64)>,
    /// The part of the steps after which trainings are paused.
    early: f64,
    /// Whether any training got below the loss of guessing.
    pub(super) learned: bool,
    /// Starts whose first or last layer has a gain of its own, and the best of them, if it is worth more than a look.
    pub(super) tried_layers: Vec<TriedLayers>,
    pub(super) layered: Option<Start>,
    /// The start that was found beside those that need no search, and the ends of what people start from.
    pub(super) evidence: Option<Evidence>,
    pub(super) range: Option<Evidence>,
    stage: Stage,
    batch: Option<Batch>,
    /// Trials that were asked for, and updates that were done.
    trials: u64,
    pub(super) steps: u64,
    is_stopped: bool,
    /// Why it cannot go on.
    pub(super) refused: Option<String>,
}

impl Race {
    /// A race that has not begun. `search_lr` says whether the learning rate is searched, too; the budget is the most that may be
    /// spent: the steps of 2.84 trainings for each start if nothing is said.
    ///
    /// # Errors
    /// If the setting makes no sense ([`Setting::check`]), the budget is too small for anything, or there is nothing to learn.
    pub fn new(setting: Setting, search_lr: bool, budget: Option<Budget>) -> Result<Self, Error> {
        setting.check()?;
        let purse = Purse::new(&setting, search_lr, budget)?;
        if setting.ground.is_constant {
            return Err(Error::Usage(format!(
                "{}: all targets of the training samples are the same; there is nothing to learn, and any start will do",
                setting.name
            )));
        }
        let (candidates, places) = standing::entrants(&setting.schemes);
        let hidden = setting.layers.saturating_sub(1);
        let mut race = Self {
            prior: Prior::new(hidden, if setting.classify() { 1.0 } else { DECADES }),
            candidates,
            places,
            purse,
            searches_lr: search_lr,
            lr: setting.lr,
            rates: Vec::new(),
            early: rounds::EARLY,
            learned: false,
            tried_layers: Vec::new(),
            layered: None,
            evidence: None,
            range: None,
            stage: Stage::Over,
            batch: None,
            trials: 0,
            steps: 0,
            is_stopped: false,
            refused: None,
            setting: Arc::new(setting),
        };
        let wanted = if race.purse.is_unknown() { race.ask_speed(LEAST_SHARE) } else { race.begin() };
        race.go_on(wanted);
        Ok(race)
    }

    /// The trainings that are wanted now: those of a batch that are not answered yet. None where it is over.
    pub fn ask(&self) -> Option<Ask> {
        self.batch.as_ref().map(Batch::open)
    }

    /// What became of trainings that were asked for: of all of them or of some, in any order. With the last one it goes on to what is
    /// to be asked next.
    ///
    /// # Errors
    /// If an answer does not fit: it is to a trial that is not asked for now or was answered before, took more steps than it was asked
    /// to, or has no accuracy from 0 to 1 where there are classes, though it did not diverge. Then nothing of what was told counts, and
    /// it may be told again.
    pub fn tell(&mut self, answers: Vec<Answer>) -> Result<(), Error> {
        let Some(batch) = &mut self.batch else {
            return match answers.first() {
                Some(answer) => Err(Error::Usage(format!("trial {} is not asked for: the race is over", answer.trial))),
                None => Ok(()),
            };
        };
        let steps = answers.iter().fold(0_u64, |sum, answer| sum.saturating_add(answer.steps));
        batch.tell(&self.setting, answers)?;
        self.steps = self.steps.saturating_add(steps);
        if let Some(batch) = self.batch.take_if(|batch| batch.is_whole()) {
            let wanted = self.advance(batch.done());
            self.go_on(wanted);
        }
        Ok(())
    }

    /// Ends it where it is. What was told counts; the advice is partial then.
    pub fn stop(&mut self) {
        if let Some(batch) = self.batch.take() {
            self.is_stopped = true;
            let done = batch.done();
            match &self.stage {
                Stage::Screen(_) => self.take_early(&done),
                Stage::Rounds(_) => self.take_full(&done),
                Stage::Evidence => {
                    let evidence = self.evidence.take();
                    self.evidence = evidence.and_then(|evidence| evidence.cut_short(last::parts(done)));
                }
                Stage::Range => self.range = None,
                Stage::Speed(_) | Stage::Rates(_) | Stage::Layers(_) | Stage::Over => {}
            }
        }
    }

    /// Whether nothing more is asked.
    pub fn is_over(&self) -> bool {
        self.batch.is_none()
    }

    /// Whether it was stopped before it was over.
    pub fn is_stopped(&self) -> bool {
        self.is_stopped
    }

    /// The trainings that a purpose may still take, at the most.
    pub(super) fn at_most(&self, purpose: Purpose) -> f64 {
        match purpose {
            Purpose::Speed => 0.0,
            Purpose::Rates | Purpose::Race => self.purse.of_race(),
            Purpose::Evidence => self.purse.of_evidence(),
        }
    }

    /// So many trainings in steps.
    pub(super) fn in_steps(&self, trainings: f64) -> u64 {
        (trainings * self.setting.steps as f64).min(u64::MAX as f64) as u64
    }

    /// The trainings that may be spent on what might help, where no start does.
    pub(super) fn for_remedies(&self) -> f64 {
        self.purse.for_remedies()
    }

    /// The trainings that are kept for what is tried beside the race.
    pub(super) fn kept(&self) -> f64 {
        self.purse.kept()
    }

    /// So many trainings were done beside the race.
    pub(super) fn spend(&mut self, trainings: f64) {
        self.purse.show(trainings);
    }

    /// Whether the same would come out again.
    pub(super) fn is_repeatable(&self) -> bool {
        self.purse.is_repeatable()
    }

    /// Asks for what is wanted; of what wants nothing for what comes next.
    fn go_on(&mut self, mut wanted: Vec<Wanted>) {
        while wanted.is_empty() && !matches!(self.stage, Stage::Over) {
            wanted = self.advance(Vec::new());
        }
        let purpose = match self.stage {
            Stage::Over => return,
            Stage::Speed(_) => Purpose::Speed,
            Stage::Rates(_) => Purpose::Rates,
            Stage::Screen(_) | Stage::Rounds(_) | Stage::Layers(_) => Purpose::Race,
            Stage::Evidence | Stage::Range => Purpose::Evidence,
        };
        self.batch = Some(Batch::new(purpose, wanted));
    }

    /// What is wanted next, now that a batch is done.
    fn advance(&mut self, done: Vec<Done>) -> Vec<Wanted> {
        match mem::replace(&mut self.stage, Stage::Over) {
            Stage::Speed(share) => self.end_speed(share, &done),
            Stage::Rates(search) => self.end_rates(search, &done),
            Stage::Screen(plan) => self.end_screen(plan, &done),
            Stage::Rounds(plan) => self.end_round(plan, &done),
            Stage::Layers(asking) => self.end_layers(asking, &done),
            Stage::Evidence => self.end_evidence(done),
            Stage::Range => self.end_range(done),
            Stage::Over => Vec::new(),
        }
    }

    /// What it begins with, once it is known what may be spent.
    fn begin(&mut self) -> Vec<Wanted> {
        if self.searches_lr { self.begin_rates() } else { self.begin_race() }
    }

    /// Some trainings of the usual start on all training samples, as those of the evidence are, with a share of the steps.
    fn ask_speed(&mut self, share: f64) -> Vec<Wanted> {
        self.purse.begin();
        self.stage = Stage::Speed(share);
        let start = self.setting.schemes[0].start(1.0);
        let count = self.setting.at_once.max(1);
        let of_one = |repeat: usize| {
            let mut trial = self.trial(start.clone(), self.seed(0, repeat), Samples::All);
            trial.length = self.setting.steps_of(share);
            trial.until = trial.length;
            Wanted { trial, start: 0, repeat }
        };
        (0..count).map(of_one).collect()
    }

    /// Goes on with a longer share until it is known how many trainings fit into the time.
    fn end_speed(&mut self, share: f64, done: &[Done]) -> Vec<Wanted> {
        if !self.purse.measure(done.len(), share) {
            return self.ask_speed((share * LONGER).min(1.0));
        }
        self.refused = self.purse.too_little_time();
        if self.refused.is_some() { Vec::new() } else { self.begin() }
    }

    /// A whole training from some start; what is otherwise is changed.
    fn trial(&mut self, start: Start, seed: u64, on: Samples) -> Trial {
        self.trials += 1;
        let steps = self.setting.steps;
        Trial {
            id: self.trials,
            start,
            seed,
            on,
            lr: self.lr,
            length: steps,
            until: steps,
            record: None,
            goes_on: None,
        }
    }

    /// The seed of a repeat. Accuracies jump: starts have seeds of their own, as with those of its neighbour a start would share its
    /// luck, and neighbours are to tell of each other. Losses change smoothly with the start: the same seeds take their luck out of the
    /// differences.
    fn seed(&self, stream: usize, repeat: usize) -> u64 {
        let stream = if self.setting.classify() { stream as u64 } else { 0 };
        self.setting.seed(APART * (stream + 1) + repeat as u64)
    }

    /// What a training is to the race.
    fn seen(&self, done: &Done) -> Seen {
        Seen::of(&done.answer, self.setting.blind(done.repeat))
    }
}

#[cfg(test)]
mod tests;
