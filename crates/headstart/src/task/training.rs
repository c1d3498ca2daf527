//! How the network of a task is trained, by what was asked for and what the data are.

use super::width::by_width;
use crate::data::{Dataset, Kind, Targets};
use crate::error::Error;
use crate::spec::{ClassWeights, TaskSpec};
use crate::words::in_a_line;
use headstart_engine::names::plain;
use headstart_engine::network::Network;
use headstart_engine::theory::Factors;
use headstart_engine::train::{EarlyStopping, Training};

/// The accuracy that counts as a success where no other is given.
pub(crate) const TARGET: f64 = 0.95;

/// How the network is trained.
pub(super) fn training(
    spec: &TaskSpec,
    dataset: &Dataset,
    network: &Network,
    (batch, steps): (Option<usize>, usize),
) -> Result<Training, Error> {
    let asked = &spec.training;
    let record_every = asked.record_every.unwrap_or_else(|| round_interval(steps));
    let samples = dataset.train.x.nrows();
    let every = asked.validation_every.unwrap_or_else(|| batch.map_or(record_every, |batch| samples.div_ceil(batch)));
    let warmup = asked.warmup.unwrap_or(0);
    if warmup >= steps && warmup > 0 {
        return Err(Error::Usage(format!(
            "--warmup {warmup}: the training has {steps} steps, and the warm-up must leave some of them; make it shorter"
        )));
    }
    let label_smoothing = asked.label_smoothing.unwrap_or(0.0);
    if !(0.0..1.0).contains(&label_smoothing) {
        return Err(Error::Usage(format!(
            "--label-smoothing {}: it is a share from 0 on and below 1, as 0.1",
            plain(label_smoothing)
        )));
    }
    if label_smoothing > 0.0 && matches!(dataset.kind, Kind::Regression { .. }) {
        return Err(Error::Usage(format!(
            "--label-smoothing {label_smoothing} is for classes, but the targets of {} are numbers; leave it out",
            in_a_line(&dataset.name)
        )));
    }
    let optimizer = asked.optimizer()?;
    let by_width = by_width(spec, network, optimizer)?;
    let asked_of = |l: usize| asked.lr_factors.get(l).copied().unwrap_or(1.0);
    let times = |of: fn(&Factors) -> f64| match &by_width {
        Some(factors) => factors.iter().enumerate().map(|(l, factors)| asked_of(l) * of(factors)).collect(),
        None => Vec::new(),
    };
    let layers = network.layers().len();
    if by_width.is_some() && ![0, layers].contains(&asked.lr_factors.len()) {
        return Err(Error::Usage(format!(
            "{} learning rate factors for {layers} layers of weights; give one for each",
            asked.lr_factors.len()
        )));
    }
    Ok(Training {
        lr_factors: if by_width.is_some() { times(|factors| factors.weights) } else { asked.lr_factors.clone() },
        bias_lr_factors: times(|factors| factors.biases),
        schedule: asked.lr_schedule,
        warmup,
        decay: asked.weight_decay()?,
        clip: asked.clip()?,
        dropout: asked.dropout(network.activations().len())?,
        label_smoothing,
        early_stopping: early_stopping(spec, dataset, (every, steps))?,
        batch,
        record_every,
        class_weights: class_weights(&asked.class_weights, dataset)?,
        target: Some(asked.target.unwrap_or(TARGET)),
        ..Training::new(optimizer, asked.rate(), steps)
    })
}

/// When to stop early, by looks every so many steps.
fn early_stopping(
    spec: &TaskSpec,
    dataset: &Dataset,
    (every, steps): (usize, usize),
) -> Result<Option<EarlyStopping>, Error> {
    let usage = |message: &str| Err(Error::Usage(message.to_owned()));
    match (spec.training.early_stopping, &dataset.validation) {
        (None, None) if spec.training.validation_every.is_none() => Ok(None),
        (None, None) => usage("--validation-every is for --early-stopping; say both, as in --early-stopping 10"),
        (None, Some(_)) => {
            usage("--validation-share sets samples aside for --early-stopping; say both, as in --early-stopping 10")
        }
        (Some(_), None) => usage(
            "--early-stopping judges by samples that are not trained on, and there are none; set some aside with \
             --validation-share 0.1",
        ),
        (Some(0), _) => usage("--early-stopping 0: it waits for 1 look without a lower loss or more, as in 10"),
        (Some(_), _) if every == 0 => usage("--validation-every 0: it looks every 1 steps or more"),
        (Some(_), _) if spec.training.validation_every.is_some_and(|every| every >= steps) => usage(&format!(
            "--validation-every {every}: the training has {steps} steps, so it would look at its end alone and stop nothing; look more \
             often"
        )),
        (Some(patience), Some(_)) => Ok(Some(EarlyStopping { every, patience })),
    }
}

/// The weight of each class; none where all samples count the same.
fn class_weights(asked: &ClassWeights, dataset: &Dataset) -> Result<Vec<f64>, Error> {
    let (names, classes) = match (&dataset.kind, &dataset.train.y) {
        _ if asked.is_none() => return Ok(Vec::new()),
        (Kind::Classes(names), Targets::Classes(classes)) => (names, classes),
        _ => {
            return Err(Error::Usage(format!(
                "--class-weights {asked} is for classes, but the targets of {} are numbers; leave it out",
                in_a_line(&dataset.name)
            )));
        }
    };
    match asked {
        ClassWeights::Given(weights) if weights.len() != names.len() => Err(Error::Usage(format!(
            "--class-weights {asked}: {} weights for {} classes; give one for each, in the order {}",
            weights.len(),
            names.len(),
            crate::data::listed(names)
        ))),
        ClassWeights::Given(weights) => Ok(weights.clone()),
        ClassWeights::None | ClassWeights::Balanced => {
            let mut counts = vec![0_usize; names.len()];
            for &class in classes {
                counts[class] += 1;
            }
            let there = counts.iter().filter(|count| **count > 0).count();
            // A class without training samples is met in the test set only, if at all.
            let weight = |&count: &usize| match count {
                0 => 1.0,
                count => classes.len() as f64 / (there * count) as f64,
            };
            Ok(counts.iter().map(weight).collect())
        }
    }
}

/// A round number of steps (1, 2 or 5 and zeros) that gives at most a hundred records or so.
fn round_interval(steps: usize) -> usize {
    let mut interval = 1;
    for factor in [2, 5, 10].iter().cycle() {
        if steps / interval <= 100 {
            break;
        }
        let tens = 10_usize.pow(interval.ilog10());
        interval = tens.saturating_mul(*factor);
    }
    interval
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_kept_at_round_intervals() {
        for (steps, interval) in [(1, 1), (100, 1), (101, 2), (500, 5), (2_500, 50), (15_000, 200), (100_000, 1_000)] {
            assert_eq!(round_interval(steps), interval, "{steps}");
        }
    }
}
