//! The thread's wish for "intuitions one could use as a rough guide where to start from": measured.

mod design;
mod figures;
mod page;

use super::{CaseRuns, Experiment, Judgement, Page, Row};
use crate::heat::{Axis, Colours, Line, Map, Panel};
use crate::words::rough;
use design::{Grid, Part, Setup, scheme};
use figures::{Choice, Guide, Outcome, Rule, is_plane};

/// Half an octave apart where windows end, an octave beyond.
const GRID: Grid = Grid {
    activations: &["relu", "leaky-relu", "elu", "gelu", "selu", "tanh", "sigmoid"],
    depths: &[1, 2, 3, 5, 8, 12, 20],
    gains: &[0.12, 0.25, 0.5, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0, 5.6, 8.0, 16.0],
    rows: 9,
    seeds: 3,
    steps: 1000,
};

/// The guide.
pub const GUIDE: Experiment = Experiment {
    name: "rough-guide",
    title: "seven activations, 1 to 20 hidden layers, data of three kinds, three optimizers: which gain of the usual scheme \
            should a network start from?",
    source: "DeepLearning.AI community, a learner's wish in the question on the assignment \"Initialization\" (Deep Learning \
             Specialization, course 2, week 1): intuitions one could use as a rough guide where to start from",
    files: &[],
    pixels: None,
    page: Some(|cases| GRID.page(cases)),
    cases: |_| Ok(GRID.setups().iter().map(|setup| GRID.case(setup)).collect()),
    judge: |cases| GRID.judge(cases),
};

impl Grid {
    fn guide(&self, cases: &[CaseRuns]) -> Guide {
        let outcomes = self.setups().into_iter().zip(cases).map(|(setup, case)| Outcome::of(self, setup, case));
        Guide::of(self, outcomes.collect())
    }

    fn page(&self, cases: &[CaseRuns]) -> Page {
        page::page(self, &self.guide(cases), cases.iter().map(|case| case.runs.len()).sum())
    }

