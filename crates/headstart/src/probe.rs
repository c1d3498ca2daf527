//! What a network's start looks like, layer by layer, over many seeds.

use crate::error::Error;
use crate::host::Host;
use crate::spec::TaskSpec;
use crate::stats::Spread;
use crate::task::{Description, NamedInit, Precise, Task};
use crate::theory::stack::Stack;
use headstart_engine::init::Initialization;
use headstart_engine::landscape::Landscape;
use headstart_engine::network::Layer;
use headstart_engine::optimizer::Optimizer;
use headstart_engine::probe::{self, BranchProbe, LayerProbe, Probe};
use headstart_engine::theory::Passage;
use headstart_engine::train::population::in_order;
use headstart_engine::train::{Status, Training, Worker};
use headstart_engine::watch::Watch;
use serde::Serialize;
use std::ops::ControlFlow;

/// A probe of several initializations.
#[derive(Debug, Serialize)]
pub struct Report<'a> {
    /// The task, everything inferred filled in.
    pub task: Description<'a>,
    /// After so many updates.
    pub at_step: usize,
    /// What was measured from each initialization.
    pub inits: Vec<InitProbe>,
}

/// What was measured from one initialization.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InitProbe {
    /// The initialization, in the grammar.
    pub init: String,
    /// How many seeds.
    pub seeds: usize,
    /// How many of them had diverged before the step; they were measured where they ended.
    pub diverged: usize,
    /// The training loss.
    pub loss: Spread,
    /// Share of outputs and samples whose slope is under 5% of the largest; null for an identity output.
    pub saturated: Option<Spread>,
    /// Mean square of the singular values of the Jacobian of the logits with respect to the inputs.
    pub jacobian_mean_square: Spread,
    /// The root of that of each seed, and then over the seeds.
    pub jacobian_root_mean_square: Spread,
    /// The largest of these singular values; of the same seed never less than the root of their mean square, and neither is
    /// any average over the seeds.
    pub jacobian_largest: Spread,
    /// The largest eigenvalue of the loss's Hessian.
    pub sharpness: Spread,
    /// The sharpness from which on descent with this learning rate does not settle; null for adam and rmsprop, whose
    /// steps are not the gradient's.
    pub sharpness_limit: Option<f64>,
    /// The layers, first to last; the last one is that of the logits.
    pub layers: Vec<LayerSummary>,
    /// What theory says of equal blocks in a row beside what was measured of them; null where there are none, or it has no word for them.
    /// Of plain dense layers that is what [`crate::theory`] is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<Expected>,
}

/// What equal blocks in a row do, in wide networks and in this one: factors of second moments from the pre-activations of one layer to
/// those of another, and of the gradient on its way back.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Expected {
    /// `residual branches`, `normalized layers` or `convolutions`.
    pub kind: &'static str,
    /// How many.
    pub blocks: usize,
    /// The two layers, from 1 on.
    pub layers: [usize; 2],
    /// Logarithms of the factors of signal and gradient, as theory has them.
    pub theory: [f64; 2],
    /// The same of the means that were measured.
    pub measured: [f64; 2],
    /// Where the theory is from.
    pub source: &'static str,
}

/// The layers of a start, over the seeds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Profile {
    /// The initialization, or what else tells it from the others.
    pub name: String,
    /// How many seeds.
    pub seeds: usize,
    /// The layers, first to last; the last one is that of the logits.
    pub layers: Vec<LayerSummary>,
}

impl From<&InitProbe> for Profile {
    fn from(probe: &InitProbe) -> Self {
        Self { name: probe.init.clone(), seeds: probe.seeds, layers: probe.layers.clone() }
    }
}

