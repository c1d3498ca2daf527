//! Deep tanh networks: what their starts do to signals on the way forward and to gradients on the way back.

use super::{Case, CaseRuns, Experiment, Judgement, Row, median};
use crate::data::{Dataset, Kind, Samples, Targets};
use crate::probe::{LayerSummary, Profile};
use crate::run::Run;
use headstart_engine::rng::{Native, Stream};
use ndarray::Array2;
use std::f64::consts::PI;
use std::sync::Arc;

/// Hidden layers, as in the paper's figures, and units in each.
const HIDDEN: usize = 5;
const WIDTH: usize = 200;

/// Learning rates, of which each start has its best.
const RATES: [f64; 3] = [0.02, 0.05, 0.1];

const SEEDS: usize = 5;

/// Pixels along each side of a picture.
const SIDE: usize = 16;

const SHAPES: [&str; 3] = ["triangle", "parallelogram", "ellipse"];

/// Training and test samples.
const SAMPLES: [usize; 2] = [1000, 500];

/// Spread over layers.
pub const GLOROT: Experiment = Experiment {
    name: "glorot-2010",
    title: "shapes, 5 tanh layers of 200: signal, gradient and training from standard and from normalized weights",
    source: "X. Glorot and Y. Bengio 2010, \"Understanding the difficulty of training deep feedforward neural networks\" \
             (AISTATS 9), section 4.2 and table 1",
    files: &[],
    pixels: None,
    page: None,
    cases: |_| Ok(cases(&shapes(), WIDTH)),
    judge: |cases| judge(&cases.iter().map(Start::of).collect::<Vec<_>>()),
};

/// With its name, the paper's equation 1: U(-1/sqrt(n), 1/sqrt(n)), a variance of a third of lecun's. And its equation 16.
const STARTS: [(&str, &str); 2] = [("standard", "lecun-uniform:0.5773502691896258"), ("normalized", "glorot-uniform")];

/// Each start with each learning rate.
fn cases(data: &Arc<Dataset>, width: usize) -> Vec<Case> {
    let case = |(name, init): (&str, &str), lr: f64| Case {
        data: Some(Arc::clone(data)),
        // What a network looks like at its start does not depend on the rate.
        looks: lr == RATES[0],
        ..Case::new(
            if lr == RATES[0] { name.to_owned() } else { format!("{name}, lr {lr}") },
            format!(
                "[data]\ndata = \"shapes\"\n[network]\nlayers = [{}, {}{}]\nactivation = \"tanh\"\n\
                 [init]\ninit = \"{init}\"\nseeds = {SEEDS}\n\
                 [training]\noptimizer = \"sgd\"\nbatch = 10\nlr = {lr}\nepochs = 15\nrecord-every = 50\n",
                SIDE * SIDE,
                format!("{width}, ").repeat(HIDDEN),
                SHAPES.len()
            ),
        )
    };
    STARTS.into_iter().flat_map(|start| RATES.map(|lr| case(start, lr))).collect()
}

/// Pictures of one shape each, white on black, of any size, place and direction: the paper's Shapeset with one shape for two,
/// and a quarter of the pixels.
fn shapes() -> Arc<Dataset> {
    let mut stream = Native::new(0, 0);
    let mut samples = |count: usize| {
        let classes: Vec<usize> = (0..count).map(|i| i % SHAPES.len()).collect();
        let pictures: Vec<f64> = classes.iter().flat_map(|shape| picture(*shape, &mut stream)).collect();
        let x = Array2::from_shape_vec((count, SIDE * SIDE), pictures).expect("as many pixels as that");
        Samples { x, y: Targets::Classes(classes) }
    };
    let train = samples(SAMPLES[0]);
    Arc::new(Dataset::of("shapes", Kind::Classes(SHAPES.map(str::to_owned).to_vec()), train, Some(samples(SAMPLES[1]))))
}

