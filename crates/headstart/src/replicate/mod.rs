//! Published experiments, rerun: the published figures beside ours.

mod deep_information;
mod digits;
mod dls;
mod dls_depth;
mod dls_regularization;
mod dls_size;
mod dying_relu;
mod fractal;
mod glorot_2010;
mod he_2015;
mod lsuv_2016;
mod reach;
mod rough_guide;
mod saxe;
mod siren;
mod start_training;
mod window;

use crate::data::Dataset;
use crate::error::Error;
use crate::executor::Batch;
use crate::heat::{Axis, Map};
use crate::host::Host;
use crate::io::write_whole;
use crate::probe::{self, Profile};
use crate::run::{Record, Run};
use crate::spec::TaskSpec;
use crate::stats;
use crate::task::Task;
use crate::words;
use headstart_engine::names::{GrammarError, nearest};
use serde::Serialize;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
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
    /// What makes a figure of each run, where every run is one pixel of a picture.
    pixels: Option<Pixels>,
    /// What all of them say as a page, of an experiment that writes one.
    page: Option<fn(&[CaseRuns]) -> Page>,
    /// The trainings, and what was published about each.
    cases: fn(&Setting) -> Result<Vec<Case>, Error>,
    /// What all of them say together.
    judge: fn(&[CaseRuns]) -> Judgement,
}

/// All experiments, in the order in which they are listed.
pub const EXPERIMENTS: &[Experiment] = &[
    dls::THREAD,
    dls::INIT,
    dls::PLANAR,
    dls::CATS,
    dls_size::CATS_SIZE,
    dls_regularization::REGULARIZATION,
    dls_depth::DEPTH,
    rough_guide::GUIDE,
    fractal::FRACTAL,
    start_training::START,
    saxe::SAXE,
    deep_information::DEEP_INFORMATION,
    glorot_2010::GLOROT,
    he_2015::HE,
    dying_relu::DYING,
    lsuv_2016::LSUV,
    siren::SIREN,
];

/// What the user may say about an experiment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The folder with the files that an experiment needs, or can use.
    pub data_dir: Option<PathBuf>,
    /// Pixels along each side of a picture that has a run for each of them.
    pub resolution: Option<usize>,
    /// Whether a page is wanted.
    pub page: bool,
}

/// Pixels along each side of a picture: fewer show nothing, more take days.
const RESOLUTIONS: RangeInclusive<usize> = 8..=1024;

/// The same, checked and complete.
struct Setting<'a> {
    data_dir: Option<&'a Path>,
    resolution: usize,
}

impl Setting<'_> {
    /// The folder with the files, of an experiment that needs them.
    fn folder(&self) -> &Path {
        self.data_dir.unwrap_or(Path::new("."))
    }
}

/// How an experiment is a picture with a run for each pixel.
#[derive(Clone, Copy, Debug)]
struct Pixels {
    /// Along each side, unless something else is asked for.
    resolution: usize,
    /// The figure of a run, from its whole trace and the steps that were to be done; of the trace nothing but its ends is
    /// kept.
    figure: fn(&[Record], usize) -> f64,
}

/// The task of a case, varied from pixel to pixel.
struct View {
    /// Columns and rows.
    axes: [Axis; 2],
    /// Changes the task for a number of the x axis and one of the y axis.
    vary: fn(&mut TaskSpec, f64, f64),
}

/// One task of an experiment, which is run from all its initializations and seeds.
struct Case {
    /// What tells it from the others.
    name: String,
    /// The task, as a configuration file.
    task: String,
    /// The samples, where they are neither built in nor in a file as they are wanted.
    data: Option<Arc<Dataset>>,
    /// The pixels that the task is run for, in an experiment that is a picture.
    view: Option<View>,
    /// Published about its first run.
    claims: Vec<Claim>,
    /// Whether its starts are looked at layer by layer before they are trained.
    looks: bool,
}

impl Case {
    /// A task about whose runs nothing was published one by one.
    fn new(name: impl Into<String>, task: impl Into<String>) -> Self {
        Self { name: name.into(), task: task.into(), data: None, view: None, claims: Vec::new(), looks: false }
    }

    /// How many trainings it is.
    fn runs(&self, task: &Task) -> usize {
        let pixels = self.view.as_ref().map_or(1, |view| view.axes.iter().map(|axis| axis.values.len()).product());
        task.runs() * pixels
    }
}

/// What became of a case.
struct CaseRuns<'a> {
    name: &'a str,
    task: &'a Task,
    /// As many for each initialization as there are seeds; in a view row by row.
    runs: &'a [Run],
    /// In a picture, the figure of each run.
    figures: &'a [f64],
    view: Option<&'a View>,
    /// The starts of each initialization, of a case that looks at them.
    profiles: &'a [Profile],
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
    task.blind_loss().expect("experiments are run in float64")
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
    /// All of that as a page, of an experiment that writes one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<Page>,
    /// The starts layer by layer, where the figures are about them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub profiles: Vec<Profile>,
    /// The trainings behind them.
    pub runs: Vec<Run>,
}

