//! CSV: text tables with commas, semicolons, tabs or bars, with or without a header.
//!
//! Cells are numbers as long as all of their column are; the text of other columns is gathered when that is known. Long files are
//! cut into pieces, which are read on all cores and put together in their order.

mod number;
mod pieces;
mod quotes;
mod records;

use memchr::{memchr, memchr_iter};
use rayon::prelude::*;

use self::pieces::Body;
use self::quotes::Within;
use self::records::{Place, Records};
use super::cells::{is_missing, is_rounded};
use super::{Format, header};
use crate::data::DataError;
use crate::data::content::{Content, Input, called};
use crate::data::table::{Column, Table};
use crate::words;

pub(super) const FORMAT: Format = Format {
    name: "CSV",
    endings: &["csv", "tsv", "tab", "txt", "data"],
    recognises: |_| false,
    read: |input| parse(&input).map(Content::Table),
};

/// The number in a cell; truth values count.
fn number(cell: &str) -> Option<f64> {
    match cell {
        "true" | "True" | "TRUE" => Some(1.0),
        "false" | "False" | "FALSE" => Some(0.0),
        _ => cell.parse().ok(),
    }
}

fn parse(input: &Input) -> Result<Table, DataError> {
    let file = input.file.as_str();
    let (delimiter, start) = separator_line(&input.bytes).unwrap_or_else(|| (sniff_delimiter(&input.bytes), 0));
    let quotes =
        if has(&input.bytes, b'"') { quotes::check(file, &input.bytes, delimiter)? } else { Within::default() };
    let header = header_of(input, delimiter, start)?;
    let body =
        Body::new(input, delimiter, header.as_ref().map_or(start, |header| header.end), header.as_ref(), quotes)?;
    let mut table = body.read()?;
    let is_empty =
        |column: &Column| matches!(column, Column::Numbers { values, .. } if values.iter().all(|v| v.is_nan()));
    if let Some(names) = &mut table.names
        && names.len() > 1
        && names.last().is_some_and(String::is_empty)
        && table.columns.last().is_some_and(is_empty)
    {
        // Each line ends with a delimiter.
        names.pop();
        table.columns.pop();
    }
    let is_text: Vec<bool> = table.columns.iter().map(|column| matches!(column, Column::Text(_))).collect();
    if let Some(Header { names, place, .. }) = &header
        && let Some(j) = (0..names.len()).find(|&j| swallows_rows(&is_text, delimiter, j, &names[j]))
    {
        return Err(swallowed(file, Some(names), *place, j, &names[j]));
    }
    let file = words::in_a_line(file);
    if table.names.is_none() {
        table.notes.insert(0, header::none(&input.file));
    }
    if quotes.count > 0 {
        table.notes.push(format!(
            "{file}: {} in cells that are not in quotes {} taken as text (the first is in row {})",
            words::many(quotes.count as u64, "quote"),
            if quotes.count == 1 { "is" } else { "are" },
            quotes.first
        ));
    }
    Ok(table)
}

/// A part of a file that one thread looks through at a time.
const STRETCH: usize = 1 << 22;

/// Whether a byte is in a file.
fn has(bytes: &[u8], byte: u8) -> bool {
    bytes.par_chunks(STRETCH).any(|part| memchr(byte, part).is_some())
}

/// A first row that holds names.
struct Header {
    names: Vec<String>,
    place: Place,
    /// The bytes before the row that follows.
    end: usize,
}

/// What Excel takes a first line `sep=;` for: the delimiter, and no row. With the bytes of that line.
fn separator_line(bytes: &[u8]) -> Option<(u8, usize)> {
    let end = memchr(b'\n', bytes)?;
    let line = bytes[..end].trim_ascii();
    let line = line.strip_prefix(b"\"").and_then(|line| line.strip_suffix(b"\"")).unwrap_or(line);
    match line.split_first_chunk::<4>() {
        Some((name, &[delimiter])) if name.eq_ignore_ascii_case(b"sep=") => Some((delimiter, end + 1)),
        _ => None,
    }
}

/// The columns' names, if the first row holds names.
fn header_of(input: &Input, delimiter: u8, start: usize) -> Result<Option<Header>, DataError> {
    /// What a name takes besides its characters, and what is known of its column.
    const EACH: u64 = 64;
    let mut records = Records::new(&input.file, &input.bytes[start..], delimiter);
    let Some(mut place) = records.next()? else { return Ok(None) };
    place.row += usize::from(start > 0);
    let end = start + records.position();
    input.budget.take_each(&input.file, Some(records.len()), EACH)?;
    let mut first = Vec::with_capacity(records.len());
    for cell in records.cells() {
        first.push(utf8(&input.file, place.row, cell)?.to_owned());
    }
    let mut row = header::First::new(first.iter().map(|cell| !is_missing(cell) && number(cell).is_none()));
    for _ in 0..header::LOOKED_AT {
        if records.next()?.is_none() {
            break;
        }
        for (j, cell) in records.cells().take(first.len()).enumerate() {
            row.look(j, cell == first[j].as_bytes(), || {
                let cell = String::from_utf8_lossy(cell);
                (!is_missing(&cell)).then(|| number(&cell).is_some())
            });
        }
    }
    Ok(row.is_header().then_some(Header { names: first, place, end }))
}

