//! Parquet: tables by columns, compressed by Snappy, Gzip, LZ4 or Zstandard, or not.

mod pages;

use bytes::Bytes;
use half::f16;
use ndarray::{Array2, ArrayView1, s};
use parquet::basic::{ConvertedType, LogicalType, Type};
use parquet::column::page::PageReader;
use parquet::column::reader::{ColumnReader, ColumnReaderImpl, get_column_reader};
use parquet::data_type::DataType;
use parquet::errors::ParquetError;
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::schema::types::ColumnDescPtr;

use self::pages::{Checked, check_sizes};
use super::guard::no_panic;
use super::{Format, unreadable};
use crate::data::DataError;
use crate::data::content::{Content, Input, Labels, Table, column_name, label_position};
use crate::data::memory::Budget;

pub(super) const FORMAT: Format = Format {
    name: "Parquet",
    endings: &["parquet", "pq"],
    recognises: |bytes| bytes.starts_with(b"PAR1"),
    read: |input| {
        let file = input.file.clone();
        // Assertions in the crate fail on damaged metadata and pages.
        no_panic(|| parse(input)).map_err(|panic| unreadable(&file, FORMAT.name, &panic))?.map(Content::Table)
    },
};

fn parse(input: Input) -> Result<Table, DataError> {
    let file = input.file.as_str();
    let damaged = |what: String| unreadable(file, FORMAT.name, &format!("{what} (is it cut off or damaged?)"));
    let error = |error: ParquetError| match error.to_string() {
        missing if missing.contains("Disabled feature") => {
            let advice = "its compression is not supported: write it with snappy, gzip, lz4, zstd or none";
            unreadable(file, FORMAT.name, &advice)
        }
        other => damaged(other),
    };
    let bytes = Bytes::from(input.bytes);
    let reader = SerializedFileReader::new(bytes.clone()).map_err(error)?;
    let about = reader.metadata().file_metadata();
    let schema = about.schema_descr();
    // pandas keeps the names of a table's rows in such columns.
    let used: Vec<usize> =
        (0..schema.num_columns()).filter(|&i| !schema.column(i).name().starts_with("__index_level_")).collect();
    let names: Vec<String> = used.iter().map(|&i| schema.column(i).path().string()).collect();
    let label = label_position(file, Some(&names), names.len(), &input.wanted.label)?;
    let count = usize::try_from(about.num_rows()).map_err(|_| damaged("its number of rows is negative".to_owned()))?;
    if count == 0 {
        return Err(DataError::content(file, "the file has no rows"));
    }
    input.budget.check_shape(file, &[count, names.len().max(1)])?;

    let mut x = Array2::zeros((count, names.len() - usize::from(label.is_some())));
    let mut y = Column::Numbers(Vec::new());
    let mut start = 0;
    for group in 0..reader.num_row_groups() {
        let group = reader.get_row_group(group).map_err(error)?;
        let rows = usize::try_from(group.metadata().num_rows()).unwrap_or(usize::MAX);
        if rows > count - start {
            return Err(damaged("its parts have more rows than the whole".to_owned()));
        }
        let mut feature = 0;
        for (j, &at) in used.iter().enumerate() {
            check_pages(&bytes, group.metadata().column(at), input.budget).map_err(error)?;
            let pages = group.get_column_page_reader(at).map_err(error)?;
            let column = Column::read(&schema.column(at), pages, rows).map_err(|problem| match problem {
                Problem::Unsupported(what) => {
                    DataError::content(file, format!("column {}: {what}", column_name(Some(&names), j)))
                }
                Problem::Damaged(what) => error(what),
            })?;
            if label == Some(j) {
                y = y.then(column);
                continue;
            }
            let values = column.numbers().map_err(|(row, text)| DataError::Cell {
                file: file.to_owned(),
                row: start + row + 1,
                column: column_name(Some(&names), j),
                problem: format!(
                    "\"{text}\" is not a number: features have to be numbers (encode the column, or leave it out)"
                ),
            })?;
            x.slice_mut(s![start..start + rows, feature]).assign(&ArrayView1::from(&values));
            feature += 1;
        }
        start += rows;
    }
    if start != count {
        return Err(damaged(format!("it says it has {count} rows, but it has {start}")));
    }
    let y = label.map(|label| (column_name(Some(&names), label), y.labels()));
    let mut columns = names;
    if let Some(label) = label {
        columns.remove(label);
    }
    Ok(Table { columns: Some(columns), x, y, rows: (1..=count).collect(), notes: Vec::new() })
}

