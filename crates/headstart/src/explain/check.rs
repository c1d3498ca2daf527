//! The proof: runs with and without what was advised, beside what was predicted.

use super::Explanation;
use super::cure::Cure;
use super::evidence::ON_PLATEAU;
use super::findings::ended::Ended;
use super::findings::{Finding, Weight, tell};
use super::population::{Population, Stuck, population};
use super::predict::Sight;
use super::retrain::{Facts, Retrain, TestFacts, Trained, Wanted, trained};
use crate::error::Error;
use crate::run::{Figures, Record, Run};
use crate::units::mean_r2;
use crate::words::{count, many, percent, rough};
use serde::Serialize;
use std::fmt::Write as _;

/// A cured run is better where its loss is under this share of the other's.
pub(super) const BETTER: f64 = 0.95;

/// Cures of one finding that are run beside the one that is told, at most.
const OTHERS: usize = 2;

/// Other seeds that a cure is held to, how many of them have to end lower with it, and the multiply-adds that may cost.
const SEEDS: usize = 9;
const MOST: usize = 7;
const WORK: f64 = 1e10;

/// What running it showed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Check {
    /// The step at which the event happened; null if it did not within the steps that were run.
    pub measured: Option<u64>,
    /// Steps that were run to see it.
    pub steps: u64,
    /// Whether that is as predicted.
    pub holds: bool,
    /// What the run of the task's own steps ended with.
    pub train: Figures,
    /// How that run ended, beside guessing, in words.
    pub ended: String,
    /// On the test set, if there is one.
    pub test: Option<Figures>,
    /// That what is learned says nothing of the test samples, in words; null where it does, where nothing is learned, and without a
    /// test set.
    pub held_out: Option<String>,
    /// What became of other seeds; null where the run ended better than guessing, and where they would have taken too long.
    pub population: Option<Population>,
    /// What became of it with each cure that was advised.
    pub cures: Vec<CureCheck>,
    /// The loss along the way.
    #[serde(skip)]
    pub trace: Vec<Record>,
}

/// A run with the cure that a finding advises, and with nothing else changed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CureCheck {
    /// The finding's name.
    pub finding: &'static str,
    /// The cure, as flags.
    pub cure: Cure,
    /// The step at which the event happened.
    pub measured: Option<u64>,
    /// What it ended with.
    pub train: Figures,
    /// On the test set, if there is one.
    pub test: Option<Figures>,
    /// Whether it went better than without, as the finding says, and with most other seeds as well, if they were run.
    pub bears_out: bool,
    /// How many other seeds end with a lower loss with it, and of how many; null where it does not help, and where they would have
    /// taken too long.
    pub others: Option<[usize; 2]>,
    /// How it ended, and how without.
    #[serde(skip)]
    pub outcome: String,
    /// That in words.
    pub sentence: String,
    /// The loss along the way.
    #[serde(skip)]
    pub trace: Vec<Record>,
}

/// The runs that a check consists of.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The training itself, then for as many steps as the prediction goes, then with each cure.
    wanted: Vec<Wanted>,
    cures: Vec<(&'static str, Cure)>,
}

