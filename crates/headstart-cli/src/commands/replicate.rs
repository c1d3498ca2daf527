//! `headstart replicate`: a published experiment, beside the published figures.

use crate::answer::Answer;
use crate::ask::{Ask, Asked, Front, Hearer, Outcome};
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
use headstart::report::{self, Shown, table};
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
    /// Pixels along each side of a picture with a run for each of them [default: the experiment's own]
    #[arg(long, value_name = "N")]
    resolution: Option<usize>,
    #[command(flatten)]
    output: Output,
    /// Write what an experiment says as a page, of one that has a page (rough-guide); the picture of --png is in it
    #[arg(long, value_name = "FILE", value_parser = written(Written::Markdown), help_heading = "Output")]
    markdown: Option<OutputFile>,
}

impl ReplicateArgs {
    fn options(&self) -> Options {
        Options {
            data_dir: self.data_dir.as_deref().map(Into::into),
            resolution: self.resolution,
            page: self.markdown.is_some(),
        }
    }
}

impl Ask for ReplicateArgs {
    fn ask(&self, front: &Front<'_>, _heard: &mut dyn Hearer) -> Result<Asked, Error> {
        let Some(name) = self.name.as_deref().filter(|_| !self.list) else { return Ok(Asked::done(Listed)) };
        let experiment = before_anything(|| Experiment::named(name)?.prepare(&self.options()))?;
        let done = before_anything(|| front.work(self.output.threads(), |host| experiment.run(host)))?;
        let Some(replication) = done else { return Ok(Asked::abandoned()) };
        let summary = format!("{}\n{}", source_of(&replication), answer_of(&replication));
        let (table, shown) = (table::replication(&replication), shown_of(&replication));
        self.output.write(&replication.runs, replication.title, replication.source, &summary, &table, shown)?;
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

fn source_of(replication: &Replication) -> String {
    table::wrapped(&format!("source: {}", replication.source))
}

fn answer_of(replication: &Replication) -> String {
    replication.answer.as_deref().map_or_else(String::new, table::wrapped)
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
    fn text(&self) -> String {
        let verdict = match self.agrees {
            true if self.rows.iter().all(|row| row.agrees.is_none()) => "no figures were published to agree with",
            true => "all published figures agree",
            false => "NOT all published figures agree",
        };
        let head = table::wrapped(&format!("{}: {}", self.name, self.title)) + &source_of(self);
        let answer = answer_of(self);
        let answer = if answer.is_empty() { String::new() } else { format!("{answer}\n") };
        format!("{head}\n{}\n{answer}{verdict}\n", table::replication(self))
    }

    fn json(&self, out: &mut dyn Write) -> std::io::Result<()> {
        json::write(out, self)
    }

    fn rows(&self) -> Result<Option<Gathered>, Error> {
        report::files::gathered(&self.runs).map(Some)
    }

    fn picture(&self) -> Option<Picture> {
        Some(report::picture(self.title, self.source, &self.runs, shown_of(self)))
    }
}

/// The experiments that there are.
struct Listed;

impl Answer for Listed {
    fn text(&self) -> String {
        table::experiments(EXPERIMENTS)
    }

    fn json(&self, out: &mut dyn Write) -> std::io::Result<()> {
        json::write(out, EXPERIMENTS)
    }
}
