//! Wide networks drawn at random: what the theory's tests are held against.

use crate::activation::Activation;
use crate::rng::{Native, Stream};
use ndarray::{Array1, Array2, Axis};

/// Weights of variance `variance / fan_in`, of either sign and one size: only their variance counts, and bits are drawn fast.
pub fn weights(outputs: usize, inputs: usize, variance: f64, stream: &mut Native) -> Array2<f64> {
    let size = (variance / inputs as f64).sqrt();
    let mut bits = 0;
    let signs = (0..outputs * inputs).map(|i| {
        if i % 64 == 0 {
            bits = stream.up_to(u64::MAX);
        }
        let sign = bits >> (i % 64) & 1;
        if sign == 1 { size } else { -size }
    });
    Array2::from_shape_vec((outputs, inputs), signs.collect()).unwrap()
}

/// Normal numbers of this variance.
pub fn normal(rows: usize, columns: usize, variance: f64, stream: &mut Native) -> Array2<f64> {
    Array2::from_shape_fn((rows, columns), |_| variance.sqrt() * stream.normal())
}

/// Values and slopes.
pub fn activate(activation: Activation, z: &Array2<f64>) -> (Array2<f64>, Array2<f64>) {
    let (values, slopes) = activation.of(&z.iter().copied().collect::<Vec<_>>());
    let shaped = |numbers| Array2::from_shape_vec(z.dim(), numbers).unwrap();
    (shaped(values), shaped(slopes))
}

pub fn mean_square(x: &Array2<f64>) -> f64 {
    x.iter().map(|x| x * x).sum::<f64>() / x.len() as f64
}

/// The mean product of the first two columns, over the root of their mean squares.
pub fn correlation(x: &Array2<f64>) -> f64 {
    let (a, b) = (x.column(0), x.column(1));
    a.dot(&b) / (a.dot(&a) * b.dot(&b)).sqrt()
}

/// What a normalization over an axis makes of `x` (0: over the units of each sample, 1: over the samples of each unit), and the
/// standard deviations.
pub fn normalize(x: &Array2<f64>, axis: usize) -> (Array2<f64>, Array1<f64>) {
    let axis = Axis(axis);
    let means = x.mean_axis(axis).unwrap().insert_axis(axis);
    let deviations = x.std_axis(axis, 0.0);
    ((x - &means) / deviations.clone().insert_axis(axis), deviations)
}

/// The gradient before a normalization whose results and standard deviations are these.
pub fn normalize_back(
    gradient: &Array2<f64>,
    (x, deviations): &(Array2<f64>, Array1<f64>),
    axis: usize,
) -> Array2<f64> {
    let axis = Axis(axis);
    let mean = |x: &Array2<f64>| x.mean_axis(axis).unwrap().insert_axis(axis);
    let along = mean(&(gradient * x));
    (gradient - &mean(gradient) - x * &along) / deviations.clone().insert_axis(axis)
}
