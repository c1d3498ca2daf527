//! Evidence of a task's start, measured by the engine's probe.

use super::adaptive;
use super::blocks;
use super::evidence::{
    Centre, ClipFacts, Curvature, DecayFacts, Evidence, Inputs, Look, Place, Scaled, Start, TargetFacts, TrainingFacts,
};
use super::linear_map;
use super::predict::{Effort, predict};
use crate::data::{Preprocess, ScaleTargets, Targets};
use crate::error::Error;
use crate::probe::sharpness_limit_at_rates;
use crate::task::{Precise, Task};
use headstart_engine::activation::Activation;
use headstart_engine::landscape::Landscape;
use headstart_engine::network::program::InBranch;
use headstart_engine::network::{Layer, Parameters};
use headstart_engine::optimizer::{Clip, Optimizer};
use headstart_engine::probe::{Glance, LayerProbe, glance};
use headstart_engine::train::Training;
use headstart_engine::watch::Watch;
use ndarray::ArrayView1;

/// Measures at the start of a task's first initialization and seed, on at most so many threads; `None` if it was stopped.
///
/// # Errors
/// None that making the task did not meet.
///
/// # Panics
/// If the task is not in float64, as those from [`crate::probe::task`] are.
pub fn measure(task: &Task, threads: usize, watch: &Watch) -> Result<Option<Evidence>, Error> {
    let Precise::F64(problem) = task.problem() else {
        panic!("tasks to be explained are in float64");
    };
    let Some(start) = task.job(0).draw(watch) else { return Ok(None) };
    let landscape = Landscape::new(problem, threads).watched(watch);
    let flat: Vec<f64> = start.parameters.flat().collect();
    let mut look = look(task, &landscape, &start.parameters);
    let sharpness = match landscape.rates() {
        Some(rates) => landscape.sharpness_at_rates(&flat, &rates),
        None => landscape.sharpness(&flat),
    };
    let Some(outlook) = predict(task, &landscape, &flat, Effort::whole(task), watch)? else { return Ok(None) };
    let training = task.training();
    let scaled = adaptive::sharpness(&landscape, &flat, training);
    if watch.is_stopped() {
        return Ok(None);
    }
    let rate = (0..outlook.steps.max(1)).map(|step| training.rate(step)).fold(0.0, f64::max);
    let limit = sharpness_limit_at_rates(training.optimizer, rate);
    let clip = pulls_and_clip(&landscape, &flat, training, &mut look);
    let momentum = if let Optimizer::Descent { momentum, .. } = training.optimizer { Some(momentum) } else { None };
    let decay = training.decay;
    let scaled = scaled.map(|(sharpness, steps)| Scaled { sharpness, steps: steps as u64 });
    Ok(Some(Evidence {
        start: Start {
            init: task.job(0).start().name.to_string(),
            seed: task.spec.init.seed,
            draws_biases: task.spec.init.bias.draws_hidden(),
        },
        look,
        inputs: inputs(task),
        guessing: outlook.prediction.plateau,
        training: TrainingFacts {
            optimizer: task.spec.training.optimizer.to_string(),
            momentum,
            lr: training.lr,
            rate,
            steps: training.steps as u64,
            has_minibatches: training.batch.is_some(),
            decay: (decay.rate > 0.0).then_some(DecayFacts { rate: decay.rate, decoupled: decay.decoupled }),
            clip,
            warmup: training.warmup as u64,
        },
        curvature: Some(Curvature {
            sharpness: sharpness.value,
            scaled,
            limit: Some(limit).filter(|limit| limit.is_finite()),
        }),
        outlook: Some(outlook),
    }))
}

/// What can be seen at these parameters of a task, whose landscape this is, without taking a step.
pub fn look(task: &Task, landscape: &Landscape, parameters: &Parameters) -> Look {
    let Glance { loss, saturated, layers } = glance(landscape, parameters);
    let network = task.network();
    let places = network.layers().zip(&layers).enumerate().map(|(l, (layer, probe))| place(task, l, &layer, probe));
    Look {
        loss: task.units().told(loss),
        loss_kind: Some(network.loss()),
        output: Some(network.output()),
        saturated,
        places: places.collect(),
        features: feature_sizes(task),
        targets: targets(task),
        model: blocks::model(task, &layers),
    }
}

