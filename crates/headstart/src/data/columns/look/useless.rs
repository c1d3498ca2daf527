//! Which columns can say nothing of other rows.

use super::cells::Cells;
use super::options::Options;
use crate::data::columns::{Facts, MOST_LEVELS, Reason};
use crate::data::content::Given;
use crate::data::spec::Missing;
use std::collections::HashSet;

/// With fewer rows nothing can be said of a column that never repeats.
pub(super) const FEW_ROWS: usize = 10;

/// Why a column can say nothing of other rows, if so. What was asked for is taken, where it can be.
pub(super) fn useless(given: &Given, cells: &Cells, facts: &Facts, options: Options) -> Option<Reason> {
    // No row is left out for a column that says nothing.
    let rows = match cells {
        Cells::Numbers(values) => values.len(),
        Cells::Text(names) => names.len(),
    };
    let may_be = facts.missing > 0 && rows >= FEW_ROWS && !given.is_asked_for;
    let is_in_the_way = may_be && options.missing == Missing::Drop;
    match cells {
        Cells::Numbers(values) => {
            match facts.range {
                None => return Some(Reason::Empty),
                Some([least, greatest]) if is_in_the_way && least == greatest => return Some(Reason::Constant),
                Some(_) => {}
            }
            let is_row_number = !given.is_asked_for && counts_rows(given, values);
            let is_identifier = !given.is_asked_for && values.len() >= FEW_ROWS && is_called_identifier(given);
            match (is_row_number, is_identifier && facts.kind == "whole numbers" && all_differ(values)) {
                (true, _) => Some(Reason::RowNumber),
                (_, true) => Some(Reason::Identifier),
                _ => None,
            }
        }
        Cells::Text(names) => {
            // Numbers that are taken as names have one.
            let levels = facts.distinct.unwrap_or(1);
            let there = names.len() - facts.missing;
            match levels {
                0 => Some(Reason::Empty),
                1 if is_in_the_way => Some(Reason::Constant),
                _ if given.is_asked_for => None,
                _ if there >= FEW_ROWS && 10 * levels > 9 * there => Some(Reason::Identifier),
                _ if levels > MOST_LEVELS => Some(Reason::ManyLevels),
                _ => None,
            }
        }
    }
}

/// Whether these are 0, 1, 2, ... or 1, 2, 3, ..., as tools write rows' names that nobody gave.
fn counts_rows(given: &Given, values: &[f64]) -> bool {
    let first = values.first().copied().unwrap_or_default();
    let is_nameless_first = given.position == 0 && given.name.as_ref().is_some_and(String::is_empty);
    let may_be = given.position == 0 && !is_called_time(given) || is_called_identifier(given);
    (values.len() >= FEW_ROWS && may_be || is_nameless_first)
        && [0.0, 1.0].contains(&first)
        && values.iter().enumerate().all(|(row, &value)| value == first + row as f64)
}

/// Whether the name is one that people give to identifiers.
fn is_called_identifier(given: &Given) -> bool {
    let Some(name) = &given.name else { return false };
    let name = name.to_lowercase();
    let ends = ["_id", " id", "-id", ".id"].iter().any(|end| name.ends_with(end));
    // `customerId` and `customerID`, but not `BID`.
    let before = given.name.as_ref().and_then(|name| name.strip_suffix("Id").or(name.strip_suffix("ID")));
    let upper = before.is_some_and(|before| before.ends_with(|c: char| c.is_lowercase() || c.is_ascii_digit()));
    ends || upper
        || [
            "id",
            "idx",
            "index",
            "uuid",
            "guid",
            "row",
            "rowid",
            "row_number",
            "rownum",
            "no",
            "no.",
            "nr",
            "nr.",
            "#",
            "unnamed: 0",
        ]
        .contains(&name.as_str())
}

/// Whether the name is one of a time, which may count the rows and say something all the same.
fn is_called_time(given: &Given) -> bool {
    const TIMES: [&str; 17] = [
        "t", "x", "time", "day", "days", "week", "weeks", "month", "months", "year", "years", "hour", "hours", "date",
        "minute", "second", "age",
    ];
    given.name.as_ref().is_some_and(|name| TIMES.contains(&name.to_lowercase().as_str()))
}

fn all_differ(values: &[f64]) -> bool {
    let mut seen = HashSet::with_capacity(values.len());
    values.iter().all(|value| !value.is_nan() && seen.insert((value + 0.0).to_bits()))
}