fn utf8<'a>(file: &str, row: usize, cell: &'a [u8]) -> Result<&'a str, DataError> {
    std::str::from_utf8(cell).map_err(|_| DataError::Row {
        file: file.to_owned(),
        row,
        problem: "this is not UTF-8 text: save the file with the encoding UTF-8".to_owned(),
    })
}

/// Whether a cell of several lines is what lies between two quotes that are out of place: the end of its row, whole rows, and
/// the beginning of one up to the same column, with numbers in columns of numbers, of which there is one at least.
fn swallows_rows(is_text: &[bool], delimiter: u8, column: usize, cell: &str) -> bool {
    let width = is_text.len();
    let (mut at, mut numbers) = (column, 0);
    let mut lines = cell.lines().enumerate().filter(|(_, line)| !line.is_empty());
    let fits = lines.all(|(k, line)| {
        if k > 0 && at + 1 != width {
            return false;
        }
        let last = at;
        at = if k > 0 { 0 } else { last };
        line.split(char::from(delimiter)).enumerate().all(|(n, piece)| {
            at += usize::from(n > 0);
            let piece = piece.trim();
            let is_first = k == 0 && n == 0;
            let is_number = at < width && !is_text[at] && !is_first;
            numbers += usize::from(is_number);
            at < width && (!is_number || is_missing(piece) || number(piece).is_some())
        })
    });
    width > 1 && cell.contains('\n') && fits && at == column && (numbers > 0 || is_text.iter().all(|text| *text))
}

fn swallowed(file: &str, names: Option<&[String]>, place: Place, column: usize, cell: &str) -> DataError {
    let lines = 1 + cell.matches('\n').count();
    let cell = words::foreign(cell);
    DataError::Cell {
        file: file.to_owned(),
        row: place.row,
        column: called(names, column),
        problem: format!("\"{cell}\" is in quotes that run over {lines} lines: is there a quote too many, or too few?"),
    }
}

