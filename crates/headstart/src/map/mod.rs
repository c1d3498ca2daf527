//! Maps: a study over two axes as a picture, a cell for each point, with theory's lines over it.

pub mod atlas;
pub mod cells;
pub mod figures;
mod lines;
mod refine;
mod report;
mod spec;

pub use atlas::{Atlas, View};
pub use cells::Cells;
pub use figures::{Figures, Value};
pub use report::{Report, ReportedCell};
pub use spec::{MapSection, MapSpec};

use crate::budget::Budget;
use crate::error::Error;
use crate::events::Partial;
use crate::executor::Device;
use crate::heat::{self, Colours, Line, Panel};
use crate::host::Host;
use crate::stats::quantile;
use crate::study::session::keeping;
use crate::study::store::{self, Shard, Store, Writer};
use crate::study::{Axis, Ended, FailedRun, Level, Quantity, Sampling, Study};
use crate::task::check_cells;
use crate::words::foreign;
use refine::Refinement;

/// A study over two axes on its way to being a picture.
#[derive(Debug)]
pub struct Mapping<'a> {
    study: &'a Study,
    value: Value,
    lines: Vec<Line>,
    cells: Cells,
    /// Which runs are there.
    done: Vec<bool>,
    refinement: Option<Refinement>,
    wanted: usize,
    writer: Option<Writer>,
    /// What computed, where the figures are not the processor's bits.
    device: Option<Device>,
    /// The first run that no machine could do.
    failed: Option<FailedRun>,
}

/// The share of the cells below which a refined picture would show nothing.
const LEAST_REFINED: f64 = 0.001;

impl<'a> Mapping<'a> {
    /// Of a study that is to be run, into a store if there is one; what the store has already is not run again. Losses along
    /// the way are kept in memory if they shall be shown.
    ///
    /// # Errors
    /// If the study is not a grid over two axes of numbers, what shall be shown does not make sense, or the store cannot be
    /// read.
    pub fn new(study: &'a Study, show: MapSection, keep_traces: bool, writer: Option<Writer>) -> Result<Self, Error> {
        let mut mapping = Self::empty(study, show, keep_traces)?;
        if let Some(writer) = &writer {
            mapping.read(writer.store())?;
        }
        Ok(Self { writer, ..mapping })
    }

    /// Of what a store has, to be looked at.
    ///
    /// # Errors
    /// As [`Mapping::new`].
    pub fn of_store(study: &'a Study, show: MapSection, keep_traces: bool, store: &Store) -> Result<Self, Error> {
        let mut mapping = Self::empty(study, show, keep_traces)?;
        mapping.read(store)?;
        Ok(mapping)
    }

    /// Of a study all of whose cells are run, so many of them all over the picture first.
    ///
    /// # Errors
    /// As [`Mapping::new`].
    fn coarse_first(study: &'a Study, show: MapSection, first: usize) -> Result<Self, Error> {
        let mapping = Self::empty(study, MapSection { refine: None, ..show }, false)?;
        let refinement = Refinement::of_all(mapping.cells.columns(), mapping.cells.rows(), first);
        Ok(Self { refinement: Some(refinement), ..mapping })
    }

    /// Takes the figures of a cell from somebody who has them.
    fn know(&mut self, cell: usize, figures: Figures) {
        self.cells.know(cell, figures);
        let seeds = self.study.seeds() as usize;
        self.done[cell * seeds..(cell + 1) * seeds].fill(true);
    }

