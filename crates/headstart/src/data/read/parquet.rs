//! Parquet: tables by columns, compressed by Snappy, Gzip, LZ4 or Zstandard, or not.

mod pages;

use bytes::Bytes;
use half::f16;
use parquet::basic::{ConvertedType, Encoding, LogicalType, TimeUnit, Type};
use parquet::column::page::PageReader;
use parquet::column::reader::{ColumnReader, ColumnReaderImpl, get_column_reader};
use parquet::data_type::DataType;
use parquet::errors::ParquetError;
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::schema::types::ColumnDescPtr;

use self::pages::{Checked, check_sizes};
use super::guard::no_panic;
use super::scalar::is_exact;
use super::{Format, unreadable};
use crate::data::DataError;
use crate::data::content::{Content, Gatherer, Input, Names, Rows};
use crate::data::memory::Budget;
use crate::data::table::{Column, Table};

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

/// Why a column cannot be read.
enum Problem {
    Refused(DataError),
    Unsupported(String),
    Damaged(ParquetError),
}

/// One column of a part of the rows.
enum Cells {
    /// NaN where there is none.
    Numbers {
        values: Vec<f64>,
        rounded: bool,
    },
    Times(Vec<f64>),
    Text(Names),
}

impl Cells {
    fn read(
        about: &ColumnDescPtr,
        pages: Box<dyn PageReader>,
        wanted: &Wanted,
        names: impl FnOnce() -> Gatherer,
    ) -> Result<Self, Problem> {
        let unsupported = |what: &str| Err(Problem::Unsupported(format!("{what} are not supported")));
        if about.max_rep_level() > 0 || about.path().parts().len() > 1 {
            return unsupported("lists and other nested columns");
        }
        if about.converted_type() == ConvertedType::INTERVAL {
            return unsupported("durations");
        }
        let time = Time::of(about);
        let half = about.logical_type_ref() == Some(&LogicalType::Float16);
        let unsigned = is_unsigned(about);
        let decimal = about.converted_type() == ConvertedType::DECIMAL
            || matches!(about.logical_type_ref(), Some(LogicalType::Decimal(_)));
        let unit = if decimal { 10f64.powi(about.type_scale()) } else { 1.0 };
        let &Wanted { rows, optional, differences } = wanted;
        let reader = get_column_reader(about.clone(), Box::new(Checked { pages, rows, optional, differences }));
        if let Some(time) = time {
            let values = match reader {
                ColumnReader::Int32ColumnReader(reader) => wanted.numbers(reader, |&value| time.read(value.into())),
                ColumnReader::Int64ColumnReader(reader) => wanted.numbers(reader, |&value| time.read(value)),
                ColumnReader::Int96ColumnReader(reader) => wanted.numbers(reader, |value| {
                    // The day, and the nanoseconds in it.
                    value.to_seconds() as f64 + value.to_nanos().rem_euclid(1_000_000_000) as f64 / 1e9
                }),
                _ => return unsupported("elements of its type"),
            }?;
            return Ok(if time.of_day { Self::Numbers { values, rounded: false } } else { Self::Times(values) });
        }
        let mut rounded = false;
        let mut whole = |value: i128| {
            rounded |= !is_exact(value);
            value as f64
        };
        let values = match reader {
            ColumnReader::BoolColumnReader(reader) => wanted.numbers(reader, |&value| f64::from(u8::from(value))),
            ColumnReader::Int32ColumnReader(reader) if unsigned => {
                wanted.numbers(reader, |&value| f64::from(value.cast_unsigned()))
            }
            ColumnReader::Int32ColumnReader(reader) => wanted.numbers(reader, |&value| f64::from(value) / unit),
            ColumnReader::Int64ColumnReader(reader) if unsigned => {
                wanted.numbers(reader, |&value| whole(value.cast_unsigned().into()))
            }
            ColumnReader::Int64ColumnReader(reader) if decimal => wanted.numbers(reader, |&value| value as f64 / unit),
            ColumnReader::Int64ColumnReader(reader) => wanted.numbers(reader, |&value| whole(value.into())),
            ColumnReader::FloatColumnReader(reader) => wanted.numbers(reader, |&value| f64::from(value)),
            ColumnReader::DoubleColumnReader(reader) => wanted.numbers(reader, |&value| value),
            ColumnReader::FixedLenByteArrayColumnReader(reader) if half => wanted.numbers(reader, |value| {
                value.data().try_into().map_or(f64::NAN, |bytes| f16::from_le_bytes(bytes).to_f64())
            }),
            ColumnReader::FixedLenByteArrayColumnReader(reader) if decimal => {
                wanted.numbers(reader, |value| big_endian(value.data()) / unit)
            }
            ColumnReader::ByteArrayColumnReader(reader) if decimal => {
                wanted.numbers(reader, |value| big_endian(value.data()) / unit)
            }
            ColumnReader::ByteArrayColumnReader(reader) => {
                let mut names = names();
                wanted.cells(reader, |value| {
                    let Ok(text) = std::str::from_utf8(value.map_or(&[], |value| value.data())) else {
                        return Err(Problem::Unsupported("bytes that are not UTF-8 text are not supported".to_owned()));
                    };
                    names.push(text).map_err(Problem::Refused)
                })?;
                return Ok(Self::Text(names.finish()));
            }
            _ => return unsupported("elements of its type"),
        }?;
        Ok(Self::Numbers { values, rounded })
    }
}

