//! How far a linear map of the features gets.

use crate::data::{Samples, Targets};
use nalgebra::{DMatrix, DVector};

/// Multiply-adds that finding out may take.
const WORK: usize = 1 << 30;

/// The share of the training targets' variance that the linear map explains which is best by least squares, adjusted for the number of
/// features (Theil 1961); of classes, of their indicators. None where there are too few samples for it, or it takes too long.
pub fn r2(samples: &Samples) -> Option<f64> {
    let (count, features) = samples.x.dim();
    let targets: Vec<Vec<f64>> = match &samples.y {
        Targets::Values(y) => y.columns().into_iter().map(|y| y.to_vec()).collect(),
        Targets::Classes(y) => {
            let classes = y.iter().max().map_or(0, |most| most + 1);
            let of = |class: usize| y.iter().map(|y| f64::from(u8::from(*y == class))).collect();
            (0..classes).map(of).collect()
        }
    };
    let work = count.saturating_mul(features).saturating_mul(features + targets.len());
    if count <= 2 * features + 1 || work > WORK {
        return None;
    }
    // In units of their own, so that none is lost in another's digits; what does not vary says nothing.
    let scaled = |values: &mut dyn Iterator<Item = f64>| -> Option<Vec<f64>> {
        let values: Vec<f64> = values.collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let sd = (values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / values.len() as f64).sqrt();
        (sd > 0.0 && sd.is_finite()).then(|| values.iter().map(|x| (x - mean) / sd).collect())
    };
    let columns: Vec<Vec<f64>> =
        samples.x.columns().into_iter().filter_map(|x| scaled(&mut x.iter().copied())).collect();
    let targets: Vec<Vec<f64>> = targets.into_iter().filter_map(|y| scaled(&mut y.into_iter())).collect();
    if targets.is_empty() {
        return None;
    }
    let free = columns.len();
    let x = DMatrix::from_fn(count, free, |i, j| columns[j][i]);
    // Copies of a feature leave the solution open, but not what it explains.
    let gram = x.tr_mul(&x) + DMatrix::identity(free, free) * (1e-9 * count as f64);
    let solver = gram.cholesky()?;
    let left = targets.iter().map(|y| {
        let y = DVector::from_column_slice(y);
        (&x * solver.solve(&x.tr_mul(&y)) - y).norm_squared() / count as f64
    });
    let left = left.sum::<f64>() / targets.len() as f64;
    Some(1.0 - left * (count - 1) as f64 / (count - free - 1) as f64)
}