    fn empty(study: &'a Study, show: MapSection, keep_traces: bool) -> Result<Self, Error> {
        let usage = |message: String| Err(Error::Usage(message));
        let axes = study.design().axes();
        if axes.len() != 2 || study.spec().study.design != Sampling::Grid {
            return usage(format!(
                "a map is a grid over two axes, as in --x gain=0.01..30:log:64 --y lr=0.001..1:log:64, and this study has {}",
                if axes.len() == 2 { "points that are drawn".to_owned() } else { axes.len().to_string() }
            ));
        }
        for axis in axes {
            let levels: Vec<f64> = axis.levels().unwrap_or_default().iter().map(Level::number).collect();
            if axis.is_named() {
                return usage(format!(
                    "{axis}: the axes of a map are numbers; compare {0} with headstart sweep --axis {0}=... or compare",
                    axis.quantity.name()
                ));
            }
            if !levels.is_sorted() {
                return usage(format!("{axis}: the numbers along an axis of a map have to rise"));
            }
        }
        store::check_runs(study, Shard::WHOLE)?;
        check_cells(study.cells(), study.runs(), Cells::BYTES)?;
        let cells = Cells::new(study, keep_traces);
        let value = show.value.unwrap_or_else(|| cells.usual_value());
        cells.has(value).map_err(Error::Usage)?;
        let count = cells.figures().len();
        let refinement = match show.refine {
            None => None,
            Some(share) if (LEAST_REFINED..=1.0).contains(&share) => {
                let most = (share * count as f64).ceil() as usize;
                Some(Refinement::new(cells.columns(), cells.rows(), most))
            }
            Some(share) => {
                return usage(format!("--refine {share}: a share of the cells is needed, from {LEAST_REFINED} to 1"));
            }
        };
        // Without its corners there is no picture.
        let wanted = show.refine.map_or(count, |share| ((share * count as f64).ceil() as usize).max(4)).min(count);
        let done = vec![false; study.runs() as usize];
        Ok(Self {
            study,
            value,
            lines: lines::lines(study),
            cells,
            done,
            refinement,
            wanted,
            writer: None,
            device: None,
            failed: None,
        })
    }

    fn read(&mut self, store: &Store) -> Result<(), Error> {
        let Self { study, cells, done, device, .. } = self;
        device.clone_from(&store.about().device);
        let traces = cells.traces().is_some() && study.spec().study.traces;
        store.rows(0..study.runs(), traces, |row| {
            done[row.run as usize] = true;
            cells.add(&row, study.steps_of(row.cell));
            Ok(())
        })
    }

    /// Updates that are to be done, about, if no run diverges.
    pub fn steps(&self) -> u64 {
        let of_all = self.study.steps(0..self.study.cells());
        let left = self.wanted.saturating_sub(self.cells.done()) as f64 / self.cells.figures().len() as f64;
        (of_all as f64 * left) as u64
    }

    /// Runs what is missing, until all is there, the budget is spent, or somebody stops it; tells whether it was the
    /// budget. `look` is shown the picture so far, after every run, on the calling thread.
    ///
    /// # Errors
    /// If a cell makes no sense, the store cannot be written, or the first one of `look`. What was stored is kept.
    pub fn run(
        &mut self,
        budget: Option<Budget>,
        host: &Host<'_>,
        mut look: impl FnMut(&Self) -> Result<(), Error>,
    ) -> Result<bool, Error> {
        let device = host.device(&self.study.spec().training);
        if let Some(writer) = &self.writer {
            writer.check_device(device)?;
        }
        self.device = device.cloned();
        host.begin("", self.steps());
        let ((worked, is_spent), kept) = keeping(self.writer.take(), |keep| {
            Budget::spend(budget, host.watch(), || {
                let Some(mut refinement) = self.refinement.take() else {
                    return self.run_cells(0..self.cells.figures().len(), host, keep, &mut look);
                };
                let mut worked = Ok(());
                while worked.is_ok() && !host.is_stopped() {
                    let next = refinement.next(|cell| self.cells.figures()[cell].and_then(|of| self.shade(&of)));
                    if next.is_empty() {
                        // A few cells may be left that are too few for any block.
                        self.wanted = self.cells.done();
                        break;
                    }
                    self.refinement = Some(refinement.clone());
                    worked = self.run_cells(next.into_iter(), host, keep, &mut look);
                }
                self.refinement = Some(refinement);
                worked
            })
        });
        kept.and(worked)?;
        Ok(is_spent)
    }

