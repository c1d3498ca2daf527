//! Headstart's numbers: networks, their initialization, random streams and training.
//!
//! No files and no terminal here. Imports run one way.

pub mod math;
pub mod rng;
pub mod simd;
