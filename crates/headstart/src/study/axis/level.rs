//! One value of an axis.

use headstart_engine::names::plain;
use serde::Serialize;
use std::fmt;

/// One value of an axis.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Level {
    /// A number.
    Number(f64),
    /// A name of the grammar of what is varied.
    Name(String),
}

impl Level {
    /// The number; NaN for a name.
    pub fn number(&self) -> f64 {
        match self {
            Self::Number(x) => *x,
            Self::Name(_) => f64::NAN,
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(x) => f.pad(&plain(*x)),
            Self::Name(name) => f.pad(name),
        }
    }
}
