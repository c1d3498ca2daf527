//! One run at a time, in memory that is used again for the next.

use super::classes::Tally;
use super::data::Labels;
use super::dropout::Dropout;
use super::matrix::SampleMatrix;
use super::order::Order;
use super::pass::{First, Pass};
use super::product::{Base, Multiply, Outer, Side, Weights};
use super::share::{Pool, share, share_while, worth};
use super::{Figures, NOBODY, OutputErrors, Problem, Record, Run, Set, Status, Watch};
use crate::init::Start;
use crate::network::{Layer, Loss, Parameters};
use crate::optimizer::{Memory, Regular};
use crate::simd::{InstructionSet, Real, numbers, numbers_mut};

/// Multiply-adds between two reports to the [`Watch`], about: often enough for people, too rare to be felt.
const TELL_EVERY: usize = 10_000_000;

/// Multiply-adds of a look at the samples that a run still takes when it was told to stop: a moment's work.
const MOMENT: usize = 1 << 30;

/// Records that there is room for at first; where there are more, room grows with them.
const RECORDS: usize = 1 << 12;

/// Samples that are looked at on the way, about.
const LOOKED_AT: usize = 1000;

/// Steps between two looks for layers that can no longer change.
const FREEZE_EVERY: usize = 32;

/// Samples that pass through the network together: what they leave behind stays in the second-level cache where the
/// layers are not wide. A batch's sums are those of its chunks, one after the other.
pub fn chunk<T: Real>() -> usize {
    48 * T::LANES
}

/// Memory for runs, one at a time, of whatever problem.
///
/// It grows to what the largest problem wants: parameters, gradient and moments, and what one chunk of samples leaves
/// behind in every layer.
#[derive(Debug)]
pub struct Worker<T: Real> {
    weights: Vec<T::Block>,
    gradient: Vec<T::Block>,
    /// Of the learning rate, one for each parameter; empty where all are 1.
    factors: Vec<T::Block>,
    /// 1 for parameters that decay, 0 for the others; empty where none does.
    decays: Vec<T::Block>,
    memory: Memory<T>,
    /// `W0 X`, where the Gram matrix is used, of the training samples and of those that accuracy is judged on.
    base: SampleMatrix<T>,
    judged_base: SampleMatrix<T>,
    pass: Pass<T>,
    /// A chunk of a minibatch, or of samples to look at.
    x: SampleMatrix<T>,
    labels: Labels<T>,
    /// Mean squared errors of the outputs at the last look; empty where they are not asked for.
    errors: Vec<f64>,
    tally: Tally,
    /// How many threads a run may use.
    threads: usize,
    /// Those of the last run, if there were several.
    pool: Option<Pool>,
}

/// A number that networks are trained in: `f64` or `f32`.
///
/// The kernels are compiled where this is implemented, once, and not again in every crate that trains.
pub trait Number: Real {
    /// See [`Worker::go_on`].
    #[doc(hidden)]
    fn go_on(
        worker: &mut Worker<Self>,
        problem: &Problem<Self>,
        from: Checkpoint<Self>,
        until: usize,
        watch: &Watch,
    ) -> (Run, Option<Checkpoint<Self>>);
}

macro_rules! numbers_to_train_in {
    ($($t:ty),*) => {
        $(impl Number for $t {
            fn go_on(
                worker: &mut Worker<Self>,
                problem: &Problem<Self>,
                from: Checkpoint<Self>,
                until: usize,
                watch: &Watch,
            ) -> (Run, Option<Checkpoint<Self>>) {
                worker.go_on_here(problem, from, until, watch)
            }
        })*
    };
}

numbers_to_train_in!(f64, f32);

impl<T: Number> Worker<T> {
    /// Trains from a start to the end, to divergence, or until told to stop.
    pub fn run(&mut self, problem: &Problem<T>, start: Start, watch: &Watch) -> Run {
        let from = Checkpoint::new(problem, start);
        self.go_on(problem, from, problem.training.steps, watch).0
    }

