//! Averages over Gaussian pre-activations, with a checked error.
//!
//! Activations have kinks at 0, and where the pre-activations are large they look like steps there: Gauss-Hermite's
//! nodes would miss both. So the normal density is integrated by Gauss-Legendre rules on panels that shrink towards 0,
//! first coarse and then fine, until two of them in a row agree.

use crate::activation::Activation;
use std::f64::consts::PI;
use std::sync::OnceLock;

/// Beyond so many standard deviations the density times any activation's square is nothing.
const FAR: f64 = 12.0;

/// Nodes on a panel.
const NODES: usize = 16;

/// What two rules have to agree to, relative to the average where that is above 1.
const AGREED: f64 = 1e-13;

/// The same for pairs, whose rules grow twice as fast.
const PAIRS_AGREED: f64 = 1e-12;

/// Averages over one pre-activation `u`, normal with mean 0 and variance `q`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Averages {
    /// `E[phi(u)]`
    pub value: f64,
    /// `E[phi(u)^2]`
    pub square: f64,
    /// `E[phi(u)^4]`
    pub fourth: f64,
    /// `E[phi'(u)^2]`
    pub slope_square: f64,
    /// `E[phi(u) phi'(u) u] / q`: the derivative of `E[phi(u)^2]` by `q`.
    pub growth: f64,
    /// The largest difference between the last two rules, relative to the average where that is above 1.
    pub error: f64,
}

/// Averages over two pre-activations `u`, `v`, each normal with mean 0 and variance `q`, of correlation `c`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PairAverages {
    /// `E[phi(u) phi(v)]`
    pub values: f64,
    /// `E[phi'(u) phi'(v)]`
    pub slopes: f64,
    /// As in [`Averages`].
    pub error: f64,
}

/// The averages of an activation at variance `q`, which is above 0.
pub fn averages(activation: Activation, q: f64) -> Averages {
    let sd = q.sqrt();
    let by = |rule: &Rule| -> [f64; 5] {
        let mut sums = [0.0; 5];
        let u: Vec<f64> = rule.nodes.iter().map(|z| sd * z).collect();
        let (values, slopes) = activation.of(&u);
        for (((z, weight), phi), slope) in rule.nodes.iter().zip(&rule.weights).zip(values).zip(slopes) {
            let weight = weight * density(*z);
            let square = phi * phi;
            let terms = [phi, square, square * square, slope * slope, phi * slope * z / sd];
            sums.iter_mut().zip(terms).for_each(|(sum, term)| *sum += weight * term);
        }
        sums
    };
    let ([value, square, fourth, slope_square, growth], error) = refined(sd, AGREED, 7, by);
    Averages { value, square, fourth, slope_square, growth, error }
}

/// The averages of an activation over pairs at variance `q`, which is above 0, and correlation `c` in [-1, 1].
pub fn pair_averages(activation: Activation, q: f64, c: f64) -> PairAverages {
    let sd = q.sqrt();
    let s = ((1.0 - c) * (1.0 + c)).max(0.0).sqrt();
    let by = |rule: &Rule| -> [f64; 2] {
        let mut sums = [0.0; 2];
        let u: Vec<f64> = rule.nodes.iter().map(|z| sd * z).collect();
        let (values, slopes) = activation.of(&u);
        for (((z, weight), phi), slope) in rule.nodes.iter().zip(&rule.weights).zip(values).zip(slopes) {
            if s == 0.0 {
                // v is u or -u.
                let (phi_v, slope_v) = activation.at(sd * c * z);
                sums[0] += weight * density(*z) * phi * phi_v;
                sums[1] += weight * density(*z) * slope * slope_v;
                continue;
            }
            // v = sd (c z + s t) has its kink where t = -c z / s.
            let inner = rule.around(-c * z / s);
            let v: Vec<f64> = inner.nodes.iter().map(|t| sd * (c * z + s * t)).collect();
            let (values_v, slopes_v) = activation.of(&v);
            let (mut sum, mut sum_of_slopes) = (0.0, 0.0);
            for (((t, weight), phi), slope) in inner.nodes.iter().zip(&inner.weights).zip(values_v).zip(slopes_v) {
                let weight = weight * density(*t);
                sum += weight * phi;
                sum_of_slopes += weight * slope;
            }
            sums[0] += weight * density(*z) * phi * sum;
            sums[1] += weight * density(*z) * slope * sum_of_slopes;
        }
        sums
    };
    // Around 0 the sign of v follows that of u within s.
    let finest = if s > 0.0 { sd.max(1.0 / s) } else { sd };
    let ([values, slopes], error) = refined(finest, PAIRS_AGREED, 4, by);
    PairAverages { values, slopes, error }
}

