//! Runs by the device, and by threads where there is no kernel.

use crate::adapter::{Adapter, Failed, locked};
use crate::course::{Member, Room};
use crate::group::{Group, Unfit};
use crate::kernel::rule::Own;
use crate::pace::Pace;
use crate::peak;
use headstart::engine::train::Order;
use headstart::engine::watch::Watch;
use headstart::error::Error;
use headstart::executor::{Batch, Device, Each, Ended, Executor, Threads};
use headstart::run::Run;
use headstart::task::Job;
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Mutex;
use std::sync::mpsc::sync_channel;
use std::time::Instant;

/// Jobs that are sorted into groups together, at most.
const TOGETHER: usize = 1 << 15;

/// Records of all jobs that are sorted together, at most: their traces are held until they are told.
const RECORDS: usize = 1 << 24;

/// Numbers of starts that are drawn ahead of the device, at most.
const AHEAD: usize = 1 << 26;

/// Groups that are kept from one part of a batch to the next, at most: each has its samples on the device.
const GROUPS: usize = 64;

/// A GPU that does runs, and threads for what it has no kernel for.
#[derive(Debug)]
pub struct Gpu {
    adapter: Adapter,
    threads: usize,
    pool: ThreadPool,
    pace: Mutex<Pace>,
    /// Networks that are trained at once, at most.
    most: usize,
    /// Sentences that were not told yet, and those that were.
    remarks: Mutex<(Vec<String>, BTreeSet<String>)>,
}

impl Gpu {
    /// The GPU whose name has this in it, or the fastest one; so many threads draw starts, and do what it has no kernel for.
    ///
    /// # Errors
    /// If there is none, or its driver does not let us have it. Software that only computes as a GPU would has to be asked for by name.
    pub fn open(wanted: Option<&str>, threads: usize) -> Result<Self, Error> {
        let adapter = Adapter::open(wanted)?;
        let pool = ThreadPoolBuilder::new().num_threads(threads.max(1)).build();
        let pool = pool.map_err(|error| Error::Device(format!("no threads can be had: {error}")))?;
        Ok(Self { adapter, threads, pool, pace: Mutex::default(), most: usize::MAX, remarks: Mutex::default() })
    }

    /// The same, which trains no more than so many networks at once. Their bits do not depend on it.
    #[must_use]
    pub fn at_once(self, most: usize) -> Self {
        Self { most: most.max(1), ..self }
    }

    /// Why a job has no kernel here, in a sentence; none where it has one.
    pub fn refuses(&self, job: &Job<'_>) -> Option<String> {
        match Group::of(job, &self.adapter) {
            Err(Unfit::Kernel(why)) => Some(why),
            Err(Unfit::Failed(_)) | Ok(_) => None,
        }
    }

    /// Multiply-adds of float32 that the device does in a second, measured by a kernel that does nothing else.
    ///
    /// # Errors
    /// If the device fails.
    pub fn peak(&self) -> Result<f64, Error> {
        peak::measure(&self.adapter).map_err(|failed| self.error(failed))
    }

    /// The same, as if its lanes could tell one another numbers by subgroups of so many (0 for not at all), and shared so many bytes at the
    /// most: what devices differ in that kernels are made for.
    #[doc(hidden)]
    #[must_use]
    pub fn as_if(mut self, subgroup: usize, memory: usize) -> Self {
        (self.adapter.traits.subgroup, self.adapter.traits.memory) = (subgroup, memory);
        self
    }

    /// Gives the device back at once, whatever it does: what it was asked for fails.
    #[doc(hidden)]
    pub fn lose(&self) {
        self.adapter.device.destroy();
    }

    fn remark(&self, sentence: String) {
        let mut remarks = locked(&self.remarks);
        if remarks.1.insert(sentence.clone()) {
            remarks.0.push(sentence);
        }
    }

