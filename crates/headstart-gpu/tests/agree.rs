//! The device computes what the processor computes: along the first hundred steps losses differ by a ten-thousandth at most, from those in
//! float32 and from those in float64.

mod common;

use common::{by_processor, gpu, runs};
use headstart::data::given::Source;
use headstart::engine::activation::Activation;
use headstart::executor::Executor;
use headstart::run::Run;
use headstart::spec::{Precision, TaskSpec};
use headstart::task::Task;
use headstart_gpu::Gpu;

/// What is said to agree.
const NEAR: f64 = 1e-4;

/// Update rules and what is done besides, as configuration files have them.
const RULES: [&str; 17] = [
    "optimizer='gd'\nlr=0.03",
    "optimizer='sgd'\nlr=0.03\nbatch=32",
    "optimizer='gd'\nlr=0.003\nmomentum=0.9",
    "optimizer='sgd'\nlr=0.003\nmomentum=0.9\nnesterov=true\nbatch=7",
    "optimizer='adam'\nlr=0.003",
    "optimizer='adamw'\nlr=0.003\nweight-decay=0.1",
    "optimizer='nadam'\nlr=0.002\nbatch=16",
    "optimizer='adamax'\nlr=0.003",
    "optimizer='rmsprop'\nlr=0.001",
    "optimizer='adagrad'\nlr=0.01",
    "optimizer='adadelta'\nlr=1.0",
    "optimizer='lion'\nlr=0.001",
    "optimizer='gd'\nlr=0.03\nclip=0.05",
    "optimizer='gd'\nlr=0.03\nclip-value=0.01\nweight-decay=0.01\ndecay-biases=true",
    "optimizer='gd'\nlr=0.03\nlr-factors=[0.5,2.0,0.0]\nweight-decay=0.01\ndecoupled-decay=true",
    "optimizer='gd'\nlr=0.03\nlr-schedule='cosine'\nwarmup=10",
    "optimizer='gd'\nlr=0.03\nlr-schedule='step:30:0.5'\nbatch=10",
];

/// Labels, and outputs and losses that go with them.
const ENDS: [(Labels, usize, &str, &str); 31] = {
    use Labels::{Counts, Numbers, Three, Two};
    [
        (Two, 1, "sigmoid", "bce"),
        (Two, 1, "identity", "bce"),
        (Two, 1, "tanh", "bce"),
        (Two, 1, "sigmoid", "mse"),
        (Two, 1, "tanh", "mse"),
        (Two, 1, "relu", "mse"),
        (Two, 1, "softplus", "mse"),
        (Two, 1, "exp", "mse"),
        (Two, 1, "identity", "hinge"),
        (Two, 1, "tanh", "hinge"),
        (Two, 1, "identity", "squared-hinge"),
        (Two, 1, "tanh", "squared-hinge"),
        (Two, 1, "sigmoid", "focal:1.5"),
        (Two, 2, "softmax", "ce"),
        (Three, 3, "softmax", "ce"),
        (Three, 3, "identity", "ce"),
        (Three, 3, "softmax", "mse"),
        (Three, 3, "softmax", "focal:2"),
        (Three, 3, "sigmoid", "focal:0"),
        (Three, 3, "sigmoid", "bce"),
        (Three, 3, "tanh", "mse"),
        (Numbers, 2, "identity", "mse"),
        (Numbers, 2, "identity", "mae"),
        (Numbers, 2, "identity", "huber:0.5"),
        (Numbers, 2, "identity", "log-cosh"),
        (Numbers, 2, "softplus", "mae"),
        (Numbers, 2, "sigmoid", "huber:1"),
        (Numbers, 2, "tanh", "log-cosh"),
        (Numbers, 2, "relu", "log-cosh"),
        (Counts, 1, "exp", "poisson"),
        (Counts, 1, "softplus", "poisson"),
    ]
};

/// What samples are labelled with.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Labels {
    Two,
    Three,
    Numbers,
    Counts,
}

