//! Where to start: for this data and this network, by theory, by training, and with the evidence.
//!
//! [`families`] of schemes with ranges of gains are screened by theory and then raced: all are trained for a part of the
//! steps, the better ones for all of them, with more and more seeds (successive halving: Karnin, Koren and Somekh 2013). A part
//! of the training samples is held out for this, another one for each seed; the test samples are not looked at. Of each family
//! the middle of its [`Plateau`] goes on, and of those that end as equals the best-known scheme is recommended. It is then
//! trained on all training samples from fresh seeds, beside the usual starts: these are the figures that are told.

mod candidates;
pub mod code;
mod plateau;

pub use candidates::{Family, families, rule_of_thumb};
pub use plateau::{Measured, Plateau};

use crate::budget::Budget;
use crate::compare::{self, Comparison};
use crate::data::Kind;
use crate::error::Error;
use crate::explain::{self, findings::Finding};
use crate::run::{self, Job, Run};
use crate::spec::{Inits, Precision, Seeds, TaskSpec};
use crate::stats::{deviation, mean};
use crate::task::{Description, Task};
use crate::words::{count, rough};
use candidates::obstacle;
use headstart_engine::activation::Activation;
use headstart_engine::init::Initialization;
use headstart_engine::train::Watch;
use plateau::{Noise, plateau};
use serde::Serialize;
use std::time::Instant;

/// What is asked.
#[derive(Clone, Debug)]
pub struct Question {
    /// The task; from where it starts is what is asked.
    pub spec: TaskSpec,
    /// Whether the learning rate is searched, too: around the usual one.
    pub search_lr: bool,
    /// What may be spent; [`USUAL_RUNS`] trainings if nothing is said.
    pub budget: Option<Budget>,
}

/// Trainings' worth of steps that are spent unless a budget says otherwise.
pub const USUAL_RUNS: f64 = 130.0;

/// With less than this nothing can be said.
const LEAST_RUNS: f64 = 12.0;

/// Differences of accuracy that are no reason to choose; of the common logarithm of a loss.
const TOLERANCE: f64 = 0.005;
const LOSS_TOLERANCE: f64 = 0.02;

/// Standard errors within which the better known of two starts is preferred, and within which starts count as alike.
const PREFERRED: f64 = 1.5;
const ALIKE: f64 = 2.0;

/// Tolerances beyond which starts do not count as alike, whatever the noise.
const MOST_ALIKE: f64 = 3.0;

/// The weight of the training accuracy in a score: where few samples are held out, theirs is mostly noise, and a start that
/// does not even train has to show.
const OF_TRAINING: f64 = 0.2;

/// Seeds by which a gain beside a plateau is judged.
const EDGE_SEEDS: usize = 4;

/// The share of the training samples that is held out, and how many different parts.
const HELD_OUT: f64 = 0.25;
const PARTS: usize = 8;

/// The part of the training that all candidates are given.
const EARLY: f64 = 0.25;

/// Seeds of the evidence are this far from those of the race.
const FRESH: u64 = 1_000;

/// What is advised, and why.
#[derive(Debug, Serialize)]
pub struct Advice {
    /// Where to start; none if no start works.
    pub recommendation: Option<Recommendation>,
    /// `start here`, `any start works` or `no start works`.
    pub verdict: &'static str,
    /// It in a sentence.
    pub sentence: String,
    /// How sure that is, in a sentence.
    pub sure: String,
    /// What stands in the way, where no start works.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub obstacle: Option<Finding>,
    /// The learning rates that were tried, if one was searched: each with its score.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rates: Vec<(f64, f64)>,
    /// All that was tried, family by family.
    pub tried: Vec<TriedFamily>,
    /// The recommended start beside the usual ones: on all training samples and the test set, from fresh seeds.
    pub evidence: Comparison,
    /// The runs behind the evidence.
    #[serde(skip)]
    pub runs: Vec<Run>,
    /// What was not tried, in a sentence.
    pub not_tried: &'static str,
    /// The code that starts so, by framework.
    pub code: Vec<code::Snippet>,
    /// Updates that were spent, of all networks together.
    pub steps: u64,
    /// Whether the same would be advised again: not if the budget was a time.
    pub repeatable: bool,
}

