//! Initializations side by side.

use super::figures::{counted, figure, measured, nothing, numbered, r2, share, with_interval};
use crate::compare::race::{End, Settled};
use crate::compare::{Cell, Comparison};
use crate::report::document::{self, Block, Column, Document, Mark, Row, Table};
use crate::stats::interval::{FEWEST, NoInterval, mid_p};
use crate::words::{many, number};

/// Whether their order is settled, of a comparison that went on until it was; the initializations, best first; and what separates the
/// best one from the others, where that stands.
pub fn comparison(comparison: &Comparison, by_class: bool) -> Document {
    let Comparison { cells, differences, settled } = comparison;
    let best = is_best_known(comparison).then(|| cells[0].init.as_str());
    let mut blocks = vec![Block::Table(table(comparison, by_class, best.map(|init| (init, Mark::Best))))];
    let first = cells.first().map_or("", |cell| &cell.init);
    let of_best = differences.iter().filter(|difference| difference.better == first || difference.than == first);
    // Of one seed nothing can be said of others.
    if cells.iter().all(|cell| cell.runs > 1) {
        blocks.extend(of_best.map(|difference| Block::Text(difference.sentence.clone())));
    }
    let mut sentences = settled.as_ref().map_or_else(Vec::new, Settled::sentences).into_iter();
    let answer = sentences.next().unwrap_or_default();
    blocks.extend(sentences.map(Block::Text));
    Document { answer, blocks, ..Document::default() }
}

/// Which start is the best of them, as far as the seeds tell, in a sentence for those who read no table.
pub fn in_a_sentence(comparison: &Comparison) -> String {
    let Some(first) = comparison.cells.first() else { return String::new() };
    let seeds = many((first.runs - first.diverged) as u64, "seed");
    if comparison.cells.len() > 1 && !is_best_known(comparison) {
        return format!("Which of these starts is the best does not show in {seeds} each");
    }
    let Some(judged) = first.judged() else { return format!("{}: no run of {seeds} has a figure", first.init) };
    let set = if first.test.is_some() { "test" } else { "training" };
    let (name, mean, interval) = match judged.accuracy {
        Some(of) => ("accuracy", format!("{:.3}", of.mean), of.interval.map(|ends| ends.map(|x| format!("{x:.3}")))),
        None => ("loss", number(judged.loss.mean), judged.loss.interval.map(|ends| ends.map(number))),
    };
    let interval = interval.map_or_else(String::new, |[low, high]| format!(" ({low} to {high})"));
    let best = if comparison.cells.len() > 1 { "does best: " } else { "has a " };
    format!("{} {best}{set} {name} {mean}{interval}, the mean of {seeds}", first.init)
}

/// Whether the first one is known to be the best, and does not only happen to come first.
fn is_best_known(Comparison { cells, differences, settled }: &Comparison) -> bool {
    let Some((first, others)) = cells.split_first().filter(|(_, others)| !others.is_empty()) else { return false };
    let judged = if first.reached.is_some() { "accuracy" } else { "loss" };
    let is_worse = |cell: &Cell| {
        let of_both = |difference: &&crate::compare::Difference| {
            difference.better == first.init && difference.than == cell.init && difference.figure.ends_with(judged)
        };
        differences.iter().any(|difference| of_both(&difference) && difference.stands)
    };
    settled.as_ref().map_or_else(|| others.iter().all(is_worse), |settled| settled.because == End::Best)
}

