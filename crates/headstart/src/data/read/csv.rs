//! CSV: text tables with commas, semicolons or tabs, with or without a header.

mod quotes;
mod records;

use std::fmt::Write as _;

use memchr::{memchr_iter, memchr2_iter};
use ndarray::{Array2, ArrayView1, s};

use self::quotes::Within;
use self::records::{Place, Records};
use super::scalar::is_exact;
use super::{Format, unreadable};
use crate::data::DataError;
use crate::data::assemble::ROUNDED;
use crate::data::content::{Content, Gatherer, Input, Labels, Rows, Table, column_name, label_position, note_of_twins};
use crate::words;

pub(super) const FORMAT: Format = Format {
    name: "CSV",
    endings: &["csv", "tsv", "tab", "txt", "data"],
    recognises: |_| false,
    read: |input| parse(&input).map(Content::Table),
};

/// What stands for a missing cell, besides nothing at all.
const MISSING: [&str; 11] = ["NA", "N/A", "n/a", "na", "NaN", "nan", "NULL", "null", "#N/A", "<NA>", "?"];

fn is_missing(cell: &str) -> bool {
    cell.is_empty() || MISSING.contains(&cell)
}

/// The number in a cell; truth values are 0 and 1.
fn number(cell: &str) -> Option<f64> {
    match cell {
        "true" | "True" | "TRUE" => Some(1.0),
        "false" | "False" | "FALSE" => Some(0.0),
        _ => cell.parse().ok(),
    }
}

/// Whether a cell is a whole number that float64 does not have.
fn is_rounded(cell: &str) -> bool {
    const EXACT: usize = 15;
    let digits = cell.strip_prefix(['-', '+']).unwrap_or(cell);
    digits.len() > EXACT
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && !cell.parse().is_ok_and(|value: i128| is_exact(value))
}

fn parse(input: &Input) -> Result<Table, DataError> {
    let file = input.file.as_str();
    let delimiter = sniff_delimiter(&input.bytes);
    let quotes = quotes::check(file, &input.bytes, delimiter)?;
    let cells = 1 + memchr2_iter(delimiter, b'\n', &input.bytes).count();
    input.budget.take_each(file, Some(cells), 8)?;

    let names = header(input, delimiter)?;
    let left = input.budget.left();
    let table = if let Some(table) = rows(input, delimiter, names.as_deref(), cells, true)? {
        table
    } else {
        input.budget.give_back(left - input.budget.left());
        rows(input, delimiter, names.as_deref(), cells, false)?.expect("text can be anything")
    };
    table.finish(quotes)
}

/// All rows, no more than so many cells; none if the labels cannot be read as numbers, as the first one can.
fn rows<'a>(
    input: &'a Input,
    delimiter: u8,
    names: Option<&'a [String]>,
    cells: usize,
    may_be_numbers: bool,
) -> Result<Option<Builder<'a>>, DataError> {
    let file = input.file.as_str();
    let mut records = Records::new(file, &input.bytes, delimiter);
    let header = if names.is_some() { records.next()? } else { None };
    let Some(mut place) = records.next()? else {
        let only = if names.is_some() { "a header and no rows" } else { "no rows" };
        return Err(DataError::content(file, format!("the file has {only}")));
    };
    let mut builder = Builder::new(input, delimiter, names, header, records.len(), cells)?;
    if !may_be_numbers {
        builder.labels = Cells::Text(Gatherer::new(file, input.budget));
    }
    loop {
        if !builder.push(place, &records)? {
            return Ok(None);
        }
        match records.next()? {
            Some(next) => place = next,
            None => return Ok(Some(builder)),
        }
    }
}

