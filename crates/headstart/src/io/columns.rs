//! Tables of any length as CSV and Parquet, batch by batch, so that they need not fit into memory.

use super::{Unwritten, write_through};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use std::fmt::Write as _;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// Whole numbers from 0 on, none left out.
    Count,
    /// Whole numbers, some of which may not be there.
    Whole,
    /// Numbers, some of which may not be there. What is not finite is not there either.
    Real,
}

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// In a column of text.
    Text(String),
    /// In a column of whole numbers from 0 on.
    Count(u64),
    /// In a column of whole numbers.
    Whole(Option<u64>),
    /// In a column of numbers.
    Real(Option<f64>),
}

impl Value {
    /// A number that is there if it is finite.
    pub fn real(x: f64) -> Self {
        Self::Real(Some(x).filter(|x| x.is_finite()))
    }
}

/// Names and kinds of columns, in order. Names are of letters, digits and underscores.
pub type Schema = Vec<(String, Kind)>;

/// Rows in one batch.
const BATCH: usize = 65_536;

/// Takes rows, whose values are in the order of the columns.
pub trait Rows {
    /// Takes one.
    ///
    /// # Errors
    /// If it cannot be written.
    fn row(&mut self, row: Vec<Value>) -> std::io::Result<()>;
}

/// Writes a table as CSV, with a header: what is not there is empty.
///
/// # Errors
/// If the file cannot be written, or `fill` fails: then the file is what it was before.
pub fn csv<E: From<Unwritten>>(
    path: &Path,
    schema: &Schema,
    fill: impl FnOnce(&mut dyn Rows) -> Result<(), E>,
) -> Result<(), E> {
    write_through(path, |file| {
        let mut rows = Csv(csv::Writer::from_writer(file));
        rows.0.write_record(schema.iter().map(|(name, _)| name)).map_err(|error| failed(path, error.into()))?;
        fill(&mut rows)?;
        rows.0.flush().map_err(|error| failed(path, error))
    })
}

/// Writes a table as Parquet: what is not there is null.
///
/// # Errors
/// As [`csv()`].
pub fn parquet<E: From<Unwritten>>(
    path: &Path,
    schema: &Schema,
    fill: impl FnOnce(&mut dyn Rows) -> Result<(), E>,
) -> Result<(), E> {
    write_through(path, |file| {
        let mut rows =
            Parquet::new(file, schema.clone()).map_err(|error| failed(path, std::io::Error::other(error)))?;
        fill(&mut rows)?;
        rows.end().map_err(|error| failed(path, std::io::Error::other(error)))
    })
}

/// A table in memory, column by column.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gathered {
    /// The columns, by name, in order.
    pub columns: Vec<(String, Column)>,
}

/// A column in memory.
#[derive(Clone, Debug, PartialEq)]
pub enum Column {
    /// Text.
    Text(Vec<String>),
    /// Whole numbers from 0 on.
    Count(Vec<u64>),
    /// Whole numbers, some of which may not be there.
    Whole(Vec<Option<u64>>),
    /// Numbers; NaN where there is none.
    Real(Vec<f64>),
}

/// Gathers a table in memory.
///
/// # Errors
/// If `fill` fails.
pub fn gathered<E>(schema: &Schema, fill: impl FnOnce(&mut dyn Rows) -> Result<(), E>) -> Result<Gathered, E> {
    let empty = |kind| match kind {
        Kind::Text => Column::Text(Vec::new()),
        Kind::Count => Column::Count(Vec::new()),
        Kind::Whole => Column::Whole(Vec::new()),
        Kind::Real => Column::Real(Vec::new()),
    };
    let mut gathered = Gathered { columns: schema.iter().map(|(name, kind)| (name.clone(), empty(*kind))).collect() };
    fill(&mut gathered)?;
    Ok(gathered)
}

impl Rows for Gathered {
    fn row(&mut self, row: Vec<Value>) -> std::io::Result<()> {
        for ((_, column), value) in self.columns.iter_mut().zip(row) {
            match (column, value) {
                (Column::Text(all), Value::Text(text)) => all.push(text),
                (Column::Count(all), Value::Count(n)) => all.push(n),
                (Column::Whole(all), Value::Whole(n)) => all.push(n),
                (Column::Real(all), Value::Real(x)) => all.push(x.unwrap_or(f64::NAN)),
                (column, value) => return Err(std::io::Error::other(format!("{value:?} in {column:?}"))),
            }
        }
        Ok(())
    }
}

