//! What is to be done, by number, and what was done, put in order.

use crate::error::Error;
use crate::task::{Job, Task};
use std::collections::BTreeMap;

/// Runs that are to be done, by number. Jobs are made when they are needed: a batch of a million takes no more memory than one of ten.
///
/// They may be of different tasks: learning rates, gains, architectures, even data.
pub struct Batch<'a> {
    count: usize,
    until: usize,
    job: Box<dyn Fn(usize) -> Result<Job<'a>, Error> + Sync + 'a>,
}

impl<'a> Batch<'a> {
    /// So many jobs.
    pub fn new(count: usize, job: impl Fn(usize) -> Job<'a> + Sync + 'a) -> Self {
        Self::made(count, move |i| Ok(job(i)))
    }

    /// So many jobs whose tasks are made with them, which may fail.
    pub fn made(count: usize, job: impl Fn(usize) -> Result<Job<'a>, Error> + Sync + 'a) -> Self {
        Self { count, until: usize::MAX, job: Box::new(job) }
    }

    /// All that a task asks for: the first initialization with all its seeds comes first.
    pub fn of(task: &'a Task) -> Self {
        Self::new(task.runs(), |i| task.job(i))
    }

    /// The same runs, of which so many steps are done at the most, with the rates that they have in the whole.
    #[must_use]
    pub fn until(self, steps: usize) -> Self {
        Self { until: steps, ..self }
    }

    /// How many steps of each are done at the most.
    pub fn steps(&self) -> usize {
        self.until
    }

    /// How many runs there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Job `i`, counted from 0.
    ///
    /// # Errors
    /// If its task makes no sense.
    pub fn job(&self, i: usize) -> Result<Job<'a>, Error> {
        (self.job)(i)
    }
}

/// Results that come in any order and are told in that of their numbers, from 0.
#[derive(Debug)]
pub struct InOrder<T> {
    next: usize,
    waiting: BTreeMap<usize, T>,
}

impl<T> Default for InOrder<T> {
    fn default() -> Self {
        Self { next: 0, waiting: BTreeMap::new() }
    }
}

impl<T> InOrder<T> {
    /// One more has come. What comes twice, as from a machine that was given up too soon, is the same and is told once.
    pub fn add(&mut self, number: usize, result: T) {
        if number >= self.next {
            self.waiting.entry(number).or_insert(result);
        }
    }

    /// The next one, if it has come.
    pub fn ready(&mut self) -> Option<T> {
        let next = self.waiting.remove(&self.next)?;
        self.next += 1;
        Some(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_in_any_order_and_twice_is_told_once_and_in_order() {
        let (mut all, mut told) = (InOrder::default(), Vec::new());
        for number in [2, 0, 0, 3, 1, 2, 4] {
            all.add(number, number);
            told.extend(std::iter::from_fn(|| all.ready()));
        }
        assert_eq!(told, [0, 1, 2, 3, 4]);
    }
}
