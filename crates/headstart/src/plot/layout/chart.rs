//! Lines and dots between two axes.

use super::labels::{Label, labels};
use super::together::Styles;
use super::{Place, axis_title, panel_head};
use crate::plot::colour::Ink;
use crate::plot::drawing::{Anchor, Drawing, Paint, Role, Shape, Text, overlap};
use crate::plot::font::shortened;
use crate::plot::picture::{Axis, Chart, Kind, Mark, Panel};
use crate::plot::scale::Scale;

/// Curves have no more points than this for every pixel.
const POINTS_TO_A_PIXEL: f64 = 2.0;

/// Points of a curve that can be read.
const READINGS: usize = 120;

/// Of more dots nothing is said one by one.
const TOLD_DOTS: usize = 300;

/// Draws a chart.
pub fn draw(drawing: &mut Drawing, panel: &Panel, chart: &Chart, place: &Place, styles: &Styles) {
    let (first_shape, first_text) = (drawing.shapes.len(), drawing.texts.len());
    let top = panel_head(drawing, panel, &chart.y.title, place);
    let bottom = top + place.height;
    let upwards = match chart.y.kind {
        Kind::Names(_) => [top, bottom],
        _ => [bottom, top],
    };
    let y = Scale::new(&chart.y, upwards);
    let longest = (place.right - place.left) * 0.35;
    let named = |(at, text): &(f64, String)| {
        let tick = Text::new(Role::Tick, "", [0.0, at + 4.0]).anchored(Anchor::End);
        Text { text: shortened(text, tick.size, tick.weight, longest), ..tick }
    };
    let y_ticks = y.ticks(|ticks| have_room(ticks.iter().map(named), [f64::NEG_INFINITY, f64::INFINITY]));
    let left = place.left + y_ticks.iter().map(|tick| named(tick).width()).fold(0.0, f64::max) + 9.0;
    let right = place.right - 10.0;
    let x = Scale::new(&chart.x, [left, right]);
    let below =
        |(at, text): &(f64, String)| Text::new(Role::Tick, text.clone(), [*at, bottom + 20.0]).anchored(Anchor::Middle);
    let x_ticks = x.ticks(|ticks| have_room(ticks.iter().map(below), [place.left, place.right + super::OVER]));
    let line = |points: [[f64; 2]; 2], ink: Ink| Shape::Path {
        points: points.to_vec(),
        is_closed: false,
        paint: Paint::line(ink, 1.0),
    };
    let has_rows = matches!(chart.y.kind, Kind::Names(_));
    for tick in &y_ticks {
        if !has_rows {
            drawing.shapes.push(line([[left, tick.0], [right, tick.0]], Ink::Grid));
        }
        drawing.texts.push(Text { at: [left - 9.0, named(tick).at[1]], ..named(tick) });
    }
    for tick in &x_ticks {
        drawing.shapes.push(line([[tick.0, top], [tick.0, bottom]], Ink::Grid));
        drawing.texts.push(below(tick));
    }
    let area = Area { x, y, left, right, top, bottom };
    let mut wanted = Vec::new();
    for mark in &chart.marks {
        area.mark(drawing, mark, chart, styles, &mut wanted);
    }
    // The axes, above what touches them, with a tick at every number.
    drawing.shapes.push(line([[left, bottom], [right, bottom]], Ink::Quiet));
    drawing.shapes.push(line([[left, top], [left, bottom]], Ink::Quiet));
    for (at, _) in &x_ticks {
        drawing.shapes.push(line([[*at, bottom], [*at, bottom + 5.0]], Ink::Quiet));
    }
    for (at, _) in y_ticks.iter().filter(|_| !has_rows) {
        drawing.shapes.push(line([[left - 5.0, *at], [left, *at]], Ink::Quiet));
    }
    axis_title(drawing, &chart.x.title, [left, right], bottom, place);
    let points = points_of(&drawing.shapes[first_shape..]);
    let taken = drawing.texts[first_text..].iter().map(Text::bounds).collect();
    drawing.texts.extend(labels(wanted, taken, &points, [left, top, right, bottom]));
}

