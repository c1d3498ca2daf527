//! What is measured, against what theory says of wide networks, and against what is known of small ones.

use headstart_engine::activation::Activation;
use headstart_engine::init::Initialization;
use headstart_engine::landscape::Landscape;
use headstart_engine::network::{Loss, Network, Output};
use headstart_engine::optimizer::Optimizer;
use headstart_engine::probe::portrait::portrait;
use headstart_engine::probe::{Probe, probe};
use headstart_engine::rng::{Native, Rng, Stream};
use headstart_engine::theory::{Ensemble, averages, critical, spread};
use headstart_engine::train::{Problem, Targets, Training};
use headstart_engine::watch::Watch;
use ndarray::Array2;

const SAMPLES: usize = 60;

/// A network from a start, on normal samples of second moment 1.
fn probed(widths: &[usize], activation: Activation, init: &Initialization, seed: u64) -> (Problem<f64>, Probe) {
    let network = Network::new(widths, &[activation], Output::Identity, Loss::MeanSquaredError, true).unwrap();
    let mut stream = Native::new(seed, 99);
    let x = Array2::from_shape_simple_fn((SAMPLES, widths[0]), || stream.normal());
    // Far from whatever the network says, so that the gradient at its end does not depend on its weights.
    let y = Array2::from_shape_simple_fn((SAMPLES, widths[widths.len() - 1]), || 100.0 * stream.normal());
    let training = Training::new(Optimizer::GRADIENT_DESCENT, 1e-3, 1);
    let start = init.draw(&network, Rng::Native, seed).unwrap().parameters;
    let problem = Problem::new(network, training, (x.view(), Targets::Values(y.view())), None).unwrap();
    let probe = probe(&Landscape::new(&problem, 2), &start);
    (problem, probe)
}

#[test]
fn a_portrait_has_the_figures_of_a_probe_unit_by_unit() {
    for (activation, init) in
        [(Activation::Relu, "he"), (Activation::Tanh, "normal:2"), (Activation::Relu, "normal:0.1")]
    {
        let init: Initialization = init.parse().unwrap();
        let widths = [3, 40, 30, 2];
        let (problem, probe) = probed(&widths, activation, &init, 4);
        let start = init.draw(problem.network(), Rng::Native, 4).unwrap().parameters;
        let portrait = portrait(&Landscape::new(&problem, 2), &start);
        assert_eq!(portrait.loss, probe.loss);
        for (l, (one, other)) in portrait.layers.iter().zip(&probe.layers).enumerate() {
            assert_eq!((one.signal, one.gradient), (other.signal, other.gradient));
            assert_eq!(one.inputs.counts.iter().sum::<u32>() as usize, SAMPLES * widths[l + 1]);
            assert_eq!(one.weights.counts.iter().sum::<u32>() as usize, widths[l] * widths[l + 1]);
            let Some(units) = other.units else { continue };
            let count = one.units.len() as f64;
            let dead = one.units.iter().filter(|unit| unit.dead).count() as f64;
            let saturated = one.units.iter().map(|unit| unit.saturated).sum::<f64>();
            assert_eq!(dead / count, units.dead);
            assert!((saturated / count - units.saturated).abs() < 1e-12);
        }
    }
}

