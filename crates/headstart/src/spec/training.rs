//! The section `training` of a specification.

use super::device::Device;
use crate::error::Error;
use crate::serial::text;
use headstart_engine::names::{GrammarError, plain};
use headstart_engine::optimizer::OPTIMIZERS;
use headstart_engine::optimizer::{Clip, Decay, Optimizer, Schedule};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// The section `training`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
// As it stands here, and around it what the device says of the precision: see below.
#[serde(remote = "Self", rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct TrainingSpec {
    /// The update rule.
    pub optimizer: OptimizerName,
    /// The learning rate: by default [`OptimizerName::usual_rate`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lr: Option<f64>,
    /// What the learning rate is multiplied by in each layer of weights, from the first one on: 1 everywhere by default; 0
    /// leaves a layer as it is drawn.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lr_factors: Vec<f64>,
    /// The learning rate over the steps.
    #[serde(with = "text")]
    pub lr_schedule: Schedule,
    /// Steps in which the learning rate rises before its schedule begins: none by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warmup: Option<usize>,
    /// Weight decay: 0.01 for adamw and none for the others by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight_decay: Option<f64>,
    /// Whether it goes past the gradient; so it does for adamw and lion.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub decoupled_decay: bool,
    /// Whether biases decay as well.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub decay_biases: bool,
    /// The most that the gradient of all parameters together may be long.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clip: Option<f64>,
    /// The most that every element of the gradient may be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clip_value: Option<f64>,
    /// The share of the units that is left out: one for all hidden layers, or one for each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dropout: Vec<f64>,
    /// How far targets of classes are moved towards their mean: not at all by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label_smoothing: Option<f64>,
    /// Looks at the validation samples in a row without a lower loss before training stops: it does not by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub early_stopping: Option<usize>,
    /// Steps between two of them: by default an epoch with minibatches, and a record with all samples at every step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub validation_every: Option<usize>,
    /// Samples in a minibatch: by default all for gd, 32 for the others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch: Option<usize>,
    /// Updates of the parameters: by default 15,000 with all samples at every step, 20 epochs with minibatches.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub steps: Option<usize>,
    /// The same, as passes through the training set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epochs: Option<usize>,
    /// Momentum of gd and sgd: 0 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub momentum: Option<f64>,
    /// Nesterov's momentum.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub nesterov: bool,
    /// Decay of the first moment of adam and its like: 0.9 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beta1: Option<f64>,
    /// Decay of their second moment: 0.999 by default, 0.99 of lion.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beta2: Option<f64>,
    /// Decay of the second moment of rmsprop, 0.99 by default, and of adadelta, 0.9.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decay: Option<f64>,
    /// Added to the root of the second moment: 1e-8 by default, 1e-6 by adadelta, 1e-10 by adagrad.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epsilon: Option<f64>,
    /// What adagrad's sum of squares starts from: 0 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initial_accumulator: Option<f64>,
    /// Steps that lbfgs remembers: 10 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub history: Option<usize>,
    /// The loss is recorded every so many steps: by default a round number that gives about a hundred records.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record_every: Option<usize>,
    /// The numbers that training computes with, where they are not those of the device: see [`TrainingSpec::precision`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub precision: Option<Precision>,
    /// What computes.
    #[serde(skip_serializing_if = "Device::is_cpu")]
    pub device: Device,
    /// What the losses of the samples of each class count.
    #[serde(skip_serializing_if = "ClassWeights::is_none")]
    pub class_weights: ClassWeights,
    /// The accuracy from which on a run counts as a success: on the test set, or the training set without one. 0.95 by
    /// default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<f64>,
}

/// A text always has the precision, but where the device is still open.
impl Serialize for TrainingSpec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let precision = self.precision.or((self.device != Device::Auto).then(|| self.precision()));
        Self::serialize(&Self { precision, ..self.clone() }, serializer)
    }
}

/// What a text says of the precision and the device has anyway is not said.
impl<'de> Deserialize<'de> for TrainingSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let said = Self::deserialize(deserializer)?;
        let is_said = |precision: &Precision| said.device == Device::Auto || *precision != said.device.precision();
        Ok(Self { precision: said.precision.filter(is_said), ..said })
    }
}

