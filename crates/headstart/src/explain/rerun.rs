//! Cures that the engine tries: on a task of its own.

use super::cure::Cure;
use super::evidence::Look;
use super::measure::look;
use super::predict::{Effort, predict};
use super::prediction::Outlook;
use super::trial::Rerun;
use crate::error::Error;
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
