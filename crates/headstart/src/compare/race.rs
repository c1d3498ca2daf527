//! Comparisons that find out by themselves how many seeds they need.
//!
//! All initializations begin with the same 20 seeds; each further round doubles the seeds of those that may still be
//! the best. After a round each pair of them is compared by the means of the figure that is judged, over the seeds that
//! both have: a t test of the paired differences, Holm's correction for all pairs, and at look `k` the level
//! `0.05 / (k (k + 1))`, so that all looks together err in at most 5%. Who is worse than the leader by that is out. It is settled
//! when nobody but the leader is left, or when all that are left are as good as equal to the leader: the 95% interval
//! of the mean difference lies within half a point of accuracy, or 1% of the leader's mean loss.
//!
//! A start that fails in one seed of fifty looks perfect in twenty. So each test and each end of an interval is of the
//! differences that were seen and one more, which goes against the conclusion as far as accuracies can: 1. Losses have
//! no such bound, and nothing is added to them.

mod entrants;
mod sentences;
mod settled;

pub use settled::{End, Gap, Settled, Standing};

use crate::budget::Budget;
use crate::data::Kind;
use crate::error::Error;
use crate::executor::Batch;
use crate::host::Host;
use crate::run::Run;
use crate::task::Task;
use entrants::Race;
use std::ops::{ControlFlow, Range};
use std::time::Instant;

/// Goes on until the order of the best initializations of a task is settled, the budget is spent, or there are no more
/// seeds: 10,240 where the task leaves their number open ([`crate::spec::Seeds::Auto`]), else as many as it says.
///
/// `each` sees the runs seed by seed; every round is a stage. The result is the same whatever the number of
/// threads, also with a budget of steps: then the last run is the one that spends it. When the budget is spent, the
/// host's watch is stopped.
///
/// # Errors
/// If there are not at least two different initializations, or the executor fails.
pub fn race(task: &Task, budget: Option<Budget>, host: &Host<'_>, mut each: impl FnMut(Run)) -> Result<Settled, Error> {
    let mut race = Race::new(task.spec.init.seeds.most(), matches!(task.dataset.kind, Kind::Classes(_)));
    // The same one twice would never be settled.
    let mut inits: Vec<usize> = Vec::new();
    for (i, init) in task.inits().iter().enumerate() {
        if race.entrants.iter().all(|entrant| entrant.init != init.name) {
            race.enter(&init.name);
            inits.push(i);
        }
    }
    if inits.len() < 2 {
        return Err(Error::Usage(format!(
            "--init {}: to be settled, a comparison needs at least two different initializations",
            task.spec.init.init
        )));
    }
    let figure = figure(race.classify, task.dataset.test.is_some());
    let mut ended = 0;
    let mut purse = Purse::new(budget);
    let (end, is_late) = Budget::spend(purse.time(), host.watch(), || {
        loop {
            let (left, seeds) = (race.left.clone(), race.next_round());
            let steps = (left.len() as u64 * seeds.len() as u64).saturating_mul(task.steps() as u64);
            host.begin(&format!("{} inits, seeds {} to {}: ", left.len(), seeds.start + 1, seeds.end), steps);
            let of_left: Vec<usize> = left.iter().map(|&entrant| inits[entrant]).collect();
            let done = run_seeds(task, &of_left, seeds, &mut purse, host, |i, run, is_in_order| {
                if is_in_order {
                    race.add(left[i], &run);
                }
                ended += usize::from(run.status != "stopped");
                each(run);
            })?;
            let end = match done {
                // Spent on the very last run: it may be settled by that.
                Done::All => race.look().or_else(|| purse.is_empty().then_some(End::Budget)),
                Done::Spent => Some(End::Budget),
                Done::Stopped => return Ok(None),
            };
            host.show(|| race.standings(figure));
            if end.is_some() {
                return Ok::<_, Error>(end);
            }
        }
    });
    let because = end?.unwrap_or(if is_late { End::Budget } else { End::Interrupted });
    if let (End::Budget, Some(budget)) = (because, budget) {
        let budget = budget.in_words();
        host.warn(&format!("the budget of {budget} is spent; the results are those of {ended} runs, seed by seed"));
    }
    Ok(race.end(because, budget, purse.spent, figure))
}

