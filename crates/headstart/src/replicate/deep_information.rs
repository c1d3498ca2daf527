//! How deep a network may be for information to get through it at its start, and so for training.

use super::digits::digits;
use super::{Case, Experiment, Judgement, Row, Setting, median};
use crate::error::Error;
use crate::heat::{Axis, Colours, Line, Map, Panel};
use crate::words::rough;
use headstart_engine::activation::Activation;
use headstart_engine::theory::{Ensemble, critical_at};
use std::sync::Arc;

/// Variance of the biases, the paper's.
const BIASES: f64 = 0.05;

/// Layers that information gets through, as multiples of `xi_c`.
const PUBLISHED: f64 = 6.0;

/// Training accuracy from which on a network counts as trained: in the middle between nothing and everything.
const TRAINS: f64 = 0.5;

/// What is tried.
struct Grid {
    /// Variances of the weights times the fan-in, `sigma_w^2`.
    weights: &'static [f64],
    /// Hidden layers.
    depths: &'static [usize],
    /// Units in each of them.
    width: usize,
    samples: usize,
    steps: usize,
}

const GRID: Grid = Grid {
    weights: &[1.0, 1.25, 1.5, 1.75, 2.0, 2.25, 2.5, 2.75, 3.0, 3.25, 3.5, 3.75, 4.0],
    depths: &[10, 20, 30, 40, 50, 60, 70, 80],
    width: 100,
    samples: 1000,
    steps: 300,
};

/// Depth against the variance of the weights.
pub const DEEP_INFORMATION: Experiment = Experiment {
    name: "deep-information-2017",
    title: "10 to 80 tanh layers: which depths train?",
    source: "S. S. Schoenholz, J. Gilmer, S. Ganguli and J. Sohl-Dickstein 2017, \"Deep Information Propagation\" \
             (arXiv:1611.01232), figure 5",
    files: &[],
    pixels: None,
    page: None,
    cases: |setting| GRID.cases(setting),
    judge: |cases| {
        let accuracy = |case: &super::CaseRuns| -> Vec<f64> {
            case.runs.iter().map(|run| run.train.accuracy.unwrap_or(0.0)).collect()
        };
        GRID.judge(&cases.iter().map(accuracy).collect::<Vec<_>>())
    },
};

/// `xi_c`, the layers over which the correlation of two samples comes closer to where it goes by a factor of e.
fn correlation_depth(weights: f64) -> f64 {
    Ensemble { activation: Activation::Tanh, weights, biases: BIASES }.phase(1.0).correlation_depth
}

impl Grid {
    /// One for each depth, with an initialization for each variance of the weights.
    fn cases(&self, setting: &Setting) -> Result<Vec<Case>, Error> {
        let data = digits(setting.data_dir, self.samples)?;
        // A gain is on the scale.
        let inits: Vec<String> = self.weights.iter().map(|weights| format!("lecun:{}", weights.sqrt())).collect();
        let case = |depth: &usize| {
            let task = format!(
                "[data]\ndata = \"digits\"\n[network]\nlayers = [{}, {}10]\nactivation = \"tanh\"\n\
                 [init]\ninit = \"{}\"\nbias = \"normal:{}\"\n\
                 [training]\noptimizer = \"sgd\"\nbatch = 32\nlr = 0.01\nsteps = {}\nprecision = \"f32\"\n",
                data.train.x.ncols(),
                format!("{}, ", self.width).repeat(*depth),
                inits.join(","),
                BIASES.sqrt(),
                self.steps
            );
            Case { data: Some(Arc::clone(&data)), ..Case::new(format!("{depth} hidden"), task) }
        };
        Ok(self.depths.iter().map(case).collect())
    }

    /// The most hidden layers that train with the variance of a column, if any do and all smaller depths do as well.
    fn deepest(&self, accuracies: &[Vec<f64>], column: usize) -> Option<usize> {
        let trained = accuracies.iter().take_while(|row| row[column] >= TRAINS).count();
        trained.checked_sub(1).map(|last| self.depths[last])
    }

