//! What a command found, before anybody shows it.

use headstart::compare::Comparison;
use headstart::error::Error;
use headstart::io::columns::Gathered;
use headstart::model::Model;
use headstart::plot::Picture;
use headstart::report::document::Document;
use headstart::report::terminal::{self, Paper};
use std::io::Write;

/// What a command found.
pub trait Answer: Send + Sync {
    /// What it says to people.
    fn document(&self) -> Document;

    /// The same for a page, with pictures among the words.
    fn page(&self) -> Document {
        self.document()
    }

    /// The same in lines.
    fn text(&self, paper: &Paper) -> String {
        terminal::text(&self.document(), paper)
    }

    /// Writes the JSON document, without a line end.
    ///
    /// # Errors
    /// If `out` cannot be written to.
    fn json(&self, out: &mut dyn Write) -> std::io::Result<()>;

    /// What runs say together, if they were compared.
    fn comparison(&self) -> Option<&Comparison> {
        None
    }

    /// What a single training ended with; none of several, and where nobody keeps it.
    fn model(&self) -> Option<&Model> {
        None
    }

    /// A row for each run, as CSV and Parquet have them; none of what has no runs.
    ///
    /// # Errors
    /// If they are kept in a store that cannot be read.
    fn rows(&self) -> Result<Option<Gathered>, Error> {
        Ok(None)
    }

    /// What the flag `--png` draws; none of what has no picture.
    fn picture(&self) -> Option<Picture> {
        None
    }
}
