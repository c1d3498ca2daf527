//! Results as one HTML page that needs nothing else: it works offline.

mod code;
mod marks;
mod room;
pub(super) mod sheet;
mod table;

use super::Shown;
use super::curves::{COLOURS, Curve, by_layer, curves, outcome_name};
use super::document::Document;
use crate::advise::{Advice, Plateau};
use crate::error::Error;
use crate::heat::{self, Colours, Map, Panel};
use crate::io::write_whole;
use crate::probe::Profile;
use crate::run::Run;
use crate::words::{printable, rough};
use plotly::common::{ColorBar, ColorScale, ColorScalePalette, Fill, HoverInfo, Line, Marker, Mode};
use plotly::layout::{Annotation, Axis, AxisType, Shape, ShapeLine, ShapeType};
use plotly::{HeatMap, Layout, Plot, Scatter};
use std::path::Path;

/// A document as a page.
pub fn html(document: &Document) -> String {
    sheet::of(document).into_string()
}

/// Writes a document as a page.
///
/// # Errors
/// If the file cannot be written.
pub fn save(path: &Path, document: &Document) -> Result<(), Error> {
    Ok(write_whole(path, html(document).as_bytes())?)
}

/// Writes a page with a summary, a table (both plain text), and the pictures of the runs to move about in.
///
/// # Errors
/// If the file cannot be written.
pub fn runs(path: &Path, title: &str, summary: &str, table: &str, runs: &[Run], shown: Shown) -> Result<(), Error> {
    let body = match shown {
        Shown::Runs => of_runs(runs),
        Shown::Map(map) => of_map(map),
        Shown::Profiles(profiles) if runs.is_empty() => of_starts(profiles),
        Shown::Profiles(profiles) => of_starts(profiles) + &of_runs(runs),
    };
    write(path, title, summary, table, &body)
}

/// Writes a page with a title, two plain texts, and what is drawn below.
pub(super) fn write(path: &Path, title: &str, summary: &str, text: &str, body: &str) -> Result<(), Error> {
    let page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n<style>\n\
         body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }}\n\
         h1 {{ overflow-wrap: anywhere; }}\n\
         pre {{ overflow-x: auto; }}\n.plot {{ height: 28rem; }}\n</style>\n{script}\n</head>\n<body>\n\
         <h1>{title}</h1>\n<pre>{}</pre>\n<pre>{}</pre>\n{body}</body>\n</html>\n",
        escape(summary),
        escape(text),
        title = escape(title),
        script = plotly_script(),
    );
    Ok(write_whole(path, page.as_bytes())?)
}

/// The library that draws, as a script of the page's own.
pub(super) fn plotly_script() -> String {
    let sources = Plot::offline_js_sources();
    // The first script is plotly's; the second one sets formulas, and there are none.
    sources.split_inclusive("</script>").next().unwrap_or_default().to_owned()
}

pub(super) fn section(title: &str, plot: &Plot, id: &str) -> String {
    format!("<h2>{}</h2>\n<div class=\"plot\">{}</div>\n", escape(title), plot.to_inline_html(Some(id)))
}

/// The starts, layer by layer: the signal on its way forward and the gradient on its way back.
pub(super) fn of_starts(profiles: &[Profile]) -> String {
    let signal = lines(&by_layer(profiles, |layer| layer.signal), "layer", "second moment");
    let gradient = lines(&by_layer(profiles, |layer| layer.gradient), "layer", "second moment");
    section("Signal at the start, forward", &signal, "signal")
        + &section("Gradient at the start, backward", &gradient, "gradient")
}

/// The losses, and where every seed ended.
pub(super) fn of_runs(runs: &[Run]) -> String {
    let curves = curves(runs);
    let mut body = section("Loss", &lines(&curves, "step", "training loss"), "loss");
    if curves.iter().any(|curve| curve.runs > 1) {
        let name = outcome_name(runs);
        body.push_str(&section(&format!("Every seed's {name}"), &outcomes(&curves, name), "outcome"));
    }
    body
}

