//! Advice for people, as a document and as a page.

use super::document::{Block, Cell, Column, Document, Mark, Snippet, Table};
use super::{pictures, table};
use crate::advise::{Advice, Depth, Tried};
use crate::compare::Comparison;
use crate::plot::Picture;
use crate::words::{count, many, number, rough};

/// The answer, why, the evidence, the code, and all that was tried: on request, or among the rest (`verbose`).
pub fn document(advice: &Advice, verbose: bool) -> Document {
    // What matters more than the start comes before it.
    let depth = advice.depth.as_ref().and_then(Depth::answer);
    let of_start = match (depth, advice.sentence.split_at_checked(1)) {
        (Some(_), Some((first, rest))) => format!("As it is, {}{rest}", first.to_lowercase()),
        _ => advice.sentence.clone(),
    };
    let answer: Vec<&str> = depth.into_iter().chain(advice.scale.as_deref()).chain([of_start.as_str()]).collect();
    let mut blocks: Vec<Block> = advice.why.iter().cloned().map(Block::Text).collect();
    if !advice.evidence.cells.is_empty() {
        let heading = "beside the usual starts, on all training samples, from fresh seeds";
        blocks.extend([Block::Heading(heading.to_owned()), Block::Table(evidence(advice))]);
    }
    if !advice.code.is_empty() {
        let code = advice
            .code
            .iter()
            .map(|of| Snippet { framework: of.framework.to_owned(), code: of.code.clone() })
            .collect();
        blocks.extend([Block::Heading("in code".to_owned()), Block::Code(code)]);
    }
    if verbose {
        blocks.push(Block::Heading("all that was tried".to_owned()));
        blocks.extend(details(advice));
    } else {
        blocks.push(Block::Details { summary: "all that was tried".to_owned(), blocks: details(advice) });
    }
    let again = if advice.repeatable || advice.verdict == "interrupted" {
        ""
    } else {
        "; a budget in time is not repeatable: give one in steps for that"
    };
    blocks.push(Block::Text(format!("{} updates were spent{again}", count(advice.steps))));
    Document { answer: answer.join("\n"), blocks, ..Document::default() }
}

/// The table of the evidence, with a mark before what is advised.
fn evidence(advice: &Advice) -> Table {
    // What stands above with its interval is not said again by another test.
    let evidence = Comparison { differences: Vec::new(), ..advice.evidence.clone() };
    let advised = advice.recommendation.as_ref().map(|found| (found.init.as_str(), Mark::Advised));
    table::compared(&evidence, advice.by_class, advised)
}

/// All that was tried, and what was not.
fn details(advice: &Advice) -> Vec<Block> {
    let mut blocks = vec![Block::Text(advice.sure.clone())];
    if !advice.rates.is_empty() {
        let rates: Vec<String> =
            advice.rates.iter().map(|(rate, figure)| format!("{} ({})", rough(*rate), number(*figure))).collect();
        let edge = match (advice.rates.first(), advice.rates.last(), &advice.recommendation) {
            (Some((least, _)), Some((most, _)), Some(found)) if found.lr == *least || found.lr == *most => {
                "; the best is at the end of what was tried: try beyond"
            }
            _ => "",
        };
        let scale = if is_accuracy(advice) {
            "the score of its best start (accuracy, on held-out samples above all)"
        } else {
            "the loss of its best start"
        };
        blocks.push(Block::Text(format!("learning rates tried, each with {scale}: {}{edge}", rates.join(", "))));
    }
    let unit = if is_accuracy(advice) { " in %" } else { "" };
    blocks.push(Block::Heading(format!("{}{unit} after all of the training, or after a part (~)", judged(advice))));
    blocks.extend(tried(advice));
    blocks.push(Block::Text(best(advice)));
    blocks.extend(out(advice).into_iter().map(Block::Text));
    blocks.push(Block::Text(advice.not_tried.to_owned()));
    blocks
}

/// The starts that are expected to be the best, with what was seen of them.
fn best(advice: &Advice) -> String {
    const TOLD: usize = 6;
    let all = advice.tried.iter().flat_map(|family| &family.gains);
    let mut best: Vec<(&Tried, [f64; 2])> = all.filter_map(|tried| Some((tried, tried.expected?))).collect();
    best.sort_by(|(_, [a, _]), (_, [b, _])| b.total_cmp(a));
    let told = best.iter().take(TOLD).map(|(tried, _)| {
        format!("{} {} ({})", tried.init, figure(tried, is_accuracy(advice)), many(tried.seeds as u64, "seed"))
    });
    format!(
        "most promising, in the order of what is expected by these and their neighbours: {}",
        told.collect::<Vec<_>>().join(", ")
    )
}

