//! One run at a time, in memory that is used again for the next.

#![allow(clippy::inline_always)]

use super::matrix::{Batch, Examples, SampleMatrix};
use super::output::{correct, loss_and_delta};
use super::product::{Base, Side, gradient, product, row_sums};
use super::{Figures, Problem, Record, Run, Status, Training, Watch};
use crate::init::Start;
use crate::network::{Layer, Network, Parameters};
use crate::optimizer::{Memory, Optimizer};
use crate::rng::Stream;
use crate::simd::{InstructionSet, Isa, Kernel, Real, numbers, numbers_mut};

/// Steps between two looks at the [`Watch`].
const LOOK_EVERY: usize = 64;

/// Samples that are looked at together where the whole set is not in memory with samples along the lanes.
const CHUNK: usize = 1024;

/// Whether the first layer should be trained through the Gram matrix of the samples.
///
/// The gradient of the first layer's weights is a combination of the samples, `dW = D X^T`, and every rule that is
/// linear in the gradient keeps `W = W0 + C X^T`. So its pre-activations are `W X = W0 X + C G` with `G = X^T X`, and
/// `C` is trained in the place of `W`, by the same rule and with `D` for its gradient. That is the same training,
/// rounded differently, and needs no feature inside the loop: `2 n^2` operations per unit and step instead of `4 n d`.
/// (The representer theorem of Kimeldorf and Wahba 1971, applied to the path of gradient descent.)
pub fn gram_is_cheaper(network: &Network, training: &Training, samples: usize) -> bool {
    let linear = matches!(training.optimizer, Optimizer::Descent { .. });
    let features = network.inputs();
    // Below some features there is nothing to gain; W0 X and the way back to W have to be paid once per run as well.
    linear && training.batch.is_none() && features >= 64 && features >= samples && training.steps > 4
}

/// Memory for runs of one problem.
#[derive(Debug)]
pub struct Worker<'p, T: Real> {
    problem: &'p Problem<T>,
    set: InstructionSet,
    /// The layers as they are trained: the first one's weights are `C` where the Gram matrix is used.
    layers: Vec<Layer>,
    weights: Vec<T::Block>,
    gradient: Vec<T::Block>,
    memory: Memory<T>,
    /// `W0 X`, where the Gram matrix is used.
    base: SampleMatrix<T>,
    pass: Pass<T>,
    /// The minibatch, or a chunk of samples to look at.
    batch: Batch<T>,
}

/// What a pass through the network leaves behind, layer by layer.
#[derive(Debug)]
struct Pass<T: Real> {
    /// Activations of the hidden layers, then the logits.
    values: Vec<SampleMatrix<T>>,
    /// Slopes of the hidden layers whose activation keeps them.
    slopes: Vec<SampleMatrix<T>>,
    /// Gradients with respect to pre-activations, of one layer and of the one before.
    delta: SampleMatrix<T>,
    next_delta: SampleMatrix<T>,
}

impl<'p, T: Real> Worker<'p, T> {
    /// Memory for runs of a problem, on the fastest instruction set.
    pub fn new(problem: &'p Problem<T>) -> Self {
        Self::on(problem, InstructionSet::best())
    }

    /// Memory for runs of a problem, on a given instruction set. Results do not depend on it.
    pub fn on(problem: &'p Problem<T>, set: InstructionSet) -> Self {
        let network = &problem.network;
        let mut layers: Vec<Layer> = network.layers().collect();
        if let Some(gram) = &problem.gram {
            // One coefficient for every lane, so that rows of coefficients are rows of gradients.
            let lanes = gram.blocks * T::LANES;
            let shift = |at: usize, from: usize, to: usize| at - from + to;
            let (from, to) = (layers[0].weights.end, layers[0].fan_out * lanes);
            layers[0].fan_in = lanes;
            layers[0].weights.end = to;
            layers[0].biases = shift(layers[0].biases.start, from, to)..shift(layers[0].biases.end, from, to);
            for layer in &mut layers[1..] {
                layer.weights = shift(layer.weights.start, from, to)..shift(layer.weights.end, from, to);
                layer.biases = shift(layer.biases.start, from, to)..shift(layer.biases.end, from, to);
            }
        }
        let last = &layers[layers.len() - 1];
        let blocks = last.weights.end.max(last.biases.end).div_ceil(T::LANES);
        let empty = || SampleMatrix::zeros(0, 0);
        Self {
            problem,
            set,
            weights: vec![T::ZEROS; blocks],
            gradient: vec![T::ZEROS; blocks],
            memory: Memory::new(problem.training.optimizer, blocks),
            base: empty(),
            pass: Pass {
                values: layers.iter().map(|_| empty()).collect(),
                slopes: layers.iter().map(|_| empty()).collect(),
                delta: empty(),
                next_delta: empty(),
            },
            batch: Batch::default(),
            layers,
        }
    }

