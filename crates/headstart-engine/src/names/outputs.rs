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
        Alias::is("exponential", "exp"),
        Alias::noted(
            "log_input",
            "exp",
            "exp: PyTorch's PoissonNLLLoss takes the logarithm of the mean unless told otherwise",
        ),
        Alias::lacks("log_sigmoid", "the loss takes the logarithm: bce or focal with --output sigmoid"),
    ],
};
