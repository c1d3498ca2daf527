//! Everything that findings are drawn from, measured once.

use super::prediction::{Outlook, predict};
use crate::data::Targets;
use crate::error::Error;
use crate::probe::sharpness_limit;
use crate::task::{Precise, Task};
use headstart_engine::landscape::Landscape;
use headstart_engine::network::Output;
use headstart_engine::probe::{LayerProbe, Probe, probe};
use headstart_engine::train::Watch;
use ndarray::ArrayView1;

/// How near to what guessing costs a loss is that lies on the plateau.
pub(super) const ON_PLATEAU: f64 = 0.05;

/// Whether a loss is what guessing costs, more or less.
pub fn is_guessing(loss: f64, plateau: f64) -> bool {
    (loss / plateau - 1.0).abs() < ON_PLATEAU
}

/// What was measured at the start of a task's first initialization and seed.
#[derive(Debug)]
pub struct Evidence<'a> {
    /// The task.
    pub task: &'a Task,
    /// Signal, gradient, units and curvature.
    pub probe: Probe,
    /// When the run leaves its start, and its first steps.
    pub outlook: Outlook,
    /// Root mean square of every feature over the training set.
    pub features: Vec<f64>,
    /// The training targets of a regression.
    pub targets: Option<TargetFacts>,
    /// The largest sharpness that descent with this learning rate settles in; none for adam and rmsprop.
    pub limit: Option<f64>,
}

/// What matters of targets that are numbers.
#[derive(Clone, Copy, Debug)]
pub struct TargetFacts {
    /// The smallest and the largest.
    pub range: [f64; 2],
    /// Their root mean square.
    pub size: f64,
    /// The share beyond what the output can say.
    pub out_of_reach: f64,
}

/// The root mean square of each feature over the training samples.
pub fn feature_sizes(task: &Task) -> Vec<f64> {
    let x = &task.dataset.train.x;
    let size = |x: ArrayView1<f64>| (x.iter().map(|x| x * x).sum::<f64>() / x.len() as f64).sqrt();
    x.columns().into_iter().map(size).collect()
}

impl<'a> Evidence<'a> {
    /// Measures, on at most so many threads; `None` if it was stopped.
    ///
    /// # Errors
    /// None that making the task did not meet.
    ///
    /// # Panics
    /// If the task is not in float64, as those from [`crate::probe::task`] are.
    pub fn gather(task: &'a Task, threads: usize, watch: &Watch) -> Result<Option<Self>, Error> {
        let Precise::F64(problem) = task.problem() else {
            panic!("tasks to be explained are in float64");
        };
        let Some(start) = task.job(0).draw(watch) else { return Ok(None) };
        let landscape = Landscape::new(problem, threads).watched(watch);
        let flat: Vec<f64> = start.parameters.flat().collect();
        let mut probe = probe(&landscape, &start.parameters);
        probe.loss = task.units().told(probe.loss);
        let Some(outlook) = predict(task, &landscape, &flat, watch)? else { return Ok(None) };
        Ok(Some(Self {
            task,
            probe,
            outlook,
            features: feature_sizes(task),
            targets: targets(task),
            limit: sharpness_limit(task.training()),
        }))
    }

    /// The initialization, in the grammar.
    pub fn init(&self) -> &str {
        &self.task.job(0).start.name
    }

    /// Steps of training.
    pub fn steps(&self) -> u64 {
        self.task.training().steps as u64
    }

    /// Whether the run is not predicted to leave its start in the first half of its steps.
    pub fn is_late(&self) -> bool {
        self.outlook.prediction.step.is_none_or(|step| step > self.steps() / 2)
    }

    /// Whether it starts, or soon comes to be, at the loss that guessing costs.
    pub fn is_on_plateau(&self) -> bool {
        let on = |loss: f64| is_guessing(loss, self.outlook.prediction.plateau);
        on(self.probe.loss) || self.outlook.stretch.trace.last().is_some_and(|record| on(record.loss))
    }

    /// The hidden layers' probes.
    pub fn hidden(&self) -> &[LayerProbe] {
        &self.probe.layers[..self.probe.layers.len() - 1]
    }

    /// The probe of the logits.
    pub fn logits(&self) -> &LayerProbe {
        &self.probe.layers[self.probe.layers.len() - 1]
    }
}

fn targets(task: &Task) -> Option<TargetFacts> {
    let Targets::Values(values) = &task.dataset.train.y else {
        return None;
    };
    let [low, high] = reach(task.network().output());
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
    })
}

/// What an output can say.
pub fn reach(output: Output) -> [f64; 2] {
    match output {
        Output::Identity => [f64::NEG_INFINITY, f64::INFINITY],
        Output::Sigmoid | Output::Softmax => [0.0, 1.0],
        Output::Tanh => [-1.0, 1.0],
    }
}
