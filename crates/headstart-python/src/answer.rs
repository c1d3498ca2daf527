//! What was found.

use crate::errors::raised;
use crate::model::Model;
use crate::words::text_in_python;
use headstart::io::columns::{Column, Gathered};
use headstart::report::terminal::Paper;
use headstart_cli::answer;
use numpy::{PyArray1, PyArrayMethods};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList};

/// What was found.
#[pyclass(frozen)]
pub struct Answer {
    found: Box<dyn answer::Answer>,
    /// How it ended: `done`, `interrupted`, `stopped` or `disagrees`.
    #[pyo3(get)]
    outcome: &'static str,
    /// What there is to say after it.
    #[pyo3(get)]
    after: Option<String>,
    /// Seconds that the work took.
    #[pyo3(get)]
    seconds: f64,
}

impl Answer {
    pub fn new(found: Box<dyn answer::Answer>, outcome: &'static str, after: Option<String>, seconds: f64) -> Self {
        Self { found, outcome, after, seconds }
    }
}

#[pymethods]
impl Answer {
    /// The JSON document that the command prints with `--format json`.
    fn json<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let bytes = py.detach(|| {
            let mut bytes = Vec::new();
            self.found.json(&mut bytes).map(|()| bytes)
        })?;
        Ok(PyBytes::new(py, &bytes))
    }

    /// What the command prints for people, with keywords in the place of flags.
    fn text(&self, py: Python<'_>) -> String {
        text_in_python(&py.detach(|| self.found.text(&Paper::plain())))
    }

    /// A row for each run, column by column: lists of text, arrays of numbers; None of what has no runs.
    fn columns<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDict>>> {
        let rows = py.detach(|| self.found.rows()).map_err(|error| raised(py, &error))?;
        rows.map(|rows| columns(py, rows)).transpose()
    }

    /// What a single training ended with; None of several, and of what does not train.
    fn model(&self) -> Option<Model> {
        self.found.model().cloned().map(Model)
    }

    /// The picture that the command draws, as PNG; None of what has none.
    fn png<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyBytes>>> {
        let png = py
            .detach(|| self.found.picture().map(|picture| picture.png()).transpose())
            .map_err(|error| raised(py, &error))?;
        Ok(png.map(|png| PyBytes::new(py, &png)))
    }
}

fn columns(py: Python<'_>, rows: Gathered) -> PyResult<Bound<'_, PyDict>> {
    let columns = PyDict::new(py);
    for (name, column) in rows.columns {
        match column {
            Column::Text(texts) => columns.set_item(name, PyList::new(py, texts)?)?,
            Column::Count(counts) => columns.set_item(name, PyArray1::from_vec(py, counts))?,
            // There is no array of whole numbers with holes; frames know what to do with None.
            Column::Whole(counts) => columns.set_item(name, PyList::new(py, counts)?)?,
            Column::Real(numbers) => columns.set_item(name, PyArray1::from_vec(py, numbers).to_dyn())?,
        }
    }
    Ok(columns)
}
