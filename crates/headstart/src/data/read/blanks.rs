//! Text tables whose columns are apart by blanks or tabs, as many as there may be, with or without a header.

use super::cells::{Cell, Column, grow, is_missing};
use super::points::Points;
use super::{Format, header, unreadable};
use crate::data::DataError;
use crate::data::columns::{Decimal, certain_decimal};
use crate::data::content::{Content, Input, Rows, called};
use crate::data::table::Table;

pub(super) const FORMAT: Format = Format {
    name: "text with blanks",
    endings: &[],
    recognises: is_table,
    read: |input| parse(&input).map(Content::Table),
};

/// Cells of one line; a quote that begins one ends at the next that is not double, and blanks within are text.
fn cells(line: &str) -> Cells<'_> {
    Cells { rest: line.trim() }
}

struct Cells<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Cells<'a> {
    /// The cell, its quotes with it; an error if there is no closing one, or text behind it.
    type Item = Result<&'a str, ()>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let end = if self.rest.starts_with('"') {
            match closing_quote(self.rest) {
                Some(end) if self.rest[end..].chars().next().is_none_or(char::is_whitespace) => end,
                _ => {
                    self.rest = "";
                    return Some(Err(()));
                }
            }
        } else {
            self.rest.find(char::is_whitespace).unwrap_or(self.rest.len())
        };
        let cell;
        (cell, self.rest) = self.rest.split_at(end);
        self.rest = self.rest.trim_start();
        Some(Ok(cell))
    }
}

/// Where the cell ends that begins with a quote.
fn closing_quote(text: &str) -> Option<usize> {
    let mut quotes = memchr::memchr_iter(b'"', text.as_bytes()).skip(1).peekable();
    while let Some(at) = quotes.next() {
        if quotes.next_if_eq(&(at + 1)).is_none() {
            return Some(at + 1);
        }
    }
    None
}

/// The text of a cell without its quotes.
fn text(cell: &str) -> std::borrow::Cow<'_, str> {
    match cell.strip_prefix('"').and_then(|cell| cell.strip_suffix('"')) {
        Some(within) if within.contains('"') => within.replace("\"\"", "\"").into(),
        Some(within) => within.into(),
        None => cell.into(),
    }
}

fn number(cell: &str) -> Option<Cell<'_>> {
    if cell.starts_with('"') { None } else { Cell::parse(cell) }
}

/// The lines that hold something, with their numbers, without comments.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.lines().enumerate().map(|(at, line)| (at + 1, line.trim()));
    let mut above = true;
    lines.filter(move |(_, line)| {
        let is_comment = if above { comment_above(line) } else { comment(line) }.is_some();
        let is_row = !line.is_empty() && !is_comment;
        above &= !is_row;
        is_row
    })
}

/// What a comment says: behind `#`, as NumPy writes it, or `%`, as MATLAB has it, and a blank.
fn comment(line: &str) -> Option<&str> {
    line.strip_prefix(['#', '%']).filter(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace))
}

/// The same of a line above all rows, where `%` needs no blank: further down a cell may begin with it.
fn comment_above(line: &str) -> Option<&str> {
    comment(line).or_else(|| line.strip_prefix('%'))
}

