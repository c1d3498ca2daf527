//! Tables on their way, cell by cell, for formats whose columns show only at their end what they hold.

use std::borrow::Cow;

use super::scalar::is_exact;
use crate::data::DataError;
use crate::data::content::{Gatherer, Rows};
use crate::data::memory::Budget;
use crate::data::table::{self, Table};

/// What stands for a missing cell, besides nothing at all: what pandas takes for it, and a question mark.
const MISSING: [&str; 21] = [
    "NA", "N/A", "n/a", "na", "NaN", "nan", "NULL", "null", "None", "#N/A", "<NA>", "?", "#N/A N/A", "#NA", "-NaN",
    "-nan", "1.#IND", "-1.#IND", "1.#QNAN", "-1.#QNAN", "Null",
];

/// Whether a cell of text, without the blanks around it, is missing.
pub(in crate::data) fn is_missing(cell: &str) -> bool {
    cell.is_empty() || cell.len() <= 8 && MISSING.contains(&cell)
}

/// Whether a cell of text is a whole number that float64 does not have.
pub(super) fn is_rounded(cell: &str) -> bool {
    const EXACT: usize = 15;
    let digits = cell.strip_prefix(['-', '+']).unwrap_or(cell);
    digits.len() > EXACT
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && !cell.parse().is_ok_and(|value: i128| is_exact(value))
}

/// One cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Cell<'a> {
    Missing,
    /// A number, and whether it is a whole one that was rounded.
    Number(f64, bool),
    /// Text as it stands there; none at all is missing.
    Text(&'a str),
    /// Seconds since 1970-01-01 00:00 UTC.
    Time(f64),
}

impl<'a> Cell<'a> {
    /// A whole number.
    pub fn whole(value: i128) -> Self {
        Self::Number(value as f64, !is_exact(value))
    }

    /// The number that a text is, if it is one.
    pub fn parse(text: &'a str) -> Option<Self> {
        text.parse().ok().map(|value| Self::Number(value, is_rounded(text)))
    }

    /// Text without the blanks around it; what stands for a missing cell is one.
    pub fn of(text: &'a str) -> Self {
        let text = text.trim();
        if is_missing(text) { Self::Missing } else { Self::Text(text) }
    }

    /// What it is among text.
    pub fn text(self) -> Cow<'a, str> {
        match self {
            Self::Missing => "".into(),
            Self::Number(value, _) => shown(value).into(),
            Self::Text(text) => text.into(),
            Self::Time(seconds) => iso(seconds).into(),
        }
    }
}

/// A column on its way. It is numbers or times as long as all its cells are, and text from the first other one on.
pub(super) struct Column<'a> {
    file: &'a str,
    budget: &'a Budget,
    cells: Cells,
    len: usize,
}

enum Cells {
    /// All that came is missing.
    Nothing,
    Numbers {
        values: Vec<f64>,
        rounded: bool,
    },
    Times(Vec<f64>),
    Text(Gatherer),
}

impl<'a> Column<'a> {
    pub fn new(file: &'a str, budget: &'a Budget) -> Self {
        Self { file, budget, cells: Cells::Nothing, len: 0 }
    }

    /// A column that is text, whatever its cells look like.
    pub fn text(file: &'a str, budget: &'a Budget) -> Self {
        Self { cells: Cells::Text(Gatherer::new(file, budget)), ..Self::new(file, budget) }
    }

    /// The number of cells.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Adds missing cells until there are so many.
    pub fn pad(&mut self, len: usize) -> Result<(), DataError> {
        (self.len..len).try_for_each(|_| self.push(Cell::Missing))
    }

    /// Adds a cell.
    pub fn push(&mut self, cell: Cell) -> Result<(), DataError> {
        let (file, budget) = (self.file, self.budget);
        if matches!((&self.cells, cell), (Cells::Nothing, Cell::Number(..) | Cell::Text(_) | Cell::Time(_))) {
            let mut cells = match cell {
                Cell::Number(..) => Cells::Numbers { values: Vec::new(), rounded: false },
                Cell::Time(_) => Cells::Times(Vec::new()),
                _ => Cells::Text(Gatherer::new(file, budget)),
            };
            (0..self.len).try_for_each(|_| cells.push(file, budget, Cell::Missing).map(drop))?;
            self.cells = cells;
        }
        if !self.cells.push(file, budget, cell)? {
            self.turn_into_text()?;
            self.cells.push(file, budget, cell)?;
        }
        self.len += 1;
        Ok(())
    }

