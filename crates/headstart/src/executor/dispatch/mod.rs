//! An executor whose workers are elsewhere and come and go: it gives out parcels, and loses nothing.
//!
//! A [`Cluster`] is whatever takes parcels to workers and says what became of them; all that has to be decided is decided here. Parcels
//! are as large as makes what each costs besides small (`cost`), the runs of one that is lost are done again (`shift`), results wait
//! for those before them as long as there is room, and a worker with nothing to do takes over what another one is slow with. A run
//! depends on nothing but its job, so whoever does it how often: the bits are the same.

mod cost;
mod shift;

use super::parcel::{Digest, Packer, Parcel, unpack_runs};
use super::{Batch, Crew, Each, Executor, Threads};
use crate::error::Error;
use crate::run::Run;
use crate::task::Job;
use cost::Cost;
use headstart_engine::watch::Watch;
use shift::{Loss, Shift, Ticket};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::{Mutex, PoisonError, TryLockError};
use std::time::{Duration, Instant};

/// Workers elsewhere, each of which does one parcel at a time, with [`Bench`](super::parcel::Bench).
pub trait Cluster: Send {
    /// What happened since it was asked last; waits for the first thing as long as that.
    ///
    /// # Errors
    /// If there can be no workers, or their numbers could be others than those of this program.
    fn wait(&mut self, within: Duration) -> Result<Vec<Event>, Error>;

    /// Those of some samples that have not been given to it.
    ///
    /// # Errors
    /// If it is gone.
    fn lacks(&mut self, samples: &[Digest]) -> Result<Vec<Digest>, Error>;

    /// Gives a worker a parcel that needs these samples, and those of them that it lacked. A worker that is gone is an event, and no error.
    ///
    /// # Errors
    /// If the cluster is gone.
    fn give(
        &mut self,
        worker: u64,
        parcel: Vec<u8>,
        needs: &[Digest],
        samples: Vec<(Digest, Vec<u8>)>,
    ) -> Result<(), Error>;

    /// Tells a worker that nobody waits for what it does: it ends soon, with whatever there is by then.
    fn recall(&mut self, worker: u64);

    /// Ends a worker that does not hear; another one may join.
    fn dismiss(&mut self, worker: u64);

    /// Ends all workers at once, whatever they do. Others join when there is work again.
    fn end(&mut self);
}

/// What happens to a worker.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// It is there, and has nothing to do.
    Joined {
        /// Its number, which no other one has or had.
        worker: u64,
        /// Its machine.
        node: String,
        /// How many threads it works on.
        threads: usize,
    },
    /// It is gone.
    Left {
        /// Which one.
        worker: u64,
        /// Why, in a few words.
        reason: String,
        /// Whether its machine went with it, which says nothing of what it did.
        with_node: bool,
    },
    /// It has done its parcel, or the first runs of it.
    Done {
        /// Which one.
        worker: u64,
        /// The runs, as [`pack_runs`](super::parcel::pack_runs) has them.
        runs: Vec<u8>,
        /// How long it worked.
        seconds: f64,
    },
    /// It could not do its parcel, and is ready for another one.
    Failed {
        /// Which one.
        worker: u64,
        /// Why.
        reason: String,
    },
}

/// How long is waited for events before the watch is looked at.
const TICK: Duration = Duration::from_millis(40);

/// After so long a worker that was recalled is held to be hung.
const DEAF: Duration = Duration::from_secs(10);

/// So many runs that could not be done are enough, where none could.
const MOST_FAILED: usize = 20;

/// Results that may wait for those before them, in bytes as they travel.
const MOST_WAITING: usize = 256 << 20;

/// An executor of the workers of a cluster.
pub struct Dispatch<C: Cluster> {
    desk: Mutex<Desk<C>>,
    crew: Mutex<Crew>,
    threads: usize,
}

impl<C: Cluster> Dispatch<C> {
    /// Of a cluster. On so many threads of this process are done the runs that are asked for while others are under way, as what is told
    /// of one asks for more.
    pub fn new(cluster: C, threads: usize) -> Self {
        let desk =
            Desk { cluster, packer: Packer::default(), members: BTreeMap::new(), cost: Cost::default(), tickets: 0 };
        Self { desk: Mutex::new(desk), crew: Mutex::default(), threads }
    }
}

impl<C: Cluster> Drop for Dispatch<C> {
    fn drop(&mut self) {
        self.desk.get_mut().unwrap_or_else(PoisonError::into_inner).cluster.end();
    }
}

