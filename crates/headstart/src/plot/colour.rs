//! Colours: one meaning each. Of what is ordered the best is bright.

/// A colour by what it is for; a page that is dark has others than paper.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Ink {
    /// Text and what matters.
    Ink,
    /// What is read second: ticks, notes.
    Quiet,
    /// Lines behind all others.
    Grid,
    /// What it stands on.
    Paper,
    /// One of several that are compared.
    Series(usize),
    /// A colour that means a number.
    Rgb(Rgb),
}

/// Red, green and blue.
pub type Rgb = [u8; 3];

/// Colours that colour-blind people can tell apart (Okabe and Ito 2008), yellow left out for white paper.
pub const SERIES: [Rgb; 7] =
    [[0, 114, 178], [213, 94, 0], [0, 158, 115], [204, 121, 167], [86, 180, 233], [230, 159, 0], [90, 90, 90]];

const INK: Rgb = [28, 32, 36];
const QUIET: Rgb = [92, 100, 108];
const GRID: Rgb = [226, 229, 232];
const PAPER: Rgb = [255, 255, 255];

/// Cells that have no figure.
pub const NOTHING: Rgb = [200, 200, 200];

impl Ink {
    /// The colour on white paper.
    pub fn on_paper(self) -> Rgb {
        match self {
            Self::Ink => INK,
            Self::Quiet => QUIET,
            Self::Grid => GRID,
            Self::Paper => PAPER,
            Self::Series(i) => SERIES[i % SERIES.len()],
            Self::Rgb(rgb) => rgb,
        }
    }

    /// As a picture on paper has it.
    pub fn hex(self) -> String {
        let [r, g, b] = self.on_paper();
        format!("#{r:02x}{g:02x}{b:02x}")
    }

    /// As a page has it, whose styles say what it is.
    pub fn property(self) -> String {
        match self {
            Self::Ink => "var(--ink)".to_owned(),
            Self::Quiet => "var(--quiet)".to_owned(),
            Self::Grid => "var(--grid)".to_owned(),
            Self::Paper => "var(--paper)".to_owned(),
            Self::Series(i) => format!("var(--c{})", i % SERIES.len()),
            Self::Rgb(_) => self.hex(),
        }
    }
}

/// Viridis (Smith and van der Walt 2015), which the colour-blind can read, and which stays in order when printed grey.
const VIRIDIS: [Rgb; 6] = [[68, 1, 84], [65, 68, 135], [42, 120, 142], [34, 168, 132], [122, 209, 81], [253, 231, 37]];

/// Blue over white to red (`ColorBrewer`'s `RdBu`, Brewer 2003), which the colour-blind can read.
const RED_BLUE: [Rgb; 7] =
    [[33, 102, 172], [103, 169, 207], [209, 229, 240], [250, 250, 250], [253, 219, 199], [239, 138, 98], [178, 24, 43]];

/// Dark to bright, 0 to 1; what lies beyond has the end's colour.
pub fn bright(share: f64) -> Rgb {
    along(share, &VIRIDIS)
}

/// Blue below the middle, white there, red above.
pub fn signed(share: f64) -> Rgb {
    along(share, &RED_BLUE)
}

fn along(share: f64, scale: &[Rgb]) -> Rgb {
    if share.is_nan() {
        return NOTHING;
    }
    let at = share.clamp(0.0, 1.0) * (scale.len() - 1) as f64;
    let i = (at as usize).min(scale.len() - 2);
    std::array::from_fn(|c| {
        let (a, b) = (f64::from(scale[i][c]), f64::from(scale[i + 1][c]));
        (a + (b - a) * (at - i as f64)).round() as u8
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance (WCAG 2.2).
    fn luminance(rgb: Rgb) -> f64 {
        let linear = rgb.map(|c| {
            let c = f64::from(c) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    }

    #[test]
    fn what_is_better_is_brighter_all_along() {
        let all: Vec<f64> = (0..=50).map(|i| luminance(bright(f64::from(i) / 50.0))).collect();
        assert!(all.is_sorted() && all[0] < all[50] / 10.0, "{all:?}");
        assert_eq!((bright(-5.0), bright(f64::NAN)), (bright(0.0), NOTHING));
    }

    #[test]
    fn signs_are_told_by_colour_and_nothing_is_white() {
        let ([r, _, b], [r2, _, b2]) = (signed(0.0), signed(1.0));
        assert!(b > 2 * r && r2 > 2 * b2);
        assert_eq!(signed(0.5), [250, 250, 250]);
    }

    #[test]
    fn text_stands_out_from_paper() {
        let contrast = |ink: Ink| (luminance(PAPER) + 0.05) / (luminance(ink.on_paper()) + 0.05);
        // WCAG 2.2, 1.4.3.
        assert!(contrast(Ink::Ink) > 7.0 && contrast(Ink::Quiet) > 4.5);
    }
}
