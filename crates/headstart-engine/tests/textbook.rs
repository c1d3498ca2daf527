//! The engine against the textbook: the same training written plainly, one number after the other, and finite
//! differences of the loss.

mod common;

use common::ENDS;
use headstart_engine::activation::Activation;
use headstart_engine::init::{Initialization, Start};
use headstart_engine::network::{Loss, Network, Output, Parameters};
use headstart_engine::optimizer::{Clip, Decay, Optimizer, Schedule};
use headstart_engine::rng::{Native, Rng, Stream};

use headstart_engine::train::{Number, Problem, Run, Status, Targets, Training};
use headstart_engine::watch::Watch;
use ndarray::{Array1, Array2, Axis};
use proptest::prelude::*;

/// A network, samples, and where to start.
#[derive(Debug, Clone)]
struct Setting {
    widths: Vec<usize>,
    activation: Activation,
    end: (Output, Loss),
    biases: bool,
    samples: usize,
    seed: u64,
    gain: f64,
    /// Weights of the classes, one for each output or two for one output; without any the targets are numbers.
    class_weights: Vec<f64>,
}

impl Setting {
    fn network(&self) -> Network {
        Network::new(&self.widths, &[self.activation], self.end.0, self.end.1, self.biases).unwrap()
    }

    /// The class of every sample.
    fn classes(&self) -> Vec<usize> {
        let mut stream = Native::new(self.seed, 1 << 41);
        (0..self.samples).map(|_| stream.up_to(self.class_weights.len() as u64 - 1) as usize).collect()
    }

    /// What the loss of every sample is multiplied by.
    fn weights(&self) -> Vec<f64> {
        match self.class_weights.as_slice() {
            [] => vec![1.0; self.samples],
            weights => self.classes().into_iter().map(|class| weights[class]).collect(),
        }
    }

    /// Features and targets: probabilities for the cross-entropies, any numbers for the squared error; or classes as numbers.
    fn data(&self) -> (Array2<f64>, Array2<f64>) {
        let mut stream = Native::new(self.seed, 1 << 40);
        let outputs = self.widths[self.widths.len() - 1];
        let x = Array2::from_shape_simple_fn((self.samples, self.widths[0]), || stream.normal());
        let mut y = Array2::from_shape_simple_fn((self.samples, outputs), || stream.uniform());
        if self.end.1 == Loss::CrossEntropy {
            for mut row in y.rows_mut() {
                let hot = stream.up_to(outputs as u64 - 1) as usize;
                row.iter_mut().enumerate().for_each(|(j, y)| *y = if j == hot { 1.0 } else { 0.0 });
            }
        }
        if !self.class_weights.is_empty() {
            let classes = self.classes();
            let is_signed =
                self.end.0 == Output::Tanh && self.end.1 != Loss::BinaryCrossEntropy || self.end.1.is_hinge();
            let no = if is_signed { -1.0 } else { 0.0 };
            let is_hot = |(s, j): (usize, usize)| if outputs == 1 { classes[s] == 1 } else { classes[s] == j };
            y = Array2::from_shape_fn(y.dim(), |at| if is_hot(at) { 1.0 } else { no });
        }
        (x, y)
    }

    fn start(&self) -> Start {
        let scheme = format!("he:{}", self.gain);
        let mut init: Initialization = scheme.parse().unwrap();
        init.biases = vec!["normal:0.3".parse().unwrap()];
        init.draw(&self.network(), Rng::Native, self.seed).unwrap()
    }

    fn run<T: Number>(&self, training: &Training, start: Start) -> Run {
        let (x, y) = self.data();
        let classes = if self.class_weights.is_empty() { Vec::new() } else { self.classes() };
        let targets = if classes.is_empty() { Targets::Values(y.view()) } else { Targets::Classes(&classes) };
        let training = Training { class_weights: self.class_weights.clone(), ..training.clone() };
        Problem::<T>::new(self.network(), training, (x.view(), targets), None).unwrap().run(start, &Watch::default())
    }
}

/// Every activation; leaky relu with slopes of either sign, not so large that a few layers of them leave the numbers.
fn activation() -> impl Strategy<Value = Activation> {
    let is_mild = |activation: &Activation| !matches!(activation, Activation::LeakyRelu(slope) | Activation::Prelu(slope) if slope.abs() > 2.0);
    prop::sample::select(Activation::all_over().into_iter().filter(is_mild).collect::<Vec<_>>())
}