    /// Adds a cell of text, and gives what stands for it in this column.
    pub fn push_text(&mut self, text: &str) -> Result<Option<u32>, DataError> {
        self.push(Cell::Text(text))?;
        match &mut self.cells {
            Cells::Text(gatherer) => gatherer.code(text).map(Some),
            _ => Ok(None),
        }
    }

    /// Adds a cell of a text that was there before.
    pub fn push_again(&mut self, code: u32) -> Result<(), DataError> {
        if let Cells::Text(gatherer) = &mut self.cells {
            gatherer.add(code)?;
            self.len += 1;
        }
        Ok(())
    }

    fn turn_into_text(&mut self) -> Result<(), DataError> {
        let mut text = Gatherer::new(self.file, self.budget);
        let (values, show): (_, fn(f64) -> String) = match std::mem::replace(&mut self.cells, Cells::Nothing) {
            Cells::Numbers { values, .. } => (values, shown),
            Cells::Times(values) => (values, iso),
            Cells::Nothing | Cells::Text(_) => (Vec::new(), shown),
        };
        for &value in &values {
            text.push(if value.is_nan() { String::new() } else { show(value) }.as_str())?;
        }
        self.budget.give_back((values.capacity() * size_of::<f64>()) as u64);
        self.cells = Cells::Text(text);
        Ok(())
    }

    pub fn finish(mut self) -> Result<table::Column, DataError> {
        Ok(match self.cells {
            Cells::Numbers { values, rounded } => table::Column::Numbers { values, rounded },
            Cells::Times(values) => table::Column::Times(values),
            Cells::Text(text) => table::Column::Text(text.finish()),
            Cells::Nothing => {
                let mut values = Vec::new();
                let len = std::mem::take(&mut self.len);
                (0..len).try_for_each(|_| grow(self.file, self.budget, &mut values, f64::NAN))?;
                table::Column::Numbers { values, rounded: false }
            }
        })
    }
}

