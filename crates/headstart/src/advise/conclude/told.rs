//! What was found, in words and figures.

use super::super::advice::{Recommendation, Tried, TriedFamily};
use super::super::evidence::Evidence;
use super::super::evidence::words::{ends, given};
use super::super::race::belief::Belief;
use super::super::race::{Found, Plateau, Race};
use super::super::setting::Scheme;
use super::choice::Choice;
use crate::words::{many, rough};

/// How a start's first and last layer differ from the others, in words; none if they do not.
pub(super) fn layers_apart(race: &Race, init: &str) -> Option<String> {
    let [first, last] = race.tried_layers.iter().find(|tried| tried.init == init)?.factors;
    let what = if init.starts_with("normal") { "scale" } else { "gain" };
    let layers = [("first", first), ("last", last)].into_iter().filter(|(_, factor)| *factor != 1.0);
    let of_layer =
        |(layer, factor): (&str, f64)| format!("{} times the {what} of the others in the {layer} layer", rough(factor));
    let layers: Vec<String> = layers.map(of_layer).collect();
    Some(format!("It has {}.", layers.join(" and ")))
}

/// The gains that do as well, in words.
pub(super) fn plateau(found: &Recommendation, alike: f64) -> Option<String> {
    let Plateau { low, high, .. } = found.plateau?;
    let what = if found.init.starts_with("normal") { "Scales" } else { "Gains" };
    let range = if low < high {
        format!("{what} from {} to {} do as well", rough(low), rough(high))
    } else {
        format!("No other of the {} tried does as well", what.to_lowercase())
    };
    Some(format!("{range}; of all starts looked at {:.0}% do.", 100.0 * alike))
}

/// Whether the evidence settles it, in words: by how much another start may be better all the same. None where the answer says so.
pub(super) fn settled(evidence: &Evidence, choice: &Choice) -> Option<String> {
    if choice.within.is_some() {
        return None;
    }
    let seeds = many(evidence.cell(&choice.init).map_or(0, |cell| cell.runs) as u64, "fresh seed");
    let most = evidence.at_most(&choice.init);
    if most <= evidence.margin() {
        return Some(format!("By {seeds} none of these is better."));
    }
    let by = if most.is_finite() { format!(" by up to {}", rough(most)) } else { String::new() };
    Some(format!("As far as {seeds} tell, another of these may be better{by}; a larger --budget tells more."))
}

/// What did best, in words, where no start is advised.
pub(super) fn best_found(evidence: &Evidence, rate: &str) -> String {
    let best = evidence.best();
    format!("{}{rate}{}", given(best), ends(evidence, best).map_or_else(String::new, |ends| format!(" ({ends})")))
}

/// What the race found, by what is believed of the scores and of how trainings end.
pub(super) fn sure(race: &Race, found: &Found, alike: f64) -> String {
    let Found { belief, ends, winner, .. } = found;
    let winner = *winner;
    let trained = race.candidates.iter().filter(|candidate| !candidate.full.is_empty());
    let runs: usize = trained.clone().map(|candidate| candidate.full.len()).sum();
    let unit = race.judge().unit();
    let trainings =
        format!("{} of {} to the end", many(runs as u64, "training"), many(trained.count() as u64, "start"));
    if !race.works(winner) {
        return format!("{trainings}.");
    }
    let found = &race.candidates[winner].init;
    let rival = race.rival(winner, race.plateau_of(winner, ends), ends);
    let against = rival.map_or_else(String::new, |other| {
        let [by, error] = ends.difference(winner, other);
        let name = &race.candidates[other].init;
        let why = if belief.difference(winner, other)[0] > 0.0 { "it learns faster" } else { "the better known" };
        if by > 2.0 * error {
            format!(" There {found} beats {name}, the best of the others, by {by:.3} {unit}; standard error {error:.3}.")
        } else if by > 0.0 {
            format!(
                " There {found} is ahead of {name}, the best of the others, by {by:.3} {unit}, which is within noise: \
                 standard error {error:.3}."
            )
        } else {
            format!(
                " There {name} is as good as {found} or better, by {:.3} {unit}, standard error {error:.3}: {found} went on \
                 as {why}.",
                by.abs()
            )
        }
    });
    let layers = race.layers_in_words().map_or_else(String::new, |layers| format!(" {layers}"));
    format!("{trainings}; {:.0}% of all starts looked at do as well.{against}{layers}", 100.0 * alike)
}

pub(super) fn tried(race: &Race, ends: &Belief) -> Vec<TriedFamily> {
    let of_family = |(number, scheme): (usize, &Scheme)| {
        let of = (0..race.candidates.len()).filter(|i| race.candidates[*i].scheme == number);
        let tried = |i: usize| {
            let candidate = &race.candidates[i];
            let is_trained = !candidate.full.is_empty();
            Tried {
                gain: candidate.gain,
                init: candidate.init.clone(),
                out: candidate.out.clone(),
                early: race.figure(&candidate.early),
                full: race.figure(&candidate.full),
                seeds: candidate.full.len(),
                expected: is_trained.then(|| [ends.score(i), ends.error(i)]),
            }
        };
        // What was not looked at is no part of the story.
        let is_first = |tried: &Tried| scheme.first().any(|gain| gain == tried.gain);
        let is_told = |tried: &Tried| is_first(tried) || tried.full.is_some();
        TriedFamily {
            scheme: scheme.name.clone(),
            plateau: race.plateau(number, ends),
            gains: of.map(tried).filter(is_told).collect(),
        }
    };
    race.setting.schemes.iter().enumerate().map(of_family).collect()
}
