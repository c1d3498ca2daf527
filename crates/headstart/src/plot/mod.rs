//! Pictures: what is to be drawn, laid out with the size of every text known, and written as SVG; PNG is that, drawn.
//!
//! ```text
//! Picture -> layout (boxes, ticks, texts) -> svg -> png
//! ```

mod picture;

pub use picture::{Look, Picture};
