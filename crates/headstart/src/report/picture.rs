//! Results as a PNG: the loss over the steps, and where every seed ended.

use super::curves::{COLOURS, Curve, by_layer, curves, outcome_name};
use crate::error::Error;
use crate::io::write_whole;
use crate::probe::Profile;
use crate::run::Run;
use plotters::coord::Shift;
use plotters::coord::ranged1d::{KeyPointHint, Ranged};
use plotters::prelude::*;
use plotters::style::{FontStyle, register_font};
use std::error::Error as StdError;
use std::path::Path;
use std::sync::Once;

/// Width and height in pixels.
const SIZE: (u32, u32) = (1200, 540);

/// The axes of lines.
pub(super) struct Axes {
    pub x: &'static str,
    pub y: &'static str,
    /// Where the lines begin.
    pub first: f64,
    /// What is smaller than the largest number by this factor is drawn at the edge.
    pub floor: f64,
    /// Where the lines' names are out of their way.
    pub legend: SeriesLabelPosition,
}

/// Losses over the steps.
const LOSSES: Axes =
    Axes { x: "step", y: "training loss", first: 0.0, floor: 1e-15, legend: SeriesLabelPosition::UpperRight };

/// The same where nothing is below the lines at their beginning.
const LOSSES_BELOW: Axes = Axes { legend: SeriesLabelPosition::LowerLeft, ..LOSSES };

/// Second moments over the layers.
pub(super) const SIGNAL: Axes = Axes {
    x: "layer",
    y: "signal (second moment), forward",
    first: 1.0,
    floor: 1e-40,
    legend: SeriesLabelPosition::LowerLeft,
};
pub(super) const GRADIENT: Axes =
    Axes { y: "gradient (second moment), backward", legend: SeriesLabelPosition::LowerRight, ..SIGNAL };

pub(super) type Drawing<T = ()> = Result<T, Box<dyn StdError>>;

/// Draws the runs: on the left the median loss of each initialization over the steps, with a band from the 10th to the
/// 90th percentile; on the right, where there are several runs, the figure that each of them ended with.
///
/// # Errors
/// If there is nothing to draw, or the file cannot be written.
pub fn runs(path: &Path, title: &str, runs: &[Run]) -> Result<(), Error> {
    let failed = |problem: String| Error::Picture { path: path.display().to_string(), problem };
    if !runs.iter().any(|run| run.trace.iter().any(|record| record.loss.is_finite())) {
        return Err(failed("no run has a loss that is finite".to_owned()));
    }
    write_png(path, SIZE, |pixels| draw(pixels, title, runs))
}

/// Writes what is drawn on pixels of three bytes.
pub(super) fn write_png(path: &Path, size: (u32, u32), draw: impl FnOnce(&mut [u8]) -> Drawing) -> Result<(), Error> {
    let failed = |problem: String| Error::Picture { path: path.display().to_string(), problem };
    font();
    let mut pixels = vec![0; (size.0 * size.1 * 3) as usize];
    draw(&mut pixels).map_err(|error| failed(error.to_string()))?;
    let mut png = std::io::Cursor::new(Vec::new());
    image::write_buffer_with_format(
        &mut png,
        &pixels,
        size.0,
        size.1,
        image::ColorType::Rgb8,
        image::ImageOutputFormat::Png,
    )
    .map_err(|error| failed(error.to_string()))?;
    Ok(write_whole(path, &png.into_inner())?)
}

/// Makes the font known that is compiled in, so that pictures look the same on a machine without fonts.
fn font() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // The only error is that of a file that is no font.
        let _ = register_font("sans-serif", FontStyle::Normal, epaint_default_fonts::UBUNTU_LIGHT);
    });
}

fn draw(pixels: &mut [u8], title: &str, runs: &[Run]) -> Drawing {
    let root = BitMapBackend::with_buffer(pixels, SIZE).into_drawing_area();
    root.fill(&WHITE)?;
    let root = root.titled(title, ("sans-serif", 22))?.margin(4, 8, 8, 12);
    let curves = curves(runs);
    if curves.iter().any(|curve| curve.runs > 1) {
        let (left, right) = root.split_horizontally(SIZE.0 * 3 / 5);
        lines(&left, &curves, &LOSSES)?;
        outcomes(&right, &curves, outcome_name(runs))?;
    } else {
        lines(&root, &curves, &LOSSES)?;
    }
    root.present()?;
    Ok(())
}