fn setting(widest_input: usize) -> impl Strategy<Value = Setting> {
    let hidden = prop::collection::vec(1..12_usize, 0..4);
    let weights = prop::option::of(prop::collection::vec(0.1..1.0, 4));
    let kind = (activation(), 0..ENDS.len(), any::<bool>());
    (1..=widest_input, hidden, 1..5_usize, kind, 1..40_usize, any::<u64>(), weights).prop_map(
        |(inputs, hidden, outputs, (activation, end, biases), samples, seed, weights)| {
            let end = ENDS[end];
            let several = end.0 == Output::Softmax || end.1 == Loss::CrossEntropy;
            let mut widths = vec![inputs];
            widths.extend(hidden);
            widths.push(if several { outputs.max(2) } else { outputs });
            let classes = widths[widths.len() - 1].max(2);
            let class_weights = weights.map_or(Vec::new(), |weights: Vec<f64>| weights[..classes].to_vec());
            Setting { widths, activation, end, biases, samples, seed, gain: 0.7, class_weights }
        },
    )
}

fn training(optimizer: Optimizer, lr: f64, batch: Option<usize>, steps: usize) -> Training {
    Training { batch, record_every: 1, ..Training::new(optimizer, lr, steps) }
}

/// The textbook: activations, loss and gradients of one batch (samples in rows), in that order of the parameters in
/// which the network has them.
#[allow(clippy::too_many_lines)]
fn loss_and_gradient(
    network: &Network,
    w: &Parameters,
    (x, y, weights): (&Array2<f64>, &Array2<f64>, &[f64]),
) -> (f64, Vec<f64>) {
    let mut activations = vec![x.clone()];
    let (mut slopes, mut below) = (Vec::new(), Vec::new());
    let last = w.0.len() - 1;
    for (l, layer) in w.0.iter().enumerate() {
        let mut z = activations[l].dot(&layer.weights.t());
        if !layer.biases.is_empty() {
            z += &layer.biases;
        }
        if l < last {
            let activation = network.activations()[l].with_slope(layer.slope);
            below.push(z.mapv(|z| z.min(0.0)));
            slopes.push(z.mapv(|z| activation.at(z).1));
            z.mapv_inplace(|z| activation.at(z).0);
        }
        activations.push(z);
    }
    let z = &activations[last + 1];
    let (samples, outputs) = z.dim();
    let sigmoid = |z: f64| 1.0 / (1.0 + libm::exp(-z));
    // Minus the logarithm of `sigmoid(-z)`: where that is almost 1, the logarithm of it would have no digits.
    let softplus = |z: f64| z.max(0.0) + libm::log1p(libm::exp(-z.abs()));
    let mut loss = 0.0;
    let mut delta = Array2::zeros((samples, outputs));
    for s in 0..samples {
        let (z, y) = (z.row(s), y.row(s));
        let largest = z.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = z.iter().map(|z| libm::exp(z - largest)).sum();
        let a: Array1<f64> = match network.output() {
            Output::Identity => z.to_owned(),
            Output::Sigmoid => z.mapv(sigmoid),
            Output::Tanh => z.mapv(libm::tanh),
            Output::Softmax => z.mapv(|z| libm::exp(z - largest) / sum),
            Output::Relu => z.mapv(|z| z.max(0.0)),
            Output::Softplus => z.mapv(softplus),
            Output::Exp => z.mapv(libm::exp),
        };
        // How output `k` follows the logit of another one or its own.
        let slope = |k: usize, j: usize| match network.output() {
            Output::Softmax => a[k] * (f64::from(u8::from(j == k)) - a[j]),
            _ if j != k => 0.0,
            Output::Identity => 1.0,
            Output::Sigmoid => a[j] * (1.0 - a[j]),
            Output::Tanh => 1.0 - a[j] * a[j],
            Output::Relu => f64::from(u8::from(z[j] > 0.0)),
            Output::Softplus => sigmoid(z[j]),
            Output::Exp => a[j],
        };
        let (weight, each) = (weights[s], weights[s] / (samples * outputs) as f64);
        for j in 0..outputs {
            delta[[s, j]] = match network.loss() {
                Loss::BinaryCrossEntropy => {
                    let scale = if network.output() == Output::Tanh { 2.0 } else { 1.0 };
                    let z = scale * z[j];
                    loss += each * (y[j] * softplus(-z) + (1.0 - y[j]) * softplus(z));
                    each * scale * (sigmoid(z) - y[j])
                }
                Loss::CrossEntropy => {
                    let p = libm::exp(z[j] - largest) / sum;
                    loss -= weight * y[j] * (z[j] - largest - libm::log(sum)) / samples as f64;
                    weight * (p - y[j]) / samples as f64
                }
                Loss::MeanSquaredError => {
                    loss += each * (a[j] - y[j]) * (a[j] - y[j]);
                    (0..outputs).map(|k| 2.0 * each * (a[k] - y[k]) * slope(k, j)).sum()
                }
                Loss::MeanAbsoluteError => {
                    let error = a[j] - y[j];
                    loss += each * error.abs();
                    each * if error == 0.0 { 0.0 } else { error.signum() } * slope(j, j)
                }
                Loss::Huber(delta) => {
                    let error = a[j] - y[j];
                    let is_far = error.abs() > delta;
                    loss += each * if is_far { delta * (error.abs() - delta / 2.0) } else { error * error / 2.0 };
                    each * error.clamp(-delta, delta) * slope(j, j)
                }
                Loss::LogCosh => {
                    let error = a[j] - y[j];
                    // Large ones leave the numbers.
                    let cosh = error.abs() + softplus(-2.0 * error.abs()) - std::f64::consts::LN_2;
                    loss += each * cosh;
                    each * libm::tanh(error) * slope(j, j)
                }
                Loss::Hinge => {
                    loss += each * (1.0 - y[j] * a[j]).max(0.0);
                    if y[j] * a[j] < 1.0 { -each * y[j] * slope(j, j) } else { 0.0 }
                }
                Loss::SquaredHinge => {
                    let missing = (1.0 - y[j] * a[j]).max(0.0);
                    loss += each * missing * missing;
                    -2.0 * each * missing * y[j] * slope(j, j)
                }
                Loss::Focal(gamma) if network.output() == Output::Softmax => {
                    let weight = weight / samples as f64;
                    let surprise = |k: usize| libm::log(sum) - (z[k] - largest);
                    let other = |k: usize| (0..outputs).filter(|l| *l != k).map(|l| a[l]).sum::<f64>();
                    loss += weight * y[j] * libm::pow(other(j), gamma) * surprise(j);
                    let of_p = |k: usize| {
                        -(gamma * libm::pow(other(k), gamma - 1.0) * surprise(k) + libm::pow(other(k), gamma) / a[k])
                    };
                    (0..outputs).map(|k| weight * y[k] * of_p(k) * slope(k, j)).sum()
                }
                Loss::Focal(gamma) => {
                    let (p, q) = (sigmoid(z[j]), sigmoid(-z[j]));
                    let (yes, no) = (softplus(-z[j]), softplus(z[j]));
                    let (of_q, of_p) = (libm::pow(q, gamma), libm::pow(p, gamma));
                    loss += each * (y[j] * of_q * yes + (1.0 - y[j]) * of_p * no);
                    each * ((1.0 - y[j]) * of_p * (gamma * q * no + p) - y[j] * of_q * (gamma * p * yes + q))
                }
                Loss::Poisson => {
                    let log = if network.output() == Output::Exp { z[j] } else { libm::log(a[j]) };
                    let best = if y[j] > 0.0 { y[j] * (1.0 - libm::log(y[j])) } else { 0.0 };
                    loss += each * (a[j] - y[j] * log - best);
                    each * (1.0 - y[j] / a[j]) * slope(j, j)
                }
            };
        }
    }
    let mut gradients = Vec::new();
    let mut of_slope = None;
    for l in (0..=last).rev() {
        let dw = delta.t().dot(&activations[l]);
        let db = if w.0[l].biases.is_empty() { Array1::zeros(0) } else { delta.sum_axis(Axis(0)) };
        gradients.push(dw.iter().chain(&db).copied().chain(of_slope).collect::<Vec<f64>>());
        if l > 0 {
            let upper = delta.dot(&w.0[l].weights);
            of_slope = w.0[l - 1].slope.map(|_| (&upper * &below[l - 1]).sum());
            delta = upper * &slopes[l - 1];
        }
    }
    (loss, gradients.into_iter().rev().flatten().collect())
}