/// A picture's pixels: 1 within the shape, -1 outside.
fn picture(shape: usize, stream: &mut impl Stream) -> Vec<f64> {
    let mut between = |low: f64, high: f64| low + (high - low) * stream.uniform();
    let side = SIDE as f64;
    let [width, height] = [0, 1].map(|_| between(0.2 * side, 0.4 * side));
    let [middle_x, middle_y] = [0, 1].map(|_| between(0.35 * side, 0.65 * side));
    let (sin, cos) = libm::sincos(between(0.0, 2.0 * PI));
    let slant = between(-0.5, 0.5);
    let inside = |x: f64, y: f64| match shape {
        // The tip is at y = 1, the other two corners at y = -1.
        0 => y.abs() <= 1.0 && (x - slant * y).abs() <= 0.5 * (1.0 - y),
        1 => y.abs() <= 1.0 && (x - slant * y).abs() <= 1.0,
        _ => x * x + y * y <= 1.0,
    };
    let pixel = |i: usize| {
        let (x, y) = ((i % SIDE) as f64 + 0.5 - middle_x, (i / SIDE) as f64 + 0.5 - middle_y);
        // Turned back, and in units of the shape.
        let (x, y) = ((cos * x + sin * y) / width, (cos * y - sin * x) / height);
        if inside(x, y) { 1.0 } else { -1.0 }
    };
    (0..SIDE * SIDE).map(pixel).collect()
}

/// What is judged of a start.
#[derive(Clone, Copy, Debug)]
struct Start {
    /// Factors of the root mean square per layer, over the hidden layers: of the signal forward, of the gradient backward, and
    /// of the gradient of the weights backward, from the second layer on, as those of the first are not as many.
    factors: [f64; 3],
    /// The median test accuracy.
    accuracy: f64,
    /// The median training loss.
    loss: f64,
}

impl Start {
    /// Of a case; the factors of one that was not looked at are not numbers.
    fn of(case: &CaseRuns) -> Self {
        let hidden = |profile: &Profile, from: usize, of: fn(&LayerSummary) -> f64| {
            let (first, last) = (&profile.layers[from], &profile.layers[HIDDEN - 1]);
            libm::pow(of(first) / of(last), 1.0 / (HIDDEN - 1 - from) as f64)
        };
        let factors = case.profiles.first().map_or([f64::NAN; 3], |profile| {
            [
                1.0 / hidden(profile, 0, |layer| layer.signal.quantiles[1].sqrt()),
                hidden(profile, 0, |layer| layer.gradient.quantiles[1].sqrt()),
                hidden(profile, 1, |layer| layer.weight_gradient.quantiles[1]),
            ]
        });
        let of = |figure: fn(&Run) -> f64| median(case.runs.iter().map(figure));
        Self { factors, accuracy: of(|run| run.judged().accuracy.unwrap_or(0.0)), loss: of(|run| run.train.loss) }
    }

    /// The one with the best test accuracy, of equals the one with the smaller loss.
    fn best(starts: &[Self]) -> (f64, Self) {
        let pairs = RATES.iter().copied().zip(starts.iter().copied());
        let better = |(_, a): &(f64, Self), (_, b): &(f64, Self)| {
            a.accuracy.total_cmp(&b.accuracy).then(b.loss.total_cmp(&a.loss))
        };
        pairs.max_by(better).expect("there are rates")
    }
}

