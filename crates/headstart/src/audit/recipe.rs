//! The scales that shapes ask for, and whether numbers are as one of the usual starts draws them.
//!
//! A figure of so many draws has a spread that is known: of the logarithm of their root mean square it is
//! `sqrt((kurtosis - 1) / 4n)`, of their kurtosis `sqrt(v / n)` with a `v` for each distribution (the delta method over the moments up
//! to the eighth). What is within four of these is said to fit.

use super::moments::Moments;
use super::role::{Fans, Role};
use crate::words::rough;
use serde::Serialize;
use statrs::function::erf::erfc_inv;

/// The standard deviations that a shape asks for.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Asked {
    /// `sqrt(2 / fan_in)`: He and others 2015, for relu.
    pub he: f64,
    /// `sqrt(2 / (fan_in + fan_out))`: Glorot and Bengio 2010, Keras' default.
    pub glorot: f64,
    /// `sqrt(1 / fan_in)`: `LeCun` and others 1998, Flax' default.
    pub lecun: f64,
    /// `sqrt(1 / (3 fan_in))`: `PyTorch`'s default.
    pub pytorch: f64,
}

impl Asked {
    pub(super) fn by(fans: Fans) -> Self {
        let (fan_in, fan_out) = (fans.fan_in as f64, fans.fan_out as f64);
        Self {
            he: (2.0 / fan_in).sqrt(),
            glorot: (2.0 / (fan_in + fan_out)).sqrt(),
            lecun: (1.0 / fan_in).sqrt(),
            pytorch: (1.0 / (3.0 * fan_in)).sqrt(),
        }
    }

    /// The rule whose scale is nearest to a scale, and that scale; none where there is no scale.
    pub fn nearest(&self, scale: f64) -> Option<(&'static str, f64)> {
        let all = [("he", self.he), ("glorot", self.glorot), ("lecun", self.lecun), ("pytorch", self.pytorch)];
        let off = |(_, asked): &(_, f64)| (scale / asked).ln().abs();
        all.into_iter().filter(|rule| off(rule).is_finite()).min_by(|a, b| off(a).total_cmp(&off(b)))
    }
}

/// How numbers are distributed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Normal,
    Uniform,
    /// A normal distribution cut off at two of its own standard deviations.
    Truncated,
}

/// Standard deviations of a figure within which it fits.
const FITS: f64 = 4.0;

/// And beyond which numbers were surely not drawn so.
const SURELY_NOT: f64 = 10.0;

/// The chance of a larger or smaller largest number, below which it does not fit.
const RARE: f64 = 1e-5;

/// Draws of fewer numbers say little of their distribution.
pub(super) const ENOUGH: u64 = 256;

/// The standard deviation of a normal distribution of 1 that is cut off at 2.
const CUT: f64 = 0.879_625_661_034_239_8;

impl Shape {
    pub const ALL: [Self; 3] = [Self::Normal, Self::Uniform, Self::Truncated];

    fn kurtosis(self) -> f64 {
        match self {
            Self::Normal => 3.0,
            Self::Uniform => 1.8,
            Self::Truncated => 2.3655,
        }
    }

    /// The spread of the kurtosis of one draw.
    fn spread(self) -> f64 {
        match self {
            Self::Normal => 24_f64.sqrt(),
            Self::Uniform => 1.317_f64.sqrt(),
            Self::Truncated => 3.853_f64.sqrt(),
        }
    }

    /// How far off the kurtosis is, in its own standard deviations.
    fn off(self, moments: &Moments) -> f64 {
        let kurtosis = moments.kurtosis().unwrap_or(f64::INFINITY);
        (kurtosis - self.kurtosis()).abs() / (self.spread() / (moments.count as f64).sqrt())
    }

    /// The spread of the logarithm of the root mean square.
    pub fn of_scale(self, count: u64) -> f64 {
        ((self.kurtosis() - 1.0) / (4.0 * count as f64)).sqrt()
    }

    /// Whether numbers are distributed so around 0, whatever their scale. `rounded` is what one may be off, as a share.
    pub fn fits(self, moments: &Moments, rounded: f64) -> bool {
        let n = moments.count as f64;
        let sd = moments.sd();
        if moments.count < ENOUGH || moments.mean.abs() > FITS * sd / n.sqrt() || self.off(moments) > FITS {
            return false;
        }
        let slack = FITS * self.of_scale(moments.count) + rounded;
        let largest = moments.largest() / sd;
        let [low, high] = match self {
            Self::Normal => {
                let beyond = |chance: f64| if chance < 1.0 { std::f64::consts::SQRT_2 * erfc_inv(chance) } else { 0.0 };
                [beyond(-RARE.ln() / n), beyond(RARE / n)]
            }
            Self::Uniform => [3_f64.sqrt() * (1.0 + RARE.ln() / n), 3_f64.sqrt()],
            Self::Truncated => [0.0, 2.0 / CUT],
        };
        (low * (1.0 - slack)..=high * (1.0 + slack)).contains(&largest)
    }

