//! Classes of very different size: what accuracy then says little of.

use super::{Dataset, Kind, Targets};
use crate::words::foreign;

/// The rarest class is rare with less than this share of what it would have if all had the same.
const RARE: f64 = 0.2;

/// A class with more than this share of all samples is most of them.
const MOST: f64 = 0.8;

/// The classes of a training set that are very unlike one another in size.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Imbalance {
    /// The most frequent class, and its share of the samples.
    most: (usize, f64),
    /// The rarest one, and its share.
    rarest: (usize, f64),
}

fn imbalance(kind: &Kind, y: &Targets) -> Option<Imbalance> {
    let (Kind::Classes(names), Targets::Classes(classes)) = (kind, y) else { return None };
    let mut counts = vec![0_usize; names.len()];
    for &class in classes {
        counts[class] += 1;
    }
    let share = |(class, count): (usize, &usize)| (class, *count as f64 / classes.len().max(1) as f64);
    let shares = || counts.iter().enumerate().map(share);
    // The first of several.
    let most = shares().reduce(|a, b| if b.1 > a.1 { b } else { a })?;
    let rarest = shares().reduce(|a, b| if b.1 < a.1 { b } else { a })?;
    let is_uneven = rarest.1 * (names.len() as f64) < RARE || most.1 > MOST;
    (is_uneven && !classes.is_empty()).then_some(Imbalance { most, rarest })
}

/// A sentence about training classes of very different size: where the rarest one has less than a fifth of an even share, or one
/// has more than four fifths of the samples.
pub(super) fn note(kind: &Kind, train: &Targets) -> Option<String> {
    let Imbalance { most, rarest } = imbalance(kind, train)?;
    let Kind::Classes(names) = kind else { return None };
    let told = |(class, share): (usize, f64)| (foreign(&names[class]), 100.0 * share);
    let ((most, right), (rarest, share)) = (told(most), told(rarest));
    Some(format!(
        "imbalanced classes: \"{rarest}\" is {share:.1}% of the training samples, and always guessing \"{most}\" is right in \
         {right:.1}%; look at the balanced accuracy (of guessing {:.1}%), and see --class-weights balanced",
        100.0 / names.len() as f64
    ))
}

impl Dataset {
    /// Whether the training classes are of so different size that accuracy says little: the rarest one has less than a fifth of an
    /// even share, or one has more than four fifths of the samples.
    pub fn is_imbalanced(&self) -> bool {
        imbalance(&self.kind, &self.train.y).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(counts: &[usize]) -> Option<String> {
        let names = ["0", "1", "2"].iter().take(counts.len()).map(|name| (*name).to_owned()).collect();
        let classes = counts.iter().enumerate().flat_map(|(class, &count)| std::iter::repeat_n(class, count)).collect();
        note(&Kind::Classes(names), &Targets::Classes(classes))
    }

    #[test]
    fn classes_of_very_different_size_are_told() {
        assert_eq!(
            told(&[931, 69]).as_deref(),
            Some(
                "imbalanced classes: \"1\" is 6.9% of the training samples, and always guessing \"0\" is right in 93.1%; look at \
                 the balanced accuracy (of guessing 50.0%), and see --class-weights balanced"
            )
        );
        // At the limits: four fifths, and a fifth of a third.
        assert_eq!((told(&[80, 20]), told(&[140, 140, 20])), (None, None));
        assert!(told(&[81, 19]).is_some() && told(&[141, 140, 19]).is_some() && told(&[5, 5, 0]).is_some());
        assert_eq!((told(&[50, 50]), told(&[0, 0])), (None, None));
        let numbers = Targets::Values(ndarray::Array2::zeros((3, 1)));
        assert_eq!(note(&Kind::Regression { outputs: 1 }, &numbers), None);
    }
}
