//! What trains.

use crate::flags::config::overlay;
use clap::Args;
use headstart::error::Error;
use headstart::spec::Device;
use serde::Serialize;

/// What trains, of commands that train much.
#[derive(Debug, Args, Serialize)]
#[command(next_help_heading = "Training")]
pub struct DeviceFlags {
    /// What trains: cpu, gpu, or auto, which is a GPU where there is one; a GPU computes in float32 [default: cpu]
    ///
    /// A start and the order of its samples are the same on both, figures differ in their last digits. `HEADSTART_GPU` is a part of the
    /// name of the GPU that is wanted, where there are several.
    #[arg(long, value_name = "NAME")]
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<Device>,
}

impl DeviceFlags {
    /// Puts what is said of it over what a file says.
    pub fn over(&self, mut table: toml::Table) -> Result<toml::Table, Error> {
        overlay(&mut table, "training", self)?;
        Ok(table)
    }
}
