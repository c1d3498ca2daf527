//! Studies: one task over many points of what can be varied, each with many seeds.
//!
//! A [`StudySpec`] says what is wanted, a [`Study`] is that with its data, ready to run. A point of it is a cell, and a run is
//! one seed of a cell; both are numbered, and each depends on nothing but the specification and its number. So any part can
//! be done at any time and anywhere, and all parts together are the same to the bit: a [`store`] keeps them.

pub mod axis;
pub mod design;
pub mod export;
pub mod session;
pub mod store;
pub mod summary;

pub use crate::run::Row;
pub use axis::{Axis, Level, Quantity};
pub use design::{Design, Sampling};

use crate::budget::Budget;
use crate::convergence::convergence;
use crate::data::DataSpec;
use crate::error::Error;
use crate::events::Event;
use crate::executor::{Batch, Failure};
use crate::host::Host;
use crate::run::{Figures, Run};
use crate::spec::{InitSpec, NetworkSpec, TaskSpec, TrainingSpec};
use crate::task::{Held, Job, Task};
use crate::units::LossUnits;
use crate::words::toml_error;
use serde::{Deserialize, Serialize};
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A study as users write it: a task's configuration file with a section `study`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct StudySpec {
    /// What is varied, and how.
    pub study: StudySection,
    /// Where the samples come from.
    pub data: DataSpec,
    /// What is trained.
    pub network: NetworkSpec,
    /// Where training starts.
    pub init: InitSpec,
    /// How it goes on from there.
    pub training: TrainingSpec,
}

/// The section `study`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct StudySection {
    /// What is varied, and over what.
    pub axes: Vec<Axis>,
    /// How points are chosen from the axes.
    pub design: Sampling,
    /// How many points, where the design is not a grid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub points: Option<u64>,
    /// The seed of a random or Sobol design.
    pub design_seed: u64,
    /// Whether the losses along the way are kept.
    pub traces: bool,
    /// What may be spent in one sitting; says nothing of the study itself, and is not kept with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget: Option<Budget>,
}

impl StudySpec {
    /// Reads a configuration file's text.
    ///
    /// # Errors
    /// If it is not TOML, or has a section, key or value that there is not; the message has the line.
    pub fn from_toml(text: &str) -> Result<Self, Error> {
        toml::from_str(text).map_err(|error| Error::Usage(toml_error(&error)))
    }

    /// The text of a configuration file that says the same.
    ///
    /// # Panics
    /// Never: every specification can be written as TOML.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("tables of plain values")
    }

    /// Its axes and the points on them.
    ///
    /// # Errors
    /// As [`Design::new`].
    pub fn design(&self) -> Result<Design, Error> {
        let section = &self.study;
        let values: usize = section.axes.iter().filter_map(|axis| axis.levels().map(<[_]>::len)).sum();
        if values > MOST_VALUES {
            return Err(Error::Usage(format!(
                "the axes have {values} values together, and {MOST_VALUES} are the most; use fewer, or ranges"
            )));
        }
        Design::new(section.axes.clone(), section.design, section.points, section.design_seed)
    }

    /// The task that is varied.
    pub fn task(&self) -> TaskSpec {
        TaskSpec {
            data: self.data.clone(),
            network: self.network.clone(),
            init: self.init.clone(),
            training: self.training.clone(),
            notes: Vec::new(),
        }
    }
}

/// A study that can be run.
#[derive(Debug)]
pub struct Study {
    spec: StudySpec,
    design: Design,
    /// The axes in the order in which they are applied.
    order: Vec<usize>,
    base: Arc<Task>,
    /// Tasks on other data than the base's, which share their samples with all cells on the same.
    others: Mutex<Vec<Arc<Task>>>,
    /// The cells that were looked at last.
    latest: Mutex<Vec<(u64, Arc<Task>)>>,
}

/// Values of all axes of a study together, at most: they are held in memory.
const MOST_VALUES: usize = 4_000_000;

/// Data sets of cells that are kept, at most.
const DATA_SETS: usize = 64;

/// Tasks of cells that are kept, at most: more than there are threads.
const TASKS: usize = 64;

/// Runs of a study, at most: what is counted exactly as a number of 64 bits with a point.
const MOST_RUNS: u64 = 1 << 53;

impl Study {
    /// Loads the data and puts everything together.
    ///
    /// # Errors
    /// If the data cannot be loaded, or a value of an axis does not fit the task.
    pub fn new(spec: StudySpec) -> Result<Self, Error> {
        Self::made(spec, None)
    }

