//! Schemes and initializations, by what they draw.

use super::draw::SD_OF_CUT_NORMAL;
use super::*;
use crate::activation::Activation;
use crate::network::{Loss, Network, Output, Parameters};
use crate::rng::{Rng, normal_cdf};
use crate::train::NOBODY;
use ndarray::{Array1, Array2};
use proptest::prelude::{prop, prop_assert, prop_assert_eq, proptest};
use std::sync::Arc;

fn network(widths: &[usize]) -> Network {
    Network::new(widths, &[Activation::Relu], Output::Identity, Loss::MeanSquaredError, true).unwrap()
}

fn draw(init: &str, widths: &[usize], seed: u64) -> Parameters {
    init.parse::<Initialization>().unwrap().draw(&network(widths), Rng::Native, seed).unwrap().parameters
}

/// Schemes and the variance that they should give a layer of 300 inputs and 200 outputs.
const VARIANCES: [(&str, f64); 21] = [
    ("normal:0.1", 0.01),
    ("uniform:0.3", 0.03),
    ("truncated-normal:0.1", 0.01),
    ("he", 2.0 / 300.0),
    ("kaiming-normal", 2.0 / 300.0),
    ("he-uniform", 2.0 / 300.0),
    ("he-truncated:2", 8.0 / 300.0),
    ("glorot", 2.0 / 500.0),
    ("xavier-uniform:0.5", 0.5 / 500.0),
    ("glorot-truncated", 2.0 / 500.0),
    ("lecun", 1.0 / 300.0),
    ("lecun-uniform", 1.0 / 300.0),
    ("lecun-truncated", 1.0 / 300.0),
    ("critical-uniform", 1.0 / 300.0),
    // The only layer is the first one, and linear.
    ("depth-scaled", 1.0 / 300.0),
    ("depth-scaled-truncated:2", 4.0 / 300.0),
    ("pytorch-default", 1.0 / 900.0),
    ("keras-default", 2.0 / 500.0),
    ("keras-default:0.5", 0.5 / 500.0),
    // Rows of unit length in 300 dimensions.
    ("orthogonal", 1.0 / 300.0),
    ("orthogonal:3", 9.0 / 300.0),
];

#[test]
fn every_scheme_has_mean_0_and_the_variance_it_promises() {
    for (scheme, variance) in VARIANCES {
        let parameters = draw(scheme, &[300, 200], 7);
        let weights = &parameters.0[0].weights;
        let n = weights.len() as f64;
        // Five standard errors; that of the variance of a normal sample is the largest of these distributions'.
        assert!(weights.sum().abs() / n < 5.0 * (variance / n).sqrt(), "{scheme}");
        let found = weights.mapv(|w| w * w).sum() / n;
        let layer = network(&[300, 200]).layers().next().unwrap();
        let promised = scheme.parse::<Scheme>().unwrap().variance(&layer).unwrap();
        assert!((promised / variance - 1.0).abs() < 1e-12, "{scheme}: {promised}");
        assert!((found / variance - 1.0).abs() < 5.0 * (2.0 / n).sqrt(), "{scheme}: {found} is not {variance}");
    }
}

#[test]
fn bounded_distributions_keep_their_bounds() {
    let largest = |scheme| draw(scheme, &[300, 200], 3).flat().fold(0.0_f64, |largest, w| largest.max(w.abs()));
    assert!((0.29..=0.3).contains(&largest("uniform:0.3")));
    let cut = 2.0 * 0.1 / SD_OF_CUT_NORMAL;
    assert!((0.99 * cut..=cut).contains(&largest("truncated-normal:0.1")));
}

#[test]
fn the_standard_deviation_of_the_cut_normal_is_that_of_its_formula() {
    let density = libm::exp(-2.0) / (2.0 * std::f64::consts::PI).sqrt();
    let inside = 2.0 * normal_cdf(2.0) - 1.0;
    assert!(((1.0 - 4.0 * density / inside).sqrt() - SD_OF_CUT_NORMAL).abs() < 1e-15);
}

#[test]
fn layers_draw_from_streams_of_their_own() {
    let (a, b) = (draw("he/he/he", &[4, 5, 6, 2], 1), draw("zeros/he/lecun", &[4, 5, 6, 2], 1));
    assert_eq!(a.0[1], b.0[1]);
    assert_ne!(a.0[1].weights, draw("he", &[4, 5, 6, 2], 2).0[1].weights);
    assert!(b.0[0].weights.iter().all(|&w| w == 0.0));
}

#[test]
fn biases_are_drawn_like_weights_and_are_0_unless_asked_for() {
    let mut init: Initialization = "he".parse().unwrap();
    let net = network(&[3, 50, 2]);
    let biases = |init: &Initialization| init.draw(&net, Rng::Native, 1).unwrap().parameters.0[0].biases.clone();
    assert!(biases(&init).iter().all(|&b| b == 0.0));
    init.biases = vec![Biases::Drawn(Scheme::Constant(0.1))];
    assert!(biases(&init).iter().all(|&b| b == 0.1));
    init.biases = vec!["uniform:0.2".parse().unwrap()];
    assert!(biases(&init).iter().all(|&b| b != 0.0 && b.abs() <= 0.2));
    init.biases = vec!["orthogonal".parse().unwrap()];
    assert!(matches!(init.draw(&net, Rng::Native, 1).err(), Some(InitError::Biases(_))));
}

