//! What training says, for people: run by run, or start by start.

use super::document::{Block, Document};
use super::{pictures, table};
use crate::compare::Comparison;
use crate::executor::Device;
use crate::run::{Figures, Run};
use crate::task::Task;
use crate::words::{many, number};

/// What is run, and what is worth knowing before reading the figures, in lines.
pub fn about(task: &Task) -> Vec<String> {
    let notes = task.notes.iter().map(|note| format!("note: {note}"));
    task.summary().lines().map(str::to_owned).chain(notes).collect()
}

/// Runs, one by one, or what they say together where they were compared, and what computed them, where that was not the processor.
pub fn document(task: &Task, runs: &[Run], comparison: Option<&Comparison>, device: Option<&Device>) -> Document {
    let by_class = task.tells_classes();
    let said = match comparison {
        Some(comparison) => table::comparison(comparison, by_class),
        None => Document { blocks: of_each(task, runs, by_class), ..Document::default() },
    };
    let about = about(task).into_iter().chain(device.map(Device::in_words)).collect();
    Document { about, ..said }
}

/// The same for a page: what it comes to in a sentence, and the losses.
pub fn page(task: &Task, runs: &[Run], comparison: Option<&Comparison>, device: Option<&Device>) -> Document {
    let document = document(task, runs, comparison, device);
    let said = document.answer.is_empty().then(|| comparison.map_or_else(|| best_of(runs), table::in_a_sentence));
    let answer = said.unwrap_or_else(|| document.answer.clone());
    let title = if runs.len() > 1 { "Losses, and what every seed ended with" } else { "Loss" };
    Document { answer, ..document }.with(pictures::runs(title, "", runs))
}

/// What the only run ended with, or the best of several.
fn best_of(runs: &[Run]) -> String {
    let judged = |run: &&Run| {
        let figures = run.judged();
        figures.accuracy.unwrap_or(-figures.loss)
    };
    let ended = runs.iter().filter(|run| judged(run).is_finite());
    let Some(best) = ended.max_by(|a, b| judged(a).total_cmp(&judged(b))) else {
        return "No run ended with a loss that is finite".to_owned();
    };
    let figure = |figures: &Figures| match figures.accuracy {
        Some(accuracy) => format!("{accuracy:.2}"),
        None => number(figures.loss),
    };
    let name = if best.train.accuracy.is_some() { "accuracy" } else { "loss" };
    let test = best
        .test
        .as_ref()
        .map_or_else(String::new, |test| format!(" on training and {} on test samples", figure(test)));
    let as_good = runs.iter().filter(|run| judged(run) == judged(&best)).count();
    let which = if as_good > 1 {
        format!(
            "{as_good} of {} end equally well, as {}, seed {}, does",
            many(runs.len() as u64, "run"),
            best.init,
            best.seed
        )
    } else if runs.len() > 1 {
        format!("Of {} {}, seed {}, ends best", many(runs.len() as u64, "run"), best.init, best.seed)
    } else {
        format!("{} ends", best.init)
    };
    format!("{which}: {name} {}{test}", figure(&best.train))
}

fn of_each(task: &Task, runs: &[Run], by_class: bool) -> Vec<Block> {
    let classes = if by_class { table::classes(runs, &task.dataset.kind) } else { Vec::new() };
    table::runs(runs).into_iter().chain(classes).collect()
}
