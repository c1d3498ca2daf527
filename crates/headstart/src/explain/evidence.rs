//! Everything that findings are drawn from, measured once.

use super::adaptive;
use super::prediction::{Effort, Outlook, predict};
use crate::data::Targets;
use crate::error::Error;
use crate::probe::sharpness_limit_at_rates;
use crate::task::{Precise, Task};
use headstart_engine::activation::Activation;
use headstart_engine::landscape::{Eigenvalue, Landscape};
use headstart_engine::network::{Layer, Network, Output, Parameters};
use headstart_engine::optimizer::Optimizer;
use headstart_engine::probe::{Glance, LayerProbe, glance};
use headstart_engine::train::Training;
use headstart_engine::watch::Watch;
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
    /// Data, signal, gradient and units.
    pub look: Look,
    /// The curvature that steps meet, each layer at its own rate.
    pub sharpness: Eigenvalue,
    /// When the run leaves its start, and its first steps.
    pub outlook: Outlook,
    /// The same as adam and rmsprop meet it, and after how many of their steps; none for descent.
    pub scaled: Option<(f64, usize)>,
    /// The largest learning rate of the first steps, which a warm-up makes smaller than the training's.
    pub rate: f64,
    /// The largest sharpness that this learning rate settles in, of what its steps meet.
    pub limit: f64,
    /// What moves the weights at the start; none where nothing but the gradient does.
    pub forces: Option<Forces>,
}

/// What moves the weights at the start, besides the learning rate.
#[derive(Debug)]
pub struct Forces {
    /// The length of the gradient of all parameters.
    pub gradient: f64,
    /// Its largest element, without a sign.
    pub largest: f64,
    /// How many times as hard as the gradient weight decay pulls at the weights, layer by layer; empty without it.
    pub pulls: Vec<f64>,
}

impl Forces {
    fn at(landscape: &Landscape, start: &[f64], training: &Training) -> Option<Self> {
        if training.decay.rate == 0.0 && training.clip.is_none() {
            return None;
        }
        let (_, gradient) = landscape.gradient(start);
        let norm = |numbers: &[f64]| numbers.iter().map(|x| x * x).sum::<f64>().sqrt();
        let pull = |layer: Layer| {
            let weights = layer.weights;
            training.decay.rate * norm(&start[weights.clone()]) / norm(&gradient[weights])
        };
        let pulls =
            if training.decay.rate > 0.0 { landscape.network().layers().map(pull).collect() } else { Vec::new() };
        let largest = gradient.iter().fold(0.0_f64, |largest, g| largest.max(g.abs()));
        Some(Self { gradient: norm(&gradient), largest, pulls })
    }
}

/// What can be seen of a start without taking a step, for the price of one pass.
#[derive(Clone, Debug)]
pub struct Look {
    /// The network.
    pub network: Network,
    /// The loss, as it is told.
    pub loss: f64,
    /// The share of outputs at their ends, where they have any.
    pub saturated: Option<f64>,
    /// The layers, first to last; the last one is that of the logits.
    pub layers: Vec<LayerProbe>,
    /// Root mean square of every feature over the training set.
    pub features: Vec<f64>,
    /// The training targets of a regression.
    pub targets: Option<TargetFacts>,
}

/// The share of a layer's units that are 0 for every sample, and stay so.
pub fn dead(layer: &LayerProbe) -> f64 {
    match layer.units.map_or(0.0, |units| units.dead) {
        // All units of a smooth activation may be 0 and yet be about to learn.
        1.0 if layer.weight_gradient != 0.0 => 0.0,
        share => share,
    }
}

/// How a second moment changes from its first to its last layer, and by which factor per layer.
#[derive(Clone, Copy, Debug)]
pub struct Growth {
    /// In all.
    pub whole: f64,
    /// Per layer.
    pub per_layer: f64,
}

fn growth(first: f64, last: f64, layers: usize) -> Option<Growth> {
    let whole = last / first;
    (layers > 0 && first > 0.0 && !whole.is_nan()).then(|| Growth { whole, per_layer: whole.powf(1.0 / layers as f64) })
}

