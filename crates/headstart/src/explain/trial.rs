//! Cures are tried before they are told: applied, and what they are for is measured again, by whoever can do so.

use super::cure::Cure;
use super::evidence::{Evidence, Look};
use super::findings::Finding;
use super::prediction::{Outlook, along};
use crate::error::Error;
use crate::run::Record;
use crate::words::{about, count, percent, rough};
use serde::Serialize;
use std::cmp::Ordering;

/// What a cure has to better: a figure of the start. Of the layers it is that of the one where it is worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aim {
    /// The share of pairs of units that are copies.
    Copies,
    /// The share of units that are 0 for every sample.
    Dead,
    /// The share of flat units.
    Flat,
    /// The share of flat outputs.
    FlatOutputs,
    /// How the signal changes from the first layer to the last one.
    Signal,
    /// How the gradient changes from the last hidden layer to the first.
    Gradient,
    /// How alike samples are in the last hidden layer.
    Alike,
    /// The features' size.
    Features,
    /// The share of targets that the output cannot say.
    Reach,
    /// The targets' size beside the outputs'.
    Targets,
    /// The size of the residual stream at its end.
    Stream,
    /// Branches that are shut for good.
    Shut,
    /// How alike the tokens of a sample are at the end.
    Tokens,
    /// The share of queries that attend to one token.
    Attention,
    /// The loss at the start.
    Loss,
    /// Nothing but how the first steps go, and when the start is left.
    Steps,
}

/// How a figure is written.
type Written = fn(f64) -> String;

/// An illness has to lose this share to be better.
const LOST: f64 = 0.1;

impl Aim {
    /// The figure as people read it; none where it cannot be told.
    fn figure(self, look: &Look) -> Option<f64> {
        match self {
            Self::Copies => look.copies().map(|(_, share)| share),
            Self::Dead => look.dead().map(|(_, share)| share),
            Self::Flat => look.flat().map(|(_, share)| share),
            Self::FlatOutputs => look.saturated,
            Self::Signal => look.signal_growth().map(|growth| growth.whole),
            Self::Gradient => look.gradient_growth().map(|growth| growth.whole),
            Self::Alike => look.hidden().last()?.correlation,
            Self::Features => look.features.iter().copied().reduce(f64::max),
            Self::Reach => look.targets.map(|targets| targets.out_of_reach),
            Self::Targets => look.targets.map(|targets| targets.size / look.logits().signal.sqrt().max(1.0)),
            Self::Stream => look.model.as_ref()?.stream_end(),
            Self::Shut => look.model.as_ref().map(|model| model.shut().count() as f64),
            Self::Tokens => look.model.as_ref()?.tokens_alike(),
            Self::Attention => look.model.as_ref()?.sharpest().map(|attention| attention.saturated),
            Self::Loss => Some(look.loss),
            Self::Steps => None,
        }
    }

    /// How bad it is: 0 is best.
    fn illness(self, look: &Look) -> Option<f64> {
        let figure = self.figure(look)?;
        Some(match self {
            Self::Signal | Self::Gradient | Self::Targets => figure.ln().abs(),
            Self::Alike | Self::Tokens => -(1.0 - figure).ln(),
            Self::Features => {
                let smallest = look.features.iter().copied().filter(|size| *size > 0.0).fold(figure, f64::min);
                figure.ln().abs().max((figure / smallest).ln())
            }
            _ => figure,
        })
    }

    /// Whether one start is better in this than another one.
    fn is_better(self, now: &Look, then: &Look) -> bool {
        match (self.illness(now), self.illness(then)) {
            // Where there is no figure any more there is no illness; not a number is one.
            (now, then) if self != Self::Steps => {
                let (now, then) = (now.unwrap_or(f64::INFINITY), then.unwrap_or(0.0));
                then < (1.0 - LOST) * now || (now.is_nan() || now.is_infinite()) && then.is_finite()
            }
            _ => true,
        }
    }

    /// Whether it is about what comes in.
    fn is_of_data(self) -> bool {
        matches!(self, Self::Features | Self::Reach | Self::Targets)
    }

