//! Initialization: schemes, their grammar, and drawing weights and biases from them.
//!
//! | scheme | weights of a layer | source |
//! | --- | --- | --- |
//! | `zeros`, `constant:C` | all 0, all C | units stay identical: the classic mistake |
//! | `normal:S` | N(0, S^2) | |
//! | `uniform:A` | U(-A, A) | |
//! | `truncated-normal:S` | normal cut at two sigmas, standard deviation S after the cut | |
//! | `he` | variance 2 / fan-in | He et al. 2015, eq. 10 |
//! | `glorot` | variance 2 / (fan-in + fan-out) | Glorot and Bengio 2010, eqs. 12 and 16 |
//! | `lecun` | variance 1 / fan-in | LeCun et al. 1998, eq. 16 |
//! | `orthogonal` | rows or columns orthonormal | Saxe et al. 2013; drawn as Mezzadri 2007 |
//! | `critical` | variance `C_W` / fan-in, biases of variance `C_b`, by the activation before the layer | Roberts, Yaida and Hanin 2022, chapter 5; see [`critical`] |
//! | `depth-scaled` | he, with a correction for the width of relu layers: see [`Rule::DepthScaled`] | Sussillo and Abbott 2014 |
//! | `lsuv` | orthogonal, then scaled on data until the layer's outputs have variance 1 | Mishkin and Matas 2015 |
//! | `pytorch-default`, `keras-default` | what a dense layer of the framework starts with | see [`Framework`] |

mod biases;
mod lsuv;
mod orthogonal;

pub use biases::Biases;

use crate::activation::Activation;
use crate::names::{GrammarError, Name, SCHEMES, of_code, plain};
use crate::network::{Layer, LayerParameters, Network, Parameters};
use crate::rng::{Native, RandomState, Rng, Stream, normal_cdf, normal_quantile};
use crate::simd::InstructionSet;
use crate::theory::critical;
use crate::train::{NOBODY, Watch};
use ndarray::{Array1, Array2, ArrayView2};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use thiserror::Error;

/// A rule for drawing the weights (or biases) of one layer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scheme {
    /// Every weight is 0.
    Zeros,
    /// Every weight is this number.
    Constant(f64),
    /// A distribution of one size for all layers: standard deviation for the normal ones, bound for the uniform one.
    Plain(Distribution, f64),
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
    /// Layer-sequential unit variance (Mishkin and Matas 2015, "All you need is a good init", algorithm 1): orthogonal,
    /// then, first layer to last, divided by the standard deviation of the layer's pre-activations on a batch of the data,
    /// all units and samples together, until the variance is within a tenth of what it should be; ten times at most. It
    /// needs data: see [`Initialization::draw_on`].
    Lsuv {
        /// The standard deviation that the pre-activations shall have: 1 in the paper.
        gain: f64,
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
}

/// The shape of a distribution around 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Distribution {
    /// The normal distribution.
    Normal,
    /// The uniform distribution between a bound and its negative.
    Uniform,
    /// The normal distribution cut off at two standard deviations, widened so that its variance is as asked.
    Truncated,
}

/// How the variance of a weight depends on its layer's shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
}

/// The standard deviation of a standard normal variable cut off at plus and minus two:
/// `sqrt(1 - 4 phi(2) / (2 Phi(2) - 1))`.
const SD_OF_CUT_NORMAL: f64 = 0.879_625_661_034_239_8;

impl Scheme {
    /// Every name in the grammar, without the variants of the scaled schemes.
    pub const NAMES: &'static [&'static str] = &[
        "zeros",
        "constant:C",
        "normal:S",
        "uniform:A",
        "truncated-normal:S",
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
        "critical",
        "depth-scaled",
        "lsuv",
        "pytorch-default",
        "keras-default",
    ];

    /// Draws `fan_out x fan_in` weights, row by row; none where the watch is stopped on the way.
    fn weights(self, layer: &Layer, stream: &mut dyn Stream, watch: &Watch) -> Option<Array2<f64>> {
        match self.of_one_weight(layer) {
            None => {
                // What lsuv makes of its gain, it makes of the data.
                let gain = if let Self::Orthogonal { gain } = self { gain } else { 1.0 };
                Some(orthogonal::draw(layer.fan_out, layer.fan_in, stream, watch)? * gain)
            }
            Some(one) => filled((layer.fan_out, layer.fan_in), watch, one.drawn_from(stream)),
        }
    }

    /// Draws `fan_out` biases; scaled schemes use the fans of the layer's weights, but critical biases need none.
    fn biases(self, layer: &Layer, stream: &mut dyn Stream) -> Array1<f64> {
        let one = self.of_one_bias(layer).expect("checked: biases are not drawn together");
        Array1::from_shape_simple_fn(layer.fan_out, one.drawn_from(stream))
    }

    /// The second moment of a weight of the layer; none for constants, whose weights are not drawn around 0, and for lsuv,
    /// which leaves it to the data.
    pub fn variance(self, layer: &Layer) -> Option<f64> {
        match (self, self.of_one_weight(layer)) {
            (Self::Orthogonal { gain }, _) => Some(gain * gain / layer.fan_in.max(layer.fan_out) as f64),
            // The square of its root would be off by a last digit.
            (Self::Scaled { rule, gain, .. }, _) => Some(gain * gain * rule.variance(layer)),
            (_, one) => one.and_then(One::variance),
        }
    }

    /// That times the fan-in, as exact as the rule says it: 2 for he whatever the layer's width.
    pub fn variance_by_fan_in(self, layer: &Layer) -> Option<f64> {
        let fan_in = layer.fan_in as f64;
        match self {
            Self::Scaled { rule, gain, .. } => Some(gain * gain * rule.variance_by_fan_in(layer)),
            other => other.variance(layer).map(|variance| variance * fan_in),
        }
    }

    /// The second moment of a bias that belongs to weights by this scheme: 0 for most.
    pub fn own_bias_variance(self, layer: &Layer) -> f64 {
        self.own_biases().of_one_bias(layer).and_then(One::variance).unwrap_or(0.0)
    }

    /// The biases that belong to weights by this scheme.
    fn own_biases(self) -> Self {
        match self {
            Self::Scaled { rule: Rule::Critical, .. } | Self::Framework { .. } => self,
            _ => Self::Zeros,
        }
    }

    /// Whether a layer's weights are drawn together, which biases cannot be.
    fn is_of_matrices(self) -> bool {
        matches!(self, Self::Orthogonal { .. } | Self::Lsuv { .. })
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
            Self::Scaled { rule, distribution, gain } => {
                Some(One::Drawn(distribution, distribution.size(gain * rule.variance(layer).sqrt())))
            }
            Self::Framework { framework, gain } => {
                let fan_in = layer.fan_in as f64;
                let variance = match framework {
                    Framework::PyTorch => 1.0 / (3.0 * fan_in),
                    Framework::Keras => Rule::Glorot.variance(layer),
                };
                Some(One::Drawn(Distribution::Uniform, Distribution::Uniform.size(gain * variance.sqrt())))
            }
            Self::Orthogonal { .. } | Self::Lsuv { .. } => None,
        }
    }

    /// What every bias of a layer is drawn from.
    fn of_one_bias(self, layer: &Layer) -> Option<One> {
        match self {
            Self::Scaled { rule: Rule::Critical, distribution, gain } => {
                // Biases that are 0 are not drawn: behind tanh this is lecun, whatever the stream.
                Some(match gain * critical(layer.before).map_or(0.0, |point| point.biases).sqrt() {
                    0.0 => One::Constant(0.0),
                    sd => One::Drawn(distribution, distribution.size(sd)),
                })
            }
            Self::Framework { framework: Framework::Keras, .. } => Some(One::Constant(0.0)),
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
            Self::Scaled { rule, distribution, gain } => Self::Scaled { rule, distribution, gain: gain * factor },
            Self::Orthogonal { gain } => Self::Orthogonal { gain: gain * factor },
            Self::Lsuv { gain } => Self::Lsuv { gain: gain * factor },
            Self::Framework { framework, gain } => Self::Framework { framework, gain: gain * factor },
        }
    }
}

