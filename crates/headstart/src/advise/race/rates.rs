//! The search of a learning rate, before the race.

use super::super::trainer::{POINTS, Samples};
use super::batch::{Done, Wanted};
use super::judge::{Seen, mean_of};
use super::purse::LEAST_RUNS;
use super::{Race, Stage};

/// Half decades around the usual learning rate that are tried where it is searched, and how many more on the side where the best
/// one is the last; gains, and for how many seeds and for which share of the steps.
const RATES: [i32; 7] = [-3, -2, -1, 0, 1, 2, 3];
const BEYOND: i32 = 6;
const RATE_GAINS: [f64; 3] = [0.5, 1.0, 2.0];
const RATE_SEEDS: usize = 2;
const RATE_SHARE: f64 = 0.5;

/// What the search of a learning rate costs, in trainings: of one rate, and of those that are always tried.
const OF_RATE: f64 = RATE_SHARE * (RATE_GAINS.len() * RATE_SEEDS) as f64;
pub(super) const OF_RATES: f64 = OF_RATE * RATES.len() as f64;

/// Rates that were tried, as half decades from the usual one, each with what became of its best gain; and those that are being.
#[derive(Clone, Debug)]
pub(super) struct Search {
    found: Vec<(i32, Vec<Seen>)>,
    next: Vec<i32>,
}

impl Race {
    /// Rates around the usual one.
    pub(super) fn begin_rates(&mut self) -> Vec<Wanted> {
        self.ask_rates(Search { found: Vec::new(), next: RATES.to_vec() })
    }

    /// Some rates, each with gains around 1.
    fn ask_rates(&mut self, search: Search) -> Vec<Wanted> {
        let length = self.setting.steps_of(RATE_SHARE);
        let starts = RATE_GAINS.map(|gain| self.setting.schemes[0].start(gain));
        let mut wanted = Vec::new();
        for half_decades in &search.next {
            let lr = self.rate(*half_decades);
            for (start, which) in starts.iter().enumerate() {
                for repeat in 0..RATE_SEEDS {
                    let mut trial = self.trial(which.clone(), self.seed(start, repeat), self.without(repeat));
                    (trial.lr, trial.length, trial.until) = (lr, length, length);
                    trial.record = Some(length.div_ceil(POINTS as u64));
                    wanted.push(Wanted { trial, start, repeat });
                }
            }
        }
        self.stage = Stage::Rates(search);
        wanted
    }

    /// What is held out for a repeat.
    pub(super) fn without(&self, repeat: usize) -> Samples {
        Samples::Without(repeat % self.setting.parts.len())
    }

    /// So many half decades from the usual rate, as people write it.
    fn rate(&self, half_decades: i32) -> f64 {
        let rate = self.setting.lr * libm::pow(10.0, f64::from(half_decades) / 2.0);
        format!("{rate:.0e}").parse().unwrap_or(rate)
    }

    /// Each rate has the score of its best gain. It goes on beyond as long as the best is at the end of what was tried; the best one
    /// is used from here on.
    pub(super) fn end_rates(&mut self, mut search: Search, done: &[Done]) -> Vec<Wanted> {
        let judge = self.judge();
        let end = |seen: &[Seen]| mean_of(seen, |seen| judge.end(seen));
        for (half_decades, done) in search.next.drain(..).zip(done.chunks(RATE_GAINS.len() * RATE_SEEDS)) {
            let seen: Vec<Seen> = done.iter().map(|done| self.seen(done)).collect();
            let best = seen.chunks(RATE_SEEDS).max_by(|a, b| end(a).total_cmp(&end(b))).unwrap_or_default();
            search.found.push((half_decades, best.to_vec()));
            self.purse.set_aside(OF_RATE);
        }
        let found = &mut search.found;
        found.sort_by_key(|(half_decades, _)| *half_decades);
        // Of equals, as where all diverge, the smallest.
        let best = found.iter().rev().max_by(|a, b| end(&a.1).total_cmp(&end(&b.1))).map_or(0, |(best, _)| *best);
        let (first, last) = (found[0].0, found[found.len() - 1].0);
        let beyond = match best {
            best if best == first => Some(first - 1),
            best if best == last => Some(last + 1),
            _ => None,
        };
        let may_go = |beyond: &i32| {
            let rate = self.rate(*beyond);
            beyond.abs() <= RATES[RATES.len() - 1] + BEYOND && rate > 0.0 && rate.is_finite()
        };
        // What is left has to be enough for the starts.
        if let Some(beyond) = beyond.filter(|beyond| may_go(beyond) && self.purse.left() >= 2.0 * LEAST_RUNS + OF_RATE)
        {
            search.next.push(beyond);
            return self.ask_rates(search);
        }
        let best = found.iter().max_by(|a, b| end(&a.1).total_cmp(&end(&b.1))).map(|(best, _)| *best);
        // What was chosen by.
        let told = |seen: &[Seen]| if self.setting.classify() { end(seen) } else { libm::pow(10.0, -end(seen)) };
        let rates = found.iter().map(|(half_decades, seen)| (self.rate(*half_decades), told(seen))).collect();
        self.lr = best.map_or(self.setting.lr, |best| self.rate(best));
        self.rates = rates;
        self.begin_race()
    }
}
