//! Title, key, and what colours mean.

use super::together::Styles;
use crate::heat::Colours;
use crate::plot::colour::{Ink, Rgb};
use crate::plot::drawing::{Anchor, Drawing, Paint, Role, Shape, Text};
use crate::plot::font::{lines, shortened};
use crate::plot::picture::{Axis, Key, Kind, Picture, Shade};
use crate::plot::scale::Scale;

/// The length of a sign in the key, and what is between it and its name.
const SIGN: f64 = 24.0;
const AFTER_SIGN: f64 = 7.0;

/// Between two names in a line.
const BETWEEN: f64 = 22.0;

/// The height of a line of the key.
const LINE: f64 = 20.0;

/// Between a name and what is said of it, and the line below it that this has where there is no room beside.
const BEFORE_DETAIL: f64 = 16.0;
const DETAIL_LINE: f64 = 18.0;

/// So many names are told.
const MOST: usize = 24;

/// Draws them; where the panels begin.
pub fn draw(drawing: &mut Drawing, picture: &Picture, styles: &Styles, [left, right]: [f64; 2]) -> f64 {
    let mut y = super::MARGIN;
    let title = Text { size: 17.0, ..Text::new(Role::Title, "", [left, 0.0]) };
    for line in lines(&picture.title, title.size, title.weight, right - left) {
        drawing.texts.push(Text { text: line, at: [left, y + 16.0], ..title.clone() });
        y += 23.0;
    }
    let subtitle = Text::new(Role::Subtitle, "", [left, 0.0]);
    for line in lines(&picture.subtitle, subtitle.size, subtitle.weight, right - left) {
        drawing.texts.push(Text { text: line, at: [left, y + 12.0], ..subtitle.clone() });
        y += 18.0;
    }
    if y > super::MARGIN {
        y += 8.0;
    }
    if !picture.key.is_empty() {
        y = key(drawing, &picture.key, styles, [left, right], y) + 10.0;
    }
    if let Some(shade) = &picture.shade {
        y = bar(drawing, shade, [left, right], y) + 12.0;
    }
    y
}

/// Names with their signs: in lines one after another, or one a line where there is more to say of each.
fn key(drawing: &mut Drawing, key: &[Key], styles: &Styles, [left, right]: [f64; 2], top: f64) -> f64 {
    let name_of = |key: &Key, most: f64| {
        let text = Text::new(Role::Key, "", [0.0; 2]);
        Text { text: shortened(&crate::words::in_a_line(&key.name), text.size, text.weight, most), ..text }
    };
    let has_details = key.iter().any(|key| !key.detail.is_empty());
    let room = right - left - SIGN - AFTER_SIGN;
    let most = if has_details { room * 0.6 } else { room };
    let names: Vec<Text> = key.iter().take(MOST).map(|key| name_of(key, most)).collect();
    let widest = names.iter().map(Text::width).fold(0.0, f64::max);
    let longest = key.iter().take(MOST).map(|key| detail_of(key).width()).fold(0.0, f64::max);
    // Beside the names, or below them where there is no room.
    let beside = widest + BEFORE_DETAIL + longest <= room;
    let (mut x, mut y) = (left, top);
    for (i, (name, key)) in names.into_iter().zip(key).enumerate() {
        let width = SIGN + AFTER_SIGN + name.width();
        if x > left && (has_details || x + width > right) {
            (x, y) = (left, y + LINE);
        }
        sign(drawing, styles, i, [x, y + 10.0]);
        let after = x + SIGN + AFTER_SIGN;
        drawing.texts.push(Text { at: [after, y + 14.5], ..name });
        if has_details {
            let text = detail_of(key);
            if beside {
                drawing.texts.push(Text { at: [after + widest + BEFORE_DETAIL, y + 14.5], ..text });
            } else {
                for line in lines(&text.text, text.size, text.weight, right - after) {
                    y += DETAIL_LINE;
                    drawing.texts.push(Text { text: line, at: [after, y + 14.5], ..text.clone() });
                }
            }
            x = right;
        } else {
            x += width + BETWEEN;
        }
    }
    if key.len() > MOST {
        let more = format!("and {} more", key.len() - MOST);
        y += LINE;
        drawing.texts.push(Text { ink: Ink::Quiet, ..Text::new(Role::Key, more, [left, y + 14.5]) });
    }
    y + LINE
}

