//! Vectors of 64 bytes, the same on every machine.
//!
//! A [`Vector`] always holds 8 `f64` or 16 `f32`, whatever the registers underneath: one AVX-512 register, two AVX2
//! registers, or an array that the compiler vectorises as it can (on aarch64, where NEON and fused multiply-add are
//! part of the baseline, that is four NEON registers). Every operation is an IEEE 754 operation on each lane, and
//! multiply-add is fused everywhere. Code written against this trait therefore gives the same bits on every
//! instruction set; the fixed number of lanes fixes the order of sums across lanes as well.
//!
//! Code that is generic over the instruction set runs through [`InstructionSet::run`]: a [`Kernel`] compiled once per
//! set. Everything it calls must be `#[inline(always)]`, or it would be compiled without the set's instructions.

// The ops of a vector have to disappear into the kernel that uses them.
#![allow(clippy::inline_always)]

mod portable;
#[cfg(target_arch = "x86_64")]
mod x86;

use crate::coefficients::Coefficients;
use crate::names::GrammarError;
use std::fmt::Debug;
use std::ops::{Add, Div, Mul, Neg, Sub};
use std::sync::OnceLock;

/// 64 bytes of numbers, aligned: what a [`Vector`] is loaded from and stored to.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C, align(64))]
pub struct Block<A>(pub A);

/// A fixed number of lanes, computed on at once.
///
/// Comparisons with NaN are false. Methods act on each lane unless they say otherwise.
pub trait Vector:
    Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self> + Neg<Output = Self>
{
    /// The number type of one lane.
    type Elem: Real<Block = Self::Block>;
    /// The memory image of one vector.
    type Block: Copy;
    /// One truth value per lane.
    type Mask: Copy;

    /// The same number in every lane.
    fn splat(x: Self::Elem) -> Self;
    /// The lanes of a block.
    fn load(block: &Self::Block) -> Self;
    /// Writes the lanes to a block.
    fn store(self, block: &mut Self::Block);
    /// `self * a + b`, rounded once.
    #[must_use]
    fn mul_add(self, a: Self, b: Self) -> Self;
    /// The larger one; `other` where either is NaN.
    #[must_use]
    fn max(self, other: Self) -> Self;
    /// The smaller one; `other` where either is NaN.
    #[must_use]
    fn min(self, other: Self) -> Self;
    /// The magnitude.
    #[must_use]
    fn abs(self) -> Self;
    /// The magnitude of `self` with the sign of `sign`.
    #[must_use]
    fn copysign(self, sign: Self) -> Self;
    /// The square root.
    #[must_use]
    fn sqrt(self) -> Self;
    /// The nearest whole number, ties to even.
    #[must_use]
    fn round(self) -> Self;
    /// `2^self` for whole `self` within the exponents of normal numbers.
    #[must_use]
    fn pow2(self) -> Self;
    /// `self * 2^n` for whole `n`, rounded once. `|n|` is at most twice the largest exponent and `self * 2^(n/2)` is
    /// normal; for `n = 0`, any `self`.
    #[must_use]
    #[inline(always)]
    fn ldexp(self, n: Self) -> Self {
        let half = (n * Self::splat(Self::Elem::from_f64(0.5))).round();
        self * half.pow2() * (n - half).pow2()
    }
    /// `e` where `self = m 2^e` with `m` in [1, 2), for positive normal `self`.
    #[must_use]
    fn exponent(self) -> Self;
    /// `m` where `self = m 2^e` with `m` in [1, 2), for positive normal `self`.
    #[must_use]
    fn mantissa(self) -> Self;
    /// `self < other`.
    fn lt(self, other: Self) -> Self::Mask;
    /// `a` where the mask holds, else `b`.
    fn select(mask: Self::Mask, a: Self, b: Self) -> Self;
    /// Whether the mask holds in some lane.
    fn any(mask: Self::Mask) -> bool;
    /// The sum of all lanes, halves added to halves: lane `i` to lane `i + LANES/2`, and so on down to one.
    fn sum(self) -> Self::Elem;
    /// [`Vector::sum`] of each vector. Eight at once may cost little more than one.
    #[inline(always)]
    fn sums<const N: usize>(vectors: [Self; N]) -> [Self::Elem; N] {
        let mut sums = [Self::Elem::default(); N];
        for n in 0..N {
            sums[n] = vectors[n].sum();
        }
        sums
    }
}

