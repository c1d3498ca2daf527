//! Theory's lines over a map: where signal and gradient neither die nor explode, and how deep networks can be trained.
//!
//! Theory is of wide layers, and of weights between hidden layers: where there are none, or nothing that it speaks of is
//! varied, there are no lines.

use crate::heat::Line;
use crate::spec::TaskSpec;
use crate::study::{Level, Quantity, Study};
use headstart_engine::activation::Activation;
use headstart_engine::init::Initialization;
use headstart_engine::network::Network;
use headstart_engine::theory::{self, Ensemble, Kind};

/// Points of a line, along the axis of the size of weights or biases.
const POINTS: usize = 200;

/// So many times the layers over which the correlation of two samples decays, networks are trained through (Schoenholz et
/// al. 2017, section 5).
const TRAINS_THROUGH: f64 = 6.0;

/// The lines over a study of two axes: columns last.
pub fn lines(study: &Study) -> Vec<Line> {
    let axes = study.design().axes();
    let is_size = |quantity| matches!(quantity, Quantity::Gain | Quantity::Scale);
    // The size of the weights is gone through finely; whatever else is varied takes its own values.
    let Some(i) = (0..2).find(|i| is_size(axes[*i].quantity)) else { return Vec::new() };
    let (size, other) = (&axes[i], &axes[1 - i]);
    let (Some(sizes), Some(others)) = (size.levels(), other.levels()) else { return Vec::new() };
    // Columns are the last axis, and come first in a point of a picture.
    let place = |size: f64, other: f64| if i == 1 { [size, other] } else { [other, size] };
    let at = |at_size: f64, at_other: &Level| {
        let mut point = [at_other.clone(), at_other.clone()];
        point[i] = Level::Number(at_size);
        between_hidden_layers(study, &study.at(&point).ok()?)
    };
    let largest = sizes.iter().map(Level::number).fold(0.0, f64::max);
    let mut lines = Vec::new();
    if other.quantity == Quantity::Depth {
        // The deeper end of the axis has weights between hidden layers, which theory asks for.
        let deep = Level::Number(others.iter().map(Level::number).fold(2.0, f64::max));
        let bound = |size: f64| {
            let depth = at(size, &deep).map_or(f64::NAN, |ensemble| ensemble.phase(1.0).correlation_depth);
            place(size, TRAINS_THROUGH * depth)
        };
        let ends = [sizes[0].number(), sizes[sizes.len() - 1].number()];
        lines.push(Line { name: "6 xi".to_owned(), points: finely(ends).into_iter().map(bound).collect() });
    }
    let mut known: Vec<(Activation, f64, Option<f64>)> = Vec::new();
    let mut critical = |other: &Level| {
        // The variance of the weights grows with the square of their size.
        let Ensemble { activation, weights, biases } = at(largest, other)?;
        let known_weights = known.iter().find(|(a, b, _)| (*a, *b) == (activation, biases)).map(|known| known.2);
        let wanted = known_weights.unwrap_or_else(|| {
            let found = critical_weights(activation, biases);
            known.push((activation, biases, found));
            found
        });
        Some(largest * (wanted? / weights).sqrt())
    };
    let points: Vec<[f64; 2]> =
        others.iter().map(|other| place(critical(other).unwrap_or(f64::NAN), other.number())).collect();
    lines.push(Line { name: "critical".to_owned(), points });
    lines.retain(|line| line.points.iter().any(|[x, y]| x.is_finite() && y.is_finite()));
    lines
}

/// The variance times fan-in at which small differences between samples neither shrink nor grow.
fn critical_weights(activation: Activation, biases: f64) -> Option<f64> {
    let own = theory::critical(activation).filter(|own| own.kind == Kind::ScaleInvariant);
    // Biases change nothing where every size of the signal is alike.
    own.or_else(|| theory::critical_at(activation, biases).ok()).map(|point| point.weights)
}

/// Numbers from one to the other, evenly on a logarithmic scale where they are above 0.
fn finely([low, high]: [f64; 2]) -> Vec<f64> {
    let share = |i: usize| i as f64 / (POINTS - 1) as f64;
    let log = low > 0.0;
    let at = |i: usize| if log { low * (high / low).powf(share(i)) } else { low + share(i) * (high - low) };
    (0..POINTS).map(at).collect()
}

