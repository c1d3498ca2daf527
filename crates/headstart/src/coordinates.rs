//! Whether a network learns alike at every width: the pre-activations of its layers after a few steps, of networks that differ in nothing
//! but the width of their hidden layers.
//!
//! This is what is drawn to see whether a parametrization is right (Yang et al. 2022, "Tensor Programs V", appendix D.1; `mup.coord_check`):
//! a figure that grows with the width will train until it diverges in a wide network, one that falls does not learn there. The figure is
//! the mean absolute pre-activation, and how far it has moved since the start; how it goes with the width is told as a power of it.

use crate::error::Error;
use crate::host::Host;
use crate::spec::TaskSpec;
use crate::stats::mean;
use crate::task::{Description, Precise, Task};
use crate::words::many;
use headstart_engine::landscape::Landscape;
use headstart_engine::probe::{Coordinates, coordinates};
use headstart_engine::theory::Parametrization;
use headstart_engine::train::population::in_order;
use headstart_engine::train::{Checkpoint, Status, Worker};
use serde::Serialize;
use std::ops::ControlFlow;

/// Widths that are compared unless others are given.
pub const WIDTHS: [usize; 4] = [64, 128, 256, 512];

/// Steps, unless another number is given.
pub const STEPS: usize = 4;

/// A power of the width up to which a figure counts as one that does not go with it, whatever its error.
const FLAT: f64 = 0.15;

/// Errors within which a power may be another one.
const ERRORS: f64 = 3.0;

/// What is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// Widths of all hidden layers, rising.
    pub widths: Vec<usize>,
    /// Steps that are trained.
    pub steps: usize,
}

/// What came of it.
#[derive(Debug, Serialize)]
pub struct Report<'a> {
    /// The task at the first width, everything inferred filled in.
    pub task: Description<'a>,
    /// The answer and its figures.
    pub coordinates: Check,
}

/// The figures of all layers at all widths.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Check {
    /// What goes with the width and what that means.
    pub sentence: String,
    /// `flat`, `grows` or `falls`: what the changes of the pre-activations do.
    pub verdict: &'static str,
    /// The initialization.
    pub init: String,
    /// Widths of all hidden layers.
    pub widths: Vec<usize>,
    /// Steps that were trained.
    pub steps: usize,
    /// Seeds at each width.
    pub seeds: usize,
    /// Trainings that diverged: they have no figures from there on.
    pub diverged: usize,
    /// The layers, first to last; the last one is that of the logits.
    pub layers: Vec<LayerCheck>,
}

/// A layer at all widths.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LayerCheck {
    /// From 1 on.
    pub layer: usize,
    /// The mean absolute pre-activation, after 0, 1, 2 ... steps.
    pub size: Vec<Growth>,
    /// The mean absolute change of a pre-activation since the start, after 1, 2 ... steps.
    pub change: Vec<Growth>,
}

/// A figure over the widths.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Growth {
    /// After so many steps.
    pub step: usize,
    /// At each width, the mean over the seeds; none where all diverged.
    pub means: Vec<Option<f64>>,
    /// The power of the width that it goes with: the slope of its logarithm over that of the width, by least squares, and the slope's
    /// standard error. None of a figure that is 0.
    pub power: Option<[f64; 2]>,
}

impl Growth {
    /// Of figures at each width, one for each seed.
    fn of(step: usize, widths: &[usize], figures: &[Vec<f64>]) -> Self {
        let logs = |(width, figures): (&usize, &Vec<f64>)| {
            let x = (*width as f64).ln();
            figures.iter().map(|figure| [x, figure.ln()]).collect::<Vec<_>>()
        };
        let points: Vec<[f64; 2]> = widths.iter().zip(figures).flat_map(logs).collect();
        let means = figures.iter().map(|figures| (!figures.is_empty()).then(|| mean(figures))).collect();
        Self { step, means, power: slope(&points) }
    }
}

