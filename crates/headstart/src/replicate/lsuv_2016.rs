//! Layer-sequential unit variance: one start for several activations, however deep.

use super::digits::digits;
use super::{Case, CaseRuns, Experiment, Judgement, Row, guessing, median};
use crate::data::Dataset;
use crate::heat::{Axis, Colours, Map, Panel};
use std::sync::Arc;

/// Unit variance.
pub const LSUV: Experiment = Experiment {
    name: "lsuv-2016",
    title: "ten classes, 17 and 50 layers of 64, three activations: which train from lsuv, orthogonal, glorot and he?",
    source: "D. Mishkin and J. Matas 2016, \"All you need is a good init\" (arXiv:1511.06422), abstract; what is \
             published there is of convolutional networks",
    files: &[],
    pixels: None,
    page: None,
    cases: |setting| Ok(cases(&digits(setting.data_dir, SAMPLES)?, WIDTH)),
    judge: |cases| judge(&cases.chunks(RATES.len()).flat_map(best).collect::<Vec<_>>()),
};

/// Layers of weights: what the paper calls very deep, 16 and more (its introduction), and a network three times as deep.
const DEPTHS: [usize; 2] = [17, 50];

/// The paper's relu, its very leaky relu and its tanh. Its maxout is none of our activations.
const ACTIVATIONS: [&str; 3] = ["relu", "leaky-relu:0.333", "tanh"];

/// As the paper calls them: LSUV, `OrthoNorm`, Xavier, MSRA.
const INITS: [&str; 4] = ["lsuv", "orthogonal", "glorot", "he"];

/// Learning rates, of which each start has its best at each depth with each activation.
const RATES: [f64; 3] = [0.0005, 0.0015, 0.005];

const WIDTH: usize = 64;
const SAMPLES: usize = 1000;
const STEPS: usize = 800;
const SEEDS: usize = 3;

/// A run has learned if its loss is below this share of what guessing costs.
const LEARNED: f64 = 0.75;

/// Each depth with each activation and each learning rate, from all starts.
fn cases(data: &Arc<Dataset>, width: usize) -> Vec<Case> {
    let case = |depth: usize, activation: &str, lr: f64| Case {
        data: Some(Arc::clone(data)),
        ..Case::new(
            format!("{depth} layers, {activation}, lr {lr}"),
            format!(
                "[data]\ndata = \"digits\"\n[network]\nlayers = [{}, {}10]\nactivation = \"{activation}\"\n\
                 [init]\ninit = \"{}\"\nseeds = {SEEDS}\n\
                 [training]\noptimizer = \"sgd\"\nmomentum = 0.9\nbatch = 32\nlr = {lr}\nsteps = {STEPS}\n\
                 record-every = 20\n",
                data.train.x.ncols(),
                format!("{width}, ").repeat(depth - 1),
                INITS.join(","),
            ),
        )
    };
    let networks = DEPTHS.into_iter().flat_map(|depth| ACTIVATIONS.map(|activation| (depth, activation)));
    networks.flat_map(|(depth, activation)| RATES.map(|lr| case(depth, activation, lr))).collect()
}

/// Training losses at the end as shares of what guessing costs, medians over the seeds: one for each start.
fn losses(case: &CaseRuns) -> Vec<f64> {
    let guessing = guessing(case.task);
    let of_init = |i: usize| {
        let runs = &case.runs[i * SEEDS..][..SEEDS];
        // One that diverged learned nothing, whatever its loss was last.
        median(runs.iter().map(|run| if run.status == "finished" { run.train.loss / guessing } else { f64::INFINITY }))
    };
    (0..INITS.len()).map(of_init).collect()
}

/// The same with the best of the learning rates, of cases that differ in nothing else.
fn best(cases: &[CaseRuns]) -> Vec<f64> {
    let at_rates: Vec<Vec<f64>> = cases.iter().map(losses).collect();
    (0..INITS.len()).map(|i| at_rates.iter().map(|losses| losses[i]).fold(f64::INFINITY, f64::min)).collect()
}

