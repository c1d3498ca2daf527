//! One pass through a network and back: from parameters and samples to the loss and its gradient.

#![allow(clippy::inline_always)]

use super::classes::{Tally, score};
use super::course::{Course, Manner};
use super::dropout::Dropout;
use super::errors::SquaredErrors;
use super::labels::Labels;
use super::layer::{Backward, Forward, Gradients};
use super::output::{Classify, Deltas};
use crate::activation::Activation;
use crate::matrix::{Base, SampleMatrix, Side, Weights};
use crate::network::{Layer, Network};
use crate::share::share_while;
use crate::simd::{InstructionSet, Isa, Kernel, Real, Vector, numbers_mut};
use crate::watch::Watch;

/// What a pass through the network leaves behind, layer by layer.
#[derive(Debug)]
pub struct Pass<T: Real> {
    pub set: InstructionSet,
    /// How many threads may work on it.
    pub threads: usize,
    /// How batches are normalized, where they are.
    pub manner: Manner,
    /// What networks of blocks leave behind.
    pub course: Course<T>,
    /// So many layers, from the first, can no longer change, and what they gave in the last pass is what they give now:
    /// see [`Pass::freeze`].
    pub frozen: usize,
    /// Activations of the hidden layers, then the logits.
    pub values: Vec<SampleMatrix<T>>,
    /// Slopes of the hidden layers whose activation keeps them.
    slopes: Vec<SampleMatrix<T>>,
    /// Units that are left out; none where all of them are there.
    pub dropout: Option<Dropout>,
    /// What the activations of the hidden layers are multiplied by, and what comes out, where there is dropout.
    masks: Vec<SampleMatrix<T>>,
    dropped: Vec<SampleMatrix<T>>,
    /// Gradients with respect to pre-activations, of one layer and of the one before.
    pub delta: SampleMatrix<T>,
    next_delta: SampleMatrix<T>,
}

/// What the first layer sees.
pub enum First<'a, T: Real> {
    /// `features x samples`
    Features(&'a SampleMatrix<T>),
    /// The Gram matrix of the samples, and the pre-activations that the first weights gave.
    Gram { gram: &'a SampleMatrix<T>, base: &'a SampleMatrix<T> },
}

impl<T: Real> First<'_, T> {
    fn inputs(&self) -> &SampleMatrix<T> {
        match self {
            Self::Features(x) => x,
            Self::Gram { gram, .. } => gram,
        }
    }
}

impl<T: Real> Pass<T> {
    /// Memory for passes on an instruction set.
    pub fn on(set: InstructionSet) -> Self {
        let empty = SampleMatrix::default;
        Self {
            set,
            threads: 1,
            manner: Manner::Asking,
            course: Course::on(set),
            frozen: 0,
            values: Vec::new(),
            slopes: Vec::new(),
            dropout: None,
            masks: Vec::new(),
            dropped: Vec::new(),
            delta: empty(),
            next_delta: empty(),
        }
    }

    /// Makes room for a network.
    pub fn fit(&mut self, network: &Network) {
        if let Some(program) = network.program() {
            return self.course.fit(network, program);
        }
        let layers = network.layers().len().max(self.values.len());
        self.values.resize_with(layers, SampleMatrix::default);
        self.slopes.resize_with(layers, SampleMatrix::default);
        self.masks.resize_with(layers, SampleMatrix::default);
        self.dropped.resize_with(layers, SampleMatrix::default);
    }

    /// From the inputs to the logits; past the layers that are frozen. Where the watch is stopped on the way, what comes out
    /// means nothing.
    pub fn forward(
        &mut self,
        network: &Network,
        layers: &[Layer],
        parameters: &[T],
        first: &First<'_, T>,
        samples: usize,
        watch: &Watch,
    ) {
        if let Some(program) = network.program() {
            self.course.threads = self.threads;
            return self.course.forward((program, layers), parameters, first.inputs(), samples, self.manner, watch);
        }
        for (l, layer) in layers.iter().enumerate().skip(self.frozen) {
            let (before, after) = self.values.split_at_mut(l);
            let out = &mut after[0];
            out.reshape(layer.fan_out, samples);
            let is_masked = l > 0 && self.dropout.as_ref().is_some_and(|dropout| dropout.touches(l - 1));
            let inputs = if is_masked { &self.dropped[l - 1] } else { before.last().unwrap_or(first.inputs()) };
            let biases = &parameters[layer.biases.clone()];
            let base = match first {
                First::Gram { base, .. } if l == 0 => Base::Matrix(biases, base),
                _ if biases.is_empty() => Base::Zero,
                _ => Base::Rows(biases),
            };
            let activation = network.activations().get(l).map(|activation| learned(*activation, layer, parameters));
            let slopes = &mut self.slopes[l];
            if activation.is_some_and(Activation::keeps_slope) {
                slopes.reshape(layer.fan_out, samples);
            }
            let forward = Forward {
                weights: Weights {
                    numbers: &parameters[layer.weights.clone()],
                    stride: layer.fan_in,
                    side: Side::Rows,
                },
                base,
                a: inputs.all(),
                blocks: out.blocks(),
                activation,
                row: 0,
                out: out.all_mut(),
                slopes: slopes.all_mut(),
            };
            share_while(self.set, self.threads, watch, forward);
            if let Some(dropout) = self.dropout.as_ref().filter(|dropout| dropout.touches(l)) {
                dropout.draw(l, (layer.fan_out, samples), &mut self.masks[l]);
                Dropout::mask(self.set, out, &self.masks[l], &mut self.dropped[l]);
            }
        }
    }

