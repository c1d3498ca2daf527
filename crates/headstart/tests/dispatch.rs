//! Work that is given out to workers elsewhere: whatever becomes of these, nothing is lost and nothing told twice, and the bits are the same.

use headstart::engine::watch::Watch;
use headstart::error::Error;
use headstart::executor::dispatch::{Cluster, Dispatch, Event};
use headstart::executor::parcel::{Bench, Digest, Parcel, pack_runs};
use headstart::executor::{Batch, Each, Ended, Executor, Threads};
use headstart::run::Run;
use headstart::spec::TaskSpec;
use headstart::task::Task;
use proptest::prelude::*;
use proptest::test_runner::TestRng;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::{ControlFlow, Range};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// What may happen to workers.
#[derive(Clone, Debug, Default)]
struct Fate {
    /// So many machines with two workers each, at the beginning.
    nodes: usize,
    /// So many machines are lost, whatever their workers do, and others come.
    lost_nodes: usize,
    /// Workers that have one of these runs die of it, however often.
    deadly: BTreeSet<usize>,
    /// Parcels come back with their first runs only, now and then.
    is_partial: bool,
    /// These workers never answer.
    silent: BTreeSet<u64>,
    /// No worker can do anything.
    is_broken: bool,
}

/// What is seen of a cluster from outside.
#[derive(Debug, Default)]
struct Seen {
    /// The sizes of parcels, in the order given.
    parcels: Vec<usize>,
    recalled: Vec<u64>,
    samples: usize,
    ends: usize,
}

/// A cluster in this thread, whose workers do what they were given when they are asked what happened, in any order.
struct Simulated {
    fate: Fate,
    rng: TestRng,
    bench: Bench,
    /// Each on its machine, and with what it has to do.
    workers: BTreeMap<u64, (usize, Option<Vec<u8>>)>,
    known: BTreeSet<Digest>,
    news: Vec<Event>,
    next_node: usize,
    seen: Arc<Mutex<Seen>>,
}

impl Simulated {
    fn new(fate: Fate, seed: u64) -> (Self, Arc<Mutex<Seen>>) {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let seen = Arc::new(Mutex::new(Seen::default()));
        let mut new = Self {
            rng: TestRng::from_seed(proptest::test_runner::RngAlgorithm::ChaCha, &bytes),
            bench: Bench::default(),
            workers: BTreeMap::new(),
            known: BTreeSet::new(),
            news: Vec::new(),
            next_node: 0,
            seen: Arc::clone(&seen),
            fate,
        };
        for _ in 0..new.fate.nodes {
            new.join();
        }
        (new, seen)
    }

    fn any(&mut self, below: usize) -> usize {
        (self.rng.next_u64() % below.max(1) as u64) as usize
    }

    fn join(&mut self) {
        for i in 0..2 {
            let worker = 2 * self.next_node as u64 + i;
            self.workers.insert(worker, (self.next_node, None));
            self.news.push(Event::Joined { worker, node: format!("node {}", self.next_node), threads: 1 });
        }
        self.next_node += 1;
    }

    /// A machine is gone, and another one comes.
    fn lose(&mut self) {
        let nodes: BTreeSet<usize> = self.workers.values().map(|(node, _)| *node).collect();
        let Some(node) = nodes.iter().copied().nth(self.any(nodes.len())) else { return };
        let gone: Vec<u64> =
            self.workers.iter().filter(|(_, (at, _))| *at == node).map(|(worker, _)| *worker).collect();
        for worker in gone {
            self.workers.remove(&worker);
            self.news.push(Event::Left { worker, reason: "the node is gone".to_owned(), with_node: true });
        }
        self.join();
    }

    fn work(&mut self, worker: u64, parcel: &[u8]) {
        let parcel = Parcel::from_bytes(parcel).unwrap();
        let mut runs = Vec::new();
        self.bench.run(&parcel, 1, &Watch::default(), |number, run| runs.push((number, run))).unwrap();
        if self.fate.is_broken {
            self.news.push(Event::Failed { worker, reason: "nothing works".to_owned() });
        } else if runs.iter().any(|(number, _)| self.fate.deadly.contains(number)) {
            let (node, _) = self.workers.remove(&worker).unwrap();
            self.news.push(Event::Left { worker, reason: "out of memory".to_owned(), with_node: false });
            // Another one takes its place.
            let next = 1_000_000 + worker;
            self.workers.insert(next, (node, None));
            self.news.push(Event::Joined { worker: next, node: format!("node {node}"), threads: 1 });
        } else {
            if self.fate.is_partial && self.any(2) == 0 {
                let kept = 1 + self.any(runs.len());
                runs.truncate(kept);
            }
            self.news.push(Event::Done { worker, runs: pack_runs(&runs).unwrap(), seconds: 0.001 * runs.len() as f64 });
        }
    }
}

