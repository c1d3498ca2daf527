//! Headstart's numbers: networks, their initialization, random streams, training, and the theory of where to start.
//!
//! No files and no terminal here. Imports run one way: down from `probe`, `landscape` and `train` to `simd` and `names`. The order of
//! all modules is in `tests/direction.rs`, which holds the sources against it.

pub mod activation;
pub mod coefficients;
pub mod init;
pub mod landscape;
pub mod math;
mod matrix;
pub mod names;
pub mod network;
pub mod optimizer;
pub mod probe;
pub mod rng;
mod share;
pub mod simd;
pub mod theory;
pub mod train;
pub mod watch;
