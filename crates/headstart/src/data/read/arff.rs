//! ARFF, Weka's format: declared attributes, then rows, dense or sparse.
//! Source: <https://waikato.github.io/weka-wiki/formats_and_processing/arff_stable/>.

use std::borrow::Cow;
use std::collections::HashSet;

use super::cells::{Cell, Column, grow, table};
use super::{Format, unreadable};
use crate::data::DataError;
use crate::data::content::{Content, Input};
use crate::data::table::Table;
use crate::words;

pub(super) const FORMAT: Format = Format {
    name: "ARFF",
    endings: &["arff"],
    recognises: |bytes| {
        let head = String::from_utf8_lossy(&bytes[..bytes.len().min(1 << 16)]);
        head.lines().find_map(declaration).is_some_and(|line| keyword(line, "@relation").is_some())
    },
    read: |input| parse(&input).map(Content::Table),
};

/// A line without the blanks around it, if there is something in it and it is no comment.
fn declaration(line: &str) -> Option<&str> {
    let line = line.trim();
    (!line.is_empty() && !line.starts_with('%')).then_some(line)
}

/// What follows a keyword, which may be in any case.
fn keyword<'a>(line: &'a str, keyword: &str) -> Option<&'a str> {
    let (head, rest) = line.split_at_checked(keyword.len())?;
    let ends = rest.chars().next().is_none_or(char::is_whitespace);
    (ends && head.eq_ignore_ascii_case(keyword)).then(|| rest.trim())
}

/// What an attribute's cells are.
#[derive(Debug, PartialEq)]
enum Kind {
    Number,
    /// One of these, and the first of them.
    Nominal(HashSet<String>, Option<String>),
    /// Strings and dates.
    Text,
}

struct Attribute {
    name: String,
    kind: Kind,
}

/// The first word of a text, which may be in quotes, and what follows it; `ends` are characters that end one without quotes. None
/// if a quote is not closed.
fn word(text: &str, ends: impl Fn(char) -> bool) -> Option<(Cow<'_, str>, &str)> {
    let text = text.trim_start();
    let Some(quote @ ('\'' | '"')) = text.chars().next() else {
        let (word, rest) = text.split_at(text.find(ends).unwrap_or(text.len()));
        return Some((word.trim_end().into(), rest.trim_start()));
    };
    let mut escaped = false;
    let end = text[1..].find(|c| {
        let is_end = c == quote && !escaped;
        escaped = c == '\\' && !escaped;
        is_end
    })?;
    let (within, rest) = (&text[1..=end], text[end + 2..].trim_start());
    if !within.contains('\\') {
        return Some((within.into(), rest));
    }
    let mut plain = String::with_capacity(within.len());
    let mut chars = within.chars();
    while let Some(c) = chars.next() {
        plain.push(match c {
            '\\' => match chars.next()? {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                other => other,
            },
            c => c,
        });
    }
    Some((plain.into(), rest))
}

fn attribute(line: &str) -> Result<Attribute, String> {
    let unclosed = || "a quote is not closed".to_owned();
    let (name, kind) = word(line, |c| c.is_whitespace() || c == '{').ok_or_else(unclosed)?;
    let name = name.into_owned();
    if let Some(levels) = kind.strip_prefix('{') {
        let mut levels = levels.trim();
        let (mut names, mut first) = (HashSet::new(), None);
        while let Some(c) = levels.chars().next() {
            if c == '}' {
                return Ok(Attribute { name, kind: Kind::Nominal(names, first) });
            }
            let (level, rest) = word(levels, |c| c == ',' || c == '}').ok_or_else(unclosed)?;
            first.get_or_insert_with(|| level.to_string());
            names.insert(level.into_owned());
            levels = rest.strip_prefix(',').map_or(rest, str::trim_start);
            if !rest.starts_with([',', '}']) {
                break;
            }
        }
        return Err("the list of values does not end with }".to_owned());
    }
    let kind = kind.split_whitespace().next().unwrap_or_default().to_lowercase();
    match kind.as_str() {
        "numeric" | "real" | "integer" => Ok(Attribute { name, kind: Kind::Number }),
        "string" | "date" => Ok(Attribute { name, kind: Kind::Text }),
        "relational" => Err("attributes that are tables themselves are not supported: leave it out".to_owned()),
        other => Err(format!("\"{}\" is no type of an attribute", words::foreign(other))),
    }
}

