//! How large the last layers of residual branches start.

use crate::names::{GrammarError, plain};
use crate::network::Network;
use std::fmt;
use std::str::FromStr;

/// What the last layer of each residual branch is multiplied by at the start, of a network with `L` branches.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum BranchScale {
    /// A number; 0 leaves the stream alone at the start (Goyal et al. 2017, section 5.1; Bachlechner et al. 2020, "`ReZero`").
    Times(f64),
    /// `1 / sqrt(L)`: what branches add up to does not grow with their number (Hayou et al. 2021, "Stable `ResNet`", section 3).
    OverRoot,
    /// `1 / L`.
    OverCount,
}

impl Default for BranchScale {
    fn default() -> Self {
        Self::Times(1.0)
    }
}

impl BranchScale {
    /// The number, of so many branches.
    pub fn of(self, branches: usize) -> f64 {
        match self {
            Self::Times(factor) => factor,
            Self::OverRoot => 1.0 / (branches as f64).sqrt(),
            Self::OverCount => 1.0 / branches as f64,
        }
    }

    /// What the weights and biases of each layer of a network are multiplied by.
    pub fn factors(self, network: &Network) -> Vec<f64> {
        let factor = |branch: Option<crate::network::program::InBranch>| match branch {
            Some(branch) if branch.is_last() => self.of(branch.of),
            _ => 1.0,
        };
        network.layers().map(|layer| factor(layer.branch)).collect()
    }
}

impl FromStr for BranchScale {
    type Err = GrammarError;

    fn from_str(text: &str) -> Result<Self, GrammarError> {
        let word: String = text.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect();
        match word.as_str() {
            "zero" => Ok(Self::Times(0.0)),
            "1/sqrt(l)" => Ok(Self::OverRoot),
            "1/l" => Ok(Self::OverCount),
            number => match number.parse() {
                Ok(factor) if f64::is_finite(factor) && factor >= 0.0 => Ok(Self::Times(factor + 0.0)),
                _ => Err(GrammarError::parameter(
                    text,
                    "the scale of residual branches is a number from 0 on, zero, 1/sqrt(L) or 1/L, where L is their number",
                )),
            },
        }
    }
}

impl fmt::Display for BranchScale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Times(0.0) => f.pad("zero"),
            Self::Times(factor) => f.pad(&plain(*factor)),
            Self::OverRoot => f.pad("1/sqrt(L)"),
            Self::OverCount => f.pad("1/L"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_read_back_and_know_how_many_branches_there_are() {
        for (text, of_16) in [("1", 1.0), ("zero", 0.0), ("0.25", 0.25), ("1/sqrt(L)", 0.25), ("1/L", 0.0625)] {
            let scale: BranchScale = text.parse().unwrap();
            assert_eq!((scale.to_string().as_str(), scale.of(16)), (text, of_16));
        }
        for wrong in ["", "-1", "nan", "1/sqrt(L", "inf"] {
            assert!(wrong.parse::<BranchScale>().is_err(), "{wrong}");
        }
    }
}
