//! What went wrong, as exceptions of Python with the sentences of the command line.

use crate::words::in_python;
use headstart::data::DataError;
use headstart::error::Error;
use pyo3::prelude::*;
use pyo3::types::PyString;

/// The classes of `headstart.errors`.
#[derive(Clone, Copy)]
pub enum Class {
    /// What was asked for makes no sense.
    Usage,
    /// The data is not what it has to be.
    Data,
    /// A file cannot be read, written or used.
    File,
    /// Machines that were to work do not.
    Cluster,
    /// A GPU cannot be used.
    Device,
    /// A mistake of ours.
    Bug,
}

impl Class {
    fn name(self) -> &'static str {
        match self {
            Self::Usage => "UsageError",
            Self::Data => "DataError",
            Self::File => "FileError",
            Self::Cluster => "ClusterError",
            Self::Device => "DeviceError",
            Self::Bug => "BugError",
        }
    }

    /// The exception of this class that says this.
    pub fn saying(self, py: Python<'_>, sentence: &str) -> PyErr {
        let made = || {
            let class = py.import("headstart.errors")?.getattr(self.name())?;
            class.call1((PyString::new(py, sentence),))
        };
        made().map_or_else(|error| error, PyErr::from_value)
    }
}

/// The exception that an error is.
pub fn raised(py: Python<'_>, error: &Error) -> PyErr {
    let class = match error {
        Error::Usage(_) => Class::Usage,
        Error::Data(error) if error.is_usage() => Class::Usage,
        Error::Data(DataError::Io { .. } | DataError::Directory { .. })
        | Error::Write(_)
        | Error::Store { .. }
        | Error::Weights { .. }
        | Error::Picture { .. } => Class::File,
        Error::Data(_) => Class::Data,
        Error::Cluster(_) => Class::Cluster,
        Error::Device(_) => Class::Device,
    };
    class.saying(py, &in_python(&error.to_string()))
}

/// The exception that a panic is: what it said, and whose fault that is.
pub fn bug(py: Python<'_>, panic: &(dyn std::any::Any + Send)) -> PyErr {
    let said = panic.downcast_ref::<&str>().copied();
    let said = said.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no words");
    let sentence = format!(
        "this is a mistake in Headstart and not in what was asked for; please report it, with these words: {said}"
    );
    Class::Bug.saying(py, &sentence)
}
