//! The race driven by somebody who trains.

use super::advice::Advice;
use super::race::Race;
use super::setting::Setting;
use super::trainer::{Purpose, Trainer};
use crate::budget::Budget;
use crate::error::Error;
use crate::words::many;
use headstart_engine::watch::Watch;

/// What is being done, and about how many updates it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stage {
    /// In words.
    pub what: &'static str,
    /// Updates at the most, about.
    pub steps: u64,
}

/// Finds where to start, by whoever can train; `each` sees every stage as it begins. `search_lr` says whether the learning rate is
/// searched, too, and the budget is the most that may be spent: the steps of 2.84 trainings for each start if nothing is said. If the
/// watch was stopped it is what there is until then, said to be partial; none if there is nothing.
///
/// # Errors
/// As [`Race::new`], [`Race::tell`], [`Race::advice`] and the trainer's own; or if the trainer answers nothing though nobody stopped it.
pub fn advise_by(
    trainer: &mut dyn Trainer,
    setting: Setting,
    search_lr: bool,
    budget: Option<Budget>,
    watch: &Watch,
    each: &dyn Fn(Stage),
) -> Result<Option<Advice>, Error> {
    let mut race = Race::new(setting, search_lr, budget)?;
    drive(&mut race, trainer, watch, each)?;
    let mut advice = race.advice()?;
    if let (Some(advice), Some(probe)) = (&mut advice, race.probe()) {
        advice.starts = trainer.probe(&probe, watch)?.unwrap_or_default();
    }
    Ok(advice)
}

/// Asks until it is over, or somebody stopped it.
pub(super) fn drive(
    race: &mut Race,
    trainer: &mut dyn Trainer,
    watch: &Watch,
    each: &dyn Fn(Stage),
) -> Result<(), Error> {
    let mut last = Purpose::Speed;
    while let Some(ask) = race.ask() {
        if last != ask.purpose {
            each(stage(race, ask.purpose));
            last = ask.purpose;
        }
        let answers = trainer.train(&ask, watch)?;
        let nothing = answers.is_empty();
        race.tell(answers)?;
        if watch.is_stopped() {
            race.stop();
        } else if nothing {
            let wanted = many(ask.trials.len() as u64, "training");
            return Err(Error::Usage(format!("of {wanted} that the race asked for the trainer answered none")));
        }
    }
    Ok(())
}

/// A stage as it begins.
fn stage(race: &Race, purpose: Purpose) -> Stage {
    let what = match purpose {
        Purpose::Rates => "learning rates: ",
        Purpose::Speed | Purpose::Race => "race: ",
        Purpose::Evidence => "evidence: ",
    };
    Stage { what, steps: race.in_steps(race.at_most(purpose)) }
}
