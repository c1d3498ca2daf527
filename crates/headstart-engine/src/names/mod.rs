//! Names that users type: those of this program, those that others have for the same, and what to say when one is unknown.
//!
//! Each kind of name has a [`Vocabulary`], a table that lies beside the type it names. A name may be written in any case, with
//! `-`, `_` or nothing between its words, and as it stands in code: `nn.ReLU()` is `relu`.

mod vocabulary;

pub use vocabulary::{Alias, Meaning, Name, Vocabulary};

use thiserror::Error;

/// A name or a parameter behind it that the grammar does not have.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum GrammarError {
    /// No such name; the message offers the nearest one and lists all.
    #[error("unknown {what} \"{given}\"{}; known: {}", suggestion(.nearest.as_deref()), .known.join(", "))]
    Unknown {
        /// What was looked for: "activation", "scheme" and so on.
        what: &'static str,
        /// What the user wrote.
        given: String,
        /// Every name of this program that would have done.
        known: &'static [&'static str],
        /// The one that may have been meant.
        nearest: Option<String>,
    },
    /// The name is known, the number behind the colon does not fit it.
    #[error("\"{given}\": {problem}")]
    Parameter {
        /// What the user wrote.
        given: String,
        /// What is wrong with it and what would be right.
        problem: String,
    },
}

impl GrammarError {
    /// The error for a name that is not among the known ones.
    pub fn unknown(what: &'static str, given: &str, known: &'static [&'static str]) -> Self {
        let nearest = nearest(given, known).map(ToOwned::to_owned);
        Self::Unknown { what, given: given.to_owned(), known, nearest }
    }

    /// The error for a parameter that does not fit.
    pub fn parameter(given: &str, problem: impl Into<String>) -> Self {
        Self::Parameter { given: given.to_owned(), problem: problem.into() }
    }
}

/// The known name closest to what was given, if it is close enough to have been meant: no more slips of the fingers
/// (letters left out, added, changed or swapped) than one in three letters. Parameters behind a colon do not count.
pub fn nearest<'a>(given: &str, known: &[&'a str]) -> Option<&'a str> {
    let stem = |name: &str| name.split(':').next().unwrap_or_default().to_lowercase();
    let given = stem(given);
    let slips = |name: &str| strsim::osa_distance(&given, &stem(name));
    let near = known.iter().copied().filter(|name| slips(name) <= (stem(name).chars().count() / 3).max(1));
    near.min_by_key(|name| slips(name))
}

/// A half sentence that offers the nearest name, or nothing.
fn suggestion(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |name| format!(", did you mean \"{name}\"?"))
}

/// Splits `name:number` and reads the number.
pub(crate) fn name_and_number(text: &str) -> Result<(&str, Option<f64>), GrammarError> {
    match text.trim().split_once(':') {
        None => Ok((text.trim(), None)),
        Some((name, number)) => match number.trim().parse::<f64>() {
            // -0 is 0, which reads back as it was written wherever it stands.
            Ok(x) if x.is_finite() => Ok((name.trim(), Some(x + 0.0))),
            Ok(_) => Err(GrammarError::parameter(text, "the number behind the colon must be finite")),
            Err(_) => Err(GrammarError::parameter(text, format!("\"{number}\" is not a number"))),
        },
    }
}

/// A number in the fewest digits that read back as the same: with a power of ten where it would be long without.
pub fn plain(x: f64) -> String {
    match x.abs() {
        size if size == 0.0 || (1e-6..1e16).contains(&size) => x.to_string(),
        _ => format!("{x:e}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_read_back_as_they_were() {
        for (x, text) in
            [(0.0, "0"), (10.0, "10"), (0.01, "0.01"), (1e300, "1e300"), (-2.5e-7, "-2.5e-7"), (1e6, "1000000")]
        {
            assert_eq!(plain(x), text);
            assert_eq!(text.parse::<f64>().unwrap(), x);
        }
    }

    #[test]
    fn a_misspelt_name_is_met_with_the_nearest_one() {
        assert_eq!(nearest("rleu", &["relu", "tanh"]), Some("relu"));
        assert_eq!(nearest("sdg", &["gd", "sgd"]), Some("sgd"));
        assert_eq!(nearest("trunc-normal:0.1", &["normal:S", "truncated-normal:S"]), Some("truncated-normal:S"));
        assert_eq!(nearest("quantum", &["relu", "tanh"]), None);
        let message = GrammarError::unknown("activation", "tahn", &["relu", "tanh"]).to_string();
        assert_eq!(message, "unknown activation \"tahn\", did you mean \"tanh\"?; known: relu, tanh");
    }
}
