//! Mean-field theory: what wide networks do at their start, without data and without running them.
//!
//! In a wide layer of weights with variance `w / fan_in` and biases with variance `b` the pre-activations of a sample
//! are normal with mean 0. Their variance `q` goes from layer to layer by `q -> w E[phi(u)^2] + b`, the correlation of
//! two samples by `c -> (w E[phi(u) phi(v)] + b) / q`, and the gradient's second moment, backwards, by `w E[phi'(u)^2]`
//! (Poole et al. 2016, eqs. 3 to 5; Schoenholz et al. 2017, eqs. 2 to 6). Weights that are not normal behave alike:
//! only their variance counts. All pre-activations here are those of hidden layers that a hidden layer feeds.
//!
//! What else makes depth trainable has files of its own: blocks with a path around them (`residual`), normalization
//! (`normalized`), convolutions and their borders (`convolutional`); and how rates change with the width (`parametrization`).

mod convolutional;
mod critical;
#[cfg(test)]
mod draws;
mod finite;
mod gaussian;
mod normalized;
mod parametrization;
mod residual;

pub use convolutional::{Convolution, Padding, TooSmall, mode, mode_depth};
pub use critical::{Critical, Kind, NoCritical, critical, critical_at};
pub use finite::{Spread, Step, chance_beyond, layers, spread};
pub use gaussian::{Averages, PairAverages, averages, pair_averages};
pub use normalized::{batch_norm_growth, batch_norm_limit, layer_norm_growth};
pub use parametrization::{Factors, NoFactors, PARAMETRIZATIONS, Parametrization, Role, Shape};
pub use residual::{Block, Branch, NormPlace, Passage};

use crate::activation::Activation;

/// Weights of variance `weights / fan_in` and biases of variance `biases`, before an activation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ensemble {
    /// The activation between the layers.
    pub activation: Activation,
    /// Variance of the weights times the fan-in, `sigma_w^2`.
    pub weights: f64,
    /// Variance of the biases, `sigma_b^2`.
    pub biases: f64,
}

/// Where the variance of the pre-activations goes with depth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FixedPoint {
    /// To this variance; 0 is the signal dying out.
    At(f64),
    /// Every variance stays as it is, as in relu networks with He's weights.
    Everywhere,
    /// Beyond all bounds.
    Infinite,
}

/// What depth does to signal and gradient.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Phase {
    /// Where the variance goes.
    pub fixed_point: FixedPoint,
    /// `chi_1 = w E[phi'(u)^2]` there: the factor of the gradient's second moment per layer, and of small differences
    /// between two samples. Below 1 both die out (ordered), above 1 both explode (chaotic).
    pub chi: f64,
    /// The slope of the variance map there, `w dE[phi(u)^2]/dq`.
    pub slope: f64,
    /// Where the correlation of two samples goes with depth; none where the variance has no fixed point above 0.
    pub correlation: Option<f64>,
    /// Layers over which the variance comes closer to its fixed point by a factor of e, `xi_q`.
    pub variance_depth: f64,
    /// Layers over which the correlation of two samples comes closer to its fixed point by a factor of e, `xi_c`:
    /// networks more than some 6 times deeper than this do not train (Schoenholz et al. 2017).
    pub correlation_depth: f64,
}

/// One layer further, in logarithms: of signals that leave the floating-point numbers, too.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Layer {
    /// The logarithm of the variance one layer later.
    pub ln_variance: f64,
    /// That of `w E[phi'(u)^2]`, the gradient's factor.
    pub ln_gradient: f64,
    /// What share of a small change of the variance's logarithm is passed on.
    pub passed_on: f64,
    /// Of a layer of `n` units, `n` times the variance that the logarithm gets by itself.
    pub variation: f64,
}

/// The mean square of a layer's values.
struct Square {
    /// The logarithm of `E[phi(u)^2]`.
    ln: f64,
    /// The derivative of that by the logarithm of the variance.
    elasticity: f64,
    /// All averages, at the nearest variance that is a number.
    here: Averages,
}

/// A variance at which every activation is as it is at 0, and whose inverse is as good as infinity.
const NOTHING: f64 = 1e-24;

