//! What only the engine can tell, because it can change more than the start: what stands in the way, what helps, and the start as code.

use super::super::advice::Advice;
use super::super::code;
use super::super::conclude::{Conclusion, Help, conclude, interrupted};
use super::super::race::Race;
use super::super::trainer::Trainer;
use super::Engine;
use super::depth::{depth, is_asked};
use super::remedy::{attempt, remedies};
use crate::budget::Budget;
use crate::error::Error;
use crate::explain::cure::Cure;
use crate::explain::findings::data::BadScale;
use crate::explain::{self, Explanation};
use crate::spec::Inits;
use headstart_engine::init::Initialization;

/// Advice from a race that is over, or what there is if it was stopped; none if there is nothing. Where nothing works, what might help
/// is tried in a stage of its own.
///
/// # Errors
/// As [`Race::advice`], or if a task cannot be made of what is tried.
pub(in crate::advise) fn finish(
    engine: &mut Engine,
    race: &mut Race,
    budget: Option<Budget>,
) -> Result<Option<Advice>, Error> {
    let (host, watch) = (engine.host, engine.host.watch());
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
        help.scaled = attempt(engine, race, Cure::Standardize)?;
    }
    // Where all starts end alike, and learn, there is nothing to ask.
    if !(works && race.range.is_some()) && is_asked(engine.whole) {
        host.begin_within("what depth costs: ", race.in_steps(race.kept()), budget);
        help.depth = depth(engine, race)?;
    }
    let is_helped = help.depth.as_ref().is_some_and(|depth| depth.helps);
    let explained = if works || is_helped { None } else { explained(engine, race)? };
    if !works && !is_helped {
        host.begin_within("what might help: ", race.in_steps(race.for_remedies()), budget);
        help.remedies = remedies(engine, race, explained.as_ref())?;
    }
    let steps = engine.steps;
    let starts = race.probe().map(|probe| engine.probe(&probe, watch)).transpose()?.flatten();
    let Some(starts) = starts.filter(|_| !watch.is_stopped()) else { return partial(race, &help) };
    help.obstacle = explained.and_then(|explained| explained.findings.into_iter().next());
    let Conclusion { advice, kept } = conclude(race, help)?;
    let init = advice.recommendation.as_ref().map(|found| found.init.parse::<Initialization>()).transpose()?;
    // Frameworks build blocks in as many ways as people do: which of their layers is which only whoever wrote them knows.
    let is_chain = engine.whole.network().is_dense_chain();
    let in_file = init.as_ref().filter(|_| !is_chain).map(|init| {
        format!(
            "There is no code for a network of blocks: headstart init with the flags of this task, --init {init}, --naming plain and --out \
             start.safetensors writes the weights to a file."
        )
    });
    Ok(Some(Advice {
        why: advice.why.iter().cloned().chain(in_file).collect(),
        scale: engine.scale().map(|BadScale { sentence, advice, .. }| {
            format!("{sentence} That may matter more than the start: {advice}.")
        }),
        code: init.filter(|_| is_chain).map_or_else(Vec::new, |init| code::snippets(&init, engine.whole, &kept)),
        starts,
        steps,
        ..advice
    }))
}

/// What is wrong with the usual start.
fn explained(engine: &Engine, race: &Race) -> Result<Option<Explanation>, Error> {
    let mut spec = engine.whole.spec.clone();
    spec.init.init = Inits(vec![race.setting.usual().parse()?]);
    spec.training.looks();
    spec.training.lr = Some(race.lr);
    explain::explain(&engine.whole.vary(spec)?, engine.host)
}
