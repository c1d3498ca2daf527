//! What is applied to the logits, and its names.

use super::names::OUTPUTS;
use crate::names::GrammarError;
use std::fmt;
use std::str::FromStr;

/// What is applied to the last layer's pre-activations (the logits).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// The logits themselves.
    Identity,
    /// `1 / (1 + exp(-z))` of each output.
    Sigmoid,
    /// `tanh(z)` of each output.
    Tanh,
    /// `exp(z_j) / sum_k exp(z_k)` over the outputs of a sample.
    Softmax,
    /// `max(0, z)` of each output; slope 0 at 0.
    Relu,
    /// `ln(1 + exp(z))` of each output, which is above 0.
    Softplus,
    /// `exp(z)` of each output: the logit is the logarithm of what is said.
    Exp,
}

impl Output {
    /// Every name in the grammar.
    pub const NAMES: &'static [&'static str] = &["identity", "sigmoid", "tanh", "softmax", "relu", "softplus", "exp"];

    /// One of each, in the order of the names.
    pub const ALL: [Self; 7] =
        [Self::Identity, Self::Sigmoid, Self::Tanh, Self::Softmax, Self::Relu, Self::Softplus, Self::Exp];

    /// What it can say: from where to where.
    pub fn range(self) -> [f64; 2] {
        match self {
            Self::Identity => [f64::NEG_INFINITY, f64::INFINITY],
            Self::Sigmoid | Self::Softmax => [0.0, 1.0],
            Self::Tanh => [-1.0, 1.0],
            Self::Relu | Self::Softplus | Self::Exp => [0.0, f64::INFINITY],
        }
    }
}

impl FromStr for Output {
    type Err = GrammarError;

    fn from_str(text: &str) -> Result<Self, GrammarError> {
        OUTPUTS.position(text).map(|i| Self::ALL[i])
    }
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(Self::NAMES[*self as usize])
    }
}
