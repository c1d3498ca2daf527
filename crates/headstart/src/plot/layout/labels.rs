//! Words at lines, where they stand on no other text and, if there is a choice, on no curve.

use crate::plot::colour::Ink;
use crate::plot::drawing::{Anchor, Box, Role, Text, overlap};
use crate::plot::font::{Weight, width};

/// A word that is wanted, and the places where it may be, the best first.
pub struct Label {
    text: Text,
    places: Vec<([f64; 2], Anchor)>,
}

/// From a line to its word.
const OFF: f64 = 5.0;

/// Below the upper end of an area.
const FIRST_LINE: f64 = 14.0;

impl Label {
    /// At these places.
    pub fn new(text: &str, ink: Ink, places: Vec<([f64; 2], Anchor)>) -> Option<Self> {
        let text = Text { ink, has_rim: true, ..Text::new(Role::Label, text, [0.0; 2]) };
        (!text.text.is_empty()).then_some(Self { text, places })
    }

    /// Beside an upright line.
    pub fn upright(text: &str, x: f64, [_, top, _, bottom]: Box) -> Option<Self> {
        let heights = [top + FIRST_LINE, bottom - 8.0, top + 2.2 * FIRST_LINE, f64::midpoint(top, bottom)];
        let places = heights.into_iter().flat_map(|y| [([x + OFF, y], Anchor::Start), ([x - OFF, y], Anchor::End)]);
        Self::new(text, Ink::Ink, places.collect())
    }

    /// Above or below a level line.
    pub fn level(text: &str, y: f64, [left, _, right, _]: Box) -> Option<Self> {
        let heights = [y - OFF, y + OFF + 9.0];
        let sides = [
            ([right - OFF, 0.0], Anchor::End),
            ([left + OFF, 0.0], Anchor::Start),
            ([f64::midpoint(left, right), 0.0], Anchor::Middle),
        ];
        let places = sides.into_iter().flat_map(|(at, anchor)| heights.map(|y| ([at[0], y], anchor)));
        Self::new(text, Ink::Ink, places.collect())
    }

    /// Over a range, or beside it.
    pub fn in_span(text: &str, [from, to]: [f64; 2], [left, top, right, bottom]: Box, ink: Ink) -> Option<Self> {
        let half = width(text, Text::new(Role::Label, "", [0.0; 2]).size, Weight::SemiBold) / 2.0 + 1.0;
        // Over its middle, if there is room to either side.
        let middle = f64::midpoint(from, to).min(right - half).max(left + half);
        let heights = [0.0, 1.3, 2.6, 3.9, 5.2].map(|lines| top + FIRST_LINE * (1.0 + lines));
        let heights = heights.into_iter().chain([bottom - 8.0, bottom - 8.0 - 1.3 * FIRST_LINE]);
        let places = heights.flat_map(|y| {
            [([middle, y], Anchor::Middle), ([from - OFF, y], Anchor::End), ([to + OFF, y], Anchor::Start)]
        });
        Self::new(text, ink, places.collect())
            .map(|label| Self { text: Text { weight: Weight::SemiBold, ..label.text }, ..label })
    }
}

/// Puts words where they stand on nothing that is taken, within an area; one that finds no such place is left out.
pub fn labels(wanted: Vec<Label>, mut taken: Vec<Box>, points: &[[f64; 2]], area: Box) -> Vec<Text> {
    let mut placed = Vec::new();
    for Label { text, places } in wanted {
        let at = |(at, anchor): ([f64; 2], Anchor)| Text { at, anchor, ..text.clone() };
        let is_free = |text: &Text| {
            let bounds = text.bounds();
            let is_within =
                bounds[0] >= area[0] && bounds[2] <= area[2] && bounds[1] >= area[1] - 1.0 && bounds[3] <= area[3];
            is_within && taken.iter().all(|of| !overlap(bounds, *of, 2.0))
        };
        let covered = |text: &Text| {
            let [left, top, right, bottom] = text.bounds();
            points.iter().filter(|[x, y]| (left..=right).contains(x) && (top..=bottom).contains(y)).count()
        };
        // The first of those that cover least.
        if let Some(text) = places.into_iter().map(at).filter(is_free).min_by_key(covered) {
            taken.push(text.bounds());
            placed.push(text);
        }
    }
    placed
}
