//! Training: from first parameters to a trace and to figures.
//!
//! A [`Problem`] is what the runs of one cell share: network, training, samples; problems on the same samples share
//! those. A [`Worker`] has the memory for one run at a time, of any problem, and is used again for the next;
//! [`population`] gives every core a worker.

mod classes;
pub(crate) mod data;
mod dropout;
mod errors;
mod gram;
pub(crate) mod matrix;
mod order;
mod output;
pub(crate) mod pass;
pub mod population;
mod prior;
pub(crate) mod product;
pub(crate) mod share;
mod training;
mod worker;

pub use classes::ClassFigures;
pub use data::Targets;
pub use errors::OutputErrors;
pub use prior::best_constant;
pub use training::{EarlyStopping, Training};
pub use worker::{Checkpoint, Number, Worker};

use crate::init::Start;
use crate::network::{Layer, Network, Parameters};
use crate::simd::Real;
use data::{Data, Labels, Samples};
use matrix::SampleMatrix;
use ndarray::ArrayView2;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use thiserror::Error;

/// Looking for the target's accuracy takes no more than one part in so many of the training.
const LOOK_SHARE: usize = 20;

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

/// A network, how to train it, and what on.
///
/// Problems on the same samples share them: see [`Problem::vary`].
#[derive(Clone, Debug)]
pub struct Problem<T: Real> {
    network: Network,
    training: Training,
    /// The layers as they are trained: the first one's weights are coefficients where the Gram matrix is used.
    layers: Vec<Layer>,
    by_gram: bool,
    data: Arc<Data<T>>,
    /// `outputs` numbers for each sample.
    train_targets: Arc<[T]>,
    test_targets: Arc<[T]>,
    /// The samples' weights by their classes; empty for 1 everywhere.
    train_weights: Arc<[f64]>,
    test_weights: Arc<[f64]>,
    /// What training compares with, where labels are smoothed.
    smoothed: Option<Arc<[T]>>,
    /// What early stopping looks at.
    validation: Option<Validation<T>>,
    /// Targets and weights of the whole training set, in the same chunks as the features, where every step uses it; otherwise empty.
    full: Arc<[Labels<T>]>,
    /// Steps before which some of the training samples are looked at, in order, and which of several sets of samples that is.
    looks: Arc<[usize]>,
    looked_at: usize,
}

/// Samples to look at, their targets, and their weights.
pub(crate) type Set<'a, T> = (&'a Samples<T>, &'a [T], &'a [f64]);

/// Samples that early stopping judges by.
#[derive(Clone, Debug)]
struct Validation<T: Real> {
    samples: Arc<Samples<T>>,
    targets: Arc<[T]>,
    weights: Arc<[f64]>,
}

impl<T: Real> Validation<T> {
    fn of(samples: Arc<Samples<T>>, network: &Network, training: &Training) -> Result<Self, ProblemError> {
        if samples.features != network.inputs() {
            return Err(ProblemError::Features { network: network.inputs(), data: samples.features });
        }
        let (targets, weights) = (samples.targets(network)?.into(), samples.weights(&training.class_weights)?.into());
        Ok(Self { samples, targets, weights })
    }
}

/// Targets of classes, moved by a share of the way to their mean over all classes.
fn smoothed<T: Real>(targets: &[T], network: &Network, by: f64) -> Vec<T> {
    let [no, yes] = data::no_yes(network);
    let classes = network.outputs().max(2) as f64;
    let mean = (yes + (classes - 1.0) * no) / classes;
    targets.iter().map(|target| T::from_f64(target.to_f64() * (1.0 - by) + mean * by)).collect()
}

