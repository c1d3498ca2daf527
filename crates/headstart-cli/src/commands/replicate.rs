//! `headstart replicate`: a published experiment, beside the published figures.

use crate::answer::Answer;
use crate::ask::{Ask, Asked, Front, Hearer, Outcome};
use crate::device::with_device;
use crate::files::{DataFolder, OutputFile, written};
use crate::flags::output::{Format, Output};
use crate::interrupts::before_anything;
use clap::Args;
use headstart::error::Error;
use headstart::io::columns::Gathered;
use headstart::io::json;
use headstart::outputs::Format as Written;
use headstart::plot::Picture;
use headstart::replicate::{EXPERIMENTS, Experiment, Options, Replication};
use headstart::report::document::{Block, Document};
use headstart::report::{self, Shown, table};
use headstart::spec::{Device, TrainingSpec};
use std::io::Write;

/// Rerun a published experiment, beside the published figures
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  headstart replicate --list
  headstart replicate dls-thread
  headstart replicate dls-cats --data-dir ~/cats
  headstart replicate rough-guide --markdown guide.md --png guide.png

Exits with 1 if a figure does not agree.")]
pub struct ReplicateArgs {
    /// The experiment; see --list
    #[arg(required_unless_present = "list")]
    name: Option<String>,
    /// List the experiments
    #[arg(long)]
    list: bool,
    /// The folder with the files that an experiment needs, or uses in the place of built-in data
    #[arg(long, value_name = "FOLDER")]
    data_dir: Option<DataFolder>,
    /// Pixels along a side [default: the experiment's own]
    ///
    /// Of a picture with a run for each of them, as fractal-2024 is; from 8 to 4096.
    #[arg(long, value_name = "N")]
    resolution: Option<usize>,
    /// What trains: cpu, gpu or auto [default: cpu]
    #[arg(long, value_name = "NAME")]
    device: Option<Device>,
    #[command(flatten)]
    output: Output,
    /// Write what an experiment says as a page, of one that has a page (rough-guide); the picture of --png is in it
    #[arg(long, value_name = "FILE", value_parser = written(Written::Markdown), help_heading = "Output")]
    markdown: Option<OutputFile>,
}

impl ReplicateArgs {
    fn options(&self, device: Device) -> Options {
        Options {
            device,
            data_dir: self.data_dir.as_deref().map(Into::into),
            resolution: self.resolution,
            page: self.markdown.is_some(),
        }
    }
}

impl Ask for ReplicateArgs {
    fn ask(&self, front: &Front<'_>, _heard: &mut dyn Hearer) -> Result<Asked, Error> {
        let Some(name) = self.name.as_deref().filter(|_| !self.list) else { return Ok(Asked::done(Listed)) };
        let experiment = Experiment::named(name)?;
        let mut training = TrainingSpec { device: self.device.unwrap_or_default(), ..TrainingSpec::default() };
        let worker = front.worker(&mut training, self.output.threads())?;
        let front = &front.with_worker(&worker);
        let experiment = before_anything(|| experiment.prepare(&self.options(training.device)))?;
        let done = before_anything(|| front.work(self.output.threads(), |host| experiment.run(host)))?;
        let Some(replication) = done else { return Ok(Asked::abandoned()) };
        self.output.write(&replication.runs, &replication, front.command())?;
        if let (Some(path), Some(page)) = (&self.markdown, &replication.page) {
            page.write(path, self.output.picture.png.as_deref())?;
        }
        let outcome = if replication.agrees { Outcome::Done } else { Outcome::Disagrees };
        Ok(Asked::done(replication).ended(outcome))
    }

    fn format(&self) -> Format {
        self.output.format
    }
}

/// What pictures show of it.
fn shown_of(replication: &Replication) -> Shown<'_> {
    match &replication.map {
        Some(map) => Shown::Map(map),
        None if replication.profiles.is_empty() => Shown::Runs,
        None => Shown::Profiles(&replication.profiles),
    }
}

impl Answer for Replication {
    fn document(&self) -> Document {
        table::replication(self)
    }

    fn page(&self) -> Document {
        self.document().with(report::picture("What was measured", "", &self.runs, shown_of(self)))
    }

    fn json(&self, out: &mut dyn Write) -> std::io::Result<()> {
        json::write(out, self)
    }

    fn rows(&self) -> Result<Option<Gathered>, Error> {
        report::files::gathered(&self.runs).map(Some)
    }

    fn picture(&self) -> Option<Picture> {
        let source = with_device(self.source.to_owned(), self.device.as_ref());
        Some(report::picture(self.title, &source, &self.runs, shown_of(self)))
    }
}

/// The experiments that there are.
struct Listed;

impl Answer for Listed {
    fn document(&self) -> Document {
        let blocks = vec![Block::Table(table::experiments(EXPERIMENTS))];
        Document { title: "Experiments".to_owned(), blocks, ..Document::default() }
    }

    fn json(&self, out: &mut dyn Write) -> std::io::Result<()> {
        json::write(out, EXPERIMENTS)
    }
}
