//! What is in memory, in the place of files: arrays, columns, frames.

use crate::arrow;
use headstart::data::given::{self, Column, Lent};
use numpy::{PyArray1, PyArrayDyn, PyArrayMethods, PyUntypedArrayMethods};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

/// Samples or labels in memory.
#[pyclass(frozen)]
pub struct Source(pub given::Source);

#[pymethods]
impl Source {
    /// An array of float64 in C order, which is read where it lies; and whether a whole number in it was rounded.
    #[staticmethod]
    fn numbers(array: &Bound<'_, PyArrayDyn<f64>>, rounded: bool) -> PyResult<Self> {
        if !array.is_c_contiguous() || !array.data().is_aligned() {
            return Err(PyValueError::new_err("the array is not in C order, or not aligned"));
        }
        let lent = OfPython { numbers: array.data(), len: array.len(), _owner: array.clone().unbind() };
        Ok(Self(given::Source::of_numbers(array.shape().to_vec(), lent, rounded)))
    }

    /// An array of text in C order, None where it is missing.
    #[staticmethod]
    fn texts(shape: Vec<usize>, texts: Vec<Option<String>>) -> Self {
        Self(given::Source::of_texts(shape, texts))
    }

    /// A table: names, and of each column its kind (`numbers`, `rounded`, `times`, `text`, or why it is none of these) and cells.
    #[staticmethod]
    fn columns(columns: Vec<(String, String, Bound<'_, PyAny>)>) -> PyResult<Self> {
        let column = |(name, kind, cells): (String, String, Bound<'_, PyAny>)| {
            let numbers = || Ok::<_, PyErr>(cells.cast::<PyArray1<f64>>()?.readonly().as_array().to_vec());
            let cells = match kind.as_str() {
                "numbers" => Column::Numbers(numbers()?, false),
                "rounded" => Column::Numbers(numbers()?, true),
                "times" => Column::Times(numbers()?),
                "text" => Column::Text(cells.extract()?),
                why => Column::Unread(cells.len()?, why.to_owned()),
            };
            Ok((name, cells))
        };
        Ok(Self(given::Source::of_columns(columns.into_iter().map(column).collect::<PyResult<_>>()?)))
    }

    /// Any frame that gives its columns by the Arrow `PyCapsule` interface.
    #[staticmethod]
    fn frame(frame: &Bound<'_, PyAny>) -> PyResult<Self> {
        arrow::source(frame).map(Self)
    }

    fn __repr__(&self) -> String {
        format!("<{:?} in memory>", self.0)
    }
}

/// The numbers of an array of Python's.
struct OfPython {
    numbers: *const f64,
    len: usize,
    /// Keeps them where they are.
    _owner: Py<PyArrayDyn<f64>>,
}

// SAFETY: the numbers are only read, by whatever thread, and lie there as long as their owner does. Whoever writes into an array while it
// is trained on gets figures of something in between, as with all of NumPy's own calls that release the lock.
unsafe impl Send for OfPython {}
// SAFETY: the same.
unsafe impl Sync for OfPython {}

impl Lent for OfPython {
    fn numbers(&self) -> &[f64] {
        if self.len == 0 {
            return &[];
        }
        // SAFETY: so many numbers lie there in C order, as was seen when this was made.
        unsafe { std::slice::from_raw_parts(self.numbers, self.len) }
    }
}
