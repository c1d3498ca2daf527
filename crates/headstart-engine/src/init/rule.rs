//! How the variance of a weight follows from the shape of its layer.

use crate::activation::Activation;
use crate::network::Layer;
use crate::network::program::InBranch;
use crate::theory::critical;

/// How the variance of a weight depends on its layer's shape.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rule {
    /// `2 / fan_in`: keeps the signal's second moment through relu layers (He et al. 2015, eq. 10).
    He,
    /// `2 / (fan_in + fan_out)`: between keeping signal and gradient through linear layers (Glorot and Bengio 2010).
    Glorot,
    /// `1 / fan_in`: keeps the signal's variance through linear layers (LeCun et al. 1998). Some courses call it
    /// "Xavier", which elsewhere means [`Rule::Glorot`].
    LeCun,
    /// `C_W / fan_in` with the critical weights of the activation before the layer, and the critical biases unless the
    /// initialization says otherwise: see [`critical`]. 2 for relu, 1 for tanh.
    Critical,
    /// He's variance keeps the mean of the signal's second moment, but a mean over draws of the weights is made by few large
    /// ones: the typical draw loses a factor of about `exp(-2.5 / n)` in every relu layer of `n` units, which adds up with
    /// depth. This rule keeps the typical draw instead, so that the logarithm of the signal's and of the gradient's size
    /// is a random walk without drift (Sussillo and Abbott 2014, "Random Walk Initialization for Training Very Deep
    /// Feedforward Networks"): `2 exp(2.4 / (max(n, 6) - 2.4)) / n` behind a relu layer of `n` units, `exp(1 / n) / n`
    /// behind an identity one. The first layer, whose inputs are not drawn, has no drift and no correction.
    DepthScaled,
    /// `gain^2 / fan` with the gain of a nonlinearity: `torch.nn.init.kaiming_normal_` with its `nonlinearity` and `mode`.
    /// [`Rule::He`] is that of relu by the fan-in, [`Rule::LeCun`] that of linear: those two are never written so.
    Kaiming(Nonlinearity, Fan),
    /// He's, smaller in residual branches by as much as there are many: with `L` branches of `m` layers, `2 / fan_in` times
    /// `L^(-1 / (m - 1))`, and the last layer of each branch and the layer of the logits 0 (Zhang, Dauphin and Ma 2019, "Fixup
    /// initialization", rules 1 and 2). Their scalar biases and multipliers (rule 3) are no part of a start.
    Fixup,
    /// `0.02^2`, and that over the number of branches in the last layer of each (Radford et al. 2019, "Language models are unsupervised
    /// multitask learners", section 2.3).
    Gpt2,
    /// Glorot's, in residual branches times `0.67^2 / sqrt(N)`, where `N` are half as many as branches: a layer of an encoder has two
    /// (Huang et al. 2020, "Improving transformer optimization through better initialization", section 4).
    TFixup,
    /// Glorot's, in residual branches times `1 / sqrt(8 N)`, `N` as for [`Rule::TFixup`], for a stream that is multiplied by `(2 N)^(1/4)`
    /// (Wang et al. 2022, "`DeepNet`: scaling transformers to 1,000 layers", table 1, encoders).
    DeepNorm,
    /// `scale / fan`: `VarianceScaling` of Keras, `variance_scaling` of JAX. The scale is a variance, not a deviation.
    VarianceScaling(f64, Fan),
}

/// The number of units that a variance is divided by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fan {
    /// Units of the layer before: keeps the signal's size on its way forward.
    In,
    /// Units of the layer: keeps the gradient's size on its way back (He et al. 2015, eq. 14).
    Out,
    /// The mean of the two.
    Average,
}

/// A nonlinearity that `torch.nn.init.calculate_gain` has a gain for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Nonlinearity {
    /// Gain 1, which it has for the sigmoid, too.
    Linear,
    /// Gain 5/3.
    Tanh,
    /// Gain sqrt 2.
    Relu,
    /// Gain `sqrt(2 / (1 + slope^2))` (He et al. 2015, eq. 15).
    Leaky(f64),
    /// Gain 3/4, found by experiment.
    Selu,
}

impl Rule {
    /// The rule of a nonlinearity and a fan, under the name that is its own where it has one.
    pub(super) fn kaiming(nonlinearity: Nonlinearity, fan: Fan) -> Self {
        match (nonlinearity, fan) {
            (Nonlinearity::Relu, Fan::In) => Self::He,
            (Nonlinearity::Linear, Fan::In) => Self::LeCun,
            (nonlinearity, fan) => Self::Kaiming(nonlinearity, fan),
        }
    }

