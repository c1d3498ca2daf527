//! What is done to numbers before training, column by column, and when it is needed.

use ndarray::{Array1, Array2, ArrayView1, ArrayViewMut1};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::ops::Range;

use super::content::called;
use crate::words::rough;

/// What was done to the numbers of a data set before training: enough to do the same to others, and to undo it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Scaling {
    /// To the features.
    pub features: Transform,
    /// To the targets of a regression.
    pub targets: Transform,
}

/// What was done to the columns of a matrix. Figures are those of the training samples alone.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Transform {
    /// Nothing.
    #[default]
    Identity,
    /// All were divided by 255.
    Pixels,
    /// `(x - mean) / sd`, column by column; a column with mean 0 and sd 1 is as it was.
    Standardized {
        /// What was subtracted.
        mean: Vec<f64>,
        /// What the difference was divided by: the population's standard deviation.
        sd: Vec<f64>,
    },
    /// `(ln(x + plus) - mean) / sd`, column by column.
    Log {
        /// 0, or 1 where some numbers are 0.
        plus: f64,
        /// What was subtracted of the logarithm.
        mean: Vec<f64>,
        /// What the difference was divided by.
        sd: Vec<f64>,
    },
}

/// `(value - mean) / sd`, where the difference may be beyond the floats.
fn standardized(value: f64, mean: f64, sd: f64) -> f64 {
    let plain = (value - mean) / sd;
    // Powers of two change no bit of the result.
    let small = |x: f64| x * 2f64.powi(-600);
    if plain.is_finite() { plain } else { (small(value) - small(mean)) / small(sd) }
}

impl Transform {
    /// What a number of a column becomes: the same bits as those for training.
    pub fn apply(&self, column: usize, value: f64) -> f64 {
        let at = |figures: &[f64], usual| figures.get(column).copied().unwrap_or(usual);
        match self {
            Self::Identity => value,
            Self::Pixels => value / 255.0,
            Self::Standardized { mean, sd } => standardized(value, at(mean, 0.0), at(sd, 1.0)),
            Self::Log { plus, mean, sd } => {
                let log = if *plus > 0.0 { libm::log1p(value) } else { libm::log(value) };
                standardized(log, at(mean, 0.0), at(sd, 1.0))
            }
        }
    }

    /// What a number of a column was before.
    pub fn undo(&self, column: usize, value: f64) -> f64 {
        let at = |figures: &[f64], usual| figures.get(column).copied().unwrap_or(usual);
        match self {
            Self::Identity => value,
            Self::Pixels => value * 255.0,
            Self::Standardized { mean, sd } => value * at(sd, 1.0) + at(mean, 0.0),
            Self::Log { plus, mean, sd } => (value * at(sd, 1.0) + at(mean, 0.0)).exp() - plus,
        }
    }

    /// What a difference between two numbers of a column has to be multiplied by to be what it was before; of logarithms, what
    /// it was in them.
    pub fn sd(&self, column: usize) -> f64 {
        match self {
            Self::Identity => 1.0,
            Self::Pixels => 255.0,
            Self::Standardized { sd, .. } | Self::Log { sd, .. } => sd.get(column).copied().unwrap_or(1.0),
        }
    }
}

/// The standard deviations that are fine as they are, and how many of them the mean may be away from 0: a uniform feature
/// from 0 to 1 is fine, and one from 5 to 6 is not.
const FINE: (f64, f64) = (0.25, 4.0);
const FINE_MEAN: f64 = 2.0;

/// Mean and standard deviation of every column of some training samples.
pub(crate) struct Columns {
    /// Powers of two that keep squares within the floats, 1 in most columns; none if all are 1.
    factor: Option<Array1<f64>>,
    /// Of the column times its factor.
    mean: Array1<f64>,
    /// The population's, likewise; 1 stands for that of a constant column.
    sd: Array1<f64>,
    constant: Vec<bool>,
    /// Columns of nothing but 0 and 1.
    binary: Vec<bool>,
}

/// Columns that are looked at with one instruction or two.
const FEW: usize = 8;

