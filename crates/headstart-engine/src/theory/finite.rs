//! Networks of finite width: their signals spread.

use super::{Ensemble, Layer};
use crate::activation::Activation;
use crate::rng::{Native, Stream};
use std::collections::HashMap;

/// The size of the last layer's signal over the draws of the weights: log-normal, to first order in depth over width.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// The mean of `ln(q_last / q_first)`.
    pub mean: f64,
    /// Its variance.
    pub variance: f64,
    /// What it is in wide layers.
    pub ln_signal: f64,
    /// The logarithm of the factor of the gradient's second moment, backward, in wide layers.
    pub ln_gradient: f64,
}

/// A layer of weights behind a hidden layer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// How it is drawn, and the activation of the layer before it.
    pub ensemble: Ensemble,
    /// Units of the layer before it.
    pub units: usize,
}

impl Ensemble {
    /// The layers of weights between hidden layers of these widths, all drawn alike.
    pub fn between(self, widths: &[usize]) -> Vec<Step> {
        widths.iter().rev().skip(1).rev().map(|&units| Step { ensemble: self, units }).collect()
    }
}

/// The layers one after the other, from the logarithm of the variance in the first hidden one.
pub fn layers(steps: &[Step], ln_q: f64) -> impl Iterator<Item = Layer> {
    let mut ln_q = ln_q;
    let mut known: Option<(Ensemble, f64, Layer)> = None;
    steps.iter().map(move |step| {
        // Of thousands of layers most are where the signal has settled.
        let settled = known.filter(|(ensemble, at, _)| *ensemble == step.ensemble && *at == ln_q);
        let layer = settled.map_or_else(|| step.ensemble.layer(ln_q), |(.., layer)| layer);
        known = Some((step.ensemble, ln_q, layer));
        ln_q = layer.ln_variance;
        layer
    })
}

/// How the second moment of the pre-activations spreads through these layers, from variance `q` in the first hidden one.
///
/// Each layer's mean of `phi^2` over `n` units varies by `Var[phi^2] / n`, and what the layers before did goes on with
/// the slope of the variance map. For relu with He's weights that is a variance of `5 sum 1/n` and a mean of half of it
/// below 0 (Hanin and Nica 2018, theorem 1; Hanin and Rolnick 2018, theorem 5).
pub fn spread(steps: &[Step], q: f64) -> Spread {
    let (mut variance, mut ln_gradient, mut ln_signal) = (0.0, 0.0, 0.0);
    for (step, layer) in steps.iter().zip(layers(steps, q.ln())) {
        variance = layer.passed_on * layer.passed_on * variance + layer.variation / step.units as f64;
        ln_gradient += layer.ln_gradient;
        ln_signal = layer.ln_variance - q.ln();
    }
    // The mean of the signal is what the infinitely wide network has; that of its logarithm is lower.
    Spread { mean: ln_signal - 0.5 * variance, variance, ln_signal, ln_gradient }
}

/// Draws of the weights that a chance is counted from: layers in all of them, and the fewest and the most draws.
const LAYERS: usize = 1_000_000;
const DRAWS: (usize, usize) = (400, 20_000);

/// The chance over the draws of the weights that the second moment of the pre-activations is larger or smaller by more than
/// a factor behind these layers than in the first hidden one, where it is `q`.
///
/// [`spread`] does not tell: it is linear in what the layers before did, and a signal that comes back to its place (or that
/// leaves it the faster the farther away it is) is not. So the chance is counted. Given the variance in one layer, that in
/// the next one is `w` times a mean of `n` independent `phi(u)^2`, plus `b`; the mean is drawn from the gamma distribution
/// that has its mean and variance. The draws are always the same ones.
pub fn chance_beyond(steps: &[Step], q: f64, factor: f64) -> f64 {
    if steps.is_empty() {
        return 0.0;
    }
    let mut stream = Native::new(0, 0);
    let mut squares = Squares::default();
    let draws = (LAYERS / steps.len()).clamp(DRAWS.0, DRAWS.1);
    let beyond = (0..draws).filter(|_| {
        let mut ln_q = q.ln();
        for Step { ensemble, units } in steps {
            // What is 0 in all units has no mean to be drawn.
            if ln_q == f64::NEG_INFINITY {
                ln_q = ensemble.layer(ln_q).ln_variance;
                continue;
            }
            let (ln_square, variation) = squares.at(ensemble, ln_q);
            let ln_square = ln_square + ln_mean(*units as f64 / variation, &mut stream);
            // What has left the numbers has left the range.
            if ln_square.is_nan() {
                return true;
            }
            ln_q = ensemble.with_biases(ln_square).0;
        }
        (ln_q - q.ln()).abs() > factor.ln()
    });
    beyond.count() as f64 / draws as f64
}

