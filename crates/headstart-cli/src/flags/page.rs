//! The page that shows what was found.

use crate::answer::Answer;
use crate::files::{OutputFile, written};
use clap::Args;
use headstart::error::Error;
use headstart::outputs::Format as Written;
use headstart::report;
use headstart::report::document::Document;

/// The file that a page is written into.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct PageFlags {
    /// Write a page that works offline, to be read and shown
    #[arg(long, value_name = "FILE", value_parser = written(Written::Html))]
    pub html: Option<OutputFile>,
}

impl PageFlags {
    /// Writes what was found as a page, if one was asked for; at its foot the command line that asks the same again.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write(&self, answer: &dyn Answer, command: &str) -> Result<(), Error> {
        let Some(path) = &self.html else { return Ok(()) };
        report::page::save(path, &Document { command: command.to_owned(), ..answer.page() })
    }
}
