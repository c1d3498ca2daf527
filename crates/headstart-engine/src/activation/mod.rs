//! Activations: value and slope of each, and their names.

#![allow(clippy::inline_always)]

mod kernels;
mod names;

pub use names::ACTIVATIONS;

use crate::names::{GrammarError, Name, plain};
use crate::simd::{Block, InstructionSet, Isa, Kernel, Real, numbers, numbers_mut};
use std::fmt;
use std::str::FromStr;

/// What a hidden unit does to its pre-activation `z`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Activation {
    /// `z`
    Identity,
    /// `max(0, z)` (Nair and Hinton 2010); slope 0 at 0.
    Relu,
    /// `z` above 0, `slope z` below (Maas et al. 2013). Slopes may be of either sign: -1 makes it `|z|`.
    LeakyRelu(f64),
    /// [`Activation::LeakyRelu`] with one slope for the whole layer that is learned (He et al. 2015, "Delving deep into
    /// rectifiers", eq. 1, channel-shared; `PyTorch`'s `PReLU`). Its parameter is the slope that training starts from.
    Prelu(f64),
    /// `z` above 0, `exp(z) - 1` below (Clevert et al. 2016, eq. 16, alpha 1).
    Elu,
    /// A scaled elu whose signal keeps mean 0 and variance 1 (Klambauer et al. 2017, eq. 2).
    Selu,
    /// `z Phi(z)` with the normal distribution function, by erf (Hendrycks and Gimpel 2016).
    Gelu,
    /// `z sigmoid(z)`, also called swish (Elfwing et al. 2018; Ramachandran et al. 2017).
    Silu,
    /// `tanh(z)`
    Tanh,
    /// `1 / (1 + exp(-z))`
    Sigmoid,
    /// `ln(1 + exp(z))` (Dugas et al. 2001).
    Softplus,
    /// `sin(z)` (Sitzmann et al. 2020).
    Sin,
    /// `min(max(0, z), 6)` (Krizhevsky 2010); slope 0 at 0 and 6.
    Relu6,
    /// `z` between -1 and 1, cut off there; slope 0 at -1 and 1.
    HardTanh,
    /// `z / 6 + 1/2`, cut off at 0 and 1 (Howard et al. 2019; `PyTorch`, Keras 3 and JAX); slope 0 at -3 and 3.
    HardSigmoid,
    /// `z` times [`Activation::HardSigmoid`] of `z`, also called hard silu (Howard et al. 2019).
    HardSwish,
    /// `z / (1 + |z|)` (Bergstra et al. 2009; Glorot and Bengio 2010).
    Softsign,
    /// `z tanh(ln(1 + exp(z)))` (Misra 2019).
    Mish,
    /// `z sigmoid(2 sqrt(2 / pi) (z + 0.044715 z^3))`, gelu by tanh (Hendrycks and Gimpel 2016, section 2).
    GeluTanh,
    /// `z` above 0, `alpha (exp(z / alpha) - 1)` below, with alpha above 0 (Barron 2017): an elu whose slope has no jump.
    Celu(f64),
    /// `ln(sigmoid(z))`, which is `-ln(1 + exp(-z))`.
    LogSigmoid,
    /// `z - tanh(z)`
    TanhShrink,
    /// `z` moved towards 0 by the bound, and 0 within it (Donoho 1995, "De-noising by soft-thresholding"); slope 0 at the bound.
    SoftShrink(f64),
    /// `z`, and 0 where it is not beyond the bound in size (Donoho and Johnstone 1994); slope 0 at the bound.
    HardShrink(f64),
    /// `z` above the threshold, 0 up to it; slope 0 at the threshold.
    Threshold(f64),
    /// `(z + sqrt(z^2 + 4)) / 2` (Barron 2021, "Squareplus").
    Squareplus,
    /// `exp(z)`, the exponential of Keras.
    Exp,
    /// `(z + 1)^2 / 4` between -1 and 1, 0 below and `z` above (JAX and Keras).
    SparsePlus,
    /// `(z + 1) / 2`, cut off at 0 and 1, the slope of [`Activation::SparsePlus`] (JAX and Keras); slope 0 at -1 and 1.
    SparseSigmoid,
}

