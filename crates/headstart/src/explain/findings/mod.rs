//! The findings: what can be wrong with a start, each in one function, and which of it decides.

pub(crate) mod data;
mod depth;
pub(super) mod ended;
mod first;
pub(super) mod linear;
mod model;
mod regular;
mod training;
mod units;

use super::check::{BETTER, CureCheck};
use super::cure::{Cure, Toward};
use super::evidence::Evidence;
use super::trial::{Aim, RUN, Rerun, TRIED, Trial, try_cures};
use crate::error::Error;
use crate::spec::Block;
use crate::words::{about, count, rough};
use headstart_engine::network::blocks::Norm;
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
    /// Whether it is one whatever cures do.
    #[serde(skip)]
    is_cause: bool,
}

/// Cures of one kind.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Remedy {
    /// To be tried in turn until one helps.
    pub turn: Vec<Cure>,
    /// What is told behind it.
    pub because: String,
    /// Whether it is for where nothing else helps, and not worth a word where it does not help either.
    pub is_spare: bool,
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
    model::branches::shut_for_good,
    data::labels_out_of_range,
    data::inputs_badly_scaled,
    data::features_off_centre,
    units::symmetric_units,
    model::branches::stream_grows,
    model::fans::fan_counted_wrong,
    model::fans::default_too_small,
    model::ends::tied_embedding,
    model::ends::logits_too_large,
    model::attention::attention_saturated,
    model::attention::tokens_alike,
    model::ends::drowned_embedding,
    units::dead_units,
    depth::exploding_signal,
    units::saturated_units,
    depth::exploding_gradient,
    model::flow::batch_normalization,
    units::saturated_outputs,
    regular::warmup_too_short,
    training::step_too_large,
    depth::vanishing_signal,
    depth::vanishing_gradient,
    depth::lost_correlation,
    first::first_layer,
    linear::linear_network,
    regular::decay_too_strong,
    regular::clipping_sets_the_step,
    regular::dropout_starves,
    model::fans::normalization_hides,
    model::flow::without_gradient,
    training::plateau,
    training::step_too_small,
];

/// The names of all findings.
pub const NAMES: &[&str] = &[
    "local minimum",
    "unlucky seed",
    "few seeds learn",
    "capacity",
    "linear network",
    "too few steps",
    "no better than guessing",
    "labels out of range",
    "inputs badly scaled",
    "features off centre",
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
    "first layer too small",
    "first layer too large",
    "weight decay too strong",
    "clipping sets the step",
    "warm-up too short",
    "dropout starves a layer",
    "fan counted wrong",
    "default start too small for this depth",
    "logits too large at the start",
    "residual stream grows with depth",
    "branch shut for good",
    "attention saturated",
    "tokens alike",
    "embedding scale",
    "batch normalization's gradient grows with depth",
    "normalization hides the weights' scale",
    "parameter without gradient",
    "plateau",
    "step too small",
    "nothing wrong",
];

/// Everything that is wrong, what explains most first; of equals, causes before what they cause. Never empty. Cures have been
/// tried, if there is somebody to rerun what was measured; without, what may be none is not told. `None` if it was stopped.
///
/// # Errors
/// As [`Evidence::check`], and those of whoever reruns it.
pub fn findings(evidence: &Evidence, rerun: Option<&mut dyn Rerun>) -> Result<Option<Vec<Finding>>, Error> {
    evidence.check()?;
    let mut found: Vec<Finding> = DETECTORS.iter().filter_map(|detector| detector(evidence)).collect();
    if evidence.look.is_foreign() {
        found.iter_mut().for_each(Finding::of_model);
    }
    if let Some(rerun) = rerun
        && !try_cures(evidence, &mut found, rerun)?
    {
        return Ok(None);
    }
    found.retain(Finding::is_borne_out);
    // What is cured by leaving a pull, a bound or a share out is caused by that.
    if found.iter().any(|finding| finding.is_of_plateau() || regular::holds_back(finding)) {
        found.retain(|finding| finding.name != "plateau");
    }
    if found.is_empty() {
        found.push(nothing_wrong(evidence));
    }
    found.sort_by_key(|finding| finding.weight);
    let mut found = consistent(found);
    tell(&mut found, !evidence.is_late());
    let first = &mut found[0];
    first.decides = first.weight == Weight::Decisive;
    Ok(Some(found))
}

/// Names of which an answer has one: that a step is too large and too small may hold of different layers or stretches of the way, and
/// helps nobody who has one rate to set.
const OPPOSITES: [&str; 2] = ["step too large", "step too small"];

