//! Svmlight's and libsvm's text format: a line for each sample, its label and those of its features that are not 0.

use super::cells::{Column, table};
use super::{Format, unreadable};
use crate::data::DataError;
use crate::data::content::{Content, Input};
use crate::data::table::{self, Table};
use crate::words;

pub(super) const FORMAT: Format = Format {
    name: "svmlight",
    endings: &["svmlight", "libsvm", "svm"],
    recognises,
    read: |input| parse(&input).map(Content::Table),
};

/// One sample.
struct Line<'a> {
    row: usize,
    label: &'a str,
    /// Whether it has a query's number, which says which samples belong together.
    query: bool,
    features: &'a str,
}

/// The lines of a text that are samples.
fn lines(text: &str) -> impl Iterator<Item = Line<'_>> {
    text.lines().enumerate().filter_map(|(at, line)| {
        let line = line.split('#').next().unwrap_or_default().trim();
        let (label, features) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let features = features.trim_start();
        let query = features.starts_with("qid:");
        let features =
            if query { features.split_once(char::is_whitespace).map_or("", |(_, rest)| rest) } else { features };
        (!line.is_empty()).then_some(Line { row: at + 1, label, query, features })
    })
}

/// The position and the value of each feature that is not 0; an error says what is wrong with one.
fn features(text: &str) -> impl Iterator<Item = Result<(u64, f64), String>> {
    text.split_whitespace().map(|pair| {
        let parsed = pair.split_once(':').and_then(|(at, value)| Some((at.parse().ok()?, value.parse().ok()?)));
        parsed.ok_or_else(|| format!("\"{}\" is not position:value, as 3:0.5", words::foreign(pair)))
    })
}

fn recognises(bytes: &[u8]) -> bool {
    const LOOKED_AT: usize = 20;
    let head = &bytes[..bytes.len().min(1 << 16)];
    let head = String::from_utf8_lossy(head);
    // The last line may be cut off by the end of what is looked at.
    let head = if head.len() < bytes.len() { head.rsplit_once('\n').map_or(&*head, |(lines, _)| lines) } else { &head };
    let mut pairs = 0;
    let right = lines(head).take(LOOKED_AT).all(|line| {
        let label = line.label.split(',').all(|label| label.parse::<f64>().is_ok());
        label
            && features(line.features).all(|feature| {
                pairs += 1;
                feature.is_ok()
            })
    });
    right && pairs > 0
}

