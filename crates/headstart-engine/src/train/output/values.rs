//! From logits to outputs, and the slopes of these.

#![allow(clippy::inline_always)]

use crate::math;
use crate::matrix::SampleMatrix;
use crate::network::Output;
use crate::simd::{Isa, Real, Vector};

/// Rows and blocks of a matrix of outputs.
#[derive(Clone, Copy)]
pub struct Grid {
    pub rows: usize,
    pub blocks: usize,
}

impl Grid {
    /// Where the block `b` of every row lies.
    #[inline(always)]
    pub fn column(self, b: usize) -> impl Iterator<Item = usize> {
        (0..self.rows).map(move |row| row * self.blocks + b)
    }
}

/// A constant in every lane.
#[inline(always)]
pub fn number<T: Real, I: Isa>(x: f64) -> T::V<I> {
    T::V::<I>::splat(T::from_f64(x))
}

/// An output by its logit; of softmax, which needs the others, the logit itself.
#[inline(always)]
pub fn value<T: Real, I: Isa>(output: Output, z: T::V<I>) -> T::V<I> {
    match output {
        Output::Identity | Output::Softmax => z,
        Output::Sigmoid => math::sigmoid(z),
        Output::Tanh => math::tanh(z),
        // In this order NaN goes through.
        Output::Relu => number::<T, I>(0.0).max(z),
        Output::Softplus => math::softplus(z),
        Output::Exp => math::exp(z),
    }
}

/// The first two derivatives of an output by its logit, from the output.
#[inline(always)]
pub fn slopes<T: Real, I: Isa>(output: Output, a: T::V<I>) -> [T::V<I>; 2] {
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

/// The outputs at block `b` of the logits, into `out`.
#[inline(always)]
pub fn activate<T: Real, I: Isa>(at: Grid, b: usize, output: Output, logits: &SampleMatrix<T>, out: &mut [T::Block]) {
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
            Output::Softmax => math::exp(z - largest),
            _ => value::<T, I>(output, z),
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
