//! What can be wrong with units: alike, at their ends, dead.

use super::data::inputs_badly_scaled;
use super::{Finding, Weight, if_late, usual_init};
use crate::explain::cure::Cure;
use crate::explain::evidence::Evidence;
use crate::words::rough;
use headstart_engine::activation::Activation;

pub fn symmetric_units(evidence: &Evidence) -> Option<Finding> {
    let widths = &evidence.task.network().widths()[1..];
    let share = |l: usize| match widths[l] {
        1 => 0.0,
        width => evidence.probe.layers[l].symmetric as f64 / (width * (width - 1) / 2) as f64,
    };
    let layer = (0..evidence.hidden().len()).max_by(|&a, &b| share(a).total_cmp(&share(b)).then(b.cmp(&a)))?;
    if share(layer) < 0.5 {
        return None;
    }
    let still = evidence.probe.layers[layer].weight_gradient == 0.0;
    let sentence = format!(
        "{} units of hidden layer {} start with the same weights in and out, so they get the same gradients and stay \
         copies of one another: together they can do no more than one of them{}.",
        if share(layer) < 1.0 { "Many".to_owned() } else { format!("All {}", widths[layer]) },
        layer + 1,
        if still { "; here they do not even move, as no gradient reaches them" } else { "" }
    );
    let (advice, cure) = usual_init(evidence, "draw the weights at random");
    Some(
        Finding::new("symmetric units", Weight::Decisive, sentence)
            .at(layer + 1)
            .figure("pairs", evidence.probe.layers[layer].symmetric as f64)
            .figure("share_of_pairs", share(layer))
            .figure("weight_gradient", evidence.probe.layers[layer].weight_gradient)
            .advice(format!("{advice}: random weights make the units differ"), cure),
    )
}

/// Outputs are saturated from this share on.
const SATURATED_OUTPUTS: f64 = 0.25;

pub fn saturated_outputs(evidence: &Evidence) -> Option<Finding> {
    let share = evidence.probe.saturated.filter(|share| *share >= SATURATED_OUTPUTS)?;
    let size = evidence.logits().signal.sqrt();
    let plateau = evidence.outlook.prediction.plateau;
    let sentence = format!(
        "The {} are so large that the network is certain before it has learnt anything: its logits are around {}, \
         {:.0}% of its outputs sit at their ends, and the loss starts at {} where guessing would cost {}; training \
         first has to undo all that.",
        if inputs_badly_scaled(evidence).is_some() { "inputs" } else { "weights" },
        rough(size),
        100.0 * share,
        rough(evidence.probe.loss),
        rough(plateau)
    );
    let (advice, cure) = usual_init(evidence, "use a smaller gain");
    // With weights of a usual size it passes by itself.
    let weight = if evidence.probe.loss > 10.0 * plateau { Weight::Decisive } else { if_late(evidence) };
    Some(
        Finding::new("saturated outputs", weight, sentence)
            .at(evidence.probe.layers.len())
            .figure("share", share)
            .figure("logits", size)
            .figure("loss", evidence.probe.loss)
            .figure("guessing", plateau)
            .advice(format!("{advice}: outputs near the middle, with gradients that say where to go"), cure),
    )
}

/// Units are saturated, and dead, from this share on.
const MOST: f64 = 0.5;

pub fn saturated_units(evidence: &Evidence) -> Option<Finding> {
    let of = |l: usize| match evidence.task.network().activations()[l] {
        Activation::Tanh
        | Activation::Sigmoid
        | Activation::HardTanh
        | Activation::HardSigmoid
        | Activation::Softsign => evidence.hidden()[l].units.map_or(0.0, |units| units.saturated),
        // The flat side of the others is half of how they work.
        _ => 0.0,
    };
    let layer = (0..evidence.hidden().len()).max_by(|&a, &b| of(a).total_cmp(&of(b)).then(b.cmp(&a)))?;
    (of(layer) >= MOST).then(|| {
        let activation = evidence.task.network().activations()[layer];
        let sentence = format!(
            "In hidden layer {} {:.0}% of the {activation} units are so far out that their slope is nearly 0: they \
             pass hardly any gradient to what comes before them.",
            layer + 1,
            100.0 * of(layer)
        );
        let (advice, cure) = usual_init(evidence, "use a smaller gain");
        Finding::new("saturated units", if_late(evidence), sentence)
            .at(layer + 1)
            .figure("share", of(layer))
            .figure("pre_activations", evidence.hidden()[layer].signal.sqrt())
            .advice(advice, cure)
    })
}

pub fn dead_units(evidence: &Evidence) -> Option<Finding> {
    let of = |l: usize| match (evidence.hidden()[l].units.map_or(0.0, |units| units.dead), evidence.hidden()[l]) {
        // All units of a smooth activation may be 0 and yet be about to learn.
        (1.0, layer) if layer.weight_gradient != 0.0 => 0.0,
        (share, _) => share,
    };
    let layer = (0..evidence.hidden().len()).max_by(|&a, &b| of(a).total_cmp(&of(b)).then(b.cmp(&a)))?;
    let share = of(layer);
    // Dead copies of one another are copies first.
    (share >= MOST && symmetric_units(evidence).is_none()).then(|| {
        let then = if share < 1.0 {
            "they get no gradient, so they stay dead, and the layer is narrower than it looks"
        } else {
            "no signal passes and no gradient comes back, so this network learns nothing but its last biases"
        };
        let which = if share < 1.0 { format!("{:.0}% of the", 100.0 * share) } else { "All".to_owned() };
        let sentence = format!("{which} units of hidden layer {} are 0 for every sample: {then}.", layer + 1);
        let (advice, cure) = if evidence.task.spec.init.bias.draws_hidden() {
            ("let biases start at 0: --bias auto".to_owned(), Some(Cure::UsualBiases))
        } else {
            usual_init(evidence, "use another seed, wider layers, or leaky-relu")
        };
        Finding::new("dead units", if share < 1.0 { if_late(evidence) } else { Weight::Decisive }, sentence)
            .at(layer + 1)
            .figure("share", share)
            .advice(advice, cure)
    })
}
