//! What the columns of a table hold.

use std::collections::HashSet;

use rayon::prelude::*;

use super::numbers::{self, Decimal, Writing};
use super::{Becomes, ColumnPlan, Facts, MOST_LEVELS, Reason, dates};
use crate::data::DataError;
use crate::data::content::{Given, Names, Rows};
use crate::data::spec::Missing;
use crate::data::table::Column;
use crate::words;

/// With fewer rows nothing can be said of a column that never repeats.
const FEW_ROWS: usize = 10;

/// Words for what is not known, in columns of numbers.
const UNKNOWN: [&str; 14] =
    ["-", "--", "---", ".", "..", "...", "*", "unknown", "missing", "none", "nil", "nd", "n.d.", "n.a."];

/// A column that was looked at.
pub(crate) struct Seen {
    /// As it was given; its cells are in [`Seen::cells`].
    pub given: Given,
    /// The cells as what they are.
    pub cells: Cells,
    /// How they are to be read.
    pub manner: Manner,
    /// Why it is left out, if that is seen at once.
    pub left_out: Option<Reason>,
    /// What is in it.
    pub facts: Facts,
    /// Words for what is not known that were taken as missing.
    pub unknown_words: Vec<String>,
    /// Whether the numbers or dates could be meant otherwise.
    pub is_ambiguous: bool,
}

/// The cells of a column.
pub(crate) enum Cells {
    /// Numbers, truth values as 0 and 1, and times in seconds. NaN where there is none.
    Numbers(Vec<f64>),
    /// Names.
    Text(Names),
}

/// How the cells of a column are to be read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Manner {
    Number(Option<Writing>),
    TruthValue,
    Time(Option<String>),
    Names,
}

impl Seen {
    /// Of a column that nothing can be made of.
    fn unread(given: Given, why: String) -> Self {
        let facts = Facts { kind: "not read", missing: 0, range: None, distinct: None };
        let (cells, left_out) = (Cells::Numbers(Vec::new()), Some(Reason::Unread));
        let unknown_words = vec![why];
        Self { given, cells, manner: Manner::Names, left_out, facts, unknown_words, is_ambiguous: false }
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        match &self.cells {
            Cells::Numbers(values) => values.len(),
            Cells::Text(names) => names.len(),
        }
    }

    /// Whether a cell is missing.
    pub fn is_missing(&self, row: usize) -> bool {
        match &self.cells {
            Cells::Numbers(values) => !values[row].is_finite(),
            Cells::Text(names) => names.level(row).is_none(),
        }
    }

    /// Leaves out the rows that are not marked.
    pub fn keep(&mut self, whole: &[bool]) {
        match &mut self.cells {
            Cells::Numbers(values) => {
                let mut whole = whole.iter();
                values.retain(|_| whole.next().is_some_and(|&whole| whole));
            }
            Cells::Text(names) => names.keep(whole),
        }
        if self.left_out != Some(Reason::Unread) {
            self.facts = facts(&self.cells, &self.manner);
        }
    }
}

/// What is to be done with a table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options {
    pub missing: Missing,
    /// Text is refused, and nothing is left out.
    pub strict: bool,
}

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

/// Whether a text is a word for what is not known.
fn is_unknown(text: &str) -> bool {
    UNKNOWN.contains(&text.to_lowercase().as_str())
}

/// The cells as they are.
fn raw(cells: Column) -> (Manner, Cells) {
    match cells {
        Column::Numbers { values, .. } => (Manner::Number(None), Cells::Numbers(values)),
        Column::Times(values) => (Manner::Time(None), Cells::Numbers(values)),
        Column::Text(names) => (Manner::Names, Cells::Text(names)),
        Column::Unread { .. } => (Manner::Names, Cells::Numbers(Vec::new())),
    }
}

fn unread(file: &str, given: &Given, why: &str) -> DataError {
    DataError::content(
        file,
        format!("column {} cannot be read, because {why} (leave it out by --drop)", given.called()),
    )
}

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

