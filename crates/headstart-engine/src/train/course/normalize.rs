//! Normalizations: forward, and back.

#![allow(clippy::inline_always)]

use crate::matrix::SampleMatrix;
use crate::network::Extent;
use crate::network::blocks::Norm;
use crate::simd::{Isa, Kernel, Real, Vector};

/// What is added to a variance.
const EPSILON: f64 = 1e-5;

/// What a running mean takes of the newest batch.
const NEWEST: f64 = 0.1;

/// What a normalization leaves behind.
#[derive(Debug)]
pub struct Normalized<T: Real> {
    /// The normalized numbers, before gain and shift.
    unit: SampleMatrix<T>,
    /// One row: what each sample was multiplied by. Of batches, one number for each channel instead.
    by_sample: SampleMatrix<T>,
    by_channel: Vec<T>,
    /// Running means and variances as they are after this batch; empty but for batches.
    pub running: Vec<T>,
}

impl<T: Real> Default for Normalized<T> {
    fn default() -> Self {
        let empty = SampleMatrix::default;
        Self { unit: empty(), by_sample: empty(), by_channel: Vec::new(), running: Vec::new() }
    }
}

/// How far samples go.
#[derive(Clone, Copy)]
pub struct Span {
    pub extent: Extent,
    pub blocks: usize,
    /// Lanes beyond them do not count.
    pub samples: usize,
}

impl Span {
    /// 1 for samples and 0 for lanes beyond them, in the last block.
    fn mask<T: Real>(self) -> T::Block {
        let mut mask = T::ZEROS;
        let within = self.samples - (self.blocks - 1) * T::LANES;
        mask.as_mut()[..within].fill(T::from_f64(1.0));
        mask
    }
}

/// Normalizes.
pub struct Normalize<'a, T: Real> {
    pub norm: Norm,
    pub span: Span,
    pub gains: &'a [T],
    pub shifts: &'a [T],
    /// Running means and variances.
    pub running: &'a [T],
    /// Whether batches are normalized by themselves, and not by the running numbers.
    pub is_training: bool,
    pub a: &'a [T::Block],
    pub out: &'a mut [T::Block],
    pub leaves: &'a mut Normalized<T>,
}

impl<T: Real> Kernel for Normalize<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(mut self) {
        self.leaves.unit.reshape_blocks(self.span.extent.numbers(), self.span.blocks);
        match self.norm {
            Norm::Batch => self.by_batches::<I>(),
            Norm::Layer | Norm::Rms => self.by_samples::<I>(),
        }
        let Self { span: Span { extent, blocks, .. }, gains, shifts, out, leaves, .. } = self;
        let each = extent.places() * blocks;
        for (channel, (unit, out)) in leaves.unit.all().chunks_exact(each).zip(out.chunks_exact_mut(each)).enumerate() {
            let gain = T::V::<I>::splat(gains[channel]);
            let shift = T::V::<I>::splat(shifts.get(channel).copied().unwrap_or_default());
            for (unit, out) in unit.iter().zip(out) {
                T::V::<I>::load(unit).mul_add(gain, shift).store(out);
            }
        }
    }
}

