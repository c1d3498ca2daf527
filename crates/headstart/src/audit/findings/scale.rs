//! Scales that are none a shape asks for.

use super::super::recipe::{Shape, by_fans};
use super::super::role::Miscount;
use super::super::{Role, Weight};
use super::{Finding, Level, Model, finding, verb};
use crate::words::rough;

/// So many times the scale for relu is too much for anything that was drawn.
const LARGE: f64 = 4.0;

/// And so many are worth a word where nothing says that it was.
const VERY_LARGE: f64 = 8.0;

/// This share of the least scale that is asked for.
const SMALL: f64 = 0.1;

/// Fewer numbers have a scale by chance.
const FEW: u64 = 16;

/// A usual start by fans that were counted otherwise, as the recipe's name and what was done to the fans.
fn miscounted(weight: &Weight) -> Option<(String, &Miscount)> {
    if weight.looks_like.is_some() || weight.not_finite > 0 {
        return None;
    }
    weight.miscounts.iter().find_map(|miscount| {
        let recipes = by_fans(miscount.fans);
        let by_fan_in = recipes.into_iter().filter(|recipe| !recipe.name.contains("fan_out"));
        let fitting = by_fan_in.into_iter().find(|recipe| recipe.fits(&weight.moments, weight.rounded))?;
        Some((fitting.name, miscount))
    })
}

/// The scale of the middle one of a group.
fn middle(group: &[&Weight]) -> Option<f64> {
    let mut scales: Vec<f64> = group.iter().filter_map(|weight| weight.rms).collect();
    scales.sort_by(f64::total_cmp);
    scales.get(scales.len() / 2).copied()
}

/// Starts by fans that were counted wrong.
pub(super) fn miscounted_fan(model: &Model<'_>) -> Vec<Finding> {
    let groups = model.grouped(
        |weight| miscounted(weight).is_some(),
        |weight| miscounted(weight).map(|(name, miscount)| (name, miscount.how, &weight.shape)),
    );
    let told = |group: Vec<&Weight>| {
        let (name, miscount) = miscounted(group[0])?;
        let right = by_fans(super::super::role::Fans { fan_in: group[0].fan_in?, fan_out: group[0].fan_out? });
        let right = right.into_iter().find(|recipe| recipe.name == name)?;
        let rms = middle(&group)?;
        let (level, who) = match miscount.usual {
            Some(who) => (Level::Note, format!(", as {who} count them")),
            None => (Level::Suspect, String::new()),
        };
        let sentence = format!(
            "{} {} the scale of {name} with fans {}{who}: {}, where the shape asks for {}",
            model.called(&group),
            verb(&group, "has", "have"),
            miscount.how,
            rough(rms),
            rough(right.sd)
        );
        let advice = format!("divide by {}, or draw by the right fans", rough(rms / right.sd));
        let evidence = [("scale", rms), ("asked", right.sd), ("ratio", rms / right.sd)];
        Some(finding("miscounted-fan", level, &group, sentence, advice, evidence))
    };
    groups.into_iter().filter_map(told).collect()
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Off {
    Large,
    /// An embedding under another name, perhaps.
    Lookup,
    MaybeLarge,
    Small,
}

/// Whether a scale is far off all that is asked for.
fn off(model: &Model<'_>, weight: &Weight) -> Option<Off> {
    let (asked, rms) = (weight.asked?, weight.rms?);
    if !weight.role.multiplies() || weight.role == Role::Recurrent || weight.count < FEW {
        return None;
    }
    if weight.looks_like.is_some() || weight.is_constant() || miscounted(weight).is_some() {
        return None;
    }
    let is_drawn = Shape::ALL.iter().any(|shape| shape.fits(&weight.moments, weight.rounded));
    let bias = weight.name.strip_suffix("weight").map(|before| format!("{before}bias"));
    let has_bias = bias.is_some_and(|bias| model.weights.iter().any(|other| other.name == bias));
    let is_lookup = weight.shape.len() == 2 && !has_bias && (rms - 1.0).abs() < 0.05;
    match rms / asked.he {
        ratio if ratio > LARGE && is_drawn && is_lookup => Some(Off::Lookup),
        ratio if ratio > LARGE && is_drawn => Some(Off::Large),
        ratio if ratio > VERY_LARGE => Some(Off::MaybeLarge),
        _ if is_drawn && rms < SMALL * asked.pytorch.min(asked.glorot) => Some(Off::Small),
        _ => None,
    }
}

/// Scales far from all that is asked for.
pub(super) fn scale(model: &Model<'_>) -> Vec<Finding> {
    let told = |group: Vec<&Weight>| {
        let (off, asked, rms) = (off(model, group[0])?, group[0].asked?, middle(&group)?);
        let (level, rule, scale) = match off {
            Off::Large => (Level::Suspect, "he", asked.he),
            Off::Lookup | Off::MaybeLarge => (Level::Note, "he", asked.he),
            Off::Small => (Level::Note, "lecun", asked.lecun),
        };
        let advice = match off {
            Off::Small => {
                "if this is a start, give it the scale that the shape asks for, unless it is the end of a branch or a head: \
                           training begins later the smaller it is"
            }
            Off::Lookup => {
                "nothing, if it is an embedding, which PyTorch draws so; a matrix that is multiplied by should be drawn by he or \
                            glorot"
            }
            Off::Large | Off::MaybeLarge => {
                "if this is a start, draw it by he or glorot: units saturate and losses begin large"
            }
        };
        let sentence = format!(
            "{} {} a scale of {}, {} times what {rule} gives for a fan-in of {} ({})",
            model.called(&group),
            verb(&group, "has", "have"),
            rough(rms),
            rough(rms / scale),
            group[0].fan_in?,
            rough(scale)
        );
        let evidence = [("scale", rms), ("asked", scale), ("ratio", rms / scale)];
        Some(finding("scale", level, &group, sentence, advice, evidence))
    };
    model
        .grouped(|weight| off(model, weight).is_some(), |weight| (off(model, weight), &weight.shape))
        .into_iter()
        .filter_map(told)
        .collect()
}
