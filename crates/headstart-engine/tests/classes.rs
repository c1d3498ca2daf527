//! What is said of classes, their weights, and where the last biases start.

use headstart_engine::activation::Activation;
use headstart_engine::init::{Biases, InitError, Initialization, Start};
use headstart_engine::landscape::Landscape;
use headstart_engine::network::{Loss, Network, Output, Parameters};
use headstart_engine::optimizer::Optimizer;
use headstart_engine::rng::{Native, Rng, Stream};
use headstart_engine::train::{Problem, Targets, Training};
use headstart_engine::watch::Watch;
use ndarray::Array2;

/// Outputs and losses that classes go with.
const ENDS: [(Output, Loss); 15] = [
    (Output::Identity, Loss::BinaryCrossEntropy),
    (Output::Sigmoid, Loss::BinaryCrossEntropy),
    (Output::Tanh, Loss::BinaryCrossEntropy),
    (Output::Identity, Loss::CrossEntropy),
    (Output::Softmax, Loss::CrossEntropy),
    (Output::Sigmoid, Loss::MeanSquaredError),
    (Output::Tanh, Loss::MeanSquaredError),
    (Output::Softmax, Loss::MeanSquaredError),
    (Output::Sigmoid, Loss::MeanAbsoluteError),
    (Output::Tanh, Loss::Huber(0.5)),
    (Output::Identity, Loss::LogCosh),
    (Output::Identity, Loss::Hinge),
    (Output::Tanh, Loss::SquaredHinge),
    (Output::Sigmoid, Loss::Focal(2.0)),
    (Output::Softmax, Loss::Focal(2.0)),
];

fn training(optimizer: Optimizer, batch: Option<usize>, class_weights: &[f64]) -> Training {
    let class_weights = class_weights.to_vec();
    Training { batch, record_every: 1, class_weights, ..Training::new(optimizer, 0.05, 30) }
}

fn network(widths: &[usize], (output, loss): (Output, Loss)) -> Network {
    Network::new(widths, &[Activation::Tanh], output, loss, true).unwrap()
}

fn features(samples: usize, width: usize) -> Array2<f64> {
    let mut stream = Native::new(3, 1 << 40);
    Array2::from_shape_simple_fn((samples, width), || stream.normal())
}

/// Two classes; a share of the second.
fn classes(samples: usize, share: f64) -> Vec<usize> {
    let mut stream = Native::new(4, 1 << 40);
    (0..samples).map(|_| usize::from(stream.uniform() < share)).collect()
}

fn start(network: &Network) -> Start {
    "he".parse::<Initialization>().unwrap().draw(network, Rng::Native, 1).unwrap()
}

/// The logits of every sample, plainly.
fn logits(parameters: &Parameters, x: &Array2<f64>) -> Array2<f64> {
    let mut a = x.clone();
    for (l, layer) in parameters.0.iter().enumerate() {
        a = a.dot(&layer.weights.t()) + &layer.biases;
        if l + 1 < parameters.0.len() {
            a.mapv_inplace(libm::tanh);
        }
    }
    a
}

/// Of all samples at once, and of more than go through the network together; narrow, and by the Gram matrix.
#[test]
fn figures_are_those_of_the_definitions() {
    for (inputs, samples, outputs, end) in
        [(3, 900, 1, ENDS[1]), (70, 60, 1, ENDS[1]), (3, 900, 2, ENDS[4]), (3, 900, 1, ENDS[6])]
    {
        let network = network(&[inputs, 4, outputs], end);
        let (x, y) = (features(samples, inputs), classes(samples, 0.2));
        let (test_x, test_y) = (features(40, inputs), classes(40, 0.3));
        let problem = Problem::<f64>::new(
            network.clone(),
            training(Optimizer::GRADIENT_DESCENT, None, &[]),
            (x.view(), Targets::Classes(&y)),
            Some((test_x.view(), Targets::Classes(&test_y))),
        )
        .unwrap();
        let run = problem.run(start(&network), &Watch::default());
        for (x, y, found) in [(&x, &y, run.train), (&test_x, &test_y, run.test.unwrap())] {
            let z = logits(&run.parameters, x);
            let scores: Vec<f64> =
                z.rows().into_iter().map(|z| if outputs == 1 { z[0] } else { z[1] - z[0] }).collect();
            let count = |class: usize, chosen: bool| {
                y.iter().zip(&scores).filter(|(y, score)| **y == class && (**score > 0.0) == chosen).count() as f64
            };
            let (tp, fp, fneg, tn) = (count(1, true), count(0, true), count(1, false), count(0, false));
            let figures = found.classes.unwrap();
            assert_eq!(found.accuracy, Some((tp + tn) / y.len() as f64));
            let balanced = f64::midpoint(tp / (tp + fneg), tn / (tn + fp));
            assert!((figures.balanced_accuracy - balanced).abs() < 1e-15, "{figures:?} is not {balanced}");
            assert_eq!(figures.f1, Some(2.0 * tp / (2.0 * tp + fp + fneg)));
            let of = |class: usize| y.iter().zip(&scores).filter(move |(y, _)| **y == class).map(|(_, score)| *score);
            let pairs: f64 =
                of(1).flat_map(|a| of(0).map(move |b| if a > b { 1.0 } else { 0.5 * f64::from(a == b) })).sum();
            let auc = pairs / (of(0).count() * of(1).count()) as f64;
            assert!((figures.auc.unwrap() - auc).abs() < 1e-12, "{figures:?} is not {auc}");
        }
    }
}

