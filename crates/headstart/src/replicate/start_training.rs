//! Which relu networks start to train: those whose sum of the reciprocal widths is small.

use super::{Case, CaseRuns, Experiment, Judgement, Row, Setting, missing_file};
use crate::data::{Dataset, Kind, Samples, Targets};
use crate::error::Error;
use crate::heat::{Axis, Colours, Map, Panel};
use crate::stats;
use headstart_engine::activation::Activation;
use headstart_engine::theory::{Ensemble, spread};
use ndarray::Array2;
use std::path::Path;
use std::sync::Arc;

/// Failure to start.
pub const START: Experiment = Experiment {
    name: "start-training-2018",
    title: "relu networks of many shapes from He's weights: how far do lengths spread at the start, and which networks \
            start to train?",
    source: "B. Hanin and D. Rolnick 2018, \"How to start training: the effect of initialization and architecture\" \
             (arXiv:1803.01719), theorem 5, figures 1 and 2",
    files: &[],
    pixels: None,
    page: None,
    cases,
    judge,
};

/// How the units are spread over the hidden layers: evenly, or over narrow layers and three times as wide ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Constant,
    Alternating,
    NarrowFirst,
}

const SHAPES: [(Shape, &str); 3] = [
    (Shape::Constant, "equal widths"),
    (Shape::Alternating, "narrow and wide in turn"),
    (Shape::NarrowFirst, "narrow, then wide"),
];

impl Shape {
    /// So many layers whose widths have this harmonic mean, a multiple of 3; an even number where widths differ.
    fn widths(self, depth: usize, mean: usize) -> Vec<usize> {
        let (narrow, wide) = (2 * mean / 3, 2 * mean);
        match self {
            Self::Constant => vec![mean; depth],
            Self::Alternating => (0..depth).map(|i| if i % 2 == 0 { narrow } else { wide }).collect(),
            Self::NarrowFirst => (0..depth).map(|i| if i < depth / 2 { narrow } else { wide }).collect(),
        }
    }
}

/// Networks whose output's length is measured: shape, hidden layers, harmonic mean of the widths.
const LENGTHS: [(Shape, usize, usize); 6] = [
    (Shape::Constant, 12, 24),
    (Shape::Constant, 24, 24),
    (Shape::Constant, 48, 24),
    (Shape::Constant, 96, 48),
    (Shape::Alternating, 72, 36),
    (Shape::Constant, 96, 24),
];

/// Draws of the weights for each of them.
const DRAWS: usize = 600;

/// Outputs whose mean square is the length: many, so that they add nothing to its spread.
const OUTPUTS: usize = 500;

/// Hidden layers of the two networks, of width 100, that tell how much a layer multiplies lengths by.
const DEPTHS: [usize; 2] = [10, 40];

/// Variances of the weights as multiples of 1/fan-in, and their schemes.
const VARIANCES: [(f64, &str); 3] = [(1.0, "lecun"), (2.0, "he"), (3.0, "he:1.224744871391589")];

/// Sums of the reciprocal widths of the networks that are trained, and harmonic means of their widths: the depth is the
/// product of both.
const SUMS: [f64; 5] = [2.0 / 3.0, 2.0, 3.0, 4.0, 6.0];
const MEANS: [usize; 3] = [12, 18, 24];

/// Trainings of each network, and the steps in which the test accuracy has to get from 10% to this.
const SEEDS: usize = 10;
const STEPS: usize = 300;
const TARGET: f64 = 0.2;

/// How far a factor per layer may be from theory's, as a share of it.
const FACTOR_WITHIN: f64 = 0.05;

/// The same for a variance over the draws: it is 6% off in one draw of three, and the formula leaves out some 3/n of it.
const VARIANCE_WITHIN: f64 = 0.3;

/// The share of runs that start has to fall by so much from the smallest to the largest sum.
const FALLS: f64 = 0.5;

/// Shapes may differ by so much in that share over all sums: of 150 runs each, three that are alike in truth do so once in
/// twenty times.
const ALIKE: f64 = 0.1;

