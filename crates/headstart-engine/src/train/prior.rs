//! Answers that do not depend on the inputs.

use super::gather::PART;
use super::problem::Problem;
use crate::network::{Loss, Network, Output};
use crate::simd::Real;

impl<T: Real> Problem<T> {
    /// The logits that a network answers best with that knows the training targets and not the inputs, one for each output: the
    /// best constants of every loss there is. Samples count as they do in the loss: by the weights of their classes, if there are
    /// any.
    ///
    /// With a sigmoid the logit of the class's share `p`, `ln(p / (1 - p))`; half of that under tanh, whose probability is
    /// `(1 + tanh z) / 2`; the logarithms of the shares under softmax; of numbers their means, their medians for the absolute
    /// error, and for huber and log-cosh what lies between the two (Huber 1964); for a margin the side that has more, and by
    /// its square the mean of the sides; for focal the probabilities at which it is least, which are nearer to one another than the
    /// shares. What lies beyond the reach of an output is met as far as it goes.
    pub fn prior(&self) -> Vec<f64> {
        let network = &self.network;
        let best = match network.loss() {
            Loss::Hinge => {
                let side = |mean: f64| if mean == 0.0 { 0.0 } else { mean.signum() };
                self.mean_targets().into_iter().map(side).collect()
            }
            Loss::Focal(gamma) => return focal(network.output(), gamma, &self.mean_targets()),
            loss @ (Loss::MeanAbsoluteError | Loss::Huber(_) | Loss::LogCosh) => {
                (0..network.outputs()).map(|j| best_constant(loss, self.targets_of(j).collect())).collect()
            }
            _ => self.mean_targets(),
        };
        logits(network, best)
    }

    /// The targets of an output, each with what it counts.
    fn targets_of(&self, output: usize) -> impl Iterator<Item = (f64, f64)> {
        let (_, targets, weights) = self.training_set();
        let outputs = self.network.outputs();
        let of = move |(s, y): (usize, &T)| (y.to_f64(), weights.get(s).copied().unwrap_or(1.0));
        targets.iter().skip(output).step_by(outputs).enumerate().map(of)
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

/// The number that a loss of numbers is least for if it is all that is ever said, of targets with what each counts: the mean of
/// them, for the absolute error their median, and for huber and log-cosh what lies between the two (Huber 1964).
pub fn best_constant(loss: Loss, targets: Vec<(f64, f64)>) -> f64 {
    match loss {
        Loss::MeanAbsoluteError => median(targets),
        Loss::Huber(delta) => balanced(&targets, |error| error.clamp(-delta, delta)),
        Loss::LogCosh => balanced(&targets, libm::tanh),
        _ => {
            let total: f64 = targets.iter().map(|(_, weight)| weight).sum();
            targets.iter().map(|(y, weight)| y * (weight / total)).sum()
        }
    }
}

/// The median; in the middle where there are two.
fn median(mut targets: Vec<(f64, f64)>) -> f64 {
    targets.sort_by(|a, b| a.0.total_cmp(&b.0));
    let half = 0.5 * targets.iter().map(|(_, weight)| weight).sum::<f64>();
    let mut below = 0.0;
    for (i, (y, weight)) in targets.iter().enumerate() {
        below += weight;
        if below > half {
            return *y;
        }
        if below == half {
            return f64::midpoint(*y, targets.get(i + 1).map_or(*y, |next| next.0));
        }
    }
    targets.last().map_or(0.0, |last| last.0)
}

/// Where the slopes of the errors, a function that rises, balance: by bisection, to the last digit.
fn balanced(targets: &[(f64, f64)], slope: impl Fn(f64) -> f64) -> f64 {
    let ends =
        targets.iter().fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], (y, _)| [low.min(*y), high.max(*y)]);
    root(ends, |a| targets.iter().map(|(y, weight)| weight * slope(a - y)).sum())
}

/// Where a function that rises comes to 0 between two ends, to the last digit or one.
fn root([mut low, mut high]: [f64; 2], f: impl Fn(f64) -> f64) -> f64 {
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            break;
        }
        match f(middle) {
            0.0 => return middle,
            at if at < 0.0 => low = middle,
            _ => high = middle,
        }
    }
    f64::midpoint(low, high)
}

