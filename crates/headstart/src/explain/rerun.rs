//! Cures that the engine tries, on tasks of its own: looked at ([`Tasks`]), and trained ([`Runs`]).

use super::cure::Cure;
use super::evidence::Look;
use super::findings::linear::explains_little;
use super::linear_map;
use super::measure::look;
use super::population::{Change, MORE, RATES};
use super::predict::{Effort, Sight, passed, predict, recorded, seen};
use super::prediction::Outlook;
use super::retrain::{Facts, Retrain, TestFacts, Trained, Wanted};
use super::trial::Rerun;
use crate::error::Error;
use crate::executor::Batch;
use crate::host::Host;
use crate::spec::Seeds;
use crate::task::{Precise, Task};
use headstart_engine::landscape::Landscape;
use headstart_engine::watch::Watch;

/// Starts a task again with changes, on at most so many threads, until the watch is stopped.
pub struct Tasks<'a> {
    task: &'a Task,
    threads: usize,
    watch: &'a Watch,
    /// Changed tasks that were looked at, and where they start.
    begun: Vec<(Cure, Task, Vec<f64>)>,
}

impl<'a> Tasks<'a> {
    /// Of this task.
    pub fn of(task: &'a Task, threads: usize, watch: &'a Watch) -> Self {
        Self { task, threads, watch, begun: Vec::new() }
    }
}

impl Rerun for Tasks<'_> {
    fn look(&mut self, cure: &Cure) -> Result<Option<Look>, Error> {
        // What does not fit the network or the data is no cure.
        let Ok(task) = self.task.vary(cure.applied(&self.task.spec)) else { return Ok(None) };
        let Some(start) = task.job(0).draw(self.watch) else { return Ok(None) };
        let Precise::F64(problem) = task.problem() else { return Ok(None) };
        let landscape = Landscape::new(problem, self.threads).watched(self.watch);
        let look = look(&task, &landscape, &start.parameters);
        if self.watch.is_stopped() {
            return Ok(None);
        }
        self.begun.push((cure.clone(), task, start.parameters.flat().collect()));
        Ok(Some(look))
    }

    fn outlook(&mut self, cure: &Cure) -> Result<Option<Outlook>, Error> {
        let Some((_, task, start)) = self.begun.iter().find(|(other, ..)| other == cure) else { return Ok(None) };
        let Precise::F64(problem) = task.problem() else { return Ok(None) };
        let landscape = Landscape::new(problem, self.threads).watched(self.watch);
        predict(task, &landscape, start, Effort::trial(task), self.watch)
    }

    fn is_stopped(&self) -> bool {
        self.watch.is_stopped()
    }
}

/// The sample on which the event is seen: another than the prediction's, where there are samples enough.
const OTHERS_SAMPLE: usize = 1;

/// Multiply-adds that a step costs at least.
const OF_STEP: f64 = 1_000.0;

/// Trains a task again, with changes and without.
pub struct Runs<'a> {
    task: &'a Task,
    host: &'a Host<'a>,
    /// Tasks that were made already, by what was wanted.
    made: Vec<(Wanted, Task)>,
}

impl<'a> Runs<'a> {
    /// Of this task.
    pub fn of(task: &'a Task, host: &'a Host<'a>) -> Self {
        Self { task, host, made: Vec::new() }
    }

    /// The place of the task that does what is wanted.
    fn made(&mut self, wanted: &Wanted) -> Result<usize, Error> {
        if let Some(i) = self.made.iter().position(|(other, _)| other == wanted) {
            return Ok(i);
        }
        let Self { task, .. } = *self;
        let applied = |spec| wanted.cure.as_ref().map_or_else(|| Clone::clone(spec), |cure| cure.applied(spec));
        let mut spec = match wanted.steps {
            Some(steps) => recorded(&applied(&task.spec), steps as usize),
            None => applied(&recorded(&task.spec, task.steps())),
        };
        if (wanted.first, wanted.seeds) != (0, 1) {
            spec.init.seed = spec.init.seed.saturating_add(wanted.first);
            spec.init.seeds = Seeds::Count(wanted.seeds);
        }
        self.made.push((wanted.clone(), task.vary(spec)?));
        Ok(self.made.len() - 1)
    }
}

