//! The race's own behaviour, by a trainer that trains nothing: how a start ends is written down, and what a seed does to it.

use super::*;
use crate::advise::ground::{Classes, Ground};
use crate::advise::setting::Scheme;
use crate::advise::trainer::Trainer;
use crate::advise::{Advice, advise_by};
use crate::host::Host;
use crate::run::Figures;
use headstart_engine::rng::{Native, Stream};
use headstart_engine::watch::Watch;

const GAINS: [f64; 9] = [0.06, 0.12, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0];
const STEPS: u64 = 1_000;

/// Trainings enough for all that is ever asked.
const ROOM: Option<Budget> = Some(Budget::Steps(300 * STEPS));

fn setting() -> Setting {
    let plain = Scheme { has_own_gain: false, ..Scheme::new("normal", &[0.01, 0.1, 1.0, 10.0]) };
    let schemes = vec![Scheme::new("he", &GAINS), Scheme::new("glorot", &GAINS), plain];
    let ground = Ground::of_classes(Classes::even(2), 2_f64.ln());
    Setting { layers: 3, ..Setting::new("script", ground, schemes, 200, STEPS, 0.1) }
}

/// A number around 0 that depends on the seed, the start and what is held out, and on nothing else.
fn luck(trial: &Trial, of: u64) -> f64 {
    let start = trial.start.init.bytes().fold(of, |hash, byte| hash.wrapping_mul(31).wrapping_add(u64::from(byte)));
    Native::new(trial.seed, start).normal()
}

/// Accuracies by start, and how far seeds are apart.
struct Script {
    accuracy: fn(&Start) -> f64,
    noise: f64,
    world: u64,
}

impl Script {
    fn answer(&self, trial: &Trial) -> Answer {
        let truth = (self.accuracy)(&trial.start);
        let of = |which: u64| (truth + self.noise * luck(trial, 7 * self.world + which)).clamp(0.0, 1.0);
        // Half as sure as it is right.
        let figures = |accuracy: f64| Figures {
            loss: 2_f64.ln() * (1.0 - 2.0 * (accuracy - 0.5).max(0.0)).max(0.01),
            accuracy: Some(accuracy),
            classes: None,
        };
        let held = matches!(trial.on, Samples::Without(_)).then(|| figures(of(1)));
        let (now, before) = (trial.until, if trial.goes_on.is_some() { STEPS / 8 } else { 0 });
        let answer = Answer::of(trial, figures(of(2)), held);
        Answer { steps: now.saturating_sub(before), paused: now < trial.length, ..answer }
    }
}

impl Trainer for Script {
    fn train(&mut self, ask: &Ask, watch: &Watch) -> Result<Vec<Answer>, Error> {
        let answers: Vec<Answer> = ask.trials.iter().map(|trial| self.answer(trial)).collect();
        watch.add(answers.iter().map(|answer| answer.steps).sum());
        Ok(answers)
    }
}

fn advised(mut script: Script, setting: Setting, budget: Option<Budget>) -> Advice {
    advise_by(&mut script, setting, false, budget, &Host::here(1)).unwrap().unwrap()
}

/// Best around gain 1, but of plain weights, and in all layers.
fn hill(start: &Start) -> f64 {
    let (scheme, gain) = start.scheme.clone().unwrap();
    let factors = start.factors.map(|factor| libm::log2(factor).abs()).iter().sum::<f64>();
    if scheme != "normal" && (0.5..=2.0).contains(&gain) && factors == 0.0 { 0.9 } else { 0.7 }
}

fn flat(_: &Start) -> f64 {
    0.9
}

fn guessing(_: &Start) -> f64 {
    0.5
}

#[test]
fn of_nothing_but_noise_no_start_is_said_to_be_better() {
    let mut alike = 0;
    for world in 0..200 {
        let advice = advised(Script { accuracy: flat, noise: 0.004, world }, setting(), ROOM);
        alike += usize::from(advice.verdict == "any start works");
        // Where that is left open what everybody takes is kept, or what may be as good is told beside it.
        let is_usual = advice.recommendation.is_some_and(|found| found.init == "he");
        let is_open = advice.sentence.contains("do not tell which is better");
        assert!(advice.verdict == "any start works" || is_usual || is_open, "{}", advice.sentence);
    }
    assert!(alike >= 195, "{alike}");
}

