//! What residual branches do to their stream.

use super::super::{Finding, Weight, if_late, inits};
use super::{names, redrawn, scaled_branches};
use crate::explain::cure::{Cure, Draw, Toward};
use crate::explain::evidence::Evidence;
use crate::explain::model::Branch;
use crate::explain::trial::Aim;
use crate::spec::Block;
use crate::words::rough;

/// Where two layers of a branch start at 0 the gradient of each has the other as a factor: neither ever moves. One alone is how branches
/// are started on purpose (Goyal et al. 2017, section 5.1; Zhang et al. 2019, "Fixup initialization", section 3).
pub fn shut_for_good(evidence: &Evidence) -> Option<Finding> {
    let model = evidence.look.model.as_ref()?;
    let shut: Vec<&Branch> = model.shut().collect();
    let first = shut.first()?;
    let zeros: Vec<&str> = first.zeros.iter().map(String::as_str).collect();
    let which = match shut.len() {
        1 => format!("The residual branch of {} is", first.name),
        count if count == model.branches.len() => format!("All {count} residual branches are"),
        count => format!("{count} of {} residual branches are", model.branches.len()),
    };
    let sentence = format!(
        "{which} shut for good: {} both start at 0, so the gradient of each, which has the other as a factor, is 0 as well; no step opens \
         it.",
        names(&zeros)
    );
    // The first of them is drawn, the last stays at 0: the branch begins as nothing and can open.
    let inner: Vec<&str> =
        shut.iter().flat_map(|branch| &branch.zeros[..branch.zeros.len() - 1]).map(String::as_str).collect();
    let weight = if shut.len() == model.branches.len() { Weight::Decisive } else { if_late(evidence) };
    Some(
        Finding::new("branch shut for good", weight, sentence)
            .figure("shut", shut.len() as f64)
            .figure("branches", model.branches.len() as f64)
            .aim(Aim::Shut)
            .cure(
                if model.is_own() { closed(evidence) } else { vec![Cure::Draw(Draw::some(&inner, "he"))] },
                ": with one layer at 0 the branch begins as nothing, and opens",
            )
            .otherwise("let only the last layer of a branch start at 0"),
    )
}

/// The usual weights, and zeros where each branch ends.
fn closed(evidence: &Evidence) -> Vec<Cure> {
    let usual = inits(evidence, Toward::Other).into_iter().filter_map(|cure| match cure {
        Cure::Init(inits) => Some(Cure::Closed(inits)),
        _ => None,
    });
    usual.collect()
}

/// Branches that make a stream grow, at least; and by how much the second moment then is beyond the first block's, and beyond 1.
const BRANCHES: usize = 8;
const GROWN: f64 = 8.0;
const LARGE: f64 = 4.0;

/// Each branch adds its second moment to the stream's: of N that are not scaled it ends N times as large as one (He et al. 2016; Radford
/// et al. 2019, section 2.3, divides by sqrt N); without normalization in front of them, each multiplies it.
pub fn stream_grows(evidence: &Evidence) -> Option<Finding> {
    let model = evidence.look.model.as_ref()?;
    let stream = model.longest_stream();
    let (first, last) = (stream.first()?, stream.last()?);
    let growth = last.joined / first.joined;
    let is_grown = growth > GROWN && last.joined >= LARGE;
    if stream.len() < BRANCHES || !is_grown {
        return None;
    }
    let half = &stream[stream.len() / 2];
    // Of sums the second half adds as much as the first; of products it is the square.
    let is_exponential = last.joined / half.joined > 4.0;
    let sum = first.stream + first.size * stream.len() as f64;
    let is_sum = (0.3..3.0).contains(&(last.joined / sum));
    let how = match (is_exponential, is_sum) {
        (true, _) => "each multiplies what was there",
        (false, true) => "each adds about as much as the first",
        (false, false) => "later ones add more than the first",
    };
    let then = if is_exponential { "" } else { "; the later a block, the less it changes what it is added to" };
    let sentence = format!(
        "The residual stream grows with depth: its standard deviation goes from {} to {} over {}, as {how}{then}.",
        rough(first.stream.sqrt()),
        rough(last.joined.sqrt()),
        format_args!("{} branches", stream.len()),
    );
    let is_lost = is_exponential && growth > 1e6;
    Some(
        Finding::new(
            "residual stream grows with depth",
            if is_lost { Weight::Decisive } else { if_late(evidence) },
            sentence,
        )
        .figure("second_moment_before", first.stream)
        .figure("second_moment_at_end", last.joined)
        .figure("branches", stream.len() as f64)
        .aim(Aim::Stream)
        .cure(scaled_branches(model), ": each branch adds a share of one")
        .cure(redrawn(evidence, model), "")
        .spare_cure(vec![Cure::Block(Block::PreNorm)], ": each branch then adds the same, and none multiplies")
        .otherwise("scale the last layer of each branch by 1 / sqrt(branches), or start it at 0"),
    )
}
