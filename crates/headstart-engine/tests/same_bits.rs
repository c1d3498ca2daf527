//! The same bits on every instruction set and with any number of threads within a run.

use headstart_engine::activation::Activation;
use headstart_engine::init::Initialization;
use headstart_engine::network::{Loss, Network, Output};
use headstart_engine::optimizer::{Clip, Decay, Optimizer, Schedule};
use headstart_engine::rng::{Native, Rng, Stream};
use headstart_engine::simd::InstructionSet;
use headstart_engine::train::population::in_order;
use headstart_engine::train::{Checkpoint, EarlyStopping, Number, Problem, Run, Status, Targets, Training, Worker};
use headstart_engine::watch::Watch;
use ndarray::{Array2, s};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use std::ops::{ControlFlow, Range};

/// Every rule.
const OPTIMIZERS: [Optimizer; 11] = [
    Optimizer::GRADIENT_DESCENT,
    Optimizer::Descent { momentum: 0.9, nesterov: false },
    Optimizer::Descent { momentum: 0.9, nesterov: true },
    Optimizer::ADAM,
    Optimizer::NADAM,
    Optimizer::ADAMAX,
    Optimizer::RMSPROP,
    Optimizer::ADAGRAD,
    Optimizer::ADADELTA,
    Optimizer::LION,
    Optimizer::LBFGS,
];

/// Trains a network on random samples on every instruction set, with 1 to 3 threads, and compares all that comes out.
fn same_everywhere<T: Number>(
    widths: &[usize],
    activation: Activation,
    samples: usize,
    batch: Option<usize>,
    optimizer: Optimizer,
) {
    let decay = Decay { rate: 0.01, decoupled: true, biases: false };
    for more in [false, true] {
        let mut training = Training {
            // Every other learning rate is halved.
            lr_factors: (1..widths.len()).map(|layer| if layer % 2 == 0 { 0.5 } else { 1.0 }).collect(),
            schedule: Schedule::Cosine,
            batch,
            record_every: 1,
            ..Training::new(optimizer, 0.1, 6)
        };
        if more {
            let dropout = if optimizer == Optimizer::LBFGS { 0.0 } else { 0.3 };
            training.dropout = vec![dropout; widths.len() - 2];
            (training.decay, training.clip, training.warmup) = (decay, Some(Clip::Norm(0.5)), 2);
        }
        same_with::<T>(widths, activation, samples, &training);
    }
}

fn same_with<T: Number>(widths: &[usize], activation: Activation, samples: usize, training: &Training) {
    let outputs = widths[widths.len() - 1];
    let network = Network::new(widths, &[activation], Output::Softmax, Loss::CrossEntropy, true).unwrap();
    let mut stream = Native::new(1, 2);
    let x = Array2::from_shape_simple_fn((samples, widths[0]), || stream.normal());
    let y: Vec<usize> = (0..samples).map(|_| stream.up_to(outputs as u64 - 1) as usize).collect();
    let data = || (x.view(), Targets::Classes(&y));
    let problem = Problem::<T>::new(network.clone(), training.clone(), data(), Some(data())).unwrap();
    let init: Initialization = "he".parse().unwrap();
    let run = |threads, set| -> Run {
        Worker::on(set).with_threads(threads).run(
            &problem,
            init.draw(&network, Rng::Native, 3).unwrap(),
            &Watch::default(),
        )
    };
    let portable = run(1, InstructionSet::Portable);
    assert!(portable.train.loss.is_finite());
    for set in InstructionSet::available() {
        for threads in 1..=3 {
            assert!(run(threads, set) == portable, "{widths:?} {training:?} {} {threads} {}", T::NAME, set.name());
        }
    }
}

