//! What training says, for people: run by run, or start by start.

use super::document::{Block, Document};
use super::table;
use crate::compare::Comparison;
use crate::run::Run;
use crate::task::Task;

/// What is run, and what is worth knowing before reading the figures, in lines.
pub fn about(task: &Task) -> Vec<String> {
    let notes = task.notes.iter().map(|note| format!("note: {note}"));
    task.summary().lines().map(str::to_owned).chain(notes).collect()
}

/// Runs, one by one, or what they say together where they were compared.
pub fn document(task: &Task, runs: &[Run], comparison: Option<&Comparison>) -> Document {
    let by_class = task.tells_classes();
    let said = match comparison {
        Some(comparison) => table::comparison(comparison, by_class),
        None => Document { blocks: of_each(task, runs, by_class), ..Document::default() },
    };
    Document { about: about(task), ..said }
}

fn of_each(task: &Task, runs: &[Run], by_class: bool) -> Vec<Block> {
    let classes = if by_class { table::classes(runs, &task.dataset.kind) } else { Vec::new() };
    table::runs(runs).into_iter().chain(classes).collect()
}