impl<C: Cluster> Executor for Dispatch<C> {
    fn run(&self, batch: &Batch<'_>, watch: &Watch, each: &mut Each<'_>) -> Result<(), Error> {
        let mut desk = match self.desk.try_lock() {
            Ok(desk) => desk,
            Err(TryLockError::Poisoned(desk)) => desk.into_inner(),
            Err(TryLockError::WouldBlock) => return Threads(self.threads).run(batch, watch, each),
        };
        let ended = desk.run(batch, watch, each, &self.crew);
        if ended.is_err() || watch.is_stopped() {
            desk.end();
            *self.crew.lock().unwrap_or_else(PoisonError::into_inner) = Crew::default();
        }
        ended
    }

    fn crew(&self) -> Option<Crew> {
        Some(*self.crew.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Where work is given out: all that is known of the workers.
struct Desk<C> {
    cluster: C,
    packer: Packer,
    members: BTreeMap<u64, Member>,
    cost: Cost,
    /// Tickets that were given out.
    tickets: Ticket,
}

/// A worker.
struct Member {
    node: String,
    threads: usize,
    /// The ticket of the parcel that it has.
    busy: Option<Ticket>,
    /// Since when nobody waits for that, and it was told so.
    recalled: Option<Instant>,
}

impl<C: Cluster> Desk<C> {
    fn run(&mut self, batch: &Batch<'_>, watch: &Watch, each: &mut Each<'_>, crew: &Mutex<Crew>) -> Result<(), Error> {
        if batch.is_empty() {
            return Ok(());
        }
        let mut shift = Shift::new(batch);
        // Since the last batch workers may have gone.
        let mut within = Duration::ZERO;
        loop {
            let events = self.cluster.wait(within)?;
            within = TICK;
            let changes = events.iter().any(|event| matches!(event, Event::Joined { .. } | Event::Left { .. }));
            for event in events {
                self.heed(event, &mut shift, watch)?;
            }
            self.dismiss_deaf();
            if changes {
                *crew.lock().unwrap_or_else(PoisonError::into_inner) = self.crew();
            }
            self.give_out(&mut shift)?;
            while let Some(ended) = shift.ready()? {
                if each(ended).is_break() {
                    self.recall_all();
                    return Ok(());
                }
                if watch.is_stopped() {
                    return Ok(());
                }
            }
            if let Some(end) = shift.end() {
                self.recall_all();
                return end;
            }
            if watch.is_stopped() {
                return Ok(());
            }
        }
    }

    fn crew(&self) -> Crew {
        Crew { nodes: self.nodes().len(), workers: self.members.len() }
    }

    /// Gives whoever has nothing to do what is to be done.
    fn give_out(&mut self, shift: &mut Shift<'_, '_>) -> Result<(), Error> {
        let idle = |(worker, member): (&u64, &Member)| {
            member.busy.is_none().then(|| (*worker, member.node.clone(), member.threads))
        };
        let idle: Vec<_> = self.members.iter().filter_map(idle).collect();
        let nodes = if idle.is_empty() { BTreeSet::new() } else { self.nodes() };
        let threads = self.members.values().map(|member| member.threads).sum();
        for (worker, node, of_worker) in idle {
            let Some((ticket, parcel)) = self.next_parcel(shift, (&node, &nodes), (of_worker, threads))? else {
                // There may be something for one on another machine.
                if shift.has_lost() || shift.has_slow() {
                    continue;
                }
                break;
            };
            self.give(worker, &parcel)?;
            self.members.entry(worker).and_modify(|member| member.busy = Some(ticket));
        }
        Ok(())
    }

    /// What is next for a worker on a machine, one of these, that has so many threads of all that there are.
    fn next_parcel(
        &mut self,
        shift: &mut Shift<'_, '_>,
        (node, nodes): (&str, &BTreeSet<String>),
        (of_worker, threads): (usize, usize),
    ) -> Result<Option<(Ticket, Parcel)>, Error> {
        if let Some(portion) = shift.lost_one(node, nodes) {
            let parcel = self.packer.pack(shift.batch(), portion.runs())?;
            self.tickets += 1;
            shift.give(self.tickets, portion, node);
            return Ok(Some((self.tickets, parcel)));
        }
        if let Some(runs) = shift.next_runs(MOST_WAITING) {
            let target = self.cost.target(shift.left(), threads);
            let mut work = 0.0;
            let is_enough = |job: &Job<'_>| {
                work += cost::work(job, shift.batch().steps());
                let is_enough = self.cost.seconds(work) >= target.as_secs_f64() * of_worker as f64;
                if is_enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            };
            let parcel = match self.packer.pack_some(shift.batch(), runs.clone(), is_enough) {
                Ok(parcel) => parcel,
                Err(error) => {
                    shift.break_at(runs.start, error);
                    return Ok(None);
                }
            };
            let expected = self.cost.seconds(work) / of_worker as f64;
            self.tickets += 1;
            shift.give_next(self.tickets, (&runs, parcel.len()), (work, expected), node);
            return Ok(Some((self.tickets, parcel.within(cost::patience(target)))));
        }
        let slow = shift.slow_one(node, nodes.len() > 1);
        slow.map(|(ticket, runs)| Ok((ticket, self.packer.pack(shift.batch(), runs)?))).transpose()
    }

    /// The machines that there are.
    fn nodes(&self) -> BTreeSet<String> {
        self.members.values().map(|member| member.node.clone()).collect()
    }

    fn give(&mut self, worker: u64, parcel: &Parcel) -> Result<(), Error> {
        let needs: BTreeSet<Digest> = parcel.needs().collect();
        let needs: Vec<Digest> = needs.into_iter().collect();
        let mut samples = Vec::new();
        for digest in self.cluster.lacks(&needs)? {
            if let Some(content) = self.packer.content(digest)? {
                samples.push((digest, content));
            }
        }
        self.cluster.give(worker, parcel.to_bytes()?, &needs, samples)
    }

    fn heed(&mut self, event: Event, shift: &mut Shift<'_, '_>, watch: &Watch) -> Result<(), Error> {
        let (worker, came) = match event {
            Event::Joined { worker, node, threads } => {
                self.members.insert(worker, Member { node, threads, busy: None, recalled: None });
                return Ok(());
            }
            Event::Left { worker, reason, with_node } => {
                if let Some(Member { node, busy: Some(ticket), .. }) = self.members.remove(&worker) {
                    self.lose(shift, ticket, Loss { node, reason, with_node })?;
                }
                return Ok(());
            }
            Event::Done { worker, runs, seconds } => (worker, Ok((runs, seconds))),
            Event::Failed { worker, reason } => (worker, Err(reason)),
        };
        let Some(member) = self.members.get_mut(&worker) else { return Ok(()) };
        let (node, threads) = (member.node.clone(), member.threads);
        // It may have been told long ago that nobody waits for it.
        member.recalled = None;
        let Some(ticket) = member.busy.take().filter(|ticket| shift.has(*ticket)) else { return Ok(()) };
        let done = came.and_then(|(runs, seconds)| {
            let bytes = runs.len();
            let runs = unpack_runs(&runs).map_err(|error| error.to_string())?;
            shift.check(ticket, &runs).map(|()| (runs, bytes, seconds))
        });
        match done {
            Ok((runs, bytes, seconds)) => {
                watch.add(runs.iter().map(|(_, run): &(usize, Run)| run.steps as u64).sum());
                let count = runs.len();
                let has_others = shift.workers(ticket) > 1;
                let work = shift.done(ticket, runs, bytes);
                self.cost.learn(work, seconds * threads as f64, count);
                if has_others {
                    self.recall(ticket);
                }
                Ok(())
            }
            Err(reason) => self.lose(shift, ticket, Loss { node, reason, with_node: false }),
        }
    }

    fn lose(&self, shift: &mut Shift<'_, '_>, ticket: Ticket, loss: Loss) -> Result<(), Error> {
        let reason = loss.in_words();
        shift.lose(ticket, loss, &self.nodes());
        // A cluster on which nothing works at all shall say so, and not try every run of a million twice.
        if self.cost.is_known() || shift.failed() < MOST_FAILED {
            return Ok(());
        }
        let failed = shift.failed();
        Err(Error::Cluster(format!("the first {failed} runs that were tried all failed; the last one {reason}")))
    }

    /// Tells those who do what has this ticket that nobody waits for it.
    fn recall(&mut self, ticket: Ticket) {
        for (worker, member) in self.members.iter_mut().filter(|(_, member)| member.busy == Some(ticket)) {
            member.recalled.get_or_insert_with(Instant::now);
            self.cluster.recall(*worker);
        }
    }

    /// Ends workers that do not hear that nobody waits for them.
    fn dismiss_deaf(&mut self) {
        let is_deaf = |member: &Member| member.recalled.is_some_and(|since| since.elapsed() > DEAF);
        let deaf: Vec<u64> = self.members.iter().filter(|(_, member)| is_deaf(member)).map(|(id, _)| *id).collect();
        for worker in deaf {
            self.members.remove(&worker);
            self.cluster.dismiss(worker);
        }
    }

    fn recall_all(&mut self) {
        let busy: BTreeSet<Ticket> = self.members.values().filter_map(|member| member.busy).collect();
        for ticket in busy {
            self.recall(ticket);
        }
    }

    fn end(&mut self) {
        self.cluster.end();
        self.members.clear();
    }
}
