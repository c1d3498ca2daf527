//! What can be wrong with weight decay, clipping, warm-up and dropout.

use super::training::step_too_large;
use super::{Finding, Weight, if_late};
use crate::explain::cure::Cure;
use crate::explain::evidence::{ClipFacts, Evidence};
use crate::words::{count, percent, rough};
use headstart_engine::optimizer::Clip;

/// Decay that pulls this many times as hard as the gradient decides where weights go.
const STRONGER: f64 = 1.0;

/// Weights that decay to less than this share over the training, were there no gradient, are eaten.
const EATEN: f64 = 0.1;

/// Gradients that are longer than their bound by this factor are never as long as they say.
const LONGER: f64 = 3.0;

/// A layer of which fewer units than this are left on average, or none in so large a share of the samples, starves.
const FEW: f64 = 2.0;
const NONE_LEFT: f64 = 0.01;

/// Weight decay that eats what the start gave.
pub fn decay_too_strong(evidence: &Evidence) -> Option<Finding> {
    let training = &evidence.training;
    let decay = training.decay?;
    let pulls = evidence.look.places.iter().enumerate().filter_map(|(l, place)| Some((l + 1, place.pull?)));
    let (layer, ratio) = pulls.max_by(|a, b| a.1.total_cmp(&b.1))?;
    // Steps by which weights would be half of what they are, were there nothing but decay; of rules that scale what is added to the
    // gradient nobody knows.
    let each = match training.momentum {
        _ if decay.decoupled => Some(decay.rate),
        Some(momentum) => Some(decay.rate / (1.0 - momentum)),
        None => None,
    };
    let half = each.map(|each| std::f64::consts::LN_2 / (training.lr * each));
    let left = half.map(|half| libm::exp2(-(training.steps as f64) / half));
    if !(ratio > STRONGER && left.is_none_or(|left| left < EATEN)) {
        return None;
    }
    let halves = half.map_or_else(String::new, |half| {
        format!(
            " By itself it halves all weights every {} steps, of which there are {}.",
            count(half.ceil() as u64),
            count(training.steps)
        )
    });
    let sentence = format!(
        "Weight decay {} pulls at the weights of {} {} times as hard as the gradient does at the start.{halves}",
        rough(decay.rate),
        evidence.look.places[layer - 1].name,
        rough(ratio)
    );
    let less = [0.1, 0.01, 0.0].iter().map(|by| Cure::WeightDecay(by * decay.rate)).collect();
    let finding = Finding::new("weight decay too strong", if_late(evidence), sentence)
        .at(layer)
        .figure("weight_decay", decay.rate)
        .figure("decay_by_gradient", ratio)
        .cure(less, "")
        .otherwise("keep it: without it the run goes no better")
        .if_cured();
    Some(match half {
        Some(half) => finding.figure("halved_after_steps", half),
        None => finding,
    })
}

/// A bound of the gradient that every step is at.
pub fn clipping_sets_the_step(evidence: &Evidence) -> Option<Finding> {
    let training = &evidence.training;
    let ClipFacts { is_of_norm, bound, size } = training.clip?;
    let over = size / bound;
    // Adam and its like divide by the size of what is left: a bound that all steps are at changes nothing.
    if !(over > LONGER && training.is_descent() && size.is_finite()) {
        return None;
    }
    let what = if is_of_norm {
        format!(
            "The gradient is {} long at the start, and --clip lets {} through: as long as that is so, every step is {} long and no \
             longer, whatever the gradient says",
            rough(size),
            rough(bound),
            rough(training.lr * bound)
        )
    } else {
        format!(
            "The largest element of the gradient is {} at the start, and --clip-value lets {} through: as long as that is so, no \
             parameter moves by more than {} a step, and the direction is another one",
            rough(size),
            rough(bound),
            rough(training.lr * bound)
        )
    };
    let wider = [10.0, 100.0, over].into_iter().filter(|by| *by <= over).map(|by| {
        // One digit: nobody means more.
        let bound = format!("{:.0e}", bound * by).parse().unwrap_or(bound * by);
        Cure::Clip(if is_of_norm { Clip::Norm(bound) } else { Clip::Value(bound) })
    });
    let faster = [10.0, 100.0].iter().filter_map(|by| Cure::learning_rate(training.lr * by));
    Some(
        Finding::new("clipping sets the step", if_late(evidence), format!("{what}."))
            .figure("clip", bound)
            .figure("gradient", size)
            .cure(wider.collect(), "")
            .cure(faster.collect(), "")
            .otherwise("keep it: without it the run goes no better")
            .if_cured(),
    )
}

