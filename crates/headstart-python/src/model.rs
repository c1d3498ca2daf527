//! A trained network that says something of new samples.

use crate::data::Source;
use crate::errors::raised;
use crate::workers;
use headstart::model;
use numpy::{PyArray1, PyArray2};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// A trained network, and what has to be done to samples before.
#[pyclass(frozen)]
pub struct Model(pub model::Model);

/// Weights, biases and the learned slope of a layer.
type Layer<'py> = (Bound<'py, PyArray2<f64>>, Bound<'py, PyArray1<f64>>, Option<f64>);

#[pymethods]
impl Model {
    fn classes(&self) -> Option<Vec<String>> {
        self.0.classes().map(<[String]>::to_vec)
    }

    fn labels(&self) -> Vec<String> {
        self.0.labels().to_vec()
    }

    fn has_probabilities(&self) -> bool {
        self.0.has_probabilities()
    }

    /// Layer by layer the weights (outputs x inputs), the biases and the learned slope, if there is one.
    fn layers<'py>(&self, py: Python<'py>) -> Vec<Layer<'py>> {
        let layers = self.0.parameters().0.iter();
        layers
            .map(|layer| {
                let weights = PyArray2::from_array(py, &layer.weights);
                (weights, PyArray1::from_array(py, &layer.biases), layer.slope)
            })
            .collect()
    }

    /// What it says of raw samples, samples x outputs; `name` is what messages call these.
    fn outputs<'py>(&self, py: Python<'py>, name: &str, source: &Source) -> PyResult<Bound<'py, PyArray2<f64>>> {
        let outputs = py.detach(|| workers::within(|| Ok(self.0.outputs(self.0.features(name, &source.0)?.view()))));
        outputs.map(|outputs| PyArray2::from_owned_array(py, outputs)).map_err(|error| raised(py, &error))
    }

    /// The place of each raw sample's class among the classes; None of a regression.
    fn predict<'py>(
        &self,
        py: Python<'py>,
        name: &str,
        source: &Source,
    ) -> PyResult<Option<Bound<'py, PyArray1<i64>>>> {
        let chosen = py.detach(|| workers::within(|| Ok(self.0.predict(self.0.features(name, &source.0)?.view()))));
        let chosen = chosen.map_err(|error| raised(py, &error))?;
        Ok(chosen.map(|chosen| PyArray1::from_iter(py, chosen.into_iter().map(|class| class as i64))))
    }

    fn to_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let bytes = self.0.to_bytes().map_err(|error| raised(py, &error))?;
        Ok(PyBytes::new(py, &bytes))
    }

    #[staticmethod]
    fn from_bytes(py: Python<'_>, bytes: &[u8]) -> PyResult<Self> {
        model::Model::from_bytes(bytes).map(Self).map_err(|error| raised(py, &error))
    }
}
