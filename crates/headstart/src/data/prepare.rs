//! From what files hold to numbers: the columns of tables are looked at, and nothing is learnt from samples that are held out.

use std::collections::HashMap;

use ndarray::{Array2, CowArray, Ix2};

use super::axes::Axes;
use super::columns::{
    Becomes, ColumnPlan, ColumnReport, Known, Options, Seen, features, fit, look, look_as, names, notes as notes_of,
};
use super::content::{FeatureValues, Features, Given, Part, Target};
use super::memory::Budget;
use super::missing;
use super::spec::Missing;
use super::table::Column;
use super::{DataError, words};

/// Samples of one file, on their way.
pub(super) struct Prepared<'a> {
    /// Where they are from, as messages call it.
    pub source: String,
    /// The axes of a sample in the file.
    pub axes: Axes,
    pub x: X<'a>,
    pub y: Target,
}

/// What features are made of.
pub(super) enum X<'a> {
    /// The numbers of an array, samples x features.
    Array(CowArray<'a, f64, Ix2>),
    /// Columns of a table.
    Table(Vec<Seen>),
}

impl X<'_> {
    /// Whether a sample misses nothing that is used.
    pub fn is_whole(&self, sample: usize) -> bool {
        match self {
            Self::Array(x) => x.row(sample).iter().all(|value| value.is_finite()),
            Self::Table(columns) => {
                columns.iter().filter(|column| column.left_out.is_none()).all(|column| !column.is_missing(sample))
            }
        }
    }
}

impl<'a> Prepared<'a> {
    /// Of a training file; what becomes of its columns may be known already.
    pub fn of(
        part: Part<'a>,
        plans: &[ColumnPlan],
        options: Options,
        notes: &mut Vec<String>,
    ) -> Result<Self, DataError> {
        let Part { x: Features { source, values, usual, axes, rows }, y } = part;
        let x = match values {
            FeatureValues::Array(x) => X::Array(x),
            FeatureValues::Columns(given) if plans.is_empty() => X::Table(look(&source, &rows, given, usual, options)?),
            FeatureValues::Columns(given) => {
                let name = |plan: &ColumnPlan| (plan.column.clone(), !matches!(plan.becomes, Becomes::LeftOut { .. }));
                let wanted: Vec<(String, bool)> = plans.iter().map(name).collect();
                let given = in_order(&source, given, &wanted, "the plan of columns", notes)?;
                let known: Vec<Known> = plans.iter().map(Known::from).collect();
                X::Table(look_as(&source, &rows, given, &known, options)?)
            }
        };
        Ok(Self { source, axes, x, y })
    }

    /// Of a test file, read as the training file was.
    pub fn like(part: Part<'a>, train: &Self, options: Options, notes: &mut Vec<String>) -> Result<Self, DataError> {
        let Part { x: Features { source, values, axes, rows, .. }, y } = part;
        let x = match (values, &train.x) {
            (FeatureValues::Array(x), X::Array(like)) => {
                if x.ncols() != like.ncols() {
                    let problem =
                        format!("{} features per sample, but {} has {}", x.ncols(), train.source, like.ncols());
                    return Err(DataError::content(source, problem));
                }
                if !axes.fit(&train.axes) {
                    let [own, other] = [&axes, &train.axes].map(Axes::in_words);
                    let problem = format!(
                        "samples of {own}, but those of {} are of {other}: as many numbers in another order; give both the same shape",
                        train.source
                    );
                    return Err(DataError::content(source, problem));
                }
                X::Array(x)
            }
            (FeatureValues::Columns(given), X::Table(like)) => {
                let given =
                    if let (Some(_), Some(_)) = (name_of(&given), like.first().and_then(|c| c.given.name.as_ref())) {
                        let wanted =
                            |column: &Seen| (column.given.name.clone().unwrap_or_default(), column.left_out.is_none());
                        let wanted: Vec<(String, bool)> = like.iter().map(wanted).collect();
                        in_order(&source, given, &wanted, &words::in_a_line(&train.source), notes)?
                    } else if given.len() == like.len() {
                        given
                    } else {
                        let problem =
                            format!("{} features per sample, but {} has {}", given.len(), train.source, like.len());
                        return Err(DataError::content(source, problem));
                    };
                let known: Vec<Known> = like.iter().map(Known::from).collect();
                X::Table(look_as(&source, &rows, given, &known, options)?)
            }
            _ => {
                let problem = format!("it is an array where {} is a table, or the other way round", train.source);
                return Err(DataError::content(source, problem));
            }
        };
        Ok(Self { source, axes, x, y })
    }
}

fn name_of(given: &[Given]) -> Option<&String> {
    given.first().and_then(|column| column.name.as_ref())
}

