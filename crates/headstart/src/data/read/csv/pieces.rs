//! The rows of a text table, cut into pieces that are read on all cores.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use memchr::{memchr, memchr_iter};
use rayon::prelude::*;

use super::super::header::alone;
use super::super::points::Points;
use super::number;
use super::quotes::Within;
use super::records::{Cells, Place, Records, cut};
use super::{Header, is_missing, is_rounded, swallowed, swallows_rows, utf8};
use crate::data::DataError;
use crate::data::columns::{Decimal, certain_decimal};
use crate::data::content::{Gatherer, Input, Names, Rows};
use crate::data::table::{Column, Table};
use crate::io::zeros;
use crate::words;

/// The bytes of a piece, about: enough for a thread, and few enough that all have something to do.
const PIECE: usize = 1 << 22;

/// The rows of a piece, at least, where they are long.
const ROWS: usize = 64;

/// The rows of a table.
pub(super) struct Body<'a> {
    input: &'a Input<'a>,
    delimiter: u8,
    names: Option<&'a [String]>,
    width: usize,
    pieces: Vec<Piece<'a>>,
    /// Whether lines are rows, and delimiters are between cells wherever they stand but in quotes around a cell.
    is_plain: bool,
}

/// Some rows of it.
#[derive(Clone, Copy)]
struct Piece<'a> {
    bytes: &'a [u8],
    /// The line on which it begins, from 1.
    line: usize,
    /// How many rows it has at most.
    most: usize,
}

/// The numbers of a column.
type Numbers = Vec<f64>;

/// What is known of a piece, once it is read.
struct About {
    rows: usize,
    /// The rows' numbers, where there are lines without rows or rows of several lines.
    numbers: Option<Vec<usize>>,
    /// How many rows have cells of several lines, the first of them, and the lines of all rows.
    several: usize,
    first_of_several: usize,
    lines: usize,
    /// Of each column: whether whole numbers were rounded.
    rounded: Vec<bool>,
}

impl About {
    fn nothing(width: usize) -> Self {
        Self { rows: 0, numbers: None, several: 0, first_of_several: 0, lines: 0, rounded: vec![false; width] }
    }

    /// One more row.
    fn count(&mut self, piece: &Piece, place: Place) {
        self.lines += place.lines;
        if place.lines > 1 {
            self.several += 1;
            self.first_of_several = if self.several == 1 { place.row } else { self.first_of_several };
        }
        if self.numbers.is_none() && place.row != piece.line + self.rows {
            self.numbers = Some((piece.line..piece.line + self.rows).collect());
        }
        self.numbers.iter_mut().for_each(|numbers| numbers.push(place.row));
        self.rows += 1;
    }
}

impl<'a> Body<'a> {
    /// What begins at a byte, behind the header if there is one. Cells of several lines make it one piece.
    pub fn new(
        input: &'a Input<'a>,
        delimiter: u8,
        start: usize,
        header: Option<&'a Header>,
        quotes: Within,
    ) -> Result<Self, DataError> {
        let file = input.file.as_str();
        let bytes = &input.bytes[start..];
        let mut line = 1 + memchr_iter(b'\n', &input.bytes[..start]).count();
        let mut first = Records::new(file, bytes, delimiter);
        if first.next()?.is_none() {
            return Err(alone(file, "file", header.is_some()));
        }
        let width = header.map_or(first.len(), |header| header.names.len());
        let piece = PIECE.max(ROWS.saturating_mul(first.position()));
        let mut pieces = Vec::new();
        let mut rest = bytes;
        while !rest.is_empty() {
            let end = match rest.get(piece..) {
                Some(behind) if !quotes.has_lines => memchr(b'\n', behind).map_or(rest.len(), |end| piece + end + 1),
                _ => rest.len(),
            };
            let (bytes, left) = rest.split_at(end);
            pieces.push(Piece { bytes, line: 0, most: 0 });
            rest = left;
        }
        let lines_of = |piece: &Piece| (memchr_iter(b'\n', piece.bytes).count(), returns(piece.bytes));
        let lines: Vec<(usize, usize)> = pieces.par_iter().map(lines_of).collect();
        for (piece, (ends, returns)) in pieces.iter_mut().zip(&lines) {
            piece.line = line;
            let lines = ends + returns + usize::from(!piece.bytes.ends_with(b"\n"));
            // A row takes a byte for each of its columns, as none of other widths is taken: blank lines and hostile ones cost
            // no memory.
            piece.most = lines.min(piece.bytes.len() / width + 1);
            line += ends;
        }
        let names = header.map(|header| header.names.as_slice());
        let has_mark = bytes.starts_with(b"\xef\xbb\xbf");
        let is_plain = !quotes.has_lines && quotes.count == 0 && !(quotes.any && has_mark);
        let is_plain = is_plain && lines.iter().all(|(_, returns)| *returns == 0);
        let body = Self { input, delimiter, names, width, pieces, is_plain };
        input.budget.take_each(file, body.most().checked_mul(width), size_of::<f64>() as u64)?;
        Ok(body)
    }

