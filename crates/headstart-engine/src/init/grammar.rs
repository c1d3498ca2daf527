//! Schemes as text is read: a name, and what stands behind it.

use super::draw::SD_OF_CUT_NORMAL;
use super::names::{SCHEMES, of_code};
use super::words::{Behind, VARIANCE_SCALING, Word};
use super::{Distribution, Fan, Framework, Nonlinearity, Rule, Scheme, Shape, Sparsity};
use crate::names::GrammarError;
use std::str::FromStr;

/// What stands before the name of given numbers.
pub(super) const GIVEN: &str = "file:";

/// A normal distribution has nothing so many deviations away that could be drawn.
const FARTHEST: f64 = 30.0;

impl FromStr for Scheme {
    type Err = GrammarError;

    fn from_str(text: &str) -> Result<Self, GrammarError> {
        if text.trim().starts_with(GIVEN) {
            let problem = "a file has all weights and biases: it is not a scheme for a layer, for biases or for theory, and its \
                           name has no comma";
            return Err(GrammarError::parameter(text, problem));
        }
        let code = of_code(text);
        let mut behind = Behind::read(code.as_deref().unwrap_or(text).trim())?;
        let scheme = of_name(&mut behind)?;
        behind.is_all_taken()?;
        Ok(scheme)
    }
}

fn of_name(behind: &mut Behind) -> Result<Scheme, GrammarError> {
    match behind.name {
        "zeros" if behind.number.is_some() => Err(behind.wrong("zeros takes no number; see constant:C")),
        "zeros" => Ok(Scheme::Zeros),
        "constant" => Ok(Scheme::Constant(behind.needed("the constant, as in constant:0.1,")?)),
        "normal" => {
            let sd = behind.positive("the standard deviation, as in normal:0.01,")?;
            Ok(match behind.mean() {
                None | Some(0.0) => Scheme::Plain(Distribution::Normal, sd),
                Some(mean) => Scheme::Of(Shape::Normal { mean, sd }),
            })
        }
        "uniform" => match (behind.ends()?, behind.number) {
            (Some(_), Some(_)) => Err(behind.wrong("a bound or two ends, as in uniform:0.1 or uniform:0..1, not both")),
            (Some((low, high)), None) if low == -high => Ok(Scheme::Plain(Distribution::Uniform, high)),
            (Some((low, high)), None) => Ok(Scheme::Of(Shape::Uniform { low, high })),
            (None, _) => Ok(Scheme::Plain(Distribution::Uniform, behind.positive("the bound, as in uniform:0.1,")?)),
        },
        "truncated-normal" => truncated_normal(behind),
        VARIANCE_SCALING => {
            let scale = behind.needed("the scale, as in variance-scaling:2,fan-in,normal,")?;
            if scale <= 0.0 {
                return Err(behind.wrong("the scale, which is a variance times a fan, must be above 0"));
            }
            let distribution =
                behind.take(|word| if let Word::Distribution(distribution) = word { Some(distribution) } else { None });
            Ok(Scheme::Scaled {
                rule: Rule::VarianceScaling(scale, behind.fan().unwrap_or(Fan::In)),
                distribution: distribution.unwrap_or(Distribution::Truncated),
                gain: 1.0,
            })
        }
        "orthogonal" => Ok(Scheme::Orthogonal { gain: behind.gain_by_word()? }),
        "delta-orthogonal" => match behind.gain_by_word()? {
            gain if gain > 0.0 => Ok(Scheme::DeltaOrthogonal { gain }),
            gain => Err(behind.wrong(format!("\"{gain}\" is no gain above 0"))),
        },
        "identity" => Ok(Scheme::Identity { gain: behind.gain() }),
        "sparse" => sparse(behind),
        "siren" => match behind.number.unwrap_or(30.0) {
            omega if omega <= 0.0 => Err(behind.wrong("omega, the frequency of the sines, must be above 0")),
            omega => {
                let gain = behind.take(|word| if let Word::Gain(gain) = word { Some(gain) } else { None });
                Ok(Scheme::Siren { omega, gain: gain.unwrap_or(1.0) })
            }
        },
        "lsuv" => match (behind.gain(), behind.mean()) {
            (gain, _) if gain < 0.0 => Err(behind.wrong("a standard deviation must not be negative")),
            (gain, None) => Ok(Scheme::Lsuv { gain, centered: false }),
            (gain, Some(0.0)) => Ok(Scheme::Lsuv { gain, centered: true }),
            (_, Some(_)) => Err(behind.wrong("the mean that lsuv gives a layer's outputs is 0, as in lsuv:mean=0")),
        },
        name => match Framework::ALL.into_iter().find(|framework| framework.name() == name) {
            Some(framework) => Ok(Scheme::Framework { framework, gain: behind.gain() }),
            None => scaled(behind),
        },
    }
}

