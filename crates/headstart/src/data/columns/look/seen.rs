//! A column that was looked at.

use super::cells::{Cells, Manner};
use super::facts::facts;
use crate::data::columns::{Facts, Reason};
use crate::data::content::Given;

/// A column that was looked at.
pub(crate) struct Seen {
    /// As it was given; its cells are in [`Seen::cells`].
    pub given: Given,
    /// The cells as what they are.
    pub cells: Cells,
    /// How they are to be read.
    pub manner: Manner,
    /// Why it is left out, if that is seen at once.
    pub left_out: Option<Reason>,
    /// What is in it.
    pub facts: Facts,
    /// Words for what is not known that were taken as missing.
    pub unknown_words: Vec<String>,
    /// Whether the numbers or dates could be meant otherwise.
    pub is_ambiguous: bool,
}

impl Seen {
    /// Of a column that nothing can be made of.
    pub(super) fn unread(given: Given, why: String) -> Self {
        let facts = Facts { kind: "not read", missing: 0, range: None, distinct: None };
        let (cells, left_out) = (Cells::Numbers(Vec::new()), Some(Reason::Unread));
        let unknown_words = vec![why];
        Self { given, cells, manner: Manner::Names, left_out, facts, unknown_words, is_ambiguous: false }
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        match &self.cells {
            Cells::Numbers(values) => values.len(),
            Cells::Text(names) => names.len(),
        }
    }

    /// Whether a cell is missing.
    pub fn is_missing(&self, row: usize) -> bool {
        match &self.cells {
            Cells::Numbers(values) => !values[row].is_finite(),
            Cells::Text(names) => names.level(row).is_none(),
        }
    }

    /// The number in a cell; none of text.
    pub fn number(&self, row: usize) -> Option<f64> {
        match &self.cells {
            Cells::Numbers(values) => Some(values[row]),
            Cells::Text(_) => None,
        }
    }

    /// Leaves out the rows that are not marked.
    pub fn keep(&mut self, whole: &[bool]) {
        match &mut self.cells {
            Cells::Numbers(values) => {
                let mut whole = whole.iter();
                values.retain(|_| whole.next().is_some_and(|&whole| whole));
            }
            Cells::Text(names) => names.keep(whole),
        }
        if self.left_out != Some(Reason::Unread) {
            self.facts = facts(&self.cells, &self.manner);
        }
    }
}
