//! What the outputs for a batch are compared with, and what each sample counts.

use super::gather::gather;
use crate::matrix::SampleMatrix;
use crate::simd::{InstructionSet, Real, numbers_mut};

/// What the outputs for a batch are compared with.
#[derive(Clone, Debug, Default)]
pub struct Labels<T: Real> {
    /// How many samples.
    pub count: usize,
    /// `outputs x samples`
    pub targets: SampleMatrix<T>,
    /// One row: what every sample's loss counts, which is its share of the mean, times the weight of its class if there is one; 0
    /// in the lanes beyond.
    pub weights: SampleMatrix<T>,
}

impl<T: Real> Labels<T> {
    /// Takes the targets of some samples (`outputs` each in `targets`), which are a part of a batch of so many. `own` are the
    /// samples' weights; empty for 1.
    pub fn gather(&mut self, targets: &[T], own: &[f64], outputs: usize, samples: &[usize], of: usize) {
        self.count = samples.len();
        gather(InstructionSet::best(), 1, targets, outputs, samples, &mut self.targets);
        self.weights.reshape(1, samples.len());
        let weights = numbers_mut::<T>(self.weights.all_mut());
        weights.fill(T::default());
        let each = 1.0 / of as f64;
        weights[..samples.len()].fill(T::from_f64(each));
        if !own.is_empty() {
            weights.iter_mut().zip(samples).for_each(|(weight, &sample)| *weight = T::from_f64(own[sample] * each));
        }
    }

    /// The targets of all samples, so many at a time.
    pub fn all(targets: &[T], own: &[f64], outputs: usize, at_once: usize) -> Vec<Self> {
        let count = targets.len() / outputs;
        let label = |samples: &[usize]| {
            let mut labels = Self::default();
            labels.gather(targets, own, outputs, samples, count);
            labels
        };
        (0..count).collect::<Vec<_>>().chunks(at_once).map(label).collect()
    }
}
