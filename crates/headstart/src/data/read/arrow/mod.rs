//! Arrow IPC, as files (which Feather of version 2 is) and as streams.
//!
//! A stream is read from the front, and a file by the list of its parts at its end: what stands before them may be no stream,
//! as in what Polars writes. Reading is by hand: the crate `arrow-ipc` needs as much time to build as all that reads data here.
//! Source: <https://arrow.apache.org/docs/format/Columnar.html#serialization-and-interprocess-communication-ipc> and the
//! schemas `Message.fbs`, `Schema.fbs` and `File.fbs` there.

mod batch;
mod block;
mod dictionary;
mod field;
mod flat;
mod message;
mod number;
mod problem;
mod rows;
#[cfg(test)]
pub(super) mod tests;

use super::{Format, damaged};
use crate::data::DataError;
use crate::data::content::{Content, Input};
use crate::data::table::Table;
use message::MARK;
use problem::{NAME, Problem};
use rows::read;

pub(super) const FORMAT: Format = Format {
    name: NAME,
    endings: &["arrow", "arrows", "feather", "ipc"],
    recognises: |bytes| bytes.starts_with(MARK),
    read: |input| parse(&input).map(Content::Table),
};

pub(super) fn parse(input: &Input) -> Result<Table, DataError> {
    let file = input.file.as_str();
    read(input).map_err(|problem| match problem {
        Problem::Damaged => damaged(file, NAME, &"its parts do not fit together"),
        Problem::Unsupported(what) => DataError::content(file, what),
        Problem::Refused(error) => error,
    })
}
