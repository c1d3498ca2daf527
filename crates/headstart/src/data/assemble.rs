//! From the content of files to samples with labels: which file, which column, which array is what.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use ndarray::{Array2, Axis};

use super::columns::{ColumnNames, Decimal, are_dates, choose, numbers_in, usual_decimal};
use super::content::{
    Archive, Array, Content, FeatureValues, Features, Given, LabelColumn, Labels, Part, Rows, Target, Values, listed,
};
use super::memory::{Budget, elements};
use super::spec::DataSpec;
use super::table::{Column, Table};
use super::{DataError, read};
use crate::words;

/// What the files of a specification hold.
pub(crate) struct Parts {
    pub train: Part,
    pub test: Option<Part>,
    pub notes: Vec<String>,
}

/// Reads all files that `spec` names.
pub(crate) fn parts(spec: &DataSpec, budget: &Budget) -> Result<Parts, DataError> {
    if spec.test_labels.is_some() && spec.test_data.is_none() {
        return Err(DataError::Usage("--test-labels needs --test-data: labels alone are no test data".to_owned()));
    }
    let mut source = Source::new(spec, budget);
    let (train, in_file) = source.load(Path::new(&spec.data), spec.labels.as_deref(), Role::Train)?;
    let test = match &spec.test_data {
        None => in_file,
        Some(path) => Some(source.load(path, spec.test_labels.as_deref(), Role::Test)?.0),
    };
    Ok(Parts { train, test, notes: source.notes })
}

/// Decodes all that a file's bytes hold, and hands over what could be samples with labels.
pub(crate) fn check(
    spec: &DataSpec,
    bytes: Vec<u8>,
    budget: &Budget,
    mut use_parts: impl FnMut(Parts) -> Result<(), DataError>,
) -> Result<(), DataError> {
    let file = &spec.data;
    let mut source = Source::new(spec, budget);
    match read::read_bytes(file.clone(), bytes, budget)? {
        Content::Table(table) => {
            let train = source.table(file.clone(), table, None, Role::Train)?;
            use_parts(Parts { train, test: None, notes: source.notes })
        }
        Content::Array(array) => match array.values {
            Values::Numbers(_) => source.numbers(file, array).map(drop),
            Values::Text(_) => target(file.clone(), "labels".to_owned(), array).map(drop),
        },
        Content::Archive(mut archive) => {
            if let Ok(keys) = Keys::find(spec, file, &archive.names(), Role::Train) {
                let train = source.pair(file, archive.as_mut(), &keys.main)?;
                use_parts(Parts { train, test: None, notes: Vec::new() })?;
            }
            let left = budget.left();
            for name in archive.names() {
                let array = archive.array(&name)?;
                target(of_array(file, &name), "labels".to_owned(), array)?;
                budget.give_back(left - budget.left());
            }
            Ok(())
        }
    }
}

/// What a file is read for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Train,
    Test,
}

/// What is kept of each column besides its cells: its name, what it holds, what becomes of it, and the names of its features.
const OF_COLUMN: u64 = 512;

struct Source<'a> {
    spec: &'a DataSpec,
    budget: Budget,
    /// Whether the samples for training were found to be in columns.
    transposed: bool,
    notes: Vec<String>,
    /// The names of the label columns of the training file, which those of a test file have as well.
    label: Option<ColumnNames>,
    /// The names of the columns of the training file that nobody uses, which a test file may have as well.
    unused: HashSet<String>,
}

impl<'a> Source<'a> {
    fn new(spec: &'a DataSpec, budget: &Budget) -> Self {
        let (budget, unused) = (budget.clone(), HashSet::new());
        Self { spec, budget, notes: Vec::new(), label: None, unused, transposed: false }
    }

