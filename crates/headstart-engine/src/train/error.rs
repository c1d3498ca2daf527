//! Why a problem cannot be set up.

use thiserror::Error;

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
