//! Which samples a step uses.

use super::training::Training;
use crate::rng::Stream;

/// The samples of one step after the other.
pub struct Order {
    /// The samples in the order of this epoch; empty where every step uses all.
    samples: Vec<usize>,
    at: usize,
    batch: usize,
    stream: Box<dyn Stream + Send>,
}

impl std::fmt::Debug for Order {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Order").field("at", &self.at).finish_non_exhaustive()
    }
}

impl Order {
    /// That of a training of so many samples, whose epochs are drawn from a stream: [`Start::stream`](crate::init::Start::stream).
    pub fn new(count: usize, training: &Training, stream: Box<dyn Stream + Send>) -> Self {
        let samples = if training.batch.is_some() { (0..count).collect() } else { Vec::new() };
        Self { at: samples.len(), samples, batch: training.batch.unwrap_or(0), stream }
    }

    /// The next minibatch, none where every step uses all samples: every sample once per epoch, in an order drawn anew; the last one may be smaller.
    pub fn step(&mut self) -> Option<&[usize]> {
        if self.samples.is_empty() {
            return None;
        }
        if self.at >= self.samples.len() {
            // From the sorted order each time: the order of an epoch is a permutation drawn for it.
            self.samples.iter_mut().enumerate().for_each(|(i, sample)| *sample = i);
            self.stream.shuffle(&mut self.samples);
            self.at = 0;
        }
        let from = self.at;
        self.at = self.samples.len().min(from + self.batch);
        Some(&self.samples[from..self.at])
    }
}
