//! Activations on vectors: forward, backward through their slopes, and second derivatives.

use super::{Activation, SELU_ALPHA, SELU_SCALE};
use crate::math;
use crate::simd::{Isa, Kernel, Real, Vector};
use std::f64::consts::{FRAC_1_SQRT_2, PI};

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

/// [`Activation::forward`] as a kernel, which all kernels that need it share.
struct Forward<'a, T: Real> {
    activation: Activation,
    z: &'a mut [T::Block],
    slopes: &'a mut [T::Block],
}

impl<T: Real> Kernel for Forward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self) {
        self.activation.forward_here::<T, I>(self.z, self.slopes);
    }
}

/// [`Activation::backward`] likewise.
struct Backward<'a, T: Real> {
    activation: Activation,
    delta: &'a mut [T::Block],
    values: &'a [T::Block],
    slopes: &'a [T::Block],
}

impl<T: Real> Kernel for Backward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self) {
        self.activation.backward_here::<T, I>(self.delta, self.values, self.slopes);
    }
}

impl Activation {
    /// Turns pre-activations into activations, in place. Where [`Activation::keeps_slope`], `slopes` (as many blocks)
    /// receives the slopes, or of prelu the pre-activations; otherwise it is left alone and may be empty.
    #[inline(always)]
    pub(crate) fn forward<T: Real, I: Isa>(self, z: &mut [T::Block], slopes: &mut [T::Block]) {
        I::call(Forward::<T> { activation: self, z, slopes });
    }

    // One arm for each.
    #[allow(clippy::too_many_lines)]
    #[inline(always)]
    fn forward_here<T: Real, I: Isa>(self, z: &mut [T::Block], slopes: &mut [T::Block]) {
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
            Self::Prelu(slope) => {
                let slope = number::<T, I>(slope);
                each!(z, slopes => (T::V::<I>::select(zero.lt(z), z, slope * z), z));
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
            Self::GeluTanh => each!(z, slopes => {
                let (s, [of_s, _]) = gelu_gate::<T, I>(z);
                // As for gelu.
                let value = T::V::<I>::select(zero.lt(s), z * s, s);
                (value, T::V::<I>::select(zero.lt(of_s), z.mul_add(of_s, s), s))
            }),
            Self::Celu(alpha) => {
                let alpha = number::<T, I>(alpha);
                each!(z => T::V::<I>::select(zero.lt(z), z, alpha * math::exp_m1(z / alpha)));
            }
            Self::LogSigmoid => each!(z => -math::softplus(-z)),
            Self::TanhShrink => each!(z, slopes => {
                let t = math::tanh(z);
                // Near 0 the difference has no digits; its series has.
                let square = z * z;
                let mut series = number::<T, I>(TANH_SHRINK[0]);
                for &coefficient in &TANH_SHRINK[1..] {
                    series = series.mul_add(square, number::<T, I>(coefficient));
                }
                let near = z.abs().lt(number::<T, I>(0.125));
                (T::V::<I>::select(near, square * z * series, z - t), t * t)
            }),
            Self::SoftShrink(bound) => {
                let bound = number::<T, I>(bound);
                each!(z => z - bound.min((-bound).max(z)));
            }
            // What is cut off is 0, but NaN.
            Self::HardShrink(bound) => {
                let bound = number::<T, I>(bound);
                each!(z => T::V::<I>::select(bound.lt(z.abs()), z, zero.min(zero.max(z))));
            }
            Self::Threshold(threshold) => {
                let threshold = number::<T, I>(threshold);
                each!(z, slopes => {
                    let passes = threshold.lt(z);
                    let none = zero.min(zero.max(z));
                    (T::V::<I>::select(passes, z, none), T::V::<I>::select(passes, one, none))
                });
            }
            Self::Squareplus => {
                let (half, two) = (number::<T, I>(0.5), number::<T, I>(2.0));
                // Below 0 the sum has no digits; its inverse has.
                each!(z => {
                    let root = square_root::<T, I>(z);
                    T::V::<I>::select(z.lt(zero), two / (root - z), half * z + half * root)
                });
            }
            Self::Exp => each!(z => math::exp(z)),
            Self::SparsePlus => {
                let half = number::<T, I>(0.5);
                each!(z => {
                    let s = one.min(zero.max(half.mul_add(z, half)));
                    T::V::<I>::select(one.lt(z), z, s * s)
                });
            }
            Self::SparseSigmoid => {
                let half = number::<T, I>(0.5);
                each!(z => one.min(zero.max(half.mul_add(z, half))));
            }
        }
    }

    /// Multiplies the gradient with respect to the activations by the slopes, in place: the gradient with respect to
    /// the pre-activations. `values` and `slopes` are what [`Activation::forward`] left.
    #[inline(always)]
    pub(crate) fn backward<T: Real, I: Isa>(self, delta: &mut [T::Block], values: &[T::Block], slopes: &[T::Block]) {
        I::call(Backward::<T> { activation: self, delta, values, slopes });
    }