    /// How many rows there are at most.
    fn most(&self) -> usize {
        self.pieces.iter().map(|piece| piece.most).sum()
    }

    /// All columns.
    pub fn read(self) -> Result<Table, DataError> {
        let file = self.input.file.as_str();
        let budget = self.input.budget;
        let (columns, about) = self.numbers()?;
        let is_text: Vec<bool> = columns.iter().map(Option::is_none).collect();
        let rows: usize = about.iter().map(|about| about.rows).sum();
        let mut texts = self.text(&is_text, &is_text)?.into_iter();
        let rounded = |j: usize| about.iter().any(|about| about.rounded[j]);
        let column = |(j, values): (usize, Option<Vec<f64>>)| match values {
            Some(values) => Some(Column::Numbers { values, rounded: rounded(j) }),
            None => texts.next().map(Column::Text),
        };
        let mut columns: Vec<Column> = columns.into_iter().enumerate().filter_map(column).collect();
        let grouped = self.grouped(&columns)?;
        let again = self.text(&grouped, &is_text)?;
        let those = columns.iter_mut().zip(&grouped).filter(|(_, grouped)| **grouped);
        those.zip(again).for_each(|((column, _), text)| *column = Column::Text(text));
        let mut notes = Vec::new();
        let several: usize = about.iter().map(|about| about.several).sum();
        if several > 0 {
            let first = about.iter().find(|about| about.several > 0).map_or(0, |about| about.first_of_several);
            let lines: usize = about.iter().map(|about| about.lines).sum();
            notes.push(format!(
                "{}: cells in quotes run over several lines in {} (the first is row {first}), so that there are {} in {}",
                words::in_a_line(file),
                words::many(several as u64, "row"),
                words::many(rows as u64, "row"),
                words::many(lines as u64, "line")
            ));
        }
        let numbers = if about.iter().all(|about| about.numbers.is_none()) {
            Rows::From(self.pieces.first().map_or(1, |piece| piece.line))
        } else {
            budget.take_each(file, Some(rows), size_of::<usize>() as u64)?;
            let of = |(about, piece): (About, &Piece)| {
                about.numbers.unwrap_or_else(|| (piece.line..piece.line + about.rows).collect())
            };
            Rows::Numbered(about.into_iter().zip(&self.pieces).flat_map(of).collect())
        };
        let names = self.names.map(<[String]>::to_vec);
        // Where semicolons are between cells, commas are before fractions.
        let decimal = (self.delimiter == b';').then_some(Decimal::Comma);
        Ok(Table { names, columns, rows: numbers, decimal, label: None, notes })
    }

