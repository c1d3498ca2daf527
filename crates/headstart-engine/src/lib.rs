//! Headstart's numbers: networks, their initialization, random streams, training, and the theory of where to start.
//!
//! No files and no terminal here. Imports run one way: from `probe` by `landscape` and `train`, and from `theory`, down to
//! `network`, `activation`, `math` and `simd`.

pub mod activation;
pub mod init;
pub mod landscape;
pub mod math;
pub mod names;
pub mod network;
pub mod optimizer;
pub mod probe;
pub mod rng;
pub mod simd;
pub mod theory;
pub mod train;