/// The columns' names, if the first row holds names.
///
/// It does if none of its cells is a number, unless one of them is there again in its column below (a class name); or
/// if a cell of it is text where the first cell below that is not missing is a number.
fn header(input: &Input, delimiter: u8) -> Result<Option<Vec<String>>, DataError> {
    const LOOKED_AT: usize = 100;
    /// What a name takes besides its characters, and what is known of its column.
    const EACH: u64 = 64;
    let mut records = Records::new(&input.file, &input.bytes, delimiter);
    let Some(place) = records.next()? else { return Ok(None) };
    input.budget.take_each(&input.file, Some(records.len()), EACH)?;
    let mut first = Vec::with_capacity(records.len());
    for cell in records.cells() {
        first.push(utf8(&input.file, place.row, cell)?.to_owned());
    }
    // Of each column: whether the first cell below that is there is a number, and whether its first cell comes again.
    let mut over_number = vec![None; first.len()];
    let mut again = vec![false; first.len()];
    for _ in 1..LOOKED_AT {
        if records.next()?.is_none() {
            break;
        }
        for (j, cell) in records.cells().take(first.len()).enumerate() {
            again[j] |= cell == first[j].as_bytes();
            if over_number[j].is_none() {
                let cell = String::from_utf8_lossy(cell);
                over_number[j] = (!is_missing(&cell)).then(|| number(&cell).is_some());
            }
        }
    }
    let text = |cell: &String| !is_missing(cell) && number(cell).is_none();
    let is_header = first.iter().zip(over_number).any(|(cell, over)| over == Some(true) && text(cell))
        || first.iter().all(text) && !again.contains(&true);
    Ok(is_header.then_some(first))
}

fn utf8<'a>(file: &str, row: usize, cell: &'a [u8]) -> Result<&'a str, DataError> {
    std::str::from_utf8(cell).map_err(|_| DataError::Row {
        file: file.to_owned(),
        row,
        problem: "this is not UTF-8 text: save the file with the encoding UTF-8".to_owned(),
    })
}

/// The cells of the label column: numbers as long as all are, NaN for those that are missing. Truth values are text.
enum Cells {
    Numbers(Vec<f64>),
    Text(Gatherer),
}

/// A table on its way, row by row.
struct Builder<'a> {
    input: &'a Input<'a>,
    delimiter: u8,
    names: Option<&'a [String]>,
    width: usize,
    label: Option<usize>,
    x: Vec<f64>,
    labels: Cells,
    rows: Vec<usize>,
    /// How many rows have cells of several lines, the first of them, and the lines of all rows.
    several: usize,
    first_of_several: usize,
    lines: usize,
    rounded: bool,
}

impl<'a> Builder<'a> {
    /// Of a table whose first row of data is so wide, and that has no more than so many cells.
    fn new(
        input: &'a Input,
        delimiter: u8,
        names: Option<&'a [String]>,
        header: Option<Place>,
        first_row_width: usize,
        cells: usize,
    ) -> Result<Self, DataError> {
        let width = names.map_or(first_row_width, <[String]>::len);
        let label = label_position(&input.file, names, width, &input.wanted.label)?;
        let mut x = Vec::new();
        if x.try_reserve_exact(cells).is_err() {
            input.budget.take(&input.file, None)?;
        }
        let builder = Self {
            input,
            delimiter,
            names,
            width,
            label,
            x,
            labels: Cells::Numbers(Vec::new()),
            rows: Vec::new(),
            several: 0,
            first_of_several: 0,
            lines: 0,
            rounded: false,
        };
        if let (Some(names), Some(place)) = (names, header)
            && let Some(j) = (0..width).find(|&j| builder.swallows_rows(j, &names[j]))
        {
            return Err(builder.swallowed(place, j, &names[j]));
        }
        Ok(builder)
    }

