//! An explanation as one picture: the loss with its plateau and the predicted end of it, signal and gradient over depth,
//! and what was found.

use super::curves::Curve;
use super::explanation::in_words;
use super::picture::{Axes, Drawing, SIGNAL, axis_number, colour, lines, log_range, write_png};
use crate::error::Error;
use crate::explain::Explanation;
use crate::words::{count, many};
use plotters::coord::Shift;
use plotters::prelude::*;
use std::path::Path;

/// Width in pixels, and heights of the loss, of signal and gradient, and of one line of text.
const WIDTH: u32 = 1200;
const LOSS: u32 = 450;
const LAYERS: u32 = 280;
const LINE: u32 = 22;

/// Characters in a line of text.
const CHARACTERS: usize = 170;

/// What the marks in the picture of the loss mean.
const KEY: &str =
    "lines: losses that were run; circles: predicted; bands: when the start will be left; dashes: end of training";

/// Axes that are shorter than those of a probe.
const FORWARD: Axes = Axes { y: "signal (2nd moment)", ..SIGNAL };
const BACKWARD: Axes = Axes { y: "gradient (2nd moment)", ..SIGNAL };

/// A loss this much smaller than the largest is drawn at the edge.
const FLOOR: f64 = 1e-9;

/// Draws explanations of one task, which has so many steps.
///
/// # Errors
/// If there is nothing to draw, or the file cannot be written.
pub fn draw(path: &Path, title: &str, explanations: &[Explanation], steps: u64) -> Result<(), Error> {
    let failed = |problem: String| Error::Picture { path: path.display().to_string(), problem };
    if !explanations.iter().any(|one| one.loss.is_finite()) {
        return Err(failed("no start has a loss that is finite".to_owned()));
    }
    let text: Vec<(usize, String)> = explanations
        .iter()
        .enumerate()
        .flat_map(|(i, one)| words(one, steps).into_iter().map(move |line| (i, line)))
        .collect();
    let height = LOSS + LAYERS + LINE * (text.len() as u32 + 1);
    write_png(path, (WIDTH, height), |pixels| {
        let root = BitMapBackend::with_buffer(pixels, (WIDTH, height)).into_drawing_area();
        root.fill(&WHITE)?;
        let (top, rest) = root.split_vertically(LOSS);
        let (middle, bottom) = rest.split_vertically(LAYERS);
        let top = top.titled(title, ("sans-serif", 22))?.titled(KEY, ("sans-serif", 15))?;
        loss(&top.margin(4, 4, 8, 12), explanations, steps)?;
        let (left, right) = middle.margin(4, 4, 8, 12).split_horizontally(WIDTH / 2 - 10);
        lines(&left, &over_layers(explanations, |one| &one.signal), &FORWARD)?;
        lines(&right, &over_layers(explanations, |one| &one.gradient), &BACKWARD)?;
        for (row, (i, line)) in text.iter().enumerate() {
            let ink = if explanations.len() > 1 { colour(*i) } else { BLACK };
            let style = TextStyle::from(("sans-serif", 17)).color(&ink);
            bottom.draw_text(line, &style, (16, (LINE * row as u32 + 4) as i32))?;
        }
        root.present()?;
        Ok(())
    })
}

/// What was found, in lines.
fn words(explanation: &Explanation, steps: u64) -> Vec<String> {
    let first = &explanation.findings[0];
    let also: Vec<&str> = explanation.findings[1..].iter().map(|finding| finding.name).collect();
    let also = if also.is_empty() { String::new() } else { format!(" Also: {}.", also.join(", ")) };
    let measured = explanation.check.as_ref().map_or_else(String::new, |check| match check.measured {
        Some(step) => format!(" Measured: at step {}.", count(step)),
        None => format!(" Measured: not within {}.", many(check.steps, "step")),
    });
    let text = format!(
        "{}, {}. {}{also} Do: {}. Predicted: {}.{measured}",
        explanation.init,
        first.name,
        first.sentence,
        first.advice,
        in_words(&explanation.prediction, steps)
    );
    textwrap::fill(&text, CHARACTERS).lines().map(str::to_owned).collect()
}

