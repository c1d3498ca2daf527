//! Initializations as a whole: a scheme for every layer's weights and one for its biases, drawn for a network.

use super::grammar::GIVEN;
use super::lsuv::{self, Fit, Means};
use super::{Biases, InitError, Scheme};
use crate::activation::Activation;
use crate::names::GrammarError;
use crate::network::{Layer, LayerParameters, Network, Parameters, norms_at_start};
use crate::rng::{Native, RandomState, Rng, Stream};
use crate::simd::InstructionSet;
use crate::watch::{NOBODY, Watch};
use ndarray::{Array1, ArrayView2};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

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
    /// What weights and biases that are drawn are multiplied by, layer by layer; empty for 1 everywhere.
    pub factors: Vec<f64>,
}

/// Weights and biases that are not drawn but given.
#[derive(Clone, Debug, PartialEq)]
pub struct Given {
    /// What they are called: the file that they are in.
    pub name: String,
    /// The numbers; none as long as nobody has read them.
    pub parameters: Option<Arc<Parameters>>,
}

impl Initialization {
    /// Weights by the given schemes, and the biases that belong to them.
    pub fn new(weights: &[Scheme]) -> Self {
        Self { weights: weights.to_vec(), biases: Vec::new(), given: None, factors: Vec::new() }
    }

    /// These weights and biases, under a name that results will have.
    pub fn given(name: impl Into<String>, parameters: Arc<Parameters>) -> Self {
        Self {
            weights: Vec::new(),
            biases: Vec::new(),
            given: Some(Given { name: name.into(), parameters: Some(parameters) }),
            factors: Vec::new(),
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
            Biases::Prior(_) | Biases::Data => return None,
        };
        let square = self.factors.get(l).map_or(1.0, |factor| factor * factor);
        Some([square * scheme.variance(layer)?, square * biases.of_one_bias(&layer.by_fans())?.variance()?])
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
        if self.needs_data() && !network.is_dense_chain() {
            return Err(InitError::NeedsChain);
        }
        let of_branches = self.weights.iter().find(|scheme| scheme.is_of_branches());
        if let Some(scheme) = of_branches.filter(|_| network.layers().all(|layer| layer.branch.is_none())) {
            return Err(InitError::NoBranches(*scheme));
        }
        if self.biases.len() > 1 && self.biases.len() != layers {
            return Err(InitError::BiasLayers { given: self.biases.len(), layers });
        }
        // Of one for all layers all are asked about.
        if (0..layers - 1).any(|l| matches!(self.biases(l), Biases::Prior(_))) {
            return Err(InitError::PriorInside);
        }
        if !network.has_biases() && (0..layers).any(|l| self.means(l) == Means::OfLayer) {
            return Err(InitError::NoBiases);
        }
        for (l, layer) in network.layers().enumerate() {
            let drawn = if let Biases::Drawn(scheme) = self.biases(l) { Some(*scheme) } else { None };
            if let Some(scheme) = drawn.filter(|scheme| scheme.is_of_matrices()) {
                return Err(InitError::Biases(scheme));
            }
            for scheme in [self.scheme(l), drawn].into_iter().flatten() {
                scheme.fits(&layer)?;
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
        match () {
            () if self.fits_weights() => Err(InitError::NeedsData),
            () if self.needs_data() => Err(InitError::BiasesNeedData),
            () => self.drawn(network, rng, seed, &NOBODY).map(|start| self.scaled(start)),
        }
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
            let deviation = |l| if let Some(Scheme::Lsuv { gain, .. }) = self.scheme(l) { Some(gain) } else { None };
            let fit = |l| Fit { deviation: deviation(l), means: self.means(l) };
            let fits: Vec<Fit> = (0..network.layers().len()).map(fit).collect();
            lsuv::fit(network, &fits, data, InstructionSet::best(), &mut start.parameters, watch);
            if watch.is_stopped() {
                return Err(InitError::Stopped);
            }
        }
        Ok(self.scaled(start))
    }

    /// Times the factors.
    fn scaled(&self, mut start: Start) -> Start {
        for (layer, factor) in start.parameters.0.iter_mut().zip(&self.factors) {
            if *factor != 1.0 && self.given.is_none() {
                layer.weights.mapv_inplace(|weight| weight * factor);
                layer.biases.mapv_inplace(|bias| bias * factor);
            }
        }
        start
    }

    /// Whether there is a scheme, or biases, that need data to be drawn.
    pub fn needs_data(&self) -> bool {
        self.fits_weights() || self.biases.contains(&Biases::Data)
    }

    fn fits_weights(&self) -> bool {
        self.weights.iter().any(|scheme| scheme.needs_data())
    }

    /// Which means the biases of layer `l` are to take off.
    fn means(&self, l: usize) -> Means {
        match (self.biases(l), self.scheme(l)) {
            (Biases::Data, _) => Means::OfUnits,
            (_, Some(Scheme::Lsuv { centered: true, .. })) => Means::OfLayer,
            _ => Means::Free,
        }
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
            // Until they look at the data.
            (Biases::Data, _) => Array1::zeros(layer.fan_out),
            (Biases::Drawn(scheme), _) => scheme.biases(layer, stream),
            (Biases::Own, Some(scheme)) => scheme.own_biases().biases(layer, stream),
            (Biases::Own, None) => given(l).expect("there are biases").biases.clone(),
        };
        let slope = |l: usize| match (network.activations().get(l), given(l).and_then(|given| given.slope)) {
            (Some(Activation::Prelu(slope)), given) => Some(given.unwrap_or(*slope)),
            _ => None,
        };
        let norms = |l: usize, layer: &Layer| match (network.program(), given(l)) {
            (Some(_), Some(given)) if given.norms.len() == layer.norms.len() => given.norms.clone(),
            (Some(program), _) => norms_at_start(program, layer),
            (None, _) => Array1::zeros(0),
        };
        match rng {
            Rng::Native => {
                let layer = |(l, layer)| {
                    Ok(LayerParameters {
                        weights: draw(l, &layer, &mut Native::new(seed, Purpose::Weights(l).into()))?,
                        biases: draw_biases(l, &layer, &mut Native::new(seed, Purpose::Biases(l).into())),
                        norms: norms(l, &layer),
                        slope: slope(l),
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
                        norms: norms(l, &layer),
                        slope: slope(l),
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
pub(super) enum Purpose {
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
            return Ok(Self { weights: Vec::new(), biases: Vec::new(), given: Some(given), factors: Vec::new() });
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
