//! Weights times inputs: a layer's outputs, and its inputs' gradients.

#![allow(clippy::inline_always)]
// Indices of tiles are clearer than iterators, and some iterators are closures, which lose the instruction set.
#![allow(clippy::needless_range_loop)]

use super::{SampleMatrix, at};
use crate::share::Rows;
use crate::simd::{Isa, Kernel, Real, Vector};
use std::ops::Range;

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

/// Blocks of inputs that are read where they lie, as the first-level cache holds them.
const NEAR: usize = 1024;

/// Inputs between two visits of an accumulator to memory, where there are many: a panel of them, as wide as a tile,
/// stays in the first-level cache.
const DEPTH: usize = 64;

/// Rows that go over a panel before the next inputs: their accumulators and weights stay in the second-level cache.
const HEIGHT: usize = 128;

/// The most blocks in a row of a tile.
const WIDTH: usize = 6;

/// Weights as a product reads them.
#[derive(Clone, Copy)]
pub struct Weights<'a, T: Real> {
    /// The numbers, row after row.
    pub numbers: &'a [T],
    /// Columns.
    pub stride: usize,
    /// Rows or columns of it are the rows of the product.
    pub side: Side,
}

/// `out = base + weights * a` (or with the weights transposed), rows from `first` on, as many as fit in `out`. `a` has
/// one row per input.
#[inline(always)]
pub fn product<T: Real, I: Isa>(
    weights: Weights<'_, T>,
    base: Base<'_, T>,
    a: &[T::Block],
    blocks: usize,
    first: usize,
    out: &mut [T::Block],
) {
    if blocks > 0 {
        I::call(Whole { of: Product { weights, a, base, blocks, first }, out });
    }
}

/// A product as a kernel, which all kernels that need one share: it is the largest there is.
struct Whole<'a, T: Real> {
    of: Product<'a, T>,
    out: &'a mut [T::Block],
}

impl<T: Real> Kernel for Whole<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self) {
        match self.of.weights.side {
            Side::Rows => by_panels::<T, I, false>(&self.of, self.out),
            Side::Columns => by_panels::<T, I, true>(&self.of, self.out),
        }
    }
}

/// [`product`] as a kernel: `out = base + weights * a`.
pub struct Multiply<'a, T: Real> {
    weights: Weights<'a, T>,
    base: Base<'a, T>,
    a: &'a SampleMatrix<T>,
    /// The first of these rows.
    row: usize,
    out: &'a mut [T::Block],
}

impl<'a, T: Real> Multiply<'a, T> {
    pub fn new(
        weights: Weights<'a, T>,
        base: Base<'a, T>,
        a: &'a SampleMatrix<T>,
        out: &'a mut SampleMatrix<T>,
    ) -> Self {
        Self { weights, base, a, row: 0, out: out.all_mut() }
    }
}

impl<T: Real> Rows for Multiply<'_, T> {
    fn rows(&self) -> usize {
        self.out.len() / self.a.blocks().max(1)
    }

    fn work(&self) -> usize {
        self.out.len() * (self.a.all().len() / self.a.blocks().max(1))
    }

    fn split(self, row: usize) -> (Self, Self) {
        let out = self.out.split_at_mut(row * self.a.blocks());
        (Self { out: out.0, ..self }, Self { out: out.1, row: self.row + row, ..self })
    }
}

impl<T: Real> Kernel for Multiply<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self) {
        product::<T, I>(self.weights, self.base, self.a.all(), self.a.blocks(), self.row, self.out);
    }
}

struct Product<'a, T: Real> {
    weights: Weights<'a, T>,
    a: &'a [T::Block],
    base: Base<'a, T>,
    blocks: usize,
    /// The row of the product that comes first in `out`.
    first: usize,
}

/// Inputs of a tile: rows of blocks, read from block `at` on.
struct Panel<'a, T: Real> {
    /// The inputs.
    depth: Range<usize>,
    /// A row for each.
    rows: &'a [T::Block],
    stride: usize,
    at: usize,
}

