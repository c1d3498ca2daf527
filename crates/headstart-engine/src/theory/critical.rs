//! Weights and biases at which depth neither kills nor explodes.

use super::averages;
use crate::activation::Activation;
use std::sync::{Mutex, PoisonError};
use thiserror::Error;

/// A start at which signal and gradient keep their size through any depth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Critical {
    /// Variance of the weights times the fan-in, `C_W`.
    pub weights: f64,
    /// Variance of the biases, `C_b`.
    pub biases: f64,
    /// The variance of the pre-activations at which it holds, `K*`; 0 as a limit.
    pub variance: f64,
    /// What the signal does there.
    pub kind: Kind,
}

/// What a signal does near a critical point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Every variance stays as it is: the activation has no scale of its own.
    ScaleInvariant,
    /// The variance goes to 0, but slowly, like a power of the depth.
    Decaying,
    /// The variance comes to its point from below and leaves it above.
    HalfStable,
    /// The variance stays at its point and comes back to it; small differences between samples keep their size.
    Stable,
}

/// Why no weights are critical with some biases.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
pub enum NoCritical {
    /// What is critical is left by every signal.
    #[error(
        "the only critical weights, with a variance of {:.5}/fan-in, are so at a signal of variance {:.4} that is unstable: \
         smaller signals shrink, larger ones grow", .0.weights, .0.variance
    )]
    Unstable(Critical),
    /// Nothing is.
    #[error("no weights keep the gradient at a variance that the signal settles at")]
    Nowhere,
}

/// A point on the critical line, `chi_1 = 1`, by the variance of its pre-activations: `1 / E[phi'^2]` for the weights,
/// and for the biases what is missing to the variance, which may be less than nothing.
fn on_line(activation: Activation, q: f64) -> (f64, f64, f64) {
    let here = averages(activation, q);
    let weights = 1.0 / here.slope_square;
    (weights, q - weights * here.square, weights * here.growth)
}

/// Variances that are looked at: eight in a factor of ten.
fn variances() -> impl Iterator<Item = f64> {
    (-64..=48).map(|i| libm::pow(10.0, f64::from(i) / 8.0))
}

/// The critical start of an activation; none if biases would need a variance below 0.
///
/// Signal and gradient both have to keep their size: `w dE[phi^2]/dq = 1` and `w E[phi'^2] = 1` at a fixed point of the
/// variance (Roberts, Yaida and Hanin 2022, section 5.1). Activations without a scale have that at any variance, those
/// through the origin at variance 0 (section 5.3.3), gelu and silu at a variance above 0 (section 5.3.4). Where there is
/// none of these, as for sigmoid and softplus (section 5.3.1), there is none, though a line of points may keep the gradient
/// alone: see [`critical_at`].
pub fn critical(activation: Activation) -> Option<Critical> {
    // Every draw of weights asks, and the answer takes milliseconds.
    static KNOWN: Mutex<Vec<(Activation, Option<Critical>)>> = Mutex::new(Vec::new());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, point)) = known.iter().find(|(other, _)| *other == activation) {
        return *point;
    }
    let point = find(activation);
    known.push((activation, point));
    point
}

fn find(activation: Activation) -> Option<Critical> {
    let lines: Vec<(f64, (f64, f64, f64))> = variances().map(|q| (q, on_line(activation, q))).collect();
    if lines.iter().all(|(q, (_, biases, slope))| biases.abs() < 1e-9 * q && (slope - 1.0).abs() < 1e-9) {
        let weights = at_zero(activation);
        return Some(Critical { weights, biases: 0.0, variance: 1.0, kind: Kind::ScaleInvariant });
    }
    // Towards 0 the slope of the variance map has to come to 1 from below, or signals would leave 0; of lines that are cut off
    // farther out it is 1 there, but for rounding.
    let (small, (_, biases, slope)) = lines[0];
    if biases.abs() < 1e-3 * small && slope <= 1.0 + 1e-12 {
        let weights = at_zero(activation);
        return Some(Critical { weights, biases: 0.0, variance: 0.0, kind: Kind::Decaying });
    }
    // Of what is a line or nothing, and begins in a corner, signal and gradient keep their size at the same weights whatever the
    // variance (Stein's lemma: E[phi phi' u] = q E[phi'^2] where phi' is 0 or 1 and phi is 0 with it). That of size 1 is taken.
    if let Activation::SoftShrink(bound) = activation {
        let variance = bound.max(1.0) * bound.max(1.0);
        let (weights, biases, _) = on_line(activation, variance);
        return Some(Critical { weights, biases, variance, kind: Kind::HalfStable });
    }
    let tangent = lines.windows(2).find_map(|pair| {
        let [(low, (_, biases, before)), (high, (_, _, after))] = [pair[0], pair[1]];
        ((before - 1.0) * (after - 1.0) < 0.0 && biases > 0.0)
            .then(|| root(low, high, |q| on_line(activation, q).2 - 1.0))
    });
    let q = tangent?;
    let (weights, biases, _) = on_line(activation, q);
    (biases >= 0.0).then_some(Critical { weights, biases, variance: q, kind: Kind::HalfStable })
}