    /// What comes out at the end.
    pub fn logits(&self, network: &Network) -> &SampleMatrix<T> {
        logits(&self.values, &self.course, network)
    }

    /// The loss, and its gradient with respect to the logits into `delta`.
    pub fn output(&mut self, network: &Network, labels: &Labels<T>, want_loss: bool) -> T {
        let logits = logits(&self.values, &self.course, network);
        self.delta.reshape(network.outputs(), labels.count);
        self.set.run(Deltas { network, logits, labels, delta: self.delta.all_mut(), want_loss })
    }

    /// How many samples are put into their class by the logits.
    pub fn correct(&mut self, network: &Network, labels: &Labels<T>) -> usize {
        let logits = logits(&self.values, &self.course, network);
        let mut right = 0;
        let each = |_, class, chosen| right += usize::from(class == chosen);
        self.set.run(Classify { network, logits, labels, outputs: &mut self.delta, each });
        right
    }

    /// Counts the samples by their class and the one that the logits put them into.
    pub fn count(&mut self, network: &Network, labels: &Labels<T>, tally: &mut Tally) {
        let logits = logits(&self.values, &self.course, network);
        let outputs = network.outputs();
        let each = |sample, class, chosen| {
            tally.add(class, chosen, score(outputs, |output| logits.at(output, sample)));
        };
        self.set.run(Classify { network, logits, labels, outputs: &mut self.delta, each });
    }

    /// Adds the squared errors of the outputs, one by one.
    pub fn squared_errors(&mut self, network: &Network, labels: &Labels<T>, sums: &mut [f64]) {
        let logits = logits(&self.values, &self.course, network);
        self.set.run(SquaredErrors { network, logits, labels, outputs: &mut self.delta, sums });
    }

    /// From the gradient with respect to the logits to that with respect to all parameters; `add` adds to what is
    /// there. That of layers that are frozen is left as it is. Where the watch is stopped on the way, what comes out means
    /// nothing.
    #[allow(clippy::too_many_arguments)]
    pub fn backward(
        &mut self,
        network: &Network,
        layers: &[Layer],
        parameters: &[T],
        first: &First<'_, T>,
        out: &mut [T::Block],
        add: bool,
        watch: &Watch,
    ) {
        if let Some(program) = network.program() {
            let Self { course, delta, .. } = self;
            let program = (program, layers);
            course.backward(program, parameters, first.inputs(), delta, out, false, watch, |_, _| {});
            return;
        }
        let Self { set, threads, frozen, values, slopes, dropout, masks, dropped, delta, next_delta, .. } = self;
        let is_masked = |layer: usize| dropout.as_ref().is_some_and(|dropout| dropout.touches(layer));
        for (l, layer) in layers.iter().enumerate().skip(*frozen).rev() {
            let blocks = delta.blocks();
            let before = match l {
                0 => first.inputs(),
                _ if is_masked(l - 1) => &dropped[l - 1],
                _ => &values[l - 1],
            };
            // Biases come behind their layer's weights.
            let (weights_out, biases_out) = numbers_mut::<T>(out).split_at_mut(layer.weights.end);
            let biases_out = &mut biases_out[..layer.biases.len()];
            if let (0, First::Gram { .. }) = (l, first) {
                // The gradient of the coefficients is `delta` itself.
                set.run(Gradients { d: delta.all(), a: &[], blocks, weights: &mut [], biases: biases_out, add });
                out[..delta.all().len()].copy_from_slice(delta.all());
                return;
            }
            let gradients = Gradients {
                d: delta.all(),
                a: before.all(),
                blocks,
                weights: &mut weights_out[layer.weights.start..],
                biases: biases_out,
                add,
            };
            share_while(*set, *threads, watch, gradients);
            if l > *frozen {
                next_delta.reshape_blocks(layer.fan_in, blocks);
                let weights = &parameters[layer.weights.clone()];
                let activation = learned(network.activations()[l - 1], &layers[l - 1], parameters);
                let backward = Backward {
                    weights: Weights { numbers: weights, stride: layer.fan_in, side: Side::Columns },
                    d: delta.all(),
                    blocks,
                    // Whose own gradient is that before its slopes.
                    activation: Some(activation).filter(|activation| !activation.is_learned()),
                    values: values[l - 1].all(),
                    slopes: slopes[l - 1].all(),
                    row: 0,
                    out: next_delta.all_mut(),
                };
                share_while(*set, *threads, watch, backward);
                if is_masked(l - 1) {
                    Dropout::mask_back(*set, &masks[l - 1], next_delta);
                }
                if let [gradient] = &mut numbers_mut::<T>(out)[layers[l - 1].slope.clone()] {
                    set.run(Learn {
                        activation,
                        z: slopes[l - 1].all(),
                        d: next_delta.all_mut(),
                        blocks,
                        gradient,
                        add,
                    });
                }
                std::mem::swap(delta, next_delta);
            }
        }
    }
}