pub(super) fn parse(input: &Input) -> Result<Table, DataError> {
    let (file, budget) = (input.file.as_str(), input.budget);
    let content = std::str::from_utf8(&input.bytes).map_err(|error| unreadable(file, FORMAT.name, &error))?;
    let error = |row: usize, problem: String| DataError::Row { file: file.to_owned(), row, problem };
    let lines = content.lines().enumerate().filter_map(|(at, line)| Some((at + 1, declaration(line)?)));

    let mut attributes = Vec::new();
    let mut lines = lines.into_iter();
    loop {
        let Some((row, line)) = lines.next() else {
            return Err(unreadable(file, FORMAT.name, &"there is no line @data (is it cut off?)"));
        };
        if keyword(line, "@data").is_some() {
            break;
        }
        if let Some(line) = keyword(line, "@attribute") {
            // More than the characters of its name and levels, which are in the file.
            budget.take(file, Some(256 + 64 * line.len() as u64))?;
            attributes.push(attribute(line).map_err(|problem| error(row, problem))?);
        } else if keyword(line, "@relation").is_none() {
            return Err(error(row, "a line of the header begins with @relation, @attribute or @data".to_owned()));
        }
    }
    if attributes.is_empty() {
        return Err(unreadable(file, FORMAT.name, &"it declares no @attribute"));
    }

    let mut rows = Rows { file, attributes: &attributes, columns: Vec::new(), lines: Vec::new() };
    for attribute in &attributes {
        let is_text = attribute.kind != Kind::Number;
        rows.columns.push(if is_text { Column::text(file, budget) } else { Column::new(file, budget) });
    }
    for (row, line) in lines {
        match line.strip_prefix('{') {
            Some(line) => rows.sparse(row, line)?,
            None => rows.dense(row, line)?,
        }
        grow(file, budget, &mut rows.lines, row)?;
    }
    if rows.lines.is_empty() {
        return Err(DataError::content(file, "the file has no rows"));
    }
    let Rows { columns, lines, .. } = rows;
    let names: Vec<String> = attributes.iter().map(|attribute| attribute.name.clone()).collect();
    let label = names.iter().position(|name| name.eq_ignore_ascii_case("class")).unwrap_or(names.len() - 1);
    let notes = Vec::new();
    table(Some(names), columns, Some(lines), Some(label), notes)
}

/// The rows on their way.
struct Rows<'a> {
    file: &'a str,
    attributes: &'a [Attribute],
    columns: Vec<Column<'a>>,
    lines: Vec<usize>,
}

