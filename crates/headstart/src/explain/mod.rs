//! Why a start goes as it goes: what is wrong with it, what decides, when it will be left, and the proof by running.
//!
//! [`explain`] measures a task ([`mod@measure`]), predicts ([`predict`]), and draws [`mod@findings`]; [`verify`] reruns with and without
//! what they advise ([`cure`]). Findings read plain [`evidence`] and nothing else: whoever measured it can have them by
//! [`findings::findings`], with cures that are tried by a [`trial::Rerun`] of their own, or not tried, and check them by a
//! [`retrain::Retrain`].

pub mod adaptive;
mod blocks;
pub mod check;
pub mod cure;
pub mod evidence;
pub mod findings;
pub mod foreign;
pub mod linear_map;
pub mod measure;
pub mod model;
pub mod population;
pub mod predict;
pub mod prediction;
mod refused;
pub mod rerun;
pub mod retrain;
pub mod trial;

pub use check::{Check, CureCheck, verify};

use crate::error::Error;
use crate::host::Host;
use crate::run::Record;
use crate::spec::{Inits, Seeds, TaskSpec};
use crate::task::{Description, Task, check_without_data};
use crate::words::{about, rough};
use evidence::{Evidence, Place};
use findings::{Finding, findings};
use measure::measure;
use prediction::Prediction;
use rerun::{Runs, Tasks};
use serde::Serialize;

/// Why a start goes as it goes.
#[derive(Clone, Debug, Serialize)]
pub struct Explanation {
    /// The initialization, in the grammar.
    pub init: String,
    /// The seed.
    pub seed: u64,
    /// What was found, what explains most first; never empty.
    pub findings: Vec<Finding>,
    /// When the run leaves its start.
    pub prediction: Prediction,
    /// What running it showed; null if it was not run.
    pub check: Option<Check>,
    /// The loss at the start.
    pub loss: f64,
    /// Second moments of the pre-activations, layer by layer.
    pub signal: Vec<f64>,
    /// Second moments of one sample's gradient with respect to them.
    pub gradient: Vec<f64>,
    /// The largest eigenvalue of the loss's Hessian, each layer at its own rate.
    pub sharpness: f64,
    /// The first steps, which were taken.
    #[serde(skip)]
    pub stretch: Vec<Record>,
}

