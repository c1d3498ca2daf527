//! How long deep linear networks take to learn, by the scale that they start from and by their depth.

use super::window::rank_correlation;
use super::{Case, CaseRuns, Experiment, Judgement, Row, median};
use crate::data::{Dataset, Kind, Samples, Targets};
use crate::heat::{Axis, Colours, Line, Map, Panel};
use crate::run::Run;
use crate::stats;
use crate::words::{count, rough};
use headstart_engine::rng::{Native, Stream};
use ndarray::{Array1, Array2};
use std::sync::Arc;

/// Learning times of linear networks.
pub const SAXE: Experiment = Experiment {
    name: "saxe-2013",
    title: "deep linear networks: how long is the plateau of a small start, and how much longer do deeper networks learn from \
            orthogonal and from Gaussian weights?",
    source: "A. M. Saxe, J. L. McClelland and S. Ganguli 2013, \"Exact solutions to the nonlinear dynamics of learning in deep \
             linear neural networks\" (arXiv:1312.6120), section 1.2, figures 3 and 6",
    files: &[],
    pixels: None,
    page: None,
    cases: |_| Ok(cases()),
    judge,
};

/// Inputs and outputs of the shallow network, each input to be passed on as an output, and its hidden units. Many of these,
/// so that all modes begin with nearly the same strength.
const MODES: usize = 4;
const HIDDEN: usize = 64;

/// Scales of the first weights, strengths of what is to be learned, and the learning rate.
const SCALES: [f64; 7] = [1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2];
const STRENGTHS: [f64; 3] = [0.5, 1.0, 2.0];
const LR: f64 = 0.02;

/// Inputs and units of the hidden layers of the deep networks, and their outputs.
const WIDTH: usize = 20;
const OUTPUTS: usize = 10;

/// Layers of weights.
const DEPTHS: [usize; 6] = [2, 4, 8, 16, 24, 32];

const DEEP_INITS: [(&str, &str); 2] = [("orthogonal", "orthogonal"), ("Gaussian, variance 1/fan-in", "lecun")];

/// Learning rates from which the best one is taken: the first one, and each the root of 2 times the one before.
const RATES: usize = 13;
const FIRST_RATE: f64 = 0.02;

/// Steps of the trainings, and how often losses are recorded.
const SHALLOW: [usize; 2] = [2_400, 20];
const DEEP: [usize; 2] = [500, 2];

/// Of the deep networks so many steps are shown.
const SHOWN: usize = 120;

const SEEDS: usize = 3;

/// The share of the loss of answering 0 that a deep network has to get to.
const LEARNED: f64 = 0.05;

/// How far a time may be from the closed form's, as a share of it.
const WITHIN: f64 = 0.1;

/// The deepest network may take so many times as long as the shallowest and still learn in a time that does not depend on
/// depth; and it has to take so many times as long for it to depend.
const CONSTANT: f64 = 2.0;
const GROWS: f64 = 3.0;

fn cases() -> Vec<Case> {
    let shallow = |strength: f64| {
        let data = Arc::new(linear(&[1.0; MODES], &(Array2::eye(MODES) * strength)));
        let case = move |scale: f64| Case {
            data: Some(Arc::clone(&data)),
            ..Case::new(
                format!("strength {strength}, scale {scale:e}"),
                task(&[MODES, HIDDEN, MODES], &format!("normal:{scale}"), LR, SHALLOW),
            )
        };
        SCALES.into_iter().map(case)
    };
    let mut stream = Native::new(0, 0);
    let size = (WIDTH as f64).sqrt();
    let wanted = Array2::from_shape_simple_fn((OUTPUTS, WIDTH), || stream.normal() / size);
    let data = Arc::new(linear(&variances(), &wanted));
    let deep = |(name, init): (&str, &str)| {
        let (name, init, data) = (name.to_owned(), init.to_owned(), Arc::clone(&data));
        DEPTHS.into_iter().flat_map(move |depth| {
            let widths = [vec![WIDTH; depth], vec![OUTPUTS]].concat();
            let (name, init, data) = (name.clone(), init.clone(), Arc::clone(&data));
            (0..RATES).map(move |i| Case {
                data: Some(Arc::clone(&data)),
                ..Case::new(format!("{name}, {depth} layers, lr {:.3}", rate(i)), task(&widths, &init, rate(i), DEEP))
            })
        })
    };
    STRENGTHS.into_iter().flat_map(shallow).chain(DEEP_INITS.into_iter().flat_map(deep)).collect()
}

