use super::*;
use crate::activation::Activation;
use crate::init::Initialization;
use crate::network::Loss;
use crate::rng::{Native, Rng, Stream};
use proptest::prelude::*;

/// Outputs, each with a loss that it goes with.
const ENDS: [(Output, Loss); 9] = [
    (Output::Identity, Loss::MeanSquaredError),
    (Output::Identity, Loss::BinaryCrossEntropy),
    (Output::Identity, Loss::Hinge),
    (Output::Sigmoid, Loss::BinaryCrossEntropy),
    (Output::Tanh, Loss::MeanSquaredError),
    (Output::Softmax, Loss::CrossEntropy),
    (Output::Relu, Loss::MeanSquaredError),
    (Output::Softplus, Loss::MeanSquaredError),
    (Output::Exp, Loss::MeanSquaredError),
];

/// A network with weights, biases and slopes, and samples.
fn case(
    activations: &[Activation],
    (output, loss): (Output, Loss),
    outputs: usize,
    samples: usize,
    seed: u64,
) -> (Network, Parameters, Array2<f64>) {
    let network = Network::new(&[3, 7, 5, outputs], activations, output, loss, true).unwrap();
    let mut stream = Native::new(seed, 1);
    let init: Initialization = "normal:0.7".parse().unwrap();
    let mut parameters = init.draw(&network, Rng::Native, seed).unwrap().parameters;
    for layer in &mut parameters.0 {
        layer.biases.mapv_inplace(|_| 0.5 * stream.normal());
        // As one that was learned, and not the one that training starts from.
        layer.slope = layer.slope.map(|slope| slope - 0.37);
    }
    (network, parameters, Array2::from_shape_simple_fn((samples, 3), || stream.normal()))
}

/// The same by ndarray, and the size of the largest logit: its rounding is what exponentials make a relative error.
fn plain(network: &Network, parameters: &Parameters, x: &Array2<f64>) -> (Array2<f64>, f64) {
    let mut a = x.clone();
    for (l, layer) in parameters.0.iter().enumerate() {
        let z = a.dot(&layer.weights.t()) + &layer.biases;
        a = match network.activations().get(l) {
            Some(activation) => z.mapv(|z| activation.with_slope(layer.slope).at(z).0),
            None => z,
        };
    }
    let largest = a.fold(1.0, |most: f64, z| most.max(z.abs()));
    let said = match network.output() {
        Output::Identity => a,
        Output::Sigmoid => a.mapv(|z| 1.0 / (1.0 + (-z).exp())),
        Output::Tanh => a.mapv(f64::tanh),
        Output::Relu => a.mapv(|z| z.max(0.0)),
        Output::Softplus => a.mapv(|z| z.max(0.0) + (-z.abs()).exp().ln_1p()),
        Output::Exp => a.mapv(f64::exp),
        Output::Softmax => {
            for mut row in a.rows_mut() {
                let largest = row.fold(f64::NEG_INFINITY, |most, z| most.max(*z));
                row.mapv_inplace(|z| (z - largest).exp());
                let sum = row.sum();
                row /= sum;
            }
            a
        }
    };
    (said, largest)
}

fn all_near(a: &Array2<f64>, b: &Array2<f64>, by: f64) -> bool {
    a.dim() == b.dim()
        && a.iter().zip(b).all(|(a, b)| a == b || a.is_nan() && b.is_nan() || (a - b).abs() <= by * b.abs().max(1.0))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn outputs_are_those_of_a_plain_pass(seed in 0..1000_u64, samples in 1..50_usize, outputs in 2..5_usize) {
        let whole = Activation::all_over();
        for (i, activation) in whole.iter().enumerate() {
            let end = ENDS[(i + seed as usize) % ENDS.len()];
            let (network, parameters, x) = case(&[*activation, Activation::Prelu(0.25)], end, outputs, samples, seed);
            let (expected, largest) = plain(&network, &parameters, &x);
            let found = super::outputs::<f64>(&network, &parameters, &x.view());
            prop_assert!(all_near(&found, &expected, 1e-12 * largest), "{activation} {end:?}\n{found}\n{expected}");
            let rounded = super::outputs::<f32>(&network, &parameters, &x.view());
            prop_assert!(rounded.iter().all(|a| a.is_nan() || f64::from(*a as f32) == *a), "{activation} {end:?}");
        }
    }
}

