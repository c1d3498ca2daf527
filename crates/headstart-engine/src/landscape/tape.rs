//! One pass through a network and back, with everything kept that its derivatives need.

use super::{Landscape, Part};
use crate::activation::Activation;
use crate::matrix::{Base, Multiply, Outer, SampleMatrix, Side, Weights};
use crate::network::Layer;
use crate::simd::{Block, Real, numbers, numbers_mut};
use crate::train::output;

type Blocks = Vec<Block<[f64; 8]>>;

/// What a pass through the network leaves behind for some samples, layer by layer.
#[derive(Debug)]
pub struct Tape {
    /// Pre-activations; the last ones are the logits.
    pub signals: Vec<SampleMatrix<f64>>,
    /// Activations of the hidden layers.
    pub values: Vec<SampleMatrix<f64>>,
    /// Slopes of the hidden layers.
    pub slopes: Vec<Blocks>,
    /// Gradients of the loss with respect to the pre-activations.
    pub deltas: Vec<SampleMatrix<f64>>,
    /// Gradients with respect to the activations of the hidden layers.
    uppers: Vec<SampleMatrix<f64>>,
    /// The samples' share of the loss.
    pub loss: f64,
}

impl Tape {
    /// Forward and back.
    pub fn record(landscape: &Landscape, part: &Part, parameters: &[f64]) -> Self {
        assert_eq!(parameters.len(), landscape.network().parameter_count(), "one number for each parameter");
        let mut tape = Self::forward(landscape, &part.x, parameters);
        let network = landscape.network();
        let logits = &tape.signals[landscape.layers.len() - 1];
        let mut delta = logits.clone();
        let (labels, all) = (&part.labels, delta.all_mut());
        tape.loss = landscape.set.run(output::Deltas { network, logits, labels, delta: all, want_loss: true });
        tape.backward(landscape, parameters, delta);
        tape
    }

    /// From the inputs to the logits.
    pub fn forward(landscape: &Landscape, x: &SampleMatrix<f64>, parameters: &[f64]) -> Self {
        let (mut signals, mut values, mut slopes) = (Vec::new(), Vec::<SampleMatrix<f64>>::new(), Vec::new());
        for (l, layer) in landscape.layers.iter().enumerate() {
            let a = values.last().unwrap_or(x);
            let z = multiply(landscape, layer, parameters, Side::Rows, base(layer, parameters), a);
            if let Some(activation) = landscape.network().activations().get(l) {
                let activation = activation.with_slope(parameters[layer.slope.clone()].first().copied());
                let mut after = z.clone();
                slopes.push(activation.apply(after.all_mut()));
                values.push(after);
            }
            signals.push(z);
        }
        Self { signals, values, slopes, deltas: Vec::new(), uppers: Vec::new(), loss: f64::NAN }
    }

    /// From a gradient with respect to the logits to those with respect to all pre-activations.
    pub fn backward(&mut self, landscape: &Landscape, parameters: &[f64], of_logits: SampleMatrix<f64>) {
        let mut delta = of_logits;
        for (l, layer) in landscape.layers.iter().enumerate().rev() {
            let before = (l > 0).then(|| multiply(landscape, layer, parameters, Side::Columns, Base::Zero, &delta));
            self.deltas.push(delta);
            let Some(upper) = before else { break };
            delta = upper.clone();
            times(&mut delta, &self.slopes[l - 1]);
            self.uppers.push(upper);
        }
        self.deltas.reverse();
        self.uppers.reverse();
    }

    /// What layer `l` gets.
    fn inputs<'a>(&'a self, part: &'a Part, l: usize) -> &'a SampleMatrix<f64> {
        if l == 0 { &part.x } else { &self.values[l - 1] }
    }

    /// The gradient of the loss with respect to all parameters.
    pub fn gradient(&self, landscape: &Landscape, part: &Part) -> Vec<f64> {
        if landscape.is_stopped() {
            return Vec::new();
        }
        let mut gradient = vec![0.0; landscape.network().parameter_count()];
        for (l, layer) in landscape.layers.iter().enumerate() {
            let (d, a) = (&self.deltas[l], self.inputs(part, l));
            landscape.work(Outer { d: d.all(), a, out: &mut gradient[layer.weights.clone()], add: false });
            sums(d, &mut gradient[layer.biases.clone()]);
            if let [slope] = &mut gradient[layer.slope.clone()] {
                *slope = product_below(&self.signals[l], &self.uppers[l]);
            }
        }
        gradient
    }

