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

use crate::budget::Budget;
use crate::data::Kind;
use crate::error::Error;
use crate::events::{self, Partial};
use crate::executor::Batch;
use crate::host::Host;
use crate::run::Run;
use crate::stats::paired::{holm, sign_test, t_interval, t_test};
use crate::stats::{LEVEL, mean};
use crate::task::Task;
use crate::words::{many, rough};
use serde::Serialize;
use std::cmp::Ordering;
use std::ops::{ControlFlow, Range};
use std::sync::Arc;
use std::time::Instant;

/// Seeds of the first round.
const FIRST: usize = 20;

/// Accuracies nearer than this are as good as equal: half a point.
const POINT: f64 = 0.005;

/// Losses nearer than this part of the leader's are as good as equal.
const PART: f64 = 0.01;

/// How a comparison ended.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Settled {
    /// Whether the order of the best ones is settled.
    pub is_settled: bool,
    /// Why it went on no longer.
    pub because: End,
    /// The budget, if there was one.
    pub budget: Option<Budget>,
    /// Whether it ends like this every time: not where a time was spent, or somebody interrupted it.
    pub repeatable: bool,
    /// What is judged: the accuracy or the loss.
    pub figure: &'static str,
    /// What is as good as no difference; null in regression before there is a loss.
    pub margin: Option<f64>,
    /// The seeds that all that are left have.
    pub seeds: usize,
    /// How often it was looked who is out.
    pub looks: usize,
    /// Updates of parameters that were done.
    pub steps: u64,
    /// The initializations, best first; those that are out come last.
    pub inits: Vec<Standing>,
}

/// Why a comparison went on no longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum End {
    /// Only the best one is left.
    Best,
    /// All that are left are as good as equal.
    Equal,
    /// The budget is spent.
    Budget,
    /// There are no more seeds.
    Seeds,
    /// It was told to stop.
    Interrupted,
}

/// Where one initialization stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Standing {
    /// The initialization, in the grammar.
    pub init: Arc<str>,
    /// Whether it is out of the comparison, being worse.
    pub is_out: bool,
    /// The seeds it was compared over.
    pub seeds: usize,
    /// How far it was behind the leader when they were last compared; null for the leader.
    pub behind: Option<Gap>,
}

/// One initialization behind another.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Gap {
    /// The leader at that time.
    pub leader: Arc<str>,
    /// By how much the leader's figure is better on average; null where a run diverged that has no figure.
    pub mean: Option<f64>,
    /// Where that lies over all seeds, one that goes as badly as can be added at either end.
    pub interval: Option<[f64; 2]>,
    /// How likely so large a difference is where there is none, adjusted for all pairs (Holm 1979).
    pub adjusted: f64,
    /// Whether they are as good as equal.
    pub is_equal: bool,
}

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

/// An initialization and how it did.
struct Entrant {
    init: Arc<str>,
    /// For each seed, more being better: the accuracy, or the loss with a minus before it; none where there is none.
    scores: Vec<Option<f64>>,
    /// The training loss of each seed, which decides between equal accuracies; infinite where there is none.
    losses: Vec<f64>,
    behind: Option<Gap>,
}

/// Who is left, who is out, and what each did.
struct Race {
    most: usize,
    classify: bool,
    entrants: Vec<Entrant>,
    /// Best first, as it was last looked.
    left: Vec<usize>,
    /// The best of them first.
    out: Vec<usize>,
    looks: usize,
}

/// Two that are left, the first against the second.
struct Pair {
    mean: Option<f64>,
    interval: Option<[f64; 2]>,
    p: f64,
    first_is_better: bool,
    /// In no seed is there any difference.
    are_same: bool,
}

impl Race {
    fn new(most: usize, classify: bool) -> Self {
        Self { most, classify, entrants: Vec::new(), left: Vec::new(), out: Vec::new(), looks: 0 }
    }

    fn enter(&mut self, init: &Arc<str>) {
        self.left.push(self.entrants.len());
        let init = Arc::clone(init);
        self.entrants.push(Entrant { init, scores: Vec::new(), losses: Vec::new(), behind: None });
    }

