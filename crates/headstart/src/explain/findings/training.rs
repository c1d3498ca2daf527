//! What can be wrong with the length and the number of steps.

use super::units::{dead_units, symmetric_units};
use super::{Finding, Weight, inits};
use crate::explain::cure::{Cure, Toward};
use crate::explain::evidence::{Evidence, is_guessing};
use crate::words::{about, count, rough};

pub fn step_too_large(evidence: &Evidence) -> Option<Finding> {
    let sharpness = evidence.sharpness.value;
    let over = evidence.limit.map(|limit| sharpness / limit).filter(|over| *over > 1.0);
    let stretch = &evidence.outlook.stretch;
    let losses: Vec<f64> = stretch.trace.iter().map(|record| record.loss).collect();
    let diverged = stretch.status == "diverged";
    let (start, end) = (losses[0], losses[losses.len() - 1]);
    let plateau = evidence.outlook.prediction.plateau;
    // A start without a loss is nothing that shorter steps would help.
    if !start.is_finite() {
        return None;
    }
    let worst = losses.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let rises = diverged || (worst > 1.5 * start && end > start);
    if over.is_none() && !rises {
        return None;
    }
    // Where they end at what guessing costs or worse, and stay, they have thrown away what the start had.
    let is_no_better = is_guessing(end, plateau) || end > plateau;
    let is_thrown =
        !rises && evidence.is_late() && is_no_better && (worst > 1.5 * start || !is_guessing(start, plateau));
    let lr = evidence.task.training().lr;
    let at_rates = if one_rate(evidence).is_empty() { "" } else { ", each layer at its own rate" };
    let limit = match (over, evidence.limit) {
        (Some(_), Some(limit)) => format!(
            "The loss is so curved (sharpness {}{at_rates}) that steps are stable up to a sharpness of {} at this learning \
             rate, {}",
            rough(sharpness),
            rough(limit),
            rough(lr)
        ),
        _ => format!("Steps of the learning rate {} are too long", rough(lr)),
    };
    let then = if diverged {
        format!("the loss is no longer finite after {} steps", count(stretch.steps as u64))
    } else if rises {
        format!("the loss bounces up from {} to {} instead of falling", rough(start), rough(worst))
    } else if is_thrown {
        let thrown = if worst > start { format!(", and the loss goes up to {}", rough(worst)) } else { String::new() };
        format!(
            "the first steps overshoot{thrown}; after {} of them it is at {}, where guessing has {}",
            count(stretch.steps as u64),
            rough(end),
            rough(plateau)
        )
    } else {
        format!("the first steps overshoot, though the loss falls to {} in {} of them", rough(end), stretch.steps)
    };
    let stable = match evidence.limit {
        // Half of what would be stable.
        Some(limit) if sharpness > 0.0 && over.is_some() => lr * limit / sharpness / 2.0,
        _ => lr / 3.0,
    };
    let smaller = [1.0, 3.0, 10.0, 30.0].iter().filter_map(|by| Cure::learning_rate(stable / by));
    let finding = Finding::new(
        "step too large",
        if rises || is_thrown { Weight::Decisive } else { Weight::Minor },
        format!("{limit}: {then}."),
    )
    .figure("sharpness", sharpness)
    .figure("lr", lr)
    .figure("loss_at_start", start)
    .figure("largest_loss", worst)
    .cure(one_rate(evidence), "")
    .cure(smaller.filter(|cure| *cure != Cure::LearningRate(lr)).collect(), "")
    .otherwise("use a smaller learning rate");
    Some(match evidence.limit {
        Some(limit) => finding.figure("sharpness_limit", limit),
        None => finding,
    })
}

/// The same rate for all layers, where they have rates of their own.
fn one_rate(evidence: &Evidence) -> Vec<Cure> {
    let factors = &evidence.task.training().lr_factors;
    let are_one = factors.iter().all(|factor| *factor == 1.0);
    if are_one { Vec::new() } else { vec![Cure::OneRate(factors.len())] }
}

/// Logits below this hardly depend on the inputs.
const FAINT: f64 = 0.1;