/// Where to start.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Recommendation {
    /// The initialization, in the grammar.
    pub init: String,
    /// The learning rate.
    pub lr: f64,
    /// The gains that do as well, of the same scheme; of plain weights, the scales.
    pub plateau: Plateau,
}

/// A family that was tried.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TriedFamily {
    /// The scheme.
    pub scheme: &'static str,
    /// Its plateau; none if nothing of it was trained to the end.
    pub plateau: Option<Plateau>,
    /// Its gains.
    pub gains: Vec<Tried>,
}

/// A start that was tried.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Tried {
    /// The gain, or the scale of plain weights.
    pub gain: f64,
    /// The start in the grammar.
    pub init: String,
    /// Why it was not trained at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub out: Option<String>,
    /// The validation accuracy, or in regression the loss, after a part of the training: the mean over the seeds; a loss's is
    /// geometric.
    pub early: Option<f64>,
    /// The same after all of it.
    pub full: Option<f64>,
    /// Seeds that were trained to the end.
    pub seeds: usize,
}

/// A candidate and what is known of it.
struct Candidate {
    family: usize,
    init: Initialization,
    out: Option<String>,
    measured: Measured,
    /// What is shown of its runs after a part of the training, and after all of it.
    shown: [Vec<f64>; 2],
}

/// Finds where to start; `None` if the watch was stopped by somebody.
///
/// # Errors
/// If the task makes no sense, or the budget is too small for anything.
pub fn advise(question: &Question, threads: usize, watch: &Watch) -> Result<Option<Advice>, Error> {
    let whole = task(question)?;
    let mut race = Race::new(&whole, question, threads, watch)?;
    let Some(rates) = race.search_rate(question.search_lr)? else { return Ok(None) };
    if race.run()?.is_none() {
        return Ok(None);
    }
    race.conclude(rates)
}

/// How many updates [`advise`] will do, about; of a budget in time nobody knows.
///
/// # Errors
/// As [`advise`].
pub fn steps(question: &Question) -> Result<u64, Error> {
    Ok(match question.budget {
        Some(Budget::Steps(steps)) => steps,
        _ => (USUAL_RUNS * task(question)?.steps() as f64) as u64,
    })
}

/// The task that is asked about, with one seed of the usual start of its activation.
///
/// # Errors
/// As [`Task::new`].
pub fn task(question: &Question) -> Result<Task, Error> {
    let mut spec = question.spec.clone();
    let usual = rule_of_thumb(spec.network.activation.0.first().copied().unwrap_or(Activation::Identity));
    (spec.init.seeds, spec.init.init) = (Seeds::Count(1), Inits(vec![usual.parse()?]));
    Task::new(spec)
}

/// Advice as it is told in JSON: the task, everything inferred filled in, and the advice.
#[derive(Debug, Serialize)]
pub struct Report<'a> {
    task: Description<'a>,
    #[serde(flatten)]
    advice: &'a Advice,
}

impl<'a> Report<'a> {
    /// Of a task of [`task`] and what was advised for it.
    pub fn new(task: &'a Task, advice: &'a Advice) -> Self {
        Self { task: task.describe(), advice }
    }
}

struct Race<'a> {
    whole: &'a Task,
    /// The same with a part of the training samples in the place of the test samples.
    parts: Vec<Task>,
    families: Vec<Family>,
    candidates: Vec<Candidate>,
    /// What may be spent, in trainings.
    units: f64,
    repeatable: bool,
    classify: bool,
    /// Of the training loss, with which nothing has been learned.
    blind: Option<f64>,
    learned: bool,
    begin: Instant,
    threads: usize,
    watch: &'a Watch,
}

