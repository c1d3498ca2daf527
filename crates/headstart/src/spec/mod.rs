//! A task as users write it: the sections of a configuration file, whose keys are the long names of the flags.

mod blocks;
mod device;
mod init;
mod network;
mod notes;
mod task;
#[cfg(test)]
mod tests;
mod training;
mod written;

pub use blocks::{Block, NormName, blocks};
pub use device::Device;
pub use init::{Bias, InitSpec, Inits, OutputBias, Seeds};
pub use network::{Activations, Layers, NetworkSpec};
pub use notes::notes;
pub use task::TaskSpec;
pub use training::{ClassWeights, OptimizerName, Precision, TrainingSpec};
