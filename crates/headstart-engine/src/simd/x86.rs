//! AVX2 with FMA, and AVX-512, on x86-64.
//!
//! Safety, for every `unsafe` block here: the intrinsics need their instruction set. The vector types are reachable
//! only through [`run_avx2`] and [`run_avx512`], which check for it. Loads and stores go through references to whole,
//! aligned blocks.

use super::{Block, Isa, Kernel, Vector};
#[allow(clippy::wildcard_imports)]
use std::arch::x86_64::*;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// Whether this machine has what [`Avx2`] needs.
pub fn has_avx2() -> bool {
    is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")
}

/// Whether this machine has what [`Avx512`] needs beyond AVX2.
pub fn has_avx512() -> bool {
    has_avx2()
        && is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512vl")
}

/// Runs a kernel compiled for AVX2 and FMA.
#[inline]
pub fn run_avx2<K: Kernel>(kernel: K) -> K::Output {
    #[target_feature(enable = "avx2,fma")]
    fn with_features<K: Kernel>(kernel: K) -> K::Output {
        kernel.run::<Avx2>()
    }
    assert!(has_avx2(), "AVX2 or FMA is missing");
    // SAFETY: just checked.
    unsafe { with_features(kernel) }
}

/// Runs a kernel compiled for AVX-512.
#[inline]
pub fn run_avx512<K: Kernel>(kernel: K) -> K::Output {
    #[target_feature(enable = "avx512f,avx512dq,avx512vl,avx2,fma")]
    fn with_features<K: Kernel>(kernel: K) -> K::Output {
        kernel.run::<Avx512>()
    }
    assert!(has_avx512(), "AVX-512 F, DQ or VL is missing");
    // SAFETY: just checked.
    unsafe { with_features(kernel) }
}

/// AVX2 with FMA: a vector is two registers.
#[derive(Clone, Copy)]
pub struct Avx2;

impl Isa for Avx2 {
    const WIDE: bool = false;
    type F64 = Avx2F64;
    type F32 = Avx2F32;

    #[inline(always)]
    fn prefetch<X>(address: *const X) {
        // SAFETY: part of every x86-64, and it never faults.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(address.cast()) }
    }
}

/// AVX-512: a vector is one register.
#[derive(Clone, Copy)]
pub struct Avx512;

impl Isa for Avx512 {
    const WIDE: bool = true;
    type F64 = Avx512F64;
    type F32 = Avx512F32;

    #[inline(always)]
    fn prefetch<X>(address: *const X) {
        // SAFETY: part of every x86-64, and it never faults.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(address.cast()) }
    }
}

/// 8 lanes of `f64` in two AVX2 registers.
#[derive(Clone, Copy)]
pub struct Avx2F64([__m256d; 2]);

/// 16 lanes of `f32` in two AVX2 registers.
#[derive(Clone, Copy)]
pub struct Avx2F32([__m256; 2]);

/// 8 lanes of `f64` in one AVX-512 register.
#[derive(Clone, Copy)]
pub struct Avx512F64(__m512d);

/// 16 lanes of `f32` in one AVX-512 register.
#[derive(Clone, Copy)]
pub struct Avx512F32(__m512);

// Not `array::map`: a closure that is not inlined would be compiled without the instruction set.
macro_rules! both {
    ($registers:expr, |$x:ident| $result:expr) => {{
        let [low, high] = $registers;
        [
            {
                let $x = low;
                $result
            },
            {
                let $x = high;
                $result
            },
        ]
    }};
}