    fn run_cells(
        &mut self,
        cells: impl Iterator<Item = usize>,
        host: &Host<'_>,
        keep: &mut dyn FnMut(Ended) -> Result<(), Error>,
        look: &mut impl FnMut(&Self) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let study = self.study;
        let seeds = study.seeds();
        let of_cell = |cell: usize| cell as u64 * seeds..(cell as u64 + 1) * seeds;
        let runs: Vec<u64> = cells.flat_map(of_cell).filter(|run| !self.done[*run as usize]).collect();
        study.run(&runs, host, |ended| {
            if let Ok(row) = &ended {
                self.done[row.run as usize] = true;
                let before = self.cells.done();
                self.cells.add(row, study.steps_of(row.cell));
                if self.cells.done() > before {
                    host.show(|| Partial::Cells { done: self.cells.done(), wanted: self.wanted });
                }
            }
            if let Err(failed) = &ended
                && self.failed.is_none()
            {
                let FailedRun { cell, seed, reason, .. } = failed;
                host.warn(&format!("the run of cell {cell} with seed {seed} could not be done: {}", foreign(reason)));
                self.failed = Some(failed.clone());
            }
            keep(ended)?;
            look(self)
        })
    }

    /// The study.
    pub fn study(&self) -> &Study {
        self.study
    }

    /// Its cells.
    pub fn cells(&self) -> &Cells {
        &self.cells
    }

    /// What is shown of them.
    pub fn value(&self) -> Value {
        self.value
    }

    /// How many of its cells have all their runs, and how many shall have.
    pub fn progress(&self) -> [usize; 2] {
        [self.cells.done(), self.wanted]
    }

    /// The first run that no machine could do, if there is one.
    pub fn failed(&self) -> Option<&FailedRun> {
        self.failed.as_ref()
    }

    /// What computed, where the figures are not the processor's bits.
    pub fn device(&self) -> Option<&Device> {
        self.device.as_ref()
    }

    /// Theory's lines over it.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// Columns and rows.
    pub fn axes(&self) -> [heat::Axis; 2] {
        let axes = self.study.design().axes();
        let axis = |axis: &Axis| {
            let levels = axis.levels().unwrap_or_default();
            heat::Axis::new(title(axis.quantity), levels.iter().map(Level::number).collect())
        };
        [axis(&axes[1]), axis(&axes[0])]
    }

    /// For every cell the one whose figures it is shown with: in a refined picture it may be a neighbour.
    pub fn sources(&self) -> Vec<Option<usize>> {
        match &self.refinement {
            Some(refinement) => refinement.sources(|cell| self.cells.is_done(cell)),
            None => (0..self.cells.figures().len()).map(|cell| Some(cell).filter(|i| self.cells.is_done(*i))).collect(),
        }
    }

    /// The figure that is shown; none where there is none.
    fn shade(&self, figures: &Figures) -> Option<f64> {
        let figure = self.value.of(figures)?;
        match colours(self.value) {
            Colours::Logarithmic => Some(figure.max(f64::MIN_POSITIVE).log10().min(f64::MAX)),
            Colours::Divergent => Some(figure.signum()),
            Colours::Sequential => Some(figure),
        }
    }

    /// The figures at the two ends of the colours, if a value is shown.
    pub fn range(&self, value: Value) -> [f64; 2] {
        let figures: Vec<f64> = self.cells.figures().iter().flatten().filter_map(|of| value.of(of)).collect();
        range(value, &figures)
    }

    /// The picture so far.
    pub fn picture(&self) -> heat::Map {
        let [x, y] = self.axes();
        let figure = |source: &Option<usize>| {
            source.and_then(|cell| self.value.of(&self.cells.figures()[cell]?)).unwrap_or(f64::NAN)
        };
        let all: Vec<f64> = self.sources().iter().map(figure).collect();
        heat::Map {
            value: self.value.title().to_owned(),
            range: self.range(self.value),
            colours: colours(self.value),
            small_is_best: !self.value.more_is_better(),
            outline: None,
            lines: self.lines.clone(),
            panels: vec![Panel {
                title: String::new(),
                axes: None,
                cells: all.chunks(self.cells.columns()).map(<[f64]>::to_vec).collect(),
            }],
            x,
            y,
        }
    }

