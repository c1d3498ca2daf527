//! What theory says of an activation: no data, no network, no run.

use crate::error::Error;
use headstart_engine::activation::Activation;
use headstart_engine::init::{Distribution, Rule, Scheme};
use headstart_engine::network::{Layer, Loss, Network, Output};
use headstart_engine::theory::{self, Ensemble, FixedPoint, Kind, LEAST, NoCritical};
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

/// What happens from the first hidden layer to the last.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Through {
    /// Factor of the signal's second moment, forward, in wide layers; null where it leaves the floating-point numbers.
    pub signal: Option<f64>,
    /// Its logarithm.
    pub ln_signal: f64,
    /// Factor of the gradient's second moment, backward, in wide layers; null where it leaves the floating-point numbers.
    pub gradient: Option<f64>,
    /// Its logarithm; null where nothing comes back.
    pub ln_gradient: f64,
    /// Standard deviation of the logarithm of the signal's second moment over the draws of the weights, to first order in
    /// depth over width.
    pub spread: f64,
    /// The chance that the signal's second moment changes by more than a factor of [`OUT_OF_RANGE`], counted.
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
    let weights = scheme.variance_by_fan_in(&layer).unwrap_or(variance * width as f64);
    let biases = bias_variance.unwrap_or_else(|| scheme.own_bias_variance(&layer));
    // A variance of 0 may be one that was rounded to it.
    let is_rounded = variance == 0.0 && scheme.times(1e160).variance(&layer) != Some(0.0);
    let leaves = |x: f64| x != 0.0 && !(LEAST..=1.0 / LEAST).contains(&x);
    if is_rounded || leaves(weights) || leaves(biases) {
        return Err(Error::Usage(format!(
            "--init {scheme}: the variance of its weights or biases leaves the numbers that theory is computed with, 1e-304 to \
             1e304; give a scale nearer to 1"
        )));
    }
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
        through: depth.filter(|_| !nothing).map(|depth| through(&ensemble, depth, width, first)),
    })
}

