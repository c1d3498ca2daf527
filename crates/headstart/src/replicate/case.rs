//! What an experiment trains, and what becomes of it.

use super::Row;
use super::claim::Claim;
use crate::data::Dataset;
use crate::heat::{Axis, Map};
use crate::probe::Profile;
use crate::run::{Record, Run};
use crate::spec::TaskSpec;
use crate::stats;
use crate::task::Task;
use std::path::Path;
use std::sync::Arc;

/// The same, checked and complete.
pub(super) struct Setting<'a> {
    pub(super) data_dir: Option<&'a Path>,
    pub(super) resolution: usize,
}

impl Setting<'_> {
    /// The folder with the files, of an experiment that needs them.
    pub(super) fn folder(&self) -> &Path {
        self.data_dir.unwrap_or(Path::new("."))
    }
}

/// How an experiment is a picture with a run for each pixel.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pixels {
    /// Along each side, unless something else is asked for.
    pub(super) resolution: usize,
    /// The figure of a run, from its whole trace and the steps that were to be done; of the trace nothing but its ends is
    /// kept.
    pub(super) figure: fn(&[Record], usize) -> f64,
}

/// The task of a case, varied from pixel to pixel.
pub(super) struct View {
    /// Columns and rows.
    pub(super) axes: [Axis; 2],
    /// Changes the task for a number of the x axis and one of the y axis.
    pub(super) vary: fn(&mut TaskSpec, f64, f64),
}

/// One task of an experiment, which is run from all its initializations and seeds.
pub(super) struct Case {
    /// What tells it from the others.
    pub(super) name: String,
    /// The task, as a configuration file.
    pub(super) task: String,
    /// The samples, where they are neither built in nor in a file as they are wanted.
    pub(super) data: Option<Arc<Dataset>>,
    /// The pixels that the task is run for, in an experiment that is a picture.
    pub(super) view: Option<View>,
    /// Published about its first run.
    pub(super) claims: Vec<Claim>,
    /// Whether its starts are looked at layer by layer before they are trained.
    pub(super) looks: bool,
}

impl Case {
    /// A task about whose runs nothing was published one by one.
    pub(super) fn new(name: impl Into<String>, task: impl Into<String>) -> Self {
        Self { name: name.into(), task: task.into(), data: None, view: None, claims: Vec::new(), looks: false }
    }

    /// How many trainings it is.
    pub(super) fn runs(&self, task: &Task) -> usize {
        let pixels = self.view.as_ref().map_or(1, |view| view.axes.iter().map(|axis| axis.values.len()).product());
        task.runs() * pixels
    }
}

/// What became of a case.
pub(super) struct CaseRuns<'a> {
    pub(super) name: &'a str,
    pub(super) task: &'a Task,
    /// As many for each initialization as there are seeds; in a view row by row.
    pub(super) runs: &'a [Run],
    /// In a picture, the figure of each run.
    pub(super) figures: &'a [f64],
    pub(super) view: Option<&'a View>,
    /// The starts of each initialization, of a case that looks at them.
    pub(super) profiles: &'a [Profile],
}

/// What all runs of an experiment say together.
#[derive(Default)]
pub(super) struct Judgement {
    pub(super) rows: Vec<Row>,
    pub(super) answer: Option<String>,
    pub(super) map: Option<Map>,
}

/// For experiments whose claims are about single runs.
pub(super) fn nothing_more(_: &[CaseRuns]) -> Judgement {
    Judgement::default()
}

/// The median of the figures. A loss that is not a number counts as infinite.
pub(super) fn median(figures: impl Iterator<Item = f64>) -> f64 {
    let figures: Vec<f64> = figures.map(|x| if x.is_nan() { f64::INFINITY } else { x }).collect();
    stats::median(&figures).unwrap_or(f64::INFINITY)
}

/// The training loss of always answering with the shares of the classes.
pub(super) fn guessing(task: &Task) -> f64 {
    let looked_at = task.looked_at().expect("a task that is trained can be looked at");
    looked_at.blind_loss().expect("what is looked at is in float64")
}
