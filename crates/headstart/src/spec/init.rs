//! The section `init` of a specification.

use super::written::text_or_number;
use crate::error::Error;
use crate::serial::text;
use headstart_engine::init::{Biases, BranchScale, Initialization, split_list};
use headstart_engine::names::GrammarError;
use headstart_engine::rng::Rng;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

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
    /// What the last layer of each residual branch is multiplied by.
    #[serde(with = "text_or_number")]
    pub branch_scale: BranchScale,
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
        let (branch_scale, seeds) = (BranchScale::default(), Seeds::Count(1));
        Self { init: Inits(vec![he]), bias, output_bias, branch_scale, seed: 1, seeds, rng: Rng::Native }
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
