//! Results for people and for programs: tables, pictures, pages, JSON, CSV, Parquet.

pub mod advice;
pub mod audit;
pub mod data;
pub mod document;
pub mod explanation;
pub mod files;
pub mod json;
pub mod map_files;
pub mod map_page;
pub mod map_text;
pub mod model;
pub mod page;
pub mod pictures;
pub mod table;
pub mod terminal;
pub mod theory;
pub mod training;

use crate::heat::Map;
use crate::plot::Picture;
use crate::probe::Profile;
use crate::run::Run;

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

/// What is drawn of runs.
pub fn picture(title: &str, subtitle: &str, runs: &[Run], shown: Shown) -> Picture {
    match shown {
        Shown::Runs => pictures::runs(title, subtitle, runs),
        Shown::Map(map) => pictures::map(title, subtitle, map),
        Shown::Profiles(profiles) => pictures::profiles(title, subtitle, profiles, runs),
    }
}
