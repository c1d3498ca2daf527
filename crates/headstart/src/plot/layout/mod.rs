//! Where everything goes: titles and key on top, panels below, words and notes at the foot. Every text's size is known before its place
//! is, so that none stands on another.

mod cells;
mod chart;
mod foot;
mod head;
mod labels;
#[cfg(test)]
mod tests;
mod together;

use super::Failure;
use super::drawing::{Drawing, Role, Text};
use super::picture::{Look, Panel, Picture, Plot};
use together::Styles;

/// Around everything.
const MARGIN: f64 = 16.0;

/// Between panels.
const GAP: f64 = 28.0;

/// So far numbers at the end of an axis may stand over the panel.
const OVER: f64 = 12.0;

/// Below this width panels come below one another.
const ABREAST: f64 = 560.0;

/// As wide as a picture is unless somebody says or its cells need more.
const WIDTH: f64 = 800.0;

/// The least that something is still seen in.
const LEAST_WIDTH: f64 = 240.0;
const LEAST_PANEL: f64 = 90.0;

/// The most dots along a side.
const MOST_DOTS: f64 = 20_000.0;

/// Lays a picture out. One that is to be smaller than it can be is as small as it can be: what was found is not lost for a few dots.
///
/// # Errors
/// If it would have too many dots.
pub fn layout(picture: &Picture, look: &Look) -> Result<Drawing, Failure> {
    let width = look.width.map_or_else(|| natural_width(picture, look), |width| width.max(LEAST_WIDTH));
    let mut drawing = Drawing { size: [width, 0.0], label: picture.title.clone(), ..Drawing::default() };
    let rows = arranged(picture, width);
    let styles = Styles::of(picture, width);
    let within = [MARGIN, width - MARGIN];
    let top = head::draw(&mut drawing, picture, &styles, within);
    let mut foot = Drawing::default();
    let foot_height = foot::draw(&mut foot, picture, &styles, within, look);
    // What the panels' own texts need is not stretched.
    let around = |row: &Vec<&Panel>| row.iter().map(|panel| head_of(panel)).fold(0.0, f64::max) + BELOW_AXIS;
    let fixed: f64 = rows.iter().map(around).sum();
    let gaps = GAP * 0.6 * rows.len().saturating_sub(1) as f64;
    let natural: f64 = rows.iter().map(|row| tallest(row)).sum();
    let stretch = match look.height {
        None => 1.0,
        Some(height) => {
            let rest = top + fixed + gaps + foot_height + MARGIN;
            let least = rest + natural * LEAST_PANEL / rows.iter().map(|row| tallest(row)).fold(natural, f64::min);
            if natural > 0.0 { (height.max(least) - rest) / natural } else { 1.0 }
        }
    };
    let mut y = top;
    for (i, row) in rows.iter().enumerate() {
        y += if i > 0 { GAP * 0.6 } else { 0.0 };
        let height = tallest(row) * stretch;
        let shares: f64 = row.iter().map(|panel| panel.share).sum();
        let room = within[1] - within[0] - GAP * (row.len() - 1) as f64;
        let above = row.iter().map(|panel| head_of(panel)).fold(0.0, f64::max);
        let mut x = within[0];
        for panel in row {
            let width = room * panel.share / shares;
            // What is between the axes begins at one height.
            let top = y + above - head_of(panel);
            let place = Place { left: x, right: x + width, top, height, scale: look.scale() };
            match &panel.plot {
                Plot::Chart(chart) => chart::draw(&mut drawing, panel, chart, &place, &styles),
                Plot::Cells(cells) => cells::draw(&mut drawing, panel, cells, picture.shade.as_ref(), &place),
            }
            x += width + GAP;
        }
        y += above + height + BELOW_AXIS;
    }
    drawing.shapes.append(&mut foot.shapes);
    drawing.texts.extend(foot.texts.into_iter().map(|text| Text { at: [text.at[0], text.at[1] + y], ..text }));
    let height = y + foot_height + MARGIN;
    drawing.size[1] = look.height.unwrap_or(height).max(height);
    let most = drawing.size[0].max(drawing.size[1]) * look.scale();
    if most > MOST_DOTS {
        return Err(Failure(format!("{most:.0} pixels along a side are more than {MOST_DOTS:.0}")));
    }
    Ok(drawing)
}

