//! What depth does to signal, gradient and samples.

use super::{DEEP, Finding, Weight, if_late, inits, rebuilt, standardized};
use crate::explain::cure::Toward;
use crate::explain::evidence::{Evidence, Place};
use crate::explain::trial::Aim;
use crate::words::{least, rough};
use headstart_engine::activation::Activation;

/// Second moments that grow or shrink by this factor through the network are out of hand.
const OUT_OF_HAND: f64 = 1e3;

/// A factor per layer beyond this is a matter of the weights' size, not of depth.
const PER_LAYER: f64 = 20.0;

/// Why the usual initializations help.
const KEEPS: &str = ": it keeps the signal's size from layer to layer";

/// What the first and the last of some places are called.
fn ends(places: &[Place]) -> [&str; 2] {
    [&places[0], &places[places.len() - 1]].map(|place| place.name.as_str())
}

pub fn exploding_signal(evidence: &Evidence) -> Option<Finding> {
    if !evidence.look.loss.is_finite() {
        return Some(beyond_all_numbers(evidence));
    }
    let growth = evidence.look.signal_growth().filter(|growth| growth.whole > OUT_OF_HAND)?;
    let by_depth = growth.per_layer < PER_LAYER;
    let layers = evidence.look.places.len();
    let [first, last] = ends(&evidence.look.places);
    let sentence = format!(
        "The signal (second moment of the pre-activations) grows from {} in {first} to {} in {last}, {} times \
         per layer{}.",
        rough(evidence.look.places[0].signal),
        rough(evidence.look.logits().signal),
        rough(growth.per_layer),
        if by_depth { ": little, but depth makes it a power" } else { ", as the weights are large" }
    );
    Some(
        Finding::new("exploding signal", if by_depth { if_late(evidence) } else { Weight::Minor }, sentence)
            .at(layers)
            .figure("first_layer", evidence.look.places[0].signal)
            .figure("last_layer", evidence.look.logits().signal)
            .figure("factor_per_layer", growth.per_layer)
            .aim(Aim::Signal)
            .cure(inits(evidence, Toward::Smaller), KEEPS)
            .spare_cure(rebuilt(evidence), "")
            .otherwise("use orthogonal weights, or fewer layers"),
    )
}

fn beyond_all_numbers(evidence: &Evidence) -> Finding {
    let layers = &evidence.look.places;
    let layer = layers.iter().position(|layer| !layer.signal.is_finite()).unwrap_or(layers.len() - 1);
    let sentence = format!(
        "The signal is so large that its second moment in {} is no finite number any more, and neither is the \
         loss at the start: there is nothing to descend from.",
        layers[layer].name
    );
    Finding::new("exploding signal", Weight::Decisive, sentence)
        .at(layer + 1)
        .figure("first_layer", layers[0].signal)
        .figure("loss", evidence.look.loss)
        .cure(inits(evidence, Toward::Smaller), "")
        .cure(standardized(evidence), "")
        .otherwise("look at the size of what comes in")
}

pub fn exploding_gradient(evidence: &Evidence) -> Option<Finding> {
    // Where the signal explodes the gradient does, too; alone it does so where units are bounded.
    if evidence.look.signal_growth().is_some_and(|growth| growth.whole > OUT_OF_HAND) {
        return None;
    }
    let growth = evidence.look.gradient_growth().filter(|growth| growth.whole > OUT_OF_HAND)?;
    let hidden = evidence.look.hidden();
    let [first, last] = ends(hidden);
    let sentence = format!(
        "On its way back the gradient (second moment) grows {} times per layer, to {} in {first} from {} in {last}: \
         the first layers are thrown about while the last ones hardly learn.",
        rough(growth.per_layer),
        rough(hidden[0].gradient),
        rough(hidden[hidden.len() - 1].gradient),
    );
    Some(
        Finding::new("exploding gradient", if_late(evidence), sentence)
            .at(1)
            .figure("first_layer", hidden[0].gradient)
            .figure("last_hidden_layer", hidden[hidden.len() - 1].gradient)
            .figure("factor_per_layer", growth.per_layer)
            .aim(Aim::Gradient)
            .cure(inits(evidence, Toward::Smaller), "")
            .spare_cure(rebuilt(evidence), "")
            .otherwise("use fewer layers"),
    )
}

/// Through many hidden layers a signal that vanishes is what keeps a plateau; through fewer it is weights that are small, and the plateau
/// ends.
fn if_deep(evidence: &Evidence) -> Weight {
    let is_for_ever = evidence.outlook.is_some() && evidence.leaves_at().is_none();
    if is_for_ever || evidence.look.hidden().len() >= DEEP { if_late(evidence) } else { Weight::Minor }
}

