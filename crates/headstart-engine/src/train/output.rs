//! The end of a network: from logits to the loss, its gradient, and predictions.

#![allow(clippy::inline_always)]

use super::data::Labels;
use super::matrix::SampleMatrix;
use crate::math;
use crate::network::{Loss, Network, Output};
use crate::simd::{Isa, Real, Vector};
use std::f64::consts::LN_2;

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
            (Loss::Focal(gamma), Output::Softmax) => {
                focal_of_softmax::<T, I>(at, b, gamma, weight, logits, labels, delta)
            }
            (loss, output) => one_by_one::<T, I>(at, b, (loss, output), weight * per_output, logits, labels, delta),
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
            Output::Relu | Output::Softplus | Output::Exp => two * error * slopes::<T, I>(output, a)[0],
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

/// The loss of one output with target `y` by its logit `z`, and its first two derivatives by that.
#[inline(always)]
fn of_logit<T: Real, I: Isa>(loss: Loss, output: Output, z: T::V<I>, y: T::V<I>) -> [T::V<I>; 3] {
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
            let a = match output {
                Output::Sigmoid => math::sigmoid(z),
                Output::Tanh => math::tanh(z),
                Output::Relu => number::<T, I>(0.0).max(z),
                Output::Softplus => math::softplus(z),
                Output::Exp => math::exp(z),
                Output::Identity | Output::Softmax => z,
            };
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

/// The first two derivatives of an output by its logit, from the output.
#[inline(always)]
fn slopes<T: Real, I: Isa>(output: Output, a: T::V<I>) -> [T::V<I>; 2] {
    let (zero, one, two) = (number::<T, I>(0.0), number::<T, I>(1.0), number::<T, I>(2.0));
    match output {
        Output::Identity | Output::Softmax => [one, zero],
        Output::Sigmoid => [a * (one - a), a * (one - a) * (one - two * a)],
        Output::Tanh => [(-a).mul_add(a, one), -(two * a) * (-a).mul_add(a, one)],
        Output::Relu => [T::V::<I>::select(zero.lt(a), one, zero), zero],
        Output::Softplus => {
            // Sigmoid of the logit.
            let s = -math::exp_m1(-a);
            [s, s * (one - s)]
        }
        Output::Exp => [a, a],
    }
}

/// What focal loss needs of one class at a sample, and what all classes share.
struct Surprise<V> {
    largest: V,
    /// The sum of the exponentials, and the same without the largest: the latter keeps its digits near 0.
    sum: V,
    rest: V,
}

impl<V: Vector> Surprise<V> {
    #[inline(always)]
    fn of<T: Real<Block = V::Block>>(at: Grid, b: usize, logits: &SampleMatrix<T>) -> Self {
        let [zero, one] = [0.0, 1.0].map(|x| V::splat(V::Elem::from_f64(x)));
        let mut largest = V::load(&logits.all()[b]);
        for i in at.column(b) {
            largest = V::load(&logits.all()[i]).max(largest);
        }
        let (mut rest, mut ones) = (zero, -one);
        for i in at.column(b) {
            let shifted = V::load(&logits.all()[i]) - largest;
            let is_smaller = shifted.lt(zero);
            rest = rest + V::select(is_smaller, math::exp(shifted), zero);
            ones = ones + V::select(is_smaller, zero, one);
        }
        let rest = rest + ones;
        Self { largest, sum: rest + one, rest }
    }

    /// Of the class with this logit the probability `p`, `q = 1 - p`, `-ln p`, that over `q`, and `q^gamma`.
    #[inline(always)]
    fn at(&self, z: V, gamma: V) -> [V; 5] {
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
fn focal_of_softmax<T: Real, I: Isa>(
    at: Grid,
    b: usize,
    gamma: f64,
    weight: T::V<I>,
    logits: &SampleMatrix<T>,
    labels: &Labels<T>,
    delta: &mut [T::Block],
) -> T::V<I> {
    let (zero, one, gamma) = (number::<T, I>(0.0), number::<T, I>(1.0), number::<T, I>(gamma));
    let shared = Surprise::<T::V<I>>::of(at, b, logits);
    let (mut total, mut sum) = (zero, zero);
    // Of each class p times the slope by p; a change of a logit moves the others by what they share.
    for i in at.column(b) {
        let z = T::V::<I>::load(&logits.all()[i]);
        let y = T::V::<I>::load(&labels.targets.all()[i]);
        let [p, _, surprise, ratio, factor] = shared.at(z, gamma);
        let own = -(y * factor * (gamma * p).mul_add(ratio, one));
        sum = sum + own;
        own.store(&mut delta[i]);
        total = (y * factor * surprise).mul_add(weight, total);
        // 0 times a number that is not finite is not 0.
        total = z.mul_add(zero, total);
    }
    for i in at.column(b) {
        let [p, ..] = shared.at(T::V::<I>::load(&logits.all()[i]), gamma);
        let own = T::V::<I>::load(&delta[i]);
        ((own - p * sum) * weight).store(&mut delta[i]);
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
            Output::Relu | Output::Softplus | Output::Exp => slopes::<T, I>(output, a).into(),
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

#[inline(always)]
#[allow(clippy::too_many_arguments)]
fn bend_focal_of_softmax<T: Real, I: Isa>(
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
    let shared = Surprise::<T::V<I>>::of(at, b, logits);
    // The mean of the direction under the probabilities.
    let mut mean = zero;
    for i in at.column(b) {
        let [p, ..] = shared.at(T::V::<I>::load(&logits.all()[i]), gamma);
        mean = p.mul_add(T::V::<I>::load(&direction.all()[i]), mean);
    }
    // The sums over the classes of p times the slope by p, and of how that changes.
    let (mut sum, mut changes) = (zero, zero);
    for i in at.column(b) {
        let y = T::V::<I>::load(&labels.targets.all()[i]);
        let [p, q, surprise, ratio, factor] = shared.at(T::V::<I>::load(&logits.all()[i]), gamma);
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
        let [p, ..] = shared.at(T::V::<I>::load(&logits.all()[i]), gamma);
        let moved = T::V::<I>::load(&direction.all()[i]) - mean;
        let change = T::V::<I>::load(&out[i]);
        ((change - p * (moved * sum + changes)) * weight).store(&mut out[i]);
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
            // In this order NaN goes through.
            Output::Relu => number::<T, I>(0.0).max(z),
            Output::Softplus => math::softplus(z),
            Output::Exp => math::exp(z),
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
    let is_signed = output == Output::Tanh || network.loss().is_hinge();
    let middle = T::from_f64(if is_signed { 0.0 } else { 0.5 });
    // Targets of the cross-entropy are 0 and 1 whatever the output.
    let target_middle = T::from_f64(if network.has_signed_targets() { 0.0 } else { 0.5 });
    let of = |is_second: bool| usize::from(is_second);
    (0..labels.count).for_each(|s| each(s, of(labels.targets.at(0, s) > target_middle), of(outputs.at(0, s) > middle)));
}

#[inline(always)]
fn number<T: Real, I: Isa>(x: f64) -> T::V<I> {
    T::V::<I>::splat(T::from_f64(x))
}