macro_rules! avx2 {
    (
        $v:ident($t:ident x $n:literal in $register:ident), bits $to_bits:ident $from_bits:ident $splat_bits:ident
        $shift_left:ident $shift_right:ident,
        add $add:ident, sub $sub:ident, mul $mul:ident, div $div:ident, fmadd $fmadd:ident, max $max:ident,
        min $min:ident, sqrt $sqrt:ident, round $round:ident, and $and:ident, andnot $andnot:ident, or $or:ident,
        splat $splat:ident, load $load:ident, store $store:ident, cmp $cmp:ident, blend $blend:ident,
        movemask $movemask:ident, sum $sum:ident
    ) => {
        avx2!(@operator $v, Add, add, $add);
        avx2!(@operator $v, Sub, sub, $sub);
        avx2!(@operator $v, Mul, mul, $mul);
        avx2!(@operator $v, Div, div, $div);

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
            type Mask = [$register; 2];

            #[inline(always)]
            fn splat(x: $t) -> Self {
                unsafe { Self([$splat(x); 2]) }
            }
            #[inline(always)]
            fn load(block: &Self::Block) -> Self {
                let lanes = block.0.as_ptr();
                unsafe { Self([$load(lanes), $load(lanes.add($n / 2))]) }
            }
            #[inline(always)]
            fn store(self, block: &mut Self::Block) {
                let lanes = block.0.as_mut_ptr();
                unsafe {
                    $store(lanes, self.0[0]);
                    $store(lanes.add($n / 2), self.0[1]);
                }
            }
            #[inline(always)]
            fn mul_add(self, a: Self, b: Self) -> Self {
                unsafe { Self([$fmadd(self.0[0], a.0[0], b.0[0]), $fmadd(self.0[1], a.0[1], b.0[1])]) }
            }
            #[inline(always)]
            fn max(self, other: Self) -> Self {
                unsafe { Self([$max(self.0[0], other.0[0]), $max(self.0[1], other.0[1])]) }
            }
            #[inline(always)]
            fn min(self, other: Self) -> Self {
                unsafe { Self([$min(self.0[0], other.0[0]), $min(self.0[1], other.0[1])]) }
            }
            #[inline(always)]
            fn abs(self) -> Self {
                unsafe { Self(both!(self.0, |x| $andnot($splat(-0.0), x))) }
            }
            #[inline(always)]
            fn copysign(self, sign: Self) -> Self {
                let minus_zero = Self::splat(-0.0).0[0];
                let [low, high] = both!(sign.0, |s| unsafe { $and(minus_zero, s) });
                unsafe { Self([$or($andnot(minus_zero, self.0[0]), low), $or($andnot(minus_zero, self.0[1]), high)]) }
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                unsafe { Self(both!(self.0, |x| $sqrt(x))) }
            }
            #[inline(always)]
            fn round(self) -> Self {
                unsafe { Self(both!(self.0, |x| $round::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(x))) }
            }
            #[inline(always)]
            fn pow2(self) -> Self {
                const MANTISSA: i32 = $t::MANTISSA_DIGITS as i32 - 1;
                const MAGIC: $t = (1_u64 << MANTISSA) as $t + ($t::MAX_EXP - 1) as $t;
                let biased = self + Self::splat(MAGIC);
                unsafe { Self(both!(biased.0, |x| $from_bits($shift_left::<MANTISSA>($to_bits(x))))) }
            }
            #[inline(always)]
            fn exponent(self) -> Self {
                const MANTISSA: i32 = $t::MANTISSA_DIGITS as i32 - 1;
                const ONE_ULP: $t = (1_u64 << MANTISSA) as $t;
                let field = unsafe {
                    // The field put into the last bits of a number whose last bit counts one.
                    both!(self.0, |x| $or($from_bits($shift_right::<MANTISSA>($to_bits(x))), $splat(ONE_ULP)))
                };
                Self(field) - Self::splat(ONE_ULP + $t::from(($t::MAX_EXP - 1) as i16))
            }
            #[inline(always)]
            fn mantissa(self) -> Self {
                const FRACTION: u64 = (1 << ($t::MANTISSA_DIGITS - 1)) - 1;
                unsafe {
                    let fraction = $from_bits($splat_bits(FRACTION as _));
                    Self(both!(self.0, |x| $or($and(x, fraction), $splat(1.0))))
                }
            }
            #[inline(always)]
            fn lt(self, other: Self) -> Self::Mask {
                unsafe {
                    [$cmp::<_CMP_LT_OQ>(self.0[0], other.0[0]), $cmp::<_CMP_LT_OQ>(self.0[1], other.0[1])]
                }
            }
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
        }
    };
    (@operator $v:ident, $trait:ident, $method:ident, $intrinsic:ident) => {
        impl $trait for $v {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                unsafe { Self([$intrinsic(self.0[0], other.0[0]), $intrinsic(self.0[1], other.0[1])]) }
            }
        }
    };
}

