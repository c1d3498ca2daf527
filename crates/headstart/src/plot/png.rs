//! Pictures of dots.

use super::colour::Rgb;
use super::{Failure, font};
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg;

/// Draws SVG with so many dots to a pixel of a page.
///
/// # Errors
/// If it is not SVG, or too large.
pub fn drawn(svg: &str, scale: f64) -> Result<Vec<u8>, Failure> {
    let tree = usvg::Tree::from_str(svg, &font::options()).map_err(|error| Failure(error.to_string()))?;
    let size = tree.size();
    let [width, height] = [size.width(), size.height()].map(|length| (f64::from(length) * scale).round() as u32);
    let mut dots =
        Pixmap::new(width, height).ok_or_else(|| Failure(format!("{width} x {height} pixels are too many")))?;
    resvg::render(&tree, Transform::from_scale(scale as f32, scale as f32), &mut dots.as_mut());
    // There is paper everywhere: nothing is seen through.
    let opaque: Vec<u8> = dots.data().chunks_exact(4).flat_map(|dot| [dot[0], dot[1], dot[2]]).collect();
    drop(dots);
    Ok(encoded([width, height], &opaque, Some(scale)))
}

/// Coloured cells, one dot each, row by row from the top.
pub fn cells(across: usize, colours: &[Rgb]) -> Vec<u8> {
    let across = across.max(1);
    encoded([across as u32, (colours.len() / across) as u32], colours.as_flattened(), None)
}

fn encoded([width, height]: [u32; 2], rgb: &[u8], scale: Option<f64>) -> Vec<u8> {
    const DOTS_PER_METRE: f64 = 96.0 / 0.0254;
    let mut file = Vec::new();
    let mut encoder = ::png::Encoder::new(&mut file, width, height);
    encoder.set_color(::png::ColorType::Rgb);
    encoder.set_depth(::png::BitDepth::Eight);
    if let Some(scale) = scale {
        let dots = (scale * DOTS_PER_METRE).round() as u32;
        let unit = ::png::Unit::Meter;
        encoder.set_pixel_dims(Some(::png::PixelDimensions { xppu: dots, yppu: dots, unit }));
    }
    let written = encoder.write_header().and_then(|mut writer| writer.write_image_data(rgb));
    debug_assert!(written.is_ok(), "memory takes all, and there is a byte for each: {written:?}");
    file
}
