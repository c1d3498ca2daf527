//! What was published about a training, and ours beside it.

use crate::run::Run;
use crate::task::Task;
use serde::Serialize;

/// One published figure beside ours.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// Which figure of which training.
    pub what: String,
    /// As published; a dash where nothing was.
    pub published: String,
    /// As measured here, in the digits of the published one.
    pub measured: String,
    /// Whether they agree to the digits published; null where there is nothing to agree with.
    pub agrees: Option<bool>,
}

/// Something published about a training.
pub(super) struct Claim {
    pub(super) what: &'static str,
    pub(super) published: &'static str,
    /// Our figure, written as the published one is, and whether the two agree.
    pub(super) measure: Measure,
}

/// How a figure of ours is compared with a published one.
pub(super) enum Measure {
    /// The figure rounded to the digits of the published one must be the same number.
    Rounded(fn(&Run) -> Option<f64>),
    /// The same, for a percentage that was cut off to a whole number.
    WholePercent(fn(&Run) -> Option<f64>),
    /// The loss recorded at a step, rounded.
    LossAt(usize),
    /// A statement in words: our figures in words, and whether they bear it out.
    Words(fn(&Run, &Task) -> (String, bool)),
}

impl Claim {
    pub(super) fn row(&self, case: &str, task: &Task, run: &Run) -> Row {
        let digits = self.published.split_once('.').map_or(0, |(_, digits)| digits.len());
        let rounded = |figure: Option<f64>| {
            let text = figure.map_or_else(|| "none".to_owned(), |x| format!("{x:.digits$}"));
            let agrees = text == self.published;
            (text, agrees)
        };
        let (measured, agrees) = match &self.measure {
            Measure::Rounded(figure) => rounded(figure(run)),
            Measure::LossAt(step) => rounded(loss_at(run, *step)),
            Measure::WholePercent(figure) => {
                let text = figure(run).map_or_else(|| "none".to_owned(), |x| format!("{}%", (100.0 * x).floor()));
                let agrees = text == self.published;
                (text, agrees)
            }
            Measure::Words(words) => words(run, task),
        };
        Row {
            what: format!("{case}: {}", self.what),
            published: self.published.to_owned(),
            measured,
            agrees: Some(agrees),
        }
    }
}

pub(super) fn loss_at(run: &Run, step: usize) -> Option<f64> {
    run.trace.iter().find(|record| record.step == step).map(|record| record.loss)
}

/// A published accuracy on the training set.
pub(super) fn train_accuracy(published: &'static str) -> Claim {
    Claim { what: "train accuracy", published, measure: Measure::Rounded(|run| run.train.accuracy) }
}

/// A published accuracy on the test set.
pub(super) fn test_accuracy(published: &'static str) -> Claim {
    Claim { what: "test accuracy", published, measure: Measure::Rounded(|run| run.test?.accuracy) }
}

/// A published loss before the update of a step.
pub(super) fn loss(what: &'static str, step: usize, published: &'static str) -> Claim {
    Claim { what, published, measure: Measure::LossAt(step) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::replicate::{Experiment, Options};

    #[test]
    fn figures_agree_to_the_digits_published_and_no_further() {
        let claim = train_accuracy("0.83");
        let task = Experiment::named("dls-thread").unwrap().prepare(&Options::default()).unwrap().cases.remove(0).1;
        let run = |accuracy| Run {
            case: None,
            init: "".into(),
            seed: 0,
            status: "finished",
            step: None,
            train: crate::run::Figures { loss: 0.4, accuracy: Some(accuracy), classes: None },
            test: None,
            targets: None,
            trace: Vec::new(),
            steps: 1,
            best: None,
            reached: None,
            seconds: 0.0,
        };
        assert_eq!(claim.row("", &task, &run(0.8333)).agrees, Some(true));
        assert_eq!(claim.row("", &task, &run(0.84)).agrees, Some(false));
    }
}
