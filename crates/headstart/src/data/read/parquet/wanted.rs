//! One column of a part of the rows, cell by cell.

use super::problem::Problem;
use parquet::column::reader::ColumnReaderImpl;
use parquet::data_type::DataType;
use parquet::errors::ParquetError;

/// How much of a column is wanted.
pub struct Wanted {
    pub rows: usize,
    /// Whether cells may be missing.
    pub optional: bool,
    /// Whether text may be stored as the difference to the one before.
    pub differences: bool,
}

impl Wanted {
    /// Its numbers, NaN for those that are missing.
    pub fn numbers<T: DataType>(
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
    pub fn cells<T: DataType>(
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
