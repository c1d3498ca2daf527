//! JSON as it comes: each value goes to the place where reading stands.

use super::found::Found;
use super::key::Key;
use crate::data::DataError;
use crate::data::read::cells::{Cell, Column, grow};
use crate::data::read::unreadable;
use crate::words;
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Deserializer;
use std::collections::HashSet;
use std::fmt;

/// The format's name.
pub const NAME: &str = "JSON";

/// What is expected where reading stands.
pub enum Place<'s, 'a> {
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

impl<'a> Found<'a> {
    /// Reads a text, from that place on.
    pub fn read(&mut self, text: &str, place: Place<'_, 'a>) -> Result<(), DataError> {
        let mut json = Deserializer::from_str(text);
        let read = At { found: &mut *self, place }.deserialize(&mut json).and_then(|()| json.end());
        read.map_err(|error| {
            self.refused.take().unwrap_or_else(|| {
                // Python writes numbers that JSON does not have.
                let is_python = text.contains("NaN") || text.contains("Infinity");
                let hint = if is_python { " (JSON has no NaN and no Infinity: write null)" } else { "" };
                let place = self.line.map(|line| format!("line {line}: ")).unwrap_or_default();
                unreadable(self.file, NAME, &format!("{place}{error}{hint}"))
            })
        })
    }
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
