//! What starts are held against: answering without a look at the features.

use crate::compare::{Cell, Summary};
use crate::data::{Kind, Samples, Targets};
use crate::task::Task;
use crate::words::foreign;

/// Always answering with the class that most training samples have.
pub(super) struct Guess<'a> {
    /// The class.
    class: &'a str,
    /// The share of some samples in which that is right.
    pub share: f64,
    /// The mean of those shares over the classes.
    pub balanced: f64,
}

impl<'a> Guess<'a> {
    /// A balanced accuracy that is beyond that of guessing by less than this is one of guessing.
    const LITTLE: f64 = 0.02;

    /// On some samples; none of targets that are numbers.
    pub fn of(task: &'a Task, samples: &Samples) -> Option<Self> {
        let Kind::Classes(names) = &task.dataset.kind else { return None };
        let counts = |y: &Targets| {
            let mut counts = vec![0_usize; names.len()];
            if let Targets::Classes(classes) = y {
                for &class in classes {
                    counts[class] += 1;
                }
            }
            counts
        };
        // The first of several.
        let most = counts(&task.dataset.train.y).iter().enumerate().rev().max_by_key(|(_, count)| **count)?.0;
        let share = counts(&samples.y)[most] as f64 / samples.y.len().max(1) as f64;
        Some(Self { class: &names[most], share, balanced: 1.0 / names.len() as f64 })
    }

    /// On the test samples, or on those for training where there are none.
    pub fn judged(task: &'a Task) -> Option<Self> {
        Self::of(task, task.dataset.test.as_ref().unwrap_or(&task.dataset.train))
    }

    /// Whether it is right as often as trainings are, in the mean over all samples.
    pub fn is_right_as_often(&self, figures: Summary) -> bool {
        figures.accuracy.is_some_and(|accuracy| accuracy.mean <= self.share + 1e-9)
    }

    /// The same, and in the mean over the classes.
    pub fn is_as_good(&self, figures: Summary) -> bool {
        let is_balanced_alike = figures.balanced_accuracy.is_none_or(|mean| mean <= self.balanced + Self::LITTLE);
        self.is_right_as_often(figures) && is_balanced_alike
    }

    /// It in words, with how often it is right.
    pub fn in_words(&self, task: &Task) -> String {
        let set = if task.dataset.test.is_some() { "test" } else { "training" };
        format!(
            "always answering \"{}\" is right in {:.1}% of the {set} samples",
            foreign(self.class),
            100.0 * self.share
        )
    }
}

/// Whether the mean over the seeds may be one of guessing; never where there is no interval of it.
pub(super) fn may_be_guessing(task: &Task, cell: &Cell) -> bool {
    let accuracy = cell.judged().and_then(|judged| judged.accuracy);
    let low = accuracy.and_then(|accuracy| accuracy.interval).map(|[low, _]| low);
    Guess::judged(task).zip(low).is_some_and(|(guess, low)| low <= guess.share && !task.tells_classes())
}

/// A loss above this part of the one of guessing has hardly learned anything.
const LEARNED: f64 = 0.9;

/// Whether the runs of a start do better than guessing on what they are judged by, beyond what may be luck: in classification
/// by three standard errors of one run's accuracy on the test samples, in the mean over all samples or over the classes; without a
/// test set, where nothing but training is asked about, at all.
pub(super) fn is_beaten(task: &Task, cell: &Cell) -> bool {
    let (Some(judged), false) = (cell.judged(), cell.diverged > 0) else { return false };
    let errors = task.dataset.test.as_ref().map_or(0.0, |test| 3.0 / (test.y.len().max(1) as f64).sqrt());
    let is_above = |accuracy: f64, guess: f64| accuracy > guess + errors * (guess * (1.0 - guess)).sqrt() + 1e-9;
    if let (Some(guess), Some(accuracy)) = (Guess::judged(task), judged.accuracy) {
        let balanced = judged.balanced_accuracy.is_some_and(|balanced| is_above(balanced, guess.balanced));
        return is_above(accuracy.mean, guess.share) || task.tells_classes() && balanced;
    }
    let guessing = task.units().guessing().map(|guessing| match &cell.test {
        Some(_) => guessing.test.unwrap_or(guessing.train),
        None => guessing.train,
    });
    // Where few are tested their own mean may be far from the one that is guessed.
    let explains = cell.r2.is_none_or(|r2| r2.mean > 1.0 - LEARNED);
    explains && guessing.or_else(|| task.blind_loss()).is_none_or(|blind| judged.loss.mean < LEARNED * blind)
}
