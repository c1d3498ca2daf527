//! What is advised, as it is told.

use super::code::Snippet;
use super::depth::Depth;
use super::race::{Plateau, TriedLayers};
use crate::compare::Comparison;
use crate::executor::Device;
use crate::explain::findings::Finding;
use crate::probe::Profile;
use crate::run::Run;
use serde::Serialize;

/// What is advised, and why.
#[derive(Debug, Serialize)]
pub struct Advice {
    /// Where to start; none if no start works.
    pub recommendation: Option<Recommendation>,
    /// `start here`, `keep your default`, `any start works` or `no start works`: none learns, or none does better than guessing;
    /// `interrupted` where it was told to stop.
    pub verdict: &'static str,
    /// Of a default that is to be kept, by how much some start that was found may be better at the most, as far as the seeds tell: in
    /// accuracy, or in regression in loss. None with any other verdict.
    pub keep_within: Option<f64>,
    /// It in a sentence.
    pub sentence: String,
    /// Why, in a few sentences: beside the others, the gains that do as well, how far the evidence settles it; or where no start
    /// works, what was tried in vain.
    pub why: Vec<String>,
    /// What the race found, by which the evidence was chosen.
    pub sure: String,
    /// What is wrong with the sizes of the features, and what to do; it may matter more than the start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scale: Option<String>,
    /// What the depth of a deep network costs, and which change of it makes it train.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub depth: Option<Depth>,
    /// What stands in the way, where no start works.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub obstacle: Option<Finding>,
    /// The learning rate of all that is told: the one that was found, if one was searched.
    pub lr: f64,
    /// The learning rates that were tried, if one was searched: each with the figure of its best start.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rates: Vec<(f64, f64)>,
    /// What `early`, `full` and `rates` tell: `accuracy`, on what was held out, or `loss`.
    pub figure: &'static str,
    /// All that was tried, family by family.
    pub tried: Vec<TriedFamily>,
    /// Starts whose first or last layer has a gain of its own, around the one that the race found; none where there was no budget
    /// for it, no hidden layer, or nothing worked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tried_layers: Vec<TriedLayers>,
    /// Whether accuracy says little of the classes, so that the balanced one is told beside it.
    #[serde(skip)]
    pub by_class: bool,
    /// The start that was found beside the usual ones: on all training samples and the test set, from fresh seeds.
    pub evidence: Comparison,
    /// The runs behind the evidence.
    #[serde(skip)]
    pub runs: Vec<Run>,
    /// The starts of the evidence, layer by layer.
    pub starts: Vec<Profile>,
    /// What was not tried, in a sentence.
    pub not_tried: &'static str,
    /// The code that starts so, by framework.
    pub code: Vec<Snippet>,
    /// What trained, where the figures are not the processor's bits; starts are looked at by the processor in any case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<Device>,
    /// Updates that were spent, of all networks together, but for the few that it takes to see what is wrong with a start.
    pub steps: u64,
    /// Whether the same would be advised again: not if the budget was a time.
    pub repeatable: bool,
}

/// Where to start.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Recommendation {
    /// The initialization, in the grammar.
    pub init: String,
    /// The learning rate.
    pub lr: f64,
    /// The gains that do as well, of the same scheme; of plain weights, the scales. None of a framework's default, of which only
    /// that one was trained.
    pub plateau: Option<Plateau>,
}

/// A family that was tried.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TriedFamily {
    /// The scheme.
    pub scheme: String,
    /// Its plateau; none if nothing of it was trained to the end.
    pub plateau: Option<Plateau>,
    /// Its gains.
    pub gains: Vec<Tried>,
}

/// A start that was tried.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Tried {
    /// The gain, or the scale of plain weights.
    pub gain: f64,
    /// The start in the grammar.
    pub init: String,
    /// Why it was not trained at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub out: Option<String>,
    /// The validation accuracy, or in regression the loss, after a part of the training: the mean over the seeds; a loss's is
    /// geometric.
    pub early: Option<f64>,
    /// The same after all of it.
    pub full: Option<f64>,
    /// Seeds that were trained to the end.
    pub seeds: usize,
    /// How a training is expected to end by all that was seen, and the standard error: seven tenths of the accuracy on what was held
    /// out and three of that in training, less a hundredth of the loss on what was held out; in regression minus the common
    /// logarithm of that. None of what was not trained to the end.
    pub expected: Option<[f64; 2]>,
}
