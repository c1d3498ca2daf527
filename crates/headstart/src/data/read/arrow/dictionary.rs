//! Cells that a column has by their positions.

use super::block::Block;
use super::problem::Problem;
use crate::data::memory::Budget;
use crate::data::read::cells::{Cell, Column, grow};

/// The cells that a column has by their positions; they may have come in pieces.
#[derive(Default)]
pub struct Dictionary<'a> {
    pieces: Vec<Block<'a>>,
    /// How many cells there are up to the end of each.
    ends: Vec<usize>,
}

impl<'a> Dictionary<'a> {
    pub fn push(&mut self, piece: Block<'a>) -> Result<(), Problem> {
        let before = self.ends.last().copied().unwrap_or(0);
        self.ends.push(before.checked_add(piece.len).ok_or(Problem::Damaged)?);
        self.pieces.push(piece);
        Ok(())
    }

    /// Adds the cell at a position to a column. What stands for text in it is in `codes`, once it was looked up.
    pub fn cell_into(
        &self,
        at: f64,
        column: &mut Column,
        codes: &mut Vec<Option<u32>>,
        (file, budget): (&str, &Budget),
    ) -> Result<(), Problem> {
        if at < 0.0 {
            return Err(Problem::Damaged);
        }
        let at = at as usize;
        if let Some(Some(code)) = codes.get(at) {
            return Ok(column.push_again(*code)?);
        }
        let nth = self.ends.partition_point(|end| *end <= at);
        let piece = self.pieces.get(nth).ok_or(Problem::Damaged)?;
        let before = self.ends[nth] - piece.len;
        let Cell::Text(text) = piece.cell(at - before)? else { return Ok(column.push(piece.cell(at - before)?)?) };
        let code = column.push_text(text)?;
        // A text takes some bytes in the file, so that there are not many more positions.
        while codes.len() <= at {
            grow(file, budget, codes, None)?;
        }
        codes[at] = code;
        Ok(())
    }
}
