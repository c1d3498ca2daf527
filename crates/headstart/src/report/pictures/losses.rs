//! The losses of runs, and where every seed ended.

use super::curves::{curves, groups, outcome_name};
use super::{LOW, TALL, axis, log_range, steps_axis};
use crate::plot::{Chart, Key, Kind, Mark, Panel, Picture, Plot};
use crate::run::Run;
use crate::stats;
use crate::words::{count, many, number};

/// A loss this much smaller than the largest is drawn at the edge.
const FLOOR: f64 = 1e-15;

/// Dots in a row: of more runs, those at even distances in the order of their figures.
const DOTS: usize = 400;

/// The losses, and where there are several seeds beside them what each of them ended with.
pub fn runs(title: &str, subtitle: &str, runs: &[Run]) -> Picture {
    let mut picture = losses(title, subtitle, runs);
    let outcomes = outcomes(title, subtitle, runs);
    if groups(runs).iter().any(|group| group.len() > 1) {
        // One key does for both.
        picture.notes.extend(outcomes.notes);
        let beside = outcomes.rows.into_iter().flatten();
        picture.rows[0].extend(beside.map(|panel| Panel { share: 0.7, ..panel }));
    }
    picture
}

/// The median loss of each initialization over the steps, with a band from the 10th to the 90th percentile.
pub fn losses(title: &str, subtitle: &str, runs: &[Run]) -> Picture {
    let groups = groups(runs);
    let curves = curves(&groups);
    let last = runs.iter().map(|run| run.steps).max().unwrap_or(0);
    let all = curves.iter().flat_map(|curve| curve.quantiles.iter().flat_map(|(_, quantiles)| *quantiles));
    let mut marks: Vec<Mark> = Vec::new();
    for (series, curve) in curves.iter().enumerate().filter(|(_, curve)| curve.runs > 1) {
        let points = curve.quantiles.iter().map(|(step, [low, _, high])| [*step as f64, *low, *high]).collect();
        marks.push(Mark::Band { series, points });
    }
    for (series, curve) in curves.iter().enumerate() {
        let points = curve.quantiles.iter().map(|(step, [_, median, _])| [*step as f64, *median]).collect();
        marks.push(Mark::Curve { series, points });
    }
    let has_bands = curves.iter().any(|curve| curve.runs > 1);
    let has_diverged = runs.iter().any(|run| !run.trace.iter().all(|record| record.loss.is_finite()));
    let band =
        has_bands.then(|| "Lines: the median over the seeds; bands: the 10th to the 90th percentile.".to_owned());
    let diverged = has_diverged.then(|| "What diverged is drawn at the upper end.".to_owned());
    let chart = Chart { x: steps_axis(last), y: axis("training loss", Kind::Log, log_range(all, FLOOR)), marks };
    Picture {
        title: title.to_owned(),
        subtitle: subtitle.to_owned(),
        key: curves.iter().zip(&groups).map(|(curve, group)| key(&curve.init, group)).collect(),
        rows: vec![vec![panel("", TALL, chart)]],
        notes: band.into_iter().chain(diverged).collect(),
        ..Picture::default()
    }
}

