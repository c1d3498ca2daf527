//! The classes that samples are put into.

#![allow(clippy::inline_always)]

use super::values::{Grid, activate};
use crate::matrix::SampleMatrix;
use crate::network::{Loss, Network, Output};
use crate::simd::{Isa, Kernel, Real};
use crate::train::labels::Labels;

/// The class that each sample of a batch has, and the one that it is put into.
pub struct Classify<'a, T: Real, E> {
    pub network: &'a Network,
    pub logits: &'a SampleMatrix<T>,
    pub labels: &'a Labels<T>,
    /// Room for as many blocks as the logits have.
    pub outputs: &'a mut SampleMatrix<T>,
    /// Is told every sample of the batch, the class that it has, and the one that it is put into.
    pub each: E,
}

impl<T: Real, E: FnMut(usize, usize, usize)> Kernel for Classify<'_, T, E> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self) {
        let Self { network, logits, labels, outputs, mut each } = self;
        let targets = &labels.targets;
        // Targets of the cross-entropy are 0 and 1 whatever the output.
        let middle = T::from_f64(if network.has_signed_targets() { 0.0 } else { 0.5 });
        let class = |sample| match network.outputs() {
            1 => usize::from(targets.at(0, sample) > middle),
            outputs => largest(targets, outputs, sample),
        };
        choose::<T, I>(network, logits, labels.count, outputs, |sample, chosen| each(sample, class(sample), chosen));
    }
}

/// The class that each of some samples is put into.
pub struct Choose<'a, T: Real, E> {
    pub network: &'a Network,
    pub logits: &'a SampleMatrix<T>,
    /// How many samples.
    pub count: usize,
    /// Room for as many blocks as the logits have.
    pub outputs: &'a mut SampleMatrix<T>,
    /// Is told every sample, and the class that it is put into.
    pub each: E,
}

impl<T: Real, E: FnMut(usize, usize)> Kernel for Choose<'_, T, E> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self) {
        choose::<T, I>(self.network, self.logits, self.count, self.outputs, self.each);
    }
}

/// Tells `each` every sample, and the class that it is put into.
///
/// One output: above one half of the way between the two targets. Several: the largest, the first of equal ones.
#[inline(always)]
fn choose<T: Real, I: Isa>(
    network: &Network,
    logits: &SampleMatrix<T>,
    count: usize,
    outputs: &mut SampleMatrix<T>,
    mut each: impl FnMut(usize, usize),
) {
    let at = Grid { rows: network.outputs(), blocks: logits.blocks() };
    if at.rows > 1 {
        // The order of the outputs is that of the logits, which do not saturate.
        (0..count).for_each(|s| each(s, largest(logits, at.rows, s)));
        return;
    }
    outputs.reshape(at.rows, count);
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
    (0..count).for_each(|s| each(s, usize::from(outputs.at(0, s) > middle)));
}

/// The row in which a sample has its largest number, the first of equal ones.
#[inline(always)]
fn largest<T: Real>(matrix: &SampleMatrix<T>, rows: usize, sample: usize) -> usize {
    (1..rows).fold(0, |best, row| if matrix.at(row, sample) > matrix.at(best, sample) { row } else { best })
}
