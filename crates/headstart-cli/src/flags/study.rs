//! Axes of a study, how long it is worked on, and how it is drawn.

use crate::files::{AxisText, OutputFile};
use crate::flags::output::{Format, cores_unless, threads};
use crate::flags::page::PageFlags;
use crate::flags::picture::PictureFlags;
use clap::Args;
use headstart::budget::Budget;
use headstart::report::map_files::MapFiles;
use headstart::study::Axis;
use std::path::PathBuf;
use std::str::FromStr;

/// How long a study is worked on, and how it is shown.
#[derive(Debug, Args)]
pub struct SittingArgs {
    /// Stop after this much, and go on another time: 90s, 10m, 2h, or 5Msteps [default: all of it]
    #[arg(long, value_name = "HOW MUCH", help_heading = "Study")]
    pub budget: Option<Budget>,
    /// Text for people, or one JSON document
    #[arg(long, value_enum, default_value = "table", help_heading = "Output")]
    pub format: Format,
    /// Runs at a time; results do not depend on it [default: one per core]
    #[arg(long, value_name = "N", value_parser = threads, help_heading = "Output")]
    threads: Option<usize>,
}

impl SittingArgs {
    /// How many runs at a time.
    pub fn threads(&self) -> usize {
        cores_unless(self.threads)
    }
}

/// The files of a map.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct DrawArgs {
    #[command(flatten)]
    picture: PictureFlags,
    #[command(flatten)]
    page: PageFlags,
}

impl DrawArgs {
    /// The files that a map is drawn into.
    pub fn files(&self) -> MapFiles {
        MapFiles::new(owned(self.picture.png.as_ref()), self.picture.look(), owned(self.page.html.as_ref()))
    }
}

fn owned(file: Option<&OutputFile>) -> Option<PathBuf> {
    file.map(|file| file.to_path_buf())
}

/// An axis of the grammar, kept as its text.
pub fn checked_axis(text: &str) -> Result<AxisText, String> {
    Axis::from_str(text).map(|_| AxisText(text.to_owned())).map_err(|error| error.to_string())
}
