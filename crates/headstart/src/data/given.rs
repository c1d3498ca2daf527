//! Samples and labels that are in memory, in the place of files: what a program that calls this one has at hand.

use super::content::{self, Array, Content, Gatherer, Names, Rows, Values};
use super::memory::Budget;
use super::table::{self, Table};
use super::{DataError, read};
use std::fmt;
use std::sync::Arc;

/// What is in memory of what a [`DataSpec`](super::DataSpec) names, each in the place of the file that the key of that name would name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Given {
    /// Samples, with their labels where they are columns of a table.
    pub data: Option<Source>,
    /// The labels of `data`.
    pub labels: Option<Source>,
    /// Samples to test on.
    pub test_data: Option<Source>,
    /// Their labels.
    pub test_labels: Option<Source>,
}

impl Given {
    /// Whether there are samples to train on.
    pub fn has_data(&self) -> bool {
        self.data.is_some()
    }
}

/// Numbers that are somebody else's, and stay where they are.
pub trait Lent: Send + Sync {
    /// All of them, in C order.
    fn numbers(&self) -> &[f64];
}

impl Lent for Vec<f64> {
    fn numbers(&self) -> &[f64] {
        self
    }
}

/// Samples or labels in memory. Copies are of the same; two are equal if they are that.
#[derive(Clone)]
pub struct Source(Arc<Held>);

enum Held {
    Numbers { shape: Vec<usize>, rounded: bool, values: Box<dyn Lent> },
    Texts { shape: Vec<usize>, values: Vec<Option<String>> },
    Columns(Vec<(String, Column)>),
    File(Vec<u8>),
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq)]
pub enum Column {
    /// Numbers, NaN where there is none; and whether one is a whole number that float64 does not have, so that it was rounded.
    Numbers(Vec<f64>, bool),
    /// Text. None, and what stands for none in files (`NA`, `?`), is missing.
    Text(Vec<Option<String>>),
    /// Points in time: seconds since 1970-01-01 00:00 UTC; NaN where there is none.
    Times(Vec<f64>),
    /// Anything else: how many cells, and why nothing can be made of it.
    Unread(usize, String),
}

impl Column {
    fn len(&self) -> usize {
        match self {
            Self::Numbers(values, _) | Self::Times(values) => values.len(),
            Self::Text(values) => values.len(),
            Self::Unread(rows, _) => *rows,
        }
    }
}

impl Source {
    /// An array of numbers in C order; its first axis counts the samples. They are read where they lie, while the samples are made of them.
    /// `rounded` says whether one was a whole number that float64 does not have.
    pub fn of_numbers(shape: Vec<usize>, values: impl Lent + 'static, rounded: bool) -> Self {
        Self(Arc::new(Held::Numbers { shape, rounded, values: Box::new(values) }))
    }

    /// An array of text in C order, none where it is missing: labels, mostly.
    pub fn of_texts(shape: Vec<usize>, values: Vec<Option<String>>) -> Self {
        Self(Arc::new(Held::Texts { shape, values }))
    }

    /// Columns of one length, by name, in order.
    pub fn of_columns(columns: Vec<(String, Column)>) -> Self {
        Self(Arc::new(Held::Columns(columns)))
    }

    /// The bytes of a file of any format that is read.
    pub fn of_file(bytes: Vec<u8>) -> Self {
        Self(Arc::new(Held::File(bytes)))
    }

    /// What readers of files hand over.
    pub(super) fn content(&self, name: &str, budget: &Budget) -> Result<Content<'_>, DataError> {
        match &*self.0 {
            Held::Numbers { shape, rounded, values } => {
                Ok(Content::Lent(content::Lent { shape, values: values.numbers(), rounded: *rounded }))
            }
            Held::Texts { shape, values } => {
                let texts = gathered(name, values, budget)?;
                Ok(Content::Array(Array::new(shape.clone(), Values::Text(texts))))
            }
            Held::Columns(columns) => columns_of(name, columns, budget).map(Content::Table),
            Held::File(bytes) => {
                budget.take(name, Some(bytes.len() as u64))?;
                read::read_bytes(name.to_owned(), bytes.clone(), budget)
            }
        }
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Held::Numbers { shape, .. } => write!(f, "numbers {shape:?}"),
            Held::Texts { shape, .. } => write!(f, "texts {shape:?}"),
            Held::Columns(columns) => write!(f, "{} columns", columns.len()),
            Held::File(bytes) => write!(f, "a file of {} bytes", bytes.len()),
        }
    }
}

