//! How the logits of a network follow its inputs.

use super::tape::{Tape, multiply};
use super::{Landscape, eigen};
use crate::matrix::{Base, SampleMatrix, Side};
use crate::network::program::Program;
use crate::simd::{Block, Real, numbers, numbers_mut};
use crate::train::course::{Course, Manner};

/// Rows of Jacobians that are looked at, about.
const ROWS: usize = 512;

/// The singular values of the Jacobian of the logits with respect to the inputs (Saxe et al. 2013; Pennington et al.
/// 2017). All of them near 1 is what those call dynamical isometry.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Jacobian {
    /// The mean square of the singular values, over the samples looked at and the `min(inputs, outputs)` values of each.
    pub mean_square: f64,
    /// The largest one at any of these samples.
    pub largest: f64,
    /// Samples that were looked at, evenly spread over the training set.
    pub samples: usize,
}

/// The same of a network of blocks. What batches are normalized by counts as given.
fn of_blocks(
    landscape: &Landscape,
    program: &Program,
    parameters: &[f64],
    x: &SampleMatrix<f64>,
    samples: usize,
    ones: &SampleMatrix<f64>,
) -> SampleMatrix<f64> {
    let mut course = Course::<f64>::on(landscape.set);
    course.fit(landscape.network(), program);
    let both = (program, &landscape.layers[..]);
    course.forward(both, parameters, x, samples, Manner::Training, landscape.watch);
    let mut gradient = vec![Block([0.0; 8]); parameters.len().div_ceil(f64::LANES)];
    let of_inputs = course.backward(both, parameters, x, ones, &mut gradient, true, landscape.watch, |_, _| {});
    of_inputs.expect("it was asked for").clone()
}

pub fn jacobian(landscape: &Landscape, parameters: &[f64]) -> Jacobian {
    let network = landscape.network();
    let (outputs, inputs, count) = (network.outputs(), network.inputs(), landscape.samples());
    let samples = (ROWS / outputs).clamp(1, count);
    // Every sample once for each output: lane `s * outputs + j` holds row `j` of the Jacobian of sample `s`.
    let lanes: Vec<usize> = (0..samples).flat_map(|s| vec![s * count / samples; outputs]).collect();
    let mut x = SampleMatrix::default();
    landscape.problem.training_set().0.gather(landscape.set, 1, &lanes, &mut x);
    let mut ones = SampleMatrix::<f64>::zeros(outputs, lanes.len());
    let row = ones.blocks() * f64::LANES;
    for (j, row) in numbers_mut::<f64>(ones.all_mut()).chunks_exact_mut(row).enumerate() {
        row[..lanes.len()].iter_mut().skip(j).step_by(outputs).for_each(|x| *x = 1.0);
    }
    let first = if let Some(program) = network.program() {
        of_blocks(landscape, program, parameters, &x, lanes.len(), &ones)
    } else {
        let mut tape = Tape::forward(landscape, &x, parameters);
        tape.backward(landscape, parameters, ones);
        multiply(landscape, &landscape.layers[0], parameters, Side::Columns, Base::Zero, &tape.deltas[0])
    };
    let of_input = |i: usize| &numbers::<f64>(first.row(i))[..lanes.len()];

    let mut squares = 0.0;
    let mut largest = 0.0_f64;
    for s in (0..samples).take_while(|_| !landscape.is_stopped()) {
        let mut products = vec![0.0; outputs * outputs];
        for i in (0..inputs).take_while(|_| !landscape.is_stopped()) {
            let column = &of_input(i)[s * outputs..(s + 1) * outputs];
            for (j, a) in column.iter().enumerate() {
                products[j * outputs..(j + 1) * outputs].iter_mut().zip(column).for_each(|(to, b)| *to += a * b);
            }
        }
        squares += products.iter().step_by(outputs + 1).sum::<f64>();
        let start = (0..outputs).map(|j| 1.0 + 0.1 * libm::sin(j as f64)).collect();
        let square = eigen::largest(start, outputs, 1e-6, |v| {
            if landscape.is_stopped() {
                return vec![f64::NAN; outputs];
            }
            let row = |row: &[f64]| row.iter().zip(v).map(|(a, b)| a * b).sum();
            products.chunks_exact(outputs).map(row).collect()
        });
        largest = largest.max(square.value.max(0.0).sqrt());
    }
    let each = samples * inputs.min(outputs);
    // A maximum passes over NaN.
    let largest = if squares.is_finite() { largest } else { f64::NAN };
    Jacobian { mean_square: squares / each as f64, largest, samples }
}
