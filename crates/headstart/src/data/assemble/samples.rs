//! Samples without labels, of which somebody wants to know these.

use super::arrays::{flatten, lent, of_array};
use super::keys::{Role, sole_x};
use crate::data::DataError;
use crate::data::axes::Axes;
use crate::data::columns::usual_decimal;
use crate::data::content::{Array, Content, FeatureValues, Features, Given, Lent, Rows, Values};
use crate::data::memory::Budget;
use crate::data::spec::DataSpec;
use crate::data::table::{Column, Table};
use ndarray::{CowArray, Ix2};

/// What is there as samples: all columns of a table, or an array whose first axis counts them; of several arrays the only one, or that
/// whose name says that it is `x`. `name` is what messages call it.
pub(crate) fn samples<'a>(name: &str, content: Content<'a>, budget: &Budget) -> Result<Features<'a>, DataError> {
    let of_array_of = |source: String, array: Array| {
        let (axes, values) = (Axes::of_array(&array.shape), numbers(&source, array)?);
        Ok(of_numbers(source, values, axes))
    };
    match content {
        Content::Table(table) => of_table(name, table),
        Content::Array(array) => of_array_of(name.to_owned(), array),
        Content::Lent(array) => {
            let Lent { shape, .. } = array;
            // What is kept of it.
            budget.take_shape(name, shape)?;
            Ok(of_numbers(name.to_owned(), lent(name, array)?.into(), Axes::of_array(shape)))
        }
        Content::Archive(mut archive) => {
            let key = sole_x(&DataSpec::default(), name, &archive.names(), Role::Test)?;
            of_array_of(of_array(name, &key), archive.array(&key)?)
        }
    }
}

fn numbers<'a>(source: &str, array: Array) -> Result<CowArray<'a, f64, Ix2>, DataError> {
    match array.values {
        Values::Numbers(values) => Ok(flatten(source, &array.shape, values)?.into()),
        Values::Text(_) => Err(DataError::content(source, "it holds text, but features have to be numbers")),
    }
}

fn of_numbers(source: String, values: CowArray<'_, f64, Ix2>, axes: Axes) -> Features<'_> {
    Features { source, values: FeatureValues::Array(values), usual: None, axes, rows: Rows::From(1) }
}

fn of_table<'a>(name: &str, table: Table) -> Result<Features<'a>, DataError> {
    let Table { names, columns, rows, decimal, .. } = table;
    let usual = usual_decimal(&columns, decimal);
    if columns.first().is_none_or(|column| column.len() == 0) {
        return Err(DataError::content(name, "there are no samples"));
    }
    let given = |(position, cells): (usize, Column)| {
        let name = names.as_ref().map(|names: &Vec<String>| names[position].clone());
        Given { name, position, is_asked_for: false, cells }
    };
    let values = FeatureValues::Columns(columns.into_iter().enumerate().map(given).collect());
    Ok(Features { source: name.to_owned(), values, usual, axes: Axes::default(), rows })
}
