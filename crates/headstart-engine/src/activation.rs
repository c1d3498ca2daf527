//! Activations: value and slope of each, and their names.

#![allow(clippy::inline_always)]

use crate::math;
use crate::names::{ACTIVATIONS, GrammarError, Name};
use crate::simd::{Block, InstructionSet, Isa, Kernel, Real, Vector, numbers, numbers_mut};
use std::f64::consts::{FRAC_1_SQRT_2, PI};
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
}

/// Selu's scale and alpha, from the fixed point conditions (Klambauer et al. 2017, eq. 14).
const SELU_SCALE: f64 = 1.050_700_987_355_480_5;
const SELU_ALPHA: f64 = 1.673_263_242_354_377_2;

/// The slope of leaky relu below 0 where none is given, as in Maas et al. 2013 and every framework.
const LEAKY_SLOPE: f64 = 0.01;

/// The largest slope of leaky relu: float32 ends at 3e38.
const LARGEST_SLOPE: f64 = 1e30;

// Macros and not functions of closures: a closure is compiled without the instruction set of the kernel around it
// unless it is inlined, and that cannot be asked for.

/// Replaces every vector of a slice, or every vector and its slope.
macro_rules! each {
    ($values:ident => $value:expr) => {
        for block in $values {
            let $values = T::V::<I>::load(block);
            $value.store(block);
        }
    };
    ($values:ident, $slopes:ident => $both:expr) => {
        for (block, slope_block) in $values.iter_mut().zip($slopes) {
            let $values = T::V::<I>::load(block);
            let (value, slope) = $both;
            value.store(block);
            slope.store(slope_block);
        }
    };
}

/// Replaces every vector of a slice by something of it and the vector at the same place in another slice.
macro_rules! zip {
    ($to:ident, $with:ident => |$a:ident, $b:ident| $value:expr) => {
        for (to, with) in $to.iter_mut().zip($with) {
            let ($a, $b) = (T::V::<I>::load(to), T::V::<I>::load(with));
            $value.store(to);
        }
    };
}

