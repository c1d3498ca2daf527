//! Runs that machines could not do, and why: a table of its own, which only stores have that have such runs.

use super::connection::has_failures;
use super::encode::checksum_of_texts;
use super::problem::{damaged, failed};
use super::reader::Store;
use crate::error::Error;
use crate::study::{FailedRun, Row};
use rusqlite::{Connection, OptionalExtension, Transaction, params};

/// The table.
pub const TABLE: &str = "CREATE TABLE failed (run INTEGER PRIMARY KEY, seed INTEGER NOT NULL, reason TEXT NOT NULL, checksum TEXT NOT NULL) STRICT";

/// No reason is longer, in letters.
const MOST_LETTERS: usize = 1_000;

/// Writes why runs could not be done; what was said of them before is forgotten.
///
/// # Errors
/// If it cannot be written.
pub fn insert(transaction: &Transaction<'_>, failed: &[FailedRun]) -> rusqlite::Result<()> {
    if failed.is_empty() {
        return Ok(());
    }
    if !has_failures(transaction)? {
        transaction.execute_batch(TABLE)?;
    }
    let mut statement = transaction.prepare_cached("INSERT OR REPLACE INTO failed VALUES (?1, ?2, ?3, ?4)")?;
    for failed in failed {
        let reason: String = failed.reason.chars().take(MOST_LETTERS).collect();
        let checksum = checksum(failed.run, failed.seed, &reason);
        statement.execute(params![failed.run.cast_signed(), failed.seed.cast_signed(), reason, checksum])?;
    }
    Ok(())
}

/// Forgets that runs could not be done which now are.
///
/// # Errors
/// If it cannot be written.
pub fn forget(transaction: &Transaction<'_>, done: &[Row]) -> rusqlite::Result<()> {
    if !has_failures(transaction)? {
        return Ok(());
    }
    let mut statement = transaction.prepare_cached("DELETE FROM failed WHERE run = ?1")?;
    done.iter().try_for_each(|row| statement.execute([row.run.cast_signed()]).map(drop))
}

/// Whether a store has a run.
///
/// # Errors
/// If it cannot be read.
pub fn is_done(connection: &Connection, run: u64) -> rusqlite::Result<bool> {
    let found = connection.query_row("SELECT 1 FROM runs WHERE run = ?1", [run.cast_signed()], |_| Ok(()));
    found.optional().map(|found| found.is_some())
}

impl Store {
    /// The runs that could not be done, so many of them at the most, in order.
    ///
    /// # Errors
    /// If the store cannot be read, or is damaged.
    pub fn failures(&self, most: usize) -> Result<Vec<FailedRun>, Error> {
        let problem = |error| failed(&self.path, &error);
        if !has_failures(&self.connection).map_err(problem)? {
            return Ok(Vec::new());
        }
        let query = "SELECT run, seed, reason, checksum FROM failed WHERE length(reason) <= ?1 AND length(checksum) <= 16 \
                     ORDER BY run LIMIT ?2";
        let mut statement = self.connection.prepare(query).map_err(problem)?;
        let limits = [MOST_LETTERS as i64, i64::try_from(most).unwrap_or(i64::MAX)];
        let mut rows = statement.query(limits).map_err(problem)?;
        let seeds = self.about.spec.init.seeds.most() as u64;
        let mut failures: Vec<FailedRun> = Vec::new();
        while let Some(row) = rows.next().map_err(problem)? {
            let read = || {
                Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, String>(2)?, row.get::<_, String>(3)?))
            };
            let (run, seed, reason, written) = read().map_err(problem)?;
            let (run, seed) = (run.cast_unsigned(), seed.cast_unsigned());
            let is_in_order = failures.last().is_none_or(|last| last.run < run);
            if !is_in_order || !self.may_have(run) || written != checksum(run, seed, &reason) {
                return Err(damaged(&self.path, &format!("why run {run} could not be done is not what was written")));
            }
            failures.push(FailedRun { run, cell: run / seeds, seed, reason });
        }
        Ok(failures)
    }
}

fn checksum(run: u64, seed: u64, reason: &str) -> String {
    checksum_of_texts(&[run.to_string(), seed.to_string(), reason.to_owned()])
}
