//! What labels are: classes or numbers.
//!
//! Without being told (`--task`):
//! - text is classes, unless nearly every sample has another one: then it is asked what the label is;
//! - several columns are classes if every row is one-hot, else regression with that many outputs;
//! - whole numbers are classes if there are exactly two different ones, or at most 20 and on average at least two samples of
//!   each, or at most 100 that follow one another from 0 or 1 on, of which the most frequent has at most five times the samples
//!   of the rarest (marks, counts and ages have gaps, or a middle; classes are numbered and sampled);
//! - anything else is regression.
//!
//! Classes are sorted, text as text and numbers as numbers; two of them are a binary task.

use std::collections::HashMap;
use std::fmt::Write as _;

use ndarray::Array2;

use super::content::{LabelColumn, Labels, Names, Target};
use super::spec::LabelKind;
use super::{DataError, Kind, Targets};
use crate::words;

/// With more different whole numbers than this, labels are no classes unless `--task` says so.
const MOST_CLASSES: usize = 100;

/// As many whole numbers may be classes whatever they are.
const FEW_CLASSES: usize = 20;

/// The kind of the training labels, with a sentence that says so.
pub(crate) fn infer(y: &Target, task: Option<LabelKind>) -> Result<(Kind, String), DataError> {
    let (names, how) = match (&y.labels, task) {
        (Labels::Text(_), Some(LabelKind::Regression)) => return Err(not_a_number(y)),
        (Labels::Numbers(values), Some(LabelKind::Regression)) => return Ok(regression(y, values.ncols())),
        (Labels::Text(names), task) => (text_classes(y, names, task)?, ""),
        (Labels::Numbers(values), task) if values.ncols() > 1 => {
            if !is_one_hot(values) {
                if task.is_some() {
                    let problem = "the labels have several columns that are not one-hot, so they are no classes";
                    return Err(DataError::content(&y.source, problem));
                }
                return Ok(regression(y, values.ncols()));
            }
            let numbered = || (0..values.ncols()).map(|class| class.to_string()).collect();
            (names_of_columns(&y.columns, values.ncols()).unwrap_or_else(numbered), "one-hot, ")
        }
        (Labels::Numbers(values), task) => {
            let levels = levels(values);
            let distinct: Vec<f64> = levels.iter().map(|(value, _)| *value).collect();
            if task.is_none() && !looks_like_classes(&levels, values.nrows()) {
                let (kind, mut note) = regression(y, 1);
                if distinct.len() <= MOST_CLASSES && are_whole(&levels) && 2 * distinct.len() <= values.nrows() {
                    let _ = write!(note, " ({} whole numbers; --task classes if they are classes)", distinct.len());
                }
                return Ok((kind, note));
            }
            told_apart(y, &distinct)?;
            (distinct.into_iter().map(name).collect(), "")
        }
    };
    let count = names.len();
    if let [only] = names.as_slice() {
        let problem = format!(
            "all {} labels are \"{}\", but a classifier needs two classes",
            y.labels.len(),
            words::foreign(only)
        );
        return Err(DataError::content(&y.source, problem));
    }
    if task == Some(LabelKind::Binary) && count != 2 {
        let problem = format!("the labels have {count} values ({}), not the two of --task binary", shown(&names));
        return Err(DataError::content(&y.source, problem));
    }
    let doubt = match &y.labels {
        Labels::Numbers(values) if values.ncols() == 1 && count > 5 && task.is_none() => {
            "; --task regression if they are amounts"
        }
        _ => "",
    };
    let note = format!("{}: {how}{count} classes ({}){doubt}", y.name, shown(&names));
    Ok((Kind::Classes(names), note))
}

/// The labels as targets of a known kind.
pub(crate) fn targets(y: &Target, kind: &Kind) -> Result<Targets, DataError> {
    match kind {
        Kind::Classes(names) => classes_of(y, names).map(Targets::Classes),
        Kind::Regression { outputs } => match &y.labels {
            Labels::Text(_) => Err(not_a_number(y)),
            Labels::Numbers(values) if values.ncols() != *outputs => Err(DataError::content(
                &y.source,
                format!("the labels have {} columns, those for training {outputs}", values.ncols()),
            )),
            Labels::Numbers(values) => Ok(Targets::Values(values.clone())),
        },
    }
}

