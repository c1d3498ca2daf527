//! Explanations of models that somebody else holds: they are measured and run there, and judged here.

use super::check::{BETTER, CureCheck};
use super::cure::Cure;
use super::evidence::{Curvature, Evidence, Inputs, Look, Start, TrainingFacts};
use super::findings::{Finding, findings, tell};
use super::prediction::{Outlook, Prediction, along};
use super::trial::Rerun;
use crate::error::Error;
use crate::run::{Figures, Record};
use crate::serial::number;
use crate::words::{count, many, rough};
use serde::{Deserialize, Serialize};

/// What was measured of a model at its start.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// What it was drawn by, as far as that is known.
    pub start: Start,
    /// One pass forward and backward.
    pub look: Look,
    /// What guessing costs; not a number where that is not known.
    #[serde(deserialize_with = "number")]
    pub guessing: f64,
    /// The same on the batch that is trained on, where few samples are guessed better by their own shares; else as `guessing`.
    #[serde(deserialize_with = "number")]
    pub plateau: f64,
    /// What moves the parameters.
    pub training: TrainingFacts,
    /// How curved the loss is; none where it was not measured.
    #[serde(default)]
    pub curvature: Option<Curvature>,
    /// Losses before the first steps of its own training on the batch; none where nothing was run.
    #[serde(default)]
    pub trace: Vec<Record>,
    /// The share of units of each hidden place that were dead behind those.
    #[serde(default)]
    pub dead: Vec<f64>,
}

/// Why a model starts as it does.
#[derive(Clone, Debug, Serialize)]
pub struct ModelExplanation {
    /// What it was drawn by, as far as that is known.
    pub init: String,
    /// The seed.
    pub seed: u64,
    /// What was found, what explains most first; never empty.
    pub findings: Vec<Finding>,
    /// When the run leaves its start, by a short run; null where nothing was run.
    pub prediction: Option<Prediction>,
    /// What longer runs side by side showed of each cure; empty where nothing was run.
    pub checks: Vec<CureCheck>,
    /// The loss at the start.
    pub loss: f64,
    /// What guessing costs; null where that is not known.
    pub guessing: f64,
    /// What was measured.
    pub look: Look,
    /// The largest eigenvalue of the loss's Hessian; null where it was not measured.
    pub sharpness: Option<f64>,
    /// The losses before the first steps.
    pub trace: Vec<Record>,
}

/// Whoever can train a model from its start, or from a changed one, for so many steps of its own.
pub trait Trains: Rerun {
    /// The losses before each step with a change, or without; `seed` tells draws apart. None if it cannot be made or was stopped.
    ///
    /// # Errors
    /// Whatever keeps it from being run.
    fn train(&mut self, cure: Option<&Cure>, seed: u64) -> Result<Option<Vec<Record>>, Error>;

    /// From how many seeds a changed start shall be run.
    fn seeds(&self) -> u64;
}

/// A loss below this share of guessing's has left the start.
const LEFT: f64 = 0.95;

impl Outlook {
    /// What a short run on a batch says, whose losses are all there is: whether it left its start in it. Given is what guessing costs, and
    /// what it costs on that batch, by its own shares.
    pub fn seen(trace: Vec<Record>, [guessing, plateau]: [f64; 2], dead: Vec<f64>) -> Option<Self> {
        let start = trace.first()?.loss;
        let plateau = if plateau.is_finite() { plateau } else { start };
        let cap = Some(if guessing.is_finite() { guessing.max(plateau) } else { f64::INFINITY });
        let threshold = LEFT * plateau;
        let steps = trace.len();
        let diverged = trace.iter().any(|record| !record.loss.is_finite());
        let is_falling = is_falling(&trace, plateau);
        let found = trace.iter().find(|record| record.loss < threshold).map(|record| record.step as u64);
        let way = trace.iter().map(|record| (record.step as f64, record.loss)).collect();
        let prediction = Prediction {
            event: format!("loss on the batch below {}", rough(threshold)),
            plateau,
            threshold,
            from: found.or((!diverged).then_some(steps as u64)),
            to: found,
            step: found,
            within: found.is_some(),
            method: "run itself".to_owned(),
            evaluations: steps,
            way,
        };
        Some(Self { prediction, trace, steps, diverged, dead, cap, is_falling })
    }
}

/// Losses that lose this share of what guessing costs from the third to the last quarter of a run are falling.
const FALLS: f64 = 0.005;

/// Whether losses fall at the end of a run; of one that is too short for quarters, as far as it goes.
fn is_falling(trace: &[Record], plateau: f64) -> bool {
    let quarter = trace.len().div_ceil(4);
    let mean = |some: &[Record]| some.iter().map(|record| record.loss).sum::<f64>() / some.len().max(1) as f64;
    let Some(before) = trace.len().checked_sub(2 * quarter) else { return false };
    let (third, last) = trace[before..].split_at(quarter);
    mean(third) - mean(last) > FALLS * plateau
}

/// Explains what was measured; cures are tried by whoever measured. None if it was stopped.
///
/// # Errors
/// As [`findings`].
pub fn explain_measured(measured: Measured, rerun: Option<&mut dyn Rerun>) -> Result<Option<ModelExplanation>, Error> {
    let Measured { start, look, guessing, plateau, training, curvature, trace, dead } = measured;
    let outlook = Outlook::seen(trace.clone(), [guessing, plateau], dead);
    let evidence = Evidence { start, look, inputs: Inputs::default(), guessing, training, curvature, outlook };
    let Some(findings) = findings(&evidence, rerun)? else { return Ok(None) };
    let Evidence { start, look, outlook, .. } = evidence;
    Ok(Some(ModelExplanation {
        init: start.init,
        seed: start.seed,
        findings,
        prediction: outlook.map(|outlook| outlook.prediction),
        checks: Vec::new(),
        loss: look.loss,
        guessing,
        look,
        sharpness: curvature.map(|curvature| curvature.sharpness),
        trace,
    }))
}

