//! Jobs that one kernel does: the same network and training on the same samples, but for where they start and what each has of its own
//! ([`rule::Own`]).

use crate::adapter::{Adapter, Failed};
use crate::kernel::{COLUMNS, Design, Kernel, Source, rule};
use crate::pace::Pace;
use headstart::engine::train::{Problem, Rows};
use headstart::task::Job;
use std::sync::{Arc, Mutex};

/// What is told of all steps of a training takes so many bytes, at most.
const RULES: u64 = 1 << 28;

/// What the jobs of a group have in common, and what is on the device for them.
pub(crate) struct Group<'a> {
    /// One of its jobs.
    job: Job<'a>,
    pub kernel: Kernel,
    pub train: wgpu::ComputePipeline,
    /// What steps are trained on.
    pub samples: Arc<wgpu::Buffer>,
    /// What figures are of: the training set and the test set.
    pub sets: Vec<Looked>,
    /// What is told of each step.
    pub rules: wgpu::Buffer,
    /// How fast the device is with them.
    pub pace: Mutex<Pace>,
}

/// A set of samples that is looked at.
pub(crate) struct Looked {
    pub samples: Arc<wgpu::Buffer>,
    pub count: usize,
    /// Samples of each class; empty of numbers.
    pub of_class: Vec<usize>,
    pub look: wgpu::ComputePipeline,
}

/// A set of samples, how many there are of each class, and the kernel that looks at it.
type Look<'a> = (Rows<'a, f32>, Vec<usize>, Source);

/// Why there is no group.
pub(crate) enum Unfit {
    /// The processor has to do it, for this reason.
    Kernel(String),
    Failed(Failed),
}

impl From<Failed> for Unfit {
    fn from(failed: Failed) -> Self {
        Self::Failed(failed)
    }
}

impl<'a> Group<'a> {
    /// The group of a job.
    pub fn of(job: &Job<'a>, adapter: &Adapter) -> Result<Self, Unfit> {
        let problem = job.task.float32().ok_or_else(|| Unfit::Kernel("it computes in float64".to_owned()))?;
        if problem.looks_aside() {
            return Err(Unfit::Kernel("it looks at other samples on the way".to_owned()));
        }
        let design = design(problem);
        let traits = &adapter.traits;
        let kernel = Kernel::of(&design, traits).map_err(Unfit::Kernel)?;
        let test = problem.test_rows();
        let looks: Result<Vec<Look<'_>>, String> = [Some(problem.training_rows()), test]
            .into_iter()
            .flatten()
            .map(|rows| {
                let of_class = of_class(&rows);
                let look = kernel.look(&design, rows.count, of_class.len(), traits)?;
                Ok((rows, of_class, look))
            })
            .collect();
        let looks = looks.map_err(Unfit::Kernel)?;
        let own = problem.trained_rows();
        let is_full = problem.training().batch.is_none();
        let numbers: usize = looks.iter().map(|(rows, ..)| columns(rows) * rows_of(problem)).max().unwrap_or(0);
        if 4 * numbers as u64 > adapter.limits.max_storage_buffer_binding_size {
            return Err(Unfit::Kernel("its samples are more than the device takes at once".to_owned()));
        }
        let steps = problem.training().steps;
        if (size_of::<rule::AtStep>() * steps) as u64 > adapter.limits.max_storage_buffer_binding_size.min(RULES) {
            return Err(Unfit::Kernel(format!("{steps} steps are more than the device is told of at once")));
        }
        let train = adapter.pipeline(&kernel.train, &adapter.bindings.train)?;
        let samples = Arc::new(upload(adapter, &in_rows(problem, &own, if is_full { own.count } else { 1 }))?);
        let mut sets = Vec::new();
        for (i, (rows, of_class, look)) in looks.into_iter().enumerate() {
            let same = i == 0 && is_full && std::ptr::eq(own.targets, rows.targets);
            let samples = if same {
                Arc::clone(&samples)
            } else {
                Arc::new(upload(adapter, &in_rows(problem, &rows, rows.count))?)
            };
            let look = adapter.pipeline(&look, &adapter.bindings.look)?;
            sets.push(Looked { samples, count: rows.count, of_class, look });
        }
        let rules: Vec<rule::AtStep> = rule::steps(problem.training()).collect();
        let rules = upload(adapter, rules.as_flattened())?;
        Ok(Self { job: job.clone(), kernel, train, samples, sets, rules, pace: Mutex::default() })
    }

