//! Built-in data sets.

use std::fmt;

use super::{DataError, DataSpec, Dataset};

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
}

impl BuiltIn {
    /// All of them, in the order in which they are listed to people.
    pub const ALL: [Self; 6] = [Self::Circles, Self::Moons, Self::Blobs, Self::Quantiles, Self::Flower, Self::Spirals];

    /// The name that `--data` takes.
    pub fn name(self) -> &'static str {
        match self {
            Self::Circles => "circles",
            Self::Moons => "moons",
            Self::Blobs => "blobs",
            Self::Quantiles => "quantiles",
            Self::Flower => "flower",
            Self::Spirals => "spirals",
        }
    }

    /// The built-in set of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|set| set.name() == name)
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

/// Draws the built-in set that `spec.data` names.
///
/// # Errors
///
/// Always: the generators are not there yet.
pub fn load(spec: &DataSpec) -> Result<Dataset, DataError> {
    Err(DataError::Usage(format!("the built-in data \"{}\" cannot be drawn yet", spec.data)))
}
