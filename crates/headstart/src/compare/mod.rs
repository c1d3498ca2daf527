//! Initializations side by side: what many seeds of each say.

use crate::error::Error;
use crate::events::{self, Partial};
use crate::executor::Batch;
use crate::host::Host;
use crate::run::{ClassFigures, Figures, Run};
use crate::spec::Seeds;
use crate::stats::interval::{NoInterval, of_mean, wilson};
use crate::stats::survival::{Survival, kaplan_meier};
use crate::stats::{deviation, mean, median};
use crate::task::{NamedInit, Task};
use serde::Serialize;
use std::time::Duration;

pub mod difference;
pub mod race;

pub use difference::{Difference, differences};
use race::Settled;

/// Initializations side by side.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// One for each initialization, best first.
    pub cells: Vec<Cell>,
    /// What separates them, those of the best one first.
    pub differences: Vec<Difference>,
    /// How a comparison ended that went on until it was settled; none of any other.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settled: Option<Settled>,
}

/// Seeds of each initialization where nobody says how many, and they are cheap: so many as a difference takes to stand that is
/// there in four seeds of five.
const USUAL_SEEDS: usize = 20;

/// Multiplications that are cheap: some seconds of one core.
const CHEAP: f64 = 5e10;

/// The task with 20 seeds of each if all of its runs are cheap then, and as it is otherwise. What is cheap is the same on every
/// machine.
///
/// # Errors
/// As [`Task::vary`].
pub fn with_usual_seeds(task: Task) -> Result<Task, Error> {
    let mut spec = task.spec.clone();
    spec.init.seeds = Seeds::Count(USUAL_SEEDS);
    if multiplications(&task) * USUAL_SEEDS as f64 <= CHEAP { task.vary(spec) } else { Ok(task) }
}

/// About how many multiplications a run of each initialization takes: forwards, backwards and for the gradient.
fn multiplications(task: &Task) -> f64 {
    let training = task.training();
    let samples = training.batch.unwrap_or_else(|| task.dataset.train.y.len());
    let of_step = 3.0 * task.network().products() as f64 * samples as f64;
    of_step * training.steps as f64 * task.inits().len() as f64
}

/// How many seeds there were where nobody said how many, and what they took.
pub fn usual_seeds_in_words(task: &Task, took: Duration) -> String {
    let took = format!("{:.1} s", took.as_secs_f64());
    match task.spec.init.seeds {
        Seeds::Count(1) => format!(
            "1 seed of each, as nobody said how many (--seeds), which says little; it took {took}, {USUAL_SEEDS} take \
             {USUAL_SEEDS} times as long"
        ),
        seeds => format!("{seeds} seeds of each, as nobody said how many (--seeds); they took {took}"),
    }
}

/// Records of traces that are held until all runs are done, some hundred megabytes of them.
const HELD: usize = 1 << 23;

/// Does all runs of a task, each initialization's first seed before any one's second, so that what there is when it is stopped can be
/// compared. `each` sees them at the end, in the order of the task, with traces or without. Where traces would not fit, one initialization
/// is done after the other, and `each` sees every run when it ends.
///
/// # Errors
/// If the executor fails.
pub fn run(task: &Task, keep_traces: bool, host: &Host<'_>, mut each: impl FnMut(Run)) -> Result<(), Error> {
    host.begin("", (task.runs() as u64).saturating_mul(task.steps() as u64));
    let training = task.training();
    let records = training.steps.div_ceil(training.record_every.max(1)) * usize::from(keep_traces);
    if task.runs().saturating_mul(records) > HELD {
        return host.run(&Batch::of(task), each);
    }
    let (inits, seeds) = (task.inits().len(), task.spec.init.seeds.most());
    let mut runs: Vec<Vec<Run>> = vec![Vec::new(); inits];
    let mut begun = 0;
    let batch = Batch::new(task.runs(), |i| task.job_of(i % inits, i / inits));
    host.run(&batch, |mut run| {
        if !keep_traces {
            run.trace = Vec::new();
        }
        runs[begun % inits].push(run);
        begun += 1;
        if begun % inits == 0 {
            host.show(|| standings(task, &runs));
        }
    })?;
    debug_assert!(runs.iter().all(|runs| runs.len() <= seeds));
    runs.into_iter().flatten().for_each(&mut each);
    Ok(())
}