/// Nothing where all that numbers hold is lost.
fn of_itself(per_layer: f64) -> String {
    if per_layer > 0.0 { format!(", to {} of itself per layer", rough(per_layer)) } else { String::new() }
}

pub fn vanishing_signal(evidence: &Evidence) -> Option<Finding> {
    let growth = evidence.look.signal_growth().filter(|growth| growth.whole < 1.0 / OUT_OF_HAND)?;
    let layers = evidence.look.places.len();
    let [first, last] = ends(&evidence.look.places);
    let sentence = format!(
        "The signal (second moment of the pre-activations) shrinks from {} in {first} to {} in {last}{}: the \
         outputs hardly depend on the inputs, and the gradient shrinks alike on its way back.",
        least(evidence.look.places[0].signal),
        least(evidence.look.logits().signal),
        of_itself(growth.per_layer)
    );
    Some(
        Finding::new("vanishing signal", if_deep(evidence), sentence)
            .at(layers)
            .figure("first_layer", evidence.look.places[0].signal)
            .figure("last_layer", evidence.look.logits().signal)
            .figure("factor_per_layer", growth.per_layer)
            .aim(Aim::Signal)
            .cure(inits(evidence, Toward::Larger), KEEPS)
            .cure(standardized(evidence), "")
            .spare_cure(rebuilt(evidence), "")
            .otherwise("use fewer layers"),
    )
}

pub fn vanishing_gradient(evidence: &Evidence) -> Option<Finding> {
    if evidence.look.signal_growth().is_some_and(|growth| growth.whole < 1.0 / OUT_OF_HAND) {
        return None;
    }
    let growth = evidence.look.gradient_growth().filter(|growth| growth.whole < 1.0 / OUT_OF_HAND)?;
    let hidden = evidence.look.hidden();
    let [first, last] = ends(hidden);
    let sentence = format!(
        "The signal gets through, but on its way back the gradient (second moment) shrinks{}, to {} in {first} from {} \
         in {last}: the first layers stay as they were drawn.",
        of_itself(growth.per_layer).trim_start_matches(','),
        least(hidden[0].gradient),
        least(hidden[hidden.len() - 1].gradient),
    );
    let sigmoids = [Activation::Sigmoid, Activation::HardSigmoid];
    let is_sigmoid =
        hidden.iter().any(|place| place.activation.is_some_and(|activation| sigmoids.contains(&activation)));
    let tanh = ", or --activation tanh, whose slope is 1 at 0";
    Some(
        Finding::new("vanishing gradient", if_deep(evidence), sentence)
            .at(1)
            .figure("first_layer", hidden[0].gradient)
            .figure("last_hidden_layer", hidden[hidden.len() - 1].gradient)
            .figure("factor_per_layer", growth.per_layer)
            .aim(Aim::Gradient)
            .cure(inits(evidence, Toward::Larger), if is_sigmoid { tanh } else { "" })
            .spare_cure(rebuilt(evidence), "")
            .otherwise(format!("use fewer layers{}", if is_sigmoid { tanh } else { "" })),
    )
}

/// Samples are alike from this correlation on, if the first layer told them apart ten times better.
const ALIKE: f64 = 0.95;

pub fn lost_correlation(evidence: &Evidence) -> Option<Finding> {
    let hidden = evidence.look.hidden();
    let (first, last) = (hidden.first()?, hidden.last()?);
    let (before, after) = (first.correlation?, last.correlation?);
    let rank = last.rank.unwrap_or(0.0);
    (after > ALIKE && before < ALIKE && rank > 0.0 && 1.0 - after < 0.1 * (1.0 - before)).then(|| {
        let sentence = format!(
            "The deeper, the more alike all samples look: their mean correlation goes from {} in {} to {} in \
             {} (effective rank {}), so the last layers have little left to tell them apart by.",
            rough(before),
            first.name,
            rough(after),
            last.name,
            rough(rank)
        );
        Finding::new("samples alike", if_deep(evidence), sentence)
            .at(hidden.len())
            .figure("correlation_in_first_layer", before)
            .figure("correlation_in_last_layer", after)
            .figure("rank", rank)
            .aim(Aim::Alike)
            .cure(inits(evidence, Toward::Larger), "")
            .spare_cure(rebuilt(evidence), "")
            .otherwise("use fewer layers, or a smaller variance of the biases")
    })
}