/// What an experiment says as a page in Markdown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Page {
    /// What comes before its picture.
    pub head: String,
    /// What the picture shows.
    pub caption: String,
    /// What comes behind it.
    pub rest: String,
}

impl Page {
    /// The page, with its picture where there is one, by a path from the page's folder.
    pub fn text(&self, picture: Option<&Path>) -> String {
        let Self { head, caption, rest } = self;
        let linked = |path: &Path| {
            let path = words::path(path);
            if path.contains([' ', '(', ')']) { format!("<{path}>") } else { path }
        };
        let picture = picture.map_or_else(String::new, |path| format!("![{caption}]({})\n\n", linked(path)));
        format!("{head}\n\n{picture}{rest}")
    }

    /// Writes the page. A picture in the page's folder, or below it, is named from there, another one as it is.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write(&self, path: &Path, picture: Option<&Path>) -> Result<(), Error> {
        let picture = picture
            .map(|picture| path.parent().and_then(|folder| picture.strip_prefix(folder).ok()).unwrap_or(picture));
        Ok(write_whole(path, self.text(picture).as_bytes())?)
    }
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

    /// The files in a folder that the experiment reads if they are there.
    pub fn reads(&self, folder: &Path) -> Vec<PathBuf> {
        let names = self
            .files
            .iter()
            .map(|name| (*name).to_owned())
            .chain(digits::names())
            .chain([dls_regularization::FILE.to_owned()]);
        names.map(|name| folder.join(name)).collect()
    }

    /// The tasks of the experiment, each ready to run.
    ///
    /// # Errors
    /// If it needs files and `data_dir` is not the folder that has them, or has no page or no picture of the resolution asked
    /// for.
    pub fn prepare(&self, options: &Options) -> Result<Prepared, Error> {
        if options.page && self.page.is_none() {
            let pages = EXPERIMENTS.iter().filter(|experiment| experiment.page.is_some());
            let names: Vec<&str> = pages.map(|experiment| experiment.name).collect();
            return Err(Error::Usage(format!(
                "--markdown: {} writes no page, as {} does; leave it out",
                self.name,
                names.join(" or ")
            )));
        }
        let resolution = match (options.resolution, self.pixels) {
            (Some(_), None) => {
                let pictures = EXPERIMENTS.iter().filter(|experiment| experiment.pixels.is_some());
                let names: Vec<&str> = pictures.map(|experiment| experiment.name).collect();
                return Err(Error::Usage(format!(
                    "--resolution: {} is no picture with a run for each pixel, as {} is; leave it out",
                    self.name,
                    names.join(" or ")
                )));
            }
            (Some(asked), _) if !RESOLUTIONS.contains(&asked) => {
                let (low, high) = (RESOLUTIONS.start(), RESOLUTIONS.end());
                return Err(Error::Usage(format!("--resolution {asked}: from {low} to {high} pixels along each side")));
            }
            (asked, pixels) => asked.or(pixels.map(|pixels| pixels.resolution)).unwrap_or(1),
        };
        let data_dir = match options.data_dir.as_deref() {
            None if !self.files.is_empty() => {
                return Err(Error::Usage(format!(
                    "{} needs --data-dir, the folder with {}",
                    self.name,
                    self.files.join(" and ")
                )));
            }
            folder => folder,
        };
        let setting = Setting { data_dir, resolution };
        if let Some(missing) = self.files.iter().find(|file| !setting.folder().join(file).is_file()) {
            return Err(missing_file(setting.folder(), missing));
        }
        let mut cases: Vec<(Case, Task)> = Vec::new();
        for case in (self.cases)(&setting)? {
            let spec = TaskSpec::from_toml(&case.task)?;
            // Samples that the case before has are not read again.
            let same = |(before, _): &&(Case, Task)| match (&before.data, &case.data) {
                (None, None) => true,
                (Some(a), Some(b)) => Arc::ptr_eq(a, b),
                _ => false,
            };
            let task = match (cases.last().filter(same), &case.data) {
                (Some((_, like)), _) => like.vary(spec)?,
                (None, Some(data)) => Task::of(Arc::clone(data), spec)?,
                (None, None) => Task::new(spec)?,
            };
            cases.push((case, task));
        }
        Ok(Prepared { experiment: *self, cases })
    }
}

/// A folder that has not the file that is needed.
fn missing_file(folder: &Path, missing: &str) -> Error {
    let near = std::fs::read_dir(folder).ok().and_then(|entries| {
        let names: Vec<String> =
            entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        nearest(missing, &names).map(|name| format!(" (there is a {name})"))
    });
    let folder = folder.display();
    Error::Usage(format!("--data-dir {folder}: no {missing} in it{}", near.unwrap_or_default()))
}