    /// Trains from where a training stands until so many of its steps are done, and says how it is then; from where it stands there
    /// it can go on: not if it is at its end, diverged, or was told to stop. However often it pauses, it ends in the same bits.
    ///
    /// # Panics
    /// If the checkpoint is one of another problem, which has more parameters or samples.
    pub fn go_on(
        &mut self,
        problem: &Problem<T>,
        from: Checkpoint<T>,
        until: usize,
        watch: &Watch,
    ) -> (Run, Option<Checkpoint<T>>) {
        T::go_on(self, problem, from, until, watch)
    }
}

/// Where a training stands: at its start, or after some of its steps.
pub struct Checkpoint<T: Real> {
    /// The parameters that it started from.
    first: Vec<T>,
    /// Those that it has now, and what the optimizer remembers; nothing before the first step.
    weights: Vec<T::Block>,
    memory: Memory<T>,
    order: Order,
    /// What dropout draws with.
    seed: u64,
    step: usize,
    best: Best<T>,
    reached: Option<usize>,
    trace: Vec<Record>,
    looks: Vec<Record>,
}

/// The lowest loss that early stopping has seen.
#[derive(Clone)]
struct Best<T: Real> {
    /// None before the first look.
    record: Option<Record>,
    /// The parameters there.
    weights: Vec<T::Block>,
    /// Looks since then.
    worse: usize,
}

impl<T: Real> Default for Best<T> {
    fn default() -> Self {
        Self { record: None, weights: Vec::new(), worse: 0 }
    }
}

impl<T: Real> Best<T> {
    /// Takes note of a loss. Whether the training should go on.
    fn see(&mut self, record: Record, weights: &[T::Block], patience: usize) -> bool {
        if self.record.is_none_or(|best| record.loss < best.loss) {
            (self.record, self.worse) = (Some(record), 0);
            self.weights.clear();
            self.weights.extend_from_slice(weights);
        } else {
            self.worse += 1;
        }
        self.worse < patience
    }
}

impl<T: Real> std::fmt::Debug for Checkpoint<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Checkpoint").field("step", &self.step).finish_non_exhaustive()
    }
}

impl<T: Real> Checkpoint<T> {
    /// A training that begins.
    pub fn new(problem: &Problem<T>, start: Start) -> Self {
        Self {
            first: start.parameters.flat().map(T::from_f64).collect(),
            weights: Vec::new(),
            memory: Memory::default(),
            order: Order::new(problem.data.train.count, &problem.training, start.stream),
            seed: start.seed,
            step: 0,
            best: Best::default(),
            reached: None,
            trace: Vec::new(),
            looks: Vec::new(),
        }
    }

    /// Bytes that one of a problem takes, about.
    pub fn bytes(problem: &Problem<T>) -> usize {
        let best = usize::from(problem.early_stopping().is_some());
        let numbers = problem.network.parameter_count() * (2 + best + problem.training.optimizer.moments());
        let samples = problem.training.batch.map_or(0, |_| problem.data.train.count);
        numbers * size_of::<T>() + samples * size_of::<usize>()
    }
}

impl<T: Real> Default for Worker<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Real> Worker<T> {
    /// Memory for runs on the fastest instruction set.
    pub fn new() -> Self {
        Self::on(InstructionSet::best())
    }

    /// Memory for runs on a given instruction set. Results do not depend on it.
    pub fn on(set: InstructionSet) -> Self {
        Self {
            weights: Vec::new(),
            gradient: Vec::new(),
            factors: Vec::new(),
            decays: Vec::new(),
            memory: Memory::default(),
            base: SampleMatrix::default(),
            judged_base: SampleMatrix::default(),
            pass: Pass::on(set),
            x: SampleMatrix::default(),
            labels: Labels::default(),
            errors: Vec::new(),
            tally: Tally::default(),
            threads: 1,
            pool: None,
        }
    }

    /// Lets each run use so many threads, where its products are large enough to gain by it. Results do not depend on
    /// it; neither do they on whether the system lets us have these threads.
    #[must_use]
    pub fn with_threads(mut self, threads: usize) -> Self {
        self.threads = threads;
        self
    }

    fn go_on_here(
        &mut self,
        problem: &Problem<T>,
        from: Checkpoint<T>,
        until: usize,
        watch: &Watch,
    ) -> (Run, Option<Checkpoint<T>>) {
        // Threads that find nothing to do cost something, too.
        let threads = self.threads.min(worth(problem.largest_product()));
        self.pass.threads = threads.max(1);
        let pool = self.pool.take().filter(|pool| pool.threads() == threads);
        let Some(pool) = pool.or_else(|| if threads > 1 { Pool::new(threads) } else { None }) else {
            return self.train(problem, from, until, watch);
        };
        let run = pool.awake(|| self.train(problem, from, until, watch));
        self.pool = Some(pool);
        run
    }

