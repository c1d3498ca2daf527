//! Where to start: for this data and this network, by theory, by training, and with the evidence.
//!
//! [`families`] of schemes with ranges of gains are screened by theory and then raced: all are trained for a part of the
//! steps, the better ones for all of them, and then, seed by seed, those that may be the best by what is believed of all: a
//! Gaussian process over the sizes of the starts, so that neighbours know of each other. A part of the training samples is held out
//! for this, another one for each seed; the test samples are not looked at. Of each family the middle of its [`Plateau`] may go
//! on, and of those that are as good as the best the best-known scheme does. Its first and its last layer may then have gains of
//! their own. It is then trained on all training samples from fresh
//! seeds, beside the usual starts and the defaults of frameworks, until they are told apart: by these figures, on the test samples
//! where there are some, it is decided what is advised, and they are what is told.

mod belief;
mod candidates;
pub mod code;
mod conclude;
mod evidence;
mod guess;
mod judge;
mod layers;
mod plateau;
mod race;
mod remedy;
mod words;

pub use candidates::{Family, families, rule_of_thumb};
pub use layers::TriedLayers;
pub use plateau::Plateau;

use crate::budget::Budget;
use crate::compare::Comparison;
use crate::error::Error;
use crate::explain::findings::Finding;
use crate::probe::Profile;
use crate::run::Run;
use crate::spec::{Inits, Seeds, TaskSpec};
use crate::task::{Description, Task};
use headstart_engine::activation::Activation;
use headstart_engine::names::plain;
use headstart_engine::watch::Watch;
use race::Race;
use serde::Serialize;

/// What is asked.
#[derive(Clone, Debug)]
pub struct Question {
    /// The task; from where it starts is what is asked.
    pub spec: TaskSpec,
    /// Whether the learning rate is searched, too: around the usual one.
    pub search_lr: bool,
    /// The most that may be spent; the steps of 2.84 trainings for each start that may be tried if nothing is said.
    pub budget: Option<Budget>,
}

/// What is advised, and why.
#[derive(Debug, Serialize)]
pub struct Advice {
    /// Where to start; none if no start works.
    pub recommendation: Option<Recommendation>,
    /// `start here`, `keep your default`, `any start works` or `no start works`: none learns, or none does better than guessing;
    /// `interrupted` where it was told to stop.
    pub verdict: &'static str,
    /// Of a default that is to be kept, by how much some start that was found may be better at the most, as far as the seeds tell: in
    /// accuracy, or in regression in loss. None with any other verdict.
    pub keep_within: Option<f64>,
    /// It in a sentence.
    pub sentence: String,
    /// Why, in a few sentences: beside the others, the gains that do as well, how far the evidence settles it; or where no start
    /// works, what was tried in vain.
    pub why: Vec<String>,
    /// What the race found, by which the evidence was chosen.
    pub sure: String,
    /// What is wrong with the sizes of the features, and what to do; it may matter more than the start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scale: Option<String>,
    /// What stands in the way, where no start works.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub obstacle: Option<Finding>,
    /// The learning rate of all that is told: the one that was found, if one was searched.
    pub lr: f64,
    /// The learning rates that were tried, if one was searched: each with the figure of its best start.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rates: Vec<(f64, f64)>,
    /// What `early`, `full` and `rates` tell: `accuracy`, on what was held out, or `loss`.
    pub figure: &'static str,
    /// All that was tried, family by family.
    pub tried: Vec<TriedFamily>,
    /// Starts whose first or last layer has a gain of its own, around the one that the race found; none where there was no budget
    /// for it, no hidden layer, or nothing worked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tried_layers: Vec<TriedLayers>,
    /// Whether accuracy says little of the classes, so that the balanced one is told beside it.
    #[serde(skip)]
    pub by_class: bool,
    /// The start that was found beside the usual ones: on all training samples and the test set, from fresh seeds.
    pub evidence: Comparison,
    /// The runs behind the evidence.
    #[serde(skip)]
    pub runs: Vec<Run>,
    /// The starts of the evidence, layer by layer.
    pub starts: Vec<Profile>,
    /// What was not tried, in a sentence.
    pub not_tried: &'static str,
    /// The code that starts so, by framework.
    pub code: Vec<code::Snippet>,
    /// Updates that were spent, of all networks together, but for the few that it takes to see what is wrong with a start.
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
    /// The gains that do as well, of the same scheme; of plain weights, the scales. None of a framework's default, of which only
    /// that one was trained.
    pub plateau: Option<Plateau>,
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
    /// How a training is expected to end by all that was seen, and the standard error: seven tenths of the accuracy on what was held
    /// out and three of that in training, less a hundredth of the loss on what was held out; in regression minus the common
    /// logarithm of that. None of what was not trained to the end.
    pub expected: Option<[f64; 2]>,
}

