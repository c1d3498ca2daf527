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
    /// Applies it to the features (samples x features) of both splits, in place; figures come from `train` alone.
    pub fn apply(self, train: &mut Array2<f64>, test: Option<&mut Array2<f64>>) {
        match self {
            Self::None => {}
            Self::Pixels => {
                for x in [Some(train), test].into_iter().flatten() {
                    x.mapv_inplace(|value| value / 255.0);
                }
            }
            Self::Standardize => {
                let (mean, sd) = mean_and_sd(train);
                for x in [Some(train), test].into_iter().flatten() {
                    for mut row in x.rows_mut() {
                        row -= &mean;
                        row /= &sd;
                    }
                }
            }
        }
    }
}

/// Mean and population standard deviation of each column; 1 stands for the deviation of a constant one.
fn mean_and_sd(x: &Array2<f64>) -> (Array1<f64>, Array1<f64>) {
    let count = x.nrows() as f64;
    let mean = x.sum_axis(Axis(0)) / count;
    let mut squares = Array1::<f64>::zeros(x.ncols());
    let mut constant = vec![true; x.ncols()];
    for row in x.rows() {
        for (j, &value) in row.iter().enumerate() {
            squares[j] += (value - mean[j]).powi(2);
            constant[j] &= value == x[[0, j]];
        }
    }
    // A constant column is told by its values: rounding in the mean can leave it a tiny deviation.
    let sd = squares.iter().zip(&constant).map(|(&s, &constant)| if constant { 1.0 } else { (s / count).sqrt() });
    let sd = sd.map(|sd| if sd > 0.0 { sd } else { 1.0 }).collect();
    (mean, sd)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn standardize_uses_the_training_figures_only() {
        let mut train = array![[1.0, 0.1], [3.0, 0.1], [5.0, 0.1]];
        let mut test = array![[3.0, 1.1]];
        Preprocess::Standardize.apply(&mut train, Some(&mut test));
        let sd = (8.0f64 / 3.0).sqrt();
        assert_eq!(train.column(0).to_vec(), [-2.0 / sd, 0.0, 2.0 / sd]);
        assert!(train.column(1).iter().all(|v| v.abs() < 1e-15));
        assert_eq!(test[[0, 0]], 0.0);
        assert!((test[[0, 1]] - 1.0).abs() < 1e-15);
    }

    #[test]
    fn pixels_are_divided_by_255() {
        let mut train = array![[17.0, 255.0]];
        Preprocess::Pixels.apply(&mut train, None);
        assert_eq!(train, array![[17.0 / 255.0, 1.0]]);
    }
}
