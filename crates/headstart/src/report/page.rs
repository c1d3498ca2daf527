//! Results as one HTML page that needs nothing else: it works offline.

use super::curves::{COLOURS, Curve, curves, outcome_name};
use super::write_whole;
use crate::error::Error;
use crate::run::Run;
use plotly::common::{Fill, HoverInfo, Line, Marker, Mode};
use plotly::layout::{Axis, AxisType};
use plotly::{Layout, Plot, Scatter};
use std::path::Path;

/// Writes a page with a summary, a table (both plain text), and the pictures of the runs to move about in.
///
/// # Errors
/// If the file cannot be written.
pub fn runs(path: &Path, title: &str, summary: &str, table: &str, runs: &[Run]) -> Result<(), Error> {
    let curves = curves(runs);
    let section = |title: &str, plot: &str| format!("<h2>{title}</h2>\n<div class=\"plot\">{plot}</div>\n");
    let mut body = section("Loss", &losses(&curves).to_inline_html(Some("loss")));
    if curves.iter().any(|curve| curve.runs > 1) {
        let name = outcome_name(runs);
        let plot = outcomes(&curves, name).to_inline_html(Some("outcome"));
        body.push_str(&section(&format!("Every seed's {name}"), &plot));
    }
    let sources = Plot::offline_js_sources();
    // The first script is plotly's; the second one sets formulas, and there are none.
    let script = sources.split_inclusive("</script>").next().unwrap_or_default();
    let page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n<style>\n\
         body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }}\n\
         h1 {{ overflow-wrap: anywhere; }}\n\
         pre {{ overflow-x: auto; }}\n.plot {{ height: 28rem; }}\n</style>\n{script}\n</head>\n<body>\n\
         <h1>{title}</h1>\n<pre>{}</pre>\n<pre>{}</pre>\n{body}</body>\n</html>\n",
        escape(summary),
        escape(table),
        title = escape(title),
    );
    write_whole(path, page.as_bytes())
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn colour(i: usize, alpha: f64) -> String {
    let (r, g, b) = COLOURS[i % COLOURS.len()];
    format!("rgba({r},{g},{b},{alpha})")
}

/// The median loss over the steps, and the band from the 10th to the 90th percentile.
fn losses(curves: &[Curve]) -> Plot {
    let mut plot = Plot::new();
    for (i, curve) in curves.iter().enumerate() {
        let steps: Vec<usize> = curve.quantiles.iter().map(|(step, _)| *step).collect();
        // Infinity has no place on an axis, nor in JSON.
        let line = |q: usize| curve.quantiles.iter().map(|(_, at)| Some(at[q]).filter(|y| y.is_finite())).collect();
        let edge = |q: usize| {
            Scatter::new(steps.clone(), line(q))
                .mode(Mode::Lines)
                .line(Line::new().width(0.0))
                .hover_info(HoverInfo::Skip)
                .legend_group(&curve.init)
                .show_legend(false)
        };
        if curve.runs > 1 {
            plot.add_trace(edge(0));
            plot.add_trace(edge(2).fill(Fill::ToNextY).fill_color(colour(i, 0.15)));
        }
        let median: Box<Scatter<usize, Option<f64>>> = Scatter::new(steps.clone(), line(1))
            .mode(Mode::Lines)
            .name(&curve.init)
            .legend_group(&curve.init)
            .line(Line::new().color(colour(i, 1.0)));
        plot.add_trace(median);
    }
    plot.set_layout(Layout::new().show_legend(true).x_axis(Axis::new().title("step")).y_axis(
        Axis::new().title("training loss").type_(AxisType::Log).exponent_format(plotly::common::ExponentFormat::Power),
    ));
    plot
}

/// One column of dots per initialization.
fn outcomes(curves: &[Curve], name: &str) -> Plot {
    let mut plot = Plot::new();
    for (i, curve) in curves.iter().enumerate() {
        let spread = curve.outcomes.len().max(2) as f64 - 1.0;
        let x = (0..curve.outcomes.len()).map(|k| i as f64 - 0.3 + 0.6 * k as f64 / spread).collect();
        let y = curve.outcomes.iter().map(|(_, y)| *y).collect();
        let texts = curve.outcomes.iter().map(|(seed, y)| format!("{}, seed {seed}: {y}", curve.init)).collect();
        plot.add_trace(
            Scatter::new(x, y)
                .mode(Mode::Markers)
                .name(&curve.init)
                .text_array(texts)
                .hover_info(HoverInfo::Text)
                .marker(Marker::new().color(colour(i, 0.6)).size(6)),
        );
    }
    let axis = Axis::new().title(name);
    let axis = if name.ends_with("accuracy") { axis.range(vec![0.0, 1.02]) } else { axis.type_(AxisType::Log) };
    let columns = (0..curves.len()).map(|i| i as f64).collect();
    let names = curves.iter().map(|curve| curve.init.clone()).collect();
    plot.set_layout(
        Layout::new()
            .show_legend(false)
            .x_axis(Axis::new().zero_line(false).tick_values(columns).tick_text(names))
            .y_axis(axis),
    );
    plot
}
