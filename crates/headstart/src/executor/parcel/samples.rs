//! Samples as they travel: named by what is in them.

use super::{packed, unpacked};
use crate::data::{Dataset, Kind, Samples, Scaling, Shape};
use crate::error::Error;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use twox_hash::XxHash3_128;

/// What samples are told apart by: 128 bits (`XXH3`) of all that is in them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Digest(u128);

impl Digest {
    /// Of samples as bytes.
    pub(super) fn of(bytes: &[u8]) -> Self {
        Self(XxHash3_128::oneshot(bytes))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl FromStr for Digest {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let number = u128::from_str_radix(text, 16);
        number.map(Self).map_err(|_| Error::Usage(format!("{text:?} is not what samples are told apart by")))
    }
}

/// Samples as they travel: what training looks at.
#[derive(Serialize)]
struct Sent<'a> {
    name: &'a str,
    train: &'a Samples,
    test: &'a Option<Samples>,
    validation: &'a Option<Samples>,
    kind: &'a Kind,
    #[serde(skip_serializing_if = "Option::is_none")]
    shape: Option<Shape>,
    labels: &'a [String],
    scaling: &'a Scaling,
}

/// The same where they arrive.
#[derive(Deserialize)]
struct Content {
    name: String,
    train: Samples,
    test: Option<Samples>,
    validation: Option<Samples>,
    kind: Kind,
    #[serde(default)]
    shape: Option<Shape>,
    labels: Vec<String>,
    scaling: Scaling,
}

/// Samples as bytes.
///
/// # Errors
/// None that is not a mistake of ours: they are plain data.
pub fn pack(dataset: &Dataset) -> Result<Vec<u8>, Error> {
    let Dataset { name, train, test, validation, kind, shape, labels, scaling, .. } = dataset;
    packed(&Sent { name, train, test, validation, kind, shape: *shape, labels, scaling })
}

/// The samples that bytes are.
///
/// # Errors
/// If they are not those of the digest.
pub fn unpack(digest: Digest, bytes: &[u8]) -> Result<Dataset, Error> {
    if Digest::of(bytes) != digest {
        return Err(Error::Usage("samples that came are not those that were named; send them again".to_owned()));
    }
    let Content { name, train, test, validation, kind, shape, labels, scaling } = unpacked(bytes, "samples")?;
    Ok(Dataset { validation, shape, labels, scaling, ..Dataset::of(name, kind, train, test) })
}
