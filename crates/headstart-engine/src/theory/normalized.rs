//! Normalization in plain deep networks, `z -> norm -> phi -> W`: by how much a gradient grows per layer on its way back.
//!
//! A normalization hides how large the weights are, forward (it divides by the standard deviation `sigma`) and backward (it divides the
//! gradient by `sigma`, too): no scheme changes what is computed here, only the activation does.

use super::averages;
use super::gaussian::{legendre, pair_averages, sides};
use crate::activation::Activation;
use std::f64::consts::PI;

/// The factor per layer of the gradient's second moment in wide networks with layer normalization, or that by the root of the mean
/// square, before each activation: `E[phi'(u)^2] / E[phi(u)^2]` at variance 1, far from the input and without biases.
///
/// The activation sees variance 1, so the next layer has `q = w E[phi(u)^2]`, which its normalization divides the gradient's
/// `w E[phi'(u)^2]` by. 1 of what has no scale, as identity and relu: there the gradient keeps its size. Biases of variance b, which
/// are part of q, lower it: that is [`Block`](super::Block) with skip 0.
pub fn layer_norm_growth(activation: Activation) -> f64 {
    let here = averages(activation, 1.0);
    here.slope_square / here.square
}

/// The factor per layer of the gradient's second moment in wide networks with batch normalization before each activation, in the
/// limit of large batches: `E[phi'(u)^2] / (E[phi(u)^2] - E[phi(u)]^2)` at variance 1 (Yang et al. 2019, "A mean field theory of batch
/// normalization"); `pi / (pi - 1) = 1.467` of relu.
///
/// What a layer's samples share is their mean's, which the next normalization takes away: of `w E[phi(u)^2]` a part of
/// `w E[phi(u)]^2` is lost, not of the gradient's. It is never below 1 (Poincare's inequality; jumps are slopes that no gradient sees, and do not
/// count), and 1 of straight lines alone.
pub fn batch_norm_limit(activation: Activation) -> f64 {
    let here = averages(activation, 1.0);
    here.slope_square / (here.square - here.value * here.value)
}

/// The same for batches of `batch` samples, at the symmetric fixed point that deep networks come to whatever the data (the BSB1
/// fixed point of Yang et al. 2019): all samples are equally far from each other.
///
/// There a unit's normalized pre-activations over the batch of `B` are `x = sqrt(B) e` with `e` uniform on the unit sphere of the
/// `B - 1` dimensions that are orthogonal to `(1, ..., 1)`, and independent of the standard deviation, whose square is
/// `w (a - a') chi^2 / B` with `B - 1` degrees of freedom: of the inverse the mean is `B / ((B - 3) w (a - a'))`. Here
/// `a = E[phi(x_1)^2]` and `a' = E[phi(x_1) phi(x_2)]`. The gradient's covariance over the batch is the same in all directions that are
/// orthogonal to `(1, ..., 1)`; it is multiplied by the slopes, and loses its parts along that vector and along `e`. That leaves
///
/// ```text
/// ((B - 1) E[phi'(x_1)^2] + E[phi'(x_1) phi'(x_2)] - E[x_1^2 phi'(x_1)^2] + E[x_1 phi'(x_1) x_2 phi'(x_2)]) / ((B - 3) (a - a'))
/// ```
///
/// which is `(B - 2) / (B - 3)` of identity, exactly, and closed for relu and all without a scale: with `c = -1 / (B - 1)` their
/// averages over the sphere are those over a normal pair of correlation `c`. Of others they are integrals over two angles, whose panels
/// end at the activation's kinks.
///
/// It is a mean over infinitely many units, and good for batches of 8 or more. Below 6 its second moment is infinite: the few units
/// whose pre-activations lie close together have most of the gradient, and drawn layers scatter widely around it. It is infinite
/// for 3 samples, and 0 for fewer: of two samples the normalized values are -1 and 1 whatever the weights are. Frameworks add an epsilon
/// to the variance, which has no part in this. In convolutions the batch is that of samples times positions, as far as positions differ.
pub fn batch_norm_growth(activation: Activation, batch: usize) -> f64 {
    match batch {
        0..=2 => return 0.0,
        3 => return f64::INFINITY,
        _ => {}
    }
    let size = batch as f64;
    let on_sphere = Sphere::of(activation, size);
    let passed = (size - 1.0) * on_sphere.slope_square + on_sphere.slopes - on_sphere.lost;
    passed / ((size - 3.0) * on_sphere.varies)
}

/// Averages over two coordinates of a normalized batch.
struct Sphere {
    /// `E[phi'(x_1)^2]`
    slope_square: f64,
    /// `E[phi'(x_1) phi'(x_2)]`
    slopes: f64,
    /// `E[x_1^2 phi'(x_1)^2] - E[x_1 phi'(x_1) x_2 phi'(x_2)]`
    lost: f64,
    /// `E[phi(x_1)^2] - E[phi(x_1) phi(x_2)]`
    varies: f64,
}

