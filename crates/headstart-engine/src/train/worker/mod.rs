//! One run at a time, in memory that is used again for the next.

mod look;
mod parts;
mod weights;

use super::checkpoint::{Best, Checkpoint};
use super::classes::Tally;
use super::dropout::Dropout;
use super::errors::OutputErrors;
use super::gather::chunk;
use super::labels::Labels;
use super::pass::{First, Pass};
use super::problem::Problem;
use super::run::{Record, Run, Status};
use crate::init::Start;
use crate::matrix::SampleMatrix;
use crate::optimizer::{Memory, Regular};
use crate::share::{Pool, share, worth};
use crate::simd::{InstructionSet, Real, numbers, numbers_mut};
use crate::watch::{NOBODY, Watch};
use look::EVERYTHING;
use parts::Part;

/// Multiply-adds between two reports to the [`Watch`], about: often enough for people, too rare to be felt.
const TELL_EVERY: usize = 10_000_000;

/// Multiply-adds of a look at the samples that a run still takes when it was told to stop: a moment's work.
const MOMENT: usize = 1 << 30;

/// Records that there is room for at first; where there are more, room grows with them.
const RECORDS: usize = 1 << 12;

/// Steps between two looks for layers that can no longer change.
const FREEZE_EVERY: usize = 32;

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
    /// What threads do of a step of a network of blocks, each a part of the samples.
    parts: Vec<Part<T>>,
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

impl<T: Number> Problem<T> {
    /// Trains from a start. `watch` may be shared by many runs.
    pub fn run(&self, start: Start, watch: &Watch) -> Run {
        Worker::new().run(self, start, watch)
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
            parts: Vec::new(),
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
        let may_freeze = problem.full.len() == 1 && training.is_plain() && problem.network.is_dense_chain();
        let tell_every = (TELL_EVERY / problem.network.products().saturating_mul(samples)) as u64;
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
            let Some(loss) = self.step(problem, order.step(), (lr, step, seed), record, watch).map(T::to_f64) else {
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
        let work = problem.network.products().saturating_mul(samples);
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

    /// Looks at the validation samples before a step, if it is time to, and tells whether early stopping ends the training.
    fn has_worsened(&mut self, problem: &Problem<T>, step: usize, best: &mut Best<T>, watch: &Watch) -> bool {
        let Some((rule, set)) = problem.early_stopping().filter(|(rule, _)| step.is_multiple_of(rule.every)) else {
            return false;
        };
        self.pass.frozen = 0;
        let loss = self.look(problem, set, EVERYTHING, watch).loss;
        !watch.is_stopped() && !best.see(Record { step, loss }, &self.weights, rule.patience)
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
        if let Some(program) = problem.network.program() {
            let (loss, is_done) = self.step_by_parts(problem, samples, want_loss, watch)?;
            if is_done {
                self.update(problem, lr);
                if program.has_batch_norm() {
                    self.parts[0].pass.course.keep_running(program, numbers_mut::<T>(&mut self.weights));
                }
            }
            return Some(loss);
        }
        let Self { weights, gradient, base, pass, x, labels, .. } = self;
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
            self.update(problem, lr);
        }
        Some(loss)
    }

    /// Moves the parameters by the gradient.
    fn update(&mut self, problem: &Problem<T>, lr: f64) {
        let Self { weights, gradient, factors, decays, memory, pass, .. } = self;
        let (training, set) = (&problem.training, pass.set);
        if training.clip.is_some() || !decays.is_empty() {
            let regular: Regular<T> = Regular { clip: training.clip, decay: training.decay, lr, factors, decays };
            regular.apply(set, weights, gradient);
        }
        share(set, pass.threads, memory.update(training.optimizer, lr, factors, weights, gradient));
    }
}