/// The slope of a line through points, and its standard error; none of points at fewer than two places, or that are not finite.
fn slope(points: &[[f64; 2]]) -> Option<[f64; 2]> {
    let [x, y] = [0, 1].map(|i| mean(&points.iter().map(|point| point[i]).collect::<Vec<_>>()));
    let along: f64 = points.iter().map(|point| (point[0] - x) * (point[0] - x)).sum();
    let slope = points.iter().map(|point| (point[0] - x) * (point[1] - y)).sum::<f64>() / along;
    let left: f64 = points.iter().map(|point| (point[1] - y - slope * (point[0] - x)).powi(2)).sum();
    let error = (left / (points.len().max(3) - 2) as f64 / along).sqrt();
    (slope.is_finite() && error.is_finite()).then_some([slope, error])
}

impl LayerCheck {
    /// After how many steps it goes with the width most, the first one or all of them, and with which power of it, with its error.
    pub fn moved(&self) -> Option<(usize, [f64; 2])> {
        Moved::of(self).map(|moved| (moved.step, moved.power))
    }
}

/// Whether a figure goes with the width.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Goes {
    Up,
    Down,
    Not,
}

fn goes([power, error]: [f64; 2]) -> Goes {
    match power {
        power if power.abs() <= FLAT.max(ERRORS * error) => Goes::Not,
        power if power > 0.0 => Goes::Up,
        _ => Goes::Down,
    }
}

/// The tasks of a question, one for each width: in float64, and with as many steps as are done.
///
/// # Errors
/// If the network is not one of `--layers` with hidden layers, the question makes no sense, or a task does not.
pub fn tasks(spec: &TaskSpec, question: &Question) -> Result<Vec<Task>, Error> {
    let usage = |message: String| Err(Error::Usage(message));
    let Question { widths, steps } = question;
    if let Some(blocks) = &spec.network.network {
        return usage(format!(
            "--coord-check varies the widths of --layers, and --network \"{blocks}\" has widths of its own; give --layers, with --block \
             and --norm where there shall be blocks"
        ));
    }
    if spec.network.layers.0.len() < 3 {
        return usage(format!(
            "--coord-check: --layers {} has no hidden layer whose width could be varied",
            spec.network.layers
        ));
    }
    if spec.init.init.0.len() != 1 {
        return usage(format!(
            "--coord-check is of one start, and --init {} are {}",
            spec.init.init,
            spec.init.init.0.len()
        ));
    }
    if widths.len() < 2 || !widths.is_sorted_by(|a, b| a < b) || widths[0] == 0 {
        let widths: Vec<String> = widths.iter().map(ToString::to_string).collect();
        return usage(format!(
            "--widths {}: two widths or more are needed, rising, as in 64,128,256,512",
            widths.join(",")
        ));
    }
    if *steps == 0 {
        return usage("--coord-steps 0: at least one step is needed".to_owned());
    }
    let mut tasks: Vec<Task> = Vec::new();
    for width in widths {
        let mut spec = spec.clone();
        let layers = &mut spec.network.layers.0;
        let last = layers.len() - 1;
        layers[1..last].fill(Some(*width));
        let task = match tasks.first() {
            Some(first) => {
                (spec.training.epochs, spec.training.steps) = (None, Some(*steps));
                spec.training.looks();
                first.vary(spec)?
            }
            None => crate::probe::task(spec, *steps)?,
        };
        task.check_probes()?;
        tasks.push(task);
    }
    Ok(tasks)
}