/// The critical weights of a slope on each side of 0, which any activation has of small signals: `2 / (right^2 + left^2)`.
fn at_zero(activation: Activation) -> f64 {
    let [right, left] = [1e-300, -1e-300].map(|z| activation.at(z).1);
    2.0 / (right * right + left * left)
}

/// The weights that are critical with biases of this variance: the point of the critical line (the edge of chaos) that has
/// it. There the gradient keeps its size, `chi_1 = 1`, and the variance comes back to its fixed point, which at the critical
/// start itself it no longer does (Poole et al. 2016; Schoenholz et al. 2017).
///
/// # Errors
/// If there are no such weights, or only such that no signal stays where they are critical.
pub fn critical_at(activation: Activation, biases: f64) -> Result<Critical, NoCritical> {
    let own = critical(activation);
    if let Some(own) = own.filter(|own| (own.biases - biases).abs() < 1e-12) {
        return Ok(own);
    }
    let lines: Vec<(f64, f64)> = variances().map(|q| (q, on_line(activation, q).1)).collect();
    let mut unstable = None;
    for pair in lines.windows(2).filter(|pair| (pair[0].1 - biases) * (pair[1].1 - biases) <= 0.0) {
        let q = root(pair[0].0, pair[1].0, |q| on_line(activation, q).1 - biases);
        let (weights, _, slope) = on_line(activation, q);
        let point = Critical { weights, biases, variance: q, kind: Kind::Stable };
        if slope < 1.0 + 1e-9 {
            return Ok(point);
        }
        unstable.get_or_insert(point);
    }
    Err(unstable.map_or(NoCritical::Nowhere, NoCritical::Unstable))
}

