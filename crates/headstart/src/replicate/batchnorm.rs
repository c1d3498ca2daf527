//! Batch normalization in plain deep networks: gradients that grow with every layer, and the depth from which on nothing trains.

use super::digits::digits;
use super::{Case, CaseRuns, Experiment, Judgement, Row, Setting, median};
use crate::error::Error;
use crate::heat::{Axis, Colours, Line, Map, Panel};
use crate::probe::Profile;
use headstart_engine::activation::Activation;
use headstart_engine::theory::{batch_norm_growth, batch_norm_limit};

/// Growth at the start, and training over depth and batch size.
pub const BATCHNORM: Experiment = Experiment {
    name: "batchnorm-2019",
    title: "batch normalization in plain networks: by how much do gradients grow per layer, and up to which depth do they train?",
    source: "G. Yang, J. Pennington, V. Rao, J. Sohl-Dickstein and S. S. Schoenholz 2019, \"A mean field theory of batch \
             normalization\" (arXiv:1902.08129), theorems 3.9 and 3.10, section 4",
    files: &[],
    pixels: None,
    page: None,
    cases: |setting| GRID.cases(setting),
    judge: |cases| GRID.judge(cases),
};

/// What is tried.
struct Grid {
    /// Hidden layers of the networks that are looked at, and their units.
    looked_at: [usize; 2],
    /// Samples of the batches that they see.
    looks: &'static [usize],
    /// Hidden layers of those that are trained.
    depths: &'static [usize],
    /// Samples of a batch.
    batches: &'static [usize],
    width: usize,
    samples: usize,
    steps: usize,
}

const GRID: Grid = Grid {
    looked_at: [30, 512],
    looks: &[16, 128],
    depths: &[5, 10, 20, 30, 40, 50, 60, 80],
    batches: &[16, 32, 64, 128, 256],
    width: 64,
    samples: 1000,
    steps: 400,
};

const ACTIVATIONS: [Activation; 3] = [Activation::Relu, Activation::Identity, Activation::Tanh];

/// Draws of the starts that are looked at.
const DRAWS: usize = 3;

/// Layers next to the input that are left out: it takes some until samples are equally far from each other.
const FIRST: usize = 10;

/// How far the growth of a layer may be from the published one, as a share of it: of drawn networks, whose layers are not infinitely wide.
const WITHIN: f64 = 0.05;

/// Depths over which gradients grow by e that networks may have and train (section 4).
const PUBLISHED: f64 = 16.0;

/// "Networks deeper than about 50 layers are untrainable regardless of batch size" (section 4).
const DEEPEST: f64 = 50.0;

/// How far the deepest network that trains may be from that, and from 16 depth scales, as a factor: depths are tried in steps of a quarter
/// and more, and how deep one gets depends on patience.
const ABOUT: f64 = 1.5;

/// Training accuracy from which on a network counts as trained: in the middle between nothing and everything.
const TRAINS: f64 = 0.5;

impl Grid {
    /// First the starts that are looked at, by activation and batch, then the trainings by depth and batch.
    fn cases(&self, setting: &Setting) -> Result<Vec<Case>, Error> {
        let mut cases = Vec::new();
        let [depth, width] = self.looked_at;
        for activation in ACTIVATIONS {
            for batch in self.looks {
                let task = format!(
                    "[data]\ndata = \"digits\"\n[network]\nlayers = \"_,{width}x{depth},_\"\n\
                     activation = \"{activation}\"\nnorm = \"batch\"\n[init]\ninit = \"lecun\"\nseeds = {DRAWS}\n\
                     [training]\nsteps = 1\nlr = 1e-9\n"
                );
                let data = Some(digits(setting.data_dir, *batch)?);
                cases.push(Case { data, looks: true, ..Case::new(format!("{activation}, batch of {batch}"), task) });
            }
        }
        let data = digits(setting.data_dir, self.samples)?;
        for depth in self.depths {
            for batch in self.batches {
                let task = format!(
                    "[data]\ndata = \"digits\"\n[network]\nlayers = \"_,{}x{depth},_\"\nnorm = \"batch\"\n[init]\ninit = \"he\"\n\
                     [training]\noptimizer = \"sgd\"\nbatch = {batch}\nlr = 0.01\nsteps = {}\nrecord-every = 20\n\
                     precision = \"f32\"\n",
                    self.width, self.steps
                );
                cases.push(Case {
                    data: Some(data.clone()),
                    ..Case::new(format!("{depth} hidden, batch {batch}"), task)
                });
            }
        }
        Ok(cases)
    }

