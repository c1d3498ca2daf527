//! Work that travels: a part of a batch as plain data, and what came of it.
//!
//! A [`Packer`] makes a [`Parcel`] of some runs of a [`Batch`]: tasks as configuration files, weights that a start has from a file, and
//! which runs of which task. Samples are named by what is in them, and sent once ([`Packer::content`]). A [`Bench`], on another machine or in another process, does the parcel, and sends back runs with their numbers
//! ([`pack_runs`], [`unpack_runs`]), which [`InOrder`](super::InOrder) joins. Everything is `MessagePack`, in which numbers keep their
//! bits.

use super::{Batch, Executor, Threads};
use crate::data::{Dataset, Kind, Samples, Scaling};
use crate::error::Error;
use crate::run::Run;
use crate::spec::TaskSpec;
use crate::task::{Held, Job, Task};
use headstart_engine::network::{LayerParameters, Parameters};
use headstart_engine::watch::Watch;
use ndarray::{Array1, Array2};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::ops::{ControlFlow, Range};
use std::sync::Arc;
use twox_hash::XxHash3_128;

/// The version of parcels and of what comes back; others are refused.
const VERSION: u32 = 1;

/// Some runs, as data.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Parcel {
    version: u32,
    /// Steps that are done of each run at the most.
    until: usize,
    tasks: Vec<Described>,
    runs: Vec<Wanted>,
}

/// A task as data.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Described {
    /// The configuration file that would do it.
    spec: String,
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

/// What samples are told apart by: 128 bits (`XXH3`) of all that is in them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Digest(u128);

/// Samples as they travel: what training looks at.
#[derive(Serialize, Deserialize)]
struct Content {
    name: String,
    train: Samples,
    test: Option<Samples>,
    validation: Option<Samples>,
    kind: Kind,
    labels: Vec<String>,
    scaling: Scaling,
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

/// Makes parcels, and has what they need.
#[derive(Default)]
pub struct Packer {
    /// Samples that were looked at, kept so that an address stays theirs.
    known: Vec<(Arc<Dataset>, Digest)>,
    contents: HashMap<Digest, Vec<u8>>,
}

impl Packer {
    /// Some runs of a batch.
    ///
    /// # Errors
    /// If a job of it cannot be made.
    pub fn pack(&mut self, batch: &Batch<'_>, range: Range<usize>) -> Result<Parcel, Error> {
        let mut parcel =
            Parcel { version: VERSION, until: batch.steps(), tasks: Vec::new(), runs: Vec::with_capacity(range.len()) };
        // Jobs are held for as long as addresses tell their tasks apart.
        let mut jobs: Vec<Job<'_>> = Vec::new();
        let mut places: HashMap<*const Task, usize> = HashMap::new();
        for number in range {
            let job = batch.job(number)?;
            let address: *const Task = &raw const *job.task;
            let task = if let Some(task) = places.get(&address) {
                *task
            } else {
                parcel.tasks.push(self.described(&job.task)?);
                places.insert(address, parcel.tasks.len() - 1);
                parcel.tasks.len() - 1
            };
            parcel.runs.push(Wanted { number, task, init: job.init, seed: job.seed });
            jobs.push(job);
        }
        Ok(parcel)
    }

    /// The samples that a parcel of this packer names, as bytes; none that it did not name.
    pub fn content(&self, digest: Digest) -> Option<&[u8]> {
        self.contents.get(&digest).map(Vec::as_slice)
    }

    fn described(&mut self, task: &Task) -> Result<Described, Error> {
        let given = task.inits().iter().enumerate().filter_map(|(i, init)| {
            let parameters = init.init.given.as_ref()?.parameters.as_ref()?;
            let layers = parameters.0.iter().cloned();
            Some((
                i,
                layers.map(|LayerParameters { weights, biases, slope }| Layer { weights, biases, slope }).collect(),
            ))
        });
        let data = self.digest(&task.dataset)?;
        Ok(Described { spec: task.spec.to_toml(), data, given: given.collect() })
    }

