//! What can be wrong with units: alike, at their ends, dead.

use super::data::inputs_badly_scaled;
use super::model::own_branches;
use super::{Finding, Weight, if_late, inits, standardized};
use crate::explain::cure::{Cure, LEAKY, Toward};
use crate::explain::evidence::Evidence;
use crate::explain::trial::Aim;
use crate::words::rough;
use headstart_engine::activation::Activation;

pub fn symmetric_units(evidence: &Evidence) -> Option<Finding> {
    let (layer, share) = evidence.look.copies().filter(|(_, share)| *share >= 0.5)?;
    let place = &evidence.look.places[layer];
    let still = place.weight_gradient == 0.0;
    let sentence = format!(
        "{} units of {} start with the same weights in and out, so they get the same gradients and stay \
         copies of one another: together they can do no more than one of them{}.",
        if share < 1.0 { "Many".to_owned() } else { format!("All {}", place.width) },
        place.hidden_name(),
        if still { "; here they do not even move, as no gradient reaches them" } else { "" }
    );
    Some(
        Finding::new("symmetric units", Weight::Decisive, sentence)
            .at(layer + 1)
            .figure("pairs", place.identical as f64)
            .figure("share_of_pairs", share)
            .figure("weight_gradient", place.weight_gradient)
            .aim(Aim::Copies)
            .cure(inits(evidence, Toward::Other), ": random weights make the units differ")
            .otherwise("draw the weights at random: random weights make the units differ"),
    )
}

/// Outputs are saturated from this share on.
const SATURATED_OUTPUTS: f64 = 0.25;

pub fn saturated_outputs(evidence: &Evidence) -> Option<Finding> {
    let share = evidence.look.saturated.filter(|share| *share >= SATURATED_OUTPUTS)?;
    let size = evidence.look.logits().signal.sqrt();
    let plateau = evidence.guessing;
    let loss = evidence.look.loss;
    let then = if loss > plateau {
        format!(
            "the loss starts at {} where guessing would cost {}; training first has to undo all that",
            rough(loss),
            rough(plateau)
        )
    } else {
        format!(
            "though the loss starts at {}, below the {} of guessing, only outputs that are not at their ends still learn",
            rough(loss),
            rough(plateau)
        )
    };
    let sentence = format!(
        "The {} are so large that the network is certain before it has learnt anything: its logits are around {}, \
         {:.0}% of its outputs sit at their ends, and {then}.",
        if inputs_badly_scaled(evidence).is_some() { "inputs" } else { "weights" },
        rough(size),
        100.0 * share,
    );
    // With weights of a usual size it passes by itself.
    let weight = if evidence.look.loss > 10.0 * plateau { Weight::Decisive } else { if_late(evidence) };
    Some(
        Finding::new("saturated outputs", weight, sentence)
            .at(evidence.look.places.len())
            .figure("share", share)
            .figure("logits", size)
            .figure("loss", evidence.look.loss)
            .figure("guessing", plateau)
            .aim(Aim::FlatOutputs)
            .cure(own_branches(evidence), ": outputs near the middle")
            .cure(inits(evidence, Toward::Smaller), ": outputs near the middle, with gradients that say where to go")
            .cure(standardized(evidence), "")
            .otherwise("look at the size of what comes in"),
    )
}

/// Units are saturated, and dead, from this share on.
pub(super) const MOST: f64 = 0.5;

pub fn saturated_units(evidence: &Evidence) -> Option<Finding> {
    let (layer, share) = evidence.look.flat().filter(|(_, share)| *share >= MOST)?;
    Some({
        let activation = evidence.look.hidden()[layer].activation?;
        let sentence = format!(
            "In {} {:.0}% of the {activation} units are so far out that their slope is nearly 0: they \
             pass hardly any gradient to what comes before them.",
            evidence.look.hidden()[layer].hidden_name(),
            100.0 * share
        );
        Finding::new("saturated units", if_late(evidence), sentence)
            .at(layer + 1)
            .figure("share", share)
            .figure("pre_activations", evidence.look.hidden()[layer].signal.sqrt())
            .aim(Aim::Flat)
            .cure(inits(evidence, Toward::Smaller), "")
            .cure(standardized(evidence), "")
            .otherwise("look at the size of what comes in")
    })
}

pub fn dead_units(evidence: &Evidence) -> Option<Finding> {
    let (layer, share) = evidence.look.dead()?;
    // Dead copies of one another are copies first.
    (share >= MOST && symmetric_units(evidence).is_none()).then(|| {
        let has_ways_round = !evidence.look.is_chain();
        let then = if share < 1.0 {
            "they get no gradient, so they stay dead, and the layer is narrower than it looks"
        } else if has_ways_round {
            "no signal passes through it and no gradient comes back"
        } else {
            "no signal passes and no gradient comes back, so this network learns nothing but its last biases"
        };
        let which = if share < 1.0 { format!("{:.0}% of the", 100.0 * share) } else { "All".to_owned() };
        let sentence =
            format!("{which} units of {} are 0 for every sample: {then}.", evidence.look.hidden()[layer].hidden_name());
        let seed = evidence.start.seed;
        let biases = if evidence.start.draws_biases { vec![Cure::UsualBiases] } else { Vec::new() };
        let is_relu = evidence.look.hidden().iter().all(|place| place.activation == Some(Activation::Relu));
        Finding::new(
            "dead units",
            if share < 1.0 || has_ways_round { if_late(evidence) } else { Weight::Decisive },
            sentence,
        )
        .at(layer + 1)
        .figure("share", share)
        .aim(Aim::Dead)
        .cure(biases, ": biases start at 0")
        .cure(inits(evidence, Toward::Other), "")
        .cure(standardized(evidence), "")
        .cure(if is_relu { vec![Cure::Activation(LEAKY)] } else { Vec::new() }, ": no unit of it is ever dead")
        .cure((1..=3).map(|i| Cure::Seed(seed.saturating_add(i))).collect(), "")
        .otherwise("use another seed, or wider layers")
    })
}