/// What is shown of every start that was tried.
fn judged(advice: &Advice) -> &'static str {
    if is_accuracy(advice) { "validation accuracy" } else { "validation loss" }
}

fn is_accuracy(advice: &Advice) -> bool {
    advice.figure == "accuracy"
}

/// Tables with a row for each scheme and a column for each gain: of schemes with a gain, and of plain scales.
fn tried(advice: &Advice) -> Vec<Block> {
    let is_plain = |name: &str| name == "normal";
    // The gains between are told among the best.
    let is_on_grid = |tried: &&Tried| tried.early.is_some() || tried.out.is_some();
    let table = |plain: bool| {
        let families: Vec<_> = advice.tried.iter().filter(|family| is_plain(&family.scheme) == plain).collect();
        let mut gains: Vec<f64> =
            families.iter().flat_map(|family| family.gains.iter().filter(is_on_grid).map(|tried| tried.gain)).collect();
        gains.sort_by(f64::total_cmp);
        gains.dedup();
        let columns = std::iter::once(Column::left(if plain { "scale" } else { "gain" }));
        let columns = columns.chain(gains.iter().map(|gain| Column::point(rough(*gain)))).collect();
        let rows = families.iter().map(|family| {
            let at = |gain: &f64| {
                let tried = family.gains.iter().find(|tried| tried.gain == *gain);
                tried.map_or_else(Cell::default, |tried| cell(tried, is_accuracy(advice)))
            };
            std::iter::once(family.scheme.as_str().into()).chain(gains.iter().map(at)).collect()
        });
        (!gains.is_empty()).then(|| Block::Table(Table::new(columns, rows)))
    };
    [false, true].into_iter().filter_map(table).collect()
}

/// The figure of a start, with the number that it is sorted by.
fn cell(tried: &Tried, is_share: bool) -> Cell {
    let value = tried.full.or(tried.early).filter(|_| tried.out.is_none());
    Cell { value: value.map(|x| if is_share { 100.0 * x } else { x }), ..Cell::text(figure(tried, is_share)) }
}

fn figure(tried: &Tried, is_share: bool) -> String {
    let digits = |x: f64| if is_share { format!("{:.1}", 100.0 * x) } else { rough(x) };
    match (&tried.out, tried.full, tried.early) {
        (Some(_), ..) => "out".to_owned(),
        (None, Some(full), _) => digits(full),
        (None, None, Some(early)) if is_share => format!("~{:.0}", 100.0 * early),
        (None, None, Some(early)) => format!("~{}", digits(early)),
        (None, None, None) => "-".to_owned(),
    }
}

/// Why starts were not trained at all, each reason once.
fn out(advice: &Advice) -> Vec<String> {
    let all = advice.tried.iter().flat_map(|family| &family.gains);
    let mut out: Vec<(&str, Vec<&str>)> = Vec::new();
    for (init, why) in all.filter_map(|tried| Some((tried.init.as_str(), tried.out.as_deref()?))) {
        match out.iter_mut().find(|(other, _)| *other == why) {
            Some((_, inits)) => inits.push(init),
            None => out.push((why, vec![init])),
        }
    }
    out.into_iter().map(|(why, inits)| format!("out: {}: {why}", inits.join(", "))).collect()
}

/// The same for a page, with pictures: the figure over the gains with the plateau, the losses and every seed's outcome beside the
/// evidence, and what the starts look like layer by layer.
pub fn page(advice: &Advice) -> Document {
    let picture = |picture: Picture| Block::Picture(Box::new(picture));
    let mut gains = Some(picture(pictures::gains(&format!("{} over the gain", judged(advice)), "", advice)));
    let title = "Losses, and what every seed came to";
    let runs = (!advice.runs.is_empty()).then(|| pictures::runs(title, "", &advice.runs));
    let starts =
        (!advice.starts.is_empty()).then(|| pictures::profiles("The starts, layer by layer", "", &advice.starts, &[]));
    let (mut runs, mut starts) = (runs.map(picture), starts.map(picture));
    let mut document = document(advice, false);
    let mut blocks = Vec::new();
    for block in document.blocks {
        match &block {
            Block::Heading(_) => blocks.extend(gains.take()),
            Block::Details { .. } => blocks.extend(starts.take()),
            _ => {}
        }
        let is_evidence = matches!(block, Block::Table(_));
        blocks.push(block);
        if is_evidence {
            blocks.extend(runs.take());
        }
    }
    // What found no place beside what it is of stands at the end.
    blocks.extend([gains, runs, starts].into_iter().flatten());
    document.blocks = blocks;
    document
}
