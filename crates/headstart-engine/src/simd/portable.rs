//! Vectors as plain arrays: what every other instruction set must agree with.

use super::{Block, Isa, Kernel, Vector};
use std::array::from_fn;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// Runs a kernel compiled for the target's baseline.
// Once, however many places run it.
#[inline(never)]
pub fn run<K: Kernel>(kernel: K) -> K::Output {
    kernel.run::<Portable>()
}

/// No more than the target's baseline.
#[derive(Clone, Copy)]
pub struct Portable;

impl Isa for Portable {
    const WIDE: bool = false;
    const TILED: bool = cfg!(not(target_arch = "x86_64"));
    type F64 = Lanes<f64, 8>;
    type F32 = Lanes<f32, 16>;

    #[inline(always)]
    fn call<K: Kernel>(kernel: K) -> K::Output {
        run(kernel)
    }

    #[inline(always)]
    fn prefetch<X>(_: *const X) {}
}

/// `N` numbers in memory order.
#[derive(Clone, Copy)]
pub struct Lanes<T, const N: usize>([T; N]);

macro_rules! lanes {
    ($t:ident, $n:literal, $bits:ident) => {
        lanes!(@op $t, $n, Add, add, +);
        lanes!(@op $t, $n, Sub, sub, -);
        lanes!(@op $t, $n, Mul, mul, *);
        lanes!(@op $t, $n, Div, div, /);

        impl Neg for Lanes<$t, $n> {
            type Output = Self;
            #[inline(always)]
            fn neg(self) -> Self {
                Self(self.0.map(|x| -x))
            }
        }

        impl Vector for Lanes<$t, $n> {
            type Elem = $t;
            type Block = Block<[$t; $n]>;
            type Mask = [bool; $n];

            #[inline(always)]
            fn splat(x: $t) -> Self {
                Self([x; $n])
            }
            #[inline(always)]
            fn load(block: &Self::Block) -> Self {
                Self(block.0)
            }
            #[inline(always)]
            fn store(self, block: &mut Self::Block) {
                block.0 = self.0;
            }
            // Without an instruction for it this is a call for every lane, too much to be copied to every place that needs it.
            #[cfg_attr(target_arch = "x86_64", inline(never))]
            #[cfg_attr(not(target_arch = "x86_64"), inline(always))]
            fn mul_add(self, a: Self, b: Self) -> Self {
                Self(from_fn(|i| self.0[i].mul_add(a.0[i], b.0[i])))
            }
            #[inline(always)]
            fn max(self, other: Self) -> Self {
                Self(from_fn(|i| if self.0[i] > other.0[i] { self.0[i] } else { other.0[i] }))
            }
            #[inline(always)]
            fn min(self, other: Self) -> Self {
                Self(from_fn(|i| if self.0[i] < other.0[i] { self.0[i] } else { other.0[i] }))
            }
            #[inline(always)]
            fn abs(self) -> Self {
                Self(self.0.map($t::abs))
            }
            #[inline(always)]
            fn copysign(self, sign: Self) -> Self {
                Self(from_fn(|i| self.0[i].copysign(sign.0[i])))
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                Self(self.0.map($t::sqrt))
            }
            #[cfg_attr(target_arch = "x86_64", inline(never))]
            #[cfg_attr(not(target_arch = "x86_64"), inline(always))]
            fn round(self) -> Self {
                Self(self.0.map($t::round_ties_even))
            }
            #[inline(always)]
            fn pow2(self) -> Self {
                const MANTISSA: u32 = $t::MANTISSA_DIGITS - 1;
                // The biased exponent lands in the lowest bits of the sum, from where it is shifted to its place.
                const MAGIC: $t = (1_u64 << MANTISSA) as $t + ($t::MAX_EXP - 1) as $t;
                Self(self.0.map(|x| $t::from_bits((x + MAGIC).to_bits() << MANTISSA)))
            }
            #[inline(always)]
            fn exponent(self) -> Self {
                const MANTISSA: u32 = $t::MANTISSA_DIGITS - 1;
                const BIAS: $t = ($t::MAX_EXP - 1) as $t;
                Self(self.0.map(|x| (x.to_bits() >> MANTISSA) as $t - BIAS))
            }
            #[inline(always)]
            fn mantissa(self) -> Self {
                const FRACTION: $bits = (1 << ($t::MANTISSA_DIGITS - 1)) - 1;
                Self(self.0.map(|x| $t::from_bits((x.to_bits() & FRACTION) | (1.0 as $t).to_bits())))
            }
            #[inline(always)]
            fn lt(self, other: Self) -> Self::Mask {
                from_fn(|i| self.0[i] < other.0[i])
            }
            #[inline(always)]
            fn select(mask: Self::Mask, a: Self, b: Self) -> Self {
                Self(from_fn(|i| if mask[i] { a.0[i] } else { b.0[i] }))
            }
            #[inline(always)]
            fn any(mask: Self::Mask) -> bool {
                mask.contains(&true)
            }
            #[inline(always)]
            fn sum(self) -> $t {
                let mut lanes = self.0;
                let mut half = $n / 2;
                while half > 0 {
                    for i in 0..half {
                        lanes[i] += lanes[i + half];
                    }
                    half /= 2;
                }
                lanes[0]
            }
        }
    };
    (@op $t:ident, $n:literal, $trait:ident, $method:ident, $op:tt) => {
        impl $trait for Lanes<$t, $n> {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                Self(from_fn(|i| self.0[i] $op other.0[i]))
            }
        }
    };
}

lanes!(f64, 8, u64);
lanes!(f32, 16, u32);