/// The textbook's training: the loss before every step.
fn textbook(setting: &Setting, training: &Training, start: Start) -> Vec<f64> {
    let network = setting.network();
    let ((x, y), weights) = (setting.data(), setting.weights());
    let mut w: Vec<f64> = start.parameters.flat().collect();
    let (mut first, mut second) = (vec![0.0; w.len()], vec![0.0; w.len()]);
    let mut stream = start.stream;
    let mut order: Vec<usize> = Vec::new();
    let mut losses = Vec::new();
    for step in 0..training.steps {
        let (x, y, weights) = match training.batch.filter(|&batch| batch < setting.samples) {
            None => (x.clone(), y.clone(), weights.clone()),
            Some(batch) => {
                if order.is_empty() {
                    order = (0..setting.samples).collect();
                    stream.shuffle(&mut order);
                }
                let samples: Vec<usize> = order.drain(..batch.min(order.len())).collect();
                let weights = samples.iter().map(|&sample| weights[sample]).collect();
                (x.select(Axis(0), &samples), y.select(Axis(0), &samples), weights)
            }
        };
        let (loss, mut g) = loss_and_gradient(&network, &Parameters::from_flat(&network, &w), (&x, &y, &weights));
        losses.push(loss);
        let t = step as i32 + 1;
        let lr = textbook_rate(training, step);
        let norm = libm::sqrt(g.iter().map(|g| g * g).sum());
        for g in &mut g {
            match training.clip {
                None => {}
                Some(Clip::Norm(most)) => *g *= (most / norm).min(1.0),
                Some(Clip::Value(most)) => *g = g.clamp(-most, most),
            }
        }
        let Decay { rate, decoupled, biases } = training.decay;
        let factors = network.layers().enumerate().flat_map(|(l, layer)| {
            let factor = training.lr_factors.get(l).copied().unwrap_or(1.0);
            let of_biases = if biases { rate } else { 0.0 };
            std::iter::repeat_n((factor, rate), layer.weights.len())
                .chain(std::iter::repeat_n((factor, of_biases), layer.biases.len() + layer.slope.len()))
        });
        for (i, (factor, decay)) in factors.enumerate() {
            if decoupled {
                w[i] *= 1.0 - lr * factor * decay;
            } else {
                g[i] += decay * w[i];
            }
            w[i] -= factor
                * lr
                * match training.optimizer {
                    Optimizer::Descent { momentum, nesterov } => {
                        first[i] = momentum * first[i] + g[i];
                        if nesterov { g[i] + momentum * first[i] } else { first[i] }
                    }
                    Optimizer::Adam { beta1, beta2, epsilon } => {
                        first[i] = beta1 * first[i] + (1.0 - beta1) * g[i];
                        second[i] = beta2 * second[i] + (1.0 - beta2) * g[i] * g[i];
                        let (m, v) = (first[i] / (1.0 - beta1.powi(t)), second[i] / (1.0 - beta2.powi(t)));
                        m / (v.sqrt() + epsilon)
                    }
                    Optimizer::RmsProp { decay, epsilon } => {
                        second[i] = decay * second[i] + (1.0 - decay) * g[i] * g[i];
                        g[i] / (second[i].sqrt() + epsilon)
                    }
                    Optimizer::Nadam { beta1, beta2, epsilon } => {
                        let mu = |t: i32| beta1 * (1.0 - 0.5 * libm::pow(0.96, 0.004 * f64::from(t)));
                        let product = |t: i32| (1..=t).map(mu).product::<f64>();
                        first[i] = beta1 * first[i] + (1.0 - beta1) * g[i];
                        second[i] = beta2 * second[i] + (1.0 - beta2) * g[i] * g[i];
                        let m =
                            mu(t + 1) * first[i] / (1.0 - product(t + 1)) + (1.0 - mu(t)) * g[i] / (1.0 - product(t));
                        m / ((second[i] / (1.0 - beta2.powi(t))).sqrt() + epsilon)
                    }
                    Optimizer::Adamax { beta1, beta2, epsilon } => {
                        first[i] = beta1 * first[i] + (1.0 - beta1) * g[i];
                        second[i] = (beta2 * second[i]).max(g[i].abs() + epsilon);
                        first[i] / (1.0 - beta1.powi(t)) / second[i]
                    }
                    Optimizer::Adagrad { initial, epsilon } => {
                        second[i] += g[i] * g[i];
                        g[i] / ((initial + second[i]).sqrt() + epsilon)
                    }
                    Optimizer::Adadelta { decay, epsilon } => {
                        second[i] = decay * second[i] + (1.0 - decay) * g[i] * g[i];
                        let d = g[i] * (first[i] + epsilon).sqrt() / (second[i] + epsilon).sqrt();
                        first[i] = decay * first[i] + (1.0 - decay) * d * d;
                        d
                    }
                    Optimizer::Lion { beta1, beta2 } => {
                        let way = beta1 * first[i] + (1.0 - beta1) * g[i];
                        first[i] = beta2 * first[i] + (1.0 - beta2) * g[i];
                        if way == 0.0 { 0.0 } else { way.signum() }
                    }
                    Optimizer::Lbfgs { .. } => unreachable!("a rule that needs more than one number at a time"),
                };
        }
    }
    losses
}

