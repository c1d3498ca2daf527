//! Residual networks without normalization: how signal and gradient grow with the number of blocks, and which of them train.

use super::digits::digits;
use super::{Case, CaseRuns, Experiment, Judgement, Row, Setting, median};
use crate::error::Error;
use crate::heat::{Axis, Colours, Map, Panel};
use crate::probe::Profile;
use crate::words::rough;
use headstart_engine::activation::Activation;
use headstart_engine::theory::{Block, Branch, Ensemble, NormPlace};
use std::f64::consts::E;

/// Branches that are added as they are, or each as a part of the whole.
pub const STABLE_RESNET: Experiment = Experiment {
    name: "stable-resnet-2021",
    title: "residual networks without normalization, 3 to 100 blocks: how much do signal and gradient grow, and which scales \
            of the branches train?",
    source: "S. Hayou, E. Clerico, B. He, G. Deligiannidis, A. Doucet and J. Rousseau 2021, \"Stable ResNet\" \
             (arXiv:2010.12859), section 3; G. Yang and S. S. Schoenholz 2017, \"Mean field residual networks\" \
             (arXiv:1712.08969), abstract; H. Zhang, Y. N. Dauphin and T. Ma 2019, \"Fixup initialization\" (arXiv:1901.09321)",
    files: &[],
    pixels: None,
    page: None,
    cases: |setting| GRID.cases(setting),
    judge: |cases| GRID.judge(cases),
};

/// What is tried.
struct Grid {
    /// Blocks of the networks of rectifiers; the last is the deepest.
    depths: &'static [usize],
    /// Blocks of those of tanh.
    tanh_depth: usize,
    /// Units of the networks that are looked at, and of those that are trained.
    widths: [usize; 2],
    rates: &'static [f64],
    seeds: usize,
    steps: usize,
}

const GRID: Grid = Grid {
    depths: &[3, 10, 30, 100],
    tanh_depth: 100,
    widths: [128, 50],
    rates: &[0.001, 0.003, 0.01, 0.03, 0.1],
    seeds: 3,
    steps: 200,
};

/// Samples that the starts are looked at with, and that are trained on.
const SAMPLES: [usize; 2] = [64, 1000];

/// Draws of the starts that are looked at.
const DRAWS: usize = 9;

/// The two scales whose growth is known.
const SCALES: [&str; 2] = ["1", "1/sqrt(L)"];

/// What is trained: its name, the initialization and the scale of the branches.
const STARTS: [[&str; 3]; 4] =
    [["scale 1", "he", "1"], ["scale 1/sqrt(L)", "he", "1/sqrt(L)"], ["fixup", "fixup", "1"], ["zero", "he", "zero"]];

/// So many of them are drawn.
const DRAWN: usize = 3;

/// Training accuracy from which on a network counts as trained: in the middle between nothing and everything.
const TRAINS: f64 = 0.5;

/// How far growth may be from the published factor, as a share of it: of each block, and of all together. Layers of a hundred units
/// scatter around what wide ones do.
const WITHIN: [f64; 2] = [0.05, 0.25];

/// How far a power of the depth may be from the one expected.
const POWER_WITHIN: f64 = 0.2;

/// Subexponential growth is at most this share as large, in logarithms, over the far half of the blocks as over the near one; exponential
/// growth is as large.
const SLOWER: f64 = 0.7;

