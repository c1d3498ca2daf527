//! Elementary functions on vectors: exp, ln, tanh, erf and their kin, with stated error bounds.
//!
//! Every function takes any [`Vector`], of either precision, and acts on each lane: `math::exp(x)`. All are made of
//! the vector's own operations, without branches, so their results have the same bits on every instruction set.
//!
//! Errors are in units in the last place (ulp) of the exact result, subnormal ones included. Where a function has no
//! case of its own below, NaN gives NaN. The polynomials are minimax fits (Remez), one set for each precision, made
//! by `bench/coefficients.py`; the arguments are reduced in the manner of W. J. Cody and W. Waite, *Software Manual
//! for the Elementary Functions*, 1980, with fused multiply-add (J.-M. Muller et al., *Handbook of Floating-Point
//! Arithmetic*, 2nd ed. 2018, sections 10.2 and 10.3).

// The functions have to be compiled with the instructions of the kernel that calls them.
#![allow(clippy::inline_always)]

mod erf;
mod exp;
mod ln;
mod trig;

#[cfg(test)]
mod tests;

pub use erf::erf;
pub use exp::{exp, exp_m1, sigmoid, tanh};
pub use ln::{ln, ln_1p, softplus};
pub use trig::{cos, sin, sin_cos};

use crate::simd::{Real, Vector};

/// A constant in every lane.
#[inline(always)]
fn all<V: Vector>(x: f64) -> V {
    V::splat(V::Elem::from_f64(x))
}

/// The polynomial with these coefficients, lowest first.
///
/// Horner's rule; on every fourth coefficient of long ones, to have independent operations to do at once.
#[inline(always)]
fn polynomial<V: Vector>(x: V, coefficients: &[V::Elem]) -> V {
    if coefficients.len() < 8 {
        return every(1, 0, x, coefficients);
    }
    let square = x * x;
    let fourth = square * square;
    let low = every(4, 1, fourth, coefficients).mul_add(x, every(4, 0, fourth, coefficients));
    let high = every(4, 3, fourth, coefficients).mul_add(x, every(4, 2, fourth, coefficients));
    high.mul_add(square, low)
}

/// The polynomial with every `step`-th of the coefficients, from the one at `start` on.
#[inline(always)]
fn every<V: Vector>(step: usize, start: usize, x: V, coefficients: &[V::Elem]) -> V {
    let mut at = start + (coefficients.len() - 1 - start) / step * step;
    let mut sum = V::splat(coefficients[at]);
    while at > start {
        at -= step;
        sum = sum.mul_add(x, V::splat(coefficients[at]));
    }
    sum
}