    /// Another study, which shares the samples where it is on the same data.
    ///
    /// # Errors
    /// As [`Study::new`].
    pub fn another(&self, spec: StudySpec) -> Result<Self, Error> {
        Self::made(spec, Some(&self.base))
    }

    fn made(spec: StudySpec, like: Option<&Task>) -> Result<Self, Error> {
        let design = spec.design()?;
        let mut order: Vec<usize> = (0..design.axes().len()).collect();
        order.sort_by_key(|&i| design.axes()[i].quantity);
        if spec.init.init.0.len() != 1 {
            return Err(Error::Usage(format!(
                "--init {0}: a study starts from one initialization, or varies it: --axis init={0}",
                spec.init.init
            )));
        }
        if design.points().checked_mul(spec.init.seeds.count()? as u64).is_none_or(|runs| runs > MOST_RUNS) {
            return Err(Error::Usage(format!(
                "{} cells with {} seeds are more runs than can be counted; use fewer values or seeds",
                design.points(),
                spec.init.seeds
            )));
        }
        let varies = |quantity| design.axes().iter().any(|axis| axis.quantity == quantity);
        if varies(Quantity::Init) && varies(Quantity::Scale) {
            return Err(Error::Usage(
                "the axes init and scale both say what weights are drawn from; use gain in the place of scale"
                    .to_owned(),
            ));
        }
        let samples = design.samples();
        // The task itself need not make sense where an axis replaces what does not.
        let first = Self::varied(&spec, &design, &order, &samples[0])?;
        let base = like.map_or_else(|| Task::new(first.clone()), |like| like.vary(first.clone()));
        let base = Arc::new(base.map_err(|error| error.about(&described(&design, &samples[0])))?);
        let study = Self { base, others: Mutex::default(), latest: Mutex::default(), spec, design, order };
        // What is wrong with one value of one axis shows before anything is run.
        for point in &samples[1..] {
            let task = Self::varied(&study.spec, &study.design, &study.order, point)?;
            study.vary(task).map_err(|error| error.about(&described(&study.design, point)))?;
        }
        Ok(study)
    }

    /// What was asked for.
    pub fn spec(&self) -> &StudySpec {
        &self.spec
    }

    /// The same with what becomes of the columns of its data, where it is the same in all cells.
    pub fn settled(&self) -> StudySpec {
        let mut spec = self.spec.clone();
        if spec.data == self.base.spec.data {
            spec.data.columns = self.base.dataset.plans();
        }
        spec
    }

    /// What the losses of a regression are told in and beside; none of classes, and where cells have data of their own.
    pub fn units(&self) -> Option<LossUnits> {
        let is_of_data = |axis: &Axis| matches!(axis.quantity, Quantity::Samples | Quantity::Noise);
        if self.design.axes().iter().any(is_of_data) { None } else { self.base.units().of_losses() }
    }

    /// The axes and the points on them.
    pub fn design(&self) -> &Design {
        &self.design
    }

    /// The task of the first cell, or one that differs in nothing that is not varied.
    pub fn base(&self) -> &Task {
        &self.base
    }

    /// The number of cells.
    pub fn cells(&self) -> u64 {
        self.design.points()
    }

    /// The runs of every cell.
    pub fn seeds(&self) -> u64 {
        self.spec.init.seeds.most() as u64
    }

    /// The number of runs; run `i` is of cell `i / seeds`.
    pub fn runs(&self) -> u64 {
        self.cells() * self.seeds()
    }

    /// The task of a cell as users write it.
    ///
    /// # Errors
    /// If a value does not fit the task.
    pub fn cell(&self, cell: u64) -> Result<TaskSpec, Error> {
        self.at(&self.design.point(cell))
    }

    /// The task at any values of the axes, one for each.
    ///
    /// # Errors
    /// If a value does not fit the task.
    pub fn at(&self, point: &[Level]) -> Result<TaskSpec, Error> {
        Self::varied(&self.spec, &self.design, &self.order, point)
    }

    fn varied(spec: &StudySpec, design: &Design, order: &[usize], point: &[Level]) -> Result<TaskSpec, Error> {
        let mut task = spec.task();
        for &i in order {
            design.axes()[i].quantity.apply(&point[i], &mut task)?;
        }
        Ok(task)
    }

