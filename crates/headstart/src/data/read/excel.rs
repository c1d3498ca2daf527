//! Excel's workbooks (.xlsx): the first sheet with cells in it, a header above.
//!
//! The crate `calamine` decodes. It makes room for what a file claims and keeps the texts of all sheets, so a file is measured
//! against the budget before it is handed over. Its readers of `.xls`, `.xlsb` and `.ods` make room for every cell between the first
//! and the last one, wherever those are said to be, and so are not used.

use std::collections::BTreeMap;
use std::io::{Cursor, Read, Seek, copy, sink};

use calamine::{DataRef, Reader, Xlsx, XlsxError, open_workbook_from_rs};
use zip::ZipArchive;

use super::cells::{Cell, Column, days, grow, table};
use super::guard::no_panic;
use super::gzip::read_within;
use super::{Format, header, unreadable, zipped};
use crate::data::DataError;
use crate::data::content::{Content, Input};
use crate::data::memory::Budget;
use crate::data::table::{self, Table};
use crate::words;

pub(super) const FORMAT: Format = Format {
    name: "Excel",
    endings: &["xlsx", "xlsm"],
    recognises: zipped::is_workbook,
    read: |input| parse(&input).map(Content::Table),
};

pub(super) fn parse(input: &Input) -> Result<Table, DataError> {
    let (file, budget) = (input.file.as_str(), input.budget);
    let taken = measure(file, &input.bytes, budget)?;
    let table = no_panic(|| read(file, &input.bytes, budget)).map_err(|panic| unreadable(file, FORMAT.name, &panic))?;
    budget.give_back(taken);
    table
}

/// Refuses a file that unfolds to more than the budget, or claims more texts than it has, and takes what is kept of it.
fn measure(file: &str, bytes: &[u8], budget: &Budget) -> Result<u64, DataError> {
    /// What is kept of texts, beside their length in the file: `<si/>` is the shortest one.
    const KEPT: u64 = 8;
    let error = |reason: &dyn std::fmt::Display| unreadable(file, FORMAT.name, reason);
    let mut zip = ZipArchive::new(Cursor::new(bytes)).map_err(|reason| error(&format!("{reason} (is it cut off?)")))?;
    let mut taken = 0;
    for at in 0..zip.len() {
        let mut entry = zip.by_index(at).map_err(|reason| error(&reason))?;
        let name = entry.name().map_err(|reason| error(&reason))?.to_lowercase();
        let left = budget.left();
        if name.ends_with("sharedstrings.xml") {
            let xml = read_within(entry, 0, file, budget, FORMAT.name)?;
            budget.give_back(xml.len() as u64);
            if claimed(&xml).is_none_or(|texts| texts > xml.len() as u64) {
                return Err(error(&"it claims more texts than it has (is it damaged?)"));
            }
            taken += KEPT * xml.len() as u64;
            budget.take(file, Some(KEPT * xml.len() as u64))?;
            continue;
        }
        let size =
            copy(&mut entry.by_ref().take(left.saturating_add(1)), &mut sink()).map_err(|reason| error(&reason))?;
        if size > left {
            return Err(budget.take(file, None).err().unwrap_or_else(|| error(&"it is too large")));
        }
        // Sheets are read part by part.
        if !name.starts_with("xl/worksheets/") {
            taken += KEPT * size;
            budget.take(file, Some(KEPT * size))?;
        }
    }
    Ok(taken)
}

/// The largest number of texts that a list of them says it has, for which room is made; none if that cannot be told.
fn claimed(xml: &[u8]) -> Option<u64> {
    const SAYS: &[u8] = b"uniqueCount";
    // UTF-16 would hide it.
    if xml.contains(&0) {
        return None;
    }
    let counts = memchr::memmem::find_iter(xml, SAYS).map(|at| {
        let digits = xml[at + SAYS.len()..].iter().skip_while(|byte| !byte.is_ascii_digit());
        digits
            .take_while(|byte| byte.is_ascii_digit())
            .fold(0_u64, |count, digit| count.saturating_mul(10).saturating_add(u64::from(digit - b'0')))
    });
    Some(counts.max().unwrap_or(0))
}

