//! An explanation as one picture: the loss with its plateau and the predicted end of it, signal and gradient over depth, and what was
//! found.

use super::curves::Curve;
use super::profiles::{beyond, panel_of};
use super::{LOW, TALL, axis, log_range};
use crate::explain::Explanation;
use crate::plot::colour::Ink;
use crate::plot::{Chart, Key, Kind, Mark, Panel, Picture, Plot, Words};
use crate::report::explanation::in_words;
use crate::words::{about, count, many};

/// A loss this much smaller than the largest is drawn at the edge.
const FLOOR: f64 = 1e-9;

/// Losses and predictions, signal and gradient, and in words what was found, of one task of so many steps.
pub fn story(title: &str, subtitle: &str, explanations: &[Explanation], steps: u64) -> Picture {
    let mut picture = plateaus(title, subtitle, explanations, steps);
    let signals = over_layers(explanations, |one| &one.signal);
    let gradients = over_layers(explanations, |one| &one.gradient);
    picture.rows.push(vec![
        panel_of("signal at the start, forward", &signals, LOW),
        panel_of("gradient at the start, backward", &gradients, LOW),
    ]);
    picture.notes.extend(beyond(&signals).or_else(|| beyond(&gradients)));
    picture.words = explanations
        .iter()
        .enumerate()
        .map(|(i, one)| words(one, steps, if explanations.len() > 1 { Ink::Series(i) } else { Ink::Ink }))
        .collect();
    picture
}

/// Measured losses as lines, predicted ones as circles, on logarithmic axes; the plateau, the loss that counts as having left it, the
/// steps when that is predicted, and the end of training.
pub fn plateaus(title: &str, subtitle: &str, explanations: &[Explanation], steps: u64) -> Picture {
    let measured = |one: &Explanation| -> Vec<[f64; 2]> {
        let trace = one.check.as_ref().map_or(&one.stretch, |check| &check.trace);
        apart(trace.iter().map(|record| (record.step as f64, record.loss)), 1.02)
    };
    let predicted = |one: &Explanation| apart(one.prediction.way.iter().copied(), 1.25);
    let all: Vec<[f64; 2]> =
        explanations.iter().flat_map(|one| measured(one).into_iter().chain(predicted(one))).collect();
    let [low, high] = log_range(all.iter().map(|[_, loss]| *loss), FLOOR);
    let ends = explanations.iter().filter_map(|one| one.prediction.to).map(|to| to as f64);
    let last = ends.chain([steps as f64]).chain(all.iter().map(|[step, _]| *step)).fold(10.0, f64::max);
    let mut marks = Vec::new();
    for (series, one) in explanations.iter().enumerate() {
        if let (Some(from), Some(to)) = (one.prediction.from, one.prediction.to) {
            let label = one.prediction.step.map_or_else(String::new, |step| {
                if to > from { format!("ends near {}", about(step)) } else { format!("ends at {}", count(step)) }
            });
            marks.push(Mark::Span { series: Some(series), ends: [from.max(1) as f64, to.max(1) as f64], label });
        }
    }
    let prediction = &explanations[0].prediction;
    for (level, label) in [(prediction.plateau, "guessing"), (prediction.threshold, "a quarter less")] {
        marks.push(Mark::Rule { is_upright: false, at: level, label: label.to_owned() });
    }
    let label = format!("end of training, {}", count(steps));
    marks.push(Mark::Rule { is_upright: true, at: steps.max(1) as f64, label });
    for (series, one) in explanations.iter().enumerate() {
        let points = predicted(one).into_iter().map(|at| (at, String::new())).collect();
        marks.push(Mark::Dots { series, points, radius: 2.6, is_filled: false });
        marks.push(Mark::Curve { series, points: measured(one) });
    }
    let chart = Chart {
        x: axis("step (logarithmic)", Kind::Log, [1.0, last * 1.2]),
        y: axis("training loss", Kind::Log, [low, high * 1.3]),
        marks,
    };
    Picture {
        title: title.to_owned(),
        subtitle: subtitle.to_owned(),
        key: explanations.iter().map(|one| Key { name: one.init.clone(), detail: detail(one) }).collect(),
        rows: vec![vec![Panel { title: String::new(), share: 1.0, height: TALL, plot: Plot::Chart(chart) }]],
        notes: vec![
            "Lines: losses that were run; circles: predicted; shaded: when the start will be left, as predicted."
                .to_owned(),
        ],
        ..Picture::default()
    }
}

/// What became of a start: its accuracies, if it was run, and what was found.
fn detail(one: &Explanation) -> String {
    let name = one.findings.iter().find(|finding| finding.decides).unwrap_or(&one.findings[0]).name;
    let accuracies = one.check.as_ref().map(|check| {
        let test = check.test.and_then(|test| test.accuracy);
        match (check.train.accuracy, test) {
            (Some(train), Some(test)) => format!("accuracy {train:.2} train, {test:.2} test"),
            (Some(train), None) => format!("training accuracy {train:.2}"),
            _ => format!("training loss {}", crate::words::number(check.train.loss)),
        }
    });
    let measured = one.check.as_ref().map(|check| match check.measured {
        Some(step) => format!("left at step {}", count(step)),
        None => format!("not left within {}", count(check.steps)),
    });
    [accuracies, Some(name.to_owned()), measured].into_iter().flatten().collect::<Vec<_>>().join("; ")
}

/// What was found, in words.
fn words(explanation: &Explanation, steps: u64, ink: Ink) -> Words {
    let first = &explanation.findings[0];
    let also: Vec<&str> = explanation.findings[1..].iter().map(|finding| finding.name).collect();
    let also = if also.is_empty() { String::new() } else { format!(" Also: {}.", also.join(", ")) };
    let measured = explanation.check.as_ref().map_or_else(String::new, |check| match check.measured {
        Some(step) => format!(" Measured: at step {}.", count(step)),
        None => format!(" Measured: not within {}.", many(check.steps, "step")),
    });
    let text = format!(
        "{}{also} Do: {}. Predicted: {}.{measured}",
        first.sentence,
        first.advice,
        in_words(&explanation.prediction, steps)
    );
    Words { head: (ink, format!("{}: {}", explanation.init, first.name)), text }
}

fn over_layers(explanations: &[Explanation], of: fn(&Explanation) -> &Vec<f64>) -> Vec<Curve> {
    let curve = |one: &Explanation| Curve {
        init: one.init.clone(),
        quantiles: of(one).iter().enumerate().map(|(l, x)| (l + 1, [*x; 3])).collect(),
        outcomes: Vec::new(),
        runs: 1,
        traced: 1,
    };
    explanations.iter().map(curve).collect()
}

/// Those points that are finite and, on a logarithmic axis, not all at one place: each so many times as far as the one before.
fn apart(points: impl Iterator<Item = (f64, f64)>, times: f64) -> Vec<[f64; 2]> {
    let mut next = 0.0;
    let is_wanted = |(step, loss): &(f64, f64)| {
        let is_wanted = loss.is_finite() && *step >= next;
        if is_wanted {
            next = step * times;
        }
        is_wanted
    };
    points.filter(is_wanted).map(|(step, loss)| [step.max(1.0), loss]).collect()
}
