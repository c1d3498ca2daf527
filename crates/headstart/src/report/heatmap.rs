//! Maps: a figure over two axes, as colours.

use super::picture::{Drawing, Rows, axis_number, write_png};
use crate::error::Error;
use crate::heat::{Axis, Colours, Map, Panel};
use crate::words::rough;
use plotters::coord::Shift;
use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use std::path::Path;

const TITLE: u32 = 26;
const BAR: u32 = 130;

/// Pixels of a panel beside its cells, and above and below.
const BESIDE: u32 = 118;
const AROUND: u32 = 94;

/// Pixels along each side of a panel's cells; more where there are so many of them, that each has as many as any other.
const CELLS: u32 = 440;

/// Labels that find room along the axes of a panel.
const MOST_ACROSS: usize = 11;
const MOST_ALONG: usize = 22;

/// An axis of cells of length 1, with labels at some positions.
struct Cells {
    count: usize,
    ticks: Vec<f64>,
}

impl Cells {
    fn of(axis: &Axis, ticks: &[(f64, String)]) -> Self {
        Self { count: axis.values.len(), ticks: ticks.iter().map(|(position, _)| *position).collect() }
    }
}

impl Ranged for Cells {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, ends: (i32, i32)) -> i32 {
        Rows(self.count).map(value, ends)
    }

    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<f64> {
        self.ticks.clone()
    }

    fn range(&self) -> std::ops::Range<f64> {
        0.0..self.count as f64
    }
}

impl ValueFormatter<f64> for Cells {
    fn format(value: &f64) -> String {
        value.to_string()
    }
}

/// Panels beside one another; others come below.
const ABREAST: usize = 3;

/// To the right of a panel, for the name of the line over it.
const NAME: u32 = 36;

/// Draws a map.
///
/// # Errors
/// If the file cannot be written.
pub fn draw(path: &Path, title: &str, map: &Map) -> Result<(), Error> {
    let across = map.panels.len().clamp(1, ABREAST);
    let rows = map.panels.len().div_ceil(across).max(1);
    let most = |of: fn(&Axis) -> usize, axis: usize| {
        map.panels.iter().map(|panel| of(map.axes(panel)[axis]) as u32).max().unwrap_or(1)
    };
    let [width, height] = [0, 1].map(|axis| pixels(most(|axis| axis.values.len(), axis)));
    let (width, height) = (width + BESIDE, height + AROUND);
    let size = (width * across as u32 + BAR, TITLE + height * rows as u32);
    write_png(path, size, |pixels| {
        let root = BitMapBackend::with_buffer(pixels, size).into_drawing_area();
        root.fill(&WHITE)?;
        let root = root.titled(title, ("sans-serif", 20))?;
        let (panels, bar) = root.split_horizontally(size.0 - BAR);
        for (area, panel) in panels.split_evenly((rows, across)).iter().zip(&map.panels) {
            draw_panel(area, map, panel)?;
        }
        let (bar, _) = bar.split_vertically(height);
        colour_bar(&bar, map)?;
        root.present()?;
        Ok(())
    })
}

/// Pixels for so many cells along one side of a panel.
fn pixels(cells: u32) -> u32 {
    if cells > CELLS / 8 { cells * CELLS.div_ceil(cells) } else { CELLS }
}

