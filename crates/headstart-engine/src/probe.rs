//! What is measured at a point of the parameters, without training on: signal, gradient and the state of the units, layer
//! by layer.

use crate::network::{Layer, Parameters};
use crate::simd::{InstructionSet, Real, numbers, numbers_mut};
use crate::train::Problem;
use crate::train::data::Labels;
use crate::train::matrix::SampleMatrix;
use crate::train::pass::Output;
use crate::train::product::{Base, Multiply, Outer, Side, Weights};

/// A unit counts as saturated at a sample where its slope is below this share of the activation's largest slope.
pub const SATURATED: f64 = 0.05;

/// Everything that was measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Probe {
    /// The loss on the training set.
    pub loss: f64,
    /// The layers, first to last; the last one is that of the logits.
    pub layers: Vec<LayerProbe>,
}

/// What was measured of one layer. Second moments are means over its units and the training samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LayerProbe {
    /// The second moment of the pre-activations.
    pub signal: f64,
    /// The second moment of the gradient of one sample's loss with respect to its pre-activations.
    pub gradient: f64,
    /// The Frobenius norm of the gradient of the mean loss with respect to the weights.
    pub weight_gradient: f64,
    /// The Frobenius norm of the weights.
    pub weights: f64,
    /// The cosine between the pre-activations of two samples, averaged over all pairs; none if fewer than two samples have
    /// any signal. The mean-field correlation, where its mean is 0.
    pub correlation: Option<f64>,
    /// What only units with an activation have: none of the last layer.
    pub units: Option<UnitProbe>,
    /// Pairs of units with the same incoming weights and bias: they compute the same, and if what they feed treats them
    /// alike they always will.
    pub twins: usize,
}

/// What was measured of the units of a hidden layer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct UnitProbe {
    /// The share of units whose activation is 0 for every sample.
    pub dead: f64,
    /// The share of units and samples where the slope is below [`SATURATED`] of the activation's largest.
    pub saturated: f64,
    /// The effective rank of the activations: the participation ratio `(sum l)^2 / sum l^2` of the eigenvalues `l` of
    /// their matrix of second moments, between 1 and the number of units; 0 if they are all 0.
    pub rank: f64,
}

/// Measures at these parameters, on the whole training set: one pass forward and one back.
///
/// Memory is that of four numbers for every unit and sample.
///
/// # Panics
/// If the parameters are not those of the problem's network.
pub fn probe(problem: &Problem<f64>, parameters: &Parameters) -> Probe {
    let network = problem.network();
    let (samples, targets) = problem.training_set();
    let set = InstructionSet::best();
    let everything: Vec<usize> = (0..samples.count).collect();
    let flat: Vec<f64> = parameters.flat().collect();
    let layers: Vec<Layer> = network.layers().collect();

    // Forward: what every layer gets, its pre-activations, and the slopes of its activation.
    let mut inputs = vec![SampleMatrix::default()];
    samples.gather(set, 1, &everything, &mut inputs[0]);
    let (mut signals, mut slopes) = (Vec::new(), Vec::new());
    for (l, layer) in layers.iter().enumerate() {
        let mut z = SampleMatrix::zeros(layer.fan_out, samples.count);
        let biases = &flat[layer.biases.clone()];
        let base = if biases.is_empty() { Base::Zero } else { Base::Rows(biases) };
        set.run(Multiply { weights: rows(layer, &flat), base, a: &inputs[l], out: &mut z });
        if let Some(activation) = network.activations().get(l) {
            let mut values = z.clone();
            slopes.push(activation.apply(values.all_mut()));
            inputs.push(values);
        }
        signals.push(z);
    }

    let mut labels = Labels::default();
    labels.gather(targets, network.outputs(), &everything, samples.count);
    let mut delta = SampleMatrix::zeros(network.outputs(), samples.count);
    let logits = &signals[layers.len() - 1];
    let loss = set.run(Output { network, logits, labels: &labels, delta: delta.all_mut(), want_loss: true });

    // Backward.
    let mut probes = Vec::with_capacity(layers.len());
    for (l, layer) in layers.iter().enumerate().rev() {
        let mut of_weights = vec![0.0; layer.weights.len()];
        set.run(Outer { d: delta.all(), a: &inputs[l], out: &mut of_weights, add: false });
        let hidden = network
            .activations()
            .get(l)
            .map(|activation| units(&inputs[l + 1], numbers::<f64>(&slopes[l]), activation.steepest(), samples.count));
        let of_one = samples.count as f64;
        probes.push(LayerProbe {
            signal: second_moment(&signals[l], samples.count),
            gradient: second_moment(&delta, samples.count) * of_one * of_one,
            weight_gradient: norm(&of_weights),
            weights: norm(&flat[layer.weights.clone()]),
            correlation: correlation(&signals[l], samples.count),
            units: hidden,
            twins: twins(layer, &flat),
        });
        if l > 0 {
            let mut before = SampleMatrix::zeros(layer.fan_in, samples.count);
            let weights = Weights { side: Side::Columns, ..rows(layer, &flat) };
            set.run(Multiply { weights, base: Base::Zero, a: &delta, out: &mut before });
            let of_slopes = numbers::<f64>(&slopes[l - 1]);
            numbers_mut::<f64>(before.all_mut()).iter_mut().zip(of_slopes).for_each(|(d, slope)| *d *= slope);
            delta = before;
        }
    }
    probes.reverse();
    Probe { loss, layers: probes }
}

