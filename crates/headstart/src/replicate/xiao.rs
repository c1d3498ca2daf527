//! Plain convolutional networks of tanh: how deep they may be for information to get through at the start, and how fast they learn from
//! orthogonal and from Gaussian kernels.

use super::digits::digits;
use super::reach::Reach;
use super::{Case, CaseRuns, Experiment, Judgement, Row, Setting, median};
use crate::data::{DataSpec, Dataset, Preprocess, Shape};
use crate::error::Error;
use crate::heat::{Axis, Colours, Line, Map, Panel};
use crate::run::Run;
use crate::words::rough;
use headstart_engine::activation::Activation;
use headstart_engine::theory::{Ensemble, critical_at};
use ndarray::{Array2, s};
use std::sync::Arc;

/// Depth against the variance of the weights, and three kinds of kernels.
pub const XIAO: Experiment = Experiment {
    name: "xiao-2018",
    title: "plain convolutional networks of 10 to 60 tanh layers: which depths train, and how fast from delta-orthogonal, orthogonal \
            and Gaussian kernels?",
    source: "L. Xiao, Y. Bahri, J. Sohl-Dickstein, S. S. Schoenholz and J. Pennington 2018, \"Dynamical Isometry and a Mean Field \
             Theory of CNNs\" (arXiv:1806.05393), abstract, figures 1 and 2",
    files: &[],
    pixels: None,
    page: None,
    cases: |setting| GRID.cases(setting),
    judge: |cases| GRID.judge(cases),
};

/// Variance of the biases, the paper's.
const BIASES: f64 = 2e-5;

/// Layers that information gets through, as multiples of `xi_c`.
const PUBLISHED: f64 = 6.0;

/// Training accuracy from which on a network counts as trained: in the middle between nothing and everything.
const TRAINS: f64 = 0.5;

/// The critical variance may lie outside of those that train the deepest networks by this factor: others were not tried.
const NEAR: f64 = 1.1;

/// The loss of guessing, of ten digits that are nearly as frequent.
const GUESSING: f64 = std::f64::consts::LN_10;

/// What is tried.
struct Grid {
    /// Variances of the weights times the fan-in, `sigma_w^2`, of Gaussian kernels.
    weights: &'static [f64],
    /// Convolutions.
    depths: &'static [usize],
    channels: usize,
    steps: usize,
    /// The depth at which kinds of kernels are compared, the steps, and the seeds.
    deep: usize,
    deep_steps: usize,
    seeds: usize,
}

const GRID: Grid = Grid {
    weights: &[0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0],
    depths: &[10, 20, 30, 40, 60],
    channels: 16,
    steps: 100,
    deep: 60,
    deep_steps: 200,
    seeds: 3,
};

/// MNIST's images, and what is made of them: means of squares of so many pixels.
const MNIST: usize = 28;
const SQUARE: usize = 4;

/// Of MNIST so many images.
const SAMPLES: usize = 1000;

/// Kinds of kernels.
const KINDS: [&str; 3] = ["delta-orthogonal", "orthogonal", "lecun"];

/// `xi_c`, the layers over which the correlation of two samples comes closer to where it goes by a factor of e; the same for convolutions
/// over a ring as for dense layers, of what is alike everywhere (section 2).
fn correlation_depth(weights: f64) -> f64 {
    Ensemble { activation: Activation::Tanh, weights, biases: BIASES }.phase(1.0).correlation_depth
}

/// The variance of the weights at the critical point.
fn critical() -> f64 {
    critical_at(Activation::Tanh, BIASES).map_or(1.0, |point| point.weights)
}

/// Digits of 8 x 8 pixels; or, of a folder that has MNIST, its digits as 7 x 7.
fn images(setting: &Setting) -> Result<Arc<Dataset>, Error> {
    let Some(folder) = setting.data_dir else {
        let spec = DataSpec {
            data: "digits".to_owned(),
            preprocess: Preprocess::Standardize,
            test_share: 0.0,
            shape: Shape::new(8, 8, 1),
            ..DataSpec::default()
        };
        return Ok(Arc::new(Dataset::load(&spec)?));
    };
    let mut set = (*digits(Some(folder), SAMPLES)?).clone();
    set.train.x = thumbnails(&set.train.x);
    set.shape = Shape::new(MNIST / SQUARE, MNIST / SQUARE, 1);
    set.notes.clear();
    Ok(Arc::new(set))
}

