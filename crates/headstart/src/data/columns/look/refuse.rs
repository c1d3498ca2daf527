//! What is refused in a column.

use super::cells::Cells;
use super::options::Options;
use crate::data::DataError;
use crate::data::content::{Given, Names, Rows};
use crate::data::spec::Missing;
use crate::words;

pub(super) fn unread(file: &str, given: &Given, why: &str) -> DataError {
    DataError::content(
        file,
        format!("column {} cannot be read, because {why} (leave it out by --drop)", given.called()),
    )
}

/// Refuses infinities, unless such rows are to be left out; and with `error` what is missing.
pub(super) fn finite(file: &str, rows: &Rows, given: &Given, cells: &Cells, options: Options) -> Result<(), DataError> {
    const HINT: &str = "(use --missing drop to leave such rows out";
    if options.missing == Missing::Drop {
        return Ok(());
    }
    let is_refused = |value: f64| value.is_infinite() || options.missing == Missing::Error && value.is_nan();
    match cells {
        Cells::Numbers(values) => match values.iter().position(|&value| is_refused(value)) {
            Some(row) if values[row].is_nan() => {
                let problem = format!("the cell is empty, or not a number {HINT}, or --missing fill)");
                Err(cell_error(file, rows, given, row, "", &problem))
            }
            Some(row) => {
                let problem = format!("{} is not a finite number {HINT})", values[row]);
                Err(cell_error(file, rows, given, row, "", &problem))
            }
            None => Ok(()),
        },
        Cells::Text(names) if options.missing == Missing::Error => {
            match (0..names.len()).find(|&row| names.level(row).is_none()) {
                Some(row) => {
                    let problem = format!("the cell is empty {HINT}, or --missing fill)");
                    Err(cell_error(file, rows, given, row, "", &problem))
                }
                None => Ok(()),
            }
        }
        Cells::Text(_) => Ok(()),
    }
}

pub(super) fn text_refused(file: &str, rows: &Rows, given: &Given, names: &Names) -> DataError {
    let is_text = |row: &usize| names.get(*row).is_some_and(|text| text.parse::<f64>().is_err());
    let row = (0..names.len()).find(is_text).unwrap_or_default();
    let problem = "is not a number, and --strict takes numbers only (leave the column out by --drop, or leave out --strict, \
                   which encodes it)";
    cell_error(file, rows, given, row, names.get(row).unwrap_or_default(), problem)
}

pub(super) fn cell_error(file: &str, rows: &Rows, given: &Given, row: usize, cell: &str, problem: &str) -> DataError {
    DataError::Cell {
        file: file.to_owned(),
        row: rows.at(row),
        column: given.called(),
        problem: match cell {
            "" => problem.to_owned(),
            cell => format!("\"{}\" {problem}", words::foreign(cell)),
        },
    }
}
