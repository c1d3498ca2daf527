//! Networks of sines: what their start does to pre-activations, activations and gradients, and to what they learn.

use super::{Case, CaseRuns, Experiment, Judgement, Row, median};
use crate::data::{Dataset, Kind, Samples, Targets};
use crate::probe::Profile;
use headstart_engine::train::Watch;
use ndarray::Array2;
use std::f64::consts::PI;
use std::sync::Arc;

/// Sines.
pub const SIREN: Experiment = Experiment {
    name: "siren-2020",
    title: "sine networks from siren's weights and from a dense layer's usual ones: signal, gradient, and a signal to fit",
    source: "V. Sitzmann, J. N. P. Martel, A. W. Bergman, D. B. Lindell and G. Wetzstein 2020, \"Implicit Neural \
             Representations with Periodic Activation Functions\" (arXiv:2006.09661), section 3.2 and section 1 of the \
             supplement",
    files: &[],
    pixels: None,
    page: None,
    cases: |_| Ok(cases(WIDTH)),
    judge: |cases| {
        let looked = [0, 1].map(|i| Look::of(&cases[i]));
        let losses: Vec<f64> =
            cases[2..].iter().map(|case| median(case.runs.iter().map(|run| run.train.loss))).collect();
        judge(&looked, &losses)
    },
};

/// Hidden layers and units in each, of the network that is looked at.
const HIDDEN: usize = 6;
const WIDTH: usize = 512;

/// The paper's start, and that of a dense layer in `PyTorch`, with frequency 1.
const STARTS: [(&str, &str); 2] = [("siren", "siren"), ("usual", "pytorch-default")];

/// Learning rates of adam, of which each start has its best.
const RATES: [f64; 3] = [0.001, 0.003, 0.01];

const SEEDS: usize = 3;
const STEPS: usize = 1000;

/// Samples of the interval from -1 to 1.
const SAMPLES: usize = 256;

/// A standard deviation and a factor between layers may be so far from 1, as a share of it.
const WITHIN: f64 = 0.2;

/// Activations are distributed as an arcsine if no share of them up to any value differs by more. A uniform distribution differs
/// by 0.105, and sines of normal numbers by 0.043 if these have a standard deviation of 1, by 0.065 at the 0.89 where layers
/// settle.
const ALIKE: f64 = 0.1;

/// The signal is learned if so much of its variance is left, and less.
const LEARNED: f64 = 0.001;

/// Both starts looked at, and then each trained with each rate.
fn cases(width: usize) -> Vec<Case> {
    let data = Arc::new(signal());
    let case = |name: String, init: &str, hidden: &str, training: String| Case {
        data: Some(Arc::clone(&data)),
        ..Case::new(
            name,
            format!(
                "[data]\ndata = \"signal\"\n[network]\nlayers = [1, {hidden}1]\nactivation = \"sin\"\n\
                 [init]\ninit = \"{init}\"\nseeds = {SEEDS}\n[training]\n{training}"
            ),
        )
    };
    let looks = STARTS.map(|(name, init)| Case {
        looks: true,
        ..case(name.to_owned(), init, &format!("{width}, ").repeat(HIDDEN), "lr = 1e-9\nsteps = 1\n".to_owned())
    });
    let trained = STARTS.into_iter().flat_map(|(name, init)| {
        RATES.map(|lr| {
            let training =
                format!("optimizer = \"adam\"\nbatch = {SAMPLES}\nlr = {lr}\nsteps = {STEPS}\nrecord-every = 20\n");
            case(format!("{name}, lr {lr}"), init, "64, 64, 64, 64, ", training)
        })
    });
    looks.into_iter().chain(trained).collect()
}

/// Two tones on the interval from -1 to 1, the paper's image in one dimension.
fn signal() -> Dataset {
    let x = Array2::from_shape_fn((SAMPLES, 1), |(i, _)| 2.0 * i as f64 / (SAMPLES - 1) as f64 - 1.0);
    let y = x.mapv(|x| libm::sin(20.0 * x) + 0.5 * libm::sin(45.0 * x + 1.0));
    Dataset::of("signal", Kind::Regression { outputs: 1 }, Samples { x, y: Targets::Values(y) }, None)
}

