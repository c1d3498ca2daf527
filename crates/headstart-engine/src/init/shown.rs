//! Schemes as text is written: the shortest that reads back as the same.

use super::words::VARIANCE_SCALING;
use super::{Distribution, Fan, Nonlinearity, Rule, Scheme, Shape, Sparsity};
use crate::names::plain;
use std::fmt;

impl Fan {
    /// Its name in the grammar.
    pub fn name(self) -> &'static str {
        match self {
            Self::In => "fan-in",
            Self::Out => "fan-out",
            Self::Average => "fan-avg",
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let gained =
            |name: &str, gain: f64| if gain == 1.0 { name.to_owned() } else { format!("{name}:{}", plain(gain)) };
        let text = match *self {
            Self::Zeros => "zeros".to_owned(),
            Self::Constant(c) => format!("constant:{}", plain(c)),
            Self::Plain(Distribution::Normal, sd) => format!("normal:{}", plain(sd)),
            Self::Plain(Distribution::Uniform, bound) => format!("uniform:{}", plain(bound)),
            Self::Plain(Distribution::Truncated, sd) => format!("truncated-normal:{}", plain(sd)),
            Self::Of(shape) => shape.to_string(),
            Self::Scaled { rule: Rule::VarianceScaling(scale, fan), distribution, .. } => {
                let distribution = match distribution {
                    Distribution::Normal => "normal",
                    Distribution::Uniform => "uniform",
                    Distribution::Truncated => "truncated",
                };
                format!("{VARIANCE_SCALING}:{},{},{distribution}", plain(scale), fan.name())
            }
            Self::Scaled { rule, distribution, gain } => {
                let (rule, words) = in_words(rule);
                let suffix = match distribution {
                    Distribution::Normal => "",
                    Distribution::Uniform => "-uniform",
                    Distribution::Truncated => "-truncated",
                };
                gained(&format!("{rule}{suffix}"), gain) + &words
            }
            Self::Orthogonal { gain } => gained("orthogonal", gain),
            Self::DeltaOrthogonal { gain } => gained("delta-orthogonal", gain),
            Self::Identity { gain } => gained("identity", gain),
            Self::Sparse { sparsity, sd } => {
                let k = match sparsity {
                    Sparsity::Zeros(share) => plain(share),
                    Sparsity::Incoming(count) => count.to_string(),
                };
                let sd = if sd == sparsity.usual_sd() { String::new() } else { format!(":sd={}", plain(sd)) };
                format!("sparse:{k}{sd}")
            }
            Self::Siren { omega, gain } => {
                let name = if omega == 30.0 { "siren".to_owned() } else { format!("siren:{}", plain(omega)) };
                if gain == 1.0 { name } else { format!("{name}:gain={}", plain(gain)) }
            }
            Self::Lsuv { gain, centered } => gained("lsuv", gain) + if centered { ":mean=0" } else { "" },
            Self::Framework { framework, gain } => gained(framework.name(), gain),
        };
        f.pad(&text)
    }
}

/// The name of a rule, and the words that stand behind its gain.
fn in_words(rule: Rule) -> (&'static str, String) {
    let name = match rule {
        Rule::He => "he",
        Rule::Glorot => "glorot",
        Rule::LeCun => "lecun",
        Rule::Critical => "critical",
        Rule::DepthScaled => "depth-scaled",
        Rule::Fixup => "fixup",
        Rule::Gpt2 => "gpt2",
        Rule::TFixup => "t-fixup",
        Rule::DeepNorm => "deepnorm",
        Rule::VarianceScaling(..) => VARIANCE_SCALING,
        Rule::Kaiming(nonlinearity, fan) => {
            let fan = if fan == Fan::In { String::new() } else { format!(":{}", fan.name()) };
            return match nonlinearity {
                Nonlinearity::Linear => ("lecun", fan),
                Nonlinearity::Relu => ("he", fan),
                Nonlinearity::Tanh => ("he", format!(":tanh{fan}")),
                Nonlinearity::Selu => ("he", format!(":selu{fan}")),
                Nonlinearity::Leaky(slope) => ("he", format!(":leaky={}{fan}", plain(slope))),
            };
        }
    };
    (name, String::new())
}

impl fmt::Display for Shape {
    /// As [`Scheme`] has it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let around = |mean: f64| if mean == 0.0 { String::new() } else { format!(":mean={}", plain(mean)) };
        f.pad(&match *self {
            Self::Uniform { low, high } => format!("uniform:{}..{}", plain(low), plain(high)),
            Self::Normal { mean, sd } => format!("normal:{}{}", plain(sd), around(mean)),
            Self::Truncated { mean, sd } => format!("truncated-normal:{}{}", plain(sd), around(mean)),
            Self::Cut { mean, sd, low, high } => {
                format!("truncated-normal:{}{}:{}..{}", plain(sd), around(mean), plain(low), plain(high))
            }
        })
    }
}
