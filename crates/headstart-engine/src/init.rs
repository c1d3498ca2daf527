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

mod orthogonal;

use crate::activation::Activation;
use crate::names::{GrammarError, name_and_number, plain};
use crate::network::{Layer, LayerParameters, Network, Parameters};
use crate::rng::{Native, RandomState, Rng, Stream, normal_cdf, normal_quantile};
use crate::theory::critical;
use ndarray::{Array1, Array2};
use std::fmt;
use std::str::FromStr;
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
    ];

    /// Draws `fan_out x fan_in` weights, row by row.
    fn weights(self, layer: &Layer, stream: &mut dyn Stream) -> Array2<f64> {
        match self.of_one_weight(layer) {
            None => orthogonal::draw(layer.fan_out, layer.fan_in, stream) * self.gain(),
            Some(one) => Array2::from_shape_simple_fn((layer.fan_out, layer.fan_in), one.drawn_from(stream)),
        }
    }

    /// Draws `fan_out` biases; scaled schemes use the fans of the layer's weights, but critical biases need none.
    fn biases(self, layer: &Layer, stream: &mut dyn Stream) -> Array1<f64> {
        let one = self.of_one_bias(layer).expect("checked: biases are not orthogonal");
        Array1::from_shape_simple_fn(layer.fan_out, one.drawn_from(stream))
    }

    /// The second moment of a weight of the layer; none for constants, whose weights are not drawn around 0.
    pub fn variance(self, layer: &Layer) -> Option<f64> {
        match self.of_one_weight(layer) {
            None => Some(self.gain() * self.gain() / layer.fan_in.max(layer.fan_out) as f64),
            Some(one) => one.variance(),
        }
    }

    /// The second moment of a bias that belongs to weights by this scheme: that of critical weights' biases, or 0.
    pub fn own_bias_variance(self, layer: &Layer) -> f64 {
        self.own_biases().of_one_bias(layer).and_then(One::variance).unwrap_or(0.0)
    }

    /// The biases that belong to weights by this scheme.
    fn own_biases(self) -> Self {
        match self {
            Self::Scaled { rule: Rule::Critical, .. } => self,
            _ => Self::Zeros,
        }
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
            Self::Orthogonal { .. } => None,
        }
    }

    /// What every bias of a layer is drawn from.
    fn of_one_bias(self, layer: &Layer) -> Option<One> {
        match self {
            Self::Scaled { rule: Rule::Critical, distribution, gain } => {
                let sd = gain * critical(layer.before).map_or(0.0, |point| point.biases).sqrt();
                Some(One::Drawn(distribution, distribution.size(sd)))
            }
            other => other.of_one_weight(layer),
        }
    }

    /// The same scheme, its weights so many times as large.
    #[must_use]
    pub fn times(self, factor: f64) -> Self {
        match self {
            Self::Zeros => Self::Zeros,
            Self::Constant(c) => Self::Constant(c * factor),
            Self::Plain(distribution, size) => Self::Plain(distribution, size * factor),
            Self::Scaled { rule, distribution, gain } => Self::Scaled { rule, distribution, gain: gain * factor },
            Self::Orthogonal { gain } => Self::Orthogonal { gain: gain * factor },
        }
    }

    /// The factor on a named scheme; 1 for the others, whose size is their own.
    fn gain(self) -> f64 {
        match self {
            Self::Scaled { gain, .. } | Self::Orthogonal { gain } => gain,
            Self::Zeros | Self::Constant(_) | Self::Plain(..) => 1.0,
        }
    }
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
            Self::He => 2.0 / fan_in,
            Self::Glorot => 2.0 / (fan_in + fan_out),
            Self::LeCun => 1.0 / fan_in,
            Self::Critical => critical(layer.before).map_or(f64::NAN, |point| point.weights) / fan_in,
        }
    }
}

impl FromStr for Scheme {
    type Err = GrammarError;

    fn from_str(text: &str) -> Result<Self, GrammarError> {
        let (name, number) = name_and_number(text)?;
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
            _ => {
                let (stem, distribution) = match name.rsplit_once('-') {
                    Some((stem, "uniform")) => (stem, Distribution::Uniform),
                    Some((stem, "truncated")) => (stem, Distribution::Truncated),
                    Some((stem, "normal")) => (stem, Distribution::Normal),
                    _ => (name, Distribution::Normal),
                };
                let rule = match stem {
                    "he" | "kaiming" => Rule::He,
                    "glorot" | "xavier" => Rule::Glorot,
                    "lecun" => Rule::LeCun,
                    "critical" => Rule::Critical,
                    _ => return Err(GrammarError::unknown("initialization scheme", name, Self::NAMES)),
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
                };
                let suffix = match distribution {
                    Distribution::Normal => "",
                    Distribution::Uniform => "-uniform",
                    Distribution::Truncated => "-truncated",
                };
                gained(&format!("{rule}{suffix}"), *gain)
            }
            Self::Orthogonal { gain } => gained("orthogonal", *gain),
        };
        f.pad(&text)
    }
}

/// Where a network starts: a scheme for the weights of every layer, and one for the biases.
///
/// In text the layers' schemes stand with slashes between them, as in `he/he/normal:0.01`; a single one is for all.
#[derive(Clone, Debug, PartialEq)]
pub struct Initialization {
    /// One scheme for all layers, or one for each, first to last.
    pub weights: Vec<Scheme>,
    /// The scheme for the biases of all layers; those that belong to the weights' schemes if `None`: critical ones to
    /// critical weights, 0 to all others.
    pub biases: Option<Scheme>,
}

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
    #[error("biases cannot be orthogonal; use a number or one of the other schemes")]
    OrthogonalBiases,
    /// No weights and biases keep signal and gradient.
    #[error("critical: no start of a {0} network keeps signal and gradient through depth; use lecun or glorot")]
    NoCritical(Activation),
    /// The legacy generator takes 32 bits of seed.
    #[error("--rng numpy takes seeds from 0 to 4294967295, as np.random.seed does; got {0}")]
    Seed(u64),
}

