//! What findings are drawn from: plain numbers, whoever measured them.
//!
//! [`mod@super::measure`] fills it in from a task by the engine's probe. Whoever trains a model of another kind fills in what can be
//! measured there: what is left out is not known, and no finding is drawn from it.

use super::model::Model;
use super::prediction::Outlook;
use crate::serial::{number, optional_text};
use headstart_engine::activation::Activation;
use headstart_engine::network::{Loss, Output};
use serde::{Deserialize, Serialize};

/// How near to what guessing costs a loss is that lies on the plateau.
pub(super) const ON_PLATEAU: f64 = 0.05;

/// Whether a loss is what guessing costs, more or less.
pub fn is_guessing(loss: f64, plateau: f64) -> bool {
    (loss / plateau - 1.0).abs() < ON_PLATEAU
}

/// What was measured at a start. In JSON a number that is not finite is null.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// What was drawn.
    pub start: Start,
    /// Data, signal, gradient and units.
    pub look: Look,
    /// What the inputs tell besides their sizes.
    #[serde(default)]
    pub inputs: Inputs,
    /// The loss of the best outputs that do not depend on the inputs: what guessing costs.
    #[serde(deserialize_with = "number")]
    pub guessing: f64,
    /// What moves the parameters.
    pub training: TrainingFacts,
    /// How curved the loss is that steps meet; none where it was not measured.
    #[serde(default)]
    pub curvature: Option<Curvature>,
    /// When the run leaves its start, and its first steps; none where nothing was run.
    #[serde(default)]
    pub outlook: Option<Outlook>,
}

/// What a start was drawn by.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Start {
    /// The initialization, in the grammar, or what else it is called.
    pub init: String,
    /// The seed.
    pub seed: u64,
    /// Whether biases of hidden layers are drawn by a scheme of their own.
    #[serde(default)]
    pub draws_biases: bool,
}

/// What can be seen of a start without taking a step, for the price of one pass.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Look {
    /// The loss, as it is told.
    #[serde(deserialize_with = "number")]
    pub loss: f64,
    /// What is made small; none where it is none of ours.
    #[serde(default, with = "optional_text", skip_serializing_if = "Option::is_none")]
    pub loss_kind: Option<Loss>,
    /// What is applied to the logits; none where it is none of ours.
    #[serde(default, with = "optional_text", skip_serializing_if = "Option::is_none")]
    pub output: Option<Output>,
    /// The share of outputs at their ends, where they have any.
    #[serde(default)]
    pub saturated: Option<f64>,
    /// Where it was measured, from the inputs on; the last place is that of the logits. Never empty.
    pub places: Vec<Place>,
    /// Root mean square of every feature over the training set; empty where it was not measured.
    #[serde(default)]
    pub features: Vec<f64>,
    /// The training targets of a regression.
    #[serde(default)]
    pub targets: Option<TargetFacts>,
    /// What there is beside places in a row; none of a network of dense layers in a row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<Model>,
}

