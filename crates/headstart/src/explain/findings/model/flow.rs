//! Where gradients go, and where they do not.

use super::super::{Finding, Weight, if_late};
use super::names;
use crate::explain::cure::Cure;
use crate::explain::evidence::Evidence;
use crate::spec::Block;
use crate::words::{count, rough};
use headstart_engine::network::blocks::Norm;

/// Layers with batch normalization behind them through which a gradient's growth shows, and by how much it has to grow in all.
const LAYERS: usize = 8;
const GROWN: f64 = 20.0;

/// Batch normalization at its start makes the gradient's second moment grow by `pi / (pi - 1)`, 1.467, per relu layer on its way back,
/// without residual connections whatever the weights (Yang et al. 2019, "A mean field theory of batch normalization", theorem 3.9).
pub fn batch_normalization(evidence: &Evidence) -> Option<Finding> {
    let look = &evidence.look;
    let model = look.model.as_ref().filter(|model| model.branches.is_empty() && model.attention.is_empty())?;
    let is_batch = |name: &str| name.to_lowercase().replace(['_', ' '], "").contains("batchnorm");
    let normalized: Vec<usize> = model
        .weights()
        .filter(|one| one.normalized.as_deref().is_some_and(is_batch))
        .filter_map(|one| one.place)
        .filter(|place| look.places[*place].gradient > 0.0)
        .collect();
    let (first, last) = (*normalized.first()?, *normalized.last()?);
    if normalized.len() < LAYERS {
        return None;
    }
    // What is normalized has no size of its own: gradients are compared as if the signal were 1.
    let flow = |place: usize| look.places[place].gradient * look.places[place].signal;
    let whole = flow(first) / flow(last);
    let per_layer = whole.powf(1.0 / (normalized.len() - 1) as f64);
    let is_grown = whole > GROWN && (1.15..3.0).contains(&per_layer);
    if !is_grown {
        return None;
    }
    let sentence = format!(
        "Batch normalization makes the gradient (second moment) grow by {} per layer on its way back, {} times over {} layers, whatever \
         the weights are (with relu pi / (pi - 1) = 1.467): the first layers are thrown about while the last ones hardly learn.",
        rough(per_layer),
        rough(whole),
        normalized.len()
    );
    Some(
        Finding::new("batch normalization's gradient grows with depth", if_late(evidence), sentence)
            .figure("factor_per_layer", per_layer)
            .figure("whole", whole)
            .figure("layers", normalized.len() as f64)
            .cure(vec![Cure::Block(Block::Residual)], ": the gradient goes around the layers")
            .cure(vec![Cure::Block(Block::PreNorm)], ": the gradient goes around layers and normalizations")
            .cure(vec![Cure::Norm(Norm::Layer)], ": of a relu that keeps the gradient's size")
            .otherwise("add residual connections, use fewer layers, or layer normalization; a smaller learning rate helps a little"),
    )
}

/// A parameter that the loss does not depend on stays where it is.
pub fn without_gradient(evidence: &Evidence) -> Option<Finding> {
    let model = evidence.look.model.as_ref()?;
    let unreached: Vec<&str> = model.unreached.iter().map(String::as_str).collect();
    let first = unreached.first()?;
    let sentence = match unreached.len() {
        1 => format!(
            "{first} is to be trained, and the loss does not depend on it: no gradient reaches it, and it stays as it was drawn."
        ),
        all => format!(
            "{} parameters that are to be trained, {}, have no part in the loss: no gradient reaches them, and they stay as they were \
             drawn.",
            count(all as u64),
            names(&unreached)
        ),
    };
    Some(
        Finding::new("parameter without gradient", Weight::Minor, sentence)
            .figure("parameters", unreached.len() as f64)
            .otherwise("use it in the forward pass, freeze it, or take it out"),
    )
}
