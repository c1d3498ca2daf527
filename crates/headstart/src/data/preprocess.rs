//! What is done to the features before training.

use std::str::FromStr;

use ndarray::{Array1, Array2, Axis};
use serde::{Deserialize, Serialize};

use headstart_engine::names::GrammarError;

/// What is done to the features before training.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Preprocess {
    /// Nothing.
    #[default]
    None,
    /// Each feature minus its mean, divided by its (population) standard deviation, both of the training split only.
    /// A constant feature is centred and not divided.
    Standardize,
    /// Divided by 255.
    Pixels,
}

impl FromStr for Preprocess {
    type Err = GrammarError;

    fn from_str(name: &str) -> Result<Self, GrammarError> {
        match name {
            "none" => Ok(Self::None),
            "standardize" => Ok(Self::Standardize),
            "pixels" => Ok(Self::Pixels),
            _ => Err(GrammarError::unknown("way to preprocess", name, &["none", "standardize", "pixels"])),
        }
    }
}

impl Preprocess {
    /// Applies it to the features (samples x features) of both splits, in place; figures come from `train` alone. Returns the
    /// columns of `train` that have the same value everywhere now and had not before, because float64 ends there.
    ///
    /// # Errors
    /// The first column that has a number beyond the floats afterwards, as a test sample can have that is nowhere near those for
    /// training.
    pub fn apply(self, train: &mut Array2<f64>, test: Option<&mut Array2<f64>>) -> Result<Vec<usize>, usize> {
        if self == Self::None {
            return Ok(Vec::new());
        }
        let before = constant(train, (0..train.ncols()).collect());
        match self {
            Self::None => {}
            Self::Pixels => {
                for x in [Some(&mut *train), test].into_iter().flatten() {
                    x.mapv_inplace(|value| value / 255.0);
                }
            }
            Self::Standardize => {
                let Scale { factor, mean, sd } = Scale::of(train);
                for x in [Some(&mut *train), test].into_iter().flatten() {
                    for mut row in x.rows_mut() {
                        if let Some(factor) = &factor {
                            row *= factor;
                        }
                        row -= &mean;
                        row /= &sd;
                        if let Some(beyond) = row.iter().position(|value| !value.is_finite()) {
                            return Err(beyond);
                        }
                    }
                }
            }
        }
        let varied = (0..train.ncols()).filter(|column| before.binary_search(column).is_err());
        Ok(constant(train, varied.collect()))
    }
}

/// Those of some columns that have the same value everywhere.
fn constant(x: &Array2<f64>, mut columns: Vec<usize>) -> Vec<usize> {
    let Some(first) = x.rows().into_iter().next() else { return Vec::new() };
    for row in x.rows() {
        if columns.is_empty() {
            break;
        }
        columns.retain(|&j| row[j] == first[j]);
    }
    columns
}

/// What a column is multiplied by, what is subtracted then, and what it is divided by.
struct Scale {
    /// Powers of two, 1 in most columns; none if all are 1.
    factor: Option<Array1<f64>>,
    mean: Array1<f64>,
    /// The population's; 1 stands for that of a constant column.
    sd: Array1<f64>,
}