/// What became of every gain of every scheme, with the plateau of the recommended one. Starts that were trained for a part
/// only are small.
pub(super) fn over_gains(advice: &Advice, figure: &str) -> Plot {
    let mut plot = Plot::new();
    for (i, family) in advice.tried.iter().enumerate() {
        let trained: Vec<_> = family.gains.iter().filter(|tried| tried.full.or(tried.early).is_some()).collect();
        let x = trained.iter().map(|tried| tried.gain).collect();
        let y = trained.iter().map(|tried| tried.full.or(tried.early)).collect();
        let texts = trained.iter().map(|tried| {
            let part = if tried.full.is_some() { "" } else { " (a part of the training)" };
            format!("{}: {}{part}", tried.init, rough(tried.full.or(tried.early).unwrap_or(f64::NAN)))
        });
        let sizes = trained.iter().map(|tried| if tried.full.is_some() { 10 } else { 5 });
        plot.add_trace(
            Scatter::new(x, y)
                .mode(Mode::LinesMarkers)
                .name(&family.scheme)
                .text_array(texts.collect())
                .hover_info(HoverInfo::Text)
                .line(Line::new().color(colour(i, 0.5)))
                .marker(Marker::new().color(colour(i, 1.0)).size_array(sizes.collect())),
        );
    }
    let mut shapes = Vec::new();
    let recommended = advice.recommendation.as_ref().filter(|recommended| recommended.plateau.is_some());
    if let Some(Plateau { low, high, .. }) = recommended.and_then(|recommended| recommended.plateau) {
        // On a logarithmic axis shapes are placed as the data is; a plateau of one gain is as wide as its mark.
        let band = Shape::new().shape_type(ShapeType::Rect).x_ref("x").y_ref("paper");
        let band = band.x0(low / 1.1).x1(high * 1.1).y0(0.0).y1(1.0);
        shapes.push(band.fill_color("rgba(0,158,115,0.12)").line(ShapeLine::new().width(0.0)));
    }
    let y = Axis::new().title(figure);
    let y = if figure.ends_with("accuracy") { y } else { y.type_(AxisType::Log) };
    let whose = recommended.map_or_else(String::new, |recommended| {
        format!("; shaded: the plateau of {}", recommended.init.split(':').next().unwrap_or_default())
    });
    let title = format!("gain, or scale of normal; small: after a part of the training{whose}");
    let x = Axis::new().title(title).type_(AxisType::Log);
    plot.set_layout(Layout::new().show_legend(true).x_axis(x).y_axis(y).shapes(shapes));
    plot
}

/// The panels of a map.
fn of_map(map: &Map) -> String {
    let panel = |(i, panel): (usize, &Panel)| {
        let [x, y] = map.axes(panel);
        // Names, not numbers: cells are of equal size.
        let axis = |axis: &heat::Axis| Axis::new().title(axis.name.as_str()).type_(AxisType::Category);
        let cells = panel.cells.iter().map(|row| row.iter().map(|cell| Some(*cell).filter(|x| !x.is_nan())).collect());
        let cells: Vec<Vec<Option<f64>>> = cells.collect();
        let palette = match map.colours {
            Colours::Sequential | Colours::Logarithmic => ColorScalePalette::Viridis,
            Colours::Divergent => ColorScalePalette::RdBu,
        };
        let mut heat = HeatMap::new(names(x), names(y), cells)
            .color_scale(ColorScale::Palette(palette))
            .zauto(false)
            .zmin(map.range[0])
            .zmax(map.range[1])
            .color_bar(ColorBar::new().title(map.value.as_str()));
        if map.colours == Colours::Divergent {
            heat = heat.zmid(0.0);
        }
        let mut plot = Plot::new();
        plot.add_trace(heat);
        let (mut shapes, mut annotations) = (Vec::new(), Vec::new());
        for line in &map.lines {
            let pieces = line.pieces(x, y);
            for [from, to] in pieces.iter().flat_map(|piece| piece.array_windows()) {
                // The first cell's middle is at 0 here.
                let shape = Shape::new().shape_type(ShapeType::Line).line(ShapeLine::new().color("black").width(2.0));
                shapes.push(shape.x0(from[0] - 0.5).y0(from[1] - 0.5).x1(to[0] - 0.5).y1(to[1] - 0.5));
            }
            if let Some([end, height]) = pieces.last().and_then(|piece| piece.last()) {
                let name = Annotation::new().text(escape(&line.name)).show_arrow(false).background_color("white");
                annotations.push(name.x(end - 0.5).y(height - 0.5));
            }
        }
        plot.set_layout(Layout::new().x_axis(axis(x)).y_axis(axis(y)).shapes(shapes).annotations(annotations));
        section(&panel.title, &plot, &format!("map{i}"))
    };
    map.panels.iter().enumerate().map(panel).collect()
}

