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
//! | `train_mse_NAME`, `train_r2_NAME` | of several targets, how each is met: the mean squared error in the target's own units, and
//! R^2; a target without a name has its number |
//! | `test_mse_NAME`, `test_r2_NAME` | on the test set |
//! | `case` | what was trained; only where several tasks were run together |
//!
//! Losses that are not finite, and accuracies in regression, are empty (CSV) or null (Parquet).

use crate::error::Error;
use crate::io::Unwritten;
use crate::io::columns::{self, Gathered, Kind, Rows, Schema, Value};
use crate::run::{ClassFigures, Figures, Run};
use crate::units::{Fit, Fits};
use std::path::Path;

/// The columns of all runs, in order.
const COLUMNS: [(&str, Kind); 17] = [
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
];

/// What is told of each of several targets, on either set.
type OfTarget = (&'static str, bool, fn(&Fit) -> Option<f64>);
const OF_TARGET: [OfTarget; 4] = [
    ("train_mse", false, |fit| Some(fit.mse)),
    ("train_r2", false, |fit| fit.r2),
    ("test_mse", true, |fit| Some(fit.mse)),
    ("test_r2", true, |fit| fit.r2),
];

/// What there is beside the columns of all runs.
struct More {
    /// The names of several targets.
    targets: Vec<String>,
    /// Whether several tasks were run together.
    cases: bool,
}

impl More {
    fn of(runs: &[Run]) -> Self {
        // A run that was not looked at tells of none.
        let fits = runs.iter().filter_map(|run| run.targets.as_ref()).max_by_key(|fits| fits.train.len());
        let name = |(fits, j): (&Fits, usize)| fits.names.get(j).cloned().unwrap_or_else(|| j.to_string());
        let targets: Vec<String> =
            fits.map_or_else(Vec::new, |fits| (0..fits.train.len()).map(|j| name((fits, j))).collect());
        let targets = if targets.len() > 1 { apart(targets) } else { Vec::new() };
        Self { targets, cases: runs.iter().any(|run| run.case.is_some()) }
    }

    fn schema(&self) -> Schema {
        let of_target = |target: &String| OF_TARGET.map(|(figure, ..)| (format!("{figure}_{target}"), Kind::Real));
        let all = COLUMNS.iter().map(|&(name, kind)| (name.to_owned(), kind));
        let case = self.cases.then(|| ("case".to_owned(), Kind::Text));
        all.chain(self.targets.iter().flat_map(of_target)).chain(case).collect()
    }
}

/// Names that no two have: each with its number behind it where some are the same.
fn apart(names: Vec<String>) -> Vec<String> {
    if names.iter().enumerate().all(|(j, name)| !names[..j].contains(name)) {
        return names;
    }
    names.into_iter().enumerate().map(|(j, name)| format!("{name}_{j}")).collect()
}

/// Writes runs as CSV, with a header.
///
/// # Errors
/// If the file cannot be written.
pub fn csv(path: &Path, runs: &[Run]) -> Result<(), Error> {
    let more = More::of(runs);
    columns::csv(path, &more.schema(), |rows| fill(path, rows, runs, &more))
}

/// Writes runs as Parquet.
///
/// # Errors
/// If the file cannot be written.
pub fn parquet(path: &Path, runs: &[Run]) -> Result<(), Error> {
    let more = More::of(runs);
    columns::parquet(path, &more.schema(), |rows| fill(path, rows, runs, &more))
}

/// The same in memory.
///
/// # Errors
/// None that is not a mistake of ours.
pub fn gathered(runs: &[Run]) -> Result<Gathered, Error> {
    let more = More::of(runs);
    columns::gathered(&more.schema(), |rows| fill(Path::new("runs"), rows, runs, &more))
}

fn fill(path: &Path, rows: &mut dyn Rows, runs: &[Run], more: &More) -> Result<(), Error> {
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
        ];
        for (j, (_, is_test, figure)) in (0..more.targets.len()).flat_map(|j| OF_TARGET.map(|of| (j, of))) {
            let fits = run.targets.as_ref().and_then(|fits| if is_test { &fits.test } else { &fits.train }.get(j));
            row.push(fits.and_then(figure).map_or(Value::Real(None), Value::real));
        }
        row.extend(more.cases.then(|| Value::Text(run.case.as_deref().unwrap_or_default().to_owned())));
        rows.row(row).map_err(|source| Unwritten::new(path, source))?;
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
            best: None,
            reached: Some(7),
            seconds: 0.5,
        };
        let nothing = Figures { loss: f64::NAN, accuracy: None, classes: None };
        let diverged = Run {
            status: "diverged",
            step: Some(3),
            train: nothing,
            test: Some(nothing),
            best: None,
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
        let names: Vec<&str> = COLUMNS.iter().map(|(name, _)| *name).collect();
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
    fn each_of_several_targets_has_columns_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("runs.csv");
        let fit = |mse: f64, r2| Fit { mse, rmse: mse.sqrt(), r2 };
        let of = |names: &[&str], train: Vec<Fit>, test: Vec<Fit>| {
            Some(Fits { names: names.iter().map(|name| (*name).to_owned()).collect(), train, test })
        };
        let [one, mut other] = two_runs();
        other.targets = of(&["gpp", "e,t"], vec![fit(4.0, Some(0.5)), fit(9.0, None)], vec![fit(1.0, Some(0.25)); 2]);
        csv(&path, &[one.clone(), other.clone()]).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let names = "train_mse_gpp,train_r2_gpp,test_mse_gpp,test_r2_gpp,\"train_mse_e,t\",\"train_r2_e,t\"";
        assert!(lines[0].contains(&format!(",test_auc,{names},")), "{text}");
        assert!(lines[1].ends_with(",0.125,,,,,,,,") && lines[2].ends_with(",4,0.5,1,0.25,9,,1,0.25"), "{text}");
        // One target has its error in the loss, and names that are the same are told apart.
        other.targets = of(&["y"], vec![fit(4.0, None)], Vec::new());
        csv(&path, &[other.clone()]).unwrap();
        assert!(std::fs::read_to_string(&path).unwrap().lines().next().unwrap().ends_with(",test_auc"));
        other.targets = of(&["y", "y"], vec![fit(4.0, None); 2], Vec::new());
        csv(&path, &[other]).unwrap();
        assert!(std::fs::read_to_string(&path).unwrap().contains(",train_mse_y_0,"));
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
