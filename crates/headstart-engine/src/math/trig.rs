//! Sine and cosine.

use super::{all, polynomial};
use crate::coefficients::Coefficients;
use crate::simd::{Real, Vector};
use std::f64::consts::FRAC_2_PI;

/// The sine and the cosine of `x`, in radians, for little more than the price of one.
///
/// The sine keeps the sign of 0; both are NaN at the infinities. Error: at most 1.6 ulp.
///
/// Method: `x = n pi/2 + r` with `pi/2` in three parts (Cody & Waite 1980, chapter 8), and a polynomial each for the
/// sine and the cosine of `r`. Vectors with a lane beyond 1e9 (f64) or 1e5 (f32) go lane by lane through the `libm`
/// crate, in those lanes only.
#[inline(always)]
pub fn sin_cos<V: Vector>(x: V) -> (V, V) {
    let one = all::<V>(1.0);
    let rounder = V::splat(V::Elem::ROUNDER);
    let n = x.mul_add(all(FRAC_2_PI), rounder) - rounder;
    let mut r = x;
    for part in V::Elem::HALF_PI {
        r = n.mul_add(-V::splat(part), r);
    }
    let square = r * r;
    let sin = (square * r).mul_add(polynomial(square, V::Elem::SIN), r);
    let cos = square.mul_add(square.mul_add(polynomial(square, V::Elem::COS), all(-0.5)), one);
    // The sine and the cosine of the n quarter turns. Half of an odd n is rounded to an even number.
    let half = (n * all(0.5)).round();
    let turn_sin = half.mul_add(all(-2.0), n);
    let turn_cos = (half * all(0.5)).round().mul_add(all(-2.0), half).abs().mul_add(all(-2.0), one);
    let even = turn_sin.abs().lt(all(0.5));
    let result_sin = V::select(even, turn_cos * sin, turn_sin * cos);
    let result_cos = V::select(even, turn_cos * cos, -turn_sin * sin);
    // Keeps the sign of 0.
    let result_sin = V::select(x.abs().lt(all(1e-15)), x, result_sin);
    if V::any(V::splat(V::Elem::MANY_TURNS).lt(x.abs())) {
        return large_sin_cos(x, result_sin, result_cos);
    }
    (result_sin, result_cos)
}

/// Replaces the lanes of the sine and the cosine in which `x` is large.
#[cold]
#[inline(never)]
fn replace_large<T: Real>(x: &T::Block, sin: &mut T::Block, cos: &mut T::Block) {
    let results = sin.as_mut().iter_mut().zip(cos.as_mut());
    for (&x, (sin, cos)) in x.as_ref().iter().zip(results) {
        if x.to_f64().abs() > T::MANY_TURNS.to_f64() {
            (*sin, *cos) = x.slow_sin_cos();
        }
    }
}

#[inline(always)]
fn large_sin_cos<V: Vector>(x: V, sin: V, cos: V) -> (V, V) {
    let mut blocks = [V::Elem::ZEROS; 3];
    let [x_block, sin_block, cos_block] = &mut blocks;
    x.store(x_block);
    sin.store(sin_block);
    cos.store(cos_block);
    replace_large::<V::Elem>(x_block, sin_block, cos_block);
    (V::load(sin_block), V::load(cos_block))
}

/// The sine of `x`, in radians: see [`sin_cos`].
#[inline(always)]
pub fn sin<V: Vector>(x: V) -> V {
    sin_cos(x).0
}

/// The cosine of `x`, in radians: see [`sin_cos`].
#[inline(always)]
pub fn cos<V: Vector>(x: V) -> V {
    sin_cos(x).1
}
