//! Trainings on the threads of this process.

use super::{Batch, Each, Executor};
use crate::error::Error;
use crate::run::Run;
use crate::task::{Job, Precise, Task};
use headstart_engine::network::Parameters;
use headstart_engine::train::population::in_order;
use headstart_engine::train::{self, Worker};
use headstart_engine::watch::Watch;
use std::ops::ControlFlow;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// The executor that there always is: threads of this process.
///
/// Each does one run at a time; where there are fewer runs than threads, these share the threads. Memory is that of one run per thread,
/// and of a few results that wait for their turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Threads(pub usize);

impl Executor for Threads {
    fn run(&self, batch: &Batch<'_>, watch: &Watch, each: &mut Each<'_>) -> Result<(), Error> {
        let do_job = |workers: &mut Workers, i: usize| match batch.job(i) {
            Ok(job) => workers.go_on(&job, None, batch.steps(), watch).map(|(run, ..)| Ok(run)),
            Err(error) => Some(Err(error)),
        };
        let end = run_with(batch.len(), self.0, watch, do_job, |run| match run {
            Ok(run) => each(Ok(run)).map_break(Ok),
            Err(error) => ControlFlow::Break(Err(error)),
        });
        end.break_value().unwrap_or(Ok(()))
    }

    fn threads(&self) -> Option<usize> {
        Some(self.0)
    }
}

/// Does `count` jobs, in order as [`Threads`] do, until so many of their steps are done: from where they stand, of those of which that is
/// given, and else from their start. `each` sees how a run is then, the weights and biases that it has, and where it stands if it can go
/// on: see [`Worker::go_on`].
pub(crate) fn go_on<'a>(
    job: impl Fn(usize) -> Job<'a> + Sync,
    from: Vec<Option<Checkpoint>>,
    until: usize,
    threads: usize,
    watch: &Watch,
    mut each: impl FnMut(Run, Parameters, Option<Checkpoint>),
) {
    let from: Vec<Mutex<Option<Checkpoint>>> = from.into_iter().map(Mutex::new).collect();
    let do_job = |workers: &mut Workers, i: usize| {
        let checkpoint = from[i].lock().unwrap_or_else(PoisonError::into_inner).take();
        workers.go_on(&job(i), checkpoint, until, watch)
    };
    let end: ControlFlow<()> = run_with(from.len(), threads, watch, do_job, |(run, parameters, next)| {
        each(run, parameters, next);
        ControlFlow::Continue(())
    });
    debug_assert!(end.is_continue());
}

/// Does the first steps of a job, so many of them, with the learning rates that they have in the whole of it, and returns the weights
/// and biases that it has then, too. None if it was stopped before there were any.
pub(crate) fn first_steps(job: &Job, steps: usize, threads: usize, watch: &Watch) -> Option<(Run, Parameters)> {
    Workers::new(threads).go_on(job, None, steps, watch).map(|(run, parameters, _)| (run, parameters))
}

/// Does one job on so many threads, and returns the weights and biases that it ended with, too: of a run that diverged
/// those before the step that showed it. None if it was stopped before there were any.
pub fn train(job: &Job, threads: usize, watch: &Watch) -> Option<(Run, Parameters)> {
    Workers::new(threads).train(job, watch)
}

/// Where a training stands, in either precision.
#[derive(Debug)]
pub(crate) enum Checkpoint {
    F64(train::Checkpoint<f64>),
    F32(train::Checkpoint<f32>),
}

impl Checkpoint {
    /// Bytes that one of a task takes, about.
    pub fn bytes(task: &Task) -> usize {
        match task.problem() {
            Precise::F64(problem) => train::Checkpoint::bytes(problem),
            Precise::F32(problem) => train::Checkpoint::bytes(problem),
        }
    }
}

/// Does `count` jobs on so many threads, and tells their results in order; one comes to nothing if it was stopped before there was
/// anything. Ends early where `each` breaks.
fn run_with<R: Send, B>(
    count: usize,
    threads: usize,
    watch: &Watch,
    job: impl Fn(&mut Workers, usize) -> Option<R> + Sync,
    mut each: impl FnMut(R) -> ControlFlow<B>,
) -> ControlFlow<B> {
    let threads_each = threads / count.clamp(1, threads.max(1));
    let do_job = |workers: &mut Workers, i: usize| if watch.is_stopped() { None } else { job(workers, i) };
    let end = in_order(
        count,
        threads,
        || Workers::new(threads_each),
        do_job,
        |_, result| match result {
            Some(result) => each(result).map_break(Some),
            // It was told not to begin.
            None => ControlFlow::Break(None),
        },
    );
    match end {
        ControlFlow::Break(Some(end)) => ControlFlow::Break(end),
        ControlFlow::Break(None) | ControlFlow::Continue(()) => ControlFlow::Continue(()),
    }
}

/// Memory for runs in either precision.
struct Workers {
    f64: Worker<f64>,
    f32: Worker<f32>,
}

impl Workers {
    fn new(threads: usize) -> Self {
        Self { f64: Worker::new().with_threads(threads), f32: Worker::new().with_threads(threads) }
    }

    /// The run, and the weights and biases that it ended with.
    fn train(&mut self, job: &Job, watch: &Watch) -> Option<(Run, Parameters)> {
        self.go_on(job, None, usize::MAX, watch).map(|(run, parameters, _)| (run, parameters))
    }

    /// The run until so many steps are done, from where it stands or from its start.
    fn go_on(
        &mut self,
        job: &Job,
        from: Option<Checkpoint>,
        until: usize,
        watch: &Watch,
    ) -> Option<(Run, Parameters, Option<Checkpoint>)> {
        let begin = Instant::now();
        let (run, next) = match (job.task.problem(), from) {
            (Precise::F64(problem), from) => {
                let from = match from {
                    Some(Checkpoint::F64(from)) => from,
                    _ => train::Checkpoint::new(problem, job.draw(watch)?),
                };
                let (run, next) = self.f64.go_on(problem, from, until, watch);
                (run, next.map(Checkpoint::F64))
            }
            (Precise::F32(problem), from) => {
                let from = match from {
                    Some(Checkpoint::F32(from)) => from,
                    _ => train::Checkpoint::new(problem, job.draw(watch)?),
                };
                let (run, next) = self.f32.go_on(problem, from, until, watch);
                (run, next.map(Checkpoint::F32))
            }
        };
        let done = Run::of(job, &run, begin.elapsed());
        Some((done, run.parameters, next))
    }
}
