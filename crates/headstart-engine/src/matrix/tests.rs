//! Products and gradients against sums number by number.

use super::*;
use crate::simd::{InstructionSet, Isa, Kernel, Vector, numbers};

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
    let shapes = [(1, 1, 1), (2, 5, 3), (3, 7, 2), (5, 11, 13), (67, 9, 9), (131, 137, 7), (65, 3, 12), (200, 10, 5)];
    for (inputs, rows, blocks) in shapes {
        are_chains::<f64>(inputs, rows, blocks);
        are_chains::<f32>(inputs, rows, blocks);
    }
}