/// The delimiter that cuts the first lines into equally many cells, or else the most lines. Where a semicolon or a tab
/// does, a comma is more likely to be a decimal one.
fn sniff_delimiter(bytes: &[u8]) -> u8 {
    const CANDIDATES: [u8; 4] = [b'\t', b';', b'|', b','];
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
        let begins = matches!(before, b'\n' | b'\r' | b'\t' | b';' | b'|' | b',' | b'"' | 0xbf);
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
    use super::*;
    use crate::data::content::Rows;
    use crate::data::memory::Budget;

    fn read_bytes(text: &[u8]) -> Result<Table, DataError> {
        parse(&Input { file: "cats.csv".into(), bytes: text.to_vec(), budget: &Budget::of(20_000_000) })
    }

    fn read(text: &str) -> Result<Table, DataError> {
        read_bytes(text.as_bytes())
    }

    fn error(text: &str) -> String {
        read(text).err().unwrap().to_string()
    }

    fn text(cells: &[&str]) -> Column {
        Column::Text(cells.iter().copied().collect())
    }

    fn numbers(values: &[f64]) -> Column {
        Column::Numbers { values: values.to_vec(), rounded: false }
    }

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn header_numbers_and_text() {
        let table = read("age,weight,species\n1,2.5,cat\n3,4,dog\n").unwrap();
        assert_eq!(table.names.unwrap(), names(&["age", "weight", "species"]));
        assert_eq!(table.columns, [numbers(&[1.0, 3.0]), numbers(&[2.5, 4.0]), text(&["cat", "dog"])]);
        assert_eq!(table.rows, Rows::From(2));
    }

    #[test]
    fn a_column_is_text_if_one_cell_of_it_is() {
        let second = |text: &str| read(text).unwrap().columns.remove(1);
        assert_eq!(second("a,y\n1,1\n2,2.50\n3,x\n"), text(&["1", "2.50", "x"]));
        assert_eq!(second("a,y\n1,x\n2,2.50\n3,1\n"), text(&["x", "2.50", "1"]));
        assert_eq!(second("a,y\n1,1\n2,True\n3,False\n"), text(&["1", "True", "False"]));
        assert_eq!(second("a,y\n1,1\n2,2.50\n3,-0\n"), numbers(&[1.0, 2.5, -0.0]));
        assert_eq!(second("a,y\n1,x\n2,n/a\n3,\n"), text(&["x", "", ""]));
        let Column::Numbers { values, .. } = second("a,y\n1,1\n2,n/a\n3,\n") else { panic!("numbers") };
        assert!(values[0] == 1.0 && values[1].is_nan() && values[2].is_nan());
    }

    #[test]
    fn no_header() {
        for text in ["1,2,cat\n3,4,dog\n", "1,2,0\n3,4,1\n", "1,2,cat\n"] {
            let table = read(text).unwrap();
            assert_eq!((table.names, table.rows.at(0)), (None, 1));
            assert_eq!(table.notes.len(), 1);
        }
        assert_eq!(read("cat\ndog\ncat\n").unwrap().names, None);
        assert!(read("species\ncat\ndog\ncat\n").unwrap().names.is_some());
    }

    #[test]
    fn delimiters_quotes_and_line_ends() {
        for text in [
            "a;b;y\r\n1;2;0\r\n",
            "a\tb\ty\n1\t2\t0",
            "a|b|y\n1|2|0\n",
            "\u{feff}a, b, y\n1, 2 , 0\n",
            "\"a\",\"b\",\"y\"\n\"1\",2,0",
            "a,b,y\r1,2,0\r",
        ] {
            let table = read(text).unwrap();
            assert_eq!(table.columns, [numbers(&[1.0]), numbers(&[2.0]), numbers(&[0.0])], "{text:?}");
            assert_eq!(table.names.unwrap(), names(&["a", "b", "y"]), "{text:?}");
        }
        assert_eq!(read("a;b\n1,5;0\n").unwrap().columns[0], text(&["1,5"]));
    }

    #[test]
    fn excels_line_of_the_separator_is_no_row() {
        for first in ["sep=^\r\n", "\"SEP=^\"\n"] {
            let table = read(&format!("{first}a^y\n1.5^0\n2^1\n")).unwrap();
            assert_eq!(table.columns, [numbers(&[1.5, 2.0]), numbers(&[0.0, 1.0])], "{first}");
            assert_eq!((table.names.unwrap(), table.rows), (names(&["a", "y"]), Rows::From(3)));
        }
        assert_eq!(read("sep=;\n1;2\n3;4\n").unwrap().rows, Rows::From(2));
        assert_eq!(read("sep=,y\nx,1\nz,2\n").unwrap().names.unwrap(), names(&["sep=", "y"]));
    }

    #[test]
    fn rows_are_counted_as_an_editor_does() {
        for end in ["\n", "\r\n"] {
            let rows = read(&format!("a,y{end}1,0{end}{end}{end}2,1{end}\"3\",0{end}x,1{end}")).unwrap().rows;
            assert_eq!((0..4).map(|row| rows.at(row)).collect::<Vec<_>>(), [2, 5, 6, 7]);
        }
    }

    /// A file of many pieces is what one piece would be.
    #[test]
    fn pieces_are_put_together() {
        let row = |i: usize| {
            let gap = if i % 1000 == 7 { "\n" } else { "" };
            format!(
                "{gap}{i},{},{}\n",
                if i == 150_000 { "odd".to_owned() } else { format!("{i}.5") },
                ["a", "b", ""][i % 3]
            )
        };
        let body: String = (0..400_000).map(row).collect();
        let bytes = format!("x,z,kind\n{body}").into_bytes();
        assert!(bytes.len() > 6_000_000);
        let table = parse(&Input { file: "a.csv".into(), bytes, budget: &Budget::of(1 << 30) }).unwrap();
        let Column::Numbers { values, .. } = &table.columns[0] else { panic!("numbers") };
        assert!(values.len() == 400_000 && values.iter().enumerate().all(|(i, &value)| value == i as f64));
        let (Column::Text(odd), Column::Text(kinds)) = (&table.columns[1], &table.columns[2]) else { panic!("text") };
        assert!((odd.get(150_000), odd.get(399_999)) == (Some("odd"), Some("399999.5")));
        assert!((0..400_000).all(|i| kinds.get(i) == [Some("a"), Some("b"), None][i % 3]));
        assert_eq!((table.rows.at(0), table.rows.at(6), table.rows.at(7), table.rows.at(399_999)), (2, 8, 10, 400_401));
        let ragged = format!("x,z,kind\n{body}1,2\n{body}3\n").into_bytes();
        let error = parse(&Input { file: "a.csv".into(), bytes: ragged, budget: &Budget::of(1 << 30) }).err().unwrap();
        assert_eq!(error.to_string(), "a.csv, row 400402: 2 cells where the first row has 3");
    }

    #[test]
    fn ragged_empty_and_foreign_files() {
        assert_eq!(error("a,b\n1,2\n1,2,3\n"), "cats.csv, row 3: 3 cells where the first row has 2");
        assert_eq!(error("a,b\n1,2\n1\n"), "cats.csv, row 3: 1 cells where the first row has 2");
        assert_eq!(error("a,b\n"), "cats.csv: the file has a header and no rows");
        assert_eq!(error("\n\n"), "cats.csv: the file has no rows");
        let latin1 = read_bytes(b"a,y\n1,caf\xe9\n").err().unwrap().to_string();
        assert_eq!(latin1, "cats.csv, row 2: this is not UTF-8 text: save the file with the encoding UTF-8");
    }

    #[test]
    fn too_large_is_said_before_reading() {
        let text = "1,2\n".repeat(1000);
        let input = Input { file: "a.csv".into(), bytes: text.into(), budget: &Budget::of(9_000) };
        assert!(matches!(parse(&input), Err(DataError::TooLarge { .. })));
    }

    /// What a row is missing or blank takes no memory, whatever the first row says of the columns.
    #[test]
    fn few_bytes_take_little_memory() {
        let wide = "1,".repeat(9_999) + "1\n";
        assert!(
            error(&(wide.clone() + &"1\n".repeat(300_000))).contains("row 2: 1 cells where the first row has 10000")
        );
        let blank = read(&(wide + &"\n".repeat(300_000))).unwrap();
        assert_eq!((blank.columns.len(), blank.columns[0].len()), (10_000, 1));
    }

    #[test]
    fn points_between_thousands_where_commas_are_before_fractions() {
        let first = |text: &str| read(text).unwrap().columns.remove(0);
        for delimiter in [";", "\t", "|"] {
            // Another column has decimal commas.
            let table = "a,y\n1.200,0_5\n2.400,1_5\n".replace(',', delimiter).replace('_', ",");
            assert_eq!(first(&table), text(&["1.200", "2.400"]), "{table}");
            // Nothing says so, or another one has fractions behind points.
            let table = "a,y\n1.200,0.5\n2.400,1.25\n".replace(',', delimiter);
            assert_eq!(first(&table), numbers(&[1.2, 2.4]), "{table}");
        }
        assert_eq!(first("a;y\n1.200;0\n2.400;1\n"), text(&["1.200", "2.400"]));
        assert_eq!(first("a\ty\n1.200\t0\n2.400\t1\n"), numbers(&[1.2, 2.4]));
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
        let cat = "big,\nblack cat";
        assert_eq!(table.columns, [numbers(&[1.0, 2.0, 3.0]), text(&[cat, "dog", cat])]);
        assert_eq!(table.rows, Rows::Numbered(vec![3, 5, 6]));
        assert_eq!(
            table.notes,
            [
                "cats.csv: cells in quotes run over several lines in 2 rows (the first is row 3), so that there are 3 rows in 5 \
              lines"
            ]
        );
        let quoted = read("\"a\",\"y\"\n\"1\",\"a, b\nc\"\n\"2\",\"d\"\n").unwrap();
        assert_eq!(quoted.columns[1], text(&["a, b\nc", "d"]));
        // Also where it looks as if it were one of two around a label.
        for label in ["5\" disk", "cat\"", "cat\"\"", "'cat\"", "cat\"\r"] {
            let notes = read(&format!("a,y\n1,{label}\n2,cat\n")).unwrap().notes;
            assert!(notes[0].contains("in cells that are not in quotes") && notes[0].contains("in row 2"), "{label}");
        }
    }

    #[test]
    fn whole_numbers_that_are_rounded_are_noticed() {
        let is_rounded = |cell: &str| match &read(&format!("a,y\n{cell},0\n2,1\n")).unwrap().columns[0] {
            Column::Numbers { rounded, .. } => *rounded,
            _ => panic!("{cell} is a number"),
        };
        assert!(is_rounded("9007199254740993"));
        for exact in
            ["9007199254740992", "-9007199254740992", "0000000000000000000001", "0.12345678901234567890", "1e300"]
        {
            assert!(!is_rounded(exact), "{exact}");
        }
    }

    #[test]
    fn a_text_of_commas_takes_no_memory_for_its_cells() {
        let text = ",".repeat(5_000_000);
        let budget = Budget::of(1 << 40);
        let input = Input { file: "a.csv".into(), bytes: text.into(), budget: &budget };
        let error = parse(&input).err().unwrap().to_string();
        assert_eq!(error, "a.csv, row 1: there are more than 4194304 cells in it: is this a table?");
        let error = self::error(&"1".repeat(70_000_000));
        assert_eq!(error, "cats.csv, row 1: there are more than 67108864 characters in it: is this a table?");
    }
}