/// What is known of a column.
struct Spread {
    mean: f64,
    /// The sum of squares around it.
    squares: f64,
    constant: bool,
    binary: bool,
}

/// Of some columns, rows x columns; every sum goes from row to row.
fn spread(x: &[f64], columns: usize, of: Range<usize>) -> Vec<Spread> {
    // Full numbers of them are copied without a call; the last ones have some of those before them.
    let starts: Vec<usize> = of.clone().step_by(FEW).map(|from| from.min(columns.saturating_sub(FEW))).collect();
    let few = |row: &[f64], start: usize| {
        row[start..].first_chunk().copied().unwrap_or_else(|| {
            let mut few = [0.0; FEW];
            few[..columns - start].copy_from_slice(&row[start..]);
            few
        })
    };
    let rows = || x.chunks_exact(columns);
    let mut sums = vec![[0.0; FEW]; starts.len()];
    if columns == 1 {
        // In the order of ndarray, whose sum of one column has several parts.
        sums[0][0] = ArrayView1::from(x).sum();
    } else {
        for row in rows() {
            for (sum, start) in sums.iter_mut().zip(&starts) {
                let row = few(row, *start);
                (0..FEW).for_each(|j| sum[j] += row[j]);
            }
        }
    }
    let count = (x.len() / columns) as f64;
    let first = rows().next().unwrap_or_default();
    let mut all: Vec<Few> = sums
        .iter()
        .zip(&starts)
        .map(|(sum, start)| Few {
            mean: sum.map(|sum| sum / count),
            first: if first.is_empty() { [0.0; FEW] } else { few(first, *start) },
            squares: [0.0; FEW],
            constant: [true; FEW],
            binary: [true; FEW],
        })
        .collect();
    for row in rows() {
        for (Few { mean, first, squares, constant, binary }, start) in all.iter_mut().zip(&starts) {
            let row = few(row, *start);
            for j in 0..FEW {
                squares[j] += (row[j] - mean[j]).powi(2);
                constant[j] &= row[j] == first[j];
                binary[j] &= row[j] == 0.0 || row[j] == 1.0;
            }
        }
    }
    let one = |column: usize| {
        let place = (column - of.start) / FEW;
        let (few, j) = (&all[place], column - starts[place]);
        Spread { mean: few.mean[j], squares: few.squares[j], constant: few.constant[j], binary: few.binary[j] }
    };
    of.clone().map(one).collect()
}

/// What is known of some columns.
struct Few {
    mean: [f64; FEW],
    first: [f64; FEW],
    squares: [f64; FEW],
    constant: [bool; FEW],
    binary: [bool; FEW],
}

impl Columns {
    /// Of samples x columns, all finite.
    pub fn of(x: &Array2<f64>) -> Self {
        let count = x.nrows() as f64;
        // Each thread has columns of its own, side by side: sums do not depend on how many there are.
        let each = x.ncols().div_ceil(rayon::current_num_threads()).next_multiple_of(FEW);
        let parts: Vec<usize> = (0..x.ncols()).step_by(each.max(1)).collect();
        let rows = x.as_standard_layout();
        let rows = rows.as_slice().unwrap_or_default();
        let of = |from: usize| spread(rows, x.ncols(), from..x.ncols().min(from + each));
        let spread: Vec<Spread> = parts.into_par_iter().flat_map_iter(of).collect();
        let mut mean: Array1<f64> = spread.iter().map(|column| column.mean).collect();
        let mut squares: Array1<f64> = spread.iter().map(|column| column.squares).collect();
        let constant: Vec<bool> = spread.iter().map(|column| column.constant).collect();
        let binary = spread.iter().map(|column| column.binary).collect();
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
        Self { factor: factor.iter().any(|&factor| factor != 1.0).then_some(factor), mean, sd, constant, binary }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.mean.len()
    }

    /// Those that are far from mean 0 and size 1. Of 0 and 1 alone a column is fine, and so is a constant one that is not
    /// large.
    pub fn badly_scaled(&self) -> Vec<usize> {
        (0..self.mean.len()).filter(|&j| !self.is_fine(j)).collect()
    }

