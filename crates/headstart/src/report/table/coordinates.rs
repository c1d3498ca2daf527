//! How the pre-activations of layers go with the width.

use super::figures::{measured_or_nothing, numbered};
use crate::coordinates::{Check, Growth, LayerCheck};
use crate::report::document::{Block, Cell, Column, Table};
use crate::words::many;

/// A table of the sizes at the start, and one of what steps have moved: after the first one and after the last one.
pub fn coordinates(check: &Check) -> Vec<Block> {
    let about = format!("{}, {} at each width, means", check.init, many(check.seeds as u64, "seed"));
    let mut blocks = vec![
        Block::Heading(format!("mean |pre-activation| at the start ({about})")),
        Block::Table(table(check, |layer| layer.size.first())),
    ];
    let mut steps = vec![1, check.steps];
    steps.dedup();
    for step in steps {
        blocks.push(Block::Heading(format!("moved by after {}", many(step as u64, "step"))));
        blocks.push(Block::Table(table(check, move |layer| layer.change.get(step - 1))));
    }
    blocks
}

/// A row for each layer and a column for each width, and the power of the width.
fn table<'a>(check: &'a Check, of: impl Fn(&'a LayerCheck) -> Option<&'a Growth>) -> Table {
    let widths = check.widths.iter().map(|width| Column::point(format!("width {width}")));
    let columns = std::iter::once(Column::right("layer")).chain(widths).chain([Column::right("power")]).collect();
    let rows = check.layers.iter().map(|layer| {
        let growth = of(layer);
        let is_last = layer.layer == check.layers.len();
        let name: Cell = if is_last { "out".into() } else { numbered(layer.layer as u64) };
        let means = (0..check.widths.len()).map(|i| measured_or_nothing(growth.and_then(|growth| growth.means[i])));
        let power = growth.and_then(|growth| growth.power);
        let power = power
            .map_or_else(|| Cell::text("-"), |[power, error]| Cell::number(format!("{power:.2} +- {error:.2}"), power));
        std::iter::once(name).chain(means).chain([power]).collect()
    });
    Table::new(columns, rows)
}