#[test]
fn neither_instruction_set_nor_threads_change_a_bit() {
    let momentum = Optimizer::Descent { momentum: 0.5, nesterov: false };
    for activation in [Activation::Relu, Activation::Tanh, Activation::Gelu, Activation::Prelu(0.25)] {
        same_everywhere::<f64>(&[3, 7, 5, 2], activation, 29, None, momentum);
        same_everywhere::<f32>(&[3, 7, 5, 2], activation, 29, Some(10), momentum);
    }
    for optimizer in OPTIMIZERS {
        same_everywhere::<f64>(&[3, 7, 5, 2], Activation::Tanh, 29, None, optimizer);
        same_everywhere::<f32>(&[3, 7, 5, 2], Activation::Tanh, 29, None, optimizer);
    }
    // Large enough for more than one thread, more samples than go through together, and through the Gram matrix.
    same_everywhere::<f64>(&[33, 190, 130, 3], Activation::Tanh, 500, Some(130), momentum);
    same_everywhere::<f64>(&[20, 90, 101, 3], Activation::Relu, 700, None, Optimizer::GRADIENT_DESCENT);
    same_everywhere::<f64>(&[400, 61, 3], Activation::Relu, 203, None, momentum);
    same_everywhere::<f64>(&[400, 61, 50, 3], Activation::Prelu(-0.5), 203, None, momentum);
    same_everywhere::<f32>(&[33, 190, 130, 3], Activation::Silu, 300, None, Optimizer::RMSPROP);
    // A minibatch in two pieces, and so many weights that their update is shared as well.
    same_everywhere::<f64>(&[301, 463, 3], Activation::Gelu, 450, Some(401), Optimizer::ADAM);
}

/// A study: networks, rates and seeds in one queue. Whole or in halves, on any number of threads and instruction set, its
/// runs have the same final weights.
#[test]
fn a_study_in_halves_is_the_study() {
    let mut stream = Native::new(1, 2);
    let x = Array2::from_shape_simple_fn((70, 4), || stream.normal());
    let y: Vec<usize> = (0..70).map(|i| i % 2).collect();
    let network = |widths: &[usize]| {
        Network::new(widths, &[Activation::Tanh], Output::Sigmoid, Loss::BinaryCrossEntropy, true).unwrap()
    };
    let training = |lr: f64| Training { record_every: 10, ..Training::new(Optimizer::GRADIENT_DESCENT, lr, 40) };
    let first =
        Problem::<f64>::new(network(&[4, 6, 1]), training(0.1), (x.view(), Targets::Classes(&y)), None).unwrap();
    let problems = [
        first.clone(),
        first.vary(network(&[4, 6, 1]), training(30.0)).unwrap(),
        first.vary(network(&[4, 9, 8, 1]), training(0.3)).unwrap(),
    ];
    let init: Initialization = "he".parse().unwrap();
    let study = |jobs: Range<usize>, threads: usize, set: InstructionSet| {
        let job = |worker: &mut Worker<f64>, i: usize| {
            let problem = &problems[(jobs.start + i) % 3];
            let start = init.draw(problem.network(), Rng::Native, (jobs.start + i) as u64).unwrap();
            worker.run(problem, start, &Watch::default())
        };
        let mut runs: Vec<Run> = Vec::new();
        let end = in_order(
            jobs.len(),
            threads,
            || Worker::on(set),
            job,
            |_, run| {
                runs.push(run);
                ControlFlow::<()>::Continue(())
            },
        );
        assert_eq!(end, ControlFlow::Continue(()));
        runs
    };
    let whole = study(0..24, 1, InstructionSet::Portable);
    for set in InstructionSet::available() {
        for threads in [1, 2] {
            assert!(study(0..24, threads, set) == whole, "{threads} {}", set.name());
            assert!([study(0..11, threads, set), study(11..24, threads, set)].concat() == whole, "{}", set.name());
        }
    }
}

#[test]
fn factors_of_1_change_no_bit_and_those_of_0_leave_a_layer_as_it_is() {
    let network =
        Network::new(&[3, 7, 5, 1], &[Activation::Tanh], Output::Identity, Loss::MeanSquaredError, true).unwrap();
    let mut stream = Native::new(1, 2);
    let x = Array2::from_shape_simple_fn((29, 3), || stream.normal());
    let y = Array2::from_shape_simple_fn((29, 1), || stream.normal());
    let init: Initialization = "he".parse().unwrap();
    let start = || init.draw(&network, Rng::Native, 3).unwrap();
    let training =
        |lr_factors: &[f64]| Training { lr_factors: lr_factors.to_vec(), ..Training::new(Optimizer::ADAM, 0.1, 20) };
    let problem = |lr_factors: &[f64]| {
        Problem::<f64>::new(network.clone(), training(lr_factors), (x.view(), Targets::Values(y.view())), None)
    };
    let run = |lr_factors: &[f64]| problem(lr_factors).unwrap().run(start(), &Watch::default());
    assert!(run(&[]) == run(&[1.0, 1.0, 1.0]));
    let (kept, first) = (run(&[1.0, 0.0, 1.0]).parameters, start().parameters);
    assert!(kept.0[1] == first.0[1] && kept.0[0] != first.0[0] && kept.0[2] != first.0[2]);
    let message = |lr_factors: &[f64]| problem(lr_factors).unwrap_err().to_string();
    assert_eq!(message(&[1.0]), "1 learning rate factors for 3 layers of weights; give one for each");
    assert!(message(&[1.0, -1.0, 1.0]).contains("from 0 on, not -1"));
}