/// A matrix of what comes next, row by row; none where the watch is stopped on the way.
fn filled(shape: (usize, usize), watch: &Watch, mut next: impl FnMut() -> f64) -> Option<Array2<f64>> {
    /// Numbers between two looks at the watch.
    const UNWATCHED: usize = 1 << 16;
    let mut matrix = Array2::zeros(shape);
    for part in matrix.as_slice_mut()?.chunks_mut(UNWATCHED) {
        if watch.is_stopped() {
            return None;
        }
        part.fill_with(&mut next);
    }
    Some(matrix)
}

/// What one number is.
#[derive(Clone, Copy, Debug)]
enum One {
    Constant(f64),
    /// Drawn from a distribution of this size: its standard deviation, or its bound where it is uniform.
    Drawn(Distribution, f64),
}

impl One {
    /// Its second moment; none for constants but 0.
    fn variance(self) -> Option<f64> {
        match self {
            Self::Constant(c) => (c == 0.0).then_some(0.0),
            Self::Drawn(Distribution::Uniform, bound) => Some(bound * bound / 3.0),
            Self::Drawn(Distribution::Normal | Distribution::Truncated, sd) => Some(sd * sd),
        }
    }

    /// A function that draws one after the other.
    ///
    /// The order of operations is that of the notebooks (`randn * s`, `(rand * 2 - 1) * a`), so that replayed draws
    /// agree to the last bit.
    fn drawn_from(self, stream: &mut dyn Stream) -> Box<dyn FnMut() -> f64 + '_> {
        match self {
            Self::Constant(c) => Box::new(move || c),
            Self::Drawn(Distribution::Normal, sd) => Box::new(move || stream.normal() * sd),
            Self::Drawn(Distribution::Uniform, bound) => Box::new(move || (stream.uniform() * 2.0 - 1.0) * bound),
            Self::Drawn(Distribution::Truncated, sd) => {
                let (low, high) = (normal_cdf(-2.0), normal_cdf(2.0));
                let widened = sd / SD_OF_CUT_NORMAL;
                Box::new(move || normal_quantile(low + stream.uniform() * (high - low)) * widened)
            }
        }
    }
}

impl Distribution {
    /// What describes the distribution where its standard deviation is to be so large.
    fn size(self, sd: f64) -> f64 {
        if self == Self::Uniform { sd * 3_f64.sqrt() } else { sd }
    }
}

impl Rule {
    fn variance(self, layer: &Layer) -> f64 {
        let (fan_in, fan_out) = (layer.fan_in as f64, layer.fan_out as f64);
        match self {
            Self::Glorot => 2.0 / (fan_in + fan_out),
            Self::DepthScaled => depth_scaled(layer),
            Self::He | Self::LeCun | Self::Critical => self.variance_by_fan_in(layer) / fan_in,
        }
    }

    fn variance_by_fan_in(self, layer: &Layer) -> f64 {
        let (fan_in, fan_out) = (layer.fan_in as f64, layer.fan_out as f64);
        match self {
            Self::He => 2.0,
            Self::Glorot => 2.0 * fan_in / (fan_in + fan_out),
            Self::LeCun => 1.0,
            Self::Critical => critical(layer.before).map_or(f64::NAN, |point| point.weights),
            Self::DepthScaled => depth_scaled(layer) * fan_in,
        }
    }
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

impl FromStr for Scheme {
    type Err = GrammarError;

