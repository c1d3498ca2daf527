//! Between learning rates that train a network and those that do not: a boundary that is rough however close one looks.

use super::{Case, CaseRuns, Experiment, Judgement, Pixels, Row, Setting, View};
use crate::convergence::convergence;
use crate::data::{Dataset, Kind, Samples, Targets};
use crate::heat::{Axis, Colours, Line, Map, Panel};
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

/// Powers of ten of the learning rates that a picture shows: of the input layer from left to right, of the output layer from
/// bottom to top. Each lies within the one before, on the boundary.
const VIEWS: [(&str, [f64; 2], [f64; 2]); 3] = [
    ("all", [-1.0, 6.0], [-1.0, 6.0]),
    ("50 times closer", [2.03, 2.17], [2.05, 2.19]),
    ("233 times closer", [2.09, 2.12], [2.13, 2.16]),
];

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
    page: None,
    cases: |setting| Ok(cases(setting)),
    judge,
};

/// The paper's network is `W1 tanh(sqrt(2/n) W0 x) / n` with all weights from N(0,1). Here the factors are in the weights: He's
/// and N(0,1)/n. A step on a weight that stands for `c` times the paper's is `c^2` times as long.
const SQUARED_FACTORS: [f64; 2] = [2.0 / WIDTH as f64, 1.0 / (WIDTH * WIDTH) as f64];

fn cases(setting: &Setting) -> Vec<Case> {
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
    VIEWS.into_iter().map(case).collect()
}

/// Inputs and targets from N(0,1), which have nothing to do with one another.
fn noise() -> Arc<Dataset> {
    let mut stream = Native::new(0, 0);
    let x = Array2::from_shape_simple_fn((SAMPLES, WIDTH), || stream.normal());
    let y = Array2::from_shape_simple_fn((SAMPLES, 1), || stream.normal());
    Arc::new(Dataset::of("noise", Kind::Regression { outputs: 1 }, Samples { x, y: Targets::Values(y) }, None))
}

fn judge(cases: &[CaseRuns]) -> Judgement {
    let grid = |case: &CaseRuns| -> Grid {
        let columns = case.view.map_or(1, |view| view.axes[0].values.len());
        case.figures.chunks(columns).map(<[f64]>::to_vec).collect()
    };
    let grids: Vec<Grid> = cases.iter().map(grid).collect();
    let (rows, answer) = roughness(&grids);
    Judgement { rows, answer: Some(answer), map: map(cases, &grids) }
}

/// The figures of a picture, row by row.
type Grid = Vec<Vec<f64>>;

/// How rough the boundaries in the views are. The first view shows where the others are: its pixels are wider than nearly
/// all of the roughness, so it decides nothing.
fn roughness(grids: &[Grid]) -> (Vec<Row>, String) {
    let control = dimension(&slopes_of_a_circle(grids[0].len()));
    let mut rows = vec![Row {
        what: "a circle at this resolution: dimension".to_owned(),
        published: "1".to_owned(),
        measured: format!("{control:.2}"),
        agrees: Some((control - 1.0).abs() < ROUGHER),
    }];
    let (mut closer, mut rough) = (Vec::new(), 0);
    for (i, ((name, ..), grid)) in VIEWS.iter().zip(grids).enumerate() {
        let slopes = slopes(&boundary(grid));
        let dimension = dimension(&slopes);
        let figures = grid.concat();
        let converge = figures.iter().filter(|figure| **figure < 0.0).count() as f64 / figures.len() as f64;
        let is_rough = dimension >= control + ROUGHER;
        rows.push(Row {
            what: format!("{name}: dimension"),
            published: if i == 0 { "-" } else { "fractal" }.to_owned(),
            measured: format!("{dimension:.2}, {:.0}% converge", 100.0 * converge),
            agrees: (i > 0).then_some(is_rough),
        });
        if i > 0 {
            closer.extend(slopes);
            rough += usize::from(is_rough);
        }
    }
    let all = dimension(&closer);
    // Nearer to the paper's than to those of a curve and of an area.
    let near = [f64::midpoint(1.0, PUBLISHED), f64::midpoint(PUBLISHED, 2.0)];
    rows.push(Row {
        what: "closer views: median dimension".to_owned(),
        published: format!("{PUBLISHED}"),
        measured: format!("{all:.2}"),
        agrees: Some((near[0]..near[1]).contains(&all)),
    });
    let closer = VIEWS.len() - 1;
    let verdict = if rough == closer { "Rough however close one looks" } else { "Not rough at every scale" };
    let answer = format!(
        "{verdict}: in {rough} of {closer} closer views the boundary has a dimension of {ROUGHER} or more above the \
         {control:.2} of a smooth curve; the median over them and over all sizes of boxes is {all:.2}, published as \
         {PUBLISHED}.",
    );
    (rows, answer)
}

/// The views side by side, each with the outline of the next.
fn map(cases: &[CaseRuns], grids: &[Grid]) -> Option<Map> {
    let panel = |(case, grid): (&CaseRuns, &Grid)| {
        let axes = case.view.map(|view| view.axes.clone());
        Panel { title: case.name.to_owned(), axes, cells: ranked(grid) }
    };
    let outline = |(_, x, y): &(&str, [f64; 2], [f64; 2])| {
        let corner = |i: usize, j: usize| [libm::pow(10.0, x[i]), libm::pow(10.0, y[j])];
        Line {
            // Two outlines in one panel are near one another, and what they show has its title.
            name: String::new(),
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
        small_is_best: false,
        outline: None,
        lines: VIEWS[1..].iter().map(outline).collect(),
        panels: cases.iter().zip(grids).map(panel).collect(),
    })
}