/// Weights and biases between the hidden layers of a task: of layers that differ, what does the same to the signal of relu
/// networks, the geometric mean. None if there are no such layers, or activations or schemes that theory does not know, and of blocks:
/// what is critical for a plain layer is not for a branch, or where something is normalized.
fn between_hidden_layers(study: &Study, spec: &TaskSpec) -> Option<Ensemble> {
    let task = study.base().vary(spec.clone()).ok()?;
    ensemble(task.network(), &task.job(0).start().init)
}

fn ensemble(network: &Network, init: &Initialization) -> Option<Ensemble> {
    if !network.is_dense_chain() {
        return None;
    }
    let layers: Vec<_> = network.layers().collect();
    let inner = layers.get(1..layers.len() - 1).filter(|inner| !inner.is_empty())?;
    let activation: Activation = inner[0].before;
    if inner.iter().any(|layer| layer.before != activation) {
        return None;
    }
    let mut logs = 0.0;
    let mut biases = 0.0;
    for (i, layer) in inner.iter().enumerate() {
        let [weights, of_biases] = init.variances(i + 1, layer)?;
        logs += libm::log(weights * layer.fan_in as f64);
        biases += of_biases / inner.len() as f64;
    }
    let weights = libm::exp(logs / inner.len() as f64);
    (weights.is_finite() && weights > 0.0).then_some(Ensemble { activation, weights, biases })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::StudySpec;

    fn lines_of(axes: &str, network: &str) -> Vec<Line> {
        let text = format!(
            "study = {{ axes = [{axes}] }}\n[data]\ndata = 'circles'\nsamples = [30, 10]\n[network]\n{network}\n\
             [training]\nsteps = 20\n"
        );
        lines(&Study::new(StudySpec::from_toml(&text).unwrap()).unwrap())
    }

    /// He's weights are critical for relu, whatever the learning rate.
    #[test]
    fn relu_is_critical_at_hes_weights() {
        let lines = lines_of("'lr=0.01,0.1,1', 'gain=0.1..10:20'", "layers = '2,10,5,1'");
        assert_eq!(lines.len(), 1);
        assert!(lines[0].points.iter().all(|[gain, _]| (gain - 1.0).abs() < 1e-9), "{lines:?}");
        // Of plain weights the scale depends on the width: sqrt(2 / 10).
        let lines = lines_of("'scale=0.1..10:20', 'lr=0.01,0.1,1'", "layers = '2,10,10,1'");
        assert!(lines[0].points.iter().all(|[_, scale]| (scale - 0.2_f64.sqrt()).abs() < 1e-6), "{lines:?}");
    }

    /// Schoenholz et al. 2017: at biases of variance 0.05, tanh is critical at weights of variance 1.76 / fan-in.
    #[test]
    fn the_critical_line_and_the_depth_bound_of_tanh_are_those_published() {
        let network = "layers = '2,100,100,1'\nactivation = 'tanh'";
        let lines = lines_of("'bias-scale=0.22360679774997896', 'scale=0.05..0.3:linear:20'", network);
        let [scale, _] = lines[0].points[0];
        assert!((100.0 * scale * scale - 1.76).abs() < 0.01, "{scale}");
        let lines = lines_of("'depth=10,50,200', 'scale=0.05..0.3:linear:20'", network);
        assert_eq!(lines.iter().map(|line| line.name.as_str()).collect::<Vec<_>>(), ["6 xi", "critical"]);
        let depths: Vec<f64> = lines[0].points.iter().map(|[_, depth]| *depth).collect();
        let peak = depths.iter().copied().fold(0.0, f64::max);
        assert!(peak > 200.0 && depths[0] < 20.0 && depths[POINTS - 1] < peak, "{depths:?}");
    }

    #[test]
    fn there_are_no_lines_where_theory_says_nothing() {
        assert!(lines_of("'lr=0.01,0.1', 'steps=10,20'", "layers = '2,10,10,1'").is_empty());
        assert!(lines_of("'lr=0.01,0.1', 'gain=0.1..10:20'", "layers = '2,10,1'").is_empty());
    }
}
