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
//! | `case` | what was trained; only where several tasks were run together |
//!
//! Losses that are not finite, and accuracies in regression, are empty (CSV) or null (Parquet).

use crate::error::Error;
use crate::report::write_whole;
use crate::run::Run;
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use std::path::Path;
use std::sync::Arc;

/// The columns, in order.
const COLUMNS: [&str; 10] = [
    "init",
    "seed",
    "status",
    "step",
    "steps",
    "train_loss",
    "train_accuracy",
    "test_loss",
    "test_accuracy",
    "seconds",
];

/// Whether a column says which case a run is of.
fn has_cases(runs: &[Run]) -> bool {
    runs.iter().any(|run| run.case.is_some())
}

fn case(run: &Run) -> &str {
    run.case.as_deref().unwrap_or_default()
}

/// Losses and accuracies of a run, in the order of the columns.
fn figures(run: &Run) -> [Option<f64>; 4] {
    [Some(run.train.loss), run.train.accuracy, run.test.map(|test| test.loss), run.test.and_then(|test| test.accuracy)]
        .map(|x| x.filter(|x| x.is_finite()))
}

/// Writes runs as CSV, with a header.
///
/// # Errors
/// If the file cannot be written.
pub fn csv(path: &Path, runs: &[Run]) -> Result<(), Error> {
    let failed = |error: csv::Error| Error::Write { path: path.display().to_string(), source: error.into() };
    let mut writer = csv::Writer::from_writer(Vec::new());
    let cases = has_cases(runs);
    writer.write_record(COLUMNS.into_iter().chain(cases.then_some("case"))).map_err(failed)?;
    for run in runs {
        let text = |x: Option<f64>| x.map_or_else(String::new, |x| x.to_string());
        let [train_loss, train_accuracy, test_loss, test_accuracy] = figures(run).map(text);
        let step = run.step.map_or_else(String::new, |step| step.to_string());
        let (seed, steps, seconds) = (run.seed.to_string(), run.steps.to_string(), run.seconds.to_string());
        let status = run.status.to_owned();
        let row =
            [run.init.to_string(), seed, status, step, steps, train_loss, train_accuracy, test_loss, test_accuracy];
        let row = row.iter().chain([&seconds]).map(String::as_str).chain(cases.then(|| case(run)));
        writer.write_record(row).map_err(failed)?;
    }
    let bytes = writer.into_inner().map_err(|error| failed(error.into_error().into()))?;
    write_whole(path, &bytes)
}

/// Writes runs as Parquet.
///
/// # Errors
/// If the file cannot be written.
pub fn parquet(path: &Path, runs: &[Run]) -> Result<(), Error> {
    let bytes = parquet_bytes(runs)
        .map_err(|error| Error::Write { path: path.display().to_string(), source: std::io::Error::other(error) })?;
    write_whole(path, &bytes)
}

fn parquet_bytes(runs: &[Run]) -> Result<Vec<u8>, ParquetError> {
    let case = if has_cases(runs) { "required binary case (string);" } else { "" };
    let schema = format!(
        "message runs {{
        required binary init (string); required int64 seed (integer(64, false)); required binary status (string);
        optional int64 step; required int64 steps; optional double train_loss; optional double train_accuracy;
        optional double test_loss; optional double test_accuracy; required double seconds;
        {case}
    }}"
    );
    let schema = Arc::new(parse_message_type(&schema)?);
    let mut bytes = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut bytes, schema, Arc::new(WriterProperties::default()))?;
    let mut group = writer.next_row_group()?;
    let mut columns = columns(runs).into_iter();
    while let Some(mut to) = group.next_column()? {
        // Definition levels say which values are there; columns without gaps have none.
        match columns.next() {
            Some(Column::Text(values)) => {
                to.typed::<ByteArrayType>().write_batch(&values, None, None)?;
            }
            Some(Column::Whole(values)) => {
                let levels: Vec<i16> = values.iter().map(|value| i16::from(value.is_some())).collect();
                let there: Vec<i64> = values.into_iter().flatten().collect();
                to.typed::<Int64Type>().write_batch(&there, Some(&levels), None)?;
            }
            Some(Column::Real(values)) => {
                let levels: Vec<i16> = values.iter().map(|value| i16::from(value.is_some())).collect();
                let there: Vec<f64> = values.into_iter().flatten().collect();
                to.typed::<DoubleType>().write_batch(&there, Some(&levels), None)?;
            }
            None => {}
        }
        to.close()?;
    }
    group.close()?;
    writer.close()?;
    Ok(bytes)
}

enum Column {
    Text(Vec<ByteArray>),
    Whole(Vec<Option<i64>>),
    Real(Vec<Option<f64>>),
}

/// The columns, in order; the last one is asked for only where there are cases.
fn columns(runs: &[Run]) -> [Column; 11] {
    let text = |of: fn(&Run) -> &str| Column::Text(runs.iter().map(|run| ByteArray::from(of(run))).collect());
    let whole = |of: fn(&Run) -> Option<i64>| Column::Whole(runs.iter().map(of).collect());
    let real = |of: fn(&Run) -> Option<f64>| Column::Real(runs.iter().map(of).collect());
    [
        text(|run| &run.init),
        // Parquet's unsigned integers are the same bits as the signed ones.
        whole(|run| Some(run.seed.cast_signed())),
        text(|run| run.status),
        whole(|run| run.step.map(|step| step as i64)),
        whole(|run| Some(run.steps as i64)),
        real(|run| figures(run)[0]),
        real(|run| figures(run)[1]),
        real(|run| figures(run)[2]),
        real(|run| figures(run)[3]),
        real(|run| Some(run.seconds)),
        text(case),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::Figures;
    use parquet::file::reader::{FileReader, SerializedFileReader};

    fn two_runs() -> [Run; 2] {
        let finished = Run {
            case: None,
            init: "he".into(),
            seed: u64::MAX,
            status: "finished",
            step: None,
            train: Figures { loss: 0.5, accuracy: Some(0.75) },
            test: Some(Figures { loss: 0.25, accuracy: Some(1.0) }),
            trace: Vec::new(),
            steps: 10,
            reached: None,
            seconds: 0.5,
        };
        let nothing = Figures { loss: f64::NAN, accuracy: None };
        let diverged =
            Run { status: "diverged", step: Some(3), train: nothing, test: Some(nothing), ..finished.clone() };
        [finished, diverged]
    }

    #[test]
    fn csv_has_a_row_per_run_and_leaves_empty_what_is_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("runs.csv");
        csv(&path, &two_runs()).unwrap();
        let text = std::fs::read_to_string(path).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], COLUMNS.join(","));
        assert_eq!(lines[1], "he,18446744073709551615,finished,,10,0.5,0.75,0.25,1,0.5");
        assert_eq!(lines[2], "he,18446744073709551615,diverged,3,10,,,,,0.5");
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
        assert!(lines[0].ends_with(",seconds,case") && lines[2].ends_with(",\"tanh, 1 hidden\""), "{text}");
        parquet(&file("runs.parquet"), &runs).unwrap();
        let reader = SerializedFileReader::new(std::fs::File::open(file("runs.parquet")).unwrap()).unwrap();
        let row = reader.get_row_iter(None).unwrap().next().unwrap().unwrap().to_string();
        assert!(row.contains("case: \"tanh, 1 hidden\""), "{row}");
    }
}