/// The findings without those that say again, or the opposite of, what one before them says.
pub(super) fn consistent(findings: Vec<Finding>) -> Vec<Finding> {
    let mut left: Vec<Finding> = Vec::with_capacity(findings.len());
    for finding in findings {
        let is_said = |other: &Finding| {
            other.name == finding.name || OPPOSITES.contains(&other.name) && OPPOSITES.contains(&finding.name)
        };
        if !left.iter().any(is_said) {
            left.push(finding);
        }
    }
    left
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
            is_cause: true,
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
            self.remedies.push(Remedy { turn, because: because.to_owned(), is_spare: false });
        }
        self
    }

    /// The same, tried where nothing else has helped.
    fn spare_cure(self, turn: Vec<Cure>, because: &str) -> Self {
        let before = self.remedies.len();
        let mut with = self.cure(turn, because);
        with.remedies[before..].iter_mut().for_each(|remedy| remedy.is_spare = true);
        with
    }

    /// Leaves the cures that a model of a framework can be given.
    fn of_model(&mut self) {
        for remedy in &mut self.remedies {
            remedy.turn = std::mem::take(&mut remedy.turn).into_iter().filter_map(Cure::of_model).collect();
        }
        self.remedies.retain(|remedy| !remedy.turn.is_empty());
        self.otherwise = self.otherwise.replace("--activation tanh", "tanh units");
        for remedy in &mut self.remedies {
            remedy.because = remedy.because.replace("--activation tanh", "tanh units");
        }
    }

    /// Named only where a cure helps: a cause that may be none.
    fn if_cured(self) -> Self {
        Self { is_cause: false, ..self }
    }

    /// Whether it is a cause whatever cures do.
    pub(super) fn is_cause(&self) -> bool {
        self.is_cause
    }

    /// Whether it is known to be a cause, or has been shown to be one.
    pub(super) fn is_borne_out(&self) -> bool {
        self.is_cause || self.cure.is_some()
    }

    /// Whether it says already why the loss is where guessing has it: steps that throw a start away leave no plateau to be on, and a
    /// linear network has no other end.
    pub(super) fn is_of_plateau(&self) -> bool {
        self.weight == Weight::Decisive && ["step too large", "linear network"].contains(&self.name)
    }

    /// What to do where no cure helps.
    fn otherwise(self, otherwise: impl Into<String>) -> Self {
        Self { otherwise: otherwise.into(), ..self }
    }

    /// Means the one of its trials, or nothing that was tried.
    pub(super) fn choose(&mut self, best: Option<usize>) {
        self.cure = best.map(|i| self.tried[i].cure.clone());
    }

    /// Tells what to do, once a cure has been chosen, where other findings tell these. What does not keep a run from leaving its
    /// start in time can be left as it is.
    fn tell(&mut self, told: &[Cure], in_time: bool) {
        let best = self.tried.iter().find(|trial| Some(&trial.cure) == self.cure.as_ref());
        let mut advice = match best {
            Some(Trial { cure, because, how, sentence, .. }) => {
                format!("{} {cure}{because} ({how}: {sentence})", cure.verb())
            }
            None if in_time && self.weight == Weight::Minor && !self.tried.is_empty() => {
                "leave it as it is: it does not keep the run from learning".to_owned()
            }
            None => match self.remedies.iter().find(|remedy| !remedy.is_spare) {
                Some(Remedy { turn, because, .. }) => format!("{} {}{because} (not tried)", turn[0].verb(), turn[0]),
                None => self.otherwise.clone(),
            },
        };
        // What was told before, and the first that anyone would think of. What helps against something else is not denied.
        let in_vain = || self.tried.iter().filter(|trial| !trial.helps && !told.contains(&trial.cure));
        let denied = if best.is_some() {
            in_vain().next().filter(|trial| trial.cure == self.tried[0].cure)
        } else {
            in_vain().find(|trial| trial.how == RUN).or_else(|| in_vain().next())
        };
        match denied {
            // What betters the figure and takes longer to leave the start may end better all the same.
            Some(Trial { cure, how: TRIED, betters: true, sentence, .. }) => {
                advice = format!("{advice}; whether {cure} helps only running it tells, as --verify does ({sentence})");
            }
            Some(Trial { cure, how, sentence, .. }) => {
                advice = format!("{advice}; {cure} was {how} and does not help ({sentence})");
            }
            None => {}
        }
        self.advice = advice;
    }

    /// Holds the trials to what running the cures showed, and means the one that helped most.
    pub(super) fn prove(&mut self, checks: &[CureCheck]) {
        let mut best: Option<(usize, f64)> = None;
        for (i, trial) in self.tried.iter_mut().enumerate() {
            // What does nothing for this finding's figure is not its cure, whatever it does otherwise.
            let is_for_it = trial.helps || trial.betters;
            let Some(check) = checks.iter().find(|check| is_for_it && check.cure == trial.cure) else { continue };
            (trial.helps, trial.how, trial.sentence) = (check.bears_out, RUN, check.outcome.clone());
            let loss = check.train.loss;
            if check.bears_out && best.is_none_or(|(_, other)| loss < BETTER * other) {
                best = Some((i, loss));
            }
        }
        self.choose(best.map(|(i, _)| i));
    }
}

