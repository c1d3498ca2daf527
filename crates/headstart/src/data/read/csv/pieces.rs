//! The rows of a text table, cut into pieces that are read on all cores.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use memchr::{memchr, memchr_iter};
use rayon::prelude::*;

use super::number;
use super::quotes::Within;
use super::records::{Cells, Place, Records};
use super::{Header, has, is_missing, is_rounded, swallowed, swallows_rows, utf8};
use crate::data::DataError;
use crate::data::columns::Decimal;
use crate::data::content::{Gatherer, Input, Names, Rows};
use crate::data::table::{Column, Table};
use crate::words;

/// The bytes of a piece, about: enough for a thread, and few enough that all have something to do.
const PIECE: usize = 1 << 22;

/// The rows of a table.
pub(super) struct Body<'a> {
    input: &'a Input<'a>,
    delimiter: u8,
    names: Option<&'a [String]>,
    width: usize,
    pieces: Vec<Piece<'a>>,
    /// Whether lines are rows and delimiters are between cells, wherever they stand.
    is_plain: bool,
}

/// Some rows of it.
#[derive(Clone, Copy)]
struct Piece<'a> {
    bytes: &'a [u8],
    /// The line on which it begins, from 1.
    line: usize,
}

/// The numbers of a column, or of a part of it.
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

/// What stands behind the points of a column's numbers.
#[derive(Default)]
struct Points {
    /// Three digits, somewhere.
    groups: AtomicBool,
    /// Any other number of them, somewhere.
    fractions: AtomicBool,
}

impl Points {
    fn look(&self, cell: &[u8]) {
        if let Some(point) = memchr(b'.', cell) {
            let groups = (1..=4).contains(&point) && cell.len() == point + 4;
            (if groups { &self.groups } else { &self.fractions }).store(true, Relaxed);
        }
    }

    fn may_group(&self) -> bool {
        self.groups.load(Relaxed) && !self.fractions.load(Relaxed)
    }
}

impl<'a> Body<'a> {
    /// What follows the header. Cells of several lines make it one piece.
    pub fn new(
        input: &'a Input<'a>,
        delimiter: u8,
        header: Option<&'a Header>,
        quotes: Within,
    ) -> Result<Self, DataError> {
        let file = input.file.as_str();
        let start = header.map_or(0, |header| header.end);
        let bytes = &input.bytes[start..];
        let mut line = 1 + memchr_iter(b'\n', &input.bytes[..start]).count();
        let mut first = Records::new(file, bytes, delimiter);
        if first.next()?.is_none() {
            let only = if header.is_some() { "a header and no rows" } else { "no rows" };
            return Err(DataError::content(file, format!("the file has {only}")));
        }
        let width = header.map_or(first.len(), |header| header.names.len());
        let mut pieces = Vec::new();
        let mut rest = bytes;
        while !rest.is_empty() {
            let end = match rest.get(PIECE..) {
                Some(behind) if !quotes.has_lines => memchr(b'\n', behind).map_or(rest.len(), |end| PIECE + end + 1),
                _ => rest.len(),
            };
            let (bytes, left) = rest.split_at(end);
            pieces.push(Piece { bytes, line: 0 });
            rest = left;
        }
        let ends: Vec<usize> = pieces.par_iter().map(|piece| memchr_iter(b'\n', piece.bytes).count()).collect();
        for (piece, ends) in pieces.iter_mut().zip(ends) {
            piece.line = line;
            line += ends;
        }
        let names = header.map(|header| header.names.as_slice());
        // Old systems end lines by carriage returns alone.
        let ends_line = |at: usize| bytes.get(at + 1) == Some(&b'\n');
        let is_plain = !quotes.any && (!has(bytes, b'\r') || memchr_iter(b'\r', bytes).all(ends_line));
        Ok(Self { input, delimiter, names, width, pieces, is_plain })
    }