fn read(file: &str, bytes: &[u8], budget: &Budget) -> Result<Table, DataError> {
    let error = |reason: XlsxError| unreadable(file, FORMAT.name, &reason);
    let mut book: Xlsx<_> = open_workbook_from_rs(Cursor::new(bytes)).map_err(error)?;
    let names = book.sheet_names();
    for name in &names {
        let header = match header_of(&mut book, name, file, budget) {
            Ok(header) => header,
            Err(Problem::Refused(refusal)) => return Err(refusal),
            // A chart.
            Err(Problem::Xlsx(XlsxError::NotAWorksheet(_))) => continue,
            Err(Problem::Xlsx(reason)) => return Err(error(reason)),
        };
        let mut cells = book.worksheet_cells_reader(name).map_err(error)?;
        let mut sheet = Sheet { file, budget, header, columns: BTreeMap::new(), lines: Vec::new() };
        while let Some(cell) = cells.next_cell().map_err(error)? {
            sheet.push(cell.get_position(), cell.get_value())?;
        }
        if !sheet.lines.is_empty() || sheet.header.is_some() {
            let mut table = sheet.finish()?;
            if names.len() > 1 {
                let (shown, name) = (words::in_a_line(file), words::foreign(name));
                let note =
                    format!("{shown} has {} sheets: \"{name}\" is read, the first with cells in it", names.len());
                table.notes.insert(0, note);
            }
            return Ok(table);
        }
    }
    Err(DataError::content(file, "there are no cells in it"))
}

enum Problem {
    Xlsx(XlsxError),
    Refused(DataError),
}

impl From<XlsxError> for Problem {
    fn from(error: XlsxError) -> Self {
        Self::Xlsx(error)
    }
}

impl From<DataError> for Problem {
    fn from(error: DataError) -> Self {
        Self::Refused(error)
    }
}

/// The columns' names, and the row they stand in.
struct Header {
    row: u32,
    names: BTreeMap<u32, String>,
}

/// The columns' names, if the first row with cells in it holds names: by the rule that CSV has, for the cells that are there.
fn header_of(
    book: &mut Xlsx<impl Read + Seek>,
    sheet: &str,
    file: &str,
    budget: &Budget,
) -> Result<Option<Header>, Problem> {
    /// What a name takes besides its characters, and what is known of its column.
    const EACH: u64 = 128;
    let mut cells = book.worksheet_cells_reader(sheet)?;
    // The names by their columns, with the place of each among the cells that are there, and which of these are text.
    let (mut names, mut are_text): (BTreeMap<u32, (usize, String)>, Vec<bool>) = (BTreeMap::new(), Vec::new());
    let mut first = None;
    let mut top = None;
    while let Some(read) = cells.next_cell()? {
        let ((row, column), cell) = (read.get_position(), cell(read.get_value()));
        if cell == Cell::Missing {
            continue;
        }
        let top = *top.get_or_insert(row);
        if row.saturating_sub(top) as usize > header::LOOKED_AT {
            break;
        }
        let is_text = matches!(cell, Cell::Text(_));
        if row == top {
            let name = cell.text();
            budget.take(file, Some(EACH + name.len() as u64))?;
            names.insert(column, (are_text.len(), name.into_owned()));
            are_text.push(is_text);
        } else if let Some((place, name)) = names.get(&column) {
            let first = first.get_or_insert_with(|| header::First::new(are_text.iter().copied()));
            first.look(*place, cell == Cell::Text(name), || Some(!is_text));
        }
    }
    let is_header = first.unwrap_or_else(|| header::First::new(are_text)).is_header();
    let names = names.into_iter().map(|(column, (_, name))| (column, name)).collect();
    Ok(top.filter(|_| is_header).map(|row| Header { row, names }))
}

/// A sheet on its way, cell by cell, those without anything left out.
struct Sheet<'a> {
    file: &'a str,
    budget: &'a Budget,
    header: Option<Header>,
    columns: BTreeMap<u32, Column<'a>>,
    lines: Vec<usize>,
}

