//! What only models and networks of blocks show: kernels and groups, residual branches, attention, normalization.

pub mod attention;
pub mod branches;
pub mod ends;
pub mod fans;
pub mod flow;

use crate::explain::cure::{Cure, Draw, Toward};
use crate::explain::evidence::Evidence;
use crate::explain::model::Model;
use headstart_engine::init::BranchScale;

/// All weights drawn by what makes each layer's inputs, and the ends of residual branches scaled where there are any.
fn redrawn(evidence: &Evidence, model: &Model) -> Vec<Cure> {
    if model.is_chain() || model.is_own() {
        return super::inits(evidence, Toward::Other);
    }
    let draw = Draw::all("critical");
    vec![Cure::Draw(if model.branches.is_empty() { draw } else { draw.residual("scaled") })]
}

/// The ends of residual branches scaled by their number, and all else as it is; of a task, where nothing of that helps, branches that begin
/// as nothing.
fn scaled_branches(model: &Model) -> Vec<Cure> {
    if model.is_own() {
        return vec![Cure::BranchScale(BranchScale::OverRoot), Cure::BranchScale(BranchScale::Times(0.0))];
    }
    vec![Cure::Draw(Draw::all("keep").residual("scaled"))]
}

/// The same of a task with residual branches; nothing of others.
pub(super) fn own_branches(evidence: &Evidence) -> Vec<Cure> {
    let own = evidence.look.model.as_ref().filter(|model| model.is_own() && !model.branches.is_empty());
    own.map(scaled_branches).unwrap_or_default()
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
