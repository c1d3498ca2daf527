//! Runs as rows of a store's table, written and read.

use super::about::About;
use super::encode::{checksum, read_trace, write_trace};
use crate::run::Figures;
use crate::study::Row;
use rusqlite::{Transaction, params};

const INSERT: &str = "INSERT INTO runs VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";

/// What is read of them, but for the traces.
pub const ROW: &str =
    "run, seed, finished, steps, train_loss, train_accuracy, test_loss, test_accuracy, reached, convergence, checksum";

/// Writes runs.
///
/// # Errors
/// If they cannot be written.
pub fn insert(transaction: &Transaction<'_>, rows: &[Row]) -> rusqlite::Result<()> {
    let mut statement = transaction.prepare_cached(INSERT)?;
    for row in rows {
        statement.execute(params![
            row.run.cast_signed(),
            row.seed.cast_signed(),
            row.finished,
            row.steps.cast_signed(),
            row.train.loss,
            row.train.accuracy,
            row.test.map(|test| test.loss),
            row.test.and_then(|test| test.accuracy),
            row.reached.map(u64::cast_signed),
            row.convergence,
            checksum(row),
            (!row.trace.is_empty()).then(|| write_trace(&row.trace)),
        ])?;
    }
    Ok(())
}

/// A row; none if it is not what was written.
pub fn read(about: &About, run: u64, row: &rusqlite::Row) -> rusqlite::Result<Option<Row>> {
    let loss = |column| row.get::<_, Option<f64>>(column).map(|loss| loss.unwrap_or(f64::NAN));
    let trace = row.get_ref(11)?.as_blob_or_null()?.map_or(Some(Vec::new()), read_trace);
    let of_row = Row {
        run,
        cell: run / about.spec.init.seeds.most() as u64,
        seed: row.get::<_, i64>(1)?.cast_unsigned(),
        finished: row.get(2)?,
        steps: row.get::<_, i64>(3)?.cast_unsigned(),
        train: Figures { loss: loss(4)?, accuracy: row.get(5)?, classes: None },
        test: if about.tested { Some(Figures { loss: loss(6)?, accuracy: row.get(7)?, classes: None }) } else { None },
        reached: row.get::<_, Option<i64>>(8)?.map(i64::cast_unsigned),
        convergence: loss(9)?,
        trace: Vec::new(),
    };
    let is_written = row.get::<_, i64>(10)? == checksum(&of_row);
    Ok(trace.filter(|_| is_written).map(|trace| Row { trace, ..of_row }))
}
