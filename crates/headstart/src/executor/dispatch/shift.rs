//! One batch on its way: which runs are to be given out, which are under way, which came, and which were told.

use crate::error::Error;
use crate::executor::{Batch, Ended, Failure};
use crate::run::Run;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::time::{Duration, Instant};

/// A portion that is under way has one, and no other one ever has it.
pub type Ticket = u64;

/// So often a portion may be lost with its machine before it is held to be the reason.
const MOST_LOSSES: usize = 10;

/// What is known to be slower than thought is done by so many workers at once at the most.
const MOST_COPIES: usize = 3;

/// No part is thought to take longer, where it is to be told whether it is slow: what was measured may be of other runs.
const MOST_EXPECTED: f64 = 60.0;

/// So long something waits for the right machine.
const LONG: Duration = Duration::from_mins(1);

/// Runs that are given out together.
#[derive(Debug)]
pub struct Portion {
    runs: Range<usize>,
    /// How it was lost, each time.
    losses: Vec<Loss>,
    work: f64,
    /// Seconds that it will take, if that is known.
    expected: Option<f64>,
    since: Instant,
    /// How many have it, and where somebody had it since it was given out.
    workers: usize,
    on: Vec<String>,
}

/// How runs were lost that a worker had.
#[derive(Clone, Debug)]
pub struct Loss {
    /// Its machine.
    pub node: String,
    /// Why.
    pub reason: String,
    /// Whether the machine went with it.
    pub with_node: bool,
}

impl Loss {
    pub fn in_words(&self) -> String {
        format!("on {}: {}", self.node, self.reason)
    }
}

/// What became of runs.
#[derive(Debug)]
enum Came {
    /// They were done.
    Runs(Vec<Run>, usize),
    /// One that could not be done, and why.
    Failed(String),
}

/// One batch on its way.
pub struct Shift<'b, 'a> {
    batch: &'b Batch<'a>,
    /// The first run that was never given out, and the end of those that can be.
    next: usize,
    until: usize,
    /// Why that is the end, if it is not that of the batch.
    broken: Option<Error>,
    /// What was lost and is to be given out again, by its first run.
    again: BTreeMap<usize, Portion>,
    /// Runs that were given out and came back undone: the first one, and the end.
    rests: BTreeMap<usize, usize>,
    under_way: BTreeMap<Ticket, Portion>,
    /// What came and cannot be told yet, by its first run.
    came: BTreeMap<usize, Came>,
    /// Bytes of it, as it travelled.
    waiting: usize,
    /// Runs that were told, and those that are told next.
    told: usize,
    telling: std::vec::IntoIter<Run>,
    /// Runs that could not be done.
    failed: usize,
}

impl Portion {
    fn new(runs: Range<usize>, work: f64, expected: Option<f64>) -> Self {
        Self { runs, losses: Vec::new(), work, expected, since: Instant::now(), workers: 0, on: Vec::new() }
    }

    pub fn runs(&self) -> Range<usize> {
        self.runs.clone()
    }

    /// Whether it was lost so often that it is no chance: on two machines, or twice where there is no other one.
    fn is_hopeless(&self, nodes: &BTreeSet<String>) -> bool {
        let own = self.losses.iter().filter(|loss| !loss.with_node);
        let on: BTreeSet<&str> = own.clone().map(|loss| loss.node.as_str()).collect();
        on.len() >= 2
            || own.count() >= 2 && nodes.iter().all(|node| on.contains(node.as_str()))
            || self.losses.len() >= MOST_LOSSES
    }

    /// Why it could not be done.
    fn reason(&self) -> String {
        let mut reasons: Vec<String> = Vec::new();
        for loss in &self.losses {
            let reason = loss.in_words();
            if !reasons.contains(&reason) {
                reasons.push(reason);
            }
        }
        reasons.join("; ")
    }

    /// Whether a machine shall try it: one that has not lost it before, as long as there are such, and they are not all busy for long.
    fn is_for(&self, node: &str, nodes: &BTreeSet<String>) -> bool {
        let failed_on = |node: &str| self.losses.iter().any(|loss| loss.node == node);
        !failed_on(node) || nodes.iter().all(|other| failed_on(other)) || self.since.elapsed() > LONG
    }

    /// How long somebody has it, by how long is long: twice as long as was thought.
    fn late(&self) -> f64 {
        let expected = self.expected.unwrap_or(MOST_EXPECTED).min(MOST_EXPECTED);
        self.since.elapsed().as_secs_f64() / (2.0 * expected + 1.0)
    }

