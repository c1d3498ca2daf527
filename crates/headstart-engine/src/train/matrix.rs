//! Numbers with samples along the lanes, and batches of them.

use super::share::{Rows, share};
use crate::simd::{InstructionSet, Isa, Kernel, Real, numbers_mut};

/// One row per feature or unit, one column per sample.
///
/// A row is a whole number of blocks. Lanes beyond the last sample hold numbers without meaning that nothing may depend
/// on: their weight in every sum over samples is 0.
#[derive(Clone, Debug)]
pub struct SampleMatrix<T: Real> {
    /// All rows, one after the other.
    pub data: Vec<T::Block>,
    /// Blocks in a row.
    pub blocks: usize,
}

impl<T: Real> SampleMatrix<T> {
    /// A matrix of zeros.
    pub fn zeros(rows: usize, samples: usize) -> Self {
        let blocks = samples.div_ceil(T::LANES);
        Self { data: vec![T::ZEROS; rows * blocks], blocks }
    }

    /// Makes room for so many rows and samples. What was inside loses its meaning.
    pub fn reshape(&mut self, rows: usize, samples: usize) {
        self.blocks = samples.div_ceil(T::LANES);
        self.data.resize(rows * self.blocks, T::ZEROS);
    }

    /// One row.
    pub fn row(&self, row: usize) -> &[T::Block] {
        &self.data[row * self.blocks..(row + 1) * self.blocks]
    }

    /// The number at a row and a sample.
    pub fn at(&self, row: usize, sample: usize) -> T {
        self.row(row)[sample / T::LANES].as_ref()[sample % T::LANES]
    }
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

    #[allow(clippy::inline_always)]
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

/// Samples of a data set as training reads them.
#[derive(Clone, Debug)]
pub struct Batch<T: Real> {
    /// How many samples.
    pub count: usize,
    /// `features x samples`
    pub x: SampleMatrix<T>,
    /// `outputs x samples`
    pub targets: SampleMatrix<T>,
    /// One row: the weight of every sample in the mean, 0 in the lanes beyond.
    pub weights: SampleMatrix<T>,
}

impl<T: Real> Default for Batch<T> {
    fn default() -> Self {
        let empty = SampleMatrix::zeros(0, 0);
        Self { count: 0, x: empty.clone(), targets: empty.clone(), weights: empty }
    }
}

/// A data set as the engine keeps it: sample after sample.
#[derive(Clone, Debug)]
pub struct Examples<T: Real> {
    x: Vec<T>,
    targets: Vec<T>,
    features: usize,
    outputs: usize,
    count: usize,
}

impl<T: Real> Examples<T> {
    /// Samples with `features` numbers and `outputs` targets each.
    pub(super) fn new(x: impl Iterator<Item = f64>, targets: impl Iterator<Item = f64>, shape: [usize; 3]) -> Self {
        let [count, features, outputs] = shape;
        let x: Vec<T> = x.map(T::from_f64).collect();
        let targets: Vec<T> = targets.map(T::from_f64).collect();
        debug_assert_eq!((x.len(), targets.len()), (count * features, count * outputs));
        Self { x, targets, features, outputs, count }
    }

    /// How many samples there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// All features, sample after sample.
    pub(super) fn x(&self) -> &[T] {
        &self.x
    }

    /// Puts the samples with the given numbers into a batch, which is one of those that together have `of` samples.
    pub(super) fn gather(
        &self,
        set: InstructionSet,
        threads: usize,
        samples: &[usize],
        of: usize,
        batch: &mut Batch<T>,
    ) {
        batch.count = samples.len();
        let both = [(&self.x, self.features, &mut batch.x), (&self.targets, self.outputs, &mut batch.targets)];
        for (from, width, to) in both {
            to.reshape(width, samples.len());
            let blocks = to.blocks;
            share(set, threads, Gather { from, width, samples, row: 0, blocks, out: &mut to.data });
        }
        batch.weights.reshape(1, samples.len());
        let weights = numbers_mut::<T>(&mut batch.weights.data);
        weights.fill(T::default());
        weights[..samples.len()].fill(T::from_f64(1.0 / of as f64));
    }
}
