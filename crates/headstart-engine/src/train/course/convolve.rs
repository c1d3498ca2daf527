//! Convolutions: windows laid out as the columns of a matrix, band by band of places, and products with them (Chellapilla, Puri and Simard
//! 2006, "High performance convolutional neural networks for document processing").
//!
//! A row of the matrix is a weight's place in the kernel; a column, one lane of one place. Channels lie one after the other with their places
//! in a row, so that rows of products are rows of outputs.

#![allow(clippy::inline_always)]

use crate::matrix::{Base, Side, Weights, gradient, product, row_sums};
use crate::network::program::{Kernel as Shape, Windows};
use crate::simd::{Isa, Kernel, Real, Vector};
use std::ops::Range;

/// Blocks of a band's columns, about: they stay in the second-level cache.
const BAND: usize = 6144;

/// Memory for bands.
#[derive(Debug)]
pub struct Bands<T: Real> {
    columns: Vec<T::Block>,
    /// Of the gradients with respect to these.
    upper: Vec<T::Block>,
    /// Outputs, or gradients with respect to them.
    rows: Vec<T::Block>,
}

impl<T: Real> Default for Bands<T> {
    fn default() -> Self {
        Self { columns: Vec::new(), upper: Vec::new(), rows: Vec::new() }
    }
}

/// So many blocks of memory, with whatever is in there.
fn room<B: Copy>(of: &mut Vec<B>, blocks: usize, zero: B) -> &mut [B] {
    if of.len() < blocks {
        of.resize(blocks, zero);
    }
    &mut of[..blocks]
}

/// One group of a convolution, as its bands see it.
struct Group<'a> {
    shape: &'a Shape,
    taps: &'a [usize],
    blocks: usize,
    number: usize,
}

impl Group<'_> {
    fn inputs(&self) -> usize {
        self.shape.from.channels / self.shape.groups
    }

    fn outputs(&self) -> usize {
        self.shape.to.channels / self.shape.groups
    }

    fn area(&self) -> usize {
        self.shape.windows.size[0] * self.shape.windows.size[1]
    }

    /// Weights of an output.
    fn fan_in(&self) -> usize {
        self.shape.fans()[0]
    }

    /// Whether windows are places, so that inputs are columns as they lie.
    fn is_pointwise(&self) -> bool {
        let Windows { size, stride, .. } = self.shape.windows;
        size == [1, 1] && stride == [1, 1]
    }

    /// The inputs of the group.
    fn own<'b, B>(&self, all: &'b [B]) -> &'b [B] {
        let each = self.inputs() * self.shape.from.places() * self.blocks;
        &all[self.number * each..][..each]
    }

    /// Bands of places that go together.
    fn bands(&self) -> impl Iterator<Item = Range<usize>> + use<> {
        let places = self.shape.to.places();
        let each = if self.is_pointwise() { places } else { (BAND / (self.fan_in() * self.blocks)).clamp(1, places) };
        (0..places).step_by(each).map(move |start| start..places.min(start + each))
    }

    /// Lays out the windows of a band.
    #[inline(always)]
    fn lay<B: Copy>(&self, own: &[B], band: &Range<usize>, columns: &mut [B], zero: B) {
        let (blocks, across) = (self.blocks, band.len() * self.blocks);
        let inputs = own.chunks_exact(self.shape.from.places() * blocks);
        let rows = columns.chunks_exact_mut(self.area() * across);
        for (own, rows) in inputs.zip(rows) {
            for (row, taps) in rows.chunks_exact_mut(across).zip(self.taps.chunks_exact(self.shape.to.places())) {
                for (to, tap) in row.chunks_exact_mut(blocks).zip(&taps[band.clone()]) {
                    match *tap {
                        NOTHING => to.fill(zero),
                        source => to.copy_from_slice(&own[source * blocks..][..blocks]),
                    }
                }
            }
        }
    }

    /// Adds what belongs to the windows of a band to the inputs that they saw.
    #[inline(always)]
    fn add_back<T: Real, I: Isa>(&self, columns: &[T::Block], band: &Range<usize>, own: &mut [T::Block]) {
        let (blocks, across) = (self.blocks, band.len() * self.blocks);
        let inputs = own.chunks_exact_mut(self.shape.from.places() * blocks);
        for (own, rows) in inputs.zip(columns.chunks_exact(self.area() * across)) {
            for (row, taps) in rows.chunks_exact(across).zip(self.taps.chunks_exact(self.shape.to.places())) {
                for (from, tap) in row.chunks_exact(blocks).zip(&taps[band.clone()]) {
                    if *tap == NOTHING {
                        continue;
                    }
                    for (to, from) in own[*tap * blocks..][..blocks].iter_mut().zip(from) {
                        (T::V::<I>::load(to) + T::V::<I>::load(from)).store(to);
                    }
                }
            }
        }
    }
}

/// What a window sees beyond the border.
const NOTHING: usize = usize::MAX;

