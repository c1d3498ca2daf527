//! Averages over Gaussian pre-activations, with a checked error.
//!
//! Activations have kinks, most of them at 0, and where the pre-activations are large they look like steps there: Gauss-Hermite's
//! nodes would miss both. So the normal density is integrated by Gauss-Legendre rules on panels that shrink towards 0
//! and the other kinks, first coarse and then fine, until two of them in a row agree.

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
    /// `Var[phi(u)^2] / E[phi(u)^2]^2`
    pub variation: f64,
    /// `E[phi'(u)^2]`
    pub slope_square: f64,
    /// `E[phi(u) phi'(u) u] / q`: the derivative of `E[phi(u)^2]` by `q`, to which jumps of `phi` add what a slope does not see.
    pub growth: f64,
    /// The largest difference between the last two rules, relative to the average where that is above 1 or far below.
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

/// The averages of an activation at variance `q`, which is from 1e-300 to 1e300.
pub fn averages(activation: Activation, q: f64) -> Averages {
    if activation == Activation::Sin && q > SWINGS {
        return of_many_swings(q);
    }
    if activation == Activation::Exp {
        return of_exponentials(q);
    }
    if let Some(slopes) = sides(activation) {
        return of_two_sides(slopes, q);
    }
    let sd = q.sqrt();
    let by = |rule: &Rule| -> [f64; 5] {
        let mut sums = [0.0; 5];
        let u: Vec<f64> = rule.nodes.iter().map(|z| sd * z).collect();
        let (values, slopes) = activation.of(&u);
        // Fourth powers leave the range where values are far from 1; a power of two costs no digit.
        let unit = power_of_two(values.iter().fold(0.0, |largest, phi| phi.abs().max(largest)));
        for (((z, weight), phi), slope) in rule.nodes.iter().zip(&rule.weights).zip(values).zip(slopes) {
            let weight = weight * density(*z);
            let scaled = phi / unit;
            let square = scaled * scaled;
            let growth =
                if activation.jumps() { 0.5 * (phi / sd) * (phi / sd) * (z * z - 1.0) } else { phi * slope * z / sd };
            let terms = [phi, square, square * square, slope * slope, growth];
            sums.iter_mut().zip(terms).for_each(|(sum, term)| *sum += weight * term);
        }
        let [value, square, fourth, slope_square, growth] = sums;
        // Where values hardly vary, rounding decides the sign.
        let variation = if square > 0.0 { (fourth / (square * square) - 1.0).max(0.0) } else { 0.0 };
        [value, square * unit * unit, variation, slope_square, growth]
    };
    // What an average is measured by: itself, or if it may be 0 what bounds it (Cauchy and Schwarz).
    let sizes = |[_, square, _, slope_square, _]: [f64; 5]| {
        [square.sqrt(), square, 1.0, slope_square, square.sqrt() / sd * slope_square.sqrt()]
    };
    let kinks = kinks(activation, sd);
    let ([value, square, variation, slope_square, growth], error) =
        refined(sd / activation.scales()[0], &kinks, AGREED, 7, by, sizes);
    Averages { value, square, variation, slope_square, growth, error }
}

/// The kinks of an activation that are seen, 0 first, in standard deviations.
fn kinks(activation: Activation, sd: f64) -> Vec<f64> {
    let others = activation.kinks().into_iter().map(|kink| kink / sd).filter(|kink| kink.abs() < FAR);
    [0.0].into_iter().chain(others).collect()
}

/// A variance from which on sin swings so often that no rule of moderate size sees it, and from which on its closed forms
/// have all digits.
const SWINGS: f64 = 40.0;

/// The averages of sin, by the characteristic function of the normal distribution.
fn of_many_swings(q: f64) -> Averages {
    let [twice, four] = [libm::exp(-2.0 * q), libm::exp(-8.0 * q)];
    let square = 0.5 * (1.0 - twice);
    let fourth = (3.0 - 4.0 * twice + four) / 8.0;
    let variation = fourth / (square * square) - 1.0;
    Averages { value: 0.0, square, variation, slope_square: 0.5 * (1.0 + twice), growth: twice, error: 0.0 }
}

/// The averages of the exponential function, by the moments of the lognormal distribution; infinite where these leave the numbers.
fn of_exponentials(q: f64) -> Averages {
    let square = libm::exp(2.0 * q);
    Averages {
        value: libm::exp(0.5 * q),
        square,
        variation: libm::expm1(4.0 * q),
        slope_square: square,
        growth: 2.0 * square,
        error: 0.0,
    }
}