    fn judge(&self, cases: &[CaseRuns]) -> Judgement {
        let guide = self.guide(cases);
        let row = |(activation, depth): (&str, usize)| {
            let score = guide.score(self, Part::HeldOut, Choice::Guide, |setup| {
                setup.activation == activation && setup.depth == depth
            });
            let rule = match guide.rule(self, activation, depth) {
                Some(Rule { gain, window, right, of }) => {
                    format!("{}:{} ({window}), {right}/{of}", scheme(activation), rough(self.gains[*gain]))
                }
                None => "nothing learns".to_owned(),
            };
            let held_out = score.map_or_else(String::new, |score| {
                format!("; held out {:.0}/{}", score.right * score.tasks as f64, score.tasks)
            });
            Row {
                what: format!("{activation}, {depth} hidden"),
                published: "-".to_owned(),
                measured: rule + &held_out,
                agrees: None,
            }
        };
        let of_activation = |activation: &&'static str| {
            let activation = *activation;
            self.depths.iter().map(move |depth| (activation, *depth))
        };
        let rows = self.activations.iter().flat_map(of_activation).map(row).collect();
        let answer = [vec![page::summary(self, &guide)], page::thread(self, &guide)].concat();
        Judgement { rows, answer: Some(answer.join("\n\n")), map: Some(self.map(&guide)) }
    }

    /// A panel for each activation, and two for the thread's question.
    fn map(&self, guide: &Guide) -> Map {
        let panel = |title: String, wanted: &dyn Fn(&Setup) -> bool| {
            let at = |depth: &usize| guide.shares(self, |setup| setup.depth == *depth && wanted(setup)).0;
            let columns: Vec<Vec<f64>> = self.depths.iter().map(at).collect();
            let row = |gain: usize| columns.iter().map(|column| column[gain]).collect();
            Panel { title, axes: None, cells: (0..self.gains.len()).map(row).collect() }
        };
        let of_activation = |activation: &&'static str| {
            panel(format!("{activation}: {}", scheme(activation)), &|setup| setup.activation == *activation)
        };
        let of_thread = [("sigmoid", false), ("tanh", true)].map(|(output, is_tanh)| {
            panel(format!("relu: he, two classes, {output} output"), &|setup| {
                setup.activation == "relu" && is_plane(setup, is_tanh)
            })
        });
        Map {
            x: Axis::new("hidden layers", self.depths.iter().map(|depth| *depth as f64).collect()),
            y: Axis::new("gain", self.gains.to_vec()),
            value: "share of tasks on which the gain does as well as the best".to_owned(),
            range: [0.0, 1.0],
            colours: Colours::Sequential,
            small_is_best: false,
            outline: Some(page::HALF),
            lines: vec![Line { name: String::new(), points: vec![[0.1, 1.0], [1e3, 1.0]] }],
            panels: self.activations.iter().map(of_activation).chain(of_thread).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::Host;
    use crate::replicate::{Options, Replication};

    const SMALL: Grid = Grid {
        activations: &["relu", "tanh"],
        depths: &[1, 6],
        gains: &[0.12, 0.25, 1.0, 4.0, 16.0],
        rows: 2,
        seeds: 1,
        steps: 150,
    };

    fn replication(threads: usize) -> Replication {
        let small = Experiment {
            cases: |_| Ok(SMALL.setups().iter().map(|setup| SMALL.case(setup)).collect()),
            judge: |cases| SMALL.judge(cases),
            page: Some(|cases| SMALL.page(cases)),
            ..GUIDE
        };
        small
            .prepare(&Options { page: true, ..Options::default() })
            .unwrap()
            .run(&Host::here(threads))
            .unwrap()
            .unwrap()
    }

    #[test]
    fn a_small_grid_is_run_judged_and_written_down() {
        let replication = replication(2);
        // Two parts of two rows, either output, two activations, two depths; five gains and two defaults.
        assert_eq!((replication.runs.len(), replication.rows.len()), (2 * 2 * 2 * 2 * 2 * 7, 4));
        assert_eq!(replication.runs[7].case.as_deref(), Some("relu, 6 hidden of 8, circles, sgd 0.03"));
        let map = replication.map.unwrap();
        assert_eq!((map.panels.len(), map.panels[0].cells.len(), map.panels[0].cells[0].len()), (4, 5, 2));
        let page = replication.page.as_ref().unwrap().text(Some(std::path::Path::new("guide.png")));
        for heading in ["# The rough guide", "## The table", "## How often it is right", "## The thread's guesses"] {
            assert!(page.contains(&format!("{heading}\n\n")), "{page}");
        }
        assert!(page.contains("](guide.png)\n") && page.ends_with(".\n") && !page.contains("NaN"), "{page}");
        // The table on the page says what the terminal does.
        for (row, activation) in replication.rows.chunks(2).zip(SMALL.activations) {
            let line = page.lines().find(|line| line.starts_with(&format!("| `{activation}`"))).unwrap();
            for (row, cell) in row.iter().zip(line.split(" | ").skip(2)) {
                let gain = cell.split("**").nth(1);
                assert!(gain.is_none_or(|gain| row.measured.contains(&format!(":{gain} ("))), "{line}: {row:?}");
            }
        }
    }

    #[test]
    fn the_page_is_the_same_whatever_the_threads() {
        assert_eq!(replication(1).page, replication(3).page);
    }

    #[test]
    fn the_whole_guide_is_ready_to_run() {
        let cases = (GUIDE.cases)(&super::super::Setting { data_dir: None, resolution: 1 }).unwrap();
        assert_eq!(cases.len(), 7 * 7 * 24);
        let prepared = GUIDE.prepare(&Options::default()).unwrap();
        assert_eq!(prepared.steps(), 7 * 7 * 24 * 14 * 3 * 1000);
    }

    /// The page in the documentation is of this design: whoever changes it has to write the page anew.
    #[test]
    fn the_page_in_the_documentation_is_of_this_design() {
        let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/guide.md")).unwrap();
        assert!(page.contains(&page::paragraph(&page::method(&GRID))));
        assert!(page.contains("](guide.png)\n"));
    }
}
