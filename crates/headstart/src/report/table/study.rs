//! Studies and their stores.

use super::figures::{counted, figure, in_percent, measured, nothing, r2, roughly};
use crate::executor::Device;
use crate::report::document::{Block, Cell, Column, Document, Table};
use crate::study::summary::{Progress, Summary};
use crate::study::{FailedRun, Level};
use crate::units::LossUnits;
use crate::words::{count, foreign, many};

/// A study's store: how far it is, its best cells, and what each value of its axes does.
pub fn study(summary: &Summary, axes: &[&str]) -> Document {
    let mut about = vec![state(summary)];
    about.extend(summary.units.as_ref().map(LossUnits::in_words));
    about.extend(summary.device.as_ref().map(Device::in_words));
    let mut blocks: Vec<Block> = failed(&summary.failed).into_iter().map(Block::Text).collect();
    if !summary.best.is_empty() {
        blocks.extend([Block::Heading("the best cells".to_owned()), Block::Table(best(summary, axes))]);
    }
    if !summary.margins.is_empty() && is_classified(summary) {
        blocks.push(Block::Heading("each value, over all of the others".to_owned()));
        blocks.push(Block::Table(margins(summary)));
    }
    Document { title: "A study".to_owned(), about, blocks, ..Document::default() }
}

/// How far it is.
fn state(Summary { cells, seeds, wanted, runs, diverged, shard, .. }: &Summary) -> String {
    let part = if shard == "1/1" { String::new() } else { format!(", part {shard}") };
    let state = if runs == wanted {
        "complete".to_owned()
    } else {
        format!("{:.1}% done", (100.0 * *runs as f64 / (*wanted).max(1) as f64).min(99.9))
    };
    format!(
        "{} x {}{part}: {} of {} runs, {state}; {} diverged",
        many(*cells, "cell"),
        many(*seeds, "seed"),
        count(*runs),
        count(*wanted),
        count(*diverged)
    )
}

fn is_classified(summary: &Summary) -> bool {
    summary.best.iter().any(|cell| cell.accuracy.is_some())
}

fn mean(accuracy: Option<f64>) -> Cell {
    accuracy.map_or_else(nothing, |mean| figure(format!("{mean:.4}"), mean))
}

fn best(summary: &Summary, axes: &[&str]) -> Table {
    let (classify, fits) = (is_classified(summary), summary.best.iter().any(|cell| cell.r2.is_some()));
    let is_named = |axis: usize| {
        let mut levels = summary.best.iter().filter_map(|cell| cell.point.get(axis));
        levels.any(|level| matches!(level, Level::Name(_)))
    };
    let mut columns = vec![Column::left("cell")];
    let of_axis = |(i, axis): (usize, &&str)| if is_named(i) { Column::left(*axis) } else { Column::point(*axis) };
    columns.extend(axes.iter().enumerate().map(of_axis));
    columns.push(Column::point(summary.judged));
    columns.extend(classify.then(|| Column::right("at target")));
    columns.extend(fits.then(|| Column::point("R^2")));
    let rows = summary.best.iter().map(|cell| {
        let mut row = vec![Cell::number(cell.cell.to_string(), cell.cell as f64)];
        row.extend(cell.point.iter().map(|level| match level {
            Level::Number(x) => roughly(*x),
            Level::Name(name) => name.as_str().into(),
        }));
        if classify {
            row.extend([mean(cell.accuracy), in_percent(cell.at_target)]);
        } else {
            row.push(measured(cell.loss));
        }
        row.extend(fits.then(|| r2(cell.r2)));
        row
    });
    Table::new(columns, rows)
}

fn margins(summary: &Summary) -> Table {
    let rows = summary.margins.iter().map(|margin| {
        let axis = format!("{} {}", margin.axis, margin.level);
        vec![
            axis.into(),
            counted(margin.runs),
            mean(margin.accuracy),
            in_percent(margin.at_target),
            in_percent(Some(margin.diverged)),
        ]
    });
    let columns = vec![
        Column::left("value"),
        Column::right("runs"),
        Column::point(summary.judged),
        Column::right("at target"),
        Column::right("diverged"),
    ];
    Table::new(columns, rows)
}

/// What is said of runs that no machine could do.
fn failed(failed: &[FailedRun]) -> Option<String> {
    let FailedRun { run, cell, seed, reason } = failed.first()?;
    let which = match failed.len() {
        1 => format!("Run {run} (cell {cell}, seed {seed}) could not be done"),
        n => format!("{n} runs or more could not be done, of which run {run} (cell {cell}, seed {seed}) is the first"),
    };
    Some(format!("{which}: {}", foreign(reason)))
}

/// Stores and how far they are.
pub fn stores(stores: &[(String, Progress)]) -> Table {
    let rows = stores.iter().map(|(name, Progress { cells, seeds, shard, wanted, runs })| {
        let done = Cell::number(format!("{} of {}", count(*runs), count(*wanted)), *runs as f64);
        vec![foreign(name).into(), counted(*cells), counted(*seeds), shard.as_str().into(), done]
    });
    let columns = vec![
        Column::left("store"),
        Column::right("cells"),
        Column::right("seeds"),
        Column::right("part"),
        Column::right("runs"),
    ];
    Table::new(columns, rows)
}
