//! A task: data, network and training that fit one another, ready to be run from many starts.

mod describe;
mod job;
mod memory;
mod notes;
mod shape;
mod training;
mod width;
mod words;

pub use describe::Description;
pub use job::{Held, Job, NamedInit};
pub(crate) use memory::{check_cells, check_memory};
pub(crate) use shape::of_spec;
pub(crate) use training::TARGET;

use crate::data::{Dataset, Kind, Samples, ScaleTargets, Targets};
use crate::error::Error;
use crate::spec::{Bias, NetworkSpec, Precision, TaskSpec};
use crate::units::Units;
use crate::weights;
use headstart_engine::init::{Biases, Initialization, Scheme};
use headstart_engine::landscape::Landscape;
use headstart_engine::network::{Loss, Network, Output};
use headstart_engine::rng::Rng;
use headstart_engine::simd::Real;
use headstart_engine::train::{self, Problem, ProblemError, Training};
use memory::check_records;
use ndarray::ArrayView2;
use notes::{course_note, reach_note, shape_note, siren_note};
use shape::{check_targets, network};
use std::sync::Arc;
use training::training;

/// A task that can be run.
#[derive(Debug)]
pub struct Task {
    /// What was asked for.
    pub spec: TaskSpec,
    /// The samples.
    pub dataset: Arc<Dataset>,
    /// Sentences for a person: what was inferred, and what is worth knowing before reading the figures.
    pub notes: Vec<String>,
    inits: Vec<NamedInit>,
    units: Units,
    problem: Precise,
}

/// The engine's problem in the numbers asked for.
#[derive(Debug)]
pub(crate) enum Precise {
    F64(Problem<f64>),
    F32(Problem<f32>),
}

impl Precise {
    fn network(&self) -> &Network {
        match self {
            Self::F64(problem) => problem.network(),
            Self::F32(problem) => problem.network(),
        }
    }
}

/// Whether a network's outputs can be any number, as those that are trained on scaled targets have to, and its loss is the same of
/// scaled ones but for a factor: delta of huber, and the 1 of log-cosh, are in the targets' own units.
fn meets_any_number(spec: &NetworkSpec) -> bool {
    spec.output.is_none_or(|output| output == Output::Identity)
        && spec.loss.is_none_or(|loss| matches!(loss, Loss::MeanSquaredError | Loss::MeanAbsoluteError))
}

impl Task {
    /// Loads the data and puts everything together.
    ///
    /// # Errors
    /// If the data cannot be loaded, or anything does not fit anything else.
    pub fn new(spec: TaskSpec) -> Result<Self, Error> {
        // What can be said without the data is said before it is read.
        check_without_data(&spec)?;
        let dataset = Arc::new(Dataset::load_for(&spec.data, meets_any_number(&spec.network))?);
        Self::on(dataset, None, spec)
    }

    /// A task on samples that are in memory; what the specification says of data is not looked at.
    ///
    /// # Errors
    /// If anything does not fit anything else.
    pub fn of(dataset: Arc<Dataset>, spec: TaskSpec) -> Result<Self, Error> {
        check_without_data(&spec)?;
        Self::on(dataset, None, spec)
    }

    /// The same task but for what the new specification says otherwise. Where it says nothing new of the data, the
    /// samples are shared, not loaded: a thousand learning rates or architectures take no more memory than one.
    ///
    /// # Errors
    /// If anything does not fit anything else, or other data cannot be loaded.
    pub fn vary(&self, spec: TaskSpec) -> Result<Self, Error> {
        if spec.data != self.spec.data || self.scales_otherwise(&spec) {
            return Self::new(spec);
        }
        self.on_same_samples(spec)
    }

    /// A task on the same samples; what the specification says of data is not looked at.
    ///
    /// # Errors
    /// If anything does not fit anything else.
    pub(crate) fn on_same_samples(&self, spec: TaskSpec) -> Result<Self, Error> {
        check_without_data(&spec)?;
        Self::on(Arc::clone(&self.dataset), Some(&self.problem), spec)
    }

