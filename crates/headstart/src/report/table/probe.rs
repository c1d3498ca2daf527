//! What a start looks like, layer by layer.

use super::figures::{figure, in_percent, measured, measured_or_nothing, nothing, numbered};
use crate::probe::InitProbe;
use crate::report::document::{Block, Cell, Column, Table};
use crate::stats::Spread;
use crate::words::{many, number, percent};
use std::fmt::Write;

/// What a probe measured: a table of layers for each initialization, means over the seeds.
pub fn probe(inits: &[InitProbe]) -> Vec<Block> {
    inits.iter().flat_map(of_init).collect()
}

fn of_init(init: &InitProbe) -> [Block; 3] {
    let mut head = format!("{}: {}, loss {}", init.init, many(init.seeds as u64, "seed"), number(init.loss.mean));
    if init.diverged > 0 {
        let _ = write!(head, ", {} diverged before this step", init.diverged);
    }
    let values = format!(
        "Jacobian's singular values: root mean square {}, largest {}",
        number(init.jacobian_root_mean_square.mean),
        number(init.jacobian_largest.mean),
    );
    let limit =
        init.sharpness_limit.map_or_else(String::new, |limit| format!(" (steps are stable up to {})", number(limit)));
    let flat = init.saturated.map_or_else(String::new, |of| format!(", {} of outputs flat", percent(of.mean, 0)));
    let caption = format!("{values}\nsharpness {}{limit}{flat}", number(init.sharpness.mean));
    [Block::Heading(head), Block::Text(caption), Block::Table(layers(init))]
}

fn layers(init: &InitProbe) -> Table {
    let mean = |spread: Option<Spread>| measured_or_nothing(spread.map(|spread| spread.mean));
    let rounded = |spread: Option<Spread>, digits: usize| match spread {
        Some(spread) if spread.mean.is_finite() => figure(format!("{:.digits$}", spread.mean), spread.mean),
        other => mean(other),
    };
    let share = |spread: Option<Spread>| in_percent(spread.map(|spread| spread.mean));
    let rows = init.layers.iter().map(|layer| {
        let name: Cell = if layer.dead.is_none() { "out".into() } else { numbered(layer.layer as u64) };
        vec![
            name,
            numbered(layer.width as u64),
            measured(layer.signal.mean),
            measured(layer.gradient.mean),
            mean(layer.relative_step),
            share(layer.dead),
            share(layer.saturated),
            rounded(layer.correlation, 3),
            rounded(layer.rank, 1),
            if layer.twins.mean.is_finite() { rounded(Some(layer.twins), 0) } else { nothing() },
        ]
    });
    let columns = vec![
        Column::right(""),
        Column::right("units"),
        Column::point("signal"),
        Column::point("gradient"),
        Column::point("step"),
        Column::right("dead"),
        Column::right("flat"),
        Column::point("corr."),
        Column::point("rank"),
        Column::right("twins"),
    ];
    Table::new(columns, rows)
}