fn rate(i: usize) -> f64 {
    FIRST_RATE * libm::pow(2.0, 0.5 * i as f64)
}

/// A linear network without biases.
fn task(widths: &[usize], init: &str, lr: f64, [steps, record_every]: [usize; 2]) -> String {
    format!(
        "[data]\ndata = \"linear\"\n[network]\nlayers = {widths:?}\nactivation = \"identity\"\n\
         [init]\ninit = \"{init}\"\nbias = \"none\"\nseeds = {SEEDS}\n\
         [training]\nlr = {lr}\nsteps = {steps}\nrecord-every = {record_every}\n"
    )
}

/// Variances of the deep networks' inputs, which fall like 1/i as those of images do: 1 on average.
fn variances() -> [f64; WIDTH] {
    let all = std::array::from_fn(|i| 1.0 / (i + 1) as f64);
    let mean = stats::mean(&all);
    all.map(|variance| variance / mean)
}

/// What a matrix (outputs x inputs) makes of inputs of these variances that are not correlated.
fn linear(variances: &[f64], wanted: &Array2<f64>) -> Dataset {
    let count = variances.len();
    let x =
        Array2::from_diag(&variances.iter().map(|variance| (variance * count as f64).sqrt()).collect::<Array1<f64>>());
    let y = x.dot(&wanted.t());
    let kind = Kind::Regression { outputs: y.ncols() };
    Dataset::of("linear", kind, Samples { x, y: Targets::Values(y) }, None)
}

/// Steps until a mode of this strength is learned by half, by the paper's section 1.2 in steps of gradient descent: `tau / (2
/// s) ln((s - u) / u)` from a strength of `u`.
///
/// The loss is the mean over the outputs, so `tau` is half their number over the learning rate. The paper's equation is of
/// weights that are balanced, `a` into the hidden layer and `b` out of it the same. Of other small weights `(a + b) / 2`
/// grows as they do and `(a - b) / 2` dies out, so they count with `|a + b|^2 / 4`: half of `scale^2` for each hidden unit.
fn half_time(strength: f64, scale: f64) -> f64 {
    let first = 0.5 * scale * scale * HIDDEN as f64;
    let tau = MODES as f64 / (2.0 * LR);
    tau / (2.0 * strength) * ((strength - first) / first).ln()
}

/// After how many steps a loss first is below this, between two records by a straight line; infinite if it never is.
fn time_to(run: &Run, loss: f64) -> f64 {
    let below = run.trace.iter().position(|record| record.loss <= loss);
    match below {
        Some(0) => 0.0,
        Some(i) => {
            let (before, after) = (run.trace[i - 1], run.trace[i]);
            let share = (before.loss - loss) / (before.loss - after.loss);
            before.step as f64 + share * (after.step - before.step) as f64
        }
        None => f64::INFINITY,
    }
}

/// The loss of answering 0.
fn silence(case: &CaseRuns) -> f64 {
    match &case.task.dataset.train.y {
        Targets::Values(y) => y.iter().map(|y| y * y).sum::<f64>() / y.len() as f64,
        Targets::Classes(_) => f64::NAN,
    }
}

/// The learning times at one depth.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Best {
    /// The shortest one over the learning rates, in the median of the seeds; infinite where none was enough.
    time: f64,
    /// The number of its learning rate.
    rate: usize,
}

impl Best {
    fn of(times: &[f64]) -> Self {
        let best = times.iter().enumerate().min_by(|a, b| a.1.total_cmp(b.1));
        best.map_or(Self { time: f64::INFINITY, rate: 0 }, |(rate, time)| Self { time: *time, rate })
    }
}

