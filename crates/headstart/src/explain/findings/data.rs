//! What can be wrong with the data.

use super::units::MOST;
use super::{Finding, Weight, if_late};
use crate::explain::cure::Cure;
use crate::explain::evidence::{Centre, Evidence};
use crate::explain::trial::Aim;
use crate::words::{leave, rough};
use headstart_engine::network::{Loss, Output};

/// Targets whose size is beyond this are far from where outputs start.
const LARGE: f64 = 30.0;

pub fn labels_out_of_range(evidence: &Evidence) -> Option<Finding> {
    let facts = evidence.look.targets?;
    let output = evidence.look.output?;
    let [low, high] = facts.range;
    let finding = |sentence| {
        Finding::new("labels out of range", Weight::Decisive, sentence)
            .at(evidence.look.places.len())
            .figure("smallest_target", low)
            .figure("largest_target", high)
            .figure("share_out_of_reach", facts.out_of_reach)
    };
    if facts.out_of_reach > 0.0 {
        let sentence = format!(
            "The targets go from {} to {}, but a {output} output cannot {}: {:.0}% of them cannot be met by any weights.",
            rough(low),
            rough(high),
            leave(output.range()),
            100.0 * facts.out_of_reach
        );
        let otherwise = match output.range() {
            [from, f64::INFINITY] => format!("move the targets to {from} and above"),
            [from, to] => format!("scale the targets to {from} to {to}"),
        };
        let or = format!(", or {otherwise}");
        return Some(finding(sentence).aim(Aim::Reach).cure(vec![Cure::IdentityOutput], &or).otherwise(otherwise));
    }
    let outputs = evidence.look.logits().signal.sqrt();
    // Of no other loss of numbers are the gradients larger for larger errors.
    let is_squared = evidence.look.loss_kind == Some(Loss::MeanSquaredError);
    (is_squared && output == Output::Identity && facts.size > LARGE * outputs.max(1.0)).then(|| {
        let sentence = format!(
            "The targets go from {} to {}, while the outputs start around {}: the loss and its gradients are huge, and \
             training goes into finding the targets' size, or is thrown to where nothing is learned.",
            rough(low),
            rough(high),
            rough(outputs)
        );
        finding(sentence)
            .figure("outputs_at_start", outputs)
            .aim(Aim::Targets)
            .cure(
                if facts.are_unscaled { vec![Cure::ScaleTargets] } else { Vec::new() },
                ", which trains on scaled targets and tells losses in their own units",
            )
            .otherwise(if evidence.look.is_foreign() {
                "train on targets with mean 0 and variance 1, and scale the outputs back"
            } else {
                "look at the targets that are large"
            })
    })
}

/// Schemes assume features around 1: beyond these sizes they miss by more than a factor of ten. A single feature counts
/// where it is larger than most others by the last factor.
const FEATURES: (f64, f64) = (0.03, 10.0);
const ALONE: f64 = 30.0;

/// How features miss the size that initializations are made for.
pub struct BadScale {
    /// What is wrong, and what comes of it.
    pub sentence: String,
    /// What to do.
    pub advice: &'static str,
    /// Whether they are not standardized yet, which mends it.
    pub is_cured: bool,
    /// Whether that explains any failure.
    is_large: bool,
    /// The smallest size, the median and the largest.
    sizes: [f64; 3],
}

/// Of features of these sizes (root mean square); none if nothing is wrong with them.
pub fn bad_scale(features: &[f64], are_standardized: bool) -> Option<BadScale> {
    let mut sizes: Vec<f64> = features.iter().copied().filter(|size| *size > 0.0).collect();
    sizes.sort_by(f64::total_cmp);
    let (smallest, largest) = (*sizes.first()?, *sizes.last()?);
    let median = sizes[sizes.len() / 2];
    let is_large = largest > FEATURES.1;
    let is_small = largest < FEATURES.0;
    // Of two or three features the median says nothing of most.
    let is_uneven = largest > 1.0 && largest > ALONE * if sizes.len() < 4 { smallest } else { median };
    if !(is_large || is_small || is_uneven) {
        return None;
    }
    let what = if is_small {
        format!("No feature is larger than {} (root mean square)", rough(largest))
    } else if largest > 3.0 * smallest {
        format!("The features' sizes (root mean square) go from {} to {}", rough(smallest), rough(largest))
    } else {
        format!("The features' size is {} (root mean square)", rough(largest))
    };
    let then = if is_small {
        "hardly any signal enters the network, and the first layer's gradient is as small"
    } else if largest <= 3.0 * smallest {
        "the first layer's pre-activations are as many times too large, and its steps too long"
    } else {
        "the largest drown the others, and the first layer's steps are too long for them and too short for the rest"
    };
    let sentence = format!("{what}, while initializations are made for features around 1: {then}.");
    let advice =
        if are_standardized { "look at the features that are still large" } else { "use --preprocess standardize" };
    Some(BadScale { sentence, advice, is_cured: !are_standardized, is_large, sizes: [smallest, median, largest] })
}

pub fn inputs_badly_scaled(evidence: &Evidence) -> Option<Finding> {
    let BadScale { sentence, advice, is_cured, is_large, sizes: [smallest, median, largest] } =
        bad_scale(&evidence.look.features, evidence.inputs.are_standardized)?;
    let model = evidence.look.is_foreign();
    // What a normalization follows takes inputs of any size.
    let weight = if is_large && evidence.look.is_chain() { Weight::Decisive } else { if_late(evidence) };
    let advice =
        if model { "scale the inputs to mean 0 and variance 1, as in (x - x.mean()) / x.std()" } else { advice };
    Some(
        Finding::new("inputs badly scaled", weight, sentence)
            .at(1)
            .figure("smallest_feature", smallest)
            .figure("median_feature", median)
            .figure("largest_feature", largest)
            .aim(Aim::Features)
            .cure(if is_cured { vec![Cure::Standardize] } else { Vec::new() }, "")
            .otherwise(if is_cured && !model { "look at the features that are large" } else { advice }),
    )
}

/// Features are far from centred where the means of most of them are farther from 0 than their deviations.
const OFF_CENTRE: f64 = 1.0;

/// A cause on the way to dead units and plateaus, which is named where taking it away helps.
pub fn features_off_centre(evidence: &Evidence) -> Option<Finding> {
    let is_seen = evidence.is_late() || evidence.look.dead().is_some_and(|(_, share)| share >= MOST);
    let Centre { median, largest, never_negative } = evidence.inputs.centre?;
    if evidence.inputs.are_standardized || !is_seen || median < OFF_CENTRE {
        return None;
    }
    let sign = if never_negative { " and none is ever negative" } else { "" };
    let sentence = format!(
        "The features are far from centred (their means are up to {} deviations from 0{sign}), so a unit says nearly the same of \
         every sample: a relu is on for all of them, or for none.",
        rough(largest)
    );
    Some(
        Finding::new("features off centre", if_late(evidence), sentence)
            .at(1)
            .figure("median_mean_by_deviation", median)
            .figure("largest_mean_by_deviation", largest)
            .cure(vec![Cure::Standardize], ": features around 0")
            .otherwise("use --preprocess standardize")
            .if_cured(),
    )
}
