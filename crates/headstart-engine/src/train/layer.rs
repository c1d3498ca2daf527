//! A dense layer's work, unit by unit: forward, back, and the gradients of its parameters.

#![allow(clippy::inline_always)]

use crate::activation::Activation;
use crate::matrix::{Base, Weights, gradient, product, row_sums};
use crate::share::Rows;
use crate::simd::{Isa, Kernel, Real};

/// Some units of a layer: weights times inputs, and their activation.
pub struct Forward<'a, T: Real> {
    pub weights: Weights<'a, T>,
    pub base: Base<'a, T>,
    pub a: &'a [T::Block],
    pub blocks: usize,
    pub activation: Option<Activation>,
    /// The first of these units.
    pub row: usize,
    pub out: &'a mut [T::Block],
    pub slopes: &'a mut [T::Block],
}

impl<T: Real> Kernel for Forward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self) {
        product::<T, I>(self.weights, self.base, self.a, self.blocks, self.row, self.out);
        if let Some(activation) = self.activation {
            activation.forward::<T, I>(self.out, self.slopes);
        }
    }
}

impl<T: Real> Rows for Forward<'_, T> {
    fn rows(&self) -> usize {
        self.out.len() / self.blocks
    }

    fn work(&self) -> usize {
        self.out.len() * (self.a.len() / self.blocks)
    }

    fn split(self, row: usize) -> (Self, Self) {
        let at = row * self.blocks;
        let (out, slopes) = (self.out.split_at_mut(at), self.slopes.split_at_mut(at.min(self.slopes.len())));
        (
            Self { out: out.0, slopes: slopes.0, ..self },
            Self { out: out.1, slopes: slopes.1, row: self.row + row, ..self },
        )
    }
}

/// Backward through a layer to some units of the one before: weights times gradients, and the slope of the activation.
pub struct Backward<'a, T: Real> {
    pub weights: Weights<'a, T>,
    pub d: &'a [T::Block],
    pub blocks: usize,
    pub activation: Option<Activation>,
    pub values: &'a [T::Block],
    pub slopes: &'a [T::Block],
    /// The first of these units.
    pub row: usize,
    pub out: &'a mut [T::Block],
}

impl<T: Real> Kernel for Backward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self) {
        product::<T, I>(self.weights, Base::Zero, self.d, self.blocks, self.row, self.out);
        if let Some(activation) = self.activation {
            activation.backward::<T, I>(self.out, self.values, self.slopes);
        }
    }
}

impl<T: Real> Rows for Backward<'_, T> {
    fn rows(&self) -> usize {
        self.out.len() / self.blocks
    }

    fn work(&self) -> usize {
        self.out.len() * (self.d.len() / self.blocks)
    }

    fn split(self, row: usize) -> (Self, Self) {
        let at = row * self.blocks;
        let (out, values) = (self.out.split_at_mut(at), self.values.split_at(at.min(self.values.len())));
        let slopes = self.slopes.split_at(at.min(self.slopes.len()));
        let part = |out, values, slopes, row| Self { values, slopes, row, out, ..self };
        (part(out.0, values.0, slopes.0, self.row), part(out.1, values.1, slopes.1, self.row + row))
    }
}

/// The gradients of the weights and biases of some units.
pub struct Gradients<'a, T: Real> {
    pub d: &'a [T::Block],
    pub a: &'a [T::Block],
    pub blocks: usize,
    pub weights: &'a mut [T],
    pub biases: &'a mut [T],
    pub add: bool,
}

impl<T: Real> Kernel for Gradients<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self) {
        row_sums::<T, I>(self.d, self.blocks, self.biases, self.add);
        gradient::<T, I>(self.d, self.a, self.blocks, self.weights, self.add);
    }
}

impl<T: Real> Rows for Gradients<'_, T> {
    fn rows(&self) -> usize {
        self.d.len() / self.blocks
    }

    fn work(&self) -> usize {
        self.d.len() * (self.a.len() / self.blocks)
    }

    fn split(self, row: usize) -> (Self, Self) {
        let d = self.d.split_at(row * self.blocks);
        let weights = self.weights.split_at_mut(row * (self.a.len() / self.blocks));
        let biases = self.biases.split_at_mut(row.min(self.biases.len()));
        (
            Self { d: d.0, weights: weights.0, biases: biases.0, ..self },
            Self { d: d.1, weights: weights.1, biases: biases.1, ..self },
        )
    }
}