impl Initialization {
    /// Weights by the given schemes, and the biases that belong to them.
    pub fn new(weights: &[Scheme]) -> Self {
        Self { weights: weights.to_vec(), biases: None }
    }

    /// The scheme of layer `l`'s weights.
    fn scheme(&self, l: usize) -> Scheme {
        self.weights[if self.weights.len() == 1 { 0 } else { l }]
    }

    /// The second moments of a weight and of a bias of layer `l`; none for constants, which are not drawn around 0.
    pub fn variances(&self, l: usize, layer: &Layer) -> Option<[f64; 2]> {
        let scheme = self.scheme(l);
        let biases = self.biases.unwrap_or_else(|| scheme.own_biases());
        Some([scheme.variance(layer)?, biases.of_one_bias(layer)?.variance()?])
    }

    /// Whether this initialization fits the network.
    ///
    /// # Errors
    /// If the number of schemes is not that of the layers, or the biases' scheme is for matrices only.
    pub fn check(&self, network: &Network) -> Result<(), InitError> {
        let (given, layers) = (self.weights.len(), network.layers().len());
        if given != 1 && given != layers {
            return Err(InitError::Layers { given, layers });
        }
        if matches!(self.biases, Some(Scheme::Orthogonal { .. })) {
            return Err(InitError::OrthogonalBiases);
        }
        let is_critical = |scheme| matches!(scheme, Scheme::Scaled { rule: Rule::Critical, .. });
        for (l, layer) in network.layers().enumerate() {
            let asked = is_critical(self.scheme(l)) || self.biases.is_some_and(is_critical);
            if asked && critical(layer.before).is_none() {
                return Err(InitError::NoCritical(layer.before));
            }
        }
        Ok(())
    }

    /// Draws the parameters of a run.
    ///
    /// The native stream gives every layer's weights and biases a stream of their own. The legacy one is seeded once
    /// and read layer by layer, each layer's weights before its biases, as notebooks do; it is returned in
    /// [`Start::stream`] as it is then, because a notebook would go on drawing its minibatches from it.
    ///
    /// # Errors
    /// As [`Initialization::check`], or if the seed is too large for the legacy generator.
    pub fn draw(&self, network: &Network, rng: Rng, seed: u64) -> Result<Start, InitError> {
        self.check(network)?;
        let layers = network.layers().enumerate();
        let biased = network.has_biases();
        let draw = |l: usize, layer: &Layer, stream: &mut dyn Stream| self.scheme(l).weights(layer, stream);
        let draw_biases = |l: usize, layer: &Layer, stream: &mut dyn Stream| {
            let scheme = self.biases.unwrap_or_else(|| self.scheme(l).own_biases());
            if biased { scheme.biases(layer, stream) } else { Array1::zeros(0) }
        };
        match rng {
            Rng::Native => {
                let layers = layers.map(|(l, layer)| LayerParameters {
                    weights: draw(l, &layer, &mut Native::new(seed, Purpose::Weights(l).into())),
                    biases: draw_biases(l, &layer, &mut Native::new(seed, Purpose::Biases(l).into())),
                });
                let parameters = Parameters(layers.collect());
                Ok(Start { parameters, stream: Box::new(Native::new(seed, Purpose::Batches.into())) })
            }
            Rng::Numpy => {
                let mut stream = RandomState::new(u32::try_from(seed).map_err(|_| InitError::Seed(seed))?);
                let layers = layers.map(|(l, layer)| LayerParameters {
                    weights: draw(l, &layer, &mut stream),
                    biases: draw_biases(l, &layer, &mut stream),
                });
                let parameters = Parameters(layers.collect());
                Ok(Start { parameters, stream: Box::new(stream) })
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
        let weights = text.split('/').map(str::parse).collect::<Result<Vec<Scheme>, _>>()?;
        Ok(Self::new(&weights))
    }
}

impl fmt::Display for Initialization {
    /// The weights' schemes; the biases' scheme is told apart from them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
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
    const VARIANCES: [(&str, f64); 16] = [
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
        // Rows of unit length in 300 dimensions.
        ("critical-uniform", 1.0 / 300.0),
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
        init.biases = Some(Scheme::Constant(0.1));
        assert!(biases(&init).iter().all(|&b| b == 0.1));
        init.biases = Some("uniform:0.2".parse().unwrap());
        assert!(biases(&init).iter().all(|&b| b != 0.0 && b.abs() <= 0.2));
        init.biases = Some("orthogonal".parse().unwrap());
        assert_eq!(init.draw(&net, Rng::Native, 1).err(), Some(InitError::OrthogonalBiases));
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
    fn what_does_not_fit_is_said() {
        let error = |text: &str| text.parse::<Scheme>().unwrap_err().to_string();
        assert!(error("hee").contains("did you mean \"he\"?"));
        assert!(error("normal").contains("needs the standard deviation"));
        assert!(error("normal:x").contains("\"x\" is not a number"));
        assert!(error("normal:-1").contains("must not be negative"));
        assert!(error("he:nan").contains("must be finite"));
        assert!(error("zeros:1").contains("takes no number"));
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
