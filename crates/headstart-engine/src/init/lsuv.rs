//! Layers whose outputs have the variance and the means that they should have, on a batch of the data.

use crate::matrix::{Base, Multiply, SampleMatrix, Side, Weights};
use crate::network::{Network, Parameters};
use crate::share::share_while;
use crate::simd::{InstructionSet, Real, numbers, numbers_mut};
use crate::watch::Watch;
use ndarray::{Array1, ArrayView2};

/// Samples in a batch, at most: of one output's variance they leave an error of a twentieth.
const BATCH: usize = 1024;

/// The variance may be off by this share (`Tol_var` of the paper).
const TOLERANCE: f64 = 0.1;

/// Divisions of a layer's weights, at most (`T_max`): where biases keep the variance away from what it should be, there
/// would be no end.
const MOST_DIVISIONS: usize = 10;

/// A variance that is this share of the second moment, or less, is rounding.
const ROUNDING: f64 = 1e-24;

/// What is asked of the pre-activations of a layer.
#[derive(Clone, Copy, Debug)]
pub struct Fit {
    /// The standard deviation of all of them together, which the weights are scaled for.
    pub deviation: Option<f64>,
    /// What the biases are set for.
    pub means: Means,
}

/// Which means biases take off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Means {
    /// None: biases stay as they are.
    Free,
    /// The one of all units and samples together: the same number off every bias.
    OfLayer,
    /// That of each unit.
    OfUnits,
}

/// Scales the weights of layers, first to last, until their pre-activations have the standard deviations asked for, and sets
/// biases so that means are 0; other layers stay as they are. All units and samples count together, as in the paper.
///
/// A layer whose outputs are all the same on the batch, or not finite, has no variance to scale by and stays as it is.
/// Every sum has a fixed order: the bits depend on neither threads nor instruction set. Where the watch is stopped on the
/// way, what is left means nothing.
pub fn fit(
    network: &Network,
    fits: &[Fit],
    data: &ArrayView2<f64>,
    set: InstructionSet,
    parameters: &mut Parameters,
    watch: &Watch,
) {
    let (mut inputs, samples) = batch(data);
    let is_asked = |fit: &Fit| fit.deviation.is_some() || fit.means != Means::Free;
    let behind_last = fits.iter().rposition(is_asked).map_or(0, |last| last + 1);
    for (l, own) in parameters.0.iter_mut().enumerate().take(behind_last) {
        let (units, fan_in) = own.weights.dim();
        let mut outputs = SampleMatrix::zeros(units, samples);
        let Fit { deviation, means } = fits[l];
        for division in 0.. {
            let numbers = own.weights.as_slice().expect("weights lie row by row");
            let biases = own.biases.as_slice().expect("biases lie in a row");
            let is_without = biases.is_empty() || means == Means::OfUnits;
            let base = if is_without { Base::Zero } else { Base::Rows(biases) };
            let weights = Weights { numbers, stride: fan_in, side: Side::Rows };
            share_while(set, 1, watch, Multiply::new(weights, base, &inputs, &mut outputs));
            if watch.is_stopped() {
                return;
            }
            if means == Means::OfUnits {
                center_units(&mut outputs, samples, &mut own.biases);
            }
            let (Some(wanted), Some(variance)) = (deviation, variance(&outputs, samples)) else { break };
            let is_near = (variance - wanted * wanted).abs() <= TOLERANCE * wanted * wanted;
            if is_near || division == MOST_DIVISIONS {
                break;
            }
            own.weights *= wanted / variance.sqrt();
        }
        if means == Means::OfLayer
            && let (mean, _) = mean_and_count(&outputs, samples)
            && mean.is_finite()
        {
            own.biases -= mean;
            for z in numbers_mut::<f64>(outputs.all_mut()) {
                *z -= mean;
            }
        }
        if let Some(activation) = network.activations().get(l) {
            activation.with_slope(own.slope).apply_on(set, outputs.all_mut());
        }
        inputs = outputs;
    }
}