/// A floating-point type that networks can be trained in.
pub trait Real:
    Coefficients
    + Copy
    + Debug
    + Default
    + PartialOrd
    + Send
    + Sync
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + 'static
{
    /// Numbers in one vector of 64 bytes.
    const LANES: usize;
    /// The name under which users know the type: `f64` or `f32`.
    const NAME: &'static str;
    /// 64 bytes of this type.
    type Block: Copy + Debug + PartialEq + Send + Sync + AsRef<[Self]> + AsMut<[Self]> + 'static;
    /// The vector of this type on an instruction set.
    type V<I: Isa>: Vector<Elem = Self, Block = Self::Block>;

    /// A block of zeros.
    const ZEROS: Self::Block;
    /// Rounds to this type.
    fn from_f64(x: f64) -> Self;
    /// Widens, exactly.
    fn to_f64(self) -> f64;
}

/// The numbers in a slice of blocks, in order.
#[inline(always)]
pub fn numbers<T: Real>(blocks: &[T::Block]) -> &[T] {
    const { assert!(size_of::<T::Block>() == T::LANES * size_of::<T>()) };
    // SAFETY: a block is an aligned array of LANES numbers and nothing else.
    unsafe { std::slice::from_raw_parts(blocks.as_ptr().cast(), blocks.len() * T::LANES) }
}

/// The numbers in a slice of blocks, in order, to write to.
#[inline(always)]
pub fn numbers_mut<T: Real>(blocks: &mut [T::Block]) -> &mut [T] {
    const { assert!(size_of::<T::Block>() == T::LANES * size_of::<T>()) };
    // SAFETY: as in `numbers`, and the borrow is exclusive.
    unsafe { std::slice::from_raw_parts_mut(blocks.as_mut_ptr().cast(), blocks.len() * T::LANES) }
}

macro_rules! real {
    ($t:ident, $lanes:literal, $vector:ident) => {
        impl AsRef<[$t]> for Block<[$t; $lanes]> {
            #[inline(always)]
            fn as_ref(&self) -> &[$t] {
                &self.0
            }
        }

        impl AsMut<[$t]> for Block<[$t; $lanes]> {
            #[inline(always)]
            fn as_mut(&mut self) -> &mut [$t] {
                &mut self.0
            }
        }

        impl Real for $t {
            const LANES: usize = $lanes;
            const NAME: &'static str = stringify!($t);
            type Block = Block<[$t; $lanes]>;
            type V<I: Isa> = I::$vector;
            const ZEROS: Self::Block = Block([0.0; $lanes]);

            #[inline(always)]
            fn from_f64(x: f64) -> Self {
                x as Self
            }

            #[inline(always)]
            fn to_f64(self) -> f64 {
                f64::from(self)
            }
        }
    };
}

real!(f64, 8, F64);
real!(f32, 16, F32);

/// An instruction set, at compile time.
pub trait Isa: Copy + 'static {
    /// Whether there are registers for two dozen vectors at once.
    const WIDE: bool;
    /// Whether it pays to work on several rows and blocks at once: not where every multiply-add is a call, and code for each shape of a
    /// tile takes more time to compile than anybody will save by it.
    const TILED: bool;
    /// 8 lanes of `f64`.
    type F64: Vector<Elem = f64, Block = Block<[f64; 8]>>;
    /// 16 lanes of `f32`.
    type F32: Vector<Elem = f32, Block = Block<[f32; 16]>>;
    /// Runs a kernel that others run as well: it is compiled once, not into each of them.
    fn call<K: Kernel>(kernel: K) -> K::Output;
    /// Asks for the memory at an address to be brought into the first-level cache. Any address will do.
    fn prefetch<X>(address: *const X);
}

/// Work that is compiled once for every instruction set.
pub trait Kernel {
    /// What the work returns.
    type Output;
    /// Does the work. Implementations must be `#[inline(always)]`, and so must what they call.
    fn run<I: Isa>(self) -> Self::Output;
}

/// An instruction set, at run time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InstructionSet {
    /// Whatever the compiler may assume of the target; NEON on aarch64.
    Portable,
    /// AVX2 with FMA.
    Avx2,
    /// AVX-512 F, DQ and VL. (VL for the registers beyond the sixteenth where a sum ends in halves of them.)
    Avx512,
}

