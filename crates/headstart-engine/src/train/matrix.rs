//! Numbers with samples along the lanes, and batches of them.

use crate::simd::Real;

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

    /// Fills the matrix with samples given one by one: `sample(s)` has one number for each of the `rows`.
    ///
    /// Lanes beyond the last sample become 0.
    pub fn gather<'a>(&mut self, rows: usize, samples: usize, sample: impl Fn(usize) -> &'a [T]) {
        self.reshape(rows, samples);
        for b in 0..self.blocks {
            let first = b * T::LANES;
            let lanes: Vec<&[T]> = (first..samples.min(first + T::LANES)).map(&sample).collect();
            for row in 0..rows {
                let mut block = T::ZEROS;
                for (to, from) in block.as_mut().iter_mut().zip(&lanes) {
                    *to = from[row];
                }
                self.data[row * self.blocks + b] = block;
            }
        }
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
    pub(super) fn gather(&self, samples: &[usize], of: usize, batch: &mut Batch<T>) {
        let (d, k) = (self.features, self.outputs);
        batch.count = samples.len();
        batch.x.gather(d, samples.len(), |s| &self.x[samples[s] * d..][..d]);
        batch.targets.gather(k, samples.len(), |s| &self.targets[samples[s] * k..][..k]);
        let weight = [T::from_f64(1.0 / of as f64)];
        batch.weights.gather(1, samples.len(), |_| &weight);
    }
}
