//! What readers hand over: the content of one file, before anyone has asked what it means.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Arc;

use ndarray::{Array2, CowArray, Ix2};

use super::DataError;
use super::axes::Axes;
use super::columns::Decimal;
use super::memory::Budget;
use super::table::{Column, Table};
use crate::words;

/// A file's bytes on their way to a reader.
pub(crate) struct Input<'a> {
    /// The file as messages call it.
    pub file: String,
    /// The whole file, decompressed.
    pub bytes: Vec<u8>,
    /// How much memory it may take.
    pub budget: &'a Budget,
}

/// The content of a file, or what somebody has in memory in the place of one.
pub(crate) enum Content<'a> {
    /// Rows and columns (CSV, Parquet).
    Table(Table),
    /// One array without a name (NPY, IDX).
    Array(Array),
    /// One of numbers that are somebody else's, read where they lie.
    Lent(Lent<'a>),
    /// Arrays with names (NPZ, HDF5).
    Archive(Box<dyn Archive>),
}

/// An array of numbers that are somebody else's, in C order.
#[derive(Clone, Copy)]
pub(crate) struct Lent<'a> {
    /// Length along each axis.
    pub shape: &'a [usize],
    pub values: &'a [f64],
    /// Whether one of them is a whole number that float64 does not have, so that it was rounded.
    pub rounded: bool,
}

/// Named arrays of which only those that are wanted get decoded.
pub(crate) trait Archive {
    /// The arrays' names.
    fn names(&self) -> Vec<String>;
    /// What a person should know about the names, if anything.
    fn note(&self) -> Option<String> {
        None
    }
    /// Decodes one array.
    fn array(&mut self, name: &str) -> Result<Array, DataError>;
}

/// Labels as they stand in a file.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Labels {
    /// One per sample.
    Text(Names),
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

    /// Rows and columns.
    pub fn shape(&self) -> [usize; 2] {
        match self {
            Self::Text(names) => [names.len(), 1],
            Self::Numbers(values) => [values.nrows(), values.ncols()],
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
    /// Whether one of them is a whole number that float64 does not have, so that it was rounded.
    pub rounded: bool,
}

impl Array {
    /// Of elements that are what they were in the file.
    pub fn new(shape: Vec<usize>, values: Values) -> Self {
        Self { shape, values, rounded: false }
    }
}

/// The elements of an array.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Values {
    /// Numbers of whatever type, and booleans as 0 and 1.
    Numbers(Vec<f64>),
    /// Strings; empty ones are missing.
    Text(Names),
}

/// Text of samples. Every different one is kept once, so that a long name of many samples takes no more than a short one.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Names {
    levels: Vec<Arc<str>>,
    codes: Vec<u32>,
}

impl Names {
    /// What stands for no text.
    const MISSING: u32 = u32::MAX;

    /// The number of samples.
    pub fn len(&self) -> usize {
        self.codes.len()
    }

    /// The text of a sample; `None` if it is missing.
    pub fn get(&self, sample: usize) -> Option<&str> {
        self.level(sample).map(|level| &*self.levels[level])
    }

    /// Which of [`Names::levels`] a sample has; `None` if it is missing.
    pub fn level(&self, sample: usize) -> Option<usize> {
        let code = self.codes[sample];
        (code != Self::MISSING).then_some(code as usize)
    }

    /// All texts, sample by sample.
    pub fn iter(&self) -> impl Iterator<Item = Option<&str>> {
        (0..self.len()).map(|sample| self.get(sample))
    }

    /// The different texts, in the order in which they came; some may be of no sample that is left.
    pub fn levels(&self) -> &[Arc<str>] {
        &self.levels
    }

    /// Leaves out the samples that are not marked.
    pub fn keep(&mut self, whole: &[bool]) {
        let mut whole = whole.iter();
        self.codes.retain(|_| whole.next().is_some_and(|&whole| whole));
    }
}

/// Gathers [`Names`] within a budget.
pub(crate) struct Gatherer {
    file: String,
    budget: Budget,
    names: Names,
    seen: HashMap<Arc<str>, u32>,
}

impl Gatherer {
    pub fn new(file: &str, budget: &Budget) -> Self {
        Self { file: file.to_owned(), budget: budget.clone(), names: Names::default(), seen: HashMap::new() }
    }

    /// Adds a sample's text; nothing at all is missing.
    pub fn push(&mut self, text: &str) -> Result<(), DataError> {
        let code = self.code(text)?;
        self.add(code)
    }

    /// What stands for a text.
    pub fn code(&mut self, text: &str) -> Result<u32, DataError> {
        /// Of one more different text, besides its characters: its places in the list and in the table.
        const EACH: usize = 96;
        if text.is_empty() {
            return Ok(Names::MISSING);
        }
        if let Some(&code) = self.seen.get(text) {
            return Ok(code);
        }
        self.budget.take_each(&self.file, Some(EACH + text.len()), 1)?;
        let code = u32::try_from(self.seen.len()).ok().filter(|code| *code != Names::MISSING);
        let code = code.ok_or_else(|| DataError::content(&self.file, "there are too many different labels"))?;
        let text: Arc<str> = text.into();
        self.names.levels.push(Arc::clone(&text));
        self.seen.insert(text, code);
        Ok(code)
    }

    /// Adds a sample of a text, given what stands for it.
    pub fn add(&mut self, code: u32) -> Result<(), DataError> {
        if self.names.codes.len() == self.names.codes.capacity() {
            let more = self.names.codes.len().max(1 << 10);
            self.budget.take_each(&self.file, Some(more), size_of::<u32>() as u64)?;
            self.names.codes.reserve_exact(more);
        }
        self.names.codes.push(code);
        Ok(())
    }

