//! Which columns of a table are meant: by name, pattern or position.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use headstart_engine::names::{GrammarError, nearest};

use crate::data::DataError;
use crate::data::content::listed;
use crate::words;

/// Columns of a table as people list them, with commas between them: names, patterns with `*` and `?`, positions from 0
/// (-1 is the last one), and ranges of positions as Python's slices (`2:5`, `3:`). A name with a comma in it stands in
/// quotes (`"a,b"`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnNames(Vec<String>);

impl FromStr for ColumnNames {
    type Err = GrammarError;

    fn from_str(text: &str) -> Result<Self, GrammarError> {
        let (mut names, mut name, mut quoted) = (Vec::new(), String::new(), false);
        let mut characters = text.chars().peekable();
        while let Some(c) = characters.next() {
            match c {
                '"' if quoted && characters.peek() == Some(&'"') => name.extend(characters.next()),
                '"' if quoted || name.is_empty() => quoted = !quoted,
                ',' if !quoted => names.push(std::mem::take(&mut name)),
                c if c.is_whitespace() && name.is_empty() && !quoted => {}
                c => name.push(c),
            }
        }
        names.push(name);
        if quoted {
            return Err(GrammarError::parameter(text, "the quotes around a column's name are not closed"));
        }
        let names: Vec<String> = names.into_iter().map(|name| name.trim().to_owned()).collect();
        if names.iter().any(String::is_empty) {
            return Err(GrammarError::parameter(text, "a column's name is missing: columns are listed as in a,b,c"));
        }
        Ok(Self(names))
    }
}

impl fmt::Display for ColumnNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let needs_quotes = |name: &str| name.contains([',', '"']) || name.trim() != name;
        let quoted = |name: &String| {
            if needs_quotes(name) { format!("\"{}\"", name.replace('"', "\"\"")) } else { name.clone() }
        };
        f.pad(&self.0.iter().map(quoted).collect::<Vec<_>>().join(","))
    }
}

impl Serialize for ColumnNames {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ColumnNames {
    /// One text, as a flag would have it; or a list of names, whatever is in them; or a position.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "a column's name or position, or a list of them")]
        enum Written {
            Text(String),
            Position(i64),
            List(Vec<One>),
        }
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "a column's name or position")]
        enum One {
            Name(String),
            Position(i64),
        }
        let one = |one| match one {
            One::Name(name) => name,
            One::Position(position) => position.to_string(),
        };
        match Written::deserialize(deserializer)? {
            Written::Text(text) => text.parse().map_err(serde::de::Error::custom),
            Written::Position(position) => Ok(Self(vec![position.to_string()])),
            Written::List(list) => Ok(Self(list.into_iter().map(one).collect())),
        }
    }
}

/// A column that was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Chosen {
    /// Its position.
    pub at: usize,
    /// Whether it was asked for by itself, and not by a pattern or a range.
    pub by_itself: bool,
}

impl ColumnNames {
    /// Columns of these very names.
    pub fn exactly(names: Vec<String>) -> Self {
        Self(names)
    }

    /// Whether this very name is among them.
    pub(crate) fn has_name(&self, name: &str) -> bool {
        self.0.iter().any(|one| one == name)
    }

    /// The columns that are meant, of so many with these names, in the order of the list and none twice.
    ///
    /// # Errors
    /// If one is not there, or several have the name.
    pub(crate) fn find(&self, file: &str, names: Option<&[String]>, count: usize) -> Result<Vec<Chosen>, DataError> {
        let mut chosen: Vec<Chosen> = Vec::new();
        let mut place = vec![None; count];
        // A name with commas in it that nobody put into quotes.
        let whole = self.0.join(",");
        let is_one_name = self.0.len() > 1 && names.is_some_and(|names| names.contains(&whole));
        let list = if is_one_name { std::slice::from_ref(&whole) } else { self.0.as_slice() };
        for one in list {
            for new in one_of(file, names, count, one)? {
                if let Some(old) = place[new.at] {
                    let old: &mut Chosen = &mut chosen[old];
                    old.by_itself |= new.by_itself;
                } else {
                    place[new.at] = Some(chosen.len());
                    chosen.push(new);
                }
            }
        }
        Ok(chosen)
    }
}

fn one_of(file: &str, names: Option<&[String]>, count: usize, one: &str) -> Result<Vec<Chosen>, DataError> {
    let all = names.unwrap_or_default();
    let called: Vec<usize> = (0..all.len()).filter(|&at| all[at] == *one).collect();
    match called.as_slice() {
        [] => {}
        [at] => return Ok(vec![Chosen { at: *at, by_itself: true }]),
        several => {
            let positions: Vec<String> = several.iter().take(12).map(ToString::to_string).collect();
            return Err(DataError::Usage(format!(
                "{} has more than one column \"{}\", at the positions {} (the first is 0): give the position",
                words::in_a_line(file),
                words::foreign(one),
                positions.join(", ")
            )));
        }
    }
    if let Some(at) = position(file, count, one)? {
        return Ok(vec![Chosen { at, by_itself: true }]);
    }
    if let Some(range) = slice(one, count) {
        return Ok(range.map(|at| Chosen { at, by_itself: false }).collect());
    }
    if one.contains(['*', '?']) {
        let found: Vec<Chosen> =
            (0..all.len()).filter(|&at| fits(one, &all[at])).map(|at| Chosen { at, by_itself: false }).collect();
        if !found.is_empty() {
            return Ok(found);
        }
    }
    // A slip of the shift key should cost nobody a run, where no other column could be meant.
    let alike: Vec<usize> = (0..all.len()).filter(|&at| all[at].to_lowercase() == one.to_lowercase()).collect();
    if let [at] = alike.as_slice() {
        return Ok(vec![Chosen { at: *at, by_itself: true }]);
    }
    let (file, one) = (words::in_a_line(file), words::foreign(one));
    Err(DataError::Usage(match names {
        Some(names) => {
            let known: Vec<&str> = names.iter().map(String::as_str).collect();
            let near = nearest(&one, &known).map(|near| format!(", did you mean \"{}\"?", words::foreign(near)));
            let near = near.unwrap_or_else(|| ";".to_owned());
            format!("{file} has no column \"{one}\"{near} its columns are {}", listed(names))
        }
        None => format!("{file} has no header and so no column \"{one}\": give the column's position, from 0"),
    }))
}