fn judge(cases: &[CaseRuns]) -> Judgement {
    let (shallow, deep) = cases.split_at(SCALES.len() * STRENGTHS.len());
    let time = |case: &CaseRuns, share: f64| {
        let wanted = share * silence(case);
        median(case.runs.iter().map(|run| time_to(run, wanted)))
    };
    // By half learned, a quarter of the squared error is left.
    let half: Vec<f64> = shallow.iter().map(|case| time(case, 0.25)).collect();
    let learned: Vec<f64> = deep.iter().map(|case| time(case, LEARNED)).collect();
    let best: Vec<Best> = learned.chunks(RATES).map(Best::of).collect();
    let (mut rows, plateau) = plateaus(&half);
    let (more, depth) = depths(&best);
    rows.extend(more);
    Judgement { rows, answer: Some(format!("{plateau} {depth}")), map: map(shallow, deep, &best) }
}

/// Plateaus beside the closed form, by strength and scale.
fn plateaus(half: &[f64]) -> (Vec<Row>, String) {
    let mut rows = Vec::new();
    let mut worst = 0.0_f64;
    for (strength, of_strength) in STRENGTHS.iter().zip(half.chunks(SCALES.len())) {
        for (scale, measured) in SCALES.iter().zip(of_strength) {
            let theory = half_time(*strength, *scale);
            let off = (measured / theory - 1.0).abs();
            worst = worst.max(off);
            rows.push(Row {
                what: format!("strength {strength}, scale {scale:.0e}: half learned"),
                published: format!("step {}", count(theory.round() as u64)),
                measured: steps(*measured),
                agrees: Some(off <= WITHIN),
            });
        }
    }
    let verdict =
        if worst <= WITHIN { "The plateau lasts as long as the closed form says" } else { "The closed form fails" };
    let least = STRENGTHS.len() / 2 * SCALES.len();
    let answer = format!(
        "{verdict}: from scale {} to {} half of a mode of strength {} is learned after {} to {} steps, and the largest \
         difference from the formula is {:.0}%.",
        rough(SCALES[SCALES.len() - 1]),
        rough(SCALES[0]),
        STRENGTHS[STRENGTHS.len() / 2],
        steps(half[least + SCALES.len() - 1]).trim_start_matches("step "),
        steps(half[least]).trim_start_matches("step "),
        100.0 * worst,
    );
    (rows, answer)
}

fn steps(time: f64) -> String {
    if time.is_finite() { format!("step {}", count(time.round() as u64)) } else { "not reached".to_owned() }
}

/// Learning times over depth: of orthogonal weights, and of Gaussian ones.
fn depths(best: &[Best]) -> (Vec<Row>, String) {
    let (orthogonal, gaussian) = best.split_at(DEPTHS.len());
    let mut rows: Vec<Row> = DEPTHS
        .iter()
        .zip(orthogonal.iter().zip(gaussian))
        .map(|(depth, (orthogonal, gaussian))| Row {
            what: format!("{depth} layers: orthogonal, Gaussian"),
            published: "-".to_owned(),
            measured: format!("{}, {}", steps(orthogonal.time), steps(gaussian.time).trim_start_matches("step ")),
            agrees: None,
        })
        .collect();
    let growth = |best: &[Best]| best[best.len() - 1].time / best[0].time;
    let of_gaussian: Vec<f64> = gaussian.iter().map(|best| best.time).collect();
    let longest = orthogonal.iter().map(|best| best.time).fold(0.0, f64::max);
    let shortest = orthogonal.iter().map(|best| best.time).fold(f64::INFINITY, f64::min);
    // Where nothing was learned, two infinities are no constant.
    let constant = longest.is_finite() && longest <= CONSTANT * shortest;
    let grows = growth(gaussian) >= GROWS && rank_correlation(&of_gaussian) >= 0.5;
    let last = DEPTHS[DEPTHS.len() - 1];
    // In the words of the longest time that was waited for, where even that was not enough.
    let times = |growth: f64, first: Best| {
        if growth.is_finite() {
            format!("{growth:.1} times")
        } else {
            format!("over {:.0} times", DEEP[0] as f64 / first.time)
        }
    };
    rows.push(Row {
        what: "orthogonal: longest over shortest".to_owned(),
        published: "the same".to_owned(),
        measured: times(longest / shortest, orthogonal[0]),
        agrees: Some(constant),
    });
    rows.push(Row {
        what: format!("Gaussian: {last} layers over {}", DEPTHS[0]),
        published: "longer".to_owned(),
        measured: times(growth(gaussian), gaussian[0]),
        agrees: Some(grows),
    });
    let verdict = match (constant, grows) {
        (true, true) => "Orthogonal weights make the time independent of depth, Gaussian ones do not",
        (true, false) => "The time does not depend on depth with orthogonal weights, and hardly with Gaussian ones",
        (false, true) => "Deeper networks take longer from orthogonal weights as well as from Gaussian ones",
        (false, false) => "Deeper networks take longer from orthogonal weights, and hardly from Gaussian ones",
    };
    let answer = format!(
        "{verdict}: at the best of {RATES} learning rates, {last} layers take {} as long as {} from orthogonal weights and {} \
         as long from Gaussian ones.",
        times(growth(orthogonal), orthogonal[0]),
        DEPTHS[0],
        times(growth(gaussian), gaussian[0]),
    );
    (rows, answer)
}

