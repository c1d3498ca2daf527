//! Means under the normal distribution against closed forms and sums.

use super::*;

fn close(ours: f64, exact: f64, within: f64) {
    assert!((ours - exact).abs() <= within * exact.abs().max(1e-3), "{ours} is not {exact}");
}

#[test]
fn the_rule_integrates_polynomials_up_to_its_degree() {
    for power in [0, 2, 10, 30] {
        let integral: f64 = legendre().iter().map(|(x, w)| w * x.powi(power)).sum();
        close(integral, 2.0 / (f64::from(power) + 1.0), 1e-14);
    }
}

#[test]
fn averages_have_their_closed_forms() {
    for q in [1e-6, 0.01, 0.7, 1.0, 30.0, 1e4] {
        let relu = averages(Activation::Relu, q);
        close(relu.square, q / 2.0, 1e-13);
        close(relu.variation, 5.0, 1e-13);
        close(relu.slope_square, 0.5, 1e-13);
        close(relu.growth, 0.5, 1e-13);
        close(relu.value, (q / (2.0 * PI)).sqrt(), 1e-13);
        let sin = averages(Activation::Sin, q);
        close(sin.square, -0.5 * libm::expm1(-2.0 * q), 1e-11);
        close(sin.slope_square, 0.5 * (1.0 + libm::exp(-2.0 * q)), 1e-11);
        close(sin.growth, libm::exp(-2.0 * q), 1e-10);
        // E[sigmoid] is one half at any variance.
        close(averages(Activation::Sigmoid, q).value, 0.5, 1e-13);
    }
}