impl TrainingSpec {
    /// The numbers that training computes with: those that are asked for, or those of the device.
    pub fn precision(&self) -> Precision {
        self.precision.unwrap_or(self.device.precision())
    }

    /// The same training in float64 by the processor, as whatever looks at a start does.
    pub(crate) fn looks(&mut self) {
        (self.precision, self.device) = (None, Device::Cpu);
    }

    /// Whether the device has the numbers that are asked for.
    ///
    /// # Errors
    /// If it has not, or is still open.
    pub fn check_device(&self) -> Result<(), Error> {
        match (self.device, self.precision()) {
            (Device::Cpu, _) | (Device::Gpu, Precision::F32) => Ok(()),
            (Device::Gpu, Precision::F64) => Err(Error::Usage(
                "--precision f64 with --device gpu: a GPU computes in float32; leave out the precision or make it f32, or use \
                 --device cpu"
                    .to_owned(),
            )),
            (Device::Auto, _) => Err(Error::Usage(
                "--device auto: whoever runs the task has to say first what it comes to, cpu or gpu".to_owned(),
            )),
        }
    }

    /// The update rule with its numbers.
    ///
    /// # Errors
    /// If there is a number that the rule does not have.
    pub fn optimizer(&self) -> Result<Optimizer, Error> {
        use OptimizerName::{Adadelta, Adagrad, Adam, Adamax, Adamw, Gd, Lbfgs, Lion, Nadam, Rmsprop, Sgd};
        let name = self.optimizer;
        let only_for = |given: bool, flag: &str, rules: &[OptimizerName]| {
            if given && !rules.contains(&name) {
                let rules: Vec<String> = rules.iter().map(ToString::to_string).collect();
                return Err(Error::Usage(format!("--{flag} is for --optimizer {}, not {name}", rules.join(" or "))));
            }
            Ok(())
        };
        only_for(self.momentum.is_some(), "momentum", &[Gd, Sgd])?;
        only_for(self.nesterov, "nesterov", &[Gd, Sgd])?;
        only_for(self.beta1.is_some(), "beta1", &[Adam, Adamw, Nadam, Adamax, Lion])?;
        only_for(self.beta2.is_some(), "beta2", &[Adam, Adamw, Nadam, Adamax, Lion])?;
        only_for(self.decay.is_some(), "decay", &[Rmsprop, Adadelta])?;
        only_for(self.epsilon.is_some(), "epsilon", &[Adam, Adamw, Nadam, Adamax, Rmsprop, Adagrad, Adadelta])?;
        only_for(self.initial_accumulator.is_some(), "initial-accumulator", &[Adagrad])?;
        only_for(self.history.is_some(), "history", &[Lbfgs])?;
        let momentum = self.momentum.unwrap_or(0.0);
        if self.nesterov && momentum == 0.0 {
            return Err(Error::Usage("--nesterov needs --momentum, for example --momentum 0.9".to_owned()));
        }
        let mut optimizer = match name {
            Gd | Sgd => Optimizer::Descent { momentum, nesterov: self.nesterov },
            Adam | Adamw => Optimizer::ADAM,
            Nadam => Optimizer::NADAM,
            Adamax => Optimizer::ADAMAX,
            Rmsprop => Optimizer::RMSPROP,
            Adagrad => Optimizer::ADAGRAD,
            Adadelta => Optimizer::ADADELTA,
            Lion => Optimizer::LION,
            Lbfgs => Optimizer::LBFGS,
        };
        let set = |to: &mut f64, given: Option<f64>| *to = given.unwrap_or(*to);
        match &mut optimizer {
            Optimizer::Descent { .. } => {}
            Optimizer::Adam { beta1, beta2, epsilon }
            | Optimizer::Nadam { beta1, beta2, epsilon }
            | Optimizer::Adamax { beta1, beta2, epsilon } => {
                set(beta1, self.beta1);
                set(beta2, self.beta2);
                set(epsilon, self.epsilon);
            }
            Optimizer::RmsProp { decay, epsilon } | Optimizer::Adadelta { decay, epsilon } => {
                set(decay, self.decay);
                set(epsilon, self.epsilon);
            }
            Optimizer::Adagrad { initial, epsilon } => {
                set(initial, self.initial_accumulator);
                set(epsilon, self.epsilon);
            }
            Optimizer::Lion { beta1, beta2 } => {
                set(beta1, self.beta1);
                set(beta2, self.beta2);
            }
            Optimizer::Lbfgs { history } => *history = self.history.unwrap_or(*history),
        }
        Ok(optimizer)
    }

