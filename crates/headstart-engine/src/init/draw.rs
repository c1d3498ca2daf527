//! Drawing one number after the other.

use crate::rng::{Stream, normal_cdf, normal_quantile};
use crate::watch::Watch;
use ndarray::Array2;

/// The shape of a distribution around 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Distribution {
    /// The normal distribution.
    Normal,
    /// The uniform distribution between a bound and its negative.
    Uniform,
    /// The normal distribution cut off at two standard deviations, widened so that its variance is as asked.
    Truncated,
}

/// A distribution that is not around 0, or not cut off at two standard deviations: the same for all layers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shape {
    /// Uniform between two numbers: `torch.nn.init.uniform_`, `RandomUniform` of Keras.
    Uniform {
        /// The lower end.
        low: f64,
        /// The upper end.
        high: f64,
    },
    /// Normal: `torch.nn.init.normal_` and `RandomNormal` of Keras with a mean.
    Normal {
        /// The mean.
        mean: f64,
        /// The standard deviation.
        sd: f64,
    },
    /// Normal, cut off at two of its standard deviations from the mean.
    Truncated {
        /// The mean.
        mean: f64,
        /// The standard deviation after the cut.
        sd: f64,
    },
    /// Normal, cut off at two numbers: `torch.nn.init.trunc_normal_`.
    Cut {
        /// The mean before the cut.
        mean: f64,
        /// The standard deviation before the cut.
        sd: f64,
        /// The lower end.
        low: f64,
        /// The upper end.
        high: f64,
    },
}

/// The standard deviation of a standard normal variable cut off at plus and minus two:
/// `sqrt(1 - 4 phi(2) / (2 Phi(2) - 1))`.
pub(crate) const SD_OF_CUT_NORMAL: f64 = 0.879_625_661_034_239_8;

/// What one number is.
#[derive(Clone, Copy, Debug)]
pub(super) enum One {
    Constant(f64),
    /// Drawn from a distribution of this size: its standard deviation, or its bound where it is uniform.
    Drawn(Distribution, f64),
    Of(Shape),
}

impl One {
    /// Its second moment; none for constants but 0, and for what is not drawn around 0.
    pub(super) fn variance(self) -> Option<f64> {
        match self {
            Self::Constant(c) => (c == 0.0).then_some(0.0),
            Self::Drawn(Distribution::Uniform, bound) => Some(bound * bound / 3.0),
            Self::Drawn(Distribution::Normal | Distribution::Truncated, sd) => Some(sd * sd),
            Self::Of(Shape::Cut { mean: 0.0, sd, low, high }) if low == -high => Some(sd * sd * share_left(high / sd)),
            Self::Of(_) => None,
        }
    }

    /// A function that draws one after the other.
    ///
    /// The order of operations is that of the notebooks (`randn * s`, `(rand * 2 - 1) * a`), so that replayed draws
    /// agree to the last bit.
    pub(super) fn drawn_from(self, stream: &mut dyn Stream) -> Box<dyn FnMut() -> f64 + '_> {
        match self {
            Self::Constant(c) => Box::new(move || c),
            Self::Drawn(Distribution::Normal, sd) => Box::new(move || stream.normal() * sd),
            Self::Drawn(Distribution::Uniform, bound) => Box::new(move || (stream.uniform() * 2.0 - 1.0) * bound),
            Self::Drawn(Distribution::Truncated, sd) => {
                let (low, high) = (normal_cdf(-2.0), normal_cdf(2.0));
                let widened = sd / SD_OF_CUT_NORMAL;
                Box::new(move || normal_quantile(low + stream.uniform() * (high - low)) * widened)
            }
            // As `np.random.uniform` has it.
            Self::Of(Shape::Uniform { low, high }) => Box::new(move || low + (high - low) * stream.uniform()),
            Self::Of(Shape::Normal { mean, sd }) => Box::new(move || mean + sd * stream.normal()),
            Self::Of(Shape::Truncated { mean, sd }) => {
                let mut around_0 = Self::Drawn(Distribution::Truncated, sd).drawn_from(stream);
                Box::new(move || mean + around_0())
            }
            Self::Of(Shape::Cut { mean, sd, low, high }) => {
                // In the upper tail probabilities are next to 1 and have no digits left: it is drawn as the lower one.
                let side = if f64::midpoint(low, high) > mean { -1.0 } else { 1.0 };
                let at = |x: f64| normal_cdf(side * (x - mean) / sd);
                let (from, to) = (at(low), at(high));
                Box::new(move || {
                    let z = normal_quantile(from + stream.uniform() * (to - from));
                    (mean + sd * side * z).clamp(low, high)
                })
            }
        }
    }
}

/// The variance of a standard normal variable cut off at plus and minus `a`: `1 - 2 a phi(a) / (2 Phi(a) - 1)`.
fn share_left(a: f64) -> f64 {
    // The difference has no digits left where the cut is so near that the density is flat: then it is uniform, to order a^2.
    if a < 3e-3 {
        return a * a / 3.0 * (1.0 - 2.0 * a * a / 15.0);
    }
    let density = libm::exp(-a * a / 2.0) / (2.0 * std::f64::consts::PI).sqrt();
    1.0 - 2.0 * a * density / (1.0 - 2.0 * normal_cdf(-a))
}

impl Distribution {
    /// What describes the distribution where its standard deviation is to be so large.
    pub(super) fn size(self, sd: f64) -> f64 {
        if self == Self::Uniform { sd * 3_f64.sqrt() } else { sd }
    }
}

impl Shape {
    /// The distribution of so many times the number; none where all of it would be 0.
    pub(super) fn times(self, factor: f64) -> Option<Self> {
        let ends = |low: f64, high: f64| {
            if factor < 0.0 { (high * factor, low * factor) } else { (low * factor, high * factor) }
        };
        (factor != 0.0).then(|| match self {
            Self::Uniform { low, high } => {
                let (low, high) = ends(low, high);
                Self::Uniform { low, high }
            }
            Self::Normal { mean, sd } => Self::Normal { mean: mean * factor, sd: sd * factor.abs() },
            Self::Truncated { mean, sd } => Self::Truncated { mean: mean * factor, sd: sd * factor.abs() },
            Self::Cut { mean, sd, low, high } => {
                let (low, high) = ends(low, high);
                Self::Cut { mean: mean * factor, sd: sd * factor.abs(), low, high }
            }
        })
    }
}

/// A matrix of what comes next, row by row; none where the watch is stopped on the way.
pub(super) fn filled(shape: (usize, usize), watch: &Watch, mut next: impl FnMut() -> f64) -> Option<Array2<f64>> {
    /// Numbers between two looks at the watch.
    const UNWATCHED: usize = 1 << 16;
    let mut matrix = Array2::zeros(shape);
    for part in matrix.as_slice_mut()?.chunks_mut(UNWATCHED) {
        if watch.is_stopped() {
            return None;
        }
        part.fill_with(&mut next);
    }
    Some(matrix)
}
