//! How much a page may still hold.

use std::cell::Cell;

/// What rows of tables may take in bytes, all of a page together: pictures and words need the rest of a megabyte and a half.
const ROWS: usize = 900_000;
/// So many rows stand in every table, whatever room there is.
const LEAST: usize = 50;

/// The room for rows of tables that is left on a page.
#[derive(Debug)]
pub struct Room(Cell<usize>);

impl Default for Room {
    fn default() -> Self {
        Self(Cell::new(ROWS))
    }
}

impl Room {
    /// Whether a row of so many bytes, after so many others in its table, still has room.
    pub fn takes(&self, bytes: usize, before: usize) -> bool {
        let left = self.0.get();
        self.0.set(left.saturating_sub(bytes));
        before < LEAST || bytes <= left
    }
}
