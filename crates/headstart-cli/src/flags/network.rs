//! What is trained.

use crate::as_written::AsWritten;
use crate::flags::values::{checked, whole};
use clap::Args;
use headstart::engine::names::GrammarError;
use headstart::engine::network::blocks::Blocks;
use headstart::engine::network::{Loss, Output};
use headstart::engine::theory::Parametrization;
use headstart::spec::{Activations, Block, Layers, NormName};
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
    /// All of it in one line: "conv 3x3 16 relu | gap | dense _" [default: by --layers]
    ///
    /// Pieces with bars between them: dense 100, conv 3x3 16 (or conv 5 16 of a sequence; behind it /2 for the stride, same, valid or
    /// circular for the border, groups=4), norm layer, rms or batch, max-pool 2x2, mean-pool 3x3 /2, gap (the mean over all places), and
    /// activations, which may also stand behind a layer. [ relu | dense 100 ] is a branch that is added to what goes into it, x50 behind
    /// a piece is fifty of them, ( ... ) x3 three of several. The last piece is the dense layer of the outputs. Data with places have a
    /// shape: see --shape.
    #[arg(
        long,
        value_name = "PIECES",
        conflicts_with_all = ["layers", "hidden", "activation", "block", "norm", "branch_layers"]
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    network: Option<AsWritten<Blocks>>,
    /// dense, residual, or pre-norm: hidden layers in a row, or beside a stream [default: dense]
    ///
    /// residual adds what each hidden layer but the first makes to what goes into it, x + W relu(x), and normalizes the sum if --norm says
    /// so; pre-norm normalizes within, x + W relu(norm(x)). A layer of another width begins another stream.
    #[arg(long, value_name = "HOW", value_parser = checked::<Block>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    block: Option<String>,
    /// none, layer, rms or batch: what normalizes hidden layers [default: none; for pre-norm layer]
    #[arg(long, value_name = "NAME", value_parser = checked::<NormName>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    norm: Option<String>,
    /// Layers of a residual branch [default: 1]
    #[arg(long, value_name = "N", value_parser = whole::<u64>())]
    #[serde(skip_serializing_if = "Option::is_none")]
    branch_layers: Option<u64>,
    /// standard, ntk or mup: how starts and rates go with the width [default: standard]
    ///
    /// mup (maximal update) makes the best learning rate of a narrow network that of a wide one: rates and the last layer's start are those
    /// of the standard parametrization at --base-width, and go with the width from there, by the optimizer.
    #[arg(long, value_name = "NAME", value_parser = checked::<Parametrization>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    parametrization: Option<String>,
    /// The width at which --parametrization changes nothing [default: 64]
    #[arg(long, value_name = "N", value_parser = whole::<u64>())]
    #[serde(skip_serializing_if = "Option::is_none")]
    base_width: Option<u64>,
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
