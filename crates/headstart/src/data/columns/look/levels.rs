//! The texts that the cells of a column have.

use crate::data::content::Names;

/// Words for what is not known, in columns of numbers.
const UNKNOWN: [&str; 14] =
    ["-", "--", "---", ".", "..", "...", "*", "unknown", "missing", "none", "nil", "nd", "n.d.", "n.a."];

/// Whether a text is a word for what is not known.
pub(super) fn is_unknown(text: &str) -> bool {
    UNKNOWN.contains(&text.to_lowercase().as_str())
}

/// The texts that cells have.
pub(in crate::data::columns) fn levels_there(names: &Names) -> Vec<&str> {
    let mut there = vec![false; names.levels().len()];
    (0..names.len()).filter_map(|row| names.level(row)).for_each(|level| there[level] = true);
    names.levels().iter().zip(there).filter(|(_, there)| *there).map(|(text, _)| &**text).collect()
}

/// A number for each cell, read once for all that have the same text.
pub(super) fn by_level(names: &Names, read: impl Fn(&str) -> f64) -> Vec<f64> {
    let of_level: Vec<f64> = names.levels().iter().map(|text| read(text)).collect();
    (0..names.len()).map(|row| names.level(row).map_or(f64::NAN, |level| of_level[level])).collect()
}

/// Numbers as names.
pub(super) fn as_names(values: &[f64]) -> Names {
    let text = |value: &f64| if value.is_nan() { String::new() } else { (value + 0.0).to_string() };
    values.iter().map(text).collect::<Vec<String>>().iter().map(String::as_str).collect()
}
