//! JSON: records, columns, rows of cells, or a record on each line.
//!
//! What pandas' `to_json` writes as `orient="records"` (also with `lines=True`), `"columns"`, `"index"`, `"split"`, `"table"` and
//! `"values"`. Cells are decoded as they come; nothing is kept but the columns.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fmt;

use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Deserializer;

use super::cells::{Cell, Column, grow, table};
use super::{Format, unreadable};
use crate::data::DataError;
use crate::data::content::{Content, Input, listed};
use crate::data::memory::Budget;
use crate::data::table::{self, Table};
use crate::words;

pub(super) const FORMAT: Format = Format {
    name: "JSON",
    endings: &["json", "jsonl", "ndjson"],
    recognises: |bytes| {
        let mut first = bytes.iter().filter(|byte| !byte.is_ascii_whitespace());
        matches!((first.next(), first.next()), (Some(b'{'), Some(b'"' | b'}')) | (Some(b'['), Some(b'{' | b'[' | b']')))
    },
    read: |input| parse(&input).map(Content::Table),
};

pub(super) fn parse(input: &Input) -> Result<Table, DataError> {
    let (file, budget) = (input.file.as_str(), input.budget);
    let content = std::str::from_utf8(&input.bytes).map_err(|error| unreadable(file, FORMAT.name, &error))?;
    let mut found = Found {
        file,
        budget,
        rows: Rows::default(),
        single: Rows::default(),
        members: Vec::new(),
        keys: Vec::new(),
        has_schema: false,
        line: None,
        refused: None,
    };
    let mut lines = content.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let Some((_, first)) = lines.next() else { return Err(DataError::content(file, "the file is empty")) };
    let is_lines = lines.next().is_some() && serde_json::from_str::<IgnoredAny>(first).is_ok();
    let mut numbers = None;
    if is_lines {
        let numbers = numbers.insert(Vec::new());
        for (at, line) in content.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            found.line = Some(at + 1);
            found.read(line, Place::Row)?;
            grow(file, budget, numbers, at + 1)?;
        }
    } else {
        found.read(content, Place::All)?;
    }
    found.finish(numbers)
}

/// Rows on their way.
#[derive(Default)]
struct Rows<'a> {
    /// The columns' names, where rows have keys.
    names: Vec<String>,
    at: HashMap<String, usize>,
    columns: Vec<Column<'a>>,
    count: usize,
}

impl<'a> Rows<'a> {
    /// The position of the column of this name, or, where rows have no keys, of the next one.
    fn column(&mut self, file: &'a str, budget: &'a Budget, name: Option<&str>) -> Result<usize, DataError> {
        /// What a column takes besides its cells and, twice, its name.
        const EACH: usize = 256;
        if let Some(&at) = name.and_then(|name| self.at.get(name)) {
            return Ok(at);
        }
        budget.take_each(file, Some(EACH + 2 * name.map_or(0, str::len)), 1)?;
        let at = self.columns.len();
        if let Some(name) = name {
            self.names.push(name.to_owned());
            self.at.insert(name.to_owned(), at);
        }
        self.columns.push(Column::new(file, budget));
        Ok(at)
    }
}

/// What was found so far.
struct Found<'a> {
    file: &'a str,
    budget: &'a Budget,
    /// Rows, each one an object or a list.
    rows: Rows<'a>,
    /// The one row that the whole is, if it is one.
    single: Rows<'a>,
    /// Columns, each one a list, or an object whose keys are the rows' names.
    members: Vec<(String, Column<'a>)>,
    /// The rows' names in those objects.
    keys: Vec<String>,
    /// Whether it says what its columns are, as pandas' orient="table" does, which also writes the rows' names as one of them.
    has_schema: bool,
    /// The line that is read, where each has a row.
    line: Option<usize>,
    /// Why reading stopped.
    refused: Option<DataError>,
}

