//! Born dead: how likely a relu network is constant before its first step.

use super::{Case, CaseRuns, Experiment, Judgement, Row};
use crate::data::{Dataset, Kind, Samples, Targets};
use crate::heat::{Axis, Colours, Map, Panel};
use crate::words::count;
use ndarray::Array2;
use std::f64::consts::PI;
use std::sync::Arc;

/// Born dead.
pub const DYING: Experiment = Experiment {
    name: "dying-relu-2019",
    title: "narrow relu networks with one input, from He's weights: how many are constant from the start, and stay so?",
    source: "L. Lu, Y. Shin, Y. Su and G. E. Karniadakis 2019, \"Dying ReLU and Initialization: Theory and Numerical \
             Examples\" (arXiv:1903.06733): deep relu networks die in probability; bounds and exact shares are derived here",
    files: &[],
    pixels: None,
    page: None,
    cases: |_| Ok(cases(DRAWS, SEEDS)),
    judge,
};

/// Units in each hidden layer.
const WIDTHS: [usize; 4] = [2, 3, 4, 6];

/// Layers of weights: one more than hidden layers.
const DEPTHS: [usize; 6] = [3, 5, 10, 20, 40, 80];

/// Draws of each network.
const DRAWS: usize = 2000;

/// Trainings of a network of so many layers, two units in each, on |x|.
const SEEDS: usize = 400;
const TRAINED: usize = 10;
const STEPS: usize = 2000;

/// A training has collapsed if its loss is at least this share of what the best constant costs.
const COLLAPSED: f64 = 0.98;

/// A share of draws may lie so many of its standard deviations beyond a bound.
const DEVIATIONS: f64 = 3.0;

fn cases(draws: usize, seeds: usize) -> Vec<Case> {
    let rays = Arc::new(rays());
    let born = networks().map(|(width, depth)| Case {
        data: Some(Arc::clone(&rays)),
        ..Case::new(
            format!("born, {depth} layers of {width}"),
            format!(
                "[data]\ndata = \"two rays\"\n[network]\nlayers = [1, {}1]\n[init]\ninit = \"he\"\nbias = \"none\"\n\
                 seeds = {draws}\n[training]\nlr = 1e-9\nsteps = 1\nrecord-every = 1\n",
                format!("{width}, ").repeat(depth - 1)
            ),
        )
    });
    let trained = Case {
        data: Some(Arc::new(absolute())),
        ..Case::new(
            format!("trained, {TRAINED} layers of 2"),
            format!(
                "[data]\ndata = \"|x|\"\n[network]\nlayers = [1, {}1]\n[init]\ninit = \"he\"\nseeds = {seeds}\n\
                 [training]\noptimizer = \"adam\"\nlr = 0.001\nsteps = {STEPS}\nrecord-every = {STEPS}\n",
                "2, ".repeat(TRAINED - 1)
            ),
        )
    };
    born.chain([trained]).collect()
}

/// Width and depth of the networks that are drawn.
fn networks() -> impl Iterator<Item = (usize, usize)> {
    WIDTHS.into_iter().flat_map(|width| DEPTHS.map(|depth| (width, depth)))
}

/// One input on each side of 0. Without biases a network is a multiple of x on either side, so it is constant, which then is
/// 0, if and only if both outputs are 0; with targets of 0 its loss tells.
fn rays() -> Dataset {
    regression("two rays", &[-1.0, 1.0], |_| 0.0)
}

/// A function that no constant meets, on an interval over which x has variance 1.
fn absolute() -> Dataset {
    let x: Vec<f64> = (0..200).map(|i| 3.0_f64.sqrt() * (f64::from(i) / 99.5 - 1.0)).collect();
    regression("|x|", &x, f64::abs)
}

fn regression(name: &str, x: &[f64], of: impl Fn(f64) -> f64) -> Dataset {
    let column = |numbers: Vec<f64>| Array2::from_shape_vec((x.len(), 1), numbers).expect("one column");
    let y = Targets::Values(column(x.iter().map(|x| of(*x)).collect()));
    Dataset::of(name, Kind::Regression { outputs: 1 }, Samples { x: column(x.to_vec()), y }, None)
}

/// `2^-N`: how likely a layer of so many units is 0 for an input that reaches it.
fn off(width: usize) -> f64 {
    libm::pow(0.5, width as f64)
}

/// At most so likely is a network of so many layers of weights born dead, for any symmetric weights and any number of inputs: `1 - prod (1 - 2^-N)` over its hidden layers. It is how likely a single input dies, and a
/// network is dead only if all do.
fn at_most(width: usize, depth: usize) -> f64 {
    1.0 - libm::pow(1.0 - off(width), (depth - 1) as f64)
}