    fn digest(&mut self, dataset: &Arc<Dataset>) -> Result<Digest, Error> {
        if let Some((_, digest)) = self.known.iter().find(|(known, _)| Arc::ptr_eq(known, dataset)) {
            return Ok(*digest);
        }
        let Dataset { name, train, test, validation, kind, labels, scaling, .. } = Dataset::clone(dataset);
        let bytes = packed(&Content { name, train, test, validation, kind, labels, scaling })?;
        let digest = Digest(XxHash3_128::oneshot(&bytes));
        self.known.push((Arc::clone(dataset), digest));
        self.contents.insert(digest, bytes);
        Ok(digest)
    }
}

/// Does parcels: samples that came once stay.
#[derive(Default)]
pub struct Bench {
    contents: HashMap<Digest, Arc<Dataset>>,
}

impl Bench {
    /// Whether samples have come already.
    pub fn has(&self, digest: Digest) -> bool {
        self.contents.contains_key(&digest)
    }

    /// Takes samples.
    ///
    /// # Errors
    /// If they are not those of the digest.
    pub fn add(&mut self, digest: Digest, bytes: &[u8]) -> Result<(), Error> {
        if Digest(XxHash3_128::oneshot(bytes)) != digest {
            return Err(Error::Usage("samples that came are not those that were named; send them again".to_owned()));
        }
        let Content { name, train, test, validation, kind, labels, scaling } = unpacked(bytes, "samples")?;
        let dataset = Dataset { validation, labels, scaling, ..Dataset::of(name, kind, train, test) };
        self.contents.insert(digest, Arc::new(dataset));
        Ok(())
    }

    /// Does a parcel on so many threads; `each` sees every run with its number in the batch. Those that were stopped it does not see.
    ///
    /// # Errors
    /// If samples have not come, or a task makes no sense here.
    pub fn run(
        &self,
        parcel: &Parcel,
        threads: usize,
        watch: &Watch,
        mut each: impl FnMut(usize, Run),
    ) -> Result<(), Error> {
        let tasks = parcel.tasks.iter().map(|task| self.task(task)).collect::<Result<Vec<_>, _>>()?;
        let is_there = |wanted: &Wanted| tasks.get(wanted.task).is_some_and(|task| wanted.init < task.inits().len());
        if !parcel.runs.iter().all(is_there) {
            return Err(Error::Usage("the parcel names a task or a start that is not in it".to_owned()));
        }
        let job = |i: usize| {
            let Wanted { task, init, seed, .. } = parcel.runs[i];
            Job { task: Held::Shared(Arc::clone(&tasks[task])), init, seed }
        };
        let mut numbers = parcel.runs.iter().map(|wanted| wanted.number);
        Threads(threads).run(&Batch::new(parcel.len(), job).until(parcel.until), watch, &mut |run| {
            if let (Some(number), false) = (numbers.next(), run.status == "stopped") {
                each(number, run);
            }
            ControlFlow::Continue(())
        })
    }

    fn task(&self, task: &Described) -> Result<Arc<Task>, Error> {
        let mut spec = TaskSpec::from_toml(&task.spec)?;
        for (place, layers) in &task.given {
            let init = spec.init.init.0.get_mut(*place).and_then(|init| init.given.as_mut());
            let given =
                init.ok_or_else(|| Error::Usage("the parcel has weights for a start that has none".to_owned()))?;
            let layers = layers.iter().cloned();
            let layers = layers.map(|Layer { weights, biases, slope }| LayerParameters { weights, biases, slope });
            given.parameters = Some(Arc::new(Parameters(layers.collect())));
        }
        let missing = || Error::Usage("the samples of a parcel have not come; send them first".to_owned());
        let dataset = self.contents.get(&task.data).ok_or_else(missing)?;
        Ok(Arc::new(Task::of(Arc::clone(dataset), spec)?))
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
