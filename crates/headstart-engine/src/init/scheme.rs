//! A rule for the weights or biases of one layer.

use super::draw::{One, filled};
use super::{Distribution, InitError, Rule, Shape, Sparsity, orthogonal};
use crate::activation::Activation;
use crate::network::Layer;
use crate::rng::Stream;
use crate::theory::critical;
use crate::watch::Watch;
use ndarray::{Array1, Array2};

/// A rule for drawing the weights (or biases) of one layer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scheme {
    /// Every weight is 0.
    Zeros,
    /// Every weight is this number.
    Constant(f64),
    /// A distribution of one size for all layers: standard deviation for the normal ones, bound for the uniform one.
    Plain(Distribution, f64),
    /// A distribution of one size for all layers that is not around 0, or cut off elsewhere than at two standard deviations.
    Of(Shape),
    /// A variance that depends on the layer's shape, times the square of a gain.
    Scaled {
        /// The variance.
        rule: Rule,
        /// The distribution that has it.
        distribution: Distribution,
        /// Factor on the standard deviation.
        gain: f64,
    },
    /// Orthonormal rows, or columns where there are more rows than columns, times a gain.
    Orthogonal {
        /// Factor on every weight.
        gain: f64,
    },
    /// An orthogonal matrix in the middle of the kernel and zeros around it, times a gain: the convolution passes every place on as it
    /// is, rotated over its channels (Xiao et al. 2018, "Dynamical isometry and a mean field theory of CNNs", section 3.3 and
    /// algorithm 1). Without a kernel it is orthogonal.
    DeltaOrthogonal {
        /// Factor on every weight.
        gain: f64,
    },
    /// Ones on the diagonal and zeros elsewhere, times a gain: `Identity` of Keras, `torch.nn.init.eye_`; for recurrent and
    /// very deep linear layers (Le, Jaitly and Hinton 2015). A layer that widens or narrows passes on as many as it can.
    Identity {
        /// The number on the diagonal.
        gain: f64,
    },
    /// Normal numbers, and zeros at random places.
    Sparse {
        /// Where.
        sparsity: Sparsity,
        /// The standard deviation of the others.
        sd: f64,
    },
    /// Weights for [`Activation::Sin`] (Sitzmann et al. 2020, "Implicit Neural Representations with Periodic Activation
    /// Functions", section 3.2 and supplement 1.5). There a unit is `sin(omega (w x + b))` with `w` from `U(-1 / n, 1 / n)` in the
    /// first layer and from `U(-sqrt(6 / n) / omega, sqrt(6 / n) / omega)` behind it, `n` the fan-in. Here it is `sin(w x + b)`,
    /// and the factor is in the weights: `U(-omega / n, omega / n)` and `U(-sqrt(6 / n), sqrt(6 / n))`. The function of the
    /// network is the same; gradients by the weights are smaller by omega.
    Siren {
        /// Of the first layer's sines.
        omega: f64,
        /// Factor on every weight.
        gain: f64,
    },
    /// Layer-sequential unit variance (Mishkin and Matas 2015, "All you need is a good init", algorithm 1): orthogonal,
    /// then, first layer to last, divided by the standard deviation of the layer's pre-activations on a batch of the data,
    /// all units and samples together, until the variance is within a tenth of what it should be; ten times at most. It
    /// needs data: see [`Initialization::draw_on`](super::Initialization::draw_on).
    Lsuv {
        /// The standard deviation that the pre-activations shall have: 1 in the paper.
        gain: f64,
        /// Whether one number is then taken off all of a layer's biases so that its pre-activations, all units and samples
        /// together, have mean 0; fast.ai's course does so behind the activation.
        centered: bool,
    },
    /// What a dense layer of a framework starts with, weights and biases, unless it is told otherwise.
    Framework {
        /// Whose.
        framework: Framework,
        /// Factor on weights and biases.
        gain: f64,
    },
}

