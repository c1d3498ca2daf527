//! Files of Keras: `.keras`, `.weights.h5` and `.h5`, all of which keep weights in HDF5.

use super::npz::arrays;
use super::tensor::Tensors;
use super::zipped::Zipped;
use crate::data::memory::Budget;
use crate::words::printable;
use serde_json::Value;

/// The weights within a `.keras` file.
pub(super) const WEIGHTS: &str = "model.weights.h5";

/// What the optimizer keeps, and layers that draw; metrics of older versions.
const NOT_THE_NETWORKS: [&str; 4] = ["optimizer", "optimizer_weights", "seed_generator", "metrics"];

/// A `.keras` file is a ZIP archive of a description, the weights, and who wrote it.
pub(super) fn archive(mut zip: Zipped, budget: &Budget) -> Result<Tensors<'static>, String> {
    /// A description of a thousand layers takes less.
    const DESCRIPTION: u64 = 4_000_000;
    let description = zip.read("config.json", DESCRIPTION, budget)?;
    let description: Value = serde_json::from_slice(&description)
        .map_err(|error| format!("its config.json cannot be read: {}", printable(&error.to_string())))?;
    let layers = description["config"]["layers"].as_array().map(Vec::as_slice).unwrap_or_default();
    if layers.iter().any(|layer| layer["config"]["layers"].is_array()) {
        return Err(
            "it has a model within the model, whose layers have no order that could be read off: build one model of \
                    its Dense layers, and save that"
                .to_owned(),
        );
    }
    variables(zip, budget)
}

/// The variables in a `.keras` file, whatever the order of the layers.
pub(super) fn variables(mut zip: Zipped, budget: &Budget) -> Result<Tensors<'static>, String> {
    let weights = zip.read(WEIGHTS, u64::MAX, budget)?;
    hdf5(weights, budget)
}

/// The variables of the layers, by their paths. Keras numbers layers of one kind in the model's order, whatever they are called
/// (`layers/dense/vars/0`, `layers/dense_1/vars/0`); the older `.h5` has the names that they were given.
pub(super) fn hdf5(bytes: Vec<u8>, budget: &Budget) -> Result<Tensors<'static>, String> {
    arrays(bytes, |name| !name.split('/').any(|part| NOT_THE_NETWORKS.contains(&part)), budget)
}
