//! A row for each tensor, as CSV, Parquet and columns in memory.

use super::{Audit, Weight};
use crate::error::Error;
use crate::io::Unwritten;
use crate::io::columns::{self, Gathered, Kind, Rows, Schema, Value};
use std::path::Path;

/// Writes a row for each tensor as CSV.
///
/// # Errors
/// If the file cannot be written.
pub fn csv(audit: &Audit, path: &Path) -> Result<(), Error> {
    columns::csv(path, &schema(), |rows| fill(audit, path, rows))
}

/// Writes a row for each tensor as Parquet.
///
/// # Errors
/// If the file cannot be written.
pub fn parquet(audit: &Audit, path: &Path) -> Result<(), Error> {
    columns::parquet(path, &schema(), |rows| fill(audit, path, rows))
}

/// The rows, column by column.
///
/// # Errors
/// None that could happen in memory.
pub fn gathered(audit: &Audit) -> Result<Gathered, Error> {
    columns::gathered(&schema(), |rows| fill(audit, Path::new("weights"), rows))
}

fn schema() -> Schema {
    const TEXTS: [&str; 6] = ["name", "siblings", "file", "shape", "dtype", "role"];
    const COUNTS: [&str; 3] = ["count", "zeros", "not_finite"];
    const WHOLE: [&str; 3] = ["layer", "fan_in", "fan_out"];
    const REALS: [&str; 11] =
        ["mean", "sd", "rms", "min", "max", "kurtosis", "he", "glorot", "lecun", "pytorch", "ratio"];
    let of = |names: &[&str], kind: Kind| names.iter().map(|name| ((*name).to_owned(), kind)).collect::<Vec<_>>();
    let last = [("nearest".to_owned(), Kind::Text), ("looks_like".to_owned(), Kind::Text)];
    [of(&TEXTS, Kind::Text), of(&COUNTS, Kind::Count), of(&WHOLE, Kind::Whole), of(&REALS, Kind::Real), last.to_vec()]
        .concat()
}

fn fill(audit: &Audit, path: &Path, rows: &mut dyn Rows) -> Result<(), Error> {
    for weight in &audit.weights {
        rows.row(row(weight)).map_err(|source| Unwritten::new(path, source))?;
    }
    Ok(())
}

fn row(weight: &Weight) -> Vec<Value> {
    let text = |text: &str| Value::Text(text.to_owned());
    let whole = |n: Option<usize>| Value::Whole(n.map(|n| n as u64));
    let asked = |of: fn(&super::Asked) -> f64| Value::Real(weight.asked.as_ref().map(of));
    let shape: Vec<String> = weight.shape.iter().map(ToString::to_string).collect();
    vec![
        text(&weight.name),
        text(&weight.siblings),
        text(&weight.file),
        text(&shape.join(" x ")),
        text(&weight.dtype),
        text(weight.role.name()),
        Value::Count(weight.count),
        Value::Count(weight.zeros),
        Value::Count(weight.not_finite),
        Value::Whole(weight.layer),
        whole(weight.fan_in),
        whole(weight.fan_out),
        Value::Real(weight.mean),
        Value::Real(weight.sd),
        Value::Real(weight.rms),
        Value::Real(weight.min),
        Value::Real(weight.max),
        Value::Real(weight.kurtosis),
        asked(|asked| asked.he),
        asked(|asked| asked.glorot),
        asked(|asked| asked.lecun),
        asked(|asked| asked.pytorch),
        Value::Real(weight.ratio),
        text(weight.nearest.unwrap_or_default()),
        text(weight.looks_like.as_deref().unwrap_or_default()),
    ]
}