/// A training that pauses and goes on, in another worker or in the same, ends in the bits of one that does not.
#[test]
fn however_often_a_training_pauses_it_ends_in_the_same_bits() {
    let x = Array2::from_shape_fn((70, 40), |(i, j)| ((i * 7 + j * 3) % 11) as f64 / 5.0 - 1.0);
    let y: Vec<usize> = (0..70).map(|i| i % 2).collect();
    let plain = |optimizer: Optimizer, batch: Option<usize>, lr: f64| Training {
        schedule: Schedule::Cosine,
        batch,
        record_every: 10,
        target: Some(0.7),
        ..Training::new(optimizer, lr, 57)
    };
    // Everything that moves weights besides their gradient, and what stops a training early.
    let rich = |optimizer: Optimizer, batch: Option<usize>, lr: f64| Training {
        warmup: 7,
        decay: Decay { rate: 0.01, decoupled: batch.is_none(), biases: true },
        clip: Some(if batch.is_none() { Clip::Norm(0.1) } else { Clip::Value(0.01) }),
        dropout: if optimizer == Optimizer::LBFGS { Vec::new() } else { vec![0.5, 0.0] },
        label_smoothing: 0.1,
        early_stopping: Some(EarlyStopping { every: 5, patience: 2 }),
        ..plain(optimizer, batch, lr)
    };
    // Of a wide first layer and few samples the Gram matrix is used.
    let cases = OPTIMIZERS
        .into_iter()
        .flat_map(|optimizer| {
            let whole = [plain(optimizer, None, 0.01), rich(optimizer, None, 0.01)];
            let batches = [plain(optimizer, Some(16), 0.01), rich(optimizer, Some(16), 0.01)];
            whole.into_iter().chain(batches.into_iter().filter(move |_| optimizer != Optimizer::LBFGS))
        })
        .chain([plain(Optimizer::GRADIENT_DESCENT, None, 1e9)]);
    for training in cases {
        let problem = Problem::<f32>::new(
            Network::new(&[40, 6, 5, 1], &[Activation::Relu], Output::Sigmoid, Loss::BinaryCrossEntropy, true).unwrap(),
            training.clone(),
            (x.slice(s![..60, ..]), Targets::Classes(&y[..60])),
            Some((x.slice(s![..30, ..]), Targets::Classes(&y[..30]))),
        )
        .unwrap()
        .judged_on((x.slice(s![50.., ..]), Targets::Classes(&y[50..])))
        .unwrap()
        .looking_before(vec![3, 20, 41], 0);
        let start = || "he".parse::<Initialization>().unwrap().draw(problem.network(), Rng::Native, 3).unwrap();
        let watch = Watch::default();
        let at_once = Worker::new().run(&problem, start(), &watch);
        let mut worker = Worker::new();
        let mut from = Some(Checkpoint::new(&problem, start()));
        let mut last = None;
        for until in [0, 1, 20, 33, 56, 57] {
            let Some(checkpoint) = from.take() else { break };
            let (run, next) = worker.go_on(&problem, checkpoint, until, &watch);
            let is_over = run.status != Status::Finished || run.steps < until;
            assert_eq!(next.is_some(), until < 57 && !is_over, "{training:?} {until}");
            assert!(run.steps <= until);
            // Another run in between leaves nothing behind.
            worker.run(&problem, start(), &watch);
            (from, last) = (next, Some(run));
        }
        assert!(last.as_ref() == Some(&at_once), "{training:?}: {last:?} {at_once:?}");
    }
}

