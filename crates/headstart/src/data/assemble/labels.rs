//! Columns of a table as labels.

use crate::data::DataError;
use crate::data::columns::{Decimal, are_dates, numbers_in};
use crate::data::content::Labels;
use crate::data::table::Column;
use ndarray::Array2;

/// A column of a table as labels, and whether they were text: numbers as people write them are numbers. Text that is numbers as
/// they are usually written is names, because somebody made it text.
pub(super) fn label(
    file: &str,
    called: &str,
    cells: Column,
    usual: Option<Decimal>,
) -> Result<(Labels, bool), DataError> {
    let dates = || {
        let problem = format!("column {called} holds dates, which are no labels: name another column by --label");
        Err(DataError::content(file, problem))
    };
    let numbers = |values: Vec<f64>| Labels::Numbers(Array2::from_shape_fn((values.len(), 1), |(i, _)| values[i]));
    match cells {
        Column::Numbers { values, .. } => Ok((numbers(values), false)),
        Column::Text(names) => match numbers_in(&names, usual) {
            Some((values, written)) if !written.is_plain() => Ok((numbers(values), true)),
            // Nobody tells days apart as classes.
            _ if are_dates(&names) => dates(),
            _ => Ok((Labels::Text(names), false)),
        },
        Column::Unread { why, .. } => {
            let problem = format!("column {called} cannot be read, because {why}: name another column by --label");
            Err(DataError::content(file, problem))
        }
        Column::Times(_) => dates(),
    }
}

/// Labels of several columns, all of them numbers.
pub(super) fn together(file: &str, called: &[String], labels: Vec<Labels>) -> Result<Labels, DataError> {
    let rows = labels.first().map_or(0, Labels::len);
    let mut all = Array2::zeros((rows, labels.len()));
    for (at, (labels, called)) in labels.into_iter().zip(called).enumerate() {
        let Labels::Numbers(values) = labels else {
            let problem = format!("column {called} holds text, and of several labels all have to be numbers");
            return Err(DataError::content(file, problem));
        };
        all.column_mut(at).assign(&values.column(0));
    }
    Ok(Labels::Numbers(all))
}