fn cases(setting: &Setting) -> Result<Vec<Case>, Error> {
    let one = Arc::new(one_sample());
    let length = |name: String, widths: &[usize], inits: &str, seeds: usize| Case {
        data: Some(Arc::clone(&one)),
        ..Case::new(
            name,
            format!(
                "[data]\ndata = \"one sample\"\n[network]\nlayers = [1, {}, {OUTPUTS}]\n\
                 [init]\ninit = \"{inits}\"\nbias = \"none\"\nseeds = {seeds}\n\
                 [training]\nlr = 1e-9\nsteps = 1\nrecord-every = 1\n",
                listed(widths)
            ),
        )
    };
    let all: Vec<&str> = VARIANCES.iter().map(|(_, init)| *init).collect();
    let layers =
        DEPTHS.map(|depth| length(format!("length, {depth} of 100"), &[100].repeat(depth), &all.join(","), 100));
    let lengths = LENGTHS.map(|(shape, depth, mean)| {
        let widths = shape.widths(depth, mean);
        length(format!("length, {}", named(shape, depth, mean)), &widths, "he", DRAWS)
    });
    let data = match setting.data_dir {
        Some(folder) => mnist(folder)?,
        None => "data = \"blobs\"\ncenters = 10\nsamples = [1000, 500]\npreprocess = \"standardize\"\n".to_owned(),
    };
    let training = trained().into_iter().map(|(shape, depth, mean)| {
        let task = format!(
            "[data]\n{data}[network]\nlayers = [\"_\", {}, \"_\"]\n[init]\ninit = \"he\"\nseeds = {SEEDS}\n\
             [training]\noptimizer = \"sgd\"\nbatch = 100\nlr = 0.01\nsteps = {STEPS}\nrecord-every = 20\ntarget = {TARGET}\n",
            listed(&shape.widths(depth, mean))
        );
        Case::new(format!("training, {}", named(shape, depth, mean)), task)
    });
    Ok(layers.into_iter().chain(lengths).chain(training).collect())
}

/// The networks that are trained: shape, hidden layers, harmonic mean of the widths.
fn trained() -> Vec<(Shape, usize, usize)> {
    let of_shape = |(shape, _): &(Shape, &str)| {
        let shape = *shape;
        MEANS
            .into_iter()
            .flat_map(move |mean| SUMS.into_iter().map(move |sum| (shape, (sum * mean as f64).round() as usize, mean)))
    };
    SHAPES.iter().flat_map(of_shape).collect()
}

fn listed(widths: &[usize]) -> String {
    widths.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")
}

/// A network in few words.
fn named(shape: Shape, depth: usize, mean: usize) -> String {
    let (narrow, wide) = (2 * mean / 3, 2 * mean);
    match shape {
        Shape::Constant => format!("{depth} of {mean}"),
        Shape::Alternating => format!("{depth} of {narrow}, {wide} in turn"),
        Shape::NarrowFirst => format!("{depth} of {narrow}, then {wide}"),
    }
}

/// An input of length 1 with nothing to learn: the loss is the mean square of the outputs.
fn one_sample() -> Dataset {
    Dataset::of(
        "one sample",
        Kind::Regression { outputs: OUTPUTS },
        Samples { x: Array2::ones((1, 1)), y: Targets::Values(Array2::zeros((1, OUTPUTS))) },
        None,
    )
}

/// The section `data` for MNIST's test images in a folder, of which a fifth is held out.
fn mnist(folder: &Path) -> Result<String, Error> {
    let names = ["t10k-images-idx3-ubyte.gz", "t10k-images-idx3-ubyte"];
    let Some(path) = names.iter().map(|name| folder.join(name)).find(|path| path.is_file()) else {
        return Err(missing_file(folder, names[0]));
    };
    let path = toml::Value::from(path.display().to_string());
    Ok(format!("data = {path}\npreprocess = \"pixels\"\n"))
}

