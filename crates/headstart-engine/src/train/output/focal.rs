//! The focal loss of a softmax.

#![allow(clippy::inline_always)]

use super::exponentials::Exponentials;
use super::values::{Grid, number};
use crate::math;
use crate::matrix::SampleMatrix;
use crate::simd::{Isa, Real, Vector};
use crate::train::labels::Labels;

impl<V: Vector> Exponentials<V> {
    /// Of the class with this logit the probability `p`, `q = 1 - p`, `-ln p`, that over `q`, and `q^gamma`.
    #[inline(always)]
    fn focused(&self, z: V, gamma: V) -> [V; 5] {
        let [zero, one] = [0.0, 1.0].map(|x| V::splat(V::Elem::from_f64(x)));
        let shifted = z - self.largest;
        let e = math::exp(shifted);
        let q = V::select(shifted.lt(zero), self.sum - e, self.rest) / self.sum;
        let surprise = math::ln_1p(self.rest) - shifted;
        let is_open = zero.lt(q);
        let ratio = V::select(is_open, surprise / q, one);
        [e / self.sum, q, surprise, ratio, V::select(is_open, math::exp(gamma * math::ln(q)), zero)]
    }
}

/// `-sum_k y_k (1 - p_k)^gamma ln p_k` with the probabilities of softmax.
#[inline(always)]
pub fn focal_of_softmax<T: Real, I: Isa>(
    at: Grid,
    b: usize,
    gamma: f64,
    weight: T::V<I>,
    logits: &SampleMatrix<T>,
    labels: &Labels<T>,
    delta: &mut [T::Block],
) -> T::V<I> {
    let (zero, one, gamma) = (number::<T, I>(0.0), number::<T, I>(1.0), number::<T, I>(gamma));
    let shared = Exponentials::<T::V<I>>::of(at, b, logits, None);
    let (mut total, mut sum) = (zero, zero);
    // Of each class p times the slope by p; a change of a logit moves the others by what they share.
    for i in at.column(b) {
        let z = T::V::<I>::load(&logits.all()[i]);
        let y = T::V::<I>::load(&labels.targets.all()[i]);
        let [p, _, surprise, ratio, factor] = shared.focused(z, gamma);
        let own = -(y * factor * (gamma * p).mul_add(ratio, one));
        sum = sum + own;
        own.store(&mut delta[i]);
        total = (y * factor * surprise).mul_add(weight, total);
        // 0 times a number that is not finite is not 0.
        total = z.mul_add(zero, total);
    }
    for i in at.column(b) {
        let [p, ..] = shared.focused(T::V::<I>::load(&logits.all()[i]), gamma);
        let own = T::V::<I>::load(&delta[i]);
        ((own - p * sum) * weight).store(&mut delta[i]);
    }
    total
}

/// The Hessian of it with respect to the logits, times a direction.
#[inline(always)]
#[allow(clippy::too_many_arguments)]
pub fn bend_focal_of_softmax<T: Real, I: Isa>(
    at: Grid,
    b: usize,
    gamma: f64,
    weight: T::V<I>,
    logits: &SampleMatrix<T>,
    labels: &Labels<T>,
    direction: &SampleMatrix<T>,
    out: &mut [T::Block],
) {
    let (zero, one, two) = (number::<T, I>(0.0), number::<T, I>(1.0), number::<T, I>(2.0));
    let gamma = number::<T, I>(gamma);
    let shared = Exponentials::<T::V<I>>::of(at, b, logits, None);
    // The mean of the direction under the probabilities.
    let mut mean = zero;
    for i in at.column(b) {
        let [p, ..] = shared.focused(T::V::<I>::load(&logits.all()[i]), gamma);
        mean = p.mul_add(T::V::<I>::load(&direction.all()[i]), mean);
    }
    // The sums over the classes of p times the slope by p, and of how that changes.
    let (mut sum, mut changes) = (zero, zero);
    for i in at.column(b) {
        let y = T::V::<I>::load(&labels.targets.all()[i]);
        let [p, q, surprise, ratio, factor] = shared.focused(T::V::<I>::load(&logits.all()[i]), gamma);
        sum = sum - y * factor * (gamma * p).mul_add(ratio, one);
        // How far the logarithm of p moves, and that over q.
        let moved = T::V::<I>::load(&direction.all()[i]) - mean;
        let by_q = T::V::<I>::select(zero.lt(q), moved / q, zero);
        let inner = surprise + p * ratio * (one - gamma) - two;
        let change = -(y * gamma * factor * p * by_q * inner);
        changes = changes + change;
        change.store(&mut out[i]);
    }
    for i in at.column(b) {
        let [p, ..] = shared.focused(T::V::<I>::load(&logits.all()[i]), gamma);
        let moved = T::V::<I>::load(&direction.all()[i]) - mean;
        let change = T::V::<I>::load(&out[i]);
        ((change - p * (moved * sum + changes)) * weight).store(&mut out[i]);
    }
}
