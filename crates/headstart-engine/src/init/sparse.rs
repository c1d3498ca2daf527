//! Matrices with zeros at random places.

use super::draw::filled;
use crate::rng::Stream;
use crate::watch::Watch;
use ndarray::Array2;

/// Which weights of a layer are 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Sparsity {
    /// Of every input's weights this share, from 0 on and below 1, rounded up: `torch.nn.init.sparse_`.
    Zeros(f64),
    /// All but so many of every unit's weights (Martens 2010, "Deep learning via Hessian-free optimization", section 5).
    Incoming(usize),
}

impl Sparsity {
    /// The standard deviation of the weights that are not 0, unless another one is asked for: `PyTorch`'s default, and the
    /// paper's.
    pub fn usual_sd(self) -> f64 {
        match self {
            Self::Zeros(_) => 0.01,
            Self::Incoming(_) => 1.0,
        }
    }

    /// The share of the weights of a `rows x columns` matrix that are not 0.
    pub(super) fn share_left(self, rows: usize, columns: usize) -> f64 {
        match self {
            Self::Zeros(share) => (rows - zeros(share, rows)) as f64 / rows as f64,
            Self::Incoming(most) => most.min(columns) as f64 / columns as f64,
        }
    }

    /// A `rows x columns` matrix of normal numbers of this standard deviation and zeros. First all of the numbers are drawn,
    /// row by row, then the places, line by line. None where the watch is stopped on the way.
    pub(super) fn draw(
        self,
        (rows, columns): (usize, usize),
        sd: f64,
        stream: &mut dyn Stream,
        watch: &Watch,
    ) -> Option<Array2<f64>> {
        let mut matrix = filled((rows, columns), watch, || stream.normal() * sd)?;
        let clear = |mut line: ndarray::ArrayViewMut1<f64>, zeros: usize, stream: &mut dyn Stream| {
            let mut places: Vec<usize> = (0..line.len()).collect();
            stream.shuffle(&mut places);
            places[..zeros].iter().for_each(|&place| line[place] = 0.0);
        };
        let (lines, zeros) = match self {
            Self::Zeros(share) => (matrix.columns_mut(), zeros(share, rows)),
            Self::Incoming(most) => (matrix.rows_mut(), columns.saturating_sub(most)),
        };
        for line in lines {
            if watch.is_stopped() {
                return None;
            }
            clear(line, zeros, stream);
        }
        Some(matrix)
    }
}

/// How many of a line's numbers are 0: `math.ceil(sparsity * rows)`.
fn zeros(share: f64, rows: usize) -> usize {
    ((share * rows as f64).ceil() as usize).min(rows)
}
