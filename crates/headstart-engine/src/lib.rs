//! Headstart's numbers: networks, their initialization, random streams and training.
//!
//! No files and no terminal here. Imports run one way, from `train` down to `activation`, `math` and `simd`.

pub mod activation;
pub mod init;
pub mod math;
pub mod names;
pub mod network;
pub mod optimizer;
pub mod rng;
pub mod simd;
pub mod train;
