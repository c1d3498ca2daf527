//! Studies in parts, and how many runs a part may have.

use crate::error::Error;
use crate::study::Study;
use std::str::FromStr;

/// Runs of one store, at most: the numbers of those that are missing are held in memory.
const MOST_RUNS: u64 = 100_000_000;

/// A part of a study's cells: those whose number, divided by `of`, leaves `index` - 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// From 1 to `of`.
    pub index: u64,
    /// The number of parts.
    pub of: u64,
}

impl Shard {
    /// All of it.
    pub const WHOLE: Self = Self { index: 1, of: 1 };

    /// Whether it has a cell.
    pub fn has(self, cell: u64) -> bool {
        cell % self.of == self.index - 1
    }

    /// How many of so many cells it has.
    pub fn share(self, cells: u64) -> u64 {
        cells.saturating_sub(self.index - 1).div_ceil(self.of)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers = text.split_once('/').and_then(|(i, n)| Some((i.trim().parse().ok()?, n.trim().parse().ok()?)));
        match numbers {
            Some((index, of)) if 1 <= index && index <= of => Ok(Self { index, of }),
            _ => Err("a part and the number of parts are needed, as in 3/16".to_owned()),
        }
    }
}

impl std::fmt::Display for Shard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.index, self.of)
    }
}

/// Refuses more runs than can be kept, here and in memory.
///
/// # Errors
/// If there are.
pub(crate) fn check_runs(study: &Study, shard: Shard) -> Result<(), Error> {
    let runs = shard.share(study.cells()).saturating_mul(study.seeds());
    if runs > MOST_RUNS {
        return Err(Error::Usage(format!(
            "{runs} runs are more than the {MOST_RUNS} of one store; use fewer values or seeds, or more parts (as in \
             --shard 1/{})",
            (shard.of as f64 * (runs as f64 / MOST_RUNS as f64)).ceil()
        )));
    }
    Ok(())
}
