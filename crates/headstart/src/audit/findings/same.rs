//! Numbers that are the same twice: copies of tensors, units that are twins, units that are nothing.

use super::super::{Role, Weight};
use super::{Finding, Level, Model, finding, verb};
use crate::words::{count, foreign, percent};
use std::collections::BTreeMap;

/// Bits that have to agree before it is no accident.
const NO_ACCIDENT: f64 = 60.0;

/// About how many bits of a number are by chance: those behind the point, and a few of its size.
fn bits(weight: &Weight) -> f64 {
    f64::from(weight.fraction_bits) + 2.0
}

/// Units of one weight that are the same, number by number.
pub(super) fn twins(model: &Model<'_>) -> Vec<Finding> {
    let is_no_accident = |weight: &Weight| {
        let Some(units) = &weight.units else { return false };
        let length = weight.count as f64 / units.count as f64;
        units.twins > 0 && length * bits(weight) - 2.0 * (units.count as f64).log2() > NO_ACCIDENT
    };
    let is_found = |weight: &Weight| !weight.is_constant() && is_no_accident(weight);
    let are_all = |weight: &Weight| weight.units.as_ref().is_some_and(|units| units.twins == units.count);
    let told = |group: Vec<&Weight>| {
        let units = |of: fn(&super::super::scan::Units) -> usize| {
            group.iter().filter_map(|w| w.units.as_ref()).map(of).sum::<usize>()
        };
        let (twins, all) = (units(|units| units.twins), units(|units| units.count));
        let pair = group[0].units.as_ref().map_or([0; 2], |units| units.pair);
        let evidence = [("twins", twins as f64), ("units", all as f64)];
        let (has, called) = (verb(&group, "has", "have"), model.called(&group));
        let (twins, all) = (count(twins as u64), count(all as u64));
        let whose = if group.len() == 1 { String::new() } else { format!(" of {}", foreign(&group[0].name)) };
        let which = format!("as {} and {}{whose}", pair[0], pair[1]);
        if group[0].role == Role::Embedding {
            let sentence = format!("{called} {has} {twins} of {all} rows that another one is the same as ({which})");
            let advice = "nothing, where these are tokens that never occur";
            return finding("twins", Level::Note, &group, sentence, advice, evidence);
        }
        let level = if are_all(group[0]) { Level::Wrong } else { Level::Suspect };
        let sentence = format!(
            "{called} {has} {twins} of {all} units whose weights are those of another one, number by number ({which})"
        );
        let advice = "draw them apart: units with the same weights and biases compute the same, and where what follows weighs them the \
                      same, too, they learn the same";
        finding("twins", level, &group, sentence, advice, evidence)
    };
    model.grouped(is_found, are_all).into_iter().map(told).collect()
}

/// Units whose weights are all 0.
pub(super) fn dead_units(model: &Model<'_>) -> Vec<Finding> {
    let dead = |weight: &Weight| weight.units.as_ref().map_or(0, |units| units.dead);
    let is_found = |weight: &Weight| dead(weight) > 0 && !weight.is_zero();
    let told = |group: Vec<&Weight>| {
        let all: usize = group.iter().filter_map(|weight| weight.units.as_ref()).map(|units| units.count).sum();
        let dead: usize = group.iter().map(|weight| dead(weight)).sum();
        let first = group[0].units.as_ref().map_or(0, |units| units.first_dead);
        let is_lookup = group[0].role == Role::Embedding;
        let what = if is_lookup { "rows" } else { "units" };
        let sentence = format!(
            "{} {} {} of {} {what} whose weights are all 0 ({}; the first is {first}{})",
            model.called(&group),
            verb(&group, "has", "have"),
            count(dead as u64),
            count(all as u64),
            percent(dead as f64 / all as f64, 2),
            if group.len() == 1 { String::new() } else { format!(" of {}", foreign(&group[0].name)) }
        );
        let (level, advice) = if is_lookup {
            (Level::Note, "nothing, where these are for padding or for tokens that never occur")
        } else {
            (Level::Suspect, "leave them out if they were pruned; else draw them: they say the same of every sample")
        };
        finding("dead-units", level, &group, sentence, advice, [("dead", dead as f64), ("units", all as f64)])
    };
    model.grouped(is_found, |_| ()).into_iter().map(told).collect()
}

