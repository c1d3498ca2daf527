//! Networks of blocks: beside `PyTorch`, differences, and themselves on other machines.

use headstart_engine::activation::Activation;
use headstart_engine::init::{Initialization, Start};
use headstart_engine::landscape::Landscape;
use headstart_engine::network::blocks::{Blocks, Norm};
use headstart_engine::network::program::{Does, NormPlace};
use headstart_engine::network::{Extent, Loss, Network, Output, Parameters};
use headstart_engine::optimizer::Optimizer;
use headstart_engine::rng::{Native, Rng, Stream};
use headstart_engine::simd::InstructionSet;
use headstart_engine::train::{Checkpoint, Number, Problem, Run, Targets, Training, Worker, outputs};
use headstart_engine::watch::Watch;
use ndarray::Array2;

fn network(shape: &str, text: &str) -> Network {
    let sizes: Vec<usize> = shape.split('x').map(|size| size.parse().unwrap()).collect();
    let shape = match sizes[..] {
        [channels] => Extent::flat(channels),
        [width, channels] => Extent { channels, height: 1, width },
        [height, width, channels] => Extent { channels, height, width },
        _ => panic!("{shape}"),
    };
    let blocks: Blocks = text.parse().unwrap();
    Network::of_blocks(shape, &blocks, Output::Softmax, Loss::CrossEntropy, true).unwrap()
}

/// Networks with something of everything.
const NETWORKS: [(&str, &str); 10] = [
    ("8x8x1", "conv 3x3 3 tanh | max-pool 2x2 | conv 3x3 4 /2 tanh | dense 2"),
    ("5x5x2", "conv 3x2 4 valid tanh | conv 1x1 6 groups=2 tanh | mean-pool 2x2 /1 | gap | dense 2"),
    ("8x2", "conv 3 3 circular gelu | conv 5 3 /2 tanh | dense 2"),
    ("9", "dense 5 | [ tanh | dense 7 tanh | dense 5 ] | tanh | dense 2"),
    ("9", "[ norm layer | softplus | dense 9 ] x3 | norm rms | dense 2"),
    ("9", "norm batch | dense 5 | norm batch | tanh | [ dense 5 ] | tanh | norm batch | dense 2"),
    (
        "6x6x2",
        "conv 3x3 4 | norm batch | silu | [ conv 3x3 4 | norm layer | tanh | conv 3x3 4 circular ] x2 | gap | dense 2",
    ),
    ("7x7x1", "conv 7x7 3 circular | conv 5x5 2 /3 | norm rms | sin | max-pool 2x2 | dense 3 tanh | dense 2"),
    ("12x1", "conv 3 6 | mean-pool 3 /2 | [ conv 1 6 groups=3 ] | dense 2"),
    ("6", "dense 4 tanh | norm layer | norm rms | [ tanh | dense 4 ] | tanh | tanh | dense 2"),
];

fn data(network: &Network, samples: usize) -> (Array2<f64>, Vec<usize>) {
    let mut stream = Native::new(9, 9);
    let x = Array2::from_shape_simple_fn((samples, network.inputs()), || stream.normal());
    (x, (0..samples).map(|i| (i * i + i / 3) % 2).collect())
}

fn problem<T: Number>(network: Network, training: Training, samples: usize) -> Problem<T> {
    let (x, y) = data(&network, samples);
    let set = || (x.view(), Targets::Classes(&y));
    Problem::new(network, training, set(), Some(set())).unwrap()
}

fn start(network: &Network, seed: u64) -> Start {
    let mut init: Initialization = "glorot".parse().unwrap();
    init.biases = vec!["normal:0.3".parse().unwrap()];
    init.draw(network, Rng::Native, seed).unwrap()
}

