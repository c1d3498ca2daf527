//! `headstart data`: what is in a file, and what the other commands make of it.

use crate::files::Source;
use crate::flags::config::{overlay, read};
use crate::flags::data::DataFlags;
use crate::flags::output::Format;
use crate::interrupts::before_anything;
use crate::outcome::Outcome;
use crate::output;
use clap::Args;
use headstart::data::Dataset;
use headstart::error::Error;
use headstart::report::data::Overview;
use headstart::spec::TaskSpec;

#[derive(Debug, Args)]
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

pub fn data(args: &DataArgs) -> Result<Outcome, Error> {
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
