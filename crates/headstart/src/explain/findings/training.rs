//! What can be wrong with the length and the number of steps.

use super::units::{dead_units, symmetric_units};
use super::{Finding, Weight, inits, rebuilt};
use crate::explain::cure::{Cure, Toward};
use crate::explain::evidence::{Evidence, Place, Scaled, is_guessing};
use crate::explain::prediction::Outlook;
use crate::words::{about, count, many, percent, rough};

/// A loss that grows to so many times what it was, and what guessing costs, is one of a training that diverges: of its size nobody
/// wants the digits.
const EXPLODES: f64 = 1e6;

pub fn step_too_large(evidence: &Evidence) -> Option<Finding> {
    let (met, allowed) = (evidence.met(), evidence.limit());
    let over = met.filter(|met| *met > allowed);
    let is_descent = evidence.training.is_descent();
    let Some(outlook) = &evidence.outlook else {
        let met = over.filter(|_| is_descent)?;
        let sentence = format!("{}; nothing was run that shows what comes of it.", limit_in_words(evidence, over));
        let stable = Cure::learning_rate(evidence.training.rate * allowed / met / 2.0);
        return Some(
            Finding::new("step too large", Weight::Minor, sentence)
                .figure("lr", evidence.training.rate)
                .figure("sharpness", met)
                .figure("sharpness_limit", allowed)
                .cure(stable.into_iter().collect(), ""),
        );
    };
    let losses = losses(evidence, outlook);
    let diverged = outlook.diverged;
    let (start, end) = (losses[0], losses[losses.len() - 1]);
    let plateau = evidence.guessing;
    // A start without a loss is nothing that shorter steps would help.
    if !start.is_finite() {
        return None;
    }
    let worst = losses.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let rises = diverged || (worst > 1.5 * start && end > start);
    let died = died(evidence, outlook);
    // Adam and rmsprop begin beyond what is stable, and mostly find back: there it takes more than that.
    if !rises && died.is_none() && (over.is_none() || !(is_descent || worst > 1.5 * start && evidence.is_late())) {
        return None;
    }
    // Where they end at what guessing costs or worse, and stay, they have thrown away what the start had.
    let is_no_better = is_guessing(end, plateau) || end > plateau;
    let is_thrown =
        !rises && evidence.is_late() && is_no_better && (worst > 1.5 * start || !is_guessing(start, plateau));
    let is_killed = died.as_ref().is_some_and(|died| evidence.is_late() || died.share == 1.0);
    // A loss that bounces and is left in time all the same is no reason for anything.
    let is_lost = diverged || rises && evidence.is_late() || is_thrown || is_killed;
    let lr = evidence.training.rate;
    let limit = limit_in_words(evidence, over);
    // What comes back is thrown away, and has not diverged.
    let explodes = diverged || end > EXPLODES * start.max(plateau);
    let then = if explodes {
        explosion(diverged, outlook.steps)
    } else if rises {
        format!("the loss bounces up from {} to {} instead of falling", rough(start), rough(worst))
    } else if is_thrown {
        let thrown = if worst > start { format!(", and the loss goes up to {}", rough(worst)) } else { String::new() };
        format!(
            "the first steps overshoot{thrown}; after {} of them the loss is at {}, where guessing has {}",
            count(outlook.steps as u64),
            rough(end),
            rough(plateau)
        )
    } else if end < 0.99 * start {
        let steps = count(outlook.steps as u64);
        format!(
            "the first steps overshoot, though the loss falls from {} to {} in {steps} of them",
            rough(start),
            rough(end)
        )
    } else {
        format!(
            "the first steps overshoot: after {} of them the loss is at {}, from {} at the start",
            count(outlook.steps as u64),
            rough(end),
            rough(start)
        )
    };
    let then = match &died {
        Some(died) => format!("{then}; {}", died.in_words(outlook.steps)),
        None => then,
    };
    // Half of what would be stable.
    let stable = if let Some(met) = over { lr * allowed / met / 2.0 } else { lr / 3.0 };
    let smaller = [1.0, 3.0, 10.0, 30.0].iter().filter_map(|by| Cure::learning_rate(stable / by));
    let finding = Finding::new(
        "step too large",
        if is_lost { Weight::Decisive } else { Weight::Minor },
        format!("{limit}: {then}."),
    )
    .figure("lr", lr)
    .figure("loss_at_start", start)
    .cure(one_rate(evidence), "")
    .cure(smaller.filter(|cure| *cure != Cure::LearningRate(lr)).collect(), "")
    .otherwise("look at what else is wrong: no smaller rate that was tried helps");
    let finding = if explodes { finding } else { finding.figure("largest_loss", worst) };
    // What adam and rmsprop meet after they have thrown the start away says nothing of the start.
    let finding = match met.filter(|_| is_descent || over.is_some()) {
        Some(met) => finding.figure("sharpness", met).figure("sharpness_limit", allowed),
        None => finding,
    };
    let finding = match &died {
        Some(died) => finding.figure("dead_at_start", died.before).figure("dead_after_first_steps", died.share),
        None => finding,
    };
    // Units may die of something else, and losses bounce of it: then shorter steps do not help.
    Some(if diverged || over.is_some() { finding } else { finding.if_cured() })
}

