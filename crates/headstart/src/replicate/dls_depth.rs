//! The thread's guess: relu hidden layers and a sigmoid or tanh output, the deeper the network, the larger its weights may be.

use super::{Case, CaseRuns, Experiment, Judgement, Row};
use crate::report::heatmap::{Axis, Map, Panel};
use crate::run::Run;
use crate::stats::median;
use crate::words::rough;

/// Hidden layers.
const DEPTHS: [usize; 10] = [1, 2, 3, 4, 6, 8, 10, 13, 16, 20];

/// Units in each.
const WIDTH: usize = 20;

/// Scales of all weights: `10^(i/8 - 1.25)`, 0.056 to 10.
const SCALES: usize = 19;

const SEEDS: usize = 5;

/// Test accuracy from which on a scale works, in the median of the seeds.
const WORKS: f64 = 0.9;

const OUTPUTS: [&str; 2] = ["sigmoid", "tanh"];

/// Depth against scale.
pub const DEPTH: Experiment = Experiment {
    name: "dls-depth",
    title: "circles, relu hidden layers, sigmoid or tanh output: which scales of N(0,1) weights work at depths 1 to 20?",
    source: "DeepLearning.AI community, a learner's guess in the question on the assignment \"Initialization\" (Deep \
             Learning Specialization, course 2, week 1): the deeper the network, the larger the weights may be",
    files: &[],
    cases: |_| OUTPUTS.iter().flat_map(|output| DEPTHS.map(|depth| case(output, depth))).collect(),
    judge,
};

/// 2,000 steps with lr 0.1 are as much descent as 20,000 with the course's 0.01.
fn case(output: &str, depth: usize) -> Case {
    let widths = format!("2, {}1", format!("{WIDTH}, ").repeat(depth));
    let inits: Vec<String> = scales().iter().map(|scale| format!("normal:{scale}")).collect();
    let task = format!(
        "[data]\ndata = \"circles\"\n[network]\nlayers = [{widths}]\noutput = \"{output}\"\nloss = \"bce\"\n\
         [init]\ninit = \"{}\"\nseeds = {SEEDS}\n[training]\nlr = 0.1\nsteps = 2000\nrecord-every = 1000\n",
        inits.join(",")
    );
    Case { name: format!("{output} output, {depth} hidden"), task, claims: Vec::new() }
}

fn scales() -> Vec<f64> {
    // Three digits: nobody wants to read more.
    let scale = |i: usize| libm::pow(10.0, i as f64 / 8.0 - 1.25);
    (0..SCALES).map(|i| format!("{:.3}", scale(i)).parse().unwrap_or(f64::NAN)).collect()
}

/// The scales that work at a depth.
#[derive(Clone, Copy)]
struct Works {
    depth: usize,
    /// The smallest and the largest; none if none works.
    range: Option<[f64; 2]>,
}

