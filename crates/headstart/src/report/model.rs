//! Models of frameworks as text for people: what was measured at their start, and why it goes as it goes.

use super::explanation::{hanging, in_words, of_finding};
use super::table::{table, wrapped};
use crate::explain::evidence::{Look, Place};
use crate::explain::foreign::ModelExplanation;
use crate::explain::model::{Branch, Model, Parameter};
use crate::words::{number, percent, rough};

/// What was measured at the start of a model: its places, its residual stream and its attention; means over seeds where there are several.
pub fn probe(look: &Look, guessing: f64, sharpness: Option<f64>) -> String {
    let mut text = wrapped(&headline(look, guessing, sharpness));
    text.push('\n');
    let empty = Model::default();
    let model = look.model.as_ref().unwrap_or(&empty);
    text += &places(look, model);
    if !model.branches.is_empty() {
        text.push('\n');
        text += &branches(&model.branches);
    }
    if !model.attention.is_empty() {
        text.push('\n');
        let rows = model.attention.iter().map(|one| {
            vec![
                short(&one.name),
                one.heads.to_string(),
                one.tokens.to_string(),
                format!("{:.3}", one.entropy),
                percent(one.saturated, 0),
            ]
        });
        text += &table(&["attention", "heads", "tokens", "entropy", "one key"], rows, 1);
    }
    text
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

fn places(look: &Look, model: &Model) -> String {
    let weight = |l: usize| model.parameters.iter().find(|one| one.place == Some(l));
    let share = |share: Option<f64>| share.map_or_else(|| "-".to_owned(), |share| percent(share, 0));
    let cosine = |cosine: Option<f64>| cosine.map_or_else(|| "-".to_owned(), |cosine| format!("{cosine:.2}"));
    let scale = |l: usize| weight(l).filter(|one| one.role != "embedding").map_or_else(|| "-".to_owned(), by_asked);
    let is_known = |figure: fn(&Place) -> Option<f64>| look.places.iter().any(|place| figure(place).is_some());
    // What is known of no place is no column.
    let kept = [
        true,
        true,
        true,
        true,
        true,
        is_known(|place| place.dead),
        is_known(|place| place.saturated),
        is_known(|place| place.correlation),
        is_known(|place| place.tokens),
    ];
    let rows = look.places.iter().enumerate().map(|(l, place)| {
        let row = [
            short(&place.name),
            place.width.to_string(),
            figure(place.signal),
            figure(place.gradient),
            scale(l),
            share(place.dead),
            share(place.saturated),
            cosine(place.correlation),
            cosine(place.tokens),
        ];
        row.into_iter().zip(kept).filter(|(_, is_kept)| *is_kept).map(|(cell, _)| cell).collect()
    });
    let header = ["", "units", "signal", "gradient", "scale", "dead", "flat", "corr.", "tokens"];
    let header: Vec<&str> =
        header.into_iter().zip(kept).filter(|(_, is_kept)| *is_kept).map(|(name, _)| name).collect();
    table(&header, rows, 1)
}

fn figure(figure: f64) -> String {
    if figure.is_finite() { number(figure) } else { "-".to_owned() }
}

/// The scale of a weight by what its fans and what makes its inputs ask for.
fn by_asked(one: &Parameter) -> String {
    let ratio = one.scale / one.asked;
    if ratio.is_finite() { format!("{ratio:.2}x") } else { "-".to_owned() }
}

/// The residual stream: what each branch adds, beside what it is added to.
fn branches(branches: &[Branch]) -> String {
    let rows = branches.iter().map(|branch| {
        let tokens = branch.tokens.map_or_else(|| "-".to_owned(), |cosine| format!("{cosine:.2}"));
        vec![short(&branch.name), figure(branch.stream), figure(branch.size), figure(branch.joined), tokens]
    });
    table(&["branch to", "stream", "branch", "sum", "tokens"], rows, 1)
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
pub fn explanation(explanation: &ModelExplanation) -> String {
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
    let mut text = wrapped(&format!("{}: {headline}; loss {loss} at the start{beside}.", explanation.init));
    for (i, finding) in explanation.findings.iter().enumerate() {
        let place = finding.layer.and_then(|layer| explanation.look.places.get(layer - 1));
        let place = place.map_or_else(String::new, |place| format!(" (in {})", place.name));
        text.push('\n');
        text += &of_finding(i + 1, finding, &place);
    }
    if let Some(prediction) = &explanation.prediction {
        text.push('\n');
        text += &hanging("predicted  ", &in_words(prediction, explanation.trace.len() as u64));
    }
    for check in &explanation.checks {
        text += &hanging("checked    ", &check.sentence);
    }
    text
}