    /// Adds a row; false if its label is text, and the labels before were numbers.
    fn push(&mut self, place: Place, record: &Records) -> Result<bool, DataError> {
        let (file, row) = (&self.input.file, place.row);
        if record.len() != self.width {
            let mut problem = format!("{} cells where the first row has {}", record.len(), self.width);
            if place.lines > 1 {
                let _ = write!(problem, "; it runs over {} lines: is there a quote too many, or too few?", place.lines);
            }
            return Err(DataError::Row { file: file.clone(), row, problem });
        }
        for (j, cell) in record.cells().enumerate() {
            let cell = utf8(file, row, cell)?;
            if place.lines > 1 && cell.contains('\n') && (self.label != Some(j) || self.swallows_rows(j, cell)) {
                return Err(self.swallowed(place, j, cell));
            }
            if self.label == Some(j) {
                let missing = is_missing(cell);
                if missing && !self.input.wanted.drop_missing {
                    return Err(self.cell_error(row, j, "", "there is no label"));
                }
                if let Cells::Numbers(numbers) = &mut self.labels {
                    match if missing { Ok(f64::NAN) } else { cell.parse() } {
                        Ok(number) => numbers.push(number),
                        Err(_) if self.rows.is_empty() => {
                            self.labels = Cells::Text(Gatherer::new(file, self.input.budget));
                        }
                        Err(_) => return Ok(false),
                    }
                }
                if let Cells::Text(names) = &mut self.labels {
                    names.push(if missing { "" } else { cell })?;
                }
            } else {
                let value = self.feature(row, j, cell)?;
                self.rounded = self.rounded || is_rounded(cell);
                self.x.push(value);
            }
        }
        self.lines += place.lines;
        if place.lines > 1 {
            self.several += 1;
            self.first_of_several = if self.several == 1 { row } else { self.first_of_several };
        }
        if self.rows.len() == self.rows.capacity() {
            let more = self.rows.len().max(1 << 10);
            self.input.budget.take_each(file, Some(more), 2 * size_of::<usize>() as u64)?;
            self.rows.reserve_exact(more);
        }
        self.rows.push(row);
        Ok(true)
    }

    /// Whether a cell of several lines is what lies between two quotes that are out of place: the end of its row, whole rows, and
    /// the beginning of one up to the same column, with numbers where features are.
    fn swallows_rows(&self, column: usize, cell: &str) -> bool {
        let mut at = column;
        let mut lines = cell.lines().enumerate().filter(|(_, line)| !line.is_empty());
        let fits = lines.all(|(k, line)| {
            if k > 0 && at + 1 != self.width {
                return false;
            }
            let last = at;
            at = if k > 0 { 0 } else { last };
            line.split(char::from(self.delimiter)).enumerate().all(|(n, piece)| {
                at += usize::from(n > 0);
                let piece = piece.trim();
                at < self.width && (k == 0 || self.label == Some(at) || is_missing(piece) || number(piece).is_some())
            })
        });
        self.width > 1 && cell.contains('\n') && fits && at == column
    }

    fn swallowed(&self, place: Place, column: usize, cell: &str) -> DataError {
        let lines = 1 + cell.matches('\n').count();
        let problem = format!("is in quotes that run over {lines} lines: is there a quote too many, or too few?");
        self.cell_error(place.row, column, cell, &problem)
    }

    /// A feature's value; NaN if it is missing and may be.
    fn feature(&self, row: usize, column: usize, cell: &str) -> Result<f64, DataError> {
        let hint = " (use --drop-missing to leave such rows out)";
        match number(cell) {
            Some(value) if value.is_finite() || self.input.wanted.drop_missing => Ok(value),
            Some(_) => Err(self.cell_error(row, column, cell, &format!("is not a finite number{hint}"))),
            None if is_missing(cell) && self.input.wanted.drop_missing => Ok(f64::NAN),
            None if cell.is_empty() => Err(self.cell_error(row, column, "", &format!("the cell is empty{hint}"))),
            None if is_missing(cell) => Err(self.cell_error(row, column, cell, &format!("is not a number{hint}"))),
            None if number(&cell.replace(',', ".")).is_some() => {
                Err(self.cell_error(row, column, cell, "is not a number: write decimals with a point"))
            }
            None => {
                let what = "is not a number: features have to be numbers (encode the column, or leave it out)";
                Err(self.cell_error(row, column, cell, what))
            }
        }
    }

    fn cell_error(&self, row: usize, column: usize, cell: &str, problem: &str) -> DataError {
        DataError::Cell {
            file: self.input.file.clone(),
            row,
            column: column_name(self.names, column),
            problem: match cell {
                "" => problem.to_owned(),
                cell => format!("\"{}\" {problem}", words::foreign(cell)),
            },
        }
    }