    /// The problem of one of its jobs.
    pub fn problem(&self) -> &Problem<f32> {
        self.job.task.float32().expect("looked up when the group was made")
    }

    /// Samples of a minibatch.
    pub fn batch(&self) -> Option<usize> {
        design(self.problem()).batch()
    }

    /// Multiply-adds of a step of one network.
    pub fn step_work(&self) -> f64 {
        let problem = self.problem();
        let samples = self.batch().unwrap_or(self.sets[0].count);
        3.0 * samples as f64 * problem.network().parameter_count() as f64 + 8.0 * self.kernel.layout.numbers as f64
    }

    /// Whether a job is one of it.
    pub fn has(&self, job: &Job<'_>) -> bool {
        let (own, Some(other)) = (self.problem(), job.task.float32()) else { return false };
        std::ptr::eq(own, other)
            || own.shares_samples(other)
                && own.network() == other.network()
                && !other.looks_aside()
                && rule::are_alike(own.training(), other.training())
    }
}

/// What a problem's kernels are made for.
pub(crate) fn design(problem: &Problem<f32>) -> Design<'_> {
    Design { network: problem.network(), training: problem.training(), samples: problem.trained_rows().count }
}

fn upload(adapter: &Adapter, numbers: &[f32]) -> Result<wgpu::Buffer, Failed> {
    let usage = wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_DST;
    let buffer = adapter.buffer(size_of_val(numbers), usage)?;
    adapter.queue.write_buffer(&buffer, 0, bytemuck::cast_slice(numbers));
    Ok(buffer)
}

/// Samples of each class, up to the last class that there are samples of.
fn of_class(rows: &Rows<'_, f32>) -> Vec<usize> {
    let mut counts = Vec::new();
    for &class in rows.classes.unwrap_or_default() {
        if counts.len() <= class {
            counts.resize(class + 1, 0);
        }
        counts[class] += 1;
    }
    counts
}

fn columns(rows: &Rows<'_, f32>) -> usize {
    rows.count.next_multiple_of(COLUMNS)
}

/// Features, filled up to whole fours; targets; a weight; a class.
fn rows_of(problem: &Problem<f32>) -> usize {
    problem.network().inputs().next_multiple_of(4) + problem.network().outputs() + 2
}

/// Samples as kernels read them: a row for each number of a sample, filled up with the first sample, whose weight is 0 there. Each
/// weighs as one of so many.
fn in_rows(problem: &Problem<f32>, rows: &Rows<'_, f32>, of: usize) -> Vec<f32> {
    let columns = columns(rows);
    let (inputs, outputs) = (problem.network().inputs(), problem.network().outputs());
    let mut all = vec![0.0; columns * rows_of(problem)];
    let (features, rest) = all.split_at_mut(columns * inputs.next_multiple_of(4));
    let (targets, rest) = rest.split_at_mut(columns * outputs);
    let (weights, classes) = rest.split_at_mut(columns);
    for (to, from, width) in [(features, rows.features, inputs), (targets, rows.targets, outputs)] {
        for column in 0..columns {
            let sample = if column < rows.count { column } else { 0 };
            for (row, number) in from[sample * width..][..width].iter().enumerate() {
                to[row * columns + column] = *number;
            }
        }
    }
    let each = 1.0 / of as f64;
    for (sample, weight) in weights.iter_mut().enumerate().take(rows.count) {
        *weight = (rows.weights.get(sample).copied().unwrap_or(1.0) * each) as f32;
    }
    for (to, class) in classes.iter_mut().zip(rows.classes.unwrap_or_default()) {
        *to = *class as f32;
    }
    all
}