/// Of all losses, by depth, activation and start. The paper claims that LSUV learns in very deep networks; nothing is
/// claimed of deeper ones, nor of plain ones from other starts.
fn judge(losses: &[f64]) -> Judgement {
    let (starts, all) = (INITS.len(), ACTIVATIONS.len() * INITS.len());
    let learns = |loss: f64| loss < LEARNED;
    let row = |(i, loss): (usize, &f64)| {
        let is_claimed = i % starts == 0 && i < all;
        let (depth, activation) = (DEPTHS[i / all], ACTIVATIONS[i % all / starts]);
        Row {
            what: format!("{depth} layers, {activation}: {}", INITS[i % starts]),
            published: if is_claimed { "learns (conv.)" } else { "-" }.to_owned(),
            measured: if loss.is_finite() { format!("loss x {loss:.2}") } else { "diverges".to_owned() },
            agrees: is_claimed.then(|| learns(*loss)),
        }
    };
    let rows = losses.iter().enumerate().map(row).collect();
    let of_depth = |(depth, losses): (&usize, &[f64])| {
        let counts = INITS.iter().enumerate().map(|(i, init)| {
            format!("{} from {init}", losses.iter().skip(i).step_by(starts).filter(|loss| learns(**loss)).count())
        });
        format!("with {depth} layers {}", counts.collect::<Vec<_>>().join(", "))
    };
    let counts: Vec<String> = DEPTHS.iter().zip(losses.chunks(all)).map(of_depth).collect();
    let answer = format!(
        "Of the {} activations learn {}; each start with its best of {} rates. Losses are shares of what guessing costs, and below \
         {LEARNED} a run has learned. Of {} layers nothing was published.",
        ACTIVATIONS.len(),
        counts.join("; "),
        RATES.len(),
        DEPTHS[1],
    );
    let panel = |(depth, losses): (&usize, &[f64])| Panel {
        title: format!("{depth} layers"),
        axes: None,
        cells: losses.chunks(starts).map(|losses| losses.iter().map(|loss| loss.min(1.0)).collect()).collect(),
    };
    let counted = |count: usize| (1..=count).map(|i| i as f64).collect();
    let map = Map {
        x: Axis::new("1 lsuv, 2 orthogonal, 3 glorot, 4 he", counted(starts)),
        y: Axis::new("1 relu, 2 leaky relu, 3 tanh", counted(ACTIVATIONS.len())),
        value: "training loss, as a share of guessing's".to_owned(),
        range: [0.0, 1.0],
        colours: Colours::Sequential,
        small_is_best: true,
        outline: None,
        lines: Vec::new(),
        panels: DEPTHS.iter().zip(losses.chunks(all)).map(panel).collect(),
    };
    Judgement { rows, answer: Some(answer), map: Some(map) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::Host;
    use crate::replicate::Options;

    #[test]
    fn lsuv_has_to_learn_everywhere_and_the_others_need_not() {
        let says = |lsuv: f64, others: f64| {
            let judged = judge(&[lsuv, others, others, f64::INFINITY].repeat(DEPTHS.len() * ACTIVATIONS.len()));
            (judged.rows.iter().filter_map(|row| row.agrees).collect::<Vec<_>>(), judged.answer.unwrap())
        };
        let (agrees, answer) = says(0.1, 1.0);
        assert_eq!(agrees, [true; ACTIVATIONS.len()]);
        assert!(answer.contains("with 50 layers 3 from lsuv, 0 from orthogonal"), "{answer}");
        assert_eq!(says(1.0, 0.1).0, [false; ACTIVATIONS.len()]);
    }

    /// A narrow relu network of the smaller depth: from lsuv it learns, and from orthogonal weights it is late.
    #[test]
    fn a_relu_network_learns_from_lsuv() {
        let small = Experiment {
            cases: |_| Ok(cases(&digits(None, 300)?, 40).into_iter().take(RATES.len()).collect()),
            judge: |cases| {
                let losses = best(cases);
                let row = |(init, loss): (&&str, &f64)| Row {
                    what: (*init).to_owned(),
                    published: String::new(),
                    measured: loss.to_string(),
                    agrees: Some(*loss < LEARNED),
                };
                Judgement { rows: INITS.iter().zip(&losses).map(row).collect(), ..Judgement::default() }
            },
            ..LSUV
        };
        let replication = small.prepare(&Options::default()).unwrap().run(&Host::here(2)).unwrap().unwrap();
        assert_eq!(replication.rows[0].agrees, Some(true), "{:?}", replication.rows);
        let loss = |i: usize| replication.rows[i].measured.parse::<f64>().unwrap();
        assert!(loss(0) < loss(1), "{:?}", replication.rows);
    }
}
