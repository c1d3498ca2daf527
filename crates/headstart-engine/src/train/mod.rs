//! Training: from first parameters to a trace and to figures.
//!
//! A [`Problem`] is what many runs share: network, training, samples. A [`Worker`] has the memory for one run at a time
//! and is used again for the next; [`population`] gives every core a worker.

mod matrix;
mod output;
pub mod population;
mod product;
mod share;
mod worker;

pub use matrix::Examples;
pub use worker::Worker;

use crate::init::Start;
use crate::network::{Loss, Network, Output, Parameters};
use crate::optimizer::{Optimizer, Schedule};
use crate::simd::{InstructionSet, Isa, Kernel, Real};
use matrix::{Batch, SampleMatrix};
use ndarray::ArrayView2;
use product::{Base, Side, Weights};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use thiserror::Error;

/// How a network is trained.
#[derive(Clone, Debug, PartialEq)]
pub struct Training {
    /// The update rule.
    pub optimizer: Optimizer,
    /// The learning rate, or its largest value where the schedule varies it.
    pub lr: f64,
    /// The learning rate over the steps.
    pub schedule: Schedule,
    /// Samples in a minibatch; all of them at every step if `None`.
    pub batch: Option<usize>,
    /// Updates of the parameters.
    pub steps: usize,
    /// The loss is recorded at step 0 and every so many steps.
    pub record_every: usize,
}

/// What the network should return for the samples.
#[derive(Clone, Copy, Debug)]
pub enum Targets<'a> {
    /// The class of each sample, from 0 on.
    Classes(&'a [usize]),
    /// `samples x outputs` numbers.
    Values(ArrayView2<'a, f64>),
}

impl Targets<'_> {
    fn len(&self) -> usize {
        match self {
            Self::Classes(classes) => classes.len(),
            Self::Values(values) => values.nrows(),
        }
    }
}

/// Why a problem cannot be set up.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum ProblemError {
    /// The network does not take the data's features.
    #[error("the network takes {network} inputs, the data has {data} features; set the first of --layers to {data}")]
    Features {
        /// Inputs of the network.
        network: usize,
        /// Features in the data.
        data: usize,
    },
    /// The network's outputs cannot stand for the targets.
    #[error("the network has {network} output(s), but {problem}")]
    Outputs {
        /// Outputs of the network.
        network: usize,
        /// What the data needs.
        problem: String,
    },
    /// Features and targets of different lengths.
    #[error("{features} samples have features, {targets} have targets; the numbers must be equal")]
    Lengths {
        /// Rows of the features.
        features: usize,
        /// Length of the targets.
        targets: usize,
    },
    /// No samples to train on.
    #[error("there are no samples to train on")]
    Empty,
    /// A number of the training that makes no sense.
    #[error("{0}")]
    Training(String),
}

/// A network, how to train it, and what on. All runs of a study share one.
#[derive(Debug)]
pub struct Problem<T: Real> {
    network: Network,
    training: Training,
    classify: bool,
    train: Examples<T>,
    test: Option<Examples<T>>,
    /// The whole training set in chunks, where every step uses it; otherwise empty.
    full: Vec<Batch<T>>,
    /// The inner products of all pairs of samples, where that is the cheaper way through the first layer.
    gram: Option<SampleMatrix<T>>,
}

impl<T: Real> Problem<T> {
    /// Sets up a problem: `train` and `test` are features (`samples x features`) with their targets. Numbers are
    /// rounded to `T`.
    ///
    /// # Errors
    /// If network, samples and targets do not fit, or a number of the training makes no sense.
    pub fn new(
        network: Network,
        training: Training,
        train: (ArrayView2<f64>, Targets),
        test: Option<(ArrayView2<f64>, Targets)>,
    ) -> Result<Self, ProblemError> {
        training.check()?;
        if train.0.nrows() == 0 {
            return Err(ProblemError::Empty);
        }
        let classify = matches!(train.1, Targets::Classes(_));
        let train = examples(&network, train)?;
        let test = test.filter(|test| test.0.nrows() > 0).map(|test| examples(&network, test)).transpose()?;
        let mut training = training;
        training.batch = training.batch.filter(|&batch| batch < train.count());
        let by_gram = worker::gram_is_cheaper(&network, &training, train.count());
        let mut full = Vec::new();
        if training.batch.is_none() {
            let everything: Vec<usize> = (0..train.count()).collect();
            for samples in everything.chunks(if by_gram { train.count() } else { worker::chunk::<T>() }) {
                let mut batch = Batch::default();
                train.gather(InstructionSet::best(), 1, samples, train.count(), &mut batch);
                full.push(batch);
            }
        }
        let gram = by_gram
            .then(|| InstructionSet::best().run(Gram { rows: train.x(), features: network.inputs(), batch: &full[0] }));
        Ok(Self { network, training, classify, train, test, full, gram })
    }

    /// The network.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// How it is trained; `batch` is `None` if it would not have been smaller than the training set.
    pub fn training(&self) -> &Training {
        &self.training
    }

    /// Trains from a start. `watch` may be shared by many runs.
    pub fn run(&self, start: Start, watch: &Watch) -> Run {
        Worker::new(self).run(start, watch)
    }
}