    /// The Hessian of the loss times a direction: how the gradient changes along it (Pearlmutter 1994, "Fast exact
    /// multiplication by the Hessian"). What is called `change` below is the derivative along the direction.
    pub fn hessian_product(
        &self,
        landscape: &Landscape,
        part: &Part,
        parameters: &[f64],
        direction: &[f64],
    ) -> Vec<f64> {
        if landscape.is_stopped() {
            return Vec::new();
        }
        let network = landscape.network();
        // Forward: how pre-activations and activations change.
        let (mut of_signals, mut of_values) = (Vec::new(), Vec::<SampleMatrix<f64>>::new());
        for (l, layer) in landscape.layers.iter().enumerate() {
            let a = self.inputs(part, l);
            let mut change = multiply(landscape, layer, direction, Side::Rows, base(layer, direction), a);
            if let Some(of_inputs) = of_values.last() {
                let so_far = Base::Matrix(&[], &change);
                change = multiply(landscape, layer, parameters, Side::Rows, so_far, of_inputs);
            }
            if let Some(slopes) = self.slopes.get(l) {
                let mut of_value = change.clone();
                times(&mut of_value, slopes);
                if let [of_slope] = direction[layer.slope.clone()] {
                    each_below(&self.signals[l], |i, z| numbers_mut::<f64>(of_value.all_mut())[i] += of_slope * z);
                }
                of_values.push(of_value);
            }
            of_signals.push(change);
        }
        let last = landscape.layers.len() - 1;
        let mut change = of_signals[last].clone();
        landscape.set.run(output::Bend {
            network,
            logits: &self.signals[last],
            labels: &part.labels,
            direction: &of_signals[last],
            out: change.all_mut(),
        });
        // Back: how the gradients change.
        let mut product = vec![0.0; parameters.len()];
        for (l, layer) in landscape.layers.iter().enumerate().rev() {
            let out = &mut product[layer.weights.clone()];
            landscape.work(Outer { d: change.all(), a: self.inputs(part, l), out, add: false });
            if let Some(of_inputs) = l.checked_sub(1).map(|before| &of_values[before]) {
                landscape.work(Outer { d: self.deltas[l].all(), a: of_inputs, out, add: true });
            }
            sums(&change, &mut product[layer.biases.clone()]);
            if l > 0 {
                let of_weights = multiply(landscape, layer, direction, Side::Columns, Base::Zero, &self.deltas[l]);
                let so_far = Base::Matrix(&[], &of_weights);
                change = multiply(landscape, layer, parameters, Side::Columns, so_far, &change);
                let slope = landscape.layers[l - 1].slope.clone();
                let of_upper = product_below(&self.signals[l - 1], &change);
                times(&mut change, &self.slopes[l - 1]);
                if let ([out], [of_slope]) = (&mut product[slope.clone()], &direction[slope]) {
                    *out = of_upper + self.change_slope(l - 1, *of_slope, &of_signals[l - 1], &mut change);
                }
                self.add_bend(network.activations()[l - 1], l - 1, &of_signals[l - 1], &mut change);
            }
        }
        product
    }

    /// Adds how a learned slope's change changes the gradients of hidden layer `l`, and returns how its own gradient follows the
    /// pre-activations.
    fn change_slope(
        &self,
        l: usize,
        of_slope: f64,
        of_signal: &SampleMatrix<f64>,
        change: &mut SampleMatrix<f64>,
    ) -> f64 {
        let (uppers, of_signal) = (numbers::<f64>(self.uppers[l].all()), numbers::<f64>(of_signal.all()));
        let change = numbers_mut::<f64>(change.all_mut());
        let mut sum = 0.0;
        each_below(&self.signals[l], |i, _| {
            change[i] += of_slope * uppers[i];
            sum += uppers[i] * of_signal[i];
        });
        sum
    }

    /// Adds how the slopes of hidden layer `l` change, times what they multiply.
    fn add_bend(
        &self,
        activation: Activation,
        l: usize,
        of_signal: &SampleMatrix<f64>,
        change: &mut SampleMatrix<f64>,
    ) {
        let Some(bends) = activation.bends(self.signals[l].all(), &self.slopes[l]) else {
            return;
        };
        let (bends, uppers) = (numbers::<f64>(&bends), numbers::<f64>(self.uppers[l].all()));
        let of_signal = numbers::<f64>(of_signal.all());
        for (i, change) in numbers_mut::<f64>(change.all_mut()).iter_mut().enumerate() {
            *change += bends[i] * uppers[i] * of_signal[i];
        }
    }
}