fn is_faint(evidence: &Evidence) -> bool {
    evidence.look.logits().signal.sqrt() < FAINT
}

pub fn plateau(evidence: &Evidence) -> Option<Finding> {
    let prediction = &evidence.outlook.prediction;
    // What is symmetric or dead is no plateau: no flow leaves it. Neither is where steps are too long to stay.
    let is_still =
        symmetric_units(evidence).is_some() || dead_units(evidence).is_some_and(|dead| dead.weight == Weight::Decisive);
    let is_thrown = step_too_large(evidence).is_some_and(|finding| finding.weight == Weight::Decisive);
    if !evidence.is_late() || !evidence.is_on_plateau() || is_still || is_thrown {
        return None;
    }
    let is_faint = is_faint(evidence);
    let why = why(evidence, is_faint);
    let steps = evidence.steps();
    let level = format!("the loss stays at {}, what guessing costs", rough(prediction.plateau));
    let (sentence, longer) = if let Some(step) = prediction.step {
        let when = if step > steps {
            format!("after the {} given", count(steps))
        } else {
            let left = 100.0 * (1.0 - step as f64 / steps as f64);
            format!("so late that {left:.0}% of the {} given are left", count(steps))
        };
        let sentence =
            format!("{why}: {level}, until about step {}, {when}. It is not worse, it is later.", about(step));
        (sentence, format!("go on to --steps {}", about(2 * step).replace(',', "")))
    } else {
        let end = match prediction.from {
            Some(from) => format!("no end of it was found, not before step {}", about(from)),
            None if evidence.task.training().lr_factors.contains(&0.0) => "no step moves it".to_owned(),
            None => "no step moves it: the gradient is 0".to_owned(),
        };
        (format!("{why}: {level}, and {end}."), String::new())
    };
    let or = if longer.is_empty() { String::new() } else { format!(", or {longer}") };
    let otherwise = if longer.is_empty() { "use a larger gain".to_owned() } else { longer };
    // Where the signal is strong enough it is only the steps that are short.
    let weight = if is_faint || step_too_small(evidence).is_none() { Weight::Decisive } else { Weight::Minor };
    let finding = Finding::new("plateau", weight, sentence)
        .figure("plateau", prediction.plateau)
        .figure("loss", evidence.look.loss)
        .figure("gradient_in_first_layer", evidence.look.layers[0].gradient)
        .cure(inits(evidence, Toward::Larger), &or)
        .cure(one_rate(evidence), &or)
        .otherwise(otherwise);
    Some(match prediction.step {
        Some(step) => finding.figure("leaves_at", step as f64),
        None => finding,
    })
}

/// Gradients of a smaller second moment are small, where losses are near 1.
const SMALL: f64 = 1e-2;

/// Why a run stays where guessing is as good. Words for sizes are those of the figures beside them.
fn why(evidence: &Evidence, is_faint: bool) -> String {
    let gradient = evidence.look.layers[0].gradient;
    let is_small = gradient < SMALL * evidence.outlook.prediction.plateau.max(1.0);
    let figure = format!("second moment {} in layer 1", rough(gradient));
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
    let (limit, sharpness) = (evidence.limit?, evidence.sharpness.value);
    let step = evidence.outlook.prediction.step?;
    if step <= evidence.steps() || sharpness * FAR_FROM_LIMIT > limit || sharpness <= 0.0 {
        return None;
    }
    let lr = evidence.task.training().lr;
    // A tenth of what is stable: on the way the curvature grows.
    let longer = [10.0, 30.0].iter().filter_map(|by| Cure::learning_rate(lr * limit / sharpness / by));
    let sentence = format!(
        "The learning rate {} is {} times smaller than what the curvature here allows (sharpness {}): the loss falls, \
         but a quarter of it takes about {} steps, and {} are given.",
        rough(lr),
        rough(limit / sharpness),
        rough(sharpness),
        about(step),
        count(evidence.steps())
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
            .otherwise(format!("go on to --steps {}", about(2 * step).replace(',', ""))),
    )
}
