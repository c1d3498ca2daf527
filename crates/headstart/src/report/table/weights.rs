//! A file of weights.

use super::layout::{table, wrapped};
use crate::weights::Written;
use crate::words::foreign;

/// A file of weights: what it is, what is in it, and the Python that takes it in.
pub fn weights(written: &Written, python: &str) -> String {
    let about = |key: &str| written.metadata.get(key).map_or("", String::as_str);
    let head = wrapped(&format!(
        "{}: {}, seed {}, layers {}, {}; {} names, {}",
        written.file,
        about("init"),
        about("seed"),
        about("layers"),
        about("activation"),
        about("naming"),
        about("dtype")
    ));
    let rows = written.tensors.iter().map(|tensor| {
        let shape: Vec<String> = tensor.shape.iter().map(ToString::to_string).collect();
        vec![foreign(&tensor.name), shape.join(" x ")]
    });
    format!("{head}\n{}\n{python}\n", table(&["tensor", "shape"], rows, 1))
}