#[test]
fn every_parameter_has_one_place() {
    for (shape, text) in NETWORKS {
        let network = network(shape, text);
        let mut places = vec![0; network.parameter_count()];
        for layer in network.layers() {
            let norms = network.program().unwrap().norms().flat_map(|norm| [&norm.gains, &norm.shifts, &norm.running]);
            let within = norms.filter(|range| layer.norms.start <= range.start && range.end <= layer.norms.end);
            let ranges = [&layer.weights, &layer.biases].into_iter().chain(within);
            ranges.for_each(|range| places[range.clone()].iter_mut().for_each(|count| *count += 1));
        }
        assert!(places.iter().all(|count| *count == 1), "{text}: {places:?}");
        // Gains and running variances start at 1, shifts and running means at 0.
        let parameters = start(&network, 1).parameters;
        let flat: Vec<f64> = parameters.flat().collect();
        assert_eq!(Parameters::from_flat(&network, &flat), parameters);
        for NormPlace { gains, shifts, running, .. } in network.program().unwrap().norms() {
            let (means, variances) = flat[running.clone()].split_at(running.len() / 2);
            assert!(flat[gains.clone()].iter().chain(variances).all(|x| *x == 1.0), "{text}");
            assert!(flat[shifts.clone()].iter().chain(means).all(|x| *x == 0.0), "{text}");
        }
    }
}

#[test]
fn losses_are_those_of_pytorch() {
    for line in include_str!("golden/blocks.txt").lines() {
        let parts: Vec<&str> = line.split(';').map(str::trim).collect();
        let [optimizer, shape, text, losses] = parts[..] else { panic!("{line}") };
        let theirs: Vec<f64> = losses.split(' ').map(|loss| loss.parse().unwrap()).collect();
        let network = network(shape, text);
        let program = network.program().unwrap();
        let mut flat = vec![0.0; network.parameter_count()];
        let sine = |a: f64, b: f64, by: f64| move |i: usize| by * libm::sin(a * i as f64 + b);
        let mut fill = |range: std::ops::Range<usize>, of: &dyn Fn(usize) -> f64| {
            flat[range].iter_mut().enumerate().for_each(|(i, x)| *x = of(i));
        };
        for (l, layer) in network.layers().enumerate() {
            let number = (l + 1) as f64;
            fill(layer.weights, &sine(1.3, number, 1.5 / (layer.fan_in as f64).sqrt()));
            fill(layer.biases, &sine(3.1, number, 0.1));
        }
        for (n, NormPlace { gains, shifts, running, .. }) in program.norms().enumerate() {
            let number = (n + 1) as f64;
            fill(gains.clone(), &|i| 1.0 + sine(0.7, number, 0.2)(i));
            fill(shifts.clone(), &sine(1.9, number, 0.1));
            fill(running.start + running.len() / 2..running.end, &|_| 1.0);
        }
        let optimizer = match optimizer {
            "sgd" => (Optimizer::Descent { momentum: 0.9, nesterov: false }, 0.1),
            _ => (Optimizer::ADAM, 0.01),
        };
        let (samples, features, steps) = (12, network.inputs(), theirs.len() - 1);
        let x = Array2::from_shape_fn((samples, features), |(i, j)| libm::sin(1.7 * (i * features + j) as f64 + 0.3));
        let y: Vec<usize> = (0..samples).map(|i| (i * i + i / 3) % 2).collect();
        let training = Training { record_every: 1, ..Training::new(optimizer.0, optimizer.1, steps) };
        let parameters = Parameters::from_flat(&network, &flat);
        let start = Start { parameters, stream: Box::new(Native::new(1, 0)), seed: 1 };
        let problem = Problem::<f64>::new(network, training, (x.view(), Targets::Classes(&y)), None).unwrap();
        let run = problem.run(start, &Watch::default());
        let ours = run.trace.iter().map(|record| record.loss).chain([run.train.loss]);
        for (step, (ours, theirs)) in ours.zip(theirs).enumerate() {
            assert!((ours / theirs - 1.0).abs() < 1e-9, "{parts:?}, step {step}: {ours} is not {theirs}");
        }
    }
}

