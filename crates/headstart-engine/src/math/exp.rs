//! The exponential function and what is made of it.

use super::{all, polynomial};
use crate::coefficients::Coefficients;
use crate::simd::Vector;
use std::f64::consts::LOG2_E;

/// `n`, `r` and `p`, where `x = n ln(2) + r` with whole `n` and `|r| <= ln(2) / 2`, and `exp(r) = 1 + r + p r^2`.
#[inline(always)]
fn reduced<V: Vector>(x: V) -> (V, V, V) {
    let rounder = V::splat(V::Elem::ROUNDER);
    let n = x.mul_add(all(LOG2_E), rounder) - rounder;
    // The first step is exact: the difference needs no more digits than there are.
    let r = n.mul_add(-V::splat(V::Elem::LN_2[0]), x);
    let r = n.mul_add(-V::splat(V::Elem::LN_2[1]), r);
    (n, r, polynomial(r, V::Elem::EXP))
}

/// `n` and `exp(r) - 1`, where `x = n ln(2) + r` with whole `n` and `|r| <= ln(2) / 2`.
#[inline(always)]
pub(super) fn reduced_exp_m1<V: Vector>(x: V) -> (V, V) {
    let (n, r, p) = reduced(x);
    (n, (r * r).mul_add(p, r))
}

/// `exp(x)` for `x` up to [`Coefficients::FAR`].
#[inline(always)]
pub(super) fn exp_not_far<V: Vector>(x: V) -> V {
    let one = all::<V>(1.0);
    let (n, r, p) = reduced((-V::splat(V::Elem::FAR)).max(x));
    // Rounds closer than 1 + (exp(r) - 1) would: the inner sum's error only counts by r.
    r.mul_add(r.mul_add(p, one), one).ldexp(n)
}

/// `exp(x)`.
///
/// Overflows to infinity and vanishes to 0 where the exact result does; subnormal results are rounded like others.
/// Error: at most 1 ulp.
///
/// Method: `2^n exp(r)` with `x = n ln(2) + r` (Cody & Waite 1980, chapter 6).
#[inline(always)]
pub fn exp<V: Vector>(x: V) -> V {
    exp_not_far(V::splat(V::Elem::FAR).min(x))
}

/// `exp(x) - 1`, without cancellation near 0.
///
/// Keeps the sign of 0; -1 at negative infinity; overflows like [`exp`]. Error: at most 2.3 ulp (f64)
/// and 1.7 ulp (f32).
///
/// Method: `2^n (exp(r) - 1 + 1 - 2^-n)` with `x = n ln(2) + r` as in [`exp`].
#[inline(always)]
pub fn exp_m1<V: Vector>(x: V) -> V {
    let (n, exp_m1) = reduced_exp_m1(V::splat(V::Elem::FAR).min(all::<V>(-40.0).max(x)));
    // Beyond 60 the power no longer matters, and would leave the range of normal numbers.
    let inverse = (-all::<V>(60.0).min(n)).pow2();
    (exp_m1 + (all::<V>(1.0) - inverse)).ldexp(n).copysign(x)
}

/// `1 / (1 + exp(-x))`, the logistic function.
///
/// Within [0, 1]; 1 and 0 at the infinities. Both tails are as precise as the middle: far below 0 it is `exp(x)` down
/// to the smallest subnormal. Error: at most 2.5 ulp.
///
/// Method: `1 / (1 + e)` or `e / (1 + e)` with `e = exp(-|x|)`, which cannot overflow.
#[inline(always)]
pub fn sigmoid<V: Vector>(x: V) -> V {
    let one = all::<V>(1.0);
    let e = exp_not_far(-x.abs());
    V::select(x.lt(all(0.0)), e, one) / (one + e)
}

/// The hyperbolic tangent.
///
/// Odd to the bit, within [-1, 1], keeps the sign of 0; 1 and -1 at the infinities. Error: at most 2.4 ulp
/// (f64) and 2.1 ulp (f32).
///
/// Method: `(1 - e) / (1 + e)` with `e = exp(-2 |x|) = 2^n + 2^n (exp(r) - 1)`, whose first part cancels exactly.
#[inline(always)]
pub fn tanh<V: Vector>(x: V) -> V {
    let one = all::<V>(1.0);
    let (n, exp_m1) = reduced_exp_m1(all::<V>(-40.0).max(x.abs() * all(-2.0)));
    let power = n.pow2();
    (power.mul_add(-exp_m1, one - power) / power.mul_add(exp_m1, one + power)).copysign(x)
}
