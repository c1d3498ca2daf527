//! Runs by the device, and by threads where there is no kernel.

use crate::adapter::{Adapter, Failed, locked};
use crate::group::{Group, Unfit};
use crate::part::{Means, Part};
use crate::peak;
use crate::plan::{Plan, Who};
use headstart::engine::watch::Watch;
use headstart::error::Error;
use headstart::executor::{Batch, Device, Each, Executor};
use headstart::task::Job;
use rayon::ThreadPoolBuilder;
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::ops::{ControlFlow, Range};
use std::sync::Mutex;

/// Jobs that are sorted into groups together, at most.
const TOGETHER: usize = 1 << 15;

/// Records of all jobs that are sorted together, at most: their traces are held until they are told.
const RECORDS: usize = 1 << 24;

/// Groups that are kept from one part of a batch to the next, at most: each has its samples on the device.
const GROUPS: usize = 256;

/// Widths of a network that are named.
const NAMED: usize = 8;

/// A GPU that does runs, and threads for what it has no kernel for.
#[derive(Debug)]
pub struct Gpu {
    means: Means,
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
        let means = Means { adapter, threads, pool, most: usize::MAX };
        Ok(Self { means, remarks: Mutex::default() })
    }

    /// The same, which trains no more than so many networks at once. Their bits do not depend on it.
    #[must_use]
    pub fn at_once(mut self, most: usize) -> Self {
        self.means.most = most.max(1);
        self
    }

    /// Why a job has no kernel here, in a sentence; none where it has one.
    pub fn refuses(&self, job: &Job<'_>) -> Option<String> {
        match Group::of(job, &self.means.adapter) {
            Err(Unfit::Kernel(why)) => Some(why),
            Err(Unfit::Failed(_)) | Ok(_) => None,
        }
    }

    /// Multiply-adds of float32 that the device does in a second, measured by a kernel that does nothing else.
    ///
    /// # Errors
    /// If the device fails.
    pub fn peak(&self) -> Result<f64, Error> {
        peak::measure(&self.means.adapter).map_err(|failed| self.means.error(failed))
    }

    /// The same, as if its lanes could tell one another numbers by subgroups of so many (0 for not at all), and shared so many bytes at the
    /// most: what devices differ in that kernels are made for.
    #[doc(hidden)]
    #[must_use]
    pub fn as_if(mut self, subgroup: usize, memory: usize) -> Self {
        let traits = &mut self.means.adapter.traits;
        // Those that promise nothing of subgroups promise nothing of NaN.
        (traits.subgroup, traits.memory, traits.keeps_nan) = (subgroup, memory, subgroup > 0);
        self
    }

    /// Gives the device back at once, whatever it does: what it was asked for fails.
    #[doc(hidden)]
    pub fn lose(&self) {
        self.means.adapter.device.destroy();
    }

    fn remark(&self, sentence: String) {
        let mut remarks = locked(&self.remarks);
        if remarks.1.insert(sentence.clone()) {
            remarks.0.push(sentence);
        }
    }

    /// Does some jobs of a batch, and says of how many; groups that are new are added.
    fn part<'a>(
        &self,
        batch: &Batch<'a>,
        range: Range<usize>,
        groups: &mut Vec<Group<'a>>,
        watch: &Watch,
        each: &mut Each<'_>,
    ) -> Result<(ControlFlow<()>, usize), Error> {
        let made: Vec<Result<Job<'a>, Error>> =
            self.means.pool.install(|| range.into_par_iter().map(|i| batch.job(i)).collect());
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
        let (plan, count) = self.plan(&jobs, groups, watch)?;
        if count < jobs.len() {
            // What is behind them is for the next part.
            jobs.truncate(count);
            end = Ok(());
        }
        let part = Part { means: &self.means, jobs: &jobs, groups, until: batch.steps(), watch };
        let flow = part.run(plan, each);
        // To give back what thousands of tasks have takes one thread longer than a GPU takes to train them.
        self.means.pool.install(|| jobs.into_par_iter().for_each(drop));
        let flow = flow?;
        if flow.is_continue() {
            end?;
        }
        Ok((flow, count))
    }

    /// Who does each of some jobs, and how many these are: no more than there is room for groups. Groups that are new are added.
    fn plan<'a>(&self, jobs: &[Job<'a>], groups: &mut Vec<Group<'a>>, watch: &Watch) -> Result<(Plan, usize), Error> {
        let mut plan = Plan::default();
        let mut latest = None;
        for (number, job) in jobs.iter().enumerate() {
            // Most jobs are like the one before.
            let known = latest.into_iter().chain(0..groups.len()).find(|group: &usize| groups[*group].has(job));
            let who = if let Some(group) = known {
                Who::Device(group)
            } else {
                if number > 0 && (groups.len() >= GROUPS || watch.is_stopped()) {
                    return Ok((plan, number));
                }
                let mut made = Group::of(job, &self.means.adapter);
                if number == 0 && !groups.is_empty() && matches!(made, Err(Unfit::Failed(Failed::Memory))) {
                    // What those before have is not needed any more.
                    groups.clear();
                    made = Group::of(job, &self.means.adapter);
                }
                match made {
                    Ok(group) => {
                        groups.push(group);
                        Who::Device(groups.len() - 1)
                    }
                    Err(Unfit::Kernel(why)) => {
                        self.remark(format!(
                            "--device gpu: {} is trained by the processor, in float32, as {why}",
                            named(job)
                        ));
                        Who::Threads
                    }
                    Err(Unfit::Failed(Failed::Memory)) if number > 0 => return Ok((plan, number)),
                    Err(Unfit::Failed(failed)) => return Err(self.means.error(failed)),
                }
            };
            if let Who::Device(group) = who {
                latest = Some(group);
            }
            plan.add(who, number);
        }
        Ok((plan, jobs.len()))
    }
}

/// The widths of a job's network, the first ones of many.
fn named(job: &Job<'_>) -> String {
    let widths = job.task.network().widths();
    let names: Vec<String> = widths.iter().take(NAMED).map(ToString::to_string).collect();
    let more = if widths.len() > NAMED { format!("-... ({} layers)", widths.len() - 1) } else { String::new() };
    format!("{}{more}", names.join("-"))
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
            if groups.len() >= GROUPS {
                groups.clear();
            }
            let (flow, did) = self.part(batch, from..from + count, &mut groups, watch, each)?;
            if flow.is_break() {
                return Ok(());
            }
            from += did;
        }
        Ok(())
    }

    fn is_own(&self) -> bool {
        true
    }

    fn device(&self) -> Option<&Device> {
        Some(&self.means.adapter.said)
    }

    fn remarks(&self) -> Vec<String> {
        std::mem::take(&mut locked(&self.remarks).0)
    }
}
