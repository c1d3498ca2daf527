//! How a comparison ended.

use crate::budget::Budget;
use serde::Serialize;
use std::sync::Arc;

/// How a comparison ended.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Settled {
    /// Whether the order of the best ones is settled.
    pub is_settled: bool,
    /// Why it went on no longer.
    pub because: End,
    /// The budget, if there was one.
    pub budget: Option<Budget>,
    /// Whether it ends like this every time: not where a time was spent, or somebody interrupted it.
    pub repeatable: bool,
    /// What is judged: the accuracy or the loss.
    pub figure: &'static str,
    /// What is as good as no difference; null in regression before there is a loss.
    pub margin: Option<f64>,
    /// The seeds that all that are left have.
    pub seeds: usize,
    /// How often it was looked who is out.
    pub looks: usize,
    /// Updates of parameters that were done.
    pub steps: u64,
    /// The initializations, best first; those that are out come last.
    pub inits: Vec<Standing>,
}

/// Why a comparison went on no longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum End {
    /// Only the best one is left.
    Best,
    /// All that are left are as good as equal.
    Equal,
    /// The budget is spent.
    Budget,
    /// There are no more seeds.
    Seeds,
    /// It was told to stop.
    Interrupted,
}

/// Where one initialization stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Standing {
    /// The initialization, in the grammar.
    pub init: Arc<str>,
    /// Whether it is out of the comparison, being worse.
    pub is_out: bool,
    /// The seeds it was compared over.
    pub seeds: usize,
    /// How far it was behind the leader when they were last compared; null for the leader.
    pub behind: Option<Gap>,
}

/// One initialization behind another.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Gap {
    /// The leader at that time.
    pub leader: Arc<str>,
    /// By how much the leader's figure is better on average; null where a run diverged that has no figure.
    pub mean: Option<f64>,
    /// Where that lies over all seeds, one that goes as badly as can be added at either end.
    pub interval: Option<[f64; 2]>,
    /// How likely so large a difference is where there is none, adjusted for all pairs (Holm 1979).
    pub adjusted: f64,
    /// Whether they are as good as equal.
    pub is_equal: bool,
}