impl<'a> Race<'a> {
    fn new(whole: &'a Task, question: &Question, threads: usize, watch: &'a Watch) -> Result<Self, Error> {
        let dataset = &whole.dataset;
        let held = |part: usize| dataset.validation(HELD_OUT, part as u64);
        let part = |part: usize| held(part).map(|data| Task::of(data.into(), whole.spec.clone()));
        let parts: Vec<Task> = (0..PARTS).filter_map(part).collect::<Result<_, _>>()?;
        if parts.is_empty() {
            return Err(Error::Usage(format!(
                "{}: too few training samples to hold any out, and without that nothing can be said; use a known start, as \
                 in headstart train --init {}",
                dataset.name,
                usual(whole)
            )));
        }
        let steps = whole.steps() as f64;
        let units = match question.budget {
            None => USUAL_RUNS,
            Some(Budget::Steps(budget)) => budget as f64 / steps,
            // What a second holds is found out on the way.
            Some(Budget::Time(_)) => f64::INFINITY,
        };
        if units < LEAST_RUNS {
            return Err(Error::Usage(format!(
                "--budget {}: that is less than {LEAST_RUNS} trainings of {} steps, of which nothing could be said; give at \
                 least {}steps, or use fewer --steps",
                question.budget.map_or_else(String::new, |budget| budget.to_string()),
                count(whole.steps() as u64),
                LEAST_RUNS * steps
            )));
        }
        let network = whole.network();
        let moment = dataset.train.x.iter().map(|x| x * x).sum::<f64>() / dataset.train.x.len().max(1) as f64;
        let families = families(network);
        let mut candidates = Vec::new();
        for (i, family) in families.iter().enumerate() {
            for gain in &family.gains {
                let init = family.init(*gain);
                let fits = init.check(network).map_err(|error| error.to_string()).err();
                let out = fits.or_else(|| obstacle(network, &init, moment));
                let measured = Measured { gain: *gain, ..Measured::default() };
                candidates.push(Candidate { family: i, init, out, measured, shown: Default::default() });
            }
        }
        let mut race = Self {
            whole,
            parts,
            families,
            candidates,
            units,
            repeatable: true,
            classify: matches!(dataset.kind, Kind::Classes(_)),
            blind: whole.blind_loss(),
            learned: false,
            begin: Instant::now(),
            threads,
            watch,
        };
        if let Some(Budget::Time(time)) = question.budget {
            race.measure_time(time.as_secs_f64())?;
        }
        Ok(race)
    }

    /// Finds out how many trainings fit into so many seconds, by some of the usual start.
    fn measure_time(&mut self, seconds: f64) -> Result<(), Error> {
        self.repeatable = false;
        let trial = self.begin.elapsed().as_secs_f64();
        let usual: Initialization = usual(self.whole).parse()?;
        let jobs: Vec<(usize, usize)> = (0..self.threads.max(1)).map(|k| (0, k)).collect();
        let mut share = 1.0 / 64.0;
        loop {
            let before = self.begin.elapsed().as_secs_f64();
            self.scores(&self.part_tasks(std::slice::from_ref(&usual), share)?, &jobs);
            let took = self.begin.elapsed().as_secs_f64() - before;
            if took > 0.02 * seconds || share >= 1.0 || self.watch.is_stopped() {
                let left = seconds - trial - took;
                self.units = left / took * share * jobs.len() as f64;
                break;
            }
            share = (share * 4.0).min(1.0);
        }
        if self.units < LEAST_RUNS {
            return Err(Error::Usage(format!(
                "--budget {seconds}s: that is time for about {:.1} trainings here, of which nothing could be said; {LEAST_RUNS} \
                 are the least: give more time, or use fewer --steps",
                self.units.max(0.0)
            )));
        }
        Ok(())
    }

    /// The tasks on the parts, from some starts, with a share of the steps.
    fn part_tasks(&self, inits: &[Initialization], share: f64) -> Result<Vec<Task>, Error> {
        let vary = |task: &Task| {
            let mut spec = task.spec.clone();
            spec.init.init = Inits(inits.to_vec());
            spec.training.epochs = None;
            let steps = ((share * self.whole.steps() as f64).ceil() as usize).max(1);
            (spec.training.steps, spec.training.record_every) = (Some(steps), Some(steps));
            task.vary(spec)
        };
        self.parts.iter().map(vary).collect()
    }

