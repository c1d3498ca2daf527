//! Between learning rates that train a network and those that do not: a boundary that is rough however close one looks.

use super::{Case, CaseRuns, Experiment, Judgement, Pixels, Row, Setting, View};
use crate::data::{Dataset, Kind, Preprocess, Samples, Targets};
use crate::report::heatmap::{Axis, Colours, Line, Map, Panel};
use crate::run::Record;
use crate::spec::TaskSpec;
use crate::stats;
use headstart_engine::rng::{Native, Stream};
use ndarray::Array2;
use std::sync::Arc;

/// Inputs, and units of the hidden layer.
const WIDTH: usize = 16;

/// As many samples as the network has parameters.
const SAMPLES: usize = WIDTH * WIDTH + WIDTH;

const STEPS: usize = 500;

/// A loss this many times the first one counts as no larger than that, as does one that is not finite.
const LARGEST: f64 = 1e6;

/// Losses at the end whose mean decides whether a run converged.
const LAST: usize = 20;

/// Powers of ten of the learning rates that a picture shows: of the input layer from left to right, of the output layer from
/// bottom to top. Each lies within the one before.
const VIEWS: [(&str, [f64; 2], [f64; 2]); 3] =
    [("all", [-1.0, 6.0], [-1.0, 6.0]), ("closer", [1.0, 3.0], [1.0, 3.0]), ("closest", [2.0, 2.2], [2.0, 2.2])];

/// The dimension that the paper's table has for tanh and the full batch.
const PUBLISHED: f64 = 1.66;

/// How much more than that of a smooth curve the dimension of a boundary has to be that is none.
const ROUGHER: f64 = 0.1;

/// The boundary of trainability.
pub const FRACTAL: Experiment = Experiment {
    name: "fractal-2024",
    title: "16-16-1 tanh on noise: which learning rates of the input and of the output layer converge within 500 steps, and \
            how rough is the boundary between them and the others?",
    source: "J. Sohl-Dickstein 2024, \"The boundary of neural network trainability is fractal\" (arXiv:2402.06184): tanh, \
             full batch",
    files: &[],
    pixels: Some(Pixels { resolution: 128, figure: convergence }),
    cases,
    judge,
};

/// The paper's network is `W1 tanh(sqrt(2/n) W0 x) / n` with all weights from N(0,1). Here the factors are in the weights: He's
/// and N(0,1)/n. A step on a weight that stands for `c` times the paper's is `c^2` times as long.
const SQUARED_FACTORS: [f64; 2] = [2.0 / WIDTH as f64, 1.0 / (WIDTH * WIDTH) as f64];

fn cases(setting: &Setting) -> Result<Vec<Case>, crate::error::Error> {
    let data = noise();
    let rates = |[low, high]: [f64; 2]| {
        let last = (setting.resolution - 1) as f64;
        (0..setting.resolution).map(|i| libm::pow(10.0, low + (high - low) * i as f64 / last)).collect()
    };
    let case = |(name, x, y): (&str, [f64; 2], [f64; 2])| Case {
        data: Some(Arc::clone(&data)),
        view: Some(View {
            axes: [
                Axis::new("learning rate of the input layer", rates(x)),
                Axis::new("learning rate of the output layer", rates(y)),
            ],
            vary: |spec: &mut TaskSpec, x, y| {
                spec.training.lr_factors = vec![x * SQUARED_FACTORS[0], y * SQUARED_FACTORS[1]];
            },
        }),
        ..Case::new(
            name,
            format!(
                "[data]\ndata = \"noise\"\n[network]\nlayers = [{WIDTH}, {WIDTH}, 1]\nactivation = \"tanh\"\n\
                 [init]\ninit = [\"he\", \"normal:{}\"]\nbias = \"none\"\n\
                 [training]\nlr = 1.0\nlr-factors = [1.0, 1.0]\nsteps = {STEPS}\nrecord-every = 1\n",
                1.0 / WIDTH as f64
            ),
        )
    };
    if let Ok(w) = std::env::var("FZ") {
        let f: Vec<f64> = w.split(',').map(|x| x.parse().unwrap()).collect();
        return Ok(vec![case(("one", [f[0], f[1]], [f[2], f[3]]))]);
    }
    Ok(VIEWS.into_iter().map(case).collect())
}