/// Trains the tasks of [`tasks`] from every seed and looks at their layers after each step; `None` if it was stopped.
///
/// # Errors
/// If there is not enough memory.
///
/// # Panics
/// If the tasks are not in float64, as those from [`tasks`] are.
pub fn check(tasks: &[Task], question: &Question, host: &Host<'_>) -> Result<Option<Check>, Error> {
    let (Question { widths, steps }, watch) = (question, host.watch());
    let seeds = tasks[0].spec.init.seeds.most();
    host.begin("", (tasks.len() * seeds * (steps + 1)) as u64);
    let widest = &tasks[tasks.len() - 1];
    let threads = widest.looks_at_once(host.threads())?;
    let of_task = |task: &Task, seed: usize, worker: &mut Worker<f64>| {
        let Precise::F64(problem) = task.problem() else { panic!("tasks to be looked at are in float64") };
        let landscape = Landscape::new(problem, 1).watched(watch);
        let start = task.job(seed).draw(watch)?;
        let first = start.parameters.clone();
        let mut seen = vec![coordinates(&landscape, &first, &first)];
        let mut next = Some(Checkpoint::new(problem, start));
        for step in 1..=*steps {
            let Some(from) = next.take() else { break };
            let (run, then) = worker.go_on(problem, from, step, watch);
            if matches!(run.status, Status::Diverged { .. }) {
                break;
            }
            seen.push(coordinates(&landscape, &first, &run.parameters));
            next = then;
        }
        watch.add(1);
        (!watch.is_stopped()).then_some(seen)
    };
    // The widest ones first: they take longest.
    let place = |i: usize| (tasks.len() - 1 - i / seeds, i % seeds);
    let job = |worker: &mut Worker<f64>, i: usize| of_task(&tasks[place(i).0], place(i).1, worker);
    let mut seen: Vec<Vec<Vec<Vec<Coordinates>>>> = vec![vec![Vec::new(); seeds]; tasks.len()];
    let end = in_order(tasks.len() * seeds, threads, Worker::new, job, |i, done| match done {
        Some(done) => {
            let (width, seed) = place(i);
            seen[width][seed] = done;
            ControlFlow::Continue(())
        }
        None => ControlFlow::Break(()),
    });
    if end.is_break() {
        return Ok(None);
    }
    let growth = |step: usize, layer: usize, of: fn(&Coordinates) -> f64| {
        let at = |seeds: &Vec<Vec<Vec<Coordinates>>>| {
            seeds.iter().filter_map(|steps| Some(of(&steps.get(step)?[layer]))).collect::<Vec<f64>>()
        };
        Growth::of(step, widths, &seen.iter().map(at).collect::<Vec<_>>())
    };
    let layer = |l: usize| LayerCheck {
        layer: l + 1,
        size: (0..=*steps).map(|step| growth(step, l, |coordinates| coordinates.size)).collect(),
        change: (1..=*steps).map(|step| growth(step, l, |coordinates| coordinates.change)).collect(),
    };
    let layers: Vec<LayerCheck> = (0..tasks[0].network().layers().len()).map(layer).collect();
    let diverged = seen.iter().flatten().filter(|of_seed| of_seed.len() <= *steps).count();
    let (verdict, sentence) = told(&tasks[0], question, &layers, diverged);
    let init = tasks[0].spec.init.init.to_string();
    Ok(Some(Check { sentence, verdict, init, widths: widths.clone(), steps: *steps, seeds, diverged, layers }))
}

/// How far a layer has moved, as a power of the width, after a step.
#[derive(Clone, Copy)]
struct Moved {
    layer: usize,
    step: usize,
    power: [f64; 2],
}

impl Moved {
    /// After the first step or the last one, where it goes with the width most.
    fn of(layer: &LayerCheck) -> Option<Self> {
        let ends = [layer.change.first()?, layer.change.last()?];
        let moved =
            ends.iter().filter_map(|growth| Some(Self { layer: layer.layer, step: growth.step, power: growth.power? }));
        let most =
            |some: &mut dyn Iterator<Item = Self>| some.max_by(|a, b| a.power[0].abs().total_cmp(&b.power[0].abs()));
        most(&mut moved.clone().filter(|moved| goes(moved.power) != Goes::Not)).or_else(|| most(&mut moved.into_iter()))
    }

    fn in_words(self, last: usize) -> String {
        let ([power, error], steps) = (self.power, many(self.step as u64, "step"));
        format!("{} by width^{power:.2} +- {error:.2} after {steps}", names(&[self.layer], last))
    }
}