    /// Of training accuracies, `depths x weights`.
    fn judge(&self, accuracies: &[Vec<f64>]) -> Judgement {
        let scales = self.scales();
        Judgement { map: Some(self.map(accuracies, &scales)), ..self.compare(accuracies, &scales) }
    }

    /// `xi_c` of every column.
    fn scales(&self) -> Vec<f64> {
        self.weights.iter().map(|weights| correlation_depth(*weights)).collect()
    }

    /// The figures, without the picture.
    fn compare(&self, accuracies: &[Vec<f64>], scales: &[f64]) -> Judgement {
        let deepest: Vec<Option<usize>> = (0..scales.len()).map(|column| self.deepest(accuracies, column)).collect();
        let critical = critical_at(Activation::Tanh, BIASES).map_or(f64::NAN, |point| point.weights);

        let most = deepest.iter().max().copied().flatten();
        let at_most = (0..scales.len()).filter(|column| deepest[*column] == most);
        let peak = median(at_most.map(|column| self.weights[column]));

        let tried = self.depths[self.depths.len() - 1];
        let is_within = |scale: &f64| PUBLISHED * scale <= tried as f64;
        let ratios: Vec<f64> = scales
            .iter()
            .zip(&deepest)
            .filter(|(scale, _)| is_within(scale))
            .map(|(scale, deepest)| deepest.unwrap_or(0) as f64 / scale)
            .collect();
        let ratio = median(ratios.iter().copied());
        let (low, high) = ratios.iter().fold((f64::INFINITY, 0.0_f64), |(low, high), x| (low.min(*x), high.max(*x)));

        // Networks that train, and all of them, within the bound and beyond it.
        let mut counts = [[0; 2]; 2];
        for (depth, row) in self.depths.iter().zip(accuracies) {
            for (scale, accuracy) in scales.iter().zip(row) {
                let [trained, all] = &mut counts[usize::from(*depth as f64 > PUBLISHED * scale)];
                *trained += usize::from(*accuracy >= TRAINS);
                *all += 1;
            }
        }
        let [[within, of_within], [beyond, of_beyond]] = counts;

        let mut rows = vec![
            Row {
                what: "sigma_w^2 at which the deepest train".to_owned(),
                published: format!("{critical:.2}"),
                measured: rough(peak),
                // Two columns to either side.
                agrees: Some((peak - critical).abs() <= 0.5),
            },
            Row {
                what: "deepest that trains / xi_c, median".to_owned(),
                published: format!("{PUBLISHED}"),
                measured: format!("{ratio:.1} ({low:.1} to {high:.1})"),
                // It is "about" 6; a longer training gets somewhat deeper.
                agrees: Some((0.5 * PUBLISHED..=2.0 * PUBLISHED).contains(&ratio)),
            },
            Row {
                what: "networks beyond 6 xi_c that train".to_owned(),
                published: "none".to_owned(),
                measured: format!("{beyond} of {of_beyond}"),
                agrees: Some(5 * beyond <= of_beyond),
            },
            Row {
                what: "networks within 6 xi_c that train".to_owned(),
                published: "-".to_owned(),
                measured: format!("{within} of {of_within}"),
                agrees: None,
            },
        ];
        rows.extend(self.weights.iter().zip(scales).zip(&deepest).map(|((weights, scale), deepest)| Row {
            what: format!("sigma_w^2 {weights}: deepest that trains"),
            published: format!("6 xi_c = {}", rough((PUBLISHED * scale).round())),
            measured: match deepest {
                None => format!("none of {} or more", self.depths[0]),
                Some(deepest) if *deepest == tried => format!("{deepest} or more"),
                Some(deepest) => deepest.to_string(),
            },
            agrees: None,
        }));
        let answer = format!(
            "The deepest networks train at sigma_w^2 = {}, where theory has its critical point at {critical:.2} and no bound; \
             elsewhere the deepest that train have {ratio:.1} xi_c layers in the median, and of those deeper than 6 xi_c \
             {beyond} of {of_beyond} train.",
            rough(peak)
        );
        Judgement { rows, answer: Some(answer), map: None }
    }