/// That steps are too long for the curvature that they meet, if it is known.
fn limit_in_words(evidence: &Evidence, over: Option<f64>) -> String {
    let lr = evidence.training.rate;
    let allowed = evidence.limit();
    match (over, evidence.curvature.and_then(|curvature| curvature.scaled)) {
        (Some(met), Some(Scaled { steps, .. })) => format!(
            "As {} scales its steps the loss is so curved after {steps} of them (sharpness {}) that they are stable up to {} at this \
             learning rate, {}",
            evidence.training.optimizer,
            rough(met),
            rough(allowed),
            rough(lr)
        ),
        (Some(met), None) => format!(
            "The loss is so curved (sharpness {}{}) that steps are stable up to a sharpness of {} at this learning \
             rate, {}",
            rough(met),
            if one_rate(evidence).is_empty() { "" } else { ", each layer at its own rate" },
            rough(allowed),
            rough(lr)
        ),
        _ => format!("Steps of the learning rate {} are too long", rough(lr)),
    }
}

/// A training that diverges, in words: its loss is no number any more after so many steps, or larger by far.
fn explosion(diverged: bool, steps: usize) -> String {
    let steps = many(steps as u64, "step");
    if diverged {
        format!("the training diverges, and the loss is no longer finite after {steps}")
    } else {
        format!("the training diverges, and within {steps} the loss grows to more than a million times what it was")
    }
}

/// The losses of the first steps. Of minibatches, each of which has its own, from the loss of all samples on the means over an
/// eighth of them.
fn losses(evidence: &Evidence, outlook: &Outlook) -> Vec<f64> {
    let losses: Vec<f64> = outlook.trace.iter().map(|record| record.loss).collect();
    if !evidence.training.has_minibatches {
        return losses;
    }
    let window = losses.len().div_ceil(8);
    let means = losses.windows(window).map(|some| some.iter().sum::<f64>() / window as f64);
    std::iter::once(evidence.look.loss).chain(means).collect()
}

/// Units that the first steps have killed.
struct Died {
    /// In which hidden place, from 0 on, and what it is called.
    at: usize,
    place: String,
    /// The share of dead units at the start, and after the first steps.
    before: f64,
    share: f64,
}

/// The first steps kill where they leave this share of a layer's units dead, and more than before by half of it.
const KILLED: f64 = 0.5;

fn died(evidence: &Evidence, outlook: &Outlook) -> Option<Died> {
    let of = |(at, (place, share)): (usize, (&Place, &f64))| Died {
        at,
        place: place.hidden_name(),
        before: place.stays_dead(),
        share: *share,
    };
    let each = evidence.look.hidden().iter().zip(&outlook.dead).enumerate().map(of);
    let killed = each.filter(|died| died.share >= KILLED && died.share - died.before >= KILLED / 2.0);
    killed.max_by(|a, b| a.share.total_cmp(&b.share).then(b.at.cmp(&a.at)))
}

impl Died {
    fn in_words(&self, steps: usize) -> String {
        let Self { place, before, share, .. } = self;
        let [before, share] = [before, share].map(|share| percent(*share, 0));
        format!("after {} steps {share} of the units of {place} are dead, {before} at the start", count(steps as u64))
    }
}

/// The same rate for all layers, where they have rates of their own.
fn one_rate(evidence: &Evidence) -> Vec<Cure> {
    let places = &evidence.look.places;
    let are_one = places.iter().all(|place| place.rate == 1.0);
    if are_one { Vec::new() } else { vec![Cure::OneRate(places.len())] }
}

/// Logits below this hardly depend on the inputs.
const FAINT: f64 = 0.1;

fn is_faint(evidence: &Evidence) -> bool {
    evidence.look.logits().signal.sqrt() < FAINT
}

