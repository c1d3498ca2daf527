//! A task as users write it: the sections of a configuration file, whose keys are the long names of the flags.

mod training;

pub use training::{OptimizerName, TrainingSpec};

use crate::data::DataSpec;
use crate::error::Error;
use crate::serial::{optional_text, text};
use crate::words::toml_error;
use headstart_engine::activation::{ACTIVATIONS, Activation};
use headstart_engine::init::{Biases, Initialization, SCHEMES, split_list};
use headstart_engine::names::{GrammarError, Vocabulary, plain};
use headstart_engine::network::{LOSSES, Loss, OUTPUTS, Output};
use headstart_engine::optimizer::{OPTIMIZERS, SCHEDULES};
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
    /// What was taken where a name has several meanings; says nothing that the other fields do not.
    #[serde(skip)]
    pub notes: Vec<String>,
}

impl TaskSpec {
    /// Reads a configuration file's text.
    ///
    /// # Errors
    /// If it is not TOML, or has a section, key or value that there is not; the message has the line.
    pub fn from_toml(text: &str) -> Result<Self, Error> {
        let spec: Self = toml::from_str(text).map_err(|error| Error::Usage(toml_error(&error)))?;
        Ok(Self { notes: notes(&text.parse().unwrap_or_default()), ..spec })
    }