macro_rules! avx512 {
    (
        $v:ident($t:ident x $n:literal in $register:ident), mask $mask:ident,
        bits $to_bits:ident $from_bits:ident $splat_bits:ident $shift_left:ident $shift_right:ident,
        add $add:ident, sub $sub:ident, mul $mul:ident, div $div:ident, fmadd $fmadd:ident, max $max:ident,
        min $min:ident, sqrt $sqrt:ident, round $round:ident, and $and:ident, andnot $andnot:ident, or $or:ident,
        splat $splat:ident, load $load:ident, store $store:ident, cmp $cmp:ident, blend $blend:ident,
        scalef $scalef:ident, high_half $high:expr, low_half $low:ident, add_halves $add_halves:ident, sum $sum:ident,
        sums $sums:ident
    ) => {
        avx512!(@operator $v, Add, add, $add);
        avx512!(@operator $v, Sub, sub, $sub);
        avx512!(@operator $v, Mul, mul, $mul);
        avx512!(@operator $v, Div, div, $div);

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
            type Mask = $mask;

            #[inline(always)]
            fn splat(x: $t) -> Self {
                unsafe { Self($splat(x)) }
            }
            #[inline(always)]
            fn load(block: &Self::Block) -> Self {
                unsafe { Self($load(block.0.as_ptr())) }
            }
            #[inline(always)]
            fn store(self, block: &mut Self::Block) {
                unsafe { $store(block.0.as_mut_ptr(), self.0) }
            }
            #[inline(always)]
            fn mul_add(self, a: Self, b: Self) -> Self {
                unsafe { Self($fmadd(self.0, a.0, b.0)) }
            }
            #[inline(always)]
            fn max(self, other: Self) -> Self {
                unsafe { Self($max(self.0, other.0)) }
            }
            #[inline(always)]
            fn min(self, other: Self) -> Self {
                unsafe { Self($min(self.0, other.0)) }
            }
            #[inline(always)]
            fn abs(self) -> Self {
                unsafe { Self($andnot($splat(-0.0), self.0)) }
            }
            #[inline(always)]
            fn copysign(self, sign: Self) -> Self {
                unsafe { Self($or($andnot($splat(-0.0), self.0), $and($splat(-0.0), sign.0))) }
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                unsafe { Self($sqrt(self.0)) }
            }
            #[inline(always)]
            fn round(self) -> Self {
                unsafe { Self($round::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(self.0)) }
            }
            #[inline(always)]
            fn pow2(self) -> Self {
                const MANTISSA: u32 = $t::MANTISSA_DIGITS - 1;
                const MAGIC: $t = (1_u64 << MANTISSA) as $t + ($t::MAX_EXP - 1) as $t;
                let biased = self + Self::splat(MAGIC);
                unsafe { Self($from_bits($shift_left::<MANTISSA>($to_bits(biased.0)))) }
            }
            #[inline(always)]
            fn ldexp(self, n: Self) -> Self {
                unsafe { Self($scalef(self.0, n.0)) }
            }
            #[inline(always)]
            fn exponent(self) -> Self {
                const MANTISSA: u32 = $t::MANTISSA_DIGITS - 1;
                const ONE_ULP: $t = (1_u64 << MANTISSA) as $t;
                // The field put into the last bits of a number whose last bit counts one.
                let field =
                    unsafe { $or($from_bits($shift_right::<MANTISSA>($to_bits(self.0))), $splat(ONE_ULP)) };
                Self(field) - Self::splat(ONE_ULP + $t::from(($t::MAX_EXP - 1) as i16))
            }
            #[inline(always)]
            fn mantissa(self) -> Self {
                const FRACTION: u64 = (1 << ($t::MANTISSA_DIGITS - 1)) - 1;
                unsafe {
                    let fraction = $from_bits($splat_bits(FRACTION as _));
                    Self($or($and(self.0, fraction), $splat(1.0)))
                }
            }
            #[inline(always)]
            fn lt(self, other: Self) -> Self::Mask {
                unsafe { $cmp::<_CMP_LT_OQ>(self.0, other.0) }
            }
            #[inline(always)]
            fn select(mask: Self::Mask, a: Self, b: Self) -> Self {
                unsafe { Self($blend(mask, b.0, a.0)) }
            }
            #[inline(always)]
            fn any(mask: Self::Mask) -> bool {
                mask != 0
            }
            #[inline(always)]
            fn sum(self) -> $t {
                unsafe { $sum($add_halves($low(self.0), $high(self.0))) }
            }
            #[inline(always)]
            fn sums<const N: usize>(vectors: [Self; N]) -> [$t; N] {
                let mut sums = [0.0; N];
                if let (8, Some(&[a, b, c, d, e, f, g, h]), Some(to)) =
                    (N, vectors.first_chunk(), sums.first_chunk_mut())
                {
                    unsafe { $sums([a.0, b.0, c.0, d.0, e.0, f.0, g.0, h.0], to) };
                } else {
                    for n in 0..N {
                        sums[n] = vectors[n].sum();
                    }
                }
                sums
            }
        }
    };
    (@operator $v:ident, $trait:ident, $method:ident, $intrinsic:ident) => {
        impl $trait for $v {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                unsafe { Self($intrinsic(self.0, other.0)) }
            }
        }
    };
}

