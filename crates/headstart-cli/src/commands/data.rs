//! `headstart data`: what is in a file, and what the other commands make of it.

use crate::answer::Answer;
use crate::ask::{Ask, Asked, Front, Hearer};
use crate::files::Source;
use crate::flags::config::{overlay, read};
use crate::flags::data::DataFlags;
use crate::flags::output::Format;
use crate::help::Page;
use crate::interrupts::before_anything;
use clap::Args;
use headstart::data::Dataset;
use headstart::error::Error;
use headstart::io::json;
use headstart::report::data::Overview;
use headstart::report::document::Document;
use headstart::spec::TaskSpec;
use std::io::Write;

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

impl Ask for DataArgs {
    fn ask(&self, _front: &Front<'_>, _heard: &mut dyn Hearer) -> Result<Asked, Error> {
        let mut section = toml::Table::new();
        overlay(&mut section, "data", &self.data)?;
        let mut spec: TaskSpec = read(section)?;
        if let Some(file) = &self.file {
            file.name().clone_into(&mut spec.data.data);
        }
        let spec = self.data.with_given(spec.data);
        Ok(Asked::done(before_anything(|| Dataset::load(&spec))?))
    }

    fn format(&self) -> Format {
        self.format
    }

    fn data(&mut self) -> Option<&mut DataFlags> {
        Some(&mut self.data)
    }
}

impl Answer for Dataset {
    fn document(&self) -> Document {
        Overview::new(self).document()
    }

    fn json(&self, out: &mut dyn Write) -> std::io::Result<()> {
        json::write(out, &Overview::new(self))
    }
}