    /// The learning rate, or its largest value where a schedule varies it.
    pub fn rate(&self) -> f64 {
        self.lr.unwrap_or(self.optimizer.usual_rate())
    }

    /// Weight decay.
    ///
    /// # Errors
    /// If something is said of a decay that there is not.
    pub fn weight_decay(&self) -> Result<Decay, Error> {
        let is_adamw = self.optimizer == OptimizerName::Adamw;
        let rate = self.weight_decay.unwrap_or(if is_adamw { 0.01 } else { 0.0 });
        for (given, flag) in [(self.decoupled_decay, "decoupled-decay"), (self.decay_biases, "decay-biases")] {
            if given && rate == 0.0 {
                return Err(Error::Usage(format!("--{flag} needs --weight-decay, for example --weight-decay 0.0001")));
            }
        }
        if !(rate >= 0.0 && rate.is_finite()) {
            return Err(Error::Usage(format!(
                "--weight-decay {}: it is a number from 0 on, as 0.0001; below 0 weights would grow by themselves",
                plain(rate)
            )));
        }
        let decoupled = self.decoupled_decay || is_adamw || self.optimizer == OptimizerName::Lion;
        Ok(Decay { rate, decoupled, biases: self.decay_biases })
    }

    /// The bound of the gradient.
    ///
    /// # Errors
    /// If there are two, or one that leaves nothing.
    pub fn clip(&self) -> Result<Option<Clip>, Error> {
        let (flag, bound, clip): (_, _, fn(f64) -> Clip) = match (self.clip, self.clip_value) {
            (None, None) => return Ok(None),
            (Some(_), Some(_)) => {
                let problem = "--clip bounds the gradient's length and --clip-value its elements; give one of them";
                return Err(Error::Usage(problem.to_owned()));
            }
            (Some(bound), None) => ("clip", bound, Clip::Norm),
            (None, Some(bound)) => ("clip-value", bound, Clip::Value),
        };
        if bound > 0.0 && bound.is_finite() {
            return Ok(Some(clip(bound)));
        }
        let bound = plain(bound);
        Err(Error::Usage(format!("--{flag} {bound}: it is a positive number, as 1; at 0 nothing would move")))
    }

    /// The share of units left out in each of so many hidden layers; empty for none.
    ///
    /// # Errors
    /// If there are as many shares as fit neither all layers nor each, or one that makes no sense.
    pub fn dropout(&self, hidden: usize) -> Result<Vec<f64>, Error> {
        let said = || self.dropout.iter().map(|share| plain(*share)).collect::<Vec<_>>().join(",");
        let wrong = |problem: String| Err(Error::Usage(format!("--dropout {}: {problem}", said())));
        if let Some(share) = self.dropout.iter().find(|share| !(0.0..1.0).contains(*share)) {
            let what = if *share == 1.0 { "no unit would be left" } else { "it is a share" };
            return wrong(format!("{what}; give a number from 0 on and below 1, as 0.2"));
        }
        match (self.dropout.as_slice(), hidden) {
            ([], _) => Ok(Vec::new()),
            (_, 0) => wrong("it leaves out hidden units, and there is no hidden layer".to_owned()),
            ([share], _) => Ok(vec![*share; hidden]),
            (shares, _) if shares.len() == hidden => Ok(shares.to_vec()),
            (shares, _) => {
                wrong(format!("{} shares for {hidden} hidden layers; give one for all, or one for each", shares.len()))
            }
        }
    }
}

/// An update rule's name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OptimizerName {
    /// Gradient descent, all samples at every step unless `batch` says otherwise.
    #[default]
    Gd,
    /// The same rule with minibatches of 32 unless `batch` says otherwise.
    Sgd,
    /// Adam.
    Adam,
    /// Adam with decoupled weight decay.
    Adamw,
    /// Adam with Nesterov's momentum.
    Nadam,
    /// Adam with the largest gradient in the place of the second moment.
    Adamax,
    /// RMSprop.
    Rmsprop,
    /// Adagrad.
    Adagrad,
    /// Adadelta.
    Adadelta,
    /// Lion.
    Lion,
    /// L-BFGS, all samples at every step.
    Lbfgs,
}