    /// What became of runs, each of a start and a seed, in their order: larger is better. Shorter if it was stopped.
    fn scores(&self, tasks: &[Task], jobs: &[(usize, usize)]) -> Vec<(f64, Run)> {
        let job = |i: usize| {
            let (start, k) = jobs[i];
            let task = &tasks[k % tasks.len()];
            Job { seed: self.whole.spec.init.seed + k as u64, ..task.job(start) }
        };
        let mut scores = Vec::with_capacity(jobs.len());
        run::run(jobs.len(), job, self.threads, self.watch, |run| {
            if run.status != "stopped" {
                scores.push((self.score(&run), run));
            }
        });
        scores
    }

    /// Of a run: the accuracy on what was held out, with a fifth of that on the training samples, the loss deciding among equals;
    /// in regression minus the logarithm of the loss.
    fn score(&self, run: &Run) -> f64 {
        const WORST_LOSS: f64 = 1e6;
        let held = run.judged();
        let loss = if held.loss.is_finite() && run.is_finished() { held.loss.min(WORST_LOSS) } else { WORST_LOSS };
        if self.classify {
            let of = |accuracy: Option<f64>| accuracy.filter(|_| run.is_finished()).unwrap_or(0.0);
            (1.0 - OF_TRAINING) * of(held.accuracy) + OF_TRAINING * of(run.train.accuracy) - 0.001 * loss.min(5.0)
        } else {
            -libm::log10(loss.max(1e-15))
        }
    }

    /// What is shown of a run: the accuracy on what was held out, or the score.
    fn shown(&self, score: f64, run: &Run) -> f64 {
        if self.classify { run.judged().accuracy.filter(|_| run.is_finished()).unwrap_or(0.0) } else { score }
    }

    /// What is shown of several, as people read it: the accuracy, or the loss.
    fn figure(&self, shown: &[f64]) -> Option<f64> {
        (!shown.is_empty()).then(|| if self.classify { mean(shown) } else { libm::pow(10.0, -mean(shown)) })
    }

    /// Trains candidates from their seeds on, as many as are missing to so many. False if it was stopped.
    fn train(&mut self, which: &[usize], seeds: usize, share: f64) -> Result<bool, Error> {
        let is_full = share >= 1.0;
        let inits: Vec<Initialization> = which.iter().map(|i| self.candidates[*i].init.clone()).collect();
        let tasks = self.part_tasks(&inits, share)?;
        let known = |i: usize| {
            let measured = &self.candidates[i].measured;
            if is_full { measured.full.len() } else { measured.early.len() }
        };
        let missing = |(place, i): (usize, &usize)| (known(*i)..seeds).map(move |k| (place, k)).collect::<Vec<_>>();
        let jobs: Vec<(usize, usize)> = which.iter().enumerate().flat_map(missing).collect();
        let done = self.scores(&tasks, &jobs);
        if done.len() < jobs.len() {
            return Ok(false);
        }
        for ((place, _), (score, run)) in jobs.into_iter().zip(done) {
            let shown = self.shown(score, &run);
            let Candidate { measured, shown: all_shown, .. } = &mut self.candidates[which[place]];
            all_shown[usize::from(is_full)].push(shown);
            if is_full {
                measured.full.push(score);
            } else {
                measured.early.push(score);
            }
            self.learned |= run.is_finished() && self.blind.is_none_or(|blind| run.train.loss < 0.99 * blind);
        }
        Ok(true)
    }

    /// Candidates that are not out, best first: by all of the training where they have it, otherwise by a part.
    fn ranked(&self) -> Vec<usize> {
        let score = |i: &usize| {
            let measured = &self.candidates[*i].measured;
            if measured.full.is_empty() { (0, mean(&measured.early)) } else { (1, mean(&measured.full)) }
        };
        let mut order: Vec<usize> = (0..self.candidates.len()).filter(|i| self.candidates[*i].out.is_none()).collect();
        order.sort_by(|a, b| score(b).partial_cmp(&score(a)).unwrap_or(std::cmp::Ordering::Equal).then(a.cmp(b)));
        order
    }