/// Selu's scale and alpha, from the fixed point conditions (Klambauer et al. 2017, eq. 14).
const SELU_SCALE: f64 = 1.050_700_987_355_480_5;
const SELU_ALPHA: f64 = 1.673_263_242_354_377_2;

/// The slope of leaky relu below 0 where none is given, as in Maas et al. 2013 and every framework.
const LEAKY_SLOPE: f64 = 0.01;

/// The slope that prelu starts from where none is given, as in He et al. 2015 and `PyTorch`.
const PRELU_SLOPE: f64 = 0.25;

/// The largest slope of leaky relu, and the largest size of any other parameter: float32 ends at 3e38.
const LARGEST_SLOPE: f64 = 1e30;

/// The bound of both shrinks where none is given, as in `PyTorch` and Keras.
const SHRINK_BOUND: f64 = 0.5;

/// The smallest alpha of celu, and the smallest size of a bound and a threshold other than 0: signals that are smaller are nothing
/// to float32 beside others.
const SMALLEST: f64 = 1e-6;

impl Activation {
    /// Every name in the grammar.
    pub const NAMES: &'static [&'static str] = &[
        "identity",
        "relu",
        "leaky-relu:SLOPE",
        "prelu:SLOPE",
        "elu",
        "selu",
        "gelu",
        "silu",
        "tanh",
        "sigmoid",
        "softplus",
        "sin",
        "relu6",
        "hard-tanh",
        "hard-sigmoid",
        "hard-swish",
        "softsign",
        "mish",
        "gelu-tanh",
        "celu:ALPHA",
        "log-sigmoid",
        "tanh-shrink",
        "soft-shrink:BOUND",
        "hard-shrink:BOUND",
        "threshold:T",
        "squareplus",
        "exp",
        "sparse-plus",
        "sparse-sigmoid",
    ];

    /// One of each, with its usual parameter where it has one that is not another's.
    pub const ALL: [Self; 29] = [
        Self::Identity,
        Self::Relu,
        Self::LeakyRelu(LEAKY_SLOPE),
        Self::Prelu(PRELU_SLOPE),
        Self::Elu,
        Self::Selu,
        Self::Gelu,
        Self::Silu,
        Self::Tanh,
        Self::Sigmoid,
        Self::Softplus,
        Self::Sin,
        Self::Relu6,
        Self::HardTanh,
        Self::HardSigmoid,
        Self::HardSwish,
        Self::Softsign,
        Self::Mish,
        Self::GeluTanh,
        Self::Celu(0.5),
        Self::LogSigmoid,
        Self::TanhShrink,
        Self::SoftShrink(SHRINK_BOUND),
        Self::HardShrink(SHRINK_BOUND),
        Self::Threshold(0.5),
        Self::Squareplus,
        Self::Exp,
        Self::SparsePlus,
        Self::SparseSigmoid,
    ];

    /// Every activation, those with a parameter all over its range: what is to hold for all of them holds for these.
    pub fn all_over() -> Vec<Self> {
        let slopes = [-1e3, -1.0, -0.5, -0.01, -1e-300, -0.0, 0.0, 1e-300, LEAKY_SLOPE, 0.5, 1.0, 2.0, 1e3];
        let bounds = [0.0, SMALLEST, 0.1, SHRINK_BOUND, 3.0];
        Self::ALL
            .into_iter()
            .flat_map(|activation| match activation {
                Self::LeakyRelu(_) => slopes.map(Self::LeakyRelu).to_vec(),
                Self::Prelu(_) => slopes.map(Self::Prelu).to_vec(),
                Self::Celu(_) => [0.3, 0.5, 2.0, 30.0].map(Self::Celu).to_vec(),
                Self::SoftShrink(_) => bounds.map(Self::SoftShrink).to_vec(),
                Self::HardShrink(_) => bounds.map(Self::HardShrink).to_vec(),
                Self::Threshold(_) => [-3.0, -0.5, -SMALLEST, 0.0, SMALLEST, 0.5, 3.0].map(Self::Threshold).to_vec(),
                other => vec![other],
            })
            .collect()
    }

    /// Value and slope at `z`, by the very code that trains.
    pub fn at(self, z: f64) -> (f64, f64) {
        InstructionSet::best().run(At { activation: self, z })
    }

    /// Values and slopes at many `z`, by the very code that trains.
    pub fn of(self, z: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let mut values = vec![f64::ZEROS; z.len().div_ceil(f64::LANES)];
        numbers_mut::<f64>(&mut values)[..z.len()].copy_from_slice(z);
        let slopes = self.apply(&mut values);
        let taken = |blocks: &[Block<[f64; 8]>]| numbers::<f64>(blocks)[..z.len()].to_vec();
        (taken(&values), taken(&slopes))
    }

    /// Turns pre-activations into activations, in place, and returns the slopes.
    pub(crate) fn apply(self, z: &mut [Block<[f64; 8]>]) -> Vec<Block<[f64; 8]>> {
        self.apply_on(InstructionSet::best(), z)
    }

    /// The same on a given instruction set.
    pub(crate) fn apply_on(self, set: InstructionSet, z: &mut [Block<[f64; 8]>]) -> Vec<Block<[f64; 8]>> {
        let mut slopes = vec![Block([1.0; f64::LANES]); z.len()];
        set.run(Of { activation: self, values: z, slopes: &mut slopes });
        slopes
    }

    /// Second derivatives at pre-activations `z` whose slopes are given; none where they are 0 almost everywhere.
    pub(crate) fn bends(self, z: &[Block<[f64; 8]>], slopes: &[Block<[f64; 8]>]) -> Option<Vec<Block<[f64; 8]>>> {
        if self.is_made_of_lines() {
            return None;
        }
        let mut bends = z.to_vec();
        InstructionSet::best().run(Bends { activation: self, z: &mut bends, slopes });
        Some(bends)
    }

    /// Whether its second derivative is 0 almost everywhere.
    #[inline(always)]
    fn is_made_of_lines(self) -> bool {
        matches!(
            self,
            Self::Identity
                | Self::Relu
                | Self::LeakyRelu(_)
                | Self::Prelu(_)
                | Self::Relu6
                | Self::HardTanh
                | Self::HardSigmoid
                | Self::SoftShrink(_)
                | Self::HardShrink(_)
                | Self::Threshold(_)
                | Self::SparseSigmoid
        )
    }

    /// Where it has kinks other than at 0.
    pub(crate) fn kinks(self) -> Vec<f64> {
        match self {
            Self::Relu6 => vec![6.0],
            Self::HardTanh | Self::SparsePlus | Self::SparseSigmoid => vec![-1.0, 1.0],
            Self::HardSigmoid | Self::HardSwish => vec![-3.0, 3.0],
            Self::SoftShrink(bound) | Self::HardShrink(bound) => vec![-bound, bound],
            Self::Threshold(threshold) => vec![threshold],
            _ => Vec::new(),
        }
    }

    /// Whether its values jump at its kinks.
    pub(crate) fn jumps(self) -> bool {
        matches!(self, Self::HardShrink(at) | Self::Threshold(at) if at != 0.0)
    }

    /// The distances from 0 within which it bends most, and beyond which it is at its ends, where these are not about 1.
    pub(crate) fn scales(self) -> [f64; 2] {
        match self {
            Self::Celu(alpha) => [alpha.min(1.0), alpha.max(1.0)],
            Self::SoftShrink(at) | Self::HardShrink(at) | Self::Threshold(at) => [1.0, at.abs().max(1.0)],
            _ => [1.0; 2],
        }
    }

    /// The largest magnitude of the slope; of exp, which has none, the slope at 0.
    pub(crate) fn steepest(self) -> f64 {
        match self {
            Self::Sigmoid => 0.25,
            Self::LeakyRelu(slope) | Self::Prelu(slope) => slope.abs().max(1.0),
            Self::Selu => SELU_SCALE * SELU_ALPHA,
            // At z = sqrt(2): Phi(z) + z phi(z).
            Self::Gelu => 1.128_904_145_1,
            // At z = 1.41850.
            Self::GeluTanh => 1.128_993_068_7,
            // Where z tanh(z / 2) = 2.
            Self::Silu => 1.099_839_320_1,
            // At z = 1.49057.
            Self::Mish => 1.088_498_161_3,
            Self::HardSigmoid => 1.0 / 6.0,
            Self::SparseSigmoid => 0.5,
            // At its right end.
            Self::HardSwish => 1.5,
            Self::Identity
            | Self::Relu
            | Self::Elu
            | Self::Tanh
            | Self::Softplus
            | Self::Sin
            | Self::Relu6
            | Self::HardTanh
            | Self::Softsign
            | Self::Celu(_)
            | Self::LogSigmoid
            | Self::TanhShrink
            | Self::SoftShrink(_)
            | Self::HardShrink(_)
            | Self::Threshold(_)
            | Self::Squareplus
            | Self::Exp
            | Self::SparsePlus => 1.0,
        }
    }

    /// Whether its slope below 0 is a parameter of the network.
    pub fn is_learned(self) -> bool {
        matches!(self, Self::Prelu(_))
    }

    /// The same with the slope that was learned, if there is one.
    #[must_use]
    pub fn with_slope(self, learned: Option<f64>) -> Self {
        match (self, learned) {
            (Self::Prelu(_), Some(slope)) => Self::Prelu(slope),
            (other, _) => other,
        }
    }

    /// What it is as long as nothing is learned: of prelu the leaky relu that it starts as.
    #[must_use]
    pub fn at_start(self) -> Self {
        if let Self::Prelu(slope) = self { Self::LeakyRelu(slope) } else { self }
    }

    /// Whether something has to be kept from the forward pass: the slope where it cannot be told from the value, and of prelu the
    /// pre-activation, which its slope is learned from.
    pub(crate) fn keeps_slope(self) -> bool {
        matches!(
            self,
            Self::Prelu(_)
                | Self::Gelu
                | Self::Silu
                | Self::Sin
                | Self::HardSwish
                | Self::Mish
                | Self::GeluTanh
                | Self::TanhShrink
                | Self::Threshold(_)
        ) || self.folds()
    }

    /// Whether it is a leaky relu that turns what is below 0 up: its values do not tell on which side they were.
    #[inline(always)]
    fn folds(self) -> bool {
        matches!(self, Self::LeakyRelu(slope) if slope < 0.0)
    }
}

