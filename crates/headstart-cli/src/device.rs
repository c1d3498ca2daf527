//! What does the runs of a command: the processor, or a GPU that is opened before anything is read.

use crate::ask::Front;
use crate::interrupts::before_anything;
use headstart::error::Error;
use headstart::executor::{Device, Executor, settle};
use headstart::spec::TrainingSpec;

/// What does the runs, where it is not what the front has anyway.
pub struct Worker<'a>(Option<Box<dyn Executor + 'a>>);

impl Worker<'_> {
    /// What computes, where the figures are not the processor's bits.
    pub fn device(&self) -> Option<&Device> {
        self.0.as_ref()?.device()
    }
}

impl<'a> Front<'a> {
    /// Settles what trains, and opens it; so many threads do what a GPU does not.
    ///
    /// # Errors
    /// If a GPU is asked for that cannot be had.
    pub(crate) fn worker(&self, training: &mut TrainingSpec, threads: usize) -> Result<Worker<'a>, Error> {
        let open = || -> Result<Box<dyn Executor + 'a>, Error> {
            match self.executor() {
                None => gpu(threads),
                Some(executor) if executor.device().is_some() => Ok(Box::new(executor)),
                Some(_) => Err(Error::Usage(
                    "the executor that does the runs is no GPU: its workers compute on their processors; leave out --device \
                     gpu, or the executor"
                        .to_owned(),
                )),
            }
        };
        before_anything(|| settle(training, open, |text| self.warn(text))).map(Worker)
    }

    /// The same front, whose runs are done by this.
    pub(crate) fn with_worker<'b>(&self, worker: &'b Worker<'b>) -> Front<'b>
    where
        'a: 'b,
    {
        let lent: Option<&'b dyn Executor> = worker.0.as_ref().map(|worker| &**worker as &dyn Executor);
        self.by(lent.or(self.executor()))
    }
}

/// What stands below the title of a picture, and what computed it, where that was not the processor.
pub fn with_device(subtitle: String, device: Option<&Device>) -> String {
    match device {
        Some(device) => format!("{subtitle} · {device}"),
        None => subtitle,
    }
}

/// The GPU that `HEADSTART_GPU` names, or the fastest one.
#[cfg(feature = "gpu")]
fn gpu<'a>(threads: usize) -> Result<Box<dyn Executor + 'a>, Error> {
    let wanted = std::env::var("HEADSTART_GPU").ok().filter(|name| !name.trim().is_empty());
    Ok(Box::new(headstart_gpu::Gpu::open(wanted.as_deref().map(str::trim), threads)?))
}

#[cfg(not(feature = "gpu"))]
fn gpu<'a>(_threads: usize) -> Result<Box<dyn Executor + 'a>, Error> {
    Err(Error::Usage(
        "this program is built without GPUs; cargo install --path crates/headstart-cli --features gpu builds one with them, the Python \
         package has them (pip install .), and --device cpu needs none"
            .to_owned(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use headstart::engine::watch::Watch;
    use headstart::events::Event;
    use headstart::executor::Threads;
    use headstart::spec;
    use std::sync::Mutex;

    #[test]
    fn workers_that_are_elsewhere_are_no_gpu() {
        let said = Mutex::new(String::new());
        let listener = |event: Event<'_>| {
            if let Event::Warning { text } = event {
                said.lock().unwrap().push_str(text);
            }
        };
        let (watch, elsewhere) = (Watch::default(), Threads(1));
        let front = Front::new(&watch, &listener).by(Some(&elsewhere));
        let mut training = TrainingSpec { device: spec::Device::Gpu, ..TrainingSpec::default() };
        let error = front.worker(&mut training, 1).map(|_| ()).unwrap_err();
        assert!(error.is_usage() && error.to_string().contains("leave out --device gpu"), "{error}");
        training.device = spec::Device::Auto;
        assert!(front.worker(&mut training, 1).unwrap().device().is_none());
        assert_eq!(training, TrainingSpec::default());
        assert!(said.lock().unwrap().starts_with("--device auto is the processor: "));
    }
}
