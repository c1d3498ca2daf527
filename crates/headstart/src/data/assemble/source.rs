//! The files of a specification, one after the other.

use super::arrays::{flatten, lent, of_array, target};
use super::keys::{Keys, Role, Variable, existing, only, sole, sole_x};
use super::labels::{label, together};
use super::origin::Origin;
use crate::data::axes::Axes;
use crate::data::columns::{self, ColumnNames, Decimal, choose, usual_decimal};
use crate::data::content::{
    Archive, Array, Content, FeatureValues, Features, Given, LabelColumn, Labels, Lent, Part, Rows, Target, Values,
};
use crate::data::memory::Budget;
use crate::data::spec::DataSpec;
use crate::data::table::{Column, Table};
use crate::data::{DataError, read};
use crate::words;
use ndarray::{Axis, CowArray, Ix2};
use std::collections::{HashMap, HashSet};

/// What is kept of each column besides its cells: its name, what it holds, what becomes of it, and the names of its features.
const OF_COLUMN: u64 = 512;

/// What to say where a feature is not what it was in the file.
pub(super) const ROUNDED: &str = "some whole numbers beyond 2^53 are rounded, as float64 does not have all of them";

pub(super) struct Source<'a> {
    spec: &'a DataSpec,
    budget: Budget,
    /// Whether the samples for training were found to be in columns.
    pub(super) transposed: bool,
    pub(super) notes: Vec<String>,
    /// The names of the label columns of the training file, which those of a test file have as well.
    label: Option<ColumnNames>,
    /// The names of the columns of the training file that nobody uses, which a test file may have as well.
    unused: HashSet<String>,
}

impl<'a> Source<'a> {
    pub(super) fn new(spec: &'a DataSpec, budget: &Budget) -> Self {
        let (budget, unused) = (budget.clone(), HashSet::new());
        Self { spec, budget, notes: Vec::new(), label: None, unused, transposed: false }
    }

    /// One file with its labels; and its test samples, if it is read for training and holds them too.
    pub(super) fn load(
        &mut self,
        origin: Origin<'a>,
        labels: Option<Origin<'a>>,
        role: Role,
    ) -> Result<(Part<'a>, Option<Part<'a>>), DataError> {
        let spec = self.spec;
        let file = origin.name();
        let shown = words::in_a_line(&file);
        let content = origin.content(&self.budget)?;
        if let (Content::Table(_), Some(flag)) =
            (&content, spec.x_key.as_ref().map(|_| "--x-key").or(spec.y_key.as_ref().map(|_| "--y-key")))
        {
            return Err(DataError::Usage(format!(
                "{flag} names an array (NPZ, HDF5, MAT), and {shown} is a table: name its columns by --features and --label"
            )));
        }
        if spec.transpose && matches!(content, Content::Table(_)) {
            let problem =
                format!("--transpose is for arrays with samples in columns (NPY, NPZ, HDF5), and {shown} is a table");
            return Err(DataError::Usage(problem));
        }
        if let Content::Archive(archive) = &content {
            self.notes.extend(archive.note().map(|note| format!("{shown}: {note}")));
        }
        let y = match (labels, &content) {
            (Some(labels), _) => Some(self.labels(labels, role)?),
            (None, Content::Array(_)) => match origin.path().and_then(read::labels_beside) {
                Some(labels) => {
                    let beside = labels.display().to_string();
                    self.notes.push(format!("the labels of {shown} are in {}", words::in_a_line(&beside)));
                    Some(self.labels(Origin::File(&labels), role)?)
                }
                None => None,
            },
            (None, _) => None,
        };
        let part = match (content, y) {
            (Content::Table(table), y) => self.table(file, table, y, role)?,
            (Content::Array(array), Some(y)) => self.joined(file, array, y)?,
            (Content::Array(array), None) if spec.label.is_some() => self.labelled(file, array)?,
            (Content::Lent(array), Some(y)) => {
                let x = self.lent(&file, array)?;
                self.joined_of(file, x, y)?
            }
            (Content::Lent(array), None) if spec.label.is_some() => {
                let x = self.lent(&file, array)?;
                self.labelled_of(file, x)?
            }
            (Content::Array(_) | Content::Lent(_), None) => {
                let flag = if role == Role::Train { "--labels" } else { "--test-labels" };
                let problem = format!(
                    "{shown} holds one array and no labels: name the labels' file by {flag}, or their columns by --label, as \
                     in --label -1"
                );
                return Err(DataError::Usage(problem));
            }
            (Content::Archive(mut archive), Some(y)) => {
                let name = sole_x(spec, &file, &archive.names(), role)?;
                self.joined(of_array(&file, &name), archive.array(&name)?, y)?
            }
            (Content::Archive(mut archive), None) if spec.label.is_some() && sole(spec, &archive.names()).is_some() => {
                let name = sole(spec, &archive.names()).unwrap_or_default();
                self.labelled(of_array(&file, &name), archive.array(&name)?)?
            }
            (Content::Archive(_), None) if spec.label.is_some() => {
                return Err(DataError::Usage(format!(
                    "--label names a column of a table; the labels of {shown} are an array of its own: name it by --y-key"
                )));
            }
            (Content::Archive(mut archive), None) => {
                let keys = Keys::find(spec, &file, &archive.names(), role)?;
                let train = self.pair(&file, archive.as_mut(), &keys.main)?;
                let test = match keys.test {
                    Some(test) if role == Role::Train && spec.test_data.is_none() => {
                        let (x, y) = (words::foreign(&test.0), words::foreign(&test.1));
                        self.notes.push(format!("the test data is {x} and {y} of the same file"));
                        Some(self.pair(&file, archive.as_mut(), &test)?)
                    }
                    _ => None,
                };
                return Ok((train, test));
            }
        };
        Ok((part, None))
    }