/// The answer: what steps move, layer by layer.
fn told(task: &Task, question: &Question, layers: &[LayerCheck], diverged: usize) -> (&'static str, String) {
    let Question { widths, steps } = question;
    let (optimizer, last) = (task.spec.training.optimizer, layers.len());
    let ends = format!("from width {} to {}", widths[0], widths[widths.len() - 1]);
    let all: Vec<Moved> = layers.iter().filter_map(Moved::of).collect();
    let of = |way: Goes| -> Vec<Moved> { all.iter().copied().filter(|moved| goes(moved.power) == way).collect() };
    let steepest = |some: &[Moved]| {
        let steepest = some.iter().max_by(|a, b| a.power[0].abs().total_cmp(&b.power[0].abs()));
        steepest.map_or_else(String::new, |moved| moved.in_words(last))
    };
    let named = |some: &[Moved]| names(&some.iter().map(|moved| moved.layer).collect::<Vec<_>>(), last);
    let is_mup = task.spec.network.parametrization == Parametrization::Mup;
    let lost = if diverged > 0 { format!(" {} diverged.", many(diverged as u64, "training")) } else { String::new() };
    let (verdict, said) = match (of(Goes::Up), of(Goes::Down)) {
        _ if all.is_empty() => {
            ("flat", format!("Nothing has moved after {} of {optimizer}, at no width.", many(*steps as u64, "step")))
        }
        (up, down) if up.is_empty() && down.is_empty() => (
            "flat",
            format!(
                "Flat: steps of {optimizer} move the pre-activations of every layer by as much {ends} (most \
                 of all {}): a learning rate that is good for a narrow network is good for a wide one.",
                steepest(&all)
            ),
        ),
        (up, down) if up.is_empty() => (
            "falls",
            format!(
                "They fall with the width: steps of {optimizer} move the pre-activations of {} by less the wider the network \
                 is, {} {ends}: with the same rate a wide network learns less there.",
                named(&down),
                steepest(&down)
            ),
        ),
        (up, _) => {
            let meaning = if is_mup {
                "the rate is too high for more than a few steps, or there are too few seeds to tell"
            } else {
                "a learning rate that is good for a narrow network is too large for a wide one; --parametrization mup makes \
                 them flat"
            };
            (
                "grows",
                format!(
                    "They grow with the width: steps of {optimizer} move the pre-activations of {} by more the wider the network \
                     is, {} {ends}: {meaning}.",
                    named(&up),
                    steepest(&up)
                ),
            )
        }
    };
    (verdict, said + &lost)
}

