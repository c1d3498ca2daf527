//! Workers elsewhere, as an object of Python's reaches them: batches go out as bytes, and come back as bytes.

use crate::errors::raised;
use headstart::engine::watch::Watch;
use headstart::error::Error;
use headstart::executor;
use headstart::executor::dispatch::{Cluster, Dispatch, Event};
use headstart::executor::parcel::{self, Digest, Parcel, pack_runs};
use numpy::{PyArray1, PyArrayMethods};
use pyo3::exceptions::PyKeyboardInterrupt;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

/// An object that reaches workers: `headstart.ray._workers` says what it has to do.
struct Remote(Py<PyAny>);

/// Does runs by workers elsewhere; they stay from call to call.
#[pyclass(frozen)]
pub struct Executor(Arc<Dispatch<Remote>>);

#[pymethods]
impl Executor {
    #[new]
    fn new(workers: Py<PyAny>) -> Self {
        let threads = available_parallelism().map_or(1, Into::into);
        Self(Arc::new(Dispatch::new(Remote(workers), threads)))
    }
}

impl Executor {
    /// What calls ask for runs.
    pub fn shared(&self) -> Arc<dyn executor::Executor + Send> {
        Arc::clone(&self.0) as _
    }
}

impl Remote {
    fn call<R>(&self, call: impl FnOnce(Python<'_>, &Bound<'_, PyAny>) -> PyResult<R>) -> Result<R, Error> {
        Python::attach(|py| call(py, self.0.bind(py)).map_err(|error| failed(py, &error)))
    }
}

/// What went wrong in Python, in a sentence.
fn failed(py: Python<'_>, error: &PyErr) -> Error {
    if error.is_instance_of::<PyKeyboardInterrupt>(py) {
        return Error::Cluster("interrupted".to_owned());
    }
    let kind = error.get_type(py).name().map(|name| name.to_string()).unwrap_or_default();
    let text = error.value(py).to_string();
    // Those of our own are sentences already.
    let is_own = ["ClusterError", "MissingPackage", "UsageError"].contains(&kind.as_str());
    Error::Cluster(if is_own { text } else { format!("the cluster cannot be reached: {kind}: {text}") })
}

impl Cluster for Remote {
    fn wait(&mut self, within: Duration) -> Result<Vec<Event>, Error> {
        self.call(|_, cluster| {
            let events: Vec<Bound<'_, PyAny>> = cluster.call_method1("wait", (within.as_secs_f64(),))?.extract()?;
            events.iter().map(event).collect()
        })
    }

    fn lacks(&mut self, samples: &[Digest]) -> Result<Vec<Digest>, Error> {
        let names: Vec<String> = samples.iter().map(ToString::to_string).collect();
        let lacked: Vec<String> = self.call(|_, cluster| cluster.call_method1("lacks", (names,))?.extract())?;
        lacked.iter().map(|name| name.parse()).collect()
    }

    fn give(
        &mut self,
        worker: u64,
        parcel: Vec<u8>,
        needs: &[Digest],
        samples: Vec<(Digest, Vec<u8>)>,
    ) -> Result<(), Error> {
        self.call(|py, cluster| {
            let contents = PyDict::new(py);
            for (digest, content) in samples {
                contents.set_item(digest.to_string(), PyBytes::new(py, &content))?;
            }
            let needs: Vec<String> = needs.iter().map(ToString::to_string).collect();
            cluster.call_method1("give", (worker, PyBytes::new(py, &parcel), needs, contents)).map(drop)
        })
    }

    fn recall(&mut self, worker: u64) {
        // Who cannot be told goes on, and nobody waits for it.
        let _ = self.call(|_, cluster| cluster.call_method1("recall", (worker,)).map(drop));
    }

    fn dismiss(&mut self, worker: u64) {
        let _ = self.call(|_, cluster| cluster.call_method1("dismiss", (worker,)).map(drop));
    }

    fn end(&mut self) {
        let _ = self.call(|_, cluster| cluster.call_method0("end").map(drop));
    }
}

/// What happened, of a tuple whose first word says what.
fn event(told: &Bound<'_, PyAny>) -> PyResult<Event> {
    let what: String = told.get_item(0)?.extract()?;
    Ok(match what.as_str() {
        "joined" => {
            let (_, worker, node, threads): (String, u64, String, usize) = told.extract()?;
            Event::Joined { worker, node, threads }
        }
        "left" => {
            let (_, worker, reason, with_node): (String, u64, String, bool) = told.extract()?;
            Event::Left { worker, reason, with_node }
        }
        "done" => {
            let (_, worker, runs, seconds): (String, u64, Bound<'_, PyBytes>, f64) = told.extract()?;
            Event::Done { worker, runs: runs.as_bytes().to_vec(), seconds }
        }
        _ => {
            let (_, worker, reason): (String, u64, String) = told.extract()?;
            Event::Failed { worker, reason }
        }
    })
}

/// Does work that was packed: what a worker has.
#[pyclass(frozen)]
pub struct Bench {
    bench: parcel::Bench,
    /// That of the parcel under way.
    watch: Mutex<Watch>,
}

#[pymethods]
impl Bench {
    #[new]
    fn new() -> Self {
        Self { bench: parcel::Bench::default(), watch: Mutex::default() }
    }

    /// Whether samples of this name have come.
    fn has(&self, py: Python<'_>, name: &str) -> PyResult<bool> {
        digest(py, name).map(|digest| self.bench.has(digest))
    }

    /// Takes samples.
    fn add(&self, py: Python<'_>, name: &str, content: &Bound<'_, PyArray1<u8>>) -> PyResult<()> {
        let (digest, content) = (digest(py, name)?, content.try_readonly()?);
        let content = content.as_slice()?;
        py.detach(|| self.bench.add(digest, content)).map_err(|error| raised(py, &error))
    }

    /// Does a parcel on so many threads. Returns the runs, and how many seconds it took.
    fn run<'py>(&self, py: Python<'py>, parcel: &[u8], threads: usize) -> PyResult<(Bound<'py, PyBytes>, f64)> {
        let watch = Watch::default();
        *self.watch.lock().unwrap_or_else(PoisonError::into_inner) = watch.clone();
        let work = || {
            let begin = Instant::now();
            let parcel = Parcel::from_bytes(parcel)?;
            let mut runs = Vec::with_capacity(parcel.len());
            self.bench.run(&parcel, threads, &watch, |number, run| runs.push((number, run)))?;
            Ok((pack_runs(&runs)?, begin.elapsed().as_secs_f64()))
        };
        let (runs, seconds) = py.detach(work).map_err(|error| raised(py, &error))?;
        Ok((PyBytes::new(py, &runs), seconds))
    }

    /// Ends the parcel under way soon.
    fn stop(&self) {
        self.watch.lock().unwrap_or_else(PoisonError::into_inner).stop();
    }
}

fn digest(py: Python<'_>, name: &str) -> PyResult<Digest> {
    name.parse().map_err(|error| raised(py, &error))
}