struct At {
    activation: Activation,
    z: f64,
}

impl Kernel for At {
    type Output = (f64, f64);

    #[inline(always)]
    fn run<I: Isa>(self) -> (f64, f64) {
        let (mut value, mut slope, mut delta) = ([f64::ZEROS], [f64::ZEROS], [f64::ZEROS]);
        value[0].0.fill(self.z);
        delta[0].0.fill(1.0);
        self.activation.forward::<f64, I>(&mut value, &mut slope);
        self.activation.backward::<f64, I>(&mut delta, &value, &slope);
        (value[0].0[0], delta[0].0[0])
    }
}

struct Of<'a> {
    activation: Activation,
    /// Holds the pre-activations.
    values: &'a mut [Block<[f64; 8]>],
    /// Holds ones.
    slopes: &'a mut [Block<[f64; 8]>],
}

impl Kernel for Of<'_> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self) {
        let mut kept = if self.activation.keeps_slope() { vec![f64::ZEROS; self.values.len()] } else { Vec::new() };
        self.activation.forward::<f64, I>(self.values, &mut kept);
        self.activation.backward::<f64, I>(self.slopes, self.values, &kept);
    }
}

/// Turns pre-activations into second derivatives.
struct Bends<'a> {
    activation: Activation,
    z: &'a mut [Block<[f64; 8]>],
    slopes: &'a [Block<[f64; 8]>],
}