    fn train(
        &mut self,
        problem: &Problem<T>,
        from: Checkpoint<T>,
        until: usize,
        watch: &Watch,
    ) -> (Run, Option<Checkpoint<T>>) {
        let training = &problem.training;
        let count = problem.data.train.count;
        let until = until.min(training.steps);
        self.begin(problem, &from, watch);
        let Checkpoint { first, mut order, seed, step: mut steps, mut best, mut reached, mut trace, mut looks, .. } =
            from;
        trace.reserve(until.saturating_sub(steps).div_ceil(training.record_every).min(RECORDS));
        looks.reserve(problem.looks.len());
        let mut status = Status::Finished;
        let (mut unseen, mut is_over) = (0, false);
        let target = training.target.filter(|_| problem.looks_on_the_way());
        let look_every = problem.look_every();
        let samples = training.batch.unwrap_or(count);
        // Everything in one pass, and nothing but the gradient moves a parameter.
        let may_freeze = problem.full.len() == 1 && training.is_plain();
        let tell_every = (TELL_EVERY / problem.network.parameter_count().saturating_mul(samples)) as u64;
        let begun = steps;
        for step in begun..until {
            if watch.is_stopped() {
                status = Status::Stopped { step };
                break;
            }
            if unseen > tell_every {
                watch.add(unseen);
                unseen = 0;
            }
            if let Some(target) = target
                && reached.is_none()
                && step % look_every == 0
                && self.look_on_the_way(problem, watch) >= target
                && !watch.is_stopped()
            {
                reached = Some(step);
            }
            if problem.looks.binary_search(&step).is_ok() && !problem.by_gram {
                looks.push(Record { step, loss: self.look_aside(problem, watch) });
            }
            if step > 0 && self.has_worsened(problem, step, &mut best, watch) {
                is_over = true;
                break;
            }
            let record = step % training.record_every == 0;
            let lr = training.rate(step);
            let Some(loss) = self.step(problem, order.next(), (lr, step, seed), record, watch).map(T::to_f64) else {
                status = Status::Stopped { step };
                break;
            };
            if record || !loss.is_finite() {
                trace.push(Record { step, loss });
            }
            if !loss.is_finite() {
                status = Status::Diverged { step };
                break;
            }
            steps += 1;
            unseen += 1;
            if step % FREEZE_EVERY == 0 && may_freeze {
                self.pass.freeze(&problem.network, &problem.layers, &problem.full[0], &mut self.gradient);
            }
        }
        watch.add(unseen);
        self.pass.frozen = 0;
        let may_go_on = status == Status::Finished && steps < training.steps && !is_over;
        let mut next = may_go_on.then(|| Checkpoint {
            first: first.clone(),
            weights: self.weights.clone(),
            memory: std::mem::take(&mut self.memory),
            order,
            seed,
            step: steps,
            best: best.clone(),
            reached,
            trace: trace.clone(),
            looks: looks.clone(),
        });
        self.end(problem, first);
        if status == Status::Finished && !may_go_on {
            self.take_best(problem, &mut best, (steps, is_over), watch);
        }
        let samples = count + problem.data.test.as_ref().map_or(0, |test| test.count);
        let work = problem.network.parameter_count().saturating_mul(samples);
        // A last look is not for the watch that has been stopped to stop, but it is not long either.
        let watch = if work <= MOMENT { &NOBODY } else { watch };
        let train = self.look_closely(problem, problem.training_set(), watch);
        let mut errors = OutputErrors { train: std::mem::take(&mut self.errors), test: Vec::new() };
        match status {
            Status::Finished if watch.is_stopped() => status = Status::Stopped { step: steps },
            Status::Finished if !train.loss.is_finite() => {
                status = Status::Diverged { step: steps };
                trace.push(Record { step: steps, loss: train.loss });
            }
            _ => {}
        }
        next = next.filter(|_| status == Status::Finished);
        let test = problem.test_set().map(|test| self.look_closely(problem, test, watch));
        errors.test = std::mem::take(&mut self.errors);
        let accuracy = test.unwrap_or(train).accuracy;
        if target.is_some_and(|target| reached.is_none() && accuracy.is_some_and(|accuracy| accuracy >= target)) {
            reached = Some(steps);
        }
        let parameters = self.parameters(problem);
        (Run { status, steps, reached, trace, looks, best: best.record, train, test, errors, parameters }, next)
    }