    /// The columns that are numbers, and what is known of the pieces. Every piece writes its rows where they belong.
    fn numbers(&self) -> Result<(Vec<Option<Numbers>>, Vec<About>), DataError> {
        let is_text: Vec<AtomicBool> = (0..self.width).map(|_| AtomicBool::new(false)).collect();
        // Each asked for by itself: copies of one would be written at once, by one core.
        let most = self.most();
        let mut columns: Vec<Numbers> = (0..self.width).map(|_| zeros(most)).collect();
        let mut left: Vec<&mut [f64]> = columns.iter_mut().map(Vec::as_mut_slice).collect();
        let own =
            |piece: &Piece| left.iter_mut().map(|left| left.split_off_mut(..piece.most).unwrap_or_default()).collect();
        let places: Vec<Vec<&mut [f64]>> = self.pieces.iter().map(own).collect();
        let read: Vec<Result<About, DataError>> = self
            .pieces
            .par_iter()
            .zip(places)
            .map(|(piece, places)| self.numbers_of(piece, places, &is_text))
            .collect();
        // The first of all errors is the one that reading in one piece would have met.
        let about = read.into_iter().collect::<Result<Vec<About>, _>>()?;
        let close_up = |(mut values, is_text): (Vec<f64>, &AtomicBool)| {
            if is_text.load(Relaxed) {
                return None;
            }
            let (mut from, mut to) = (0, 0);
            for (piece, about) in self.pieces.iter().zip(&about) {
                if from != to {
                    values.copy_within(from..from + about.rows, to);
                }
                (from, to) = (from + piece.most, to + about.rows);
            }
            values.truncate(to);
            values.shrink_to_fit();
            Some(values)
        };
        let columns = columns.into_par_iter().zip(&is_text).map(close_up).collect();
        Ok((columns, about))
    }

    /// The numbers of a piece, each column into its own place; what is written of columns that turn out not to be numbers,
    /// here or in another piece, is nothing.
    fn numbers_of(
        &self,
        piece: &Piece,
        mut places: Vec<&mut [f64]>,
        is_text: &[AtomicBool],
    ) -> Result<About, DataError> {
        let mut about = About::nothing(self.width);
        let of_cells = |place: Place, cells: Cells, places: &mut [&mut [f64]], about: &mut About| {
            for (j, cell) in cells.enumerate() {
                if !is_text[j].load(Relaxed) {
                    places[j][about.rows] = number_of_cell(j, cell, about, is_text);
                }
            }
            about.count(piece, place);
            Ok(())
        };
        if self.is_plain {
            each_line(piece, |place, line| {
                if has_escapes(line) {
                    return self.escaped(place, line, |cells| of_cells(place, cells, &mut places, &mut about));
                }
                self.numbers_of_line(place, line, &mut places, &mut about, is_text)?;
                about.count(piece, place);
                Ok(())
            })?;
        } else {
            self.each_row(piece, |place, cells| of_cells(place, cells, &mut places, &mut about))?;
        }
        Ok(about)
    }

    /// The numbers of a line in which no quote is meant.
    fn numbers_of_line(
        &self,
        place: Place,
        line: &[u8],
        places: &mut [&mut [f64]],
        about: &mut About,
        is_text: &[AtomicBool],
    ) -> Result<(), DataError> {
        let row = about.rows;
        let mut rest = Some(line);
        for (j, column) in places.iter_mut().enumerate() {
            let Some(cells) = rest else { return self.check_width(place, line) };
            let is_number = !is_text[j].load(Relaxed);
            if is_number
                && let Some((value, digits)) = number::leading(cells)
                && cells.get(digits).is_none_or(|&next| next == self.delimiter)
            {
                column[row] = value;
                rest = cells.get(digits + 1..);
                continue;
            }
            let cell;
            (cell, rest) = cut(cells, self.delimiter);
            if is_number {
                column[row] = number_of_cell(j, cell.trim_ascii(), about, is_text);
            }
        }
        if rest.is_some() { self.check_width(place, line) } else { Ok(()) }
    }

