//! What is in a column: its kind, its range, what is missing.

use super::cells::{Cells, Manner};
use super::levels::levels_there;
use crate::data::columns::{Facts, dates};

pub(super) fn facts(cells: &Cells, manner: &Manner) -> Facts {
    let values = match cells {
        Cells::Text(names) => {
            let missing = (0..names.len()).filter(|&row| names.level(row).is_none()).count();
            return Facts { kind: "text", missing, range: None, distinct: Some(levels_there(names).len()) };
        }
        Cells::Numbers(values) => values,
    };
    let (range, missing) = range(values);
    let are_whole = values.iter().all(|value| !value.is_finite() || value.trunc() == *value);
    let kind = match manner {
        Manner::TruthValue => "true/false",
        Manner::Time(Some(form)) if dates::scope(form) == dates::Scope::Time => "times",
        Manner::Time(_) => "dates",
        Manner::Number(_) | Manner::Names if are_whole => "whole numbers",
        Manner::Number(_) | Manner::Names => "numbers",
    };
    Facts { kind, missing, range, distinct: None }
}

/// The least and the greatest of the finite numbers, if there are any; and how many are not finite.
fn range(values: &[f64]) -> (Option<[f64; 2]>, usize) {
    /// So many at once, as vectors have them.
    const LANES: usize = 8;
    let (mut least, mut greatest, mut missing) = ([f64::INFINITY; LANES], [f64::NEG_INFINITY; LANES], [0_usize; LANES]);
    let mut look = |lane: usize, value: f64| {
        let is_finite = value.is_finite();
        least[lane] = if is_finite && value < least[lane] { value } else { least[lane] };
        greatest[lane] = if is_finite && value > greatest[lane] { value } else { greatest[lane] };
        missing[lane] += usize::from(!is_finite);
    };
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        for (lane, &value) in chunk.iter().enumerate() {
            look(lane, value);
        }
    }
    for &value in rest {
        look(0, value);
    }
    let least = least.into_iter().fold(f64::INFINITY, f64::min);
    let greatest = greatest.into_iter().fold(f64::NEG_INFINITY, f64::max);
    ((least <= greatest).then_some([least + 0.0, greatest + 0.0]), missing.iter().sum())
}

/// Whether all numbers that are there are the same.
pub(super) fn is_one_number(facts: &Facts) -> bool {
    facts.range.is_some_and(|[least, greatest]| least == greatest)
}
