//! Published experiments, rerun: the published figures beside ours.

mod dls;
mod dls_depth;
mod dls_size;
mod reach;

use crate::error::Error;
use crate::report::heatmap::Map;
use crate::run::{self, Run};
use crate::spec::TaskSpec;
use crate::stats;
use crate::task::{Precise, Task};
use headstart_engine::landscape::Landscape;
use headstart_engine::names::{GrammarError, nearest};
use headstart_engine::train::Watch;
use serde::Serialize;
use std::path::Path;
use std::sync::Arc;

/// An experiment that somebody published.
#[derive(Clone, Copy, Debug)]
pub struct Experiment {
    /// The name that `replicate` takes.
    pub name: &'static str,
    /// What was done, in one sentence.
    pub title: &'static str,
    /// Where the figures were published.
    pub source: &'static str,
    /// The files that must be in the folder given by `--data-dir`; none if the data is built in.
    pub files: &'static [&'static str],
    /// The trainings, and what was published about each.
    cases: fn(&Path) -> Vec<Case>,
    /// What all of them say together.
    judge: fn(&[CaseRuns]) -> Judgement,
}

/// All experiments, in the order in which they are listed.
pub const EXPERIMENTS: &[Experiment] =
    &[dls::THREAD, dls::INIT, dls::PLANAR, dls::CATS, dls_size::CATS_SIZE, dls_depth::DEPTH];

/// One task of an experiment, which is run from all its initializations and seeds.
struct Case {
    /// What tells it from the others.
    name: String,
    /// The task, as a configuration file.
    task: String,
    /// Published about its first run.
    claims: Vec<Claim>,
}

/// What became of a case.
struct CaseRuns<'a> {
    name: &'a str,
    task: &'a Task,
    /// As many for each initialization as there are seeds.
    runs: &'a [Run],
}

/// What all runs of an experiment say together.
#[derive(Default)]
struct Judgement {
    rows: Vec<Row>,
    answer: Option<String>,
    map: Option<Map>,
}

/// For experiments whose claims are about single runs.
fn nothing_more(_: &[CaseRuns]) -> Judgement {
    Judgement::default()
}

/// The median of the figures. A loss that is not a number counts as infinite.
fn median(figures: impl Iterator<Item = f64>) -> f64 {
    let figures: Vec<f64> = figures.map(|x| if x.is_nan() { f64::INFINITY } else { x }).collect();
    stats::median(&figures).unwrap_or(f64::INFINITY)
}

/// The training loss of always answering with the shares of the classes.
fn guessing(task: &Task) -> f64 {
    match task.problem() {
        Precise::F64(problem) => Landscape::new(problem, 1).blind_loss(),
        Precise::F32(_) => unreachable!("experiments are run in float64"),
    }
}

/// Something published about a training.
struct Claim {
    what: &'static str,
    published: &'static str,
    /// Our figure, written as the published one is, and whether the two agree.
    measure: Measure,
}

/// How a figure of ours is compared with a published one.
enum Measure {
    /// The figure rounded to the digits of the published one must be the same number.
    Rounded(fn(&Run) -> Option<f64>),
    /// The same, for a percentage that was cut off to a whole number.
    WholePercent(fn(&Run) -> Option<f64>),
    /// The loss recorded at a step, rounded.
    LossAt(usize),
    /// A statement in words: our figures in words, and whether they bear it out.
    Words(fn(&Run, &Task) -> (String, bool)),
}

/// An experiment's published figures beside ours.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Replication {
    /// The experiment's name.
    pub name: &'static str,
    /// What was done.
    pub title: &'static str,
    /// Where the figures were published.
    pub source: &'static str,
    /// Whether all figures agree.
    pub agrees: bool,
    /// The figures.
    pub rows: Vec<Row>,
    /// The answer to the experiment's question, in a sentence; none where the figures are the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
    /// All runs as colours, where that says more than their losses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub map: Option<Map>,
    /// The trainings behind them.
    pub runs: Vec<Run>,
}