impl Kernel for Bends<'_> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self) {
        self.activation.bend::<f64, I>(self.z, self.slopes);
    }
}

impl FromStr for Activation {
    type Err = GrammarError;

    fn from_str(text: &str) -> Result<Self, GrammarError> {
        let Name { name, number, .. } = ACTIVATIONS.read(text)?;
        let wrong = |problem: String| Err(GrammarError::parameter(text, problem));
        if number.is_some_and(|number| number.abs() > LARGEST_SLOPE) {
            let what = if name == "leaky-relu" || name == "prelu" { "slope" } else { "parameter" };
            return wrong(format!(
                "a {what} is at most {LARGEST_SLOPE:e} in size, so that what it makes of a signal is a number"
            ));
        }
        let bound = number.unwrap_or(SHRINK_BOUND);
        match name {
            "leaky-relu" => return Ok(Self::LeakyRelu(number.unwrap_or(LEAKY_SLOPE))),
            "prelu" => return Ok(Self::Prelu(number.unwrap_or(PRELU_SLOPE))),
            "celu" => {
                return match number.unwrap_or(1.0) {
                    1.0 => Ok(Self::Elu),
                    alpha if alpha >= SMALLEST => Ok(Self::Celu(alpha)),
                    _ => wrong(format!("celu's alpha is at least {SMALLEST:e}; towards 0 it is relu")),
                };
            }
            "soft-shrink" | "hard-shrink" if bound < 0.0 => {
                return wrong(format!("the bound of {name} is how far from 0 it is: 0 or more"));
            }
            "soft-shrink" | "hard-shrink" | "threshold" if number.is_some_and(|x| x != 0.0 && x.abs() < SMALLEST) => {
                return wrong(format!("what {name} cuts off is 0, or at least {SMALLEST:e} in size"));
            }
            "soft-shrink" => return Ok(Self::SoftShrink(bound)),
            "hard-shrink" => return Ok(Self::HardShrink(bound)),
            "threshold" => {
                return match number {
                    Some(threshold) => Ok(Self::Threshold(threshold)),
                    None => wrong("threshold needs the number above which units pass, as in threshold:0.5".to_owned()),
                };
            }
            _ => {}
        }
        let found = Self::ALL.into_iter().find(|activation| activation.to_string() == name);
        match (found, number) {
            (Some(activation), None) => Ok(activation),
            (Some(_), Some(_)) => {
                let takes: Vec<&str> = Self::NAMES.iter().copied().filter(|name| name.contains(':')).collect();
                wrong(format!("{name} takes no number; only {} do", takes.join(", ")))
            }
            (None, _) => Err(GrammarError::unknown(ACTIVATIONS.what, name, Self::NAMES)),
        }
    }
}

