use super::*;
use crate::simd::Real;
use proptest::prelude::*;
use std::f64::consts::{FRAC_1_SQRT_2, PI};

/// The textbook's formula, for the eye.
fn textbook(activation: Activation, z: f64) -> f64 {
    let sigmoid = |z: f64| 1.0 / (1.0 + libm::exp(-z));
    match activation {
        Activation::Identity => z,
        Activation::Relu => z.max(0.0),
        Activation::LeakyRelu(slope) | Activation::Prelu(slope) => {
            if z > 0.0 {
                z
            } else {
                slope * z
            }
        }
        Activation::Elu => {
            if z > 0.0 {
                z
            } else {
                libm::expm1(z)
            }
        }
        Activation::Selu => SELU_SCALE * if z > 0.0 { z } else { SELU_ALPHA * libm::expm1(z) },
        Activation::Gelu => 0.5 * z * libm::erfc(-z * FRAC_1_SQRT_2),
        Activation::Silu => z * sigmoid(z),
        Activation::Tanh => libm::tanh(z),
        Activation::Sigmoid => sigmoid(z),
        Activation::Softplus => libm::log1p(libm::exp(z)),
        Activation::Sin => libm::sin(z),
        Activation::Relu6 => z.clamp(0.0, 6.0),
        Activation::HardTanh => z.clamp(-1.0, 1.0),
        Activation::HardSigmoid => (z / 6.0 + 0.5).clamp(0.0, 1.0),
        Activation::HardSwish => z * (z / 6.0 + 0.5).clamp(0.0, 1.0),
        Activation::Softsign => z / (1.0 + z.abs()),
        Activation::Mish => z * libm::tanh(libm::log1p(libm::exp(z))),
        Activation::GeluTanh => 0.5 * z * (1.0 + libm::tanh((2.0 / PI).sqrt() * (z + 0.044_715 * z * z * z))),
        Activation::Celu(alpha) => {
            if z > 0.0 {
                z
            } else {
                alpha * libm::expm1(z / alpha)
            }
        }
        Activation::LogSigmoid => -libm::log1p(libm::exp(-z)),
        Activation::TanhShrink => z - libm::tanh(z),
        Activation::SoftShrink(bound) => {
            if z.abs() > bound {
                z - bound.copysign(z)
            } else {
                0.0
            }
        }
        Activation::HardShrink(bound) => {
            if z.abs() > bound {
                z
            } else {
                0.0
            }
        }
        Activation::Threshold(threshold) => {
            if z > threshold {
                z
            } else {
                0.0
            }
        }
        Activation::Squareplus => 0.5 * (z + libm::sqrt(z * z + 4.0)),
        Activation::Exp => libm::exp(z),
        Activation::SparsePlus => {
            if z > 1.0 {
                z
            } else {
                0.25 * (z + 1.0).max(0.0).powi(2)
            }
        }
        Activation::SparseSigmoid => (0.5 * (z + 1.0)).clamp(0.0, 1.0),
    }
}

/// The textbook's slope at `z`, by differences within its piece.
fn textbook_slope(activation: Activation, z: f64) -> f64 {
    let h = 1e-5_f64.min(z.abs() / 2.0);
    (textbook(activation, z + h) - textbook(activation, z - h)) / (2.0 * h)
}

fn any_activation() -> impl Strategy<Value = Activation> {
    prop_oneof![prop::sample::select(Activation::all_over()), (-1e3..1e3).prop_map(Activation::LeakyRelu)]
}

proptest! {
    #[test]
    fn values_are_the_textbooks_and_slopes_their_differences(z in -20.0..20.0, activation in any_activation()) {
        let (value, slope) = activation.at(z);
        let many = activation.of(&[z; 9]);
        prop_assert!(many.0.iter().all(|&other| other == value) && many.1.iter().all(|&other| other == slope));
        let expected = textbook(activation, z);
        prop_assert!((value - expected).abs() <= 1e-14 * (1.0 + expected.abs()), "{activation}: {value}");
        let h = 1e-5;
        prop_assume!([0.0].iter().chain(&activation.kinks()).all(|kink| (z - kink).abs() > h));
        let difference = textbook_slope(activation, z);
        prop_assert!((slope - difference).abs() < 1e-9 * (1.0 + expected.abs() + difference.abs()), "{activation}: {slope}");
        let slopes = activation.of(&[z - h, z, z + h]).1;
        let difference = (slopes[2] - slopes[0]) / (2.0 * h);
        let bend = activation.bends(&[Block([z; 8])], &[Block([slope; 8])]).map_or(0.0, |bends| bends[0].0[3]);
        prop_assert!((bend - difference).abs() < 1e-8 * (1.0 + difference.abs()), "{activation}: {bend}");
    }

    #[test]
    fn names_read_back(activation in any_activation()) {
        prop_assert_eq!(activation.to_string().parse::<Activation>().unwrap(), activation);
    }
}

