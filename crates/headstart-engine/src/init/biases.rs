//! Where the biases of a layer start, and its grammar.

use super::Scheme;
use crate::names::{GrammarError, nearest, plain};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// Where the biases of a layer start.
///
/// In text `auto`, `prior`, `data`, a number, or a scheme of the weights' grammar.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Biases {
    /// They belong to the weights: critical ones to critical weights, `PyTorch`'s to its weights, those of the file to weights
    /// from a file, 0 to all others.
    #[default]
    Own,
    /// They are drawn like weights, or all the same.
    Drawn(Scheme),
    /// Of the last layer alone: what a network answers best with that knows the targets and not the inputs, one number for each
    /// output; see [`crate::train::Problem::prior`]. So it need not learn first how rare a class is (Lin et al. 2017, "Focal Loss
    /// for Dense Object Detection", section 3.3). None as long as nobody has looked at the targets.
    Prior(Option<Arc<[f64]>>),
    /// Each unit's pre-activation has mean 0 on a batch of the data, layer by layer: the biases are minus the means of what the weights
    /// make of it, as in the first step of batch normalization (Ioffe and Szegedy 2015; Salimans and Kingma 2016, "Weight
    /// Normalization", section 3, for biases that are set so once). It needs data: see [`super::Initialization::draw_on`].
    Data,
}

/// The words that are no schemes.
const OWN: &[&str] = &["auto", "prior", "data", "none"];

impl FromStr for Biases {
    type Err = GrammarError;

    fn from_str(text: &str) -> Result<Self, GrammarError> {
        match (text.trim().to_lowercase().as_str(), text.trim().parse::<f64>()) {
            ("auto" | "true", _) => Ok(Self::Own),
            ("prior", _) => Ok(Self::Prior(None)),
            ("data", _) => Ok(Self::Data),
            (_, Ok(0.0)) => Ok(Self::Drawn(Scheme::Zeros)),
            (_, Ok(c)) if c.is_finite() => Ok(Self::Drawn(Scheme::Constant(c))),
            (_, Ok(_)) => Err(GrammarError::parameter(text, "a bias must be finite")),
            (other, Err(_)) => text.parse().map(Self::Drawn).map_err(|error| match nearest(other, OWN) {
                Some(_) => GrammarError::unknown("kind of bias", text, OWN),
                None => error,
            }),
        }
    }
}

impl fmt::Display for Biases {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Own => f.pad("auto"),
            Self::Drawn(Scheme::Zeros) => f.pad("0"),
            Self::Drawn(Scheme::Constant(c)) => f.pad(&plain(*c)),
            Self::Drawn(scheme) => scheme.fmt(f),
            Self::Prior(_) => f.pad("prior"),
            Self::Data => f.pad("data"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn biases_read_back_as_they_were_written() {
        for text in ["auto", "prior", "data", "0", "0.1", "-3", "normal:0.5", "lecun"] {
            assert_eq!(text.parse::<Biases>().unwrap().to_string(), text);
        }
        assert_eq!("zeros".parse::<Biases>().unwrap().to_string(), "0");
        assert!("inf".parse::<Biases>().unwrap_err().to_string().contains("finite"));
        assert!("piror".parse::<Biases>().is_err());
    }
}