/// A name for each number of an axis, with as many digits as tell them apart.
fn names(axis: &heat::Axis) -> Vec<String> {
    let names: Vec<String> = axis.values.iter().map(|value| rough(*value)).collect();
    if names.windows(2).all(|pair| pair[0] != pair[1]) {
        names
    } else {
        axis.values.iter().map(f64::to_string).collect()
    }
}

/// Text as HTML; what plotly writes into its pictures is HTML, too.
pub(super) fn escape(text: &str) -> String {
    printable(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn colour(i: usize, alpha: f64) -> String {
    let (r, g, b) = COLOURS[i % COLOURS.len()];
    format!("rgba({r},{g},{b},{alpha})")
}

/// The median over the steps or the layers, and the band from the 10th to the 90th percentile.
fn lines(curves: &[Curve], x: &str, y: &str) -> Plot {
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
                .legend_group(escape(&curve.init))
                .show_legend(false)
        };
        if curve.runs > 1 {
            plot.add_trace(edge(0));
            plot.add_trace(edge(2).fill(Fill::ToNextY).fill_color(colour(i, 0.15)));
        }
        let median: Box<Scatter<usize, Option<f64>>> = Scatter::new(steps.clone(), line(1))
            .mode(Mode::Lines)
            .name(escape(&curve.init))
            .legend_group(escape(&curve.init))
            .line(Line::new().color(colour(i, 1.0)));
        plot.add_trace(median);
    }
    // Of a few layers all are marked.
    let last = curves.iter().filter_map(|curve| curve.quantiles.last()).map(|(x, _)| *x).max().unwrap_or(0);
    let x_axis = Axis::new().title(x);
    let x_axis = if last <= 12 { x_axis.dtick(1.0) } else { x_axis };
    plot.set_layout(
        Layout::new()
            .show_legend(true)
            .x_axis(x_axis)
            .y_axis(Axis::new().title(y).type_(AxisType::Log).exponent_format(plotly::common::ExponentFormat::Power)),
    );
    plot
}