/// What was measured of one layer, over the seeds. See [`LayerProbe`] for what each figure is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LayerSummary {
    /// From 1 on.
    pub layer: usize,
    /// Units.
    pub width: usize,
    /// Second moment of the pre-activations.
    pub signal: Spread,
    /// Second moment of the gradient of one sample's loss with respect to them.
    pub gradient: Spread,
    /// Frobenius norm of the gradient of the mean loss with respect to the weights.
    pub weight_gradient: Spread,
    /// The learning rate times that, by the norm of the weights: the step of plain descent as a share of what it moves.
    /// Null where the weights are 0.
    pub relative_step: Option<Spread>,
    /// Mean cosine between the pre-activations of two samples.
    pub correlation: Option<Spread>,
    /// Share of units that are 0 for every sample; null for the logits.
    pub dead: Option<Spread>,
    /// Share of units and samples whose slope is under 5% of the activation's largest; null for the logits.
    pub saturated: Option<Spread>,
    /// Effective rank of the activations; null for the logits.
    pub rank: Option<Spread>,
    /// Pairs of units with the same weights and bias.
    pub twins: Spread,
    /// Those of them with the same outgoing weights, too, which gradients never tell apart.
    pub symmetric: Spread,
    /// What it is, in the grammar of networks; null in dense layers in a row.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// What the residual branch that it ends adds to its stream; null if it ends none. Its signal is that of the sum.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branch: Option<BranchSummary>,
    /// Whether it is in a residual branch and does not end it: its signal is not the stream's.
    #[serde(skip)]
    pub is_inner: bool,
}

/// A residual branch, over the seeds. Second moments, as the others.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BranchSummary {
    /// Of what is added.
    pub added: Spread,
    /// Of the stream before.
    pub stream: Spread,
    /// Of the stream behind.
    pub joined: Spread,
}

/// The task as it is probed: in float64, and with as many steps as are done before.
///
/// # Errors
/// As [`Task::new`].
pub fn task(mut spec: TaskSpec, at_step: usize) -> Result<Task, Error> {
    spec.training.looks();
    if at_step > 0 {
        spec.training.epochs = None;
        spec.training.steps = Some(at_step);
    }
    Task::new(spec)
}

/// Probes every initialization of a task from [`task`] with every seed, on so many threads; `None` if it was stopped. The
/// watch counts a step for every probe, on top of those of training.
///
/// # Errors
/// If there is not enough memory.
///
/// # Panics
/// If the task is not in float64, as those from [`task`] are.
pub fn run<'a>(task: &'a Task, at_step: usize, host: &Host<'_>) -> Result<Option<Report<'a>>, Error> {
    host.begin("", (task.runs() as u64).saturating_mul((at_step as u64).saturating_add(1)));
    let (threads, watch) = (host.threads(), host.watch());
    let Precise::F64(problem) = task.problem() else {
        panic!("tasks to be probed are in float64");
    };
    task.check_probes()?;
    let landscape = Landscape::new(problem, threads / task.runs().clamp(1, threads.max(1))).watched(watch);
    let threads = task.looks_at_once(threads)?;
    let mut probes: Vec<(bool, Probe)> = Vec::with_capacity(task.runs());
    let job = |worker: &mut Worker<f64>, i: usize| {
        let start = task.job(i).draw(watch)?;
        let (diverged, parameters) = if at_step == 0 {
            (false, start.parameters)
        } else {
            let run = worker.run(problem, start, watch);
            (matches!(run.status, Status::Diverged { .. }), run.parameters)
        };
        let probe = probe::probe(&landscape, &parameters);
        watch.add(1);
        (!watch.is_stopped()).then_some((diverged, probe))
    };
    let end = in_order(task.runs(), threads, Worker::new, job, |_, done| match done {
        Some(done) => {
            probes.push(done);
            ControlFlow::Continue(())
        }
        None => ControlFlow::Break(()),
    });
    let seeds = task.spec.init.seeds.most();
    let of_init = |(i, probes): (usize, &[(bool, Probe)])| summary(task, task.job(i * seeds).start(), at_step, probes);
    let inits = || probes.chunks(seeds).enumerate().map(of_init).collect();
    Ok(end.is_continue().then(|| Report { task: task.describe(), at_step, inits: inits() }))
}