/// The learning rate of a step, from the formulas.
fn textbook_rate(training: &Training, step: usize) -> f64 {
    let (warmup, pi) = (training.warmup, std::f64::consts::PI);
    if step < warmup {
        return training.lr * (step + 1) as f64 / warmup as f64;
    }
    let (t, n) = ((step - warmup) as f64, (training.steps - warmup) as f64);
    training.lr
        * match training.schedule {
            Schedule::Constant => 1.0,
            Schedule::Cosine => f64::midpoint(1.0, libm::cos(pi * t / n)),
            Schedule::Step { every, factor } => factor.powi(((step - warmup) / every) as i32),
            Schedule::Exponential { factor } => factor.powi(t as i32),
            Schedule::Linear { end } => end * (t / n) + 1.0 - t / n,
            Schedule::Polynomial { power } => libm::pow((n - t) / n, power),
            Schedule::OneCycle { .. } => unreachable!("compared with PyTorch's"),
        }
}

/// Optimizers whose steps grow smoothly from the gradient: a large epsilon, so that a gradient that is all rounding is
/// not made a whole step.
fn optimizer() -> impl Strategy<Value = Optimizer> {
    prop_oneof![
        Just(Optimizer::GRADIENT_DESCENT),
        (0.0..0.95, any::<bool>()).prop_map(|(momentum, nesterov)| Optimizer::Descent { momentum, nesterov }),
        (0.0..0.99, 0.5..0.9999).prop_map(|(beta1, beta2)| Optimizer::Adam { beta1, beta2, epsilon: 1e-2 }),
        (0.5..0.99).prop_map(|decay| Optimizer::RmsProp { decay, epsilon: 1e-2 }),
        (0.0..0.99, 0.5..0.9999).prop_map(|(beta1, beta2)| Optimizer::Nadam { beta1, beta2, epsilon: 1e-2 }),
        (0.0..0.99, 0.5..0.9999).prop_map(|(beta1, beta2)| Optimizer::Adamax { beta1, beta2, epsilon: 1e-2 }),
        (0.0..1.0).prop_map(|initial| Optimizer::Adagrad { initial, epsilon: 1e-2 }),
        (0.5..0.99).prop_map(|decay| Optimizer::Adadelta { decay, epsilon: 1e-2 }),
    ]
}