    /// Does some jobs of a batch: what became of each, as far as it got; and why not of all.
    fn part<'a>(
        &self,
        batch: &Batch<'a>,
        range: Range<usize>,
        groups: &mut Vec<Group<'a>>,
        watch: &Watch,
    ) -> (Vec<Option<Ended>>, Result<(), Error>) {
        let mut done: Vec<Option<Ended>> = vec![None; range.len()];
        let made: Vec<Result<Job<'a>, Error>> =
            self.pool.install(|| range.clone().into_par_iter().map(|i| batch.job(i)).collect());
        let (mut jobs, mut end) = (Vec::with_capacity(made.len()), Ok(()));
        for job in made {
            match job {
                Ok(job) => jobs.push(job),
                Err(error) => {
                    end = Err(error);
                    break;
                }
            }
        }
        let sorted = match self.sorted(&jobs, groups) {
            Ok(sorted) => sorted,
            Err(error) => return (done, Err(error)),
        };
        for (group, numbers) in &sorted.by_device {
            let did = self.group(&groups[*group], &jobs, numbers, batch.steps(), watch, &mut |number, run| {
                done[number] = Some(Ok(run));
            });
            if let Err(error) = did {
                return (done, Err(error));
            }
        }
        let numbers = &sorted.by_threads;
        let rest = Batch::new(numbers.len(), |i| jobs[numbers[i]].clone()).until(batch.steps());
        let mut at = numbers.iter();
        let did = Threads(self.threads).run(&rest, watch, &mut |ended| {
            if let Some(number) = at.next() {
                done[*number] = Some(ended);
            }
            std::ops::ControlFlow::Continue(())
        });
        (done, did.and(end))
    }

    /// Who does each of some jobs; groups that are new are added.
    fn sorted<'a>(&self, jobs: &[Job<'a>], groups: &mut Vec<Group<'a>>) -> Result<Sorted, Error> {
        let mut sorted = Sorted::default();
        let mut refused: Vec<(&Job<'a>, String)> = Vec::new();
        for (number, job) in jobs.iter().enumerate() {
            // Most jobs are like the one before.
            let latest = sorted.by_device.last().map(|(group, _)| *group);
            let known = latest.into_iter().chain(0..groups.len()).find(|group| groups[*group].has(job));
            let group = if let Some(group) = known {
                group
            } else {
                match Group::of(job, &self.adapter) {
                    Ok(group) => {
                        groups.push(group);
                        groups.len() - 1
                    }
                    Err(Unfit::Kernel(why)) => {
                        refused.push((job, why));
                        sorted.by_threads.push(number);
                        continue;
                    }
                    Err(Unfit::Failed(failed)) => return Err(self.error(failed)),
                }
            };
            match sorted.by_device.iter_mut().rev().find(|(other, _)| *other == group) {
                Some((_, numbers)) => numbers.push(number),
                None => sorted.by_device.push((group, vec![number])),
            }
        }
        for (job, why) in refused {
            let widths = job.task.network().widths().iter().map(ToString::to_string).collect::<Vec<_>>().join("-");
            self.remark(format!("--device gpu: {widths} is trained by the processor, as {why}"));
        }
        Ok(sorted)
    }

    /// Does jobs of one group, as many at once as there is room for; starts of the next ones are drawn meanwhile.
    fn group(
        &self,
        group: &Group<'_>,
        jobs: &[Job<'_>],
        numbers: &[usize],
        until: usize,
        watch: &Watch,
        each: &mut dyn FnMut(usize, Run),
    ) -> Result<(), Error> {
        let begin = Instant::now();
        let parameters = group.problem().network().parameter_count();
        let mut most =
            Room::most(&self.adapter, group, until).min(self.most).min(numbers.len()).min((AHEAD / parameters).max(1));
        let room = loop {
            match Room::new(&self.adapter, group, &self.pace, (most, until)) {
                Err(Failed::Memory) if most > 1 => most = most.div_ceil(2),
                Err(failed) => return Err(self.error(failed)),
                Ok(room) => break room,
            }
        };
        std::thread::scope(|scope| {
            let (drawn, next) = sync_channel(1);
            scope.spawn(move || {
                for some in numbers.chunks(most) {
                    let draw = |number: &usize| member(&jobs[*number], watch);
                    let members: Option<Vec<Member>> = self.pool.install(|| some.par_iter().map(draw).collect());
                    // Stopped, or nobody waits for it any more.
                    let Some(members) = members else { return };
                    if drawn.send(members).is_err() {
                        return;
                    }
                }
            });
            for some in numbers.chunks(most) {
                let Ok(mut members) = next.recv() else { break };
                let runs =
                    self.pool.install(|| room.train(&mut members, watch)).map_err(|failed| self.error(failed))?;
                let Some(runs) = runs else { break };
                let took = begin.elapsed();
                let told = |(number, run): (&usize, _)| Run::of(&jobs[*number], &run, took);
                let runs: Vec<Run> = self.pool.install(|| some.par_iter().zip(runs).map(told).collect());
                some.iter().zip(runs).for_each(|(number, run)| each(*number, run));
            }
            Ok(())
        })
    }

    fn error(&self, failed: Failed) -> Error {
        Error::Device(match failed {
            Failed::Memory => format!("the GPU {} has no memory left for a single network", self.adapter.said.name),
            Failed::Device(why) => {
                format!("{why}; what was done by then is kept, and a study goes on where it is begun again")
            }
        })
    }
}

/// Who does which of some jobs.
#[derive(Default)]
struct Sorted {
    /// Groups, and the numbers of their jobs.
    by_device: Vec<(usize, Vec<usize>)>,
    by_threads: Vec<usize>,
}

/// Where a job starts; none where it was stopped.
fn member(job: &Job<'_>, watch: &Watch) -> Option<Member> {
    let problem = job.task.float32()?;
    let start = job.draw(watch)?;
    let first = start.parameters.flat().map(|x| x as f32).collect();
    let order = Order::new(problem.trained_rows().count, problem.training(), start.stream);
    let training = problem.training();
    let mut factors = Vec::new();
    if training.has_factors() {
        factors.resize(problem.network().parameter_count(), 1.0);
        for (l, layer) in problem.network().layers().enumerate() {
            let [of_weights, of_biases] = training.factors(l);
            factors[layer.weights].fill(of_weights as f32);
            factors[layer.biases].fill(of_biases as f32);
        }
    }
    Some(Member { first, order, own: Own::of(training), factors })
}

impl Executor for Gpu {
    fn run(&self, batch: &Batch<'_>, watch: &Watch, each: &mut Each<'_>) -> Result<(), Error> {
        let mut groups = Vec::new();
        let mut from = 0;
        while from < batch.len() && !watch.is_stopped() {
            let first = batch.job(from)?;
            let training = first.task.training();
            let records = training.steps.min(batch.steps()).div_ceil(training.record_every) + 1;
            let count = TOGETHER.min((RECORDS / records).max(1)).min(batch.len() - from);
            if groups.len() > GROUPS {
                groups.clear();
            }
            let (done, end) = self.part(batch, from..from + count, &mut groups, watch);
            // In their order, until one is missing.
            for ended in done.into_iter().map_while(|ended| ended) {
                if each(ended).is_break() {
                    return Ok(());
                }
            }
            end?;
            from += count;
        }
        Ok(())
    }

    fn is_own(&self) -> bool {
        true
    }

    fn device(&self) -> Option<&Device> {
        Some(&self.adapter.said)
    }

    fn remarks(&self) -> Vec<String> {
        std::mem::take(&mut locked(&self.remarks).0)
    }
}
