//! Answers that do not depend on the inputs.

use super::Problem;
use super::data::PART;
use crate::network::{Loss, Network, Output};
use crate::simd::Real;

impl<T: Real> Problem<T> {
    /// The logits that a network answers best with that knows the training targets and not the inputs, one for each output: the
    /// best constants of every loss there is. Samples count as they do in the loss: by the weights of their classes, if there are
    /// any.
    ///
    /// With a sigmoid the logit of the class's share `p`, `ln(p / (1 - p))`; half of that under tanh, whose probability is
    /// `(1 + tanh z) / 2`; the logarithms of the shares under softmax; of numbers their means. What lies beyond the reach of an
    /// output is met as far as it goes.
    pub fn prior(&self) -> Vec<f64> {
        logits(&self.network, self.mean_targets())
    }

    /// The mean of the targets of each output. Samples are taken in parts of fixed size, whose sums are added in order.
    fn mean_targets(&self) -> Vec<f64> {
        let (samples, targets, weights) = self.training_set();
        let (outputs, each) = (self.network.outputs(), 1.0 / samples.count as f64);
        let (mut means, mut total) = (vec![0.0; outputs], 0.0);
        for (p, part) in targets.chunks(PART * outputs).enumerate() {
            let (mut of_part, mut of_weights) = (vec![0.0; outputs], 0.0);
            for (s, sample) in part.chunks(outputs).enumerate() {
                let weight = weights.get(p * PART + s).map_or(each, |weight| weight * each);
                of_weights += weight;
                for (sum, y) in of_part.iter_mut().zip(sample) {
                    *sum += y.to_f64() * weight;
                }
            }
            total += of_weights;
            means.iter_mut().zip(of_part).for_each(|(mean, sum)| *mean += sum);
        }
        if !weights.is_empty() {
            for mean in &mut means {
                *mean /= total;
            }
        }
        means
    }
}

/// The logits whose outputs are these means.
fn logits(network: &Network, means: Vec<f64>) -> Vec<f64> {
    let inside = |y: f64, low: f64| y.clamp(low + 1e-12, 1.0 - 1e-12);
    let logit = |y: f64| libm::log(y / (1.0 - y));
    match (network.loss(), network.output()) {
        (Loss::BinaryCrossEntropy, Output::Tanh) => means.iter().map(|&y| logit(inside(y, 0.0)) / 2.0).collect(),
        (Loss::BinaryCrossEntropy, _) | (_, Output::Sigmoid) => means.iter().map(|&y| logit(inside(y, 0.0))).collect(),
        (_, Output::Tanh) => means.iter().map(|&y| libm::atanh(inside(y, -1.0))).collect(),
        (Loss::CrossEntropy, _) | (_, Output::Softmax) => means.iter().map(|&y| libm::log(inside(y, 0.0))).collect(),
        (Loss::MeanSquaredError, Output::Identity) => means,
    }
}