fn judge(cases: &[CaseRuns]) -> Judgement {
    let (layers, rest) = cases.split_at(DEPTHS.len());
    let (lengths, training) = rest.split_at(LENGTHS.len());
    let mut rows = factors(layers);
    rows.extend(LENGTHS.iter().zip(lengths).map(|(&(shape, depth, mean), case)| {
        let widths = [shape.widths(depth, mean), vec![OUTPUTS]].concat();
        let logarithms: Vec<f64> = lengths_of(case).iter().map(|length| length.ln()).collect();
        of_variance(&widths, stats::deviation(&logarithms).map_or(f64::NAN, |sd| sd * sd))
    }));
    let shares: Vec<f64> = training
        .iter()
        .map(|case| case.runs.iter().filter(|run| run.reached.is_some()).count() as f64 / case.runs.len() as f64)
        .collect();
    let (more, answer) = starts(&shares);
    rows.extend(more);
    Judgement { rows, answer: Some(answer), map: Some(map(&shares)) }
}

/// Mean squares of the outputs at the start, one for each run.
fn lengths_of(case: &CaseRuns) -> Vec<f64> {
    case.runs.iter().map(|run| run.trace.first().map_or(f64::NAN, |record| record.loss)).collect()
}

/// By how much a layer multiplies the mean length: `variance / 2`, so that it stays only with He's.
fn factors(layers: &[CaseRuns]) -> Vec<Row> {
    let means: Vec<Vec<f64>> = layers
        .iter()
        .map(|case| lengths_of(case).chunks(case.runs.len() / VARIANCES.len()).map(stats::mean).collect())
        .collect();
    let between = (DEPTHS[1] - DEPTHS[0]) as f64;
    let row = |(i, (variance, _)): (usize, &(f64, &str))| {
        let (factor, theory) = ((means[1][i] / means[0][i]).powf(1.0 / between), variance / 2.0);
        Row {
            what: format!("mean length per layer, {variance}/fan-in"),
            published: format!("x {theory}"),
            measured: format!("x {factor:.3}"),
            agrees: Some((factor / theory - 1.0).abs() <= FACTOR_WITHIN),
        }
    };
    VARIANCES.iter().enumerate().map(row).collect()
}

/// The variance of the logarithm of the length over the draws, beside that of theory: exponents of the length's own
/// variance.
fn of_variance(widths: &[usize], variance: f64) -> Row {
    let he = Ensemble { activation: Activation::Relu, weights: 2.0, biases: 0.0 };
    let theory = spread(&he.between(widths), 1.0).variance;
    let hidden = &widths[..widths.len() - 1];
    let (least, most) = (hidden.iter().min(), hidden.iter().max());
    let of = match (least, most) {
        (Some(least), Some(most)) if least != most => format!("{least} and {most}"),
        _ => format!("{}", hidden[0]),
    };
    Row {
        what: format!("variance of ln length, {} of {of}", hidden.len()),
        published: format!("{theory:.1}"),
        measured: format!("{variance:.1}"),
        agrees: Some((variance / theory - 1.0).abs() <= VARIANCE_WITHIN),
    }
}

