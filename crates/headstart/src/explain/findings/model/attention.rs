//! What attention does to tokens.

use super::super::{Finding, Weight, if_late};
use super::redrawn;
use crate::explain::evidence::Evidence;
use crate::explain::trial::Aim;
use crate::words::{percent, rough};

/// Attention is saturated where most queries see one key of at least so many.
const MOST: f64 = 0.5;
const KEYS: usize = 4;

/// Logits of attention that are large make its softmax a choice, whose gradient is nearly 0 (Vaswani et al. 2017, section 3.2.1).
pub fn attention_saturated(evidence: &Evidence) -> Option<Finding> {
    let model = evidence.look.model.as_ref()?;
    let worst = model.sharpest().filter(|one| one.saturated >= MOST && one.tokens >= KEYS)?;
    let sentence = format!(
        "Attention is saturated at the start: in {} {} of the queries give more than 95% to one of up to {} tokens (entropy {} of the \
         largest), so that hardly any gradient reaches queries and keys.",
        worst.name,
        percent(worst.saturated, 0),
        worst.tokens,
        rough(worst.entropy)
    );
    let count = model.attention.iter().filter(|one| one.saturated >= MOST).count();
    let weight = if 2 * count > model.attention.len() { Weight::Decisive } else { if_late(evidence) };
    Some(
        Finding::new("attention saturated", weight, sentence)
            .figure("share_of_queries", worst.saturated)
            .figure("entropy", worst.entropy)
            .figure("saturated_layers", count as f64)
            .aim(Aim::Attention)
            .cure(redrawn(evidence, model), ": queries and keys of size 1 have logits of size 1")
            .otherwise("divide the logits by the square root of a head's width, or draw queries and keys smaller"),
    )
}

/// Tokens are alike from this cosine on, if they were ten times better apart at the beginning.
const ALIKE: f64 = 0.95;

/// Rank collapse: attention is a mean over tokens, and without branches beside it that count, means of means make all tokens one (Dong et
/// al. 2021, "Attention is not all you need"; Noci et al. 2022, "Signal propagation in transformers", section 3).
pub fn tokens_alike(evidence: &Evidence) -> Option<Finding> {
    let model = evidence.look.model.as_ref()?;
    let stream = model.longest_stream();
    // A stream that begins behind the first attention may have its tokens alike from its beginning.
    let tokens: Vec<f64> = evidence.look.hidden().iter().filter_map(|place| place.tokens).collect();
    let of_streams = stream.first().and_then(|first| first.tokens);
    let before = [tokens.first().copied(), of_streams].into_iter().flatten().reduce(f64::min)?;
    let after = model.tokens_alike().or(tokens.last().copied())?;
    if model.attention.is_empty() || after < ALIKE || before > ALIKE || 1.0 - after > 0.1 * (1.0 - before) {
        return None;
    }
    let sentence = format!(
        "All tokens of a sample become alike: the mean cosine between them goes from {} to {} through {} layers of attention, so that \
         queries and keys get hardly any gradient.",
        rough(before),
        rough(after),
        model.attention.len()
    );
    Some(
        Finding::new("tokens alike", if_late(evidence), sentence)
            .figure("cosine_at_first", before)
            .figure("cosine_at_last", after)
            .aim(Aim::Tokens)
            .cure(redrawn(evidence, model), "")
            .otherwise("scale residual branches by 1 / sqrt(branches), or put the normalization in front of them"),
    )
}
