//! A store as CSV and Parquet: one row for each run, in the order of their numbers.
//!
//! | column | meaning |
//! | --- | --- |
//! | `cell` | the point of the design, from 0 |
//! | one for each axis | its value; underscores stand for dashes |
//! | `seed` | the seed; as `run_seed` where the seed is an axis |
//! | `status` | `finished` or `diverged` |
//! | `steps_done` | updates that were done |
//! | `train_loss`, `train_accuracy` | on the training set, after the last update |
//! | `test_loss`, `test_accuracy` | on the test set |
//! | `reached` | the updates after which the target accuracy was first found to be reached |
//! | `convergence` | below 0 where the run converged: see [`crate::convergence::convergence`] |
//!
//! The traces are a table of their own: `cell`, `seed`, `step`, `loss`. What is not there (an accuracy in regression, a loss
//! that is not finite) is empty in CSV and null in Parquet. Nothing in it depends on how or when the runs were done.

use super::axis::Axis;
use super::store::Store;
use super::{Design, Level, Quantity, Row};
use crate::error::Error;
use crate::io::Unwritten;
use crate::io::columns::{self, Gathered, Kind, Rows, Schema, Value};
use std::path::Path;

/// A format of tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated values, with a header.
    Csv,
    /// Apache Parquet.
    Parquet,
}

impl Format {
    /// Writes a table in this format.
    fn write(
        self,
        path: &Path,
        schema: &Schema,
        fill: impl FnOnce(&mut dyn Rows) -> Result<(), Error>,
    ) -> Result<(), Error> {
        match self {
            Self::Csv => columns::csv(path, schema, fill),
            Self::Parquet => columns::parquet(path, schema, fill),
        }
    }
}

/// Writes a row for each run.
///
/// # Errors
/// If the store cannot be read, or the file not written.
pub fn runs(store: &Store, format: Format, path: &Path) -> Result<(), Error> {
    let design = store.about().spec.design()?;
    format.write(path, &schema(&design), |rows| fill(store, &design, path, rows))
}

/// The same in memory.
///
/// # Errors
/// If the store cannot be read.
pub fn gathered(store: &Store) -> Result<Gathered, Error> {
    let design = store.about().spec.design()?;
    columns::gathered(&schema(&design), |rows| fill(store, &design, store.path(), rows))
}

fn schema(design: &Design) -> Schema {
    let seed = if design.axes().iter().any(|axis| axis.quantity == Quantity::Seed) { "run_seed" } else { "seed" };
    let of_axis = |axis: &Axis| if axis.is_named() { Kind::Text } else { Kind::Real };
    let axes = design.axes().iter().map(|axis| (axis.quantity.name().replace('-', "_"), of_axis(axis)));
    let figures =
        ["train_loss", "train_accuracy", "test_loss", "test_accuracy"].map(|name| (name.to_owned(), Kind::Real));
    std::iter::once(("cell".to_owned(), Kind::Count))
        .chain(axes)
        .chain([
            (seed.to_owned(), Kind::Count),
            ("status".to_owned(), Kind::Text),
            ("steps_done".to_owned(), Kind::Count),
        ])
        .chain(figures)
        .chain([("reached".to_owned(), Kind::Whole), ("convergence".to_owned(), Kind::Real)])
        .collect()
}

fn fill(store: &Store, design: &Design, path: &Path, rows: &mut dyn Rows) -> Result<(), Error> {
    let mut point = Point { design, cell: None, values: Vec::new() };
    store.rows(0..u64::MAX, false, |row| {
        let mut values = vec![Value::Count(row.cell)];
        values.extend_from_slice(point.of(row.cell));
        let test = |figure: Option<f64>| figure.map_or(Value::Real(None), Value::real);
        values.extend([
            Value::Count(row.seed),
            Value::Text(status(&row).to_owned()),
            Value::Count(row.steps),
            Value::real(row.train.loss),
            test(row.train.accuracy),
            test(row.test.map(|test| test.loss)),
            test(row.test.and_then(|test| test.accuracy)),
            Value::Whole(row.reached),
            Value::real(row.convergence),
        ]);
        rows.row(values).map_err(|source| Unwritten::new(path, source).into())
    })
}

/// Writes a row for each record of each run.
///
/// # Errors
/// If the study kept none, the store cannot be read, or the file not written.
pub fn traces(store: &Store, format: Format, path: &Path) -> Result<(), Error> {
    if !store.about().spec.study.traces {
        return Err(Error::Usage(format!(
            "{}: its study kept no traces; begin one with --traces, or run a cell again with headstart train",
            store.path().display()
        )));
    }
    let names = [("cell", Kind::Count), ("seed", Kind::Count), ("step", Kind::Count), ("loss", Kind::Real)];
    let schema = names.map(|(name, kind)| (name.to_owned(), kind)).to_vec();
    format.write(path, &schema, |rows| {
        store.rows(0..u64::MAX, true, |row| {
            for record in &row.trace {
                let step = Value::Count(record.step as u64);
                let values = vec![Value::Count(row.cell), Value::Count(row.seed), step, Value::real(record.loss)];
                rows.row(values).map_err(|source| Unwritten::new(path, source))?;
            }
            Ok(())
        })
    })
}

/// How a run ended.
pub fn status(row: &Row) -> &'static str {
    if row.finished { "finished" } else { "diverged" }
}

/// The values of the cell that was asked for last: a cell's runs stand together.
struct Point<'a> {
    design: &'a Design,
    cell: Option<u64>,
    values: Vec<Value>,
}

impl Point<'_> {
    fn of(&mut self, cell: u64) -> &[Value] {
        if self.cell != Some(cell) {
            let value = |(level, axis): (Level, &Axis)| match level {
                // A column is one of numbers or one of text.
                level if axis.is_named() => Value::Text(level.to_string()),
                level => Value::real(level.number()),
            };
            self.values = self.design.point(cell).into_iter().zip(self.design.axes()).map(value).collect();
            self.cell = Some(cell);
        }
        &self.values
    }
}