/// How the initializations of a task do so far.
fn standings<'a>(task: &Task, runs: &[Vec<Run>]) -> Partial<'a> {
    let figure = race::figure(task.target().is_some(), task.dataset.test.is_some());
    let is_accuracy = figure.ends_with("accuracy");
    let standing = |(init, runs): (&NamedInit, &Vec<Run>)| {
        let figures =
            runs.iter().map(Run::judged).filter_map(|of| if is_accuracy { of.accuracy } else { Some(of.loss) });
        let figures: Vec<f64> = figures.filter(|figure| figure.is_finite()).collect();
        let mean = (!figures.is_empty()).then(|| mean(&figures));
        events::Standing { init: init.name.to_string(), runs: runs.len(), mean, is_out: false }
    };
    let mut starts: Vec<events::Standing> = task.inits().iter().zip(runs).map(standing).collect();
    let sign = if is_accuracy { -1.0 } else { 1.0 };
    starts.sort_by(|a, b| {
        let key = |standing: &events::Standing| standing.mean.map_or(f64::INFINITY, |mean| sign * mean);
        key(a).total_cmp(&key(b))
    });
    Partial::Standings { figure, starts }
}

/// Compares the initializations of many runs: see [`cells`] and [`differences`].
pub fn compare(runs: &[Run], target: Option<f64>) -> Comparison {
    let cells = cells(runs, target);
    let differences = differences(&cells, runs);
    Comparison { cells, differences, settled: None }
}

/// The same of the runs of a [`race::race`], in the order that it found: who is out has fewer seeds, and what they happen
/// to say comes after those that are left.
pub fn compare_settled(runs: &[Run], target: Option<f64>, settled: Settled) -> Comparison {
    let mut cells = cells(runs, target);
    cells.sort_by_key(|cell| settled.inits.iter().position(|standing| *standing.init == *cell.init));
    let differences = differences(&cells, runs);
    Comparison { cells, differences, settled: Some(settled) }
}

/// All runs of one initialization, in figures.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cell {
    /// The initialization, in the grammar.
    pub init: String,
    /// How many runs there are.
    pub runs: usize,
    /// How many of them diverged. They have no figures, but count as runs that did not reach the target.
    pub diverged: usize,
    /// On the training set, over the runs that have figures; none if no run has any.
    pub train: Option<Summary>,
    /// On the test set, likewise.
    pub test: Option<Summary>,
    /// R^2 in regression, the mean over the targets: on the test set, or on the training set without one. The worst is the
    /// smallest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub r2: Option<Statistics>,
    /// How many runs reached the target; none in regression.
    pub reached: Option<Reached>,
}

/// Loss and accuracy of several runs on one set of samples.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// The final losses; the worst is the largest.
    pub loss: Statistics,
    /// The final accuracies; the worst is the smallest. None in regression.
    pub accuracy: Option<Statistics>,
    /// The mean of the balanced accuracies (see [`crate::run::ClassFigures`]). None in regression.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub balanced_accuracy: Option<f64>,
    /// The mean of the F1 scores, over the runs that have one. None of more than two classes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub f1: Option<f64>,
    /// The mean of the areas under the ROC curve. None of more than two classes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auc: Option<f64>,
}

/// A figure over several seeds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Statistics {
    /// The arithmetic mean.
    pub mean: f64,
    /// Where the mean over all seeds lies: see [`of_mean`].
    pub interval: Option<[f64; 2]>,
    /// Why there is no interval, if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_interval: Option<NoInterval>,
    /// The sample standard deviation (divided by n - 1); none of a single run.
    pub sd: Option<f64>,
    /// The figure in the middle.
    pub median: f64,
    /// The worst figure.
    pub worst: f64,
    /// The seed that has it; the first of several.
    pub worst_seed: u64,
}

/// How often an accuracy was reached.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reached {
    /// The accuracy, on the test set or, without one, on the training set.
    pub target: f64,
    /// The number of runs that ended at or above it.
    pub count: usize,
    /// Their share of all runs, those that diverged included.
    pub share: f64,
    /// Where that share lies over all seeds (Wilson's interval).
    pub interval: [f64; 2],
    /// The steps until it was first reached, over all runs. Those that never got there were watched until their last step,
    /// those that diverged until the last step there would have been: they will not get there either.
    pub steps: Survival,
}

