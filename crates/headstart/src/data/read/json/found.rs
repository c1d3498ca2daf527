//! What of a table was found so far, and the table in the end.

use crate::data::DataError;
use crate::data::content::listed;
use crate::data::memory::Budget;
use crate::data::read::cells::{Column, table};
use crate::data::table::{self as kept, Table};
use crate::words;
use std::collections::HashMap;

/// Rows on their way.
#[derive(Default)]
pub struct Rows<'a> {
    /// The columns' names, where rows have keys.
    pub names: Vec<String>,
    at: HashMap<String, usize>,
    pub columns: Vec<Column<'a>>,
    pub count: usize,
}

impl<'a> Rows<'a> {
    /// The position of the column of this name, or, where rows have no keys, of the next one.
    pub fn column(&mut self, file: &'a str, budget: &'a Budget, name: Option<&str>) -> Result<usize, DataError> {
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
pub struct Found<'a> {
    pub file: &'a str,
    pub budget: &'a Budget,
    /// Rows, each one an object or a list.
    pub rows: Rows<'a>,
    /// The one row that the whole is, if it is one.
    pub single: Rows<'a>,
    /// Columns, each one a list, or an object whose keys are the rows' names.
    pub members: Vec<(String, Column<'a>)>,
    /// The rows' names in those objects.
    pub keys: Vec<String>,
    /// Whether it says what its columns are, as pandas' orient="table" does, which also writes the rows' names as one of them.
    pub has_schema: bool,
    /// The line that is read, where each has a row.
    pub line: Option<usize>,
    /// Why reading stopped.
    pub refused: Option<DataError>,
}

impl<'a> Found<'a> {
    pub fn new(file: &'a str, budget: &'a Budget) -> Self {
        Self {
            file,
            budget,
            rows: Rows::default(),
            single: Rows::default(),
            members: Vec::new(),
            keys: Vec::new(),
            has_schema: false,
            line: None,
            refused: None,
        }
    }

    pub fn row_error(&self, problem: impl Into<String>) -> DataError {
        let row = self.line.unwrap_or(self.rows.count + 1);
        DataError::Row { file: self.file.to_owned(), row, problem: problem.into() }
    }

    /// Refuses what is within something that has to be a number or text.
    pub fn nested(&self, name: &str) -> DataError {
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

    pub fn member(&mut self, name: String, column: Column<'a>) -> Result<(), DataError> {
        /// What a column takes besides its cells.
        const EACH: u64 = 256;
        self.budget.take(self.file, Some(EACH + name.len() as u64))?;
        self.members.push((name, column));
        Ok(())
    }

    pub fn finish(self, numbers: Option<Vec<usize>>) -> Result<Table, DataError> {
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
fn column_names(file: &str, names: kept::Column, count: usize) -> Result<Vec<String>, DataError> {
    let names: Vec<String> = match names {
        kept::Column::Text(names) => names.iter().map(|name| name.unwrap_or_default().to_owned()).collect(),
        kept::Column::Numbers { values, .. } | kept::Column::Times(values) => {
            values.iter().map(ToString::to_string).collect()
        }
        kept::Column::Unread { .. } => Vec::new(),
    };
    if names.len() != count {
        let problem = format!("there are {} names in \"columns\", but {count} cells in a row", names.len());
        return Err(DataError::content(file, problem));
    }
    Ok(names)
}
