//! What is tried where no start does better than guessing, before anything else is blamed: one change of the task at a time, with
//! the usual start.

use super::super::conclude::Remedy;
use super::super::evidence::words::reached;
use super::super::ground::is_beaten;
use super::super::race::{FRESH, Race};
use super::Engine;
use super::ground::ground;
use crate::compare;
use crate::error::Error;
use crate::executor::Batch;
use crate::explain::Explanation;
use crate::explain::cure::Cure;
use crate::run::Run;
use crate::spec::{Inits, Seeds};
use headstart_engine::optimizer::Optimizer;

/// Seeds of each, as far as what is left allows it.
const SEEDS: usize = 3;

/// Times the steps that are tried.
const LONGER: [f64; 2] = [10.0, 100.0];

/// Times the learning rate, if more steps do not help.
const RATES: [f64; 4] = [10.0, 0.1, 0.01, 0.001];

/// Times the steps after which the plateau is predicted to be left: what is left then is to learn.
const AFTER: f64 = 3.0;

/// Tries changes until one works: what is known to be wrong first, then more steps, then other rates. Fewer where it was stopped or
/// what is left is spent.
pub(super) fn remedies(
    engine: &mut Engine,
    race: &mut Race,
    explanation: Option<&Explanation>,
) -> Result<Vec<Remedy>, Error> {
    let mut tried: Vec<Remedy> = Vec::new();
    for cure in cures(engine, race, explanation) {
        // Of more steps even more may do better.
        let is_found = tried.iter().any(|remedy| remedy.works);
        let is_longer =
            matches!(cure, Cure::Steps(_)) && tried.last().is_some_and(|remedy| matches!(remedy.cure, Cure::Steps(_)));
        if is_found && !is_longer || engine.host.is_stopped() {
            break;
        }
        tried.extend(attempt(engine, race, cure)?);
    }
    Ok(tried)
}

fn cures(engine: &Engine, race: &Race, explanation: Option<&Explanation>) -> Vec<Cure> {
    let mut cures = Vec::new();
    let mut add = |cure: Cure| {
        if !cures.contains(&cure) {
            cures.push(cure);
        }
    };
    if race.setting.scaling_helps {
        add(Cure::Standardize);
    }
    // Starts and seeds were tried already, and more steps come before longer ones.
    let is_first = |cure: &Cure| match cure {
        Cure::Init(_) | Cure::Seed(_) | Cure::Steps(_) => false,
        Cure::LearningRate(lr) => *lr < race.lr,
        _ => true,
    };
    let told = explanation.and_then(|explanation| explanation.findings.first()?.cure.clone());
    told.clone().filter(is_first).into_iter().for_each(&mut add);
    // Half of what is stable at the start (LeCun et al. 1998, section 4.6), where the rate is beyond that.
    let stable = explanation.map(|explanation| 1.0 / explanation.sharpness).filter(|stable| {
        let is_descent = matches!(engine.whole.training().optimizer, Optimizer::Descent { .. });
        is_descent && stable.is_finite() && *stable > 0.0 && race.lr > 2.0 * stable
    });
    stable.and_then(Cure::learning_rate).into_iter().for_each(&mut add);
    let now = engine.whole.steps() as f64;
    let longer = |steps: f64| Cure::Steps(format!("{steps:.1e}").parse::<f64>().unwrap_or(steps).ceil() as usize);
    let left = explanation.and_then(|explanation| explanation.prediction.step);
    let mut steps: Vec<f64> = LONGER.iter().map(|times| times * now).collect();
    steps.extend(left.map(|step| AFTER * step as f64).filter(|steps| *steps > now));
    steps.sort_by(f64::total_cmp);
    steps.into_iter().map(longer).for_each(&mut add);
    told.filter(|cure| matches!(cure, Cure::LearningRate(_))).into_iter().for_each(&mut add);
    RATES.iter().filter_map(|times| Cure::learning_rate(times * race.lr)).for_each(&mut add);
    cures
}

/// One change; none if there is no room for it, or the data cannot be read again.
pub(super) fn attempt(engine: &mut Engine, race: &mut Race, cure: Cure) -> Result<Option<Remedy>, Error> {
    let each = match &cure {
        Cure::Steps(steps) => *steps as f64 / engine.whole.steps().max(1) as f64,
        _ => 1.0,
    };
    // More steps leave something for other rates, which cost little.
    let kept = if each > 1.0 { (RATES.len() * SEEDS) as f64 } else { 0.0 };
    let seeds = SEEDS.min(((race.for_remedies() - kept) / each) as usize);
    if seeds == 0 {
        return Ok(None);
    }
    let mut spec = engine.whole.spec.clone();
    spec.training.lr = Some(race.lr);
    let mut spec = cure.applied(&spec);
    spec.init.init = Inits(vec![race.setting.usual().parse()?]);
    (spec.init.seed, spec.init.seeds) = (race.setting.seed(FRESH), Seeds::Count(seeds));
    let Ok(task) = engine.whole.vary(spec) else { return Ok(None) };
    let mut runs = Vec::new();
    engine.host.run(&Batch::of(&task), |run| runs.push(run))?;
    engine.steps += runs.iter().map(|run: &Run| run.steps as u64).sum::<u64>();
    race.spend(each * seeds as f64);
    let ground = ground(&task, task.blind_loss());
    let comparison = compare::compare(&runs, task.target());
    let Some(cell) = comparison.cells.first() else { return Ok(None) };
    let ends = match cell.judged() {
        Some(judged) if cell.diverged == 0 => {
            format!("{} ends at a {}", cell.init, reached(&ground, cell, judged, None))
        }
        _ => format!("{} diverges", cell.init),
    };
    let score = cell
        .judged()
        .map_or(f64::NEG_INFINITY, |judged| judged.accuracy.map_or(-judged.loss.mean, |accuracy| accuracy.mean));
    Ok(Some(Remedy { works: is_beaten(&ground, cell), cure, ends, score }))
}
