//! What to do about a finding: one change of the task, small enough to be tried at once.

use crate::data::{Preprocess, ScaleTargets};
use crate::flags::quoted;
use crate::spec::{Activations, Bias, Block, Inits, NormName, TaskSpec};
use headstart_engine::activation::Activation;
use headstart_engine::init::BranchScale;
use headstart_engine::names::plain;
use headstart_engine::network::blocks::Norm;
use headstart_engine::network::{Loss, Output};
use headstart_engine::optimizer::Clip;
use serde::{Serialize, Serializer};
use std::fmt;

/// Units of which none is flat where its input is negative; the slope is PyTorch's.
pub const LEAKY: Activation = Activation::LeakyRelu(0.01);

/// Units of the hidden layer that a network without one is given.
const HIDDEN: usize = 16;

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
    /// Other units in all hidden layers.
    Activation(Activation),
    /// Another seed.
    Seed(u64),
    /// The same rate in all layers, which are so many.
    OneRate(usize),
    /// Layers of these widths, input first.
    Layers(Vec<usize>),
    /// So many steps.
    Steps(usize),
    /// Another weight decay.
    WeightDecay(f64),
    /// Another bound of the gradient.
    Clip(Clip),
    /// So many steps of warm-up.
    Warmup(usize),
    /// Other shares of units left out, for each hidden layer.
    Dropout(Vec<f64>),
    /// Another factor of the last layers of residual branches.
    BranchScale(BranchScale),
    /// Another initialization, from which residual branches begin as nothing.
    Closed(Inits),
    /// Another order of hidden layers.
    Block(Block),
    /// A normalization, or another one.
    Norm(Norm),
    /// Weights of a framework's model drawn anew.
    Draw(Draw),
}

/// Weights of a model that are drawn anew or multiplied, as `init_` of the frameworks takes it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Draw {
    /// Patterns of names and their schemes, of which the first that fits counts; `keep` leaves weights as they are.
    pub schemes: Vec<(String, String)>,
    /// What is done to the ends of residual branches.
    pub residual: Option<&'static str>,
}

impl Draw {
    /// All weights by one scheme.
    pub fn all(scheme: &str) -> Self {
        Self { schemes: vec![("*".to_owned(), scheme.to_owned())], residual: None }
    }

    /// Some weights by a scheme, the others as they are.
    pub fn some(names: &[&str], scheme: &str) -> Self {
        let mut schemes: Vec<_> = names.iter().map(|name| ((*name).to_owned(), scheme.to_owned())).collect();
        schemes.push(("*".to_owned(), "keep".to_owned()));
        Self { schemes, residual: None }
    }

    /// The ends of residual branches as a rule has them.
    #[must_use]
    pub fn residual(self, rule: &'static str) -> Self {
        Self { residual: Some(rule), ..self }
    }
}

/// As code.
impl fmt::Display for Draw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("init_(model, ")?;
        match self.schemes.as_slice() {
            [(pattern, scheme)] if pattern == "*" => write!(f, "\"{scheme}\"")?,
            several => {
                let pairs: Vec<String> =
                    several.iter().map(|(pattern, scheme)| format!("\"{pattern}\": \"{scheme}\"")).collect();
                write!(f, "{{{}}}", pairs.join(", "))?;
            }
        }
        if let Some(rule) = self.residual {
            write!(f, ", residual=\"{rule}\"")?;
        }
        f.write_str(")")
    }
}

/// Where an initialization has to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Toward {
    /// Smaller weights.
    Smaller,
    /// Larger ones.
    Larger,
    /// Other ones, of whatever size.
    Other,
}

impl Cure {
    /// The usual initialization of the first hidden layer's activation, and others of its kind that are smaller or larger; without the one
    /// it has.
    pub fn inits(activation: Option<Activation>, now: &str, toward: Toward) -> Vec<Self> {
        let usual = usual(activation);
        let (name, gain) = usual.split_once(':').unwrap_or((usual, "1"));
        let gain: f64 = gain.parse().unwrap_or(1.0);
        let factors: &[f64] = match toward {
            Toward::Smaller => &[0.5, 0.25, 0.1],
            Toward::Larger => &[1.5, 2.0, 4.0],
            Toward::Other => &[],
        };
        let others = factors.iter().map(|factor| match gain * factor {
            1.0 => name.to_owned(),
            gain => format!("{name}:{gain}"),
        });
        let names = std::iter::once(usual.to_owned()).chain(others).filter(|name| name != now);
        names.filter_map(|name| name.parse().map(Self::Init).ok()).collect()
    }

    /// The same of a model of a framework, which has its weights drawn by `init_`, and a learning rate; none where nobody can change it.
    pub fn of_model(self) -> Option<Self> {
        match self {
            Self::Init(inits) => inits.0.first().map(|init| Self::Draw(Draw::all(&init.to_string()))),
            Self::LearningRate(_) | Self::Draw(_) => Some(self),
            _ => None,
        }
    }

    /// What makes a network bend that is linear: units that do, or a hidden layer between inputs and outputs where there is none.
    pub fn bends([inputs, outputs]: [usize; 2], has_hidden: bool) -> Vec<Self> {
        if !has_hidden {
            return vec![Self::Layers(vec![inputs, HIDDEN, outputs])];
        }
        [Activation::Relu, Activation::Tanh].map(Self::Activation).to_vec()
    }

