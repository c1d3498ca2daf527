//! What is believed of the starts, by what was seen: who is ahead, on which plateau, and whether anything works.

use super::super::setting::Scheme;
use super::belief::{Belief, Place};
use super::judge::{Judge, Seen, mean_of};
use super::plateau::plateau;
use super::rounds::STAYS;
use super::{Candidate, Plateau, Race};
use crate::events::{self, Partial};
use crate::stats::{deviation, mean};

/// A difference of accuracy that is no reason to choose, and the one below which the better known of two starts is preferred.
const TOLERANCE: f64 = 0.005;
const EQUAL: f64 = 0.0015;

/// The difference of accuracy in the end, within noise, up to which the usual start is preferred.
pub(in crate::advise) const PREFERRED: f64 = 0.015;

/// Trainings of one start that are the least to recommend it, where any has as many.
const LEAST_SEEDS: usize = 3;

/// Trainings of a start that are enough of luck.
pub(super) const PARTS: usize = 8;

impl Race {
    /// What is shown of several, as people read it: the accuracy, or the loss.
    pub(in crate::advise) fn figure(&self, seen: &[Seen]) -> Option<f64> {
        let shown = mean_of(seen, |seen| self.judge().shown(seen));
        (!seen.is_empty()).then(|| if self.setting.classify() { shown } else { libm::pow(10.0, -shown) })
    }

