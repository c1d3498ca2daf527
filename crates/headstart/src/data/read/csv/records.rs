//! The records of a text table, one after the other, with their lines.

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};
use memchr::{Memchr, memchr, memchr_iter};
use std::slice::Iter;

use crate::data::DataError;

/// More cells than this in a row are no table: memory is not taken for a text of commas.
const MOST: usize = 1 << 22;

/// The same of characters.
const LONGEST: usize = 1 << 26;

/// Where in a file a record stands, and on how many lines.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// The line on which it begins, from 1.
    pub row: usize,
    /// The lines that it takes, more than one where cells in quotes have several.
    pub lines: usize,
}

/// Cuts a file into records. Only one is kept at a time.
pub(super) struct Records<'a> {
    file: &'a str,
    all: usize,
    rest: &'a [u8],
    reader: Reader,
    /// The lines behind us.
    lines: usize,
    text: Vec<u8>,
    ends: Vec<usize>,
    cells: usize,
}

impl<'a> Records<'a> {
    pub fn new(file: &'a str, bytes: &'a [u8], delimiter: u8) -> Self {
        let reader = ReaderBuilder::new().delimiter(delimiter).build();
        Self {
            file,
            all: bytes.len(),
            rest: bytes,
            reader,
            lines: 0,
            text: vec![0; 1 << 12],
            ends: vec![0; 1 << 8],
            cells: 0,
        }
    }

    /// Goes to the next record that is not blank.
    pub fn next(&mut self) -> Result<Option<Place>, DataError> {
        let blank = self.rest.iter().take_while(|&&byte| byte == b'\r' || byte == b'\n').count();
        let skipped;
        (skipped, self.rest) = self.rest.split_at(blank);
        self.lines += memchr_iter(b'\n', skipped).count();
        self.reader.set_line(1);
        let row = self.lines + 1;
        let (mut written, mut cells) = (0, 0);
        loop {
            let (result, read, text, ends) =
                self.reader.read_record(self.rest, &mut self.text[written..], &mut self.ends[cells..]);
            let ends_line = self.rest[..read].last() == Some(&b'\n');
            self.rest = &self.rest[read..];
            written += text;
            cells += ends;
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull if written >= LONGEST => {
                    let problem = format!("there are more than {LONGEST} characters in it: is this a table?");
                    return Err(DataError::Row { file: self.file.to_owned(), row, problem });
                }
                ReadRecordResult::OutputFull => self.text.resize(2 * self.text.len(), 0),
                ReadRecordResult::OutputEndsFull if cells >= MOST => {
                    let problem = format!("there are more than {MOST} cells in it: is this a table?");
                    return Err(DataError::Row { file: self.file.to_owned(), row, problem });
                }
                ReadRecordResult::OutputEndsFull => self.ends.resize(2 * self.ends.len(), 0),
                ReadRecordResult::Record => {
                    let ended = self.reader.line() as usize - 1;
                    self.lines += ended;
                    self.cells = cells;
                    // The last one may end with the file, and another one before the line feed that will be skipped.
                    return Ok(Some(Place { row, lines: ended + usize::from(!ends_line) }));
                }
                ReadRecordResult::End => return Ok(None),
            }
        }
    }

    /// The bytes behind us.
    pub fn position(&self) -> usize {
        self.all - self.rest.len()
    }

    /// The number of cells of the record.
    pub fn len(&self) -> usize {
        self.cells
    }

    /// Its cells, without the spaces around them.
    pub fn cells(&self) -> Cells<'_> {
        Cells::Record { text: &self.text, ends: self.ends[..self.cells].iter(), start: 0 }
    }
}

/// The cells of a row, without the spaces around them.
pub(super) enum Cells<'a> {
    /// One after the other, as the parser left them.
    Record { text: &'a [u8], ends: Iter<'a, usize>, start: usize },
    /// Of a line without quotes: the delimiters in it, and where the next cell starts, if there is one.
    Line { line: &'a [u8], delimiters: Memchr<'a>, start: Option<usize> },
    /// Of a line in which quotes are around cells and nowhere else: what is left of it, if anything is.
    Quoted { rest: Option<&'a [u8]>, delimiter: u8 },
}

impl<'a> Cells<'a> {
    pub fn of_line(line: &'a [u8], delimiter: u8) -> Self {
        Self::Line { line, delimiters: memchr_iter(delimiter, line), start: Some(0) }
    }

    /// Of a line in which quotes open and close cells, with nothing but blanks behind them, and none is meant.
    pub fn of_quoted_line(line: &'a [u8], delimiter: u8) -> Self {
        Self::Quoted { rest: Some(line), delimiter }
    }
}

/// The first cell of what is left of a line in which quotes are around cells and nowhere else, and what is left behind it.
#[inline]
pub(super) fn cut(line: &[u8], delimiter: u8) -> (&[u8], Option<&[u8]>) {
    let (cell, behind) = match line.split_first() {
        Some((b'"', quoted)) => quoted.split_at(memchr(b'"', quoted).unwrap_or(quoted.len())),
        _ => (line, line),
    };
    let end = memchr(delimiter, behind);
    let cell = if cell.len() == line.len() { &cell[..end.unwrap_or(cell.len())] } else { cell };
    (cell, end.map(|end| &behind[end + 1..]))
}

impl<'a> Iterator for Cells<'a> {
    type Item = &'a [u8];

    #[inline]
    fn next(&mut self) -> Option<&'a [u8]> {
        let cell = match self {
            Self::Record { text, ends, start } => {
                let end = *ends.next()?;
                &text[std::mem::replace(start, end)..end]
            }
            Self::Line { line, delimiters, start } => {
                let from = (*start)?;
                let end = delimiters.next();
                *start = end.map(|end| end + 1);
                &line[from..end.unwrap_or(line.len())]
            }
            Self::Quoted { rest, delimiter } => {
                let cell;
                (cell, *rest) = cut((*rest)?, *delimiter);
                cell
            }
        };
        Some(cell.trim_ascii())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A cell as it stands in a line: in quotes, with delimiters and blanks, or without.
    fn cell() -> impl Strategy<Value = String> {
        prop_oneof!["[a-c1. ]{0,4}", "\"[a-c;, ]{1,4}\"[ ]{0,2}", "[a-c][a-c ]{0,3}"]
    }

    proptest! {
        #[test]
        fn a_line_with_quotes_has_the_cells_that_the_parser_finds(
            cells in prop::collection::vec(cell(), 1..8), semicolons in any::<bool>()
        ) {
            let delimiter = if semicolons { b';' } else { b',' };
            // A quote opens a cell at its beginning only, and a delimiter outside of quotes ends it.
            let cells: Vec<String> = cells.into_iter().filter(|cell| !cell.starts_with(' ')).collect();
            let line = cells.join(if semicolons { ";" } else { "," });
            prop_assume!(!line.trim().is_empty());
            let mut records = Records::new("a.csv", line.as_bytes(), delimiter);
            records.next().unwrap();
            let parsed: Vec<&[u8]> = records.cells().collect();
            let found: Vec<&[u8]> = Cells::of_quoted_line(line.as_bytes(), delimiter).collect();
            prop_assert_eq!(found, parsed, "{}", line);
        }
    }
}