/// Explanations of one task's initializations.
#[derive(Debug, Serialize)]
pub struct Report<'a> {
    /// The task, everything inferred filled in.
    pub task: Description<'a>,
    /// A single explanation's keys, or `explanations` and `separates`.
    #[serde(flatten)]
    told: Told<'a>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Told<'a> {
    One(&'a Explanation),
    Several { explanations: &'a [Explanation], separates: Vec<Separation> },
}

impl<'a> Report<'a> {
    /// What is told of these explanations.
    pub fn new(task: &'a Task, explanations: &'a [Explanation]) -> Self {
        let told = match explanations {
            [one] => Told::One(one),
            several => Told::Several { explanations: several, separates: separates(several) },
        };
        Self { task: task.describe(), told }
    }
}

/// The tasks to be explained: one for each initialization, in float64 and with the first seed.
///
/// # Errors
/// As [`Task::new`].
pub fn tasks(spec: &TaskSpec) -> Result<Vec<Task>, Error> {
    tasks_on(spec, None)
}

/// The same on the samples that another task has, if it is on the same data.
///
/// # Errors
/// As [`Task::new`].
pub fn tasks_on(spec: &TaskSpec, other: Option<&Task>) -> Result<Vec<Task>, Error> {
    check_without_data(spec)?;
    spec.init.seeds.count()?;
    let one = |init: &headstart_engine::init::Initialization| {
        let mut spec = spec.clone();
        (spec.init.init, spec.init.seeds) = (Inits(vec![init.clone()]), Seeds::Count(1));
        spec.training.looks();
        spec
    };
    let mut specs = spec.init.init.0.iter().map(one);
    let Some(first) = specs.next() else {
        return Err(Error::Usage("--init: at least one initialization is needed".to_owned()));
    };
    let first = other.map_or_else(|| Task::new(first.clone()), |other| other.vary(first.clone()))?;
    let mut tasks = vec![first];
    for spec in specs {
        tasks.push(tasks[0].vary(spec)?);
    }
    Ok(tasks)
}

/// Explains the tasks of [`tasks`]. `None` if it was stopped. A stage, of a step for each.
///
/// # Errors
/// If there is not enough memory.
pub fn explain_all(tasks: &[Task], host: &Host<'_>) -> Result<Option<Vec<Explanation>>, Error> {
    host.begin("looking: ", tasks.len() as u64);
    tasks.iter().map(|task| explain(task, host)).collect()
}

/// Explains a task of [`tasks`]. `None` if it was stopped. The watch counts one step.
///
/// # Errors
/// If there is not enough memory.
pub fn explain(task: &Task, host: &Host<'_>) -> Result<Option<Explanation>, Error> {
    let (threads, watch) = (host.threads(), host.watch());
    if watch.is_stopped() {
        return Ok(None);
    }
    task.looks_at_once(1)?;
    let Some(evidence) = measure(task, threads, watch)? else { return Ok(None) };
    watch.add(1);
    let mut tasks = Tasks::of(task, threads, watch);
    let Some(findings) = findings(&evidence, Some(&mut tasks))? else { return Ok(None) };
    Ok(Explanation::new(evidence, findings).filter(|_| !watch.is_stopped()))
}

impl Explanation {
    /// What was found in evidence; none where nothing was run, so that nothing is predicted.
    pub fn new(evidence: Evidence, findings: Vec<Finding>) -> Option<Self> {
        let of_layers = |figure: fn(&Place) -> f64| evidence.look.places.iter().map(figure).collect();
        let outlook = evidence.outlook?;
        Some(Self {
            signal: of_layers(|layer| layer.signal),
            gradient: of_layers(|layer| layer.gradient),
            init: evidence.start.init,
            seed: evidence.start.seed,
            findings,
            check: None,
            loss: evidence.look.loss,
            sharpness: evidence.curvature.map_or(f64::NAN, |curvature| curvature.sharpness),
            stretch: outlook.trace,
            prediction: outlook.prediction,
        })
    }
}

/// Runs the tasks and what was advised for each, and holds that to the explanations: see [`verify`]. A stage. False if it was stopped.
///
/// # Errors
/// As [`Plan::new`](check::Plan::new) and [`verify`].
pub fn verify_all(tasks: &[Task], explanations: &mut [Explanation], host: &Host<'_>) -> Result<bool, Error> {
    let mut runs: Vec<Runs<'_>> = tasks.iter().map(|task| Runs::of(task, host)).collect();
    let plan = |(runs, explanation): (&mut Runs<'_>, &Explanation)| check::Plan::new(explanation, runs);
    let plans: Vec<check::Plan> = runs.iter_mut().zip(&*explanations).map(plan).collect::<Result<_, _>>()?;
    host.begin("running it: ", plans.iter().map(check::Plan::steps).fold(0, u64::saturating_add));
    for ((plan, explanation), runs) in plans.iter().zip(explanations).zip(&mut runs) {
        verify(plan, explanation, runs)?;
    }
    Ok(!host.is_stopped())
}

/// What separates one start from another.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Separation {
    /// The one that is predicted to leave its start sooner.
    pub sooner: String,
    /// The other one.
    pub later: String,
    /// The figure in which they differ most.
    pub figure: &'static str,
    /// That figure of the sooner and of the later one.
    pub figures: [f64; 2],
    /// All of it in words.
    pub sentence: String,
}

/// What separates the start that is predicted to be left first from each of the others.
pub fn separates(explanations: &[Explanation]) -> Vec<Separation> {
    let when = |one: &&Explanation| {
        let prediction = &one.prediction;
        (prediction.step.is_none(), prediction.step.or(prediction.from).unwrap_or(u64::MAX))
    };
    let Some(best) = explanations.iter().min_by_key(when) else {
        return Vec::new();
    };
    explanations.iter().filter(|other| !std::ptr::eq(*other, best)).map(|other| separation(best, other)).collect()
}

fn separation(sooner: &Explanation, later: &Explanation) -> Separation {
    let last = |x: &[f64]| x.last().copied().unwrap_or(0.0);
    let first = |x: &[f64]| x.first().copied().unwrap_or(0.0);
    let figures = [
        ("signal at the output", last(&sooner.signal), last(&later.signal)),
        ("gradient in layer 1", first(&sooner.gradient), first(&later.gradient)),
        ("loss at the start", sooner.loss, later.loss),
        ("sharpness", sooner.sharpness, later.sharpness),
    ];
    let apart = |a: f64, b: f64| if a == b { 0.0 } else { (a.abs() / b.abs()).ln().abs() };
    let most = |x: &(_, f64, f64), y: &(_, f64, f64)| apart(x.1, x.2).total_cmp(&apart(y.1, y.2));
    let (figure, a, b) = figures.into_iter().max_by(most).expect("there are four");
    let leaves = |one: &Explanation| match (one.prediction.step, one.prediction.from) {
        (Some(step), _) => format!("leaves its start at about step {}", about(step)),
        (None, Some(from)) => format!("does not before step {}", about(from)),
        (None, None) => "never does".to_owned(),
    };
    let factor = apart(a, b).exp();
    let factor =
        if factor.is_finite() && factor > 1.1 { format!(", a factor of {}", rough(factor)) } else { String::new() };
    let decides = match [sooner, later].map(|one| one.findings[0].name) {
        [one, other] if one == other => format!("First of both is: {one}"),
        [one, other] => format!("What decides: {one} here, {other} there"),
    };
    let sentence = format!(
        "{} {}; {} {}. They differ most in the {figure}: {} and {}{factor}. {decides}.",
        sooner.init,
        leaves(sooner),
        later.init,
        leaves(later),
        rough(a),
        rough(b),
    );
    Separation { sooner: sooner.init.clone(), later: later.init.clone(), figure, figures: [a, b], sentence }
}
