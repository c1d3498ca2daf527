//! JSON: records, columns, rows of cells, or a record on each line.
//!
//! What pandas' `to_json` writes as `orient="records"` (also with `lines=True`), `"columns"`, `"index"`, `"split"`, `"table"` and
//! `"values"`. Cells are decoded as they come; nothing is kept but the columns.

mod found;
mod key;
mod reading;
#[cfg(test)]
mod tests;

use super::cells::grow;
use super::{Format, unreadable};
use crate::data::DataError;
use crate::data::content::{Content, Input};
use crate::data::table::Table;
use found::Found;
use reading::{NAME, Place};
use serde::de::IgnoredAny;

pub(super) const FORMAT: Format = Format {
    name: NAME,
    endings: &["json", "jsonl", "ndjson"],
    recognises: |bytes| {
        let mut first = bytes.iter().filter(|byte| !byte.is_ascii_whitespace());
        matches!((first.next(), first.next()), (Some(b'{'), Some(b'"' | b'}')) | (Some(b'['), Some(b'{' | b'[' | b']')))
    },
    read: |input| parse(&input).map(Content::Table),
};

pub(super) fn parse(input: &Input) -> Result<Table, DataError> {
    let (file, budget) = (input.file.as_str(), input.budget);
    let content = std::str::from_utf8(&input.bytes).map_err(|error| unreadable(file, NAME, &error))?;
    let mut found = Found::new(file, budget);
    let mut lines = content.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let Some((_, first)) = lines.next() else { return Err(DataError::content(file, "the file is empty")) };
    let is_lines = lines.next().is_some() && serde_json::from_str::<IgnoredAny>(first).is_ok();
    let mut numbers = None;
    if is_lines {
        let numbers = numbers.insert(Vec::new());
        for (at, line) in content.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            found.line = Some(at + 1);
            found.read(line, Place::Row)?;
            grow(file, budget, numbers, at + 1)?;
        }
    } else {
        found.read(content, Place::All)?;
    }
    found.finish(numbers)
}