    /// How they stand, best first; who is out comes last.
    fn standings(&self, figure: &'static str) -> Partial<'static> {
        let standing = |entrant: usize, is_out: bool| {
            let Entrant { init, scores, .. } = &self.entrants[entrant];
            let there: Vec<f64> = scores.iter().copied().flatten().collect();
            let sign = if self.classify { 1.0 } else { -1.0 };
            let mean = (!there.is_empty()).then(|| sign * mean(&there));
            events::Standing { init: init.to_string(), runs: scores.len(), mean, is_out }
        };
        let left = self.left.iter().map(|&entrant| standing(entrant, false));
        Partial::Standings { figure, starts: left.chain(self.out.iter().map(|&out| standing(out, true))).collect() }
    }

    /// The seeds to be run next.
    fn next_round(&self) -> Range<usize> {
        let begin = self.seeds();
        begin..(2 * begin).clamp(FIRST, FIRST.max(self.most)).min(self.most)
    }

    /// The seeds that all that are left have.
    fn seeds(&self) -> usize {
        self.left.iter().map(|&i| self.entrants[i].scores.len()).min().unwrap_or(0)
    }

    fn add(&mut self, entrant: usize, run: &Run) {
        let judged = run.judged();
        let score = if self.classify {
            Some(judged.accuracy.filter(|_| run.is_finished()).unwrap_or(0.0))
        } else {
            Some(-judged.loss).filter(|score| score.is_finite() && run.is_finished())
        };
        let loss = if run.train.loss.is_finite() { run.train.loss } else { f64::INFINITY };
        self.score(entrant, score, loss);
    }

    fn score(&mut self, entrant: usize, score: Option<f64>, loss: f64) {
        self.entrants[entrant].scores.push(score);
        self.entrants[entrant].losses.push(loss);
    }

    /// Looks who is out, and whether it is settled.
    fn look(&mut self) -> Option<End> {
        self.looks += 1;
        let level = (1.0 - LEVEL) / (self.looks * (self.looks + 1)) as f64;
        let loses = self.judge();
        let is_out = |&(_, is_worse, adjusted): &(usize, bool, f64)| is_worse && adjusted <= level;
        let fallen: Vec<usize> = loses.iter().filter(|other| is_out(other)).map(|other| other.0).collect();
        self.left.retain(|entrant| !fallen.contains(entrant));
        self.out.splice(0..0, fallen);
        let mut others = self.left.iter().skip(1).map(|&other| &self.entrants[other].behind);
        match self.left.len() {
            1 => Some(End::Best),
            _ if others.all(|behind| behind.as_ref().is_some_and(|gap| gap.is_equal)) => Some(End::Equal),
            _ if self.seeds() >= self.most => Some(End::Seeds),
            _ => None,
        }
    }

    /// Puts those that are left in order, and each behind the leader. Of each but the leader: who it is, whether the
    /// leader is better, and the adjusted p-value of that.
    fn judge(&mut self) -> Vec<(usize, bool, f64)> {
        let seeds = self.seeds();
        if seeds == 0 {
            return Vec::new();
        }
        let mut left = self.left.clone();
        left.sort_by(|&a, &b| self.order(a, b, seeds));
        self.left.clone_from(&left);
        let pairs: Vec<Pair> = (0..left.len())
            .flat_map(|i| (i + 1..left.len()).map(move |j| [i, j]))
            .map(|[i, j]| self.pair(left[i], left[j], seeds))
            .collect();
        let adjusted = holm(&pairs.iter().map(|pair| pair.p).collect::<Vec<_>>());
        let (leader, margin) = (Arc::clone(&self.entrants[left[0]].init), self.margin());
        self.entrants[left[0]].behind = None;
        let mut found = Vec::new();
        // The leader's pairs come first.
        for ((&other, pair), &adjusted) in self.left[1..].iter().zip(&pairs).zip(&adjusted) {
            let is_within = |[low, high]: [f64; 2]| margin.is_some_and(|margin| -margin <= low && high <= margin);
            let is_equal = pair.interval.is_some_and(is_within) || (pair.interval.is_none() && pair.are_same);
            let (mean, interval, leader) = (pair.mean, pair.interval, Arc::clone(&leader));
            self.entrants[other].behind = Some(Gap { leader, mean, interval, adjusted, is_equal });
            found.push((other, pair.first_is_better, adjusted));
        }
        found
    }

    /// Better first.
    fn order(&self, a: usize, b: usize, seeds: usize) -> Ordering {
        let rank = |entrant: usize| {
            let Entrant { scores, losses, .. } = &self.entrants[entrant];
            let there: Vec<f64> = scores[..seeds].iter().copied().flatten().collect();
            let score = if there.is_empty() { f64::NEG_INFINITY } else { mean(&there) };
            (there.len() < seeds, -score, mean(&losses[..seeds]))
        };
        rank(a).partial_cmp(&rank(b)).unwrap_or(Ordering::Equal)
    }

    /// What is as good as no difference.
    fn margin(&self) -> Option<f64> {
        if self.classify {
            return Some(POINT);
        }
        let scores: Option<Vec<f64>> = self.entrants[self.left[0]].scores[..self.seeds()].iter().copied().collect();
        scores.filter(|scores| !scores.is_empty()).map(|scores| PART * mean(&scores).abs())
    }

    fn pair(&self, first: usize, second: usize, seeds: usize) -> Pair {
        let scores = |entrant: usize| self.entrants[entrant].scores[..seeds].iter().copied();
        let pairs: Vec<[Option<f64>; 2]> = scores(first).zip(scores(second)).map(|(a, b)| [a, b]).collect();
        let Some(differences) = pairs.iter().map(|[a, b]| Some((*a)? - (*b)?)).collect::<Option<Vec<f64>>>() else {
            // None is less than anything.
            let wins = pairs.iter().filter(|[a, b]| a > b).count();
            let losses = pairs.iter().filter(|[a, b]| a < b).count();
            let (p, first_is_better) = (sign_test(wins, losses), wins > losses);
            return Pair { mean: None, interval: None, p, first_is_better, are_same: wins + losses == 0 };
        };
        let center = mean(&differences);
        let and =
            |unseen: f64| if self.classify { [&differences[..], &[unseen]].concat() } else { differences.clone() };
        let (below, above) = (and(-1.0), and(1.0));
        let against = if center > 0.0 { &below } else { &above };
        // What one more seed can turn round is nothing.
        let p = if mean(against) * center > 0.0 { t_test(against) } else { 1.0 };
        let end = |differences: &[f64], end: usize| t_interval(differences, LEVEL).map(|interval| interval[end]);
        let interval = end(&below, 0).zip(end(&above, 1)).map(|(low, high)| [low, high]);
        let are_same = differences.iter().all(|difference| *difference == 0.0);
        Pair { mean: Some(center), interval, p, first_is_better: center > 0.0, are_same }
    }

    fn end(mut self, because: End, budget: Option<Budget>, steps: u64, figure: &'static str) -> Settled {
        let is_settled = matches!(because, End::Best | End::Equal);
        if !is_settled {
            // Of a round that was not done to its end there may be more seeds than were looked at.
            self.judge();
        }
        let standing = |entrant: usize, is_out: bool| {
            let Entrant { init, scores, behind, .. } = &self.entrants[entrant];
            let seeds = if is_out { scores.len() } else { self.seeds() };
            Standing { init: Arc::clone(init), is_out, seeds, behind: behind.clone() }
        };
        let left = self.left.iter().map(|&entrant| standing(entrant, false));
        Settled {
            is_settled,
            because,
            budget,
            repeatable: match because {
                End::Interrupted => false,
                End::Budget => matches!(budget, Some(Budget::Steps(_))),
                End::Best | End::Equal | End::Seeds => true,
            },
            figure,
            margin: self.margin(),
            seeds: self.seeds(),
            looks: self.looks,
            steps,
            inits: left.chain(self.out.iter().map(|&entrant| standing(entrant, true))).collect(),
        }
    }
}

impl Settled {
    /// How it ended, in words: whether it is settled and why, who is out, and what is not repeatable.
    pub fn sentences(&self) -> Vec<String> {
        let (left, out): (Vec<&Standing>, Vec<&Standing>) = self.inits.iter().partition(|standing| !standing.is_out);
        let names = listed(left.iter().map(|standing| standing.init.to_string()).collect());
        let (seeds, figure) = (many(self.seeds as u64, "seed"), self.figure);
        let are_left = format!("{names} may still be the best");
        let mut said = vec![match self.because {
            End::Best => format!("Settled after {seeds}: {names} has the best mean {figure}."),
            End::Equal => {
                let margin = self.margin.map_or_else(String::new, |margin| format!(" ({})", rough(margin)));
                let within =
                    if figure.ends_with("accuracy") { "half a point of accuracy" } else { "1% of the best one's loss" };
                format!(
                    "Settled after {seeds}: {names} are the best, and as good as equal: what is between them in \
                     mean {figure} lies within {within}{margin}."
                )
            }
            End::Budget => {
                let budget = self.budget.map_or_else(String::new, |budget| format!(" of {}", budget.in_words()));
                let and = if self.looks == 0 {
                    format!("before it was looked who is out, for which it takes {}", many(FIRST as u64, "seed"))
                } else {
                    format!("and {are_left}")
                };
                format!("Not settled: the budget{budget} is spent after {seeds}, {and}.")
            }
            End::Seeds => format!("Not settled: all of {seeds} are done, and {are_left}."),
            End::Interrupted => format!("Not settled: interrupted after {seeds}, and {are_left}."),
        }];
        let fall = |standing: &&Standing| {
            let Standing { init, seeds, behind, .. } = standing;
            let than = behind.as_ref().map_or_else(String::new, |gap| match gap.mean {
                Some(by) => format!(", worse than {} by {}", gap.leader, rough(by)),
                None => format!(", worse than {}", gap.leader),
            });
            format!("{init} after {}{than}", many(*seeds as u64, "seed"))
        };
        if !out.is_empty() {
            let falls: Vec<String> = out.iter().map(fall).collect();
            said.push(format!("Out: {}.", falls.join("; ")));
        }
        if self.because == End::Budget && !self.repeatable {
            said.push(
                "How far a budget of time reaches depends on the machine and its load: to get the same again, give one \
                 of steps."
                    .to_owned(),
            );
        }
        said
    }
}

/// Names as a sentence lists them.
fn listed(mut names: Vec<String>) -> String {
    match names.pop() {
        Some(last) if names.is_empty() => last,
        Some(last) => format!("{} and {last}", names.join(", ")),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests;
