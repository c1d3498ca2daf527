//! Headstart on a GPU: thousands of small networks at once, by kernels made for their architecture.
//!
//! [`Gpu`] is an executor like the others: jobs in, runs out, in their order. It puts jobs that differ in nothing but their start and
//! the numbers that a kernel is told into groups (`group`), has a kernel written for each (`kernel`), and trains as many networks at once
//! as take about half a second (`part`, `course`). What there is no kernel for is done by threads of this process, and it says so.
//!
//! Starts and the order of samples are the processor's, to the bit. What is computed with them is float32, and not the processor's bits:
//! docs/gpu.md has how near they are. On one device they depend on nothing but the job.

mod adapter;
mod course;
mod executor;
mod group;
mod kernel;
mod pace;
mod part;
mod peak;
mod plan;
mod told;

pub use executor::Gpu;
