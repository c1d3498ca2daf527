//! Losses: what each is, what it goes with, and its names.

use super::Output;
use super::names::LOSSES;
use crate::names::{GrammarError, Name, plain};
use std::fmt;
use std::str::FromStr;

/// What training makes small: a mean over samples, and over outputs where there are several.
///
/// The cross-entropies, focal and poisson are computed from the logits in their stable forms, so they are finite as long as the
/// logits are, or the means that these stand for (Blanchard, Higham and Higham 2021, "Accurately computing the log-sum-exp and
/// softmax functions"). Below `a` is the output and `e = a - y` its error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Loss {
    /// Binary cross-entropy, `ln(1 + exp(u)) - y u` with targets in [0, 1]. `u` is the logit under a sigmoid or an
    /// identity output, and twice the logit under tanh, whose probability is `(1 + tanh z) / 2`.
    BinaryCrossEntropy,
    /// Cross-entropy of the softmax of the logits, `ln sum_k exp(z_k) - z_y`.
    CrossEntropy,
    /// Mean squared error, `(a - y)^2`.
    MeanSquaredError,
    /// Mean absolute error, `|e|`; slope 0 at 0.
    MeanAbsoluteError,
    /// `e^2 / 2` up to errors of delta, and `delta (|e| - delta / 2)` beyond (Huber 1964, "Robust estimation of a location
    /// parameter"; `PyTorch`'s `HuberLoss`, Keras's `Huber`). Delta is above 0, in the units of the targets that training works on.
    Huber(f64),
    /// `ln cosh e` (Green 1990): `e^2 / 2` of small errors, `|e| - ln 2` of large ones.
    LogCosh,
    /// `max(0, 1 - y a)` with targets -1 and 1, of each output (Cortes and Vapnik 1995; Keras's `hinge`); slope 0 at the margin.
    Hinge,
    /// The square of [`Loss::Hinge`] (Keras's `squared_hinge`).
    SquaredHinge,
    /// Cross-entropy in which a class of probability `p` counts by `(1 - p)^gamma`, with gamma 0 or above (Lin et al. 2017, "Focal
    /// loss for dense object detection", eq. 4): `-(1 - p)^gamma ln p` of the class that a sample has, by sigmoid of each output
    /// (the class that an output stands for, and the other) or by softmax. Of a target between 0 and 1 the mean of both.
    Focal(f64),
    /// `a - y - y ln(a / y)`, minus the log-likelihood of counts `y` with mean `a` less what that is at `a = y`: half the
    /// deviance (`McCullagh` and Nelder 1989, section 2.3), which is 0 where every count is met. Keras's `Poisson` and `PyTorch`'s
    /// `PoissonNLLLoss` leave out what only counts decide, and are larger by the mean of `y - y ln y`; gradients are the same.
    Poisson,
}

