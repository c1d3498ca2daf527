//! Runs as CSV and Parquet: one row per run.
//!
//! | column | meaning |
//! | --- | --- |
//! | `init`, `seed` | where the run started |
//! | `status`, `step` | how it ended; `step` is empty for runs that finished |
//! | `steps` | updates that were done |
//! | `train_loss`, `train_accuracy` | on the training set, after the last update |
//! | `test_loss`, `test_accuracy` | on the test set; empty without one |
//! | `seconds` | how long it took |
//! | `reached` | the first step at which the accuracy that counts as a success was reached; empty where it never was |
//! | `train_balanced_accuracy`, `train_f1`, `train_auc` | on the training set: the mean recall; of two classes the F1 score of the
//! second one and the area under the ROC curve |
//! | `test_balanced_accuracy`, `test_f1`, `test_auc` | on the test set |
//! | `case` | what was trained; only where several tasks were run together |
//!
//! Losses that are not finite, and accuracies in regression, are empty (CSV) or null (Parquet).

use super::columns::{self, Kind, Rows, Schema, Value};
use crate::error::Error;
use crate::run::{ClassFigures, Figures, Run};
use std::path::Path;

/// The columns, in order; the last one only where there are cases.
const COLUMNS: [(&str, Kind); 18] = [
    ("init", Kind::Text),
    ("seed", Kind::Count),
    ("status", Kind::Text),
    ("step", Kind::Whole),
    ("steps", Kind::Count),
    ("train_loss", Kind::Real),
    ("train_accuracy", Kind::Real),
    ("test_loss", Kind::Real),
    ("test_accuracy", Kind::Real),
    ("seconds", Kind::Real),
    ("reached", Kind::Whole),
    ("train_balanced_accuracy", Kind::Real),
    ("train_f1", Kind::Real),
    ("train_auc", Kind::Real),
    ("test_balanced_accuracy", Kind::Real),
    ("test_f1", Kind::Real),
    ("test_auc", Kind::Real),
    ("case", Kind::Text),
];

fn schema(runs: &[Run]) -> Schema {
    let cases = runs.iter().any(|run| run.case.is_some());
    COLUMNS.iter().take(COLUMNS.len() - usize::from(!cases)).map(|&(name, kind)| (name.to_owned(), kind)).collect()
}

/// Writes runs as CSV, with a header.
///
/// # Errors
/// If the file cannot be written.
pub fn csv(path: &Path, runs: &[Run]) -> Result<(), Error> {
    let schema = schema(runs);
    columns::csv(path, &schema, |rows| fill(path, rows, runs, schema.len()))
}

/// Writes runs as Parquet.
///
/// # Errors
/// If the file cannot be written.
pub fn parquet(path: &Path, runs: &[Run]) -> Result<(), Error> {
    let schema = schema(runs);
    columns::parquet(path, &schema, |rows| fill(path, rows, runs, schema.len()))
}

fn fill(path: &Path, rows: &mut dyn Rows, runs: &[Run], width: usize) -> Result<(), Error> {
    for run in runs {
        let test = |figure: fn(Figures) -> Option<f64>| Value::Real(run.test.and_then(figure));
        let by_class = |figures: Option<Figures>, figure: fn(ClassFigures) -> Option<f64>| {
            Value::Real(figures.and_then(|figures| figure(figures.classes?)))
        };
        let mut row = vec![
            Value::Text(run.init.to_string()),
            Value::Count(run.seed),
            Value::Text(run.status.to_owned()),
            Value::Whole(run.step.map(|step| step as u64)),
            Value::Count(run.steps as u64),
            Value::real(run.train.loss),
            Value::Real(run.train.accuracy),
            test(|figures| Some(figures.loss)),
            test(|figures| figures.accuracy),
            Value::Real(Some(run.seconds)),
            Value::Whole(run.reached.map(|step| step as u64)),
            by_class(Some(run.train), |classes| Some(classes.balanced_accuracy)),
            by_class(Some(run.train), |classes| classes.f1),
            by_class(Some(run.train), |classes| classes.auc),
            by_class(run.test, |classes| Some(classes.balanced_accuracy)),
            by_class(run.test, |classes| classes.f1),
            by_class(run.test, |classes| classes.auc),
            Value::Text(run.case.as_deref().unwrap_or_default().to_owned()),
        ];
        row.truncate(width);
        rows.row(row).map_err(|source| Error::Write { path: path.display().to_string(), source })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use parquet::file::reader::{FileReader, SerializedFileReader};

    fn two_runs() -> [Run; 2] {
        let finished = Run {
            case: None,
            init: "he".into(),
            seed: u64::MAX,
            status: "finished",
            step: None,
            train: Figures { loss: 0.5, accuracy: Some(0.75), classes: None },
            test: Some(Figures {
                loss: 0.25,
                accuracy: Some(1.0),
                classes: Some(ClassFigures { balanced_accuracy: 0.5, f1: None, auc: Some(0.125) }),
            }),
            targets: None,
            trace: Vec::new(),
            steps: 10,
            reached: Some(7),
            seconds: 0.5,
        };
        let nothing = Figures { loss: f64::NAN, accuracy: None, classes: None };
        let diverged = Run {
            status: "diverged",
            step: Some(3),
            train: nothing,
            test: Some(nothing),
            reached: None,
            ..finished.clone()
        };
        [finished, diverged]
    }

    #[test]
    fn csv_has_a_row_per_run_and_leaves_empty_what_is_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("runs.csv");
        csv(&path, &two_runs()).unwrap();
        let text = std::fs::read_to_string(path).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let names: Vec<&str> = COLUMNS[..17].iter().map(|(name, _)| *name).collect();
        assert_eq!(lines[0], names.join(","));
        assert_eq!(lines[1], "he,18446744073709551615,finished,,10,0.5,0.75,0.25,1,0.5,7,,,,0.5,,0.125");
        assert_eq!(lines[2], "he,18446744073709551615,diverged,3,10,,,,,0.5,,,,,,,");
    }

    #[test]
    fn parquet_reads_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("runs.parquet");
        parquet(&path, &two_runs()).unwrap();
        let reader = SerializedFileReader::new(std::fs::File::open(path).unwrap()).unwrap();
        let rows: Vec<String> = reader.get_row_iter(None).unwrap().map(|row| row.unwrap().to_string()).collect();
        assert_eq!(rows.len(), 2);
        assert!(rows[0].contains("seed: 18446744073709551615") && rows[0].contains("step: null"), "{}", rows[0]);
        assert!(rows[1].contains("step: 3") && rows[1].contains("train_loss: null"), "{}", rows[1]);
    }

    #[test]
    fn the_case_has_a_column_where_there_are_cases() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name);
        let runs = two_runs().map(|run| Run { case: Some("tanh, 1 hidden".into()), ..run });
        csv(&file("runs.csv"), &runs).unwrap();
        let text = std::fs::read_to_string(file("runs.csv")).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].ends_with(",test_auc,case") && lines[2].ends_with(",\"tanh, 1 hidden\""), "{text}");
        parquet(&file("runs.parquet"), &runs).unwrap();
        let reader = SerializedFileReader::new(std::fs::File::open(file("runs.parquet")).unwrap()).unwrap();
        let row = reader.get_row_iter(None).unwrap().next().unwrap().unwrap().to_string();
        assert!(row.contains("case: \"tanh, 1 hidden\""), "{row}");
    }
}