impl<'a> Found<'a> {
    fn read(&mut self, text: &str, place: Place<'_, 'a>) -> Result<(), DataError> {
        let mut json = Deserializer::from_str(text);
        let read = At { found: &mut *self, place }.deserialize(&mut json).and_then(|()| json.end());
        read.map_err(|error| {
            self.refused.take().unwrap_or_else(|| {
                // Python writes numbers that JSON does not have.
                let is_python = text.contains("NaN") || text.contains("Infinity");
                let hint = if is_python { " (JSON has no NaN and no Infinity: write null)" } else { "" };
                let place = self.line.map(|line| format!("line {line}: ")).unwrap_or_default();
                unreadable(self.file, FORMAT.name, &format!("{place}{error}{hint}"))
            })
        })
    }

    fn row_error(&self, problem: impl Into<String>) -> DataError {
        let row = self.line.unwrap_or(self.rows.count + 1);
        DataError::Row { file: self.file.to_owned(), row, problem: problem.into() }
    }

    /// Refuses what is within something that has to be a number or text.
    fn nested(&self, name: &str) -> DataError {
        let problem = format!(
            "\"{}\" is a list or an object within the table, which is not supported: give each of its values a key of its own",
            words::foreign(name)
        );
        if self.rows.count > 0 || self.line.is_some() {
            self.row_error(problem)
        } else {
            DataError::content(self.file, problem)
        }
    }

    fn finish(self, numbers: Option<Vec<usize>>) -> Result<Table, DataError> {
        let Self { file, mut rows, single, mut members, has_schema, .. } = self;
        let mut notes = Vec::new();
        if let Some(index) = rows.at.get("index").copied().filter(|_| has_schema) {
            rows.names.remove(index);
            rows.columns.remove(index);
        }
        if rows.count > 0 {
            let mut names = (!rows.names.is_empty()).then_some(rows.names);
            if names.is_none()
                && let Some(at) = members.iter().position(|(name, _)| name == "columns")
            {
                names = Some(column_names(file, members.swap_remove(at).1.finish()?, rows.columns.len())?);
                members.retain(|(name, _)| name != "index");
            }
            let others: Vec<String> = members.into_iter().map(|(name, _)| name).chain(single.names).collect();
            if !others.is_empty() {
                let file = words::in_a_line(file);
                notes.push(format!("{file}: besides the rows it has {}, which is not used", listed(&others)));
            }
            if rows.columns.is_empty() {
                return Err(DataError::content(file, "the rows have no columns"));
            }
            rows.columns.iter_mut().try_for_each(|column| column.pad(rows.count))?;
            return table(names, rows.columns, numbers, None, notes);
        }
        if members.is_empty() {
            if single.columns.is_empty() {
                return Err(DataError::content(file, "there are no rows in it"));
            }
            return table(Some(single.names), single.columns, numbers, None, notes);
        }
        if !single.names.is_empty() {
            let problem = format!("{} has one value where others have a list of them", listed(&single.names[..1]));
            return Err(DataError::content(file, problem));
        }
        let rows = members[0].1.len();
        if let Some((name, column)) = members.iter().find(|(_, column)| column.len() != rows) {
            let (name, count) = (words::foreign(name), column.len());
            let problem = format!("column \"{name}\" has {count} rows where the first one has {rows}");
            return Err(DataError::content(file, problem));
        }
        if rows == 0 {
            return Err(DataError::content(file, "there are no rows in it"));
        }
        let (names, columns) = members.into_iter().unzip();
        table(Some(names), columns, numbers, None, notes)
    }
}

/// The names of columns that are in a list of their own.
fn column_names(file: &str, names: table::Column, count: usize) -> Result<Vec<String>, DataError> {
    let names: Vec<String> = match names {
        table::Column::Text(names) => names.iter().map(|name| name.unwrap_or_default().to_owned()).collect(),
        table::Column::Numbers { values, .. } | table::Column::Times(values) => {
            values.iter().map(ToString::to_string).collect()
        }
        table::Column::Unread { .. } => Vec::new(),
    };
    if names.len() != count {
        let problem = format!("there are {} names in \"columns\", but {count} cells in a row", names.len());
        return Err(DataError::content(file, problem));
    }
    Ok(names)
}