#[test]
fn weights_of_1_change_no_bit_and_others_are_as_many_samples() {
    // Narrow and wide, so that training goes through the Gram matrix, too.
    for (inputs, batch) in [(3, None), (90, None), (3, Some(7))] {
        let network = network(&[inputs, 5, 1], ENDS[1]);
        let (x, y) = (features(30, inputs), classes(30, 0.4));
        let run = |x: &Array2<f64>, y: &[usize], weights: &[f64], lr: f64| {
            let training = Training { lr, ..training(Optimizer::GRADIENT_DESCENT, batch, weights) };
            let problem =
                Problem::<f64>::new(network.clone(), training, (x.view(), Targets::Classes(y)), None).unwrap();
            problem.run(start(&network), &Watch::default())
        };
        assert!(run(&x, &y, &[], 0.05) == run(&x, &y, &[1.0, 1.0], 0.05));
        if batch.is_some() {
            continue;
        }
        // Three of every sample of the second class; the mean is over more samples then.
        let many: Vec<usize> = (0..30).flat_map(|i| std::iter::repeat_n(i, if y[i] == 1 { 3 } else { 1 })).collect();
        let (many_x, many_y) = (x.select(ndarray::Axis(0), &many), many.iter().map(|&i| y[i]).collect::<Vec<_>>());
        let ratio = many.len() as f64 / 30.0;
        let (weighted, repeated) = (run(&x, &y, &[1.0, 3.0], 0.05), run(&many_x, &many_y, &[], 0.05 * ratio));
        for (a, b) in weighted.trace.iter().zip(&repeated.trace) {
            assert!((a.loss / (b.loss * ratio) - 1.0).abs() < 1e-11, "{a:?} {b:?}");
        }
        assert!((weighted.train.loss / (repeated.train.loss * ratio) - 1.0).abs() < 1e-11);
    }
}

/// Problems share what they have in common, but not the weights.
#[test]
fn another_problem_on_the_same_samples_has_its_own_weights() {
    let network = network(&[3, 5, 1], ENDS[1]);
    let (x, y) = (features(30, 3), classes(30, 0.4));
    let of = |weights: &[f64]| training(Optimizer::GRADIENT_DESCENT, None, weights);
    let plain = Problem::<f64>::new(network.clone(), of(&[]), (x.view(), Targets::Classes(&y)), None).unwrap();
    let alone = Problem::<f64>::new(network.clone(), of(&[1.0, 3.0]), (x.view(), Targets::Classes(&y)), None).unwrap();
    let run = |problem: &Problem<f64>| problem.run(start(&network), &Watch::default());
    let varied = plain.vary(network.clone(), of(&[1.0, 3.0])).unwrap();
    assert!(run(&varied) == run(&alone) && run(&varied) != run(&plain));
    assert!(run(&varied.vary(network.clone(), of(&[])).unwrap()) == run(&plain));
}

#[test]
fn weights_that_make_no_sense_are_refused() {
    let network = network(&[3, 5, 1], ENDS[1]);
    let (x, y, values) = (features(30, 3), classes(30, 0.4), Array2::from_elem((30, 1), 0.5));
    let message = |weights: &[f64], targets: Targets| {
        let training = training(Optimizer::GRADIENT_DESCENT, None, weights);
        Problem::<f64>::new(network.clone(), training, (x.view(), targets), None).unwrap_err().to_string()
    };
    for weight in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(message(&[1.0, weight], Targets::Classes(&y)).contains("must be a positive number"));
    }
    assert_eq!(message(&[1.0], Targets::Classes(&y)), "1 class weights for 2 classes; give one for each");
    assert!(message(&[1.0, 2.0], Targets::Values(values.view())).contains("targets are numbers"));
}

