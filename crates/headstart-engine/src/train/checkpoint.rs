//! Where a training stands, to go on from.

use super::order::Order;
use super::problem::Problem;
use super::run::Record;
use crate::init::Start;
use crate::optimizer::Memory;
use crate::simd::Real;

/// Where a training stands: at its start, or after some of its steps.
pub struct Checkpoint<T: Real> {
    /// The parameters that it started from.
    pub(super) first: Vec<T>,
    /// Those that it has now, and what the optimizer remembers; nothing before the first step.
    pub(super) weights: Vec<T::Block>,
    pub(super) memory: Memory<T>,
    pub(super) order: Order,
    /// What dropout draws with.
    pub(super) seed: u64,
    pub(super) step: usize,
    pub(super) best: Best<T>,
    pub(super) reached: Option<usize>,
    pub(super) trace: Vec<Record>,
    pub(super) looks: Vec<Record>,
}

/// The lowest loss that early stopping has seen.
#[derive(Clone)]
pub struct Best<T: Real> {
    /// None before the first look.
    pub record: Option<Record>,
    /// The parameters there.
    pub weights: Vec<T::Block>,
    /// Looks since then.
    worse: usize,
}

impl<T: Real> Default for Best<T> {
    fn default() -> Self {
        Self { record: None, weights: Vec::new(), worse: 0 }
    }
}

impl<T: Real> Best<T> {
    /// Takes note of a loss. Whether the training should go on.
    pub fn see(&mut self, record: Record, weights: &[T::Block], patience: usize) -> bool {
        if self.record.is_none_or(|best| record.loss < best.loss) {
            (self.record, self.worse) = (Some(record), 0);
            self.weights.clear();
            self.weights.extend_from_slice(weights);
        } else {
            self.worse += 1;
        }
        self.worse < patience
    }
}

impl<T: Real> std::fmt::Debug for Checkpoint<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Checkpoint").field("step", &self.step).finish_non_exhaustive()
    }
}

impl<T: Real> Checkpoint<T> {
    /// A training that begins.
    pub fn new(problem: &Problem<T>, start: Start) -> Self {
        Self {
            first: start.parameters.flat().map(T::from_f64).collect(),
            weights: Vec::new(),
            memory: Memory::default(),
            order: Order::new(problem.data.train.count, &problem.training, start.stream),
            seed: start.seed,
            step: 0,
            best: Best::default(),
            reached: None,
            trace: Vec::new(),
            looks: Vec::new(),
        }
    }

    /// Bytes that one of a problem takes, about.
    pub fn bytes(problem: &Problem<T>) -> usize {
        let best = usize::from(problem.early_stopping().is_some());
        let numbers = problem.network.parameter_count() * (2 + best + problem.training.optimizer.moments());
        let samples = problem.training.batch.map_or(0, |_| problem.data.train.count);
        numbers * size_of::<T>() + samples * size_of::<usize>()
    }
}