/// Biases that are 0 take no draws from the one stream that a notebook has.
#[test]
fn critical_is_lecun_behind_tanh_and_he_behind_relu() {
    for (activation, name) in [(Activation::Tanh, "lecun"), (Activation::Relu, "he")] {
        let widths = [4, 5, 6, 1];
        let network = Network::new(&widths, &[activation], Output::Identity, Loss::MeanSquaredError, true).unwrap();
        for rng in [Rng::Native, Rng::Numpy] {
            let drawn = |init: &str| -> Vec<u64> {
                let init = init.parse::<Initialization>().unwrap();
                init.draw(&network, rng, 3).unwrap().parameters.flat().map(f64::to_bits).collect()
            };
            assert_eq!(drawn("critical"), drawn(name));
        }
    }
}

#[test]
fn critical_weights_and_biases_are_those_of_the_activation_before() {
    let of = |activations: &[Activation], init: &str| {
        let network =
            Network::new(&[400, 300, 200], activations, Output::Identity, Loss::MeanSquaredError, true).unwrap();
        init.parse::<Initialization>().unwrap().draw(&network, Rng::Native, 1)
    };
    let start = |activation| of(&[activation], "critical").unwrap().parameters;
    let he = of(&[Activation::Relu], "he").unwrap().parameters;
    for (he, critical) in he.flat().zip(start(Activation::Relu).flat()) {
        assert!((he - critical).abs() <= 1e-12 * he.abs());
    }
    let gelu = &start(Activation::Gelu).0[1];
    let second_moment = |numbers: &[f64]| numbers.iter().map(|x| x * x).sum::<f64>() / numbers.len() as f64;
    let weights = second_moment(gelu.weights.as_slice().unwrap()) * 300.0;
    assert!((weights / 1.98306 - 1.0).abs() < 0.02, "{weights}");
    let biases = second_moment(gelu.biases.as_slice().unwrap());
    assert!((biases / 0.17292 - 1.0).abs() < 0.5, "{biases}");
    assert!(start(Activation::Tanh).0[1].biases.iter().all(|&b| b == 0.0));
    let error = of(&[Activation::Softplus], "critical").err().unwrap().to_string();
    assert!(error.contains("softplus"), "{error}");
}

#[test]
fn frameworks_start_as_they_do() {
    let linear = draw("pytorch-default", &[25, 400], 1);
    let largest = |numbers: &[f64]| numbers.iter().fold(0.0_f64, |largest, x| largest.max(x.abs()));
    // 1/sqrt(25), for weights and biases.
    for numbers in [linear.0[0].weights.as_slice().unwrap(), linear.0[0].biases.as_slice().unwrap()] {
        assert!((0.198..=0.2 + 1e-15).contains(&largest(numbers)), "{}", largest(numbers));
    }
    assert!(linear.0[0].biases.iter().any(|&b| b < -0.1) && linear.0[0].biases.iter().any(|&b| b > 0.1));
    let dense = draw("keras-default", &[25, 400], 1);
    assert_eq!(dense, draw("glorot-uniform", &[25, 400], 1));
    assert!(dense.0[0].biases.iter().all(|&b| b == 0.0));
    // Biases of their own, unless they are told.
    let mut init: Initialization = "pytorch-default".parse().unwrap();
    init.biases = vec![Biases::Drawn(Scheme::Zeros)];
    let told = init.draw(&network(&[25, 400]), Rng::Native, 1).unwrap().parameters;
    assert!(told.0[0].biases.iter().all(|&b| b == 0.0));
    assert_eq!(told.0[0].weights, linear.0[0].weights);
}

/// The mean, over draws, of the logarithm of the factor by which 40 hidden layers change the signal's second moment.
fn drift(scheme: &str, activation: Activation, width: usize) -> f64 {
    let (depth, draws) = (40, 100);
    let widths = vec![width; depth + 2];
    let network = Network::new(&widths, &[activation], Output::Identity, Loss::MeanSquaredError, false).unwrap();
    let init: Initialization = scheme.parse().unwrap();
    let of_draw = |seed: u64| {
        let mut signal = Array1::from_elem(width, 1.0);
        let mut first = 0.0;
        for (l, layer) in init.draw(&network, Rng::Native, seed).unwrap().parameters.0.iter().enumerate() {
            let z = layer.weights.dot(&signal);
            if l == 0 {
                first = z.dot(&z);
            }
            signal = if l == depth { z } else { z.mapv(|z| activation.at(z).0) };
        }
        (signal.dot(&signal) / first).ln()
    };
    (0..draws).map(of_draw).sum::<f64>() / f64::from(draws as u32)
}