pub(super) fn parse(input: &Input) -> Result<Table, DataError> {
    /// What a column takes besides its cells.
    const EACH: u64 = 64;
    let (file, budget) = (input.file.as_str(), input.budget);
    let content = std::str::from_utf8(&input.bytes).map_err(|error| unreadable(file, FORMAT.name, &error))?;
    let error = |row: usize, problem: String| DataError::Row { file: file.to_owned(), row, problem };

    // How wide the table is, and what its first position is, is known only at the end.
    let (mut rows, mut first, mut last, mut queries) = (0_usize, u64::MAX, None, false);
    for line in lines(content) {
        rows += 1;
        queries |= line.query;
        let mut before = None;
        for feature in features(line.features) {
            let (at, _) = feature.map_err(|problem| error(line.row, problem))?;
            if before.is_some_and(|before| at <= before) {
                return Err(error(line.row, format!("position {at} is not behind the one before it: sort them")));
            }
            before = Some(at);
            first = first.min(at);
            last = last.max(Some(at));
        }
    }
    let Some(last) = last else {
        let what = if rows == 0 { "the file has no rows" } else { "no sample in it has a feature" };
        return Err(DataError::content(file, what));
    };
    // As scikit-learn's `zero_based="auto"`: positions count from 0 if one of them is 0.
    let base = u64::from(first > 0);
    let width = usize::try_from(last - base).ok().and_then(|last| last.checked_add(1));
    let cells = u64::try_from(rows).ok().and_then(|rows| rows.checked_mul(8)?.checked_add(EACH));
    budget.take_each(file, width, cells.unwrap_or(u64::MAX))?;
    let mut x: Vec<Vec<f64>> = (0..width.unwrap_or(0)).map(|_| vec![0.0; rows]).collect();

    let mut label = Column::new(file, budget);
    budget.take_each(file, Some(rows), size_of::<usize>() as u64)?;
    let mut numbers = Vec::with_capacity(rows);
    for (sample, line) in lines(content).enumerate() {
        if line.label.contains(',') {
            let problem = "a sample has several labels, which is not supported: keep one in each line";
            return Err(error(line.row, problem.to_owned()));
        }
        let Some(cell) = super::cells::Cell::parse(line.label) else {
            let problem = format!("the label \"{}\" is not a number", words::foreign(line.label));
            return Err(error(line.row, problem));
        };
        label.push(cell)?;
        numbers.push(line.row);
        for (at, value) in features(line.features).flatten() {
            x[(at - base) as usize][sample] = value;
        }
    }
    let mut notes = Vec::new();
    if queries {
        notes.push(format!("{}: which query a sample belongs to (qid) is not used", words::in_a_line(file)));
    }
    let mut table = table(None, vec![label], Some(numbers), Some(0), notes)?;
    table.columns.extend(x.into_iter().map(|values| table::Column::Numbers { values, rounded: false }));
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::super::cells::tests::{numbers, read, within};
    use super::*;
    use crate::data::content::Rows;

    fn columns(text: &str) -> Vec<table::Column> {
        assert!(recognises(text.as_bytes()), "{text}");
        let table = read(parse, "a.libsvm", text).unwrap();
        assert_eq!((table.names, table.label), (None, Some(0)));
        table.columns
    }

    fn error(text: &str) -> String {
        read(parse, "a.libsvm", text).err().unwrap().to_string()
    }

    /// As `sklearn.datasets.load_svmlight_file` decides.
    #[test]
    fn positions_from_0_or_from_1() {
        let of = |columns: &[&[f64]]| columns.iter().map(|column| numbers(column)).collect::<Vec<_>>();
        assert_eq!(columns("1 1:0.5 3:2\n-1 2:1e3\n"), of(&[&[1.0, -1.0], &[0.5, 0.0], &[0.0, 1000.0], &[2.0, 0.0]]));
        assert_eq!(columns("1 0:0.5 2:2\n-1 1:3\n"), of(&[&[1.0, -1.0], &[0.5, 0.0], &[0.0, 3.0], &[2.0, 0.0]]));
        assert_eq!(columns("2.5 2:7\n0\n"), of(&[&[2.5, 0.0], &[0.0, 0.0], &[7.0, 0.0]]));
    }

    #[test]
    fn comments_and_queries() {
        let text = "# made by hand\n1 qid:3 1:5 # the first\n\n0 qid:3\n";
        let table = read(parse, "a.libsvm", text).unwrap();
        assert_eq!(table.columns, [numbers(&[1.0, 0.0]), numbers(&[5.0, 0.0])]);
        assert_eq!(table.rows, Rows::Numbered(vec![2, 4]));
        assert!(table.notes[0].contains("(qid) is not used"));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_row() {
        assert!(error("1 1:5\n0,1 1:5\n").starts_with("a.libsvm, row 2: a sample has several labels"));
        assert!(error("1 1:5\n0 x:5\n").starts_with("a.libsvm, row 2: \"x:5\" is not position:value"));
        assert!(error("1 2:5 1:5\n").contains("position 1 is not behind"));
        assert!(error("cat 1:5\n").contains("the label \"cat\" is not a number"));
        assert!(error("1 1:5 2:\n").contains("\"2:\" is not position:value"));
        assert_eq!(error("# nothing\n"), "a.libsvm: the file has no rows");
        assert_eq!(error("1\n2\n"), "a.libsvm: no sample in it has a feature");
    }

    #[test]
    fn other_texts_are_not_taken_for_it() {
        for other in ["1,2\n", "1 2\n", "a 1:5\n", "1 12:30:00\n", "", "1\n2\n", "{\"a\": 1}"] {
            assert!(!recognises(other.as_bytes()), "{other}");
        }
    }

    #[test]
    fn one_large_position_claims_no_memory() {
        for text in ["1 4000000000:1\n", "1 18446744073709551615:1\n", "1 0:1 18446744073709551615:1\n"] {
            assert!(matches!(within(parse, "a.libsvm", text, 1 << 30), Err(DataError::TooLarge { .. })), "{text}");
        }
    }
}