/// Some of the samples, `features x samples`, and how many.
fn batch(data: &ArrayView2<f64>) -> (SampleMatrix<f64>, usize) {
    let (count, features) = data.dim();
    let samples = count.min(BATCH);
    let mut batch = SampleMatrix::zeros(features, samples);
    let row = batch.blocks() * f64::LANES;
    let to = numbers_mut::<f64>(batch.all_mut());
    for s in 0..samples {
        // Evenly spaced: files are often sorted by class.
        for (feature, x) in data.row(s * count / samples).iter().enumerate() {
            to[feature * row + s] = *x;
        }
    }
    (batch, samples)
}

/// Takes the mean of every unit off its outputs, which have no biases yet, and sets the biases to do so. Of a unit whose mean is
/// not finite nothing is taken.
fn center_units(outputs: &mut SampleMatrix<f64>, samples: usize, biases: &mut Array1<f64>) {
    let row = outputs.blocks() * f64::LANES;
    let rows = numbers_mut::<f64>(outputs.all_mut()).chunks_exact_mut(row);
    for (unit, bias) in rows.zip(biases) {
        let mean = unit[..samples].iter().sum::<f64>() / samples as f64;
        *bias = if mean.is_finite() { 0.0 - mean } else { 0.0 };
        for z in unit {
            *z += *bias;
        }
    }
}

/// The rows of a matrix, without the places behind the last sample.
fn rows(matrix: &SampleMatrix<f64>, samples: usize) -> impl Iterator<Item = &[f64]> {
    numbers::<f64>(matrix.all()).chunks_exact(matrix.blocks() * f64::LANES).map(move |row| &row[..samples])
}

/// The mean of all numbers of a matrix, and how many there are.
fn mean_and_count(matrix: &SampleMatrix<f64>, samples: usize) -> (f64, f64) {
    let count = rows(matrix, samples).map(<[f64]>::len).sum::<usize>() as f64;
    (rows(matrix, samples).flatten().sum::<f64>() / count, count)
}

/// The variance of all numbers of a matrix together; none if there is none to speak of, or if it is not finite.
fn variance(matrix: &SampleMatrix<f64>, samples: usize) -> Option<f64> {
    let (mean, count) = mean_and_count(matrix, samples);
    let variance = rows(matrix, samples).flatten().map(|z| (z - mean) * (z - mean)).sum::<f64>() / count;
    (variance > ROUNDING * mean * mean && variance.is_finite()).then_some(variance)
}

#[cfg(test)]
mod tests {
    use super::Means;
    use crate::activation::Activation;
    use crate::init::Initialization;
    use crate::network::{Loss, Network, Output, Parameters};
    use crate::rng::{Native, Rng, Stream};
    use crate::simd::InstructionSet;
    use crate::watch::NOBODY;
    use ndarray::{Array2, ArrayView2, Axis};

    fn network(widths: &[usize], activation: Activation) -> Network {
        Network::new(widths, &[activation], Output::Identity, Loss::MeanSquaredError, true).unwrap()
    }

    fn data(samples: usize, features: usize) -> Array2<f64> {
        let mut stream = Native::new(7, 7);
        Array2::from_shape_simple_fn((samples, features), || 100.0 + 30.0 * stream.normal())
    }

    fn draw(init: &Initialization, network: &Network, data: &ArrayView2<f64>) -> Parameters {
        init.draw_on(network, Rng::Native, 5, data, &NOBODY).unwrap().parameters
    }

    /// The variance of every layer's pre-activations.
    fn variances(network: &Network, parameters: &Parameters, data: &Array2<f64>) -> Vec<f64> {
        outputs(network, parameters, data).iter().map(|z| z.var(0.0)).collect()
    }

