//! From a file to its columns.

use super::cells::{Cells, Growing};
use super::pages::{self, check_sizes};
use super::problem::Problem;
use super::wanted::Wanted;
use crate::data::DataError;
use crate::data::content::{Gatherer, Input, Rows};
use crate::data::memory::Budget;
use crate::data::read::{self, unreadable};
use crate::data::table::{Column, Table};
use bytes::Bytes;
use parquet::basic::Encoding;
use parquet::errors::ParquetError;
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::reader::{FileReader, SerializedFileReader};

/// The format's name.
pub const NAME: &str = "Parquet";

pub fn parse(input: Input) -> Result<Table, DataError> {
    let file = input.file.as_str();
    let damaged = |what: String| read::damaged(file, NAME, &what);
    let error = |error: ParquetError| match error.to_string() {
        missing if missing.contains("Disabled feature") => {
            let advice = "its compression is not supported: write it with snappy, gzip, lz4, zstd or none";
            unreadable(file, NAME, &advice)
        }
        other => damaged(other),
    };
    let bytes = Bytes::from(input.bytes);
    pages::check_footer(&bytes).map_err(error)?;
    let reader = SerializedFileReader::new(bytes.clone()).map_err(error)?;
    let about = reader.metadata().file_metadata();
    let schema = about.schema_descr();
    // pandas keeps the names of a table's rows in such columns.
    let used: Vec<usize> =
        (0..schema.num_columns()).filter(|&i| !schema.column(i).name().starts_with("__index_level_")).collect();
    let names: Vec<String> = used.iter().map(|&i| schema.column(i).path().string()).collect();
    let count = usize::try_from(about.num_rows()).map_err(|_| damaged("its number of rows is negative".to_owned()))?;
    if count == 0 {
        return Err(DataError::content(file, "the file has no rows"));
    }
    input.budget.take_shape(file, &[count, names.len().max(1)])?;
    // One column at a time, as cells that may be missing and as numbers.
    input.budget.take_each(file, Some(count), WHILE_READ)?;

    let mut columns: Vec<Result<Growing, String>> = used.iter().map(|_| Ok(Growing::Nothing)).collect();
    let mut start = 0;
    for group in 0..reader.num_row_groups() {
        let group = reader.get_row_group(group).map_err(error)?;
        let rows = usize::try_from(group.metadata().num_rows()).unwrap_or(usize::MAX);
        if rows > count - start {
            return Err(damaged("its parts have more rows than the whole".to_owned()));
        }
        for (column, &at) in columns.iter_mut().zip(&used) {
            let Ok(growing) = column else { continue };
            check_pages(&bytes, group.metadata().column(at), input.budget).map_err(error)?;
            let pages = group.get_column_page_reader(at).map_err(error)?;
            let chunk = group.metadata().column(at);
            let differences = chunk.encodings().any(|encoding| encoding == Encoding::DELTA_BYTE_ARRAY);
            let wanted = Wanted { rows, optional: schema.column(at).max_def_level() > 0, differences };
            let gatherer = || Gatherer::new(file, input.budget);
            match Cells::read(&schema.column(at), pages, &wanted, gatherer) {
                Ok(part) => growing.extend(part, gatherer)?,
                Err(Problem::Refused(error)) => return Err(error),
                Err(Problem::Damaged(what)) => return Err(error(what)),
                Err(Problem::Unsupported(what)) => *column = Err(what),
            }
        }
        start += rows;
    }
    if start != count {
        return Err(damaged(format!("it says it has {count} rows, but it has {start}")));
    }
    input.budget.give_back(WHILE_READ.saturating_mul(count as u64));
    let mut table = Table {
        names: Some(Vec::new()),
        columns: Vec::new(),
        rows: Rows::From(1),
        decimal: None,
        label: None,
        notes: Vec::new(),
    };
    for (column, name) in columns.into_iter().zip(names) {
        match column {
            Ok(growing) => table.columns.push(growing.finish()),
            Err(why) => table.columns.push(Column::Unread { rows: count, why }),
        }
        table.names.get_or_insert_default().push(name);
    }
    Ok(table)
}

/// The bytes that a cell takes while its column is read.
const WHILE_READ: u64 = 32;

/// Refuses pages that claim more than an honest column of this size can hold.
fn check_pages(file: &[u8], column: &ColumnChunkMetaData, budget: &Budget) -> Result<(), ParquetError> {
    /// As much as deflate can shrink data; what a column says of itself counts if it is more.
    const RATIO: u64 = 1032;
    let (start, length) = column.byte_range();
    let end = start.saturating_add(length);
    let bytes =
        usize::try_from(start).ok().zip(usize::try_from(end).ok()).and_then(|(start, end)| file.get(start..end));
    let bytes = bytes.ok_or_else(|| ParquetError::EOF("a column lies outside of the file".to_owned()))?;
    let claimed = u64::try_from(column.uncompressed_size()).unwrap_or(0);
    check_sizes(bytes, claimed.max(length.saturating_mul(RATIO)).min(budget.left()))
}