/// Runs the model as it is and with each cure that was found, side by side, and takes back what does not help. Nothing changes if it was
/// stopped.
///
/// # Errors
/// As [`Trains::train`].
pub fn verify_measured(explanation: &mut ModelExplanation, runs: &mut dyn Trains) -> Result<(), Error> {
    let cures: Vec<(&'static str, Cure)> = explanation
        .findings
        .iter()
        .enumerate()
        .flat_map(|(i, finding)| {
            // Of the first what betters its figure is run, too: a few steps on one batch do not tell.
            let others = finding.tried.iter().filter(move |trial| i == 0 && trial.betters).map(|trial| &trial.cure);
            finding.cure.iter().chain(others).map(|cure| (finding.name, cure.clone()))
        })
        .fold(Vec::new(), |mut cures, (name, cure)| {
            if !cures.iter().any(|(_, other)| *other == cure) {
                cures.push((name, cure));
            }
            cures
        });
    if cures.is_empty() {
        return Ok(());
    }
    let Some(own) = runs.train(None, 0)? else { return Ok(()) };
    let plateau = explanation.prediction.as_ref().map_or(f64::INFINITY, |prediction| prediction.plateau);
    let guessing = explanation.guessing;
    let cap = if guessing.is_finite() { guessing.max(plateau) } else { f64::INFINITY };
    let mut checks = Vec::new();
    for (finding, cure) in cures {
        let mut with = Vec::new();
        for seed in 0..runs.seeds().max(1) {
            let Some(trace) = runs.train(Some(&cure), seed)? else { return Ok(()) };
            with.push(trace);
        }
        checks.push(checked(finding, cure, &own, with, [cap, plateau]));
    }
    for finding in &mut explanation.findings {
        finding.prove(&checks);
    }
    let in_time = explanation.prediction.as_ref().is_some_and(|prediction| prediction.within);
    tell(&mut explanation.findings, in_time);
    explanation.checks = checks;
    Ok(())
}

/// What a run ends with: the mean of the last eighth of its losses; infinite where it diverged.
fn end(trace: &[Record]) -> f64 {
    let last = &trace[trace.len() - trace.len().div_ceil(8)..];
    let mean = last.iter().map(|record| record.loss).sum::<f64>() / last.len() as f64;
    if mean.is_finite() { mean } else { f64::INFINITY }
}

/// What runs from several seeds showed of a cure, beside the model as it is.
fn checked(
    finding: &'static str,
    cure: Cure,
    own: &[Record],
    with: Vec<Vec<Record>>,
    [cap, plateau]: [f64; 2],
) -> CureCheck {
    let way = |trace: &[Record]| if end(trace).is_finite() { along(trace, cap) } else { f64::INFINITY };
    let mean = |of: &dyn Fn(&[Record]) -> f64| with.iter().map(|trace| of(trace)).sum::<f64>() / with.len() as f64;
    let without = way(own);
    let lower = with.iter().filter(|trace| way(trace) < BETTER * without).count();
    // Most seeds, and the mean of all.
    let bears_out = 3 * lower >= 2 * with.len() && mean(&way) < BETTER * without;
    let told = |loss: f64| if loss.is_finite() { rough(loss) } else { "no finite number".to_owned() };
    let steps = count(with.iter().map(Vec::len).fold(own.len(), usize::max) as u64);
    let outcome = format!(
        "mean loss {} over {steps} steps, {} at their end; without, {} and {}",
        told(mean(&way)),
        told(mean(&end)),
        told(without),
        told(end(own))
    );
    let threshold = LEFT * plateau;
    let measured = with.first().and_then(|trace| trace.iter().find(|record| record.loss < threshold));
    let verdict = if bears_out { "" } else { ": it does not help" };
    let of = many(with.len() as u64, "seed");
    CureCheck {
        finding,
        measured: measured.map(|record| record.step as u64),
        train: Figures { loss: mean(&end), accuracy: None, classes: None },
        test: None,
        bears_out,
        others: Some([lower, with.len()]),
        sentence: format!("With {cure} over {of}: {outcome}; lower in {lower}{verdict}."),
        outcome,
        cure,
        trace: with.into_iter().next().unwrap_or_default(),
    }
}

/// Second moments beyond these are lost in float32 after a few layers more, or drown every step.
const BOUNDS: (f64, f64) = (1e-24, 1e12);

/// Why a start need not be trained: its loss or a gradient is no number, no gradient gets back to the first layer, or signals are beyond
/// what single precision holds. None where only training tells.
pub fn hopeless(look: &Look) -> Option<String> {
    if !look.loss.is_finite() {
        return Some("the loss is no finite number at the start".to_owned());
    }
    let first = look.places.first()?;
    if first.gradient.is_infinite() {
        return Some(format!("the gradient of {} is no finite number", first.name));
    }
    if first.weight_gradient == 0.0 && look.places.iter().all(|place| place.weight_gradient == 0.0) {
        return Some("no gradient reaches any layer".to_owned());
    }
    let largest = look.places.iter().max_by(|a, b| a.signal.total_cmp(&b.signal))?;
    if largest.signal > BOUNDS.1 {
        return Some(format!("the signal of {} is {} (second moment)", largest.name, rough(largest.signal)));
    }
    let faint = first.gradient > 0.0 && first.gradient < BOUNDS.0;
    faint.then(|| format!("the gradient that gets back to {} is {} (second moment)", first.name, rough(first.gradient)))
}