    /// Learning rates around the usual one, each with its best score from gains around 1; the best one is used from here on.
    /// `None` if it was stopped.
    fn search_rate(&mut self, wanted: bool) -> Result<Option<Vec<(f64, f64)>>, Error> {
        if !wanted {
            return Ok(Some(Vec::new()));
        }
        let usual_rate = self.whole.training().lr;
        let rates: Vec<f64> =
            [-3, -2, -1, 0, 1, 2, 3].map(|i| usual_rate * libm::pow(10.0, f64::from(i) / 2.0)).to_vec();
        let rates: Vec<f64> = rates.into_iter().map(|rate| format!("{rate:.0e}").parse().unwrap_or(rate)).collect();
        let inits: Vec<Initialization> = [0.5, 1.0, 2.0].map(|gain| self.families[0].init(gain)).to_vec();
        let (seeds, share) = (2, 0.5);
        let mut found = Vec::new();
        for rate in rates {
            let mut tasks = self.part_tasks(&inits, share)?;
            for task in &mut tasks {
                let mut spec = task.spec.clone();
                spec.training.lr = Some(rate);
                *task = task.vary(spec)?;
            }
            let jobs: Vec<(usize, usize)> =
                (0..inits.len()).flat_map(|start| (0..seeds).map(move |k| (start, k))).collect();
            let scores: Vec<f64> = self.scores(&tasks, &jobs).into_iter().map(|(score, _)| score).collect();
            if scores.len() < jobs.len() {
                return Ok(None);
            }
            let best = scores.chunks(seeds).map(mean).fold(f64::NEG_INFINITY, f64::max);
            found.push((rate, best));
            self.units -= share * jobs.len() as f64;
        }
        let best = found.iter().copied().max_by(|a, b| a.1.total_cmp(&b.1)).map_or(usual_rate, |(rate, _)| rate);
        for task in &mut self.parts {
            let mut spec = task.spec.clone();
            spec.training.lr = Some(best);
            *task = task.vary(spec)?;
        }
        self.units = self.units.max(LEAST_RUNS);
        let told = found.into_iter().map(|(rate, score)| (rate, self.figure(&[score]).unwrap_or(f64::NAN)));
        Ok(Some(told.collect()))
    }

    /// The learning rate that is used.
    fn lr(&self) -> f64 {
        self.parts[0].training().lr
    }

    /// Trains ever fewer candidates with ever more seeds. `None` if it was stopped.
    fn run(&mut self) -> Result<Option<()>, Error> {
        let all = self.ranked();
        let units = self.units;
        let share = |share: f64, each: f64| (share * units / each).floor() as usize;
        let early = share(0.18, EARLY * all.len().max(1) as f64).clamp(1, 4);
        let (second, third) = (share(0.22, 2.0).max(3), share(0.14, 4.0).max(2));
        let usual = self.usual();
        if !self.train(&all, early, EARLY)? {
            return Ok(None);
        }
        for (most, seeds) in [(second, 2), (third, 6)] {
            let mut go_on = self.ranked();
            go_on.truncate(most);
            // The usual start is what everything is compared with.
            go_on.extend(usual.filter(|usual| !go_on.contains(usual)));
            if !self.train(&go_on, seeds, 1.0)? {
                return Ok(None);
            }
        }
        if !self.find_edges(share(0.12, EDGE_SEEDS as f64))? {
            return Ok(None);
        }
        let finalists = self.finalists();
        let seeds = 6 + (0.08 * self.units / finalists.len() as f64).floor().max(2.0) as usize;
        Ok(self.train(&finalists, seeds, 1.0)?.then_some(()))
    }