/// One cell per initialization, best first: by the accuracy that is judged (test, or training without a test set), a
/// run that diverged counting as 0, then by the final training loss; in regression by the loss that is judged, cells
/// with runs that diverged last. Runs of one initialization need not stand together; stopped runs do not count.
pub fn cells(runs: &[Run], target: Option<f64>) -> Vec<Cell> {
    let mut names: Vec<&str> = Vec::new();
    for run in runs {
        if !names.contains(&&*run.init) {
            names.push(&run.init);
        }
    }
    let of = |name: &str| runs.iter().filter(|run| &*run.init == name && run.status != "stopped").collect::<Vec<_>>();
    let cells = names.iter().map(|name| cell(name, &of(name), target)).filter(|cell| cell.runs > 0);
    let mut cells: Vec<Cell> = cells.collect();
    cells.sort_by(|a, b| a.rank().partial_cmp(&b.rank()).unwrap_or(std::cmp::Ordering::Equal));
    cells
}

/// Of the runs of one initialization; there is no target in regression.
fn cell(name: &str, runs: &[&Run], target: Option<f64>) -> Cell {
    let finished: Vec<&Run> = runs.iter().copied().filter(|run| run.is_finished()).collect();
    let last = runs.iter().map(|run| run.steps).max().unwrap_or(0);
    let reached = |target: f64| {
        let reaches = |run: &&&Run| run.judged().accuracy.is_some_and(|accuracy| accuracy >= target);
        let count = finished.iter().filter(reaches).count();
        Reached {
            target,
            count,
            share: count as f64 / runs.len().max(1) as f64,
            interval: wilson(count, runs.len()),
            steps: kaplan_meier(&runs.iter().map(|run| time_to_target(run, last)).collect::<Vec<_>>()),
        }
    };
    let r2 = |run: &&Run| Some((run.seed, run.targets.as_ref()?.r2()?));
    let r2: Vec<(u64, f64)> = finished.iter().filter_map(r2).collect();
    Cell {
        init: name.to_owned(),
        runs: runs.len(),
        diverged: runs.len() - finished.len(),
        train: summary(finished.iter().map(|run| (run.seed, run.train))),
        test: summary(finished.iter().filter_map(|run| Some((run.seed, run.test?)))),
        r2: statistics(&r2, [f64::NEG_INFINITY, 1.0], |a, b| a < b),
        reached: target.map(reached),
    }
}

/// When a run reached the target, or until when it was seen not to.
fn time_to_target(run: &Run, last: usize) -> (f64, bool) {
    match run.reached {
        Some(step) => (step as f64, true),
        None => (if run.is_finished() { run.steps } else { last } as f64, false),
    }
}

impl Cell {
    /// On the test set, or on the training set where there is no test set.
    pub fn judged(&self) -> Option<Summary> {
        self.test.or(self.train)
    }

    /// Smaller is better.
    fn rank(&self) -> (f64, f64) {
        let Some(judged) = self.judged() else {
            return (f64::INFINITY, f64::INFINITY);
        };
        let loss = self.train.map_or(f64::INFINITY, |train| train.loss.mean);
        match judged.accuracy {
            Some(accuracy) => (-accuracy.mean * (self.runs - self.diverged) as f64 / self.runs as f64, loss),
            None if self.diverged > 0 => (f64::MAX, judged.loss.mean),
            None => (judged.loss.mean, loss),
        }
    }
}

fn summary(figures: impl Iterator<Item = (u64, Figures)>) -> Option<Summary> {
    let figures: Vec<(u64, Figures)> = figures.collect();
    let losses: Vec<(u64, f64)> = figures.iter().map(|(seed, figures)| (*seed, figures.loss)).collect();
    let accuracies: Vec<(u64, f64)> =
        figures.iter().filter_map(|(seed, figures)| Some((*seed, figures.accuracy?))).collect();
    let mean_of = |figure: fn(ClassFigures) -> Option<f64>| {
        let of_runs: Vec<f64> = figures.iter().filter_map(|(_, figures)| figure(figures.classes?)).collect();
        (!of_runs.is_empty()).then(|| mean(&of_runs))
    };
    Some(Summary {
        loss: statistics(&losses, [0.0, f64::INFINITY], |a, b| a > b)?,
        accuracy: statistics(&accuracies, [0.0, 1.0], |a, b| a < b),
        balanced_accuracy: mean_of(|classes| Some(classes.balanced_accuracy)),
        f1: mean_of(|classes| classes.f1),
        auc: mean_of(|classes| classes.auc),
    })
}