fn schedule() -> impl Strategy<Value = Schedule> {
    prop_oneof![
        Just(Schedule::Constant),
        Just(Schedule::Cosine),
        (1..5_usize, 0.1..1.0).prop_map(|(every, factor)| Schedule::Step { every, factor }),
        (0.5..1.0).prop_map(|factor| Schedule::Exponential { factor }),
        (0.0..1.0).prop_map(|end| Schedule::Linear { end }),
        (0.5..3.0).prop_map(|power| Schedule::Polynomial { power }),
    ]
}

fn decay() -> impl Strategy<Value = Decay> {
    let some = (0.0..0.5, any::<bool>(), any::<bool>()).prop_map(|(rate, decoupled, biases)| Decay {
        rate,
        decoupled,
        biases,
    });
    prop_oneof![Just(Decay::default()), some]
}

fn clip() -> impl Strategy<Value = Option<Clip>> {
    prop_oneof![
        Just(None),
        (0.001..1.0).prop_map(|most| Some(Clip::Norm(most))),
        (0.001..1.0).prop_map(|most| Some(Clip::Value(most)))
    ]
}

/// Whether no loss is so large that rounding has grown with it.
fn is_mild(losses: &[f64]) -> bool {
    losses.iter().all(|loss| loss.abs() < 1e3)
}