/// What became of one of those that are compared.
fn detail_of(key: &Key) -> Text {
    Text { ink: Ink::Quiet, ..Text::new(Role::Key, key.detail.clone(), [0.0; 2]) }
}

/// A piece of a curve.
fn sign(drawing: &mut Drawing, styles: &Styles, series: usize, [x, y]: [f64; 2]) {
    let line = Paint::line(Ink::Series(series), 3.0).dashed(styles.dash(series));
    if styles.is_dashed(series) {
        // As it lies on the other: dashes on what is beneath.
        let beneath = Paint::line(Ink::Series(styles.beneath(series)), 3.0);
        if styles.beneath(series) != series {
            drawing.shapes.push(Shape::Path {
                points: vec![[x, y], [x + SIGN, y]],
                is_closed: false,
                paint: beneath.seen(0.35),
            });
        }
    }
    drawing.shapes.push(Shape::Path { points: vec![[x, y], [x + SIGN, y]], is_closed: false, paint: line });
}

/// Steps of a bar of colours.
const STEPS: usize = 256;

/// The height of the bar.
const HEIGHT: f64 = 11.0;

/// What the colours of cells mean.
fn bar(drawing: &mut Drawing, shade: &Shade, [left, right]: [f64; 2], top: f64) -> f64 {
    let has_order = shade.colours != Colours::Divergent;
    let name = if has_order { format!("{} (bright is best)", shade.name) } else { shade.name.clone() };
    let text = Text::new(Role::Axis, "", [left, top + 12.0]);
    drawing.texts.push(Text { text: shortened(&name, text.size, text.weight, right - left), ..text });
    let (from, to) = (left, left + (right - left).min(360.0));
    let top = top + 20.0;
    let range = shade.range;
    let kind = if shade.colours == Colours::Logarithmic { Kind::Log } else { Kind::Linear };
    let axis = Axis { title: String::new(), kind: kind.clone(), range };
    let figure = |i: usize| {
        let share = (i as f64 + 0.5) / STEPS as f64;
        match kind {
            Kind::Log => range[0] * (range[1] / range[0]).powf(share),
            _ => range[0] + (range[1] - range[0]) * share,
        }
    };
    let colours: Vec<Rgb> = (0..STEPS).map(|i| shade.colour(figure(i))).collect();
    let within = [from, top, to - from, HEIGHT];
    drawing.shapes.push(Shape::Cells { within, across: STEPS, colours, is_smooth: true });
    let scale = Scale::new(&axis, [from, to]);
    // A number at the end stands within it.
    let labelled = |(x, text): &(f64, String)| {
        let label = Text::new(Role::Tick, text.clone(), [*x, top + HEIGHT + 17.0]).anchored(Anchor::Middle);
        let half = label.width() / 2.0;
        Text { at: [x.min(to - half).max(left + half), label.at[1]], ..label }
    };
    let ticks = scale.ticks(|ticks| super::chart::have_room(ticks.iter().map(labelled), [left - 1.0, right]));
    for tick in &ticks {
        let points = vec![[tick.0, top + HEIGHT], [tick.0, top + HEIGHT + 4.0]];
        drawing.shapes.push(Shape::Path { points, is_closed: false, paint: Paint::line(Ink::Quiet, 1.0) });
        drawing.texts.push(labelled(tick));
    }
    if let Some(x) = shade.outline.and_then(|figure| scale.at(figure)) {
        let points = vec![[x, top - 2.0], [x, top + HEIGHT + 2.0]];
        drawing.shapes.push(Shape::Path { points, is_closed: false, paint: Paint::line(Ink::Ink, 2.0) });
    }
    top + HEIGHT + 22.0
}
