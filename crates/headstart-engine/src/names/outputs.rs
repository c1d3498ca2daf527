//! What others call what is applied to the logits.

use super::vocabulary::{Alias, Vocabulary};
use crate::network::Output;

/// Names of outputs.
pub const OUTPUTS: Vocabulary = Vocabulary {
    what: "output",
    known: Output::NAMES,
    variants: &[],
    aliases: &[
        Alias::is("linear", "identity"),
        Alias::is("none", "identity"),
        Alias::is("logits", "identity"),
        Alias::is("logistic", "sigmoid"),
        Alias::is("expit", "sigmoid"),
        Alias::noted("log_softmax", "softmax", "softmax; the loss takes its logarithm"),
        Alias::lacks("relu", "an output that is cut off at 0 is not here; identity is the nearest"),
        Alias::lacks("softplus", "an output above 0 is not here; identity is the nearest, with targets as logarithms"),
    ],
};