impl InstructionSet {
    /// Every set that this machine has, the fastest last.
    pub fn available() -> Vec<Self> {
        let mut sets = vec![Self::Portable];
        #[cfg(target_arch = "x86_64")]
        {
            if x86::has_avx2() {
                sets.push(Self::Avx2);
                if x86::has_avx512() {
                    sets.push(Self::Avx512);
                }
            }
        }
        sets
    }

    /// The set to use: the fastest that this machine has, or the one that is [`InstructionSet::asked_for`]. Read once;
    /// results do not depend on it.
    pub fn best() -> Self {
        static BEST: OnceLock<InstructionSet> = OnceLock::new();
        *BEST.get_or_init(|| {
            let available = Self::available();
            Self::asked_for().ok().flatten().unwrap_or(available[available.len() - 1])
        })
    }

    /// The set that the environment variable `HEADSTART_ISA` names (`portable`, `avx2`, `avx512`), if it is there and not
    /// empty. A library has nobody to tell, and takes the fastest where the name is wrong; a program asks here first.
    ///
    /// # Errors
    /// If it names no set, or one that this machine does not have.
    pub fn asked_for() -> Result<Option<Self>, GrammarError> {
        match std::env::var_os("HEADSTART_ISA") {
            Some(name) if !name.is_empty() => Self::named(&name.to_string_lossy()).map(Some),
            _ => Ok(None),
        }
    }

    fn named(name: &str) -> Result<Self, GrammarError> {
        const NAMES: &[&str] = &["portable", "avx2", "avx512"];
        let available = Self::available();
        match available.iter().find(|set| set.name() == name) {
            Some(set) => Ok(*set),
            None if NAMES.contains(&name) => {
                let names: Vec<&str> = available.iter().map(|set| set.name()).collect();
                let problem = format!("this machine does not have that instruction set, but {}", names.join(", "));
                Err(GrammarError::parameter(name, problem))
            }
            None => Err(GrammarError::unknown("instruction set", name, NAMES)),
        }
    }

