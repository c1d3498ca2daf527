//! The vectors of both instruction sets, which differ in how many registers one takes, in what the intrinsics are called, and in
//! how truth values are kept.

use super::sums::{sum_of_4, sum_of_8, sums_f32, sums_f64};
use crate::simd::{Block, Vector};
#[allow(clippy::wildcard_imports)]
use std::arch::x86_64::*;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// A vector in registers of these numbers. In braces is what its instruction set has a way of its own for.
///
/// Not `array::map`, but register by register: a closure that is not inlined would be compiled without the instruction set.
macro_rules! vector {
    (
        $v:ident($t:ident x $n:literal in $register:ident $($i:literal)+), mask $mask:ident,
        bits $to_bits:ident $from_bits:ident $splat_bits:ident $shift_left:ident $shift_right:ident $shift:ident,
        add $add:ident, sub $sub:ident, mul $mul:ident, div $div:ident, fmadd $fmadd:ident, max $max:ident,
        min $min:ident, sqrt $sqrt:ident, round $round:ident, and $and:ident, andnot $andnot:ident, or $or:ident,
        splat $splat:ident, load $load:ident, store $store:ident, cmp $cmp:ident,
        { $($own:tt)* }
    ) => {
        vector!(@operator $v($($i)+), Add, add, $add);
        vector!(@operator $v($($i)+), Sub, sub, $sub);
        vector!(@operator $v($($i)+), Mul, mul, $mul);
        vector!(@operator $v($($i)+), Div, div, $div);

        impl Neg for $v {
            type Output = Self;
            #[inline(always)]
            fn neg(self) -> Self {
                Self::splat(-1.0) * self
            }
        }

        impl Vector for $v {
            type Elem = $t;
            type Block = Block<[$t; $n]>;
            type Mask = [$mask; [$($i),+].len()];

            #[inline(always)]
            fn splat(x: $t) -> Self {
                unsafe { Self([$splat(x); [$($i),+].len()]) }
            }
            #[inline(always)]
            fn load(block: &Self::Block) -> Self {
                const LANES: usize = size_of::<$register>() / size_of::<$t>();
                let lanes = block.0.as_ptr();
                unsafe { Self([$($load(lanes.add($i * LANES))),+]) }
            }
            #[inline(always)]
            fn store(self, block: &mut Self::Block) {
                const LANES: usize = size_of::<$register>() / size_of::<$t>();
                let lanes = block.0.as_mut_ptr();
                unsafe {
                    $($store(lanes.add($i * LANES), self.0[$i]);)+
                }
            }
            #[inline(always)]
            fn mul_add(self, a: Self, b: Self) -> Self {
                unsafe { Self([$($fmadd(self.0[$i], a.0[$i], b.0[$i])),+]) }
            }
            #[inline(always)]
            fn max(self, other: Self) -> Self {
                unsafe { Self([$($max(self.0[$i], other.0[$i])),+]) }
            }
            #[inline(always)]
            fn min(self, other: Self) -> Self {
                unsafe { Self([$($min(self.0[$i], other.0[$i])),+]) }
            }
            #[inline(always)]
            fn abs(self) -> Self {
                unsafe { Self([$($andnot($splat(-0.0), self.0[$i])),+]) }
            }
            #[inline(always)]
            fn copysign(self, sign: Self) -> Self {
                unsafe { Self([$($or($andnot($splat(-0.0), self.0[$i]), $and($splat(-0.0), sign.0[$i]))),+]) }
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                unsafe { Self([$($sqrt(self.0[$i])),+]) }
            }
            #[inline(always)]
            fn round(self) -> Self {
                const NEAREST: i32 = _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC;
                unsafe { Self([$($round::<NEAREST>(self.0[$i])),+]) }
            }
            #[inline(always)]
            fn pow2(self) -> Self {
                const MANTISSA: $shift = $t::MANTISSA_DIGITS as $shift - 1;
                const MAGIC: $t = (1_u64 << MANTISSA) as $t + ($t::MAX_EXP - 1) as $t;
                let biased = self + Self::splat(MAGIC);
                unsafe { Self([$($from_bits($shift_left::<MANTISSA>($to_bits(biased.0[$i])))),+]) }
            }
            #[inline(always)]
            fn exponent(self) -> Self {
                const MANTISSA: $shift = $t::MANTISSA_DIGITS as $shift - 1;
                const ONE_ULP: $t = (1_u64 << MANTISSA) as $t;
                // The field put into the last bits of a number whose last bit counts one.
                let field = unsafe {
                    [$($or($from_bits($shift_right::<MANTISSA>($to_bits(self.0[$i]))), $splat(ONE_ULP))),+]
                };
                Self(field) - Self::splat(ONE_ULP + $t::from(($t::MAX_EXP - 1) as i16))
            }
            #[inline(always)]
            fn mantissa(self) -> Self {
                const FRACTION: u64 = (1 << ($t::MANTISSA_DIGITS - 1)) - 1;
                unsafe {
                    let fraction = $from_bits($splat_bits(FRACTION as _));
                    Self([$($or($and(self.0[$i], fraction), $splat(1.0))),+])
                }
            }
            #[inline(always)]
            fn lt(self, other: Self) -> Self::Mask {
                unsafe { [$($cmp::<_CMP_LT_OQ>(self.0[$i], other.0[$i])),+] }
            }
            $($own)*
        }
    };
    (@operator $v:ident($($i:literal)+), $trait:ident, $method:ident, $intrinsic:ident) => {
        impl $trait for $v {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                unsafe { Self([$($intrinsic(self.0[$i], other.0[$i])),+]) }
            }
        }
    };
}