    /// A file that holds labels only, or of which only the labels are wanted.
    fn labels(&mut self, origin: Origin<'_>, role: Role) -> Result<Target, DataError> {
        let spec = self.spec;
        let file = origin.name();
        let content = origin.content(&self.budget)?;
        if let (Content::Array(_) | Content::Lent(_), Some(label)) = (&content, &spec.label) {
            let shown = words::in_a_line(&file);
            return Err(DataError::Usage(format!(
                "--label {label}: the labels are those of {shown}, which is an array without columns; leave --label out"
            )));
        }
        match content {
            Content::Array(array) => target(file, "labels".to_owned(), array),
            Content::Lent(Lent { shape, values, rounded }) => {
                self.budget.take_shape(&file, shape)?;
                let (shape, values) = (shape.to_vec(), values.to_vec());
                target(file, "labels".to_owned(), Array { shape, values: Values::Numbers(values), rounded })
            }
            Content::Table(table) => {
                let Table { names, columns, rows, decimal, label, notes } = table;
                let usual = usual_decimal(&columns, decimal);
                self.notes.extend(notes);
                let last = label.or(columns.len().checked_sub(1));
                let positions: Vec<usize> = match &spec.label {
                    Some(label) => label.find(&file, names.as_deref(), columns.len())?.iter().map(|c| c.at).collect(),
                    None => last.into_iter().collect(),
                };
                self.labels_of(file, names.as_deref(), columns, (&positions, usual), rows).map(|(y, _)| y)
            }
            Content::Archive(mut archive) => {
                let names = archive.names();
                let name = match (&self.spec.y_key, names.as_slice()) {
                    (Some(key), _) => existing(&file, &names, key, role)?,
                    (None, [name]) => name.clone(),
                    (None, _) => only(&file, &names, Variable::Y, role)?,
                };
                target(of_array(&file, &name), format!("labels {}", words::foreign(&name)), archive.array(&name)?)
            }
        }
    }

