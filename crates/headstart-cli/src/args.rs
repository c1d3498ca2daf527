//! The flags, and how they are laid over a configuration file.

use crate::as_written::AsWritten;
use crate::data::DataArgs;
use crate::files::{DataFolder, OutputFile, written};
use crate::flags::config::overlay;
use crate::flags::output::{Format, Output, cores_unless, threads};
use crate::flags::task::{TaskArgs, TaskFlags};
use crate::flags::values::finite;
use crate::flags::weights::WeightsFlags;
use crate::study::{MapArgs, StudyArgs, SweepArgs};
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use headstart::budget::Budget;
use headstart::engine::init::{Initialization, split_list};
use headstart::engine::names::GrammarError;
use headstart::error::Error;
use headstart::outputs::Format as Written;
use headstart::replicate::Options;
use headstart::spec::{Activations, Layers, TaskSpec, notes};
use std::str::FromStr;

/// Finds the weights a neural network should start from, and shows why.
#[derive(Debug, Parser)]
#[command(
    name = "headstart",
    version,
    max_term_width = 80,
    after_help = "\
Examples:
  headstart advise --data circles --layers 2,10,5,1 --lr 0.01 --steps 15000
  headstart train --data circles --init normal:10 --lr 0.01 --steps 15000
  headstart compare --data circles --init normal:10,normal:0.1,he --seeds 100
  headstart explain --data circles --init normal:0.01 --steps 15000 --verify
  headstart map --data circles --x gain=0.01..30:log:32 --y lr=0.001..1:log:32 \\
    --png map.png
  headstart theory --activation gelu --depth 50 --width 100
  headstart init --layers 784,256,10 --init critical --activation gelu \\
    --out weights.safetensors
  headstart replicate dls-thread

headstart COMMAND -h has what matters of a command, --help all of it."
)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Say where to start, for this data and this network
    #[command(after_help = "\
Examples:
  headstart advise --data circles --layers 2,10,5,1 --lr 0.01 --steps 15000
  headstart advise --data iris --optimizer adam --lr auto
  headstart advise --config task.toml --budget 60s --format json
  headstart advise --data cats/train.h5 --test-data cats/test.h5 \\
    --preprocess pixels --layers 12288,20,7,5,1 --lr 0.0075 --steps 2500 \\
    --html cats.html

The schemes are screened by theory and raced by training on a part of the
training data. The test data is looked at only then: what the race found and the
usual starts, five at most, are told apart by it.")]
    Advise(AdviseArgs),
    /// Train from one or several initializations, and show every run
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
    Train(TrainArgs),
    /// Put initializations side by side over many seeds, best first
    #[command(after_help = "\
Examples:
  headstart compare --data circles --init normal:10,normal:0.1,he --seeds 100
  headstart compare --data circles --init he,glorot,lecun --seeds auto
  headstart compare --data digits --init he,glorot --html digits.html
  headstart compare --data circles --init he,glorot,lecun,normal:0.1 \\
    --seeds auto --budget 5m
  headstart compare --data digits --init he,glorot,orthogonal --seeds 20 \\
    --target 0.9 --csv runs.csv --html digits.html

--seeds auto goes on until the order of the best ones is settled: until all but
one are worse by more than chance, or those that are left are as good as equal,
to within half a point of accuracy or 1% of the loss. It begins with 20 seeds of
each, doubles them for those that may still be the best, and stops at 10,240.")]
    Compare(CompareArgs),
    /// Draw what becomes of training over two axes: gain, depth, lr ...
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
    Map(MapArgs),
    /// Train over any axes and many seeds, into a store
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
    Sweep(SweepArgs),
    /// Look at a store, export it, go on with it, join parts of it
    #[command(after_help = "\
Examples:
  headstart study list
  headstart study show study.db
  headstart study export study.db --parquet runs.parquet
  headstart study draw map.db --value loss --html map.html
  headstart study resume study.db --budget 1h
  headstart study merge part1.db part2.db --out study.db")]
    Study(StudyArgs),
    /// Rerun a published experiment, beside the published figures
    #[command(after_help = "\