/// For every activation, at its critical start or where there is none at lecun's with some biases: second moments forward
/// and backward, and correlations, are those of theory to within what finite width and few samples let expect.
#[test]
fn wide_networks_are_as_theory_says() {
    const WIDTH: usize = 600;
    // The exponential of an exponential is too large for its mean to be met by any width.
    let all = Activation::ALL.into_iter().filter(|activation| *activation != Activation::Exp);
    for activation in all.chain([-0.5, -1.0].map(Activation::LeakyRelu)) {
        let point = critical(activation).filter(|point| point.weights < 10.0).map(|p| (p.weights, p.biases));
        let (weights, biases) = point.unwrap_or((1.0, 0.3));
        let mut init: Initialization = format!("lecun:{}", weights.sqrt()).parse().unwrap();
        init.biases = vec![format!("normal:{}", f64::sqrt(biases)).parse().unwrap()];
        let widths = [WIDTH; 5];
        let (_, probe) = probed(&widths, activation, &init, 5);
        let ensemble = Ensemble { activation, weights, biases };
        let first = weights + biases;
        let mut q = first;
        // Inputs are independent: only biases are shared.
        let mut c = biases / first;
        for l in 0..3 {
            let layer = probe.layers[l];
            // The first layer's own spread, and that of the layers since.
            let sd = (2.0 / WIDTH as f64 + spread(&ensemble.between(&widths[..=l]), first).variance).sqrt();
            assert!((layer.signal / q).ln().abs() < 5.0 * sd, "{activation} {l}: {} is not {q}", layer.signal);
            let measured = layer.correlation.unwrap();
            assert!((measured - c).abs() < 0.05, "{activation} {l}: {measured} is not {c}");
            let backward = layer.gradient / probe.layers[l + 1].gradient;
            let expected = weights * averages(activation, q).slope_square;
            assert!((backward / expected - 1.0).abs() < 0.2, "{activation} {l}: {backward} is not {expected}");
            c = ensemble.next_correlation(q, c);
            q = ensemble.next_variance(q);
        }
    }
}

#[test]
fn units_are_counted() {
    let dead = |bias: &str| {
        let mut init: Initialization = "he".parse().unwrap();
        init.biases = vec![bias.parse().unwrap()];
        probed(&[4, 30, 20, 2], Activation::Relu, &init, 1).1.layers[0].units.unwrap().dead
    };
    assert_eq!((dead("constant:-100"), dead("constant:100")), (1.0, 0.0));
    let saturated = |init: &str| {
        let (_, probe) = probed(&[4, 30, 20, 2], Activation::Tanh, &init.parse().unwrap(), 1);
        probe.layers[1].units.unwrap()
    };
    assert!(saturated("normal:1000").saturated > 0.99 && saturated("lecun").saturated < 0.05);
    // All units of a constant start are one: rank 1, and all pairs are twins.
    let (_, constant) = probed(&[4, 30, 20, 2], Activation::Tanh, &"constant:0.1".parse().unwrap(), 1);
    assert_eq!(constant.layers.iter().map(|layer| layer.twins).collect::<Vec<_>>(), [435, 190, 1]);
    assert!((constant.layers[0].units.unwrap().rank - 1.0).abs() < 1e-9);
    let (_, orthogonal) = probed(&[30, 30, 2], Activation::Identity, &"orthogonal".parse().unwrap(), 1);
    let rank = orthogonal.layers[0].units.unwrap().rank;
    // Of 30 normal features in 60 samples: 30 / (1 + 30 / 60).
    assert!((rank - 20.0).abs() < 2.0, "{rank}");
    let (_, zeros) = probed(&[4, 30, 20, 2], Activation::Relu, &"zeros".parse().unwrap(), 1);
    assert_eq!((zeros.layers[1].signal, zeros.layers[1].correlation), (0.0, None));
    assert_eq!(zeros.layers[0].units.unwrap().rank, 0.0);
}

/// A step of gradient descent takes the loss down by the learning rate times the square of the gradient's norm.
#[test]
fn loss_and_weight_gradients_are_those_of_training() {
    let (problem, probe) = probed(&[5, 9, 7, 3], Activation::Silu, &"he".parse().unwrap(), 3);
    let start = "he".parse::<Initialization>().unwrap().draw(problem.network(), Rng::Native, 3).unwrap();
    let before = start.parameters.clone();
    let run = problem.run(start, &Watch::default());
    assert!((run.trace[0].loss / probe.loss - 1.0).abs() < 1e-14);
    for ((layer, old), new) in probe.layers.iter().zip(&before.0).zip(&run.parameters.0) {
        let moved = (&new.weights - &old.weights).mapv(|d| d * d).sum().sqrt();
        assert!((moved / 1e-3 / layer.weight_gradient - 1.0).abs() < 1e-9);
        assert!((old.weights.mapv(|w| w * w).sum().sqrt() / layer.weights - 1.0).abs() < 1e-12);
    }
}
