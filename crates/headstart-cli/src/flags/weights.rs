//! How weights are written.

use clap::Args;
use headstart::weights::{Format, Naming, Number};

/// How weights are written.
#[derive(Debug, Args)]
#[command(next_help_heading = "Weights")]
pub struct WeightsFlags {
    /// Names and orientation in the file of weights: pytorch (0.weight, outputs x inputs), keras (dense/kernel, inputs x
    /// outputs), flax (`params/Dense_0/kernel`, inputs x outputs) or plain (layers.0.weight, outputs x inputs)
    #[arg(long, value_name = "NAMING", default_value_t)]
    naming: Naming,
    /// Numbers in the file of weights: f64, f32, bf16 or f16
    #[arg(long, value_name = "TYPE", default_value_t)]
    dtype: Number,
}

impl WeightsFlags {
    /// How weights are written.
    pub fn format(&self) -> Format {
        Format { naming: self.naming, number: self.dtype }
    }
}