/// One published figure beside ours.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// Which figure of which training.
    pub what: String,
    /// As published; a dash where nothing was.
    pub published: String,
    /// As measured here, in the digits of the published one.
    pub measured: String,
    /// Whether they agree to the digits published; null where there is nothing to agree with.
    pub agrees: Option<bool>,
}

impl Experiment {
    /// The experiment of that name.
    ///
    /// # Errors
    /// If there is none; the message offers the nearest.
    pub fn named(name: &str) -> Result<Self, Error> {
        const NAMES: [&str; EXPERIMENTS.len()] = {
            let mut names = [""; EXPERIMENTS.len()];
            let mut i = 0;
            while i < names.len() {
                names[i] = EXPERIMENTS[i].name;
                i += 1;
            }
            names
        };
        let found = EXPERIMENTS.iter().find(|experiment| experiment.name == name);
        found.copied().ok_or_else(|| GrammarError::unknown("experiment", name, &NAMES).into())
    }

    /// The tasks of the experiment, each ready to run.
    ///
    /// # Errors
    /// If it needs files and `data_dir` is not the folder that has them.
    pub fn prepare(&self, data_dir: Option<&Path>) -> Result<Prepared, Error> {
        let data_dir = match data_dir {
            None if !self.files.is_empty() => {
                return Err(Error::Usage(format!(
                    "{} needs --data-dir, the folder with {}",
                    self.name,
                    self.files.join(" and ")
                )));
            }
            folder => folder.unwrap_or(Path::new(".")),
        };
        if let Some(missing) = self.files.iter().find(|file| !data_dir.join(file).is_file()) {
            let folder = data_dir.display();
            let near = std::fs::read_dir(data_dir).ok().and_then(|entries| {
                let names: Vec<String> =
                    entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                nearest(missing, &names).map(|name| format!(" (there is a {name})"))
            });
            return Err(Error::Usage(format!("--data-dir {folder}: no {missing} in it{}", near.unwrap_or_default())));
        }
        let prepare = |case: Case| {
            let task = Task::new(TaskSpec::from_toml(&case.task)?)?;
            Ok((case, task))
        };
        let cases = (self.cases)(data_dir).into_iter().map(prepare).collect::<Result<_, Error>>()?;
        Ok(Prepared { experiment: *self, cases })
    }
}

/// An experiment whose data is loaded.
pub struct Prepared {
    experiment: Experiment,
    cases: Vec<(Case, Task)>,
}

impl Prepared {
    /// Updates of parameters in all its trainings.
    pub fn steps(&self) -> u64 {
        self.cases.iter().map(|(_, task)| (task.runs() * task.steps()) as u64).sum()
    }

    /// Runs everything and compares. `None` if it was stopped through the watch.
    pub fn run(&self, threads: usize, watch: &Watch) -> Option<Replication> {
        // Job `i` of them all is job `i - first` of the case that begins at `first`.
        let mut firsts = vec![0];
        for (_, task) in &self.cases {
            firsts.push(firsts[firsts.len() - 1] + task.runs());
        }
        let count = firsts[self.cases.len()];
        let job = |i: usize| {
            let case = firsts.partition_point(|first| *first <= i) - 1;
            self.cases[case].1.job(i - firsts[case])
        };
        let mut runs = Vec::with_capacity(count);
        let names: Vec<Arc<str>> = self.cases.iter().map(|(case, _)| case.name.as_str().into()).collect();
        run::run(count, job, threads, watch, |run| {
            let case = Arc::clone(&names[firsts.partition_point(|first| *first <= runs.len()) - 1]);
            runs.push(Run { case: Some(case), ..run });
        });
        if runs.len() < count || runs.iter().any(|run| run.status == "stopped") {
            return None;
        }
        let ranges = firsts.windows(2).map(|pair| pair[0]..pair[1]);
        let cases: Vec<CaseRuns> = self
            .cases
            .iter()
            .zip(ranges)
            .map(|((case, task), range)| CaseRuns { name: &case.name, task, runs: &runs[range] })
            .collect();
        let rows_of = |((case, _), of_case): (&(Case, Task), &CaseRuns)| -> Vec<Row> {
            case.claims.iter().map(|claim| claim.row(of_case.name, of_case.task, &of_case.runs[0])).collect()
        };
        let mut rows: Vec<Row> = self.cases.iter().zip(&cases).flat_map(rows_of).collect();
        let Judgement { rows: more, answer, map } = (self.experiment.judge)(&cases);
        rows.extend(more);
        let Experiment { name, title, source, .. } = self.experiment;
        let agrees = rows.iter().all(|row| row.agrees != Some(false));
        Some(Replication { name, title, source, agrees, rows, answer, map, runs })
    }
}

