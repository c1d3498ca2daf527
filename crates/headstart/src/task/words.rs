//! What moves the weights of a task, in words.

use crate::words::many;
use headstart_engine::names::plain;
use headstart_engine::optimizer::{Clip, Decay, Schedule};
use headstart_engine::train::{EarlyStopping, Training};

/// What the learning rate does over the steps, in words.
pub(super) fn words_of_rates(training: &Training) -> String {
    let falls = match training.schedule {
        Schedule::Constant => String::new(),
        Schedule::Cosine => " falling as a cosine".to_owned(),
        Schedule::Step { every, factor } => format!(" times {} every {}", plain(factor), many(every as u64, "step")),
        Schedule::Exponential { factor } => format!(" times {} every step", plain(factor)),
        Schedule::Linear { end: 0.0 } => " falling evenly to 0".to_owned(),
        Schedule::Linear { end } => format!(" falling evenly to {} of it", plain(end)),
        Schedule::Polynomial { power } => format!(" falling to 0 with power {}", plain(power)),
        Schedule::OneCycle { .. } => " in one cycle".to_owned(),
    };
    match training.warmup {
        0 => falls,
        steps => format!(" after {} of warm-up{falls}", many(steps as u64, "step")),
    }
}

/// What else moves weights, or ends a training: a line of its own, if there is anything.
pub(super) fn words_of_more(training: &Training) -> String {
    let Decay { rate, decoupled, biases } = training.decay;
    let mut more = Vec::new();
    if rate > 0.0 {
        let how = if decoupled { ", decoupled" } else { "" };
        let biases = if biases { ", of biases too" } else { "" };
        more.push(format!("weight decay {}{how}{biases}", plain(rate)));
    }
    more.extend(training.clip.map(|clip| match clip {
        Clip::Norm(bound) => format!("gradient no longer than {}", plain(bound)),
        Clip::Value(bound) => format!("gradient cut off at {}", plain(bound)),
    }));
    if training.has_dropout() {
        let first = training.dropout[0];
        let shares: Vec<String> = training.dropout.iter().map(|share| plain(*share)).collect();
        let is_one = training.dropout.iter().all(|share| *share == first);
        more.push(format!("dropout {}", if is_one { plain(first) } else { shares.join(", ") }));
    }
    if training.label_smoothing > 0.0 {
        more.push(format!("labels smoothed by {}", plain(training.label_smoothing)));
    }
    more.extend(training.early_stopping.map(|EarlyStopping { every, patience }| {
        format!(
            "stops after {} of {} without a lower validation loss",
            many(patience as u64, "look"),
            many(every as u64, "step")
        )
    }));
    if more.is_empty() { String::new() } else { format!("\n{}", more.join("; ")) }
}