    #[test]
    fn every_layer_has_the_variance_asked_for_whatever_the_data_and_the_biases() {
        for activation in [Activation::Relu, Activation::Tanh, Activation::Gelu] {
            let network = network(&[6, 40, 30, 20, 1], activation);
            let x = data(200, 6);
            for (scheme, variance) in [("lsuv", 1.0), ("lsuv:0.5", 0.25), ("lsuv:3", 9.0)] {
                let mut init: Initialization = scheme.parse().unwrap();
                for biases in [Vec::new(), vec!["normal:0.1".parse().unwrap()]] {
                    init.biases = biases;
                    for found in variances(&network, &draw(&init, &network, &x.view()), &x) {
                        assert!((found / variance - 1.0).abs() <= 0.1, "{activation} {scheme}: {found}");
                    }
                }
            }
        }
    }

    /// The pre-activations of every layer, samples x units, by the book.
    fn outputs(network: &Network, parameters: &Parameters, data: &Array2<f64>) -> Vec<Array2<f64>> {
        let mut signal = data.clone();
        let of_layer = |(l, layer): (usize, &crate::network::LayerParameters)| {
            let z = signal.dot(&layer.weights.t()) + &layer.biases;
            let activation = network.activations().get(l);
            signal = z.mapv(|z| activation.map_or(z, |activation| activation.at(z).0));
            z
        };
        parameters.0.iter().enumerate().map(of_layer).collect()
    }

    #[test]
    fn a_mean_of_0_is_one_number_off_the_biases_of_a_layer() {
        for activation in [Activation::Relu, Activation::Tanh] {
            let network = network(&[6, 40, 30, 1], activation);
            let x = data(203, 6);
            let init = Initialization { biases: vec!["normal:0.1".parse().unwrap()], ..Initialization::new(&[]) };
            let of = |scheme: &str| Initialization { weights: vec![scheme.parse().unwrap()], ..init.clone() };
            let (free, centered) =
                (draw(&of("lsuv:2"), &network, &x.view()), draw(&of("lsuv:2:mean=0"), &network, &x.view()));
            for z in outputs(&network, &centered, &x) {
                assert!(z.mean().unwrap().abs() < 1e-12, "{activation}: {}", z.mean().unwrap());
                assert!((z.var(0.0) / 4.0 - 1.0).abs() <= 0.1, "{activation}: {}", z.var(0.0));
            }
            // Of the first layer nothing else is another.
            assert_eq!(free.0[0].weights, centered.0[0].weights);
            let off = &free.0[0].biases - &centered.0[0].biases;
            assert!(off.iter().all(|x| (x - off[0]).abs() < 1e-12 && off[0].abs() > 0.01), "{off}");
        }
    }

    #[test]
    fn biases_from_the_data_center_every_unit_whatever_the_weights() {
        let network = network(&[6, 40, 30, 2], Activation::Relu);
        let x = data(203, 6);
        for weights in ["he", "pytorch-default", "constant:0.5", "lsuv", "lsuv/he/lsuv:3", "zeros"] {
            let init = Initialization { biases: vec!["data".parse().unwrap()], ..weights.parse().unwrap() };
            let drawn = draw(&init, &network, &x.view());
            for (l, z) in outputs(&network, &drawn, &x).iter().enumerate() {
                let largest = z.mean_axis(Axis(0)).unwrap().fold(0.0_f64, |largest, mean| largest.max(mean.abs()));
                assert!(largest <= 1e-10 * (1.0 + z.std(0.0)), "{weights}, layer {l}: {largest}");
                if weights == "lsuv" {
                    assert!((z.var(0.0) - 1.0).abs() <= 0.1, "layer {l}: {}", z.var(0.0));
                }
            }
            if weights == "he" {
                let alone = draw(&"he".parse().unwrap(), &network, &x.view());
                assert!(drawn.0.iter().zip(&alone.0).all(|(drawn, alone)| drawn.weights == alone.weights));
            }
        }
        // Of the last layer alone.
        let init = Initialization {
            biases: ["0.3", "0", "data"].map(|b| b.parse().unwrap()).to_vec(),
            ..Initialization::new(&[])
        };
        let init = Initialization { weights: vec!["he".parse().unwrap()], ..init };
        let drawn = draw(&init, &network, &x.view());
        assert!(drawn.0[0].biases.iter().all(|&b| b == 0.3) && drawn.0[1].biases.iter().all(|&b| b == 0.0));
        let means = outputs(&network, &drawn, &x)[2].mean_axis(Axis(0)).unwrap();
        assert!(means.iter().all(|mean| mean.abs() < 1e-10), "{means}");
    }

