//! Cells and labels that are not there.

use ndarray::{Array2, ArrayView2, Axis, CowArray, Ix2};

use super::DataError;
use super::content::{Labels, Target, called};
use super::prepare::{Prepared, X};
use super::spec::Missing;
use crate::words;

/// Leaves out the samples whose label is missing, and with `drop` those that miss anything else that is used; with `error` both
/// are refused. Returns notes on what was left out.
pub(super) fn leave_out(part: &mut Prepared, missing: Missing) -> Result<Vec<String>, DataError> {
    if missing == Missing::Error
        && let Some(sample) = (0..part.y.labels.len()).find(|&i| !has_label(&part.y, i))
    {
        const HINT: &str = "the label is missing or not finite (use --missing drop to leave such rows out)";
        return Err(part.y.error(sample, HINT));
    }
    if let (X::Array(x), true) = (&part.x, missing != Missing::Drop)
        && let Some(error) = refused(&x.view(), part, missing)
    {
        return Err(error);
    }
    if missing != Missing::Drop
        && let Labels::Numbers(values) = &part.y.labels
        && let Some(sample) = values.rows().into_iter().position(|row| row.iter().any(|value| value.is_infinite()))
    {
        return Err(part
            .y
            .error(sample, "the label is not a finite number (use --missing drop to leave such rows out)"));
    }
    let mut notes = Vec::new();
    let labelled: Vec<bool> = (0..part.y.labels.len()).map(|i| has_label(&part.y, i)).collect();
    notes.extend(keep(part, &labelled, "have no label (empty, NA, None or the like)")?);
    if missing == Missing::Drop {
        let whole: Vec<bool> = (0..part.y.labels.len()).map(|i| part.x.is_whole(i)).collect();
        notes.extend(keep(part, &whole, "have missing cells")?);
    }
    Ok(notes)
}

fn keep(part: &mut Prepared, whole: &[bool], what: &str) -> Result<Option<String>, DataError> {
    let (before, left_out) = (whole.len(), whole.iter().filter(|whole| !**whole).count());
    if left_out == 0 {
        return Ok(None);
    }
    if left_out == before {
        let what =
            if what.starts_with("have no label") { "no row has a label" } else { "every row has a missing cell" };
        return Err(DataError::content(&part.source, format!("{what}, so none is left")));
    }
    let source = words::in_a_line(&part.source);
    let note = format!("{source}: {left_out} of {before} rows {what} and are left out");
    match &mut part.x {
        X::Array(x) => {
            let all = std::mem::replace(x, CowArray::from(Array2::zeros((0, 0))));
            *x = kept_rows(all, whole).into();
        }
        X::Table(columns) => columns.iter_mut().for_each(|column| column.keep(whole)),
    }
    part.y.rows.keep(whole);
    match &mut part.y.labels {
        Labels::Text(names) => names.keep(whole),
        Labels::Numbers(values) => *values = keep_rows(std::mem::take(values), whole),
    }
    Ok(Some(note))
}

/// The error of the first number of an array that may not be there.
fn refused(x: &ArrayView2<f64>, part: &Prepared, missing: Missing) -> Option<DataError> {
    let is_refused = |value: f64| value.is_infinite() || missing == Missing::Error && value.is_nan();
    let (sample, column, value) = x.rows().into_iter().enumerate().find_map(|(sample, row)| {
        let column = row.iter().position(|&value| is_refused(value))?;
        Some((sample, column, row[column]))
    })?;
    let hint = "(use --missing drop to leave such rows out";
    Some(DataError::Cell {
        file: part.source.clone(),
        row: sample + 1,
        column: called(None, column),
        problem: if value.is_nan() {
            format!("the value is NaN {hint}, or --missing fill)")
        } else {
            format!("{value} is not a finite number {hint})")
        },
    })
}

fn has_label(y: &Target, sample: usize) -> bool {
    match &y.labels {
        Labels::Text(names) => names.get(sample).is_some(),
        Labels::Numbers(values) => values.row(sample).iter().all(|value| value.is_finite()),
    }
}

/// Puts the training samples' means in the place of what is missing in both arrays; 0 where no training sample has anything.
/// Returns the columns in which anything was, with their means, and a note if there are any.
pub(super) fn fill(
    source: &str,
    train: &mut Array2<f64>,
    test: Option<&mut Array2<f64>>,
) -> (Vec<(usize, f64)>, Option<String>) {
    let mut count = 0;
    let missing = |x: &Array2<f64>| -> Vec<bool> {
        let mut missing = vec![false; x.ncols()];
        for row in x.rows() {
            row.iter().zip(&mut missing).for_each(|(value, missing)| *missing |= value.is_nan());
        }
        missing
    };
    let columns = missing(train);
    let of_test = test.as_ref().map_or_else(|| vec![false; columns.len()], |test| missing(test));
    let columns: Vec<usize> = (0..columns.len()).filter(|&j| columns[j] || of_test[j]).collect();
    let means: Vec<f64> = columns.iter().map(|&j| mean(train, j)).collect();
    for x in [Some(train), test].into_iter().flatten() {
        for (&j, &mean) in columns.iter().zip(&means) {
            for value in x.column_mut(j).iter_mut().filter(|value| value.is_nan()) {
                *value = mean;
                count += 1;
            }
        }
    }
    let (source, count) = (words::in_a_line(source), count as u64);
    let note = (count > 0)
        .then(|| format!("{source}: {} are the training samples' mean", words::many(count, "missing value")));
    (columns.into_iter().zip(means).collect(), note)
}

fn mean(x: &Array2<f64>, column: usize) -> f64 {
    mean_of(|| x.column(column).into_iter().copied().filter(|value| !value.is_nan())).unwrap_or(0.0)
}

/// The mean, none of nothing; where the sum is beyond the floats, that of parts.
pub(super) fn mean_of<I: Iterator<Item = f64>>(values: impl Fn() -> I) -> Option<f64> {
    let (count, sum) = values().fold((0_usize, 0.0), |(count, sum), value| (count + 1, sum + value));
    let n = count as f64;
    (count > 0).then(|| if sum.is_finite() { sum / n } else { values().map(|value| value / n).sum() })
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

/// The rows marked `true`: within the same memory, or copies of them where it is somebody else's.
pub(super) fn kept_rows(x: CowArray<'_, f64, Ix2>, marked: &[bool]) -> Array2<f64> {
    if x.is_view() { copy_rows(&x.view(), marked) } else { keep_rows(x.into_owned(), marked) }
}

/// Copies of the rows marked `true`.
pub(crate) fn copy_rows(x: &ArrayView2<f64>, marked: &[bool]) -> Array2<f64> {
    let rows: Vec<usize> = (0..marked.len()).filter(|&row| marked[row]).collect();
    x.select(Axis(0), &rows)
}
