//! What readers hand over: the content of one file, before anyone has asked what it means.

use std::fmt::Write as _;

use ndarray::Array2;

use super::DataError;
use super::memory::Budget;

/// A file's bytes on their way to a reader.
pub(crate) struct Input<'a> {
    /// The file as messages call it.
    pub file: String,
    /// The whole file, decompressed.
    pub bytes: Vec<u8>,
    /// What of it is wanted.
    pub wanted: &'a Wanted,
    /// How much memory it may take.
    pub budget: Budget,
}

/// What the reader of a table has to know.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    /// Which column is the label.
    pub label: LabelColumn,
    /// Missing cells become NaN and are dropped later, instead of being an error.
    pub drop_missing: bool,
}

/// Which column of a table is the label.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum LabelColumn {
    /// The last one.
    #[default]
    Last,
    /// The one of this name, else at this position.
    Named(String),
    /// None: the labels are in another file.
    Absent,
}

/// The content of a file.
pub(crate) enum Content {
    /// Rows and columns, the label apart (CSV, Parquet).
    Table(Table),
    /// One array without a name (NPY, IDX).
    Array(Array),
    /// Arrays with names (NPZ, HDF5).
    Archive(Box<dyn Archive>),
}

/// Named arrays of which only those that are wanted get decoded.
pub(crate) trait Archive {
    /// The arrays' names.
    fn names(&self) -> Vec<String>;
    /// Decodes one array.
    fn array(&mut self, name: &str) -> Result<Array, DataError>;
}

/// A table: numbers in all columns but the label's.
pub(crate) struct Table {
    /// Names of the feature columns, if the file has names.
    pub columns: Option<Vec<String>>,
    /// Features, rows x columns; a missing cell is NaN.
    pub x: Array2<f64>,
    /// The label column: how messages call it, and its content.
    pub y: Option<(String, Labels)>,
    /// The number of each row, as messages count.
    pub rows: Vec<usize>,
    /// What a person should know about how the file was read.
    pub notes: Vec<String>,
}

/// Labels as they stand in a file.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Labels {
    /// One per sample; `None` is missing.
    Text(Vec<Option<String>>),
    /// samples x outputs; a missing one is NaN.
    Numbers(Array2<f64>),
}

impl Labels {
    /// The number of samples.
    pub fn len(&self) -> usize {
        match self {
            Self::Text(names) => names.len(),
            Self::Numbers(values) => values.nrows(),
        }
    }
}

/// An array of any rank, in C order.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Array {
    /// Length along each axis.
    pub shape: Vec<usize>,
    /// The elements, the last axis running fastest.
    pub values: Values,
}

/// The elements of an array.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Values {
    /// Numbers of whatever type, and booleans as 0 and 1.
    Numbers(Vec<f64>),
    /// Strings.
    Text(Vec<String>),
}

/// Samples and their labels, from one file or two, before the labels' kind is known.
pub(crate) struct Part {
    pub x: Features,
    pub y: Target,
}

/// The samples' features.
pub(crate) struct Features {
    /// Where they are from, as messages call it.
    pub source: String,
    /// Their names, if the file has names.
    pub columns: Option<Vec<String>>,
    /// samples x features
    pub values: Array2<f64>,
    /// The number of each row, as messages count.
    pub rows: Vec<usize>,
}

/// The samples' labels.
pub(crate) struct Target {
    /// Where they are from, as messages call it.
    pub source: String,
    /// How notes call them: `label column "species"`.
    pub name: String,
    /// How messages call their column, if they have one.
    pub column: Option<String>,
    /// One row per sample.
    pub labels: Labels,
    /// The number of each row, as messages count.
    pub rows: Vec<usize>,
}

impl Target {
    /// The error of one label.
    pub fn error(&self, sample: usize, problem: impl Into<String>) -> DataError {
        let (file, row, problem) = (self.source.clone(), self.rows[sample], problem.into());
        match self.column.clone() {
            Some(column) => DataError::Cell { file, row, column, problem },
            None => DataError::Row { file, row, problem },
        }
    }
}

/// The position of the label column among `count` columns.
pub(crate) fn label_position(
    file: &str,
    names: Option<&[String]>,
    count: usize,
    label: &LabelColumn,
) -> Result<Option<usize>, DataError> {
    let label = match label {
        LabelColumn::Absent => return Ok(None),
        LabelColumn::Last => return Ok(count.checked_sub(1)),
        LabelColumn::Named(label) => label,
    };
    if let Some(position) = names.and_then(|names| names.iter().position(|name| name == label)) {
        return Ok(Some(position));
    }
    if let Ok(position) = label.parse::<i64>() {
        let from_start = if position < 0 { position.saturating_add_unsigned(count as u64) } else { position };
        return match usize::try_from(from_start) {
            Ok(at) if at < count => Ok(Some(at)),
            _ => Err(DataError::Usage(format!(
                "{file} has no column {position}: there are {count} columns, 0 to {}, or -{count} to -1 from the end",
                count.saturating_sub(1)
            ))),
        };
    }
    Err(DataError::Usage(match names {
        Some(names) => format!("{file} has no column \"{label}\"; its columns are {}", listed(names)),
        None => format!("{file} has no header and so no column \"{label}\": give the label column's position, from 0"),
    }))
}

/// How messages call a column.
pub(crate) fn column_name(names: Option<&[String]>, position: usize) -> String {
    match names.and_then(|names| names.get(position)) {
        Some(name) => format!("\"{name}\""),
        None => format!("{position} (the first is 0)"),
    }
}

/// Names for a message; the middle is left out when there are many.
pub(crate) fn listed(names: &[String]) -> String {
    const SHOWN: usize = 12;
    if names.len() <= SHOWN {
        return names.join(", ");
    }
    let mut text = names[..SHOWN - 2].join(", ");
    let _ = write!(text, ", ..., {}", names[names.len() - 1]);
    text
}
