//! Arrays as samples and labels.

use crate::data::DataError;
use crate::data::content::{Array, Labels, Lent, Rows, Target, Values};
use crate::data::memory::elements;
use crate::words;
use ndarray::{Array2, ArrayView2};

/// An array of a file, as messages call it.
pub(super) fn of_array(file: &str, name: &str) -> String {
    format!("{file}, {}", words::foreign(name))
}

/// An array as labels: its first axis counts the samples.
pub(super) fn target(source: String, name: String, array: Array) -> Result<Target, DataError> {
    let labels = match array.values {
        Values::Numbers(values) => Labels::Numbers(flatten(&source, &array.shape, values)?),
        Values::Text(names) if array.shape.iter().filter(|&&n| n != 1).count() <= 1 => Labels::Text(names),
        Values::Text(_) => return Err(DataError::content(source, "there is more than one text label per sample")),
    };
    Ok(Target { source, name, columns: Vec::new(), labels, rows: Rows::From(1) })
}

pub(super) fn flatten(source: &str, shape: &[usize], values: Vec<f64>) -> Result<Array2<f64>, DataError> {
    let shape = rows_and_columns(source, shape)?;
    Array2::from_shape_vec(shape, values).map_err(|error| DataError::content(source, error.to_string()))
}

/// The same of an array that is somebody else's, in C order.
pub(super) fn lent<'a>(source: &str, array: Lent<'a>) -> Result<ArrayView2<'a, f64>, DataError> {
    let shape = rows_and_columns(source, array.shape)?;
    ArrayView2::from_shape(shape, array.values).map_err(|error| DataError::content(source, error.to_string()))
}

fn rows_and_columns(source: &str, shape: &[usize]) -> Result<(usize, usize), DataError> {
    let Some((&count, rest)) = shape.split_first() else {
        return Err(DataError::content(source, "it is a single number and no array"));
    };
    let width = elements(rest).unwrap_or(usize::MAX);
    // Zero times a huge number is an array, too: there is nothing in it, but it would have more rows than can be counted.
    if count == 0 || width == 0 {
        return Err(DataError::content(source, format!("there is nothing in it: its shape is {shape:?}")));
    }
    Ok((count, width))
}
