//! The findings: what can be wrong with a start, each in one function, and which of it decides.

pub(crate) mod data;
mod depth;
mod training;
mod units;

use super::cure::Cure;
use super::evidence::Evidence;
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
    /// The flags that do it, ready to be tried; null where no flag does.
    pub cure: Option<Cure>,
    /// Whether this is what decides how the run goes.
    pub decides: bool,
    /// How much it explains.
    #[serde(skip)]
    pub(super) weight: Weight,
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

/// Everything that is wrong, what explains most first; of equals, causes before what they cause. Never empty.
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
        let (evidence, advice) = (BTreeMap::new(), String::new());
        Self { name, sentence, layer: None, evidence, advice, cure: None, decides: false, weight }
    }

    fn at(self, layer: usize) -> Self {
        Self { layer: Some(layer), ..self }
    }

    fn figure(mut self, name: &'static str, figure: f64) -> Self {
        self.evidence.insert(name, figure);
        self
    }

    fn advice(self, advice: String, cure: Option<Cure>) -> Self {
        Self { advice, cure, ..self }
    }
}

/// What a finding explains that is enough to keep a run from leaving its start.
fn if_late(evidence: &Evidence) -> Weight {
    if evidence.is_late() { Weight::Decisive } else { Weight::Minor }
}

/// The usual initialization as advice, with what to do where that is the one there is.
fn usual_init(evidence: &Evidence, otherwise: &str) -> (String, Option<Cure>) {
    match Cure::usual_init(evidence.task.network(), evidence.init()) {
        Some(cure) => (format!("start with {cure}"), Some(cure)),
        None => (otherwise.to_owned(), None),
    }
}

fn nothing_wrong(evidence: &Evidence) -> Finding {
    let layers = &evidence.probe.layers;
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
        rough(evidence.logits().signal),
        rough(layers[0].gradient),
    );
    Finding::new("nothing wrong", Weight::Minor, sentence)
        .figure("signal_in_first_layer", layers[0].signal)
        .figure("signal_at_output", evidence.logits().signal)
        .figure("gradient_in_first_layer", layers[0].gradient)
        .figure("sharpness", evidence.probe.sharpness.value)
        .advice("train".to_owned(), None)
}