fn truncated_normal(behind: &mut Behind) -> Result<Scheme, GrammarError> {
    let sd = behind.positive("the standard deviation, as in truncated-normal:0.01,")?;
    let mean = behind.mean().unwrap_or(0.0);
    let Some((low, high)) = behind.ends()? else {
        return Ok(match mean {
            0.0 => Scheme::Plain(Distribution::Truncated, sd),
            mean => Scheme::Of(Shape::Truncated { mean, sd }),
        });
    };
    if sd == 0.0 {
        return Err(behind.wrong("the standard deviation must be above 0 where the ends of the cut are given"));
    }
    let is_beyond = mean < low - FARTHEST * sd || mean > high + FARTHEST * sd;
    if is_beyond {
        return Err(behind.wrong(format!(
            "both ends of the cut are more than {FARTHEST} standard deviations from the mean, where nothing is ever drawn"
        )));
    }
    Ok(match (low, high) {
        // At two deviations it is the usual cut.
        (low, high) if mean == 0.0 && high == 2.0 * sd && low == -high => {
            Scheme::Plain(Distribution::Truncated, sd * SD_OF_CUT_NORMAL)
        }
        (low, high) => Scheme::Of(Shape::Cut { mean, sd, low, high }),
    })
}

fn sparse(behind: &mut Behind) -> Result<Scheme, GrammarError> {
    let k = behind
        .positive("how many of a unit's weights are not 0, or the share of zeros, as in sparse:15 or sparse:0.9,")?;
    let sparsity = match k {
        share if share < 1.0 => Sparsity::Zeros(share),
        count if count.fract() == 0.0 => Sparsity::Incoming(count as usize),
        _ => {
            return Err(
                behind.wrong("a whole number of weights that are not 0, as in sparse:15, or a share of zeros below 1")
            );
        }
    };
    match behind.take(|word| if let Word::Sd(sd) = word { Some(sd) } else { None }) {
        Some(sd) if sd < 0.0 => Err(behind.wrong("a standard deviation must not be negative")),
        sd => Ok(Scheme::Sparse { sparsity, sd: sd.unwrap_or(sparsity.usual_sd()) }),
    }
}

/// The schemes that keep their variance with another distribution.
fn scaled(behind: &mut Behind) -> Result<Scheme, GrammarError> {
    let name = behind.name;
    let (stem, distribution) = match name.rsplit_once('-') {
        Some((stem, "uniform")) => (stem, Distribution::Uniform),
        Some((stem, "truncated")) => (stem, Distribution::Truncated),
        _ => (name, Distribution::Normal),
    };
    let gain = if stem == "glorot" { behind.gain_by_word()? } else { behind.gain() };
    let rule = match stem {
        "he" => {
            let nonlinearity = behind.nonlinearity().unwrap_or(Nonlinearity::Relu);
            Rule::kaiming(nonlinearity, behind.fan().unwrap_or(Fan::In))
        }
        "lecun" => Rule::kaiming(Nonlinearity::Linear, behind.fan().unwrap_or(Fan::In)),
        "glorot" => Rule::Glorot,
        "critical" => Rule::Critical,
        "depth-scaled" => Rule::DepthScaled,
        "fixup" => Rule::Fixup,
        "gpt2" => Rule::Gpt2,
        "t-fixup" => Rule::TFixup,
        "deepnorm" => Rule::DeepNorm,
        _ => return Err(GrammarError::unknown(SCHEMES.what, name, Scheme::NAMES)),
    };
    Ok(Scheme::Scaled { rule, distribution, gain })
}