    #[test]
    fn weights_are_a_multiple_of_orthogonal_ones_and_other_layers_stay_as_they_are() {
        let network = network(&[6, 6, 6, 6], Activation::Relu);
        let x = data(50, 6);
        let mixed = draw(&"he/lsuv/glorot".parse().unwrap(), &network, &x.view());
        for (l, alone) in [(0, "he"), (2, "glorot")] {
            assert_eq!(mixed.0[l], draw(&alone.parse().unwrap(), &network, &x.view()).0[l]);
        }
        assert!((variances(&network, &mixed, &x)[1] - 1.0).abs() <= 0.1);
        let orthogonal = draw(&"orthogonal".parse().unwrap(), &network, &x.view());
        let ratio = &mixed.0[1].weights / &orthogonal.0[1].weights;
        let first = ratio[[0, 0]];
        assert!(first > 0.0 && ratio.iter().all(|r| (r / first - 1.0).abs() < 1e-12));
    }

    #[test]
    fn where_there_is_no_variance_a_layer_stays_as_it_is() {
        let network = network(&[3, 4, 1], Activation::Relu);
        let orthogonal = draw(&"orthogonal".parse().unwrap(), &network, &Array2::zeros((5, 3)).view());
        let lsuv: Initialization = "lsuv".parse().unwrap();
        for x in [Array2::zeros((5, 3)), Array2::from_elem((5, 3), f64::INFINITY)] {
            assert_eq!(draw(&lsuv, &network, &x.view()), orthogonal);
        }
        // The same sample again and again: units differ, but the single output does not.
        let x = Array2::from_elem((5, 3), 0.3);
        let parameters = draw(&lsuv, &network, &x.view());
        assert_eq!(parameters.0[1], orthogonal.0[1]);
        assert!((variances(&network, &parameters, &x)[0] - 1.0).abs() <= 0.1);
    }

    #[test]
    fn of_many_samples_it_takes_some_from_everywhere() {
        // Sorted: from the first thousand alone nobody could tell what the rest is like.
        let x = Array2::from_shape_fn((5000, 1), |(s, _)| s as f64);
        let network = network(&[1, 2], Activation::Relu);
        let found = variances(&network, &draw(&"lsuv".parse().unwrap(), &network, &x.view()), &x)[0];
        assert!((found - 1.0).abs() <= 0.11, "{found}");
        assert_eq!(super::batch(&x.view()).1, super::BATCH);
        assert_eq!(super::batch(&x.view().split_at(Axis(0), 7).0).1, 7);
    }

    #[test]
    fn every_instruction_set_gives_the_same_bits() {
        let fits =
            [Means::Free, Means::OfLayer, Means::OfUnits].map(|means| super::Fit { deviation: Some(1.0), means });
        for activation in [Activation::Relu, Activation::Tanh, Activation::Gelu] {
            let network = network(&[13, 70, 41, 3], activation);
            let x = data(301, 13);
            let drawn = |set: InstructionSet| {
                let mut parameters = draw(&"orthogonal".parse().unwrap(), &network, &x.view());
                super::fit(&network, &fits, &x.view(), set, &mut parameters, &NOBODY);
                parameters
            };
            let portable = drawn(InstructionSet::Portable);
            for set in InstructionSet::available() {
                assert!(drawn(set) == portable, "{activation} {}", set.name());
            }
        }
    }
}
