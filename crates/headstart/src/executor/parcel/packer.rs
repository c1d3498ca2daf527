//! Where work is packed.

use super::sections::Collected;
use super::{DATA_SETS, Described, Digest, Layer, Parcel, VERSION, Wanted, samples};
use crate::data::Dataset;
use crate::error::Error;
use crate::executor::Batch;
use crate::spec::Device;
use crate::task::{Job, Task};
use headstart_engine::network::LayerParameters;
use std::collections::{HashMap, HashSet, VecDeque};
use std::ops::{ControlFlow, Range};
use std::sync::Arc;

/// Data sets that runs of one parcel have together, at most.
const DATA_SETS_OF_PARCEL: usize = 16;

/// Tasks of a parcel, at most: all of them are held together on either side.
const TASKS_OF_PARCEL: usize = 8_192;

/// Makes parcels, and has what they need.
#[derive(Default)]
pub struct Packer {
    /// Samples that were looked at, the latest last, kept so that an address stays theirs.
    known: VecDeque<(Arc<Dataset>, Digest)>,
}

impl Packer {
    /// Some runs of a batch.
    ///
    /// # Errors
    /// If a job of it cannot be made, or is for a GPU: whoever does parcels is a processor.
    pub fn pack(&mut self, batch: &Batch<'_>, range: Range<usize>) -> Result<Parcel, Error> {
        self.pack_some(batch, range, |_| ControlFlow::Continue(()))
    }

    /// The first ones of some runs of a batch: until `is_enough` breaks behind one, or they are of very many tasks or data sets.
    ///
    /// # Errors
    /// If the first job cannot be made. A parcel ends before one that cannot.
    pub fn pack_some(
        &mut self,
        batch: &Batch<'_>,
        range: Range<usize>,
        mut is_enough: impl FnMut(&Job<'_>) -> ControlFlow<()>,
    ) -> Result<Parcel, Error> {
        let (mut tasks, mut runs, mut data) = (Vec::new(), Vec::new(), HashSet::new());
        let mut sections = Collected::default();
        // Jobs are held for as long as addresses tell their tasks apart.
        let mut jobs: Vec<Job<'_>> = Vec::new();
        let mut places: HashMap<*const Task, usize> = HashMap::new();
        for number in range {
            let job = match batch.job(number) {
                Ok(job) => job,
                Err(error) if runs.is_empty() => return Err(error),
                Err(_) => break,
            };
            let address: *const Task = &raw const *job.task;
            let task = if let Some(task) = places.get(&address) {
                *task
            } else {
                if tasks.len() == TASKS_OF_PARCEL {
                    break;
                }
                let described = self.described(&job.task, &mut sections)?;
                if data.len() == DATA_SETS_OF_PARCEL && !data.contains(&described.data) {
                    break;
                }
                data.insert(described.data);
                tasks.push(described);
                places.insert(address, tasks.len() - 1);
                tasks.len() - 1
            };
            runs.push(Wanted { number, task, init: job.init, seed: job.seed });
            let flow = is_enough(&job);
            jobs.push(job);
            if flow.is_break() {
                break;
            }
        }
        Ok(Parcel { version: VERSION, until: batch.steps(), within: None, sections: sections.into(), tasks, runs })
    }

    /// The samples that the latest parcels of this packer name, as bytes; none of others.
    ///
    /// # Errors
    /// None that is not a mistake of ours: they are plain data.
    pub fn content(&self, digest: Digest) -> Result<Option<Vec<u8>>, Error> {
        let known = self.known.iter().find(|(_, known)| *known == digest);
        known.map(|(dataset, _)| samples::pack(dataset)).transpose()
    }

    fn described(&mut self, task: &Task, sections: &mut Collected) -> Result<Described, Error> {
        if task.spec.training.device == Device::Gpu {
            let problem =
                "--device gpu: workers elsewhere compute on their processors; leave it out, or leave the workers out";
            return Err(Error::Usage(problem.to_owned()));
        }
        let given = task.inits().iter().enumerate().filter_map(|(i, init)| {
            let parameters = init.init.given.as_ref()?.parameters.as_ref()?;
            let layers = parameters.0.iter().cloned();
            Some((
                i,
                layers
                    .map(|LayerParameters { weights, biases, slope, norms }| Layer { weights, biases, slope, norms })
                    .collect(),
            ))
        });
        let data = self.digest(&task.dataset)?;
        Ok(Described { spec: sections.places(&task.spec)?, data, given: given.collect() })
    }

    fn digest(&mut self, dataset: &Arc<Dataset>) -> Result<Digest, Error> {
        // Those of the latest runs are the likeliest.
        if let Some(place) = self.known.iter().rposition(|(known, _)| Arc::ptr_eq(known, dataset)) {
            let known = self.known.remove(place).expect("it was found there");
            let digest = known.1;
            self.known.push_back(known);
            return Ok(digest);
        }
        let digest = Digest::of(&samples::pack(dataset)?);
        if self.known.len() == DATA_SETS {
            self.known.pop_front();
        }
        self.known.push_back((Arc::clone(dataset), digest));
        Ok(digest)
    }
}