/// A place in a network where something was measured: a layer, a block, a group of units. Second moments are means over its units and
/// the training samples.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Place {
    /// What it is called: `layer 3` of a dense network, counted from 1; whatever tells it apart elsewhere.
    pub name: String,
    /// What it is: `dense`, `conv`, `attention`.
    pub kind: String,
    /// How many units it has; of a convolution its channels.
    pub width: usize,
    /// At how many positions each of them is: 1 but for those of a task's convolutions.
    #[serde(skip_serializing_if = "is_one")]
    pub positions: usize,
    /// What is applied to its pre-activations; none of logits, and where it is none of ours.
    #[serde(with = "optional_text", skip_serializing_if = "Option::is_none")]
    pub activation: Option<Activation>,
    /// Inputs of a unit.
    pub fan_in: usize,
    /// Units that an input goes to.
    pub fan_out: usize,
    /// The root mean square of its weights.
    pub scale: Option<f64>,
    /// The same as its scheme means it, over all draws.
    pub intended_scale: Option<f64>,
    /// The second moment of the pre-activations.
    #[serde(deserialize_with = "number")]
    pub signal: f64,
    /// The second moment of the gradient of one sample's loss with respect to its pre-activations.
    #[serde(deserialize_with = "number")]
    pub gradient: f64,
    /// Standard deviations of the logarithms of signal and gradient over seeds, where several were measured.
    pub spread: Option<[f64; 2]>,
    /// The mean of the pre-activations.
    pub mean: Option<f64>,
    /// The Frobenius norm of the gradient of the mean loss with respect to its weights.
    #[serde(deserialize_with = "number")]
    pub weight_gradient: f64,
    /// The share of units whose activation is 0 for every sample.
    pub dead: Option<f64>,
    /// The share of units and samples where the slope is nearly 0 beside the activation's largest.
    pub saturated: Option<f64>,
    /// The effective rank of the activations: the participation ratio of the eigenvalues of their second moments.
    pub rank: Option<f64>,
    /// Pairs of units that gradients never tell apart: the same weights in and out.
    pub identical: usize,
    /// The cosine between the pre-activations of two samples, averaged over all pairs.
    pub correlation: Option<f64>,
    /// The mean cosine between the tokens of a sample; none where there are no tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens: Option<f64>,
    /// What the learning rate is multiplied by here.
    pub rate: f64,
    /// The share of its units that dropout leaves out.
    pub dropout: f64,
    /// How many times as hard as the gradient weight decay pulls at its weights.
    pub pull: Option<f64>,
}

#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_one(positions: &usize) -> bool {
    *positions == 1
}

impl Default for Place {
    fn default() -> Self {
        Self {
            name: String::new(),
            kind: "dense".to_owned(),
            width: 1,
            positions: 1,
            activation: None,
            fan_in: 1,
            fan_out: 1,
            scale: None,
            intended_scale: None,
            signal: f64::NAN,
            gradient: f64::NAN,
            spread: None,
            mean: None,
            weight_gradient: f64::NAN,
            dead: None,
            saturated: None,
            rank: None,
            identical: 0,
            correlation: None,
            tokens: None,
            rate: 1.0,
            dropout: 0.0,
            pull: None,
        }
    }
}

impl Place {
    /// The share of its units that are 0 for every sample, and stay so.
    pub fn stays_dead(&self) -> f64 {
        stays_dead(self.dead, self.weight_gradient)
    }

    /// What it is called where it is hidden.
    pub fn hidden_name(&self) -> String {
        if self.name.starts_with("layer ") { format!("hidden {}", self.name) } else { self.name.clone() }
    }
}

/// The share of units that stay dead, of those that are and the norm of the gradient by their weights.
pub(super) fn stays_dead(dead: Option<f64>, weight_gradient: f64) -> f64 {
    match dead.unwrap_or(0.0) {
        // All units of a smooth activation may be 0 and yet be about to learn.
        1.0 if weight_gradient != 0.0 => 0.0,
        share => share,
    }
}

/// What the inputs tell besides their sizes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Inputs {
    /// Whether features have mean 0 and variance 1 already.
    pub are_standardized: bool,
    /// How far they are from centred; none where no feature varies, or it was not measured.
    pub centre: Option<Centre>,
    /// The share of the targets' variance that the best linear map of the features explains, adjusted for their number (Theil 1961);
    /// none where it was not measured.
    pub linear_r2: Option<f64>,
}

/// How far features are from centred.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Centre {
    /// Of the sizes of their means in their deviations the median.
    pub median: f64,
    /// And the largest.
    pub largest: f64,
    /// Whether none is ever negative.
    pub never_negative: bool,
}

/// What matters of targets that are numbers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TargetFacts {
    /// The smallest and the largest.
    pub range: [f64; 2],
    /// Their root mean square.
    pub size: f64,
    /// The share beyond what the output can say.
    pub out_of_reach: f64,
    /// Whether they are as they came, and not scaled.
    pub are_unscaled: bool,
}

