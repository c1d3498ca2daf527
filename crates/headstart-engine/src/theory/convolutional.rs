//! Convolutions of many channels: second moments by position, what padding with zeros takes from them, and what becomes of
//! differences between positions.
//!
//! A kernel of `h x w` positions and weights of variance `sigma_w^2 / fan_in`, where `fan_in = h w c` of `c` channels, makes of second
//! moments that depend on the position (means over channels) the mean over its window: `q(i) -> sigma_w^2 mean_d E[phi(u)^2](q(i + d)) +
//! sigma_b^2` (Xiao et al. 2018, "Dynamical isometry and a mean field theory of CNNs", section 2). With circular padding, or none, an
//! image that is the same everywhere stays so, and signal and gradient are those of a dense layer: fixed points, chi and depth scales
//! of [`Ensemble`] hold. Zeros around the image are part of the mean and have no signal: near borders it is less.

use super::{Ensemble, LEAST, averages};
use ndarray::{Array1, Array2, Axis, stack};
use std::collections::HashMap;
use std::f64::consts::PI;
use thiserror::Error;

/// What lies beyond the border of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Padding {
    /// Zeros, so many that the image keeps its size; of an even number the smaller half is in front, as in `PyTorch` and `TensorFlow`.
    Same,
    /// Nothing: the image loses the kernel's size less 1.
    Valid,
    /// The other end of the image.
    Circular,
}

/// A layer of convolutions, with stride 1. Of one dimension it is one with a kernel and images of one row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Convolution {
    /// How it is drawn, and the activation before it.
    pub ensemble: Ensemble,
    /// Rows and columns of the kernel, each 1 or more.
    pub kernel: [usize; 2],
    /// What lies beyond the border.
    pub padding: Padding,
}

/// A kernel that does not fit into what it is to be moved over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "a kernel of {} x {} without padding does not fit into an image of {} x {}: pad it, or take fewer layers",
    .kernel[0], .kernel[1], .image[0], .image[1]
)]
pub struct TooSmall {
    /// Rows and columns of the kernel.
    pub kernel: [usize; 2],
    /// Rows and columns of the image.
    pub image: [usize; 2],
}

impl Convolution {
    /// The second moments of the first layer's pre-activations, from those of the inputs (means over channels) by position, rows and
    /// columns.
    ///
    /// # Errors
    /// If the image is smaller than a kernel without padding.
    pub fn first(&self, squares: &Array2<f64>) -> Result<Array2<f64>, TooSmall> {
        self.check(squares)?;
        Ok(self.windows(squares, false) * self.ensemble.weights + self.ensemble.biases)
    }

    /// Those one layer further, from those of pre-activations, `q`.
    ///
    /// With relu, no biases and zeros around the image the map is linear, and in the long run keeps of a signal per layer its largest
    /// eigenvalue: of kernels of 3 in `n` positions `w / 2 (1 + 2 cos(pi / (n + 1))) / 3`, and of images the product over both
    /// directions. With He's weights an image of 8 x 8 keeps 0.922 a layer, one of 32 x 32 keeps 0.994.
    ///
    /// # Errors
    /// As [`Convolution::first`].
    pub fn next(&self, q: &Array2<f64>) -> Result<Array2<f64>, TooSmall> {
        self.first(&by_position(q, |q| averages(self.ensemble.activation, q.max(LEAST)).square))
    }

    /// Those so many layers further.
    ///
    /// # Errors
    /// As [`Convolution::first`], for one of the layers.
    pub fn through(&self, q: &Array2<f64>, layers: usize) -> Result<Array2<f64>, TooSmall> {
        (0..layers).try_fold(q.clone(), |q, _| self.next(&q))
    }