    fn is_fine(&self, j: usize) -> bool {
        let (mean, sd) = self.figures(j);
        match sd {
            _ if self.binary[j] => true,
            _ if self.constant[j] => mean.abs() <= FINE.1,
            sd => (FINE.0..=FINE.1).contains(&sd) && mean.abs() <= FINE_MEAN * sd,
        }
    }

    /// Whether a column has the same value everywhere.
    pub fn is_constant(&self, j: usize) -> bool {
        self.constant[j]
    }

    /// Mean and standard deviation of a column; 1 stands for that of a constant one.
    pub fn figures(&self, j: usize) -> (f64, f64) {
        let factor = self.factor.as_ref().map_or(1.0, |factor| factor[j]);
        let sd = if self.constant[j] { 1.0 } else { self.sd[j] / factor };
        (self.mean[j] / factor, sd)
    }

    /// A column's figures in words, as in `"alcohol": mean 13, sd 0.81`.
    pub fn in_words(&self, names: Option<&[String]>, j: usize) -> String {
        let (mean, sd) = self.figures(j);
        let name = names.map_or_else(|| format!("number {j}"), |_| called(names, j));
        if self.constant[j] {
            return format!("{name}: {} everywhere", rough(mean));
        }
        format!("{name}: mean {}, sd {}", rough(mean), rough(sd))
    }

    /// How far a column is from mean 0 and size 1.
    pub fn miss(&self, j: usize) -> f64 {
        let (mean, sd) = self.figures(j);
        let size = mean.hypot(sd);
        if self.constant[j] { mean.abs().ln() } else { size.ln().abs().max((mean.abs() / sd).ln()) }
    }

    /// The same with nothing to do to the columns that are not among these, which rise.
    pub fn only(mut self, columns: &[usize]) -> Self {
        for j in (0..self.mean.len()).filter(|j| columns.binary_search(j).is_err()) {
            (self.mean[j], self.sd[j], self.constant[j]) = (0.0, 1.0, false);
            if let Some(factor) = &mut self.factor {
                factor[j] = 1.0;
            }
        }
        self
    }

    /// Standardizes a sample in place.
    pub fn apply(&self, mut row: ArrayViewMut1<f64>) {
        if let Some(factor) = &self.factor {
            row *= factor;
        }
        row -= &self.mean;
        row /= &self.sd;
    }

    /// Mean and standard deviation of every column.
    pub fn all(&self) -> (Vec<f64>, Vec<f64>) {
        (0..self.mean.len()).map(|j| self.figures(j)).unzip()
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;
    use proptest::prelude::*;

    use super::*;

    /// The columns of a matrix that are badly scaled.
    fn bad(x: &Array2<f64>) -> Vec<usize> {
        Columns::of(x).badly_scaled()
    }

    #[test]
    fn what_is_far_from_mean_0_and_size_1_is_badly_scaled() {
        // Uniform from 0 to 1, 0 and 1, rarely 1, constants, a cell phone's number, a small one, one far from 0.
        let x = array![
            [0.0, 0.0, 0.0, 3.0, 500.0, 4e9, 0.04, 5.0],
            [0.25, 1.0, 0.0, 3.0, 500.0, 5e9, -0.05, 5.8],
            [0.5, 1.0, 0.0, 3.0, 500.0, 6e9, 0.06, 6.4],
            [1.0, 0.0, 1.0, 3.0, 500.0, 7e9, -0.04, 5.5],
        ];
        assert_eq!(bad(&x), [4, 5, 6, 7]);
    }

    proptest! {
        #[test]
        fn what_was_standardized_is_fine(
            values in prop::collection::vec(-1e3..1e3f64, 12), scale in -9..9i32, shift in -1e6..1e6f64,
        ) {
            let mut x = Array2::from_shape_fn((12, 2), |(i, j)| {
                if j == 0 { values[i] * 10f64.powi(scale) + shift } else { values[0] }
            });
            let all = Columns::of(&x);
            for row in x.rows_mut() {
                all.apply(row);
            }
            prop_assert!(bad(&x).is_empty(), "{x}");
        }
    }
}