/// 41 samples of three numbers, which no number of lanes divides.
fn samples(labels: Labels) -> (Source, Source) {
    let wave = |i: usize, j: usize| ((i * 37 + j * 61) as f64 * 0.7).sin() * 1.3;
    let x: Vec<f64> = (0..41).flat_map(|i| (0..3).map(move |j| wave(i, j))).collect();
    let sum = |i: usize| x[3 * i] + 0.5 * x[3 * i + 1] * x[3 * i + 2];
    let y: Vec<f64> = match labels {
        Labels::Two => (0..41).map(|i| f64::from(sum(i) > 0.1)).collect(),
        Labels::Three => (0..41).map(|i| f64::from(sum(i) > -0.4) + f64::from(sum(i) > 0.5)).collect(),
        Labels::Numbers => (0..41).flat_map(|i| [sum(i), sum(i).cos()]).collect(),
        Labels::Counts => (0..41).map(|i| (2.0 + 2.0 * sum(i)).max(0.0).round()).collect(),
    };
    let outputs = y.len() / 41;
    let of = |width: usize, numbers: Vec<f64>| {
        let shape = if width == 1 { vec![41] } else { vec![41, width] };
        Source::of_numbers(shape, numbers, false)
    };
    (of(3, x), of(outputs, y))
}

/// A training of a hundred steps: what comes before `[training]`, and its rule.
fn spec(
    labels: Labels,
    hidden: &str,
    activations: &str,
    (outputs, output, loss): (usize, &str, &str),
    rule: &str,
) -> TaskSpec {
    let kind = if matches!(labels, Labels::Numbers | Labels::Counts) { "regression" } else { "classes" };
    let text = format!(
        "[data]\ndata='samples'\nlabels='labels'\ntask='{kind}'\npreprocess='none'\nscale-targets='none'\ntest-share=0.0\n[network]\n\
         layers=[3,{hidden},{outputs}]\nactivation='{activations}'\noutput='{output}'\nloss='{loss}'\n[init]\ninit='glorot'\nseeds=2\n\
         [training]\nsteps=100\nrecord-every=9\n{rule}\n"
    );
    let mut spec = TaskSpec::from_toml(&text).unwrap_or_else(|error| panic!("{text}\n{error}"));
    let (x, y) = samples(labels);
    (spec.data.given.data, spec.data.given.labels) = (Some(x), Some(y));
    spec
}

/// What differs of two runs, at most, relative to a loss, or to a hundredth where it is smaller: the trace, and figures at the end.
fn difference(one: &Run, other: &Run) -> f64 {
    assert_eq!((&one.init, one.seed, one.status), (&other.init, other.seed, other.status));
    assert_eq!(one.trace.len(), other.trace.len());
    let of = |a: f64, b: f64| (a - b).abs() / b.abs().max(1e-2);
    let traces = one.trace.iter().zip(&other.trace).map(|(a, b)| {
        assert_eq!(a.step, b.step);
        of(a.loss, b.loss)
    });
    let worst = traces.fold(of(one.train.loss, other.train.loss), f64::max);
    let fits = one.targets.iter().zip(&other.targets).flat_map(|(one, other)| one.train.iter().zip(&other.train));
    fits.map(|(a, b)| of(a.mse, b.mse)).fold(worst, f64::max)
}

/// Holds the runs of a task against those of the processor, in float32 and in float64. Where these two are apart themselves, rounding
/// decides: paths part there, and a device may be as far away. Returns whether it is so.
fn assert_near(gpu: &Gpu, spec: &TaskSpec) -> bool {
    let said = || format!("{} {:?} {:?}", spec.network.layers, spec.network, spec.training);
    let task = |precision| {
        let mut spec = spec.clone();
        spec.training.precision = Some(precision);
        Task::new(spec).unwrap_or_else(|error| panic!("{error}: {}", said()))
    };
    let single = task(Precision::F32);
    let own = runs(gpu, &single);
    assert_eq!(gpu.remarks(), Vec::<String>::new(), "{}", said());
    let processor = [by_processor(&single), by_processor(&task(Precision::F64))];
    let worst = |one: &[Run], other: &[Run]| one.iter().zip(other).map(|(a, b)| difference(a, b)).fold(0.0, f64::max);
    let apart = worst(&processor[0], &processor[1]);
    for other in &processor {
        let difference = worst(&own, other);
        assert!(difference <= NEAR.max(20.0 * apart), "{difference:e}, {apart:e}\n{own:?}\n{other:?}\n{}", said());
    }
    20.0 * apart > NEAR
}

