//! Activations and losses against `PyTorch`, JAX, optax and Keras: `bench/golden_activations.py` and `bench/golden_losses.py`
//! write the files.

use headstart_engine::activation::Activation;
use headstart_engine::landscape::Landscape;
use headstart_engine::network::{Loss, Network, Output};
use headstart_engine::optimizer::Optimizer;
use headstart_engine::train::{Problem, Targets, Training};
use ndarray::Array2;
use std::collections::BTreeSet;

/// Lines of a file, in words, but for its heading.
fn lines(text: &str) -> impl Iterator<Item = Vec<&str>> {
    text.lines().filter(|line| !line.starts_with('#')).map(|line| line.split(' ').collect())
}

fn numbers(text: &str) -> Vec<f64> {
    text.split(',').map(|x| x.parse().unwrap()).collect()
}

#[test]
fn activations_are_those_of_the_frameworks() {
    let mut seen = BTreeSet::new();
    for line in lines(include_str!("golden/activations.txt")) {
        let [name, framework, point, value, slope] = line[..] else { panic!("{line:?}") };
        let [z, value, slope] = [point, value, slope].map(|x| x.parse::<f64>().unwrap());
        let activation: Activation = name.parse().unwrap();
        assert_eq!(activation.to_string(), name);
        seen.insert(activation.to_string().split(':').next().unwrap().to_owned());
        let ours = activation.at(z);
        for (ours, theirs) in [(ours.0, value), (ours.1, slope)] {
            let off = (ours - theirs).abs();
            // PyTorch has a sixth as float32; of 1 minus the square of a tanh near 1 nobody has all digits.
            let within = if name == "hard-sigmoid" && framework == "torch" { 1e-8 } else { 2e-14 };
            assert!(off <= within * theirs.abs().max(1.0), "{name} at {z} in {framework}: {ours} is not {theirs}");
        }
    }
    let missing = |activation: &Activation| !seen.contains(activation.to_string().split(':').next().unwrap());
    let missing: Vec<Activation> = Activation::ALL.into_iter().filter(missing).collect();
    assert_eq!(missing, [Activation::Identity], "whatever a framework has is compared with it");
}

/// The loss of one sample and its gradient by the logits, which are the biases of a network that is told nothing.
fn at(output: Output, loss: Loss, logits: &[f64], targets: &[f64]) -> (f64, Vec<f64>) {
    let network = Network::new(&[1, logits.len()], &[Activation::Relu], output, loss, true).unwrap();
    let training = Training::new(Optimizer::GRADIENT_DESCENT, 0.1, 1);
    let (x, y) = (Array2::zeros((1, 1)), Array2::from_shape_fn((1, targets.len()), |(_, j)| targets[j]));
    let problem = Problem::<f64>::new(network, training, (x.view(), Targets::Values(y.view())), None).unwrap();
    let parameters: Vec<f64> = logits.iter().map(|_| 0.0).chain(logits.iter().copied()).collect();
    let (loss, gradient) = Landscape::new(&problem, 1).gradient(&parameters);
    (loss, gradient[logits.len()..].to_vec())
}

#[test]
fn losses_are_those_of_the_frameworks() {
    let mut seen = BTreeSet::new();
    for line in lines(include_str!("golden/losses.txt")) {
        let [loss, output, framework, logits, targets, value, slopes] = line[..] else { panic!("{line:?}") };
        seen.insert(loss.split(':').next().unwrap());
        let ours = at(output.parse().unwrap(), loss.parse().unwrap(), &numbers(logits), &numbers(targets));
        // Keras takes means in float32, and adds 1e-7 to the means of counts before it takes their logarithm.
        let within = match (framework, loss) {
            ("keras", "poisson") => 1e-3,
            ("keras", _) => 1e-6,
            _ => 1e-14,
        };
        let theirs = numbers(value).into_iter().chain(numbers(slopes));
        for (ours, theirs) in std::iter::once(ours.0).chain(ours.1).zip(theirs) {
            let off = (ours - theirs).abs();
            assert!(off <= within * theirs.abs().max(1.0), "{line:?}: {ours} is not {theirs}");
        }
    }
    let missing: Vec<Loss> =
        Loss::ALL.into_iter().filter(|loss| !seen.contains(loss.to_string().split(':').next().unwrap())).collect();
    assert_eq!(missing, []);
}