    /// What its figure is called, and how it is written.
    fn words(self) -> Option<(&'static str, Written)> {
        let share: Written = |share| percent(share, 0);
        Some(match self {
            Self::Copies => ("copies", share),
            Self::Dead => ("dead units", share),
            Self::Flat => ("flat units", share),
            Self::FlatOutputs => ("flat outputs", share),
            Self::Signal => ("signal at the output by that in layer 1", rough),
            Self::Gradient => ("gradient in layer 1 by that in the last hidden one", rough),
            Self::Alike => ("correlation in the last hidden layer", rough),
            Self::Features => ("largest feature", rough),
            Self::Reach => ("targets out of reach", share),
            Self::Targets => ("targets' size by the outputs'", rough),
            Self::Stream => ("second moment of the residual stream at its end", rough),
            Self::Shut => ("branches that are shut", |count| format!("{count}")),
            Self::Tokens => ("cosine between tokens at the end", rough),
            Self::Attention => ("queries that see one token", share),
            Self::Loss => ("loss at the start", rough),
            Self::Steps => return None,
        })
    }
}

/// A cure that was tried at the start.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Trial {
    /// The cure, as flags.
    pub cure: Cure,
    /// What it has to better; null where that is when the start is left and nothing else.
    pub figure: Option<&'static str>,
    /// That without and with the cure; null where there is none.
    pub figures: [Option<f64>; 2],
    /// The predicted step at which the start is left, without and with; null where none was found.
    pub leaves: [Option<u64>; 2],
    /// Whether it betters the figure.
    pub betters: bool,
    /// Whether it betters that, and the run as far as it is predicted.
    pub helps: bool,
    /// What became of it, in words.
    pub sentence: String,
    /// How that is known: by [`TRIED`] or [`RUN`].
    pub how: &'static str,
    /// What is told behind the cure.
    #[serde(skip)]
    pub because: String,
}

/// A cure was applied, and the start looked at.
pub const TRIED: &str = "tried";

/// A cure was applied, and the task run.
pub const RUN: &str = "run";

/// How a run promises to go.
#[derive(Clone, Debug)]
struct Promise {
    /// When it leaves its start.
    step: Option<u64>,
    /// Not before this one, as far as was looked.
    from: Option<u64>,
    /// Its first steps.
    trace: Vec<Record>,
    is_finite: bool,
    /// Of a short run on one batch the mean of its losses.
    along: Option<f64>,
}

impl From<&Outlook> for Promise {
    fn from(outlook: &Outlook) -> Self {
        let Outlook { prediction, trace, diverged, cap, .. } = outlook;
        let along = cap.map(|cap| along(trace, cap));
        Self { step: prediction.step, from: prediction.from, trace: trace.clone(), is_finite: !diverged, along }
    }
}

/// Steps that differ by less than this factor, and losses by less than this share, are alike.
const SOONER: f64 = 1.25;
const LOWER: f64 = 0.05;

impl Promise {
    /// Whether a run that promises this goes better than the other, worse, or as well as far as can be seen.
    fn beside(&self, other: &Self) -> Ordering {
        if !(self.is_finite && other.is_finite) {
            return self.is_finite.cmp(&other.is_finite);
        }
        if let (Some(mine), Some(others)) = (self.along, other.along) {
            return match mine / others {
                ratio if ratio < 1.0 - LOWER => Ordering::Greater,
                ratio if ratio > 1.0 + LOWER => Ordering::Less,
                _ => Ordering::Equal,
            };
        }
        let (mine, others) = self.losses_beside(other);
        let by_loss = if mine < (1.0 - LOWER) * others {
            Ordering::Greater
        } else if mine > (1.0 + LOWER) * others {
            Ordering::Less
        } else {
            Ordering::Equal
        };
        match self.by_time(other) {
            Ordering::Equal => by_loss,
            // Soon left and then worse is not better, if the other one is left as well before long.
            Ordering::Greater if by_loss == Ordering::Less && other.is_left_in_sight() => Ordering::Less,
            by_time => by_time,
        }
    }

    /// Which of the two leaves its start sooner, as far as can be told.
    fn by_time(&self, other: &Self) -> Ordering {
        match (self.step, other.step) {
            (Some(mine), Some(others)) if SOONER * mine as f64 + 1.0 < others as f64 => Ordering::Greater,
            (Some(mine), Some(others)) if mine as f64 > SOONER * others as f64 + 1.0 => Ordering::Less,
            (Some(mine), None) if other.from.is_none_or(|from| mine <= from) => Ordering::Greater,
            (None, Some(others)) if self.from.is_none_or(|from| from > others) => Ordering::Less,
            _ => Ordering::Equal,
        }
    }