/// Whether texts stand apart, and within these ends from left to right.
pub fn have_room(texts: impl Iterator<Item = Text>, [left, right]: [f64; 2]) -> bool {
    /// Between two numbers.
    const APART: f64 = 9.0;
    let boxes: Vec<_> = texts.map(|text| text.bounds()).collect();
    let is_within = boxes.iter().all(|of| of[0] >= left && of[2] <= right);
    is_within
        && boxes.windows(2).all(|pair| {
            // Along a line they need room to be told apart, below one another hardly any.
            let apart = if (pair[0][1] - pair[1][1]).abs() < 1.0 { APART } else { 1.0 };
            !overlap(pair[0], pair[1], apart)
        })
}

/// Corners of curves, which labels keep away from.
pub fn points_of(shapes: &[Shape]) -> Vec<[f64; 2]> {
    let mut points = Vec::new();
    for shape in shapes {
        match shape {
            Shape::Path { points: of, is_closed: false, paint }
                if paint.line.is_some_and(|(ink, _)| ink != Ink::Grid) =>
            {
                for pair in of.windows(2) {
                    // Long pieces in between, too.
                    let length = (pair[1][0] - pair[0][0]).hypot(pair[1][1] - pair[0][1]);
                    let pieces = (length / 8.0).ceil().max(1.0);
                    let at = |i: f64, c: usize| pair[0][c] + (pair[1][c] - pair[0][c]) * i / pieces;
                    points.extend((0..=pieces as usize).map(|i| [at(i as f64, 0), at(i as f64, 1)]));
                }
            }
            Shape::Dots { at, .. } => points.extend(at.iter().map(|(at, _)| *at)),
            _ => {}
        }
    }
    points
}

/// What is between two axes.
struct Area<'a> {
    x: Scale<'a>,
    y: Scale<'a>,
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
}

