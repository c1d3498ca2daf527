//! A task: data, network and training that fit one another, ready to be run from many starts.

mod notes;
mod training;
mod words;

use crate::data::memory;
use crate::data::{ColumnPlan, Dataset, Kind, Preprocess, Samples, ScaleTargets, Scaling, Targets};
use crate::error::Error;
use crate::spec::{Bias, NetworkSpec, Precision, Seeds, TaskSpec};
use crate::units::{Guessing, Units};
use crate::weights;
use crate::words::{in_a_line, many, rough};
use headstart_engine::init::{Biases, InitError, Initialization, Scheme, Start};
use headstart_engine::landscape::Landscape;
use headstart_engine::names::plain;
use headstart_engine::network::{Loss, Network, Output};
use headstart_engine::optimizer::{Clip, Optimizer};
use headstart_engine::rng::Rng;
use headstart_engine::simd::Real;
use headstart_engine::train::{self, Problem, ProblemError, Training};
use headstart_engine::watch::Watch;
use ndarray::ArrayView2;
use notes::{course_note, reach_note, shape_note, siren_note};
use serde::Serialize;
use std::ops::Deref;
use std::sync::Arc;
pub(crate) use training::TARGET;
use training::training;
use words::{words_of_more, words_of_rates};

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

/// One training to do: made by [`Task::job`].
#[derive(Clone, Debug)]
pub struct Job<'a> {
    /// Of which task.
    pub task: Held<'a>,
    /// Where it starts: the place in [`Task::inits`].
    pub init: usize,
    /// With which seed.
    pub seed: u64,
}

/// A task that somebody else has, or that is shared by all that need it.
#[derive(Clone, Debug)]
pub enum Held<'a> {
    /// Somebody else's.
    Lent(&'a Task),
    /// Shared.
    Shared(Arc<Task>),
}

impl Deref for Held<'_> {
    type Target = Task;

    fn deref(&self) -> &Task {
        match self {
            Self::Lent(task) => task,
            Self::Shared(task) => task,
        }
    }
}

impl Job<'_> {
    /// Where it starts, and what that is called.
    pub fn start(&self) -> &NamedInit {
        &self.task.inits[self.init]
    }

    /// Weights and biases that it starts from, fitted to the task's data where the initialization asks for it, and the stream
    /// of its minibatches. None if it was stopped: large matrices take a while.
    ///
    /// # Panics
    /// If the initialization is not one that the task was made with, and does not fit its network.
    pub fn draw(&self, watch: &Watch) -> Option<Start> {
        let task = &*self.task;
        let data = task.dataset.train.x.view();
        match self.start().init.draw_on(task.network(), task.spec.init.rng, self.seed, &data, watch) {
            Err(InitError::Stopped) => None,
            drawn => Some(drawn.expect("checked when the task was made")),
        }
    }
}