avx2! {
    Avx2F64(f64 x 8 in __m256d), bits _mm256_castpd_si256 _mm256_castsi256_pd _mm256_set1_epi64x
    _mm256_slli_epi64 _mm256_srli_epi64,
    add _mm256_add_pd, sub _mm256_sub_pd, mul _mm256_mul_pd, div _mm256_div_pd, fmadd _mm256_fmadd_pd,
    max _mm256_max_pd, min _mm256_min_pd, sqrt _mm256_sqrt_pd, round _mm256_round_pd, and _mm256_and_pd,
    andnot _mm256_andnot_pd, or _mm256_or_pd, splat _mm256_set1_pd, load _mm256_load_pd, store _mm256_store_pd,
    cmp _mm256_cmp_pd, blend _mm256_blendv_pd,
    movemask _mm256_movemask_pd, sum sum_of_4
}

avx2! {
    Avx2F32(f32 x 16 in __m256), bits _mm256_castps_si256 _mm256_castsi256_ps _mm256_set1_epi32
    _mm256_slli_epi32 _mm256_srli_epi32,
    add _mm256_add_ps, sub _mm256_sub_ps, mul _mm256_mul_ps, div _mm256_div_ps, fmadd _mm256_fmadd_ps,
    max _mm256_max_ps, min _mm256_min_ps, sqrt _mm256_sqrt_ps, round _mm256_round_ps, and _mm256_and_ps,
    andnot _mm256_andnot_ps, or _mm256_or_ps, splat _mm256_set1_ps, load _mm256_load_ps, store _mm256_store_ps,
    cmp _mm256_cmp_ps, blend _mm256_blendv_ps,
    movemask _mm256_movemask_ps, sum sum_of_8
}

avx512! {
    Avx512F64(f64 x 8 in __m512d), mask __mmask8,
    bits _mm512_castpd_si512 _mm512_castsi512_pd _mm512_set1_epi64 _mm512_slli_epi64 _mm512_srli_epi64,
    add _mm512_add_pd, sub _mm512_sub_pd, mul _mm512_mul_pd, div _mm512_div_pd, fmadd _mm512_fmadd_pd,
    max _mm512_max_pd, min _mm512_min_pd, sqrt _mm512_sqrt_pd, round _mm512_roundscale_pd, and _mm512_and_pd,
    andnot _mm512_andnot_pd, or _mm512_or_pd, splat _mm512_set1_pd, load _mm512_load_pd, store _mm512_store_pd,
    cmp _mm512_cmp_pd_mask, blend _mm512_mask_blend_pd, scalef _mm512_scalef_pd, high_half _mm512_extractf64x4_pd::<1>,
    low_half _mm512_castpd512_pd256, add_halves _mm256_add_pd, sum sum_of_4, sums sums_f64
}

avx512! {
    Avx512F32(f32 x 16 in __m512), mask __mmask16,
    bits _mm512_castps_si512 _mm512_castsi512_ps _mm512_set1_epi32 _mm512_slli_epi32 _mm512_srli_epi32,
    add _mm512_add_ps, sub _mm512_sub_ps, mul _mm512_mul_ps, div _mm512_div_ps, fmadd _mm512_fmadd_ps,
    max _mm512_max_ps, min _mm512_min_ps, sqrt _mm512_sqrt_ps, round _mm512_roundscale_ps, and _mm512_and_ps,
    andnot _mm512_andnot_ps, or _mm512_or_ps, splat _mm512_set1_ps, load _mm512_load_ps, store _mm512_store_ps,
    cmp _mm512_cmp_ps_mask, blend _mm512_mask_blend_ps, scalef _mm512_scalef_ps, high_half _mm512_extractf32x8_ps::<1>,
    low_half _mm512_castps512_ps256, add_halves _mm256_add_ps, sum sum_of_8, sums sums_f32
}