    fn finish(self, quotes: Within) -> Result<Table, DataError> {
        let file = &self.input.file;
        let features = self.width - usize::from(self.label.is_some());
        let mut x = Array2::from_shape_vec((self.rows.len(), features), self.x)
            .map_err(|error| unreadable(file, FORMAT.name, &error))?;
        let labels = match self.labels {
            Cells::Numbers(numbers) => Labels::Numbers(Array2::from_shape_fn((numbers.len(), 1), |(i, _)| numbers[i])),
            Cells::Text(names) => Labels::Text(names.finish()),
        };
        let y = self.label.map(|label| (column_name(self.names, label), labels));
        let mut notes = Vec::new();
        let mut columns = self.names.map(<[String]>::to_vec);
        notes.extend(columns.as_ref().and_then(|names| note_of_twins(file, names)));
        let file = words::in_a_line(file);
        match &mut columns {
            Some(names) => {
                self.label.map(|label| names.remove(label));
                if names.first().is_some_and(String::is_empty) && counts_rows(&x.column(0)) {
                    names.remove(0);
                    x = x.slice(s![.., 1..]).to_owned();
                    notes.push(format!("the first column of {file} has no name and counts the rows: it is left out"));
                }
            }
            None => notes.push(format!("{file} has no header: its first row is taken as data")),
        }
        if self.several > 0 {
            notes.push(format!(
                "{file}: cells in quotes run over several lines in {} (the first is row {}), so that there are {} in {}",
                words::many(self.several as u64, "row"),
                self.first_of_several,
                words::many(self.rows.len() as u64, "row"),
                words::many(self.lines as u64, "line")
            ));
        }
        if quotes.count > 0 {
            notes.push(format!(
                "{file}: {} in cells that are not in quotes {} taken as text (the first is in row {})",
                words::many(quotes.count as u64, "quote"),
                if quotes.count == 1 { "is" } else { "are" },
                quotes.first
            ));
        }
        if self.rounded {
            notes.push(format!("{file}: {ROUNDED}"));
        }
        Ok(Table { columns, x, y, rows: Rows::Numbered(self.rows), notes })
    }
}

/// Whether these are 0, 1, 2, ... or 1, 2, 3, ..., as tools write rows' names that nobody gave.
fn counts_rows(column: &ArrayView1<f64>) -> bool {
    let first = column.first().copied().unwrap_or_default();
    [0.0, 1.0].contains(&first) && column.iter().enumerate().all(|(row, &value)| value == first + row as f64)
}

/// The delimiter that cuts the first lines into equally many cells, or else the most lines. Where a semicolon or a tab
/// does, a comma is more likely to be a decimal one.
fn sniff_delimiter(bytes: &[u8]) -> u8 {
    const CANDIDATES: [u8; 3] = [b'\t', b';', b','];
    let lines = first_lines(&bytes[..bytes.len().min(1 << 16)]);
    let alike = |delimiter: u8| {
        let count = |line: &[u8]| memchr_iter(delimiter, line).count();
        let first = lines.first().map_or(0, |line| count(line));
        if first == 0 { 0 } else { lines.iter().filter(|line| count(line) == first).count() }
    };
    let consistent = CANDIDATES.into_iter().find(|&candidate| !lines.is_empty() && alike(candidate) == lines.len());
    consistent.unwrap_or_else(|| CANDIDATES.into_iter().max_by_key(|&candidate| alike(candidate)).unwrap_or(b','))
}