/// Golden values of mpmath, 30 digits: `E[phi^2]`, `E[phi'^2]` and the growth at a standard deviation.
#[test]
#[rustfmt::skip]
fn averages_are_those_of_mpmath_whatever_the_size_of_the_signal() {
    let golden = [
        (Activation::Tanh, 1e-3, [9.999980000056665e-07, 0.999998000007, 0.999996000017]),
        (Activation::Tanh, 1.0, [0.39429449039784115, 0.46440290244826826, 0.18179768814048708]),
        (Activation::Tanh, 7.0, [0.8869566728485196, 0.07574043233312008, 0.0011346426963995703]),
        (Activation::Tanh, 1e3, [0.9992021157673138, 0.0005319229547714459, 3.989417882268303e-10]),
        (Activation::Tanh, 1e10, [0.9999999999202115, 5.3192304053524355e-11, 3.989422804014327e-31]),
        (Activation::Sigmoid, 1e-3, [0.25000006249996876, 0.06249996875002734, 0.0624999375000664]),
        (Activation::Sigmoid, 1.0, [0.29337903585809294, 0.04483624135019437, 0.031198241979629598]),
        (Activation::Sigmoid, 7.0, [0.4447991544101606, 0.009376472584102959, 0.0005289949573891848]),
        (Activation::Sigmoid, 1e3, [0.4996010583758301, 6.649033718504392e-05, 1.9947015585576185e-10]),
        (Activation::Sigmoid, 1e10, [0.49999999996010575, 6.649038006690544e-12, 1.9947114020071634e-31]),
        (Activation::Gelu, 1e-3, [2.500004774640335e-07, 0.25000063661849914, 0.25000095492727126]),
        (Activation::Gelu, 1.0, [0.4252214825702987, 0.4558508656492871, 0.48648024872827555]),
        (Activation::Gelu, 7.0, [24.47389475432215, 0.5073842904683137, 0.500252611302077]),
        (Activation::Gelu, 1e3, [499999.9998124343, 0.5000562695399918, 0.5000000000937825]),
        (Activation::Gelu, 1e10, [5.0e19, 0.5000000000056269, 0.5]),
        (Activation::Silu, 1e-3, [2.5000018749984376e-07, 0.25000024999975, 0.25000037499953126]),
        (Activation::Silu, 1.0, [0.35577551981735217, 0.3794823516328293, 0.4171802591317189]),
        (Activation::Silu, 7.0, [24.335392351480735, 0.5083391682363225, 0.5012738658048743]),
        (Activation::Silu, 1e3, [499999.9986875416, 0.5000857623112095, 0.5000000006562202]),
        (Activation::Silu, 1e10, [5.0e19, 0.5000000000085764, 0.5]),
        (Activation::Softplus, 1e-3, [0.48045343720502176, 0.25000006249996876, 0.42328684556825064]),
        (Activation::Softplus, 1.0, [0.9212459088593002, 0.29337903585809294, 0.4533019724796301]),
        (Activation::Softplus, 7.0, [24.630627466093703, 0.4447991544101606, 0.49878617547642645]),
        (Activation::Softplus, 1e3, [500000.00095910026, 0.4996010583758301, 0.49999999952045227]),
        (Activation::Softplus, 1e10, [5.0e19, 0.49999999996010575, 0.5]),
        (Activation::Selu, 1e-3, [2.0949794386491178e-06, 2.094979824192309, 2.0937490435056008]),
        (Activation::Selu, 1.0, [1.0, 1.0715749924557993, 0.7826478831968129]),
        (Activation::Selu, 7.0, [28.33489628411387, 0.6396218977105839, 0.5544956051785452]),
        (Activation::Selu, 1e3, [551987.8260218953, 0.5526028302594281, 0.5519862833397093]),
        (Activation::Selu, 1e10, [5.519862824148908e+19, 0.5519862824765456, 0.5519862824148908]),
        (Activation::Elu, 1e-3, [9.992029896419578e-07, 0.9992031143763502, 0.9988049211660202]),
        (Activation::Elu, 1.0, [0.6449454174929239, 0.6681020012231706, 0.5746257105812178]),
        (Activation::Elu, 7.0, [24.916565695646263, 0.528352660527343, 0.5008118386141454]),
        (Activation::Elu, 1e3, [500000.49940158735, 0.500199471090333, 0.5000000002992055]),
        (Activation::Elu, 1e10, [5.0e19, 0.5000000000199472, 0.5]),
        (Activation::GeluTanh, 1e-2, [2.5004773848711646e-05, 0.2500636491843579, 0.2500954689797448]),
        (Activation::GeluTanh, 1.0, [0.42519371103309944, 0.4558178459629506, 0.4865484263153861]),
        (Activation::GeluTanh, 7.0, [24.474053570676894, 0.5073983372323072, 0.5002513222111744]),
        (Activation::LogSigmoid, 1e-2, [0.48049534284984463, 0.2500062496875221, 0.42329183760081135]),
        (Activation::LogSigmoid, 1.0, [0.9212459088593002, 0.29337903585809294, 0.4533019724796301]),
        (Activation::LogSigmoid, 7.0, [24.630627466093703, 0.4447991544101606, 0.49878617547642645]),
        (Activation::TanhShrink, 1e-2, [1.6657338410323757e-12, 2.998001259152623e-08, 4.9962692048611184e-08]),
        (Activation::TanhShrink, 1.0, [0.18288347119352352, 0.2529918832439506, 0.3339820452171436]),
        (Activation::TanhShrink, 7.0, [38.808710612003445, 0.8496537780301594, 0.8862429726405968]),
        (Activation::Squareplus, 1e-2, [1.00005, 0.25000624953130857, 0.5]),
        (Activation::Squareplus, 1.0, [1.5, 0.2893153853559728, 0.5]),
        (Activation::Squareplus, 7.0, [25.5, 0.42772064922512043, 0.5]),
        (Activation::Softsign, 1e-3, [9.968174362992538e-07, 0.99681842994605, 0.9952306290286169]),
        (Activation::Softsign, 1.0, [0.18301402126654756, 0.22767134042218257, 0.08724489966081682]),
        (Activation::Softsign, 7.0, [0.6070258464037306, 0.037701295286334334, 0.002124283641846536]),
        (Activation::Mish, 1e-3, [3.600002495995569e-07, 0.3600003519992957, 0.36000049919867044]),
        (Activation::Mish, 1.0, [0.45234219237588286, 0.4790837583739698, 0.486873459932142]),
        (Activation::Mish, 7.0, [24.478376267471912, 0.5097733690295826, 0.5002023196936664]),
        (Activation::Mish, 1e3, [499999.9998420684, 0.5000740818015932, 0.5000000000789656]),
        (Activation::HardSwish, 1e-3, [2.500000833333333e-07, 0.25000011111111115, 0.25000016666666663]),
        (Activation::HardSwish, 1.0, [0.33156737513790774, 0.3585315171786053, 0.4058120286420935]),
        (Activation::HardSwish, 7.0, [24.40135142525356, 0.5249627565579756, 0.5009283017449537]),
        (Activation::HardSwish, 1e3, [499999.99928190536, 0.5001994698835348, 0.500000000359046]),
    ];
    for (activation, sd, expected) in golden {
        let here = averages(activation, sd * sd);
        for (found, expected) in [here.square, here.slope_square, here.growth].into_iter().zip(expected) {
            assert!((found / expected - 1.0_f64).abs() < 1e-11, "{activation} {sd}: {found} is not {expected}");
        }
    }
}

