//! Problems of any size, as scikit-learn's `make_classification` and `make_regression` draw them.

use std::collections::HashSet;

use headstart_engine::rng::{RandomState, Stream};
use ndarray::{Array1, Array2, ArrayView2, Axis, s};

/// What a classification problem is like: the arguments of `make_classification`; all others are as they are by default.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Classification {
    /// `n_features`
    pub features: usize,
    /// `n_informative`
    pub informative: usize,
    /// `n_classes`
    pub classes: usize,
    /// `n_clusters_per_class`
    pub clusters: usize,
    /// `flip_y`
    pub flipped: f64,
    /// `class_sep`
    pub separation: f64,
}

impl Classification {
    /// `n_redundant`: two, the default, or as many as there is room for.
    pub fn redundant(&self) -> usize {
        (self.features - self.informative).min(2)
    }

    /// Draws samples after `np.random.seed(seed)`: normal clusters around vertices of a hypercube, in shuffled order, with
    /// shuffled features. Source: Guyon, "Design of experiments for the NIPS 2003 variable selection benchmark", 2003;
    /// scikit-learn 1.9.
    ///
    /// Classes and orders are scikit-learn's to the bit, features within rounding, because logarithms and the order of
    /// sums in matrix products are not the same on every platform.
    ///
    /// # Panics
    /// If there are more clusters than vertices, or fewer features than informative ones.
    pub fn draw(&self, samples: usize, seed: u32) -> (Array2<f64>, Vec<usize>) {
        let Self { features, informative, classes, clusters, .. } = *self;
        let mut random = RandomState::new(seed);
        let share = 1.0 / classes as f64;
        let all = classes * clusters;
        let mut sizes = vec![(samples as f64 * share / clusters as f64) as usize; all];
        for i in 0..samples - sizes.iter().sum::<usize>() {
            sizes[i % all] += 1;
        }
        let centers = vertices(all, informative, &mut random)
            .mapv(|bit| f64::from(bit) * (2.0 * self.separation) - self.separation);
        let mut x = Array2::zeros((samples, features));
        x.slice_mut(s![.., ..informative]).iter_mut().for_each(|x| *x = random.normal());
        let mut y = vec![0; samples];
        let mut begin = 0;
        for (cluster, (size, center)) in sizes.into_iter().zip(centers.rows()).enumerate() {
            y[begin..begin + size].fill(cluster % classes);
            let mut points = x.slice_mut(s![begin..begin + size, ..informative]);
            begin += size;
            let mixing = between_ones((informative, informative), &mut random);
            let mixed = product(&points.view(), &mixing) + center;
            points.assign(&mixed);
        }
        let useful = informative + self.redundant();
        if useful > informative {
            let mixing = between_ones((informative, useful - informative), &mut random);
            let mixed = product(&x.slice(s![.., ..informative]), &mixing);
            x.slice_mut(s![.., informative..useful]).assign(&mixed);
        }
        x.slice_mut(s![.., useful..]).iter_mut().for_each(|x| *x = random.normal());
        let flipped: Vec<bool> = (0..samples).map(|_| random.uniform() < self.flipped).collect();
        for (class, _) in y.iter_mut().zip(flipped).filter(|(_, flipped)| *flipped) {
            *class = random.up_to(classes as u64 - 1) as usize;
        }
        let order = random.permutation(samples);
        let y = order.iter().map(|&i| y[i]).collect();
        (shuffled(&x, &order, &mut random), y)
    }
}

/// What a regression problem is like: the arguments of `make_regression`; all others are as they are by default.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Regression {
    /// `n_features`
    pub features: usize,
    /// `n_informative`
    pub informative: usize,
    /// `noise`
    pub noise: f64,
}

impl Regression {
    /// Draws samples after `np.random.seed(seed)`: normal features, targets that are linear in the informative ones, with
    /// coefficients from 0 to 100. As scikit-learn (1.9) does; sums within rounding.
    ///
    /// # Panics
    /// If there are fewer features than informative ones.
    pub fn draw(&self, samples: usize, seed: u32) -> (Array2<f64>, Array1<f64>) {
        let mut random = RandomState::new(seed);
        let x = Array2::from_shape_simple_fn((samples, self.features), || random.normal());
        let truth = Array2::from_shape_simple_fn((self.informative, 1), || 100.0 * random.uniform());
        let mut y = product(&x.slice(s![.., ..self.informative]), &truth).remove_axis(Axis(1));
        if self.noise > 0.0 {
            y.mapv_inplace(|y| y + random.normal_of(0.0, self.noise));
        }
        let order = random.permutation(samples);
        let y = y.select(Axis(0), &order);
        (shuffled(&x, &order, &mut random), y)
    }
}

/// Rows in this order, and columns in one that is drawn.
fn shuffled(x: &Array2<f64>, order: &[usize], random: &mut RandomState) -> Array2<f64> {
    let columns = random.permutation(x.ncols());
    Array2::from_shape_fn(x.dim(), |(i, j)| x[[order[i], columns[j]]])
}