    /// What is mapped, in a few lines: the task, and what is varied of it.
    pub fn summary(&self) -> String {
        let axes = self.study.design().axes();
        format!(
            "{}\nvaried: {} from left to right, {} upwards; above stands the first cell",
            self.study.base().summary(),
            axes[1],
            axes[0]
        )
    }

    /// The task of the first cell in a line, without what is varied of it being told apart.
    pub fn subtitle(&self) -> String {
        let axes = self.study.design().axes();
        let varied = format!("varied: {} and {}", axes[1].quantity.name(), axes[0].quantity.name());
        let device = self.device().map_or_else(String::new, |device| format!(" · {device}"));
        format!("the first cell: {} · {varied}{device}", self.study.base().in_one_line())
    }

    /// What it is a picture of, in a line.
    pub fn title(&self) -> String {
        let base = self.study.base();
        let seeds = match self.study.seeds() {
            1 => String::new(),
            n => format!(", {n} seeds a cell"),
        };
        format!("{}, {}{seeds}", base.dataset.name, base.spec.network.activation)
    }
}

fn title(quantity: Quantity) -> &'static str {
    match quantity {
        Quantity::Gain => "gain",
        Quantity::Scale => "scale of the weights",
        Quantity::BiasScale => "scale of the biases",
        Quantity::Depth => "hidden layers",
        Quantity::Width => "units in each hidden layer",
        Quantity::Lr => "learning rate",
        Quantity::Steps => "steps",
        Quantity::Batch => "batch",
        Quantity::Momentum => "momentum",
        Quantity::WeightDecay => "weight decay",
        Quantity::Dropout => "dropout",
        Quantity::Warmup => "steps of warm-up",
        Quantity::Clip => "largest gradient",
        Quantity::LabelSmoothing => "label smoothing",
        Quantity::Samples => "training samples",
        Quantity::Noise => "noise",
        Quantity::Seed => "first seed",
        Quantity::Init => "init",
        Quantity::Activation => "activation",
        Quantity::Block => "block",
        Quantity::Norm => "normalization",
        Quantity::BranchScale => "scale of residual branches",
        Quantity::Parametrization => "parametrization",
        Quantity::Optimizer => "optimizer",
    }
}

/// How figures of a kind become colours.
pub fn colours(value: Value) -> Colours {
    match value {
        Value::TestAccuracy | Value::TrainAccuracy | Value::Success => Colours::Sequential,
        Value::Steps | Value::Loss | Value::TestLoss => Colours::Logarithmic,
        Value::Convergence => Colours::Divergent,
    }
}

/// The figures at the two ends of the colours: all of them, but for a few that are far from the others.
fn range(value: Value, figures: &[f64]) -> [f64; 2] {
    let finite = |keep: &dyn Fn(f64) -> bool| -> Vec<f64> {
        figures.iter().copied().filter(|x| x.is_finite() && keep(*x)).collect()
    };
    let ends = |x: &[f64], low: f64, high: f64| Some([quantile(x, low)?, quantile(x, high)?]);
    let wide = |[low, high]: [f64; 2]| if low < high { [low, high] } else { [low, low + low.abs().max(1.0) * 1e-3] };
    match colours(value) {
        Colours::Sequential if value == Value::Success => [0.0, 1.0],
        Colours::Sequential => wide(ends(&finite(&|_| true), 0.0, 1.0).unwrap_or([0.0, 1.0])),
        Colours::Logarithmic => wide(ends(&finite(&|x| x > 0.0), 0.02, 0.98).unwrap_or([0.1, 1.0])),
        Colours::Divergent => {
            let sizes = finite(&|_| true).into_iter().map(f64::abs).collect::<Vec<f64>>();
            let end = quantile(&sizes, 0.95).filter(|end| *end > 0.0).unwrap_or(1.0);
            [-end, end]
        }
    }
}

#[cfg(test)]
mod tests;
