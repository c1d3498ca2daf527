//! The columns of a training file, of which nothing is known yet.

use super::cells::{Cells, Manner};
use super::facts::{facts, is_one_number};
use super::levels::as_names;
use super::manner::manner;
use super::options::Options;
use super::read::read_as;
use super::refuse::{cell_error, finite, text_refused, unread};
use super::seen::Seen;
use super::slip::{Slip, slip};
use super::useless::useless;
use crate::data::DataError;
use crate::data::columns::Reason;
use crate::data::columns::numbers::Decimal;
use crate::data::content::{Given, Rows};
use crate::data::spec::Missing;
use crate::data::table::Column;
use rayon::prelude::*;

/// Looks at the columns of a training file.
///
/// # Errors
/// If a cell is not what the others of its column are, or may not be there.
pub(crate) fn look(
    file: &str,
    rows: &Rows,
    given: Vec<Given>,
    usual: Option<Decimal>,
    options: Options,
) -> Result<Vec<Seen>, DataError> {
    // The first error is that of the first column, whichever is found first.
    let seen: Vec<Result<Seen, DataError>> =
        given.into_par_iter().map(|column| one(file, rows, column, usual, options)).collect();
    let mut seen = seen.into_iter().collect::<Result<Vec<Seen>, DataError>>()?;
    // What counts the rows may be all there is, as time often is.
    if seen.iter().all(|column| column.left_out.is_some()) {
        for column in seen.iter_mut().filter(|column| column.left_out == Some(Reason::RowNumber)) {
            column.left_out = None;
        }
    }
    Ok(seen)
}

fn one(file: &str, rows: &Rows, mut given: Given, usual: Option<Decimal>, options: Options) -> Result<Seen, DataError> {
    let cells = std::mem::replace(&mut given.cells, Column::Times(Vec::new()));
    if let Column::Unread { why, .. } = &cells {
        if given.is_asked_for || options.strict {
            return Err(unread(file, &given, why));
        }
        return Ok(Seen::unread(given, why.clone()));
    }
    let (manner, is_ambiguous) = manner(&cells, usual, options.strict);
    let (manner, unknown_words) = match (manner, &cells) {
        (Manner::Names, Column::Text(names)) if options.strict => return Err(text_refused(file, rows, &given, names)),
        (Manner::Names, Column::Text(names)) => match slip(names, usual) {
            Slip::None => (Manner::Names, Vec::new()),
            Slip::Unknown { manner, words } => (manner, words),
            Slip::Cell { row, what } => {
                let problem = format!(
                    "is not {what}, as nearly all others of this column are: mend the cell, or leave the column out by --drop"
                );
                return Err(cell_error(file, rows, &given, row, names.get(row).unwrap_or_default(), &problem));
            }
        },
        (manner, _) => (manner, Vec::new()),
    };
    let are_numbers = matches!(cells, Column::Numbers { .. });
    let cells = read_as(file, rows, &given, cells, &manner)?;
    let facts = facts(&cells, &manner);
    if facts.missing > 0 {
        finite(file, rows, &given, &cells, options)?;
    }
    let is_filled = options.missing == Missing::Fill && !options.strict && !given.is_asked_for;
    let (manner, cells) = match cells {
        // Of a number that never changes only where it is missing says something, as of a single level.
        Cells::Numbers(values) if are_numbers && is_filled && is_one_number(&facts) && facts.missing > 0 => {
            (Manner::Names, Cells::Text(as_names(&values)))
        }
        cells => (manner, cells),
    };
    let left_out =
        (!options.strict || facts.kind == "text").then(|| useless(&given, &cells, &facts, options)).flatten();
    Ok(Seen { given, cells, manner, left_out, facts, unknown_words, is_ambiguous })
}
