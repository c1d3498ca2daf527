//! Large kernels on several threads.
//!
//! What is shared is rows of a result, never a sum, so bits do not depend on the number of threads.

use crate::simd::{InstructionSet, Kernel};

/// Multiply-adds of vectors that are worth a thread: a microsecond or two.
const WORTH: usize = 1 << 13;

/// Rows of work in one thread come in multiples of this, so that the tiles of a product stay whole.
const TILE: usize = 4;

/// Work that fills rows, each on its own.
pub trait Rows: Kernel<Output = ()> + Send + Sized {
    /// How many rows.
    fn rows(&self) -> usize;
    /// About how many multiply-adds of vectors, or what takes as long.
    fn work(&self) -> usize;
    /// The rows before `row`, and the rest.
    fn split(self, row: usize) -> (Self, Self);
}

/// Runs a kernel on at most so many threads of the pool that the caller is in; on the caller's alone where the work is
/// too small for more.
pub fn share<K: Rows>(set: InstructionSet, threads: usize, kernel: K) {
    let threads = threads.min(kernel.work() / WORTH).min(kernel.rows() / TILE);
    if threads < 2 {
        return set.run(kernel);
    }
    let half = threads / 2;
    let row = (kernel.rows() * half / threads).next_multiple_of(TILE);
    let (before, after) = kernel.split(row);
    micropool::join(|| share(set, half, before), || share(set, threads - half, after));
}
