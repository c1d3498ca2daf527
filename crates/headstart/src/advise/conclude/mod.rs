//! What the race comes to: the recommendation, the evidence, and both in words.

mod choice;
mod none;
mod told;

use super::advice::{Advice, Recommendation};
use super::depth::Depth;
use super::evidence::Evidence;
use super::evidence::words::{beside, given, named};
use super::race::{Found, Race};
use crate::compare::Comparison;
use crate::error::Error;
use crate::words::{many, rough};
use choice::Choice;
pub(super) use none::{Help, Remedy};
use none::{no_sentence, tried_in_vain};
use told::{best_found, layers_apart, plateau, settled, sure, tried};

const NOT_TRIED: &str = "Not tried: uniform and truncated weights (which differ little from normal ones of the same variance), \
                         different schemes in different layers, gains of their own for layers between the first and the last \
                         one, biases other than the scheme's own.";

/// Advice, and the defaults that are as good as what is advised, of who need not change anything.
pub(super) struct Conclusion {
    pub advice: Advice,
    pub kept: Vec<String>,
}

impl Race {
    /// What is advised: once it is over what the evidence says; where it was stopped what there is until then, said to be partial, and
    /// before it is over the same by the batches that are whole. None if nothing was trained to the end.
    ///
    /// # Errors
    /// If the budget turned out to be time for too little, or no start has a loss that is a number.
    pub fn advice(&self) -> Result<Option<Advice>, Error> {
        if !self.is_over() || self.is_stopped() {
            return Ok(interrupted(self, &[]));
        }
        Ok(Some(conclude(self, Help::default())?.advice))
    }
}

/// What there was until it was stopped: the evidence, what was tried where no start works, or what the race has come to; `None` if
/// nothing was trained to the end.
pub(super) fn interrupted(race: &Race, remedies: &[Remedy]) -> Option<Advice> {
    let found = race.found()?;
    let rate = rate(race);
    let mut why = Vec::new();
    // In the midst of it there is no table yet.
    let evidence = race.evidence.as_ref().filter(|evidence| !evidence.comparison.cells.is_empty());
    let sentence = if let Some(evidence) = evidence {
        let best = evidence.best();
        let others = evidence.comparison.cells.iter().map(|cell| cell.init.as_str()).filter(|init| *init != best);
        why.extend(beside(evidence, best, &others.collect::<Vec<_>>()));
        why.extend(remedies.iter().filter(|remedy| remedy.works).map(Remedy::in_words));
        why.extend(tried_in_vain(remedies));
        why.push("The evidence was not gathered to the end, so this is no recommendation.".to_owned());
        format!("Interrupted: best so far is {}.", best_found(evidence, &rate))
    } else {
        let candidate = &race.candidates[found.winner];
        let seen = race.figure(&candidate.full).map_or_else(String::new, |seen| {
            let trainings = many(candidate.full.len() as u64, "training");
            format!(", {} {} on held-out samples in {trainings}", figure(race), rough(seen))
        });
        why.push("It was not compared to the end on all training samples, so this is no recommendation.".to_owned());
        format!("Interrupted: most promising so far is {}{rate}{seen}.", given(&candidate.init))
    };
    let alike = race.share_alike(&found.ends, found.winner);
    let told = told_of(race, &found, alike, evidence.cloned());
    Some(Advice { sentence, why, repeatable: false, ..told })
}