    /// How the starts do so far, best first: those that were trained, by trainings to the end once there are any. Out is who was not
    /// trained to the end, or is so far behind the one that leads that it will not be trained again unless that one falls back.
    pub(in crate::advise) fn standings(&self) -> Partial<'static> {
        let is_full = self.candidates.iter().any(|candidate| !candidate.full.is_empty());
        let belief = if is_full { self.belief() } else { None };
        let leader = belief.as_ref().and_then(|belief| self.in_order(|i| belief.score(i)).first().copied());
        let is_behind = |i: usize| {
            belief.as_ref().zip(leader).is_some_and(|(belief, leader)| {
                let [by, error] = belief.difference(i, leader);
                i != leader && by < -STAYS * error
            })
        };
        let standing = |(i, candidate): (usize, &Candidate)| {
            let seen = if is_full { &candidate.full } else { &candidate.early };
            let was_trained = !(candidate.early.is_empty() && candidate.full.is_empty());
            let is_out = is_full && (seen.is_empty() || is_behind(i));
            let mean = self.figure(seen);
            was_trained.then(|| events::Standing { init: candidate.init.clone(), runs: seen.len(), mean, is_out })
        };
        let mut starts: Vec<events::Standing> = self.candidates.iter().enumerate().filter_map(standing).collect();
        let sign = if self.setting.classify() { -1.0 } else { 1.0 };
        let key = |standing: &events::Standing| standing.mean.map_or(f64::INFINITY, |mean| sign * mean);
        starts.sort_by(|a, b| key(a).total_cmp(&key(b)));
        let figure = if self.setting.classify() { "accuracy" } else { "loss" };
        Partial::Standings { figure, starts }
    }

    /// By what trainings are told apart.
    pub(in crate::advise) fn judge(&self) -> Judge {
        match (self.setting.classify(), self.generalizes()) {
            (true, true) => Judge::HeldOut,
            (true, false) => Judge::Training,
            (false, _) => Judge::Loss,
        }
    }

    /// What is believed of the scores of all candidates by those that were trained to the end.
    pub(in crate::advise) fn belief(&self) -> Option<Belief> {
        let judge = self.judge();
        self.belief_of(|seen| judge.score(seen))
    }

    /// The same of how they end, however fast it goes.
    pub(in crate::advise) fn belief_of_end(&self) -> Option<Belief> {
        let judge = self.judge();
        self.belief_of(|seen| judge.end(seen))
    }

    fn belief_of(&self, what: impl Fn(&Seen) -> f64) -> Option<Belief> {
        let full = |candidate: &Candidate| candidate.full.iter().map(&what).collect();
        let full: Vec<Vec<f64>> = self.candidates.iter().map(full).collect();
        Belief::new(&self.prior, &self.places, &full)
    }

    /// A difference of accuracy in the units of scores.
    pub(in crate::advise) fn in_units(&self, accuracy: f64) -> f64 {
        self.judge().in_units(accuracy)
    }

    /// Differences of scores that do not matter to anybody.
    pub(in crate::advise) fn tolerance(&self) -> f64 {
        self.in_units(TOLERANCE)
    }

    /// Candidates that are not out, best first.
    pub(super) fn in_order(&self, by: impl Fn(usize) -> f64) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.candidates.len()).filter(|i| self.candidates[*i].out.is_none()).collect();
        order.sort_by(|a, b| by(*b).total_cmp(&by(*a)));
        order
    }

    /// The usual start, if it is not out.
    pub(in crate::advise) fn usual(&self) -> Option<usize> {
        let is_usual = |candidate: &Candidate| candidate.scheme == 0 && candidate.gain == 1.0;
        self.candidates.iter().position(|candidate| is_usual(candidate) && candidate.out.is_none())
    }

    /// The plateau of a scheme, by what is believed of how trainings end; none if it has no start that was trained often enough.
    pub(in crate::advise) fn plateau(&self, scheme: usize, ends: &Belief) -> Option<Plateau> {
        self.plateau_around(scheme, None, ends)
    }

    /// The plateau that a start is on: its scheme's, or the gains around it where that is elsewhere.
    pub(in crate::advise) fn plateau_of(&self, start: usize, ends: &Belief) -> Plateau {
        let Candidate { scheme, gain, .. } = self.candidates[start];
        let plateau = self.plateau(scheme, ends).filter(|plateau| (plateau.low..=plateau.high).contains(&gain));
        let around = || self.plateau_around(scheme, Some(start), ends);
        plateau.or_else(around).unwrap_or(Plateau { low: gain, high: gain, peak: gain })
    }

    fn plateau_around(&self, scheme: usize, start: Option<usize>, ends: &Belief) -> Option<Plateau> {
        let of = |i: &usize| self.candidates[*i].scheme == scheme && self.candidates[*i].out.is_none();
        let gains: Vec<(usize, f64)> =
            (0..self.candidates.len()).filter(of).map(|i| (i, self.candidates[i].gain)).collect();
        let trained = |least: usize| move |i: usize| self.candidates[i].full.len() >= least;
        plateau(&gains, start, [trained(1), trained(self.often())], ends, self.tolerance())
    }

    /// Trainings of one start that are many.
    fn often(&self) -> usize {
        let most = self.candidates.iter().map(|candidate| candidate.full.len()).max().unwrap_or(0);
        LEAST_SEEDS.min(most).max(1)
    }

    /// The best of the others that were trained often: of another scheme, or off the plateau.
    pub(in crate::advise) fn rival(&self, winner: usize, plateau: Plateau, ends: &Belief) -> Option<usize> {
        let scheme = self.candidates[winner].scheme;
        let is_other = |i: &usize| {
            let candidate = &self.candidates[*i];
            let is_off = candidate.scheme != scheme || !(plateau.low..=plateau.high).contains(&candidate.gain);
            is_off && candidate.full.len() >= self.often()
        };
        self.in_order(|i| ends.score(i)).into_iter().find(is_other)
    }

    /// Whether a start leads to something: in regression, where a few seeds of many may have left the loss of guessing for once,
    /// whether half of its trainings have.
    pub(in crate::advise) fn works(&self, start: usize) -> bool {
        let full = &self.candidates[start].full;
        let learned = full.iter().filter(|seen| seen.learned).count();
        self.learned && (self.setting.classify() || 2 * learned >= full.len())
    }

    /// Whether some start does better than guessing on held-out samples, by three standard errors, because the best of many is
    /// told.
    pub(in crate::advise) fn generalizes(&self) -> bool {
        let mut often = self.candidates.iter().filter(|candidate| candidate.full.len() >= LEAST_SEEDS).peekable();
        often.peek().is_none() || often.any(|candidate| self.beats_guessing(&candidate.full))
    }

    fn beats_guessing(&self, full: &[Seen]) -> bool {
        let Some(classes) = &self.setting.ground.classes else {
            // How many decades below guessing, repeat by repeat.
            let below = |(repeat, seen): (usize, &Seen)| Some(Judge::Loss.shown(seen) + self.guess(repeat)?);
            let Some(below) = full.iter().enumerate().map(below).collect::<Option<Vec<f64>>>() else { return true };
            let error = deviation(&below).unwrap_or(0.0) / (below.len() as f64).sqrt();
            return mean(&below) > 3.0 * error;
        };
        // There are as many held-out samples of every class, and parts that come again tell nothing new.
        let guess = 1.0 / classes.count.max(1) as f64;
        let held = self.setting.parts[0].samples;
        let error = (guess * (1.0 - guess) / (held * full.len().min(self.setting.parts.len())) as f64).sqrt();
        mean_of(full, |seen| seen.held_out) > guess + 3.0 * error
    }

    /// The common logarithm of the loss of guessing on what is held out for a repeat.
    fn guess(&self, repeat: usize) -> Option<f64> {
        self.setting.part(repeat).guessing_held.map(|loss| libm::log10(loss.max(f64::MIN_POSITIVE)))
    }

    /// Who is recommended, and the best of the others. The middles of the schemes' plateaus, by what is believed of how trainings
    /// end, and the usual start are chosen from, by what is believed of the scores. Of those that are as good as the best it is
    /// the best known.
    pub(in crate::advise) fn winner(&self, belief: &Belief, ends: &Belief) -> Option<(usize, Option<usize>)> {
        let middle = |scheme: usize| {
            let of = &self.setting.schemes[scheme];
            let gains: Vec<f64> = of.gains.iter().map(|gain| gain.gain).collect();
            let gain = self.plateau(scheme, ends)?.middle(of.own_gain(), &gains);
            self.candidates.iter().position(|candidate| candidate.scheme == scheme && candidate.gain == gain)
        };
        let mut from: Vec<usize> = (0..self.setting.schemes.len()).filter_map(middle).collect();
        from.extend(self.usual().filter(|usual| !from.contains(usual)));
        from.sort_by(|a, b| belief.score(*b).total_cmp(&belief.score(*a)));
        let best = *from.first()?;
        // What everybody takes is left for a reason only.
        let is_as_good = |usual: &usize| {
            let [by, error] = ends.difference(*usual, best);
            by >= -error.min(self.in_units(PREFERRED)) && !self.candidates[*usual].full.is_empty()
        };
        if let Some(usual) = self.usual().filter(is_as_good) {
            return Some((usual, from.into_iter().find(|i| *i != usual)));
        }
        let is_equal = |i: &&usize| belief.score(**i) >= belief.score(best) - self.in_units(EQUAL);
        // Schemes are in the order of how well they are known, and a scheme's own gain is better known than any other.
        let winner = *from.iter().filter(is_equal).min_by_key(|i| {
            let Candidate { scheme, gain, .. } = self.candidates[**i];
            (scheme, gain != 1.0)
        })?;
        Some((winner, from.into_iter().find(|i| *i != winner)))
    }
}

/// All starts, scheme by scheme with rising gains, and where they lie.
pub(super) fn entrants(schemes: &[Scheme]) -> (Vec<Candidate>, Vec<Place>) {
    let mut candidates = Vec::new();
    let mut places = Vec::new();
    for (number, scheme) in schemes.iter().enumerate() {
        for entry in &scheme.gains {
            let gain = entry.gain;
            places.push(Place {
                family: number,
                gain: libm::log2(gain),
                size: entry.size,
                is_expected: scheme.is_expected && gain == 1.0,
            });
            candidates.push(Candidate {
                scheme: number,
                gain,
                init: scheme.init(gain),
                out: entry.out.clone(),
                early: Vec::new(),
                paused: Vec::new(),
                full: Vec::new(),
            });
        }
    }
    (candidates, places)
}