/// Halves added to halves: `(x0 + x2) + (x1 + x3)`.
#[inline(always)]
unsafe fn sum_of_4(x: __m256d) -> f64 {
    unsafe {
        let two = _mm_add_pd(_mm256_castpd256_pd128(x), _mm256_extractf128_pd::<1>(x));
        _mm_cvtsd_f64(_mm_add_sd(two, _mm_unpackhi_pd(two, two)))
    }
}

/// Halves added to halves, from eight lanes down.
#[inline(always)]
unsafe fn sum_of_8(x: __m256) -> f32 {
    unsafe {
        let four = _mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps::<1>(x));
        let two = _mm_add_ps(four, _mm_movehl_ps(four, four));
        _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps::<1>(two, two)))
    }
}

/// The low halves of two vectors, and the high ones.
const LOW_HALVES: i32 = 0b01_00_01_00;
const HIGH_HALVES: i32 = 0b11_10_11_10;
/// The even quarters of two vectors, and the odd ones.
const EVEN_QUARTERS: i32 = 0b10_00_10_00;
const ODD_QUARTERS: i32 = 0b11_01_11_01;

/// The sums of eight vectors, each halves to halves: two vectors meet in one with the halves of both added, and so on.
#[inline(always)]
unsafe fn sums_f64([a, b, c, d, e, f, g, h]: [__m512d; 8], to: &mut [f64; 8]) {
    macro_rules! meet {
        ($x:expr, $y:expr, $first:ident, $second:ident) => {
            _mm512_add_pd(_mm512_shuffle_f64x2::<$first>($x, $y), _mm512_shuffle_f64x2::<$second>($x, $y))
        };
    }
    unsafe {
        let (ac, eg) = (meet!(a, c, LOW_HALVES, HIGH_HALVES), meet!(e, g, LOW_HALVES, HIGH_HALVES));
        let (bd, fh) = (meet!(b, d, LOW_HALVES, HIGH_HALVES), meet!(f, h, LOW_HALVES, HIGH_HALVES));
        let (aceg, bdfh) = (meet!(ac, eg, EVEN_QUARTERS, ODD_QUARTERS), meet!(bd, fh, EVEN_QUARTERS, ODD_QUARTERS));
        let sums = _mm512_add_pd(_mm512_unpacklo_pd(aceg, bdfh), _mm512_unpackhi_pd(aceg, bdfh));
        _mm512_storeu_pd(to.as_mut_ptr(), sums);
    }
}

/// As [`sums_f64`], one halving more.
#[inline(always)]
unsafe fn sums_f32([a, b, c, d, e, f, g, h]: [__m512; 8], to: &mut [f32; 8]) {
    macro_rules! meet {
        ($x:expr, $y:expr, $first:ident, $second:ident) => {
            _mm512_add_ps(_mm512_shuffle_f32x4::<$first>($x, $y), _mm512_shuffle_f32x4::<$second>($x, $y))
        };
    }
    unsafe {
        let (ac, eg) = (meet!(a, c, LOW_HALVES, HIGH_HALVES), meet!(e, g, LOW_HALVES, HIGH_HALVES));
        let (bd, fh) = (meet!(b, d, LOW_HALVES, HIGH_HALVES), meet!(f, h, LOW_HALVES, HIGH_HALVES));
        let (aceg, bdfh) = (meet!(ac, eg, EVEN_QUARTERS, ODD_QUARTERS), meet!(bd, fh, EVEN_QUARTERS, ODD_QUARTERS));
        // Pairs of lanes as one.
        let (aceg, bdfh) = (_mm512_castps_pd(aceg), _mm512_castps_pd(bdfh));
        let low = _mm512_castpd_ps(_mm512_unpacklo_pd(aceg, bdfh));
        let pairs = _mm512_add_ps(low, _mm512_castpd_ps(_mm512_unpackhi_pd(aceg, bdfh)));
        let sums = _mm512_add_ps(pairs, _mm512_movehdup_ps(pairs));
        // Every other lane.
        _mm256_storeu_si256(to.as_mut_ptr().cast(), _mm512_cvtepi64_epi32(_mm512_castps_si512(sums)));
    }
}
