//! Values that are not there: NaN, infinities and missing cells.

use ndarray::{Array2, Axis};

use super::DataError;
use super::content::{Labels, Part, Target, column_name};
use crate::words;

/// Refuses, or with `drop` leaves out, the samples that have a value or a label that is missing or not finite. Returns
/// a note if any were left out.
pub(crate) fn check(part: &mut Part, drop: bool) -> Result<Option<String>, DataError> {
    let x = &part.x.values;
    let whole = |i: usize| x.row(i).iter().all(|value| value.is_finite()) && has_label(&part.y, i);
    let whole: Vec<bool> = (0..x.nrows()).map(whole).collect();
    let Some(first) = whole.iter().position(|whole| !whole) else { return Ok(None) };
    if !drop {
        return Err(error(part, first));
    }
    let (before, left_out) = (whole.len(), whole.iter().filter(|whole| !**whole).count());
    let source = &part.x.source;
    if left_out == before {
        return Err(DataError::content(source, "every row has a missing cell, so none is left"));
    }
    let note = format!("{}: {left_out} of {before} rows have missing cells and are left out", words::in_a_line(source));
    part.x.values = keep_rows(std::mem::take(&mut part.x.values), &whole);
    part.x.rows.keep(&whole);
    part.y.rows.keep(&whole);
    match &mut part.y.labels {
        Labels::Text(names) => names.keep(&whole),
        Labels::Numbers(values) => *values = keep_rows(std::mem::take(values), &whole),
    }
    Ok(Some(note))
}

fn has_label(y: &Target, sample: usize) -> bool {
    match &y.labels {
        Labels::Text(names) => names.get(sample).is_some(),
        Labels::Numbers(values) => values.row(sample).iter().all(|value| value.is_finite()),
    }
}

fn error(part: &Part, sample: usize) -> DataError {
    const HINT: &str = "(use --drop-missing to leave such rows out)";
    match part.x.values.row(sample).iter().enumerate().find(|(_, value)| !value.is_finite()) {
        Some((column, value)) => DataError::Cell {
            file: part.x.source.clone(),
            row: part.x.rows.at(sample),
            column: column_name(part.x.columns.as_deref(), column),
            problem: if value.is_nan() {
                format!("the value is NaN or missing {HINT}")
            } else {
                format!("{value} is not a finite number {HINT}")
            },
        },
        None => part.y.error(sample, format!("the label is missing or not finite {HINT}")),
    }
}

/// The rows marked `true`, moved together within the same memory.
pub(crate) fn keep_rows(x: Array2<f64>, marked: &[bool]) -> Array2<f64> {
    let width = x.ncols();
    let mut values = if x.is_standard_layout() { x.into_raw_vec_and_offset().0 } else { x.iter().copied().collect() };
    let mut kept = 0;
    for row in marked.iter().enumerate().filter_map(|(row, &marked)| marked.then_some(row)) {
        values.copy_within(row * width..(row + 1) * width, kept * width);
        kept += 1;
    }
    values.truncate(kept * width);
    // The shape fits: `kept` rows of `width` values are left.
    Array2::from_shape_vec((kept, width), values).unwrap_or_else(|_| Array2::zeros((0, width)))
}

/// Copies of the rows marked `true`.
pub(crate) fn copy_rows(x: &Array2<f64>, marked: &[bool]) -> Array2<f64> {
    let rows: Vec<usize> = (0..marked.len()).filter(|&row| marked[row]).collect();
    x.select(Axis(0), &rows)
}
