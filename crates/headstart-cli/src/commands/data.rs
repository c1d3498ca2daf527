//! `headstart data`: what is in a file, and what the other commands make of it.

use crate::files::Source;
use crate::flags::config::{overlay, read};
use crate::flags::data::DataFlags;
use crate::flags::output::Format;
use crate::help::Page;
use crate::interrupts::before_anything;
use crate::outcome::Outcome;
use crate::output;
use clap::Args;
use headstart::data::Dataset;
use headstart::error::Error;
use headstart::report::data::Overview;
use headstart::spec::TaskSpec;

/// Show what is in a file and what becomes of its columns
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  headstart data passengers.csv --label survived
  headstart data houses.csv --drop id --missing drop
  headstart data iris.npy --label -1 --format json")]
pub struct DataArgs {
    /// A file or a built-in set, as --data takes it
    #[arg(value_name = "FILE", conflicts_with = "data")]
    file: Option<Source>,
    #[command(flatten)]
    data: DataFlags,
    /// A table for people, or one JSON document
    #[arg(long, value_enum, default_value = "table", help_heading = "Output")]
    format: Format,
}

/// What its help shows.
pub const PAGE: Page = Page {
    command: "data",
    main: &[
        "label",
        "features",
        "drop",
        "missing",
        "preprocess",
        "scale_targets",
        "task",
        "strict",
        "test_data",
        "format",
    ],
    hidden: &["data"],
};

pub fn run(args: &DataArgs) -> Result<Outcome, Error> {
    let mut section = toml::Table::new();
    overlay(&mut section, "data", &args.data)?;
    let mut spec: TaskSpec = read(section)?;
    if let Some(file) = &args.file {
        file.name().clone_into(&mut spec.data.data);
    }
    let data = before_anything(|| Dataset::load(&spec.data))?;
    let overview = Overview::new(&data);
    match args.format {
        Format::Json => output::json(&overview)?,
        Format::Table => output::text(&overview.text())?,
    }
    Ok(Outcome::Done)
}
