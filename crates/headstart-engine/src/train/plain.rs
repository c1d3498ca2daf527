//! A problem as plain numbers, for whoever has kernels of their own: another device trains with these what [`super::Worker`] trains here.

use super::problem::{Problem, Set};
use crate::simd::Real;
use std::sync::Arc;

/// Samples as they lie in memory, one after the other.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a, T> {
    /// How many.
    pub count: usize,
    /// `count x inputs`
    pub features: &'a [T],
    /// `count x outputs`, in the form that the loss compares with.
    pub targets: &'a [T],
    /// What the loss of each counts, by its class; empty for 1 everywhere.
    pub weights: &'a [f64],
    /// The class of each; none of numbers.
    pub classes: Option<&'a [usize]>,
}

impl<T: Real> Problem<T> {
    /// What steps train on: where labels are smoothed, with smoothed targets.
    pub fn trained_rows(&self) -> Rows<'_, T> {
        let (samples, _, weights) = self.training_set();
        Self::rows((samples, self.own_targets(), weights))
    }

    /// The training set, as figures look at it.
    pub fn training_rows(&self) -> Rows<'_, T> {
        Self::rows(self.training_set())
    }

    /// The test set, if there is one.
    pub fn test_rows(&self) -> Option<Rows<'_, T>> {
        self.test_set().map(|test| Self::rows(test))
    }

    fn rows((samples, targets, weights): Set<'_, T>) -> Rows<'_, T> {
        Rows { count: samples.count, features: samples.numbers(), targets, weights, classes: samples.classes() }
    }

    /// Whether the other is on the same samples, held in the same memory.
    pub fn shares_samples(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.data, &other.data)
    }

    /// Whether something besides the figures at the end looks at samples on the way that are none of the step: what early stopping judges
    /// by, and [`Problem::looking_before`].
    pub fn looks_aside(&self) -> bool {
        self.early_stopping().is_some() || !self.looks.is_empty()
    }
}