fn draw_panel<DB: DrawingBackend<ErrorType: 'static>>(
    area: &DrawingArea<DB, Shift>,
    map: &Map,
    panel: &Panel,
) -> Drawing {
    let [x, y] = map.axes(panel);
    let (across, along) = (x.ticks(MOST_ACROSS), y.ticks(MOST_ALONG));
    let label = |ticks: &[(f64, String)], at: f64| {
        ticks.iter().find(|(position, _)| *position == at).map_or_else(String::new, |(_, label)| label.clone())
    };
    let mut builder = ChartBuilder::on(area);
    if !panel.title.is_empty() {
        builder.caption(&panel.title, ("sans-serif", 18));
    }
    let mut chart = builder
        .x_label_area_size(46)
        .y_label_area_size(74)
        .margin(8)
        .margin_right(NAME)
        .build_cartesian_2d(Cells::of(x, &across), Cells::of(y, &along))?;
    chart
        .configure_mesh()
        .disable_mesh()
        .x_desc(&x.name)
        .y_desc(&y.name)
        .x_label_formatter(&|at| label(&across, *at))
        .y_label_formatter(&|at| label(&along, *at))
        .label_style(("sans-serif", 15))
        .axis_desc_style(("sans-serif", 17))
        .draw()?;
    for (row, cells) in panel.cells.iter().enumerate() {
        let cell = |(column, value): (usize, &f64)| {
            let (x, y) = (column as f64, row as f64);
            Rectangle::new([(x, y), (x + 1.0, y + 1.0)], colour(*value, map.range, map.colours).filled())
        };
        chart.draw_series(cells.iter().enumerate().map(cell))?;
    }
    for edge in map.outline.map(|from| edges(&panel.cells, from)).unwrap_or_default() {
        chart.draw_series([PathElement::new(edge, BLACK.stroke_width(3))])?;
    }
    for line in &map.lines {
        let pieces = line.pieces(x, y);
        for piece in &pieces {
            let points: Vec<(f64, f64)> = piece.iter().map(|[x, y]| (*x, *y)).collect();
            // Black beneath, so that it is seen on bright cells as well.
            chart.draw_series([PathElement::new(points.clone(), BLACK.stroke_width(4))])?;
            chart.draw_series(DashedLineSeries::new(points, 8, 5, WHITE.stroke_width(2)))?;
        }
        let Some(&[end, height]) = pieces.last().and_then(|piece| piece.last()) else { continue };
        // Beside the panel where the line goes on to its edge, otherwise inside, where it has to stand out from the cells.
        let columns = x.values.len() as f64;
        let beside = end > columns - 0.6;
        let at = chart.backend_coord(&(if beside { columns } else { end }, height));
        let area = chart.plotting_area().strip_coord_spec();
        let below = height > 0.5 * y.values.len() as f64;
        let pos = match (beside, below) {
            (true, _) => Pos::new(HPos::Left, VPos::Center),
            (false, true) => Pos::new(HPos::Left, VPos::Top),
            (false, false) => Pos::new(HPos::Left, VPos::Bottom),
        };
        let text = |colour: RGBColor, dx: i32, dy: i32| {
            let style = TextStyle::from(("sans-serif", 17)).pos(pos).color(&colour);
            let (left, top) = area.get_base_pixel();
            area.draw(&Text::new(line.name.clone(), (at.0 - left + 8 + dx, at.1 - top + dy), style))
        };
        if beside {
            text(BLACK, 0, 0)?;
        } else {
            for (dx, dy) in [(-1, -1), (-1, 1), (1, -1), (1, 1), (-2, 0), (2, 0), (0, -2), (0, 2)] {
                text(WHITE, dx, dy)?;
            }
            text(BLACK, 0, 0)?;
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

/// Blue over white to red (`ColorBrewer`'s `RdBu`, Brewer 2003), which the colour-blind can read.
const RED_BLUE: [(f64, f64, f64); 7] = [
    (33.0, 102.0, 172.0),
    (103.0, 169.0, 207.0),
    (209.0, 229.0, 240.0),
    (250.0, 250.0, 250.0),
    (253.0, 219.0, 199.0),
    (239.0, 138.0, 98.0),
    (178.0, 24.0, 43.0),
];

fn colour(value: f64, [low, high]: [f64; 2], colours: Colours) -> RGBColor {
    if value.is_nan() {
        return RGBColor(200, 200, 200);
    }
    let (share, scale): (f64, &[_]) = match colours {
        Colours::Sequential => ((value - low) / (high - low), &VIRIDIS),
        Colours::Logarithmic => ((value.max(0.0) / low).ln() / (high / low).ln(), &VIRIDIS),
        // 0 is in the middle however far the ends are.
        Colours::Divergent => (0.5 + 0.5 * if value < 0.0 { -value / low } else { value / high }, &RED_BLUE),
    };
    let at = share.clamp(0.0, 1.0) * (scale.len() - 1) as f64;
    let i = (at as usize).min(scale.len() - 2);
    let mix = |a: f64, b: f64| (a + (b - a) * (at - i as f64)).round() as u8;
    let (a, b) = (scale[i], scale[i + 1]);
    RGBColor(mix(a.0, b.0), mix(a.1, b.1), mix(a.2, b.2))
}

fn colour_bar<DB: DrawingBackend<ErrorType: 'static>>(area: &DrawingArea<DB, Shift>, map: &Map) -> Drawing {
    // Along the bar a logarithmic scale is read as powers of ten.
    let is_log = map.colours == Colours::Logarithmic;
    let along = |figure: f64| if is_log { figure.log10() } else { figure };
    let back = |at: f64| if is_log { 10_f64.powf(at) } else { at };
    let [low, high] = map.range.map(along);
    let mut chart = ChartBuilder::on(area)
        .margin_top(36)
        .margin_bottom(54)
        .margin_left(20)
        .margin_right(14)
        .y_label_area_size(70)
        .build_cartesian_2d(0.0..1.0, low..high)?;
    let edge = |i: usize| low + (high - low) * i as f64 / SLICES as f64;
    chart.draw_series((0..SLICES).map(|i| {
        let colour = colour(back(f64::midpoint(edge(i), edge(i + 1))), map.range, map.colours);
        Rectangle::new([(0.0, edge(i)), (1.0, edge(i + 1))], colour.filled())
    }))?;
    if let Some(from) = map.outline.map(along) {
        chart.draw_series([PathElement::new([(0.0, from), (1.0, from)], BLACK.stroke_width(3))])?;
    }
    chart
        .configure_mesh()
        .disable_mesh()
        .disable_x_axis()
        .y_desc(&map.value)
        .y_labels(6)
        .y_label_formatter(&|y| if is_log { rough(back(*y)) } else { axis_number(*y) })
        .label_style(("sans-serif", 15))
        .axis_desc_style(("sans-serif", 16))
        .draw()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heat::Line;

    fn axis(values: &[f64]) -> Axis {
        Axis::new("axis", values.to_vec())
    }

    #[test]
    fn colours_go_from_dark_to_bright_and_nothing_is_grey() {
        let of = |value: f64| colour(value, [0.0, 1.0], Colours::Sequential);
        let brightness = |value: f64| {
            let RGBColor(r, g, b) = of(value);
            u32::from(r) * 2 + u32::from(g) * 5 + u32::from(b)
        };
        let all: Vec<u32> = (0..=20).map(|i| brightness(f64::from(i) / 20.0)).collect();
        assert!(all.is_sorted() && all[0] < all[20] / 3, "{all:?}");
        assert_eq!(of(-5.0), of(0.0));
        assert_eq!(of(f64::NAN), RGBColor(200, 200, 200));
    }

    #[test]
    fn divergent_colours_tell_the_sign_and_are_white_at_0() {
        let of = |value: f64| colour(value, [-10.0, 2.0], Colours::Divergent);
        let (RGBColor(r, _, b), RGBColor(r2, _, b2)) = (of(-10.0), of(2.0));
        assert!(b > 2 * r && r2 > 2 * b2);
        assert_eq!((of(0.0), of(-0.0)), (RGBColor(250, 250, 250), RGBColor(250, 250, 250)));
        // Half of the way on either side is as far from white, whatever the figures there.
        assert_eq!(of(-5.0), colour(-1.0, [-2.0, 1.0], Colours::Divergent));
        assert_eq!(of(-20.0), of(-10.0));
    }

    #[test]
    fn the_outline_runs_between_cells_that_differ() {
        let nothing = f64::NAN;
        let cells = [vec![0.9, 0.1], vec![0.95, nothing]];
        assert_eq!(edges(&cells, 0.9), [[(1.0, 0.0), (1.0, 1.0)], [(1.0, 1.0), (1.0, 2.0)]]);
        assert!(edges(&cells, 0.0).len() == 2 && edges(&cells[..1], 0.0).is_empty());
    }

    #[test]
    fn a_map_with_holes_lines_and_a_closer_view_is_drawn() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("map.png");
        let cells = vec![vec![0.1, f64::NAN, 0.9], vec![-0.4, 0.5, f64::INFINITY]];
        let panel = |axes| Panel { title: "one".to_owned(), axes, cells: cells.clone() };
        let closer = [axis(&[2.0, 2.1, 2.2]), axis(&[0.1, 0.2])];
        let line = |name: &str, points: &[[f64; 2]]| Line { name: name.to_owned(), points: points.to_vec() };
        let map = Map {
            x: axis(&[1.0, 2.0, 3.0]),
            y: axis(&[0.1, 1.0]),
            value: "value".to_owned(),
            range: [-1.0, 1.0],
            colours: Colours::Divergent,
            outline: Some(0.5),
            lines: vec![line("across", &[[0.0, 0.5], [9.0, 0.5]]), line("up", &[[2.0, 0.0], [2.0, 9.0]])],
            panels: vec![panel(None), panel(Some(closer))],
        };
        draw(&path, "a map", &map).unwrap();
        assert!(std::fs::read(&path).unwrap().starts_with(b"\x89PNG"));
        let told = serde_json::to_value(&map).unwrap();
        assert_eq!((&told["colours"], &told["lines"][0]["name"]), (&"divergent".into(), &"across".into()));
        assert!(told["panels"][0]["axes"].is_null() && told["panels"][1]["axes"].is_array());
    }
}