/// At least so likely, for one input and no biases: `1 - a1^(L-2) + c (a2^(L-2) - a1^(L-2))` with `a1
/// = 1 - 2^-N`, `a2 = 1 - 2^(1-N) - (N-1) 4^-N` and `c = (1 - 2^(1-N)) (1 - 2^-N) / (1 + (N-1) 2^-N)`.
///
/// It is the chain of the two rays x > 0 and x < 0 if they were orthogonal in every layer, as they are in the first one. Both
/// go on with `a2`, unless they become one by passing through the same unit alone; one goes on with `a1`. Rays at a smaller
/// angle die together more often.
fn at_least(width: usize, depth: usize) -> f64 {
    let (off, more) = (off(width), width as f64 - 1.0);
    let power = |a: f64| libm::pow(a, (depth - 2) as f64);
    let (one, two) = (power(1.0 - off), power(1.0 - 2.0 * off - more * off * off));
    1.0 - one + (1.0 - 2.0 * off) * (1.0 - off) / (1.0 + more * off) * (two - one)
}

/// How likely exactly, of networks of two units in each layer and normal weights: the same chain with the angle between the
/// rays, which is the mean over the directions of the two units' weights and the ratio of their lengths.
///
/// A unit's weights are normal, so what it makes of the two rays depends on their direction, uniform, and on their length,
/// whose square is exponential: of two units the share of one in the sum of the squares is uniform.
fn exactly_of_two(depth: usize) -> f64 {
    const ANGLES: usize = 16;
    const DIRECTIONS: usize = 4 * ANGLES;
    const SHARES: usize = 16;
    let one_dies = |layers: usize| 1.0 - libm::pow(0.75, layers as f64);
    // Where two rays at each angle get to: so likely to death, to one ray, and to two at each angle.
    let steps: Vec<[f64; ANGLES + 3]> = (0..=ANGLES)
        .map(|i| {
            let angle = i as f64 * 0.5 * PI / ANGLES as f64;
            let mut to = [0.0; ANGLES + 3];
            let outputs: Vec<[f64; 2]> = (0..DIRECTIONS)
                .map(|k| (k as f64 + 0.5) * 2.0 * PI / DIRECTIONS as f64)
                .map(|direction| [direction, direction - angle].map(|x| libm::cos(x).max(0.0)))
                .collect();
            let each = 1.0 / (DIRECTIONS * DIRECTIONS * SHARES) as f64;
            for (a, b) in outputs.iter().flat_map(|a| outputs.iter().map(move |b| (a, b))) {
                for k in 0..SHARES {
                    let share = (k as f64 + 0.5) / SHARES as f64;
                    let rays = [0, 1].map(|ray| [a[ray] * share.sqrt(), b[ray] * (1.0 - share).sqrt()]);
                    let alive = rays.map(|ray| ray != [0.0; 2]);
                    if alive != [true; 2] {
                        to[usize::from(alive != [false; 2])] += each;
                        continue;
                    }
                    let [first, second] = rays.map(|[x, y]| libm::atan2(y, x));
                    let place = (first - second).abs() / (0.5 * PI) * ANGLES as f64;
                    let below = (place as usize).min(ANGLES - 1);
                    to[2 + below] += each * (1.0 - place + below as f64);
                    to[3 + below] += each * (place - below as f64);
                }
            }
            to
        })
        .collect();
    // How likely two rays at each angle are dead after so many layers more.
    let mut dies = vec![0.0; ANGLES + 1];
    for layers in 0..depth - 2 {
        let of = |to: &[f64; ANGLES + 3]| {
            to[0] + to[1] * one_dies(layers) + to[2..].iter().zip(&dies).map(|(to, dies)| to * dies).sum::<f64>()
        };
        dies = steps.iter().map(of).collect();
    }
    // The first layer has both rays in one draw of two, at a right angle, and otherwise one.
    0.5 * (one_dies(depth - 2) + dies[ANGLES])
}

fn judge(cases: &[CaseRuns]) -> Judgement {
    let (trained, born) = cases.split_last().expect("there is a network that is trained");
    let share = |case: &CaseRuns| {
        let dead = case.runs.iter().filter(|run| run.trace.first().is_some_and(|record| record.loss == 0.0)).count();
        dead as f64 / case.runs.len() as f64
    };
    let born: Vec<f64> = born.iter().map(share).collect();
    let constant = super::guessing(trained.task);
    let collapsed = trained.runs.iter().filter(|run| run.train.loss >= COLLAPSED * constant).count();
    of_shares(&born, cases[0].runs.len(), [collapsed, trained.runs.len()])
}

