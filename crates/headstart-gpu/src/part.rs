//! Some jobs of a batch: done chunk by chunk, and told in their order.

use crate::adapter::{Adapter, Failed, locked};
use crate::course::{Member, Room};
use crate::group::Group;
use crate::kernel::rule::Own;
use crate::plan::{Chunk, Plan, Who};
use headstart::engine::train::Order;
use headstart::engine::watch::Watch;
use headstart::error::Error;
use headstart::executor::{Batch, Each, Ended, Executor, Threads};
use headstart::run::Run;
use headstart::task::Job;
use rayon::ThreadPool;
use rayon::prelude::*;
use std::ops::ControlFlow;
use std::panic::resume_unwind;
use std::time::Instant;

/// Numbers of starts that are drawn ahead of the device, at most.
const AHEAD: usize = 1 << 26;

/// What is trained together takes about so many seconds: what is done is told that often, and no more is lost where it is stopped.
const TOGETHER: f64 = 0.5;

/// Networks that are trained together at least, where there are as many: fewer do not fill a GPU, and software has a few threads.
const FILL: usize = 4096;
const FILL_SOFTWARE: usize = 8;

/// What trains.
#[derive(Debug)]
pub(crate) struct Means {
    pub adapter: Adapter,
    pub threads: usize,
    pub pool: ThreadPool,
    /// Networks that are trained at once, at most.
    pub most: usize,
}

impl Means {
    pub fn error(&self, failed: Failed) -> Error {
        Error::Device(match failed {
            Failed::Memory => format!("the GPU {} has no memory left for a single network", self.adapter.said.name),
            Failed::Device(why) => {
                format!("{why}; what was done by then is kept, and a study goes on where it is begun again")
            }
        })
    }
}

/// Jobs, and what trains them.
pub(crate) struct Part<'p, 'a> {
    pub means: &'p Means,
    pub jobs: &'p [Job<'a>],
    pub groups: &'p [Group<'a>],
    /// Steps that are done at the most.
    pub until: usize,
    pub watch: &'p Watch,
}

/// Networks of a group that are trained next, and where they start.
type Drawn = (Chunk, Vec<Member>);