/// Of figures that are never outside of a range, nor are their means.
fn statistics(
    figures: &[(u64, f64)],
    [least, most]: [f64; 2],
    is_worse: impl Fn(f64, f64) -> bool,
) -> Option<Statistics> {
    let (worst_seed, worst) = figures.iter().copied().reduce(|a, b| if is_worse(b.1, a.1) { b } else { a })?;
    let x: Vec<f64> = figures.iter().map(|(_, x)| *x).collect();
    let (mean, sd, median) = (mean(&x), deviation(&x), median(&x)?);
    let (interval, no_interval) = match of_mean(&x) {
        Ok(interval) => (Some(interval.map(|end| end.clamp(least, most))), None),
        Err(why) => (None, Some(why)),
    };
    Some(Statistics { mean, interval, no_interval, sd, median, worst, worst_seed })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(init: &str, seed: u64, figures: Option<(f64, f64)>) -> Run {
        let figures = figures.map(|(loss, accuracy)| Figures { loss, accuracy: Some(accuracy), classes: None });
        let none = Figures { loss: f64::NAN, accuracy: None, classes: None };
        Run {
            case: None,
            init: init.into(),
            seed,
            status: if figures.is_some() { "finished" } else { "diverged" },
            step: None,
            train: figures.unwrap_or(none),
            test: None,
            targets: None,
            trace: Vec::new(),
            steps: 10,
            best: None,
            reached: None,
            seconds: 0.0,
        }
    }

    #[test]
    fn the_best_comes_first_and_divergence_counts_against_it() {
        let runs = [
            run("a", 1, Some((0.5, 0.8))),
            run("b", 1, Some((0.1, 1.0))),
            run("c", 1, Some((0.2, 0.9))),
            run("a", 2, Some((0.3, 0.6))),
            run("b", 2, None),
            run("c", 2, Some((0.2, 0.94))),
        ];
        let cells = cells(&runs, Some(0.9));
        let names: Vec<&str> = cells.iter().map(|cell| cell.init.as_str()).collect();
        assert_eq!(names, ["c", "a", "b"]);
        let reached = cells[0].reached.as_ref().unwrap();
        assert_eq!((reached.target, reached.count, reached.share, reached.interval), (0.9, 2, 1.0, wilson(2, 2)));
        assert_eq!((cells[2].diverged, cells[2].reached.as_ref().unwrap().share), (1, 0.5));
        let accuracy = cells[1].train.unwrap().accuracy.unwrap();
        assert!((accuracy.mean - 0.7).abs() < 1e-15 && (accuracy.sd.unwrap() - 0.02_f64.sqrt()).abs() < 1e-15);
        assert_eq!((accuracy.worst, accuracy.worst_seed), (0.6, 2));
    }

    #[test]
    fn runs_that_never_get_there_are_counted_and_not_dropped() {
        let reached = |seed, reached| Run { reached, ..run("a", seed, Some((0.1, 0.9))) };
        let runs = [reached(1, Some(4)), reached(2, None), reached(3, Some(8)), run("a", 4, None)];
        let steps = cells(&runs, Some(0.95)).remove(0).reached.unwrap().steps;
        assert_eq!((steps.curve, steps.median), (vec![(4.0, 0.75), (8.0, 0.5)], Some(8.0)));
    }

    #[test]
    fn a_cell_without_figures_is_last_and_has_none() {
        let cells = cells(&[run("a", 1, None), run("b", 1, Some((9.0, 0.0)))], Some(0.5));
        assert_eq!(cells[1].init, "a");
        assert_eq!((cells[1].train, cells[1].diverged), (None, 1));
    }

    #[test]
    fn in_regression_nothing_is_reached_even_where_all_runs_of_a_start_diverge() {
        let [runs, others] = [run("a", 1, None), run("b", 1, None)];
        let compared = compare(&[runs, others], None);
        assert!(compared.cells.iter().all(|cell| cell.reached.is_none()));
        assert_eq!(compared.differences.len(), 1);
        assert_eq!(compared.differences[0].sentence, "a and b: in 1 seed neither ends without diverging.");
    }
}
