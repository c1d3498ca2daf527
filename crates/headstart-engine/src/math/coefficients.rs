//! Polynomials and split constants for each precision. Made by `bench/coefficients.py`: change them there.

// Digits that nobody reads, among them some of famous numbers.
#![allow(clippy::approx_constant, clippy::excessive_precision, clippy::unreadable_literal)]

use super::Coefficients;

impl Coefficients for f64 {
    // Truncation: 0.004 ulp.
    const EXP: &'static [Self] = &[
        0.5,
        0.16666666666666677,
        0.0416666666666667,
        0.008333333333321709,
        0.0013888888888871052,
        0.0001984126988504951,
        2.4801587323952475e-05,
        2.7557245935344065e-06,
        2.7557299921403517e-07,
        2.510828644330774e-08,
        2.0899829734653467e-09,
    ];
    // Truncation: 0.011 ulp.
    const LN: &'static [Self] = &[
        0.6666666666666734,
        0.3999999999941653,
        0.2857142874206929,
        0.22222198599544551,
        0.181835631932626,
        0.15314074856606372,
        0.14795744323929985,
    ];
    // Truncation: 0.031 ulp.
    const SIN: &'static [Self] = &[
        -0.16666666666666632,
        0.008333333333322486,
        -0.0001984126982985337,
        2.7557313705065234e-06,
        -2.505075988933906e-08,
        1.5896886472955385e-10,
    ];
    // Truncation: 0.000 ulp.
    const COS: &'static [Self] = &[
        0.0416666666666666,
        -0.001388888888887447,
        2.4801587289666912e-05,
        -2.755731439926899e-07,
        2.0875728994745866e-09,
        -1.1359917349426967e-11,
    ];
    // Truncation: 0.200 ulp.
    const ERF_SLOPE: Self = 1.1283791670955126;
    const ERF: &'static [Self] = &[
        1.533545961316588e-17,
        0.6366197723675876,
        0.10277260330144491,
        -0.01912844699537887,
        -0.00020919483111570198,
        0.0016962075252395315,
        -0.0005901318040748559,
        2.590255693796869e-05,
        6.4424946027957e-05,
        -2.9583507949025853e-05,
        3.1803217127069636e-06,
        3.121597908842284e-06,
        -2.0275729539455233e-06,
        5.641435102479306e-07,
        -8.206584618200915e-09,
        -6.724345283973827e-08,
        3.510285929692805e-08,
        -1.0913524375043157e-08,
        2.390006531826873e-09,
        -3.8078761989503733e-10,
        4.357101703107091e-11,
        -3.409153412171279e-12,
        1.6372383101820005e-13,
        -3.6440047351368816e-15,
    ];
    const LN_2: [Self; 2] = [0.6931471805599453, 2.3190468138462996e-17];
    const HALF_PI: [Self; 3] = [1.5707963267948966, 6.123233995736766e-17, -1.4973849048591698e-33];
    const ROUNDER: Self = 6755399441055744.0;
    const FAR: Self = 750.0;
    const MANY_TURNS: Self = 1e9;

    fn slow_sin_cos(self) -> (Self, Self) {
        libm::sincos(self)
    }
}

impl Coefficients for f32 {
    // Truncation: 0.237 ulp.
    const EXP: &'static [Self] = &[0.49999997, 0.16666539, 0.041667745, 0.008367057, 0.0013839419];
    // Truncation: 0.014 ulp.
    const LN: &'static [Self] = &[0.66666776, 0.3997758, 0.29870927];
    // Truncation: 0.069 ulp.
    const SIN: &'static [Self] = &[-0.16666654, 0.008332102, -0.00019506847];
    // Truncation: 0.002 ulp.
    const COS: &'static [Self] = &[0.041666646, -0.0013887301, 2.443067e-05];
    // Truncation: 0.009 ulp.
    const ERF_SLOPE: Self = 1.1283792;
    const ERF: &'static [Self] = &[
        -5.8635383e-08,
        0.6366198,
        0.10277161,
        -0.01911927,
        -0.00024928933,
        0.0017943089,
        -0.00073677074,
        0.00016573837,
        -2.0943799e-05,
        1.1537068e-06,
    ];
    const LN_2: [Self; 2] = [0.6931472, -1.9046542e-09];
    const HALF_PI: [Self; 3] = [1.5707964, -4.371139e-08, -1.7151245e-15];
    const ROUNDER: Self = 12582912.0;
    const FAR: Self = 105.0;
    const MANY_TURNS: Self = 1e5;

    fn slow_sin_cos(self) -> (Self, Self) {
        libm::sincosf(self)
    }
}
