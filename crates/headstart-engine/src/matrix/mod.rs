//! Numbers with samples along the lanes, and their products.
//!
//! Every number that comes out is one chain of fused multiply-adds in a fixed order: over the inputs where a layer is
//! computed, and over blocks of samples (then over lanes, halves to halves) where a gradient is. Tiles and panels only
//! decide how many chains run side by side and when, so their shape can follow the registers of the instruction set, the
//! caches, and the threads.

// Reads in inner loops have to disappear into them.
#![allow(clippy::inline_always)]

mod gradient;
mod product;

#[cfg(test)]
mod tests;

pub use gradient::{Outer, gradient, row_sums};
pub use product::{Base, Multiply, Side, Weights, product};

use crate::simd::Real;

/// One row per feature or unit, one column per sample.
///
/// A row is a whole number of blocks. Lanes beyond the last sample hold numbers without meaning that nothing may depend
/// on: their weight in every sum over samples is 0.
#[derive(Clone, Debug)]
pub struct SampleMatrix<T: Real> {
    /// All rows, one after the other, and room for more: memory is never given back, since the next layer wants it.
    data: Vec<T::Block>,
    rows: usize,
    blocks: usize,
}

impl<T: Real> SampleMatrix<T> {
    /// A matrix of zeros.
    pub fn zeros(rows: usize, samples: usize) -> Self {
        let blocks = samples.div_ceil(T::LANES);
        Self { data: vec![T::ZEROS; rows * blocks], rows, blocks }
    }

    /// Makes room for so many rows and samples. What was inside loses its meaning.
    pub fn reshape(&mut self, rows: usize, samples: usize) {
        self.reshape_blocks(rows, samples.div_ceil(T::LANES));
    }

    /// The same, for so many blocks of samples.
    pub fn reshape_blocks(&mut self, rows: usize, blocks: usize) {
        (self.rows, self.blocks) = (rows, blocks);
        if self.data.len() < rows * blocks {
            self.data.resize(rows * blocks, T::ZEROS);
        }
    }

    /// Blocks in a row.
    pub fn blocks(&self) -> usize {
        self.blocks
    }

    /// All rows, one after the other.
    pub fn all(&self) -> &[T::Block] {
        &self.data[..self.rows * self.blocks]
    }

    /// All rows, one after the other, to write to.
    pub fn all_mut(&mut self) -> &mut [T::Block] {
        &mut self.data[..self.rows * self.blocks]
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

impl<T: Real> Default for SampleMatrix<T> {
    /// A matrix of nothing.
    fn default() -> Self {
        Self::zeros(0, 0)
    }
}

/// A number in an inner loop, where a check would cost half of the speed: it is made in builds with debug assertions, as
/// tests are.
///
/// # Safety
/// There must be so many.
#[inline(always)]
unsafe fn at<X>(slice: &[X], index: usize) -> &X {
    debug_assert!(index < slice.len());
    // SAFETY: the caller's promise.
    unsafe { slice.get_unchecked(index) }
}
