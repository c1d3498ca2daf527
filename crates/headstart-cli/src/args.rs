//! The flags, and how they are laid over a configuration file.

use crate::as_written::AsWritten;
use crate::files::{DataFolder, OutputFile, written};
use crate::flags::output::{Format, Output, cores_unless, threads};
use crate::flags::task::{TaskArgs, TaskFlags};
use crate::flags::values::finite;
use crate::flags::weights::WeightsFlags;
use clap::Args;
use clap_complete::Shell;
use headstart::budget::Budget;
use headstart::engine::init::{Initialization, split_list};
use headstart::engine::names::GrammarError;
use headstart::error::Error;
use headstart::outputs::Format as Written;
use headstart::replicate::Options;
use headstart::spec::{Activations, Layers, TaskSpec, notes};
use std::str::FromStr;

#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell
    pub shell: Shell,
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