/// MNIST's images, each square of pixels as its mean, all together with mean 0 and deviation 1.
fn thumbnails(x: &Array2<f64>) -> Array2<f64> {
    let side = MNIST / SQUARE;
    let mut small = Array2::from_shape_fn((x.nrows(), side * side), |(i, place)| {
        let (top, left) = (place / side * SQUARE, place % side * SQUARE);
        (0..SQUARE)
            .map(|row| x.slice(s![i, (top + row) * MNIST + left..(top + row) * MNIST + left + SQUARE]).sum())
            .sum()
    });
    let (mean, deviation) = (small.mean().unwrap_or(0.0), small.std(0.0));
    small.mapv_inplace(|x| (x - mean) / deviation);
    small
}

impl Grid {
    /// First the depths, each from all variances, then the kinds of kernels at the critical point.
    fn cases(&self, setting: &Setting) -> Result<Vec<Case>, Error> {
        let data = images(setting)?;
        let case = |name: String, depth: usize, init: &str, seeds: usize, steps: usize| Case {
            data: Some(data.clone()),
            ..Case::new(
                name,
                format!(
                    "[data]\ndata = \"digits\"\n[network]\n\
                     network = \"conv 3x3 {0} /2 circular tanh | conv 3x3 {0} circular tanh x{1} | dense _\"\n\
                     [init]\ninit = \"{init}\"\nbias = \"normal:{2}\"\nseeds = {seeds}\n\
                     [training]\noptimizer = \"sgd\"\nmomentum = 0.9\nbatch = 32\nlr = 0.003\nsteps = {steps}\nrecord-every = 20\n\
                     precision = \"f32\"\n",
                    self.channels,
                    depth - 1,
                    BIASES.sqrt(),
                ),
            )
        };
        let gaussian: Vec<String> = self.weights.iter().map(|weights| format!("lecun:{}", weights.sqrt())).collect();
        let of_depth =
            |depth: &usize| case(format!("{depth} convolutions"), *depth, &gaussian.join(","), 1, self.steps);
        let kinds = KINDS.map(|kind| format!("{kind}:{}", critical().sqrt())).join(",");
        let deep = case(format!("kernels, {} convolutions", self.deep), self.deep, &kinds, self.seeds, self.deep_steps);
        Ok(self.depths.iter().map(of_depth).chain([deep]).collect())
    }

    fn judge(&self, cases: &[CaseRuns]) -> Judgement {
        let (of_depths, deep) = cases.split_at(self.depths.len());
        let accuracies =
            |case: &CaseRuns| -> Vec<f64> { case.runs.iter().map(|run| run.train.accuracy.unwrap_or(0.0)).collect() };
        let cells: Vec<Vec<f64>> = of_depths.iter().map(accuracies).collect();
        let scales: Vec<f64> = self.weights.iter().map(|weights| correlation_depth(*weights)).collect();
        let learns = |runs: &[Run]| Learning {
            loss: median(runs.iter().map(|run| run.train.loss / GUESSING)),
            accuracy: median(runs.iter().map(|run| run.train.accuracy.unwrap_or(0.0))),
        };
        let kinds: Vec<Learning> = deep.iter().flat_map(|case| case.runs.chunks(self.seeds).map(learns)).collect();
        let (mut rows, mut answer) = self.depths_that_train(&cells, &scales);
        let (of_kinds, more) = self.kinds(&kinds);
        rows.extend(of_kinds);
        answer.push_str(&more);
        Judgement { rows, answer: Some(answer), map: Some(self.map(&cells, &scales)) }
    }