impl Rows<'_> {
    fn error(&self, row: usize, problem: impl Into<String>) -> DataError {
        DataError::Row { file: self.file.to_owned(), row, problem: problem.into() }
    }

    /// A row of all cells, apart by commas, or else by blanks.
    fn dense(&mut self, row: usize, line: &str) -> Result<(), DataError> {
        let mut rest = line;
        let mut at = 0;
        let has_commas = has_commas(line);
        let separator = |c: char| if has_commas { c == ',' } else { c.is_whitespace() };
        loop {
            if at == self.attributes.len() {
                let problem = if rest.trim_start().starts_with('{') {
                    "weights of rows are not supported: leave out the last {...}".to_owned()
                } else {
                    format!("there are more cells than attributes, which are {at}")
                };
                return Err(self.error(row, problem));
            }
            let Some((cell, after)) = word(rest, separator) else {
                return Err(self.error(row, "a quote is not closed"));
            };
            self.push(row, at, &cell, is_quoted(rest))?;
            at += 1;
            rest = match after.strip_prefix(',') {
                Some(after) => after,
                None if after.is_empty() => break,
                None if has_commas => return Err(self.error(row, "text follows the quote that closes a cell")),
                None => after,
            };
        }
        if at < self.attributes.len() {
            let problem = format!("there are {at} cells and {} attributes", self.attributes.len());
            return Err(self.error(row, problem));
        }
        Ok(())
    }

    /// A row of attributes' positions and cells; those that are not there are 0, or the first of the declared values.
    fn sparse(&mut self, row: usize, line: &str) -> Result<(), DataError> {
        let damaged = "a sparse row is {position value, ...}, with its positions from 0 in ascending order";
        let mut rest = line.trim_start();
        let mut next = 0;
        while !rest.starts_with('}') {
            let cell = rest.split_once(char::is_whitespace).and_then(|(at, cell)| {
                let at = at.parse::<usize>().ok().filter(|&at| at >= next && at < self.attributes.len())?;
                Some((at, is_quoted(cell), word(cell, |c| c == ',' || c == '}')?))
            });
            let Some((at, quoted, (cell, after))) = cell else { return Err(self.error(row, damaged)) };
            (next..at).try_for_each(|at| self.push_default(at))?;
            self.push(row, at, &cell, quoted)?;
            next = at + 1;
            rest = match after.strip_prefix(',') {
                Some(after) => after.trim_start(),
                None if after.starts_with('}') => after,
                None => return Err(self.error(row, damaged)),
            };
        }
        if !rest[1..].trim().is_empty() {
            return Err(
                self.error(row, "there is text behind the } of a sparse row: weights of rows are not supported")
            );
        }
        (next..self.attributes.len()).try_for_each(|at| self.push_default(at))
    }

    fn push_default(&mut self, at: usize) -> Result<(), DataError> {
        let cell = match &self.attributes[at].kind {
            Kind::Number => Cell::Number(0.0, false),
            Kind::Nominal(_, first) => first.as_deref().map_or(Cell::Missing, Cell::Text),
            Kind::Text => Cell::Missing,
        };
        self.columns[at].push(cell)
    }

    fn push(&mut self, row: usize, at: usize, cell: &str, quoted: bool) -> Result<(), DataError> {
        let attribute = &self.attributes[at];
        let problem = match &attribute.kind {
            _ if !quoted && (cell == "?" || cell.is_empty()) => return self.columns[at].push(Cell::Missing),
            Kind::Number => match Cell::parse(cell) {
                Some(number) => return self.columns[at].push(number),
                None => "is not a number, as the attribute is declared to be",
            },
            Kind::Nominal(levels, _) if !levels.contains(cell) => {
                "is none of the values that the attribute is declared to have"
            }
            Kind::Nominal(..) | Kind::Text => return self.columns[at].push(Cell::Text(cell)),
        };
        Err(DataError::Cell {
            file: self.file.to_owned(),
            row,
            column: format!("\"{}\"", words::foreign(&attribute.name)),
            problem: format!("\"{}\" {problem}", words::foreign(cell)),
        })
    }
}

/// Whether there is a comma outside of quotes.
fn has_commas(line: &str) -> bool {
    let (mut quote, mut escaped) = (None, false);
    line.chars().any(|c| {
        match quote {
            Some(open) if c == open && !escaped => quote = None,
            None if c == '\'' || c == '"' => quote = Some(c),
            _ => {}
        }
        escaped = c == '\\' && !escaped;
        c == ',' && quote.is_none()
    })
}

fn is_quoted(text: &str) -> bool {
    text.trim_start().starts_with(['\'', '"'])
}

#[cfg(test)]
mod tests {
    use super::super::cells::tests::{numbers, read, same, text, within};
    use super::*;
    use crate::data::content;

    fn parsed(text: &str) -> Table {
        assert!((FORMAT.recognises)(text.as_bytes()));
        read(parse, "a.arff", text).unwrap()
    }

    fn error(rows: &str) -> String {
        let header = "@relation r\n@attribute a real\n@attribute b {x, 'y z'}\n@data\n";
        read(parse, "a.arff", format!("{header}{rows}")).err().unwrap().to_string()
    }