/// Sums by finer and finer rules until two agree or so many were tried; and what the last two differ by.
fn refined<const N: usize>(sd: f64, agreed: f64, at_most: u32, by: impl Fn(&Rule) -> [f64; N]) -> ([f64; N], f64) {
    let mut before = by(&Rule::shrinking(sd, 1));
    let mut error = f64::INFINITY;
    for level in 1..at_most {
        let now = by(&Rule::shrinking(sd, 1 << level));
        error = now.iter().zip(before).map(|(a, b)| (a - b).abs() / a.abs().max(1.0)).fold(0.0, f64::max);
        before = now;
        if error < agreed {
            break;
        }
    }
    (before, error)
}

fn density(z: f64) -> f64 {
    libm::exp(-0.5 * z * z) / (2.0 * PI).sqrt()
}

/// Nodes and weights for integrals over the whole line, of functions that vanish beyond [`FAR`].
struct Rule {
    nodes: Vec<f64>,
    weights: Vec<f64>,
    /// Where one panel ends and the next begins, to the right of the kink.
    edges: Vec<f64>,
}

impl Rule {
    /// Panels between 0 and far away that halve towards 0, down to where an activation of `sd * z` is smooth; each in
    /// so many parts.
    fn shrinking(sd: f64, parts: usize) -> Self {
        let halvings = 4 + (sd.max(1.0).log2().ceil() as usize).min(60);
        let mut edges = vec![0.0];
        for k in (0..=halvings).rev() {
            let (from, to) = (edges[edges.len() - 1], 2.0 * FAR * 0.5_f64.powi(k as i32));
            edges.extend((1..=parts).map(|part| from + (to - from) * part as f64 / parts as f64));
        }
        let mut rule = Self { nodes: Vec::new(), weights: Vec::new(), edges };
        let around = rule.around(0.0);
        (rule.nodes, rule.weights) = (around.nodes, around.weights);
        rule
    }

    /// The panels moved so that they shrink towards `kink`, cut off at [`FAR`].
    fn around(&self, kink: f64) -> Self {
        let (mut nodes, mut weights) = (Vec::new(), Vec::new());
        // From far away the kink is not seen.
        let kink = kink.clamp(-FAR, FAR);
        for sign in [-1.0, 1.0] {
            for pair in self.edges.windows(2) {
                let clipped = [kink + sign * pair[0], kink + sign * pair[1]].map(|edge| edge.clamp(-FAR, FAR));
                let (middle, half) = (0.5 * (clipped[0] + clipped[1]), 0.5 * (clipped[1] - clipped[0]).abs());
                if half > 0.0 {
                    for &(node, weight) in legendre() {
                        nodes.push(middle + half * node);
                        weights.push(half * weight);
                    }
                }
            }
        }
        Self { nodes, weights, edges: Vec::new() }
    }
}

/// Nodes and weights of the Gauss-Legendre rule on [-1, 1]: the roots of the Legendre polynomial by Newton's method.
fn legendre() -> &'static [(f64, f64); NODES] {
    static RULE: OnceLock<[(f64, f64); NODES]> = OnceLock::new();
    RULE.get_or_init(|| {
        std::array::from_fn(|i| {
            let mut x = libm::cos(PI * (i as f64 + 0.75) / (NODES as f64 + 0.5));
            let mut slope = 1.0;
            for _ in 0..100 {
                // The recurrence of Bonnet.
                let (mut before, mut now) = (1.0, x);
                for k in 1..NODES {
                    let k = k as f64;
                    (before, now) = (now, ((2.0 * k + 1.0) * x * now - k * before) / (k + 1.0));
                }
                slope = NODES as f64 * (x * now - before) / (x * x - 1.0);
                let step = now / slope;
                x -= step;
                if step.abs() < 1e-16 {
                    break;
                }
            }
            (x, 2.0 / ((1.0 - x * x) * slope * slope))
        })
    })
}

#[cfg(test)]
mod tests {
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
            close(relu.fourth, 1.5 * q * q, 1e-13);
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
            for q in [0.2, 7.0] {
                let angle = libm::acos(c);
                let relu = pair_averages(Activation::Relu, q, c);
                close(relu.slopes, (PI - angle) / (2.0 * PI), 1e-11);
                close(relu.values, q * ((1.0 - c * c).sqrt() + (PI - angle) * c) / (2.0 * PI), 1e-11);
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
                let h = 1e-4 * q;
                let [low, high] = [q - h, q + h].map(|q| averages(activation, q).square);
                close(single.growth, (high - low) / (2.0 * h), 1e-6);
            }
        }
    }
}
