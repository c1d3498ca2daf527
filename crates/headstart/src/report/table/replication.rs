//! Experiments, and what was published beside what was measured.

use super::figures::nothing;
use crate::executor::Device;
use crate::replicate::{Experiment, Replication};
use crate::report::document::{Block, Column, Document, Mark, Row, Table};

/// The names of experiments and what was done in each.
pub fn experiments(experiments: &[Experiment]) -> Table {
    let rows = experiments.iter().map(|experiment| vec![experiment.name.into(), experiment.title.into()]);
    Table::new(vec![Column::left(""), Column::left("")], rows)
}

/// What was done, what came out, and whether it is what was published.
pub fn replication(replication: &Replication) -> Document {
    let verdict = match replication.agrees {
        true if replication.rows.iter().all(|row| row.agrees.is_none()) => "no figures were published to agree with",
        true => "all published figures agree",
        false => "NOT all published figures agree",
    };
    let answer: Vec<&str> = replication.answer.as_deref().into_iter().chain([verdict]).collect();
    let mut about =
        vec![format!("{}: {}", replication.name, replication.title), format!("source: {}", replication.source)];
    about.extend(replication.device.as_ref().map(Device::in_words));
    Document {
        title: replication.title.to_owned(),
        about,
        answer: answer.join("\n"),
        blocks: vec![Block::Table(figures(replication))],
        ..Document::default()
    }
}

/// One row per published figure.
pub fn figures(replication: &Replication) -> Table {
    let rows = replication.rows.iter().map(|row| {
        let agrees = row.agrees.map_or_else(nothing, |agrees| if agrees { "yes" } else { "NO" }.into());
        Row {
            cells: vec![row.what.as_str().into(), row.published.as_str().into(), row.measured.as_str().into(), agrees],
            mark: (row.agrees == Some(false)).then_some(Mark::Failed),
        }
    });
    let columns =
        vec![Column::left("figure"), Column::point("published"), Column::point("measured"), Column::right("agrees")];
    Table { columns, rows: rows.collect(), ..Table::default() }
}