/// Which place of a channel each place of the kernel sees in each window: row after row of the kernel, windows first to last.
pub fn taps(shape: &Shape) -> Vec<usize> {
    let Shape { windows: Windows { size, stride, before, is_circular }, from, to, .. } = *shape;
    let sizes = [from.height, from.width];
    let see = |axis: usize, window: usize, tap: usize| {
        let (at, before, size) = (window * stride[axis] + tap, before[axis], sizes[axis]);
        match at.checked_sub(before).filter(|at| *at < size) {
            // However often it goes round, on either side.
            None if is_circular => Some((at + before * (size - 1)) % size),
            within => within,
        }
    };
    let kernel = (0..size[0]).flat_map(|row| (0..size[1]).map(move |column| (row, column)));
    kernel
        .flat_map(|(row, column)| {
            (0..to.places()).map(move |place| {
                let seen = see(0, place / to.width, row).zip(see(1, place % to.width, column));
                seen.map_or(NOTHING, |(row, column)| row * from.width + column)
            })
        })
        .collect()
}

/// From inputs to outputs.
pub struct Forward<'a, T: Real> {
    pub shape: &'a Shape,
    /// See [`taps`].
    pub taps: &'a [usize],
    pub weights: &'a [T],
    pub biases: &'a [T],
    pub a: &'a [T::Block],
    pub blocks: usize,
    pub out: &'a mut [T::Block],
    pub bands: &'a mut Bands<T>,
}

impl<T: Real> Kernel for Forward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self) {
        let Self { shape, taps, weights, biases, a, blocks, out, bands } = self;
        for number in 0..shape.groups {
            let group = Group { shape, taps, blocks, number };
            let (outputs, fan_in, places) = (group.outputs(), group.fan_in(), shape.to.places());
            let rows = group.number * outputs..(group.number + 1) * outputs;
            let of_group = &weights[rows.start * fan_in..rows.end * fan_in];
            let weights = Weights { numbers: of_group, stride: fan_in, side: Side::Rows };
            let base = if biases.is_empty() { Base::Zero } else { Base::Rows(&biases[rows.clone()]) };
            let out = &mut out[rows.start * places * blocks..rows.end * places * blocks];
            if group.is_pointwise() {
                product::<T, I>(weights, base, group.own(a), places * blocks, 0, out);
                continue;
            }
            for band in group.bands() {
                let across = band.len() * blocks;
                let columns = room(&mut bands.columns, fan_in * across, T::ZEROS);
                group.lay(group.own(a), &band, columns, T::ZEROS);
                if band.len() == places {
                    product::<T, I>(weights, base, columns, across, 0, out);
                    continue;
                }
                let of_band = room(&mut bands.rows, outputs * across, T::ZEROS);
                product::<T, I>(weights, base, columns, across, 0, of_band);
                for (row, out) in of_band.chunks_exact(across).zip(out.chunks_exact_mut(places * blocks)) {
                    out[band.start * blocks..band.end * blocks].copy_from_slice(row);
                }
            }
        }
    }
}

/// From gradients with respect to outputs to those with respect to weights, biases and inputs.
pub struct Backward<'a, T: Real> {
    pub shape: &'a Shape,
    /// See [`taps`].
    pub taps: &'a [usize],
    pub weights: &'a [T],
    pub a: &'a [T::Block],
    pub d: &'a [T::Block],
    pub blocks: usize,
    pub of_weights: &'a mut [T],
    pub of_biases: &'a mut [T],
    /// Empty where nobody asks.
    pub of_inputs: &'a mut [T::Block],
    pub bands: &'a mut Bands<T>,
}

impl<T: Real> Kernel for Backward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self) {
        let Self { shape, taps, weights, a, d, blocks, of_weights, of_biases, of_inputs, bands } = self;
        let places = shape.to.places();
        row_sums::<T, I>(d, places * blocks, of_biases, false);
        of_inputs.fill(T::ZEROS);
        for number in 0..shape.groups {
            let group = Group { shape, taps, blocks, number };
            let (outputs, fan_in) = (group.outputs(), group.fan_in());
            let rows = group.number * outputs..(group.number + 1) * outputs;
            let own = rows.start * fan_in..rows.end * fan_in;
            let (numbers, of_weights) = (&weights[own.clone()], &mut of_weights[own]);
            let weights = Weights { numbers, stride: fan_in, side: Side::Columns };
            let d = &d[rows.start * places * blocks..rows.end * places * blocks];
            let inputs = group.inputs() * shape.from.places() * blocks;
            let mut of_inputs = of_inputs.chunks_exact_mut(inputs).nth(group.number);
            if group.is_pointwise() {
                gradient::<T, I>(d, group.own(a), places * blocks, of_weights, false);
                if let Some(of_inputs) = of_inputs {
                    product::<T, I>(weights, Base::Zero, d, places * blocks, 0, of_inputs);
                }
                continue;
            }
            for band in group.bands() {
                let across = band.len() * blocks;
                let columns = room(&mut bands.columns, fan_in * across, T::ZEROS);
                group.lay(group.own(a), &band, columns, T::ZEROS);
                let of_band = if band.len() == places {
                    d
                } else {
                    let of_band = room(&mut bands.rows, outputs * across, T::ZEROS);
                    for (row, d) in of_band.chunks_exact_mut(across).zip(d.chunks_exact(places * blocks)) {
                        row.copy_from_slice(&d[band.start * blocks..band.end * blocks]);
                    }
                    of_band
                };
                gradient::<T, I>(of_band, columns, across, of_weights, band.start > 0);
                let Some(of_inputs) = of_inputs.as_deref_mut() else { continue };
                let upper = room(&mut bands.upper, fan_in * across, T::ZEROS);
                product::<T, I>(weights, Base::Zero, of_band, across, 0, upper);
                group.add_back::<T, I>(upper, &band, of_inputs);
            }
        }
    }
}
