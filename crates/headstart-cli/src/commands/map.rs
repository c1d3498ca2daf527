//! `headstart map`: what becomes of training over two axes.

use crate::ask::{Ask, Asked, Front, Hearer, Outcome};
use crate::files::{AxisText, OutputFile, written};
use crate::flags::config::{overlay, read};
use crate::flags::data::DataFlags;
use crate::flags::device::DeviceFlags;
use crate::flags::output::Format;
use crate::flags::study::{DrawArgs, SittingArgs, checked_axis};
use crate::flags::task::TaskFlags;
use crate::help::Page;
use crate::interrupts::before_anything;
use crate::studies::ShownMap;
use clap::Args;
use headstart::error::Error;
use headstart::map::{MapSpec, Mapping, Value};
use headstart::outputs::Format as Written;
use headstart::spec::notes;
use headstart::study::Study;
use headstart::study::store::{Shard, Writer};
use serde::Serialize;

/// Draw what becomes of training over two axes: gain, depth, lr ...
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  headstart map --data circles --x gain=0.1..10:log:16 --y lr=0.01..1:log:16
  headstart map --data circles --x gain=0.1..10:9 --y depth=1..8:8 --png m.png
  headstart map --config map.toml --refine 0.1 --out map.db --budget 10m
  headstart map --data circles --layers 2,10,5,1 --x gain=0.01..30:log:64 \\
    --y lr=0.001..1:log:64 --seeds 5 --png map.png --html map.html
  headstart map --data circles --layers _,20,_ --activation tanh \\
    --x scale=0.01..1:64 --y depth=1..20:20 --value loss --png depth.png

Theory's lines are laid over it where it has any: the critical line, and 6 xi,
the depth that networks of this start can be trained through.")]
pub struct MapArgs {
    #[command(flatten)]
    axes: MapAxes,
    #[command(flatten)]
    show: MapFlags,
    /// Keep the runs in this store, and go on with it if it is there already
    #[arg(long, value_name = "FILE", value_parser = written(Written::Store), help_heading = "Map")]
    out: Option<OutputFile>,
    #[command(flatten)]
    task: TaskFlags,
    #[command(flatten)]
    device: DeviceFlags,
    #[command(flatten)]
    drawing: DrawArgs,
    #[command(flatten)]
    sitting: SittingArgs,
}

/// The axes of a map.
#[derive(Debug, Args)]
#[command(next_help_heading = "Map")]
struct MapAxes {
    /// Columns: gain, scale, bias-scale, depth, width, branch-scale, lr, steps, batch, momentum, samples, noise or seed, and its
    /// numbers, as in gain=0.01..30:log:64 or depth=1,2,5
    #[arg(long, value_name = "NAME=VALUES", value_parser = checked_axis, requires = "y")]
    x: Option<AxisText>,
    /// Rows, likewise
    #[arg(long, value_name = "NAME=VALUES", value_parser = checked_axis, requires = "x")]
    y: Option<AxisText>,
    /// Keep the losses along the way in the store, too
    #[arg(long)]
    traces: bool,
}

/// The section `study` of a map.
#[derive(Serialize)]
struct MapStudy {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    axes: Vec<AxisText>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    traces: bool,
}

/// What is shown of a map.
#[derive(Debug, Args, Serialize)]
#[command(next_help_heading = "Map")]
struct MapFlags {
    /// The colours: test-accuracy, train-accuracy, success, steps, loss, test-loss or convergence [default: what the task
    /// is judged by]
    #[arg(long, value_name = "FIGURE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Value>,
    /// Run this share of the cells only, where the picture changes
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true)]
    #[serde(skip_serializing_if = "Option::is_none")]
    refine: Option<f64>,
}

/// What its help shows.
pub const PAGE: Page = Page {
    command: "map",
    main: &["x", "y", "data", "layers", "activation", "init", "lr", "steps", "png", "out"],
    hidden: &[],
};

impl MapArgs {
    /// What is asked for.
    ///
    /// # Errors
    /// If it makes no sense.
    pub fn asked(&self) -> Result<MapSpec, Error> {
        with_axes(self.spec(|_| {})?)
    }

    /// The same; what a person should know of names is noted.
    fn spec(&self, note: impl FnOnce(&[String])) -> Result<MapSpec, Error> {
        let axes: Vec<AxisText> = [&self.axes.y, &self.axes.x].into_iter().flatten().cloned().collect();
        let mut table = self.device.over(self.task.table(&["study", "map"])?)?;
        overlay(&mut table, "study", &MapStudy { axes, traces: self.axes.traces })?;
        overlay(&mut table, "map", &self.show)?;
        note(&notes(&table));
        let spec: MapSpec = read(table)?;
        Ok(MapSpec { data: self.task.data.with_given(spec.data), ..spec })
    }
}

/// A map that has its axes.
fn with_axes(spec: MapSpec) -> Result<MapSpec, Error> {
    if spec.study.axes.is_empty() {
        return Err(Error::Usage(
            "a map needs its two axes, as in --x gain=0.01..30:log:64 --y lr=0.001..1:log:64".to_owned(),
        ));
    }
    Ok(spec)
}

impl Ask for MapArgs {
    fn ask(&self, front: &Front<'_>, _heard: &mut dyn Hearer) -> Result<Asked, Error> {
        let mut spec = with_axes(self.spec(|notes| front.notes(notes))?)?;
        let budget = self.sitting.budget.or(spec.study.budget.take());
        let threads = self.sitting.threads();
        let worker = front.worker(&mut spec.training, threads)?;
        let front = &front.with_worker(&worker);
        let study = before_anything(|| Study::new(spec.study()))?;
        let mut files = self.drawing.files().by(front.command());
        let mut mapping = before_anything(|| {
            let writer = self
                .out
                .as_deref()
                .map(|out| Writer::open_by(out, &study, Shard::WHOLE, worker.device()))
                .transpose()?;
            Mapping::new(&study, spec.map, files.show_traces(), writer)
        })?;
        let is_spent = front.work(threads, |host| mapping.run(budget, host, |so_far| files.keep_up(so_far)))?;
        files.write(&mapping)?;
        let asked = Asked::done(ShownMap::of(&mapping));
        let [done, wanted] = mapping.progress();
        if done >= wanted {
            return Ok(asked);
        }
        let why = match mapping.failed() {
            _ if is_spent => "the budget is spent",
            Some(_) if !front.watch().is_stopped() => "not all runs could be done",
            _ => "interrupted",
        };
        let then = match &self.out {
            Some(_) => "the same command goes on",
            None => "the next time it begins anew, unless --out FILE keeps them",
        };
        let after = Some(format!("{why}; {done} of {wanted} cells are there: {then}"));
        Ok(Asked { after, ..asked.ended(if is_spent { Outcome::Done } else { Outcome::Stopped }) })
    }

    fn config(&self, front: &Front<'_>) -> Option<Result<String, Error>> {
        let config = || {
            let spec = self.spec(|notes| front.notes(notes))?;
            let data = before_anything(|| spec.data.settled())?;
            Ok(MapSpec { data, ..spec }.to_toml())
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