impl<T: Real> Normalize<'_, T> {
    #[inline(always)]
    fn by_samples<I: Isa>(&mut self) {
        let Self { norm, span: Span { extent, blocks, .. }, a, leaves, .. } = self;
        let blocks = *blocks;
        let share = T::V::<I>::splat(T::from_f64(1.0 / extent.numbers() as f64));
        let epsilon = T::V::<I>::splat(T::from_f64(EPSILON));
        let one = T::V::<I>::splat(T::from_f64(1.0));
        leaves.by_sample.reshape_blocks(2, blocks);
        let (means, factors) = leaves.by_sample.all_mut().split_at_mut(blocks);
        means.fill(T::ZEROS);
        factors.fill(T::ZEROS);
        if *norm == Norm::Layer {
            for row in a.chunks_exact(blocks) {
                add_all::<T, I>(means, row);
            }
            for mean in means.iter_mut() {
                (T::V::<I>::load(mean) * share).store(mean);
            }
        }
        let unit = leaves.unit.all_mut();
        for (row, unit) in a.chunks_exact(blocks).zip(unit.chunks_exact_mut(blocks)) {
            for b in 0..blocks {
                let centred = T::V::<I>::load(&row[b]) - T::V::<I>::load(&means[b]);
                centred.mul_add(centred, T::V::<I>::load(&factors[b])).store(&mut factors[b]);
                centred.store(&mut unit[b]);
            }
        }
        for factor in factors.iter_mut() {
            (one / T::V::<I>::load(factor).mul_add(share, epsilon).sqrt()).store(factor);
        }
        for unit in unit.chunks_exact_mut(blocks) {
            for (unit, factor) in unit.iter_mut().zip(factors.iter()) {
                (T::V::<I>::load(unit) * T::V::<I>::load(factor)).store(unit);
            }
        }
    }

    #[inline(always)]
    fn by_batches<I: Isa>(&mut self) {
        let Self { span, running, is_training, a, leaves, .. } = self;
        let each = span.extent.places() * span.blocks;
        let count = (span.samples * span.extent.places()) as f64;
        let (means, variances) = running.split_at(running.len() / 2);
        let mask = span.mask::<T>();
        leaves.by_channel.clear();
        leaves.running.clear();
        leaves.running.extend_from_slice(running);
        let (new_means, new_variances) = leaves.running.split_at_mut(running.len() / 2);
        let unit = leaves.unit.all_mut();
        for (channel, (a, unit)) in a.chunks_exact(each).zip(unit.chunks_exact_mut(each)).enumerate() {
            let (mean, variance) = if *is_training {
                let mean = sum::<T, I>(a, span.blocks, &mask, |x| x) / count;
                let by = T::V::<I>::splat(T::from_f64(mean));
                let squares = sum::<T, I>(a, span.blocks, &mask, |x| (x - by) * (x - by));
                let newest = |old: &mut T, new: f64| *old = T::from_f64((1.0 - NEWEST) * old.to_f64() + NEWEST * new);
                newest(&mut new_means[channel], mean);
                newest(&mut new_variances[channel], squares / (count - 1.0).max(1.0));
                (mean, squares / count)
            } else {
                (means[channel].to_f64(), variances[channel].to_f64())
            };
            let factor = T::from_f64(1.0 / (variance + EPSILON).sqrt());
            leaves.by_channel.push(factor);
            let (mean, factor) = (T::V::<I>::splat(T::from_f64(mean)), T::V::<I>::splat(factor));
            for (a, unit) in a.iter().zip(unit) {
                ((T::V::<I>::load(a) - mean) * factor).store(unit);
            }
        }
    }
}

/// The sum of a function of a channel's numbers, over places and samples: place by place, and in each over the lanes at last.
#[inline(always)]
fn sum<T: Real, I: Isa>(a: &[T::Block], blocks: usize, mask: &T::Block, of: impl Fn(T::V<I>) -> T::V<I>) -> f64 {
    let zero = T::V::<I>::splat(T::default());
    let is_sample = zero.lt(T::V::<I>::load(mask));
    let mut sum = 0.0;
    for row in a.chunks_exact(blocks) {
        let mut of_row = zero;
        for block in &row[..blocks - 1] {
            of_row = of_row + of(T::V::<I>::load(block));
        }
        of_row = of_row + T::V::<I>::select(is_sample, of(T::V::<I>::load(&row[blocks - 1])), zero);
        sum += of_row.sum().to_f64();
    }
    sum
}

#[inline(always)]
fn add_all<T: Real, I: Isa>(to: &mut [T::Block], what: &[T::Block]) {
    for (to, what) in to.iter_mut().zip(what) {
        (T::V::<I>::load(to) + T::V::<I>::load(what)).store(to);
    }
}

/// From gradients with respect to what was normalized to those with respect to inputs, gains and shifts.
pub struct NormalizeBack<'a, T: Real> {
    pub norm: Norm,
    pub span: Span,
    pub gains: &'a [T],
    /// With respect to outputs; becomes that with respect to inputs.
    pub d: &'a mut [T::Block],
    pub of_gains: &'a mut [T],
    pub of_shifts: &'a mut [T],
    pub leaves: &'a mut Normalized<T>,
    /// Whether what a batch is normalized by counts as given, and not as made by its samples.
    pub is_fixed: bool,
}