/// Refuses pages that claim more than an honest column of this size can hold.
fn check_pages(file: &[u8], column: &ColumnChunkMetaData, budget: Budget) -> Result<(), ParquetError> {
    /// As much as deflate can shrink data; what a column says of itself counts if it is more.
    const RATIO: u64 = 1032;
    let (start, length) = column.byte_range();
    let end = start.saturating_add(length);
    let bytes =
        usize::try_from(start).ok().zip(usize::try_from(end).ok()).and_then(|(start, end)| file.get(start..end));
    let bytes = bytes.ok_or_else(|| ParquetError::EOF("a column lies outside of the file".to_owned()))?;
    let claimed = u64::try_from(column.uncompressed_size()).unwrap_or(0);
    check_sizes(bytes, claimed.max(length.saturating_mul(RATIO)).min(budget.0))
}

/// Why a column cannot be read.
enum Problem {
    Unsupported(String),
    Damaged(ParquetError),
}

/// One column of a part of the rows.
enum Column {
    /// NaN where there is none.
    Numbers(Vec<f64>),
    Text(Vec<Option<String>>),
}

impl Column {
    fn read(about: &ColumnDescPtr, pages: Box<dyn PageReader>, rows: usize) -> Result<Self, Problem> {
        let unsupported = |what: &str| Err(Problem::Unsupported(format!("{what} are not supported")));
        if about.max_rep_level() > 0 || about.path().parts().len() > 1 {
            return unsupported("lists and other nested columns");
        }
        if is_time(about) {
            return unsupported("dates and times");
        }
        let half = about.logical_type_ref() == Some(&LogicalType::Float16);
        let unsigned = is_unsigned(about);
        let decimal = about.converted_type() == ConvertedType::DECIMAL
            || matches!(about.logical_type_ref(), Some(LogicalType::Decimal(_)));
        let unit = if decimal { 10f64.powi(about.type_scale()) } else { 1.0 };
        let wanted = Wanted { rows, optional: about.max_def_level() > 0 };
        match get_column_reader(about.clone(), Box::new(Checked(pages))) {
            ColumnReader::BoolColumnReader(reader) => wanted.numbers(reader, |&value| f64::from(u8::from(value))),
            ColumnReader::Int32ColumnReader(reader) if unsigned => {
                wanted.numbers(reader, |&value| f64::from(value.cast_unsigned()))
            }
            ColumnReader::Int32ColumnReader(reader) => wanted.numbers(reader, |&value| f64::from(value) / unit),
            ColumnReader::Int64ColumnReader(reader) if unsigned => {
                wanted.numbers(reader, |&value| value.cast_unsigned() as f64)
            }
            ColumnReader::Int64ColumnReader(reader) => wanted.numbers(reader, |&value| value as f64 / unit),
            ColumnReader::FloatColumnReader(reader) => wanted.numbers(reader, |&value| f64::from(value)),
            ColumnReader::DoubleColumnReader(reader) => wanted.numbers(reader, |&value| value),
            ColumnReader::FixedLenByteArrayColumnReader(reader) if half => wanted.numbers(reader, |value| {
                value.data().try_into().map_or(f64::NAN, |bytes| f16::from_le_bytes(bytes).to_f64())
            }),
            ColumnReader::ByteArrayColumnReader(reader) if !decimal => {
                let text = |bytes: &[u8]| std::str::from_utf8(bytes).ok().map(str::to_owned);
                let cells = wanted.cells(reader, |value| text(value.data()))?;
                if cells.contains(&Some(None)) {
                    return unsupported("bytes that are not UTF-8 text");
                }
                Ok(Self::Text(cells.into_iter().map(Option::flatten).collect()))
            }
            _ => unsupported("elements of its type"),
        }
    }

    /// The numbers in it, or the first text and its position.
    fn numbers(self) -> Result<Vec<f64>, (usize, String)> {
        match self {
            Self::Numbers(values) => Ok(values),
            Self::Text(cells) => match cells.iter().position(Option::is_some) {
                Some(first) => Err((first, cells.into_iter().flatten().next().unwrap_or_default())),
                None => Ok(vec![f64::NAN; cells.len()]),
            },
        }
    }

    /// This column with that of the following rows.
    fn then(self, next: Self) -> Self {
        match (self, next) {
            (Self::Numbers(mut values), Self::Numbers(more)) => {
                values.extend(more);
                Self::Numbers(values)
            }
            (Self::Text(mut cells), Self::Text(more)) => {
                cells.extend(more);
                Self::Text(cells)
            }
            // All parts of a column have one type; before the first there is nothing.
            (_, next) => next,
        }
    }