/// An initialization and its name in the grammar, which all its runs share.
#[derive(Clone, Debug)]
pub struct NamedInit {
    /// How weights and biases are drawn.
    pub init: Initialization,
    /// The name.
    pub name: Arc<str>,
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
        check_without_data(&spec)?;
        Self::on(Arc::clone(&self.dataset), Some(&self.problem), spec)
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
        let problem = match (spec.training.precision, like) {
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

    pub(crate) fn problem(&self) -> &Precise {
        &self.problem
    }

    /// How many of so many threads may look at the curvature of a start at the same time, each its own.
    ///
    /// # Errors
    /// If there is not enough memory for one.
    pub(crate) fn looks_at_once(&self, threads: usize) -> Result<usize, Error> {
        // Of every unit and sample what a pass leaves behind and how it changes; of every parameter a few vectors.
        let samples = self.dataset.train.x.nrows();
        let needs = bytes(self.network(), 10, samples, 10);
        let limit = usable_memory();
        if needs > limit {
            return Err(Error::Usage(format!(
                "--layers {}: to look at a start on all {samples} samples needs about {} of memory, and {} may be used \
                 here; use smaller layers or fewer samples",
                self.spec.network.layers,
                memory::human_bytes(needs),
                memory::human_bytes(limit)
            )));
        }
        Ok(threads.clamp(1, usize::try_from(limit / needs.max(1)).unwrap_or(usize::MAX).max(1)))
    }

    /// Refuses more starts than what is measured of them can be held for.
    ///
    /// # Errors
    /// If there are.
    pub(crate) fn check_probes(&self) -> Result<(), Error> {
        // What a probe has of each layer.
        const OF_LAYER: u64 = 256;
        let of_start = OF_LAYER * (self.network().widths().len() as u64 + 1);
        let needs = (self.runs() as u64).saturating_mul(of_start);
        if needs < LITTLE || needs <= usable_memory() {
            return Ok(());
        }
        Err(Error::Usage(format!(
            "--seeds {}: what is measured of {} starts takes about {} of memory, and {} may be used here; use fewer seeds",
            self.spec.init.seeds,
            self.runs(),
            memory::human_bytes(needs),
            memory::human_bytes(usable_memory())
        )))
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

    /// The task as it is told in JSON.
    pub fn describe(&self) -> Description<'_> {
        let (network, training) = (self.network(), self.training());
        Description {
            data: DataDescription {
                name: &self.dataset.name,
                samples: [self.dataset.train.x.nrows(), self.dataset.test.as_ref().map_or(0, |test| test.x.nrows())],
                features: self.dataset.train.x.ncols(),
                kind: match &self.dataset.kind {
                    Kind::Classes(_) if self.dataset.kind.is_binary() => "binary",
                    Kind::Classes(_) => "classes",
                    Kind::Regression { .. } => "regression",
                },
                classes: match &self.dataset.kind {
                    Kind::Classes(names) => names,
                    Kind::Regression { .. } => &[],
                },
                preprocess: self.spec.data.preprocess,
                columns: self.dataset.plans(),
                scaling: &self.dataset.scaling,
                guessing: self.units.guessing(),
            },
            network: NetworkDescription {
                layers: network.widths(),
                activation: self.spec.network.activation.to_string(),
                output: network.output().to_string(),
                loss: network.loss().to_string(),
                biases: network.has_biases(),
                parameters: network.parameter_count(),
            },
            init: InitDescription {
                init: self.inits.iter().map(|init| Arc::clone(&init.name)).collect(),
                bias: self.bias().to_string(),
                seed: self.spec.init.seed,
                seeds: self.spec.init.seeds,
                rng: self.spec.init.rng.to_string(),
            },
            training: TrainingDescription {
                optimizer: self.spec.training.optimizer.to_string(),
                lr: training.lr,
                lr_factors: training.lr_factors.clone(),
                lr_schedule: training.schedule.to_string(),
                warmup: training.warmup,
                weight_decay: training.decay.rate,
                decoupled_decay: training.decay.rate > 0.0 && training.decay.decoupled,
                decay_biases: training.decay.biases,
                clip: match training.clip {
                    Some(Clip::Norm(bound)) => Some(bound),
                    _ => None,
                },
                clip_value: match training.clip {
                    Some(Clip::Value(bound)) => Some(bound),
                    _ => None,
                },
                dropout: training.dropout.clone(),
                label_smoothing: training.label_smoothing,
                early_stopping: training.early_stopping.map(|rule| rule.patience),
                validation_every: training.early_stopping.map(|rule| rule.every),
                batch: training.batch,
                steps: training.steps,
                record_every: training.record_every,
                precision: self.spec.training.precision.to_string(),
                class_weights: training.class_weights.clone(),
            },
            notes: &self.notes,
        }
    }

    /// The task in a few lines for a person.
    pub fn summary(&self) -> String {
        let about = self.describe();
        let [train, test] = about.data.samples;
        let kind = match &self.dataset.kind {
            Kind::Classes(names) => format!("{} classes", names.len()),
            Kind::Regression { outputs: 1 } => "one target".to_owned(),
            Kind::Regression { outputs } => format!("{outputs} targets"),
        };
        let widths: Vec<String> = about.network.layers.iter().map(ToString::to_string).collect();
        let batch = about.training.batch.map_or_else(|| "all samples".to_owned(), |n| format!("batches of {n}"));
        let schedule = words_of_rates(self.training());
        let more = words_of_more(self.training());
        let factors: Vec<String> = about.training.lr_factors.iter().map(|factor| plain(*factor)).collect();
        let weights: Vec<String> = about.training.class_weights.iter().map(|weight| rough(*weight)).collect();
        let weights =
            if weights.is_empty() { String::new() } else { format!(", class weights {}", weights.join(", ")) };
        let factors = if factors.is_empty() { factors.concat() } else { format!(" x {} by layer", factors.join(", ")) };
        let units = self.units.in_words().map_or_else(String::new, |units| format!("\n{units}"));
        format!(
            "{}: {train} training and {test} test samples, {}, {kind}\n\
             network {}, {}, {} output, {} loss, {} parameters\n\
             {}, {batch}, lr {}{factors}{schedule}, {} step{}, {}{weights}, {} stream{more}{units}",
            in_a_line(about.data.name),
            many(about.data.features as u64, "feature"),
            widths.join("-"),
            about.network.activation,
            about.network.output,
            about.network.loss,
            about.network.parameters,
            about.training.optimizer,
            plain(about.training.lr),
            about.training.steps,
            if about.training.steps == 1 { "" } else { "s" },
            about.training.precision,
            about.init.rng,
        )
    }
}

/// A task as it is told in JSON: everything inferred is filled in.
#[derive(Debug, Serialize)]
pub struct Description<'a> {
    data: DataDescription<'a>,
    network: NetworkDescription<'a>,
    init: InitDescription,
    training: TrainingDescription,
    notes: &'a [String],
}