/// What moves the parameters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainingFacts {
    /// The optimizer's name.
    pub optimizer: String,
    /// The momentum of descent; none of rules that scale the steps of each parameter.
    #[serde(default)]
    pub momentum: Option<f64>,
    /// The learning rate.
    #[serde(deserialize_with = "number")]
    pub lr: f64,
    /// The largest of the first steps, which a warm-up makes smaller than that.
    #[serde(deserialize_with = "number")]
    pub rate: f64,
    /// Steps.
    pub steps: u64,
    /// Whether each is by some of the samples.
    #[serde(default)]
    pub has_minibatches: bool,
    /// Weight decay.
    #[serde(default)]
    pub decay: Option<DecayFacts>,
    /// A bound of the gradient.
    #[serde(default)]
    pub clip: Option<ClipFacts>,
    /// Steps of warm-up.
    #[serde(default)]
    pub warmup: u64,
}

impl TrainingFacts {
    /// Whether steps are along the gradient, with momentum or without.
    pub fn is_descent(&self) -> bool {
        self.momentum.is_some()
    }
}

/// Weight decay. How hard it pulls at each place is told there.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DecayFacts {
    /// What is taken off of the weights, as a share of the learning rate.
    pub rate: f64,
    /// Whether beside the gradient, and not in it.
    pub decoupled: bool,
}

/// A bound of the gradient, and how large the gradient is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClipFacts {
    /// Whether it is one of the gradient's length, and not of each of its elements.
    pub is_of_norm: bool,
    /// The bound.
    pub bound: f64,
    /// What it bounds, at the start: the length, or the largest element without its sign.
    #[serde(deserialize_with = "number")]
    pub size: f64,
}

/// How curved the loss is at the start.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Curvature {
    /// The largest eigenvalue of the loss's Hessian, each place at its own rate.
    #[serde(deserialize_with = "number")]
    pub sharpness: f64,
    /// The same as a rule that scales its steps meets it; none for descent, and where it is not known.
    #[serde(default)]
    pub scaled: Option<Scaled>,
    /// The largest that the learning rate of the first steps settles in; none where there is no such limit.
    #[serde(default)]
    pub limit: Option<f64>,
}

/// The sharpness in parameters that are scaled as a rule scales its steps.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scaled {
    /// The sharpness.
    pub sharpness: f64,
    /// After so many steps.
    pub steps: u64,
}

/// How a second moment changes from its first to its last place, and by which factor per place.
#[derive(Clone, Copy, Debug)]
pub struct Growth {
    /// In all.
    pub whole: f64,
    /// Per place.
    pub per_layer: f64,
}

fn growth(first: f64, last: f64, layers: usize) -> Option<Growth> {
    let whole = last / first;
    (layers > 0 && first > 0.0 && !whole.is_nan()).then(|| Growth { whole, per_layer: whole.powf(1.0 / layers as f64) })
}

impl Look {
    /// Whether the scale of some weights is of no matter, as what they make is normalized.
    pub fn is_normalized(&self) -> bool {
        self.model.iter().flat_map(|model| &model.parameters).any(|parameter| parameter.normalized.is_some())
    }

    /// The hidden places.
    pub fn hidden(&self) -> &[Place] {
        &self.places[..self.places.len() - 1]
    }

    /// That of the logits.
    pub fn logits(&self) -> &Place {
        &self.places[self.places.len() - 1]
    }

    /// The activation of the first hidden place; of models and blocks, where some places have none, of the first that has one.
    pub fn activation(&self) -> Option<Activation> {
        match self.model {
            Some(_) => self.hidden().iter().find_map(|place| place.activation),
            None => self.hidden().first()?.activation,
        }
    }

    /// Whether no hidden place bends, so that all together are one linear map.
    pub fn is_linear(&self) -> bool {
        self.hidden().iter().all(|place| place.activation == Some(Activation::Identity))
    }

    /// Whether signals go through one place after the other, with nothing that holds their size on the way.
    pub fn is_chain(&self) -> bool {
        self.model.as_ref().is_none_or(Model::is_chain)
    }

