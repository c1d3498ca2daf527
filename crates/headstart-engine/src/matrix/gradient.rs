//! Sums over samples: the gradients of a layer's weights and biases.

#![allow(clippy::inline_always)]
// Indices of tiles are clearer than iterators, and some iterators are closures, which lose the instruction set.
#![allow(clippy::needless_range_loop)]

use super::{SampleMatrix, at};
use crate::share::Rows;
use crate::simd::{Isa, Kernel, Real, Vector};

/// [`gradient`] as a kernel: `out = d * a^T`, or added to `out`.
pub struct Outer<'a, T: Real> {
    pub d: &'a [T::Block],
    pub a: &'a SampleMatrix<T>,
    pub out: &'a mut [T],
    pub add: bool,
}

impl<T: Real> Kernel for Outer<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self) {
        gradient::<T, I>(self.d, self.a.all(), self.a.blocks(), self.out, self.add);
    }
}

impl<T: Real> Rows for Outer<'_, T> {
    fn rows(&self) -> usize {
        self.d.len() / self.a.blocks().max(1)
    }

    fn work(&self) -> usize {
        self.d.len() * (self.a.all().len() / self.a.blocks().max(1))
    }

    fn split(self, row: usize) -> (Self, Self) {
        let blocks = self.a.blocks().max(1);
        let d = self.d.split_at(row * blocks);
        let out = self.out.split_at_mut(row * (self.a.all().len() / blocks));
        (Self { d: d.0, out: out.0, ..self }, Self { d: d.1, out: out.1, ..self })
    }
}

/// Blocks of gradients with respect to outputs that meet all inputs before the next ones: they stay in the second-level
/// cache.
const OUTPUTS: usize = 4096;

/// `out[o * a_rows + i] = sum over samples of d[o] a[i]`: the gradient of a layer's weights. `add` adds to what is
/// there.
#[inline(always)]
pub fn gradient<T: Real, I: Isa>(d: &[T::Block], a: &[T::Block], blocks: usize, out: &mut [T], add: bool) {
    if blocks == 0 || a.is_empty() {
        return;
    }
    let outputs = (OUTPUTS / blocks).max(1);
    let inputs = a.len() / blocks;
    for (d, out) in d.chunks(outputs * blocks).zip(out.chunks_mut(outputs * inputs)) {
        let gradient = Gradient { d, a, blocks, outputs: d.len() / blocks, inputs, add };
        let mut i = 0;
        while i < inputs {
            i += match inputs - i {
                1 => dots_of_outputs::<T, I, 1>(&gradient, i, out),
                n if n < 4 || !I::WIDE => dots_of_outputs::<T, I, 2>(&gradient, i, out),
                n if n < 6 => dots_of_outputs::<T, I, 4>(&gradient, i, out),
                _ => dots_of_outputs::<T, I, 6>(&gradient, i, out),
            };
        }
    }
}

struct Gradient<'a, T: Real> {
    d: &'a [T::Block],
    a: &'a [T::Block],
    blocks: usize,
    outputs: usize,
    inputs: usize,
    add: bool,
}

/// All outputs against `Q` inputs from input `i` on. Returns `Q`.
#[inline(always)]
fn dots_of_outputs<T: Real, I: Isa, const Q: usize>(gradient: &Gradient<'_, T>, i: usize, out: &mut [T]) -> usize {
    let mut o = 0;
    while o < gradient.outputs {
        o += match gradient.outputs - o {
            1 => dots::<T, I, 1, Q>(gradient, o, i, out),
            n if n < 4 || !I::WIDE => dots::<T, I, 2, Q>(gradient, o, i, out),
            _ => dots::<T, I, 4, Q>(gradient, o, i, out),
        };
    }
    Q
}

/// `P` outputs against `Q` inputs. Returns `P`.
#[inline(always)]
fn dots<T: Real, I: Isa, const P: usize, const Q: usize>(
    gradient: &Gradient<'_, T>,
    o: usize,
    i: usize,
    out: &mut [T],
) -> usize {
    let Gradient { d, a, blocks, inputs, add, .. } = *gradient;
    let sums = dot_chains::<T, I, P, Q>(&d[o * blocks..][..P * blocks], &a[i * blocks..][..Q * blocks], blocks);
    let sums = lane_sums::<T, I, P, Q>(sums);
    for p in 0..P {
        let out = &mut out[(o + p) * inputs + i..][..Q];
        for q in 0..Q {
            out[q] = if add { out[q] + sums[p][q] } else { sums[p][q] };
        }
    }
    P
}

/// The sum over the lanes of each vector, eight at a time.
#[inline(always)]
fn lane_sums<T: Real, I: Isa, const P: usize, const Q: usize>(vectors: [[T::V<I>; Q]; P]) -> [[T; Q]; P] {
    let mut sums = [[T::default(); Q]; P];
    let eights = P * Q / 8;
    for e in 0..eights {
        let mut eight = [T::V::<I>::splat(T::default()); 8];
        for j in 0..8 {
            eight[j] = vectors[(e * 8 + j) / Q][(e * 8 + j) % Q];
        }
        let eight = T::V::<I>::sums(eight);
        for j in 0..8 {
            sums[(e * 8 + j) / Q][(e * 8 + j) % Q] = eight[j];
        }
    }
    for i in eights * 8..P * Q {
        sums[i / Q][i % Q] = vectors[i / Q][i % Q].sum();
    }
    sums
}

/// The products of `P` rows with `Q` rows of so many blocks, summed but for the lanes.
#[inline(always)]
fn dot_chains<T: Real, I: Isa, const P: usize, const Q: usize>(
    d: &[T::Block],
    a: &[T::Block],
    blocks: usize,
) -> [[T::V<I>; Q]; P] {
    assert!(d.len() == P * blocks && a.len() == Q * blocks);
    let mut sums = [[T::V::<I>::splat(T::default()); Q]; P];
    for b in 0..blocks {
        let mut inputs = [T::V::<I>::splat(T::default()); Q];
        for q in 0..Q {
            // SAFETY: the slice has Q rows.
            inputs[q] = T::V::<I>::load(unsafe { at(a, q * blocks + b) });
        }
        for p in 0..P {
            // SAFETY: the slice has P rows.
            let d = T::V::<I>::load(unsafe { at(d, p * blocks + b) });
            for q in 0..Q {
                sums[p][q] = d.mul_add(inputs[q], sums[p][q]);
            }
        }
    }
    sums
}

/// `out[o] = sum over samples of d[o]`: the gradient of a layer's biases. `add` adds to what is there.
#[inline(always)]
pub fn row_sums<T: Real, I: Isa>(d: &[T::Block], blocks: usize, out: &mut [T], add: bool) {
    for (row, out) in d.chunks_exact(blocks.max(1)).zip(out) {
        let mut sum = T::V::<I>::splat(T::default());
        for block in row {
            sum = sum + T::V::<I>::load(block);
        }
        let sum = sum.sum();
        *out = if add { *out + sum } else { sum };
    }
}
