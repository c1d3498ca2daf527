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
    Function { name: "exp_m1", reference: libm::expm1, slack: 1.0, bounds: [2.3, 1.7] },
    Function { name: "ln", reference: libm::log, slack: 1.0, bounds: [1.0, 1.0] },
    Function { name: "ln_1p", reference: libm::log1p, slack: 1.0, bounds: [1.0, 1.0] },
    Function { name: "tanh", reference: libm::tanh, slack: 2.0, bounds: [2.4, 2.1] },
    Function { name: "erf", reference: libm::erf, slack: 1.0, bounds: [2.0, 1.8] },
    Function { name: "sigmoid", reference: slow_sigmoid, slack: 2.0, bounds: [2.5, 2.5] },
    Function { name: "softplus", reference: slow_softplus, slack: 2.0, bounds: [2.0, 2.0] },
    Function { name: "sin", reference: libm::sin, slack: 1.0, bounds: [1.6, 1.6] },
    Function { name: "cos", reference: libm::cos, slack: 1.0, bounds: [1.6, 1.6] },
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

fn assert_values<T: Real>(name: &str, cases: &[(f64, f64)]) {
    let inputs: Vec<T> = cases.iter().map(|case| T::from_f64(case.0)).collect();
    for (got, &(x, want)) in apply(name, &inputs).iter().zip(cases) {
        let want = T::from_f64(want).to_f64();
        let same = got.to_f64().to_bits() == want.to_bits() || (got.to_f64().is_nan() && want.is_nan());
        assert!(same, "{name}({x}) is {got:?} in {}, not {want}", T::NAME);
    }
}

const INF: f64 = f64::INFINITY;
const NAN: f64 = f64::NAN;

#[test]
fn special_values() {
    let cases: [(&str, &[(f64, f64)]); 10] = [
        ("exp", &[(0.0, 1.0), (-0.0, 1.0), (INF, INF), (-INF, 0.0), (1e300, INF), (-1e300, 0.0), (NAN, NAN)]),
        ("exp_m1", &[(0.0, 0.0), (-0.0, -0.0), (INF, INF), (-INF, -1.0), (-1e30, -1.0), (1e-300, 1e-300), (NAN, NAN)]),
        ("ln", &[(0.0, -INF), (-0.0, -INF), (1.0, 0.0), (INF, INF), (-1.0, NAN), (-INF, NAN), (NAN, NAN)]),
        ("ln_1p", &[(0.0, 0.0), (-0.0, -0.0), (-1.0, -INF), (INF, INF), (-1.5, NAN), (-INF, NAN), (NAN, NAN)]),
        ("tanh", &[(0.0, 0.0), (-0.0, -0.0), (INF, 1.0), (-INF, -1.0), (20.0, 1.0), (1e-300, 1e-300), (NAN, NAN)]),
        ("erf", &[(0.0, 0.0), (-0.0, -0.0), (INF, 1.0), (-INF, -1.0), (6.0, 1.0), (-6.0, -1.0), (NAN, NAN)]),
        ("sigmoid", &[(0.0, 0.5), (-0.0, 0.5), (INF, 1.0), (-INF, 0.0), (40.0, 1.0), (-760.0, 0.0), (NAN, NAN)]),
        ("softplus", &[(INF, INF), (-INF, 0.0), (1e30, 1e30), (40.0, 40.0), (-760.0, 0.0), (NAN, NAN)]),
        ("sin", &[(0.0, 0.0), (-0.0, -0.0), (1e-300, 1e-300), (INF, NAN), (-INF, NAN), (NAN, NAN)]),
        ("cos", &[(0.0, 1.0), (-0.0, 1.0), (1e-300, 1.0), (INF, NAN), (-INF, NAN), (NAN, NAN)]),
    ];
    for (name, cases) in cases {
        assert_values::<f64>(name, cases);
        assert_values::<f32>(name, cases);
    }
}

#[test]
fn results_overflow_and_vanish_where_they_should() {
    let least = f64::from_bits(1);
    assert_values::<f64>("exp", &[(709.782_712_893_384, 1.797_693_134_862_273_2e308), (709.782_712_893_385, INF)]);
    assert_values::<f64>("exp", &[(-745.133_219_101_941_1, least), (-745.133_219_101_941_3, 0.0)]);
    assert_values::<f64>("sigmoid", &[(-745.133_219_101_941_1, least), (-745.133_219_101_941_3, 0.0)]);
    assert_values::<f64>("softplus", &[(-745.133_219_101_941_1, least), (-745.133_219_101_941_3, 0.0)]);
    assert_values::<f64>("ln", &[(least, -744.440_071_921_381_2), (f64::MAX, 709.782_712_893_384)]);
    assert_values::<f64>("ln_1p", &[(least, least), (f64::MAX, 709.782_712_893_384)]);

    let least = f64::from(f32::from_bits(1));
    assert_values::<f32>("exp", &[(88.722_83, 3.402_798_5e38), (88.722_84, INF)]);
    assert_values::<f32>("exp", &[(-103.972, least), (-103.973, 0.0)]);
    assert_values::<f32>("sigmoid", &[(-103.972, least), (-103.973, 0.0)]);
    assert_values::<f32>("ln", &[(least, -103.278_93), (f64::from(f32::MAX), 88.722_84)]);
    assert_values::<f32>("ln_1p", &[(least, least), (f64::from(f32::MAX), 88.722_84)]);
}