impl Sheet<'_> {
    fn push(&mut self, (row, column): (u32, u32), value: &DataRef) -> Result<(), DataError> {
        let cell = cell(value);
        let in_header = self.lines.is_empty() && self.header.as_ref().is_some_and(|header| header.row == row);
        if cell == Cell::Missing || in_header {
            return Ok(());
        }
        if self.lines.last() != Some(&(row as usize + 1)) {
            self.begin(row)?;
        }
        self.put(column, cell)
    }

    /// Begins a row.
    fn begin(&mut self, row: u32) -> Result<(), DataError> {
        let line = row as usize + 1;
        let before = self.lines.last().copied().or(self.header.as_ref().map(|header| header.row as usize + 1));
        if before.is_some_and(|before| line <= before) {
            return Err(unreadable(self.file, FORMAT.name, &"its rows are not in their order (is it damaged?)"));
        }
        grow(self.file, self.budget, &mut self.lines, line)
    }

    fn put(&mut self, column: u32, cell: Cell) -> Result<(), DataError> {
        let column = self.column(column)?;
        let (file, rows) = (self.file, self.lines.len());
        let column = self.columns.entry(column).or_insert_with(|| Column::new(file, self.budget));
        if column.len() >= rows {
            return Err(unreadable(file, FORMAT.name, &"a cell is there twice (is it damaged?)"));
        }
        column.pad(rows - 1)?;
        column.push(cell)
    }

    /// The same column, once there is room for it.
    fn column(&self, column: u32) -> Result<u32, DataError> {
        /// What a column takes besides its cells.
        const EACH: u64 = 256;
        if !self.columns.contains_key(&column) {
            self.budget.take(self.file, Some(EACH))?;
        }
        Ok(column)
    }

    fn finish(mut self) -> Result<Table, DataError> {
        let file = self.file;
        if self.lines.is_empty() {
            return Err(header::alone(file, "sheet", true));
        }
        let mut header = self.header.take().map(|header| header.names);
        for &column in header.iter().flat_map(BTreeMap::keys) {
            let column = self.column(column)?;
            self.columns.entry(column).or_insert_with(|| Column::new(file, self.budget));
        }
        self.columns.values_mut().try_for_each(|column| column.pad(self.lines.len()))?;
        let names = header.as_mut().map(|header| {
            self.columns.keys().map(|column| header.remove(column).unwrap_or_default()).collect::<Vec<_>>()
        });
        let notes = names.is_none().then(|| header::none(file));
        let columns = self.columns.into_values().collect();
        let mut table = table(names, columns, Some(self.lines), None, notes.into_iter().collect())?;
        table.columns.iter_mut().for_each(hours);
        Ok(table)
    }
}

const DAY: f64 = 86_400.0;

/// Makes hours since midnight of times without a date, as other formats give them: all of them are on the day with the number 0,
/// by one of the two ways in which workbooks count days. Where others have a date it is what a formula makes of nothing, and stays.
fn hours(column: &mut table::Column) {
    let table::Column::Times(times) = column else { return };
    for none in [days(1899, 12, 31), days(1904, 1, 1)] {
        let midnight = none as f64 * DAY;
        if times.iter().all(|time| time.is_nan() || (0.0..DAY).contains(&(time - midnight))) {
            let mut values = std::mem::take(times);
            for time in &mut values {
                *time = (*time - midnight) / 3600.0;
            }
            *column = table::Column::Numbers { values, rounded: false };
            return;
        }
    }
}

