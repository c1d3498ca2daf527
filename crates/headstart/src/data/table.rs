//! A table as it stands in a file, before anyone has asked what its columns mean.

use super::columns::Decimal;
use super::content::{Names, Rows};

/// Columns of one length.
pub(crate) struct Table {
    /// The columns' names, if the file has names; as many as there are columns.
    pub names: Option<Vec<String>>,
    /// The columns, in the order of the file.
    pub columns: Vec<Column>,
    /// The number of each row, as messages count.
    pub rows: Rows,
    /// The sign before fractions that such files usually have, where there is one.
    pub decimal: Option<Decimal>,
    /// Which column the format itself says is the label (as the first one of svmlight), where it does.
    pub label: Option<usize>,
    /// What a person should know about how the file was read.
    pub notes: Vec<String>,
}

/// The cells of one column.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Column {
    /// Numbers, and truth values of formats that have such a type as 0 and 1; NaN where there is none.
    Numbers {
        /// Row by row.
        values: Vec<f64>,
        /// Whether one of them is a whole number that float64 does not have, so that it was rounded.
        rounded: bool,
    },
    /// Text, as it stands there without the blanks around it: names, but also dates, truth values, and numbers as people write
    /// them. No text, or what stands for none (`NA`, `?`), is missing.
    Text(Names),
    /// Points in time of formats that have such a type: seconds since 1970-01-01 00:00 UTC; NaN where there is none.
    Times(Vec<f64>),
    /// What no feature or label can be made of.
    Unread {
        /// How many cells.
        rows: usize,
        /// Why.
        why: String,
    },
}

impl Column {
    /// The number of rows.
    pub fn len(&self) -> usize {
        match self {
            Self::Numbers { values, .. } | Self::Times(values) => values.len(),
            Self::Text(names) => names.len(),
            Self::Unread { rows, .. } => *rows,
        }
    }
}