    /// The task of a cell, ready to run.
    ///
    /// # Errors
    /// If the values of the cell do not fit one another.
    pub fn task(&self, cell: u64) -> Result<Arc<Task>, Error> {
        if let Some((_, task)) = lock(&self.latest).iter().find(|(of, _)| *of == cell) {
            return Ok(Arc::clone(task));
        }
        let about = |error: Error| error.about(&described(&self.design, &self.design.point(cell)));
        let task = Arc::new(self.vary(self.cell(cell)?).map_err(about)?);
        let mut latest = lock(&self.latest);
        if latest.len() == TASKS {
            latest.remove(0);
        }
        latest.push((cell, Arc::clone(&task)));
        Ok(task)
    }

    fn vary(&self, spec: TaskSpec) -> Result<Task, Error> {
        if spec.data == self.base.spec.data {
            return self.base.vary(spec);
        }
        let like = lock(&self.others).iter().find(|task| task.spec.data == spec.data).cloned();
        if let Some(like) = like {
            return like.vary(spec);
        }
        let task = Arc::new(Task::new(spec.clone())?);
        let varied = task.vary(spec);
        let mut others = lock(&self.others);
        if others.len() == DATA_SETS {
            others.remove(0);
        }
        others.push(task);
        varied
    }

    /// Updates in a run of a cell, if it does not diverge.
    pub fn steps_of(&self, cell: u64) -> u64 {
        // Epochs have as many steps as there are minibatches in the samples.
        let is_of_epochs =
            |axis: &Axis| matches!(axis.quantity, Quantity::Samples | Quantity::Batch | Quantity::Optimizer);
        match self.design.axes().iter().position(|axis| axis.quantity == Quantity::Steps) {
            Some(axis) => self.design.point(cell)[axis].number() as u64,
            None if self.spec.training.steps.is_none() && self.design.axes().iter().any(is_of_epochs) => {
                self.task(cell).map_or(self.base.steps() as u64, |task| task.steps() as u64)
            }
            None => self.base.steps() as u64,
        }
    }

    /// Updates in so many cells, if none diverges.
    pub fn steps(&self, cells: impl Iterator<Item = u64>) -> u64 {
        cells.map(|cell| self.steps_of(cell).saturating_mul(self.seeds())).fold(0, u64::saturating_add)
    }

    /// Some of the runs as a batch, in the order given.
    pub fn batch<'a>(&'a self, runs: &'a [u64]) -> Batch<'a> {
        Batch::made(runs.len(), |i| {
            let task = self.task(runs[i] / self.seeds())?;
            let Job { init, seed, .. } = task.job((runs[i] % self.seeds()) as usize);
            Ok(Job { task: Held::Shared(task), init, seed })
        })
    }

    /// Does some of the runs; `each` sees them in the order given, on the calling thread. Those that were stopped it does not see.
    ///
    /// # Errors
    /// The first one of a cell, of the executor, or of `each`; no further run is begun then.
    pub fn run(
        &self,
        runs: &[u64],
        host: &Host<'_>,
        mut each: impl FnMut(Ended) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let (mut done, mut kept) = (0, Ok(()));
        let end = host.run_untold(&self.batch(runs), &mut |ended| {
            let number = runs[done];
            done += 1;
            let cell = number / self.seeds();
            let ended = match ended {
                Ok(run) if run.status == "stopped" => return ControlFlow::Continue(()),
                Ok(run) => {
                    let row = row(number, cell, run, self.steps_of(cell) as usize);
                    host.tell(Event::Row(&row));
                    Ok(row)
                }
                Err(Failure { seed, reason, .. }) => Err(FailedRun { run: number, cell, seed, reason }),
            };
            kept = each(ended);
            if kept.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        kept.and(end)
    }
}

/// How a run of a study ended: with a row, or with none, as no machine could do it.
pub type Ended = Result<Row, FailedRun>;

/// A run of a study that machines failed to do, one after the other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FailedRun {
    /// Its number in the study.
    pub run: u64,
    /// Its cell.
    pub cell: u64,
    /// Its seed.
    pub seed: u64,
    /// Why, and where.
    pub reason: String,
}

/// `steps` is how many were to be done.
fn row(number: u64, cell: u64, run: Run, steps: usize) -> Row {
    // Of classes a store has the accuracy.
    let kept = |figures| Figures { classes: None, ..figures };
    Row {
        run: number,
        cell,
        seed: run.seed,
        finished: run.is_finished(),
        steps: run.steps as u64,
        convergence: convergence(&run.trace, steps),
        train: kept(run.train),
        test: run.test.map(kept),
        reached: run.reached.map(|step| step as u64),
        trace: run.trace,
    }
}

/// A point in words.
fn described(design: &Design, point: &[Level]) -> String {
    let one = |(axis, level): (&Axis, &Level)| format!("{} {level}", axis.quantity.name());
    design.axes().iter().zip(point).map(one).collect::<Vec<_>>().join(", ")
}

/// Nothing is left half done under these locks, whoever panicked.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::Figures;

