//! A task as it is told: in JSON, and in a few lines for a person.

use super::Task;
use super::words::{words_of_more, words_of_rates};
use crate::data::{ColumnPlan, Kind, Preprocess, Scaling, Shape};
use crate::spec::{NetworkSpec, Seeds};
use crate::units::Guessing;
use crate::words::{in_a_line, many, rough};
use headstart_engine::names::plain;
use headstart_engine::optimizer::Clip;
use headstart_engine::theory::Parametrization;
use serde::Serialize;
use std::sync::Arc;

impl Task {
    /// The task as it is told in JSON.
    pub fn describe(&self) -> Description<'_> {
        let (network, training) = (self.network(), self.training());
        Description {
            data: DataDescription {
                name: &self.dataset.name,
                samples: [self.dataset.train.x.nrows(), self.dataset.test.as_ref().map_or(0, |test| test.x.nrows())],
                features: self.dataset.train.x.ncols(),
                shape: self.dataset.shape,
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
                network: network.program().map(|program| program.blocks.to_string()),
                parametrization: self.parametrization(),
                activation: self.spec.network.activation.to_string(),
                output: network.output().to_string(),
                loss: network.loss().to_string(),
                biases: network.has_biases(),
                parameters: network.parameter_count(),
            },
            init: InitDescription {
                init: self.inits.iter().map(|init| Arc::clone(&init.name)).collect(),
                bias: self.bias().to_string(),
                branch_scale: Some(self.spec.init.branch_scale.to_string()).filter(|scale| scale != "1"),
                seed: self.spec.init.seed,
                seeds: self.spec.init.seeds,
                rng: self.spec.init.rng.to_string(),
            },
            training: TrainingDescription {
                optimizer: self.spec.training.optimizer.to_string(),
                lr: training.lr,
                lr_factors: training.lr_factors.clone(),
                bias_lr_factors: training.bias_lr_factors.clone(),
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
                precision: self.spec.training.precision().to_string(),
                class_weights: training.class_weights.clone(),
            },
            notes: &self.notes,
        }
    }

    /// How start and rates go with the width, in words; none where they do not.
    fn parametrization(&self) -> Option<String> {
        let NetworkSpec { parametrization, base_width, .. } = &self.spec.network;
        let is_other = *parametrization != Parametrization::Standard;
        is_other.then(|| format!("{parametrization} from width {base_width}"))
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
        let layers = match &about.network.network {
            Some(blocks) => blocks.clone(),
            None => format!("{}, {}", widths.join("-"), about.network.activation),
        };
        let parametrization =
            about.network.parametrization.as_ref().map_or_else(String::new, |name| format!(", {name}"));
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
             network {layers}, {} output, {} loss, {} parameters{parametrization}\n\
             {}, {batch}, lr {}{factors}{schedule}, {} step{}, {}{weights}, {} stream{more}{units}",
            in_a_line(about.data.name),
            many(about.data.features as u64, "feature"),
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

impl Task {
    /// The network and the training in a line, as it stands below the title of a picture.
    pub fn in_one_line(&self) -> String {
        self.summary().lines().skip(1).collect::<Vec<_>>().join(" · ")
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
    #[serde(skip_serializing_if = "Option::is_none")]
    shape: Option<Shape>,
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
    /// Piece by piece; none of plain dense layers.
    #[serde(skip_serializing_if = "Option::is_none")]
    network: Option<String>,
    /// Where it is not the standard one.
    #[serde(skip_serializing_if = "Option::is_none")]
    parametrization: Option<String>,
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
    /// Where it is not 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    branch_scale: Option<String>,
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
    /// Where they are not those of the weights.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    bias_lr_factors: Vec<f64>,
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