/// With last weights of 0 the prior answers as well as can be without looking: with the entropy of the shares, or the variance.
#[test]
fn the_prior_starts_at_the_loss_of_guessing() {
    for weights in [&[] as &[f64], &[0.5, 6.0]] {
        let y = classes(400, 0.1);
        let count = |class: usize| y.iter().filter(|y| **y == class).count() as f64;
        let weight = |class: usize| weights.get(class).copied().unwrap_or(1.0);
        let sums = [0, 1].map(|class| weight(class) * count(class));
        let total = sums[0] + sums[1];
        let [q, p] = sums.map(|sum| sum / total);
        let entropy = -(q * q.ln() + p * p.ln()) * total / 400.0;
        for end in ENDS {
            let is_several = end.0 == Output::Softmax || end.1 == Loss::CrossEntropy;
            let network = network(&[3, 5, if is_several { 2 } else { 1 }], end);
            let (x, training) = (features(400, 3), training(Optimizer::GRADIENT_DESCENT, None, weights));
            let problem =
                Problem::<f64>::new(network.clone(), training, (x.view(), Targets::Classes(&y)), None).unwrap();
            let mut init: Initialization = "he/zeros".parse().unwrap();
            init.biases = vec!["0.3".parse().unwrap(), Biases::Prior(None)];
            assert_eq!(init.draw(&network, Rng::Native, 1).err(), Some(InitError::NoPrior));
            let start = init.with_prior(&problem.prior().into()).draw(&network, Rng::Native, 1).unwrap();
            assert!(start.parameters.0[0].biases.iter().all(|&b| b == 0.3));
            let first = problem.run(start, &Watch::default()).trace[0].loss;
            let blind = Landscape::new(&problem, 1).blind_loss();
            assert!((first / blind - 1.0).abs() < 1e-13, "{end:?}: {first} is not {blind}");
            let expected = match end {
                (Output::Tanh, Loss::MeanSquaredError) | (_, Loss::SquaredHinge) => 4.0 * p * q * total / 400.0,
                (_, Loss::MeanSquaredError) => p * q * total / 400.0,
                // The median is the larger class, and so is the side that has more.
                (_, Loss::MeanAbsoluteError) => p.min(q) * total / 400.0,
                (_, Loss::Hinge) => 2.0 * p.min(q) * total / 400.0,
                (_, Loss::BinaryCrossEntropy | Loss::CrossEntropy) => entropy,
                // By trying all constants.
                (output, loss) => {
                    let constant = |u: f64| match (output, loss) {
                        (Output::Tanh, Loss::Huber(delta)) => {
                            let huber = |e: f64| if e < delta { e * e / 2.0 } else { delta * (e - delta / 2.0) };
                            p * huber(1.0 - libm::tanh(u)) + q * huber(1.0 + libm::tanh(u))
                        }
                        (_, Loss::LogCosh) => p * libm::log(libm::cosh(1.0 - u)) + q * libm::log(libm::cosh(u)),
                        _ => {
                            let of = |p: f64| -(1.0 - p) * (1.0 - p) * libm::log(p);
                            let s = 1.0 / (1.0 + libm::exp(-u));
                            p * of(s) + q * of(1.0 - s)
                        }
                    };
                    let tried = (-400_000..=400_000).map(|i| constant(f64::from(i) * 1e-5));
                    tried.fold(f64::INFINITY, f64::min) * total / 400.0
                }
            };
            let within = if matches!(end.1, Loss::Huber(_) | Loss::LogCosh | Loss::Focal(_)) { 1e-9 } else { 1e-11 };
            assert!((first / expected - 1.0).abs() < within, "{end:?}: {first} is not {expected}");
        }
    }
}

#[test]
fn the_prior_of_numbers_is_their_mean_and_only_the_last_layer_has_one() {
    let end = (Output::Identity, Loss::MeanSquaredError);
    let network = network(&[3, 5, 2], end);
    let (x, y) = (features(300, 3), features(300, 2).mapv(|y| 1e3 + 20.0 * y));
    let training = training(Optimizer::GRADIENT_DESCENT, None, &[]);
    let problem = Problem::<f32>::new(network.clone(), training.clone(), (x.view(), Targets::Values(y.view())), None);
    let exact = Problem::<f64>::new(network.clone(), training, (x.view(), Targets::Values(y.view())), None).unwrap();
    let mean = y.mean_axis(ndarray::Axis(0)).unwrap();
    for (j, (rounded, prior)) in problem.unwrap().prior().into_iter().zip(exact.prior()).enumerate() {
        assert!((prior / mean[j] - 1.0).abs() < 1e-14 && (rounded / mean[j] - 1.0).abs() < 1e-7, "{prior}");
    }
    let of = |biases: &[&str]| {
        let mut init: Initialization = "zeros".parse().unwrap();
        init.biases = biases.iter().map(|biases| biases.parse().unwrap()).collect();
        init
    };
    let start = of(&["auto", "prior"]).with_prior(&exact.prior().into()).draw(&network, Rng::Native, 1).unwrap();
    let (first, variance) = (exact.run(start, &Watch::default()).trace[0].loss, (&y - &mean).mapv(|e| e * e).mean());
    assert!((first / variance.unwrap() - 1.0).abs() < 1e-12, "{first} is not {variance:?}");
    for (biases, error) in [
        (&["prior", "0"] as &[&str], InitError::PriorInside),
        (&["prior"], InitError::PriorInside),
        (&["0", "0", "prior"], InitError::BiasLayers { given: 3, layers: 2 }),
    ] {
        assert_eq!(of(biases).check(&network), Err(error));
    }
    let other = of(&["0", "prior"]).with_prior(&vec![1.0].into());
    assert_eq!(other.draw(&network, Rng::Native, 1).err(), Some(InitError::PriorOutputs { biases: 1, network: 2 }));
}
