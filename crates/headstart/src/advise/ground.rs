//! What starts are held against: answering without a look at the features.

use crate::compare::{Cell, Summary};
use crate::task::TARGET;
use crate::units::Guessing;
use crate::words::foreign;
use serde::{Deserialize, Serialize};

/// What trainings on all training samples are judged by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ground {
    /// What is known of the classes; none where targets are numbers.
    pub classes: Option<Classes>,
    /// In regression the loss of guessing on the training samples and on the test set; none where it is not known.
    pub guessing: Option<Guessing>,
    /// The training loss with which nothing has been learned; none where it is not known: then whatever did not diverge has learned.
    pub blind: Option<f64>,
    /// Samples of the test set; none without one.
    pub tested: Option<usize>,
    /// The accuracy from which on a training counts as a success; none in regression.
    pub target: Option<f64>,
    /// Whether all training targets are the same, so that there is nothing to learn.
    #[serde(default)]
    pub is_constant: bool,
}

/// What is known of classes without training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Classes {
    /// How many there are.
    pub count: usize,
    /// The one that most training samples have.
    pub most: String,
    /// The share of the training samples that have it.
    pub in_training: f64,
    /// The share of the test samples that have it; none without a test set.
    pub in_testing: Option<f64>,
    /// Whether the accuracy says little of them, so that the balanced one is told, too: see
    /// [`ClassFigures`](crate::run::ClassFigures).
    pub are_uneven: bool,
    /// Whether the rare ones are not weighted.
    pub are_unweighted: bool,
}

impl Classes {
    /// So many classes with as many samples each, on either set.
    pub fn even(count: usize) -> Self {
        let share = 1.0 / count as f64;
        Self {
            count,
            most: "0".to_owned(),
            in_training: share,
            in_testing: Some(share),
            are_uneven: false,
            are_unweighted: false,
        }
    }
}

impl Ground {
    /// Of classes, without a test set: `blind` is the loss of always answering with their shares.
    pub fn of_classes(classes: Classes, blind: f64) -> Self {
        let classes = Some(classes);
        Self { classes, guessing: None, blind: Some(blind), tested: None, target: Some(TARGET), is_constant: false }
    }

    /// Of targets that are numbers, without a test set: `guessing` is the loss of always answering with what is best.
    pub fn of_losses(guessing: f64) -> Self {
        let guess = Guessing { train: guessing, test: None, test_r2: None };
        Self {
            classes: None,
            guessing: Some(guess),
            blind: Some(guessing),
            tested: None,
            target: None,
            is_constant: false,
        }
    }

    /// All losses of guessing.
    pub(super) fn losses(&self) -> [Option<f64>; 3] {
        let guessing = self.guessing;
        [self.blind, guessing.map(|guessing| guessing.train), guessing.and_then(|guessing| guessing.test)]
    }

    /// The set that trainings are judged by, in a word.
    pub(super) fn judged(&self) -> &'static str {
        if self.tested.is_some() { "test" } else { "training" }
    }

    /// Whether people should be told more of the classes than the accuracy.
    pub(super) fn tells_classes(&self) -> bool {
        self.classes.as_ref().is_some_and(|classes| classes.are_uneven)
    }
}

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

    /// On the training samples; none of targets that are numbers.
    pub fn in_training(ground: &'a Ground) -> Option<Self> {
        let classes = ground.classes.as_ref()?;
        Some(Self { class: &classes.most, share: classes.in_training, balanced: 1.0 / classes.count as f64 })
    }

    /// On the test samples, or on those for training where there are none.
    pub fn judged(ground: &'a Ground) -> Option<Self> {
        let guess = Self::in_training(ground)?;
        let in_testing = ground.classes.as_ref()?.in_testing.filter(|_| ground.tested.is_some());
        Some(Self { share: in_testing.unwrap_or(guess.share), ..guess })
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
    pub fn in_words(&self, ground: &Ground) -> String {
        format!(
            "always answering \"{}\" is right in {:.1}% of the {} samples",
            foreign(self.class),
            100.0 * self.share,
            ground.judged()
        )
    }
}

/// Whether the mean over the seeds may be one of guessing; never where there is no interval of it.
pub(super) fn may_be_guessing(ground: &Ground, cell: &Cell) -> bool {
    let accuracy = cell.judged().and_then(|judged| judged.accuracy);
    let low = accuracy.and_then(|accuracy| accuracy.interval).map(|[low, _]| low);
    Guess::judged(ground).zip(low).is_some_and(|(guess, low)| low <= guess.share && !ground.tells_classes())
}

/// A loss above this part of the one of guessing has hardly learned anything.
const LEARNED: f64 = 0.9;

/// Whether the runs of a start do better than guessing on what they are judged by, beyond what may be luck: in classification
/// by three standard errors of one run's accuracy on the test samples, in the mean over all samples or over the classes; without a
/// test set, where nothing but training is asked about, at all.
pub(super) fn is_beaten(ground: &Ground, cell: &Cell) -> bool {
    let (Some(judged), false) = (cell.judged(), cell.diverged > 0) else { return false };
    let errors = ground.tested.map_or(0.0, |test| 3.0 / (test.max(1) as f64).sqrt());
    let is_above = |accuracy: f64, guess: f64| accuracy > guess + errors * (guess * (1.0 - guess)).sqrt() + 1e-9;
    if let (Some(guess), Some(accuracy)) = (Guess::judged(ground), judged.accuracy) {
        let balanced = judged.balanced_accuracy.is_some_and(|balanced| is_above(balanced, guess.balanced));
        return is_above(accuracy.mean, guess.share) || ground.tells_classes() && balanced;
    }
    let guessing = ground.guessing.map(|guessing| match &cell.test {
        Some(_) => guessing.test.unwrap_or(guessing.train),
        None => guessing.train,
    });
    // Where few are tested their own mean may be far from the one that is guessed.
    let explains = cell.r2.is_none_or(|r2| r2.mean > 1.0 - LEARNED);
    explains && guessing.or(ground.blind).is_none_or(|blind| judged.loss.mean < LEARNED * blind)
}
