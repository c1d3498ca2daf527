//! A task as users write it: the sections of a configuration file, whose keys are the long names of the flags.

use crate::data::DataSpec;
use crate::error::Error;
use crate::words::toml_error;
use headstart_engine::activation::Activation;
use headstart_engine::init::{Initialization, Scheme};
use headstart_engine::names::{GrammarError, plain};
use headstart_engine::network::{Loss, Output};
use headstart_engine::optimizer::{Optimizer, Schedule};
use headstart_engine::rng::Rng;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::path::Path;
use std::str::FromStr;

/// A task and the runs wanted of it: data, network, where to start, how to train.
///
/// Every key may be left out; what is then used is in the documentation of the key, and in the output of
/// `--print-config`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct TaskSpec {
    /// Where the samples come from.
    pub data: DataSpec,
    /// What is trained.
    pub network: NetworkSpec,
    /// Where training starts.
    pub init: InitSpec,
    /// How it goes on from there.
    pub training: TrainingSpec,
}

impl TaskSpec {
    /// The files that are read for it: of the data and of given weights.
    pub fn files(&self) -> Vec<&Path> {
        let weights = self.init.init.0.iter().filter_map(|init| init.given.as_ref());
        self.data.files().into_iter().chain(weights.map(|given| Path::new(&*given.name))).collect()
    }

    /// Reads a configuration file's text.
    ///
    /// # Errors
    /// If it is not TOML, or has a section, key or value that there is not; the message has the line.
    pub fn from_toml(text: &str) -> Result<Self, Error> {
        toml::from_str(text).map_err(|error| Error::Usage(toml_error(&error)))
    }

    /// The text of a configuration file that says the same.
    ///
    /// # Panics
    /// Never: every specification can be written as TOML.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("tables of plain values")
    }
}

/// The section `network`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct NetworkSpec {
    /// Widths, input first.
    pub layers: Layers,
    /// The activation of the hidden layers, or one for each.
    pub activation: Activations,
    /// What is applied to the logits; by default what the labels call for.
    #[serde(with = "optional_text", skip_serializing_if = "Option::is_none")]
    pub output: Option<Output>,
    /// What is made small; by default what the output calls for.
    #[serde(with = "optional_text", skip_serializing_if = "Option::is_none")]
    pub loss: Option<Loss>,
}

impl Default for NetworkSpec {
    fn default() -> Self {
        let layers = Layers(vec![None, Some(10), Some(5), None]);
        Self { layers, activation: Activations(vec![Activation::Relu]), output: None, loss: None }
    }
}

/// The section `init`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct InitSpec {
    /// The initializations to train from; he by default.
    pub init: Inits,
    /// Where biases start: where those of the weights' schemes do by default.
    pub bias: Bias,
    /// The first seed.
    pub seed: u64,
    /// How many seeds, from the first one on.
    pub seeds: Seeds,
    /// The random stream that weights and minibatches are drawn from.
    #[serde(with = "text")]
    pub rng: Rng,
}

impl Default for InitSpec {
    fn default() -> Self {
        let he = Initialization::new(&["he".parse().expect("a name of the grammar")]);
        Self { init: Inits(vec![he]), bias: Bias::default(), seed: 1, seeds: Seeds::Count(1), rng: Rng::Native }
    }
}

/// The section `training`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct TrainingSpec {
    /// The update rule.
    pub optimizer: OptimizerName,
    /// The learning rate: 0.001 for adam and 0.01 for the others by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lr: Option<f64>,
    /// What the learning rate is multiplied by in each layer of weights, from the first one on: 1 everywhere by default; 0
    /// leaves a layer as it is drawn.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lr_factors: Vec<f64>,
    /// The learning rate over the steps.
    #[serde(with = "text")]
    pub lr_schedule: Schedule,
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
    /// Decay of adam's first moment: 0.9 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beta1: Option<f64>,
    /// Decay of adam's second moment: 0.999 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beta2: Option<f64>,
    /// Decay of rmsprop's second moment: 0.99 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decay: Option<f64>,
    /// Added to the root of the second moment by adam and rmsprop: 1e-8 by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epsilon: Option<f64>,
    /// The loss is recorded every so many steps: by default a round number that gives about a hundred records.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record_every: Option<usize>,
    /// The numbers that training computes with.
    pub precision: Precision,
    /// The accuracy from which on a run counts as a success: on the test set, or the training set without one. 0.95 by
    /// default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<f64>,
}

