//! The largest or the mean of windows, the mean of everything, and channels apart.

#![allow(clippy::inline_always)]

use crate::network::Extent;
use crate::network::blocks::Pool as Windows;
use crate::simd::{Isa, Kernel, Real, Vector};
use std::ops::Range;

/// Places of the windows of a pool, first to last, and which inputs each sees.
fn windows(pool: Windows, from: Extent, to: Extent) -> impl Iterator<Item = (usize, Range<usize>, Range<usize>)> {
    (0..to.places()).map(move |place| {
        let [row, column] = [place / to.width * pool.stride[0], place % to.width * pool.stride[1]];
        debug_assert!(row + pool.size[0] <= from.height && column + pool.size[1] <= from.width);
        (place, row..row + pool.size[0], column..column + pool.size[1])
    })
}

/// From inputs to what is taken of windows.
pub struct Pool<'a, T: Real> {
    pub windows: Windows,
    pub from: Extent,
    pub to: Extent,
    pub a: &'a [T::Block],
    pub blocks: usize,
    pub out: &'a mut [T::Block],
}

impl<T: Real> Kernel for Pool<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self) {
        let Self { windows: pool, from, to, a, blocks, out } = self;
        let share = T::V::<I>::splat(T::from_f64(1.0 / (pool.size[0] * pool.size[1]) as f64));
        for channel in 0..from.channels {
            let a = &a[channel * from.places() * blocks..][..from.places() * blocks];
            let out = &mut out[channel * to.places() * blocks..][..to.places() * blocks];
            for (place, rows, columns) in windows(pool, from, to) {
                for b in 0..blocks {
                    let at = |row: usize, column: usize| T::V::<I>::load(&a[(row * from.width + column) * blocks + b]);
                    let mut taken = at(rows.start, columns.start);
                    for row in rows.clone() {
                        for column in columns.clone() {
                            let next = at(row, column);
                            if (row, column) == (rows.start, columns.start) {
                                continue;
                            }
                            // NaN of what came before goes through.
                            taken =
                                if pool.is_max { T::V::<I>::select(taken.lt(next), next, taken) } else { taken + next };
                        }
                    }
                    let taken = if pool.is_max { taken } else { taken * share };
                    taken.store(&mut out[place * blocks + b]);
                }
            }
        }
    }
}

/// From gradients with respect to what was taken to those with respect to inputs: of the largest to the first that is it.
pub struct PoolBack<'a, T: Real> {
    pub windows: Windows,
    pub from: Extent,
    pub to: Extent,
    pub a: &'a [T::Block],
    pub taken: &'a [T::Block],
    pub d: &'a [T::Block],
    pub blocks: usize,
    pub out: &'a mut [T::Block],
}

impl<T: Real> Kernel for PoolBack<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self) {
        let Self { windows: pool, from, to, a, taken, d, blocks, out } = self;
        let zero = T::V::<I>::splat(T::default());
        let share = T::V::<I>::splat(T::from_f64(1.0 / (pool.size[0] * pool.size[1]) as f64));
        out.fill(T::ZEROS);
        for channel in 0..from.channels {
            let (first, first_out) = (channel * from.places(), channel * to.places());
            for (place, rows, columns) in windows(pool, from, to) {
                for b in 0..blocks {
                    let largest = T::V::<I>::load(&taken[(first_out + place) * blocks + b]);
                    let mut left = T::V::<I>::load(&d[(first_out + place) * blocks + b]);
                    for row in rows.clone() {
                        for column in columns.clone() {
                            let at = (first + row * from.width + column) * blocks + b;
                            let part = if pool.is_max {
                                let is_less = T::V::<I>::load(&a[at]).lt(largest);
                                let part = T::V::<I>::select(is_less, zero, left);
                                left = T::V::<I>::select(is_less, left, zero);
                                part
                            } else {
                                left * share
                            };
                            (T::V::<I>::load(&out[at]) + part).store(&mut out[at]);
                        }
                    }
                }
            }
        }
    }
}

/// The mean of every channel.
pub struct Mean<'a, T: Real> {
    pub from: Extent,
    pub a: &'a [T::Block],
    pub blocks: usize,
    pub out: &'a mut [T::Block],
}

impl<T: Real> Kernel for Mean<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self) {
        let Self { from, a, blocks, out } = self;
        let share = T::V::<I>::splat(T::from_f64(1.0 / from.places() as f64));
        for (a, out) in a.chunks_exact(from.places() * blocks).zip(out.chunks_exact_mut(blocks)) {
            for (b, out) in out.iter_mut().enumerate() {
                let mut sum = T::V::<I>::splat(T::default());
                for place in 0..from.places() {
                    sum = sum + T::V::<I>::load(&a[place * blocks + b]);
                }
                (sum * share).store(out);
            }
        }
    }
}

/// Its gradient, the same for every place.
pub struct MeanBack<'a, T: Real> {
    pub from: Extent,
    pub d: &'a [T::Block],
    pub blocks: usize,
    pub out: &'a mut [T::Block],
}

impl<T: Real> Kernel for MeanBack<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self) {
        let Self { from, d, blocks, out } = self;
        let share = T::V::<I>::splat(T::from_f64(1.0 / from.places() as f64));
        for (out, d) in out.chunks_exact_mut(from.places() * blocks).zip(d.chunks_exact(blocks)) {
            for out in out.chunks_exact_mut(blocks) {
                for (out, d) in out.iter_mut().zip(d) {
                    (T::V::<I>::load(d) * share).store(out);
                }
            }
        }
    }
}

/// Puts the channels of samples that lie place by place one after the other.
pub fn split<B: Copy>(from: Extent, a: &[B], blocks: usize, out: &mut [B]) {
    for channel in 0..from.channels {
        for place in 0..from.places() {
            let (to, row) = (channel * from.places() + place, place * from.channels + channel);
            out[to * blocks..][..blocks].copy_from_slice(&a[row * blocks..][..blocks]);
        }
    }
}

/// Adds so many times one matrix to another.
pub struct Add<'a, T: Real> {
    pub times: f64,
    pub what: &'a [T::Block],
    pub to: &'a mut [T::Block],
}

impl<T: Real> Kernel for Add<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self) {
        let times = T::V::<I>::splat(T::from_f64(self.times));
        for (to, what) in self.to.iter_mut().zip(self.what) {
            // Exact where it is once.
            T::V::<I>::load(what).mul_add(times, T::V::<I>::load(to)).store(to);
        }
    }
}