Examples:
  headstart replicate --list
  headstart replicate dls-thread
  headstart replicate dls-cats --data-dir ~/cats
  headstart replicate rough-guide --markdown guide.md --png guide.png

Exits with 1 if a figure does not agree.")]
    Replicate(ReplicateArgs),
    /// Say what depth does to signal and gradient, by theory alone
    #[command(after_help = "\
Examples:
  headstart theory --activation tanh
  headstart theory --activation relu --init he,glorot --depth 50 --width 100
  headstart theory --activation tanh --bias-variance 0.05 --format json
  headstart theory --activation relu/tanh/gelu --init he,he/lecun/glorot/he
  headstart theory --layers 784,300,100,10 --activation tanh --init glorot

Where activations, schemes or widths differ from layer to layer, every layer is
shown: w and b, the variances of weights (times fan-in) and biases; q, the
signal's variance; chi, the gradient's factor to the layer before; signal x from
the first hidden layer to here, gradient x from the last one back to here; and
the correlation of two samples whose inputs are orthogonal.")]
    Theory(TheoryArgs),
    /// Measure signal, gradient and units of a start, layer by layer
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
    Probe(ProbeArgs),
    /// Say what is wrong with a start, and what to do; prove it
    #[command(after_help = "\
Examples:
  headstart explain --data circles --init normal:0.01 --lr 0.01 --steps 15000
  headstart explain --data circles --init normal:0.01,he
  headstart explain --data iris --init he --format json
  headstart explain --data circles --init normal:0.1 --rng numpy --seed 3 \\
    --verify --png why.png

It looks at the first seed, in float64. With several initializations it says
what separates them.")]
    Explain(ExplainArgs),
    /// Show what is in a file and what becomes of its columns
    #[command(after_help = "\
Examples:
  headstart data passengers.csv --label survived
  headstart data houses.csv --drop id --missing drop
  headstart data iris.npy --label -1 --format json")]
    Data(DataArgs),
    /// Write initial weights for PyTorch, Keras, Flax or train
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
    Init(InitArgs),
    /// Print what makes a shell complete commands and flags
    #[command(after_help = "\
Examples:
  headstart completions bash > headstart.bash
  headstart completions zsh > ~/.zfunc/_headstart
  headstart completions fish > ~/.config/fish/completions/headstart.fish")]
    Completions(CompletionsArgs),
}

#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell
    pub shell: Shell,
}

/// Initializations with commas between them.
#[derive(Clone, Debug)]
pub struct Schemes(pub Vec<AsWritten<Initialization>>);

impl FromStr for Schemes {
    type Err = GrammarError;

    fn from_str(text: &str) -> Result<Self, GrammarError> {
        split_list(text).into_iter().map(str::parse).collect::<Result<_, _>>().map(Self)
    }
}

#[derive(Debug, Args)]
pub struct TrainArgs {
    /// Write the trained weights as safetensors; of one run only
    #[arg(long, value_name = "FILE", value_parser = written(Written::Safetensors), help_heading = "Weights")]
    pub save: Option<OutputFile>,
    #[command(flatten)]
    pub weights: WeightsFlags,
    #[command(flatten)]
    pub task: TaskArgs,
}

#[derive(Debug, Args)]
pub struct InitArgs {
    /// The file to write, as safetensors
    #[arg(
        long,
        value_name = "FILE",
        value_parser = written(Written::Safetensors),
        required_unless_present = "print_config",
        help_heading = "Weights"
    )]
    pub out: Option<OutputFile>,
    #[command(flatten)]
    pub weights: WeightsFlags,
    #[command(flatten)]
    pub task: TaskFlags,
    /// Text for people, or one JSON document
    #[arg(long, value_enum, default_value = "table", help_heading = "Output")]
    format: Format,
}