    /// All columns.
    pub fn read(self) -> Result<Table, DataError> {
        let file = self.input.file.as_str();
        let budget = self.input.budget;
        let (columns, about) = self.numbers()?;
        let is_text: Vec<bool> = columns.iter().map(Option::is_none).collect();
        let rows: usize = about.iter().map(|about| about.rows).sum();
        let mut texts = self.text(&is_text)?.into_iter();
        let rounded = |j: usize| about.iter().any(|about| about.rounded[j]);
        let column = |(j, values): (usize, Option<Vec<f64>>)| match values {
            Some(values) => Some(Column::Numbers { values, rounded: rounded(j) }),
            None => texts.next().map(Column::Text),
        };
        let columns: Vec<Column> = columns.into_iter().enumerate().filter_map(column).collect();
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

    /// The columns that are numbers, and what is known of the pieces.
    fn numbers(&self) -> Result<(Vec<Option<Numbers>>, Vec<About>), DataError> {
        let is_text: Vec<AtomicBool> = (0..self.width).map(|_| AtomicBool::new(false)).collect();
        // A point before three digits may stand between thousands where commas are before fractions: then the text is wanted.
        let points: Vec<Points> = (0..self.width).map(|_| Points::default()).collect();
        let read: Vec<Result<(Vec<Numbers>, About), DataError>> =
            self.pieces.par_iter().map(|piece| self.numbers_of(piece, &is_text, &points)).collect();
        let (mut parts, mut about) = (Vec::with_capacity(read.len()), Vec::with_capacity(read.len()));
        for (is_text, points) in is_text.iter().zip(&points) {
            is_text.fetch_or(points.may_group(), Relaxed);
        }
        // The first of all errors is the one that reading in one piece would have met.
        for piece in read {
            let (columns, known) = piece?;
            parts.push(columns);
            about.push(known);
        }
        let rows = about.iter().map(|about| about.rows).sum();
        let whole = |(parts, is_text): (Vec<Vec<f64>>, &AtomicBool)| {
            if is_text.load(Relaxed) {
                return None;
            }
            let mut values = Vec::with_capacity(rows);
            // Each part is freed as soon as it is copied.
            for part in parts {
                values.extend_from_slice(&part);
            }
            Some(values)
        };
        let part_of = |j: usize| parts.iter_mut().map(|columns| std::mem::take(&mut columns[j])).collect();
        let of_columns: Vec<Vec<Vec<f64>>> = (0..self.width).map(part_of).collect();
        let columns = of_columns.into_par_iter().zip(&is_text).map(whole).collect();
        Ok((columns, about))
    }

    /// The numbers of a piece, column by column; nothing of columns that turn out not to be numbers, here or in another piece.
    fn numbers_of(
        &self,
        piece: &Piece,
        is_text: &[AtomicBool],
        points: &[Points],
    ) -> Result<(Vec<Vec<f64>>, About), DataError> {
        let mut columns = vec![Vec::new(); self.width];
        let mut about = About {
            rows: 0,
            numbers: None,
            several: 0,
            first_of_several: 0,
            lines: 0,
            rounded: vec![false; self.width],
        };
        self.each_row(piece, |place, cells| {
            for (j, cell) in cells.enumerate() {
                if is_text[j].load(Relaxed) {
                    continue;
                }
                let text = || std::str::from_utf8(cell).ok();
                if let Some(value) = number::parse(cell).or_else(|| is_missing(text()?).then_some(f64::NAN)) {
                    columns[j].push(value);
                } else {
                    is_text[j].store(true, Relaxed);
                    columns[j] = Vec::new();
                    continue;
                }
                if self.delimiter == b';' {
                    points[j].look(cell);
                }
                about.rounded[j] |= cell.len() > 15 && text().is_some_and(is_rounded);
            }
            about.lines += place.lines;
            if place.lines > 1 {
                about.several += 1;
                about.first_of_several = if about.several == 1 { place.row } else { about.first_of_several };
            }
            if about.numbers.is_none() && place.row != piece.line + about.rows {
                about.numbers = Some((piece.line..piece.line + about.rows).collect());
            }
            about.numbers.iter_mut().for_each(|numbers| numbers.push(place.row));
            about.rows += 1;
            Ok(())
        })?;
        Ok((columns, about))
    }

    /// The columns that are marked, as text.
    fn text(&self, is_text: &[bool]) -> Result<Vec<Names>, DataError> {
        let (file, budget) = (self.input.file.as_str(), self.input.budget);
        if !is_text.contains(&true) {
            return Ok(Vec::new());
        }
        let left = budget.left();
        let read: Vec<Result<Vec<Names>, DataError>> =
            self.pieces.par_iter().map(|piece| self.text_of(piece, is_text)).collect();
        let mut parts = read.into_iter().collect::<Result<Vec<_>, _>>()?;
        if let [only] = parts.as_mut_slice() {
            return Ok(std::mem::take(only));
        }
        let taken = left - budget.left();
        let together = |j: usize| {
            let mut whole = Gatherer::new(file, budget);
            parts.iter_mut().try_for_each(|columns| whole.extend(&std::mem::take(&mut columns[j])))?;
            Ok(whole.finish())
        };
        let columns = (0..is_text.iter().filter(|text| **text).count()).map(together).collect::<Result<_, _>>();
        budget.give_back(taken);
        columns
    }

    fn text_of(&self, piece: &Piece, is_text: &[bool]) -> Result<Vec<Names>, DataError> {
        let (file, budget) = (self.input.file.as_str(), self.input.budget);
        let columns: Vec<usize> = (0..self.width).filter(|&j| is_text[j]).collect();
        let mut texts: Vec<Gatherer> = columns.iter().map(|_| Gatherer::new(file, budget)).collect();
        self.each_row(piece, |place, cells| {
            let mut wanted = columns.iter().zip(&mut texts).peekable();
            for (j, cell) in cells.enumerate() {
                let Some((_, names)) = wanted.next_if(|(at, _)| **at == j) else { continue };
                let cell = utf8(file, place.row, cell)?;
                if place.lines > 1 && cell.contains('\n') && swallows_rows(is_text, self.delimiter, j, cell) {
                    return Err(swallowed(file, self.names, place, j, cell));
                }
                names.push(if is_missing(cell) { "" } else { cell })?;
            }
            Ok(())
        })?;
        Ok(texts.into_iter().map(Gatherer::finish).collect())
    }

    /// Goes over the rows of a piece.
    fn each_row(
        &self,
        piece: &Piece,
        mut each: impl FnMut(Place, Cells) -> Result<(), DataError>,
    ) -> Result<(), DataError> {
        if self.is_plain {
            return self.each_line(piece, each);
        }
        let mut records = Records::new(&self.input.file, piece.bytes, self.delimiter);
        while let Some(mut place) = records.next()? {
            place.row += piece.line - 1;
            self.check_width(place, records.len())?;
            each(place, records.cells())?;
        }
        Ok(())
    }

    /// The same where every line is a row.
    fn each_line(
        &self,
        piece: &Piece,
        mut each: impl FnMut(Place, Cells) -> Result<(), DataError>,
    ) -> Result<(), DataError> {
        let (mut rest, mut row) = (piece.bytes, piece.line);
        while !rest.is_empty() {
            let end = memchr(b'\n', rest).unwrap_or(rest.len());
            let line = rest[..end].strip_suffix(b"\r").unwrap_or(&rest[..end]);
            rest = rest.get(end + 1..).unwrap_or_default();
            if !line.is_empty() {
                let place = Place { row, lines: 1 };
                self.check_width(place, 1 + memchr_iter(self.delimiter, line).count())?;
                each(place, Cells::of_line(line, self.delimiter))?;
            }
            row += 1;
        }
        Ok(())
    }

    fn check_width(&self, place: Place, cells: usize) -> Result<(), DataError> {
        if cells == self.width {
            return Ok(());
        }
        let mut problem = format!("{cells} cells where the first row has {}", self.width);
        if place.lines > 1 {
            let lines = place.lines;
            let _ = write!(problem, "; it runs over {lines} lines: is there a quote too many, or too few?");
        }
        Err(DataError::Row { file: self.input.file.clone(), row: place.row, problem })
    }
}
