//! What theory says of an activation: no data, no network, no run.

use crate::error::Error;
use headstart_engine::activation::Activation;
use headstart_engine::init::{Distribution, Rule, Scheme};
use headstart_engine::network::{Layer, Loss, Network, Output};
use headstart_engine::theory::{self, Ensemble, FixedPoint, Kind};
use serde::Serialize;

/// What is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
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
    /// The weights that are critical with the biases asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub critical_with_biases: Option<Start>,
    /// Points of the critical line, by the variance of the biases.
    pub line: Vec<Start>,
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
    /// `ordered`, `critical` or `chaotic`: whether gradients and differences between samples shrink, stay or grow.
    pub phase: &'static str,
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

/// What happens from the first hidden layer to the last.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Through {
    /// Factor of the signal's second moment, forward, in wide layers.
    pub signal: f64,
    /// Factor of the gradient's second moment, backward, in wide layers.
    pub gradient: f64,
    /// Standard deviation of the logarithm of the signal's second moment over the draws of the weights.
    pub spread: f64,
    /// The chance that the signal's second moment changes by more than a factor of [`OUT_OF_RANGE`].
    pub out_of_range: f64,
}

/// A signal whose second moment changes by more than this has left the range in which a network starts well.
pub const OUT_OF_RANGE: f64 = 10.0;

/// More layers than this nobody trains, and the theory goes through them one by one.
const DEEPEST: usize = 10_000;

/// Variances of biases for which the critical line is shown.
const LINE: [f64; 6] = [0.0, 0.01, 0.05, 0.1, 0.2, 0.5];

/// Answers a question.
///
/// # Errors
/// If a number makes no sense, a scheme has no variance, or it is critical and there is no critical start.
pub fn answer(question: &Question) -> Result<Theory, Error> {
    let Question { activation, bias_variance, depth, width, .. } = *question;
    let usage = |message: String| Err(Error::Usage(message));
    if bias_variance.is_some_and(|b| !(b >= 0.0 && b.is_finite())) {
        return usage("--bias-variance: a variance is a number from 0 on, as in 0.05".to_owned());
    }
    if depth.is_some_and(|depth| !(1..=DEEPEST).contains(&depth)) || width == 0 {
        return usage(format!("--depth and --width: from 1 to {DEEPEST} hidden layers, of at least one unit"));
    }
    let usual = || {
        let scaled = |rule| Scheme::Scaled { rule, distribution: Distribution::Normal, gain: 1.0 };
        let critical = theory::critical(activation).map(|_| Rule::Critical);
        [Rule::He, Rule::Glorot].into_iter().chain(critical).map(scaled).collect()
    };
    let inits = if question.inits.is_empty() { usual() } else { question.inits.clone() };
    let line = LINE.iter().filter_map(|&biases| theory::critical_at(activation, biases)).map(Start::from);
    Ok(Theory {
        activation: activation.to_string(),
        critical: theory::critical(activation).map(Start::from),
        critical_with_biases: bias_variance.and_then(|biases| theory::critical_at(activation, biases)).map(Start::from),
        line: line.collect(),
        depth,
        width,
        schemes: inits.into_iter().map(|scheme| row(question, scheme)).collect::<Result<_, _>>()?,
    })
}

fn row(question: &Question, scheme: Scheme) -> Result<Row, Error> {
    let Question { activation, bias_variance, depth, width, .. } = *question;
    let layer = hidden_layer(activation, width)?;
    if scheme.needs_data() {
        return Err(Error::Usage(format!(
            "--init {scheme}: it fits the weights to data, of which theory has none; probe --data FILE --init {scheme} \
             measures what it does"
        )));
    }
    let variance = scheme.variance(&layer).filter(|variance| !variance.is_nan()).ok_or_else(|| {
        Error::Usage(format!(
            "--init {scheme}: there is no such start for {activation}, or its weights are not drawn around 0; leave it \
             out of the list"
        ))
    })?;
    let weights = variance * width as f64;
    let biases = bias_variance.unwrap_or_else(|| scheme.own_bias_variance(&layer));
    let ensemble = Ensemble { activation, weights, biases };
    // Inputs of second moment 1; but the critical start is asked at the variance at which it is critical.
    let critical = theory::critical(activation).filter(|point| {
        point.variance > 0.0 && (point.weights - weights).abs() < 1e-9 && (point.biases - biases).abs() < 1e-9
    });
    let first = critical.map_or(weights + biases, |point| point.variance);
    let nothing = first == 0.0;
    let phase = ensemble.phase(if nothing { 1.0 } else { first });
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
            chi if chi < 1.0 - 1e-6 => "ordered",
            chi if chi > 1.0 + 1e-6 => "chaotic",
            _ => "critical",
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
        through: depth.filter(|_| !nothing).map(|depth| through(&ensemble, depth, width, first)),
    })
}