/// A training of any rule, schedule, decay, bound, dropout, smoothing and batch.
fn any_training() -> impl Strategy<Value = Training> {
    let schedules = prop::sample::select(vec![
        "constant",
        "cosine",
        "step:3:0.5",
        "exponential:0.9",
        "linear:0.1",
        "polynomial:2",
        "one-cycle",
    ]);
    let decay = (prop_oneof![Just(0.0), 1e-4..0.3], any::<bool>(), any::<bool>());
    let clip = prop_oneof![
        Just(None),
        (1e-3..3.0).prop_map(|bound| Some(Clip::Norm(bound))),
        (1e-3..3.0).prop_map(|bound| Some(Clip::Value(bound)))
    ];
    let more = (prop_oneof![Just(0.0), 0.0..0.9], prop_oneof![Just(0.0), 0.0..0.5], any::<bool>());
    let size = (prop::option::of(1..40_usize), 2..30_usize, 0..30_usize);
    (prop::sample::select(OPTIMIZERS.to_vec()), schedules, decay, clip, more, size).prop_map(
        |(optimizer, schedule, (rate, decoupled, biases), clip, (dropout, label_smoothing, stops), size)| {
            let (batch, steps, warmup) = size;
            let is_whole = matches!(optimizer, Optimizer::Lbfgs { .. });
            Training {
                schedule: schedule.parse().unwrap(),
                warmup: warmup.min(steps - 1),
                decay: Decay { rate, decoupled, biases },
                clip,
                dropout: if is_whole || dropout == 0.0 { Vec::new() } else { vec![dropout, 0.0] },
                label_smoothing,
                early_stopping: stops.then_some(EarlyStopping { every: 2, patience: 3 }),
                batch: batch.filter(|_| !is_whole),
                record_every: 1,
                ..Training::new(optimizer, 1e-3, steps)
            }
        },
    )
}

/// Classes that every loss of classes has, and numbers.
fn problem_of<T: Number>(training: &Training, (output, loss): (Output, Loss)) -> Problem<T> {
    let outputs = if output == Output::Softmax || loss == Loss::CrossEntropy { 3 } else { 1 };
    let network =
        Network::new(&[5, 9, 4, outputs], &[Activation::Tanh, Activation::Prelu(0.25)], output, loss, true).unwrap();
    let mut stream = Native::new(1, 2);
    let x = Array2::from_shape_simple_fn((70, 5), || stream.normal());
    let y: Vec<usize> = (0..70).map(|_| stream.up_to(outputs.max(2) as u64 - 1) as usize).collect();
    let part = |from: usize, to: usize| (x.slice(s![from..to, ..]), Targets::Classes(&y[from..to]));
    Problem::new(network, training.clone(), part(0, 50), Some(part(40, 60))).unwrap().judged_on(part(50, 70)).unwrap()
}

/// It ends with numbers, and in the same bits on every instruction set, with several threads, and after a pause.
fn is_one_training<T: Number>(training: &Training, end: (Output, Loss), pause: usize) -> Result<(), TestCaseError> {
    let problem = problem_of::<T>(training, end);
    let start = || "glorot".parse::<Initialization>().unwrap().draw(problem.network(), Rng::Native, 3).unwrap();
    let watch = Watch::default();
    let at_once = Worker::on(InstructionSet::Portable).run(&problem, start(), &watch);
    prop_assert!(at_once.status == Status::Finished && at_once.train.loss.is_finite());
    prop_assert!(at_once.parameters.flat().all(f64::is_finite));
    for set in InstructionSet::available() {
        let mut worker = Worker::on(set).with_threads(2);
        prop_assert!(worker.run(&problem, start(), &watch) == at_once, "{}", set.name());
        let (run, next) = worker.go_on(&problem, Checkpoint::new(&problem, start()), pause, &watch);
        let run = next.map_or(run, |next| worker.go_on(&problem, next, usize::MAX, &watch).0);
        prop_assert!(run == at_once, "{} paused at {pause}", set.name());
    }
    Ok(())
}

proptest! {
    #[test]
    fn every_combination_is_one_training_however_it_is_done(
        training in any_training(),
        end in prop::sample::select(vec![
            (Output::Sigmoid, Loss::BinaryCrossEntropy),
            (Output::Softmax, Loss::CrossEntropy),
            (Output::Identity, Loss::MeanSquaredError),
            (Output::Tanh, Loss::MeanSquaredError),
        ]),
        pause in 0..30_usize,
    ) {
        is_one_training::<f64>(&training, end, pause)?;
        is_one_training::<f32>(&training, end, pause)?;
    }
}