    /// One file with its labels; and its test samples, if it is read for training and holds them too.
    fn load(&mut self, path: &Path, labels: Option<&Path>, role: Role) -> Result<(Part, Option<Part>), DataError> {
        let spec = self.spec;
        let file = path.display().to_string();
        let shown = words::in_a_line(&file);
        let content = read::read(path, &self.budget)?;
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
            (None, Content::Array(_)) => match read::labels_beside(path) {
                Some(labels) => {
                    let beside = labels.display().to_string();
                    self.notes.push(format!("the labels of {shown} are in {}", words::in_a_line(&beside)));
                    Some(self.labels(&labels, role)?)
                }
                None => None,
            },
            (None, _) => None,
        };
        let part = match (content, y) {
            (Content::Table(table), y) => self.table(file, table, y, role)?,
            (Content::Array(array), Some(y)) => self.joined(file, array, y)?,
            (Content::Array(array), None) if spec.label.is_some() => self.labelled(file, array)?,
            (Content::Array(_), None) => {
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
    fn labels(&mut self, path: &Path, role: Role) -> Result<Target, DataError> {
        let spec = self.spec;
        let file = path.display().to_string();
        match read::read(path, &self.budget)? {
            Content::Array(array) => target(file, "labels".to_owned(), array),
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
    fn table(&mut self, file: String, table: Table, y: Option<Target>, role: Role) -> Result<Part, DataError> {
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
        let given = |column: &super::columns::Chosen| {
            let cells = columns[column.at].take()?;
            let name = names.as_ref().map(|names| names[column.at].clone());
            Some(Given { name, position: column.at, is_asked_for: column.by_itself, cells })
        };
        let given: Vec<Given> = choice.features.iter().filter_map(given).collect();
        let rounded = given.iter().any(|given| matches!(given.cells, Column::Numbers { rounded: true, .. }));
        if rounded {
            self.notes.push(format!("{}: {ROUNDED}", words::in_a_line(&file)));
        }
        join(Features { source: file, values: FeatureValues::Columns(given), usual, are_images: false, rows }, y)
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
    fn labelled(&mut self, source: String, array: Array) -> Result<Part, DataError> {
        let (mut all, are_images) = self.numbers(&source, array)?;
        if self.spec.transpose {
            self.budget.take_shape(&source, &[all.nrows(), all.ncols()])?;
            all = all.t().as_standard_layout().into_owned();
        }
        let choice = choose(&source, None, all.ncols(), self.spec, None, false)?;
        let columns: Vec<LabelColumn> = choice.labels.iter().map(|&at| LabelColumn::at(None, at)).collect();
        let called: Vec<String> = columns.iter().map(LabelColumn::called).collect();
        let name = format!("label column{} {}", if columns.len() == 1 { "" } else { "s" }, called.join(", "));
        let labels = Labels::Numbers(all.select(Axis(1), &choice.labels));
        let features: Vec<usize> = choice.features.iter().map(|column| column.at).collect();
        self.budget.take_shape(&source, &[all.nrows(), features.len()])?;
        let values = FeatureValues::Array(all.select(Axis(1), &features));
        let rows = Rows::From(1);
        let y = Target { source: source.clone(), name, columns, labels, rows: rows.clone() };
        join(Features { source, values, usual: None, are_images, rows }, y)
    }

    fn pair(&mut self, file: &str, archive: &mut dyn Archive, (x, y): &(String, String)) -> Result<Part, DataError> {
        let y = target(of_array(file, y), format!("labels {}", words::foreign(y)), archive.array(y)?)?;
        self.joined(of_array(file, x), archive.array(x)?, y)
    }

    /// An array and its labels, whichever way round it is.
    fn joined(&mut self, source: String, array: Array, mut y: Target) -> Result<Part, DataError> {
        let (mut x, are_images) = self.numbers(&source, array)?;
        let ([rows, columns], [labels, outputs]) = ([x.nrows(), x.ncols()], y.labels.shape());
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
            x = x.t().as_standard_layout().into_owned();
            if let Labels::Numbers(values) = &mut y.labels
                && values.nrows() != columns
                && values.ncols() == columns
            {
                *values = values.t().as_standard_layout().into_owned();
            }
        }
        join(Features { source, values: FeatureValues::Array(x), usual: None, are_images, rows: Rows::From(1) }, y)
    }

    /// The numbers of an array: its first axis counts the samples, all others are flattened in C order; and whether there are
    /// several of those.
    fn numbers(&mut self, source: &str, array: Array) -> Result<(Array2<f64>, bool), DataError> {
        match array.values {
            Values::Numbers(values) => {
                if array.rounded {
                    self.notes.push(format!("{}: {ROUNDED}", words::in_a_line(source)));
                }
                let values = flatten(source, &array.shape, values)?;
                let are_images = array.shape.len() > 2;
                Ok((values, are_images))
            }
            Values::Text(_) => Err(DataError::content(source, "it holds text, but features have to be numbers")),
        }
    }
}

/// What to say where a feature is not what it was in the file.
pub(super) const ROUNDED: &str = "some whole numbers beyond 2^53 are rounded, as float64 does not have all of them";

/// An array of a file, as messages call it.
fn of_array(file: &str, name: &str) -> String {
    format!("{file}, {}", words::foreign(name))
}

/// Features and labels of the same samples.
fn join(x: Features, mut y: Target) -> Result<Part, DataError> {
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

/// A column of a table as labels, and whether they were text: numbers as people write them are numbers. Text that is numbers as
/// they are usually written is names, because somebody made it text.
fn label(file: &str, called: &str, cells: Column, usual: Option<Decimal>) -> Result<(Labels, bool), DataError> {
    let dates = || {
        let problem = format!("column {called} holds dates, which are no labels: name another column by --label");
        Err(DataError::content(file, problem))
    };
    let numbers = |values: Vec<f64>| Labels::Numbers(Array2::from_shape_fn((values.len(), 1), |(i, _)| values[i]));
    match cells {
        Column::Numbers { values, .. } => Ok((numbers(values), false)),
        Column::Text(names) => match numbers_in(&names, usual) {
            Some((values, written)) if !written.is_plain() => Ok((numbers(values), true)),
            // Nobody tells days apart as classes.
            _ if are_dates(&names) => dates(),
            _ => Ok((Labels::Text(names), false)),
        },
        Column::Unread { why, .. } => {
            let problem = format!("column {called} cannot be read, because {why}: name another column by --label");
            Err(DataError::content(file, problem))
        }
        Column::Times(_) => dates(),
    }
}

/// Labels of several columns, all of them numbers.
fn together(file: &str, called: &[String], labels: Vec<Labels>) -> Result<Labels, DataError> {
    let rows = labels.first().map_or(0, Labels::len);
    let mut all = Array2::zeros((rows, labels.len()));
    for (at, (labels, called)) in labels.into_iter().zip(called).enumerate() {
        let Labels::Numbers(values) = labels else {
            let problem = format!("column {called} holds text, and of several labels all have to be numbers");
            return Err(DataError::content(file, problem));
        };
        all.column_mut(at).assign(&values.column(0));
    }
    Ok(Labels::Numbers(all))
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

/// An array as labels: its first axis counts the samples.
fn target(source: String, name: String, array: Array) -> Result<Target, DataError> {
    let labels = match array.values {
        Values::Numbers(values) => Labels::Numbers(flatten(&source, &array.shape, values)?),
        Values::Text(names) if array.shape.iter().filter(|&&n| n != 1).count() <= 1 => Labels::Text(names),
        Values::Text(_) => return Err(DataError::content(source, "there is more than one text label per sample")),
    };
    Ok(Target { source, name, columns: Vec::new(), labels, rows: Rows::From(1) })
}

fn flatten(source: &str, shape: &[usize], values: Vec<f64>) -> Result<Array2<f64>, DataError> {
    let Some((&count, rest)) = shape.split_first() else {
        return Err(DataError::content(source, "it is a single number and no array"));
    };
    let width = elements(rest).unwrap_or(usize::MAX);
    // Zero times a huge number is an array, too: there is nothing in it, but it would have more rows than can be counted.
    if count == 0 || width == 0 {
        return Err(DataError::content(source, format!("there is nothing in it: its shape is {shape:?}")));
    }
    Array2::from_shape_vec((count, width), values).map_err(|error| DataError::content(source, error.to_string()))
}

/// The names of the arrays with samples and labels.
#[derive(Debug, PartialEq)]
struct Keys {
    main: (String, String),
    test: Option<(String, String)>,
}

impl Keys {
    fn find(spec: &DataSpec, file: &str, names: &[String], role: Role) -> Result<Self, DataError> {
        let find = |key: &Option<String>, variable, role| match key {
            Some(key) => existing(file, names, key, role),
            None => only(file, names, variable, role),
        };
        let main = (find(&spec.x_key, Variable::X, role)?, find(&spec.y_key, Variable::Y, role)?);
        // The file has test data as well if the same search for it ends elsewhere.
        let test = match (find(&spec.x_key, Variable::X, Role::Test), find(&spec.y_key, Variable::Y, Role::Test)) {
            (Ok(x), Ok(y)) if x != main.0 && y != main.1 => Some((x, y)),
            _ => None,
        };
        Ok(Self { main, test })
    }
}

/// The one array that samples and labels can be columns of.
fn sole(spec: &DataSpec, names: &[String]) -> Option<String> {
    match (&spec.x_key, &spec.y_key, names) {
        (Some(key), None, names) if names.contains(key) => Some(key.clone()),
        (None, None, [only]) => Some(only.clone()),
        _ => None,
    }
}

/// The array of samples in a file whose labels are elsewhere.
fn sole_x(spec: &DataSpec, file: &str, names: &[String], role: Role) -> Result<String, DataError> {
    match (&spec.x_key, names) {
        (Some(key), _) => existing(file, names, key, role),
        (None, [name]) => Ok(name.clone()),
        (None, _) => only(file, names, Variable::X, role),
    }
}

/// The array of that name; for test data rather the one whose name has `test` for `train`.
fn existing(file: &str, names: &[String], key: &str, role: Role) -> Result<String, DataError> {
    let test = key.replace("train", "test");
    let wanted = if role == Role::Test && names.contains(&test) { &test } else { key };
    if names.iter().any(|name| name == wanted) {
        return Ok(wanted.to_owned());
    }
    let (file, key) = (words::in_a_line(file), words::foreign(key));
    Err(DataError::Usage(format!("{file} has no array \"{key}\"; {}", arrays(names))))
}

fn arrays(names: &[String]) -> String {
    if names.is_empty() { "it holds none".to_owned() } else { format!("its arrays are {}", listed(names)) }
}

/// Samples or labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Variable {
    X,
    Y,
}

/// The words of an array's name, in lower case: `train_set_x` is train, set, x.
fn words_of(name: &str) -> Vec<String> {
    name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

fn variable(words: &[String]) -> Option<Variable> {
    [words.last(), words.first()].into_iter().flatten().find_map(|word| match word.as_str() {
        "x" => Some(Variable::X),
        "y" => Some(Variable::Y),
        _ => None,
    })
}

/// What an array's name says it is for; `None` if it does not say, or says neither (validation).
fn role(words: &[String]) -> Result<Option<Role>, ()> {
    for word in words {
        match word.as_str() {
            "train" | "training" => return Ok(Some(Role::Train)),
            "test" | "testing" => return Ok(Some(Role::Test)),
            "val" | "valid" | "validation" | "dev" => return Err(()),
            _ => {}
        }
    }
    Ok(None)
}

/// The one array that holds the samples (or labels) for a role, going by the names. An array for that very role comes
/// first, then one that does not say, then one for the other role: the test file of a data set is data, too.
fn only(file: &str, names: &[String], wanted: Variable, wanted_role: Role) -> Result<String, DataError> {
    let candidates = |which: Option<Role>| -> Vec<&String> {
        let fits = |words: Vec<String>| variable(&words) == Some(wanted) && role(&words) == Ok(which);
        let found: Vec<&String> = names.iter().filter(|name| fits(words_of(name))).collect();
        // What is in a group within a group may be the same again, linked.
        let depth = |name: &str| name.matches('/').count();
        let least = found.iter().map(|name| depth(name)).min();
        found.into_iter().filter(|name| Some(depth(name)) == least).collect()
    };
    let other = if wanted_role == Role::Train { Role::Test } else { Role::Train };
    let found = [Some(wanted_role), None, Some(other)].map(candidates).into_iter().find(|found| !found.is_empty());
    let (letter, what) = match wanted {
        Variable::X => ("x", "samples"),
        Variable::Y => ("y", "labels"),
    };
    let file = words::in_a_line(file);
    match found.unwrap_or_default().as_slice() {
        [name] => Ok((*name).clone()),
        [] => Err(DataError::Usage(format!(
            "{file} has no array whose name says that it holds the {what} (like {letter}, train_{letter}, \
             {letter}_train): name it by --{letter}-key; {}",
            arrays(names)
        ))),
        several => {
            let several: Vec<String> = several.iter().map(|&name| name.clone()).collect();
            Err(DataError::Usage(format!(
                "{file} has several arrays that could hold the {what} ({}): choose by --{letter}-key",
                listed(&several)
            )))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(names: &[&str], role: Role) -> Result<Keys, DataError> {
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        Keys::find(&DataSpec::default(), "a.npz", &names, role)
    }

    fn pair(x: &str, y: &str) -> (String, String) {
        (x.to_owned(), y.to_owned())
    }

    #[test]
    fn names_tell_what_arrays_hold() {
        let keras = keys(&["x_test", "x_train", "y_train", "y_test"], Role::Train).unwrap();
        assert_eq!(keras, Keys { main: pair("x_train", "y_train"), test: Some(pair("x_test", "y_test")) });
        let course = keys(&["list_classes", "test_set_x", "test_set_y"], Role::Test).unwrap();
        assert_eq!(course, Keys { main: pair("test_set_x", "test_set_y"), test: None });
        assert_eq!(keys(&["list_classes", "train_set_x", "train_set_y"], Role::Train).unwrap().main.0, "train_set_x");
        assert_eq!(keys(&["X", "Y"], Role::Train).unwrap().main, pair("X", "Y"));
        assert_eq!(keys(&["X", "y"], Role::Test).unwrap().main, pair("X", "y"));
        assert_eq!(keys(&["g/cats_x", "g/cats_y", "g/x_val", "g/y_val"], Role::Train).unwrap().main.1, "g/cats_y");
        assert_eq!(keys(&["x", "y", "x_test", "y_test"], Role::Train).unwrap().test, Some(pair("x_test", "y_test")));
        assert_eq!(keys(&["g/X", "g/Y", "g/me/X", "g/me/Y"], Role::Train).unwrap().main, pair("g/X", "g/Y"));
        assert_eq!(keys(&["x_test", "y_test"], Role::Train).unwrap().test, None);
    }

    #[test]
    fn unclear_names_ask_for_a_key() {
        let error = keys(&["arr_0", "arr_1"], Role::Train).unwrap_err();
        assert!(error.is_usage());
        assert_eq!(
            error.to_string(),
            "a.npz has no array whose name says that it holds the samples (like x, train_x, x_train): name it by \
             --x-key; its arrays are arr_0, arr_1"
        );
        let error = keys(&["a_x", "b_x", "y"], Role::Train).unwrap_err().to_string();
        assert_eq!(error, "a.npz has several arrays that could hold the samples (a_x, b_x): choose by --x-key");
    }

    #[test]
    fn given_keys_lead_to_the_test_arrays_as_well() {
        let names = ["img_train", "img_test", "lab_train", "lab_test"].map(str::to_owned);
        let spec = DataSpec { x_key: Some("img_train".into()), y_key: Some("lab_train".into()), ..DataSpec::default() };
        let keys = Keys::find(&spec, "a.npz", &names, Role::Train).unwrap();
        assert_eq!(keys, Keys { main: pair("img_train", "lab_train"), test: Some(pair("img_test", "lab_test")) });
        let spec = DataSpec { x_key: Some("img".into()), ..spec };
        let error = Keys::find(&spec, "a.npz", &names, Role::Train).unwrap_err().to_string();
        assert!(error.starts_with("a.npz has no array \"img\"; its arrays are img_train"), "{error}");
    }
}