fn rows<'a>(layer: &Layer, flat: &'a [f64]) -> Weights<'a, f64> {
    Weights { numbers: &flat[layer.weights.clone()], stride: layer.fan_in, side: Side::Rows }
}

/// The samples' numbers in every row, without the lanes beyond the last one.
fn of_samples(matrix: &SampleMatrix<f64>, samples: usize) -> impl Iterator<Item = &[f64]> {
    numbers::<f64>(matrix.all()).chunks_exact(matrix.blocks() * f64::LANES).map(move |row| &row[..samples])
}

fn second_moment(matrix: &SampleMatrix<f64>, samples: usize) -> f64 {
    let (mut sum, mut count) = (0.0, 0);
    for row in of_samples(matrix, samples) {
        sum += row.iter().map(|x| x * x).sum::<f64>();
        count += row.len();
    }
    sum / count as f64
}

fn norm(numbers: &[f64]) -> f64 {
    numbers.iter().map(|x| x * x).sum::<f64>().sqrt()
}

/// The mean cosine over all pairs of samples: of `n` unit vectors it is `(|sum|^2 - n) / (n (n - 1))`.
fn correlation(signal: &SampleMatrix<f64>, samples: usize) -> Option<f64> {
    let mut squares = vec![0.0; samples];
    for row in of_samples(signal, samples) {
        squares.iter_mut().zip(row).for_each(|(square, z)| *square += z * z);
    }
    let alive = squares.iter().filter(|&&square| square > 0.0).count() as f64;
    let mut of_sum = 0.0;
    for row in of_samples(signal, samples) {
        let sum: f64 =
            row.iter().zip(&squares).filter(|(_, square)| **square > 0.0).map(|(z, square)| z / square.sqrt()).sum();
        of_sum += sum * sum;
    }
    (alive >= 2.0).then(|| (of_sum - alive) / (alive * (alive - 1.0)))
}

fn units(values: &SampleMatrix<f64>, slopes: &[f64], steepest: f64, samples: usize) -> UnitProbe {
    let stride = values.blocks() * f64::LANES;
    let count = slopes.len() / stride;
    let dead = of_samples(values, samples).filter(|row| row.iter().all(|&a| a == 0.0)).count();
    let is_flat = |slope: &&f64| slope.abs() < SATURATED * steepest;
    let flat: usize = slopes.chunks_exact(stride).map(|row| row[..samples].iter().filter(is_flat).count()).sum();
    // Of lanes beyond the last sample nothing is known but that they do not count.
    let mut alone = values.clone();
    for row in numbers_mut::<f64>(alone.all_mut()).chunks_exact_mut(stride) {
        row[samples..].fill(0.0);
    }
    let mut moments = vec![0.0; count * count];
    InstructionSet::best().run(Outer { d: alone.all(), a: &alone, out: &mut moments, add: false });
    let trace: f64 = moments.iter().step_by(count + 1).sum();
    // On the scale of the trace, so that squares stay in range.
    let squares: f64 = moments.iter().map(|m| (m / trace) * (m / trace)).sum();
    UnitProbe {
        dead: dead as f64 / count as f64,
        saturated: flat as f64 / (count * samples) as f64,
        rank: if trace > 0.0 { 1.0 / squares } else { 0.0 },
    }
}

fn twins(layer: &Layer, flat: &[f64]) -> usize {
    let bits = |numbers: &[f64]| numbers.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
    let (weights, biases) = (&flat[layer.weights.clone()], &flat[layer.biases.clone()]);
    let unit = |u: usize| {
        let bias = biases.get(u..=u).unwrap_or_default();
        (bits(&weights[u * layer.fan_in..(u + 1) * layer.fan_in]), bits(bias))
    };
    let mut units: Vec<_> = (0..layer.fan_out).map(unit).collect();
    units.sort_unstable();
    let pairs = |group: &[(Vec<u64>, Vec<u64>)]| group.len() * (group.len() - 1) / 2;
    units.chunk_by(|a, b| a == b).map(pairs).sum()
}