/// What every seed ended with, a row of dots for each initialization.
pub fn outcomes(title: &str, subtitle: &str, runs: &[Run]) -> Picture {
    let curves = curves(&groups(runs));
    let name = outcome_name(runs);
    let names: Vec<String> = curves.iter().map(|curve| curve.init.clone()).collect();
    let rows = curves.len().max(1) as f64;
    let mut marks = Vec::new();
    let mut most = 0;
    for (series, curve) in curves.iter().enumerate() {
        most = most.max(curve.outcomes.len());
        let shown = at_even_ranks(&curve.outcomes);
        let radius = if shown.len() > 100 { 2.0 } else { 3.2 };
        let apart = shown.len().max(2) as f64 - 1.0;
        // Dots of one row stand below one another in the order of their seeds, so that none hides another.
        let dot = |(k, (seed, figure)): (usize, &(u64, f64))| {
            let at = [*figure, series as f64 + if shown.len() > 1 { 0.2 + 0.6 * k as f64 / apart } else { 0.5 }];
            (at, format!("{}, seed {seed}: {}", curve.init, number(*figure)))
        };
        let points = shown.iter().enumerate().map(dot).collect();
        marks.push(Mark::Dots { series, points, radius, is_filled: true });
    }
    let figures = curves.iter().flat_map(|curve| curve.outcomes.iter().map(|(_, figure)| *figure));
    let x = if name.ends_with("accuracy") {
        axis(name, Kind::Linear, [0.0, 1.02])
    } else {
        axis(name, Kind::Log, log_range(figures, FLOOR))
    };
    let chart = Chart { x, y: axis("", Kind::Names(names), [0.0, rows]), marks };
    let thinned = (most > DOTS).then(|| {
        format!("Of {} seeds {DOTS} are drawn, at even distances in the order of their figures.", count(most as u64))
    });
    Picture {
        title: title.to_owned(),
        subtitle: subtitle.to_owned(),
        rows: vec![vec![panel("every seed", LOW.max(26.0 * rows), chart)]],
        notes: thinned.into_iter().collect(),
        ..Picture::default()
    }
}

fn panel(title: &str, height: f64, chart: Chart) -> Panel {
    Panel { title: title.to_owned(), share: 1.0, height, plot: Plot::Chart(chart) }
}

/// So many outcomes that can be drawn: all, or those at even distances in the order of their figures.
fn at_even_ranks(outcomes: &[(u64, f64)]) -> Vec<(u64, f64)> {
    if outcomes.len() <= DOTS {
        return outcomes.to_vec();
    }
    let mut sorted: Vec<(u64, f64)> = outcomes.to_vec();
    sorted.sort_by(|a, b| a.1.total_cmp(&b.1));
    let mut shown: Vec<(u64, f64)> = (0..DOTS).map(|i| sorted[(2 * i + 1) * sorted.len() / (2 * DOTS)]).collect();
    shown.sort_by_key(|(seed, _)| *seed);
    shown
}

/// A name, with what its runs ended with.
fn key(name: &str, runs: &[&Run]) -> Key {
    Key { name: name.to_owned(), detail: ended_with(runs) }
}

/// What runs ended with: their accuracies, or their losses; medians of several.
fn ended_with(runs: &[&Run]) -> String {
    let median = |figure: &dyn Fn(&Run) -> Option<f64>| {
        let figures: Vec<f64> = runs.iter().filter_map(|run| figure(run)).filter(|x| !x.is_nan()).collect();
        stats::quantile(&figures, 0.5)
    };
    let diverged = runs.iter().filter(|run| run.status == "diverged").count();
    let of_all = if runs.len() > 1 { "median " } else { "" };
    let accuracies = [median(&|run| run.train.accuracy), median(&|run| run.test.and_then(|test| test.accuracy))];
    let mut said = match accuracies {
        [Some(train), Some(test)] => format!("{of_all}accuracy {train:.2} train, {test:.2} test"),
        [Some(train), None] => format!("{of_all}training accuracy {train:.2}"),
        _ => match [median(&|run| Some(run.train.loss)), median(&|run| run.test.map(|test| test.loss))] {
            [Some(train), Some(test)] => format!("{of_all}loss {} train, {} test", number(train), number(test)),
            [Some(train), None] => format!("{of_all}training loss {}", number(train)),
            _ => String::new(),
        },
    };
    if diverged > 0 {
        let share =
            if runs.len() > 1 { format!("{diverged} of {} diverged", runs.len()) } else { "diverged".to_owned() };
        said = if said.is_empty() || diverged == runs.len() { share } else { format!("{said}; {share}") };
    }
    if runs.len() > 1 { format!("{said} ({})", many(runs.len() as u64, "seed")) } else { said }
}
