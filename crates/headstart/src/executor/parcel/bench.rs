//! Where work that was packed is done.

use super::sections::Read;
use super::{DATA_SETS, Described, Digest, Layer, Parcel, Wanted, samples};
use crate::data::Dataset;
use crate::error::Error;
use crate::executor::{Batch, Executor, Threads};
use crate::run::Run;
use crate::task::{Held, Job, Task};
use headstart_engine::network::{LayerParameters, Parameters};
use headstart_engine::watch::Watch;
use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// Does parcels: samples that came once stay, as long as there are not very many.
#[derive(Default)]
pub struct Bench {
    /// The latest last.
    there: Mutex<VecDeque<(Digest, There)>>,
}

/// Samples, and the first task on them: others are that but for what differs.
#[derive(Clone)]
struct There {
    dataset: Arc<Dataset>,
    task: Option<Arc<Task>>,
}

impl Bench {
    /// Whether samples have come already; they are among the latest from now on.
    pub fn has(&self, digest: Digest) -> bool {
        let Some(there) = self.find(digest) else { return false };
        self.keep(digest, there);
        true
    }

    /// Takes samples.
    ///
    /// # Errors
    /// If they are not those of the digest.
    pub fn add(&self, digest: Digest, bytes: &[u8]) -> Result<(), Error> {
        let dataset = Arc::new(samples::unpack(digest, bytes)?);
        self.keep(digest, There { dataset, task: None });
        Ok(())
    }

    /// Does a parcel on so many threads; `each` sees every run with its number in the batch. Those that were stopped it does not see.
    ///
    /// # Errors
    /// If samples have not come, or a task makes no sense here.
    pub fn run(
        &self,
        parcel: &Parcel,
        threads: usize,
        watch: &Watch,
        mut each: impl FnMut(usize, Run),
    ) -> Result<(), Error> {
        let begin = Instant::now();
        let sections = Read::of(&parcel.sections)?;
        let tasks = parcel.tasks.iter().map(|task| self.task(task, &sections)).collect::<Result<Vec<_>, _>>()?;
        let is_there = |wanted: &Wanted| tasks.get(wanted.task).is_some_and(|task| wanted.init < task.inits().len());
        if !parcel.runs.iter().all(is_there) {
            return Err(Error::Usage("the parcel names a task or a start that is not in it".to_owned()));
        }
        let job = |i: usize| {
            let Wanted { task, init, seed, .. } = parcel.runs[i];
            Job { task: Held::Shared(Arc::clone(&tasks[task])), init, seed }
        };
        let mut numbers = parcel.runs.iter().map(|wanted| wanted.number);
        Threads(threads).run(&Batch::new(parcel.len(), job).until(parcel.until), watch, &mut |ended| {
            if let (Some(number), Ok(run)) = (numbers.next(), ended)
                && run.status != "stopped"
            {
                each(number, run);
            }
            let is_over = parcel.within.is_some_and(|within| begin.elapsed().as_secs_f64() >= within);
            if is_over { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
    }

    fn task(&self, task: &Described, sections: &Read) -> Result<Arc<Task>, Error> {
        let missing = || Error::Usage("the parcel names a part of a task that is not in it".to_owned());
        let mut spec = sections.spec(task.spec).ok_or_else(missing)?;
        for (place, layers) in &task.given {
            let init = spec.init.init.0.get_mut(*place).and_then(|init| init.given.as_mut());
            let given =
                init.ok_or_else(|| Error::Usage("the parcel has weights for a start that has none".to_owned()))?;
            let layers = layers.iter().cloned();
            let layers =
                layers.map(|Layer { weights, biases, slope, norms }| LayerParameters { weights, biases, slope, norms });
            given.parameters = Some(Arc::new(Parameters(layers.collect())));
        }
        let missing = || Error::Usage("the samples of a parcel have not come; send them first".to_owned());
        match self.find(task.data).ok_or_else(missing)? {
            There { task: Some(like), .. } => Ok(Arc::new(like.on_same_samples(spec)?)),
            There { dataset, task: None } => {
                let made = Arc::new(Task::of(Arc::clone(&dataset), spec)?);
                self.keep(task.data, There { dataset, task: Some(Arc::clone(&made)) });
                Ok(made)
            }
        }
    }

    fn find(&self, digest: Digest) -> Option<There> {
        let there = self.there.lock().unwrap_or_else(PoisonError::into_inner);
        there.iter().rev().find(|(of, _)| *of == digest).map(|(_, there)| there.clone())
    }

    /// Keeps samples as the latest ones.
    fn keep(&self, digest: Digest, new: There) {
        let mut there = self.there.lock().unwrap_or_else(PoisonError::into_inner);
        there.retain(|(of, _)| *of != digest);
        if there.len() == DATA_SETS {
            there.pop_front();
        }
        there.push_back((digest, new));
    }
}