/// From the least to the largest variance there is: the ends and the jumps between them, by hand.
#[test]
fn averages_hold_to_the_ends_of_the_numbers() {
    for sd in [1e-152, 1e-150, 1e-80, 1e15, 1e80, 1e150, 1e152] {
        let q = sd * sd;
        // A slope of 1000 has squares that are no numbers any more.
        let is_mild = |activation: &Activation| !matches!(activation, Activation::LeakyRelu(slope) | Activation::Prelu(slope) if slope.abs() > 2.0);
        for activation in Activation::all_over().into_iter().filter(is_mild) {
            let here = averages(activation, q);
            let all = [here.value, here.square, here.variation, here.slope_square, here.growth];
            // The exponential leaves the numbers, and what is flat at 0 has nothing to say of the smallest.
            if activation == Activation::Exp && sd > 1.0 {
                assert_eq!(here.square, f64::INFINITY);
                continue;
            }
            let is_silent = sd < 1.0 && activation.at(sd).1 < 1e-100;
            let has_size = if is_silent { here.square == 0.0 } else { here.square > 0.0 };
            assert!(all.iter().all(|x| x.is_finite()) && has_size, "{activation} {sd}: {here:?}");
            if sd < 1.0 && !is_silent {
                let [right, left] = [1e-300, -1e-300].map(|z| activation.at(z).1);
                close(here.slope_square / (0.5 * (right * right + left * left)), 1.0, 1e-12);
            }
        }
        let of = |activation| averages(activation, q);
        close(of(Activation::Relu).square / q, 0.5, 1e-13);
        close(of(Activation::Relu).variation, 5.0, 1e-12);
        if sd > 1.0 {
            // The integrals of the squared slopes, 4/3 and 1/6, times the density at 0.
            let density = 1.0 / (2.0 * PI).sqrt() / sd;
            close(of(Activation::Tanh).slope_square / density, 4.0 / 3.0, 1e-12);
            close(of(Activation::Sigmoid).slope_square / density, 1.0 / 6.0, 1e-12);
            close(of(Activation::Tanh).square, 1.0, 1e-12);
            close(of(Activation::Gelu).slope_square, 0.5, 1e-12);
            close(of(Activation::Sin).square, 0.5, 1e-15);
        }
    }
}

/// Pieces of lines, by the moments of the normal distribution between their kinks.
#[test]
fn averages_of_what_is_cut_off_have_their_closed_forms() {
    let density = |z: f64| libm::exp(-0.5 * z * z) / (2.0 * PI).sqrt();
    let below = |z: f64| 0.5 * libm::erfc(-z / 2.0_f64.sqrt());
    for sd in [0.05, 0.4, 1.0, 3.0, 50.0] {
        // E[z^2] between -k and k, and the share there.
        let inside = |k: f64| (2.0 * below(k) - 1.0 - 2.0 * k * density(k), 2.0 * below(k) - 1.0);
        let (moment, share) = inside(1.0 / sd);
        let tanh = averages(Activation::HardTanh, sd * sd);
        close(tanh.square, sd * sd * moment + 1.0 - share, 1e-11);
        close(tanh.slope_square, share, 1e-11);
        close(tanh.growth, moment, 1e-11);
        let (moment, share) = inside(3.0 / sd);
        let sigmoid = averages(Activation::HardSigmoid, sd * sd);
        close(sigmoid.value, 0.5, 1e-12);
        close(sigmoid.square, sd * sd * moment / 36.0 + 0.25 * share + 0.5 * (1.0 - share), 1e-11);
        close(sigmoid.slope_square, share / 36.0, 1e-11);
        let (moment, share) = inside(6.0 / sd);
        let relu6 = averages(Activation::Relu6, sd * sd);
        close(relu6.square, 0.5 * sd * sd * moment + 18.0 * (1.0 - share), 1e-11);
        close(relu6.slope_square, 0.5 * share, 1e-11);
    }
}