impl Activation {
    /// Every name in the grammar.
    pub const NAMES: &'static [&'static str] = &[
        "identity",
        "relu",
        "leaky-relu:SLOPE",
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
    ];

    /// One of each, leaky relu with its usual slope.
    pub const ALL: [Self; 17] = [
        Self::Identity,
        Self::Relu,
        Self::LeakyRelu(LEAKY_SLOPE),
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
    ];

    /// Every activation, those with a parameter all over its range: what is to hold for all of them holds for these.
    pub fn all_over() -> Vec<Self> {
        let slopes = [-1e3, -1.0, -0.5, -0.01, -1e-300, -0.0, 0.0, 1e-300, LEAKY_SLOPE, 0.5, 1.0, 2.0, 1e3];
        Self::ALL
            .into_iter()
            .flat_map(|activation| match activation {
                Self::LeakyRelu(_) => slopes.map(Self::LeakyRelu).to_vec(),
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
            Self::Identity | Self::Relu | Self::LeakyRelu(_) | Self::Relu6 | Self::HardTanh | Self::HardSigmoid
        )
    }

    /// Where it has kinks other than at 0.
    pub(crate) fn kinks(self) -> &'static [f64] {
        match self {
            Self::Relu6 => &[6.0],
            Self::HardTanh => &[-1.0, 1.0],
            Self::HardSigmoid | Self::HardSwish => &[-3.0, 3.0],
            _ => &[],
        }
    }

    /// The largest magnitude of the slope.
    pub(crate) fn steepest(self) -> f64 {
        match self {
            Self::Sigmoid => 0.25,
            Self::LeakyRelu(slope) => slope.abs().max(1.0),
            Self::Selu => SELU_SCALE * SELU_ALPHA,
            // At z = sqrt(2): Phi(z) + z phi(z).
            Self::Gelu => 1.128_904_145_1,
            // Where z tanh(z / 2) = 2.
            Self::Silu => 1.099_839_320_1,
            // At z = 1.49057.
            Self::Mish => 1.088_498_161_3,
            Self::HardSigmoid => 1.0 / 6.0,
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
            | Self::Softsign => 1.0,
        }
    }

    /// Whether the slope has to be kept from the forward pass: for these it cannot be told from the value.
    pub(crate) fn keeps_slope(self) -> bool {
        matches!(self, Self::Gelu | Self::Silu | Self::Sin | Self::HardSwish | Self::Mish) || self.folds()
    }

    /// Whether it is a leaky relu that turns what is below 0 up: its values do not tell on which side they were.
    #[inline(always)]
    fn folds(self) -> bool {
        matches!(self, Self::LeakyRelu(slope) if slope < 0.0)
    }

    /// Turns pre-activations into activations, in place. Where [`Activation::keeps_slope`], `slopes` (as many blocks)
    /// receives the slopes; otherwise it is left alone and may be empty.
    #[inline(always)]
    pub(crate) fn forward<T: Real, I: Isa>(self, z: &mut [T::Block], slopes: &mut [T::Block]) {
        let zero = number::<T, I>(0.0);
        let one = number::<T, I>(1.0);
        match self {
            Self::Identity => {}
            // In this order NaN goes through.
            Self::Relu => each!(z => zero.max(z)),
            Self::LeakyRelu(slope) if self.folds() => {
                let slope = number::<T, I>(slope);
                each!(z, slopes => {
                    let above = zero.lt(z);
                    (T::V::<I>::select(above, z, slope * z), T::V::<I>::select(above, one, slope))
                });
            }
            Self::LeakyRelu(slope) => {
                let slope = number::<T, I>(slope);
                each!(z => T::V::<I>::select(zero.lt(z), z, slope * z));
            }
            Self::Elu => each!(z => T::V::<I>::select(zero.lt(z), z, math::exp_m1(z))),
            Self::Selu => {
                let scale = number::<T, I>(SELU_SCALE);
                let below = number::<T, I>(SELU_SCALE * SELU_ALPHA);
                each!(z => T::V::<I>::select(zero.lt(z), scale * z, below * math::exp_m1(z)));
            }
            Self::Tanh => each!(z => math::tanh(z)),
            Self::Sigmoid => each!(z => math::sigmoid(z)),
            Self::Softplus => each!(z => math::softplus(z)),
            Self::Gelu => {
                let half = number::<T, I>(0.5);
                let root = number::<T, I>(FRAC_1_SQRT_2);
                let density = number::<T, I>(1.0 / (2.0 * PI).sqrt());
                each!(z, slopes => {
                    let cdf = half.mul_add(math::erf(z * root), half);
                    let pdf = density * math::exp(-half * z * z);
                    // Infinity times 0 is not 0: where the tails have vanished the products are what they tend to.
                    let value = T::V::<I>::select(zero.lt(cdf), z * cdf, z.max(cdf).min(cdf));
                    (value, cdf + T::V::<I>::select(zero.lt(pdf), z * pdf, pdf))
                });
            }
            Self::Silu => each!(z, slopes => {
                let s = math::sigmoid(z);
                // As for gelu.
                let value = T::V::<I>::select(zero.lt(s), z * s, s);
                (value, value.mul_add(one - s, s))
            }),
            Self::Sin => each!(z, slopes => math::sin_cos(z)),
            // In this order NaN goes through; so below.
            Self::Relu6 => {
                let six = number::<T, I>(6.0);
                each!(z => six.min(zero.max(z)));
            }
            Self::HardTanh => each!(z => one.min((-one).max(z))),
            Self::HardSigmoid => {
                let (three, six) = (number::<T, I>(3.0), number::<T, I>(6.0));
                let sixth = number::<T, I>(1.0 / 6.0);
                each!(z => six.min(zero.max(z + three)) * sixth);
            }
            Self::HardSwish => {
                let (three, six, half) = (number::<T, I>(3.0), number::<T, I>(6.0), number::<T, I>(0.5));
                let (sixth, third) = (number::<T, I>(1.0 / 6.0), number::<T, I>(1.0 / 3.0));
                each!(z, slopes => {
                    let s = six.min(zero.max(z + three)) * sixth;
                    // As for gelu.
                    let value = T::V::<I>::select(zero.lt(s), z * s, s);
                    let slope = T::V::<I>::select(three.lt(z), one, z.mul_add(third, half));
                    (value, T::V::<I>::select((-three).lt(z), slope, zero))
                });
            }
            // The ends, where infinity would be divided by itself, are 1.
            Self::Softsign => {
                let far = number::<T, I>(1e30);
                each!(z => far.min((-far).max(z)) / (one + far.min(z.abs())));
            }
            Self::Mish => each!(z, slopes => {
                let (t, s) = (math::tanh(math::softplus(z)), math::sigmoid(z));
                // As for gelu.
                let value = T::V::<I>::select(zero.lt(t), z * t, t);
                let slope = (z * s).mul_add((one - t) * (one + t), t);
                (value, T::V::<I>::select(zero.lt(t), slope, t))
            }),
        }
    }

    /// Multiplies the gradient with respect to the activations by the slopes, in place: the gradient with respect to
    /// the pre-activations. `values` and `slopes` are what [`Activation::forward`] left.
    #[inline(always)]
    pub(crate) fn backward<T: Real, I: Isa>(self, delta: &mut [T::Block], values: &[T::Block], slopes: &[T::Block]) {
        let zero = number::<T, I>(0.0);
        let one = number::<T, I>(1.0);
        match self {
            Self::Identity => {}
            Self::Relu => zip!(delta, values => |d, a| T::V::<I>::select(zero.lt(a), d, zero)),
            Self::LeakyRelu(slope) if !self.folds() => {
                let slope = number::<T, I>(slope);
                zip!(delta, values => |d, a| T::V::<I>::select(zero.lt(a), d, d * slope));
            }
            Self::Elu => zip!(delta, values => |d, a| d * T::V::<I>::select(zero.lt(a), one, a + one)),
            Self::Selu => {
                let scale = number::<T, I>(SELU_SCALE);
                let below = number::<T, I>(SELU_SCALE * SELU_ALPHA);
                zip!(delta, values => |d, a| d * T::V::<I>::select(zero.lt(a), scale, a + below));
            }
            Self::Tanh => zip!(delta, values => |d, a| d * (-a).mul_add(a, one)),
            Self::Sigmoid => zip!(delta, values => |d, a| d * (a * (one - a))),
            // The slope is sigmoid(z) = 1 - exp(-softplus(z)).
            Self::Softplus => zip!(delta, values => |d, a| d * -math::exp_m1(-a)),
            Self::Relu6 => {
                let six = number::<T, I>(6.0);
                zip!(delta, values => |d, a| {
                    T::V::<I>::select(zero.lt(a), T::V::<I>::select(a.lt(six), d, zero), zero)
                });
            }
            Self::HardTanh => zip!(delta, values => |d, a| T::V::<I>::select(a.abs().lt(one), d, zero)),
            Self::HardSigmoid => {
                let sixth = number::<T, I>(1.0 / 6.0);
                zip!(delta, values => |d, a| {
                    T::V::<I>::select(zero.lt(a), T::V::<I>::select(a.lt(one), d * sixth, zero), zero)
                });
            }
            // With |a| = |z| / (1 + |z|), 1 / (1 + |z|) is 1 - |a|.
            Self::Softsign => zip!(delta, values => |d, a| d * ((one - a.abs()) * (one - a.abs()))),
            Self::LeakyRelu(_) | Self::Gelu | Self::Silu | Self::Sin | Self::HardSwish | Self::Mish => {
                zip!(delta, slopes => |d, slope| d * slope);
            }
        }
    }

    /// Turns pre-activations, whose slopes are given, into second derivatives, in place.
    #[inline(always)]
    fn bend<T: Real, I: Isa>(self, z: &mut [T::Block], slopes: &[T::Block]) {
        let zero = number::<T, I>(0.0);
        let one = number::<T, I>(1.0);
        let two = number::<T, I>(2.0);
        match self {
            // Both are exponentials below 0.
            Self::Elu | Self::Selu => {
                zip!(z, slopes => |z, slope| T::V::<I>::select(zero.lt(z), zero, slope));
            }
            // From the slope Phi(z) + z phi(z).
            Self::Gelu => {
                let half = number::<T, I>(0.5);
                let density = number::<T, I>(1.0 / (2.0 * PI).sqrt());
                each!(z => {
                    let pdf = density * math::exp(-half * z * z);
                    T::V::<I>::select(zero.lt(pdf), (-z).mul_add(z, two) * pdf, pdf)
                });
            }
            // From the slope s + z s (1 - s).
            Self::Silu => each!(z => {
                let s = math::sigmoid(z);
                let of_s = s * (one - s);
                T::V::<I>::select(zero.lt(of_s), of_s * z.mul_add(one - two * s, two), of_s)
            }),
            Self::Tanh => zip!(z, slopes => |z, slope| -(two * math::tanh(z) * slope)),
            Self::Sigmoid => zip!(z, slopes => |z, slope| slope * (one - two * math::sigmoid(z))),
            // Its slope is the sigmoid.
            Self::Softplus => zip!(z, slopes => |_z, slope| slope * (one - slope)),
            Self::Sin => each!(z => -math::sin_cos(z).0),
            Self::HardSwish => {
                let (third, end) = (number::<T, I>(1.0 / 3.0), number::<T, I>(3.0));
                each!(z => T::V::<I>::select(z.abs().lt(end), third, zero));
            }
            // From the slope 1 / (1 + |z|)^2.
            Self::Softsign => zip!(z, slopes => |z, slope| -((two * slope / (one + z.abs())).copysign(z))),
            // From the slope t + z t' with t' = (1 - t^2) s.
            Self::Mish => each!(z => {
                let (t, s) = (math::tanh(math::softplus(z)), math::sigmoid(z));
                let of_t = (one - t) * (one + t) * s;
                let again = of_t * (one - s - two * t * s);
                T::V::<I>::select(zero.lt(t), z.mul_add(again, two * of_t), of_t)
            }),
            Self::Identity | Self::Relu | Self::LeakyRelu(_) | Self::Relu6 | Self::HardTanh | Self::HardSigmoid => {
                z.fill(T::ZEROS);
            }
        }
    }
}

