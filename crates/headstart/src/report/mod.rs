//! Results for people and for programs: tables, pictures, pages, JSON, CSV, Parquet.

pub mod advice;
mod curves;
pub mod data;
pub mod explanation;
pub mod files;
pub mod heatmap;
pub mod json;
pub mod map_files;
pub mod map_page;
pub mod map_text;
pub mod page;
pub mod picture;
pub mod story;
pub mod table;
pub mod theory;

use crate::heat::Map;
use crate::probe::Profile;

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