fn judge(cases: &[CaseRuns]) -> Judgement {
    let accuracies: Vec<Vec<f64>> =
        cases.iter().map(|case| case.runs.chunks(SEEDS).map(median_accuracy).collect()).collect();
    let works = |(i, of_scales): (usize, &Vec<f64>)| {
        let all = scales();
        let mut working =
            all.iter().zip(of_scales).filter(|(_, accuracy)| **accuracy >= WORKS).map(|(scale, _)| *scale);
        let range = working.next().map(|first| [first, working.next_back().unwrap_or(first)]);
        Works { depth: DEPTHS[i % DEPTHS.len()], range }
    };
    let all: Vec<Works> = accuracies.iter().enumerate().map(works).collect();
    let mut rows = Vec::new();
    let mut answers = Vec::new();
    for (output, of_output) in OUTPUTS.iter().zip(all.chunks(DEPTHS.len())) {
        rows.extend(of_output.iter().map(|works| Row {
            what: format!("{output}, {} hidden: scales that work", works.depth),
            published: "-".to_owned(),
            measured: works.range.map_or_else(|| "none".to_owned(), |[low, high]| format!("{low} to {high}")),
            agrees: None,
        }));
        let (bears_out, sentence) = answer(of_output);
        rows.push(Row {
            what: format!("{output}: the deeper, the larger"),
            published: "guessed".to_owned(),
            measured: if bears_out { "borne out" } else { "not borne out" }.to_owned(),
            // A guess that is wrong is a result, not a failure to rerun it.
            agrees: None,
        });
        answers.push(format!("{output} output: {sentence}"));
    }
    let panel = |(output, of_output): (&&str, &[Vec<f64>])| Panel {
        title: format!("{output} output"),
        // Rows of the map are scales.
        cells: (0..SCALES).map(|scale| of_output.iter().map(|of_depth| of_depth[scale]).collect()).collect(),
    };
    let map = Map {
        x: Axis { name: "hidden layers", values: DEPTHS.iter().map(|depth| *depth as f64).collect() },
        y: Axis { name: "scale of the weights", values: scales() },
        value: "test accuracy, median of the seeds",
        range: [0.5, 1.0],
        line: Some(("he", vec![(2.0 / WIDTH as f64).sqrt(); DEPTHS.len()])),
        panels: OUTPUTS.iter().zip(accuracies.chunks(DEPTHS.len())).map(panel).collect(),
    };
    Judgement { rows, answer: Some(answers.join(" ")), map: Some(map) }
}

fn median_accuracy(runs: &[Run]) -> f64 {
    let figures: Vec<f64> = runs.iter().map(|run| run.test.and_then(|test| test.accuracy).unwrap_or(0.0)).collect();
    median(&figures).unwrap_or(0.0)
}

/// Whether weights may be larger in deeper networks, by the largest scale that works, and that in a sentence.
fn answer(of_depths: &[Works]) -> (bool, String) {
    let working: Vec<(usize, [f64; 2])> =
        of_depths.iter().filter_map(|works| works.range.map(|range| (works.depth, range))).collect();
    let (Some((first, [low, high])), Some((last, [deep_low, deep_high]))) = (working.first(), working.last()) else {
        return (false, "no scale works at any depth.".to_owned());
    };
    let bears_out = deep_high > high;
    let verdict = match deep_high.total_cmp(high) {
        std::cmp::Ordering::Greater => "yes: the largest scale that works grows",
        std::cmp::Ordering::Equal => "no: the largest scale that works stays where it is",
        std::cmp::Ordering::Less => "no, the deeper the narrower: the largest scale that works falls",
    };
    let beyond = match of_depths.iter().rev().take_while(|works| works.range.is_none()).last() {
        Some(works) => format!("; from {} hidden layers on none works", works.depth),
        None => String::new(),
    };
    let of_smallest = match deep_low.total_cmp(low) {
        std::cmp::Ordering::Greater => "rises",
        std::cmp::Ordering::Equal => "stays",
        std::cmp::Ordering::Less => "falls",
    };
    let sentence = format!(
        "{verdict} from {} ({first} hidden layers) to {} ({last}), and the smallest {of_smallest} from {} to {}{beyond}; \
         He's is {} at any depth.",
        rough(*high),
        rough(*deep_high),
        rough(*low),
        rough(*deep_low),
        rough((2.0 / WIDTH as f64).sqrt())
    );
    (bears_out, sentence)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_answers_are_possible() {
        let works = |depth, range| Works { depth, range };
        let (yes, sentence) = answer(&[works(1, Some([0.1, 1.0])), works(20, Some([0.3, 3.0]))]);
        assert!(yes && sentence.starts_with("yes") && sentence.contains("rises from 0.1 to 0.3"), "{sentence}");
        let (yes, sentence) = answer(&[works(1, Some([0.1, 9.0])), works(10, Some([0.3, 0.6])), works(20, None)]);
        assert!(!yes && sentence.contains("from 9 (1 hidden layers) to 0.6 (10)"), "{sentence}");
        assert!(sentence.contains("from 20 hidden layers on none works"), "{sentence}");
        assert!(!answer(&[works(1, None)]).0);
    }
}