    /// It in two.
    fn halves(self) -> [Self; 2] {
        let middle = self.runs.start + self.runs.len() / 2;
        let half = |runs| Self::new(runs, self.work / 2.0, self.expected.map(|seconds| seconds / 2.0));
        [half(self.runs.start..middle), half(middle..self.runs.end)]
    }
}

impl<'b, 'a> Shift<'b, 'a> {
    pub fn new(batch: &'b Batch<'a>) -> Self {
        Self {
            batch,
            next: 0,
            until: batch.len(),
            broken: None,
            again: BTreeMap::new(),
            rests: BTreeMap::new(),
            under_way: BTreeMap::new(),
            came: BTreeMap::new(),
            waiting: 0,
            told: 0,
            telling: Vec::new().into_iter(),
            failed: 0,
        }
    }

    pub fn batch(&self) -> &'b Batch<'a> {
        self.batch
    }

    /// Runs that were never given out.
    pub fn left(&self) -> usize {
        self.until.saturating_sub(self.next)
    }

    /// Whether there is anything to be given out again that was lost.
    pub fn has_lost(&self) -> bool {
        !self.again.is_empty()
    }

    /// Something that is to be given out again, and not where it was lost, if there are other machines.
    pub fn lost_one(&mut self, node: &str, nodes: &BTreeSet<String>) -> Option<Portion> {
        let first = *self.again.iter().find(|(_, portion)| portion.is_for(node, nodes))?.0;
        self.again.remove(&first)
    }

    /// Runs to be given out as many at a time as seems right: those that came back undone, or that never were, if what comes of them may
    /// wait.
    pub fn next_runs(&self, most_waiting: usize) -> Option<Range<usize>> {
        let rest = self.rests.first_key_value().map(|(start, end)| *start..*end);
        let has_room = self.next < self.until && self.waiting < most_waiting;
        rest.or_else(|| has_room.then_some(self.next..self.until))
    }

    /// Whether anything takes much longer than was thought.
    pub fn has_slow(&self) -> bool {
        self.under_way.values().any(|portion| portion.workers < MOST_COPIES && portion.late() > 1.0)
    }

    /// The portion that takes the longest of those that take much longer than was thought since a worker got it last, and that is not on
    /// this machine already, if there are others.
    pub fn slow_one(&mut self, node: &str, others: bool) -> Option<(Ticket, Range<usize>)> {
        let is_slow = |portion: &Portion| {
            let is_elsewhere = !others || !portion.on.iter().any(|on| on == node);
            let late = portion.late();
            portion.workers < MOST_COPIES && (late > 1.0 && is_elsewhere || late > 3.0)
        };
        let slow = self.under_way.iter_mut().filter(|(_, portion)| is_slow(portion));
        let (ticket, portion) = slow.min_by_key(|(_, portion)| portion.since)?;
        portion.workers += 1;
        portion.since = Instant::now();
        portion.on.push(node.to_owned());
        Some((*ticket, portion.runs()))
    }

    /// A portion is under way, on a machine.
    pub fn give(&mut self, ticket: Ticket, portion: Portion, node: &str) {
        let under_way = Portion { since: Instant::now(), workers: 1, on: vec![node.to_owned()], ..portion };
        self.under_way.insert(ticket, under_way);
    }

    /// The first ones of [`Shift::next_runs`], so many, are under way on a machine, of so much work, which will take so many seconds.
    pub fn give_next(
        &mut self,
        ticket: Ticket,
        (from, count): (&Range<usize>, usize),
        (work, expected): (f64, f64),
        node: &str,
    ) {
        let middle = from.start + count;
        if self.rests.remove(&from.start).is_none() {
            self.next = middle;
        } else if middle < from.end {
            self.rests.insert(middle, from.end);
        }
        self.give(ticket, Portion::new(from.start..middle, work, Some(expected)), node);
    }

    /// There are no runs from this one on.
    pub fn break_at(&mut self, run: usize, error: Error) {
        self.until = run;
        self.broken = Some(error);
    }

    /// Whether what has this ticket is still waited for.
    pub fn has(&self, ticket: Ticket) -> bool {
        self.under_way.contains_key(&ticket)
    }

    /// How many workers have what has this ticket.
    pub fn workers(&self, ticket: Ticket) -> usize {
        self.under_way.get(&ticket).map_or(1, |portion| portion.workers)
    }

    /// Whether runs that came are the first ones of what was given out.
    pub fn check(&self, ticket: Ticket, runs: &[(usize, Run)]) -> Result<(), String> {
        let portion = &self.under_way[&ticket];
        let numbers = portion.runs();
        if runs.is_empty()
            || runs.len() > numbers.len()
            || !runs.iter().map(|(number, _)| *number).eq(numbers.take(runs.len()))
        {
            return Err(format!("{} other runs came back than the {} that were given", runs.len(), portion.runs.len()));
        }
        Ok(())
    }

