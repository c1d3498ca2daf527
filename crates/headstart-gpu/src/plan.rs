//! In which order jobs are done: those of one group together, and the first that is missing first, so that what is done can be told early.

use std::ops::Range;

/// Who does a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    /// The device, as one of this group.
    Device(usize),
    Threads,
}

/// Jobs that are done by the same, in their order.
#[derive(Debug)]
struct Queue {
    who: Who,
    jobs: Vec<usize>,
    done: usize,
}

/// Which of some jobs are done next.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    queues: Vec<Queue>,
}

/// Jobs that are done together: places among the jobs of the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Chunk {
    pub who: Who,
    queue: usize,
    places: Range<usize>,
}

impl Plan {
    /// Adds a job, which is behind those that were added before.
    pub fn add(&mut self, who: Who, job: usize) {
        // Most jobs are like one that came lately.
        match self.queues.iter_mut().rev().find(|queue| queue.who == who) {
            Some(queue) => queue.jobs.push(job),
            None => self.queues.push(Queue { who, jobs: vec![job], done: 0 }),
        }
    }

    /// The jobs that are done next: the first one that is left and others like it, as many as `most` says; none where none are left.
    pub fn next(&mut self, most: impl FnOnce(Who) -> usize) -> Option<Chunk> {
        let left = |queue: &Queue| queue.jobs.get(queue.done).copied();
        let (place, _) = self
            .queues
            .iter()
            .enumerate()
            .filter_map(|(i, queue)| Some((i, left(queue)?)))
            .min_by_key(|(_, job)| *job)?;
        let queue = &mut self.queues[place];
        let begin = queue.done;
        queue.done = queue.jobs.len().min(begin + most(queue.who).max(1));
        Some(Chunk { who: queue.who, queue: place, places: begin..queue.done })
    }

    /// The jobs of a chunk.
    pub fn jobs(&self, chunk: &Chunk) -> &[usize] {
        &self.queues[chunk.queue].jobs[chunk.places.clone()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_that_is_missing_is_done_first_with_others_like_it() {
        let mut plan = Plan::default();
        for (job, who) in
            [Who::Device(3), Who::Threads, Who::Device(3), Who::Device(0), Who::Device(3)].into_iter().enumerate()
        {
            plan.add(who, job);
        }
        let mut done = Vec::new();
        while let Some(chunk) = plan.next(|_| 2) {
            done.push((chunk.who, plan.jobs(&chunk).to_vec()));
        }
        let expected = [
            (Who::Device(3), vec![0, 2]),
            (Who::Threads, vec![1]),
            (Who::Device(0), vec![3]),
            (Who::Device(3), vec![4]),
        ];
        assert_eq!(done, expected);
    }
}