impl<T: Real> Kernel for NormalizeBack<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self) {
        let Self { norm, span, gains, d, of_gains, of_shifts, leaves, is_fixed } = self;
        let Span { extent, blocks, samples } = span;
        let each = extent.places() * blocks;
        let mask = span.mask::<T>();
        let zero = T::V::<I>::splat(T::default());
        let is_sample = zero.lt(T::V::<I>::load(&mask));
        let share = T::V::<I>::splat(T::from_f64(1.0 / extent.numbers() as f64));
        if norm != Norm::Batch {
            // Means of the gradient and of its product with the normalized numbers, of each sample.
            leaves.by_sample.reshape_blocks(4, blocks);
        }
        let (kept, moments) = leaves.by_sample.all_mut().split_at_mut(leaves_rows(norm) * blocks);
        let (first, second) = moments.split_at_mut(moments.len() / 2);
        first.fill(T::ZEROS);
        second.fill(T::ZEROS);
        for (channel, (unit, d)) in leaves.unit.all().chunks_exact(each).zip(d.chunks_exact_mut(each)).enumerate() {
            let gain = T::V::<I>::splat(gains[channel]);
            let (mut of_gain, mut of_shift) = (0.0, 0.0);
            for (unit, d) in unit.chunks_exact(blocks).zip(d.chunks_exact_mut(blocks)) {
                let (mut of_gain_here, mut of_shift_here) = (zero, zero);
                for b in 0..blocks {
                    let u = T::V::<I>::load(&unit[b]);
                    let mut upper = T::V::<I>::load(&d[b]);
                    if b + 1 == blocks {
                        upper = T::V::<I>::select(is_sample, upper, zero);
                    }
                    of_gain_here = upper.mul_add(u, of_gain_here);
                    of_shift_here = of_shift_here + upper;
                    let upper = upper * gain;
                    upper.store(&mut d[b]);
                    if norm != Norm::Batch {
                        (T::V::<I>::load(&first[b]) + upper).store(&mut first[b]);
                        upper.mul_add(u, T::V::<I>::load(&second[b])).store(&mut second[b]);
                    }
                }
                of_gain += of_gain_here.sum().to_f64();
                of_shift += of_shift_here.sum().to_f64();
            }
            of_gains[channel] = T::from_f64(of_gain);
            if let Some(out) = of_shifts.get_mut(channel) {
                *out = T::from_f64(of_shift);
            }
            if norm == Norm::Batch {
                let count = if is_fixed { f64::INFINITY } else { (samples * extent.places()) as f64 };
                let gain = gains[channel].to_f64();
                let [first, second] = [of_shift, of_gain].map(|sum| T::V::<I>::splat(T::from_f64(sum * gain / count)));
                let factor = T::V::<I>::splat(leaves.by_channel[channel]);
                for (at, (unit, d)) in unit.iter().zip(d).enumerate() {
                    let back = (T::V::<I>::load(d) - first - T::V::<I>::load(unit) * second) * factor;
                    let is_last = at % blocks + 1 == blocks;
                    let back = if is_last { T::V::<I>::select(is_sample, back, zero) } else { back };
                    back.store(d);
                }
            }
        }
        if norm == Norm::Batch {
            return;
        }
        let factors = &kept[blocks..];
        for (unit, d) in leaves.unit.all().chunks_exact(blocks).zip(d.chunks_exact_mut(blocks)) {
            for b in 0..blocks {
                let mut back =
                    T::V::<I>::load(&d[b]) - T::V::<I>::load(&unit[b]) * (T::V::<I>::load(&second[b]) * share);
                if norm == Norm::Layer {
                    back = back - T::V::<I>::load(&first[b]) * share;
                }
                (back * T::V::<I>::load(&factors[b])).store(&mut d[b]);
            }
        }
    }
}

/// Rows of what is kept of samples.
fn leaves_rows(norm: Norm) -> usize {
    if norm == Norm::Batch { 0 } else { 2 }
}