/// What AVX2 has a way of its own for: a truth value is all bits of its lane.
macro_rules! of_avx2 {
    ($t:ident, add $add:ident, or $or:ident, blend $blend:ident, movemask $movemask:ident, sum $sum:ident) => {
        #[inline(always)]
        fn select(mask: Self::Mask, a: Self, b: Self) -> Self {
            unsafe { Self([$blend(b.0[0], a.0[0], mask[0]), $blend(b.0[1], a.0[1], mask[1])]) }
        }
        #[inline(always)]
        fn any(mask: Self::Mask) -> bool {
            unsafe { $movemask($or(mask[0], mask[1])) != 0 }
        }
        #[inline(always)]
        fn sum(self) -> $t {
            unsafe { $sum($add(self.0[0], self.0[1])) }
        }
    };
}

/// What AVX-512 has a way of its own for: a truth value is one bit.
macro_rules! of_avx512 {
    (
        $t:ident, blend $blend:ident, scalef $scalef:ident, high_half $high:expr, low_half $low:ident,
        add_halves $add_halves:ident, sum $sum:ident, sums $sums:ident
    ) => {
        #[inline(always)]
        fn ldexp(self, n: Self) -> Self {
            unsafe { Self([$scalef(self.0[0], n.0[0])]) }
        }
        #[inline(always)]
        fn select(mask: Self::Mask, a: Self, b: Self) -> Self {
            unsafe { Self([$blend(mask[0], b.0[0], a.0[0])]) }
        }
        #[inline(always)]
        fn any(mask: Self::Mask) -> bool {
            mask[0] != 0
        }
        #[inline(always)]
        fn sum(self) -> $t {
            unsafe { $sum($add_halves($low(self.0[0]), $high(self.0[0]))) }
        }
        #[inline(always)]
        fn sums<const N: usize>(vectors: [Self; N]) -> [$t; N] {
            let mut sums = [0.0; N];
            if let (8, Some(&[a, b, c, d, e, f, g, h]), Some(to)) = (N, vectors.first_chunk(), sums.first_chunk_mut()) {
                unsafe { $sums([a.0[0], b.0[0], c.0[0], d.0[0], e.0[0], f.0[0], g.0[0], h.0[0]], to) };
            } else {
                for n in 0..N {
                    sums[n] = vectors[n].sum();
                }
            }
            sums
        }
    };
}

/// 8 lanes of `f64` in two AVX2 registers.
#[derive(Clone, Copy)]
pub struct Avx2F64([__m256d; 2]);

