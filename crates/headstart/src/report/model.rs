//! Models of frameworks, for people: what was measured at their start, and why it goes as it goes.

use super::document::{Block, Cell, Column, Document, Table};
use super::explanation::{in_words, of_finding};
use super::table::{figure as cell, in_percent, measured_or_nothing, nothing, numbered};
use crate::explain::evidence::{Look, Place};
use crate::explain::foreign::ModelExplanation;
use crate::explain::model::{Branch, Model, Parameter};
use crate::words::{number, rough};

/// What was measured at the start of a model: its places, its residual stream and its attention; means over seeds where there are several.
pub fn probe(look: &Look, guessing: f64, sharpness: Option<f64>) -> Document {
    let empty = Model::default();
    let model = look.model.as_ref().unwrap_or(&empty);
    let mut blocks = vec![Block::Table(places(look, model))];
    if !model.branches.is_empty() {
        blocks.push(Block::Table(branches(&model.branches)));
    }
    if !model.attention.is_empty() {
        let rows = model.attention.iter().map(|one| {
            vec![
                short(&one.name).into(),
                numbered(one.heads as u64),
                numbered(one.tokens as u64),
                cell(format!("{:.3}", one.entropy), one.entropy),
                in_percent(Some(one.saturated)),
            ]
        });
        let columns = vec![
            Column::left("attention"),
            Column::right("heads"),
            Column::right("tokens"),
            Column::point("entropy"),
            Column::right("one key"),
        ];
        blocks.push(Block::Table(Table::new(columns, rows)));
    }
    Document { answer: headline(look, guessing, sharpness), blocks, ..Document::default() }
}

fn headline(look: &Look, guessing: f64, sharpness: Option<f64>) -> String {
    let beside = if guessing.is_finite() {
        format!(" beside {} for guessing", number(guessing))
    } else {
        ", beside what guessing costs, which is not known".to_owned()
    };
    let sharp = sharpness.filter(|sharpness| sharpness.is_finite());
    let sharp = sharp.map_or_else(String::new, |sharpness| format!(", sharpness {}", number(sharpness)));
    format!("Loss {} at the start{beside}{sharp}.", number(look.loss))
}

fn places(look: &Look, model: &Model) -> Table {
    let weight = |l: usize| model.parameters.iter().find(|one| one.place == Some(l));
    let scale = |l: usize| weight(l).filter(|one| one.role != "embedding").map_or_else(nothing, by_asked);
    let is_known = |figure: fn(&Place) -> Option<f64>| look.places.iter().any(|place| figure(place).is_some());
    // What is known of no place is no column.
    let columns = [
        (Column::left(""), true),
        (Column::right("units"), true),
        (Column::point("signal"), true),
        (Column::point("gradient"), true),
        (Column::point("scale"), true),
        (Column::right("dead"), is_known(|place| place.dead)),
        (Column::right("flat"), is_known(|place| place.saturated)),
        (Column::point("corr."), is_known(|place| place.correlation)),
        (Column::point("tokens"), is_known(|place| place.tokens)),
    ];
    let kept = columns.each_ref().map(|(_, is_kept)| *is_kept);
    let rows = look.places.iter().enumerate().map(|(l, place)| {
        let row = [
            short(&place.name).into(),
            numbered(place.width as u64),
            figure(place.signal),
            figure(place.gradient),
            scale(l),
            in_percent(place.dead),
            in_percent(place.saturated),
            cosine(place.correlation),
            cosine(place.tokens),
        ];
        row.into_iter().zip(kept).filter(|(_, is_kept)| *is_kept).map(|(cell, _)| cell).collect()
    });
    Table::new(columns.into_iter().filter(|(_, is_kept)| *is_kept).map(|(column, _)| column).collect(), rows)
}

fn figure(figure: f64) -> Cell {
    measured_or_nothing(Some(figure).filter(|figure| figure.is_finite()))
}

fn cosine(cosine: Option<f64>) -> Cell {
    cosine.map_or_else(nothing, |cosine| cell(format!("{cosine:.2}"), cosine))
}

/// The scale of a weight by what its fans and what makes its inputs ask for.
fn by_asked(one: &Parameter) -> Cell {
    let ratio = one.scale / one.asked;
    if ratio.is_finite() { cell(format!("{ratio:.2}x"), ratio) } else { nothing() }
}

/// The residual stream: what each branch adds, beside what it is added to.
fn branches(branches: &[Branch]) -> Table {
    let rows = branches.iter().map(|branch| {
        let [stream, size, joined] = [branch.stream, branch.size, branch.joined].map(figure);
        vec![short(&branch.name).into(), stream, size, joined, cosine(branch.tokens)]
    });
    let figures = ["stream", "branch", "sum", "tokens"].map(Column::point);
    Table::new(std::iter::once(Column::left("branch to")).chain(figures).collect(), rows)
}

/// The most characters of a name in a table: its end tells it apart.
const LONG: usize = 24;

fn short(name: &str) -> String {
    let name = name.strip_suffix(".weight").unwrap_or(name);
    let length = name.chars().count();
    if length <= LONG {
        name.to_owned()
    } else {
        format!("..{}", name.chars().skip(length + 2 - LONG).collect::<String>())
    }
}

/// Why a model starts as it does: the answer, findings, prediction and checks.
pub fn explanation(explanation: &ModelExplanation) -> Document {
    let first = &explanation.findings[0];
    let decides = explanation.findings.iter().find(|finding| finding.decides);
    let headline = match (decides, &explanation.prediction) {
        (Some(finding), _) => format!("{} decides", finding.name),
        (None, _) if first.name == "nothing wrong" => "nothing wrong".to_owned(),
        (None, Some(prediction)) if prediction.within => {
            format!("{}, but nothing that keeps it from learning", first.name)
        }
        (None, _) => first.name.to_owned(),
    };
    let loss = rough(explanation.loss);
    let guessing = explanation.guessing;
    let beside = if guessing.is_finite() { format!(" (guessing: {})", rough(guessing)) } else { String::new() };
    let mut blocks: Vec<Block> = Vec::new();
    for (i, finding) in explanation.findings.iter().enumerate() {
        let place = finding.layer.and_then(|layer| explanation.look.places.get(layer - 1));
        let place = place.map_or_else(String::new, |place| format!(" (in {})", place.name));
        blocks.push(of_finding(i + 1, finding, &place));
    }
    if let Some(prediction) = &explanation.prediction {
        blocks.push(Block::said("predicted", in_words(prediction, explanation.trace.len() as u64)));
    }
    blocks.extend(explanation.checks.iter().map(|check| Block::said("checked", check.sentence.as_str())));
    Document {
        answer: format!("{}: {headline}; loss {loss} at the start{beside}.", explanation.init),
        blocks,
        ..Document::default()
    }
}
