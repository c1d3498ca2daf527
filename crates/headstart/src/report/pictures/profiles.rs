//! Starts, layer by layer.

use super::curves::{Curve, by_layer};
use super::{LOW, TALL, axis, log_range};
use crate::plot::{Chart, Key, Kind, Mark, Panel, Picture, Plot};
use crate::probe::Profile;
use crate::run::Run;

/// A second moment this much smaller than the largest is drawn at the edge.
const FLOOR: f64 = 1e-40;

/// The second moments of signal and gradient of each start, of networks with residual branches what each of these adds, and below them the losses of the runs, if there are any.
pub fn profiles(title: &str, subtitle: &str, profiles: &[Profile], runs: &[Run]) -> Picture {
    let mut picture = signals(title, subtitle, profiles);
    for other in std::iter::once(gradients(title, subtitle, profiles)).chain(branches(title, subtitle, profiles)) {
        picture.rows[0].extend(other.rows.into_iter().flatten());
        let notes = other.notes.into_iter().filter(|note| !picture.notes.contains(note));
        let notes: Vec<String> = notes.collect();
        picture.notes.extend(notes);
    }
    if !runs.is_empty() {
        let losses = super::losses(title, subtitle, runs);
        let below =
            losses.rows.into_iter().flatten().map(|panel| Panel { title: "loss".to_owned(), height: LOW, ..panel });
        picture.rows.push(below.collect());
    }
    picture
}

/// The signal of each start on its way forward, of residual networks that of the stream: a line for each with a band from the 10th to the 90th percentile over the seeds.
pub fn signals(title: &str, subtitle: &str, profiles: &[Profile]) -> Picture {
    let curves = by_layer(profiles, |layer| (!layer.is_inner).then_some(layer.signal));
    picture(title, subtitle, "signal, forward", &curves)
}

/// The gradient of each start on its way back.
pub fn gradients(title: &str, subtitle: &str, profiles: &[Profile]) -> Picture {
    let curves = by_layer(profiles, |layer| (!layer.is_inner).then_some(layer.gradient));
    picture(title, subtitle, "gradient, backward", &curves)
}

/// What each residual branch adds to its stream; none without branches.
fn branches(title: &str, subtitle: &str, profiles: &[Profile]) -> Option<Picture> {
    let curves = by_layer(profiles, |layer| layer.branch.as_ref().map(|branch| branch.added));
    let has_any = curves.iter().any(|curve| !curve.quantiles.is_empty());
    has_any.then(|| picture(title, subtitle, "added by each branch", &curves))
}

fn picture(title: &str, subtitle: &str, panel: &str, curves: &[Curve]) -> Picture {
    let has_bands = curves.iter().any(|curve| curve.runs > 1);
    Picture {
        title: title.to_owned(),
        subtitle: subtitle.to_owned(),
        key: curves.iter().map(|curve| Key { name: curve.init.clone(), detail: String::new() }).collect(),
        rows: vec![vec![panel_of(panel, curves, TALL)]],
        notes: has_bands
            .then(|| "Lines: the median over the seeds; bands: the 10th to the 90th percentile.".to_owned())
            .into_iter()
            .chain(beyond(curves))
            .collect(),
        ..Picture::default()
    }
}

/// What is said where a number has no place on a logarithmic axis.
pub(super) fn beyond(curves: &[Curve]) -> Option<String> {
    let medians = curves.iter().flat_map(|curve| curve.quantiles.iter().map(|(_, quantiles)| quantiles[1]));
    let is_beyond = |x: f64| x.is_infinite() || x == 0.0;
    medians.into_iter().any(is_beyond).then(|| "What is 0 or infinite is drawn at the end of its axis.".to_owned())
}

/// Second moments over the layers.
pub(super) fn panel_of(title: &str, curves: &[Curve], height: f64) -> Panel {
    let last = curves.iter().filter_map(|curve| curve.quantiles.last()).map(|(layer, _)| *layer).max().unwrap_or(1);
    let all = curves.iter().flat_map(|curve| curve.quantiles.iter().flat_map(|(_, quantiles)| *quantiles));
    let mut marks = Vec::new();
    for (series, curve) in curves.iter().enumerate().filter(|(_, curve)| curve.runs > 1) {
        let points = curve.quantiles.iter().map(|(layer, [low, _, high])| [*layer as f64, *low, *high]).collect();
        marks.push(Mark::Band { series, points });
    }
    for (series, curve) in curves.iter().enumerate() {
        let points = curve.quantiles.iter().map(|(layer, [_, median, _])| [*layer as f64, *median]).collect();
        marks.push(Mark::Curve { series, points });
    }
    let chart = Chart {
        x: axis("layer", Kind::Whole, [1.0, last.max(2) as f64]),
        y: axis("second moment", Kind::Log, log_range(all, FLOOR)),
        marks,
    };
    Panel { title: title.to_owned(), share: 1.0, height, plot: Plot::Chart(chart) }
}