/// What is being done, and about how many updates it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stage {
    /// In words.
    pub what: &'static str,
    /// Updates at the most, about.
    pub steps: u64,
}

/// Finds where to start, for the [`task`] of a question; `each` sees every stage as it begins. If the watch was stopped by somebody
/// it is what there is until then; `None` if there is nothing.
///
/// # Errors
/// If the task makes no sense, or the budget is too small for anything.
pub fn advise(
    question: &Question,
    task: &Task,
    threads: usize,
    watch: &Watch,
    each: &dyn Fn(Stage),
) -> Result<Option<Advice>, Error> {
    let mut race = Race::new(task, question, threads, watch)?;
    let stage = |what: &'static str, trainings: f64| {
        each(Stage { what, steps: (trainings * task.steps() as f64).min(u64::MAX as f64) as u64 });
    };
    stage("learning rates: ", race.of_race());
    let Some(rates) = race.search_rate(question.search_lr)? else { return Ok(None) };
    stage("race: ", race.of_race());
    if race.run()?.is_none() || race.ask_layers()?.is_none() {
        return Ok(conclude::interrupted(&race, rates, None, &[]));
    }
    race.forget();
    stage("evidence: ", race.of_evidence());
    let advice = conclude::conclude(&mut race, rates.clone(), &|trainings| stage("what might help: ", trainings))?;
    match advice {
        None if watch.is_stopped() => Ok(conclude::interrupted(&race, rates, None, &[])),
        None => {
            let problem = "no start has a loss that is a number that can be told: the targets or the features are too large or \
                           too small for float64 (--scale-targets standardize, --preprocess standardize)";
            Err(Error::Usage(problem.to_owned()))
        }
        advice => Ok(advice),
    }
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

/// The task of [`task`] as it is told with the advice: where the learning rate was searched with the one that was found, and a note
/// that says so.
///
/// # Errors
/// As [`Task::vary`].
pub fn told(task: Task, advice: &Advice) -> Result<Task, Error> {
    let ([(least, _), .., (most, _)], tried) = (advice.rates.as_slice(), advice.rates.len()) else { return Ok(task) };
    let mut spec = task.spec.clone();
    spec.training.lr = Some(advice.lr);
    let mut found = task.vary(spec)?;
    let [lr, least, most] = [advice.lr, *least, *most].map(plain);
    found.notes.push(format!("--lr auto: of {tried} learning rates from {least} to {most}, {lr} was found"));
    Ok(found)
}

/// Advice as it is told in JSON: the task, everything inferred filled in, and the advice.
#[derive(Debug, Serialize)]
pub struct Report<'a> {
    task: Description<'a>,
    #[serde(flatten)]
    advice: &'a Advice,
}

impl<'a> Report<'a> {
    /// Of a task of [`told`] and what was advised for it.
    pub fn new(task: &'a Task, advice: &'a Advice) -> Self {
        Self { task: task.describe(), advice }
    }
}

/// The usual start of a task's activation.
fn usual(task: &Task) -> &'static str {
    rule_of_thumb(task.network().activations().first().copied().unwrap_or(Activation::Identity))
}
