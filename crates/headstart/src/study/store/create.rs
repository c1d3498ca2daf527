//! How a store comes to be.

use super::about::About;
use super::problem::failed;
use super::version::FORMAT;
use super::{connection, files};
use crate::error::Error;
use crate::io::{Unwritten, temporary_beside};
use rusqlite::Connection;
use std::path::Path;

/// Makes an empty store, whole or not at all.
pub fn create(path: &Path, about: &About) -> Result<(), Error> {
    files::clear_leftovers(path)?;
    let work = temporary_beside(path)?;
    let connection = fill(work.path(), about).map_err(|error| failed(path, &error))?;
    finish(connection, work, path)
}

/// Makes a store in an empty file.
pub fn fill(path: &Path, about: &About) -> rusqlite::Result<Connection> {
    let mut connection = connection::create(path, files::APPLICATION, FORMAT)?;
    let transaction = connection.transaction()?;
    about.write(&transaction)?;
    transaction.commit()?;
    Ok(connection)
}

/// Gives a file that is whole and on the disk the store's name, which nothing has.
pub fn finish(connection: Connection, work: tempfile::NamedTempFile, path: &Path) -> Result<(), Error> {
    connection.close().map_err(|(_, error)| failed(path, &error))?;
    let failed = |source| Error::from(Unwritten::new(path, source));
    work.as_file().sync_all().map_err(failed)?;
    work.persist_noclobber(path).map_err(|error| failed(error.error))?;
    Ok(())
}
