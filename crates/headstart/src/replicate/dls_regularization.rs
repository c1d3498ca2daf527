//! The course's lab on regularization: do weight decay and dropout cost training accuracy, and gain test accuracy?

use super::{Case, CaseRuns, Experiment, Judgement, Row, Setting, loss, loss_at, median, missing_file};
use super::{test_accuracy, train_accuracy};
use crate::data::{DataSpec, Dataset, Kind, LabelKind, Preprocess, Samples};
use crate::error::Error;
use crate::executor::first_steps;
use crate::heat::{Axis, Colours, Map, Panel};
use crate::run::Run;
use crate::words::count;
use headstart_engine::watch::Watch;
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
    judge: |cases| if cases.len() == REGULARIZERS.len() { of_football(cases) } else { of_moons(cases) },
};

/// The lab's file, which is not ours to ship.
pub const FILE: &str = "data.mat";

/// What the network is trained with, in this order.
const REGULARIZERS: [&str; 3] = ["nothing", "L2", "dropout"];

/// Training and test samples of the lab, and of what stands in for them.
const SAMPLES: [usize; 2] = [211, 200];

/// Noises of the moons that stand in.
const NOISES: [f64; 5] = [0.2, 0.25, 0.3, 0.35, 0.4];

/// The lab's, and eight more to tell luck from rule.
const SEEDS: usize = 9;

/// The lab adds `lambda / (2 m)` times the squared weights to the loss of `m` samples, so it adds `lambda / m` times the weights
/// to the gradient.
const DECAY: f64 = 0.7 / SAMPLES[0] as f64;

/// The lab's loss with L2 and its penalty, before the update of a step.
const PENALIZED: [(usize, &str); 3] = [(0, "0.697448449"), (10_000, "0.268491887"), (20_000, "0.268091634")];

/// The lab's samples where their file is, and otherwise moons at all noises.
fn cases(setting: &Setting) -> Result<Vec<Case>, Error> {
    let Some(folder) = setting.data_dir else {
        let moons = NOISES.iter().flat_map(|noise| {
            let data = format!("data = \"moons\"\nnoise = {noise}\nsamples = {SAMPLES:?}\n");
            trainings(&data).map(move |case| Case { name: format!("noise {noise}, {}", case.name), ..case })
        });
        return Ok(moons.collect());
    };
    let data = Arc::new(football(folder)?);
    let nothing = vec![
        loss("loss at step 0", 0, "0.655741252"),
        loss("loss at step 10,000", 10_000, "0.163299875"),
        loss("loss at step 20,000", 20_000, "0.138516424"),
        train_accuracy("0.9478673"),
        test_accuracy("0.915"),
    ];
    let l2 = vec![train_accuracy("0.9383886"), test_accuracy("0.93")];
    let claims = [nothing, l2, Vec::new()];
    let cases = trainings("data = \"football\"\n").zip(claims);
    Ok(cases.map(|(case, claims)| Case { data: Some(Arc::clone(&data)), claims, ..case }).collect())
}