    #[test]
    fn every_kind_of_attribute() {
        let table = parsed(
            "% of cats\n\n@RELATION 'the cats'\n@attribute 'the age' Numeric\n@attribute n INTEGER\n\
             @attribute kind{tabby,'big \\'cat\\'' , \"a,b\"}\n@attribute said string\n@attribute day date 'yyyy-MM-dd'\n\
             @DATA\n1.5, 7,tabby,'a, \"b\"',2024-05-01\n% a comment\n?,9007199254740993,'big \\'cat\\'',?,?\n\
             -2e3 ,0, \"a,b\" ,'?',\"2024-05-02\"\n",
        );
        assert_eq!(table.names.unwrap(), ["the age", "n", "kind", "said", "day"]);
        assert!(same(&table.columns[0], &numbers(&[1.5, f64::NAN, -2000.0])));
        let rounded = crate::data::table::Column::Numbers { values: vec![7.0, 9007199254740992.0, 0.0], rounded: true };
        assert_eq!(table.columns[1], rounded);
        assert_eq!(table.columns[2], text(&["tabby", "big 'cat'", "a,b"]));
        assert_eq!(table.columns[3], text(&["a, \"b\"", "", "?"]));
        assert_eq!(table.columns[4], text(&["2024-05-01", "", "2024-05-02"]));
        assert_eq!((table.rows, table.label), (content::Rows::Numbered(vec![10, 12, 13]), Some(4)));
    }

    #[test]
    fn declared_values_stay_text_and_the_class_is_the_label() {
        let table = parsed("@relation r\n@attribute Class {0,1}\n@attribute a real\n@data\n1\t5\n0 6\n");
        assert_eq!(table.columns, [text(&["1", "0"]), numbers(&[5.0, 6.0])]);
        assert_eq!(table.label, Some(0));
    }

    #[test]
    fn sparse_rows() {
        let table = parsed(
            "@relation r\n@attribute a real\n@attribute b {no,yes}\n@attribute c real\n@data\n{1 yes, 2 3}\n{ }\n{0 -1,2 ?}\n",
        );
        assert_eq!(table.columns[..2], [numbers(&[0.0, 0.0, -1.0]), text(&["yes", "no", "no"])]);
        assert!(same(&table.columns[2], &numbers(&[3.0, 0.0, f64::NAN])));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_row() {
        assert_eq!(
            error("1,x\n2,z\n"),
            "a.arff, row 6, column \"b\": \"z\" is none of the values that the attribute is declared to have"
        );
        assert!(error("one,x\n").contains("\"one\" is not a number"));
        assert_eq!(error("1\n"), "a.arff, row 5: there are 1 cells and 2 attributes");
        assert!(error("1,x,3\n").contains("more cells than attributes"));
        assert!(error("1,x,{2}\n").contains("weights of rows"));
        assert!(error("1,'x\n").contains("a quote is not closed"));
        assert!(error("1,'x'y\n").contains("text follows the quote"));
        for sparse in ["{1 x", "{2 x}", "{0 1, 0 1}", "{x}", "{0}"] {
            assert!(error(sparse).contains("a sparse row is"), "{sparse}");
        }
        assert!(error("{0 1 1 x}").contains("\"1 1 x\" is not a number"));
        assert!(error("{0 1}, {5}").contains("behind the }"));
        assert_eq!(error(""), "a.arff: the file has no rows");
    }

    #[test]
    fn headers_that_are_cut_off_or_damaged() {
        let header = |text: &str| read(parse, "a.arff", text).err().unwrap().to_string();
        assert!(header("@relation r\n@attribute a real\n").ends_with("there is no line @data (is it cut off?)"));
        assert!(header("@relation r\n@data\n1\n").ends_with("it declares no @attribute"));
        assert!(header("@relation r\n@attribute a relational\n").contains("tables themselves"));
        assert!(header("@relation r\n@attribute a complex\n").contains("\"complex\" is no type"));
        assert!(header("@relation r\n@attribute a {x,y\n").contains("does not end with }"));
        assert!(header("@relation r\n@attribute 'a real\n").contains("a quote is not closed"));
        assert!(header("@relation r\nattribute a real\n").contains("begins with @relation"));
        assert!(read(parse, "a.arff", *b"@relation \xff\n").is_err());
    }

    #[test]
    fn short_rows_of_many_attributes_are_within_the_budget() {
        let attributes: Vec<String> = (0..1000).map(|i| format!("@attribute a{i} real\n")).collect();
        let bomb = format!("@relation r\n{}@data\n{}", attributes.concat(), "{}\n".repeat(5000));
        assert!(matches!(within(parse, "a.arff", bomb, 5_000_000), Err(DataError::TooLarge { .. })));
    }
}
