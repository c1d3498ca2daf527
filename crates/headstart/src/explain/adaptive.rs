//! The curvature that steps of adam, rmsprop and their like meet: of the loss in parameters that are scaled as they scale their gradients.

use headstart_engine::landscape::Landscape;
use headstart_engine::optimizer::Optimizer;
use headstart_engine::train::Training;

/// Steps after which the second moments of the gradient are worth looking at: the first ones follow its sign.
const STEPS: usize = 50;

/// Multiply-adds that these steps may take.
const WORK: f64 = 1e10;

/// The sharpness of the loss where the first steps have led, each parameter at the rate that the optimizer gives it (Cohen et al.
/// 2022, "Adaptive gradient methods at the edge of stability", section 2), and how many steps these were; all samples are used at
/// every step. None for descent, for rules whose steps are no gradient at rates of its own size (adadelta, lion, lbfgs), and where
/// these steps diverge.
pub fn sharpness(landscape: &Landscape, start: &[f64], training: &Training) -> Option<(f64, usize)> {
    let mut rule = Rule::of(training.optimizer, start.len())?;
    let factors = landscape.rates();
    let factor = |i: usize| factors.as_ref().map_or(1.0, |factors| factors[i]);
    let each = 3.0 * landscape.network().products() as f64 * landscape.samples() as f64;
    let most = ((WORK / each) as usize).clamp(1, STEPS).min(training.steps);
    let mut here = start.to_vec();
    let mut rates = vec![0.0; here.len()];
    for step in 1..=most {
        let (loss, gradient) = landscape.gradient(&here);
        if !loss.is_finite() {
            return None;
        }
        let lr = training.rate(step - 1);
        for (i, g) in gradient.iter().enumerate() {
            let (rate, direction) = rule.meet(i, *g, step as f64);
            rates[i] = factor(i) * rate;
            here[i] -= lr * rates[i] * direction;
        }
    }
    let sharpness = landscape.sharpness_at_rates(&here, &rates).value;
    sharpness.is_finite().then_some((sharpness, most))
}

/// A rule that scales every gradient by itself.
struct Rule {
    optimizer: Optimizer,
    /// Of the gradient, and of its size, parameter by parameter.
    mean: Vec<f64>,
    size: Vec<f64>,
}

impl Rule {
    fn of(optimizer: Optimizer, parameters: usize) -> Option<Self> {
        let initial = match optimizer {
            Optimizer::Descent { .. }
            | Optimizer::Adadelta { .. }
            | Optimizer::Lion { .. }
            | Optimizer::Lbfgs { .. } => return None,
            Optimizer::Adagrad { initial, .. } => initial,
            _ => 0.0,
        };
        Some(Self { optimizer, mean: vec![0.0; parameters], size: vec![initial; parameters] })
    }

    /// The rate of a parameter after one more gradient, and what it is moved by at that rate. What has no gradient is not moved.
    fn meet(&mut self, i: usize, g: f64, step: f64) -> (f64, f64) {
        let Self { optimizer, mean, size } = self;
        let (mean, size) = (&mut mean[i], &mut size[i]);
        let ema = |old: f64, beta: f64, new: f64| beta * old + (1.0 - beta) * new;
        let corrected = |beta: f64| 1.0 - libm::pow(beta, step);
        let (scale, direction) = match *optimizer {
            Optimizer::Adam { beta1, beta2, epsilon } | Optimizer::Nadam { beta1, beta2, epsilon } => {
                (*mean, *size) = (ema(*mean, beta1, g), ema(*size, beta2, g * g));
                let unbiased = *mean / corrected(beta1);
                let is_ahead = matches!(optimizer, Optimizer::Nadam { .. });
                let direction = if is_ahead { ema(unbiased, beta1, g / corrected(beta1)) } else { unbiased };
                ((*size / corrected(beta2)).sqrt() + epsilon, direction)
            }
            Optimizer::Adamax { beta1, beta2, epsilon } => {
                (*mean, *size) = (ema(*mean, beta1, g), (beta2 * *size).max(g.abs() + epsilon));
                (*size, *mean / corrected(beta1))
            }
            Optimizer::Adagrad { epsilon, .. } => {
                *size += g * g;
                (size.sqrt() + epsilon, g)
            }
            Optimizer::RmsProp { decay, epsilon } => {
                *size = ema(*size, decay, g * g);
                (size.sqrt() + epsilon, g)
            }
            _ => (0.0, 0.0),
        };
        if *size > 0.0 && scale > 0.0 { (1.0 / scale, direction) } else { (0.0, 0.0) }
    }
}