/// The slopes right and left of 0 of an activation that is linear on both sides: one without a scale.
pub(super) fn sides(activation: Activation) -> Option<[f64; 2]> {
    match activation {
        Activation::Identity | Activation::SoftShrink(0.0) | Activation::HardShrink(0.0) => Some([1.0, 1.0]),
        Activation::Relu | Activation::Threshold(0.0) => Some([1.0, 0.0]),
        Activation::LeakyRelu(slope) | Activation::Prelu(slope) => Some([1.0, slope]),
        _ => None,
    }
}

/// The averages of an activation with these slopes, each of which half of the pre-activations see.
fn of_two_sides([right, left]: [f64; 2], q: f64) -> Averages {
    let slope_square = 0.5 * (right * right + left * left);
    // Only which share the smaller one has counts, and its powers do not leave the numbers.
    let (more, less) = (right.abs().max(left.abs()), right.abs().min(left.abs()));
    let share = (less / more) * (less / more);
    let variation = 6.0 * (1.0 + share * share) / ((1.0 + share) * (1.0 + share)) - 1.0;
    Averages {
        value: (right - left) * (q / (2.0 * PI)).sqrt(),
        square: slope_square * q,
        variation,
        slope_square,
        growth: slope_square,
        error: 0.0,
    }
}

/// The power of two at or below a number; 1 of what has none that numbers know.
fn power_of_two(x: f64) -> f64 {
    let power = f64::from_bits(x.to_bits() & f64::INFINITY.to_bits());
    if power > 0.0 && power.is_finite() { power } else { 1.0 }
}

/// The averages of an activation over pairs at variance `q`, which is from 1e-300 to 1e300, and correlation `c` in [-1, 1].
///
/// From a standard deviation of a million on they are those of the activation's ends, to a share of 1e-6 or so; what is nothing but
/// its two ends, as relu, has closed forms (Cho and Saul 2009, eqs. 6 and 7).
pub fn pair_averages(activation: Activation, q: f64, c: f64) -> PairAverages {
    let sd = q.sqrt();
    if activation == Activation::Exp {
        let both = libm::exp(q * (1.0 + c));
        return PairAverages { values: both, slopes: both, error: 0.0 };
    }
    let [scale, end] = activation.scales();
    if sides(activation).is_some() {
        return PairAverages { error: 0.0, ..of_ends(activation, q, c) };
    }
    if sd > ENDS_ONLY * end {
        return of_ends(activation, q, c);
    }
    let s = ((1.0 - c) * (1.0 + c)).max(0.0).sqrt();
    let kinks = kinks(activation, sd);
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
            // v = sd (c z + s t) has its kink at 0 where t = -c z / s.
            let inner = rule.around(&kinks.iter().map(|kink| (kink - c * z) / s).collect::<Vec<_>>());
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
    let finest = if s > 0.0 { (sd / scale).max(1.0 / s) } else { sd / scale };
    let ([values, slopes], error) = refined(finest, &kinks, PAIRS_AGREED, 4, by, |_| [1.0; 2]);
    PairAverages { values, slopes, error }
}

/// A standard deviation from which on what an activation does near 0 is done by a millionth of the pre-activations.
const ENDS_ONLY: f64 = 1e6;

/// Averages over pairs of what an activation is far from 0: `right u + above` and `left u + below`, or for sin nothing
/// that two samples share.
///
/// By the moments of a pair of normal variables in the four quadrants (Cho and Saul 2009); to the slopes' average a step
/// between the two ends, seen from far away, adds its height squared times the density of the pair at 0.
fn of_ends(activation: Activation, q: f64, c: f64) -> PairAverages {
    let sd = q.sqrt();
    if activation == Activation::Sin {
        let [apart, together] = [libm::exp(-q * (1.0 - c)), libm::exp(-q * (1.0 + c))];
        return PairAverages { values: 0.5 * (apart - together), slopes: 0.5 * (apart + together), error: 0.0 };
    }
    // Far away, but where rounding leaves the constants their digits; softsign and squareplus have a long way to their ends, and
    // none to lose.
    let distance = match activation {
        Activation::Softsign | Activation::Squareplus => 1e12,
        _ => 64.0 * activation.scales()[1],
    };
    let end = |side: f64| {
        let (far, farther) = (activation.at(side * distance), activation.at(2.0 * side * distance));
        (farther.1, 2.0 * far.0 - farther.0)
    };
    let ((right, above), (left, below)) = (end(1.0), end(-1.0));
    let s = ((1.0 - c) * (1.0 + c)).max(0.0).sqrt();
    // Both above 0 (as often as both below), and one above and the other below.
    let same = 0.25 + libm::asin(c) / (2.0 * PI);
    let other = 0.5 - same;
    // E[u v] where both are above 0, and where u is above and v below; E[u] there.
    let [products, of_other] = [q * (c * same + s / (2.0 * PI)), q * (c * other - s / (2.0 * PI))];
    let [means, of_means] = [1.0 + c, 1.0 - c].map(|x| sd * x / (2.0 * (2.0 * PI).sqrt()));
    let values = (right * right + left * left) * products
        + 2.0 * right * left * of_other
        + 2.0 * (right * above - left * below) * means
        + 2.0 * (right * below - left * above) * of_means
        + (above * above + below * below) * same
        + 2.0 * above * below * other;
    let lines = (right * right + left * left) * same + 2.0 * right * left * other;
    let step = (above - below) * (above - below);
    let slopes = match step {
        0.0 => lines,
        _ if s > 0.0 => lines + step / (2.0 * PI * q * s),
        // v is u or -u, and a step that far away is as good as symmetric.
        _ => averages(activation, q).slope_square,
    };
    PairAverages { values, slopes, error: 1.0 / sd }
}

