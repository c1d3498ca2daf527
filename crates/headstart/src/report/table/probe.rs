//! What a start looks like, layer by layer.

use super::figures::{exponential, figure, in_percent, measured, measured_or_nothing, nothing, numbered, roughly};
use crate::probe::{Expected, InitProbe};
use crate::report::document::{Block, Cell, Column, Table};
use crate::stats::Spread;
use crate::words::{count, many, number, percent, rough};
use std::fmt::Write;

/// What a probe measured: a table of layers for each initialization, means over the seeds.
pub fn probe(inits: &[InitProbe]) -> Vec<Block> {
    inits.iter().flat_map(of_init).collect()
}

fn of_init(init: &InitProbe) -> Vec<Block> {
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
    let mut caption = format!("{values}\nsharpness {}{limit}{flat}", number(init.sharpness.mean));
    if let Some(expected) = &init.expected {
        let _ = write!(caption, "\n{}", beside_theory(expected));
    }
    let is_of_blocks = init.layers.iter().any(|layer| layer.kind.is_some());
    let shown = shown(init.layers.len(), if is_of_blocks { MOST_OF_BLOCKS } else { MOST });
    let mut blocks = vec![Block::Heading(head), Block::Text(caption)];
    blocks.push(Block::Table(if is_of_blocks { kinds(init, &shown) } else { layers(init, &shown) }));
    if shown.len() < init.layers.len() {
        let all = init.layers.len() as u64;
        blocks.push(Block::Text(format!(
            "{} of {}; --format json and the picture have all",
            shown.len(),
            many(all, "layer")
        )));
    }
    blocks
}

/// Layers that are shown one by one; of more than these some. Blocks are alike, and fewer are enough.
const MOST: usize = 60;
const MOST_OF_BLOCKS: usize = 30;

/// First and last ones that are shown of so many, and about how many in all.
const ENDS: usize = 4;
const SOME: usize = 16;

/// The places of the layers that are shown of so many: all, where they are at most as many as these, or the first and the last ones, and
/// of the others one in so many.
fn shown(layers: usize, most: usize) -> Vec<usize> {
    if layers <= most {
        return (0..layers).collect();
    }
    let every = layers.div_ceil(SOME);
    // Counted from 1, as layers are.
    let is_shown = |l: &usize| *l < ENDS || *l + ENDS >= layers || (l + 1).is_multiple_of(every);
    (0..layers).filter(is_shown).collect()
}

/// What theory says of the blocks of a network, and what was measured.
fn beside_theory(expected: &Expected) -> String {
    let Expected { kind, blocks, layers: [from, to], theory, measured, source } = expected;
    let factor = |ln: f64| {
        let factor = libm::exp(ln);
        if factor.is_finite() && factor > 0.0 { rough(factor) } else { exponential(ln) }
    };
    format!(
        "theory of {} {kind}, layer {from} to {to} ({source}): signal x {}, gradient x {}; measured {} and {}",
        count(*blocks as u64),
        factor(theory[0]),
        factor(theory[1]),
        factor(measured[0]),
        factor(measured[1])
    )
}

/// The layers of a network of blocks: what each is, and what a branch adds that ends there.
fn kinds(init: &InitProbe, shown: &[usize]) -> Table {
    let layers = || shown.iter().map(|l| &init.layers[*l]);
    let has_branches = layers().any(|layer| layer.branch.is_some());
    let has_twins = layers().any(|layer| layer.twins.mean > 0.0);
    let mean = |spread: Option<Spread>| spread.map_or_else(nothing, |spread| roughly(spread.mean));
    let share = |spread: Option<Spread>| in_percent(spread.map(|spread| spread.mean));
    let rows = layers().map(|layer| {
        let kind = layer.kind.clone().unwrap_or_default();
        let mut cells = vec![numbered(layer.layer as u64), Cell::text(kind), mean(Some(layer.signal))];
        cells.extend(has_branches.then(|| mean(layer.branch.as_ref().map(|branch| branch.added))));
        cells.extend([mean(Some(layer.gradient)), mean(layer.relative_step)]);
        cells.extend([share(layer.dead), share(layer.saturated)]);
        cells.extend([rounded(layer.correlation, 3), rounded(layer.rank, 1)]);
        cells.extend(has_twins.then(|| rounded(Some(layer.twins), 0)));
        cells
    });
    let mut columns = vec![Column::right(""), Column::left("layer"), Column::right("signal")];
    columns.extend(has_branches.then(|| Column::right("added")));
    columns.extend(["gradient", "step", "dead", "flat"].map(Column::right));
    columns.extend(["corr.", "rank"].map(Column::point));
    columns.extend(has_twins.then(|| Column::right("twins")));
    Table::new(columns, rows)
}

/// A mean with so many digits behind the point.
fn rounded(spread: Option<Spread>, digits: usize) -> Cell {
    match spread {
        Some(spread) if spread.mean.is_finite() => figure(format!("{:.digits$}", spread.mean), spread.mean),
        other => measured_or_nothing(other.map(|spread| spread.mean)),
    }
}

fn layers(init: &InitProbe, shown: &[usize]) -> Table {
    let mean = |spread: Option<Spread>| measured_or_nothing(spread.map(|spread| spread.mean));
    let share = |spread: Option<Spread>| in_percent(spread.map(|spread| spread.mean));
    let rows = shown.iter().map(|l| &init.layers[*l]).map(|layer| {
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
