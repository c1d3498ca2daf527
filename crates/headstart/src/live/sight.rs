//! What a start looks like at a moment.

use super::plane::{Colour, Plane, evenly};
use crate::data::Targets;
use crate::error::Error;
use crate::spec::Precision;
use crate::task::Task;
use headstart_engine::landscape::Landscape;
use headstart_engine::network::{Network, Parameters};
use headstart_engine::probe::portrait::{Portrait, portrait};
use headstart_engine::train::{self, Problem, outputs};
use headstart_engine::watch::Watch;
use ndarray::{Array2, Axis};

/// Samples that are looked at, numbers of the units and features of all of them, and multiply-adds of a pass.
const MOST_SAMPLES: usize = 1000;
const MOST_NUMBERS: usize = 4_000_000;
const MOST_WORK: usize = 200_000_000;
/// Weights of a layer that are drawn.
const MOST_LINKS: usize = 300;

/// What a start looks like: layer by layer, what it makes of the plane, and the weights that it does it with.
#[derive(Clone, Debug)]
pub struct Sight {
    /// Its layers, on some of the samples, evenly from all.
    pub portrait: Portrait,
    /// A byte for each cell of the [`Plane`](super::Plane): the number of the class, or where it is between the ends that the plane's
    /// [`Colour`] has, 0 to 255.
    pub decisions: Vec<u8>,
    /// How large the largest output is, 0 to 255, where colours are classes.
    pub sure: Option<Vec<u8>>,
    /// The largest weights of each layer.
    pub links: Vec<Vec<Link>>,
}

/// A weight between two units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Link {
    /// The unit of the layer before.
    pub from: usize,
    /// The unit of this one.
    pub to: usize,
    /// The weight.
    pub weight: f64,
}

impl Sight {
    fn of(task: &Task, plane: &Plane, landscape: &Landscape, parameters: &Parameters) -> Self {
        let (network, cells) = (task.network(), plane.cells.view());
        let said = match task.spec.training.precision() {
            Precision::F64 => outputs::<f64>(network, parameters, &cells),
            Precision::F32 => outputs::<f32>(network, parameters, &cells),
        };
        let (decisions, sure) = match &plane.colour {
            Colour::Probability { .. } => (between(&said, network.class_ends()), None),
            Colour::Value { range, .. } => (between(&said, *range), None),
            Colour::Class { .. } => {
                let best = said.rows().into_iter().map(|row| {
                    let first = (0, f64::NEG_INFINITY);
                    row.iter().enumerate().fold(first, |best, (i, a)| if *a > best.1 { (i, *a) } else { best })
                });
                let [low, high] = network.class_ends();
                let both = best.map(|(class, a)| (class.min(255) as u8, byte((a - low) / (high - low))));
                let (classes, sure): (Vec<u8>, Vec<u8>) = both.unzip();
                (classes, Some(sure))
            }
        };
        let links = parameters.0.iter().map(|layer| links(&layer.weights)).collect();
        Self { portrait: portrait(landscape, parameters), decisions, sure, links }
    }
}

/// Where the first outputs are between two ends.
fn between(said: &Array2<f64>, [low, high]: [f64; 2]) -> Vec<u8> {
    let width = if high > low { high - low } else { 1.0 };
    said.column(0).iter().map(|a| byte((a - low) / width)).collect()
}

/// A share as a byte; what is no number is in the middle.
fn byte(share: f64) -> u8 {
    if share.is_nan() { 128 } else { (share.clamp(0.0, 1.0) * 255.0).round() as u8 }
}

/// The largest weights, the first ones of equal ones.
fn links(weights: &Array2<f64>) -> Vec<Link> {
    let all = weights.indexed_iter().map(|((to, from), weight)| Link { from, to, weight: *weight });
    let mut all: Vec<Link> = all.filter(|link| link.weight.is_finite()).collect();
    let larger = |a: &Link, b: &Link| b.weight.abs().total_cmp(&a.weight.abs());
    if all.len() > MOST_LINKS {
        all.select_nth_unstable_by(MOST_LINKS - 1, |a, b| larger(a, b).then((a.to, a.from).cmp(&(b.to, b.from))));
        all.truncate(MOST_LINKS);
    }
    all
}

/// The samples that are looked at, evenly from all, as a problem in float64.
pub(super) fn looks(task: &Task) -> Result<Problem<f64>, Error> {
    let samples = &task.dataset.train;
    let widest = task.network().widths().iter().sum::<usize>().max(1);
    let most = (MOST_NUMBERS / widest).min(MOST_WORK / task.network().parameter_count().max(1)).clamp(16, MOST_SAMPLES);
    let some: Vec<usize> = evenly(samples.x.nrows(), most).collect();
    let x = samples.x.select(Axis(0), &some);
    let (network, training): (Network, _) = (task.network().clone(), task.training().clone());
    let problem = match &samples.y {
        Targets::Classes(classes) => {
            let classes: Vec<usize> = some.iter().map(|i| classes[*i]).collect();
            Problem::new(network, training, (x.view(), train::Targets::Classes(&classes)), None)
        }
        Targets::Values(values) => {
            let values = values.select(Axis(0), &some);
            Problem::new(network, training, (x.view(), train::Targets::Values(values.view())), None)
        }
    };
    Ok(problem?)
}

/// What networks with these parameters look like, some of them at a time.
pub(super) fn sights(
    task: &Task,
    plane: &Plane,
    looks: &Problem<f64>,
    all: &[&Parameters],
    threads: usize,
    watch: &Watch,
) -> Vec<Sight> {
    let landscape = Landscape::new(looks, threads.div_ceil(all.len().max(1))).watched(watch);
    let of = |parameters: &&Parameters| Sight::of(task, plane, &landscape, parameters);
    let share = all.len().div_ceil(threads.max(1)).max(1);
    std::thread::scope(|scope| {
        let (own, others) = all.split_at(share.min(all.len()));
        let others: Vec<_> =
            others.chunks(share).map(|part| scope.spawn(|| part.iter().map(of).collect::<Vec<_>>())).collect();
        let mut sights: Vec<Sight> = own.iter().map(of).collect();
        for part in others {
            // What went wrong there goes wrong here.
            sights.extend(part.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        sights
    })
}