impl Grid {
    /// First the starts that are looked at, then the trainings: for each start by depth and rate.
    fn cases(&self, setting: &Setting) -> Result<Vec<Case>, Error> {
        let [few, many] = SAMPLES;
        let (looked_at, trained) = (digits(setting.data_dir, few)?, digits(setting.data_dir, many)?);
        let looks = |name: String, activation: &str, init: &str, depth: usize, scale: &str| Case {
            data: Some(looked_at.clone()),
            looks: true,
            ..Case::new(
                name,
                format!(
                    "[data]\ndata = \"digits\"\n[network]\nlayers = \"_,{}x{},_\"\nblock = \"residual\"\nactivation = \"{activation}\"\n\
                     [init]\ninit = \"{init}\"\nbias = \"none\"\nbranch-scale = \"{scale}\"\nseeds = {DRAWS}\n\
                     [training]\nsteps = 1\nlr = 1e-9\n",
                    self.widths[0],
                    depth + 1
                ),
            )
        };
        let relu = |scale: &'static str| {
            self.depths.iter().map(move |depth| (format!("relu, scale {scale}, {depth} blocks"), *depth, scale))
        };
        let mut cases: Vec<Case> = SCALES
            .into_iter()
            .flat_map(relu)
            .map(|(name, depth, scale)| looks(name, "relu", "he", depth, scale))
            .collect();
        let tanh = format!("tanh, scale 1, {} blocks", self.tanh_depth);
        cases.push(looks(tanh, "tanh", "lecun", self.tanh_depth, "1"));
        for [name, init, scale] in STARTS {
            for depth in self.depths {
                cases.extend(self.rates.iter().map(|rate| Case {
                    data: Some(trained.clone()),
                    ..Case::new(
                        format!("{name}, {depth} blocks, lr {rate}"),
                        format!(
                            "[data]\ndata = \"digits\"\n[network]\nlayers = \"_,{}x{},_\"\nblock = \"residual\"\nbranch-layers = 2\n\
                             [init]\ninit = \"{init}\"\nbranch-scale = \"{scale}\"\nseeds = {}\n\
                             [training]\noptimizer = \"sgd\"\nbatch = 32\nlr = {rate}\nsteps = {}\nrecord-every = 20\n\
                             precision = \"f32\"\n",
                            self.widths[1],
                            2 * depth + 1,
                            self.seeds,
                            self.steps
                        ),
                    )
                }));
            }
        }
        Ok(cases)
    }

    fn judge(&self, cases: &[CaseRuns]) -> Judgement {
        let (looked_at, trained) = cases.split_at(SCALES.len() * self.depths.len() + 1);
        let growths: Vec<Growth> = looked_at.iter().map(|case| Growth::of(&case.profiles[0])).collect();
        let accuracy = |case: &CaseRuns| median(case.runs.iter().map(|run| run.train.accuracy.unwrap_or(0.0)));
        let accuracies: Vec<f64> = trained.iter().map(accuracy).collect();
        let cells: Vec<Vec<f64>> = accuracies.chunks(self.rates.len()).map(<[f64]>::to_vec).collect();
        let mut rows = self.growth(&growths);
        let (of_training, answer) = self.training(&cells);
        rows.extend(of_training);
        Judgement { rows, answer: Some(answer), map: Some(self.map(&cells)) }
    }

    /// What blocks do to signal and gradient, beside the closed forms.
    fn growth(&self, growths: &[Growth]) -> Vec<Row> {
        let [each, all] = WITHIN;
        let mut rows = Vec::new();
        let (relu, tanh) = growths.split_at(SCALES.len() * self.depths.len());
        let (plain, stable) = relu.split_at(self.depths.len());
        for (depth, growth) in self.depths.iter().zip(plain) {
            let blocks = *depth as f64;
            for (what, ln) in [("signal", growth.signal()), ("gradient", growth.gradient())] {
                let factor = libm::exp(ln / blocks);
                rows.push(Row {
                    what: format!("relu, scale 1, {depth} blocks: {what} a block"),
                    published: "2".to_owned(),
                    measured: format!("{factor:.2}"),
                    agrees: Some((factor / 2.0 - 1.0).abs() <= each),
                });
            }
        }
        for (depth, growth) in self.depths.iter().zip(stable) {
            let blocks = *depth as f64;
            let expected = libm::pow(1.0 + 1.0 / blocks, blocks);
            for (what, ln) in [("signal", growth.signal()), ("gradient", growth.gradient())] {
                let factor = libm::exp(ln);
                rows.push(Row {
                    what: format!("relu, 1/sqrt(L), {depth} blocks: {what} in all"),
                    published: format!("{expected:.2}, below e = {E:.2}"),
                    measured: format!("{factor:.2}"),
                    agrees: Some((factor / expected - 1.0).abs() <= all),
                });
            }
        }
        rows.extend(tanh.iter().flat_map(Growth::of_tanh));
        rows
    }

    /// Which networks train, of accuracies by start and depth (rows) and rate (columns).
    fn training(&self, cells: &[Vec<f64>]) -> (Vec<Row>, String) {
        let deepest = self.depths.len() - 1;
        let of = |start: usize, depth: usize| &cells[start * self.depths.len() + depth];
        let best = |start: usize, depth: usize| {
            let row = of(start, depth).iter().zip(self.rates);
            row.fold(
                (0.0, self.rates[0]),
                |best, (accuracy, rate)| if *accuracy > best.0 { (*accuracy, *rate) } else { best },
            )
        };
        let mut rows = Vec::new();
        for (start, [name, ..]) in STARTS.iter().enumerate() {
            for (i, depth) in self.depths.iter().enumerate() {
                let (accuracy, rate) = best(start, i);
                // What is claimed is claimed of deep networks.
                let trains = (i == deepest).then_some(start > 0);
                rows.push(Row {
                    what: format!("{name}, {depth} blocks: accuracy at the best lr"),
                    published: trains.map_or("-", |trains| if trains { "trains" } else { "does not" }).to_owned(),
                    measured: if accuracy > 0.0 {
                        format!("{accuracy:.2} at {}", rough(rate))
                    } else {
                        "all diverge".to_owned()
                    },
                    agrees: trains.map(|trains| (accuracy >= TRAINS) == trains),
                });
            }
        }
        let (stable, rate) = best(1, deepest);
        let column = self.rates.iter().position(|r| *r == rate).unwrap_or(0);
        let plain = of(0, deepest)[column];
        let depth = self.depths[deepest];
        let of_plain =
            |accuracy: f64| if accuracy > 0.0 { format!("get to {accuracy:.2}") } else { "diverge".to_owned() };
        let answer = format!(
            "With {depth} blocks branches of scale 1/sqrt(L) get to an accuracy of {stable:.2} at the learning rate {}; branches of \
             scale 1 {} there, and {} at the best of {} rates.",
            rough(rate),
            of_plain(plain),
            of_plain(best(0, deepest).0),
            self.rates.len()
        );
        (rows, answer)
    }

    /// Those that were published about; a start from zero looks much like fixup.
    fn map(&self, cells: &[Vec<f64>]) -> Map {
        let panel = |(start, rows): (usize, &[Vec<f64>])| Panel {
            title: STARTS[start][0].to_owned(),
            axes: None,
            cells: rows.to_vec(),
        };
        Map {
            x: Axis::new("learning rate", self.rates.to_vec()),
            y: Axis::new("residual blocks", self.depths.iter().map(|depth| *depth as f64).collect()),
            value: "training accuracy".to_owned(),
            range: [0.0, 1.0],
            colours: Colours::Sequential,
            small_is_best: false,
            outline: Some(TRAINS),
            lines: Vec::new(),
            panels: cells.chunks(self.depths.len()).enumerate().take(DRAWN).map(panel).collect(),
        }
    }
}