impl Cluster for Simulated {
    fn wait(&mut self, _within: Duration) -> Result<Vec<Event>, Error> {
        if self.fate.lost_nodes > 0 && self.any(4) == 0 {
            self.fate.lost_nodes -= 1;
            self.lose();
        }
        let busy: Vec<u64> = self.workers.iter().filter(|(_, (_, has))| has.is_some()).map(|(id, _)| *id).collect();
        for worker in busy {
            if self.any(2) == 0 && !self.fate.silent.contains(&worker) {
                let parcel = self.workers.get_mut(&worker).and_then(|(_, has)| has.take()).unwrap();
                self.work(worker, &parcel);
            }
        }
        let count = self.news.len();
        for i in (1..count).rev() {
            // Who joins has to be known before it does anything.
            let j = self.any(i + 1);
            if !matches!((&self.news[i], &self.news[j]), (Event::Joined { .. }, _) | (_, Event::Joined { .. })) {
                self.news.swap(i, j);
            }
        }
        Ok(std::mem::take(&mut self.news))
    }

    fn lacks(&mut self, samples: &[Digest]) -> Result<Vec<Digest>, Error> {
        Ok(samples.iter().copied().filter(|digest| !self.known.contains(digest)).collect())
    }

    fn give(
        &mut self,
        worker: u64,
        parcel: Vec<u8>,
        needs: &[Digest],
        samples: Vec<(Digest, Vec<u8>)>,
    ) -> Result<(), Error> {
        for (digest, content) in samples {
            self.seen.lock().unwrap().samples += 1;
            self.known.insert(digest);
            self.bench.add(digest, &content)?;
        }
        assert!(needs.iter().all(|digest| self.known.contains(digest)));
        self.seen.lock().unwrap().parcels.push(Parcel::from_bytes(&parcel)?.len());
        // One that is gone, of which it was not told yet, hears nothing.
        if let Some((_, has)) = self.workers.get_mut(&worker) {
            assert!(has.is_none(), "one parcel at a time");
            *has = Some(parcel);
        }
        Ok(())
    }

    fn recall(&mut self, worker: u64) {
        self.seen.lock().unwrap().recalled.push(worker);
        if let Some((_, has)) = self.workers.get_mut(&worker) {
            *has = None;
            self.news.push(Event::Done { worker, runs: pack_runs(&[]).unwrap(), seconds: 0.0 });
        }
    }

    fn dismiss(&mut self, worker: u64) {
        self.workers.remove(&worker);
    }

    fn end(&mut self) {
        self.seen.lock().unwrap().ends += 1;
        self.workers.clear();
        self.news.clear();
        self.join();
    }
}

fn task(text: &str) -> Task {
    Task::new(TaskSpec::from_toml(text).unwrap()).unwrap()
}

const SMALL: &str = "[data]\ndata = 'circles'\nsamples = [20, 10]\n[init]\ninit = 'he,normal:1e200,normal:0.1'\nseeds = 20\n\
                     [training]\nsteps = 3\nlr = 0.1";