fn place(task: &Task, l: usize, layer: &Layer, probe: &LayerProbe) -> Place {
    let training = task.training();
    let variances = task.job(0).start().init.variances(l, layer);
    let network = task.network();
    // Where something else bends, what has no activation of its own is not what makes the network linear.
    let bends_elsewhere = !network.is_dense_chain() && !network.is_linear();
    let activation = network.activations().get(l).copied();
    // What ends a branch is told apart by the stream that it is added to.
    let identical = if layer.branch.is_some_and(InBranch::is_last) { 0 } else { probe.symmetric };
    Place {
        name: blocks::name(l, layer),
        kind: if layer.kernel.is_some() { "conv" } else { "dense" }.to_owned(),
        positions: layer.places(),
        width: layer.fan_out,
        activation: activation.filter(|activation| *activation != Activation::Identity || !bends_elsewhere),
        fan_in: layer.fan_in,
        fan_out: layer.fan_out,
        scale: Some(probe.weights / (layer.weights.len() as f64).sqrt()),
        intended_scale: variances.map(|[weights, _]| weights.sqrt()),
        signal: probe.signal,
        gradient: probe.gradient,
        spread: None,
        mean: None,
        weight_gradient: probe.weight_gradient,
        dead: probe.units.map(|units| units.dead),
        saturated: probe.units.map(|units| units.saturated),
        rank: probe.units.map(|units| units.rank),
        identical,
        correlation: probe.correlation,
        tokens: None,
        rate: training.lr_factors.get(l).copied().unwrap_or(1.0),
        dropout: training.dropout.get(l).copied().unwrap_or(0.0),
        pull: None,
    }
}

/// Puts down how hard weight decay pulls at each layer, and tells what bounds the gradient.
fn pulls_and_clip(landscape: &Landscape, start: &[f64], training: &Training, look: &mut Look) -> Option<ClipFacts> {
    if training.decay.rate == 0.0 && training.clip.is_none() {
        return None;
    }
    let (_, gradient) = landscape.gradient(start);
    let norm = |numbers: &[f64]| numbers.iter().map(|x| x * x).sum::<f64>().sqrt();
    if training.decay.rate > 0.0 {
        for (layer, place) in landscape.network().layers().zip(&mut look.places) {
            let weights = layer.weights;
            place.pull = Some(training.decay.rate * norm(&start[weights.clone()]) / norm(&gradient[weights]));
        }
    }
    Some(match training.clip? {
        Clip::Norm(bound) => ClipFacts { is_of_norm: true, bound, size: norm(&gradient) },
        Clip::Value(bound) => {
            let largest = gradient.iter().fold(0.0_f64, |largest, g| largest.max(g.abs()));
            ClipFacts { is_of_norm: false, bound, size: largest }
        }
    })
}

/// The root mean square of each feature over the training samples.
pub fn feature_sizes(task: &Task) -> Vec<f64> {
    let x = &task.dataset.train.x;
    let size = |x: ArrayView1<f64>| (x.iter().map(|x| x * x).sum::<f64>() / x.len() as f64).sqrt();
    x.columns().into_iter().map(size).collect()
}

fn inputs(task: &Task) -> Inputs {
    Inputs {
        are_standardized: task.spec.data.preprocess == Preprocess::Standardize,
        centre: centre(task),
        linear_r2: if task.network().is_linear() { linear_map::r2(&task.dataset.train) } else { None },
    }
}

fn centre(task: &Task) -> Option<Centre> {
    let x = &task.dataset.train.x;
    let ratio = |x: ArrayView1<f64>| {
        let (mean, deviation) = (x.mean()?, x.std(0.0));
        (deviation > 0.0).then(|| mean.abs() / deviation)
    };
    let mut ratios: Vec<f64> = x.columns().into_iter().filter_map(ratio).collect();
    ratios.sort_by(f64::total_cmp);
    let (median, largest) = (*ratios.get(ratios.len() / 2)?, *ratios.last()?);
    Some(Centre { median, largest, never_negative: x.iter().all(|x| *x >= 0.0) })
}

fn targets(task: &Task) -> Option<TargetFacts> {
    let Targets::Values(values) = &task.dataset.train.y else {
        return None;
    };
    let [low, high] = task.network().output().range();
    // Rounding is no reason to complain.
    let beyond = |y: &&f64| **y < low - 1e-9 || **y > high + 1e-9;
    let count = values.len() as f64;
    Some(TargetFacts {
        range: [
            values.iter().copied().fold(f64::INFINITY, f64::min),
            values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        ],
        size: (values.iter().map(|y| y * y).sum::<f64>() / count).sqrt(),
        out_of_reach: values.iter().filter(beyond).count() as f64 / count,
        are_unscaled: matches!(task.spec.data.scale_targets, ScaleTargets::Auto | ScaleTargets::None),
    })
}