/// Advice from a race that is over, with what only somebody else can tell.
///
/// # Errors
/// If the budget turned out to be time for too little, or nothing was trained to the end with figures that can be told.
pub(super) fn conclude(race: &Race, help: Help) -> Result<Conclusion, Error> {
    if let Some(problem) = &race.refused {
        return Err(Error::Usage(problem.clone()));
    }
    let (Some(found), Some(mut evidence)) = (race.found(), race.evidence.clone()) else {
        let problem = "no start has a loss that is a number that can be told: the targets or the features are too large or \
                       too small for float64 (--scale-targets standardize, --preprocess standardize)";
        return Err(Error::Usage(problem.to_owned()));
    };
    let why_not = race.why_not(found.winner, &evidence);
    let range = race.range.clone();
    let choice = why_not.is_none().then(|| Choice::of(race, &evidence, range.as_ref(), &found.ends));
    // The share is told of what is advised.
    let advised =
        choice.as_ref().and_then(|choice| race.candidates.iter().position(|candidate| candidate.init == choice.init));
    let trained = advised.filter(|start| !race.candidates[*start].full.is_empty());
    let alike = race.share_alike(&found.ends, trained.unwrap_or(found.winner));
    let recommendation = choice.as_ref().map(|choice| Recommendation {
        init: choice.init.clone(),
        lr: race.lr,
        plateau: advised.map(|start| race.plateau_of(start, &found.ends)),
    });
    let rate = rate(race);
    let (sentence, why) = if let (Some(choice), Some(advised)) = (&choice, &recommendation) {
        let why = [
            choice.beside(&evidence),
            choice.ranged(range.as_ref()),
            plateau(advised, alike).or_else(|| layers_apart(race, &advised.init)),
            // What was only named is given here, as a line without a blank: to be pasted whole.
            Some(format!("--init={}", advised.init)).filter(|_| named(&advised.init) != advised.init),
            settled(&evidence, choice),
            help.scaled.as_ref().map(Remedy::in_words),
        ];
        (choice.sentence(race, &evidence, &rate), why.into_iter().flatten().collect())
    } else {
        let best = best_found(&evidence, &rate);
        let sentence = no_sentence(race, why_not, &help.remedies, help.obstacle.as_ref(), &best);
        (sentence, tried_in_vain(&help.remedies))
    };
    if let Some(range) = range {
        evidence.add(range);
    }
    let advice = Advice {
        recommendation,
        verdict: choice.as_ref().map_or("no start works", |choice| choice.verdict),
        keep_within: choice.as_ref().and_then(|choice| choice.within),
        sentence,
        why: help.depth.iter().flat_map(Depth::in_words).chain(why).collect(),
        depth: help.depth,
        obstacle: help.obstacle,
        ..told_of(race, &found, alike, Some(evidence))
    };
    let kept = choice.filter(|choice| choice.verdict != "start here").map_or_else(Vec::new, |choice| choice.others);
    Ok(Conclusion { advice, kept })
}

/// What is told whatever is advised; nothing is.
fn told_of(race: &Race, found: &Found, alike: f64, evidence: Option<Evidence>) -> Advice {
    let nothing = Comparison { cells: Vec::new(), differences: Vec::new(), settled: None };
    let (evidence, runs) = evidence.map_or((nothing, Vec::new()), |evidence| (evidence.comparison, evidence.runs));
    Advice {
        recommendation: None,
        verdict: "interrupted",
        keep_within: None,
        sentence: String::new(),
        why: Vec::new(),
        sure: sure(race, found, alike),
        scale: None,
        depth: None,
        obstacle: None,
        lr: race.lr,
        rates: race.rates.clone(),
        figure: figure(race),
        tried: tried(race, &found.ends),
        tried_layers: race.tried_layers.clone(),
        by_class: race.setting.ground.tells_classes(),
        evidence,
        runs,
        starts: Vec::new(),
        not_tried: NOT_TRIED,
        code: Vec::new(),
        device: None,
        steps: race.steps,
        repeatable: race.is_repeatable(),
    }
}

/// What is told of starts that were tried.
fn figure(race: &Race) -> &'static str {
    if race.setting.classify() { "accuracy" } else { "loss" }
}

/// The learning rate as it is told beside a start, where it was searched.
fn rate(race: &Race) -> String {
    if race.rates.is_empty() { String::new() } else { format!(" --lr {}", race.lr) }
}