    /// Adds those of more samples; every different text is looked up once.
    pub fn extend(&mut self, more: &Names) -> Result<(), DataError> {
        let codes: Vec<u32> = more.levels.iter().map(|text| self.code(text)).collect::<Result<_, _>>()?;
        more.codes.iter().try_for_each(|&code| self.add(codes.get(code as usize).copied().unwrap_or(Names::MISSING)))
    }

    pub fn finish(self) -> Names {
        self.names
    }
}

impl<'a> FromIterator<&'a str> for Names {
    /// Of texts that are in memory already; empty ones are missing.
    fn from_iter<I: IntoIterator<Item = &'a str>>(texts: I) -> Self {
        let mut names = Gatherer::new("", &Budget::of(u64::MAX));
        for text in texts {
            // Nothing is refused within such a budget.
            let _ = names.push(text);
        }
        names.finish()
    }
}

/// The number of each row, as messages count.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Rows {
    /// Counted, from this number on.
    From(usize),
    /// Each its own.
    Numbered(Vec<usize>),
}

impl Rows {
    /// The number of a sample's row.
    pub fn at(&self, sample: usize) -> usize {
        match self {
            Self::From(first) => first + sample,
            Self::Numbered(numbers) => numbers[sample],
        }
    }

    /// Leaves out the samples that are not marked.
    pub fn keep(&mut self, whole: &[bool]) {
        let left = whole.iter().enumerate().filter(|(_, whole)| **whole).map(|(i, _)| self.at(i));
        *self = Self::Numbered(left.collect());
    }
}

/// Samples and their labels, from one file or two, before the labels' kind is known.
pub(crate) struct Part<'a> {
    pub x: Features<'a>,
    pub y: Target,
}

/// The samples' features.
pub(crate) struct Features<'a> {
    /// Where they are from, as messages call it.
    pub source: String,
    /// What they are.
    pub values: FeatureValues<'a>,
    /// The sign before fractions where a number could be read either way.
    pub usual: Option<Decimal>,
    /// The axes of a sample in the file, all of which were flattened to one.
    pub axes: Axes,
    /// The number of each row, as messages count.
    pub rows: Rows,
}

/// What stands for the features of samples.
pub(crate) enum FeatureValues<'a> {
    /// Numbers of an array, samples x features; NaN is a missing one.
    Array(CowArray<'a, f64, Ix2>),
    /// Columns of a table, of which the features are made.
    Columns(Vec<Given>),
}

/// A column of a table that features may be made of.
pub(crate) struct Given {
    /// Its name, if the file has names.
    pub name: Option<String>,
    /// Its position in the file, from 0.
    pub position: usize,
    /// Whether somebody asked for it by its name or position, so that it is not for the program to leave out.
    pub is_asked_for: bool,
    /// Its cells.
    pub cells: Column,
}

impl Given {
    /// How messages call it.
    pub fn called(&self) -> String {
        called(self.name.as_ref().map(std::slice::from_ref), if self.name.is_some() { 0 } else { self.position })
    }
}

/// The samples' labels.
pub(crate) struct Target {
    /// Where they are from, as messages call it.
    pub source: String,
    /// How notes call them: `label column "species"`.
    pub name: String,
    /// Their columns, if they have some: one for each column of numbers.
    pub columns: Vec<LabelColumn>,
    /// One row per sample.
    pub labels: Labels,
    /// The number of each row, as messages count.
    pub rows: Rows,
}

impl Target {
    /// The error of one label.
    pub fn error(&self, sample: usize, problem: impl Into<String>) -> DataError {
        let (file, row, problem) = (self.source.clone(), self.rows.at(sample), problem.into());
        match self.columns.as_slice() {
            [column] => DataError::Cell { file, row, column: column.called(), problem },
            _ => DataError::Row { file, row, problem },
        }
    }
}

/// A column that holds labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LabelColumn {
    /// Its name, if the file has names.
    pub name: Option<String>,
    /// Its position in the file, from 0.
    pub position: usize,
}

impl LabelColumn {
    /// Of a file with these names, if it has names.
    pub fn at(names: Option<&[String]>, position: usize) -> Self {
        Self { name: names.and_then(|names| names.get(position)).cloned(), position }
    }

    /// How messages call it.
    pub fn called(&self) -> String {
        called(self.name.as_ref().map(std::slice::from_ref), if self.name.is_some() { 0 } else { self.position })
    }

    /// Its name, or its position where the file has no names.
    pub fn key(&self) -> String {
        self.name.clone().unwrap_or_else(|| self.position.to_string())
    }
}

/// How messages call a column.
pub(crate) fn called(names: Option<&[String]>, position: usize) -> String {
    match names.and_then(|names| names.get(position)) {
        Some(name) => format!("\"{}\"", words::foreign(name)),
        None => format!("{position} (the first is 0)"),
    }
}

/// Names for a message; the middle is left out when there are many.
pub(crate) fn listed(names: &[String]) -> String {
    const SHOWN: usize = 12;
    // With a comma in a name nobody could tell how many there are.
    let has_commas = names.iter().any(|name| name.contains(','));
    let shown = |name: &String| {
        let name = words::foreign(name);
        if has_commas { format!("\"{name}\"") } else { name }
    };
    let joined = |names: &[String]| names.iter().map(shown).collect::<Vec<_>>().join(", ");
    if names.len() <= SHOWN {
        return joined(names);
    }
    let mut text = joined(&names[..SHOWN - 2]);
    let _ = write!(text, ", ..., {}", shown(&names[names.len() - 1]));
    text
}
