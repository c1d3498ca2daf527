//! What the losses of a softmax share: its exponentials.

#![allow(clippy::inline_always)]

use super::values::Grid;
use crate::math;
use crate::matrix::SampleMatrix;
use crate::simd::{Real, Vector};

/// The exponentials of the logits of a sample over the largest of them, whose own is 1.
pub struct Exponentials<V> {
    pub largest: V,
    /// 0 where all logits are finite.
    pub finite: V,
    /// The sum of the exponentials, and the same without the largest: the latter keeps its digits near 0.
    pub sum: V,
    pub rest: V,
}

impl<V: Vector> Exponentials<V> {
    /// Those at block `b` of the logits, which are kept if there is room for them.
    #[inline(always)]
    pub fn of<T: Real<Block = V::Block>>(
        at: Grid,
        b: usize,
        logits: &SampleMatrix<T>,
        mut room: Option<&mut [T::Block]>,
    ) -> Self {
        let [zero, one] = [0.0, 1.0].map(|x| V::splat(V::Elem::from_f64(x)));
        let mut largest = V::load(&logits.all()[b]);
        let mut finite = zero;
        for i in at.column(b) {
            let z = V::load(&logits.all()[i]);
            largest = z.max(largest);
            finite = z.mul_add(zero, finite);
        }
        let (mut rest, mut ones) = (zero, -one);
        for i in at.column(b) {
            let shifted = V::load(&logits.all()[i]) - largest;
            let e = math::exp(shifted);
            if let Some(room) = &mut room {
                e.store(&mut room[i]);
            }
            let is_smaller = shifted.lt(zero);
            rest = rest + V::select(is_smaller, e, zero);
            ones = ones + V::select(is_smaller, zero, one);
        }
        let rest = rest + ones;
        Self { largest, finite, sum: rest + one, rest }
    }
}
