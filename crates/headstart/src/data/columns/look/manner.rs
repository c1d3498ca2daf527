//! How the cells of a column are written.

use super::cells::Manner;
use super::levels::{by_level, levels_there};
use crate::data::columns::dates;
use crate::data::columns::numbers::{Decimal, Writing};
use crate::data::content::Names;
use crate::data::table::Column;

/// How the cells of a column are written.
pub(super) fn manner(cells: &Column, usual: Option<Decimal>, strict: bool) -> (Manner, bool) {
    let names = match cells {
        Column::Numbers { .. } => return (Manner::Number(None), false),
        Column::Times(_) => return (Manner::Time(None), false),
        Column::Unread { .. } => return (Manner::Names, false),
        Column::Text(names) => names,
    };
    let there = levels_there(names);
    let texts = there.iter().copied();
    if there.is_empty() || texts.clone().all(|text| text.parse::<f64>().is_ok()) {
        // 1.200 is a thousand and more where fractions have commas.
        let grouped = Writing::of(texts, usual).filter(|(writing, _)| !strict && writing.decimal == Decimal::Comma);
        return match grouped.filter(|(writing, _)| usual == Some(Decimal::Comma) && writing.groups.is_some()) {
            Some((writing, ambiguous)) => (Manner::Number(Some(writing)), ambiguous),
            None => (Manner::Number(None), false),
        };
    }
    if texts.clone().all(|text| truth_value(text).is_some()) {
        return (Manner::TruthValue, false);
    }
    if strict {
        return (Manner::Names, false);
    }
    if let Some((writing, ambiguous)) = Writing::of(texts.clone(), usual) {
        return (Manner::Number(Some(writing)), ambiguous);
    }
    if let Some((form, ambiguous)) = dates::form_of(texts) {
        return (Manner::Time(Some(form)), ambiguous);
    }
    (Manner::Names, false)
}

pub(super) fn truth_value(text: &str) -> Option<f64> {
    match text {
        "true" | "True" | "TRUE" => Some(1.0),
        "false" | "False" | "FALSE" => Some(0.0),
        _ => None,
    }
}

/// The sign before fractions in the columns of a table where it can only be the one; what it is elsewhere is more likely the same.
/// Where nothing tells, that of such files.
pub(crate) fn usual_decimal(columns: &[Column], of_format: Option<Decimal>) -> Option<Decimal> {
    let has_fractions = |column: &&Column| match column {
        Column::Numbers { values, .. } => values.iter().any(|value| value.is_finite() && value.fract() != 0.0),
        _ => false,
    };
    let with_points = || columns.iter().find(has_fractions).map(|_| Decimal::Point);
    certain_decimal(columns).or_else(with_points).or(of_format)
}

/// The same where the text of a column leaves no choice.
pub(crate) fn certain_decimal(columns: &[Column]) -> Option<Decimal> {
    columns.iter().find_map(|column| {
        let Column::Text(names) = column else { return None };
        let there = levels_there(names);
        let (writing, ambiguous) = Writing::of(there.iter().copied(), None)?;
        let says = there.iter().any(|text| text.contains([',', '.']));
        (!ambiguous && says && !there.is_empty()).then_some(writing.decimal)
    })
}

/// The numbers of a column that is text, if they are numbers as people write them; and how they are written.
pub(crate) fn numbers_in(names: &Names, usual: Option<Decimal>) -> Option<(Vec<f64>, Writing)> {
    let there = levels_there(names);
    if there.is_empty() {
        return None;
    }
    let (writing, _) = Writing::of(there.iter().copied(), usual)?;
    Some((by_level(names, |text| writing.read(text).unwrap_or(f64::NAN)), writing))
}
