//! Cells that are coloured by a figure.

use super::labels::{Label, labels};
use super::{Place, axis_title, panel_head};
use crate::plot::colour::{Ink, NOTHING, Rgb};
use crate::plot::drawing::{Anchor, Drawing, Paint, Role, Shape, Text};
use crate::plot::picture::{Cells, Panel, Shade};
use crate::plot::scale::Tick;

/// Labels along an axis, at most.
const MOST_TICKS: usize = 24;

/// Draws cells.
pub fn draw(drawing: &mut Drawing, panel: &Panel, cells: &Cells, shade: Option<&Shade>, place: &Place) {
    let (first_shape, first_text) = (drawing.shapes.len(), drawing.texts.len());
    let top = panel_head(drawing, panel, &cells.y.name, place);
    let bottom = top + place.height;
    let (columns, rows) = (cells.x.values.len().max(1) as f64, cells.y.values.len().max(1) as f64);
    let up = |position: f64| bottom - (bottom - top) * position / rows;
    let named = |(position, text): &(f64, String)| {
        Text::new(Role::Tick, text.clone(), [0.0, up(*position) + 4.0]).anchored(Anchor::End)
    };
    let fitting = |axis: &crate::heat::Axis, fits: &dyn Fn(&[Tick]) -> bool| {
        (1..=MOST_TICKS).rev().map(|most| axis.ticks(most)).find(|ticks| fits(ticks)).unwrap_or_default()
    };
    let everywhere = [f64::NEG_INFINITY, f64::INFINITY];
    let y_ticks = fitting(&cells.y, &|ticks| super::chart::have_room(ticks.iter().map(named), everywhere));
    let left = place.left + y_ticks.iter().map(|tick| named(tick).width()).fold(0.0, f64::max) + 9.0;
    let right = place.right - 10.0;
    let along = |position: f64| left + (right - left) * position / columns;
    let below = |(position, text): &(f64, String)| {
        Text::new(Role::Tick, text.clone(), [along(*position), bottom + 20.0]).anchored(Anchor::Middle)
    };
    let within = [place.left, place.right + super::OVER];
    let x_ticks = fitting(&cells.x, &|ticks| super::chart::have_room(ticks.iter().map(below), within));
    let (across, colours) = colours(cells, shade, [right - left, bottom - top], place.scale);
    let image = [left, top, right - left, bottom - top];
    drawing.shapes.push(Shape::Cells { within: image, across, colours, is_smooth: false });
    let at = |[x, y]: [f64; 2]| [along(x), up(y)];
    let path = |points: Vec<[f64; 2]>, paint: Paint| Shape::Path { points, is_closed: false, paint };
    for edge in cells.outline.map(|from| edges(&cells.figures, from)).unwrap_or_default() {
        drawing.shapes.push(path(edge.map(at).to_vec(), Paint::line(Ink::Rgb([0; 3]), 2.0)));
    }
    let mut wanted = Vec::new();
    for line in &cells.lines {
        let pieces = line.pieces(&cells.x, &cells.y);
        for piece in &pieces {
            let points: Vec<[f64; 2]> = piece.iter().map(|point| at(*point)).collect();
            // Black beneath white, so that it is seen on dark and on bright cells.
            drawing.shapes.push(path(points.clone(), Paint::line(Ink::Rgb([0; 3]), 3.0)));
            drawing.shapes.push(path(points, Paint::line(Ink::Rgb([255; 3]), 1.6).dashed([6.0, 4.0])));
        }
        let Some(end) = pieces.last().and_then(|piece| piece.last()) else { continue };
        let [x, y] = at(*end);
        let heights = [y - 6.0, y + 15.0, y - 22.0, y + 31.0];
        let ends = [([x - 6.0, 0.0], Anchor::End), ([x + 6.0, 0.0], Anchor::Start), ([x, 0.0], Anchor::Middle)];
        let places = heights.into_iter().flat_map(|y| ends.map(|(at, anchor)| ([at[0], y], anchor)));
        wanted.extend(Label::new(&line.name, Ink::Ink, places.collect()));
    }
    let frame = vec![[left, top], [right, top], [right, bottom], [left, bottom]];
    drawing.shapes.push(Shape::Path { points: frame, is_closed: true, paint: Paint::line(Ink::Quiet, 1.0) });
    for tick in &y_ticks {
        drawing.shapes.push(path(vec![[left - 5.0, up(tick.0)], [left, up(tick.0)]], Paint::line(Ink::Quiet, 1.0)));
        drawing.texts.push(Text { at: [left - 9.0, named(tick).at[1]], ..named(tick) });
    }
    for tick in &x_ticks {
        let x = along(tick.0);
        drawing.shapes.push(path(vec![[x, bottom], [x, bottom + 5.0]], Paint::line(Ink::Quiet, 1.0)));
        drawing.texts.push(below(tick));
    }
    axis_title(drawing, &cells.x.name, [left, right], bottom, place);
    let taken = drawing.texts[first_text..].iter().map(Text::bounds).collect();
    let points = super::chart::points_of(&drawing.shapes[first_shape..]);
    drawing.texts.extend(labels(wanted, taken, &points, [left, top, right, bottom]));
}

/// The colours row by row from the top, and how many of them a row has: one for each cell, or for each dot where cells are smaller.
fn colours(cells: &Cells, shade: Option<&Shade>, [width, height]: [f64; 2], scale: f64) -> (usize, Vec<Rgb>) {
    let drawn = |count: usize, length: f64| count.min((length * scale).ceil().max(1.0) as usize).max(1);
    let (columns, rows) = (cells.x.values.len(), cells.figures.len());
    let (across, down) = (drawn(columns, width), drawn(rows, height));
    // The cell in the middle of each dot.
    let middle = |i: usize, of: usize, count: usize| (2 * i + 1) * count / (2 * of);
    let colour = |row: usize, column: usize| {
        let figure = cells.figures.get(row).and_then(|row| row.get(column));
        figure.zip(shade).map_or(NOTHING, |(figure, shade)| shade.colour(*figure))
    };
    let of_row = |row: usize| (0..across).map(move |column| colour(row, middle(column, across, columns)));
    (across, (0..down).rev().flat_map(|row| of_row(middle(row, down, rows))).collect())
}

/// The edges between cells that reach a figure and neighbours that do not, in cells from the lower left corner.
fn edges(cells: &[Vec<f64>], from: f64) -> Vec<[[f64; 2]; 2]> {
    let reaches = |row: usize, column: usize| cells.get(row)?.get(column).map(|value| *value >= from);
    let differ = |a: Option<bool>, b: Option<bool>| a.zip(b).is_some_and(|(a, b)| a != b);
    let mut edges = Vec::new();
    for (row, of_row) in cells.iter().enumerate() {
        for column in 0..of_row.len() {
            let (x, y) = (column as f64, row as f64);
            let here = reaches(row, column);
            if differ(here, reaches(row, column + 1)) {
                edges.push([[x + 1.0, y], [x + 1.0, y + 1.0]]);
            }
            if differ(here, reaches(row + 1, column)) {
                edges.push([[x, y + 1.0], [x + 1.0, y + 1.0]]);
            }
        }
    }
    edges
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_outline_runs_between_cells_that_differ() {
        let cells = [vec![0.9, 0.1], vec![0.95, f64::NAN]];
        assert_eq!(edges(&cells, 0.9), [[[1.0, 0.0], [1.0, 1.0]], [[1.0, 1.0], [1.0, 2.0]]]);
        assert!(edges(&cells, 0.0).len() == 2 && edges(&cells[..1], 0.0).is_empty());
    }
}
