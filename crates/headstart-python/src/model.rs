//! A trained network that says something of new samples.

use crate::data::Source;
use crate::errors::raised;
use crate::interruptible::{Ear, interruptible};
use headstart::engine::watch::Watch;
use headstart::model;
use numpy::ndarray::ArrayView2;
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
    fn outputs<'py>(&self, py: Python<'py>, name: String, source: &Source) -> PyResult<Bound<'py, PyArray2<f64>>> {
        self.of_samples(
            py,
            name,
            source,
            |model, x| model.outputs(x),
            |outputs| PyArray2::from_owned_array(py, outputs),
        )
    }

    /// The place of each raw sample's class among the classes; None of a regression.
    fn predict<'py>(
        &self,
        py: Python<'py>,
        name: String,
        source: &Source,
    ) -> PyResult<Option<Bound<'py, PyArray1<i64>>>> {
        let told = |chosen: Option<Vec<usize>>| {
            chosen.map(|chosen| PyArray1::from_iter(py, chosen.into_iter().map(|class| class as i64)))
        };
        self.of_samples(py, name, source, |model, x| model.predict(x), told)
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

impl Model {
    /// What it makes of raw samples, on a thread that Python can interrupt.
    fn of_samples<'py, T: Send + 'static, R: IntoPyObject<'py>>(
        &self,
        py: Python<'py>,
        name: String,
        source: &Source,
        of: fn(&model::Model, ArrayView2<f64>) -> T,
        told: impl Fn(T) -> R,
    ) -> PyResult<R> {
        let (model, source) = (self.0.clone(), source.0.clone());
        let work = move |_: &Ear<'_, T>| Ok(of(&model, model.features(&name, &source)?.view()));
        interruptible(py, None, (&Watch::default(), &|| None), work, |found, _| told(found))
    }
}