/// The lab's network on such data, with each of the regularizers.
fn trainings(data: &str) -> impl Iterator<Item = Case> + use<> {
    let task = format!(
        "[data]\n{data}[network]\nlayers = [2, 20, 3, 1]\n\
         [init]\ninit = \"lecun\"\nrng = \"numpy\"\nseed = 3\nseeds = {SEEDS}\n\
         [training]\nlr = 0.3\nsteps = 30000\nrecord-every = 1000\n"
    );
    let with = [String::new(), format!("weight-decay = {DECAY}\n"), "dropout = [0.14]\n".to_owned()];
    REGULARIZERS.into_iter().zip(with).map(move |(name, with)| Case::new(name, format!("{task}{with}")))
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

/// Medians over the seeds, of training and of test samples.
fn accuracies(case: &CaseRuns) -> [f64; 2] {
    let over = |figure: fn(&Run) -> Option<f64>| median(case.runs.iter().map(|run| figure(run).unwrap_or(0.0)));
    [over(|run| run.train.accuracy), over(|run| run.test?.accuracy)]
}

/// Whether training accuracy is lower than before, and test accuracy higher.
fn as_claimed([train, test]: [f64; 2], [train_with, test_with]: [f64; 2]) -> [bool; 2] {
    [train_with < train, test_with > test]
}

/// What the lab publishes beside the single runs: its losses with L2 contain the penalty; and regularization "hurts training
/// set performance" and "ultimately gives better test accuracy".
fn of_football(cases: &[CaseRuns]) -> Judgement {
    let (l2, dropout) = (&cases[1], &cases[2]);
    let mut rows: Vec<Row> = PENALIZED
        .iter()
        .map(|(step, published)| {
            let measured = penalized(l2, *step).map_or_else(|| "none".to_owned(), |loss| format!("{loss:.9}"));
            Row {
                what: format!("L2: loss and penalty at step {}", count(*step as u64)),
                published: (*published).to_owned(),
                agrees: Some(measured == *published),
                measured,
            }
        })
        .collect();
    // The lab seeds its masks anew in every step, so that all steps leave out the same units of the same samples; ours are
    // drawn in every step.
    let of_seed = |run: &Run| [run.train.accuracy, run.test.and_then(|test| test.accuracy)].map(|x| x.unwrap_or(0.0));
    let [train, test] = of_seed(&dropout.runs[0]);
    rows.push(Row {
        what: "dropout: train, test accuracy".to_owned(),
        published: "one mask: 0.929, 0.95".to_owned(),
        measured: format!("{train:.3}, {test:.3}"),
        agrees: None,
    });
    let medians = [0, 1, 2].map(|i| accuracies(&cases[i]));
    rows.extend(of_medians(&medians));
    Judgement { rows, answer: Some(answer(&medians)), map: None }
}

/// The loss before a step's update and `lambda / (2 m)` times the squared weights, from the first seed.
fn penalized(case: &CaseRuns, step: usize) -> Option<f64> {
    let (job, watch) = (case.task.job(0), Watch::default());
    let parameters = match step {
        0 => job.draw(&watch)?.parameters,
        _ => first_steps(&job, step, 1, &watch)?.1,
    };
    let squares: f64 = parameters.0.iter().flat_map(|layer| &layer.weights).map(|weight| weight * weight).sum();
    Some(loss_at(&case.runs[0], step)? + 0.5 * DECAY * squares)
}

/// The lab's claims against medians.
fn of_medians([nothing, l2, dropout]: &[[f64; 2]; 3]) -> Vec<Row> {
    let of = |name: &str, with: [f64; 2]| {
        let agrees = as_claimed(*nothing, with);
        [0, 1].map(|i| Row {
            what: format!("{name}: {} accuracy, median of {SEEDS} seeds", ["train", "test"][i]),
            published: ["lower", "higher"][i].to_owned(),
            measured: format!("{:.3} to {:.3}", nothing[i], with[i]),
            agrees: Some(agrees[i]),
        })
    };
    [of("L2", *l2), of("dropout", *dropout)].concat()
}

fn answer([nothing, l2, dropout]: &[[f64; 2]; 3]) -> String {
    let told = |[train, test]: &[f64; 2]| format!("{train:.3} and {test:.3}");
    format!(
        "Training and test accuracy, medians of {SEEDS} seeds: {} without regularization, {} with L2, {} with dropout. The lab's \
         own figures with dropout are of one mask for all steps; ours are of a mask for each step.",
        told(nothing),
        told(l2),
        told(dropout)
    )
}

/// Of the moons nothing was published; how often the lab's claims hold for them is counted.
fn of_moons(cases: &[CaseRuns]) -> Judgement {
    let medians: Vec<[[f64; 2]; 3]> =
        cases.chunks(REGULARIZERS.len()).map(|of_noise| [0, 1, 2].map(|i| accuracies(&of_noise[i]))).collect();
    of_noises(&medians)
}

fn of_noises(medians: &[[[f64; 2]; 3]]) -> Judgement {
    let row = |noise: f64, name: &str, [train, test]: [f64; 2], [train_with, test_with]: [f64; 2]| Row {
        what: format!("noise {noise}, {name}: train; test"),
        published: "-".to_owned(),
        measured: format!("{train:.3} to {train_with:.3}; {test:.3} to {test_with:.3}"),
        agrees: None,
    };
    let of_noise = |(noise, [nothing, l2, dropout]): (&f64, &[[f64; 2]; 3])| {
        [row(*noise, "L2", *nothing, *l2), row(*noise, "dropout", *nothing, *dropout)]
    };
    let times = |regularizer: usize| {
        let held: Vec<[bool; 2]> = medians.iter().map(|of| as_claimed(of[0], of[regularizer])).collect();
        let [lower, higher] = [0, 1].map(|i| held.iter().filter(|held| held[i]).count());
        format!("lowers training accuracy at {lower} and raises test accuracy at {higher}")
    };
    let answer = format!(
        "On moons at {} noises (medians of {SEEDS} seeds) L2 {}; dropout {}. The lab's own figures are compared with {FILE} in \
         --data-dir.",
        medians.len(),
        times(1),
        times(2),
    );
    let panel = |i: usize| Panel {
        title: format!("{} accuracy", ["train", "test"][i]),
        axes: None,
        cells: (0..REGULARIZERS.len()).map(|with| medians.iter().map(|of| of[with][i]).collect()).collect(),
    };
    let least = medians.iter().flatten().flatten().copied().fold(1.0, f64::min);
    let map = Map {
        x: Axis::new("noise of the moons", NOISES[..medians.len()].to_vec()),
        y: Axis::new("1 nothing, 2 L2, 3 dropout", vec![1.0, 2.0, 3.0]),
        value: format!("accuracy, median of {SEEDS} seeds"),
        range: [least, 1.0],
        colours: Colours::Sequential,
        small_is_best: false,
        outline: None,
        lines: Vec::new(),
        panels: [0, 1].map(panel).into(),
    };
    Judgement { rows: NOISES.iter().zip(medians).flat_map(of_noise).collect(), answer: Some(answer), map: Some(map) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Targets;
    use crate::host::Host;
    use crate::replicate::Options;

    #[test]
    fn regularization_may_help_or_not() {
        let says = |medians| of_medians(&medians).iter().map(|row| row.agrees == Some(true)).collect::<Vec<_>>();
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
    fn nothing_is_claimed_of_what_stands_in() {
        let helps = [[0.95, 0.88], [0.92, 0.9], [0.94, 0.89]];
        let judged = of_noises(&[helps, [[0.95, 0.88]; 3]]);
        assert!(judged.rows.len() == 4 && judged.rows.iter().all(|row| row.agrees.is_none()), "{:?}", judged.rows);
        let answer = judged.answer.unwrap();
        assert!(
            answer.contains("at 2 noises") && answer.contains("dropout lowers training accuracy at 1 and"),
            "{answer}"
        );
    }

    /// The penalty of the lab's start, `0.7 / (2 * 211)` times its squared weights, does not depend on the samples.
    #[test]
    fn the_penalty_is_that_of_the_weights() {
        let short = Experiment {
            cases: |_| {
                let cases = trainings("data = \"moons\"\nsamples = [211, 200]\n");
                let short = |task: String| task.replace("seeds = 9", "seeds = 1").replace("= 30000", "= 3");
                Ok(cases.map(|case| Case { task: short(case.task).replace("= 1000", "= 1"), ..case }).collect())
            },
            judge: |cases| {
                let of = |step| penalized(&cases[1], step).unwrap() - loss_at(&cases[1].runs[0], step).unwrap();
                assert!((of(0) - (0.697_448_449_3 - 0.655_741_252_3)).abs() < 1e-9, "{}", of(0));
                assert!(of(2) != of(0));
                Judgement::default()
            },
            ..REGULARIZATION
        };
        short.prepare(&Options::default()).unwrap().run(&Host::here(1)).unwrap().unwrap();
    }
}
