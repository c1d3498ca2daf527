//! The picture and the page of a map, and how they keep up with work that takes long.

use super::{map_page, pictures};
use crate::error::Error;
use crate::map::Mapping;
use crate::plot::Look;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// The files that a map is drawn into.
#[derive(Debug)]
pub struct MapFiles {
    picture: Option<PathBuf>,
    look: Look,
    html: Option<PathBuf>,
    command: String,
    next: Instant,
}

/// The picture so far is not drawn more often than this, nor for more than this share of the time.
const PATIENCE: Duration = Duration::from_secs(10);
const SHARE: u32 = 50;

impl MapFiles {
    /// These files, which may be none.
    pub fn new(picture: Option<PathBuf>, look: Look, html: Option<PathBuf>) -> Self {
        Self { picture, look, html, command: String::new(), next: Instant::now() + PATIENCE }
    }

    /// The same, drawn by this command line, which the page shows.
    #[must_use]
    pub fn by(self, command: &str) -> Self {
        Self { command: command.to_owned(), ..self }
    }

    /// Whether traces shall be shown.
    pub fn show_traces(&self) -> bool {
        self.html.is_some()
    }

    /// Draws the picture so far, if it is time.
    ///
    /// # Errors
    /// As [`MapFiles::write`].
    pub fn keep_up(&mut self, mapping: &Mapping) -> Result<(), Error> {
        if Instant::now() < self.next {
            return Ok(());
        }
        let begin = Instant::now();
        self.write(mapping)?;
        self.next = Instant::now() + PATIENCE.max(begin.elapsed() * SHARE);
        Ok(())
    }

    /// Draws the files.
    ///
    /// # Errors
    /// If one of them cannot be written.
    pub fn write(&self, mapping: &Mapping) -> Result<(), Error> {
        if let Some(path) = &self.picture {
            pictures::map(&mapping.title(), &mapping.subtitle(), &mapping.picture()).write(path, &self.look)?;
        }
        if let Some(path) = &self.html {
            map_page::write(path, mapping, &self.command)?;
        }
        Ok(())
    }
}
