//! One run at a time, in memory that is used again for the next.

#![allow(clippy::inline_always)]

use super::matrix::{Batch, Examples, SampleMatrix};
use super::output::{correct, loss_and_delta};
use super::product::{Base, Side, Weights, gradient, product, row_sums};
use super::share::{Rows, share};
use super::{Figures, Problem, Record, Run, Status, Training, Watch};
use crate::activation::Activation;
use crate::init::Start;
use crate::network::{Layer, Network, Parameters};
use crate::optimizer::{Memory, Optimizer, Update};
use crate::rng::Stream;
use crate::simd::{InstructionSet, Isa, Kernel, Real, numbers, numbers_mut};

/// Multiply-adds between two reports to the [`Watch`], about: often enough for people, too rare to be felt.
const TELL_EVERY: usize = 10_000_000;

/// How often a thread looks for work before it sleeps: longer than the parts of a step that are not shared, since waking
/// it takes longer than most products.
const IDLE_SPINS: usize = 20_000;

/// Samples that pass through the network together: what they leave behind stays in the second-level cache where the
/// layers are not wide. A batch's sums are those of its chunks, one after the other.
pub fn chunk<T: Real>() -> usize {
    48 * T::LANES
}

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
pub struct Worker<'p, T: Real> {
    problem: &'p Problem<T>,
    /// The layers as they are trained: the first one's weights are `C` where the Gram matrix is used.
    layers: Vec<Layer>,
    weights: Vec<T::Block>,
    gradient: Vec<T::Block>,
    memory: Memory<T>,
    /// `W0 X`, where the Gram matrix is used.
    base: SampleMatrix<T>,
    pass: Pass<T>,
    /// A chunk of a minibatch, or of samples to look at.
    batch: Batch<T>,
    /// The threads of a run, if there are several.
    pool: Option<micropool::ThreadPool>,
}

