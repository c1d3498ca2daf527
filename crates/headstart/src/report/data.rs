//! What is in data, and what becomes of it, for people.

use super::document::{Block, Cell, Column, Document, Table};
use super::table::counted;
use crate::data::{Becomes, ColumnReport, Dataset, Filled, Kind, Reason, Shape, Targets};
use crate::words::{count, foreign, in_a_line, many, number, percent};
use serde::Serialize;

/// A data set without its samples.
#[derive(Debug, Serialize)]
pub struct Overview<'a> {
    /// The built-in set's name, or the file's.
    pub name: &'a str,
    /// Samples to train on and to test on.
    pub samples: [usize; 2],
    /// Numbers per sample.
    pub features: usize,
    /// What of them lies beside what, where that is known: height, width and channels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shape: Option<Shape>,
    /// Their names, where they are made of a table.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub names: &'a [String],
    /// The columns of a table.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub columns: &'a [ColumnReport],
    /// The classes, with their training samples.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<Class<'a>>,
    /// The numbers to be met.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<Target>,
    /// What is worth knowing.
    pub notes: &'a [String],
}

/// A class.
#[derive(Debug, Serialize)]
pub struct Class<'a> {
    /// Its name.
    pub name: &'a str,
    /// How many training samples are of it.
    pub samples: usize,
}

/// A number to be met: figures of the training samples.
#[derive(Debug, Serialize)]
pub struct Target {
    /// The column's name, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The mean.
    pub mean: f64,
    /// The standard deviation of the population.
    pub sd: f64,
    /// The least and the greatest.
    pub range: [f64; 2],
}

impl<'a> Overview<'a> {
    /// Of a data set.
    pub fn new(data: &'a Dataset) -> Self {
        let (classes, targets) = match (&data.kind, &data.train.y) {
            (Kind::Classes(names), Targets::Classes(classes)) => {
                let mut counts = vec![0; names.len()];
                for &class in classes {
                    counts[class] += 1;
                }
                let class = |(name, samples): (&'a String, usize)| Class { name, samples };
                (names.iter().zip(counts).map(class).collect(), Vec::new())
            }
            (_, Targets::Values(values)) => {
                let target = |(at, values): (usize, ndarray::ArrayView1<f64>)| {
                    // As they are in the file, and not as training has them.
                    let values = values.mapv(|value| data.scaling.targets.undo(at, value));
                    let mean = values.mean().unwrap_or(f64::NAN);
                    let least = values.fold(f64::INFINITY, |least, &value| least.min(value));
                    let greatest = values.fold(f64::NEG_INFINITY, |greatest, &value| greatest.max(value));
                    let name = data.labels.get(at).cloned();
                    Target { name, mean, sd: values.std(0.0), range: [least, greatest] }
                };
                (Vec::new(), values.columns().into_iter().enumerate().map(target).collect())
            }
            (Kind::Regression { .. }, Targets::Classes(_)) => (Vec::new(), Vec::new()),
        };
        Self {
            name: &data.name,
            samples: [data.train.x.nrows(), data.test.as_ref().map_or(0, |test| test.x.nrows())],
            features: data.train.x.ncols(),
            shape: data.shape,
            names: &data.features,
            columns: &data.columns,
            classes,
            targets,
            notes: &data.notes,
        }
    }

    /// A few lines, a table of the columns, and the notes.
    pub fn document(&self) -> Document {
        let [train, test] = self.samples;
        let of = match self.columns {
            [] => String::new(),
            columns => format!(" of {}", many(columns.len() as u64, "column")),
        };
        let shape = self.shape.map_or_else(String::new, |shape| format!(" ({})", shape.in_words()));
        let name = in_a_line(self.name);
        let mut answer = vec![format!(
            "{name}: {} to train on and {} to test on, {}{shape}{of}",
            many(train as u64, "sample"),
            count(test as u64),
            many(self.features as u64, "feature")
        )];
        if !self.classes.is_empty() {
            answer.push(self.classes_in_words());
        }
        for Target { name, mean, sd, range: [least, greatest] } in &self.targets {
            let name = name.as_ref().map_or_else(|| "target".to_owned(), |name| format!("target {name}"));
            let [mean, sd, least, greatest] = [*mean, *sd, *least, *greatest].map(number);
            answer.push(format!("{name}: mean {mean}, standard deviation {sd}, {least} to {greatest}"));
        }
        let mut blocks = Vec::new();
        if !self.columns.is_empty() {
            let columns = vec![
                Column::left("column"),
                Column::left("holds"),
                Column::left("becomes"),
                Column::right("missing"),
                Column::left("range or levels"),
            ];
            blocks.push(Block::Table(Table::new(columns, self.columns.iter().map(row))));
        }
        blocks.extend(self.notes.iter().map(|note| Block::Text(format!("note: {note}"))));
        Document { title: name, answer: answer.join("\n"), blocks, ..Document::default() }
    }

    /// The classes, with their shares.
    fn classes_in_words(&self) -> String {
        let train = self.samples[0].max(1) as f64;
        let class = |class: &Class| format!("{} {}", foreign(class.name), percent(class.samples as f64 / train, 1));
        let shown: Vec<String> = self.classes.iter().take(20).map(class).collect();
        let more = if self.classes.len() > shown.len() { ", ..." } else { "" };
        let what = match self.classes.len() {
            1 => "1 class".to_owned(),
            classes => format!("{} classes", count(classes as u64)),
        };
        format!("{what}: {}{more}", shown.join(", "))
    }
}

fn row(column: &ColumnReport) -> Vec<Cell> {
    let ColumnReport { plan, facts } = column;
    let range = match (facts.range, facts.distinct) {
        (Some([least, greatest]), _) if facts.kind == "dates" => {
            format!("{} to {}", crate::data::day(least), crate::data::day(greatest))
        }
        (Some([least, greatest]), _) if facts.kind == "times" => {
            format!("{} h to {} h", number(least / 3600.0), number(greatest / 3600.0))
        }
        (Some(range), _) if facts.kind == "whole numbers" && range.iter().all(|end| end.abs() < 1e15) => {
            format!("{} to {}", range[0], range[1])
        }
        (Some([least, greatest]), _) => format!("{} to {}", number(least), number(greatest)),
        (None, Some(levels)) => many(levels as u64, "text"),
        (None, None) => "-".to_owned(),
    };
    vec![
        foreign(&plan.column).into(),
        facts.kind.into(),
        becomes(&plan.becomes).into(),
        counted(facts.missing as u64),
        range.into(),
    ]
}

fn becomes(becomes: &Becomes) -> String {
    fn more<T>(what: String, missing: &Filled<T>) -> String {
        if missing.indicator { format!("{what}, and where it is missing") } else { what }
    }
    match becomes {
        Becomes::Number { missing, .. } => more("1 feature".to_owned(), missing),
        Becomes::TruthValue { missing } => more("1 feature, 0 or 1".to_owned(), missing),
        Becomes::Time { origin: Some(_), missing, .. } => more("1 feature, in days".to_owned(), missing),
        Becomes::Time { origin: None, missing, .. } => more("1 feature, in hours".to_owned(), missing),
        Becomes::OneHot { levels, missing } => more(many(levels.len() as u64, "feature"), missing),
        Becomes::LeftOut { because } => format!(
            "left out: {}",
            match because {
                Reason::Empty => "empty",
                Reason::Constant => "always the same",
                Reason::RowNumber => "row number",
                Reason::Identifier => "identifier",
                Reason::ManyLevels => "too many levels",
                Reason::Unread => "not read",
            }
        ),
    }
}