/// What is expected where reading stands.
enum Place<'s, 'a> {
    /// The whole file.
    All,
    /// A row.
    Row,
    /// What stands at a key of the whole.
    Member(String),
    /// An element of a list at a key of the whole.
    Element(&'s str, &'s mut Column<'a>),
    /// The cell of a row: its column's name and position.
    Cell(&'s str, usize),
}

/// Reads what stands at a place.
struct At<'s, 'a> {
    found: &'s mut Found<'a>,
    place: Place<'s, 'a>,
}

impl<'de> DeserializeSeed<'de> for At<'_, '_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

/// Keeps an error until serde has handed its own through.
fn refuse<E: Error>(found: &mut Found, error: DataError) -> E {
    found.refused.get_or_insert(error);
    E::custom("refused")
}

impl At<'_, '_> {
    fn scalar<E: Error>(self, cell: Cell) -> Result<(), E> {
        let found = self.found;
        let (file, budget) = (found.file, found.budget);
        let pushed = match self.place {
            Place::All => Err(DataError::content(file, "it is one value and not a table")),
            Place::Row => Err(found.row_error("this row is one value: a row is an object or a list")),
            Place::Member(name) => {
                found.single.column(file, budget, Some(&name)).and_then(|at| found.single.columns[at].push(cell))
            }
            Place::Element(..) if found.rows.count > 0 => {
                Err(found.row_error("this row is one value where others are objects or lists"))
            }
            Place::Element(_, column) => column.push(cell),
            Place::Cell(_, at) => found.rows.columns[at].push(cell),
        };
        pushed.map_err(|error| refuse(found, error))
    }

    /// Reads a row that is a list.
    fn row<'de, A: SeqAccess<'de>>(found: &mut Found, mut list: A) -> Result<(), A::Error> {
        let (file, budget) = (found.file, found.budget);
        if !found.rows.names.is_empty() {
            let error = found.row_error("this row is a list where others are objects");
            return Err(refuse(found, error));
        }
        let mut width = 0;
        loop {
            if width == found.rows.columns.len() && found.rows.count == 0 {
                found.rows.column(file, budget, None).map_err(|error| refuse(found, error))?;
            }
            if width == found.rows.columns.len() {
                if list.next_element::<IgnoredAny>()?.is_none() {
                    break;
                }
                let error = found.row_error(format!("there are more than the {width} cells of the first row"));
                return Err(refuse(found, error));
            }
            let name = width.to_string();
            if list.next_element_seed(At { found: &mut *found, place: Place::Cell(&name, width) })?.is_none() {
                break;
            }
            width += 1;
        }
        if found.rows.count == 0 {
            // The one that was made for a cell that did not come.
            found.rows.columns.truncate(width);
        }
        let first = found.rows.columns.len();
        if width < first || width == 0 {
            let error = found.row_error(format!("there are {width} cells where the first row has {first}"));
            return Err(refuse(found, error));
        }
        found.rows.count += 1;
        Ok(())
    }

    /// Reads a row that is an object.
    fn record<'de, A: MapAccess<'de>>(found: &mut Found, first: Option<Key<'de>>, mut map: A) -> Result<(), A::Error> {
        let (file, budget) = (found.file, found.budget);
        if found.rows.names.is_empty() && found.rows.count > 0 && !found.rows.columns.is_empty() {
            let error = found.row_error("this row is an object where others are lists");
            return Err(refuse(found, error));
        }
        let count = found.rows.count;
        let mut next = if first.is_some() { first } else { map.next_key()? };
        while let Some(Key(name)) = next {
            let at = found.rows.column(file, budget, Some(&name)).map_err(|error| refuse(found, error))?;
            if found.rows.columns[at].len() > count {
                let error = found.row_error(format!("the key \"{}\" is there twice", words::foreign(&name)));
                return Err(refuse(found, error));
            }
            found.rows.columns[at].pad(count).map_err(|error| refuse(found, error))?;
            map.next_value_seed(At { found: &mut *found, place: Place::Cell(&name, at) })?;
            next = map.next_key()?;
        }
        found.rows.count += 1;
        Ok(())
    }

    /// Reads a column that is an object, its keys being the rows' names; or a row, if its own name and not its cells' are numbers.
    fn keyed<'de, A: MapAccess<'de>>(found: &mut Found, name: String, mut map: A) -> Result<(), A::Error> {
        let (file, budget) = (found.file, found.budget);
        let mut column = Column::new(file, budget);
        let is_first = found.members.is_empty();
        let mut next = map.next_key::<Key>()?;
        let is_number = |key: &str| key.parse::<i64>().is_ok();
        let is_row = is_number(&name) && next.as_ref().is_some_and(|Key(key)| !is_number(key));
        if is_first && (is_row || found.rows.count > 0) {
            return Self::record(found, next, map);
        }
        while let Some(Key(key)) = next {
            let at = column.len();
            if is_first {
                let kept = grow(file, budget, &mut found.keys, key.to_string());
                let kept = kept.and_then(|()| budget.take(file, Some(key.len() as u64)));
                kept.map_err(|error| refuse(found, error))?;
            } else if found.keys.get(at).map(String::as_str) != Some(&*key) {
                let name = words::foreign(&name);
                let problem = format!(
                    "column \"{name}\" does not have the rows' names of the first one in the same order: write a list of records"
                );
                return Err(refuse(found, DataError::content(file, problem)));
            }
            map.next_value_seed(At { found: &mut *found, place: Place::Element(&name, &mut column) })?;
            if column.len() == at {
                let error = found.nested(&name);
                return Err(refuse(found, error));
            }
            next = map.next_key()?;
        }
        found.member(name, column).map_err(|error| refuse(found, error))
    }
}

fn twice(file: &str, name: &str) -> DataError {
    DataError::content(file, format!("the key \"{}\" is there twice", words::foreign(name)))
}

impl<'a> Found<'a> {
    fn member(&mut self, name: String, column: Column<'a>) -> Result<(), DataError> {
        /// What a column takes besides its cells.
        const EACH: u64 = 256;
        self.budget.take(self.file, Some(EACH + name.len() as u64))?;
        self.members.push((name, column));
        Ok(())
    }
}

/// A key; one without escapes is not copied.
struct Key<'de>(Cow<'de, str>);

impl<'de> serde::Deserialize<'de> for Key<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        struct Text;
        impl<'de> Visitor<'de> for Text {
            type Value = Key<'de>;
            fn expecting(&self, to: &mut fmt::Formatter) -> fmt::Result {
                to.write_str("a key")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Owned(text.to_owned())))
            }
        }
        json.deserialize_str(Text)
    }
}

