//! Where training starts.

use crate::as_written::AsWritten;
use crate::flags::values::{checked, whole};
use clap::Args;
use headstart::engine::init::BranchScale;
use headstart::engine::rng::Rng;
use headstart::spec::{Bias, Inits, OutputBias, Seeds};
use serde::Serialize;

/// Where training starts.
#[derive(Debug, Args, Serialize)]
#[command(next_help_heading = "Initialization")]
#[serde(rename_all = "kebab-case")]
pub struct InitFlags {
    /// Schemes, with commas between them: he, glorot, normal:0.01 ... [default: he]
    ///
    /// zeros, constant:C, normal:S, uniform:A (or A..B), truncated-normal:S, he (kaiming), glorot (xavier), lecun (what the
    /// deep-learning courses call "Xavier"), critical, depth-scaled (for deep relu networks), each of the five also with
    /// -uniform or -truncated behind it, orthogonal, identity, sparse:K, siren (for sin), variance-scaling:SCALE,FAN,DISTRIBUTION,
    /// lsuv (scaled on the data), delta-orthogonal for kernels, fixup, gpt2, t-fixup and deepnorm for residual branches, pytorch-, keras-, flax- and sklearn-default; :G behind a named scheme is its gain, as in he:0.5,
    /// and words follow, as in he:tanh, he:0.5:fan-out and normal:0.1:mean=1. With slashes between them one for each layer, as in
    /// he/he/zeros. `file:NAME` starts from the weights in a file (safetensors, .keras, .h5, .pt, .npz). The names of PyTorch, Keras
    /// and JAX are taken, too.
    #[arg(long, value_name = "SCHEMES", allow_hyphen_values = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub init: Option<AsWritten<Inits>>,
    /// Where biases start: a number, a scheme, data, none or auto [default: auto]
    ///
    /// none is a network without biases; auto starts them at 0, but critical ones with critical weights, and PyTorch's and
    /// scikit-learn's with their defaults; data starts them where each unit has mean 0 on a batch of the data. With slashes
    /// between them one for each layer, as in 0/0/prior.
    #[arg(long, value_name = "HOW", allow_hyphen_values = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    bias: Option<AsWritten<Bias>>,
    /// The last layer's biases, if not as --bias says: prior, a number or a scheme [default: by --bias]
    ///
    /// prior is what a network answers best with that knows no inputs: by the shares of the classes, or the targets' mean.
    #[arg(long, value_name = "HOW", allow_hyphen_values = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    output_bias: Option<OutputBias>,
    /// What residual branches' last layers are multiplied by: 1/sqrt(L), zero ... [default: 1]
    ///
    /// A number from 0 on, zero, 1/sqrt(L) or 1/L, where L is the number of branches.
    #[arg(long, value_name = "SCALE", allow_hyphen_values = true, value_parser = checked::<BranchScale>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    branch_scale: Option<String>,
    /// The first seed [default: 1]
    #[arg(long, value_parser = whole::<u64>())]
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<u64>,
    /// How many seeds, from the first one on; for compare also auto: until it is settled [default: 1; for compare 20 where
    /// that is cheap]
    #[arg(long, value_name = "N")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seeds: Option<Seeds>,
    /// native, or numpy: exactly what np.random.seed and np.random.randn would draw [default: native]
    #[arg(long, value_name = "STREAM", value_parser = checked::<Rng>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    rng: Option<String>,
}
