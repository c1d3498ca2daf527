//! The engine as a trainer: trials become jobs of tasks with parts held out, and runs become answers.

mod depth;
mod ground;
mod help;
mod remedy;

use super::candidates::families;
use super::trainer::{Answer, Ask, Details, Probe, Purpose, Samples, Trainer, Trial, way};
use crate::data::Kind;
use crate::error::Error;
use crate::executor::Checkpoint;
use crate::host::Host;
use crate::probe::{self, Profile};
use crate::run::Run;
use crate::spec::{Inits, Precision, Seeds, TaskSpec};
use crate::task::{Job, Task};
use headstart_engine::init::Initialization;
use headstart_engine::watch::Watch;
pub(super) use help::finish;
use std::collections::HashMap;
use std::sync::Arc;

/// The share of the training samples that is held out, and how many different parts.
const HELD_OUT: f64 = 0.25;
const PARTS: usize = 8;

/// Bytes that trainings may take which are paused, to go on later.
const PAUSED: usize = 1 << 28;

/// Seeds of each start that is looked at layer by layer.
const PROBED: usize = 10;

/// Trains a task's network.
pub(super) struct Engine<'a> {
    whole: &'a Task,
    /// The same with a part of the training samples in the place of the test samples.
    parts: Vec<Task>,
    host: &'a Host<'a>,
    /// Trainings that were paused, by their trial: the step, and where they stand, where that is known here.
    paused: HashMap<u64, (u64, Option<Checkpoint>)>,
    /// Updates that were done for answers and for what might help, each counted once, wherever a training went on.
    steps: u64,
}

impl<'a> Engine<'a> {
    /// Where the host does it.
    ///
    /// # Errors
    /// If there are too few training samples to hold any out.
    pub fn new(whole: &'a Task, host: &'a Host<'a>) -> Result<Self, Error> {
        let dataset = &whole.dataset;
        let classify = matches!(dataset.kind, Kind::Classes(_));
        let narrow = |mut spec: TaskSpec| {
            spec.training.precision = Some(Precision::F32);
            spec
        };
        let part = |part: usize| {
            let data = Arc::new(dataset.holding_out(HELD_OUT, part as u64)?);
            // Half the digits are enough to see who is ahead in accuracy, and take half the time; but not all numbers are any there.
            let narrow = classify.then(|| Task::of(Arc::clone(&data), narrow(whole.spec.clone())));
            Some(narrow.and_then(Result::ok).map_or_else(|| Task::of(data, whole.spec.clone()), Ok))
        };
        let parts: Vec<Task> = (0..PARTS).filter_map(part).collect::<Result<_, _>>()?;
        if parts.is_empty() {
            return Err(Error::Usage(format!(
                "{}: too few training samples to hold any out, and without that nothing can be said; use a known start, as \
                 in headstart train --init {}",
                dataset.name,
                families(whole.network())[0].name
            )));
        }
        Ok(Self { whole, parts, host, paused: HashMap::new(), steps: 0 })
    }

    /// The task of trials that differ in start, seed and samples at the most, on these samples and from these starts.
    fn task(&self, on: Samples, like: &Trial, inits: &[Initialization]) -> Result<Task, Error> {
        let task = match on {
            Samples::Without(part) => &self.parts[part],
            Samples::All => self.whole,
        };
        let mut spec = task.spec.clone();
        (spec.init.init, spec.init.seeds) = (Inits(inits.to_vec()), Seeds::Count(1));
        if like.lr != task.training().lr {
            spec.training.lr = Some(like.lr);
        }
        if like.length != task.steps() as u64 {
            (spec.training.epochs, spec.training.steps) = (None, Some(like.length as usize));
        }
        if let Some(record) = like.record {
            spec.training.record_every = Some(record as usize);
        }
        task.vary(spec)
    }

    /// Does trials that differ in start, seed and samples at the most.
    fn train_alike(&mut self, trials: &[&Trial], answers: &mut Vec<Answer>) -> Result<(), Error> {
        let like = trials[0];
        let mut names: Vec<&str> = Vec::new();
        let mut tasks: Vec<(Samples, Task)> = Vec::new();
        for trial in trials {
            if !names.contains(&trial.start.init.as_str()) {
                names.push(&trial.start.init);
            }
        }
        let inits: Vec<Initialization> = names.iter().map(|name| name.parse()).collect::<Result<_, _>>()?;
        for trial in trials {
            if !tasks.iter().any(|(on, _)| *on == trial.on) {
                tasks.push((trial.on, self.task(trial.on, like, &inits)?));
            }
        }
        let place = |trial: &&Trial| {
            let task = tasks.iter().position(|(on, _)| *on == trial.on).unwrap_or_default();
            (task, names.iter().position(|name| *name == trial.start.init).unwrap_or_default())
        };
        let places: Vec<(usize, usize)> = trials.iter().map(place).collect();
        let job = |i: usize| {
            let (task, init) = places[i];
            Job { seed: trials[i].seed, ..tasks[task].1.job_of(init, 0) }
        };
        let mut paused = |trial: &&Trial| trial.goes_on.and_then(|id| self.paused.remove(&id)).unzip();
        let (before, from): (Vec<Option<u64>>, Vec<Option<Option<Checkpoint>>>) =
            trials.iter().map(&mut paused).unzip();
        let from = from.into_iter().map(Option::flatten).collect();
        let is_whole = like.until >= like.length;
        let until = if is_whole { usize::MAX } else { like.until as usize };
        let has_room = trials.len().saturating_mul(Checkpoint::bytes(&tasks[0].1)) <= PAUSED;
        let mut begun = 0;
        self.host.go_on(job, from, until, |run, next| {
            let trial = trials[begun];
            if run.status != "stopped" {
                // The same wherever it is trained: from where it stands, or again from its start.
                let is_paused = has_room && !is_whole && run.is_finished() && run.steps as u64 == like.until;
                if is_paused {
                    self.paused.insert(trial.id, (like.until, next));
                }
                let answer = answer(trial, run, before[begun].unwrap_or(0), is_paused);
                self.steps += answer.steps;
                answers.push(answer);
            }
            begun += 1;
        })
    }
}