#[inline(always)]
fn number<T: Real, I: Isa>(x: f64) -> T::V<I> {
    T::V::<I>::splat(T::from_f64(x))
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
        if name == "leaky-relu" {
            let slope = number.unwrap_or(LEAKY_SLOPE);
            if slope.abs() > LARGEST_SLOPE {
                let problem = format!(
                    "a slope is at most {LARGEST_SLOPE:e} in size, so that what it makes of a signal is a number"
                );
                return Err(GrammarError::parameter(text, problem));
            }
            return Ok(Self::LeakyRelu(slope));
        }
        let found = Self::ALL.into_iter().find(|activation| activation.to_string() == name);
        match (found, number) {
            (Some(activation), None) => Ok(activation),
            (Some(_), Some(_)) => {
                Err(GrammarError::parameter(text, format!("{name} takes no number; only leaky-relu:SLOPE does")))
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
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The textbook's formula, for the eye.
    fn textbook(activation: Activation, z: f64) -> f64 {
        let sigmoid = |z: f64| 1.0 / (1.0 + libm::exp(-z));
        match activation {
            Activation::Identity => z,
            Activation::Relu => z.max(0.0),
            Activation::LeakyRelu(slope) => {
                if z > 0.0 {
                    z
                } else {
                    slope * z
                }
            }
            Activation::Elu => {
                if z > 0.0 {
                    z
                } else {
                    libm::expm1(z)
                }
            }
            Activation::Selu => SELU_SCALE * if z > 0.0 { z } else { SELU_ALPHA * libm::expm1(z) },
            Activation::Gelu => 0.5 * z * libm::erfc(-z * FRAC_1_SQRT_2),
            Activation::Silu => z * sigmoid(z),
            Activation::Tanh => libm::tanh(z),
            Activation::Sigmoid => sigmoid(z),
            Activation::Softplus => libm::log1p(libm::exp(z)),
            Activation::Sin => libm::sin(z),
            Activation::Relu6 => z.clamp(0.0, 6.0),
            Activation::HardTanh => z.clamp(-1.0, 1.0),
            Activation::HardSigmoid => (z / 6.0 + 0.5).clamp(0.0, 1.0),
            Activation::HardSwish => z * (z / 6.0 + 0.5).clamp(0.0, 1.0),
            Activation::Softsign => z / (1.0 + z.abs()),
            Activation::Mish => z * libm::tanh(libm::log1p(libm::exp(z))),
        }
    }

    /// The textbook's slope at `z`, by differences within its piece.
    fn textbook_slope(activation: Activation, z: f64) -> f64 {
        let h = 1e-5_f64.min(z.abs() / 2.0);
        (textbook(activation, z + h) - textbook(activation, z - h)) / (2.0 * h)
    }

    fn any_activation() -> impl Strategy<Value = Activation> {
        prop_oneof![prop::sample::select(Activation::all_over()), (-1e3..1e3).prop_map(Activation::LeakyRelu)]
    }

    proptest! {
        #[test]
        fn values_are_the_textbooks_and_slopes_their_differences(z in -20.0..20.0, activation in any_activation()) {
            let (value, slope) = activation.at(z);
            let many = activation.of(&[z; 9]);
            prop_assert!(many.0.iter().all(|&other| other == value) && many.1.iter().all(|&other| other == slope));
            let expected = textbook(activation, z);
            prop_assert!((value - expected).abs() <= 1e-14 * (1.0 + expected.abs()), "{activation}: {value}");
            let h = 1e-5;
            prop_assume!([0.0].iter().chain(activation.kinks()).all(|kink| (z - kink).abs() > h));
            let difference = textbook_slope(activation, z);
            prop_assert!((slope - difference).abs() < 1e-9 * (1.0 + expected.abs() + difference.abs()), "{activation}: {slope}");
            let slopes = activation.of(&[z - h, z, z + h]).1;
            let difference = (slopes[2] - slopes[0]) / (2.0 * h);
            let bend = activation.bends(&[Block([z; 8])], &[Block([slope; 8])]).map_or(0.0, |bends| bends[0].0[3]);
            prop_assert!((bend - difference).abs() < 1e-8 * (1.0 + difference.abs()), "{activation}: {bend}");
        }

        #[test]
        fn names_read_back(activation in any_activation()) {
            prop_assert_eq!(activation.to_string().parse::<Activation>().unwrap(), activation);
        }
    }

    /// Whatever the grammar knows is among those that everything is tested with, and so are both signs of a parameter.
    #[test]
    fn no_name_of_the_grammar_is_left_out() {
        let all = Activation::all_over();
        for name in Activation::NAMES {
            let (stem, has_parameter) = name.split_once(':').map_or((*name, false), |(stem, _)| (stem, true));
            let of_name = |text: &str| text.split(':').next() == Some(stem);
            let found: Vec<String> = all.iter().map(ToString::to_string).filter(|text| of_name(text)).collect();
            assert!(Activation::ALL.iter().any(|one| of_name(&one.to_string())), "{name} is not in ALL");
            if has_parameter {
                let has_sign = |minus: bool| found.iter().any(|text| text.contains(":-") == minus);
                assert!(has_sign(true) && has_sign(false), "{found:?}");
            } else {
                assert_eq!(found, [stem]);
            }
        }
    }

    /// One unit on each side of its kink, all over the range of every activation, in both precisions: the gradient that comes
    /// back through it is its textbook slope.
    #[test]
    fn gradients_come_back_by_the_slope_of_the_side_that_values_came_from() {
        fn returned<T: Real>(activation: Activation, z: f64) -> f64 {
            struct Back<'a, T: Real>(Activation, &'a mut [T::Block; 3]);
            impl<T: Real> Kernel for Back<'_, T> {
                type Output = ();

                #[inline(always)]
                fn run<I: Isa>(self) {
                    let [values, slopes, delta] = self.1.each_mut().map(std::slice::from_mut);
                    let kept = if self.0.keeps_slope() { slopes } else { &mut [] };
                    self.0.forward::<T, I>(values, kept);
                    self.0.backward::<T, I>(delta, values, kept);
                }
            }
            let mut blocks = [T::ZEROS; 3];
            blocks[0].as_mut().fill(T::from_f64(z));
            blocks[2].as_mut().fill(T::from_f64(1.0));
            InstructionSet::best().run(Back::<T>(activation, &mut blocks));
            blocks[2].as_ref()[0].to_f64()
        }
        for activation in Activation::all_over() {
            let kinks = activation.kinks();
            let points = [-9.0, -2.5, -1.5, -1.0, -0.25, -1e-3, 1e-3, 0.25, 1.0, 1.5, 2.5, 9.0];
            for z in points.into_iter().filter(|z| !kinks.contains(z)) {
                let slope = textbook_slope(activation, z);
                let (wide, narrow) = (returned::<f64>(activation, z), returned::<f32>(activation, z));
                assert!(
                    (wide - slope).abs() < 1e-8 * (1.0 + slope.abs()),
                    "{activation} at {z}: {wide} is not {slope}"
                );
                assert!(
                    (narrow - slope).abs() < 1e-5 * (1.0 + slope.abs()),
                    "{activation} at {z}: {narrow} is not {slope}"
                );
            }
        }
    }

    #[test]
    fn slopes_that_make_no_numbers_are_refused() {
        assert!("leaky-relu:-1e30".parse::<Activation>().is_ok());
        for text in ["leaky-relu:1e31", "leaky-relu:-1e300", "leaky-relu:inf", "leaky-relu:nan"] {
            assert!(text.parse::<Activation>().is_err(), "{text}");
        }
    }

    #[test]
    fn nothing_swallows_nan_and_the_ends_are_the_limits() {
        for activation in Activation::all_over() {
            assert!(activation.at(f64::NAN).0.is_nan(), "{activation}");
            if activation != Activation::Sin {
                let (low, high) = (activation.at(-f64::MAX).0, activation.at(f64::MAX).0);
                assert!(!low.is_nan() && !high.is_nan(), "{activation}: {low} {high}");
            }
        }
        assert_eq!(Activation::Gelu.at(-1e3), (0.0, 0.0));
        assert_eq!(Activation::Silu.at(f64::NEG_INFINITY).0, 0.0);
    }

    #[test]
    fn no_slope_is_steeper_than_the_steepest() {
        for activation in Activation::all_over() {
            let z: Vec<f64> = (-40_000..=40_000).map(|i| f64::from(i) * 5e-4).collect();
            let largest = activation.of(&z).1.into_iter().fold(0.0, |largest: f64, slope| largest.max(slope.abs()));
            assert!((largest / activation.steepest() - 1.0).abs() < 1e-6, "{activation}: {largest}");
        }
    }

    #[test]
    fn the_slope_at_a_kink_is_that_of_the_left() {
        assert_eq!(Activation::Relu.at(0.0), (0.0, 0.0));
        assert_eq!(Activation::LeakyRelu(0.1).at(0.0), (0.0, 0.1));
        assert_eq!(Activation::LeakyRelu(-0.1).at(0.0), (0.0, -0.1));
        assert_eq!(Activation::HardSwish.at(-3.0), (0.0, 0.0));
        assert_eq!(Activation::HardSwish.at(3.0), (3.0, 1.5));
    }

    /// As `PyTorch` has it; from the value alone the two sides cannot be told apart.
    #[test]
    fn what_is_cut_off_has_no_slope_where_it_ends() {
        for (activation, ends) in [
            (Activation::Relu6, [(0.0, 0.0), (6.0, 6.0)]),
            (Activation::HardTanh, [(-1.0, -1.0), (1.0, 1.0)]),
            (Activation::HardSigmoid, [(-3.0, 0.0), (3.0, 1.0)]),
        ] {
            for (z, value) in ends {
                assert_eq!(activation.at(z), (value, 0.0), "{activation}");
            }
        }
    }
}
