//! Losses of which each output has its own, and their first two derivatives.

#![allow(clippy::inline_always)]

use super::values::{number, slopes, value};
use crate::math;
use crate::network::{Loss, Output};
use crate::simd::{Isa, Real, Vector};
use std::f64::consts::LN_2;

/// The loss of one output with target `y` by its logit `z`, and its first two derivatives by that.
#[inline(always)]
pub fn of_logit<T: Real, I: Isa>(loss: Loss, output: Output, z: T::V<I>, y: T::V<I>) -> [T::V<I>; 3] {
    let one = number::<T, I>(1.0);
    match (loss, output) {
        (Loss::Focal(gamma), _) => {
            let ([yes, of_yes, bend_yes], [no, of_no, bend_no]) =
                (focal_of_one::<T, I>(gamma, z), focal_of_one::<T, I>(gamma, -z));
            let rest = one - y;
            [y.mul_add(yes, rest * no), y.mul_add(of_yes, -(rest * of_no)), y.mul_add(bend_yes, rest * bend_no)]
        }
        (Loss::Poisson, Output::Exp) => {
            let a = math::exp(z);
            [deviance::<T, I>(a, z, y), a - y, a]
        }
        (Loss::Poisson, _) => {
            let (a, s) = (math::softplus(z), math::sigmoid(z));
            // So far down softplus is exp, whose logarithm is the logit.
            let is_far = z.lt(number::<T, I>(-40.0));
            let log = T::V::<I>::select(is_far, z, math::ln(a));
            let of_log = T::V::<I>::select(is_far, one, s / a);
            let bend_log = of_log * (one - s - of_log);
            [deviance::<T, I>(a, log, y), (-y).mul_add(of_log, s), (-y).mul_add(bend_log, s * (one - s))]
        }
        _ => {
            let a = value::<T, I>(output, z);
            let [of_a, bend] = slopes::<T, I>(output, a);
            let [value, slope, curvature] = of_output::<T, I>(loss, a, y);
            [value, slope * of_a, curvature * (of_a * of_a) + slope * bend]
        }
    }
}

/// `a - y - y ln(a / y)` of a mean `a`, whose logarithm is given, and a count `y`; `a` where that is 0.
#[inline(always)]
fn deviance<T: Real, I: Isa>(a: T::V<I>, log: T::V<I>, y: T::V<I>) -> T::V<I> {
    let zero = number::<T, I>(0.0);
    let log_y = T::V::<I>::select(zero.lt(y), math::ln(y), zero);
    (-y).mul_add(log - log_y, a - y)
}

/// `-(1 - p)^gamma ln p` with `p = sigmoid(u)`, and its first two derivatives by `u`.
#[inline(always)]
fn focal_of_one<T: Real, I: Isa>(gamma: f64, u: T::V<I>) -> [T::V<I>; 3] {
    let (one, gamma) = (number::<T, I>(1.0), number::<T, I>(gamma));
    let (p, q, surprise) = (math::sigmoid(u), math::sigmoid(-u), math::softplus(-u));
    // q^gamma, as -ln q is softplus(u).
    let factor = math::exp(-gamma * math::softplus(u));
    let inner = (gamma * p).mul_add(surprise, q);
    let bend = (gamma * p).mul_add(inner, p * q * (gamma + one - gamma * surprise));
    [factor * surprise, -(factor * inner), factor * bend]
}

/// The loss of an output `a` with target `y`, and its first two derivatives by the output.
#[inline(always)]
fn of_output<T: Real, I: Isa>(loss: Loss, a: T::V<I>, y: T::V<I>) -> [T::V<I>; 3] {
    let (zero, half) = (number::<T, I>(0.0), number::<T, I>(0.5));
    let (one, two) = (number::<T, I>(1.0), number::<T, I>(2.0));
    let error = a - y;
    let size = error.abs();
    match loss {
        Loss::MeanAbsoluteError => [size, T::V::<I>::select(zero.lt(size), one.copysign(error), zero * error), zero],
        Loss::Huber(delta) => {
            let delta = number::<T, I>(delta);
            let slope = delta.min((-delta).max(error));
            // Half the square within, and a line of that slope beyond.
            let value = slope * (error - half * slope);
            [value, slope, T::V::<I>::select(size.lt(delta), one, zero)]
        }
        Loss::LogCosh => {
            let t = math::tanh(error);
            // 1 - t^2, which near 0 is 1, gives the digits there, and the exponential those beyond.
            let near = -half * math::ln_1p(-(t * t));
            let far = size + math::ln_1p(math::exp(-two * size)) - number::<T, I>(LN_2);
            [T::V::<I>::select(size.lt(one), near, far), t, (one - t) * (one + t)]
        }
        Loss::Hinge | Loss::SquaredHinge => {
            let missing = (-y).mul_add(a, one);
            let is_missing = zero.lt(missing);
            let (missing, slope) = (zero.max(missing), T::V::<I>::select(is_missing, -y, zero));
            if loss == Loss::Hinge {
                [missing, slope, zero]
            } else {
                [missing * missing, two * missing * slope, two * slope * slope]
            }
        }
        // The others have ways of their own.
        Loss::MeanSquaredError | Loss::BinaryCrossEntropy | Loss::CrossEntropy | Loss::Focal(_) | Loss::Poisson => {
            [error * error, two * error, two]
        }
    }
}
