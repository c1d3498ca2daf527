//! Layer by layer, where activations or schemes or widths change on the way: what signal, gradient and two samples become.

use super::{Through, drawn, has_critical, number, of_units, through, usual};
use crate::error::Error;
use headstart_engine::activation::Activation;
use headstart_engine::init::Initialization;
use headstart_engine::network::{Layer, Loss, Network, Output};
use headstart_engine::theory::{self, Ensemble, LEAST, Step};
use serde::Serialize;

/// What is answered: of inputs of second moment 1, and of pairs of them that are orthogonal.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Theory {
    /// The activation of every hidden layer.
    pub activations: Vec<String>,
    /// All widths, input first.
    pub widths: Vec<usize>,
    /// The initialization that changes the signal's or the gradient's second moment, whichever changes more, least of all; null
    /// if none lets both through.
    pub best: Option<String>,
    /// What the initializations do.
    pub schemes: Vec<Start>,
}

/// What one initialization does.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Start {
    /// The initialization.
    pub init: String,
    /// The layers of weights, first to last; the last is the output's.
    pub layers: Vec<Row>,
    /// From the first hidden layer to the last; null if nothing gets into the first one.
    pub through: Option<Through>,
}

/// A layer of weights, and the units that it leads to. Second moments and correlations are of pre-activations in wide layers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// The layer, from 1; the one behind the last hidden layer is the output.
    pub layer: usize,
    /// Its units.
    pub units: usize,
    /// Their activation; null for the output, where theory ends.
    pub activation: Option<String>,
    /// Variance of the weights times the fan-in.
    pub weight_variance: f64,
    /// Variance of the biases.
    pub bias_variance: f64,
    /// The variance, or second moment, of the pre-activations, `q`; null where it leaves the floating-point numbers.
    pub variance: Option<f64>,
    /// Its logarithm; null where it is 0.
    pub ln_variance: f64,
    /// `w E[phi'(u)^2]` with the activation and the pre-activations `u` of the layer before: the factor of the gradient's squared
    /// length from this layer back to that one, and of small differences between two samples on their way here (Poole et al. 2016;
    /// Schoenholz et al. 2017). Null for the first layer, and where it leaves the floating-point numbers.
    pub chi: Option<f64>,
    /// Its logarithm.
    pub ln_chi: Option<f64>,
    /// Factor of the signal's second moment from the first hidden layer to here; null as `variance` is.
    pub signal: Option<f64>,
    /// Its logarithm.
    pub ln_signal: f64,
    /// Factor of the gradient's second moment, a mean over units, from the last hidden layer back to here; null for the output, and
    /// where it leaves the floating-point numbers.
    pub gradient: Option<f64>,
    /// Its logarithm.
    pub ln_gradient: Option<f64>,
    /// The correlation of two samples whose inputs have correlation 0; null where there is no signal.
    pub correlation: Option<f64>,
}

/// Goes through the layers of a network of these widths, input first, with one activation for all hidden layers or one for each;
/// without initializations he, glorot, and critical where every layer has such a start.
///
/// # Errors
/// If a width is 0, an initialization is of another number of layers, or a scheme has no place in the theory.
pub(super) fn answer(
    activations: &[Activation],
    inits: &[Initialization],
    bias_variance: Option<f64>,
    widths: &[usize],
) -> Result<Theory, Error> {
    let network = Network::new(widths, activations, Output::Identity, Loss::MeanSquaredError, true)?;
    let usual = || {
        let critical = network.activations().iter().all(|activation| has_critical(*activation));
        usual(critical).into_iter().map(|scheme| Initialization::new(&[scheme])).collect()
    };
    let inits = if inits.is_empty() { usual() } else { inits.to_vec() };
    let schemes: Vec<Start> =
        inits.iter().map(|init| start(&network, init, bias_variance)).collect::<Result<_, _>>()?;
    let change = |through: Through| through.ln_signal.abs().max(through.ln_gradient.abs());
    let changes = schemes.iter().filter_map(|start| Some((start, change(start.through?))));
    let best = changes.filter(|(_, change)| change.is_finite()).min_by(|(_, a), (_, b)| a.total_cmp(b));
    Ok(Theory {
        activations: network.activations().iter().map(Activation::to_string).collect(),
        widths: widths.to_vec(),
        best: best.map(|(start, _)| start.init.clone()),
        schemes,
    })
}