/// The numbers of a column that is text, if they are numbers as people write them; and how they are written.
pub(crate) fn numbers_in(names: &Names, usual: Option<Decimal>) -> Option<(Vec<f64>, Writing)> {
    let there = levels_there(names);
    if there.is_empty() {
        return None;
    }
    let (writing, _) = Writing::of(there.iter().copied(), usual)?;
    Some((by_level(names, |text| writing.read(text).unwrap_or(f64::NAN)), writing))
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

/// Whether all numbers that are there are the same.
fn is_one_number(facts: &Facts) -> bool {
    facts.range.is_some_and(|[least, greatest]| least == greatest)
}

/// Numbers as names.
fn as_names(values: &[f64]) -> Names {
    let text = |value: &f64| if value.is_nan() { String::new() } else { (value + 0.0).to_string() };
    values.iter().map(text).collect::<Vec<String>>().iter().map(String::as_str).collect()
}

/// How the cells of a column are written.
fn manner(cells: &Column, usual: Option<Decimal>, strict: bool) -> (Manner, bool) {
    let names = match cells {
        Column::Numbers { .. } => return (Manner::Number(None), false),
        Column::Times(_) => return (Manner::Time(None), false),
        Column::Unread { .. } => return (Manner::Names, false),
        Column::Text(names) => names,
    };
    let there = levels_there(names);
    let texts = there.iter().copied();
    if there.is_empty() || texts.clone().all(|text| text.parse::<f64>().is_ok()) {
        // 1.200 is a thousand and more where fractions have commas.
        let grouped = Writing::of(texts, usual).filter(|(writing, _)| !strict && writing.decimal == Decimal::Comma);
        return match grouped.filter(|(writing, _)| usual == Some(Decimal::Comma) && writing.groups.is_some()) {
            Some((writing, ambiguous)) => (Manner::Number(Some(writing)), ambiguous),
            None => (Manner::Number(None), false),
        };
    }
    if texts.clone().all(|text| truth_value(text).is_some()) {
        return (Manner::TruthValue, false);
    }
    if strict {
        return (Manner::Names, false);
    }
    if let Some((writing, ambiguous)) = Writing::of(texts.clone(), usual) {
        return (Manner::Number(Some(writing)), ambiguous);
    }
    if let Some((form, ambiguous)) = dates::form_of(texts) {
        return (Manner::Time(Some(form)), ambiguous);
    }
    (Manner::Names, false)
}

/// The sign before fractions in the columns of a table where it can only be the one; what it is elsewhere is more likely the same.
/// Where nothing tells, that of such files.
pub(crate) fn usual_decimal(columns: &[Column], of_format: Option<Decimal>) -> Option<Decimal> {
    let has_fractions = |column: &&Column| match column {
        Column::Numbers { values, .. } => values.iter().any(|value| value.is_finite() && value.fract() != 0.0),
        _ => false,
    };
    let with_points = || columns.iter().find(has_fractions).map(|_| Decimal::Point);
    certain_decimal(columns).or_else(with_points).or(of_format)
}

/// The same where the text of a column leaves no choice.
pub(crate) fn certain_decimal(columns: &[Column]) -> Option<Decimal> {
    columns.iter().find_map(|column| {
        let Column::Text(names) = column else { return None };
        let there = levels_there(names);
        let (writing, ambiguous) = Writing::of(there.iter().copied(), None)?;
        let says = there.iter().any(|text| text.contains([',', '.']));
        (!ambiguous && says && !there.is_empty()).then_some(writing.decimal)
    })
}

/// What is the matter with a column that is neither numbers nor anything else in whole.
enum Slip {
    /// It is names.
    None,
    /// It is something, but for words for what is not known.
    Unknown { manner: Manner, words: Vec<String> },
    /// It is something, but for some cells, the first of them in this row.
    Cell { row: usize, what: &'static str },
}

fn slip(names: &Names, usual: Option<Decimal>) -> Slip {
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

/// The cells, read in a manner.
fn read_as(file: &str, rows: &Rows, given: &Given, cells: Column, manner: &Manner) -> Result<Cells, DataError> {
    let (names, what) = match (cells, manner) {
        // 1.200 is a number in any file, but not the same one.
        (Column::Numbers { values, .. }, Manner::Number(Some(writing)))
            if writing.decimal == Decimal::Comma
                && values.iter().any(|value| value.is_finite() && value.fract() != 0.0) =>
        {
            let problem = format!(
                "column {}: its numbers have points before fractions, and those of the training data have commas: write both alike",
                given.called()
            );
            return Err(DataError::content(file, problem));
        }
        (Column::Numbers { values, .. }, Manner::Number(_) | Manner::TruthValue)
        | (Column::Times(values), Manner::Time(_)) => return Ok(Cells::Numbers(values)),
        (Column::Text(names), Manner::Names) => return Ok(Cells::Text(names)),
        // Classes that are numbers in this file, and text in the one for training.
        (Column::Numbers { values, .. }, Manner::Names) => return Ok(Cells::Text(as_names(&values))),
        (Column::Text(names), Manner::Number(_)) => (names, "a number"),
        (Column::Text(names), Manner::TruthValue) => (names, "true or false"),
        (Column::Text(names), Manner::Time(_)) => (names, "a date or time of the form that others have"),
        (Column::Numbers { .. } | Column::Times(_) | Column::Unread { .. }, _) => {
            let problem = format!("column {}: it does not hold what it holds in the training data", given.called());
            return Err(DataError::content(file, problem));
        }
    };
    let read = |text: &str| match manner {
        Manner::Number(writing) => number(text, writing.as_ref()),
        Manner::TruthValue => truth_value(text),
        Manner::Time(Some(form)) => dates::read(form, text),
        Manner::Time(None) | Manner::Names => None,
    };
    let is_unknown = |text: &str| *manner != Manner::TruthValue && is_unknown(text);
    let of_level: Vec<Option<f64>> =
        names.levels().iter().map(|text| read(text).or_else(|| is_unknown(text).then_some(f64::NAN))).collect();
    let odd = (0..names.len()).find(|&row| names.level(row).is_some_and(|level| of_level[level].is_none()));
    if let Some(row) = odd {
        let problem = format!("is not {what}");
        return Err(cell_error(file, rows, given, row, names.get(row).unwrap_or_default(), &problem));
    }
    let value = |row| names.level(row).and_then(|level| of_level[level]).unwrap_or(f64::NAN);
    Ok(Cells::Numbers((0..names.len()).map(value).collect()))
}

fn number(text: &str, writing: Option<&Writing>) -> Option<f64> {
    writing.and_then(|writing| writing.read(text)).or_else(|| text.parse().ok())
}

fn truth_value(text: &str) -> Option<f64> {
    match text {
        "true" | "True" | "TRUE" => Some(1.0),
        "false" | "False" | "FALSE" => Some(0.0),
        _ => None,
    }
}

/// Refuses infinities, unless such rows are to be left out; and with `error` what is missing.
fn finite(file: &str, rows: &Rows, given: &Given, cells: &Cells, options: Options) -> Result<(), DataError> {
    const HINT: &str = "(use --missing drop to leave such rows out";
    if options.missing == Missing::Drop {
        return Ok(());
    }
    let is_refused = |value: f64| value.is_infinite() || options.missing == Missing::Error && value.is_nan();
    match cells {
        Cells::Numbers(values) => match values.iter().position(|&value| is_refused(value)) {
            Some(row) if values[row].is_nan() => {
                let problem = format!("the cell is empty, or not a number {HINT}, or --missing fill)");
                Err(cell_error(file, rows, given, row, "", &problem))
            }
            Some(row) => {
                let problem = format!("{} is not a finite number {HINT})", values[row]);
                Err(cell_error(file, rows, given, row, "", &problem))
            }
            None => Ok(()),
        },
        Cells::Text(names) if options.missing == Missing::Error => {
            match (0..names.len()).find(|&row| names.level(row).is_none()) {
                Some(row) => {
                    let problem = format!("the cell is empty {HINT}, or --missing fill)");
                    Err(cell_error(file, rows, given, row, "", &problem))
                }
                None => Ok(()),
            }
        }
        Cells::Text(_) => Ok(()),
    }
}

fn text_refused(file: &str, rows: &Rows, given: &Given, names: &Names) -> DataError {
    let is_text = |row: &usize| names.get(*row).is_some_and(|text| text.parse::<f64>().is_err());
    let row = (0..names.len()).find(is_text).unwrap_or_default();
    let problem = "is not a number, and --strict takes numbers only (leave the column out by --drop, or leave out --strict, \
                   which encodes it)";
    cell_error(file, rows, given, row, names.get(row).unwrap_or_default(), problem)
}

fn cell_error(file: &str, rows: &Rows, given: &Given, row: usize, cell: &str, problem: &str) -> DataError {
    DataError::Cell {
        file: file.to_owned(),
        row: rows.at(row),
        column: given.called(),
        problem: match cell {
            "" => problem.to_owned(),
            cell => format!("\"{}\" {problem}", words::foreign(cell)),
        },
    }
}

fn facts(cells: &Cells, manner: &Manner) -> Facts {
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

/// Why a column can say nothing of other rows, if so. What was asked for is taken, where it can be.
fn useless(given: &Given, cells: &Cells, facts: &Facts, options: Options) -> Option<Reason> {
    // No row is left out for a column that says nothing.
    let rows = match cells {
        Cells::Numbers(values) => values.len(),
        Cells::Text(names) => names.len(),
    };
    let may_be = facts.missing > 0 && rows >= FEW_ROWS && !given.is_asked_for;
    let is_in_the_way = may_be && options.missing == Missing::Drop;
    match cells {
        Cells::Numbers(values) => {
            match facts.range {
                None => return Some(Reason::Empty),
                Some([least, greatest]) if is_in_the_way && least == greatest => return Some(Reason::Constant),
                Some(_) => {}
            }
            let is_row_number = !given.is_asked_for && counts_rows(given, values);
            let is_identifier = !given.is_asked_for && values.len() >= FEW_ROWS && is_called_identifier(given);
            match (is_row_number, is_identifier && facts.kind == "whole numbers" && all_differ(values)) {
                (true, _) => Some(Reason::RowNumber),
                (_, true) => Some(Reason::Identifier),
                _ => None,
            }
        }
        Cells::Text(names) => {
            // Numbers that are taken as names have one.
            let levels = facts.distinct.unwrap_or(1);
            let there = names.len() - facts.missing;
            match levels {
                0 => Some(Reason::Empty),
                1 if is_in_the_way => Some(Reason::Constant),
                _ if given.is_asked_for => None,
                _ if there >= FEW_ROWS && 10 * levels > 9 * there => Some(Reason::Identifier),
                _ if levels > MOST_LEVELS => Some(Reason::ManyLevels),
                _ => None,
            }
        }
    }
}

/// Whether these are 0, 1, 2, ... or 1, 2, 3, ..., as tools write rows' names that nobody gave.
fn counts_rows(given: &Given, values: &[f64]) -> bool {
    let first = values.first().copied().unwrap_or_default();
    let is_nameless_first = given.position == 0 && given.name.as_ref().is_some_and(String::is_empty);
    let may_be = given.position == 0 && !is_called_time(given) || is_called_identifier(given);
    (values.len() >= FEW_ROWS && may_be || is_nameless_first)
        && [0.0, 1.0].contains(&first)
        && values.iter().enumerate().all(|(row, &value)| value == first + row as f64)
}

/// Whether the name is one that people give to identifiers.
fn is_called_identifier(given: &Given) -> bool {
    let Some(name) = &given.name else { return false };
    let name = name.to_lowercase();
    let ends = ["_id", " id", "-id", ".id"].iter().any(|end| name.ends_with(end));
    // `customerId` and `customerID`, but not `BID`.
    let before = given.name.as_ref().and_then(|name| name.strip_suffix("Id").or(name.strip_suffix("ID")));
    let upper = before.is_some_and(|before| before.ends_with(|c: char| c.is_lowercase() || c.is_ascii_digit()));
    ends || upper
        || [
            "id",
            "idx",
            "index",
            "uuid",
            "guid",
            "row",
            "rowid",
            "row_number",
            "rownum",
            "no",
            "no.",
            "nr",
            "nr.",
            "#",
            "unnamed: 0",
        ]
        .contains(&name.as_str())
}

/// Whether the name is one of a time, which may count the rows and say something all the same.
fn is_called_time(given: &Given) -> bool {
    const TIMES: [&str; 17] = [
        "t", "x", "time", "day", "days", "week", "weeks", "month", "months", "year", "years", "hour", "hours", "date",
        "minute", "second", "age",
    ];
    given.name.as_ref().is_some_and(|name| TIMES.contains(&name.to_lowercase().as_str()))
}

fn all_differ(values: &[f64]) -> bool {
    let mut seen = HashSet::with_capacity(values.len());
    values.iter().all(|value| !value.is_nan() && seen.insert((value + 0.0).to_bits()))
}

/// The texts that cells have.
pub(super) fn levels_there(names: &Names) -> Vec<&str> {
    let mut there = vec![false; names.levels().len()];
    (0..names.len()).filter_map(|row| names.level(row)).for_each(|level| there[level] = true);
    names.levels().iter().zip(there).filter(|(_, there)| *there).map(|(text, _)| &**text).collect()
}

fn by_level(names: &Names, read: impl Fn(&str) -> f64) -> Vec<f64> {
    let of_level: Vec<f64> = names.levels().iter().map(|text| read(text)).collect();
    (0..names.len()).map(|row| names.level(row).map_or(f64::NAN, |level| of_level[level])).collect()
}
