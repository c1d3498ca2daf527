//! Columns that are neither numbers nor anything else in whole, as by a slip in one cell.

use super::cells::Manner;
use super::levels::{is_unknown, levels_there};
use super::useless::FEW_ROWS;
use crate::data::columns::numbers::{self, Decimal, Writing};
use crate::data::columns::{MOST_LEVELS, dates};
use crate::data::content::Names;

/// What is the matter with a column that is neither numbers nor anything else in whole.
pub(super) enum Slip {
    /// It is names.
    None,
    /// It is something, but for words for what is not known.
    Unknown { manner: Manner, words: Vec<String> },
    /// It is something, but for some cells, the first of them in this row.
    Cell { row: usize, what: &'static str },
}

pub(super) fn slip(names: &Names, usual: Option<Decimal>) -> Slip {
    let mut of_level = vec![0_usize; names.levels().len()];
    (0..names.len()).filter_map(|row| names.level(row)).for_each(|level| of_level[level] += 1);
    let there: Vec<(&str, usize)> = names
        .levels()
        .iter()
        .zip(of_level)
        .filter(|(_, count)| *count > 0)
        .map(|(text, count)| (&**text, count))
        .collect();
    let known: Vec<&str> = there.iter().map(|(text, _)| *text).filter(|text| !is_unknown(text)).collect();
    let words: Vec<String> =
        there.iter().filter(|(text, _)| is_unknown(text)).map(|(text, _)| (*text).to_owned()).collect();
    if !words.is_empty() && !known.is_empty() {
        let texts = known.iter().copied();
        if known.iter().all(|text| text.parse::<f64>().is_ok()) {
            return Slip::Unknown { manner: Manner::Number(None), words };
        }
        if let Some((writing, _)) = Writing::of(texts.clone(), usual) {
            return Slip::Unknown { manner: Manner::Number(Some(writing)), words };
        }
        if let Some((form, _)) = dates::form_of(texts) {
            return Slip::Unknown { manner: Manner::Time(Some(form)), words };
        }
    }
    let all: usize = there.iter().map(|(_, count)| count).sum();
    // Few levels may well be numbers and something else, as 1, 2, 3+; but not where there is hardly any of that.
    let (are_few, most_odd) = (there.len() <= MOST_LEVELS, (all / 50).max(1));
    if all < FEW_ROWS || there.len() < FEW_ROWS {
        return Slip::None;
    }
    let odd_one = |what: &'static str, fits: &dyn Fn(&str) -> bool| {
        let fitting: usize = there.iter().filter(|(text, _)| fits(text)).map(|(_, count)| count).sum();
        if are_few && all - fitting > most_odd {
            return None;
        }
        let is_odd = |row: &usize| names.get(*row).is_some_and(|text| !fits(text));
        let row = (0..names.len()).find(is_odd).filter(|_| fitting as f64 >= 0.9 * all as f64)?;
        Some(Slip::Cell { row, what })
    };
    // Codes may be digits by chance; fractions, amounts of money and dates are not.
    let has_fractions = there.iter().any(|(text, _)| text.parse().is_ok_and(|value: f64| value.fract() != 0.0));
    let has_marks = there.iter().any(|(text, _)| numbers::is_marked(text));
    let plain = || odd_one("a number", &|text| text.parse::<f64>().is_ok());
    let money = || odd_one("a number", &numbers::is_like_number);
    let date =
        || dates::form_of_most(&known).and_then(|form| odd_one("a date", &|text| dates::read(&form, text).is_some()));
    let slip = if has_fractions || !is_near_identifier(names) { plain() } else { None };
    let slip = slip.or_else(|| if has_marks { money() } else { None });
    slip.or_else(date).unwrap_or(Slip::None)
}

/// Whether nearly every text is another one, as of codes of which some happen to be digits.
fn is_near_identifier(names: &Names) -> bool {
    10 * levels_there(names).len() > 9 * names.len()
}