    /// The gradient's second moments at pre-activations of second moments `q`, from those at the pre-activations behind this layer,
    /// by position; with as many channels in front as behind (otherwise times those behind over those in front).
    ///
    /// What a position gave to each window that it is in comes back: where zeros take from the signal, they take from the gradient.
    ///
    /// # Panics
    /// If the gradient does not have the size of the image behind this layer.
    ///
    /// # Errors
    /// As [`Convolution::first`].
    pub fn back(&self, q: &Array2<f64>, gradient: &Array2<f64>) -> Result<Array2<f64>, TooSmall> {
        self.check(q)?;
        let slopes = by_position(q, |q| averages(self.ensemble.activation, q.max(LEAST)).slope_square);
        Ok(self.windows(gradient, true) * slopes * self.ensemble.weights)
    }

    fn check(&self, image: &Array2<f64>) -> Result<(), TooSmall> {
        let image = [image.nrows(), image.ncols()];
        let fits = self.padding != Padding::Valid || (0..2).all(|axis| self.kernel[axis] <= image[axis]);
        if fits { Ok(()) } else { Err(TooSmall { kernel: self.kernel, image }) }
    }

    /// Means over the windows, or back from the windows to the positions that they are of.
    fn windows(&self, values: &Array2<f64>, back: bool) -> Array2<f64> {
        let rows = self.along(values, Axis(1), back);
        self.along(&rows, Axis(0), back)
    }

    fn along(&self, values: &Array2<f64>, axis: Axis, back: bool) -> Array2<f64> {
        let lanes = values.lanes(axis);
        let means: Vec<Array1<f64>> = lanes.into_iter().map(|lane| self.means(&lane.to_vec(), axis, back)).collect();
        let views: Vec<_> = means.iter().map(|line| line.view()).collect();
        stack(Axis(1 - axis.index()), &views).expect("lanes are of one length")
    }

    /// Those along one line.
    fn means(&self, line: &[f64], axis: Axis, back: bool) -> Array1<f64> {
        let kernel = self.kernel[axis.index()];
        let lost = if self.padding == Padding::Valid { kernel - 1 } else { 0 };
        let before = if self.padding == Padding::Valid { 0 } else { (kernel - 1) / 2 };
        let (ends, before) = if back { (line.len() + lost, kernel - 1 - before) } else { (line.len() - lost, before) };
        let at = |i: isize| match self.padding {
            Padding::Circular => line[i.rem_euclid(line.len() as isize) as usize],
            // Behind the last window there is nothing, as there is in padding.
            Padding::Same | Padding::Valid => usize::try_from(i).ok().and_then(|i| line.get(i)).copied().unwrap_or(0.0),
        };
        let window = |i: usize| (0..kernel).map(|d| at((i + d) as isize - before as isize)).sum::<f64>();
        (0..ends).map(|i| window(i) / kernel as f64).collect()
    }
}

/// A function of each number, computed once for those that are the same: of most positions they are.
fn by_position(q: &Array2<f64>, f: impl Fn(f64) -> f64) -> Array2<f64> {
    let mut known = HashMap::new();
    q.map(|q| *known.entry(q.to_bits()).or_insert_with(|| f(*q)))
}

/// What one layer keeps of a wave over the positions, as a share: with circular padding, near a fixed point of the correlation (or of the
/// second moment), differences between positions are waves that go their own ways, each multiplied by the slope of the map of a dense
/// network and by this (Xiao et al. 2018, section 2).
///
/// `variances` are those of the weights by the place in the kernel, `size` the rows and columns of the image and `frequency` how often
/// the wave swings along each. It is the size of the variances' Fourier transform over their sum: 1 for all frequencies if one place has
/// all the variance (delta-like kernels, as delta-orthogonal ones, let all waves through as dense layers would), and for frequency 0; with
/// the same variance everywhere, `|sin(pi k f / n) / (k sin(pi f / n))|` in each direction, high frequencies die out, and depth averages
/// over the image.
pub fn mode(variances: &Array2<f64>, size: [usize; 2], frequency: [usize; 2]) -> f64 {
    let turns = [0, 1].map(|axis| 2.0 * PI * frequency[axis] as f64 / size[axis] as f64);
    let phase = |(i, j): (usize, usize)| turns[0] * i as f64 + turns[1] * j as f64;
    let part = |of: fn(f64) -> f64| variances.indexed_iter().map(|(at, v)| v * of(phase(at))).sum::<f64>();
    libm::hypot(part(libm::cos), part(libm::sin)) / variances.sum()
}