    /// The same task as whatever looks at a start has it: in float64, by the processor.
    ///
    /// # Errors
    /// If there is not enough memory for it.
    pub(crate) fn looked_at(&self) -> Result<Held<'_>, Error> {
        if matches!(self.problem, Precise::F64(_)) {
            return Ok(Held::Lent(self));
        }
        let mut spec = self.spec.clone();
        spec.training.looks();
        Ok(Held::Shared(Arc::new(self.on_same_samples(spec)?)))
    }

    /// Whether targets that were scaled by themselves for one network are not for the other.
    fn scales_otherwise(&self, spec: &TaskSpec) -> bool {
        let is_regression = matches!(self.dataset.kind, Kind::Regression { .. });
        let is_from_file = !spec.data.data.is_empty();
        is_regression
            && is_from_file
            && spec.data.scale_targets == ScaleTargets::Auto
            && meets_any_number(&spec.network) != meets_any_number(&self.spec.network)
    }

    /// `like` is a problem on the same data.
    fn on(dataset: Arc<Dataset>, like: Option<&Precise>, spec: TaskSpec) -> Result<Self, Error> {
        let network = network(&spec, &dataset)?;
        let mut inits = inits(&spec, &network)?;
        for init in &inits {
            init.init.check(&network)?;
        }
        let samples = dataset.train.x.nrows();
        let (batch, steps) = batch_and_steps(&spec, samples)?;
        let training = training(&spec, &dataset, &network, (batch, steps))?;
        check_targets(&network, &dataset)?;
        check_memory(&network, batch.unwrap_or(samples).min(samples), &spec)?;
        check_records(&training)?;
        let mut notes = dataset.notes.clone();
        notes.extend(spec.notes.iter().cloned().chain(course_note(&spec)).chain(reach_note(&network, &dataset)));
        notes.extend(siren_note(&spec, &network).into_iter().chain(shape_note(&spec, &network, &dataset)));
        // Of the cells of a study the first one says it for all.
        let given = inits.iter().filter(|_| like.is_none()).filter_map(|init| init.init.given.as_ref());
        notes.extend(given.filter_map(|given| weights::note_of_features(given, &dataset)));
        let problem = match (spec.training.precision(), like) {
            (Precision::F64, Some(Precise::F64(like))) => Precise::F64(like.vary(network, training)?),
            (Precision::F32, Some(Precise::F32(like))) => Precise::F32(like.vary(network, training)?),
            (Precision::F64, _) => Precise::F64(problem(network, training, &dataset)?),
            (Precision::F32, _) => Precise::F32(problem(network, training, &dataset)?),
        };
        let units = Units::of(&dataset, problem.network());
        if inits.iter().any(|init| init.init.has_prior()) {
            let prior: Arc<[f64]> = match &problem {
                Precise::F64(problem) => problem.prior().into(),
                Precise::F32(problem) => problem.prior().into(),
            };
            for init in &mut inits {
                init.init = init.init.clone().with_prior(&prior);
            }
        }
        Ok(Self { spec, dataset, notes, inits, units, problem })
    }

    /// The network.
    pub fn network(&self) -> &Network {
        self.problem.network()
    }

    /// What its losses are told in.
    pub fn units(&self) -> &Units {
        &self.units
    }

    /// How it is trained.
    pub fn training(&self) -> &Training {
        match &self.problem {
            Precise::F64(problem) => problem.training(),
            Precise::F32(problem) => problem.training(),
        }
    }

    /// The accuracy from which on a run counts as a success; none in regression.
    pub fn target(&self) -> Option<f64> {
        let classify = matches!(self.dataset.kind, Kind::Classes(_));
        classify.then(|| self.spec.training.target.unwrap_or(TARGET))
    }

    /// How many trainings the specification asks for: every initialization with every seed; at most so many where it
    /// leaves the number of seeds to a comparison.
    pub fn runs(&self) -> usize {
        self.inits.len().saturating_mul(self.spec.init.seeds.most())
    }

    /// Training `i` of [`Task::runs`]: the first initialization with all its seeds comes first.
    ///
    /// # Panics
    /// If there are not so many.
    pub fn job(&self, i: usize) -> Job<'_> {
        let seeds = self.spec.init.seeds.most();
        self.job_of(i / seeds, i % seeds)
    }

    /// The training of one initialization with one seed, both counted from 0.
    ///
    /// # Panics
    /// If there are not so many initializations.
    pub fn job_of(&self, init: usize, seed: usize) -> Job<'_> {
        assert!(init < self.inits.len(), "initialization {init} of {}", self.inits.len());
        Job { task: Held::Lent(self), init, seed: self.spec.init.seed + seed as u64 }
    }

    /// The initializations, in the order of the specification.
    pub fn inits(&self) -> &[NamedInit] {
        &self.inits
    }

    /// It in numbers, where these are float32; for executors that have kernels of their own.
    pub fn float32(&self) -> Option<&Problem<f32>> {
        match &self.problem {
            Precise::F32(problem) => Some(problem),
            Precise::F64(_) => None,
        }
    }

    pub(crate) fn problem(&self) -> &Precise {
        &self.problem
    }

    /// The training loss of answers that do not depend on the inputs: of guessing with the shares of the classes, or the mean.
    /// None in float32. As people read it: see [`Units`].
    pub fn blind_loss(&self) -> Option<f64> {
        match &self.problem {
            Precise::F64(problem) => Some(self.units.told(Landscape::new(problem, 1).blind_loss())),
            Precise::F32(_) => None,
        }
    }

    /// Where biases start: for all layers, or for each.
    pub(crate) fn bias(&self) -> Bias {
        self.spec.bias().expect("checked when the task was made")
    }

    /// Whether people should be told more of the classes than the accuracy: they are of very different size, or weighted.
    pub fn tells_classes(&self) -> bool {
        self.dataset.is_imbalanced() || !self.training().class_weights.is_empty()
    }

    /// Updates of parameters in one training that runs to its end.
    pub fn steps(&self) -> usize {
        self.training().steps
    }
}

