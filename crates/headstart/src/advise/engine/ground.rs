//! What the race has to know of a task before anything is trained.

use super::super::candidates::{self, families, obstacle};
use super::super::ground::{Classes, Ground};
use super::super::setting::{Gain, KnownDefault, Part, RANGE, Scheme, Setting};
use super::super::trainer::Start;
use super::Engine;
use super::depth::{SHARE, is_asked};
use crate::data::{Kind, Preprocess, Samples, Targets};
use crate::error::Error;
use crate::explain::findings::data::{BadScale, bad_scale};
use crate::explain::measure::feature_sizes;
use crate::task::Task;
use headstart_engine::init::Initialization;
use headstart_engine::network::Loss;
use headstart_engine::rng::Rng;
use ndarray::Axis;

/// What frameworks start a dense layer with: name, whose it is, and the start of the race that it is but for its shape. Keras' is
/// Glorot's, uniform, and ends like the normal one.
const DEFAULTS: [(&str, &str, Option<&str>); 2] =
    [("pytorch-default", "PyTorch", None), ("keras-default", "Keras", Some("glorot"))];

/// The usual range of plain weights.
const PLAIN: [&str; 2] = ["normal:0.01", "normal:1"];

impl Engine<'_> {
    /// The problem in plain numbers.
    ///
    /// # Errors
    /// If the task cannot be one of double precision.
    pub fn setting(&self) -> Result<Setting, Error> {
        let whole = self.whole;
        let schemes = schemes(whole);
        let init = |init: &str| init.parse::<Initialization>().is_ok_and(|init| init.check(whole.network()).is_ok());
        let default = |(name, framework, like): (&str, &str, Option<&str>)| KnownDefault {
            init: name.to_owned(),
            framework: framework.to_owned(),
            like: like.map(str::to_owned),
        };
        let gains = RANGE.map(|gain| schemes[0].start(gain));
        Ok(Setting {
            name: whole.dataset.name.clone(),
            ground: ground(whole, blind_loss(whole)?),
            parts: self.parts.iter().map(part).collect(),
            defaults: DEFAULTS.into_iter().filter(|(name, ..)| init(name)).map(default).collect(),
            range: PLAIN.map(Start::named).into_iter().chain(gains).collect(),
            schemes,
            layers: whole.network().layers().count(),
            steps: whole.steps() as u64,
            lr: whole.training().lr,
            seed: whole.spec.init.seed,
            seeds: match whole.spec.init.rng {
                Rng::Numpy => u64::from(u32::MAX),
                Rng::Native => i64::MAX as u64,
            },
            at_once: self.host.threads(),
            scaling_helps: self.scale().is_some_and(|scale| scale.is_cured),
            kept: if is_asked(whole) { SHARE } else { 0.0 },
        })
    }

    /// What is wrong with the sizes of the features.
    pub fn scale(&self) -> Option<BadScale> {
        let is_standardized = self.whole.spec.data.preprocess == Preprocess::Standardize;
        bad_scale(&feature_sizes(self.whole), is_standardized)
    }
}

/// What is tried for a task's network: what theory rules out stays there, with the reason.
fn schemes(whole: &Task) -> Vec<Scheme> {
    let (network, x) = (whole.network(), &whole.dataset.train.x);
    let moment = x.iter().map(|x| x * x).sum::<f64>() / x.len().max(1) as f64;
    let scheme = |family: &candidates::Family| {
        let gain = |&gain: &f64| {
            let init = family.init(gain);
            let fits = init.check(network).map_err(|error| error.to_string()).err();
            let out = fits.or_else(|| obstacle(network, &init, moment));
            Gain { gain, size: candidates::size(network, &init), out }
        };
        Scheme {
            name: family.name.to_owned(),
            has_own_gain: family.own_gain().is_some(),
            is_expected: family.is_expected,
            gains: family.gains.iter().map(gain).collect(),
        }
    };
    families(network).iter().map(scheme).collect()
}

/// What the trainings of a task are judged by; `blind` is the training loss with which nothing has been learned.
pub(super) fn ground(task: &Task, blind: Option<f64>) -> Ground {
    let dataset = &task.dataset;
    Ground {
        classes: classes(task),
        guessing: task.units().guessing(),
        blind,
        tested: dataset.test.as_ref().map(|test| test.y.len()),
        target: task.target(),
        // By the targets themselves: their mean is rounded, and squares of small ones are nothing.
        is_constant: match &dataset.train.y {
            Targets::Values(y) => y.columns().into_iter().all(|y| y.iter().all(|value| *value == y[0])),
            Targets::Classes(_) => blind.is_some_and(|blind| blind <= 0.0),
        },
    }
}

fn classes(task: &Task) -> Option<Classes> {
    let dataset = &task.dataset;
    let Kind::Classes(names) = &dataset.kind else { return None };
    let counts = |samples: &Samples| {
        let mut counts = vec![0_usize; names.len()];
        if let Targets::Classes(classes) = &samples.y {
            for &class in classes {
                counts[class] += 1;
            }
        }
        counts
    };
    // The first of several.
    let most = counts(&dataset.train).iter().enumerate().rev().max_by_key(|(_, count)| **count)?.0;
    let share = |samples: &Samples| counts(samples)[most] as f64 / samples.y.len().max(1) as f64;
    Some(Classes {
        count: names.len(),
        most: names[most].clone(),
        in_training: share(&dataset.train),
        in_testing: dataset.test.as_ref().map(share),
        are_uneven: task.tells_classes(),
        are_unweighted: task.training().class_weights.is_empty(),
    })
}

/// What is known of a part that is held out.
fn part(part: &Task) -> Part {
    Part {
        samples: part.dataset.test.as_ref().map_or(1, |test| test.y.len()),
        guessing: part.units().guessing().map(|guessing| guessing.train),
        guessing_held: guess(part),
    }
}

/// The training loss with which nothing has been learned, whatever the task's precision.
fn blind_loss(whole: &Task) -> Result<Option<f64>, Error> {
    let mut spec = whole.spec.clone();
    spec.training.looks();
    Ok(whole.vary(spec)?.blind_loss())
}

/// The loss of always answering with the mean of the training targets, or what is best by another loss than the squared error, on what is
/// held out.
fn guess(part: &Task) -> Option<f64> {
    let (Targets::Values(seen), Targets::Values(held)) = (&part.dataset.train.y, &part.dataset.test.as_ref()?.y) else {
        return None;
    };
    if part.network().loss() != Loss::MeanSquaredError {
        // Whatever constant is best by another loss.
        return part.units().guessing()?.test;
    }
    let mean = seen.mean_axis(Axis(0))?;
    let error = (held - &mean).mapv(|error| error * error).mean()?;
    Some(part.units().told(error))
}