/// Layers over which such a wave becomes smaller by a factor of e, from the depth over which it does in a dense network (see
/// [`Phase`](super::Phase)) and from what a layer keeps of it, [`mode`]: `1 / (1 / depth - ln(kept))`.
pub fn mode_depth(depth: f64, kept: f64) -> f64 {
    1.0 / (1.0 / depth - kept.min(1.0).ln())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activation::Activation;
    use crate::rng::Native;
    use crate::theory::{FixedPoint, draws};
    use ndarray::{arr2, s};
    use proptest::prelude::*;

    fn he(kernel: [usize; 2], padding: Padding) -> Convolution {
        let ensemble = Ensemble { activation: Activation::Relu, weights: 2.0, biases: 0.0 };
        Convolution { ensemble, kernel, padding }
    }

    #[test]
    fn images_alike_everywhere_are_those_of_dense_layers() {
        for activation in [Activation::Relu, Activation::Tanh] {
            let ensemble = Ensemble { activation, weights: 1.4, biases: 0.1 };
            let dense = ensemble.next_variance(0.7);
            for (padding, size) in [(Padding::Circular, (5, 4)), (Padding::Valid, (3, 3))] {
                let layer = Convolution { ensemble, kernel: [3, 2], padding };
                let next = layer.next(&Array2::from_elem((5, 4), 0.7)).unwrap();
                assert_eq!(next.dim(), size);
                assert!(next.iter().all(|q| (q - dense).abs() < 1e-14), "{next}");
            }
        }
    }

    #[test]
    fn zeros_are_part_of_the_mean() {
        let layer = he([1, 3], Padding::Same);
        let next = layer.next(&arr2(&[[3.0, 6.0, 9.0]])).unwrap();
        assert!((next - arr2(&[[3.0, 6.0, 5.0]])).iter().all(|off| off.abs() < 1e-14));
        // Of an even kernel the smaller half is in front.
        let next = he([1, 2], Padding::Same).next(&arr2(&[[2.0, 4.0]])).unwrap();
        assert!((next - arr2(&[[3.0, 2.0]])).iter().all(|off| off.abs() < 1e-14));
        let error = he([2, 3], Padding::Valid).next(&arr2(&[[1.0, 1.0, 1.0]])).unwrap_err();
        assert_eq!(error, TooSmall { kernel: [2, 3], image: [1, 3] });
        assert!(error.to_string().contains("2 x 3 without padding does not fit into an image of 1 x 3"));
        assert!(he([2, 2], Padding::Valid).through(&Array2::ones((4, 4)), 4).is_err());
        assert_eq!(he([2, 2], Padding::Valid).through(&Array2::ones((4, 4)), 3).unwrap().dim(), (1, 1));
    }

    /// The largest eigenvalue of the tridiagonal matrix of thirds.
    #[test]
    fn borders_take_what_the_eigenvalue_says() {
        let kept = |n: f64| (1.0 + 2.0 * libm::cos(PI / (n + 1.0))) / 3.0;
        for (rows, columns) in [(8, 8), (3, 12)] {
            let layer = he([3, 3], Padding::Same);
            let deep = layer.through(&Array2::ones((rows, columns)), 200).unwrap();
            let deeper = layer.next(&deep).unwrap();
            let exact = kept(rows as f64) * kept(columns as f64);
            assert!((deeper.sum() / deep.sum() - exact).abs() < 1e-6, "{}", deeper.sum() / deep.sum());
        }
        assert!((kept(8.0) * kept(8.0) - 0.922).abs() < 1e-3 && (kept(32.0) * kept(32.0) - 0.994).abs() < 1e-3);
    }

    /// A drawn network of one dimension: second moments by position, of signals behind each layer and of gradients.
    fn drawn(layer: &Convolution, positions: usize, depth: usize, channels: usize, seed: u64) -> [Array2<f64>; 2] {
        let ([_, kernel], before) = (layer.kernel, (layer.kernel[1] - 1) / 2);
        let mut stream = Native::new(seed, 21);
        let mut z = draws::normal(channels, positions, 1.0, &mut stream);
        let shifted = |z: &Array2<f64>, by: isize| {
            let at = |i: usize| usize::try_from(i as isize + by).ok().filter(|i| *i < positions);
            Array2::from_shape_fn(z.dim(), |(c, i)| at(i).map_or(0.0, |i| z[[c, i]]))
        };
        let mut tape = Vec::new();
        for _ in 0..depth {
            let (values, slopes) = draws::activate(layer.ensemble.activation, &z);
            let variance = layer.ensemble.weights / kernel as f64;
            let weights: Vec<_> =
                (0..kernel).map(|_| draws::weights(channels, channels, variance, &mut stream)).collect();
            let offset = |d: usize| d as isize - before as isize;
            let parts = weights.iter().enumerate().map(|(d, weights)| weights.dot(&shifted(&values, offset(d))));
            z = parts.fold(
                draws::normal(channels, 1, layer.ensemble.biases, &mut stream) + Array2::<f64>::zeros(z.dim()),
                |z, part| z + part,
            );
            tape.push((slopes, weights));
        }
        let behind = draws::normal(channels, positions, 1.0, &mut stream);
        let gradient = tape.iter().rev().fold(behind, |gradient, (slopes, weights)| {
            let back = |d: usize| before as isize - d as isize;
            let parts = weights.iter().enumerate().map(|(d, weights)| shifted(&weights.t().dot(&gradient), back(d)));
            parts.fold(Array2::zeros(slopes.dim()), |sum, part| sum + part) * slopes
        });
        [z, gradient].map(|x| {
            Array2::from_shape_fn((1, positions), |(_, i)| draws::mean_square(&x.slice(s![.., i..=i]).to_owned()))
        })
    }

    #[test]
    fn drawn_networks_lose_at_their_borders_what_is_told() {
        let biased = Ensemble { activation: Activation::Tanh, weights: 1.6, biases: 0.1 };
        let tanh = Convolution { ensemble: biased, kernel: [1, 4], padding: Padding::Same };
        for layer in [he([1, 3], Padding::Same), tanh] {
            let (positions, depth, draws) = (6, 4, 24);
            let mut sums = [Array2::<f64>::zeros((1, positions)), Array2::zeros((1, positions))];
            for seed in 0..draws {
                let found = drawn(&layer, positions, depth, 200, seed);
                sums.iter_mut().zip(found).for_each(|(sum, found)| *sum += &(found / draws as f64));
            }
            let mut q = vec![Array2::ones((1, positions))];
            for l in 0..depth {
                q.push(layer.next(&q[l]).unwrap());
            }
            let back = |gradient: Array2<f64>, q: &Array2<f64>| layer.back(q, &gradient).unwrap();
            let gradient = q[..depth].iter().rev().fold(Array2::ones((1, positions)), back);
            for (found, told) in sums.iter().zip([&q[depth], &gradient]) {
                // What draws of narrow layers change, they change at all positions.
                let shares = found / found.sum() - told / told.sum();
                let off = shares.iter().fold(0.0_f64, |off, share| off.max(share.abs()));
                assert!(off < 0.015, "{layer:?}: {found}, not {told}");
                assert!((found.sum() / told.sum() - 1.0).abs() < 0.1, "{layer:?}: {found}, not {told}");
            }
        }
    }

    /// Waves of second moments near a fixed point go as the kernel's transform and the slope of the dense map say.
    #[test]
    fn waves_lose_what_their_modes_say() {
        let ensemble = Ensemble { activation: Activation::Tanh, weights: 1.8, biases: 0.05 };
        let phase = ensemble.phase(1.0);
        let FixedPoint::At(fixed) = phase.fixed_point else { panic!() };
        let layer = Convolution { ensemble, kernel: [3, 5], padding: Padding::Circular };
        let size = [8, 10];
        for frequency in [[0, 0], [1, 0], [2, 3], [0, 2], [4, 5]] {
            let turn = |i: usize, j: usize| {
                2.0 * PI * ((frequency[0] * i) as f64 / size[0] as f64 + (frequency[1] * j) as f64 / size[1] as f64)
            };
            let wave = Array2::from_shape_fn((size[0], size[1]), |(i, j)| libm::cos(turn(i, j)));
            let next = layer.next(&(fixed + 1e-5 * &wave)).unwrap();
            let passed = ((next - fixed) * &wave).sum() / (1e-5 * (&wave * &wave).sum());
            let kept = mode(&Array2::ones((3, 5)), size, frequency);
            assert!((passed.abs() - phase.slope * kept).abs() < 1e-4, "{frequency:?}: {passed}, not {kept}");
            let depth = -1.0 / (phase.slope * kept).ln();
            assert!((mode_depth(phase.variance_depth, kept) - depth).abs() < 1e-9 * depth.max(1.0) || kept < 1e-12);
        }
    }

    #[test]
    fn one_place_keeps_all_waves_and_equal_places_only_the_slow_ones() {
        let delta = arr2(&[[0.0, 0.0, 0.0], [0.0, 0.7, 0.0], [0.0, 0.0, 0.0]]);
        for frequency in [[0, 0], [1, 2], [5, 3]] {
            assert!((mode(&delta, [16, 16], frequency) - 1.0).abs() < 1e-12);
        }
        let uniform = Array2::from_elem((1, 3), 0.2);
        for f in 1..8 {
            let half = PI * f as f64 / 16.0;
            let exact = (libm::sin(3.0 * half) / (3.0 * libm::sin(half))).abs();
            assert!((mode(&uniform, [1, 16], [0, f]) - exact).abs() < 1e-12);
        }
        assert_eq!(mode_depth(f64::INFINITY, 1.0), f64::INFINITY);
        assert_eq!(mode_depth(7.0, 1.0), 7.0);
        assert!((mode_depth(f64::INFINITY, 0.5) - 1.0 / 2.0_f64.ln()).abs() < 1e-14);
        assert_eq!(mode_depth(7.0, 0.0), 0.0);
    }

    proptest! {
        /// With relu, both ways are linear, and each is the other's transpose.
        #[test]
        fn the_way_back_is_the_transpose(
            kernel in (1..4_usize, 1..5_usize), rows in 3..6_usize, columns in 4..7_usize, which in 0..3_usize, seed: u64
        ) {
            let padding = [Padding::Same, Padding::Valid, Padding::Circular][which];
            let layer = he([kernel.0, kernel.1], padding);
            let mut stream = Native::new(seed, 1);
            let mut image = |rows, columns| draws::normal(rows, columns, 1.0, &mut stream).map(|x| x * x);
            let q = image(rows, columns);
            let next = layer.next(&q).unwrap();
            let gradient = image(next.nrows(), next.ncols());
            let back = layer.back(&q, &gradient).unwrap();
            prop_assert!(((&next * &gradient).sum() - (&back * &q).sum()).abs() < 1e-9);
            // Zeros take, and the ring gives to none what it takes from none.
            let kept = next.sum() / q.sum();
            prop_assert!(kept <= 1.0 + 1e-12 && (padding != Padding::Circular || kept > 1.0 - 1e-12));
        }
    }
}