/// Inputs and targets from N(0,1), which have nothing to do with one another.
fn noise() -> Arc<Dataset> {
    let mut stream = Native::new(0, 0);
    let x = Array2::from_shape_simple_fn((SAMPLES, WIDTH), || stream.normal());
    let y = Array2::from_shape_simple_fn((SAMPLES, 1), || stream.normal());
    Arc::new(Dataset {
        name: "noise".to_owned(),
        train: Samples { x, y: Targets::Values(y) },
        test: None,
        kind: Kind::Regression { outputs: 1 },
        preprocess: Preprocess::default(),
        notes: Vec::new(),
    })
}

/// The paper's measure (its notebook's `convergence_measure`): of losses as multiples of the first one, minus their sum if the
/// last ones are below 1 on average, and otherwise the sum of their inverses. Both are small if the run soon is where it
/// goes, and large near the boundary.
fn convergence(trace: &[Record]) -> f64 {
    let first = trace.first().map_or(f64::NAN, |record| record.loss);
    let multiple =
        |record: &Record| Some(record.loss / first).filter(|x| x.is_finite()).map_or(LARGEST, |x| x.min(LARGEST));
    // A run that diverged has no losses after that; they would not be finite.
    let losses: Vec<f64> = trace.iter().map(multiple).chain(std::iter::repeat(LARGEST)).take(STEPS).collect();
    let end = losses[STEPS - LAST..].iter().sum::<f64>() / LAST as f64;
    if end < 1.0 { -losses.iter().sum::<f64>() } else { losses.iter().map(|x| 1.0 / x).sum() }
}

fn judge(cases: &[CaseRuns]) -> Judgement {
    let grid = |case: &CaseRuns| -> Vec<Vec<f64>> {
        let columns = case.view.map_or(1, |view| view.axes[0].values.len());
        case.figures.chunks(columns).map(<[f64]>::to_vec).collect()
    };
    let grids: Vec<Vec<Vec<f64>>> = cases.iter().map(grid).collect();
    let resolution = grids[0].len();
    let slopes: Vec<Vec<f64>> = grids.iter().map(|grid| slopes(&boundary(grid))).collect();
    let control = dimension(&slopes_of_a_circle(resolution));
    let mut rows = vec![Row {
        what: "a circle at this resolution: dimension".to_owned(),
        published: "1".to_owned(),
        measured: format!("{control:.2}"),
        agrees: Some((control - 1.0).abs() < ROUGHER / 2.0),
    }];
    for (case, slopes) in cases.iter().zip(&slopes) {
        let dimension = dimension(slopes);
        let converge = case.figures.iter().filter(|figure| **figure < 0.0).count() as f64 / case.figures.len() as f64;
        rows.push(Row {
            what: format!("{}: rougher than a curve", case.name),
            published: "fractal".to_owned(),
            measured: format!("{dimension:.2}, {:.0}% converge", 100.0 * converge),
            agrees: Some(dimension >= control + ROUGHER),
        });
    }
    let all = dimension(&slopes.concat());
    // Nearer to the paper's than to those of a curve and of an area.
    let near = [f64::midpoint(1.0, PUBLISHED), f64::midpoint(PUBLISHED, 2.0)];
    rows.push(Row {
        what: "all views: median dimension".to_owned(),
        published: format!("{PUBLISHED}"),
        measured: format!("{all:.2}"),
        agrees: Some((near[0]..near[1]).contains(&all)),
    });
    let rough = rows[1..=cases.len()].iter().filter(|row| row.agrees == Some(true)).count();
    let verdict = if rough == cases.len() { "Yes" } else { "Not at every scale" };
    let [wide, .., close] = VIEWS;
    let answer = format!(
        "{verdict}: in {rough} of {} views, the closest of them {:.0} times closer than the first, the boundary has a dimension \
         more than {ROUGHER} above the {control:.2} of a smooth curve; the median over all views and box sizes is {all:.2}, \
         published as {PUBLISHED}.",
        cases.len(),
        (wide.1[1] - wide.1[0]) / (close.1[1] - close.1[0]),
    );
    Judgement { rows, answer: Some(answer), map: map(cases, &grids) }
}

