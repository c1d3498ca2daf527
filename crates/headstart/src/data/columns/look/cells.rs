//! The cells of a column, and how they are to be read.

use crate::data::columns::numbers::Writing;
use crate::data::content::Names;

/// The cells of a column.
pub(crate) enum Cells {
    /// Numbers, truth values as 0 and 1, and times in seconds. NaN where there is none.
    Numbers(Vec<f64>),
    /// Names.
    Text(Names),
}

/// How the cells of a column are to be read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Manner {
    Number(Option<Writing>),
    TruthValue,
    Time(Option<String>),
    Names,
}