/// The logits at which focal loss is least for classes of these shares.
fn focal(output: Output, gamma: f64, shares: &[f64]) -> Vec<f64> {
    // How fast the loss of a class falls with the logarithm of its probability p, over p; falling in p.
    let pull = |p: f64| {
        let q = 1.0 - p;
        let ratio = if q > 0.0 { -libm::log1p(-q) / q } else { 1.0 };
        libm::pow(q, gamma) * (gamma * ratio + 1.0 / p)
    };
    let (low, high) = (1e-12, 1.0 - 1e-12);
    if output == Output::Softmax {
        // Where the shares times the pulls are all the same, and the probabilities add up to 1.
        let at = |level: f64| -> Vec<f64> {
            shares.iter().map(|share| root([low, high], |p| libm::exp(level) - share * pull(p))).collect()
        };
        let level = root([-60.0, 60.0], |level| 1.0 - at(level).iter().sum::<f64>());
        return at(level).into_iter().map(libm::log).collect();
    }
    let best = |&share: &f64| {
        let p = root([low, high], |p| (1.0 - share) * pull(1.0 - p) - share * pull(p));
        libm::log(p / (1.0 - p))
    };
    shares.iter().map(best).collect()
}

/// The logits whose outputs are these numbers.
fn logits(network: &Network, best: Vec<f64>) -> Vec<f64> {
    let inside = |y: f64, low: f64| y.clamp(low + 1e-12, 1.0 - 1e-12);
    let logit = |y: f64| libm::log(y / (1.0 - y));
    let each = |of: &dyn Fn(f64) -> f64| best.iter().map(|&y| of(y)).collect();
    // At 0 a relu output would not move, and below 0 nothing is.
    let above = |y: f64| y.max(1e-12);
    match (network.loss(), network.output()) {
        (Loss::BinaryCrossEntropy, Output::Tanh) => each(&|y| logit(inside(y, 0.0)) / 2.0),
        (Loss::BinaryCrossEntropy, _) | (_, Output::Sigmoid) => each(&|y| logit(inside(y, 0.0))),
        (_, Output::Tanh) => each(&|y| libm::atanh(inside(y, -1.0))),
        (Loss::CrossEntropy, _) | (_, Output::Softmax) => each(&|y| libm::log(inside(y, 0.0))),
        (_, Output::Relu) => each(&above),
        (_, Output::Softplus) => each(&|y| above(y) + libm::log(-libm::expm1(-above(y)))),
        (_, Output::Exp) => each(&|y| libm::log(above(y))),
        (_, Output::Identity) => best,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_are_those_of_the_books() {
        let of = |loss: Loss, targets: &[f64]| best_constant(loss, targets.iter().map(|&y| (y, 1.0)).collect());
        let skewed = [0.0, 1.0, 2.0, 3.0, 94.0];
        assert_eq!(of(Loss::MeanSquaredError, &skewed), 20.0);
        assert_eq!(of(Loss::Poisson, &skewed), 20.0);
        assert_eq!(of(Loss::MeanAbsoluteError, &skewed), 2.0);
        assert_eq!(of(Loss::MeanAbsoluteError, &[4.0, 1.0]), 2.5);
        assert_eq!(best_constant(Loss::MeanAbsoluteError, vec![(4.0, 3.0), (1.0, 1.0)]), 4.0);
        // Of four targets near one another and one far off: their mean is moved by delta / 4.
        assert!((of(Loss::Huber(10.0), &skewed) - 4.0).abs() < 1e-14);
        // Delta beyond all errors: the mean; far below them: the median.
        assert!((of(Loss::Huber(1e3), &skewed) - 20.0).abs() < 1e-12);
        assert!((of(Loss::Huber(1e-3), &skewed) - 2.0).abs() < 1e-3);
        assert_eq!(of(Loss::LogCosh, &[-1.0, 1.0]), 0.0);
    }

    /// With gamma 0 it is cross-entropy, whose best probabilities are the shares; with more they come nearer to one another.
    #[test]
    fn focal_loss_is_least_nearer_to_the_middle() {
        let sigmoid = |z: f64| 1.0 / (1.0 + libm::exp(-z));
        let shares = [0.1, 0.2, 0.7];
        for (z, share) in focal(Output::Softmax, 0.0, &shares).into_iter().zip(shares) {
            assert!((libm::exp(z) - share).abs() < 1e-12, "{z}");
        }
        assert!((sigmoid(focal(Output::Sigmoid, 0.0, &[0.1])[0]) - 0.1).abs() < 1e-12);
        let p = sigmoid(focal(Output::Sigmoid, 2.0, &[0.1])[0]);
        assert!(p > 0.11 && p < 0.5, "{p}");
        let all = focal(Output::Softmax, 2.0, &shares).into_iter().map(libm::exp).collect::<Vec<_>>();
        assert!((all.iter().sum::<f64>() - 1.0).abs() < 1e-12 && all[0] > 0.1 && all[2] < 0.7, "{all:?}");
        // Two classes by softmax are those by sigmoid.
        let two = focal(Output::Softmax, 2.0, &[0.9, 0.1]);
        assert!((libm::exp(two[1]) - p).abs() < 1e-9, "{two:?}");
    }
}