fn through(ensemble: &Ensemble, depth: usize, width: usize, first: f64) -> Through {
    let widths = vec![width; depth];
    let theory::Spread { variance, ln_signal, ln_gradient, .. } = theory::spread(ensemble, &widths, first);
    // Some hundred layers are enough to leave the numbers.
    let number = |ln: f64| Some(libm::exp(ln)).filter(|x| ln == f64::NEG_INFINITY || x.is_normal());
    Through {
        signal: number(ln_signal).filter(|_| ln_signal.is_finite()),
        ln_signal,
        gradient: number(ln_gradient),
        ln_gradient,
        spread: variance.sqrt(),
        out_of_range: theory::chance_beyond(ensemble, &widths, first, OUT_OF_RANGE),
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
        let weights = match self.weight_variance {
            small if small < 1e-3 => format!("{small:.4e}"),
            variance => format!("{variance:.5}"),
        };
        format!("weights with variance {weights}/fan-in, {biases}: {then}")
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
        let signals: Vec<_> = theory.schemes.iter().map(|row| (row.signal, row.phase.unwrap())).collect();
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
        assert!((through.signal.unwrap() * 2_f64.powi(49) - 1.0).abs() < 1e-9);
        assert!(theory.schemes[0].through.unwrap().out_of_range > 0.2);
        // Networks say 0.7% (gelu, 20 hidden layers of 60 units, 4,000 draws); first order 10%.
        let question = Question {
            activation: Activation::Gelu,
            inits: vec!["critical".parse().unwrap()],
            bias_variance: None,
            depth: Some(20),
            width: 60,
        };
        let chance = answer(&question).unwrap().schemes[0].through.unwrap().out_of_range;
        assert!((0.004..0.01).contains(&chance), "{chance}");
    }

    #[test]
    fn the_critical_start_is_told_in_the_users_terms() {
        let words = |activation| ask(activation, &[], None).critical.unwrap().in_words();
        assert!(words("gelu").starts_with("weights with variance 1.98306/fan-in, biases with variance 0.17292"));
        assert!(words("tanh").starts_with("weights with variance 1.00000/fan-in, biases 0"));
        assert!(
            words("leaky-relu:-0.5")
                .starts_with("weights with variance 1.60000/fan-in, biases 0: signals of every size")
        );
        assert!(words("leaky-relu:-1e30").starts_with("weights with variance 2.0000e-60/fan-in"));
        assert!(words("leaky-relu:-1").ends_with("signals of every size keep it"));
        assert_eq!(ask("tanh", &[], None).critical.unwrap().weight_variance, 1.0);
        assert_eq!(ask("sigmoid", &["lecun"], None).critical, None);
        assert_eq!(ask("softplus", &["lecun"], None).critical, None);
        assert_eq!(ask("tanh", &["lecun"], None).schemes[0].signal, "signal fades");
        let row = &ask("silu", &["critical"], None).schemes[0];
        assert_eq!((row.phase, row.signal), (Some("critical"), "signal settles"));
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
        assert!(answer(&Question { inits: vec![Scheme::Zeros], ..he.clone() }).is_ok());
        for beyond in [1e300, 1e-300, 1e-158] {
            let inits = vec![Scheme::Plain(Distribution::Normal, beyond)];
            let error = answer(&Question { inits, ..he.clone() }).unwrap_err().to_string();
            assert!(error.contains("leaves the numbers"), "{error}");
        }
    }

    /// `chi = w E[tanh'(u)^2]` with `E[tanh'^2] = (4 / 3) / sqrt(2 pi q)` of large `q`, which goes to `w`.
    #[test]
    fn weights_of_any_size_have_their_phase() {
        for (scale, digits) in [(1e3, 1e-2), (1e10, 1e-9), (1e50, 1e-9), (1e150, 1e-9)] {
            let row = &ask("tanh", &[&format!("normal:{scale}")], Some(10)).schemes[0];
            let w = scale * scale * 100.0;
            let expected = 4.0 / 3.0 * (w / (2.0 * std::f64::consts::PI)).sqrt();
            assert!((row.chi / expected - 1.0).abs() < digits, "{scale}: {} is not {expected}", row.chi);
            assert_eq!((row.phase, row.signal), (Some("chaotic"), "signal settles"));
            assert!(row.correlation.unwrap().abs() < 1e-9, "{row:?}");
            // What two samples share falls to 2 / pi of it in every layer.
            let depth = -1.0 / (2.0 / std::f64::consts::PI).ln();
            assert!((row.correlation_depth.unwrap() / depth - 1.0).abs() < digits, "{row:?}");
        }
        for (activation, signal) in [("relu", "signal dies"), ("tanh", "signal dies"), ("sigmoid", "signal settles")] {
            let row = &ask(activation, &["normal:1e-150"], Some(10)).schemes[0];
            assert_eq!((row.phase, row.signal), (Some("ordered"), signal), "{row:?}");
        }
        // A quarter of the weights' variance.
        let settled = ask("sigmoid", &["normal:1e-150"], None).schemes[0].fixed_point.unwrap();
        assert!((settled / 0.25e-298 - 1.0).abs() < 1e-9, "{settled}");
    }

    /// `0.125^99` of relu; and beyond the numbers, where only logarithms go.
    #[test]
    fn a_signal_through_many_layers_is_what_it_is() {
        let of = |activation: &str, init: &str, depth: usize| {
            ask(activation, &[init], Some(depth)).schemes[0].through.unwrap()
        };
        let relu = of("relu", "lecun:0.5", 100);
        assert!((relu.signal.unwrap() / 0.125_f64.powi(99) - 1.0).abs() < 1e-9, "{relu:?}");
        assert!((relu.gradient.unwrap() / relu.signal.unwrap() - 1.0).abs() < 1e-9, "{relu:?}");
        let tanh = of("tanh", "lecun:0.5", 100);
        assert!((tanh.ln_signal - tanh.ln_gradient).abs() < 1.0 && tanh.signal.unwrap() < 1e-59, "{tanh:?}");
        let deep = of("tanh", "lecun:0.5", 1_000);
        assert_eq!((deep.signal, deep.gradient), (None, None));
        assert!((deep.ln_signal - 999.0 * 0.25_f64.ln()).abs() < 1.0, "{deep:?}");
        // Linear layers: Var[z^4] = 2 of each.
        assert!((deep.spread / (999.0_f64 * 2.0 / 100.0).sqrt() - 1.0).abs() < 0.02, "{deep:?}");
        assert_eq!(deep.out_of_range, 1.0);
    }

    /// `2 (1 + s^2) / 2` in each of 9 steps: 1e540, which numbers do not hold.
    #[test]
    fn slopes_of_any_size_have_their_signal() {
        for (slope, ln) in [("-1e30", 540.0), ("1e30", 540.0), ("-1e20", 360.0), ("-1e5", 90.0)] {
            let through = ask(&format!("leaky-relu:{slope}"), &["he"], Some(10)).schemes[0].through.unwrap();
            let ln = ln * std::f64::consts::LN_10;
            assert!((through.ln_signal - ln).abs() < 1e-6 && (through.ln_gradient - ln).abs() < 1e-6, "{through:?}");
            assert_eq!(through.signal.is_none(), ln > 709.0, "{through:?}");
            assert!((through.spread - (9.0_f64 * 5.0 / 100.0).sqrt()).abs() < 1e-9, "{through:?}");
        }
        let critical = ask("leaky-relu:-1e30", &["critical"], Some(10)).schemes[0].clone();
        assert_eq!((critical.phase, critical.signal), (Some("critical"), "signal keeps"));
        assert!(critical.through.unwrap().ln_signal.abs() < 1e-9);
    }

    #[test]
    fn what_is_exact_is_told_exactly() {
        for (activation, init, weights) in [
            ("tanh", "critical", 1.0),
            ("tanh", "lecun", 1.0),
            ("sin", "lecun", 1.0),
            ("identity", "glorot-uniform", 1.0),
            ("relu", "he", 2.0),
            ("relu", "he-uniform", 2.0),
            ("leaky-relu:-0.5", "critical", 1.6),
        ] {
            for width in [3, 49, 100] {
                let (activation, inits) = (activation.parse().unwrap(), vec![init.parse().unwrap()]);
                let question = Question { activation, inits, bias_variance: None, depth: Some(5), width };
                let row = &answer(&question).unwrap().schemes[0];
                assert_eq!((row.weight_variance, row.chi), (weights, 1.0), "{activation} {init} {width}");
            }
        }
        assert_eq!(ask("relu", &["he"], Some(50)).schemes[0].through.unwrap().signal, Some(1.0));
    }

    /// Of large signals softplus and gelu are relu, whose gradient he keeps; but on the way there it vanishes.
    #[test]
    fn a_limit_at_infinity_is_no_critical_point() {
        let with = |activation: &str, biases| {
            let (activation, inits) = (activation.parse().unwrap(), vec!["he".parse().unwrap()]);
            answer(&Question { activation, inits, bias_variance: biases, depth: Some(20), width: 100 }).unwrap().schemes
                [0]
            .clone()
        };
        for row in [with("softplus", None), with("gelu", Some(0.17292)), with("silu", Some(1.0))] {
            assert_eq!((row.phase, row.signal), (None, "signal explodes"), "{row:?}");
        }
        let relu = with("relu", Some(0.1));
        assert_eq!(
            (relu.phase, relu.signal, relu.through.unwrap().gradient),
            (Some("critical"), "signal explodes", Some(1.0))
        );
    }

    #[test]
    fn biases_without_critical_weights_have_a_reason() {
        let with = |activation: &str, bias_variance| {
            let inits = vec!["he".parse().unwrap()];
            let activation = activation.parse().unwrap();
            answer(&Question { activation, inits, bias_variance, depth: None, width: 100 }).unwrap()
        };
        let gelu = with("gelu", Some(0.01));
        assert!(gelu.none_with_biases.unwrap().to_string().contains("unstable"));
        assert_eq!(gelu.unstable[..2], [0.0, 0.01]);
        assert!(serde_json::to_value(&gelu).unwrap()["critical_with_biases"].is_null());
        assert!(
            serde_json::to_value(with("tanh", None)).unwrap().as_object().unwrap().contains_key("critical_with_biases")
        );
        assert!(with("tanh", Some(0.05)).critical_with_biases.is_some());
        assert!(with("softplus", Some(0.05)).none_with_biases.unwrap().to_string().starts_with("no weights"));
    }
}
