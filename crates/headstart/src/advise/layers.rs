//! Questions of single layers: whether the first or the last one is better off with a gain of its own.
//!
//! The first layer decides how fine a structure of the inputs is seen (Sitzmann et al. 2020, section 3.2), the last one how sure the
//! network is of what it does not know yet; the layers between are alike. So these two are asked about, around the start that the
//! race found: a sixteenth to sixteen times its gain, for the first part of the steps; what is ahead there goes on to the end. What
//! is ahead there, too, is shown beside the others in the evidence, which decides.

use super::judge::Seen;
use super::race::{Race, Trial};
use crate::error::Error;
use crate::executor::Checkpoint;
use crate::stats::{deviation, mean};
use headstart_engine::init::{Initialization, Scheme};
use serde::Serialize;

/// Times the gain of the others.
const FACTORS: [f64; 4] = [0.0625, 0.25, 4.0, 16.0];

/// Seeds for the first part of the steps, and to the end.
const EARLY_SEEDS: usize = 2;
const SEEDS: usize = 3;

/// The share of the race that is kept for this: a little more than it takes with the usual budget.
pub(super) const OF_LAYERS: f64 = 0.1;

/// A start whose first or last layer has a gain of its own, and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TriedLayers {
    /// What the gain of the first layer is multiplied by, and that of the last one.
    pub factors: [f64; 2],
    /// The start in the grammar.
    pub init: String,
    /// The validation accuracy, or in regression the loss, after the first part of the training.
    pub early: Option<f64>,
    /// The same after all of it.
    pub full: Option<f64>,
}

/// One that is being tried.
struct Layered {
    factors: [f64; 2],
    init: Initialization,
    /// As many as the factors that can be asked about; seeds of its own.
    stream: usize,
    early: Vec<Seen>,
    full: Vec<Seen>,
    paused: Vec<Option<Checkpoint>>,
}

