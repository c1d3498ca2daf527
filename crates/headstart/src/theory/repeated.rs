//! One activation and one scheme through all layers: where depth leads, and what is critical.

use super::{DEEPEST, Through, drawn, has_critical, through, usual};
use crate::error::Error;
use headstart_engine::activation::Activation;
use headstart_engine::init::Scheme;
use headstart_engine::network::{Layer, Loss, Network, Output};
use headstart_engine::theory::{self, Ensemble, FixedPoint, Kind, NoCritical};
use serde::Serialize;

/// What is asked.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Question {
    /// The activation of all hidden layers.
    pub activation: Activation,
    /// The schemes to look at; if there are none, he, glorot, and critical where there is such a start.
    pub inits: Vec<Scheme>,
    /// Variance of the biases, where it is not what belongs to each scheme.
    pub bias_variance: Option<f64>,
    /// Hidden layers, for what happens through all of them.
    pub depth: Option<usize>,
    /// Units in every hidden layer.
    pub width: usize,
}

/// What is answered.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Theory {
    /// The activation.
    pub activation: String,
    /// Weights and biases that keep signal and gradient through any depth; none if there are none.
    pub critical: Option<Start>,
    /// The weights that are critical with the biases asked for; null if there are none, or no biases were asked for.
    pub critical_with_biases: Option<Start>,
    /// Why there are none, where biases were asked for.
    #[serde(skip)]
    pub none_with_biases: Option<NoCritical>,
    /// Points of the critical line, by the variance of the biases.
    pub line: Vec<Start>,
    /// Biases with which the line has no point but such as no signal stays at.
    #[serde(skip)]
    pub unstable: Vec<f64>,
    /// Hidden layers, if asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub depth: Option<usize>,
    /// Units in every hidden layer.
    pub width: usize,
    /// What the schemes do.
    pub schemes: Vec<Row>,
}

/// Weights and biases at which depth neither kills nor explodes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Start {
    /// Variance of the weights times the fan-in.
    pub weight_variance: f64,
    /// Variance of the biases.
    pub bias_variance: f64,
    /// Variance of the pre-activations at which it holds; 0 as a limit.
    pub variance: f64,
    /// `scale-invariant`, `decaying`, `half-stable` or `stable`.
    pub kind: &'static str,
}

/// What one scheme does in wide layers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// The scheme.
    pub init: String,
    /// Variance of the weights times the fan-in.
    pub weight_variance: f64,
    /// Variance of the biases.
    pub bias_variance: f64,
    /// Where the variance of the pre-activations goes with depth; null if to infinity, or if it stays whatever it is.
    pub fixed_point: Option<f64>,
    /// `ordered`, `critical` or `chaotic`: whether gradients and differences between samples shrink, stay or grow; null where
    /// the signal grows without bounds and chi comes to 1 only in the limit, which keeps no gradient.
    pub phase: Option<&'static str>,
    /// `signal dies` (exponentially in depth), `signal fades` (like a power of it), `signal explodes`, `signal keeps` (its
    /// size, whatever it is) or `signal settles`.
    pub signal: &'static str,
    /// Factor of the gradient's second moment per layer, `chi_1`.
    pub chi: f64,
    /// Where the correlation of two samples goes.
    pub correlation: Option<f64>,
    /// Layers over which the variance comes closer to its fixed point by a factor of e; null if never.
    pub variance_depth: Option<f64>,
    /// Layers over which two samples come closer to their correlation by a factor of e; null if never, or if the signal
    /// explodes.
    pub correlation_depth: Option<f64>,
    /// What happens through all layers, if a depth is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub through: Option<Through>,
}

/// Variances of biases for which the critical line is shown.
const LINE: [f64; 6] = [0.0, 0.01, 0.05, 0.1, 0.2, 0.5];

/// Answers a question.
///
/// # Errors
/// If there are too many layers or no units, or a scheme has no place in the theory.
pub(super) fn answer(question: &Question) -> Result<Theory, Error> {
    let Question { activation, bias_variance, depth, width, .. } = *question;
    check_shape(depth, width)?;
    let inits = if question.inits.is_empty() { usual(has_critical(activation)) } else { question.inits.clone() };
    let at = |biases: &f64| theory::critical_at(activation, *biases);
    let with_biases = bias_variance.as_ref().map(at);
    Ok(Theory {
        activation: activation.to_string(),
        critical: theory::critical(activation).map(Start::from),
        critical_with_biases: with_biases.and_then(Result::ok).map(Start::from),
        none_with_biases: with_biases.and_then(Result::err),
        line: LINE.iter().filter_map(|biases| at(biases).ok()).map(Start::from).collect(),
        unstable: if LINE.iter().any(|biases| matches!(at(biases), Err(NoCritical::Unstable(_)))) {
            LINE.into_iter().filter(|biases| at(biases).is_err()).collect()
        } else {
            Vec::new()
        },
        depth,
        width,
        schemes: inits.into_iter().map(|scheme| row(question, scheme)).collect::<Result<_, _>>()?,
    })
}

