//! How the gradient with respect to the logits changes with them.

#![allow(clippy::inline_always)]

use super::focal::bend_focal_of_softmax;
use super::single::of_logit;
use super::values::{Grid, activate, number, slopes};
use crate::math;
use crate::matrix::SampleMatrix;
use crate::network::{Loss, Network, Output};
use crate::simd::{Isa, Kernel, Real, Vector};
use crate::train::labels::Labels;

/// The Hessian of the loss of a batch with respect to the logits, times a direction.
pub struct Bend<'a, T: Real> {
    pub network: &'a Network,
    pub logits: &'a SampleMatrix<T>,
    pub labels: &'a Labels<T>,
    pub direction: &'a SampleMatrix<T>,
    pub out: &'a mut [T::Block],
}

impl<T: Real> Kernel for Bend<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self) {
        bend::<T, I>(self.network, self.logits, self.labels, self.direction, self.out);
    }
}

/// What a change of the logits changes in what [`Deltas`](super::Deltas) leaves: the Hessian of the loss with respect to the
/// logits times `direction`, into `out`.
#[inline(always)]
fn bend<T: Real, I: Isa>(
    network: &Network,
    logits: &SampleMatrix<T>,
    labels: &Labels<T>,
    direction: &SampleMatrix<T>,
    out: &mut [T::Block],
) {
    let at = Grid { rows: network.outputs(), blocks: logits.blocks() };
    let per_output = number::<T, I>(1.0 / network.outputs() as f64);
    for b in 0..at.blocks {
        let weight = T::V::<I>::load(&labels.weights.all()[b]);
        match (network.loss(), network.output()) {
            (Loss::BinaryCrossEntropy, output) => {
                let scale = number::<T, I>(if output == Output::Tanh { 2.0 } else { 1.0 });
                bend_binary_cross_entropy::<T, I>(at, b, scale, weight * per_output, logits, direction, out);
            }
            (Loss::CrossEntropy, _) => bend_cross_entropy::<T, I>(at, b, weight, logits, direction, out),
            (Loss::MeanSquaredError, Output::Softmax) => {
                bend_squared_error_of_softmax::<T, I>(at, b, weight * per_output, logits, labels, direction, out);
            }
            (Loss::MeanSquaredError, output) => {
                bend_squared_error::<T, I>(at, b, output, weight * per_output, logits, labels, direction, out);
            }
            (Loss::Focal(gamma), Output::Softmax) => {
                bend_focal_of_softmax::<T, I>(at, b, gamma, weight, logits, labels, direction, out);
            }
            (loss, output) => {
                for i in at.column(b) {
                    let z = T::V::<I>::load(&logits.all()[i]);
                    let y = T::V::<I>::load(&labels.targets.all()[i]);
                    let [_, _, curvature] = of_logit::<T, I>(loss, output, z, y);
                    let d = T::V::<I>::load(&direction.all()[i]);
                    (curvature * (weight * per_output) * d).store(&mut out[i]);
                }
            }
        }
    }
}

#[inline(always)]
fn bend_binary_cross_entropy<T: Real, I: Isa>(
    at: Grid,
    b: usize,
    scale: T::V<I>,
    weight: T::V<I>,
    logits: &SampleMatrix<T>,
    direction: &SampleMatrix<T>,
    out: &mut [T::Block],
) {
    let one = number::<T, I>(1.0);
    for i in at.column(b) {
        let p = math::sigmoid(scale * T::V::<I>::load(&logits.all()[i]));
        let curvature = p * (one - p) * (scale * scale * weight);
        (curvature * T::V::<I>::load(&direction.all()[i])).store(&mut out[i]);
    }
}

#[inline(always)]
fn bend_cross_entropy<T: Real, I: Isa>(
    at: Grid,
    b: usize,
    weight: T::V<I>,
    logits: &SampleMatrix<T>,
    direction: &SampleMatrix<T>,
    out: &mut [T::Block],
) {
    activate::<T, I>(at, b, Output::Softmax, logits, out);
    // The mean of the direction under the probabilities.
    let mut mean = number::<T, I>(0.0);
    for i in at.column(b) {
        mean = T::V::<I>::load(&out[i]).mul_add(T::V::<I>::load(&direction.all()[i]), mean);
    }
    for i in at.column(b) {
        let change = T::V::<I>::load(&out[i]) * (T::V::<I>::load(&direction.all()[i]) - mean);
        (change * weight).store(&mut out[i]);
    }
}

#[inline(always)]
#[allow(clippy::too_many_arguments)]
fn bend_squared_error<T: Real, I: Isa>(
    at: Grid,
    b: usize,
    output: Output,
    weight: T::V<I>,
    logits: &SampleMatrix<T>,
    labels: &Labels<T>,
    direction: &SampleMatrix<T>,
    out: &mut [T::Block],
) {
    let two = number::<T, I>(2.0);
    activate::<T, I>(at, b, output, logits, out);
    for i in at.column(b) {
        let a = T::V::<I>::load(&out[i]);
        let error = a - T::V::<I>::load(&labels.targets.all()[i]);
        let [slope, bend] = slopes::<T, I>(output, a);
        let curvature = two * slope.mul_add(slope, error * bend);
        (curvature * weight * T::V::<I>::load(&direction.all()[i])).store(&mut out[i]);
    }
}

#[inline(always)]
fn bend_squared_error_of_softmax<T: Real, I: Isa>(
    at: Grid,
    b: usize,
    weight: T::V<I>,
    logits: &SampleMatrix<T>,
    labels: &Labels<T>,
    direction: &SampleMatrix<T>,
    out: &mut [T::Block],
) {
    let zero = number::<T, I>(0.0);
    let two = number::<T, I>(2.0);
    activate::<T, I>(at, b, Output::Softmax, logits, out);
    // Means under the probabilities: of the direction, and of twice the error.
    let (mut of_direction, mut of_error) = (zero, zero);
    for i in at.column(b) {
        let a = T::V::<I>::load(&out[i]);
        of_direction = a.mul_add(T::V::<I>::load(&direction.all()[i]), of_direction);
        of_error = (two * a).mul_add(a - T::V::<I>::load(&labels.targets.all()[i]), of_error);
    }
    // How the latter changes.
    let mut change = zero;
    for i in at.column(b) {
        let a = T::V::<I>::load(&out[i]);
        let of_a = a * (T::V::<I>::load(&direction.all()[i]) - of_direction);
        change = (two * of_a).mul_add(a - T::V::<I>::load(&labels.targets.all()[i]) + a, change);
    }
    for i in at.column(b) {
        let a = T::V::<I>::load(&out[i]);
        let of_a = a * (T::V::<I>::load(&direction.all()[i]) - of_direction);
        let error = two * (a - T::V::<I>::load(&labels.targets.all()[i]));
        ((of_a * (error - of_error) + a * (two * of_a - change)) * weight).store(&mut out[i]);
    }
}