impl fmt::Display for Activation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Identity => "identity",
            Self::Relu => "relu",
            Self::LeakyRelu(slope) => return f.pad(&format!("leaky-relu:{slope}")),
            Self::Prelu(slope) => return f.pad(&format!("prelu:{slope}")),
            Self::Elu => "elu",
            Self::Selu => "selu",
            Self::Gelu => "gelu",
            Self::Silu => "silu",
            Self::Tanh => "tanh",
            Self::Sigmoid => "sigmoid",
            Self::Softplus => "softplus",
            Self::Sin => "sin",
            Self::Relu6 => "relu6",
            Self::HardTanh => "hard-tanh",
            Self::HardSigmoid => "hard-sigmoid",
            Self::HardSwish => "hard-swish",
            Self::Softsign => "softsign",
            Self::Mish => "mish",
            Self::GeluTanh => "gelu-tanh",
            Self::Celu(alpha) => return f.pad(&format!("celu:{}", plain(*alpha))),
            Self::LogSigmoid => "log-sigmoid",
            Self::TanhShrink => "tanh-shrink",
            Self::SoftShrink(bound) => return f.pad(&format!("soft-shrink:{}", plain(*bound))),
            Self::HardShrink(bound) => return f.pad(&format!("hard-shrink:{}", plain(*bound))),
            Self::Threshold(threshold) => return f.pad(&format!("threshold:{}", plain(*threshold))),
            Self::Squareplus => "squareplus",
            Self::Exp => "exp",
            Self::SparsePlus => "sparse-plus",
            Self::SparseSigmoid => "sparse-sigmoid",
        })
    }
}

#[cfg(test)]
mod tests;