pub(super) fn colour(i: usize) -> RGBColor {
    let (r, g, b) = COLOURS[i % COLOURS.len()];
    RGBColor(r, g, b)
}

/// A range on a logarithmic axis that shows all numbers down to `floor` of the largest, and at least a factor of two.
pub(super) fn log_range(numbers: impl Iterator<Item = f64>, floor: f64) -> std::ops::Range<f64> {
    let numbers = numbers.filter(|x| x.is_finite() && *x > 0.0);
    let (low, high) = numbers.fold((f64::INFINITY, 0.0_f64), |(low, high), x| (low.min(x), high.max(x)));
    // Nothing but losses of 0 is still a picture.
    let (low, high) = if high > 0.0 { (low.max(high * floor), high) } else { (0.5, 1.0) };
    let margin = (high / low).powf(0.05).max((2.0 * low / high).sqrt().max(1.0));
    low / margin..high * margin
}

/// Draws starts layer by layer: the second moments of signal and gradient, a line for each with a band from the 10th to the
/// 90th percentile over the seeds; and beside them the losses of the runs, if there are any.
///
/// # Errors
/// If there is nothing to draw, or the file cannot be written.
pub fn profiles(path: &Path, title: &str, profiles: &[Profile], runs: &[Run]) -> Result<(), Error> {
    let (signal, gradient) = (by_layer(profiles, |layer| layer.signal), by_layer(profiles, |layer| layer.gradient));
    let mut charts = vec![(signal, &SIGNAL), (gradient, &GRADIENT)];
    if !runs.is_empty() {
        charts.push((curves(runs), &LOSSES_BELOW));
    }
    let size = (SIZE.0 / 2 * charts.len() as u32, SIZE.1);
    write_png(path, size, |pixels| {
        let root = BitMapBackend::with_buffer(pixels, size).into_drawing_area();
        root.fill(&WHITE)?;
        let root = root.titled(title, ("sans-serif", 22))?.margin(4, 8, 8, 12);
        for (area, (curves, axes)) in root.split_evenly((1, charts.len())).iter().zip(&charts) {
            lines(area, curves, axes)?;
        }
        root.present()?;
        Ok(())
    })
}

pub(super) fn lines<DB: DrawingBackend<ErrorType: 'static>>(
    area: &DrawingArea<DB, Shift>,
    curves: &[Curve],
    axes: &Axes,
) -> Drawing {
    let last = curves.iter().filter_map(|curve| curve.quantiles.last()).map(|(step, _)| *step).max().unwrap_or(0);
    let range = log_range(curves.iter().flat_map(|curve| curve.quantiles.iter().flat_map(|(_, q)| *q)), axes.floor);
    let (low, high) = (range.start, range.end);
    let steps = axes.first..last.max(axes.first as usize + 1) as f64;
    macro_rules! chart {
        ($range:expr, $on_axis:expr, $label:expr) => {{
            let mut chart = ChartBuilder::on(area)
                .x_label_area_size(44)
                .y_label_area_size(70)
                .margin_right(16)
                .build_cartesian_2d(steps, $range)?;
            chart
                .configure_mesh()
                .light_line_style(TRANSPARENT)
                .x_labels(last.clamp(2, 6))
                .x_desc(axes.x)
                .x_label_formatter(&|x| if x.fract() == 0.0 { format!("{x:.0}") } else { String::new() })
                .y_desc(axes.y)
                .y_label_formatter($label)
                .label_style(("sans-serif", 15))
                .axis_desc_style(("sans-serif", 17))
                .draw()?;
            for (i, curve) in curves.iter().enumerate() {
                let colour = colour(i);
                let line = |q: usize| curve.quantiles.iter().map(move |(step, at)| (*step as f64, at[q]));
                // What is off the scale is drawn at its edge.
                let clipped = |(x, y): (f64, f64)| (x, $on_axis(y.clamp(low, high)));
                if curve.runs > 1 {
                    let back = line(2).map(clipped).collect::<Vec<_>>().into_iter().rev();
                    let band: Vec<(f64, f64)> = line(0).map(clipped).chain(back).collect();
                    chart.draw_series([Polygon::new(band, colour.mix(0.15))])?;
                }
                let median = line(1).filter(|(_, y)| y.is_finite()).map(clipped);
                chart
                    .draw_series(LineSeries::new(median, colour.stroke_width(2)))?
                    .label(shortened(&curve.init))
                    .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], colour.stroke_width(3)));
            }
            chart
                .configure_series_labels()
                .position(axes.legend.clone())
                .background_style(WHITE.mix(0.85))
                .label_font(("sans-serif", 16))
                .draw()?;
        }};
    }
    if high / low > 1e12 {
        // The logarithmic axis has no labels for so many powers of ten.
        let label = |y: &f64| if y.fract() == 0.0 { format!("1e{y:.0}") } else { String::new() };
        chart!(low.log10()..high.log10(), f64::log10, &label);
    } else {
        chart!((low..high).log_scale(), |y| y, &|y: &f64| axis_number(*y));
    }
    Ok(())
}