    fn from_str(text: &str) -> Result<Self, GrammarError> {
        if text.trim().starts_with(GIVEN) {
            let problem = "a file has all weights and biases: it is not a scheme for a layer, for biases or for theory, and its \
                           name has no comma";
            return Err(GrammarError::parameter(text, problem));
        }
        let code = of_code(text);
        let text = code.as_deref().unwrap_or(text);
        let Name { name, number, .. } = SCHEMES.read(text)?;
        let needed = |what| number.ok_or_else(|| GrammarError::parameter(text, format!("needs {what} behind a colon")));
        let positive = |what| match needed(what)? {
            size if size < 0.0 => Err(GrammarError::parameter(text, format!("{what} must not be negative"))),
            size => Ok(size),
        };
        match name {
            "zeros" if number.is_some() => Err(GrammarError::parameter(text, "zeros takes no number; see constant:C")),
            "zeros" => Ok(Self::Zeros),
            "constant" => Ok(Self::Constant(needed("the constant, as in constant:0.1,")?)),
            "normal" => Ok(Self::Plain(Distribution::Normal, positive("the standard deviation, as in normal:0.01,")?)),
            "uniform" => Ok(Self::Plain(Distribution::Uniform, positive("the bound, as in uniform:0.1,")?)),
            "truncated-normal" => {
                let size = positive("the standard deviation, as in truncated-normal:0.01,")?;
                Ok(Self::Plain(Distribution::Truncated, size))
            }
            "orthogonal" => Ok(Self::Orthogonal { gain: number.unwrap_or(1.0) }),
            "lsuv" => match number.unwrap_or(1.0) {
                gain if gain < 0.0 => Err(GrammarError::parameter(text, "a standard deviation must not be negative")),
                gain => Ok(Self::Lsuv { gain }),
            },
            "pytorch-default" => Ok(Self::Framework { framework: Framework::PyTorch, gain: number.unwrap_or(1.0) }),
            "keras-default" => Ok(Self::Framework { framework: Framework::Keras, gain: number.unwrap_or(1.0) }),
            _ => {
                let (stem, distribution) = match name.rsplit_once('-') {
                    Some((stem, "uniform")) => (stem, Distribution::Uniform),
                    Some((stem, "truncated")) => (stem, Distribution::Truncated),
                    _ => (name, Distribution::Normal),
                };
                let rule = match stem {
                    "he" => Rule::He,
                    "glorot" => Rule::Glorot,
                    "lecun" => Rule::LeCun,
                    "critical" => Rule::Critical,
                    "depth-scaled" => Rule::DepthScaled,
                    _ => return Err(GrammarError::unknown(SCHEMES.what, name, Self::NAMES)),
                };
                Ok(Self::Scaled { rule, distribution, gain: number.unwrap_or(1.0) })
            }
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let gained =
            |name: &str, gain: f64| if gain == 1.0 { name.to_owned() } else { format!("{name}:{}", plain(gain)) };
        let text = match self {
            Self::Zeros => "zeros".to_owned(),
            Self::Constant(c) => format!("constant:{}", plain(*c)),
            Self::Plain(Distribution::Normal, sd) => format!("normal:{}", plain(*sd)),
            Self::Plain(Distribution::Uniform, bound) => format!("uniform:{}", plain(*bound)),
            Self::Plain(Distribution::Truncated, sd) => format!("truncated-normal:{}", plain(*sd)),
            Self::Scaled { rule, distribution, gain } => {
                let rule = match rule {
                    Rule::He => "he",
                    Rule::Glorot => "glorot",
                    Rule::LeCun => "lecun",
                    Rule::Critical => "critical",
                    Rule::DepthScaled => "depth-scaled",
                };
                let suffix = match distribution {
                    Distribution::Normal => "",
                    Distribution::Uniform => "-uniform",
                    Distribution::Truncated => "-truncated",
                };
                gained(&format!("{rule}{suffix}"), *gain)
            }
            Self::Orthogonal { gain } => gained("orthogonal", *gain),
            Self::Lsuv { gain } => gained("lsuv", *gain),
            Self::Framework { framework: Framework::PyTorch, gain } => gained("pytorch-default", *gain),
            Self::Framework { framework: Framework::Keras, gain } => gained("keras-default", *gain),
        };
        f.pad(&text)
    }
}

/// Where a network starts: a scheme for the weights of every layer, and one for the biases; or numbers that are given.
///
/// In text the layers' schemes stand with slashes between them, as in `he/he/normal:0.01`; a single one is for all. Given
/// numbers are `file:NAME`: whoever reads files puts the numbers in.
#[derive(Clone, Debug, PartialEq)]
pub struct Initialization {
    /// One scheme for all layers, or one for each, first to last; none where they are given.
    pub weights: Vec<Scheme>,
    /// Where biases start: one for all layers, or one for each, first to last; [`Biases::Own`] if there is none.
    pub biases: Vec<Biases>,
    /// Weights, and biases where they are [`Biases::Own`], that are not drawn.
    pub given: Option<Given>,
}

/// Weights and biases that are not drawn but given.
#[derive(Clone, Debug, PartialEq)]
pub struct Given {
    /// What they are called: the file that they are in.
    pub name: String,
    /// The numbers; none as long as nobody has read them.
    pub parameters: Option<Arc<Parameters>>,
}

/// What stands before the name of given numbers.
const GIVEN: &str = "file:";

/// Why an initialization does not fit a network.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum InitError {
    /// Not one scheme for every layer.
    #[error("{given} schemes for {layers} layers of weights; give one for all, or one for each")]
    Layers {
        /// How many were given.
        given: usize,
        /// How many layers of weights there are.
        layers: usize,
    },
    /// Biases are vectors.
    #[error("biases cannot be {0}, which is for matrices; use a number or one of the other schemes")]
    Biases(Scheme),
    /// Not one for every layer.
    #[error(
        "{given} kinds of biases for {layers} layers of weights; give one for all, or one for each, as in 0/0/prior"
    )]
    BiasLayers {
        /// How many were given.
        given: usize,
        /// How many layers of weights there are.
        layers: usize,
    },
    /// Hidden units have no targets.
    #[error(
        "prior is for the biases of the last layer; say so by --output-bias prior, or for each layer, as in --bias 0/0/prior"
    )]
    PriorInside,
    /// Nobody has looked at the targets.
    #[error("prior takes the last biases from the labels, and there is no data; give --data, or a number")]
    NoPrior,
    /// The biases are for another network.
    #[error("prior: there are {biases} biases for {network} outputs")]
    PriorOutputs {
        /// How many there are.
        biases: usize,
        /// Outputs of the network.
        network: usize,
    },
    /// No weights and biases keep signal and gradient.
    #[error("critical: no start of a {0} network keeps signal and gradient through depth; use lecun or glorot")]
    NoCritical(Activation),
    /// The random walk of the signal is worked out for some activations only.
    #[error("depth-scaled is worked out for relu and identity, not for {0}; use critical, lecun or glorot")]
    NoDepthScaled(Activation),
    /// Nobody has read the numbers.
    #[error("file:{0}: only its name is known here, not its numbers")]
    NotRead(String),
    /// The numbers are another network's.
    #[error("file:{name}: its layers are {has}, those of the network are {needs} (outputs x inputs + biases)")]
    Shapes {
        /// What they are called.
        name: String,
        /// Their layers.
        has: String,
        /// The network's.
        needs: String,
    },
    /// There is nothing to fit the weights to.
    #[error("lsuv scales the weights on a batch of the data, and there is no data; give --data, or use orthogonal")]
    NeedsData,
    /// The data are of another network.
    #[error("lsuv: the data have {data} features, the network takes {network}")]
    Features {
        /// Features of the data.
        data: usize,
        /// Inputs of the network.
        network: usize,
    },
    /// The watch was stopped while it was drawn.
    #[error("stopped before the weights were drawn")]
    Stopped,
    /// The legacy generator takes 32 bits of seed.
    #[error("--rng numpy takes seeds from 0 to 4294967295, as np.random.seed does; got {0}")]
    Seed(u64),
}

