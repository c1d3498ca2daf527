//! What is measured at a point of the parameters, without training on: signal, gradient and the state of the units, layer
//! by layer, and how steep and how curved it is there.

mod blocks;
mod coordinates;
pub mod portrait;

pub use coordinates::{Coordinates, coordinates};

use crate::landscape::tape::{Rows, Tape};
use crate::landscape::{Eigenvalue, Jacobian, Landscape};
use crate::matrix::Outer;
use crate::network::{Layer, Loss, Output, Parameters};
use crate::simd::{Real, numbers, numbers_mut};

/// A unit counts as saturated at a sample where its slope is below this share of the activation's largest slope.
pub const SATURATED: f64 = 0.05;

/// Everything that was measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Probe {
    /// The loss on the training set.
    pub loss: f64,
    /// The share of outputs and samples where the output's slope is below [`SATURATED`] of its largest; none of outputs
    /// that have not two ends.
    pub saturated: Option<f64>,
    /// How the logits follow the inputs.
    pub jacobian: Jacobian,
    /// The largest eigenvalue of the loss's Hessian.
    pub sharpness: Eigenvalue,
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
    /// Pairs of units with the same incoming weights and bias: they compute the same.
    pub twins: usize,
    /// Those of them whose outgoing weights are the same, too: gradients never tell them apart. Of the last layer, whose
    /// units' losses differ, 0.
    pub symmetric: usize,
    /// What a residual branch that ends here does; none of layers that do not end one.
    pub branch: Option<BranchProbe>,
}

/// What was measured of a residual branch. Signal and gradient of its last layer are those of the stream behind the addition, unless
/// something else, as a normalization, comes between the two.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BranchProbe {
    /// The second moment of what is added.
    pub added: f64,
    /// The second moment of the stream before.
    pub stream: f64,
    /// The second moment of the stream behind the addition.
    pub joined: f64,
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

/// Measures at these parameters, on the whole training set: one pass forward and one back, and as many products with the
/// Hessian as its largest eigenvalue takes.
///
/// Memory is that of five numbers for every unit and sample. Results do not depend on the landscape's threads.
///
/// What it finds after [`Landscape::watched`]'s watch was stopped means nothing.
///
/// # Panics
/// If the parameters are not those of the landscape's network.
pub fn probe(landscape: &Landscape, parameters: &Parameters) -> Probe {
    let flat: Vec<f64> = parameters.flat().collect();
    if let Some(program) = landscape.network().program() {
        let Glance { loss, saturated, layers } = blocks::glance(landscape, program, &flat);
        let (jacobian, sharpness) = (landscape.jacobian(&flat), landscape.sharpness(&flat));
        return Probe { loss, saturated, jacobian, sharpness, layers };
    }
    let tapes = landscape.tapes(&flat);
    let Glance { loss, saturated, layers } = glance_on(landscape, &tapes, &flat);
    Probe {
        loss,
        saturated,
        jacobian: landscape.jacobian(&flat),
        sharpness: landscape.sharpness_on(&tapes, &flat),
        layers,
    }
}

/// What [`probe`] measures without curvature and Jacobian.
#[derive(Clone, Debug, PartialEq)]
pub struct Glance {
    /// As [`Probe::loss`].
    pub loss: f64,
    /// As [`Probe::saturated`].
    pub saturated: Option<f64>,
    /// As [`Probe::layers`].
    pub layers: Vec<LayerProbe>,
}

/// What [`probe`] measures that takes no more than one pass forward and one back.
///
/// # Panics
/// If the parameters are not those of the landscape's network.
pub fn glance(landscape: &Landscape, parameters: &Parameters) -> Glance {
    let flat: Vec<f64> = parameters.flat().collect();
    if let Some(program) = landscape.network().program() {
        return blocks::glance(landscape, program, &flat);
    }
    glance_on(landscape, &landscape.tapes(&flat), &flat)
}

fn glance_on(landscape: &Landscape, tapes: &[Tape], flat: &[f64]) -> Glance {
    let network = landscape.network();
    let last = network.layers().len() - 1;
    let logits: Vec<Rows> = landscape.rows(tapes, |tape| &tape.signals[last]).collect();
    Glance {
        loss: tapes.iter().map(|tape| tape.loss).sum(),
        saturated: saturated_outputs(network.output(), network.loss(), &logits),
        layers: layers_on(landscape, tapes, flat),
    }
}

