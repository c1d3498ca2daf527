//! `headstart replicate`: a published experiment, beside the published figures.

use crate::files::{DataFolder, OutputFile, written};
use crate::flags::output::Output;
use crate::interrupts::before_anything;
use crate::outcome::Outcome;
use crate::{output, progress};
use clap::Args;
use headstart::error::Error;
use headstart::outputs::Format as Written;
use headstart::replicate::{EXPERIMENTS, Experiment, Options};
use headstart::report::{Shown, table};

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

pub fn run(args: &ReplicateArgs) -> Result<Outcome, Error> {
    let Some(name) = args.name.as_deref().filter(|_| !args.list) else {
        output::text(&table::experiments(EXPERIMENTS))?;
        return Ok(Outcome::Done);
    };
    let experiment = before_anything(|| Experiment::named(name)?.prepare(&args.options()))?;
    let done = before_anything(|| progress::showing(args.output.threads(), |host| experiment.run(host)))?;
    let Some(replication) = done else {
        return Ok(Outcome::Abandoned);
    };
    let table = table::replication(&replication);
    let answer = replication.answer.as_deref().map_or_else(String::new, table::wrapped);
    let shown = match &replication.map {
        Some(map) => Shown::Map(map),
        None if replication.profiles.is_empty() => Shown::Runs,
        None => Shown::Profiles(&replication.profiles),
    };
    let summary = format!("{}\n{answer}", table::wrapped(&format!("source: {}", replication.source)));
    args.output.write(&replication.runs, replication.title, &summary, &table, shown)?;
    if let (Some(path), Some(page)) = (&args.markdown, &replication.page) {
        page.write(path, args.output.png.as_deref())?;
    }
    if args.output.is_json() {
        output::json(&replication)?;
    } else {
        let verdict = match replication.agrees {
            true if replication.rows.iter().all(|row| row.agrees.is_none()) => {
                "no figures were published to agree with"
            }
            true => "all published figures agree",
            false => "NOT all published figures agree",
        };
        let head = format!("{}: {}", replication.name, replication.title);
        let head = table::wrapped(&head) + &table::wrapped(&format!("source: {}", replication.source));
        let answer = if answer.is_empty() { String::new() } else { format!("{answer}\n") };
        output::text(&format!("{head}\n{table}\n{answer}{verdict}\n"))?;
    }
    Ok(if replication.agrees { Outcome::Done } else { Outcome::Disagrees })
}
