//! What stands behind the name of a scheme: a number and words in any order, with colons between them.

use super::names::SCHEMES;
use super::{Distribution, Fan, Nonlinearity};
use crate::names::{GrammarError, Name};
use std::mem::discriminant;

/// The scheme whose words may have commas between them, as its frameworks write them.
pub(super) const VARIANCE_SCALING: &str = "variance-scaling";

/// A word behind a name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Word {
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
pub(super) struct Behind<'a> {
    text: &'a str,
    pub(super) name: &'static str,
    pub(super) number: Option<f64>,
    words: Vec<(&'a str, Word)>,
}

impl<'a> Behind<'a> {
    pub(super) fn read(text: &'a str) -> Result<Self, GrammarError> {
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

    pub(super) fn wrong(&self, problem: impl Into<String>) -> GrammarError {
        GrammarError::parameter(self.text, problem)
    }

    /// Takes the first word that is something.
    pub(super) fn take<T>(&mut self, of: impl Fn(Word) -> Option<T>) -> Option<T> {
        let at = self.words.iter().position(|(_, word)| of(*word).is_some())?;
        of(self.words.remove(at).1)
    }

    pub(super) fn fan(&mut self) -> Option<Fan> {
        self.take(|word| if let Word::Fan(fan) = word { Some(fan) } else { None })
    }

    pub(super) fn nonlinearity(&mut self) -> Option<Nonlinearity> {
        self.take(|word| if let Word::Nonlinearity(nonlinearity) = word { Some(nonlinearity) } else { None })
    }

    pub(super) fn mean(&mut self) -> Option<f64> {
        self.take(|word| if let Word::Mean(mean) = word { Some(mean) } else { None })
    }

    pub(super) fn gain(&self) -> f64 {
        self.number.unwrap_or(1.0)
    }

    /// The number times the gain of the nonlinearity that is named, for schemes whose own gain is 1.
    pub(super) fn gain_by_word(&mut self) -> Result<f64, GrammarError> {
        match self.gain() * self.nonlinearity().map_or(1.0, Nonlinearity::gain) {
            gain if gain.is_finite() => Ok(gain),
            _ => Err(self.wrong("the number is too large")),
        }
    }

    pub(super) fn needed(&self, what: &str) -> Result<f64, GrammarError> {
        self.number.ok_or_else(|| self.wrong(format!("needs {what} behind a colon")))
    }

    pub(super) fn positive(&self, what: &str) -> Result<f64, GrammarError> {
        match self.needed(what)? {
            size if size < 0.0 => Err(self.wrong(format!("{what} must not be negative"))),
            size => Ok(size),
        }
    }

    /// The ends of a distribution.
    pub(super) fn ends(&mut self) -> Result<Option<(f64, f64)>, GrammarError> {
        match self.take(|word| if let Word::Ends(low, high) = word { Some((low, high)) } else { None }) {
            Some((low, high)) if low >= high => {
                Err(self.wrong("the lower end comes first, and the other is above it, as in 0..1"))
            }
            Some((low, high)) if !(high - low).is_finite() => Err(self.wrong("the ends are too far apart")),
            ends => Ok(ends),
        }
    }

    /// Whether all of it was taken.
    pub(super) fn is_all_taken(&self) -> Result<(), GrammarError> {
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

/// Whether what comes behind a comma is a word of the variance scaling before it, which has none of its kind yet.
fn goes_on(element: &str, next: &str) -> bool {
    let last = element.rsplit('/').next().unwrap_or(element);
    let Some((name, behind)) = last.split_once(':') else { return false };
    if next.trim().starts_with("fan") && Word::read(next.trim()).is_none() {
        // A slip of the fingers belongs there as well, and is told by what does.
        return is_variance_scaling(name);
    }
    let Some(word @ (Word::Fan(_) | Word::Distribution(_))) = Word::read(next.trim()) else { return false };
    let mut said = behind.split([':', ',']).filter_map(|piece| Word::read(piece.trim()));
    is_variance_scaling(name) && said.all(|said| discriminant(&said) != discriminant(&word))
}