/// A position, from the start or from the end.
fn position(file: &str, count: usize, one: &str) -> Result<Option<usize>, DataError> {
    let Ok(position) = one.parse::<i64>() else { return Ok(None) };
    let from_start = if position < 0 { position.saturating_add_unsigned(count as u64) } else { position };
    match usize::try_from(from_start) {
        Ok(at) if at < count => Ok(Some(at)),
        _ => Err(DataError::Usage(format!(
            "{} has no column {position}: there are {count} columns, 0 to {}, or -{count} to -1 from the end",
            words::in_a_line(file),
            count.saturating_sub(1)
        ))),
    }
}

/// The positions of a slice as Python writes it, cut off where there are no more.
fn slice(one: &str, count: usize) -> Option<std::ops::Range<usize>> {
    let (from, to) = one.split_once(':')?;
    let end = |text: &str, default: usize| match text.trim() {
        "" => Some(default),
        text => {
            let at = text.parse::<i64>().ok()?;
            let at = if at < 0 { at.saturating_add_unsigned(count as u64).max(0) } else { at };
            usize::try_from(at).ok().map(|at| at.min(count))
        }
    };
    let (from, to) = (end(from, 0)?, end(to, count)?);
    Some(from..to.max(from))
}

/// Whether a name fits a pattern: `*` stands for any text, `?` for one character.
fn fits(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let (mut p, mut n, mut back) = (0, 0, None);
    while n < name.len() {
        match pattern.get(p) {
            Some('*') => {
                back = Some((p, n));
                p += 1;
            }
            Some(&c) if c == '?' || c == name[n] => (p, n) = (p + 1, n + 1),
            // The last star takes one character more.
            _ => match &mut back {
                Some((star, from)) => {
                    *from += 1;
                    (p, n) = (*star + 1, *from);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|&c| c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(list: &str, names: &[&str]) -> Result<Vec<usize>, String> {
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        let list: ColumnNames = list.parse().unwrap();
        let found = list.find("a.csv", Some(&names), names.len()).map_err(|error| error.to_string())?;
        Ok(found.into_iter().map(|chosen| chosen.at).collect())
    }

    #[test]
    fn names_patterns_positions_and_slices() {
        let names = ["age", "x1", "x2", "x10", "a,b", "Price"];
        assert_eq!(found("age,x2", &names), Ok(vec![0, 2]));
        assert_eq!(found("x*", &names), Ok(vec![1, 2, 3]));
        assert_eq!(found("x?,age,x1", &names), Ok(vec![1, 2, 0]));
        assert_eq!(found("-1,0", &names), Ok(vec![5, 0]));
        assert_eq!(found("1:3,:1,4:", &names), Ok(vec![1, 2, 0, 4, 5]));
        assert_eq!(found("\"a,b\"", &names), Ok(vec![4]));
        assert_eq!(found("a,b", &names), Ok(vec![4]));
        assert_eq!(found("price", &names), Ok(vec![5]));
        assert_eq!(found("*", &names).unwrap().len(), 6);
    }

    #[test]
    fn what_is_not_there_is_met_with_the_nearest_name() {
        assert_eq!(
            found("agr", &["age", "sex"]).unwrap_err(),
            "a.csv has no column \"agr\", did you mean \"age\"? its columns are age, sex"
        );
        assert!(found("7", &["age", "sex"]).unwrap_err().contains("there are 2 columns, 0 to 1, or -2 to -1"));
        assert!(found("y", &["y", "y"]).unwrap_err().contains("at the positions 0, 1"));
        assert!(found("q*", &["y"]).unwrap_err().contains("has no column \"q*\""));
        let none: ColumnNames = "age".parse().unwrap();
        assert!(none.find("a.csv", None, 3).unwrap_err().to_string().contains("no header"));
    }

    #[derive(Deserialize)]
    struct Of {
        list: ColumnNames,
    }

    #[test]
    fn lists_read_back_as_they_were() {
        for text in ["a", "a,b", "\"a,b\",c", "\"say \"\"hi\"\"\"", "-1", "x*,2:5"] {
            let list: ColumnNames = text.parse().unwrap();
            assert_eq!(list.to_string().parse::<ColumnNames>().unwrap(), list);
        }
        assert!("a,,b".parse::<ColumnNames>().is_err() && "\"a".parse::<ColumnNames>().is_err());
        let read = |text: &str| toml::from_str::<Of>(text).unwrap().list;
        assert_eq!(read("list = [\"a,b\", 2]"), "\"a,b\",2".parse().unwrap());
        assert_eq!(read("list = -1"), "-1".parse().unwrap());
    }
}
