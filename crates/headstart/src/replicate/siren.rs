//! Networks of sines: what their start does to pre-activations, activations and gradients, and to what they learn.

use super::{Case, CaseRuns, Experiment, Judgement, Row, median};
use crate::data::{Dataset, Kind, Samples, Targets};
use crate::probe::Profile;
use headstart_engine::watch::Watch;
use ndarray::Array2;
use std::f64::consts::PI;
use std::sync::Arc;

/// Sines.
pub const SIREN: Experiment = Experiment {
    name: "siren-2020",
    title: "sine networks from siren's weights and from a dense layer's usual ones: signal, gradient, and a signal to fit",
    source: "V. Sitzmann, J. N. P. Martel, A. W. Bergman, D. B. Lindell and G. Wetzstein 2020, \"Implicit Neural \
             Representations with Periodic Activation Functions\" (arXiv:2006.09661), section 3.2; what wide layers do \
             is derived here",
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

/// The frequency of siren's first layer.
const OMEGA: f64 = 30.0;

/// Learning rates of adam, of which each start has its best.
const RATES: [f64; 3] = [0.001, 0.01, 0.03];

/// Draws that are looked at, and that are trained.
const DRAWS: usize = 10;
const SEEDS: usize = 3;
const STEPS: usize = 1000;

/// Samples of the interval from -1 to 1.
const SAMPLES: usize = 256;

/// What is measured over the draws may be so far from what wide layers do: standard deviations, the gradient's factor, and
/// distances.
const WITHIN: f64 = 0.01;

/// The signal is learned if less of its variance is left.
const LEARNED: f64 = 0.1;

/// Both starts looked at, and then each trained with each rate.
fn cases(width: usize) -> Vec<Case> {
    let data = Arc::new(signal());
    let case = |name: String, init: &str, hidden: &str, seeds: usize, training: String| Case {
        data: Some(Arc::clone(&data)),
        ..Case::new(
            name,
            format!(
                "[data]\ndata = \"signal\"\n[network]\nlayers = [1, {hidden}1]\nactivation = \"sin\"\n\
                 [init]\ninit = \"{init}\"\nseeds = {seeds}\n[training]\n{training}"
            ),
        )
    };
    let looks = STARTS.map(|(name, init)| Case {
        looks: true,
        ..case(name.to_owned(), init, &format!("{width}, ").repeat(HIDDEN), DRAWS, "lr = 1e-9\nsteps = 1\n".to_owned())
    });
    let trained = STARTS.into_iter().flat_map(|(name, init)| {
        RATES.map(|lr| {
            let training =
                format!("optimizer = \"adam\"\nbatch = {SAMPLES}\nlr = {lr}\nsteps = {STEPS}\nrecord-every = 20\n");
            case(format!("{name}, lr {lr}"), init, "64, 64, 64, 64, ", SEEDS, training)
        })
    });
    looks.into_iter().chain(trained).collect()
}

/// Two tones on the interval from -1 to 1, the paper's image in one dimension.
fn signal() -> Dataset {
    let x = Array2::from_shape_fn((SAMPLES, 1), |(i, _)| position(i));
    let y = x.mapv(|x| libm::sin(20.0 * x) + 0.5 * libm::sin(45.0 * x + 1.0));
    Dataset::of("signal", Kind::Regression { outputs: 1 }, Samples { x, y: Targets::Values(y) }, None)
}

fn position(sample: usize) -> f64 {
    2.0 * sample as f64 / (SAMPLES - 1) as f64 - 1.0
}

/// What a start looks like, over all samples.
#[derive(Clone, Debug)]
struct Look {
    /// Standard deviations of the pre-activations of the hidden layers, from the second one on.
    deviations: Vec<f64>,
    /// How far the activations of these layers are from arcsine: the distance of Kolmogorov and Smirnov.
    distances: Vec<f64>,
    /// By how much the gradient by the pre-activations grows from a hidden layer to the one before, root mean square.
    backward: f64,
}

impl Look {
    fn of(case: &CaseRuns) -> Self {
        let Profile { layers, .. } = &case.profiles[0];
        let ratio = layers[0].gradient.quantiles[1] / layers[HIDDEN - 1].gradient.quantiles[1];
        Self {
            deviations: layers[1..HIDDEN].iter().map(|layer| layer.signal.mean.sqrt()).collect(),
            distances: activations(case).into_iter().map(from_arcsine).collect(),
            backward: libm::pow(ratio, 0.5 / (HIDDEN - 1) as f64),
        }
    }

    /// Of siren's weights in wide layers. The variances of weights are 2/n, so pre-activations are normal with twice the
    /// second moment of the activations before: `1 - sin(2 w x) / (2 w x)` behind the first layer with its frequency `w`, and
    /// `1 - exp(-2 q)` behind sines of variance `q`. Backward the second moment of the gradient grows by twice that of the
    /// cosines, which is 2 less that of the sines.
    fn of_wide_layers() -> Self {
        let twice = (0..SAMPLES).map(|i| 2.0 * OMEGA * position(i));
        let mut variances: Vec<f64> = twice.map(|x| 1.0 - libm::sin(x) / x).collect();
        let mut growth: Vec<f64> = variances.iter().map(|q| 2.0 - q).collect();
        let mean = |figures: &[f64]| figures.iter().sum::<f64>() / SAMPLES as f64;
        let (mut deviations, mut distances) = (Vec::new(), Vec::new());
        for layer in 2..=HIDDEN {
            deviations.push(mean(&variances).sqrt());
            distances.push(of_normal_sines(&variances));
            for (variance, growth) in variances.iter_mut().zip(&mut growth) {
                *variance = 1.0 - libm::exp(-2.0 * *variance);
                if layer < HIDDEN {
                    *growth *= 2.0 - *variance;
                }
            }
        }
        Self { deviations, distances, backward: libm::pow(mean(&growth), 0.5 / (HIDDEN - 1) as f64) }
    }
}

/// The standard deviation that wide layers settle at: `q = 1 - exp(-2 q)`.
fn settled() -> f64 {
    (0..100).fold(1.0_f64, |q, _| 1.0 - libm::exp(-2.0 * q)).sqrt()
}

/// All activations of each hidden layer from the second one on, of all draws.
fn activations(case: &CaseRuns) -> Vec<Vec<f64>> {
    let mut all = vec![Vec::new(); HIDDEN - 1];
    for draw in 0..DRAWS {
        let start = case.task.job(draw).draw(&Watch::default()).expect("nobody stops it");
        let mut values = case.task.dataset.train.x.clone();
        for (i, layer) in start.parameters.0.iter().take(HIDDEN).enumerate() {
            values = (values.dot(&layer.weights.t()) + &layer.biases).mapv(libm::sin);
            if i > 0 {
                all[i - 1].extend(&values);
            }
        }
    }
    all
}

/// The largest difference between the shares of the numbers up to any value and those of the arcsine distribution on [-1, 1],
/// `1/2 + asin(x) / pi`.
fn from_arcsine(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    let count = numbers.len() as f64;
    let differ = |(i, x): (usize, &f64)| {
        let share = 0.5 + libm::asin(x.clamp(-1.0, 1.0)) / PI;
        (share - i as f64 / count).max((i + 1) as f64 / count - share)
    };
    numbers.iter().enumerate().map(differ).fold(0.0, f64::max)
}

/// The same of the sines of normal numbers, which have so large a variance at each sample, up to 1: the share of sines up to
/// `sin(a)` is that of numbers from `(2k - 1) pi - a` to `2k pi + a`, and those beyond `3 pi` are too few to matter.
fn of_normal_sines(variances: &[f64]) -> f64 {
    const PHASES: usize = 64;
    let up_to = |x: f64, variance: f64| 0.5 * libm::erfc(-x / (2.0 * variance).sqrt());
    let differ = |phase: usize| {
        let a = 0.5 * PI * phase as f64 / PHASES as f64;
        let turn = |k: f64, q: f64| up_to(2.0 * k * PI + a, q) - up_to((2.0 * k - 1.0) * PI - a, q);
        let share = variances.iter().map(|q| turn(-1.0, *q) + turn(0.0, *q) + turn(1.0, *q)).sum::<f64>();
        (share / variances.len() as f64 - 0.5 - a / PI).abs()
    };
    (0..=PHASES).map(differ).fold(0.0, f64::max)
}

/// Of both starts looked at, and of the losses of each with each rate.
fn judge([siren, usual]: &[Look; 2], losses: &[f64]) -> Judgement {
    let range = |figures: &[f64]| {
        let least = figures.iter().copied().fold(f64::INFINITY, f64::min);
        [least, figures.iter().copied().fold(0.0, f64::max)]
    };
    let told = |figures: &[f64]| range(figures).map(|figure| format!("{figure:.3}")).join(" to ");
    let row = |what: &str, published: &str, measured: String, agrees: Option<bool>| Row {
        what: what.to_owned(),
        published: published.to_owned(),
        measured,
        agrees,
    };
    let theory = Look::of_wide_layers();
    let by_theory = |what: String, figure: f64, measured: f64| {
        row(&what, &format!("theory {figure:.3}"), format!("{measured:.3}"), Some((figure - measured).abs() <= WITHIN))
    };
    // The paper gives no digits, so 1 is what rounds to it.
    let round = siren.deviations.iter().all(|sd| format!("{sd:.0}") == "1");
    let mut rows = vec![row("siren: sd of pre-activations, layers 2 to 6", "1", told(&siren.deviations), Some(round))];
    let by_layer = |what: &str, theory: &[f64], measured: &[f64]| -> Vec<Row> {
        let layers = theory.iter().zip(measured).zip(2..);
        layers
            .map(|((theory, measured), i)| by_theory(format!("siren: {what}, layer {i}"), *theory, *measured))
            .collect()
    };
    rows.extend(by_layer("sd", &theory.deviations, &siren.deviations));
    rows.push(row("usual: sd, layers 2 to 6", "-", told(&usual.deviations), None));
    rows.extend(by_layer("distance from arcsine", &theory.distances, &siren.distances));
    rows.push(row("usual: distance, layers 2 to 6", "-", told(&usual.distances), None));
    rows.push(by_theory("siren: gradient, factor per layer backward".to_owned(), theory.backward, siren.backward));
    rows.push(row("usual: gradient", "-", format!("{:.3}", usual.backward), None));
    let Targets::Values(y) = signal().train.y else { unreachable!("a signal is numbers") };
    let left: Vec<f64> = losses.iter().map(|loss| loss / y.var(0.0)).collect();
    let (new, old) = left.split_at(RATES.len());
    for (i, lr) in RATES.iter().enumerate() {
        let what = format!("variance left, lr {lr}: siren, usual");
        rows.push(row(&what, "-", format!("{:.1e}, {:.1e}", new[i], old[i]), None));
    }
    let [new_best, old_best] = [new, old].map(|left| range(left)[0]);
    let usual_learn = if old_best < LEARNED { "the usual ones learn, too" } else { "the usual ones do not learn" };
    let answer = format!(
        "From siren's weights pre-activations have a standard deviation of {} in layers 2 to {HIDDEN}; in wide layers it does not \
         stay at 1 but settles at {:.3}, whose square is q = 1 - exp(-2q), and then activations differ from an arcsine by {:.3} \
         (Kolmogorov and Smirnov). A dense layer's usual weights leave {}. After {STEPS} steps, each start with its best rate, \
         {new_best:.1e} (siren) and {old_best:.1e} (usual) of the signal's variance are left: {usual_learn}.",
        told(&siren.deviations),
        settled(),
        of_normal_sines(&[settled() * settled()]),
        told(&usual.deviations),
    );
    Judgement { rows, answer: Some(answer), map: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::Host;
    use crate::replicate::Options;

    #[test]
    fn sines_of_even_phases_are_an_arcsine_and_small_numbers_are_not() {
        let sines: Vec<f64> = (0..1000).map(|i| libm::sin(PI * ((f64::from(i) + 0.5) / 1000.0 - 0.5))).collect();
        assert!(from_arcsine(sines) < 1e-3);
        // Half of them on either side of 0, and none beyond it.
        assert!((from_arcsine(vec![-1e-9, 1e-9]) - 0.5).abs() < 1e-6);
        assert!((of_normal_sines(&[1e-9]) - 0.5).abs() < 0.02);
    }

    #[test]
    fn wide_layers_settle_below_1() {
        let q = settled() * settled();
        assert!((settled() - 0.8926).abs() < 1e-4 && (1.0 - libm::exp(-2.0 * q) - q).abs() < 1e-12);
        assert!((of_normal_sines(&[1.0]) - 0.0431).abs() < 1e-4 && (of_normal_sines(&[q]) - 0.0647).abs() < 1e-4);
        let Look { deviations, distances, backward } = Look::of_wide_layers();
        assert!((deviations[0] - 0.9868).abs() < 1e-4 && (deviations[4] - 0.8904).abs() < 1e-4, "{deviations:?}");
        assert!((distances[0] - 0.0489).abs() < 1e-4 && (backward - 1.0864).abs() < 1e-4, "{distances:?} {backward}");
    }

    #[test]
    fn every_claim_can_fail() {
        let says = |by: f64, look: Look| -> Vec<bool> {
            let more = |figures: Vec<f64>| figures.into_iter().map(|figure| figure + by).collect();
            let siren = Look {
                deviations: more(look.deviations.clone()),
                distances: more(look.distances.clone()),
                backward: look.backward + by,
            };
            judge(&[siren, look], &[1.0; 2 * RATES.len()]).rows.iter().filter_map(|row| row.agrees).collect()
        };
        assert_eq!(says(0.009, Look::of_wide_layers()), [true; 2 * HIDDEN]);
        assert_eq!(says(-0.6, Look::of_wide_layers()), [false; 2 * HIDDEN]);
    }

    /// Layers a fifth as wide as the experiment's, without training.
    #[test]
    fn the_start_is_that_of_wide_layers_and_the_usual_one_is_not() {
        let small = Experiment {
            cases: |_| Ok(cases(100).into_iter().take(2).collect()),
            judge: |cases| {
                let [siren, usual] = [0, 1].map(|i| Look::of(&cases[i]));
                let theory = Look::of_wide_layers();
                for (measured, theory) in siren.deviations.iter().zip(&theory.deviations) {
                    assert!((measured - theory).abs() < 0.03, "{siren:?}");
                }
                for (measured, theory) in siren.distances.iter().zip(&theory.distances) {
                    assert!((measured - theory).abs() < 0.02, "{siren:?}");
                }
                assert!((siren.backward - theory.backward).abs() < 0.03, "{siren:?}");
                assert!(usual.deviations.iter().all(|sd| *sd < 0.4) && usual.backward < 0.7, "{usual:?}");
                Judgement::default()
            },
            ..SIREN
        };
        small.prepare(&Options::default()).unwrap().run(&Host::here(2)).unwrap().unwrap();
    }
}
