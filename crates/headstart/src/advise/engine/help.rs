//! What only the engine can tell, because it can change more than the start: what stands in the way, what helps, and the start as code.

use super::super::advice::Advice;
use super::super::code;
use super::super::conclude::{Conclusion, Help, conclude, interrupted};
use super::super::race::Race;
use super::super::trainer::Trainer;
use super::Engine;
use super::remedy::{attempt, remedies};
use crate::error::Error;
use crate::explain::cure::Cure;
use crate::explain::findings::data::BadScale;
use crate::explain::{self, Explanation};
use crate::spec::{Inits, Precision};
use headstart_engine::init::Initialization;
use headstart_engine::watch::Watch;

/// Advice from a race that is over, or what there is if it was stopped; none if there is nothing. `helping` sees how many updates what
/// might help may take, where that is tried.
///
/// # Errors
/// As [`Race::advice`], or if a task cannot be made of what is tried.
pub(in crate::advise) fn finish(
    engine: &mut Engine,
    race: &mut Race,
    watch: &Watch,
    helping: &dyn Fn(u64),
) -> Result<Option<Advice>, Error> {
    let partial = |race: &Race, help: &Help| {
        let advice = interrupted(race, &help.remedies);
        Ok(advice.map(|advice| Advice { steps: watch.steps(), ..advice }))
    };
    let mut help = Help::default();
    let found = race.found().zip(race.evidence.as_ref()).filter(|_| race.refused.is_none() && !watch.is_stopped());
    let Some((found, evidence)) = found else {
        return if watch.is_stopped() { partial(race, &help) } else { Ok(Some(conclude(race, help)?.advice)) };
    };
    let works = race.why_not(found.winner, evidence).is_none();
    if works && race.setting.scaling_helps {
        help.scaled = attempt(engine, race, watch, Cure::Standardize)?;
    }
    let before = watch.steps();
    let explained = if works { None } else { explained(engine, race, watch)? };
    let of_explanation = watch.steps() - before;
    if !works {
        helping(race.in_steps(race.for_remedies()));
        help.remedies = remedies(engine, race, watch, explained.as_ref())?;
    }
    let steps = watch.steps() - of_explanation;
    let starts = race.probe().map(|probe| engine.probe(&probe, watch)).transpose()?.flatten();
    let Some(starts) = starts.filter(|_| !watch.is_stopped()) else { return partial(race, &help) };
    help.obstacle = explained.and_then(|explained| explained.findings.into_iter().next());
    let Conclusion { advice, kept } = conclude(race, help)?;
    let init = advice.recommendation.as_ref().map(|found| found.init.parse::<Initialization>()).transpose()?;
    Ok(Some(Advice {
        scale: engine.scale().map(|BadScale { sentence, advice, .. }| {
            format!("{sentence} That may matter more than the start: {advice}.")
        }),
        code: init.map_or_else(Vec::new, |init| code::snippets(&init, engine.whole, &kept)),
        starts,
        steps,
        ..advice
    }))
}

/// What is wrong with the usual start.
fn explained(engine: &Engine, race: &Race, watch: &Watch) -> Result<Option<Explanation>, Error> {
    let mut spec = engine.whole.spec.clone();
    spec.init.init = Inits(vec![race.setting.usual().parse()?]);
    spec.training.precision = Precision::F64;
    spec.training.lr = Some(race.lr);
    explain::explain(&engine.whole.vary(spec)?, engine.threads, watch)
}
