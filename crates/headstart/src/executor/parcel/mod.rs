//! Work that travels: a part of a batch as plain data, and what came of it.
//!
//! A [`Packer`] makes a [`Parcel`] of some runs of a [`Batch`](super::Batch): tasks as their specifications, weights that a start has from a file, and
//! which runs of which task. Samples are named by what is in them, and sent once ([`Packer::content`]). A [`Bench`], on another machine
//! or in another process, does the parcel, and sends back runs with their numbers ([`pack_runs`], [`unpack_runs`]), which
//! [`InOrder`](super::InOrder) joins. Everything is `MessagePack`, in which numbers keep their bits.

mod bench;
mod packer;
mod samples;
mod sections;

pub use bench::Bench;
pub use packer::Packer;
pub use samples::Digest;

use crate::error::Error;
use crate::run::Run;
use ndarray::{Array1, Array2};
use sections::{Places, Sections};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The version of parcels and of what comes back; others are refused.
const VERSION: u32 = 2;

/// Data sets that are kept on either side, at most: what is not needed any more goes first.
const DATA_SETS: usize = 64;

/// Some runs, as data.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Parcel {
    version: u32,
    /// Steps that are done of each run at the most.
    until: usize,
    /// No run begins after so many seconds.
    within: Option<f64>,
    /// What tasks are made of, each once.
    sections: Sections,
    tasks: Vec<Described>,
    runs: Vec<Wanted>,
}

/// A task as data.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Described {
    /// What was asked for.
    spec: Places,
    /// Its samples.
    data: Digest,
    /// The weights of initializations that have them from a file, by their place.
    given: Vec<(usize, Vec<Layer>)>,
}

/// One layer of given weights, as [`LayerParameters`] has it.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Layer {
    weights: Array2<f64>,
    biases: Array1<f64>,
    slope: Option<f64>,
    norms: Array1<f64>,
}

/// One run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Wanted {
    /// Its number in the batch.
    number: usize,
    /// Its task, initialization and seed.
    task: usize,
    init: usize,
    seed: u64,
}

impl Parcel {
    /// It as bytes.
    ///
    /// # Errors
    /// None that is not a mistake of ours: it is plain data.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        packed(self)
    }

    /// What [`Parcel::to_bytes`] made.
    ///
    /// # Errors
    /// If it did not, or another version of this program did.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let parcel: Self = unpacked(bytes, "parcel")?;
        match parcel.version {
            VERSION => Ok(parcel),
            other => Err(Error::Usage(format!(
                "the parcel is of version {other}, and this program does version {VERSION}; use the same on all machines"
            ))),
        }
    }

    /// The same, of which no run begins after this time: those that are done by then are what comes of it, from the first one on.
    #[must_use]
    pub fn within(self, time: Duration) -> Self {
        Self { within: Some(time.as_secs_f64()), ..self }
    }

    /// How many runs are in it.
    pub fn len(&self) -> usize {
        self.runs.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// The samples that have to be there before it can be done.
    pub fn needs(&self) -> impl Iterator<Item = Digest> {
        self.tasks.iter().map(|task| task.data)
    }
}

/// Runs with their numbers, as bytes.
///
/// # Errors
/// None that is not a mistake of ours: they are plain data.
pub fn pack_runs(runs: &[(usize, Run)]) -> Result<Vec<u8>, Error> {
    packed(&(VERSION, runs))
}

/// What [`pack_runs`] made.
///
/// # Errors
/// If it did not, or another version of this program did.
pub fn unpack_runs(bytes: &[u8]) -> Result<Vec<(usize, Run)>, Error> {
    let (version, runs): (u32, Vec<(usize, Run)>) = unpacked(bytes, "runs")?;
    match version {
        VERSION => Ok(runs),
        other => {
            Err(Error::Usage(format!("the runs are of version {other}, and this program reads version {VERSION}")))
        }
    }
}

fn packed<T: Serialize>(what: &T) -> Result<Vec<u8>, Error> {
    rmp_serde::to_vec_named(what).map_err(|error| Error::Usage(format!("work cannot be packed: {error}")))
}

fn unpacked<T: DeserializeOwned>(bytes: &[u8], what: &str) -> Result<T, Error> {
    rmp_serde::from_slice(bytes).map_err(|error| Error::Usage(format!("these are no {what}: {error}")))
}
