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
    pub outputs: &'a mut SampleMatrix<T>,
    pub each: E,
}

impl<T: Real, E: FnMut(usize, usize, usize)> Kernel for Classify<'_, T, E> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self) {
        classify::<T, I>(self.network, self.logits, self.labels, self.outputs, self.each);
    }
}

/// Tells `each` every sample of the batch, the class that it has, and the one that it is put into.
///
/// One output: above one half of the way between the two targets. Several: the largest, the first of equal ones.
/// `outputs` is room for as many blocks as the logits have.
#[inline(always)]
fn classify<T: Real, I: Isa>(
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
