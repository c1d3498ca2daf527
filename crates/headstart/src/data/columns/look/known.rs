//! The columns of a file of which it is known what they hold.

use super::cells::Manner;
use super::facts::facts;
use super::levels::{is_unknown, levels_there};
use super::options::Options;
use super::read::{raw, read_as};
use super::refuse::{finite, unread};
use super::seen::Seen;
use crate::data::DataError;
use crate::data::columns::numbers::Writing;
use crate::data::columns::{Becomes, ColumnPlan, Reason, dates};
use crate::data::content::{Given, Names, Rows};
use crate::data::table::Column;

/// What is known of a column before it is read.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub manner: Manner,
    pub left_out: Option<Reason>,
}

impl From<&Seen> for Known {
    fn from(seen: &Seen) -> Self {
        Self { manner: seen.manner.clone(), left_out: seen.left_out }
    }
}

impl From<&ColumnPlan> for Known {
    fn from(plan: &ColumnPlan) -> Self {
        let (manner, left_out) = match &plan.becomes {
            Becomes::Number { written, .. } => (Manner::Number(written.clone()), None),
            Becomes::TruthValue { .. } => (Manner::TruthValue, None),
            Becomes::Time { written, .. } => (Manner::Time(written.clone()), None),
            Becomes::OneHot { .. } => (Manner::Names, None),
            Becomes::LeftOut { because } => (Manner::Names, Some(*because)),
        };
        Self { manner, left_out }
    }
}

/// Looks at the columns of a test file, or of any file where it is known what the columns hold.
///
/// # Errors
/// If a cell cannot be read so.
pub(crate) fn look_as(
    file: &str,
    rows: &Rows,
    given: Vec<Given>,
    known: &[Known],
    options: Options,
) -> Result<Vec<Seen>, DataError> {
    let as_known = |(mut given, known): (Given, &Known)| {
        let cells = std::mem::replace(&mut given.cells, Column::Times(Vec::new()));
        if let Column::Unread { why, .. } = &cells {
            return match known.left_out {
                Some(_) => Ok(Seen::unread(given, why.clone())),
                None => Err(unread(file, &given, why)),
            };
        }
        let (is_ambiguous, unknown_words) = match (known.left_out, &cells) {
            (None, Column::Text(names)) => doubts(names, &known.manner),
            _ => (false, Vec::new()),
        };
        // What is left out may hold anything.
        let (manner, cells) = match (known.left_out, cells) {
            (Some(_), cells) => raw(cells),
            (None, cells) => (known.manner.clone(), read_as(file, rows, &given, cells, &known.manner)?),
        };
        let facts = facts(&cells, &manner);
        if known.left_out.is_none() && facts.missing > 0 {
            finite(file, rows, &given, &cells, options)?;
        }
        let left_out = known.left_out;
        Ok(Seen { given, cells, manner, left_out, facts, unknown_words, is_ambiguous })
    };
    given.into_iter().zip(known).map(as_known).collect()
}

/// What is to be said of cells that are read in a known manner: whether they could be meant otherwise, and which words for what is
/// not known are among them.
fn doubts(names: &Names, manner: &Manner) -> (bool, Vec<String>) {
    let (mut there, mut words) = (Vec::new(), Vec::new());
    for text in levels_there(names) {
        if is_unknown(text) { words.push(text.to_owned()) } else { there.push(text) }
    }
    match manner {
        Manner::Number(Some(writing)) => {
            let ambiguous =
                Writing::of(there.into_iter(), Some(writing.decimal)).is_some_and(|(_, ambiguous)| ambiguous);
            (ambiguous, words)
        }
        Manner::Time(Some(_)) => (dates::form_of(there.into_iter()).is_some_and(|(_, ambiguous)| ambiguous), words),
        Manner::Number(None) => (false, words),
        Manner::Time(None) | Manner::TruthValue | Manner::Names => (false, Vec::new()),
    }
}
