//! What is to be drawn.

use super::colour::{self, Ink, Rgb};
use crate::heat;

/// A picture of one or several panels.
#[derive(Clone, Debug, Default)]
pub struct Picture {
    /// What is seen, in a few words.
    pub title: String,
    /// Of what: the data, the network, the training.
    pub subtitle: String,
    /// What is compared, each in a colour of its own: the first has the first colour.
    pub key: Vec<Key>,
    /// What the colours of cells mean.
    pub shade: Option<Shade>,
    /// Panels beside one another, in rows; where there is no room they come below one another.
    pub rows: Vec<Vec<Panel>>,
    /// What is said below.
    pub words: Vec<Words>,
    /// What bands and marks mean, and what was left out.
    pub notes: Vec<String>,
}

/// One of those that are compared.
#[derive(Clone, Debug, Default)]
pub struct Key {
    /// Its name.
    pub name: String,
    /// What became of it, in a few words; may be empty.
    pub detail: String,
}

/// A paragraph below the panels.
#[derive(Clone, Debug)]
pub struct Words {
    /// What it is about, and in which colour.
    pub head: (Ink, String),
    /// What is said of it.
    pub text: String,
}

/// A part of a picture with axes of its own.
#[derive(Clone, Debug)]
pub struct Panel {
    /// What tells it from the others; may be empty.
    pub title: String,
    /// How much of its row's width it has, beside the others.
    pub share: f64,
    /// The height of what is between its axes in pixels, unless the picture is to be as high as somebody says.
    pub height: f64,
    /// What is in it.
    pub plot: Plot,
}

/// What is in a panel.
#[derive(Clone, Debug)]
pub enum Plot {
    /// Lines and dots.
    Chart(Chart),
    /// Cells that are coloured by a figure.
    Cells(Cells),
}

/// Lines and dots between two axes.
#[derive(Clone, Debug)]
pub struct Chart {
    /// From left to right.
    pub x: Axis,
    /// Upwards; names downwards.
    pub y: Axis,
    /// What is drawn, those beneath first.
    pub marks: Vec<Mark>,
}

/// An axis.
#[derive(Clone, Debug)]
pub struct Axis {
    /// What it is of.
    pub title: String,
    /// How numbers are placed.
    pub kind: Kind,
    /// The numbers at its ends.
    pub range: [f64; 2],
}

/// How numbers are placed along an axis.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// Evenly.
    Linear,
    /// Evenly, and only whole ones are told.
    Whole,
    /// By their logarithms.
    Log,
    /// Rows of height 1, each with a name in its middle; the first is on top.
    Names(Vec<String>),
}

/// What is drawn between axes. Numbers beyond the ends of an axis are drawn at its end.
#[derive(Clone, Debug)]
pub enum Mark {
    /// A curve of one of those that are compared; it is broken where there is no number.
    Curve {
        /// Which of them.
        series: usize,
        /// Its points, from left to right.
        points: Vec<[f64; 2]>,
    },
    /// What lies between two curves: x, and the ends there.
    Band {
        /// Which of those that are compared.
        series: usize,
        /// x, the lower end, the upper end.
        points: Vec<[f64; 3]>,
    },
    /// Dots.
    Dots {
        /// Which of those that are compared.
        series: usize,
        /// Where, and what is told there; nothing is told where there are many.
        points: Vec<([f64; 2], String)>,
        /// Their radius in pixels.
        radius: f64,
        /// Whether they are filled.
        is_filled: bool,
    },
    /// A range along x, over the whole height.
    Span {
        /// Which of those that are compared; None for a quiet one.
        series: Option<usize>,
        /// Its ends.
        ends: [f64; 2],
        /// What it is; may be empty.
        label: String,
    },
    /// A dashed line over the whole width or height.
    Rule {
        /// Whether it stands at a number of the x axis, from bottom to top.
        is_upright: bool,
        /// At which number.
        at: f64,
        /// What it is; may be empty.
        label: String,
    },
}

/// Cells of equal size between two axes.
#[derive(Clone, Debug)]
pub struct Cells {
    /// Columns, from left to right.
    pub x: heat::Axis,
    /// Rows, upwards.
    pub y: heat::Axis,
    /// The figures, row by row; what is not a number stays grey.
    pub figures: Vec<Vec<f64>>,
    /// The figure from which on cells are outlined together.
    pub outline: Option<f64>,
    /// Lines over the cells.
    pub lines: Vec<heat::Line>,
}

/// What the colours of cells mean.
#[derive(Clone, Debug)]
pub struct Shade {
    /// The figure's name.
    pub name: String,
    /// The figures at the two ends; what lies beyond has the end's colour.
    pub range: [f64; 2],
    /// How figures become colours.
    pub colours: heat::Colours,
    /// Whether small figures are the better ones: the best is bright.
    pub small_is_best: bool,
    /// The figure from which on cells are outlined, if any are.
    pub outline: Option<f64>,
}

impl Shade {
    /// The colour of a figure.
    pub fn colour(&self, figure: f64) -> Rgb {
        if figure.is_nan() {
            return colour::NOTHING;
        }
        let [low, high] = self.range;
        let towards_best = |share: f64| colour::bright(if self.small_is_best { 1.0 - share } else { share });
        match self.colours {
            heat::Colours::Sequential => towards_best((figure - low) / (high - low)),
            heat::Colours::Logarithmic => towards_best((figure.max(0.0) / low).ln() / (high / low).ln()),
            // 0 is in the middle however far the ends are.
            heat::Colours::Divergent => {
                colour::signed(0.5 + 0.5 * if figure < 0.0 { -figure / low } else { figure / high })
            }
        }
    }
}

/// How large a picture is.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// Its width in pixels of a page, of which an inch has 96; as wide as it needs where none is given.
    pub width: Option<f64>,
    /// Its height in such pixels; as high as it needs where none is given.
    pub height: Option<f64>,
    /// Dots to an inch of what it is drawn on.
    pub dpi: f64,
}

impl Default for Look {
    /// As wide as a page, and sharp on a screen of double density.
    fn default() -> Self {
        Self { width: None, height: None, dpi: 192.0 }
    }
}

impl Look {
    /// Dots to a pixel of a page.
    pub fn scale(&self) -> f64 {
        self.dpi / 96.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_is_bright_whichever_end_it_is_at() {
        let shade = |small_is_best, colours| Shade {
            name: String::new(),
            range: [0.01, 1.0],
            colours,
            small_is_best,
            outline: None,
        };
        let accuracy = shade(false, heat::Colours::Sequential);
        let loss = shade(true, heat::Colours::Logarithmic);
        assert_eq!(accuracy.colour(1.0), loss.colour(0.01));
        assert_eq!(accuracy.colour(0.0), loss.colour(7.0));
        assert_eq!(loss.colour(f64::NAN), colour::NOTHING);
    }

    #[test]
    fn nothing_is_white_however_far_the_ends_are() {
        let shade = |range| Shade {
            name: String::new(),
            range,
            colours: heat::Colours::Divergent,
            small_is_best: false,
            outline: None,
        };
        assert_eq!(shade([-10.0, 2.0]).colour(0.0), [250, 250, 250]);
        // Half of the way on either side is as far from white, whatever the figures there.
        assert_eq!(shade([-10.0, 2.0]).colour(-5.0), shade([-2.0, 1.0]).colour(-1.0));
    }
}