fn regression(y: &Target, outputs: usize) -> (Kind, String) {
    let plural = if outputs == 1 { "" } else { "s" };
    (Kind::Regression { outputs }, format!("{}: numbers, regression with {outputs} output{plural}", y.name))
}

/// The index of each sample's class.
fn classes_of(y: &Target, names: &[String]) -> Result<Vec<usize>, DataError> {
    let positions: HashMap<&str, usize> = names.iter().enumerate().map(|(i, name)| (name.as_str(), i)).collect();
    let unknown = |sample: usize, label: &str| {
        let label = words::foreign(label);
        y.error(sample, format!("the class \"{label}\" is not among those for training ({})", shown(names)))
    };
    match &y.labels {
        Labels::Text(labels) => {
            let of_levels: Vec<Option<usize>> =
                labels.levels().iter().map(|level| positions.get(&**level).copied()).collect();
            let index = |i: usize| {
                let known = labels.level(i).and_then(|level| of_levels[level]);
                known.ok_or_else(|| unknown(i, labels.get(i).unwrap_or_default()))
            };
            (0..labels.len()).map(index).collect()
        }
        Labels::Numbers(values) if values.ncols() == 1 => {
            let distinct: Vec<f64> = levels(values).into_iter().map(|(value, _)| value).collect();
            // A million samples have few different labels.
            let known: Vec<Option<usize>> =
                distinct.iter().map(|&v| positions.get(name(v).as_str()).copied()).collect();
            let index = |(i, &value): (usize, &f64)| {
                told_apart(y, &[value])?;
                let level = distinct.binary_search_by(|level| level.total_cmp(&(value + 0.0))).ok();
                level.and_then(|level| known[level]).ok_or_else(|| unknown(i, &name(value)))
            };
            values.iter().enumerate().map(index).collect()
        }
        Labels::Numbers(values) if values.ncols() == names.len() && is_one_hot(values) => {
            Ok(values.rows().into_iter().map(|row| row.iter().position(|&v| v == 1.0).unwrap_or_default()).collect())
        }
        Labels::Numbers(_) => {
            Err(DataError::content(&y.source, "the labels are not one-hot as those for training are"))
        }
    }
}

/// The sorted names in text labels.
fn text_classes(y: &Target, labels: &Names, task: Option<LabelKind>) -> Result<Vec<String>, DataError> {
    let mut there = vec![false; labels.levels().len()];
    (0..labels.len()).filter_map(|i| labels.level(i)).for_each(|level| there[level] = true);
    let levels = labels.levels().iter().zip(there).filter(|(_, there)| *there);
    let mut names: Vec<String> = levels.map(|(level, _)| level.to_string()).collect();
    names.sort();
    // One slip in a column of numbers makes text of all of it.
    let numbers = names.iter().filter(|name| name.parse::<f64>().is_ok()).count();
    if task.is_none() && 2 * numbers > names.len() && 2 * names.len() > labels.len() {
        return Err(not_a_number(y));
    }
    if task.is_none() && labels.len() >= 10 && 10 * names.len() > 9 * labels.len() {
        let problem = format!(
            "{}: {} different texts in {} rows are no classes; name the column with the labels by --label, or say --task classes",
            y.name,
            names.len(),
            labels.len()
        );
        return Err(DataError::content(&y.source, problem));
    }
    Ok(names)
}

/// The error of the first label that is not a number.
fn not_a_number(y: &Target) -> DataError {
    let Labels::Text(labels) = &y.labels else {
        return DataError::content(&y.source, "the labels are not numbers");
    };
    let mut labels = labels.iter().enumerate().filter_map(|(i, label)| Some((i, label?)));
    match labels.find(|(_, label)| label.parse::<f64>().is_err()) {
        Some((sample, label)) => {
            let label = words::foreign(label);
            y.error(sample, format!("the label \"{label}\" is not a number, and regression needs numbers"))
        }
        None => DataError::content(&y.source, "the labels are text, and regression needs numbers"),
    }
}