/// Where a panel goes.
struct Place {
    left: f64,
    right: f64,
    top: f64,
    /// Of what is between its axes.
    height: f64,
    /// Dots to a pixel.
    scale: f64,
}

/// What an upright axis is of, with room for half of a number at the axis' end.
const AXIS_TITLE: f64 = 26.0;

/// Numbers and title of an axis below a panel.
const BELOW_AXIS: f64 = 45.0;

/// The height of a panel's title and of what its upright axis is of.
fn head_of(panel: &Panel) -> f64 {
    let has_axis_title = match &panel.plot {
        Plot::Chart(chart) => !chart.y.title.is_empty(),
        Plot::Cells(_) => true,
    };
    let title = if panel.title.is_empty() { 0.0 } else { 22.0 };
    title + if has_axis_title { AXIS_TITLE } else { 8.0 }
}

/// Writes a panel's title and what its upright axis is of; where what is between its axes begins.
fn panel_head(drawing: &mut Drawing, panel: &Panel, axis: &str, place: &Place) -> f64 {
    let mut y = place.top;
    let room = place.right - place.left;
    if !panel.title.is_empty() {
        let text = Text::new(Role::Title, "", [place.left, y + 15.0]);
        let size = 13.0;
        let shown = super::font::shortened(&panel.title, size, text.weight, room);
        drawing.texts.push(Text { text: shown, size, ..text });
        y += 22.0;
    }
    if axis.is_empty() {
        return y + 8.0;
    }
    let text = Text::new(Role::Axis, "", [place.left, y + 12.0]);
    let shown = super::font::shortened(axis, text.size, text.weight, room);
    drawing.texts.push(Text { text: shown, ..text });
    y + AXIS_TITLE
}

/// Writes what the lower axis is of, below its numbers: in its middle, if there is room to either side.
fn axis_title(drawing: &mut Drawing, title: &str, [left, right]: [f64; 2], bottom: f64, place: &Place) {
    if !title.is_empty() {
        let text = Text::new(Role::Axis, "", [0.0, bottom + 39.0]);
        let shown = super::font::shortened(title, text.size, text.weight, place.right - place.left);
        let text = Text { text: shown, ..text }.anchored(super::drawing::Anchor::Middle);
        let half = text.width() / 2.0;
        let x = f64::midpoint(left, right).min(place.right - half).max(place.left + half);
        drawing.texts.push(Text { at: [x, text.at[1]], ..text });
    }
}

fn tallest(row: &[&Panel]) -> f64 {
    row.iter().map(|panel| panel.height).fold(0.0, f64::max)
}

/// The panels in rows; one a row where there is no room for more.
fn arranged(picture: &Picture, width: f64) -> Vec<Vec<&Panel>> {
    let rows = picture.rows.iter().filter(|row| !row.is_empty());
    if width >= ABREAST {
        rows.map(|row| row.iter().collect()).collect()
    } else {
        rows.flatten().map(|panel| vec![panel]).collect()
    }
}

/// As wide that every column of cells has a dot, if that is not too wide.
fn natural_width(picture: &Picture, look: &Look) -> f64 {
    /// More than cells of one row need beside them.
    const BESIDE: f64 = 110.0;
    let of_row = |row: &Vec<Panel>| -> f64 {
        let cells = row.iter().filter_map(|panel| match &panel.plot {
            Plot::Cells(cells) => Some(cells.x.values.len() as f64 / look.scale() + BESIDE),
            Plot::Chart(_) => None,
        });
        // Panels of a row are as wide as the widest of them.
        cells.fold(0.0, f64::max) * row.len() as f64 + 2.0 * MARGIN
    };
    let needed = picture.rows.iter().map(of_row).fold(WIDTH, f64::max);
    needed.min(MOST_DOTS / look.scale())
}