/// Looks at the layers of every start of a task and at nothing else: for networks and samples so many that curvature takes
/// long. Named by their initializations, in their order. `None` if it was stopped; the watch counts a step for every start.
///
/// # Panics
/// If the task is not in float64.
pub fn profiles(task: &Task, threads: usize, watch: &Watch) -> Option<Vec<Profile>> {
    let Precise::F64(problem) = task.problem() else {
        panic!("tasks to be probed are in float64");
    };
    let landscape = Landscape::new(problem, threads).watched(watch);
    let seeds = task.spec.init.seeds.most();
    let mut starts = Vec::with_capacity(task.runs());
    for i in 0..task.runs() {
        let start = task.job(i).draw(watch)?;
        starts.push(probe::layers(&landscape, &start.parameters));
        watch.add(1);
        if watch.is_stopped() {
            return None;
        }
    }
    let of_init = |(i, starts): (usize, &[Vec<LayerProbe>])| {
        let starts: Vec<&[LayerProbe]> = starts.iter().map(Vec::as_slice).collect();
        Profile { name: task.job(i * seeds).start().name.to_string(), seeds, layers: layers(task, &starts) }
    };
    Some(starts.chunks(seeds).enumerate().map(of_init).collect())
}

/// The layers over the starts.
fn layers(task: &Task, starts: &[&[LayerProbe]]) -> Vec<LayerSummary> {
    let training = task.training();
    let network: Vec<Layer> = task.network().layers().collect();
    let is_chain = task.network().is_dense_chain();
    let layer = |l: usize| {
        let of =
            |figure: fn(&LayerProbe) -> Option<f64>| Spread::of(starts.iter().filter_map(|layers| figure(&layers[l])));
        let every = |figure: fn(&LayerProbe) -> f64| {
            Spread::of(starts.iter().map(|layers| figure(&layers[l]))).expect("at least one seed")
        };
        let lr = training.lr * training.lr_factors.get(l).unwrap_or(&1.0);
        let relative = |probe: &LayerProbe| (probe.weights > 0.0).then(|| lr * probe.weight_gradient / probe.weights);
        LayerSummary {
            layer: l + 1,
            width: task.network().widths()[l + 1],
            signal: every(|layer| layer.signal),
            gradient: every(|layer| layer.gradient),
            weight_gradient: every(|layer| layer.weight_gradient),
            relative_step: Spread::of(starts.iter().filter_map(|layers| relative(&layers[l]))),
            correlation: of(|layer| layer.correlation),
            dead: of(|layer| layer.units.map(|units| units.dead)),
            saturated: of(|layer| layer.units.map(|units| units.saturated)),
            rank: of(|layer| layer.units.map(|units| units.rank)),
            twins: every(|layer| layer.twins as f64),
            symmetric: every(|layer| layer.symmetric as f64),
            kind: (!is_chain).then(|| kind(&network[l])),
            branch: branch(starts.iter().filter_map(|layers| layers[l].branch)),
            is_inner: network[l].branch.is_some_and(|branch| !branch.is_last()),
        }
    };
    (0..task.network().layers().len()).map(layer).collect()
}

/// A layer in the grammar of networks.
fn kind(layer: &Layer) -> String {
    layer.kernel_in_words().unwrap_or_else(|| format!("dense {}", layer.fan_out))
}

fn branch(probes: impl Iterator<Item = BranchProbe>) -> Option<BranchSummary> {
    let probes: Vec<BranchProbe> = probes.collect();
    let over = |figure: fn(&BranchProbe) -> f64| Spread::of(probes.iter().map(figure));
    Some(BranchSummary {
        added: over(|branch| branch.added)?,
        stream: over(|branch| branch.stream)?,
        joined: over(|branch| branch.joined)?,
    })
}

/// What theory says of a task's network that is no row of dense layers, beside what was measured.
fn expected(task: &Task, init: &Initialization, layers: &[LayerSummary]) -> Option<Expected> {
    let batch = task.training().batch.unwrap_or_else(|| task.dataset.train.x.nrows());
    let (stack, [from, to]) = Stack::of(task.network(), init, batch)?;
    let q = layers[from].signal.mean;
    if !(q > 0.0 && q.is_finite()) {
        return None;
    }
    let Passage { ln_square, ln_gradient } = stack.through(q);
    let ratio = |over: usize, under: usize, of: fn(&LayerSummary) -> f64| (of(&layers[over]) / of(&layers[under])).ln();
    Some(Expected {
        kind: stack.what(),
        blocks: stack.count(),
        layers: [from + 1, to + 1],
        theory: [ln_square - q.ln(), ln_gradient],
        measured: [ratio(to, from, |layer| layer.signal.mean), ratio(from, to, |layer| layer.gradient.mean)],
        source: stack.source(),
    })
}

