//! What the types of columns mean: times, and numbers that are stored as others.

use parquet::basic::{ConvertedType, LogicalType, TimeUnit, Type};
use parquet::schema::types::ColumnDescPtr;

/// A type of points in time: seconds since 1970, or hours since midnight.
pub struct Time {
    /// What a number of the file is, in seconds.
    unit: f64,
    pub of_day: bool,
}

impl Time {
    /// None if the column holds no dates or times.
    pub fn of(about: &ColumnDescPtr) -> Option<Self> {
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

    pub fn read(&self, value: i64) -> f64 {
        let seconds = value as f64 * self.unit;
        if self.of_day { seconds / 3_600.0 } else { seconds }
    }
}

/// Whether the column's integers, which are stored as signed ones, are not.
pub fn is_unsigned(about: &ColumnDescPtr) -> bool {
    use ConvertedType::{UINT_8, UINT_16, UINT_32, UINT_64};
    if let Some(LogicalType::Integer(kind)) = about.logical_type_ref() {
        return !kind.is_signed;
    }
    matches!(about.converted_type(), UINT_8 | UINT_16 | UINT_32 | UINT_64)
}

/// A whole number as its bytes in two's complement, the first one the largest.
pub fn big_endian(bytes: &[u8]) -> f64 {
    let negative = bytes.first().is_some_and(|byte| byte & 0x80 != 0);
    // Of a negative one the bits are turned round, and 1 is added: the same as -1 less what is turned round.
    let size = bytes.iter().fold(0.0, |sum, byte| 256.0 * sum + f64::from(if negative { !byte } else { *byte }));
    if negative { -1.0 - size } else { size }
}
