//! How values of the grammar are written in files: as strings, numbers, or lists of them.

use super::device::Device;
use super::init::{Bias, Inits, OutputBias, Seeds};
use super::network::{Activations, Layers};
use super::training::{ClassWeights, OptimizerName, Precision};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A string, a number, or a list of them: what a value of the grammar may be written as in a file.
#[derive(Deserialize)]
#[serde(untagged, expecting = "a string, a number, or a list of them")]
enum Written {
    Text(String),
    Integer(i64),
    Float(f64),
    List(Vec<Written>),
}

impl Written {
    /// The text of the grammar, with `separator` between the elements of a list.
    fn join(&self, separator: &str) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Integer(i) => i.to_string(),
            Self::Float(x) => x.to_string(),
            Self::List(list) => list.iter().map(|w| w.join(separator)).collect::<Vec<_>>().join(separator),
        }
    }
}

impl Serialize for Seeds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Count(seeds) => seeds.serialize(serializer),
            Self::Auto => serializer.collect_str(self),
        }
    }
}

impl<'de> Deserialize<'de> for Seeds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Written::deserialize(deserializer)?.join(",").parse().map_err(D::Error::custom)
    }
}

/// Values of the engine's grammar that may be a number.
pub(super) mod text_or_number {
    use super::Written;
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer};
    use std::fmt;
    use std::str::FromStr;

    pub use crate::serial::text::serialize;

    pub fn deserialize<'de, T, D>(deserializer: D) -> Result<T, D::Error>
    where
        T: FromStr<Err: fmt::Display>,
        D: Deserializer<'de>,
    {
        Written::deserialize(deserializer)?.join(",").parse().map_err(D::Error::custom)
    }
}

macro_rules! written {
    ($($t:ty, $separator:literal;)*) => {
        $(
            impl Serialize for $t {
                fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    serializer.collect_str(self)
                }
            }

            impl<'de> Deserialize<'de> for $t {
                fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    Written::deserialize(deserializer)?.join($separator).parse().map_err(D::Error::custom)
                }
            }
        )*
    };
}

// A list of widths is one network; a list of schemes or activations is one per layer.
written! {
    Layers, ",";
    Activations, "/";
    Inits, "/";
    Bias, "/";
    OutputBias, "/";
    ClassWeights, ",";
    OptimizerName, "/";
    Precision, "/";
    Device, "/";
}