fn failed<E: From<Unwritten>>(path: &Path, source: std::io::Error) -> E {
    Unwritten::new(path, source).into()
}

struct Csv<W: Write>(csv::Writer<W>);

impl<W: Write> Rows for Csv<W> {
    fn row(&mut self, row: Vec<Value>) -> std::io::Result<()> {
        let text = |value: Value| match value {
            Value::Text(text) => text,
            Value::Count(n) => n.to_string(),
            Value::Whole(n) => n.map_or_else(String::new, |n| n.to_string()),
            Value::Real(x) => x.filter(|x| x.is_finite()).map_or_else(String::new, |x| x.to_string()),
        };
        Ok(self.0.write_record(row.into_iter().map(text))?)
    }
}

struct Parquet<W: Write + Send> {
    writer: SerializedFileWriter<W>,
    schema: Schema,
    batch: Vec<Vec<Value>>,
}

impl<W: Write + Send> Parquet<W> {
    fn new(to: W, schema: Schema) -> Result<Self, ParquetError> {
        let mut message = "message rows {".to_owned();
        for (name, kind) in &schema {
            let kind = match kind {
                Kind::Text => ("required binary", " (string)"),
                Kind::Count => ("required int64", " (integer(64, false))"),
                Kind::Whole => ("optional int64", ""),
                Kind::Real => ("optional double", ""),
            };
            let _ = write!(message, "{} {name}{};", kind.0, kind.1);
        }
        let message = Arc::new(parse_message_type(&(message + "}"))?);
        let writer = SerializedFileWriter::new(to, message, Arc::new(WriterProperties::default()))?;
        Ok(Self { writer, schema, batch: Vec::new() })
    }

    fn group(&mut self) -> Result<(), ParquetError> {
        let rows = std::mem::take(&mut self.batch);
        let mut group = self.writer.next_row_group()?;
        let mut column = 0;
        while let Some(mut to) = group.next_column()? {
            let values = rows.iter().map(|row| &row[column]);
            // Definition levels say which values are there; columns without gaps have none.
            match self.schema[column].1 {
                Kind::Text => {
                    let text = |value: &Value| match value {
                        Value::Text(text) => ByteArray::from(text.as_str()),
                        _ => ByteArray::new(),
                    };
                    to.typed::<ByteArrayType>().write_batch(&values.map(text).collect::<Vec<_>>(), None, None)?;
                }
                Kind::Count | Kind::Whole => {
                    let whole = |value: &Value| match value {
                        // Parquet's unsigned integers are the same bits as the signed ones.
                        Value::Count(n) | Value::Whole(Some(n)) => Some(n.cast_signed()),
                        _ => None,
                    };
                    let values: Vec<Option<i64>> = values.map(whole).collect();
                    let levels: Vec<i16> = values.iter().map(|value| i16::from(value.is_some())).collect();
                    let there: Vec<i64> = values.into_iter().flatten().collect();
                    to.typed::<Int64Type>().write_batch(&there, Some(&levels), None)?;
                }
                Kind::Real => {
                    let real = |value: &Value| match value {
                        Value::Real(x) => x.filter(|x| x.is_finite()),
                        _ => None,
                    };
                    let values: Vec<Option<f64>> = values.map(real).collect();
                    let levels: Vec<i16> = values.iter().map(|value| i16::from(value.is_some())).collect();
                    let there: Vec<f64> = values.into_iter().flatten().collect();
                    to.typed::<DoubleType>().write_batch(&there, Some(&levels), None)?;
                }
            }
            to.close()?;
            column += 1;
        }
        group.close()?;
        Ok(())
    }

    fn end(mut self) -> Result<(), ParquetError> {
        if !self.batch.is_empty() {
            self.group()?;
        }
        self.writer.close()?;
        Ok(())
    }
}

impl<W: Write + Send> Rows for Parquet<W> {
    fn row(&mut self, row: Vec<Value>) -> std::io::Result<()> {
        self.batch.push(row);
        if self.batch.len() < BATCH {
            return Ok(());
        }
        self.group().map_err(std::io::Error::other)
    }
}
