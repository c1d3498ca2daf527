//! The font that pictures are set in, compiled in: a picture looks the same on every machine.

use resvg::usvg::{self, fontdb};
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

/// The font's name.
pub const FAMILY: &str = "Inter";

/// Its files.
const REGULAR: &[u8] = include_bytes!("fonts/Inter-Regular.otf");
const SEMIBOLD: &[u8] = include_bytes!("fonts/Inter-SemiBold.otf");

/// The same for browsers, with its weight.
pub const FOR_BROWSERS: [(u16, &[u8]); 2] =
    [(400, include_bytes!("fonts/Inter-Regular.woff2")), (600, include_bytes!("fonts/Inter-SemiBold.woff2"))];

/// What one size of letters is above and below the line they stand on, as shares of it.
pub const ASCENT: f64 = 0.97;
pub const DESCENT: f64 = 0.25;

/// How heavy letters are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Weight {
    /// As in running text.
    Regular,
    /// As in titles.
    SemiBold,
}

impl Weight {
    /// The number that CSS has for it.
    pub fn number(self) -> u16 {
        match self {
            Self::Regular => 400,
            Self::SemiBold => 600,
        }
    }
}

/// How SVG is read: with this font and no other.
pub fn options() -> usvg::Options<'static> {
    static FONTS: LazyLock<Arc<fontdb::Database>> = LazyLock::new(|| {
        let mut fonts = fontdb::Database::new();
        fonts.load_font_data(REGULAR.to_vec());
        fonts.load_font_data(SEMIBOLD.to_vec());
        Arc::new(fonts)
    });
    usvg::Options { font_family: FAMILY.to_owned(), fontdb: Arc::clone(&FONTS), ..usvg::Options::default() }
}

/// How wide a text is, set in so many pixels: by the library that sets it.
pub fn width(text: &str, size: f64, weight: Weight) -> f64 {
    /// Widths grow with the size; they are measured at this one.
    const MEASURED: f64 = 100.0;
    thread_local! {
        static KNOWN: RefCell<HashMap<(String, Weight), f64>> = RefCell::default();
    }
    let measured = KNOWN.with_borrow_mut(|known| {
        if known.len() > 10_000 {
            known.clear();
        }
        *known.entry((text.to_owned(), weight)).or_insert_with(|| measure(text, MEASURED, weight))
    });
    measured * size / MEASURED
}

fn measure(text: &str, size: f64, weight: Weight) -> f64 {
    let svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\"><text xml:space=\"preserve\" font-family=\"{FAMILY}\" \
         font-size=\"{size}\" font-weight=\"{}\">{}</text></svg>",
        weight.number(),
        super::svg::escaped(text)
    );
    let Ok(tree) = usvg::Tree::from_str(&svg, &options()) else { return 0.0 };
    // Of nothing but blanks there is no box.
    tree.root().children().first().map_or(0.0, |node| f64::from(node.bounding_box().width()))
}

/// A text that is at most so wide: what is too long loses its middle.
pub fn shortened(text: &str, size: f64, weight: Weight, most: f64) -> String {
    let all: Vec<char> = text.chars().collect();
    if width(text, size, weight) <= most || all.len() < 4 {
        return text.to_owned();
    }
    let cut = |kept: usize| -> String {
        let head = kept.div_ceil(2);
        all[..head].iter().chain(&['…']).chain(&all[all.len() - (kept - head)..]).collect()
    };
    // The longest that has room: widths grow with what is kept.
    let (mut least, mut most_kept) = (2, all.len() - 1);
    while least < most_kept {
        let middle = (least + most_kept).div_ceil(2);
        if width(&cut(middle), size, weight) <= most { least = middle } else { most_kept = middle - 1 }
    }
    cut(least)
}

/// A text in lines of at most that width, broken at blanks; a word that is longer is shortened.
pub fn lines(text: &str, size: f64, weight: Weight, most: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
        if width(&longer, size, weight) <= most {
            line = longer;
        } else {
            if !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            line = shortened(word, size, weight, most);
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_are_those_of_the_font() {
        let of = |text: &str| width(text, 14.0, Weight::Regular);
        assert!(of("iii") < of("mmm") && of("depends") > of("depen"));
        assert!(width("loss", 14.0, Weight::SemiBold) > of("loss"));
        assert!((width("loss", 28.0, Weight::Regular) - 2.0 * of("loss")).abs() < 1e-9);
        assert_eq!(of(""), 0.0);
        // Greek and the powers of ten are there.
        assert!(of("σ χ 10⁻³ − ≥") > of("10"));
    }

    #[test]
    fn what_is_too_long_loses_its_middle_and_nothing_is_wider_than_it_may_be() {
        let name = "normal:0.1/he-uniform:0.25/orthogonal:1.5";
        for most in [40.0, 90.0, 150.0, 400.0] {
            let short = shortened(name, 13.0, Weight::Regular, most);
            assert!(width(&short, 13.0, Weight::Regular) <= most, "{short}");
            assert!(short == name || short.contains('…'), "{short}");
        }
        let text = "With weights this small the output hardly depends on the input";
        let lines = lines(text, 13.0, Weight::Regular, 160.0);
        assert!(lines.len() > 1 && lines.join(" ") == text);
        assert!(lines.iter().all(|line| width(line, 13.0, Weight::Regular) <= 160.0));
    }
}