    /// Reads what a configuration file and flags say together.
    ///
    /// # Errors
    /// As [`TaskSpec::from_toml`], without lines.
    pub fn from_table(table: toml::Table) -> Result<Self, Error> {
        let notes = notes(&table);
        let spec: Self = table.try_into().map_err(|error: toml::de::Error| Error::Usage(error.message().to_owned()))?;
        Ok(Self { notes, ..spec })
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

/// What a person should know who wrote these names: where frameworks mean different things by one of them, which was taken.
pub fn notes(table: &toml::Table) -> Vec<String> {
    let named: [(&str, &str, &Vocabulary); 7] = [
        ("network", "activation", &ACTIVATIONS),
        ("network", "output", &OUTPUTS),
        ("network", "loss", &LOSSES),
        ("init", "init", &SCHEMES),
        ("init", "bias", &SCHEMES),
        ("training", "optimizer", &OPTIMIZERS),
        ("training", "lr-schedule", &SCHEDULES),
    ];
    let mut found: Vec<String> = Vec::new();
    let mut look = |value: &toml::Value, vocabulary: &Vocabulary| {
        for text in texts(value) {
            let names = split_list(text).into_iter().flat_map(|element| element.split('/'));
            let new = names.filter_map(|name| vocabulary.note(name));
            for note in new {
                if !found.contains(&note) {
                    found.push(note);
                }
            }
        }
    };
    for (section, key, vocabulary) in named {
        if let Some(value) = table.get(section).and_then(|section| section.get(key)) {
            look(value, vocabulary);
        }
    }
    for axis in table.get("study").and_then(|study| study.get("axes")).map(texts).unwrap_or_default() {
        if let Some((name, values)) = axis.split_once('=')
            && let Some((_, _, vocabulary)) = named.iter().find(|(_, key, _)| *key == name.trim())
        {
            look(&values.into(), vocabulary);
        }
    }
    found
}

/// A text, or those in a list.
fn texts(value: &toml::Value) -> Vec<&str> {
    match value {
        toml::Value::String(text) => vec![text],
        toml::Value::Array(values) => values.iter().flat_map(texts).collect(),
        _ => Vec::new(),
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

/// Widths of layers, input first; `_` is the first or the last one where the data shall decide. In text `100x50` is fifty layers
/// of 100.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layers(pub Vec<Option<usize>>);

impl Layers {
    /// More layers than this are a slip of the fingers, and are refused before they are made.
    pub const MOST: usize = 100_000;

    /// Layers of these hidden widths, with `_` at both ends: what `--hidden` says.
    ///
    /// # Errors
    /// As the grammar of layers.
    pub fn hidden(text: &str) -> Result<Self, GrammarError> {
        let inner = unwrapped(text);
        if inner.split(',').any(|part| part.trim() == "_") {
            let problem = "the widths of the hidden layers are needed, as in 64,32; for the others see --layers";
            return Err(GrammarError::parameter(text, problem));
        }
        format!("_,{inner},_").parse()
    }
}

/// A list without the brackets that Python puts around it, and the comma that may be its last.
fn unwrapped(text: &str) -> &str {
    let text = text.trim();
    let inner = [('(', ')'), ('[', ']')]
        .into_iter()
        .find_map(|(open, close)| text.strip_prefix(open)?.strip_suffix(close))
        .map_or(text, |inner| inner.trim_end().trim_end_matches(','));
    inner.trim()
}

impl FromStr for Layers {
    type Err = GrammarError;

    fn from_str(text: &str) -> Result<Self, GrammarError> {
        let parts: Vec<&str> = unwrapped(text).split(',').map(str::trim).collect();
        let mut widths = Vec::new();
        for (i, part) in parts.iter().enumerate() {
            let (width, times) = match part.split_once(['x', 'X', '*', '\u{d7}']) {
                Some((width, times)) => (width.trim(), times.trim().parse().ok().filter(|&times: &usize| times > 0)),
                None => (*part, Some(1)),
            };
            let width = match width {
                "_" if (i == 0 || i == parts.len() - 1) && *part == "_" => None,
                "_" => {
                    let problem = "only the first and the last width can be taken from the data by _";
                    return Err(GrammarError::parameter(text, problem));
                }
                width => Some(width.parse().ok()).filter(|_| times.is_some()).flatten().map(Some).ok_or_else(|| {
                    let problem = format!(
                        "\"{part}\" is not a width; widths are whole numbers, as in 2,10,5,1 or _,10,_, and 100x50 is \
                         fifty layers of 100"
                    );
                    GrammarError::parameter(text, problem)
                })?,
            };
            let times = times.unwrap_or(1);
            if times > Self::MOST || widths.len() + times > Self::MOST {
                let problem = format!("these are more than {} layers, which is the most", Self::MOST);
                return Err(GrammarError::parameter(text, problem));
            }
            widths.resize(widths.len() + times, width);
        }
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
        if text.contains(',') {
            let slashes = text.split(',').map(str::trim).collect::<Vec<_>>().join("/");
            let problem = format!("one activation for each hidden layer has slashes between them: {slashes}");
            return Err(GrammarError::parameter(text, problem));
        }
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
        split_list(text).into_iter().map(str::parse).collect::<Result<Vec<_>, _>>().map(Self)
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
        let is_none = |part: &str| matches!(part.trim().to_lowercase().as_str(), "none" | "false");
        let parts: Vec<&str> = text.split('/').collect();
        match parts.as_slice() {
            [one] if is_none(one) => Ok(Self::None),
            parts if parts.iter().any(|part| is_none(part)) => Err(GrammarError::parameter(
                text,
                "none is for the whole network; a layer has biases that start at 0 by 0, as in 0/0/prior",
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
    use headstart_engine::optimizer::Schedule;

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
    fn commas_within_a_scheme_stay_in_lists_and_files() {
        let text = "he,variance-scaling:2,fan-out,uniform/he/lecun,variance-scaling:1,fan-in,truncated,glorot";
        let inits: Inits = text.parse().unwrap();
        assert_eq!((inits.0.len(), inits.to_string().as_str()), (4, text));
        let spec = TaskSpec::from_toml("[init]\ninit = [\"variance-scaling:2,fan-out,uniform\", \"he\"]\n").unwrap();
        assert_eq!(spec.init.init, "variance-scaling:2,fan-out,uniform/he".parse().unwrap());
        assert_eq!(TaskSpec::from_toml(&spec.to_toml()).unwrap(), spec);
        // The words of a scheme are no names of others.
        let table = "[init]\ninit = \"VarianceScaling:2,fan_in,truncated_normal,he\"\n".parse().unwrap();
        let notes = notes(&table);
        assert!(notes.len() == 1 && notes[0].starts_with("VarianceScaling:2,fan_in,truncated_normal: "), "{notes:?}");
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
    fn layers_are_written_in_several_ways() {
        let widths =
            |text: &str| text.parse::<Layers>().map(|layers| layers.to_string()).map_err(|error| error.to_string());
        assert_eq!(widths("2,100x3,1").unwrap(), "2,100,100,100,1");
        assert_eq!(widths("2, 4 x 2 ,3*2,_").unwrap(), "2,4,4,3,3,_");
        assert_eq!(widths("[2, 10, 1]").unwrap(), "2,10,1");
        assert_eq!(Layers::hidden("64,32").unwrap().to_string(), "_,64,32,_");
        assert_eq!(Layers::hidden("(100,)").unwrap().to_string(), "_,100,_");
        assert_eq!(Layers::hidden("8x2").unwrap().to_string(), "_,8,8,_");
        for bad in ["2,x3,1", "2,3x,1", "2,3x0,1", "2,3x-1,1", "2,axb,1", "2,3x4x5,1", "2,,1", "-1,2"] {
            assert!(widths(bad).unwrap_err().contains("is not a width"), "{bad}");
        }
        for bad in ["_x2,1", "2,_x3,1", "2,_,1"] {
            assert!(widths(bad).unwrap_err().contains("by _"), "{bad}");
        }
        for bad in ["2,9x18446744073709551615,1", "2,9x99999,9x2,1", "3x100001"] {
            assert!(widths(bad).unwrap_err().contains("the most"), "{bad}");
        }
        assert!(Layers::hidden("_,3").is_err() && Layers::hidden("").is_err() && widths("7").is_err());
        let spec = TaskSpec::from_toml("[network]\nlayers = [2, \"100x50\", 1]\n").unwrap();
        assert_eq!(spec.network.layers.0.len(), 52);
        assert_eq!(TaskSpec::from_toml(&spec.to_toml()).unwrap(), spec);
    }

    #[test]
    fn names_of_others_are_taken_and_told() {
        let spec = TaskSpec::from_toml(
            "[network]\nactivation = [\"ReLU\", \"Swish\"]\nloss = \"MSELoss\"\noutput = \"linear\"\n\
             [init]\ninit = \"HeNormal,xavier_uniform_/kaiming_normal_/he,he\"\nbias = \"Zeros\"\n\
             [training]\noptimizer = \"Adam\"\nlr-schedule = \"CosineAnnealingLR\"\nprecision = \"float32\"\n",
        )
        .unwrap();
        assert_eq!(spec.network.activation.to_string(), "relu/silu");
        assert_eq!((spec.network.output, spec.network.loss), (Some(Output::Identity), Some(Loss::MeanSquaredError)));
        assert_eq!(spec.init.init.to_string(), "he-truncated,glorot-uniform/he/he,he");
        assert_eq!(spec.init.bias.to_string(), "0");
        assert_eq!((spec.training.optimizer, spec.training.lr_schedule), (OptimizerName::Adam, Schedule::Cosine));
        let told: Vec<&str> = spec.notes.iter().map(|note| note.split(':').next().unwrap()).collect();
        assert_eq!(told, ["HeNormal", "kaiming_normal_", "CosineAnnealingLR"]);
        // What is printed has this program's names, and is the same task.
        let again = TaskSpec::from_toml(&spec.to_toml()).unwrap();
        assert_eq!(again, TaskSpec { notes: Vec::new(), ..spec });
        let table = "[study]\naxes = [\"init=he_normal,glorot\", \"lr=0.1,1\"]\n".parse().unwrap();
        assert_eq!(notes(&table).len(), 1);
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