#[test]
fn gradients_are_what_differences_say() {
    for (shape, text) in NETWORKS {
        // More samples than one part holds.
        let network = network(shape, text);
        let training = Training { batch: Some(70), ..Training::new(Optimizer::GRADIENT_DESCENT, 0.1, 1) };
        let problem = problem::<f64>(network, training, 150);
        let landscape = Landscape::new(&problem, 2);
        let flat: Vec<f64> = start(problem.network(), 3).parameters.flat().collect();
        let mut stream = Native::new(4, 4);
        // What has no gradient is moved by none.
        let running: Vec<usize> =
            problem.network().program().unwrap().norms().flat_map(|norm| norm.running.clone()).collect();
        for _ in 0..3 {
            let mut along: Vec<f64> = flat.iter().map(|_| stream.normal()).collect();
            for i in &running {
                along[*i] = 0.0;
            }
            let at = |by: f64| {
                let moved: Vec<f64> = flat.iter().zip(&along).map(|(x, d)| x + by * d).collect();
                landscape.gradient(&moved).0
            };
            // Which number of a window is the largest changes on the way where it is long.
            let step = if text.contains("max") { 1e-8 } else { 1e-5 };
            let slope = (at(step) - at(-step)) / (2.0 * step);
            let gradient = landscape.gradient(&flat).1;
            let ours: f64 = gradient.iter().zip(&along).map(|(g, d)| g * d).sum();
            let near = if text.contains("max") { 1e-5 } else { 1e-6 };
            assert!((ours - slope).abs() < near * slope.abs().max(0.1), "{text}: {ours} is not {slope}");
        }
    }
}

/// Everything that a training says, whatever it runs on and however often it pauses.
fn same_everywhere<T: Number>(shape: &str, text: &str, batch: Option<usize>, optimizer: Optimizer) {
    let training = Training { batch, record_every: 1, ..Training::new(optimizer, 0.05, 6) };
    let problem = problem::<T>(network(shape, text), training, 150);
    let run = |threads, set, pause: usize| -> Run {
        let (mut worker, watch) = (Worker::on(set).with_threads(threads), Watch::default());
        let checkpoint = Checkpoint::new(&problem, start(problem.network(), 3));
        match worker.go_on(&problem, checkpoint, pause, &watch) {
            (_, Some(paused)) => worker.go_on(&problem, paused, 6, &watch).0,
            (run, None) => run,
        }
    };
    let portable = run(1, InstructionSet::Portable, 6);
    assert!(portable.train.loss.is_finite() && portable.trace.len() == 6, "{text}: {portable:?}");
    for set in InstructionSet::available() {
        for (threads, pause) in [(1, 3), (2, 6), (3, 1)] {
            assert!(run(threads, set, pause) == portable, "{text} {} {threads} {}", T::NAME, set.name());
        }
    }
}

#[test]
fn neither_instruction_set_nor_threads_nor_pauses_change_a_bit() {
    for (shape, text) in NETWORKS {
        same_everywhere::<f64>(shape, text, Some(70), Optimizer::ADAM);
        same_everywhere::<f32>(shape, text, None, Optimizer::Descent { momentum: 0.5, nesterov: false });
    }
    // Large enough for several threads, in parts and in layers.
    same_everywhere::<f64>("14x14x3", "conv 3x3 16 relu | conv 3x3 16 /2 relu | gap | dense 2", None, Optimizer::ADAM);
    same_everywhere::<f64>("90", "dense 120 | [ norm batch | relu | dense 120 ] x3 | dense 2", None, Optimizer::ADAM);
}

#[test]
fn a_sample_is_answered_for_alone_and_as_its_training_says() {
    for (shape, text) in NETWORKS {
        let training = Training { batch: Some(70), ..Training::new(Optimizer::ADAM, 0.05, 20) };
        let problem = problem::<f64>(network(shape, text), training, 150);
        let run = problem.run(start(problem.network(), 3), &Watch::default());
        let (x, y) = data(problem.network(), 150);
        let all = outputs::<f64>(problem.network(), &run.parameters, &x.view());
        let loss = y.iter().zip(all.rows()).map(|(class, row)| -libm::log(row[*class])).sum::<f64>() / 150.0;
        assert!((loss / run.train.loss - 1.0).abs() < 1e-9, "{text}: {loss} is not {}", run.train.loss);
        let alone = outputs::<f64>(problem.network(), &run.parameters, &x.slice(ndarray::s![7..8, ..]));
        assert_eq!(alone.row(0), all.row(7), "{text}");
    }
}