/// Whether bytes are such a table: blanks cut the first lines into equally many cells, more than one, and neither commas,
/// semicolons nor single tabs do. As names of one column have blanks, too, the first column has to be numbers, or two others,
/// where no header gives the rows' names away, which has one cell less.
pub(super) fn is_table(bytes: &[u8]) -> bool {
    const LOOKED_AT: usize = 20;
    let head = &bytes[..bytes.len().min(1 << 16)];
    let head = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default(),
    };
    // The last line may be cut off by the end of what is looked at.
    let head = if head.len() < bytes.len() { head.rsplit_once('\n').map_or(head, |(lines, _)| lines) } else { head };
    // Of each line which cells are numbers, and how many cells single tabs would make.
    let mut rows = Vec::with_capacity(LOOKED_AT);
    let mut tabs = Vec::with_capacity(LOOKED_AT);
    let mut padded = false;
    for (_, line) in lines(head).take(LOOKED_AT) {
        let mut numeric = Vec::new();
        for cell in cells(line) {
            match cell {
                Ok(cell) if cell.starts_with('"') || !cell.contains([',', ';']) || is_decimal(cell) => {
                    numeric.push(is_missing(cell) || is_decimal(cell) || number(cell).is_some());
                }
                _ => return false,
            }
        }
        rows.push(numeric);
        tabs.push(line.matches('\t').count() + 1);
        padded |= [" \t", "\t ", "  "].iter().any(|run| line.contains(run));
    }
    let (Some(width), Some(first)) = (rows.last().map(Vec::len), rows.first().map(Vec::len)) else { return false };
    let tabbed = !padded && tabs[0] > 1 && tabs.iter().all(|&cells| cells == tabs[0]);
    let has_names = rows.len() > 2 && first > 1 && first + 1 == width;
    let below = &rows[usize::from(rows.len() > 1)..];
    if width < 2 || tabbed || !has_names && first != width || below.iter().any(|row| row.len() != width) {
        return false;
    }
    let is_numeric = |column: &usize| below.iter().all(|row| row[*column]);
    has_names || is_numeric(&0) || (1..width).filter(is_numeric).count() > 1
}

/// Whether a cell is a number with a comma before its decimals.
fn is_decimal(cell: &str) -> bool {
    cell.split_once(',').is_some_and(|(whole, decimals)| {
        let whole = whole.trim_start_matches(['-', '+']);
        [whole, decimals].iter().all(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
    })
}

fn is_text(cell: &str) -> bool {
    !is_missing(cell) && number(cell).is_none()
}

/// The number of columns: of cells in the first line, but one more where it has the names of all columns but the rows' names.
fn width(text: &str) -> usize {
    let mut first = lines(text).map(|(_, line)| line);
    let header = first.next().unwrap_or_default();
    let (count, next) = (cells(header).count(), first.next().map_or(0, |line| cells(line).count()));
    count + usize::from(next == count + 1 && cells(header).flatten().any(is_text))
}

/// The columns' names and the line that has them, if the first line, or a comment above it, is a header.
fn header_of<'a>(text: &'a str, width: usize) -> Option<(usize, Vec<&'a str>)> {
    let split = |line: &'a str| cells(line).collect::<Result<Vec<_>, _>>();
    let first = lines(text).next()?;
    // What is wrong with its quotes is said where it is read as a row.
    let names = split(first.1).ok()?;
    if names.len() + 1 == width {
        return Some((first.0, names));
    }
    let mut row = header::First::new(names.iter().map(|cell| is_text(cell)));
    for (_, line) in lines(text).skip(1).take(header::LOOKED_AT) {
        for (at, cell) in split(line).into_iter().flatten().enumerate().take(names.len()) {
            row.look(at, cell == names[at], || (!is_missing(cell)).then(|| number(cell).is_some()));
        }
    }
    if row.is_header() {
        return Some((first.0, names));
    }
    let above = text.lines().take(first.0 - 1).filter_map(|line| comment_above(line.trim())).last()?;
    let names = split(above).ok()?;
    (names.len() == width && names.iter().all(|cell| is_text(cell))).then_some((0, names))
}

/// More cells than this in a row are no table.
const MOST: usize = 1 << 22;