/// What is judged: of classes or of a regression, on a test set or without one.
pub(super) fn figure(classify: bool, is_tested: bool) -> &'static str {
    match (classify, is_tested) {
        (true, true) => "test accuracy",
        (true, false) => "training accuracy",
        (false, true) => "test loss",
        (false, false) => "training loss",
    }
}

/// Does all that a task asks for, seed by seed, until the budget is spent: what there is then is of the same seeds of
/// all initializations, but for the last seed. Tells whether it was spent before all was done; the watch is then
/// stopped.
///
/// With a budget of steps the last run is the one that spends it, whatever the number of threads.
///
/// # Errors
/// If the executor fails.
pub fn within(task: &Task, budget: Budget, host: &Host<'_>, mut each: impl FnMut(Run)) -> Result<bool, Error> {
    let all = (task.runs() as u64).saturating_mul(task.steps() as u64);
    let steps = if let Budget::Steps(steps) = budget { all.min(steps) } else { all };
    host.begin_within("", steps, Some(budget));
    let mut purse = Purse::new(Some(budget));
    let inits: Vec<usize> = (0..task.inits().len()).collect();
    let seeds = 0..task.spec.init.seeds.most();
    let mut ended = 0;
    let (done, is_late) = Budget::spend(purse.time(), host.watch(), || {
        run_seeds(task, &inits, seeds, &mut purse, host, |_, run, _| {
            ended += usize::from(run.status != "stopped");
            each(run);
        })
    });
    let done = done?;
    let is_spent = done == Done::Spent || (is_late && done == Done::Stopped);
    if is_spent {
        let of = format!("{ended} of {}", task.runs());
        host.warn(&format!(
            "the budget of {} is spent; the results are those of {of} runs, seed by seed",
            budget.in_words()
        ));
    }
    Ok(is_spent)
}

/// What is left of a budget. Steps are counted of runs in order: what other threads did meanwhile does not count.
struct Purse {
    budget: Option<Budget>,
    begin: Instant,
    spent: u64,
}

impl Purse {
    fn new(budget: Option<Budget>) -> Self {
        Self { budget, begin: Instant::now(), spent: 0 }
    }

    fn time(&self) -> Option<Budget> {
        self.budget.filter(|budget| matches!(budget, Budget::Time(_)))
    }

    fn is_empty(&self) -> bool {
        self.budget.is_some_and(|budget| match budget {
            Budget::Steps(steps) => self.spent >= steps,
            Budget::Time(time) => self.begin.elapsed() >= time,
        })
    }
}

/// How far some runs came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Done {
    All,
    Spent,
    Stopped,
}

/// Runs some seeds of some initializations, seed by seed. `each` sees the place of the run's initialization among them,
/// the run, and whether it and all before it ran to their end.
fn run_seeds(
    task: &Task,
    inits: &[usize],
    seeds: Range<usize>,
    purse: &mut Purse,
    host: &Host<'_>,
    mut each: impl FnMut(usize, Run, bool),
) -> Result<Done, Error> {
    let runs = seeds.len().saturating_mul(inits.len());
    let (mut seen, mut is_in_order, mut is_spent) = (0, true, false);
    let job = |i: usize| task.job_of(inits[i % inits.len()], seeds.start + i / inits.len());
    host.run_until(&Batch::new(runs, job), |run| {
        is_in_order &= run.status != "stopped";
        purse.spent += run.steps as u64;
        each(seen % inits.len(), run, is_in_order);
        seen += 1;
        if purse.is_empty() && seen < runs {
            // Nobody waits for what the other threads are doing.
            host.watch().stop();
            is_spent = true;
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    })?;
    Ok(match (is_spent, seen == runs && is_in_order) {
        (true, _) => Done::Spent,
        (false, true) => Done::All,
        (false, false) => Done::Stopped,
    })
}

#[cfg(test)]
mod tests;
