//! How the numbers of one sample lie: in channels of height and width, or all in a row.

use std::fmt;

/// Numbers of a sample: so many channels of `height x width` places. What has no places is all channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Extent {
    /// Numbers at a place.
    pub channels: usize,
    /// Rows of places; 1 for a sequence.
    pub height: usize,
    /// Places in a row.
    pub width: usize,
}

impl Extent {
    /// Numbers that lie at no places.
    pub fn flat(channels: usize) -> Self {
        Self { channels, height: 1, width: 1 }
    }

    /// Places.
    pub fn places(self) -> usize {
        self.height * self.width
    }

    /// All numbers; none where they are too many to address.
    pub fn count(self) -> Option<usize> {
        self.height.checked_mul(self.width)?.checked_mul(self.channels)
    }

    /// All numbers.
    pub fn numbers(self) -> usize {
        self.places() * self.channels
    }
}

impl fmt::Display for Extent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.height, self.width) {
            (1, 1) => write!(f, "{}", self.channels),
            (1, width) => write!(f, "{width} x {}", self.channels),
            (height, width) => write!(f, "{height} x {width} x {}", self.channels),
        }
    }
}
