//! What a store says in a few lines, however many cells it has.

use super::store::Store;
use super::{FailedRun, Level, Quantity, Row};
use crate::error::Error;
use crate::executor::Device;
use crate::stats::{mean, median};
use crate::units::LossUnits;
use serde::Serialize;

/// A store in figures.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// Cells of the study.
    pub cells: u64,
    /// Seeds of each.
    pub seeds: u64,
    /// The part of the cells that is kept here, as in 1/1.
    pub shard: String,
    /// Runs that this part has when it is complete.
    pub wanted: u64,
    /// Runs that are there.
    pub runs: u64,
    /// How many of them diverged.
    pub diverged: u64,
    /// Runs that no machine could do: the first hundred of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub failed: Vec<FailedRun>,
    /// What computed, where the figures are not the processor's bits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<Device>,
    /// What cells are judged by: `test accuracy`, and so on.
    pub judged: &'static str,
    /// What the losses of a regression are told in and beside; none of classes, and where it is not kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub units: Option<LossUnits>,
    /// The best cells of those that have all their runs, best first.
    pub best: Vec<CellSummary>,
    /// What each value of the axes with few values does, over all others.
    pub margins: Vec<Margin>,
}

/// How far a store is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Progress {
    /// Cells of the study.
    pub cells: u64,
    /// Seeds of each.
    pub seeds: u64,
    /// The part of the cells that is kept here, as in 1/1.
    pub shard: String,
    /// Runs that this part has when it is complete.
    pub wanted: u64,
    /// Runs that are there.
    pub runs: u64,
}

impl Progress {
    /// Counts the runs, and looks at nothing else of them.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn of(store: &Store) -> Result<Self, Error> {
        let about = store.about();
        let (cells, seeds) = (about.spec.design()?.points(), about.spec.init.seeds.most() as u64);
        let wanted = about.shard.share(cells).saturating_mul(seeds);
        Ok(Self { cells, seeds, shard: about.shard.to_string(), wanted, runs: store.count()? })
    }
}

/// A cell in figures.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CellSummary {
    /// Its number.
    pub cell: u64,
    /// Its values, one for each axis.
    pub point: Vec<Level>,
    /// Its runs.
    pub runs: usize,
    /// How many of them diverged.
    pub diverged: usize,
    /// The mean of the accuracies it is judged by, a run that diverged counting as 0; none in regression.
    pub accuracy: Option<f64>,
    /// The share of its runs that ended at or above the target accuracy; none in regression.
    pub at_target: Option<f64>,
    /// The median of the losses it is judged by; null if that is not finite.
    pub loss: f64,
    /// The R^2 that this loss is, of a regression with one target whose units are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub r2: Option<f64>,
}

/// What one value of an axis does, over all values of the others.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Margin {
    /// The axis.
    pub axis: &'static str,
    /// The value.
    pub level: Level,
    /// Runs.
    pub runs: u64,
    /// The share of them that diverged.
    pub diverged: f64,
    /// Their mean accuracy, as in [`CellSummary::accuracy`].
    pub accuracy: Option<f64>,
    /// The share at the target.
    pub at_target: Option<f64>,
}

/// So many cells are shown as the best.
const BEST: usize = 10;

/// So many runs are shown that could not be done.
const FAILED: usize = 100;

/// An axis with more values is summed up by none of them.
const FEW: usize = 12;

