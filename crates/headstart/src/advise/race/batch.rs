//! What is asked now, and whether what is told fits it.

use super::super::setting::Setting;
use super::super::trainer::{Answer, Ask, Purpose, Samples, Trial};
use crate::error::Error;
use crate::run::Figures;

/// A training that the race wants: whose it is, and which one of these.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub trial: Trial,
    /// The number of its start, among those that are asked about.
    pub start: usize,
    /// How many of that were asked for before.
    pub repeat: usize,
}

/// A training that was done.
#[derive(Clone, Debug)]
pub(in crate::advise) struct Done {
    pub trial: Trial,
    pub start: usize,
    pub repeat: usize,
    pub answer: Answer,
}

impl Done {
    /// The trial by which it goes on, if it can.
    pub fn paused(&self) -> Option<u64> {
        self.answer.paused.then_some(self.trial.id)
    }
}

/// What is asked, and what was told of it.
#[derive(Clone, Debug)]
pub(super) struct Batch {
    ask: Ask,
    /// Start and repeat of each trial.
    whose: Vec<(usize, usize)>,
    told: Vec<Option<Answer>>,
}

impl Batch {
    pub fn new(purpose: Purpose, wanted: Vec<Wanted>) -> Self {
        let whose: Vec<(usize, usize)> = wanted.iter().map(|wanted| (wanted.start, wanted.repeat)).collect();
        let trials: Vec<Trial> = wanted.into_iter().map(|wanted| wanted.trial).collect();
        Self { told: vec![None; trials.len()], ask: Ask { purpose, trials }, whose }
    }

    /// Takes answers, all of them or none.
    ///
    /// # Errors
    /// If one does not fit what is asked: then nothing has changed.
    pub fn tell(&mut self, setting: &Setting, answers: Vec<Answer>) -> Result<(), Error> {
        let mut places = Vec::with_capacity(answers.len());
        for answer in &answers {
            let place = self.place(answer)?;
            if places.contains(&place) || self.told[place].is_some() {
                return refused(&self.ask.trials[place], "was answered already");
            }
            check(setting, &self.ask.trials[place], answer)?;
            places.push(place);
        }
        for (place, answer) in places.into_iter().zip(answers) {
            self.told[place] = Some(answer);
        }
        Ok(())
    }

    /// Which trial an answer is to.
    fn place(&self, answer: &Answer) -> Result<usize, Error> {
        let place = self.ask.trials.iter().position(|trial| trial.id == answer.trial);
        place.ok_or_else(|| Error::Usage(format!("trial {} is not asked for", answer.trial)))
    }

    /// Whether all is told.
    pub fn is_whole(&self) -> bool {
        self.told.iter().all(Option::is_some)
    }

    /// What is still to be told.
    pub fn open(&self) -> Ask {
        let trials = self.ask.trials.iter().zip(&self.told).filter(|(_, told)| told.is_none());
        Ask { purpose: self.ask.purpose, trials: trials.map(|(trial, _)| trial.clone()).collect() }
    }

    /// What was told, in the order in which it was asked, whatever the order in which it came. The trainings of a start are those from
    /// the first one on: none comes after one that is missing.
    pub fn done(self) -> Vec<Done> {
        let mut missing: Vec<usize> = Vec::new();
        let mut done = Vec::with_capacity(self.told.len());
        for ((trial, (start, repeat)), answer) in self.ask.trials.into_iter().zip(self.whose).zip(self.told) {
            match answer {
                Some(answer) if !missing.contains(&start) => done.push(Done { trial, start, repeat, answer }),
                Some(_) => {}
                None => missing.push(start),
            }
        }
        done
    }
}

fn refused<T>(trial: &Trial, problem: &str) -> Result<T, Error> {
    Err(Error::Usage(format!("trial {} of {}: {problem}", trial.id, trial.start.init)))
}

/// Whether an answer has the figures that its trial asks for.
fn check(setting: &Setting, trial: &Trial, answer: &Answer) -> Result<(), Error> {
    if answer.steps > trial.until {
        let problem = format!("took {} steps, and no more than {} were asked for", answer.steps, trial.until);
        return refused(trial, &problem);
    }
    if !answer.is_finished() {
        return Ok(());
    }
    let is_held_out = matches!(trial.on, Samples::Without(_)) || setting.ground.tested.is_some();
    if answer.held.is_some() != is_held_out {
        let problem = if is_held_out {
            "there are no figures on the samples that were held out"
        } else {
            "there are figures on samples that are not there: nothing was held out, and there is no test set"
        };
        return refused(trial, problem);
    }
    if setting.classify() {
        let is_share = |figures: Figures| figures.accuracy.is_some_and(|accuracy| (0.0..=1.0).contains(&accuracy));
        for (figures, set) in [(Some(answer.train), "training"), (answer.held, "held-out")] {
            if let Some(figures) = figures.filter(|figures| !is_share(*figures)) {
                let accuracy = figures.accuracy.map_or_else(|| "missing".to_owned(), |accuracy| accuracy.to_string());
                let problem = format!(
                    "the accuracy on the {set} samples is {accuracy}, and not a share from 0 to 1; where a training \
                     diverged, say so"
                );
                return refused(trial, &problem);
            }
        }
    }
    Ok(())
}
