//! Parquet: tables by columns, compressed by Snappy, Gzip, LZ4 or Zstandard, or not.

mod cells;
mod columns;
mod pages;
mod problem;
#[cfg(test)]
pub(super) mod tests;
mod types;
mod wanted;

use super::guard::no_panic;
use super::{Format, unreadable};
use crate::data::content::Content;
use columns::{NAME, parse};

pub(super) const FORMAT: Format = Format {
    name: NAME,
    endings: &["parquet", "pq"],
    recognises: |bytes| bytes.starts_with(b"PAR1"),
    read: |input| {
        let file = input.file.clone();
        // Assertions in the crate fail on damaged metadata and pages.
        no_panic(|| parse(input)).map_err(|panic| unreadable(&file, NAME, &panic))?.map(Content::Table)
    },
};