/// A column on its way, part by part: all of them have one type.
enum Growing {
    Nothing,
    Numbers { values: Vec<f64>, rounded: bool },
    Times(Vec<f64>),
    Text(Gatherer),
}

impl Growing {
    /// Adds the following rows.
    fn extend(&mut self, part: Cells, gatherer: impl FnOnce() -> Gatherer) -> Result<(), DataError> {
        match (&mut *self, part) {
            (Self::Numbers { values, rounded }, Cells::Numbers { values: more, rounded: new }) => {
                values.extend(more);
                *rounded |= new;
            }
            (Self::Times(values), Cells::Times(more)) => values.extend(more),
            (Self::Text(names), Cells::Text(more)) => return names.extend(&more),
            (_, Cells::Numbers { values, rounded }) => *self = Self::Numbers { values, rounded },
            (_, Cells::Times(values)) => *self = Self::Times(values),
            (_, Cells::Text(more)) => {
                let mut names = gatherer();
                names.extend(&more)?;
                *self = Self::Text(names);
            }
        }
        Ok(())
    }

    fn finish(self) -> Column {
        match self {
            Self::Nothing => Column::Numbers { values: Vec::new(), rounded: false },
            Self::Numbers { values, rounded } => Column::Numbers { values, rounded },
            Self::Times(values) => Column::Times(values),
            Self::Text(names) => Column::Text(names.finish()),
        }
    }
}

/// A type of points in time: seconds since 1970, or hours since midnight.
struct Time {
    /// What a number of the file is, in seconds.
    unit: f64,
    of_day: bool,
}

impl Time {
    /// None if the column holds no dates or times.
    fn of(about: &ColumnDescPtr) -> Option<Self> {
        use ConvertedType as Old;
        let seconds = |unit: &TimeUnit| match unit {
            TimeUnit::MILLIS => 1e-3,
            TimeUnit::MICROS => 1e-6,
            TimeUnit::NANOS => 1e-9,
        };
        let moment = |unit| Some(Self { unit, of_day: false });
        let of_day = |unit: f64| Some(Self { unit, of_day: true });
        match about.logical_type_ref() {
            Some(LogicalType::Date) => return moment(86_400.0),
            Some(LogicalType::Timestamp(kind)) => return moment(seconds(&kind.unit)),
            Some(LogicalType::Time(kind)) => return of_day(seconds(&kind.unit)),
            _ => {}
        }
        match about.converted_type() {
            Old::DATE => moment(86_400.0),
            Old::TIMESTAMP_MILLIS => moment(1e-3),
            Old::TIMESTAMP_MICROS => moment(1e-6),
            Old::TIME_MILLIS => of_day(1e-3),
            Old::TIME_MICROS => of_day(1e-6),
            _ if about.physical_type() == Type::INT96 => moment(1.0),
            _ => None,
        }
    }

