//! Training: from first parameters to a trace and to figures.
//!
//! A [`Problem`] is what the runs of one cell share: network, training, samples; problems on the same samples share
//! those. A [`Worker`] has the memory for one run at a time, of any problem, and is used again for the next;
//! [`population`] gives every core a worker.

mod classes;
pub(crate) mod data;
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
mod worker;

pub use classes::ClassFigures;
pub use data::Targets;
pub use errors::OutputErrors;
pub use prior::best_constant;
pub use worker::{Checkpoint, Number, Worker};

use crate::init::Start;
use crate::names::plain;
use crate::network::{Layer, Network, Parameters};
use crate::optimizer::{Optimizer, Schedule};
use crate::simd::Real;
use data::{Data, Labels, Samples};
use matrix::SampleMatrix;
use ndarray::ArrayView2;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use thiserror::Error;

/// Looking for the target's accuracy takes no more than one part in so many of the training.
const LOOK_SHARE: usize = 20;

/// How a network is trained.
#[derive(Clone, Debug, PartialEq)]
pub struct Training {
    /// The update rule.
    pub optimizer: Optimizer,
    /// The learning rate, or its largest value where the schedule varies it.
    pub lr: f64,
    /// What the learning rate is multiplied by in each layer, from the first one on: for its weights and its biases; 0
    /// leaves a layer as it is drawn. Empty for 1 everywhere.
    pub lr_factors: Vec<f64>,
    /// The learning rate over the steps.
    pub schedule: Schedule,
    /// Samples in a minibatch; all of them at every step if `None`.
    pub batch: Option<usize>,
    /// Updates of the parameters.
    pub steps: usize,
    /// The loss is recorded at step 0 and every so many steps.
    pub record_every: usize,
    /// What the losses of the samples of each class are multiplied by; empty for 1 everywhere. The loss of a batch stays the sum
    /// over its samples divided by their number, as in Keras (`class_weight`); `PyTorch`'s cross-entropy and scikit-learn's
    /// `MLPClassifier` divide by the sum of the weights.
    pub class_weights: Vec<f64>,
    /// An accuracy to watch for: on the test set, or on the training set without one. See [`Run::reached`].
    pub target: Option<f64>,
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
    /// Targets and weights of the whole training set, in the same chunks as the features, where every step uses it; otherwise empty.
    full: Arc<[Labels<T>]>,
    /// Steps before which some of the training samples are looked at, in order, and which of several sets of samples that is.
    looks: Arc<[usize]>,
    looked_at: usize,
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
        let by_gram = gram::is_cheaper(&network, &training, count);
        let layers = if by_gram { gram::layers::<T>(&network, count) } else { network.layers().collect() };
        // Where the other's loss compares with the same numbers, so does this one's.
        let like = like.filter(|like| *like.train_targets == train_targets && *like.test_targets == test_targets);
        let like = like.filter(|like| *like.train_weights == train_weights);
        let (train_targets, test_targets) = match like {
            Some(like) => (Arc::clone(&like.train_targets), Arc::clone(&like.test_targets)),
            None => (train_targets.into(), test_targets.into()),
        };
        let same_chunks = |like: &&Self| (like.training.batch, like.by_gram) == (None, by_gram);
        let full = match (training.batch, like.filter(same_chunks)) {
            (Some(_), _) => Arc::default(),
            (None, Some(like)) => Arc::clone(&like.full),
            (None, None) => Labels::all(&train_targets, &train_weights, network.outputs(), !by_gram).into(),
        };
        let [train_weights, test_weights] = [train_weights, test_weights].map(Arc::from);
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

    /// The network.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// How it is trained; `batch` is `None` if it would not have been smaller than the training set.
    pub fn training(&self) -> &Training {
        &self.training
    }

    /// The samples, their targets in the form that the loss compares with, and their weights; none for 1 everywhere.
    pub(crate) fn training_set(&self) -> (&Samples<T>, &[T], &[f64]) {
        (&self.data.train, &self.train_targets, &self.train_weights)
    }

    /// The same of the test set, if there is one.
    pub(crate) fn test_set(&self) -> Option<(&Samples<T>, &[T], &[f64])> {
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

impl Training {
    /// That its numbers make sense, and stay what they are in `T`.
    fn check<T: Real>(&self) -> Result<(), ProblemError> {
        let wrong = |message: String| Err(ProblemError::Training(message));
        if !(self.lr > 0.0 && self.lr.is_finite()) {
            return wrong(format!("the learning rate must be a positive number, not {}", self.lr));
        }
        if let Some(factor) = self.lr_factors.iter().find(|factor| !(**factor >= 0.0 && factor.is_finite())) {
            return wrong(format!("a learning rate factor must be a number from 0 on, not {factor}"));
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
        if let Some(weight) = self.class_weights.iter().find(|weight| !(**weight > 0.0 && weight.is_finite())) {
            return wrong(format!("a class weight must be a positive number, not {weight}"));
        }
        let share = |name: &str, x: f64| match x {
            x if (0.0..1.0).contains(&x) => Ok(()),
            _ => wrong(format!("{name} must be at least 0 and below 1, not {x}")),
        };
        let epsilon = |x: f64| if x >= 0.0 { Ok(()) } else { wrong(format!("epsilon must not be negative, not {x}")) };
        if let Some(target) = self.target
            && !(0.0..=1.0).contains(&target)
        {
            return wrong(format!("the target is an accuracy between 0 and 1, not {target}"));
        }
        self.check_rounded::<T>()?;
        match self.optimizer {
            Optimizer::Descent { momentum, .. } => share("momentum", momentum),
            Optimizer::Adam { beta1, beta2, epsilon: e } => {
                share("beta1", beta1).and(share("beta2", beta2)).and(epsilon(e))
            }
            Optimizer::RmsProp { decay, epsilon: e } => share("the decay of rmsprop", decay).and(epsilon(e)),
        }
    }

    /// That no number becomes 0, 1 or infinite by being rounded to `T`, or multiplied.
    fn check_rounded<T: Real>(&self) -> Result<(), ProblemError> {
        let wrong = |name: &str, x: f64, what: &str| {
            let number = if size_of::<T>() == 4 { "float32" } else { "float64" };
            Err(ProblemError::Training(format!("{name} {} is {what} in {number}", plain(x))))
        };
        let size = |name: &str, x: f64, shown: f64| match T::from_f64(x).to_f64() {
            rounded if !rounded.is_finite() => wrong(name, shown, "infinite"),
            0.0 if shown != 0.0 => wrong(name, shown, "0"),
            _ => Ok(()),
        };
        size("the learning rate", self.lr, self.lr)?;
        for &factor in &self.lr_factors {
            size("the learning rate factor", factor, factor)?;
            size("the learning rate with the factor", self.lr * factor, factor)?;
        }
        for &weight in &self.class_weights {
            size("the class weight", weight, weight)?;
        }
        let share = |name: &str, x: f64| match T::from_f64(x).to_f64() {
            1.0 => wrong(name, x, "1"),
            _ => Ok(()),
        };
        match self.optimizer {
            Optimizer::Descent { momentum, .. } => share("momentum", momentum),
            Optimizer::Adam { beta1, beta2, epsilon } => {
                share("beta1", beta1).and(share("beta2", beta2)).and(size("epsilon", epsilon, epsilon))
            }
            Optimizer::RmsProp { decay, epsilon } => {
                share("the decay of rmsprop", decay).and(size("epsilon", epsilon, epsilon))
            }
        }
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