#[test]
fn a_plateau_is_found_and_its_middle_is_advised() {
    for world in 0..20 {
        let advice = advised(Script { accuracy: hill, noise: 0.005, world }, setting(), ROOM);
        let found = advice.recommendation.unwrap();
        assert_eq!(advice.verdict, "start here", "{}", advice.sentence);
        // Of any scheme, none of which is better than another.
        let plateau = found.plateau.unwrap();
        assert!(plateau.low >= 0.5 && plateau.high <= 2.0 && plateau.low < plateau.high, "{plateau:?}");
        assert!(advice.tried_layers.iter().all(|tried| tried.init.contains('/')) && !advice.tried_layers.is_empty());
    }
}

#[test]
fn where_no_start_learns_none_is_named() {
    for world in 0..20 {
        let advice = advised(Script { accuracy: guessing, noise: 0.0, world }, setting(), None);
        assert_eq!((advice.verdict, advice.recommendation), ("no start works", None));
        assert!(advice.sentence.starts_with("No start that was tried gets below the loss of guessing"));
    }
}

#[test]
fn a_scheme_whose_trainings_are_no_numbers_is_behind_and_spoils_nothing() {
    let mut race = Race::new(setting(), false, None).unwrap();
    let script = Script { accuracy: hill, noise: 0.02, world: 1 };
    while let Some(ask) = race.ask() {
        let answer = |trial: &Trial| {
            let nothing = Figures { loss: f64::NAN, accuracy: Some(f64::NAN), classes: None };
            let answer = script.answer(trial);
            if trial.start.init.starts_with("glorot") { Answer { train: nothing, ..answer } } else { answer }
        };
        race.tell(ask.trials.iter().map(answer).collect()).unwrap();
    }
    let advice = race.advice().unwrap().unwrap();
    assert_eq!(advice.recommendation.unwrap().init, "he");
    let of_glorot = advice.tried.iter().find(|family| family.scheme == "glorot").unwrap();
    assert!(of_glorot.gains.iter().all(|tried| tried.full.or(tried.early).is_none_or(|accuracy| accuracy == 0.0)));
}

/// A race whose answers come one by one, in an order of their own; after so many it is stopped.
fn driven(order: impl Fn(&mut Vec<Answer>), stop: usize) -> (Option<Advice>, usize) {
    let script = Script { accuracy: hill, noise: 0.02, world: 2 };
    let mut race = Race::new(setting(), true, ROOM).unwrap();
    let mut told = 0;
    while let Some(ask) = race.ask() {
        let mut answers: Vec<Answer> = ask.trials.iter().map(|trial| script.answer(trial)).collect();
        order(&mut answers);
        for answer in answers {
            if told == stop {
                race.stop();
                assert!(race.is_over() && race.ask().is_none());
                return (race.advice().unwrap(), told);
            }
            race.tell(vec![answer]).unwrap();
            told += 1;
        }
    }
    (race.advice().unwrap(), told)
}

#[test]
fn the_order_in_which_answers_come_does_not_matter() {
    let json = |(advice, _): (Option<Advice>, usize)| serde_json::to_string(&advice).unwrap();
    let as_asked = json(driven(|_| (), usize::MAX));
    assert_eq!(as_asked, json(driven(|answers| answers.reverse(), usize::MAX)));
    let shuffled =
        |answers: &mut Vec<Answer>| answers.sort_by_key(|answer| answer.trial.wrapping_mul(0x9e37_79b9) % 1_009);
    assert_eq!(as_asked, json(driven(shuffled, usize::MAX)));
}

#[test]
fn stopped_after_any_answer_it_has_what_there_is_and_says_that_it_is_partial() {
    let (whole, all) = driven(|answers| answers.reverse(), usize::MAX);
    assert_ne!(whole.unwrap().verdict, "interrupted");
    let mut seen = [0; 3];
    for stop in (0..all).step_by(5) {
        let (advice, told) = driven(|answers| answers.reverse(), stop);
        assert_eq!(told, stop);
        let Some(advice) = advice else {
            seen[0] += 1;
            continue;
        };
        assert_eq!((advice.verdict, &advice.recommendation, advice.repeatable), ("interrupted", &None, false));
        assert!(advice.sentence.starts_with("Interrupted: "), "{}", advice.sentence);
        assert!(advice.why.last().unwrap().ends_with("so this is no recommendation."), "{:?}", advice.why);
        seen[if advice.evidence.cells.is_empty() { 1 } else { 2 }] += 1;
    }
    // Nothing yet, then the race, then the evidence.
    assert!(seen.iter().all(|count| *count > 1), "{seen:?}");
}

