//! Some rows, column by column, each of its parts compressed or not.

use super::block::Block;
use super::field::Kind;
use super::flat::Flat;
use super::problem::{NAME, Problem};
use crate::data::content::Input;
use crate::data::memory::Budget;
use crate::data::read::gzip::read_within;
use std::borrow::Cow;

/// Columns of some rows on their way.
pub struct Batch<'a> {
    file: &'a str,
    budget: &'a Budget,
    pub len: usize,
    body: &'a [u8],
    /// Length of each column, and what else is known of it.
    nodes: std::vec::IntoIter<(i64, i64)>,
    /// Where each part of each column lies in the body.
    buffers: std::vec::IntoIter<(i64, i64)>,
    /// How many parts each column of views has besides those that all have.
    views: std::vec::IntoIter<i64>,
    /// How parts are compressed: 0 lz4, 1 zstd.
    codec: Option<u8>,
}

impl<'a> Batch<'a> {
    pub fn read(input: &'a Input, header: Flat, body: &'a [u8]) -> Result<Self, Problem> {
        let len = usize::try_from(header.i64(0).unwrap_or(0)).map_err(|_| Problem::Damaged)?;
        let pairs = |field: usize| header.pairs(field).ok_or(Problem::Damaged).map(Vec::into_iter);
        let codec = header.table(3).map(|compression| compression.u8(0).unwrap_or(0));
        if codec.is_some_and(|codec| codec > 1) {
            return Err(Problem::Unsupported(
                "it is compressed by neither lz4 nor zstd, which is not supported".to_owned(),
            ));
        }
        let views = header.numbers(4).ok_or(Problem::Damaged)?.into_iter();
        let (file, budget) = (input.file.as_str(), input.budget);
        Ok(Self { file, budget, len, body, nodes: pairs(1)?, buffers: pairs(2)?, views, codec })
    }

    /// The next column.
    pub fn block(&mut self, kind: &Kind) -> Result<Block<'a>, Problem> {
        let (len, _) = self.nodes.next().ok_or(Problem::Damaged)?;
        let len = usize::try_from(len).ok().filter(|len| *len == self.len).ok_or(Problem::Damaged)?;
        if let Kind::PassedOver(passed) = kind {
            let mut buffers = passed.buffers;
            for _ in 0..passed.views {
                let more = self.views.next().and_then(|more| usize::try_from(more).ok()).ok_or(Problem::Damaged)?;
                buffers = buffers.checked_add(more).ok_or(Problem::Damaged)?;
            }
            if passed.nodes - 1 > self.nodes.len() || buffers > self.buffers.len() {
                return Err(Problem::Damaged);
            }
            self.nodes.by_ref().take(passed.nodes - 1).for_each(drop);
            self.buffers.by_ref().take(buffers).for_each(drop);
            return Ok(Block { kind: kind.clone(), len, parts: Vec::new() });
        }
        let parts = match kind {
            Kind::Nothing => 0,
            Kind::Text(_) => 3,
            Kind::Views => {
                let more = self.views.next().and_then(|more| usize::try_from(more).ok());
                more.and_then(|more| more.checked_add(2)).ok_or(Problem::Damaged)?
            }
            _ => 2,
        };
        if parts > 3 + self.buffers.len() {
            return Err(Problem::Damaged);
        }
        let parts = (0..parts).map(|_| self.part()).collect::<Result<_, _>>()?;
        Ok(Block { kind: kind.clone(), len, parts })
    }

    fn part(&mut self) -> Result<Cow<'a, [u8]>, Problem> {
        let (start, length) = self.buffers.next().ok_or(Problem::Damaged)?;
        let (start, length) = (usize::try_from(start), usize::try_from(length));
        let (Ok(start), Ok(length)) = (start, length) else { return Err(Problem::Damaged) };
        let part = self.body.get(start..).and_then(|rest| rest.get(..length)).ok_or(Problem::Damaged)?;
        let (Some(codec), false) = (self.codec, part.is_empty()) else { return Ok(Cow::Borrowed(part)) };
        let (size, packed) = part.split_first_chunk().ok_or(Problem::Damaged)?;
        let size = match i64::from_le_bytes(*size) {
            -1 => return Ok(Cow::Borrowed(packed)),
            size => usize::try_from(size).map_err(|_| Problem::Damaged)?,
        };
        let whole = if codec == 0 {
            read_within(lz4_flex::frame::FrameDecoder::new(packed), 0, self.file, self.budget, NAME)?
        } else {
            self.budget.take_each(self.file, Some(size), 1)?;
            zstd::bulk::decompress(packed, size).map_err(|_| Problem::Damaged)?
        };
        if whole.len() == size { Ok(Cow::Owned(whole)) } else { Err(Problem::Damaged) }
    }
}