    fn labels(self) -> Labels {
        match self {
            Self::Numbers(values) => Labels::Numbers(Array2::from_shape_fn((values.len(), 1), |(i, _)| values[i])),
            Self::Text(cells) => {
                Labels::Text(cells.into_iter().map(|cell| cell.filter(|text| !text.is_empty())).collect())
            }
        }
    }
}

/// Whether the column holds dates or times.
fn is_time(about: &ColumnDescPtr) -> bool {
    use ConvertedType as Old;
    let old =
        [Old::DATE, Old::TIME_MILLIS, Old::TIME_MICROS, Old::TIMESTAMP_MILLIS, Old::TIMESTAMP_MICROS, Old::INTERVAL];
    let new = about.logical_type_ref();
    matches!(new, Some(LogicalType::Date | LogicalType::Time(_) | LogicalType::Timestamp(_)))
        || old.contains(&about.converted_type())
        || about.physical_type() == Type::INT96
}

/// Whether the column's integers, which are stored as signed ones, are not.
fn is_unsigned(about: &ColumnDescPtr) -> bool {
    use ConvertedType::{UINT_8, UINT_16, UINT_32, UINT_64};
    if let Some(LogicalType::Integer(kind)) = about.logical_type_ref() {
        return !kind.is_signed;
    }
    matches!(about.converted_type(), UINT_8 | UINT_16 | UINT_32 | UINT_64)
}

/// How much of a column is wanted.
struct Wanted {
    rows: usize,
    /// Whether cells may be missing.
    optional: bool,
}

impl Wanted {
    fn numbers<T: DataType>(
        &self,
        reader: ColumnReaderImpl<T>,
        to_f64: impl Fn(&T::T) -> f64,
    ) -> Result<Column, Problem> {
        let cells = self.cells(reader, to_f64)?;
        Ok(Column::Numbers(cells.into_iter().map(|cell| cell.unwrap_or(f64::NAN)).collect()))
    }

