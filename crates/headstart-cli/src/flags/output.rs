//! What is shown and written, and how many threads do it.

use crate::answer::Answer;
use crate::files::{OutputFile, written};
use crate::flags::page::PageFlags;
use crate::flags::picture::PictureFlags;
use clap::{Args, ValueEnum};
use headstart::error::Error;
use headstart::outputs::Format as Written;
use headstart::report;
use headstart::run::Run;

/// What is shown and written.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct Output {
    /// A table for people, or one JSON document
    #[arg(long, value_enum, default_value = "table")]
    pub format: Format,
    /// Write the runs as CSV
    #[arg(long, value_name = "FILE", value_parser = written(Written::Csv))]
    pub csv: Option<OutputFile>,
    /// Write the runs as Parquet
    #[arg(long, value_name = "FILE", value_parser = written(Written::Parquet))]
    pub parquet: Option<OutputFile>,
    /// The picture of the runs
    #[command(flatten)]
    pub picture: PictureFlags,
    /// The page of the runs
    #[command(flatten)]
    pub page: PageFlags,
    /// Runs at a time; results do not depend on it [default: one per core]
    #[arg(long, value_name = "N", value_parser = threads)]
    threads: Option<usize>,
}

/// How an answer is shown: as text for people, or as one JSON document. Words at the variants would be in the help, which has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs)]
pub enum Format {
    Table,
    Json,
}

impl Output {
    /// Whether there will be pictures of the runs.
    pub fn draws(&self) -> bool {
        self.picture.png.is_some() || self.page.html.is_some()
    }

    /// Whether files shall be written.
    pub fn writes(&self) -> bool {
        [&self.csv, &self.parquet, &self.picture.png, &self.page.html].into_iter().any(Option::is_some)
    }

    /// How many runs at a time.
    pub fn threads(&self) -> usize {
        cores_unless(self.threads)
    }

    /// Writes the files that were asked for: of the runs, and of what was found by a command line.
    ///
    /// # Errors
    /// If one of them cannot be drawn or written.
    pub fn write(&self, runs: &[Run], answer: &dyn Answer, command: &str) -> Result<(), Error> {
        if let Some(path) = &self.csv {
            report::files::csv(path, runs)?;
        }
        if let Some(path) = &self.parquet {
            report::files::parquet(path, runs)?;
        }
        self.picture.draw(|| answer.picture())?;
        self.page.write(answer, command)
    }
}

/// One thread per core unless another number was given.
pub fn cores_unless(threads: Option<usize>) -> usize {
    threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from))
}

/// A number of threads, at least 1.
///
/// # Errors
/// If it is none.
pub fn threads(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("a number of threads is needed, at least 1".to_owned()),
        Ok(n) => Ok(n),
    }
}
