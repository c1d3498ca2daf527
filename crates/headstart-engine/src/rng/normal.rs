//! The normal distribution function and its inverse.

/// The probability that a standard normal number is at most `x`, with full relative accuracy in the lower tail.
pub fn normal_cdf(x: f64) -> f64 {
    0.5 * libm::erfc(-x * std::f64::consts::FRAC_1_SQRT_2)
}

/// The number below which a standard normal number is with probability `p` in (0, 1).
///
/// Relative error about 1e-16 (Wichura 1988, "Algorithm AS 241: The percentage points of the normal distribution",
/// PPND16). At 0 and 1 infinite, beyond them NaN.
pub fn normal_quantile(p: f64) -> f64 {
    let q = p - 0.5;
    if q.abs() <= 0.425 {
        let r = 0.180_625 - q * q;
        return q * ratio(&CENTRE, r);
    }
    let tail = if q < 0.0 { p } else { 1.0 - p };
    if tail <= 0.0 {
        return if tail == 0.0 { f64::INFINITY.copysign(q) } else { f64::NAN };
    }
    let r = (-pxfm::f_log(tail)).sqrt();
    let x = if r <= 5.0 { ratio(&TAIL, r - 1.6) } else { ratio(&FAR_TAIL, r - 5.0) };
    x.copysign(q)
}

/// Coefficients of a rational function, lowest first: numerator and denominator.
type Rational = [[f64; 8]; 2];

fn ratio([above, below]: &Rational, x: f64) -> f64 {
    let polynomial = |coefficients: &[f64; 8]| coefficients.iter().rev().fold(0.0, |sum, c| sum * x + c);
    polynomial(above) / polynomial(below)
}

#[allow(clippy::unreadable_literal, clippy::excessive_precision)]
const CENTRE: Rational = [
    [
        3.3871328727963666080e0,
        1.3314166789178437745e2,
        1.9715909503065514427e3,
        1.3731693765509461125e4,
        4.5921953931549871457e4,
        6.7265770927008700853e4,
        3.3430575583588128105e4,
        2.5090809287301226727e3,
    ],
    [
        1.0,
        4.2313330701600911252e1,
        6.8718700749205790830e2,
        5.3941960214247511077e3,
        2.1213794301586595867e4,
        3.9307895800092710610e4,
        2.8729085735721942674e4,
        5.2264952788528545610e3,
    ],
];

#[allow(clippy::unreadable_literal, clippy::excessive_precision)]
const TAIL: Rational = [
    [
        1.42343711074968357734e0,
        4.63033784615654529590e0,
        5.76949722146069140550e0,
        3.64784832476320460504e0,
        1.27045825245236838258e0,
        2.41780725177450611770e-1,
        2.27238449892691845833e-2,
        7.74545014278341407640e-4,
    ],
    [
        1.0,
        2.05319162663775882187e0,
        1.67638483018380384940e0,
        6.89767334985100004550e-1,
        1.48103976427480074590e-1,
        1.51986665636164571966e-2,
        5.47593808499534494600e-4,
        1.05075007164441684324e-9,
    ],
];

#[allow(clippy::unreadable_literal, clippy::excessive_precision)]
const FAR_TAIL: Rational = [
    [
        6.65790464350110377720e0,
        5.46378491116411436990e0,
        1.78482653991729133580e0,
        2.96560571828504891230e-1,
        2.65321895265761230930e-2,
        1.24266094738807843860e-3,
        2.71155556874348757815e-5,
        2.01033439929228813265e-7,
    ],
    [
        1.0,
        5.99832206555887937690e-1,
        1.36929880922735805310e-1,
        1.48753612908506148525e-2,
        7.86869131145613259100e-4,
        1.84631831751005468180e-5,
        1.42151175831644588870e-7,
        2.04426310338993978564e-15,
    ],
];

#[cfg(test)]
mod tests {
    use super::*;

    /// The inverse of `mpmath.ncdf`, in 50 digits, rounded.
    const QUANTILES: [(f64, f64); 9] = [
        (1e-300, -37.0470962993612),
        (1e-20, -9.262340089798407),
        (1e-05, -4.264890793922825),
        (0.01, -2.326347874040841),
        (0.0749, -1.4402382675279637),
        (0.0751, -1.43882539275254),
        (0.3, -0.5244005127080408),
        (0.9, 1.2815515655446006),
        (0.9999999, 5.199337582290661),
    ];

    #[test]
    fn quantiles_are_the_inverse_of_the_distribution_function() {
        for (p, x) in QUANTILES {
            let ours = normal_quantile(p);
            assert!((ours - x).abs() <= 5e-16 * x.abs(), "{p}: {ours} is not {x}");
        }
        assert_eq!(normal_quantile(0.5), 0.0);
        assert_eq!((normal_quantile(0.0), normal_quantile(1.0)), (f64::NEG_INFINITY, f64::INFINITY));
        assert!(normal_quantile(-0.1).is_nan() && normal_quantile(f64::NAN).is_nan());
    }

    #[test]
    fn function_and_inverse_undo_one_another() {
        for i in 1..4000 {
            let x = -8.0 + f64::from(i) / 500.0;
            let back = normal_quantile(normal_cdf(x));
            assert!((back - x).abs() <= 1e-14 * x.abs().max(1.0), "{x}: {back}");
        }
    }
}