/// What a start looks like.
#[derive(Clone, Debug)]
struct Look {
    /// Standard deviations of the pre-activations of the hidden layers, from the second one on: means over the seeds.
    deviations: Vec<f64>,
    /// By how much the gradient by the pre-activations grows from a hidden layer to the one before, root mean square.
    backward: f64,
    /// How far the activations of each hidden layer are from arcsine, for the first seed: the distance of Kolmogorov and Smirnov.
    distances: Vec<f64>,
}

impl Look {
    fn of(case: &CaseRuns) -> Self {
        let Profile { layers, .. } = &case.profiles[0];
        let ratio = layers[0].gradient.quantiles[1] / layers[HIDDEN - 1].gradient.quantiles[1];
        Self {
            deviations: layers[1..HIDDEN].iter().map(|layer| layer.signal.mean.sqrt()).collect(),
            backward: libm::pow(ratio, 0.5 / (HIDDEN - 1) as f64),
            distances: activations(case).iter().map(|layer| from_arcsine(layer)).collect(),
        }
    }
}

/// All activations of each hidden layer, from the first seed.
fn activations(case: &CaseRuns) -> Vec<Vec<f64>> {
    let start = case.task.job(0).draw(&Watch::default()).expect("nobody stops it");
    let mut values = case.task.dataset.train.x.clone();
    let layers = start.parameters.0.iter().take(HIDDEN);
    let layer = layers.map(|layer| {
        values = (values.dot(&layer.weights.t()) + &layer.biases).mapv(libm::sin);
        values.iter().copied().collect()
    });
    layer.collect()
}

/// The largest difference between the shares of the numbers up to any value and those of the arcsine distribution on [-1, 1],
/// `1/2 + asin(x) / pi` (the supplement's section 1.1).
fn from_arcsine(numbers: &[f64]) -> f64 {
    let mut numbers = numbers.to_vec();
    numbers.sort_by(f64::total_cmp);
    let count = numbers.len() as f64;
    let differ = |(i, x): (usize, &f64)| {
        let share = 0.5 + libm::asin(x.clamp(-1.0, 1.0)) / PI;
        (share - i as f64 / count).max((i + 1) as f64 / count - share)
    };
    numbers.iter().enumerate().map(differ).fold(0.0, f64::max)
}