/// Layers by their numbers, of which the last one is that of the logits: `layer 2`, `layers 2 to 4 and the logits`, `layers 1, 3`.
fn names(layers: &[usize], last: usize) -> String {
    let hidden: Vec<usize> = layers.iter().copied().filter(|layer| *layer != last).collect();
    let of_hidden = match hidden[..] {
        [] => None,
        [one] => Some(format!("layer {one}")),
        [first, .., end] if end - first + 1 == hidden.len() && hidden.len() > 2 => {
            Some(format!("layers {first} to {end}"))
        }
        _ => Some(format!("layers {}", hidden.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))),
    };
    let logits = (hidden.len() < layers.len()).then(|| "the logits".to_owned());
    of_hidden.into_iter().chain(logits).collect::<Vec<_>>().join(" and ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use headstart_engine::watch::Watch;

    fn checked(parametrization: &str, optimizer: &str, block: &str, lr: f64) -> Check {
        let text = format!(
            "[data]\ndata = 'circles'\n[network]\nlayers = '_,64x3,_'\nblock = '{block}'\nparametrization = '{parametrization}'\n\
             base-width = 32\n[init]\nseeds = 4\n[training]\noptimizer = '{optimizer}'\nlr = {lr}\n"
        );
        let question = Question { widths: vec![32, 64, 128, 256], steps: 3 };
        let tasks = tasks(&TaskSpec::from_toml(&text).unwrap(), &question).unwrap();
        check(&tasks, &question, &Host::here(2)).unwrap().unwrap()
    }

    /// The power of the change after a step.
    fn power(check: &Check, layer: usize, step: usize) -> f64 {
        check.layers[layer].change[step - 1].power.unwrap()[0]
    }

    /// Steps of adam are of the size of the rate whatever the gradient is: a sum of n of them grows like n where they agree, so that
    /// hidden layers and the logits do (Yang et al. 2022, figure 5); in mup none does.
    #[test]
    fn in_the_standard_parametrization_steps_of_adam_grow_with_the_width_and_in_mup_they_do_not() {
        let standard = checked("standard", "adam", "dense", 0.002);
        for layer in [1, 2] {
            for step in [1, 3] {
                let power = power(&standard, layer, step);
                assert!((0.5..1.3).contains(&power), "layer {layer}, step {step}: {power}");
            }
        }
        // What the logits move by is a sum of n changes of hidden units, too.
        assert!(power(&standard, 3, 1) > 0.8, "{:?}", standard.layers[3].change);
        assert!(power(&standard, 0, 1).abs() < 0.15, "{:?}", standard.layers[0].change);
        assert_eq!(standard.verdict, "grows");
        assert!(standard.sentence.contains("layers 2, 3 and the logits"), "{}", standard.sentence);
        let mup = checked("mup", "adam", "dense", 0.002);
        for layer in 0..4 {
            let power = power(&mup, layer, 1);
            assert!(power.abs() < 0.25, "layer {layer}: {power}");
        }
        assert_eq!(mup.verdict, "flat", "{}", mup.sentence);
    }

    /// With descent a hidden layer moves by the root of the width, as the gradient behind output weights of 1/sqrt(n) is as small.
    #[test]
    fn descent_and_branches_go_with_the_width_as_well_and_not_in_mup() {
        let standard = checked("standard", "gd", "residual", 0.05);
        assert_eq!(standard.verdict, "grows", "{}", standard.sentence);
        let mup = checked("mup", "gd", "residual", 0.05);
        assert!((0..4).all(|layer| power(&mup, layer, 1).abs() < 0.3), "{:?}", mup.layers);
    }

    #[test]
    fn a_power_is_found_with_its_error() {
        let exact = slope(&[[1.0, 3.0], [2.0, 5.0], [3.0, 7.0]]).unwrap();
        assert_eq!(exact, [2.0, 0.0]);
        assert_eq!(slope(&[[1.0, 3.0]]), None);
        assert_eq!(
            [goes([0.1, 0.01]), goes([0.5, 0.1]), goes([0.5, 0.3]), goes([-0.5, 0.1])],
            [Goes::Not, Goes::Up, Goes::Not, Goes::Down]
        );
        assert_eq!(
            [names(&[2], 5), names(&[2, 3, 4, 5], 5), names(&[1, 3], 5), names(&[5], 5)],
            ["layer 2", "layers 2 to 4 and the logits", "layers 1, 3", "the logits"]
        );
    }

    #[test]
    fn what_has_no_widths_to_vary_is_refused() {
        let refused = |network: &str, widths: &[usize]| {
            let spec = TaskSpec::from_toml(&format!("[network]\n{network}\n[data]\ndata = 'circles'\n")).unwrap();
            tasks(&spec, &Question { widths: widths.to_vec(), steps: 2 }).unwrap_err().to_string()
        };
        assert!(refused("layers = '_,_'", &[8, 16]).contains("no hidden layer"));
        assert!(
            refused("network = 'dense 8 | norm layer | relu | dense _'", &[8, 16]).contains("has widths of its own")
        );
        assert!(refused("layers = '_,8,_'", &[16, 8]).contains("rising"));
    }

    #[test]
    fn a_check_that_was_stopped_is_none() {
        let spec = TaskSpec::from_toml("[data]\ndata = 'circles'\n").unwrap();
        let question = Question { widths: vec![8, 16], steps: 2 };
        let watch = Watch::default();
        watch.stop();
        let tasks = tasks(&spec, &question).unwrap();
        assert_eq!(check(&tasks, &question, &Host::here(1).watched_by(&watch)).unwrap(), None);
    }
}