    /// A table: its label columns, and those that features are made of.
    pub(super) fn table(
        &mut self,
        file: String,
        table: Table,
        y: Option<Target>,
        role: Role,
    ) -> Result<Part<'a>, DataError> {
        let Table { names, columns, rows, decimal, label, notes } = table;
        self.notes.extend(notes);
        self.budget.take_each(&file, Some(columns.len()), OF_COLUMN)?;
        let usual = usual_decimal(&columns, decimal);
        let count = columns.len();
        let in_test = match (role, &names, &self.label) {
            // By the names that they have in the training file; which others are used is seen there.
            (Role::Test, Some(_), Some(label)) => {
                let (label, spec) = (Some(label.clone()), self.spec);
                Some(DataSpec { label, features: None, drop: None, data: spec.data.clone(), ..DataSpec::default() })
            }
            _ => None,
        };
        let spec = in_test.as_ref().unwrap_or(self.spec);
        let mut choice = choose(&file, names.as_deref(), count, spec, label, y.is_some())?;
        if let (Role::Test, Some(names)) = (role, &names) {
            choice.features.retain(|column| !self.unused.contains(&names[column.at]));
        }
        if role == Role::Train {
            let used: Vec<usize> = choice.labels.iter().copied().chain(choice.features.iter().map(|c| c.at)).collect();
            self.notes.extend(names.as_ref().and_then(|names| note_of_twins(&file, names, &used)));
            let used_names =
                |names: &Vec<String>| -> HashSet<String> { used.iter().map(|&at| names[at].clone()).collect() };
            self.unused = names.as_ref().map_or_else(HashSet::new, |names| {
                let used = used_names(names);
                names.iter().filter(|name| !used.contains(*name)).cloned().collect()
            });
            let of = |names: &Vec<String>| choice.labels.iter().map(|&at| names[at].clone()).collect();
            self.label =
                names.as_ref().map(of).filter(|label: &Vec<String>| !label.is_empty()).map(ColumnNames::exactly);
        }
        let (y, mut columns) = if let Some(y) = y {
            (y, columns.into_iter().map(Some).collect())
        } else {
            let labels = (choice.labels.as_slice(), usual);
            self.labels_of(file.clone(), names.as_deref(), columns, labels, rows.clone())?
        };
        let given = |column: &columns::Chosen| {
            let cells = columns[column.at].take()?;
            let name = names.as_ref().map(|names| names[column.at].clone());
            Some(Given { name, position: column.at, is_asked_for: column.by_itself, cells })
        };
        let given: Vec<Given> = choice.features.iter().filter_map(given).collect();
        let rounded = given.iter().any(|given| matches!(given.cells, Column::Numbers { rounded: true, .. }));
        if rounded {
            self.notes.push(format!("{}: {ROUNDED}", words::in_a_line(&file)));
        }
        join(Features { source: file, values: FeatureValues::Columns(given), usual, axes: Axes::default(), rows }, y)
    }

    /// The labels among the columns of a table, and the columns that are left.
    fn labels_of(
        &mut self,
        file: String,
        names: Option<&[String]>,
        columns: Vec<Column>,
        (positions, usual): (&[usize], Option<Decimal>),
        rows: Rows,
    ) -> Result<(Target, Vec<Option<Column>>), DataError> {
        let mut columns: Vec<Option<Column>> = columns.into_iter().map(Some).collect();
        let own: Vec<LabelColumn> = positions.iter().map(|&at| LabelColumn::at(names, at)).collect();
        let called: Vec<String> = own.iter().map(LabelColumn::called).collect();
        let name = match called.as_slice() {
            [one] => format!("label column {one}"),
            several => format!("label columns {}", several.join(", ")),
        };
        let cells = positions.iter().filter_map(|&at| columns[at].take());
        let cells: Vec<(Labels, bool)> =
            cells.zip(&called).map(|(cells, called)| label(&file, called, cells, usual)).collect::<Result<_, _>>()?;
        if cells.iter().any(|(_, were_text)| *were_text) {
            self.notes.push(format!("{name}: read as numbers, without their separators and marks"));
        }
        let cells: Vec<Labels> = cells.into_iter().map(|(labels, _)| labels).collect();
        let labels = match <[Labels; 1]>::try_from(cells) {
            Ok([one]) => one,
            Err(several) => together(&file, &called, several)?,
        };
        Ok((Target { source: file, name, columns: own, labels, rows }, columns))
    }

    /// An array that has its labels among its columns.
    fn labelled(&mut self, source: String, array: Array) -> Result<Part<'a>, DataError> {
        let all = self.numbers(&source, array)?;
        self.labelled_of(source, all)
    }

    fn labelled_of(&mut self, source: String, (mut all, mut axes): Matrix<'_>) -> Result<Part<'a>, DataError> {
        if self.spec.transpose {
            self.budget.take_shape(&source, &[all.nrows(), all.ncols()])?;
            all = all.t().as_standard_layout().into_owned().into();
            axes = Axes::default();
        }
        let choice = choose(&source, None, all.ncols(), self.spec, None, false)?;
        let columns: Vec<LabelColumn> = choice.labels.iter().map(|&at| LabelColumn::at(None, at)).collect();
        let called: Vec<String> = columns.iter().map(LabelColumn::called).collect();
        let name = format!("label column{} {}", if columns.len() == 1 { "" } else { "s" }, called.join(", "));
        let labels = Labels::Numbers(all.select(Axis(1), &choice.labels));
        let features: Vec<usize> = choice.features.iter().map(|column| column.at).collect();
        self.budget.take_shape(&source, &[all.nrows(), features.len()])?;
        let values = FeatureValues::Array(all.select(Axis(1), &features).into());
        let rows = Rows::From(1);
        let y = Target { source: source.clone(), name, columns, labels, rows: rows.clone() };
        join(Features { source, values, usual: None, axes, rows }, y)
    }

    pub(super) fn pair(
        &mut self,
        file: &str,
        archive: &mut dyn Archive,
        (x, y): &(String, String),
    ) -> Result<Part<'a>, DataError> {
        let y = target(of_array(file, y), format!("labels {}", words::foreign(y)), archive.array(y)?)?;
        self.joined(of_array(file, x), archive.array(x)?, y)
    }

    /// An array and its labels, whichever way round it is.
    fn joined(&mut self, source: String, array: Array, y: Target) -> Result<Part<'a>, DataError> {
        let x = self.numbers(&source, array)?;
        self.joined_of(source, x, y)
    }

    fn joined_of(&mut self, source: String, (mut x, axes): Matrix<'a>, mut y: Target) -> Result<Part<'a>, DataError> {
        let ([rows, columns], [labels, outputs]) = ([x.nrows(), x.ncols()], y.labels.shape());
        let are_images = axes.are_several();
        let fits = labels == rows || [labels, outputs] == [1, rows];
        let fits_transposed = [labels, outputs] == [columns, 1] || outputs == columns && labels < outputs;
        let is_found = !fits && fits_transposed && !are_images && columns > 1;
        if self.spec.transpose && are_images {
            let problem = "--transpose is for arrays of two dimensions, features x samples";
            return Err(DataError::Usage(format!("{}: {problem}", words::in_a_line(&source))));
        }
        if (self.spec.transpose || self.transposed || is_found) && !are_images {
            if !self.spec.transpose && !self.transposed {
                self.transposed = true;
                self.notes.push(format!(
                    "{}: samples are in columns, as {columns} labels say: {rows} features x {columns} samples (--transpose)",
                    words::in_a_line(&source)
                ));
            }
            self.budget.take_each(&source, Some(rows.max(1).saturating_mul(columns)), size_of::<f64>() as u64)?;
            x = x.t().as_standard_layout().into_owned().into();
            if let Labels::Numbers(values) = &mut y.labels
                && values.nrows() != columns
                && values.ncols() == columns
            {
                *values = values.t().as_standard_layout().into_owned();
            }
        }
        join(Features { source, values: FeatureValues::Array(x), usual: None, axes, rows: Rows::From(1) }, y)
    }

    /// The numbers of an array: its first axis counts the samples, all others are flattened in C order; and those
    /// others.
    pub(super) fn numbers(&mut self, source: &str, array: Array) -> Result<Matrix<'a>, DataError> {
        match array.values {
            Values::Numbers(values) => {
                if array.rounded {
                    self.notes.push(format!("{}: {ROUNDED}", words::in_a_line(source)));
                }
                let values = flatten(source, &array.shape, values)?;
                Ok((values.into(), Axes::of_array(&array.shape)))
            }
            Values::Text(_) => Err(DataError::content(source, "it holds text, but features have to be numbers")),
        }
    }

    /// The same of an array that is somebody else's: nothing is copied.
    fn lent(&mut self, source: &str, array: Lent<'a>) -> Result<Matrix<'a>, DataError> {
        if array.rounded {
            self.notes.push(format!("{}: {ROUNDED}", words::in_a_line(source)));
        }
        // What is kept of it for training.
        self.budget.take_shape(source, array.shape)?;
        let axes = Axes::of_array(array.shape);
        Ok((lent(source, array)?.into(), axes))
    }
}

