//! Specifications as they travel: section by section, each once.

use super::{packed, unpacked};
use crate::data::DataSpec;
use crate::error::Error;
use crate::spec::{InitSpec, NetworkSpec, TaskSpec, TrainingSpec};
use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// The sections of specifications, packed: the tasks of a study differ in one or two of the four, and these recur.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Sections {
    data: Vec<Bytes>,
    network: Vec<Bytes>,
    init: Vec<Bytes>,
    training: Vec<Bytes>,
}

/// The sections of one specification, by their places.
pub type Places = [usize; 4];

/// Sections that were seen, and where they are.
#[derive(Default)]
pub struct Collected([Seen; 4]);

/// Sections of one kind.
#[derive(Default)]
struct Seen {
    places: HashMap<Bytes, usize>,
    texts: Vec<Bytes>,
}

impl Collected {
    /// The places of the sections of a specification.
    ///
    /// # Errors
    /// None that is not a mistake of ours: they are plain data.
    pub fn places(&mut self, spec: &TaskSpec) -> Result<Places, Error> {
        let TaskSpec { data, network, init, training, notes: _ } = spec;
        let texts = [packed(data)?, packed(network)?, packed(init)?, packed(training)?];
        let mut places = Places::default();
        for ((place, seen), text) in places.iter_mut().zip(&mut self.0).zip(texts) {
            *place = seen.place(text.into());
        }
        Ok(places)
    }
}

impl From<Collected> for Sections {
    fn from(collected: Collected) -> Self {
        let [data, network, init, training] = collected.0.map(|section| section.texts);
        Self { data, network, init, training }
    }
}

impl Seen {
    fn place(&mut self, text: Bytes) -> usize {
        if let Some(place) = self.places.get(&text) {
            return *place;
        }
        self.texts.push(text.clone());
        self.places.insert(text, self.texts.len() - 1);
        self.texts.len() - 1
    }
}

/// The sections of a parcel, read: each once.
pub struct Read {
    data: Vec<DataSpec>,
    network: Vec<NetworkSpec>,
    init: Vec<InitSpec>,
    training: Vec<TrainingSpec>,
}

impl Read {
    /// Reads them.
    ///
    /// # Errors
    /// If they are none.
    pub fn of(sections: &Sections) -> Result<Self, Error> {
        fn all<T: DeserializeOwned>(texts: &[Bytes]) -> Result<Vec<T>, Error> {
            texts.iter().map(|text| unpacked(text, "part of a task")).collect()
        }
        let Sections { data, network, init, training } = sections;
        Ok(Self { data: all(data)?, network: all(network)?, init: all(init)?, training: all(training)? })
    }

    /// A specification; none if there is no such place.
    pub fn spec(&self, [data, network, init, training]: Places) -> Option<TaskSpec> {
        Some(TaskSpec {
            data: self.data.get(data)?.clone(),
            network: self.network.get(network)?.clone(),
            init: self.init.get(init)?.clone(),
            training: self.training.get(training)?.clone(),
            notes: Vec::new(),
        })
    }
}