impl TrainingSpec {
    /// The update rule with its numbers.
    ///
    /// # Errors
    /// If there is a number that the rule does not have.
    pub fn optimizer(&self) -> Result<Optimizer, Error> {
        use OptimizerName::{Adam, Gd, Rmsprop, Sgd};
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
        only_for(self.beta1.is_some(), "beta1", &[Adam])?;
        only_for(self.beta2.is_some(), "beta2", &[Adam])?;
        only_for(self.decay.is_some(), "decay", &[Rmsprop])?;
        only_for(self.epsilon.is_some(), "epsilon", &[Adam, Rmsprop])?;
        let momentum = self.momentum.unwrap_or(0.0);
        if self.nesterov && momentum == 0.0 {
            return Err(Error::Usage("--nesterov needs --momentum, for example --momentum 0.9".to_owned()));
        }
        let mut optimizer = match name {
            Gd | Sgd => Optimizer::Descent { momentum, nesterov: self.nesterov },
            Adam => Optimizer::ADAM,
            Rmsprop => Optimizer::RMSPROP,
        };
        let set = |to: &mut f64, given: Option<f64>| *to = given.unwrap_or(*to);
        match &mut optimizer {
            Optimizer::Descent { .. } => {}
            Optimizer::Adam { beta1, beta2, epsilon } => {
                set(beta1, self.beta1);
                set(beta2, self.beta2);
                set(epsilon, self.epsilon);
            }
            Optimizer::RmsProp { decay, epsilon } => {
                set(decay, self.decay);
                set(epsilon, self.epsilon);
            }
        }
        Ok(optimizer)
    }
}

/// Widths of layers, input first; `_` is the first or the last one where the data shall decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layers(pub Vec<Option<usize>>);

impl FromStr for Layers {
    type Err = GrammarError;

    fn from_str(text: &str) -> Result<Self, GrammarError> {
        let parts: Vec<&str> = text.split(',').map(str::trim).collect();
        let width = |(i, part): (usize, &&str)| match *part {
            "_" if i == 0 || i == parts.len() - 1 => Ok(None),
            "_" => {
                Err(GrammarError::parameter(text, "only the first and the last width can be taken from the data by _"))
            }
            part => part.parse().map(Some).map_err(|_| {
                let problem = format!("\"{part}\" is not a width; widths are whole numbers, as in 2,10,5,1 or _,10,_");
                GrammarError::parameter(text, problem)
            }),
        };
        let widths = parts.iter().enumerate().map(width).collect::<Result<Vec<_>, _>>()?;
        match widths.len() {
            0 | 1 => Err(GrammarError::parameter(text, "at least an input and an output width are needed, as in 2,1")),
            _ => Ok(Self(widths)),
        }
    }
}

impl fmt::Display for Layers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths: Vec<String> = self.0.iter().map(|w| w.map_or_else(|| "_".to_owned(), |w| w.to_string())).collect();
        f.pad(&widths.join(","))
    }
}

/// Activations of hidden layers: one for all, or one for each with slashes between them.
#[derive(Clone, Debug, PartialEq)]
pub struct Activations(pub Vec<Activation>);

impl FromStr for Activations {
    type Err = GrammarError;

    fn from_str(text: &str) -> Result<Self, GrammarError> {
        text.split('/').map(str::parse).collect::<Result<Vec<_>, _>>().map(Self)
    }
}

impl fmt::Display for Activations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<String> = self.0.iter().map(Activation::to_string).collect();
        f.pad(&names.join("/"))
    }
}

/// Initializations to train from, with commas between them.
#[derive(Clone, Debug, PartialEq)]
pub struct Inits(pub Vec<Initialization>);

impl FromStr for Inits {
    type Err = GrammarError;

    fn from_str(text: &str) -> Result<Self, GrammarError> {
        text.split(',').map(str::parse).collect::<Result<Vec<_>, _>>().map(Self)
    }
}

impl fmt::Display for Inits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<String> = self.0.iter().map(Initialization::to_string).collect();
        f.pad(&names.join(","))
    }
}

