//! Sums over lanes, in the order that [`Vector::sum`](crate::simd::Vector::sum) has.

#[allow(clippy::wildcard_imports)]
use std::arch::x86_64::*;

/// Halves added to halves: `(x0 + x2) + (x1 + x3)`.
#[inline(always)]
pub unsafe fn sum_of_4(x: __m256d) -> f64 {
    unsafe {
        let two = _mm_add_pd(_mm256_castpd256_pd128(x), _mm256_extractf128_pd::<1>(x));
        _mm_cvtsd_f64(_mm_add_sd(two, _mm_unpackhi_pd(two, two)))
    }
}

/// Halves added to halves, from eight lanes down.
#[inline(always)]
pub unsafe fn sum_of_8(x: __m256) -> f32 {
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

/// Eight vectors in two, one lane's quarter for each: two vectors meet in one with the halves of both added, and so on.
macro_rules! quarters {
    ($vectors:ident, add $add:ident, shuffle $shuffle:ident) => {{
        macro_rules! meet {
            ($x:expr, $y:expr, $first:ident, $second:ident) => {
                $add($shuffle::<$first>($x, $y), $shuffle::<$second>($x, $y))
            };
        }
        let [a, b, c, d, e, f, g, h] = $vectors;
        let (ac, eg) = (meet!(a, c, LOW_HALVES, HIGH_HALVES), meet!(e, g, LOW_HALVES, HIGH_HALVES));
        let (bd, fh) = (meet!(b, d, LOW_HALVES, HIGH_HALVES), meet!(f, h, LOW_HALVES, HIGH_HALVES));
        (meet!(ac, eg, EVEN_QUARTERS, ODD_QUARTERS), meet!(bd, fh, EVEN_QUARTERS, ODD_QUARTERS))
    }};
}

/// The sums of eight vectors, each halves to halves.
#[inline(always)]
pub unsafe fn sums_f64(vectors: [__m512d; 8], to: &mut [f64; 8]) {
    unsafe {
        let (aceg, bdfh) = quarters!(vectors, add _mm512_add_pd, shuffle _mm512_shuffle_f64x2);
        let sums = _mm512_add_pd(_mm512_unpacklo_pd(aceg, bdfh), _mm512_unpackhi_pd(aceg, bdfh));
        _mm512_storeu_pd(to.as_mut_ptr(), sums);
    }
}

/// As [`sums_f64`], one halving more.
#[inline(always)]
pub unsafe fn sums_f32(vectors: [__m512; 8], to: &mut [f32; 8]) {
    unsafe {
        let (aceg, bdfh) = quarters!(vectors, add _mm512_add_ps, shuffle _mm512_shuffle_f32x4);
        // Pairs of lanes as one.
        let (aceg, bdfh) = (_mm512_castps_pd(aceg), _mm512_castps_pd(bdfh));
        let low = _mm512_castpd_ps(_mm512_unpacklo_pd(aceg, bdfh));
        let pairs = _mm512_add_ps(low, _mm512_castpd_ps(_mm512_unpackhi_pd(aceg, bdfh)));
        let sums = _mm512_add_ps(pairs, _mm512_movehdup_ps(pairs));
        // Every other lane.
        _mm256_storeu_si256(to.as_mut_ptr().cast(), _mm512_cvtepi64_epi32(_mm512_castps_si512(sums)));
    }
}
