//! The race for a start, as it is asked and told from Python: whoever trains is there.

use crate::errors::{Class, raised};
use crate::words::{in_python, text_in_python};
use headstart::advise;
use headstart::advise::setting::Setting;
use headstart::advise::trainer::Answer;
use headstart::budget::Budget;
use headstart::explain::evidence::Look;
use headstart::explain::foreign::hopeless;
use headstart::io::json;
use headstart::report;
use pyo3::prelude::*;
use std::fmt::Display;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A race that is asked for trainings and told what became of them, as JSON.
#[pyclass(frozen)]
pub struct Race(Mutex<advise::Race>);

#[pymethods]
impl Race {
    #[new]
    #[pyo3(signature = (setting, budget))]
    fn new(py: Python<'_>, setting: &str, budget: Option<&str>) -> PyResult<Self> {
        let setting: Setting = read(py, setting)?;
        let budget: Option<Budget> =
            budget.map(str::parse).transpose().map_err(|error| Class::Usage.saying(py, &format!("budget: {error}")))?;
        let race = advise::Race::new(setting, false, budget).map_err(|error| raised(py, &error))?;
        Ok(Self(Mutex::new(race)))
    }

    /// The trainings that are wanted now; None where it is over.
    fn ask(&self) -> Option<String> {
        self.race().ask().map(|ask| json::text(&ask))
    }

    /// What became of trainings that were asked for.
    fn tell(&self, py: Python<'_>, answers: &str) -> PyResult<()> {
        let answers: Vec<Answer> = read(py, answers)?;
        self.race().tell(answers).map_err(|error| raised(py, &error))
    }

    /// Ends it where it is.
    fn stop(&self) {
        self.race().stop();
    }

    /// What it comes to, as a document and as text; None where nothing is known yet.
    fn advice(&self, py: Python<'_>, verbose: bool) -> PyResult<Option<(String, String)>> {
        let advice = self.race().advice().map_err(|error| raised(py, &error))?;
        let text = |advice: &_| report::advice::document(advice, verbose).to_string();
        Ok(advice.map(|advice| (json::text(&advice), text_in_python(&text(&advice)))))
    }
}

impl Race {
    fn race(&self) -> MutexGuard<'_, advise::Race> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why a start that looks like this need not be trained; None where it has to be.
#[pyfunction]
pub fn screen(py: Python<'_>, look: &str) -> PyResult<Option<String>> {
    let look: Look = read(py, look)?;
    Ok(hopeless(&look).map(|why| in_python(&why)))
}

fn read<'a, T: serde::Deserialize<'a>>(py: Python<'_>, text: &'a str) -> PyResult<T> {
    let problem = |error: &dyn Display| Class::Usage.saying(py, &format!("that cannot be read: {error}"));
    serde_json::from_str(text).map_err(|error| problem(&error))
}