    /// The variance of a weight of the layer.
    pub(super) fn variance(self, layer: &Layer) -> f64 {
        let (fan_in, fan_out) = (layer.fan_in as f64, layer.fan_out as f64);
        match self {
            Self::Glorot => 2.0 / (fan_in + fan_out),
            Self::DepthScaled => depth_scaled(layer),
            Self::Fixup if layer.is_last => 0.0,
            Self::Fixup => {
                Self::He.variance(layer)
                    * in_branch(layer, |branch| match branch.layers {
                        _ if branch.is_last() => 0.0,
                        layers => (branch.of as f64).powf(-1.0 / (layers - 1) as f64),
                    })
            }
            Self::Gpt2 => {
                0.02 * 0.02 * in_branch(layer, |branch| if branch.is_last() { 1.0 / branch.of as f64 } else { 1.0 })
            }
            Self::TFixup => {
                Self::Glorot.variance(layer) * in_branch(layer, |branch| 0.67 * 0.67 / (branch.of as f64 / 2.0).sqrt())
            }
            Self::DeepNorm => {
                Self::Glorot.variance(layer) * in_branch(layer, |branch| 1.0 / (4.0 * branch.of as f64).sqrt())
            }
            Self::He | Self::LeCun | Self::Critical => self.variance_by_fan_in(layer) / fan_in,
            Self::Kaiming(nonlinearity, fan) => nonlinearity.square_of_gain() / fan.of(layer),
            Self::VarianceScaling(scale, fan) => scale / fan.of(layer),
        }
    }

    /// That times the fan-in.
    pub(super) fn variance_by_fan_in(self, layer: &Layer) -> f64 {
        let (fan_in, fan_out) = (layer.fan_in as f64, layer.fan_out as f64);
        match self {
            Self::He => 2.0,
            Self::Glorot => 2.0 * fan_in / (fan_in + fan_out),
            Self::LeCun => 1.0,
            Self::Critical => critical(layer.before).map_or(f64::NAN, |point| point.weights),
            Self::DepthScaled => depth_scaled(layer) * fan_in,
            Self::Kaiming(nonlinearity, Fan::In) => nonlinearity.square_of_gain(),
            Self::VarianceScaling(scale, Fan::In) => scale,
            _ => self.variance(layer) * fan_in,
        }
    }

    /// Whether it is worked out for what made this layer's inputs.
    pub(super) fn has_no(self, layer: &Layer) -> bool {
        matches!(self, Self::Critical | Self::DepthScaled) && self.variance(layer).is_nan()
    }
}

impl Fan {
    /// The number of units of a layer that it stands for.
    pub fn of(self, layer: &Layer) -> f64 {
        let (fan_in, fan_out) = (layer.fan_in as f64, layer.fan_out as f64);
        match self {
            Self::In => fan_in,
            Self::Out => fan_out,
            Self::Average => f64::midpoint(fan_in, fan_out),
        }
    }
}

impl Nonlinearity {
    /// `torch.nn.init.calculate_gain`: the factor on a standard deviation of `1 / sqrt(fan)`.
    pub fn gain(self) -> f64 {
        match self {
            Self::Linear => 1.0,
            Self::Tanh => 5.0 / 3.0,
            Self::Relu | Self::Leaky(_) => self.square_of_gain().sqrt(),
            Self::Selu => 0.75,
        }
    }

    /// Its square, exact where the root is not.
    pub fn square_of_gain(self) -> f64 {
        match self {
            Self::Relu => 2.0,
            Self::Leaky(slope) => 2.0 / (1.0 + slope * slope),
            Self::Linear | Self::Tanh | Self::Selu => self.gain() * self.gain(),
        }
    }
}

/// A factor in residual branches, and 1 elsewhere.
fn in_branch(layer: &Layer, of: impl Fn(InBranch) -> f64) -> f64 {
    layer.branch.map_or(1.0, of)
}

/// See [`Rule::DepthScaled`]; NaN for activations that it is not worked out for.
fn depth_scaled(layer: &Layer) -> f64 {
    let n = layer.fan_in as f64;
    let (wide, correction) = match layer.before {
        Activation::Relu => (2.0, 2.4 / (n.max(6.0) - 2.4)),
        Activation::Identity => (1.0, 1.0 / n),
        _ => return f64::NAN,
    };
    wide / n * if layer.is_first() { 1.0 } else { libm::exp(correction) }
}