/// Tells of each finding what to do about it, once their cures have been chosen.
pub(super) fn tell(findings: &mut [Finding], in_time: bool) {
    let told: Vec<Cure> = findings.iter().filter_map(|finding| finding.cure.clone()).collect();
    for finding in findings {
        finding.tell(&told, in_time);
    }
}

/// What a finding explains that is enough to keep a run from leaving its start.
fn if_late(evidence: &Evidence) -> Weight {
    if evidence.is_late() { Weight::Decisive } else { Weight::Minor }
}

/// Initializations that may be better, the usual one first.
fn inits(evidence: &Evidence, toward: Toward) -> Vec<Cure> {
    Cure::inits(evidence.look.activation(), &evidence.start.init, toward)
}

/// Hidden layers from which on depth may be what is wrong.
const DEEP: usize = 4;

/// What takes depth's harm from dense layers in a row: a stream that goes around them, or a normalization behind each.
fn rebuilt(evidence: &Evidence) -> Vec<Cure> {
    let (look, hidden) = (&evidence.look, evidence.look.hidden());
    // A stream has one width; where layers narrow, what they lose does not come around them.
    let is_stream = hidden.windows(2).all(|two| two[0].width == two[1].width);
    if look.model.is_some() || hidden.len() < DEEP || !is_stream {
        return Vec::new();
    }
    vec![Cure::Block(Block::Residual), Cure::Norm(Norm::Batch)]
}

/// Features with mean 0 and variance 1, where they are not.
fn standardized(evidence: &Evidence) -> Vec<Cure> {
    if evidence.inputs.are_standardized { Vec::new() } else { vec![Cure::Standardize] }
}

fn nothing_wrong(evidence: &Evidence) -> Finding {
    let layers = &evidence.look.places;
    let prediction = evidence.outlook.as_ref().map(|outlook| &outlook.prediction);
    let then = match evidence.leaves_at() {
        Some(step) if prediction.is_some_and(|prediction| prediction.within) => {
            format!("it leaves its start at about step {} of {}", about(step), count(evidence.training.steps))
        }
        _ => {
            "if the loss stays high, it is not because of where it starts: look at the data, the width, or how long it \
              trains"
                .to_owned()
        }
    };
    let first = &layers[0].name;
    let [signal, end, gradient] = [layers[0].signal, evidence.look.logits().signal, layers[0].gradient];
    let through = format!("the signal gets through ({} in {first}, {} at the output)", rough(signal), rough(end));
    let back = if gradient == 0.0 && evidence.look.model.is_some() {
        format!("no gradient gets back to {first} before layers behind it that start at 0 have moved")
    } else {
        format!("the gradient gets back ({} in {first})", rough(gradient))
    };
    let short = "steps are short enough for the curvature".to_owned();
    let is_curvature_known = evidence.curvature.is_some_and(|curvature| curvature.sharpness.is_finite());
    let looked_at = [
        (signal.is_finite() && end.is_finite(), "the signal", through),
        (gradient.is_finite(), "the gradient", back),
        (is_curvature_known && evidence.training.lr.is_finite(), "the curvature that steps meet", short),
    ];
    let (known, unknown): (Vec<_>, Vec<_>) = looked_at.iter().partition(|(is_known, ..)| *is_known);
    let known: Vec<&str> = known.iter().map(|(.., sentence)| sentence.as_str()).collect();
    let unknown: Vec<&str> = unknown.iter().map(|(_, name, _)| *name).collect();
    let sentence = match (known.as_slice(), unknown.as_slice()) {
        ([through, back, short], _) => {
            format!("Nothing is wrong with this start: {through}, {back}, and {short}; {then}.")
        }
        ([], _) => format!("Nothing is known of this start: neither of {}; {then}.", unknown.join(" nor of ")),
        (known, unknown) => format!(
            "Nothing is found to be wrong with this start as far as it is known: {}. Of {} nothing is known; {then}.",
            known.join(", and "),
            unknown.join(" and of ")
        ),
    };
    let finding = Finding::new("nothing wrong", Weight::Minor, sentence)
        .figure("signal_in_first_layer", layers[0].signal)
        .figure("signal_at_output", evidence.look.logits().signal)
        .figure("gradient_in_first_layer", layers[0].gradient)
        .otherwise("train");
    match evidence.curvature {
        Some(curvature) => finding.figure("sharpness", curvature.sharpness),
        None => finding,
    }
}
