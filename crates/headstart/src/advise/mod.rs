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
//!
//! Who trains is another matter: the [`Race`] asks for trainings and is told what became of them, as plain data ([`mod@trainer`]) on a
//! [`mod@setting`] of plain numbers. [`advise_by`] drives it with any [`trainer::Trainer`], [`advise`] with the engine, which can try
//! what else stands in the way, too.

mod advice;
mod candidates;
pub mod code;
mod conclude;
mod depth;
mod drive;
mod engine;
mod evidence;
pub mod ground;
mod race;
pub mod setting;
pub mod trainer;

pub use advice::{Advice, Recommendation, Tried, TriedFamily};
pub use candidates::{Family, families, rule_of_thumb};
pub use depth::{Change, Depth};
pub use drive::advise_by;
pub use race::{Plateau, Race, TriedLayers};

use crate::budget::Budget;
use crate::error::Error;
use crate::host::Host;
use crate::spec::{Inits, Seeds, TaskSpec};
use crate::task::{Description, Task};
use engine::Engine;
use headstart_engine::activation::Activation;
use headstart_engine::names::plain;
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

/// Finds where to start, for the [`task`] of a question, by training with the engine. If somebody stopped it, it is what there is until
/// then; `None` if there is nothing.
///
/// # Errors
/// If the task makes no sense, or the budget is too small for anything.
pub fn advise(question: &Question, task: &Task, host: &Host<'_>) -> Result<Option<Advice>, Error> {
    let mut engine = Engine::new(task, host)?;
    let mut race = Race::new(engine.setting()?, question.search_lr, question.budget)?;
    drive::drive(&mut race, &mut engine, question.budget, host)?;
    let advice = engine::finish(&mut engine, &mut race, question.budget)?;
    let device = host.device(&task.spec.training).cloned();
    Ok(advice.map(|advice| Advice { device, ..advice }))
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
