//! What came of a training.

use crate::serial::number;
use crate::units::{Fits, Units};
use headstart_engine::train;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// One training that was done.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Run {
    /// What was trained, where several tasks are run together; within one task, none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub case: Option<Arc<str>>,
    /// The initialization, in the grammar.
    pub init: Arc<str>,
    /// The seed.
    pub seed: u64,
    /// `finished`, `diverged` or `stopped`.
    pub status: &'static str,
    /// Where the run diverged or was stopped: the step whose update was not done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<usize>,
    /// On the training set, after the last update; not known (a loss of NaN) of a large network whose run was stopped.
    pub train: Figures,
    /// On the test set, after the last update.
    pub test: Option<Figures>,
    /// How each target of a regression is met.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub targets: Option<Fits>,
    /// Losses before the updates of some steps.
    pub trace: Vec<Record>,
    /// Updates that were done.
    pub steps: usize,
    /// With early stopping the figures are of the parameters before this step, which had the lowest loss that was seen on the
    /// validation samples: this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub best: Option<Record>,
    /// After so many updates the target accuracy was first found to be reached; null if it never was.
    pub reached: Option<usize>,
    /// How long it took.
    pub seconds: f64,
}

impl Run {
    /// Whether all steps were done.
    pub fn is_finished(&self) -> bool {
        self.status == "finished"
    }

    /// On the test set, or on the training set where there is no test set.
    pub fn judged(&self) -> Figures {
        self.test.unwrap_or(self.train)
    }
}

/// What a network makes of a set of samples.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// The mean loss, in the units that [`crate::units::Units`] says, samples weighted by their classes if there are weights;
    /// `null` in JSON where it is not finite.
    #[serde(deserialize_with = "number")]
    pub loss: f64,
    /// The share of samples put into their class; none in regression, and where the loss is not finite.
    pub accuracy: Option<f64>,
    /// What more there is to say of classes; none where there is no accuracy, and where it was not kept, as in stores.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub classes: Option<ClassFigures>,
}

/// Figures of a classification beside its accuracy: see [`train::ClassFigures`].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassFigures {
    /// The mean over the classes of the share of their samples that are put into them.
    pub balanced_accuracy: f64,
    /// Of two classes, the F1 score of the second one; none where it is 0 / 0.
    pub f1: Option<f64>,
    /// Of two classes, the area under the ROC curve; none where one of them has no samples.
    pub auc: Option<f64>,
}

/// One entry of a trace.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The step, from 0.
    pub step: usize,
    /// The loss before its update; of the minibatch where there are minibatches.
    #[serde(deserialize_with = "number")]
    pub loss: f64,
}

impl Figures {
    /// Those of training, as they are told.
    pub(crate) fn told(figures: train::Figures, units: &Units) -> Self {
        let classes = figures.classes.map(|train::ClassFigures { balanced_accuracy, f1, auc }| ClassFigures {
            balanced_accuracy,
            f1,
            auc,
        });
        Self { loss: units.told(figures.loss), accuracy: figures.accuracy, classes }
    }
}