impl Plan {
    /// What to run to check an explanation.
    ///
    /// # Errors
    /// If one of its cures cannot be made.
    pub fn new(explanation: &Explanation, runs: &mut dyn Retrain) -> Result<Self, Error> {
        let Facts { steps, is_endless, .. } = runs.facts();
        let far = match explanation.prediction.to {
            // A schedule belongs to its number of steps.
            Some(to) if is_endless => steps.max(to.saturating_add(1)),
            _ => steps,
        };
        let mut cures: Vec<(&'static str, Cure)> = Vec::new();
        for (i, finding) in explanation.findings.iter().enumerate() {
            // Of what decides, others that helped at the start are run as well.
            let others = finding.tried.iter().filter(|trial| trial.helps || trial.betters).map(|trial| &trial.cure);
            let others =
                others.filter(|cure| finding.cure.as_ref() != Some(cure)).take(if i == 0 { OTHERS } else { 0 });
            for cure in finding.cure.iter().chain(others) {
                if !cures.iter().any(|(_, other)| other == cure) {
                    cures.push((finding.name, cure.clone()));
                }
            }
        }
        let mut wanted = vec![Wanted::own(None, steps), Wanted::own(None, far)];
        wanted.extend(cures.iter().map(|(_, cure)| Wanted::own(Some(cure.clone()), steps)));
        wanted.iter().try_for_each(|wanted| runs.takes(wanted))?;
        Ok(Self { wanted, cures })
    }

    /// Updates of parameters in all of it.
    pub fn steps(&self) -> u64 {
        self.wanted.iter().filter_map(|wanted| wanted.steps).fold(0, u64::saturating_add)
    }
}

/// Runs what a plan says, and holds it to the explanation, whose cures are then those that helped; where the run ends no better
/// than guessing, other seeds are run, too. If it was stopped nothing is changed.
///
/// # Errors
/// As those of whoever trains.
pub fn verify(plan: &Plan, explanation: &mut Explanation, runs: &mut dyn Retrain) -> Result<(), Error> {
    let threshold = explanation.prediction.threshold;
    let Some(done) = trained(runs, &plan.wanted, threshold, false)? else { return Ok(()) };
    let done: Vec<Trained> = done.into_iter().flatten().collect();
    let (facts, own, guessing) = (runs.facts(), &done[0].run, explanation.prediction.plateau);
    let decides = explanation.findings.iter().any(|finding| finding.decides);
    // What decides explains why it is halfway, and is told already.
    let stuck = Stuck::of(&facts, own, guessing).filter(|stuck| matches!(stuck, Stuck::Guessing { .. }) || !decides);
    let mut check = checked(plan, explanation, &facts, &done);
    if !hold_to_others(&mut check, facts.steps, runs)? {
        return Ok(());
    }
    if let Some(stuck) = stuck {
        let refuted = check.cures.iter().filter(|cure| !cure.bears_out);
        let refuted: Vec<Cure> = refuted.map(|cure| cure.cure.clone()).collect();
        check.population = population(stuck, &refuted, runs)?;
    }
    if runs.is_stopped() {
        return Ok(());
    }
    if facts.is_noisy {
        let far = plan.wanted[1].steps.unwrap_or(facts.steps);
        let Some(Sight { step }) = runs.sight(threshold, far)? else { return Ok(()) };
        check.measured = step;
        check.holds = explanation.prediction.holds(step, check.steps);
    }
    let is_guessing = matches!(stuck, Some(Stuck::Guessing { .. }));
    let in_time = explanation.prediction.step.is_some_and(|step| step <= facts.steps / 2) && !is_guessing;
    for finding in &mut explanation.findings {
        finding.prove(&check.cures);
    }
    // A cause that proved to be none gives way to what comes next.
    let is_left = explanation.findings.iter().any(Finding::is_borne_out);
    if is_left || is_guessing {
        explanation.findings.retain(Finding::is_borne_out);
    }
    // Of what is enough to explain it, what was cured comes first.
    explanation.findings.sort_by_key(|finding| (finding.weight, finding.cure.is_none()));
    for (i, finding) in explanation.findings.iter_mut().enumerate() {
        finding.decides = i == 0 && is_left && finding.weight == Weight::Decisive;
    }
    // What decides and is cured explains it; if nothing does, the other seeds may.
    let is_explained = explanation.findings.iter().any(|finding| finding.decides && finding.cure.is_some());
    if !is_explained && (is_guessing || check.population.is_some()) {
        let population = check.population.as_ref();
        let ended = Ended { facts: &facts, run: own, prediction: &explanation.prediction, population };
        let findings = std::mem::take(&mut explanation.findings);
        explanation.findings = ended.before(findings);
    }
    tell(&mut explanation.findings, in_time);
    explanation.check = Some(check);
    Ok(())
}

/// Runs other seeds with and without the cures that helped, and takes back those that help few of them. False if it was stopped.
fn hold_to_others(check: &mut Check, steps: u64, runs: &mut dyn Retrain) -> Result<bool, Error> {
    // Another seed is luck, and nothing else is said of it.
    let is_held = |cure: &CureCheck| cure.bears_out && !matches!(cure.cure, Cure::Seed(_));
    let held: Vec<usize> = (0..check.cures.len()).filter(|i| is_held(&check.cures[*i])).collect();
    let mut cost = runs.work(None)?;
    for i in &held {
        cost += runs.work(Some(&check.cures[*i].cure))?;
    }
    if held.is_empty() || cost * SEEDS as f64 > WORK {
        return Ok(true);
    }
    let mut losses = |cure: Option<&Cure>| -> Result<Option<Vec<f64>>, Error> {
        let wanted = Wanted::others(cure.cloned(), Some(steps), SEEDS);
        let loss = |Trained { run, .. }: Trained| if run.is_finished() { run.train.loss } else { f64::INFINITY };
        let done = trained(runs, &[wanted], f64::NEG_INFINITY, true)?;
        Ok(done.map(|done| done.into_iter().flatten().map(loss).collect()))
    };
    let Some(without) = losses(None)? else { return Ok(false) };
    for i in held {
        let Some(with) = losses(Some(&check.cures[i].cure))? else { return Ok(false) };
        let lower = with.iter().zip(&without).filter(|(with, without)| with < without).count();
        let cure = &mut check.cures[i];
        cure.others = Some([lower, with.len()]);
        if lower >= MOST {
            let _ = write!(cure.sentence, " {lower} of {} other seeds end lower with it.", with.len());
            continue;
        }
        cure.bears_out = false;
        cure.outcome = format!("{}, and {lower} of {} other seeds end lower with it", cure.outcome, with.len());
        let all = with.len();
        let _ =
            write!(cure.sentence, " That is luck: {lower} of {all} other seeds end lower with it; it is withdrawn.");
    }
    Ok(true)
}

/// What runs showed that were done by a plan.
fn checked(plan: &Plan, explanation: &Explanation, facts: &Facts, done: &[Trained]) -> Check {
    let event = |i: usize| done[i].left;
    let (own, far) = (&done[0].run, &done[1].run);
    let measured = event(1);
    // What diverged has no loss, and is worse than any.
    let own_loss = if own.is_finished() && own.train.loss.is_finite() { own.train.loss } else { f64::INFINITY };
    let bears_out = |i: usize| {
        let run = &done[i + 2].run;
        let (measured, before) = (event(i + 2), event(0));
        let sooner = measured.is_some_and(|with| before.is_none_or(|without| with < without));
        let lower = run.train.loss < BETTER * own_loss;
        let is_no_worse = run.train.loss <= own_loss / BETTER;
        // What soon leaves guessing and falls back to it has gained nothing.
        let has_learned = run.train.loss < explanation.prediction.plateau * (1.0 - ON_PLATEAU);
        [run.is_finished() && has_learned && (lower || sooner && is_no_worse), has_learned]
    };
    let proven: Vec<[bool; 2]> = (0..plan.cures.len()).map(bears_out).collect();
    let cured = |(i, (finding, cure)): (usize, &(&'static str, Cure))| {
        let (run, measured, [bears_out, has_learned]) = (&done[i + 2].run, event(i + 2), proven[i]);
        // One rate of several that does not help refutes nothing.
        let is_proven = plan.cures.iter().zip(&proven).any(|((other, _), [helps, _])| other == finding && *helps);
        let verdict = match (bears_out, is_proven) {
            (true, _) => String::new(),
            (false, true) => " It does not help; another cure of the same finding does.".to_owned(),
            (false, false) => verdict(explanation, finding),
        };
        CureCheck {
            finding,
            cure: cure.clone(),
            measured,
            train: run.train,
            test: run.test,
            bears_out,
            others: None,
            outcome: format!(
                "{}{}; without, {}",
                figures(run),
                if has_learned || !run.is_finished() { "" } else { ", no better than guessing" },
                figures(own).trim_start_matches("ends with ")
            ),
            sentence: sentence(cure, own, run, measured) + &verdict,
            trace: run.trace.clone(),
        }
    };
    Check {
        measured,
        steps: far.steps as u64,
        holds: explanation.prediction.holds(measured, far.steps as u64),
        train: own.train,
        ended: ended(facts, own, explanation.prediction.plateau, event(0)),
        test: own.test,
        held_out: held_out(facts.test, explanation.prediction.plateau, done),
        population: None,
        cures: plan.cures.iter().enumerate().map(cured).collect(),
        trace: far.trace.clone(),
    }
}

/// How a run ended, beside what guessing costs and how often it is right; `left` is the step at which it left its start.
fn ended(facts: &Facts, own: &Run, plateau: f64, left: Option<u64>) -> String {
    let guessing = match facts.majority {
        Some(share) => format!("guessing costs {} and is right in {}", rough(plateau), percent(share, 0)),
        None => format!("guessing costs {}", rough(plateau)),
    };
    let is_lower = own.train.loss < plateau * (1.0 - ON_PLATEAU);
    let is_more_often_right = facts.majority.zip(own.train.accuracy).map(|(share, own)| own > share);
    let is_higher = own.train.loss > plateau * (1.0 + ON_PLATEAU);
    let verdict = match (is_lower, is_more_often_right, left) {
        _ if !own.is_finished() => String::new(),
        (false, Some(true), _) if is_higher => ": it is right more often, but its loss is higher".to_owned(),
        (false, Some(true), _) => ": it is right more often, but its loss is hardly lower".to_owned(),
        (false, _, Some(step)) => format!(": it left its start at step {}, and came back", count(step)),
        (false, _, None) => ": it has learned no more than that".to_owned(),
        (true, Some(false), _) => ": its loss is lower, but it is right no more often".to_owned(),
        (true, ..) => String::new(),
    };
    format!("{}; {guessing}{verdict}", figures(own))
}

/// Standard errors of an accuracy by which it has to be beyond guessing, to be no luck; losses have to be below this part of guessing's.
const LUCK: f64 = 2.0;
const LESS: f64 = 0.98;

/// Of fewer test samples than this no more is said: they do not tell luck from little.
const FEW_SAMPLES: usize = 30;

/// Whether runs that have learned something in training are no better than guessing on the test samples, all of them: then no cure
/// is worth more than it shows there.
fn held_out(test: Option<TestFacts>, plateau: f64, done: &[Trained]) -> Option<String> {
    let learned = |run: &&Run| run.is_finished() && run.train.loss < plateau * (1.0 - ON_PLATEAU);
    let tested: Vec<Figures> =
        done.iter().map(|trained| &trained.run).filter(learned).filter_map(|run| run.test).collect();
    let TestFacts { samples, majority, guessing, tells_classes } = test.filter(|test| test.samples >= FEW_SAMPLES)?;
    let (is_luck, told) = if let Some(share) = majority {
        let best = tested.iter().filter_map(|test| test.accuracy).reduce(f64::max)?;
        let luck = LUCK * (share * (1.0 - share) / samples as f64).sqrt();
        let [right, guess] = [best, share].map(|share| percent(share, 0));
        // Where classes are of different size it takes more than the accuracy to tell.
        let is_luck = best <= share + luck && !tells_classes;
        (is_luck, format!("no run is right in more than {right}, and guessing in {guess}"))
    } else {
        let guess = guessing?;
        let best = tested.iter().map(|test| test.loss).reduce(f64::min)?;
        (best >= LESS * guess, format!("no run has a loss below {}, and guessing costs {}", rough(best), rough(guess)))
    };
    is_luck.then(|| {
        let samples = many(samples as u64, "test sample");
        format!(
            "What is learned here says nothing of other samples: on {samples} {told}. It takes more data or other features, and \
             not another start."
        )
    })
}

/// What a run ended with.
fn figures(run: &Run) -> String {
    match (run.status, run.train.accuracy, run.test.and_then(|test| test.accuracy)) {
        ("diverged", ..) => "diverges".to_owned(),
        (_, Some(train), Some(test)) => {
            format!("ends with loss {}, accuracy {train:.2} / {test:.2}", rough(run.train.loss))
        }
        (_, Some(train), None) => format!("ends with loss {}, accuracy {train:.2}", rough(run.train.loss)),
        _ => match run.targets.as_ref().and_then(|fits| mean_r2(&fits.train)) {
            // Beyond that it says nothing that the loss does not.
            Some(r2) if r2 < -99.0 => format!("ends with loss {} (R^2 far below 0)", rough(run.train.loss)),
            Some(r2) => format!("ends with loss {} (R^2 {r2:.2})", rough(run.train.loss)),
            None => format!("ends with loss {}", rough(run.train.loss)),
        },
    }
}

fn sentence(cure: &Cure, own: &Run, with: &Run, left: Option<u64>) -> String {
    let leaves = left.map_or_else(
        || "does not leave its start".to_owned(),
        |step| format!("leaves its start at step {}", count(step)),
    );
    format!("with {cure} the run {leaves} and {}; without, it {}.", figures(with), figures(own))
}

/// What a check says of the finding none of whose cures helps.
fn verdict(explanation: &Explanation, finding: &str) -> String {
    let decides = explanation.findings.iter().find(|finding| finding.decides).map(|finding| finding.name);
    let is_sure = explanation.findings.iter().any(|other| other.name == finding && other.is_cause());
    match decides {
        _ if !is_sure => format!(" It does not help, so {finding} is not what it is about."),
        Some(other) if other != finding => format!(" Alone it does not help: {other} holds as well."),
        Some(_) => {
            format!(" This contradicts the finding \"{finding}\": its cure does not help here, and is withdrawn.")
        }
        None => " It does not help, and is withdrawn.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{explain, tasks, verify_all};
    use super::*;
    use crate::host::Host;
    use crate::spec::TaskSpec;

    fn verified(rows: &str, training: &str) -> Explanation {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("rows.csv");
        std::fs::write(&file, rows).unwrap();
        let spec = TaskSpec::from_toml(&format!(
            "[data]\ndata = '{}'\nlabel = 'y'\n[network]\nlayers = '_,16,_'\n[training]\n{training}\n",
            file.display()
        ));
        let task = tasks(&spec.unwrap()).unwrap().remove(0);
        let host = Host::here(2);
        let mut explanation = explain(&task, &host).unwrap().unwrap();
        assert!(verify_all(std::slice::from_ref(&task), std::slice::from_mut(&mut explanation), &host).unwrap());
        explanation
    }

    /// Rows of two features; the label is drawn, or tells whether the first is larger.
    fn rows(is_drawn: bool) -> String {
        let mut state = 1_u32;
        let mut draw = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state >> 16
        };
        let mut row = || {
            let [a, b, drawn] = [(); 3].map(|()| draw());
            let label = if is_drawn { drawn % 2 == 0 } else { a > b };
            format!("{a},{b},{}\n", if label { "yes" } else { "no" })
        };
        format!("a,b,y\n{}", (0..160).map(|_| row()).collect::<String>())
    }

    #[test]
    fn where_nothing_holds_for_other_samples_it_is_said() {
        let training = "optimizer = 'adam'\nlr = 0.01\nsteps = 1500";
        let noise = verified(&rows(true), training).check.unwrap();
        let told = noise.held_out.expect("labels are drawn");
        assert!(
            told.contains("says nothing of other samples") && told.contains("test samples no run is right"),
            "{told}"
        );
        assert_eq!(verified(&rows(false), training).check.unwrap().held_out, None);
    }

    #[test]
    fn a_training_that_explodes_is_told_in_words() {
        let rows = (0..40).map(|i| format!("{},{},{}\n", i * i % 31, i % 7, i * i % 31 + i % 7));
        let rows = format!("a,b,y\n{}", rows.collect::<String>());
        let explanation = verified(&rows, "lr = 1000.0\nsteps = 50");
        let finding = explanation.findings.iter().find(|finding| finding.name == "step too large").unwrap();
        assert!(finding.sentence.contains("the training diverges"), "{}", finding.sentence);
        assert!(!finding.evidence.contains_key("largest_loss"));
    }
}