/// The views side by side, each with the outline of the next.
fn map(cases: &[CaseRuns], grids: &[Vec<Vec<f64>>]) -> Option<Map> {
    let panel = |(case, grid): (&CaseRuns, &Vec<Vec<f64>>)| {
        let axes = case.view.map(|view| view.axes.clone());
        Panel { title: case.name.to_owned(), axes, cells: ranked(grid) }
    };
    let outline = |(name, x, y): &(&str, [f64; 2], [f64; 2])| {
        let corner = |i: usize, j: usize| [libm::pow(10.0, x[i]), libm::pow(10.0, y[j])];
        Line {
            name: (*name).to_owned(),
            points: vec![corner(0, 0), corner(0, 1), corner(1, 1), corner(1, 0), corner(0, 0)],
        }
    };
    let [x, y] = cases.first()?.view?.axes.clone();
    Some(Map {
        x,
        y,
        value: "blue converges, red diverges: the paler the sooner".to_owned(),
        range: [-1.0, 1.0],
        colours: Colours::Divergent,
        outline: None,
        lines: VIEWS[1..].iter().map(outline).collect(),
        panels: cases.iter().zip(grids).map(panel).collect(),
    })
}

/// Figures as their ranks among those of the same sign, from 0 to 1 away from 0: so that all colours are seen.
fn ranked(grid: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let sizes = |of_sign: fn(f64) -> bool| -> Vec<f64> {
        let mut sizes: Vec<f64> = grid.concat().into_iter().filter(|x| of_sign(*x)).map(f64::abs).collect();
        sizes.sort_by(f64::total_cmp);
        sizes
    };
    let (below, above) = (sizes(|x| x < 0.0), sizes(|x| x >= 0.0));
    let rank = |x: &f64| {
        let of = if *x < 0.0 { &below } else { &above };
        let share = of.partition_point(|size| *size <= x.abs()) as f64 / of.len() as f64;
        share.copysign(*x)
    };
    grid.iter().map(|row| row.iter().map(rank).collect()).collect()
}

/// Where four pixels around a point do not all have the same sign: `(rows - 1) x (columns - 1)`.
fn boundary(grid: &[Vec<f64>]) -> Vec<Vec<bool>> {
    let differ = |(low, high): (&[f64], &[f64])| {
        let converge = low.iter().chain(high).filter(|x| **x < 0.0).count();
        converge != 0 && converge != 4
    };
    let row = |pair: &[Vec<f64>]| pair[0].windows(2).zip(pair[1].windows(2)).map(differ).collect();
    grid.windows(2).map(row).collect()
}

/// Boxes of `size x size` that have anything of a set in them.
fn boxes(set: &[Vec<bool>], size: usize) -> usize {
    let any = |rows: &[Vec<bool>], from: usize| rows.iter().any(|row| row.iter().skip(from).take(size).any(|x| *x));
    let in_rows = |rows: &[Vec<bool>]| (0..rows[0].len()).step_by(size).filter(|from| any(rows, *from)).count();
    set.chunks(size).map(in_rows).sum()
}

/// The box-counting dimension between one size of boxes and twice that: how many times more of the small ones are needed, as
/// a power of two. For sizes 1, 2, 4 and on to an eighth of the picture, where boxes are still many. Empty for an empty set.
fn slopes(set: &[Vec<bool>]) -> Vec<f64> {
    let sizes = std::iter::successors(Some(1), |size| Some(2 * size)).take_while(|size| *size <= set.len() / 8);
    let counts: Vec<f64> = sizes.map(|size| boxes(set, size) as f64).collect();
    counts.windows(2).map(|pair| (pair[0] / pair[1]).log2()).filter(|slope| slope.is_finite()).collect()
}

/// The median of dimensions at several sizes, as the paper has it; 0 of nothing.
fn dimension(slopes: &[f64]) -> f64 {
    stats::median(slopes).unwrap_or(0.0)
}

/// What a smooth boundary gives in a picture of so many pixels.
fn slopes_of_a_circle(resolution: usize) -> Vec<f64> {
    let (middle, radius) = (resolution as f64 / 2.0, resolution as f64 / 3.0);
    let side = |row: usize, column: usize| (row as f64 - middle).hypot(column as f64 - middle) - radius;
    let grid: Vec<Vec<f64>> =
        (0..resolution).map(|row| (0..resolution).map(|column| side(row, column)).collect()).collect();
    slopes(&boundary(&grid))
}