fn looks_like_classes(levels: &[(f64, usize)], samples: usize) -> bool {
    let count = levels.len();
    let follow = || {
        let first = levels.first().map_or(0.0, |(value, _)| *value);
        let most = levels.iter().map(|(_, count)| *count).max().unwrap_or_default();
        let least = levels.iter().map(|(_, count)| *count).min().unwrap_or_default();
        let is_next = |(i, (value, _)): (usize, &(f64, usize))| *value == first + i as f64;
        [0.0, 1.0].contains(&first) && levels.iter().enumerate().all(is_next) && most <= 5 * least
    };
    let repeat = 2 * count <= samples;
    are_whole(levels) && (count <= 2 || repeat && (count <= FEW_CLASSES || count <= MOST_CLASSES && follow()))
}

fn are_whole(levels: &[(f64, usize)]) -> bool {
    levels.iter().all(|(value, _)| value.fract() == 0.0)
}

/// Refuses classes that are whole numbers from 2^53 on: float64 does not have all of those, and two may have become one.
fn told_apart(y: &Target, distinct: &[f64]) -> Result<(), DataError> {
    const MOST: f64 = 9_007_199_254_740_992.0;
    // Its digits need not be those in the file any more.
    if distinct.iter().any(|value| value.abs() >= MOST) {
        let problem = "the labels have classes from 2^53 on, where float64 does not tell whole numbers apart: write them as text, \
                       with a letter before the number, or number them from 0";
        return Err(DataError::content(&y.source, problem));
    }
    Ok(())
}

/// The different values, sorted, each with the number of samples that have it.
fn levels(values: &Array2<f64>) -> Vec<(f64, usize)> {
    let mut values: Vec<f64> = values.iter().map(|&value| value + 0.0).collect();
    values.sort_by(f64::total_cmp);
    values.chunk_by(|a, b| a == b).map(|same| (same[0], same.len())).collect()
}

/// The name of a class that is a number.
fn name(value: f64) -> String {
    (value + 0.0).to_string()
}

/// The classes that one-hot columns stand for, by the names of these; none if they have no names, or two have the same. What all
/// begin with is the name of what was encoded: `species_setosa`, `species_virginica`.
fn names_of_columns(columns: &[LabelColumn], count: usize) -> Option<Vec<String>> {
    let names: Vec<String> = columns.iter().map(|column| column.name.clone()).collect::<Option<_>>()?;
    let first = names.first().filter(|_| names.len() == count)?;
    let ends =
        first.char_indices().filter(|(_, c)| matches!(c, '_' | '=' | '.' | ':' | ' ')).map(|(at, c)| at + c.len_utf8());
    let is_of_all = |end: &usize| names.iter().all(|name| name.len() > *end && name.starts_with(&first[..*end]));
    let end = ends.rev().find(is_of_all).unwrap_or(0);
    let names: Vec<String> = names.iter().map(|name| name[end..].to_owned()).collect();
    let are_different = names.iter().enumerate().all(|(i, name)| !name.is_empty() && !names[..i].contains(name));
    are_different.then_some(names)
}

fn is_one_hot(values: &Array2<f64>) -> bool {
    values.rows().into_iter().all(|row| {
        row.iter().all(|&value| value == 0.0 || value == 1.0) && row.iter().filter(|&&value| value == 1.0).count() == 1
    })
}

