//! The course's lab on regularization: weight decay and dropout cost training accuracy and gain test accuracy.

use super::{Case, CaseRuns, Claim, Experiment, Judgement, Row, Setting, loss, median, missing_file};
use super::{test_accuracy, train_accuracy};
use crate::data::{DataSpec, Dataset, Kind, LabelKind, Preprocess, Samples};
use crate::error::Error;
use crate::run::Run;
use std::path::Path;
use std::sync::Arc;

/// Regularization.
pub const REGULARIZATION: Experiment = Experiment {
    name: "dls-regularization",
    title: "2-20-3-1 relu, lr 0.3, 30,000 steps: nothing, L2 with lambda 0.7, dropout that keeps 0.86",
    source: "Deep Learning Specialization, course 2, week 1, assignment \"Regularization\"",
    files: &[],
    pixels: None,
    page: None,
    cases,
    judge: |cases| judge(&[0, 1, 2].map(|i| Accuracies::of(&cases[i]))),
};

/// The lab's file, which is not ours to ship.
pub const FILE: &str = "data.mat";

/// Training and test samples of the lab, and of what stands in for them.
const SAMPLES: [usize; 2] = [211, 200];

/// The lab's, and eight more to tell luck from rule.
const SEEDS: usize = 9;

/// The lab adds `lambda / (2 m)` times the squared weights to the loss of `m` samples, so it adds `lambda / m` times the weights
/// to the gradient.
const DECAY: f64 = 0.7 / SAMPLES[0] as f64;

fn cases(setting: &Setting) -> Result<Vec<Case>, Error> {
    let data = setting.data_dir.map(football).transpose()?.map(Arc::new);
    let section = match &data {
        Some(_) => "data = \"football\"\n".to_owned(),
        None => format!("data = \"moons\"\nnoise = 0.3\nsamples = {SAMPLES:?}\n"),
    };
    let case = |name: &str, more: String, claims: Vec<Claim>| Case {
        data: data.clone(),
        claims: if data.is_some() { claims } else { Vec::new() },
        ..Case::new(
            name,
            format!(
                "[data]\n{section}[network]\nlayers = [2, 20, 3, 1]\n\
                 [init]\ninit = \"lecun\"\nrng = \"numpy\"\nseed = 3\nseeds = {SEEDS}\n\
                 [training]\nlr = 0.3\nsteps = 30000\nrecord-every = 1000\n{more}"
            ),
        )
    };
    let nothing = vec![
        loss("loss at step 0", 0, "0.655741"),
        loss("loss at step 10,000", 10_000, "0.163300"),
        loss("loss at step 20,000", 20_000, "0.138516"),
        train_accuracy("0.948"),
        test_accuracy("0.915"),
    ];
    let l2 = vec![train_accuracy("0.938"), test_accuracy("0.93")];
    Ok(vec![
        case("nothing", String::new(), nothing),
        case("L2", format!("weight-decay = {DECAY}\n"), l2),
        // The lab seeds its masks anew in every step, so that all steps leave out the same units of the same samples; ours are
        // drawn in every step, and the lab's figures are no figures of them.
        case("dropout", "dropout = [0.14]\n".to_owned(), Vec::new()),
    ])
}

/// The lab's samples: `X` and `y` to train on, `Xval` and `yval` to test on.
///
/// # Errors
/// If the folder has not the file, or it cannot be read.
fn football(folder: &Path) -> Result<Dataset, Error> {
    let path = folder.join(FILE);
    if !path.is_file() {
        return Err(missing_file(folder, FILE));
    }
    let part = |x: &str, y: &str| -> Result<Samples, Error> {
        let spec = DataSpec {
            data: path.display().to_string(),
            x_key: Some(x.to_owned()),
            y_key: Some(y.to_owned()),
            preprocess: Preprocess::None,
            task: Some(LabelKind::Binary),
            test_share: 0.0,
            ..DataSpec::default()
        };
        Ok(Dataset::load(&spec)?.train)
    };
    let kind = Kind::Classes(["0", "1"].map(str::to_owned).to_vec());
    Ok(Dataset::of("football", kind, part("X", "y")?, Some(part("Xval", "yval")?)))
}

/// Medians over the seeds.
#[derive(Clone, Copy, Debug)]
struct Accuracies {
    train: f64,
    test: f64,
}

