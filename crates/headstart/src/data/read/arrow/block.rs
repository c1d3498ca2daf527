//! The cells of a column in some rows.

use super::field::Kind;
use super::number::{float, signed, text, unsigned, wide};
use super::problem::Problem;
use crate::data::read::cells::Cell;
use std::borrow::Cow;

/// The cells of a column in some rows.
pub struct Block<'a> {
    pub kind: Kind,
    pub len: usize,
    /// Which cells are there, a bit for each (nothing at all if all are), and what they are.
    pub parts: Vec<Cow<'a, [u8]>>,
}

impl Block<'_> {
    pub fn cell(&self, row: usize) -> Result<Cell<'_>, Problem> {
        let bit = |part: &[u8]| part.get(row / 8).map(|byte| byte >> (row % 8) & 1 == 1).ok_or(Problem::Damaged);
        let Some(there) = self.parts.first() else { return Ok(Cell::Missing) };
        if !there.is_empty() && !bit(there)? {
            return Ok(Cell::Missing);
        }
        let data = &*self.parts[1];
        Ok(match self.kind {
            Kind::Nothing | Kind::PassedOver(_) => Cell::Missing,
            Kind::Bool => Cell::whole(bit(data)?.into()),
            Kind::Signed(size) => Cell::whole(signed(data, row, size)?),
            Kind::Unsigned(size) => Cell::whole(unsigned(data, row, size)?),
            Kind::Float(size) => Cell::Number(float(data, row, size)?, false),
            Kind::Scaled(size, unit) => Cell::Number(wide(data, row, size)? / unit, false),
            Kind::Time(size, seconds, units) => Cell::Time(wide(data, row, size)? * seconds / units),
            Kind::Text(size) => {
                let (start, end) = (unsigned(data, row, size)?, unsigned(data, row + 1, size)?);
                text(&self.parts[2], start, end)?
            }
            Kind::Views => self.view(data, row)?,
        })
    }

    /// Up to twelve bytes of text are in the view itself, others in one of the parts.
    fn view(&self, views: &[u8], row: usize) -> Result<Cell<'_>, Problem> {
        let at = |nth: usize| unsigned(views, 4 * row + nth, 4);
        let length = at(0)?;
        if length <= 12 {
            let start = 16 * row as i128 + 4;
            return text(&self.parts[1], start, start + length);
        }
        let part =
            usize::try_from(at(2)?).ok().and_then(|part| self.parts.get(2..)?.get(part)).ok_or(Problem::Damaged)?;
        let start = at(3)?;
        text(part, start, start + length)
    }
}
