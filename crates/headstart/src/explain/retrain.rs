//! Trainings that show whether what was said of a start holds, by whoever can train it: the engine a task (see [`super::rerun`]), a
//! training loop of somebody's own its model.

use super::cure::Cure;
use super::population::Change;
use super::predict::Sight;
use crate::error::Error;
use crate::run::Run;

/// A training that is wanted, from some seeds.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    /// What is changed; nothing of the training itself.
    pub cure: Option<Cure>,
    /// How many steps; those that it has by itself if nothing is said.
    pub steps: Option<u64>,
    /// The first seed, counted from the training's own, which is 0.
    pub first: u64,
    /// How many seeds.
    pub seeds: usize,
}

impl Wanted {
    /// The training from its own seed, for so many steps.
    pub fn own(cure: Option<Cure>, steps: u64) -> Self {
        Self { cure, steps: Some(steps), first: 0, seeds: 1 }
    }

    /// The same from so many seeds behind its own.
    pub fn others(cure: Option<Cure>, steps: Option<u64>, seeds: usize) -> Self {
        Self { cure, steps, first: 1, seeds }
    }
}

/// What came of a training.
#[derive(Clone, Debug, PartialEq)]
pub struct Trained {
    /// How it ended, with its losses along the way.
    pub run: Run,
    /// The first step at which its training loss was below the threshold; none if it never was.
    pub left: Option<u64>,
}

/// What is known of trainings before they are done.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    /// Steps of one.
    pub steps: u64,
    /// Whether it can go on behind them: where there is a schedule, that belongs to its number of steps.
    pub is_endless: bool,
    /// Whether losses along the way are of some samples, or with some units: the event is then looked for on a sample that stays.
    pub is_noisy: bool,
    /// The learning rate.
    pub lr: f64,
    /// The share of the largest class in training; none in regression.
    pub majority: Option<f64>,
    /// What there is to test on, if there is anything.
    pub test: Option<TestFacts>,
    /// Of a network that cannot bend, whether it has hidden layers, and the share of the targets that the best linear map explains.
    pub linear: Option<(bool, f64)>,
    /// What no start can make up for, and is tried where all seeds end alike.
    pub changes: Vec<Change>,
}

/// What is known of test samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TestFacts {
    /// How many there are.
    pub samples: usize,
    /// The share of the class among them that is the largest in training; none in regression.
    pub majority: Option<f64>,
    /// The loss of guessing; none of classes.
    pub guessing: Option<f64>,
    /// Whether accuracy says little, because classes are of very different size, or weighted.
    pub tells_classes: bool,
}

/// The trainings, as many as were wanted; none if it was stopped.
///
/// # Errors
/// As [`Retrain::train`], or if others came than were wanted.
pub(super) fn trained(
    runs: &mut dyn Retrain,
    wanted: &[Wanted],
    threshold: f64,
    is_aside: bool,
) -> Result<Option<Vec<Vec<Trained>>>, Error> {
    let Some(done) = runs.train(wanted, threshold, is_aside)? else { return Ok(None) };
    let fits = done.len() == wanted.len() && done.iter().zip(wanted).all(|(done, wanted)| done.len() == wanted.seeds);
    if !fits {
        let seeds: usize = wanted.iter().map(|wanted| wanted.seeds).sum();
        let came: usize = done.iter().map(Vec::len).sum();
        return Err(Error::Usage(format!("of {seeds} trainings that were wanted {came} came, or not seed by seed")));
    }
    Ok(Some(done))
}

/// Whoever can train from a start that was explained: with a change and without, from other seeds, for longer.
pub trait Retrain {
    /// What is known beforehand.
    fn facts(&self) -> Facts;

    /// About how many multiply-adds one training takes with a change.
    ///
    /// # Errors
    /// If the change cannot be made.
    fn work(&mut self, cure: Option<&Cure>) -> Result<f64, Error>;

    /// Whether a training can be done.
    ///
    /// # Errors
    /// Why not.
    fn takes(&mut self, wanted: &Wanted) -> Result<(), Error>;

    /// Trains, and tells each seed of each in order, with the step at which the loss fell below a threshold; none if it was stopped. What
    /// is done aside is not counted where people look how far the work is.
    ///
    /// # Errors
    /// If one cannot be done.
    fn train(&mut self, wanted: &[Wanted], threshold: f64, is_aside: bool) -> Result<Option<Vec<Vec<Trained>>>, Error>;

    /// When the loss on a fixed part of the training samples falls below a threshold within so many steps of its own training; none if it
    /// was stopped. Asked where [`Facts::is_noisy`].
    ///
    /// # Errors
    /// If it cannot be done.
    fn sight(&mut self, threshold: f64, steps: u64) -> Result<Option<Sight>, Error>;

    /// Whether somebody has stopped it.
    fn is_stopped(&self) -> bool;
}
