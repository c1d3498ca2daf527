//! How the stores of a study's parts become one.

use super::about::About;
use super::create::{fill, finish};
use super::delete::finish_deletion;
use super::encode::{checksum, write_trace};
use super::files;
use super::lock::Lock;
use super::problem::{failed, problem};
use super::reader::{Cursor, Store};
use super::shard::Shard;
use super::writer::BATCH;
use super::{failures, rows};
use crate::error::Error;
use crate::io::temporary_beside;
use crate::study::{FailedRun, Row};
use rusqlite::Connection;
use std::path::{Path, PathBuf};

/// No more records of traces than this, of all runs, wait while stores are joined.
const MOST_RECORDS: usize = 1 << 22;

/// Joins the stores of a study's parts: the runs of all of them, in one store of the whole. What is still missing can be done
/// by going on with it. Returns how many runs there are.
///
/// # Errors
/// If there are none, `out` is there already, they are not of the same study, data and version, or two of them have the same
/// run with different results.
pub fn merge(out: &Path, parts: &[PathBuf]) -> Result<u64, Error> {
    let out = &files::led(out)?;
    let lock = Lock::take(out)?;
    finish_deletion(out, &lock)?;
    let stores = parts.iter().map(|part| Store::open(part)).collect::<Result<Vec<_>, _>>()?;
    let Some(first) = stores.first() else {
        return Err(Error::Usage("study merge: at least one store is needed to be joined".to_owned()));
    };
    let about = About { shard: Shard::WHOLE, ..first.about.clone() };
    for store in &stores {
        store.check()?;
        let as_whole = About { shard: Shard::WHOLE, ..store.about.clone() };
        as_whole.is_same(&about).map_err(|other| problem(&store.path, other))?;
    }
    if out.exists() {
        // The same command again is right, whatever happened to it the first time.
        return is_joined(out, &lock, &about, &stores)?
            .ok_or_else(|| problem(out, "it is there already; give another name, or delete it first".to_owned()));
    }
    files::clear_leftovers(out)?;
    let work = temporary_beside(out)?;
    let failed_out = |error| failed(out, &error);
    let mut connection = fill(work.path(), &about).map_err(failed_out)?;
    let mut insert = |rows: &[Row]| {
        let transaction = connection.transaction()?;
        rows::insert(&transaction, rows)?;
        transaction.commit()
    };
    let (mut count, mut batch, mut records) = (0, Vec::new(), 0);
    join(out, &stores, |row| {
        count += 1;
        records += row.trace.len();
        batch.push(row);
        if batch.len() == BATCH || records >= MOST_RECORDS {
            insert(&batch).map_err(failed_out)?;
            batch.clear();
            records = 0;
        }
        Ok(())
    })?;
    insert(&batch).map_err(failed_out)?;
    for store in &stores {
        let failures = store.failures(usize::MAX)?;
        add_failures(&mut connection, failures).map_err(failed_out)?;
    }
    finish(connection, work, out)?;
    Ok(count)
}

/// Adds why runs could not be done, but for those that another part has.
fn add_failures(connection: &mut Connection, mut failures: Vec<FailedRun>) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    let mut kept = Ok(());
    failures.retain(|failed| match failures::is_done(&transaction, failed.run) {
        Ok(is_done) => !is_done,
        Err(error) => {
            kept = Err(error);
            false
        }
    });
    kept?;
    failures::insert(&transaction, &failures)?;
    transaction.commit()
}

/// Shows the rows of all stores together in order, so that a file is filled with them as one machine would have done.
fn join(out: &Path, stores: &[Store], mut each: impl FnMut(Row) -> Result<(), Error>) -> Result<(), Error> {
    let mut statements = stores.iter().map(|store| store.statement(true)).collect::<Result<Vec<_>, _>>()?;
    let with_statements = stores.iter().zip(&mut statements);
    let cursors = with_statements.map(|(store, statement)| Cursor::new(store, statement, 0..u64::MAX));
    let mut cursors = cursors.collect::<Result<Vec<_>, _>>()?;
    let mut heads = cursors.iter_mut().map(Cursor::next).collect::<Result<Vec<_>, _>>()?;
    loop {
        let of_run = |head: &Option<Row>| head.as_ref().map(|row| row.run);
        let Some(run) = heads.iter().filter_map(of_run).min() else {
            return Ok(());
        };
        let mut found: Option<Row> = None;
        for (head, cursor) in heads.iter_mut().zip(&mut cursors) {
            if of_run(head) != Some(run) {
                continue;
            }
            let row = std::mem::replace(head, cursor.next()?);
            if let (Some(one), Some(other)) = (&found, &row)
                && !is_equal(one, other)
            {
                let what = format!("two parts have different results of run {run}: they cannot be of the same study");
                return Err(problem(out, what));
            }
            found = found.or(row);
        }
        found.map_or(Ok(()), &mut each)?;
    }
}

/// To the bit.
fn is_equal(one: &Row, other: &Row) -> bool {
    checksum(one) == checksum(other) && write_trace(&one.trace) == write_trace(&other.trace)
}

/// How many runs a store has that is what some others make when they are joined; none if it is anything else.
fn is_joined(path: &Path, lock: &Lock, about: &About, stores: &[Store]) -> Result<Option<u64>, Error> {
    let Ok(joined) = Store::open_led(path, Some(lock)) else {
        return Ok(None);
    };
    if joined.about.is_same(about).is_err() {
        return Ok(None);
    }
    let mut statement = joined.statement(true)?;
    let mut there = Cursor::new(&joined, &mut statement, 0..u64::MAX)?;
    let (mut count, mut is_same) = (0, true);
    join(path, stores, |row| {
        count += 1;
        is_same = is_same && there.next()?.is_some_and(|other| is_equal(&row, &other));
        Ok(())
    })?;
    is_same = is_same && there.next()?.is_none();
    Ok(is_same.then_some(count))
}