/// The least variance, but for 0, whose averages are numbers, and the inverse of the largest.
pub const LEAST: f64 = 1e-304;

/// Between this and its inverse an activation may do anything; beyond, it is a power of the signal and no more.
const SHAPELESS: f64 = 1e-12;

impl Ensemble {
    /// The variance one layer later: `w E[phi(u)^2] + b`.
    pub fn next_variance(&self, q: f64) -> f64 {
        self.weights * averages(self.activation, q.max(LEAST)).square + self.biases
    }

    /// The layer behind one whose pre-activations have this variance, by its logarithm.
    pub fn layer(&self, ln_q: f64) -> Layer {
        if ln_q == f64::NEG_INFINITY {
            return self.behind_nothing();
        }
        let Square { ln: ln_square, elasticity, here } = self.square(ln_q);
        let (mut ln_variance, share) = self.with_biases(ln_square);
        let mut ln_gradient = self.weights.ln() + here.slope_square.ln();
        if gaussian::sides(self.activation).is_some() {
            // Signal and gradient change alike, and what keeps them keeps them exactly.
            let chi = self.weights * here.slope_square;
            ln_gradient = if chi.is_normal() { chi.ln() } else { ln_gradient };
            ln_variance = if self.biases == 0.0 { ln_q + ln_gradient } else { ln_variance };
        }
        Layer { ln_variance, ln_gradient, passed_on: share * elasticity, variation: share * share * here.variation }
    }

    /// The layer behind one whose pre-activations are all 0, not only in the limit: those of weights that are 0.
    fn behind_nothing(&self) -> Layer {
        let (value, slope) = self.activation.at(0.0);
        let (ln_variance, _) = self.with_biases(2.0 * value.abs().ln());
        Layer { ln_variance, ln_gradient: self.weights.ln() + 2.0 * slope.abs().ln(), passed_on: 0.0, variation: 0.0 }
    }

    /// The mean square at a variance that may lie beyond all numbers.
    fn square(&self, ln_q: f64) -> Square {
        let end = -LEAST.ln();
        if gaussian::sides(self.activation).is_some() {
            let here = averages(self.activation, 1.0);
            return Square { ln: here.square.ln() + ln_q, elasticity: 1.0, here };
        }
        let within = ln_q.clamp(-end, end);
        let here = averages(self.activation, libm::exp(within));
        let elasticity = here.growth * libm::exp(within) / here.square;
        // Where numbers end, the average is a power of the variance, the 0th one of what is bounded; what is 0 or infinite before
        // that stays so.
        let beyond = if elasticity.abs() > 1e-12 { elasticity * (ln_q - within) } else { 0.0 };
        Square { ln: here.square.ln() + beyond, elasticity, here }
    }

    /// The logarithm of `w square + b`, and the share of it that is not the biases'.
    fn with_biases(&self, ln_square: f64) -> (f64, f64) {
        let by_weights = self.weights.ln() + ln_square;
        let sum = ln_sum(by_weights, self.biases.ln());
        (sum, if by_weights == f64::NEG_INFINITY { 0.0 } else { libm::exp(by_weights - sum) })
    }

    /// The correlation one layer later, of two samples with variance `q`.
    pub fn next_correlation(&self, q: f64, c: f64) -> f64 {
        let pair = pair_averages(self.activation, q, c).values;
        (self.weights * pair + self.biases) / self.next_variance(q)
    }

