//! The gains that were tried, and the plateau of the one that is advised.

use super::{TALL, axis, log_range};
use crate::advise::{Advice, Plateau, Tried};
use crate::plot::{Chart, Key, Kind, Mark, Panel, Picture, Plot};
use crate::words::rough;

/// What became of every gain of every scheme. Starts that were trained for a part only are circles.
pub fn gains(title: &str, subtitle: &str, advice: &Advice) -> Picture {
    let is_accuracy = advice.figure == "accuracy";
    let figure = if is_accuracy { "validation accuracy" } else { "validation loss" };
    let of = |tried: &Tried| tried.full.or(tried.early);
    let families: Vec<_> =
        advice.tried.iter().filter(|family| family.gains.iter().any(|tried| of(tried).is_some())).collect();
    let mut marks = Vec::new();
    let recommended = advice.recommendation.as_ref();
    let plateau = recommended.and_then(|found| Some((found, found.plateau?)));
    if let Some((found, Plateau { low, high, .. })) = plateau {
        let scheme = found.init.split(':').next().unwrap_or_default();
        let series = families.iter().position(|family| family.scheme == scheme);
        // A plateau of one gain is as wide as its mark.
        let ends = [low / 1.05, high * 1.05];
        marks.push(Mark::Span { series, ends, label: format!("plateau of {scheme}") });
    }
    for (series, family) in families.iter().enumerate() {
        let mut trained: Vec<&Tried> = family.gains.iter().filter(|tried| of(tried).is_some()).collect();
        trained.sort_by(|a, b| a.gain.total_cmp(&b.gain));
        let at = |tried: &&Tried| [tried.gain, of(tried).unwrap_or(f64::NAN)];
        marks.push(Mark::Curve { series, points: trained.iter().map(at).collect() });
        for is_full in [true, false] {
            let part = if is_full { "" } else { " (after a part of the training)" };
            let dot = |tried: &&Tried| (at(tried), format!("{}: {}{part}", tried.init, rough(at(tried)[1])));
            let points: Vec<_> = trained.iter().filter(|tried| tried.full.is_some() == is_full).map(dot).collect();
            if !points.is_empty() {
                marks.push(Mark::Dots { series, points, radius: if is_full { 4.5 } else { 3.0 }, is_filled: is_full });
            }
        }
    }
    let all = || advice.tried.iter().flat_map(|family| &family.gains).filter(|tried| of(tried).is_some());
    let y = if is_accuracy {
        let lowest = all().filter_map(of).fold(1.0, f64::min);
        axis(figure, Kind::Linear, [(lowest - 0.05).max(0.0), 1.02])
    } else {
        axis(figure, Kind::Log, log_range(all().filter_map(of), 1e-9))
    };
    let has_normal = families.iter().any(|family| family.scheme == "normal");
    let x = if has_normal { "gain, or the standard deviation of normal" } else { "gain" };
    let chart = Chart { x: axis(x, Kind::Log, log_range(all().map(|tried| tried.gain), 1e-12)), y, marks };
    let mut notes = vec!["Dots: after all of the training; circles: after a part of it.".to_owned()];
    notes.extend(plateau.map(|_| "Shaded: the gains that do as well as the one that is advised.".to_owned()));
    Picture {
        title: title.to_owned(),
        subtitle: subtitle.to_owned(),
        key: families.iter().map(|family| Key { name: family.scheme.clone(), detail: String::new() }).collect(),
        rows: vec![vec![Panel { title: String::new(), share: 1.0, height: TALL, plot: Plot::Chart(chart) }]],
        notes,
        ..Picture::default()
    }
}