#[test]
fn depth_scaled_has_no_drift_where_he_and_lecun_have_one() {
    // Of one layer the logarithm has a variance of about 5 / n, of linear ones 2 / n: over 40 layers and 100 draws the
    // mean is uncertain by 0.26 and 0.16.
    let (he, scaled) = (drift("he", Activation::Relu, 30), drift("depth-scaled", Activation::Relu, 30));
    assert!((he + 40.0 * 2.4 / 27.6).abs() < 0.8, "{he}");
    assert!(scaled.abs() < 0.8, "{scaled}");
    let (lecun, scaled) = (drift("lecun", Activation::Identity, 30), drift("depth-scaled", Activation::Identity, 30));
    assert!((lecun + 40.0 / 30.0).abs() < 0.5, "{lecun}");
    assert!(scaled.abs() < 0.5, "{scaled}");
    let tanh = Network::new(&[4, 3, 2], &[Activation::Tanh], Output::Identity, Loss::MeanSquaredError, true).unwrap();
    let error = "depth-scaled".parse::<Initialization>().unwrap().check(&tanh).unwrap_err().to_string();
    assert!(error.contains("not for tanh; use critical"), "{error}");
}

#[test]
fn lsuv_needs_data_of_the_network() {
    let net = network(&[3, 5, 2]);
    let init: Initialization = "he/lsuv".parse().unwrap();
    assert_eq!(init.draw(&net, Rng::Native, 1).err(), Some(InitError::NeedsData));
    let on = |features| init.draw_on(&net, Rng::Native, 1, &Array2::ones((4, features)).view(), &NOBODY);
    assert_eq!(on(2).err(), Some(InitError::Features { data: 2, network: 3 }));
    assert!(on(3).is_ok());
    let biases = Initialization { biases: vec!["lsuv".parse().unwrap()], ..init };
    assert!(biases.check(&net).unwrap_err().to_string().contains("biases cannot be lsuv"));
}

#[test]
fn given_numbers_are_where_it_starts_and_have_to_fit() {
    let net = network(&[2, 3, 1]);
    let drawn = draw("normal:1", &[2, 3, 1], 4);
    let mut init = Initialization::given("mine", Arc::new(drawn.clone()));
    assert_eq!(init.to_string(), "file:mine");
    assert_eq!(init.draw(&net, Rng::Native, 9).unwrap().parameters, drawn);
    let error = init.check(&network(&[2, 4, 1])).unwrap_err().to_string();
    assert!(error.contains("3 x 2 + 3, 1 x 3 + 1, those of the network are 4 x 2 + 4, 1 x 4 + 1"), "{error}");
    assert!(init.check(&network(&[2, 1])).is_err());
    // A scheme for the biases is followed.
    init.biases = vec![Biases::Drawn(Scheme::Constant(0.5))];
    let other = init.draw(&net, Rng::Native, 9).unwrap().parameters;
    assert_eq!((&other.0[1].weights, other.0[1].biases[0]), (&drawn.0[1].weights, 0.5));
    // The name alone is no start, and no scheme among others.
    let name: Initialization = "file:some/where.safetensors".parse().unwrap();
    assert_eq!(name.to_string(), "file:some/where.safetensors");
    assert_eq!(name.check(&net), Err(InitError::NotRead("some/where.safetensors".to_owned())));
    for text in ["he/file:a", "file:"] {
        assert!(text.parse::<Initialization>().unwrap_err().to_string().contains("file"), "{text}");
    }
}

#[test]
fn what_does_not_fit_is_said() {
    let error = |text: &str| text.parse::<Scheme>().unwrap_err().to_string();
    assert!(error("hee").contains("did you mean \"he\"?"));
    assert!(error("normal").contains("needs the standard deviation"));
    assert!(error("normal:x").contains("\"x\" is not a number"));
    assert!(error("normal:-1").contains("must not be negative"));
    assert!(error("he:nan").contains("must be finite"));
    assert!(error("zeros:1").contains("takes no number"));
    assert!(error("lsuv:-1").contains("must not be negative"));
    assert!(error("pytorch-defualt").contains("did you mean \"pytorch-default\"?"));
    let two: Initialization = "he/zeros".parse().unwrap();
    let error = two.draw(&network(&[2, 3, 4, 1]), Rng::Native, 1).err().unwrap();
    assert_eq!(error.to_string(), "2 schemes for 3 layers of weights; give one for all, or one for each");
    let he: Initialization = "he".parse().unwrap();
    assert!(he.draw(&network(&[2, 1]), Rng::Numpy, 1 << 32).is_err());
}

proptest! {
    #[test]
    fn names_read_back(which in prop::collection::vec(0..VARIANCES.len(), 1..4)) {
        let text: Vec<&str> = which.iter().map(|&i| VARIANCES[i].0).collect();
        let init: Initialization = text.join("/").parse().unwrap();
        prop_assert_eq!(init.to_string().parse::<Initialization>().unwrap(), init);
    }
}