    fn judge(&self, cases: &[CaseRuns]) -> Judgement {
        let (looked_at, trained) = cases.split_at(ACTIVATIONS.len() * self.looks.len());
        let growths: Vec<f64> = looked_at.iter().map(|case| growth(&case.profiles[0])).collect();
        let accuracy = |case: &CaseRuns| median(case.runs.iter().map(|run| run.train.accuracy.unwrap_or(0.0)));
        let cells: Vec<Vec<f64>> =
            trained.chunks(self.batches.len()).map(|row| row.iter().map(accuracy).collect()).collect();
        let mut rows = self.growth(&growths);
        let (of_training, answer) = self.training(&cells);
        rows.extend(of_training);
        Judgement { rows, answer: Some(answer), map: Some(self.map(&cells)) }
    }

    /// Growth per layer, by activation and batch, beside the theorems.
    fn growth(&self, growths: &[f64]) -> Vec<Row> {
        let mut rows = Vec::new();
        for (activation, of_activation) in ACTIVATIONS.into_iter().zip(growths.chunks(self.looks.len())) {
            for (batch, measured) in self.looks.iter().zip(of_activation) {
                let expected = batch_norm_growth(activation, *batch);
                rows.push(Row {
                    what: format!("{activation}, batch of {batch}: gradient a layer"),
                    published: format!("{expected:.3}, {:.3} of large batches", batch_norm_limit(activation)),
                    measured: format!("{measured:.3}"),
                    agrees: Some((measured / expected - 1.0).abs() <= WITHIN),
                });
            }
        }
        rows
    }

    /// The depth over which the gradient's second moment grows by e, `xi`, with batches of so many.
    fn scale(batch: usize) -> f64 {
        1.0 / batch_norm_growth(Activation::Relu, batch).ln()
    }

    /// Which depths train, of accuracies by depth and batch.
    fn training(&self, cells: &[Vec<f64>]) -> (Vec<Row>, String) {
        let deepest = |column: usize| {
            let trained = cells.iter().take_while(|row| row[column] >= TRAINS).count();
            trained.checked_sub(1).map(|last| self.depths[last])
        };
        let of_batches: Vec<Option<usize>> = (0..self.batches.len()).map(deepest).collect();
        let about = |deepest: Option<usize>, published: f64| {
            deepest.is_some_and(|deepest| (1.0 / ABOUT..=ABOUT).contains(&(deepest as f64 / published)))
        };
        let in_words = |deepest: Option<usize>| {
            deepest.map_or_else(|| format!("none of {} or more", self.depths[0]), |deepest| deepest.to_string())
        };
        let mut rows: Vec<Row> = self
            .batches
            .iter()
            .zip(&of_batches)
            .map(|(batch, deepest)| {
                let published = PUBLISHED * Self::scale(*batch);
                Row {
                    what: format!("relu, batch of {batch}: deepest that trains"),
                    published: format!("16 xi = {published:.0}"),
                    measured: in_words(*deepest),
                    agrees: Some(about(*deepest, published)),
                }
            })
            .collect();
        let at_most = of_batches.iter().max().copied().flatten();
        rows.push(Row {
            what: "relu, whatever the batch: deepest that trains".to_owned(),
            published: format!("about {DEEPEST}"),
            measured: in_words(at_most),
            agrees: Some(about(at_most, DEEPEST)),
        });
        let limit = batch_norm_limit(Activation::Relu);
        let answer = format!(
            "Gradients of relu networks grow by {limit:.3} a layer with large batches, so that 16 depth scales are {:.0} layers; \
             after {} steps {}.",
            PUBLISHED / limit.ln(),
            self.steps,
            match at_most {
                Some(deepest) => format!("those of up to {deepest} layers have trained, and none deeper"),
                None => "none has trained".to_owned(),
            }
        );
        (rows, answer)
    }