/// Tensors of the same bytes under several names.
pub(super) fn copied(model: &Model<'_>) -> Vec<Finding> {
    let mut same: BTreeMap<(u128, &[usize], &str), Vec<&Weight>> = BTreeMap::new();
    for weight in model.weights {
        // Masks and tables of frequencies, which have no role here, are the same in all layers.
        let has_role = weight.role.multiplies() || matches!(weight.role, Role::Embedding | Role::Norm | Role::Bias);
        let counts = has_role && !weight.is_constant();
        if counts && weight.count as f64 * bits(weight) > NO_ACCIDENT && weight.not_finite < weight.count {
            same.entry((weight.hash, &weight.shape, &weight.dtype)).or_default().push(weight);
        }
    }
    // What is copied together is told together: a whole layer.
    let mut together: BTreeMap<Vec<&str>, Vec<Vec<&Weight>>> = BTreeMap::new();
    for group in same.into_values().filter(|group| group.len() > 1) {
        together.entry(group.iter().map(|weight| layer(weight)).collect()).or_default().push(group);
    }
    together.into_iter().map(|(layers, groups)| copies(&layers, groups)).collect()
}

/// A name up to its layer's number, and all of it where it has none.
fn layer(weight: &Weight) -> &str {
    let Some(begin) = weight.siblings.find('*') else { return &weight.name };
    let rest = &weight.name[begin..];
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    &weight.name[..begin + end]
}

fn copies(layers: &[&str], mut groups: Vec<Vec<&Weight>>) -> Finding {
    groups.sort_by_key(|group| super::super::name::order(&group[0].name));
    let all: Vec<&Weight> = groups.iter().flatten().copied().collect();
    let evidence = [("tensors", groups.len() as f64), ("copies", groups[0].len() as f64)];
    let any =
        |words: &[&str]| all.iter().any(|weight| words.iter().any(|word| weight.name.to_lowercase().contains(word)));
    let names = |names: &[&str]| -> String {
        let shown: Vec<String> = names.iter().skip(1).take(3).map(|name| foreign(name)).collect();
        let more = names.len().saturating_sub(4);
        format!("{}{}", shown.join(", "), if more > 0 { format!(" and {more} more") } else { String::new() })
    };
    let of_first: Vec<&str> = groups[0].iter().map(|weight| weight.name.as_str()).collect();
    let (one, others) = (foreign(of_first[0]), names(&of_first));
    if groups.len() == 1 && all.iter().any(|weight| weight.role == Role::Embedding) {
        let sentence = format!("{one} and {others} are one matrix, as embeddings and outputs that are tied are");
        return finding("copied", Level::Note, &all, sentence, "nothing, if they are meant to be tied", evidence);
    }
    if all.iter().all(|weight| matches!(weight.role, Role::Bias | Role::Norm)) {
        let sentence = format!(
            "{one} and {others} are the same numbers, as biases are that are added to each other: they get the same gradients"
        );
        return finding("copied", Level::Note, &all, sentence, "nothing, if they are", evidence);
    }
    if any(&["ema", "teacher", "target", "momentum"]) {
        let sentence = format!(
            "{} are the same in a model and in one that follows it ({one})",
            crate::words::many(groups.len() as u64, "tensor")
        );
        return finding("copied", Level::Note, &all, sentence, "nothing, before training", evidence);
    }
    let sentence = match groups.len() {
        1 => format!(
            "{others} {} the same numbers as {one}, all {} of them",
            if of_first.len() == 2 { "has" } else { "have" },
            count(all[0].count)
        ),
        n => format!(
            "{} {} a copy of {}: {n} tensors are the same, number by number",
            names(layers),
            if layers.len() == 2 { "is" } else { "are" },
            foreign(layers[0])
        ),
    };
    let advice = "draw or load each by itself, unless they are meant to share weights; PyTorch's TransformerEncoder begins with copies of \
                  one layer";
    finding("copied", Level::Suspect, &all, sentence, advice, evidence)
}
