//! What only models of frameworks show: kernels and groups, residual branches, attention, normalization.

pub mod attention;
pub mod branches;
pub mod ends;
pub mod fans;
pub mod flow;

use crate::explain::cure::{Cure, Draw};
use crate::explain::evidence::Evidence;
use crate::explain::model::Model;

/// All weights drawn by what makes each layer's inputs, and the ends of residual branches scaled where there are any.
fn redrawn(evidence: &Evidence, model: &Model) -> Vec<Cure> {
    if model.is_chain() {
        return super::inits(evidence, crate::explain::cure::Toward::Other);
    }
    let draw = Draw::all("critical");
    vec![Cure::Draw(if model.branches.is_empty() { draw } else { draw.residual("scaled") })]
}

#[cfg(test)]
mod tests;

/// Names in a row: the first few, and how many more.
fn names(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [one, other] => format!("{one} and {other}"),
        [one, .., last] => format!("{one} to {last}"),
    }
}