impl Look {
    /// At these parameters of a task, whose landscape this is.
    pub fn at(task: &Task, landscape: &Landscape, parameters: &Parameters) -> Self {
        let Glance { loss, saturated, layers } = glance(landscape, parameters);
        Self {
            network: task.network().clone(),
            loss: task.units().told(loss),
            saturated,
            layers,
            features: feature_sizes(task),
            targets: targets(task),
        }
    }

    /// The hidden layers.
    pub fn hidden(&self) -> &[LayerProbe] {
        &self.layers[..self.layers.len() - 1]
    }

    /// The layer of the logits.
    pub fn logits(&self) -> &LayerProbe {
        &self.layers[self.layers.len() - 1]
    }

    /// How the signal changes from the first layer to the last one.
    pub fn signal_growth(&self) -> Option<Growth> {
        growth(self.layers[0].signal, self.logits().signal, self.layers.len() - 1)
    }

    /// How the gradient changes on its way back. Between hidden layers: the last one's depends on how many outputs there are.
    pub fn gradient_growth(&self) -> Option<Growth> {
        let hidden = self.hidden();
        growth(hidden.last()?.gradient, hidden.first()?.gradient, hidden.len() - 1)
    }

    /// The hidden layer with the largest share of something, counted from 0, and that share.
    fn worst(&self, share: impl Fn(usize) -> f64) -> Option<(usize, f64)> {
        let layers = 0..self.hidden().len();
        layers.map(|l| (l, share(l))).max_by(|(l, a), (m, b)| a.total_cmp(b).then(m.cmp(l)))
    }

    /// Where units are copies of one another, and the share of pairs that are.
    pub fn copies(&self) -> Option<(usize, f64)> {
        let widths = &self.network.widths()[1..];
        self.worst(|l| match widths[l] {
            1 => 0.0,
            width => self.layers[l].symmetric as f64 / (width * (width - 1) / 2) as f64,
        })
    }

    /// Where units are 0 for every sample, and the share that is.
    pub fn dead(&self) -> Option<(usize, f64)> {
        self.worst(|l| dead(&self.layers[l]))
    }

    /// Where units are flat that should not be, and the share that is.
    pub fn flat(&self) -> Option<(usize, f64)> {
        self.worst(|l| match self.network.activations()[l] {
            Activation::Tanh
            | Activation::Sigmoid
            | Activation::HardTanh
            | Activation::HardSigmoid
            | Activation::Softsign
            | Activation::SparseSigmoid => self.layers[l].units.map_or(0.0, |units| units.saturated),
            // The flat side of the others is half of how they work.
            _ => 0.0,
        })
    }
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
        let look = Look::at(task, &landscape, &start.parameters);
        let sharpness = match landscape.rates() {
            Some(rates) => landscape.sharpness_at_rates(&flat, &rates),
            None => landscape.sharpness(&flat),
        };
        let Some(outlook) = predict(task, &landscape, &flat, Effort::whole(task), watch)? else { return Ok(None) };
        let scaled = adaptive::sharpness(&landscape, &flat, task.training());
        if watch.is_stopped() {
            return Ok(None);
        }
        let training = task.training();
        let rate = (0..outlook.stretch.steps.max(1)).map(|step| training.rate(step)).fold(0.0, f64::max);
        let limit = sharpness_limit_at_rates(training.optimizer, rate);
        let forces = Forces::at(&landscape, &flat, training);
        Ok(Some(Self { task, look, sharpness, outlook, scaled, rate, limit, forces }))
    }

    /// The initialization, in the grammar.
    pub fn init(&self) -> &str {
        &self.task.job(0).start.name
    }

    /// The curvature that steps meet; none where that of adam and its like is not known.
    pub fn met(&self) -> Option<f64> {
        match self.task.training().optimizer {
            Optimizer::Descent { .. } => Some(self.sharpness.value).filter(|value| value.is_finite()),
            _ => self.scaled.map(|(sharpness, _)| sharpness),
        }
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
        on(self.look.loss) || self.outlook.stretch.trace.last().is_some_and(|record| on(record.loss))
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
        Output::Relu | Output::Softplus | Output::Exp => [0.0, f64::INFINITY],
    }
}

/// That in words, behind "cannot": `leave 0 to 1`.
pub fn reach_in_words(output: Output) -> String {
    match reach(output) {
        [low, f64::INFINITY] => format!("go below {low}"),
        [low, high] => format!("leave {low} to {high}"),
    }
}
