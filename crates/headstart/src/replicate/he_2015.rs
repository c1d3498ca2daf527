//! Networks of 22 and of 30 layers of rectifiers: from He's weights both train.

use super::digits::digits;
use super::{Case, CaseRuns, Experiment, Judgement, Row, guessing, median};
use crate::data::Dataset;
use crate::run::Run;
use crate::words::{count, rough};
use std::sync::Arc;

/// Layers of weights, as the paper counts them.
const DEPTHS: [usize; 2] = [22, 30];

const WIDTH: usize = 100;
const SAMPLES: usize = 1000;
const STEPS: usize = 1200;
const SEEDS: usize = 3;

/// A run has left the plateau of guessing as soon as its loss is below this share of what guessing costs.
const LEFT: f64 = 0.75;

/// He's weights against what the paper calls Xavier's.
pub const HE: Experiment = Experiment {
    name: "he-2015",
    title: "ten classes, 22 and 30 relu layers of 100: which train from He's weights, and which from \"Xavier\", lecun here?",
    source: "K. He, X. Zhang, S. Ren and J. Sun 2015, \"Delving Deep into Rectifiers\" (arXiv:1502.01852), section 2.2, \
             figures 2 and 3",
    files: &[],
    pixels: None,
    page: None,
    cases: |setting| Ok(cases(&digits(setting.data_dir, SAMPLES)?, WIDTH)),
    judge: |cases| {
        let starts: Vec<[Start; 2]> = cases.iter().map(Start::of).collect();
        judge(&starts)
    },
};

/// One for each depth, from He's weights and from those of variance 1/fan-in.
fn cases(data: &Arc<Dataset>, width: usize) -> Vec<Case> {
    let case = |depth: usize| Case {
        data: Some(Arc::clone(data)),
        looks: true,
        ..Case::new(
            format!("{depth} layers"),
            format!(
                "[data]\ndata = \"digits\"\n[network]\nlayers = [{}, {}10]\n[init]\ninit = \"he,lecun\"\nseeds = {SEEDS}\n\
                 [training]\noptimizer = \"sgd\"\nmomentum = 0.9\nbatch = 32\nlr = 0.002\nsteps = {STEPS}\n\
                 record-every = 20\n",
                data.train.x.ncols(),
                format!("{width}, ").repeat(depth - 1)
            ),
        )
    };
    DEPTHS.into_iter().map(case).collect()
}

/// What is judged of one initialization at one depth; medians over the seeds.
#[derive(Clone, Copy, Debug)]
struct Start {
    /// Second moments at the start: of the logits, and of the gradient in the first layer.
    signal: f64,
    gradient: f64,
    /// The training loss at the end, as a share of what guessing costs.
    loss: f64,
    /// The step at which the loss was first found to have left the plateau; infinite if it never was.
    leaves: f64,
    /// Training accuracy at the end.
    accuracy: f64,
}

impl Start {
    /// He's and lecun's.
    fn of(case: &CaseRuns) -> [Self; 2] {
        let guessing = guessing(case.task);
        let leaves = |run: &Run| {
            let left = run.trace.iter().find(|record| record.loss < LEFT * guessing);
            left.map_or(f64::INFINITY, |record| record.step as f64)
        };
        let start = |i: usize| {
            let layers = &case.profiles[i].layers;
            let over = |figure: &dyn Fn(&Run) -> f64| median(case.runs[i * SEEDS..][..SEEDS].iter().map(figure));
            Self {
                signal: layers[layers.len() - 1].signal.quantiles[1],
                gradient: layers[0].gradient.quantiles[1],
                loss: over(&|run| run.train.loss / guessing),
                leaves: over(&leaves),
                accuracy: over(&|run| run.train.accuracy.unwrap_or(0.0)),
            }
        };
        [0, 1].map(start)
    }

    fn converges(&self) -> bool {
        self.loss < LEFT
    }

    fn in_words(&self) -> String {
        format!("loss x {:.2}, accuracy {:.2}", self.loss, self.accuracy)
    }
}

