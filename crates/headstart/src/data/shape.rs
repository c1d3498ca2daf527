//! The shape of samples: what of their features lies beside what, which convolutions need to know.

use headstart_engine::names::GrammarError;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// The shape of every sample of a data set: feature `(row * width + column) * channels + channel` is what a channel has at a row
/// and a column. Channels come last, as images lie in files and as Keras and Flax have them. A sequence has height 1.
///
/// As text `28,28` is height and width with one channel, `64,64,3` has three, `100` is a sequence, and `1,100,3` one of three
/// channels; `x` does for the comma. In files it may also be a number or a list of numbers, and is written as all three.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Shape {
    height: usize,
    width: usize,
    channels: usize,
}

impl Shape {
    /// Of these sizes; none if one of them is 0, or there are more features than can be counted.
    pub const fn new(height: usize, width: usize, channels: usize) -> Option<Self> {
        match height.checked_mul(width) {
            Some(places) => match places.checked_mul(channels) {
                Some(0) | None => None,
                Some(_) => Some(Self { height, width, channels }),
            },
            None => None,
        }
    }

    /// Rows; 1 of a sequence.
    pub const fn height(self) -> usize {
        self.height
    }

    /// Columns; the length of a sequence.
    pub const fn width(self) -> usize {
        self.width
    }

    /// Numbers at each place.
    pub const fn channels(self) -> usize {
        self.channels
    }

    /// Numbers of a sample.
    pub const fn features(self) -> usize {
        self.height * self.width * self.channels
    }

    /// As people read it: `28 x 28`, `64 x 64 x 3`, `length 100`.
    pub fn in_words(self) -> String {
        match self {
            Self { height: 1, width, channels: 1 } => format!("length {width}"),
            Self { height: 1, width, channels } => format!("length {width} x {channels}"),
            Self { height, width, channels: 1 } => format!("{height} x {width}"),
            Self { height, width, channels } => format!("{height} x {width} x {channels}"),
        }
    }
}

impl fmt::Display for Shape {
    /// The shortest text that reads back as the same.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&match self {
            Self { height: 1, width, channels: 1 } => width.to_string(),
            Self { height, width, channels: 1 } => format!("{height},{width}"),
            Self { height, width, channels } => format!("{height},{width},{channels}"),
        })
    }
}

impl FromStr for Shape {
    type Err = GrammarError;

    fn from_str(text: &str) -> Result<Self, GrammarError> {
        let error = |problem: &str| GrammarError::parameter(text, problem);
        // As Python writes a tuple or a list.
        let inner = text.trim().trim_matches(['(', ')', '[', ']']).trim().trim_end_matches(',');
        let sizes = inner.split([',', 'x', 'X', '*', '\u{d7}']).map(|size| size.trim().parse());
        let Ok(sizes) = sizes.collect::<Result<Vec<usize>, _>>() else {
            return Err(error(
                "sizes are whole numbers, as in 28,28 (height, width), 64,64,3 (and channels) or 100 (a length)",
            ));
        };
        let [height, width, channels] = match *sizes.as_slice() {
            [length] => [1, length, 1],
            [height, width] => [height, width, 1],
            [height, width, channels] => [height, width, channels],
            _ => return Err(error("three sizes are the most: height, width and channels, as in 64,64,3")),
        };
        if [height, width, channels].contains(&0) {
            return Err(error("sizes are at least 1: leave out what is not there, as the channels of 28,28"));
        }
        Self::new(height, width, channels).ok_or_else(|| error("no sample has that many numbers; give smaller sizes"))
    }
}

impl Serialize for Shape {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        [self.height, self.width, self.channels].serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Shape {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "a shape: a string as \"28,28\", a number, or a list of them")]
        enum Written {
            Text(String),
            Length(i64),
            Sizes(Vec<i64>),
        }
        let text = match Written::deserialize(deserializer)? {
            Written::Text(text) => text,
            Written::Length(length) => length.to_string(),
            Written::Sizes(sizes) => sizes.iter().map(ToString::to_string).collect::<Vec<_>>().join(","),
        };
        text.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shape(text: &str) -> [usize; 3] {
        let Shape { height, width, channels } = text.parse().unwrap_or_else(|error| panic!("{error}"));
        [height, width, channels]
    }

    #[test]
    fn what_is_left_out_is_one() {
        assert_eq!(shape("28,28,1"), [28, 28, 1]);
        assert_eq!(shape("28,28"), [28, 28, 1]);
        assert_eq!(shape("64x64x3"), [64, 64, 3]);
        assert_eq!(shape(" 28 X 28 "), [28, 28, 1]);
        assert_eq!(shape("100"), [1, 100, 1]);
        assert_eq!(shape("1,100,3"), [1, 100, 3]);
        assert_eq!((shape("(100,)"), shape("[28, 28]")), ([1, 100, 1], [28, 28, 1]));
    }

    #[test]
    fn what_makes_no_sense_is_told() {
        let error = |text: &str| text.parse::<Shape>().unwrap_err().to_string();
        assert_eq!(
            error("28,tall"),
            "\"28,tall\": sizes are whole numbers, as in 28,28 (height, width), 64,64,3 (and channels) or 100 (a length)"
        );
        assert!(error("").contains("whole numbers") && error("-3").contains("whole numbers"));
        assert_eq!(
            error("5,28,28,1"),
            "\"5,28,28,1\": three sizes are the most: height, width and channels, as in 64,64,3"
        );
        assert!(error("28,28,0").contains("at least 1"));
        assert!(error("0,4294967296,4294967296").contains("at least 1"));
        assert!(error("4294967296,4294967296,4294967296").contains("no sample has that many numbers"));
        assert_eq!((Shape::new(0, 2, 3), Shape::new(usize::MAX, 2, 1)), (None, None));
    }

    #[test]
    fn files_may_have_text_or_numbers() {
        #[derive(Debug, Deserialize, Serialize, PartialEq)]
        struct File {
            shape: Shape,
        }
        let read = |text: &str| toml::from_str::<File>(text).map(|file| file.shape.to_string());
        for (text, expected) in
            [("'28x28'", "28,28"), ("[28, 28]", "28,28"), ("[64, 64, 3]", "64,64,3"), ("100", "100"), ("[100]", "100")]
        {
            assert_eq!(read(&format!("shape = {text}")).unwrap(), expected, "{text}");
        }
        assert!(read("shape = [28, -28]").unwrap_err().to_string().contains("whole numbers"));
        assert!(read("shape = true").unwrap_err().to_string().contains("a shape: a string"));
        let written = toml::to_string(&File { shape: "28,28".parse().unwrap() }).unwrap();
        assert_eq!(written, "shape = [28, 28, 1]\n");
    }

    proptest! {
        #[test]
        fn text_reads_back_as_the_same(height in 1_usize..99, width in 1_usize..99, channels in 1_usize..9) {
            let shape = Shape::new(height, width, channels).unwrap();
            prop_assert_eq!(shape.to_string().parse::<Shape>().unwrap(), shape);
            prop_assert_eq!(shape.features(), height * width * channels);
        }
    }
}