impl<T: Number> Problem<T> {
    /// Trains from a start. `watch` may be shared by many runs.
    pub fn run(&self, start: Start, watch: &Watch) -> Run {
        Worker::new().run(self, start, watch)
    }
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
        training.check::<T>()?;
        Self::on(Arc::new(Data::new(train, test)?), None, network, training)
    }

    /// Another network, or another training, on the same samples. They are shared, not copied: a thousand learning
    /// rates or architectures cost no more memory than one.
    ///
    /// # Errors
    /// If network and samples do not fit, or a number of the training makes no sense.
    pub fn vary(&self, network: Network, training: Training) -> Result<Self, ProblemError> {
        training.check::<T>()?;
        Self::on(Arc::clone(&self.data), Some(self), network, training)
    }

    /// `like` is another problem on the same data.
    fn on(
        data: Arc<Data<T>>,
        like: Option<&Self>,
        network: Network,
        mut training: Training,
    ) -> Result<Self, ProblemError> {
        let count = data.train.count;
        let (factors, layers) = (training.lr_factors.len(), network.layers().len());
        if factors != 0 && factors != layers {
            let problem = format!("{factors} learning rate factors for {layers} layers of weights; give one for each");
            return Err(ProblemError::Training(problem));
        }
        let train_targets = data.train.targets(&network)?;
        let test_targets = data.test.as_ref().map_or(Ok(Vec::new()), |test| test.targets(&network))?;
        let train_weights = data.train.weights(&training.class_weights)?;
        let test_weights = data.test.as_ref().map_or(Ok(Vec::new()), |test| test.weights(&training.class_weights))?;
        training.batch = training.batch.filter(|&batch| batch < count);
        let hidden = network.activations().len();
        if !training.dropout.is_empty() && training.dropout.len() != hidden {
            let problem =
                format!("{} shares of dropout for {hidden} hidden layers; give one for each", training.dropout.len());
            return Err(ProblemError::Training(problem));
        }
        let by_gram = gram::is_cheaper(&network, &training, count);
        let layers = if by_gram { gram::layers::<T>(&network, count) } else { network.layers().collect() };
        let judged = like.and_then(|like| like.validation.as_ref()).map(|judged| Arc::clone(&judged.samples));
        // Where the other's loss compares with the same numbers, so does this one's.
        let like = like.filter(|like| *like.train_targets == train_targets && *like.test_targets == test_targets);
        let like = like.filter(|like| *like.train_weights == train_weights);
        let (train_targets, test_targets) = match like {
            Some(like) => (Arc::clone(&like.train_targets), Arc::clone(&like.test_targets)),
            None => (train_targets.into(), test_targets.into()),
        };
        let smoothed = match training.label_smoothing {
            0.0 => None,
            by if data.train.are_classified() => Some(smoothed(&train_targets, &network, by).into()),
            _ => {
                let problem = "label smoothing is for classes, and the targets are numbers".to_owned();
                return Err(ProblemError::Training(problem));
            }
        };
        let own: &[T] = smoothed.as_deref().unwrap_or(&train_targets);
        let same_chunks = |like: &&Self| {
            let (other, own) = (&like.training, &training);
            (other.batch, like.by_gram, other.label_smoothing) == (None, by_gram, own.label_smoothing)
        };
        let full = match (training.batch, like.filter(same_chunks)) {
            (Some(_), _) => Arc::default(),
            (None, Some(like)) => Arc::clone(&like.full),
            (None, None) => Labels::all(own, &train_weights, network.outputs(), !by_gram).into(),
        };
        let [train_weights, test_weights] = [train_weights, test_weights].map(Arc::from);
        let validation = judged.map(|samples| Validation::of(samples, &network, &training)).transpose()?;
        Ok(Self {
            network,
            training,
            layers,
            by_gram,
            data,
            train_targets,
            test_targets,
            train_weights,
            test_weights,
            smoothed,
            validation,
            full,
            looks: Arc::default(),
            looked_at: 0,
        })
    }

    /// The same, where runs look before these steps at the loss on a fixed sample of the training set: see [`Run::looks`]. Of
    /// large sets there are several samples, which have numbers from 0 on.
    #[must_use]
    pub fn looking_before(mut self, mut steps: Vec<usize>, sample: usize) -> Self {
        steps.sort_unstable();
        (self.looks, self.looked_at) = (steps.into(), sample);
        self
    }

    /// The same, with samples that early stopping judges by, which are none of the training set: features and targets.
    ///
    /// # Errors
    /// If network and samples do not fit, or there are none.
    pub fn judged_on(mut self, validation: (ArrayView2<f64>, Targets)) -> Result<Self, ProblemError> {
        let samples = Samples::new(validation)?;
        if samples.count == 0 {
            return Err(ProblemError::Empty);
        }
        self.validation = Some(Validation::of(Arc::new(samples), &self.network, &self.training)?);
        Ok(self)
    }

    /// What early stopping looks at, and when; none without it.
    fn early_stopping(&self) -> Option<(EarlyStopping, Set<'_, T>)> {
        let Validation { samples, targets, weights } = self.validation.as_ref()?;
        Some((self.training.early_stopping?, (&**samples, targets, weights)))
    }

    /// The network.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// How it is trained; `batch` is `None` if it would not have been smaller than the training set.
    pub fn training(&self) -> &Training {
        &self.training
    }

    /// The samples, their targets in the form that the loss compares with, and their weights; none for 1 everywhere.
    pub(crate) fn training_set(&self) -> Set<'_, T> {
        (&self.data.train, &self.train_targets, &self.train_weights)
    }

    /// The targets that training compares with: those of the training set, smoothed if they shall be.
    pub(crate) fn own_targets(&self) -> &[T] {
        self.smoothed.as_deref().unwrap_or(&self.train_targets)
    }

    /// The same of the test set, if there is one.
    pub(crate) fn test_set(&self) -> Option<Set<'_, T>> {
        self.data.test.as_ref().map(|test| (test, &*self.test_targets, &*self.test_weights))
    }

    /// Multiply-adds of vectors in the largest product of a step.
    fn largest_product(&self) -> usize {
        let together = self.training.batch.unwrap_or(self.data.train.count);
        let together = if self.by_gram { together } else { together.min(worker::chunk::<T>()) };
        let weights = self.layers.iter().map(|layer| layer.weights.len()).max().unwrap_or(0);
        weights.saturating_mul(together.div_ceil(T::LANES))
    }

    /// Whether the accuracy is looked at during training, for when it first reaches the target.
    fn looks_on_the_way(&self) -> bool {
        self.training.target.is_some() && self.data.train.are_classified()
    }

    /// Steps between two looks at the accuracy: some records, and little work compared with the training.
    fn look_every(&self) -> usize {
        let looked_at = self.data.test.as_ref().map_or(self.data.train.count, |test| test.count);
        // A pass forward is a third of a step.
        let samples = 3 * self.training.batch.unwrap_or(self.data.train.count);
        let of_steps = samples.saturating_mul(self.training.record_every);
        let records = (looked_at * LOOK_SHARE).div_ceil(of_steps.max(1)).max(1);
        self.training.record_every.saturating_mul(records)
    }

    /// What every step trains with where there are no minibatches: features and targets, chunk by chunk.
    fn full(&self) -> impl Iterator<Item = (&SampleMatrix<T>, &Labels<T>)> {
        let x = if self.full.is_empty() {
            &[]
        } else if self.by_gram {
            std::slice::from_ref(&self.data.gram().x)
        } else {
            self.data.chunks()
        };
        x.iter().zip(self.full.iter())
    }
}

