//! What to do about a finding: one change of the task, small enough to be tried at once.

use crate::data::{Preprocess, ScaleTargets};
use crate::spec::{Bias, Inits, TaskSpec};
use headstart_engine::activation::Activation;
use headstart_engine::network::{Loss, Network, Output};
use serde::{Serialize, Serializer};
use std::fmt;

/// A change of a task.
#[derive(Clone, Debug, PartialEq)]
pub enum Cure {
    /// Another initialization.
    Init(Inits),
    /// Another learning rate.
    LearningRate(f64),
    /// Biases that start where they do by default.
    UsualBiases,
    /// Features with mean 0 and variance 1.
    Standardize,
    /// Training on targets with mean 0 and variance 1.
    ScaleTargets,
    /// An output that reaches every number, with squared error.
    IdentityOutput,
}

impl Cure {
    /// The usual initialization of the network's activation; none if that is the one it has.
    pub fn usual_init(network: &Network, now: &str) -> Option<Self> {
        let name = usual(network);
        (name != now).then(|| name.parse().map(Self::Init).ok()).flatten()
    }

    /// A learning rate, with one digit: nobody means more.
    pub fn learning_rate(lr: f64) -> Option<Self> {
        let rounded = format!("{lr:.0e}").parse().ok()?;
        (rounded > 0.0 && lr.is_finite()).then_some(Self::LearningRate(rounded))
    }

    /// The task with this change and no other.
    pub fn applied(&self, spec: &TaskSpec) -> TaskSpec {
        let mut spec = spec.clone();
        match self {
            Self::Init(inits) => spec.init.init = inits.clone(),
            Self::LearningRate(lr) => spec.training.lr = Some(*lr),
            Self::UsualBiases => spec.init.bias = Bias::default(),
            Self::Standardize => spec.data.preprocess = Preprocess::Standardize,
            Self::ScaleTargets => spec.data.scale_targets = ScaleTargets::Standardize,
            Self::IdentityOutput => {
                (spec.network.output, spec.network.loss) = (Some(Output::Identity), Some(Loss::MeanSquaredError));
            }
        }
        spec
    }
}

/// As flags.
impl fmt::Display for Cure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Init(inits) => write!(f, "--init {inits}"),
            Self::LearningRate(lr) if *lr < 1e-3 => write!(f, "--lr {lr:e}"),
            Self::LearningRate(lr) => write!(f, "--lr {lr}"),
            Self::UsualBiases => f.write_str("--bias auto"),
            Self::Standardize => f.write_str("--preprocess standardize"),
            Self::ScaleTargets => f.write_str("--scale-targets standardize"),
            Self::IdentityOutput => f.write_str("--output identity --loss mse"),
        }
    }
}

impl Serialize for Cure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The scheme that textbooks give for the first hidden layer's activation.
fn usual(network: &Network) -> &'static str {
    match network.activations().first() {
        // He's weights multiply the signal by 1 + slope^2 in every layer.
        Some(Activation::LeakyRelu(slope)) if slope * slope > 0.05 => "critical",
        None
        | Some(
            Activation::Identity
            | Activation::Tanh
            | Activation::Sin
            | Activation::Selu
            | Activation::HardTanh
            | Activation::Softsign,
        ) => "lecun",
        Some(
            Activation::Relu
            | Activation::LeakyRelu(_)
            | Activation::Elu
            | Activation::Gelu
            | Activation::Silu
            | Activation::Softplus
            | Activation::Relu6
            | Activation::HardSwish
            | Activation::Mish,
        ) => "he",
        // Four times, as its slope is at most a quarter.
        Some(Activation::Sigmoid) => "glorot:4",
        Some(Activation::HardSigmoid) => "glorot:6",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With a slope of -2 he's weights multiply the signal by 5 in every layer.
    #[test]
    fn what_is_advised_keeps_the_signal() {
        for (slope, name) in
            [(0.01, "he"), (0.2, "he"), (-0.2, "he"), (0.25, "critical"), (-1.0, "critical"), (-2.0, "critical")]
        {
            let activation = [Activation::LeakyRelu(slope)];
            let widths = [2, 20, 20, 1];
            let network = Network::new(&widths, &activation, Output::Identity, Loss::MeanSquaredError, true).unwrap();
            let cure = |now| Cure::usual_init(&network, now).map(|cure| cure.to_string());
            assert_eq!((cure("normal:10"), cure(name)), (Some(format!("--init {name}")), None), "{slope}");
        }
    }
}
