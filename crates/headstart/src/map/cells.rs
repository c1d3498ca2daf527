//! What is known of a map's cells so far: their figures and their losses along the way.

use super::figures::{Figures, Value};
use crate::run::Record;
use crate::study::{Row, Study};
use std::collections::BTreeMap;

/// The cells of a study over two axes, of which the last one is the columns.
#[derive(Clone, Debug)]
pub struct Cells {
    columns: usize,
    seeds: usize,
    target: Option<f64>,
    tested: bool,
    figures: Vec<Option<Figures>>,
    /// How many of them are there: who asks after every run cannot wait for them to be counted.
    done: usize,
    /// Runs of cells that have not all of them yet.
    waiting: BTreeMap<u64, Vec<Row>>,
    traces: Option<Traces>,
}

impl Cells {
    /// What a cell takes, about, and while it is drawn.
    pub const BYTES: usize = 2 * size_of::<Option<Figures>>();

    /// Of a study of two axes, nothing being known yet. Losses along the way are kept if they shall be shown.
    pub fn new(study: &Study, keep_traces: bool) -> Self {
        let columns = study.design().axes().last().and_then(|axis| axis.levels()).map_or(1, <[_]>::len);
        let (cells, seeds) = (study.cells() as usize, study.seeds() as usize);
        let dataset = &study.base().dataset;
        Self {
            columns,
            seeds,
            target: study.base().target(),
            tested: dataset.test.is_some(),
            figures: vec![None; cells],
            done: 0,
            waiting: BTreeMap::new(),
            traces: keep_traces.then(|| Traces::new(cells, seeds)),
        }
    }

    /// Takes a run, of so many steps if it does not diverge; once all of a cell are there, it has figures.
    pub fn add(&mut self, row: &Row, steps: u64) {
        if let Some(traces) = &mut self.traces {
            traces.keep(row, self.seeds, steps);
        }
        let cell = row.cell;
        let rows = self.waiting.entry(cell).or_default();
        rows.push(Row { trace: Vec::new(), ..*row });
        if rows.len() == self.seeds {
            let rows = self.waiting.remove(&cell).unwrap_or_default();
            self.know(cell as usize, Figures::of(&rows, self.target, self.tested));
        }
    }

    /// Takes the figures of a cell.
    pub(super) fn know(&mut self, cell: usize, figures: Figures) {
        self.done += usize::from(self.figures[cell].replace(figures).is_none());
    }

    /// Cells from left to right.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Cells from bottom to top.
    pub fn rows(&self) -> usize {
        self.figures.len() / self.columns
    }

    /// Runs of each cell.
    pub fn seeds(&self) -> usize {
        self.seeds
    }

    /// The figures of all cells, row by row; none of those that have not all their runs.
    pub fn figures(&self) -> &[Option<Figures>] {
        &self.figures
    }

    /// Whether a cell has all its runs.
    pub fn is_done(&self, cell: usize) -> bool {
        self.figures[cell].is_some()
    }

    /// How many cells have all their runs.
    pub fn done(&self) -> usize {
        self.done
    }

    /// The losses along the way, where they are kept.
    pub fn traces(&self) -> Option<&Traces> {
        self.traces.as_ref()
    }

    /// The value that is shown unless another is asked for: of what the task is judged by.
    pub fn usual_value(&self) -> Value {
        match (self.target.is_some(), self.tested) {
            (true, true) => Value::TestAccuracy,
            (true, false) => Value::TrainAccuracy,
            (false, true) => Value::TestLoss,
            (false, false) => Value::Loss,
        }
    }

    /// Whether cells have such a value at all.
    ///
    /// # Errors
    /// What is missing, in words.
    pub fn has(&self, value: Value) -> Result<(), String> {
        let needs_classes = matches!(value, Value::TestAccuracy | Value::TrainAccuracy | Value::Success | Value::Steps);
        if needs_classes && self.target.is_none() {
            return Err(format!("--value {value}: there are no accuracies in regression; use loss or test-loss"));
        }
        if matches!(value, Value::TestAccuracy | Value::TestLoss) && !self.tested {
            return Err(format!("--value {value}: there is no test set; use train-accuracy or loss"));
        }
        Ok(())
    }
}

