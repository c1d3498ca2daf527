//! Trainings go the way that the frameworks' own optimizers go: `bench/golden_trajectories.py` wrote it down.

use headstart_engine::activation::Activation;
use headstart_engine::init::Start;
use headstart_engine::network::{Loss, Network, Output, Parameters};
use headstart_engine::optimizer::{Clip, Decay, Optimizer, Schedule};
use headstart_engine::rng::Native;
use headstart_engine::train::{Problem, Targets, Training};
use headstart_engine::watch::Watch;
use ndarray::Array2;

const WIDTHS: [usize; 4] = [3, 5, 4, 2];
const SAMPLES: usize = 12;
const STEPS: usize = 20;

/// What a line of the file is about.
fn training(name: &str) -> Training {
    let descent = |momentum, nesterov| Optimizer::Descent { momentum, nesterov };
    let new = |optimizer, lr| Training { record_every: 1, ..Training::new(optimizer, lr, STEPS) };
    let sgd = |lr| new(Optimizer::GRADIENT_DESCENT, lr);
    let decay = |decoupled| Decay { rate: 0.05, decoupled, biases: true };
    let scheduled = |schedule| Training { schedule, ..sgd(0.5) };
    match name {
        "sgd" => sgd(0.1),
        "momentum" => new(descent(0.9, false), 0.1),
        "nesterov" => new(descent(0.9, true), 0.1),
        "adam" => new(Optimizer::ADAM, 0.01),
        "nadam" => new(Optimizer::NADAM, 0.01),
        "adamax" => new(Optimizer::ADAMAX, 0.01),
        "rmsprop" => new(Optimizer::RMSPROP, 0.01),
        "adagrad" => new(Optimizer::ADAGRAD, 0.1),
        "adagrad-initial" => new(Optimizer::Adagrad { initial: 0.1, epsilon: 0.0 }, 0.1),
        "adadelta" => new(Optimizer::ADADELTA, 1.0),
        "lbfgs" => new(Optimizer::Lbfgs { history: 5 }, 0.5),
        "lion" => Training { decay: decay(true), ..new(Optimizer::LION, 0.001) },
        "sgd-decay" => Training { decay: decay(false), ..new(descent(0.9, false), 0.1) },
        "adam-decay" => Training { decay: decay(false), ..new(Optimizer::ADAM, 0.01) },
        "adamw" => Training { decay: decay(true), ..new(Optimizer::ADAM, 0.01) },
        "clip-norm" => Training { clip: Some(Clip::Norm(0.05)), ..sgd(0.5) },
        "clip-value" => Training { clip: Some(Clip::Value(0.01)), ..sgd(0.5) },
        "prelu" => sgd(0.3),
        "prelu-adamw" => Training { decay: decay(true), ..new(Optimizer::ADAM, 0.05) },
        "smoothing" => Training { label_smoothing: 0.2, ..sgd(0.1) },
        "step" => scheduled(Schedule::Step { every: 6, factor: 0.5 }),
        "exponential" => scheduled(Schedule::Exponential { factor: 0.9 }),
        "cosine" => scheduled(Schedule::Cosine),
        "polynomial" => scheduled(Schedule::Polynomial { power: 2.0 }),
        "linear" => scheduled(Schedule::Linear { end: 0.2 }),
        "one-cycle" => scheduled(Schedule::OneCycle { rise: 0.3 }),
        "warmup-cosine" => Training { warmup: 5, ..scheduled(Schedule::Cosine) },
        other => panic!("{other} is unknown"),
    }
}

/// How near the losses are, relatively.
fn tolerance(whose: &str, name: &str) -> f64 {
    match (whose, name) {
        // PyTorch adds a millionth to the length before it divides by it.
        ("torch", "clip-norm") => 1e-4,
        // Rounding is amplified by dividing differences of gradients that are nearly equal.
        (_, "lbfgs") => 1e-9,
        // Numbers that are float32 somewhere: the product of the momenta, rates, bounds.
        ("torch", "nadam")
        | ("optax" | "keras", "polynomial" | "linear" | "cosine" | "step")
        | ("keras", "clip-value" | "clip-norm" | "lion") => 1e-7,
        _ => 1e-12,
    }
}

fn start(network: &Network) -> Start {
    let shape = |l: usize| (WIDTHS[l + 1], WIDTHS[l]);
    let flat: Vec<f64> = (0..3)
        .flat_map(|l| {
            let (outputs, inputs) = shape(l);
            let weight = move |o: usize, i: usize| libm::sin(2.3 * o as f64 + 1.1 * i as f64 + l as f64);
            let weights = (0..outputs).flat_map(move |o| (0..inputs).map(move |i| weight(o, i)));
            let biases = (0..outputs).map(move |o| 0.1 * libm::sin(3.1 * o as f64 + l as f64));
            let slope = network.activations().get(l).filter(|activation| activation.is_learned()).map(|_| 0.25);
            weights.chain(biases).chain(slope).collect::<Vec<_>>()
        })
        .collect();
    Start { parameters: Parameters::from_flat(network, &flat), stream: Box::new(Native::new(1, 0)), seed: 1 }
}

fn network(name: &str) -> Network {
    let activation = if name.starts_with("prelu") { Activation::Prelu(0.25) } else { Activation::Tanh };
    Network::new(&WIDTHS, &[activation], Output::Softmax, Loss::CrossEntropy, true).unwrap()
}

#[test]
fn losses_are_those_of_the_frameworks() {
    let x = Array2::from_shape_fn((SAMPLES, 3), |(i, j)| libm::sin(1.7 * i as f64 + 0.9 * j as f64 + 0.3));
    let y: Vec<usize> = (0..SAMPLES).map(|i| (i * i + i / 3) % 2).collect();
    let lines = include_str!("golden/trajectories.txt").lines();
    assert_eq!(lines.clone().count(), 40);
    for line in lines {
        let mut words = line.split(' ');
        let (whose, name) = (words.next().unwrap(), words.next().unwrap());
        let theirs: Vec<f64> = words.map(|word| word.parse().unwrap()).collect();
        let (network, targets) = (network(name), Targets::Classes(&y));
        let start = start(&network);
        let problem = Problem::<f64>::new(network, training(name), (x.view(), targets), None).unwrap();
        let run = problem.run(start, &Watch::default());
        assert_eq!((run.trace.len(), theirs.len()), (STEPS, STEPS));
        for (record, loss) in run.trace.iter().zip(theirs) {
            let off = (record.loss - loss).abs() / loss;
            assert!(off <= tolerance(whose, name), "{whose} {name}: {record:?} is not {loss}, {off:e}");
        }
    }
}