impl Initialization {
    /// Weights by the given schemes, and the biases that belong to them.
    pub fn new(weights: &[Scheme]) -> Self {
        Self { weights: weights.to_vec(), biases: Vec::new(), given: None }
    }

    /// These weights and biases, under a name that results will have.
    pub fn given(name: impl Into<String>, parameters: Arc<Parameters>) -> Self {
        Self {
            weights: Vec::new(),
            biases: Vec::new(),
            given: Some(Given { name: name.into(), parameters: Some(parameters) }),
        }
    }

    /// The scheme of layer `l`'s weights; none where they are given.
    fn scheme(&self, l: usize) -> Option<Scheme> {
        self.weights.get(if self.weights.len() == 1 { 0 } else { l }).copied()
    }

    /// Where the biases of layer `l` start.
    fn biases(&self, l: usize) -> &Biases {
        self.biases.get(if self.biases.len() == 1 { 0 } else { l }).unwrap_or(&Biases::Own)
    }

    /// Whether some layer's biases belong to its weights.
    pub fn has_own_biases(&self) -> bool {
        self.biases.is_empty() || self.biases.contains(&Biases::Own)
    }

    /// Whether the last layer's biases look at the targets: see [`Biases::Prior`].
    pub fn has_prior(&self) -> bool {
        self.biases.iter().any(|biases| matches!(biases, Biases::Prior(_)))
    }

    /// The same, with the biases that [`Biases::Prior`] stands for.
    #[must_use]
    pub fn with_prior(mut self, prior: &Arc<[f64]>) -> Self {
        for biases in &mut self.biases {
            if let Biases::Prior(values) = biases {
                *values = Some(Arc::clone(prior));
            }
        }
        self
    }

    /// The second moments of a weight and of a bias of layer `l`; none for constants, which are not drawn around 0, and
    /// for weights that are given.
    pub fn variances(&self, l: usize, layer: &Layer) -> Option<[f64; 2]> {
        let scheme = self.scheme(l)?;
        let biases = match self.biases(l) {
            Biases::Own => scheme.own_biases(),
            Biases::Drawn(biases) => *biases,
            Biases::Prior(_) => return None,
        };
        Some([scheme.variance(layer)?, biases.of_one_bias(layer)?.variance()?])
    }

    /// Whether this initialization fits the network.
    ///
    /// # Errors
    /// If the number of schemes is not that of the layers, the biases' scheme is for matrices only, a scheme is not for the
    /// network's activations, or numbers are given that are not the network's.
    pub fn check(&self, network: &Network) -> Result<(), InitError> {
        let (given, layers) = (self.weights.len(), network.layers().len());
        if let Some(given) = &self.given {
            self.check_given(given, network)?;
        } else if given != 1 && given != layers {
            return Err(InitError::Layers { given, layers });
        }
        if self.biases.len() > 1 && self.biases.len() != layers {
            return Err(InitError::BiasLayers { given: self.biases.len(), layers });
        }
        // Of one for all layers all are asked about.
        if (0..layers - 1).any(|l| matches!(self.biases(l), Biases::Prior(_))) {
            return Err(InitError::PriorInside);
        }
        let is_by = |wanted: Rule, scheme: Scheme| matches!(scheme, Scheme::Scaled { rule, .. } if rule == wanted);
        for (l, layer) in network.layers().enumerate() {
            let drawn = if let Biases::Drawn(scheme) = self.biases(l) { Some(*scheme) } else { None };
            if let Some(scheme) = drawn.filter(|scheme| scheme.is_of_matrices()) {
                return Err(InitError::Biases(scheme));
            }
            let asked = |rule| [self.scheme(l), drawn].into_iter().flatten().any(|scheme| is_by(rule, scheme));
            if asked(Rule::Critical) && critical(layer.before).is_none() {
                return Err(InitError::NoCritical(layer.before));
            }
            if asked(Rule::DepthScaled) && depth_scaled(&layer).is_nan() {
                return Err(InitError::NoDepthScaled(layer.before));
            }
        }
        Ok(())
    }

