//! Models of other frameworks: blocks of weights are drawn here, whoever holds them.

use crate::errors::Class;
use headstart::engine::activation::Activation;
use headstart::engine::init::{Part, PartScheme, Scheme};
use headstart::engine::watch::Watch;
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
    let (needs_data, is_by_fans) = match scheme {
        PartScheme::Of(scheme) => (
            scheme.needs_data(),
            !matches!(scheme, Scheme::Zeros | Scheme::Constant(_) | Scheme::Plain(..) | Scheme::Of(_)),
        ),
        PartScheme::DeltaOrthogonal { .. } => (false, true),
    };
    Ok((scheme.to_string(), needs_data, is_by_fans))
}

fn read(py: Python<'_>, text: &str) -> PyResult<PartScheme> {
    text.parse().map_err(|error| usage(py, error))
}

fn usage(py: Python<'_>, error: impl Display) -> PyErr {
    Class::Usage.saying(py, &error.to_string())
}
