//! What the tests of this crate share: a device that every machine can have, and tasks.

// Not every test has use for all of it.
#![allow(dead_code)]

use headstart::engine::watch::Watch;
use headstart::executor::{Batch, Executor, Threads};
use headstart::run::Run;
use headstart::spec::TaskSpec;
use headstart::task::Task;
use headstart_gpu::Gpu;
use std::ops::ControlFlow;

/// Mesa's software Vulkan (Debian's mesa-vulkan-drivers), or what `HEADSTART_GPU` names; none where there is nothing of the kind, loudly.
pub fn gpu() -> Option<Gpu> {
    let wanted = std::env::var("HEADSTART_GPU").unwrap_or_else(|_| "llvmpipe".to_owned());
    match Gpu::open(Some(&wanted), 2) {
        Ok(gpu) => Some(gpu),
        Err(error) => {
            eprintln!("SKIPPED: nothing is computed on a device: {error}");
            None
        }
    }
}

/// A task by its configuration file, for a GPU.
pub fn task(text: &str) -> Task {
    let mut spec = TaskSpec::from_toml(text).unwrap_or_else(|error| panic!("{text}\n{error}"));
    spec.training.device = headstart::spec::Device::Gpu;
    Task::new(spec).unwrap_or_else(|error| panic!("{text}\n{error}"))
}

/// All runs of a task.
pub fn runs(executor: &dyn Executor, task: &Task) -> Vec<Run> {
    let mut runs = Vec::new();
    let each = &mut |run: headstart::executor::Ended| {
        runs.push(run.expect("nothing is given up here"));
        ControlFlow::Continue(())
    };
    executor.run(&Batch::of(task), &Watch::default(), each).unwrap();
    runs
}

/// The same by the processor, in float32 as well.
pub fn by_processor(task: &Task) -> Vec<Run> {
    runs(&Threads(2), task)
}
