//! What a layout comes to: shapes and texts, each at its place.

use super::colour::{Ink, Rgb};
use super::font::{self, ASCENT, DESCENT, Weight};

/// Shapes and texts on a rectangle.
#[derive(Clone, Debug, Default)]
pub struct Drawing {
    /// Width and height in pixels.
    pub size: [f64; 2],
    /// What is seen, for those who hear it.
    pub label: String,
    /// Lines and areas, those beneath first.
    pub shapes: Vec<Shape>,
    /// Texts, above all shapes.
    pub texts: Vec<Text>,
}

/// A line or an area.
#[derive(Clone, Debug)]
pub enum Shape {
    /// Corners joined by straight lines.
    Path {
        /// The corners.
        points: Vec<[f64; 2]>,
        /// Whether the last one is joined to the first.
        is_closed: bool,
        /// How it is painted.
        paint: Paint,
    },
    /// Dots of one size.
    Dots {
        /// Their middles, each with what is said of it; nothing is said of many.
        at: Vec<([f64; 2], String)>,
        /// Their radius.
        radius: f64,
        /// How they are painted.
        paint: Paint,
    },
    /// Coloured cells, row by row from the top.
    Cells {
        /// Left, top, width, height.
        within: [f64; 4],
        /// Cells across.
        across: usize,
        /// The colours.
        colours: Vec<Rgb>,
        /// Whether colours go over into one another.
        is_smooth: bool,
    },
    /// What can be read from a curve: its name, and points with what is there.
    Readings {
        /// The curve's name.
        name: String,
        /// Points, and their numbers in words.
        points: Vec<([f64; 2], String)>,
    },
}

/// How a shape is painted.
#[derive(Clone, Copy, Debug)]
pub struct Paint {
    /// The colour of its line, and how wide it is.
    pub line: Option<(Ink, f64)>,
    /// The colour of its area.
    pub area: Option<Ink>,
    /// From 0, not seen, to 1.
    pub opacity: f64,
    /// Lengths of dashes and gaps; all 0 for a line without gaps.
    pub dash: [f64; 2],
}

impl Paint {
    /// A line.
    pub fn line(ink: Ink, width: f64) -> Self {
        Self { line: Some((ink, width)), area: None, opacity: 1.0, dash: [0.0; 2] }
    }

    /// An area.
    pub fn area(ink: Ink, opacity: f64) -> Self {
        Self { line: None, area: Some(ink), opacity, dash: [0.0; 2] }
    }

    /// The same in dashes.
    #[must_use]
    pub fn dashed(self, dash: [f64; 2]) -> Self {
        Self { dash, ..self }
    }

    /// The same, more or less seen through.
    #[must_use]
    pub fn seen(self, opacity: f64) -> Self {
        Self { opacity, ..self }
    }
}

/// What a text is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The picture's title, or that of a panel.
    Title,
    /// What stands below a title.
    Subtitle,
    /// A name in the key.
    Key,
    /// What an axis is of.
    Axis,
    /// A number along an axis.
    Tick,
    /// A word at a line.
    Label,
    /// What is to be known.
    Note,
}

/// A line of text.
#[derive(Clone, Debug)]
pub struct Text {
    /// What it says.
    pub text: String,
    /// Where it begins, ends or has its middle, on the line that it stands on.
    pub at: [f64; 2],
    /// Which of these.
    pub anchor: Anchor,
    /// The size of its letters in pixels.
    pub size: f64,
    /// How heavy they are.
    pub weight: Weight,
    /// Their colour.
    pub ink: Ink,
    /// Whether a rim of paper parts it from what is behind.
    pub has_rim: bool,
    /// What it is there for.
    pub role: Role,
}

/// Which end of a text is where it is told to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// Its beginning.
    Start,
    /// Its middle.
    Middle,
    /// Its end.
    End,
}

/// Left, top, right, bottom.
pub type Box = [f64; 4];

impl Text {
    /// A text of this role, at the left end of its line.
    pub fn new(role: Role, text: impl Into<String>, at: [f64; 2]) -> Self {
        let (size, weight, ink) = match role {
            Role::Title => (14.0, Weight::SemiBold, Ink::Ink),
            Role::Subtitle | Role::Axis | Role::Note => (12.5, Weight::Regular, Ink::Quiet),
            Role::Key => (13.0, Weight::Regular, Ink::Ink),
            Role::Tick => (12.0, Weight::Regular, Ink::Quiet),
            Role::Label => (12.5, Weight::Regular, Ink::Ink),
        };
        let text = crate::words::in_a_line(&text.into());
        Self { text, at, anchor: Anchor::Start, size, weight, ink, has_rim: false, role }
    }

    /// The same, anchored elsewhere.
    #[must_use]
    pub fn anchored(self, anchor: Anchor) -> Self {
        Self { anchor, ..self }
    }

    /// How wide it is.
    pub fn width(&self) -> f64 {
        font::width(&self.text, self.size, self.weight)
    }

    /// The box that it fills.
    pub fn bounds(&self) -> Box {
        let width = self.width();
        let left = match self.anchor {
            Anchor::Start => self.at[0],
            Anchor::Middle => self.at[0] - width / 2.0,
            Anchor::End => self.at[0] - width,
        };
        [left, self.at[1] - ASCENT * self.size, left + width, self.at[1] + DESCENT * self.size]
    }
}

/// Whether two boxes share anything, or are closer than so many pixels.
pub fn overlap(a: Box, b: Box, apart: f64) -> bool {
    a[0] < b[2] + apart && b[0] < a[2] + apart && a[1] < b[3] + apart && b[1] < a[3] + apart
}
