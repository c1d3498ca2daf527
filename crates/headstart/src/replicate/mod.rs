//! Published experiments, rerun: the published figures beside ours.

mod batchnorm;
mod case;
mod claim;
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
mod mup;
mod page;
mod prepared;
mod reach;
mod rough_guide;
mod saxe;
mod siren;
mod stable_resnet;
mod start_training;
mod window;
mod xiao;

pub use claim::Row;
pub use page::Page;
pub use prepared::Prepared;

use crate::error::Error;
use crate::executor::Device;
use crate::heat::Map;
use crate::probe::Profile;
use crate::run::Run;
use crate::spec::{self, TaskSpec};
use crate::task::{Task, check_cells};
use case::{Case, CaseRuns, Judgement, Pixels, Setting, View, guessing, median, nothing_more};
use claim::{Claim, Measure, loss, loss_at, test_accuracy, train_accuracy};
use headstart_engine::names::{GrammarError, nearest};
use serde::Serialize;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// An experiment that somebody published.
#[derive(Clone, Copy, Debug, Serialize)]
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
    #[serde(skip)]
    pixels: Option<Pixels>,
    /// What all of them say as a page, of an experiment that writes one.
    #[serde(skip)]
    page: Option<fn(&[CaseRuns]) -> Page>,
    /// The trainings, and what was published about each.
    #[serde(skip)]
    cases: fn(&Setting) -> Result<Vec<Case>, Error>,
    /// What all of them say together.
    #[serde(skip)]
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
    stable_resnet::STABLE_RESNET,
    xiao::XIAO,
    batchnorm::BATCHNORM,
    mup::MUP,
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
    /// What trains: the processor, in the precision that the experiment has, or a GPU, in float32.
    pub device: spec::Device,
}

/// Pixels along each side of a picture: fewer show nothing, more nobody has published.
const RESOLUTIONS: RangeInclusive<usize> = 8..=4096;

/// What a pixel takes, about: its run, with what that is called.
const PIXEL: usize = 512;

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
    /// What computed, where the figures are not the processor's bits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<Device>,
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
    /// If it needs files and `data_dir` is not the folder that has them, has no page or no picture of the resolution asked
    /// for, or is one of float64 where that is not what the device computes with.
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
            let mut spec = TaskSpec::from_toml(&case.task)?;
            spec.training.device = options.device;
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
        if self.pixels.is_some() {
            let pixels = (cases.len() * resolution * resolution) as u64;
            check_cells(pixels, pixels, PIXEL)?;
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
        assert!(at("fractal-2024", 4).unwrap_err().to_string().contains("from 8 to 4096"));
        assert_eq!(at("fractal-2024", 20).unwrap() / at("fractal-2024", 10).unwrap(), 4);
    }

    #[test]
    fn a_page_is_of_experiments_that_write_one() {
        let options = Options { page: true, ..Options::default() };
        let message = Experiment::named("dls-depth").unwrap().prepare(&options).err().unwrap().to_string();
        assert!(message.contains("--markdown: dls-depth writes no page, as rough-guide does"), "{message}");
    }

    #[test]
    fn depth_is_tried_at_every_scale() {
        let prepared = Experiment::named("dls-depth").unwrap().prepare(&Options::default()).unwrap();
        let runs: usize = prepared.cases.iter().map(|(_, task)| task.runs()).sum();
        assert_eq!((prepared.cases.len(), runs), (20, 20 * 21 * 5));
        assert_eq!(prepared.steps(), 2_100 * 2_000);
    }
}