/// An experiment whose data is loaded.
pub struct Prepared {
    experiment: Experiment,
    cases: Vec<(Case, Task)>,
}

impl Prepared {
    /// Updates of parameters in all its trainings, and one for each start that is looked at.
    pub fn steps(&self) -> u64 {
        let of_case = |(case, task): &(Case, Task)| case.runs(task) * (task.steps() + usize::from(case.looks));
        self.cases.iter().map(|both| of_case(both) as u64).sum()
    }

    /// Runs everything and compares. `None` if it was stopped.
    ///
    /// # Errors
    /// If the executor fails.
    pub fn run(&self, host: &Host<'_>) -> Result<Option<Replication>, Error> {
        host.begin("", self.steps());
        // Run `i` of them all is run `i - first` of the case that begins at `first`.
        let mut firsts = vec![0];
        for (case, task) in &self.cases {
            firsts.push(firsts[firsts.len() - 1] + case.runs(task));
        }
        let mut profiles = Vec::with_capacity(self.cases.len());
        for (case, task) in &self.cases {
            if !case.looks {
                profiles.push(Vec::new());
                continue;
            }
            let Some(of_case) = profiles_of(case, task, host) else { return Ok(None) };
            profiles.push(of_case);
        }
        let done = match self.experiment.pixels {
            None => self.run_cases(&firsts, host)?.map(|runs| (runs, Vec::new())),
            Some(Pixels { figure, .. }) => self.run_pixels(figure, host)?,
        };
        let Some((runs, figures)) = done else { return Ok(None) };
        let ranges = firsts.windows(2).map(|pair| pair[0]..pair[1]);
        let cases: Vec<CaseRuns> = self
            .cases
            .iter()
            .zip(ranges)
            .zip(&profiles)
            .map(|(((case, task), range), profiles)| CaseRuns {
                name: &case.name,
                task,
                runs: &runs[range.clone()],
                figures: figures.get(range).unwrap_or_default(),
                view: case.view.as_ref(),
                profiles,
            })
            .collect();
        let rows_of = |((case, _), of_case): (&(Case, Task), &CaseRuns)| -> Vec<Row> {
            case.claims.iter().map(|claim| claim.row(of_case.name, of_case.task, &of_case.runs[0])).collect()
        };
        let mut rows: Vec<Row> = self.cases.iter().zip(&cases).flat_map(rows_of).collect();
        let Judgement { rows: more, answer, map } = (self.experiment.judge)(&cases);
        rows.extend(more);
        let page = self.experiment.page.map(|page| page(&cases));
        let Experiment { name, title, source, .. } = self.experiment;
        let agrees = rows.iter().all(|row| row.agrees != Some(false));
        let profiles = profiles.concat();
        Ok(Some(Replication { name, title, source, agrees, rows, answer, map, page, profiles, runs }))
    }

    /// All runs of all cases, of which case `i` has those from `firsts[i]` on.
    fn run_cases(&self, firsts: &[usize], host: &Host<'_>) -> Result<Option<Vec<Run>>, Error> {
        let count = firsts[self.cases.len()];
        let case_of = |i: usize| firsts.partition_point(|first| *first <= i) - 1;
        let job = |i: usize| self.cases[case_of(i)].1.job(i - firsts[case_of(i)]);
        let mut runs = Vec::with_capacity(count);
        let names: Vec<Arc<str>> = self.cases.iter().map(|(case, _)| case.name.as_str().into()).collect();
        host.run(&Batch::new(count, job), |run| {
            let case = Arc::clone(&names[case_of(runs.len())]);
            runs.push(Run { case: Some(case), ..run });
        })?;
        Ok(all_of(runs, count))
    }

    /// All runs of all views with their figures, row by row: the tasks of more than a row would fill the memory.
    fn run_pixels(
        &self,
        figure: fn(&[Record], usize) -> f64,
        host: &Host<'_>,
    ) -> Result<Option<(Vec<Run>, Vec<f64>)>, Error> {
        let (mut all, mut figures) = (Vec::new(), Vec::new());
        for (case, task) in &self.cases {
            let Some(view) = case.view.as_ref() else { return Ok(None) };
            let [columns, rows] = &view.axes;
            for y in &rows.values {
                let pixel = |x: &f64| {
                    let mut spec = task.spec.clone();
                    (view.vary)(&mut spec, *x, *y);
                    task.vary(spec).expect("nothing but what was checked with the case changes")
                };
                let tasks: Vec<Task> = columns.values.iter().map(pixel).collect();
                let mut runs = Vec::with_capacity(tasks.len());
                host.run(&Batch::new(tasks.len(), |i| tasks[i].job(0)), |mut run| {
                    figures.push(figure(&run.trace, task.steps()));
                    if run.trace.len() > 2 {
                        run.trace.drain(1..run.trace.len() - 1);
                    }
                    let column = columns.values[runs.len()];
                    let name = format!("{}: {} {column}, {} {y}", case.name, columns.name, rows.name);
                    runs.push(Run { case: Some(name.into()), ..run });
                })?;
                let Some(runs) = all_of(runs, tasks.len()) else { return Ok(None) };
                all.extend(runs);
            }
        }
        Ok(Some((all, figures)))
    }
}