    /// Which depths train, of accuracies by depth and variance.
    fn depths_that_train(&self, cells: &[Vec<f64>], scales: &[f64]) -> (Vec<Row>, String) {
        let deepest = |column: usize| {
            let trained = cells.iter().take_while(|row| row[column] >= TRAINS).count();
            trained.checked_sub(1).map(|last| self.depths[last])
        };
        let all: Vec<Option<usize>> = (0..scales.len()).map(deepest).collect();
        let most = all.iter().max().copied().flatten();
        let peak = Reach::of(self.weights, &all.iter().map(|deepest| *deepest == most).collect::<Vec<_>>())
            .expect("one of them is the most");
        let tried = self.depths[self.depths.len() - 1];
        let mut beyond = [0; 2];
        for (depth, row) in self.depths.iter().zip(cells) {
            for (_, accuracy) in scales.iter().zip(row).filter(|(scale, _)| *depth as f64 > PUBLISHED * **scale) {
                beyond[0] += usize::from(*accuracy >= TRAINS);
                beyond[1] += 1;
            }
        }
        let [trains, of] = beyond;
        let mut rows = vec![
            Row {
                what: "sigma_w^2 at which the deepest train".to_owned(),
                published: format!("{:.2}", critical()),
                measured: peak.to_string(),
                // Within, or as near as a variance that was tried can be.
                agrees: Some(
                    most.is_some() && peak.low.value / NEAR <= critical() && critical() <= NEAR * peak.high.value,
                ),
            },
            Row {
                what: "networks beyond 6 xi_c that train".to_owned(),
                published: "none".to_owned(),
                measured: format!("{trains} of {of}"),
                agrees: Some(5 * trains <= of),
            },
        ];
        rows.extend(self.weights.iter().zip(scales).zip(&all).map(|((weights, scale), deepest)| Row {
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
            "The deepest networks train at sigma_w^2 of {peak}, and theory has its critical point at {:.2}; of those deeper than 6 xi_c \
             {trains} of {of} train.",
            critical()
        );
        (rows, answer)
    }

    /// How the kinds of kernels learn at the critical point.
    fn kinds(&self, kinds: &[Learning]) -> (Vec<Row>, String) {
        let mut rows: Vec<Row> = KINDS
            .iter()
            .zip(kinds)
            .map(|(kind, learning)| Row {
                what: format!("{}, {} layers", of_kind(kind), self.deep),
                published: if *kind == KINDS[0] { "trains" } else { "-" }.to_owned(),
                measured: format!("accuracy {:.2}, loss x {:.2}", learning.accuracy, learning.loss),
                agrees: (*kind == KINDS[0]).then_some(learning.accuracy >= TRAINS),
            })
            .collect();
        let [delta, orthogonal, gaussian] = kinds else { return (rows, String::new()) };
        rows.push(Row {
            what: format!("{} layers: which learns faster", self.deep),
            published: "orthogonal".to_owned(),
            measured: format!("x {:.2}, Gaussian x {:.2}", delta.loss, gaussian.loss),
            agrees: Some(delta.loss < gaussian.loss),
        });
        let answer = format!(
            " At the critical point {} layers get within {} steps to {:.2} of the loss of guessing from delta-orthogonal kernels, to {:.2} \
             from orthogonal and to {:.2} from Gaussian ones.",
            self.deep, self.deep_steps, delta.loss, orthogonal.loss, gaussian.loss
        );
        (rows, answer)
    }

    fn map(&self, cells: &[Vec<f64>], scales: &[f64]) -> Map {
        let bound = self.weights.iter().zip(scales).map(|(weights, scale)| [*weights, PUBLISHED * scale]);
        Map {
            x: Axis::new("variance of the weights times the fan-in, sigma_w^2", self.weights.to_vec()),
            y: Axis::new("convolutions", self.depths.iter().map(|depth| *depth as f64).collect()),
            value: "training accuracy".to_owned(),
            range: [0.0, 1.0],
            colours: Colours::Sequential,
            small_is_best: false,
            outline: Some(TRAINS),
            lines: vec![Line { name: "6 xi_c".to_owned(), points: bound.collect() }],
            panels: vec![Panel { title: "tanh, Gaussian kernels".to_owned(), axes: None, cells: cells.to_vec() }],
        }
    }
}

/// What a kind of kernels is called.
fn of_kind(kind: &str) -> &str {
    if kind == "lecun" { "Gaussian" } else { kind }
}

/// How a network learned; medians over the seeds.
#[derive(Clone, Copy, Debug)]
struct Learning {
    /// The training loss at the end, as a share of that of guessing.
    loss: f64,
    /// Training accuracy at the end.
    accuracy: f64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::Host;
    use crate::replicate::Options;

    #[test]
    fn depths_may_be_bounded_where_theory_says_or_not() {
        let scales: Vec<f64> = GRID.weights.iter().map(|weights| correlation_depth(*weights)).collect();
        let says = |trains: &dyn Fn(f64, f64) -> bool| -> Vec<Option<bool>> {
            let cell = |depth: usize, scale: &f64| if trains(depth as f64, *scale) { 0.9 } else { 0.1 };
            let row = |depth: &usize| scales.iter().map(|scale| cell(*depth, scale)).collect();
            let rows = GRID.depths_that_train(&GRID.depths.iter().map(row).collect::<Vec<_>>(), &scales).0;
            rows.iter().take(2).map(|row| row.agrees).collect()
        };
        assert_eq!(says(&|depth, scale| depth <= PUBLISHED * scale), [Some(true); 2]);
        assert_eq!(says(&|depth, scale| depth > PUBLISHED * scale), [Some(false); 2]);
        assert_eq!(says(&|_, _| true)[1], Some(false));
    }

    #[test]
    fn orthogonal_kernels_may_learn_faster_or_not() {
        let says = |losses: [f64; 3]| -> Vec<bool> {
            let kinds = losses.map(|loss| Learning { loss, accuracy: 1.0 - loss });
            GRID.kinds(&kinds).0.iter().filter_map(|row| row.agrees).collect()
        };
        assert_eq!(says([0.1, 0.1, 0.3]), [true; 2]);
        assert_eq!(says([0.3, 0.1, 0.1]), [true, false]);
        assert_eq!(says([1.0; 3]), [false; 2]);
    }

    /// Without biases the critical point is 1; with few it is near, and information gets through most layers there.
    #[test]
    fn information_gets_deepest_near_a_variance_of_1() {
        assert!((critical() - 1.0).abs() < 0.1, "{}", critical());
        let scales: Vec<f64> = GRID.weights.iter().map(|weights| correlation_depth(*weights)).collect();
        let most = scales.iter().copied().fold(0.0, f64::max);
        assert_eq!(scales.iter().position(|scale| *scale == most), Some(3), "{scales:?}");
    }

    #[test]
    fn squares_of_pixels_become_their_means() {
        let x = Array2::from_shape_fn(
            (2, MNIST * MNIST),
            |(i, pixel)| if i == 0 { 0.0 } else { (pixel % MNIST / SQUARE) as f64 },
        );
        let small = thumbnails(&x);
        assert_eq!(small.dim(), (2, 49));
        assert!(small.mean().unwrap().abs() < 1e-12 && (small.std(0.0) - 1.0).abs() < 1e-12);
        assert!((small[[1, 2]] - small[[1, 1]] - (small[[1, 1]] - small[[1, 0]])).abs() < 1e-12);
        assert_eq!((small[[1, 0]], small[[1, 6]]), (small[[0, 0]], small[[1, 48]]));
    }

    #[test]
    fn a_small_grid_is_run_and_judged() {
        const SMALL: Grid = Grid {
            weights: &[0.25, 1.0],
            depths: &[3, 12],
            channels: 8,
            steps: 60,
            deep: 12,
            deep_steps: 60,
            seeds: 1,
        };
        let small = Experiment { cases: |setting| SMALL.cases(setting), judge: |cases| SMALL.judge(cases), ..XIAO };
        let replication = small.prepare(&Options::default()).unwrap().run(&Host::here(2)).unwrap().unwrap();
        let cells = &replication.map.as_ref().unwrap().panels[0].cells;
        // Few weights, and deep: the information is lost on the way.
        assert!(cells[1][0] < TRAINS && cells[1][1] >= TRAINS, "{cells:?}");
        assert_eq!(replication.rows[0].agrees, Some(true), "{:?}", replication.rows);
        assert_eq!(replication.runs.len(), 4 + 3);
    }
}