/// Whatever the grammar knows is among those that everything is tested with, and so are both signs of a parameter.
#[test]
fn no_name_of_the_grammar_is_left_out() {
    let all = Activation::all_over();
    for name in Activation::NAMES {
        let (stem, has_parameter) = name.split_once(':').map_or((*name, false), |(stem, _)| (stem, true));
        let of_name = |text: &str| text.split(':').next() == Some(stem);
        let found: Vec<String> = all.iter().map(ToString::to_string).filter(|text| of_name(text)).collect();
        assert!(Activation::ALL.iter().any(|one| of_name(&one.to_string())), "{name} is not in ALL");
        if has_parameter {
            let has_sign = |minus: bool| found.iter().any(|text| text.contains(":-") == minus);
            let refuses_minus = format!("{stem}:-0.5").parse::<Activation>().is_err();
            assert!((has_sign(true) || refuses_minus) && has_sign(false), "{found:?}");
        } else {
            assert_eq!(found, [stem]);
        }
    }
}

/// One unit on each side of its kink, all over the range of every activation, in both precisions: the gradient that comes
/// back through it is its textbook slope.
#[test]
fn gradients_come_back_by_the_slope_of_the_side_that_values_came_from() {
    fn returned<T: Real>(activation: Activation, z: f64) -> f64 {
        struct Back<'a, T: Real>(Activation, &'a mut [T::Block; 3]);
        impl<T: Real> Kernel for Back<'_, T> {
            type Output = ();

            #[inline(always)]
            fn run<I: Isa>(self) {
                let [values, slopes, delta] = self.1.each_mut().map(std::slice::from_mut);
                let kept = if self.0.keeps_slope() { slopes } else { &mut [] };
                self.0.forward::<T, I>(values, kept);
                self.0.backward::<T, I>(delta, values, kept);
            }
        }
        let mut blocks = [T::ZEROS; 3];
        blocks[0].as_mut().fill(T::from_f64(z));
        blocks[2].as_mut().fill(T::from_f64(1.0));
        InstructionSet::best().run(Back::<T>(activation, &mut blocks));
        blocks[2].as_ref()[0].to_f64()
    }
    for activation in Activation::all_over() {
        let kinks = activation.kinks();
        let points = [-9.0, -2.5, -1.5, -1.0, -0.25, -1e-3, 1e-3, 0.25, 1.0, 1.5, 2.5, 9.0];
        for z in points.into_iter().filter(|z| !kinks.contains(z)) {
            let slope = textbook_slope(activation, z);
            let (wide, narrow) = (returned::<f64>(activation, z), returned::<f32>(activation, z));
            assert!((wide - slope).abs() < 1e-8 * (1.0 + slope.abs()), "{activation} at {z}: {wide} is not {slope}");
            assert!(
                (narrow - slope).abs() < 1e-5 * (1.0 + slope.abs()),
                "{activation} at {z}: {narrow} is not {slope}"
            );
        }
    }
}

#[test]
fn slopes_that_make_no_numbers_are_refused() {
    assert!("leaky-relu:-1e30".parse::<Activation>().is_ok());
    for text in [
        "leaky-relu:1e31",
        "leaky-relu:-1e300",
        "leaky-relu:inf",
        "leaky-relu:nan",
        "celu:0",
        "celu:-1",
        "celu:1e31",
        "soft-shrink:-0.5",
        "hard-shrink:-0.5",
        "hard-shrink:1e-9",
        "threshold",
        "threshold:-1e31",
    ] {
        assert!(text.parse::<Activation>().is_err(), "{text}");
    }
}

