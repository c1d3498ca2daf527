//! The findings: what can be wrong with a start, each in one function, and which of it decides.

pub(crate) mod data;
mod depth;
mod training;
mod units;

use super::cure::{Cure, Toward};
use super::evidence::Evidence;
use super::check::{BETTER, CureCheck};
use super::trial::{Aim, RUN, Trial};
use crate::data::Preprocess;
use crate::words::{about, count, rough};
use serde::Serialize;
use std::collections::BTreeMap;

/// One cause that was found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// A short name: one of [`NAMES`].
    pub name: &'static str,
    /// What it is, in one sentence for a learner.
    pub sentence: String,
    /// The layer where it is worst, from 1 on; null where it is no layer's.
    pub layer: Option<usize>,
    /// The figures behind it.
    pub evidence: BTreeMap<&'static str, f64>,
    /// What to do.
    pub advice: String,
    /// The flags that do it, which were tried at the start, and helped; null where no flag did.
    pub cure: Option<Cure>,
    /// The cures that were tried at the start.
    pub tried: Vec<Trial>,
    /// Whether this is what decides how the run goes.
    pub decides: bool,
    /// How much it explains.
    #[serde(skip)]
    pub(super) weight: Weight,
    /// What a cure has to better.
    #[serde(skip)]
    pub(super) aim: Aim,
    /// What may help, to be tried.
    #[serde(skip)]
    pub(super) remedies: Vec<Remedy>,
    /// What to do where none of that helps.
    #[serde(skip)]
    pub(super) otherwise: String,
}

/// Cures of one kind.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Remedy {
    /// To be tried in turn until one helps.
    pub turn: Vec<Cure>,
    /// What is told behind it.
    pub because: String,
}

/// How much a finding explains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Weight {
    /// The run goes wrong, and this is enough to make it.
    Decisive,
    /// The run does without it, or it follows from something else.
    Minor,
}

/// All findings, causes before what they cause.
const DETECTORS: &[fn(&Evidence) -> Option<Finding>] = &[
    data::labels_out_of_range,
    data::inputs_badly_scaled,
    units::symmetric_units,
    units::dead_units,
    depth::exploding_signal,
    units::saturated_units,
    depth::exploding_gradient,
    units::saturated_outputs,
    training::step_too_large,
    depth::vanishing_signal,
    depth::vanishing_gradient,
    depth::lost_correlation,
    training::plateau,
    training::step_too_small,
];

/// The names of all findings.
pub const NAMES: &[&str] = &[
    "labels out of range",
    "inputs badly scaled",
    "symmetric units",
    "dead units",
    "exploding signal",
    "saturated units",
    "exploding gradient",
    "saturated outputs",
    "step too large",
    "vanishing signal",
    "vanishing gradient",
    "samples alike",
    "plateau",
    "step too small",
    "nothing wrong",
];

/// Everything that is wrong, what explains most first; of equals, causes before what they cause. Never empty. What to do about
/// it is told by [`super::trial::try_cures`].
pub fn findings(evidence: &Evidence) -> Vec<Finding> {
    let mut found: Vec<Finding> = DETECTORS.iter().filter_map(|detector| detector(evidence)).collect();
    found.sort_by_key(|finding| finding.weight);
    if found.is_empty() {
        found.push(nothing_wrong(evidence));
    }
    let first = &mut found[0];
    first.decides = first.weight == Weight::Decisive;
    found
}

impl Finding {
    fn new(name: &'static str, weight: Weight, sentence: String) -> Self {
        Self {
            name,
            sentence,
            layer: None,
            evidence: BTreeMap::new(),
            advice: String::new(),
            cure: None,
            tried: Vec::new(),
            decides: false,
            weight,
            aim: Aim::Steps,
            remedies: Vec::new(),
            otherwise: String::new(),
        }
    }

    fn at(self, layer: usize) -> Self {
        Self { layer: Some(layer), ..self }
    }

    fn figure(mut self, name: &'static str, figure: f64) -> Self {
        self.evidence.insert(name, figure);
        self
    }

    /// What a cure has to better, if not only how the run goes.
    fn aim(self, aim: Aim) -> Self {
        Self { aim, ..self }
    }

