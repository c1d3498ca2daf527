//! What computes: the key `device` of the section `training`.

use headstart_engine::names::GrammarError;
use std::fmt;
use std::str::FromStr;

/// What trains.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Device {
    /// The processor, whose bits are the same everywhere.
    #[default]
    Cpu,
    /// A GPU, in float32.
    Gpu,
    /// A GPU where there is one and nothing speaks against it; a front settles it before there is a task.
    Auto,
}

impl Device {
    /// Every name in the grammar.
    pub const NAMES: &'static [&'static str] = &["cpu", "gpu", "auto"];

    /// Whether it is the processor.
    pub fn is_cpu(&self) -> bool {
        *self == Self::Cpu
    }
}

impl FromStr for Device {
    type Err = GrammarError;

    fn from_str(text: &str) -> Result<Self, GrammarError> {
        match text.trim().to_lowercase().as_str() {
            "cpu" | "processor" => Ok(Self::Cpu),
            // PyTorch's and Keras' words for it: whoever makes it is taken.
            "gpu" | "cuda" | "mps" => Ok(Self::Gpu),
            "auto" => Ok(Self::Auto),
            other => Err(GrammarError::unknown("device", other, Self::NAMES)),
        }
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(Self::NAMES[*self as usize])
    }
}
