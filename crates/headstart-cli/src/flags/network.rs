//! What is trained.

use crate::as_written::AsWritten;
use crate::flags::values::checked;
use clap::Args;
use headstart::engine::names::GrammarError;
use headstart::engine::network::{Loss, Output};
use headstart::spec::{Activations, Layers};
use serde::{Serialize, Serializer};
use std::str::FromStr;

/// What is trained.
#[derive(Debug, Args, Serialize)]
#[command(next_help_heading = "Network")]
#[serde(rename_all = "kebab-case")]
pub struct NetworkFlags {
    /// Widths, input first; _ for the first and the last takes them from the data [default: _,10,5,_]
    ///
    /// 100x50 is fifty layers of 100, as in _,100x50,_.
    #[arg(long, value_name = "WIDTHS", allow_hyphen_values = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    layers: Option<Layers>,
    /// Widths of the hidden layers alone: 64,32 is --layers _,64,32,_
    #[arg(long, value_name = "WIDTHS", allow_hyphen_values = true, conflicts_with = "layers")]
    #[serde(rename = "layers", skip_serializing_if = "Option::is_none")]
    hidden: Option<Hidden>,
    /// relu, tanh, gelu, sigmoid and others [default: relu]
    ///
    /// identity, relu, leaky-relu[:SLOPE], prelu[:SLOPE] (learned from there), elu, selu, gelu, silu, tanh, sigmoid, softplus, sin,
    /// relu6, hard-tanh, hard-sigmoid, hard-swish, softsign, mish, gelu-tanh, celu[:ALPHA], log-sigmoid, tanh-shrink,
    /// soft-shrink[:BOUND], hard-shrink[:BOUND], threshold:T, squareplus, exp, sparse-plus or sparse-sigmoid; with slashes between
    /// them one for each hidden layer. The names of PyTorch, Keras, JAX and scikit-learn are taken, too.
    #[arg(long, value_name = "NAME")]
    #[serde(skip_serializing_if = "Option::is_none")]
    activation: Option<AsWritten<Activations>>,
    /// identity, sigmoid, tanh, softmax and others [default: by the labels and the loss]
    ///
    /// identity, sigmoid, tanh, softmax, relu, softplus or exp; the last three are for numbers that are not below 0.
    #[arg(long, value_name = "NAME", value_parser = checked::<Output>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<String>,
    /// bce (binary cross-entropy), ce (cross-entropy), mse and others [default: by the output]
    ///
    /// Of classes bce, ce, focal[:GAMMA], hinge or squared-hinge; of numbers mse, mae, huber[:DELTA] or log-cosh; of counts poisson.
    #[arg(long, value_name = "NAME", value_parser = checked::<Loss>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    loss: Option<String>,
}

/// The widths of the hidden layers, as `--hidden` has them.
#[derive(Clone, Debug)]
struct Hidden(Layers);

impl FromStr for Hidden {
    type Err = GrammarError;

    fn from_str(text: &str) -> Result<Self, GrammarError> {
        Layers::hidden(text).map(Self)
    }
}

impl Serialize for Hidden {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}
