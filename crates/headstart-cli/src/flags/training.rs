//! How training goes on.

use crate::as_written::AsWritten;
use crate::flags::values::{checked, finite, whole};
use clap::Args;
use headstart::engine::optimizer::Schedule;
use headstart::spec::{ClassWeights, OptimizerName, Precision};
use serde::Serialize;
use std::str::FromStr;

/// How training goes on.
#[derive(Debug, Args, Serialize)]
#[command(next_help_heading = "Training")]
#[serde(rename_all = "kebab-case")]
pub struct TrainingFlags {
    /// gd (all samples at every step), sgd, adam, adamw, nadam, adamax, rmsprop, adagrad, adadelta, lion, or lbfgs (all
    /// samples) [default: gd]
    #[arg(long, value_name = "NAME")]
    #[serde(skip_serializing_if = "Option::is_none")]
    optimizer: Option<AsWritten<OptimizerName>>,
    /// The learning rate; advise searches it if it is auto [default: 0.01; adam, adamw 0.001; nadam, adamax 0.002; lion
    /// 0.0001; adadelta, lbfgs 1]
    #[arg(long, value_name = "LR", allow_negative_numbers = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    lr: Option<Rate>,
    /// What the learning rate is multiplied by in each layer of weights, with commas between them, as in 1,1,10; 0
    /// leaves a layer as it is drawn [default: 1 everywhere]
    #[arg(long, value_name = "FACTORS", value_delimiter = ',', allow_negative_numbers = true, value_parser = finite)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    lr_factors: Vec<f64>,
    /// constant, cosine, linear, step:1000:0.5, exponential:0.999, polynomial:2 or one-cycle [default: constant]
    ///
    /// cosine, linear and polynomial fall to 0 over the steps, linear:0.1 to a tenth; step:1000:0.5 halves the rate every
    /// 1,000 steps; exponential:0.999 multiplies it at every step; one-cycle rises in the first 0.3 of them and falls.
    #[arg(long, value_name = "NAME", value_parser = checked::<Schedule>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    lr_schedule: Option<String>,
    /// Steps in which the learning rate rises, before its schedule begins [default: 0]
    #[arg(long, value_name = "STEPS", value_parser = whole::<usize>())]
    #[serde(skip_serializing_if = "Option::is_none")]
    warmup: Option<usize>,
    /// Weight decay (L2): so much of every weight is added to its gradient, biases left out [default: 0; adamw 0.01]
    ///
    /// That is the gradient of half of it times the sum of the squared weights. Losses are told without it. Of adamw
    /// and lion it is decoupled.
    #[arg(long, value_name = "DECAY", allow_negative_numbers = true, value_parser = finite)]
    #[serde(skip_serializing_if = "Option::is_none")]
    weight_decay: Option<f64>,
    /// Weight decay that goes past the gradient: each step takes the learning rate times it off the weights
    #[arg(long)]
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    decoupled_decay: bool,
    /// Biases decay as well, as in PyTorch's optimizers
    #[arg(long)]
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    decay_biases: bool,
    /// The most that the gradient of all parameters together may be long; a longer one is shortened
    #[arg(long, value_name = "NORM", allow_negative_numbers = true, value_parser = finite)]
    #[serde(skip_serializing_if = "Option::is_none")]
    clip: Option<f64>,
    /// The most that every element of the gradient may be; a larger one is cut off
    #[arg(long, value_name = "BOUND", allow_negative_numbers = true, value_parser = finite)]
    #[serde(skip_serializing_if = "Option::is_none")]
    clip_value: Option<f64>,
    /// The share of the hidden units that every step leaves out, as 0.2, or one for each hidden layer, as in 0.2,0.5
    #[arg(long, value_name = "SHARES", value_delimiter = ',', allow_negative_numbers = true, value_parser = finite)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    dropout: Vec<f64>,
    /// How far the targets of classes are moved towards their mean, as 0.1 [default: 0]
    ///
    /// Losses of the trace are with it, those at the end without; so it is with dropout.
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true, value_parser = finite)]
    #[serde(skip_serializing_if = "Option::is_none")]
    label_smoothing: Option<f64>,
    /// Stop after N looks in a row without a lower loss on the validation samples, and keep the weights of the lowest one
    #[arg(long, value_name = "N", value_parser = whole::<usize>())]
    #[serde(skip_serializing_if = "Option::is_none")]
    early_stopping: Option<usize>,
    /// Steps between two such looks [default: an epoch of minibatches, else --record-every]
    #[arg(long, value_name = "STEPS", value_parser = whole::<usize>())]
    #[serde(skip_serializing_if = "Option::is_none")]
    validation_every: Option<usize>,
    /// Samples in a minibatch [default: all for gd, 32 for the others]
    #[arg(long, value_name = "N", value_parser = whole::<usize>())]
    #[serde(skip_serializing_if = "Option::is_none")]
    batch: Option<usize>,
    /// Updates of the weights [default: 15000 with all samples at every step, 20 epochs with minibatches]
    #[arg(long, value_name = "N", value_parser = whole::<usize>())]
    #[serde(skip_serializing_if = "Option::is_none")]
    steps: Option<usize>,
    /// Passes through the training set; or say --steps
    #[arg(long, value_name = "N", value_parser = whole::<usize>())]
    #[serde(skip_serializing_if = "Option::is_none")]
    epochs: Option<usize>,
    /// Momentum of gd and sgd [default: 0]
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true, value_parser = finite)]
    #[serde(skip_serializing_if = "Option::is_none")]
    momentum: Option<f64>,
    /// Nesterov's momentum
    #[arg(long)]
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    nesterov: bool,
    /// adam and its like, lion: decay of the first moment [default: 0.9]
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true, value_parser = finite)]
    #[serde(skip_serializing_if = "Option::is_none")]
    beta1: Option<f64>,
    /// adam and its like, lion: decay of the second moment [default: 0.999; lion 0.99]
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true, value_parser = finite)]
    #[serde(skip_serializing_if = "Option::is_none")]
    beta2: Option<f64>,
    /// rmsprop, adadelta: decay of the second moment [default: 0.99; adadelta 0.9]
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true, value_parser = finite)]
    #[serde(skip_serializing_if = "Option::is_none")]
    decay: Option<f64>,
    /// Added to the root of the second moment [default: 1e-8; adadelta 1e-6; adagrad 1e-10]
    #[arg(long, value_name = "E", allow_negative_numbers = true, value_parser = finite)]
    #[serde(skip_serializing_if = "Option::is_none")]
    epsilon: Option<f64>,
    /// adagrad: what its sum of squares starts from [default: 0]
    #[arg(long, value_name = "X", allow_negative_numbers = true, value_parser = finite)]
    #[serde(skip_serializing_if = "Option::is_none")]
    initial_accumulator: Option<f64>,
    /// lbfgs: steps that it remembers [default: 10]
    #[arg(long, value_name = "N", value_parser = whole::<usize>())]
    #[serde(skip_serializing_if = "Option::is_none")]
    history: Option<usize>,
    /// Record the loss every N steps [default: a round number that gives about a hundred records]
    #[arg(long, value_name = "N", value_parser = whole::<usize>())]
    #[serde(skip_serializing_if = "Option::is_none")]
    record_every: Option<usize>,
    /// f64 or f32 [default: f64]
    #[arg(long, value_name = "TYPE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    precision: Option<Precision>,
    /// What the loss of a sample counts by its class: balanced for the same weight of every class, a number for each
    /// class, as in 1,10, or none [default: none]
    #[arg(long, value_name = "WEIGHTS", allow_hyphen_values = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    class_weights: Option<ClassWeights>,
    /// The accuracy that counts as a success: on the test set, or on the training set without one [default: 0.95]
    #[arg(long, value_name = "ACCURACY", allow_negative_numbers = true, value_parser = finite)]
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<f64>,
}

/// A learning rate, or that it is to be searched.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(untagged)]
enum Rate {
    Number(f64),
    Searched(Auto),
}

#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
enum Auto {
    Auto,
}

impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.trim() {
            "auto" => Ok(Self::Searched(Auto::Auto)),
            number => finite(number)
                .map(Self::Number)
                .map_err(|why| format!("{why}: the learning rate must be a positive number, as 0.01, or auto")),
        }
    }
}
