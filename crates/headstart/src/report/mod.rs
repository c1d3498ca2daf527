//! Results for people and for programs: tables, pictures, pages, JSON, CSV, Parquet.

pub mod advice;
pub mod audit;
mod curves;
pub mod data;
pub mod document;
pub mod explanation;
pub mod files;
pub mod heatmap;
pub mod json;
pub mod map_files;
pub mod map_page;
pub mod map_text;
pub mod model;
pub mod page;
pub mod picture;
pub mod story;
pub mod table;
pub mod terminal;
pub mod theory;
pub mod training;

use crate::error::Error;
use crate::heat::Map;
use crate::io::Unwritten;
use crate::probe::Profile;
use crate::run::Run;
use std::path::Path;

/// What pictures and pages show of runs.
#[derive(Clone, Copy, Debug)]
pub enum Shown<'a> {
    /// Their losses, and where they ended.
    Runs,
    /// A figure of each, which says more than the losses of hundreds of runs.
    Map(&'a Map),
    /// Their starts, layer by layer, and their losses.
    Profiles(&'a [Profile]),
}

/// Draws a picture of runs.
///
/// # Errors
/// If it cannot be drawn or written.
pub fn draw(path: &Path, title: &str, runs: &[Run], shown: Shown) -> Result<(), Error> {
    match shown {
        Shown::Runs => picture::runs(path, title, runs),
        Shown::Map(map) => heatmap::draw(path, title, map),
        Shown::Profiles(profiles) => picture::profiles(path, title, profiles, runs),
    }
}

/// What is drawn into a file of that name, as its bytes.
///
/// # Errors
/// If it cannot be drawn, or there is no room for files that are there for a moment.
pub fn as_bytes(name: &str, draw: impl FnOnce(&Path) -> Result<(), Error>) -> Result<Vec<u8>, Error> {
    let cannot = |source| Unwritten::new(Path::new(name), source);
    let folder = tempfile::tempdir().map_err(cannot)?;
    let path = folder.path().join(name);
    draw(&path)?;
    Ok(std::fs::read(&path).map_err(cannot)?)
}