#[inline(always)]
fn by_panels<T: Real, I: Isa, const TRANSPOSED: bool>(operands: &Product<'_, T>, out: &mut [T::Block]) {
    let blocks = operands.blocks;
    let (inputs, rows) = (operands.a.len() / blocks, out.len() / blocks);
    // Few rows do not pay for packing, which is there to be used again.
    if operands.a.len() <= NEAR || rows < 8 {
        let mut b = 0;
        while b < blocks {
            let panel = Panel { depth: 0..inputs, rows: operands.a, stride: blocks, at: b };
            b += tiles_of_width::<T, I, TRANSPOSED>(operands, &panel, 0..rows, b, out);
        }
        return;
    }
    let mut packed = [T::ZEROS; DEPTH * WIDTH];
    let mut top = 0;
    while top < rows {
        let bottom = rows.min(top + HEIGHT);
        let mut start = 0;
        while start < inputs {
            let depth = start..inputs.min(start + DEPTH);
            let of_depth = &operands.a[depth.start * blocks..depth.end * blocks];
            let mut b = 0;
            while b < blocks {
                let width = width::<I>(blocks - b);
                for (to, from) in packed.chunks_exact_mut(width).zip(of_depth.chunks_exact(blocks)) {
                    to.copy_from_slice(&from[b..b + width]);
                }
                let rows = &packed[..depth.len() * width];
                let panel = Panel { depth: depth.clone(), rows, stride: width, at: 0 };
                b += tiles_of_width::<T, I, TRANSPOSED>(operands, &panel, top..bottom, b, out);
            }
            start = depth.end;
        }
        top = bottom;
    }
}

/// Blocks in a row of the next tile where so many are left.
#[inline(always)]
fn width<I: Isa>(left: usize) -> usize {
    match left {
        _ if !I::TILED => 1,
        n if n >= WIDTH && I::WIDE => WIDTH,
        n if n >= 4 && I::WIDE => 4,
        n if n >= 2 => 2,
        _ => 1,
    }
}

/// All tiles of a panel. Returns their width.
#[inline(always)]
fn tiles_of_width<T: Real, I: Isa, const TRANSPOSED: bool>(
    operands: &Product<'_, T>,
    panel: &Panel<'_, T>,
    rows: Range<usize>,
    b: usize,
    out: &mut [T::Block],
) -> usize {
    if !I::TILED {
        return rows_of_width::<T, I, TRANSPOSED>(operands, panel, rows, b, out);
    }
    match width::<I>(operands.blocks - b) {
        WIDTH => tiles::<T, I, TRANSPOSED, 4, WIDTH>(operands, panel, rows, b, out),
        4 => tiles::<T, I, TRANSPOSED, 4, 4>(operands, panel, rows, b, out),
        2 => tiles::<T, I, TRANSPOSED, 4, 2>(operands, panel, rows, b, out),
        _ => tiles::<T, I, TRANSPOSED, 4, 1>(operands, panel, rows, b, out),
    }
}

/// Some rows of the product at one block of samples, row by row. Returns 1.
#[inline(always)]
fn rows_of_width<T: Real, I: Isa, const TRANSPOSED: bool>(
    operands: &Product<'_, T>,
    panel: &Panel<'_, T>,
    rows: Range<usize>,
    b: usize,
    out: &mut [T::Block],
) -> usize {
    for r in rows {
        tile::<T, I, TRANSPOSED, 1, 1>(operands, panel, r, b, out);
    }
    1
}

/// Some rows of the product at `N` blocks of samples from block `b` on, about `M` rows at a time. Returns `N`.
#[inline(always)]
fn tiles<T: Real, I: Isa, const TRANSPOSED: bool, const M: usize, const N: usize>(
    operands: &Product<'_, T>,
    panel: &Panel<'_, T>,
    rows: Range<usize>,
    b: usize,
    out: &mut [T::Block],
) -> usize {
    let mut r = rows.start;
    while r < rows.end {
        // 4 and 1 rows left are slower than 3 and 2.
        let height = match rows.end - r {
            1 => tile::<T, I, TRANSPOSED, 1, N>(operands, panel, r, b, out),
            2 => tile::<T, I, TRANSPOSED, 2, N>(operands, panel, r, b, out),
            3 | 5 => tile::<T, I, TRANSPOSED, 3, N>(operands, panel, r, b, out),
            _ => tile::<T, I, TRANSPOSED, M, N>(operands, panel, r, b, out),
        };
        r += height;
    }
    N
}