impl<T: Real> Pass<T> {
    /// Looks for the last hidden layer whose units all have slope 0 at every sample of the pass (dead, or saturated to
    /// the last bit), and freezes the network up to it: no gradient comes through such a layer, so nothing before it
    /// changes, so it stays as it is. Zeroes the gradient of what is frozen. Exact, for whoever always trains with these
    /// samples by a rule that a gradient of 0 leaves standing.
    pub fn freeze(&mut self, network: &Network, layers: &[Layer], labels: &Labels<T>, gradient: &mut [T::Block]) {
        // A slope that is learned may come back from 0.
        let may_stay = |l: &usize| layers[l - 1].slope.is_empty();
        for l in (self.frozen + 1..layers.len()).rev().filter(may_stay) {
            let Self { set, values, slopes, next_delta, .. } = self;
            let layer = LetsNothingThrough {
                weights: labels.weights.all(),
                activation: network.activations()[l - 1],
                values: values[l - 1].all(),
                slopes: slopes[l - 1].all(),
                room: next_delta,
            };
            // A gradient that overflowed on its way is not 0 behind the slope of 0 either.
            let before = &mut numbers_mut::<T>(gradient)[..layers[l].weights.start];
            if set.run(layer) && before.iter().all(|&g| g == T::default()) {
                before.fill(T::default());
                self.frozen = l;
                return;
            }
        }
    }
}

/// Whether a layer has slope 0 everywhere, but for lanes beyond the last sample.
struct LetsNothingThrough<'a, T: Real> {
    /// Of the samples.
    weights: &'a [T::Block],
    activation: Activation,
    values: &'a [T::Block],
    slopes: &'a [T::Block],
    room: &'a mut SampleMatrix<T>,
}

impl<T: Real> Kernel for LetsNothingThrough<'_, T> {
    type Output = bool;

    #[inline(always)]
    fn run<I: Isa>(self) -> bool {
        let Self { weights, activation, values, slopes, room } = self;
        let blocks = weights.len();
        let zero = T::V::<I>::splat(T::default());
        let one = T::V::<I>::splat(T::from_f64(1.0));
        room.reshape_blocks(1, blocks);
        for (row, values) in values.chunks_exact(blocks).enumerate() {
            let slopes = if slopes.is_empty() { slopes } else { &slopes[row * blocks..(row + 1) * blocks] };
            let room = room.all_mut();
            for (to, weight) in room.iter_mut().zip(weights) {
                T::V::<I>::select(zero.lt(T::V::<I>::load(weight)), one, zero).store(to);
            }
            activation.backward::<T, I>(room, values, slopes);
            for slope in room.iter() {
                if T::V::<I>::any(zero.lt(T::V::<I>::load(slope).abs())) {
                    return false;
                }
            }
        }
        true
    }
}

/// What comes out at the end, wherever the network leaves it.
fn logits<'a, T: Real>(values: &'a [SampleMatrix<T>], course: &'a Course<T>, network: &Network) -> &'a SampleMatrix<T> {
    if network.is_dense_chain() { &values[network.widths().len() - 2] } else { course.logits() }
}

/// The activation of a layer, with the slope that it has learned.
fn learned<T: Real>(activation: Activation, layer: &Layer, parameters: &[T]) -> Activation {
    activation.with_slope(parameters[layer.slope.clone()].first().map(|slope| slope.to_f64()))
}

/// The gradient of the slope that a layer learns, and then the layer's gradient backward through its activation.
struct Learn<'a, T: Real> {
    activation: Activation,
    /// Pre-activations.
    z: &'a [T::Block],
    /// Gradients with respect to the activations, which become those with respect to the pre-activations.
    d: &'a mut [T::Block],
    blocks: usize,
    gradient: &'a mut T,
    add: bool,
}

impl<T: Real> Kernel for Learn<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self) {
        let zero = T::V::<I>::splat(T::default());
        let mut of_layer = T::default();
        let rows = self.z.chunks_exact(self.blocks.max(1)).zip(self.d.chunks_exact(self.blocks.max(1)));
        for (z, d) in rows {
            let mut sum = zero;
            for (z, d) in z.iter().zip(d) {
                sum = zero.min(T::V::<I>::load(z)).mul_add(T::V::<I>::load(d), sum);
            }
            of_layer = of_layer + sum.sum();
        }
        *self.gradient = if self.add { *self.gradient + of_layer } else { of_layer };
        self.activation.backward::<T, I>(self.d, &[], self.z);
    }
}