    /// Ends a training with the parameters that early stopping found best, if it is asked for; `is_over` where it has ended it.
    fn take_best(&mut self, problem: &Problem<T>, best: &mut Best<T>, (step, is_over): (usize, bool), watch: &Watch) {
        let Some((rule, set)) = problem.early_stopping().filter(|_| !watch.is_stopped()) else { return };
        if !is_over {
            let loss = self.look(problem, set, EVERYTHING, watch).loss;
            best.see(Record { step, loss }, &self.weights, rule.patience);
        }
        // A loss that was never a number is told by what follows.
        if best.record.is_some_and(|best| best.loss.is_finite()) {
            self.weights.copy_from_slice(&best.weights);
        }
    }

    /// The network's own parameters, which [`Worker::end`] left.
    fn parameters(&self, problem: &Problem<T>) -> Parameters {
        let flat: Vec<f64> = numbers::<T>(&self.weights).iter().map(|w| w.to_f64()).collect();
        Parameters::from_flat(&problem.network, &flat)
    }

    /// Looks at the validation samples before a step, if it is time to, and tells whether early stopping ends the training.
    fn has_worsened(&mut self, problem: &Problem<T>, step: usize, best: &mut Best<T>, watch: &Watch) -> bool {
        let Some((rule, set)) = problem.early_stopping().filter(|(rule, _)| step.is_multiple_of(rule.every)) else {
            return false;
        };
        self.pass.frozen = 0;
        let loss = self.look(problem, set, EVERYTHING, watch).loss;
        !watch.is_stopped() && !best.see(Record { step, loss }, &self.weights, rule.patience)
    }

    /// The loss that training makes small, on some of its samples.
    fn look_aside(&mut self, problem: &Problem<T>, watch: &Watch) -> f64 {
        self.pass.frozen = 0;
        let (samples, _, weights) = problem.training_set();
        let every = samples.count.div_ceil(LOOKED_AT);
        let sample = Every { first: problem.looked_at % every, every };
        self.look(problem, (samples, problem.own_targets(), weights), sample, watch).loss
    }

    /// Puts the parameters, and what the optimizer remembers, where training wants them.
    fn begin(&mut self, problem: &Problem<T>, from: &Checkpoint<T>, watch: &Watch) {
        let first = &from.first[..];
        let layers = &problem.layers;
        let last = &layers[layers.len() - 1];
        let blocks = last.all().end.div_ceil(T::LANES);
        for numbers in [&mut self.weights, &mut self.gradient] {
            numbers.clear();
            numbers.resize(blocks, T::ZEROS);
        }
        self.factors.clear();
        if problem.training.lr_factors.iter().any(|factor| *factor != 1.0) {
            self.factors.resize(blocks, T::ZEROS);
            for (layer, factor) in layers.iter().zip(&problem.training.lr_factors) {
                numbers_mut::<T>(&mut self.factors)[layer.all()].fill(T::from_f64(*factor));
            }
        }
        self.decays.clear();
        let decay = problem.training.decay;
        if decay.rate > 0.0 {
            self.decays.resize(blocks, T::ZEROS);
            let decays = numbers_mut::<T>(&mut self.decays);
            for layer in layers {
                decays[layer.weights.clone()].fill(T::from_f64(1.0));
                if decay.biases {
                    decays[layer.all()].fill(T::from_f64(1.0));
                }
            }
        }
        self.pass.frozen = 0;
        self.memory.begin(problem.training.optimizer, blocks);
        if from.step > 0 {
            self.weights.copy_from_slice(&from.weights);
            self.memory.clone_from(&from.memory);
        }
        self.pass.fit(layers.len());
        if !problem.by_gram {
            if from.step == 0 {
                numbers_mut::<T>(&mut self.weights)[..first.len()].copy_from_slice(first);
            }
            return;
        }
        let (first_layer, rest) = first.split_at(own_weights(problem));
        let behind = layers[0].weights.end;
        if from.step == 0 {
            numbers_mut::<T>(&mut self.weights)[behind..behind + rest.len()].copy_from_slice(rest);
        }
        let weights = Weights { numbers: first_layer, stride: problem.network.inputs(), side: Side::Rows };
        let set = self.pass.set;
        let see = |x: &SampleMatrix<T>, base: &mut SampleMatrix<T>| {
            base.reshape_blocks(layers[0].fan_out, x.blocks());
            share_while(set, 1, watch, Multiply::new(weights, Base::Zero, x, base));
        };
        see(&problem.data.gram().x, &mut self.base);
        if problem.looks_on_the_way() {
            see(&problem.data.judged_gram().x, &mut self.judged_base);
        }
    }

