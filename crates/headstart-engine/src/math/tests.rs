use super::*;
use crate::simd::{InstructionSet, Isa, Kernel};
use proptest::prelude::*;

/// A function under test.
struct Function {
    name: &'static str,
    /// The same function of `f64`, at most about `slack` ulp wrong.
    reference: fn(f64) -> f64,
    slack: f64,
    /// The stated bounds, in ulp, for f64 and for f32.
    bounds: [f64; 2],
}

const FUNCTIONS: [Function; 10] = [
    Function { name: "exp", reference: libm::exp, slack: 1.0, bounds: [1.0, 1.0] },
    Function { name: "exp_m1", reference: libm::expm1, slack: 1.0, bounds: [2.0, 2.0] },
    Function { name: "ln", reference: libm::log, slack: 1.0, bounds: [1.0, 1.0] },
    Function { name: "ln_1p", reference: libm::log1p, slack: 1.0, bounds: [1.0, 1.0] },
    Function { name: "tanh", reference: libm::tanh, slack: 2.0, bounds: [2.5, 2.5] },
    Function { name: "erf", reference: libm::erf, slack: 1.0, bounds: [2.5, 2.5] },
    Function { name: "sigmoid", reference: slow_sigmoid, slack: 2.0, bounds: [2.5, 2.5] },
    Function { name: "softplus", reference: slow_softplus, slack: 2.0, bounds: [2.0, 2.0] },
    Function { name: "sin", reference: libm::sin, slack: 1.0, bounds: [2.0, 2.0] },
    Function { name: "cos", reference: libm::cos, slack: 1.0, bounds: [2.0, 2.0] },
];

fn slow_sigmoid(x: f64) -> f64 {
    if x < 0.0 { libm::exp(x) / (1.0 + libm::exp(x)) } else { 1.0 / (1.0 + libm::exp(-x)) }
}

fn slow_softplus(x: f64) -> f64 {
    libm::log1p(libm::exp(-x.abs())) + if x > 0.0 { x } else { 0.0 * x }
}

/// Applies a function to every number.
struct Apply<'a, T>(&'a str, &'a [T]);

impl<T: Real> Kernel for Apply<'_, T> {
    type Output = Vec<T>;

    #[inline(always)]
    fn run<I: Isa>(self) -> Vec<T> {
        let mut outputs = Vec::with_capacity(self.1.len() + T::LANES);
        macro_rules! apply {
            ($($name:ident),*) => {
                match self.0 {
                    $(stringify!($name) => {
                        for chunk in self.1.chunks(T::LANES) {
                            let mut block = T::ZEROS;
                            block.as_mut()[..chunk.len()].copy_from_slice(chunk);
                            $name(T::V::<I>::load(&block)).store(&mut block);
                            outputs.extend_from_slice(&block.as_ref()[..chunk.len()]);
                        }
                    })*
                    name => unreachable!("{name}"),
                }
            };
        }
        apply!(exp, exp_m1, ln, ln_1p, tanh, erf, sigmoid, softplus, sin, cos);
        outputs
    }
}

fn apply<T: Real>(name: &str, inputs: &[T]) -> Vec<T> {
    InstructionSet::best().run(Apply(name, inputs))
}

/// The distance in units in the last place of `T` at `want`.
fn ulps<T: Real>(got: T, want: f64) -> f64 {
    let (digits, least) = if size_of::<T>() == 8 { (52, -1022) } else { (23, -126) };
    let rounded = T::from_f64(want).to_f64();
    if got.to_f64() == rounded || (got.to_f64().is_nan() && want.is_nan()) {
        return if rounded.is_finite() { (rounded - want).abs() / ulp(want, digits, least) } else { 0.0 };
    }
    let error = (got.to_f64() - want).abs() / ulp(want, digits, least);
    if error.is_nan() { f64::INFINITY } else { error }
}

fn ulp(x: f64, digits: i32, least: i32) -> f64 {
    libm::scalbn(1.0, if x == 0.0 { least } else { libm::ilogb(x).max(least) } - digits)
}

/// Numbers over all exponents and both signs, and many of the size that networks meet.
fn dense<T: Real>() -> Vec<T> {
    let spread = |i: u64| i.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let everywhere = (0..100_000).map(|i| match size_of::<T>() {
        8 => f64::from_bits(spread(i)),
        _ => f64::from(f32::from_bits((spread(i) >> 32) as u32)),
    });
    let within = |size: f64| (0..100_000).map(move |i| (spread(i) as f64 / 2.0_f64.powi(63) - 1.0) * size);
    everywhere.chain(within(1.0)).chain(within(10.0)).chain(within(760.0)).map(T::from_f64).collect()
}

fn worst_error<T: Real>(name: &str, inputs: &[T], reference: impl Fn(usize) -> f64) -> f64 {
    let mut worst = (0.0, 0);
    for (i, &got) in apply(name, inputs).iter().enumerate() {
        let error = ulps(got, reference(i));
        if error > worst.0 {
            worst = (error, i);
        }
    }
    println!("{name} {}: {:.3} ulp at {:?}", T::NAME, worst.0, inputs[worst.1]);
    worst.0
}

#[test]
fn f32_errors_are_within_the_bounds() {
    let inputs = dense::<f32>();
    for f in &FUNCTIONS {
        let worst = worst_error(f.name, &inputs, |i| (f.reference)(f64::from(inputs[i])));
        assert!(worst <= f.bounds[1], "{}: {worst} ulp", f.name);
    }
}

#[test]
fn f64_agrees_with_another_implementation() {
    let inputs = dense::<f64>();
    for f in &FUNCTIONS {
        let worst = worst_error(f.name, &inputs, |i| (f.reference)(inputs[i]));
        assert!(worst <= f.bounds[0] + f.slack, "{}: {worst} ulp", f.name);
    }
}

#[test]
fn f64_errors_at_the_correctly_rounded_table_are_within_the_bounds() {
    let bits = |hex| f64::from_bits(u64::from_str_radix(hex, 16).expect("hex digits"));
    for f in &FUNCTIONS {
        let lines = include_str!("golden.txt").lines().filter_map(|line| line.strip_prefix(f.name)?.strip_prefix(' '));
        let (inputs, wanted): (Vec<_>, Vec<_>) =
            lines.map(|line| line.split_once(' ').map(|(x, y)| (bits(x), bits(y))).expect("two numbers")).unzip();
        assert!(inputs.len() > 300, "{}", f.name);
        // The table is itself rounded, by up to half a unit.
        let worst = worst_error(f.name, &inputs, |i| wanted[i]);
        assert!(worst <= f.bounds[0] + 0.5, "{}: {worst} ulp", f.name);
    }
}
