//! One column as what it holds, and as it grows part by part.

use super::pages::Checked;
use super::problem::Problem;
use super::types::{Time, big_endian, is_unsigned};
use super::wanted::Wanted;
use crate::data::DataError;
use crate::data::content::{Gatherer, Names};
use crate::data::read::scalar::is_exact;
use crate::data::table::Column;
use half::f16;
use parquet::basic::{ConvertedType, LogicalType};
use parquet::column::page::PageReader;
use parquet::column::reader::{ColumnReader, get_column_reader};
use parquet::schema::types::ColumnDescPtr;

/// One column of a part of the rows.
pub enum Cells {
    /// NaN where there is none.
    Numbers {
        values: Vec<f64>,
        rounded: bool,
    },
    Times(Vec<f64>),
    Text(Names),
}

impl Cells {
    pub fn read(
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
pub enum Growing {
    Nothing,
    Numbers { values: Vec<f64>, rounded: bool },
    Times(Vec<f64>),
    Text(Gatherer),
}

impl Growing {
    /// Adds the following rows.
    pub fn extend(&mut self, part: Cells, gatherer: impl FnOnce() -> Gatherer) -> Result<(), DataError> {
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

    pub fn finish(self) -> Column {
        match self {
            Self::Nothing => Column::Numbers { values: Vec::new(), rounded: false },
            Self::Numbers { values, rounded } => Column::Numbers { values, rounded },
            Self::Times(values) => Column::Times(values),
            Self::Text(names) => Column::Text(names.finish()),
        }
    }
}
