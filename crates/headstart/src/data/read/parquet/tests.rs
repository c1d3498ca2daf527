use std::sync::Arc;

use parquet::basic::{Compression, GzipLevel, ZstdLevel};
use parquet::column::writer::ColumnWriter;
use parquet::data_type::{BoolType, ByteArray, DataType, Int32Type, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;

use super::parse;
use crate::data::DataError;
use crate::data::content::Input;
use crate::data::memory::Budget;
use crate::data::table::{Column, Table};

/// Columns `a` (float64, may be missing), `b` (unsigned 8 bit), `kind` (text), in one or two row groups.
pub(in crate::data) fn parquet(rows: &[(Option<f64>, u8, &str)], groups: usize, compression: Compression) -> Vec<u8> {
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

/// Writes the next column; with levels, some of its cells are missing.
fn write<T: DataType>(group: &mut SerializedRowGroupWriter<Vec<u8>>, values: &[T::T], levels: Option<&[i16]>) {
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<T>().write_batch(values, levels, None).unwrap();
    column.close().unwrap();
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
    write::<Int64Type>(&mut group, &[-1, 2], None);
    write::<BoolType>(&mut group, &[true, false], None);
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
        write::<Int64Type>(&mut group, &values, None);
    }
    write::<BoolType>(&mut group, &[true, false], None);
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
    write::<Int32Type>(&mut group, &[-1], Some(&[1, 0]));
    write::<Int64Type>(&mut group, &[1500, -500], None);
    write::<Int32Type>(&mut group, &[0, 5_400_000], None);
    group.close().unwrap();
    let table = read(writer.into_inner().unwrap()).unwrap();
    let Column::Times(days) = &table.columns[0] else { panic!("dates") };
    assert!(days[0] == -86_400.0 && days[1].is_nan());
    assert_eq!(table.columns[1], Column::Times(vec![1.5, -0.5]));
    assert_eq!(numbers(&table.columns[2]), [0.0, 1.5]);
}