impl PartialEq for Source {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

fn gathered(name: &str, texts: &[Option<String>], budget: &Budget) -> Result<Names, DataError> {
    let mut gatherer = Gatherer::new(name, budget);
    for text in texts {
        // As in files: without blanks around it, and nothing where it says that there is nothing.
        let text = text.as_deref().unwrap_or_default().trim();
        gatherer.push(if read::is_missing(text) { "" } else { text })?;
    }
    Ok(gatherer.finish())
}

fn columns_of(name: &str, columns: &[(String, Column)], budget: &Budget) -> Result<Table, DataError> {
    let rows = columns.first().map_or(0, |(_, column)| column.len());
    if let Some((other, column)) = columns.iter().find(|(_, column)| column.len() != rows) {
        let problem = format!("column \"{other}\" has {} cells, and the first one has {rows}", column.len());
        return Err(DataError::content(name, problem));
    }
    let numbers = |values: &[f64]| budget.take_shape(name, &[values.len()]).map(|()| values.to_vec());
    let cells = |column: &Column| {
        Ok(match column {
            Column::Numbers(values, rounded) => table::Column::Numbers { values: numbers(values)?, rounded: *rounded },
            Column::Times(values) => table::Column::Times(numbers(values)?),
            Column::Text(texts) => table::Column::Text(gathered(name, texts, budget)?),
            Column::Unread(rows, why) => table::Column::Unread { rows: *rows, why: why.clone() },
        })
    };
    Ok(Table {
        names: Some(columns.iter().map(|(name, _)| name.clone()).collect()),
        columns: columns.iter().map(|(_, column)| cells(column)).collect::<Result<_, DataError>>()?,
        rows: Rows::From(1),
        decimal: None,
        label: None,
        notes: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{DataSpec, Dataset};

    const CSV: &str = "size,colour,y\n1.5,red,0\n2.5,,1\n3.5,blue,0\n9,red,1\n2,blue,0\n7,red,1\n1,red,0\n8,blue,1\n";

    fn loaded(given: Given) -> Dataset {
        let spec = DataSpec { data: "data".to_owned(), given, ..DataSpec::default() };
        Dataset::load(&spec).unwrap_or_else(|error| panic!("{error}"))
    }

    /// All but the names of files, which notes have.
    fn same(a: &Dataset, b: &Dataset) -> bool {
        (&a.train, &a.test, &a.kind, &a.scaling, &a.features) == (&b.train, &b.test, &b.kind, &b.scaling, &b.features)
    }

    #[test]
    fn what_is_in_memory_is_what_is_in_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("table.csv");
        std::fs::write(&path, CSV).unwrap();
        let of_file = Dataset::load(&DataSpec { data: path.display().to_string(), ..DataSpec::default() }).unwrap();
        let bytes = Given { data: Some(Source::of_file(CSV.as_bytes().to_vec())), ..Given::default() };
        assert!(same(&loaded(bytes), &of_file));
        let rows = || CSV.lines().skip(1).map(|line| line.split(',').collect::<Vec<_>>());
        let numbers = |at: usize| Column::Numbers(rows().map(|row| row[at].parse().unwrap()).collect(), false);
        let text = Column::Text(rows().map(|row| Some(row[1].to_owned())).collect());
        let columns = [("size", numbers(0)), ("colour", text), ("y", numbers(2))];
        let columns = columns.map(|(name, column)| (name.to_owned(), column)).to_vec();
        assert!(same(&loaded(Given { data: Some(Source::of_columns(columns)), ..Given::default() }), &of_file));
    }

    #[test]
    fn arrays_are_read_where_they_lie_with_labels_of_their_own() {
        let x: Vec<f64> = (0..20).map(f64::from).collect();
        let of = |labels: Source| Given {
            data: Some(Source::of_numbers(vec![10, 2], x.clone(), false)),
            labels: Some(labels),
            ..Given::default()
        };
        let y: Vec<f64> = (0..10).map(|i| f64::from(i % 2)).collect();
        let numbers = loaded(of(Source::of_numbers(vec![10], y.clone(), false)));
        assert_eq!((numbers.train.x.nrows(), numbers.name.as_str()), (8, "data"));
        let texts = y.iter().map(|y| Some(if *y == 0.0 { "no" } else { "yes" }.to_owned())).collect();
        let texts = loaded(of(Source::of_texts(vec![10], texts)));
        assert_eq!((&texts.train.x, &texts.train.y), (&numbers.train.x, &numbers.train.y));
    }

    #[test]
    fn what_does_not_fit_is_told_by_the_names_of_keys() {
        let refused = |shape: Vec<usize>, labels: usize| {
            let given = Given {
                data: Some(Source::of_numbers(shape, vec![0.0; 4], false)),
                labels: Some(Source::of_numbers(vec![labels], vec![0.0; labels], false)),
                ..Given::default()
            };
            Dataset::load(&DataSpec { data: "data".to_owned(), given, ..DataSpec::default() }).unwrap_err().to_string()
        };
        assert_eq!(refused(vec![2, 2], 3), "data: 2 samples, but labels has 3 labels");
        assert!(refused(vec![0, 2], 0).contains("there is nothing in it"), "{}", refused(vec![0, 2], 0));
        assert!(refused(vec![3, 2], 3).starts_with("data: "), "{}", refused(vec![3, 2], 3));
        let uneven = [("a", vec![1.0]), ("b", vec![1.0, 2.0])];
        let uneven = uneven.map(|(name, cells)| (name.to_owned(), Column::Numbers(cells, false))).to_vec();
        let given = Given { data: Some(Source::of_columns(uneven)), ..Given::default() };
        let error = Dataset::load(&DataSpec { data: "data".to_owned(), given, ..DataSpec::default() }).unwrap_err();
        assert_eq!(error.to_string(), "data: column \"b\" has 2 cells, and the first one has 1");
    }
}