    fn study(text: &str) -> Result<Study, Error> {
        let common = "[data]\ndata = 'circles'\nsamples = [30, 10]\n[training]\nsteps = 20\n";
        Study::new(StudySpec::from_toml(&format!("{text}\n{common}"))?)
    }

    fn rows(study: &Study, runs: &[u64], threads: usize) -> Vec<Row> {
        let mut rows = Vec::new();
        let each = |row: Ended| {
            rows.push(row.expect("threads do what they are given"));
            Ok(())
        };
        study.run(runs, &Host::here(threads), each).unwrap();
        rows
    }

    #[test]
    fn a_run_is_the_same_whatever_is_run_with_it() {
        let study = study(
            "study = { axes = ['gain=0.5,1,2', 'depth=1..3:3', 'samples=20,40'], traces = true }\ninit = { seeds = 2 }",
        )
        .unwrap();
        assert_eq!((study.cells(), study.runs()), (18, 36));
        let all: Vec<u64> = (0..36).collect();
        let together = rows(&study, &all, 2);
        assert_eq!(
            together.iter().map(|row| (row.cell, row.seed)).collect::<Vec<_>>(),
            (0..36).map(|i| (i / 2, 1 + i % 2)).collect::<Vec<_>>()
        );
        for i in [35, 7, 0] {
            assert_eq!(rows(&study, &[i], 1)[0], together[i as usize]);
        }
        // And the same as the task that users would write for the cell.
        let alone = Task::new(study.cell(17).unwrap()).unwrap().run_all(1);
        // Of classes a store keeps the accuracy alone.
        let kept = |figures: Figures| Figures { classes: None, ..figures };
        assert_eq!(
            (kept(alone[1].train), alone[1].test.map(kept), &alone[1].trace),
            (together[35].train, together[35].test, &together[35].trace)
        );
        assert_eq!(study.cell(17).unwrap().network.layers.to_string(), "_,10,10,10,_");
    }

    #[test]
    fn epochs_have_the_steps_of_their_own_cell() {
        let text = "study = { axes = ['samples=20,40', 'batch=5,10'] }\n[data]\ndata = 'circles'\nsamples = [30, 10]\n\
                    [training]\nepochs = 3\nlr = 0.1\n";
        let study = Study::new(StudySpec::from_toml(text).unwrap()).unwrap();
        assert_eq!((0..4).map(|cell| study.steps_of(cell)).collect::<Vec<_>>(), [12, 6, 24, 12]);
        let told: Vec<u64> = rows(&study, &[0, 1, 2, 3], 2).iter().map(|row| row.steps).collect();
        assert_eq!(told, [12, 6, 24, 12]);
    }

    #[test]
    fn what_does_not_fit_is_said_before_anything_is_run() {
        let refused = |text: &str| study(text).unwrap_err().to_string();
        assert!(refused("study = { axes = ['lr=0.1,0'] }").contains("lr 0: the learning rate must be"));
        assert!(refused("study = { axes = ['depth=1,0'] }\ninit = { init = 'he/he/he' }").contains("depth 1"));
        assert!(
            refused("study = { axes = ['lr=1,2'] }\ninit = { init = ['he', 'he'] }\nnetwork = { layers = [2, 1] }")
                .contains("lr 1")
        );
        assert!(refused("study = { axes = ['init=he', 'scale=1'] }").contains("gain in the place of scale"));
        assert!(refused("study = { axis = ['lr=1,2'] }").contains("axis"));
        let listed = StudySpec::from_toml("study = { axes = ['lr=1,2'] }").map(|mut spec| {
            spec.init.init = "he,glorot".parse().unwrap();
            Study::new(spec).unwrap_err().to_string()
        });
        assert!(listed.unwrap().contains("--axis init=he,glorot"));
    }
}
