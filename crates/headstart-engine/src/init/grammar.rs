//! Schemes as text: a name and, behind colons, a number and words in any order.

use super::draw::SD_OF_CUT_NORMAL;
use super::{Distribution, Fan, Framework, Nonlinearity, Rule, Scheme, Shape, Sparsity};
use crate::names::{GrammarError, Name, SCHEMES, of_code, plain};
use std::fmt;
use std::mem::discriminant;
use std::str::FromStr;

/// What stands before the name of given numbers.
pub(super) const GIVEN: &str = "file:";

/// The scheme whose words may have commas between them, as its frameworks write them.
const VARIANCE_SCALING: &str = "variance-scaling";

/// A normal distribution has nothing so many deviations away that could be drawn.
const FARTHEST: f64 = 30.0;

/// A word behind a name.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Word {
    Fan(Fan),
    Nonlinearity(Nonlinearity),
    Distribution(Distribution),
    Mean(f64),
    Sd(f64),
    Gain(f64),
    Ends(f64, f64),
}

impl Word {
    /// Reads it as this program, `PyTorch`, Keras or JAX writes it; none if it is none.
    fn read(text: &str) -> Option<Self> {
        let number = |text: &str| text.trim().parse::<f64>().ok().filter(|x| x.is_finite()).map(|x| x + 0.0);
        if let Some((low, high)) = text.split_once("..") {
            return Some(Self::Ends(number(low)?, number(high)?));
        }
        let (key, value) = text.split_once('=').map_or((text, None), |(key, value)| (key, Some(value)));
        let key: String = key.chars().filter(|c| !" -_".contains(*c)).flat_map(char::to_lowercase).collect();
        if let Some(value) = value {
            let x = number(value)?;
            return match key.as_str() {
                "mean" => Some(Self::Mean(x)),
                "sd" | "std" | "stddev" => Some(Self::Sd(x)),
                "gain" => Some(Self::Gain(x)),
                "leaky" | "leakyrelu" => Some(Self::Nonlinearity(Nonlinearity::Leaky(x))),
                _ => None,
            };
        }
        Some(match key.as_str() {
            "fanin" => Self::Fan(Fan::In),
            "fanout" => Self::Fan(Fan::Out),
            "fanavg" => Self::Fan(Fan::Average),
            "linear" | "identity" | "sigmoid" => Self::Nonlinearity(Nonlinearity::Linear),
            "tanh" => Self::Nonlinearity(Nonlinearity::Tanh),
            "relu" => Self::Nonlinearity(Nonlinearity::Relu),
            // `calculate_gain`'s slope where none is given.
            "leaky" | "leakyrelu" => Self::Nonlinearity(Nonlinearity::Leaky(0.01)),
            "selu" => Self::Nonlinearity(Nonlinearity::Selu),
            "normal" | "untruncatednormal" => Self::Distribution(Distribution::Normal),
            "uniform" => Self::Distribution(Distribution::Uniform),
            "truncated" | "truncatednormal" => Self::Distribution(Distribution::Truncated),
            _ => return None,
        })
    }
}

/// What may stand behind a name besides its number.
fn words_of(name: &str) -> &'static str {
    match name.split('-').next().unwrap_or(name) {
        "he" => "fan-in, fan-out, fan-avg, relu, leaky=SLOPE, tanh, selu, linear or sigmoid",
        "glorot" => {
            "relu, leaky=SLOPE, tanh, selu, linear or sigmoid; with another fan it is he or lecun, as in he:tanh:fan-out"
        }
        "orthogonal" => "relu, leaky=SLOPE, tanh, selu, linear or sigmoid",
        "lecun" => "fan-in, fan-out or fan-avg; with the gain of a nonlinearity it is he, as in he:tanh",
        "variance" => "fan-in, fan-out or fan-avg, and normal, uniform or truncated",
        "uniform" => "ends, as in uniform:0..1",
        "normal" => "mean=M",
        "truncated" => "mean=M, and the ends of the cut, as in truncated-normal:0.02:-2..2",
        "sparse" => "sd=S",
        "siren" => "gain=G",
        "lsuv" => "mean=0",
        _ => "",
    }
}

/// What stands behind the name of a scheme, until somebody takes it.
struct Behind<'a> {
    text: &'a str,
    name: &'static str,
    number: Option<f64>,
    words: Vec<(&'a str, Word)>,
}

impl<'a> Behind<'a> {
    fn read(text: &'a str) -> Result<Self, GrammarError> {
        let (name, behind) = text.split_once(':').map_or((text, None), |(name, behind)| (name, Some(behind)));
        let pieces: Vec<&str> = match behind {
            None => Vec::new(),
            Some(behind) if is_variance_scaling(name) => behind.split([':', ',']).map(str::trim).collect(),
            Some(behind) => behind.split(':').map(str::trim).collect(),
        };
        let number_in = |piece: &str| piece.parse::<f64>().ok();
        let numbers: Vec<f64> = pieces.iter().copied().filter_map(number_in).collect();
        let number = match numbers[..] {
            [] => None,
            // -0 is 0, which reads back as it was written wherever it stands.
            [x] if x.is_finite() => Some(x + 0.0),
            [_] => return Err(GrammarError::parameter(text, "the number behind the colon must be finite")),
            _ => return Err(GrammarError::parameter(text, "there are several numbers behind the name; one is enough")),
        };
        let Name { name, number, rest, .. } = SCHEMES.called(text, name, number)?;
        let mut words = Vec::new();
        for piece in pieces.into_iter().filter(|piece| number_in(piece).is_none()) {
            let word = Word::read(piece).ok_or_else(|| {
                let nor = Some(words_of(name)).filter(|words| !words.is_empty());
                let nor = nor.map_or_else(String::new, |words| format!(", and none of {name}'s words: {words}"));
                GrammarError::parameter(text, format!("\"{piece}\" is not a number{nor}"))
            })?;
            words.push((piece, word));
        }
        // What belongs to the name of others, unless something else of the kind is said.
        let is_new = |word: &Word, words: &[(&str, Word)]| {
            words.iter().all(|(_, said)| discriminant(said) != discriminant(word))
        };
        for piece in rest.split(':') {
            words.extend(Word::read(piece).filter(|word| is_new(word, &words)).map(|word| (piece, word)));
        }
        Ok(Self { text, name, number, words })
    }

