//! The natural logarithm and what is made of it.

use super::exp::exp_not_far;
use super::{all, polynomial};
use crate::coefficients::Coefficients;
use crate::simd::Vector;
use std::f64::consts::FRAC_1_SQRT_2;

/// `ln((u + small) 2^shift)` for normal `u` below a quarter of the largest number, and `small` within its last place.
///
/// With `u + small = 2^k (1 + f)`, `1 + f` between `sqrt(1/2)` and `sqrt(2)`, and `s = f / (2 + f)`:
/// `ln(1 + f) = 2 atanh(s) = f - s (f - t)`, `t = 2 atanh(s) / s - 2`. The error of `s` only counts by `f`.
#[inline(always)]
fn reduced_ln<V: Vector>(u: V, small: V, shift: V) -> V {
    let one = all::<V>(1.0);
    let k = (u * all(FRAC_1_SQRT_2)).exponent() + one;
    let power = (-k).pow2();
    let f = u.mul_add(power, -one);
    let s = f / (f + all(2.0));
    let square = s * s;
    let t = square * polynomial(square, V::Elem::LN);
    let k = k + shift;
    let rest = s.mul_add(t - f, k * V::splat(V::Elem::LN_2[1]));
    // 1 - 2 s is close to the slope, 1 / (1 + f).
    let rest = (small * power).mul_add(s.mul_add(all(-2.0), one), rest);
    k.mul_add(V::splat(V::Elem::LN_2[0]), f + rest)
}

/// `result` where the logarithm's argument is positive and finite; else what belongs there.
#[inline(always)]
fn with_ends<V: Vector>(argument: V, result: V) -> V {
    let infinity = all::<V>(f64::INFINITY);
    let result = V::select(argument.lt(infinity), result, argument);
    let result = V::select(all::<V>(0.0).lt(argument), result, argument - infinity);
    V::select(argument.lt(all(0.0)), all(f64::NAN), result)
}

/// The natural logarithm.
///
/// Negative infinity at 0 of either sign, NaN below, infinity at infinity. Error: at most 1 ulp.
///
/// Method: `ln(x) = k ln(2) + 2 atanh(f / (2 + f))` with `x = 2^k (1 + f)` (Cody & Waite 1980, chapter 5).
#[inline(always)]
pub fn ln<V: Vector>(x: V) -> V {
    // Makes subnormal numbers normal, and leaves room above.
    let shift = V::select(x.lt(all(1.0)), all(-60.0), all(60.0));
    with_ends(x, reduced_ln(x * (-shift).pow2(), all(0.0), shift))
}

/// `ln(1 + x)`, without cancellation near 0.
///
/// Keeps the sign of 0; negative infinity at -1, NaN below, infinity at infinity. Error: at most 1 ulp.
///
/// Method: as [`ln`], of `1 + x` and what rounding that sum left (Muller et al. 2018, section 4.3: `Fast2Sum`).
#[inline(always)]
pub fn ln_1p<V: Vector>(x: V) -> V {
    let one = all::<V>(1.0);
    let u = x + one;
    let left = x.min(one) - (u - x.max(one));
    let shift = V::select(all::<V>(2.0).lt(x), all(30.0), all(0.0));
    let factor = (-shift).pow2();
    let result = with_ends(u, reduced_ln(u * factor, left * factor, shift));
    // Keeps the sign of 0.
    V::select(x.abs().lt(all(1e-30)), x, result)
}

/// `ln(1 + exp(x))`, a smooth version of `max(x, 0)`.
///
/// Never overflows; far below 0 it is `exp(x)` down to the smallest subnormal. Error: at most 2 ulp.
///
/// Method: `max(x, 0) + ln(1 + e)` with `e = exp(-|x|)`, and `ln(1 + e) = 2 atanh(s) = e - s (e - t)` with
/// `s = e / (2 + e)` and `t` as in [`ln`]: as `e` is at most 1, its logarithm needs no reduction.
#[inline(always)]
pub fn softplus<V: Vector>(x: V) -> V {
    let e = exp_not_far(-x.abs());
    let s = e / (e + all(2.0));
    let square = s * s;
    let t = square * polynomial(square, V::Elem::LN_WIDE);
    x.max(all(0.0)) + s.mul_add(t - e, e)
}
