//! The curvature that steps of adam and rmsprop meet: of the loss in parameters that are scaled as they scale their gradients.

use headstart_engine::landscape::Landscape;
use headstart_engine::optimizer::Optimizer;
use headstart_engine::train::Training;

/// Steps after which the second moments of the gradient are worth looking at: the first ones follow its sign.
const STEPS: usize = 50;

/// Multiply-adds that these steps may take.
const WORK: f64 = 1e10;

/// The sharpness of the loss where the first steps have led, each parameter at the rate that the optimizer gives it (Cohen et al.
/// 2022, "Adaptive gradient methods at the edge of stability", section 2), and how many steps these were; all samples are used at
/// every step. None for descent, and where these steps diverge.
pub fn sharpness(landscape: &Landscape, start: &[f64], training: &Training) -> Option<(f64, usize)> {
    let (beta1, beta2, epsilon, is_corrected) = match training.optimizer {
        Optimizer::Descent { .. } => return None,
        Optimizer::Adam { beta1, beta2, epsilon } => (beta1, beta2, epsilon, true),
        Optimizer::RmsProp { decay, epsilon } => (0.0, decay, epsilon, false),
    };
    let factors = landscape.rates();
    let factor = |i: usize| factors.as_ref().map_or(1.0, |factors| factors[i]);
    let each = 3.0 * start.len() as f64 * landscape.samples() as f64;
    let most = ((WORK / each) as usize).clamp(1, STEPS).min(training.steps);
    let mut here = start.to_vec();
    let (mut mean, mut square) = (vec![0.0; here.len()], vec![0.0; here.len()]);
    let mut rates = mean.clone();
    for step in 1..=most {
        let (loss, gradient) = landscape.gradient(&here);
        if !loss.is_finite() {
            return None;
        }
        let corrected = |beta: f64| if is_corrected { 1.0 - beta.powf(step as f64) } else { 1.0 };
        let lr = training.schedule.rate(training.lr, step - 1, training.steps);
        for (i, g) in gradient.iter().enumerate() {
            mean[i] = beta1 * mean[i] + (1.0 - beta1) * g;
            square[i] = beta2 * square[i] + (1.0 - beta2) * g * g;
            // What has no gradient is not moved, at whatever rate.
            let is_moved = square[i] > 0.0;
            rates[i] = if is_moved { factor(i) / ((square[i] / corrected(beta2)).sqrt() + epsilon) } else { 0.0 };
            here[i] -= lr * rates[i] * mean[i] / corrected(beta1);
        }
    }
    let sharpness = landscape.sharpness_at_rates(&here, &rates).value;
    sharpness.is_finite().then_some((sharpness, most))
}
