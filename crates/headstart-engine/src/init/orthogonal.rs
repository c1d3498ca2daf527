//! Random orthogonal matrices.

use super::draw::filled;
use crate::rng::Stream;
use crate::watch::Watch;
use ndarray::{Array2, s};

/// A `rows x columns` matrix with orthonormal columns (or rows, where there are fewer rows than columns), uniform over
/// all such matrices.
///
/// The Q of the QR decomposition of a normal matrix, its columns multiplied by the signs of R's diagonal: without that
/// the distribution would depend on the decomposition's conventions (Mezzadri 2007, "How to generate random matrices
/// from the classical compact groups"). The normal numbers fill the matrix row by row as it was asked for, then it is
/// transposed if it is wide, as PyTorch does. Sums run in a fixed order, so the bits are the same everywhere.
///
/// None where the watch is stopped on the way.
pub fn draw(rows: usize, columns: usize, stream: &mut dyn Stream, watch: &Watch) -> Option<Array2<f64>> {
    let drawn = filled((rows, columns), watch, || stream.normal())?;
    if rows < columns {
        let q = orthonormal_columns(&drawn.reversed_axes(), watch)?;
        Some(q.reversed_axes().as_standard_layout().into_owned())
    } else {
        orthonormal_columns(&drawn, watch)
    }
}

/// The sign-fixed Q of a tall matrix, by Householder reflections (Golub and Van Loan, "Matrix Computations", 5.2).
fn orthonormal_columns(tall: &Array2<f64>, watch: &Watch) -> Option<Array2<f64>> {
    let (rows, columns) = tall.dim();
    // Column by column in memory, because that is how reflections go over it.
    let mut columns_of: Vec<Vec<f64>> = tall.columns().into_iter().map(|column| column.to_vec()).collect();
    let mut reflections: Vec<Vec<f64>> = Vec::with_capacity(columns);
    let mut signs = Vec::with_capacity(columns);
    for k in 0..columns {
        if watch.is_stopped() {
            return None;
        }
        let mut v = columns_of[k][k..].to_vec();
        let norm = dot(&v, &v).sqrt();
        // The reflection sends the column to -sign(v0) norm e_k, which becomes R's diagonal element.
        let sign = if v[0] < 0.0 { 1.0 } else { -1.0 };
        signs.push(sign);
        v[0] -= sign * norm;
        let length = dot(&v, &v).sqrt();
        if length > 0.0 {
            for x in &mut v {
                *x /= length;
            }
        }
        for column in &mut columns_of[k + 1..] {
            reflect(&v, &mut column[k..]);
        }
        reflections.push(v);
    }
    let mut q = Array2::zeros((rows, columns));
    for (j, sign) in signs.iter().enumerate() {
        if watch.is_stopped() {
            return None;
        }
        let mut column = vec![0.0; rows];
        column[j] = *sign;
        // Reflections behind the j-th leave the first j + 1 elements alone and meet only zeros.
        for k in (0..=j).rev() {
            reflect(&reflections[k], &mut column[k..]);
        }
        q.slice_mut(s![.., j]).iter_mut().zip(column).for_each(|(to, from)| *to = from);
    }
    Some(q)
}

/// `x - 2 v (v . x)` for a unit vector `v`.
fn reflect(v: &[f64], x: &mut [f64]) {
    let twice = 2.0 * dot(v, x);
    x.iter_mut().zip(v).for_each(|(x, v)| *x -= twice * v);
}

/// The dot product, in eight interleaved sums that are added in order.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; 8];
    let (whole_a, rest_a) = a.as_chunks::<8>();
    let (whole_b, rest_b) = b.as_chunks::<8>();
    for (a, b) in whole_a.iter().zip(whole_b) {
        for i in 0..8 {
            sums[i] += a[i] * b[i];
        }
    }
    let rest: f64 = rest_a.iter().zip(rest_b).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f64>() + rest
}

/// An orthogonal matrix in the middle of kernels of so many places, times a gain, and zeros around it.
pub(super) fn delta(
    (rows, columns): (usize, usize),
    area: usize,
    gain: f64,
    stream: &mut dyn Stream,
    watch: &Watch,
) -> Option<Array2<f64>> {
    let matrix = draw(rows, columns / area, stream, watch)?;
    let mut kernels = Array2::zeros((rows, columns));
    for ((o, i), weight) in matrix.indexed_iter() {
        kernels[[o, i * area + area / 2]] = weight * gain;
    }
    Some(kernels)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Native, RandomState};
    use crate::watch::NOBODY;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn the_short_side_is_orthonormal(rows in 1_usize..40, columns in 1_usize..40, seed: u64) {
            let q = draw(rows, columns, &mut Native::new(seed, 0), &NOBODY).unwrap();
            let gram = if rows < columns { q.dot(&q.t()) } else { q.t().dot(&q) };
            for ((i, j), &x) in gram.indexed_iter() {
                let expected = if i == j { 1.0 } else { 0.0 };
                prop_assert!((x - expected).abs() < 1e-13, "{i},{j}: {x}");
            }
        }
    }

    /// Figures of `np.linalg.qr(np.random.seed(1) or np.random.randn(3, 2))`, Q times the signs of R's diagonal.
    #[test]
    fn agrees_with_numpy_after_the_sign_fix() {
        let q = draw(3, 2, &mut RandomState::new(1), &NOBODY).unwrap();
        let expected = [
            0.848_318_286_063_843_9,
            0.201_134_626_290_887_8,
            -0.275_838_972_210_323,
            -0.621_723_011_119_021_7,
            0.451_961_222_827_417_96,
            -0.756_971_174_848_766_7,
        ];
        for (x, y) in q.iter().zip(expected) {
            assert!((x - y).abs() < 1e-14, "{q:?}");
        }
    }
}