/// Runs, without what may differ.
fn told(executor: &impl Executor, batch: &Batch<'_>) -> Vec<Ended> {
    let mut told = Vec::new();
    let each = &mut |ended: Ended| {
        told.push(ended.map(|run| Run { seconds: 0.0, ..run }));
        ControlFlow::Continue(())
    };
    executor.run(batch, &Watch::default(), each as &mut Each<'_>).unwrap();
    told
}

/// Losses that are no numbers have bits, too.
fn bits(runs: &[Ended]) -> Vec<String> {
    let loss = |ended: &Ended| ended.as_ref().map(|run| run.train.loss.to_bits()).unwrap_or_default();
    runs.iter().map(|ended| format!("{ended:?} {}", loss(ended))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Machines are lost and come, parcels come back in part, workers die of some runs: those alone are failures, and name their machines.
    #[test]
    fn nothing_is_lost_and_nothing_told_twice(
        nodes in 2_usize..5, lost_nodes in 0_usize..8, is_partial: bool, seed: u64,
        deadly in prop::collection::btree_set(0_usize..60, 0..3),
    ) {
        let task = task(SMALL);
        let batch = Batch::of(&task);
        let fate = Fate { nodes, lost_nodes, deadly: deadly.clone(), is_partial, ..Fate::default() };
        let (cluster, seen) = Simulated::new(fate, seed);
        let got = told(&Dispatch::new(cluster, 1), &batch);
        let (here, mut got_bits) = (bits(&told(&Threads(1), &batch)), bits(&got));
        for run in &deadly {
            let job = batch.job(*run).unwrap();
            let failure = got[*run].as_ref().unwrap_err();
            prop_assert_eq!((&failure.init, failure.seed), (&job.start().name, job.seed));
            prop_assert!(failure.reason.matches("out of memory").count() >= 2, "{}", failure.reason);
            got_bits[*run] = here[*run].clone();
        }
        prop_assert_eq!(got_bits, here);
        prop_assert_eq!(seen.lock().unwrap().samples, 1);
    }
}

#[test]
fn where_there_is_one_machine_only_two_losses_are_enough() {
    let task = task(SMALL);
    let fate = Fate { nodes: 1, deadly: [7].into(), ..Fate::default() };
    let got = told(&Dispatch::new(Simulated::new(fate, 1).0, 1), &Batch::of(&task));
    let failed: Vec<usize> = (0..60).filter(|run| got[*run].is_err()).collect();
    assert_eq!(failed, [7]);
    let sentence = got[7].as_ref().unwrap_err().to_string();
    assert_eq!(sentence, "the run of he with seed 8 could not be done: on node 0: out of memory");
}

#[test]
fn what_a_worker_never_answers_is_done_by_another_one() {
    let task = task(SMALL);
    // Whoever takes it over may not answer either.
    let fate = Fate { nodes: 2, silent: [0, 2].into(), ..Fate::default() };
    let (cluster, seen) = Simulated::new(fate, 2);
    let batch = Batch::of(&task);
    assert_eq!(bits(&told(&Dispatch::new(cluster, 1), &batch)), bits(&told(&Threads(1), &batch)));
    assert!(seen.lock().unwrap().recalled.contains(&0));
}

#[test]
fn work_that_is_stopped_ends_at_once_and_that_of_which_is_enough_is_recalled() {
    let task = task(&SMALL.replace("steps = 3", "steps = 3\nrecord-every = 1"));
    let (cluster, seen) = Simulated::new(Fate { nodes: 2, silent: [0].into(), ..Fate::default() }, 3);
    let (executor, watch) = (Dispatch::new(cluster, 1), Watch::default());
    let mut count = 0;
    let enough = &mut |_: Ended| {
        count += 1;
        if count < 5 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    };
    executor.run(&Batch::of(&task), &watch, enough as &mut Each<'_>).unwrap();
    assert_eq!((count, seen.lock().unwrap().ends), (5, 0));
    assert!(seen.lock().unwrap().recalled.contains(&0));
    // What comes of it later is nobody's, and the next batch is done by the same workers.
    assert_eq!(bits(&told(&executor, &Batch::of(&task))), bits(&told(&Threads(1), &Batch::of(&task))));

    let mut stopped = Instant::now();
    let mut count = 0;
    let each = &mut |_: Ended| {
        count += 1;
        watch.stop();
        stopped = Instant::now();
        ControlFlow::Continue(())
    };
    executor.run(&Batch::of(&task), &watch, each as &mut Each<'_>).unwrap();
    assert!(count == 1 && stopped.elapsed() < Duration::from_secs(1));
    assert_eq!(seen.lock().unwrap().ends, 1);
}

/// However many runs fail one after the other: those behind them are done.
#[test]
fn many_runs_that_fail_hold_nobody_up() {
    let task = task(&SMALL.replace("seeds = 20", "seeds = 200"));
    let fate = Fate { nodes: 2, deadly: (150..400).collect(), ..Fate::default() };
    let got = told(&Dispatch::new(Simulated::new(fate, 7).0, 1), &Batch::of(&task));
    let failed: Vec<usize> = (0..600).filter(|run| got[*run].is_err()).collect();
    assert_eq!(failed, (150..400).collect::<Vec<_>>());
}

#[test]
fn a_cluster_on_which_nothing_works_says_so() {
    let task = task(SMALL);
    let (cluster, _) = Simulated::new(Fate { nodes: 2, is_broken: true, ..Fate::default() }, 4);
    let each = &mut |_: Ended| ControlFlow::Continue(());
    let error = Dispatch::new(cluster, 1).run(&Batch::of(&task), &Watch::default(), each as &mut Each<'_>).unwrap_err();
    let sentence = error.to_string();
    assert!(sentence.starts_with("the first 20 runs that were tried all failed; the last one on node"), "{sentence}");
    assert!(sentence.ends_with("nothing works") && !error.is_usage(), "{sentence}");
}

#[test]
fn a_job_that_cannot_be_made_ends_the_batch_behind_those_before_it() {
    let task = task(SMALL);
    let made = |i: usize| if i < 23 { Ok(task.job(i)) } else { Err(Error::Usage("no such cell".to_owned())) };
    let mut count = 0;
    let each = &mut |_: Ended| {
        count += 1;
        ControlFlow::Continue(())
    };
    let (cluster, _) = Simulated::new(Fate { nodes: 2, is_partial: true, ..Fate::default() }, 5);
    let ended = Dispatch::new(cluster, 1).run(&Batch::made(60, made), &Watch::default(), each as &mut Each<'_>);
    assert_eq!((count, ended.unwrap_err().to_string()), (23, "no such cell".to_owned()));
}

#[test]
fn what_asks_for_runs_while_runs_are_told_gets_them_here() {
    let task = task(SMALL);
    let (cluster, _) = Simulated::new(Fate { nodes: 2, ..Fate::default() }, 6);
    let executor = Dispatch::new(cluster, 1);
    let few = |runs: Range<usize>| Batch::new(runs.len(), |i| task.job(i));
    let mut inner = Vec::new();
    let each = &mut |_: Ended| {
        inner = told(&executor, &few(0..2));
        ControlFlow::Continue(())
    };
    executor.run(&few(0..3), &Watch::default(), each as &mut Each<'_>).unwrap();
    assert_eq!(bits(&inner), bits(&told(&Threads(1), &few(0..2))));
}
