//! The thread's guess: relu hidden layers and a sigmoid or tanh output, the deeper the network, the larger its weights may be.

use super::reach::Reach;
use super::window::Window;
use super::{Case, CaseRuns, Experiment, Judgement, Row, median};
use crate::heat::{Axis, Colours, Line, Map, Panel};
use crate::run::Run;
use crate::words::rough;

/// Units in each hidden layer.
const WIDTH: usize = 20;

/// Test accuracy from which on a scale works, in the median of the seeds.
const WORKS: f64 = 0.9;

const OUTPUTS: [&str; 2] = ["sigmoid", "tanh"];

/// What is tried with each output.
struct Grid {
    /// Hidden layers.
    depths: &'static [usize],
    /// Scales of all weights.
    scales: &'static [f64],
    seeds: usize,
}

/// Eight scales to a decade.
const GRID: Grid = Grid {
    depths: &[1, 2, 3, 4, 6, 8, 10, 13, 16, 20],
    scales: &[
        0.032, 0.042, 0.056, 0.075, 0.1, 0.13, 0.18, 0.24, 0.32, 0.42, 0.56, 0.75, 1.0, 1.3, 1.8, 2.4, 3.2, 4.2, 5.6,
        7.5, 10.0,
    ],
    seeds: 5,
};

/// Depth against scale.
pub const DEPTH: Experiment = Experiment {
    name: "dls-depth",
    title: "circles, relu hidden layers, sigmoid or tanh output: which scales of N(0,1) weights work at depths 1 to 20?",
    source: "DeepLearning.AI community, a learner's guess in the question on the assignment \"Initialization\" (Deep \
             Learning Specialization, course 2, week 1): the deeper the network, the larger the weights may be",
    files: &[],
    pixels: None,
    page: None,
    cases: |_| Ok(GRID.cases()),
    judge: |cases| GRID.judge(cases),
};

/// He's scale, which does not depend on the depth.
fn he() -> f64 {
    (2.0 / WIDTH as f64).sqrt()
}

/// What came of all scales at one depth.
#[derive(Clone, Copy)]
struct AtDepth {
    depth: usize,
    /// The scales that work.
    reach: Option<Reach>,
    /// The scale with the smallest test loss in the median of the seeds.
    best: f64,
}

impl Grid {
    fn cases(&self) -> Vec<Case> {
        OUTPUTS.iter().flat_map(|output| self.depths.iter().map(|depth| self.case(output, *depth))).collect()
    }

    /// 2,000 steps with lr 0.1 are as much descent as 20,000 with the course's 0.01.
    fn case(&self, output: &str, depth: usize) -> Case {
        let widths = format!("2, {}1", format!("{WIDTH}, ").repeat(depth));
        let inits: Vec<String> = self.scales.iter().map(|scale| format!("normal:{scale}")).collect();
        let task = format!(
            "[data]\ndata = \"circles\"\n[network]\nlayers = [{widths}]\noutput = \"{output}\"\nloss = \"bce\"\n\
             [init]\ninit = \"{}\"\nseeds = {}\n[training]\nlr = 0.1\nsteps = 2000\nrecord-every = 1000\n",
            inits.join(","),
            self.seeds
        );
        Case::new(format!("{output}, {depth} hidden"), task)
    }

    fn judge(&self, cases: &[CaseRuns]) -> Judgement {
        let medians = |case: &CaseRuns, of: fn(&Run) -> f64| -> Vec<f64> {
            case.runs.chunks(self.seeds).map(|runs| median(runs.iter().map(of))).collect()
        };
        let accuracy = |run: &Run| run.judged().accuracy.unwrap_or(0.0);
        let accuracies: Vec<Vec<f64>> = cases.iter().map(|case| medians(case, accuracy)).collect();
        let at_depth = |(i, case): (usize, &CaseRuns)| {
            let works: Vec<bool> = accuracies[i].iter().map(|accuracy| *accuracy >= WORKS).collect();
            let losses = medians(case, |run| run.judged().loss);
            let best = self.scales.iter().zip(losses).min_by(|a, b| a.1.total_cmp(&b.1));
            AtDepth {
                depth: self.depths[i % self.depths.len()],
                reach: Reach::of(self.scales, &works),
                best: best.map_or(f64::NAN, |(scale, _)| *scale),
            }
        };
        let all: Vec<AtDepth> = cases.iter().enumerate().map(at_depth).collect();
        let mut rows = Vec::new();
        let mut answers = Vec::new();
        for ((output, of_output), cases) in
            OUTPUTS.iter().zip(all.chunks(self.depths.len())).zip(cases.chunks(self.depths.len()))
        {
            rows.extend(of_output.iter().zip(cases).map(|(at, case)| {
                Row {
                    what: case.name.to_owned(),
                    published: "-".to_owned(),
                    measured: at
                        .reach
                        .map_or_else(|| "none works".to_owned(), |reach| format!("{reach}, best {}", rough(at.best))),
                    agrees: None,
                }
            }));
            let (borne_out, sentence) = answer(of_output);
            rows.push(Row {
                what: format!("{output}: the guess"),
                published: "larger".to_owned(),
                measured: borne_out,
                // A guess that is wrong is a result, not a failure to rerun it.
                agrees: None,
            });
            answers.push(format!("With a {output} output {sentence}"));
        }
        let panel = |(output, of_output): (&&str, &[Vec<f64>])| Panel {
            title: format!("{output} output"),
            axes: None,
            // Rows of the map are scales.
            cells: (0..self.scales.len()).map(|scale| of_output.iter().map(|at| at[scale]).collect()).collect(),
        };
        let map = Map {
            x: Axis::new("hidden layers", self.depths.iter().map(|depth| *depth as f64).collect()),
            y: Axis::new("scale of the weights", self.scales.to_vec()),
            value: "test accuracy, median of the seeds".to_owned(),
            range: [0.5, 1.0],
            colours: Colours::Sequential,
            small_is_best: false,
            outline: Some(WORKS),
            lines: vec![Line { name: "he".to_owned(), points: vec![[0.1, he()], [1e3, he()]] }],
            panels: OUTPUTS.iter().zip(accuracies.chunks(self.depths.len())).map(panel).collect(),
        };
        Judgement { rows, answer: Some(answers.join(". ") + "."), map: Some(map) }
    }
}