    /// The columns of numbers in which points may stand between thousands, where commas are before fractions: the text of those
    /// is wanted. That is so where a column says it for certain, or else in files with semicolons, if no column has a fraction
    /// behind a point.
    fn grouped(&self, columns: &[Column]) -> Result<Vec<bool>, DataError> {
        let nowhere = || vec![false; self.width];
        let certain = certain_decimal(columns);
        if certain == Some(Decimal::Point) || certain.is_none() && self.delimiter != b';' {
            return Ok(nowhere());
        }
        // Numbers with three digits behind a point are below a thousand, as long as it counts for a point.
        let may = |value: &f64| value.is_nan() || value.abs() < 1000.0 && (value * 1000.0).round() / 1000.0 == *value;
        let may: Vec<Option<bool>> = columns
            .par_iter()
            .map(|column| match column {
                Column::Numbers { values, .. } => Some(values.iter().all(may)),
                _ => None,
            })
            .collect();
        let look = |piece: &Piece| {
            let mut points = vec![Points::default(); self.width];
            self.each_row(piece, |_, cells| {
                for (j, cell) in cells.enumerate().filter(|(j, _)| may[*j].is_some()) {
                    points[j].look(cell);
                }
                Ok(())
            })?;
            Ok(points)
        };
        let seen: Vec<Result<Vec<Points>, DataError>> = self.pieces.par_iter().map(look).collect();
        let mut points = vec![Points::default(); self.width];
        for seen in seen {
            for (points, more) in points.iter_mut().zip(seen?) {
                *points = points.and(more);
            }
        }
        if certain.is_none() && points.iter().any(|points| points.has_fractions()) {
            return Ok(nowhere());
        }
        Ok(points.iter().zip(may).map(|(points, may)| may == Some(true) && points.may_group()).collect())
    }

    /// The columns that are wanted, as text; `is_text` marks those that are nothing else.
    fn text(&self, wanted: &[bool], is_text: &[bool]) -> Result<Vec<Names>, DataError> {
        let (file, budget) = (self.input.file.as_str(), self.input.budget);
        if !wanted.contains(&true) {
            return Ok(Vec::new());
        }
        let left = budget.left();
        let read: Vec<Result<Vec<Names>, DataError>> =
            self.pieces.par_iter().map(|piece| self.text_of(piece, wanted, is_text)).collect();
        let mut parts = read.into_iter().collect::<Result<Vec<_>, _>>()?;
        if let [only] = parts.as_mut_slice() {
            return Ok(std::mem::take(only));
        }
        let taken = left - budget.left();
        let part_of = |j: usize| parts.iter_mut().map(|columns| std::mem::take(&mut columns[j])).collect();
        let columns: Vec<Vec<Names>> = (0..wanted.iter().filter(|wanted| **wanted).count()).map(part_of).collect();
        let together = |parts: Vec<Names>| {
            let mut whole = Gatherer::new(file, budget);
            // Each part is freed as soon as it is copied.
            parts.into_iter().try_for_each(|part| whole.extend(&part))?;
            Ok(whole.finish())
        };
        let columns = columns.into_par_iter().map(together).collect();
        budget.give_back(taken);
        columns
    }

    fn text_of(&self, piece: &Piece, wanted: &[bool], is_text: &[bool]) -> Result<Vec<Names>, DataError> {
        let (file, budget) = (self.input.file.as_str(), self.input.budget);
        let mut texts: Vec<Option<Gatherer>> =
            wanted.iter().map(|wanted| wanted.then(|| Gatherer::new(file, budget))).collect();
        let most = texts.iter().rposition(Option::is_some).map_or(0, |last| last + 1);
        self.each_row(piece, |place, cells| {
            for (j, (cell, names)) in cells.zip(&mut texts[..most]).enumerate() {
                let Some(names) = names else { continue };
                let cell = utf8(file, place.row, cell)?;
                if place.lines > 1 && cell.contains('\n') && swallows_rows(is_text, self.delimiter, j, cell) {
                    return Err(swallowed(file, self.names, place, j, cell));
                }
                names.push(if is_missing(cell) { "" } else { cell })?;
            }
            Ok(())
        })?;
        Ok(texts.into_iter().flatten().map(Gatherer::finish).collect())
    }