    /// Trains from a start to the end, to divergence, or until told to stop.
    pub fn run(&mut self, start: Start, watch: &Watch) -> Run {
        let problem = self.problem;
        let training = &problem.training;
        let first: Vec<T> = start.parameters.flat().map(T::from_f64).collect();
        self.begin(&first);
        let mut order = Order::new(&problem.train, training, start.stream);
        let mut trace = Vec::with_capacity(training.steps.div_ceil(training.record_every));
        let mut status = Status::Finished;
        let mut steps = 0;
        let mut unseen = 0;
        for step in 0..training.steps {
            if step % LOOK_EVERY == 0 {
                watch.add(unseen);
                unseen = 0;
                if watch.is_stopped() {
                    status = Status::Stopped { step };
                    break;
                }
            }
            if let Some(samples) = order.next() {
                problem.train.gather(samples, &mut self.batch);
            }
            let record = step % training.record_every == 0;
            let lr = training.schedule.rate(training.lr, step, training.steps);
            let loss = self.set.run(Step { worker: self, lr, want_loss: record });
            let loss = loss.to_f64();
            if record || !loss.is_finite() {
                trace.push(Record { step, loss });
            }
            if !loss.is_finite() {
                status = Status::Diverged { step };
                break;
            }
            steps += 1;
            unseen += 1;
        }
        watch.add(unseen);
        self.end(first);
        let train = self.look(&problem.train);
        if status == Status::Finished && !train.loss.is_finite() {
            status = Status::Diverged { step: steps };
            trace.push(Record { step: steps, loss: train.loss });
        }
        let parameters: Vec<f64> = numbers::<T>(&self.weights).iter().map(|w| w.to_f64()).collect();
        Run {
            status,
            steps,
            trace,
            train,
            test: problem.test.as_ref().map(|test| self.look(test)),
            parameters: Parameters::from_flat(&problem.network, &parameters),
        }
    }

    /// Puts the first parameters where training wants them.
    fn begin(&mut self, first: &[T]) {
        self.memory.reset();
        let layers = &self.layers;
        let blocks = layers[layers.len() - 1].weights.end.max(layers[layers.len() - 1].biases.end).div_ceil(T::LANES);
        self.weights.clear();
        self.weights.resize(blocks, T::ZEROS);
        let Some(full) = self.problem.full.as_ref().filter(|_| self.problem.gram.is_some()) else {
            numbers_mut::<T>(&mut self.weights)[..first.len()].copy_from_slice(first);
            return;
        };
        let own = self.own_weights();
        let rest = &first[own..];
        let behind = self.layers[0].weights.end;
        numbers_mut::<T>(&mut self.weights)[behind..behind + rest.len()].copy_from_slice(rest);
        self.base.reshape(self.layers[0].fan_out, full.count);
        self.set.run(Project { weights: &first[..own], inputs: &full.x, out: &mut self.base });
    }

    /// Leaves the network's own parameters in `weights`: `W = W0 + C X^T` where the Gram matrix was used.
    fn end(&mut self, mut first: Vec<T>) {
        let Some(full) = self.problem.full.as_ref().filter(|_| self.problem.gram.is_some()) else {
            return;
        };
        let own = self.own_weights();
        let coefficients = &self.weights[..self.layers[0].weights.end / T::LANES];
        self.set.run(Recover { coefficients, inputs: &full.x, weights: &mut first[..own] });
        let behind = self.layers[0].weights.end;
        let rest = first.len() - own;
        first[own..].copy_from_slice(&numbers::<T>(&self.weights)[behind..behind + rest]);
        self.weights.clear();
        self.weights.resize(first.len().div_ceil(T::LANES), T::ZEROS);
        numbers_mut::<T>(&mut self.weights)[..first.len()].copy_from_slice(&first);
    }