impl Training {
    fn check(&self) -> Result<(), ProblemError> {
        let wrong = |message: String| Err(ProblemError::Training(message));
        if !(self.lr > 0.0 && self.lr.is_finite()) {
            return wrong(format!("the learning rate must be a positive number, not {}", self.lr));
        }
        if self.steps == 0 {
            return wrong("at least 1 step is needed".to_owned());
        }
        if self.record_every == 0 {
            return wrong("the loss can be recorded every 1 steps or more, not every 0".to_owned());
        }
        if self.batch == Some(0) {
            return wrong("a batch needs at least 1 sample".to_owned());
        }
        let share = |name: &str, x: f64| match x {
            x if (0.0..1.0).contains(&x) => Ok(()),
            _ => wrong(format!("{name} must be at least 0 and below 1, not {x}")),
        };
        let epsilon = |x: f64| if x >= 0.0 { Ok(()) } else { wrong(format!("epsilon must not be negative, not {x}")) };
        match self.optimizer {
            Optimizer::Descent { momentum, .. } => share("momentum", momentum),
            Optimizer::Adam { beta1, beta2, epsilon: e } => {
                share("beta1", beta1).and(share("beta2", beta2)).and(epsilon(e))
            }
            Optimizer::RmsProp { decay, epsilon: e } => share("the decay of rmsprop", decay).and(epsilon(e)),
        }
    }
}

/// Features and targets in the form that the network and its loss compare with.
fn examples<T: Real>(network: &Network, (x, targets): (ArrayView2<f64>, Targets)) -> Result<Examples<T>, ProblemError> {
    let (count, features) = x.dim();
    if features != network.inputs() {
        return Err(ProblemError::Features { network: network.inputs(), data: features });
    }
    if targets.len() != count {
        return Err(ProblemError::Lengths { features: count, targets: targets.len() });
    }
    let outputs = network.outputs();
    let mismatch = |problem: String| Err(ProblemError::Outputs { network: outputs, problem });
    let values: Box<dyn Iterator<Item = f64>> = match targets {
        Targets::Classes(classes) => {
            let needed = classes.iter().max().map_or(0, |largest| largest + 1);
            if outputs == 1 && needed > 2 {
                return mismatch(format!("there are {needed} classes; use {needed} outputs"));
            }
            if outputs > 1 && needed > outputs {
                return mismatch(format!("there are {needed} classes; use at least that many outputs"));
            }
            // tanh reaches from -1 to 1, and its squared error wants targets there (LeCun et al. 1998).
            let signed = network.output() == Output::Tanh && network.loss() == Loss::MeanSquaredError;
            let (no, yes) = if signed { (-1.0, 1.0) } else { (0.0, 1.0) };
            let of = move |class: usize| {
                let hot = if outputs == 1 { 1 } else { class };
                (0..outputs).map(move |j| if class > 0 && outputs == 1 || outputs > 1 && j == hot { yes } else { no })
            };
            Box::new(classes.iter().flat_map(move |&class| of(class)))
        }
        Targets::Values(values) if values.ncols() != outputs => {
            return mismatch(format!("there are {} target(s) per sample", values.ncols()));
        }
        Targets::Values(values) => Box::new(values.into_iter().copied()),
    };
    Ok(Examples::new(x.iter().copied(), values, [count, features, outputs]))
}

/// The Gram matrix of a full batch, `samples x samples`.
struct Gram<'a, T: Real> {
    /// The samples one after the other.
    rows: &'a [T],
    features: usize,
    batch: &'a Batch<T>,
}

impl<T: Real> Kernel for Gram<'_, T> {
    type Output = SampleMatrix<T>;

    #[allow(clippy::inline_always)]
    #[inline(always)]
    fn run<I: Isa>(self) -> SampleMatrix<T> {
        let x = &self.batch.x;
        let mut gram = SampleMatrix::zeros(self.batch.count, self.batch.count);
        let weights = Weights { numbers: self.rows, stride: self.features, side: Side::Rows };
        product::product::<T, I>(weights, Base::Zero, &x.data, x.blocks, 0, &mut gram.data);
        gram
    }
}

/// Eyes and a hand on running work: how far it is, and a word to stop it.
#[derive(Debug, Default)]
pub struct Watch {
    steps: AtomicU64,
    stop: AtomicBool,
}

impl Watch {
    /// Steps done so far by all runs that share this watch, to within a hundredth of a second or so.
    pub fn steps(&self) -> u64 {
        self.steps.load(Ordering::Relaxed)
    }

    /// Ends all runs that share this watch before their next step; they report [`Status::Stopped`].
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Whether [`Watch::stop`] was called.
    pub fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    fn add(&self, steps: u64) {
        self.steps.fetch_add(steps, Ordering::Relaxed);
    }
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// All steps were done.
    Finished,
    /// The loss before the update of this step was not finite, and no more was done.
    Diverged {
        /// The step.
        step: usize,
    },
    /// It was told to stop before the update of this step.
    Stopped {
        /// The step.
        step: usize,
    },
}

/// One entry of a trace.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Record {
    /// The step, from 0.
    pub step: usize,
    /// The loss before the update of that step, on the samples that the step uses.
    pub loss: f64,
}

/// What a network makes of a set of samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figures {
    /// The mean loss.
    pub loss: f64,
    /// The share of samples put into their class; `None` where there are no classes.
    pub accuracy: Option<f64>,
}

/// One training from one start.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// How it ended.
    pub status: Status,
    /// Updates that were done.
    pub steps: usize,
    /// The loss along the way; where the run diverged, the last entry is not finite.
    pub trace: Vec<Record>,
    /// On the training set, after the last update.
    pub train: Figures,
    /// On the test set, after the last update.
    pub test: Option<Figures>,
    /// The parameters after the last update.
    pub parameters: Parameters,
}