/// Of He's and lecun's at each depth.
fn judge(starts: &[[Start; 2]]) -> Judgement {
    let mut rows = Vec::new();
    for (depth, [he, xavier]) in DEPTHS.iter().zip(starts) {
        // Each layer of Xavier's has 1/sqrt(2) of He's scale.
        let published = libm::pow(0.5, 0.5 * *depth as f64);
        let measured = (xavier.signal / he.signal).sqrt();
        rows.push(Row {
            what: format!("{depth} layers: signal, Xavier/He"),
            published: format!("{published:.1e}"),
            measured: format!("{measured:.1e}"),
            agrees: Some((measured / published - 1.0).abs() < 0.1),
        });
    }
    let [[he, xavier], [deep_he, deep_xavier]] = [starts[0], starts[1]];
    let shrinks = (deep_xavier.gradient / deep_he.gradient).sqrt();
    rows.push(Row {
        what: "30 layers: gradient, Xavier/He".to_owned(),
        published: "diminishing".to_owned(),
        measured: format!("{shrinks:.1e}"),
        agrees: Some(shrinks < 1e-3),
    });
    let row = |what: &str, published: &str, start: &Start| Row {
        what: what.to_owned(),
        published: published.to_owned(),
        measured: start.in_words(),
        agrees: Some(start.converges() == (published == "converges")),
    };
    rows.push(row("22 layers: He", "converges", &he));
    rows.push(row("22 layers: Xavier", "converges", &xavier));
    let step = |leaves: f64| if leaves.is_finite() { count(leaves as u64) } else { "never".to_owned() };
    rows.push(Row {
        what: "22 layers: which is sooner".to_owned(),
        published: "He".to_owned(),
        measured: format!("He at {}, Xavier at {}", step(he.leaves), step(xavier.leaves)),
        agrees: Some(he.leaves < xavier.leaves),
    });
    rows.push(row("30 layers: He", "converges", &deep_he));
    rows.push(row("30 layers: Xavier", "stalls", &deep_xavier));
    let answer = format!(
        "With 22 layers the loss leaves the plateau of guessing at step {} from He's weights and at {} from Xavier's; with 30 at \
         {} and, of the {} steps given, {}. Losses are multiples of what guessing costs, and below {} they have left it.",
        step(he.leaves),
        step(xavier.leaves),
        step(deep_he.leaves),
        count(STEPS as u64),
        step(deep_xavier.leaves),
        rough(LEFT)
    );
    Judgement { rows, answer: Some(answer), map: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;
    use crate::host::Host;

    /// A start of that share of He's scale per layer, which leaves the plateau there or never.
    fn start(depth: usize, scale: f64, leaves: Option<f64>) -> Start {
        let moment = libm::pow(scale, 2.0 * depth as f64);
        let [loss, accuracy] = if leaves.is_some() { [0.1, 1.0] } else { [1.0, 0.1] };
        Start { signal: moment, gradient: moment, loss, leaves: leaves.unwrap_or(f64::INFINITY), accuracy }
    }

    fn says(scale: f64, leaves: [Option<f64>; 4]) -> Vec<Option<bool>> {
        let starts = [
            [start(22, 1.0, leaves[0]), start(22, scale, leaves[1])],
            [start(30, 1.0, leaves[2]), start(30, scale, leaves[3])],
        ];
        judge(&starts).rows.iter().map(|row| row.agrees).collect()
    }

    #[test]
    fn he_may_be_right_or_wrong() {
        let [early, late] = [Some(40.0), Some(800.0)];
        assert_eq!(says(0.5_f64.sqrt(), [early, late, early, None]), [Some(true); 8]);
        // As good as He's, or even sooner.
        let says_of_equals = says(1.0, [late, early, late, early]);
        assert_eq!(says_of_equals, [false, false, false, true, true, false, true, false].map(Some));
        // Nothing trains.
        assert_eq!(says(0.5_f64.sqrt(), [None; 4])[3..], [false, false, false, false, true].map(Some));
    }

    /// Without a step of training the starts differ as the paper says; nothing has been learned, which shows as well.
    #[test]
    fn what_is_measured_at_the_start_is_judged() -> Result<(), Error> {
        let short = Experiment {
            cases: |setting| {
                let mut cases = cases(&digits(setting.data_dir, 100)?, 20);
                for case in &mut cases {
                    case.task = case.task.replace(&format!("steps = {STEPS}"), "steps = 1");
                }
                Ok(cases)
            },
            ..HE
        };
        let replication = short.prepare(&super::super::Options::default())?.run(&Host::here(2)).unwrap().unwrap();
        let agrees: Vec<Option<bool>> = replication.rows.iter().map(|row| row.agrees).collect();
        assert_eq!(agrees, [true, true, true, false, false, false, false, true].map(Some), "{:?}", replication.rows);
        let names: Vec<&str> = replication.profiles.iter().map(|profile| profile.name.as_str()).collect();
        assert_eq!(names, ["22 layers: he", "22 layers: lecun", "30 layers: he", "30 layers: lecun"]);
        Ok(())
    }
}