    /// The first runs of a portion, or all of it, came back, in so many bytes. Returns how much work they were.
    pub fn done(&mut self, ticket: Ticket, runs: Vec<(usize, Run)>, bytes: usize) -> f64 {
        let Some(portion) = self.under_way.remove(&ticket) else { return 0.0 };
        let (all, done) = (portion.runs.len() as f64, runs.len());
        let Range { start, end } = portion.runs;
        self.waiting += bytes;
        self.came.insert(start, Came::Runs(runs.into_iter().map(|(_, run)| run).collect(), bytes));
        if start + done < end {
            self.rests.insert(start + done, end);
        }
        portion.work * done as f64 / all
    }

    /// A worker was lost that had a portion, on one of these machines.
    pub fn lose(&mut self, ticket: Ticket, loss: Loss, nodes: &BTreeSet<String>) {
        let Some(portion) = self.under_way.get_mut(&ticket) else { return };
        portion.losses.push(loss);
        portion.workers -= 1;
        if portion.workers > 0 {
            return;
        }
        let Some(portion) = self.under_way.remove(&ticket) else { return };
        let first = portion.runs.start;
        if !portion.is_hopeless(nodes) {
            self.again.insert(first, Portion { since: Instant::now(), ..portion });
        } else if portion.runs.len() == 1 {
            self.failed += 1;
            self.came.insert(first, Came::Failed(portion.reason()));
        } else {
            // One of them is the reason, and the others shall not be lost with it.
            self.again.extend(portion.halves().map(|half| (half.runs.start, half)));
        }
    }

    /// How many runs could not be done.
    pub fn failed(&self) -> usize {
        self.failed
    }

    /// How the next run ended, if that is known.
    pub fn ready(&mut self) -> Result<Option<Ended>, Error> {
        loop {
            if let Some(run) = self.telling.next() {
                self.told += 1;
                return Ok(Some(Ok(run)));
            }
            match self.came.remove(&self.told) {
                None => return Ok(None),
                Some(Came::Runs(runs, bytes)) => {
                    self.waiting -= bytes;
                    self.telling = runs.into_iter();
                }
                Some(Came::Failed(reason)) => {
                    let job = self.batch.job(self.told)?;
                    self.told += 1;
                    return Ok(Some(Err(Failure { init: job.start().name.clone(), seed: job.seed, reason })));
                }
            }
        }
    }

    /// Whether all was told, and how it ended.
    pub fn end(&mut self) -> Option<Result<(), Error>> {
        (self.told == self.until).then(|| self.broken.take().map_or(Ok(()), Err))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::TaskSpec;
    use crate::task::Task;

    fn runs(task: &Task, numbers: Range<usize>) -> Vec<(usize, Run)> {
        let mut runs = task.run_all(1);
        numbers.map(|number| (number, runs.remove(0))).collect()
    }

    #[test]
    fn nothing_new_begins_while_as_much_waits_as_may() {
        let spec = "[data]\ndata = 'circles'\nsamples = [10, 0]\n[init]\nseeds = 10\n[training]\nsteps = 1";
        let task = Task::new(TaskSpec::from_toml(spec).unwrap()).unwrap();
        let batch = Batch::of(&task);
        let mut shift = Shift::new(&batch);
        for (ticket, first) in [(1, 0), (2, 2), (3, 4)] {
            let from = shift.next_runs(100).unwrap();
            assert_eq!(from, first..10);
            shift.give_next(ticket, (&from, 2), (1.0, 1.0), "a");
        }
        // The first ones are slow. What came after them waits, and when that is much nothing new is given out.
        shift.done(2, runs(&task, 2..4), 60);
        assert!(shift.ready().unwrap().is_none() && shift.next_runs(100) == Some(6..10));
        shift.done(3, runs(&task, 4..5), 60);
        // What came back undone is no more than was given out before.
        assert_eq!(shift.next_runs(100), Some(5..6));
        shift.give_next(4, (&(5..6), 1), (1.0, 1.0), "a");
        assert_eq!(shift.next_runs(100), None);
        shift.done(1, runs(&task, 0..2), 60);
        let told = std::iter::from_fn(|| shift.ready().unwrap()).count();
        assert_eq!((told, shift.next_runs(100)), (5, Some(6..10)));
        // One that came back undone turns out to be none: that is the end, though others behind it were given out.
        shift.break_at(5, Error::Usage("no such cell".to_owned()));
        assert_eq!((shift.left(), shift.next_runs(100)), (0, None));
        assert_eq!(shift.end().unwrap().unwrap_err().to_string(), "no such cell");
    }
}