    fn map(&self, accuracies: &[Vec<f64>], scales: &[f64]) -> Map {
        let bound = self.weights.iter().zip(scales).map(|(weights, scale)| [*weights, PUBLISHED * scale]);
        Map {
            x: Axis::new("variance of the weights times the fan-in, sigma_w^2", self.weights.to_vec()),
            y: Axis::new("hidden layers", self.depths.iter().map(|depth| *depth as f64).collect()),
            value: "training accuracy".to_owned(),
            range: [0.0, 1.0],
            colours: Colours::Sequential,
            small_is_best: false,
            outline: Some(TRAINS),
            lines: vec![Line { name: "6 xi_c".to_owned(), points: bound.collect() }],
            panels: vec![Panel { title: "tanh layers".to_owned(), axes: None, cells: accuracies.to_vec() }],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::Host;
    use crate::replicate::Options;

    /// What is said if networks train up to so many layers, by `xi_c` and the variance of the weights.
    fn says(scales: &[f64], deepest: impl Fn(f64, f64) -> f64) -> Vec<Option<bool>> {
        let row = |depth: &usize| -> Vec<f64> {
            let trains = |(scale, weights): (&f64, &f64)| *depth as f64 <= deepest(*scale, *weights);
            scales.iter().zip(GRID.weights).map(|at| if trains(at) { 0.9 } else { 0.1 }).collect()
        };
        let rows = GRID.compare(&GRID.depths.iter().map(row).collect::<Vec<_>>(), scales).rows;
        rows.iter().take(3).map(|row| row.agrees).collect()
    }

    #[test]
    fn the_bound_is_borne_out_or_not() {
        // Much like theory's, and at once.
        let scales: Vec<f64> = GRID.weights.iter().map(|weights| 5.0 / (weights - 1.76).abs()).collect();
        assert_eq!(says(&scales, |scale, _| 6.0 * scale), [Some(true); 3]);
        // The right shape at another multiple: too shallow, and too deep.
        assert_eq!(says(&scales, |scale, _| 2.5 * scale)[1], Some(false));
        assert_eq!(says(&scales, |scale, _| 15.0 * scale)[1..], [Some(false); 2]);
        // The deepest elsewhere, or nothing at all.
        assert_eq!(says(&scales, |_, weights| 20.0 * weights)[0], Some(false));
        assert_eq!(says(&scales, |_, _| 80.0)[0], Some(false));
        assert_eq!(says(&scales, |_, _| 0.0)[..2], [Some(false); 2]);
    }

    /// The paper, section 3.2: the depth scale diverges at the critical point, and only there.
    #[test]
    fn information_gets_deepest_at_the_critical_point() {
        let at: Vec<f64> = [1.0, 1.5, 1.76, 2.0, 3.0].map(correlation_depth).to_vec();
        assert!(at[0] < at[1] && 10.0 * at[1] < at[2] && at[2] > 10.0 * at[3] && at[3] > at[4], "{at:?}");
    }

    #[test]
    fn a_small_grid_is_run_and_judged() {
        const SMALL: Grid = Grid { weights: &[0.5, 1.75], depths: &[3, 20], width: 50, samples: 200, steps: 200 };
        let small = Experiment {
            cases: |setting| SMALL.cases(setting),
            judge: |cases| {
                let accuracy = |run: &crate::run::Run| run.train.accuracy.unwrap_or(0.0);
                SMALL.judge(&cases.iter().map(|case| case.runs.iter().map(accuracy).collect()).collect::<Vec<_>>())
            },
            ..DEEP_INFORMATION
        };
        let replication = small.prepare(&Options::default()).unwrap().run(&Host::here(2)).unwrap().unwrap();
        let cells = &replication.map.as_ref().unwrap().panels[0].cells;
        // Only one of four has lost its information on the way: few weights, and deep.
        let trained: Vec<Vec<bool>> = cells.iter().map(|row| row.iter().map(|x| *x >= TRAINS).collect()).collect();
        assert_eq!(trained, [[true, true], [false, true]], "{cells:?}");
        assert_eq!(replication.rows[0].measured, "1.75");
        assert_eq!(replication.rows[2].measured, "0 of 1");
    }
}