/// Sums by finer and finer rules until two agree or so many were tried; and what the last two differ by, relative to the sum
/// or to its size where that is far below 1.
fn refined<const N: usize>(
    sd: f64,
    kinks: &[f64],
    agreed: f64,
    at_most: u32,
    by: impl Fn(&Rule) -> [f64; N],
    sizes: impl Fn([f64; N]) -> [f64; N],
) -> ([f64; N], f64) {
    let mut before = by(&Rule::shrinking(sd, kinks, 1));
    let mut error = f64::INFINITY;
    for level in 1..at_most {
        let now = by(&Rule::shrinking(sd, kinks, 1 << level));
        let off = |((a, b), size): ((f64, f64), f64)| {
            let size = if size > 0.0 && size < 1e-3 { size } else { 1.0 };
            (a - b).abs() / a.abs().max(size)
        };
        error = now.into_iter().zip(before).zip(sizes(now)).map(off).fold(0.0, f64::max);
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
    /// Panels between each kink and far away that halve towards it, down to where an activation of `sd * z` is smooth; each in
    /// so many parts.
    fn shrinking(sd: f64, kinks: &[f64], parts: usize) -> Self {
        let halvings = 4 + sd.max(1.0).log2().ceil() as usize;
        let mut edges = vec![0.0];
        for k in (0..=halvings).rev() {
            let (from, to) = (edges[edges.len() - 1], 2.0 * FAR * 0.5_f64.powi(k as i32));
            edges.extend((1..=parts).map(|part| from + (to - from) * part as f64 / parts as f64));
        }
        let mut rule = Self { nodes: Vec::new(), weights: Vec::new(), edges };
        let around = rule.around(kinks);
        (rule.nodes, rule.weights) = (around.nodes, around.weights);
        rule
    }

    /// The panels moved so that they shrink towards these kinks, cut off at [`FAR`].
    fn around(&self, kinks: &[f64]) -> Self {
        // From far away a kink is not seen.
        let clamped = |x: f64| x.clamp(-FAR, FAR);
        let mut rule = Self { nodes: Vec::new(), weights: Vec::new(), edges: Vec::new() };
        let mut add = |from: f64, to: f64| {
            let (middle, half) = (0.5 * (from + to), 0.5 * (to - from).abs());
            if half > 0.0 {
                for &(node, weight) in legendre() {
                    rule.nodes.push(middle + half * node);
                    rule.weights.push(half * weight);
                }
            }
        };
        let sides = |kink: f64| [-1.0, 1.0].map(|sign| self.edges.iter().map(move |edge| clamped(kink + sign * edge)));
        if let [kink] = kinks {
            for side in sides(clamped(*kink)) {
                let edges: Vec<f64> = side.collect();
                edges.windows(2).for_each(|pair| add(pair[0], pair[1]));
            }
        } else {
            let mut edges: Vec<f64> =
                kinks.iter().flat_map(|kink| sides(clamped(*kink)).into_iter().flatten()).collect();
            edges.sort_by(f64::total_cmp);
            edges.windows(2).for_each(|pair| add(pair[0], pair[1]));
        }
        rule
    }
}

/// Nodes and weights of the Gauss-Legendre rule on [-1, 1]: the roots of the Legendre polynomial by Newton's method.
pub(super) fn legendre() -> &'static [(f64, f64); NODES] {
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
mod tests;