impl Retrain for Runs<'_> {
    fn facts(&self) -> Facts {
        let (task, training) = (self.task, self.task.training());
        let test = task.dataset.test.as_ref().map(|test| TestFacts {
            samples: test.y.len(),
            majority: task.dataset.majority_share_of_test(),
            guessing: task.units().guessing().and_then(|guessing| guessing.test),
            tells_classes: task.tells_classes(),
        });
        let r2 = || linear_map::r2(&task.dataset.train).unwrap_or(0.0);
        Facts {
            steps: task.steps() as u64,
            is_endless: training.has_constant_rate(),
            is_noisy: training.is_noisy(),
            lr: training.lr,
            majority: task.dataset.majority_share(),
            test,
            linear: task.network().is_linear().then(|| (!task.network().activations().is_empty(), r2())),
            changes: changes(task),
        }
    }

    fn work(&mut self, cure: Option<&Cure>) -> Result<f64, Error> {
        let place = self.made(&Wanted::own(cure.cloned(), self.task.steps() as u64))?;
        let (_, task) = &self.made[place];
        let samples = task.dataset.train.x.nrows();
        let batch = task.training().batch.unwrap_or(samples);
        let of_step = 3.0 * task.network().products() as f64 * batch as f64;
        Ok(of_step.max(OF_STEP) * task.steps() as f64)
    }

    fn takes(&mut self, wanted: &Wanted) -> Result<(), Error> {
        self.made(wanted).map(|_| ())
    }

    fn train(&mut self, wanted: &[Wanted], threshold: f64, is_aside: bool) -> Result<Option<Vec<Vec<Trained>>>, Error> {
        let places: Vec<usize> = wanted.iter().map(|wanted| self.made(wanted)).collect::<Result<_, _>>()?;
        let tasks: Vec<&Task> = places.iter().map(|place| &self.made[*place].1).collect();
        let jobs: Vec<(usize, usize)> =
            tasks.iter().enumerate().flat_map(|(i, task)| (0..task.runs()).map(move |run| (i, run))).collect();
        let mut done: Vec<Vec<Trained>> = vec![Vec::new(); tasks.len()];
        let mut next = jobs.iter();
        let each = |run| {
            if let Some((i, _)) = next.next() {
                let left = passed(tasks[*i], &run, threshold);
                done[*i].push(Trained { run, left });
            }
        };
        let batch = Batch::new(jobs.len(), |k| tasks[jobs[k].0].job(jobs[k].1));
        if is_aside { self.host.run_aside(&batch, each) } else { self.host.run(&batch, each) }?;
        let is_whole = done.iter().map(Vec::len).sum::<usize>() == jobs.len();
        Ok(Some(done).filter(|_| is_whole && !self.is_stopped()))
    }

    fn sight(&mut self, threshold: f64, steps: u64) -> Result<Option<Sight>, Error> {
        let place = self.made(&Wanted::own(None, steps))?;
        let (threads, watch) = (self.host.threads(), self.host.watch());
        Ok(seen(&self.made[place].1, threshold, OTHERS_SAMPLE, steps as usize, threads, watch))
    }

    fn is_stopped(&self) -> bool {
        self.host.is_stopped()
    }
}

/// What no start can make up for.
fn changes(task: &Task) -> Vec<Change> {
    let widths = task.network().widths();
    let last = widths.len() - 1;
    let wider = widths.iter().enumerate().map(|(i, width)| if i == 0 || i == last { *width } else { MORE * width });
    let wider = (last > 1).then(|| Change::Wider(wider.collect()));
    // A rate is changed more easily than layers.
    let rates = RATES.iter().filter_map(|times| match Cure::learning_rate(times * task.training().lr) {
        Some(Cure::LearningRate(rate)) => Some(Change::Rate(rate)),
        _ => None,
    });
    let network = task.network();
    let is_cause = network.is_linear() && explains_little(linear_map::r2(&task.dataset.train));
    let ends = [network.inputs(), network.outputs()];
    let bends = if is_cause { Cure::bends(ends, !network.activations().is_empty()) } else { Vec::new() };
    // No rate makes up for a bend.
    bends.into_iter().map(Change::Bent).chain(rates).chain(wider).chain([Change::Longer(MORE * task.steps())]).collect()
}
