//! The loss of a batch, and its gradient with respect to the logits.

#![allow(clippy::inline_always)]

use super::exponentials::Exponentials;
use super::focal::focal_of_softmax;
use super::single::of_logit;
use super::values::{Grid, activate, number, slopes};
use crate::math;
use crate::matrix::SampleMatrix;
use crate::network::{Loss, Network, Output};
use crate::simd::{Isa, Kernel, Real, Vector};
use crate::train::labels::Labels;

/// The loss of a batch, and its gradient with respect to the logits.
pub struct Deltas<'a, T: Real> {
    pub network: &'a Network,
    pub logits: &'a SampleMatrix<T>,
    pub labels: &'a Labels<T>,
    pub delta: &'a mut [T::Block],
    pub want_loss: bool,
}

impl<T: Real> Kernel for Deltas<'_, T> {
    type Output = T;

    #[inline(always)]
    fn run<I: Isa>(self) -> T {
        loss_and_delta::<T, I>(self.network, self.logits, self.labels, self.delta, self.want_loss)
    }
}

/// The gradient of the loss with respect to the logits, into `delta`; returns the loss of the batch.
///
/// With `want_loss` false the result is only good for one thing: it is finite exactly where the loss is. That spares
/// the cross-entropies their logarithms.
#[inline(always)]
fn loss_and_delta<T: Real, I: Isa>(
    network: &Network,
    logits: &SampleMatrix<T>,
    labels: &Labels<T>,
    delta: &mut [T::Block],
    want_loss: bool,
) -> T {
    let mut total = T::V::<I>::splat(T::default());
    let outputs = network.outputs();
    let per_output = number::<T, I>(1.0 / outputs as f64);
    let at = Grid { rows: outputs, blocks: logits.blocks() };
    for b in 0..at.blocks {
        let weight = T::V::<I>::load(&labels.weights.all()[b]);
        let part = match (network.loss(), network.output()) {
            (Loss::BinaryCrossEntropy, output) => {
                let scale = number::<T, I>(if output == Output::Tanh { 2.0 } else { 1.0 });
                binary_cross_entropy::<T, I>(at, b, scale, weight * per_output, logits, labels, delta, want_loss)
            }
            (Loss::CrossEntropy, _) => cross_entropy::<T, I>(at, b, weight, logits, labels, delta, want_loss),
            (Loss::MeanSquaredError, output) => {
                squared_error::<T, I>(at, b, output, weight * per_output, logits, labels, delta)
            }
            (Loss::Focal(gamma), Output::Softmax) => {
                focal_of_softmax::<T, I>(at, b, gamma, weight, logits, labels, delta)
            }
            (loss, output) => one_by_one::<T, I>(at, b, (loss, output), weight * per_output, logits, labels, delta),
        };
        total = total + part;
    }
    total.sum()
}

/// `ln(1 + exp(u)) - y u` with `u = scale * z`.
#[inline(always)]
#[allow(clippy::too_many_arguments)]
fn binary_cross_entropy<T: Real, I: Isa>(
    at: Grid,
    b: usize,
    scale: T::V<I>,
    weight: T::V<I>,
    logits: &SampleMatrix<T>,
    labels: &Labels<T>,
    delta: &mut [T::Block],
    want_loss: bool,
) -> T::V<I> {
    let zero = number::<T, I>(0.0);
    let one = number::<T, I>(1.0);
    let mut total = zero;
    for i in at.column(b) {
        let u = scale * T::V::<I>::load(&logits.all()[i]);
        let y = T::V::<I>::load(&labels.targets.all()[i]);
        let small = math::exp(-u.abs());
        let p = T::V::<I>::select(u.lt(zero), small, one) / (one + small);
        ((p - y) * (scale * weight)).store(&mut delta[i]);
        // 0 times a number that is not finite is not 0.
        total = if want_loss {
            let stable = (-y).mul_add(u, zero.max(u)) + math::ln_1p(small);
            stable.mul_add(weight, total)
        } else {
            u.mul_add(zero, total)
        };
    }
    total
}

/// `ln sum_k exp(z_k) - z_y`, shifted by the largest logit.
#[inline(always)]
fn cross_entropy<T: Real, I: Isa>(
    at: Grid,
    b: usize,
    weight: T::V<I>,
    logits: &SampleMatrix<T>,
    labels: &Labels<T>,
    delta: &mut [T::Block],
    want_loss: bool,
) -> T::V<I> {
    let Exponentials { largest, finite, sum, rest } = Exponentials::<T::V<I>>::of(at, b, logits, Some(&mut *delta));
    let mut total = finite;
    for i in at.column(b) {
        let y = T::V::<I>::load(&labels.targets.all()[i]);
        let p = T::V::<I>::load(&delta[i]) / sum;
        ((p - y) * weight).store(&mut delta[i]);
        if want_loss {
            total = (y * (largest - T::V::<I>::load(&logits.all()[i]))).mul_add(weight, total);
        }
    }
    if want_loss { math::ln_1p(rest).mul_add(weight, total) } else { total }
}

/// `(a - y)^2` with `a` the output of the logits.
#[inline(always)]
fn squared_error<T: Real, I: Isa>(
    at: Grid,
    b: usize,
    output: Output,
    weight: T::V<I>,
    logits: &SampleMatrix<T>,
    labels: &Labels<T>,
    delta: &mut [T::Block],
) -> T::V<I> {
    let two = number::<T, I>(2.0);
    let mut total = number::<T, I>(0.0);
    activate::<T, I>(at, b, output, logits, delta);
    // Softmax: the mean of the gradient under the probabilities.
    let mut mean = number::<T, I>(0.0);
    for i in at.column(b) {
        let a = T::V::<I>::load(&delta[i]);
        let error = a - T::V::<I>::load(&labels.targets.all()[i]);
        total = (error * error).mul_add(weight, total);
        mean = (a * two).mul_add(error, mean);
    }
    for i in at.column(b) {
        let a = T::V::<I>::load(&delta[i]);
        let error = a - T::V::<I>::load(&labels.targets.all()[i]);
        let slope = match output {
            Output::Softmax => a * (two * error - mean),
            _ => two * error * slopes::<T, I>(output, a)[0],
        };
        (slope * weight).store(&mut delta[i]);
    }
    total
}

/// Losses of which each output has its own.
#[inline(always)]
fn one_by_one<T: Real, I: Isa>(
    at: Grid,
    b: usize,
    (loss, output): (Loss, Output),
    weight: T::V<I>,
    logits: &SampleMatrix<T>,
    labels: &Labels<T>,
    delta: &mut [T::Block],
) -> T::V<I> {
    let mut total = number::<T, I>(0.0);
    for i in at.column(b) {
        let z = T::V::<I>::load(&logits.all()[i]);
        let y = T::V::<I>::load(&labels.targets.all()[i]);
        let [value, slope, _] = of_logit::<T, I>(loss, output, z, y);
        (slope * weight).store(&mut delta[i]);
        total = value.mul_add(weight, total);
    }
    total
}