impl Race<'_> {
    /// Asks about the first and the last layer, if there are hidden ones and it can be paid for. `None` if it was stopped.
    pub(super) fn ask_layers(&mut self) -> Result<Option<()>, Error> {
        let found = self.belief().zip(self.belief_of_end()).and_then(|(belief, ends)| self.winner(&belief, &ends));
        let (Some((winner, _)), true) = (found, self.asks_layers()) else { return Ok(Some(())) };
        if !self.works(winner) || self.of_race() - self.spent < self.cost_of_layers() {
            return Ok(Some(()));
        }
        // What the others are compared with, on the same parts.
        let Some(early) = self.early_of(winner)? else { return Ok(None) };
        let asked = FACTORS.iter().flat_map(|factor| [[*factor, 1.0], [1.0, *factor]]);
        let mut tried: Vec<Layered> = asked.filter_map(|factors| self.layered(winner, factors)).collect();
        let all: Vec<usize> = (0..tried.len()).collect();
        if !self.train_layered(&mut tried, &all, false)? {
            return Ok(None);
        }
        let mut next: Vec<usize> = Vec::new();
        for layer in 0..2 {
            let of_layer = all.iter().copied().filter(|i| tried[*i].factors[layer] != 1.0);
            let ahead = of_layer.map(|i| (i, self.ahead(&tried[i].early, &early)[0])).filter(|(_, by)| *by > 0.0);
            next.extend(ahead.max_by(|a, b| a.1.total_cmp(&b.1)).map(|(i, _)| i));
        }
        if let &[first, last] = &next[..] {
            let both = self.layered(winner, [tried[first].factors[0], tried[last].factors[1]]);
            next.extend(both.is_some().then_some(tried.len()));
            tried.extend(both);
        }
        if !self.train_layered(&mut tried, &next, true)? {
            return Ok(None);
        }
        let full = &self.candidates[winner].full;
        let ahead = next.into_iter().map(|i| (i, self.ahead(&tried[i].full, full)));
        let best = ahead.filter(|(_, [by, error])| *by > self.tolerance().max(*error));
        let best = best.max_by(|a, b| a.1[0].total_cmp(&b.1[0]));
        self.layered = best.map(|(i, _)| tried[i].init.clone());
        let told = |it: &Layered| TriedLayers {
            factors: it.factors,
            init: it.init.to_string(),
            early: self.figure(&it.early),
            full: self.figure(&it.full),
        };
        self.tried_layers = tried.iter().map(told).collect();
        Ok(Some(()))
    }

    /// Whether there is anything to ask: a network has a first and a last layer if it has hidden ones.
    pub(super) fn asks_layers(&self) -> bool {
        !self.whole.network().activations().is_empty()
    }

    /// The trainings that it takes at the most.
    fn cost_of_layers(&self) -> f64 {
        self.early * (EARLY_SEEDS * (2 * FACTORS.len() + 1)) as f64 + (3 * SEEDS) as f64
    }

    /// By how much some trainings are ahead of others on the same parts, in the mean, and the standard error.
    fn ahead(&self, some: &[Seen], others: &[Seen]) -> [f64; 2] {
        let judge = self.judge();
        let each = some.iter().zip(others).map(|(one, other)| judge.score(one) - judge.score(other));
        let each: Vec<f64> = each.collect();
        let error = deviation(&each).map_or(0.0, |deviation| deviation / (each.len() as f64).sqrt());
        if each.is_empty() { [f64::NEG_INFINITY, 0.0] } else { [mean(&each), error] }
    }

    /// A start of the race with other gains in its first and its last layer; none if there is none of its scheme.
    fn layered(&self, start: usize, factors: [f64; 2]) -> Option<Layered> {
        let candidate = &self.candidates[start];
        let name = self.families[candidate.family].name;
        let scheme = |factor: f64| format!("{name}:{}", candidate.gain * factor).parse::<Scheme>().ok();
        let count = self.whole.network().layers().count();
        let factor = |layer: usize| match layer {
            0 => factors[0],
            last if last + 1 == count => factors[1],
            _ => 1.0,
        };
        let init = Initialization::new(&(0..count).map(|layer| scheme(factor(layer))).collect::<Option<Vec<_>>>()?);
        init.check(self.whole.network()).ok()?;
        let number = |factor: f64| FACTORS.iter().position(|known| *known == factor).map_or(0, |i| i + 1);
        let stream = self.candidates.len() + number(factors[0]) * (FACTORS.len() + 1) + number(factors[1]);
        Some(Layered { factors, init, stream, early: Vec::new(), full: Vec::new(), paused: Vec::new() })
    }

    /// How a start of the race is after the first part of the steps. `None` if it was stopped.
    fn early_of(&mut self, start: usize) -> Result<Option<Vec<Seen>>, Error> {
        let missing = EARLY_SEEDS.saturating_sub(self.candidates[start].early.len());
        let is_whole = missing == 0 || self.train(&[(start, missing)], false)?;
        Ok(is_whole.then(|| self.candidates[start].early.clone()))
    }

    /// Trains some for the first part of the steps, or to the end. False if it was stopped.
    fn train_layered(&mut self, tried: &mut [Layered], which: &[usize], is_full: bool) -> Result<bool, Error> {
        let inits: Vec<Initialization> = which.iter().map(|i| tried[*i].init.clone()).collect();
        let seeds = if is_full { SEEDS } else { EARLY_SEEDS };
        let of_one = |(start, i): (usize, &usize)| {
            let stream = tried[*i].stream;
            (0..seeds).map(move |repeat| Trial { start, stream, repeat }).collect::<Vec<_>>()
        };
        let trials: Vec<Trial> = which.iter().enumerate().flat_map(of_one).collect();
        if trials.is_empty() {
            return Ok(true);
        }
        let paused = |trial: &Trial| tried[which[trial.start]].paused.get_mut(trial.repeat).and_then(Option::take);
        let from = trials.iter().map(paused).collect();
        let done = self.part_of(&inits, &trials, from, is_full)?;
        let is_whole = done.len() == trials.len();
        for (trial, (seen, next)) in trials.iter().zip(done) {
            let layered = &mut tried[which[trial.start]];
            if is_full {
                layered.full.push(seen);
            } else {
                layered.early.push(seen);
                layered.paused.push(next);
            }
        }
        Ok(is_whole)
    }

    /// What came of asking, in a sentence; none where there was nothing to ask.
    pub(super) fn layers_in_words(&self) -> Option<String> {
        if !self.asks_layers() {
            return None;
        }
        if self.tried_layers.is_empty() && self.watch.is_stopped() {
            return None;
        }
        if self.tried_layers.is_empty() {
            return Some("Gains of single layers were not tried: there was no room for it beside the race.".to_owned());
        }
        Some(match &self.layered {
            Some(init) => format!("With gains of their own in the first and the last layer {init} was ahead."),
            None => "Gains of their own for the first and the last layer, a sixteenth to 16 times the others', do no better."
                .to_owned(),
        })
    }
}