proptest! {
    /// Every activation, output, loss, optimizer, with and without minibatches, biases and learning rates that differ
    /// between layers, narrow inputs and inputs so wide that training goes through the Gram matrix.
    #[test]
    fn training_is_the_textbooks(
        setting in setting(100),
        optimizer in optimizer(),
        (schedule, warmup) in (schedule(), 0..5_usize),
        (decay, clip) in (decay(), clip()),
        factors in prop::option::of(prop::collection::vec(0.0..2.0, 8)),
        batch in prop::option::of(1..20_usize),
        steps in 1..12_usize,
    ) {
        let warmup = warmup.min(steps - 1);
        let lr_factors = factors.map_or(Vec::new(), |factors| factors[..setting.widths.len() - 1].to_vec());
        let training = Training { schedule, warmup, decay, clip, lr_factors, ..training(optimizer, 0.01, batch, steps) };
        let run = setting.run::<f64>(&training, setting.start());
        let losses = textbook(&setting, &training, setting.start());
        // The last step may be the one that leaves the numbers, as exponentials do soon.
        prop_assume!(is_mild(&losses) && run.status == Status::Finished);
        prop_assert_eq!(run.trace.len(), losses.len());
        for (record, loss) in run.trace.iter().zip(losses) {
            prop_assert!((record.loss - loss).abs() <= 1e-10 * loss.abs().max(1e-3), "{record:?} is not {loss}");
        }
    }

    /// float32 goes the same way as far as its digits reach.
    #[test]
    fn float32_is_float64_rounded(setting in setting(100), steps in 1..6_usize) {
        let training = training(Optimizer::GRADIENT_DESCENT, 0.01, None, steps);
        let (narrow, wide) = (setting.run::<f32>(&training, setting.start()), setting.run::<f64>(&training, setting.start()));
        prop_assume!(is_mild(&wide.trace.iter().map(|record| record.loss).collect::<Vec<_>>()));
        // Where something jumps, the two may be on its two sides.
        prop_assume!(!matches!(setting.activation, Activation::HardShrink(_) | Activation::Threshold(_)));
        prop_assume!(!matches!(setting.end.1, Loss::MeanAbsoluteError | Loss::Hinge));
        // A slope that float32 has as 0 puts the units behind it on their kinks.
        prop_assume!(!matches!(setting.activation, Activation::Prelu(slope) if slope != 0.0 && slope.abs() < 1e-30));
        // Exponentials of exponentials leave float32 long before float64.
        prop_assume!(setting.activation != Activation::Exp || narrow.status == Status::Finished);
        for (narrow, wide) in narrow.trace.iter().zip(&wide.trace) {
            prop_assert!((narrow.loss - wide.loss).abs() <= 1e-4 * wide.loss.abs().max(0.1), "{narrow:?} {wide:?}");
        }
    }

    /// Gradients, read off one step with learning rate 1, are the slopes of the recorded loss.
    #[test]
    fn gradients_are_slopes_of_the_loss(
        setting in setting(8),
        left_out in prop::option::of(0.1..0.6),
        label_smoothing in prop_oneof![Just(0.0), 0.0..0.5],
    ) {
        // The same units are left out whatever the parameters.
        let dropout = left_out.map_or(Vec::new(), |share| vec![share; setting.widths.len() - 2]);
        let label_smoothing = if setting.class_weights.is_empty() { 0.0 } else { label_smoothing };
        let training = Training { dropout, label_smoothing, ..training(Optimizer::GRADIENT_DESCENT, 1.0, None, 1) };
        let network = setting.network();
        let before: Vec<f64> = setting.start().parameters.flat().collect();
        let run = setting.run::<f64>(&training, setting.start());
        prop_assume!(run.status == Status::Finished);
        let after: Vec<f64> = run.parameters.flat().collect();
        let loss = |i: usize, h: f64| {
            let mut w = before.clone();
            w[i] += h;
            let start = Start { parameters: Parameters::from_flat(&network, &w), ..setting.start() };
            setting.run::<f64>(&training, start).trace[0].loss
        };
        let here = run.trace[0].loss;
        let slopes: Vec<usize> = network.layers().flat_map(|layer| layer.slope).collect();
        for i in 0..before.len() {
            let h = 1e-6;
            // A slope of 0 puts all units behind it on their kinks at once, whose sides may be anywhere.
            if slopes.contains(&i) && before[i] == 0.0 {
                continue;
            }
            let (left, right) = ((here - loss(i, -h)) / h, (loss(i, h) - here) / h);
            // Between two sides of a kink there is no slope.
            if (left - right).abs() > 1e-3 * (1.0 + left.abs()) {
                continue;
            }
            // Of a kink that bends it by less the gradient is the slope of the side that the parameters are on; without one both
            // sides have it.
            let gradient = before[i] - after[i];
            let error = (left.min(right) - gradient).max(gradient - left.max(right));
            prop_assert!(error <= 1e-7 * (1.0 + here.abs()) + 1e-4 * gradient.abs(), "{i}: {left} {right} {gradient}");
        }
    }
}