fn over_layers(explanations: &[Explanation], of: fn(&Explanation) -> &Vec<f64>) -> Vec<Curve> {
    let curve = |one: &Explanation| Curve {
        init: one.init.clone(),
        quantiles: of(one).iter().enumerate().map(|(l, x)| (l + 1, [*x; 3])).collect(),
        outcomes: Vec::new(),
        runs: 1,
    };
    explanations.iter().map(curve).collect()
}

/// Measured losses as lines, predicted ones as dots, on logarithmic axes; the plateau, the loss that counts as having left
/// it, the steps when that is predicted, and the end of training.
fn loss<DB: DrawingBackend<ErrorType: 'static>>(
    area: &DrawingArea<DB, Shift>,
    explanations: &[Explanation],
    steps: u64,
) -> Drawing {
    let measured = |one: &Explanation| -> Vec<(f64, f64)> {
        let trace = one.check.as_ref().map_or(&one.stretch, |check| &check.trace);
        thinned(trace.iter().map(|record| (record.step as f64, record.loss)))
    };
    let all: Vec<Vec<(f64, f64)>> =
        explanations.iter().flat_map(|one| [measured(one), thinned(one.prediction.way.iter().copied())]).collect();
    let range = log_range(all.iter().flatten().map(|(_, loss)| *loss), FLOOR);
    let (low, high) = (range.start, range.end * 1.3);
    let ends = explanations.iter().filter_map(|one| one.prediction.to).map(|to| to as f64);
    let last = ends.chain([steps as f64]).chain(all.iter().flatten().map(|(step, _)| *step)).fold(10.0, f64::max);
    let right = last * 1.2;
    let place = |(step, loss): (f64, f64)| (step.max(1.0), loss.clamp(low, high));
    let mut chart = ChartBuilder::on(area)
        .x_label_area_size(44)
        .y_label_area_size(70)
        .margin_right(16)
        .build_cartesian_2d((1.0..right).log_scale(), (low..high).log_scale())?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .x_desc("step (logarithmic)")
        .x_label_formatter(&|x| axis_number(*x))
        .y_desc("training loss")
        .y_label_formatter(&|y| axis_number(*y))
        .label_style(("sans-serif", 15))
        .axis_desc_style(("sans-serif", 17))
        .draw()?;
    for (i, one) in explanations.iter().enumerate() {
        let colour = colour(i);
        if let (Some(from), Some(to)) = (one.prediction.from, one.prediction.to) {
            let corners = [((from as f64).max(1.0), low), ((to as f64).max(1.0) * 1.005, high)];
            chart.draw_series([Rectangle::new(corners, colour.mix(0.15).filled())])?;
        }
        let dots = thinned(one.prediction.way.iter().copied()).into_iter().map(place);
        chart.draw_series(dots.map(|at| Circle::new(at, 3, colour.mix(0.7))))?;
        chart.draw_series(LineSeries::new(measured(one).into_iter().map(place), colour.stroke_width(2)))?;
    }
    let prediction = &explanations[0].prediction;
    for (level, name, above) in
        [(prediction.plateau, "guessing", 0.05), (prediction.threshold, "a quarter less", -0.01)]
    {
        if (low..high).contains(&level) {
            let line = [(1.0, level), (right, level)];
            chart.draw_series(DashedLineSeries::new(line, 6, 5, BLACK.mix(0.5).into()))?;
            let ink = BLACK.mix(0.7);
            let style = TextStyle::from(("sans-serif", 15)).color(&ink);
            chart.draw_series([Text::new(name, (1.05, level * (high / low).powf(above)), style)])?;
        }
    }
    let end = [(steps as f64, low), (steps as f64, high)];
    chart.draw_series(DashedLineSeries::new(end, 3, 3, BLACK.into()))?;
    Ok(())
}

/// Those points that are finite and, on a logarithmic axis, not all at one place.
fn thinned(points: impl Iterator<Item = (f64, f64)>) -> Vec<(f64, f64)> {
    let mut next = 0.0;
    let apart = |(step, loss): &(f64, f64)| {
        let is_wanted = loss.is_finite() && *step >= next;
        if is_wanted {
            next = step * 1.02;
        }
        is_wanted
    };
    points.filter(apart).collect()
}
