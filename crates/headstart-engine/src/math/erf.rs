//! The error function.

use super::exp::reduced_exp_m1;
use super::{all, polynomial};
use crate::coefficients::Coefficients;
use crate::simd::Vector;

/// The error function, `2 / sqrt(pi)` times the integral of `exp(-t^2)` from 0 to `x`.
///
/// Odd to the bit, within [-1, 1], keeps the sign of 0; 1 and -1 at the infinities. Error: at most 2 ulp
/// (f64) and 1.8 ulp (f32).
///
/// Method: `1 - exp(-a p(a))` with `a = |x|` and a polynomial `p` fitted to `-ln(1 - erf(a)) / a`. An error of `p`
/// counts the less the closer erf is to 1, so that one polynomial serves the whole range.
#[inline(always)]
pub fn erf<V: Vector>(x: V) -> V {
    let one = all::<V>(1.0);
    let a = V::splat(V::Elem::ERF_END).min(x.abs());
    let exponent = a.mul_add(V::splat(V::Elem::ERF_SLOPE), a * polynomial(a, V::Elem::ERF));
    let (n, exp_m1) = reduced_exp_m1(-exponent);
    let power = n.pow2();
    power.mul_add(-exp_m1, one - power).copysign(x)
}
