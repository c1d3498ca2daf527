//! Small matrix products with samples along the lanes.
//!
//! Every number that comes out is one chain of fused multiply-adds in a fixed order: over the inputs where a layer is
//! computed, and over blocks of samples (then over lanes, halves to halves) where a gradient is. Tiles only decide how
//! many chains run side by side, so their shape can follow the registers of the instruction set.

#![allow(clippy::inline_always)]

use super::matrix::SampleMatrix;
use crate::simd::{Isa, Real, Vector};
use std::array::from_fn;

/// How a matrix of weights is read.
#[derive(Clone, Copy)]
pub enum Side {
    /// Row `r` of the product uses row `r` of the weights: forward through a layer.
    Rows,
    /// Row `r` of the product uses column `r` of the weights: backward through a layer.
    Columns,
}

/// What a product is added to.
#[derive(Clone, Copy)]
pub enum Base<'a, T: Real> {
    /// Nothing.
    Zero,
    /// One number per row.
    Rows(&'a [T]),
    /// One number per row and, on top, one per row and sample.
    Matrix(&'a [T], &'a SampleMatrix<T>),
}

/// Inputs between two visits of an accumulator to memory: keeps the inputs of one tile in the second-level cache.
const DEPTH: usize = 256;

/// `out = base + weights * a` (or with the weights transposed). `weights` has `stride` columns, `a` one row per input.
#[inline(always)]
pub fn product<T: Real, I: Isa>(
    weights: &[T],
    stride: usize,
    side: Side,
    base: Base<'_, T>,
    a: &[T::Block],
    out: &mut [T::Block],
    blocks: usize,
) {
    match side {
        Side::Rows => by_tiles::<T, I, false>(weights, stride, base, a, out, blocks),
        Side::Columns => by_tiles::<T, I, true>(weights, stride, base, a, out, blocks),
    }
}

#[inline(always)]
fn by_tiles<T: Real, I: Isa, const TRANSPOSED: bool>(
    weights: &[T],
    stride: usize,
    base: Base<'_, T>,
    a: &[T::Block],
    out: &mut [T::Block],
    blocks: usize,
) {
    if blocks == 0 {
        return;
    }
    let (inputs, rows) = (a.len() / blocks, out.len() / blocks);
    let mut operands = Product { weights, stride, a, base, blocks, depth: 0..inputs.min(DEPTH) };
    loop {
        let mut b = 0;
        while b < blocks {
            let width = match blocks - b {
                n if n >= 6 && I::WIDE => tiles::<T, I, TRANSPOSED, 4, 6>(&operands, out, rows, b),
                n if n >= 4 && I::WIDE => tiles::<T, I, TRANSPOSED, 4, 4>(&operands, out, rows, b),
                n if n >= 2 => tiles::<T, I, TRANSPOSED, 4, 2>(&operands, out, rows, b),
                _ => tiles::<T, I, TRANSPOSED, 4, 1>(&operands, out, rows, b),
            };
            b += width;
        }
        if operands.depth.end == inputs {
            return;
        }
        operands.depth = operands.depth.end..inputs.min(operands.depth.end + DEPTH);
    }
}

struct Product<'a, T: Real> {
    weights: &'a [T],
    stride: usize,
    a: &'a [T::Block],
    base: Base<'a, T>,
    blocks: usize,
    /// The inputs to go over.
    depth: std::ops::Range<usize>,
}

/// All rows of the product at `N` blocks of samples from block `b` on, about `M` rows at a time. Returns `N`.
#[inline(always)]
fn tiles<T: Real, I: Isa, const TRANSPOSED: bool, const M: usize, const N: usize>(
    operands: &Product<'_, T>,
    out: &mut [T::Block],
    rows: usize,
    b: usize,
) -> usize {
    let mut r = 0;
    while r < rows {
        // 4 and 1 rows left are slower than 3 and 2.
        let height = match rows - r {
            1 => tile::<T, I, TRANSPOSED, 1, N>(operands, out, r, b),
            2 => tile::<T, I, TRANSPOSED, 2, N>(operands, out, r, b),
            3 | 5 => tile::<T, I, TRANSPOSED, 3, N>(operands, out, r, b),
            _ => tile::<T, I, TRANSPOSED, M, N>(operands, out, r, b),
        };
        r += height;
    }
    N
}