impl<'p> Part<'p, '_> {
    /// Does what is planned, until it is stopped.
    pub fn run(&self, mut plan: Plan, each: &mut Each<'_>) -> Result<ControlFlow<()>, Error> {
        let mut line = Line { ended: vec![None; self.jobs.len()], told: 0, is_cut: false, each };
        let mut room = None;
        let mut next = plan.next(|who| self.most(who, 0)).and_then(|chunk| self.draw(&plan, chunk));
        while let Some((chunk, members)) = next.take() {
            let begun = plan.jobs(&chunk).len() as u64 * self.steps(chunk.who);
            let following = plan.next(|who| self.most(who, begun));
            let plan = &plan;
            let did = std::thread::scope(|scope| {
                // Meanwhile the starts of those that follow are drawn.
                let drawing = scope.spawn(move || following.and_then(|chunk| self.draw(plan, chunk)));
                let did = match chunk.who {
                    Who::Device(group) => self.train(group, plan.jobs(&chunk), members, &mut room, &mut line),
                    Who::Threads => self.by_threads(plan.jobs(&chunk), &mut line),
                };
                next = drawing.join().unwrap_or_else(|panic| resume_unwind(panic));
                did
            });
            did?;
            if line.is_cut {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Steps of a job, if it does not diverge.
    fn steps(&self, who: Who) -> u64 {
        match who {
            Who::Device(group) => self.until.min(self.groups[group].problem().training().steps).max(1) as u64,
            Who::Threads => 0,
        }
    }

    /// Jobs that are done together, at most, where so many steps are begun and not yet counted.
    fn most(&self, who: Who, begun: u64) -> usize {
        let Means { adapter, threads, most, .. } = self.means;
        let steps = self.steps(who);
        let Who::Device(group) = who else { return 8 * threads };
        let group = &self.groups[group];
        let in_time = locked(&group.pace).work(TOGETHER) / (group.step_work() * steps as f64);
        // Not to be told for some seconds is the most that filling a GPU is worth.
        let fill = if adapter.traits.is_software {
            FILL_SOFTWARE
        } else {
            (8.0 * in_time).clamp(FILL as f64 / 8.0, FILL as f64) as usize
        };
        // Of a budget of steps no more than is left of it.
        let left = (self.watch.left().saturating_sub(begun) / steps).max(1);
        (in_time as usize)
            .max(fill)
            .min(usize::try_from(left).unwrap_or(usize::MAX))
            .min(Room::most(adapter, group, self.until))
            .min((AHEAD / group.problem().network().parameter_count()).max(1))
            .min(*most)
    }

    /// Where jobs of a chunk start; none where it was stopped.
    fn draw(&self, plan: &Plan, chunk: Chunk) -> Option<Drawn> {
        let draw = |number: &usize| member(&self.jobs[*number], self.watch);
        let members = match chunk.who {
            Who::Device(_) => {
                self.means.pool.install(|| plan.jobs(&chunk).par_iter().map(draw).collect::<Option<_>>())?
            }
            Who::Threads => Vec::new(),
        };
        (!self.watch.is_stopped()).then_some((chunk, members))
    }

    /// Trains networks of a group, as many at once as there is room for.
    fn train(
        &self,
        group: usize,
        numbers: &[usize],
        mut members: Vec<Member>,
        room: &mut Option<(usize, Room<'p>)>,
        line: &mut Line<'_, '_>,
    ) -> Result<(), Error> {
        let Means { adapter, pool, .. } = self.means;
        let failed = |failed| self.means.error(failed);
        if room.as_ref().is_some_and(|(of, room)| *of != group || room.capacity() < numbers.len()) {
            // What it takes is there for the next one.
            *room = None;
        }
        let mut most = numbers.len();
        let room = loop {
            if let Some((_, room)) = room {
                break room;
            }
            match Room::new(adapter, &self.groups[group], (most, self.until)) {
                Err(Failed::Memory) if most > 1 => most = most.div_ceil(2),
                Err(why) => return Err(failed(why)),
                Ok(new) => *room = Some((group, new)),
            }
        };
        let at_once = room.capacity();
        for (some, members) in numbers.chunks(at_once).zip(members.chunks_mut(at_once)) {
            let begin = Instant::now();
            let Some(runs) = pool.install(|| room.train(members, self.watch)).map_err(failed)? else { break };
            // Each has its share of the time.
            let took = begin.elapsed() / some.len() as u32;
            let told = |(number, run): (&usize, _)| Run::of(&self.jobs[*number], &run, took);
            let runs: Vec<Run> = pool.install(|| some.par_iter().zip(runs).map(told).collect());
            if some.iter().zip(runs).any(|(number, run)| line.add(*number, Ok(run)).is_break()) {
                break;
            }
        }
        Ok(())
    }

    fn by_threads(&self, numbers: &[usize], line: &mut Line<'_, '_>) -> Result<(), Error> {
        let some = Batch::new(numbers.len(), |i| self.jobs[numbers[i]].clone()).until(self.until);
        let mut at = numbers.iter();
        Threads(self.means.threads).run(&some, self.watch, &mut |ended| match at.next() {
            Some(number) => line.add(*number, ended),
            None => ControlFlow::Break(()),
        })
    }
}

/// Jobs that ended, and are told one after the other.
struct Line<'e, 'f> {
    ended: Vec<Option<Ended>>,
    /// So many are told.
    told: usize,
    /// Whether no more shall be.
    is_cut: bool,
    each: &'e mut Each<'f>,
}

impl Line<'_, '_> {
    /// How a job ended: it is told with those behind it, once all before it are.
    fn add(&mut self, number: usize, ended: Ended) -> ControlFlow<()> {
        self.ended[number] = Some(ended);
        while let Some(ended) = self.ended.get_mut(self.told).and_then(Option::take) {
            self.told += 1;
            if (self.each)(ended).is_break() {
                self.is_cut = true;
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    }
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
