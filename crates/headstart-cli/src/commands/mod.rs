//! The commands: a file for each, with its flags, its help, and what it does.

pub mod advise;
pub mod audit;
pub mod compare;
pub mod completions;
pub mod data;
pub mod explain;
pub mod init;
pub mod lab;
pub mod map;
pub mod probe;
pub mod replicate;
pub mod study;
pub mod sweep;
pub mod theory;
pub mod train;

use crate::ask::{Ask, Asked, Front, Hearer};
use crate::flags::data::DataFlags;
use crate::flags::output::Format;
use crate::help::{self, Page};
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
  headstart audit model.safetensors
  headstart lab
  headstart replicate dls-thread

headstart COMMAND -h has what matters of a command, --help all of it."
)]
pub struct Cli {
    /// What is to be done.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands. What each does is said where its flags are: words here would take the place of those in the help.
#[derive(Debug, Subcommand)]
#[expect(missing_docs)]
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
    Audit(audit::AuditArgs),
    Explain(explain::ExplainArgs),
    Data(data::DataArgs),
    Init(init::InitArgs),
    Lab(lab::LabArgs),
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
    theory::PAGE,
    explain::PAGE,
    data::PAGE,
    init::PAGE,
    lab::PAGE,
];

/// The definition of the command line for these arguments: the help that they may ask for is in it.
pub fn definition(arguments: &[OsString]) -> clap::Command {
    help::with_pages(Cli::command(), PAGES, arguments)
}

impl Ask for completions::CompletionsArgs {
    fn ask(&self, _front: &Front<'_>, _heard: &mut dyn Hearer) -> Result<Asked, Error> {
        Ok(Asked::done(self.script(definition(&[]))))
    }

    fn format(&self) -> Format {
        Format::Table
    }
}

impl Command {
    /// What is asked.
    pub fn asks(&self) -> &dyn Ask {
        match self {
            Self::Advise(args) => args,
            Self::Train(args) => args,
            Self::Compare(args) => args,
            Self::Map(args) => args,
            Self::Sweep(args) => args,
            Self::Study(args) => args.command.asks(),
            Self::Replicate(args) => args,
            Self::Theory(args) => args,
            Self::Probe(args) => args,
            Self::Audit(args) => args,
            Self::Explain(args) => args,
            Self::Data(args) => args,
            Self::Init(args) => args,
            Self::Lab(args) => args,
            Self::Completions(args) => args,
        }
    }

    /// The flags that say where samples are, of a command that has them.
    pub fn data(&mut self) -> Option<&mut DataFlags> {
        match self {
            Self::Advise(args) => args.data(),
            Self::Train(args) => args.data(),
            Self::Compare(args) => args.data(),
            Self::Map(args) => args.data(),
            Self::Sweep(args) => args.data(),
            Self::Probe(args) => args.data(),
            Self::Explain(args) => args.data(),
            Self::Data(args) => args.data(),
            Self::Init(args) => args.data(),
            Self::Lab(args) => args.data(),
            Self::Study(_) | Self::Replicate(_) | Self::Theory(_) | Self::Audit(_) | Self::Completions(_) => None,
        }
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