/// Figures as their ranks among those of the same sign, from 0 to 1 away from 0: so that all colours are seen.
fn ranked(grid: &[Vec<f64>]) -> Grid {
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
    let grid: Grid = (0..resolution).map(|row| (0..resolution).map(|column| side(row, column)).collect()).collect();
    slopes(&boundary(&grid))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::Host;
    use crate::replicate::Options;

    fn set(size: usize, is_in: impl Fn(usize, usize) -> bool) -> Vec<Vec<bool>> {
        (0..size).map(|row| (0..size).map(|column| is_in(row, column)).collect()).collect()
    }

    #[test]
    fn boxes_tell_lines_from_areas_and_from_what_is_between() {
        let of = |set: &[Vec<bool>]| dimension(&slopes(set));
        assert_eq!(of(&set(128, |row, _| row == 50)), 1.0);
        assert_eq!(of(&set(128, |row, column| row == column)), 1.0);
        assert_eq!(of(&set(128, |_, _| true)), 2.0);
        // Sierpinski's triangle, in Pascal's: log 3 / log 2.
        let triangle = of(&set(128, |row, column| row & column == 0));
        assert!((triangle - f64::log2(3.0)).abs() < 1e-12, "{triangle}");
        assert_eq!(of(&set(128, |_, _| false)), 0.0);
    }

    #[test]
    fn boxes_at_the_edge_count_though_they_are_cut_off() {
        assert_eq!(boxes(&set(5, |_, _| true), 2), 9);
        assert_eq!(boxes(&set(5, |row, column| (row, column) == (4, 4)), 4), 1);
    }

    #[test]
    fn a_boundary_is_where_the_sign_changes() {
        let grid = [[-1.0, -2.0, 3.0], [-1.0, -1.0, 2.0], [-4.0, -1.0, -1.0]].map(|row| row.to_vec());
        assert_eq!(boundary(&grid), [[false, true], [false, true]]);
        // 0 diverges.
        assert_eq!(boundary(&[vec![0.0, 1.0], vec![2.0, 0.0]]), [[false]]);
    }

    #[test]
    fn ranks_use_all_colours_and_keep_the_sign() {
        let grid = [vec![-10.0, -0.1, -500.0], vec![3.0, 0.0, 1e6]];
        assert_eq!(ranked(&grid), [[-2.0 / 3.0, -1.0 / 3.0, -1.0], [2.0 / 3.0, 1.0 / 3.0, 1.0]]);
    }

    /// A picture whose left lower corner converges, up to a height above the diagonal for each column.
    fn below(size: usize, height: impl Fn(usize) -> f64) -> Grid {
        (0..size)
            .map(|row| (0..size).map(|column| if (row as f64) < height(column) { -1.0 } else { 1.0 }).collect())
            .collect()
    }

    #[test]
    fn rough_views_agree_and_smooth_ones_do_not() {
        let smooth = below(128, |column| 20.0 + 0.6 * column as f64);
        // Sierpinski's triangle.
        let converges = |row: usize, column: usize| if row & column == 0 { -1.0 } else { 1.0 };
        let rough: Grid = (0..128).map(|row| (0..128).map(|column| converges(row, column)).collect()).collect();
        let (rows, answer) = roughness(&[smooth.clone(), rough.clone(), rough.clone()]);
        assert!(rows.iter().all(|row| row.agrees != Some(false)) && answer.starts_with("Rough however"), "{rows:?}");
        let (rows, answer) = roughness(&[smooth.clone(), rough, smooth.clone()]);
        assert!(rows[3].agrees == Some(false) && answer.starts_with("Not rough at every scale"), "{rows:?}");
        // A view beside the boundary has none.
        let (rows, _) = roughness(&[smooth.clone(), below(128, |_| 0.0), smooth]);
        assert!(rows[2].measured == "0.00, 0% converge" && rows[2].agrees == Some(false), "{rows:?}");
    }

    #[test]
    fn each_view_lies_within_the_one_before() {
        for pair in VIEWS.windows(2) {
            let within = |outer: [f64; 2], inner: [f64; 2]| outer[0] < inner[0] && inner[1] < outer[1];
            assert!(within(pair[0].1, pair[1].1) && within(pair[0].2, pair[1].2));
            let closer = (VIEWS[0].1[1] - VIEWS[0].1[0]) / (pair[1].1[1] - pair[1].1[0]);
            assert!(pair[1].0.starts_with(&format!("{closer:.0} times")), "{} is {closer} times closer", pair[1].0);
        }
    }

    #[test]
    fn both_colours_show_in_every_view() {
        let options = Options { resolution: Some(8), ..Options::default() };
        let replication = FRACTAL.prepare(&options).unwrap().run(&Host::here(2)).unwrap().unwrap();
        let map = replication.map.unwrap();
        assert_eq!((replication.runs.len(), map.panels.len()), (3 * 64, 3));
        for panel in &map.panels {
            let cells = panel.cells.concat();
            assert!(cells.iter().any(|x| *x < 0.0) && cells.iter().any(|x| *x > 0.0), "{}", panel.title);
        }
        // Of the traces only the ends are kept.
        assert!(replication.runs.iter().all(|run| run.trace.len() <= 2));
    }
}