impl OptimizerName {
    /// All of them, in the order in which they are listed to people.
    pub const ALL: &'static [Self] = &[
        Self::Gd,
        Self::Sgd,
        Self::Adam,
        Self::Adamw,
        Self::Nadam,
        Self::Adamax,
        Self::Rmsprop,
        Self::Adagrad,
        Self::Adadelta,
        Self::Lion,
        Self::Lbfgs,
    ];

    /// Whether every step uses all samples unless something else is asked for.
    pub fn is_of_all_samples(self) -> bool {
        matches!(self, Self::Gd | Self::Lbfgs)
    }

    /// The learning rate where none is given: PyTorch's, where it has one, 0.01 for descent, and the paper's for lion.
    pub fn usual_rate(self) -> f64 {
        match self {
            Self::Gd | Self::Sgd | Self::Rmsprop | Self::Adagrad => 0.01,
            Self::Adam | Self::Adamw => 0.001,
            Self::Nadam | Self::Adamax => 0.002,
            Self::Adadelta | Self::Lbfgs => 1.0,
            Self::Lion => 0.0001,
        }
    }
}

impl FromStr for OptimizerName {
    type Err = GrammarError;

    fn from_str(text: &str) -> Result<Self, GrammarError> {
        OPTIMIZERS.position(text).map(|i| Self::ALL[i])
    }
}

impl fmt::Display for OptimizerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(Optimizer::NAMES[*self as usize])
    }
}

/// What the losses of the samples of each class count.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum ClassWeights {
    /// All the same.
    #[default]
    None,
    /// As much for every class: `n / (k n_c)` for each of the `n_c` samples of a class, of `n` samples of `k` classes in the
    /// training set.
    Balanced,
    /// So much for a sample of each class, in the order of the classes.
    Given(Vec<f64>),
}

impl ClassWeights {
    /// Whether all samples count the same.
    pub fn is_none(&self) -> bool {
        *self == Self::None
    }
}

impl FromStr for ClassWeights {
    type Err = GrammarError;

    fn from_str(text: &str) -> Result<Self, GrammarError> {
        let weight = |part: &str| match part.trim().parse::<f64>() {
            Ok(weight) if weight > 0.0 && weight.is_finite() => Ok(weight),
            _ => Err(GrammarError::parameter(
                text,
                "class weights are balanced, none, or a positive number for each class, as in 1,10",
            )),
        };
        match text.trim().to_lowercase().as_str() {
            "none" => Ok(Self::None),
            "balanced" => Ok(Self::Balanced),
            weights => weights.split(',').map(weight).collect::<Result<_, _>>().map(Self::Given),
        }
    }
}

impl fmt::Display for ClassWeights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.pad("none"),
            Self::Balanced => f.pad("balanced"),
            Self::Given(weights) => f.pad(&weights.iter().map(|x| plain(*x)).collect::<Vec<_>>().join(",")),
        }
    }
}

impl Device {
    /// The numbers that it computes with where nothing else is asked for.
    fn precision(self) -> Precision {
        match self {
            Self::Gpu => Precision::F32,
            // What is still open is open to this, too.
            Self::Cpu | Self::Auto => Precision::F64,
        }
    }
}

/// The numbers that training computes with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precision {
    /// float64
    #[default]
    F64,
    /// float32
    F32,
}

impl Precision {
    /// Every name in the grammar.
    pub const NAMES: &'static [&'static str] = &["f64", "f32"];
}

impl FromStr for Precision {
    type Err = GrammarError;

    fn from_str(text: &str) -> Result<Self, GrammarError> {
        match text.trim().to_lowercase().as_str() {
            "f64" | "float64" | "double" => Ok(Self::F64),
            "f32" | "float32" | "float" | "single" => Ok(Self::F32),
            other => Err(GrammarError::unknown("precision", other, Self::NAMES)),
        }
    }
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(Self::NAMES[*self as usize])
    }
}
