//! Advice for a model that somebody else trains: here `f(x) = w1 w2 x`, whose training is a closed form. The race asks for trainings and
//! is told how they ended; what is wrong with the start that everybody would take is found in what was measured there.
//!
//! cargo run --example `advise_any_trainer`

use headstart::advise::advise_by;
use headstart::advise::ground::Ground;
use headstart::advise::setting::{KnownDefault, Scheme, Setting};
use headstart::advise::trainer::{Answer, Ask, Samples, Start, Trainer, Trial};
use headstart::budget::Budget;
use headstart::engine::activation::Activation;
use headstart::engine::rng::{Native, Stream};
use headstart::engine::watch::Watch;
use headstart::error::Error;
use headstart::explain::evidence::{self, Curvature, Evidence, Inputs, Look, Place, TrainingFacts};
use headstart::explain::findings::findings;
use headstart::host::Host;
use headstart::report;
use headstart::run::Figures;

const STEPS: u64 = 400;
const LR: f64 = 0.01;

/// Two equal weights, as large as the gain says, more or less; what is no scheme starts from 0.001.
fn weight(start: &Start, seed: u64) -> f64 {
    let gain = start.scheme.as_ref().map_or(0.001, |(_, gain)| *gain);
    gain * (0.05 * Native::new(seed, 0).normal()).exp()
}

struct Product;

impl Trainer for Product {
    /// Inputs are -1 and 1, targets `t` times that: the loss is `(u - t)^2` of the product `u`, which descent takes along a logistic
    /// curve (Saxe et al. 2014, "Exact solutions to the nonlinear dynamics of learning in deep linear neural networks", equation 6).
    fn train(&mut self, ask: &Ask, watch: &Watch) -> Result<Vec<Answer>, Error> {
        let train = |trial: &Trial| {
            let (w, t) = (weight(&trial.start, trial.seed), 1.0 + 0.02 * Native::new(trial.seed, 1).normal());
            let u = t / (1.0 + (t / (w * w) - 1.0) * (-4.0 * t * trial.lr * trial.until as f64).exp());
            let figures = |t: f64| Figures { loss: (u - t).powi(2) + 1e-3, accuracy: None, classes: None };
            // What is held out has targets of its own.
            let held = (trial.on != Samples::All).then(|| figures(2.0 - t));
            // Steps that are too long for the curvature at the start lead nowhere.
            let diverged = trial.lr * 4.0 * w * w > 2.0;
            watch.add(trial.until);
            Answer { diverged, ..Answer::of(trial, figures(t), held) }
        };
        Ok(ask.trials.iter().take_while(|_| !watch.is_stopped()).map(train).collect())
    }
}

/// What is measured of a start before its first step.
fn measured(w: f64) -> Look {
    let error = w * w - 1.0;
    let place = |l: i32| Place {
        name: format!("factor {l}"),
        activation: (l == 1).then_some(Activation::Identity),
        signal: w.powi(2 * l),
        gradient: (2.0 * error * w.powi(2 - l)).powi(2),
        weight_gradient: (2.0 * error * w).abs(),
        ..Place::default()
    };
    let (places, features) = (vec![place(1), place(2)], vec![1.0]);
    Look {
        loss: error * error,
        loss_kind: None,
        output: None,
        saturated: None,
        places,
        features,
        targets: None,
        model: None,
    }
}

/// Prints what is advised, and what is wrong with what everybody would take.
pub fn main() -> Result<(), Box<dyn std::error::Error>> {
    let gains = [0.001, 0.003, 0.01, 0.03, 0.1, 0.2, 0.5, 0.7, 1.0, 1.4, 2.0, 3.0, 5.0, 8.0];
    let usual = Start::named("as ever");
    let setting = Setting {
        defaults: vec![KnownDefault { init: usual.init.clone(), framework: "our own".to_owned(), like: None }],
        ..Setting::new("a product", Ground::of_losses(1.0), vec![Scheme::new("equal", &gains)], 50, STEPS, LR)
    };
    let budget = Some(Budget::Steps(200 * STEPS));
    let advice = advise_by(&mut Product, setting, false, budget, &Host::here(1))?.expect("nobody stops it");
    println!("{}", report::advice::document(&advice, false));

    let w = weight(&usual, 1);
    let evidence = Evidence {
        start: evidence::Start { init: usual.init, seed: 1, draws_biases: false },
        look: measured(w),
        inputs: Inputs { are_standardized: true, ..Inputs::default() },
        guessing: 1.0,
        training: TrainingFacts {
            optimizer: "gd".to_owned(),
            momentum: Some(0.0),
            lr: LR,
            rate: LR,
            steps: STEPS,
            has_minibatches: false,
            decay: None,
            clip: None,
            warmup: 0,
        },
        curvature: Some(Curvature { sharpness: 4.0 * w * w, scaled: None, limit: Some(2.0 / LR) }),
        outlook: None,
    };
    for finding in findings(&evidence, None)?.unwrap_or_default() {
        println!("{}: {}\n  do: {}", finding.name, finding.sentence, finding.advice);
    }
    Ok(())
}