    /// Trains the gains beside the plateaus of the two best families, which are as good or not: small starts are late, and may
    /// have been out after a part of the training for nothing else. False if it was stopped.
    fn find_edges(&mut self, mut most: usize) -> Result<bool, Error> {
        let mut families: Vec<usize> = Vec::new();
        for i in self.ranked() {
            if families.len() < 2 && !families.contains(&self.candidates[i].family) {
                families.push(self.candidates[i].family);
            }
        }
        while most > 0 {
            let beside = |family: &usize| -> Vec<usize> {
                let of = self.of_family(*family);
                let Some(Plateau { low, high, .. }) = self.plateau_of(*family) else { return Vec::new() };
                let gain = |i: &usize| self.candidates[*i].measured.gain;
                let below = of.iter().rev().find(|i| gain(i) < low);
                below.into_iter().chain(of.iter().find(|i| gain(i) > high)).copied().collect()
            };
            let unknown = |i: &usize| self.candidates[*i].measured.full.len() < EDGE_SEEDS;
            let mut next: Vec<usize> = families.iter().flat_map(beside).filter(unknown).collect();
            if next.is_empty() {
                break;
            }
            next.truncate(most);
            most -= next.len();
            if !self.train(&next, EDGE_SEEDS, 1.0)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The usual start, if it is not out.
    fn usual(&self) -> Option<usize> {
        let is_usual = |candidate: &Candidate| candidate.family == 0 && candidate.measured.gain == 1.0;
        self.candidates.iter().position(|candidate| is_usual(candidate) && candidate.out.is_none())
    }

    /// The candidates of a family, by gain.
    fn of_family(&self, family: usize) -> Vec<usize> {
        let mut of: Vec<usize> = (0..self.candidates.len())
            .filter(|i| self.candidates[*i].family == family && self.candidates[*i].out.is_none())
            .collect();
        of.sort_by(|a, b| self.candidates[*a].measured.gain.total_cmp(&self.candidates[*b].measured.gain));
        of
    }

    fn plateau_of(&self, family: usize) -> Option<Plateau> {
        let measured: Vec<Measured> =
            self.of_family(family).into_iter().map(|i| self.candidates[i].measured.clone()).collect();
        plateau(&measured, self.noise())
    }

    fn noise(&self) -> Noise {
        let tolerance = if self.classify { TOLERANCE } else { LOSS_TOLERANCE };
        Noise::of(self.candidates.iter().map(|candidate| &candidate.measured), tolerance)
    }

    /// The middles of the plateaus of the three best families, and the usual start.
    fn finalists(&mut self) -> Vec<usize> {
        let mut plateaus: Vec<(usize, Plateau)> =
            (0..self.families.len()).filter_map(|family| Some((family, self.plateau_of(family)?))).collect();
        plateaus.sort_by(|a, b| b.1.score.total_cmp(&a.1.score));
        plateaus.truncate(3);
        let mut finalists: Vec<usize> = self.usual().into_iter().collect();
        for (family, plateau) in plateaus {
            let gain = plateau.middle(self.families[family].own_gain());
            let is_it = |candidate: &Candidate| candidate.family == family && candidate.measured.gain == gain;
            let known = self.candidates.iter().position(is_it);
            let i = known.unwrap_or_else(|| {
                let init = self.families[family].init(gain);
                let measured = Measured { gain, ..Measured::default() };
                self.candidates.push(Candidate { family, init, out: None, measured, shown: Default::default() });
                self.candidates.len() - 1
            });
            if !finalists.contains(&i) {
                finalists.push(i);
            }
        }
        finalists
    }

    /// The best-known one of those that are as good as the best, and the best of the others.
    fn winner(&self) -> Option<(usize, Option<usize>)> {
        let most = self.candidates.iter().map(|candidate| candidate.measured.full.len()).max()?;
        let mut finalists: Vec<usize> = (0..self.candidates.len())
            .filter(|i| self.candidates[*i].measured.full.len() == most && most > 0)
            .collect();
        let score = |i: usize| mean(&self.candidates[i].measured.full);
        finalists.sort_by(|a, b| score(*b).total_cmp(&score(*a)));
        let best = *finalists.first()?;
        let measured = |i: usize| &self.candidates[i].measured;
        let noise = self.noise();
        let equals = finalists
            .iter()
            .filter(|i| noise.is_as_good(&measured(**i).full, &measured(best).full, PREFERRED, f64::INFINITY));
        // Families are in the order of how well they are known, and a scheme's own gain is better known than any other.
        let key = |i: usize| (self.candidates[i].family, measured(i).gain != 1.0);
        let winner = *equals.min_by_key(|i| key(**i))?;
        Some((winner, finalists.into_iter().find(|i| *i != winner)))
    }

    fn conclude(self, rates: Vec<(f64, f64)>) -> Result<Option<Advice>, Error> {
        let Some((winner, runner_up)) = self.winner() else { return Ok(None) };
        let init = &self.candidates[winner].init;
        let family = self.candidates[winner].family;
        let mut inits: Vec<Initialization> = vec![init.clone()];
        for other in [usual(self.whole), "pytorch-default", "keras-default"] {
            let other: Initialization = other.parse()?;
            if !inits.contains(&other) && other.check(self.whole.network()).is_ok() {
                inits.push(other);
            }
        }
        let mut spec = self.whole.spec.clone();
        let seeds = (0.14 * self.units / inits.len() as f64).floor().clamp(3.0, 50.0) as usize;
        spec.init.seed = spec.init.seed.wrapping_add(FRESH);
        (spec.init.seeds, spec.init.init) = (Seeds::Count(seeds), Inits(inits));
        spec.training.lr = Some(self.lr());
        let task = self.whole.vary(spec)?;
        let mut runs = Vec::new();
        task.run(self.threads, self.watch, |run| runs.push(run));
        if self.watch.is_stopped() {
            return Ok(None);
        }
        let evidence = compare::compare(&runs, task.target());
        let obstacle = if self.learned { None } else { self.explain()? };
        let alike = self.share_alike(winner);
        let plateau = self.plateau_of(family);
        let verdict = match (self.learned, alike) {
            (false, _) => "no start works",
            (true, alike) if alike >= 0.9 => "any start works",
            _ => "start here",
        };
        let recommendation = plateau.filter(|_| self.learned).map(|plateau| Recommendation {
            init: init.to_string(),
            lr: self.lr(),
            plateau,
        });
        let advice = Advice {
            sentence: self.sentence(verdict, recommendation.as_ref(), &evidence, obstacle.as_ref()),
            sure: self.sure(winner, runner_up, alike),
            verdict,
            obstacle,
            rates,
            tried: self.tried(),
            evidence,
            runs,
            not_tried: "Not tried: uniform and truncated weights (which differ little from normal ones of the same variance), \
                        different schemes in different layers, biases other than the scheme's own.",
            code: recommendation.as_ref().map_or_else(Vec::new, |_| code::snippets(init)),
            steps: self.watch.steps(),
            repeatable: self.repeatable,
            recommendation,
        };
        Ok(Some(advice))
    }

    /// The share of all gains of all schemes that do as well as the winner. Those that were not trained to the end are judged
    /// by the part that they were trained for, if the winner was nearly done by then.
    fn share_alike(&self, winner: usize) -> f64 {
        let noise = self.noise();
        let best = &self.candidates[winner].measured;
        let was_done = noise.is_as_good(&best.early, &best.full, ALIKE, MOST_ALIKE);
        let alike = |candidate: &&Candidate| match &candidate.measured {
            _ if candidate.out.is_some() => false,
            measured if measured.full.is_empty() => {
                was_done && noise.is_as_good(&measured.early, &best.early, ALIKE, MOST_ALIKE)
            }
            measured => noise.is_as_good(&measured.full, &best.full, ALIKE, MOST_ALIKE),
        };
        self.candidates.iter().filter(alike).count() as f64 / self.candidates.len().max(1) as f64
    }

    /// What stands in the way of the usual start.
    fn explain(&self) -> Result<Option<Finding>, Error> {
        let mut spec = self.whole.spec.clone();
        spec.init.init = Inits(vec![usual(self.whole).parse()?]);
        spec.training.precision = Precision::F64;
        spec.training.lr = Some(self.lr());
        let task = self.whole.vary(spec)?;
        let explanation = explain::explain(&task, self.threads, self.watch)?;
        Ok(explanation.and_then(|explanation| explanation.findings.into_iter().next()))
    }

    fn sentence(
        &self,
        verdict: &str,
        recommendation: Option<&Recommendation>,
        evidence: &Comparison,
        obstacle: Option<&Finding>,
    ) -> String {
        let Some(Recommendation { init, plateau, .. }) = recommendation else {
            let why = obstacle.map_or_else(String::new, |finding| format!(" {} {}", finding.sentence, finding.advice));
            return format!(
                "No start that was tried gets below the loss of guessing in {} steps.{why}",
                self.whole.steps()
            );
        };
        let Plateau { low, high, .. } = plateau;
        let own = evidence.cells.iter().find(|cell| cell.init == *init);
        let reached = own.and_then(|cell| {
            let judged = cell.judged()?;
            let set = if cell.test.is_some() { "test" } else { "training" };
            Some(match judged.accuracy {
                Some(accuracy) => format!("{set} accuracy {:.3} over {} fresh seeds", accuracy.mean, cell.runs),
                None => format!("{set} loss {} over {} fresh seeds", rough(judged.loss.mean), cell.runs),
            })
        });
        let reached = reached.map_or_else(String::new, |reached| format!(" ({reached})"));
        let what = if init.starts_with("normal") { "scales" } else { "gains" };
        let range = if low < high {
            format!("{what} from {} to {} do as well", rough(*low), rough(*high))
        } else {
            format!("no other of the {what} tried does as well")
        };
        match verdict {
            "any start works" => format!(
                "The start does not matter here: nearly all that were tried end alike; --init {init}{reached} is as good as any."
            ),
            _ => format!("Start from --init {init}{reached}: {range}."),
        }
    }

    fn sure(&self, winner: usize, runner_up: Option<usize>, alike: f64) -> String {
        let seeds = self.candidates[winner].measured.full.len();
        let unit = if self.classify {
            "of accuracy (validation, with a fifth of that in training)"
        } else {
            "in the common logarithm of the validation loss"
        };
        let digits = |x: f64| format!("{x:.3}");
        let against = runner_up.map_or_else(String::new, |other| {
            let (ours, theirs) = (&self.candidates[winner].measured.full, &self.candidates[other].measured.full);
            let differences: Vec<f64> = ours.iter().zip(theirs).map(|(a, b)| a - b).collect();
            let error = deviation(&differences).map_or(0.0, |sd| sd / (differences.len() as f64).sqrt());
            let by = mean(&differences);
            let name = &self.candidates[other].init;
            if by.abs() > 2.0 * error && by > 0.0 {
                format!(" It beats {name}, the next best of those raced to the end, by {} {unit} ({} standard error).", digits(by), digits(error))
            } else {
                format!(
                    " {name} is within noise of it ({} {unit}, {} standard error): it is preferred as the better known.",
                    digits(by),
                    digits(error)
                )
            }
        });
        format!("Raced over {seeds} seeds; {:.0}% of all starts tried do as well.{against}", 100.0 * alike)
    }

    fn tried(&self) -> Vec<TriedFamily> {
        let of_family = |(i, family): (usize, &Family)| {
            let mut of: Vec<&Candidate> = self.candidates.iter().filter(|candidate| candidate.family == i).collect();
            of.sort_by(|a, b| a.measured.gain.total_cmp(&b.measured.gain));
            let tried = |candidate: &&Candidate| Tried {
                gain: candidate.measured.gain,
                init: candidate.init.to_string(),
                out: candidate.out.clone(),
                early: self.figure(&candidate.shown[0]),
                full: self.figure(&candidate.shown[1]),
                seeds: candidate.measured.full.len(),
            };
            TriedFamily { scheme: family.name, plateau: self.plateau_of(i), gains: of.iter().map(tried).collect() }
        };
        self.families.iter().enumerate().map(of_family).collect()
    }
}

/// The usual start of a task's activation.
fn usual(task: &Task) -> &'static str {
    rule_of_thumb(task.network().activations().first().copied().unwrap_or(Activation::Identity))
}