    fn drawn(self, sd: f64) -> String {
        match self {
            Self::Normal => format!("normal({})", rough(sd)),
            Self::Uniform => {
                let bound = rough(3_f64.sqrt() * sd);
                format!("uniform(-{bound}, {bound})")
            }
            Self::Truncated => format!("truncated normal({})", rough(sd)),
        }
    }
}

/// Whether numbers are distributed as none of the usual draws are, so that something has moved them.
pub(super) fn is_trained(moments: &Moments) -> bool {
    let enough = moments.count >= 4 * ENOUGH;
    enough && Shape::ALL.iter().all(|shape| shape.off(moments) > SURELY_NOT)
}

/// A usual start.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Recipe {
    pub name: String,
    pub shape: Shape,
    pub sd: f64,
}

impl Recipe {
    fn new(name: impl Into<String>, shape: Shape, sd: f64) -> Self {
        Self { name: name.into(), shape, sd }
    }

    /// Whether the scale of numbers is this one's, within what drawing them leaves open.
    pub fn fits(&self, moments: &Moments, rounded: f64) -> bool {
        let off = (moments.rms() / self.sd).ln().abs();
        off <= FITS * self.shape.of_scale(moments.count) + rounded && self.shape.fits(moments, rounded)
    }

    /// `he normal: normal(0.088)`
    pub fn told(&self) -> String {
        format!("{}: {}", self.name, self.shape.drawn(self.sd))
    }
}

/// The starts that go by fans.
pub(super) fn by_fans(fans: Fans) -> Vec<Recipe> {
    use Shape::{Normal, Truncated, Uniform};
    let asked = Asked::by(fans);
    let mut all = vec![Recipe::new("PyTorch's default", Uniform, asked.pytorch)];
    // Flax' default before those of the same distribution: their scales may be too near to be told apart.
    all.push(Recipe::new("lecun truncated normal", Truncated, asked.lecun));
    for (name, sd) in [("he", asked.he), ("glorot", asked.glorot), ("lecun", asked.lecun)] {
        all.extend([
            Recipe::new(format!("{name} normal"), Normal, sd),
            Recipe::new(format!("{name} uniform"), Uniform, sd),
            Recipe::new(format!("{name} truncated normal"), Truncated, sd),
        ]);
    }
    let backward = (2.0 / fans.fan_out as f64).sqrt();
    all.push(Recipe::new("he by fan_out", Normal, backward));
    all.push(Recipe::new("he uniform by fan_out", Uniform, backward));
    all
}

/// The usual starts of a tensor, of which there are so many `layers` where it ends a branch that is added.
pub(super) fn usual(role: Role, shape: &[usize], fans: Option<Fans>, layers: Option<usize>) -> Vec<Recipe> {
    use Shape::{Normal, Truncated, Uniform};
    let mut all = fans.map(by_fans).unwrap_or_default();
    if let (Role::Recurrent, Some(fans)) = (role, fans) {
        let sd = (1.0 / (3.0 * fans.fan_out as f64)).sqrt();
        all.insert(0, Recipe::new("PyTorch's default", Uniform, sd));
    }
    if role == Role::Embedding {
        let width = shape.last().copied().unwrap_or(1) as f64;
        all.push(Recipe::new("PyTorch's default", Normal, 1.0));
        all.push(Recipe::new("Keras' default", Uniform, 0.05 / 3_f64.sqrt()));
        all.push(Recipe::new("Flax' default", Normal, 1.0 / width.sqrt()));
    }
    if role.multiplies() || role == Role::Embedding {
        for sd in [0.02, 0.01] {
            all.push(Recipe::new(format!("normal:{sd}"), Normal, sd));
            all.push(Recipe::new(format!("truncated normal of {sd}"), Truncated, sd * CUT));
        }
        if let Some(layers) = layers {
            let sd = 0.02 / (2.0 * layers as f64).sqrt();
            all.push(Recipe::new(format!("GPT-2's 0.02 / sqrt(2 x {layers})"), Normal, sd));
        }
    }
    all
}