/// A warm-up that ends before the steps have become stable.
pub fn warmup_too_short(evidence: &Evidence) -> Option<Finding> {
    let training = &evidence.training;
    if training.warmup == 0 {
        return None;
    }
    let large = step_too_large(evidence)?;
    let longer = [3.0, 10.0, 30.0].iter().map(|by| (by * training.warmup as f64) as usize);
    let longer: Vec<Cure> = longer.filter(|warmup| (*warmup as u64) < training.steps / 2).map(Cure::Warmup).collect();
    let sentence = format!(
        "The warm-up has brought the learning rate to {} after {} steps, sooner than the start bears it: {}",
        rough(training.lr),
        count(training.warmup),
        lowered(&large.sentence)
    );
    Some(
        Finding::new("warm-up too short", large.weight, sentence)
            .figure("warmup", training.warmup as f64)
            .figure("lr", training.lr)
            .cure(longer, "")
            .otherwise("a longer warm-up does not help; use a smaller --lr")
            .if_cured(),
    )
}

/// A sentence within another one.
fn lowered(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// Dropout that leaves too few units of a narrow layer.
pub fn dropout_starves(evidence: &Evidence) -> Option<Finding> {
    let hidden = evidence.look.hidden();
    let shares = || hidden.iter().map(|place| place.dropout).enumerate();
    let none_left = |(l, share): (usize, f64)| libm::pow(share, hidden[l].width as f64);
    let worst = shares().max_by(|a, b| none_left(*a).total_cmp(&none_left(*b))).filter(|(_, share)| *share > 0.0)?;
    let (l, share) = worst;
    let (width, none) = (hidden[l].width, none_left(worst));
    let left = width as f64 * (1.0 - share);
    let starves = |(l, share): (usize, f64)| {
        share > 0.0 && (hidden[l].width as f64 * (1.0 - share) < FEW || none_left((l, share)) >= NONE_LEFT)
    };
    if !starves(worst) {
        return None;
    }
    let sentence = format!(
        "Dropout {} leaves {} of the {width} units of {} on average, and none of them in {} of all cases: then \
         the output cannot depend on the input.",
        rough(share),
        rough(left),
        hidden[l].hidden_name(),
        percent(none, usize::from(none < 0.1))
    );
    // In every layer that starves.
    let less = [0.5, 0.2, 0.0].iter().map(|by| {
        // One digit: nobody means more.
        let less = |share: f64| format!("{:.0e}", by * share).parse().unwrap_or(0.0);
        let of_layer = |(l, share): (usize, f64)| if starves((l, share)) { less(share) } else { share };
        Cure::Dropout(shares().map(of_layer).collect())
    });
    Some(
        Finding::new("dropout starves a layer", if_late(evidence), sentence)
            .at(l + 1)
            .figure("dropout", share)
            .figure("units_left", left)
            .figure("none_left", none)
            .cure(less.collect(), "")
            .otherwise("keep it: without it the run goes no better")
            .if_cured(),
    )
}

/// Whether a finding is one of these, and decides: what it holds back is no plateau of the start.
pub(super) const HOLDS_BACK: [&str; 4] =
    ["weight decay too strong", "clipping sets the step", "warm-up too short", "dropout starves a layer"];

/// Of these findings, those whose weight says that the run goes wrong by them.
pub(super) fn holds_back(finding: &Finding) -> bool {
    finding.weight == Weight::Decisive && HOLDS_BACK.contains(&finding.name)
}