#[test]
fn dense_layers_in_a_row_are_the_network_that_they_were() {
    let blocks = network("3", "dense 5 tanh | dense 4 | dense 2");
    let plain = Network::new(
        &[3, 5, 4, 2],
        &[Activation::Tanh, Activation::Identity],
        Output::Softmax,
        Loss::CrossEntropy,
        true,
    )
    .unwrap();
    assert_eq!(blocks, plain);
}

#[test]
fn a_branch_whose_weights_are_0_is_not_there() {
    let with = network("3", "dense 5 | [ tanh | dense 5 ] x4 | tanh | dense 2");
    let without = network("3", "dense 5 tanh | dense 2");
    let (x, _) = data(&with, 20);
    let own = start(&without, 1).parameters;
    let mut parameters = start(&with, 1).parameters;
    for layer in &mut parameters.0[1..5] {
        layer.weights.fill(0.0);
        layer.biases.fill(0.0);
    }
    parameters.0[5] = own.0[1].clone();
    parameters.0[0] = own.0[0].clone();
    assert_eq!(outputs::<f64>(&with, &parameters, &x.view()), outputs::<f64>(&without, &own, &x.view()));
}

#[test]
fn running_means_follow_the_batches() {
    let network = network("4", "norm batch | dense 2");
    let (x, _) = data(&network, 150);
    let training = Training::new(Optimizer::GRADIENT_DESCENT, 1e-9, 200);
    let problem = problem::<f64>(network, training, 150);
    let run = problem.run(start(problem.network(), 3), &Watch::default());
    let norms = &run.parameters.0[0].norms;
    for (j, column) in x.columns().into_iter().enumerate() {
        // After 200 batches nothing is left of where they started.
        assert!((norms[8 + j] - column.mean().unwrap()).abs() < 1e-8);
        assert!((norms[12 + j] - column.var(1.0)).abs() < 1e-8);
    }
    let operation = &problem.network().program().unwrap().operations[0];
    assert!(matches!(&operation.does, Does::Norm(place) if place.norm == Norm::Batch));
}

#[test]
fn what_does_not_fit_is_said() {
    let says = |shape: Extent, text: &str, words: &str| {
        let blocks: Blocks = text.parse().unwrap();
        let error =
            Network::of_blocks(shape, &blocks, Output::Softmax, Loss::CrossEntropy, true).unwrap_err().to_string();
        assert!(error.contains(words), "{text}: {error}");
    };
    let image = Extent { channels: 3, height: 4, width: 4 };
    says(Extent::flat(16), "conv 3x3 4 | dense 2", "give data with a shape, as --shape 28,28,1");
    says(Extent { channels: 1, height: 1, width: 9 }, "conv 3x3 4 | dense 2", "kernels have one size, as in conv 3 4");
    says(image, "conv 5x5 4 valid | dense 2", "larger than the 4 x 4 places");
    says(image, "conv 3x3 4 groups=2 | dense 2", "2 groups need channels in their multiples, and there are 3 and 4");
    says(image, "conv 99999999999x99999999999 4 | dense 2", "too large to count");
    says(image, "conv 3x3 4 /99999999999999 | dense 2", "too large to count");
    says(image, "max-pool 5x5 | dense 2", "larger than the 4 x 4 places");
    says(image, "[ conv 3x3 4 ] | dense 2", "makes 4 x 4 x 4 of a stream of 4 x 4 x 3");
    says(image, "[ relu ] | dense 2", "needs a layer of weights");
    says(image, "[ [ conv 3x3 3 ] ] | dense 2", "branch within a branch");
    says(image, "norm layer | dense _", "how many units it has is not known here");
    says(image, "dense 3 | norm layer | prelu | dense 2", "take leaky-relu:0.25");
    says(image, "dense 3 | norm layer | dense 1", "softmax needs at least 2 outputs");
}