/// One row per initialization, best first, with the intervals of its figures, and the balanced accuracy if `by_class`; one of them
/// may be marked.
pub fn table(comparison: &Comparison, by_class: bool, marked: Option<(&str, Mark)>) -> Table {
    let cells = &comparison.cells;
    let classify = cells.iter().any(|cell| cell.reached.is_some());
    let tested = cells.iter().any(|cell| cell.test.is_some());
    let which = if tested { "test" } else { "train" };
    let target = cells.iter().find_map(|cell| cell.reached.as_ref()).map_or(0.0, |reached| reached.target);
    let regress = cells.iter().any(|cell| cell.r2.is_some());
    let mut columns = vec![Column::left("init"), Column::right("runs")];
    if classify {
        columns.extend([
            Column::point(format!("{which} accuracy")),
            Column::point("worst (seed)"),
            Column::point(format!("at {target}")),
            Column::right("steps"),
        ]);
        if by_class {
            columns.insert(3, Column::point("balanced"));
        }
    } else {
        columns.extend([format!("{which} loss"), "median".to_owned(), "worst (seed)".to_owned()].map(Column::point));
        columns.extend(regress.then(|| Column::point("R^2")));
    }
    let rows = cells.iter().map(|cell| {
        let mut row = vec![cell.init.clone().into(), numbered(cell.runs as u64)];
        let judged = cell.judged();
        if let Some(reached) = cell.reached.as_ref().filter(|_| classify) {
            let digits = |x: f64| format!("{x:.3}");
            let accuracy = judged.and_then(|summary| summary.accuracy);
            let mean = |of: f64| figure(digits(of), of);
            row.push(accuracy.map_or_else(nothing, |of| with_interval(mean(of.mean), of.interval, digits)));
            if by_class {
                row.push(judged.and_then(|summary| summary.balanced_accuracy).map_or_else(nothing, mean));
            }
            let worst = share(accuracy.map(|of| of.worst));
            row.push(accuracy.map_or_else(nothing, |of| of_seed(worst, of.worst_seed)));
            let [all, low, high] = [reached.share, reached.interval[0], reached.interval[1]].map(|share| 100.0 * share);
            row.push(with_interval(figure(format!("{all:.0}%"), all), Some([low, high]), |end| format!("{end:.0}")));
            row.push(reached.steps.median.map_or_else(nothing, |median| counted(median as u64)));
        } else {
            let loss = judged.map(|summary| summary.loss);
            row.push(loss.map_or_else(nothing, |of| with_interval(measured(of.mean), of.interval, number)));
            row.push(loss.map_or_else(nothing, |of| measured(of.median)));
            row.push(loss.map_or_else(nothing, |of| of_seed(measured(of.worst), of.worst_seed)));
            row.extend(regress.then(|| r2(cell.r2.map(|of| of.mean))));
        }
        let mark = marked.filter(|(init, _)| *init == cell.init).map(|(_, mark)| mark);
        Row { cells: row, mark: mark.or_else(|| (cell.diverged > 0).then_some(Mark::Failed)) }
    });
    let diverged = cells.iter().filter(|cell| cell.diverged > 0);
    let mut notes: Vec<String> =
        diverged.map(|cell| format!("{}: {} of {} runs diverged", cell.init, cell.diverged, cell.runs)).collect();
    notes.extend(no_intervals(cells));
    Table { columns, rows: rows.collect(), notes, ..Table::default() }
}

/// A figure with the seed that has it.
fn of_seed(cell: document::Cell, seed: u64) -> document::Cell {
    document::Cell { text: format!("{} ({seed})", cell.text), ..cell }
}

/// Why some means have no interval; nothing of single seeds, of which nobody expects one.
fn no_intervals(cells: &[Cell]) -> Vec<String> {
    let why = |cell: &Cell| {
        let judged = cell.judged()?;
        judged.accuracy.unwrap_or(judged.loss).no_interval
    };
    // What is said of several is said once.
    let mut said: Vec<(String, Vec<&str>)> = Vec::new();
    for cell in cells.iter().filter(|cell| cell.runs > 1 && why(cell) == Some(NoInterval::Alike)) {
        let seeds = cell.runs - cell.diverged;
        let others = 100.0 * (1.0 - mid_p(seeds, seeds)[0]);
        let is_one_run = cell.train.is_some_and(|train| train.loss.no_interval == Some(NoInterval::Alike));
        let then = if is_one_run {
            "with the same loss to the last digit, as where nothing is drawn".to_owned()
        } else {
            format!("which has no interval: up to {others:.0}% of other seeds may not")
        };
        let what = format!("all {seeds} seeds end alike, {then}");
        match said.iter_mut().find(|(other, _)| *other == what) {
            Some((_, inits)) => inits.push(&cell.init),
            None => said.push((what, vec![&cell.init])),
        }
    }
    let mut notes: Vec<String> =
        said.into_iter().map(|(what, inits)| format!("{}: {what}", inits.join(", "))).collect();
    if cells.iter().any(|cell| cell.runs > 1 && why(cell) == Some(NoInterval::TooFew)) {
        notes.push(format!("of fewer than {FEWEST} seeds no interval of a mean can be told"));
    }
    notes
}