impl Cells {
    /// Adds a cell; false if it does not fit in.
    fn push(&mut self, file: &str, budget: &Budget, cell: Cell) -> Result<bool, DataError> {
        match (self, cell) {
            (Self::Nothing, Cell::Missing) => {}
            (Self::Numbers { values, .. } | Self::Times(values), Cell::Missing) => {
                grow(file, budget, values, f64::NAN)?;
            }
            (Self::Numbers { values, rounded }, Cell::Number(value, was_rounded)) => {
                *rounded |= was_rounded;
                grow(file, budget, values, value)?;
            }
            (Self::Times(values), Cell::Time(value)) => grow(file, budget, values, value)?,
            (Self::Text(text), cell) => text.push(&cell.text())?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// Adds an element to a list that grows within the budget.
pub(super) fn grow<T>(file: &str, budget: &Budget, list: &mut Vec<T>, element: T) -> Result<(), DataError> {
    const FIRST: usize = 16;
    if list.len() == list.capacity() {
        let more = list.len().max(FIRST);
        budget.take_each(file, Some(more), size_of::<T>() as u64)?;
        if list.try_reserve_exact(more).is_err() {
            budget.take(file, None)?;
        }
    }
    list.push(element);
    Ok(())
}

/// A number in a column of text.
fn shown(value: f64) -> String {
    if value == 0.0 || (1e-5..1e16).contains(&value.abs()) { value.to_string() } else { format!("{value:e}") }
}

/// A time in a column of text: `2024-05-01`, or `2024-05-01T10:30:00`.
fn iso(seconds: f64) -> String {
    const DAY: f64 = 86_400.0;
    if !(-1e14..1e14).contains(&seconds) {
        return shown(seconds);
    }
    let (day, within) = ((seconds / DAY).floor(), seconds.rem_euclid(DAY) as i64);
    let (year, month, day) = date(day as i64);
    let date = format!("{year:04}-{month:02}-{day:02}");
    match within {
        0 => date,
        _ => format!("{date}T{:02}:{:02}:{:02}", within / 3600, within / 60 % 60, within % 60),
    }
}

/// Year, month and day of a day since 1970-01-01, in the Gregorian calendar.
/// Source: H. Hinnant, <https://howardhinnant.github.io/date_algorithms.html#civil_from_days>.
fn date(day: i64) -> (i64, i64, i64) {
    let day = day + 719_468;
    let (era, of_era) = (day.div_euclid(146_097), day.rem_euclid(146_097));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let (day, month) = (of_year - (153 * month + 2) / 5 + 1, if month < 10 { month + 3 } else { month - 9 });
    (year + era * 400 + i64::from(month <= 2), month, day)
}

/// The days since 1970-01-01 of a date in the Gregorian calendar.
/// Source: the same, `days_from_civil`.
#[cfg(feature = "excel")]
pub(super) fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// What the columns are together; `lines` are the rows' numbers where they are not counted from 1.
pub(super) fn table(
    names: Option<Vec<String>>,
    columns: Vec<Column>,
    lines: Option<Vec<usize>>,
    label: Option<usize>,
    notes: Vec<String>,
) -> Result<Table, DataError> {
    let columns = columns.into_iter().map(Column::finish).collect::<Result<_, _>>()?;
    Ok(Table { names, columns, rows: lines.map_or(Rows::From(1), Rows::Numbered), decimal: None, label, notes })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::data::content::Input;

    /// What a reader makes of a text, within 10 MB.
    pub(in crate::data::read) fn read(
        parse: fn(&Input) -> Result<Table, DataError>,
        file: &str,
        bytes: impl Into<Vec<u8>>,
    ) -> Result<Table, DataError> {
        within(parse, file, bytes, 10_000_000)
    }

    /// The same within a budget.
    pub(in crate::data::read) fn within(
        parse: fn(&Input) -> Result<Table, DataError>,
        file: &str,
        bytes: impl Into<Vec<u8>>,
        budget: u64,
    ) -> Result<Table, DataError> {
        parse(&Input { file: file.into(), bytes: bytes.into(), budget: &Budget::of(budget) })
    }

    /// A column of numbers.
    pub(in crate::data::read) fn numbers(values: &[f64]) -> table::Column {
        table::Column::Numbers { values: values.to_vec(), rounded: false }
    }

    /// A column of text; an empty one is missing.
    pub(in crate::data::read) fn text(cells: &[&str]) -> table::Column {
        table::Column::Text(cells.iter().copied().collect())
    }

    /// Whether two columns are the same, missing numbers among them.
    pub(in crate::data::read) fn same(one: &table::Column, other: &table::Column) -> bool {
        use table::Column::{Numbers, Times};
        match (one, other) {
            (Numbers { values: a, rounded: r }, Numbers { values: b, rounded: s }) => r == s && alike(a, b),
            (Times(a), Times(b)) => alike(a, b),
            _ => one == other,
        }
    }

    fn alike(a: &[f64], b: &[f64]) -> bool {
        a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a == b || a.is_nan() && b.is_nan())
    }

    fn column(cells: &[Cell]) -> table::Column {
        let budget = Budget::of(100_000);
        let mut column = Column::new("a", &budget);
        for &cell in cells {
            column.push(cell).unwrap();
        }
        column.finish().unwrap()
    }

    #[test]
    fn what_a_column_is_shows_at_its_end() {
        use Cell::{Missing, Number, Text, Time};
        assert!(same(&column(&[Missing, Missing]), &numbers(&[f64::NAN, f64::NAN])));
        assert!(same(&column(&[Missing, Number(2.5, false)]), &numbers(&[f64::NAN, 2.5])));
        assert_eq!(
            column(&[Number(2.5, false), Missing, Text("x"), Number(1e300, false)]),
            text(&["2.5", "", "x", "1e300"])
        );
        assert!(same(&column(&[Time(0.0), Missing]), &table::Column::Times(vec![0.0, f64::NAN])));
        let times = [Time(951_782_400.0), Time(-1.0), Text("x"), Time(1e300)];
        assert_eq!(column(&times), text(&["2000-02-29", "1969-12-31T23:59:59", "x", "1e300"]));
        assert_eq!(
            column(&[Cell::whole(1 << 53), Cell::whole((1 << 53) + 1)]),
            table::Column::Numbers { values: vec![9007199254740992.0; 2], rounded: true }
        );
    }

    #[test]
    fn all_of_it_is_within_the_budget() {
        let budget = Budget::of(1000);
        let mut column = Column::new("a", &budget);
        let refused = (0..1000).find_map(|i| column.push(Cell::Number(f64::from(i), false)).err());
        assert!(matches!(refused, Some(DataError::TooLarge { .. })));
        let mut missing = Column::new("a", &budget);
        missing.pad(1000).unwrap();
        assert!(matches!(missing.finish(), Err(DataError::TooLarge { .. })));
    }
}