/// Of the shares of each network that are born dead, over so many draws, and of how many trainings collapse of how many.
fn of_shares(born: &[f64], draws: usize, [collapsed, seeds]: [usize; 2]) -> Judgement {
    let percent = |share: f64| format!("{:.1}%", 100.0 * share);
    let mut rows: Vec<Row> = networks()
        .zip(born)
        .map(|((width, depth), share)| {
            let (least, most) = (at_least(width, depth), at_most(width, depth));
            let beyond = (least - share).max(share - most);
            let exactly =
                if width == 2 { format!(" (exact {})", percent(exactly_of_two(depth))) } else { String::new() };
            let deviation = (most.min(0.5) * (1.0 - most.min(0.5)) / draws as f64).sqrt();
            Row {
                what: format!("dead, {depth} layers of {width}"),
                published: format!("theory {} to {}", percent(least), percent(most)),
                measured: percent(*share) + &exactly,
                agrees: Some(beyond <= DEVIATIONS * deviation),
            }
        })
        .collect();
    let trained = collapsed as f64 / seeds as f64;
    // Whatever is born dead ends as a constant.
    let least = exactly_of_two(TRAINED);
    let deviation = (least * (1.0 - least) / seeds as f64).sqrt();
    rows.push(Row {
        what: format!("|x|, {TRAINED} of 2: collapse"),
        published: format!("theory at least {}", percent(least)),
        measured: percent(trained),
        agrees: Some(trained > least - DEVIATIONS * deviation),
    });
    let at = |width: usize, depth: usize| {
        networks().zip(born).find(|(network, _)| *network == (width, depth)).map_or(f64::NAN, |(_, share)| *share)
    };
    let answer = format!(
        "Of networks of 10 layers of 2 units {} are constant before their first step, and {} of {} trained on |x| end as a \
         constant. Width is the remedy: with 6 units in each layer {} of 10 layers and {} of 80 are born dead.",
        percent(at(2, 10)),
        count(collapsed as u64),
        count(seeds as u64),
        percent(at(6, 10)),
        percent(at(6, 80)),
    );
    let bound = |of: fn(usize, usize) -> f64| networks().map(|(width, depth)| of(width, depth)).collect::<Vec<_>>();
    let panel = |(title, shares): (&str, &[f64])| Panel {
        title: title.to_owned(),
        axes: None,
        cells: shares.chunks(DEPTHS.len()).map(<[f64]>::to_vec).collect(),
    };
    let (least, most) = (bound(at_least), bound(at_most));
    let map = Map {
        x: Axis::new("layers", DEPTHS.map(|depth| depth as f64).to_vec()),
        y: Axis::new("units in each layer", WIDTHS.map(|width| width as f64).to_vec()),
        value: "share that is born dead".to_owned(),
        range: [0.0, 1.0],
        colours: Colours::Sequential,
        small_is_best: true,
        outline: None,
        lines: Vec::new(),
        panels: [("lower bound", &least[..]), ("measured", born), ("upper bound", &most)].map(panel).into(),
    };
    Judgement { rows, answer: Some(answer), map: Some(map) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::Host;
    use crate::replicate::Options;

    /// Two hidden layers by hand: one ray of two passes the first one with `2^(1-N)`, and then dies with `2^-N`; both die
    /// with `4^-N`.
    #[test]
    fn the_lower_bound_is_exact_for_two_hidden_layers() {
        for width in 1..8 {
            let off = off(width);
            let exact = 2.0 * off * off + (1.0 - 2.0 * off) * off * off;
            assert!((at_least(width, 3) - exact).abs() < 1e-14, "{width}");
        }
        assert!((exactly_of_two(3) - at_least(2, 3)).abs() < 1e-12);
        // A layer of one unit lets one ray through, and every other one stops it in one draw of two.
        assert_eq!(at_least(1, 7), 1.0 - libm::pow(0.5, 5.0));
    }

    #[test]
    fn what_is_exact_lies_between_the_bounds() {
        for depth in DEPTHS {
            let (least, exact, most) = (at_least(2, depth), exactly_of_two(depth), at_most(2, depth));
            assert!(least <= exact + 1e-12 && exact < most, "{depth}: {least} {exact} {most}");
        }
    }

    #[test]
    fn shares_beyond_the_bounds_are_told() {
        let says = |of: fn(usize, usize) -> f64, collapsed| {
            let born: Vec<f64> = networks().map(|(width, depth)| of(width, depth)).collect();
            of_shares(&born, DRAWS, [collapsed, 100])
                .rows
                .iter()
                .map(|row| row.agrees == Some(true))
                .collect::<Vec<_>>()
        };
        assert!(says(|width, depth| 0.5 * (at_least(width, depth) + at_most(width, depth)), 93).iter().all(|yes| *yes));
        assert_eq!(says(|width, depth| at_least(width, depth) - 0.1, 70), [false; WIDTHS.len() * DEPTHS.len() + 1]);
    }

    /// What networks do, against the bounds, and against what is exact.
    #[test]
    fn drawn_networks_are_born_dead_as_often_as_theory_says() {
        let small = Experiment { cases: |_| Ok(cases(1000, 100)), ..DYING };
        let replication = small.prepare(&Options::default()).unwrap().run(&Host::here(2)).unwrap().unwrap();
        assert!(replication.agrees, "{:?}", replication.rows);
        let measured = &replication.map.unwrap().panels[1].cells[0];
        for (depth, share) in DEPTHS.into_iter().zip(measured) {
            let exact = exactly_of_two(depth);
            let deviation = (exact * (1.0 - exact) / 1000.0).sqrt();
            assert!((share - exact).abs() < 4.0 * deviation + 1e-3, "{depth}: {share} {exact}");
        }
    }
}