    /// Where a signal of variance `q` goes: the first fixed point on its way.
    pub fn fixed_point(&self, q: f64) -> FixedPoint {
        let exactly = |q: f64| self.next_variance(q) / q - 1.0;
        // Rounding is no growth.
        let growth = |q: f64| Some(exactly(q)).filter(|growth| growth.abs() > 1e-12).unwrap_or(0.0);
        let here = growth(q);
        if here == 0.0 {
            let everywhere = growth(0.5 * q) == 0.0 && growth(2.0 * q) == 0.0;
            return if everywhere { FixedPoint::Everywhere } else { FixedPoint::At(q) };
        }
        // In the direction in which it goes, until it would go back.
        let goes_on = |q: f64| growth(q) * here.signum() >= 0.0;
        let (mut near, mut far) = (q, q);
        while goes_on(far) {
            near = far;
            let is_plain = !(SHAPELESS..1.0 / SHAPELESS).contains(&far);
            let factor = if is_plain { 1e30 } else { 2.0 };
            far = (far * if here > 0.0 { factor } else { 1.0 / factor }).clamp(LEAST, 1.0 / LEAST);
            if far == near {
                return if here > 0.0 { FixedPoint::Infinite } else { FixedPoint::At(0.0) };
            }
        }
        // In between, on a logarithmic scale.
        for _ in 0..60 {
            let middle = between(near, far);
            if exactly(middle) * here > 0.0 { near = middle } else { far = middle }
        }
        FixedPoint::At(between(near, far))
    }

    /// What depth does to a signal that starts with variance `q`.
    pub fn phase(&self, q: f64) -> Phase {
        let fixed_point = self.fixed_point(q);
        let at = match fixed_point {
            FixedPoint::At(q) if q > 0.0 => q,
            // The limits are reached long before numbers end.
            FixedPoint::At(_) => NOTHING,
            FixedPoint::Everywhere => q,
            FixedPoint::Infinite => 1.0 / NOTHING,
        };
        let here = averages(self.activation, at);
        let (chi, slope) = (self.weights * here.slope_square, self.weights * here.growth);
        let depth = |factor: f64| if factor >= 1.0 - 1e-9 { f64::INFINITY } else { -1.0 / factor.abs().ln() };
        let is_finite = !matches!(fixed_point, FixedPoint::At(0.0) | FixedPoint::Infinite);
        let correlation = is_finite.then(|| self.fixed_correlation(at, chi));
        let correlation_depth = match correlation {
            Some(c) if c < 1.0 => depth(self.weights * pair_averages(self.activation, at, c).slopes),
            _ => depth(chi),
        };
        Phase { fixed_point, chi, slope, correlation, variance_depth: depth(slope), correlation_depth }
    }

    /// The stable fixed point of the correlation map: 1 unless small differences grow.
    fn fixed_correlation(&self, q: f64, chi: f64) -> f64 {
        if chi <= 1.0 + 1e-9 {
            return 1.0;
        }
        let (mut low, mut high) = (0.0, 1.0);
        for _ in 0..45 {
            let middle = 0.5 * (low + high);
            if self.next_correlation(q, middle) > middle { low = middle } else { high = middle }
        }
        0.5 * (low + high)
    }
}

/// The logarithm of a sum of which both parts are given by their logarithms; one that is nothing changes no bit of the other.
fn ln_sum(a: f64, b: f64) -> f64 {
    let (more, less) = (a.max(b), a.min(b));
    if less == f64::NEG_INFINITY { more } else { more + libm::log1p(libm::exp(less - more)) }
}