fn start(network: &Network, init: &Initialization, bias_variance: Option<f64>) -> Result<Start, Error> {
    let ensembles = ensembles(network, init, bias_variance)?;
    let units = &network.widths()[1..];
    let hidden = network.activations().len();
    let first = ensembles[0].weights + ensembles[0].biases;
    // Every step leads from a hidden layer to the next layer; the last one leads to the output.
    let step = |(ensemble, units): (&Ensemble, &usize)| Step { ensemble: *ensemble, units: *units };
    let steps: Vec<Step> = ensembles[1..].iter().zip(units).map(step).collect();
    let passed: Vec<theory::Layer> = theory::layers(&steps, first.ln()).collect();
    let between = hidden - 1;
    // From the last hidden layer back to each.
    let mut ln_gradients = vec![0.0; hidden];
    for l in (0..between).rev() {
        ln_gradients[l] = ln_gradients[l + 1] + passed[l].ln_gradient;
    }
    let mut correlations = Correlations::new(ensembles[0]);
    let row = |(l, ensemble): (usize, &Ensemble)| {
        let before = l.checked_sub(1).map(|before| passed[before]);
        let ln_variance = before.map_or(first.ln(), |layer| layer.ln_variance);
        let ln_chi = before.map(|layer| layer.ln_gradient);
        let ln_signal = if l == 0 { 0.0 } else { ln_variance - first.ln() };
        let ln_gradient = ln_gradients.get(l).map(|ln| ln + of_units(units[l], units[between]));
        Row {
            layer: l + 1,
            units: units[l],
            activation: network.activations().get(l).map(Activation::to_string),
            weight_variance: ensemble.weights,
            bias_variance: ensemble.biases,
            variance: number(ln_variance),
            ln_variance,
            chi: ln_chi.and_then(number),
            ln_chi,
            signal: number(ln_signal).filter(|_| first > 0.0),
            ln_signal,
            gradient: ln_gradient.and_then(number),
            ln_gradient,
            correlation: correlations.at(ensemble, l, ln_variance),
        }
    };
    Ok(Start {
        init: init.to_string(),
        layers: ensembles.iter().enumerate().map(row).collect(),
        through: (first > 0.0).then(|| through(&steps[..between], first, [units[0], units[between]])),
    })
}

/// What is drawn in each layer.
fn ensembles(network: &Network, init: &Initialization, bias_variance: Option<f64>) -> Result<Vec<Ensemble>, Error> {
    let of_layer = |(l, layer): (usize, Layer)| {
        let scheme = init.weights[if init.weights.len() == 1 { 0 } else { l }];
        let [weights, biases] = drawn::drawn(scheme, &layer, bias_variance).map_err(|why| {
            let of = if init.weights.len() == 1 { String::new() } else { format!(", {scheme}") };
            Error::Usage(format!("--init {init}: layer {}{of}: {why}", l + 1))
        })?;
        Ok(Ensemble { activation: layer.before, weights, biases })
    };
    network.layers().enumerate().map(of_layer).collect()
}

/// The correlation of two samples on its way through the layers.
struct Correlations {
    /// Logarithm of the variance in the layer before, and the correlation there.
    before: (f64, f64),
    /// What was computed last, for layers that are alike where the signal has settled.
    known: Option<(Ensemble, (f64, f64), f64)>,
}

impl Correlations {
    /// Of orthogonal inputs only the biases are shared.
    fn new(first: Ensemble) -> Self {
        let variance = first.weights + first.biases;
        Self { before: (variance.ln(), first.biases / variance), known: None }
    }

    /// In layer `l`; none where all pre-activations are 0, or none is a number.
    fn at(&mut self, ensemble: &Ensemble, l: usize, ln_variance: f64) -> Option<f64> {
        if l > 0 {
            let before = self.before;
            let known = self.known.filter(|(of, at, _)| of == ensemble && *at == before).map(|(.., known)| known);
            let next = known.unwrap_or_else(|| next_correlation(ensemble, before));
            self.known = Some((*ensemble, before, next));
            self.before = (ln_variance, next);
        }
        Some(self.before.1).filter(|c| c.is_finite() && ln_variance > f64::NEG_INFINITY)
    }
}

/// Beyond the numbers an activation is a power, which does not depend on the size of the signal any more.
fn next_correlation(ensemble: &Ensemble, (ln_variance, c): (f64, f64)) -> f64 {
    // What is 0 in all units is the same of all samples.
    if ln_variance == f64::NEG_INFINITY {
        return 1.0;
    }
    let q = libm::exp(ln_variance.clamp(LEAST.ln(), -LEAST.ln()));
    ensemble.next_correlation(q, c.clamp(-1.0, 1.0)).clamp(-1.0, 1.0)
}
