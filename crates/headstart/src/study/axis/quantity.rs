//! What can be varied.

use headstart_engine::names::GrammarError;
use std::str::FromStr;

/// What can be varied. They are applied in this order, so that a gain is one on the scheme of the same cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Quantity {
    /// The initialization: the only one of the task.
    Init,
    /// The standard deviation of all weights: `normal:S`.
    Scale,
    /// A factor on the initialization, whatever it is.
    Gain,
    /// The standard deviation of all biases: `normal:S`.
    BiasScale,
    /// The number of hidden layers, all as wide as the first one of the task.
    Depth,
    /// The width of all hidden layers.
    Width,
    /// The activation of all hidden layers.
    Activation,
    /// How hidden layers follow one another.
    Block,
    /// What normalizes them.
    Norm,
    /// What the last layer of each residual branch is multiplied by at the start.
    BranchScale,
    /// How start and rates go with the width.
    Parametrization,
    /// The update rule.
    Optimizer,
    /// The learning rate.
    Lr,
    /// Updates of the parameters.
    Steps,
    /// Samples in a minibatch.
    Batch,
    /// Momentum of gd and sgd.
    Momentum,
    /// Weight decay.
    WeightDecay,
    /// The share of the units of all hidden layers that is left out.
    Dropout,
    /// Steps in which the learning rate rises.
    Warmup,
    /// The most that the gradient may be long.
    Clip,
    /// How far the targets of classes are moved towards their mean.
    LabelSmoothing,
    /// Training samples of built-in data.
    Samples,
    /// The noise of built-in data.
    Noise,
    /// The first seed.
    Seed,
}

impl Quantity {
    /// Every name in the grammar, in the order of the variants.
    pub const NAMES: &'static [&'static str] = &[
        "init",
        "scale",
        "gain",
        "bias-scale",
        "depth",
        "width",
        "activation",
        "block",
        "norm",
        "branch-scale",
        "parametrization",
        "optimizer",
        "lr",
        "steps",
        "batch",
        "momentum",
        "weight-decay",
        "dropout",
        "warmup",
        "clip",
        "label-smoothing",
        "samples",
        "noise",
        "seed",
    ];

    const ALL: &'static [Self] = &[
        Self::Init,
        Self::Scale,
        Self::Gain,
        Self::BiasScale,
        Self::Depth,
        Self::Width,
        Self::Activation,
        Self::Block,
        Self::Norm,
        Self::BranchScale,
        Self::Parametrization,
        Self::Optimizer,
        Self::Lr,
        Self::Steps,
        Self::Batch,
        Self::Momentum,
        Self::WeightDecay,
        Self::Dropout,
        Self::Warmup,
        Self::Clip,
        Self::LabelSmoothing,
        Self::Samples,
        Self::Noise,
        Self::Seed,
    ];

    /// The name.
    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }

    /// The key of a task that it changes, which is also the name of the flag.
    pub fn key(self) -> &'static str {
        match self {
            Self::Init | Self::Scale | Self::Gain => "init",
            Self::BiasScale => "bias",
            Self::Depth | Self::Width => "layers",
            other => other.name(),
        }
    }

    /// Whether its values are names and not numbers. Those of a branch scale are either.
    pub fn is_named(self) -> bool {
        matches!(
            self,
            Self::Init | Self::Activation | Self::Block | Self::Norm | Self::Parametrization | Self::Optimizer
        )
    }

    /// Whether it is one of what `--network` says by itself.
    pub(super) fn is_of_layers(self) -> bool {
        matches!(self, Self::Depth | Self::Width | Self::Activation | Self::Block | Self::Norm)
    }

    /// Whether its values are whole numbers.
    pub(super) fn is_whole(self) -> bool {
        matches!(
            self,
            Self::Depth | Self::Width | Self::Steps | Self::Batch | Self::Warmup | Self::Samples | Self::Seed
        )
    }

    /// Whether a range of it is even on a logarithmic scale unless the range says otherwise.
    pub(super) fn is_factor(self) -> bool {
        matches!(self, Self::Scale | Self::Gain | Self::BranchScale | Self::Lr | Self::WeightDecay | Self::Clip)
    }
}

impl FromStr for Quantity {
    type Err = GrammarError;

    fn from_str(name: &str) -> Result<Self, GrammarError> {
        let found = Self::ALL.iter().find(|quantity| quantity.name() == name);
        found.copied().ok_or_else(|| GrammarError::unknown("axis", name, Self::NAMES))
    }
}