pub fn plateau(evidence: &Evidence) -> Option<Finding> {
    let prediction = &evidence.outlook.as_ref()?.prediction;
    // What is symmetric or dead is no plateau: no flow leaves it. Neither is where steps are too long to stay.
    let is_still =
        symmetric_units(evidence).is_some() || dead_units(evidence).is_some_and(|dead| dead.weight == Weight::Decisive);
    let is_thrown =
        step_too_large(evidence).is_some_and(|finding| finding.weight == Weight::Decisive && finding.is_cause());
    if !evidence.is_late() || !evidence.is_on_plateau() || is_still || is_thrown {
        return None;
    }
    let is_faint = is_faint(evidence);
    let why = why(evidence, is_faint);
    let steps = evidence.training.steps;
    let last = evidence.outlook.as_ref().and_then(|outlook| outlook.trace.last());
    let level = match last.filter(|_| evidence.look.is_foreign()) {
        // Of a short run its end is known.
        Some(last) => format!(
            "the loss is {} behind {}, and answering all alike costs {}",
            rough(last.loss),
            many(last.step as u64 + 1, "step"),
            rough(prediction.plateau)
        ),
        None => format!("the loss stays at {}, what guessing costs", rough(prediction.plateau)),
    };
    let (sentence, longer) = if let Some(step) = prediction.step {
        let when = if step > steps {
            format!("after the {} given", count(steps))
        } else {
            let left = 100.0 * (1.0 - step as f64 / steps as f64);
            format!("so late that {left:.0}% of the {} given are left", count(steps))
        };
        let sentence =
            format!("{why}: {level}, until about step {}, {when}. It is not worse, it is later.", about(step));
        (sentence, further(step, steps))
    } else {
        let end = match prediction.from {
            Some(from) => format!("no end of it was found, not before step {}", about(from)),
            None if evidence.look.places.iter().any(|place| place.rate == 0.0) => "no step moves it".to_owned(),
            None => "no step moves it: the gradient is 0".to_owned(),
        };
        (format!("{why}: {level}, and {end}."), String::new())
    };
    let or = if longer.is_empty() { String::new() } else { format!(", or {longer}") };
    let otherwise = match prediction.step {
        Some(_) if longer.is_empty() => format!("let it run: it is left within the {} steps given", count(steps)),
        None => "look at the data and their scale, or at another seed".to_owned(),
        Some(_) => longer,
    };
    // Where the signal is strong enough it is only the steps that are short.
    let weight = if is_faint || step_too_small(evidence).is_none() { Weight::Decisive } else { Weight::Minor };
    let finding = Finding::new("plateau", weight, sentence)
        .figure("plateau", prediction.plateau)
        .figure("loss", evidence.look.loss)
        .figure("gradient_in_first_layer", evidence.look.places[0].gradient)
        .cure(inits(evidence, Toward::Larger), &or)
        .cure(one_rate(evidence), &or)
        .spare_cure(rebuilt(evidence), "")
        .otherwise(otherwise);
    Some(match prediction.step {
        Some(step) => finding.figure("leaves_at", step as f64),
        None => finding,
    })
}

/// The advice to go on to twice as many steps as it takes; empty where as many are given.
fn further(step: u64, given: u64) -> String {
    let steps = about(step.saturating_mul(2)).replace(',', "");
    if steps.parse().is_ok_and(|steps: u64| steps > given) {
        format!("go on to --steps {steps}")
    } else {
        String::new()
    }
}

/// Gradients of a smaller second moment are small, where losses are near 1.
const SMALL: f64 = 1e-2;

/// Why a run stays where guessing is as good. Words for sizes are those of the figures beside them.
fn why(evidence: &Evidence, is_faint: bool) -> String {
    // Layers that are frozen have none.
    let places = &evidence.look.places;
    let place = places.iter().find(|place| place.gradient.is_finite()).unwrap_or(&places[0]);
    let gradient = place.gradient;
    let is_small = gradient < SMALL * evidence.guessing.max(1.0);
    let figure = format!("second moment {} in {}", rough(gradient), place.name);
    match (is_faint, is_small) {
        (true, true) => format!(
            "With weights this small the output hardly depends on the input, and the gradient of each layer, a product \
             of the other layers' weights, is tiny ({figure})"
        ),
        (true, false) => format!(
            "With weights this small the output hardly depends on the input, and the gradient ({figure}) first goes into \
             the one output that is best for all samples"
        ),
        (false, true) => format!("The gradient is small here ({figure})"),
        (false, false) => {
            format!("The loss soon is where guessing has it, though the gradient at the start is not small ({figure})")
        }
    }
}

/// A learning rate that is smaller than what is stable by this factor is not what limits descent.
const FAR_FROM_LIMIT: f64 = 100.0;

pub fn step_too_small(evidence: &Evidence) -> Option<Finding> {
    let (limit, sharpness) = (evidence.limit(), evidence.met()?);
    let step = evidence.leaves_at()?;
    if step <= evidence.training.steps || sharpness * FAR_FROM_LIMIT > limit || sharpness <= 0.0 {
        return None;
    }
    let lr = evidence.training.lr;
    // A tenth of what is stable: on the way the curvature grows.
    let longer = [10.0, 30.0].iter().filter_map(|by| Cure::learning_rate(lr * limit / sharpness / by));
    let sentence = format!(
        "The learning rate {} is {} times smaller than what the curvature here allows (sharpness {}): the loss falls, \
         but a quarter of it takes about {} steps, and {} are given.",
        rough(lr),
        rough(limit / sharpness),
        rough(sharpness),
        about(step),
        count(evidence.training.steps)
    );
    // Where the signal is faint that is the reason, and short steps make it last longer.
    let weight = if evidence.is_on_plateau() && is_faint(evidence) { Weight::Minor } else { Weight::Decisive };
    Some(
        Finding::new("step too small", weight, sentence)
            .figure("lr", lr)
            .figure("sharpness", sharpness)
            .figure("sharpness_limit", limit)
            .figure("steps_needed", step as f64)
            .cure(longer.collect(), ", and look whether that is stable further on")
            .otherwise(further(step, evidence.training.steps)),
    )
}