/// The product of two matrices, every sum from its first term to its last, so that it is the same on every machine.
fn product(x: &ArrayView2<f64>, by: &Array2<f64>) -> Array2<f64> {
    let sum = |(i, k)| (0..x.ncols()).fold(0.0, |sum, j| sum + x[[i, j]] * by[[j, k]]);
    Array2::from_shape_fn((x.nrows(), by.ncols()), sum)
}

/// Uniform numbers from -1 to 1, row by row.
fn between_ones(shape: (usize, usize), random: &mut RandomState) -> Array2<f64> {
    Array2::from_shape_simple_fn(shape, || 2.0 * random.uniform() - 1.0)
}

/// Different vertices of the unit cube: count x dimensions, zeros and ones. `_generate_hypercube` of scikit-learn.
fn vertices(count: usize, dimensions: usize, random: &mut RandomState) -> Array2<u8> {
    /// What is told apart; all dimensions beyond come first, and any which way.
    const MOST: usize = 30;
    let beyond = dimensions.saturating_sub(MOST);
    let mut cube = Array2::zeros((count, dimensions));
    cube.slice_mut(s![.., ..beyond]).iter_mut().for_each(|bit| *bit = random.up_to(1) as u8);
    let told_apart = dimensions - beyond;
    let numbers = without_replacement(1 << told_apart, count, random);
    for (mut vertex, number) in cube.rows_mut().into_iter().zip(numbers) {
        for bit in 0..told_apart {
            vertex[dimensions - 1 - bit] = (number >> bit & 1) as u8;
        }
    }
    cube
}

/// `sklearn.utils.random.sample_without_replacement(of, count)`
fn without_replacement(of: usize, count: usize, random: &mut RandomState) -> Vec<usize> {
    let ratio = count as f64 / of as f64;
    if ratio > 0.01 && ratio < 0.99 {
        let mut all = random.permutation(of);
        all.truncate(count);
        return all;
    }
    if ratio < 0.2 {
        let mut seen = HashSet::new();
        let mut another = || loop {
            let number = random.up_to(of as u64 - 1) as usize;
            if seen.insert(number) {
                return number;
            }
        };
        return (0..count).map(|_| another()).collect();
    }
    let mut reservoir: Vec<usize> = (0..count).collect();
    for i in count..of {
        let place = random.up_to(i as u64) as usize;
        if place < count {
            reservoir[place] = i;
        }
    }
    reservoir
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines of `classification samples features informative classes clusters flipped separation seed: ...` and
    /// `regression samples features informative noise seed: ...`, each with the first and last two features of the first and the
    /// last two samples, their labels, the sum of label times position, and the sum of all features times the position of
    /// their column.
    #[test]
    fn draws_are_scikit_learns() {
        for line in include_str!("problems.golden").lines().filter(|line| !line.starts_with('#')) {
            let (what, expected) = line.split_once(": ").unwrap();
            let what: Vec<&str> = what.split(' ').collect();
            let number = |i: usize| what[i].parse::<f64>().unwrap();
            let whole = |i: usize| what[i].parse::<usize>().unwrap();
            let seed = what[what.len() - 1].parse().unwrap();
            let (samples, features, informative) = (whole(1), whole(2), whole(3));
            let (x, y) = if what[0] == "classification" {
                let (classes, clusters, flipped, separation) = (whole(4), whole(5), number(6), number(7));
                let like = Classification { features, informative, classes, clusters, flipped, separation };
                let (x, y) = like.draw(samples, seed);
                (x, y.into_iter().map(|class| class as f64).collect())
            } else {
                Regression { features, informative, noise: number(4) }.draw(samples, seed)
            };
            let rows = [0, 1, samples - 2, samples - 1];
            let columns = [0, 1, features - 2, features - 1];
            let mut found: Vec<f64> = rows.iter().flat_map(|&i| columns.map(|j| x[[i, j]])).collect();
            found.extend(rows.map(|i| y[i]));
            found.push(y.iter().enumerate().map(|(i, y)| (i + 1) as f64 * y).sum());
            found.push(x.indexed_iter().map(|((_, j), x)| (j + 1) as f64 * x).sum());
            let expected: Vec<f64> = expected.split(' ').map(|x| x.parse().unwrap()).collect();
            assert_eq!(found.len(), expected.len(), "{line}");
            // Where terms cancel, a number has their rounding; and sums over everything are compared to all of it.
            let all = (samples * features * features) as f64;
            let sizes = [[4.0; 16].to_vec(), vec![y.iter().fold(1.0, |most: f64, y| most.max(y.abs())); 4]].concat();
            let sizes = sizes.into_iter().chain([y.iter().sum::<f64>().abs() * samples as f64 + 1e4, all]);
            for ((x, y), size) in found.iter().zip(&expected).zip(sizes) {
                let exact = what[0] == "classification" && x.fract() == 0.0;
                assert!(if exact { x == y } else { (x - y).abs() <= 1e-14 * size }, "{what:?}: {x} is not {y}");
            }
        }
    }
}