pub(super) fn parse(input: &Input) -> Result<Table, DataError> {
    /// What is kept of each column.
    const EACH: u64 = 128;
    let (file, budget) = (input.file.as_str(), input.budget);
    let content = std::str::from_utf8(&input.bytes).map_err(|error| unreadable(file, FORMAT.name, &error))?;
    let width = width(content);
    if width > MOST {
        let problem = format!("there are more than {MOST} cells in a row: is this a table?");
        return Err(DataError::content(file, problem));
    }
    let header = header_of(content, width);
    let first = header.as_ref().map_or(0, |(line, _)| *line);
    let rows = || lines(content).filter(move |(line, _)| *line > first);
    if rows().next().is_none() {
        return Err(header::alone(file, "file", header.is_some()));
    }
    budget.take_each(file, Some(width), EACH)?;
    let names = header.map(|(_, cells)| {
        let unnamed = (cells.len() + 1 == width).then(String::new);
        unnamed.into_iter().chain(cells.into_iter().map(|cell| text(cell).trim().to_owned())).collect::<Vec<_>>()
    });

    // Which columns are numbers is known only at the end, and text is kept as it stands there.
    let mut numeric = vec![true; width];
    let mut points = vec![Points::default(); width];
    let mut numbers = Vec::new();
    for (row, line) in rows() {
        grow(file, budget, &mut numbers, row)?;
        let error = |problem: String| DataError::Row { file: file.to_owned(), row, problem };
        let mut count = 0;
        for cell in cells(line) {
            let Ok(cell) = cell else {
                let name = called(names.as_deref(), count);
                let problem =
                    format!("column {name}: a quote opens a cell and does not close it: is there one too many?");
                return Err(error(problem));
            };
            if let (Some(numeric), Some(points)) = (numeric.get_mut(count), points.get_mut(count)) {
                *numeric = *numeric && (is_missing(&text(cell)) || number(cell).is_some());
                points.look(cell.as_bytes());
            }
            count += 1;
        }
        if count != width {
            return Err(error(format!("{count} cells where the first row has {width}")));
        }
    }
    let read = |numeric: &[bool]| {
        let column = |&numeric: &bool| if numeric { Column::new(file, budget) } else { Column::text(file, budget) };
        let mut columns: Vec<_> = numeric.iter().map(column).collect();
        for (_, line) in rows() {
            for ((column, cell), numeric) in columns.iter_mut().zip(cells(line).flatten()).zip(numeric) {
                match number(cell).filter(|_| *numeric && !is_missing(cell)) {
                    Some(number) => column.push(number)?,
                    None => column.push(Cell::of(&text(cell)))?,
                }
            }
        }
        columns.into_iter().map(Column::finish).collect::<Result<Vec<_>, _>>()
    };
    let left = budget.left();
    let mut columns = read(&numeric)?;
    if certain_decimal(&columns) == Some(Decimal::Comma) {
        // Then points stand between thousands where they can.
        numeric.iter_mut().zip(points).for_each(|(numeric, points)| *numeric &= !points.may_group());
        drop(columns);
        budget.give_back(left - budget.left());
        columns = read(&numeric)?;
    }
    let mut notes = Vec::new();
    if names.is_none() {
        notes.push(header::none(file));
    }
    Ok(Table { names, columns, rows: Rows::Numbered(numbers), decimal: None, label: None, notes })
}

#[cfg(test)]
mod tests {
    use super::super::cells::tests::{numbers, read, same, text, within};
    use super::*;
    use crate::data::content::Rows;

    fn parsed(text: &str) -> Table {
        assert!(is_table(text.as_bytes()), "{text}");
        read(parse, "a.dat", text).unwrap()
    }

    fn error(text: &str) -> String {
        read(parse, "a.dat", text).err().unwrap().to_string()
    }

    #[test]
    fn runs_of_blanks_and_tabs() {
        let table = parsed("  5.1   3.5 setosa\n\t4.9\t 3.0  virginica  \r\n\n 1e3 NA setosa");
        assert_eq!(table.names, None);
        assert_eq!(table.columns[0], numbers(&[5.1, 4.9, 1000.0]));
        assert!(same(&table.columns[1], &numbers(&[3.5, 3.0, f64::NAN])));
        assert_eq!(parsed("1 \t 2  3\n4 \t 5  6\n").columns.len(), 3);
        assert_eq!(table.columns[2], text(&["setosa", "virginica", "setosa"]));
        assert_eq!(table.rows, Rows::Numbered(vec![1, 2, 4]));
        assert_eq!(table.notes, ["a.dat has no header: its first row is taken as data"]);
    }

