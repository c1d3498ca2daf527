//! What is in a file of weights, without the code of its network: every weight's scale beside what its shape asks for, and what is
//! wrong with it as far as numbers alone say so.
//!
//! Files are looked at where they lie on the disk, a part at a time, once. What a tensor is for is told by its name and shape
//! ([`Role`]); what it was drawn by, by its figures. Nothing is claimed that these do not show: what is likely is said to be likely,
//! and how far figures may be off by chance is known from how many numbers they are of.

mod files;
mod findings;
mod moments;
mod name;
mod recipe;
mod role;
mod rows;
mod scan;
#[cfg(test)]
mod tests;
mod weight;

pub use findings::{Finding, Level, NAMES};
pub use recipe::Asked;
pub use role::Role;
pub use rows::{csv, gathered, parquet};
pub use weight::Weight;

use crate::error::Error;
use crate::host::Host;
use crate::weights::{Every, Numbers};
use crate::words::{count, many};
use files::Files;
use rayon::prelude::*;
use role::{Place, Shapes};
use serde::Serialize;
use std::collections::HashMap;
use std::path::PathBuf;

/// What a model's files have in them.
#[derive(Clone, Debug, Serialize)]
pub struct Audit {
    /// The answer, in a sentence.
    pub verdict: String,
    /// The files.
    pub files: Vec<String>,
    /// Numbers of all floating-point tensors together.
    pub numbers: u64,
    /// What was found, what matters most first.
    pub findings: Vec<Finding>,
    /// Every tensor, in the order of their names, numbers in these by their size.
    pub weights: Vec<Weight>,
}

/// Looks at the files of one model: safetensors, `PyTorch`, Keras or `NumPy`, or the index of a model in several files. `None` if it was
/// stopped. A stage, of a step for each part of a tensor.
///
/// Safetensors files, and what `torch.save` has written, are read where they lie; Keras' and `NumPy`'s have to be in memory as float64.
///
/// # Errors
/// If a file cannot be read, is damaged, or has a tensor that another one has, too.
pub fn run(files: &[PathBuf], host: &Host<'_>) -> Result<Option<Audit>, Error> {
    let files = Files::open(files)?;
    let mut tensors = files.tensors()?;
    tensors.sort_by_cached_key(|(_, tensor)| name::order(&tensor.name));
    let shapes = Shapes::new(tensors.iter().map(|(_, tensor)| (tensor.key.as_str(), tensor.shape.as_slice())));
    let is_float = |tensor: &Every<'_>| !matches!(tensor.numbers, Numbers::Other);
    let place = |tensor: &Every<'_>| shapes.place(&tensor.key, &tensor.shape, is_float(tensor));
    let places: Vec<Place> = tensors.iter().map(|(_, tensor)| place(tensor)).collect();
    let steps = tensors.iter().zip(&places).map(|((_, tensor), place)| scan::steps(length(tensor), place.layout)).sum();
    host.begin("", steps);
    let look = |((file, tensor), place): (&(usize, Every<'_>), &Place)| {
        let mut weight = Weight::new(*file, &files, tensor, place);
        if is_float(tensor) {
            let scan = scan::scan(&tensor.numbers, length(tensor), place.layout, host.watch())?;
            weight.measured(scan.moments, scan.hash, scan.units);
        }
        if let Numbers::Bytes(_, bytes) = tensor.numbers {
            files.maps[*file].forget(bytes);
        }
        Some(weight)
    };
    let look_at_all = || tensors.par_iter().zip(&places).map(look).collect::<Option<Vec<Weight>>>();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(host.threads()).build();
    let looked = pool.map_or_else(|_| look_at_all(), |pool| pool.install(look_at_all));
    let Some(mut weights) = looked else { return Ok(None) };
    liken(&mut weights);
    let findings = findings::all(&weights);
    let paths = files.paths.iter().map(|path| path.display().to_string()).collect();
    let numbers = weights.iter().filter(|weight| weight.role != Role::Buffer).map(|weight| weight.count).sum();
    Ok(Some(Audit { verdict: verdict(&weights, numbers, &findings), files: paths, numbers, findings, weights }))
}

/// Numbers that are there.
fn length(tensor: &Every<'_>) -> usize {
    match &tensor.numbers {
        Numbers::Bytes(float, bytes) => bytes.len() / float.size(),
        Numbers::Values(values) => values.len(),
        Numbers::Other => 0,
    }
}

/// Says which usual starts weights look like.
fn liken(weights: &mut [Weight]) {
    let mut layers: HashMap<String, usize> = HashMap::new();
    for weight in weights.iter() {
        *layers.entry(weight.siblings.clone()).or_default() += 1;
    }
    for weight in weights {
        // Eight bits are too few to tell distributions apart.
        let is_told = weight.not_finite == 0 && weight.fraction_bits > 3;
        let recipes = if is_told { weight.recipes(layers[&weight.siblings]) } else { Vec::new() };
        let fitting = recipes.iter().find(|recipe| recipe.fits(&weight.moments, weight.rounded));
        weight.looks_like = fitting.map(recipe::Recipe::told);
    }
}

/// The answer, in a sentence.
fn verdict(weights: &[Weight], numbers: u64, findings: &[Finding]) -> String {
    let all = format!("{} of {} numbers", many(weights.len() as u64, "tensor"), count(numbers));
    let wrong: Vec<&Finding> = findings.iter().filter(|finding| finding.level != Level::Note).collect();
    match wrong.as_slice() {
        [] => format!("nothing looks wrong in {all}"),
        [one] => format!("{}; nothing else looks wrong in {all}", one.sentence),
        [first, rest @ ..] => {
            format!("{}; and {} in {all}", first.sentence, many(rest.len() as u64, "more finding"))
        }
    }
}
