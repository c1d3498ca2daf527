//! `headstart init`: initial weights for other programs.

use crate::answer::Answer;
use crate::ask::{Ask, Asked, Front, Hearer};
use crate::files::{OutputFile, written};
use crate::flags::data::DataFlags;
use crate::flags::output::Format;
use crate::flags::task::TaskFlags;
use crate::flags::weights::WeightsFlags;
use crate::help::Page;
use crate::interrupts::before_anything;
use clap::Args;
use headstart::error::Error;
use headstart::io::json;
use headstart::outputs::Format as Written;
use headstart::report::document::Document;
use headstart::report::table;
use headstart::save;
use headstart::weights::{Naming, Written as File};
use std::io::Write;

/// Write initial weights for PyTorch, Keras, Flax or train
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  headstart init --layers 784,256,10 --init he --out start.safetensors
  headstart init --data moons --hidden 20,20 --init lsuv --out m.safetensors
  headstart init --hidden 9 --data moons --naming keras --out k.safetensors
  headstart init --layers 784,256,10 --init critical --activation gelu \\
    --seed 1 --out weights.safetensors
  headstart init --layers 784,256,10 --init he --naming keras --dtype f32 \\
    --out start.safetensors
  headstart init --layers 2,10,5,1 --init file:trained.safetensors \\
    --naming flax --out flax.safetensors

The weights are those that train starts from, to the last bit in f64. No
training is done, so flags of training change nothing.")]
pub struct InitArgs {
    /// The file to write, as safetensors
    #[arg(
        long,
        value_name = "FILE",
        value_parser = written(Written::Safetensors),
        required_unless_present = "print_config",
        help_heading = "Weights"
    )]
    out: Option<OutputFile>,
    #[command(flatten)]
    weights: WeightsFlags,
    #[command(flatten)]
    task: TaskFlags,
    /// Text for people, or one JSON document
    #[arg(long, value_enum, default_value = "table", help_heading = "Output")]
    format: Format,
}

/// What its help shows.
pub const PAGE: Page = Page {
    command: "init",
    main: &["out", "layers", "activation", "init", "bias", "seed", "data", "naming", "dtype", "format"],
    hidden: &[
        "seeds",
        "optimizer",
        "lr",
        "lr_factors",
        "lr_schedule",
        "batch",
        "steps",
        "epochs",
        "momentum",
        "nesterov",
        "beta1",
        "beta2",
        "decay",
        "epsilon",
        "initial_accumulator",
        "history",
        "warmup",
        "weight_decay",
        "decoupled_decay",
        "decay_biases",
        "clip",
        "clip_value",
        "dropout",
        "label_smoothing",
        "early_stopping",
        "validation_every",
        "validation_share",
        "record_every",
        "target",
    ],
};

impl Ask for InitArgs {
    fn ask(&self, front: &Front<'_>, _heard: &mut dyn Hearer) -> Result<Asked, Error> {
        let spec = self.task.spec()?;
        front.notes(&spec.notes);
        let out = self.out.as_deref().ok_or_else(|| Error::Usage("weights need their file: --out FILE".to_owned()))?;
        let format = self.weights.format();
        let file = before_anything(|| save::initial(&spec))?.write(out, format)?;
        Ok(Asked::done(InFile { file, naming: format.naming }))
    }

    fn config(&self, front: &Front<'_>) -> Option<Result<String, Error>> {
        let spec = || {
            let spec = self.task.spec()?;
            front.notes(&spec.notes);
            Ok(spec)
        };
        self.task.config(spec)
    }

    fn format(&self) -> Format {
        self.format
    }

    fn data(&mut self) -> Option<&mut DataFlags> {
        Some(&mut self.task.data)
    }
}

struct InFile {
    file: File,
    naming: Naming,
}

impl Answer for InFile {
    fn document(&self) -> Document {
        table::weights(&self.file, &self.naming.python(&self.file))
    }

    fn json(&self, out: &mut dyn Write) -> std::io::Result<()> {
        json::write(out, &self.file)
    }
}
