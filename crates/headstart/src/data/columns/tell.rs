//! What was done with the columns of a table, in one line for each thing that was done.

use super::look::{Manner, Seen};
use super::{Becomes, ColumnPlan, Reason, Unknown, dates};
use crate::words;

/// Notes for a person.
pub(crate) fn notes(columns: &[Seen], test: Option<&[Seen]>, plans: &[ColumnPlan], unknown: &[Unknown]) -> Vec<String> {
    let mut notes = Vec::new();
    let mut say = |what: &str, columns: Vec<String>| {
        if !columns.is_empty() {
            notes.push(format!("{what}: {}", joined(&columns)));
        }
    };
    let both = || columns.iter().zip(plans);
    let left_out = |(seen, plan): (&Seen, &ColumnPlan)| match &plan.becomes {
        Becomes::LeftOut { because } => Some(format!("{} ({})", plan.column, why(*because, seen))),
        _ => None,
    };
    say("left out", both().filter_map(left_out).collect());
    let says_only_where =
        |seen: &Seen, plan: &ColumnPlan| seen.facts.missing > 0 && plan.becomes.is_one_level_unfilled();
    let one_hot = |(seen, plan): (&Seen, &ColumnPlan)| match &plan.becomes {
        Becomes::OneHot { levels, .. } if !says_only_where(seen, plan) => {
            Some(format!("{} ({})", plan.column, levels.len()))
        }
        _ => None,
    };
    say("text, one feature for each of its levels", both().filter_map(one_hot).collect());
    let written = |(seen, plan): (&Seen, &ColumnPlan)| {
        let Manner::Number(Some(_)) = &seen.manner else { return None };
        (!matches!(plan.becomes, Becomes::LeftOut { .. })).then(|| plan.column.clone())
    };
    say("read as numbers, without their separators and marks", both().filter_map(written).collect());
    let doubtful = |(seen, plan): (&Seen, &ColumnPlan)| match &seen.manner {
        Manner::Number(Some(writing)) if seen.is_ambiguous => {
            let what = if writing.groups.is_some() { "between thousands" } else { "before a fraction" };
            Some(format!("{} ({what})", plan.column))
        }
        _ => None,
    };
    say(
        "a comma or a point before three digits may stand for two things, and is taken as one",
        both().filter_map(doubtful).collect(),
    );
    let time = |(seen, plan): (&Seen, &ColumnPlan)| match &plan.becomes {
        Becomes::Time { written, origin, .. } => {
            let form = written.as_ref().filter(|_| seen.is_ambiguous).map_or(String::new(), |form| form_note(form));
            let zone = if written.as_ref().is_some_and(|form| dates::has_zone(form)) { " in UTC" } else { "" };
            Some(match origin {
                Some(origin) => format!("{}, days from {}{zone}{form}", plan.column, dates::day(*origin)),
                None => format!("{}, hours from midnight", plan.column),
            })
        }
        _ => None,
    };
    say("dates and times are numbers", both().filter_map(time).collect());
    let filled = |(j, (seen, plan)): (usize, (&Seen, &ColumnPlan))| {
        let in_test = test.map_or(0, |test| test[j].facts.missing);
        let and = if in_test > 0 { format!(", and {in_test} of the test data") } else { String::new() };
        let is_filled = filling(plan).is_some_and(|(is_filled, _)| is_filled) && seen.facts.missing + in_test > 0;
        is_filled.then(|| format!("{} ({}{and})", plan.column, seen.facts.missing))
    };
    say(
        "missing cells are the training samples' mean or most frequent",
        both().enumerate().filter_map(filled).collect(),
    );
    let marked = |(seen, plan): (&Seen, &ColumnPlan)| {
        let is_marked = filling(plan).is_some_and(|(_, indicator)| indicator) || says_only_where(seen, plan);
        is_marked.then(|| plan.column.clone())
    };
    say("where many are missing, a feature says where", both().filter_map(marked).collect());
    let word = |(seen, plan): (&Seen, &ColumnPlan)| {
        let is_left = matches!(plan.becomes, Becomes::LeftOut { .. });
        (!is_left && !seen.unknown_words.is_empty())
            .then(|| format!("\"{}\" in {}", seen.unknown_words.join("\", \""), plan.column))
    };
    say("taken as missing", both().filter_map(word).collect());
    let shrunk = |(j, (seen, plan)): (usize, (&Seen, &ColumnPlan))| {
        let (is_number, [_, most]) = (matches!(plan.becomes, Becomes::Number { .. }), seen.facts.range?);
        let of_test = &test?[j].facts;
        let is_whole = seen.facts.kind == "whole numbers" && of_test.kind == "numbers";
        (is_number && is_whole && most >= 1000.0 && of_test.range?[1] < 1000.0).then(|| plan.column.clone())
    };
    say(
        "thousands in the training data and fractions below 1000 in the test data (is a point between thousands?)",
        both().enumerate().filter_map(shrunk).collect(),
    );
    let describe = |unknown: &Unknown| {
        let cells = words::many(unknown.count as u64, "cell");
        format!("{} ({cells}, the first \"{}\")", unknown.column, unknown.level)
    };
    say("levels that no training sample has are zeros everywhere", unknown.iter().map(describe).collect());
    notes
}

/// What is said of columns, one after the other; the middle is left out when there are many.
fn joined(said: &[String]) -> String {
    const SHOWN: usize = 12;
    let of = |said: &[String]| said.iter().map(|one| words::in_a_line(one)).collect::<Vec<_>>().join(", ");
    match said {
        [first @ .., last] if said.len() > SHOWN => {
            format!("{}, ..., {}", of(&first[..SHOWN - 2]), words::in_a_line(last))
        }
        all => of(all),
    }
}

/// Whether missing cells are filled, and whether a feature says where; none of a column that is left out.
fn filling(plan: &ColumnPlan) -> Option<(bool, bool)> {
    match &plan.becomes {
        Becomes::LeftOut { .. } => None,
        Becomes::OneHot { missing, .. } => Some((missing.fill.is_some(), missing.indicator)),
        Becomes::Number { missing, .. } | Becomes::TruthValue { missing } | Becomes::Time { missing, .. } => {
            Some((missing.fill.is_some(), missing.indicator))
        }
    }
}

fn why(because: Reason, seen: &Seen) -> String {
    match because {
        Reason::Empty => "empty".to_owned(),
        Reason::Constant => "the same in all training samples".to_owned(),
        Reason::RowNumber => "counts the rows".to_owned(),
        Reason::Identifier => "an identifier, another one in nearly each row".to_owned(),
        Reason::ManyLevels => format!("{} different texts", seen.facts.distinct.unwrap_or_default()),
        Reason::Unread => seen.unknown_words.join(", "),
    }
}

/// Which way round day and month were taken, where that is not certain.
fn form_note(form: &str) -> String {
    let order = if form.find("%d") < form.find("%m") { "day before month" } else { "month before day" };
    format!(", {order}")
}
