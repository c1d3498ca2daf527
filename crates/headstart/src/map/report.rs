//! A map as it is told in JSON.

use super::{Figures, Mapping, Value};
use crate::executor::Device;
use crate::heat::{self, Line};
use serde::Serialize;

/// A map as it is told in JSON.
#[derive(Debug, Serialize)]
pub struct Report<'a> {
    /// The value that is shown.
    pub value: Value,
    /// What computed, where the figures are not the processor's bits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<&'a Device>,
    /// Cells that have all their runs.
    pub done: usize,
    /// Cells that shall have.
    pub wanted: usize,
    /// Runs of each cell.
    pub seeds: usize,
    /// Columns.
    pub x: heat::Axis,
    /// Rows.
    pub y: heat::Axis,
    /// Theory's lines.
    pub lines: &'a [Line],
    /// The cells that have all their runs, row by row.
    pub cells: Vec<ReportedCell>,
}

/// A cell as it is told in JSON.
#[derive(Debug, Serialize)]
pub struct ReportedCell {
    /// Its number in the study.
    pub cell: usize,
    /// Its place along the axes.
    pub x: f64,
    /// Likewise.
    pub y: f64,
    /// Its figures.
    #[serde(flatten)]
    pub figures: Figures,
}

impl<'a> Report<'a> {
    /// Of a map.
    pub fn new(mapping: &'a Mapping) -> Self {
        let [x, y] = mapping.axes();
        let cells = mapping.cells();
        let of = |(cell, figures): (usize, &Option<Figures>)| {
            let (row, column) = (cell / cells.columns(), cell % cells.columns());
            Some(ReportedCell { cell, x: x.values[column], y: y.values[row], figures: (*figures)? })
        };
        let cells: Vec<ReportedCell> = cells.figures().iter().enumerate().filter_map(of).collect();
        let [done, wanted] = mapping.progress();
        Self {
            value: mapping.value(),
            device: mapping.device(),
            done,
            wanted,
            seeds: mapping.cells().seeds(),
            lines: mapping.lines(),
            cells,
            x,
            y,
        }
    }
}