/// What the shares of seeds that start say, in the order of [`trained`].
fn starts(shares: &[f64]) -> (Vec<Row>, String) {
    let networks = trained();
    // The mean over the networks of this sum that are wanted.
    let mean_of = |i: usize, wanted: &dyn Fn(Shape, usize) -> bool| {
        let here = |(k, (shape, _, mean)): (usize, &(Shape, usize, usize))| {
            (k % SUMS.len() == i && wanted(*shape, *mean)).then_some(shares[k])
        };
        stats::mean(&networks.iter().enumerate().filter_map(here).collect::<Vec<_>>())
    };
    let percent = |share: f64| format!("{:.0}%", 100.0 * share);
    let mut rows = Vec::new();
    for (i, sum) in SUMS.iter().enumerate() {
        let by_shape = SHAPES.map(|(shape, _)| mean_of(i, &|other, _| other == shape));
        rows.push(Row {
            what: format!("sum {sum:.2}: start, by shape"),
            published: "-".to_owned(),
            measured: by_shape.map(percent).join(", "),
            agrees: None,
        });
    }
    let of_shape = SHAPES.map(|(shape, _)| {
        stats::mean(&(0..SUMS.len()).map(|i| mean_of(i, &|other, _| other == shape)).collect::<Vec<_>>())
    });
    let differ = of_shape.into_iter().fold(0.0, f64::max) - of_shape.into_iter().fold(1.0, f64::min);
    let (first, last) = (mean_of(0, &|_, _| true), mean_of(SUMS.len() - 1, &|_, _| true));
    // Networks of half the widths have twice the sum at one depth; those of the same sum have half the depth.
    let (narrow, wide) = (MEANS[0], MEANS[MEANS.len() - 1]);
    let doubled: Vec<[f64; 3]> = (0..SUMS.len())
        .filter_map(|i| {
            let twice = SUMS.iter().position(|sum| *sum == 2.0 * SUMS[i])?;
            let at = |i, of: usize| mean_of(i, &|_, mean| mean == of);
            Some([at(i, wide), at(twice, narrow), at(twice, wide)])
        })
        .collect();
    let [before, twice_sum, twice_both] =
        [0, 1, 2].map(|k| stats::mean(&doubled.iter().map(|shares| shares[k]).collect::<Vec<_>>()));
    let (by_sum, by_depth) = (before - twice_sum, (twice_sum - twice_both).abs());
    let falls = first - last >= FALLS;
    let alike = differ <= ALIKE;
    let decides = by_sum > 0.0 && by_depth <= 0.5 * by_sum;
    let mut claim = |what: &str, published: &str, measured: String, agrees: bool| {
        rows.push(Row { what: what.to_owned(), published: published.to_owned(), measured, agrees: Some(agrees) });
    };
    let from_to = |from: f64, to: f64| format!("{} to {}", percent(from), percent(to));
    claim("all sums, first to last", "fewer start", from_to(first, last), falls);
    claim("twice the sum, same depth", "fewer start", from_to(before, twice_sum), by_sum > 0.0);
    claim("twice the depth, same sum", "the same", from_to(twice_sum, twice_both), decides);
    claim("shapes, over all sums", "the same", of_shape.map(percent).join(", "), alike);
    let verdict = match (falls, alike && decides) {
        (true, true) => "The sum of the reciprocal widths decides which networks start",
        (true, false) => "Fewer start where the sum of the reciprocal widths is larger, but more than the sum decides",
        (false, _) => "It is not so that far fewer start where the sum of the reciprocal widths is larger",
    };
    let answer = format!(
        "{verdict}: {} of the runs reach {} within {STEPS} steps at a sum of {:.2}, {} at {:.2}; twice the sum at one depth \
         changes {} to {}, twice the depth at one sum {} to {}.",
        percent(first),
        percent(TARGET),
        SUMS[0],
        percent(last),
        SUMS[SUMS.len() - 1],
        percent(before),
        percent(twice_sum),
        percent(twice_sum),
        percent(twice_both),
    );
    (rows, answer)
}

