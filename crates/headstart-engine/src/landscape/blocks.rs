//! The landscape of a network of blocks, which keeps no tapes: part after part of the samples is passed through and forgotten.

use super::eigen::{self, Eigenvalue};
use super::{Landscape, Part};
use crate::network::program::Program;
use crate::simd::{Block, Real, numbers};
use crate::train::course::{Course, Manner};
use crate::train::output::Deltas;

/// What a pass through all of a network's operations leaves behind, for those who look at it.
pub struct Passage<'a, 'b> {
    pub landscape: &'a Landscape<'b>,
    pub program: &'a Program,
    pub parameters: &'a [f64],
}

impl Passage<'_, '_> {
    /// Forward through some samples: what comes out keeps all of it. The loss, and its gradient with respect to the logits.
    pub fn forward(&self, part: &Part, course: &mut Course<f64>) -> (f64, crate::matrix::SampleMatrix<f64>) {
        let Self { landscape, program, parameters } = self;
        let (network, labels) = (landscape.network(), &part.labels);
        let samples = labels.count;
        let both = (*program, &landscape.layers[..]);
        course.forward(both, parameters, &part.x, samples, Manner::Training, landscape.watch);
        let logits = course.logits();
        let mut delta = logits.clone();
        let all = delta.all_mut();
        let loss = landscape.set.run(Deltas { network, logits, labels, delta: all, want_loss: true });
        (loss, delta)
    }

    /// Loss and gradient of some samples.
    fn gradient(&self, part: &Part) -> (f64, Vec<f64>) {
        let Self { landscape, program, parameters } = self;
        let mut course = Course::on(landscape.set);
        course.fit(landscape.network(), program);
        let (loss, delta) = self.forward(part, &mut course);
        let mut gradient = vec![Block([0.0; 8]); parameters.len().div_ceil(f64::LANES)];
        let both = (*program, &landscape.layers[..]);
        course.backward(both, parameters, &part.x, &delta, &mut gradient, false, landscape.watch, |_, _| {});
        (loss, numbers::<f64>(&gradient)[..parameters.len()].to_vec())
    }
}

impl Landscape<'_> {
    pub(super) fn gradient_of_blocks(&self, program: &Program, parameters: &[f64]) -> (f64, Vec<f64>) {
        let passage = Passage { landscape: self, program, parameters };
        let of_part = |part: &Part| passage.gradient(part);
        let (losses, gradients): (Vec<f64>, Vec<_>) = self.map(&self.parts, of_part).into_iter().unzip();
        (losses.iter().sum(), self.sum(gradients))
    }

    /// The Hessian times a direction, by the difference of the gradients on either side, a hundred thousandth of the parameters' length
    /// away: its relative error is of that size where the loss is smooth. Between the two a kink may lie.
    pub(super) fn hessian_of_blocks(&self, program: &Program, parameters: &[f64], direction: &[f64]) -> Vec<f64> {
        const APART: f64 = 1e-5;
        let length = |v: &[f64]| v.iter().map(|x| x * x).sum::<f64>().sqrt();
        let (own, along) = (length(parameters).max(1.0), length(direction));
        if along == 0.0 {
            return vec![0.0; direction.len()];
        }
        let step = APART * own / along;
        let at = |by: f64| {
            let moved: Vec<f64> = parameters.iter().zip(direction).map(|(x, d)| x + by * d).collect();
            self.gradient_of_blocks(program, &moved).1
        };
        at(step).iter().zip(at(-step)).map(|(above, below)| (above - below) / (2.0 * step)).collect()
    }
}

/// The largest eigenvalue by products that are differences, which have no more digits than that.
pub(super) fn sharpness(start: Vec<f64>, product: impl Fn(&[f64]) -> Vec<f64>) -> Eigenvalue {
    eigen::largest(start, super::MOST_PRODUCTS, 10.0 * super::PRECISE, product)
}