impl InitArgs {
    pub fn is_json(&self) -> bool {
        self.format == Format::Json
    }
}

#[derive(Debug, Args)]
pub struct CompareArgs {
    /// Stop after this much, and show what there is: 90s, 10m, 2h, or 5Msteps, which ends the same everywhere
    /// [default: all seeds]
    #[arg(long, value_name = "HOW MUCH", help_heading = "Compare")]
    pub budget: Option<Budget>,
    #[command(flatten)]
    pub task: TaskArgs,
}

#[derive(Debug, Args)]
pub struct ReplicateArgs {
    /// The experiment; see --list
    #[arg(required_unless_present = "list")]
    pub name: Option<String>,
    /// List the experiments
    #[arg(long)]
    pub list: bool,
    /// The folder with the files that an experiment needs, or uses in the place of built-in data
    #[arg(long, value_name = "FOLDER")]
    data_dir: Option<DataFolder>,
    /// Pixels along each side of a picture with a run for each of them [default: the experiment's own]
    #[arg(long, value_name = "N")]
    resolution: Option<usize>,
    #[command(flatten)]
    pub output: Output,
    /// Write what an experiment says as a page, of one that has a page (rough-guide); the picture of --png is in it
    #[arg(long, value_name = "FILE", value_parser = written(Written::Markdown), help_heading = "Output")]
    pub markdown: Option<OutputFile>,
}

impl ReplicateArgs {
    pub fn options(&self) -> Options {
        Options {
            data_dir: self.data_dir.as_deref().map(Into::into),
            resolution: self.resolution,
            page: self.markdown.is_some(),
        }
    }
}

#[derive(Debug, Args)]
pub struct ProbeArgs {
    /// Measure after so many steps of training
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = "Probe")]
    pub at_step: usize,
    #[command(flatten)]
    pub task: TaskFlags,
    /// A table for people, or one JSON document
    #[arg(long, value_enum, default_value = "table", help_heading = "Output")]
    format: Format,
    /// Draw signal and gradient over the layers
    #[arg(long, value_name = "FILE", value_parser = written(Written::Png), help_heading = "Output")]
    pub png: Option<OutputFile>,
    /// Seeds at a time; results do not depend on it [default: one per core]
    #[arg(long, value_name = "N", value_parser = threads, help_heading = "Output")]
    threads: Option<usize>,
}

impl ProbeArgs {
    pub fn is_json(&self) -> bool {
        self.format == Format::Json
    }

    pub fn threads(&self) -> usize {
        cores_unless(self.threads)
    }
}

#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// Run it: for as many steps as predicted, and with every cure that is advised
    #[arg(long, help_heading = "Explain")]
    pub verify: bool,
    #[command(flatten)]
    pub task: TaskFlags,
    /// Text for people, or one JSON document
    #[arg(long, value_enum, default_value = "table", help_heading = "Output")]
    format: Format,
    /// Draw the whole story: loss, plateau and its predicted end, signal and gradient over the layers
    #[arg(long, value_name = "FILE", value_parser = written(Written::Png), help_heading = "Output")]
    pub png: Option<OutputFile>,
    /// Threads to work on; results do not depend on it [default: one per core]
    #[arg(long, value_name = "N", value_parser = threads, help_heading = "Output")]
    threads: Option<usize>,
}

impl ExplainArgs {
    pub fn is_json(&self) -> bool {
        self.format == Format::Json
    }

    pub fn threads(&self) -> usize {
        cores_unless(self.threads)
    }
}

