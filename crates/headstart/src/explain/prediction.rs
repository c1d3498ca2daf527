//! When a run leaves its start, as far as it is known.

use crate::run::Record;
use serde::{Deserialize, Serialize};

/// When the loss will have lost a quarter of its plateau's value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    /// The event, in words.
    pub event: String,
    /// The loss of the best outputs that do not depend on the inputs.
    pub plateau: f64,
    /// The event is the training loss below this.
    pub threshold: f64,
    /// It happens no sooner than at this step; null if it never will.
    pub from: Option<u64>,
    /// And no later than at this one; null if nothing bounds it.
    pub to: Option<u64>,
    /// The most likely step; null if none was found.
    pub step: Option<u64>,
    /// Whether that is within the steps of training.
    pub within: bool,
    /// How it was found, in words.
    pub method: String,
    /// Evaluations of the gradient that it took.
    pub evaluations: usize,
    /// Step and loss along the predicted way.
    #[serde(skip)]
    pub way: Vec<(f64, f64)>,
}

impl Prediction {
    /// Whether an event measured at this step, or not until then, is as predicted.
    pub fn holds(&self, measured: Option<u64>, steps: u64) -> bool {
        match (measured, self.from, self.to) {
            (Some(step), Some(from), to) => from <= step && to.is_none_or(|to| step <= to),
            (Some(_), None, _) => false,
            (None, _, to) => to.is_none_or(|to| to > steps),
        }
    }
}

/// What was found out about the way of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outlook {
    /// When it leaves its start.
    pub prediction: Prediction,
    /// The losses before its first steps, which were taken. Never empty.
    pub trace: Vec<Record>,
    /// How many these were.
    pub steps: usize,
    /// Whether the loss left the numbers in them.
    pub diverged: bool,
    /// The share of units of each hidden place that were dead after them, and stay so.
    pub dead: Vec<f64>,
    /// Where these steps, on one batch, are all that is known, what guessing costs, and none elsewhere. A batch is learned by heart soon
    /// from any start, and its loss near 0: such runs are compared by the way and not by their ends.
    #[serde(default)]
    pub cap: Option<f64>,
}

/// The mean of losses along the way; those above what guessing costs count as that, as how far above says little.
pub(super) fn along(trace: &[Record], cap: f64) -> f64 {
    let sum: f64 = trace.iter().map(|record| if record.loss < cap { record.loss } else { cap }).sum();
    sum / trace.len() as f64
}
