//! What the runs of one cell share: a network, how to train it, and what on.

use super::data::{Data, Samples, Targets};
use super::error::ProblemError;
use super::gather::{chunk, part};
use super::gram;
use super::labels::Labels;
use super::training::{EarlyStopping, Training};
use crate::matrix::SampleMatrix;
use crate::network::program::Program;
use crate::network::{Layer, Network};
use crate::simd::Real;
use ndarray::ArrayView2;
use std::sync::Arc;

/// Looking for the target's accuracy takes no more than one part in so many of the training.
const LOOK_SHARE: usize = 20;

/// A network, how to train it, and what on.
///
/// Problems on the same samples share them: see [`Problem::vary`].
#[derive(Clone, Debug)]
pub struct Problem<T: Real> {
    pub(super) network: Network,
    pub(super) training: Training,
    /// The layers as they are trained: the first one's weights are coefficients where the Gram matrix is used.
    pub(super) layers: Vec<Layer>,
    pub(super) by_gram: bool,
    pub(super) data: Arc<Data<T>>,
    /// `outputs` numbers for each sample.
    train_targets: Arc<[T]>,
    test_targets: Arc<[T]>,
    /// The samples' weights by their classes; empty for 1 everywhere.
    pub(super) train_weights: Arc<[f64]>,
    test_weights: Arc<[f64]>,
    /// What training compares with, where labels are smoothed.
    smoothed: Option<Arc<[T]>>,
    /// What early stopping looks at.
    validation: Option<Validation<T>>,
    /// Targets and weights of the whole training set, in the same chunks as the features, where every step uses it; otherwise empty.
    pub(super) full: Arc<[Labels<T>]>,
    /// Samples that go together through the network.
    pub(super) at_once: usize,
    /// The whole training set, so many at a time, of networks of blocks whose every step uses it; otherwise empty.
    parts: Arc<[SampleMatrix<T>]>,
    /// Steps before which some of the training samples are looked at, in order, and which of several sets of samples that is.
    pub(super) looks: Arc<[usize]>,
    pub(super) looked_at: usize,
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
    let [no, yes] = network.class_ends();
    let classes = network.outputs().max(2) as f64;
    let mean = (yes + (classes - 1.0) * no) / classes;
    targets.iter().map(|target| T::from_f64(target.to_f64() * (1.0 - by) + mean * by)).collect()
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
        let layers = network.layers().len();
        let wrong = |factors: &&Vec<f64>| !factors.is_empty() && factors.len() != layers;
        if let Some(factors) = [&training.lr_factors, &training.bias_lr_factors].into_iter().find(wrong) {
            let factors = factors.len();
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
        if training.has_dropout() && !network.is_dense_chain() {
            let problem =
                "dropout is for plain dense networks; leave it out, or take it off the network of blocks".to_owned();
            return Err(ProblemError::Training(problem));
        }
        let together = training.batch.unwrap_or(count);
        if together == 1 && network.program().is_some_and(Program::has_batch_norm) {
            let problem = "batch normalization takes off the mean of a batch, so of one sample nothing is left; take batches of more, or \
                           another normalization"
                .to_owned();
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
        let at_once = match network.program() {
            Some(program) => part::<T>(program, training.batch.unwrap_or(count)),
            None => chunk::<T>(),
        };
        let same_chunks = |like: &&Self| {
            let (other, own) = (&like.training, &training);
            (other.batch, like.by_gram, other.label_smoothing) == (None, by_gram, own.label_smoothing)
                && (like.at_once, like.network.is_dense_chain()) == (at_once, network.is_dense_chain())
        };
        let parts = match (training.batch, like.filter(same_chunks)) {
            (None, _) if network.is_dense_chain() => Arc::default(),
            (Some(_), _) => Arc::default(),
            (None, Some(like)) => Arc::clone(&like.parts),
            (None, None) => data.parts(at_once).into(),
        };
        let full = match (training.batch, like.filter(same_chunks)) {
            (Some(_), _) => Arc::default(),
            (None, Some(like)) => Arc::clone(&like.full),
            (None, None) => {
                Labels::all(own, &train_weights, network.outputs(), if by_gram { count } else { at_once }).into()
            }
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
            at_once,
            parts,
            looks: Arc::default(),
            looked_at: 0,
        })
    }

    /// The same, where runs look before these steps at the loss on a fixed sample of the training set: see
    /// [`Run::looks`](super::Run::looks). Of large sets there are several samples, which have numbers from 0 on.
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
    pub(super) fn early_stopping(&self) -> Option<(EarlyStopping, Set<'_, T>)> {
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
    pub(super) fn largest_product(&self) -> usize {
        let together = self.training.batch.unwrap_or(self.data.train.count);
        let together = if self.by_gram { together } else { together.min(chunk::<T>()) };
        let products = |layer: &Layer| layer.weights.len().saturating_mul(layer.places());
        let weights = self.layers.iter().map(products).max().unwrap_or(0);
        weights.saturating_mul(together.div_ceil(T::LANES))
    }

    /// Whether the accuracy is looked at during training, for when it first reaches the target.
    pub fn looks_on_the_way(&self) -> bool {
        self.training.target.is_some() && self.data.train.are_classified()
    }

    /// Steps between two looks at the accuracy: some records, and little work compared with the training.
    pub fn look_every(&self) -> usize {
        let looked_at = self.data.test.as_ref().map_or(self.data.train.count, |test| test.count);
        // A pass forward is a third of a step.
        let samples = 3 * self.training.batch.unwrap_or(self.data.train.count);
        let of_steps = samples.saturating_mul(self.training.record_every);
        let records = (looked_at * LOOK_SHARE).div_ceil(of_steps.max(1)).max(1);
        self.training.record_every.saturating_mul(records)
    }

    /// What every step trains with where there are no minibatches: features and targets, chunk by chunk.
    pub(super) fn full(&self) -> impl Iterator<Item = (&SampleMatrix<T>, &Labels<T>)> {
        let x = if self.full.is_empty() {
            &[]
        } else if !self.network.is_dense_chain() {
            &self.parts
        } else if self.by_gram {
            std::slice::from_ref(&self.data.gram().x)
        } else {
            self.data.chunks()
        };
        x.iter().zip(self.full.iter())
    }
}
