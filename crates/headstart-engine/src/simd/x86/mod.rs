//! AVX2 with FMA, and AVX-512, on x86-64.
//!
//! Safety, for every `unsafe` block here: the intrinsics need their instruction set. The vector types are reachable
//! only through [`run_avx2`] and [`run_avx512`], which check for it. Loads and stores go through references to whole,
//! aligned blocks.

mod sums;
mod vectors;

use super::{Isa, Kernel};
use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
use vectors::{Avx2F32, Avx2F64, Avx512F32, Avx512F64};

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
    assert!(has_avx2(), "AVX2 or FMA is missing");
    // SAFETY: just checked.
    unsafe { with_avx2(kernel) }
}

#[target_feature(enable = "avx2,fma")]
#[inline(never)]
fn with_avx2<K: Kernel>(kernel: K) -> K::Output {
    kernel.run::<Avx2>()
}

/// Runs a kernel compiled for AVX-512.
#[inline]
pub fn run_avx512<K: Kernel>(kernel: K) -> K::Output {
    assert!(has_avx512(), "AVX-512 F, DQ or VL is missing");
    // SAFETY: just checked.
    unsafe { with_avx512(kernel) }
}

#[target_feature(enable = "avx512f,avx512dq,avx512vl,avx2,fma")]
#[inline(never)]
fn with_avx512<K: Kernel>(kernel: K) -> K::Output {
    kernel.run::<Avx512>()
}

/// AVX2 with FMA: a vector is two registers.
#[derive(Clone, Copy)]
pub struct Avx2;

impl Isa for Avx2 {
    const WIDE: bool = false;
    const TILED: bool = true;
    type F64 = Avx2F64;
    type F32 = Avx2F32;

    #[inline(always)]
    fn call<K: Kernel>(kernel: K) -> K::Output {
        // SAFETY: code that is generic over the instruction set runs through `run_avx2` only, which has checked.
        unsafe { with_avx2(kernel) }
    }

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
    const TILED: bool = true;
    type F64 = Avx512F64;
    type F32 = Avx512F32;

    #[inline(always)]
    fn call<K: Kernel>(kernel: K) -> K::Output {
        // SAFETY: code that is generic over the instruction set runs through `run_avx512` only, which has checked.
        unsafe { with_avx512(kernel) }
    }

    #[inline(always)]
    fn prefetch<X>(address: *const X) {
        // SAFETY: part of every x86-64, and it never faults.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(address.cast()) }
    }
}
