//! `headstart sweep`: training over any axes and many seeds, into a store.

use crate::ask::{Ask, Asked, Front, Hearer};
use crate::files::{AxisText, OutputFile, written};
use crate::flags::config::{overlay, read};
use crate::flags::data::DataFlags;
use crate::flags::device::DeviceFlags;
use crate::flags::output::Format;
use crate::flags::study::{SittingArgs, checked_axis};
use crate::flags::task::TaskFlags;
use crate::flags::values::whole;
use crate::help::Page;
use crate::interrupts::before_anything;
use crate::studies::work;
use clap::Args;
use headstart::error::Error;
use headstart::outputs::Format as Written;
use headstart::spec::notes;
use headstart::study::store::Shard;
use headstart::study::{Sampling, Study, StudySpec};
use serde::Serialize;
use std::str::FromStr;

/// Train over any axes and many seeds, into a store
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  headstart sweep --data circles --axis gain=0.1..10:log:20 --out study.db
  headstart sweep --config study.toml --out study.db --budget 10m
  headstart sweep --config study.toml --shard 3/16 --out part3.db
  headstart sweep --data circles --axis gain=0.01..30:log:20 \\
    --axis depth=1..8:8 --seeds 5 --out study.db
  headstart sweep --data moons --axis lr=0.001..1 --axis init=he,glorot \\
    --design sobol --points 256 --out moons.db

Stopped in any way, it goes on where it was: give the same command again, or
headstart study resume.")]
pub struct SweepArgs {
    #[command(flatten)]
    study: StudyFlags,
    /// The store: begun if there is none, gone on with if it is of this study
    #[arg(
        long,
        value_name = "FILE",
        value_parser = written(Written::Store),
        required_unless_present = "print_config",
        help_heading = "Study"
    )]
    out: Option<OutputFile>,
    /// Do a part of the cells only, as in 3/16; headstart study merge joins them
    #[arg(long, value_name = "I/N", default_value = "1/1", help_heading = "Study")]
    shard: Shard,
    #[command(flatten)]
    task: TaskFlags,
    #[command(flatten)]
    device: DeviceFlags,
    #[command(flatten)]
    sitting: SittingArgs,
}

/// What a study varies.
#[derive(Debug, Args, Serialize)]
#[command(next_help_heading = "Study")]
#[serde(rename_all = "kebab-case")]
struct StudyFlags {
    /// What is varied and over what, once for each axis: init, scale, gain, bias-scale, depth, width, activation,
    /// block, norm, branch-scale, parametrization, optimizer, lr, steps, batch, momentum, samples, noise or seed; a list, as in depth=1,2,5, or a range with the number of its
    /// values, as in gain=0.01..30:log:64
    #[arg(long = "axis", value_name = "NAME=VALUES", value_parser = checked_axis)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    axes: Vec<AxisText>,
    /// grid, random or sobol [default: grid]
    #[arg(long, value_name = "HOW", value_parser = checked_sampling)]
    #[serde(skip_serializing_if = "Option::is_none")]
    design: Option<String>,
    /// Points of a random or sobol design
    #[arg(long, value_name = "N", value_parser = whole::<u64>())]
    #[serde(skip_serializing_if = "Option::is_none")]
    points: Option<u64>,
    /// The seed of a random or sobol design [default: 0]
    #[arg(long, value_name = "SEED", value_parser = whole::<u64>())]
    #[serde(skip_serializing_if = "Option::is_none")]
    design_seed: Option<u64>,
    /// Keep the losses along the way
    #[arg(long)]
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    traces: bool,
}

/// What its help shows.
pub const PAGE: Page = Page {
    command: "sweep",
    main: &["axes", "out", "data", "layers", "activation", "init", "lr", "steps", "seeds", "budget"],
    hidden: &[],
};

impl SweepArgs {
    /// What is asked for.
    fn spec(&self, front: &Front<'_>) -> Result<StudySpec, Error> {
        let mut table = self.device.over(self.task.table(&["study"])?)?;
        overlay(&mut table, "study", &self.study)?;
        front.notes(&notes(&table));
        let spec: StudySpec = read(table)?;
        Ok(StudySpec { data: self.task.data.with_given(spec.data), ..spec })
    }
}

impl Ask for SweepArgs {
    fn ask(&self, front: &Front<'_>, _heard: &mut dyn Hearer) -> Result<Asked, Error> {
        let mut spec = self.spec(front)?;
        let out = self.out.as_deref().ok_or_else(|| Error::Usage("a study needs its store: --out FILE".to_owned()))?;
        let budget = self.sitting.budget.or(spec.study.budget.take());
        let worker = front.worker(&mut spec.training, self.sitting.threads())?;
        let study = before_anything(|| Study::new(spec))?;
        work(&study, out, self.shard, budget, &self.sitting, (front, &worker))
    }

    fn config(&self, front: &Front<'_>) -> Option<Result<String, Error>> {
        let config = || {
            let spec = self.spec(front)?;
            let data = before_anything(|| spec.data.settled())?;
            Ok(StudySpec { data, ..spec }.to_toml())
        };
        self.task.print_config.then(config)
    }

    fn format(&self) -> Format {
        self.sitting.format
    }

    fn data(&mut self) -> Option<&mut DataFlags> {
        Some(&mut self.task.data)
    }
}

fn checked_sampling(text: &str) -> Result<String, String> {
    Sampling::from_str(text).map(|_| text.to_owned()).map_err(|error| error.to_string())
}