    /// Goes over the rows of a piece.
    fn each_row(
        &self,
        piece: &Piece,
        mut each: impl FnMut(Place, Cells) -> Result<(), DataError>,
    ) -> Result<(), DataError> {
        if self.is_plain {
            return each_line(piece, |place, line| match memchr(b'"', line) {
                None => each(place, Cells::of_line(line, self.delimiter)),
                Some(at) if has_escapes(&line[at..]) => self.escaped(place, line, |cells| each(place, cells)),
                Some(_) => each(place, Cells::of_quoted_line(line, self.delimiter)),
            });
        }
        let mut records = Records::new(&self.input.file, piece.bytes, self.delimiter);
        while let Some(mut place) = records.next()? {
            place.row += piece.line - 1;
            if records.len() != self.width {
                return Err(self.wrong_width(place, records.len()));
            }
            each(place, records.cells())?;
        }
        Ok(())
    }

    /// Looks at the cells of a line in which quotes are meant, if they are as many as there are columns.
    fn escaped(
        &self,
        place: Place,
        line: &[u8],
        each: impl FnOnce(Cells) -> Result<(), DataError>,
    ) -> Result<(), DataError> {
        let mut records = Records::new(&self.input.file, line, self.delimiter);
        let is_there = records.next()?.is_some();
        debug_assert!(is_there, "the line is not blank");
        if records.len() == self.width { each(records.cells()) } else { Err(self.wrong_width(place, records.len())) }
    }

    /// Refuses a line that has not as many cells as there are columns.
    fn check_width(&self, place: Place, line: &[u8]) -> Result<(), DataError> {
        let cells = Cells::of_quoted_line(line, self.delimiter).count();
        if cells == self.width { Ok(()) } else { Err(self.wrong_width(place, cells)) }
    }

    fn wrong_width(&self, place: Place, cells: usize) -> DataError {
        let mut problem = format!("{cells} cells where the first row has {}", self.width);
        if place.lines > 1 {
            let lines = place.lines;
            let _ = write!(problem, "; it runs over {lines} lines: is there a quote too many, or too few?");
        }
        DataError::Row { file: self.input.file.clone(), row: place.row, problem }
    }
}

/// Whether two quotes are in a row somewhere: one that is meant, or nothing in quotes.
fn has_escapes(line: &[u8]) -> bool {
    memchr_iter(b'"', line).any(|quote| line.get(quote + 1) == Some(&b'"'))
}

/// The number in a cell; of any other cell its column is known to be text, and it is 0.
fn number_of_cell(j: usize, cell: &[u8], about: &mut About, is_text: &[AtomicBool]) -> f64 {
    let text = || std::str::from_utf8(cell).ok();
    let Some(value) = number::parse(cell).or_else(|| is_missing(text()?).then_some(f64::NAN)) else {
        is_text[j].store(true, Relaxed);
        return 0.0;
    };
    about.rounded[j] |= cell.len() > 15 && text().is_some_and(is_rounded);
    value
}

/// Goes over the lines of a piece that are not blank, where every line is a row.
fn each_line(piece: &Piece, mut each: impl FnMut(Place, &[u8]) -> Result<(), DataError>) -> Result<(), DataError> {
    let (mut rest, mut row) = (piece.bytes, piece.line);
    while !rest.is_empty() {
        let end = memchr(b'\n', rest).unwrap_or(rest.len());
        let line = rest[..end].strip_suffix(b"\r").unwrap_or(&rest[..end]);
        rest = rest.get(end + 1..).unwrap_or_default();
        if !line.is_empty() {
            each(Place { row, lines: 1 }, line)?;
        }
        row += 1;
    }
    Ok(())
}

/// How many carriage returns end lines by themselves, as those of old systems do.
fn returns(bytes: &[u8]) -> usize {
    memchr_iter(b'\r', bytes).filter(|&at| bytes.get(at + 1) != Some(&b'\n')).count()
}