/// Neither the samples that go along, nor threads, nor the instruction set, nor how features lie in memory.
#[test]
fn a_sample_has_the_same_bits_in_whatever_company() {
    fn check<T: Asked>() {
        let activations = [Activation::Prelu(0.25), Activation::Gelu];
        for end in ENDS {
            for outputs in [1, 4].into_iter().filter(|outputs| *outputs > 1 || end.0 != Output::Softmax) {
                let (network, parameters, x) = case(&activations, end, outputs, 901, 5);
                let whole = super::outputs::<T>(&network, &parameters, &x.view());
                let classes = super::classes::<T>(&network, &parameters, &x.view());
                for set in InstructionSet::available() {
                    for at_once in [1, 7, 64, 2000] {
                        let way = Way { set, at_once };
                        assert!(way.outputs::<T>(&network, &parameters, &x.view()) == whole, "{end:?} {at_once}");
                        assert!(way.classes::<T>(&network, &parameters, &x.view()) == classes, "{end:?} {at_once}");
                    }
                }
                for (i, row) in x.rows().into_iter().enumerate().step_by(50) {
                    let alone = row.insert_axis(ndarray::Axis(0));
                    assert_eq!(super::outputs::<T>(&network, &parameters, &alone).row(0), whole.row(i));
                    assert_eq!(super::classes::<T>(&network, &parameters, &alone), [classes[i]]);
                }
                let turned = x.t().as_standard_layout().into_owned();
                assert!(super::outputs::<T>(&network, &parameters, &turned.t()) == whole);
                let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
                assert!(alone.install(|| super::outputs::<T>(&network, &parameters, &x.view())) == whole);
            }
        }
    }
    check::<f64>();
    check::<f32>();
}

#[test]
fn classes_are_by_what_stands_for_them() {
    let middle = |(output, loss): (Output, Loss)| match (output, loss) {
        (Output::Tanh, _) | (_, Loss::Hinge) | (Output::Identity, Loss::BinaryCrossEntropy) => 0.0,
        _ => 0.5,
    };
    for end in ENDS {
        let (network, parameters, x) = case(&[Activation::Tanh], end, 3, 200, 9);
        let said = super::outputs::<f64>(&network, &parameters, &x.view());
        let largest =
            |row: ndarray::ArrayView1<f64>| (1..3).fold(0, |best, j| if row[j] > row[best] { j } else { best });
        let chosen = super::classes::<f64>(&network, &parameters, &x.view());
        // The logits tell apart what relu does not.
        if end.0 != Output::Relu {
            assert_eq!(chosen, said.rows().into_iter().map(largest).collect::<Vec<_>>(), "{end:?}");
        }
        if end.0 == Output::Softmax {
            continue;
        }
        let (network, parameters, x) = case(&[Activation::Tanh], end, 1, 200, 9);
        let said = super::outputs::<f64>(&network, &parameters, &x.view());
        let chosen = super::classes::<f64>(&network, &parameters, &x.view());
        assert_eq!(chosen, said.iter().map(|a| usize::from(*a > middle(end))).collect::<Vec<_>>(), "{end:?}");
        assert!(chosen.contains(&0) && chosen.contains(&1), "{end:?}");
    }
}

#[test]
fn of_no_samples_there_is_nothing() {
    let (network, parameters, x) = case(&[Activation::Tanh], ENDS[0], 2, 0, 1);
    assert_eq!(super::outputs::<f64>(&network, &parameters, &x.view()).dim(), (0, 2));
    assert!(super::classes::<f64>(&network, &parameters, &x.view()).is_empty());
}

#[test]
#[should_panic(expected = "features of a sample")]
fn features_have_to_be_those_of_the_network() {
    let (network, parameters, _) = case(&[Activation::Tanh], ENDS[0], 2, 0, 1);
    super::outputs::<f64>(&network, &parameters, &Array2::zeros((2, 4)).view());
}
