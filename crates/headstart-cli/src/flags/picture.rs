//! What is drawn, and how large.

use crate::files::{OutputFile, written};
use clap::Args;
use headstart::error::Error;
use headstart::outputs::Format as Written;
use headstart::plot::{Look, Picture};

/// The file that a picture is drawn into, and how large it is.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct PictureFlags {
    /// Draw what was found: a .png, or by the ending an .svg
    #[arg(long, value_name = "FILE", value_parser = written(Written::Picture))]
    pub png: Option<OutputFile>,
    /// The picture's width in pixels, if it has room [default: 1600, or as many as it needs]
    #[arg(long, value_name = "PIXELS", value_parser = pixels, requires = "png")]
    width: Option<u32>,
    /// The picture's height in pixels, if it has room [default: as many as it needs]
    #[arg(long, value_name = "PIXELS", value_parser = pixels, requires = "png")]
    height: Option<u32>,
    /// The picture's dots to an inch: the more, the larger the letters in a picture of so many pixels [default: 192]
    #[arg(long, value_name = "DOTS", value_parser = dots, requires = "png")]
    dpi: Option<u32>,
}

impl PictureFlags {
    /// How large it is.
    pub fn look(&self) -> Look {
        let dpi = self.dpi.map_or(Look::default().dpi, f64::from);
        let in_page = |pixels: Option<u32>| pixels.map(|pixels| f64::from(pixels) * 96.0 / dpi);
        Look { width: in_page(self.width), height: in_page(self.height), dpi }
    }

    /// Draws a picture, if one was asked for.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn draw(&self, picture: impl FnOnce() -> Option<Picture>) -> Result<(), Error> {
        let Some(path) = &self.png else { return Ok(()) };
        picture().map_or(Ok(()), |picture| picture.write(path, &self.look()))
    }
}

fn pixels(text: &str) -> Result<u32, String> {
    within(text, 100..=20_000, "pixels of the picture")
        .map_err(|error| error + "; how wide layers are is said by --layers")
}

fn dots(text: &str) -> Result<u32, String> {
    within(text, 36..=1200, "dots to an inch")
}

fn within(text: &str, range: std::ops::RangeInclusive<u32>, what: &str) -> Result<u32, String> {
    let wrong = || format!("a number of {what} is needed, {} to {}", range.start(), range.end());
    text.parse().ok().filter(|number| range.contains(number)).ok_or_else(wrong)
}
