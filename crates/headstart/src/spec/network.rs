//! The section `network` of a specification.

use super::blocks::{Block, NormName};
use crate::serial::{optional_text, text};
use headstart_engine::activation::Activation;
use headstart_engine::names::GrammarError;
use headstart_engine::network::blocks::{Blocks, Piece};
use headstart_engine::network::{Loss, Output};
use headstart_engine::theory::Parametrization;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The width that parametrizations are the standard one at, if no other is given: one that is found soon how to train.
const BASE_WIDTH: usize = 64;

/// The section `network`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct NetworkSpec {
    /// Widths, input first.
    pub layers: Layers,
    /// The whole network, piece by piece, in the place of layers, activations and blocks.
    #[serde(with = "optional_text", skip_serializing_if = "Option::is_none")]
    pub network: Option<Blocks>,
    /// The activation of the hidden layers, or one for each.
    pub activation: Activations,
    /// How hidden layers follow one another.
    #[serde(with = "text")]
    pub block: Block,
    /// What normalizes what goes into them.
    #[serde(with = "text")]
    pub norm: NormName,
    /// Layers of a residual branch.
    pub branch_layers: usize,
    /// How start and learning rates go with the width.
    #[serde(with = "text")]
    pub parametrization: Parametrization,
    /// The width that they are those of the standard parametrization at.
    pub base_width: usize,
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
        Self {
            layers,
            network: None,
            activation: Activations(vec![Activation::Relu]),
            block: Block::Dense,
            norm: NormName(None),
            branch_layers: 1,
            parametrization: Parametrization::Standard,
            base_width: BASE_WIDTH,
            output: None,
            loss: None,
        }
    }
}

impl NetworkSpec {
    /// Layers of weights that it asks for.
    pub fn layers_of_weights(&self) -> usize {
        match &self.network {
            Some(blocks) => blocks.pieces().map(Piece::weights).sum(),
            None => self.layers.0.len().saturating_sub(1),
        }
    }

    /// What it is called in messages: the flag that says what layers there are.
    pub fn named(&self) -> String {
        match &self.network {
            Some(blocks) => format!("--network \"{blocks}\""),
            None => format!("--layers {}", self.layers),
        }
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
