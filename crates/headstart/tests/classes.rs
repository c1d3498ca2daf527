//! Figures of classes, class weights and the last biases, against scikit-learn and plain NumPy, and in whole tasks.
//!
//! `golden/classes.jsonl` was made once by `bench/golden_classes.py`.

use headstart::data::{Dataset, Kind, Samples, Targets};
use headstart::engine::activation::Activation;
use headstart::engine::init::Start;
use headstart::engine::network::{Loss, Network, Output, Parameters};
use headstart::engine::optimizer::Optimizer;
use headstart::engine::rng::Native;
use headstart::engine::train::{self, Problem, Training};
use headstart::engine::watch::Watch;
use headstart::run::Run;
use headstart::save;
use headstart::spec::TaskSpec;
use headstart::task::Task;
use ndarray::Array2;
use serde_json::Value;
use std::sync::Arc;

fn goldens(kind: &'static str) -> impl Iterator<Item = Value> {
    let lines = include_str!("golden/classes.jsonl").lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.filter(move |golden| golden["kind"] == kind)
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

fn classes(value: &Value) -> Vec<usize> {
    value.as_array().unwrap().iter().map(|class| class.as_u64().unwrap() as usize).collect()
}

fn matrix(value: &Value) -> Array2<f64> {
    let rows: Vec<Vec<f64>> = value.as_array().unwrap().iter().map(numbers).collect();
    Array2::from_shape_fn((rows.len(), rows[0].len()), |(i, j)| rows[i][j])
}

fn training(steps: usize, class_weights: Vec<f64>) -> Training {
    Training { record_every: 1, class_weights, ..Training::new(Optimizer::GRADIENT_DESCENT, 0.3, steps) }
}

/// What a network whose logits are the features says of them.
fn figures(scores: &Array2<f64>, y: &[usize]) -> train::ClassFigures {
    let outputs = scores.ncols();
    let end =
        if outputs == 1 { (Output::Sigmoid, Loss::BinaryCrossEntropy) } else { (Output::Softmax, Loss::CrossEntropy) };
    let network = Network::new(&[outputs, outputs], &[Activation::Relu], end.0, end.1, false).unwrap();
    let training = Training { lr_factors: vec![0.0], ..training(1, Vec::new()) };
    let targets = train::Targets::Classes(y);
    let problem = Problem::<f64>::new(network.clone(), training, (scores.view(), targets), None).unwrap();
    let flat: Vec<f64> = Array2::<f64>::eye(outputs).iter().copied().collect();
    let parameters = Parameters::from_flat(&network, &flat);
    problem
        .run(Start { parameters, stream: Box::new(Native::new(1, 0)), seed: 1 }, &Watch::default())
        .train
        .classes
        .unwrap()
}

#[test]
fn figures_are_scikit_learns() {
    for golden in goldens("two") {
        let scores = Array2::from_shape_vec((120, 1), numbers(&golden["scores"])).unwrap();
        let found = figures(&scores, &classes(&golden["y"]));
        for (found, name) in
            [(Some(found.balanced_accuracy), "balanced_accuracy"), (found.f1, "f1"), (found.auc, "auc")]
        {
            let (found, expected) = (found.unwrap(), golden[name].as_f64().unwrap());
            assert!((found - expected).abs() < 1e-15, "{name}: {found} is not {expected}");
        }
    }
    for golden in goldens("several") {
        let found = figures(&matrix(&golden["scores"]), &classes(&golden["y"]));
        assert!((found.balanced_accuracy - golden["balanced_accuracy"].as_f64().unwrap()).abs() < 1e-15, "{found:?}");
        assert_eq!((found.f1, found.auc), (None, None));
    }
}

/// A task on samples in memory.
fn task(x: Array2<f64>, y: Targets, classes: usize, keys: &str) -> Result<Task, String> {
    let kind = match y {
        Targets::Classes(_) => Kind::Classes((0..classes).map(|class| class.to_string()).collect()),
        Targets::Values(_) => Kind::Regression { outputs: 1 },
    };
    let dataset = Dataset::of("memory", kind, Samples { x, y }, None);
    Task::of(Arc::new(dataset), TaskSpec::from_toml(keys).unwrap()).map_err(|error| error.to_string())
}

#[test]
fn trainings_with_class_weights_are_numpys() {
    let mut seen = 0;
    for golden in goldens("training") {
        let (x, y, weights) = (matrix(&golden["x"]), classes(&golden["y"]), numbers(&golden["weights"]));
        let parameters: Vec<Array2<f64>> = golden["parameters"].as_array().unwrap().iter().map(matrix).collect();
        let (hidden, outputs) = (parameters[0].nrows(), parameters[1].nrows());
        let layers = format!("[{}, {hidden}, {outputs}]", x.ncols());
        let asked = if golden["balanced"] == true {
            "balanced".to_owned()
        } else {
            weights.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
        };
        let keys = format!(
            "[network]\nlayers = {layers}\nactivation = 'tanh'\n\
             [training]\nlr = 0.3\nsteps = 20\nrecord-every = 1\nclass-weights = '{asked}'\n"
        );
        let task = task(x.clone(), Targets::Classes(y.clone()), weights.len(), &keys).unwrap();
        for (found, expected) in task.training().class_weights.iter().zip(&weights) {
            assert!((found / expected - 1.0).abs() < 1e-15, "{found} is not {expected}");
        }
        let mut flat: Vec<f64> = Vec::new();
        for weights in &parameters {
            flat.extend(weights.iter());
            flat.extend(std::iter::repeat_n(0.0, weights.nrows()));
        }
        let network = task.network().clone();
        let start =
            Start { parameters: Parameters::from_flat(&network, &flat), stream: Box::new(Native::new(1, 0)), seed: 1 };
        let targets = train::Targets::Classes(&y);
        let training = training(20, task.training().class_weights.clone());
        let run =
            Problem::<f64>::new(network, training, (x.view(), targets), None).unwrap().run(start, &Watch::default());
        for (record, expected) in run.trace.iter().zip(numbers(&golden["losses"])) {
            assert!((record.loss / expected - 1.0).abs() < 1e-11, "{record:?} is not {expected}");
            seen += 1;
        }
    }
    assert_eq!(seen, 8 * 20);
}

/// 90 samples of one class and 10 of the other.
fn uneven() -> (Array2<f64>, Targets) {
    let y: Vec<usize> = (0..100).map(|i| usize::from(i % 10 == 0)).collect();
    let x =
        Array2::from_shape_fn((100, 2), |(i, j)| f64::from(((7 * i + 3 * j) % 23) as u32) / 10.0 - 1.0 + y[i] as f64);
    (x, Targets::Classes(y))
}

fn first_loss(task: &Task) -> (f64, Run) {
    let run = task.run_all(1).remove(0);
    (run.trace[0].loss, run)
}

/// One output and two, in both precisions; the losses of two classes that count alike are those of a coin.
#[test]
fn the_prior_begins_with_the_entropy_of_the_shares() {
    let entropy = -(0.9 * f64::ln(0.9) + 0.1 * f64::ln(0.1));
    for (outputs, precision, tolerance) in [(1, "f64", 1e-14), (2, "f64", 1e-14), (1, "f32", 1e-6)] {
        for (weights, expected) in [("none", entropy), ("balanced", f64::ln(2.0))] {
            let (x, y) = uneven();
            let keys = format!(
                "[network]\nlayers = [2, 4, {outputs}]\n[init]\ninit = 'he/zeros'\noutput-bias = 'prior'\n\
                 [training]\nsteps = 3\nprecision = '{precision}'\nclass-weights = '{weights}'\n"
            );
            let task = task(x, y, 2, &keys).unwrap();
            let (first, run) = first_loss(&task);
            assert!((first / expected - 1.0).abs() < tolerance, "{outputs} {weights}: {first} is not {expected}");
            if precision == "f64" {
                assert!((first / task.blind_loss().unwrap() - 1.0).abs() < tolerance);
            }
            assert!(run.train.classes.is_some());
        }
    }
}

#[test]
fn the_prior_of_numbers_begins_with_their_variance() {
    let (x, _) = uneven();
    let y = Array2::from_shape_fn((100, 1), |(i, _)| 150.0 + f64::from(i as u32));
    let keys = "[network]\nlayers = [2, 4, 1]\n[init]\ninit = 'he/zeros'\nbias = '0.1/prior'\n[training]\nsteps = 1\nlr = 1e-9";
    let task = task(x, Targets::Values(y), 0, keys).unwrap();
    let (first, run) = first_loss(&task);
    // Of whole numbers in a row.
    assert!((first / ((100.0 * 100.0 - 1.0) / 12.0) - 1.0).abs() < 1e-13, "{first}");
    assert!(run.train.classes.is_none());
    let json = serde_json::to_value(task.describe()).unwrap();
    assert_eq!(json["init"]["bias"], "0.1/prior");
}

#[test]
fn what_does_not_fit_is_refused() {
    let refused = |keys: &str| {
        let (x, y) = uneven();
        task(x, y, 2, keys).unwrap_err()
    };
    assert_eq!(
        refused("[training]\nclass-weights = [1, 2, 3]"),
        "--class-weights 1,2,3: 3 weights for 2 classes; give one for each, in the order 0, 1"
    );
    assert!(refused("[init]\nbias = 'prior'").contains("prior is for the biases of the last layer"));
    assert!(refused("[init]\nbias = '0/0'").contains("2 kinds of biases for 3 layers"));
    let (x, _) = uneven();
    let numbers = Targets::Values(Array2::from_shape_fn((100, 1), |(i, _)| f64::from(i as u32)));
    let message = task(x, numbers, 0, "[training]\nclass-weights = 'balanced'").unwrap_err();
    assert!(message.contains("--class-weights balanced is for classes"), "{message}");
    // The weights alone know no labels.
    let spec = TaskSpec::from_toml("[network]\nlayers = [2, 4, 1]\n[init]\noutput-bias = 'prior'").unwrap();
    assert!(save::initial(&spec).unwrap_err().to_string().contains("give --data"));
}

/// Built-in sets are as they were: nothing is weighted, and every key of before is there.
#[test]
fn json_has_the_figures_beside_the_accuracy() {
    let spec = TaskSpec::from_toml("[data]\ndata = 'moons'\nsamples = [40, 20]\n[training]\nsteps = 5\n").unwrap();
    let task = Task::new(spec).unwrap();
    let json = serde_json::to_value(task.run_all(1).remove(0)).unwrap();
    for set in ["train", "test"] {
        for key in ["loss", "accuracy", "balanced_accuracy", "f1", "auc"] {
            assert!(json[set][key].is_f64(), "{set} {key}");
        }
    }
    let about = serde_json::to_value(task.describe()).unwrap();
    assert!(about["training"].get("class_weights").is_none() && !task.tells_classes());
}