    fn wrong(&self, problem: impl Into<String>) -> GrammarError {
        GrammarError::parameter(self.text, problem)
    }

    /// Takes the first word that is something.
    fn take<T>(&mut self, of: impl Fn(Word) -> Option<T>) -> Option<T> {
        let at = self.words.iter().position(|(_, word)| of(*word).is_some())?;
        of(self.words.remove(at).1)
    }

    fn fan(&mut self) -> Option<Fan> {
        self.take(|word| if let Word::Fan(fan) = word { Some(fan) } else { None })
    }

    fn nonlinearity(&mut self) -> Option<Nonlinearity> {
        self.take(|word| if let Word::Nonlinearity(nonlinearity) = word { Some(nonlinearity) } else { None })
    }

    fn mean(&mut self) -> Option<f64> {
        self.take(|word| if let Word::Mean(mean) = word { Some(mean) } else { None })
    }

    fn gain(&self) -> f64 {
        self.number.unwrap_or(1.0)
    }

    fn needed(&self, what: &str) -> Result<f64, GrammarError> {
        self.number.ok_or_else(|| self.wrong(format!("needs {what} behind a colon")))
    }

    fn positive(&self, what: &str) -> Result<f64, GrammarError> {
        match self.needed(what)? {
            size if size < 0.0 => Err(self.wrong(format!("{what} must not be negative"))),
            size => Ok(size),
        }
    }

    /// The ends of a distribution.
    fn ends(&mut self) -> Result<Option<(f64, f64)>, GrammarError> {
        match self.take(|word| if let Word::Ends(low, high) = word { Some((low, high)) } else { None }) {
            Some((low, high)) if low >= high => {
                Err(self.wrong("the lower end comes first, and the other is above it, as in 0..1"))
            }
            ends => Ok(ends),
        }
    }

    /// Whether all of it was taken.
    fn is_all_taken(&self) -> Result<(), GrammarError> {
        let Some((word, _)) = self.words.first() else { return Ok(()) };
        let takes = match words_of(self.name) {
            "" => "no words stand behind it".to_owned(),
            words => format!("behind it stands, once at most, {words}"),
        };
        Err(self.wrong(format!("\"{word}\" does not go with this: {takes}")))
    }
}

fn is_variance_scaling(name: &str) -> bool {
    SCHEMES.read(name).is_ok_and(|name| name.name == VARIANCE_SCALING)
}

/// The elements of a list of schemes, or of initializations with slashes in them: between commas, but for those within a
/// `variance-scaling:2,fan-in,uniform`.
pub fn split_list(text: &str) -> Vec<&str> {
    let mut elements: Vec<&str> = Vec::new();
    let mut from = 0;
    for (comma, _) in text.match_indices(',') {
        let element = &text[from..comma];
        let next = text[comma + 1..].split([',', '/']).next().unwrap_or_default();
        if !goes_on(element, next) {
            elements.push(element);
            from = comma + 1;
        }
    }
    elements.push(&text[from..]);
    elements
}

/// Whether what comes behind a comma is a word of the variance scaling before it. As a scheme it would lack its number.
fn goes_on(element: &str, next: &str) -> bool {
    let last = element.rsplit('/').next().unwrap_or(element);
    let is_word = matches!(Word::read(next.trim()), Some(Word::Fan(_) | Word::Distribution(_)));
    is_word && last.split_once(':').is_some_and(|(name, _)| is_variance_scaling(name))
}

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
        "orthogonal" => {
            Ok(Scheme::Orthogonal { gain: behind.gain() * behind.nonlinearity().map_or(1.0, Nonlinearity::gain) })
        }
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
    let mut gain = behind.gain();
    let rule = match stem {
        "he" => {
            let nonlinearity = behind.nonlinearity().unwrap_or(Nonlinearity::Relu);
            Rule::kaiming(nonlinearity, behind.fan().unwrap_or(Fan::In))
        }
        "lecun" => Rule::kaiming(Nonlinearity::Linear, behind.fan().unwrap_or(Fan::In)),
        "glorot" => {
            gain *= behind.nonlinearity().map_or(1.0, Nonlinearity::gain);
            Rule::Glorot
        }
        "critical" => Rule::Critical,
        "depth-scaled" => Rule::DepthScaled,
        _ => return Err(GrammarError::unknown(SCHEMES.what, name, Scheme::NAMES)),
    };
    Ok(Scheme::Scaled { rule, distribution, gain })
}

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
