//! Theory layer by layer, against networks that are drawn.

use headstart::engine::init::Initialization;
use headstart::engine::landscape::Landscape;
use headstart::engine::network::{Loss, Network, Output};
use headstart::engine::optimizer::Optimizer;
use headstart::engine::probe::probe;
use headstart::engine::rng::{Native, Rng, Stream};
use headstart::engine::train::{Problem, Targets, Training};
use headstart::theory::blocks::Blocks;
use headstart::theory::{self, Answer, Question, Shape};
use ndarray::Array2;

const SAMPLES: usize = 30;
const SEEDS: u64 = 4;

/// Signal, gradient and correlation of each layer, means over draws of the network, on independent normal inputs of second moment 1.
fn measured(network: &Network, init: &Initialization) -> Vec<[f64; 3]> {
    let mut sums = vec![[0.0; 3]; network.layers().len()];
    for seed in 1..=SEEDS {
        let mut stream = Native::new(seed, 99);
        let x = Array2::from_shape_simple_fn((SAMPLES, network.inputs()), || stream.normal());
        // Far from whatever the network says, so that the gradient at its end does not depend on its weights.
        let y = Array2::from_shape_simple_fn((SAMPLES, network.outputs()), || 1e3 * stream.normal());
        let training = Training::new(Optimizer::GRADIENT_DESCENT, 1e-3, 1);
        let start = init.draw(network, Rng::Native, seed).unwrap().parameters;
        let problem =
            Problem::<f64>::new(network.clone(), training, (x.view(), Targets::Values(y.view())), None).unwrap();
        for (sum, layer) in sums.iter_mut().zip(probe(&Landscape::new(&problem, 2), &start).layers) {
            for (sum, x) in sum.iter_mut().zip([layer.signal, layer.gradient, layer.correlation.unwrap()]) {
                *sum += x / SEEDS as f64;
            }
        }
    }
    sums
}

#[test]
fn mixed_networks_are_as_theory_says() {
    let mut worst = [0.0_f64; 3];
    for (activations, init, layers) in [
        ("relu/tanh/gelu", "he/lecun/glorot/he", "300,500,300,600,200"),
        ("gelu/identity/sigmoid/sin", "pytorch-default/critical/glorot:1.5/he-uniform/orthogonal", "400x6"),
        ("tanh/tanh/relu", "critical", "300,500,400,600,200"),
        (
            "selu/leaky-relu:0.2/softplus",
            "lecun:fan-out/he/normal:0.03/variance-scaling:2,fan-avg,uniform",
            "400,600,300,500,200",
        ),
        ("sin/sin", "siren/siren/he-uniform:0.5", "400,500,300,200"),
    ] {
        let question = Question {
            activations: activations.parse().unwrap(),
            inits: vec![init.parse().unwrap()],
            bias_variance: None,
            shape: Shape::Each(layers.parse().unwrap()),
            blocks: Blocks::default(),
        };
        let Answer::Layers(told) = theory::answer(&question).unwrap() else { panic!("{init}") };
        let told = &told.schemes[0].layers;
        let of = &question.activations.0;
        let widths: Vec<usize> = question_widths(&question.shape);
        let network = Network::new(&widths, of, Output::Identity, Loss::MeanSquaredError, true).unwrap();
        let measured = measured(&network, &question.inits[0]);
        let last = of.len() - 1;
        for (l, (row, [signal, gradient, correlation])) in told.iter().zip(&measured).enumerate() {
            let off = (signal / row.variance.unwrap()).ln().abs();
            assert!(off < 0.1, "{init} {l}: signal {signal}, not {:?}", row.variance);
            worst[0] = worst[0].max(off);
            let off = (correlation - row.correlation.unwrap()).abs();
            assert!(off < 0.04, "{init} {l}: correlation {correlation}, not {:?}", row.correlation);
            worst[2] = worst[2].max(off);
            let expected = match row.gradient {
                Some(gradient) => gradient,
                // From the output back to the last hidden layer, by chi and the widths.
                None => widths[l] as f64 / (row.chi.unwrap() * widths[l + 1] as f64),
            };
            let off = (gradient / measured[last][1] / expected).ln().abs();
            assert!(off < 0.15, "{init} {l}: gradient x {}, not {expected}", gradient / measured[last][1]);
            worst[1] = worst[1].max(off);
        }
    }
    println!("off by at most: ln signal {:.3}, ln gradient {:.3}, correlation {:.4}", worst[0], worst[1], worst[2]);
}

fn question_widths(shape: &Shape) -> Vec<usize> {
    match shape {
        Shape::Each(layers) => layers.0.iter().map(|width| width.unwrap()).collect(),
        Shape::Equal(..) => unreachable!("widths are given"),
    }
}
