//! Models of other frameworks: blocks of weights are drawn here, and what Python measured is judged here, whoever holds them.

use crate::errors::{Class, raised};
use crate::words::in_python;
use headstart::engine::activation::Activation;
use headstart::engine::init::{Part, Scheme};
use headstart::engine::watch::Watch;
use headstart::error::Error;
use headstart::explain::cure::Cure;
use headstart::explain::evidence::Look;
use headstart::explain::foreign::{Measured, Trains, explain_measured, verify_measured};
use headstart::explain::prediction::Outlook;
use headstart::explain::trial::Rerun;
use headstart::io::json;
use headstart::report;
use headstart::run::Record;
use numpy::{PyArray1, PyArray2};
use pyo3::prelude::*;
use std::fmt::Display;

/// A block of weights of a model, as [`Part`] has it: (slot, rows, columns, area, fan-in, fan-out), and what made its inputs.
#[pyclass(frozen, name = "Part")]
pub struct Block(Part);

#[pymethods]
impl Block {
    #[new]
    #[expect(clippy::too_many_arguments)]
    fn new(
        py: Python<'_>,
        slot: usize,
        rows: usize,
        columns: usize,
        area: usize,
        fan_in: usize,
        fan_out: usize,
        before: &str,
    ) -> PyResult<Self> {
        let before: Activation = before.parse().map_err(|error| usage(py, error))?;
        Ok(Self(Part { slot, rows, columns, area, fan_in, fan_out, before }))
    }

    /// Weights, rows x columns, by a scheme in the grammar.
    fn draw<'py>(&self, py: Python<'py>, scheme: &str, seed: u64) -> PyResult<Bound<'py, PyArray2<f64>>> {
        let scheme = read(py, scheme)?;
        let drawn = py.detach(|| self.0.draw(scheme, seed, &Watch::default())).map_err(|error| usage(py, error))?;
        Ok(PyArray2::from_owned_array(py, drawn))
    }

    /// Biases of its rows: by a scheme of their own, or those that belong to weights by a scheme.
    fn draw_biases<'py>(
        &self,
        py: Python<'py>,
        scheme: &str,
        biases: Option<&str>,
        seed: u64,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let own = read(py, scheme)?;
        let biases = biases.map(str::parse::<Scheme>).transpose().map_err(|error| usage(py, error))?;
        let drawn = match biases {
            Some(biases) => self.0.draw_biases(biases, seed),
            None => self.0.draw_own_biases(own, seed),
        };
        Ok(PyArray1::from_owned_array(py, drawn.map_err(|error| usage(py, error))?))
    }

    /// The second moment that a scheme means its weights to have; None where it is not drawn around 0, or fitted to data.
    fn variance(&self, py: Python<'_>, scheme: &str) -> PyResult<Option<f64>> {
        Ok(self.0.variance(read(py, scheme)?))
    }
}

/// A scheme as the grammar writes it, and whether it has a size of its own, needs data, and has its size from the fans of what it draws.
#[pyfunction]
pub fn scheme(py: Python<'_>, text: &str) -> PyResult<(String, bool, bool)> {
    let scheme = read(py, text)?;
    let is_by_fans = !matches!(scheme, Scheme::Zeros | Scheme::Constant(_) | Scheme::Plain(..) | Scheme::Of(_));
    Ok((scheme.to_string(), scheme.needs_data(), is_by_fans))
}

fn read(py: Python<'_>, text: &str) -> PyResult<Scheme> {
    text.parse().map_err(|error| usage(py, error))
}

fn usage(py: Python<'_>, error: impl Display) -> PyErr {
    Class::Usage.saying(py, &error.to_string())
}

/// Reads a JSON document of the measuring side.
fn document<'a, T: serde::Deserialize<'a>>(py: Python<'_>, text: &'a str) -> PyResult<T> {
    serde_json::from_str(text)
        .map_err(|error| Class::Bug.saying(py, &format!("what was measured cannot be read: {error}")))
}

/// What was measured of a start, as text for people.
#[pyfunction]
pub fn probe_text(py: Python<'_>, look: &str, guessing: Option<f64>, sharpness: Option<f64>) -> PyResult<String> {
    let look: Look = document(py, look)?;
    look.check().map_err(|error| raised(py, &error))?;
    let document = report::model::probe(&look, guessing.unwrap_or(f64::NAN), sharpness);
    Ok(in_python(&document.to_string()))
}