    /// How many weights the network's first layer has.
    fn own_weights(&self) -> usize {
        self.problem.network.inputs() * self.layers[0].fan_out
    }

    /// Loss and accuracy on a set of samples, with the parameters that [`Worker::end`] left.
    fn look(&mut self, examples: &Examples<T>) -> Figures {
        let (mut loss, mut right) = (0.0, 0);
        let everything: Vec<usize> = (0..examples.count()).collect();
        for samples in everything.chunks(CHUNK) {
            examples.gather(samples, &mut self.batch);
            let (mean, correct) = self.set.run(Look { worker: self });
            loss += mean.to_f64() * samples.len() as f64;
            right += correct;
        }
        let count = examples.count() as f64;
        let loss = loss / count;
        let accuracy = (self.problem.classify && loss.is_finite()).then(|| right as f64 / count);
        Figures { loss, accuracy }
    }
}

/// Which samples a step uses.
struct Order {
    /// The samples in the order of this epoch; empty where every step uses all.
    samples: Vec<usize>,
    at: usize,
    batch: usize,
    stream: Box<dyn Stream + Send>,
}

impl Order {
    fn new<T: Real>(train: &Examples<T>, training: &Training, stream: Box<dyn Stream + Send>) -> Self {
        let samples = if training.batch.is_some() { (0..train.count()).collect() } else { Vec::new() };
        Self { at: samples.len(), samples, batch: training.batch.unwrap_or(0), stream }
    }

    /// The next minibatch: every sample once per epoch, in an order drawn anew; the last one may be smaller.
    fn next(&mut self) -> Option<&[usize]> {
        if self.samples.is_empty() {
            return None;
        }
        if self.at >= self.samples.len() {
            // From the sorted order each time: the order of an epoch is a permutation drawn for it.
            self.samples.iter_mut().enumerate().for_each(|(i, sample)| *sample = i);
            self.stream.shuffle(&mut self.samples);
            self.at = 0;
        }
        let from = self.at;
        self.at = self.samples.len().min(from + self.batch);
        Some(&self.samples[from..self.at])
    }
}

/// One update of the parameters. Returns the loss before it.
struct Step<'a, 'p, T: Real> {
    worker: &'a mut Worker<'p, T>,
    lr: f64,
    want_loss: bool,
}

impl<T: Real> Kernel for Step<'_, '_, T> {
    type Output = T;

    #[inline(always)]
    fn run<I: Isa>(self) -> T {
        let Worker { problem, layers, weights, gradient, memory, base, pass, batch, .. } = self.worker;
        let batch = problem.full.as_ref().unwrap_or(batch);
        let first = match &problem.gram {
            Some(gram) => First::Gram { gram, base },
            None => First::Features(&batch.x),
        };
        pass.forward::<I>(&problem.network, layers, numbers::<T>(weights), &first, batch.count);
        let loss = pass.output::<I>(&problem.network, batch, self.want_loss);
        // The parameters of a run that diverged stay as they were before the step that showed it.
        if loss.to_f64().is_finite() {
            pass.backward::<I>(&problem.network, layers, numbers::<T>(weights), &first, gradient);
            memory.update::<I>(problem.training.optimizer, self.lr, weights, gradient);
        }
        loss
    }
}

/// Mean loss and number of right classes of the worker's batch.
struct Look<'a, 'p, T: Real> {
    worker: &'a mut Worker<'p, T>,
}

impl<T: Real> Kernel for Look<'_, '_, T> {
    type Output = (T, usize);

    #[inline(always)]
    fn run<I: Isa>(self) -> (T, usize) {
        let Worker { problem, weights, pass, batch, .. } = self.worker;
        let network = &problem.network;
        let layers: Vec<Layer> = network.layers().collect();
        pass.forward::<I>(network, &layers, numbers::<T>(weights), &First::Features(&batch.x), batch.count);
        let loss = pass.output::<I>(network, batch, true);
        let Pass { values, delta, .. } = pass;
        let right =
            if problem.classify { correct::<T, I>(network, &values[values.len() - 1], batch, delta) } else { 0 };
        (loss, right)
    }
}

/// `W0 X`
struct Project<'a, T: Real> {
    weights: &'a [T],
    inputs: &'a SampleMatrix<T>,
    out: &'a mut SampleMatrix<T>,
}