impl Area<'_> {
    fn at(&self, [x, y]: [f64; 2]) -> Option<[f64; 2]> {
        Some([self.x.at(x)?, self.y.at(y)?])
    }

    fn mark(&self, drawing: &mut Drawing, mark: &Mark, chart: &Chart, styles: &Styles, wanted: &mut Vec<Label>) {
        match mark {
            Mark::Curve { series, points } => {
                let paint = Paint::line(Ink::Series(*series), 2.2).dashed(styles.dash(*series));
                for piece in points.split(|[x, y]| x.is_nan() || y.is_nan()) {
                    let at: Vec<[f64; 2]> = piece.iter().filter_map(|point| self.at(*point)).collect();
                    match at.as_slice() {
                        [] => {}
                        [one] => {
                            let dot = Paint::area(Ink::Series(*series), 1.0);
                            drawing.shapes.push(Shape::Dots {
                                at: vec![(*one, String::new())],
                                radius: 2.5,
                                paint: dot,
                            });
                        }
                        _ => drawing.shapes.push(Shape::Path { points: thinned(&at), is_closed: false, paint }),
                    }
                }
                drawing.shapes.push(self.readings(&styles.name(*series), points, chart));
            }
            Mark::Band { series, points } => {
                let edge = |end: usize| -> Vec<[f64; 2]> {
                    let at: Vec<[f64; 2]> = points.iter().filter_map(|point| self.at([point[0], point[end]])).collect();
                    thinned(&at)
                };
                let mut around = edge(1);
                around.extend(edge(2).into_iter().rev());
                if around.len() > 2 {
                    let paint = Paint::area(Ink::Series(*series), 0.16);
                    drawing.shapes.push(Shape::Path { points: around, is_closed: true, paint });
                }
            }
            Mark::Dots { series, points, radius, is_filled } => {
                let is_told = points.len() <= TOLD_DOTS;
                let dot = |(at, told): &([f64; 2], String)| {
                    Some((self.at(*at)?, if is_told { told.clone() } else { String::new() }))
                };
                let at: Vec<_> = points.iter().filter_map(dot).collect();
                let ink = Ink::Series(*series);
                let paint = if *is_filled { Paint::area(ink, 0.6) } else { Paint::line(ink, 1.3).seen(0.8) };
                if !at.is_empty() {
                    drawing.shapes.push(Shape::Dots { at, radius: *radius, paint });
                }
            }
            Mark::Span { series, ends, label } => {
                let (Some(from), Some(to)) = (self.x.at(ends[0]), self.x.at(ends[1])) else { return };
                let (top, bottom) = (self.top, self.bottom);
                let to = to.max(from + 2.0);
                let paint = match series {
                    Some(series) => Paint::area(Ink::Series(*series), 0.14),
                    None => Paint::area(Ink::Quiet, 0.1),
                };
                let points = vec![[from, top], [to, top], [to, bottom], [from, bottom]];
                drawing.shapes.push(Shape::Path { points, is_closed: true, paint });
                let ink = series.map_or(Ink::Quiet, Ink::Series);
                wanted.extend(Label::in_span(label, [from, to], [self.left, top, self.right, bottom], ink));
            }
            Mark::Rule { is_upright, at, label } => {
                let range = if *is_upright { chart.x.range } else { chart.y.range };
                if !(range[0]..=range[1]).contains(at) {
                    return;
                }
                let scale = if *is_upright { &self.x } else { &self.y };
                let Some(at) = scale.at(*at) else { return };
                let points = if *is_upright {
                    vec![[at, self.top], [at, self.bottom]]
                } else {
                    vec![[self.left, at], [self.right, at]]
                };
                let paint = Paint::line(Ink::Ink, 1.2).dashed([4.0, 4.0]).seen(0.7);
                drawing.shapes.push(Shape::Path { points, is_closed: false, paint });
                let area = [self.left, self.top, self.right, self.bottom];
                wanted.extend(if *is_upright {
                    Label::upright(label, at, area)
                } else {
                    Label::level(label, at, area)
                });
            }
        }
    }

    /// What can be read from a curve.
    fn readings(&self, name: &str, points: &[[f64; 2]], chart: &Chart) -> Shape {
        let every = points.len().div_ceil(READINGS).max(1);
        let told = |axis: &Axis, number: f64| match &axis.kind {
            Kind::Whole => crate::words::count(number.max(0.0) as u64),
            _ if number.fract() == 0.0 && (0.0..1e15).contains(&number) => crate::words::count(number as u64),
            _ => crate::words::number(number),
        };
        let reading = |point: &[f64; 2]| {
            let words = format!("{} {}: {}", chart.x.title, told(&chart.x, point[0]), told(&chart.y, point[1]));
            Some((self.at(*point)?, words))
        };
        Shape::Readings { name: name.to_owned(), points: points.iter().step_by(every).filter_map(reading).collect() }
    }
}

/// A curve of no more points than can be seen: of those within a pixel's width the first, the lowest, the highest and the last.
fn thinned(points: &[[f64; 2]]) -> Vec<[f64; 2]> {
    let width = points.last().map_or(0.0, |last| (last[0] - points[0][0]).abs()).max(1.0);
    if points.len() as f64 <= width * POINTS_TO_A_PIXEL {
        return points.to_vec();
    }
    let mut kept: Vec<[f64; 2]> = Vec::new();
    for within in points.chunk_by(|a, b| a[0].floor() == b[0].floor()) {
        let by_height = |a: &&[f64; 2], b: &&[f64; 2]| a[1].total_cmp(&b[1]);
        let ends = [within.first(), within.iter().min_by(by_height), within.iter().max_by(by_height), within.last()];
        let mut of: Vec<[f64; 2]> = ends.into_iter().flatten().copied().collect();
        of.sort_by(|a, b| a[0].total_cmp(&b[0]));
        of.dedup();
        kept.extend(of);
    }
    kept
}