/// A panel for each shape: where only the sum counts, they have the same columns.
fn map(shares: &[f64]) -> Map {
    let panel = |((_, name), shares): (&(Shape, &str), &[f64])| Panel {
        title: (*name).to_owned(),
        axes: None,
        cells: shares.chunks(SUMS.len()).map(<[f64]>::to_vec).collect(),
    };
    Map {
        x: Axis::new("sum of the reciprocal widths", SUMS.to_vec()),
        y: Axis::new("harmonic mean of the widths", MEANS.map(|mean| mean as f64).to_vec()),
        value: format!("share of {SEEDS} seeds that start"),
        range: [0.0, 1.0],
        colours: Colours::Sequential,
        small_is_best: false,
        outline: None,
        lines: Vec::new(),
        panels: SHAPES.iter().zip(shares.chunks(SUMS.len() * MEANS.len())).map(panel).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::Host;
    use crate::replicate::Options;

    fn sum(widths: &[usize]) -> f64 {
        widths.iter().map(|width| 1.0 / *width as f64).sum()
    }

    #[test]
    fn shapes_of_one_mean_have_one_sum() {
        for (shape, _) in SHAPES {
            let widths = shape.widths(24, 12);
            assert!(widths.len() == 24 && (sum(&widths) - 2.0).abs() < 1e-12, "{widths:?}");
        }
        for (shape, depth, mean) in trained() {
            let sum = sum(&shape.widths(depth, mean));
            assert!(SUMS.iter().any(|wanted| (wanted - sum).abs() < 1e-9), "{depth} layers of {mean}: {sum}");
        }
    }

    /// Shares that depend on sum, harmonic mean and shape.
    fn shares(of: impl Fn(f64, usize, Shape) -> f64) -> Vec<f64> {
        trained().iter().map(|&(shape, depth, mean)| of(sum(&shape.widths(depth, mean)), mean, shape)).collect()
    }

    fn verdicts(shares: &[f64]) -> (Vec<Option<bool>>, String) {
        let (rows, answer) = starts(shares);
        (rows.iter().filter(|row| row.agrees.is_some()).map(|row| row.agrees).collect(), answer)
    }

    #[test]
    fn all_answers_are_possible() {
        let yes = Some(true);
        let (agrees, answer) = verdicts(&shares(|sum, _, _| 1.0 - sum / 8.0));
        assert_eq!(agrees, [yes; 4]);
        assert!(answer.starts_with("The sum of the reciprocal widths decides"), "{answer}");
        // Wide networks start, whatever the sum.
        let (agrees, answer) = verdicts(&shares(|_, mean, _| f64::from(u8::from(mean > 12))));
        assert_eq!(agrees[..3], [Some(false), yes, Some(false)]);
        assert!(answer.starts_with("It is not so"), "{answer}");
        // Depth decides: the sum times the mean width.
        let (agrees, answer) = verdicts(&shares(|sum, mean, _| 1.0 - sum * mean as f64 / 144.0));
        assert_eq!(agrees, [yes, Some(false), Some(false), yes]);
        assert!(answer.contains("more than the sum decides"), "{answer}");
        // One shape fails always.
        let (agrees, _) = verdicts(&shares(|sum, _, shape| match shape {
            Shape::Constant => 0.0,
            _ => 1.0 - sum / 6.0,
        }));
        assert_eq!(agrees[3], Some(false));
    }

    #[test]
    fn a_variance_has_to_be_that_of_theory() {
        let widths = [vec![20; 40], vec![OUTPUTS]].concat();
        // 5 * 40 / 20
        assert_eq!(of_variance(&widths, 10.0).published, "10.0");
        assert_eq!(of_variance(&widths, 11.5).agrees, Some(true));
        assert_eq!(of_variance(&widths, 5.0).agrees, Some(false));
        assert_eq!(of_variance(&widths, f64::NAN).agrees, Some(false));
    }

    #[test]
    fn lengths_are_measured_at_the_start() {
        let few = Experiment {
            cases: |setting| Ok(cases(setting)?.into_iter().take(DEPTHS.len()).collect()),
            judge: |cases| Judgement { rows: factors(cases), ..Judgement::default() },
            ..START
        };
        let replication = few.prepare(&Options::default()).unwrap().run(&Host::here(2)).unwrap().unwrap();
        assert_eq!(replication.runs.len(), 2 * 300);
        assert!(replication.agrees, "{:?}", replication.rows);
    }

    #[test]
    fn a_folder_without_the_digits_is_met_with_help() {
        let empty = tempfile::tempdir().unwrap();
        let options = Options { data_dir: Some(empty.path().to_owned()), ..Options::default() };
        let message = START.prepare(&options).err().unwrap().to_string();
        assert!(message.contains("no t10k-images-idx3-ubyte.gz in it"), "{message}");
    }
}