    /// Leaves the network's own parameters in `weights`: `W = W0 + C X^T` where the Gram matrix was used.
    fn end(&mut self, problem: &Problem<T>, mut first: Vec<T>) {
        if !problem.by_gram {
            return;
        }
        let (first_layer, rest) = first.split_at_mut(own_weights(problem));
        let behind = problem.layers[0].weights.end;
        let coefficients = &self.weights[..behind / T::LANES];
        self.pass.set.run(Outer { d: coefficients, a: &problem.data.gram().x, out: first_layer, add: true });
        rest.copy_from_slice(&numbers::<T>(&self.weights)[behind..behind + rest.len()]);
        self.weights.clear();
        self.weights.resize(first.len().div_ceil(T::LANES), T::ZEROS);
        numbers_mut::<T>(&mut self.weights)[..first.len()].copy_from_slice(&first);
    }

    /// One update of the parameters, by a minibatch or by all samples. Returns the loss before it; none where it was told to
    /// stop on the way, and the parameters are as they were.
    fn step(
        &mut self,
        problem: &Problem<T>,
        samples: Option<&[usize]>,
        (lr, step, seed): (f64, usize, u64),
        want_loss: bool,
        watch: &Watch,
    ) -> Option<T> {
        let Self { weights, gradient, factors, decays, memory, base, pass, x, labels, .. } = self;
        let (network, training) = (&problem.network, &problem.training);
        pass.dropout = training.has_dropout().then(|| Dropout {
            shares: training.dropout.clone(),
            seed,
            step: step as u64,
            first: 0,
        });
        let parameters = numbers::<T>(weights);
        let (set, threads) = (pass.set, pass.threads);
        let mut loss = T::default();
        let mut chunk_of_step = |is_first: bool, x: &SampleMatrix<T>, labels: &Labels<T>| {
            let first = if problem.by_gram {
                First::Gram { gram: &problem.data.gram().products, base }
            } else {
                First::Features(x)
            };
            pass.forward(network, &problem.layers, parameters, &first, labels.count, watch);
            loss = loss + pass.output(network, labels, want_loss);
            // The parameters of a run that diverged stay as they were before the step that showed it.
            let is_finite = loss.to_f64().is_finite();
            if is_finite {
                pass.backward(network, &problem.layers, parameters, &first, gradient, !is_first, watch);
            }
            if let Some(dropout) = &mut pass.dropout {
                dropout.first += labels.count;
            }
            is_finite && !watch.is_stopped()
        };
        let is_done = match samples {
            None => problem.full().enumerate().all(|(c, (x, labels))| chunk_of_step(c == 0, x, labels)),
            Some(samples) => samples.chunks(chunk::<T>()).enumerate().all(|(c, of_chunk)| {
                problem.data.train.gather(set, threads, of_chunk, x);
                labels.gather(
                    problem.own_targets(),
                    &problem.train_weights,
                    network.outputs(),
                    of_chunk,
                    samples.len(),
                );
                chunk_of_step(c == 0, x, labels)
            }),
        };
        pass.dropout = None;
        if watch.is_stopped() {
            return None;
        }
        if is_done {
            if training.clip.is_some() || !decays.is_empty() {
                let regular: Regular<T> = Regular { clip: training.clip, decay: training.decay, lr, factors, decays };
                regular.apply(set, weights, gradient);
            }
            share(set, threads, memory.update(problem.training.optimizer, lr, factors, weights, gradient));
        }
        Some(loss)
    }