/// The columns of these names, in their order, those that are needed; others are left alone, and said. A name that several have stands for the first
/// one of them, then the next.
pub(super) fn in_order(
    source: &str,
    given: Vec<Given>,
    wanted: &[(String, bool)],
    of: &str,
    notes: &mut Vec<String>,
) -> Result<Vec<Given>, DataError> {
    let key = |column: &Given| match &column.name {
        Some(name) if !name.is_empty() => name.clone(),
        _ => column.position.to_string(),
    };
    let mut by_name: HashMap<String, Vec<Given>> = HashMap::new();
    let mut order = Vec::new();
    for column in given {
        let key = key(&column);
        order.push(key.clone());
        by_name.entry(key).or_default().push(column);
    }
    for columns in by_name.values_mut() {
        columns.reverse();
    }
    let mut found = Vec::with_capacity(wanted.len());
    for (at, (name, is_needed)) in wanted.iter().enumerate() {
        // A first column without a name goes by its position.
        let found_here = by_name.get_mut(name).and_then(Vec::pop).or_else(|| by_name.get_mut(&at.to_string())?.pop());
        match found_here {
            Some(column) => found.push(column),
            None if !is_needed => {
                let cells = Column::Unread { rows: 0, why: "it is not there".to_owned() };
                found.push(Given { name: Some(name.clone()), position: at, is_asked_for: false, cells });
            }
            None => {
                let problem = format!(
                    "it has no column \"{}\", which {of} has; its columns are {}",
                    words::foreign(name),
                    super::content::listed(&order)
                );
                return Err(DataError::content(source, problem));
            }
        }
    }
    let left: Vec<String> = order.into_iter().filter(|key| by_name.get_mut(key).and_then(Vec::pop).is_some()).collect();
    if !left.is_empty() {
        let list = super::content::listed(&left);
        notes.push(format!("{}: not used, as {of} has no such columns: {list}", words::in_a_line(source)));
    }
    Ok(found)
}

/// Features of training and test samples.
pub(super) struct Numbers {
    pub train: Array2<f64>,
    pub test: Option<Array2<f64>>,
    /// What became of the columns of a table.
    pub columns: Vec<ColumnReport>,
    /// The names of the features, if there are names.
    pub names: Vec<String>,
    /// The columns of an array in which numbers were missing, and what stands for them.
    pub fills: Vec<(usize, f64)>,
}

/// The features. `held` marks the samples of the training file that are held out for testing; without any and without a test
/// file there is nothing to test on. What becomes of columns may be given.
pub(super) fn numbers(
    train: Prepared,
    test: Option<Prepared>,
    held: &[bool],
    given_plans: &[ColumnPlan],
    options: Options,
    budget: &Budget,
    notes: &mut Vec<String>,
) -> Result<Numbers, DataError> {
    let holds_out = held.contains(&true);
    let stays: Vec<bool> = held.iter().map(|out| !out).collect();
    let Prepared { source, x, .. } = train;
    match (x, test.map(|test| (test.source, test.x))) {
        (X::Table(columns), test) => {
            let plans = if given_plans.is_empty() { fit(&columns, &stays, options) } else { given_plans.to_vec() };
            let (train, _) = features(&source, &plans, &columns, &stays, budget)?;
            if train.ncols() == 0 {
                let left: Vec<String> = plans.iter().map(|plan| plan.column.clone()).collect();
                let problem = format!(
                    "no column is left that says anything of the label ({}); ask for columns by --features",
                    super::content::listed(&left)
                );
                return Err(DataError::content(source, problem));
            }
            let test = match test {
                Some((source, X::Table(columns))) => Some((source, columns)),
                _ => None,
            };
            let (x_test, unknown) = match &test {
                Some((source, columns)) => {
                    let is_read = |column: &&Seen| column.left_out.is_none();
                    let all = vec![true; columns.iter().find(is_read).map_or(0, Seen::len)];
                    let (x, unknown) = features(source, &plans, columns, &all, budget)?;
                    (Some(x), unknown)
                }
                None if holds_out => {
                    let (x, unknown) = features(&source, &plans, &columns, held, budget)?;
                    (Some(x), unknown)
                }
                None => (None, Vec::new()),
            };
            let of_test = test.as_ref().map(|(_, columns)| columns.as_slice());
            notes.extend(notes_of(&columns, of_test, &plans, &unknown));
            let test = x_test;
            let names = names(&plans);
            let report = |(plan, seen): (ColumnPlan, Seen)| ColumnReport { plan, facts: seen.facts };
            let columns = plans.into_iter().zip(columns).map(report).collect();
            if options.missing != Missing::Fill || !given_plans.is_empty() {
                finite_after_all(&source, &train, test.as_ref(), &names)?;
            }
            Ok(Numbers { train, test, columns, names, fills: Vec::new() })
        }
        (X::Array(x), test) => {
            let (mut train, mut test) = match test {
                Some((_, X::Array(test))) => (x.into_owned(), Some(test.into_owned())),
                _ if holds_out => {
                    let held = missing::copy_rows(&x.view(), held);
                    (missing::kept_rows(x, &stays), Some(held))
                }
                _ => (x.into_owned(), None),
            };
            let mut fills = Vec::new();
            if options.missing == Missing::Fill {
                let (means, note) = missing::fill(&source, &mut train, test.as_mut());
                fills = means;
                notes.extend(note);
            }
            Ok(Numbers { train, test, columns: Vec::new(), names: Vec::new(), fills })
        }
    }
}

/// Refuses a cell of a test file that is missing where the plan has nothing to stand for it.
fn finite_after_all(
    source: &str,
    train: &Array2<f64>,
    test: Option<&Array2<f64>>,
    names: &[String],
) -> Result<(), DataError> {
    for x in [Some(train), test].into_iter().flatten() {
        let odd = x.rows().into_iter().find_map(|row| row.iter().position(|value| !value.is_finite()));
        if let Some(odd) = odd {
            let problem = format!(
                "column \"{}\" has a missing cell, and nothing is known that could stand for it (use --missing drop, or \
                 --missing fill)",
                words::foreign(&names[odd])
            );
            return Err(DataError::content(source, problem));
        }
    }
    Ok(())
}