/// The loss as it falls: over the scale, with the closed form's half learned, and over the depth.
fn map(shallow: &[CaseRuns], deep: &[CaseRuns], best: &[Best]) -> Option<Map> {
    let middle = STRENGTHS.len() / 2;
    let shallow = &shallow[middle * SCALES.len()..][..SCALES.len()];
    let scales = Axis::new("scale of the first weights", SCALES.to_vec());
    let recorded =
        |case: &CaseRuns| -> Vec<f64> { case.runs[0].trace.iter().map(|record| record.step as f64).collect() };
    let time = Axis::new("step", recorded(shallow.first()?));
    let half = Line {
        name: "half learned".to_owned(),
        points: SCALES.iter().map(|scale| [*scale, half_time(STRENGTHS[middle], *scale)]).collect(),
    };
    let mut panels = vec![Panel {
        title: format!("2 layers, strength {}", STRENGTHS[middle]),
        axes: None,
        cells: over_time(&shallow.iter().collect::<Vec<_>>(), time.values.len()),
    }];
    for (i, (name, _)) in DEEP_INITS.iter().enumerate() {
        let at_best = |(k, best): (usize, &Best)| &deep[(i * DEPTHS.len() + k) * RATES + best.rate];
        let columns: Vec<&CaseRuns> =
            best[i * DEPTHS.len()..][..DEPTHS.len()].iter().enumerate().map(at_best).collect();
        let rows = SHOWN / DEEP[1];
        let steps: Vec<f64> = (0..rows).map(|row| (row * DEEP[1]) as f64).collect();
        let axes = [
            Axis::new("layers of weights", DEPTHS.map(|depth| depth as f64).to_vec()),
            Axis::new("step, at the best learning rate", steps),
        ];
        panels.push(Panel { title: (*name).to_owned(), axes: Some(axes), cells: over_time(&columns, rows) });
    }
    Some(Map {
        x: scales,
        y: time,
        value: "loss, as a share of that of answering 0".to_owned(),
        range: [0.0, 1.0],
        colours: Colours::Sequential,
        small_is_best: true,
        outline: None,
        lines: vec![half],
        panels,
    })
}