    /// The name that `HEADSTART_ISA` knows the set by.
    pub fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
        }
    }

    /// Runs the kernel as compiled for this set.
    ///
    /// # Panics
    /// If this machine does not have the set.
    #[inline]
    pub fn run<K: Kernel>(self, kernel: K) -> K::Output {
        match self {
            Self::Portable => portable::run(kernel),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => x86::run_avx2(kernel),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => x86::run_avx512(kernel),
            #[cfg(not(target_arch = "x86_64"))]
            Self::Avx2 | Self::Avx512 => unreachable!("not among the sets available on this machine"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Applies every operation to the same operands and returns all lanes of all results, as bits.
    struct EveryOperation<T: Real>([T::Block; 3]);

    impl<T: Real> Kernel for EveryOperation<T> {
        type Output = Vec<u64>;

        #[inline(always)]
        fn run<I: Isa>(self) -> Vec<u64> {
            let [a, b, c] = self.0.map(|block| T::V::<I>::load(&block));
            let one = T::V::<I>::splat(T::from_f64(1.0));
            let small = c.max(-one).min(one).mul_add(T::V::<I>::splat(T::from_f64(100.0)), one).round();
            let positive = a.abs().max(T::V::<I>::splat(T::from_f64(1e-30)));
            let results = [
                a + b,
                a - b,
                a * b,
                a / b,
                -a,
                a.mul_add(b, c),
                a.max(b),
                a.min(b),
                a.abs(),
                a.copysign(b),
                a.abs().sqrt(),
                a.round(),
                small.pow2(),
                positive.mantissa().ldexp(small),
                positive.mantissa().ldexp(small + small),
                T::V::<I>::splat(T::from_f64(f64::from(u8::from(T::V::<I>::any(a.lt(b)))))),
                positive.exponent(),
                positive.mantissa(),
                T::V::<I>::select(a.lt(b), c, a),
                T::V::<I>::splat(a.sum()),
            ];
            let mut sums = T::ZEROS;
            sums.as_mut()[..8].copy_from_slice(&T::V::<I>::sums([a, b, c, a + b, a - b, a * b, c - a, c - b]));
            let mut fewer = T::ZEROS;
            fewer.as_mut()[..3].copy_from_slice(&T::V::<I>::sums([a, b, c]));
            let mut bits = Vec::new();
            for result in results.into_iter().chain([T::V::<I>::load(&sums), T::V::<I>::load(&fewer)]) {
                let mut block = T::ZEROS;
                result.store(&mut block);
                // Which NaN comes out is not specified, neither by IEEE 754 nor by the machines.
                bits.extend(block.as_ref().iter().map(|x| {
                    let x = x.to_f64();
                    if x.is_nan() { u64::MAX } else { x.to_bits() }
                }));
            }
            bits
        }
    }

    fn same_on_every_set<T: Real>(numbers: &[f64]) -> Result<(), TestCaseError> {
        let mut blocks = [T::ZEROS; 3];
        for (to, from) in blocks.iter_mut().flat_map(|b| b.as_mut().iter_mut()).zip(numbers) {
            *to = T::from_f64(*from);
        }
        let portable = InstructionSet::Portable.run(EveryOperation::<T>(blocks));
        for set in InstructionSet::available() {
            prop_assert_eq!(&portable, &set.run(EveryOperation::<T>(blocks)), "{}", set.name());
        }
        Ok(())
    }

    fn number() -> impl Strategy<Value = f64> {
        prop_oneof![
            8 => -10.0..10.0,
            2 => any::<f64>(),
            1 => prop::sample::select(vec![0.0, -0.0, 0.5, 1.5, f64::INFINITY, f64::NAN, 5e-324]),
        ]
    }

    proptest! {
        #[test]
        fn every_operation_gives_the_same_bits_on_every_instruction_set(
            numbers in prop::collection::vec(number(), 48)
        ) {
            same_on_every_set::<f64>(&numbers)?;
            same_on_every_set::<f32>(&numbers)?;
        }
    }

    struct Decompose(f64);

    impl Kernel for Decompose {
        type Output = [f64; 3];

        #[inline(always)]
        fn run<I: Isa>(self) -> [f64; 3] {
            let x = I::F64::splat(self.0);
            // Sums of eight equal lanes: exact, and a way to look at one lane.
            [x.exponent().pow2(), x.mantissa(), x.exponent()].map(|v| v.sum() / 8.0)
        }
    }

    /// All sums of eight vectors at once, and one by one.
    struct EightSums<T: Real>([T::Block; 8]);

    impl<T: Real> Kernel for EightSums<T> {
        type Output = [[T; 8]; 2];

        #[inline(always)]
        fn run<I: Isa>(self) -> [[T; 8]; 2] {
            let mut vectors = [T::V::<I>::splat(T::default()); 8];
            let mut single = [T::default(); 8];
            for i in 0..8 {
                vectors[i] = T::V::<I>::load(&self.0[i]);
                single[i] = vectors[i].sum();
            }
            [T::V::<I>::sums(vectors), single]
        }
    }

    fn eight_sums<T: Real>() {
        let mut blocks = [T::ZEROS; 8];
        for (i, to) in blocks.iter_mut().flat_map(|b| b.as_mut().iter_mut()).enumerate() {
            *to = T::from_f64(libm::sin(i as f64) * libm::exp(i as f64 / 9.0));
        }
        for set in InstructionSet::available() {
            let [together, single] = set.run(EightSums::<T>(blocks));
            assert_eq!(together, single, "{} {}", T::NAME, set.name());
        }
    }

    #[test]
    fn sums_of_eight_vectors_are_the_sums_of_each() {
        eight_sums::<f64>();
        eight_sums::<f32>();
    }

    #[test]
    fn instruction_sets_have_their_names_and_no_others() {
        for set in InstructionSet::available() {
            assert_eq!(InstructionSet::named(set.name()), Ok(set));
        }
        let unknown = InstructionSet::named("avx9000").unwrap_err().to_string();
        assert!(unknown.starts_with("unknown instruction set \"avx9000\""), "{unknown}");
        assert!(InstructionSet::named("AVX2 ").is_err());
    }

    #[test]
    fn exponent_and_mantissa_take_a_number_apart() {
        assert_eq!(InstructionSet::best().run(Decompose(48.0)), [32.0, 1.5, 5.0]);
        assert_eq!(InstructionSet::best().run(Decompose(0.3)), [0.25, 1.2, -2.0]);
    }
}
