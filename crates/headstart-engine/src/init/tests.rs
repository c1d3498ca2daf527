//! Schemes and initializations, by what they draw.

use super::draw::SD_OF_CUT_NORMAL;
use super::*;
use crate::activation::Activation;
use crate::network::{Loss, Network, Output, Parameters};
use crate::rng::{Rng, normal_cdf};
use crate::watch::NOBODY;
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
const VARIANCES: [(&str, f64); 46] = [
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
    ("orthogonal:2:tanh", 100.0 / 9.0 / 300.0),
    ("variance-scaling:2", 2.0 / 300.0),
    ("variance-scaling:2,fan-out", 2.0 / 200.0),
    ("variance-scaling:3,fan-avg,normal", 3.0 / 250.0),
    ("VarianceScaling:0.5:uniform", 0.5 / 300.0),
    ("he:fan-out", 2.0 / 200.0),
    ("he:0.5:fan-out", 0.5 / 200.0),
    ("kaiming_uniform_:fan_out", 2.0 / 200.0),
    ("he-truncated:fan-avg:2", 8.0 / 250.0),
    ("lecun-uniform:fan-out", 1.0 / 200.0),
    ("he:tanh", 25.0 / 9.0 / 300.0),
    ("he:2:selu:fan-avg", 4.0 * 9.0 / 16.0 / 250.0),
    ("he:leaky=0.5", 1.6 / 300.0),
    ("he:leaky_relu=-3", 0.2 / 300.0),
    ("he:linear", 1.0 / 300.0),
    ("he-uniform:sigmoid:fan-out", 1.0 / 200.0),
    ("glorot:tanh", 50.0 / 9.0 / 500.0),
    ("glorot-uniform:0.5:relu", 1.0 / 500.0),
    ("truncated-normal:0.1:-0.2..0.2", 0.01 * SD_OF_CUT_NORMAL * SD_OF_CUT_NORMAL),
    ("truncated-normal:0.1:-2..2", 0.01),
    // Nearly uniform.
    ("truncated-normal:1000000:-0.3..0.3", 0.03),
    ("siren:6", 36.0 / 90000.0 / 3.0),
    ("siren:6:gain=10", 3600.0 / 90000.0 / 3.0),
    ("flax-default", 1.0 / 300.0),
    ("sklearn-default:2", 8.0 / 500.0),
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

/// The weights of a layer of 300 inputs and 200 outputs.
fn weights(scheme: &str) -> Array2<f64> {
    draw(scheme, &[300, 200], 7).0.swap_remove(0).weights
}

/// Schemes that are not drawn around 0: mean, standard deviation and ends of their weights.
const AROUND: [(&str, [f64; 4]); 7] = [
    ("uniform:0..1", [0.5, 0.288_675, 0.0, 1.0]),
    ("uniform:-3..-1", [-2.0, 0.577_350, -3.0, -1.0]),
    ("normal:0.1:mean=0.7", [0.7, 0.1, f64::NEG_INFINITY, f64::INFINITY]),
    // Two deviations before the cut.
    ("truncated-normal:0.1:mean=-2", [-2.0, 0.1, -2.227_370, -1.772_630]),
    // Moments of the cut normal distribution by the hazard of its ends, as in Johnson, Kotz and Balakrishnan 1994, 10.1.
    ("truncated-normal:0.5:mean=0.2:-0.5..0.25", [-0.069_267, 0.204_266, -0.5, 0.25]),
    ("truncated-normal:1:1.5..4", [1.937_592, 0.383_554, 1.5, 4.0]),
    ("truncated-normal:1:-9..-8", [-8.121_189, 0.118_948, -9.0, -8.0]),
];

#[test]
fn schemes_around_another_middle_have_its_mean_and_their_ends() {
    let layer = network(&[300, 200]).layers().next().unwrap();
    for (scheme, [mean, sd, low, high]) in AROUND {
        let drawn = weights(scheme);
        let n = drawn.len() as f64;
        let found = drawn.sum() / n;
        assert!((found - mean).abs() < 5.0 * sd / n.sqrt(), "{scheme}: mean {found}");
        assert!((drawn.std(0.0) / sd - 1.0).abs() < 0.02, "{scheme}: deviation {}", drawn.std(0.0));
        assert!(drawn.iter().all(|w| (low..=high).contains(w)), "{scheme}");
        assert_eq!(scheme.parse::<Scheme>().unwrap().variance(&layer), None, "{scheme}");
        assert_eq!(scheme.parse::<Scheme>().unwrap().to_string(), scheme);
        // Biases may come from them, too.
        let init = Initialization { biases: vec![scheme.parse().unwrap()], ..Initialization::new(&[Scheme::Zeros]) };
        let biases = init.draw(&network(&[3, 4]), Rng::Native, 1).unwrap().parameters.0.swap_remove(0).biases;
        assert!(biases.iter().all(|b| *b != 0.0 && (low..=high).contains(b)), "{scheme}: {biases}");
    }
}

#[test]
fn one_start_under_two_names_is_one() {
    let read = |text: &str| text.parse::<Scheme>().unwrap_or_else(|error| panic!("{text}: {error}"));
    for (text, shown) in [
        ("he:relu", "he"),
        ("he:fan-in", "he"),
        ("he:linear", "lecun"),
        ("he-uniform:2:sigmoid", "lecun-uniform:2"),
        ("he:linear:fan-out", "lecun:fan-out"),
        ("he:fan-out:0.5:tanh", "he:0.5:tanh:fan-out"),
        ("kaiming_normal_:leaky_relu", "he:leaky=0.01"),
        ("glorot:linear", "glorot"),
        ("xavier_uniform_:2:selu", "glorot-uniform:1.5"),
        ("orthogonal:selu", "orthogonal:0.75"),
        ("uniform:-0.1..0.1", "uniform:0.1"),
        ("normal:1:mean=0", "normal:1"),
        ("truncated-normal:1:mean=-0", "truncated-normal:1"),
        ("trunc_normal_", "truncated-normal:0.8796256610342398"),
        ("trunc_normal_:0.02", "truncated-normal:0.02:-2..2"),
        ("trunc_normal_:0.02:mean=1:0..1", "truncated-normal:0.02:mean=1:0..1"),
        ("TruncatedNormal:1:mean=3", "truncated-normal:0.8796256610342398:mean=3"),
        ("truncated-normal:1:mean=3", "truncated-normal:1:mean=3"),
        ("variance_scaling", "variance-scaling:1,fan-in,truncated"),
        ("VarianceScaling:2,fan_avg,untruncated_normal", "variance-scaling:2,fan-avg,normal"),
        ("variance-scaling:2:uniform", "variance-scaling:2,fan-in,uniform"),
        ("Identity:1", "identity"),
        ("eye_", "identity"),
        ("sparse_:0.9:std=0.01", "sparse:0.9"),
        ("sparse:15:sd=0.5", "sparse:15:sd=0.5"),
        ("SIREN:30", "siren"),
        ("siren:10:gain=2", "siren:10:gain=2"),
        ("lsuv:1:mean=0", "lsuv:mean=0"),
        ("lsuv:0.5:mean=0", "lsuv:0.5:mean=0"),
        ("jax-default", "flax-default"),
        ("sklearn_default:1", "sklearn-default"),
    ] {
        assert_eq!(read(text).to_string(), shown, "{text}");
        assert_eq!(read(shown), read(text), "{text}");
    }
}

#[test]
fn words_that_do_not_fit_are_said() {
    for (text, says) in [
        ("he:fan-up", "\"fan-up\" is not a number, and none of he's words: fan-in, fan-out, fan-avg, relu"),
        ("he:2:3", "several numbers"),
        ("he:tanh:relu", "\"relu\" does not go with this: behind it stands, once at most, fan-in"),
        ("lecun:tanh", "as in he:tanh"),
        ("glorot:fan-out", "as in he:tanh:fan-out"),
        ("critical:fan-out", "\"fan-out\" does not go with this: no words stand behind it"),
        ("zeros:mean=1", "no words stand behind it"),
        ("he,glorot", "unknown initialization scheme \"he,glorot\""),
        ("he:2,fan-out", "\"2,fan-out\" is not a number"),
        ("uniform:1..0", "the lower end comes first"),
        ("uniform:0..inf", "\"0..inf\" is not a number"),
        ("uniform:1:0..1", "not both"),
        ("uniform:-1e308..1e308", "too far apart"),
        ("glorot:1.7e308:tanh", "too large"),
        ("normal:1:0..1", "\"0..1\" does not go with this: behind it stands, once at most, mean=M"),
        ("normal:mean=1", "needs the standard deviation"),
        ("truncated-normal:0:0..1", "must be above 0"),
        ("truncated-normal:1:40..50", "more than 30 standard deviations"),
        ("variance-scaling:0", "must be above 0"),
        ("variance-scaling:1,relu", "\"relu\" does not go with this"),
        ("sparse", "needs how many of a unit's weights"),
        ("sparse:1.5", "a whole number"),
        ("sparse:-1", "must not be negative"),
        ("sparse:3:sd=-1", "must not be negative"),
        ("siren:0", "must be above 0"),
        ("lsuv:mean=1", "is 0, as in lsuv:mean=0"),
        ("dirac_", "identity"),
        ("RandomUniform(minval=0, maxval=1)", "what is in parentheses is not read"),
    ] {
        let error = text.parse::<Scheme>().unwrap_err().to_string();
        assert!(error.contains(says), "{text}: {error}");
    }
    let net = network(&[2, 3, 1]);
    for matrices in ["identity", "sparse:2"] {
        let init = Initialization { biases: vec![matrices.parse().unwrap()], ..Initialization::new(&[Scheme::Zeros]) };
        assert!(init.check(&net).unwrap_err().to_string().contains("which is for matrices"));
    }
    let data: Initialization = Initialization { biases: vec![Biases::Data], ..Initialization::new(&[Scheme::Zeros]) };
    assert_eq!(data.draw(&net, Rng::Native, 1).err(), Some(InitError::BiasesNeedData));
    let unbiased =
        Network::new(&[2, 3, 1], &[Activation::Relu], Output::Identity, Loss::MeanSquaredError, false).unwrap();
    assert_eq!("lsuv:mean=0".parse::<Initialization>().unwrap().check(&unbiased), Err(InitError::NoBiases));
    assert_eq!("lsuv".parse::<Initialization>().unwrap().check(&unbiased), Ok(()));
}

#[test]
fn commas_within_a_variance_scaling_do_not_part_a_list() {
    for (text, elements) in [
        ("he,glorot", &["he", "glorot"] as &[&str]),
        ("variance-scaling:2,fan-in,uniform,he", &["variance-scaling:2,fan-in,uniform", "he"]),
        ("VarianceScaling:2,fan_out,uniform:0.1", &["VarianceScaling:2,fan_out", "uniform:0.1"]),
        ("variance_scaling,he:fan-in", &["variance_scaling", "he:fan-in"]),
        (
            "he/variance-scaling:2,fan-avg,normal/variance-scaling:1,uniform/zeros,lecun",
            &["he/variance-scaling:2,fan-avg,normal/variance-scaling:1,uniform/zeros", "lecun"],
        ),
        (
            "variance-scaling:1,fan-in,uniform,truncated_normal",
            &["variance-scaling:1,fan-in,uniform", "truncated_normal"],
        ),
        ("he:2,fan-in", &["he:2", "fan-in"]),
        ("a,,b,", &["a", "", "b", ""]),
    ] {
        assert_eq!(split_list(text), elements, "{text}");
    }
}

#[test]
fn the_identity_passes_on_as_many_inputs_as_it_can() {
    for (widths, diagonal) in [([3, 3], 3), ([5, 2], 2), ([2, 5], 2)] {
        let weights = draw("identity:3", &widths, 1).0.swap_remove(0).weights;
        for ((o, i), &w) in weights.indexed_iter() {
            assert_eq!(w, if o == i { 3.0 } else { 0.0 });
        }
        assert_eq!(weights.iter().filter(|w| **w == 3.0).count(), diagonal);
    }
    let layer = network(&[3, 3]).layers().next().unwrap();
    assert_eq!("identity".parse::<Scheme>().unwrap().variance(&layer), None);
}

#[test]
fn siren_has_its_frequency_in_the_first_layer_alone() {
    let layers = draw("siren:20", &[2, 400, 400, 1], 1).0;
    let largest = |l: usize| layers[l].weights.iter().fold(0.0_f64, |largest, w| largest.max(w.abs()));
    assert!((9.9..=10.0).contains(&largest(0)), "{}", largest(0));
    let behind = (6.0_f64 / 400.0).sqrt();
    assert!((0.999 * behind..=behind).contains(&largest(1)), "{}", largest(1));
    assert_eq!(layers[1].weights, draw("he-uniform", &[2, 400, 400, 1], 1).0[1].weights);
}

/// Of the first sines, whose frequencies are many, the mean square is 1/2, and what the second layer makes of them has variance 1
/// (Sitzmann et al. 2020, theorem 1.8). The sine of a normal number of variance q has `(1 - exp(-2 q)) / 2`.
#[test]
fn the_pre_activations_of_siren_settle() {
    let widths = [1, 500, 500, 500, 500];
    let network = Network::new(&widths, &[Activation::Sin], Output::Identity, Loss::MeanSquaredError, true).unwrap();
    let parameters = "siren".parse::<Initialization>().unwrap().draw(&network, Rng::Native, 1).unwrap().parameters;
    let mut signal = Array2::from_shape_fn((200, 1), |(s, _)| s as f64 / 100.0 - 1.0);
    for (l, layer) in parameters.0.iter().enumerate() {
        let z = signal.dot(&layer.weights.t());
        let variance = z.mapv(|z| z * z).mean().unwrap();
        let expected = [variance, 1.0, 0.865, 0.823][l];
        assert!((variance / expected - 1.0).abs() < 0.1, "layer {l}: {variance}");
        signal = z.mapv(libm::sin);
    }
}

#[test]
fn defaults_of_flax_and_scikit_learn_are_theirs() {
    let flax = draw("flax-default", &[25, 400], 1);
    assert_eq!(flax, draw("lecun-truncated", &[25, 400], 1));
    for (activation, factor) in [(Activation::Relu, 6.0), (Activation::Sigmoid, 2.0)] {
        let network =
            Network::new(&[25, 400, 9], &[activation], Output::Identity, Loss::MeanSquaredError, true).unwrap();
        let layers = "sklearn-default".parse::<Initialization>().unwrap().draw(&network, Rng::Native, 1).unwrap();
        for (layer, fans) in layers.parameters.0.iter().zip([425.0_f64, 409.0]) {
            let bound = (factor / fans).sqrt();
            let largest = layer.weights.iter().fold(0.0_f64, |largest, w| largest.max(w.abs()));
            assert!((0.99 * bound..=bound * (1.0 + 1e-12)).contains(&largest), "{activation}: {largest}");
            assert!(layer.biases.iter().all(|b| *b != 0.0 && b.abs() <= bound * (1.0 + 1e-12)));
        }
    }
}

proptest! {
    #[test]
    fn sparse_weights_have_their_zeros_and_their_variance(
        rows in 1_usize..30, columns in 1_usize..30, k in 1_usize..40, share in 0.0_f64..0.999, seed: u64,
    ) {
        let widths = [columns, rows];
        let layer = network(&widths).layers().next().unwrap();
        let incoming = draw(&format!("sparse:{k}"), &widths, seed).0.swap_remove(0).weights;
        for row in incoming.rows() {
            prop_assert_eq!(row.iter().filter(|w| **w != 0.0).count(), k.min(columns));
        }
        let zeros = (share * rows as f64).ceil() as usize;
        let outgoing = draw(&format!("sparse:{share}"), &widths, seed).0.swap_remove(0).weights;
        for column in outgoing.columns() {
            prop_assert_eq!(column.iter().filter(|w| **w == 0.0).count(), zeros);
        }
        let promised = format!("sparse:{share}:sd=2").parse::<Scheme>().unwrap().variance(&layer).unwrap();
        prop_assert!((promised - 4.0 * (rows - zeros) as f64 / rows as f64).abs() < 1e-12);
    }

    #[test]
    fn cut_normals_stay_within_their_ends_and_read_back(
        mean in -5.0_f64..5.0, sd in 0.01_f64..10.0, low in -5.0_f64..5.0, width in 0.001_f64..10.0, seed: u64,
    ) {
        let text = format!("truncated-normal:{sd}:mean={mean}:{low}..{}", low + width);
        if let Ok(scheme) = text.parse::<Scheme>() {
            prop_assert_eq!(scheme.to_string().parse::<Scheme>().unwrap(), scheme);
            let drawn = draw(&text, &[20, 20], seed).0.swap_remove(0).weights;
            prop_assert!(drawn.iter().all(|w| (low..=low + width).contains(w)));
            // Where the density changes little within the ends, the mean is half way.
            if width < 0.05 * sd && (mean - low).abs() < sd {
                let middle = low + width / 2.0;
                prop_assert!((drawn.mean().unwrap() - middle).abs() < 0.1 * width, "{}", text);
            }
        }
    }

    #[test]
    fn the_variance_of_a_cut_normal_is_that_of_its_draws(a in 0.05_f64..5.0, sd in 0.1_f64..3.0, seed: u64) {
        let text = format!("truncated-normal:{sd}:{}..{}", -a * sd, a * sd);
        let layer = network(&[100, 100]).layers().next().unwrap();
        let promised = text.parse::<Scheme>().unwrap().variance(&layer).unwrap();
        let drawn = draw(&text, &[100, 100], seed).0.swap_remove(0).weights;
        let found = drawn.mapv(|w| w * w).mean().unwrap();
        prop_assert!((found / promised - 1.0).abs() < 0.08, "{}: {} is not {}", text, found, promised);
    }

    #[test]
    fn times_is_a_factor_on_every_weight(which in 0..VARIANCES.len() + AROUND.len(), factor in 0.0_f64..4.0, seed: u64) {
        let text = VARIANCES.get(which).map_or_else(|| AROUND[which - VARIANCES.len()].0, |(scheme, _)| scheme);
        let scheme: Scheme = text.parse().unwrap();
        let of = |scheme: Scheme| {
            Initialization::new(&[scheme]).draw(&network(&[7, 5]), Rng::Native, seed).unwrap().parameters
        };
        let times = scheme.times(factor);
        prop_assert_eq!(times.to_string().parse::<Scheme>().is_ok(), true, "{}", times);
        for (one, more) in of(scheme).flat().zip(of(times).flat()) {
            prop_assert!((one * factor - more).abs() <= 1e-12 * (1.0 + one.abs()) * (1.0 + factor), "{}: {} {}", text, one, more);
        }
    }
}
