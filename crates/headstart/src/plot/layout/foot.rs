//! Words and notes below the panels.

use super::together::Styles;
use crate::plot::colour::Ink;
use crate::plot::drawing::{Drawing, Role, Text};
use crate::plot::font::{Weight, lines};
use crate::plot::picture::{Look, Picture, Plot, Words};

/// Writes them from 0 on; how high they are.
pub fn draw(drawing: &mut Drawing, picture: &Picture, styles: &Styles, [left, right]: [f64; 2], look: &Look) -> f64 {
    let mut y = 0.0;
    let words = Text { size: 13.0, ..Text::new(Role::Label, "", [left, 0.0]) };
    let head = Text { weight: Weight::SemiBold, ..words.clone() };
    for Words { head: (ink, about), text } in &picture.words {
        y += 10.0;
        let heads = lines(about, head.size, head.weight, right - left).into_iter().map(|line| (line, &head, *ink));
        let texts =
            lines(text, words.size, words.weight, right - left).into_iter().map(|line| (line, &words, Ink::Ink));
        for (text, like, ink) in heads.chain(texts) {
            drawing.texts.push(Text { text, at: [left, y + 13.0], ink, ..like.clone() });
            y += 18.0;
        }
    }
    let mut notes = picture.notes.clone();
    notes.extend(styles.note());
    notes.extend(thinned(picture, [left, right], look));
    if !notes.is_empty() {
        y += 8.0;
    }
    let note = Text { size: 12.0, ..Text::new(Role::Note, "", [left, 0.0]) };
    for line in notes.iter().flat_map(|text| lines(text, note.size, note.weight, right - left)) {
        drawing.texts.push(Text { text: line, at: [left, y + 12.0], ..note.clone() });
        y += 17.0;
    }
    y
}

/// What is said where there are more cells than dots.
fn thinned(picture: &Picture, within: [f64; 2], look: &Look) -> Option<String> {
    let sets = picture.rows.iter().flat_map(|row| row.iter().map(move |panel| (row.len(), panel)));
    let dots = |abreast: usize| (within[1] - within[0]) / abreast as f64 * look.scale();
    let is_thinned = sets.into_iter().any(|(abreast, panel)| match &panel.plot {
        Plot::Cells(cells) => cells.x.values.len() as f64 > dots(abreast),
        Plot::Chart(_) => false,
    });
    is_thinned.then(|| "There are more cells than dots: of those that fall together one is drawn.".to_owned())
}
