//! How the pre-activations of layers go with the width.

use super::{TALL, axis, log_range};
use crate::coordinates::{Check, Growth, LayerCheck};
use crate::plot::{Chart, Key, Kind, Mark, Panel, Picture, Plot};
use crate::words::many;

/// A figure this much smaller than the largest is drawn at the edge.
const FLOOR: f64 = 1e-8;

/// Lines that eyes can tell apart.
const LINES: usize = 8;

/// The sizes at the start and what steps have moved, over the width: a line for each layer, of many layers for some of them.
pub fn coordinates(title: &str, subtitle: &str, check: &Check) -> Picture {
    let count = check.layers.len();
    let lines = count.min(LINES);
    let shown: Vec<&LayerCheck> = (0..lines).map(|i| &check.layers[i * (count - 1) / (lines - 1).max(1)]).collect();
    let name = |layer: &&LayerCheck| match layer.layer {
        last if last == count => "out".to_owned(),
        layer => format!("layer {layer}"),
    };
    let power = |layer: &&LayerCheck| {
        let moved = layer.moved();
        moved.map_or_else(String::new, |(step, [power, error])| {
            format!("moved by width^{power:.2} +- {error:.2} after {}", many(step as u64, "step"))
        })
    };
    let mut panels = vec![panel("at the start", check, &shown, |layer| layer.size.first())];
    let mut steps = vec![1, check.steps];
    steps.dedup();
    for step in steps {
        let title = format!("moved by after {}", many(step as u64, "step"));
        panels.push(panel(&title, check, &shown, move |layer| layer.change.get(step - 1)));
    }
    let left_out = (lines < count).then(|| format!("Of {count} layers {lines} are drawn."));
    Picture {
        title: title.to_owned(),
        subtitle: subtitle.to_owned(),
        key: shown.iter().map(|layer| Key { name: name(layer), detail: power(layer) }).collect(),
        rows: vec![panels],
        notes: left_out.into_iter().collect(),
        ..Picture::default()
    }
}

fn panel<'a>(
    title: &str,
    check: &Check,
    shown: &[&'a LayerCheck],
    of: impl Fn(&'a LayerCheck) -> Option<&'a Growth>,
) -> Panel {
    let points = |layer: &&'a LayerCheck| -> Vec<[f64; 2]> {
        let means = of(layer).map_or(&[][..], |growth| &growth.means);
        check.widths.iter().zip(means).filter_map(|(width, mean)| Some([*width as f64, (*mean)?])).collect()
    };
    let curves: Vec<Vec<[f64; 2]>> = shown.iter().map(points).collect();
    let ends = [check.widths[0] as f64, check.widths[check.widths.len() - 1] as f64];
    let all: Vec<f64> = curves.iter().flatten().map(|point| point[1]).collect();
    let marks = curves.into_iter().enumerate().map(|(series, points)| Mark::Curve { series, points }).collect();
    let chart = Chart {
        x: axis("width", Kind::Log, ends),
        y: axis("mean |pre-activation|", Kind::Log, log_range(all.into_iter(), FLOOR)),
        marks,
    };
    Panel { title: title.to_owned(), share: 1.0, height: TALL, plot: Plot::Chart(chart) }
}