fn summary(task: &Task, start: &NamedInit, at_step: usize, probes: &[(bool, Probe)]) -> InitProbe {
    let init = &start.name;
    let starts: Vec<&[LayerProbe]> = probes.iter().map(|(_, probe)| probe.layers.as_slice()).collect();
    let over = |figure: &dyn Fn(&Probe) -> f64| {
        Spread::of(probes.iter().map(|(_, probe)| figure(probe))).expect("at least one seed")
    };
    let layers = layers(task, &starts);
    InitProbe {
        init: init.to_string(),
        seeds: probes.len(),
        diverged: probes.iter().filter(|(diverged, _)| *diverged).count(),
        loss: over(&|probe| task.units().told(probe.loss)),
        saturated: Spread::of(probes.iter().filter_map(|(_, probe)| probe.saturated)),
        jacobian_mean_square: over(&|probe| probe.jacobian.mean_square),
        jacobian_root_mean_square: over(&|probe| probe.jacobian.mean_square.sqrt()),
        jacobian_largest: over(&|probe| probe.jacobian.largest),
        sharpness: over(&|probe| probe.sharpness.value),
        sharpness_limit: sharpness_limit(task.training()),
        expected: (at_step == 0).then(|| expected(task, &start.init, &layers)).flatten(),
        layers,
    }
}

/// The largest curvature that descent with this training's learning rate settles in: `2 / lr`, with heavy-ball momentum
/// `m` `2 (1 + m) / lr`, with Nesterov's `2 (1 + m) / (lr (1 + 2 m))` (Cohen et al. 2021, "Gradient descent on neural
/// networks typically occurs at the edge of stability", section 2 and appendix B). None for other rules, nor where the
/// learning rate differs from layer to layer.
pub fn sharpness_limit(training: &Training) -> Option<f64> {
    let is_plain = training.lr_factors.iter().all(|factor| *factor == 1.0);
    let is_descent = matches!(training.optimizer, Optimizer::Descent { .. });
    (is_plain && is_descent).then(|| sharpness_limit_at_rates(training.optimizer, training.lr))
}