impl<T: Real> Kernel for Project<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self) {
        let blocks = self.inputs.blocks;
        let features = self.inputs.data.len() / blocks;
        let (x, out) = (&self.inputs.data, &mut self.out.data);
        product::<T, I>(self.weights, features, Side::Rows, Base::Zero, x, out, blocks);
    }
}

/// `W0 + C X^T`
struct Recover<'a, T: Real> {
    coefficients: &'a [T::Block],
    inputs: &'a SampleMatrix<T>,
    weights: &'a mut [T],
}

impl<T: Real> Kernel for Recover<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self) {
        gradient::<T, I>(self.coefficients, &self.inputs.data, self.inputs.blocks, self.weights, true);
    }
}

/// What the first layer sees.
enum First<'a, T: Real> {
    /// `features x samples`
    Features(&'a SampleMatrix<T>),
    /// The Gram matrix of the samples, and the pre-activations that the first weights gave.
    Gram { gram: &'a SampleMatrix<T>, base: &'a SampleMatrix<T> },
}

impl<T: Real> First<'_, T> {
    #[inline(always)]
    fn inputs(&self) -> &SampleMatrix<T> {
        match self {
            Self::Features(x) => x,
            Self::Gram { gram, .. } => gram,
        }
    }
}

impl<T: Real> Pass<T> {
    /// From the inputs to the logits.
    #[inline(always)]
    fn forward<I: Isa>(
        &mut self,
        network: &Network,
        layers: &[Layer],
        parameters: &[T],
        first: &First<'_, T>,
        samples: usize,
    ) {
        for (l, layer) in layers.iter().enumerate() {
            let (before, after) = self.values.split_at_mut(l);
            let out = &mut after[0];
            out.reshape(layer.fan_out, samples);
            let inputs = before.last().unwrap_or(first.inputs());
            let biases = &parameters[layer.biases.clone()];
            let base = match first {
                First::Gram { base, .. } if l == 0 => Base::Matrix(biases, base),
                _ if biases.is_empty() => Base::Zero,
                _ => Base::Rows(biases),
            };
            let weights = &parameters[layer.weights.clone()];
            product::<T, I>(weights, layer.fan_in, Side::Rows, base, &inputs.data, &mut out.data, out.blocks);
            if let Some(activation) = network.activations().get(l) {
                let slopes = &mut self.slopes[l];
                if activation.keeps_slope() {
                    slopes.reshape(layer.fan_out, samples);
                }
                activation.forward::<T, I>(&mut out.data, &mut slopes.data);
            }
        }
    }

    /// The loss, and its gradient with respect to the logits into `delta`.
    #[inline(always)]
    fn output<I: Isa>(&mut self, network: &Network, batch: &Batch<T>, want_loss: bool) -> T {
        let logits = &self.values[self.values.len() - 1];
        self.delta.reshape(network.outputs(), batch.count);
        loss_and_delta::<T, I>(network, logits, batch, &mut self.delta.data, want_loss)
    }

    /// From the gradient with respect to the logits to that with respect to all parameters.
    #[inline(always)]
    fn backward<I: Isa>(
        &mut self,
        network: &Network,
        layers: &[Layer],
        parameters: &[T],
        first: &First<'_, T>,
        out: &mut [T::Block],
    ) {
        for (l, layer) in layers.iter().enumerate().rev() {
            let Self { values, slopes, delta, next_delta } = self;
            let blocks = delta.blocks;
            row_sums::<T, I>(&delta.data, blocks, &mut numbers_mut::<T>(out)[layer.biases.clone()]);
            if let (0, First::Gram { .. }) = (l, first) {
                out[..delta.data.len()].copy_from_slice(&delta.data);
                return;
            }
            let before = if l == 0 { first.inputs() } else { &values[l - 1] };
            let weights = layer.weights.clone();
            gradient::<T, I>(&delta.data, &before.data, blocks, &mut numbers_mut::<T>(out)[weights.clone()], false);
            if l > 0 {
                next_delta.data.resize(layer.fan_in * blocks, T::ZEROS);
                next_delta.blocks = blocks;
                let (weights, stride) = (&parameters[weights], layer.fan_in);
                let (from, to) = (&delta.data, &mut next_delta.data);
                product::<T, I>(weights, stride, Side::Columns, Base::Zero, from, to, blocks);
                network.activations()[l - 1].backward::<T, I>(to, &before.data, &slopes[l - 1].data);
                std::mem::swap(delta, next_delta);
            }
        }
    }
}
