//! Studies and their stores.

use super::figures::{nothing, r2};
use super::layout::{table, wrapped};
use crate::study::summary::{Progress, Summary};
use crate::study::{FailedRun, Level};
use crate::words::{count, foreign, many, number, percent, rough};

/// A study's store: how far it is, its best cells, and what each value of its axes does.
pub fn study(summary: &Summary, axes: &[&str]) -> String {
    let Summary { cells, seeds, wanted, runs, diverged, judged, .. } = summary;
    let part = if summary.shard == "1/1" { String::new() } else { format!(", part {}", summary.shard) };
    let state = if runs == wanted {
        "complete".to_owned()
    } else {
        format!("{:.1}% done", (100.0 * *runs as f64 / (*wanted).max(1) as f64).min(99.9))
    };
    let mut text = wrapped(&format!(
        "{} x {}{part}: {} of {} runs, {state}; {} diverged",
        many(*cells, "cell"),
        many(*seeds, "seed"),
        count(*runs),
        count(*wanted),
        count(*diverged)
    ));
    if let Some(units) = &summary.units {
        text += &wrapped(&units.in_words());
    }
    text += &failed(&summary.failed);
    let classify = summary.best.iter().any(|cell| cell.accuracy.is_some());
    let fits = summary.best.iter().any(|cell| cell.r2.is_some());
    let percent = |share: Option<f64>| share.map_or_else(nothing, |share| percent(share, 0));
    if !summary.best.is_empty() {
        let mut header = vec!["cell"];
        header.extend(axes);
        header.push(judged);
        header.extend(classify.then_some("at target"));
        header.extend(fits.then_some("R^2"));
        let rows = summary.best.iter().map(|cell| {
            let mut row = vec![cell.cell.to_string()];
            row.extend(cell.point.iter().map(|level| match level {
                Level::Number(x) => rough(*x),
                Level::Name(name) => name.clone(),
            }));
            if classify {
                row.extend([cell.accuracy.map_or_else(nothing, |mean| format!("{mean:.4}")), percent(cell.at_target)]);
            } else {
                row.push(number(cell.loss));
            }
            row.extend(fits.then(|| r2(cell.r2)));
            row
        });
        text += "\nthe best cells\n";
        text += &table(&header, rows, 1);
    }
    if !summary.margins.is_empty() && classify {
        let rows = summary.margins.iter().map(|margin| {
            let accuracy = margin.accuracy.map_or_else(nothing, |mean| format!("{mean:.4}"));
            let axis = format!("{} {}", margin.axis, margin.level);
            vec![axis, count(margin.runs), accuracy, percent(margin.at_target), percent(Some(margin.diverged))]
        });
        text += "\neach value, over all of the others\n";
        text += &table(&["value", "runs", judged, "at target", "diverged"], rows, 1);
    }
    text
}

/// What is said of runs that no machine could do.
fn failed(failed: &[FailedRun]) -> String {
    let Some(FailedRun { run, cell, seed, reason }) = failed.first() else { return String::new() };
    let which = match failed.len() {
        1 => format!("Run {run} (cell {cell}, seed {seed}) could not be done"),
        n => format!("{n} runs or more could not be done, of which run {run} (cell {cell}, seed {seed}) is the first"),
    };
    wrapped(&format!("{which}: {}", foreign(reason)))
}

/// Stores and how far they are.
pub fn stores(stores: &[(String, Progress)]) -> String {
    let rows = stores.iter().map(|(name, Progress { cells, seeds, shard, wanted, runs })| {
        vec![
            foreign(name),
            count(*cells),
            count(*seeds),
            shard.clone(),
            format!("{} of {}", count(*runs), count(*wanted)),
        ]
    });
    table(&["store", "cells", "seeds", "part", "runs"], rows, 1)
}
