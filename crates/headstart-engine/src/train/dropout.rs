//! Dropout: which units a step leaves out.

use crate::matrix::SampleMatrix;
use crate::simd::{InstructionSet, Isa, Kernel, Real, Vector, numbers_mut};
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng as _, SeedableRng};

/// Streams with this bit are those of dropout: none is one of weights, biases or batches.
const DROPOUT: u64 = 1 << 63;

/// Hidden layers that have streams of their own at every step.
const LAYERS: u64 = 1 << 20;

/// Which units are left out while some samples of a step pass through the network.
///
/// Each unit of each sample has a number of its own in a `ChaCha8` stream of seed, step and layer, so that it depends neither on the
/// chunk that the sample is in, nor on what was drawn before: the same units are left out in float32 and float64, on whatever
/// number of threads, and after whatever pause.
#[derive(Clone, Debug)]
pub struct Dropout {
    /// The share that is left out, by hidden layer.
    pub shares: Vec<f64>,
    pub seed: u64,
    pub step: u64,
    /// The place of the chunk's first sample among those of the step.
    pub first: usize,
}

impl Dropout {
    /// Whether it leaves out units of a hidden layer.
    pub fn touches(&self, layer: usize) -> bool {
        self.shares.get(layer).is_some_and(|share| *share > 0.0)
    }

    /// Draws what the activations of a layer are multiplied by, `units x samples`: 0 or 1 / (1 - share).
    pub fn draw<T: Real>(&self, layer: usize, (units, samples): (usize, usize), masks: &mut SampleMatrix<T>) {
        let share = self.shares[layer];
        // A word below this leaves its unit out.
        let bound = (share * 2_f64.powi(32)).round() as u64;
        let kept = T::from_f64(1.0 / (1.0 - share));
        let mut key = [0; 32];
        key[..8].copy_from_slice(&self.seed.to_le_bytes());
        let mut words = ChaCha8Rng::from_seed(key);
        words.set_stream(DROPOUT | (self.step * LAYERS + layer as u64));
        words.set_word_pos((self.first * units) as u128);
        masks.reshape(units, samples);
        let stride = masks.blocks() * T::LANES;
        let masks = numbers_mut::<T>(masks.all_mut());
        masks.fill(T::default());
        for sample in 0..samples {
            for mask in masks[sample..].iter_mut().step_by(stride).take(units) {
                *mask = if u64::from(words.next_u32()) < bound { T::default() } else { kept };
            }
        }
    }

    /// Activations times their masks.
    pub fn mask<T: Real>(
        set: InstructionSet,
        values: &SampleMatrix<T>,
        masks: &SampleMatrix<T>,
        out: &mut SampleMatrix<T>,
    ) {
        out.reshape_blocks(values.all().len() / values.blocks().max(1), values.blocks());
        out.all_mut().copy_from_slice(values.all());
        Self::mask_back(set, masks, out);
    }

    /// Multiplies gradients with the masks of their activations.
    pub fn mask_back<T: Real>(set: InstructionSet, masks: &SampleMatrix<T>, delta: &mut SampleMatrix<T>) {
        set.run(Masked::<T> { masks: masks.all(), numbers: delta.all_mut() });
    }
}

/// Numbers, each multiplied by its mask.
struct Masked<'a, T: Real> {
    masks: &'a [T::Block],
    numbers: &'a mut [T::Block],
}

impl<T: Real> Kernel for Masked<'_, T> {
    type Output = ();

    #[allow(clippy::inline_always)]
    #[inline(always)]
    fn run<I: Isa>(self) {
        for (number, mask) in self.numbers.iter_mut().zip(self.masks) {
            (T::V::<I>::load(number) * T::V::<I>::load(mask)).store(number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masks(first: usize, samples: usize) -> Vec<Vec<f64>> {
        let dropout = Dropout { shares: vec![0.0, 0.25], seed: 3, step: 5, first };
        let mut masks = SampleMatrix::<f64>::default();
        dropout.draw(1, (7, samples), &mut masks);
        (0..samples).map(|sample| (0..7).map(|unit| masks.at(unit, sample)).collect()).collect()
    }

    #[test]
    fn a_sample_is_masked_alike_in_any_chunk() {
        let whole = masks(0, 1000);
        let parts: Vec<Vec<f64>> =
            [(0, 300), (300, 17), (317, 683)].into_iter().flat_map(|(a, b)| masks(a, b)).collect();
        assert_eq!(whole, parts);
    }

    #[test]
    fn the_share_is_left_out_and_the_mean_is_kept() {
        let all: Vec<f64> = masks(0, 3000).concat();
        let left_out = all.iter().filter(|mask| **mask == 0.0).count() as f64 / all.len() as f64;
        // Five standard errors.
        assert!((left_out - 0.25).abs() < 5.0 * (0.25_f64 * 0.75 / 21_000.0).sqrt(), "{left_out}");
        assert!(all.iter().all(|mask| [0.0, 1.0 / 0.75].contains(mask)));
    }
}