/// Where a function changes its sign, by bisection on a logarithmic scale.
fn root(mut low: f64, mut high: f64, f: impl Fn(f64) -> f64) -> f64 {
    let sign = f(low) > 0.0;
    for _ in 0..60 {
        let middle = (low * high).sqrt();
        if (f(middle) > 0.0) == sign { low = middle } else { high = middle }
    }
    (low * high).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has(activation: Activation, [weights, biases, variance]: [f64; 3], within: f64, kind: Kind) {
        let found = critical(activation).unwrap();
        assert_eq!(found.kind, kind, "{activation}: {found:?}");
        let close = |ours: f64, published: f64| (ours - published).abs() <= within;
        assert!(close(found.weights, weights) && close(found.biases, biases), "{activation}: {found:?}");
        assert!(close(found.variance, variance), "{activation}: {found:?}");
    }

    /// Roberts, Yaida and Hanin 2022: section 5.2 (scale-invariant), 5.3.3 (tanh, sin), 5.3.4 (swish, gelu).
    #[test]
    fn critical_points_are_the_published_ones() {
        has(Activation::Relu, [2.0, 0.0, 1.0], 1e-12, Kind::ScaleInvariant);
        has(Activation::Identity, [1.0, 0.0, 1.0], 1e-12, Kind::ScaleInvariant);
        has(Activation::LeakyRelu(0.1), [2.0 / 1.01, 0.0, 1.0], 1e-12, Kind::ScaleInvariant);
        has(Activation::Tanh, [1.0, 0.0, 0.0], 1e-9, Kind::Decaying);
        has(Activation::Sin, [1.0, 0.0, 0.0], 1e-9, Kind::Decaying);
        has(Activation::Silu, [1.98800, 0.55514, 14.320], 1e-3, Kind::HalfStable);
        has(Activation::Gelu, [1.98306, 0.17292, 3.5616], 1e-4, Kind::HalfStable);
        // Of the others, by SciPy's quad and brentq; of lines that are cut off, by hand.
        has(Activation::Mish, [2.01352407, 0.09452179, 1.67016913], 1e-6, Kind::HalfStable);
        has(Activation::HardSwish, [1.97328958, 0.50714585, 4.80385595], 1e-6, Kind::HalfStable);
        has(Activation::Softsign, [1.0, 0.0, 0.0], 1e-9, Kind::Decaying);
        has(Activation::HardTanh, [1.0, 0.0, 0.0], 1e-9, Kind::Decaying);
        has(Activation::Relu6, [2.0, 0.0, 0.0], 1e-9, Kind::Decaying);
        has(Activation::GeluTanh, [1.98288824, 0.17289520, 3.55677284], 1e-6, Kind::HalfStable);
        has(Activation::SoftShrink(0.5), [1.6205483522834851, 0.3205388851840324, 1.0], 1e-11, Kind::HalfStable);
        has(Activation::SoftShrink(0.0), [1.0, 0.0, 1.0], 1e-12, Kind::ScaleInvariant);
        has(Activation::Celu(0.5), [1.0, 0.0, 0.0], 1e-5, Kind::Decaying);
        assert_eq!(critical(Activation::HardSigmoid), None);
        // Values of one sign, slopes that grow too fast, and jumps.
        for activation in [
            Activation::LogSigmoid,
            Activation::Squareplus,
            Activation::SparsePlus,
            Activation::SparseSigmoid,
            Activation::Exp,
            Activation::TanhShrink,
            Activation::HardShrink(0.5),
            Activation::Threshold(0.5),
        ] {
            assert_eq!(critical(activation), None, "{activation}");
        }
        // To the digits published.
        let round = |x: f64, digits: i32| (x * 10_f64.powi(digits)).round() / 10_f64.powi(digits);
        let (silu, gelu) = (critical(Activation::Silu).unwrap(), critical(Activation::Gelu).unwrap());
        assert_eq!(
            [round(silu.weights, 5), round(silu.biases, 5), round(silu.variance, 3)],
            [1.98800, 0.55514, 14.320]
        );
        assert_eq!(
            [round(gelu.weights, 5), round(gelu.biases, 5), round(gelu.variance, 4)],
            [1.98306, 0.17292, 3.5616]
        );
    }

    /// Where it is lecun's or he's start it is that one to the last bit; a leaky relu that turns what is below 0 up as well.
    #[test]
    fn simple_critical_weights_are_exact() {
        for (activation, weights) in [
            (Activation::Identity, 1.0),
            (Activation::Relu, 2.0),
            (Activation::Tanh, 1.0),
            (Activation::Sin, 1.0),
            (Activation::Elu, 1.0),
            (Activation::LeakyRelu(-1.0), 1.0),
            (Activation::LeakyRelu(-0.5), 1.6),
            (Activation::LeakyRelu(-30.0), 2.0 / 901.0),
        ] {
            let found = critical(activation).unwrap();
            assert_eq!((found.weights, found.biases), (weights, 0.0), "{activation}");
            let keeps = matches!(activation, Activation::LeakyRelu(_) | Activation::Relu | Activation::Identity);
            assert_eq!(found.kind == Kind::ScaleInvariant, keeps, "{activation}");
        }
    }

    /// Section 5.3.1: values above 0 everywhere would need biases of a variance below 0. That the gradient alone keeps its
    /// size, as in sigmoid networks with weights of 103, is not enough.
    #[test]
    fn the_gradient_alone_makes_no_critical_start() {
        assert_eq!(critical(Activation::Sigmoid), None);
        let edge = critical_at(Activation::Sigmoid, 0.0).unwrap();
        assert!((edge.weights - 103.0).abs() < 0.1, "{edge:?}");
        let here = averages(Activation::Sigmoid, edge.variance);
        assert!((edge.weights * here.slope_square - 1.0).abs() < 1e-9 && edge.weights * here.growth < 0.1);
    }

    #[test]
    fn what_is_critical_but_unstable_is_told_from_what_is_not_there() {
        for activation in [Activation::Gelu, Activation::Silu] {
            let Err(NoCritical::Unstable(point)) = critical_at(activation, 0.01) else { panic!("{activation}") };
            let here = averages(activation, point.variance);
            assert!((point.weights * here.slope_square - 1.0).abs() < 1e-9);
            assert!(point.weights * here.growth > 1.0, "{point:?}");
        }
        assert_eq!(critical_at(Activation::Relu, 0.1), Err(NoCritical::Nowhere));
    }

    /// Near 0 elu is linear and selu a leaky relu, with these slopes on the two sides.
    #[test]
    fn elu_and_selu_are_critical_at_zero() {
        has(Activation::Elu, [1.0, 0.0, 0.0], 1e-5, Kind::Decaying);
        let (right, left) = (Activation::Selu.at(1e-9).0 / 1e-9, Activation::Selu.at(-1e-9).0 / -1e-9);
        has(Activation::Selu, [2.0 / (right * right + left * left), 0.0, 0.0], 1e-5, Kind::Decaying);
    }

    #[test]
    fn the_whole_critical_line_of_tanh_is_critical() {
        for biases in [1e-4, 0.01, 0.05, 0.3] {
            let point = critical_at(Activation::Tanh, biases).unwrap();
            assert_eq!(point.biases, biases);
            let here = averages(Activation::Tanh, point.variance);
            assert!((point.weights * here.slope_square - 1.0).abs() < 1e-9);
            assert!((point.weights * here.square + biases - point.variance).abs() < 1e-9, "{point:?}");
            assert!(point.weights > 1.0);
        }
        // Pennington et al. 2017 and Schoenholz et al. 2017, figure 1: the line passes (0.05, 1.76) in sigma_b^2, sigma_w^2.
        assert!((critical_at(Activation::Tanh, 0.05).unwrap().weights - 1.76).abs() < 0.01);
    }

    #[test]
    fn an_activation_above_zero_everywhere_has_no_critical_start() {
        assert_eq!(critical(Activation::Softplus), None);
        assert_eq!(critical_at(Activation::Softplus, 0.1), Err(NoCritical::Nowhere));
    }
}
