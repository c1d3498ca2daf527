//! What a study varies, and what a value of it does to a task.

mod apply;
mod grammar;
mod level;
mod over;
mod quantity;
mod spacing;
#[cfg(test)]
mod tests;

pub use level::Level;
pub use over::Over;
pub use quantity::Quantity;

use crate::error::Error;
use crate::words::foreign;
use grammar::{list, range};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// One thing that a study varies, and over what.
///
/// In text: `name=` and a list with commas (`depth=1,2,5`, `init=he,glorot`), or a range with the number of its values
/// (`gain=0.01..30:log:64`; random designs may do without the number). Ranges are even on a linear scale (`:linear`) or on a
/// logarithmic one (`:log`, the default for gain, scale and lr). Behind the number may stand which of these values are meant, counted
/// from 0: `gain=0.01..30:log:4096:1000-1063` is a window of 64 values, each the same to the bit as without the window.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// What is varied.
    pub quantity: Quantity,
    /// Over what.
    pub over: Over,
    /// As it was written, but for names, which are this program's.
    text: String,
}

impl Axis {
    /// Its values, where it has so many and no more.
    pub fn levels(&self) -> Option<&[Level]> {
        match &self.over {
            Over::Levels(levels) => Some(levels),
            Over::Range { .. } => None,
        }
    }

    /// Whether a value of it is a name.
    pub fn is_named(&self) -> bool {
        self.quantity.is_named()
            || self.levels().is_some_and(|levels| levels.iter().any(|level| matches!(level, Level::Name(_))))
    }

    /// As many of its values as it has, the first one of them at a place, of a range that has `2^finer` times as many; none of lists, whole
    /// numbers, and where floats have no room for so many.
    pub fn window(&self, finer: u32, first: u64) -> Option<Self> {
        let shown = self.levels()?.len() as u64;
        if self.quantity.is_named() || self.quantity.is_whole() {
            return None;
        }
        let (ends, parts) = self.text.split_once("..")?;
        let mut parts = parts.split(':');
        let mut text = vec![format!("{ends}..{}", parts.next()?)];
        for part in parts {
            text.push(match part.trim().parse::<u64>() {
                Ok(count) if count == shown => count.checked_shl(finer)?.to_string(),
                Ok(_) => return None,
                Err(_) if part.contains('-') => return None,
                Err(_) => part.to_owned(),
            });
        }
        if finer > 0 || first > 0 {
            text.push(format!("{first}-{}", first.checked_add(shown - 1)?));
        }
        let text = text.join(":");
        text.parse().ok().filter(|axis: &Self| axis.levels().is_some_and(|levels| levels.len() as u64 == shown))
    }
}

impl FromStr for Axis {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = |problem: &str| Error::Usage(format!("axis \"{}\": {problem}", foreign(text)));
        let (name, over) = text
            .split_once('=')
            .ok_or_else(|| wrong("a name and its values are needed, as in lr=0.001..1:log:64 or depth=1,2,5"))?;
        let quantity: Quantity = name.trim().parse()?;
        let over = match over.split_once("..") {
            Some((low, rest)) if !quantity.is_named() => {
                range(quantity, low, rest).map_err(|problem| wrong(&problem))?
            }
            _ => Over::Levels(list(quantity, over).map_err(|problem| wrong(&problem))?),
        };
        // Names as this program has them, whatever words were used.
        let text = match &over {
            Over::Levels(levels) if quantity.is_named() => {
                let names: Vec<String> = levels.iter().map(Level::to_string).collect();
                format!("{}={}", quantity.name(), names.join(","))
            }
            _ => text.trim().to_owned(),
        };
        Ok(Self { quantity, over, text })
    }
}

impl fmt::Display for Axis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl Serialize for Axis {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Axis {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}
