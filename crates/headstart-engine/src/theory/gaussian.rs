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
/// From a standard deviation of a million on they are those of the activation's ends, to a share of 1e-6 or so.
pub fn pair_averages(activation: Activation, q: f64, c: f64) -> PairAverages {
    let sd = q.sqrt();
    if activation == Activation::Exp {
        let both = libm::exp(q * (1.0 + c));
        return PairAverages { values: both, slopes: both, error: 0.0 };
    }
    let [scale, end] = activation.scales();
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
    let step = (above - below) * (above - below);
    let at_zero = if s > 0.0 { step / (2.0 * PI * q * s) } else { averages(activation, q).slope_square };
    let slopes = (right * right + left * left) * same + 2.0 * right * left * other + at_zero;
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
        let all =
            [Activation::LeakyRelu(-0.5), Activation::Elu, Activation::Selu, Activation::Gelu, Activation::Softplus];
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
}