/// Whether there are so many layers, and units in them.
pub(super) fn check_shape(depth: Option<usize>, width: usize) -> Result<(), Error> {
    if depth.is_some_and(|depth| !(1..=DEEPEST).contains(&depth)) || width == 0 {
        return Err(Error::Usage(format!(
            "--depth and --width: from 1 to {DEEPEST} hidden layers, of at least one unit"
        )));
    }
    Ok(())
}

fn row(question: &Question, scheme: Scheme) -> Result<Row, Error> {
    let Question { activation, bias_variance, depth, width, .. } = *question;
    let layer = hidden_layer(activation, width)?;
    let [weights, biases] =
        drawn::drawn(scheme, &layer, bias_variance).map_err(|why| Error::Usage(format!("--init {scheme}: {why}")))?;
    let ensemble = Ensemble { activation, weights, biases };
    // Inputs of second moment 1; but where it goes, the critical start is asked at the variance at which it is critical.
    let first = weights + biases;
    let critical = theory::critical(activation).filter(|point| {
        point.variance > 0.0 && (point.weights - weights).abs() < 1e-9 && (point.biases - biases).abs() < 1e-9
    });
    let nothing = first == 0.0;
    let phase = ensemble.phase(if nothing { 1.0 } else { critical.map_or(first, |point| point.variance) });
    // There chi is 1 at every variance on the way, and not only at the end.
    let has_no_scale = theory::critical(activation).is_some_and(|point| point.kind == Kind::ScaleInvariant);
    let finite = |x: f64| Some(x).filter(|x| x.is_finite());
    Ok(Row {
        init: scheme.to_string(),
        weight_variance: weights,
        bias_variance: biases,
        fixed_point: match phase.fixed_point {
            FixedPoint::At(q) => Some(q),
            FixedPoint::Everywhere | FixedPoint::Infinite => None,
        },
        phase: match phase.chi {
            chi if chi < 1.0 - 1e-6 => Some("ordered"),
            chi if chi > 1.0 + 1e-6 => Some("chaotic"),
            _ if phase.fixed_point == FixedPoint::Infinite && !has_no_scale => None,
            _ => Some("critical"),
        },
        signal: match phase.fixed_point {
            FixedPoint::At(0.0) if phase.slope > 1.0 - 1e-6 => "signal fades",
            FixedPoint::At(0.0) => "signal dies",
            FixedPoint::At(_) => "signal settles",
            FixedPoint::Everywhere => "signal keeps",
            FixedPoint::Infinite => "signal explodes",
        },
        chi: phase.chi,
        correlation: phase.correlation,
        variance_depth: finite(phase.variance_depth),
        correlation_depth: finite(phase.correlation_depth),
        through: depth
            .filter(|_| !nothing)
            .map(|depth| through(&ensemble.between(&vec![width; depth]), first, [width; 2])),
    })
}

/// A layer between two hidden layers.
pub(super) fn hidden_layer(activation: Activation, width: usize) -> Result<Layer, Error> {
    let network = Network::new(&[width, width, width], &[activation], Output::Identity, Loss::MeanSquaredError, true)?;
    Ok(network.layers().last().expect("two layers of weights"))
}

impl From<theory::Critical> for Start {
    fn from(point: theory::Critical) -> Self {
        Self {
            weight_variance: point.weights,
            bias_variance: point.biases,
            variance: point.variance,
            kind: match point.kind {
                Kind::ScaleInvariant => "scale-invariant",
                Kind::Decaying => "decaying",
                Kind::HalfStable => "half-stable",
                Kind::Stable => "stable",
            },
        }
    }
}

impl Start {
    /// The start in words: what to draw, and what the signal does then.
    pub fn in_words(&self) -> String {
        let biases = match self.bias_variance {
            0.0 => "biases 0".to_owned(),
            variance => format!("biases with variance {variance:.5}"),
        };
        let then = match self.kind {
            "scale-invariant" => "signals of every size keep it".to_owned(),
            "decaying" => "signals shrink, but only like a power of the depth".to_owned(),
            "half-stable" => {
                format!("smaller signals grow up to a variance of {:.4}, larger ones leave", self.variance)
            }
            _ => format!("signals settle at a variance of {:.4}", self.variance),
        };
        let weights = match self.weight_variance {
            small if small < 1e-3 => format!("{small:.4e}"),
            variance => format!("{variance:.5}"),
        };
        format!("weights with variance {weights}/fan-in, {biases}: {then}")
    }
}

#[cfg(test)]
mod tests;
