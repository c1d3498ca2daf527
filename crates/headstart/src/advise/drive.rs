//! The race driven by somebody who trains.

use super::advice::Advice;
use super::race::Race;
use super::setting::Setting;
use super::trainer::{Purpose, Trainer};
use crate::budget::Budget;
use crate::error::Error;
use crate::host::Host;
use crate::words::many;

/// Finds where to start, by whoever can train. `search_lr` says whether the learning rate is
/// searched, too, and the budget is the most that may be spent: the steps of 2.84 trainings for each start if nothing is said. If the
/// host's watch was stopped it is what there is until then, said to be partial; none if there is nothing.
///
/// # Errors
/// As [`Race::new`], [`Race::tell`], [`Race::advice`] and the trainer's own; or if the trainer answers nothing though nobody stopped it.
pub fn advise_by(
    trainer: &mut dyn Trainer,
    setting: Setting,
    search_lr: bool,
    budget: Option<Budget>,
    host: &Host<'_>,
) -> Result<Option<Advice>, Error> {
    let mut race = Race::new(setting, search_lr, budget)?;
    drive(&mut race, trainer, budget, host)?;
    let mut advice = race.advice()?;
    if let (Some(advice), Some(probe)) = (&mut advice, race.probe()) {
        advice.starts = trainer.probe(&probe, host.watch())?.unwrap_or_default();
    }
    Ok(advice)
}

/// Asks until it is over, or somebody stopped it.
pub(super) fn drive(
    race: &mut Race,
    trainer: &mut dyn Trainer,
    budget: Option<Budget>,
    host: &Host<'_>,
) -> Result<(), Error> {
    let watch = host.watch();
    let mut last = Purpose::Speed;
    while let Some(ask) = race.ask() {
        if last != ask.purpose {
            host.begin_within(stage(ask.purpose), race.in_steps(race.at_most(ask.purpose)), budget);
            last = ask.purpose;
        }
        let answers = trainer.train(&ask, watch)?;
        let nothing = answers.is_empty();
        race.tell(answers)?;
        host.show(|| race.standings());
        if watch.is_stopped() {
            race.stop();
        } else if nothing {
            let wanted = many(ask.trials.len() as u64, "training");
            return Err(Error::Usage(format!("of {wanted} that the race asked for the trainer answered none")));
        }
    }
    Ok(())
}

/// What trainings are for, in words.
fn stage(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Rates => "learning rates: ",
        Purpose::Speed | Purpose::Race => "race: ",
        Purpose::Evidence => "evidence: ",
    }
}