/// `|z|` in one unit, by hand: x = 1, all weights -1, so z = -1, a = 1, the output -1, 2.5 below its target. One step of 0.1
/// takes the output's weight and bias to -0.5 and 0.5, the unit's to -0.5 and 0.5: z = 0, the output 0.5, the loss 1.
#[test]
fn a_step_through_a_negative_slope_is_that_of_the_hand() {
    let network =
        Network::new(&[1, 1, 1], &[Activation::LeakyRelu(-1.0)], Output::Identity, Loss::MeanSquaredError, true)
            .unwrap();
    let (x, y) = (Array2::from_elem((1, 1), 1.0), Array2::from_elem((1, 1), 1.5));
    let training = training(Optimizer::GRADIENT_DESCENT, 0.1, None, 1);
    let problem = Problem::<f64>::new(network.clone(), training, (x.view(), Targets::Values(y.view())), None).unwrap();
    let start = "constant:-1".parse::<Initialization>().unwrap().draw(&network, Rng::Native, 1).unwrap();
    let run = problem.run(start, &Watch::default());
    let after: Vec<f64> = run.parameters.flat().collect();
    assert!(after.iter().zip([-0.5, 0.5, -0.5, 0.5]).all(|(w, by_hand)| (w - by_hand).abs() < 1e-15), "{after:?}");
    assert!((run.trace[0].loss - 6.25).abs() < 1e-15 && (run.train.loss - 1.0).abs() < 1e-15, "{}", run.train.loss);
}

#[test]
fn a_run_that_diverges_says_where_and_leaves_the_next_one_alone() {
    let setting = Setting {
        widths: vec![2, 8, 8, 1],
        activation: Activation::Identity,
        end: (Output::Identity, Loss::MeanSquaredError),
        biases: true,
        samples: 20,
        seed: 1,
        gain: 30.0,
        class_weights: Vec::new(),
    };
    let (x, y) = setting.data();
    let network = setting.network();
    let training = training(Optimizer::GRADIENT_DESCENT, 0.05, None, 200);
    let problem = Problem::<f64>::new(network.clone(), training, (x.view(), Targets::Values(y.view())), None).unwrap();
    let mut worker = headstart_engine::train::Worker::new();
    let run = worker.run(&problem, setting.start(), &Watch::default());
    let Status::Diverged { step } = run.status else { panic!("{:?}", run.status) };
    assert!(step > 0 && step < 200);
    assert_eq!((run.steps, run.trace.len()), (step, step + 1));
    let finite: Vec<bool> = run.trace.iter().map(|record| record.loss.is_finite()).collect();
    assert!(finite[..step].iter().all(|&finite| finite) && !finite[step]);
    // From zeros nothing diverges, in the same memory as in fresh memory.
    let zeros = || Initialization::new(&["zeros".parse().unwrap()]).draw(&network, Rng::Native, 1).unwrap();
    let (used, fresh) = (worker.run(&problem, zeros(), &Watch::default()), problem.run(zeros(), &Watch::default()));
    assert_eq!((used.status, fresh.status), (Status::Finished, Status::Finished));
    assert!(used == fresh);
}

#[test]
fn a_stopped_run_says_so_and_keeps_what_it_has() {
    let setting = Setting {
        widths: vec![2, 3, 1],
        activation: Activation::Tanh,
        end: (Output::Sigmoid, Loss::BinaryCrossEntropy),
        biases: true,
        samples: 10,
        seed: 1,
        gain: 1.0,
        class_weights: Vec::new(),
    };
    let (x, y) = setting.data();
    let training = training(Optimizer::GRADIENT_DESCENT, 0.1, None, 1000);
    let train = (x.view(), Targets::Values(y.view()));
    let problem = Problem::<f64>::new(setting.network(), training, train, None).unwrap();
    let watch = Watch::default();
    watch.stop();
    let run = problem.run(setting.start(), &watch);
    assert_eq!((run.status, run.steps), (Status::Stopped { step: 0 }, 0));
    assert!(run.train.loss.is_finite());
}

