//! Small matrix products with samples along the lanes.
//!
//! Every number that comes out is one chain of fused multiply-adds in a fixed order: over the inputs where a layer is
//! computed, and over blocks of samples (then over lanes, halves to halves) where a gradient is. Tiles and panels only
//! decide how many chains run side by side and when, so their shape can follow the registers of the instruction set, the
//! caches, and the threads.

#![allow(clippy::inline_always)]
// Indices of tiles are clearer than iterators, and some iterators are closures, which lose the instruction set.
#![allow(clippy::needless_range_loop)]

use super::matrix::SampleMatrix;
use super::share::Rows;
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
    if blocks == 0 {
        return;
    }
    let operands = Product { weights, a, base, blocks, first };
    match weights.side {
        Side::Rows => by_panels::<T, I, false>(&operands, out),
        Side::Columns => by_panels::<T, I, true>(&operands, out),
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
    match width::<I>(operands.blocks - b) {
        WIDTH => tiles::<T, I, TRANSPOSED, 4, WIDTH>(operands, panel, rows, b, out),
        4 => tiles::<T, I, TRANSPOSED, 4, 4>(operands, panel, rows, b, out),
        2 => tiles::<T, I, TRANSPOSED, 4, 2>(operands, panel, rows, b, out),
        _ => tiles::<T, I, TRANSPOSED, 4, 1>(operands, panel, rows, b, out),
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::{InstructionSet, numbers};

    /// Numbers of all sizes and signs.
    fn some<T: Real>(seed: usize) -> impl Fn(usize) -> T {
        move |i| T::from_f64(libm::sin((i * i + 31 * seed + 1) as f64) * 3.0)
    }

    fn blocks_of<T: Real>(count: usize, seed: usize) -> Vec<T::Block> {
        let mut blocks = vec![T::ZEROS; count];
        let number = some::<T>(seed);
        blocks.iter_mut().flat_map(|b| b.as_mut().iter_mut()).enumerate().for_each(|(i, x)| *x = number(i));
        blocks
    }

    /// One lane of a fused multiply-add.
    struct MulAdd<T>(T, T, T);

    impl<T: Real> Kernel for MulAdd<T> {
        type Output = T;

        #[inline(always)]
        fn run<I: Isa>(self) -> T {
            let mut block = T::ZEROS;
            T::V::<I>::splat(self.0).mul_add(T::V::<I>::splat(self.1), T::V::<I>::splat(self.2)).store(&mut block);
            block.as_ref()[0]
        }
    }

    struct Both<'a, T: Real> {
        weights: Weights<'a, T>,
        bases: &'a [T],
        a: &'a [T::Block],
        d: &'a [T::Block],
        blocks: usize,
        first: usize,
        out: &'a mut [T::Block],
        gradient: &'a mut [T],
    }

    impl<T: Real> Kernel for Both<'_, T> {
        type Output = ();

        #[inline(always)]
        fn run<I: Isa>(self) {
            product::<T, I>(self.weights, Base::Rows(self.bases), self.a, self.blocks, self.first, self.out);
            gradient::<T, I>(self.d, self.a, self.blocks, self.gradient, false);
        }
    }

    /// Every number is the chain that the head of this file promises.
    fn are_chains<T: Real>(inputs: usize, rows: usize, blocks: usize) {
        let a = blocks_of::<T>(inputs * blocks, 1);
        let d = blocks_of::<T>(rows * blocks, 2);
        let numbers_of_weights: Vec<T> = (0..inputs * rows).map(some::<T>(3)).collect();
        let bases: Vec<T> = (0..rows).map(some::<T>(4)).collect();
        let fma = |x, y, z| InstructionSet::best().run(MulAdd(x, y, z));
        let (a_at, d_at) = (numbers::<T>(&a), numbers::<T>(&d));
        let samples = blocks * T::LANES;
        for side in [Side::Rows, Side::Columns] {
            let (across, along, stride) = match side {
                Side::Rows => (inputs, 1, inputs),
                Side::Columns => (1, rows, rows),
            };
            let mut expected = Vec::new();
            for r in 0..rows {
                for s in 0..samples {
                    let chain = |sum, k| fma(numbers_of_weights[r * across + k * along], a_at[k * samples + s], sum);
                    expected.push((0..inputs).fold(bases[r], chain));
                }
            }
            let mut expected_gradient = Vec::new();
            for r in 0..rows {
                for i in 0..inputs {
                    let mut lanes = vec![T::default(); T::LANES];
                    for s in 0..samples {
                        let lane = &mut lanes[s % T::LANES];
                        *lane = fma(d_at[r * samples + s], a_at[i * samples + s], *lane);
                    }
                    while lanes.len() > 1 {
                        let half = lanes.len() / 2;
                        lanes = (0..half).map(|l| lanes[l] + lanes[l + half]).collect();
                    }
                    expected_gradient.push(lanes[0]);
                }
            }
            for set in InstructionSet::available() {
                // In one piece and in two.
                for cut in [0, rows / 3] {
                    let mut out = vec![T::ZEROS; rows * blocks];
                    let mut gradient = vec![T::default(); rows * inputs];
                    let weights = Weights { numbers: &numbers_of_weights, stride, side };
                    for (first, end) in [(0, cut), (cut, rows)] {
                        set.run(Both::<T> {
                            weights,
                            bases: &bases,
                            a: &a,
                            d: &d[first * blocks..end * blocks],
                            blocks,
                            first,
                            out: &mut out[first * blocks..end * blocks],
                            gradient: &mut gradient[first * inputs..end * inputs],
                        });
                    }
                    let name = format!("{} {} {inputs} {rows} {blocks} {cut}", T::NAME, set.name());
                    assert!(numbers::<T>(&out) == expected, "product {name}");
                    assert!(gradient == expected_gradient, "gradient {name}");
                }
            }
        }
    }

    #[test]
    fn products_are_chains_of_multiply_adds_whatever_the_tiles() {
        let shapes =
            [(1, 1, 1), (2, 5, 3), (3, 7, 2), (5, 11, 13), (67, 9, 9), (131, 137, 7), (65, 3, 12), (200, 10, 5)];
        for (inputs, rows, blocks) in shapes {
            are_chains::<f64>(inputs, rows, blocks);
            are_chains::<f32>(inputs, rows, blocks);
        }
    }
}
