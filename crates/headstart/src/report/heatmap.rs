//! Maps: a figure over two axes, as colours.

use super::picture::{Drawing, Rows, axis_number, write_png};
use crate::error::Error;
use crate::words::rough;
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use serde::Serialize;
use std::path::Path;

/// A figure over two axes, in one or several panels side by side.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Map {
    /// Columns, first to last from left to right.
    pub x: Axis,
    /// Rows, first to last from bottom to top.
    pub y: Axis,
    /// What the colours mean.
    pub value: &'static str,
    /// The figures at the two ends of the colours; what lies beyond has the end's colour.
    pub range: [f64; 2],
    /// The figure from which on cells are outlined together, if they are.
    pub outline: Option<f64>,
    /// A line over all panels: its name, and a number of the y axis for each column.
    pub line: Option<(&'static str, Vec<f64>)>,
    /// The panels.
    pub panels: Vec<Panel>,
}

/// Names and positions of rows or columns.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Axis {
    /// What it is.
    pub name: &'static str,
    /// The numbers, rising; cells are of equal size whatever lies between them.
    pub values: Vec<f64>,
}

/// One panel of a map.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Panel {
    /// What tells it from the others.
    pub title: String,
    /// `rows x columns`; what is not a number stays grey.
    pub cells: Vec<Vec<f64>>,
}

const HEIGHT: u32 = 560;
const PANEL: u32 = 560;
const BAR: u32 = 130;

/// To the right of a panel, for the name of the line over it.
const NAME: u32 = 36;

/// Draws a map.
///
/// # Errors
/// If the file cannot be written.
pub fn draw(path: &Path, title: &str, map: &Map) -> Result<(), Error> {
    let size = (PANEL * map.panels.len() as u32 + BAR, HEIGHT);
    write_png(path, size, |pixels| {
        let root = BitMapBackend::with_buffer(pixels, size).into_drawing_area();
        root.fill(&WHITE)?;
        let root = root.titled(title, ("sans-serif", 20))?;
        let (panels, bar) = root.split_horizontally(size.0 - BAR);
        for (area, panel) in panels.split_evenly((1, map.panels.len())).iter().zip(&map.panels) {
            draw_panel(area, map, panel)?;
        }
        colour_bar(&bar, map)?;
        root.present()?;
        Ok(())
    })
}

fn draw_panel<DB: DrawingBackend<ErrorType: 'static>>(
    area: &DrawingArea<DB, Shift>,
    map: &Map,
    panel: &Panel,
) -> Drawing {
    let (columns, rows) = (map.x.values.len(), map.y.values.len());
    let label = |axis: &Axis, at: f64| axis.values.get(at as usize).map_or_else(String::new, |value| rough(*value));
    let mut chart = ChartBuilder::on(area)
        .caption(&panel.title, ("sans-serif", 18))
        .x_label_area_size(46)
        .y_label_area_size(74)
        .margin(8)
        .margin_right(NAME)
        .build_cartesian_2d(Rows(columns), Rows(rows))?;
    chart
        .configure_mesh()
        .disable_mesh()
        .x_desc(map.x.name)
        .y_desc(map.y.name)
        .x_label_formatter(&|x| label(&map.x, *x))
        .y_label_formatter(&|y| label(&map.y, *y))
        .label_style(("sans-serif", 15))
        .axis_desc_style(("sans-serif", 17))
        .draw()?;
    for (row, cells) in panel.cells.iter().enumerate() {
        let cell = |(column, value): (usize, &f64)| {
            let (x, y) = (column as f64, row as f64);
            Rectangle::new([(x, y), (x + 1.0, y + 1.0)], colour(*value, map.range).filled())
        };
        chart.draw_series(cells.iter().enumerate().map(cell))?;
    }
    for edge in map.outline.map(|from| edges(&panel.cells, from)).unwrap_or_default() {
        chart.draw_series([PathElement::new(edge, BLACK.stroke_width(3))])?;
    }
    if let Some((name, values)) = &map.line {
        let at = |(column, value): (usize, &f64)| (column as f64 + 0.5, position(&map.y.values, *value));
        let points: Vec<(f64, f64)> = values.iter().enumerate().map(at).collect();
        // Black beneath, so that it is seen on bright cells as well.
        chart.draw_series([PathElement::new(points.clone(), BLACK.stroke_width(4))])?;
        chart.draw_series(DashedLineSeries::new(points.clone(), 8, 5, WHITE.stroke_width(2)))?;
        if let Some(last) = points.last() {
            let style = TextStyle::from(("sans-serif", 17)).pos(Pos::new(HPos::Left, VPos::Center));
            chart.draw_series([Text::new(*name, (columns as f64 + 0.1, last.1), style)])?;
        }
    }
    Ok(())
}

/// The edges between cells that reach a figure and neighbours that do not.
fn edges(cells: &[Vec<f64>], from: f64) -> Vec<[(f64, f64); 2]> {
    let reaches = |row: usize, column: usize| cells.get(row)?.get(column).map(|value| *value >= from);
    let differ = |a: Option<bool>, b: Option<bool>| a.zip(b).is_some_and(|(a, b)| a != b);
    let mut edges = Vec::new();
    for (row, of_row) in cells.iter().enumerate() {
        for column in 0..of_row.len() {
            let (x, y) = (column as f64, row as f64);
            let here = reaches(row, column);
            if differ(here, reaches(row, column + 1)) {
                edges.push([(x + 1.0, y), (x + 1.0, y + 1.0)]);
            }
            if differ(here, reaches(row + 1, column)) {
                edges.push([(x, y + 1.0), (x + 1.0, y + 1.0)]);
            }
        }
    }
    edges
}