/// Of both starts looked at, and of the losses of each with each rate.
fn judge([siren, usual]: &[Look; 2], losses: &[f64]) -> Judgement {
    let range = |figures: &[f64]| {
        let least = figures.iter().copied().fold(f64::INFINITY, f64::min);
        [least, figures.iter().copied().fold(0.0, f64::max)]
    };
    let told = |figures: &[f64]| range(figures).map(|figure| format!("{figure:.2}")).join(" to ");
    let near = |figure: f64| (figure - 1.0).abs() <= WITHIN;
    let row = |what: &str, published: &str, measured: String, agrees: Option<bool>| Row {
        what: what.to_owned(),
        published: published.to_owned(),
        measured,
        agrees,
    };
    let mut rows: Vec<Row> = siren
        .deviations
        .iter()
        .enumerate()
        .map(|(i, sd)| {
            let what = format!("siren: sd of layer {}'s pre-activations", i + 2);
            row(&what, "1", format!("{sd:.2}"), Some(near(*sd)))
        })
        .collect();
    rows.push(row("usual: the same, layers 2 to 6", "-", told(&usual.deviations), None));
    rows.push(row(
        "siren: distance from arcsine, layers 1 to 6",
        "0",
        told(&siren.distances),
        Some(range(&siren.distances)[1] <= ALIKE),
    ));
    rows.push(row("usual: the same", "-", told(&usual.distances), None));
    rows.push(row(
        "siren: gradient, per layer backward",
        "x 1",
        format!("x {:.2}", siren.backward),
        Some(near(siren.backward)),
    ));
    rows.push(row("usual: the same", "-", format!("x {:.2}", usual.backward), None));
    let Targets::Values(y) = signal().train.y else { unreachable!("a signal is numbers") };
    let left: Vec<f64> = losses.iter().map(|loss| loss / y.var(0.0)).collect();
    let (new, old) = left.split_at(RATES.len());
    let [new_best, old_best] = [new, old].map(|left| range(left)[0]);
    for (i, lr) in RATES.iter().enumerate() {
        let what = format!("variance left, lr {lr}: siren, usual");
        rows.push(row(&what, "-", format!("{:.1e}, {:.1e}", new[i], old[i]), None));
    }
    rows.push(row("siren, best rate", "fits", format!("{new_best:.1e} left"), Some(new_best < LEARNED)));
    rows.push(row(
        "which fits better, best rates",
        "siren",
        format!("{new_best:.1e}, usual {old_best:.1e}"),
        Some(new_best < old_best),
    ));
    let answer = format!(
        "From siren's weights pre-activations have a standard deviation of {} in layers 2 to {HIDDEN} and activations are \
         within {:.3} of an arcsine; a dense layer's usual weights leave {}. After {STEPS} steps, each with its best rate, \
         {new_best:.1e} and {old_best:.1e} of the signal's variance are left.",
        told(&siren.deviations),
        range(&siren.distances)[1],
        told(&usual.deviations),
    );
    Judgement { rows, answer: Some(answer), map: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::replicate::Options;

    #[test]
    fn sines_of_even_phases_are_an_arcsine_and_small_numbers_are_not() {
        let sines: Vec<f64> = (0..1000).map(|i| libm::sin(PI * ((f64::from(i) + 0.5) / 1000.0 - 0.5))).collect();
        assert!(from_arcsine(&sines) < 1e-3);
        // Half of them on either side of 0, and none beyond it.
        assert!((from_arcsine(&[-1e-9, 1e-9]) - 0.5).abs() < 1e-6);
    }

    #[test]
    fn every_claim_can_fail() {
        let look = |sd: f64, backward, distance| Look {
            deviations: vec![sd; HIDDEN - 1],
            backward,
            distances: vec![distance; HIDDEN],
        };
        let says = |siren: Look, losses: [f64; 2]| -> Vec<bool> {
            let losses = losses.map(|loss| [loss; RATES.len()]).concat();
            judge(&[siren, look(0.1, 0.5, 0.4)], &losses).rows.iter().filter_map(|row| row.agrees).collect()
        };
        assert_eq!(says(look(0.95, 1.1, 0.02), [1e-6, 1e-2]), [true; 9]);
        assert_eq!(says(look(0.5, 0.6, 0.2), [0.5, 0.4]), [false; 9]);
    }

    /// Layers a fifth as wide as the experiment's, without training.
    #[test]
    fn the_start_is_as_the_paper_says_and_the_usual_one_is_not() {
        let small = Experiment {
            cases: |_| Ok(cases(100).into_iter().take(2).collect()),
            judge: |cases| judge(&[0, 1].map(|i| Look::of(&cases[i])), &[1.0; 2 * RATES.len()]),
            ..SIREN
        };
        let replication = small.prepare(&Options::default()).unwrap().run(2, &Watch::default()).unwrap();
        let agrees: Vec<bool> = replication.rows.iter().filter_map(|row| row.agrees).take(7).collect();
        assert_eq!(agrees, [true; 7], "{:?}", replication.rows);
        let factor = |row: &Row| row.measured.strip_prefix("x ").map(|factor| factor.parse::<f64>().unwrap());
        let backward: Vec<f64> = replication.rows.iter().filter_map(factor).collect();
        assert!(backward[1] < 0.7, "a third of the second moment is left per layer: {backward:?}");
    }
}