/// The same of the curvature that steps meet where each parameter has its own rate (see [`Landscape::sharpness_at_rates`]), as
/// it has where layers do, and with adam and its like: for adam and adamax `2 (1 + beta1) / ((1 - beta1) lr)`, which is `38 / lr` for
/// 0.9 (Cohen et al. 2022, "Adaptive gradient methods at the edge of stability", section 2), for nadam that over `1 + 2 beta1`, for
/// rmsprop and adagrad `2 / lr`. Infinite for rules that have none: adadelta, lion and lbfgs.
pub fn sharpness_limit_at_rates(optimizer: Optimizer, lr: f64) -> f64 {
    match optimizer {
        Optimizer::Descent { momentum: m, nesterov: false } => 2.0 * (1.0 + m) / lr,
        Optimizer::Descent { momentum: m, nesterov: true } => 2.0 * (1.0 + m) / (lr * (1.0 + 2.0 * m)),
        Optimizer::Adam { beta1, .. } | Optimizer::Adamax { beta1, .. } => 2.0 * (1.0 + beta1) / ((1.0 - beta1) * lr),
        Optimizer::Nadam { beta1, .. } => 2.0 * (1.0 + beta1) / ((1.0 - beta1) * (1.0 + 2.0 * beta1) * lr),
        Optimizer::RmsProp { .. } | Optimizer::Adagrad { .. } => 2.0 / lr,
        Optimizer::Adadelta { .. } | Optimizer::Lion { .. } | Optimizer::Lbfgs { .. } => f64::INFINITY,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(text: &str, at_step: usize, threads: usize) -> serde_json::Value {
        let task = task(TaskSpec::from_toml(text).unwrap(), at_step).unwrap();
        serde_json::to_value(run(&task, at_step, &Host::here(threads)).unwrap().unwrap()).unwrap()
    }

    const CIRCLES: &str = "[data]\ndata = \"circles\"\n[network]\nlayers = [2, 10, 5, 1]\n\
                           [init]\ninit = \"normal:0.01,he,zeros\"\nseeds = 5\n";

    #[test]
    fn small_weights_have_a_signal_that_vanishes_and_no_threads_change_it() {
        let probed = report(CIRCLES, 0, 1);
        assert_eq!(probed, report(CIRCLES, 0, 3));
        let mean = |init: usize, layer: usize, figure: &str| {
            probed["inits"][init]["layers"][layer][figure]["mean"].as_f64().unwrap()
        };
        assert!(mean(0, 2, "signal") < 1e-8 && mean(1, 2, "signal") > 1e-2);
        assert!(mean(0, 0, "gradient") < 1e-4 * mean(1, 0, "gradient"));
        assert_eq!(mean(2, 0, "twins"), 45.0);
        assert!(probed["inits"][2]["layers"][0]["relative_step"].is_null());
        assert!((probed["inits"][0]["loss"]["mean"].as_f64().unwrap() - 2_f64.ln()).abs() < 1e-6);
    }

    /// Weights so small that a few seeds make the mean: the root of a mean over the seeds would lie above the mean of the
    /// largest ones.
    #[test]
    fn no_average_of_singular_values_is_above_that_of_the_largest() {
        for (activation, init) in [("tanh", "glorot:0.5"), ("relu", "he"), ("gelu", "normal:0.01")] {
            let text = format!(
                "[data]\ndata = \"circles\"\n[network]\nlayers = [2, 20, 20, 20, 20, 1]\nactivation = \"{activation}\"\n\
                 [init]\ninit = \"{init}\"\nseeds = 20\n"
            );
            let probed = report(&text, 0, 2);
            let of = |figure: &str| probed["inits"][0][figure].clone();
            let (root, largest) = (of("jacobian_root_mean_square"), of("jacobian_largest"));
            for average in ["/mean", "/quantiles/1"] {
                let [root, largest] =
                    [&root, &largest].map(|spread| spread.pointer(average).unwrap().as_f64().unwrap());
                assert!(root <= largest, "{activation} {init}: {root} {largest}");
            }
        }
    }

    /// A stopped probe ends at once, whatever it was in the middle of, and has no figures.
    #[test]
    fn a_probe_of_a_large_network_stops_when_it_is_told_to() {
        let text = "[data]\ndata = \"circles\"\n[network]\nlayers = [2, 700, 700, 700, 1]\n[init]\ninit = \"orthogonal\"\nseeds = 9\n";
        let task = task(TaskSpec::from_toml(text).unwrap(), 0).unwrap();
        for pause in [5, 150, 700] {
            let watch = Watch::default();
            std::thread::scope(|scope| {
                let probe = scope.spawn(|| run(&task, 0, &Host::here(1).watched_by(&watch)).unwrap().is_none());
                std::thread::sleep(std::time::Duration::from_millis(pause));
                watch.stop();
                let told = std::time::Instant::now();
                assert!(probe.join().unwrap());
                // On a machine that has other things to do as well.
                assert!(told.elapsed().as_secs_f64() < 2.0, "{:?} after {pause} ms", told.elapsed());
            });
        }
    }

    #[test]
    fn a_profile_is_the_layers_of_a_probe() {
        let task = task(TaskSpec::from_toml(CIRCLES).unwrap(), 0).unwrap();
        let whole = run(&task, 0, &Host::here(1)).unwrap().unwrap();
        let whole: Vec<Profile> = whole.inits.iter().map(Profile::from).collect();
        let watch = Watch::default();
        assert_eq!(profiles(&task, 2, &watch).unwrap(), whole);
        watch.stop();
        assert_eq!(profiles(&task, 2, &watch), None);
    }

    #[test]
    fn a_later_step_is_that_of_training() {
        let text = CIRCLES.replace("normal:0.01,he,zeros", "he").replace("seeds = 5", "seed = 4");
        let probed = report(&text, 300, 1);
        let spec = TaskSpec::from_toml(&format!("{text}[training]\nsteps = 300\n")).unwrap();
        let trained = Task::new(spec).unwrap().run_all(1).remove(0).train.loss;
        assert!((probed["inits"][0]["loss"]["mean"].as_f64().unwrap() / trained - 1.0).abs() < 1e-12);
        assert_eq!(probed["at_step"], 300);
    }
}