/// What [`probe`] measures of the layers, first to last, for the price of one pass forward and one back.
///
/// # Panics
/// If the parameters are not those of the landscape's network.
pub fn layers(landscape: &Landscape, parameters: &Parameters) -> Vec<LayerProbe> {
    let flat: Vec<f64> = parameters.flat().collect();
    if let Some(program) = landscape.network().program() {
        return blocks::glance(landscape, program, &flat).layers;
    }
    layers_on(landscape, &landscape.tapes(&flat), &flat)
}

fn layers_on(landscape: &Landscape, tapes: &[Tape], flat: &[f64]) -> Vec<LayerProbe> {
    let network = landscape.network();
    let gradient = landscape.gradient_on(tapes);
    let layers: Vec<(usize, Layer)> = network.layers().enumerate().collect();
    let of_layer = |(l, layer): &(usize, Layer)| {
        let (l, samples) = (*l, landscape.samples() as f64);
        let signals: Vec<Rows> = landscape.rows(tapes, |tape| &tape.signals[l]).collect();
        let deltas: Vec<Rows> = landscape.rows(tapes, |tape| &tape.deltas[l]).collect();
        let next = layers.get(l + 1).map(|(_, next)| next);
        let (twins, symmetric) = if landscape.is_stopped() { (0, 0) } else { twins(layer, next, flat) };
        LayerProbe {
            signal: second_moment(&signals),
            gradient: second_moment(&deltas) * samples * samples,
            weight_gradient: norm(&gradient[layer.weights.clone()]),
            weights: norm(&flat[layer.weights.clone()]),
            correlation: correlation(&signals),
            units: network.activations().get(l).map(|activation| {
                let values: Vec<Rows> = landscape.rows(tapes, |tape| &tape.values[l]).collect();
                let slopes = tapes.iter().map(|tape| numbers::<f64>(&tape.slopes[l]));
                let activation = activation.with_slope(flat[layer.slope.clone()].first().copied());
                units(landscape, &values, &slopes.collect::<Vec<_>>(), activation.steepest())
            }),
            twins,
            symmetric,
            branch: None,
        }
    };
    landscape.map(&layers, of_layer)
}

fn second_moment(parts: &[Rows]) -> f64 {
    let (mut sum, mut count) = (0.0, 0);
    for row in parts.iter().flat_map(|rows| rows.each()) {
        sum += row.iter().map(|x| x * x).sum::<f64>();
        count += row.len();
    }
    sum / count as f64
}

fn norm(numbers: &[f64]) -> f64 {
    numbers.iter().map(|x| x * x).sum::<f64>().sqrt()
}

/// The mean cosine over all pairs of samples: of `n` unit vectors it is `(|sum|^2 - n) / (n (n - 1))`.
fn correlation(signal: &[Rows]) -> Option<f64> {
    let units = signal.first()?.each().count();
    let mut sums = vec![0.0; units];
    let mut alive = 0.0;
    for part in signal {
        let mut squares = vec![0.0; part.samples];
        for row in part.each() {
            squares.iter_mut().zip(row).for_each(|(square, z)| *square += z * z);
        }
        alive += squares.iter().filter(|&&square| square > 0.0).count() as f64;
        let lengths: Vec<f64> = squares.iter().map(|square| square.sqrt()).collect();
        for (sum, row) in sums.iter_mut().zip(part.each()) {
            *sum += row
                .iter()
                .zip(&lengths)
                .filter(|(_, length)| **length > 0.0)
                .map(|(z, length)| z / length)
                .sum::<f64>();
        }
    }
    let of_sum: f64 = sums.iter().map(|sum| sum * sum).sum();
    (alive >= 2.0).then(|| (of_sum - alive) / (alive * (alive - 1.0)))
}

