//! Questions of single layers: whether the first or the last one is better off with a gain of its own.
//!
//! The first layer decides how fine a structure of the inputs is seen (Sitzmann et al. 2020, section 3.2), the last one how sure the
//! network is of what it does not know yet; the layers between are alike. So these two are asked about, around the start that the
//! race found: a sixteenth to sixteen times its gain, for the first part of the steps; what is ahead there goes on to the end. What
//! is ahead there, too, is shown beside the others in the evidence, which decides.

use super::super::trainer::Start;
use super::batch::{Done, Wanted};
use super::judge::Seen;
use super::{Race, Stage};
use crate::stats::{deviation, mean};
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
#[derive(Clone, Debug)]
pub(super) struct Layered {
    start: Start,
    /// As many as the factors that can be asked about; seeds of its own.
    stream: usize,
    early: Vec<Seen>,
    full: Vec<Seen>,
    paused: Vec<Option<u64>>,
}

/// How far the question is, around a start of the race.
#[derive(Clone, Debug)]
pub(super) enum Asking {
    /// What the others are compared with, on the same parts.
    Early { winner: usize },
    /// All for the first part of the steps.
    Look { winner: usize, tried: Vec<Layered> },
    /// These to the end.
    End { winner: usize, tried: Vec<Layered>, next: Vec<usize> },
}

impl Race {
    /// Asks about the first and the last layer, if there are hidden ones and it can be paid for; and then for the evidence.
    pub(super) fn begin_layers(&mut self) -> Vec<Wanted> {
        let found = self.belief().zip(self.belief_of_end()).and_then(|(belief, ends)| self.winner(&belief, &ends));
        let (Some((winner, _)), true) = (found, self.asks_layers()) else { return self.begin_evidence() };
        if !self.works(winner) || self.purse.of_race() - self.purse.spent < self.cost_of_layers() {
            return self.begin_evidence();
        }
        let missing = EARLY_SEEDS.saturating_sub(self.candidates[winner].early.len());
        let wanted = self.of_candidates(&[(winner, missing)], false);
        self.stage = Stage::Layers(Asking::Early { winner });
        wanted
    }

    /// The next question, or what came of the last one.
    pub(super) fn end_layers(&mut self, asking: Asking, done: &[Done]) -> Vec<Wanted> {
        match asking {
            Asking::Early { winner } => {
                self.take_early(done);
                let asked = FACTORS.iter().flat_map(|factor| [[*factor, 1.0], [1.0, *factor]]);
                let mut tried: Vec<Layered> = asked.map(|factors| self.layered(winner, factors)).collect();
                let wanted = self.of_layered(&mut tried, &(0..2 * FACTORS.len()).collect::<Vec<_>>(), false);
                self.stage = Stage::Layers(Asking::Look { winner, tried });
                wanted
            }
            Asking::Look { winner, mut tried } => {
                for one in done {
                    let layered = &mut tried[one.start];
                    layered.early.push(self.seen(one));
                    layered.paused.push(one.paused());
                }
                let next = self.promising(winner, &mut tried);
                let wanted = self.of_layered(&mut tried, &next, true);
                self.stage = Stage::Layers(Asking::End { winner, tried, next });
                wanted
            }
            Asking::End { winner, mut tried, next } => {
                for one in done {
                    tried[one.start].full.push(self.seen(one));
                }
                self.settle_layers(winner, &tried, next);
                self.begin_evidence()
            }
        }
    }

    /// The best of either layer that are ahead of the winner, and both together.
    fn promising(&self, winner: usize, tried: &mut Vec<Layered>) -> Vec<usize> {
        let early = &self.candidates[winner].early;
        let mut next: Vec<usize> = Vec::new();
        for layer in 0..2 {
            let of_layer = (0..tried.len()).filter(|i| tried[*i].start.factors[layer] != 1.0);
            let ahead = of_layer.map(|i| (i, self.ahead(&tried[i].early, early)[0])).filter(|(_, by)| *by > 0.0);
            next.extend(ahead.max_by(|a, b| a.1.total_cmp(&b.1)).map(|(i, _)| i));
        }
        if let &[first, last] = &next[..] {
            let both = self.layered(winner, [tried[first].start.factors[0], tried[last].start.factors[1]]);
            next.push(tried.len());
            tried.push(both);
        }
        next
    }

    /// The one that is ahead of the winner by more than is as good as nothing, and by more than noise.
    fn settle_layers(&mut self, winner: usize, tried: &[Layered], next: Vec<usize>) {
        let full = &self.candidates[winner].full;
        let ahead = next.into_iter().map(|i| (i, self.ahead(&tried[i].full, full)));
        let best = ahead.filter(|(_, [by, error])| *by > self.tolerance().max(*error));
        let best = best.max_by(|a, b| a.1[0].total_cmp(&b.1[0]));
        self.layered = best.map(|(i, _)| tried[i].start.clone());
        let told = |it: &Layered| TriedLayers {
            factors: it.start.factors,
            init: it.start.init.clone(),
            early: self.figure(&it.early),
            full: self.figure(&it.full),
        };
        self.tried_layers = tried.iter().map(told).collect();
    }

    /// Whether there is anything to ask: a network has a first and a last layer if it has hidden ones.
    pub(super) fn asks_layers(&self) -> bool {
        self.setting.layers > 1
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

    /// A start of the race with other gains in its first and its last layer.
    fn layered(&self, start: usize, factors: [f64; 2]) -> Layered {
        let candidate = &self.candidates[start];
        let scheme = &self.setting.schemes[candidate.scheme];
        let start = scheme.start_by_layer(candidate.gain, factors, self.setting.layers);
        let number = |factor: f64| FACTORS.iter().position(|known| *known == factor).map_or(0, |i| i + 1);
        let stream = self.candidates.len() + number(factors[0]) * (FACTORS.len() + 1) + number(factors[1]);
        Layered { start, stream, early: Vec::new(), full: Vec::new(), paused: Vec::new() }
    }

    /// Some of them for the first part of the steps, or to the end.
    fn of_layered(&mut self, tried: &mut [Layered], which: &[usize], is_full: bool) -> Vec<Wanted> {
        let seeds = if is_full { SEEDS } else { EARLY_SEEDS };
        let mut wanted = Vec::new();
        for &start in which {
            let Layered { start: from, stream, paused, .. } = &mut tried[start];
            for repeat in 0..seeds {
                let paused = paused.get_mut(repeat).and_then(Option::take);
                let trial = self.on_part(from.clone(), [*stream, repeat], is_full, paused);
                wanted.push(Wanted { trial, start, repeat });
            }
        }
        self.pay(&wanted, is_full);
        wanted
    }

    /// What came of asking, in a sentence; none where there was nothing to ask.
    pub(in crate::advise) fn layers_in_words(&self) -> Option<String> {
        if !self.asks_layers() {
            return None;
        }
        if self.tried_layers.is_empty() && self.is_stopped {
            return None;
        }
        if self.tried_layers.is_empty() {
            return Some("Gains of single layers were not tried: there was no room for it beside the race.".to_owned());
        }
        Some(match &self.layered {
            Some(Start { init, .. }) => {
                format!("With gains of their own in the first and the last layer {init} was ahead.")
            },
            None => "Gains of their own for the first and the last layer, a sixteenth to 16 times the others', do no better."
                .to_owned(),
        })
    }
}