    fn map(&self, cells: &[Vec<f64>]) -> Map {
        let bound = self.batches.iter().map(|batch| [*batch as f64, PUBLISHED * Self::scale(*batch)]);
        Map {
            x: Axis::new("samples of a batch", self.batches.iter().map(|batch| *batch as f64).collect()),
            y: Axis::new("hidden layers", self.depths.iter().map(|depth| *depth as f64).collect()),
            value: "training accuracy".to_owned(),
            range: [0.0, 1.0],
            colours: Colours::Sequential,
            small_is_best: false,
            outline: Some(TRAINS),
            lines: vec![Line { name: "16 xi".to_owned(), points: bound.collect() }],
            panels: vec![Panel { title: "relu, batch normalization".to_owned(), axes: None, cells: cells.to_vec() }],
        }
    }
}

/// The factor per layer of the gradient's second moment on its way back, far from the input: the geometric mean over the layers.
fn growth(profile: &Profile) -> f64 {
    let gradients: Vec<f64> = profile.layers.iter().map(|layer| layer.gradient.quantiles[1].ln()).collect();
    // The logits, and the layer that feeds them, are not between two of a kind.
    let (near, far) = (FIRST.min(gradients.len() / 3), gradients.len() - 2);
    libm::exp((gradients[near] - gradients[far]) / (far - near) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::Host;
    use crate::replicate::Options;

    #[test]
    fn growth_may_be_the_published_one_or_not() {
        let says =
            |growths: [f64; 6]| -> Vec<Option<bool>> { GRID.growth(&growths).iter().map(|row| row.agrees).collect() };
        let published = ACTIVATIONS.into_iter().flat_map(|of| [16, 128].map(|batch| batch_norm_growth(of, batch)));
        let published: Vec<f64> = published.collect();
        // The paper's figure, to which 128 samples come near.
        assert!((published[1] - 1.467).abs() < 0.02 && (published[3] - 126.0 / 125.0).abs() < 1e-12, "{published:?}");
        assert_eq!(says(published.try_into().unwrap()), [Some(true); 6]);
        // As with layer normalization: nothing grows.
        assert_eq!(says([1.0; 6])[..2], [Some(false); 2]);
    }

    #[test]
    fn networks_may_train_up_to_a_depth_or_beyond() {
        let says = |up_to: usize| -> Vec<bool> {
            let row = |depth: &usize| vec![if *depth <= up_to { 0.9 } else { 0.1 }; GRID.batches.len()];
            let rows = GRID.training(&GRID.depths.iter().map(row).collect::<Vec<_>>()).0;
            rows.iter().filter_map(|row| row.agrees).collect()
        };
        assert_eq!(says(40), [true; 6]);
        // Deeper than published with small batches, and at last with all.
        assert_eq!(says(60), [false, false, false, true, true, true]);
        assert_eq!(says(80), [false; 6]);
        assert_eq!(says(0), [false; 6]);
    }

    #[test]
    fn a_small_grid_is_run_and_judged() {
        const SMALL: Grid = Grid {
            looked_at: [20, 128],
            looks: &[32],
            depths: &[4, 60],
            batches: &[64],
            width: 32,
            samples: 200,
            steps: 150,
        };
        let small =
            Experiment { cases: |setting| SMALL.cases(setting), judge: |cases| SMALL.judge(cases), ..BATCHNORM };
        let replication = small.prepare(&Options::default()).unwrap().run(&Host::here(2)).unwrap().unwrap();
        // Layers of 128 units are near what wide ones do, if not as near as is asked for.
        let relu: f64 = replication.rows[0].measured.parse().unwrap();
        assert!((relu / batch_norm_growth(Activation::Relu, 32) - 1.0).abs() < 0.15, "{:?}", replication.rows);
        let cells = &replication.map.as_ref().unwrap().panels[0].cells;
        assert!(cells[0][0] >= TRAINS && cells[1][0] < TRAINS, "{cells:?}");
    }
}
