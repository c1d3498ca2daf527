//! What a map can show of a cell.

use crate::stats::survival::kaplan_meier;
use crate::stats::{mean, median};
use crate::study::Row;
use headstart_engine::names::GrammarError;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The figure that is shown as colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Value {
    /// The mean accuracy on the test set.
    TestAccuracy,
    /// The mean accuracy on the training set.
    TrainAccuracy,
    /// The share of the runs that ended at or above the target accuracy.
    Success,
    /// The median number of steps to the target accuracy.
    Steps,
    /// The median of the final losses on the training set.
    Loss,
    /// The median of the final losses on the test set.
    TestLoss,
    /// The median of the measure of Sohl-Dickstein 2024: see [`crate::convergence`].
    Convergence,
}

impl Value {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::TestAccuracy,
        Self::TrainAccuracy,
        Self::Success,
        Self::Steps,
        Self::Loss,
        Self::TestLoss,
        Self::Convergence,
    ];

    /// The names in the grammar.
    pub const NAMES: &'static [&'static str] =
        &["test-accuracy", "train-accuracy", "success", "steps", "loss", "test-loss", "convergence"];

    /// The name in the grammar.
    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }

    /// What it is called under a picture.
    pub fn title(self) -> &'static str {
        match self {
            Self::TestAccuracy => "test accuracy",
            Self::TrainAccuracy => "training accuracy",
            Self::Success => "share of runs at the target",
            Self::Steps => "steps to the target",
            Self::Loss => "training loss",
            Self::TestLoss => "test loss",
            Self::Convergence => "convergence (below 0 it goes down, above it does not)",
        }
    }

    /// Of a cell; none where it has none, as steps to a target that it did not reach.
    pub fn of(self, figures: &Figures) -> Option<f64> {
        match self {
            Self::TestAccuracy => figures.test_accuracy,
            Self::TrainAccuracy => figures.train_accuracy,
            Self::Success => figures.success,
            Self::Steps => figures.steps,
            Self::Loss => Some(figures.train_loss),
            Self::TestLoss => figures.test_loss,
            Self::Convergence => Some(figures.convergence),
        }
    }

    /// Whether a larger figure is a better one.
    pub fn more_is_better(self) -> bool {
        matches!(self, Self::TestAccuracy | Self::TrainAccuracy | Self::Success)
    }

    /// Whether it is a share, from 0 to 1.
    pub fn is_share(self) -> bool {
        self.more_is_better()
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Value {
    type Err = GrammarError;

    fn from_str(name: &str) -> Result<Self, GrammarError> {
        let found = Self::ALL.into_iter().find(|value| value.name() == name);
        found.ok_or_else(|| GrammarError::unknown("value", name, Self::NAMES))
    }
}

/// A cell in figures, over its seeds. Accuracies and shares count a run that diverged as 0, losses as infinite.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Figures {
    /// Its runs.
    pub runs: usize,
    /// How many of them diverged.
    pub diverged: usize,
    /// The mean accuracy on the test set; none without one, and in regression.
    pub test_accuracy: Option<f64>,
    /// The mean accuracy on the training set; none in regression.
    pub train_accuracy: Option<f64>,
    /// The share of the runs that ended at or above the target accuracy; none in regression.
    pub success: Option<f64>,
    /// The median number of steps to the target accuracy, runs that never got there being censored (Kaplan-Meier); none if
    /// less than half of them did.
    pub steps: Option<f64>,
    /// The median of the final losses on the training set; null in JSON if it is infinite.
    pub train_loss: f64,
    /// The same on the test set; none without one.
    pub test_loss: Option<f64>,
    /// The median of [`crate::convergence`].
    pub convergence: f64,
}

impl Figures {
    /// Of the runs of a cell. The target accuracy is none in regression; `tested` tells whether there is a test set.
    pub fn of(rows: &[Row], target: Option<f64>, tested: bool) -> Self {
        let classify = target.is_some();
        let accuracy = |of: &dyn Fn(&Row) -> Option<f64>| {
            let all: Vec<f64> = rows.iter().map(|row| of(row).filter(|_| row.finished).unwrap_or(0.0)).collect();
            classify.then(|| mean(&all))
        };
        let loss = |of: &dyn Fn(&Row) -> Option<f64>| {
            let all: Vec<f64> =
                rows.iter().map(|row| of(row).filter(|loss| !loss.is_nan()).unwrap_or(f64::INFINITY)).collect();
            median(&all).unwrap_or(f64::INFINITY)
        };
        let reaches = |row: &&Row| row.judged().accuracy.zip(target).is_some_and(|(x, target)| x >= target);
        let hits = rows.iter().filter(|row| row.finished && reaches(row)).count();
        let last = rows.iter().map(|row| row.steps).max().unwrap_or(0);
        let time = |row: &Row| match row.reached {
            Some(step) => (step as f64, true),
            // Those that diverged will not get there either, however few steps they did.
            None => (if row.finished { row.steps } else { last } as f64, false),
        };
        let convergences: Vec<f64> = rows.iter().map(|row| row.convergence).collect();
        Self {
            runs: rows.len(),
            diverged: rows.iter().filter(|row| !row.finished).count(),
            test_accuracy: accuracy(&|row| row.test?.accuracy).filter(|_| tested),
            train_accuracy: accuracy(&|row| row.train.accuracy),
            success: classify.then(|| hits as f64 / rows.len().max(1) as f64),
            steps: kaplan_meier(&rows.iter().map(time).collect::<Vec<_>>()).median.filter(|_| classify),
            train_loss: loss(&|row| Some(row.train.loss)),
            test_loss: tested.then(|| loss(&|row| row.test.map(|test| test.loss))),
            convergence: median(&convergences).unwrap_or(0.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::Figures as Ends;

    fn row(seed: u64, accuracy: f64, reached: Option<u64>) -> Row {
        let ends = Ends { loss: 1.0 - accuracy, accuracy: Some(accuracy), classes: None };
        Row {
            run: seed,
            cell: 0,
            seed,
            finished: true,
            steps: 100,
            train: ends,
            test: Some(ends),
            reached,
            convergence: 1.0,
            trace: Vec::new(),
        }
    }

    #[test]
    fn a_cell_counts_what_diverged_and_what_never_got_there() {
        let nothing = Ends { loss: f64::NAN, accuracy: None, classes: None };
        let lost = Row { finished: false, steps: 3, train: nothing, test: Some(nothing), ..row(3, 0.0, None) };
        let figures = Figures::of(&[row(1, 1.0, Some(10)), row(2, 0.5, None), lost.clone()], Some(0.9), true);
        assert_eq!((figures.runs, figures.diverged, figures.test_accuracy), (3, 1, Some(0.5)));
        assert_eq!((figures.success, figures.steps, figures.train_loss), (Some(1.0 / 3.0), None, 0.5));
        let figures = Figures::of(&[row(1, 1.0, Some(10)), row(2, 1.0, Some(30)), lost.clone()], Some(0.9), true);
        assert_eq!(figures.steps, Some(30.0));
        assert!(Figures::of(&[lost], Some(0.9), true).train_loss.is_infinite());
    }

    #[test]
    fn values_are_written_as_they_are_read() {
        for value in Value::ALL {
            assert_eq!(value.name().parse(), Ok(value));
        }
        assert!("acuracy".parse::<Value>().unwrap_err().to_string().contains("test-accuracy"));
    }
}