    #[inline(always)]
    fn backward_here<T: Real, I: Isa>(self, delta: &mut [T::Block], values: &[T::Block], slopes: &[T::Block]) {
        let zero = number::<T, I>(0.0);
        let one = number::<T, I>(1.0);
        match self {
            Self::Identity => {}
            Self::Relu => zip!(delta, values => |d, a| T::V::<I>::select(zero.lt(a), d, zero)),
            Self::LeakyRelu(slope) if !self.folds() => {
                let slope = number::<T, I>(slope);
                zip!(delta, values => |d, a| T::V::<I>::select(zero.lt(a), d, d * slope));
            }
            Self::Prelu(slope) => {
                let slope = number::<T, I>(slope);
                zip!(delta, slopes => |d, z| T::V::<I>::select(zero.lt(z), d, d * slope));
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
            Self::Celu(alpha) => {
                let inverse = number::<T, I>(1.0 / alpha);
                zip!(delta, values => |d, a| d * T::V::<I>::select(zero.lt(a), one, a.mul_add(inverse, one)));
            }
            // The slope is sigmoid(-z) = 1 - exp(log-sigmoid(z)).
            Self::LogSigmoid => zip!(delta, values => |d, a| d * -math::exp_m1(a)),
            Self::SoftShrink(_) | Self::HardShrink(_) => {
                zip!(delta, values => |d, a| T::V::<I>::select(zero.lt(a.abs()), d, zero));
            }
            // With a = (z + r) / 2 and r = sqrt(z^2 + 4), r is a + 1 / a and the slope (z + r) / 2r.
            Self::Squareplus => zip!(delta, values => |d, a| {
                let inverse = one / a;
                d / inverse.mul_add(inverse, one)
            }),
            Self::Exp => zip!(delta, values => |d, a| d * a),
            // Between the ends the value is the square of the slope.
            Self::SparsePlus => zip!(delta, values => |d, a| d * one.min(a.sqrt())),
            Self::SparseSigmoid => {
                let half = number::<T, I>(0.5);
                zip!(delta, values => |d, a| {
                    T::V::<I>::select(zero.lt(a), T::V::<I>::select(a.lt(one), d * half, zero), zero)
                });
            }
            Self::LeakyRelu(_)
            | Self::Gelu
            | Self::Silu
            | Self::Sin
            | Self::HardSwish
            | Self::Mish
            | Self::GeluTanh
            | Self::TanhShrink
            | Self::Threshold(_) => {
                zip!(delta, slopes => |d, slope| d * slope);
            }
        }
    }

    /// Turns pre-activations, whose slopes are given, into second derivatives, in place.
    #[inline(always)]
    pub(super) fn bend<T: Real, I: Isa>(self, z: &mut [T::Block], slopes: &[T::Block]) {
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
            // From the slope s + z s'.
            Self::GeluTanh => each!(z => {
                let (_, [of_s, again]) = gelu_gate::<T, I>(z);
                T::V::<I>::select(zero.lt(of_s), z.mul_add(again, two * of_s), of_s)
            }),
            Self::Celu(alpha) => {
                let inverse = number::<T, I>(1.0 / alpha);
                zip!(z, slopes => |z, slope| T::V::<I>::select(zero.lt(z), zero, slope * inverse));
            }
            // Its slope is a sigmoid, too, that falls.
            Self::LogSigmoid => zip!(z, slopes => |_z, slope| -(slope * (one - slope))),
            Self::TanhShrink => zip!(z, slopes => |z, slope| two * math::tanh(z) * (one - slope)),
            Self::Squareplus => each!(z => {
                let inverse = one / square_root::<T, I>(z);
                two * inverse * inverse * inverse
            }),
            Self::Exp => zip!(z, slopes => |_z, slope| slope),
            Self::SparsePlus => {
                let half = number::<T, I>(0.5);
                each!(z => T::V::<I>::select(z.abs().lt(one), half, zero));
            }
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
            | Self::SparseSigmoid => z.fill(T::ZEROS),
        }
    }
}

/// What gelu by tanh multiplies `z` with, and the first two derivatives of that.
#[inline(always)]
fn gelu_gate<T: Real, I: Isa>(z: T::V<I>) -> (T::V<I>, [T::V<I>; 2]) {
    let (one, two) = (number::<T, I>(1.0), number::<T, I>(2.0));
    let twice = 2.0 * (2.0 / PI).sqrt();
    let [linear, cubic] = [twice, twice * 0.044_715].map(number::<T, I>);
    // Farther out nothing changes but that the cube leaves the numbers.
    let far = number::<T, I>(1e3);
    let z = far.min((-far).max(z));
    let square = z * z;
    let s = math::sigmoid(z * square.mul_add(cubic, linear));
    let slope = square.mul_add(number::<T, I>(3.0) * cubic, linear);
    let bend = number::<T, I>(6.0) * cubic * z;
    let of_s = s * (one - s);
    (s, [of_s * slope, of_s * ((one - two * s) * slope).mul_add(slope, bend)])
}

/// `sqrt(z^2 + 4)`; far out, where the square leaves the numbers, `|z|`, which it is there.
#[inline(always)]
fn square_root<T: Real, I: Isa>(z: T::V<I>) -> T::V<I> {
    let near = z.abs().lt(number::<T, I>(1e10));
    T::V::<I>::select(near, z.mul_add(z, number::<T, I>(4.0)).sqrt(), z.abs())
}

/// The series of `(z - tanh(z)) / z^3` in `z^2`, highest first: up to 1/8 no digit is missing.
const TANH_SHRINK: [f64; 8] = [
    -6_404_582.0 / 10_854_718_875.0,
    929_569.0 / 638_512_875.0,
    -21_844.0 / 6_081_075.0,
    1_382.0 / 155_925.0,
    -62.0 / 2_835.0,
    17.0 / 315.0,
    -2.0 / 15.0,
    1.0 / 3.0,
];

#[inline(always)]
fn number<T: Real, I: Isa>(x: f64) -> T::V<I> {
    T::V::<I>::splat(T::from_f64(x))
}