/// How many seeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seeds {
    /// So many.
    Count(usize),
    /// As many as a comparison needs: see [`crate::compare::race`].
    Auto,
}

impl Seeds {
    /// No comparison that finds out by itself how many it needs takes more: 20, doubled nine times.
    pub const MOST: usize = 20 << 9;

    /// How many there are at most.
    pub fn most(self) -> usize {
        match self {
            Self::Count(seeds) => seeds,
            Self::Auto => Self::MOST,
        }
    }

    /// How many, for what cannot find out by itself.
    ///
    /// # Errors
    /// If no number was given.
    pub fn count(self) -> Result<usize, Error> {
        match self {
            Self::Count(seeds) => Ok(seeds),
            Self::Auto => Err(Error::Usage(
                "--seeds auto is for headstart compare, which goes on until it is settled; give a number here, as in \
                 --seeds 20"
                    .to_owned(),
            )),
        }
    }
}

impl FromStr for Seeds {
    type Err = GrammarError;

    fn from_str(text: &str) -> Result<Self, GrammarError> {
        // More could not be written into a configuration file.
        let count = || text.trim().parse().ok().filter(|&seeds: &usize| i64::try_from(seeds).is_ok());
        match text.trim() {
            "auto" => Ok(Self::Auto),
            _ => count().map(Self::Count).ok_or_else(|| {
                GrammarError::parameter(text, "a whole number of seeds is needed, as in 20, or auto, for compare")
            }),
        }
    }
}

impl fmt::Display for Seeds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(seeds) => seeds.fmt(f),
            Self::Auto => f.pad("auto"),
        }
    }
}

impl Serialize for Seeds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Count(seeds) => seeds.serialize(serializer),
            Self::Auto => serializer.collect_str(self),
        }
    }
}

impl<'de> Deserialize<'de> for Seeds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Written::deserialize(deserializer)?.join(",").parse().map_err(D::Error::custom)
    }
}

/// Where biases start.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Bias {
    /// The network has none.
    None,
    /// They belong to the weights: critical ones to critical weights, `PyTorch`'s to its weights, 0 to all others.
    #[default]
    Auto,
    /// They are drawn like weights; a plain number is a constant.
    Drawn(Scheme),
}

impl FromStr for Bias {
    type Err = GrammarError;

    fn from_str(text: &str) -> Result<Self, GrammarError> {
        match (text.trim(), text.trim().parse::<f64>()) {
            ("none", _) => Ok(Self::None),
            ("auto", _) => Ok(Self::Auto),
            (_, Ok(0.0)) => Ok(Self::Drawn(Scheme::Zeros)),
            (_, Ok(c)) if c.is_finite() => Ok(Self::Drawn(Scheme::Constant(c))),
            (_, Ok(_)) => Err(GrammarError::parameter(text, "a bias must be finite")),
            (scheme, Err(_)) => scheme.parse().map(Self::Drawn),
        }
    }
}

impl fmt::Display for Bias {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.pad("none"),
            Self::Auto => f.pad("auto"),
            Self::Drawn(Scheme::Zeros) => f.pad("0"),
            Self::Drawn(Scheme::Constant(c)) => f.pad(&plain(*c)),
            Self::Drawn(scheme) => scheme.fmt(f),
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
    /// RMSprop.
    Rmsprop,
}

impl FromStr for OptimizerName {
    type Err = GrammarError;

    fn from_str(text: &str) -> Result<Self, GrammarError> {
        match text.trim() {
            "gd" => Ok(Self::Gd),
            "sgd" => Ok(Self::Sgd),
            "adam" => Ok(Self::Adam),
            "rmsprop" => Ok(Self::Rmsprop),
            other => Err(GrammarError::unknown("optimizer", other, Optimizer::NAMES)),
        }
    }
}

impl fmt::Display for OptimizerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(Optimizer::NAMES[*self as usize])
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
        match text.trim() {
            "f64" => Ok(Self::F64),
            "f32" => Ok(Self::F32),
            other => Err(GrammarError::unknown("precision", other, Self::NAMES)),
        }
    }
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(Self::NAMES[*self as usize])
    }
}