/// Of the standard start at all rates, and then of the normalized one.
fn judge(starts: &[Start]) -> Judgement {
    let (standard, normalized) = starts.split_at(RATES.len());
    let row = |start: &str, what: &str, published: f64, factor: f64| Row {
        what: format!("{start}: {what}"),
        published: format!("x {published} per layer"),
        measured: format!("x {factor:.2} per layer"),
        // "Around" so much, it says.
        agrees: Some((factor - published).abs() <= 0.1),
    };
    // Section 4.2.1: average singular values of the layers' Jacobians, which are these ratios. The weights' gradient is a
    // product of both, and one makes up for the other (equation 14).
    let published = [("signal, forward", 0.5, 0.8), ("gradient, backward", 0.5, 0.8), ("of the weights", 1.0, 1.0)];
    let mut rows = Vec::new();
    for (i, (what, of_standard, of_normalized)) in published.into_iter().enumerate() {
        rows.push(row("standard", what, of_standard, standard[0].factors[i]));
        rows.push(row("normalized", what, of_normalized, normalized[0].factors[i]));
    }
    let (old_rate, old) = Start::best(standard);
    let (new_rate, new) = Start::best(normalized);
    let told = |rate: f64, start: &Start| format!("{:.1}%, lr {rate}", 100.0 * (1.0 - start.accuracy));
    rows.push(Row {
        what: "standard: test error".to_owned(),
        published: "27.15%".to_owned(),
        measured: told(old_rate, &old),
        agrees: None,
    });
    rows.push(Row {
        what: "normalized: test error".to_owned(),
        published: "15.60%".to_owned(),
        measured: told(new_rate, &new),
        agrees: None,
    });
    let better = new.accuracy > old.accuracy;
    rows.push(Row {
        what: "which trains better".to_owned(),
        published: "normalized".to_owned(),
        measured: if better { "normalized" } else { "standard" }.to_owned(),
        agrees: Some(better),
    });
    let answer = format!(
        "From layer to layer the standard start leaves {:.2} of the signal on the way forward and {:.2} of the gradient on the way \
         back, the normalized one {:.2} and {:.2}; each with its best learning rate, they end at test \
         errors of {:.1}% and {:.1}%.",
        standard[0].factors[0],
        standard[0].factors[1],
        normalized[0].factors[0],
        normalized[0].factors[1],
        100.0 * (1.0 - old.accuracy),
        100.0 * (1.0 - new.accuracy),
    );
    Judgement { rows, answer: Some(answer), map: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::Host;
    use crate::replicate::Options;

    fn says(standard: ([f64; 3], f64), normalized: ([f64; 3], f64)) -> Vec<Option<bool>> {
        let start = |(factors, accuracy)| Start { factors, accuracy, loss: 0.5 };
        let starts: Vec<Start> =
            [standard, normalized].into_iter().flat_map(|figures| RATES.map(|_| start(figures))).collect();
        judge(&starts).rows.iter().filter(|row| row.agrees.is_some()).map(|row| row.agrees).collect()
    }

    #[test]
    fn both_starts_can_be_otherwise() {
        let (shrinks, keeps) = ([0.54, 0.57, 1.0], [0.76, 0.8, 1.05]);
        assert_eq!(says((shrinks, 0.7), (keeps, 0.8)), [Some(true); 7]);
        // The two swapped: nothing is as published but that the weights' gradients stay the same.
        let swapped = says((keeps, 0.8), (shrinks, 0.7));
        assert_eq!(swapped, [false, false, false, false, true, true, false].map(Some));
        assert_eq!(says((shrinks, 0.7), ([0.8, 0.8, 0.5], 0.7))[5..], [Some(false), Some(false)]);
    }

    #[test]
    fn the_better_of_the_rates_counts() {
        let start = |accuracy, loss| Start { factors: [1.0; 3], accuracy, loss };
        let (rate, best) = Start::best(&[start(0.6, 0.1), start(0.7, 0.5), start(0.7, 0.4)]);
        assert_eq!((rate, best.loss), (RATES[2], 0.4));
    }

    #[test]
    fn every_class_has_its_shape() {
        let data = shapes();
        let (x, side) = (&data.train.x, SIDE as f64);
        let area = |i: usize| x.row(i).iter().filter(|pixel| **pixel > 0.0).count() as f64;
        let mean = |class: usize| {
            let areas: Vec<f64> = (class..SAMPLES[0]).step_by(SHAPES.len()).map(area).collect();
            areas.iter().sum::<f64>() / areas.len() as f64
        };
        // Of a rectangle around a shape a triangle fills a half, a parallelogram all, and an ellipse pi / 4; its halves are
        // 0.3 of the side on average.
        let rectangle = 4.0 * 0.09 * side * side;
        for (class, share) in [(0, 0.5), (1, 1.0), (2, PI / 4.0)] {
            assert!((mean(class) / rectangle - share).abs() < 0.08 * share, "{class}: {}", mean(class) / rectangle);
        }
    }

    #[test]
    fn narrow_networks_are_looked_at_and_trained() {
        let small = Experiment {
            cases: |_| {
                let data = shapes();
                let part = |of: &Samples| Samples {
                    x: of.x.slice(ndarray::s![..60, ..]).to_owned(),
                    y: Targets::Classes((0..60).map(|i| i % 3).collect()),
                };
                Ok(cases(&Arc::new(Dataset { train: part(&data.train), ..(*data).clone() }), 60))
            },
            ..GLOROT
        };
        let replication = small.prepare(&Options::default()).unwrap().run(&Host::here(2)).unwrap().unwrap();
        assert_eq!((replication.profiles.len(), replication.runs.len()), (2, 6 * SEEDS));
        assert_eq!(replication.profiles[0].name, "standard");
        let spread: Vec<Option<bool>> = replication.rows.iter().take(6).map(|row| row.agrees).collect();
        assert_eq!(spread, [Some(true); 6], "{:?}", replication.rows);
    }
}