/// `M` rows at `N` blocks: `M * N` chains of multiply-adds side by side. Returns `M`.
#[inline(always)]
fn tile<T: Real, I: Isa, const TRANSPOSED: bool, const M: usize, const N: usize>(
    operands: &Product<'_, T>,
    out: &mut [T::Block],
    r: usize,
    b: usize,
) -> usize {
    let Product { weights, stride, a, base, blocks, ref depth } = *operands;
    let zero = T::V::<I>::splat(T::default());
    let mut sums = [[zero; N]; M];
    for m in 0..M {
        for n in 0..N {
            sums[m][n] = match base {
                _ if depth.start > 0 => T::V::<I>::load(&out[(r + m) * blocks + b + n]),
                Base::Zero => zero,
                Base::Rows(bases) => T::V::<I>::splat(bases[r + m]),
                Base::Matrix(bases, matrix) => {
                    let of_row = bases.get(r + m).copied().unwrap_or_default();
                    T::V::<I>::load(&matrix.row(r + m)[b + n]) + T::V::<I>::splat(of_row)
                }
            };
        }
    }
    let a = &a[depth.start * blocks..depth.end * blocks];
    if TRANSPOSED {
        let columns = weights[depth.start * stride..].chunks(stride);
        for (a, weights) in a.chunks_exact(blocks).zip(columns) {
            let (a, weights) = (&a[b..b + N], &weights[r..r + M]);
            let a = load_all::<T, I, N>(a);
            for m in 0..M {
                let w = T::V::<I>::splat(weights[m]);
                for n in 0..N {
                    sums[m][n] = w.mul_add(a[n], sums[m][n]);
                }
            }
        }
    } else {
        let weights: [&[T]; M] = from_fn(|m| &weights[(r + m) * stride..][depth.start..depth.end]);
        for (k, a) in a.chunks_exact(blocks).enumerate() {
            let a = &a[b..b + N];
            let a = load_all::<T, I, N>(a);
            for m in 0..M {
                let w = T::V::<I>::splat(weights[m][k]);
                for n in 0..N {
                    sums[m][n] = w.mul_add(a[n], sums[m][n]);
                }
            }
        }
    }
    for m in 0..M {
        for n in 0..N {
            sums[m][n].store(&mut out[(r + m) * blocks + b + n]);
        }
    }
    M
}

#[inline(always)]
fn load_all<T: Real, I: Isa, const N: usize>(blocks: &[T::Block]) -> [T::V<I>; N] {
    let mut all = [T::V::<I>::splat(T::default()); N];
    for n in 0..N {
        all[n] = T::V::<I>::load(&blocks[n]);
    }
    all
}

/// `out[o * a_rows + i] = sum over samples of d[o] a[i]`: the gradient of a layer's weights. `add` adds to what is
/// there.
#[inline(always)]
pub fn gradient<T: Real, I: Isa>(d: &[T::Block], a: &[T::Block], blocks: usize, out: &mut [T], add: bool) {
    if blocks == 0 {
        return;
    }
    let (outputs, inputs) = (d.len() / blocks, a.len() / blocks);
    let mut i = 0;
    while i < inputs {
        i += match inputs - i {
            1 => dots_of_outputs::<T, I, 1>(d, a, blocks, outputs, i, out, add),
            n if n < 4 || !I::WIDE => dots_of_outputs::<T, I, 2>(d, a, blocks, outputs, i, out, add),
            _ => dots_of_outputs::<T, I, 4>(d, a, blocks, outputs, i, out, add),
        };
    }
}

/// All outputs against `Q` inputs from input `i` on. Returns `Q`.
#[inline(always)]
fn dots_of_outputs<T: Real, I: Isa, const Q: usize>(
    d: &[T::Block],
    a: &[T::Block],
    blocks: usize,
    outputs: usize,
    i: usize,
    out: &mut [T],
    add: bool,
) -> usize {
    let mut o = 0;
    while o < outputs {
        o += match outputs - o {
            1 => dots::<T, I, 1, Q>(d, a, blocks, o, i, out, add),
            n if n < 5 || !I::WIDE => dots::<T, I, 2, Q>(d, a, blocks, o, i, out, add),
            _ => dots::<T, I, 5, Q>(d, a, blocks, o, i, out, add),
        };
    }
    Q
}

/// `P` outputs against `Q` inputs. Returns `P`.
#[inline(always)]
fn dots<T: Real, I: Isa, const P: usize, const Q: usize>(
    d: &[T::Block],
    a: &[T::Block],
    blocks: usize,
    o: usize,
    i: usize,
    out: &mut [T],
    add: bool,
) -> usize {
    let stride = a.len() / blocks;
    let d: [&[T::Block]; P] = from_fn(|p| &d[(o + p) * blocks..][..blocks]);
    let a: [&[T::Block]; Q] = from_fn(|q| &a[(i + q) * blocks..][..blocks]);
    let mut sums = [[T::V::<I>::splat(T::default()); Q]; P];
    for b in 0..blocks {
        let mut inputs = [T::V::<I>::splat(T::default()); Q];
        for q in 0..Q {
            inputs[q] = T::V::<I>::load(&a[q][b]);
        }
        for p in 0..P {
            let d = T::V::<I>::load(&d[p][b]);
            for q in 0..Q {
                sums[p][q] = d.mul_add(inputs[q], sums[p][q]);
            }
        }
    }
    for p in 0..P {
        for q in 0..Q {
            let out = &mut out[(o + p) * stride + i + q];
            let sum = sums[p][q].sum();
            *out = if add { *out + sum } else { sum };
        }
    }
    P
}

/// `out[o] = sum over samples of d[o]`: the gradient of a layer's biases.
#[inline(always)]
pub fn row_sums<T: Real, I: Isa>(d: &[T::Block], blocks: usize, out: &mut [T]) {
    for (row, out) in d.chunks_exact(blocks.max(1)).zip(out) {
        let zero = T::V::<I>::splat(T::default());
        let mut sum = zero;
        for block in row {
            sum = sum + T::V::<I>::load(block);
        }
        *out = sum.sum();
    }
}
