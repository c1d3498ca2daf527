//! What the race and its evidence come to before anything is said: whether a start works, and how many do as well.

use super::super::evidence::Evidence;
use super::super::ground::{Guess, is_beaten, may_be_guessing};
use super::Race;
use super::belief::Belief;
use super::judge::mean_of;
use crate::compare::{Cell, Summary};

/// The share of all starts that have to do as well for the choice not to matter.
const ANY: f64 = 0.9;

/// Tolerances beyond which starts do not count as alike, whatever the noise.
const MOST_ALIKE: f64 = 3.0;

/// Why no start is recommended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::advise) enum WhyNot {
    /// None gets below the loss of guessing in training.
    Learned,
    /// None does better than guessing on held-out samples, nor on those that the evidence is judged by.
    HeldOut,
    /// The best one found does no better than always answering with one class, neither in training nor on the test samples.
    Guesses,
}

impl Race {
    /// Why no start is recommended, by the evidence and the start that it was found for; none if one is.
    pub(in crate::advise) fn why_not(&self, winner: usize, evidence: &Evidence) -> Option<WhyNot> {
        if !self.works(winner) {
            return Some(WhyNot::Learned);
        }
        let ground = &self.setting.ground;
        let own = evidence.comparison.cells.first()?;
        let guesses = |guess: Option<Guess>, figures: Option<Summary>| {
            guess.zip(figures).is_some_and(|(guess, figures)| guess.is_as_good(figures))
        };
        let in_training = guesses(Guess::in_training(ground), own.train);
        if guesses(Guess::judged(ground), own.judged()) {
            return Some(if in_training { WhyNot::Guesses } else { WhyNot::HeldOut });
        }
        let is_tested = ground.tested.is_some();
        let is_beaten = is_beaten(ground, own) && !(is_tested && self.setting.scaling_helps);
        // A loss that is no lower than guessing's with any start of the table is none to start for, whatever the race saw.
        let guessing =
            ground.guessing.map(|guess| if is_tested { guess.test.unwrap_or(guess.train) } else { guess.train });
        let learns =
            |cell: &Cell| cell.judged().zip(guessing).is_none_or(|(judged, guessing)| judged.loss.mean < guessing);
        if !self.setting.classify() && !evidence.comparison.cells.iter().any(learns) {
            return Some(WhyNot::HeldOut);
        }
        let is_blind = !self.generalizes() && !is_beaten;
        (is_blind || is_tested && may_be_guessing(ground, own)).then_some(WhyNot::HeldOut)
    }

    /// The share of all starts that were looked at that do as well as one. Those that were not trained to the end are judged by the
    /// part that they were trained for, if others were nearly done by then.
    pub(in crate::advise) fn share_alike(&self, ends: &Belief, winner: usize) -> f64 {
        let (tolerance, most) = (self.tolerance(), MOST_ALIKE * self.tolerance());
        let is_looked_at = |i: &usize| {
            let candidate = &self.candidates[*i];
            candidate.out.is_some() || !candidate.early.is_empty() || !candidate.full.is_empty()
        };
        let all: Vec<usize> = (0..self.candidates.len()).filter(is_looked_at).collect();
        let early = |i: usize| mean_of(&self.candidates[i].early, |seen| self.judge().end(seen));
        let best_early =
            all.iter().map(|i| early(*i)).filter(|early| !early.is_nan()).fold(f64::NEG_INFINITY, f64::max);
        let was_done = best_early >= ends.score(winner) - most;
        let alike = |i: &&usize| match &self.candidates[**i] {
            candidate if candidate.out.is_some() => false,
            candidate if candidate.full.is_empty() => was_done && early(**i) >= best_early - most,
            _ => {
                let [by, error] = ends.difference(**i, winner);
                by >= -(2.0 * error).clamp(tolerance, most)
            }
        };
        all.iter().filter(alike).count() as f64 / all.len().max(1) as f64
    }

    /// Whether nearly all starts do as well as one.
    pub(super) fn are_alike(&self, ends: &Belief, winner: usize) -> bool {
        self.share_alike(ends, winner) >= ANY
    }

    /// The start that was found and the best of the others, with what is believed of all.
    pub(in crate::advise) fn found(&self) -> Option<Found> {
        let (belief, ends) = (self.belief()?, self.belief_of_end()?);
        let (winner, other) = self.winner(&belief, &ends)?;
        Some(Found { belief, ends, winner, other })
    }
}

/// What the race found.
pub(in crate::advise) struct Found {
    /// What is believed of the scores, and of how trainings end.
    pub belief: Belief,
    pub ends: Belief,
    /// The start that is recommended by the race, and the best of the others.
    pub winner: usize,
    pub other: Option<usize>,
}
