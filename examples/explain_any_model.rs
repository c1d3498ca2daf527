//! Findings of a model that somebody else trains: here a chain of eight numbers, `f(x) = w1 w2 ... w8 x`, whose signal, gradient and
//! curvature are closed forms. What is measured goes into an `Evidence`, and cures are tried by a `Rerun`.
//!
//! cargo run --example `explain_any_model`

use headstart::engine::activation::Activation;
use headstart::engine::init::Initialization;
use headstart::engine::network::{Loss, Network, Output};
use headstart::engine::rng::Rng;
use headstart::error::Error;
use headstart::explain::cure::Cure;
use headstart::explain::evidence::{Curvature, Evidence, Inputs, Look, Place, Start, TrainingFacts};
use headstart::explain::findings::findings;
use headstart::explain::prediction::{Outlook, Prediction};
use headstart::explain::trial::Rerun;
use headstart::run::Record;

const LAYERS: usize = 8;
const STEPS: usize = 3_000;
const LR: f64 = 0.01;

/// Inputs and targets are -1 and 1, so that the loss is `(p - 1)^2` of the product `p`, and 1 where nothing is told of the input.
#[derive(Clone)]
struct Chain(Vec<f64>);

impl Chain {
    fn drawn(init: &Initialization) -> Self {
        let (units, end) = ([Activation::Identity], (Output::Identity, Loss::MeanSquaredError));
        let network = Network::new(&[1; LAYERS + 1], &units, end.0, end.1, false).expect("it is one");
        Self(init.draw(&network, Rng::Native, 1).expect("schemes that need no data").parameters.flat().collect())
    }

    fn product(&self, layers: std::ops::Range<usize>) -> f64 {
        self.0[layers].iter().product()
    }

    fn loss(&self) -> f64 {
        (self.product(0..LAYERS) - 1.0).powi(2)
    }

    /// How the product follows each weight.
    fn slopes(&self) -> Vec<f64> {
        (0..LAYERS).map(|l| self.product(0..l) * self.product(l + 1..LAYERS)).collect()
    }

    fn step(&mut self) {
        let error = self.product(0..LAYERS) - 1.0;
        let slopes = self.slopes();
        self.0.iter_mut().zip(slopes).for_each(|(w, slope)| *w -= LR * 2.0 * error * slope);
    }

    fn look(&self) -> Look {
        let error = self.product(0..LAYERS) - 1.0;
        let slopes = self.slopes();
        let place = |l: usize| Place {
            name: format!("factor {}", l + 1),
            activation: (l + 1 < LAYERS).then_some(Activation::Identity),
            signal: self.product(0..l + 1).powi(2),
            gradient: (2.0 * error * self.product(l + 1..LAYERS)).powi(2),
            weight_gradient: (2.0 * error * slopes[l]).abs(),
            ..Place::default()
        };
        let places = (0..LAYERS).map(place).collect();
        let (features, targets) = (vec![1.0], None);
        Look {
            loss: self.loss(),
            loss_kind: None,
            output: None,
            saturated: None,
            places,
            features,
            targets,
            model: None,
        }
    }

    /// Its training, as far as it goes.
    fn outlook(mut self) -> Outlook {
        let record = |step| {
            let loss = self.loss();
            self.step();
            Record { step, loss }
        };
        let trace: Vec<Record> = (0..STEPS).map(record).collect();
        let found = trace.iter().find(|record| record.loss < 0.75).map(|record| record.step as u64);
        let prediction = Prediction {
            event: "loss below 0.75".to_owned(),
            plateau: 1.0,
            threshold: 0.75,
            from: found.or(Some(STEPS as u64)),
            to: found,
            step: found,
            within: found.is_some(),
            method: "run itself".to_owned(),
            evaluations: STEPS,
            way: Vec::new(),
        };
        let diverged = trace.iter().any(|record| !record.loss.is_finite());
        Outlook { prediction, trace, steps: STEPS, diverged, dead: vec![0.0; LAYERS - 1], cap: None }
    }
}

/// Of all changes this model knows one: where it starts.
struct Chains;

impl Chains {
    fn with(cure: &Cure) -> Option<Chain> {
        if let Cure::Init(inits) = cure { inits.0.first().map(Chain::drawn) } else { None }
    }
}

impl Rerun for Chains {
    fn look(&mut self, cure: &Cure) -> Result<Option<Look>, Error> {
        Ok(Self::with(cure).map(|chain| chain.look()))
    }

    fn outlook(&mut self, cure: &Cure) -> Result<Option<Outlook>, Error> {
        Ok(Self::with(cure).map(Chain::outlook))
    }

    fn is_stopped(&self) -> bool {
        false
    }
}

/// Prints what was found.
pub fn main() -> Result<(), Box<dyn std::error::Error>> {
    let init = "constant:0.4";
    let chain = Chain::drawn(&init.parse()?);
    let slopes = chain.slopes();
    let evidence = Evidence {
        start: Start { init: init.to_owned(), seed: 1, draws_biases: false },
        look: chain.look(),
        inputs: Inputs { are_standardized: true, ..Inputs::default() },
        guessing: 1.0,
        training: TrainingFacts {
            optimizer: "gd".to_owned(),
            momentum: Some(0.0),
            lr: LR,
            rate: LR,
            steps: STEPS as u64,
            has_minibatches: false,
            decay: None,
            clip: None,
            warmup: 0,
        },
        curvature: Some(Curvature {
            // Of the Gauss-Newton part, which is the whole where the loss is small.
            sharpness: 2.0 * slopes.iter().map(|slope| slope * slope).sum::<f64>(),
            scaled: None,
            limit: Some(2.0 / LR),
        }),
        outlook: Some(chain.outlook()),
    };
    println!("{}", serde_json::to_string(&evidence.look.places[0])?);
    for finding in findings(&evidence, Some(&mut Chains))?.unwrap_or_default() {
        println!(
            "{}{}: {}\n  do: {}",
            finding.name,
            if finding.decides { " (decides)" } else { "" },
            finding.sentence,
            finding.advice
        );
    }
    Ok(())
}