/// The first lines that are not blank, without what is in quotes.
fn first_lines(bytes: &[u8]) -> Vec<Vec<u8>> {
    const LOOKED_AT: usize = 20;
    let mut lines = vec![Vec::new()];
    let mut quoted = false;
    let mut before = b'\n';
    for &byte in bytes {
        let begins = matches!(before, b'\n' | b'\r' | b'\t' | b';' | b',' | b'"' | 0xbf);
        before = byte;
        match byte {
            // In the midst of a cell it is a character as any other.
            b'"' if quoted || begins => quoted = !quoted,
            b'\n' if !quoted => {
                if lines.len() > LOOKED_AT {
                    break;
                }
                lines.push(Vec::new());
            }
            b'\r' => {}
            _ if quoted => {}
            _ => lines.last_mut().map_or((), |line| line.push(byte)),
        }
    }
    // The last one may be cut off by the end of the sample.
    if lines.len() > 1 {
        lines.pop();
    }
    lines.retain(|line| !line.is_empty());
    lines
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use crate::data::content::{LabelColumn, Wanted};
    use crate::data::memory::Budget;

    fn read_with(text: &[u8], wanted: &Wanted) -> Result<Table, DataError> {
        parse(&Input { file: "cats.csv".into(), bytes: text.to_vec(), wanted, budget: &Budget::of(10_000_000) })
    }

    fn read(text: &str) -> Result<Table, DataError> {
        read_with(text.as_bytes(), &Wanted::default())
    }

    fn error(text: &str) -> String {
        read(text).err().unwrap().to_string()
    }

    #[test]
    fn header_and_text_labels() {
        let table = read("age,weight,species\n1,2.5,cat\n3,4,dog\n").unwrap();
        assert_eq!(table.columns, Some(vec!["age".into(), "weight".into()]));
        assert_eq!(table.x, array![[1.0, 2.5], [3.0, 4.0]]);
        assert_eq!(
            table.y,
            Some(("\"species\"".into(), Labels::Text([Some("cat"), Some("dog")].into_iter().collect())))
        );
        assert_eq!(table.rows, Rows::Numbered(vec![2, 3]));
    }

    #[test]
    fn rows_names_are_no_feature() {
        let table = read(",a,y\n0,5,cat\n1,6,dog\n").unwrap();
        assert_eq!((table.x, table.columns), (array![[5.0], [6.0]], Some(vec!["a".into()])));
        assert_eq!(table.notes, ["the first column of cats.csv has no name and counts the rows: it is left out"]);
        assert_eq!(read(",a,y\n3,5,cat\n4,6,dog\n").unwrap().x.ncols(), 2);
    }

    #[test]
    fn labels_are_text_if_one_of_them_is() {
        let labels = |text: &str| read(text).unwrap().y.unwrap().1;
        let text = |labels: [&str; 3]| Labels::Text(labels.map(Some).into_iter().collect());
        assert_eq!(labels("a,y\n1,1\n2,2.50\n3,x\n"), text(["1", "2.50", "x"]));
        assert_eq!(labels("a,y\n1,x\n2,2.50\n3,1\n"), text(["x", "2.50", "1"]));
        assert_eq!(labels("a,y\n1,1\n2,True\n3,False\n"), text(["1", "True", "False"]));
        assert_eq!(labels("a,y\n1,1\n2,2.50\n3,-0\n"), Labels::Numbers(array![[1.0], [2.5], [0.0]]));
    }

    #[test]
    fn no_header() {
        for text in ["1,2,cat\n3,4,dog\n", "1,2,0\n3,4,1\n", "1,2,cat\n"] {
            let table = read(text).unwrap();
            assert_eq!((table.columns, table.rows.at(0)), (None, 1));
            assert_eq!(table.y.unwrap().0, "2 (the first is 0)");
            assert_eq!(table.notes.len(), 1);
        }
        let labels = read("cat\ndog\ncat\n").unwrap();
        assert_eq!((labels.x.dim(), labels.columns), ((3, 0), None));
        assert!(read("species\ncat\ndog\ncat\n").unwrap().columns.is_some());
    }

    #[test]
    fn delimiters_quotes_and_line_ends() {
        for text in
            ["a;b;y\r\n1;2;0\r\n", "a\tb\ty\n1\t2\t0", "\u{feff}a, b, y\n1, 2 , 0\n", "\"a\",\"b\",\"y\"\n\"1\",2,0"]
        {
            let table = read(text).unwrap();
            assert_eq!(table.x, array![[1.0, 2.0]], "{text:?}");
            assert_eq!(table.columns, Some(vec!["a".into(), "b".into()]), "{text:?}");
        }
        assert!(error("a;b\n1,5;0\n").contains("\"1,5\" is not a number: write decimals with a point"));
    }

    #[test]
    fn rows_are_counted_as_an_editor_does() {
        for end in ["\n", "\r\n"] {
            let text = format!("a,y{end}1,0{end}{end}{end}2,1{end}\"3\",0{end}x,1{end}");
            assert!(
                error(&text).starts_with("cats.csv, row 7, column \"a\": \"x\" is not a number"),
                "{}",
                error(&text)
            );
        }
    }

    #[test]
    fn the_label_column_by_name_and_position() {
        let label = |label: &str| {
            let wanted = Wanted { label: LabelColumn::Named(label.into()), ..Wanted::default() };
            read_with(b"a,b,c\n1,2,3\n", &wanted)
        };
        for (name, x) in [("a", [2.0, 3.0]), ("0", [2.0, 3.0]), ("-2", [1.0, 3.0]), ("2", [1.0, 2.0])] {
            assert_eq!(label(name).unwrap().x.row(0).to_vec(), x);
        }
        assert_eq!(label("d").err().unwrap().to_string(), "cats.csv has no column \"d\"; its columns are a, b, c");
        assert!(label("3").err().unwrap().to_string().contains("0 to 2, or -3 to -1 from the end"));
    }

    #[test]
    fn bad_cells_are_named() {
        let text = "age,y\n1,0\nn/a,1\n";
        assert_eq!(
            error(text),
            "cats.csv, row 3, column \"age\": \"n/a\" is not a number (use --drop-missing to leave such rows out)"
        );
        assert!(error("age,y\n1,0\n,1\n").contains("row 3, column \"age\": the cell is empty (use --drop-missing"));
        assert!(error("age,y\n1,0\ninf,1\n").contains("\"inf\" is not a finite number"));
        assert!(error("age,y\n1,0\n2,\n").contains("row 3, column \"y\": there is no label"));
        assert!(
            error("1,0\nblue,1\n").contains("row 2, column 0 (the first is 0): \"blue\" is not a number: features")
        );
        let wanted = Wanted { drop_missing: true, ..Wanted::default() };
        let table = read_with(text.as_bytes(), &wanted).unwrap();
        assert!(table.x[[1, 0]].is_nan());
        assert!(read_with(b"age,y\nblue,0\n1,1\n", &wanted).is_err());
    }

    #[test]
    fn ragged_empty_and_foreign_files() {
        assert_eq!(error("a,b\n1,2\n1,2,3\n"), "cats.csv, row 3: 3 cells where the first row has 2");
        assert_eq!(error("a,b\n1,2\n1\n"), "cats.csv, row 3: 1 cells where the first row has 2");
        assert_eq!(error("a,b\n"), "cats.csv: the file has a header and no rows");
        assert_eq!(error("\n\n"), "cats.csv: the file has no rows");
        let latin1 = read_with(b"a,y\n1,caf\xe9\n", &Wanted::default()).err().unwrap().to_string();
        assert_eq!(latin1, "cats.csv, row 2: this is not UTF-8 text: save the file with the encoding UTF-8");
    }

    #[test]
    fn too_large_is_said_before_reading() {
        let text = "1,2\n".repeat(1000);
        let input =
            Input { file: "a.csv".into(), bytes: text.into(), wanted: &Wanted::default(), budget: &Budget::of(9_000) };
        assert!(matches!(parse(&input), Err(DataError::TooLarge { .. })));
    }
    /// Rows of two features and a label, from row 2 on.
    fn rows() -> Vec<String> {
        (0..50).map(|i| format!("{i},{},{}", i % 5, if i % 2 == 0 { "cat" } else { "dog" })).collect()
    }

    #[test]
    fn a_stray_quote_swallows_no_rows() {
        let changed = |header: &str, changes: &[(usize, &str)], end: &str| {
            let mut rows = rows();
            for (at, row) in changes {
                rows[*at] = (*row).to_owned();
            }
            format!("{header}{end}{}{end}", rows.join(end))
        };
        for end in ["\n", "\r\n"] {
            for delimiter in [",", "\t", ";"] {
                let error = |header: &str, changes: &[(usize, &str)]| {
                    error(&changed(header, changes, end).replace(',', delimiter))
                };
                assert!(
                    error("a,b,y", &[(9, "3,2,\"cat")]).contains("row 11: the cell that begins with \"cat is never")
                );
                assert!(error("a,\"b,y", &[]).contains("row 1: the cell that begins with"));
                assert!(error("a,b,y", &[(9, "3,\"2,cat")]).contains("row 11: "));
                // Two of them, so that what lies between is a cell like any other.
                let two = error("a,b,y", &[(9, "3,2,\"cat"), (30, "3,2,dog\"")]);
                assert!(
                    two.contains("row 11, column \"y\": \"cat") && two.contains("quotes that run over 22 lines"),
                    "{two}"
                );
                assert!(error("a,b,y", &[(9, "3,2,\"cat"), (10, "3,2,dog\"")]).contains("run over 2 lines"));
                assert!(error("a,b,\"y", &[(9, "3,2,cat\"")]).contains("row 1, column"));
                assert!(error("y,a,b", &[(9, "3,\"2,7"), (30, "3,2\",7")]).contains("row 11, column"));
                assert!(error("a,b,y", &[(9, "3,2,\"cat"), (30, "3,\"2,dog")]).contains("row 11: "));
                assert!(
                    error("a,b,y", &[(9, "3,2,\"cat"), (30, "3,2\",dog")])
                        .contains("4 cells where the first row has 3; it runs")
                );
            }
        }
    }

    #[test]
    fn text_of_several_lines_in_quotes_is_read() {
        let table = read("a,\"the\nlabel\"\n1,\"big,\nblack cat\"\n2,dog\n3,\"big,\nblack cat\"\n").unwrap();
        assert_eq!(table.x.column(0).to_vec(), [1.0, 2.0, 3.0]);
        let cat = Some("big,\nblack cat");
        assert_eq!(table.y.unwrap().1, Labels::Text([cat, Some("dog"), cat].into_iter().collect()));
        assert_eq!(table.rows, Rows::Numbered(vec![3, 5, 6]));
        assert_eq!(
            table.notes,
            [
                "cats.csv: cells in quotes run over several lines in 2 rows (the first is row 3), so that there are 3 rows in 5 \
              lines"
            ]
        );
        let quoted = read("\"a\",\"y\"\n\"1\",\"a, b\nc\"\n\"2\",\"d\"\n").unwrap();
        assert_eq!(quoted.x.nrows(), 2);
        // Also where it looks as if it were one of two around a label.
        for label in ["5\" disk", "cat\"", "cat\"\"", "'cat\"", "cat\"\r"] {
            let notes = read(&format!("a,y\n1,{label}\n2,cat\n")).unwrap().notes;
            assert!(notes[0].contains("in cells that are not in quotes") && notes[0].contains("in row 2"), "{label}");
        }
    }

    #[test]
    fn two_columns_of_one_name() {
        let label = |label: &str| {
            let wanted = Wanted { label: LabelColumn::Named(label.into()), ..Wanted::default() };
            read_with(b"y,a,a,y\n1,2,3,cat\n", &wanted)
        };
        let error = label("y").err().unwrap();
        assert!(error.is_usage());
        assert_eq!(
            error.to_string(),
            "cats.csv has more than one column \"y\", at the positions 0, 3 (the first is 0): give the label's position"
        );
        let table = label("3").unwrap();
        assert_eq!(table.x, array![[1.0, 2.0, 3.0]]);
        assert!(table.notes[0].contains("more than one column \"a\" (at the positions 1 and 2"), "{:?}", table.notes);
    }

    #[test]
    fn whole_numbers_that_are_rounded_are_said() {
        let notes = |cell: &str| read(&format!("a,y\n{cell},0\n2,1\n")).unwrap().notes;
        assert!(notes("9007199254740993")[0].contains("beyond 2^53 are rounded"));
        for exact in
            ["9007199254740992", "-9007199254740992", "0000000000000000000001", "0.12345678901234567890", "1e300"]
        {
            assert!(notes(exact).is_empty(), "{exact}");
        }
    }

    #[test]
    fn a_text_of_commas_takes_no_memory_for_its_cells() {
        let text = ",".repeat(5_000_000);
        let budget = Budget::of(1 << 40);
        let input = Input { file: "a.csv".into(), bytes: text.into(), wanted: &Wanted::default(), budget: &budget };
        let error = parse(&input).err().unwrap().to_string();
        assert_eq!(error, "a.csv, row 1: there are more than 4194304 cells in it: is this a table?");
        let error = self::error(&"1".repeat(70_000_000));
        assert_eq!(error, "cats.csv, row 1: there are more than 67108864 characters in it: is this a table?");
    }

    #[test]
    fn cells_in_messages_are_cut_and_do_not_steer_a_terminal() {
        let long = error(&format!("a,y\n{},cat\n2,dog\n", "1x".repeat(1_000_000)));
        assert!(long.len() < 300 && long.contains("1x...\" is not a number"), "{long}");
        assert!(error("a,y\n\x1b[31m,1\n1,2\n").contains("\"\\u{1b}[31m\" is not a number"));
    }
}