/// Why a model starts as it does: the document and the text of what was found in what was measured. Cures are tried and checked by
/// `model`, an object of Python's with `look(cure)`, `outlook(cure)` and `train(cure, seed)`; without it they are not tried.
#[pyfunction]
#[pyo3(signature = (measured, model, seeds, verify))]
pub fn explain_model(
    py: Python<'_>,
    measured: &str,
    model: Option<Bound<'_, PyAny>>,
    seeds: u64,
    verify: bool,
) -> PyResult<(String, String)> {
    let measured: Measured = document(py, measured)?;
    let costs = [measured.guessing, measured.plateau];
    let mut held = model.map(|model| Held { model, costs, seeds, raised: None });
    let found = explain_measured(measured, held.as_mut().map(|held| held as &mut dyn Rerun));
    let mut found = match found {
        Ok(Some(found)) => found,
        Ok(None) | Err(Error::Cluster(_)) => return Err(ended(py, held)),
        Err(error) => return Err(raised(py, &error)),
    };
    if let (true, Some(held)) = (verify, &mut held) {
        verify_measured(&mut found, held).map_err(|error| held.raised.take().unwrap_or_else(|| raised(py, &error)))?;
    }
    match held.and_then(|held| held.raised) {
        Some(error) => Err(error),
        None => Ok((json::text(&found), in_python(&report::model::explanation(&found).to_string()))),
    }
}

fn ended(py: Python<'_>, held: Option<Held<'_>>) -> PyErr {
    held.and_then(|held| held.raised).unwrap_or_else(|| Class::Bug.saying(py, "the explanation ended without a word"))
}

/// A model that Python holds, and what it raised.
struct Held<'py> {
    model: Bound<'py, PyAny>,
    /// What guessing costs, and on this batch.
    costs: [f64; 2],
    seeds: u64,
    raised: Option<PyErr>,
}

impl Held<'_> {
    /// What a call of the object gives, a document or None; what it raises is kept for who asked.
    fn ask<T: for<'a> serde::Deserialize<'a>>(
        &mut self,
        call: &str,
        args: (Option<String>, u64),
    ) -> Result<Option<T>, Error> {
        let read = || {
            let told: Option<String> = match call {
                "train" => self.model.call_method1(call, args)?.extract()?,
                _ => self.model.call_method1(call, (args.0,))?.extract()?,
            };
            told.map(|told| document(self.model.py(), &told)).transpose()
        };
        read().map_err(|error| {
            self.raised = Some(error);
            Error::Cluster("the model's own code failed".to_owned())
        })
    }
}

/// A change as a document: none of what only tasks have.
fn change(cure: &Cure) -> Option<String> {
    match cure {
        Cure::Draw(draw) => Some(json::text(draw)),
        Cure::LearningRate(lr) => Some(format!("{{\"lr\":{lr:e}}}")),
        _ => None,
    }
}

/// First steps: their losses, and the share of dead units behind them.
#[derive(serde::Deserialize)]
struct Steps {
    trace: Vec<Record>,
    dead: Vec<f64>,
}

impl Rerun for Held<'_> {
    fn look(&mut self, cure: &Cure) -> Result<Option<Look>, Error> {
        let Some(change) = change(cure) else { return Ok(None) };
        self.ask("look", (Some(change), 0))
    }

    fn outlook(&mut self, cure: &Cure) -> Result<Option<Outlook>, Error> {
        let Some(change) = change(cure) else { return Ok(None) };
        let steps: Option<Steps> = self.ask("outlook", (Some(change), 0))?;
        Ok(steps.and_then(|steps| Outlook::seen(steps.trace, self.costs, steps.dead)))
    }

    fn is_stopped(&self) -> bool {
        self.raised.is_some()
    }
}

impl Trains for Held<'_> {
    fn train(&mut self, cure: Option<&Cure>, seed: u64) -> Result<Option<Vec<Record>>, Error> {
        let steps: Option<Steps> = self.ask("train", (cure.and_then(change), seed))?;
        Ok(steps.map(|steps| steps.trace))
    }

    fn seeds(&self) -> u64 {
        self.seeds
    }
}
