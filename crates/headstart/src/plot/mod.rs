//! Pictures: what is to be drawn ([`Picture`]), laid out with the size of every text known, and written as SVG, or drawn as PNG.
//!
//! ```text
//! Picture -> layout -> Drawing (shapes and texts, each at its place) -> svg -> png
//! ```

pub mod colour;
pub mod drawing;
mod font;
mod layout;
mod picture;
mod png;
mod scale;
mod svg;

pub use layout::layout;
pub use picture::{Axis, Cells, Chart, Key, Kind, Look, Mark, Panel, Picture, Plot, Shade, Words};

use crate::error::Error;
use crate::io::write_whole;
use std::path::Path;
use svg::Place;

/// Why a picture cannot be drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure(pub String);

/// The formats of files, by how their names end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Dots.
    Png,
    /// Lines, areas and text.
    Svg,
}

impl Format {
    /// What a file of this name is to be: PNG if it has no ending, none if it is neither.
    pub fn of(path: &Path) -> Option<Self> {
        let Some(ending) = path.extension() else { return Some(Self::Png) };
        match ending.to_str()?.to_lowercase().as_str() {
            "png" => Some(Self::Png),
            "svg" => Some(Self::Svg),
            _ => None,
        }
    }
}

/// Widths of pictures within pages: on a wide screen and on a telephone.
const IN_PAGE: [(&str, f64); 2] = [("wide", 720.0), ("narrow", 350.0)];

impl Picture {
    /// The bytes of a file.
    ///
    /// # Errors
    /// If there is not enough room for it, or too much.
    pub fn bytes(&self, format: Format, look: &Look) -> Result<Vec<u8>, Failure> {
        let drawing = layout(self, look)?;
        match format {
            Format::Svg => Ok(svg::svg(&drawing, Place::File).into_bytes()),
            Format::Png => png::drawn(&svg::svg(&drawing, Place::Drawn), look.scale()),
        }
    }

    /// Writes a file, as what its name ends with says.
    ///
    /// # Errors
    /// If the ending is not known, there is no room for the picture, or the file cannot be written.
    pub fn write(&self, path: &Path, look: &Look) -> Result<(), Error> {
        let failed = |Failure(problem)| Error::Picture { path: path.display().to_string(), problem };
        let unknown = || Failure("a picture is a .png or an .svg".to_owned());
        let bytes = Format::of(path).ok_or_else(unknown).and_then(|format| self.bytes(format, look)).map_err(failed)?;
        Ok(write_whole(path, &bytes)?)
    }

    /// The bytes of a PNG file of its own size.
    ///
    /// # Errors
    /// If there is too much to be drawn.
    pub fn png(&self) -> Result<Vec<u8>, Error> {
        let failed = |Failure(problem)| Error::Picture { path: "picture.png".to_owned(), problem };
        self.bytes(Format::Png, &Look::default()).map_err(failed)
    }

    /// The picture as `<svg>` elements to stand in a page, one for wide screens (class `wide`) and one for narrow ones (class
    /// `narrow`), of which the page shows one. Colours are those of the page, light or dark: the custom properties `--ink`, `--quiet`,
    /// `--grid`, `--paper` and, of what is compared, `--c0` to `--c6`. What can be read from curves is in elements of class `readings`:
    /// `data-name`, and in `data-points` places with their words, `x y words`, parted by bars.
    pub fn in_page(&self) -> String {
        let of = |(class, width): (&str, f64)| {
            let look = Look { width: Some(width), ..Look::default() };
            layout(self, &look).map_or_else(
                |_| String::new(),
                |drawing| svg::svg(&drawing, Place::Page).replacen("<svg ", &format!("<svg class=\"{class}\" "), 1),
            )
        };
        IN_PAGE.map(of).concat()
    }
}