impl Sphere {
    fn of(activation: Activation, batch: f64) -> Self {
        let c = -1.0 / (batch - 1.0);
        if sides(activation).is_none() {
            return Self::by_angles(activation, batch, c);
        }
        // What is multiplied by a number if its argument is has the normal pair's averages at any radius; and x phi'(x) is phi(x).
        let (single, pair) = (averages(activation, 1.0), pair_averages(activation, 1.0, c));
        let varies = single.square - pair.values;
        Self { slope_square: single.slope_square, slopes: pair.slopes, lost: varies, varies }
    }

    /// Two coordinates of a point on a sphere in `B - 1` dimensions: `sqrt(B - 1) sin(psi)` is their distance from 0, with density
    /// `(B - 3) cos(psi)^(B - 4) sin(psi)`, and the other angle is uniform.
    fn by_angles(activation: Activation, batch: f64, c: f64) -> Self {
        let radius = (batch - 1.0).sqrt();
        let end = if radius > FAR { libm::asin(FAR / radius) } else { 0.5 * PI };
        let kinks: Vec<f64> = [0.0].into_iter().chain(activation.kinks()).collect();
        let reached = kinks.iter().map(|kink| libm::asin((kink.abs() / radius).min(1.0)).min(end));
        let (mut first, mut second, mut weights) = (Vec::new(), Vec::new(), Vec::new());
        for (psi, out) in panels(&sorted([end].into_iter().chain(reached)), 8) {
            let (distance, cos) = (radius * libm::sin(psi), libm::cos(psi));
            let density = (batch - 3.0) * libm::pow(cos, batch - 4.0) * libm::sin(psi) / (2.0 * PI);
            let angle = libm::acos(c);
            for (theta, weight) in panels(&turns(&kinks, distance, angle), 2) {
                first.push(distance * libm::cos(theta));
                second.push(distance * libm::cos(theta - angle));
                weights.push(density * out * weight);
            }
        }
        let ((phi, slope), (other, other_slope)) = (activation.of(&first), activation.of(&second));
        let mean = |f: &dyn Fn(usize) -> f64| weights.iter().enumerate().map(|(i, weight)| weight * f(i)).sum::<f64>();
        Self {
            slope_square: mean(&|i| slope[i] * slope[i]),
            slopes: mean(&|i| slope[i] * other_slope[i]),
            lost: mean(&|i| first[i] * slope[i] * (first[i] * slope[i] - second[i] * other_slope[i])),
            varies: mean(&|i| phi[i] * (phi[i] - other[i])),
        }
    }
}

/// Beyond so many standard deviations there is nothing.
const FAR: f64 = 12.0;

/// The directions in which one of two coordinates comes to a kink at this distance, once around; the coordinates' axes have this angle.
fn turns(kinks: &[f64], distance: f64, angle: f64) -> Vec<f64> {
    let seen = kinks.iter().filter(|kink| kink.abs() < distance).map(|kink| libm::acos(kink / distance));
    let both = seen.flat_map(|turn| [turn, -turn, angle + turn, angle - turn]);
    let mut turns = sorted(both.map(|turn| turn.rem_euclid(2.0 * PI)));
    turns.push(turns[0] + 2.0 * PI);
    turns
}

fn sorted(numbers: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut numbers: Vec<f64> = numbers.collect();
    numbers.sort_by(f64::total_cmp);
    numbers
}