/// What a pass through the network leaves behind, layer by layer.
#[derive(Debug)]
struct Pass<T: Real> {
    set: InstructionSet,
    /// How many threads may work on it.
    threads: usize,
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
            weights: vec![T::ZEROS; blocks],
            gradient: vec![T::ZEROS; blocks],
            memory: Memory::new(problem.training.optimizer, blocks),
            base: empty(),
            pass: Pass {
                set,
                threads: 1,
                values: layers.iter().map(|_| empty()).collect(),
                slopes: layers.iter().map(|_| empty()).collect(),
                delta: empty(),
                next_delta: empty(),
            },
            batch: Batch::default(),
            pool: None,
            layers,
        }
    }

    /// Lets each run use so many threads, where its products are large enough to gain by it. Results do not depend on
    /// it.
    #[must_use]
    pub fn with_threads(mut self, threads: usize) -> Self {
        self.pool = (threads > 1).then(|| {
            // The thread that runs is one of them.
            let others = micropool::ThreadPoolBuilder::default().num_threads(threads - 1);
            others.idle_spin_cycles(IDLE_SPINS).build()
        });
        self.pass.threads = threads.max(1);
        self
    }

    /// Trains from a start to the end, to divergence, or until told to stop.
    pub fn run(&mut self, start: Start, watch: &Watch) -> Run {
        let Some(pool) = self.pool.take() else {
            return self.train(start, watch);
        };
        let run = pool.install(|| self.train(start, watch));
        self.pool = Some(pool);
        run
    }

    fn train(&mut self, start: Start, watch: &Watch) -> Run {
        let problem = self.problem;
        let training = &problem.training;
        let first: Vec<T> = start.parameters.flat().map(T::from_f64).collect();
        self.begin(&first);
        let mut order = Order::new(&problem.train, training, start.stream);
        let mut trace = Vec::with_capacity(training.steps.div_ceil(training.record_every));
        let mut status = Status::Finished;
        let mut steps = 0;
        let mut unseen = 0;
        let samples = training.batch.unwrap_or(problem.train.count());
        let tell_every = (TELL_EVERY / problem.network.parameter_count().saturating_mul(samples)) as u64;
        for step in 0..training.steps {
            if watch.is_stopped() {
                status = Status::Stopped { step };
                break;
            }
            if unseen > tell_every {
                watch.add(unseen);
                unseen = 0;
            }
            let record = step % training.record_every == 0;
            let lr = training.schedule.rate(training.lr, step, training.steps);
            let loss = self.step(order.next(), lr, record).to_f64();
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
        let train = self.look(&problem.train, &problem.full);
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
            test: problem.test.as_ref().map(|test| self.look(test, &[])),
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
        let Some(full) = self.problem.full.first().filter(|_| self.problem.gram.is_some()) else {
            numbers_mut::<T>(&mut self.weights)[..first.len()].copy_from_slice(first);
            return;
        };
        let own = self.own_weights();
        let rest = &first[own..];
        let behind = self.layers[0].weights.end;
        numbers_mut::<T>(&mut self.weights)[behind..behind + rest.len()].copy_from_slice(rest);
        self.base.reshape(self.layers[0].fan_out, full.count);
        self.pass.set.run(Project { weights: &first[..own], inputs: &full.x, out: &mut self.base });
    }

    /// Leaves the network's own parameters in `weights`: `W = W0 + C X^T` where the Gram matrix was used.
    fn end(&mut self, mut first: Vec<T>) {
        let Some(full) = self.problem.full.first().filter(|_| self.problem.gram.is_some()) else {
            return;
        };
        let own = self.own_weights();
        let coefficients = &self.weights[..self.layers[0].weights.end / T::LANES];
        self.pass.set.run(Recover { coefficients, inputs: &full.x, weights: &mut first[..own] });
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

    /// One update of the parameters, by a minibatch or by all samples. Returns the loss before it.
    fn step(&mut self, samples: Option<&[usize]>, lr: f64, want_loss: bool) -> T {
        let Self { problem, layers, weights, gradient, memory, base, pass, batch, .. } = self;
        let network = &problem.network;
        let chunks = samples.map_or(problem.full.len(), |samples| samples.len().div_ceil(chunk::<T>()));
        let mut loss = T::default();
        for c in 0..chunks {
            let batch = match samples {
                Some(samples) => {
                    let from = c * chunk::<T>();
                    let to = samples.len().min(from + chunk::<T>());
                    problem.train.gather(pass.set, pass.threads, &samples[from..to], samples.len(), batch);
                    &*batch
                }
                None => &problem.full[c],
            };
            let first = match &problem.gram {
                Some(gram) => First::Gram { gram, base },
                None => First::Features(&batch.x),
            };
            pass.forward(network, layers, numbers::<T>(weights), &first, batch.count);
            loss = loss + pass.output(network, batch, want_loss);
            // The parameters of a run that diverged stay as they were before the step that showed it.
            if !loss.to_f64().is_finite() {
                return loss;
            }
            pass.backward(network, layers, numbers::<T>(weights), &first, gradient, c > 0);
        }
        share(pass.set, pass.threads, memory.update(problem.training.optimizer, lr, weights, gradient));
        loss
    }

    /// Loss and accuracy on a set of samples, with the parameters that [`Worker::end`] left. `full` has all of them in
    /// chunks, or is empty.
    fn look(&mut self, examples: &Examples<T>, full: &[Batch<T>]) -> Figures {
        let Self { problem, weights, pass, batch, .. } = self;
        let network = &problem.network;
        let layers: Vec<Layer> = network.layers().collect();
        let (mut loss, mut right) = (0.0, 0);
        let (set, threads) = (pass.set, pass.threads);
        let mut see = |batch: &Batch<T>| {
            pass.forward(network, &layers, numbers::<T>(weights), &First::Features(&batch.x), batch.count);
            loss += pass.output(network, batch, true).to_f64();
            if problem.classify {
                let Pass { set, values, delta, .. } = &mut *pass;
                let logits = &values[values.len() - 1];
                right += set.run(Correct { network, logits, batch, outputs: delta });
            }
        };
        full.iter().for_each(&mut see);
        if full.is_empty() {
            for samples in (0..examples.count()).collect::<Vec<_>>().chunks(chunk::<T>()) {
                examples.gather(set, threads, samples, examples.count(), batch);
                see(batch);
            }
        }
        let accuracy = (problem.classify && loss.is_finite()).then(|| right as f64 / examples.count() as f64);
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
        let weights = Weights { numbers: self.weights, stride: features, side: Side::Rows };
        product::<T, I>(weights, Base::Zero, &self.inputs.data, blocks, 0, &mut self.out.data);
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
    fn inputs(&self) -> &SampleMatrix<T> {
        match self {
            Self::Features(x) => x,
            Self::Gram { gram, .. } => gram,
        }
    }
}

impl<T: Real> Pass<T> {
    /// From the inputs to the logits.
    fn forward(&mut self, network: &Network, layers: &[Layer], parameters: &[T], first: &First<'_, T>, samples: usize) {
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
            let activation = network.activations().get(l).copied();
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
                a: &inputs.data,
                blocks: out.blocks,
                activation,
                row: 0,
                out: &mut out.data,
                slopes: &mut slopes.data,
            };
            share(self.set, self.threads, forward);
        }
    }

    /// The loss, and its gradient with respect to the logits into `delta`.
    fn output(&mut self, network: &Network, batch: &Batch<T>, want_loss: bool) -> T {
        let logits = &self.values[self.values.len() - 1];
        self.delta.reshape(network.outputs(), batch.count);
        self.set.run(Output { network, logits, batch, delta: &mut self.delta.data, want_loss })
    }

    /// From the gradient with respect to the logits to that with respect to all parameters; `add` adds to what is
    /// there.
    fn backward(
        &mut self,
        network: &Network,
        layers: &[Layer],
        parameters: &[T],
        first: &First<'_, T>,
        out: &mut [T::Block],
        add: bool,
    ) {
        let Self { set, threads, values, slopes, delta, next_delta } = self;
        for (l, layer) in layers.iter().enumerate().rev() {
            let blocks = delta.blocks;
            let before = if l == 0 { first.inputs() } else { &values[l - 1] };
            // Biases come behind their layer's weights.
            let (weights_out, biases_out) = numbers_mut::<T>(out).split_at_mut(layer.weights.end);
            let biases_out = &mut biases_out[..layer.biases.len()];
            if let (0, First::Gram { .. }) = (l, first) {
                // The gradient of the coefficients is `delta` itself.
                set.run(Gradients { d: &delta.data, a: &[], blocks, weights: &mut [], biases: biases_out, add });
                out[..delta.data.len()].copy_from_slice(&delta.data);
                return;
            }
            let gradients = Gradients {
                d: &delta.data,
                a: &before.data,
                blocks,
                weights: &mut weights_out[layer.weights.start..],
                biases: biases_out,
                add,
            };
            share(*set, *threads, gradients);
            if l > 0 {
                next_delta.data.resize(layer.fan_in * blocks, T::ZEROS);
                next_delta.blocks = blocks;
                let weights = &parameters[layer.weights.clone()];
                let backward = Backward {
                    weights: Weights { numbers: weights, stride: layer.fan_in, side: Side::Columns },
                    d: &delta.data,
                    blocks,
                    activation: network.activations()[l - 1],
                    values: &before.data,
                    slopes: &slopes[l - 1].data,
                    row: 0,
                    out: &mut next_delta.data,
                };
                share(*set, *threads, backward);
                std::mem::swap(delta, next_delta);
            }
        }
    }
}