impl Accuracies {
    fn of(case: &CaseRuns) -> Self {
        let over = |figure: fn(&Run) -> Option<f64>| median(case.runs.iter().map(|run| figure(run).unwrap_or(0.0)));
        Self { train: over(|run| run.train.accuracy), test: over(|run| run.test?.accuracy) }
    }
}

/// Of nothing, L2 and dropout.
fn judge([nothing, l2, dropout]: &[Accuracies; 3]) -> Judgement {
    let claim = |name: &str, set: &str, published: &str, [before, after]: [f64; 2], agrees: bool| Row {
        what: format!("{name}: {set} accuracy, median of {SEEDS} seeds"),
        published: published.to_owned(),
        measured: format!("{before:.3} to {after:.3}"),
        agrees: Some(agrees),
    };
    let of = |name: &str, with: &Accuracies, train: &str, test: &str| {
        [
            claim(name, "train", train, [nothing.train, with.train], with.train < nothing.train),
            claim(name, "test", test, [nothing.test, with.test], with.test > nothing.test),
        ]
    };
    let rows = [
        of("L2", l2, "lower (0.948 to 0.938)", "higher (0.915 to 0.93)"),
        of("dropout", dropout, "lower (0.948 to 0.929)", "higher (0.915 to 0.95)"),
    ];
    let answer = format!(
        "Without regularization {:.3} of the training and {:.3} of the test samples are right, a gap of {:.3}; L2 makes it {:.3}, \
         dropout {:.3}.",
        nothing.train,
        nothing.test,
        nothing.train - nothing.test,
        l2.train - l2.test,
        dropout.train - dropout.test,
    );
    Judgement { rows: rows.concat(), answer: Some(answer), map: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Targets;
    use crate::replicate::Options;
    use headstart_engine::train::Watch;

    #[test]
    fn regularization_may_help_or_not() {
        let says = |figures: [[f64; 2]; 3]| -> Vec<bool> {
            let judged = judge(&figures.map(|[train, test]| Accuracies { train, test }));
            judged.rows.iter().map(|row| row.agrees == Some(true)).collect()
        };
        assert_eq!(says([[0.948, 0.915], [0.938, 0.93], [0.929, 0.95]]), [true; 4]);
        assert_eq!(says([[0.9, 0.9], [0.9, 0.9], [0.95, 0.85]]), [false; 4]);
    }

    /// A file as the lab's is: MATLAB's version 4, in which an array is five numbers, its name and its columns.
    #[test]
    fn the_samples_of_the_lab_are_taken_as_they_are() {
        let array = |name: &str, rows: u32, columns: u32, numbers: &[f64]| -> Vec<u8> {
            let head = [0, rows, columns, 0, name.len() as u32 + 1].map(u32::to_le_bytes).concat();
            [head, name.as_bytes().to_vec(), vec![0], numbers.iter().flat_map(|x| x.to_le_bytes()).collect()].concat()
        };
        let folder = tempfile::tempdir().unwrap();
        assert!(football(folder.path()).unwrap_err().to_string().contains("no data.mat in it"));
        let parts = [
            array("X", 3, 2, &[-0.5, 0.25, 0.75, 4.0, 5.0, 6.0]),
            array("y", 3, 1, &[0.0, 1.0, 1.0]),
            array("Xval", 2, 2, &[1.0, 2.0, 3.0, 4.0]),
            array("yval", 2, 1, &[1.0, 0.0]),
        ];
        std::fs::write(folder.path().join(FILE), parts.concat()).unwrap();
        let data = football(folder.path()).unwrap();
        let test = data.test.unwrap();
        assert_eq!((data.train.x[[1, 0]], data.train.x[[2, 1]], test.x[[1, 1]]), (0.25, 6.0, 4.0));
        assert_eq!((data.train.y, test.y), (Targets::Classes(vec![0, 1, 1]), Targets::Classes(vec![1, 0])));
        let options = Options { data_dir: Some(folder.path().to_owned()), ..Options::default() };
        let prepared = REGULARIZATION.prepare(&options).unwrap();
        let claims: Vec<usize> = prepared.cases.iter().map(|(case, _)| case.claims.len()).collect();
        assert_eq!(claims, [5, 2, 0]);
    }

    #[test]
    fn what_stands_in_bears_the_claims_out() {
        let replication = REGULARIZATION.prepare(&Options::default()).unwrap().run(2, &Watch::default()).unwrap();
        assert!(replication.agrees && replication.rows.len() == 4, "{:?}", replication.rows);
    }
}
