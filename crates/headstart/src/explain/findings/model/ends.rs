//! Where a model begins and ends: embeddings and logits.

use super::super::units::saturated_outputs;
use super::super::{Finding, Weight, if_late, inits};
use super::{own_branches, redrawn, scaled_branches};
use crate::explain::cure::{Cure, Draw, Toward};
use crate::explain::evidence::Evidence;
use crate::explain::model::{Model, Parameter};
use crate::explain::trial::Aim;
use crate::words::{percent, rough};
use headstart_engine::network::Loss;

/// Losses that are this many times what guessing costs, and beyond it by this much, are no matter of chance: logits of size 1 cost half
/// a unit.
const TIMES: f64 = 2.0;
const BEYOND: f64 = 1.5;

/// A loss of so many times guessing's is what the first steps are for.
const FAR: f64 = 3.0;

/// Before anything is learned no class should be likelier than another: the loss is `ln C`. Large logits are certain, and wrong.
pub fn logits_too_large(evidence: &Evidence) -> Option<Finding> {
    let look = &evidence.look;
    let model = look.model.as_ref()?;
    let (loss, guessing) = (look.loss, evidence.guessing);
    let is_of_classes = look.loss_kind == Some(Loss::CrossEntropy) || model.classes.is_some();
    let is_far = loss > TIMES * guessing && loss > guessing + BEYOND;
    // Of a task it is known where outputs have their ends, and what that comes to is another finding.
    let is_said = model.is_own() && saturated_outputs(evidence).is_some();
    if !(is_of_classes && is_far) || is_said {
        return None;
    }
    let size = look.logits().signal.sqrt();
    let classes = model.classes.filter(|classes| *classes > 2);
    let ln = classes.map_or_else(String::new, |classes| format!(" (ln {classes} = {:.2})", (classes as f64).ln()));
    let flat = look.flat().filter(|(_, share)| *share >= 0.25);
    let also = flat.map_or_else(String::new, |(place, share)| {
        format!("; {} of the units of {} are saturated as well", percent(share, 0), look.places[place].hidden_name())
    });
    let sentence = format!(
        "The logits are too large at the start, around {}: the loss is {} where guessing costs {}{ln}, and the first steps go into taking \
         them back{also}.",
        rough(size),
        rough(loss),
        rough(guessing),
    );
    let last = model.parameters.iter().find(|one| one.place == Some(look.places.len() - 1));
    let is_own = model.is_own();
    let head = last.filter(|_| !is_own).map(|one| Cure::Draw(Draw::some(&[&one.name], "normal:0.01")));
    let smaller = if is_own { inits(evidence, Toward::Smaller) } else { redrawn(evidence, model) };
    let weight = if loss > FAR * guessing { Weight::Decisive } else { if_late(evidence) };
    let finding = Finding::new("logits too large at the start", weight, sentence)
        .at(look.places.len())
        .figure("loss", loss)
        .figure("guessing", guessing)
        .figure("logits", size)
        .aim(Aim::Loss)
        .cure(own_branches(evidence), "")
        .cure(smaller, "")
        .cure(head.into_iter().collect(), ": the last layer alone, small")
        .otherwise("start the last layer small, or at 0");
    Some(match flat {
        Some((_, share)) => finding.figure("saturated_units", share),
        None => finding,
    })
}

/// An embedding is drowned where what the first branch adds is so many times as large, and lost where its second moment is below this
/// share of what a layer behind it needs.
const DROWNED: f64 = 100.0;
const TIED: f64 = 5.0;

/// The table of vectors of a model, and how wide these are.
fn table(model: &Model) -> Option<(&Parameter, usize)> {
    let table = model.parameters.iter().find(|one| one.role == "embedding" && one.scale > 0.0)?;
    Some((table, *table.shape.get(1)?))
}

/// A table of vectors that is too large for the projection that it is tied to.
pub fn tied_embedding(evidence: &Evidence) -> Option<Finding> {
    let (table, width) = table(evidence.look.model.as_ref()?)?;
    if !table.is_tied || table.scale * table.scale * width as f64 <= TIED * TIED {
        return None;
    }
    let asked = (1.0 / width as f64).sqrt();
    let sentence = format!(
        "The embedding {} is tied to the logits, and too large for that: its numbers are around {}, and a projection from {width} units \
         asks for {}.",
        table.name,
        rough(table.scale),
        rough(asked)
    );
    let is_lost = evidence.look.loss > FAR * evidence.guessing;
    let weight = if is_lost { Weight::Decisive } else { if_late(evidence) };
    Some(
        Finding::new("embedding scale", weight, sentence)
            .figure("scale", table.scale)
            .figure("asked", asked)
            .aim(Aim::Loss)
            .cure(vec![Cure::Draw(Draw::some(&[&table.name], &format!("normal:{asked:.2}")))], "")
            .otherwise("draw it with a deviation of 1 / sqrt(width)"),
    )
}

/// A table of vectors that is too small beside what is added to it.
pub fn drowned_embedding(evidence: &Evidence) -> Option<Finding> {
    let model = evidence.look.model.as_ref()?;
    let (table, _) = table(model)?;
    let stream = model.longest_stream();
    let first = stream.first()?;
    let is_drowned = first.size > DROWNED * first.stream;
    // What else is in the stream is not the table's.
    if !is_drowned || first.stream > 10.0 * table.scale * table.scale {
        return None;
    }
    let sentence = format!(
        "The embedding {} is small beside what the first branch adds to it: standard deviations of {} and {}, so that behind the first \
         block little of the tokens themselves is left in the stream.",
        table.name,
        rough(first.stream.sqrt()),
        rough(first.size.sqrt())
    );
    Some(
        Finding::new("embedding scale", if_late(evidence), sentence)
            .figure("embedding", first.stream)
            .figure("first_branch", first.size)
            .cure(scaled_branches(model), ": smaller branches")
            .cure(redrawn(evidence, model), "")
            .otherwise("draw the embedding as large as what branches add, or scale the branches"),
    )
}
