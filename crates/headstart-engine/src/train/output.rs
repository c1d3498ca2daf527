//! The end of a network: from logits to the loss, its gradient, and predictions.

#![allow(clippy::inline_always)]

use super::data::Labels;
use super::matrix::SampleMatrix;
use crate::math;
use crate::network::{Loss, Network, Output};
use crate::simd::{Isa, Real, Vector};

/// The gradient of the loss with respect to the logits, into `delta`; returns the loss of the batch.
///
/// With `want_loss` false the result is only good for one thing: it is finite exactly where the loss is. That spares
/// the cross-entropies their logarithms.
#[inline(always)]
pub fn loss_and_delta<T: Real, I: Isa>(
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
        };
        total = total + part;
    }
    total.sum()
}

/// Rows and blocks of a matrix of outputs.
#[derive(Clone, Copy)]
pub(super) struct Grid {
    pub rows: usize,
    pub blocks: usize,
}

impl Grid {
    /// Where the block `b` of every row lies.
    #[inline(always)]
    fn column(self, b: usize) -> impl Iterator<Item = usize> {
        (0..self.rows).map(move |row| row * self.blocks + b)
    }
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
    let zero = number::<T, I>(0.0);
    let one = number::<T, I>(1.0);
    let mut largest = T::V::<I>::load(&logits.all()[b]);
    let mut finite = zero;
    for i in at.column(b) {
        let z = T::V::<I>::load(&logits.all()[i]);
        largest = z.max(largest);
        finite = z.mul_add(zero, finite);
    }
    // The exponentials without the largest, whose exponential is 1: the logarithm keeps its digits near 0.
    let (mut rest, mut ones) = (zero, -one);
    for i in at.column(b) {
        let shifted = T::V::<I>::load(&logits.all()[i]) - largest;
        let e = math::exp(shifted);
        e.store(&mut delta[i]);
        let smaller = shifted.lt(zero);
        rest = rest + T::V::<I>::select(smaller, e, zero);
        ones = ones + T::V::<I>::select(smaller, zero, one);
    }
    let rest = rest + ones;
    let sum = rest + one;
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
    let one = number::<T, I>(1.0);
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
            Output::Identity => two * error,
            Output::Sigmoid => two * error * (a * (one - a)),
            Output::Tanh => two * error * (-a).mul_add(a, one),
            Output::Softmax => a * (two * error - mean),
        };
        (slope * weight).store(&mut delta[i]);
    }
    total
}

/// What a change of the logits changes in what [`loss_and_delta`] leaves: the Hessian of the loss with respect to the
/// logits times `direction`, into `out`.
#[inline(always)]
pub fn bend<T: Real, I: Isa>(
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
    let one = number::<T, I>(1.0);
    let two = number::<T, I>(2.0);
    activate::<T, I>(at, b, output, logits, out);
    for i in at.column(b) {
        let a = T::V::<I>::load(&out[i]);
        let error = a - T::V::<I>::load(&labels.targets.all()[i]);
        // First and second derivative of the output.
        let (slope, bend) = match output {
            Output::Sigmoid => (a * (one - a), a * (one - a) * (one - two * a)),
            Output::Tanh => ((-a).mul_add(a, one), -(two * a) * (-a).mul_add(a, one)),
            Output::Identity | Output::Softmax => (one, number::<T, I>(0.0)),
        };
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

/// The outputs at block `b` of the logits, into `out`.
#[inline(always)]
pub(super) fn activate<T: Real, I: Isa>(
    at: Grid,
    b: usize,
    output: Output,
    logits: &SampleMatrix<T>,
    out: &mut [T::Block],
) {
    let mut largest = T::V::<I>::load(&logits.all()[b]);
    if output == Output::Softmax {
        for i in at.column(b) {
            largest = T::V::<I>::load(&logits.all()[i]).max(largest);
        }
    }
    let mut sum = number::<T, I>(0.0);
    for i in at.column(b) {
        let z = T::V::<I>::load(&logits.all()[i]);
        let a = match output {
            Output::Identity => z,
            Output::Sigmoid => math::sigmoid(z),
            Output::Tanh => math::tanh(z),
            Output::Softmax => math::exp(z - largest),
        };
        sum = sum + a;
        a.store(&mut out[i]);
    }
    if output == Output::Softmax {
        for i in at.column(b) {
            (T::V::<I>::load(&out[i]) / sum).store(&mut out[i]);
        }
    }
}

/// Tells `each` every sample of the batch, the class that it has, and the one that it is put into.
///
/// One output: above one half of the way between the two targets. Several: the largest, the first of equal ones.
/// `outputs` is room for as many blocks as the logits have.
#[inline(always)]
pub fn classify<T: Real, I: Isa>(
    network: &Network,
    logits: &SampleMatrix<T>,
    labels: &Labels<T>,
    outputs: &mut SampleMatrix<T>,
    mut each: impl FnMut(usize, usize, usize),
) {
    let at = Grid { rows: network.outputs(), blocks: logits.blocks() };
    outputs.reshape(at.rows, labels.count);
    if at.rows > 1 {
        // The order of the outputs is that of the logits, which do not saturate.
        let largest = |matrix: &SampleMatrix<T>, sample: usize| {
            (1..at.rows).fold(0, |best, row| if matrix.at(row, sample) > matrix.at(best, sample) { row } else { best })
        };
        (0..labels.count).for_each(|s| each(s, largest(&labels.targets, s), largest(logits, s)));
        return;
    }
    let output = match (network.loss(), network.output()) {
        // The logits of an identity output are those of a sigmoid to the cross-entropy.
        (Loss::BinaryCrossEntropy, Output::Identity) => Output::Sigmoid,
        (_, output) => output,
    };
    for b in 0..at.blocks {
        activate::<T, I>(at, b, output, logits, outputs.all_mut());
    }
    let middle = T::from_f64(if output == Output::Tanh { 0.0 } else { 0.5 });
    // Targets of the cross-entropy are 0 and 1 whatever the output.
    let target_middle =
        T::from_f64(if network.loss() == Loss::MeanSquaredError && output == Output::Tanh { 0.0 } else { 0.5 });
    let of = |is_second: bool| usize::from(is_second);
    (0..labels.count).for_each(|s| each(s, of(labels.targets.at(0, s) > target_middle), of(outputs.at(0, s) > middle)));
}

#[inline(always)]
fn number<T: Real, I: Isa>(x: f64) -> T::V<I> {
    T::V::<I>::splat(T::from_f64(x))
}