#[derive(Debug, Serialize)]
struct DataDescription<'a> {
    name: &'a str,
    samples: [usize; 2],
    features: usize,
    kind: &'static str,
    classes: &'a [String],
    preprocess: Preprocess,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    columns: Vec<ColumnPlan>,
    scaling: &'a Scaling,
    /// The loss of always answering with the mean; of targets that are numbers only.
    #[serde(skip_serializing_if = "Option::is_none")]
    guessing: Option<Guessing>,
}

#[derive(Debug, Serialize)]
struct NetworkDescription<'a> {
    layers: &'a [usize],
    activation: String,
    output: String,
    loss: String,
    biases: bool,
    parameters: usize,
}

#[derive(Debug, Serialize)]
struct InitDescription {
    init: Vec<Arc<str>>,
    bias: String,
    seed: u64,
    seeds: Seeds,
    rng: String,
}

#[derive(Debug, Serialize)]
struct TrainingDescription {
    optimizer: String,
    lr: f64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    lr_factors: Vec<f64>,
    lr_schedule: String,
    #[serde(skip_serializing_if = "is_zero")]
    warmup: usize,
    #[serde(skip_serializing_if = "is_none")]
    weight_decay: f64,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    decoupled_decay: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    decay_biases: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    clip: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    clip_value: Option<f64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    dropout: Vec<f64>,
    #[serde(skip_serializing_if = "is_none")]
    label_smoothing: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    early_stopping: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    validation_every: Option<usize>,
    batch: Option<usize>,
    steps: usize,
    record_every: usize,
    precision: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    class_weights: Vec<f64>,
}

#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_none(number: &f64) -> bool {
    *number == 0.0
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
        let mut init = Initialization { biases: biases.clone(), ..init.clone() };
        let with_biases = init.has_own_biases();
        init.given = init.given.as_ref().map(|given| weights::given(given, network, with_biases)).transpose()?;
        Ok(NamedInit { name: init.to_string().into(), init })
    };
    spec.init.init.0.iter().map(named).collect()
}