/// The losses of cases at the recorded steps, row by row: the median of the seeds.
fn over_time(columns: &[&CaseRuns], rows: usize) -> Vec<Vec<f64>> {
    let cell = |case: &CaseRuns, row: usize| {
        let losses = case.runs.iter().map(|run| run.trace.get(row).map_or(f64::INFINITY, |record| record.loss));
        median(losses) / silence(case)
    };
    (0..rows).map(|row| columns.iter().map(|case| cell(case, row)).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::Host;
    use crate::replicate::Options;
    use crate::run::{Figures, Record};

    fn run(losses: &[f64]) -> Run {
        Run {
            case: None,
            init: "".into(),
            seed: 0,
            status: "finished",
            step: None,
            train: Figures { loss: 0.0, accuracy: None, classes: None },
            test: None,
            targets: None,
            trace: losses.iter().enumerate().map(|(i, &loss)| Record { step: 10 * i, loss }).collect(),
            steps: 10 * losses.len(),
            best: None,
            reached: None,
            seconds: 0.0,
        }
    }

    #[test]
    fn times_lie_between_records() {
        assert_eq!(time_to(&run(&[4.0, 3.0, 1.0]), 1.5), 17.5);
        assert_eq!(time_to(&run(&[4.0, 3.0, 1.0]), 4.0), 0.0);
        assert_eq!(time_to(&run(&[4.0, 3.0, f64::NAN]), 1.0), f64::INFINITY);
    }

    /// The closed form against the equation it solves, `tau du/dt = 2 u (s - u)` (the paper's section 1.2).
    #[test]
    fn the_closed_form_solves_the_equation() {
        let (strength, scale) = (2.0, 1e-3);
        let tau = MODES as f64 / (2.0 * LR);
        let (mut u, mut t, step) = (0.5 * scale * scale * HIDDEN as f64, 0.0, 1e-3);
        while u < strength / 2.0 {
            let slope = |u: f64| 2.0 * u * (strength - u) / tau;
            u += step * slope(u + 0.5 * step * slope(u));
            t += step;
        }
        assert!((t / half_time(strength, scale) - 1.0).abs() < 1e-4, "{t}");
    }

    #[test]
    fn plateaus_have_to_be_those_of_the_closed_form() {
        let times = |factor: f64| -> Vec<f64> {
            STRENGTHS.iter().flat_map(|s| SCALES.iter().map(move |scale| factor * half_time(*s, *scale))).collect()
        };
        let (rows, answer) = plateaus(&times(1.05));
        assert!(rows.iter().all(|row| row.agrees == Some(true)) && answer.starts_with("The plateau lasts"), "{answer}");
        let (rows, answer) = plateaus(&times(1.3));
        assert!(rows.iter().all(|row| row.agrees == Some(false)) && answer.starts_with("The closed form fails"));
        let (rows, _) = plateaus(&times(f64::INFINITY));
        assert!(rows[0].agrees == Some(false) && rows[0].measured == "not reached");
    }

    #[test]
    fn all_answers_about_depth_are_possible() {
        let says = |orthogonal: [f64; 6], gaussian: [f64; 6]| {
            let best: Vec<Best> = orthogonal.into_iter().chain(gaussian).map(|time| Best { time, rate: 0 }).collect();
            let (rows, answer) = depths(&best);
            (rows[rows.len() - 2].agrees, rows[rows.len() - 1].agrees, answer)
        };
        let (constant, grows) = ([20.0; 6], [20.0, 30.0, 50.0, 90.0, 120.0, f64::INFINITY]);
        let (first, second, answer) = says(constant, grows);
        assert_eq!((first, second), (Some(true), Some(true)));
        assert!(
            answer.contains("over 25 times as long from Gaussian") && answer.contains("1.0 times as long"),
            "{answer}"
        );
        assert_eq!(says(grows, constant).0, Some(false));
        assert_eq!(says(constant, constant).1, Some(false));
        assert_eq!(says([f64::INFINITY; 6], grows).0, Some(false));
    }

    #[test]
    fn the_best_rate_is_that_of_the_shortest_time() {
        assert_eq!(Best::of(&[50.0, 20.0, f64::INFINITY]), Best { time: 20.0, rate: 1 });
        assert_eq!(Best::of(&[f64::INFINITY; 2]).time, f64::INFINITY);
    }

    #[test]
    fn a_plateau_is_run_and_measured() {
        let one = Experiment {
            cases: |_| Ok(cases().into_iter().skip(2 * SCALES.len()).take(SCALES.len()).collect()),
            judge: |cases| {
                let row = |(case, scale): (&CaseRuns, &f64)| {
                    let time = median(case.runs.iter().map(|run| time_to(run, 0.25 * silence(case))));
                    let agrees = Some((time / half_time(STRENGTHS[2], *scale) - 1.0).abs() <= WITHIN);
                    Row { what: String::new(), published: String::new(), measured: time.to_string(), agrees }
                };
                Judgement { rows: cases.iter().zip(&SCALES).map(row).collect(), ..Judgement::default() }
            },
            ..SAXE
        };
        let replication = one.prepare(&Options::default()).unwrap().run(&Host::here(2)).unwrap().unwrap();
        assert!(replication.rows.len() == SCALES.len() && replication.agrees, "{:?}", replication.rows);
    }
}