    /// What is told of it first.
    pub fn verb(&self) -> &'static str {
        if matches!(self, Self::Init(_) | Self::Draw(_) | Self::BranchScale(_) | Self::Closed(_)) {
            "start with"
        } else {
            "use"
        }
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
            Self::Activation(activation) => spec.network.activation = Activations(vec![*activation]),
            Self::Seed(seed) => spec.init.seed = *seed,
            Self::OneRate(_) => spec.training.lr_factors.clear(),
            Self::Layers(widths) => spec.network.layers.0 = widths.iter().copied().map(Some).collect(),
            Self::Steps(steps) => (spec.training.epochs, spec.training.steps) = (None, Some(*steps)),
            Self::WeightDecay(rate) => {
                spec.training.weight_decay = Some(*rate);
                if *rate == 0.0 {
                    (spec.training.decoupled_decay, spec.training.decay_biases) = (false, false);
                }
            }
            Self::Clip(Clip::Norm(bound)) => spec.training.clip = Some(*bound),
            Self::Clip(Clip::Value(bound)) => spec.training.clip_value = Some(*bound),
            Self::Warmup(steps) => spec.training.warmup = Some(*steps),
            Self::Dropout(shares) => spec.training.dropout.clone_from(shares),
            Self::BranchScale(scale) => spec.init.branch_scale = *scale,
            Self::Closed(inits) => {
                (spec.init.init, spec.init.branch_scale) = (inits.clone(), BranchScale::Times(0.0));
            }
            Self::Block(block) => spec.network.block = *block,
            Self::Norm(norm) => spec.network.norm = NormName(Some(*norm)),
            // A task has no such weights.
            Self::Draw(_) => {}
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
            Self::Activation(LEAKY) => f.write_str("--activation leaky-relu"),
            Self::Activation(activation) => write!(f, "--activation {activation}"),
            Self::Seed(seed) => write!(f, "--seed {seed}"),
            Self::Layers(widths) => {
                let widths: Vec<String> = widths.iter().map(ToString::to_string).collect();
                write!(f, "--layers {}", widths.join(","))
            }
            Self::Steps(steps) => write!(f, "--steps {steps}"),
            Self::WeightDecay(rate) => write!(f, "--weight-decay {}", plain(*rate)),
            Self::Clip(Clip::Norm(bound)) => write!(f, "--clip {}", plain(*bound)),
            Self::Clip(Clip::Value(bound)) => write!(f, "--clip-value {}", plain(*bound)),
            Self::Warmup(steps) => write!(f, "--warmup {steps}"),
            Self::Dropout(shares) => {
                let shares: Vec<String> = shares.iter().map(|share| plain(*share)).collect();
                write!(f, "--dropout {}", shares.join(","))
            }
            Self::BranchScale(scale) => write!(f, "--branch-scale {}", quoted(&scale.to_string())),
            Self::Closed(inits) => write!(f, "--init {inits} --branch-scale zero"),
            Self::Block(block) => write!(f, "--block {block}"),
            Self::Norm(norm) => write!(f, "--norm {norm}"),
            Self::Draw(draw) => draw.fmt(f),
            Self::OneRate(layers) => write!(f, "--lr-factors {}", vec!["1"; *layers].join(",")),
        }
    }
}

impl Serialize for Cure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The scheme that textbooks give for the first hidden layer's activation.
fn usual(activation: Option<Activation>) -> &'static str {
    match activation.map(Activation::at_start) {
        // He's weights multiply the signal by 1 + slope^2 in every layer.
        Some(Activation::LeakyRelu(slope)) if slope * slope > 0.05 => "critical",
        None
        | Some(
            Activation::Identity
            | Activation::Tanh
            | Activation::Sin
            | Activation::Selu
            | Activation::HardTanh
            | Activation::Softsign
            | Activation::Celu(_)
            | Activation::TanhShrink
            | Activation::SoftShrink(_)
            | Activation::HardShrink(_)
            | Activation::Exp,
        ) => "lecun",
        Some(
            Activation::Relu
            | Activation::LeakyRelu(_)
            | Activation::Prelu(_)
            | Activation::Elu
            | Activation::Gelu
            | Activation::Silu
            | Activation::Softplus
            | Activation::Relu6
            | Activation::HardSwish
            | Activation::Mish
            | Activation::GeluTanh
            | Activation::LogSigmoid
            | Activation::Threshold(_)
            | Activation::Squareplus
            | Activation::SparsePlus,
        ) => "he",
        // Four times, as its slope is at most a quarter.
        Some(Activation::Sigmoid) => "glorot:4",
        Some(Activation::HardSigmoid) => "glorot:6",
        Some(Activation::SparseSigmoid) => "glorot:2",
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
            let units = Some(Activation::LeakyRelu(slope));
            let cure = |now| Cure::inits(units, now, Toward::Other).first().map(ToString::to_string);
            assert_eq!((cure("normal:10"), cure(name)), (Some(format!("--init {name}")), None), "{slope}");
        }
    }

    #[test]
    fn initializations_go_where_the_figure_asks_for() {
        let told = |activation, now, toward| {
            let cures = Cure::inits(Some(activation), now, toward);
            cures.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
        };
        let smaller = told(Activation::Sigmoid, "keras-default", Toward::Smaller);
        assert_eq!(smaller, "--init glorot:4 --init glorot:2 --init glorot --init glorot:0.4");
        assert_eq!(told(Activation::Relu, "he", Toward::Larger), "--init he:1.5 --init he:2 --init he:4");
        assert_eq!(Cure::Activation(LEAKY).to_string().split(' ').nth(1).unwrap().parse(), Ok(LEAKY));
    }
}
