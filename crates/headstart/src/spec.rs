//! A task as users write it: the sections of a configuration file, whose keys are the long names of the flags.

use crate::data::DataSpec;
use crate::error::Error;
use crate::words::toml_error;
use headstart_engine::activation::Activation;
use headstart_engine::init::{Biases, Initialization};
use headstart_engine::names::{GrammarError, plain};
use headstart_engine::network::{Loss, Output};
use headstart_engine::optimizer::{Optimizer, Schedule};
use headstart_engine::rng::Rng;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
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
    /// Reads a configuration file's text.
    ///
    /// # Errors
    /// If it is not TOML, or has a section, key or value that there is not; the message has the line.
    pub fn from_toml(text: &str) -> Result<Self, Error> {
        toml::from_str(text).map_err(|error| Error::Usage(toml_error(&error)))
    }

    /// Where biases start, those of the last layer among them: for all layers, or for each.
    ///
    /// # Errors
    /// If it is said for another number of layers, twice for the last one, or for a network without biases.
    pub fn bias(&self) -> Result<Bias, Error> {
        let layers = self.network.layers.0.len().saturating_sub(1);
        let (bias, last) = (&self.init.bias, &self.init.output_bias);
        let given = |biases: &[Biases]| biases.len() > 1 && biases.len() != layers;
        match (bias, last) {
            (Bias::Each(biases), _) if given(biases) => Err(Error::Usage(format!(
                "--bias {bias}: {} kinds of biases for {layers} layers of weights; give one for all, or one for each",
                biases.len()
            ))),
            (_, None) => Ok(bias.clone()),
            (Bias::None, Some(last)) => Err(Error::Usage(format!(
                "--output-bias {last}: with --bias none the network has no biases; leave one of them out"
            ))),
            (Bias::Each(biases), Some(OutputBias(last))) => match biases.as_slice() {
                [others] => {
                    let mut each = vec![others.clone(); layers.saturating_sub(1)];
                    each.push(last.clone());
                    Ok(Bias::Each(each))
                }
                _ => Err(Error::Usage(format!(
                    "--bias {bias} and --output-bias {last} both say where the last biases start; give one of them"
                ))),
            },
        }
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
    /// Where those of the last layer start, if not where the others do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_bias: Option<OutputBias>,
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
        let (bias, output_bias) = (Bias::default(), None);
        Self { init: Inits(vec![he]), bias, output_bias, seed: 1, seeds: Seeds::Count(1), rng: Rng::Native }
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
    /// What the losses of the samples of each class count.
    #[serde(skip_serializing_if = "ClassWeights::is_none")]
    pub class_weights: ClassWeights,
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
#[derive(Clone, Debug, PartialEq)]
pub enum Bias {
    /// The network has none.
    None,
    /// One for all layers, or one for each with slashes between them, as in `0/0/prior`.
    Each(Vec<Biases>),
}

impl Bias {
    /// Whether all biases are those that belong to the weights.
    pub fn is_auto(&self) -> bool {
        matches!(self, Self::Each(biases) if biases.iter().all(|biases| *biases == Biases::Own))
    }

    /// Whether biases of a hidden layer are drawn.
    pub(crate) fn draws_hidden(&self) -> bool {
        let is_drawn = |biases: &Biases| matches!(biases, Biases::Drawn(_));
        match self {
            Self::None => false,
            Self::Each(biases) => match biases.as_slice() {
                [one] => is_drawn(one),
                several => several.iter().rev().skip(1).any(is_drawn),
            },
        }
    }
}

impl Default for Bias {
    fn default() -> Self {
        Self::Each(vec![Biases::Own])
    }
}

impl FromStr for Bias {
    type Err = GrammarError;

    fn from_str(text: &str) -> Result<Self, GrammarError> {
        let parts: Vec<&str> = text.split('/').collect();
        match parts.as_slice() {
            [one] if one.trim() == "none" => Ok(Self::None),
            parts if parts.iter().any(|part| part.trim() == "none") => Err(GrammarError::parameter(
                text,
                "none is for the whole network; a layer's biases may start at 0 and stay there, by --lr-factors 0",
            )),
            parts => parts.iter().map(|part| part.parse()).collect::<Result<_, _>>().map(Self::Each),
        }
    }
}

impl fmt::Display for Bias {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.pad("none"),
            Self::Each(biases) => f.pad(&biases.iter().map(Biases::to_string).collect::<Vec<_>>().join("/")),
        }
    }
}

/// Where the biases of the last layer start, if not where the others do.
#[derive(Clone, Debug, PartialEq)]
pub struct OutputBias(pub Biases);

impl FromStr for OutputBias {
    type Err = GrammarError;

    fn from_str(text: &str) -> Result<Self, GrammarError> {
        text.parse().map(Self)
    }
}

impl fmt::Display for OutputBias {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
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
        match text.trim() {
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
    OutputBias, "/";
    ClassWeights, ",";
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
    fn biases_are_said_for_all_layers_or_for_each() {
        let spec = |keys: &str| TaskSpec::from_toml(&format!("[network]\nlayers = [2, 9, 9, 1]\n[init]\n{keys}"));
        let bias = |keys: &str| match spec(keys).unwrap().bias() {
            Ok(bias) => bias.to_string(),
            Err(error) => error.to_string(),
        };
        assert_eq!((bias("").as_str(), bias("bias = 0.1").as_str()), ("auto", "0.1"));
        assert_eq!(bias("bias = [0, 0, 'prior']"), "0/0/prior");
        assert_eq!(bias("output-bias = 'prior'"), "auto/auto/prior");
        assert_eq!(bias("bias = 0.1\noutput-bias = -2"), "0.1/0.1/-2");
        assert!(bias("bias = 'auto/prior'").contains("2 kinds of biases for 3 layers"));
        assert!(bias("bias = 'none'\noutput-bias = 'prior'").contains("no biases"));
        assert!(bias("bias = '0/0/0'\noutput-bias = 'prior'").contains("both say"));
        assert!(spec("bias = '0/none/0'").unwrap_err().to_string().contains("none is for the whole network"));
        let written = spec("bias = '0/normal:2/prior'").unwrap();
        assert_eq!(TaskSpec::from_toml(&written.to_toml()).unwrap(), written);
    }

    #[test]
    fn class_weights_are_balanced_or_numbers() {
        let weights = |value: &str| TaskSpec::from_toml(&format!("[training]\nclass-weights = {value}\n"));
        for (value, text) in [("'balanced'", "balanced"), ("[1, 0.5]", "1,0.5"), ("'1,10'", "1,10"), ("'none'", "none")]
        {
            let spec = weights(value).unwrap();
            assert_eq!(spec.training.class_weights.to_string(), text);
            assert_eq!(TaskSpec::from_toml(&spec.to_toml()).unwrap(), spec);
        }
        for value in ["'1,0'", "'-1,2'", "'1,x'", "'inf,1'", "''"] {
            assert!(weights(value).unwrap_err().to_string().contains("a positive number for each class"), "{value}");
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