#[test]
fn nothing_swallows_nan_and_the_ends_are_the_limits() {
    for activation in Activation::all_over() {
        assert!(activation.at(f64::NAN).0.is_nan(), "{activation}");
        if activation != Activation::Sin {
            let (low, high) = (activation.at(-f64::MAX).0, activation.at(f64::MAX).0);
            assert!(!low.is_nan() && !high.is_nan(), "{activation}: {low} {high}");
        }
    }
    assert_eq!(Activation::Gelu.at(-1e3), (0.0, 0.0));
    assert_eq!(Activation::Silu.at(f64::NEG_INFINITY).0, 0.0);
    assert_eq!(Activation::GeluTanh.at(-1e200), (0.0, 0.0));
    assert_eq!(Activation::GeluTanh.at(1e200), (1e200, 1.0));
    assert_eq!(Activation::Squareplus.at(-1e200), (1e-200, 0.0));
    assert_eq!(Activation::Squareplus.at(1e200), (1e200, 1.0));
    assert_eq!(Activation::Threshold(-1.0).at(f64::NEG_INFINITY), (0.0, 0.0));
}

#[test]
fn no_slope_is_steeper_than_the_steepest() {
    for activation in Activation::all_over() {
        // Some are as steep as that far out only.
        let far = [-1e6, 1e6].into_iter().filter(|_| activation != Activation::Exp);
        let low = if activation == Activation::Exp { 0 } else { 40_000 };
        let z: Vec<f64> = (-40_000..=low).map(|i| f64::from(i) * 5e-4).chain(far).collect();
        let largest = activation.of(&z).1.into_iter().fold(0.0, |largest: f64, slope| largest.max(slope.abs()));
        assert!((largest / activation.steepest() - 1.0).abs() < 1e-6, "{activation}: {largest}");
    }
}

#[test]
fn the_slope_at_a_kink_is_that_of_the_left() {
    assert_eq!(Activation::Relu.at(0.0), (0.0, 0.0));
    assert_eq!(Activation::LeakyRelu(0.1).at(0.0), (0.0, 0.1));
    assert_eq!(Activation::LeakyRelu(-0.1).at(0.0), (0.0, -0.1));
    assert_eq!(Activation::HardSwish.at(-3.0), (0.0, 0.0));
    assert_eq!(Activation::HardSwish.at(3.0), (3.0, 1.5));
}

/// As `PyTorch` has it; from the value alone the two sides cannot be told apart.
#[test]
fn what_is_cut_off_has_no_slope_where_it_ends() {
    for (activation, ends) in [
        (Activation::Relu6, [(0.0, 0.0), (6.0, 6.0)]),
        (Activation::HardTanh, [(-1.0, -1.0), (1.0, 1.0)]),
        (Activation::HardSigmoid, [(-3.0, 0.0), (3.0, 1.0)]),
        (Activation::SparseSigmoid, [(-1.0, 0.0), (1.0, 1.0)]),
        (Activation::SoftShrink(0.5), [(-0.5, 0.0), (0.5, 0.0)]),
        (Activation::HardShrink(0.5), [(-0.5, 0.0), (0.5, 0.0)]),
        (Activation::Threshold(0.5), [(0.0, 0.0), (0.5, 0.0)]),
        (Activation::Threshold(-0.5), [(-1.0, 0.0), (-0.5, 0.0)]),
    ] {
        for (z, value) in ends {
            assert_eq!(activation.at(z), (value, 0.0), "{activation}");
        }
    }
}

/// Near 0 the difference of `z` and `tanh(z)` would have no digits.
#[test]
fn tanh_shrink_keeps_its_digits_near_0() {
    for z in [1e-100, 1e-5, 0.01, 0.1, 0.1249] {
        let series = z * z * z / 3.0 * (1.0 - 0.4 * z * z * (1.0 - 17.0 / 42.0 * z * z * (1.0 - 62.0 / 153.0 * z * z)));
        let (value, slope) = Activation::TanhShrink.at(z);
        assert!((value / series - 1.0).abs() < 0.03 * z.powi(8) + 1e-15, "{z}: {value} is not {series}");
        assert!((slope / (z * z) - 1.0).abs() < z * z, "{z}: {slope}");
    }
}

#[test]
fn celu_of_alpha_1_is_elu() {
    assert_eq!(["celu", "CELU", "celu:1", "nn.CELU()"].map(str::parse), [const { Ok(Activation::Elu) }; 4]);
    assert_eq!("celu:2".parse(), Ok(Activation::Celu(2.0)));
}