/// The geometric mean, also where the product is no number any more.
fn between(a: f64, b: f64) -> f64 {
    let product = a * b;
    if product.is_normal() { product.sqrt() } else { a.sqrt() * b.sqrt() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ensemble(activation: Activation, weights: f64, biases: f64) -> Ensemble {
        Ensemble { activation, weights, biases }
    }

    #[test]
    fn relu_networks_keep_lose_or_explode_their_signal() {
        assert_eq!(ensemble(Activation::Relu, 2.0, 0.0).fixed_point(3.0), FixedPoint::Everywhere);
        assert_eq!(ensemble(Activation::Relu, 1.9, 0.0).fixed_point(3.0), FixedPoint::At(0.0));
        assert_eq!(ensemble(Activation::Relu, 2.1, 0.0).fixed_point(3.0), FixedPoint::Infinite);
        let FixedPoint::At(q) = ensemble(Activation::Relu, 1.0, 0.3).fixed_point(5.0) else { panic!() };
        // q = q / 2 + 0.3
        assert!((q - 0.6).abs() < 1e-12);
        let phase = ensemble(Activation::Relu, 2.0, 0.0).phase(1.0);
        assert!((phase.chi - 1.0).abs() < 1e-12 && phase.correlation == Some(1.0), "{phase:?}");
        assert_eq!(phase.correlation_depth, f64::INFINITY);
    }

    /// Klambauer et al. 2017: with variance 1 / fan-in the fixed point is mean 0, variance 1, and it attracts.
    #[test]
    fn selu_networks_normalize_themselves() {
        let selu = ensemble(Activation::Selu, 1.0, 0.0);
        for q in [0.5, 1.0, 4.0] {
            let FixedPoint::At(fixed) = selu.fixed_point(q) else { panic!() };
            assert!((fixed - 1.0).abs() < 1e-12, "{fixed}");
        }
        let phase = selu.phase(1.0);
        assert!(phase.slope < 1.0 && phase.chi > 1.0, "{phase:?}");
    }

    /// Poole et al. 2016, figure 2; Schoenholz et al. 2017, section 3: tanh with weights of standard deviation 1.3 is
    /// ordered with these biases; with 4 it is chaotic, and its samples come apart.
    #[test]
    fn tanh_networks_are_ordered_or_chaotic() {
        let ordered = ensemble(Activation::Tanh, 1.3 * 1.3, 0.3 * 0.3).phase(1.0);
        assert!(ordered.chi < 1.0 && ordered.correlation == Some(1.0), "{ordered:?}");
        let chaotic = ensemble(Activation::Tanh, 4.0 * 4.0, 0.3 * 0.3).phase(1.0);
        assert!(chaotic.chi > 1.0, "{chaotic:?}");
        let c = chaotic.correlation.unwrap();
        assert!((0.0..0.5).contains(&c), "{c}");
        // At the fixed points nothing changes any more.
        let FixedPoint::At(q) = chaotic.fixed_point else { panic!() };
        let network = ensemble(Activation::Tanh, 16.0, 0.09);
        assert!((network.next_variance(q) - q).abs() < 1e-10);
        assert!((network.next_correlation(q, c) - c).abs() < 1e-10);
    }

    /// The depth scales are how fast the maps come to their fixed points.
    #[test]
    fn depth_scales_are_those_of_the_maps() {
        let network = ensemble(Activation::Tanh, 1.2, 0.1);
        let phase = network.phase(1.0);
        let FixedPoint::At(fixed) = phase.fixed_point else { panic!() };
        let (mut q, mut c) = (1.01 * fixed, 0.999);
        for _ in 0..5 {
            let (next, next_c) = (network.next_variance(q), network.next_correlation(fixed, c));
            let rate = -1.0 / ((next - fixed) / (q - fixed)).ln();
            assert!((rate / phase.variance_depth - 1.0).abs() < 0.02, "{rate} {phase:?}");
            let rate = -1.0 / ((1.0 - next_c) / (1.0 - c)).ln();
            assert!((rate / phase.correlation_depth - 1.0).abs() < 0.02, "{rate} {phase:?}");
            (q, c) = (next, next_c);
        }
    }

    /// Hanin and Nica 2018: variance 5 / n per layer for relu with He's weights, and a mean of half of it below 0.
    #[test]
    fn relu_networks_spread_by_five_over_width_a_layer() {
        let he = ensemble(Activation::Relu, 2.0, 0.0);
        let spread = spread(&he.between(&[100; 51]), 1.0);
        assert!((spread.variance - 2.5).abs() < 1e-10 && (spread.mean + 1.25).abs() < 1e-10, "{spread:?}");
        let chance = chance_beyond(&he.between(&[100; 51]), 1.0, 10.0);
        assert!((0.2..0.3).contains(&chance), "{chance}");
        assert!(chance_beyond(&he.between(&[100_000; 51]), 1.0, 10.0) == 0.0);
    }

    proptest! {
        #[test]
        fn fixed_points_stay(which in 0..11_usize, weights in 0.1..6.0, biases in 0.0..2.0, q in 0.01..20.0) {
            let network = ensemble(Activation::ALL[which], weights, biases);
            if let FixedPoint::At(fixed) = network.fixed_point(q) && fixed > 0.0 {
                prop_assert!((network.next_variance(fixed) / fixed - 1.0).abs() < 1e-9, "{network:?} {fixed}");
            }
        }
    }
}
