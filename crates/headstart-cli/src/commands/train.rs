//! `headstart train`: every run of one or several initializations.

use crate::ask::{Ask, Asked, Front, Hearer};
use crate::files::{OutputFile, written};
use crate::flags::data::DataFlags;
use crate::flags::output::Format;
use crate::flags::task::TaskArgs;
use crate::flags::weights::WeightsFlags;
use crate::help::Page;
use crate::interrupts::before_anything;
use crate::runs::{Purpose, finish, run_task};
use clap::Args;
use headstart::error::Error;
use headstart::outputs::Format as Written;
use headstart::save;
use headstart::spec::TaskSpec;
use headstart::task::Task;

/// Train from one or several initializations, and show every run
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  headstart train --data circles --init normal:10 --rng numpy --seed 3
  headstart train --data iris --optimizer adam --epochs 100
  headstart train --data moons --save moons.safetensors
  headstart train --data moons --init file:moons.safetensors --steps 5000
  headstart train --data cats/train.h5 --test-data cats/test.h5 \\
    --preprocess pixels --layers 12288,20,7,5,1 --init lecun --lr 0.0075 \\
    --steps 2500 --png cats.png
  headstart train --data iris.csv --label species --preprocess standardize \\
    --optimizer adam --epochs 100 --format json
  headstart train --data moons --layers _,8,8,_ \\
    --init orthogonal/orthogonal/glorot --print-config > moons.toml
  headstart train --config moons.toml --seeds 5")]
pub struct TrainArgs {
    /// Write the trained weights as safetensors; of one run only
    #[arg(long, value_name = "FILE", value_parser = written(Written::Safetensors), help_heading = "Weights")]
    save: Option<OutputFile>,
    #[command(flatten)]
    weights: WeightsFlags,
    #[command(flatten)]
    task: TaskArgs,
}

/// What its help shows.
pub const PAGE: Page = Page {
    command: "train",
    main: &["data", "label", "layers", "activation", "init", "optimizer", "lr", "epochs", "seeds", "save"],
    hidden: &[],
};

impl TrainArgs {
    /// The task that is described.
    ///
    /// # Errors
    /// If it makes no sense.
    pub fn spec(&self) -> Result<TaskSpec, Error> {
        self.task.task.spec()
    }
}

impl Ask for TrainArgs {
    fn ask(&self, front: &Front<'_>, heard: &mut dyn Hearer) -> Result<Asked, Error> {
        let (args, save) = (&self.task, self.save.as_deref());
        let spec = self.spec()?;
        if save.is_some() {
            save::check_single(&spec)?;
        }
        let weights = save.is_some() || heard.keeps_answer() && save::check_single(&spec).is_ok();
        let task = before_anything(|| Task::new(spec))?;
        let done = run_task(args, task, (Purpose::Each { weights }, None), front, heard)?;
        if let (Some(path), Some(weights)) = (save, &done.weights) {
            weights.write(path, self.weights.format())?;
        }
        finish(args, front, done, None)
    }

    fn config(&self, _front: &Front<'_>) -> Option<Result<String, Error>> {
        self.task.task.config(|| self.spec())
    }

    fn format(&self) -> Format {
        self.task.output.format
    }

    fn data(&mut self) -> Option<&mut DataFlags> {
        Some(&mut self.task.task.data)
    }
}
