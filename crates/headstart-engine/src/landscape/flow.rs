//! The gradient flow: where gradient descent goes, without taking all of its steps.
//!
//! Descent with learning rate `lr` is Euler's method for `d theta / dt = -grad L(theta)` with steps of `lr`. On a plateau
//! the gradient is small and changes slowly, so a method of higher order with steps that adapt themselves gets along it
//! with a small part of the evaluations. Where it would want steps shorter than `lr`, it takes descent's own.

use super::Landscape;

/// How large the error of a step may be, as a share of the norm of each layer's parameters.
const TOLERANCE: f64 = 1e-3;

/// What to follow the flow for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quest {
    /// The loss to get below.
    pub threshold: f64,
    /// The time that one step of training takes: its learning rate, over `1 - momentum` where there is one.
    pub step: f64,
    /// The time to stop at.
    pub until: f64,
    /// Evaluations of the gradient to stop after.
    pub evaluations: usize,
    /// Weight decay: the flow is down the gradient of the loss and of this half of the squares of all weights that decay.
    pub decay: f64,
}

/// Where the flow went.
#[derive(Clone, Debug, PartialEq)]
pub struct Flow {
    /// Time and loss, from time 0 on.
    pub trace: Vec<(f64, f64)>,
    /// How it ended.
    pub end: End,
    /// Evaluations of the gradient that it took.
    pub evaluations: usize,
    /// Whether every step was one of training's own.
    pub by_training: bool,
}

/// How a flow ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum End {
    /// The loss fell below the threshold at this time.
    Reached(f64),
    /// The gradient is 0: it stays here for ever.
    AtRest,
    /// The loss is no longer finite at this time.
    Diverged(f64),
    /// Time is up.
    TimeUp,
    /// The evaluations are used up at this time, or the landscape's watch was stopped.
    GaveUp(f64),
}

/// Follows the gradient flow from these parameters, each at the rate of its layer: by the method of Bogacki and Shampine (1989, "A 3(2) pair of
/// Runge-Kutta formulas") with steps controlled by its error, none shorter than one of training.
///
/// # Panics
/// If the parameters are not as many as the network has.
pub fn flow(landscape: &Landscape, start: &[f64], quest: &Quest) -> Flow {
    let rates = landscape.rates();
    let biases_decay = landscape.problem.training().decay.biases;
    let downhill = |at: &[f64]| {
        let (loss, mut slope) = landscape.gradient(at);
        if quest.decay > 0.0 {
            landscape.layers.iter().for_each(|layer| {
                let decaying = if biases_decay { layer.all() } else { layer.weights.clone() };
                decaying.for_each(|i| slope[i] += quest.decay * at[i]);
            });
        }
        for (slope, rate) in slope.iter_mut().zip(rates.iter().flatten()) {
            *slope *= rate;
        }
        (loss, slope)
    };
    let mut here = start.to_vec();
    let (mut loss, mut slope) = downhill(&here);
    let mut flow = Flow { trace: vec![(0.0, loss)], end: End::TimeUp, evaluations: 1, by_training: true };
    let (mut time, mut length) = (0.0, quest.step);
    loop {
        flow.end = match () {
            () if landscape.is_stopped() => End::GaveUp(time),
            () if !loss.is_finite() => End::Diverged(time),
            () if loss < quest.threshold => End::Reached(crossing(&flow.trace, quest.threshold)),
            () if time >= quest.until => End::TimeUp,
            () if slope.iter().all(|g| *g == 0.0) => End::AtRest,
            () if flow.evaluations >= quest.evaluations => End::GaveUp(time),
            () => {
                let step = if length <= quest.step {
                    descend(landscape, &downhill, &here, &slope, quest.step)
                } else {
                    bogacki_shampine(landscape, &downhill, &here, &slope, length)
                };
                flow.evaluations += step.evaluations;
                if step.length <= quest.step || step.error <= 1.0 {
                    time += step.length;
                    flow.by_training &= step.length <= quest.step;
                    (here, loss, slope) = (step.to, step.loss, step.slope);
                    flow.trace.push((time, loss));
                }
                // Errors fall with the square of descent's steps and the cube of the others'.
                let order = if step.length <= quest.step { 2.0 } else { 3.0 };
                let factor = if step.error > 0.0 { 0.9 * libm::pow(step.error, -1.0 / order) } else { 5.0 };
                // NaN is a step much too long.
                length = step.length * if factor > 0.2 { factor.min(5.0) } else { 0.2 };
                continue;
            }
        };
        return flow;
    }
}

/// A step that was tried.
struct Step {
    to: Vec<f64>,
    loss: f64,
    slope: Vec<f64>,
    length: f64,
    /// As a multiple of the tolerance.
    error: f64,
    evaluations: usize,
}

/// The loss at some parameters, and its gradient, each number at its rate.
type Downhill<'a> = &'a dyn Fn(&[f64]) -> (f64, Vec<f64>);

/// One step of training.
fn descend(landscape: &Landscape, downhill: Downhill, here: &[f64], slope: &[f64], length: f64) -> Step {
    let to = sum(here, &[(slope, -length)]);
    let (loss, after) = downhill(&to);
    let change: Vec<f64> = after.iter().zip(slope).map(|(b, a)| length / 2.0 * (b - a)).collect();
    let error = error(landscape, &change, &to);
    Step { to, loss, slope: after, length, error, evaluations: 1 }
}

fn bogacki_shampine(landscape: &Landscape, downhill: Downhill, here: &[f64], first: &[f64], length: f64) -> Step {
    let h = -length;
    let (_, second) = downhill(&sum(here, &[(first, h / 2.0)]));
    let (_, third) = downhill(&sum(here, &[(&second, 0.75 * h)]));
    let to = sum(here, &[(first, h * 2.0 / 9.0), (&second, h / 3.0), (&third, h * 4.0 / 9.0)]);
    let (loss, slope) = downhill(&to);
    let nothing = vec![0.0; here.len()];
    let parts = [(first, -5.0 / 72.0 * h), (&second[..], h / 12.0), (&third[..], h / 9.0), (&slope[..], -h / 8.0)];
    let error = error(landscape, &sum(&nothing, &parts), &to);
    Step { to, loss, slope, length, error, evaluations: 3 }
}

fn sum(to: &[f64], parts: &[(&[f64], f64)]) -> Vec<f64> {
    let mut sum = to.to_vec();
    for (part, factor) in parts {
        sum.iter_mut().zip(*part).for_each(|(x, y)| *x += factor * y);
    }
    sum
}

/// The error of the layer where it is largest, as a multiple of what it may be.
fn error(landscape: &Landscape, error: &[f64], at: &[f64]) -> f64 {
    let norm = |x: &[f64]| x.iter().map(|x| x * x).sum::<f64>().sqrt();
    let of_layer = |layer: &crate::network::Layer| {
        norm(&error[layer.all()]) / (TOLERANCE * norm(&at[layer.all()])).max(f64::MIN_POSITIVE)
    };
    // In this order NaN stays.
    landscape.layers.iter().map(of_layer).fold(0.0, |largest, x| if x <= largest { largest } else { x })
}

/// When the last two points of a trace pass a threshold, on a straight line.
fn crossing(trace: &[(f64, f64)], threshold: f64) -> f64 {
    match trace {
        [.., (t0, l0), (t1, l1)] => t0 + (t1 - t0) * (l0 - threshold) / (l0 - l1),
        _ => 0.0,
    }
}
