//! The squared error of each output, where the loss does not say it: it is the mean of several, or another.

#![allow(clippy::inline_always)]

use super::labels::Labels;
use super::output::{Grid, activate};
use crate::matrix::SampleMatrix;
use crate::network::Network;
use crate::simd::{Isa, Kernel, Real};

/// Mean squared errors of the outputs, one by one: after the last update, on the samples that [`super::Run`]'s figures are of.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OutputErrors {
    /// On the training set; empty where it was not looked at.
    pub train: Vec<f64>,
    /// On the test set; empty without one, and where it was not looked at.
    pub test: Vec<f64>,
}

/// Adds the squared errors of some samples to those of each output: sample after sample, in float64.
pub(crate) struct SquaredErrors<'a, T: Real> {
    pub network: &'a Network,
    pub logits: &'a SampleMatrix<T>,
    pub labels: &'a Labels<T>,
    /// Room for as many blocks as the logits have.
    pub outputs: &'a mut SampleMatrix<T>,
    /// One for each output.
    pub sums: &'a mut [f64],
}

impl<T: Real> Kernel for SquaredErrors<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self) {
        let Self { network, logits, labels, outputs, sums } = self;
        let at = Grid { rows: network.outputs(), blocks: logits.blocks() };
        outputs.reshape(at.rows, labels.count);
        for b in 0..at.blocks {
            activate::<T, I>(at, b, network.output(), logits, outputs.all_mut());
        }
        for (row, sum) in sums.iter_mut().enumerate() {
            for sample in 0..labels.count {
                let error = outputs.at(row, sample).to_f64() - labels.targets.at(row, sample).to_f64();
                *sum += error * error;
            }
        }
    }
}