/// Some units of a layer: weights times inputs, and their activation.
struct Forward<'a, T: Real> {
    weights: Weights<'a, T>,
    base: Base<'a, T>,
    a: &'a [T::Block],
    blocks: usize,
    activation: Option<Activation>,
    /// The first of these units.
    row: usize,
    out: &'a mut [T::Block],
    slopes: &'a mut [T::Block],
}

impl<T: Real> Kernel for Forward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self) {
        product::<T, I>(self.weights, self.base, self.a, self.blocks, self.row, self.out);
        if let Some(activation) = self.activation {
            activation.forward::<T, I>(self.out, self.slopes);
        }
    }
}

impl<T: Real> Rows for Forward<'_, T> {
    fn rows(&self) -> usize {
        self.out.len() / self.blocks
    }

    fn work(&self) -> usize {
        self.out.len() * (self.a.len() / self.blocks)
    }

    fn split(self, row: usize) -> (Self, Self) {
        let at = row * self.blocks;
        let (out, slopes) = (self.out.split_at_mut(at), self.slopes.split_at_mut(at.min(self.slopes.len())));
        (
            Self { out: out.0, slopes: slopes.0, ..self },
            Self { out: out.1, slopes: slopes.1, row: self.row + row, ..self },
        )
    }
}

/// Backward through a layer to some units of the one before: weights times gradients, and the slope of the activation.
struct Backward<'a, T: Real> {
    weights: Weights<'a, T>,
    d: &'a [T::Block],
    blocks: usize,
    activation: Activation,
    values: &'a [T::Block],
    slopes: &'a [T::Block],
    /// The first of these units.
    row: usize,
    out: &'a mut [T::Block],
}