fn shown(names: &[String]) -> String {
    super::content::listed(names)
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;
    use crate::data::content::Rows;

    fn target(labels: Labels) -> Target {
        let rows = Rows::From(1);
        Target {
            source: "a.csv".into(),
            name: "labels".into(),
            columns: vec![LabelColumn { name: Some("y".into()), position: 1 }],
            labels,
            rows,
        }
    }

    fn text(labels: &[&str]) -> Target {
        target(Labels::Text(labels.iter().copied().collect()))
    }

    fn numbers(labels: &[f64]) -> Target {
        target(Labels::Numbers(Array2::from_shape_fn((labels.len(), 1), |(i, _)| labels[i])))
    }

    fn kind(y: &Target, task: Option<LabelKind>) -> Kind {
        infer(y, task).unwrap().0
    }

    fn classes(names: &[&str]) -> Kind {
        Kind::Classes(names.iter().map(|&name| name.to_owned()).collect())
    }

    fn error(y: &Target, task: Option<LabelKind>) -> String {
        infer(y, task).unwrap_err().to_string()
    }

    const REGRESSION: Kind = Kind::Regression { outputs: 1 };

    #[test]
    fn text_is_classes_in_order() {
        let y = text(&["dog", "cat", "dog"]);
        let (kind, note) = infer(&y, None).unwrap();
        assert_eq!((&kind, note.as_str()), (&classes(&["cat", "dog"]), "labels: 2 classes (cat, dog)"));
        assert!(kind.is_binary());
        assert_eq!(targets(&y, &kind).unwrap(), Targets::Classes(vec![1, 0, 1]));
    }

    #[test]
    fn few_whole_numbers_are_classes() {
        assert_eq!(kind(&numbers(&[10.0, 9.0, 2.0, 2.0, 9.0, 10.0]), None), classes(&["2", "9", "10"]));
        assert_eq!(kind(&numbers(&[-1.0, 1.0]), None), classes(&["-1", "1"]));
        assert_eq!(kind(&numbers(&[0.0, -0.0, 1.0]), None), classes(&["0", "1"]));
        assert_eq!(kind(&numbers(&[1.0, 2.0, 3.0, 4.0]), None), REGRESSION);
        assert_eq!(kind(&numbers(&[0.5, 1.5, 0.5, 1.5]), None), REGRESSION);
        let many: Vec<f64> = (0..1000).map(|i| f64::from(i % 101)).collect();
        assert_eq!(kind(&numbers(&many), None), REGRESSION);
        // A hundred classes as sets of images have them, and ages.
        let images: Vec<f64> = (0..1000).map(|i| f64::from(i % 100)).collect();
        assert!(matches!(kind(&numbers(&images), None), Kind::Classes(names) if names.len() == 100));
        let ages: Vec<f64> = (0..1000).map(|i| f64::from(17 + (i % 13) + (i % 31))).collect();
        let (age, note) = infer(&numbers(&ages), None).unwrap();
        assert_eq!(age, REGRESSION);
        assert!(note.ends_with("(43 whole numbers; --task classes if they are classes)"), "{note}");
        assert!(matches!(kind(&numbers(&many), Some(LabelKind::Classes)), Kind::Classes(names) if names.len() == 101));
    }

    #[test]
    fn several_columns() {
        let one_hot = target(Labels::Numbers(array![[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]));
        let (kind, note) = infer(&one_hot, None).unwrap();
        assert_eq!((&kind, note.as_str()), (&classes(&["0", "1", "2"]), "labels: one-hot, 3 classes (0, 1, 2)"));
        assert_eq!(targets(&one_hot, &kind).unwrap(), Targets::Classes(vec![1, 0]));
        let named = |columns: [&str; 3]| {
            let labels = Labels::Numbers(array![[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]);
            let columns = columns.map(|name| LabelColumn { name: Some(name.to_owned()), position: 0 }).to_vec();
            infer(&Target { columns, ..target(labels) }, None).unwrap().0
        };
        assert_eq!(named(["dog", "cat", "dodo"]), classes(&["dog", "cat", "dodo"]));
        assert_eq!(named(["iris_a_setosa", "iris_a_b", "iris_virginica"]), classes(&["a_setosa", "a_b", "virginica"]));
        assert_eq!(named(["dog", "dog", "cat"]), classes(&["0", "1", "2"]));
        let values = array![[0.0, 1.5], [1.0, 0.0]];
        let y = target(Labels::Numbers(values.clone()));
        let (kind, note) = infer(&y, None).unwrap();
        assert_eq!(
            (&kind, note.as_str()),
            (&Kind::Regression { outputs: 2 }, "labels: numbers, regression with 2 outputs")
        );
        assert!(infer(&y, Some(LabelKind::Classes)).is_err());
        assert_eq!(targets(&y, &kind).unwrap(), Targets::Values(values));
    }

    #[test]
    fn the_task_overrides() {
        assert_eq!(kind(&numbers(&[0.0, 1.0]), Some(LabelKind::Regression)), REGRESSION);
        assert_eq!(kind(&numbers(&[0.5, 1.5, 2.5]), Some(LabelKind::Classes)), classes(&["0.5", "1.5", "2.5"]));
        assert_eq!(kind(&numbers(&[3.0, 4.0]), Some(LabelKind::Binary)), classes(&["3", "4"]));
        assert_eq!(
            error(&numbers(&[0.0, 1.0, 2.0]), Some(LabelKind::Binary)),
            "a.csv: the labels have 3 values (0, 1, 2), not the two of --task binary"
        );
        assert_eq!(
            error(&text(&["1", "two"]), Some(LabelKind::Regression)),
            "a.csv, row 2, column \"y\": the label \"two\" is not a number, and regression needs numbers"
        );
    }

    #[test]
    fn classes_that_may_have_become_one_are_refused() {
        let merged = numbers(&[9_007_199_254_740_992.0, 9_007_199_254_740_993_i64 as f64, 1.0]);
        assert!(error(&merged, None).contains("the labels have classes from 2^53 on, where"));
        // No digits that are not those in the file, neither for training nor for the test.
        let most = numbers(&[u64::MAX as f64, 1.0]);
        for error in [error(&most, None), targets(&most, &classes(&["0", "1"])).unwrap_err().to_string()] {
            assert!(error.contains("from 2^53 on") && !error.contains("1844"), "{error}");
        }
        assert!(infer(&numbers(&[-1e16, 1.0]), Some(LabelKind::Binary)).is_err());
        assert_eq!(kind(&numbers(&[9_007_199_254_740_991.0, 1.0]), None), classes(&["1", "9007199254740991"]));
        assert_eq!(kind(&merged, Some(LabelKind::Regression)), REGRESSION);
        assert!(kind(&text(&["9007199254740992", "9007199254740993"]), Some(LabelKind::Classes)).is_binary());
    }

    #[test]
    fn one_class_only() {
        let message = "a.csv: all 2 labels are \"cat\", but a classifier needs two classes";
        assert_eq!(error(&text(&["cat", "cat"]), None), message);
        assert!(infer(&numbers(&[1.0, 1.0]), None).is_err());
        assert_eq!(kind(&numbers(&[1.0, 1.0]), Some(LabelKind::Regression)), REGRESSION);
    }

    #[test]
    fn a_slip_in_a_column_of_numbers_is_found() {
        assert!(
            error(&text(&["1.5", "2.5", "3,5", "4.5"]), None)
                .starts_with("a.csv, row 3, column \"y\": the label \"3,5\"")
        );
    }

    #[test]
    fn test_labels_use_the_training_classes() {
        let kind = classes(&["0", "1"]);
        assert_eq!(targets(&numbers(&[1.0, 1.0]), &kind).unwrap(), Targets::Classes(vec![1, 1]));
        assert_eq!(targets(&text(&["1", "0"]), &kind).unwrap(), Targets::Classes(vec![1, 0]));
        assert_eq!(
            targets(&numbers(&[1.0, 2.0]), &kind).unwrap_err().to_string(),
            "a.csv, row 2, column \"y\": the class \"2\" is not among those for training (0, 1)"
        );
        assert!(targets(&text(&["1", "x"]), &REGRESSION).is_err());
        let two = target(Labels::Numbers(array![[0.0, 1.5]]));
        assert!(targets(&two, &REGRESSION).unwrap_err().to_string().contains("2 columns, those for training 1"));
    }
}