/// Activations that there are kernels of, two at a time, each once.
fn activations() -> Vec<[Activation; 2]> {
    let known: Vec<Activation> = Activation::ALL.into_iter().filter(|activation| !activation.is_learned()).collect();
    known.chunks(2).map(|two| [two[0], *two.last().unwrap()]).collect()
}

/// Every end with every rule and every activation: part `part` of `of` of the ends.
fn every_end(part: usize, of: usize) {
    let Some(gpu) = gpu() else { return };
    let activations = activations();
    let mut parted = 0;
    for (i, (labels, outputs, output, loss)) in ENDS.into_iter().enumerate().filter(|(i, _)| i % of == part) {
        for (j, rule) in RULES.iter().enumerate() {
            let [first, second] = activations[(i + j) % activations.len()];
            let end = (outputs, output, loss);
            parted += usize::from(assert_near(&gpu, &spec(labels, "5,4", &format!("{first}/{second}"), end, rule)));
        }
    }
    assert!(parted <= ENDS.len() * RULES.len() / of / 10, "{parted} say little");
}

#[test]
fn small_networks_with_the_first_ends() {
    every_end(0, 2);
}

#[test]
fn small_networks_with_the_other_ends() {
    every_end(1, 2);
}

#[test]
fn networks_by_tiles() {
    let Some(gpu) = gpu() else { return };
    let activations = activations();
    let mut parted = 0;
    // Every end, every rule and every activation at least once; layers of all remainders of four.
    for (i, (labels, outputs, output, loss)) in ENDS.into_iter().enumerate() {
        let hidden = ["33,6", "18,21", "40,3", "23,24"][i % 4];
        let [first, second] = activations[i % activations.len()];
        let rule = RULES[i % RULES.len()];
        parted += usize::from(assert_near(
            &gpu,
            &spec(labels, hidden, &format!("{first}/{second}"), (outputs, output, loss), rule),
        ));
    }
    assert!(parted <= 2, "{parted} say little");
}

#[test]
fn devices_that_have_less() {
    let end = (3, "softmax", "ce");
    // Sums by memory in the place of subgroups, for small networks; of others the gradient, and then the parameters, in the device's
    // memory, and tiles that become smaller.
    for (subgroup, memory, hidden) in
        [(0, 32_768, "5,4"), (0, 24_000, "33,6"), (0, 12_000, "33,6"), (0, 7_000, "33,6"), (0, 4_600, "33,6")]
    {
        for (j, rule) in RULES.iter().enumerate().filter(|(j, _)| [0, 3, 4, 12, 14].contains(j)) {
            let Some(gpu) = gpu() else { return };
            let [first, second] = [Activation::Gelu, [Activation::Tanh, Activation::Softplus][j % 2]];
            assert_near(
                &gpu.as_if(subgroup, memory),
                &spec(Labels::Three, hidden, &format!("{first}/{second}"), end, rule),
            );
        }
    }
    let Some(gpu) = gpu() else { return };
    let tight = gpu.as_if(0, 1_000);
    let spec = spec(Labels::Three, "33,6", "tanh/relu", end, RULES[0]);
    runs(
        &tight,
        &Task::new(TaskSpec {
            training: headstart::spec::TrainingSpec { precision: Some(Precision::F32), ..spec.training.clone() },
            ..spec
        })
        .unwrap(),
    );
    assert!(tight.remarks().iter().any(|remark| remark.contains("too wide for the memory")), "it does not fit");
}