impl Loss {
    /// Every name in the grammar.
    pub const NAMES: &'static [&'static str] =
        &["bce", "ce", "mse", "mae", "huber:DELTA", "log-cosh", "hinge", "squared-hinge", "focal:GAMMA", "poisson"];

    /// One of each, in the order of the names, with the parameters that frameworks have by themselves.
    pub const ALL: [Self; 10] = [
        Self::BinaryCrossEntropy,
        Self::CrossEntropy,
        Self::MeanSquaredError,
        Self::MeanAbsoluteError,
        Self::Huber(1.0),
        Self::LogCosh,
        Self::Hinge,
        Self::SquaredHinge,
        Self::Focal(2.0),
        Self::Poisson,
    ];

    /// Whether it is of how far numbers are from numbers, so that targets may be numbers of any size.
    pub fn is_of_numbers(self) -> bool {
        matches!(
            self,
            Self::MeanSquaredError | Self::MeanAbsoluteError | Self::Huber(_) | Self::LogCosh | Self::Poisson
        )
    }

    /// What it costs to say `a` where `y` is wanted; of a loss of numbers, see [`Loss::is_of_numbers`].
    pub fn of_numbers(self, a: f64, y: f64) -> f64 {
        let error = a - y;
        match self {
            Self::MeanAbsoluteError => error.abs(),
            Self::Huber(delta) if error.abs() > delta => delta * (error.abs() - delta / 2.0),
            Self::Huber(_) => error * error / 2.0,
            Self::LogCosh => error.abs() + libm::log1p(libm::exp(-2.0 * error.abs())) - std::f64::consts::LN_2,
            Self::Poisson if y > 0.0 => error - y * libm::log(a / y),
            Self::Poisson => a,
            _ => error * error,
        }
    }

    /// Whether it is a margin's, whose targets are -1 and 1.
    pub fn is_hinge(self) -> bool {
        matches!(self, Self::Hinge | Self::SquaredHinge)
    }

    /// What it does not go with this output for, if so; and what does.
    pub(super) fn mismatch(self, output: Output) -> Option<&'static str> {
        use Output::{Exp, Identity, Relu, Sigmoid, Softmax, Softplus, Tanh};
        match (self, output) {
            (Self::BinaryCrossEntropy, Softmax) => Some("softmax goes with ce, bce with sigmoid"),
            (Self::BinaryCrossEntropy, Relu | Softplus | Exp) => {
                Some("bce is of probabilities, and goes with sigmoid; relu, softplus and exp go with mse")
            }
            (Self::CrossEntropy, Sigmoid | Tanh) => Some("ce goes with softmax; sigmoid and tanh go with bce or mse"),
            (Self::CrossEntropy, Relu | Softplus | Exp) => {
                Some("ce goes with softmax; relu, softplus and exp go with mse")
            }
            (Self::MeanAbsoluteError | Self::Huber(_) | Self::LogCosh, Softmax) => {
                Some("softmax goes with ce, focal or mse")
            }
            (Self::Hinge | Self::SquaredHinge, Sigmoid | Softmax | Relu | Softplus | Exp) => {
                Some("its targets are -1 and 1, which identity and tanh can say")
            }
            (Self::Focal(_), Identity | Tanh | Relu | Softplus | Exp) => {
                Some("focal is of probabilities, and goes with sigmoid or softmax")
            }
            (Self::Poisson, Identity | Sigmoid | Tanh | Softmax | Relu) => {
                Some("poisson is of means above 0, and goes with exp or softplus")
            }
            _ => None,
        }
    }
}

impl FromStr for Loss {
    type Err = GrammarError;

    fn from_str(text: &str) -> Result<Self, GrammarError> {
        let Name { name, number, .. } = LOSSES.read(text)?;
        let wrong = |problem: String| Err(GrammarError::parameter(text.trim(), problem));
        match (name, number) {
            ("huber", number) => match number.unwrap_or(1.0) {
                delta if delta > 0.0 => Ok(Self::Huber(delta)),
                _ => wrong("huber's delta is the error from which on it grows like a line: above 0".to_owned()),
            },
            ("focal", number) => match number.unwrap_or(2.0) {
                gamma if (0.0..=1e3).contains(&gamma) => Ok(Self::Focal(gamma)),
                _ => wrong("focal's gamma is a power from 0 (cross-entropy itself) to 1000".to_owned()),
            },
            (_, Some(_)) => wrong(format!("{name} takes no number")),
            (_, None) => {
                let found = Self::NAMES.iter().position(|known| *known == name);
                found.map(|i| Self::ALL[i]).ok_or_else(|| GrammarError::unknown(LOSSES.what, name, Self::NAMES))
            }
        }
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::BinaryCrossEntropy => "bce",
            Self::CrossEntropy => "ce",
            Self::MeanSquaredError => "mse",
            Self::MeanAbsoluteError => "mae",
            Self::Huber(delta) => return f.pad(&format!("huber:{}", plain(*delta))),
            Self::LogCosh => "log-cosh",
            Self::Hinge => "hinge",
            Self::SquaredHinge => "squared-hinge",
            Self::Focal(gamma) => return f.pad(&format!("focal:{}", plain(*gamma))),
            Self::Poisson => "poisson",
        })
    }
}
