//! What is in files of weights, for people: the answer, the findings, and a table of weights.

use super::table::{WIDTH, nothing, table, wrapped};
use crate::audit::{Audit, Finding, Level, Role, Weight};
use crate::words::{foreign, many, rough, whole_words};
use std::collections::BTreeMap;

/// Rows that are shown where no others were asked for.
const MOST: usize = 60;

/// The answer, what was found, and the weights: siblings of one shape in one row, or each by itself where `all` of it is wanted.
pub fn text(audit: &Audit, all: bool) -> String {
    let mut text = wrapped(&format!("{}.", audit.verdict));
    for (i, finding) in audit.findings.iter().enumerate() {
        text += if i == 0 { "\n" } else { "" };
        text += &told(finding);
    }
    let rows = if all { audit.weights.iter().map(|weight| vec![weight]).collect() } else { folded(&audit.weights) };
    let shown = if all { rows.len() } else { MOST };
    text += "\n";
    text += &weights(&rows[..shown.min(rows.len())]);
    if rows.len() > shown {
        text +=
            &wrapped(&format!("... and {} more: --all shows every weight", many((rows.len() - shown) as u64, "row")));
    }
    text += &likes(&audit.weights);
    text
}

fn told(finding: &Finding) -> String {
    let head = match finding.level {
        Level::Wrong => "wrong: ",
        Level::Suspect => "suspect: ",
        Level::Note => "note: ",
    };
    let options = whole_words(80).subsequent_indent("  ");
    let mut text = textwrap::fill(&format!("{head}{} [{}]", finding.sentence, finding.name), options) + "\n";
    if finding.level != Level::Note {
        let options = whole_words(80).initial_indent("  what to do: ").subsequent_indent("  ");
        text += &(textwrap::fill(&finding.advice, options) + "\n");
    }
    text
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

/// What a row says behind the weight's name, whose cell has the rest of the line.
fn row(group: &[&Weight]) -> [String; 4] {
    let first = group[0];
    let shape: Vec<String> = first.shape.iter().map(ToString::to_string).collect();
    let middle = |of: &dyn Fn(&Weight) -> Option<f64>| {
        let mut there: Vec<f64> = group.iter().filter_map(|weight| of(weight)).collect();
        there.sort_by(f64::total_cmp);
        there.get(there.len() / 2).copied()
    };
    let asked = |weight: &Weight| Some(weight.rms? / weight.ratio?);
    let or_nothing = |x: Option<f64>| x.map_or_else(nothing, rough);
    let rule = first.nearest.map_or(String::new(), |rule| format!("{rule} "));
    [
        if shape.is_empty() { "1".to_owned() } else { shape.join("x") },
        or_nothing(middle(&|weight| weight.rms)),
        middle(&asked).map_or_else(nothing, |asked| format!("{rule}{}", rough(asked))),
        or_nothing(middle(&|weight| weight.ratio)),
    ]
}

/// A table of weights, each row in one line: of names that are too long for that, the end says most.
fn weights(rows: &[Vec<&Weight>]) -> String {
    const LEAST: usize = 16;
    let header = ["role", "weight", "shape", "scale", "asked", "ratio"];
    let cells: Vec<[String; 4]> = rows.iter().map(|group| row(group)).collect();
    let width =
        |i: usize| cells.iter().map(|cells| cells[i].chars().count()).max().unwrap_or(0).max(header[i + 2].len());
    let role = rows.iter().map(|group| group[0].role.name().len()).max().unwrap_or(0).max(header[0].len());
    let taken = role + (0..4).map(width).sum::<usize>() + 2 * (header.len() - 1);
    let room = usize::from(WIDTH).saturating_sub(taken).max(LEAST);
    let name = |group: &[&Weight]| {
        let name = foreign(if group.len() == 1 { &group[0].name } else { &group[0].siblings });
        let times = if group.len() == 1 { String::new() } else { format!(" x{}", group.len()) };
        let (length, room) = (name.chars().count(), room - times.len().min(room - 1));
        let cut = || format!("~{}", name.chars().skip(length + 1 - room).collect::<String>());
        format!("{}{times}", if length > room { cut() } else { name.clone() })
    };
    let lines = rows.iter().zip(cells).map(|(group, cells)| {
        let [shape, scale, asked, ratio] = cells;
        vec![group[0].role.name().to_owned(), name(group), shape, scale, asked, ratio]
    });
    table(&header, lines, 3)
}

/// What weights look as if they were drawn by.
fn likes(weights: &[Weight]) -> String {
    let mut of: BTreeMap<&str, u64> = BTreeMap::new();
    for weight in weights.iter().filter(|weight| weight.role.multiplies() || weight.role == Role::Embedding) {
        if let Some(like) = &weight.looks_like {
            *of.entry(like.split(": ").next().unwrap_or(like)).or_default() += 1;
        }
    }
    if of.is_empty() {
        return String::new();
    }
    let mut all: Vec<(&str, u64)> = of.into_iter().collect();
    all.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    let told: Vec<String> = all.into_iter().take(4).map(|(like, n)| format!("{like} ({n})")).collect();
    format!("\n{}", wrapped(&format!("distributed as starts are: {}", told.join(", "))))
}