/// Checks what does not depend on the data.
pub(crate) fn check_without_data(spec: &TaskSpec) -> Result<(), Error> {
    spec.training.optimizer()?;
    spec.bias()?;
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

/// The network that the specification and the data make together.
fn network(spec: &TaskSpec, dataset: &Dataset) -> Result<Network, Error> {
    let layers = &spec.network.layers.0;
    let last = layers.len() - 1;
    let needed = match (&dataset.kind, spec.network.output) {
        (Kind::Classes(_), Some(Output::Softmax)) if dataset.kind.is_binary() => 2,
        (Kind::Classes(_), _) if dataset.kind.is_binary() => 1,
        (Kind::Classes(names), _) => names.len(),
        (Kind::Regression { outputs }, _) => *outputs,
    };
    let features = dataset.train.x.ncols();
    let width = |(i, width): (usize, &Option<usize>)| width.unwrap_or(if i == last { needed } else { features });
    let widths: Vec<usize> = layers.iter().enumerate().map(width).collect();
    if let Some(zero) = widths.iter().position(|&width| width == 0) {
        let message = format!("--layers {}: layer {zero} has width 0; widths are at least 1", spec.network.layers);
        return Err(Error::Usage(message));
    }
    if widths[0] != features {
        return Err(Error::Usage(format!(
            "--layers {}: the network takes {} inputs, but {} has {features} features; use {features} or _ for the \
             first width",
            spec.network.layers,
            widths[0],
            in_a_line(&dataset.name)
        )));
    }
    let fits = match &dataset.kind {
        Kind::Classes(_) if dataset.kind.is_binary() => widths[last] <= 2,
        _ => widths[last] == needed,
    };
    if !fits {
        let has = match &dataset.kind {
            Kind::Classes(names) => format!("{} classes", names.len()),
            Kind::Regression { outputs } => format!("{outputs} target(s) per sample"),
        };
        return Err(Error::Usage(format!(
            "--layers {}: the network has {} outputs, but {} has {has}; use {needed} or _ for the last width",
            spec.network.layers,
            widths[last],
            in_a_line(&dataset.name)
        )));
    }
    let classes = matches!(dataset.kind, Kind::Classes(_));
    let single = widths[last] == 1;
    let output = spec.network.output.unwrap_or(match spec.network.loss {
        Some(Loss::BinaryCrossEntropy) => Output::Sigmoid,
        Some(Loss::Focal(_)) if single => Output::Sigmoid,
        Some(Loss::CrossEntropy | Loss::Focal(_)) => Output::Softmax,
        Some(Loss::Hinge | Loss::SquaredHinge) => Output::Identity,
        Some(Loss::Poisson) => Output::Exp,
        _ if !classes => Output::Identity,
        // No softmax goes with them.
        Some(Loss::MeanAbsoluteError | Loss::Huber(_) | Loss::LogCosh) => Output::Sigmoid,
        _ if single => Output::Sigmoid,
        _ => Output::Softmax,
    });
    let loss = spec.network.loss.unwrap_or(match output {
        Output::Sigmoid if classes => Loss::BinaryCrossEntropy,
        Output::Softmax if classes => Loss::CrossEntropy,
        _ => Loss::MeanSquaredError,
    });
    let biases = spec.bias()? != Bias::None;
    Ok(Network::new(&widths, &spec.network.activation.0, output, loss, biases)?)
}

/// Cross-entropies are of probabilities, margins of sides, poisson of counts.
fn check_targets(network: &Network, dataset: &Dataset) -> Result<(), Error> {
    let (loss, name) = (network.loss(), in_a_line(&dataset.name));
    let usage = |problem: String| Err(Error::Usage(problem));
    let Targets::Values(values) = &dataset.train.y else {
        return match loss {
            Loss::Poisson => usage(format!(
                "--loss {loss} is for counts, but the labels of {name} are taken for classes; where they are counts, say --task \
                 regression"
            )),
            _ => Ok(()),
        };
    };
    let tests = dataset.test.iter().filter_map(|test| match &test.y {
        Targets::Values(values) => Some(values),
        Targets::Classes(_) => None,
    });
    let mut all = tests.chain([values]).flatten();
    let problem = match loss {
        Loss::Poisson if all.any(|y| *y < 0.0) => {
            return usage(format!(
                "--loss {loss} is for counts, but some targets of {name} are below 0; use --loss mse"
            ));
        }
        loss if loss.is_of_numbers() => return Ok(()),
        Loss::Hinge | Loss::SquaredHinge if values.iter().all(|y| y.abs() == 1.0) => return Ok(()),
        Loss::Hinge | Loss::SquaredHinge => " other than -1 and 1",
        Loss::BinaryCrossEntropy | Loss::Focal(_) => {
            let are_probabilities = values.iter().all(|y| (0.0..=1.0).contains(y));
            if are_probabilities && network.output() != Output::Softmax {
                return Ok(());
            }
            if are_probabilities { "" } else { " beyond 0 and 1" }
        }
        _ => "",
    };
    usage(format!("--loss {loss} is for classes, but the targets of {name} are numbers{problem}; use --loss mse"))
}

/// So many bytes there always are: it is not worth asking the system.
const LITTLE: u64 = 16 << 20;

/// Refuses a network that could not be trained in the memory there is.
pub(crate) fn check_memory(network: &Network, batch: usize, spec: &TaskSpec) -> Result<(), Error> {
    // First parameters, parameters, gradients and what the rule remembers; of every unit its activations and gradients, and what
    // dropout leaves of them.
    let moments = spec.training.optimizer().map_or(2, Optimizer::moments).max(2);
    let needs = bytes(network, 3 + moments, batch, if spec.training.dropout.is_empty() { 3 } else { 5 });
    if needs < LITTLE {
        return Ok(());
    }
    let limit = usable_memory();
    if needs > limit {
        return Err(Error::Usage(format!(
            "--layers {}: one run needs about {} of memory for {} parameters, and {} may be used here; use smaller \
             layers",
            spec.network.layers,
            memory::human_bytes(needs),
            network.parameter_count(),
            memory::human_bytes(limit)
        )));
    }
    Ok(())
}

/// Refuses to record more losses than there is memory for.
fn check_records(training: &Training) -> Result<(), Error> {
    // Each with its step, and twice: as the engine has them and as they are told.
    let needs = (training.steps.div_ceil(training.record_every.max(1)) as u64).saturating_mul(32);
    if needs < LITTLE || needs <= usable_memory() {
        return Ok(());
    }
    Err(Error::Usage(format!(
        "--steps {} --record-every {}: the losses of one run take about {} of memory, and {} may be used here; record them \
         more rarely",
        training.steps,
        training.record_every,
        memory::human_bytes(needs),
        memory::human_bytes(usable_memory())
    )))
}

/// What so many numbers for every parameter, and for every unit and sample, take.
fn bytes(network: &Network, per_parameter: usize, samples: usize, per_unit: usize) -> u64 {
    let units = network.widths().iter().fold(0_usize, |sum, &width| sum.saturating_add(width));
    let of_units = units.saturating_mul(samples).saturating_mul(per_unit);
    let numbers = network.parameter_count().saturating_mul(per_parameter).saturating_add(of_units);
    (numbers as u64).saturating_mul(8)
}

fn usable_memory() -> u64 {
    memory::available().unwrap_or(u64::MAX) / 2
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
