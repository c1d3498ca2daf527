//! Whether the network bends at all.

use super::{Finding, Weight};
use crate::explain::cure::Cure;
use crate::explain::evidence::Evidence;
use crate::words::rough;
use headstart_engine::network::Network;

/// Layers without a bend between them are one linear map, whatever their weights (Saxe et al. 2014, section 1): what is not linear in
/// the inputs it learns no better than guessing. It is named where such a network does not leave its start in time, and one that bends
/// does.
pub fn linear_network(evidence: &Evidence) -> Option<Finding> {
    let network = evidence.task.network();
    if !evidence.is_late() || !network.is_linear() {
        return None;
    }
    let plateau = evidence.outlook.prediction.plateau;
    let sentence = format!(
        "{}, and on these samples that gets no further than guessing, a loss of {}: no start changes it.",
        in_words(network),
        rough(plateau)
    );
    Some(
        Finding::new("linear network", Weight::Decisive, sentence)
            .figure("plateau", plateau)
            .cure(Cure::bends(network), "")
            .if_cured(),
    )
}

/// What it is, as the beginning of a sentence.
pub fn in_words(network: &Network) -> String {
    if network.activations().is_empty() {
        return "Without a hidden layer the network is a linear map".to_owned();
    }
    "All layers of this network together are one linear map".to_owned()
}