    /// Whether it leaves its start within the steps that were taken.
    fn is_left_in_sight(&self) -> bool {
        self.step.is_some_and(|step| self.trace.last().is_some_and(|last| step <= last.step as u64))
    }

    /// The losses of both after as many steps.
    fn losses_beside(&self, other: &Self) -> (f64, f64) {
        let last = self.trace.len().min(other.trace.len()).saturating_sub(1);
        // One minibatch tells little.
        let mean = |trace: &[Record]| {
            let some = &trace[last - last / 8..=last];
            some.iter().map(|record| record.loss).sum::<f64>() / some.len() as f64
        };
        (mean(&self.trace), mean(&other.trace))
    }
}

/// Whoever can start again what was measured, with one change: the engine a task (see [`super::rerun`]), a training loop of somebody's
/// own its model.
pub trait Rerun {
    /// How the start looks with a change, before any step; none where the change cannot be made, and if it was stopped.
    ///
    /// # Errors
    /// Whatever keeps it from being looked at.
    fn look(&mut self, cure: &Cure) -> Result<Option<Look>, Error>;

    /// When it would leave its start then, and its first steps; none if it was stopped. A change that was looked at before.
    ///
    /// # Errors
    /// Whatever keeps it from being run.
    fn outlook(&mut self, cure: &Cure) -> Result<Option<Outlook>, Error>;

    /// Whether somebody has stopped it, so that nothing that is found means anything.
    fn is_stopped(&self) -> bool;
}

/// A start with a change, as far as it was looked at.
struct Attempt {
    cure: Cure,
    look: Look,
    promise: Option<Promise>,
}

/// All attempts at curing one start: what several findings ask for is tried once.
struct Attempts<'a> {
    evidence: &'a Evidence,
    own: Promise,
    rerun: &'a mut dyn Rerun,
    made: Vec<Attempt>,
}

/// Tries the cures of all findings, and chooses for each finding the one that helps most, or none. False if it was stopped. Of a start
/// that was not run nothing can be said to go better.
///
/// # Errors
/// As those of whoever reruns it.
pub fn try_cures(evidence: &Evidence, findings: &mut [Finding], rerun: &mut dyn Rerun) -> Result<bool, Error> {
    let Some(outlook) = &evidence.outlook else { return Ok(true) };
    let mut attempts = Attempts { evidence, own: Promise::from(outlook), rerun, made: Vec::new() };
    for finding in findings {
        let mut best: Option<usize> = None;
        for remedy in std::mem::take(&mut finding.remedies) {
            if remedy.is_spare && best.is_some() {
                continue;
            }
            // Of one kind the first that helps is meant: the others are for where it does not.
            // Another seed is luck: it is for where nothing else helps.
            let needs_luck = best.is_none();
            let is_luck = |cure: &Cure| matches!(cure, Cure::Seed(_));
            for cure in remedy.turn.iter().filter(|cure| needs_luck || !is_luck(cure)) {
                let trial = attempts.of(cure, finding.aim)?;
                if attempts.rerun.is_stopped() {
                    return Ok(false);
                }
                let Some(trial) = trial else { continue };
                let helps = trial.helps;
                if remedy.is_spare && !helps {
                    continue;
                }
                finding.tried.push(Trial { because: remedy.because.clone(), ..trial });
                if helps {
                    if best.is_none_or(|other| attempts.is_better(cure, &finding.tried[other].cure)) {
                        best = Some(finding.tried.len() - 1);
                    }
                    // Of rates several are worth a run: what is stable at the start may not be later.
                    if !matches!(cure, Cure::LearningRate(_)) {
                        break;
                    }
                }
            }
        }
        finding.choose(best);
    }
    Ok(true)
}

