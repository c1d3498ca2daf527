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