/// Nodes and weights of Gauss-Legendre rules on so many equal panels between each two of these numbers.
fn panels(ends: &[f64], parts: usize) -> Vec<(f64, f64)> {
    let panel =
        |from: f64, half: f64| legendre().iter().map(move |(x, weight)| (from + half * (1.0 + x), half * weight));
    let parts_of = |pair: &[f64]| {
        let (from, width) = (pair[0], (pair[1] - pair[0]) / parts as f64);
        (0..parts).flat_map(move |part| panel(from + part as f64 * width, 0.5 * width))
    };
    ends.windows(2).flat_map(parts_of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Native, Stream};
    use crate::theory::draws;
    use ndarray::Array2;
    use proptest::prelude::*;

    #[test]
    fn limits_have_their_closed_forms() {
        assert!((batch_norm_limit(Activation::Relu) - PI / (PI - 1.0)).abs() < 1e-14);
        assert!((batch_norm_limit(Activation::Relu) - 1.467).abs() < 1e-3);
        assert_eq!(batch_norm_limit(Activation::Identity), 1.0);
        assert_eq!(layer_norm_growth(Activation::Relu), 1.0);
        assert_eq!(layer_norm_growth(Activation::LeakyRelu(0.3)), 1.0);
        // Klambauer et al. 2017: selu's second moment is 1 at variance 1.
        assert!((layer_norm_growth(Activation::Selu) - 1.0715749924557993).abs() < 1e-12);
        // A leaky relu, (1 + s^2) / 2 over the same less (1 - s)^2 / (2 pi).
        let (slope, half) = (0.2, 0.5 * 1.04);
        let leaky = half / (half - 0.8 * 0.8 / (2.0 * PI));
        assert!((batch_norm_limit(Activation::LeakyRelu(slope)) - leaky).abs() < 1e-14);
    }

    #[test]
    fn batches_of_linear_networks_have_their_closed_form() {
        for batch in [4, 5, 10, 1000] {
            let exact = (batch as f64 - 2.0) / (batch as f64 - 3.0);
            assert!((batch_norm_growth(Activation::Identity, batch) - exact).abs() < 1e-12, "{batch}");
        }
        let all = [1, 2, 3].map(|batch| batch_norm_growth(Activation::Relu, batch));
        assert_eq!(all, [0.0, 0.0, f64::INFINITY]);
    }

    #[test]
    fn large_batches_come_to_the_limit_like_one_over_their_size() {
        for activation in [Activation::Relu, Activation::Tanh, Activation::Gelu, Activation::HardTanh, Activation::Selu]
        {
            let limit = batch_norm_limit(activation);
            let [near, nearer] = [10_000, 20_000].map(|batch| batch_norm_growth(activation, batch) / limit - 1.0);
            assert!(nearer.abs() < 1e-3 && (near - 2.0 * nearer).abs() < 5e-5, "{activation}: {near} {nearer}");
        }
    }

    /// The two ways to the averages agree where both go, and the integrals with drawn points.
    #[test]
    fn averages_over_the_sphere_are_those_of_drawn_batches() {
        for batch in [4.0, 7.0, 100.0] {
            let c = -1.0 / (batch - 1.0);
            let (closed, angles) = (Sphere::of(Activation::Relu, batch), Sphere::by_angles(Activation::Relu, batch, c));
            for (a, b) in [
                (closed.slope_square, angles.slope_square),
                (closed.slopes, angles.slopes),
                (closed.lost, angles.lost),
                (closed.varies, angles.varies),
            ] {
                assert!((a - b).abs() < 1e-9, "{batch}: {a} {b}");
            }
        }
        let mut stream = Native::new(3, 3);
        let (batch, draws) = (6, 40_000);
        let [mut varies, mut slopes] = [0.0; 2];
        for _ in 0..draws {
            let z = Array2::from_shape_fn((1, batch), |_| stream.normal());
            let (values, slope) = draws::activate(Activation::Tanh, &draws::normalize(&z, 1).0);
            varies += values[[0, 0]] * (values[[0, 0]] - values[[0, 1]]) / f64::from(draws);
            slopes += slope[[0, 0]] * slope[[0, 1]] / f64::from(draws);
        }
        let tanh = Sphere::of(Activation::Tanh, batch as f64);
        assert!((varies / tanh.varies - 1.0).abs() < 0.02, "{varies}, not {}", tanh.varies);
        assert!((slopes / tanh.slopes - 1.0).abs() < 0.02, "{slopes}, not {}", tanh.slopes);
    }

    /// The growth per layer between the 4th and the 8th layer of drawn networks, normalized over units (0) or the batch (1), a mean
    /// over so many draws.
    fn drawn(activation: Activation, axis: usize, [units, batch]: [usize; 2], draws: u64) -> f64 {
        let growth = |seed| {
            let mut stream = Native::new(seed, 9);
            let mut z = draws::normal(units, batch, 1.0, &mut stream);
            let layers: Vec<_> = (0..8)
                .map(|_| {
                    let norm = draws::normalize(&z, axis);
                    let (values, slopes) = draws::activate(activation, &norm.0);
                    let weights = draws::weights(units, units, 1.3, &mut stream);
                    z = weights.dot(&values);
                    (norm, slopes, weights)
                })
                .collect();
            let mut gradient = draws::normal(units, batch, 1.0, &mut stream);
            let back = layers.iter().rev().map(|(norm, slopes, weights)| {
                let delta = weights.t().dot(&gradient) * slopes;
                gradient = draws::normalize_back(&delta, norm, axis);
                draws::mean_square(&gradient)
            });
            let sizes: Vec<f64> = back.collect();
            sizes[4] / sizes[0]
        };
        ((0..draws).map(growth).sum::<f64>() / draws as f64).powf(0.25)
    }

    #[test]
    fn drawn_networks_grow_as_told() {
        for (activation, axis, size, draws) in [
            (Activation::Relu, 1, [300, 48], 3),
            (Activation::Tanh, 1, [300, 48], 3),
            (Activation::Identity, 1, [300, 12], 3),
            (Activation::Relu, 1, [300, 8], 16),
            (Activation::Relu, 0, [300, 2], 30),
            (Activation::Tanh, 0, [300, 2], 10),
        ] {
            let found = drawn(activation, axis, size, draws);
            let told = if axis == 1 { batch_norm_growth(activation, size[1]) } else { layer_norm_growth(activation) };
            assert!((found / told - 1.0).abs() < 0.04, "{activation} {axis} {size:?}: {found}, not {told}");
        }
    }

    proptest! {
        /// Poincare's inequality: what has values that vary has slopes. Jumps are slopes that are not seen.
        #[test]
        fn batch_normalization_never_shrinks_gradients(which in 0..29_usize, batch in 4..200_usize) {
            let activation = Activation::ALL[which];
            if !activation.jumps() {
                let growth = batch_norm_growth(activation, batch);
                prop_assert!(batch_norm_limit(activation) >= 1.0 - 1e-12 && growth >= 1.0, "{activation} {growth}");
            }
        }
    }
}