vector! {
    Avx2F64(f64 x 8 in __m256d 0 1), mask __m256d,
    bits _mm256_castpd_si256 _mm256_castsi256_pd _mm256_set1_epi64x _mm256_slli_epi64 _mm256_srli_epi64 i32,
    add _mm256_add_pd, sub _mm256_sub_pd, mul _mm256_mul_pd, div _mm256_div_pd, fmadd _mm256_fmadd_pd, max _mm256_max_pd,
    min _mm256_min_pd, sqrt _mm256_sqrt_pd, round _mm256_round_pd, and _mm256_and_pd, andnot _mm256_andnot_pd, or _mm256_or_pd,
    splat _mm256_set1_pd, load _mm256_load_pd, store _mm256_store_pd, cmp _mm256_cmp_pd,
    {
        of_avx2! { f64, add _mm256_add_pd, or _mm256_or_pd, blend _mm256_blendv_pd, movemask _mm256_movemask_pd, sum sum_of_4 }
    }
}

/// 16 lanes of `f32` in two AVX2 registers.
#[derive(Clone, Copy)]
pub struct Avx2F32([__m256; 2]);

vector! {
    Avx2F32(f32 x 16 in __m256 0 1), mask __m256,
    bits _mm256_castps_si256 _mm256_castsi256_ps _mm256_set1_epi32 _mm256_slli_epi32 _mm256_srli_epi32 i32,
    add _mm256_add_ps, sub _mm256_sub_ps, mul _mm256_mul_ps, div _mm256_div_ps, fmadd _mm256_fmadd_ps, max _mm256_max_ps,
    min _mm256_min_ps, sqrt _mm256_sqrt_ps, round _mm256_round_ps, and _mm256_and_ps, andnot _mm256_andnot_ps, or _mm256_or_ps,
    splat _mm256_set1_ps, load _mm256_load_ps, store _mm256_store_ps, cmp _mm256_cmp_ps,
    {
        of_avx2! { f32, add _mm256_add_ps, or _mm256_or_ps, blend _mm256_blendv_ps, movemask _mm256_movemask_ps, sum sum_of_8 }
    }
}

/// 8 lanes of `f64` in one AVX-512 register.
#[derive(Clone, Copy)]
pub struct Avx512F64([__m512d; 1]);

vector! {
    Avx512F64(f64 x 8 in __m512d 0), mask __mmask8,
    bits _mm512_castpd_si512 _mm512_castsi512_pd _mm512_set1_epi64 _mm512_slli_epi64 _mm512_srli_epi64 u32,
    add _mm512_add_pd, sub _mm512_sub_pd, mul _mm512_mul_pd, div _mm512_div_pd, fmadd _mm512_fmadd_pd, max _mm512_max_pd,
    min _mm512_min_pd, sqrt _mm512_sqrt_pd, round _mm512_roundscale_pd, and _mm512_and_pd, andnot _mm512_andnot_pd, or _mm512_or_pd,
    splat _mm512_set1_pd, load _mm512_load_pd, store _mm512_store_pd, cmp _mm512_cmp_pd_mask,
    {
        of_avx512! {
            f64, blend _mm512_mask_blend_pd, scalef _mm512_scalef_pd, high_half _mm512_extractf64x4_pd::<1>,
            low_half _mm512_castpd512_pd256, add_halves _mm256_add_pd, sum sum_of_4, sums sums_f64
        }
    }
}

/// 16 lanes of `f32` in one AVX-512 register.
#[derive(Clone, Copy)]
pub struct Avx512F32([__m512; 1]);

vector! {
    Avx512F32(f32 x 16 in __m512 0), mask __mmask16,
    bits _mm512_castps_si512 _mm512_castsi512_ps _mm512_set1_epi32 _mm512_slli_epi32 _mm512_srli_epi32 u32,
    add _mm512_add_ps, sub _mm512_sub_ps, mul _mm512_mul_ps, div _mm512_div_ps, fmadd _mm512_fmadd_ps, max _mm512_max_ps,
    min _mm512_min_ps, sqrt _mm512_sqrt_ps, round _mm512_roundscale_ps, and _mm512_and_ps, andnot _mm512_andnot_ps, or _mm512_or_ps,
    splat _mm512_set1_ps, load _mm512_load_ps, store _mm512_store_ps, cmp _mm512_cmp_ps_mask,
    {
        of_avx512! {
            f32, blend _mm512_mask_blend_ps, scalef _mm512_scalef_ps, high_half _mm512_extractf32x8_ps::<1>,
            low_half _mm512_castps512_ps256, add_halves _mm256_add_ps, sum sum_of_8, sums sums_f32
        }
    }
}
