//! What an axis goes over.

use super::level::Level;
use super::spacing::{between, digits};

/// What an axis goes over.
#[derive(Clone, Debug, PartialEq)]
pub enum Over {
    /// These values.
    Levels(Vec<Level>),
    /// All numbers between two.
    Range {
        /// The ends, low and high.
        ends: [f64; 2],
        /// Whether even on a logarithmic scale.
        log: bool,
        /// Whether only whole numbers.
        whole: bool,
    },
}

impl Over {
    /// The value at a share of the way, from 0 up to, not including, 1.
    pub fn at(&self, share: f64) -> Level {
        match self {
            Self::Levels(levels) => levels[((share * levels.len() as f64) as usize).min(levels.len() - 1)].clone(),
            Self::Range { ends: [low, high], log, whole } => {
                // Every whole number has as much of the way as any other: the ends too.
                let around = if *whole { 0.5 } else { 0.0 };
                let x = between([low - around, high + around], *log && low - around > 0.0, share);
                let x = if *whole { x.round() } else { digits(x, 8) };
                // A negative zero is written as one.
                Level::Number(x.clamp(*low, *high) + 0.0)
            }
        }
    }
}