    #[test]
    fn headers() {
        let table = parsed("age  kind\n 1 cat\n 2 dog\n");
        assert_eq!(table.names.unwrap(), ["age", "kind"]);
        assert_eq!(table.rows, Rows::Numbered(vec![2, 3]));
        // R's write.table gives the rows' names no name; NumPy's savetxt writes the header as a comment.
        let table = parsed("\"a\" \"b c\"\n\"1\" 5 \"x \"\"y\"\"\"\n\"2\" 6 \"z\"\n");
        assert_eq!(table.names.unwrap(), ["", "a", "b c"]);
        assert_eq!(table.columns[1..], [numbers(&[5.0, 6.0]), text(&["x \"y\"", "z"])]);
        let table = parsed("# a b\n1 2\n3 4\n");
        assert_eq!(
            (table.names.unwrap(), table.columns[1].clone()),
            (vec!["a".into(), "b".into()], numbers(&[2.0, 4.0]))
        );
        assert_eq!(parsed("# of two kinds\n1 2\n3 4\n").names, None);
        let table = parsed("%header by matlab\n%\n1 2\n% more\n3 4\n");
        assert_eq!((table.names, table.rows), (None, Rows::Numbered(vec![3, 5])));
        assert_eq!(parsed("%a b\n1 2\n3 4\n").names.unwrap(), ["a", "b"]);
        assert_eq!(parsed("1 2 0\n%5 3 1\n").columns[0], text(&["1", "%5"]));
    }

    #[test]
    fn text_stays_as_it_is() {
        let table = parsed("007 1,5 #f 2\n1 2,25 #f 3\nB2 3 #f 4\n");
        let texts = [text(&["007", "1", "B2"]), text(&["1,5", "2,25", "3"]), text(&["#f", "#f", "#f"])];
        assert_eq!(table.columns[..3], texts);
    }

    #[test]
    fn other_tables_are_not_taken_for_one() {
        for other in [
            "1,2\n3,4\n",
            "a, b, y\n1, 2, 0\n",
            "name;town\nA b;c\n",
            "first name\tage\nA B\t1\n",
            "one\ntwo\n",
            "two words\nthree words here\n",
            "Iris setosa\nIris virginica\n",
            "kind\nclass 1\nclass 2\n",
            "class 1\nclass 2\n",
            "when\n2024-01-01 10:00\n2024-01-01 11:00\n",
            "5,2019-01-01 10:00\n6,2019-01-01 11:00\n",
            "",
            "\n#\n",
        ] {
            assert!(!is_table(other.as_bytes()), "{other}");
        }
    }

    #[test]
    fn points_stand_between_thousands_where_commas_are_before_fractions() {
        let first = |table: &str| parsed(table).columns.remove(0);
        assert_eq!(first("a  b\n1.200  0,5\n2.400  1,5\n"), text(&["1.200", "2.400"]));
        assert_eq!(first("a  b\n1.200  0.5\n2.400  1.5\n"), numbers(&[1.2, 2.4]));
        assert_eq!(first("a  b\n1.25  0,5\n2.400  1,5\n"), numbers(&[1.25, 2.4]));
    }

    #[test]
    fn damage_and_nothing() {
        assert!(error("\"a b\n1 2\n3 4\n").contains("row 1"));
        assert_eq!(error("1 2\n3 4 5\n"), "a.dat, row 2: 3 cells where the first row has 2");
        assert_eq!(error("1 2\n3 4\n3 4 5\n"), "a.dat, row 3: 3 cells where the first row has 2");
        assert!(error("a b\n1 \"x\n").starts_with("a.dat, row 2: column \"b\": a quote opens a cell"));
        assert!(error("1 2\n\"x\"y 4\n").starts_with("a.dat, row 2: column 0 (the first is 0): a quote"));
        assert_eq!(error("\n\n"), "a.dat: the file has no rows");
        assert_eq!(error("a b c\n"), "a.dat: the file has a header and no rows");
        let many = "1 2 x\n".repeat(1000);
        assert!(matches!(within(parse, "a.dat", many, 10_000), Err(DataError::TooLarge { .. })));
    }
}