    fn check_given(&self, given: &Given, network: &Network) -> Result<(), InitError> {
        let parameters = given.parameters.as_ref().ok_or_else(|| InitError::NotRead(given.name.clone()))?;
        let told = |layers: &[(usize, usize, usize)]| {
            layers.iter().map(|(rows, columns, biases)| format!("{rows} x {columns} + {biases}")).collect::<Vec<_>>()
        };
        let biases_of = |l: usize, biases: usize| if *self.biases(l) == Biases::Own { biases } else { 0 };
        let has = |(l, layer): (usize, &LayerParameters)| {
            (layer.weights.nrows(), layer.weights.ncols(), biases_of(l, layer.biases.len()))
        };
        let has: Vec<_> = parameters.0.iter().enumerate().map(has).collect();
        let needs = |(l, layer): (usize, Layer)| (layer.fan_out, layer.fan_in, biases_of(l, layer.biases.len()));
        let needs: Vec<_> = network.layers().enumerate().map(needs).collect();
        if has == needs {
            return Ok(());
        }
        Err(InitError::Shapes { name: given.name.clone(), has: told(&has).join(", "), needs: told(&needs).join(", ") })
    }

    /// Draws the parameters of a run.
    ///
    /// The native stream gives every layer's weights and biases a stream of their own. The legacy one is seeded once
    /// and read layer by layer, each layer's weights before its biases, as notebooks do; it is returned in
    /// [`Start::stream`] as it is then, because a notebook would go on drawing its minibatches from it.
    ///
    /// # Errors
    /// As [`Initialization::check`], if the seed is too large for the legacy generator, or if there is a scheme that
    /// needs data.
    pub fn draw(&self, network: &Network, rng: Rng, seed: u64) -> Result<Start, InitError> {
        if self.needs_data() { Err(InitError::NeedsData) } else { self.drawn(network, rng, seed, &NOBODY) }
    }

    /// The same where there is data (`samples x features`), for schemes that need it; the others do not look at it. Large
    /// matrices take a while, orthogonal ones most of all: the watch ends it with [`InitError::Stopped`].
    ///
    /// Of many samples it takes a batch of a thousand or so, evenly spaced. Results do not depend on the instruction set.
    ///
    /// # Errors
    /// As [`Initialization::check`], if the seed is too large for the legacy generator, if the data are needed and not the
    /// network's, or if it was stopped.
    pub fn draw_on(
        &self,
        network: &Network,
        rng: Rng,
        seed: u64,
        data: &ArrayView2<f64>,
        watch: &Watch,
    ) -> Result<Start, InitError> {
        let mut start = self.drawn(network, rng, seed, watch)?;
        if self.needs_data() {
            let (data_has, takes) = (data.ncols(), network.inputs());
            if data_has != takes {
                return Err(InitError::Features { data: data_has, network: takes });
            }
            let deviation = |l| if let Some(Scheme::Lsuv { gain }) = self.scheme(l) { Some(gain) } else { None };
            let deviations: Vec<Option<f64>> = (0..network.layers().len()).map(deviation).collect();
            lsuv::fit(network, &deviations, data, InstructionSet::best(), &mut start.parameters, watch);
            if watch.is_stopped() {
                return Err(InitError::Stopped);
            }
        }
        Ok(start)
    }

    /// Whether there is a scheme that needs data to be drawn.
    pub fn needs_data(&self) -> bool {
        self.weights.iter().any(|scheme| scheme.needs_data())
    }

    /// What is drawn without looking at data.
    fn drawn(&self, network: &Network, rng: Rng, seed: u64, watch: &Watch) -> Result<Start, InitError> {
        self.check(network)?;
        if let Some(Biases::Prior(prior)) = self.biases.last().filter(|_| network.has_biases()) {
            let biases = prior.as_ref().ok_or(InitError::NoPrior)?.len();
            if biases != network.outputs() {
                return Err(InitError::PriorOutputs { biases, network: network.outputs() });
            }
        }
        let layers = network.layers().enumerate();
        let biased = network.has_biases();
        // Checked: what is not given is drawn.
        let given = |l: usize| Some(&self.given.as_ref()?.parameters.as_ref()?.0[l]);
        let draw = |l: usize, layer: &Layer, stream: &mut dyn Stream| match (given(l), self.scheme(l)) {
            (None, Some(scheme)) => scheme.weights(layer, stream, watch).ok_or(InitError::Stopped),
            (given, _) => Ok(given.expect("there are weights").weights.clone()),
        };
        let draw_biases = |l: usize, layer: &Layer, stream: &mut dyn Stream| match (self.biases(l), self.scheme(l)) {
            _ if !biased => Array1::zeros(0),
            (Biases::Prior(prior), _) => prior.as_deref().unwrap_or_default().iter().copied().collect(),
            (Biases::Drawn(scheme), _) => scheme.biases(layer, stream),
            (Biases::Own, Some(scheme)) => scheme.own_biases().biases(layer, stream),
            (Biases::Own, None) => given(l).expect("there are biases").biases.clone(),
        };
        match rng {
            Rng::Native => {
                let layer = |(l, layer)| {
                    Ok(LayerParameters {
                        weights: draw(l, &layer, &mut Native::new(seed, Purpose::Weights(l).into()))?,
                        biases: draw_biases(l, &layer, &mut Native::new(seed, Purpose::Biases(l).into())),
                    })
                };
                let parameters = Parameters(layers.map(layer).collect::<Result<_, InitError>>()?);
                Ok(Start { parameters, stream: Box::new(Native::new(seed, Purpose::Batches.into())), seed })
            }
            Rng::Numpy => {
                let mut stream = RandomState::new(u32::try_from(seed).map_err(|_| InitError::Seed(seed))?);
                let layer = |(l, layer)| {
                    Ok(LayerParameters {
                        weights: draw(l, &layer, &mut stream)?,
                        biases: draw_biases(l, &layer, &mut stream),
                    })
                };
                let parameters = Parameters(layers.map(layer).collect::<Result<_, InitError>>()?);
                Ok(Start { parameters, stream: Box::new(stream), seed })
            }
        }
    }
}