#[test]
fn no_budget_is_overspent() {
    for trainings in [12, 13, 20, 35, 60, 120, 400, 3_000] {
        let budget = trainings * STEPS;
        for accuracy in [flat, hill, guessing] {
            let script = Script { accuracy, noise: 0.02, world: trainings };
            let advice = advised(script, setting(), Some(Budget::Steps(budget)));
            assert!(advice.steps <= budget, "{} of {budget}", advice.steps);
            assert!(advice.repeatable && advice.steps > 0);
        }
    }
    let error = Race::new(setting(), false, Some(Budget::Steps(11 * STEPS))).unwrap_err();
    assert!(error.to_string().contains("less than 12 trainings of 1,000 steps"), "{error}");
}

/// Makes answers wrong.
type Spoil<'a> = &'a dyn Fn(&mut Vec<Answer>);

#[test]
fn what_does_not_fit_is_refused_in_words_and_may_be_told_again() {
    let script = Script { accuracy: hill, noise: 0.02, world: 3 };
    let mut race = Race::new(setting(), false, None).unwrap();
    let ask = race.ask().unwrap();
    let good: Vec<Answer> = ask.trials.iter().map(|trial| script.answer(trial)).collect();
    let accuracy = |answer: &mut Answer, accuracy| answer.held.as_mut().unwrap().accuracy = accuracy;
    let spoil: [(&str, Spoil); 8] = [
        ("trial 999999 is not asked for", &|answers| answers[1].trial = 999_999),
        ("was answered already", &|answers| answers[1] = answers[0].clone()),
        ("is NaN, and not a share", &|answers| accuracy(&mut answers[1], Some(f64::NAN))),
        ("is 1.5, and not a share", &|answers| accuracy(&mut answers[1], Some(1.5))),
        ("is -0.1, and not a share", &|answers| accuracy(&mut answers[1], Some(-0.1))),
        ("is missing, and not a share", &|answers| accuracy(&mut answers[1], None)),
        ("no figures on the samples that were held out", &|answers| answers[1].held = None),
        ("no more than 250 were asked for", &|answers| answers[1].steps = 251),
    ];
    for (words, spoil) in spoil {
        let mut answers = good[..3].to_vec();
        spoil(&mut answers);
        let error = race.tell(answers).unwrap_err();
        assert!(error.is_usage() && error.to_string().contains(words), "{error}");
        assert_eq!(race.ask().unwrap(), ask);
    }
    // Neither negative nor missing steps get through JSON.
    let text = serde_json::to_string(&good[0]).unwrap();
    for steps in ["-1", "null"] {
        let text = text.replace("\"steps\":250", &format!("\"steps\":{steps}"));
        assert!(serde_json::from_str::<Answer>(&text).is_err(), "{text}");
    }
    race.tell(good[..3].to_vec()).unwrap();
    assert_eq!(race.ask().unwrap().trials, ask.trials[3..]);
    assert!(race.tell(good[..1].to_vec()).unwrap_err().to_string().contains("was answered already"));
    race.tell(good[3..].to_vec()).unwrap();
    assert_ne!(race.ask().unwrap().trials[0], ask.trials[0]);
}

#[test]
fn what_is_asked_and_answered_can_travel() {
    let race = Race::new(setting(), true, None).unwrap();
    let ask = race.ask().unwrap();
    assert_eq!(serde_json::from_str::<Ask>(&serde_json::to_string(&ask).unwrap()).unwrap(), ask);
    assert_eq!(serde_json::from_str::<Setting>(&serde_json::to_string(&setting()).unwrap()).unwrap(), setting());
    let mut answer = Script { accuracy: hill, noise: 0.02, world: 4 }.answer(&ask.trials[0]);
    answer.way = vec![Some(0.5), None, Some(0.25)];
    assert_eq!(serde_json::from_str::<Answer>(&serde_json::to_string(&answer).unwrap()).unwrap(), answer);
    // A loss that is not finite is null there, and counts as divergence still.
    answer.train.loss = f64::INFINITY;
    let read: Answer = serde_json::from_str(&serde_json::to_string(&answer).unwrap()).unwrap();
    assert!(!answer.is_finished() && !read.is_finished());
}

#[test]
fn a_trainer_that_answers_nothing_is_told_so() {
    struct Silent;
    impl Trainer for Silent {
        fn train(&mut self, _: &Ask, _: &Watch) -> Result<Vec<Answer>, Error> {
            Ok(Vec::new())
        }
    }
    let error = advise_by(&mut Silent, setting(), false, None, &Host::here(1)).unwrap_err();
    assert!(error.to_string().contains("the trainer answered none"), "{error}");
}