/// Values written as their grammar's text.
mod text {
    use super::{Deserialize, Deserializer, Serializer, fmt};
    use serde::de::Error as _;
    use std::str::FromStr;

    pub fn serialize<T: fmt::Display, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    pub fn deserialize<'de, T, D>(deserializer: D) -> Result<T, D::Error>
    where
        T: FromStr<Err: fmt::Display>,
        D: Deserializer<'de>,
    {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// Optional values written as their grammar's text.
mod optional_text {
    use super::{Deserializer, Serializer, fmt};
    use std::str::FromStr;

    #[allow(clippy::ref_option)]
    pub fn serialize<T: fmt::Display, S: Serializer>(value: &Option<T>, serializer: S) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => serializer.collect_str(value),
            None => serializer.serialize_none(),
        }
    }

    pub fn deserialize<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
    where
        T: FromStr<Err: fmt::Display>,
        D: Deserializer<'de>,
    {
        super::text::deserialize(deserializer).map(Some)
    }
}

/// A string, a number, or a list of them: what a value of the grammar may be written as in a file.
#[derive(Deserialize)]
#[serde(untagged, expecting = "a string, a number, or a list of them")]
enum Written {
    Text(String),
    Integer(i64),
    Float(f64),
    List(Vec<Written>),
}

impl Written {
    /// The text of the grammar, with `separator` between the elements of a list.
    fn join(&self, separator: &str) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Integer(i) => i.to_string(),
            Self::Float(x) => x.to_string(),
            Self::List(list) => list.iter().map(|w| w.join(separator)).collect::<Vec<_>>().join(separator),
        }
    }
}

macro_rules! written {
    ($($t:ty, $separator:literal;)*) => {
        $(
            impl Serialize for $t {
                fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    serializer.collect_str(self)
                }
            }

            impl<'de> Deserialize<'de> for $t {
                fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    Written::deserialize(deserializer)?.join($separator).parse().map_err(D::Error::custom)
                }
            }
        )*
    };
}

// A list of widths is one network; a list of schemes or activations is one per layer.
written! {
    Layers, ",";
    Activations, "/";
    Inits, "/";
    Bias, "/";
    OptimizerName, "/";
    Precision, "/";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_says_what_the_flags_say() {
        let spec = TaskSpec::from_toml(
            "[data]\ndata = \"circles\"\n[network]\nlayers = [2, 10, 5, 1]\nactivation = \"tanh\"\n\
             [init]\ninit = [\"he\", \"he:0.5\", \"normal:0.01\"]\nbias = 0.1\nrng = \"numpy\"\n\
             [training]\nlr = 0.01\nsteps = 15000\noptimizer = \"sgd\"\nmomentum = 0.9\n",
        )
        .unwrap();
        assert_eq!(spec.network.layers, "2,10,5,1".parse().unwrap());
        assert_eq!(spec.init.init, "he/he:0.5/normal:0.01".parse().unwrap());
        assert_eq!(spec.init.bias, "0.1".parse().unwrap());
        assert_eq!(TaskSpec::from_toml(&spec.to_toml()).unwrap(), spec);
    }

    #[test]
    fn unknown_keys_and_bad_values_are_met_with_their_line() {
        for (text, says) in [
            ("[training]\nlr = 0.1\nstep = 5\n", ["line 3", "step"]),
            ("[network]\nactivation = \"rleu\"\n", ["line 2", "did you mean \"relu\"?"]),
            ("[netwrok]\n", ["line 1", "netwrok"]),
            ("[network]\nlayers = [2, _, 1]\n", ["line 2", "_"]),
        ] {
            let message = TaskSpec::from_toml(text).unwrap_err().to_string();
            assert!(says.iter().all(|part| message.contains(part)), "{message}");
        }
    }

    #[test]
    fn numbers_of_another_rule_are_refused() {
        let spec = TrainingSpec { optimizer: OptimizerName::Adam, momentum: Some(0.9), ..TrainingSpec::default() };
        assert!(spec.optimizer().unwrap_err().to_string().contains("--momentum is for --optimizer gd or sgd"));
        let spec = TrainingSpec { nesterov: true, ..TrainingSpec::default() };
        assert!(spec.optimizer().unwrap_err().to_string().contains("needs --momentum"));
    }
}