/// Some samples' numbers of a layer.
#[derive(Clone, Copy)]
pub struct Rows<'a> {
    pub matrix: &'a SampleMatrix<f64>,
    /// Lanes beyond them do not count.
    pub samples: usize,
}

impl<'a> Rows<'a> {
    /// Of numbers that lie as the matrix does: one slice per row.
    pub fn of(self, numbers: &'a [f64]) -> impl Iterator<Item = &'a [f64]> {
        numbers.chunks_exact(self.matrix.blocks() * f64::LANES).map(move |row| &row[..self.samples])
    }

    /// One slice per row.
    pub fn each(self) -> impl Iterator<Item = &'a [f64]> {
        self.of(numbers::<f64>(self.matrix.all()))
    }
}

fn base<'a>(layer: &Layer, numbers: &'a [f64]) -> Base<'a, f64> {
    if layer.biases.is_empty() { Base::Zero } else { Base::Rows(&numbers[layer.biases.clone()]) }
}

/// A layer's weights, or with [`Side::Columns`] their transpose, times a matrix, added to something.
pub fn multiply(
    landscape: &Landscape,
    layer: &Layer,
    parameters: &[f64],
    side: Side,
    base: Base<f64>,
    a: &SampleMatrix<f64>,
) -> SampleMatrix<f64> {
    let rows = match side {
        Side::Rows => layer.fan_out,
        Side::Columns => layer.fan_in,
    };
    let mut out = SampleMatrix::default();
    out.reshape_blocks(rows, a.blocks());
    let weights = Weights { numbers: &parameters[layer.weights.clone()], stride: layer.fan_in, side };
    landscape.work(Multiply::new(weights, base, a, &mut out));
    out
}

fn times(matrix: &mut SampleMatrix<f64>, by: &[Block<[f64; 8]>]) {
    numbers_mut::<f64>(matrix.all_mut()).iter_mut().zip(numbers::<f64>(by)).for_each(|(x, by)| *x *= by);
}

/// Does something with the place and the size of every pre-activation that a learned slope multiplies.
fn each_below(signals: &SampleMatrix<f64>, mut each: impl FnMut(usize, f64)) {
    numbers::<f64>(signals.all()).iter().enumerate().filter(|(_, z)| **z <= 0.0).for_each(|(i, z)| each(i, *z));
}

/// The sum of the products of what a learned slope multiplies with the gradients by its results.
fn product_below(signals: &SampleMatrix<f64>, uppers: &SampleMatrix<f64>) -> f64 {
    let uppers = numbers::<f64>(uppers.all());
    let mut sum = 0.0;
    each_below(signals, |i, z| sum += z * uppers[i]);
    sum
}

/// The sum of every row.
fn sums(matrix: &SampleMatrix<f64>, out: &mut [f64]) {
    let rows = numbers::<f64>(matrix.all()).chunks_exact(matrix.blocks() * f64::LANES);
    for (row, out) in rows.zip(out) {
        *out = row.iter().sum();
    }
}

/// See [`Landscape::blind_loss`].
pub fn blind_loss(landscape: &Landscape) -> f64 {
    let network = landscape.network();
    let outputs = network.outputs();
    let loss_at = |biases: &[f64]| {
        let of_part = |part: &Part| {
            let mut logits = SampleMatrix::<f64>::zeros(outputs, part.labels.count);
            let row = logits.blocks() * f64::LANES;
            numbers_mut::<f64>(logits.all_mut()).chunks_exact_mut(row).zip(biases).for_each(|(row, b)| row.fill(*b));
            let mut delta = logits.clone();
            let (labels, all) = (&part.labels, delta.all_mut());
            landscape.set.run(output::Deltas { network, logits: &logits, labels, delta: all, want_loss: true })
        };
        landscape.map(&landscape.parts, of_part).into_iter().sum::<f64>()
    };
    if !network.has_biases() {
        return loss_at(&vec![0.0; outputs]);
    }
    loss_at(&landscape.problem.prior())
}