/// Samples x features, and the axes of a sample before.
type Matrix<'x> = (CowArray<'x, f64, Ix2>, Axes);

/// Features and labels of the same samples.
fn join(x: Features<'_>, mut y: Target) -> Result<Part<'_>, DataError> {
    let count = match &x.values {
        FeatureValues::Array(values) => values.nrows(),
        FeatureValues::Columns(columns) => columns.first().map_or(0, |column| column.cells.len()),
    };
    if let Labels::Numbers(values) = &mut y.labels
        && count > 1
        && values.dim() == (1, count)
    {
        // A row of labels, as some courses keep them.
        *values = values.t().to_owned();
        y.rows = Rows::From(1);
    }
    if count != y.labels.len() {
        let problem = format!("{count} samples, but {} has {} labels", y.source, y.labels.len());
        return Err(DataError::content(x.source, problem));
    }
    if count == 0 {
        return Err(DataError::content(x.source, "there are no samples"));
    }
    Ok(Part { x, y })
}

/// What to say of columns that are used and have the same name, if any.
fn note_of_twins(file: &str, names: &[String], used: &[usize]) -> Option<String> {
    let mut first = HashMap::new();
    let mut named = used.iter().map(|&at| (at, &names[at])).filter(|(_, name)| !name.is_empty());
    let (name, one, other) = named.find_map(|(at, name)| Some((name, first.insert(name, at)?, at)))?;
    Some(format!(
        "{} has more than one column \"{}\" (at the positions {} and {}, the first is 0): each is used",
        words::in_a_line(file),
        words::foreign(name),
        one.min(other),
        one.max(other)
    ))
}
