//! Whether the network bends at all, where that is what it takes.

use super::{Finding, Weight};
use crate::explain::cure::Cure;
use crate::explain::evidence::Evidence;
use crate::words::percent;

/// A linear map that explains less than this share of the targets' variance gets no further than guessing.
const LITTLE: f64 = 0.1;

/// Layers without a bend between them are one linear map, whatever their weights (Saxe et al. 2014, section 1). It is named where the
/// best of all linear maps explains next to nothing, and a network that bends leaves its start in time.
pub fn linear_network(evidence: &Evidence) -> Option<Finding> {
    let look = &evidence.look;
    if !evidence.is_late() || !look.is_linear() || !explains_little(evidence.inputs.linear_r2) {
        return None;
    }
    let r2 = evidence.inputs.linear_r2?;
    let has_hidden = !look.hidden().is_empty();
    let sentence = format!("{}: no start changes that.", in_words(has_hidden, r2));
    let ends = [look.places[0].fan_in, look.logits().width];
    Some(
        Finding::new("linear network", Weight::Decisive, sentence)
            .figure("r2_of_best_linear_map", r2.max(0.0))
            .cure(Cure::bends(ends, has_hidden), "")
            .otherwise("look at whether the features tell anything of the targets")
            .if_cured(),
    )
}

/// Whether the best linear map, which explains this share of the targets' variance, does no better than guessing.
pub fn explains_little(r2: Option<f64>) -> bool {
    r2.is_some_and(|r2| r2 < LITTLE)
}

/// What it is, as the beginning of a sentence.
pub fn in_words(has_hidden: bool, r2: f64) -> String {
    let what = if has_hidden {
        "All layers of this network together are one linear map"
    } else {
        "Without a hidden layer the network is a linear map"
    };
    format!("{what}, and the best of those explains {} of the targets' variance", percent(r2.max(0.0), 0))
}