    /// How the signal changes from the first place to the last one, where they are in a row.
    pub fn signal_growth(&self) -> Option<Growth> {
        if !self.is_chain() {
            return None;
        }
        growth(self.places[0].signal, self.logits().signal, self.places.len() - 1)
    }

    /// How the gradient changes on its way back. Between hidden places: the last one's depends on how many outputs there are. Of positions
    /// it is the sum: what takes means over an image leaves each of them a share.
    pub fn gradient_growth(&self) -> Option<Growth> {
        if !self.is_chain() {
            return None;
        }
        let hidden = self.hidden();
        let of_all = |place: &Place| place.gradient * place.positions as f64;
        growth(of_all(hidden.last()?), of_all(hidden.first()?), hidden.len() - 1)
    }

    /// The hidden place with the largest share of something, counted from 0, and that share.
    fn worst(&self, share: impl Fn(&Place) -> f64) -> Option<(usize, f64)> {
        let places = self.hidden().iter().enumerate();
        places.map(|(l, place)| (l, share(place))).max_by(|(l, a), (m, b)| a.total_cmp(b).then(m.cmp(l)))
    }

    /// Where units are copies of one another, and the share of pairs that are.
    pub fn copies(&self) -> Option<(usize, f64)> {
        self.worst(|place| match place.width {
            0 | 1 => 0.0,
            _ if self.is_shut(place) => 0.0,
            width => place.identical as f64 / (width * (width - 1) / 2) as f64,
        })
    }

    /// Where units are 0 for every sample, and the share that is.
    pub fn dead(&self) -> Option<(usize, f64)> {
        self.worst(|place| if self.is_shut(place) { 0.0 } else { place.stays_dead() })
    }

    /// Whether a layer is 0 in a branch that is shut: its units are copies and dead, too, and that is the lesser part of it.
    fn is_shut(&self, place: &Place) -> bool {
        let zeros = self.model.iter().flat_map(Model::shut).flat_map(|branch| &branch.zeros);
        zeros.into_iter().any(|name| name.strip_suffix(".weight").unwrap_or(name) == place.name)
    }

    /// Where units are flat that should not be, and the share that is.
    pub fn flat(&self) -> Option<(usize, f64)> {
        self.worst(|place| match place.activation {
            Some(
                Activation::Tanh
                | Activation::Sigmoid
                | Activation::HardTanh
                | Activation::HardSigmoid
                | Activation::Softsign
                | Activation::SparseSigmoid,
            ) => place.saturated.unwrap_or(0.0),
            // The flat side of the others is half of how they work.
            _ => 0.0,
        })
    }
}

impl Evidence {
    /// The curvature that steps meet; none where that of adam and its like is not known.
    pub fn met(&self) -> Option<f64> {
        let curvature = self.curvature?;
        if self.training.is_descent() {
            Some(curvature.sharpness).filter(|value| value.is_finite())
        } else {
            curvature.scaled.map(|scaled| scaled.sharpness)
        }
    }

    /// The largest sharpness that the first steps settle in; infinite where there is no such limit.
    pub fn limit(&self) -> f64 {
        self.curvature.and_then(|curvature| curvature.limit).unwrap_or(f64::INFINITY)
    }

    /// The step at which the run leaves its start; none where none was found, or nothing was run.
    pub fn leaves_at(&self) -> Option<u64> {
        self.outlook.as_ref()?.prediction.step
    }

    /// Whether the run is known to be one that is not predicted to leave its start in the first half of its steps.
    pub fn is_late(&self) -> bool {
        // What falls may well get there: too few steps tell nothing.
        let is_known = self.outlook.as_ref().is_some_and(|outlook| !outlook.is_falling);
        is_known && self.leaves_at().is_none_or(|step| step > self.training.steps / 2)
    }

    /// Whether it starts, or soon comes to be, at the loss that guessing costs.
    pub fn is_on_plateau(&self) -> bool {
        let on = |loss: f64| is_guessing(loss, self.guessing);
        let last = self.outlook.as_ref().and_then(|outlook| outlook.trace.last());
        on(self.look.loss) || last.is_some_and(|record| on(record.loss))
    }
}