/// Logarithms of second moments along the stream, from before the first block to behind the last; medians over the draws.
struct Growth {
    signals: Vec<f64>,
    gradients: Vec<f64>,
}

impl Growth {
    fn of(profile: &Profile) -> Self {
        let stream = &profile.layers[..profile.layers.len() - 1];
        Self {
            signals: stream.iter().map(|layer| layer.signal.quantiles[1].ln()).collect(),
            gradients: stream.iter().map(|layer| layer.gradient.quantiles[1].ln()).collect(),
        }
    }

    fn blocks(&self) -> usize {
        self.signals.len() - 1
    }

    /// How much larger the signal is behind all blocks than before them.
    fn signal(&self) -> f64 {
        self.signals[self.blocks()] - self.signals[0]
    }

    /// How much larger the gradient is before all blocks than behind them.
    fn gradient(&self) -> f64 {
        self.gradients[0] - self.gradients[self.blocks()]
    }

    /// A stream of tanh blocks: "subexponential forward and backward dynamics, and in many cases in fact polynomial" (Yang and Schoenholz
    /// 2017, abstract). The powers are those of `theory::residual`: signals grow like the depth, gradients like `exp(c sqrt(depth))`.
    fn of_tanh(&self) -> [Row; 3] {
        let (blocks, half) = (self.blocks(), self.blocks() / 2);
        let power = (self.signals[blocks] - self.signals[half]) / (blocks as f64 / half as f64).ln();
        let far = self.gradients[half] - self.gradients[blocks];
        let slower = far / (self.gradients[0] - self.gradients[half]);
        let block = Block {
            ensemble: Ensemble { activation: Activation::Tanh, weights: 1.0, biases: 0.0 },
            branch: Branch::One,
            skip: 1.0,
            scale: 1.0,
            norm: NormPlace::Nowhere,
        };
        let expected = block.through(libm::exp(self.signals[0]), blocks).ln_gradient;
        let of = |what: &str| format!("tanh, scale 1, {blocks} blocks: {what}");
        [
            Row {
                what: of("power of the depth that the signal grows by"),
                published: "polynomial, 1".to_owned(),
                measured: format!("{power:.2}"),
                agrees: Some((power - 1.0).abs() <= POWER_WITHIN),
            },
            Row {
                what: of("ln of the gradient, far half over near half"),
                published: format!("below 1, {:.2}", 2_f64.sqrt() - 1.0),
                measured: format!("{slower:.2}"),
                agrees: Some(slower <= SLOWER),
            },
            Row {
                what: of("ln of the gradient in all"),
                published: format!("{expected:.1} by recursion"),
                measured: format!("{:.1}", self.gradient()),
                agrees: Some((self.gradient() / expected - 1.0).abs() <= WITHIN[1]),
            },
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::Host;
    use crate::replicate::Options;

    fn growth(blocks: usize, signal: impl Fn(f64) -> f64, gradient: impl Fn(f64) -> f64) -> Growth {
        let along = |of: &dyn Fn(f64) -> f64| (0..=blocks).map(|block| of(block as f64)).collect();
        Growth { signals: along(&signal), gradients: along(&|block| -gradient(block)) }
    }

    #[test]
    fn growth_may_be_what_was_published_or_not() {
        let says = |growths: &[Growth]| -> Vec<bool> {
            GRID.growth(growths).iter().map(|row| row.agrees == Some(true)).collect()
        };
        let of = |a_block: f64, in_all: f64, tanh: Growth| -> Vec<bool> {
            let plain = GRID.depths.iter().map(|depth| growth(*depth, |l| l * a_block, |l| l * a_block));
            let stable = GRID.depths.iter().map(|depth| {
                let each = in_all / *depth as f64;
                growth(*depth, move |l| l * each, move |l| l * each)
            });
            says(&plain.chain(stable).chain([tanh]).collect::<Vec<_>>())
        };
        let linear = || growth(100, |l| (1.0 + l).ln(), |l| 1.05 * l.sqrt());
        assert_eq!(of(2_f64.ln(), 0.97, linear()), [true; 19]);
        // Plain layers, which keep what they get, and tanh that explodes.
        let not = of(0.0, 0.0, growth(100, |l| 0.5 * l, |l| 0.5 * l));
        assert_eq!(not, [false; 19]);
    }

    #[test]
    fn deep_networks_may_train_or_not() {
        let says = |accuracies: [f64; 4]| -> Vec<bool> {
            let cells: Vec<Vec<f64>> = accuracies
                .iter()
                .flat_map(|accuracy| vec![vec![*accuracy; GRID.rates.len()]; GRID.depths.len()])
                .collect();
            GRID.training(&cells).0.iter().filter_map(|row| row.agrees).collect()
        };
        assert_eq!(says([0.1, 0.9, 0.9, 0.9]), [true; 4]);
        assert_eq!(says([0.9, 0.1, 0.1, 0.1]), [false; 4]);
    }

    #[test]
    fn a_small_grid_is_run_and_judged() {
        const SMALL: Grid =
            Grid { depths: &[4, 40], tanh_depth: 40, widths: [64, 24], rates: &[0.01, 0.03], seeds: 1, steps: 150 };
        let small =
            Experiment { cases: |setting| SMALL.cases(setting), judge: |cases| SMALL.judge(cases), ..STABLE_RESNET };
        let replication = small.prepare(&Options::default()).unwrap().run(&Host::here(2)).unwrap().unwrap();
        let wrong: Vec<&Row> = replication.rows.iter().filter(|row| row.agrees == Some(false)).collect();
        assert!(wrong.is_empty(), "{wrong:?}");
        let panels = &replication.map.as_ref().unwrap().panels;
        assert_eq!((panels.len(), panels[0].cells.len(), panels[0].cells[0].len()), (DRAWN, 2, 2));
        assert_eq!(replication.profiles.len(), 5);
    }
}