/// Where pairs are those of the ends of an activation, they are what the rules find, as near as these still go.
#[test]
fn pairs_of_large_signals_are_those_of_the_ends() {
    let all = [Activation::LeakyRelu(-0.5), Activation::Elu, Activation::Selu, Activation::Gelu, Activation::Softplus];
    let new = [
        Activation::GeluTanh,
        Activation::Celu(2.0),
        Activation::LogSigmoid,
        Activation::TanhShrink,
        Activation::SoftShrink(0.5),
        Activation::Squareplus,
        Activation::SparsePlus,
        Activation::SparseSigmoid,
    ];
    let more =
        [Activation::Relu6, Activation::HardTanh, Activation::HardSigmoid, Activation::HardSwish, Activation::Mish];
    for activation in all.into_iter().chain([Activation::Tanh, Activation::Sigmoid]).chain(more).chain(new) {
        for c in [-0.6, 0.0, 0.8] {
            let q = 1e6;
            let (rules, ends) = (pair_averages(activation, q, c), of_ends(activation, q, c));
            close(ends.values / rules.values.abs().max(1.0), rules.values / rules.values.abs().max(1.0), 1e-2);
            close(ends.slopes / rules.slopes, 1.0, 1e-2);
        }
    }
}

#[test]
fn selu_keeps_mean_zero_and_variance_one() {
    let selu = averages(Activation::Selu, 1.0);
    assert!(selu.value.abs() < 1e-14);
    close(selu.square, 1.0, 1e-14);
}

/// The arc-cosine kernels of Cho and Saul 2009, eqs. 6 and 7; for sin the kernel by characteristic functions.
#[test]
fn averages_of_pairs_have_their_closed_forms() {
    for c in [-1.0, -0.9, 0.0, 0.4, 0.999, 0.999_999, 1.0] {
        for q in [0.2, 7.0, 1e14] {
            let angle = libm::acos(c);
            let relu = pair_averages(Activation::Relu, q, c);
            close(relu.slopes, (PI - angle) / (2.0 * PI), 1e-11);
            close(relu.values, q * ((1.0 - c * c).sqrt() + (PI - angle) * c) / (2.0 * PI), 1e-11);
            if q > 10.0 {
                continue;
            }
            let sin = pair_averages(Activation::Sin, q, c);
            close(sin.values, libm::exp(-q) * libm::sinh(q * c), 1e-11);
            close(sin.slopes, libm::exp(-q) * libm::cosh(q * c), 1e-11);
        }
    }
}

#[test]
fn equal_pairs_are_single_ones_and_the_error_is_small() {
    for activation in Activation::ALL {
        for q in [1e-3, 1.0, 14.0, 300.0] {
            let (single, pair) = (averages(activation, q), pair_averages(activation, q, 1.0));
            assert!(single.error < 1e-11, "{activation} {q}: {}", single.error);
            close(pair.values, single.square, 1e-11);
            close(pair.slopes, single.slope_square, 1e-11);
            // The derivative by the variance, by a difference.
            // Exponentials bend too much for it.
            if activation == Activation::Exp && q > 1.0 {
                continue;
            }
            let h = 1e-4 * q;
            let [low, high] = [q - h, q + h].map(|q| averages(activation, q).square);
            close(single.growth, (high - low) / (2.0 * h), 1e-6);
        }
    }
}