/// Mean and relative variance of `phi(u)^2`, between points that are computed once.
#[derive(Default)]
struct Squares {
    /// Networks have few of them, and weights and biases do not count.
    activations: Vec<Activation>,
    /// By the activation's place there, and by the logarithm of the variance.
    known: HashMap<(usize, i64), (f64, f64)>,
}

impl Squares {
    /// Points in a unit of the logarithm.
    const FINE: f64 = 10.0;

    fn at(&mut self, ensemble: &Ensemble, ln_q: f64) -> (f64, f64) {
        let found = self.activations.iter().position(|activation| *activation == ensemble.activation);
        let found = found.unwrap_or_else(|| {
            self.activations.push(ensemble.activation);
            self.activations.len() - 1
        });
        let place = (ln_q * Self::FINE).floor();
        let mut point = |i: f64| {
            *self.known.entry((found, i as i64)).or_insert_with(|| {
                let square = ensemble.square(i / Self::FINE);
                (square.ln, square.here.variation)
            })
        };
        let ((a, u), (b, v)) = (point(place), point(place + 1.0));
        let share = ln_q * Self::FINE - place;
        (a + share * (b - a), u + share * (v - u))
    }
}

/// The logarithm of a draw from the gamma distribution of this shape and mean 1 (Marsaglia and Tsang 2000, "A simple method
/// for generating gamma variables").
fn ln_mean(shape: f64, stream: &mut Native) -> f64 {
    // What does not vary is its mean.
    if !(shape > 0.0 && shape < 1e15) {
        return 0.0;
    }
    if shape < 1.0 {
        // A draw of the next shape times a power of a uniform one.
        let power = libm::log(1.0 - stream.uniform()) / shape;
        return ln_mean(shape + 1.0, stream) + ((shape + 1.0) / shape).ln() + power;
    }
    let d = shape - 1.0 / 3.0;
    loop {
        let x = stream.normal();
        let root = 1.0 + x / (9.0 * d).sqrt();
        let v = root * root * root;
        if v > 0.0 && libm::log(1.0 - stream.uniform()) < 0.5 * x * x + d * (1.0 - v + libm::log(v)) {
            return libm::log(v * d / shape);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::critical;

    #[test]
    fn gamma_draws_have_their_moments() {
        for shape in [0.3, 1.0, 4.0, 60.0] {
            let mut stream = Native::new(1, 1);
            let draws: Vec<f64> = (0..40_000).map(|_| libm::exp(ln_mean(shape, &mut stream))).collect();
            let mean = draws.iter().sum::<f64>() / 40_000.0;
            let variance = draws.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / 40_000.0;
            assert!((mean - 1.0).abs() < 5.0 * (1.0 / shape / 40_000.0).sqrt(), "{shape}: {mean}");
            assert!((variance * shape - 1.0).abs() < 0.1, "{shape}: {variance}");
        }
    }

    /// The same counted from networks: units drawn one by one.
    #[test]
    fn chances_are_those_of_networks() {
        let networks = |ensemble: &Ensemble, width: usize, depth: usize, q: f64| {
            const DRAWS: usize = 2_000;
            let mut stream = Native::new(7, 7);
            let beyond = (0..DRAWS).filter(|_| {
                let mut here = q;
                for _ in 1..depth {
                    let u: Vec<f64> = (0..width).map(|_| here.sqrt() * stream.normal()).collect();
                    let mean = ensemble.activation.of(&u).0.iter().map(|a| a * a).sum::<f64>() / width as f64;
                    here = ensemble.weights * mean + ensemble.biases;
                }
                (here / q).ln().abs() > 10_f64.ln()
            });
            beyond.count() as f64 / DRAWS as f64
        };
        for activation in [Activation::Gelu, Activation::Relu, Activation::Tanh, Activation::LeakyRelu(-0.5)] {
            let point = critical(activation).unwrap();
            let ensemble = Ensemble { activation, weights: point.weights, biases: point.biases };
            let q = if point.variance > 0.0 { point.variance } else { 1.0 };
            for (depth, width) in [(20, 60), (10, 8)] {
                let told = chance_beyond(&ensemble.between(&vec![width; depth]), q, 10.0);
                let counted = networks(&ensemble, width, depth, q);
                assert!(
                    (told - counted).abs() < 0.01 + 0.1 * counted,
                    "{activation} {depth} {width}: {told}, not {counted}"
                );
            }
        }
    }
}