/// A framework with an initialization of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framework {
    /// `torch.nn.Linear`: `kaiming_uniform_` with `a = sqrt(5)`, which is `U(-1/sqrt(fan_in), 1/sqrt(fan_in))`, for the
    /// weights, and the same for the biases (`Linear.reset_parameters`). The variance is a third of [`Rule::LeCun`]'s.
    PyTorch,
    /// `keras.layers.Dense`: glorot-uniform weights, biases 0.
    Keras,
    /// `flax.linen.Dense` and `flax.nnx.Linear`: lecun-truncated weights, biases 0.
    Flax,
    /// `MLPClassifier` and `MLPRegressor` of scikit-learn: weights and biases from `U(-sqrt(6 / (fan_in + fan_out)),
    /// sqrt(6 / (fan_in + fan_out)))`, with 2 for the 6 where the activation is the sigmoid, "logistic" there
    /// (`BaseMultilayerPerceptron._init_coef`).
    Sklearn,
}

impl Scheme {
    /// Every name in the grammar, without the variants of the scaled schemes.
    pub const NAMES: &'static [&'static str] = &[
        "zeros",
        "constant:C",
        "normal:S",
        "uniform:A",
        "truncated-normal:S",
        "variance-scaling:SCALE",
        "he",
        "kaiming",
        "he-uniform",
        "he-truncated",
        "glorot",
        "xavier",
        "glorot-uniform",
        "glorot-truncated",
        "lecun",
        "lecun-uniform",
        "lecun-truncated",
        "orthogonal",
        "delta-orthogonal",
        "fixup",
        "gpt2",
        "t-fixup",
        "deepnorm",
        "identity",
        "sparse:K",
        "siren",
        "critical",
        "depth-scaled",
        "lsuv",
        "pytorch-default",
        "keras-default",
        "flax-default",
        "sklearn-default",
    ];

    /// Draws `fan_out x fan_in` weights, row by row; none where the watch is stopped on the way.
    pub(super) fn weights(self, layer: &Layer, stream: &mut dyn Stream, watch: &Watch) -> Option<Array2<f64>> {
        match (self, &layer.kernel) {
            (Self::DeltaOrthogonal { gain }, Some(kernel)) => {
                let area = kernel.windows.size[0] * kernel.windows.size[1];
                orthogonal::delta((layer.fan_out, layer.fan_in), area, gain, stream, watch)
            }
            _ => self.matrix((layer.fan_out, layer.fan_in), &layer.by_fans(), stream, watch),
        }
    }

    /// Draws a matrix of weights whose sizes are those that the fans of a layer ask for, whatever its shape.
    pub(super) fn matrix(
        self,
        shape: (usize, usize),
        layer: &Layer,
        stream: &mut dyn Stream,
        watch: &Watch,
    ) -> Option<Array2<f64>> {
        match self {
            Self::Orthogonal { gain } | Self::DeltaOrthogonal { gain } => {
                Some(orthogonal::draw(shape.0, shape.1, stream, watch)? * gain)
            }
            // What lsuv makes of its gain, it makes of the data.
            Self::Lsuv { .. } => orthogonal::draw(shape.0, shape.1, stream, watch),
            Self::Identity { gain } => Some(Array2::from_shape_fn(shape, |(o, i)| if o == i { gain } else { 0.0 })),
            Self::Sparse { sparsity, sd } => sparsity.draw(shape, sd, stream, watch),
            other => filled(shape, watch, other.of_one_weight(layer)?.drawn_from(stream)),
        }
    }

    /// Draws `fan_out` biases; scaled schemes use the fans of the layer's weights, but critical biases need none.
    pub(super) fn biases(self, layer: &Layer, stream: &mut dyn Stream) -> Array1<f64> {
        let one = self.of_one_bias(&layer.by_fans()).expect("checked: biases are not drawn together");
        Array1::from_shape_simple_fn(layer.fan_out, one.drawn_from(stream))
    }

    /// The second moment of a weight of the layer; none for constants, the identity and [`Scheme::Of`] most shapes, whose weights
    /// are not drawn around 0, and for lsuv, which leaves it to the data.
    pub fn variance(self, layer: &Layer) -> Option<f64> {
        match (self, self.of_one_weight(&layer.by_fans())) {
            (Self::DeltaOrthogonal { gain }, _) if layer.kernel.is_some() => {
                let area = layer.kernel.map_or(1, |kernel| kernel.windows.size[0] * kernel.windows.size[1]);
                Some(gain * gain / layer.fan_out.max(layer.fan_in / area) as f64 / area as f64)
            }
            (Self::Orthogonal { gain } | Self::DeltaOrthogonal { gain }, _) => {
                Some(gain * gain / layer.fan_in.max(layer.fan_out) as f64)
            }
            (Self::Sparse { sparsity, sd }, _) => Some(sd * sd * sparsity.share_left(layer.fan_out, layer.fan_in)),
            // The square of its root would be off by a last digit.
            (Self::Scaled { rule, gain, .. }, _) => Some(gain * gain * rule.variance(&layer.by_fans())),
            (_, one) => one.and_then(One::variance),
        }
    }

    /// That times the fan-in, as exact as the rule says it: 2 for he whatever the layer's width.
    pub fn variance_by_fan_in(self, layer: &Layer) -> Option<f64> {
        let fan_in = layer.fan_in as f64;
        match self {
            Self::Scaled { rule, gain, .. } => Some(gain * gain * rule.variance_by_fan_in(&layer.by_fans())),
            other => other.variance(layer).map(|variance| variance * fan_in),
        }
    }

    /// The second moment of a bias that belongs to weights by this scheme: 0 for most.
    pub fn own_bias_variance(self, layer: &Layer) -> f64 {
        self.own_biases().of_one_bias(layer).and_then(One::variance).unwrap_or(0.0)
    }

    /// The biases that belong to weights by this scheme.
    pub(super) fn own_biases(self) -> Self {
        match self {
            Self::Scaled { rule: Rule::Critical, .. } | Self::Framework { .. } => self,
            _ => Self::Zeros,
        }
    }

    /// Whether it is worked out for what makes a layer's inputs.
    ///
    /// # Errors
    /// If it is not.
    pub(super) fn fits(self, layer: &Layer) -> Result<(), InitError> {
        match self {
            Self::Scaled { rule, .. } if rule.has_no(layer) => Err(match rule {
                Rule::Critical => InitError::NoCritical(layer.before),
                _ => InitError::NoDepthScaled(layer.before),
            }),
            _ => Ok(()),
        }
    }

    /// Whether a layer's weights are drawn together, which biases cannot be.
    pub(super) fn is_of_matrices(self) -> bool {
        matches!(
            self,
            Self::Orthogonal { .. }
                | Self::DeltaOrthogonal { .. }
                | Self::Identity { .. }
                | Self::Sparse { .. }
                | Self::Lsuv { .. }
        )
    }

    /// Whether it is for networks with residual branches, whose number it depends on.
    pub fn is_of_branches(self) -> bool {
        matches!(self, Self::Scaled { rule: Rule::Fixup | Rule::Gpt2 | Rule::TFixup | Rule::DeepNorm, .. })
    }

    /// Whether it needs data to be drawn.
    pub fn needs_data(self) -> bool {
        matches!(self, Self::Lsuv { .. })
    }

    /// What every weight of a layer is drawn from; none where they are drawn together.
    fn of_one_weight(self, layer: &Layer) -> Option<One> {
        match self {
            Self::Zeros => Some(One::Constant(0.0)),
            Self::Constant(c) => Some(One::Constant(c)),
            Self::Plain(distribution, size) => Some(One::Drawn(distribution, size)),
            Self::Of(shape) => Some(One::Of(shape)),
            Self::Scaled { rule, distribution, gain } => Some(match gain * rule.variance(layer).sqrt() {
                0.0 => One::Constant(0.0),
                sd => One::Drawn(distribution, distribution.size(sd)),
            }),
            Self::Siren { omega, gain } => {
                let fan_in = layer.fan_in as f64;
                let bound = if layer.is_first() { omega / fan_in } else { (6.0 / fan_in).sqrt() };
                Some(One::Drawn(Distribution::Uniform, gain * bound))
            }
            Self::Framework { framework, gain } => {
                let (distribution, variance) = framework.weights(layer);
                Some(One::Drawn(distribution, distribution.size(gain * variance.sqrt())))
            }
            Self::Orthogonal { .. }
            | Self::DeltaOrthogonal { .. }
            | Self::Identity { .. }
            | Self::Sparse { .. }
            | Self::Lsuv { .. } => None,
        }
    }

    /// What every bias of a layer is drawn from.
    pub(super) fn of_one_bias(self, layer: &Layer) -> Option<One> {
        match self {
            Self::Scaled { rule: Rule::Critical, distribution, gain } => {
                // Biases that are 0 are not drawn: behind tanh this is lecun, whatever the stream.
                Some(match gain * critical(layer.before).map_or(0.0, |point| point.biases).sqrt() {
                    0.0 => One::Constant(0.0),
                    sd => One::Drawn(distribution, distribution.size(sd)),
                })
            }
            Self::Framework { framework: Framework::Keras | Framework::Flax, .. } => Some(One::Constant(0.0)),
            other => other.of_one_weight(layer),
        }
    }

    /// The same scheme, its weights so many times as large; of lsuv, its pre-activations.
    #[must_use]
    pub fn times(self, factor: f64) -> Self {
        match self {
            Self::Zeros => Self::Zeros,
            Self::Constant(c) => Self::Constant(c * factor),
            Self::Plain(distribution, size) => Self::Plain(distribution, size * factor),
            Self::Of(shape) => shape.times(factor).map_or(Self::Zeros, Self::Of),
            // It has its size as a variance, and no other factor.
            Self::Scaled { rule: Rule::VarianceScaling(scale, fan), distribution, gain } => {
                Self::Scaled { rule: Rule::VarianceScaling(scale * factor * factor, fan), distribution, gain }
            }
            Self::Scaled { rule, distribution, gain } => Self::Scaled { rule, distribution, gain: gain * factor },
            Self::Orthogonal { gain } => Self::Orthogonal { gain: gain * factor },
            Self::DeltaOrthogonal { gain } => Self::DeltaOrthogonal { gain: gain * factor },
            Self::Identity { gain } => Self::Identity { gain: gain * factor },
            Self::Sparse { sparsity, sd } => Self::Sparse { sparsity, sd: sd * factor.abs() },
            Self::Siren { omega, gain } => Self::Siren { omega, gain: gain * factor },
            Self::Lsuv { gain, centered } => Self::Lsuv { gain: gain * factor, centered },
            Self::Framework { framework, gain } => Self::Framework { framework, gain: gain * factor },
        }
    }
}

impl Framework {
    /// Everyone's.
    pub const ALL: [Self; 4] = [Self::PyTorch, Self::Keras, Self::Flax, Self::Sklearn];

    /// The name of the scheme.
    pub fn name(self) -> &'static str {
        match self {
            Self::PyTorch => "pytorch-default",
            Self::Keras => "keras-default",
            Self::Flax => "flax-default",
            Self::Sklearn => "sklearn-default",
        }
    }

    /// What the weights of a layer are drawn from, and their variance.
    fn weights(self, layer: &Layer) -> (Distribution, f64) {
        let fan_in = layer.fan_in as f64;
        match self {
            Self::PyTorch => (Distribution::Uniform, 1.0 / (3.0 * fan_in)),
            Self::Flax => (Distribution::Truncated, Rule::LeCun.variance(layer)),
            Self::Sklearn if layer.before == Activation::Sigmoid => {
                (Distribution::Uniform, Rule::Glorot.variance(layer) / 3.0)
            }
            Self::Keras | Self::Sklearn => (Distribution::Uniform, Rule::Glorot.variance(layer)),
        }
    }
}
