//! Whether two pictures look alike, and where pictures are kept that others are held against.

use std::path::Path;

/// Dots along a side of the squares whose means are compared: what moves by less than a dot, or is smoothed in another way, is no
/// difference.
const SQUARE: usize = 6;

/// The mean of a square may differ by this much, of 255, and those of all squares on average by that.
const MOST: f64 = 40.0;
const MOST_ON_AVERAGE: f64 = 1.0;

/// Says what is different about a picture, as bytes of a PNG, beside the one that is kept in a file. Where the variable
/// `HEADSTART_DRAW` is set, the file is written instead.
///
/// # Panics
/// If they do not look alike.
pub fn check(drawn: &[u8], kept: &Path) {
    if let Err(difference) = compare(drawn, kept) {
        if std::env::var_os("HEADSTART_DRAW").is_some() {
            std::fs::create_dir_all(kept.parent().expect("it is in a folder")).expect("a folder can be made");
            std::fs::write(kept, drawn).expect("the file can be written");
            return;
        }
        let other = std::env::temp_dir().join(kept.file_name().expect("it is a file"));
        std::fs::write(&other, drawn).expect("there is room for it");
        panic!(
            "{} is stale: {difference}; as it is drawn now it is {}. Look at both; docs/pictures.sh draws all anew",
            kept.display(),
            other.display()
        );
    }
}

fn compare(drawn: &[u8], kept: &Path) -> Result<(), String> {
    let kept = std::fs::read(kept).map_err(|error| error.to_string())?;
    let (a, b) = (squares(drawn)?, squares(&kept)?);
    if a.0 != b.0 {
        return Err(format!("it is {:?} dots large, and was {:?}", a.0, b.0));
    }
    let differences: Vec<f64> = a.1.iter().zip(&b.1).map(|(a, b)| (a - b).abs()).collect();
    let most = differences.iter().copied().fold(0.0, f64::max);
    let mean = differences.iter().sum::<f64>() / differences.len() as f64;
    if most > MOST || mean > MOST_ON_AVERAGE {
        return Err(format!(
            "squares of {SQUARE} x {SQUARE} dots differ by up to {most:.1}, on average by {mean:.2}, of 255"
        ));
    }
    Ok(())
}

/// The size of a PNG, and the means of its squares in red, green and blue.
fn squares(png: &[u8]) -> Result<([usize; 2], Vec<f64>), String> {
    let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().expect("it is a PNG");
    let mut dots = vec![0; reader.output_buffer_size().expect("it has a size")];
    let info = reader.next_frame(&mut dots).expect("it is whole");
    if info.color_type != png::ColorType::Rgb {
        return Err(format!("its dots are {:?}", info.color_type));
    }
    let (width, height) = (info.width as usize, info.height as usize);
    let across = width.div_ceil(SQUARE);
    let mut sums = vec![[0.0_f64; 4]; across * height.div_ceil(SQUARE)];
    for (y, row) in dots.chunks_exact(3 * width).enumerate() {
        for (x, dot) in row.chunks_exact(3).enumerate() {
            let sum = &mut sums[y / SQUARE * across + x / SQUARE];
            (0..3).for_each(|c| sum[c] += f64::from(dot[c]));
            sum[3] += 1.0;
        }
    }
    Ok(([width, height], sums.iter().flat_map(|[r, g, b, n]| [r / n, g / n, b / n]).collect()))
}