impl Scale {
    fn of(x: &Array2<f64>) -> Self {
        let count = x.nrows() as f64;
        let mut mean = x.sum_axis(Axis(0)) / count;
        let mut squares = Array1::<f64>::zeros(x.ncols());
        let mut constant = vec![true; x.ncols()];
        for row in x.rows() {
            for (j, &value) in row.iter().enumerate() {
                squares[j] += (value - mean[j]).powi(2);
                constant[j] &= value == x[[0, j]];
            }
        }
        let mut factor = Array1::ones(x.ncols());
        for j in 0..x.ncols() {
            // Squares of what is very large or very small are beyond the floats, where the numbers themselves are not.
            if !(1e-250..1e300).contains(&squares[j]) && (!constant[j] || !mean[j].is_finite()) {
                let largest = x.column(j).fold(0.0, |largest: f64, value| largest.max(value.abs()));
                factor[j] = 2f64.powi((-largest.log2().floor()).clamp(-1000.0, 1000.0) as i32);
                let scaled = x.column(j).mapv(|value| value * factor[j]);
                mean[j] = scaled.sum() / count;
                squares[j] = scaled.fold(0.0, |sum, value| sum + (value - mean[j]).powi(2));
            }
        }
        // A constant column is told by its values: rounding in the mean can leave it a tiny deviation.
        let sd = squares.iter().zip(&constant).map(|(&s, &constant)| if constant { 1.0 } else { (s / count).sqrt() });
        let sd = sd.map(|sd| if sd > 0.0 { sd } else { 1.0 }).collect();
        Self { factor: factor.iter().any(|&factor| factor != 1.0).then_some(factor), mean, sd }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn standardize_uses_the_training_figures_only() {
        let mut train = array![[1.0, 0.1], [3.0, 0.1], [5.0, 0.1]];
        let mut test = array![[3.0, 1.1]];
        assert_eq!(Preprocess::Standardize.apply(&mut train, Some(&mut test)), Ok(vec![]));
        let sd = (8.0f64 / 3.0).sqrt();
        assert_eq!(train.column(0).to_vec(), [-2.0 / sd, 0.0, 2.0 / sd]);
        assert!(train.column(1).iter().all(|v| v.abs() < 1e-15));
        assert_eq!(test[[0, 0]], 0.0);
        assert!((test[[0, 1]] - 1.0).abs() < 1e-15);
    }

    #[test]
    fn pixels_are_divided_by_255() {
        let mut train = array![[17.0, 255.0]];
        assert_eq!(Preprocess::Pixels.apply(&mut train, None), Ok(vec![]));
        assert_eq!(train, array![[17.0 / 255.0, 1.0]]);
    }

    /// Multiplication by a power of two changes no digit of what comes out.
    #[test]
    fn standardize_goes_as_far_as_the_floats() {
        let plain = array![[1.0, 7.0], [2.5, 7.0], [-4.0, 7.0], [1.25, 7.0]];
        let mut expected = plain.clone();
        Preprocess::Standardize.apply(&mut expected, None).unwrap();
        for exponent in [-1000, -600, -400, 400, 600, 1000, 1020] {
            let mut x = plain.mapv(|value| value * 2f64.powi(exponent));
            assert_eq!(Preprocess::Standardize.apply(&mut x, None), Ok(vec![]));
            assert_eq!(x.column(0), expected.column(0), "2^{exponent}");
            assert_eq!(x.column(1).to_vec(), [0.0; 4]);
        }
        let mut smallest = array![[5e-324], [0.0]];
        Preprocess::Standardize.apply(&mut smallest, None).unwrap();
        assert_eq!(smallest, array![[1.0], [-1.0]]);
        let mut largest = array![[f64::MAX], [-f64::MAX]];
        Preprocess::Standardize.apply(&mut largest, None).unwrap();
        assert_eq!(largest, array![[1.0], [-1.0]]);
        let mut many = Array2::from_elem((1000, 1), 1e307);
        Preprocess::Standardize.apply(&mut many, None).unwrap();
        assert!(many.iter().all(|value| value.abs() < 1e-6), "{many}");
    }

    #[test]
    fn what_leaves_the_floats_is_said() {
        let (mut train, mut test) = (array![[0.0, 1e-10], [0.0, 2e-10]], array![[0.0, 1e308]]);
        assert_eq!(Preprocess::Standardize.apply(&mut train, Some(&mut test)), Err(1));
        let mut tiny = array![[5e-324, 3.0], [1e-323, 4.0]];
        assert_eq!(Preprocess::Pixels.apply(&mut tiny, None), Ok(vec![0]));
    }
}