#[derive(Debug, Args)]
pub struct AdviseArgs {
    /// What may be spent: 60s, 5m, or 5Msteps, which is repeatable [default: the steps of 230 trainings or more, see docs/advise.md]
    #[arg(long, value_name = "HOW MUCH", help_heading = "Advice")]
    pub budget: Option<Budget>,
    #[command(flatten)]
    pub task: TaskFlags,
    /// Text for people, or one JSON document
    #[arg(long, value_enum, default_value = "table", help_heading = "Output")]
    format: Format,
    /// Show all that was tried, and what was left out
    #[arg(long, short, help_heading = "Output")]
    pub verbose: bool,
    /// Write a page that works offline: the figures over the gain, the plateau, the traces, the probe
    #[arg(long, value_name = "FILE", value_parser = written(Written::Html), help_heading = "Output")]
    pub html: Option<OutputFile>,
    /// Runs at a time; the advice does not depend on it [default: one per core]
    #[arg(long, value_name = "N", value_parser = threads, help_heading = "Output")]
    threads: Option<usize>,
}

impl AdviseArgs {
    pub fn is_json(&self) -> bool {
        self.format == Format::Json
    }

    pub fn threads(&self) -> usize {
        cores_unless(self.threads)
    }
}

#[derive(Debug, Args)]
pub struct TheoryArgs {
    /// The activation of the hidden layers; with slashes between them one for each
    #[arg(long, value_name = "NAME", default_value = "relu")]
    pub activation: AsWritten<Activations>,
    /// Schemes, with commas between them [default: he, glorot, and critical where there is one]
    ///
    /// With slashes between them one for each layer of weights, the output's among them, as in he/lecun/glorot.
    #[arg(long, value_name = "LIST")]
    pub init: Vec<Schemes>,
    /// Variance of the biases [default: 0, and critical ones with critical weights]
    #[arg(long, value_name = "VARIANCE", value_parser = finite)]
    pub bias_variance: Option<f64>,
    /// Hidden layers: show what happens through all of them
    #[arg(long, value_name = "N")]
    pub depth: Option<usize>,
    /// Units in every layer
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub width: usize,
    /// Widths, input first, in the place of --depth and --width: show every layer
    #[arg(long, value_name = "WIDTHS", conflicts_with_all = ["depth", "width"], allow_hyphen_values = true)]
    pub layers: Option<Layers>,
    /// A table for people, or one JSON document
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

impl TheoryArgs {
    pub fn inits(&self) -> impl Iterator<Item = &AsWritten<Initialization>> {
        self.init.iter().flat_map(|list| &list.0)
    }

    /// What was taken where a name has several meanings.
    pub fn notes(&self) -> Vec<String> {
        let inits: Vec<&str> = self.inits().map(|init| init.text.as_str()).collect();
        let section = |key: &str, text: &str| toml::Table::from_iter([(key.to_owned(), text.into())]);
        notes(&toml::Table::from_iter([
            ("network".to_owned(), section("activation", &self.activation.text).into()),
            ("init".to_owned(), section("init", &inits.join(",")).into()),
        ]))
    }

    pub fn is_json(&self) -> bool {
        self.format == Format::Json
    }
}

/// A task as a file that says whether the learning rate is searched.
pub fn with_searched_lr(spec: &TaskSpec, is_searched: bool) -> Result<String, Error> {
    if !is_searched {
        return Ok(spec.to_toml());
    }
    let error = |error: toml::ser::Error| Error::Usage(error.to_string());
    let mut table = toml::Table::try_from(spec).map_err(error)?;
    overlay(&mut table, "training", &std::collections::BTreeMap::from([("lr", "auto")]))?;
    toml::to_string(&table).map_err(error)
}

/// A task as a file that may leave the number of seeds open.
pub fn with_open_seeds(spec: &TaskSpec, are_open: bool) -> Result<String, Error> {
    if !are_open {
        return Ok(spec.to_toml());
    }
    let error = |error: toml::ser::Error| Error::Usage(error.to_string());
    let mut table = toml::Table::try_from(spec).map_err(error)?;
    if let Some(init) = table.get_mut("init").and_then(toml::Value::as_table_mut) {
        init.remove("seeds");
    }
    toml::to_string(&table).map_err(error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_flags_make_sense_to_clap() {
        Cli::command().debug_assert();
    }
}
