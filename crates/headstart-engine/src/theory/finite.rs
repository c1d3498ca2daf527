//! Networks of finite width: their signals spread.

use super::{Ensemble, averages};

/// The size of the last layer's signal over the draws of the weights: log-normal, to first order in depth over width.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// The mean of `ln(q_last / q_first)`.
    pub mean: f64,
    /// Its variance.
    pub variance: f64,
}

/// How the second moment of the pre-activations spreads through hidden layers of these widths, from variance `q` in the
/// first one.
///
/// Each layer's mean of `phi^2` over `n` units varies by `Var[phi^2] / n`, and what the layers before did goes on with
/// the slope of the variance map. For relu with He's weights that is a variance of `5 sum 1/n` and a mean of half of it
/// below 0 (Hanin and Nica 2018, theorem 1; Hanin and Rolnick 2018, theorem 5).
pub fn spread(ensemble: &Ensemble, widths: &[usize], q: f64) -> Spread {
    let (mut mean, mut variance, mut q) = (0.0, 0.0, q);
    for &width in widths.iter().take(widths.len().saturating_sub(1)) {
        let here = averages(ensemble.activation, q);
        let next = ensemble.weights * here.square + ensemble.biases;
        let passed_on = ensemble.weights * here.growth * q / next;
        let square = ensemble.weights * ensemble.weights;
        let own = square * (here.fourth - here.square * here.square) / (width as f64 * next * next);
        mean += (next / q).ln();
        variance = passed_on * passed_on * variance + own;
        q = next;
    }
    // The mean of the signal is what the infinitely wide network has; that of its logarithm is lower.
    Spread { mean: mean - 0.5 * variance, variance }
}

impl Spread {
    /// The chance that the last signal is larger or smaller than the first by more than this factor.
    pub fn chance_beyond(&self, factor: f64) -> f64 {
        let sd = self.variance.sqrt();
        let bound = factor.ln();
        if sd == 0.0 {
            return f64::from(u8::from(self.mean.abs() > bound));
        }
        let tail = |distance: f64| 0.5 * libm::erfc(distance / sd / std::f64::consts::SQRT_2);
        tail(bound - self.mean) + tail(bound + self.mean)
    }
}