#[test]
fn a_large_lane_leaves_the_others_alone() {
    let small = apply("sin", &[0.5_f64; 8]);
    let mixed = apply("sin", &[0.5, 1e300, 0.5, 0.5, 2e9, 0.5, -1e22, 0.5]);
    assert_eq!(
        mixed,
        [small[0], libm::sin(1e300), small[0], small[0], libm::sin(2e9), small[0], -libm::sin(1e22), small[0]]
    );
}

/// Lets through the results of a function for all numbers of [`dense`], smallest first.
fn over_sorted<T: Real>(name: &str, mut check: impl FnMut(f64, f64)) {
    let mut inputs: Vec<T> = dense::<T>().into_iter().filter(|x| !x.to_f64().is_nan()).collect();
    inputs.sort_by(|a, b| a.to_f64().total_cmp(&b.to_f64()));
    for (x, y) in inputs.iter().zip(apply(name, &inputs)) {
        check(x.to_f64(), y.to_f64());
    }
}

fn symmetries_and_ranges<T: Real>() {
    for name in ["tanh", "erf", "sin"] {
        let positive = dense::<T>();
        let negative: Vec<T> = positive.iter().map(|x| T::from_f64(-x.to_f64())).collect();
        for (y, z) in apply(name, &positive).iter().zip(apply(name, &negative)) {
            assert!(y.to_f64() == -z.to_f64() || z.to_f64().is_nan(), "{name} is not odd: {y:?} and {z:?}");
            assert!(y.to_f64().is_nan() || y.to_f64().abs() <= 1.0, "{name} gives {y:?}");
        }
    }
    over_sorted::<T>("sigmoid", |x, y| assert!((0.0..=1.0).contains(&y), "sigmoid({x}) = {y}"));
    over_sorted::<T>("softplus", |x, y| assert!(y >= x.max(0.0), "softplus({x}) = {y}"));
    over_sorted::<T>("exp_m1", |x, y| assert!(y >= -1.0 && (y < 0.0) == (x < 0.0), "exp_m1({x}) = {y}"));
    // Rising, but for the last places that the error bounds allow.
    for f in FUNCTIONS.iter().filter(|f| !["ln", "ln_1p", "sin", "cos"].contains(&f.name)) {
        let mut highest = f64::NEG_INFINITY;
        let fall = if size_of::<T>() == 8 { 1e-15 } else { 6e-7 };
        over_sorted::<T>(f.name, |x, y| {
            assert!(y >= highest || y >= highest - fall * highest.abs(), "{}({x}) = {y} is below {highest}", f.name);
            highest = highest.max(y);
        });
    }
}

#[test]
fn symmetries_and_ranges_hold() {
    symmetries_and_ranges::<f64>();
    symmetries_and_ranges::<f32>();
}

fn same_on_every_set<T: Real>(numbers: &[f64]) -> Result<(), TestCaseError> {
    let inputs: Vec<T> = numbers.iter().map(|&x| T::from_f64(x)).collect();
    for f in &FUNCTIONS {
        let on = |set: InstructionSet| -> Vec<u64> {
            let outputs = set.run(Apply(f.name, &inputs));
            // Which NaN comes out is not specified.
            let bits = |y: f64| if y.is_nan() { u64::MAX } else { y.to_bits() };
            outputs.iter().map(|y| bits(y.to_f64())).collect()
        };
        let portable = on(InstructionSet::Portable);
        for set in InstructionSet::available() {
            prop_assert_eq!(&portable, &on(set), "{} {} on {}", f.name, T::NAME, set.name());
        }
    }
    Ok(())
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => -10.0..10.0,
        2 => -760.0..760.0,
        2 => any::<f64>(),
        2 => any::<f32>().prop_map(f64::from),
        1 => prop::sample::select(vec![0.0, -0.0, -1.0, 1.0, 1e5, 1e9, INF, -INF, NAN, 5e-324, 1e-45]),
    ]
}

proptest! {
    #[test]
    fn every_function_gives_the_same_bits_on_every_instruction_set(
        numbers in prop::collection::vec(number(), 64)
    ) {
        same_on_every_set::<f64>(&numbers)?;
        same_on_every_set::<f32>(&numbers)?;
    }
}
