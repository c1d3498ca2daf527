//! The findings: what can be wrong with weights as far as their numbers say so, each in one function.

mod numbers;
mod same;
mod scale;
mod siblings;

use super::Weight;
use crate::words::foreign;
use serde::Serialize;
use std::collections::BTreeMap;

/// Something that was found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// A short name: one of [`NAMES`].
    pub name: &'static str,
    /// How much it matters.
    pub level: Level,
    /// What it is, in one sentence.
    pub sentence: String,
    /// The tensors that it is about.
    pub weights: Vec<String>,
    /// The figures behind it.
    pub evidence: BTreeMap<&'static str, f64>,
    /// What to do.
    pub advice: String,
}

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// No network can work with it, or learn from it.
    Wrong,
    /// It is seldom meant.
    Suspect,
    /// It is worth knowing, and often meant.
    Note,
}

/// The names of findings, what matters most first.
pub const NAMES: [&str; 12] = [
    "not-finite",
    "constant",
    "zero",
    "twins",
    "copied",
    "miscounted-fan",
    "scale",
    "out-of-line",
    "untouched",
    "dead-units",
    "trend",
    "empty",
];

const DETECTORS: [fn(&Model<'_>) -> Vec<Finding>; 12] = [
    numbers::not_finite,
    numbers::constant,
    numbers::zero,
    same::twins,
    same::copied,
    scale::miscounted_fan,
    scale::scale,
    siblings::out_of_line,
    siblings::untouched,
    same::dead_units,
    siblings::trend,
    numbers::empty,
];

/// All that is found, what matters most first.
pub(super) fn all(weights: &[Weight]) -> Vec<Finding> {
    let model = Model::new(weights);
    let mut findings: Vec<Finding> = DETECTORS.iter().flat_map(|detect| detect(&model)).collect();
    let place = |finding: &Finding| NAMES.iter().position(|name| *name == finding.name);
    findings.sort_by_key(|finding| (finding.level, place(finding)));
    findings
}

/// Weights, and which of them are siblings.
struct Model<'a> {
    weights: &'a [Weight],
    families: BTreeMap<&'a str, Vec<&'a Weight>>,
}

impl<'a> Model<'a> {
    fn new(weights: &'a [Weight]) -> Self {
        let mut families: BTreeMap<&str, Vec<&Weight>> = BTreeMap::new();
        for weight in weights {
            families.entry(&weight.siblings).or_default().push(weight);
        }
        Self { weights, families }
    }

    /// The siblings of a weight, itself among them.
    fn family(&self, weight: &Weight) -> &[&'a Weight] {
        &self.families[weight.siblings.as_str()]
    }

    /// Weights of which something is to be said, in groups that it can be said of together: siblings, by what is told of them.
    fn grouped<T: Ord>(
        &self,
        chosen: impl Fn(&'a Weight) -> bool,
        by: impl Fn(&'a Weight) -> T,
    ) -> Vec<Vec<&'a Weight>> {
        let mut groups: BTreeMap<(&str, T), Vec<&Weight>> = BTreeMap::new();
        for weight in self.weights.iter().filter(|weight| chosen(weight)) {
            groups.entry((&weight.siblings, by(weight))).or_default().push(weight);
        }
        let mut groups: Vec<_> = groups.into_values().collect();
        // In the order of the model, and not of their patterns.
        let place = |weight: &Weight| self.weights.iter().position(|other| std::ptr::eq(other, weight));
        groups.sort_by_key(|group| place(group[0]));
        groups
    }

    /// How a group is called: `fc.weight`, or `h.*.fc.weight (3 of 12)`.
    fn called(&self, group: &[&Weight]) -> String {
        match group {
            [one] => foreign(&one.name),
            several => {
                let all = self.family(several[0]).len();
                let of =
                    if several.len() == all { format!("all {all}") } else { format!("{} of {all}", several.len()) };
                format!("{} ({of})", foreign(&several[0].siblings))
            }
        }
    }
}

/// A finding about weights.
fn finding(
    name: &'static str,
    level: Level,
    weights: &[&Weight],
    sentence: String,
    advice: impl Into<String>,
    evidence: impl IntoIterator<Item = (&'static str, f64)>,
) -> Finding {
    Finding {
        name,
        level,
        sentence,
        weights: weights.iter().map(|weight| weight.name.clone()).collect(),
        evidence: evidence.into_iter().collect(),
        advice: advice.into(),
    }
}

/// Does a verb for one or several: `has`, `have`.
fn verb<'v>(group: &[&Weight], one: &'v str, several: &'v str) -> &'v str {
    if group.len() == 1 { one } else { several }
}