/// Eyes and a hand on running work: how far it is, and a word to stop it.
///
/// Whatever takes longer than a tenth of a second looks at its watch on the way.
#[derive(Debug, Default)]
pub struct Watch {
    steps: AtomicU64,
    stop: Arc<AtomicBool>,
}

/// The watch of work that nobody watches.
pub(crate) static NOBODY: LazyLock<Watch> = LazyLock::new(Watch::default);

impl Watch {
    /// A watch that is stopped with this one, and counts on its own: for work whose steps are none of those that this one
    /// counts.
    #[must_use]
    pub fn aside(&self) -> Self {
        Self { steps: AtomicU64::new(0), stop: Arc::clone(&self.stop) }
    }

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

    /// Counts steps as done.
    pub fn add(&self, steps: u64) {
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
    /// The mean loss, each sample's times the weight of its class if there is one.
    pub loss: f64,
    /// The share of samples put into their class; `None` where there are no classes.
    pub accuracy: Option<f64>,
    /// What more there is to say of classes; `None` where there is no accuracy.
    pub classes: Option<ClassFigures>,
}

/// One training from one start.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// How it ended.
    pub status: Status,
    /// Updates that were done.
    pub steps: usize,
    /// After so many updates the accuracy was found to be at least [`Training::target`] for the first time: looked at with
    /// the records, or more rarely where looking would take more than a twentieth of the training, and at the end. None
    /// where it never was, where there is no target, and where there are no classes.
    pub reached: Option<usize>,
    /// The loss along the way; where the run diverged, the last entry is not finite.
    pub trace: Vec<Record>,
    /// The loss before the steps that [`Problem::looking_before`] asks for, on up to a thousand training samples, evenly spread
    /// over their order and the same ones at every look. Empty where the first layer is trained through the Gram matrix, which
    /// is where every loss of the trace is one of all samples.
    pub looks: Vec<Record>,
    /// With early stopping the parameters are those before this step, whose loss on the validation samples is the lowest that was
    /// seen; `steps` has all that were done.
    pub best: Option<Record>,
    /// On the training set, after the last update. Not looked at (a loss of NaN) where the run was told to stop and a look
    /// would take more than a moment.
    pub train: Figures,
    /// On the test set, after the last update; as for the training set.
    pub test: Option<Figures>,
    /// The error of each output, of networks with several that are trained on squared errors to meet numbers; empty for others.
    pub errors: OutputErrors,
    /// The parameters after the last update.
    pub parameters: Parameters,
}