impl Trainer for Engine<'_> {
    fn train(&mut self, ask: &Ask, _: &Watch) -> Result<Vec<Answer>, Error> {
        if ask.purpose == Purpose::Evidence {
            self.paused.clear();
        }
        let mut answers = Vec::with_capacity(ask.trials.len());
        let mut left: Vec<&Trial> = ask.trials.iter().collect();
        while let Some(first) = left.first().copied() {
            let is_alike = |trial: &&Trial| {
                let of = |trial: &Trial| (trial.lr, trial.length, trial.until, trial.record);
                of(trial) == of(first)
            };
            let (alike, others): (Vec<&Trial>, Vec<&Trial>) = left.into_iter().partition(is_alike);
            self.train_alike(&alike, &mut answers)?;
            left = others;
        }
        Ok(answers)
    }

    fn probe(&mut self, probe: &Probe, watch: &Watch) -> Result<Option<Vec<Profile>>, Error> {
        let mut spec = self.whole.spec.clone();
        let inits = probe.starts.iter().map(|start| start.init.parse());
        spec.init.init = Inits(inits.collect::<Result<Vec<Initialization>, _>>()?);
        (spec.init.seed, spec.init.seeds) = (probe.seed, Seeds::Count(PROBED));
        spec.training.lr = Some(probe.lr);
        spec.training.looks();
        Ok(probe::profiles(&self.whole.vary(spec)?, self.host.threads(), watch))
    }
}

/// A run as an answer; so many of its steps were done before.
fn answer(trial: &Trial, run: Run, before: u64, paused: bool) -> Answer {
    Answer {
        trial: trial.id,
        diverged: !run.is_finished(),
        train: run.train,
        held: run.test,
        way: way(&run.trace, trial.until),
        steps: (run.steps as u64).saturating_sub(before),
        paused,
        details: match trial.on {
            // Nobody looks at more of these.
            Samples::Without(_) => Details::default(),
            Samples::All => Details {
                trace: run.trace,
                targets: run.targets,
                reached: run.reached,
                best: run.best,
                seconds: run.seconds,
            },
        },
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Question, Race, task};
    use super::*;

    fn question(text: &str) -> Question {
        Question { spec: TaskSpec::from_toml(text).unwrap(), search_lr: false, budget: None }
    }

    #[test]
    fn what_was_paused_goes_on_to_the_end_that_it_would_have_had_at_once() {
        for more in ["optimizer = 'adam'\nlr = 0.01", "optimizer = 'sgd'\nbatch = 16\nlr = 0.1\nlr-schedule = 'cosine'"]
        {
            let question = question(&format!(
                "[data]\ndata = 'moons'\nsamples = [64, 32]\n[network]\nlayers = '_,6,_'\n[training]\nsteps = 40\n{more}\n"
            ));
            let task = task(&question).unwrap();
            let watch = Watch::default();
            let host = Host::here(2);
            let mut engine = Engine::new(&task, &host).unwrap();
            let race = Race::new(engine.setting().unwrap(), false, None).unwrap();
            let mut ask = race.ask().unwrap();
            ask.trials.truncate(5);
            let early = engine.train(&ask, &watch).unwrap();
            assert!(early.iter().all(|answer| answer.paused && answer.steps == 10));
            let whole = |goes_on: fn(&Trial) -> Option<u64>| {
                let trial =
                    |trial: &Trial| Trial { until: 40, goes_on: goes_on(trial), id: trial.id + 1_000, ..trial.clone() };
                Ask { trials: ask.trials.iter().map(trial).collect(), ..ask }
            };
            let paused = engine.train(&whole(|trial| Some(trial.id)), &watch).unwrap();
            let at_once = engine.train(&whole(|_| None), &watch).unwrap();
            for (paused, at_once) in paused.iter().zip(&at_once) {
                assert_eq!([paused.steps, at_once.steps], [30, 40]);
                assert_eq!(Answer { steps: 40, ..paused.clone() }, *at_once, "{more}");
            }
        }
    }

    #[test]
    fn starts_are_those_of_the_grammar() {
        for activation in ["relu", "tanh", "selu", "gelu", "sigmoid"] {
            for layers in ["_,_", "_,6,_", "_,6,6,6,6,6,6,6,6,_"] {
                let question = question(&format!(
                    "[data]\ndata = 'moons'\nsamples = [64, 32]\n[network]\nlayers = '{layers}'\nactivation = '{activation}'\n"
                ));
                let task = task(&question).unwrap();
                let setting = Engine::new(&task, &Host::here(1)).unwrap().setting().unwrap();
                setting.check().unwrap();
                assert_eq!(setting.usual(), families(task.network())[0].name);
                for (scheme, family) in setting.schemes.iter().zip(families(task.network())) {
                    for &gain in family.gains {
                        assert_eq!(scheme.init(gain), family.init(gain).to_string());
                        let layered = scheme.start_by_layer(gain, [0.0625, 16.0], setting.layers).init;
                        let init: Initialization = layered.parse().unwrap();
                        assert_eq!((init.to_string(), init.check(task.network()).is_ok()), (layered, true));
                    }
                }
            }
        }
    }
}