/// `M` rows at `N` blocks: `M * N` chains of multiply-adds side by side. Returns `M`.
#[inline(always)]
fn tile<T: Real, I: Isa, const TRANSPOSED: bool, const M: usize, const N: usize>(
    operands: &Product<'_, T>,
    panel: &Panel<'_, T>,
    r: usize,
    b: usize,
    out: &mut [T::Block],
) -> usize {
    let Product { weights: Weights { numbers: weights, stride, .. }, base, blocks, first, .. } = *operands;
    let Panel { ref depth, rows: a, stride: a_stride, at } = *panel;
    // Of the whole product.
    let row = first + r;
    let mut sums = [[T::V::<I>::splat(T::default()); N]; M];
    for m in 0..M {
        let of_row = match base {
            Base::Zero => T::default(),
            Base::Rows(bases) | Base::Matrix(bases, _) => bases.get(row + m).copied().unwrap_or_default(),
        };
        sums[m] = [T::V::<I>::splat(of_row); N];
        if depth.start > 0 {
            sums[m] = load_all::<T, I, N>(&out[(r + m) * blocks + b..]);
        } else if let Base::Matrix(_, matrix) = base {
            let of_samples = load_all::<T, I, N>(&matrix.row(row + m)[b..]);
            for n in 0..N {
                sums[m][n] = sums[m][n] + of_samples[n];
            }
        }
    }
    // Of weight (m, k): m * across + k * along.
    let (weights, across, along) = if TRANSPOSED {
        (&weights[depth.start * stride + row..], 1, stride)
    } else {
        (&weights[row * stride + depth.start..], stride, 1)
    };
    let sums = chains::<T, I, M, N>(sums, depth.len(), weights, [across, along], &a[at..], a_stride);
    for m in 0..M {
        store_all::<T, I, N>(sums[m], &mut out[(r + m) * blocks + b..]);
    }
    M
}

/// Goes on with chains of multiply-adds: weight `(m, k)` times block `n` of input `k` to chain `(m, n)`.
///
/// A function of its own, so that the chains stay in registers whatever happens to them before and after.
#[inline(always)]
fn chains<T: Real, I: Isa, const M: usize, const N: usize>(
    mut sums: [[T::V<I>; N]; M],
    inputs: usize,
    weights: &[T],
    [across, along]: [usize; 2],
    a: &[T::Block],
    a_stride: usize,
) -> [[T::V<I>; N]; M] {
    if inputs > 0 {
        assert!((M - 1) * across + (inputs - 1) * along < weights.len());
        assert!((inputs - 1) * a_stride + N <= a.len());
    }
    for k in 0..inputs {
        let mut of_input = [T::V::<I>::splat(T::default()); N];
        for n in 0..N {
            // SAFETY: k and n are at most what was asserted.
            of_input[n] = T::V::<I>::load(unsafe { at(a, k * a_stride + n) });
        }
        if along > across {
            // The next tile's weights: as columns they are too scattered for the processor to foresee.
            I::prefetch(weights.as_ptr().wrapping_add(k * along + M));
        }
        for m in 0..M {
            // SAFETY: as above.
            let w = T::V::<I>::splat(*unsafe { at(weights, m * across + k * along) });
            for n in 0..N {
                sums[m][n] = w.mul_add(of_input[n], sums[m][n]);
            }
        }
    }
    sums
}

#[inline(always)]
fn load_all<T: Real, I: Isa, const N: usize>(blocks: &[T::Block]) -> [T::V<I>; N] {
    let blocks = &blocks[..N];
    let mut all = [T::V::<I>::splat(T::default()); N];
    for n in 0..N {
        all[n] = T::V::<I>::load(&blocks[n]);
    }
    all
}

#[inline(always)]
fn store_all<T: Real, I: Isa, const N: usize>(all: [T::V<I>; N], blocks: &mut [T::Block]) {
    let blocks = &mut blocks[..N];
    for n in 0..N {
        all[n].store(&mut blocks[n]);
    }
}
