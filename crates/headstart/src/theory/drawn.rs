//! What a scheme draws in a layer, in the terms of theory; and why some have no place in it.

use headstart_engine::init::{InitError, Rule, Scheme, Shape};
use headstart_engine::names::plain;
use headstart_engine::network::Layer;
use headstart_engine::theory::LEAST;

/// The variance of a weight of the layer times its fan-in, and that of a bias; or why there is none, and what to do.
pub(super) fn drawn(scheme: Scheme, layer: &Layer, bias_variance: Option<f64>) -> Result<[f64; 2], String> {
    if scheme.needs_data() {
        return Err(format!("it fits the weights to data, of which theory has none; {}", measured(scheme)));
    }
    let variance =
        scheme.variance(layer).filter(|variance| !variance.is_nan()).ok_or_else(|| refusal(scheme, layer))?;
    let weights = scheme.variance_by_fan_in(layer).unwrap_or(variance * layer.fan_in as f64);
    let biases = bias_variance.unwrap_or_else(|| scheme.own_bias_variance(layer));
    // A variance of 0 may be one that was rounded to it.
    let is_rounded = variance == 0.0 && scheme.times(1e160).variance(layer) != Some(0.0);
    let leaves = |x: f64| x != 0.0 && !(LEAST..=1.0 / LEAST).contains(&x);
    if is_rounded || leaves(weights) || leaves(biases) {
        return Err(
            "the variance of its weights or biases leaves the numbers that theory is computed with, 1e-304 to 1e304; \
                    give a scale nearer to 1"
                .to_owned(),
        );
    }
    Ok([weights, biases])
}

/// Why a scheme has no variance, and what to do.
fn refusal(scheme: Scheme, layer: &Layer) -> String {
    let around_0 = "theory is of weights drawn around 0";
    let measured = measured(scheme);
    match scheme {
        Scheme::Scaled { rule: Rule::Critical, .. } => InitError::NoCritical(layer.before).to_string(),
        Scheme::Scaled { rule: Rule::DepthScaled, .. } => InitError::NoDepthScaled(layer.before).to_string(),
        Scheme::Constant(_) => {
            format!("all weights are the same, and {around_0}; give one that draws them, as normal:0.1, or {measured}")
        }
        Scheme::Identity { .. } => format!(
            "its weights are not drawn, and {around_0}; orthogonal, which keeps lengths as it does, is one, or {measured}"
        ),
        Scheme::Of(shape) => {
            let (centre, alike) = match shape {
                Shape::Uniform { low, high } => (between(low, high), format!("uniform:{}", plain((high - low) / 2.0))),
                Shape::Normal { mean, sd } => (format!("around {}", plain(mean)), format!("normal:{}", plain(sd))),
                Shape::Truncated { mean, sd } => {
                    (format!("around {}", plain(mean)), format!("truncated-normal:{}", plain(sd)))
                }
                Shape::Cut { sd, low, high, .. } => {
                    let half = plain((high - low) / 2.0);
                    (between(low, high), format!("truncated-normal:{}:-{half}..{half}", plain(sd)))
                }
            };
            format!("its weights are drawn {centre}, and {around_0}; {alike} is as wide around 0, or {measured}")
        }
        _ => format!("its weights have no variance that theory knows; {measured}"),
    }
}

fn between(low: f64, high: f64) -> String {
    format!("from {} to {}", plain(low), plain(high))
}

fn measured(scheme: Scheme) -> String {
    format!("probe --data FILE --init {scheme} measures what it does")
}