    /// The accuracy that is judged, during training; 0 where the loss is not finite.
    fn look_on_the_way(&mut self, problem: &Problem<T>, watch: &Watch) -> f64 {
        let set = problem.test_set().unwrap_or_else(|| problem.training_set());
        // Looking leaves its own activations behind: those of frozen layers have to be made anew.
        self.pass.frozen = 0;
        let figures = if problem.by_gram {
            self.look_by_gram(problem, set, watch)
        } else {
            self.look(problem, set, EVERYTHING, watch)
        };
        figures.accuracy.unwrap_or(0.0)
    }

    /// Loss and accuracy on the samples that are judged, with coefficients in the place of the first layer's weights:
    /// `W X' = W0 X' + C (X^T X')`, so that no feature is looked at.
    fn look_by_gram(&mut self, problem: &Problem<T>, (samples, targets, own): Set<T>, watch: &Watch) -> Figures {
        let Self { weights, pass, judged_base, labels, .. } = self;
        let network = &problem.network;
        labels.gather(targets, own, network.outputs(), &(0..samples.count).collect::<Vec<_>>(), samples.count);
        let first = First::Gram { gram: &problem.data.judged_gram().products, base: judged_base };
        pass.forward(network, &problem.layers, numbers::<T>(weights), &first, samples.count, watch);
        let loss = pass.output(network, labels, true).to_f64();
        Figures {
            loss,
            accuracy: loss.is_finite().then(|| pass.correct(network, labels) as f64 / samples.count as f64),
            classes: None,
        }
    }

    /// Loss and accuracy, and what more there is to say of classes.
    fn look_closely(&mut self, problem: &Problem<T>, set: Set<T>, watch: &Watch) -> Figures {
        let figures = self.look(problem, set, EVERYTHING, watch);
        let classes = figures.accuracy.and_then(|_| self.tally.figures());
        Figures { classes, ..figures }
    }

    /// Loss and accuracy on some samples of a set, with the parameters that [`Worker::end`] left; a loss of NaN where the watch is
    /// stopped before it is known. Leaves its classes counted, and the outputs' errors.
    fn look(&mut self, problem: &Problem<T>, (samples, targets, own): Set<T>, some: Every, watch: &Watch) -> Figures {
        let Self { weights, pass, x, labels, errors, tally, .. } = self;
        let network = &problem.network;
        let layers: Vec<Layer> = network.layers().collect();
        let nothing = Figures { loss: f64::NAN, accuracy: None, classes: None };
        errors.clear();
        // The loss of a single target is its squared error, where it is that.
        let is_new = network.outputs() > 1 || network.loss() != Loss::MeanSquaredError;
        if network.loss().is_of_numbers() && is_new && !samples.are_classified() {
            errors.resize(network.outputs(), 0.0);
        }
        let mut loss = 0.0;
        tally.clear();
        let everything: Vec<usize> = (some.first..samples.count).step_by(some.every).collect();
        for of_chunk in everything.chunks(chunk::<T>()) {
            if watch.is_stopped() {
                errors.clear();
                return nothing;
            }
            samples.gather(pass.set, pass.threads, of_chunk, x);
            labels.gather(targets, own, network.outputs(), of_chunk, everything.len());
            pass.forward(network, &layers, numbers::<T>(weights), &First::Features(x), labels.count, watch);
            loss += pass.output(network, labels, true).to_f64();
            if !errors.is_empty() {
                pass.squared_errors(network, labels, errors);
            }
            if samples.are_classified() {
                pass.count(network, labels, tally);
            }
        }
        if watch.is_stopped() {
            errors.clear();
            return nothing;
        }
        for sum in errors.iter_mut() {
            *sum /= everything.len() as f64;
        }
        let accuracy =
            (samples.are_classified() && loss.is_finite()).then(|| tally.right() as f64 / everything.len() as f64);
        Figures { loss, accuracy, classes: None }
    }
}

/// Every so manieth sample, from one on.
#[derive(Clone, Copy, Debug)]
struct Every {
    first: usize,
    every: usize,
}

const EVERYTHING: Every = Every { first: 0, every: 1 };

/// How many weights the network's first layer has.
fn own_weights<T: Real>(problem: &Problem<T>) -> usize {
    problem.network.inputs() * problem.layers[0].fan_out
}