/// The starts of a case, named as its runs are in pictures.
fn profiles_of(case: &Case, task: &Task, host: &Host<'_>) -> Option<Vec<Profile>> {
    let mut profiles = probe::profiles(task, host.threads(), host.watch())?;
    let alone = profiles.len() == 1;
    for profile in &mut profiles {
        profile.name = if alone { case.name.clone() } else { format!("{}: {}", case.name, profile.name) };
    }
    Some(profiles)
}

/// The runs, if none was stopped or not begun.
fn all_of(runs: Vec<Run>, count: usize) -> Option<Vec<Run>> {
    (runs.len() == count && runs.iter().all(|run| run.status != "stopped")).then_some(runs)
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
        assert!(cats.prepare(&Options::default()).err().unwrap().to_string().contains("needs --data-dir"));
        let empty = tempfile::tempdir().unwrap();
        assert!(
            cats.prepare(&Options { data_dir: Some(empty.path().to_owned()), ..Options::default() })
                .err()
                .unwrap()
                .to_string()
                .contains("no train_catvnoncat.h5 in it")
        );
    }

    #[test]
    fn a_resolution_is_for_pictures() {
        let at = |name: &str, resolution| {
            let options = Options { resolution: Some(resolution), ..Options::default() };
            Experiment::named(name).unwrap().prepare(&options).map(|prepared| prepared.steps())
        };
        assert!(at("dls-depth", 64).unwrap_err().to_string().contains("as fractal-2024 is"));
        assert!(at("fractal-2024", 4).unwrap_err().to_string().contains("from 8 to 1024"));
        assert_eq!(at("fractal-2024", 20).unwrap() / at("fractal-2024", 10).unwrap(), 4);
    }

    #[test]
    fn a_page_is_of_experiments_that_write_one() {
        let options = Options { page: true, ..Options::default() };
        let message = Experiment::named("dls-depth").unwrap().prepare(&options).err().unwrap().to_string();
        assert!(message.contains("--markdown: dls-depth writes no page, as rough-guide does"), "{message}");
    }

    #[test]
    fn a_page_names_the_picture_by_its_way_from_there() {
        let page = Page { head: "# A".to_owned(), caption: "all".to_owned(), rest: "b\n".to_owned() };
        assert_eq!(page.text(None), "# A\n\nb\n");
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let written = |picture: &Path| {
            page.write(&at("page.md"), Some(picture)).unwrap();
            std::fs::read_to_string(at("page.md")).unwrap()
        };
        assert_eq!(written(&at("a.png")), "# A\n\n![all](a.png)\n\nb\n");
        assert_eq!(written(&at("a (1).png")), "# A\n\n![all](<a (1).png>)\n\nb\n");
        assert_eq!(written(&at("in/a.png")), "# A\n\n![all](in/a.png)\n\nb\n");
        assert_eq!(written(Path::new("elsewhere/a.png")), "# A\n\n![all](elsewhere/a.png)\n\nb\n");
    }

    #[test]
    fn depth_is_tried_at_every_scale() {
        let prepared = Experiment::named("dls-depth").unwrap().prepare(&Options::default()).unwrap();
        let runs: usize = prepared.cases.iter().map(|(_, task)| task.runs()).sum();
        assert_eq!((prepared.cases.len(), runs), (20, 20 * 21 * 5));
        assert_eq!(prepared.steps(), 2_100 * 2_000);
    }

    #[test]
    fn figures_agree_to_the_digits_published_and_no_further() {
        let claim = train_accuracy("0.83");
        let task = Experiment::named("dls-thread").unwrap().prepare(&Options::default()).unwrap().cases.remove(0).1;
        let run = |accuracy| Run {
            case: None,
            init: "".into(),
            seed: 0,
            status: "finished",
            step: None,
            train: crate::run::Figures { loss: 0.4, accuracy: Some(accuracy), classes: None },
            test: None,
            targets: None,
            trace: Vec::new(),
            steps: 1,
            best: None,
            reached: None,
            seconds: 0.0,
        };
        assert_eq!(claim.row("", &task, &run(0.8333)).agrees, Some(true));
        assert_eq!(claim.row("", &task, &run(0.84)).agrees, Some(false));
    }
}