impl<'de> Visitor<'de> for At<'_, '_> {
    type Value = ();

    fn expecting(&self, to: &mut fmt::Formatter) -> fmt::Result {
        to.write_str("a table")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.scalar(Cell::Missing)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.scalar(Cell::whole(value.into()))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.scalar(Cell::whole(value.into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        self.scalar(Cell::whole(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.scalar(Cell::Number(value, false))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.scalar(Cell::of(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let found = self.found;
        match self.place {
            Place::All => {
                while list.next_element_seed(At { found: &mut *found, place: Place::Row })?.is_some() {}
                Ok(())
            }
            Place::Row | Place::Element("data", _) => Self::row(found, list),
            Place::Member(name) => {
                let mut column = Column::new(found.file, found.budget);
                let rows = found.rows.count;
                while list
                    .next_element_seed(At { found: &mut *found, place: Place::Element(&name, &mut column) })?
                    .is_some()
                {}
                match (column.len(), found.rows.count - rows) {
                    (0, 1..) if rows == 0 => Ok(()),
                    (_, 0) => found.member(name, column).map_err(|error| refuse(found, error)),
                    _ => {
                        let error = found.nested(&name);
                        Err(refuse(found, error))
                    }
                }
            }
            Place::Element(name, _) | Place::Cell(name, _) => {
                let error = found.nested(name);
                Err(refuse(found, error))
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let found = self.found;
        match self.place {
            Place::All => {
                let mut seen = HashSet::new();
                while let Some(Key(name)) = map.next_key()? {
                    let taken = found.budget.take(found.file, Some(64 + name.len() as u64));
                    let is_new = seen.insert(name.to_string());
                    let taken = taken.and_then(|()| if is_new { Ok(()) } else { Err(twice(found.file, &name)) });
                    taken.map_err(|error| refuse(found, error))?;
                    map.next_value_seed(At { found: &mut *found, place: Place::Member(name.into_owned()) })?;
                }
                Ok(())
            }
            Place::Row | Place::Element(..) => Self::record(found, None, map),
            Place::Member(name) if name == "schema" => {
                found.has_schema = true;
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(())
            }
            Place::Member(name) => Self::keyed(found, name, map),
            Place::Cell(name, _) => {
                let error = found.nested(name);
                Err(refuse(found, error))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::cells::tests::{numbers, read, same, text, within};
    use super::*;
    use crate::data::content;

    fn parsed(text: &str) -> Table {
        assert!((FORMAT.recognises)(text.as_bytes()), "{text}");
        read(parse, "a.json", text).unwrap()
    }

    fn error(text: &str) -> String {
        read(parse, "a.json", text).err().unwrap().to_string()
    }

    fn is(table: &Table, names: Option<&[&str]>, columns: &[table::Column]) {
        assert_eq!(
            table.names.as_ref().map(|names| names.iter().map(String::as_str).collect::<Vec<_>>()).as_deref(),
            names
        );
        assert_eq!(table.columns.len(), columns.len());
        let mut pairs = table.columns.iter().zip(columns);
        assert!(pairs.all(|(found, right)| same(found, right)), "{:?}", table.columns);
    }

    /// What pandas 3.1 writes of one frame, in all its orientations.
    #[test]
    fn as_pandas_writes_it() {
        let columns = [numbers(&[1.5, f64::NAN]), numbers(&[2.0, 3.0]), text(&["cat", "d\"g"]), numbers(&[1.0, 0.0])];
        for text in [
            r#"[{"a":1.5,"b":2,"kind":"cat","yes":true},{"a":null,"b":3,"kind":"d\"g","yes":false}]"#,
            r#"{"a":{"0":1.5,"1":null},"b":{"0":2,"1":3},"kind":{"0":"cat","1":"d\"g"},"yes":{"0":true,"1":false}}"#,
            r#"{"0":{"a":1.5,"b":2,"kind":"cat","yes":true},"1":{"a":null,"b":3,"kind":"d\"g","yes":false}}"#,
            r#"{"columns":["a","b","kind","yes"],"index":[0,1],"data":[[1.5,2,"cat",true],[null,3,"d\"g",false]]}"#,
            r#"{"schema":{"fields":[{"name":"index","type":"integer"},{"name":"a","type":"number"}],"primaryKey":["index"]},
                "data":[{"index":0,"a":1.5,"b":2,"kind":"cat","yes":true},{"index":1,"a":null,"b":3,"kind":"d\"g","yes":false}]}"#,
            "{\"a\":1.5,\"b\":2,\"kind\":\"cat\",\"yes\":true}\n{\"a\":null,\"b\":3,\"kind\":\"d\\\"g\",\"yes\":false}\n",
            // Not pandas, but much alike.
            r#"{"a":[1.5,null],"b":[2,3],"kind":["cat","d\"g"],"yes":[true,false]}"#,
        ] {
            is(&parsed(text), Some(&["a", "b", "kind", "yes"]), &columns);
        }
        is(&parsed(r#"[[1.5,2,"cat",true],[null,3,"d\"g",false]]"#), None, &columns);
    }

    #[test]
    fn records_need_not_have_all_keys() {
        let table = parsed(r#" [ {"a": 1}, {"b": "x", "a": 2}, {} , {"b": "NA"}]"#);
        is(&table, Some(&["a", "b"]), &[numbers(&[1.0, 2.0, f64::NAN, f64::NAN]), text(&["", "x", "", ""])]);
        let mixed = parsed(r#"[{"a": 1}, {"a": "x"}, {"a": 9007199254740993}]"#);
        is(&mixed, Some(&["a"]), &[text(&["1", "x", "9007199254740992"])]);
        let rounded = parsed(r#"[{"a": 9007199254740993}]"#);
        is(&rounded, Some(&["a"]), &[table::Column::Numbers { values: vec![9007199254740992.0], rounded: true }]);
        is(&parsed(r#"{"a": 1, "b": "x"}"#), Some(&["a", "b"]), &[numbers(&[1.0]), text(&["x"])]);
    }

    #[test]
    fn lines_have_numbers() {
        let table = parsed("{\"a\": 1}\n\n{\"a\": 2}\r\n");
        is(&table, Some(&["a"]), &[numbers(&[1.0, 2.0])]);
        assert_eq!(table.rows, content::Rows::Numbered(vec![1, 3]));
        assert!(
            error("{\"a\": 1}\n\n{\"a\": [2]}\n").starts_with("a.json, row 3: \"a\" is a list or an object within")
        );
        assert!(error("{\"a\": 1}\n{\"a\": 2\n").starts_with("a.json cannot be read as JSON: line 2: EOF"));
    }

    #[test]
    fn what_is_no_table_is_refused_with_its_key() {
        for nested in [
            r#"[{"a": {"b": 1}}]"#,
            r#"[{"a": [1]}]"#,
            "[[1], [[2]]]",
            r#"{"a": [[1, 2]]}"#,
            r#"{"a": {"0": {"b": 1}}}"#,
            r#"{"a": [{"b": 1}], "c": [{"b": 1}]}"#,
        ] {
            assert!(error(nested).contains("is a list or an object within the table"), "{nested}: {}", error(nested));
        }
        assert!(error(r#"[{"a": 1}, 5]"#).contains("row 2: this row is one value"));
        assert!(error(r#"[{"a": 1}, [5]]"#).contains("row 2: this row is a list"));
        assert!(error(r#"[[1], {"a": 5}]"#).contains("row 2: this row is an object"));
        assert!(error("[[1, 2], [5]]").contains("row 2: there are 1 cells where the first row has 2"));
        assert!(error("[[1, 2], [5, 6, 7]]").contains("row 2: there are more than the 2 cells"));
        assert!(error(r#"[{"a": 1, "a": 2}]"#).contains("row 1: the key \"a\" is there twice"));
        assert!(error(r#"{"a": [1], "a": [2]}"#).contains("the key \"a\" is there twice"));
        assert!(error(r#"{"a": [1], "b": [2, 3]}"#).contains("column \"b\" has 2 rows where the first one has 1"));
        assert!(error(r#"{"a": {"0": 1, "1": 2}, "b": {"1": 2, "0": 1}}"#).contains("the same order"));
        assert!(error(r#"{"a": [1], "b": 2}"#).contains("b has one value where others have a list"));
        assert!(error(r#"{"columns": ["a"], "data": [[1, 2]]}"#).contains("1 names in \"columns\", but 2 cells"));
        assert!(error(r#"{"a": [1, {"b": 2}]}"#).contains("within the table"));
        assert!(error("5").contains("one value and not a table"));
        for empty in ["[]", "{}", r#"{"a": []}"#] {
            assert!(error(empty).contains("there are no rows"), "{empty}");
        }
        assert!(error("[{}]").contains("no columns"));
    }

    #[test]
    fn damage() {
        assert!(error(r#"[{"a": 1}, {"a""#).starts_with("a.json cannot be read as JSON: EOF"));
        assert!(error(r#"[{"a": NaN}]"#).ends_with("(JSON has no NaN and no Infinity: write null)"));
        assert!(error(&"[".repeat(100_000)).contains("within the table"));
        assert!(error(r#"[{"a": 1}] x"#).contains("trailing characters"));
        assert_eq!(error(" \n"), "a.json: the file is empty");
        assert!(read(parse, "a.json", *b"[\xff]").is_err());
    }

    #[test]
    fn all_is_within_the_budget() {
        // A new key in each record makes a column that has all rows.
        let records: Vec<String> = (0..2000).map(|i| format!("{{\"{i}\": 1}}")).collect();
        let bomb = format!("[{}]", records.join(","));
        assert!(matches!(within(parse, "a.json", bomb, 5_000_000), Err(DataError::TooLarge { .. })));
        let wide = format!("[[{}1]]", "1,".repeat(50_000));
        assert!(matches!(within(parse, "a.json", wide, 1_000_000), Err(DataError::TooLarge { .. })));
    }
}
