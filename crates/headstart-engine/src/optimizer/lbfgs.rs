//! The direction of L-BFGS.

use crate::simd::{Real, numbers, numbers_mut};
use std::collections::VecDeque;

/// Pairs whose curvature is no more than this are not remembered, and a direction whose slope is no steeper is not followed:
/// PyTorch's figures.
const FLAT: [f64; 2] = [1e-10, 1e-9];

/// Sums go over so many parts, in an order that depends on nothing.
const PARTS: usize = 8;

/// What the steps before said of the curvature.
#[derive(Clone, Debug)]
pub(crate) struct Lbfgs<T: Real> {
    /// By how much the weights changed in a step, and the gradient; oldest first.
    pairs: VecDeque<[Vec<T>; 2]>,
    /// Where the last step was taken, and the gradient there.
    last: Option<[Vec<T>; 2]>,
    /// The inverse of the curvature along the last step.
    scale: f64,
}

impl<T: Real> Default for Lbfgs<T> {
    fn default() -> Self {
        Self { pairs: VecDeque::new(), last: None, scale: 1.0 }
    }
}

impl<T: Real> Lbfgs<T> {
    /// Forgets everything.
    pub fn forget(&mut self) {
        *self = Self::default();
    }

    /// Leaves the direction to descend along in the gradient's place (Nocedal and Wright 2006, algorithm 7.4), and says how far to go
    /// as a part of the learning rate.
    pub fn direction(&mut self, history: usize, weights: &[T::Block], gradient: &mut [T::Block]) -> f64 {
        let (w, g) = (numbers::<T>(weights), numbers_mut::<T>(gradient));
        let is_first = self.last.is_none();
        if let Some([last, before]) = self.last.take() {
            let minus = |a: &[T], b: Vec<T>| a.iter().zip(b).map(|(a, b)| *a - b).collect::<Vec<T>>();
            let (moved, changed) = (minus(w, last), minus(g, before));
            let (curvature, size) = (dot(&moved, &changed), dot(&changed, &changed));
            if curvature > FLAT[0] {
                self.pairs.push_back([moved, changed]);
                if self.pairs.len() > history {
                    self.pairs.pop_front();
                }
                self.scale = curvature / size;
            }
        }
        let start = g.to_vec();
        let mut shares = Vec::with_capacity(self.pairs.len());
        for [moved, changed] in self.pairs.iter().rev() {
            let share = dot(moved, g) / dot(moved, changed);
            add(g, -share, changed);
            shares.push(share);
        }
        if !self.pairs.is_empty() {
            let scale = T::from_f64(self.scale);
            for g in g.iter_mut() {
                *g = *g * scale;
            }
        }
        for ([moved, changed], share) in self.pairs.iter().zip(shares.into_iter().rev()) {
            let back = dot(changed, g) / dot(moved, changed);
            add(g, share - back, moved);
        }
        let slope = dot(&start, g);
        let size: f64 = if is_first { start.iter().map(|g| g.to_f64().abs()).sum() } else { 0.0 };
        self.last = Some([w.to_vec(), start]);
        match () {
            () if slope < FLAT[1] => 0.0,
            () if is_first => (1.0 / size).min(1.0),
            () => 1.0,
        }
    }
}

/// A scalar product.
pub(super) fn dot<T: Real>(a: &[T], b: &[T]) -> f64 {
    let mut sums = [0.0; PARTS];
    for (a, b) in a.chunks(PARTS).zip(b.chunks(PARTS)) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a.to_f64() * b.to_f64();
        }
    }
    sums.iter().sum()
}

/// Adds a multiple of a vector.
fn add<T: Real>(to: &mut [T], factor: f64, what: &[T]) {
    let factor = T::from_f64(factor);
    to.iter_mut().zip(what).for_each(|(to, what)| *to = *to + factor * *what);
}
