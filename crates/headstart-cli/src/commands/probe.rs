//! `headstart probe`: signal, gradient and units of a start, layer by layer.

use crate::files::{OutputFile, written};
use crate::flags::output::{Format, cores_unless, threads};
use crate::flags::task::{TaskFlags, settled};
use crate::help::Page;
use crate::interrupts::before_anything;
use crate::outcome::Outcome;
use crate::runs::heading;
use crate::{output, progress};
use clap::Args;
use headstart::error::Error;
use headstart::outputs::Format as Written;
use headstart::probe::{self, Profile};
use headstart::report::{self, table};

/// Measure signal, gradient and units of a start, layer by layer
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  headstart probe --data circles --init normal:10,normal:0.01,he
  headstart probe --data circles --hidden 100x4 --activation tanh --init lecun
  headstart probe --data circles --init he --at-step 1000 --format json
  headstart probe --data circles --layers 2,100,100,100,100,1 \\
    --activation tanh --init lecun,glorot:0.5,critical --png probe.png

Columns: signal and gradient are second moments of the pre-activations and of
one sample's loss gradient with respect to them; step is
lr x |gradient| / |weights|; dead units are 0 for every sample; flat is where
the slope is under 5% of its largest; corr. is the mean cosine between samples;
rank is the effective rank of the activations; twins are pairs of identical
units.")]
pub struct ProbeArgs {
    /// Measure after so many steps of training
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = "Probe")]
    at_step: usize,
    #[command(flatten)]
    task: TaskFlags,
    /// A table for people, or one JSON document
    #[arg(long, value_enum, default_value = "table", help_heading = "Output")]
    format: Format,
    /// Draw signal and gradient over the layers
    #[arg(long, value_name = "FILE", value_parser = written(Written::Png), help_heading = "Output")]
    png: Option<OutputFile>,
    /// Seeds at a time; results do not depend on it [default: one per core]
    #[arg(long, value_name = "N", value_parser = threads, help_heading = "Output")]
    threads: Option<usize>,
}

/// What its help shows.
pub const PAGE: Page = Page {
    command: "probe",
    main: &["data", "label", "layers", "activation", "init", "bias", "seeds", "at_step", "png", "format"],
    hidden: &[],
};

pub fn run(args: &ProbeArgs) -> Result<Outcome, Error> {
    let spec = args.task.spec_with_seeds(20)?;
    if args.task.print_config {
        output::text(&settled(&spec)?.to_toml())?;
        return Ok(Outcome::Done);
    }
    let task = before_anything(|| probe::task(spec, args.at_step))?;
    let probed = || progress::showing(cores_unless(args.threads), |host| probe::run(&task, args.at_step, host));
    let done = before_anything(probed)?;
    let Some(report) = done else {
        return Ok(Outcome::Abandoned);
    };
    if let Some(path) = &args.png {
        let when = if args.at_step == 0 { "at the start".to_owned() } else { format!("after {} steps", args.at_step) };
        let profiles: Vec<Profile> = report.inits.iter().map(Profile::from).collect();
        report::picture::profiles(path, &format!("{} {when}", task.dataset.name), &profiles, &[])?;
    }
    if args.format.is_json() {
        output::json(&report)?;
    } else {
        output::text(&format!("{}\n{}", heading(&task), table::probe(&report.inits)))?;
    }
    Ok(Outcome::Done)
}
