//! Samples that lie one after the other, taken side by side into the lanes of a matrix, and how many at a time.

#![allow(clippy::inline_always)]

use crate::matrix::SampleMatrix;
use crate::network::program::Program;
use crate::share::{Rows, share};
use crate::simd::{InstructionSet, Isa, Kernel, Real};

/// Samples in a part where sums over samples are sums over parts, whose order is fixed: enough for products to be fast, few enough
/// for several threads to find one.
pub const PART: usize = 16 * f64::LANES;

/// Samples that pass through the network together: what they leave behind stays in the second-level cache where the
/// layers are not wide. A batch's sums are those of its chunks, one after the other.
pub fn chunk<T: Real>() -> usize {
    48 * T::LANES
}

/// Numbers of a sample and of its lanes that go together through a network, about: what they leave behind at its widest place stays in the
/// second-level cache.
const TOGETHER: usize = 1 << 16;

/// Samples that go together through a network of blocks: a fixed number, as sums over samples are sums over such parts. All of a batch
/// where it is normalized together.
pub fn part<T: Real>(program: &Program, batch: usize) -> usize {
    if program.has_batch_norm() {
        return batch.max(1);
    }
    (TOGETHER / program.widest().max(1)).clamp(2, 48) * T::LANES
}

/// Takes some of the samples in `from`, which have `width` numbers each, on at most so many threads.
pub fn gather<T: Real>(
    set: InstructionSet,
    threads: usize,
    from: &[T],
    width: usize,
    samples: &[usize],
    to: &mut SampleMatrix<T>,
) {
    to.reshape(width, samples.len());
    let blocks = to.blocks();
    share(set, threads, Gather { from, width, samples, row: 0, blocks, out: to.all_mut() });
}

/// Some rows of a matrix, filled from samples that lie one after the other. Lanes beyond the last sample become 0.
struct Gather<'a, T: Real> {
    /// All samples, `width` numbers each.
    from: &'a [T],
    width: usize,
    /// Which ones to take.
    samples: &'a [usize],
    /// The first of these rows.
    row: usize,
    blocks: usize,
    out: &'a mut [T::Block],
}

impl<T: Real> Kernel for Gather<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self) {
        let rows = self.rows();
        let Self { from, width, samples, row, blocks, out } = self;
        let mut lanes = Vec::with_capacity(T::LANES);
        for (b, samples) in samples.chunks(T::LANES).enumerate() {
            lanes.clear();
            for sample in samples {
                lanes.push(&from[sample * width + row..][..rows]);
            }
            for r in 0..rows {
                let mut block = T::ZEROS;
                for (to, lane) in block.as_mut().iter_mut().zip(&lanes) {
                    *to = lane[r];
                }
                out[r * blocks + b] = block;
            }
        }
    }
}

impl<T: Real> Rows for Gather<'_, T> {
    fn rows(&self) -> usize {
        self.out.len() / self.blocks
    }

    fn work(&self) -> usize {
        // Number by number, from memory to memory.
        self.out.len() * 3 * T::LANES
    }

    fn split(self, row: usize) -> (Self, Self) {
        let (before, after) = self.out.split_at_mut(row * self.blocks);
        (Self { out: before, ..self }, Self { out: after, row: self.row + row, ..self })
    }
}
