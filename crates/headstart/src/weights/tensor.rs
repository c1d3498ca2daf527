//! Tensors as files have them.

use super::Number;
use crate::words::foreign;
use std::collections::BTreeMap;

/// By their names with dots, as they are compared.
pub(super) type Tensors<'a> = BTreeMap<String, Tensor<'a>>;

/// A tensor of a file.
pub(super) struct Tensor<'a> {
    /// As the file has it.
    pub name: String,
    pub shape: Vec<usize>,
    pub content: Content<'a>,
}

/// The numbers of a tensor, the last axis running fastest.
pub(super) enum Content<'a> {
    Bytes(Number, &'a [u8]),
    Numbers(Vec<f64>),
    /// Something else, by the name of its type.
    Other(String),
}

/// Adds a tensor; no two may have one name.
pub(super) fn insert<'a>(tensors: &mut Tensors<'a>, tensor: Tensor<'a>) -> Result<(), String> {
    let name = tensor.name.clone();
    match tensors.insert(dotted(&name), tensor) {
        Some(same) => Err(format!("{} and {} are two names of one thing", foreign(&same.name), foreign(&name))),
        None => Ok(()),
    }
}

/// With dots, and without what some programs put behind the names of variables. Keras 3 gives a layer's variables numbers.
pub(super) fn dotted(name: &str) -> String {
    let name = name.replace('/', ".");
    let name = name.strip_suffix(":0").or(name.strip_suffix(".value")).unwrap_or(&name);
    let variables = [(".vars.0", "kernel"), (".vars.1", "bias")];
    let of_layer = variables.into_iter().find_map(|(end, is)| Some(format!("{}.{is}", name.strip_suffix(end)?)));
    of_layer.unwrap_or_else(|| name.to_owned())
}

/// `3 x 2`
pub(super) fn by(shape: &[usize]) -> String {
    if shape.is_empty() {
        return "a single number".to_owned();
    }
    shape.iter().map(ToString::to_string).collect::<Vec<_>>().join(" x ")
}
