//! CSV: text tables with commas, semicolons or tabs, with or without a header.

use csv::{ByteRecord, ReaderBuilder, Trim};
use memchr::{memchr_iter, memchr2_iter};
use ndarray::{Array2, ArrayView1, s};

use super::{Format, unreadable};
use crate::data::DataError;
use crate::data::content::{Content, Input, Labels, Table, column_name, label_position};

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

fn parse(input: &Input) -> Result<Table, DataError> {
    let file = input.file.as_str();
    let delimiter = sniff_delimiter(&input.bytes);
    let cells = 1 + memchr2_iter(delimiter, b'\n', &input.bytes).count() as u64;
    input.budget.check(file, cells.checked_mul(8).and_then(|bytes| bytes.checked_add(input.bytes.len() as u64)))?;

    let names = header(input, delimiter)?;
    let mut lines = Lines::new(input, delimiter);
    if names.is_some() {
        lines.next()?;
    }
    let mut builder: Option<Builder> = None;
    while let Some((line, record)) = lines.next()? {
        let builder = match &mut builder {
            Some(builder) => builder,
            none => none.insert(Builder::new(input, names.clone(), record.len())?),
        };
        builder.push(line, record)?;
    }
    builder
        .ok_or_else(|| {
            let only = if names.is_some() { "a header and no rows" } else { "no rows" };
            DataError::content(file, format!("the file has {only}"))
        })?
        .finish()
}

/// The records of a file with their line numbers.
struct Lines<'a> {
    file: &'a str,
    bytes: &'a [u8],
    reader: csv::Reader<&'a [u8]>,
    record: ByteRecord,
}

impl<'a> Lines<'a> {
    fn new(input: &'a Input, delimiter: u8) -> Self {
        let reader = ReaderBuilder::new()
            .delimiter(delimiter)
            .has_headers(false)
            .flexible(true)
            .trim(Trim::All)
            .from_reader(input.bytes.as_slice());
        Self { file: &input.file, bytes: &input.bytes, reader, record: ByteRecord::new() }
    }

    /// The next record that is not blank.
    fn next(&mut self) -> Result<Option<(usize, &ByteRecord)>, DataError> {
        let before = self.reader.position().clone();
        let more = self.reader.read_byte_record(&mut self.record);
        if !more.map_err(|error| unreadable(self.file, FORMAT.name, &error))? {
            return Ok(None);
        }
        // The reader's position is where it began to look, before any blank lines.
        let from = usize::try_from(before.byte()).unwrap_or(usize::MAX);
        let skipped = self.bytes.get(from..).unwrap_or_default();
        let blank = skipped.iter().take_while(|&&byte| byte == b'\r' || byte == b'\n');
        let line = before.line() as usize + blank.filter(|&&byte| byte == b'\n').count();
        Ok(Some((line, &self.record)))
    }
}

/// The columns' names, if the first row holds names.
///
/// It does if none of its cells is a number, unless one of them is there again in its column below (a class name); or
/// if a cell of it is text where the first cell below that is not missing is a number.
fn header(input: &Input, delimiter: u8) -> Result<Option<Vec<String>>, DataError> {
    const LOOKED_AT: usize = 100;
    let mut lines = Lines::new(input, delimiter);
    let mut rows: Vec<Vec<String>> = Vec::new();
    while rows.len() < LOOKED_AT
        && let Some((line, record)) = lines.next()?
    {
        rows.push(
            record.iter().map(|cell| utf8(&input.file, line, cell).map(str::to_owned)).collect::<Result<_, _>>()?,
        );
    }
    let Some((first, below)) = rows.split_first() else { return Ok(None) };
    let column = |j: usize| below.iter().filter_map(move |row| row.get(j));
    let text = |cell: &str| !is_missing(cell) && number(cell).is_none();
    let name_over_numbers = |(j, cell): (usize, &String)| {
        text(cell) && column(j).find(|cell| !is_missing(cell)).is_some_and(|cell| number(cell).is_some())
    };
    let is_header = first.iter().enumerate().any(name_over_numbers)
        || first.iter().all(|cell| text(cell))
            && !first.iter().enumerate().any(|(j, cell)| column(j).any(|below| below == cell));
    Ok(is_header.then(|| first.clone()))
}

fn utf8<'a>(file: &str, row: usize, cell: &'a [u8]) -> Result<&'a str, DataError> {
    std::str::from_utf8(cell).map_err(|_| DataError::Row {
        file: file.to_owned(),
        row,
        problem: "this is not UTF-8 text: save the file with the encoding UTF-8".to_owned(),
    })
}

