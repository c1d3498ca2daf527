//! What a training is judged by.

use super::super::trainer::Answer;
use crate::stats::mean;

/// The decades of loss that count as much as a difference of accuracy of 1.
pub(in crate::advise) const DECADES: f64 = 4.0;

/// The weights of the training accuracy and of the loss in a figure: where few samples are held out, their accuracy is mostly
/// noise, and a start that does not even train has to show.
const OF_TRAINING: f64 = 0.3;
const OF_LOSS: f64 = 0.01;

/// The weight of the mean training loss on the way, as a share of the one of guessing; no loss counts as more than so many of
/// guessing.
///
/// Where some seeds learn and others do not, whether one did says little of a start; how fast it went says more, and costs nothing.
const OF_WAY: f64 = 0.2;
const WORST_OF_WAY: f64 = 1.5;

/// No loss on held-out samples counts as more or less than so many of guessing in regression, whatever the targets' units;
/// and in classification none as more than this.
const LOSSES: (f64, f64) = (1e-15, 1e6);
const WORST_OF_LOSS: f64 = 5.0;

/// A training has learned if its loss is below this part of the one of guessing.
const LEARNED: f64 = 0.99;

/// What became of a training.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::advise) struct Seen {
    /// The accuracy on what was held out and on the training samples, from 0 to 1; 0 after a divergence, and in regression.
    pub held_out: f64,
    pub trained: f64,
    /// The loss on what was held out.
    pub loss: f64,
    /// The mean training loss on the way, in those of guessing.
    way: f64,
    /// Whether the training loss got below the one of guessing.
    pub learned: bool,
}

impl Seen {
    /// Of an answer; `blind` is the training loss of guessing.
    pub(in crate::advise) fn of(answer: &Answer, blind: Option<f64>) -> Self {
        let (held, is_finished) = (answer.judged(), answer.is_finished());
        let of_guessing = |losses: f64| losses * blind.unwrap_or(1.0);
        let (least, worst) = (of_guessing(LOSSES.0), of_guessing(LOSSES.1));
        let of = |accuracy: Option<f64>| accuracy.filter(|_| is_finished).unwrap_or(0.0);
        Self {
            held_out: of(held.accuracy),
            trained: of(answer.train.accuracy),
            loss: if is_finished { held.loss.max(least).min(worst) } else { worst },
            way: blind.map_or(0.0, |blind| way(answer, blind)),
            learned: is_finished && blind.is_none_or(|blind| answer.train.loss < LEARNED * blind),
        }
    }
}

/// The mean training loss at some points on the way, the end among them, in those of guessing; after a divergence it is the worst.
fn way(answer: &Answer, blind: f64) -> f64 {
    let of_guessing = |loss: Option<f64>| {
        loss.filter(|loss| loss.is_finite()).map_or(WORST_OF_WAY, |loss| (loss / blind).min(WORST_OF_WAY))
    };
    let end = Some(answer.train.loss).filter(|_| answer.is_finished());
    mean(&answer.way.iter().copied().chain([end]).map(of_guessing).collect::<Vec<_>>())
}

/// By what trainings are told apart; of each figure larger is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::advise) enum Judge {
    /// In classification: seven tenths of the accuracy on what was held out and three of that on the training samples, less a
    /// hundredth of the loss on what was held out.
    HeldOut,
    /// In classification where no start does better than guessing on what was held out, so that this would be noise: the accuracy
    /// on the training samples.
    Training,
    /// In regression: minus the common logarithm of the loss on what was held out.
    Loss,
}

impl Judge {
    /// How a training ended.
    pub(in crate::advise) fn end(self, seen: &Seen) -> f64 {
        match self {
            Self::HeldOut => {
                (1.0 - OF_TRAINING) * seen.held_out + OF_TRAINING * seen.trained
                    - OF_LOSS * seen.loss.min(WORST_OF_LOSS)
            }
            Self::Training => seen.trained,
            Self::Loss => self.shown(seen),
        }
    }

    /// By which starts are chosen: in classification how it ended, and how fast it went.
    pub(in crate::advise) fn score(self, seen: &Seen) -> f64 {
        match self {
            Self::HeldOut | Self::Training => self.end(seen) - OF_WAY * seen.way,
            Self::Loss => self.end(seen),
        }
    }

    /// What is shown: the accuracy on what was held out, or minus the common logarithm of the loss.
    pub(in crate::advise) fn shown(self, seen: &Seen) -> f64 {
        match self {
            Self::HeldOut | Self::Training => seen.held_out,
            Self::Loss => -libm::log10(seen.loss),
        }
    }

    /// The difference that counts as much as one of accuracy.
    pub(in crate::advise) fn in_units(self, accuracy: f64) -> f64 {
        match self {
            Self::HeldOut | Self::Training => accuracy,
            Self::Loss => DECADES * accuracy,
        }
    }

    /// In what differences of [`Self::end`] are told.
    pub(in crate::advise) fn unit(self) -> &'static str {
        match self {
            Self::HeldOut => "of accuracy (on held-out samples, with less of that in training)",
            Self::Training => "of accuracy in training",
            Self::Loss => "in the common logarithm of the loss on held-out samples",
        }
    }
}

/// The mean of something over some trainings.
pub(in crate::advise) fn mean_of(seen: &[Seen], what: impl Fn(&Seen) -> f64) -> f64 {
    mean(&seen.iter().map(what).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(held_out: f64, trained: f64, way: f64) -> Seen {
        Seen { held_out, trained, loss: 0.5, way, learned: true }
    }

    #[test]
    fn what_was_held_out_counts_most_and_the_way_decides_between_equals() {
        let judge = Judge::HeldOut;
        assert!(judge.end(&seen(0.9, 0.9, 0.5)) > judge.end(&seen(0.8, 1.0, 0.5)));
        assert_eq!(judge.end(&seen(0.9, 0.9, 0.2)), judge.end(&seen(0.9, 0.9, 0.5)));
        assert!(judge.score(&seen(0.9, 0.9, 0.2)) > judge.score(&seen(0.9, 0.9, 0.5)));
    }

    #[test]
    fn noise_on_what_was_held_out_does_not_count_where_nothing_generalizes() {
        let [lucky, trained] = [seen(0.6, 0.7, 0.5), seen(0.5, 0.99, 0.5)];
        assert!(Judge::Training.end(&trained) > Judge::Training.end(&lucky));
    }

    #[test]
    fn in_regression_a_decade_of_loss_counts_as_a_quarter_of_accuracy() {
        let of = |loss| Judge::Loss.end(&Seen { loss, ..seen(0.0, 0.0, 0.0) });
        assert!((of(0.01) - of(0.1) - 1.0).abs() < 1e-12);
        assert_eq!(Judge::Loss.in_units(0.25), 1.0);
    }
}
