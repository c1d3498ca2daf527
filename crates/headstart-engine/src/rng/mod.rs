//! Random streams: a counter-based one, and the one that notebooks use.

mod native;
mod normal;
mod numpy;

pub use native::Native;
pub use normal::{normal_cdf, normal_quantile};
pub use numpy::RandomState;

use crate::names::GrammarError;
use std::fmt;
use std::str::FromStr;

/// A sequence of random numbers that a seed determines for ever.
pub trait Stream {
    /// A uniform number in [0, 1): a multiple of 2^-53.
    fn uniform(&mut self) -> f64;

    /// A normal number with mean 0 and variance 1.
    fn normal(&mut self) -> f64;

    /// A whole number in `0..=last`, each with the same probability.
    fn up_to(&mut self, last: u64) -> u64;

    /// Puts the items into a random order (Fisher and Yates; from the last item down, as NumPy does it).
    fn shuffle(&mut self, items: &mut [usize]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.up_to(i as u64) as usize);
        }
    }
}

/// Which stream to draw from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rng {
    /// [`Native`]
    #[default]
    Native,
    /// [`RandomState`]
    Numpy,
}

impl Rng {
    /// Every name in the grammar.
    pub const NAMES: &'static [&'static str] = &["native", "numpy"];
}

impl FromStr for Rng {
    type Err = GrammarError;

    fn from_str(text: &str) -> Result<Self, GrammarError> {
        match text.trim() {
            "native" => Ok(Self::Native),
            "numpy" => Ok(Self::Numpy),
            other => Err(GrammarError::unknown("random stream", other, Self::NAMES)),
        }
    }
}

impl fmt::Display for Rng {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(Self::NAMES[*self as usize])
    }
}

/// The smallest number of the form `2^k - 1` that is at least `last`: what bits to keep when numbers up to `last` are
/// drawn by rejection.
fn mask(last: u64) -> u64 {
    u64::MAX.checked_shr(last.leading_zeros()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn masks_cover_their_number_and_no_more() {
        let masks = [0, 1, 2, 5, 255, 256, u64::MAX].map(mask);
        assert_eq!(masks, [0, 1, 3, 7, 255, 511, u64::MAX]);
    }

    proptest! {
        #[test]
        fn a_shuffle_is_a_permutation_and_bounds_hold(seed: u32, n in 0_usize..200, last: u64) {
            let streams: [Box<dyn Stream>; 2] =
                [Box::new(Native::new(seed.into(), 7)), Box::new(RandomState::new(seed))];
            for mut stream in streams {
                let mut items: Vec<usize> = (0..n).collect();
                stream.shuffle(&mut items);
                items.sort_unstable();
                prop_assert_eq!(items, (0..n).collect::<Vec<_>>());
                prop_assert!(stream.up_to(last) <= last);
                prop_assert!((0.0..1.0).contains(&stream.uniform()));
            }
        }
    }
}