/// The best cells and the axes of a store, in one pass over it.
///
/// # Errors
/// If it cannot be read.
pub fn summary(store: &Store) -> Result<Summary, Error> {
    let spec = &store.about().spec;
    let design = spec.design()?;
    let target = spec.training.target.unwrap_or(crate::task::TARGET);
    let seeds = spec.init.seeds.most();
    let mut margins: Vec<(usize, Level, Sums)> = Vec::new();
    for (i, axis) in design.axes().iter().enumerate() {
        let few = axis.levels().filter(|levels| levels.len() <= FEW).unwrap_or_default();
        margins.extend(few.iter().map(|level| (i, level.clone(), Sums::default())));
    }
    let (mut runs, mut diverged, mut tested) = (0, 0, false);
    let mut best: Vec<CellSummary> = Vec::new();
    let mut rows = Runs::default();
    let mut end_of_cell = |rows: Runs| {
        let Some(cell) = rows.cell else {
            return;
        };
        let cell = rows.summary(cell, design.point(cell), target);
        for (axis, level, sums) in &mut margins {
            if cell.point[*axis] == *level {
                sums.add(&cell);
            }
        }
        if cell.runs == seeds {
            let place = best.partition_point(|other| !cell.is_better(other));
            if place < BEST {
                best.insert(place, cell);
                best.truncate(BEST);
            }
        }
    };
    store.rows(0..u64::MAX, false, |row| {
        if rows.cell != Some(row.cell) {
            end_of_cell(std::mem::take(&mut rows));
        }
        runs += 1;
        diverged += u64::from(!row.finished);
        tested = row.test.is_some();
        rows.add(&row);
        Ok(())
    })?;
    end_of_cell(rows);
    let classify = best.iter().any(|cell| cell.accuracy.is_some());
    let shard = store.about().shard;
    let units = store.about().units.filter(|_| !classify);
    for cell in &mut best {
        cell.r2 = units.and_then(|units| units.r2(cell.loss, tested));
    }
    let cells = design.points();
    let margin = |(axis, level, sums): (usize, Level, Sums)| sums.margin(design.axes()[axis].quantity, level, classify);
    Ok(Summary {
        cells,
        seeds: seeds as u64,
        shard: shard.to_string(),
        wanted: shard.share(cells).saturating_mul(seeds as u64),
        runs,
        diverged,
        failed: store.failures(FAILED)?,
        judged: match (classify, tested) {
            (true, true) => "test accuracy",
            (true, false) => "training accuracy",
            (false, true) => "test loss",
            (false, false) => "training loss",
        },
        units,
        device: store.about().device.clone(),
        best,
        margins: margins.into_iter().filter_map(margin).collect(),
    })
}

/// What is remembered of a cell's runs, of which there may be millions.
#[derive(Debug, Default)]
struct Runs {
    /// None before there are any.
    cell: Option<u64>,
    diverged: usize,
    /// Whether any of them has an accuracy.
    has_accuracies: bool,
    /// A run that diverged has one of 0.
    accuracies: Vec<f64>,
    losses: Vec<f64>,
}

impl Runs {
    fn add(&mut self, row: &Row) {
        let judged = row.judged();
        self.cell = Some(row.cell);
        self.diverged += usize::from(!row.finished);
        self.has_accuracies |= judged.accuracy.is_some();
        self.accuracies.push(judged.accuracy.filter(|_| row.finished).unwrap_or(0.0));
        self.losses.push(finite_or_infinite(judged.loss));
    }

    fn summary(self, cell: u64, point: Vec<Level>, target: f64) -> CellSummary {
        let Self { diverged, has_accuracies, accuracies, losses, .. } = self;
        let classify = has_accuracies || diverged == losses.len();
        let hits = accuracies.iter().filter(|accuracy| **accuracy >= target).count();
        CellSummary {
            cell,
            point,
            runs: losses.len(),
            diverged,
            accuracy: classify.then(|| mean(&accuracies)),
            at_target: classify.then(|| hits as f64 / losses.len() as f64),
            loss: median(&losses).unwrap_or(f64::INFINITY),
            r2: None,
        }
    }
}

/// A loss that is no number is worse than any that is one.
fn finite_or_infinite(loss: f64) -> f64 {
    if loss.is_nan() { f64::INFINITY } else { loss }
}

impl CellSummary {
    /// By accuracy, then by loss.
    fn is_better(&self, other: &Self) -> bool {
        let key = |cell: &Self| (-cell.accuracy.unwrap_or(0.0), cell.loss);
        key(self) < key(other)
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    runs: usize,
    diverged: usize,
    accuracy: f64,
    at_target: f64,
}

impl Sums {
    fn add(&mut self, cell: &CellSummary) {
        self.runs += cell.runs;
        self.diverged += cell.diverged;
        self.accuracy += cell.accuracy.unwrap_or(0.0) * cell.runs as f64;
        self.at_target += cell.at_target.unwrap_or(0.0) * cell.runs as f64;
    }

    fn margin(self, quantity: Quantity, level: Level, classify: bool) -> Option<Margin> {
        let share = |sum: f64| sum / self.runs as f64;
        (self.runs > 0).then(|| Margin {
            axis: quantity.name(),
            level,
            runs: self.runs as u64,
            diverged: share(self.diverged as f64),
            accuracy: classify.then(|| share(self.accuracy)),
            at_target: classify.then(|| share(self.at_target)),
        })
    }
}
