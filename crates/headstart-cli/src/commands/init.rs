//! `headstart init`: initial weights for other programs.

use crate::files::{OutputFile, written};
use crate::flags::output::Format;
use crate::flags::task::{TaskFlags, settled};
use crate::flags::weights::WeightsFlags;
use crate::help::Page;
use crate::interrupts::before_anything;
use crate::outcome::Outcome;
use crate::output;
use clap::Args;
use headstart::error::Error;
use headstart::outputs::Format as Written;
use headstart::report::table;
use headstart::save;

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

pub fn run(args: &InitArgs) -> Result<Outcome, Error> {
    let spec = args.task.spec()?;
    output::notes(&spec.notes);
    let Some(out) = args.out.as_deref().filter(|_| !args.task.print_config) else {
        output::text(&settled(&spec)?.to_toml())?;
        return Ok(Outcome::Done);
    };
    let format = args.weights.format();
    let written = before_anything(|| save::initial(&spec))?.write(out, format)?;
    if args.format.is_json() {
        output::json(&written)?;
    } else {
        output::text(&table::weights(&written, &format.naming.python(&written)))?;
    }
    Ok(Outcome::Done)
}