    /// All cells, `None` for those that are missing; in steps, so that memory grows with what is there and not with
    /// what is claimed.
    fn cells<T: DataType, C>(
        &self,
        mut reader: ColumnReaderImpl<T>,
        convert: impl Fn(&T::T) -> C,
    ) -> Result<Vec<Option<C>>, Problem> {
        const STEP: usize = 8192;
        let (mut cells, mut values, mut levels) = (Vec::new(), Vec::new(), Vec::new());
        while cells.len() < self.rows {
            values.clear();
            levels.clear();
            let step = STEP.min(self.rows - cells.len());
            let levels_wanted = self.optional.then_some(&mut levels);
            let (records, _, _) =
                reader.read_records(step, levels_wanted, None, &mut values).map_err(Problem::Damaged)?;
            if records == 0 {
                let what = format!("a column ends after {} of {} rows", cells.len(), self.rows);
                return Err(Problem::Damaged(ParquetError::EOF(what)));
            }
            let mut present = values.iter().map(&convert);
            if self.optional {
                cells.extend(levels.iter().map(|&level| if level > 0 { present.next() } else { None }));
            } else {
                cells.extend(present.map(Some));
            }
        }
        if cells.len() > self.rows {
            let what = format!("a column has {} rows and not {}", cells.len(), self.rows);
            return Err(Problem::Damaged(ParquetError::General(what)));
        }
        Ok(cells)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::sync::Arc;

    use ndarray::array;
    use parquet::basic::{Compression, GzipLevel, ZstdLevel};
    use parquet::column::writer::ColumnWriter;
    use parquet::data_type::ByteArray;
    use parquet::file::properties::WriterProperties;
    use parquet::file::writer::SerializedFileWriter;
    use parquet::schema::parser::parse_message_type;

    use super::*;
    use crate::data::content::Wanted as Asked;

    /// Columns `a` (float64, may be missing), `b` (unsigned 8 bit), `kind` (text), in one or two row groups.
    pub(in crate::data) fn parquet(
        rows: &[(Option<f64>, u8, &str)],
        groups: usize,
        compression: Compression,
    ) -> Vec<u8> {
        let schema = "message m { optional double a; required int32 b (UINT_8); required binary kind (UTF8); }";
        let schema = Arc::new(parse_message_type(schema).unwrap());
        let properties = Arc::new(WriterProperties::builder().set_compression(compression).build());
        let mut writer = SerializedFileWriter::new(Vec::new(), schema, properties).unwrap();
        for rows in rows.chunks(rows.len().div_ceil(groups).max(1)) {
            let mut group = writer.next_row_group().unwrap();
            while let Some(mut column) = group.next_column().unwrap() {
                match column.untyped() {
                    ColumnWriter::DoubleColumnWriter(writer) => {
                        let values: Vec<f64> = rows.iter().filter_map(|row| row.0).collect();
                        let levels: Vec<i16> = rows.iter().map(|row| i16::from(row.0.is_some())).collect();
                        writer.write_batch(&values, Some(&levels), None).unwrap();
                    }
                    ColumnWriter::Int32ColumnWriter(writer) => {
                        let values: Vec<i32> = rows.iter().map(|row| i32::from(row.1)).collect();
                        writer.write_batch(&values, None, None).unwrap();
                    }
                    ColumnWriter::ByteArrayColumnWriter(writer) => {
                        let values: Vec<ByteArray> = rows.iter().map(|row| row.2.into()).collect();
                        writer.write_batch(&values, None, None).unwrap();
                    }
                    _ => unreachable!(),
                }
                column.close().unwrap();
            }
            group.close().unwrap();
        }
        writer.into_inner().unwrap()
    }

    const ROWS: [(Option<f64>, u8, &str); 3] = [(Some(1.5), 255, "cat"), (None, 0, "dog"), (Some(2.5), 7, "cat")];

    fn read(bytes: Vec<u8>, label: &str) -> Result<Table, DataError> {
        let label = crate::data::content::LabelColumn::Named(label.into());
        let wanted = Asked { label, ..Asked::default() };
        parse(Input { file: "a.parquet".into(), bytes, wanted: &wanted, budget: Budget(1_000_000) })
    }

    #[test]
    fn columns_of_several_types() {
        let zstd = Compression::ZSTD(ZstdLevel::default());
        let gzip = Compression::GZIP(GzipLevel::default());
        for compression in [Compression::UNCOMPRESSED, Compression::SNAPPY, zstd, gzip, Compression::LZ4_RAW] {
            for groups in [1, 2] {
                let table = read(parquet(&ROWS, groups, compression), "kind").unwrap();
                assert_eq!(table.columns, Some(vec!["a".into(), "b".into()]));
                assert!(table.x[[1, 0]].is_nan());
                assert_eq!(table.x.column(1).to_vec(), [255.0, 0.0, 7.0]);
                assert_eq!(table.x.column(0)[2], 2.5);
                let labels = ["cat", "dog", "cat"].map(|name| Some(name.to_owned())).to_vec();
                assert_eq!(table.y, Some(("\"kind\"".into(), Labels::Text(labels))));
            }
        }
    }

    #[test]
    fn label_elsewhere_and_text_features() {
        let error = read(parquet(&ROWS, 2, Compression::SNAPPY), "b").err().unwrap().to_string();
        assert!(error.starts_with("a.parquet, row 1, column \"kind\": \"cat\" is not a number: features"), "{error}");
        assert!(read(parquet(&ROWS, 1, Compression::SNAPPY), "c").err().unwrap().is_usage());
    }

    #[test]
    fn no_rows_and_damage() {
        let none = read(parquet(&[], 1, Compression::SNAPPY), "kind").err().unwrap().to_string();
        assert_eq!(none, "a.parquet: the file has no rows");
        let whole = parquet(&ROWS, 1, Compression::SNAPPY);
        let error = read(whole[..whole.len() - 20].to_vec(), "kind").err().unwrap().to_string();
        assert!(error.starts_with("a.parquet cannot be read as Parquet: "), "{error}");
    }

    #[test]
    fn a_number_as_label() {
        let schema = Arc::new(parse_message_type("message m { required int64 x; required boolean y; }").unwrap());
        let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::default()).unwrap();
        let mut group = writer.next_row_group().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<parquet::data_type::Int64Type>().write_batch(&[-1, 2], None, None).unwrap();
        column.close().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<parquet::data_type::BoolType>().write_batch(&[true, false], None, None).unwrap();
        column.close().unwrap();
        group.close().unwrap();
        let table = read(writer.into_inner().unwrap(), "-1").unwrap();
        assert_eq!(table.x, array![[-1.0], [2.0]]);
        assert_eq!(table.y.unwrap().1, Labels::Numbers(array![[1.0], [0.0]]));
    }
}
