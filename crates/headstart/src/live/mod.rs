//! Trainings that are watched while they go: several starts of a task, step by step, and what each looks like on the way.
//!
//! A [`Race`] trains all starts of a task with its first seed, as many steps at a time as is asked for. However often it pauses, and
//! whoever looks in between, every start ends in the bits of `headstart train`.

mod plane;
mod sight;

pub use plane::{Colour, Plane, Point};
pub use sight::{Link, Sight};

use crate::error::Error;
use crate::executor::{Checkpoint, go_on};
use crate::run::{Record, Run};
use crate::spec::{Seeds, TaskSpec};
use crate::task::Task;
use headstart_engine::init::{Initialization, Scheme};
use headstart_engine::network::Parameters;
use headstart_engine::train::Problem;
use headstart_engine::watch::Watch;
use std::sync::Arc;

/// Losses that are recorded of a start, about, unless the task says how often.
const RECORDS: usize = 600;

/// Starts of a task on their way.
#[derive(Debug)]
pub struct Race {
    ground: Ground,
    /// What is looked at: some of the samples, in float64.
    looks: Problem<f64>,
    starts: Vec<Start>,
    step: usize,
}

/// What races on the same data share: copies are of the same.
#[derive(Clone, Debug)]
pub struct Ground {
    task: Arc<Task>,
    plane: Arc<Plane>,
}

impl Ground {
    /// The task of the race that it was taken from.
    pub fn task(&self) -> &Task {
        &self.task
    }
}

/// One of them.
#[derive(Debug)]
struct Start {
    /// How it is; none before its first step.
    run: Option<Run>,
    parameters: Parameters,
    /// Where it can go on.
    next: Option<Checkpoint>,
}

/// How a start is.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'a> {
    /// Its figures after the steps that were done; none before the first one.
    pub run: Option<&'a Run>,
    /// Whether it goes on.
    pub is_running: bool,
}

impl Standing<'_> {
    /// `running`, or how it ended.
    pub fn status(&self) -> &'static str {
        match self.run {
            Some(run) if !self.is_running => run.status,
            _ => "running",
        }
    }

    /// Losses before the updates of some steps, so far.
    pub fn trace(&self) -> &[Record] {
        self.run.map_or(&[], |run| &run.trace)
    }
}

impl Race {
    /// Of all starts of a task, at step 0. Of several seeds it is the first one.
    ///
    /// # Errors
    /// As [`Task::new`].
    ///
    /// # Panics
    /// As [`crate::task::Job::draw`].
    pub fn new(spec: TaskSpec) -> Result<Self, Error> {
        let race = Self::on(spec, None, &Watch::default())?;
        Ok(race.expect("nobody stops it"))
    }

    /// The same, which takes from another race what it has of the data: nothing is read twice. None if it was stopped: large matrices
    /// take a while.
    ///
    /// # Errors
    /// As [`Task::new`].
    ///
    /// # Panics
    /// As [`crate::task::Job::draw`].
    pub fn on(mut spec: TaskSpec, other: Option<&Ground>, watch: &Watch) -> Result<Option<Self>, Error> {
        spec.init.seeds = Seeds::Count(1);
        let mut task = other.map_or_else(|| Task::new(spec.clone()), |other| other.task.vary(spec.clone()))?;
        let training = &task.spec.training;
        if training.record_every.is_none() && training.early_stopping.is_none() {
            // What is watched is recorded more often, which changes nothing else: but for when early stopping looks.
            spec.training.record_every = Some((task.steps() / RECORDS).max(1));
            task = task.vary(spec)?;
        }
        let looks = sight::looks(&task)?;
        let starts = (0..task.inits().len()).map(|init| {
            let drawn = task.job_of(init, 0).draw(watch)?;
            Some(Start { run: None, parameters: drawn.parameters, next: None })
        });
        let Some(starts) = starts.collect() else { return Ok(None) };
        let is_same = |other: &&Ground| {
            let widths = [&task, &other.task].map(|task| task.network().widths());
            Arc::ptr_eq(&task.dataset, &other.task.dataset) && widths[0] == widths[1]
        };
        let plane = other.filter(is_same).map_or_else(|| Arc::new(Plane::of(&task)), |other| Arc::clone(&other.plane));
        Ok(Some(Self { ground: Ground { task: Arc::new(task), plane }, looks, starts, step: 0 }))
    }

    /// What other races can take of it.
    pub fn ground(&self) -> Ground {
        self.ground.clone()
    }

    /// The task.
    pub fn task(&self) -> &Task {
        &self.ground.task
    }

    /// Where its decisions are drawn.
    pub fn plane(&self) -> &Plane {
        &self.ground.plane
    }

    /// Steps that were done.
    pub fn step(&self) -> usize {
        self.step
    }

    /// Whether no start goes on.
    pub fn is_over(&self) -> bool {
        self.running().next().is_none()
    }

    /// Starts that go on.
    fn running(&self) -> impl Iterator<Item = usize> {
        (0..self.starts.len()).filter(|i| self.standing(*i).is_running)
    }

    /// How a start is.
    ///
    /// # Panics
    /// If there are not so many.
    pub fn standing(&self, start: usize) -> Standing<'_> {
        let Start { run, next, .. } = &self.starts[start];
        Standing { run: run.as_ref(), is_running: run.is_none() || next.is_some() }
    }

    /// Does so many steps more of every start that goes on; none of them if it is told to stop.
    pub fn go_on(&mut self, steps: usize, threads: usize, watch: &Watch) {
        let until = self.step.saturating_add(steps).min(self.task().steps());
        let going: Vec<usize> = self.running().collect();
        let from: Vec<_> = going.iter().map(|i| self.starts[*i].next.take()).collect();
        let (task, starts) = (&self.ground.task, &mut self.starts);
        let mut each = going.iter();
        go_on(
            |i| task.job_of(going[i], 0),
            from,
            until,
            threads,
            watch,
            |run, parameters, next| {
                let Some(i) = each.next() else { return };
                starts[*i] = Start { run: Some(run), parameters, next };
            },
        );
        self.step = until;
    }

    /// What every start looks like now. It does not depend on the threads, and means nothing if the watch was stopped on the way.
    pub fn sights(&self, threads: usize, watch: &Watch) -> Vec<Sight> {
        let all: Vec<&Parameters> = self.starts.iter().map(|start| &start.parameters).collect();
        sight::sights(self.task(), self.plane(), &self.looks, &all, threads, watch)
    }
}

/// Schemes of which one number says how large all weights are: a gain, or a standard deviation or bound.
pub fn schemes_with_gain() -> impl Iterator<Item = &'static str> {
    Scheme::NAMES.iter().filter_map(|name| name.split(':').next()).filter(|name| takes_gain(name))
}

/// The scheme of an initialization and the one number behind it, of which all its weights are multiples; none of those that have none,
/// or several. A number that is not written is 1.
pub fn gain(init: &Initialization) -> Option<(String, f64)> {
    if init.given.is_some() || init.weights.len() != 1 {
        return None;
    }
    let text = init.to_string();
    let (scheme, number) = text.split_once(':').unwrap_or((&text, "1"));
    Some((scheme.to_owned(), number.parse().ok()?)).filter(|_| takes_gain(scheme))
}

/// Whether the number behind the name of a scheme is a factor of its weights.
fn takes_gain(scheme: &str) -> bool {
    let of = |number: &str| format!("{scheme}:{number}").parse::<Scheme>().ok();
    of("1").zip(of("0.5")).is_some_and(|(one, half)| one.times(0.5) == half)
}

#[cfg(test)]
mod tests;