impl Attempts<'_> {
    /// What becomes of one cure; none where the task does not take it, and if it was stopped.
    fn of(&mut self, cure: &Cure, aim: Aim) -> Result<Option<Trial>, Error> {
        let Some(i) = self.begun(cure)? else { return Ok(None) };
        let (before, after) = (&self.evidence.look, &self.made[i].look);
        let is_better = aim.is_better(before, after);
        let figures = [aim.figure(before), aim.figure(after)];
        if is_better && !self.promised(i)? {
            return Ok(None);
        }
        let attempt = &self.made[i];
        let promise = attempt.promise.as_ref().filter(|_| is_better);
        let helps = promise.is_some_and(|promise| match promise.beside(&self.own) {
            Ordering::Greater => true,
            // What the data ask for may take its time, and be the better for it.
            Ordering::Equal | Ordering::Less if aim.is_of_data() => promise.is_finite && self.is_in_time(promise),
            _ => false,
        });
        let told = aim.words().and_then(|(name, written)| match figures {
            [Some(before), Some(after)] => Some(format!("{name} {} -> {}", written(before), written(after))),
            _ => None,
        });
        let goes = promise.map(|promise| self.in_words(promise));
        let sentence = [told, goes].into_iter().flatten().collect::<Vec<_>>().join("; ");
        let leaves = [self.own.step, promise.and_then(|promise| promise.step)];
        let figure = aim.words().map(|(name, _)| name);
        let because = String::new();
        let betters = is_better && figure.is_some();
        let cure = cure.clone();
        Ok(Some(Trial { cure, figure, figures, leaves, betters, helps, sentence, how: TRIED, because }))
    }

    /// The attempt with a cure, begun where it is not yet.
    fn begun(&mut self, cure: &Cure) -> Result<Option<usize>, Error> {
        if let Some(i) = self.made.iter().position(|attempt| attempt.cure == *cure) {
            return Ok(Some(i));
        }
        let Some(look) = self.rerun.look(cure)? else { return Ok(None) };
        look.check()?;
        self.made.push(Attempt { cure: cure.clone(), look, promise: None });
        Ok(Some(self.made.len() - 1))
    }

    /// Finds out how an attempt would go; false if it was stopped.
    fn promised(&mut self, i: usize) -> Result<bool, Error> {
        let attempt = &mut self.made[i];
        if attempt.promise.is_none() {
            let outlook = self.rerun.outlook(&attempt.cure)?;
            outlook.as_ref().map_or(Ok(()), Outlook::check)?;
            attempt.promise = outlook.as_ref().map(Promise::from);
        }
        Ok(attempt.promise.is_some())
    }

    /// Whether a run with one cure goes better than with another, both of which have been tried.
    fn is_better(&self, cure: &Cure, than: &Cure) -> bool {
        let of = |cure: &Cure| self.made.iter().find(|made| made.cure == *cure).and_then(|made| made.promise.as_ref());
        of(cure).zip(of(than)).is_some_and(|(one, other)| one.beside(other) == Ordering::Greater)
    }

    /// Whether a run leaves its start within the first half of its steps.
    fn is_in_time(&self, promise: &Promise) -> bool {
        promise.step.is_some_and(|step| step <= self.evidence.training.steps / 2)
    }

    /// How a run would go, beside how it goes without.
    fn in_words(&self, with: &Promise) -> String {
        let own = &self.own;
        let leaves = |promise: &Promise| match (promise.step, promise.from) {
            (Some(step), _) => format!("at step {}", about(step)),
            (None, Some(from)) => format!("not before step {}", about(from)),
            (None, None) => "never".to_owned(),
        };
        let last = with.trace.len().min(own.trace.len()).saturating_sub(1);
        let (mine, others) = with.losses_beside(own);
        let loss = |promise: &Promise, loss: f64| {
            if promise.is_finite && loss.is_finite() { rough(loss) } else { "no finite number".to_owned() }
        };
        let losses =
            format!("loss around step {} {}; without, {}", count(last as u64), loss(with, mine), loss(own, others));
        if !(with.is_finite && own.is_finite) {
            return losses;
        }
        if let (Some(mine), Some(others)) = (with.along, own.along) {
            let steps = count(own.trace.len() as u64);
            return format!("mean loss over {steps} steps {}; without, {}", rough(mine), rough(others));
        }
        match (with.by_time(own), with.beside(own)) {
            (Ordering::Equal, _) => losses,
            (time, all) => {
                let but = if time == all { String::new() } else { format!("; {losses}") };
                format!("leaves its start {}; without, {}{but}", leaves(with), leaves(own))
            }
        }
    }
}
