//! The cells of a column, read in a manner.

use super::cells::{Cells, Manner};
use super::levels::{as_names, is_unknown};
use super::manner::truth_value;
use super::refuse::cell_error;
use crate::data::DataError;
use crate::data::columns::dates;
use crate::data::columns::numbers::{Decimal, Writing};
use crate::data::content::{Given, Rows};
use crate::data::table::Column;

/// The cells, read in a manner.
pub(super) fn read_as(
    file: &str,
    rows: &Rows,
    given: &Given,
    cells: Column,
    manner: &Manner,
) -> Result<Cells, DataError> {
    let (names, what) = match (cells, manner) {
        // 1.200 is a number in any file, but not the same one.
        (Column::Numbers { values, .. }, Manner::Number(Some(writing)))
            if writing.decimal == Decimal::Comma
                && values.iter().any(|value| value.is_finite() && value.fract() != 0.0) =>
        {
            let problem = format!(
                "column {}: its numbers have points before fractions, and those of the training data have commas: write both alike",
                given.called()
            );
            return Err(DataError::content(file, problem));
        }
        (Column::Numbers { values, .. }, Manner::Number(_) | Manner::TruthValue)
        | (Column::Times(values), Manner::Time(_)) => return Ok(Cells::Numbers(values)),
        // Of cells that are all missing nobody can tell what they would hold.
        (Column::Numbers { values, .. }, Manner::Time(_))
        | (Column::Times(values), Manner::Number(_) | Manner::TruthValue)
            if values.iter().all(|value| value.is_nan()) =>
        {
            return Ok(Cells::Numbers(values));
        }
        (Column::Times(values), Manner::Names) if values.iter().all(|value| value.is_nan()) => {
            return Ok(Cells::Text(as_names(&values)));
        }
        (Column::Text(names), Manner::Names) => return Ok(Cells::Text(names)),
        // Classes that are numbers in this file, and text in the one for training.
        (Column::Numbers { values, .. }, Manner::Names) => return Ok(Cells::Text(as_names(&values))),
        (Column::Text(names), Manner::Number(_)) => (names, "a number"),
        (Column::Text(names), Manner::TruthValue) => (names, "true or false"),
        (Column::Text(names), Manner::Time(_)) => (names, "a date or time of the form that others have"),
        (Column::Numbers { .. } | Column::Times(_) | Column::Unread { .. }, _) => {
            let problem = format!("column {}: it does not hold what it holds in the training data", given.called());
            return Err(DataError::content(file, problem));
        }
    };
    let read = |text: &str| match manner {
        Manner::Number(writing) => number(text, writing.as_ref()),
        Manner::TruthValue => truth_value(text),
        Manner::Time(Some(form)) => dates::read(form, text),
        Manner::Time(None) | Manner::Names => None,
    };
    let is_unknown = |text: &str| *manner != Manner::TruthValue && is_unknown(text);
    let of_level: Vec<Option<f64>> =
        names.levels().iter().map(|text| read(text).or_else(|| is_unknown(text).then_some(f64::NAN))).collect();
    let odd = (0..names.len()).find(|&row| names.level(row).is_some_and(|level| of_level[level].is_none()));
    if let Some(row) = odd {
        let problem = format!("is not {what}");
        return Err(cell_error(file, rows, given, row, names.get(row).unwrap_or_default(), &problem));
    }
    let value = |row| names.level(row).and_then(|level| of_level[level]).unwrap_or(f64::NAN);
    Ok(Cells::Numbers((0..names.len()).map(value).collect()))
}

fn number(text: &str, writing: Option<&Writing>) -> Option<f64> {
    writing.and_then(|writing| writing.read(text)).or_else(|| text.parse().ok())
}

/// The cells as they are.
pub(super) fn raw(cells: Column) -> (Manner, Cells) {
    match cells {
        Column::Numbers { values, .. } => (Manner::Number(None), Cells::Numbers(values)),
        Column::Times(values) => (Manner::Time(None), Cells::Numbers(values)),
        Column::Text(names) => (Manner::Names, Cells::Text(names)),
        Column::Unread { .. } => (Manner::Names, Cells::Numbers(Vec::new())),
    }
}
