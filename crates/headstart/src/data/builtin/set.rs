//! Which sets there are, and what they are unless something else is asked for.

use crate::data::Shape;
use std::fmt;

/// The built-in data sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BuiltIn {
    /// Two circles, one within the other.
    Circles,
    /// Two half moons that reach into one another.
    Moons,
    /// Normal clouds around centers.
    Blobs,
    /// Shells of one normal cloud, with equally many points.
    Quantiles,
    /// A flower whose petals take turns.
    Flower,
    /// Spirals wound around one another.
    Spirals,
    /// Clusters around the vertices of a hypercube, among features that say nothing.
    Classification,
    /// Numbers that are linear in some of the features.
    Regression,
    /// Handwritten digits of 8 x 8 pixels.
    Digits,
    /// Three species of irises.
    Iris,
    /// Wines of three growers.
    Wine,
    /// Malignant and benign tumors.
    BreastCancer,
    /// The progression of diabetes in a year, a number.
    Diabetes,
}

impl BuiltIn {
    /// All of them, in the order in which they are listed to people.
    pub const ALL: [Self; 13] = [
        Self::Circles,
        Self::Moons,
        Self::Blobs,
        Self::Quantiles,
        Self::Flower,
        Self::Spirals,
        Self::Classification,
        Self::Regression,
        Self::Digits,
        Self::Iris,
        Self::Wine,
        Self::BreastCancer,
        Self::Diabetes,
    ];

    /// The name that `--data` takes.
    pub fn name(self) -> &'static str {
        match self {
            Self::Circles => "circles",
            Self::Moons => "moons",
            Self::Blobs => "blobs",
            Self::Quantiles => "quantiles",
            Self::Flower => "flower",
            Self::Spirals => "spirals",
            Self::Classification => "classification",
            Self::Regression => "regression",
            Self::Digits => "digits",
            Self::Iris => "iris",
            Self::Wine => "wine",
            Self::BreastCancer => "breast-cancer",
            Self::Diabetes => "diabetes",
        }
    }

    /// The built-in set of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|set| set.name() == name)
    }

    /// Whether it is a table of samples that were measured, to be split and scaled as a file's; the others are drawn, and taken as
    /// they are.
    pub fn is_table(self) -> bool {
        matches!(self, Self::Digits | Self::Iris | Self::Wine | Self::BreastCancer | Self::Diabetes)
    }

    /// The shape of its samples, if they are images.
    pub(super) fn shape(self) -> Option<Shape> {
        if self == Self::Digits { Shape::new(8, 8, 1) } else { None }
    }

    /// Whether its targets, if they are numbers, have units of their own, so that they are scaled as those of a file.
    pub(crate) fn has_own_units(self) -> bool {
        self.is_table() || self == Self::Regression
    }

    /// Whether a seed draws its problem, too, and not just the samples: training and test samples then come from one draw.
    pub(super) fn is_problem(self) -> bool {
        matches!(self, Self::Classification | Self::Regression)
    }

    /// The built-in set whose name is closest to `name`, if it is close enough to be a slip of the fingers.
    pub fn nearest(name: &str) -> Option<Self> {
        let name = name.to_lowercase();
        Self::ALL
            .into_iter()
            .map(|set| (strsim::damerau_levenshtein(set.name(), &name), set))
            .min_by_key(|&(distance, _)| distance)
            .filter(|&(distance, set)| 2 * distance < set.name().len())
            .map(|(_, set)| set)
    }

    /// All names, for messages.
    pub fn list() -> String {
        Self::ALL.map(Self::name).join(", ")
    }
}

impl fmt::Display for BuiltIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl BuiltIn {
    /// How many samples are drawn to train and to test on unless something else is asked for. The flower has no test
    /// set, as in the course. None of tables.
    pub fn default_samples(self) -> Option<[usize; 2]> {
        match self {
            Self::Flower => Some([400, 0]),
            table if table.is_table() => None,
            _ => Some([300, 100]),
        }
    }

    /// The noise's standard deviation unless another is asked for: of every coordinate of circles and moons, of every
    /// coordinate within a blob, of angle and radius of the flower, of the spirals' angle, of the targets of regression; of
    /// classification, the share of samples whose class is drawn at random. None where there is none.
    pub fn default_noise(self) -> Option<f64> {
        match self {
            Self::Circles => Some(0.05),
            Self::Moons | Self::Flower | Self::Spirals => Some(0.2),
            Self::Blobs => Some(1.0),
            Self::Classification => Some(0.01),
            Self::Regression => Some(0.0),
            _ => None,
        }
    }

    /// The seeds of the training and the test draw unless others are asked for. A seed of blobs decides where their
    /// centers are, so both draws need the same one; those of the first center are then partly the same points. Of
    /// classification and regression there is one draw only.
    pub fn default_seeds(self) -> [u64; 2] {
        if self == Self::Blobs || self.is_problem() { [1, 1] } else { [1, 2] }
    }
}