fn problem<T: Real>(network: Network, training: Training, dataset: &Dataset) -> Result<Problem<T>, ProblemError> {
    fn of(samples: &Samples) -> (ArrayView2<'_, f64>, train::Targets<'_>) {
        let targets = match &samples.y {
            Targets::Classes(classes) => train::Targets::Classes(classes),
            Targets::Values(values) => train::Targets::Values(values.view()),
        };
        (samples.x.view(), targets)
    }
    let problem = Problem::new(network, training, of(&dataset.train), dataset.test.as_ref().map(of))?;
    dataset.validation.as_ref().map_or(Ok(problem.clone()), |validation| problem.judged_on(of(validation)))
}

/// The initializations asked for, with their biases; weights that are in files are read.
pub(crate) fn inits(spec: &TaskSpec, network: &Network) -> Result<Vec<NamedInit>, Error> {
    let biases = match spec.bias()? {
        Bias::None => vec![Biases::Drawn(Scheme::Zeros)],
        Bias::Each(biases) => biases,
    };
    let named = |init: &Initialization| {
        let mut init = Initialization {
            biases: biases.clone(),
            factors: width::start_factors(spec, network, init)?,
            ..init.clone()
        };
        let with_biases = init.has_own_biases();
        init.given = init.given.as_ref().map(|given| weights::given(given, network, with_biases)).transpose()?;
        Ok(NamedInit { name: init.to_string().into(), init })
    };
    spec.init.init.0.iter().map(named).collect()
}

/// Checks what does not depend on the data.
pub(crate) fn check_without_data(spec: &TaskSpec) -> Result<(), Error> {
    spec.training.optimizer()?;
    spec.training.check_device()?;
    spec.bias()?;
    width::check(spec)?;
    let usage = |message: &str| Err(Error::Usage(message.to_owned()));
    let inits = &spec.init.init.0;
    if let Some((_, twice)) = inits.iter().enumerate().find(|(i, init)| inits[..*i].contains(init)) {
        return usage(&format!(
            "--init {}: {twice} stands there twice, in whatever words; once is enough",
            spec.init.init
        ));
    }
    let seeds = spec.init.seeds.most();
    if seeds == 0 {
        return usage("--seeds 0: at least 1 seed is needed");
    }
    let last = spec.init.seed.checked_add(seeds as u64 - 1);
    match (spec.init.rng, last) {
        (_, None) => return usage("--seed and --seeds together go beyond the largest seed, 18446744073709551615"),
        (Rng::Numpy, Some(last)) if last > u64::from(u32::MAX) => {
            return usage("--rng numpy takes seeds from 0 to 4294967295, as np.random.seed does");
        }
        _ => {}
    }
    if let Some(target) = spec.training.target
        && !(0.0..=1.0).contains(&target)
    {
        return usage(&format!("--target {target}: an accuracy is a share between 0 and 1, as in 0.95"));
    }
    Ok(())
}

/// The size of minibatches, if any, and the number of updates.
fn batch_and_steps(spec: &TaskSpec, samples: usize) -> Result<(Option<usize>, usize), Error> {
    let training = &spec.training;
    let batch = training.batch.or_else(|| (!training.optimizer.is_of_all_samples()).then_some(32));
    if batch == Some(0) {
        return Err(Error::Usage("--batch 0: a batch needs at least 1 sample".to_owned()));
    }
    let per_epoch = samples.div_ceil(batch.unwrap_or(samples).min(samples).max(1));
    let steps = match (training.steps, training.epochs) {
        (Some(_), Some(_)) => {
            return Err(Error::Usage("--steps and --epochs say the same thing twice; give one of them".to_owned()));
        }
        (Some(0), _) => return Err(Error::Usage("--steps 0: at least 1 step is needed".to_owned())),
        (_, Some(0)) => return Err(Error::Usage("--epochs 0: at least 1 epoch is needed".to_owned())),
        (Some(steps), None) => steps,
        (None, Some(epochs)) => epochs
            .checked_mul(per_epoch)
            .ok_or_else(|| Error::Usage(format!("--epochs {epochs}: too many steps to count")))?,
        (None, None) if batch.is_none() => 15_000,
        (None, None) => 20 * per_epoch,
    };
    Ok((batch, steps))
}