impl<T: Real> Kernel for Backward<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self) {
        product::<T, I>(self.weights, Base::Zero, self.d, self.blocks, self.row, self.out);
        self.activation.backward::<T, I>(self.out, self.values, self.slopes);
    }
}

impl<T: Real> Rows for Backward<'_, T> {
    fn rows(&self) -> usize {
        self.out.len() / self.blocks
    }

    fn work(&self) -> usize {
        self.out.len() * (self.d.len() / self.blocks)
    }

    fn split(self, row: usize) -> (Self, Self) {
        let at = row * self.blocks;
        let (out, values) = (self.out.split_at_mut(at), self.values.split_at(at));
        let slopes = self.slopes.split_at(at.min(self.slopes.len()));
        let part = |out, values, slopes, row| Self { values, slopes, row, out, ..self };
        (part(out.0, values.0, slopes.0, self.row), part(out.1, values.1, slopes.1, self.row + row))
    }
}

/// The gradients of the weights and biases of some units.
struct Gradients<'a, T: Real> {
    d: &'a [T::Block],
    a: &'a [T::Block],
    blocks: usize,
    weights: &'a mut [T],
    biases: &'a mut [T],
    add: bool,
}

impl<T: Real> Kernel for Gradients<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self) {
        row_sums::<T, I>(self.d, self.blocks, self.biases, self.add);
        gradient::<T, I>(self.d, self.a, self.blocks, self.weights, self.add);
    }
}

impl<T: Real> Rows for Gradients<'_, T> {
    fn rows(&self) -> usize {
        self.d.len() / self.blocks
    }

    fn work(&self) -> usize {
        self.d.len() * (self.a.len() / self.blocks)
    }

    fn split(self, row: usize) -> (Self, Self) {
        let d = self.d.split_at(row * self.blocks);
        let weights = self.weights.split_at_mut(row * (self.a.len() / self.blocks));
        let biases = self.biases.split_at_mut(row.min(self.biases.len()));
        (
            Self { d: d.0, weights: weights.0, biases: biases.0, ..self },
            Self { d: d.1, weights: weights.1, biases: biases.1, ..self },
        )
    }
}

impl<T: Real> Rows for Update<'_, T> {
    fn rows(&self) -> usize {
        self.weights.len()
    }

    fn work(&self) -> usize {
        // Limited by memory.
        self.weights.len() * 4
    }

    fn split(self, row: usize) -> (Self, Self) {
        Update::split(self, row)
    }
}

/// The loss of a batch, and its gradient with respect to the logits.
struct Output<'a, T: Real> {
    network: &'a Network,
    logits: &'a SampleMatrix<T>,
    batch: &'a Batch<T>,
    delta: &'a mut [T::Block],
    want_loss: bool,
}

impl<T: Real> Kernel for Output<'_, T> {
    type Output = T;

    #[inline(always)]
    fn run<I: Isa>(self) -> T {
        loss_and_delta::<T, I>(self.network, self.logits, self.batch, self.delta, self.want_loss)
    }
}

/// How many samples of a batch are put into their class.
struct Correct<'a, T: Real> {
    network: &'a Network,
    logits: &'a SampleMatrix<T>,
    batch: &'a Batch<T>,
    outputs: &'a mut SampleMatrix<T>,
}

impl<T: Real> Kernel for Correct<'_, T> {
    type Output = usize;

    #[inline(always)]
    fn run<I: Isa>(self) -> usize {
        correct::<T, I>(self.network, self.logits, self.batch, self.outputs)
    }
}