    fn read(&self, value: i64) -> f64 {
        let seconds = value as f64 * self.unit;
        if self.of_day { seconds / 3_600.0 } else { seconds }
    }
}

/// A whole number as its bytes in two's complement, the first one the largest.
fn big_endian(bytes: &[u8]) -> f64 {
    let negative = bytes.first().is_some_and(|byte| byte & 0x80 != 0);
    // Of a negative one the bits are turned round, and 1 is added: the same as -1 less what is turned round.
    let size = bytes.iter().fold(0.0, |sum, byte| 256.0 * sum + f64::from(if negative { !byte } else { *byte }));
    if negative { -1.0 - size } else { size }
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
    /// Whether text may be stored as the difference to the one before.
    differences: bool,
}

impl Wanted {
    /// Its numbers, NaN for those that are missing.
    fn numbers<T: DataType>(
        &self,
        reader: ColumnReaderImpl<T>,
        mut to_f64: impl FnMut(&T::T) -> f64,
    ) -> Result<Vec<f64>, Problem> {
        let mut numbers = Vec::new();
        self.cells(reader, |value| {
            numbers.push(value.map_or(f64::NAN, &mut to_f64));
            Ok(())
        })?;
        Ok(numbers)
    }

    /// Goes over all cells, `None` for those that are missing; in steps, so that memory grows with what is there and not with
    /// what is claimed.
    fn cells<T: DataType>(
        &self,
        mut reader: ColumnReaderImpl<T>,
        mut each: impl FnMut(Option<&T::T>) -> Result<(), Problem>,
    ) -> Result<(), Problem> {
        // Differences to long texts are short, so that thousands of texts may not fit into memory where one does.
        let most = if self.differences { 1 } else { 8192 };
        let (mut seen, mut values, mut levels) = (0, Vec::new(), Vec::new());
        while seen < self.rows {
            values.clear();
            levels.clear();
            let step = most.min(self.rows - seen);
            let levels_wanted = self.optional.then_some(&mut levels);
            let (records, _, _) =
                reader.read_records(step, levels_wanted, None, &mut values).map_err(Problem::Damaged)?;
            if records == 0 {
                let what = format!("a column ends after {seen} of {} rows", self.rows);
                return Err(Problem::Damaged(ParquetError::EOF(what)));
            }
            let mut present = values.iter();
            if self.optional {
                seen += levels.len();
                levels.iter().try_for_each(|&level| each(if level > 0 { present.next() } else { None }))?;
            } else {
                seen += values.len();
                present.try_for_each(|value| each(Some(value)))?;
            }
        }
        if seen > self.rows {
            let what = format!("a column has {seen} rows and not {}", self.rows);
            return Err(Problem::Damaged(ParquetError::General(what)));
        }
        Ok(())
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::sync::Arc;

    use parquet::basic::{Compression, GzipLevel, ZstdLevel};
    use parquet::column::writer::ColumnWriter;
    use parquet::data_type::ByteArray;
    use parquet::file::properties::WriterProperties;
    use parquet::file::writer::SerializedFileWriter;
    use parquet::schema::parser::parse_message_type;

    use super::*;

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

    fn read(bytes: Vec<u8>) -> Result<Table, DataError> {
        parse(Input { file: "a.parquet".into(), bytes, budget: &Budget::of(1_000_000) })
    }

    fn numbers(column: &Column) -> &[f64] {
        let Column::Numbers { values, .. } = column else { panic!("{column:?}") };
        values
    }

    #[test]
    fn columns_of_several_types() {
        let zstd = Compression::ZSTD(ZstdLevel::default());
        let gzip = Compression::GZIP(GzipLevel::default());
        for compression in [Compression::UNCOMPRESSED, Compression::SNAPPY, zstd, gzip, Compression::LZ4_RAW] {
            for groups in [1, 2] {
                let table = read(parquet(&ROWS, groups, compression)).unwrap();
                assert_eq!(table.names, Some(["a", "b", "kind"].map(str::to_owned).to_vec()));
                let [a, b, kind] = table.columns.as_slice() else { panic!("three columns") };
                assert!(numbers(a)[1].is_nan() && numbers(a)[2] == 2.5);
                assert_eq!(numbers(b), [255.0, 0.0, 7.0]);
                assert_eq!(*kind, Column::Text(["cat", "dog", "cat"].into_iter().collect()));
            }
        }
    }

    #[test]
    fn no_rows_and_damage() {
        let none = read(parquet(&[], 1, Compression::SNAPPY)).err().unwrap().to_string();
        assert_eq!(none, "a.parquet: the file has no rows");
        let whole = parquet(&ROWS, 1, Compression::SNAPPY);
        let error = read(whole[..whole.len() - 20].to_vec()).err().unwrap().to_string();
        assert!(error.starts_with("a.parquet cannot be read as Parquet: "), "{error}");
    }

    #[test]
    fn whole_numbers_and_truth_values() {
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
        let table = read(writer.into_inner().unwrap()).unwrap();
        assert_eq!(numbers(&table.columns[0]), [-1.0, 2.0]);
        assert_eq!(numbers(&table.columns[1]), [1.0, 0.0]);
    }

    #[test]
    fn one_long_label_of_many_rows_is_kept_once() {
        let long = "x".repeat(10_000);
        let rows = vec![(Some(1.0), 0, long.as_str()); 2_000];
        let table = read(parquet(&rows, 2, Compression::UNCOMPRESSED)).unwrap();
        let Column::Text(names) = &table.columns[2] else { panic!("text") };
        assert_eq!((names.len(), names.levels().len()), (2_000, 1));
    }

    #[test]
    fn numbers_that_are_rounded() {
        let schema = "message m { required int64 x; required int64 x; required boolean y; }";
        let schema = Arc::new(parse_message_type(schema).unwrap());
        let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::default()).unwrap();
        let mut group = writer.next_row_group().unwrap();
        for values in [[1, 2], [3, (1 << 53) + 1]] {
            let mut column = group.next_column().unwrap().unwrap();
            column.typed::<parquet::data_type::Int64Type>().write_batch(&values, None, None).unwrap();
            column.close().unwrap();
        }
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<parquet::data_type::BoolType>().write_batch(&[true, false], None, None).unwrap();
        column.close().unwrap();
        group.close().unwrap();
        let table = read(writer.into_inner().unwrap()).unwrap();
        assert!(matches!(table.columns[1], Column::Numbers { rounded: true, .. }));
        assert!(matches!(table.columns[0], Column::Numbers { rounded: false, .. }));
    }

    #[test]
    fn dates_and_times_of_the_day() {
        let schema = "message m { optional int32 day (DATE); required int64 at (TIMESTAMP_MILLIS); \
                      required int32 time (TIME_MILLIS); }";
        let schema = Arc::new(parse_message_type(schema).unwrap());
        let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::default()).unwrap();
        let mut group = writer.next_row_group().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<parquet::data_type::Int32Type>().write_batch(&[-1], Some(&[1, 0]), None).unwrap();
        column.close().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<parquet::data_type::Int64Type>().write_batch(&[1500, -500], None, None).unwrap();
        column.close().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<parquet::data_type::Int32Type>().write_batch(&[0, 5_400_000], None, None).unwrap();
        column.close().unwrap();
        group.close().unwrap();
        let table = read(writer.into_inner().unwrap()).unwrap();
        let Column::Times(days) = &table.columns[0] else { panic!("dates") };
        assert!(days[0] == -86_400.0 && days[1].is_nan());
        assert_eq!(table.columns[1], Column::Times(vec![1.5, -0.5]));
        assert_eq!(numbers(&table.columns[2]), [0.0, 1.5]);
    }
}