/// One row of dots per initialization, the first one on top.
fn outcomes<DB: DrawingBackend<ErrorType: 'static>>(
    area: &DrawingArea<DB, Shift>,
    curves: &[Curve],
    name: &str,
) -> Drawing {
    let names: Vec<String> = curves.iter().rev().map(|curve| shortened(&curve.init)).collect();
    let rows = Rows(names.len());
    let label = |y: &f64| names.get(*y as usize).cloned().unwrap_or_default();
    let longest = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    let mut builder = ChartBuilder::on(area);
    builder.x_label_area_size(44).y_label_area_size(24 + 8 * longest as u32);
    macro_rules! chart {
        ($range:expr) => {{
            let mut chart = builder.build_cartesian_2d($range, rows)?;
            chart
                .configure_mesh()
                .disable_y_mesh()
                .light_line_style(TRANSPARENT)
                .x_labels(6)
                .x_desc(name)
                .x_label_formatter(&|x| axis_number(*x))
                .y_label_formatter(&label)
                .label_style(("sans-serif", 15))
                .axis_desc_style(("sans-serif", 17))
                .draw()?;
            for (i, curve) in curves.iter().enumerate() {
                let colour = colour(i);
                let radius = if curve.outcomes.len() > 200 { 1 } else { 3 };
                let (bottom, steps) = ((names.len() - 1 - i) as f64 + 0.2, curve.outcomes.len().max(2) as f64 - 1.0);
                // Dots of one row stand above one another in the order of their seeds.
                let at = |(k, (_, x)): (usize, &(u64, f64))| (*x, bottom + 0.6 * k as f64 / steps);
                let dots = curve.outcomes.iter().enumerate().map(at);
                chart.draw_series(dots.map(|at| Circle::new(at, radius, colour.mix(0.6).filled())))?;
            }
        }};
    }
    if name.ends_with("accuracy") {
        chart!(0.0..1.02);
    } else {
        chart!(
            log_range(curves.iter().flat_map(|curve| curve.outcomes.iter().map(|(_, x)| *x)), LOSSES.floor).log_scale()
        );
    }
    Ok(())
}

/// A name that leaves room for the picture.
pub(super) fn shortened(name: &str) -> String {
    const LONGEST: usize = 24;
    if name.chars().count() <= LONGEST {
        return name.to_owned();
    }
    name.chars().take(LONGEST - 3).chain("...".chars()).collect()
}

pub(super) fn axis_number(x: f64) -> String {
    if x == 0.0 || (1e-3..1e5).contains(&x.abs()) {
        let text = format!("{x:.4}");
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        format!("{x:.0e}")
    }
}

/// An axis of rows of height 1, each with its label in the middle.
#[derive(Clone, Copy)]
pub(super) struct Rows(pub usize);

impl Ranged for Rows {
    type FormatOption = plotters::coord::ranged1d::NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (from, to): (i32, i32)) -> i32 {
        from + (f64::from(to - from) * value / self.0.max(1) as f64).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<f64> {
        (0..self.0).map(|i| i as f64 + 0.5).collect()
    }

    fn range(&self) -> std::ops::Range<f64> {
        0.0..self.0 as f64
    }
}

impl plotters::coord::ranged1d::ValueFormatter<f64> for Rows {
    fn format(value: &f64) -> String {
        value.to_string()
    }
}
