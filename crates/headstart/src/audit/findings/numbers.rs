//! Numbers that no weights should be: infinite ones, all the same, all 0, none at all.

use super::super::{Role, Weight};
use super::{Finding, Level, Model, finding, verb};
use crate::words::{many, percent, rough};

/// Infinities and what is no number.
pub(super) fn not_finite(model: &Model<'_>) -> Vec<Finding> {
    let is_mask = |weight: &Weight| weight.role == Role::Other && weight.name.to_lowercase().contains("mask");
    let groups = model.grouped(|weight| weight.not_finite > 0, is_mask);
    let told = |group: Vec<&Weight>| {
        let (bad, nan): (u64, u64) =
            group.iter().fold((0, 0), |(bad, nan), w| (bad + w.not_finite, nan + w.moments.nan));
        let all: u64 = group.iter().map(|weight| weight.count).sum();
        let what = match (nan, bad - nan) {
            (_, 0) => many(nan, "NaN"),
            (0, infinite) => format!("{infinite} infinite {}", if infinite == 1 { "number" } else { "numbers" }),
            (nan, infinite) => format!("{} and {infinite} infinite", many(nan, "NaN")),
        };
        let sentence = format!(
            "{} {} {what} ({} of the numbers)",
            model.called(&group),
            verb(&group, "has", "have"),
            percent(bad as f64 / all as f64, if bad * 100 < all { 4 } else { 1 })
        );
        let advice = "go back to a checkpoint from before that, and train on with a smaller learning rate, clipped gradients, or more \
                      bits; after a conversion to float16, numbers over 65504 are infinite";
        let level = if is_mask(group[0]) { Level::Note } else { Level::Wrong };
        let evidence = [("not_finite", bad as f64), ("nan", nan as f64), ("numbers", all as f64)];
        finding("not-finite", level, &group, sentence, advice, evidence)
    };
    groups.into_iter().map(told).collect()
}

/// Matrices and embeddings of one number.
pub(super) fn constant(model: &Model<'_>) -> Vec<Finding> {
    let is_one = |weight: &Weight| {
        let matters = weight.is_matrix() || weight.role == Role::Embedding;
        matters && weight.is_constant() && !weight.is_zero() && weight.shape.iter().filter(|n| **n > 1).count() > 1
    };
    let told = |group: Vec<&Weight>| {
        let x = group[0].moments.min;
        let sentence = format!(
            "{} {} one number, {}, everywhere, so that all its units do the same and go on to",
            model.called(&group),
            verb(&group, "is", "are"),
            rough(x)
        );
        let advice = "draw it: headstart init, or the framework's own scheme, as kaiming_normal_ or glorot_uniform";
        finding("constant", Level::Wrong, &group, sentence, advice, [("value", x)])
    };
    model.grouped(is_one, |_| ()).into_iter().map(told).collect()
}

/// Weights that are 0, and when that is usual.
pub(super) fn zero(model: &Model<'_>) -> Vec<Finding> {
    let has_other_siblings = |weight: &Weight| model.family(weight).iter().any(|other| !other.is_zero());
    let is_usual = |weight: &Weight| {
        const USUAL: [&str; 8] = ["lora_b", "head", "classifier", "zero", "final", "adaln", "gate", "alpha"];
        let lower = weight.name.to_lowercase();
        let by_name = weight.ends_a_branch() || USUAL.iter().any(|word| lower.contains(word));
        !has_other_siblings(weight) && (by_name || !weight.is_matrix())
    };
    let matters = |weight: &Weight| weight.is_matrix() || matches!(weight.role, Role::Embedding | Role::Norm);
    let groups = model
        .grouped(|weight| matters(weight) && weight.is_zero(), |weight| (is_usual(weight), has_other_siblings(weight)));
    let told = |group: Vec<&Weight>| {
        let (called, are) = (model.called(&group), verb(&group, "is", "are"));
        let numbers = [("numbers", group.iter().map(|weight| weight.count as f64).sum())];
        if is_usual(group[0]) {
            let sentence =
                format!("{called} {are} all 0, as the end of a branch, an adapter or a head often is before training");
            let advice = "nothing, if this is a start; after training it says that nothing was learned there";
            return finding("zero", Level::Note, &group, sentence, advice, numbers);
        }
        let but = if has_other_siblings(group[0]) { ", and its siblings are not" } else { "" };
        let sentence = format!("{called} {are} all 0{but}: nothing comes through, and no gradient comes back");
        let advice = "draw it, or look why it was not loaded: a name that is spelled otherwise in the file leaves weights as they were";
        let level = if group[0].is_matrix() { Level::Wrong } else { Level::Suspect };
        finding("zero", level, &group, sentence, advice, numbers)
    };
    groups.into_iter().map(told).collect()
}

/// Tensors of no numbers.
pub(super) fn empty(model: &Model<'_>) -> Vec<Finding> {
    let told = |group: Vec<&Weight>| {
        let sentence =
            format!("{} {} no numbers: one of its lengths is 0", model.called(&group), verb(&group, "has", "have"));
        finding(
            "empty",
            Level::Note,
            &group,
            sentence,
            "look whether the file was written before the model was built",
            [],
        )
    };
    model.grouped(|weight| weight.count == 0, |_| ()).into_iter().map(told).collect()
}