impl Claim {
    fn row(&self, case: &str, task: &Task, run: &Run) -> Row {
        let digits = self.published.split_once('.').map_or(0, |(_, digits)| digits.len());
        let rounded = |figure: Option<f64>| {
            let text = figure.map_or_else(|| "none".to_owned(), |x| format!("{x:.digits$}"));
            let agrees = text == self.published;
            (text, agrees)
        };
        let (measured, agrees) = match &self.measure {
            Measure::Rounded(figure) => rounded(figure(run)),
            Measure::LossAt(step) => rounded(loss_at(run, *step)),
            Measure::WholePercent(figure) => {
                let text = figure(run).map_or_else(|| "none".to_owned(), |x| format!("{}%", (100.0 * x).floor()));
                let agrees = text == self.published;
                (text, agrees)
            }
            Measure::Words(words) => words(run, task),
        };
        Row {
            what: format!("{case}: {}", self.what),
            published: self.published.to_owned(),
            measured,
            agrees: Some(agrees),
        }
    }
}

fn loss_at(run: &Run, step: usize) -> Option<f64> {
    run.trace.iter().find(|record| record.step == step).map(|record| record.loss)
}

/// A published accuracy on the training set.
fn train_accuracy(published: &'static str) -> Claim {
    Claim { what: "train accuracy", published, measure: Measure::Rounded(|run| run.train.accuracy) }
}

/// A published accuracy on the test set.
fn test_accuracy(published: &'static str) -> Claim {
    Claim { what: "test accuracy", published, measure: Measure::Rounded(|run| run.test?.accuracy) }
}

/// A published loss before the update of a step.
fn loss(what: &'static str, step: usize, published: &'static str) -> Claim {
    Claim { what, published, measure: Measure::LossAt(step) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_experiments_and_missing_folders_are_met_with_help() {
        let message = Experiment::named("dls-thraed").unwrap_err().to_string();
        assert!(message.contains("did you mean \"dls-thread\"?"), "{message}");
        let cats = Experiment::named("dls-cats").unwrap();
        assert!(cats.prepare(None).err().unwrap().to_string().contains("needs --data-dir"));
        let empty = tempfile::tempdir().unwrap();
        assert!(cats.prepare(Some(empty.path())).err().unwrap().to_string().contains("no train_catvnoncat.h5 in it"));
    }

    #[test]
    fn depth_is_tried_at_every_scale() {
        let prepared = Experiment::named("dls-depth").unwrap().prepare(None).unwrap();
        let runs: usize = prepared.cases.iter().map(|(_, task)| task.runs()).sum();
        assert_eq!((prepared.cases.len(), runs), (20, 20 * 21 * 5));
        assert_eq!(prepared.steps(), 2_100 * 2_000);
    }

    #[test]
    fn figures_agree_to_the_digits_published_and_no_further() {
        let claim = train_accuracy("0.83");
        let task = Experiment::named("dls-thread").unwrap().prepare(None).unwrap().cases.remove(0).1;
        let run = |accuracy| Run {
            case: None,
            init: "".into(),
            seed: 0,
            status: "finished",
            step: None,
            train: crate::run::Figures { loss: 0.4, accuracy: Some(accuracy) },
            test: None,
            trace: Vec::new(),
            steps: 1,
            reached: None,
            seconds: 0.0,
        };
        assert_eq!(claim.row("", &task, &run(0.8333)).agrees, Some(true));
        assert_eq!(claim.row("", &task, &run(0.84)).agrees, Some(false));
    }
}