/// Layers without any slope are passed over after a while: nothing may tell but the time it takes.
#[test]
fn dead_and_saturated_networks_train_as_the_textbook_says() {
    for (activation, gain, biases) in
        [(Activation::Relu, 1.0, -100.0), (Activation::Tanh, 1e4, 0.0), (Activation::Gelu, 1.0, -100.0)]
    {
        for (depth, samples) in [(1, 21), (3, 8), (3, 500)] {
            let mut widths = vec![5; depth + 1];
            widths.push(1);
            let setting = Setting {
                widths,
                activation,
                end: (Output::Identity, Loss::MeanSquaredError),
                biases: true,
                samples,
                seed: 11,
                gain,
                class_weights: Vec::new(),
            };
            // Of several hidden layers it is the one in the middle that lets nothing through.
            let start = || {
                let mut start = setting.start();
                start.parameters.0[depth / 2].biases.fill(biases);
                start
            };
            let training = training(Optimizer::GRADIENT_DESCENT, 0.1, None, 150);
            let losses = textbook(&setting, &training, start());
            let run = setting.run::<f64>(&training, start());
            assert!(losses[149] < losses[0], "what comes behind learns");
            for (record, loss) in run.trace.iter().zip(losses) {
                assert!((record.loss - loss).abs() <= 1e-10 * loss.abs(), "{activation} {record:?} is not {loss}");
            }
            assert_eq!(run.parameters.0[..=depth / 2], start().parameters.0[..=depth / 2]);
            assert_ne!(run.parameters.0[depth], start().parameters.0[depth]);
        }
    }
}

#[test]
fn extreme_logits_have_finite_losses() {
    for (end, outputs) in [(ENDS[1], 1), (ENDS[2], 1), (ENDS[4], 3)] {
        let setting = Setting {
            widths: vec![2, outputs],
            activation: Activation::Relu,
            end,
            biases: true,
            samples: 50,
            seed: 5,
            gain: 1e6,
            class_weights: Vec::new(),
        };
        let run = setting.run::<f64>(&training(Optimizer::GRADIENT_DESCENT, 0.1, None, 3), setting.start());
        assert_eq!(run.status, Status::Finished, "{end:?}");
        assert!(run.trace[0].loss > 1e4, "{end:?} {:?}", run.trace);
    }
}

/// Narrow inputs, and inputs so wide that training goes through the Gram matrix; judged on a test set, and without one.
#[test]
fn an_accuracy_is_reached_at_the_first_step_at_which_a_run_that_ends_there_has_it() {
    for (features, has_test) in [(8, true), (100, true), (8, false), (100, false)] {
        let network =
            Network::new(&[features, 6, 1], &[Activation::Tanh], Output::Sigmoid, Loss::BinaryCrossEntropy, true)
                .unwrap();
        let mut stream = Native::new(5, 1 << 40);
        let mut draw = |count: usize| {
            let x = Array2::from_shape_simple_fn((count, features), || stream.normal());
            let classes: Vec<usize> = x.rows().into_iter().map(|x| usize::from(x[0] + x[1] + x[2] > 0.0)).collect();
            (x, classes)
        };
        let ((x, y), (test_x, test_y)) = (draw(60), draw(9));
        let start = || "glorot".parse::<Initialization>().unwrap().draw(&network, Rng::Native, 1).unwrap();
        let run = |steps: usize, target: Option<f64>| {
            let training = Training { target, ..training(Optimizer::GRADIENT_DESCENT, 0.05, None, steps) };
            let test = has_test.then_some((test_x.view(), Targets::Classes(&test_y)));
            let problem =
                Problem::<f64>::new(network.clone(), training, (x.view(), Targets::Classes(&y)), test).unwrap();
            problem.run(start(), &Watch::default())
        };
        let accuracies: Vec<f64> = (1..=80)
            .map(|steps| {
                let run = run(steps, None);
                run.test.unwrap_or(run.train).accuracy.unwrap()
            })
            .collect();
        let target = accuracies[79];
        assert!(target > accuracies[0], "{accuracies:?}");
        // It is looked at every step on the test set, and every seventh on the larger training set, and at the end.
        let every = if has_test { 1 } else { 7 };
        let is_there = |steps: &usize| accuracies[steps - 1] >= target;
        let first = (1..80).filter(|steps| steps % every == 0).find(is_there).unwrap_or(80);
        assert_eq!(run(80, Some(target)).reached, Some(first), "{features} {has_test}");
    }
}
