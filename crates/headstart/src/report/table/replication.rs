//! Experiments, and what was published beside what was measured.

use super::figures::nothing;
use super::layout::{WIDTH, table};
use crate::replicate::{Experiment, Replication};

/// The names of experiments and what was done in each.
pub fn experiments(experiments: &[Experiment]) -> String {
    let width = experiments.iter().map(|experiment| experiment.name.len() + 2).max().unwrap_or(0);
    let indent = " ".repeat(width);
    let indented = |experiment: &Experiment| {
        let options = textwrap::Options::new(usize::from(WIDTH)).subsequent_indent(&indent);
        textwrap::fill(&format!("{:<width$}{}", experiment.name, experiment.title), options) + "\n"
    };
    experiments.iter().map(indented).collect()
}

/// One line per published figure.
pub fn replication(replication: &Replication) -> String {
    let rows = replication.rows.iter().map(|row| {
        let agrees = row.agrees.map_or_else(nothing, |agrees| if agrees { "yes" } else { "NO" }.to_owned());
        vec![row.what.clone(), row.published.clone(), row.measured.clone(), agrees]
    });
    table(&["figure", "published", "measured", "agrees"], rows, 1)
}
