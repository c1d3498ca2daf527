//! What came of a run: how it ended, its trace, and its figures.

use super::classes::ClassFigures;
use super::errors::OutputErrors;
use crate::network::Parameters;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// All steps were done.
    Finished,
    /// The loss before the update of this step was not finite, and no more was done.
    Diverged {
        /// The step.
        step: usize,
    },
    /// It was told to stop before the update of this step.
    Stopped {
        /// The step.
        step: usize,
    },
}

/// One entry of a trace.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Record {
    /// The step, from 0.
    pub step: usize,
    /// The loss before the update of that step, on the samples that the step uses.
    pub loss: f64,
}

/// What a network makes of a set of samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figures {
    /// The mean loss, each sample's times the weight of its class if there is one.
    pub loss: f64,
    /// The share of samples put into their class; `None` where there are no classes.
    pub accuracy: Option<f64>,
    /// What more there is to say of classes; `None` where there is no accuracy.
    pub classes: Option<ClassFigures>,
}

/// One training from one start.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// How it ended.
    pub status: Status,
    /// Updates that were done.
    pub steps: usize,
    /// After so many updates the accuracy was found to be at least [`Training::target`](super::Training::target) for the first
    /// time: looked at with the records, or more rarely where looking would take more than a twentieth of the training, and at the
    /// end. None where it never was, where there is no target, and where there are no classes.
    pub reached: Option<usize>,
    /// The loss along the way; where the run diverged, the last entry is not finite.
    pub trace: Vec<Record>,
    /// The loss before the steps that [`Problem::looking_before`](super::Problem::looking_before) asks for, on up to a thousand
    /// training samples, evenly spread over their order and the same ones at every look. Empty where the first layer is trained
    /// through the Gram matrix, which is where every loss of the trace is one of all samples.
    pub looks: Vec<Record>,
    /// With early stopping the parameters are those before this step, whose loss on the validation samples is the lowest that was
    /// seen; `steps` has all that were done.
    pub best: Option<Record>,
    /// On the training set, after the last update. Not looked at (a loss of NaN) where the run was told to stop and a look
    /// would take more than a moment.
    pub train: Figures,
    /// On the test set, after the last update; as for the training set.
    pub test: Option<Figures>,
    /// The error of each output, of networks with several that are trained on squared errors to meet numbers; empty for others.
    pub errors: OutputErrors,
    /// The parameters after the last update.
    pub parameters: Parameters,
}