/// Where a number lies among the rows, on a logarithmic scale between two of them.
fn position(values: &[f64], value: f64) -> f64 {
    if values.len() < 2 {
        return 0.5;
    }
    let next = values.partition_point(|v| *v < value).clamp(1, values.len() - 1);
    let (low, high) = (values[next - 1], values[next]);
    let share = if low > 0.0 { (value / low).ln() / (high / low).ln() } else { (value - low) / (high - low) };
    next as f64 - 0.5 + share
}

/// Slices of the colour bar.
const SLICES: usize = 200;

/// Viridis (Smith and van der Walt 2015), which the colour-blind can read, and which stays in order when printed grey.
const VIRIDIS: [(f64, f64, f64); 6] = [
    (68.0, 1.0, 84.0),
    (65.0, 68.0, 135.0),
    (42.0, 120.0, 142.0),
    (34.0, 168.0, 132.0),
    (122.0, 209.0, 81.0),
    (253.0, 231.0, 37.0),
];

fn colour(value: f64, [low, high]: [f64; 2]) -> RGBColor {
    if value.is_nan() {
        return RGBColor(200, 200, 200);
    }
    let at = ((value - low) / (high - low)).clamp(0.0, 1.0) * (VIRIDIS.len() - 1) as f64;
    let i = (at as usize).min(VIRIDIS.len() - 2);
    let mix = |a: f64, b: f64| (a + (b - a) * (at - i as f64)).round() as u8;
    let (a, b) = (VIRIDIS[i], VIRIDIS[i + 1]);
    RGBColor(mix(a.0, b.0), mix(a.1, b.1), mix(a.2, b.2))
}

fn colour_bar<DB: DrawingBackend<ErrorType: 'static>>(area: &DrawingArea<DB, Shift>, map: &Map) -> Drawing {
    let [low, high] = map.range;
    let mut chart = ChartBuilder::on(area)
        .margin_top(36)
        .margin_bottom(54)
        .margin_left(20)
        .margin_right(14)
        .y_label_area_size(70)
        .build_cartesian_2d(0.0..1.0, low..high)?;
    let edge = |i: usize| low + (high - low) * i as f64 / SLICES as f64;
    chart.draw_series((0..SLICES).map(|i| {
        let colour = colour(f64::midpoint(edge(i), edge(i + 1)), map.range);
        Rectangle::new([(0.0, edge(i)), (1.0, edge(i + 1))], colour.filled())
    }))?;
    if let Some(from) = map.outline {
        chart.draw_series([PathElement::new([(0.0, from), (1.0, from)], BLACK.stroke_width(3))])?;
    }
    chart
        .configure_mesh()
        .disable_mesh()
        .disable_x_axis()
        .y_desc(map.value)
        .y_labels(6)
        .y_label_formatter(&|y| axis_number(*y))
        .label_style(("sans-serif", 15))
        .axis_desc_style(("sans-serif", 16))
        .draw()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_go_from_dark_to_bright_and_nothing_is_grey() {
        let brightness = |value: f64| {
            let RGBColor(r, g, b) = colour(value, [0.0, 1.0]);
            u32::from(r) * 2 + u32::from(g) * 5 + u32::from(b)
        };
        let all: Vec<u32> = (0..=20).map(|i| brightness(f64::from(i) / 20.0)).collect();
        assert!(all.is_sorted() && all[0] < all[20] / 3, "{all:?}");
        assert_eq!(colour(-5.0, [0.0, 1.0]), colour(0.0, [0.0, 1.0]));
        assert_eq!(colour(f64::NAN, [0.0, 1.0]), RGBColor(200, 200, 200));
    }

    #[test]
    fn a_number_lies_between_the_rows_next_to_it() {
        let rows = [0.1, 1.0, 10.0];
        assert!((position(&rows, 1.0) - 1.5).abs() < 1e-12);
        assert!((position(&rows, 0.1_f64.sqrt()) - 1.0).abs() < 1e-12);
        // Beyond the rows it goes on.
        assert!((position(&rows, 100.0) - 3.5).abs() < 1e-12);
        assert_eq!(position(&rows[..1], 7.0), 0.5);
    }

    #[test]
    fn the_outline_runs_between_cells_that_differ() {
        let nothing = f64::NAN;
        let cells = [vec![0.9, 0.1], vec![0.95, nothing]];
        assert_eq!(edges(&cells, 0.9), [[(1.0, 0.0), (1.0, 1.0)], [(1.0, 1.0), (1.0, 2.0)]]);
        assert!(edges(&cells, 0.0).len() == 2 && edges(&cells[..1], 0.0).is_empty());
    }

    #[test]
    fn a_map_with_holes_is_drawn() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("map.png");
        let axis = |name, values: &[f64]| Axis { name, values: values.to_vec() };
        let cells = vec![vec![0.1, f64::NAN, 0.9], vec![0.4, 0.5, f64::INFINITY]];
        let map = Map {
            x: axis("x", &[1.0, 2.0, 3.0]),
            y: axis("y", &[0.1, 1.0]),
            value: "value",
            range: [0.0, 1.0],
            outline: Some(0.5),
            line: Some(("line", vec![0.5; 3])),
            panels: vec![Panel { title: "one".to_owned(), cells }],
        };
        draw(&path, "a map", &map).unwrap();
        assert!(std::fs::read(&path).unwrap().starts_with(b"\x89PNG"));
    }
}