    /// Cures of one kind, the first that helps of which is meant, and what is told behind it.
    fn cure(mut self, turn: Vec<Cure>, because: &str) -> Self {
        if !turn.is_empty() {
            self.remedies.push(Remedy { turn, because: because.to_owned() });
        }
        self
    }

    /// What to do where no cure helps.
    fn otherwise(self, otherwise: impl Into<String>) -> Self {
        Self { otherwise: otherwise.into(), ..self }
    }

    /// Tells what to do, once cures have been tried: the one of these trials, or nothing that was tried. What does not keep a run
    /// from leaving its start in time can be left as it is.
    pub(super) fn tell(&mut self, best: Option<usize>, in_time: bool) {
        let best = best.map(|i| &self.tried[i]);
        let mut advice = match best {
            Some(Trial { cure, because, how, sentence, .. }) => {
                format!("{} {cure}{because} ({how}: {sentence})", cure.verb())
            }
            None if in_time && self.weight == Weight::Minor && !self.tried.is_empty() => {
                "leave it as it is: it does not keep the run from learning".to_owned()
            }
            None => self.otherwise.clone(),
        };
        // What was told before, and the first that anyone would think of.
        let in_vain = || self.tried.iter().filter(|trial| !trial.helps);
        let first = || self.tried.first().filter(|trial| !trial.helps);
        let told = if best.is_some() {
            first()
        } else {
            in_vain().find(|trial| trial.how == RUN).or_else(|| in_vain().next())
        };
        if let Some(Trial { cure, how, sentence, .. }) = told {
            advice += &format!("; {cure} was {how} and does not help ({sentence})");
        }
        self.cure = best.map(|trial| trial.cure.clone());
        self.advice = advice;
    }

    /// Holds the trials to what running the cures showed, and tells the one that helped most.
    pub(super) fn proved(&mut self, checks: &[CureCheck], in_time: bool) {
        let mut best: Option<(usize, f64)> = None;
        for (i, trial) in self.tried.iter_mut().enumerate() {
            let Some(check) = checks.iter().find(|check| check.cure == trial.cure) else { continue };
            (trial.helps, trial.how, trial.sentence) = (check.bears_out, RUN, check.outcome.clone());
            let loss = check.train.loss;
            if check.bears_out && best.is_none_or(|(_, other)| loss < BETTER * other) {
                best = Some((i, loss));
            }
        }
        self.tell(best.map(|(i, _)| i), in_time);
    }
}

/// What a finding explains that is enough to keep a run from leaving its start.
fn if_late(evidence: &Evidence) -> Weight {
    if evidence.is_late() { Weight::Decisive } else { Weight::Minor }
}

/// Initializations that may be better, the usual one first.
fn inits(evidence: &Evidence, toward: Toward) -> Vec<Cure> {
    Cure::inits(evidence.task.network(), evidence.init(), toward)
}

/// Features with mean 0 and variance 1, where they are not.
fn standardized(evidence: &Evidence) -> Vec<Cure> {
    let is = evidence.task.spec.data.preprocess == Preprocess::Standardize;
    if is { Vec::new() } else { vec![Cure::Standardize] }
}

fn nothing_wrong(evidence: &Evidence) -> Finding {
    let layers = &evidence.look.layers;
    let prediction = &evidence.outlook.prediction;
    let then = match prediction.step {
        Some(step) if prediction.within => {
            format!("it leaves its start at about step {} of {}", about(step), count(evidence.steps()))
        }
        _ => {
            "if the loss stays high, it is not because of where it starts: look at the data, the width, or how long it \
              trains"
                .to_owned()
        }
    };
    let sentence = format!(
        "Nothing is wrong with this start: the signal gets through ({} in layer 1, {} at the output), the gradient \
         gets back ({} in layer 1), and steps are short enough for the curvature; {then}.",
        rough(layers[0].signal),
        rough(evidence.look.logits().signal),
        rough(layers[0].gradient),
    );
    Finding::new("nothing wrong", Weight::Minor, sentence)
        .figure("signal_in_first_layer", layers[0].signal)
        .figure("signal_at_output", evidence.look.logits().signal)
        .figure("gradient_in_first_layer", layers[0].gradient)
        .figure("sharpness", evidence.sharpness.value)
        .otherwise("train")
}
