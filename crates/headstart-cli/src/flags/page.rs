//! The page that shows what was found.

use crate::files::{OutputFile, written};
use clap::Args;
use headstart::outputs::Format as Written;

/// The file that a page is written into.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct PageFlags {
    /// Write a page that works offline, to be read and shown
    #[arg(long, value_name = "FILE", value_parser = written(Written::Html))]
    pub html: Option<OutputFile>,
}