fn units(landscape: &Landscape, values: &[Rows], slopes: &[&[f64]], steepest: f64) -> UnitProbe {
    let samples: usize = values.iter().map(|part| part.samples).sum();
    let count = values.first().map_or(0, |part| part.each().count());
    let mut silent = vec![true; count];
    let mut flat = 0;
    let mut moments = vec![0.0; count * count];
    for (part, slopes) in values.iter().zip(slopes).take_while(|_| !landscape.is_stopped()) {
        for (silent, row) in silent.iter_mut().zip(part.each()) {
            *silent = *silent && row.iter().all(|&a| a == 0.0);
        }
        let is_flat = |slope: &&f64| slope.abs() < SATURATED * steepest;
        flat += part.of(slopes).map(|row| row.iter().filter(is_flat).count()).sum::<usize>();
        // Of lanes beyond the last sample nothing is known but that they do not count.
        let mut alone = part.matrix.clone();
        let row = alone.blocks() * f64::LANES;
        numbers_mut::<f64>(alone.all_mut()).chunks_exact_mut(row).for_each(|row| row[part.samples..].fill(0.0));
        landscape.work(Outer { d: alone.all(), a: &alone, out: &mut moments, add: true });
    }
    let trace: f64 = moments.iter().step_by(count + 1).sum();
    // On the scale of the trace, so that squares stay in range.
    let squares: f64 = moments.iter().map(|m| (m / trace) * (m / trace)).sum();
    UnitProbe {
        dead: silent.iter().filter(|silent| **silent).count() as f64 / count as f64,
        saturated: flat as f64 / (count * samples) as f64,
        rank: if trace > 0.0 { 1.0 / squares } else { 0.0 },
    }
}

/// The share of outputs whose slope is nearly 0. Of softmax the slope of an output is `p (1 - p)`, as of sigmoid; it
/// counts by sample, where all outputs are flat.
fn saturated_outputs(output: Output, loss: Loss, logits: &[Rows]) -> Option<f64> {
    // 4 p (1 - p), which at p = 1/2 is 1, of the probabilities e to the power of -x and the rest.
    let of_odds = |x: f64| {
        let small = libm::exp(-x.abs());
        4.0 * small / ((1.0 + small) * (1.0 + small))
    };
    let is_flat: fn(f64) -> bool = |slope| slope < SATURATED;
    let (mut flat, mut count) = (0, 0);
    for part in logits {
        if output == Output::Softmax {
            for s in 0..part.samples {
                let z: Vec<f64> = part.each().map(|row| row[s]).collect();
                let largest = z.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let rest = z.iter().map(|z| libm::exp(z - largest)).sum::<f64>() - 1.0;
                flat += usize::from(is_flat(of_odds(libm::log(rest.max(f64::MIN_POSITIVE)))));
                count += 1;
            }
            continue;
        }
        let odds_per_logit = match (loss, output) {
            (_, Output::Tanh) => 2.0,
            (Loss::BinaryCrossEntropy, _) | (_, Output::Sigmoid) => 1.0,
            // Those without ends, and those that are flat on one side by their nature.
            _ => return None,
        };
        for row in part.each() {
            flat += row.iter().filter(|z| is_flat(of_odds(odds_per_logit * **z))).count();
            count += row.len();
        }
    }
    (output != Output::Identity || loss == Loss::BinaryCrossEntropy)
        .then(|| f64::from(flat as u32) / f64::from(count as u32))
}

/// Pairs of units that compute the same, and those of them whose outgoing weights are the same, too. What each feeds are the weights of its
/// channel: of a kernel all places of it, of a dense layer behind a convolution those of all places.
fn twins(layer: &Layer, next: Option<&Layer>, flat: &[f64]) -> (usize, usize) {
    let next = next.filter(|next| {
        next.fan_in.is_multiple_of(layer.fan_out) && next.kernel.is_none_or(|kernel| kernel.groups == 1)
    });
    let bits = |numbers: &[f64]| numbers.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
    let (weights, biases) = (&flat[layer.weights.clone()], &flat[layer.biases.clone()]);
    let incoming = |u: usize| {
        let mut unit = bits(&weights[u * layer.fan_in..(u + 1) * layer.fan_in]);
        unit.extend(biases.get(u).map(|bias| bias.to_bits()));
        unit
    };
    let outgoing = |u: usize| {
        let Some(next) = next else { return Vec::new() };
        let each = next.fan_in / layer.fan_out;
        flat[next.weights.clone()]
            .chunks_exact(next.fan_in)
            .flat_map(|row| bits(&row[u * each..(u + 1) * each]))
            .collect()
    };
    let mut both: Vec<(Vec<u64>, Vec<u64>)> = (0..layer.fan_out).map(|u| (incoming(u), outgoing(u))).collect();
    both.sort_unstable();
    let pairs = |count: usize| count * (count - 1) / 2;
    let twins = both.chunk_by(|a, b| a.0 == b.0).map(|group| pairs(group.len())).sum();
    let symmetric = both.chunk_by(|a, b| a == b).map(|group| pairs(group.len())).sum();
    (twins, if next.is_some() { symmetric } else { 0 })
}
