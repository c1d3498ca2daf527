//! What there is to a model beside a chain of layers: parameters that are not used once and alike, residual branches, attention.
//!
//! Whoever holds the model measures it; here it is plain numbers, as all [`super::evidence`] is.

use crate::serial::number;
use serde::{Deserialize, Serialize};

/// The name in the place of a framework's where the model is a task's network.
pub const OWN: &str = "headstart";

/// A model of a framework, or a task's network of blocks, as it was measured by one pass forward and backward.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Model {
    /// Whose it is: `torch`, `keras`, `flax`; [`OWN`] of a task.
    pub framework: String,
    /// How many classes there are to choose from; none where that is not known, or targets are numbers.
    pub classes: Option<usize>,
    /// Its weight tensors, in the order of the model.
    pub parameters: Vec<Parameter>,
    /// Its residual branches, in the order in which they are added.
    pub branches: Vec<Branch>,
    /// Where it attends.
    pub attention: Vec<Attention>,
    /// Parameters that are to be trained, and that the loss does not depend on.
    pub unreached: Vec<String>,
}

/// A weight tensor.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Parameter {
    /// Its name in the model.
    pub name: String,
    /// Which place of [`Look::places`](super::evidence::Look::places) it makes the pre-activations of; none where that was not seen.
    pub place: Option<usize>,
    /// `dense`, `conv`, `embedding`, `attention`, `recurrent`, or `other`.
    pub role: String,
    /// Its shape.
    pub shape: Vec<usize>,
    /// How many numbers it has.
    pub count: usize,
    /// Inputs of a unit: of a convolution those of its group times the kernel's area.
    pub fan_in: usize,
    /// Units that an input goes to, counted alike.
    pub fan_out: usize,
    /// Places of a kernel, 1 without one.
    pub area: usize,
    /// Groups of a convolution.
    pub groups: usize,
    /// Projections or gates that share the tensor.
    pub parts: usize,
    /// The root mean square of its numbers.
    #[serde(deserialize_with = "number")]
    pub scale: f64,
    /// The scale that keeps the size of a signal which comes from where its inputs do.
    #[serde(deserialize_with = "number")]
    pub asked: f64,
    /// The Frobenius norm of the gradient; none where it was not measured.
    pub gradient: Option<f64>,
    /// The activation that makes its inputs, in words; none where something else does.
    pub before: Option<String>,
    /// The normalization that follows at once, if there is one.
    pub normalized: Option<String>,
    /// Whether several layers share it.
    pub is_tied: bool,
    /// Whether it is to be trained.
    pub is_trained: bool,
}

/// What is computed beside a residual stream and added to it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Branch {
    /// What it is called, by its last layer.
    pub name: String,
    /// Its weights, by their places in [`Model::parameters`].
    pub parameters: Vec<usize>,
    /// Its weights and scales of normalizations that are all 0.
    pub zeros: Vec<String>,
    /// The second moment of what is added.
    #[serde(deserialize_with = "number")]
    pub size: f64,
    /// That of the stream before.
    #[serde(deserialize_with = "number")]
    pub stream: f64,
    /// That of the stream behind the addition.
    #[serde(deserialize_with = "number")]
    pub joined: f64,
    /// The mean cosine between the tokens of a sample behind the addition; none where there are no tokens.
    pub tokens: Option<f64>,
    /// Branches of the same stream have the same number.
    pub chain: usize,
    /// Whether what is added was normalized last.
    pub is_normalized: bool,
}

/// Where a model attends.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Attention {
    /// What it is called.
    pub name: String,
    /// How many heads it has.
    pub heads: usize,
    /// How many there are to attend to, at most.
    pub tokens: usize,
    /// The entropy of the attention of a query, in the mean over heads and queries that have a choice, as a share of the logarithm of
    /// the number of its keys: 1 is attention to all alike.
    pub entropy: f64,
    /// The share of queries that give more than 95% to one key of several.
    pub saturated: f64,
}

impl Model {
    /// Whether it is a task's, which is changed by flags.
    pub fn is_own(&self) -> bool {
        self.framework == OWN
    }

    /// Whether signals go through one layer after the other, with nothing beside them that holds their size.
    pub fn is_chain(&self) -> bool {
        let is_plain = |parameter: &Parameter| {
            parameter.normalized.is_none() && !["attention", "recurrent"].contains(&parameter.role.as_str())
        };
        self.branches.is_empty() && self.attention.is_empty() && self.parameters.iter().all(is_plain)
    }

    /// The weights that layers multiply by, without tables of vectors and what belongs to no known layer.
    pub fn weights(&self) -> impl Iterator<Item = &Parameter> {
        self.parameters.iter().filter(|one| !["embedding", "other"].contains(&one.role.as_str()))
    }

    /// The branches of the stream that has most of them.
    pub fn longest_stream(&self) -> Vec<&Branch> {
        let chains = self.branches.iter().map(|branch| branch.chain).max().map_or(0, |last| last + 1);
        let of = |chain: usize| self.branches.iter().filter(move |branch| branch.chain == chain);
        (0..chains).map(|chain| of(chain).collect::<Vec<_>>()).max_by_key(Vec::len).unwrap_or_default()
    }

    /// The second moment of a residual stream at its end; none without branches.
    pub fn stream_end(&self) -> Option<f64> {
        self.longest_stream().last().map(|branch| branch.joined)
    }

    /// How alike the tokens of a sample are at the end of the stream.
    pub fn tokens_alike(&self) -> Option<f64> {
        self.longest_stream().last()?.tokens
    }

    /// The largest share of queries that see one key only.
    pub fn sharpest(&self) -> Option<&Attention> {
        self.attention.iter().max_by(|a, b| a.saturated.total_cmp(&b.saturated))
    }

    /// The branches in which two layers or more are 0, so that no gradient reaches either.
    pub fn shut(&self) -> impl Iterator<Item = &Branch> {
        self.branches.iter().filter(|branch| branch.zeros.len() > 1)
    }
}

impl Parameter {
    /// The second moment of a weight by the second moment that was asked for.
    pub fn ratio(&self) -> f64 {
        (self.scale / self.asked).powi(2)
    }

    /// Whether its second moment is one that a recipe gives, as far as so many numbers can tell.
    pub fn has_variance(&self, variance: f64) -> bool {
        // Of normal numbers the relative deviation of the second moment is sqrt(2 / n); few have a mean of their own beside it.
        let slack = (4.0 * (2.0 / self.count.max(1) as f64).sqrt()).clamp(0.02, 0.25);
        self.scale.is_finite() && (self.scale * self.scale / variance - 1.0).abs() < slack
    }

    /// The second moments of the usual recipes with fans that are as they should be, and what those are called.
    pub fn recipes(&self) -> [(&'static str, f64); 4] {
        recipes(self.fan_in as f64, self.fan_out as f64)
    }
}

/// The second moments of the usual recipes with given fans.
pub fn recipes(fan_in: f64, fan_out: f64) -> [(&'static str, f64); 4] {
    [
        ("he", 2.0 / fan_in),
        ("lecun", 1.0 / fan_in),
        ("glorot", 2.0 / (fan_in + fan_out)),
        ("pytorch-default", 1.0 / (3.0 * fan_in)),
    ]
}