fn through(ensemble: &Ensemble, depth: usize, width: usize, first: f64) -> Through {
    let (mut q, mut gradient) = (first, 1.0);
    for _ in 1..depth {
        gradient *= ensemble.weights * theory::averages(ensemble.activation, q).slope_square;
        q = ensemble.next_variance(q);
    }
    let spread = theory::spread(ensemble, &vec![width; depth], first);
    Through {
        signal: q / first,
        gradient,
        spread: spread.variance.sqrt(),
        out_of_range: spread.chance_beyond(OUT_OF_RANGE),
    }
}

/// A layer between two hidden layers.
fn hidden_layer(activation: Activation, width: usize) -> Result<Layer, Error> {
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
        format!("weights with variance {:.5}/fan-in, {biases}: {then}", self.weight_variance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(activation: &str, inits: &[&str], depth: Option<usize>) -> Theory {
        let inits = inits.iter().map(|init| init.parse().unwrap()).collect();
        let activation = activation.parse().unwrap();
        answer(&Question { activation, inits, bias_variance: None, depth, width: 100 }).unwrap()
    }

    #[test]
    fn schemes_of_relu_are_told_apart() {
        let theory = ask("relu", &["he", "glorot", "he:2", "normal:0.01", "critical"], Some(50));
        let signals: Vec<_> = theory.schemes.iter().map(|row| (row.signal, row.phase)).collect();
        let expected = [
            ("signal keeps", "critical"),
            ("signal dies", "ordered"),
            ("signal explodes", "chaotic"),
            ("signal dies", "ordered"),
            ("signal keeps", "critical"),
        ];
        assert_eq!(signals, expected);
        let through = theory.schemes[1].through.unwrap();
        // Half of the second moment is lost in each of 49 steps.
        assert!((through.signal * 2_f64.powi(49) - 1.0).abs() < 1e-9);
        assert!(theory.schemes[0].through.unwrap().out_of_range > 0.2);
    }

    #[test]
    fn the_critical_start_is_told_in_the_users_terms() {
        let words = |activation| ask(activation, &[], None).critical.unwrap().in_words();
        assert!(words("gelu").starts_with("weights with variance 1.98306/fan-in, biases with variance 0.17292"));
        assert!(words("tanh").starts_with("weights with variance 1.00000/fan-in, biases 0"));
        assert_eq!(ask("softplus", &["lecun"], None).critical, None);
        assert_eq!(ask("tanh", &["lecun"], None).schemes[0].signal, "signal fades");
        let row = &ask("silu", &["critical"], None).schemes[0];
        assert_eq!((row.phase, row.signal), ("critical", "signal settles"));
    }

    #[test]
    fn what_has_no_answer_is_said() {
        let question = Question {
            activation: Activation::Softplus,
            inits: vec!["critical".parse().unwrap()],
            bias_variance: None,
            depth: None,
            width: 100,
        };
        assert!(answer(&question).unwrap_err().to_string().contains("--init critical"));
        let lsuv = Question { inits: vec!["lsuv".parse().unwrap()], ..question.clone() };
        assert!(answer(&lsuv).unwrap_err().to_string().contains("fits the weights to data"));
        let he = Question { inits: vec!["he".parse().unwrap()], ..question };
        assert!(answer(&Question { bias_variance: Some(-1.0), ..he.clone() }).is_err());
        assert!(answer(&Question { bias_variance: Some(f64::NAN), ..he.clone() }).is_err());
        assert!(answer(&Question { depth: Some(0), ..he.clone() }).is_err());
        assert!(answer(&Question { depth: Some(usize::MAX), ..he.clone() }).is_err());
        assert!(answer(&Question { width: 0, ..he.clone() }).is_err());
        assert!(
            answer(&Question { inits: vec![Scheme::Zeros, Scheme::Plain(Distribution::Normal, 1e300)], ..he }).is_ok()
        );
    }
}
