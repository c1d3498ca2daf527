//! Initializations side by side.

use super::figures::{nothing, r2, share, with_interval};
use super::layout::{table, wrapped};
use crate::compare::{Cell, Comparison};
use crate::stats::interval::{FEWEST, NoInterval, mid_p};
use crate::words::{count, number};

/// One line per initialization, best first, with the intervals of its figures, and the balanced accuracy if `by_class`; then what separates the best one from the
/// others, where that stands; then whether their order is settled, of a comparison that went on until it was.
pub fn comparison(comparison: &Comparison, by_class: bool) -> String {
    comparison_with_mark(comparison, by_class, None)
}

/// What stands before an initialization that is marked.
pub const MARK: &str = "* ";

/// The same, with a mark before one of the initializations.
pub fn comparison_with_mark(comparison: &Comparison, by_class: bool, marked: Option<&str>) -> String {
    let Comparison { cells, differences, settled } = comparison;
    let classify = cells.iter().any(|cell| cell.reached.is_some());
    let tested = cells.iter().any(|cell| cell.test.is_some());
    let which = if tested { "test" } else { "train" };
    let target = cells.iter().find_map(|cell| cell.reached.as_ref()).map_or(0.0, |reached| reached.target);
    let regress = cells.iter().any(|cell| cell.r2.is_some());
    let mut header = vec!["init".to_owned(), "runs".to_owned()];
    if classify {
        header.extend([
            format!("{which} accuracy"),
            "worst (seed)".to_owned(),
            format!("at {target}"),
            "steps".to_owned(),
        ]);
        if by_class {
            header.insert(3, "balanced".to_owned());
        }
    } else {
        header.extend([format!("{which} loss"), "median".to_owned(), "worst (seed)".to_owned()]);
        header.extend(regress.then(|| "R^2".to_owned()));
    }
    let rows = cells.iter().map(|cell| {
        let mark = if marked == Some(cell.init.as_str()) { MARK } else { "" };
        let mut row = vec![format!("{mark}{}", cell.init), cell.runs.to_string()];
        let judged = cell.judged();
        if let Some(reached) = cell.reached.as_ref().filter(|_| classify) {
            let digits = |x: f64| format!("{x:.3}");
            let accuracy = judged.and_then(|summary| summary.accuracy);
            row.push(accuracy.map_or_else(nothing, |of| with_interval(&digits(of.mean), of.interval, digits)));
            if by_class {
                let balanced = judged.and_then(|summary| summary.balanced_accuracy);
                row.push(balanced.map_or_else(nothing, digits));
            }
            row.push(accuracy.map_or_else(nothing, |of| format!("{} ({})", share(Some(of.worst)), of.worst_seed)));
            let [low, high] = reached.interval.map(|end| 100.0 * end);
            row.push(format!("{:.0}% [{low:.0}, {high:.0}]", 100.0 * reached.share));
            row.push(reached.steps.median.map_or_else(nothing, |median| count(median as u64)));
        } else {
            let loss = judged.map(|summary| summary.loss);
            row.push(loss.map_or_else(nothing, |of| with_interval(&number(of.mean), of.interval, number)));
            row.push(loss.map_or_else(nothing, |of| number(of.median)));
            row.push(loss.map_or_else(nothing, |of| format!("{} ({})", number(of.worst), of.worst_seed)));
            row.extend(regress.then(|| r2(cell.r2.map(|of| of.mean))));
        }
        row
    });
    let mut text = table(&header, rows, 1);
    for cell in cells.iter().filter(|cell| cell.diverged > 0) {
        text += &wrapped(&format!("{}: {} of {} runs diverged", cell.init, cell.diverged, cell.runs));
    }
    text += &no_intervals(cells);
    let best = cells.first().map_or("", |cell| &cell.init);
    let of_best = differences.iter().filter(|difference| difference.better == best || difference.than == best);
    let said: Vec<String> = of_best.map(|difference| wrapped(&difference.sentence)).collect();
    // Of one seed nothing can be said of others.
    if cells.iter().all(|cell| cell.runs > 1) && !said.is_empty() {
        text.push('\n');
        text += &said.concat();
    }
    if let Some(settled) = settled {
        text.push('\n');
        text += &settled.sentences().iter().map(|sentence| wrapped(sentence)).collect::<String>();
    }
    text
}

/// Why some means have no interval, in lines; nothing of single seeds, of which nobody expects one.
fn no_intervals(cells: &[Cell]) -> String {
    let why = |cell: &Cell| {
        let judged = cell.judged()?;
        judged.accuracy.unwrap_or(judged.loss).no_interval
    };
    let mut text = String::new();
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
    for (what, inits) in said {
        text += &wrapped(&format!("{}: {what}", inits.join(", ")));
    }
    if cells.iter().any(|cell| cell.runs > 1 && why(cell) == Some(NoInterval::TooFew)) {
        text += &wrapped(&format!("of fewer than {FEWEST} seeds no interval of a mean can be told"));
    }
    text
}
