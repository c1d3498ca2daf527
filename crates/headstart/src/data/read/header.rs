//! Whether the first row of a table holds the columns' names.

use crate::data::DataError;
use crate::words;

/// The rows below the first that are looked at.
pub(super) const LOOKED_AT: usize = 100;

/// A first row, and what is known of the columns below it.
pub(super) struct First {
    cells: Vec<Cell>,
}

struct Cell {
    /// Whether it is there and no number.
    is_text: bool,
    /// Whether the first cell below that is there is a number.
    over_number: Option<bool>,
    /// Whether it comes again in its column.
    again: bool,
}

impl First {
    /// Of cells that are text, or not.
    pub fn new(are_text: impl IntoIterator<Item = bool>) -> Self {
        let cell = |is_text| Cell { is_text, over_number: None, again: false };
        Self { cells: are_text.into_iter().map(cell).collect() }
    }

    /// Looks at a cell further down. `is_number` says whether it is one; none of a missing cell.
    pub fn look(&mut self, column: usize, is_same: bool, is_number: impl FnOnce() -> Option<bool>) {
        if let Some(first) = self.cells.get_mut(column) {
            first.again |= is_same;
            first.over_number = first.over_number.or_else(is_number);
        }
    }

    /// It is a header if none of its cells is a number, unless one of them is there again in its column below (a class name); or
    /// if a cell of it is text where the first cell below that is not missing is a number.
    pub fn is_header(&self) -> bool {
        self.cells.iter().any(|cell| cell.is_text && cell.over_number == Some(true))
            || self.cells.iter().all(|cell| cell.is_text && !cell.again)
    }
}

/// What to say of a table without a header.
pub(super) fn none(file: &str) -> String {
    format!("{} has no header: its first row is taken as data", words::in_a_line(file))
}

/// The error of a table without rows; `what` is what it is a table in.
pub(super) fn alone(file: &str, what: &str, has_header: bool) -> DataError {
    let only = if has_header { "a header and no rows" } else { "no rows" };
    DataError::content(file, format!("the {what} has {only}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_text_that_does_not_come_again_or_is_above_numbers() {
        let is_header = |first: &[&str], below: &[&[&str]]| {
            let number = |cell: &str| cell.parse::<f64>().is_ok();
            let mut row = First::new(first.iter().map(|cell| !cell.is_empty() && !number(cell)));
            for cells in below {
                for (j, cell) in cells.iter().enumerate() {
                    row.look(j, *cell == first[j], || (!cell.is_empty()).then(|| number(cell)));
                }
            }
            row.is_header()
        };
        assert!(is_header(&["a", "b"], &[&["x", "y"]]));
        assert!(!is_header(&["a", "b"], &[&["x", "y"], &["x", "b"]]));
        assert!(is_header(&["a", "1"], &[&["", "2"], &["3", "4"]]));
        assert!(!is_header(&["a", "1"], &[&["x", "2"], &["3", "4"]]));
        assert!(!is_header(&["", "b"], &[&["1", "x"]]));
    }
}
