//! The commands: a file for each, with its flags, its help, and what it does.

pub mod advise;
pub mod compare;
pub mod completions;
pub mod data;
pub mod explain;
pub mod init;
pub mod map;
pub mod probe;
pub mod replicate;
pub mod study;
pub mod sweep;
pub mod theory;
pub mod train;

use crate::help::{self, Page};
use crate::outcome::Outcome;
use clap::{CommandFactory, Parser, Subcommand};
use headstart::error::Error;
use std::ffi::OsString;

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
    Advise(advise::AdviseArgs),
    Train(train::TrainArgs),
    Compare(compare::CompareArgs),
    Map(map::MapArgs),
    Sweep(sweep::SweepArgs),
    Study(study::StudyArgs),
    Replicate(replicate::ReplicateArgs),
    Theory(theory::TheoryArgs),
    Probe(probe::ProbeArgs),
    Explain(explain::ExplainArgs),
    Data(data::DataArgs),
    Init(init::InitArgs),
    Completions(completions::CompletionsArgs),
}

/// What the helps of the commands show.
pub const PAGES: &[Page] = &[
    advise::PAGE,
    train::PAGE,
    compare::PAGE,
    map::PAGE,
    sweep::PAGE,
    probe::PAGE,
    explain::PAGE,
    data::PAGE,
    init::PAGE,
];

/// The definition of the command line for these arguments: the help that they may ask for is in it.
pub fn definition(arguments: &[OsString]) -> clap::Command {
    help::with_pages(Cli::command(), PAGES, arguments)
}

/// Does what was asked for.
pub fn run(cli: &Cli) -> Result<Outcome, Error> {
    match &cli.command {
        Command::Advise(args) => advise::run(args),
        Command::Train(args) => train::run(args),
        Command::Compare(args) => compare::run(args),
        Command::Map(args) => map::run(args),
        Command::Sweep(args) => sweep::run(args),
        Command::Study(args) => study::run(args),
        Command::Replicate(args) => replicate::run(args),
        Command::Theory(args) => theory::run(args),
        Command::Probe(args) => probe::run(args),
        Command::Explain(args) => explain::run(args),
        Command::Data(args) => data::run(args),
        Command::Init(args) => init::run(args),
        Command::Completions(args) => completions::run(args, definition(&[])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flags_make_sense_to_clap() {
        Cli::command().debug_assert();
    }
}
