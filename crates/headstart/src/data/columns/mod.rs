//! From the columns of a table to the features of a network.
//!
//! Three steps, so that nothing is learnt from samples that are held out:
//! 1. [`look`]: what a column holds (numbers however they are written, truth values, dates, names), and whether it is an
//!    identifier that says nothing of other rows. Of all rows of the training file.
//! 2. [`fit`]: what becomes of each column ([`ColumnPlan`]): levels, and what stands for missing cells. Of the training samples.
//! 3. [`features`]: the numbers, samples x features. The same plan on the same table gives the same numbers anywhere.

mod choose;
mod dates;
mod features;
mod fit;
mod look;
mod numbers;
mod select;
mod tell;

use serde::{Deserialize, Serialize};

pub use numbers::{Decimal, Writing};
pub use select::ColumnNames;

pub(crate) use choose::choose;
pub(crate) use dates::{are_dates, day};
pub(crate) use features::{Unknown, features, names};
pub(crate) use fit::fit;
pub(crate) use look::{Known, Options, Seen, certain_decimal, look, look_as, numbers_in, usual_decimal};
pub(crate) use select::Chosen;
pub(crate) use tell::notes;

/// What becomes of a column of a table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ColumnPlan {
    /// Its name, or its position from 0 in a table without names.
    pub column: String,
    /// What becomes of it.
    #[serde(flatten)]
    pub becomes: Becomes,
}

/// What becomes of a column of a table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "becomes", rename_all = "kebab-case")]
pub enum Becomes {
    /// One feature: its numbers.
    Number {
        /// How they are written, where it is not the usual way.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        written: Option<Writing>,
        /// What stands for missing cells.
        #[serde(flatten)]
        missing: Filled<f64>,
    },
    /// One feature: 1 where it is true, 0 where it is false.
    TruthValue {
        /// What stands for missing cells.
        #[serde(flatten)]
        missing: Filled<f64>,
    },
    /// One feature: the days from a first day on, or the hours since midnight.
    Time {
        /// The form of the text, as `strftime` has it, where it is text.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        written: Option<String>,
        /// Seconds from 1970-01-01 00:00 UTC to the first day; none for a time of the day.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        origin: Option<f64>,
        /// What stands for missing cells.
        #[serde(flatten)]
        missing: Filled<f64>,
    },
    /// One feature for each level: 1 where the cell has it, else 0; all are 0 where the training samples do not have its level. Of
    /// one level alone and many missing cells nothing is filled: the feature says where it is there.
    OneHot {
        /// The levels of the training samples, sorted.
        levels: Vec<String>,
        /// The level that stands for missing cells.
        #[serde(flatten)]
        missing: Filled<String>,
    },
    /// No feature.
    LeftOut {
        /// Why.
        because: Reason,
    },
}

impl Becomes {
    /// Whether it has one feature, for one level, and nothing stands for missing cells: where there are some, it says where.
    fn is_one_level_unfilled(&self) -> bool {
        matches!(self, Self::OneHot { levels, missing } if levels.len() == 1 && missing.fill.is_none())
    }
}

/// What stands for missing cells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Filled<T> {
    /// The training samples' mean, or most frequent level; none where missing cells are refused, or nothing is known of any.
    #[serde(default = "none", skip_serializing_if = "Option::is_none")]
    pub fill: Option<T>,
    /// Whether one more feature says where cells were missing: 1 there, else 0.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub indicator: bool,
}

fn none<T>() -> Option<T> {
    None
}

/// Why a column is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// It has no cell that is not missing.
    Empty,
    /// It is the same in all training samples.
    Constant,
    /// It counts the rows.
    RowNumber,
    /// It is another one in every row, or in nearly every one.
    Identifier,
    /// It has more levels than can be told apart by a feature each.
    ManyLevels,
    /// It holds what is not read.
    Unread,
}

/// More levels than this make no features.
pub const MOST_LEVELS: usize = 50;

/// Beyond this share of the training samples, missing cells get a feature of their own.
pub const MANY_MISSING: f64 = 0.05;

/// A column of a table: what it holds, and what becomes of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ColumnReport {
    /// What becomes of it.
    #[serde(flatten)]
    pub plan: ColumnPlan,
    /// What it holds, in the training file.
    #[serde(flatten)]
    pub facts: Facts,
}

/// What a column holds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Facts {
    /// `whole numbers`, `numbers`, `true/false`, `dates`, `times` or `text`.
    pub kind: &'static str,
    /// Cells that are missing.
    pub missing: usize,
    /// The least and the greatest number; of dates in seconds from 1970-01-01 00:00 UTC. None of text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub range: Option<[f64; 2]>,
    /// The number of different texts. None of numbers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distinct: Option<usize>,
}

#[cfg(test)]
mod tests;
