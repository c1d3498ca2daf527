//! Which samples are held out for testing when no test data is given.
//!
//! The choice depends on the labels, the share and the seed alone: `ChaCha8` and the shuffle below are fixed by their
//! definitions, so that it is the same on every machine and with every version of every crate.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::Targets;

/// Marks the samples that are held out: `share` of them in all, and of each class as nearly as whole samples allow.
/// Every class keeps a sample for training.
pub(crate) fn held_out(y: &Targets, share: f64, seed: u64) -> Vec<bool> {
    let groups = match y {
        Targets::Classes(classes) => by_class(classes),
        Targets::Values(values) => vec![(0..values.nrows()).collect()],
    };
    let sizes: Vec<usize> = groups.iter().map(Vec::len).collect();
    let mut rng = rng(seed);
    let mut marked = vec![false; y.len()];
    for (mut group, count) in groups.into_iter().zip(counts(&sizes, share)) {
        shuffle(&mut group, &mut rng);
        for &sample in &group[..count] {
            marked[sample] = true;
        }
    }
    marked
}

/// The same, with as many samples of every class: `share` of the smallest one. So the accuracy on what is held out is the mean
/// over the classes of the share that is put right, which an answer that is always the same cannot be good at.
pub(crate) fn held_out_evenly(y: &Targets, share: f64, seed: u64) -> Vec<bool> {
    let Targets::Classes(classes) = y else { return held_out(y, share, seed) };
    let groups = by_class(classes);
    let smallest = groups.iter().map(Vec::len).filter(|size| *size > 0).min().unwrap_or(0);
    let count = ((share * smallest as f64).round() as usize).max(1).min(smallest.saturating_sub(1));
    let mut rng = rng(seed);
    let mut marked = vec![false; y.len()];
    for mut group in groups {
        shuffle(&mut group, &mut rng);
        for &sample in group.iter().take(count) {
            marked[sample] = true;
        }
    }
    marked
}

fn by_class(classes: &[usize]) -> Vec<Vec<usize>> {
    let mut groups = vec![Vec::new(); classes.iter().max().map_or(0, |&last| last + 1)];
    for (sample, &class) in classes.iter().enumerate() {
        groups[class].push(sample);
    }
    groups
}

/// How many to hold out of each group: by largest remainders, so that the total is `share` of all, rounded.
fn counts(sizes: &[usize], share: f64) -> Vec<usize> {
    let room = |group: usize| sizes[group].saturating_sub(1);
    let exact: Vec<f64> = sizes.iter().map(|&size| share * size as f64).collect();
    let mut counts: Vec<usize> = exact.iter().enumerate().map(|(g, &exact)| (exact as usize).min(room(g))).collect();
    let total = (share * sizes.iter().sum::<usize>() as f64).round() as usize;
    let mut order: Vec<usize> = (0..sizes.len()).collect();
    order.sort_by(|&a, &b| exact[b].fract().total_cmp(&exact[a].fract()).then(a.cmp(&b)));
    // Groups of one keep it, and what they would have given falls to the others.
    let mut missing = total.saturating_sub(counts.iter().sum());
    while missing > 0 && order.iter().any(|&group| counts[group] < room(group)) {
        for &group in &order {
            if missing > 0 && counts[group] < room(group) {
                counts[group] += 1;
                missing -= 1;
            }
        }
    }
    counts
}

fn rng(seed: u64) -> ChaCha8Rng {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    ChaCha8Rng::from_seed(key)
}

/// Fisher and Yates, from the last element down.
fn shuffle(items: &mut [usize], rng: &mut ChaCha8Rng) {
    for last in (1..items.len()).rev() {
        items.swap(last, below(last as u64 + 1, rng) as usize);
    }
}

/// A uniform integer in 0..n: draws from the incomplete last block of n are thrown away.
fn below(n: u64, rng: &mut ChaCha8Rng) -> u64 {
    let whole_blocks = u64::MAX - u64::MAX % n;
    loop {
        let draw = rng.next_u64();
        if draw < whole_blocks {
            return draw % n;
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;
    use proptest::prelude::*;

    use super::*;

    fn chosen(marked: &[bool]) -> Vec<usize> {
        (0..marked.len()).filter(|&i| marked[i]).collect()
    }

    #[test]
    fn the_choice_never_changes() {
        let classes = Targets::Classes((0..20).map(|i| usize::from(i % 4 == 0)).collect());
        // Both as an independent implementation of ChaCha8 and of the shuffle has them.
        assert_eq!(chosen(&held_out(&classes, 0.2, 0)), [4, 9, 15, 17]);
        let values = Targets::Values(Array2::zeros((20, 1)));
        assert_eq!(chosen(&held_out(&values, 0.2, 7)), [10, 15, 17, 18]);
    }

    #[test]
    fn every_class_gives_as_many_where_that_is_asked_for() {
        let classes: Vec<usize> = (0..100).map(|i| usize::from(i % 5 == 0)).collect();
        let marked = held_out_evenly(&Targets::Classes(classes.clone()), 0.25, 3);
        let of = |class: usize| (0..100).filter(|&i| marked[i] && classes[i] == class).count();
        assert_eq!((of(0), of(1)), (5, 5));
        assert!(!held_out_evenly(&Targets::Classes(vec![0, 1]), 0.5, 0).contains(&true));
    }

    #[test]
    fn the_total_is_right() {
        assert_eq!(counts(&[3, 3, 4], 0.5), [2, 1, 2]);
        assert_eq!(counts(&[1, 1, 8], 0.2), [0, 0, 2]);
        assert_eq!(counts(&[1, 1], 0.5), [0, 0]);
        assert_eq!(counts(&[10, 10], 0.0), [0, 0]);
        assert_eq!(counts(&[2, 2], 0.99), [1, 1]);
        assert_eq!(counts(&[10], 0.25), [3]);
    }

    proptest! {
        #[test]
        fn every_class_keeps_a_sample_and_gives_its_share(
            classes in prop::collection::vec(0usize..5, 1..200), share in 0.0..0.9, seed: u64,
        ) {
            let marked = held_out(&Targets::Classes(classes.clone()), share, seed);
            for class in 0..5 {
                let of_class: Vec<bool> =
                    marked.iter().zip(&classes).filter(|&(_, &c)| c == class).map(|(&m, _)| m).collect();
                let out = of_class.iter().filter(|&&m| m).count();
                prop_assert!(of_class.is_empty() || out < of_class.len());
            }
            let total = marked.iter().filter(|&&m| m).count();
            let wanted = (share * classes.len() as f64).round() as usize;
            prop_assert!(total <= wanted);
        }
    }
}