/// Where one run starts: its first parameters and the stream that its minibatches are drawn from.
pub struct Start {
    /// The weights and biases.
    pub parameters: Parameters,
    /// The stream for what training draws.
    pub stream: Box<dyn Stream + Send>,
    /// The seed, which dropout has a stream of its own from.
    pub seed: u64,
}

/// What a native stream is for. The numbers are part of the promise that a seed gives the same bits for ever.
enum Purpose {
    Batches,
    Weights(usize),
    Biases(usize),
}

impl From<Purpose> for u64 {
    fn from(purpose: Purpose) -> u64 {
        match purpose {
            Purpose::Batches => 0,
            Purpose::Weights(layer) => 2 * layer as u64 + 1,
            Purpose::Biases(layer) => 2 * layer as u64 + 2,
        }
    }
}

impl FromStr for Initialization {
    type Err = GrammarError;

    fn from_str(text: &str) -> Result<Self, GrammarError> {
        if let Some(name) = text.trim().strip_prefix(GIVEN).map(str::trim) {
            if name.is_empty() {
                return Err(GrammarError::parameter(text, "needs a file, as in file:weights.safetensors"));
            }
            let given = Given { name: name.to_owned(), parameters: None };
            return Ok(Self { weights: Vec::new(), biases: Vec::new(), given: Some(given) });
        }
        let weights = text.split('/').map(str::parse).collect::<Result<Vec<Scheme>, _>>()?;
        Ok(Self::new(&weights))
    }
}