/// A cell; what Excel shows as an error, as `#N/A`, is missing.
fn cell<'b>(value: &'b DataRef) -> Cell<'b> {
    match value {
        DataRef::Int(value) => Cell::whole((*value).into()),
        DataRef::Float(value) => Cell::Number(*value, false),
        DataRef::Bool(value) => Cell::whole((*value).into()),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => Cell::of(text),
        DataRef::SharedString(text) => Cell::of(text),
        DataRef::DateTime(time) if time.is_duration() => Cell::Number(time.as_f64() * DAY, false),
        DataRef::DateTime(time) => {
            let (year, month, day, hour, minute, second, milli) = time.to_ymd_hms_milli();
            let within =
                f64::from(hour) * 3600.0 + f64::from(minute) * 60.0 + f64::from(second) + f64::from(milli) / 1e3;
            Cell::Time(days(year.into(), month.into(), day.into()) as f64 * DAY + within)
        }
        DataRef::Error(_) | DataRef::Empty => Cell::Missing,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::cells::tests::{numbers, same, text, within};
    use super::super::zipped::tests::zip;
    use super::*;
    use crate::data::content::Rows;
    use crate::data::table::Column as Typed;

    pub(in crate::data::read) const CATS: &[u8] = include_bytes!("samples/cats.xlsx");

    /// A workbook of one sheet, of which `sheet` are the rows.
    fn workbook(sheet: &str, strings: &str) -> Vec<u8> {
        let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
        let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        let relations = "http://schemas.openxmlformats.org/package/2006/relationships";
        let types = "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"/>";
        let root = format!(
            "<Relationships xmlns=\"{relations}\"><Relationship Id=\"a\" Type=\"{office}/officeDocument\" \
             Target=\"xl/workbook.xml\"/></Relationships>"
        );
        let book = format!(
            "<workbook xmlns=\"{main}\" xmlns:r=\"{office}\"><sheets><sheet name=\"one\" sheetId=\"1\" r:id=\"a\"/></sheets></workbook>"
        );
        let sheets = format!(
            "<Relationships xmlns=\"{relations}\"><Relationship Id=\"a\" Type=\"{office}/worksheet\" \
             Target=\"worksheets/sheet1.xml\"/></Relationships>"
        );
        let sheet = format!("<worksheet xmlns=\"{main}\"><sheetData>{sheet}</sheetData></worksheet>");
        let strings = format!("<sst xmlns=\"{main}\" {strings}</sst>");
        zip(&[
            ("[Content_Types].xml", types.as_bytes()),
            ("_rels/.rels", root.as_bytes()),
            ("xl/workbook.xml", book.as_bytes()),
            ("xl/_rels/workbook.xml.rels", sheets.as_bytes()),
            ("xl/sharedStrings.xml", strings.as_bytes()),
            ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
        ])
    }

    fn read(bytes: impl Into<Vec<u8>>) -> Result<Table, DataError> {
        within(parse, "a.xlsx", bytes, 10_000_000)
    }

    /// What pandas reads of what openpyxl wrote (bench/formats.py).
    #[test]
    fn the_first_sheet_with_cells() {
        assert!((FORMAT.recognises)(CATS));
        let table = read(CATS).unwrap();
        assert_eq!(table.names.unwrap(), ["age", "kind", "yes", "day", "mixed"]);
        let right = [
            numbers(&[1.5, f64::NAN, 3.0]),
            text(&["cat", "größer & <b>", ""]),
            numbers(&[1.0, 0.0, f64::NAN]),
            Typed::Times(vec![1_709_208_000.0, -2_208_988_800.0, f64::NAN]),
            text(&["1", "x", "2.5"]),
        ];
        for (found, right) in table.columns.iter().zip(&right) {
            assert!(same(found, right), "{found:?}");
        }
        assert_eq!(table.rows, Rows::Numbered(vec![2, 3, 4]));
        assert_eq!(table.notes, ["a.xlsx has 3 sheets: \"cats\" is read, the first with cells in it"]);
    }

    #[test]
    fn a_sheet_without_a_header_that_begins_elsewhere() {
        let sheet = "<row r=\"3\"><c r=\"C3\"><v>1</v></c><c r=\"E3\"><v>2</v></c></row>\
                     <row r=\"6\"><c r=\"E6\" t=\"s\"><v>0</v></c></row>";
        let table = read(workbook(sheet, "uniqueCount=\"1\"><si><t>#N/A</t></si>")).unwrap();
        // Its second row has nothing in it.
        assert!(table.names.is_none() && table.rows == Rows::Numbered(vec![3]));
        assert_eq!(table.columns, [numbers(&[1.0]), numbers(&[2.0])]);
        let table = read(workbook(sheet, "uniqueCount=\"1\"><si><t>x</t></si>")).unwrap();
        assert!(table.names.is_none() && same(&table.columns[0], &numbers(&[1.0, f64::NAN])));
        assert_eq!((&table.columns[1], table.rows), (&text(&["2", "x"]), Rows::Numbered(vec![3, 6])));
    }

    /// Rows of cells, from A1 on: text, or numbers if that is what they are; none if empty.
    fn sheet(rows: &[&[&str]]) -> Vec<u8> {
        let cell = |at: String, cell: &str| match cell.parse::<f64>() {
            _ if cell.is_empty() => String::new(),
            Ok(_) => format!("<c r=\"{at}\"><v>{cell}</v></c>"),
            Err(_) => format!("<c r=\"{at}\" t=\"inlineStr\"><is><t>{cell}</t></is></c>"),
        };
        let rows = rows.iter().zip(1..).map(|(cells, row)| {
            let cells = cells.iter().zip('A'..).map(|(text, column)| cell(format!("{column}{row}"), text));
            format!("<row r=\"{row}\">{}</row>", cells.collect::<String>())
        });
        workbook(&rows.collect::<String>(), ">")
    }

    /// The same as in CSV, where `2020,2021,y` is a header as well.
    #[test]
    fn headers() {
        let table = read(sheet(&[&["2020", "2021.5", "y"], &["1.5", "2", "0"], &["3", "4", "1"]])).unwrap();
        assert_eq!(table.names.unwrap(), ["2020", "2021.5", "y"]);
        assert_eq!(table.columns, [numbers(&[1.5, 3.0]), numbers(&[2.0, 4.0]), numbers(&[0.0, 1.0])]);
        assert_eq!(table.rows, Rows::Numbered(vec![2, 3]));
        let named = |rows: &[&[&str]]| read(sheet(rows)).unwrap().names.is_some();
        assert!(!named(&[&["1", "2", "cat"], &["3", "4", "dog"]]));
        assert!(!named(&[&["1", "2", "cat"]]));
        assert!(named(&[&["1", "2", "y"], &["3", "4", ""], &["3", "4", "1"]]));
        assert!(!named(&[&["cat"], &["dog"], &["cat"]]) && named(&[&["kind"], &["cat"], &["dog"]]));
        // pandas gives the numbers of the rows no name.
        assert!(named(&[&["", "kind"], &["0", "cat"], &["1", "dog"]]));
        let error = read(sheet(&[&["a", "b"]])).err().unwrap().to_string();
        assert_eq!(error, "a.xlsx: the sheet has a header and no rows");
    }

    #[test]
    fn times_without_a_date_are_hours() {
        let column = |times: &[f64]| {
            let mut column = Typed::Times(times.to_vec());
            hours(&mut column);
            column
        };
        for (year, month, day) in [(1899, 12, 31), (1904, 1, 1)] {
            let midnight = days(year, month, day) as f64 * DAY;
            let found = column(&[midnight + 37_800.0, f64::NAN, midnight]);
            assert!(same(&found, &numbers(&[10.5, f64::NAN, 0.0])), "{found:?}");
            let dates = [midnight, midnight + DAY];
            assert_eq!(column(&dates), Typed::Times(dates.to_vec()));
        }
        // Of a workbook: half past ten, and a date with the time 0 below it.
        let time = |value: f64| {
            let kind = calamine::ExcelDateTimeType::DateTime;
            let value = DataRef::DateTime(calamine::ExcelDateTime::new(value, kind, false));
            let Cell::Time(seconds) = cell(&value) else { panic!("a time") };
            seconds
        };
        assert_eq!(column(&[time(0.4375), time(0.0)]), numbers(&[10.5, 0.0]));
        assert_eq!(column(&[time(1.0), time(0.0)]), Typed::Times(vec![-2_208_988_800.0, -2_209_075_200.0]));
    }

    #[test]
    fn claims_and_bombs() {
        // Two cells at the ends of the largest sheet there is.
        let far =
            "<row r=\"1\"><c r=\"A1\"><v>1</v></c></row><row r=\"1048576\"><c r=\"XFD1048576\"><v>1</v></c></row>";
        assert_eq!(read(workbook(far, ">")).unwrap().columns.len(), 2);
        let error = read(workbook("", "uniqueCount = \"99999999999999\">")).err().unwrap().to_string();
        assert!(error.contains("claims more texts than it has"), "{error}");
        let bomb = workbook("", &format!("uniqueCount=\"1\"><si><t>{}</t></si>", "x".repeat(2_000_000)));
        assert!(bomb.len() < 10_000 && matches!(read(bomb), Err(DataError::TooLarge { .. })));
        let bomb = workbook(&"<row/>".repeat(2_000_000), ">");
        assert!(matches!(read(bomb), Err(DataError::TooLarge { .. })));
    }

    #[test]
    fn damage() {
        for end in [CATS.len() - 1, CATS.len() / 2, 30] {
            let error = read(&CATS[..end]).err().unwrap().to_string();
            assert!(error.starts_with("a.xlsx cannot be read as Excel: "), "{error}");
        }
        let twice = "<row r=\"1\"><c r=\"A1\"><v>1</v></c></row><row r=\"2\"><c r=\"A2\"><v>1</v></c><c r=\"A2\"><v>1</v></c></row>";
        assert!(read(workbook(twice, ">")).err().unwrap().to_string().contains("a cell is there twice"));
        let back = "<row r=\"5\"><c r=\"A5\"><v>1</v></c></row><row r=\"2\"><c r=\"A2\"><v>1</v></c></row>";
        assert!(read(workbook(back, ">")).err().unwrap().to_string().contains("not in their order"));
        assert_eq!(read(workbook("", ">")).err().unwrap().to_string(), "a.xlsx: there are no cells in it");
    }
}