/// Where the guess is borne out, and that in a sentence with the figures that say so.
fn answer(depths: &[AtDepth]) -> (String, String) {
    let working: Vec<&AtDepth> = depths.iter().filter(|at| at.reach.is_some()).collect();
    let untold = "not to be told".to_owned();
    let Some(window) = Window::of(depths.iter().map(|at| (at.depth, at.reach))) else {
        return match working.as_slice() {
            [AtDepth { depth, reach: Some(reach), .. }] => {
                (untold, format!("a scale works with no number of hidden layers but {depth}: {reach}"))
            }
            _ => (untold, "no scale works at any depth".to_owned()),
        };
    };
    let none: Vec<String> = depths.iter().filter(|at| at.reach.is_none()).map(|at| at.depth.to_string()).collect();
    let none = if none.is_empty() { String::new() } else { format!("; none works with {}", none.join(" or ")) };
    let he = format!("He's {}", rough(he()));
    let sentence = format!(
        "the guess is {}. With depth {}: {}{none}",
        window.verdict(),
        window.moves(Some((&he, self::he()))),
        window.ends("scale"),
    );
    (format!("borne out {}", window.borne_out()), sentence)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::Host;
    use crate::replicate::Options;

    const SCALES: [f64; 6] = [0.1, 0.2, 0.4, 0.8, 1.6, 3.2];

    /// At each depth the first and the last scale that work.
    fn says(of_depths: &[(usize, Option<(usize, usize)>)]) -> (String, String) {
        let at = |(depth, works): &(usize, Option<(usize, usize)>)| {
            let works: Vec<bool> =
                (0..SCALES.len()).map(|i| works.is_some_and(|(first, last)| (first..=last).contains(&i))).collect();
            AtDepth { depth: *depth, reach: Reach::of(&SCALES, &works), best: 0.4 }
        };
        answer(&of_depths.iter().map(at).collect::<Vec<_>>())
    }

    #[test]
    fn each_end_has_its_answer() {
        let (borne_out, sentence) = says(&[(1, Some((0, 2))), (5, Some((1, 3))), (20, Some((2, 5)))]);
        assert!(
            borne_out == "borne out at both ends" && sentence.starts_with("the guess is right. With depth"),
            "{sentence}"
        );
        assert!(sentence.contains("moves up: from 1 to 20 hidden layers the largest scale"), "{sentence}");
        assert!(sentence.contains("that works rises from 0.4 to 3.2 or more"), "{sentence}");
        let (borne_out, sentence) = says(&[(1, Some((0, 5))), (5, Some((1, 3))), (10, Some((1, 2))), (20, None)]);
        assert_eq!(borne_out, "borne out at the small end");
        assert!(sentence.contains("right about the small end and wrong about the large one"), "{sentence}");
        assert!(sentence.contains("closes from both sides around He's 0.316: from 1 to 10 hidden"), "{sentence}");
        assert!(sentence.contains("falls from 3.2 or more to 0.4") && sentence.ends_with("none works with 20"));
        assert!(sentence.contains("the smallest rises from 0.1 or less to 0.2"), "{sentence}");
    }

    #[test]
    fn fewer_than_two_depths_say_nothing_of_the_guess() {
        let of = |depths: &[_]| says(depths).1;
        assert_eq!(of(&[(1, None), (2, None)]), "no scale works at any depth");
        assert_eq!(
            of(&[(1, Some((0, 5))), (2, None)]),
            "a scale works with no number of hidden layers but 1: 0.1 or less to 3.2 or more"
        );
    }

    #[test]
    fn a_small_grid_is_run_and_judged() {
        const SMALL: Grid = Grid { depths: &[1, 8], scales: &[0.032, 0.32, 1.8], seeds: 1 };
        let small = Experiment { cases: |_| Ok(SMALL.cases()), judge: |cases| SMALL.judge(cases), ..DEPTH };
        let replication = small.prepare(&Options::default()).unwrap().run(&Host::here(2)).unwrap().unwrap();
        assert_eq!((replication.runs.len(), replication.rows.len()), (12, 6));
        assert_eq!(replication.runs[3].case.as_deref(), Some("sigmoid, 8 hidden"));
        let measured: Vec<&str> = replication.rows.iter().map(|row| &*row.measured).collect();
        assert!(measured[0].contains("to 1.8 or more") && measured[1].starts_with("0.32, "), "{measured:?}");
        assert_eq!(measured[2], "borne out at the small end");
        let answer = replication.answer.unwrap();
        assert!(answer.starts_with("With a sigmoid output the guess is right about the small end"), "{answer}");
        let map = replication.map.unwrap();
        assert!(map.panels.len() == 2 && map.panels[0].cells[2][0] >= WORKS && map.panels[0].cells[2][1] < WORKS);
    }
}
