//! Headstart in Python: the native part of the package `headstart`.
//!
//! A front like the command line, and with its flags: what is asked for comes as words of a command line, with arrays and frames in the
//! place of files; what is found goes back as an object that tells of it. `python/headstart` is what people meet.

mod answer;
mod arrow;
mod call;
mod cluster;
mod data;
mod definition;
mod errors;
mod interruptible;
mod model;
mod models;
mod race;
mod signals;
mod words;
mod workers;

use headstart::executor::Executor;
use pyo3::prelude::*;
use std::ffi::OsString;

/// The native part of Headstart.
#[pymodule]
mod _native {
    #[pymodule_export]
    use super::answer::Answer;
    #[pymodule_export]
    use super::call::{call, fail};
    #[pymodule_export]
    use super::cluster::{Bench, Executor};
    #[pymodule_export]
    use super::data::Source;
    #[pymodule_export]
    use super::definition::definition;
    #[pymodule_init]
    #[expect(clippy::unnecessary_wraps)]
    fn init(_module: &pyo3::Bound<'_, pyo3::types::PyModule>) -> pyo3::PyResult<()> {
        super::workers::remember();
        Ok(())
    }
    #[pymodule_export]
    use super::in_python;
    #[pymodule_export]
    use super::main;
    #[pymodule_export]
    use super::model::Model;
    #[pymodule_export]
    use super::models::{Block, explain_model, probe_text, scheme};
    #[pymodule_export]
    use super::race::{Race, screen};
    #[pymodule_export]
    use super::signals::keeping_signals;
    #[pymodule_export]
    #[allow(non_upper_case_globals)]
    const __version__: &str = env!("CARGO_PKG_VERSION");
}

/// A sentence of the command line with keywords in the place of flags.
#[pyfunction]
fn in_python(sentence: &str) -> String {
    words::in_python(sentence)
}

/// Does what a command line asks for, the program's name first, as the program does, and returns the code that it ends with. Runs are
/// done by `executor`, if there is one.
#[pyfunction]
#[pyo3(signature = (arguments, executor=None))]
fn main(py: Python<'_>, arguments: Vec<OsString>, executor: Option<&Bound<'_, cluster::Executor>>) -> u8 {
    let executor = executor.map(|executor| executor.get().shared());
    py.detach(|| headstart_cli::terminal::run(arguments, executor.as_deref().map(|executor| executor as &dyn Executor)))
}