/// A table on its way, row by row.
struct Builder<'a> {
    input: &'a Input<'a>,
    names: Option<Vec<String>>,
    width: usize,
    label: Option<usize>,
    x: Vec<f64>,
    labels: Vec<Option<String>>,
    rows: Vec<usize>,
}

impl<'a> Builder<'a> {
    fn new(input: &'a Input, names: Option<Vec<String>>, first_row_width: usize) -> Result<Self, DataError> {
        let width = names.as_ref().map_or(first_row_width, Vec::len);
        let label = label_position(&input.file, names.as_deref(), width, &input.wanted.label)?;
        Ok(Self { input, names, width, label, x: Vec::new(), labels: Vec::new(), rows: Vec::new() })
    }

    fn push(&mut self, row: usize, record: &ByteRecord) -> Result<(), DataError> {
        let file = &self.input.file;
        if record.len() != self.width {
            let problem = format!("{} cells where the first row has {}", record.len(), self.width);
            return Err(DataError::Row { file: file.clone(), row, problem });
        }
        for (j, cell) in record.iter().enumerate() {
            let cell = utf8(file, row, cell)?;
            if self.label == Some(j) {
                let missing = is_missing(cell);
                if missing && !self.input.wanted.drop_missing {
                    return Err(self.cell_error(row, j, "", "there is no label"));
                }
                self.labels.push((!missing).then(|| cell.to_owned()));
            } else {
                self.x.push(self.feature(row, j, cell)?);
            }
        }
        self.rows.push(row);
        Ok(())
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
            column: column_name(self.names.as_deref(), column),
            problem: if cell.is_empty() { problem.to_owned() } else { format!("\"{cell}\" {problem}") },
        }
    }

    fn finish(self) -> Result<Table, DataError> {
        let file = &self.input.file;
        let features = self.width - usize::from(self.label.is_some());
        let mut x = Array2::from_shape_vec((self.rows.len(), features), self.x)
            .map_err(|error| unreadable(file, FORMAT.name, &error))?;
        let y = self.label.map(|label| (column_name(self.names.as_deref(), label), text_or_numbers(self.labels)));
        let mut notes = Vec::new();
        let mut columns = self.names;
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
        Ok(Table { columns, x, y, rows: self.rows, notes })
    }
}

/// Whether these are 0, 1, 2, ... or 1, 2, 3, ..., as tools write rows' names that nobody gave.
fn counts_rows(column: &ArrayView1<f64>) -> bool {
    let first = column.first().copied().unwrap_or_default();
    [0.0, 1.0].contains(&first) && column.iter().enumerate().all(|(row, &value)| value == first + row as f64)
}

/// Labels are numbers if all of them are; truth values stay the names they are.
fn text_or_numbers(labels: Vec<Option<String>>) -> Labels {
    let numbers: Option<Vec<f64>> =
        labels.iter().map(|label| label.as_ref().map_or(Some(f64::NAN), |label| label.parse().ok())).collect();
    match numbers {
        Some(numbers) => Labels::Numbers(Array2::from_shape_fn((numbers.len(), 1), |(i, _)| numbers[i])),
        None => Labels::Text(labels),
    }
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
    for &byte in bytes {
        match byte {
            b'"' => quoted = !quoted,
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
        parse(&Input { file: "cats.csv".into(), bytes: text.to_vec(), wanted, budget: Budget(1_000_000) })
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
        assert_eq!(table.y, Some(("\"species\"".into(), Labels::Text(vec![Some("cat".into()), Some("dog".into())]))));
        assert_eq!(table.rows, [2, 3]);
    }

    #[test]
    fn rows_names_are_no_feature() {
        let table = read(",a,y\n0,5,cat\n1,6,dog\n").unwrap();
        assert_eq!((table.x, table.columns), (array![[5.0], [6.0]], Some(vec!["a".into()])));
        assert_eq!(table.notes, ["the first column of cats.csv has no name and counts the rows: it is left out"]);
        assert_eq!(read(",a,y\n3,5,cat\n4,6,dog\n").unwrap().x.ncols(), 2);
    }

    #[test]
    fn no_header() {
        for text in ["1,2,cat\n3,4,dog\n", "1,2,0\n3,4,1\n", "1,2,cat\n"] {
            let table = read(text).unwrap();
            assert_eq!((table.columns, table.rows[0]), (None, 1));
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
            Input { file: "a.csv".into(), bytes: text.into(), wanted: &Wanted::default(), budget: Budget(9_000) };
        assert!(matches!(parse(&input), Err(DataError::TooLarge { .. })));
    }
}