/// One column of dots per initialization.
fn outcomes(curves: &[Curve], name: &str) -> Plot {
    let mut plot = Plot::new();
    for (i, curve) in curves.iter().enumerate() {
        let spread = curve.outcomes.len().max(2) as f64 - 1.0;
        let x = (0..curve.outcomes.len()).map(|k| i as f64 - 0.3 + 0.6 * k as f64 / spread).collect();
        let y = curve.outcomes.iter().map(|(_, y)| *y).collect();
        let texts =
            curve.outcomes.iter().map(|(seed, y)| format!("{}, seed {seed}: {y}", escape(&curve.init))).collect();
        plot.add_trace(
            Scatter::new(x, y)
                .mode(Mode::Markers)
                .name(escape(&curve.init))
                .text_array(texts)
                .hover_info(HoverInfo::Text)
                .marker(Marker::new().color(colour(i, 0.6)).size(6)),
        );
    }
    let axis = Axis::new().title(name);
    let axis = if name.ends_with("accuracy") { axis.range(vec![0.0, 1.02]) } else { axis.type_(AxisType::Log) };
    let columns = (0..curves.len()).map(|i| i as f64).collect();
    let names = curves.iter().map(|curve| escape(&curve.init)).collect();
    plot.set_layout(
        Layout::new()
            .show_legend(false)
            .x_axis(Axis::new().zero_line(false).tick_values(columns).tick_text(names))
            .y_axis(axis),
    );
    plot
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document() -> Document {
        use crate::report::document::*;
        let interval = |value: f64, ends: [f64; 2]| Cell {
            interval: Some(Interval { ends, text: format!("{:.3}, {:.3}", ends[0], ends[1]) }),
            ..Cell::number(format!("{value:.3}"), value)
        };
        let rows =
            [("orthogonal:4", 0.831, [0.752, 0.887]), ("he", 0.684, [0.622, 0.754]), ("zeros", 0.5, [0.45, 0.55])];
        let trace = vec![0.7, 0.69, 0.6, 0.3, 0.05, 0.01, 0.009];
        let rows = rows.map(|(name, value, ends)| Row {
            cells: vec![
                name.into(),
                Cell::number("21", 21.0),
                interval(value, ends),
                Cell { trace: trace.clone(), ..Cell::default() },
            ],
            mark: match name {
                "he" => None,
                "zeros" => Some(Mark::Failed),
                _ => Some(Mark::Advised),
            },
        });
        let columns =
            vec![Column::left("init"), Column::right("runs"), Column::point("test accuracy"), Column::left("trace")];
        let snippet = |framework: &str, code: &str| Snippet { framework: framework.into(), code: code.into() };
        let finding = |number| {
            Finding {
            number,
            name: "vanishing signal, layer 3".into(),
            sentence: "The signal shrinks to a thousandth on its way through the layers, so that what comes out does not depend on what goes in.".into(),
            figures: vec![("signal".into(), "1.2e-4".into()), ("gradient of the first layer".into(), "3.1e-9".into())],
            advice: "Start from he: it keeps the size of the signal.".into(),
        }
        };
        Document {
            title: "Where to start: <i>circles</i>".into(),
            about: vec!["circles: 300 training and 100 test samples, 2 features, 2 classes".into(), "network 2-10-5-1, relu, sigmoid output, bce loss, 91 parameters".into(), "gd, all samples, lr 0.01, 3000 steps, f64, native stream".into()],
            answer: "Start from --init orthogonal:4 (test accuracy 0.831 over 21 fresh seeds). Its test accuracy from the same fresh seeds: +0.143 (+0.044 to +0.215) beside he; +0.212 (+0.027 to +0.309) beside keras-default.".into(),
            blocks: vec![
                Block::Text("Gains from 4 to 5.6 do as well; of all starts looked at 4% do.".into()),
                Block::Finding(finding(1)), Block::Finding(finding(2)),
                Block::Said { head: "predicted".into(), text: "the loss leaves its plateau at step 1,200".into() },
                Block::Said { head: "measured".into(), text: "at step 1,304: as predicted".into() },
                Block::Heading("beside the usual starts, on all training samples, from fresh seeds".into()),
                Block::Table(Table { columns, rows: rows.into(), ..Table::default() }),
                Block::Heading("in code".into()),
                Block::Code(vec![snippet("PyTorch", "for m in model.modules():\n    if isinstance(m, nn.Linear):\n        nn.init.orthogonal_(m.weight, gain=4.0)\n        nn.init.zeros_(m.bias)"), snippet("Keras", "init = keras.initializers.Orthogonal(gain=4.0)"), snippet("JAX/Flax", "init = nn.initializers.orthogonal(4.0)")]),
                Block::Details { summary: "all that was tried".into(), blocks: vec![Block::Text("109 trainings".into())] },
            ],
            command: "headstart advise --data 'my <b>circles</b>' --layers 2,10,5,1 --html page.html".into(),
        }
    }

    #[test]
    fn sample() {
        std::fs::write("/tmp/sample.html", html(&document())).unwrap();
    }

    #[test]
    fn a_map_takes_the_place_of_the_losses() {
        let axis = |name: &str| heat::Axis::new(name, vec![0.1, 1.0]);
        let line = heat::Line { name: "a < b".to_owned(), points: vec![[0.1, 1.0], [9.0, 1.0]] };
        let cells = vec![vec![0.25, f64::NAN], vec![1.0, 0.5]];
        let map = Map {
            x: axis("depth"),
            y: axis("scale"),
            value: "accuracy".to_owned(),
            range: [0.0, 1.0],
            colours: Colours::Sequential,
            outline: None,
            lines: vec![line],
            panels: vec![Panel { title: "one <panel>".to_owned(), axes: None, cells }],
        };
        let body = of_map(&map);
        assert!(body.contains("one &lt;panel&gt;") && body.contains("\"type\":\"heatmap\""), "{body}");
        assert!(body.contains("[[0.25,null],[1.0,0.5]]") && body.contains("\"0.1\",\"1\""), "{body}");
        assert!(body.contains("\"x0\":0.0") && body.contains("\"x1\":1.5") && body.contains("\"y1\":1.0"), "{body}");
        assert!(body.contains("a \\u0026lt; b"), "{body}");
    }

    #[test]
    fn no_two_cells_have_one_name() {
        let names = |values: &[f64]| names(&heat::Axis::new("", values.to_vec()));
        assert_eq!(names(&[0.1, 1.0]), ["0.1", "1"]);
        assert_eq!(names(&[3.14151, 3.14152]), ["3.14151", "3.14152"]);
    }
}
