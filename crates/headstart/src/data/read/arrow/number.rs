//! Numbers and text in a column's bytes.

use super::problem::Problem;
use crate::data::read::cells::Cell;
use half::f16;

/// The bytes of a number.
fn number(data: &[u8], row: usize, size: usize) -> Result<&[u8], Problem> {
    let start = row.checked_mul(size).ok_or(Problem::Damaged)?;
    data.get(start..).and_then(|rest| rest.get(..size)).ok_or(Problem::Damaged)
}

pub fn unsigned(data: &[u8], row: usize, size: usize) -> Result<i128, Problem> {
    Ok(number(data, row, size)?.iter().rev().fold(0, |value, &byte| value << 8 | i128::from(byte)))
}

pub fn signed(data: &[u8], row: usize, size: usize) -> Result<i128, Problem> {
    let unused = 128 - 8 * size as u32;
    Ok(unsigned(data, row, size)? << unused >> unused)
}

/// A signed number, as the nearest float64, of up to 256 bits.
pub fn wide(data: &[u8], row: usize, size: usize) -> Result<f64, Problem> {
    if size <= 16 {
        return Ok(signed(data, row, size)? as f64);
    }
    let (low, high) = (unsigned(data, 2 * row, 16)?, signed(data, 2 * row + 1, 16)?);
    // Most fit into the lower half, whose sign is then all that is in the other.
    let fits = high == low >> 127;
    Ok(if fits { low as f64 } else { high as f64 * 2f64.powi(128) + low.cast_unsigned() as f64 })
}

pub fn float(data: &[u8], row: usize, size: usize) -> Result<f64, Problem> {
    let bits = unsigned(data, row, size)?;
    Ok(match size {
        2 => f16::from_bits(bits as u16).to_f64(),
        4 => f64::from(f32::from_bits(bits as u32)),
        _ => f64::from_bits(bits as u64),
    })
}

pub fn text(data: &[u8], start: i128, end: i128) -> Result<Cell<'_>, Problem> {
    let range = usize::try_from(start).ok().zip(usize::try_from(end).ok());
    let bytes = range.and_then(|(start, end)| data.get(start..end)).ok_or(Problem::Damaged)?;
    std::str::from_utf8(bytes).map(Cell::of).map_err(|_| Problem::Damaged)
}
