//! What is in files of weights, for people: the answer, the findings, and a table of weights.

use super::document::{Block, Cell, Column, Document, Table};
use super::table::{figure, nothing, roughly};
use crate::audit::{Audit, Finding, Level, Role, Weight};
use crate::words::{foreign, many, rough};
use std::collections::BTreeMap;

/// Rows that are shown where no others were asked for.
const MOST: usize = 60;

/// The answer, what was found, and the weights: siblings of one shape in one row, or each by itself where `all` of it is wanted.
pub fn document(audit: &Audit, all: bool) -> Document {
    let mut blocks: Vec<Block> = audit.findings.iter().flat_map(told).collect();
    let rows = if all { audit.weights.iter().map(|weight| vec![weight]).collect() } else { folded(&audit.weights) };
    let shown = if all { rows.len() } else { MOST };
    let mut table = weights(&rows[..shown.min(rows.len())]);
    if rows.len() > shown {
        let more = many((rows.len() - shown) as u64, "row");
        table.notes.push(format!("... and {more} more: --all shows every weight"));
    }
    blocks.push(Block::Table(table));
    blocks.extend(likes(&audit.weights).map(Block::Text));
    Document { title: "Weights".to_owned(), answer: format!("{}.", audit.verdict), blocks, ..Document::default() }
}

/// What was found, and what to do.
fn told(finding: &Finding) -> Vec<Block> {
    let head = match finding.level {
        Level::Wrong => "wrong",
        Level::Suspect => "suspect",
        Level::Note => "note",
    };
    let mut blocks = vec![Block::said(head, format!("{} [{}]", finding.sentence, finding.name))];
    if finding.level != Level::Note {
        blocks.push(Block::said("what to do", finding.advice.as_str()));
    }
    blocks
}

/// What a row has to say: biases, counters and scales of normalizations are no news beside their weights.
fn folded(weights: &[Weight]) -> Vec<Vec<&Weight>> {
    let mut places: BTreeMap<(&str, &[usize], Role), usize> = BTreeMap::new();
    let mut rows: Vec<Vec<&Weight>> = Vec::new();
    for weight in weights.iter().filter(|weight| !matches!(weight.role, Role::Bias | Role::Statistic | Role::Buffer)) {
        let place = *places.entry((&weight.siblings, &weight.shape, weight.role)).or_insert(rows.len());
        if place == rows.len() {
            rows.push(Vec::new());
        }
        rows[place].push(weight);
    }
    rows
}

/// A row, of a weight or of siblings.
fn row(group: &[&Weight]) -> Vec<Cell> {
    let first = group[0];
    let shape: Vec<String> = first.shape.iter().map(ToString::to_string).collect();
    let middle = |of: &dyn Fn(&Weight) -> Option<f64>| {
        let mut there: Vec<f64> = group.iter().filter_map(|weight| of(weight)).collect();
        there.sort_by(f64::total_cmp);
        there.get(there.len() / 2).copied()
    };
    let asked = |weight: &Weight| Some(weight.rms? / weight.ratio?);
    let rule = first.nearest.map_or(String::new(), |rule| format!("{rule} "));
    vec![
        first.role.name().into(),
        name(group).into(),
        if shape.is_empty() { "1".into() } else { shape.join("x").into() },
        middle(&|weight| weight.rms).map_or_else(nothing, roughly),
        middle(&asked).map_or_else(nothing, |asked| figure(format!("{rule}{}", rough(asked)), asked)),
        middle(&|weight| weight.ratio).map_or_else(nothing, roughly),
    ]
}

fn name(group: &[&Weight]) -> String {
    match group {
        [one] => foreign(&one.name),
        several => format!("{} x{}", foreign(&several[0].siblings), several.len()),
    }
}

fn weights(rows: &[Vec<&Weight>]) -> Table {
    let columns = vec![
        Column::left("role"),
        Column::ends("weight"),
        Column::left("shape"),
        Column::point("scale"),
        Column::right("asked"),
        Column::point("ratio"),
    ];
    Table::new(columns, rows.iter().map(|group| row(group)))
}

/// What weights look as if they were drawn by.
fn likes(weights: &[Weight]) -> Option<String> {
    let mut of: BTreeMap<&str, u64> = BTreeMap::new();
    for weight in weights.iter().filter(|weight| weight.role.multiplies() || weight.role == Role::Embedding) {
        if let Some(like) = &weight.looks_like {
            *of.entry(like.split(": ").next().unwrap_or(like)).or_default() += 1;
        }
    }
    if of.is_empty() {
        return None;
    }
    let mut all: Vec<(&str, u64)> = of.into_iter().collect();
    all.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    let told: Vec<String> = all.into_iter().take(4).map(|(like, n)| format!("{like} ({n})")).collect();
    Some(format!("distributed as starts are: {}", told.join(", ")))
}