/// The losses along the way of many runs, each at evenly spaced steps: fewer points the more runs there are, so that a page
/// can hold them. Of very many runs only the first seeds of each cell are kept.
#[derive(Clone, Debug)]
pub struct Traces {
    /// Seeds of each cell that are kept.
    pub seeds: usize,
    /// Points of each run, from before the first step to after the last.
    pub points: usize,
    /// Losses by cell, seed and point: 0 for none, otherwise evenly on a logarithmic scale between [`DECADES`].
    pub codes: Vec<u16>,
}

/// Points of all traces together, and runs, that a page holds with ease.
const MOST_POINTS: usize = 4_000_000;
const MOST_RUNS: usize = 300_000;

/// The logarithms to base 10 that codes reach from and to.
pub const DECADES: [f64; 2] = [-20.0, 20.0];

impl Traces {
    fn new(cells: usize, seeds: usize) -> Self {
        let seeds = seeds.min((MOST_RUNS / cells.max(1)).max(1));
        let points = (MOST_POINTS / (cells * seeds).max(1)).clamp(12, 60);
        Self { seeds, points, codes: vec![0; cells * seeds * points] }
    }

    /// A loss in 16 bits: 0 for none, otherwise evenly on a logarithmic scale, to 0.15%.
    fn code(loss: f64) -> u16 {
        let [low, high] = DECADES;
        let share = (loss.max(0.0).log10().clamp(low, high) - low) / (high - low);
        if loss.is_finite() { 1 + (share * f64::from(u16::MAX - 1)).round() as u16 } else { 0 }
    }

    /// Keeps the losses of a run that has so many steps if it does not diverge.
    fn keep(&mut self, row: &Row, seeds: usize, steps: u64) {
        let k = (row.run % seeds as u64) as usize;
        if k >= self.seeds || row.trace.is_empty() {
            return;
        }
        let first = (row.cell as usize * self.seeds + k) * self.points;
        for (i, code) in self.codes[first..first + self.points].iter_mut().enumerate() {
            let step = (steps as f64 * i as f64 / (self.points - 1) as f64).round() as usize;
            // The last record until then; after the last update, the final loss.
            let until = row.trace.partition_point(|record: &Record| record.step <= step);
            let loss = match row.trace.get(until.max(1) - 1) {
                _ if i == self.points - 1 || step as u64 > row.steps => row.train.loss,
                Some(record) => record.loss,
                None => f64::NAN,
            };
            *code = Self::code(loss);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::Host;
    use crate::study::StudySpec;

    fn cells(text: &str) -> Cells {
        let common = "[data]\ndata = 'circles'\nsamples = [30, 10]\n[training]\nsteps = 20\n";
        let study = Study::new(StudySpec::from_toml(&format!("{text}\n{common}")).unwrap()).unwrap();
        let mut cells = Cells::new(&study, true);
        let all: Vec<u64> = (0..study.runs()).collect();
        study
            .run(&all, &Host::here(1), |ended| {
                cells.add(&ended.expect("threads do what they are given"), 20);
                Ok(())
            })
            .unwrap();
        cells
    }

    #[test]
    fn a_cell_has_figures_once_all_its_runs_are_there() {
        let cells = cells("study = { axes = ['gain=0.5,1', 'lr=0.01,0.1,1'] }\ninit = { seeds = 2 }");
        assert_eq!((cells.columns(), cells.rows(), cells.done()), (3, 2, 6));
        assert!(cells.figures().iter().flatten().all(|figures| figures.runs == 2));
        assert_eq!(cells.usual_value(), Value::TestAccuracy);
        let traces = cells.traces().unwrap();
        assert_eq!(traces.codes.len(), 6 * 2 * traces.points);
        assert!(traces.codes.iter().all(|code| *code > 0));
    }

    #[test]
    fn losses_are_kept_to_three_digits() {
        let back = |code: u16| {
            let [low, high] = DECADES;
            10_f64.powf(low + (high - low) * f64::from(code - 1) / f64::from(u16::MAX - 1))
        };
        for loss in [1e-12, 0.693, 1.0, 1773.58, 1e12] {
            assert!((back(Traces::code(loss)) / loss - 1.0).abs() < 1e-3, "{loss}");
        }
        assert_eq!((Traces::code(f64::NAN), Traces::code(f64::INFINITY), Traces::code(0.0)), (0, 0, 1));
    }
}