impl fmt::Display for Initialization {
    /// The weights' schemes; the biases' scheme is told apart from them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(given) = &self.given {
            return f.pad(&format!("{GIVEN}{}", given.name));
        }
        let weights: Vec<String> = self.weights.iter().map(Scheme::to_string).collect();
        f.pad(&weights.join("/"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Loss, Output};
    use proptest::prelude::{prop, prop_assert_eq, proptest};

    fn network(widths: &[usize]) -> Network {
        Network::new(widths, &[Activation::Relu], Output::Identity, Loss::MeanSquaredError, true).unwrap()
    }

    fn draw(init: &str, widths: &[usize], seed: u64) -> Parameters {
        init.parse::<Initialization>().unwrap().draw(&network(widths), Rng::Native, seed).unwrap().parameters
    }

    /// Schemes and the variance that they should give a layer of 300 inputs and 200 outputs.
    const VARIANCES: [(&str, f64); 21] = [
        ("normal:0.1", 0.01),
        ("uniform:0.3", 0.03),
        ("truncated-normal:0.1", 0.01),
        ("he", 2.0 / 300.0),
        ("kaiming-normal", 2.0 / 300.0),
        ("he-uniform", 2.0 / 300.0),
        ("he-truncated:2", 8.0 / 300.0),
        ("glorot", 2.0 / 500.0),
        ("xavier-uniform:0.5", 0.5 / 500.0),
        ("glorot-truncated", 2.0 / 500.0),
        ("lecun", 1.0 / 300.0),
        ("lecun-uniform", 1.0 / 300.0),
        ("lecun-truncated", 1.0 / 300.0),
        ("critical-uniform", 1.0 / 300.0),
        // The only layer is the first one, and linear.
        ("depth-scaled", 1.0 / 300.0),
        ("depth-scaled-truncated:2", 4.0 / 300.0),
        ("pytorch-default", 1.0 / 900.0),
        ("keras-default", 2.0 / 500.0),
        ("keras-default:0.5", 0.5 / 500.0),
        // Rows of unit length in 300 dimensions.
        ("orthogonal", 1.0 / 300.0),
        ("orthogonal:3", 9.0 / 300.0),
    ];

    #[test]
    fn every_scheme_has_mean_0_and_the_variance_it_promises() {
        for (scheme, variance) in VARIANCES {
            let parameters = draw(scheme, &[300, 200], 7);
            let weights = &parameters.0[0].weights;
            let n = weights.len() as f64;
            // Five standard errors; that of the variance of a normal sample is the largest of these distributions'.
            assert!(weights.sum().abs() / n < 5.0 * (variance / n).sqrt(), "{scheme}");
            let found = weights.mapv(|w| w * w).sum() / n;
            let layer = network(&[300, 200]).layers().next().unwrap();
            let promised = scheme.parse::<Scheme>().unwrap().variance(&layer).unwrap();
            assert!((promised / variance - 1.0).abs() < 1e-12, "{scheme}: {promised}");
            assert!((found / variance - 1.0).abs() < 5.0 * (2.0 / n).sqrt(), "{scheme}: {found} is not {variance}");
        }
    }

    #[test]
    fn bounded_distributions_keep_their_bounds() {
        let largest = |scheme| draw(scheme, &[300, 200], 3).flat().fold(0.0_f64, |largest, w| largest.max(w.abs()));
        assert!((0.29..=0.3).contains(&largest("uniform:0.3")));
        let cut = 2.0 * 0.1 / SD_OF_CUT_NORMAL;
        assert!((0.99 * cut..=cut).contains(&largest("truncated-normal:0.1")));
    }

    #[test]
    fn the_standard_deviation_of_the_cut_normal_is_that_of_its_formula() {
        let density = libm::exp(-2.0) / (2.0 * std::f64::consts::PI).sqrt();
        let inside = 2.0 * normal_cdf(2.0) - 1.0;
        assert!(((1.0 - 4.0 * density / inside).sqrt() - SD_OF_CUT_NORMAL).abs() < 1e-15);
    }

    #[test]
    fn layers_draw_from_streams_of_their_own() {
        let (a, b) = (draw("he/he/he", &[4, 5, 6, 2], 1), draw("zeros/he/lecun", &[4, 5, 6, 2], 1));
        assert_eq!(a.0[1], b.0[1]);
        assert_ne!(a.0[1].weights, draw("he", &[4, 5, 6, 2], 2).0[1].weights);
        assert!(b.0[0].weights.iter().all(|&w| w == 0.0));
    }

    #[test]
    fn biases_are_drawn_like_weights_and_are_0_unless_asked_for() {
        let mut init: Initialization = "he".parse().unwrap();
        let net = network(&[3, 50, 2]);
        let biases = |init: &Initialization| init.draw(&net, Rng::Native, 1).unwrap().parameters.0[0].biases.clone();
        assert!(biases(&init).iter().all(|&b| b == 0.0));
        init.biases = vec![Biases::Drawn(Scheme::Constant(0.1))];
        assert!(biases(&init).iter().all(|&b| b == 0.1));
        init.biases = vec!["uniform:0.2".parse().unwrap()];
        assert!(biases(&init).iter().all(|&b| b != 0.0 && b.abs() <= 0.2));
        init.biases = vec!["orthogonal".parse().unwrap()];
        assert!(matches!(init.draw(&net, Rng::Native, 1).err(), Some(InitError::Biases(_))));
    }

    /// Biases that are 0 take no draws from the one stream that a notebook has.
    #[test]
    fn critical_is_lecun_behind_tanh_and_he_behind_relu() {
        for (activation, name) in [(Activation::Tanh, "lecun"), (Activation::Relu, "he")] {
            let widths = [4, 5, 6, 1];
            let network = Network::new(&widths, &[activation], Output::Identity, Loss::MeanSquaredError, true).unwrap();
            for rng in [Rng::Native, Rng::Numpy] {
                let drawn = |init: &str| -> Vec<u64> {
                    let init = init.parse::<Initialization>().unwrap();
                    init.draw(&network, rng, 3).unwrap().parameters.flat().map(f64::to_bits).collect()
                };
                assert_eq!(drawn("critical"), drawn(name));
            }
        }
    }

    #[test]
    fn critical_weights_and_biases_are_those_of_the_activation_before() {
        let of = |activations: &[Activation], init: &str| {
            let network =
                Network::new(&[400, 300, 200], activations, Output::Identity, Loss::MeanSquaredError, true).unwrap();
            init.parse::<Initialization>().unwrap().draw(&network, Rng::Native, 1)
        };
        let start = |activation| of(&[activation], "critical").unwrap().parameters;
        let he = of(&[Activation::Relu], "he").unwrap().parameters;
        for (he, critical) in he.flat().zip(start(Activation::Relu).flat()) {
            assert!((he - critical).abs() <= 1e-12 * he.abs());
        }
        let gelu = &start(Activation::Gelu).0[1];
        let second_moment = |numbers: &[f64]| numbers.iter().map(|x| x * x).sum::<f64>() / numbers.len() as f64;
        let weights = second_moment(gelu.weights.as_slice().unwrap()) * 300.0;
        assert!((weights / 1.98306 - 1.0).abs() < 0.02, "{weights}");
        let biases = second_moment(gelu.biases.as_slice().unwrap());
        assert!((biases / 0.17292 - 1.0).abs() < 0.5, "{biases}");
        assert!(start(Activation::Tanh).0[1].biases.iter().all(|&b| b == 0.0));
        let error = of(&[Activation::Softplus], "critical").err().unwrap().to_string();
        assert!(error.contains("softplus"), "{error}");
    }

    #[test]
    fn frameworks_start_as_they_do() {
        let linear = draw("pytorch-default", &[25, 400], 1);
        let largest = |numbers: &[f64]| numbers.iter().fold(0.0_f64, |largest, x| largest.max(x.abs()));
        // 1/sqrt(25), for weights and biases.
        for numbers in [linear.0[0].weights.as_slice().unwrap(), linear.0[0].biases.as_slice().unwrap()] {
            assert!((0.198..=0.2 + 1e-15).contains(&largest(numbers)), "{}", largest(numbers));
        }
        assert!(linear.0[0].biases.iter().any(|&b| b < -0.1) && linear.0[0].biases.iter().any(|&b| b > 0.1));
        let dense = draw("keras-default", &[25, 400], 1);
        assert_eq!(dense, draw("glorot-uniform", &[25, 400], 1));
        assert!(dense.0[0].biases.iter().all(|&b| b == 0.0));
        // Biases of their own, unless they are told.
        let mut init: Initialization = "pytorch-default".parse().unwrap();
        init.biases = vec![Biases::Drawn(Scheme::Zeros)];
        let told = init.draw(&network(&[25, 400]), Rng::Native, 1).unwrap().parameters;
        assert!(told.0[0].biases.iter().all(|&b| b == 0.0));
        assert_eq!(told.0[0].weights, linear.0[0].weights);
    }

    /// The mean, over draws, of the logarithm of the factor by which 40 hidden layers change the signal's second moment.
    fn drift(scheme: &str, activation: Activation, width: usize) -> f64 {
        let (depth, draws) = (40, 100);
        let widths = vec![width; depth + 2];
        let network = Network::new(&widths, &[activation], Output::Identity, Loss::MeanSquaredError, false).unwrap();
        let init: Initialization = scheme.parse().unwrap();
        let of_draw = |seed: u64| {
            let mut signal = Array1::from_elem(width, 1.0);
            let mut first = 0.0;
            for (l, layer) in init.draw(&network, Rng::Native, seed).unwrap().parameters.0.iter().enumerate() {
                let z = layer.weights.dot(&signal);
                if l == 0 {
                    first = z.dot(&z);
                }
                signal = if l == depth { z } else { z.mapv(|z| activation.at(z).0) };
            }
            (signal.dot(&signal) / first).ln()
        };
        (0..draws).map(of_draw).sum::<f64>() / f64::from(draws as u32)
    }

    #[test]
    fn depth_scaled_has_no_drift_where_he_and_lecun_have_one() {
        // Of one layer the logarithm has a variance of about 5 / n, of linear ones 2 / n: over 40 layers and 100 draws the
        // mean is uncertain by 0.26 and 0.16.
        let (he, scaled) = (drift("he", Activation::Relu, 30), drift("depth-scaled", Activation::Relu, 30));
        assert!((he + 40.0 * 2.4 / 27.6).abs() < 0.8, "{he}");
        assert!(scaled.abs() < 0.8, "{scaled}");
        let (lecun, scaled) =
            (drift("lecun", Activation::Identity, 30), drift("depth-scaled", Activation::Identity, 30));
        assert!((lecun + 40.0 / 30.0).abs() < 0.5, "{lecun}");
        assert!(scaled.abs() < 0.5, "{scaled}");
        let tanh =
            Network::new(&[4, 3, 2], &[Activation::Tanh], Output::Identity, Loss::MeanSquaredError, true).unwrap();
        let error = "depth-scaled".parse::<Initialization>().unwrap().check(&tanh).unwrap_err().to_string();
        assert!(error.contains("not for tanh; use critical"), "{error}");
    }

    #[test]
    fn lsuv_needs_data_of_the_network() {
        let net = network(&[3, 5, 2]);
        let init: Initialization = "he/lsuv".parse().unwrap();
        assert_eq!(init.draw(&net, Rng::Native, 1).err(), Some(InitError::NeedsData));
        let on = |features| init.draw_on(&net, Rng::Native, 1, &Array2::ones((4, features)).view(), &NOBODY);
        assert_eq!(on(2).err(), Some(InitError::Features { data: 2, network: 3 }));
        assert!(on(3).is_ok());
        let biases = Initialization { biases: vec!["lsuv".parse().unwrap()], ..init };
        assert!(biases.check(&net).unwrap_err().to_string().contains("biases cannot be lsuv"));
    }

    #[test]
    fn given_numbers_are_where_it_starts_and_have_to_fit() {
        let net = network(&[2, 3, 1]);
        let drawn = draw("normal:1", &[2, 3, 1], 4);
        let mut init = Initialization::given("mine", Arc::new(drawn.clone()));
        assert_eq!(init.to_string(), "file:mine");
        assert_eq!(init.draw(&net, Rng::Native, 9).unwrap().parameters, drawn);
        let error = init.check(&network(&[2, 4, 1])).unwrap_err().to_string();
        assert!(error.contains("3 x 2 + 3, 1 x 3 + 1, those of the network are 4 x 2 + 4, 1 x 4 + 1"), "{error}");
        assert!(init.check(&network(&[2, 1])).is_err());
        // A scheme for the biases is followed.
        init.biases = vec![Biases::Drawn(Scheme::Constant(0.5))];
        let other = init.draw(&net, Rng::Native, 9).unwrap().parameters;
        assert_eq!((&other.0[1].weights, other.0[1].biases[0]), (&drawn.0[1].weights, 0.5));
        // The name alone is no start, and no scheme among others.
        let name: Initialization = "file:some/where.safetensors".parse().unwrap();
        assert_eq!(name.to_string(), "file:some/where.safetensors");
        assert_eq!(name.check(&net), Err(InitError::NotRead("some/where.safetensors".to_owned())));
        for text in ["he/file:a", "file:"] {
            assert!(text.parse::<Initialization>().unwrap_err().to_string().contains("file"), "{text}");
        }
    }

    #[test]
    fn what_does_not_fit_is_said() {
        let error = |text: &str| text.parse::<Scheme>().unwrap_err().to_string();
        assert!(error("hee").contains("did you mean \"he\"?"));
        assert!(error("normal").contains("needs the standard deviation"));
        assert!(error("normal:x").contains("\"x\" is not a number"));
        assert!(error("normal:-1").contains("must not be negative"));
        assert!(error("he:nan").contains("must be finite"));
        assert!(error("zeros:1").contains("takes no number"));
        assert!(error("lsuv:-1").contains("must not be negative"));
        assert!(error("pytorch-defualt").contains("did you mean \"pytorch-default\"?"));
        let two: Initialization = "he/zeros".parse().unwrap();
        let error = two.draw(&network(&[2, 3, 4, 1]), Rng::Native, 1).err().unwrap();
        assert_eq!(error.to_string(), "2 schemes for 3 layers of weights; give one for all, or one for each");
        let he: Initialization = "he".parse().unwrap();
        assert!(he.draw(&network(&[2, 1]), Rng::Numpy, 1 << 32).is_err());
    }

    proptest! {
        #[test]
        fn names_read_back(which in prop::collection::vec(0..VARIANCES.len(), 1..4)) {
            let text: Vec<&str> = which.iter().map(|&i| VARIANCES[i].0).collect();
            let init: Initialization = text.join("/").parse().unwrap();
            prop_assert_eq!(init.to_string().parse::<Initialization>().unwrap(), init);
        }
    }
}
